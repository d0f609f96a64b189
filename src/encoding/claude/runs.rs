//! Runs of characters of one class.

use super::chars::{self, Info};

/// The class of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of words.
    Word,
    /// Combining marks without a base character.
    Marks,
    Punctuation,
    Digits,
    Space,
    /// Everything else: Chinese, Hangul, symbols. All of one [`kind`].
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// First and last character, and the flags that all of its characters have.
    pub(super) first: Info,
    pub(super) last: Info,
    all: u16,
}

impl Run {
    pub(super) fn text(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// Whether the run consists of digits of one sort.
    pub(super) fn is_number(self) -> bool {
        matches!(self.kind, Kind::Digits | Kind::Other)
            && self.all & (chars::DECIMAL | chars::NUMBER) != 0
    }
}

/// Whether a character at the border of a run is marked there.
pub(super) fn is_edge(info: Info) -> bool {
    info.has(chars::SELECTOR | chars::LIKE_PUNCTUATION)
}

/// Returns the flag that all characters of a run of [`Kind::Other`] share.
fn kind(info: Info) -> u16 {
    if info.has(chars::LIKE_PUNCTUATION) {
        chars::LIKE_PUNCTUATION
    } else {
        info.0 & chars::BORDER
    }
}

/// Iterates over the runs of a string in order.
pub(super) struct Runs<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Runs<'t> {
    pub(super) fn new(text: &'t str) -> Runs<'t> {
        Runs { text, at: 0 }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    #[inline]
    fn next(&mut self) -> Option<Run> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let byte = *bytes.get(start)?;
        if byte.is_ascii_alphabetic() {
            let mut end = start + 1;
            while bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
                end += 1;
            }
            // Letters above ASCII may follow.
            if bytes.get(end).is_none_or(u8::is_ascii) {
                self.at = end;
                let info = Info(chars::WORD);
                return Some(Run {
                    kind: Kind::Word,
                    start,
                    end,
                    first: info,
                    last: info,
                    all: 0,
                });
            }
        }
        let mut rest = self.text[start..].char_indices();
        let first = Info::of(rest.next()?.1);
        // Not after letters, where it would belong to their run.
        let run_kind = match first.class() {
            chars::WORD if first.has(chars::MARK) => Kind::Marks,
            chars::WORD => Kind::Word,
            chars::PUNCTUATION => Kind::Punctuation,
            chars::DIGIT => Kind::Digits,
            chars::SPACE => Kind::Space,
            _ => Kind::Other,
        };
        let (mut last, mut all) = (first, first.0);
        let mut end = self.text.len();
        for (at, c) in rest {
            let info = Info::of(c);
            let goes_on = match run_kind {
                Kind::Marks => info.class() == chars::WORD && info.has(chars::MARK),
                Kind::Other => {
                    info.class() == chars::OTHER
                        && (info.has(chars::SELECTOR) || kind(info) == kind(first))
                }
                _ => info.class() == first.class(),
            };
            if !goes_on {
                end = start + at;
                break;
            }
            last = info;
            all &= info.0;
        }
        self.at = end;
        Some(Run {
            kind: run_kind,
            start,
            end,
            first,
            last,
            all,
        })
    }
}
