//! o1, o3 and o4-mini: reasoning models whose messages are billed as `openai-reasoning` (2 for the
//! reply, 2 more for an assistant message). A separate rule set, because tools and calls have other
//! costs.
//!
//! Tools cost 10 and their text, a call 11 (8 on Azure: 2 recordings of o4-mini, one test).
//!
//! Evidence: recorded requests of 2025-09 to 2026-01 (o1, o3, o4-mini).

use super::{
    CallRules, CallText, ChatRules, Framing, NameCost, RESULTS_RAW, Rendering, SchemaRules,
    ToolPlace, ToolRules,
};
use crate::model::Host;

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-o-series",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 2,
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
        seen_on: &["o4-mini"],
        legacy_seen_on: &[],
    }),
    calls: Some(CallRules {
        text: CallText::Addressed,
        call: 11,
        parallel: 26,
        results_raw_from: RESULTS_RAW,
        result: 5,
        less_at: Some((Host::Azure, 3)),
        seen_on: &[],
        parallel_seen_on: &[],
        legacy_of_2023: &[],
    }),
    schema: Some(SchemaRules {
        around: 10,
        reply_names_format: false,
        seen_on: &["o4-mini"],
    }),
    seen_on: &["o1", "o3", "o4-mini"],
    hidden_by: &[],
    seen: Some(("2025-09", "2026-01")),
    spread: 0,
    measured: true,
};
