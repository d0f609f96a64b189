//! Llama 3: constants around each string.
//!
//! ```text
//! 3.0        5 + 5 + T(text) of each message
//! 3.1 to 3.3 30 (a block with two dates, and the begun answer) + 5 + T(text) of the user and the assistant;
//!            instructions join the block
//! tools      145 + T(compact JSON of each) + 5 or 6 for each
//! ```
//!
//! The vocabulary is the user's (feature `tokenizers`), as its licence asks every product for a
//! notice. Hosts have prompts for tools of their own. Evidence: docs/evidence/billing_hosts.md,
//! section 8.

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules, SeenModels, Service,
    Template,
};
use crate::model::Host;

const FRAME: Frame = Frame {
    base: 30,
    base_before: None,
    user: 5,
    system: 0,
    assistant: 5,
    result: 5,
    tools: 145,
    per_two_tools: 11,
    definition: Definition::WrappedCompact,
    call: 6,
    further_call: 6,
    omits_thought: false,
    no_thought: 0,
};

const SEEN: OpenHost = OpenHost {
    hosts: &[
        Host::Groq,
        Host::Cerebras,
        Host::Together,
        Host::Bedrock,
        Host::Watsonx,
    ],
    service: Service::Seen,
    on_top: OnTop {
        form: 16,
        ..OnTop::NONE
    },
    text: HostRoom::of(28, 30),
    tools: HostRoom::of(205, 70).shares(0, 20),
    calls: HostRoom::of(25, 70).shares(0, 20),
    schema_above: 140,
};

/// Llama 3.1, 3.2 and 3.3.
pub(super) const LLAMA_3_1: OpenRules = OpenRules {
    id: "llama-3.1",
    template: Template::Frame(&FRAME),
    seen_on: SeenModels::NONE,
    hosts: &[
        SEEN,
        OpenHost {
            hosts: &[Host::HuggingFace],
            tools: HostRoom::of(210, 280).shares(0, 20),
            ..SEEN
        },
        OpenHost {
            hosts: &[Host::Cloudflare],
            text: HostRoom::of(30, 10),
            tools: HostRoom::of(120, 20),
            schema_above: 20,
            ..SEEN
        },
        OpenHost {
            text: HostRoom::of(42, 600),
            ..ANY_HOST
        },
    ],
    seen: ("2024-10", "2026-05"),
};

/// Llama 3.0, without the block of dates.
pub(super) const LLAMA_3: OpenRules = OpenRules {
    id: "llama-3",
    template: Template::Frame(&Frame {
        base: 5,
        system: 5,
        tools: 140,
        per_two_tools: 10,
        ..FRAME
    }),
    ..LLAMA_3_1
};
