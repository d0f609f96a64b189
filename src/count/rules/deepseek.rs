//! DeepSeek: the chat template since V3.1, and constants for V3, R1 and tools before V4.
//!
//! ```text
//! text       BOS + T(instructions) + 1 + T(text) of the user + 2 + T(text) of the assistant + 2 for the answer
//! tools      T(heading, a line of JSON for each function), 7 if a call is forced
//! form       20 for JSON
//! effort     79 for the highest, and in some requests that enable thinking
//! ```
//!
//! Evidence: 101 of 107 recorded requests to DeepSeek's own API (docs/evidence/billing_hosts.md,
//! section 3).
//!
//! By hand, for a message `Hello` (1 token) with thinking disabled: 1 + 1 + 1 + 2 = 5.

use super::dated::Dated;
use super::open::{
    ANY_HOST, DeepSeekTemplate, Definition, Frame, HostRoom, OnTop, OpenHost, OpenRules,
    SeenModels, Service, Template,
};
use crate::model::Host;

const V4_TEMPLATE: DeepSeekTemplate = DeepSeekTemplate {
    thinks: true,
    omits_reasoning_from: None,
    frame_of_tools: None,
    forced: 7,
    effort: 79,
};

/// DeepSeek's own API, and hosts with recordings of one application each.
const V4_HOSTS: &[OpenHost] = &[
    OpenHost {
        hosts: &[Host::DeepSeek],
        service: Service::Exact,
        on_top: OnTop {
            form: 20,
            ..OnTop::NONE
        },
        text: HostRoom::of(2, 3),
        tools: HostRoom::of(3, 9),
        calls: HostRoom::of(3, 9).shares(2, 2),
        schema_above: 2,
    },
    OpenHost {
        hosts: &[Host::Baseten],
        on_top: OnTop {
            text: 1,
            instructed: 1,
            tools: 9,
            tools_instructed: 9,
            calls_alone: Some(0),
            settles_effort: true,
            ..OnTop::NONE
        },
        calls: HostRoom::of(6, 12).shares(10, 10),
        ..SEEN
    },
    OpenHost {
        hosts: &[Host::Together],
        on_top: OnTop {
            text: 79,
            instructed: 79,
            tools: 84,
            tools_instructed: 84,
            // A forced call costs no more.
            forced: -7,
            lists_forbidden: true,
            between: "\n",
            settles_effort: true,
            ..OnTop::NONE
        },
        ..SEEN
    },
    OpenHost {
        hosts: &[Host::HuggingFace],
        on_top: OnTop {
            form: 20,
            between: "\n",
            settles_effort: true,
            ..OnTop::NONE
        },
        ..SEEN
    },
    OpenHost {
        text: HostRoom::of(8, 100),
        ..ANY_HOST
    },
];

const SEEN: OpenHost = OpenHost {
    service: Service::Seen,
    text: HostRoom::of(3, 5),
    tools: HostRoom::of(4, 12).shares(0, 10),
    calls: HostRoom::of(10, 20).shares(10, 20),
    schema_above: 24,
    ..ANY_HOST
};

/// `deepseek-v4-flash` and later models.
pub(super) const V4: OpenRules = OpenRules {
    id: "deepseek-v4",
    template: Template::DeepSeek(&V4_TEMPLATE),
    seen_on: SeenModels {
        text: &["deepseek-chat", "deepseek-v4-flash", "deepseek-v4-pro"],
        ..SeenModels::NONE
    },
    hosts: V4_HOSTS,
    seen: ("2026-04", "2026-08"),
};

/// `deepseek-v4-pro`: since its build of 2026-08-13 reasoning that is sent back is omitted.
pub(super) const V4_PRO: OpenRules = OpenRules {
    template: Template::DeepSeek(&DeepSeekTemplate {
        omits_reasoning_from: Some(Dated {
            old_until: "2026-08-12",
            new_from: "2026-08-13",
        }),
        ..V4_TEMPLATE
    }),
    ..V4
};

/// `deepseek-chat`, which is V4 without thinking since April 2026.
pub(super) const CHAT: OpenRules = OpenRules {
    template: Template::DeepSeek(&DeepSeekTemplate {
        thinks: false,
        ..V4_TEMPLATE
    }),
    ..V4
};

/// The day on which `deepseek-chat` and `deepseek-reasoner` became V4.
pub(crate) const V4_FROM: Dated = Dated {
    old_until: "2026-03-31",
    new_from: "2026-04-01",
};

/// The day of V3.1, whose template closes thinking before an answer.
pub(crate) const V3_1_FROM: Dated = Dated {
    old_until: "2025-08-20",
    new_from: "2025-08-21",
};

const V3_FRAME: Frame = Frame {
    base: 4,
    base_before: Some((V3_1_FROM, 3)),
    user: 0,
    system: 0,
    assistant: 3,
    result: 0,
    tools: 94,
    per_two_tools: 0,
    definition: Definition::Bare,
    call: 5,
    further_call: 5,
    omits_thought: false,
    trims: false,
    no_thought: 0,
    default_prompt: 0,
};

const V3_HOST: OpenHost = OpenHost {
    hosts: &[Host::DeepSeek],
    service: Service::Seen,
    text: HostRoom::of(3, 6),
    tools: HostRoom::of(4, 8).shares(0, 10),
    calls: HostRoom::of(6, 12).shares(5, 20),
    schema_above: 30,
    ..ANY_HOST
};

/// `deepseek-chat` from V3.1 until it became V4: the template's text, other tools.
pub(super) const V3_1_CHAT: OpenRules = OpenRules {
    template: Template::DeepSeek(&DeepSeekTemplate {
        thinks: false,
        frame_of_tools: Some(&V3_FRAME),
        ..V4_TEMPLATE
    }),
    ..V3_CHAT
};

/// `deepseek-chat` before V3.1.
pub(super) const V3_CHAT: OpenRules = OpenRules {
    id: "deepseek-v3",
    template: Template::Frame(&V3_FRAME),
    seen_on: SeenModels::NONE,
    hosts: &[V3_HOST],
    seen: ("2025-06", "2025-09"),
};

/// `deepseek-reasoner` before it became V4.
pub(super) const V3_REASONER: OpenRules = OpenRules {
    template: Template::Frame(&Frame {
        base: 5,
        base_before: None,
        tools: 220,
        call: 33,
        further_call: 18,
        omits_thought: true,
        ..V3_FRAME
    }),
    seen: ("2025-04", "2025-04"),
    ..V3_CHAT
};

/// Together lists no tools of R1.
const HOSTED_SEEN: OpenHost = OpenHost {
    hosts: &[Host::Together, Host::HuggingFace, Host::Bedrock, Host::Groq],
    service: Service::Seen,
    text: HostRoom::of(2, 5),
    tools: HostRoom::of(180, 60).shares(0, 20),
    calls: HostRoom::of(180, 60).shares(20, 80),
    ..ANY_HOST
};

/// V3 to V3.2 and R1 on hosts.
pub(super) const HOSTED: OpenRules = OpenRules {
    template: Template::Frame(&Frame {
        base: 3,
        base_before: None,
        assistant: 2,
        tools: 97,
        per_two_tools: 10,
        call: 8,
        further_call: 8,
        omits_thought: true,
        ..V3_FRAME
    }),
    hosts: &[
        HOSTED_SEEN,
        // Some of its servers add 13 tokens.
        OpenHost {
            hosts: &[Host::OpenRouter],
            text: HostRoom::of(2, 14),
            tools: HostRoom::of(30, 60).shares(0, 20),
            calls: HostRoom::of(30, 60).shares(20, 80),
            ..HOSTED_SEEN
        },
        ANY_HOST,
    ],
    seen: ("2025-08", "2026-05"),
    ..V3_CHAT
};

/// R1 distilled into Llama or Qwen: hosts list no tools.
pub(super) const DISTILL: OpenRules = OpenRules {
    id: "deepseek-distill",
    template: Template::Frame(&Frame {
        base: 3,
        base_before: None,
        assistant: 2,
        tools: 0,
        call: 8,
        further_call: 8,
        omits_thought: true,
        ..V3_FRAME
    }),
    hosts: &[
        OpenHost {
            hosts: &[Host::Groq],
            service: Service::Seen,
            text: HostRoom::of(4, 6),
            tools: HostRoom::of(250, 60),
            calls: HostRoom::of(250, 80),
            ..ANY_HOST
        },
        OpenHost {
            text: HostRoom::of(8, 60),
            tools: HostRoom::of(300, 100),
            ..ANY_HOST
        },
    ],
    ..V3_CHAT
};
