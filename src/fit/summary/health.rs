//! State of the circuit breaker for summaries.

use serde::{Deserialize, Serialize};

/// State of the circuit breaker for summaries, which the caller keeps. Serialisable; healthy by default.
///
/// # Examples
///
/// ```
/// use tokenfit::fit::SummaryHealth;
///
/// let health = SummaryHealth::default();
/// assert_eq!(health.failures, 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryHealth {
    /// Failed summaries in a row. At [`Summaries::stop_after`](super::Summaries::stop_after) no more are asked for.
    pub failures: u32,
}
