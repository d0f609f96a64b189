//! Llama 3: constants around each string.
//!
//! ```text
//! 3.0        5 + 5 + T(text) of each message
//! 3.1 to 3.3 30 (a block with two dates, and the begun answer) + 5 + T(text) of the user and the assistant;
//!            instructions join the block; Cloudflare writes no dates for 3.2: 6
//! tools      134 + T(compact JSON of each) + 8 for each
//! ```
//!
//! Blanks around text are removed. The vocabulary is the user's (feature `tokenizers`), as its
//! licence asks every product for a notice. Hosts have prompts for tools of their own. Evidence:
//! docs/evidence/billing_hosts.md, section 8.

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
    tools: 134,
    per_two_tools: 16,
    definition: Definition::WrappedCompact,
    call: 7,
    further_call: 7,
    omits_thought: false,
    trims: true,
    no_thought: 0,
    default_prompt: 0,
};

const SEEN: OpenHost = OpenHost {
    hosts: &[Host::Cerebras, Host::Together, Host::Bedrock, Host::Watsonx],
    service: Service::Seen,
    on_top: OnTop {
        form: 16,
        ..OnTop::NONE
    },
    text: HostRoom::of(2, 4),
    tools: HostRoom::of(205, 90).shares(0, 20),
    calls: HostRoom::of(205, 90).shares(0, 20),
    schema_above: 140,
};

/// Tools without instructions have 25 more.
const GROQ: OpenHost = OpenHost {
    hosts: &[Host::Groq],
    on_top: OnTop {
        tools: 25,
        ..SEEN.on_top
    },
    tools: HostRoom::of(12, 50).shares(10, 10),
    calls: HostRoom::of(14, 14).shares(10, 10),
    ..SEEN
};

/// Providers behind the router differ: a block of dates or none, a prompt for tools or none.
const HUGGING_FACE: OpenHost = OpenHost {
    hosts: &[Host::HuggingFace],
    on_top: OnTop {
        between: "\n",
        ..SEEN.on_top
    },
    text: HostRoom::of(25, 4),
    tools: HostRoom::of(210, 290).shares(0, 20),
    calls: HostRoom::of(210, 290).shares(0, 20),
    ..SEEN
};

/// Requests with tools or a form of the answer have no block of dates.
const CLOUDFLARE: OpenHost = OpenHost {
    hosts: &[Host::Cloudflare],
    on_top: OnTop {
        tools: -71,
        tools_instructed: -71,
        form: -23,
        ..OnTop::NONE
    },
    text: HostRoom::of(25, 4),
    tools: HostRoom::of(100, 25),
    calls: HostRoom::of(100, 50).shares(20, 50),
    schema_above: 30,
    ..SEEN
};

/// Llama 3.1 and 3.3.
pub(super) const LLAMA_3_1: OpenRules = OpenRules {
    id: "llama-3.1",
    template: Template::Frame(&FRAME),
    seen_on: SeenModels::NONE,
    hosts: &[
        SEEN,
        GROQ,
        HUGGING_FACE,
        CLOUDFLARE,
        OpenHost {
            text: HostRoom::of(42, 600),
            ..ANY_HOST
        },
    ],
    seen: ("2024-10", "2026-05"),
};

/// Llama 3.2, for which Cloudflare never writes the dates.
pub(super) const LLAMA_3_2: OpenRules = OpenRules {
    hosts: &[
        SEEN,
        GROQ,
        HUGGING_FACE,
        OpenHost {
            on_top: OnTop {
                text: -24,
                instructed: -24,
                tools: -72,
                tools_instructed: -72,
                ..OnTop::NONE
            },
            text: HostRoom::of(4, 25),
            ..CLOUDFLARE
        },
        OpenHost {
            text: HostRoom::of(42, 600),
            ..ANY_HOST
        },
    ],
    ..LLAMA_3_1
};

/// Llama 3.0, without the block of dates.
pub(super) const LLAMA_3: OpenRules = OpenRules {
    id: "llama-3",
    template: Template::Frame(&Frame {
        base: 5,
        system: 5,
        ..FRAME
    }),
    ..LLAMA_3_1
};
