//! OpenAI's reasoning models from gpt-5 on.
//!
//! ```text
//! prompt = 2 + sum over messages of (3 + T(role) + T(text) [+ T(":" + name)] [+ 2 for the assistant's])
//! ```
//!
//! The start of the reply costs 2 instead of 3 (the model chooses the channel), and every assistant
//! message in the history has a channel header of 2. The system prompt that the server adds is not
//! billed.
//!
//! Evidence: recorded requests of 2025-08 to 2026-07 to gpt-5, its mini and nano, and 5.1 to 5.6;
//! the rule is the same over Chat Completions and Responses.
//!
//! Tools: 91 and the text of `render/typescript.rs`, 1 less if the first function has no
//! description (19 of 24 cases, one application). A blank line separates them from the first system
//! message and is encoded with it; from gpt-5.4 on, blanks at the end of the message are dropped (3
//! cases of one application). The tool choice costs nothing. A call costs 11, its recipient and
//! arguments; several calls 26. Response schema: 10, name, description and schema.
//!
//! By hand, for user `Hello`, assistant `Hi`, user `Hello`: 5 + 5 + 2 + 5, and 2 for the reply: 19.

use super::{
    CallRules, CallText, ChatRules, Framing, NameCost, RESULTS_RAW, Rendering, SchemaRules,
    ToolPlace, ToolRules,
};

const TOOLS: ToolRules = ToolRules {
    rendering: Rendering::Current,
    place: ToolPlace::Hidden {
        around: 91,
        joins_instructions: true,
        trims_instructions: false,
    },
    first_undescribed: 1,
    choice_is_written: false,
    required: 0,
    required_once: None,
    seen_on: &[
        "gpt-5",
        "gpt-5-mini",
        "gpt-5-nano",
        "gpt-5.4",
        "gpt-5.4-mini",
    ],
    legacy_seen_on: &[],
};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-reasoning",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 2,
        name: NameCost::ColonJoined,
        reply: 2,
        preamble: 0,
        instructions: 0,
    },
    tools: Some(TOOLS),
    calls: Some(CallRules {
        text: CallText::Addressed,
        call: 11,
        parallel: 26,
        results_raw_from: RESULTS_RAW,
        result: 5,
        less_at: None,
        seen_on: &[
            "gpt-5",
            "gpt-5-mini",
            "gpt-5-nano",
            "gpt-5.4",
            "gpt-5.4-mini",
        ],
        parallel_seen_on: &["gpt-5", "gpt-5-nano", "gpt-5.4"],
        legacy_of_2023: &[],
    }),
    schema: Some(SchemaRules {
        around: 10,
        reply_names_format: false,
        seen_on: &["gpt-5", "gpt-5.4"],
    }),
    seen_on: &[
        "gpt-5",
        "gpt-5-mini",
        "gpt-5-nano",
        "gpt-5.1",
        "gpt-5.2",
        "gpt-5.4",
        "gpt-5.4-mini",
        "gpt-5.4-nano",
        "gpt-5.5",
        "gpt-5.6-luna",
        "gpt-5.6-sol",
        "gpt-5.6-terra",
    ],
    hidden_by: &[],
    seen: Some(("2025-08", "2026-07")),
    spread: 0,
    measured: true,
};

/// From gpt-5.4 on: the same rules except for the blanks.
pub(super) const NEWEST: ChatRules = ChatRules {
    tools: Some(ToolRules {
        place: ToolPlace::Hidden {
            around: 91,
            joins_instructions: true,
            trims_instructions: true,
        },
        ..TOOLS
    }),
    ..RULES
};
