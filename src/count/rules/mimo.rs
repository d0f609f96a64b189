//! MiMo 2.5 on Xiaomi's API: constants around each string, beside a prompt of the server.
//!
//! ```text
//! prompt = 243 (pro: 247) + 4 + T(text) of each message, 2 if thinking is disabled
//! tools    183 + T(JSON of each); a call 20 + T(name) + T(arguments)
//! ```
//!
//! The vocabulary is Qwen 2's. No recorded request has instructions, which may replace the prompt
//! of the server. Evidence: docs/evidence/billing_hosts.md, section 9.

use super::open::{
    ANY_HOST, Definition, Frame, HostRoom, OpenHost, OpenRules, SeenModels, Service, Template,
};
use crate::model::Host;

const FRAME: Frame = Frame {
    base: 243,
    base_before: None,
    user: 4,
    system: 4,
    assistant: 4,
    result: 4,
    tools: 183,
    per_two_tools: 0,
    definition: Definition::Wrapped,
    call: 20,
    further_call: 20,
    omits_thought: false,
    trims: false,
    no_thought: 2,
    default_prompt: 230,
};

pub(super) const V2_5: OpenRules = OpenRules {
    id: "mimo-2.5",
    template: Template::Frame(&FRAME),
    seen_on: SeenModels::NONE,
    hosts: &[
        OpenHost {
            hosts: &[Host::Xiaomi],
            service: Service::Seen,
            text: HostRoom::of(2, 4),
            tools: HostRoom::of(5, 8).shares(20, 20),
            calls: HostRoom::of(8, 12).shares(20, 20),
            schema_above: 20,
            ..ANY_HOST
        },
        // The prompt is that of Xiaomi's servers.
        OpenHost {
            text: HostRoom::of(235, 60).shares(0, 50),
            tools: HostRoom::of(300, 250).shares(100, 150),
            calls: HostRoom::of(300, 250).shares(100, 200),
            ..ANY_HOST
        },
    ],
    seen: ("2026-05", "2026-05"),
};

pub(super) const V2_5_PRO: OpenRules = OpenRules {
    template: Template::Frame(&Frame { base: 247, ..FRAME }),
    ..V2_5
};
