//! Fields of Anthropic's Messages API, from the API reference (2026-11). On Vertex and Bedrock,
//! model and version are sent elsewhere.

use crate::provider::field::{Field, FieldTable, FieldType, MOST, field};

pub(crate) const TABLE: FieldTable = FieldTable {
    fields: FIELDS,
    in_order: false,
};

/// Name of a tool.
pub(crate) const NAME_PATTERN: &str = "^[a-zA-Z0-9_-]{1,128}$";
/// Id of a call.
pub(crate) const ID_PATTERN: &str = "^[a-zA-Z0-9_-]+$";
/// Name of a property of a tool's input.
pub(crate) const KEY_PATTERN: &str = "^[a-zA-Z0-9_.-]{1,64}$";
/// Maximum number of blocks that one request can mark for the cache.
pub(crate) const MOST_CACHE_MARKS: usize = 4;
/// Keywords that the schema of an answer must not contain.
pub(crate) const NOT_IN_ANSWER_SCHEMA: [&str; 6] = [
    "minimum",
    "maximum",
    "multipleOf",
    "uniqueItems",
    "oneOf",
    "maxItems",
];
/// Minimum budget for thinking, in tokens.
pub(crate) const LEAST_THINKING: u64 = 1_024;

pub(crate) const FIELDS: &[Field] = &[
    field("model", FieldType::Str(0)),
    field("messages", FieldType::Any),
    // 0 only fills the prompt cache.
    field("max_tokens", FieldType::Int(0, MOST)),
    field("system", FieldType::Any),
    field("temperature", FieldType::Dec(0.0, 1.0)),
    field("top_p", FieldType::Dec(0.0, 1.0)),
    field("top_k", FieldType::Int(0, MOST)),
    field("stop_sequences", FieldType::List("a list of strings")),
    field("stream", FieldType::Bool),
    field("metadata", FieldType::Obj),
    field("thinking", FieldType::Obj),
    field("tool_choice", FieldType::Obj),
    field("tools", FieldType::List("a list of tools")),
    field("service_tier", FieldType::Word(&["auto", "standard_only"])),
    field("container", FieldType::Any),
    field("context_management", FieldType::Any),
    field("mcp_servers", FieldType::Any),
    field("output_config", FieldType::Obj),
    field("output_format", FieldType::Any),
    field("cache_control", FieldType::Any),
    field("inference_geo", FieldType::Any),
    field("speed", FieldType::Any),
    field("compaction", FieldType::Any),
    field("fallbacks", FieldType::Any),
    field("diagnostics", FieldType::Any),
    field("billing_policy", FieldType::Any),
    field("fallback_credit_token", FieldType::Any),
    field("thread", FieldType::Any),
    field("user_profile_id", FieldType::Any),
    field("workspace_id", FieldType::Any),
    field("anthropic_version", FieldType::Any),
    field("anthropic_beta", FieldType::Any),
    field("betas", FieldType::Any),
];
