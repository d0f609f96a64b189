//! Fields of the Responses API.
//!
//! The order of the table is the order in which the API checks them (measured 2026-08-31). After
//! the fields it checks for an empty input, then for support by the model.

use crate::provider::field::{Field, FieldTable, FieldType, MOST, field};
use crate::provider::openai_chat::fields::{RETENTIONS, TIERS, VERBOSITIES};

pub(crate) const TABLE: FieldTable = FieldTable {
    fields: FIELDS,
    in_order: true,
};

pub(crate) const INCLUDE: &[&str] = &[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// The same list as abbreviated by the API in its answers about types.
pub(crate) const INCLUDE_SHORT: &str = "an array of one of 'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts', 'rea...ent', or 'mes...obs'";

pub(crate) const FIELDS: &[Field] = &[
    field("model", FieldType::Any),
    field("input", FieldType::Any),
    field("previous_response_id", FieldType::Str(0)),
    field("conversation", FieldType::Any),
    field("prompt", FieldType::Obj),
    field("moderation", FieldType::Obj),
    field("include", FieldType::List(INCLUDE_SHORT)),
    field("tools", FieldType::List("an array of tools")),
    field("tool_choice", FieldType::Any),
    field("metadata", FieldType::Metadata),
    field("text", FieldType::Obj),
    field("temperature", FieldType::Dec(0.0, 2.0)),
    field("top_p", FieldType::Dec(0.0, 1.0)),
    field("presence_penalty", FieldType::Dec(-2.0, 2.0)),
    field("frequency_penalty", FieldType::Dec(-2.0, 2.0)),
    field("parallel_tool_calls", FieldType::Bool),
    field("stream", FieldType::Bool),
    field(
        "stream_options",
        FieldType::Members(&[field("include_obfuscation", FieldType::Bool)]),
    ),
    field("background", FieldType::Bool),
    field("max_output_tokens", FieldType::Int(16, MOST)),
    field("max_tool_calls", FieldType::Int(1, MOST)),
    field("reasoning", FieldType::Obj),
    field("user", FieldType::Str(64)),
    field("safety_identifier", FieldType::Str(64)),
    field(
        "prompt_cache_options",
        FieldType::Members(&[field("mode", FieldType::Any), field("ttl", FieldType::Any)]),
    ),
    field("prompt_cache_key", FieldType::Str(64)),
    field("prompt_cache_retention", FieldType::Word(RETENTIONS)),
    field("truncation", FieldType::Word(&["auto", "disabled"])),
    field("instructions", FieldType::Any),
    field("store", FieldType::Bool),
    field("service_tier", FieldType::Word(TIERS)),
    field("top_logprobs", FieldType::Int(0, 20)),
    field("context_management", FieldType::List("an array of objects")),
];

pub(crate) const REASONING: &[Field] = &[
    field("effort", FieldType::Any),
    field("summary", FieldType::Word(&["concise", "detailed", "auto"])),
    // Accepted for computer-use-preview in 2025, unknown to gpt-5.6.
    field("generate_summary", FieldType::Any),
    field("context", FieldType::Any),
    field("mode", FieldType::Any),
];

/// Types of `text.format`.
pub(crate) const ANSWER_FORMS: &[&str] = &["json_object", "text", "json_schema"];

/// Members of `text`.
pub(crate) const TEXT: &[Field] = &[
    field("format", FieldType::Obj),
    field("verbosity", FieldType::Word(VERBOSITIES)),
];

/// Types of items.
pub(crate) const ITEMS: &[&str] = &[
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

pub(crate) const ROLES: &[&str] = &["assistant", "system", "developer", "user"];
pub(crate) const PHASES: &[&str] = &["commentary", "final_answer"];

/// Types of the parts of a message.
pub(crate) const BLOCKS: &[&str] = &[
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
];
pub(crate) const ASSISTANT_BLOCKS: &[&str] = &["output_text", "refusal"];
pub(crate) const OTHER_BLOCKS: &[&str] = &[
    "input_text",
    "input_image",
    "input_file",
    "scoped_content",
    "input_audio",
];
