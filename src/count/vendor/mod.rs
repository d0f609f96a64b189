//! Requests to the models of vendors other than OpenAI, one file or folder per vendor; embeddings
//! and completions.
//!
//! ```text
//! embeddings, completions:   texts.rs        the text alone
//! Claude, in any format:     claude/         by measured rules
//! Gemini, in any format:     gemini/         by measured rules
//! models with a template:    open/           by measured rules
//! anything else:             generic.rs      the text, and a wide range around it
//! ```
//!
//! All of them share a [`Counter`] for parts, media, the provider's own tools and settings. Text is
//! counted with the model's encoding, or with a proxy and its range if the encoding is not in the
//! program or not public (`proxy.rs`); the same rules then give an estimate. The room of the rules
//! themselves is in the framing, once per request.
//!
//! Sources: docs/evidence/billing_claude.md, billing_gemini.md, billing_other_providers.md.

mod claude;
mod counter;
mod gemini;
mod generic;
mod media;
mod open;
mod proxy;
mod texts;

pub(super) use media::Source;

use super::RequestCount;
use super::request_count::Parts;
use super::rules::{self, chat_rules};
use crate::model::{BillingFamily, Model};
use crate::provider::Counting;
use crate::request::Request;
use counter::Counter;
use proxy::Proxy;

pub(super) fn count(model: &Model, request: &Request<'_>) -> RequestCount {
    let mut counter = Counter {
        model,
        request,
        proxy: Proxy::of(model),
        parts: Parts::default(),
        thinking_dropped_before: 0,
        image_above: 7,
    };
    let is = |vendor: &str| model.provider() == vendor;
    let mut rule_set = chat_rules(model).rule_set();
    match request.format().wire().counting {
        Counting::Texts => texts::count(&mut counter),
        _ if is("anthropic") => rule_set = claude::count(&mut counter),
        _ if is_gemini(model) => rule_set = gemini::count(&mut counter),
        _ if open::knows(model) => rule_set = open::count(&mut counter),
        _ => generic::count(&mut counter),
    }
    counter.settings();
    counter.parts.finish(model, request, rule_set)
}

/// Returns whether a model's requests in OpenAI's formats are counted here too, because a gateway
/// forwards them to the vendor's API, or because nothing like OpenAI's rules is known of it.
pub(super) fn has_own_rules(model: &Model) -> bool {
    let foreign = !chat_rules(model).measured && model.provider() != "openai";
    model.provider() == "anthropic" || is_gemini(model) || open::knows(model) || foreign
}

/// Returns whether a model is billed as Gemini.
fn is_gemini(model: &Model) -> bool {
    model.provider() == "google"
        && model.billing() == BillingFamily::Other
        && rules::has_gemini_rules(model)
}
