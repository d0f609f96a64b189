//! Positions where a string can be cut without changing its tokens.
//!
//! Between two pieces of the split that precedes merging, counts add up. The piece boundaries are
//! known only after splitting, but some positions are boundaries in *every* context; [`is_seam`]
//! recognizes them by the two adjacent characters. They allow counting a long text in parts,
//! stopping early, and cutting by re-counting only the part with the cut.
//!
//! # Why a seam is certain
//!
//! The patterns of all encodings consist of the same kinds of pieces:
//!
//! - a word: optionally one leading character that is neither letter, digit nor newline (r50k,
//!   p50k: a space), then letters (o200k: and marks), then optionally (o200k) a contraction, which
//!   begins with `'` and ends with letters;
//! - a separate contraction: `'` and letters;
//! - digits, optionally (r50k, p50k) after one space;
//! - punctuation: optionally one space, then characters other than spaces, letters and digits, then
//!   optionally newlines (o200k: and slashes);
//! - only white space.
//!
//! So inside of a piece a *letter or digit* is followed only by letters, digits, marks or `'`:
//! before any other character the piece ends (first seam). And an *ASCII space* is the first
//! character of a piece or follows other white space: after anything else it begins a piece (second
//! seam).
//!
//! No piece of the whole text crosses a seam; it remains to show that cutting there does not change
//! the pieces on the left. Without look-around, a match in the left part alone is a match in the
//! whole text and vice versa. Only `\s+(?!\S)` and `\s++$` look ahead, past a run of white space;
//! the left part ends in a character that is not white space, so the text after each of its runs is
//! unchanged. No pattern looks behind, so the right part is split as before. The property test
//! below compares this with the whole count.

use super::clusters::is_cluster_boundary;

/// Whether a character is an ASCII letter or digit, or in the blocks of CJK letters (all `Lo`)
/// whose text has no spaces.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character is certainly not a letter, digit, mark or apostrophe: the rest of ASCII, and
/// the CJK comma and full stops.
fn is_stop(c: char) -> bool {
    if c.is_ascii() {
        !c.is_ascii_alphanumeric() && c != '\''
    } else {
        matches!(c, '、' | '。' | '，')
    }
}

/// Kinds of seams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seams {
    /// Seams of the patterns.
    Patterns,
    /// Gemma has no pattern: before a space.
    #[cfg_attr(not(feature = "gemma"), allow(dead_code))]
    Spaces,
    /// Claude: after an ASCII letter, before an ASCII character that is not a letter.
    #[cfg_attr(not(feature = "claude"), allow(dead_code))]
    Words,
}

/// Whether `at`, a character boundary, is a seam: a certain piece boundary that is also a grapheme
/// cluster boundary.
fn is_seam(seams: Seams, text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text[..at].chars().next_back(), text[at..].chars().next())
    else {
        return false;
    };
    match seams {
        Seams::Patterns if is_word(before) && is_stop(after) => return true,
        Seams::Patterns => {}
        // U+2581 is a space there, and one token has a space after `>`.
        Seams::Spaces if matches!(before, '>' | '\u{2581}') => return false,
        Seams::Spaces => {}
        // All controls except these are removed there.
        Seams::Words => {
            return before.is_ascii_alphabetic()
                && matches!(after, '\t' | '\n' | ' '..='~')
                && !after.is_ascii_alphabetic();
        }
    }
    // A prepended mark (U+0600) forms a cluster with a following space; no ASCII character does.
    after == ' ' && !before.is_whitespace() && (before.is_ascii() || is_cluster_boundary(text, at))
}

/// Returns the first seam at or after `from`, else the end of the text. Time: linear in the skipped
/// bytes.
pub(super) fn seam_at_or_after(seams: Seams, text: &str, from: usize) -> usize {
    (from..text.len())
        .find(|&at| text.is_char_boundary(at) && is_seam(seams, text, at))
        .unwrap_or(text.len())
}

/// Returns the last seam at or before `from` and after `floor`, else `floor`. Time: linear in the
/// skipped bytes.
pub(super) fn seam_at_or_before(seams: Seams, text: &str, from: usize, floor: usize) -> usize {
    (floor..=from)
        .rev()
        .find(|&at| text.is_char_boundary(at) && is_seam(seams, text, at))
        .unwrap_or(floor)
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::engine::Family;
    use super::super::traps;
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn seams_of(seams: Seams, text: &str) -> Vec<usize> {
        (0..text.len())
            .filter(|&at| text.is_char_boundary(at) && is_seam(seams, text, at))
            .collect()
    }

    fn seams(text: &str) -> Vec<usize> {
        seams_of(Seams::Patterns, text)
    }

    proptest! {
        /// Checks the proof above: after cuts at every seam, the tokens are those of the whole.
        #[test]
        fn tokens_between_seams_are_those_of_the_whole(text in traps::any_text()) {
            for &family in Family::ALL {
                let mut start = 0;
                let mut count = 0;
                let mut tokens = Vec::new();
                for end in seams_of(family.seams(), &text).into_iter().chain([text.len()]) {
                    count += family.count_between(&text, start..end);
                    tokens.extend(family.encode(&text[start..end]).unwrap_or_default());
                    start = end;
                }
                prop_assert_eq!(count, family.count(&text), "{:?}", family);
                prop_assert_eq!(&tokens, &family.encode(&text).unwrap_or_default(), "{:?}", family);
            }
        }

        #[test]
        fn seams_are_cluster_boundaries(text in traps::any_text()) {
            let clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            for kind in [Seams::Patterns, Seams::Spaces, Seams::Words] {
                for at in seams_of(kind, &text) {
                    prop_assert!(clusters.contains(&at), "{at}");
                }
            }
        }

        #[test]
        fn searching_finds_the_nearest(text in traps::text(12), from in 0..200usize) {
            let from = from.min(text.len());
            let all = seams(&text);
            prop_assert_eq!(seam_at_or_after(Seams::Patterns, &text, from), all.iter().copied().find(|&at| at >= from).unwrap_or(text.len()));
            prop_assert_eq!(seam_at_or_before(Seams::Patterns, &text, from, 0), all.iter().copied().rfind(|&at| at <= from).unwrap_or(0));
            let floor = from / 2;
            prop_assert_eq!(
                seam_at_or_before(Seams::Patterns, &text, from, floor),
                all.iter().copied().rfind(|&at| floor <= at && at <= from).unwrap_or(floor)
            );
        }
    }

    #[test]
    fn examples() {
        assert_eq!(seams("a b"), [1]);
        assert_eq!(
            seams("a  b"),
            [1],
            "the second space may be given to the word"
        );
        assert_eq!(
            seams("it's"),
            [] as [usize; 0],
            "o200k keeps the contraction with the word"
        );
        assert_eq!(seams(".\n \nx"), [] as [usize; 0]);
        assert_eq!(seams("\"a\":1,"), [2, 5]);
        assert_eq!(seams("漢字。漢字"), [6]);
        assert_eq!(seams("\u{600} a"), [] as [usize; 0], "one cluster");
    }
}
