//! Mistral's models with the vocabulary Tekken: the format of `mistral-common`.
//!
//! ```text
//! prompt = 1 + messages + tools + settings
//! system, user   2 + T(text)                assistant   1 + T(text)
//! tools          2 + T(JSON of the list)    forced      2 + T(name)
//! call           2 + T(name) + T(arguments as JSON)
//! result         2 + T(text)
//! settings       2 + T({"reasoning_effort": "none"})
//! picture        a token for every 28 x 28 pixels, and one for each row
//! ```
//!
//! Evidence: 292 of 300 recorded requests to Mistral's API (docs/evidence/billing_hosts.md, section
//! 2). Five of the others are of 2024, when the vocabulary was another.
//!
//! By hand, for a message `Hello` (1 token) to `mistral-large-2512`: 1 + 2 + 1 = 4.

use super::dated::Dated;
use super::open::{
    ANY_HOST, HostRoom, MistralTemplate, OpenHost, OpenRules, SeenModels, Service, Template,
    Version,
};
use crate::model::Host;

/// Until the end of 2025 definitions were listed for `none` too if the history has calls, and a
/// forced name was not written.
pub(crate) const CHOICE_2026: Dated = Dated {
    old_until: "2025-12-31",
    new_from: "2026-01-01",
};

/// `mistral-large-latest` and `mistral-small-latest` had another vocabulary in 2024.
pub(crate) const TEKKEN_LATEST: Dated = Dated {
    old_until: "2025-01-31",
    new_from: "2025-02-01",
};

const V7_ENDS: Dated = Dated {
    old_until: "2025-05-31",
    new_from: "2025-06-01",
};

const TEMPLATE: MistralTemplate = MistralTemplate {
    version: Version::V13,
    before: &[(V7_ENDS, Version::V7)],
    settings_from: None,
    settings_with_text: false,
};

/// Mistral's own API, and one without recordings.
const HOSTS: &[OpenHost] = &[
    OpenHost {
        hosts: &[Host::Mistral],
        service: Service::Exact,
        text: HostRoom::of(1, 2),
        tools: HostRoom::of(2, 4).shares(0, 10),
        calls: HostRoom::of(3, 8).shares(0, 20),
        schema_above: 4,
        ..ANY_HOST
    },
    OpenHost {
        hosts: &[Host::OpenRouter, Host::Bedrock],
        service: Service::Seen,
        text: HostRoom::of(4, 12),
        tools: HostRoom::of(6, 13).shares(0, 50),
        calls: HostRoom::of(10, 90).shares(0, 50),
        schema_above: 140,
        ..ANY_HOST
    },
    OpenHost {
        hosts: &[Host::Venice],
        text: HostRoom::of(4, 1_700),
        tools: HostRoom::of(8, 1_000).shares(0, 20),
        calls: HostRoom::of(10, 1_000).shares(0, 20),
        ..ANY_HOST
    },
    ANY_HOST,
];

pub(super) const RULES: OpenRules = OpenRules {
    id: "mistral",
    template: Template::Mistral(&TEMPLATE),
    seen_on: SeenModels {
        text: &[
            "magistral-medium-latest",
            "ministral-14b-2512",
            "ministral-3b-2512",
            "ministral-8b-2512",
            "mistral-large-2512",
            "mistral-medium",
            "mistral-vibe-cli-latest",
        ],
        tools: &[
            "ministral-14b-2512",
            "ministral-3b-2512",
            "ministral-8b-2512",
            "mistral-large-2512",
            "mistral-medium",
            "mistral-vibe-cli-latest",
        ],
        calls: &[
            "ministral-14b-2512",
            "ministral-3b-2512",
            "ministral-8b-2512",
            "mistral-large-2512",
            "mistral-medium",
            "mistral-vibe-cli-latest",
        ],
    },
    hosts: HOSTS,
    seen: ("2025-06", "2026-08"),
};

/// `mistral-small-latest` and its successor, Magistral small: a model that reasons if asked to.
pub(super) const SMALL: OpenRules = OpenRules {
    template: Template::Mistral(&MistralTemplate {
        before: &[(CHOICE_2026, Version::V11), (V7_ENDS, Version::V7)],
        settings_from: Some(CHOICE_2026),
        ..TEMPLATE
    }),
    seen_on: SeenModels {
        text: &["mistral-small-2603"],
        tools: &["mistral-small-2603"],
        calls: &["mistral-small-2603"],
    },
    ..RULES
};

/// `mistral-small-2506` and Devstral of that year.
pub(super) const V11: OpenRules = OpenRules {
    template: Template::Mistral(&MistralTemplate {
        version: Version::V11,
        settings_with_text: true,
        ..TEMPLATE
    }),
    seen_on: SeenModels::NONE,
    ..RULES
};

/// Voxtral small.
pub(super) const V7: OpenRules = OpenRules {
    template: Template::Mistral(&MistralTemplate {
        version: Version::V7,
        before: &[],
        ..TEMPLATE
    }),
    seen_on: SeenModels {
        text: &["voxtral-small-latest"],
        tools: &["voxtral-small-latest"],
        calls: &["voxtral-small-latest"],
    },
    ..RULES
};
