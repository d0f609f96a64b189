//! The fields that a row gives, and how they are laid over an entry.

use crate::encoding::Encoding;
use crate::model::facts::Modalities;
use crate::model::table::{Entry, Str};
use crate::model::{BillingFamily, ModelKind};

/// What a row says; `None` and empty is what it does not say.
#[derive(Default)]
pub(super) struct Patch {
    pub(super) provider: Option<String>,
    /// Who serves the model, for formats that do not say who makes it: better than nothing for a model that is new.
    pub(super) provider_if_new: Option<String>,
    pub(super) kind: Option<ModelKind>,
    /// A kind that a format's word for the endpoint stands for: it does not correct that of a model that is known.
    pub(super) kind_if_new: Option<ModelKind>,
    pub(super) billing: Option<BillingFamily>,
    pub(super) aliases: Vec<String>,
    pub(super) context_window: Option<u64>,
    pub(super) max_input_tokens: Option<u64>,
    /// LiteLLM's size: the input limit of a model that has one, else the window.
    pub(super) input_or_window: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) limits_note: Option<String>,
    pub(super) host_limits_seen: Vec<(u64, u32)>,
    pub(super) encoding: Option<String>,
    pub(super) encoding_note: Option<String>,
    pub(super) inputs: Option<Modalities>,
    pub(super) outputs: Option<Modalities>,
    pub(super) tools: Option<bool>,
    pub(super) vision: Option<bool>,
    pub(super) json_schema: Option<bool>,
    pub(super) reasoning: Option<bool>,
    pub(super) price_input: Option<f64>,
    pub(super) price_cached_input: Option<f64>,
    pub(super) price_output: Option<f64>,
    pub(super) status: Option<String>,
    pub(super) deprecation_date: Option<String>,
    pub(super) snapshot_deprecations: Vec<(String, String)>,
    pub(super) azure_names: Vec<String>,
}

impl Patch {
    pub(super) fn apply(&self, entry: &mut Entry, is_new: bool) {
        let text = |to: &mut Option<Str>, from: &Option<String>| {
            if let Some(from) = from {
                *to = Some(from.clone().into());
            }
        };
        if let Some(kind) = self.kind.or(self.kind_if_new.filter(|_| is_new)) {
            entry.kind = kind;
            if is_new {
                entry.billing = family_of(kind);
            }
        }
        let provider_if_new = self.provider_if_new.as_ref().filter(|_| is_new);
        if let Some(provider) = self.provider.as_ref().or(provider_if_new) {
            entry.provider = provider.clone().into();
        }
        if let Some(billing) = self.billing {
            entry.billing = billing;
        }
        if let Some(window) = self.context_window {
            entry.context_window = Some(window);
            // An input limit that was there before and is now past the window limits nothing.
            entry.max_input_tokens = entry.max_input_tokens.filter(|&most| most <= window);
        }
        if self.max_input_tokens.is_some() {
            entry.max_input_tokens = self.max_input_tokens;
        }
        if let Some(size) = self.input_or_window {
            match entry.max_input_tokens {
                Some(_) => {
                    entry.max_input_tokens = Some(size);
                    entry.context_window = entry.context_window.map(|window| window.max(size));
                }
                None => entry.context_window = Some(size),
            }
        }
        if self.max_output_tokens.is_some() {
            entry.max_output_tokens = self.max_output_tokens;
        }
        text(&mut entry.limits_note, &self.limits_note);
        if !self.host_limits_seen.is_empty() {
            entry.host_limits_seen = self.host_limits_seen.clone().into();
        }
        if let Some(encoding) = &self.encoding
            && entry.encoding_name.as_deref() != Some(encoding)
        {
            entry.encoding = Encoding::from_name(encoding).ok();
            entry.encoding_name = Some(encoding.clone().into());
            entry.encoding_note = None;
        }
        text(&mut entry.encoding_note, &self.encoding_note);
        entry.inputs = self.inputs.unwrap_or(entry.inputs);
        entry.outputs = self.outputs.unwrap_or(entry.outputs);
        entry.tools = self.tools.or(entry.tools);
        entry.vision = self.vision.or(entry.vision);
        entry.json_schema = self.json_schema.or(entry.json_schema);
        entry.reasoning = self.reasoning.or(entry.reasoning);
        entry.price_input = self.price_input.or(entry.price_input);
        entry.price_cached_input = self.price_cached_input.or(entry.price_cached_input);
        entry.price_output = self.price_output.or(entry.price_output);
        text(&mut entry.status, &self.status);
        text(&mut entry.deprecation_date, &self.deprecation_date);
        for alias in &self.aliases {
            if !entry.aliases.iter().any(|known| known == alias) {
                entry.aliases.to_mut().push(alias.clone().into());
            }
        }
        for name in &self.azure_names {
            if !entry.azure_names.iter().any(|known| known == name) {
                entry.azure_names.to_mut().push(name.clone().into());
            }
        }
        for (name, date) in &self.snapshot_deprecations {
            let dates = entry.snapshot_deprecations.to_mut();
            dates.retain(|(known, _)| known != name);
            dates.push((name.clone().into(), date.clone().into()));
        }
    }
}

/// The family of a model of which only the kind is known.
fn family_of(kind: ModelKind) -> BillingFamily {
    match kind {
        ModelKind::Embedding => BillingFamily::Embedding,
        ModelKind::Completion => BillingFamily::Completion,
        ModelKind::Chat | ModelKind::Responses | ModelKind::OpenWeights => BillingFamily::Other,
        _ => BillingFamily::None,
    }
}
