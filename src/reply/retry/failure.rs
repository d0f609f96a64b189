//! A failed send, as the retry decision sees it.

use serde::Serialize;

/// Whether a failed send can succeed when it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryVerdict {
    /// The same request fails again, here and elsewhere: fix it first.
    No,
    /// The same request may succeed here.
    Retry {
        /// Wait the server asked for, or that follows from its numbers; `None` where it gave neither.
        wait_ms: Option<u64>,
    },
    /// It fails here, but may succeed at another model or host.
    NextModel,
}

/// Sort of failure: selects the backoff curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureClass {
    /// Connection failed, timed out or was cut; 408, 409, 500, 502, 504 and the like.
    Transient,
    /// The host has no capacity: 503, 529.
    Overloaded,
    /// A rate limit of the caller: 429.
    Throttled,
    /// A good status with a useless answer: a malformed tool call, an empty output.
    BadAnswer,
    /// The request, the key or the account is at fault.
    Rejected,
}

/// Who a failure says something about: what a breaker opens for, and what a cooldown cools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// This request alone.
    Request,
    /// One model at one host.
    Model,
    /// The whole host: its connection, or the caller's key or account there.
    Host,
}

/// How far the send got, which decides whether repeating it is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reached {
    /// The request never left: no connection.
    NotSent,
    /// The server refused it before it did any work: 409, 429, 503, 529.
    Refused,
    /// Unknown whether work was done: a timeout, 408, 500, 502, 504.
    Unclear,
    /// An answer began.
    Started,
}

/// A failed send: the input of [`RetryPolicy::decide`](super::RetryPolicy::decide).
///
/// Usually converted from a parsed error. Without one, [`of_status`](Failure::of_status) and
/// [`of_kind`](Failure::of_kind) take the tables of this module.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::{Failure, FailureClass, RetryVerdict};
///
/// let failure = Failure::of_kind("insufficient_quota").expect("a known kind");
/// assert_eq!(failure.verdict, RetryVerdict::NextModel);
/// let failure = Failure::of_status(503);
/// assert_eq!(failure.class, FailureClass::Overloaded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Whether a repeat can succeed.
    pub verdict: RetryVerdict,
    /// Sort of failure.
    pub class: FailureClass,
    /// Who it says something about.
    pub scope: Scope,
    /// How far the send got.
    pub reached: Reached,
    /// The header `x-should-retry`. `Some(false)` stops every retry. `Some(true)` says that nothing happened on the
    /// server; it never turns [`RetryVerdict::No`] or [`RetryVerdict::NextModel`] into a retry.
    pub server_says_retry: Option<bool>,
    /// Whether a breaker may open at once: the key, the account or the model is refused, not this request.
    pub lasting: bool,
}

impl Failure {
    /// A failure with a verdict and a class. Scope and reach get the usual values of the class.
    pub fn new(verdict: RetryVerdict, class: FailureClass) -> Failure {
        let (scope, reached) = match class {
            FailureClass::Transient => (Scope::Model, Reached::Unclear),
            FailureClass::Overloaded | FailureClass::Throttled => (Scope::Model, Reached::Refused),
            FailureClass::BadAnswer => (Scope::Request, Reached::Started),
            FailureClass::Rejected => (Scope::Request, Reached::Refused),
        };
        Failure {
            verdict,
            class,
            scope,
            reached,
            server_says_retry: None,
            lasting: false,
        }
    }

    /// A connection that could not be made: nothing was sent.
    pub fn not_connected() -> Failure {
        Failure {
            scope: Scope::Host,
            reached: Reached::NotSent,
            ..Failure::new(
                RetryVerdict::Retry { wait_ms: None },
                FailureClass::Transient,
            )
        }
    }

    /// Sets the wait that the server asked for, in milliseconds. Only a retryable failure takes one.
    #[must_use]
    pub fn wait(mut self, wait_ms: u64) -> Failure {
        if let RetryVerdict::Retry { wait_ms: wait } = &mut self.verdict {
            *wait = Some(wait_ms);
        }
        self
    }

    /// Sets the header `x-should-retry`.
    #[must_use]
    pub fn server_says_retry(mut self, retry: bool) -> Failure {
        self.server_says_retry = Some(retry);
        self
    }

    /// Sets how far the send got.
    #[must_use]
    pub fn reached(mut self, reached: Reached) -> Failure {
        self.reached = reached;
        self
    }

    /// Sets who the failure says something about.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Failure {
        self.scope = scope;
        self
    }
}
