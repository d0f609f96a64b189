//! Vocabularies with their patterns: counting and encoding piece by piece.
//!
//! Encodings that differ only in special tokens (o200k_harmony, p50k_edit) share the tables of
//! their base; ordinary text never contains a special token. Claude's generations have no merges:
//! see `claude/`.

use std::borrow::Cow;
use std::ops::Range;

use super::count::{self, key_of};
use super::long;
use super::seams::Seams;
use super::split::{Pattern, piece_end};
use super::vocabulary::{self, KEY_BYTES, StaticVocabulary, Vocabulary};

macro_rules! families {
    ($($feature:literal $family:ident,)*) => {
        /// A vocabulary with its pattern.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Family {
            $(#[cfg(feature = $feature)] $family,)*
            #[cfg(feature = "claude")]
            Claude(super::claude::Generation),
        }

        impl Family {
            #[cfg(test)]
            pub(super) const ALL: &[Family] = &[
                $(#[cfg(feature = $feature)] Family::$family,)*
                #[cfg(feature = "claude")]
                Family::Claude(super::claude::Generation::V3),
                #[cfg(feature = "claude")]
                Family::Claude(super::claude::Generation::V47),
                #[cfg(feature = "claude")]
                Family::Claude(super::claude::Generation::V48),
            ];

            /// Returns the tables and the pattern; `None` for Claude's, which has none.
            pub(super) fn merges(self) -> Option<(&'static Vocabulary, Pattern)> {
                match self {
                    $(#[cfg(feature = $feature)]
                    Family::$family => {
                        Some((<vocabulary::$family>::VOCABULARY, <vocabulary::$family>::PATTERN))
                    })*
                    #[cfg(feature = "claude")]
                    Family::Claude(_) => None,
                }
            }

            /// Counts a string that is already in the vocabulary's [`own`](Self::own) form.
            fn count_own(self, text: &str) -> usize {
                match self {
                    $(#[cfg(feature = $feature)]
                    Family::$family => count::count::<vocabulary::$family>(text),)*
                    #[cfg(feature = "claude")]
                    Family::Claude(generation) => super::claude::count(generation, text),
                }
            }
        }
    };
}

families! {
    "o200k" O200kBase,
    "cl100k" Cl100kBase,
    "p50k" P50kBase,
    "r50k" R50kBase,
    "gemma" Gemma,
    "deepseek" Deepseek,
    "qwen2" Qwen2,
    "qwen35" Qwen35,
    "mistral" MistralTekken,
    "kimi" KimiK2,
    "glm" Glm4,
    "glm" Glm5,
    "minimax" MinimaxM2,
}

impl Family {
    /// Number of ordinary tokens.
    pub(super) fn len(self) -> usize {
        match self {
            #[cfg(feature = "claude")]
            Family::Claude(generation) => super::claude::pieces(generation),
            _ => self.merges().map_or(0, |(vocabulary, _)| vocabulary.len),
        }
    }

    /// Returns the vocabulary and its pattern, if its ids are the vendor's.
    pub(super) fn with_ids(self) -> Option<(&'static Vocabulary, Pattern)> {
        self.merges().filter(|(vocabulary, _)| vocabulary.has_ids())
    }

    /// Returns the text in the form that is tokenized: normal form C for Qwen, with spaces for
    /// U+2581 for Gemma. Claude's rules convert it themselves.
    fn own(self, text: &str) -> Cow<'_, str> {
        match self {
            #[cfg(feature = "qwen2")]
            Family::Qwen2 => super::normal::nfc(text),
            #[cfg(feature = "qwen35")]
            Family::Qwen35 => super::normal::nfc(text),
            #[cfg(feature = "gemma")]
            Family::Gemma => super::characters::spaced(text),
            _ => Cow::Borrowed(text),
        }
    }

    /// Maximum number of bytes of a token's text: text of more than `n` times that has more than
    /// `n` tokens. `None` if there is no bound.
    pub(super) fn longest_token_bytes(self) -> Option<usize> {
        let (vocabulary, _) = self.merges()?;
        Some(match self {
            // Normal form C has at least a quarter of the bytes: up to four characters become one
            // of as many bytes.
            #[cfg(feature = "qwen2")]
            Family::Qwen2 => 4 * vocabulary.longest,
            #[cfg(feature = "qwen35")]
            Family::Qwen35 => 4 * vocabulary.longest,
            // U+2581 has three bytes, a space one.
            #[cfg(feature = "gemma")]
            Family::Gemma => 3 * vocabulary.longest,
            _ => vocabulary.longest,
        })
    }

    /// Maximum number of tokens of `bytes` bytes.
    pub(super) fn most_tokens(self, bytes: usize) -> usize {
        match self {
            // Normal form C has at most three times the bytes (Unicode Standard Annex 15, section
            // 14.2).
            #[cfg(feature = "qwen2")]
            Family::Qwen2 => bytes.saturating_mul(3),
            #[cfg(feature = "qwen35")]
            Family::Qwen35 => bytes.saturating_mul(3),
            // A single letter can have three markers; longer characters have fewer tokens per byte.
            #[cfg(feature = "claude")]
            Family::Claude(_) => bytes.saturating_mul(4).saturating_add(8),
            _ => bytes,
        }
    }

    /// Returns where its strings can be cut.
    pub(super) fn seams(self) -> Seams {
        match self {
            #[cfg(feature = "gemma")]
            Family::Gemma => Seams::Spaces,
            #[cfg(feature = "claude")]
            Family::Claude(_) => Seams::Words,
            _ => Seams::Patterns,
        }
    }

    /// Counts the tokens that [`encode`](Self::encode) returns, or would return.
    pub(super) fn count(self, text: &str) -> usize {
        self.count_own(&self.own(text))
    }

    /// Counts like [`count`](Self::count), without the thread's caches: for a short string in a
    /// vocabulary that the thread rarely uses.
    pub(super) fn count_rarely(self, text: &str) -> usize {
        let Some((vocabulary, pattern)) = self.merges() else {
            return self.count(text);
        };
        let mut tokens = 0;
        each_token(vocabulary, pattern, &self.own(text), |_, _| tokens += 1);
        tokens
    }

    /// Counts the tokens of text after a seam.
    pub(super) fn count_more(self, text: &str) -> usize {
        match self {
            #[cfg(feature = "claude")]
            Family::Claude(generation) => super::claude::count_more(generation, text),
            _ => self.count(text),
        }
    }

    /// Counts the tokens of a part that begins at a seam or the start, as if the text ended with
    /// it.
    pub(super) fn count_between(self, text: &str, part: Range<usize>) -> usize {
        match part.start {
            0 => self.count(&text[part]),
            _ => self.count_more(&text[part]),
        }
    }

    /// Encodes a string as ordinary text; `None` if the vocabulary has no ids.
    pub(super) fn encode(self, text: &str) -> Option<Vec<u32>> {
        let (vocabulary, pattern) = self.with_ids()?;
        let mut ids = Vec::with_capacity(text.len() / 4 + 1);
        each_token(vocabulary, pattern, text, |_, token| match token {
            Token::Merged(id) => ids.push(id),
            Token::Piece(piece) if piece.len() <= KEY_BYTES => {
                ids.extend(vocabulary.token(key_of(piece)));
            }
            Token::Piece(piece) => ids.extend(vocabulary.long_token(piece)),
        });
        Some(ids)
    }

    /// Returns where each token of a string begins; `None` if tokens do not consist of the text's
    /// own bytes.
    pub(super) fn token_starts(self, text: &str) -> Option<Vec<usize>> {
        let (vocabulary, pattern) = self.merges()?;
        let Cow::Borrowed(_) = self.own(text) else {
            return None;
        };
        let mut starts = Vec::with_capacity(text.len() / 4 + 1);
        each_token(vocabulary, pattern, text, |start, _| starts.push(start));
        Some(starts)
    }
}

/// A token of a string.
enum Token<'t> {
    /// A piece that is a token.
    Piece(&'t [u8]),
    /// Id of the token, from merging.
    Merged(u32),
}

/// Passes on the tokens of a string, piece by piece, each with its start.
fn each_token(
    vocabulary: &Vocabulary,
    pattern: Pattern,
    text: &str,
    mut token: impl FnMut(usize, Token<'_>),
) {
    let mut at = 0;
    while at < text.len() {
        let end = piece_end(pattern, text, at);
        let piece = &text.as_bytes()[at..end];
        let whole = if piece.len() <= KEY_BYTES {
            vocabulary.is_token(key_of(piece))
        } else {
            vocabulary.long_token(piece).is_some()
        };
        if whole {
            token(at, Token::Piece(piece));
        } else {
            long::tokens(vocabulary, piece, |from, tokens| {
                for &(start, id) in tokens {
                    token(at + from + start, Token::Merged(id));
                }
            });
        }
        at = end;
    }
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::{oracle, traps};
    use super::*;
    use proptest::prelude::*;

    /// Families of tiktoken-rs.
    const OPENAI: &[Family] = &[
        #[cfg(feature = "o200k")]
        Family::O200kBase,
        #[cfg(feature = "cl100k")]
        Family::Cl100kBase,
        #[cfg(feature = "p50k")]
        Family::P50kBase,
        #[cfg(feature = "r50k")]
        Family::R50kBase,
    ];

    /// Asserts that counting, encoding and the oracle agree.
    fn assert_exact(text: &str) {
        for &family in OPENAI {
            let expected = oracle::encode(family, text);
            let shown: String = text.chars().take(200).collect();
            let ids = family.encode(text).unwrap();
            assert!(ids == expected, "{family:?}: {shown:?}");
            assert_eq!(family.count(text), expected.len(), "{family:?}: {shown:?}");
            assert_eq!(
                family.count_rarely(text),
                expected.len(),
                "{family:?}: {shown:?}"
            );
        }
    }

    /// Compares every entry of every table with tiktoken-rs.
    #[test]
    fn the_tables_are_those_of_tiktoken() {
        for &family in OPENAI {
            let (vocabulary, _) = family.merges().unwrap();
            let table = oracle::table(family);
            let mut ordinary = 0;
            for id in 0..oracle::ids_end(family) {
                let bytes = table.decode_bytes(&[id]).unwrap();
                if bytes.starts_with(b"<|") && bytes.ends_with(b"|>") {
                    assert_eq!((family, id), (Family::P50kBase, 50_256));
                    assert_eq!(vocabulary.bytes(id), None);
                    continue;
                }
                ordinary += 1;
                assert_eq!(
                    vocabulary.bytes(id),
                    Some(bytes.as_slice()),
                    "{family:?} {id}"
                );
                assert!(bytes.len() <= family.longest_token_bytes().unwrap());
                let found = if bytes.len() <= KEY_BYTES {
                    let key = key_of(&bytes);
                    assert!(vocabulary.is_token(key));
                    vocabulary.token(key)
                } else {
                    vocabulary.long_token(&bytes)
                };
                assert_eq!(found, Some(id), "{family:?}");
                if let &[byte] = bytes.as_slice() {
                    assert_eq!(vocabulary.single(byte), id);
                }
                // Merging must also produce the token, so that nothing depends on the lookup of
                // whole pieces.
                let mut merged = Vec::new();
                long::tokens(vocabulary, &bytes, |_, tokens| {
                    merged.extend(tokens.iter().map(|&(_, id)| id));
                });
                assert_eq!(merged, [id], "{family:?}");
            }
            assert_eq!(ordinary, vocabulary.len);
            assert_eq!(vocabulary.bytes(oracle::ids_end(family)), None);
        }
    }

    #[test]
    fn every_pair_of_traps_at_every_place_of_a_block() {
        for (n, a) in traps::FRAGMENTS.iter().enumerate() {
            for b in traps::FRAGMENTS {
                assert_exact(&format!("{a}{b}"));
            }
            // Also around byte 64, where a block ends.
            for before in 56..66 {
                let b = traps::FRAGMENTS[(n * 7 + before) % traps::FRAGMENTS.len()];
                let c = traps::FRAGMENTS[(n * 3 + before) % traps::FRAGMENTS.len()];
                assert_exact(&format!("{}{a}{b}{c}", "x".repeat(before)));
                assert_exact(&format!(
                    "{} {a}{b}{c} and more of it",
                    "word ".repeat(before / 5)
                ));
                assert_exact(&format!("{}{a}{b}{c}", ".".repeat(before)));
                assert_exact(&format!("{}{a}{b}{c}", " ".repeat(before)));
                assert_exact(&format!("{}{a}{b}{c}", "1".repeat(before)));
                assert_exact(&format!("{}{a}{b}{c}", "漢".repeat(before / 3)));
            }
        }
    }

    /// Long pieces: runs of one or two fragments, with lengths around those of windows and tokens.
    #[test]
    fn long_runs() {
        for a in traps::FRAGMENTS
            .iter()
            .chain(&["ab", "abc", "=-", " \t", "/*", "ａ"])
        {
            for len in [
                62, 63, 64, 65, 127, 128, 129, 200, 251, 252, 253, 1_000, 3_000,
            ] {
                let run = a.repeat(len / a.len() + 1);
                assert_exact(&run);
                assert_exact(&format!("{run}x"));
                assert_exact(&format!("x{run}"));
            }
        }
    }

    /// A piece longer than the reach of a batch, with pieces before and after it that must be
    /// merged.
    #[test]
    fn behind_a_very_long_piece() {
        for filler in ["a", " "] {
            let long = filler.repeat((17 << 20) + 1);
            let (before, behind) = (".zqxjk vwqzx", "\nqzxvj wkqzxq.\n".repeat(40));
            for &family in OPENAI.iter().take(2) {
                let text = format!("{before}\n{long}{behind}");
                assert_eq!(
                    family.count(&text),
                    family.encode(&text).unwrap().len(),
                    "{family:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn traps_agree(text in traps::any_text()) {
            assert_exact(&text);
        }

        /// Long words and other pieces without a boundary, from few and from many letters.
        #[test]
        fn long_pieces_agree(
            text in prop_oneof![
                "[a-c]{1,600}",
                "[a-zA-Z]{1,600}",
                "[ \t]{1,600}",
                "[-=*#_]{1,600}",
                "[а-яё]{1,300}",
                "[一-龥ぁ-ん]{1,200}",
                "[अ-ह\u{93e}-\u{94d} ]{1,100}",
                "[ก-ฮ\u{e30}-\u{e3a}가-힣。、“”a ]{1,100}",
                "(ab|aab|b){1,300}",
                "[\u{300}-\u{310}a]{1,300}",
            ],
        ) {
            assert_exact(&text);
        }
    }

    /// Random strings aimed at the traps: fragments, runs of them, characters of any block, and
    /// fillers that move them across the edge of a block. `TOKENFIT_TEXTS=10000000` for the long
    /// run.
    #[test]
    fn random_texts_agree() {
        let texts = std::env::var("TOKENFIT_TEXTS")
            .ok()
            .map_or(2_000, |n| n.parse().expect("TOKENFIT_TEXTS is a number"));
        let mut state = 0x243f_6a88_85a3_08d3u64;
        let mut below = move |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as usize) % n
        };
        let fillers = ["x", "word ", " ", "1", ".", "漢", "\n", "é", "Xy", "'s "];
        let mut text = String::new();
        for _ in 0..texts {
            text.clear();
            if below(2) == 0 {
                let filler = fillers[below(fillers.len())];
                let bytes = 50 + below(30);
                while text.len() < bytes {
                    text.push_str(filler);
                }
            }
            for _ in 0..1 + below(12) {
                match below(8) {
                    0 => text.extend(char::from_u32(below(0x11_0000) as u32)),
                    1 => {
                        let fragment = traps::FRAGMENTS[below(traps::FRAGMENTS.len())];
                        text.push_str(&fragment.repeat(1 + below(9)));
                    }
                    2 => text.extend(char::from_u32(0x20 + below(0x60) as u32)),
                    _ => text.push_str(traps::FRAGMENTS[below(traps::FRAGMENTS.len())]),
                }
            }
            assert_exact(&text);
        }
    }

    /// Compares whole corpora (`../shared/text`): a sample, or all with `TOKENFIT_FULL=1`.
    #[test]
    #[ignore = "needs the recordings"]
    fn corpora_agree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/text");
        let files = std::fs::read_dir(folder).unwrap();
        let full = std::env::var_os("TOKENFIT_FULL").is_some_and(|v| v == "1");
        for file in files
            .map(|f| f.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        {
            let text = std::fs::read_to_string(&file).unwrap();
            let chars: Vec<(usize, char)> = text.char_indices().collect();
            for (nth, part) in chars.chunks(8_192).enumerate() {
                // Every sixteenth part, often starting in the middle of a word.
                if full || nth % 16 == 0 {
                    let (end, last) = part[part.len() - 1];
                    assert_exact(&text[part[0].0..end + last.len_utf8()]);
                }
            }
            if full {
                assert_exact(&text);
            }
        }
    }

    /// Compares every string of the recorded conversations in `../shared/corpus`: a sample, or all
    /// with `TOKENFIT_FULL=1`.
    #[test]
    #[ignore = "needs the recordings"]
    fn conversations_agree() {
        fn strings(value: &serde_json::Value, check: &mut impl FnMut(&str)) {
            match value {
                serde_json::Value::String(text) => check(text),
                serde_json::Value::Array(items) => items.iter().for_each(|v| strings(v, check)),
                serde_json::Value::Object(fields) => {
                    fields.values().for_each(|v| strings(v, check))
                }
                _ => {}
            }
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
        let files = std::fs::read_dir(folder).unwrap();
        let full = std::env::var_os("TOKENFIT_FULL").is_some_and(|v| v == "1");
        let mut texts = 0;
        for file in files
            .map(|f| f.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        {
            let lines = std::fs::read_to_string(&file).unwrap();
            for line in lines.lines().step_by(if full { 1 } else { 50 }) {
                let Ok(value) = serde_json::from_str(line) else {
                    continue;
                };
                strings(&value, &mut |text| {
                    assert_exact(text);
                    texts += 1;
                });
            }
        }
        println!("{texts} texts");
    }
}
