//! Handling of answers: errors become numbers and a next action, usage becomes token classes and
//! money.
//!
//! - [`error`]: error answers in any wrapper, and bad answers under a success status, as
//!   [`ApiError`].
//! - [`usage`]: usage of an answer or a stream as disjoint token classes ([`Usage`]).
//! - [`cost`]: cost from usage and prices, in integer pico-dollars ([`Rates`], [`Cost`]).
//! - [`headers`]: rate limits stated by response headers ([`RateLimits`]).
//! - [`ledger`]: predicted against billed tokens, by model, host and kind of content ([`Ledger`]).
//! - [`retry`]: decision after a failed send; retry budget, circuit breaker, cooldown.
//! - [`rate`]: one budget for requests, tokens, spend and concurrency, in one process or shared
//!   over Redis.
//! - `stats` (feature `stats`): rates, percentiles and alerts over sliding windows.
//!
//! Nothing here reads a clock, draws a random number or stores message text. Time and randomness
//! are arguments; times of `rate`, `retry` and `stats` are `u64` milliseconds since any epoch, the
//! same for all calls on one object.

pub mod cost;
pub mod error;
pub mod headers;
mod join;
pub mod ledger;
mod price;
pub mod rate;
pub mod retry;
#[cfg(feature = "stats")]
pub mod stats;
pub mod usage;

pub use cost::{Cost, Rates};
pub use error::{Answer, ApiError};
pub use headers::RateLimits;
pub use ledger::Ledger;
pub use price::CostBefore;
pub use usage::{Usage, UsageStream};
