//! Embeddings and completions: the texts alone, nothing around them.

use super::estimator::Estimator;
use crate::count::rules::bills_like_openai;
use crate::count::{Accuracy, TokenCount};
use crate::model::BillingFamily;

/// The texts are counted in a public encoding, and providers say that they bill nothing else; there are no recordings to
/// hold that against, so it is not called exact.
pub(super) fn count(estimator: &mut Estimator<'_>) {
    let documented = matches!(
        estimator.model.billing(),
        BillingFamily::Embedding | BillingFamily::Completion
    ) && estimator.proxy.is_public()
        && bills_like_openai(estimator.model.host());
    estimator.messages(|estimator, message| {
        let tokens: TokenCount = message.parts().map(|part| estimator.part(&part)).sum();
        if documented {
            tokens.at_most(Accuracy::Calibrated, 1)
        } else {
            tokens.at_most(Accuracy::Estimated, 5)
        }
    });
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
