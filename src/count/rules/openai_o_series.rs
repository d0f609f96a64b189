//! o1, o3 and o4-mini: reasoning models, billed for messages as `openai-reasoning` (2 for the reply, 2 more for a
//! message of the assistant). A rule set of its own because tools and calls cost other amounts.
//!
//! Evidence: recorded requests of 2025-09 to 2026-01 (o1, o3, o4-mini).

use super::{ChatRules, Framing, NameCost};

pub(super) static RULES: ChatRules = ChatRules {
    id: "openai-o-series",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 2,
        name: NameCost::ColonJoined,
        reply: 2,
        preamble: 0,
        instructions: 0,
    },
    seen_on: &["o1", "o3", "o4-mini"],
    hidden_by: &[],
    seen: Some(("2025-09", "2026-01")),
    spread: 0,
    measured: true,
};
