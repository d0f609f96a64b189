//! gpt-3.5-turbo-0301, the first snapshot of chat models.
//!
//! ```text
//! prompt = 3 + sum over messages of (4 + T(role) + T(text) [+ T(name) - 1])
//! ```
//!
//! 4 around a message instead of 3, and a name in place of the role, which saves its one token.
//!
//! Evidence: the provider's own cookbook, and a recorded request of 4 messages of 2023-04 (2 of 3
//! recordings exact). Azure's `gpt-35-turbo` hides its version: recordings of 2023-09 and 2024-07
//! there fit this rule, later ones fit `openai-chat`, which is what the name resolves to.

use super::{ChatRules, Framing, NameCost};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-chat-0301",
    framing: Framing::Messages {
        per_message: 4,
        per_assistant: 0,
        name: NameCost::InPlaceOfRole,
        reply: 3,
        preamble: 0,
        instructions: 0,
    },
    tools: None,
    calls: None,
    schema: None,
    seen_on: &["gpt-3.5-turbo-0301"],
    hidden_by: &[],
    seen: Some(("2023-04", "2023-04")),
    spread: 0,
    measured: true,
};
