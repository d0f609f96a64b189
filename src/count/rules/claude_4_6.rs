//! Claude Opus 4.6 and Sonnet 4.6.
//!
//! ```text
//! prompt = 7 + 1 with instructions + sum of T(text) + 3 for each further message
//! tools:   505 instead of 7, and the definitions; if a call is forced 597, and the name of a forced
//!          tool in quotes
//! turn:    calls and results, and 2; 1 more in each stretch of turns
//! ```
//!
//! Evidence: 25 of 25 recorded requests without tools are exact, 39 of 39 with tools, 19 of 22 with
//! calls (the longest histories cost 1 or 2 more), 6 of 6 with thinking; 2026-02 to 2026-07
//! (docs/evidence/billing_claude.md, section 2).
//!
//! By hand, for instructions `Be brief.` (3 tokens) and a message `Hello`: 7 + 1 + 3 + 1 = 12.

use super::claude::{
    Beside, ClaudeCalls, ClaudeRules, Instructions, SeenOn, Stretch, Thinking, ToolPrompt,
    ToolPrompts,
};
use super::{claude_3, claude_4_5};

pub(super) const RULES: ClaudeRules = ClaudeRules {
    id: "claude-4-6",
    instructions: Instructions {
        alone: 1,
        ..claude_3::INSTRUCTIONS
    },
    tools: ToolPrompts {
        now: ToolPrompt {
            auto: 505,
            any: 597,
            tool: 597,
        },
        before: None,
        one_at_a_time: [0, 0, 0],
        one_at_a_time_room: [210, 5],
        deferred_are_free: true,
        unseen_room: [3, 5],
    },
    calls: ClaudeCalls {
        stretch: Stretch::Always,
        room_thousandths: 2,
        ..claude_4_5::RULES.calls
    },
    thinking: Thinking {
        on: Beside { alone: 29, more: 0 },
        room: [1, 1],
    },
    drops_thinking: false,
    budgets_by_gateways: false,
    schema: Some(Beside { alone: 81, more: 0 }),
    seen_on: SeenOn {
        text: &["claude-opus-4-6", "claude-sonnet-4-6"],
        tools: &["claude-opus-4-6", "claude-sonnet-4-6"],
        calls: &[],
        thinking: &["claude-sonnet-4-6"],
    },
    seen: ("2026-02", "2026-07"),
    ..claude_4_5::RULES
};
