//! gpt-oss: the model's own chat template, and what hosts add.
//!
//! ```text
//! prompt = 63 for the server's instructions and the begun answer + 4 + T(text) of each message of the user
//! on top: groq 4 (a forced call 6), Baseten 11 (tools 7), Together 2 beside tools, Bedrock -4 beside instructions
//! ```
//!
//! Evidence: 89 of 94 recorded requests to five hosts (docs/evidence/billing_hosts.md, section 7).
//!
//! By hand, for a message `Hello` (1 token): 63 + 4 + 1 = 68.

use super::open::{
    ANY_HOST, ArgumentsForm, HarmonyCalls, HostRoom, OnTop, OpenHost, OpenRules, SeenModels,
    Service, Template,
};
use crate::model::Host;

const SEEN: OpenHost = OpenHost {
    service: Service::Seen,
    text: HostRoom::of(2, 6),
    tools: HostRoom::of(3, 8).shares(0, 5),
    calls: HostRoom::of(10, 12).shares(0, 20),
    schema_above: 4,
    ..ANY_HOST
};

/// A call's arguments are a JSON string.
const AS_STRING: HarmonyCalls = HarmonyCalls {
    arguments: ArgumentsForm::String,
    raw_results: false,
    omits_text: false,
};

pub(super) const RULES: OpenRules = OpenRules {
    id: "gpt-oss",
    template: Template::Harmony,
    seen_on: SeenModels::NONE,
    hosts: &[
        OpenHost {
            hosts: &[Host::Cerebras, Host::OpenRouter],
            on_top: OnTop {
                form: 24,
                harmony: HarmonyCalls {
                    arguments: ArgumentsForm::AsSent,
                    ..AS_STRING
                },
                ..OnTop::NONE
            },
            schema_above: 125,
            ..SEEN
        },
        OpenHost {
            hosts: &[Host::Groq],
            on_top: OnTop {
                text: 4,
                instructed: 4,
                form: 24,
                forced: 6,
                lists_forbidden: true,
                harmony: HarmonyCalls {
                    arguments: ArgumentsForm::Parsed,
                    raw_results: true,
                    omits_text: true,
                },
                ..OnTop::NONE
            },
            schema_above: 125,
            ..SEEN
        },
        OpenHost {
            hosts: &[Host::Baseten],
            on_top: OnTop {
                text: 11,
                instructed: 11,
                tools: 7,
                tools_instructed: 7,
                form: 13,
                lists_forbidden: true,
                ..OnTop::NONE
            },
            schema_above: 125,
            ..SEEN
        },
        OpenHost {
            hosts: &[Host::Together],
            on_top: OnTop {
                tools: 2,
                tools_instructed: 2,
                lists_forbidden: true,
                between: "\n",
                harmony: AS_STRING,
                ..OnTop::NONE
            },
            ..SEEN
        },
        OpenHost {
            hosts: &[Host::Bedrock],
            on_top: OnTop {
                instructed: -4,
                ..OnTop::NONE
            },
            schema_above: 125,
            ..SEEN
        },
        OpenHost {
            text: HostRoom::of(6, 60),
            ..ANY_HOST
        },
    ],
    seen: ("2025-08", "2026-07"),
};
