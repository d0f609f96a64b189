//! Qwen 2.5 to 3.8: the models' own chat templates, and constants where a host has another one.
//!
//! ```text
//! message    5 + T(text); the begun answer 3, or 5 with the tag that begins thinking (3.5 and later)
//! tools      the template's heading, a line of JSON for each function
//! ```
//!
//! Evidence: 64 of 104 recorded requests to eight hosts (docs/evidence/billing_hosts.md, section
//! 6). Most hosts add instructions of their own to some requests, so no count is exact.

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules, QwenTemplate, SeenModels,
    Service, Template,
};
use crate::model::Host;

/// Hosts that follow the templates.
const FOLLOWS: OpenHost = OpenHost {
    hosts: &[Host::Alibaba, Host::OpenRouter, Host::Groq, Host::Bedrock],
    service: Service::Seen,
    text: HostRoom::of(2, 5),
    tools: HostRoom::of(3, 13).shares(0, 10),
    calls: HostRoom::of(31, 6).shares(0, 20),
    schema_above: 4,
    ..ANY_HOST
};

const VENICE: OpenHost = OpenHost {
    hosts: &[Host::Venice],
    text: HostRoom::of(8, 1_700),
    tools: HostRoom::of(10, 1_100).shares(0, 20),
    calls: HostRoom::of(10, 1_100).shares(0, 20),
    ..ANY_HOST
};

/// A host with another prompt for tools.
const OTHERS: OpenHost = OpenHost {
    hosts: &[Host::HuggingFace, Host::Together],
    service: Service::Seen,
    on_top: OnTop {
        between: "\n",
        ..OnTop::NONE
    },
    text: HostRoom::of(2, 4),
    tools: HostRoom::of(70, 30).shares(0, 50),
    calls: HostRoom::of(70, 40).shares(0, 100),
    schema_above: 10,
};

pub(super) const QWEN_3: OpenRules = OpenRules {
    id: "qwen-3",
    template: Template::Qwen(QwenTemplate::Three),
    seen_on: SeenModels::NONE,
    hosts: &[
        OpenHost {
            on_top: OnTop {
                form: 3,
                forced: -1,
                ..OnTop::NONE
            },
            ..FOLLOWS
        },
        VENICE,
        OTHERS,
        ANY_HOST,
    ],
    seen: ("2025-05", "2026-05"),
};

/// Qwen 3.5 and later.
pub(super) const QWEN_3_5: OpenRules = OpenRules {
    id: "qwen-3.5",
    template: Template::Qwen(QwenTemplate::ThreeFive),
    hosts: &[FOLLOWS, VENICE, OTHERS, ANY_HOST],
    seen: ("2026-05", "2026-08"),
    ..QWEN_3
};

/// Qwen 3.8 max, to which Alibaba adds instructions if it thinks: 38 or 51 tokens, 34 or 47 beside
/// tools.
pub(super) const QWEN_3_8_MAX: OpenRules = OpenRules {
    id: "qwen-3.8",
    hosts: &[
        OpenHost {
            on_top: OnTop {
                text: 38,
                instructed: 38,
                tools: 34,
                tools_instructed: 34,
                form: 2,
                only_thinking: true,
                ..OnTop::NONE
            },
            text: HostRoom::of(1, 14),
            tools: HostRoom::of(2, 15).shares(0, 5),
            calls: HostRoom::of(2, 16).shares(0, 5),
            ..FOLLOWS
        },
        VENICE,
        OTHERS,
        ANY_HOST,
    ],
    ..QWEN_3_5
};

/// Qwen 3 coder.
pub(super) const CODER: OpenRules = OpenRules {
    id: "qwen-3-coder",
    template: Template::Qwen(QwenTemplate::Coder),
    hosts: &[
        OpenHost {
            hosts: &[Host::Cerebras],
            on_top: OnTop {
                tools: 2,
                tools_instructed: 2,
                ..OnTop::NONE
            },
            ..FOLLOWS
        },
        // 8 of 8 requests.
        OpenHost {
            hosts: &[Host::HuggingFace],
            on_top: OnTop {
                tools: 8,
                tools_instructed: 8,
                between: " ",
                ..OnTop::NONE
            },
            tools: HostRoom::of(10, 20).shares(0, 20),
            ..OTHERS
        },
        OTHERS,
        ANY_HOST,
    ],
    ..QWEN_3
};

/// Qwen 2.5, whose template has instructions of its own.
pub(super) const QWEN_2_5: OpenRules = OpenRules {
    id: "qwen-2.5",
    template: Template::Frame(&Frame {
        base: 24,
        base_before: None,
        user: 5,
        system: 5,
        assistant: 5,
        result: 5,
        tools: 150,
        per_two_tools: 0,
        definition: Definition::Wrapped,
        call: 20,
        further_call: 20,
        omits_thought: false,
        trims: false,
        no_thought: 0,
        default_prompt: 0,
    }),
    hosts: &[
        OpenHost {
            text: HostRoom::of(24, 8),
            ..OTHERS
        },
        ANY_HOST,
    ],
    ..QWEN_3
};
