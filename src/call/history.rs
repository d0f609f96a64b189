//! Every try of a call, as data.

use serde::Serialize;

use crate::model::Host;
use crate::reply::ApiError;
use crate::reply::retry::StopReason;

/// Reason why a call ended without a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// No target accepts the request: see [`Call::error`](super::Call::error).
    NotSendable,
    /// The retry policy stopped.
    Stopped(StopReason),
    /// The caller cancelled it.
    Cancelled,
}

impl GiveUpReason {
    /// Returns the reason as a stable snake_case word.
    ///
    /// ```
    /// use tokenfit::call::GiveUpReason;
    /// use tokenfit::reply::retry::StopReason;
    ///
    /// assert_eq!(GiveUpReason::Stopped(StopReason::SendsSpent).as_str(), "sends_spent");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            GiveUpReason::NotSendable => "not_sendable",
            GiveUpReason::Stopped(reason) => reason.as_str(),
            GiveUpReason::Cancelled => "cancelled",
        }
    }

    /// Returns whether the retries were exhausted: sends, deadline or shared budget.
    #[cfg(feature = "stats")]
    pub(super) fn is_exhausted(self) -> bool {
        use StopReason as S;
        matches!(
            self,
            GiveUpReason::Stopped(S::SendsSpent | S::Deadline | S::BudgetSpent)
        )
    }
}

impl Serialize for GiveUpReason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Next step of a call after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "then", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Then {
    /// The answer is unknown yet.
    Pending,
    /// The answer is good, or at least usable.
    Done,
    /// Sends the same request again.
    Retry {
        /// Wait before it, in milliseconds.
        wait_ms: u64,
    },
    /// The request is made smaller.
    Refit {
        /// New maximum of its input, in the provider's count.
        max_input_tokens: u64,
    },
    /// The output limit of the request is lowered.
    LowerOutput {
        /// New maximum.
        max_output_tokens: u64,
    },
    /// The next target is tried.
    NextTarget {
        /// Reason to leave this one.
        reason: GiveUpReason,
    },
    /// The call ends.
    GiveUp {
        /// Reason to stop.
        reason: GiveUpReason,
    },
}

/// One try of a call: a send, or a skipped target.
///
/// Numbers and words only: no text of request or answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Try {
    /// Position of the target in the chain.
    pub target: usize,
    /// Name of the target.
    pub name: String,
    /// Host of the target.
    pub host: Host,
    /// Whether something was sent; otherwise the target was skipped.
    pub sent: bool,
    /// Size of the body in bytes.
    pub bytes: usize,
    /// Number of edits in the body, by repairs and fits.
    pub edits: usize,
    /// Beginning in milliseconds since 1970.
    pub began_ms: u64,
    /// End in milliseconds since 1970.
    pub ended_ms: u64,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Error of the answer.
    pub error: Option<ApiError>,
    /// Kind of the error for which this target does not accept the request
    /// ([`ErrorKind::as_str`](crate::ErrorKind::as_str)): refused, too long, another format.
    pub unsendable: Option<&'static str>,
    /// Next step of the call.
    #[serde(flatten)]
    pub then: Then,
}
