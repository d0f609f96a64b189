//! Fields of Chat Completions.
//!
//! The order of the table is the order in which the API checks them (measured 2026-08-30 with two
//! faults in one request; unmeasured neighbors are in the order of the API reference). After the
//! fields the API checks support by the model, then contents. Source: docs/evidence/validation.md,
//! sections 1 and 2.

use crate::provider::field::{Field, FieldTable, FieldType, LEAST, MOST, field};

pub(crate) const TABLE: FieldTable = FieldTable {
    fields: FIELDS,
    in_order: true,
};

pub(crate) const TIERS: &[&str] = &["auto", "default", "fast", "flex", "priority"];
pub(crate) const RETENTIONS: &[&str] = &["in_memory", "24h"];
pub(crate) const VERBOSITIES: &[&str] = &["low", "medium", "high"];
/// Efforts known to the API; each model supports some of them.
pub(crate) const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];
/// Types of `response_format`.
pub(crate) const ANSWER_FORMS: &[&str] = &["json_object", "json_schema", "text"];
pub(crate) const CHOICES: &[&str] = &["none", "auto", "required"];
pub(crate) const ROLES: &[&str] = &[
    "system",
    "assistant",
    "user",
    "function",
    "tool",
    "developer",
];
/// Types of the parts of a message, in the order of an answer (docs/evidence/validation.md, section
/// 4).
pub(crate) const PARTS: &[&str] = &[
    "text",
    "image_url",
    "input_audio",
    "refusal",
    "audio",
    "file",
];
pub(crate) const DETAILS: &[&str] = &["auto", "low", "high", "original"];
/// MIME types of images that the API accepts.
pub(crate) const IMAGES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
];
/// Name of a function, a schema or a participant.
pub(crate) const NAME_PATTERN: &str = "^[a-zA-Z0-9_-]+$";

pub(crate) const FIELDS: &[Field] = &[
    field("messages", FieldType::List("an array of objects")),
    field(
        "functions",
        FieldType::List("an array of function definitions"),
    ),
    field("function_call", FieldType::Any),
    field("tools", FieldType::List("an array of objects")),
    field("tool_choice", FieldType::Any),
    field("parallel_tool_calls", FieldType::Bool),
    field("max_completion_tokens", FieldType::Int(1, MOST)),
    field("max_tokens", FieldType::Int(1, MOST)),
    field("n", FieldType::Int(1, 128)),
    field("stop", FieldType::Stop(4)),
    field("temperature", FieldType::Dec(0.0, 2.0)),
    field("top_p", FieldType::Dec(0.0, 1.0)),
    field("presence_penalty", FieldType::Dec(-2.0, 2.0)),
    field("frequency_penalty", FieldType::Dec(-2.0, 2.0)),
    field("logit_bias", FieldType::LogitBias),
    field("logprobs", FieldType::Bool),
    // The maximum depends on the model.
    field("top_logprobs", FieldType::Int(0, MOST)),
    field("user", FieldType::Str(64)),
    field("response_format", FieldType::Obj),
    field("seed", FieldType::Int(LEAST, MOST)),
    field("safety_identifier", FieldType::Str(64)),
    field(
        "prompt_cache_options",
        FieldType::Members(&[field("mode", FieldType::Any), field("ttl", FieldType::Any)]),
    ),
    field("prompt_cache_key", FieldType::Str(64)),
    field("prompt_cache_retention", FieldType::WordOfType(RETENTIONS)),
    field("service_tier", FieldType::Word(TIERS)),
    field("stream", FieldType::Bool),
    field(
        "stream_options",
        FieldType::Members(&[
            field("include_usage", FieldType::Bool),
            field("include_obfuscation", FieldType::Bool),
        ]),
    ),
    field("store", FieldType::Bool),
    field("metadata", FieldType::Metadata),
    field("moderation", FieldType::Obj),
    field("modalities", FieldType::Any),
    field("audio", FieldType::Obj),
    field("web_search_options", FieldType::Obj),
    field("verbosity", FieldType::Word(VERBOSITIES)),
    field("prediction", FieldType::Obj),
    field("reasoning_effort", FieldType::Any),
    field("model", FieldType::Any),
];

/// Fields of the table that gpt-5.6 does not have.
pub(crate) const NEWEST_DO_NOT_KNOW: &[&str] = &["audio", "modalities", "web_search_options"];
