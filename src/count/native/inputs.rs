//! Embeddings and completions: the texts alone, nothing around them.

use super::Native;
use crate::count::rules::bills_like_openai;
use crate::count::{Accuracy, TokenCount};
use crate::model::BillingFamily;

/// The texts are counted in a public encoding, and providers say that they bill nothing else; there are no recordings to
/// hold that against, so it is not called exact.
pub(super) fn count(native: &mut Native<'_>) {
    let documented = matches!(
        native.model.billing(),
        BillingFamily::Embedding | BillingFamily::Completion
    ) && native.proxy.is_public()
        && bills_like_openai(native.model.host());
    native.messages(|native, message| {
        let tokens: TokenCount = message.parts().map(|part| native.part(&part)).sum();
        if documented {
            tokens.at_most(Accuracy::Calibrated, 1)
        } else {
            tokens.at_most(Accuracy::Estimated, 5)
        }
    });
    if documented {
        native.parts.doubt(
            "/model",
            "that the texts alone are billed is documented, not measured here",
        );
        native.parts.framing += TokenCount::ZERO.at_most(Accuracy::Calibrated, 0);
    } else {
        native.around(0, 0, 20, "how this model bills its inputs was not measured");
    }
}
