//! Where a piece ends, found character by character: the patterns of the encodings written out as plain code.
//!
//! This is the path for what the blocks of `blocks.rs` leave aside (a piece longer than a block, and rare mixtures), and
//! the twin they are tested against. Its own twin is the pattern itself, run by tiktoken-rs.
//!
//! The patterns, as tiktoken has them:
//!
//! ```text
//! r50k_base, p50k_base:
//!   '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s
//! cl100k_base:
//!   '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s
//! o200k_base:
//!   [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//!   [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//!   \p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
//! ```
//!
//! Nothing in them looks behind, so a piece depends on the text from its first character on, and on nothing before.

use super::classes::{self, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, UPPER};

/// The three patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    O200k,
    Cl100k,
    R50k,
}

/// Where the piece that begins at `start` ends. `start` is a piece boundary before the end of the text.
///
/// Time: linear in the piece, and what must be looked at to know its end: the rest of a run of characters of one class.
pub(super) fn piece_end(pattern: Pattern, text: &str, start: usize) -> usize {
    let at = Cursor { text, at: start };
    let first = at.class();
    let second = at.next();
    let word = match pattern {
        Pattern::O200k => o200k_word(at, first, second),
        Pattern::Cl100k => {
            if let Some(end) = contraction(text.as_bytes(), start, true) {
                return end;
            }
            let leads = !matches!(first, NEWLINE | NUMBER) && classes::is_letter(second.class());
            (classes::is_letter(first) || leads).then(|| second.skip(classes::is_letter).at)
        }
        Pattern::R50k => {
            if let Some(end) = contraction(text.as_bytes(), start, false) {
                return end;
            }
            let from = at.after_blank();
            classes::is_letter(from.class()).then(|| from.skip(classes::is_letter).at)
        }
    };
    if let Some(end) = word {
        return end;
    }

    let from = at.after_blank();
    if pattern == Pattern::R50k {
        if from.class() == NUMBER {
            return from.skip(|class| class == NUMBER).at;
        }
    } else if first == NUMBER {
        let mut end = second;
        for _ in 0..2 {
            if end.class() == NUMBER {
                end = end.next();
            }
        }
        return end.at;
    }

    // Punctuation. Marks are among it, where no word took them.
    if matches!(from.class(), OTHER | MARK) && !from.is_end() {
        let mut end = from.skip(|class| matches!(class, OTHER | MARK)).at;
        let trails: &[u8] = match pattern {
            Pattern::O200k => b"\r\n/",
            Pattern::Cl100k => b"\r\n",
            Pattern::R50k => b"",
        };
        while text
            .as_bytes()
            .get(end)
            .is_some_and(|byte| trails.contains(byte))
        {
            end += 1;
        }
        return end;
    }

    white_space(pattern, at)
}

/// The end of the piece of white space that begins here.
fn white_space(pattern: Pattern, start: Cursor<'_>) -> usize {
    let mut end = start;
    let mut last = start.at;
    let mut after_newline = None;
    while !end.is_end() {
        let class = end.class();
        if !classes::is_space(class) {
            break;
        }
        last = end.at;
        end = end.next();
        if class == NEWLINE {
            after_newline = Some(end.at);
        }
    }
    if end.is_end() && pattern != Pattern::O200k {
        return end.at;
    }
    match after_newline {
        Some(after) if pattern != Pattern::R50k => after,
        // The last character is left to what follows, unless it is all there is.
        _ if !end.is_end() && last > start.at => last,
        _ => end.at,
    }
}

/// The end of o200k's word, which may begin with one character that is no letter and end with a contraction.
fn o200k_word(start: Cursor<'_>, first: u8, second: Cursor<'_>) -> Option<usize> {
    let is_word = |class| classes::is_letter(class) || class == MARK;
    let from = if is_word(first) {
        start
    } else if !matches!(first, NEWLINE | NUMBER) && is_word(second.class()) {
        second
    } else {
        return None;
    };
    // Capitals and caseless letters, then small and caseless ones; at least one of the latter where there is any.
    let mut at = from;
    let mut after_caseless = None;
    loop {
        match at.class() {
            UPPER => at = at.next(),
            LETTER | MARK => {
                at = at.next();
                after_caseless = Some(at);
            }
            _ => break,
        }
    }
    let end = if at.class() == LOWER {
        at.skip(|class| matches!(class, LOWER | LETTER | MARK))
    } else {
        after_caseless.unwrap_or(at)
    };
    Some(contraction(end.text.as_bytes(), end.at, true).unwrap_or(end.at))
}

/// The end of the contraction that begins here, if one does: `'s` and the like, in any case where `any_case`.
///
/// Ignoring case, U+017F (long s) is an s.
pub(super) fn contraction(text: &[u8], start: usize, any_case: bool) -> Option<usize> {
    let rest = text.get(start..)?;
    let [b'\'', after @ ..] = rest else {
        return None;
    };
    let fold = |byte: u8| {
        if any_case {
            byte.to_ascii_lowercase()
        } else {
            byte
        }
    };
    let len = match *after {
        [a, ..] if matches!(fold(a), b's' | b'd' | b'm' | b't') => 2,
        [a, b, ..] if matches!(&[fold(a), fold(b)], b"ll" | b"ve" | b"re") => 3,
        [0xc5, 0xbf, ..] if any_case => 3,
        _ => return None,
    };
    Some(start + len)
}

/// A place in a text.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn is_end(self) -> bool {
        self.at >= self.text.len()
    }

    fn char(self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// The class of the character here; [`OTHER`] at the end.
    fn class(self) -> u8 {
        self.char().map_or(OTHER, |c| classes::of(c as u32))
    }

    /// Behind the character here; at the end, the end.
    fn next(self) -> Cursor<'t> {
        let at = self.at + self.char().map_or(0, char::len_utf8);
        Cursor { at, ..self }
    }

    fn after_blank(self) -> Cursor<'t> {
        match self.char() {
            Some(' ') => self.next(),
            _ => self,
        }
    }

    /// Behind all characters from here on that have such a class.
    fn skip(self, is: impl Fn(u8) -> bool) -> Cursor<'t> {
        let rest = &self.text[self.at..];
        let len = rest
            .char_indices()
            .find(|&(_, c)| !is(classes::of(c as u32)))
            .map_or(rest.len(), |(at, _)| at);
        Cursor {
            at: self.at + len,
            ..self
        }
    }
}
