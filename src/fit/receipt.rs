//! What was done to a request: plain data, without any of its text.

use serde::{Deserialize, Serialize};

use super::plan::{CacheCost, PlannedEdit};
use crate::check::RepairReceipt;

/// What was done, and what it came to. The sizes are counts of the request as it came and as it left.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Fitted, Preset};
///
/// let models = Models::builtin();
/// let model = models.get("gpt-4o")?;
/// let budget = Budget::new(&model).limit_input(15);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let Fitted::Edited(edited) = Preset::SlidingWindow.fitter(budget).fit(&request)? else { panic!("it was too long") };
/// let receipt = edited.receipt();
/// assert_eq!(receipt.tokens_before, model.count(&request).tokens());
/// assert_eq!(receipt.tokens_after, model.count(edited.request()).tokens());
/// assert_eq!(receipt.edits[0].reason, "drop_oldest");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The size of the request as it came: see [`MessageCounts::size`](super::MessageCounts::size).
    pub tokens_before: u64,
    /// The size of the request as it leaves, counted anew.
    pub tokens_after: u64,
    /// The most that the input may have.
    pub limit: u64,
    /// The mark above which something is done.
    pub high_water: u64,
    /// The mark down to which it is done, as far as that goes.
    pub low_water: u64,
    /// Messages of the request as it came.
    pub messages_before: usize,
    /// Messages of the request as it leaves.
    pub messages_after: usize,
    /// Bytes of the request as it came.
    pub bytes_before: usize,
    /// Bytes of the request as it leaves.
    pub bytes_after: usize,
    /// Another model that the request is for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The edits, in the order of the history. Of a request that was mended first the places are those after the mending.
    pub edits: Vec<PlannedEdit>,
    /// What was mended first, in a history that its provider would have refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<RepairReceipt>,
    /// What the edits cost with a prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheCost>,
}

/// What takes a fitting back: the text that the edited request no longer has.
///
/// Unlike everything else that a fitting gives out this holds text of the request, because it was asked for. Serialisable;
/// keep it beside the edited request, and the original is not lost.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Fitted, Preset};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(15);
/// let body = r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
/// let request = Request::parse(body)?;
/// let Fitted::Edited(edited) = Preset::SlidingWindow.fitter(budget).fit(&request)? else { panic!("it was too long") };
/// let undo = edited.undo();
/// assert_eq!(undo.apply(edited.as_bytes()).as_deref(), Some(body.as_bytes()));
/// assert_eq!(undo.apply(b"another text"), None);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Bytes of the edited text.
    edited_bytes: usize,
    /// Bytes that both texts begin with.
    first_bytes: usize,
    /// Bytes that both texts end with.
    last_bytes: usize,
    /// What stood between them.
    between: String,
}

impl Undo {
    pub(super) fn new(original: &str, edited: &str) -> Undo {
        let (a, b) = (original.as_bytes(), edited.as_bytes());
        let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let first = floor(original, first);
        let rest = a.len().min(b.len()) - first;
        let (a_rest, b_rest) = (a.iter().rev().take(rest), b.iter().rev().take(rest));
        let mut last = a_rest.zip(b_rest).take_while(|(a, b)| a == b).count();
        while !original.is_char_boundary(a.len() - last) {
            last -= 1;
        }
        Undo {
            edited_bytes: b.len(),
            first_bytes: first,
            last_bytes: last,
            between: original[first..a.len() - last].to_owned(),
        }
    }

    /// The request as it came, from the request as it left. `None` when that is another text: one of another length, or one
    /// that these ends are not of.
    pub fn apply(&self, edited: &[u8]) -> Option<Vec<u8>> {
        let fits = edited.len() == self.edited_bytes
            && self.first_bytes.checked_add(self.last_bytes)? <= edited.len();
        if !fits {
            return None;
        }
        let last = &edited[edited.len() - self.last_bytes..];
        Some([&edited[..self.first_bytes], self.between.as_bytes(), last].concat())
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Lengths only.
impl std::fmt::Debug for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Undo")
            .field("first_bytes", &self.first_bytes)
            .field("last_bytes", &self.last_bytes)
            .field("between_bytes", &self.between.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_taken_comes_back(original in "(a|é|字|😀){0,20}", edited in "(a|é|字|😀){0,20}") {
            let undo = Undo::new(&original, &edited);
            let back = undo.apply(edited.as_bytes());
            prop_assert_eq!(back.as_deref(), Some(original.as_bytes()));
        }
    }
}
