//! Embeddings and completions: the texts alone, nothing around them.

use super::estimator::Estimator;
use crate::count::rules::bills_like_openai;
use crate::count::{Accuracy, TokenCount};
use crate::model::BillingFamily;

/// Models whose recorded requests were billed so (docs/evidence/billing.md, section 2.8).
const SEEN_ON: &[&str] = &["text-embedding-3-small", "davinci-002"];

/// The texts are counted in a public encoding, and providers say that they bill nothing else: exact where that was recorded,
/// calibrated elsewhere. Each input is a message of the count, with its own bounds.
pub(super) fn count(estimator: &mut Estimator<'_>) {
    let documented = matches!(
        estimator.model.billing(),
        BillingFamily::Embedding | BillingFamily::Completion
    ) && estimator.proxy.is_public()
        && bills_like_openai(estimator.model.host());
    let model = estimator.model;
    let seen = documented
        && SEEN_ON.contains(&model.id())
        && model.matched().is_certain()
        && !model.counting_is_overridden();
    estimator.messages(|estimator, message| {
        let tokens: TokenCount = message.parts().map(|part| estimator.part(&part)).sum();
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
        estimator.parts.doubt(
            "/model",
            "that the texts alone are billed is documented, not measured here",
        );
        estimator.parts.framing += TokenCount::ZERO.at_most(Accuracy::Calibrated, 0);
    } else {
        estimator.around(0, 0, 20, "how this model bills its inputs was not measured");
    }
}
