//! Bounded estimates for the formats whose billing has no measured rules here yet: Anthropic, Gemini, Converse, embeddings,
//! completions, and Responses on other vendors' models.
//!
//! The formulas are the cheap part of what is known of each vendor (docs/evidence/billing.md, section 4, and
//! docs/evidence/billing_other_providers.md); texts are counted with the model's encoding, or with a stated proxy and its range where that is not public (`proxy.rs`). A
//! range is proportional for texts; the slack of the formulas themselves stands in the framing, once a request.
//!
//! ```text
//! embeddings, completions:   texts.rs        the texts alone
//! Claude, in any format:     claude.rs
//! Gemini:                    gemini.rs
//! anything else:             generic.rs      texts, and a wide range for what stands around them
//! ```

mod claude;
mod claude_generations;
mod estimator;
mod gemini;
mod generic;
mod media;
mod proxy;
mod texts;

use super::RequestCount;
use super::request_count::Parts;
use super::rules::chat_rules;
use crate::model::{BillingFamily, Model};
use crate::provider::Counting;
use crate::request::Request;
use estimator::Estimator;
use proxy::Proxy;

pub(super) fn count(model: &Model, request: &Request<'_>) -> RequestCount {
    let mut estimator = Estimator {
        model,
        request,
        proxy: Proxy::of(model),
        parts: Parts::default(),
    };
    let is = |vendor: &str| model.provider() == vendor;
    match request.format().wire().counting {
        Counting::Texts => texts::count(&mut estimator),
        _ if is("anthropic") => claude::count(&mut estimator),
        _ if is("google") && model.billing() == BillingFamily::Other => {
            gemini::count(&mut estimator)
        }
        _ => generic::count(&mut estimator),
    }
    estimator.settings();
    estimator
        .parts
        .finish(model, request, chat_rules(model).rule_set())
}
