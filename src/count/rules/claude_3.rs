//! Claude 3 and 3.5: Opus, Sonnet and Haiku of 2024.
//!
//! ```text
//! prompt = 7 + sum of T(text) + 3 for each further message
//! tools:   541 (Opus), 170 (Sonnet), 272 (Haiku), 302 (3.5 Sonnet) instead of 7, and the
//!          definitions
//! ```
//!
//! Evidence: 42 of 45 recorded requests without tools are exact, 21 of 21 with tools, 4 of 6 with
//! calls; 2024-03 to 2026-03 (docs/evidence/billing_claude.md, section 2). The other three without
//! tools have counts that their text does not explain. The prompt of 3 Sonnet rests on one
//! recording.
//!
//! By hand, for one message `Hello`: 7 + 1 = 8.

use super::claude::{
    Beside, ClaudeCalls, ClaudeRules, Instructions, SeenOn, Stretch, Thinking, ToolPrompt,
    ToolPrompts,
};
use super::dated::Dated;

/// Instructions on all models with the first vocabulary.
pub(super) const INSTRUCTIONS: Instructions = Instructions {
    alone: 0,
    beside_tools: 1,
    further_block: 1,
    final_line_break: 0,
};

/// For models without thinking.
const NO_THINKING: Thinking = Thinking {
    on: Beside { alone: 0, more: 0 },
    room: [0, 40],
};

const fn prompts(auto: u64, any: u64, tool: u64) -> ToolPrompts {
    ToolPrompts {
        now: ToolPrompt { auto, any, tool },
        before: None,
        one_at_a_time: [0, 0, 0],
        one_at_a_time_room: [210, 5],
        deferred_are_free: true,
        unseen_room: [3, 5],
    }
}

pub(super) const HAIKU: ClaudeRules = ClaudeRules {
    id: "claude-3",
    frame: 7,
    step: 3,
    same_role: 1,
    after_results: 5,
    assistant_first: [12, 9],
    instructions: INSTRUCTIONS,
    tools: prompts(272, 364, 363),
    calls: ClaudeCalls {
        turn: 2,
        stretch: Stretch::Always,
        text_before: 1,
        room_thousandths: 4,
    },
    thinking: NO_THINKING,
    drops_thinking: true,
    budgets_by_gateways: true,
    schema: None,
    task_budget: 0,
    image_above: 7,
    seen_on: SeenOn {
        text: &["claude-3-haiku-20240307"],
        tools: &["claude-3-haiku-20240307", "claude-3-5-haiku-20241022"],
        calls: &[],
        thinking: &[],
    },
    seen: ("2024-03", "2026-03"),
    stretch: 0,
};

pub(super) const OPUS: ClaudeRules = ClaudeRules {
    tools: ToolPrompts {
        // One application, three requests; 541 since June 2024.
        before: Some((
            Dated {
                old_until: "2024-05-31",
                new_from: "2024-06-01",
            },
            ToolPrompt {
                auto: 406,
                any: 304,
                tool: 303,
            },
        )),
        ..prompts(541, 304, 303)
    },
    ..HAIKU
};

pub(super) const SONNET: ClaudeRules = ClaudeRules {
    tools: prompts(170, 246, 244),
    ..HAIKU
};

pub(super) const HAIKU_3_5: ClaudeRules = HAIKU;

pub(super) const SONNET_3_5: ClaudeRules = ClaudeRules {
    tools: prompts(302, 302, 300),
    seen_on: SeenOn {
        tools: &["claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022"],
        ..HAIKU.seen_on
    },
    ..HAIKU
};
