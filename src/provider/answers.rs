//! Answers written in a provider's place: errors and counts, in the form of each format's vendor.
//! Also recognizes an answer that was given in the place of a request.
//!
//! Forms: docs/evidence/after_call.md, section a.1, and the documents of the count endpoints.

use super::Format;
use super::wire::Vendor;
use crate::json::Value;
use crate::request::json_string;

/// Words of an error.
pub(crate) struct ErrorWords<'w> {
    pub(crate) status: u16,
    /// `type` (Google: `status`); the vendor's usual one for the status by default.
    pub(crate) kind: Option<&'w str>,
    pub(crate) code: Option<&'w str>,
    pub(crate) param: Option<&'w str>,
    pub(crate) message: &'w str,
}

/// Usual types of errors: status, OpenAI, Anthropic, Google.
const KINDS: &[(u16, &str, &str, &str)] = &[
    (
        400,
        "invalid_request_error",
        "invalid_request_error",
        "INVALID_ARGUMENT",
    ),
    (
        401,
        "invalid_request_error",
        "authentication_error",
        "UNAUTHENTICATED",
    ),
    (
        403,
        "invalid_request_error",
        "permission_error",
        "PERMISSION_DENIED",
    ),
    (404, "invalid_request_error", "not_found_error", "NOT_FOUND"),
    (
        405,
        "invalid_request_error",
        "invalid_request_error",
        "INVALID_ARGUMENT",
    ),
    (408, "server_error", "timeout_error", "DEADLINE_EXCEEDED"),
    (
        413,
        "invalid_request_error",
        "request_too_large",
        "INVALID_ARGUMENT",
    ),
    (
        429,
        "rate_limit_error",
        "rate_limit_error",
        "RESOURCE_EXHAUSTED",
    ),
    (502, "server_error", "api_error", "UNAVAILABLE"),
    (
        503,
        "service_unavailable_error",
        "overloaded_error",
        "UNAVAILABLE",
    ),
    (504, "server_error", "timeout_error", "DEADLINE_EXCEEDED"),
];

/// Writes an error body.
pub(crate) fn error_body(format: Format, words: &ErrorWords<'_>) -> String {
    let row = KINDS.iter().find(|row| row.0 == words.status);
    let (_, openai, anthropic, google) =
        row.copied()
            .unwrap_or((500, "server_error", "api_error", "INTERNAL"));
    let message = json_string(words.message);
    let or_null = |word: Option<&str>| word.map_or_else(|| "null".to_owned(), json_string);
    match format.wire().vendor {
        Vendor::OpenAi => format!(
            r#"{{"error":{{"message":{message},"type":{},"param":{},"code":{}}}}}"#,
            json_string(words.kind.unwrap_or(openai)),
            or_null(words.param),
            or_null(words.code),
        ),
        Vendor::Anthropic => format!(
            r#"{{"type":"error","error":{{"type":{},"message":{message}}}}}"#,
            json_string(words.kind.unwrap_or(anthropic)),
        ),
        Vendor::Google => format!(
            r#"{{"error":{{"code":{},"message":{message},"status":{}}}}}"#,
            words.status,
            json_string(words.kind.unwrap_or(google)),
        ),
        Vendor::Amazon => format!(r#"{{"message":{message}}}"#),
    }
}

/// Whether an object has a field of answers that no request has.
pub(super) fn is_answer(root: Value<'_>) -> bool {
    const FIELDS: [&str; 4] = ["choices", "candidates", "usage", "usageMetadata"];
    root.get_all(FIELDS).iter().any(Option::is_some)
}

/// Writes the answer of a format's count endpoint.
pub(crate) fn count_body(format: Format, tokens: u64) -> String {
    match format.wire().vendor {
        Vendor::OpenAi => {
            format!(r#"{{"object":"response.input_tokens","input_tokens":{tokens}}}"#)
        }
        Vendor::Anthropic => format!(r#"{{"input_tokens":{tokens}}}"#),
        Vendor::Google => format!(r#"{{"totalTokens":{tokens}}}"#),
        Vendor::Amazon => format!(r#"{{"inputTokens":{tokens}}}"#),
    }
}
