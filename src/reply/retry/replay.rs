//! Replay safety: whether the same request may be sent twice.
//!
//! A repeat is harmless if the server did nothing. If it may have done something, the request
//! decides: a plain one costs at most twice the money; one with effects (a conversation on the
//! server, tools that run there) may act twice. The rule follows `openai-agents` 0.24 (`retry.py`):
//! veto after the answer began, for stateful requests and for local effects; lifted for stateful
//! requests by an explicit statement of the server.

use serde::Serialize;

use super::failure::{Failure, Reached};

/// Reason why a request must not be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplayRisk {
    /// Part of the answer was already shown or passed on.
    Shown,
    /// State on the server may have advanced: `previous_response_id`, `conversation`, `background`,
    /// `store`.
    Stateful,
    /// Tools with effects may have run on the server: MCP, computer use, code execution.
    ServerTools,
    /// Local tools already ran during this answer.
    LocalEffects,
    /// A batch or an upload would be created twice.
    Creates,
    /// The body was a stream and is consumed.
    BodyConsumed,
}

/// Effects that a repeat could duplicate. The default is a plain request: everything is `false`.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::{Failure, Replay, ReplayRisk};
///
/// let mut replay = Replay::default();
/// replay.stateful = true;
/// // A gateway error leaves open whether the conversation on the server has advanced.
/// assert_eq!(replay.risk(&Failure::of_status(502)), Some(ReplayRisk::Stateful));
/// // A rate limit refuses before anything happens.
/// assert_eq!(replay.risk(&Failure::of_status(429)), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Replay {
    /// Part of the answer was shown to a user or passed to a program.
    pub shown: bool,
    /// The request continues state on the server, or stores some there.
    pub stateful: bool,
    /// The request allows tools with effects that run on the server.
    pub server_tools: bool,
    /// Local tools ran while this answer arrived.
    pub local_effects: bool,
    /// The request creates an object, such as a batch or an upload.
    pub creates: bool,
    /// The body cannot be sent again.
    pub body_consumed: bool,
    /// The request carries an idempotency key that the host honors.
    pub idempotent: bool,
    /// The caller accepts that effects may happen twice. Does not bring back a consumed body.
    pub allowed: bool,
}

impl Replay {
    /// Returns why this failure must not be followed by a repeat; `None` if it may be.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, Replay, ReplayRisk};
    ///
    /// let mut replay = Replay::default();
    /// replay.shown = true;    // a part of the answer
    /// assert_eq!(replay.risk(&Failure::of_status(502)), Some(ReplayRisk::Shown));
    /// ```
    pub fn risk(&self, failure: &Failure) -> Option<ReplayRisk> {
        if self.body_consumed && failure.reached > Reached::NotSent {
            return Some(ReplayRisk::BodyConsumed);
        }
        if self.allowed {
            return None;
        }
        if self.shown {
            return Some(ReplayRisk::Shown);
        }
        if self.local_effects {
            return Some(ReplayRisk::LocalEffects);
        }
        // Nothing happened on the server: it stated so, it refused, or it was never reached.
        let untouched = failure.reached <= Reached::Refused
            || (failure.reached == Reached::Unclear && failure.server_says_retry == Some(true));
        if untouched || self.idempotent {
            return None;
        }
        if self.stateful {
            Some(ReplayRisk::Stateful)
        } else if self.server_tools {
            Some(ReplayRisk::ServerTools)
        } else if self.creates {
            Some(ReplayRisk::Creates)
        } else {
            None
        }
    }
}
