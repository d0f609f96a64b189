//! The safe path: the split of tiktoken without its backtracking.
//!
//! tiktoken-rs splits with `fancy-regex`, whose matcher keeps a stack entry for each character of a run that it may have
//! to give back (`\s+(?!\S)`), gives up at 1,000,000 entries or 1,000,000 steps back, and tiktoken-rs unwraps: 1 MB of
//! spaces is a panic. Only white space is matched that way; all other alternatives are handed to the `regex` crate whole.
//!
//! So a text with a long run of white space ([`has_long_run`]) is split here instead:
//!
//! ```text
//! at = 0
//! while the pattern without look-around matches at `at`:
//!     if the match is a run of white space alone, of more than one character, with text behind it:
//!         give its last character back            -- what \s+(?!\S) does: the run is whole, so \S follows
//!     the match is a piece; at = its end
//! each piece: merge
//! ```
//!
//! Two details. First, the encodings differ in what comes before `\s+(?!\S)`: cl100k and o200k take a run up to its last
//! newline first (`\s*[\r\n]`), so a match that ends in a newline is not given back from; in cl100k, r50k and p50k a run at
//! the end of the text is one piece (`\s++$`), newlines or not. Second, merging stays tiktoken-rs's: a second
//! `CoreBPE` of the same vocabulary, with a pattern that takes a whole piece as one match, so that long pieces get its
//! heap merge, O(n log n). It is built on first need, which few processes ever have.
//!
//! Possessive quantifiers (`++`) of the original are plain here: after none of them does anything follow that a
//! shorter match would let match. The tests hold this path equal to tiktoken-rs.

use regex::Regex;
use tiktoken_rs::CoreBPE;

use super::engine::Family;

/// White space runs of more bytes than this go the safe path. A run costs `fancy-regex` about one stack entry and one
/// step back a character, of 1,000,000 it has (fancy-regex 0.19.2; runs of 990,000 characters passed, of 1,000,000 did
/// not): 2,000 is far below that, and far above what ordinary text holds.
pub(super) const LONG_RUN_BYTES: usize = 2_000;

/// Whether the text has a run of white space longer than [`LONG_RUN_BYTES`].
///
/// A longer run covers a multiple of `LONG_RUN_BYTES`, so one byte in 2,000 is looked at, and its surroundings when it is
/// white space. Time: O(n / 2,000) for text with few spaces, O(n) at worst.
pub(super) fn has_long_run(text: &str) -> bool {
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

/// Bytes of white space at the front, counted no further than needed.
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
pub(super) struct Guarded {
    split: Regex,
    merge: CoreBPE,
    /// Whether a run of white space is taken up to its last newline before anything is given back.
    newlines_first: bool,
}

impl Guarded {
    /// Builds the tables: as long as the first use of the encoding takes, and as much memory again.
    pub(super) fn new(family: Family) -> Self {
        // The alternatives are those of the encodings' definitions; see the top of the file for what is changed. Anchored,
        // because every character is matched by some alternative: a search never has to skip.
        let (alternatives, newlines_first) = match family {
            Family::O200k => (
                concat!(
                    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+",
                ),
                true,
            ),
            Family::Cl100k => (
                concat!(
                    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
                    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]|\s+",
                ),
                true,
            ),
            Family::P50k | Family::R50k => (
                r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+",
                false,
            ),
        };
        let bytes = |id| {
            family
                .table()
                .decode_bytes(&[id])
                .expect("every ordinary id has bytes")
        };
        let ranks = family.ordinary_ids().map(|id| (bytes(id), id)).collect();
        let no_specials = std::iter::empty().collect();
        Guarded {
            split: Regex::new(&format!("^(?:{alternatives})"))
                .expect("the pattern is valid; tests build each"),
            merge: CoreBPE::new(ranks, no_specials, "(?s:.+)")
                .expect("the pattern is valid; tests build each"),
            newlines_first,
        }
    }

    /// The pieces, in order. Time: O(n), as each match is found by a walk without backtracking, and no alternative reads
    /// far beyond what is then taken more than once a run.
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

    /// Where a match ends after giving back. Only the white space alternative yields a match that ends in white space, but
    /// for newlines, where an encoding has them trail punctuation or takes them first.
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

    /// The tokens of the text. Time: O(n log n) at worst (one long piece).
    pub(super) fn encode(&self, text: &str) -> Vec<u32> {
        self.pieces(text)
            .flat_map(|piece| self.merge.encode_ordinary(piece))
            .collect()
    }

    /// As many as [`encode`](Self::encode) yields, without keeping them.
    pub(super) fn count(&self, text: &str) -> usize {
        self.pieces(text)
            .map(|piece| self.merge.count_ordinary(piece))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::traps;
    use super::*;
    use proptest::prelude::*;

    fn assert_twins(text: &str) {
        for family in Family::ALL {
            let ours = family.guarded().encode(text);
            assert!(
                ours == family.table().encode_ordinary(text),
                "{family:?}: {:?}",
                &text.chars().take(200).collect::<String>()
            );
            assert_eq!(ours.len(), family.guarded().count(text));
        }
    }

    #[test]
    fn white_space_is_what_the_pattern_says() {
        let space = Regex::new(r"^\s$").unwrap();
        for c in (0..=0x10ffff).filter_map(char::from_u32) {
            assert_eq!(
                c.is_whitespace(),
                space.is_match(c.encode_utf8(&mut [0; 4])),
                "{c:?}"
            );
        }
    }

    #[test]
    fn every_pair_and_many_triples_of_traps() {
        for a in traps::FRAGMENTS {
            for b in traps::FRAGMENTS {
                assert_twins(&format!("{a}{b}"));
            }
        }
        // White space in the middle and at the end, where giving back happens.
        let spaces: Vec<_> = traps::FRAGMENTS
            .iter()
            .filter(|f| f.chars().all(char::is_whitespace))
            .collect();
        for a in &spaces {
            for b in &spaces {
                for end in ["", "x", "1", ".", "漢", "\u{301}", "'s", "\u{3284e}"] {
                    assert_twins(&format!("x{a}{b}{end}"));
                    assert_twins(&format!(".{a}{b}{a}{end}"));
                }
            }
        }
    }

    #[test]
    fn runs_below_the_limit_agree() {
        for run in [
            " ", "\t", "\n", "\r\n", "\u{a0}", "\u{3000}", " \n", "\n ", "\u{85}",
        ] {
            let run = run.repeat(LONG_RUN_BYTES / run.len());
            for (before, after) in [
                ("", ""),
                ("a", ""),
                ("", "b"),
                ("a.", "b"),
                ("1", ".\n"),
                ("\n", "\n"),
            ] {
                assert_twins(&format!("{before}{run}{after}"));
            }
        }
    }

    #[test]
    fn long_runs_are_seen() {
        for space in [" ", "\n", "\u{85}", "\u{3000}"] {
            for offset in [0, 1, 1_999, 2_000, 2_001, 3_999] {
                let run = LONG_RUN_BYTES / space.len() * space.len();
                let short = format!(
                    "{}{}{}",
                    "x".repeat(offset),
                    space.repeat(run / space.len()),
                    "x".repeat(5_000)
                );
                assert!(!has_long_run(&short), "{space:?} {offset}");
                let long = format!(
                    "{}{}{}",
                    "x".repeat(offset),
                    space.repeat(run / space.len() + 1),
                    "x".repeat(5_000)
                );
                assert!(has_long_run(&long), "{space:?} {offset}");
            }
        }
        assert!(!has_long_run(""));
        assert!(has_long_run(&" ".repeat(LONG_RUN_BYTES + 1)));
    }

    proptest! {
        #[test]
        fn traps_agree(text in traps::any_text()) {
            assert_twins(&text);
        }

        #[test]
        fn the_scan_agrees_with_a_plain_one(lengths in prop::collection::vec((0..2_500usize, 1..2_500usize), 0..6)) {
            let text: String = lengths.iter().map(|&(spaces, words)| " ".repeat(spaces) + &"w".repeat(words)).collect();
            prop_assert_eq!(has_long_run(&text), lengths.iter().any(|&(spaces, _)| spaces > LONG_RUN_BYTES));
        }
    }

    /// Against whole corpora where they are at hand (`../shared/text`): a sample, or all with `TOKENFIT_FULL=1`.
    #[test]
    fn corpora_agree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/text");
        let Ok(files) = std::fs::read_dir(folder) else {
            println!("SKIPPED: no corpora in {folder}");
            return;
        };
        let full = std::env::var_os("TOKENFIT_FULL").is_some_and(|v| v == "1");
        for file in files
            .map(|f| f.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        {
            let text = std::fs::read_to_string(&file).unwrap();
            println!(
                "{} ({})",
                file.display(),
                if full { "all" } else { "a sample" }
            );
            let chars: Vec<(usize, char)> = text.char_indices().collect();
            for (nth, part) in chars.chunks(8_192).enumerate() {
                // Every sixteenth part, starting mid-word as often as not.
                if full || nth % 16 == 0 {
                    let (end, last) = part[part.len() - 1];
                    assert_twins(&text[part[0].0..end + last.len_utf8()]);
                }
            }
            if full {
                assert_twins(&text);
            }
        }
    }
}
