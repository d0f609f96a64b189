//! The trait of strategies: one method that proposes edits until the request is small enough.

use std::sync::Arc;

use super::Draft;

/// A way to make a request smaller.
///
/// A fitter runs its strategies in order, each on the result of the one before, until the request
/// reaches the low-water mark. A strategy inspects the [`Draft`] and requests edits; the draft
/// refuses edits that a keep rule forbids, and treats groups of calls and results as a unit, so no
/// strategy can break a history.
///
/// The edits should depend only on the messages and their order, not on the excess: then the same
/// history leads to the same request in the next turn, and the provider's prompt cache still
/// matches.
///
/// # Examples
///
/// Small talk goes first:
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Draft, Fitter, Strategy};
/// use tokenfit::request::GroupKind;
///
/// struct DropSmallTalk;
///
/// impl Strategy for DropSmallTalk {
///     fn propose(&self, draft: &mut Draft<'_>) {
///         for group in draft.groups() {
///             if !draft.is_done() && group.kind() == GroupKind::Answer && draft.size_of(group.index()) < 10 {
///                 draft.drop_group(group.index());
///             }
///         }
///     }
/// }
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(15);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let fitted = Fitter::new(budget).then(DropSmallTalk).fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 2);
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub trait Strategy: Send + Sync {
    /// Requests edits from the draft one by one, until it [is done](Draft::is_done) or there is
    /// nothing left to remove.
    fn propose(&self, draft: &mut Draft<'_>);

    /// Returns the name that the receipt shows as the reason of an edit.
    fn name(&self) -> &str {
        "custom"
    }
}

impl<S: Strategy + ?Sized> Strategy for Arc<S> {
    fn propose(&self, draft: &mut Draft<'_>) {
        (**self).propose(draft);
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

impl<S: Strategy + ?Sized> Strategy for Box<S> {
    fn propose(&self, draft: &mut Draft<'_>) {
        (**self).propose(draft);
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}
