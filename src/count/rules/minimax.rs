//! MiniMax M2: constants around each string, of three recorded requests.
//!
//! ```text
//! prompt = 20 + 2 + T(text) of each message; a host was seen to add 19
//! ```
//!
//! Evidence: docs/evidence/billing_hosts.md, section 8.

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules, SeenModels, Service,
    Template,
};
use crate::model::Host;

pub(super) const M2: OpenRules = OpenRules {
    id: "minimax-m2",
    template: Template::Frame(&Frame {
        base: 20,
        base_before: None,
        user: 2,
        system: 2,
        assistant: 2,
        result: 2,
        tools: 100,
        per_two_tools: 0,
        definition: Definition::Wrapped,
        call: 20,
        further_call: 20,
        omits_thought: false,
        trims: false,
        no_thought: 0,
        default_prompt: 0,
    }),
    seen_on: SeenModels::NONE,
    hosts: &[
        OpenHost {
            hosts: &[Host::MiniMax, Host::Bedrock],
            text: HostRoom::of(10, 40),
            ..ANY_HOST
        },
        OpenHost {
            hosts: &[Host::OpenRouter],
            service: Service::Seen,
            on_top: OnTop {
                text: 19,
                instructed: 19,
                tools: 19,
                tools_instructed: 19,
                ..OnTop::NONE
            },
            text: HostRoom::of(25, 12),
            ..ANY_HOST
        },
        ANY_HOST,
    ],
    seen: ("2025-11", "2025-12"),
};
