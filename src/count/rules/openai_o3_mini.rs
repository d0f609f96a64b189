//! o3-mini: a reasoning model without channels. The reply costs 2 as on the other reasoning models, but a message of
//! the assistant costs nothing more.
//!
//! Evidence: 3 of 3 recorded requests with an assistant's message, of 2 applications, 2025-02 to 2026-01.

use super::{ChatRules, Framing, NameCost};

pub(super) static RULES: ChatRules = ChatRules {
    id: "openai-o3-mini",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 0,
        name: NameCost::ColonJoined,
        reply: 2,
        preamble: 0,
        instructions: 0,
    },
    seen_on: &["o3-mini"],
    hidden_by: &[],
    seen: Some(("2025-02", "2026-01")),
    spread: 0,
    measured: true,
};
