//! Claude Opus 4.8, and Claude 5: Sonnet, Opus, Fable and later models.
//!
//! ```text
//! prompt = 6 + 1 with instructions + sum of T(text) + 2 for each further message
//! tools:   297 (Opus 4.8), 361 (Sonnet 5), 293 (Opus 5) instead of 6, and the definitions; 120 more
//!          if a call is forced
//! turn:    calls and results, less 21
//! schema:  120, and the schema
//! ```
//!
//! Evidence: 34 of 34 recorded requests without tools are exact, 20 of 20 with tools, 15 of 15 with
//! calls, 4 of 4 with a schema, 18 of 18 with images, from five applications; 2026-07 and 2026-08
//! (docs/evidence/billing_claude.md, section 2). Instructions that end in a line break cost 1 less
//! (3 of 3, one application).
//!
//! By hand, for instructions `Be brief.` (5 tokens) and a message `Hello` (3): 6 + 1 + 5 + 3 = 15.

use super::claude::{
    Beside, ClaudeCalls, ClaudeRules, Instructions, SeenOn, Stretch, ToolPrompt, ToolPrompts,
};
use super::{claude_4_5, claude_4_7};

const fn prompts(auto: u64, unseen_room: [u64; 2]) -> ToolPrompts {
    ToolPrompts {
        now: ToolPrompt {
            auto,
            any: auto + 120,
            tool: auto + 120,
        },
        before: None,
        one_at_a_time: [0, 0, 0],
        one_at_a_time_room: [3, 3],
        deferred_are_free: false,
        unseen_room,
    }
}

pub(super) const SONNET_5: ClaudeRules = ClaudeRules {
    id: "claude-5",
    frame: 6,
    step: 2,
    same_role: 1,
    after_results: 5,
    instructions: Instructions {
        alone: 1,
        beside_tools: 1,
        further_block: 0,
        final_line_break: 1,
    },
    tools: prompts(361, [3, 5]),
    calls: ClaudeCalls {
        turn: -21,
        stretch: Stretch::Never,
        text_before: 0,
        room_thousandths: 4,
    },
    schema: Some(Beside {
        alone: 120,
        more: 0,
    }),
    seen_on: SeenOn {
        text: SEEN,
        tools: SEEN,
        calls: SEEN,
        thinking: &[],
    },
    seen: ("2026-07", "2026-08"),
    task_budget: 35,
    thinking: claude_4_7::RULES.thinking,
    drops_thinking: false,
    budgets_by_gateways: false,
    ..claude_4_5::RULES
};

const SEEN: &[&str] = &["claude-opus-4-8", "claude-opus-5", "claude-sonnet-5"];

pub(super) const OPUS_4_8: ClaudeRules = ClaudeRules {
    tools: prompts(297, [3, 5]),
    ..SONNET_5
};

pub(super) const OPUS_5: ClaudeRules = ClaudeRules {
    tools: prompts(293, [3, 5]),
    ..SONNET_5
};

/// Models later than the recordings: their prompt for tools is not known.
pub(super) const NEWEST: ClaudeRules = ClaudeRules {
    // The three recorded constants are between these bounds.
    tools: prompts(293, [10, 80]),
    stretch: 5,
    ..SONNET_5
};
