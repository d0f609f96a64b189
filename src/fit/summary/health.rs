//! State of the circuit breaker for summaries.

use serde::{Deserialize, Serialize};

/// State of the circuit breaker for summaries, stored by the caller. It is serializable; the
/// default is healthy.
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
    /// Number of consecutive failures. At
    /// [`SummaryPolicy::stop_after`](super::SummaryPolicy::stop_after) no more summaries are
    /// requested.
    pub failures: u32,
}
