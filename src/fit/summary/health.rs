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
    /// Summaries in a row that could not be had: after as many as [`Summaries::stop_after`] says none is asked for.
    pub failures: u32,
}
