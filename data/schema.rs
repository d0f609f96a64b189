//! The shape of `data/models.json`, for the one that writes it (`make_registry`) and the one that reads it (`build.rs`), and of
//! `data/hosts.json`, which is written by hand.
//!
//! A field that is missing is not known or not published; an empty list is left out. Unknown fields are refused, so that a
//! mistyped one does not silently become "not known".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    /// The day the facts were collected.
    pub(crate) date: String,
    pub(crate) about: String,
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) models: Vec<Model>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) what: String,
    /// `YYYY-MM-DD`, or `YYYY-MM` where the source is not dated closer.
    pub(crate) date: String,
}

/// One line of the file. Sizes in tokens, dates as `YYYY-MM-DD`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) kind: String,
    pub(crate) billing: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limits_note: Option<String>,
    /// `[window in tokens, number of hosts that offer it]`, most hosts first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) host_limits_seen: Vec<(u64, u32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding_note: Option<String>,
    pub(crate) modalities: Modalities,
    pub(crate) supports: Supports,
    pub(crate) price_per_1m_usd: Price,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deprecation_date: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) snapshot_deprecations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) azure_names: Vec<String>,
    /// `id` of the sources table, or `id (what it was used for)`.
    pub(crate) sources: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Modalities {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) input: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) output: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Supports {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tools: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vision: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) json_schema: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cached_input: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<f64>,
}

/// `data/hosts.json`: where a host differs from the vendor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "the generator of the registry shares this file and does not read hosts"
)]
pub(crate) struct Hosts {
    /// The day the facts were collected.
    pub(crate) date: String,
    #[serde(rename = "about")]
    pub(crate) _about: String,
    /// Sources that the registry does not have.
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) limits: Vec<HostLimit>,
    pub(crate) names: Vec<HostName>,
}

/// A window that a host gives a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `Hosts`")]
pub(crate) struct HostLimit {
    pub(crate) host: String,
    /// The model's id.
    pub(crate) model: String,
    /// For names that end in `:VARIANT` only.
    #[serde(default)]
    pub(crate) variant: String,
    pub(crate) context_window: u64,
    pub(crate) note: Option<String>,
    pub(crate) source: String,
    pub(crate) date: String,
}

/// A name that a host has for a model and that no rule leads to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `Hosts`")]
pub(crate) struct HostName {
    pub(crate) name: String,
    /// The model's id.
    pub(crate) model: String,
    /// Left out where several hosts have it.
    pub(crate) host: Option<String>,
    pub(crate) source: String,
    pub(crate) date: String,
}

/// `id (note)` taken apart. The id of a source holds no blank, so the first one ends it.
pub(crate) fn source_and_note(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once(" (") {
        Some((id, note)) => (id, Some(note.strip_suffix(')').unwrap_or(note))),
        None => (reference, None),
    }
}
