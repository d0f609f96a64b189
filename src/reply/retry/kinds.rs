//! Retry defaults of each kind of error and each status, as tables.
//!
//! A parsed error has more information (the wait, a limit of 0, an explicit `retryable`).

use super::failure::{Failure, FailureClass, Reached, RetryVerdict, Scope};

const RETRY: RetryVerdict = RetryVerdict::Retry { wait_ms: None };

/// Kind, verdict, class, scope, whether it lasts.
type Row = (&'static str, RetryVerdict, FailureClass, Scope, bool);

/// Kinds that fail again anywhere: context, the request, its content. Kinds that another model may
/// serve: quota, key, permission, model. `refusal` has a documented fallback model.
const KINDS: &[Row] = &[
    (
        "rate_limit",
        RETRY,
        FailureClass::Throttled,
        Scope::Model,
        false,
    ),
    (
        "rate_limit_requests",
        RETRY,
        FailureClass::Throttled,
        Scope::Model,
        false,
    ),
    (
        "rate_limit_tokens",
        RETRY,
        FailureClass::Throttled,
        Scope::Model,
        false,
    ),
    (
        "overloaded",
        RETRY,
        FailureClass::Overloaded,
        Scope::Model,
        false,
    ),
    (
        "server_error",
        RETRY,
        FailureClass::Transient,
        Scope::Model,
        false,
    ),
    (
        "timeout",
        RETRY,
        FailureClass::Transient,
        Scope::Model,
        false,
    ),
    (
        "connection",
        RETRY,
        FailureClass::Transient,
        Scope::Host,
        false,
    ),
    (
        "malformed_tool_call",
        RETRY,
        FailureClass::BadAnswer,
        Scope::Request,
        false,
    ),
    (
        "output_empty",
        RETRY,
        FailureClass::BadAnswer,
        Scope::Request,
        false,
    ),
    (
        "insufficient_quota",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Host,
        true,
    ),
    (
        "invalid_api_key",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Host,
        true,
    ),
    (
        "permission_denied",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Model,
        false,
    ),
    (
        "model_not_found",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Model,
        true,
    ),
    (
        "model_unavailable",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Model,
        true,
    ),
    (
        "refusal",
        RetryVerdict::NextModel,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "request_too_large_for_rate_limit",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "request_too_large",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "context_length_exceeded",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "max_output_exceeded",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "output_truncated",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "paused",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "content_policy",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "invalid_request",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
    (
        "unknown",
        RetryVerdict::No,
        FailureClass::Rejected,
        Scope::Request,
        false,
    ),
];

/// First and last status, kind whose row applies, how far the send got.
const STATUSES: &[(u16, u16, &str, Reached)] = &[
    (401, 401, "invalid_api_key", Reached::Refused),
    (402, 402, "insufficient_quota", Reached::Refused),
    (403, 403, "permission_denied", Reached::Refused),
    (404, 404, "model_not_found", Reached::Refused),
    (408, 408, "timeout", Reached::Unclear),
    (409, 409, "server_error", Reached::Refused),
    (413, 413, "request_too_large", Reached::Refused),
    (429, 429, "rate_limit", Reached::Refused),
    (503, 503, "overloaded", Reached::Refused),
    (504, 504, "timeout", Reached::Unclear),
    // Cloudflare: 521 to 523 never reached the server, 525 and 526 are its certificate.
    (521, 523, "connection", Reached::NotSent),
    (524, 524, "timeout", Reached::Unclear),
    (525, 526, "model_unavailable", Reached::NotSent),
    (529, 529, "overloaded", Reached::Refused),
    (500, 599, "server_error", Reached::Unclear),
    (400, 499, "invalid_request", Reached::Refused),
];

impl Failure {
    /// Returns the failure that an HTTP status alone implies. A body is more precise: 429 is also
    /// the status of an empty account.
    ///
    /// The official clients retry 408, 409, 429 and 5xx (openai 3.57.0, anthropic 2.14.0). Statuses
    /// 525 and 526 are broken certificates of the host, which a repeat does not fix.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, FailureClass, RetryVerdict};
    ///
    /// assert_eq!(Failure::of_status(503).class, FailureClass::Overloaded);
    /// assert_eq!(Failure::of_status(400).verdict, RetryVerdict::No);
    /// ```
    pub fn of_status(status: u16) -> Failure {
        STATUSES
            .iter()
            .find(|(first, last, ..)| (*first..=*last).contains(&status))
            .and_then(|&(_, _, kind, reached)| Some(Failure::of_kind(kind)?.reached(reached)))
            .unwrap_or_else(|| Failure::new(RetryVerdict::No, FailureClass::Rejected))
    }

    /// Returns the failure that a kind of error implies, given its snake_case word
    /// (`rate_limit_tokens`, `overloaded`); `None` for an unknown word. Linear in the number of
    /// kinds.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::retry::{Failure, FailureClass};
    ///
    /// let failure = Failure::of_kind("rate_limit_tokens").expect("a known kind");
    /// assert_eq!(failure.class, FailureClass::Throttled);
    /// assert!(Failure::of_kind("bad_weather").is_none());
    /// ```
    pub fn of_kind(kind: &str) -> Option<Failure> {
        let &(_, verdict, class, scope, lasting) = KINDS.iter().find(|row| row.0 == kind)?;
        let failure = Failure::new(verdict, class);
        let reached = match kind {
            "connection" => Reached::NotSent,
            "output_truncated" | "paused" | "refusal" => Reached::Started,
            _ => failure.reached,
        };
        Some(Failure {
            scope,
            lasting,
            reached,
            ..failure
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_row_names_a_kind() {
        for (_, _, kind, _) in STATUSES {
            assert!(Failure::of_kind(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn what_needs_a_fix_is_never_retried() {
        let retryable: Vec<&str> = KINDS
            .iter()
            .filter(|row| matches!(row.1, RetryVerdict::Retry { .. }))
            .map(|row| row.0)
            .collect();
        assert_eq!(
            retryable,
            [
                "rate_limit",
                "rate_limit_requests",
                "rate_limit_tokens",
                "overloaded",
                "server_error",
                "timeout",
                "connection",
                "malformed_tool_call",
                "output_empty"
            ]
        );
    }
}
