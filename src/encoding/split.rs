//! Finds the end of a piece character by character: the encodings' patterns written as plain code.
//!
//! This is the path for pieces that `blocks.rs` leaves out (a piece longer than a block, and rare
//! mixtures), and the twin it is tested against. Its own twin is the pattern itself, run by
//! tiktoken-rs.
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
//! No pattern looks behind, so a piece depends only on the text from its first character on.

use super::classes::{self, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, UPPER};

/// Patterns of the encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    O200k,
    Cl100k,
    R50k,
    /// cl100k's with single digits.
    Qwen2,
    /// Qwen 2's with marks among the letters.
    Qwen35,
    /// cl100k's.
    Glm,
    /// o200k's without contractions, with single digits.
    Tekken,
    /// o200k's, with Han characters first and no slash after punctuation.
    Kimi,
    /// Three patterns one after another.
    Deepseek,
    /// Not a pattern: `characters.rs` finds its pieces.
    Gemma,
}

impl Pattern {
    /// Whether case splits words and marks are among the letters: o200k's and those derived from
    /// it.
    #[inline(always)]
    pub(super) const fn has_case(self) -> bool {
        matches!(self, Pattern::O200k | Pattern::Tekken | Pattern::Kimi)
    }

    /// Whether a word includes a contraction.
    #[inline(always)]
    pub(super) const fn word_takes_contraction(self) -> bool {
        matches!(self, Pattern::O200k | Pattern::Kimi)
    }

    /// Whether marks are letters, and never punctuation.
    #[inline(always)]
    pub(super) const fn marks_are_letters(self) -> bool {
        matches!(self, Pattern::Qwen35)
    }

    /// Maximum number of characters in a piece of a number.
    #[inline(always)]
    pub(super) const fn digits(self) -> usize {
        match self {
            Pattern::R50k => usize::MAX,
            Pattern::Qwen2 | Pattern::Qwen35 | Pattern::Tekken => 1,
            _ => 3,
        }
    }

    /// Whether trailing white space is one piece: `\s++$`, which is in tiktoken-rs's patterns.
    #[inline(always)]
    pub(super) const fn last_space_is_one(self) -> bool {
        matches!(self, Pattern::Cl100k | Pattern::R50k)
    }

    /// Whether punctuation includes slashes that follow its newlines.
    #[inline(always)]
    pub(super) const fn takes_slashes(self) -> bool {
        matches!(self, Pattern::O200k | Pattern::Tekken)
    }

    /// Whether contractions are pieces of their own.
    #[inline(always)]
    pub(super) const fn splits_contraction(self) -> bool {
        !self.has_case() && !matches!(self, Pattern::Deepseek)
    }

    /// Whether `blocks.rs` supports it: Kimi's without Han characters, DeepSeek's in ASCII.
    #[inline(always)]
    pub(super) const fn has_blocks(self) -> bool {
        !matches!(self, Pattern::Gemma)
    }
}

/// Returns the end of the piece that begins at `start`, a piece boundary before the end of the
/// text.
///
/// Time: linear in the piece and the rest of a run of characters of one class.
pub(super) fn piece_end(pattern: Pattern, text: &str, start: usize) -> usize {
    #[cfg(feature = "gemma")]
    if pattern == Pattern::Gemma {
        return super::characters::piece_end(text, start);
    }
    let at = Cursor { text, at: start };
    let first = at.class();
    let second = at.next();
    let word = match pattern {
        #[cfg(feature = "deepseek")]
        Pattern::Deepseek => return deepseek_end(at),
        #[cfg(feature = "kimi")]
        Pattern::Kimi if at.is_han() => return at.skip_chars(|c| classes::is_han(c as u32)).at,
        #[cfg(feature = "kimi")]
        Pattern::Kimi => cased_word(pattern, at, Cursor::class_but_han),
        Pattern::R50k => {
            if let Some(end) = contraction(text.as_bytes(), start, false) {
                return end;
            }
            let from = at.after_blank();
            classes::is_letter(from.class()).then(|| from.skip(classes::is_letter).at)
        }
        _ if pattern.has_case() => cased_word(pattern, at, Cursor::class),
        _ => {
            if let Some(end) = contraction(text.as_bytes(), start, true) {
                return end;
            }
            let marks = pattern.marks_are_letters();
            let is_letter = |class| classes::is_letter(class) || (marks && class == MARK);
            let leads = !matches!(first, NEWLINE | NUMBER) && is_letter(second.class());
            (is_letter(first) || leads).then(|| second.skip(is_letter).at)
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
        return number_end(second, pattern.digits()).at;
    }

    // Punctuation. It includes marks that do not belong to a word.
    let is_other = |class| class == OTHER || (class == MARK && !pattern.marks_are_letters());
    if is_other(from.class()) && !from.is_end() {
        let mut end = from.skip(is_other).at;
        let trails: &[u8] = match pattern {
            Pattern::R50k => b"",
            _ if pattern.takes_slashes() => b"\r\n/",
            _ => b"\r\n",
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

/// Returns the end of a number of up to `digits` characters, whose first character ends here.
fn number_end(mut end: Cursor<'_>, digits: usize) -> Cursor<'_> {
    for _ in 1..digits {
        if end.class() != NUMBER {
            break;
        }
        end = end.next();
    }
    end
}

/// Returns the end of the piece of white space that begins here.
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
    if end.is_end() && pattern.last_space_is_one() {
        return end.at;
    }
    match after_newline {
        Some(after) if pattern != Pattern::R50k => after,
        // The last character belongs to the next piece, unless it is the only one.
        _ if !end.is_end() && last > start.at => last,
        _ => end.at,
    }
}

/// Returns the end of o200k's word, which may begin with one character that is not a letter and end
/// with a contraction.
fn cased_word<'t>(
    pattern: Pattern,
    start: Cursor<'t>,
    class: impl Fn(Cursor<'t>) -> u8 + Copy,
) -> Option<usize> {
    let is_word = |class| classes::is_letter(class) || class == MARK;
    let second = start.next();
    let from = if is_word(class(start)) {
        start
    } else if !matches!(class(start), NEWLINE | NUMBER) && is_word(class(second)) {
        second
    } else {
        return None;
    };
    // Capitals and caseless letters, then small and caseless ones; at least one of the latter if
    // there is any.
    let mut at = from;
    let mut after_caseless = None;
    loop {
        match class(at) {
            UPPER => at = at.next(),
            LETTER | MARK => {
                at = at.next();
                after_caseless = Some(at);
            }
            _ => break,
        }
    }
    let mut end = after_caseless.unwrap_or(at);
    if class(at) == LOWER {
        end = at;
        while matches!(class(end), LOWER | LETTER | MARK) {
            end = end.next();
        }
    }
    let contraction = match pattern.word_takes_contraction() {
        true => contraction(end.text.as_bytes(), end.at, true),
        false => None,
    };
    Some(contraction.unwrap_or(end.at))
}

/// Characters of DeepSeek's second pattern: common Chinese characters and the blocks of kana.
#[cfg(feature = "deepseek")]
fn is_deepseek_cjk(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fa5}' | '\u{3040}'..='\u{30ff}')
}

/// Returns the end of DeepSeek's piece that begins here. The first of its three patterns takes
/// numbers, the second [Chinese characters and kana](is_deepseek_cjk), and the third treats the
/// rest between these as separate strings:
///
/// ```text
/// \p{N}{1,3}
/// [一-龥぀-ゟ゠-ヿ]+
/// [!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// ```
///
/// Characters that no pattern takes (controls, formats, unassigned ones) stay together.
#[cfg(feature = "deepseek")]
fn deepseek_end(start: Cursor<'_>) -> usize {
    /// A letter or a mark of the third pattern.
    fn is_word(at: Cursor<'_>) -> bool {
        let class = at.class();
        (classes::is_letter(class) || class == MARK) && !at.char().is_some_and(is_deepseek_cjk)
    }
    fn is_punctuation(at: Cursor<'_>) -> bool {
        let Some(c) = at.char() else { return false };
        classes::is_punctuation(c as u32) && !is_deepseek_cjk(c)
    }
    /// End of a string of the third pattern.
    fn is_end(at: Cursor<'_>) -> bool {
        at.is_end() || at.class() == NUMBER || at.char().is_some_and(is_deepseek_cjk)
    }
    /// Characters that no pattern takes by themselves.
    fn is_left(at: Cursor<'_>) -> bool {
        !is_end(at) && at.class() == OTHER && !is_punctuation(at)
    }
    fn skip<'t>(mut at: Cursor<'t>, is: impl Fn(Cursor<'t>) -> bool) -> Cursor<'t> {
        while is(at) {
            at = at.next();
        }
        at
    }

    if start.class() == NUMBER {
        return number_end(start.next(), 3).at;
    }
    if start.char().is_some_and(is_deepseek_cjk) {
        return start.skip_chars(is_deepseek_cjk).at;
    }
    let bytes = start.text.as_bytes();
    let second = start.next();
    let is_ascii_letter = |at: Cursor<'_>| bytes.get(at.at).is_some_and(u8::is_ascii_alphabetic);
    if bytes[start.at].is_ascii_punctuation() && is_ascii_letter(second) {
        return skip(second, is_ascii_letter).at;
    }
    if is_word(start) {
        return skip(start, is_word).at;
    }
    if !is_punctuation(start) && start.class() != NEWLINE && is_word(second) {
        return skip(second, is_word).at;
    }
    let from = start.after_blank();
    if is_punctuation(from) {
        return skip(skip(from, is_punctuation), |at| {
            at.class() == NEWLINE && !at.is_end()
        })
        .at;
    }
    if is_left(start) {
        // The last one belongs to following letters.
        return skip(start, |at| {
            is_left(at) && (at.at == start.at || !is_word(at.next()))
        })
        .at;
    }
    // White space up to the end of this string.
    let mut end = start;
    let mut last = start.at;
    let mut after_newline = None;
    while !is_end(end) && classes::is_space(end.class()) {
        last = end.at;
        let is_newline = end.class() == NEWLINE;
        end = end.next();
        if is_newline {
            after_newline = Some(end.at);
        }
    }
    match after_newline {
        Some(after) => after,
        _ if !is_end(end) && last > start.at => last,
        _ => end.at,
    }
}

/// Returns the end of the contraction that begins here, if there is one: `'s` and similar, in any
/// case if `any_case`.
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

/// A position in a string.
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

    /// Class of the character here; [`OTHER`] at the end.
    fn class(self) -> u8 {
        self.char().map_or(OTHER, |c| classes::of(c as u32))
    }

    #[cfg(feature = "kimi")]
    fn is_han(self) -> bool {
        self.char().is_some_and(|c| classes::is_han(c as u32))
    }

    /// Class of the character here, where a Han character is neither letter nor mark.
    #[cfg(feature = "kimi")]
    fn class_but_han(self) -> u8 {
        match self.class() {
            UPPER | LOWER | LETTER | MARK if self.is_han() => OTHER,
            class => class,
        }
    }

    /// Position after the character here; at the end, the end.
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

    /// Position after all following characters with a matching class.
    fn skip(self, is: impl Fn(u8) -> bool) -> Cursor<'t> {
        self.skip_chars(|c| is(classes::of(c as u32)))
    }

    /// Position after all following matching characters.
    fn skip_chars(self, is: impl Fn(char) -> bool) -> Cursor<'t> {
        let rest = &self.text[self.at..];
        let len = rest
            .char_indices()
            .find(|&(_, c)| !is(c))
            .map_or(rest.len(), |(at, _)| at);
        Cursor {
            at: self.at + len,
            ..self
        }
    }
}
