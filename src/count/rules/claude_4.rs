//! Claude 3.7, 4 and 4.1.
//!
//! ```text
//! prompt = 7 + sum of T(text) + 3 for each further message
//! tools:   321 instead of 7, and the definitions; 1 for instructions; if a call is forced 323, and
//!          the name of a forced tool in quotes (3.7: 322)
//! turn:    calls and results, and 2; 1 more in each stretch of turns, unless a call is forced
//! ```
//!
//! Evidence: 31 of 32 recorded requests without tools are exact, 37 of 37 with tools, 42 of 43 with
//! calls, 11 of 14 with thinking; 2025-03 to 2026-05 (docs/evidence/billing_claude.md, section 2).
//!
//! By hand, for instructions `Be brief.` (3 tokens) and a message `Hello`: 7 + 3 + 1 = 11.

use super::claude::{
    Beside, ClaudeCalls, ClaudeRules, SeenOn, Stretch, Thinking, ToolPrompt, ToolPrompts,
};
use super::claude_3;

pub(super) const RULES: ClaudeRules = ClaudeRules {
    id: "claude-4",
    tools: ToolPrompts {
        now: ToolPrompt {
            auto: 321,
            any: 323,
            tool: 323,
        },
        before: None,
        // A tool by name: five requests of one application; `auto`: two of another.
        one_at_a_time: [-25, 0, -42],
        one_at_a_time_room: [3, 3],
        deferred_are_free: true,
        unseen_room: [3, 5],
    },
    calls: ClaudeCalls {
        turn: 2,
        stretch: Stretch::UnlessForced,
        text_before: 0,
        room_thousandths: 1,
    },
    thinking: Thinking {
        on: Beside { alone: 29, more: 1 },
        room: [7, 5],
    },
    image_above: 0,
    seen_on: SeenOn {
        text: &["claude-sonnet-4-20250514"],
        tools: &["claude-sonnet-4-20250514"],
        calls: &["claude-sonnet-4-20250514"],
        thinking: &[],
    },
    seen: ("2025-03", "2026-05"),
    ..claude_3::HAIKU
};

pub(super) const SONNET_3_7: ClaudeRules = ClaudeRules {
    tools: ToolPrompts {
        now: ToolPrompt {
            auto: 321,
            any: 323,
            tool: 322,
        },
        ..RULES.tools
    },
    calls: ClaudeCalls {
        text_before: 1,
        room_thousandths: 4,
        ..RULES.calls
    },
    thinking: Thinking {
        on: Beside { alone: 28, more: 0 },
        room: [2, 3],
    },
    seen_on: SeenOn {
        text: &["claude-3-7-sonnet-20250219"],
        tools: &["claude-3-7-sonnet-20250219"],
        calls: &[],
        thinking: &[],
    },
    ..RULES
};
