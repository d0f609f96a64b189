//! Connections between the parts of this room: a parsed error feeds the retry decision, the rate
//! budget and the statistics; response headers feed the rate budget.

use std::time::Duration;

use super::error::{Action, ApiError, ApiErrorKind, LimitScope, Verdict};
use super::headers::RateLimits;
use super::rate::{Dimension, RateClass, RateUsage, Ticket};
use super::retry::{Failure, FailureClass, Reached, Replay, RetryVerdict};
use super::usage::{Class, Usage};
use crate::error::{Error, Inner};
use crate::request::Request;

/// Converts to whole milliseconds, rounded up, so that a wait is never shortened.
fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Class, scope and reach come from the kind. The error's own verdict has precedence over the
/// kind's, because it includes a limit of 0, an empty balance and waits of hours.
impl From<&ApiError> for Failure {
    fn from(error: &ApiError) -> Failure {
        let row = Failure::of_kind(error.kind().as_str());
        let mut failure =
            row.unwrap_or_else(|| Failure::new(RetryVerdict::No, FailureClass::Rejected));
        failure.verdict = match (error.verdict(), failure.verdict) {
            (Verdict::Wait, _) => RetryVerdict::Retry {
                wait_ms: error.retry_after().map(millis),
            },
            (Verdict::NextModel, _) => RetryVerdict::NextModel,
            (Verdict::No, RetryVerdict::Retry { .. }) => match error.action() {
                Action::UseOtherModel => RetryVerdict::NextModel,
                _ => RetryVerdict::No,
            },
            (Verdict::No, verdict) => verdict,
        };
        // `false` is in the verdict; `true` states that nothing happened on the server.
        failure.server_says_retry = error.server_says_retry().filter(|retry| *retry);
        failure
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::from(&error)
    }
}

impl ApiError {
    /// Returns the rate-limit class of the error: `None` if it is not a rate limit, `Some(None)` if
    /// it is one of unknown class.
    ///
    /// ```
    /// use tokenfit::reply::ApiError;
    /// use tokenfit::reply::error::NO_HEADERS;
    /// use tokenfit::reply::rate::RateClass;
    ///
    /// let body = b"Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.";
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);
    /// assert_eq!(error.rate_class(), Some(Some(RateClass::Tokens)));
    /// let error = ApiError::parse(None, Some(401), NO_HEADERS, b"", None);
    /// assert_eq!(error.rate_class(), None);
    /// ```
    pub fn rate_class(&self) -> Option<Option<RateClass>> {
        if !self.kind().is_rate_limit() {
            return None;
        }
        Some(match (self.scope(), self.kind()) {
            (Some(LimitScope::Concurrency), _) => Some(RateClass::Concurrency),
            (_, ApiErrorKind::RateLimitTokens) => Some(RateClass::Tokens),
            (_, ApiErrorKind::RateLimitRequests) => Some(RateClass::Requests),
            _ => None,
        })
    }

    /// Returns the wait in whole milliseconds, rounded up.
    fn wait_ms(&self) -> Option<u64> {
        self.retry_after().map(millis)
    }
}

impl Ticket {
    /// Ends a request with the error that answered it.
    ///
    /// A rate limit is [`refused`](Ticket::refused) with the class and the wait that the error
    /// names. Another refusal before any work releases tokens and spend and keeps the request
    /// counted, as hosts do. If work may have been done (a timeout, a broken answer), the
    /// reservation stays charged.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::ApiError;
    /// use tokenfit::reply::rate::{Admission, Ask, HostRule, Limit, RateBudget, RateClass};
    ///
    /// let limits = [Limit::per_minute(RateClass::Requests, 1_000)];
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &limits)?;
    /// let Admission::Admit(ticket) = budget.admit(0, &Ask::new(100)) else { panic!("it is full") };
    /// let error = ApiError::parse(Some("openai"), Some(429), [("retry-after", "3")], b"", None);
    /// ticket.failed(10, &error);
    /// // Nothing is admitted for 3 s.
    /// let Admission::WaitUntil(turn) = budget.admit(20, &Ask::new(100)) else { panic!("it was refused") };
    /// assert!(!matches!(turn.admit(3_000), Admission::Admit(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn failed(self, now: u64, error: &ApiError) {
        match error.rate_class() {
            Some(class) => self.refused(now, class, error.wait_ms()),
            None if Failure::from(error).reached <= Reached::Refused => {
                self.settle(now, &RateUsage::new(0, 0).spend_pico(0));
            }
            None => drop(self),
        }
    }
}

impl Request<'_> {
    /// Returns the effects that sending the request twice could duplicate, as far as it shows them:
    /// state on the server, and tools with effects that run there. Linear in the tools.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let plain = Request::parse(r#"{"model": "gpt-5", "input": "Hi"}"#)?;
    /// assert!(!plain.replay().stateful);
    /// let next = Request::parse(r#"{"model": "gpt-5", "previous_response_id": "resp_1", "input": "Hi"}"#)?;
    /// assert!(next.replay().stateful);
    /// let tool = Request::parse(r#"{"model": "gpt-5", "input": "Hi", "tools": [{"type": "mcp", "server_label": "shop"}]}"#)?;
    /// assert!(tool.replay().server_tools);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn replay(&self) -> Replay {
        Replay {
            stateful: self.continues_state(),
            server_tools: self.runs_server_tools(),
            ..Replay::default()
        }
    }
}

#[cfg(feature = "redis")]
impl super::rate::SharedTicket {
    /// Ends a request with the error that answered it; see [`Ticket::failed`].
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// // No server answers there: `Lost::Local(45)` admits up to 45 % of each limit.
    /// let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// ticket.failed(300, &ApiError::parse(Some("openai"), Some(429), [("retry-after", "20")], b"", None));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn failed(self, now: u64, error: &ApiError) {
        match error.rate_class() {
            Some(class) => self.refused(now, class, error.wait_ms()),
            None if Failure::from(error).reached <= Reached::Refused => {
                self.settle(now, &RateUsage::new(0, 0).spend_pico(0));
            }
            None => drop(self),
        }
    }
}

/// Header units that a rate budget counts. Images, audio seconds and other units have no class.
const UNITS: &[(&str, RateClass)] = &[
    ("requests", RateClass::Requests),
    ("tokens", RateClass::Tokens),
    ("input_tokens", RateClass::Input),
    ("output_tokens", RateClass::Output),
];

/// Windows by name, in milliseconds. A month is 30 days, as in
/// [`Limit::per_month`](super::rate::Limit::per_month).
const WINDOWS: &[(&str, u64)] = &[
    ("second", 1_000),
    ("minute", 60_000),
    ("hour", 3_600_000),
    ("day", 86_400_000),
    ("week", 7 * 86_400_000),
    ("month", 30 * 86_400_000),
];

impl RateLimits {
    /// Returns the limits in the form of [`Ticket::observe`] and
    /// [`RateBudget::observe`](super::rate::RateBudget::observe). Units without a budget class are
    /// omitted. Linear in the limits.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    /// use tokenfit::reply::rate::{Dimension, RateClass};
    ///
    /// let headers = [
    ///     ("x-ratelimit-limit-tokens", "30000"),
    ///     ("x-ratelimit-remaining-tokens", "29000"),
    ///     ("x-ratelimit-reset-tokens", "2s"),
    /// ];
    /// let limits = RateLimits::parse(headers, 200, None, None);
    /// let tokens = Dimension::new(RateClass::Tokens).limit(30_000).remaining(29_000).reset_ms(2_000);
    /// assert_eq!(limits.dimensions(), [tokens]);
    /// ```
    pub fn dimensions(&self) -> Vec<Dimension> {
        let of = |(key, dim): (&str, &super::headers::Dim)| {
            let (unit, window) = key.split_once('/').unwrap_or((key, ""));
            let (_, class) = UNITS.iter().find(|(known, _)| *known == unit)?;
            let mut dimension = Dimension::new(*class);
            dimension.window_ms = WINDOWS
                .iter()
                .find(|(known, _)| *known == window)
                .map(|(_, ms)| *ms)
                .or(dim.window_s.map(|seconds| (seconds * 1e3).ceil() as u64));
            // An unknown named window must not be mistaken for the shortest one.
            if !window.is_empty() && dimension.window_ms.is_none() {
                return None;
            }
            dimension.limit = dim.limit.filter(|_| !dim.unlimited);
            dimension.remaining = dim.remaining.filter(|_| !dim.unlimited);
            dimension.reset_ms = dim.reset_s.map(|seconds| (seconds * 1e3).ceil() as u64);
            Some(dimension)
        };
        self.dims().filter_map(of).collect()
    }
}

/// Usage that a rate budget charges. Its cost is not included; set [`RateUsage::spend_pico`].
impl From<&Usage> for RateUsage {
    fn from(usage: &Usage) -> RateUsage {
        let cached = [
            Class::CacheRead,
            Class::AudioCacheRead,
            Class::ImageCacheRead,
        ];
        let cached = cached.map(|class| usage.tokens(class));
        RateUsage::new(usage.billed_input(), usage.billed_output())
            .cached_tokens(cached.into_iter().fold(0, u64::saturating_add))
    }
}

impl From<super::rate::RateError> for Error {
    fn from(error: super::rate::RateError) -> Error {
        Inner::RateLimit(error).into()
    }
}

#[cfg(feature = "redis")]
impl From<super::rate::SharedError> for Error {
    fn from(error: super::rate::SharedError) -> Error {
        Inner::SharedBudget(error).into()
    }
}

#[cfg(feature = "stats")]
impl super::stats::Sent<'_> {
    /// Records a failure with the kind of the parsed error; `status` is `None` if there was no
    /// answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::ApiError;
    /// use tokenfit::reply::error::NO_HEADERS;
    /// use tokenfit::reply::stats::Sent;
    ///
    /// let error = ApiError::parse(None, Some(503), NO_HEADERS, b"", None);
    /// let sent = Sent::new(Host::OpenAi, "gpt-4o").failed_by(Some(503), &error);
    /// assert_eq!(sent.kind, Some("overloaded"));
    /// ```
    #[must_use]
    pub fn failed_by(self, status: Option<u16>, error: &ApiError) -> Self {
        match error.kind() {
            ApiErrorKind::None => {
                let mut sent = self;
                sent.status = status;
                sent
            }
            kind => self.failed(status, kind.as_str()),
        }
    }
}
