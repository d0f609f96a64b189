//! Retry decisions: the policy for one call, and the state shared by all calls.
//!
//! | type | decides |
//! |---|---|
//! | [`RetryPolicy`] | after a failed send: retry after a wait, next model, or give up; a pure function |
//! | [`Replay`] | whether the same request may be sent twice at all |
//! | [`RetryBudget`] | how many retries all calls to one model may still spend |
//! | [`Breaker`] | whether a failing host or model is tried at all |
//! | [`Cooldown`] | until when a host or model is not tried |
//! | [`Guard`] | budget, breaker and cooldown by host and model, shared by threads |
//!
//! Why no library: `backon` yields delays from an iterator that knows neither the error nor the
//! server's wait and draws its own random numbers; `tower::retry::budget` reads tokio's clock;
//! `recloser` and `tower-resilience` read the system clock, so none of them can be replayed in a
//! test or shared between processes with one time.
//!
//! # Retries multiply
//!
//! Only one layer may retry. A client with 3 retries inside a wrapper with 5 sends makes 4 × 5 = 20
//! sends. Set the HTTP client's own retries to 0.
//! client's own retries to 0.
//!
//! # Examples
//!
//! ```
//! use tokenfit::reply::retry::{Attempt, Decision, Failure, FailureClass, RetryPolicy};
//!
//! let policy = RetryPolicy::standard();
//! let failure = Failure::of_status(429).wait(20_000);
//! // The first send failed after 900 ms; the random number comes from the caller.
//! let decision = policy.decide(&Attempt::new(1, 900), &failure, 0.5);
//! assert_eq!(decision, Decision::Retry { wait_ms: 21_000 });
//!
//! // A wrong key fails again however often it is sent.
//! let failure = Failure::of_status(401);
//! assert!(!policy.decide(&Attempt::new(1, 900), &failure, 0.5).is_retry());
//! ```

mod breaker;
mod budget;
mod cooldown;
mod failure;
mod guard;
mod kinds;
mod policy;
mod presets;
mod replay;

pub use breaker::{Breaker, BreakerGate, BreakerSettings, BreakerState, BreakerVote};
pub use budget::{RetryBudget, RetryBudgetSettings};
pub use cooldown::Cooldown;
pub use failure::{Failure, FailureClass, Reached, RetryVerdict, Scope};
pub use guard::{BlockedBy, Guard, GuardSettings, Pass};
pub use policy::{Attempt, Decision, RetryPolicy, StopReason};
pub use presets::{Jitter, RetryPreset};
pub use replay::{Replay, ReplayRisk};
