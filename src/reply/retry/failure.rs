//! Failed send, in the terms of the retry decision.

use serde::Serialize;

/// Whether a failed send can succeed if repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryVerdict {
    /// The same request fails again everywhere: fix it first.
    No,
    /// The same request may succeed here.
    Retry {
        /// Wait that the server requested or that follows from its numbers; `None` without either.
        wait_ms: Option<u64>,
    },
    /// The request fails here, but may succeed at another model or host.
    NextModel,
}

/// Class of failure: selects the backoff curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureClass {
    /// Connection failed, timed out or was cut; 408, 409, 500, 502, 504 and similar.
    Transient,
    /// The host has no capacity: 503, 529.
    Overloaded,
    /// The caller's rate limit: 429.
    Throttled,
    /// Success status with a useless answer: a malformed tool call, an empty output.
    BadAnswer,
    /// The request, the key or the account is at fault.
    Rejected,
}

/// Extent of a failure: the target a breaker opens for and a cooldown cools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// This request only.
    Request,
    /// One model at one host.
    Model,
    /// The whole host: its connection, or the caller's key or account there.
    Host,
}

/// Progress of a failed send, which decides whether repeating it is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reached {
    /// The request never left: no connection.
    NotSent,
    /// The server refused it before it did any work: 409, 429, 503, 529.
    Refused,
    /// The server may have done work: a timeout, 408, 500, 502, 504.
    Unclear,
    /// An answer had started.
    Started,
}

/// Failed send: the input of [`RetryPolicy::decide`](super::RetryPolicy::decide).
///
/// Usually converted from a parsed error. Without one, [`of_status`](Failure::of_status) and
/// [`of_kind`](Failure::of_kind) use the tables of this module.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::{Reached, Scope};
/// use tokenfit::reply::retry::{Failure, FailureClass, RetryVerdict};
///
/// let failure = Failure::of_kind("insufficient_quota").expect("a known kind");
/// assert_eq!(failure.verdict, RetryVerdict::NextModel);
/// let failure = Failure::of_status(503);
/// assert_eq!(failure.class, FailureClass::Overloaded);
///
/// // A connection that failed before anything was sent is safe to repeat.
/// assert_eq!(Failure::not_connected().reached, Reached::NotSent);
/// let failure = Failure::new(RetryVerdict::Retry { wait_ms: None }, FailureClass::Transient)
///     .reached(Reached::Started)
///     .scope(Scope::Host)
///     .server_says_retry(false);
/// assert_eq!(failure.server_says_retry, Some(false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Whether a repeat can succeed.
    pub verdict: RetryVerdict,
    /// Class of failure.
    pub class: FailureClass,
    /// Extent of the failure.
    pub scope: Scope,
    /// Progress of the send.
    pub reached: Reached,
    /// Value of the header `x-should-retry`. `Some(false)` stops every retry. `Some(true)` states
    /// that nothing happened on the server; it never turns [`RetryVerdict::No`] or
    /// [`RetryVerdict::NextModel`] into a retry.
    pub server_says_retry: Option<bool>,
    /// Whether a breaker opens at once, because the key, the account or the model is refused rather
    /// than this request.
    pub lasting: bool,
}

impl Failure {
    /// Creates a failure from a verdict and a class. Scope and reach get the usual values of the
    /// class.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, FailureClass, Reached, RetryVerdict};
    ///
    /// let failure = Failure::new(RetryVerdict::Retry { wait_ms: None }, FailureClass::Transient);
    /// assert_eq!(failure.reached, Reached::Unclear);
    /// ```
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

    /// Creates the failure of a connection that could not be made: nothing was sent.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, Reached};
    ///
    /// assert_eq!(Failure::not_connected().reached, Reached::NotSent);
    /// ```
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

    /// Sets the wait that the server requested, in milliseconds. Ignored unless the failure is
    /// retryable.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, RetryVerdict};
    ///
    /// let failure = Failure::of_status(429).wait(2_000);
    /// assert_eq!(failure.verdict, RetryVerdict::Retry { wait_ms: Some(2_000) });
    /// ```
    #[must_use]
    pub fn wait(mut self, wait_ms: u64) -> Failure {
        if let RetryVerdict::Retry { wait_ms: wait } = &mut self.verdict {
            *wait = Some(wait_ms);
        }
        self
    }

    /// Sets the value of the header `x-should-retry`.
    ///
    /// ```
    /// let failure = tokenfit::reply::retry::Failure::of_status(500).server_says_retry(false);
    /// assert_eq!(failure.server_says_retry, Some(false));
    /// ```
    #[must_use]
    pub fn server_says_retry(mut self, retry: bool) -> Failure {
        self.server_says_retry = Some(retry);
        self
    }

    /// Sets how far the send got.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, Reached};
    ///
    /// let failure = Failure::of_status(502).reached(Reached::Started);    // the stream broke
    /// assert_eq!(failure.reached, Reached::Started);
    /// ```
    #[must_use]
    pub fn reached(mut self, reached: Reached) -> Failure {
        self.reached = reached;
        self
    }

    /// Sets the extent of the failure.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, Scope};
    ///
    /// assert_eq!(Failure::of_status(500).scope(Scope::Host).scope, Scope::Host);
    /// ```
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Failure {
        self.scope = scope;
        self
    }
}
