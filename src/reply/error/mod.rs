//! Error answers of providers: the cause, its numbers, and the next action.
//!
//! [`ApiError::parse`] reads a status, headers and a body, in whatever wrapper they arrive;
//! [`Answer`] reads bad answers under a success status. Both produce an [`ApiError`]: plain numbers
//! and words of a fixed vocabulary, no text.
//!
//! `tree.rs` reads JSON and notations like it; `facts.rs` collects the facts of all layers;
//! `codes.rs` and `wordings/` are tables of knowledge about providers; `decide.rs` weighs the
//! facts; `action.rs` selects the action.

mod action;
mod answer;
mod codes;
mod decide;
mod facts;
mod headers;
mod kind;
mod output;
mod phrase;
mod stop;
mod tokens;
mod tree;
mod wait;
mod wordings;

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use action::{Action, MAX_WAIT, Verdict};
pub use answer::Answer;
pub use kind::{ApiErrorKind, ImposedBy, LimitScope};

use facts::Facts;
use headers::Headers;

/// Empty header list for [`ApiError::parse`].
pub const NO_HEADERS: [(&str, &str); 0] = [];

/// Parsed error answer: kind, numbers, wait, and next action.
///
/// Contains only numbers and words of this crate, no text of the answer, so it is safe to log and
/// count.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::error::{ImposedBy, LimitScope};
/// use std::time::Duration;
/// use tokenfit::reply::error::{Action, ApiError, ApiErrorKind, NO_HEADERS, Verdict};
///
/// let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM):
///     Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
/// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);
///
/// assert_eq!(error.kind(), ApiErrorKind::RateLimitTokens);
/// assert_eq!((error.limit(), error.actual()), (Some(30_000), Some(30_500)));
/// // The body names no wait; it follows from the numbers.
/// assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
/// assert_eq!(error.verdict(), Verdict::Wait);
/// assert_eq!(error.action(), Action::Wait { after: Some(Duration::from_secs(1)) });
/// assert!(error.is_retryable() && !error.is_lower_bound());
/// assert_eq!(error.scope(), Some(LimitScope::Minute));
/// assert_eq!(error.imposed_by(), Some(ImposedBy::Provider));
/// assert_eq!((error.requested_output(), error.lower_output_to()), (None, None));
/// assert_eq!(error.resets_at_unix(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiError {
    kind: ApiErrorKind,
    scope: Option<LimitScope>,
    imposed_by: Option<ImposedBy>,
    limit: Option<u64>,
    actual: Option<u64>,
    requested_output: Option<u64>,
    lower_bound: bool,
    retry_after: Option<Duration>,
    resets_at: Option<u64>,
    /// Not retryable, even if the kind is.
    never: bool,
    /// Header `x-should-retry`.
    server_says_retry: Option<bool>,
}

impl ApiError {
    fn of(kind: ApiErrorKind) -> ApiError {
        ApiError {
            kind,
            scope: None,
            imposed_by: None,
            limit: None,
            actual: None,
            requested_output: None,
            lower_bound: false,
            retry_after: None,
            resets_at: None,
            never: false,
            server_says_retry: None,
        }
    }

    /// Parses an error answer. Never fails: an unrecognized error is [`ApiErrorKind::Unknown`], a
    /// good answer is [`ApiErrorKind::None`].
    ///
    /// `provider` is the host's name (`openai`, `zai`); it only selects the meaning of numeric
    /// codes. `status` is the HTTP status; a stream or a log may have none. `headers` are pairs of
    /// name and value; names ignore case. `now_unix` converts a date to a wait; without it the
    /// `Date` header is used.
    ///
    /// The body may be JSON, JSON in a string, a Python `repr`, server-sent events, a proxy's page,
    /// or any text around them, and may be truncated. Linear in its length.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::error::{ApiError, ApiErrorKind, NO_HEADERS};
    ///
    /// let log = b"Error code: 400 - {'error': {'message': 'prompt is too long: 208656 tokens > 200000 maximum'}}";
    /// let error = ApiError::parse(None, None, NO_HEADERS, log, None);
    /// assert_eq!(error.kind(), ApiErrorKind::ContextLengthExceeded);
    /// assert_eq!(error.shrink_input_to(), Some(200_000));
    ///
    /// let error = ApiError::parse(None, Some(429), [("Retry-After", "12")], b"", None);
    /// assert_eq!(error.retry_after().map(|w| w.as_secs()), Some(12));
    /// ```
    pub fn parse<N: AsRef<str>, V: AsRef<[u8]>>(
        provider: Option<&str>,
        status: Option<u16>,
        headers: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
        now_unix: Option<u64>,
    ) -> ApiError {
        let mut read = Headers::default();
        for (name, value) in headers {
            if let Ok(value) = std::str::from_utf8(value.as_ref()) {
                read.add(name.as_ref(), value);
            }
        }
        let text = String::from_utf8_lossy(body);
        if status.is_none_or(|status| status < 400)
            && let Some(answer) = Answer::of_text(provider, &text, read, now_unix)
        {
            return answer.problem().unwrap_or(ApiError::of(ApiErrorKind::None));
        }
        if status.is_some_and(|s| (200..300).contains(&s)) && matches!(text.trim(), "" | "null") {
            // Only headers were passed, or the answer has no body.
            let empty = read.empty_body || !read.any;
            return ApiError::of(if empty {
                ApiErrorKind::ServerError
            } else {
                ApiErrorKind::None
            });
        }
        let mut facts = Facts::new(provider);
        facts.text(&text, 0);
        decide::decide(&facts, &read, status, now_unix)
    }

    /// Returns the kind of the error.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, ApiErrorKind, NO_HEADERS};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.kind(), ApiErrorKind::RateLimitTokens);
    /// ```
    pub fn kind(&self) -> ApiErrorKind {
        self.kind
    }

    /// Returns the window or subject of the limit, if it is named.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, LimitScope, NO_HEADERS};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.scope(), Some(LimitScope::Minute));
    /// ```
    pub fn scope(&self) -> Option<LimitScope> {
        self.scope
    }

    /// Returns who imposed the limit, if it can be determined.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, ImposedBy, NO_HEADERS};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.imposed_by(), Some(ImposedBy::Provider));
    /// ```
    pub fn imposed_by(&self) -> Option<ImposedBy> {
        self.imposed_by
    }

    /// Returns the exceeded limit in tokens, requests, bytes, characters or items, depending on the
    /// kind.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.limit(), Some(30_000));
    /// ```
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Returns the amount sent, in the unit of the limit. For a context limit it includes the
    /// requested output; for a rate limit it is the amount used before plus this request.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// # let body = br#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 28500, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);    // TPM: Limit 30000, Used 28500, Requested 2000
    /// assert_eq!(error.actual(), Some(30_500));
    /// ```
    pub fn actual(&self) -> Option<u64> {
        self.actual
    }

    /// Returns the output tokens that the request asked for.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// # let body = br#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 30000 > 200000"}}"#;
    /// let error = ApiError::parse(Some("anthropic"), Some(400), NO_HEADERS, body, None);    // 190000 + 30000 > 200000
    /// assert_eq!(error.requested_output(), Some(30_000));
    /// ```
    pub fn requested_output(&self) -> Option<u64> {
        self.requested_output
    }

    /// Returns whether [`ApiError::actual`] is a lower bound (vLLM stops counting: "at least 262145
    /// tokens").
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// let body = b"This model's maximum context length is 262144 tokens. However, you requested 0 output tokens and your prompt contains at least 262145 input tokens, for a total of at least 262145 tokens.";
    /// let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// assert!(error.is_lower_bound());
    /// ```
    pub fn is_lower_bound(&self) -> bool {
        self.lower_bound
    }

    /// Returns the wait until a retry can succeed, as stated by the provider or implied by its
    /// numbers.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tokenfit::reply::ApiError;
    ///
    /// let error = ApiError::parse(Some("openai"), Some(429), [("retry-after", "20")], b"", None);
    /// assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the server's own word on a retry, the header `x-should-retry`.
    ///
    /// ```
    /// use tokenfit::reply::ApiError;
    ///
    /// let error = ApiError::parse(None, Some(500), [("x-should-retry", "true")], b"", None);
    /// assert_eq!(error.server_says_retry(), Some(true));
    /// ```
    pub fn server_says_retry(&self) -> Option<bool> {
        self.server_says_retry
    }

    /// Returns the time at which the limit ends, in seconds since 1970.
    ///
    /// ```
    /// # use tokenfit::reply::error::{ApiError, NO_HEADERS};
    /// let body = br#"{"error": {"type": "usage_limit_reached", "message": "The usage limit has been reached", "resets_at": 1764300000}}"#;
    /// let error = ApiError::parse(Some("openai"), Some(429), NO_HEADERS, body, None);
    /// assert_eq!(error.resets_at_unix(), Some(1_764_300_000));
    /// ```
    pub fn resets_at_unix(&self) -> Option<u64> {
        self.resets_at
    }
}

/// One line with the cause and the action.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.happened(), self.action())
    }
}

impl ApiError {
    /// Describes the error in one clause with its numbers. [`ApiError::action`] is the remedy.
    ///
    /// ```
    /// use tokenfit::reply::ApiError;
    /// use tokenfit::reply::error::NO_HEADERS;
    ///
    /// let body = b"prompt is too long: 208656 tokens > 200000 maximum";
    /// let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// assert_eq!(error.happened().to_string(), "context_length_exceeded: 208656, limit is 200000");
    /// ```
    pub fn happened(&self) -> impl fmt::Display {
        Happened(*self)
    }
}

struct Happened(ApiError);

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = &self.0;
        f.write_str(error.kind.as_str())?;
        match (error.actual, error.limit) {
            (Some(actual), Some(limit)) => write!(f, ": {actual}, limit is {limit}")?,
            (None, Some(limit)) => write!(f, ": limit is {limit}")?,
            _ => {}
        }
        match error.scope {
            Some(scope) => write!(f, " ({scope})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

/// Writes the object that `tokenfit error --json` prints; seconds as a number, `null` for unknown
/// values.
impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("ApiError", 14)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("limit", &self.limit)?;
        object.serialize_field("actual", &self.actual)?;
        object.serialize_field("requested_output", &self.requested_output)?;
        object.serialize_field("lower_bound", &self.lower_bound)?;
        object.serialize_field("retryable", &self.is_retryable())?;
        object.serialize_field("retry_after_s", &self.retry_after.map(|w| w.as_secs_f64()))?;
        object.serialize_field("action", &self.action())?;
        object.serialize_field("scope", &self.scope)?;
        object.serialize_field("resets_at_unix", &self.resets_at)?;
        object.serialize_field("imposed_by", &self.imposed_by)?;
        object.serialize_field("verdict", &self.verdict())?;
        object.serialize_field("shrink_input_to", &self.shrink_input_to())?;
        object.serialize_field("lower_output_to", &self.lower_output_to())?;
        object.end()
    }
}
