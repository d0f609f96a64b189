//! Embeddings and completions: only the text, without framing.

use super::counter::Counter;
use crate::count::rules::bills_like_openai;
use crate::count::{Accuracy, TokenCount};
use crate::model::BillingFamily;

/// Models whose recorded requests were billed this way (docs/evidence/billing.md, section 2.8).
const SEEN_ON: &[&str] = &["text-embedding-3-small", "davinci-002"];

/// Counts the text with a public encoding; providers document that they bill nothing else: exact if
/// that was recorded, otherwise calibrated. Each input is a message of the count, with its own
/// bounds.
pub(super) fn count(counter: &mut Counter<'_>) {
    let documented = matches!(
        counter.model.billing(),
        BillingFamily::Embedding | BillingFamily::Completion
    ) && counter.proxy.is_public()
        && bills_like_openai(counter.model.host());
    let model = counter.model;
    let seen = documented
        && SEEN_ON.contains(&model.id())
        && model.matched().is_certain()
        && !model.counting_is_overridden();
    counter.messages(|counter, message| {
        let tokens: TokenCount = message.parts().map(|part| counter.part(&part)).sum();
        if seen {
            tokens
        } else if documented {
            tokens.at_most(Accuracy::Calibrated, 1)
        } else {
            tokens.at_most(Accuracy::Estimated, 5)
        }
    });
    if seen {
        return;
    }
    if documented {
        counter.parts.doubt(
            "/model",
            "billing of the text alone is documented, but was not measured",
        );
        counter.parts.framing += TokenCount::ZERO.at_most(Accuracy::Calibrated, 0);
    } else {
        counter.parts.doubt(
            "/model",
            "the billing of this model's inputs was not measured",
        );
        counter.parts.framing += TokenCount::between(0, 0, 20);
    }
}
