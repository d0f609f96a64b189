//! What follows a call: errors become numbers and a next action, usage becomes token classes and money.
//!
//! - [`error`]: an error answer in any wrapper, or a good status with a bad answer, as an [`ApiError`].
//! - [`usage`]: the usage of an answer or a stream as disjoint token classes ([`Usage`]).
//! - [`cost`]: usage and prices make money, in integer pico-dollars ([`Rates`], [`Cost`]).
//! - [`headers`]: rate limits that response headers state ([`RateLimits`]).
//! - [`ledger`]: predicted against billed tokens, by model, host and kind of content ([`Ledger`]).
//! - [`retry`]: the decision after a failed send; retry budget, circuit breaker, cooldown.
//! - [`rate`]: one budget for requests, tokens, spend and concurrency; in one process or shared over Redis.
//! - `stats` (feature `stats`): rates, percentiles and alerts over sliding windows.
//!
//! Nothing here reads a clock, draws a random number or keeps text of a message. Time and randomness are arguments; times
//! of `rate`, `retry` and `stats` are `u64` milliseconds since any epoch, as long as one object sees one epoch.

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
