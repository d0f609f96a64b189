//! Claude Opus 4.7, the first model with the second vocabulary.
//!
//! ```text
//! prompt = 11 + 1 with instructions + sum of T(text) + 2 for each further message
//! tools:   688 (817 if a call is forced) instead of 11, and the definitions
//! turn:    calls and results, and 2; 1 more in each stretch of turns
//! ```
//!
//! Evidence: 4 of 4 recorded requests without tools are exact (one has a budget for its task), 3 of
//! 3 with tools, 2 of 2 with calls, 1 of 1 with a schema, from two applications, without days
//! (docs/evidence/billing_claude.md, section 2). A frame of 12 that is published elsewhere contains
//! the mark before the first word, which is a token of the text here.
//!
//! By hand, for a message `Hello` (3 tokens): 11 + 3 = 14.

use super::claude::{
    Beside, ClaudeCalls, ClaudeRules, Instructions, SeenOn, Thinking, ToolPrompt, ToolPrompts,
};
use super::claude_4_5;

pub(super) const RULES: ClaudeRules = ClaudeRules {
    id: "claude-4-7",
    frame: 11,
    step: 2,
    same_role: 0,
    after_results: 4,
    instructions: Instructions {
        alone: 1,
        beside_tools: 0,
        further_block: 0,
        final_line_break: 0,
    },
    tools: ToolPrompts {
        now: ToolPrompt {
            auto: 688,
            any: 817,
            tool: 817,
        },
        before: None,
        one_at_a_time: [0, 0, 0],
        one_at_a_time_room: [210, 5],
        deferred_are_free: false,
        unseen_room: [3, 5],
    },
    calls: ClaudeCalls {
        room_thousandths: 4,
        ..claude_4_5::RULES.calls
    },
    // Only `adaptive` is accepted.
    thinking: Thinking {
        on: Beside { alone: 29, more: 0 },
        room: [29, 10],
    },
    drops_thinking: false,
    budgets_by_gateways: false,
    schema: Some(Beside {
        alone: 119,
        more: 0,
    }),
    task_budget: 35,
    seen_on: SeenOn {
        text: &["claude-opus-4-7"],
        tools: &["claude-opus-4-7"],
        calls: &[],
        thinking: &[],
    },
    seen: ("2026-04", "2026-08"),
    ..claude_4_5::RULES
};
