//! Restores the original request from an edited one.

use serde::{Deserialize, Serialize};

/// Undo of a repair or a fit: the text that the edited request no longer has.
///
/// Unlike everything else that describes an edit, it contains text of the request, because that is
/// its purpose. It is serializable; store it with the edited request, and the original is not lost.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::Preset;
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(15);
/// let body = r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
/// let request = Request::parse(body)?;
/// let fitted = Preset::SlidingWindow.fitter(budget).fit(&request)?;
/// let undo = fitted.undo().expect("it was too long");
/// assert_eq!(undo.apply(fitted.as_bytes()).as_deref(), Some(body.as_bytes()));
/// assert_eq!(undo.apply(b"another text"), None);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Length of the edited request in bytes.
    edited_bytes: usize,
    /// Bytes at the start that both requests share.
    first_bytes: usize,
    /// Bytes at the end that both requests share.
    last_bytes: usize,
    /// Original text between them.
    between: String,
}

impl Undo {
    pub(crate) fn new(original: &str, edited: &str) -> Undo {
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

    /// Returns the original request for the edited one. `None` if `edited` is another text: its
    /// length differs, or its ends do not match. Linear.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(15);
    /// let fitted = Preset::SlidingWindow.fitter(budget).fit(&request)?;
    /// let undo = fitted.undo().expect("it was edited");
    /// assert_eq!(undo.apply(fitted.as_bytes()).as_deref(), Some(request.as_bytes()));
    /// assert_eq!(undo.apply(b"another request"), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

/// Prints lengths only.
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
