//! Counting the tokens of a text without making them.
//!
//! ```text
//! text ─▶ blocks of 64 bytes ─▶ pieces ─▶ keys ─▶ pilots ─▶ entries ─▶ one token
//!                                                              └─▶ cache ─▶ its count
//!                                                                    └─▶ merged, four in turns
//! ```
//!
//! A text goes through in batches of pieces, each step over the whole batch before the next: a single piece would wait for
//! memory at every step, and many at once wait together.
//!
//! The twin of this file is `Family::encode`, which goes piece by piece; the tests hold the two together.

use super::blocks::{self, BLOCK, Block, WINDOW};
use super::cache::Cache;
use super::hash;
use super::long;
use super::merge;
use super::split::{Pattern, piece_end};
use super::vocabulary::{self, First, KEY_BYTES, Vocabulary};

/// Pieces after which a batch is looked up; the block that makes them full may bring up to 64.
const BATCH: usize = 64;
const PIECES: usize = BATCH + BLOCK;
/// Pieces that are no token after which these are merged; the batch that makes them full may bring more.
const MISSES: usize = 32;
/// The longest piece that a lane takes; longer ones have a road of their own.
const LANE_BYTES: usize = 63;
/// How far from its base a batch may reach, for spans of 24 bits.
const REACH: usize = 1 << 23;

/// How many tokens a text has. `P` is the vocabulary's pattern.
///
/// Time: linear in the text; see [`long::tokens`] for the one piece of which this is nearly so.
pub(super) fn count<const P: u8>(vocabulary: &Vocabulary, text: &str) -> usize {
    if text.len() <= BLOCK {
        return count_block::<P>(vocabulary, text);
    }
    let bytes = text.as_bytes();
    let mut batch = Batch::new(vocabulary, bytes);
    let mut at = 0;
    let mut tail;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let window = match rest.first_chunk() {
            Some(window) => window,
            None => {
                tail = [0; WINDOW];
                tail[..rest.len()].copy_from_slice(rest);
                &tail
            }
        };
        let len = rest.len().min(BLOCK);
        let one_by_one = match blocks::split::<P>(window, len, rest.len() <= BLOCK) {
            Block::Pieces { starts, end } => {
                batch.add(window, at, starts, end);
                at += end;
                at
            }
            Block::Odd { end } => at + end,
            Block::Long => at + len,
        };
        while at < one_by_one {
            let end = piece_end(pattern::<P>(), text, at);
            batch.add_one(at, end);
            at = end;
        }
        // A long piece is counted at once and can leave the base far behind.
        if batch.len >= BATCH || at - batch.base > REACH {
            batch.look_up(at);
        }
    }
    batch.look_up(at);
    batch.merge();
    batch.total
}

pub(super) const fn pattern<const P: u8>() -> Pattern {
    match P {
        blocks::O200K => Pattern::O200k,
        blocks::CL100K => Pattern::Cl100k,
        _ => Pattern::R50k,
    }
}

/// As [`count`], of a text of at most one block: nothing is set up that so few pieces would not pay for.
fn count_block<const P: u8>(vocabulary: &Vocabulary, text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return 0;
    }
    let mut window = [0; WINDOW];
    window[..bytes.len()].copy_from_slice(bytes);
    let mut total = 0;
    if let Block::Pieces { starts, end } = blocks::split::<P>(&window, bytes.len(), true) {
        for (start, len) in Pieces::new(starts, end) {
            let known = len <= KEY_BYTES
                && vocabulary.is_token(vocabulary::key(sixteen(&window, start), len));
            total += if known {
                1
            } else {
                count_piece(vocabulary, &bytes[start..start + len])
            };
        }
        return total;
    }
    let mut at = 0;
    while at < bytes.len() {
        let end = piece_end(pattern::<P>(), text, at);
        total += count_piece(vocabulary, &bytes[at..end]);
        at = end;
    }
    total
}

/// The pieces of a block: start and length, at least one byte.
struct Pieces {
    starts: u64,
    start: usize,
    end: usize,
}

impl Pieces {
    #[inline(always)]
    fn new(starts: u64, end: usize) -> Pieces {
        // The end closes the last piece; one at 64 needs no bit.
        let close = if end < BLOCK { 1 << end } else { 0 };
        Pieces {
            starts: (starts & !1) | close,
            start: 0,
            end,
        }
    }
}

impl Iterator for Pieces {
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.start >= self.end {
            return None;
        }
        let start = self.start;
        self.start = self.starts.trailing_zeros() as usize;
        self.starts &= self.starts.wrapping_sub(1);
        Some((start, self.start - start))
    }
}

#[inline(always)]
fn sixteen(window: &[u8; WINDOW], start: usize) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&window[start & (BLOCK - 1)..][..16]);
    bytes
}

/// The key of a piece of at most 15 bytes.
pub(super) fn key_of(piece: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes[..piece.len()].copy_from_slice(piece);
    vocabulary::key(bytes, piece.len())
}

/// How many tokens one piece has.
#[inline(never)]
fn count_piece(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    if piece.len() > KEY_BYTES {
        return count_long_piece(vocabulary, piece);
    }
    let key = key_of(piece);
    if vocabulary.is_token(key) {
        return 1;
    }
    if piece.len() <= 3 {
        return count_tiny(vocabulary, piece);
    }
    Cache::with(vocabulary.number, |cache| {
        let known = cache.as_ref().map_or(0, |cache| cache.get(key));
        if known > 0 {
            return known;
        }
        let mut count = 0;
        merge::count::<16>(vocabulary, std::iter::once((0, piece)), |_, n| count = n);
        if let Some(cache) = cache {
            cache.put(key, count);
        }
        count
    })
}

/// How many tokens a piece of 2 or 3 bytes has that is no token: what two of its bytes merge into is all that can come of it.
#[inline(always)]
fn count_tiny(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    match *piece {
        [a, b, c] => {
            let merges = |left, right| vocabulary.first_merge(left, right).id() != First::NONE;
            3 - usize::from(merges(a, b) || merges(b, c))
        }
        _ => piece.len(),
    }
}

/// How many tokens a piece of more than 15 bytes has.
fn count_long_piece(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    let known = Cache::with(vocabulary.number, |cache| {
        cache.map_or(0, |cache| cache.get_long(piece))
    });
    if known > 0 {
        return known;
    }
    if vocabulary.long_token(piece).is_some() {
        return 1;
    }
    let mut count = 0;
    long::tokens(vocabulary, piece, |tokens| count += tokens.len());
    Cache::with(vocabulary.number, |cache| {
        if let Some(cache) = cache {
            cache.put_long(piece, count);
        }
    });
    count
}

/// Pieces on their way, and what has been counted.
struct Batch<'t> {
    vocabulary: &'t Vocabulary,
    text: &'t [u8],
    /// Where spans count from.
    base: usize,
    len: usize,
    keys: [u128; PIECES],
    /// Hashes of the keys; then their places in the table.
    hashes: [u64; PIECES],
    spans: [Span; PIECES],
    misses: usize,
    missed: [(u128, Span); MISSES + PIECES],
    total: usize,
}

/// Where a piece begins behind the base, and its length, at most 64, in the low byte.
#[derive(Clone, Copy)]
struct Span(u32);

impl Span {
    #[inline(always)]
    fn new(offset: usize, len: usize) -> Span {
        Span((offset as u32) << 8 | len as u32)
    }

    #[inline(always)]
    fn len(self) -> usize {
        (self.0 & 0xff) as usize
    }
}

impl<'t> Batch<'t> {
    fn new(vocabulary: &'t Vocabulary, text: &'t [u8]) -> Batch<'t> {
        Batch {
            vocabulary,
            text,
            base: 0,
            len: 0,
            keys: [0; PIECES],
            hashes: [0; PIECES],
            spans: [Span(0); PIECES],
            misses: 0,
            missed: [(0, Span(0)); MISSES + PIECES],
            total: 0,
        }
    }

    fn piece(&self, span: Span) -> &'t [u8] {
        let start = self.base + (span.0 >> 8) as usize;
        &self.text[start..start + span.len()]
    }

    /// The pieces of a block at `at`. There is room: fewer than `BATCH` are waiting.
    #[inline(always)]
    fn add(&mut self, window: &[u8; WINDOW], at: usize, starts: u64, end: usize) {
        let offset = at - self.base;
        let mut next = self.len;
        for (start, len) in Pieces::new(starts, end) {
            let key = vocabulary::key(sixteen(window, start), len);
            self.keys[next] = key;
            self.hashes[next] = hash::of_piece(key);
            self.spans[next] = Span::new(offset + start, len);
            next += 1;
        }
        self.len = next;
    }

    /// One piece of any length.
    #[inline(never)]
    fn add_one(&mut self, start: usize, end: usize) {
        let piece = &self.text[start..end];
        if piece.len() > LANE_BYTES {
            self.total += count_long_piece(self.vocabulary, piece);
            return;
        }
        if self.len >= BATCH {
            self.look_up(start);
        }
        let key = if piece.len() <= KEY_BYTES {
            key_of(piece)
        } else {
            vocabulary::key([0; 16], piece.len())
        };
        self.keys[self.len] = key;
        self.hashes[self.len] = hash::of_piece(key);
        self.spans[self.len] = Span::new(start - self.base, piece.len());
        self.len += 1;
    }

    /// Counts the pieces that are a token and sets the others aside. `next` is where the next piece begins.
    #[inline(never)]
    fn look_up(&mut self, next: usize) {
        let len = self.len.min(PIECES);
        self.vocabulary.places(&mut self.hashes[..len]);
        let before = self.misses;
        let mut misses = before;
        for start in (0..len).step_by(64) {
            let end = len.min(start + 64);
            let mut strangers = self
                .vocabulary
                .strangers(&self.keys[start..end], &self.hashes[start..end]);
            while strangers != 0 {
                let at = start + strangers.trailing_zeros() as usize;
                self.missed[misses] = (self.keys[at], self.spans[at]);
                misses += 1;
                strangers &= strangers - 1;
            }
        }
        self.total += len - (misses - before);
        self.misses = misses;
        self.len = 0;
        if misses >= MISSES || next - self.base > REACH {
            self.merge();
            self.base = next;
        }
    }

    /// Counts the pieces that were set aside.
    #[inline(never)]
    fn merge(&mut self) {
        if self.misses == 0 {
            return;
        }
        let mut total = 0;
        // By how long they are: those that fit a lane of 16, 32, 64 places.
        let mut lists = [List::EMPTY; 3];
        Cache::with(self.vocabulary.number, |mut cache| {
            for (number, &(key, span)) in self.missed[..self.misses].iter().enumerate() {
                if span.len() <= 3 {
                    total += count_tiny(self.vocabulary, self.piece(span));
                    continue;
                }
                if span.len() <= KEY_BYTES {
                    match cache.as_ref().map_or(0, |cache| cache.get(key)) {
                        0 => lists[0].add(number),
                        known => total += known,
                    }
                    continue;
                }
                let piece = self.piece(span);
                let known = cache.as_ref().map_or(0, |cache| cache.get_long(piece));
                if known > 0 {
                    total += known;
                } else if span.len() > LANE_BYTES {
                    total += count_long_piece(self.vocabulary, piece);
                } else if self.vocabulary.long_token(piece).is_some() {
                    total += 1;
                } else {
                    lists[if span.len() < 32 { 1 } else { 2 }].add(number);
                }
            }
            let pieces = |list: usize| {
                lists[list]
                    .iter()
                    .map(|number| (number, self.piece(self.missed[number].1)))
            };
            if lists[0].len > 0 {
                merge::count::<16>(self.vocabulary, pieces(0), |number, count| {
                    total += count;
                    if let Some(cache) = cache.as_mut() {
                        cache.put(self.missed[number].0, count);
                    }
                });
            }
            if lists[1].len > 0 {
                merge::count::<32>(self.vocabulary, pieces(1), |number, count| {
                    total += count;
                    if let Some(cache) = cache.as_mut() {
                        cache.put_long(self.piece(self.missed[number].1), count);
                    }
                });
            }
            if lists[2].len > 0 {
                merge::count::<64>(self.vocabulary, pieces(2), |_, count| total += count);
            }
        });
        self.total += total;
        self.misses = 0;
    }
}

/// Numbers of pieces that were set aside.
#[derive(Clone, Copy)]
struct List {
    numbers: [u8; MISSES + PIECES],
    len: usize,
}

impl List {
    const EMPTY: List = List {
        numbers: [0; MISSES + PIECES],
        len: 0,
    };

    fn add(&mut self, number: usize) {
        self.numbers[self.len] = number as u8;
        self.len += 1;
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.numbers[..self.len]
            .iter()
            .map(|&number| usize::from(number))
    }
}
