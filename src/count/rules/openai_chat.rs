//! OpenAI's chat models without reasoning: gpt-3.5-turbo, gpt-4 and its turbo, gpt-4o, gpt-4.1,
//! gpt-4.5.
//!
//! ```text
//! prompt = 3 + sum over messages of (3 + T(role) + T(text) [+ T(":" + name)])
//! ```
//!
//! 3 around a message, 3 for the start of the reply. A role is one token. A name follows the role
//! with a colon and is encoded with it: `:user` is one token, so the well-known `1 + T(name)` is
//! one too high there.
//!
//! Evidence: 248 recorded text requests of all chat families, 2023-06 to 2026-07, 247 exact (names
//! 10 of 10, several turns 44 of 44); before them 652 chat requests, 98.6 % exact (an earlier form
//! of docs/evidence/billing.md, section 2).
//!
//! Azure's bare `gpt-35-turbo` hides its snapshot: 2 of 11 recordings fit the rules of
//! gpt-3.5-turbo-0301.
//!
//! Tools: the text of `render/typescript.rs` under a heading is merged into the first system
//! message, or has its own (4 before it); 1 less in both cases. Tool choice: `none` costs 1, a
//! function by name 4 and its recipient.
//!
//! Calls: 5, the recipient and the arguments; a result 5, the function's name and the text. Several
//! calls of a message: 20, the merged call and the list of results (`render/calls.rs`).
//!
//! Response schema: 7, its name after a blank, its description as a comment line, and the schema
//! (`render/response_format.rs`). Without tools the start of the reply names the format too (5 and
//! the name; 3 less if it is merged into a system message), and so does every assistant message in
//! the history (2 and the name).
//!
//! Evidence for these: 421 recorded requests of all chat families with tools, calls or schemas, 419
//! exact.
//!
//! By hand, for `{"role":"user","content":"Hello"}`: 3 + 1 + 1, and 3 for the reply: 8.

use super::{
    CallRules, CallText, ChatRules, Dated, Framing, NameCost, RESULTS_RAW, Rendering, RequiredOnce,
    SchemaRules, TOOLS_HEADING, ToolPlace, ToolRules,
};

/// The choice `required` cost 2 on gpt-3.5-turbo-0125 in one recording of 2024-05, and nothing on
/// other models since 2024-11.
const REQUIRED_ONCE: RequiredOnce = RequiredOnce {
    days: Dated {
        old_until: "2024-05-31",
        new_from: "2024-11-16",
    },
    seen_on: &["gpt-3.5-turbo"],
    free_on: &[
        "gpt-4-1106-preview",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ],
};

/// Shared with the snapshots that differ in other parts.
pub(super) const TOOLS: ToolRules = ToolRules {
    rendering: Rendering::Current,
    place: ToolPlace::InSystemMessage {
        heading: TOOLS_HEADING,
        saved: 1,
    },
    first_undescribed: 0,
    choice_is_written: true,
    required: 0,
    required_once: Some(REQUIRED_ONCE),
    seen_on: &[
        "gpt-3.5-turbo",
        "gpt-4-0125-preview",
        "gpt-4-1106-preview",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-2024-05-13",
        "gpt-4o-mini",
    ],
    legacy_seen_on: &["gpt-3.5-turbo"],
};

/// Shared with the snapshots that differ in other parts.
pub(super) const CALLS: CallRules = CallRules {
    text: CallText::Addressed,
    call: 5,
    parallel: 20,
    results_raw_from: RESULTS_RAW,
    result: 5,
    less_at: None,
    seen_on: &[
        "gpt-3.5-turbo",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4o",
        "gpt-4o-mini",
    ],
    parallel_seen_on: &["gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini"],
    legacy_of_2023: &["gpt-3.5-turbo"],
};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-chat",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 0,
        name: NameCost::ColonJoined,
        reply: 3,
        preamble: 0,
        instructions: 0,
    },
    tools: Some(TOOLS),
    calls: Some(CALLS),
    schema: Some(SchemaRules {
        around: 7,
        reply_names_format: true,
        seen_on: &[
            "gpt-4.1",
            "gpt-4.1-mini",
            "gpt-4.1-nano",
            "gpt-4o",
            "gpt-4o-mini",
        ],
    }),
    seen_on: &[
        "gpt-3.5-turbo",
        "gpt-3.5-turbo-0613",
        "gpt-3.5-turbo-16k",
        "gpt-4",
        "gpt-4-0125-preview",
        "gpt-4-1106-preview",
        "gpt-4-32k",
        "gpt-4-turbo",
        "gpt-4.1",
        "gpt-4.1-mini",
        "gpt-4.1-nano",
        "gpt-4.5-preview",
        "gpt-4o",
        "gpt-4o-2024-05-13",
        "gpt-4o-mini",
    ],
    hidden_by: &["gpt-35-turbo", "gpt-35-turbo-16k"],
    seen: Some(("2023-06", "2026-07")),
    spread: 0,
    measured: true,
};
