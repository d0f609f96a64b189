//! Claude 4.5: Opus, Sonnet and Haiku.
//!
//! ```text
//! prompt = 7 + sum of T(text) + 3 for each further message
//! tools:   504 instead of 7, and the definitions; 1 for instructions; if a call is forced 596, and
//!          the name of a forced tool in quotes; in the first months 321 (Haiku 267) and 322
//! schema:  81, 1 more beside instructions, tools or thinking, and the schema
//! ```
//!
//! Evidence: 40 of 42 recorded requests without tools are exact (the other two end in white space),
//! 67 of 71 with tools (two are of the first months), 38 of 44 with calls, 32 of 33 with a schema,
//! 20 of 20 with thinking; 2025-12 to 2026-08 (docs/evidence/billing_claude.md, section 2).
//!
//! By hand, for a message `Hello` and a tool of 40 tokens: 504 + 40 + 1 = 545.

use super::claude::{Beside, ClaudeCalls, ClaudeRules, SeenOn, Thinking, ToolPrompt, ToolPrompts};
use super::claude_4;
use super::dated::Dated;

/// Recordings of the first months have no day. The newer prompt appears from November 2025, with a
/// day from December.
const FIRST_MONTHS: Dated = Dated {
    old_until: "2025-10-31",
    new_from: "2025-11-30",
};

pub(super) const RULES: ClaudeRules = ClaudeRules {
    id: "claude-4-5",
    tools: ToolPrompts {
        now: ToolPrompt {
            auto: 504,
            any: 596,
            tool: 596,
        },
        before: Some((
            FIRST_MONTHS,
            ToolPrompt {
                auto: 321,
                any: 322,
                tool: 322,
            },
        )),
        // `auto`: six requests of two applications; a tool by name: eight of one.
        one_at_a_time: [-208, 0, 2],
        one_at_a_time_room: [3, 3],
        deferred_are_free: true,
        unseen_room: [3, 5],
    },
    calls: ClaudeCalls {
        room_thousandths: 2,
        ..claude_4::RULES.calls
    },
    thinking: Thinking {
        on: Beside { alone: 29, more: 1 },
        room: [1, 1],
    },
    schema: Some(Beside { alone: 81, more: 1 }),
    seen_on: SeenOn {
        text: &["claude-haiku-4-5", "claude-sonnet-4-5"],
        tools: &["claude-haiku-4-5", "claude-sonnet-4-5"],
        calls: &["claude-haiku-4-5", "claude-sonnet-4-5"],
        thinking: &["claude-haiku-4-5", "claude-sonnet-4-5"],
    },
    seen: ("2025-12", "2026-08"),
    ..claude_4::RULES
};

pub(super) const HAIKU: ClaudeRules = ClaudeRules {
    tools: ToolPrompts {
        before: Some((
            FIRST_MONTHS,
            ToolPrompt {
                auto: 267,
                any: 322,
                tool: 322,
            },
        )),
        ..RULES.tools
    },
    ..RULES
};
