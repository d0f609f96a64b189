//! Embeddings and completions: the texts alone, nothing around them.

use super::counter::Counter;
use crate::count::rules::bills_like_openai;
use crate::count::{Accuracy, TokenCount};
use crate::model::BillingFamily;

/// Models whose recorded requests were billed so (docs/evidence/billing.md, section 2.8).
const SEEN_ON: &[&str] = &["text-embedding-3-small", "davinci-002"];

/// The texts are counted in a public encoding, and providers say that they bill nothing else: exact where that was recorded,
/// calibrated elsewhere. Each input is a message of the count, with its own bounds.
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
            "that the texts alone are billed is documented, not measured here",
        );
        counter.parts.framing += TokenCount::ZERO.at_most(Accuracy::Calibrated, 0);
    } else {
        counter
            .parts
            .doubt("/model", "how this model bills its inputs was not measured");
        counter.parts.framing += TokenCount::between(0, 0, 20);
    }
}
