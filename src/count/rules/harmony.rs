//! gpt-oss, rendered in the public harmony format by every host.
//!
//! ```text
//! prompt = 63 + [4 with a system or developer message] + sum over messages of (3 + T(role) + T(text) [+ 2 for the assistant's])
//! ```
//!
//! 63: the system message of the renderer (4 around it, 57 of text: identity, knowledge cutoff,
//! date, effort, channels) and 2 for the start of the reply. A system message of the request
//! becomes a developer message under a heading that costs 4.
//!
//! Evidence: 23 of 23 recorded text requests to six hosts; one host bills 67 if there is no system
//! message. Hosts render differently, so counts are calibrated, not exact.

use super::{ChatRules, Framing, NameCost};

pub(super) const RULES: ChatRules = ChatRules {
    id: "harmony",
    framing: Framing::Messages {
        per_message: 3,
        per_assistant: 2,
        name: NameCost::ColonJoined,
        reply: 2,
        preamble: 61,
        instructions: 4,
    },
    tools: None,
    calls: None,
    schema: None,
    seen_on: &[],
    hidden_by: &[],
    seen: Some(("2025-08", "2026-11")),
    spread: 4,
    measured: true,
};
