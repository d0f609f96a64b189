//! Builds the marked stream part by part, and counts the parts.
//!
//! A part is the stream between two cuts: before each begin-of-word (with its case), and after each
//! end-of-word. Most parts are a single word, which is looked up in a cache by its letters without
//! being written.

use std::mem;

use super::chars::{self, Info};
use super::generation::{BEGIN, CAPS, END, Generation, SHIFT};
use super::runs::{Kind, Run, Runs, is_edge};
use super::tiles::tiles;
use crate::encoding::cache::Cache;
use crate::encoding::vocabulary::{KEY_BYTES, Key};

/// Context before the string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A begin-of-word.
    Begin,
    /// No relevant context.
    Nothing,
    /// An end-of-word: the string continues after a word.
    Word,
}

/// Text of a missing run.
const NO_TEXT: &str = "";

struct Stream<'t, 'c> {
    generation: Generation,
    cache: &'c mut Cache,
    text: &'t str,
    start: Start,
    /// The part that has not ended.
    open: Vec<u8>,
    /// Whether an end-of-word was written last.
    after_end: bool,
    total: usize,
}

/// A run with its neighbors.
#[derive(Clone, Copy)]
struct Around {
    before_that: Option<Run>,
    before: Option<Run>,
    run: Run,
    next: Option<Run>,
    after_that: Option<Run>,
}

/// Counts the pieces of a string after a given start.
///
/// A position between an ASCII letter and an ASCII character that is not a letter is a seam: the
/// rest is counted by itself, as [`Start::Word`]. From seam to seam plain words are looked up
/// directly; other runs are classified with their neighbors.
pub(super) fn count(generation: Generation, cache: &mut Cache, text: &str, start: Start) -> usize {
    let bytes = text.as_bytes();
    let mut stream = Stream {
        generation,
        cache,
        text,
        start,
        open: Vec::new(),
        after_end: false,
        total: 0,
    };
    if text.is_empty() {
        return usize::from(start == Start::Begin);
    }
    let mut at = 0;
    while at < bytes.len() {
        if stream.start == Start::Word
            && let Some(end) = stream.plain(at)
        {
            at = end;
            continue;
        }
        let end = next_seam(bytes, at);
        stream.text = &text[at..end];
        stream.add_all();
        stream.text = text;
        stream.start = Start::Word;
        at = end;
    }
    stream.total
}

/// Returns the first seam after `at` from which a plain word follows, or the end.
fn next_seam(bytes: &[u8], at: usize) -> usize {
    let mut rest = &bytes[at..];
    let mut end = at;
    while let [letter, others @ ..] = rest {
        end += 1;
        rest = others;
        if letter.is_ascii_alphabetic()
            && let [b' ', next, ..] = rest
            && next.is_ascii_alphabetic()
        {
            return end;
        }
    }
    bytes.len()
}

impl<'t> Stream<'t, '_> {
    /// Counts plain text at a seam: a space and a word of ASCII letters, or punctuation before
    /// that. Returns the next seam.
    #[inline]
    fn plain(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match bytes[at..] {
            [b' ', letter, ..] if letter.is_ascii_alphabetic() => {
                let start = at + 1;
                let letters = bytes[start..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphabetic());
                let end = start + letters.count();
                if bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
                    return None;
                }
                let text = self.text;
                let word = &text[start..end];
                self.total += self.kept(1, &bytes[start..end], |generation| {
                    self::word(generation, word)
                });
                Some(end)
            }
            [
                mark @ (b',' | b'.' | b';' | b':' | b'!' | b'?'),
                b' ',
                letter,
                ..,
            ] if letter.is_ascii_alphabetic() => {
                let part = [mark, END];
                self.total += self.kept(0, &part, |generation| tiles(generation, &part));
                Some(at + 1)
            }
            _ => None,
        }
    }

    /// Counts the whole text, run by run.
    fn add_all(&mut self) {
        let mut runs = Runs::new(self.text);
        let Some(run) = runs.next() else { return };
        self.after_end = self.start == Start::Word;
        let next = runs.next();
        let mut around = Around {
            before_that: None,
            before: None,
            run,
            next,
            after_that: next.and_then(|_| runs.next()),
        };
        self.begin(around);
        loop {
            self.add(around);
            let Some(next) = around.next else { break };
            around = Around {
                before_that: around.before,
                before: Some(around.run),
                run: next,
                next: around.after_that,
                after_that: around.after_that.and_then(|_| runs.next()),
            };
        }
        self.close();
    }

    fn text_of(&self, run: Option<Run>) -> &'t str {
        run.map_or(NO_TEXT, |run| run.text(self.text))
    }

    /// Whether a run is a single apostrophe followed by a word.
    fn opens_word(&self, run: Run, next: Option<Run>) -> bool {
        run.kind == Kind::Punctuation
            && next.is_some_and(|next| matches!(next.kind, Kind::Word | Kind::Marks))
            && run.text(self.text) == "'"
    }

    /// Whether a begin-of-word replaces the space before it.
    fn space_before(&self, before: Option<Run>) -> bool {
        match before {
            None => self.start == Start::Begin,
            Some(run) => run.kind == Kind::Space && run.text(self.text).ends_with(' '),
        }
    }

    /// Whether exactly one space follows.
    fn space_behind(&self, next: Option<Run>) -> bool {
        let Some(run) = next.filter(|run| run.kind == Kind::Space) else {
            return false;
        };
        let text = run.text(self.text);
        text.starts_with(' ') && !text.starts_with("  ")
    }

    /// Whether a run can end with an end-of-word.
    fn has_right_border(&self, run: Run) -> bool {
        run.kind == Kind::Punctuation
            || is_edge(run.last)
            || run.is_number() && run.last.has(chars::BORDER)
    }

    /// Whether a run can begin with a begin-of-word, and end with an end-of-word.
    fn borders(&self, run: Run) -> (bool, bool) {
        if run.kind == Kind::Punctuation {
            (true, true)
        } else if run.kind == Kind::Space {
            (false, false)
        } else if is_edge(run.first) || is_edge(run.last) {
            (is_edge(run.first), is_edge(run.last))
        } else if run.is_number() {
            (run.first.has(chars::BORDER), run.last.has(chars::BORDER))
        } else {
            (false, false)
        }
    }

    /// Writes the start of the first run if it has no begin-of-word.
    fn begin(&mut self, Around { run, next, .. }: Around) {
        if self.start != Start::Begin {
            return;
        }
        let opens = self.opens_word(run, next);
        let own = !opens
            && match run.kind {
                Kind::Word | Kind::Punctuation | Kind::Marks => true,
                Kind::Space => run.text(self.text).starts_with(' ') || is_edge(run.first),
                Kind::Digits | Kind::Other => {
                    is_edge(run.first) || run.is_number() && run.first.has(chars::BORDER)
                }
            };
        if opens {
            self.write(b" ");
        } else if !own {
            self.write(&[BEGIN]);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
        self.after_end = false;
    }

    /// Counts the part that has ended.
    #[inline]
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut open = mem::take(&mut self.open);
        self.total += self.kept(0, &open, |generation| tiles(generation, &open));
        open.clear();
        self.open = open;
    }

    fn write_begin(&mut self) {
        self.close();
        self.write(&[BEGIN]);
    }

    fn write_end(&mut self) {
        self.write(&[END]);
        self.close();
        self.after_end = true;
    }

    /// Returns the count of a part by its sort and bytes, cached.
    #[inline]
    fn kept(&mut self, sort: u8, bytes: &[u8], make: impl FnOnce(Generation) -> usize) -> usize {
        // Both of the newer generations have the same pieces.
        if bytes.len() < KEY_BYTES {
            let mut sixteen = [0; 16];
            sixteen[0] = sort;
            sixteen[1..=bytes.len()].copy_from_slice(bytes);
            let key = Key::new(sixteen, bytes.len() + 1);
            let known = self.cache.recent().get(key);
            if known > 0 {
                return known as usize;
            }
            let known = self.cache.get(key);
            if known > 0 {
                self.cache.recent().put(key, known);
                return known as usize;
            }
            let count = make(self.generation);
            if (1..=15).contains(&count) {
                self.cache.put(key, count);
                self.cache.recent().put(key, count as u64);
            }
            return count;
        }
        if bytes.len() > 61 {
            return make(self.generation);
        }
        let mut longer = [0; 64];
        longer[0] = sort;
        longer[1..=bytes.len()].copy_from_slice(bytes);
        let known = self.cache.get_longer(&longer, bytes.len() + 1);
        if known > 0 {
            return known;
        }
        let count = make(self.generation);
        self.cache.put_longer(&longer, bytes.len() + 1, count);
        count
    }

    fn add(&mut self, around: Around) {
        let Around {
            before_that,
            before,
            run,
            next,
            after_that,
        } = around;
        let text = run.text(self.text);
        match run.kind {
            Kind::Word => {
                let after_marks = before.is_some_and(|before| before.kind == Kind::Marks);
                let is_short_form = || {
                    matches!(text, "s" | "t" | "d" | "m" | "ll" | "re" | "ve")
                        && before.is_some_and(|before| before.kind == Kind::Punctuation)
                        && self.text_of(before) == "'"
                        && !before_that.is_some_and(|run| self.has_right_border(run))
                };
                if after_marks || is_short_form() {
                    self.write(text.as_bytes());
                    self.write_end();
                    return;
                }
                self.close();
                self.total += self.kept(1, text.as_bytes(), |generation| word(generation, text));
                self.after_end = true;
            }
            Kind::Marks => {
                self.write_begin();
                self.write(text.as_bytes());
                if next.is_none_or(|next| next.kind != Kind::Word) {
                    self.write_end();
                }
            }
            // The single space between two marked runs is the seam, and costs nothing.
            Kind::Space if text == " " && self.after_end && self.begins(next, after_that) => {}
            _ => {
                let (left, right) = self.borders(run);
                if left && self.space_before(before) && !self.opens_word(run, next) {
                    self.write_begin();
                }
                self.write(text.as_bytes());
                if right && self.space_behind(next) {
                    self.write_end();
                }
            }
        }
    }

    /// Whether the run after a space begins with a begin-of-word.
    fn begins(&self, run: Option<Run>, next: Option<Run>) -> bool {
        let Some(run) = run else { return false };
        match run.kind {
            Kind::Word | Kind::Marks => true,
            _ => self.borders(run).0 && !self.opens_word(run, next),
        }
    }
}

/// Tiles a word: `[case] begin letters end`.
#[inline(never)]
fn word(generation: Generation, letters: &str) -> usize {
    let mut part = Vec::with_capacity(letters.len() + 4);
    let case = case(generation, letters);
    part.extend(case.map(|(marker, _)| marker));
    part.push(BEGIN);
    match case {
        None => part.extend_from_slice(letters.as_bytes()),
        Some((marker, keep)) => {
            let mut push = |c: char| {
                let mut bytes = [0; 4];
                part.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
            };
            for c in letters.chars() {
                if Some(c) == keep {
                    push(c);
                    continue;
                }
                for c in chars::lower(c) {
                    // At the end of a word in capitals it has its usual lower case.
                    let is_final = marker == CAPS && c == 'ς';
                    push(if is_final { 'σ' } else { c });
                }
            }
        }
    }
    part.push(END);
    tiles(generation, &part)
}

/// Returns the marker of a word's case, and the character that is not lowered; `None` if the word
/// is unchanged.
fn case(generation: Generation, word: &str) -> Option<(u8, Option<char>)> {
    const DOTTED: char = 'İ';
    let is_upper = |c: char| Info::of(c).has(chars::UPPER);
    let has_lower = |c: char| chars::lower(c).ne([c]);
    let mut letters = word.chars();
    let first = letters.next()?;
    if word.is_ascii() {
        let bytes = word.as_bytes();
        if generation == Generation::V3
            && bytes.len() >= 4
            && bytes.iter().all(u8::is_ascii_uppercase)
        {
            return Some((CAPS, None));
        }
        let shifted = first.is_ascii_uppercase() && !bytes[1..].iter().any(u8::is_ascii_uppercase);
        return shifted.then_some((SHIFT, None));
    }
    if word.contains('ẞ') {
        return None;
    }
    if word.contains(DOTTED) {
        let shifted =
            is_upper(first) && first != DOTTED && !letters.any(|c| c != DOTTED && is_upper(c));
        return shifted.then_some((SHIFT, Some(DOTTED)));
    }
    if generation == Generation::V3 && word.chars().count() >= 4 {
        let mut cased = word
            .chars()
            .filter(|&c| Info::of(c).has(chars::UPPER | chars::LOWER))
            .peekable();
        let all_upper = cased.peek().is_some() && cased.all(is_upper);
        let is_stuck = |c: char| {
            let info = Info::of(c);
            info.has(chars::ALPHABETIC)
                && !info.has(chars::LOWER)
                && (!info.has(chars::UPPER) || !has_lower(c))
        };
        if all_upper && !word.chars().any(is_stuck) {
            return Some((CAPS, None));
        }
    }
    let shifted = has_lower(first) && is_upper(first) && !letters.any(is_upper);
    shifted.then_some((SHIFT, None))
}
