//! Fixed vocabulary: kinds of errors, windows of limits, and who imposes them.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! words {
    ($(#[$top:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$top])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All values, in the order of their declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// Returns a stable snake_case word, as the command prints it.
            ///
            /// ```
            /// use tokenfit::reply::error::{ApiErrorKind, LimitScope};
            ///
            /// assert_eq!(ApiErrorKind::Overloaded.as_str(), "overloaded");
            /// assert_eq!(LimitScope::Minute.as_str(), "minute");
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(super) use words;

words! {
    /// Meaning of an answer, whatever its status.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::error::ApiErrorKind;
    ///
    /// assert_eq!(ApiErrorKind::RateLimitTokens.as_str(), "rate_limit_tokens");
    /// assert!(ApiErrorKind::RateLimitTokens.is_rate_limit());
    /// assert!(ApiErrorKind::Overloaded.is_retryable());
    /// assert!(!ApiErrorKind::InsufficientQuota.is_retryable());
    /// ```
    ApiErrorKind {
        /// The input, or the input plus the requested output, is larger than the context window.
        ContextLengthExceeded "context_length_exceeded",
        /// The requested output exceeds the model's output limit.
        MaxOutputExceeded "max_output_exceeded",
        /// Too many bytes, characters or items, rejected before any token is counted.
        RequestTooLarge "request_too_large",
        /// One request exceeds the whole rate limit: waiting does not help.
        RequestTooLargeForRateLimit "request_too_large_for_rate_limit",
        /// A rate limit of unknown unit, or of tokens and requests.
        RateLimit "rate_limit",
        /// A limit of tokens in a window.
        RateLimitTokens "rate_limit_tokens",
        /// A limit of requests in a window.
        RateLimitRequests "rate_limit_requests",
        /// Credit, plan or spend limit is used up.
        InsufficientQuota "insufficient_quota",
        /// The provider has no capacity at the moment.
        Overloaded "overloaded",
        /// The provider failed.
        ServerError "server_error",
        /// The provider, or a proxy between, stopped waiting.
        Timeout "timeout",
        /// Something in the request is wrong.
        InvalidRequest "invalid_request",
        /// The API key is missing, wrong or expired.
        InvalidApiKey "invalid_api_key",
        /// The API key is valid but lacks this permission.
        PermissionDenied "permission_denied",
        /// No such model, or not at this endpoint.
        ModelNotFound "model_not_found",
        /// The model exists but cannot be run there.
        ModelUnavailable "model_unavailable",
        /// Input or output was blocked by a policy.
        ContentPolicy "content_policy",
        /// The answer is incomplete: it reached an output limit or the context window.
        OutputTruncated "output_truncated",
        /// The answer has no content.
        OutputEmpty "output_empty",
        /// The model refused to answer.
        Refusal "refusal",
        /// The model wrote a tool call that cannot be parsed or violates its schema.
        MalformedToolCall "malformed_tool_call",
        /// A long turn was paused; send the content back to continue.
        Paused "paused",
        /// No rule recognizes the error.
        Unknown "unknown",
        /// Not an error.
        None "none",
    }
}

impl ApiErrorKind {
    /// Returns whether it is a rate limit that passes with time.
    ///
    /// ```
    /// use tokenfit::reply::error::ApiErrorKind;
    ///
    /// assert!(ApiErrorKind::RateLimitTokens.is_rate_limit());
    /// assert!(!ApiErrorKind::InsufficientQuota.is_rate_limit());
    /// ```
    pub const fn is_rate_limit(self) -> bool {
        matches!(
            self,
            ApiErrorKind::RateLimit
                | ApiErrorKind::RateLimitTokens
                | ApiErrorKind::RateLimitRequests
        )
    }

    /// Returns whether the same request can succeed later, judged by the kind alone.
    ///
    /// [`ApiError::is_retryable`](super::ApiError::is_retryable) also uses numbers and the
    /// provider's own statement.
    ///
    /// ```
    /// use tokenfit::reply::error::ApiErrorKind;
    ///
    /// assert!(ApiErrorKind::Overloaded.is_retryable() && !ApiErrorKind::InvalidApiKey.is_retryable());
    /// ```
    pub const fn is_retryable(self) -> bool {
        self.is_rate_limit()
            || matches!(
                self,
                ApiErrorKind::Overloaded
                    | ApiErrorKind::ServerError
                    | ApiErrorKind::Timeout
                    | ApiErrorKind::OutputEmpty
                    | ApiErrorKind::MalformedToolCall
            )
    }
}

words! {
    /// Window or subject of a limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::error::LimitScope;
    ///
    /// assert_eq!(LimitScope::PlanWindow.as_str(), "plan_window");
    /// assert_eq!(LimitScope::Day.seconds(), Some(86_400));
    /// assert_eq!(LimitScope::Concurrency.seconds(), None);
    /// ```
    LimitScope {
        /// Simultaneous requests.
        Concurrency "concurrency",
        /// Growth of traffic.
        Ramp "ramp",
        /// Per minute.
        Minute "minute",
        /// Per hour.
        Hour "hour",
        /// Window of a subscription, several hours long.
        PlanWindow "plan_window",
        /// Per day.
        Day "day",
        /// Per week.
        Week "week",
        /// Per month.
        Month "month",
    }
}

impl LimitScope {
    /// Returns the length of the window in seconds, if it is fixed.
    ///
    /// ```
    /// use tokenfit::reply::error::LimitScope;
    ///
    /// assert_eq!(LimitScope::Minute.seconds(), Some(60));
    /// ```
    pub const fn seconds(self) -> Option<u64> {
        match self {
            LimitScope::Minute => Some(60),
            LimitScope::Hour => Some(3_600),
            LimitScope::Day => Some(86_400),
            LimitScope::Week => Some(604_800),
            _ => None,
        }
    }

    /// Returns whether the window is longer than a request can wait.
    pub(super) const fn is_long(self) -> bool {
        matches!(
            self,
            LimitScope::PlanWindow | LimitScope::Day | LimitScope::Week | LimitScope::Month
        )
    }
}

words! {
    /// Party that imposed the limit or caused the failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::error::{ApiError, ImposedBy, NO_HEADERS};
    ///
    /// let body = br#"{"error":{"message":"Provider returned error","code":429,"metadata":{"provider_name":"X",
    ///     "limit_source":"upstream_provider_shared_pool"}}}"#;
    /// let error = ApiError::parse(Some("openrouter"), Some(429), NO_HEADERS, body, None);
    /// assert_eq!(error.imposed_by(), Some(ImposedBy::Upstream));
    /// ```
    ImposedBy {
        /// The host that received the call.
        Provider "provider",
        /// A provider used by the host; another provider may serve the same request.
        Upstream "upstream",
        /// A rule of the gateway itself: its limits, budgets, cooldowns.
        Gateway "gateway",
        /// A proxy or network between the caller and the host.
        Proxy "proxy",
        /// A limit that the account's owner set, or the account's balance.
        Account "account",
    }
}
