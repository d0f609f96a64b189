//! Retry verdict and next action, with its numbers.

use super::ApiError;
use super::kind::{ApiErrorKind, LimitScope, words};
use crate::reply::headers::CAP_SECONDS;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Longest wait to spend inside a call: OpenAI's client honors up to 120 s.
///
/// Waits of subscriptions and daily quotas last hours; for those the verdict is
/// [`Verdict::NextModel`].
pub const MAX_WAIT: Duration = Duration::from_secs(CAP_SECONDS as u64);

words! {
    /// Whether to send the same request again.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::error::{ApiError, Verdict, NO_HEADERS};
    ///
    /// let verdict = |status, body: &str| ApiError::parse(None, Some(status), NO_HEADERS, body.as_bytes(), None).verdict();
    /// assert_eq!(verdict(401, ""), Verdict::No);
    /// assert_eq!(verdict(503, ""), Verdict::Wait);
    /// assert_eq!(verdict(429, "Please try again in 51 hours."), Verdict::NextModel);
    /// ```
    Verdict {
        /// No: the same request fails again.
        No "no",
        /// Yes, after [`ApiError::retry_after`](super::ApiError::retry_after), or after a backoff
        /// if it is unknown.
        Wait "wait",
        /// Later, but too late for this call: use another model or host, or give up.
        NextModel "next_model",
    }
}

/// Next action, with its numbers where they are known.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::error::{Action, ApiError, NO_HEADERS};
///
/// let body = br#"{"type":"error","error":{"type":"invalid_request_error",
///     "message":"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000"}}"#;
/// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);
/// // The input alone fits.
/// assert_eq!(error.action(), Action::LowerOutput { to: Some(10_000) });
/// // The other way out:
/// assert_eq!(error.shrink_input_to(), Some(170_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Send it again after a backoff, or after `after`.
    Retry {
        /// Wait that the provider requested.
        after: Option<Duration>,
    },
    /// Wait for the limit, then send it again.
    Wait {
        /// The wait, if known.
        after: Option<Duration>,
    },
    /// Send it to another model or host.
    UseOtherModel,
    /// Add credit, or raise the spend limit.
    AddCredit,
    /// Make the input smaller, to at most `to` in the unit of the limit.
    ShrinkInput {
        /// The limit minus the requested output.
        to: Option<u64>,
    },
    /// Request at most `to` tokens of output.
    LowerOutput {
        /// The output limit.
        to: Option<u64>,
    },
    /// Request more output, or continue the partial answer.
    RaiseOutput,
    /// Correct the request.
    FixRequest,
    /// Correct the API key.
    FixKey,
    /// Change the content of the input.
    ChangeInput,
    /// Send the content back to continue the turn.
    Continue,
    /// Nothing to do.
    None,
    /// No known action helps.
    GiveUp,
}

impl Action {
    /// Returns a stable snake_case word, as the command prints it.
    ///
    /// ```
    /// use tokenfit::reply::error::Action;
    ///
    /// assert_eq!(Action::ShrinkInput { to: None }.as_str(), "shrink_input");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Retry { .. } => "retry",
            Action::Wait { .. } => "wait",
            Action::UseOtherModel => "use_other_model",
            Action::AddCredit => "add_credit",
            Action::ShrinkInput { .. } => "shrink_input",
            Action::LowerOutput { .. } => "lower_output",
            Action::RaiseOutput => "raise_output",
            Action::FixRequest => "fix_request",
            Action::FixKey => "fix_key",
            Action::ChangeInput => "change_input",
            Action::Continue => "continue",
            Action::None => "none",
            Action::GiveUp => "give_up",
        }
    }
}

/// One plain clause, with the number.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Retry { after: None } => f.write_str("send it again after a backoff"),
            Action::Retry { after: Some(wait) } | Action::Wait { after: Some(wait) } => {
                write!(f, "send it again after {} s", wait.as_secs_f64())
            }
            Action::Wait { after: None } => f.write_str("wait for the limit, then send it again"),
            Action::UseOtherModel => f.write_str("use another model or host"),
            Action::AddCredit => f.write_str("add credit or raise the spend limit"),
            Action::ShrinkInput { to: Some(to) } => write!(f, "shrink the input to {to} or less"),
            Action::ShrinkInput { to: None } => f.write_str("shrink the input"),
            Action::LowerOutput { to: Some(to) } => {
                write!(f, "lower the output limit to {to} or less")
            }
            Action::LowerOutput { to: None } => f.write_str("lower the output limit"),
            Action::RaiseOutput => f.write_str("raise the output limit or continue the answer"),
            Action::FixRequest => f.write_str("correct the request"),
            Action::FixKey => f.write_str("correct the API key"),
            Action::ChangeInput => f.write_str("change the content of the input"),
            Action::Continue => f.write_str("send the content back to continue"),
            Action::None => f.write_str("nothing to do"),
            Action::GiveUp => f.write_str("give up"),
        }
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ApiError {
    /// Returns whether the same request can succeed later, judged by kind, numbers and the
    /// provider's own statement.
    ///
    /// A wait of hours counts as retryable; [`ApiError::verdict`] also judges whether waiting is
    /// worthwhile.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// let error = ApiError::parse(Some("openai"), Some(503), NO_HEADERS, b"", None);
    /// assert!(error.is_retryable());
    /// ```
    pub fn is_retryable(&self) -> bool {
        self.kind.is_retryable() && !self.never
    }

    /// Returns whether to send the same request again. See [`Verdict`].
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS, Verdict};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.verdict(), Verdict::Wait);
    /// ```
    pub fn verdict(&self) -> Verdict {
        if !self.is_retryable() {
            return Verdict::No;
        }
        if self.kind.is_rate_limit()
            && matches!(self.scope, Some(LimitScope::Week | LimitScope::Month))
        {
            // Copilot names minutes next to a weekly limit, which does not pass in minutes.
            return Verdict::NextModel;
        }
        let long = match self.retry_after() {
            Some(wait) => wait > MAX_WAIT,
            None => self.kind.is_rate_limit() && self.scope.is_some_and(|s| s.is_long()),
        };
        if long {
            Verdict::NextModel
        } else {
            Verdict::Wait
        }
    }

    /// Returns the next action. See [`Action`].
    ///
    /// ```
    /// # use tokenfit::reply::error::{Action, ApiError, NO_HEADERS};
    /// # let body = br#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000"}}"#;
    /// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);    // 190000 + 30000 > 200000
    /// assert_eq!(error.action(), Action::LowerOutput { to: Some(10_000) });
    /// ```
    pub fn action(&self) -> Action {
        use ApiErrorKind as K;
        let after = self.retry_after();
        match self.kind {
            // The input alone fits: lowering the output keeps all of the input, unless almost no
            // output would be left.
            K::ContextLengthExceeded => match (self.lower_output_to(), self.requested_output) {
                (Some(room), Some(output)) if room >= output / 16 => {
                    Action::LowerOutput { to: Some(room) }
                }
                _ => Action::ShrinkInput {
                    to: self.shrink_input_to(),
                },
            },
            K::RequestTooLarge | K::RequestTooLargeForRateLimit => Action::ShrinkInput {
                to: self.shrink_input_to(),
            },
            K::MaxOutputExceeded => Action::LowerOutput { to: self.limit },
            K::RateLimit | K::RateLimitTokens | K::RateLimitRequests => match self.verdict() {
                Verdict::Wait => Action::Wait { after },
                Verdict::No | Verdict::NextModel => Action::UseOtherModel,
            },
            K::Overloaded | K::ServerError | K::Timeout | K::OutputEmpty | K::MalformedToolCall => {
                match self.verdict() {
                    Verdict::Wait => Action::Retry { after },
                    Verdict::No | Verdict::NextModel => Action::UseOtherModel,
                }
            }
            K::InsufficientQuota => Action::AddCredit,
            K::InvalidRequest => Action::FixRequest,
            K::InvalidApiKey => Action::FixKey,
            K::PermissionDenied | K::ModelNotFound | K::ModelUnavailable | K::Refusal => {
                Action::UseOtherModel
            }
            K::ContentPolicy => Action::ChangeInput,
            K::OutputTruncated => Action::RaiseOutput,
            K::Paused => Action::Continue,
            K::None => Action::None,
            K::Unknown => Action::GiveUp,
        }
    }

    /// Returns the input that was sent, in the unit of the limit: the amount without the requested
    /// output. `None` for a limit that does not concern the input.
    ///
    /// ```
    /// use tokenfit::reply::ApiError;
    /// use tokenfit::reply::error::NO_HEADERS;
    ///
    /// let body = b"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000";
    /// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);
    /// assert_eq!(error.input(), Some(190_000));
    /// ```
    pub fn input(&self) -> Option<u64> {
        match self.kind {
            ApiErrorKind::ContextLengthExceeded => {
                self.actual?.checked_sub(self.requested_output.unwrap_or(0))
            }
            ApiErrorKind::RequestTooLarge | ApiErrorKind::RequestTooLargeForRateLimit => {
                self.actual
            }
            _ => None,
        }
    }

    /// Returns the largest input that would be accepted, in the unit of the limit: the limit minus
    /// the requested output.
    ///
    /// 0 means that the requested output alone fills the limit.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// # let body = br#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000"}}"#;
    /// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);    // 190000 + 30000 > 200000
    /// assert_eq!(error.shrink_input_to(), Some(170_000));
    /// ```
    pub fn shrink_input_to(&self) -> Option<u64> {
        match self.kind {
            ApiErrorKind::ContextLengthExceeded => Some(
                self.limit?
                    .saturating_sub(self.requested_output.unwrap_or(0)),
            ),
            ApiErrorKind::RequestTooLarge | ApiErrorKind::RequestTooLargeForRateLimit => self.limit,
            _ => None,
        }
    }

    /// Returns the largest output that would be accepted, if lowering it helps: the output limit,
    /// the space that the input leaves, or the output that the balance still pays for.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// # let body = br#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000"}}"#;
    /// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);    // 190000 + 30000 > 200000
    /// assert_eq!(error.lower_output_to(), Some(10_000));
    /// ```
    pub fn lower_output_to(&self) -> Option<u64> {
        match self.kind {
            ApiErrorKind::MaxOutputExceeded => self.limit,
            ApiErrorKind::InsufficientQuota => {
                self.limit.filter(|_| self.requested_output.is_some())
            }
            ApiErrorKind::ContextLengthExceeded => {
                let input = self.actual?.checked_sub(self.requested_output?)?;
                self.limit?.checked_sub(input).filter(|room| *room > 0)
            }
            _ => None,
        }
    }
}
