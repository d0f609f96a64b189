//! Reasons why a model stopped, as data.

use super::kind::ApiErrorKind::{
    self, ContentPolicy, MalformedToolCall, None, OutputTruncated, Paused, Refusal, ServerError,
};

/// Words of `finish_reason`, `stop_reason`, `finishReason`, `stopReason`, `done_reason` and
/// `incomplete_details.reason`, in lower case.
static REASONS: &[(ApiErrorKind, &[&str])] = &[
    (
        None,
        &[
            "stop",
            "end_turn",
            "stop_sequence",
            "tool_calls",
            "tool_use",
            "function_call",
            "complete",
            "completed",
            "eos",
            "eos_token",
            "stop_token",
            "finish_reason_unspecified",
            "tool_call",
            "load",
            "unload",
        ],
    ),
    (
        OutputTruncated,
        &[
            // OpenAI and clones, Anthropic, Gemini and Cohere, Responses, Mistral.
            "length",
            "max_tokens",
            "max_output_tokens",
            "model_length",
            "max_length",
            // Anthropic, Bedrock, GLM: the window is full; the answer is valid so far.
            "model_context_window_exceeded",
            "context_window_exceeded",
            "context_length_exceeded",
        ],
    ),
    (
        ContentPolicy,
        &[
            "content_filter",
            "content_filtered",
            "guardrail_intervened",
            "safety",
            "recitation",
            "prohibited_content",
            "blocklist",
            "spii",
            "model_armor",
            "language",
            "image_safety",
            "image_prohibited_content",
            "image_recitation",
            "image_other",
            "no_image",
            "error_toxic",
            "sensitive",
        ],
    ),
    (Refusal, &["refusal"]),
    (
        MalformedToolCall,
        &[
            "malformed_function_call",
            "unexpected_tool_call",
            "too_many_tool_calls",
            "missing_thought_signature",
            "malformed_response",
            "malformed_tool_use",
            "malformed_model_output",
        ],
    ),
    (Paused, &["pause_turn"]),
    (
        ServerError,
        &[
            "error",
            "failed",
            "network_error",
            "cancelled",
            "other",
            "insufficient_system_resource",
        ],
    ),
];

/// Looks up a stop reason; an unknown word is not an error.
pub(super) fn reason(word: &str) -> ApiErrorKind {
    REASONS
        .iter()
        .find(|(_, words)| words.iter().any(|w| w.eq_ignore_ascii_case(word)))
        .map_or(None, |(kind, _)| *kind)
}
