//! Messages, content blocks and choices of Anthropic's Messages API: their types and fields, from
//! the vendor's typed SDK 2.14.0 (2026-11). The API accepts no other fields.

/// Fields of a message. The last two belong to instructions between turns.
pub(crate) const MESSAGE: &[&str] = &["role", "content", "clear_at", "output_config"];

/// Fields of each type of block that a message or a result can contain.
const BLOCKS: &[(&str, &[&str])] = &[
    ("text", &["type", "text", "cache_control", "citations"]),
    (
        "tool_use",
        &[
            "type",
            "id",
            "name",
            "input",
            "cache_control",
            "caller",
            "toolset_name",
        ],
    ),
    (
        "tool_result",
        &[
            "type",
            "tool_use_id",
            "content",
            "is_error",
            "cache_control",
            "toolset_name",
        ],
    ),
    (
        "image",
        &["type", "source", "cache_control", "transformations"],
    ),
    (
        "document",
        &[
            "type",
            "source",
            "cache_control",
            "citations",
            "context",
            "title",
        ],
    ),
    (
        "search_result",
        &[
            "type",
            "source",
            "title",
            "content",
            "cache_control",
            "citations",
        ],
    ),
    // A cache mark on these two has a fault of its own.
    (
        "thinking",
        &["type", "thinking", "signature", "cache_control"],
    ),
    ("redacted_thinking", &["type", "data", "cache_control"]),
];

/// Returns the fields of a type of block; `None` if its fields are not checked.
pub(crate) fn fields_of(kind: &str) -> Option<&'static [&'static str]> {
    BLOCKS
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, fields)| *fields)
}

/// Types of blocks that a message can contain besides calls and results.
const PLAIN: &[&str] = &[
    "text",
    "image",
    "document",
    "search_result",
    "thinking",
    "redacted_thinking",
    "container_upload",
    "compaction",
    "tool_addition",
    "tool_removal",
    "mcp_tool_listing",
    "fallback",
];

/// Returns whether a type is that of a block of a message, calls and results aside.
pub(crate) fn is_plain(kind: &str) -> bool {
    PLAIN.contains(&kind)
}

/// Types of blocks that a result can contain.
pub(crate) const IN_RESULT: &[&str] = &[
    "text",
    "image",
    "document",
    "search_result",
    "tool_reference",
    "browser_state",
];

/// Types of `tool_choice`.
pub(crate) const CHOICES: &[&str] = &["auto", "any", "tool", "none"];
