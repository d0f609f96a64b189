//! What a strategy is: one method that proposes edits until there is enough.

use std::sync::Arc;

use super::Draft;

/// A way to make a request smaller.
///
/// A fitter goes through its strategies in order, each on what the one before has left, until the request is down to the low
/// water mark. A strategy looks at the [`Draft`] and asks it for edits; the draft refuses what a keep rule forbids, and
/// takes groups of calls and results as wholes, so that no strategy can break a history.
///
/// What a strategy asks for should depend on the messages and their order alone, not on how much is to be saved: then the
/// same history leads to the same request in the next turn, and the provider's prompt cache still fits.
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
    /// Asks the draft for edits, one after the other, until it [is done](Draft::is_done) or there is nothing left to ask for.
    fn propose(&self, draft: &mut Draft<'_>);

    /// The name that the receipt gives as the reason of an edit.
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
