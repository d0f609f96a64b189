//! Tokenizers of the caller.

use super::Encoding;

/// Counts the tokens of a string, for models whose vocabulary this crate does not have.
///
/// Register it with [`Models::tokenizer`](crate::Models::tokenizer). With the feature `tiktoken-rs`
/// a `CoreBPE` is one; the feature `tokenizers` reads the `tokenizer.json` of an open-weight model.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Tokenizer};
///
/// struct Words;
///
/// impl Tokenizer for Words {
///     fn count(&self, text: &str) -> usize {
///         text.split_whitespace().count()
///     }
/// }
///
/// let models = Models::builtin().tokenizer("llama3", Words);
/// let model = models.get("llama-3.3-70b-instruct")?;
/// assert_eq!(model.encoding_name(), Some("llama3"));
/// assert_eq!(model.count_text("three words here").tokens(), 3);
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub trait Tokenizer: Send + Sync {
    /// Counts the tokens of a string as ordinary text: special tokens in it are characters.
    fn count(&self, text: &str) -> usize;

    /// Returns the special tokens, each of which is one token in a rendered chat template. Empty by
    /// default; then a template's own list is used.
    fn special_tokens(&self) -> &[String] {
        &[]
    }
}

impl Tokenizer for Encoding {
    fn count(&self, text: &str) -> usize {
        Encoding::count(*self, text)
    }
}

/// Note that tiktoken-rs panics on about a million characters of white space in a row.
#[cfg(feature = "tiktoken-rs")]
impl Tokenizer for tiktoken_rs::CoreBPE {
    fn count(&self, text: &str) -> usize {
        self.count_ordinary(text)
    }
}
