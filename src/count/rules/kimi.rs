//! Kimi K2: the model's own chat template. K2.5: constants.
//!
//! ```text
//! message    4 + T(text), 9 for the server's instructions if there are none
//! tools      4 + T(JSON of the list) + 1
//! call       5 + T(functions.NAME:0) + T(arguments), a further one 8 more
//! ```
//!
//! Evidence: 10 of 10 recorded requests to K2, 3 of 3 to K2.5 (docs/evidence/billing_hosts.md,
//! section 5).

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules, SeenModels, Service,
    Template,
};
use crate::model::Host;

const HOSTS: &[OpenHost] = &[
    OpenHost {
        hosts: &[Host::Moonshot],
        service: Service::Unknown,
        text: HostRoom::of(4, 20),
        tools: HostRoom::of(6, 20).shares(0, 20),
        calls: HostRoom::of(12, 30).shares(10, 30),
        ..ANY_HOST
    },
    OpenHost {
        hosts: &[Host::Groq, Host::HuggingFace],
        service: Service::Exact,
        on_top: OnTop {
            tools: 1,
            tools_instructed: 1,
            further_call: 8,
            ..OnTop::NONE
        },
        text: HostRoom::of(2, 6),
        schema_above: 4,
        tools: HostRoom::of(3, 6).shares(0, 10),
        calls: HostRoom::of(8, 12).shares(10, 30),
    },
    ANY_HOST,
];

pub(super) const K2: OpenRules = OpenRules {
    id: "kimi-k2",
    template: Template::Kimi,
    seen_on: SeenModels {
        text: &["kimi-k2-0905-preview"],
        tools: &["kimi-k2-0905-preview"],
        calls: &["kimi-k2-0905-preview"],
    },
    hosts: HOSTS,
    seen: ("2025-10", "2025-12"),
};

/// K2.5 and later, whose definitions are shorter than JSON.
pub(super) const K2_5: OpenRules = OpenRules {
    id: "kimi-k2.5",
    template: Template::Frame(&Frame {
        base: 4,
        base_before: None,
        user: 4,
        system: 4,
        assistant: 4,
        result: 4,
        tools: 34,
        per_two_tools: -104,
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
            hosts: &[Host::Moonshot],
            service: Service::Unknown,
            text: HostRoom::of(4, 20),
            tools: HostRoom::of(60, 30).shares(0, 20),
            calls: HostRoom::of(60, 40).shares(10, 30),
            ..ANY_HOST
        },
        OpenHost {
            hosts: &[Host::OpenRouter],
            service: Service::Seen,
            text: HostRoom::of(2, 6),
            schema_above: 4,
            tools: HostRoom::of(3, 6).shares(0, 10),
            calls: HostRoom::of(8, 12).shares(10, 30),
            ..ANY_HOST
        },
        ANY_HOST,
    ],
    seen: ("2026-02", "2026-06"),
};
