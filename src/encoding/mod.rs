//! Text to tokens, exactly as OpenAI's tiktoken and other vendors' tokenizers do it: counting,
//! encoding, decoding, and cutting to a number of tokens.
//!
//! This module knows nothing of chats: a *request* costs more than the tokens of its strings. It
//! counts strings.
//!
//! # Examples
//!
//! ```
//! use tokenfit::Encoding;
//!
//! let text = "Counting tokens is a solved problem, mostly.";
//! assert_eq!(Encoding::O200K_BASE.count(text), 9);
//! assert_eq!(Encoding::O200K_BASE.keep_first(text, 3), "Counting tokens is");
//! assert_eq!(Encoding::O200K_BASE.count_up_to(text, 3), None);
//! ```
//!
//! # Which files do what
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Encoding`], the handle |
//! | `engine.rs` | vocabularies with their patterns; encoding |
//! | `characters.rs` | pieces of Gemma, which has no pattern |
//! | `claude/` | Claude: the minimum number of pieces, no merges |
//! | `normal.rs` | normal form C |
//! | `vocabulary.rs`, `tables.rs`, `hash.rs` | tables in the program, and the slots of their keys |
//! | `split.rs`, `classes.rs` | the end of a piece, character by character; classes of characters |
//! | `blocks.rs` | the same for 64 bytes at a time, with bitmaps |
//! | `count.rs`, `scratch.rs` | counting without ids: pieces in batches; the memory for it |
//! | `merge.rs`, `long.rs` | merging a piece that is not a token; one of any length |
//! | `cache.rs` | counts of pieces, in bounded tables per thread |
//! | `special.rs` | special tokens |
//! | `seams.rs` | seams: where a string can be cut without changing its tokens |
//! | `cut.rs` | counting up to a limit, keeping the first, the last, or both ends |
//! | `bulk.rs` | many strings on all cores (feature `parallel`) |
//! | `tally.rs` | [`Tally`], the count of a growing text |
//! | `tokenizer.rs` | [`Tokenizer`], a tokenizer of the caller |
//! | `tokenizer_json.rs` | one from a `tokenizer.json` (feature `tokenizers`) |

// Without a vocabulary there is no `Encoding`, so no function that takes one can be called.
#![cfg_attr(
    not(any(
        feature = "o200k",
        feature = "cl100k",
        feature = "p50k",
        feature = "r50k",
        feature = "claude",
        feature = "gemma",
        feature = "deepseek",
        feature = "qwen2",
        feature = "qwen35",
        feature = "mistral",
        feature = "kimi",
        feature = "glm",
        feature = "minimax"
    )),
    allow(
        dead_code,
        unreachable_code,
        unused_imports,
        unused_macros,
        unused_variables
    )
)]

mod blocks;
#[cfg(feature = "parallel")]
mod bulk;
mod cache;
#[cfg(feature = "gemma")]
mod characters;
mod classes;
#[cfg(feature = "claude")]
mod claude;
mod clusters;
mod count;
mod cut;
mod engine;
mod hash;
mod long;
mod merge;
#[cfg(any(feature = "claude", feature = "qwen2", feature = "qwen35"))]
mod normal;
#[cfg(every_vocabulary)]
#[cfg(test)]
mod oracle;
mod scratch;
mod seams;
mod special;
mod split;
mod tables;
mod tally;
mod tokenizer;
#[cfg(feature = "tokenizers")]
mod tokenizer_json;
#[cfg(every_vocabulary)]
#[cfg(test)]
mod traps;
mod vocabulary;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::Inner;
use crate::shown::shown_name;
use engine::Family;
pub use tally::Tally;
pub use tokenizer::Tokenizer;
#[cfg(feature = "tokenizers")]
pub use tokenizer_json::TokenizerJson;

/// A vocabulary with its rules for turning text into tokens: OpenAI's encodings, and those of other
/// vendors.
///
/// A small handle, `Copy`. Its tables are ready data in the program: nothing is loaded, not even on
/// first use. Each counting thread caches the counts of words, in less than 1 MiB for the last two
/// vocabularies together.
///
/// Each vocabulary is a feature of the crate. On by default: `o200k` (o200k_base, o200k_harmony),
/// `cl100k`, `p50k` (p50k_base, p50k_edit), `r50k`, `claude`, `gemma`, `deepseek` and `mistral`;
/// off: `qwen2`, `glm`, `minimax`, `qwen35` and `kimi`. `data/README.md` lists sizes and reasons,
/// `THIRD-PARTY.md` the notices. Without its feature a constant does not exist, and
/// [`from_name`](Self::from_name) names the missing feature. A program that only checks and repairs
/// needs none of them: then [`ALL`](Self::ALL) is empty, and counts are estimates with bounds from
/// the number of bytes.
///
/// All input is *ordinary* text: `<|endoftext|>` in a string is counted as its characters, as the
/// API does with the content of messages.
///
/// OpenAI's encodings have token ids, the others only count and cut: see
/// [`has_ids`](Self::has_ids). Claude's are unofficial: reconstructed by a third party from answers
/// of Anthropic's API.
///
/// No input makes these functions panic. Their time is linear in the text, with one exception: for
/// a word or run of more than 63 bytes there is a factor of the logarithm of the window (some
/// hundred bytes).
///
/// # Examples
///
/// ```
/// use tokenfit::Encoding;
///
/// let encoding: Encoding = "cl100k_base".parse()?;
/// assert_eq!(encoding, Encoding::CL100K_BASE);
/// assert_eq!(encoding.count("hello world"), 2);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[doc(alias = "tokenizer")]
#[doc(alias = "tiktoken")]
#[doc(alias = "bpe")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encoding(Id);

/// Declares the encodings, newest first: feature, constant, variant, name, family, and
/// documentation.
macro_rules! encodings {
    ($($feature:literal $constant:ident $id:ident $name:literal $family:expr, $doc:expr;)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        enum Id {
            $(#[cfg(feature = $feature)] $id,)*
        }

        $(
            /// The encoding, if its vocabulary is compiled in.
            pub(crate) const $constant: Option<Encoding> = {
                #[cfg(feature = $feature)]
                {
                    Some(Encoding::$constant)
                }
                #[cfg(not(feature = $feature))]
                {
                    None
                }
            };
        )*

        /// Every encoding by name, with its feature and, if that is enabled, the encoding itself.
        const NAMES: &[(&str, &str, Option<Encoding>)] = &[$(($name, $feature, $constant),)*];

        impl Encoding {
            $(
                #[doc = $doc]
                #[cfg(feature = $feature)]
                pub const $constant: Encoding = Encoding(Id::$id);
            )*

            /// All encodings that are compiled in: OpenAI's, newest first, then those of other
            /// vendors.
            pub const ALL: &[Encoding] = &[$(#[cfg(feature = $feature)] Self::$constant,)*];

            /// Returns the name, as tiktoken spells it; for other vendors as in `data/README.md`.
            ///
            /// # Examples
            ///
            /// ```
            /// assert_eq!(tokenfit::Encoding::O200K_BASE.name(), "o200k_base");
            /// ```
            pub fn name(self) -> &'static str {
                match self.0 {
                    $(#[cfg(feature = $feature)] Id::$id => $name,)*
                }
            }

            fn family(self) -> Family {
                match self.0 {
                    $(#[cfg(feature = $feature)] Id::$id => $family,)*
                }
            }
        }
    };
}

encodings! {
    "o200k" O200K_BASE O200kBase "o200k_base" Family::O200kBase,
        "`o200k_base`: GPT-4o, GPT-4.1, GPT-5 and the o-series.";
    "o200k" O200K_HARMONY O200kHarmony "o200k_harmony" Family::O200kBase,
        "`o200k_harmony`: gpt-oss. Ordinary text as [`O200K_BASE`](Self::O200K_BASE), more special tokens.";
    "cl100k" CL100K_BASE Cl100kBase "cl100k_base" Family::Cl100kBase,
        "`cl100k_base`: GPT-4, GPT-3.5 Turbo, text-embedding-3 and text-embedding-ada-002.";
    "p50k" P50K_BASE P50kBase "p50k_base" Family::P50kBase,
        "`p50k_base`: text-davinci-003 and the Codex models.";
    "p50k" P50K_EDIT P50kEdit "p50k_edit" Family::P50kBase,
        "`p50k_edit`: the retired edit models. Ordinary text as [`P50K_BASE`](Self::P50K_BASE), more special tokens.";
    "r50k" R50K_BASE R50kBase "r50k_base" Family::R50kBase,
        "`r50k_base`, also known as `gpt2`: GPT-2 and the first GPT-3 models.";
    "claude" CLAUDE_V3 ClaudeV3 "claude_v3" Family::Claude(claude::Generation::V3),
        "Claude 3 to Opus 4.6 and Sonnet 4.6, Haiku 4.5. Unofficial: rebuilt from answers of Anthropic's API. Counts only.";
    "claude" CLAUDE_V47 ClaudeV47 "claude_v47" Family::Claude(claude::Generation::V47),
        "Claude Opus 4.7. Unofficial, as [`CLAUDE_V3`](Self::CLAUDE_V3). Counts only.";
    "claude" CLAUDE_V48 ClaudeV48 "claude_v48" Family::Claude(claude::Generation::V48),
        "Claude Opus 4.8 and Claude 5. Unofficial, as [`CLAUDE_V3`](Self::CLAUDE_V3). Counts only.";
    "gemma" GEMMA Gemma "gemma" Family::Gemma,
        "Gemini 1.5 and later, Gemma 3 and 4. Counts only.";
    "deepseek" DEEPSEEK Deepseek "deepseek" Family::Deepseek,
        "DeepSeek V3, R1, V3.1, V3.2 and V4. Counts only.";
    "qwen2" QWEN2 Qwen2 "qwen2" Family::Qwen2,
        "Qwen 2, 2.5 and 3. The text is normalized (form C) first. Counts only.";
    "qwen35" QWEN35 Qwen35 "qwen35" Family::Qwen35,
        "Qwen 3.5 and 3.6. The text is normalized (form C) first. Counts only.";
    "mistral" MISTRAL_TEKKEN MistralTekken "mistral_tekken" Family::MistralTekken,
        "Mistral's models since the middle of 2024: Tekken. Counts only.";
    "kimi" KIMI_K2 KimiK2 "kimi_k2" Family::KimiK2,
        "Kimi K2, K2.5 and K3. Counts only.";
    "glm" GLM4 Glm4 "glm4" Family::Glm4,
        "GLM 4.5, 4.6 and 4.7. Counts only.";
    "glm" GLM5 Glm5 "glm5" Family::Glm5,
        "GLM 5. Counts only.";
    "minimax" MINIMAX_M2 MinimaxM2 "minimax_m2" Family::MinimaxM2,
        "MiniMax M2. Counts only.";
}

/// Other names of encodings.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("gpt2", "r50k_base"),
    ("deepseek_v3", "deepseek"),
    ("deepseek_v4", "deepseek"),
    ("kimi_k3", "kimi_k2"),
    ("gemma3", "gemma"),
];

impl Encoding {
    /// Returns the encoding of this name, as [`name`](Self::name) spells it; `gpt2` is `r50k_base`.
    ///
    /// Use this for the name of an *encoding*; the registry knows the encoding of a *model*.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownEncoding`](crate::ErrorKind::UnknownEncoding) for any other name; the
    /// message lists the known ones.
    /// [`ErrorKind::MissingVocabulary`](crate::ErrorKind::MissingVocabulary) if the vocabulary was
    /// left out of the program; the message names its feature.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::from_name("gpt2")?, Encoding::R50K_BASE);
    /// assert!(Encoding::from_name("o300k_base").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "get_encoding")]
    pub fn from_name(name: &str) -> Result<Encoding, Error> {
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
        let name = other.map_or(name, |&(_, name)| name);
        match NAMES.iter().find(|(known, ..)| *known == name) {
            Some((_, _, Some(encoding))) => Ok(*encoding),
            Some(&(name, feature, None)) => Err(Inner::MissingVocabulary { name, feature }.into()),
            None => {
                let known = Self::ALL.iter().map(|encoding| format!("`{encoding}`"));
                Err(Inner::UnknownEncoding {
                    name: shown_name(name),
                    known: known.collect::<Vec<_>>().join(", "),
                }
                .into())
            }
        }
    }

    /// Returns the number of ordinary tokens, without special tokens.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tokenfit::Encoding::CL100K_BASE.vocabulary_size(), 100_256);
    /// ```
    pub fn vocabulary_size(self) -> usize {
        self.family().len()
    }

    /// Whether the encoding has token ids, as OpenAI's do: then [`encode`](Self::encode) and
    /// [`decode`](Self::decode) work.
    ///
    /// The others only count and cut. Their files store the order of the tokens, which is enough
    /// for counting, but not the vendors' ids; Claude's ids are not public.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(tokenfit::Encoding::O200K_BASE.has_ids());
    /// ```
    pub fn has_ids(self) -> bool {
        self.family().with_ids().is_some()
    }

    /// Returns the tokens that the vendor's counting endpoint adds to the only message of a
    /// request: 7, 11 and 6 for Claude's three generations, 0 for encodings that only count text.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::O200K_BASE.frame_tokens(), 0);
    /// assert_eq!(Encoding::from_name("claude_v47")?.frame_tokens(), 11);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn frame_tokens(self) -> usize {
        match self.family() {
            #[cfg(feature = "claude")]
            Family::Claude(generation) => generation.frame(),
            _ => 0,
        }
    }

    /// Counts like [`count`](Self::count), for one of many vocabularies that a thread alternates
    /// between: a short string without the thread's caches, which each of them would clear.
    pub(crate) fn count_rarely(self, text: &str) -> usize {
        /// Longer strings are counted faster with a cleared cache.
        const SHORT: usize = 256;
        match text.len() <= SHORT {
            true => self.family().count_rarely(text),
            false => self.count(text),
        }
    }

    /// Maximum number of tokens of `bytes` bytes.
    pub(crate) fn most_tokens(self, bytes: u64) -> u64 {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.family().most_tokens(bytes) as u64
    }

    /// Counts the tokens of a string, exactly: the length of what [`encode`](Self::encode) returns,
    /// or would return.
    ///
    /// For Claude, the tokens that the text of one message adds to a request, without the message's
    /// frame.
    ///
    /// Use [`count_up_to`](Self::count_up_to) to find out only whether a string fits.
    ///
    /// Time: linear in the text. Allocates nothing for ordinary text, except the thread's tables of
    /// words, once; for a piece of more than 63 bytes as much as its window.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::O200K_BASE.count("hello world"), 2);
    /// assert_eq!(Encoding::O200K_BASE.count(""), 0);
    /// assert!(Encoding::O200K_BASE.count("<|endoftext|>") > 1); // characters, not the special token
    /// ```
    #[doc(alias = "num_tokens")]
    #[doc(alias = "token_count")]
    pub fn count(self, text: &str) -> usize {
        self.family().count(text)
    }

    /// Returns the count if it is at most `limit`, else `None`.
    ///
    /// Use this to find out whether a string fits: one that is far too long is rejected by its
    /// length alone (no token has more than 128 bytes), any other is read only slightly further
    /// than the limit.
    ///
    /// Time: linear in the shorter of the text and the text that `limit` tokens cover, plus a chunk
    /// of at most 16 KiB. Allocates for one chunk. A text without a space, and without punctuation
    /// after an ASCII letter or digit, is one chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::O200K_BASE.count_up_to("hello world", 2), Some(2));
    /// assert_eq!(Encoding::O200K_BASE.count_up_to("hello world", 1), None);
    /// ```
    #[doc(alias = "is_within_token_limit")]
    pub fn count_up_to(self, text: &str, limit: usize) -> Option<usize> {
        cut::count_up_to(self.family(), text, limit)
    }

    /// Returns the token ids of a string; special tokens never occur among them.
    ///
    /// Use [`count`](Self::count) if only the number is needed.
    ///
    /// Time: linear in the text. Allocates four bytes per token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoTokenIds`](crate::ErrorKind::NoTokenIds) for an encoding that only counts;
    /// see [`has_ids`](Self::has_ids).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::CL100K_BASE.encode("hello world")?, [15339, 1917]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "tokenize")]
    pub fn encode(self, text: &str) -> Result<Vec<u32>, Error> {
        let ids = self.family().encode(text);
        ids.ok_or_else(|| self.no_ids().into())
    }

    fn no_ids(self) -> Inner {
        Inner::NoTokenIds {
            encoding: self.name(),
        }
    }

    /// Returns the text of token ids. The id of a special token yields its text, such as
    /// `<|endoftext|>`.
    ///
    /// Time and allocation: linear in the text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidTokens`](crate::ErrorKind::InvalidTokens) if an id is not in the
    /// encoding (the message contains the id and its index), or if the bytes are not UTF-8: a
    /// character may be spread over several tokens. Use [`decode_bytes`](Self::decode_bytes) for
    /// ids that may have been cut. [`ErrorKind::NoTokenIds`](crate::ErrorKind::NoTokenIds) for an
    /// encoding that only counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::CL100K_BASE.decode(&[15339, 1917])?, "hello world");
    /// assert_eq!(Encoding::CL100K_BASE.decode(&[100257])?, "<|endoftext|>");
    /// assert!(Encoding::CL100K_BASE.decode(&[15339, 999_999]).is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "detokenize")]
    pub fn decode(self, ids: &[u32]) -> Result<String, Error> {
        String::from_utf8(self.decode_bytes(ids)?)
            .map_err(|_| Inner::NotUtf8 { tokens: ids.len() }.into())
    }

    /// Returns the bytes of token ids, which need not be UTF-8.
    ///
    /// Time and allocation: linear in the bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidTokens`](crate::ErrorKind::InvalidTokens) if an id is not in the
    /// encoding; the message contains the id and its index.
    /// [`ErrorKind::NoTokenIds`](crate::ErrorKind::NoTokenIds) for an encoding that only counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let ids = Encoding::CL100K_BASE.encode("🦀")?;
    /// assert!(ids.len() > 1);
    /// assert!(Encoding::CL100K_BASE.decode(&ids[..1]).is_err());
    /// assert_eq!(Encoding::CL100K_BASE.decode_bytes(&ids[..1])?, [0xf0, 0x9f]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn decode_bytes(self, ids: &[u32]) -> Result<Vec<u8>, Error> {
        let (vocabulary, _) = self.family().with_ids().ok_or_else(|| self.no_ids())?;
        let mut bytes = Vec::with_capacity(ids.len() * 4);
        for (index, &id) in ids.iter().enumerate() {
            let token = vocabulary
                .bytes(id)
                .or_else(|| special::text(self.name(), id).map(str::as_bytes))
                .ok_or_else(|| Inner::UnknownToken {
                    id,
                    index,
                    encoding: self.name(),
                })?;
            bytes.extend_from_slice(token);
        }
        Ok(bytes)
    }

    /// Returns the longest prefix of the text with at most `max_tokens` tokens, or nearly the
    /// longest.
    ///
    /// The result has at most `max_tokens` tokens when counted by itself, and ends at the end of an
    /// extended grapheme cluster (a visible character) of the text. A text that fits is returned
    /// whole; `max_tokens` of 0 gives `""`. The result can be shorter than possible only where a
    /// cluster, or white space whose tokens depend on the next characters, crosses the cut.
    ///
    /// Time: linear in the result, whatever the length of the text; for a string without a space or
    /// another certain piece boundary, 128 bytes per token are read. Borrows; allocates for one
    /// chunk at a time.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::O200K_BASE.keep_first("one two three four", 2), "one two");
    /// // This family is one cluster of many tokens: all or nothing.
    /// assert_eq!(Encoding::O200K_BASE.keep_first("hi 👩‍👩‍👧‍👦", 3), "hi ");
    /// ```
    #[doc(alias = "truncate")]
    pub fn keep_first(self, text: &str, max_tokens: usize) -> &str {
        cut::keep_first(self.family(), text, max_tokens)
    }

    /// Returns the longest suffix of the text with at most `max_tokens` tokens, or nearly the
    /// longest: the mirror image of [`keep_first`](Self::keep_first), with the same guarantees and
    /// cost.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::O200K_BASE.keep_last("one two three four", 2), " three four");
    /// ```
    pub fn keep_last(self, text: &str, max_tokens: usize) -> &str {
        cut::keep_last(self.family(), text, max_tokens)
    }

    /// Returns beginning and end of the text with `marker` between them, at most `max_tokens`
    /// tokens together.
    ///
    /// Use this for logs and tool results, whose ends are most informative. A text that fits is
    /// returned unchanged, borrowed. Otherwise the tokens that the marker leaves are shared: half
    /// for the beginning, the rest for the end, each cut as by [`keep_first`](Self::keep_first) and
    /// [`keep_last`](Self::keep_last); the two never overlap. If the marker leaves no room, the
    /// result is `keep_first(text, max_tokens)` without it. The marker is inserted as given: no
    /// space is added.
    ///
    /// Time: as `keep_first`, plus the marker. Allocates the result if the text is cut.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let log = "start of the log, and then line after line after line, until the end";
    /// assert_eq!(Encoding::O200K_BASE.keep_ends(log, " […]", 9), "start of the log […], until the end");
    /// assert_eq!(Encoding::O200K_BASE.keep_ends("short", " […]", 9), "short");
    /// ```
    #[doc(alias = "middle_out")]
    pub fn keep_ends<'t>(self, text: &'t str, marker: &str, max_tokens: usize) -> Cow<'t, str> {
        cut::keep_ends(self.family(), text, marker, max_tokens)
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoding({})", self.name())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Parses like [`Encoding::from_name`].
impl FromStr for Encoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Encoding::from_name(name)
    }
}
