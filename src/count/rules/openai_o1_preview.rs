//! o1-mini and o1-preview, the first reasoning models.
//!
//! Evidence: two recorded requests of o1-mini (2025-07). One was billed as by the rules of the chat
//! models, the other 7 more. Two contradictory cases are not a rule: the counts are calibrated,
//! never exact, and the upper bound contains both.

use super::{ChatRules, Framing, NameCost};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-o1-preview",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 0,
        name: NameCost::ColonJoined,
        reply: 3,
        preamble: 0,
        instructions: 0,
    },
    tools: None,
    calls: None,
    schema: None,
    seen_on: &[],
    hidden_by: &[],
    seen: Some(("2025-07", "2025-07")),
    spread: 7,
    measured: true,
};
