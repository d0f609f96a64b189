//! Words before a dot, or between a host and a model's name. The prefixes of hosts are in
//! `host.rs`.

use crate::model::Host;

/// Vendors before a `.`, and the host with that spelling: Bedrock's (rule 7), Oracle's for xAI
/// (`oci/xai.grok-4`).
pub(super) const DOTTED: &[(&str, Host)] = &[
    ("ai21", Host::Bedrock),
    ("amazon", Host::Bedrock),
    ("anthropic", Host::Bedrock),
    ("cohere", Host::Bedrock),
    ("deepseek", Host::Bedrock),
    ("google", Host::Bedrock),
    ("ibm", Host::Bedrock),
    ("meta", Host::Bedrock),
    ("minimax", Host::Bedrock),
    ("mistral", Host::Bedrock),
    ("moonshot", Host::Bedrock),
    ("moonshotai", Host::Bedrock),
    ("nvidia", Host::Bedrock),
    ("openai", Host::Bedrock),
    ("qwen", Host::Bedrock),
    ("stability", Host::Bedrock),
    ("thinkingmachines", Host::Bedrock),
    ("twelvelabs", Host::Bedrock),
    ("writer", Host::Bedrock),
    ("xai", Host::Oci),
    ("zai", Host::Bedrock),
];

/// Target regions of Bedrock's cross-region profiles.
pub(super) const BEDROCK_REGIONS: &[&str] = &[
    "us", "us-gov", "eu", "apac", "au", "jp", "ca", "in", "mx", "il", "sa", "global",
];

/// Data zones and deployment types between `azure/` and the name.
pub(super) const AZURE_ZONES: &[&str] = &[
    "eu/",
    "us/",
    "apac/",
    "global/",
    "global-standard/",
    "us-gov/",
    "responses/",
];
