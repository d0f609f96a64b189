//! GLM 4.5 to 5.3: constants around each string, definitions as JSON in their wrapper.
//!
//! ```text
//! 4.5        3 + 2 + T(text) of the user, of instructions; 3 + T(text) of the assistant
//! 4.6 to 5   4 + 1 + T(text) of each message; 5.2 and 5.3: 11, a line about the effort
//! tools      96 + T(JSON of each), 5 less for each after 4.5
//! ```
//!
//! Evidence: docs/evidence/billing_hosts.md, section 4.

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules, SeenModels, Service,
    Template,
};
use crate::model::Host;

const HOSTS: &[OpenHost] = &[
    OpenHost {
        hosts: &[Host::Zai, Host::BigModel],
        service: Service::Exact,
        text: HostRoom::of(2, 6),
        tools: HostRoom::of(4, 6).shares(0, 10),
        calls: HostRoom::of(6, 12).shares(0, 30),
        schema_above: 4,
        ..ANY_HOST
    },
    OpenHost {
        hosts: &[Host::Cerebras, Host::Bedrock, Host::OpenRouter],
        service: Service::Seen,
        text: HostRoom::of(2, 6),
        tools: HostRoom::of(4, 6).shares(0, 10),
        calls: HostRoom::of(8, 12).shares(0, 30),
        schema_above: 4,
        ..ANY_HOST
    },
    ANY_HOST,
];

const FRAME_4_5: Frame = Frame {
    base: 3,
    base_before: None,
    user: 2,
    system: 2,
    assistant: 3,
    result: 2,
    tools: 96,
    per_two_tools: 0,
    definition: Definition::Wrapped,
    call: 10,
    further_call: 10,
    omits_thought: true,
    trims: false,
    no_thought: 0,
    default_prompt: 0,
};

const FRAME_4_6: Frame = Frame {
    base: 4,
    user: 1,
    system: 1,
    assistant: 1,
    result: 1,
    per_two_tools: -10,
    call: 14,
    further_call: 14,
    ..FRAME_4_5
};

pub(super) const GLM_4_5: OpenRules = OpenRules {
    id: "glm-4.5",
    template: Template::Frame(&FRAME_4_5),
    seen_on: SeenModels {
        text: &["glm-4.5-flash"],
        tools: &["glm-4.5-flash"],
        calls: &["glm-4.5-flash"],
    },
    hosts: HOSTS,
    seen: ("2025-08", "2026-05"),
};

/// GLM 4.6.
pub(super) const GLM_4_6: OpenRules = OpenRules {
    template: Template::Frame(&Frame {
        no_thought: 4,
        ..FRAME_4_6
    }),
    seen_on: SeenModels::NONE,
    ..GLM_4_7
};

/// GLM 4.7, 5 and 5.1.
pub(super) const GLM_4_7: OpenRules = OpenRules {
    id: "glm-4.6",
    template: Template::Frame(&FRAME_4_6),
    seen_on: SeenModels {
        text: &["glm-4.7", "glm-4.7-flash"],
        tools: &["glm-4.7-flash"],
        calls: &[],
    },
    ..GLM_4_5
};

/// GLM 5.2 and 5.3, whose template has a line about the effort.
pub(super) const GLM_5_2: OpenRules = OpenRules {
    id: "glm-5.2",
    template: Template::Frame(&Frame {
        base: 11,
        ..FRAME_4_6
    }),
    seen_on: SeenModels::NONE,
    hosts: &[
        OpenHost {
            hosts: &[Host::Zai, Host::BigModel],
            service: Service::Seen,
            text: HostRoom::of(8, 4),
            tools: HostRoom::of(10, 8).shares(0, 10),
            calls: HostRoom::of(12, 12).shares(0, 30),
            schema_above: 4,
            ..ANY_HOST
        },
        OpenHost {
            hosts: &[Host::Baseten],
            service: Service::Seen,
            on_top: OnTop {
                text: 1,
                instructed: 1,
                tools: -3,
                tools_instructed: -3,
                calls_alone: Some(-7),
                ..OnTop::NONE
            },
            text: HostRoom::of(2, 6),
            tools: HostRoom::of(4, 6).shares(0, 10),
            calls: HostRoom::of(10, 12).shares(0, 30),
            schema_above: 4,
        },
        ANY_HOST,
    ],
    ..GLM_4_5
};
