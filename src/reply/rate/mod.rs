//! Client-side rate limits: requests wait here instead of being refused by the host.
//!
//! [`RateBudget`] admits a request to all of its limits in one step: requests, tokens, input,
//! output, cached tokens, spend and concurrency, each over its own window. A [`HostRule`] describes
//! how a host counts a request; a list of [`Limit`]s describes the account's quota, from a [`Tier`]
//! or from the host's own headers, which have precedence.
//!
//! | refill | maximum admitted | model of |
//! |---|---|---|
//! | [`Refill::Sliding`] | the limit in **every** window | unknown hosts; safe at all of them |
//! | [`Refill::Continuous`] | the limit at once, then limit ÷ window | OpenAI, Groq: their own waits follow it exactly |
//! | [`Refill::Calendar`] | the limit in each calendar window | Gemini and OpenRouter per day |
//!
//! Why no library: `governor` 0.10 is fast and lock-free, but its quota is fixed at construction,
//! it cannot release, it admits to one limit at a time, and a cell is a `u32`; `ratelimit` 2.0 has
//! no wait time and cannot release.
//!
//! # Examples
//!
//! ```
//! use tokenfit::model::Host;
//! use tokenfit::reply::rate::{Admission, Ask, RateClass, HostRule, Limit, RateBudget, RateUsage};
//!
//! let budget = RateBudget::new(
//!     HostRule::of(Host::Anthropic),
//!     &[
//!         Limit::per_minute(RateClass::Requests, 50),
//!         Limit::per_minute(RateClass::Input, 30_000),
//!         Limit::per_minute(RateClass::Output, 8_000),
//!     ],
//! )?;
//! let ask = Ask::new(20_000).max_output_tokens(1_000);
//! let Admission::Admit(ticket) = budget.admit(0, &ask) else { panic!("the budget is fresh") };
//! // ... send; the answer took 18,000 of the input from the cache, which this host does not count.
//! ticket.settle(2_500, &RateUsage::new(20_000, 310).cached_tokens(18_000));
//! assert!(matches!(budget.admit(2_600, &ask), Admission::Admit(_)));
//! # Ok::<(), tokenfit::reply::rate::RateError>(())
//! ```

mod adapt;
mod ask;
mod bucket;
mod budget;
mod calendar;
mod class;
mod line;
mod meter;
mod observe;
mod rule;
#[cfg(feature = "redis")]
mod shared;
mod sliding;
mod state;
mod tiers;

pub use ask::{Ask, RateUsage};
pub use budget::{Admission, Never, RateBudget, Ticket, Turn};
pub use class::{Limit, RateClass, RateError, Refill};
pub use observe::{Dimension, Level};
pub use rule::{AbsentMaxOutput, CachedReads, HostRule, Reserve};
#[cfg(feature = "redis")]
pub use shared::{
    Lost, SharedAdmission, SharedBudget, SharedError, SharedSettings, SharedTicket, SharedTurn,
};
pub use tiers::{TIERS, Tier};
