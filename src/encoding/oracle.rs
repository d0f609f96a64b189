//! Expected tokens for the tests of this folder: tiktoken-rs, on a path where it cannot panic.
//!
//! tiktoken-rs splits with `fancy-regex`, whose matcher keeps a stack entry for each character of a
//! run that it may have to give back (`\s+(?!\S)`), and tiktoken-rs unwraps: 1 MB of spaces is a
//! panic. Only white space is matched that way. So a string with a long run of it
//! ([`has_long_run`]) is split here by the same patterns without look-around, and the last
//! character of a run of white space is given back by hand; tiktoken-rs still merges the pieces.

use std::sync::LazyLock;

use regex::Regex;
use tiktoken_rs::CoreBPE;

use super::engine::Family;

/// Returns tiktoken-rs's own table.
pub(super) fn table(family: Family) -> &'static CoreBPE {
    match family {
        Family::O200kBase => tiktoken_rs::o200k_base_singleton(),
        Family::Cl100kBase => tiktoken_rs::cl100k_base_singleton(),
        Family::P50kBase => tiktoken_rs::p50k_base_singleton(),
        Family::R50kBase => tiktoken_rs::r50k_base_singleton(),
        _ => unreachable!("tiktoken-rs does not have {family:?}"),
    }
}

/// Returns the tokens of a string.
pub(super) fn encode(family: Family, text: &str) -> Vec<u32> {
    if has_long_run(text) {
        guarded(family).encode(text)
    } else {
        table(family).encode_ordinary(text)
    }
}

/// Returns the highest ordinary id plus one.
pub(super) fn ids_end(family: Family) -> u32 {
    match family {
        Family::O200kBase => 199_998,
        Family::Cl100kBase => 100_256,
        Family::P50kBase => 50_281,
        Family::R50kBase => 50_256,
        _ => unreachable!("tiktoken-rs does not have {family:?}"),
    }
}

fn guarded(family: Family) -> &'static Guarded {
    static O200K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::O200kBase));
    static CL100K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::Cl100kBase));
    static P50K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::P50kBase));
    static R50K: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Family::R50kBase));
    match family {
        Family::O200kBase => &O200K,
        Family::Cl100kBase => &CL100K,
        Family::P50kBase => &P50K,
        Family::R50kBase => &R50K,
        _ => unreachable!("tiktoken-rs does not have {family:?}"),
    }
}

/// White-space runs of more bytes than this use the safe path. A run costs `fancy-regex` about one
/// stack entry and one step back per character, out of 1,000,000 (fancy-regex 0.19.2; runs of
/// 990,000 characters passed, of 1,000,000 did not): 2,000 is far below that, and far above
/// ordinary text.
const LONG_RUN_BYTES: usize = 2_000;

/// Whether a string has a run of white space longer than [`LONG_RUN_BYTES`].
///
/// A longer run covers a multiple of `LONG_RUN_BYTES`, so one byte in 2,000 is checked, and its
/// surroundings if it is white space. Time: O(n / 2,000) for text with few spaces, O(n) at worst.
fn has_long_run(text: &str) -> bool {
    (LONG_RUN_BYTES..text.len())
        .step_by(LONG_RUN_BYTES)
        .any(|probe| {
            let mut at = probe;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let after = &text[at..];
            if !after.starts_with(char::is_whitespace) {
                return false;
            }
            let before = &text[..at];
            let left = spaces(before.chars().rev());
            left > LONG_RUN_BYTES || left + spaces(after.chars()) > LONG_RUN_BYTES
        })
}

/// Bytes of white space at the start, counted no further than needed.
fn spaces(chars: impl Iterator<Item = char>) -> usize {
    let mut bytes = 0;
    for c in chars {
        if !c.is_whitespace() || bytes > LONG_RUN_BYTES {
            break;
        }
        bytes += c.len_utf8();
    }
    bytes
}

/// Splitter and merger of one vocabulary.
struct Guarded {
    split: Regex,
    merge: CoreBPE,
    /// Whether a run of white space is taken up to its last newline before anything is given back.
    newlines_first: bool,
}

impl Guarded {
    /// Builds the tables: takes the time of the encoding's first use, and as much memory again.
    fn new(family: Family) -> Self {
        // The alternatives are those of the encodings' definitions, changed as described at the top
        // of the file. Anchored, because every character is matched by some alternative: a search
        // never has to skip.
        let (alternatives, newlines_first) = match family {
            Family::O200kBase => (
                concat!(
                    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+",
                ),
                true,
            ),
            Family::Cl100kBase => (
                concat!(
                    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
                    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+",
                ),
                true,
            ),
            Family::P50kBase | Family::R50kBase => (
                r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+",
                false,
            ),
            _ => unreachable!("tiktoken-rs does not have {family:?}"),
        };
        // p50k has r50k's `<|endoftext|>` among its ids.
        let special = |id: &u32| matches!(family, Family::P50kBase) && *id == 50_256;
        let ranks = (0..ids_end(family))
            .filter(|id| !special(id))
            .map(|id| (table(family).decode_bytes(&[id]).unwrap(), id))
            .collect();
        let no_specials = std::iter::empty().collect();
        Guarded {
            split: Regex::new(&format!("^(?:{alternatives})"))
                .expect("the pattern is valid; tests build each"),
            merge: CoreBPE::new(ranks, no_specials, "(?s:.+)")
                .expect("the pattern is valid; tests build each"),
            newlines_first,
        }
    }

    /// Returns the pieces in order. Time: O(n), because each match is found without backtracking,
    /// and no alternative reads far beyond its match more than once per run.
    fn pieces<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let mut rest = text;
        std::iter::from_fn(move || {
            let found = self.split.find(rest)?;
            let (piece, left) =
                rest.split_at(self.end_of_piece(found.as_str(), found.end() == rest.len()));
            rest = left;
            Some(piece)
        })
    }

    /// Returns the end of a match after giving back. Only the white-space alternative yields a
    /// match that ends in white space, except for newlines, where an encoding has them trail
    /// punctuation or takes them first.
    fn end_of_piece(&self, found: &str, at_end: bool) -> usize {
        match found.chars().next_back() {
            Some(last)
                if !at_end
                    && last.is_whitespace()
                    && !(self.newlines_first && matches!(last, '\r' | '\n'))
                    && found.len() > last.len_utf8() =>
            {
                found.len() - last.len_utf8()
            }
            _ => found.len(),
        }
    }

    /// Returns the tokens of a string. Time: O(n log n) at worst (one long piece).
    fn encode(&self, text: &str) -> Vec<u32> {
        self.pieces(text)
            .flat_map(|piece| self.merge.encode_ordinary(piece))
            .collect()
    }
}

/// The safe path agrees with tiktoken-rs where both work.
#[test]
fn both_roads_agree() {
    for family in &[
        Family::O200kBase,
        Family::Cl100kBase,
        Family::P50kBase,
        Family::R50kBase,
    ] {
        for a in super::traps::FRAGMENTS {
            for b in super::traps::FRAGMENTS {
                let text = format!("{a}{b}");
                assert_eq!(
                    guarded(*family).encode(&text),
                    table(*family).encode_ordinary(&text),
                    "{family:?} {text:?}"
                );
            }
        }
    }
}
