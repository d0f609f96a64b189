//! A tokenizer read from a `tokenizer.json` (feature `tokenizers`).

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::value::RawValue;

use super::Tokenizer;
use crate::Error;
use crate::error::Inner;

/// Largest file that is read: the vocabularies of 2026 are below 40 MB.
const MAX_BYTES: usize = 256 << 20;

/// Members of the file that only matter to decoding, to tokens around a string, and to batches.
const UNUSED: [&str; 4] = ["decoder", "post_processor", "truncation", "padding"];

/// Tokenizer of an open-weight model, read from the `tokenizer.json` that is published with it,
/// through the crate `tokenizers`.
///
/// Counts ordinary text: a special token such as `<|eot_id|>` in a string is counted as its
/// characters, and no token is added at the beginning or the end. Truncation and padding that the
/// file asks for are ignored. It is slower than a built-in [`Encoding`](super::Encoding), by about
/// five times and more.
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::encoding::TokenizerJson;
///
/// // In a program: `std::fs::read("tokenizer.json")`.
/// let file = br#"{
///     "version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null,
///     "decoder": null, "pre_tokenizer": {"type": "Whitespace"},
///     "model": {"type": "WordLevel", "vocab": {"hello": 0, "[UNK]": 1}, "unk_token": "[UNK]"}
/// }"#;
/// let tokenizer = TokenizerJson::from_bytes(file)?;
/// let models = Models::builtin().tokenizer("llama3", tokenizer);
/// let model = models.get("llama-3.3-70b-instruct")?;
/// assert_eq!(model.count_text("hello hello world").tokens(), 3);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct TokenizerJson {
    inner: tokenizers::Tokenizer,
    /// Added tokens, special or not: in a rendered template each of them is one token.
    added: Vec<String>,
}

impl TokenizerJson {
    /// Reads the content of a `tokenizer.json`. Takes time linear in the file, about 0.2 s for
    /// 128,000 tokens: do it once for the process.
    ///
    /// ```
    /// use tokenfit::{Tokenizer, encoding::TokenizerJson};
    ///
    /// # let file = br#"{"added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel", "vocab": {"hello": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}"#;
    /// let tokenizer = TokenizerJson::from_bytes(file)?;    // std::fs::read("tokenizer.json")
    /// assert_eq!(tokenizer.count("hello hello world"), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidTokenizer`](crate::ErrorKind::InvalidTokenizer) if it is not one that
    /// the crate `tokenizers` reads, or is longer than 256 MiB. The error shows nothing of the
    /// file.
    pub fn from_bytes(json: &[u8]) -> Result<TokenizerJson, Error> {
        let invalid = |what| Error::from(Inner::Tokenizer { what });
        if json.len() > MAX_BYTES {
            return Err(invalid("the file is longer than 256 MiB"));
        }
        let damaged = |_| invalid("the file is not a `tokenizer.json`");
        let mut members: BTreeMap<String, &RawValue> =
            serde_json::from_slice(json).map_err(damaged)?;
        members.retain(|name, _| !UNUSED.contains(&name.as_str()));
        let json = serde_json::to_vec(&members).map_err(damaged)?;
        // tokenizers 0.22 panics on some damaged members, such as the table of a `Precompiled`
        // normalizer. Nothing is shared with the closure, so nothing is left half changed.
        let read = catch_unwind(AssertUnwindSafe(|| tokenizers::Tokenizer::from_bytes(json)));
        let Ok(Ok(mut inner)) = read else {
            return Err(invalid("the file is not a `tokenizer.json`"));
        };
        inner.set_encode_special_tokens(true);
        let mut added: Vec<String> = inner
            .get_added_tokens_decoder()
            .into_values()
            .map(|token| token.content)
            .collect();
        added.sort();
        Ok(TokenizerJson { inner, added })
    }

    /// Returns the number of tokens in the vocabulary, special tokens included.
    ///
    /// ```
    /// # use tokenfit::encoding::TokenizerJson;
    /// let tokenizer = TokenizerJson::from_bytes(
    ///     br#"{"added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    /// )?;
    /// assert_eq!(tokenizer.vocabulary_size(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }
}

impl Tokenizer for TokenizerJson {
    /// If the tokenizer refuses the text, as one without a token for unknown characters does,
    /// returns its number of bytes: no vocabulary needs more tokens.
    fn count(&self, text: &str) -> usize {
        self.inner
            .encode_fast(text, false)
            .map_or(text.len(), |encoding| encoding.len())
    }

    fn special_tokens(&self) -> &[String] {
        &self.added
    }
}

/// Shows the size alone.
impl fmt::Debug for TokenizerJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenizerJson")
            .field("vocabulary_size", &self.vocabulary_size())
            .finish_non_exhaustive()
    }
}
