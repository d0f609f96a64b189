//! Models whose billing was not measured: another vendor's, or one of OpenAI's without recordings.
//! The public formula replaces a rule, and every count is an estimate with wide bounds.

use super::{ChatRules, Framing, NameCost};

pub(super) const RULES: ChatRules = ChatRules {
    id: "unknown",
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
    seen: None,
    spread: 0,
    measured: false,
};
