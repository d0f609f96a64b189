//! o3-mini: a reasoning model without channels. The reply costs 2 as on the other reasoning models,
//! but an assistant message costs nothing more.
//!
//! Tools cost 10 and their text; calls cost the same as on models without reasoning.
//!
//! Evidence: 3 of 3 recorded requests with an assistant message, of 2 applications, 2025-02 to
//! 2026-01.

use super::{
    CallRules, CallText, ChatRules, Framing, NameCost, RESULTS_RAW, Rendering, SchemaRules,
    ToolPlace, ToolRules,
};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-o3-mini",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 0,
        name: NameCost::ColonJoined,
        reply: 2,
        preamble: 0,
        instructions: 0,
    },
    tools: Some(ToolRules {
        rendering: Rendering::Current,
        place: ToolPlace::Hidden {
            around: 10,
            joins_instructions: true,
            trims_instructions: false,
        },
        first_undescribed: 0,
        choice_is_written: false,
        required: 0,
        required_once: None,
        seen_on: &["o3-mini"],
        legacy_seen_on: &[],
    }),
    calls: Some(CallRules {
        text: CallText::Addressed,
        call: 5,
        parallel: 20,
        results_raw_from: RESULTS_RAW,
        result: 5,
        less_at: None,
        seen_on: &["o3-mini"],
        parallel_seen_on: &[],
        legacy_of_2023: &[],
    }),
    schema: Some(SchemaRules {
        around: 10,
        reply_names_format: false,
        seen_on: &[],
    }),
    seen_on: &["o3-mini"],
    hidden_by: &[],
    seen: Some(("2025-02", "2026-01")),
    spread: 0,
    measured: true,
};
