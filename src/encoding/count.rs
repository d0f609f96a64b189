//! Counting the tokens of a text without making them.
//!
//! ```text
//! text ─▶ blocks of 64 bytes ─▶ pieces ─▶ keys ─▶ met lately ─▶ its count
//!                                                     └─▶ vocabulary ─▶ one token
//!                                                             └─▶ merged before ─▶ its count
//!                                                                     └─▶ merged, many side by side
//! ```
//!
//! Pieces wait in a queue before each step until it pays to take it for all of them: a single piece would wait for memory at
//! every step, and many at once wait together. For the same reason there is no branch on what comes out of memory, which a
//! processor could not foresee: it would stop before the others are asked for. What a step reads, the step before it has
//! asked memory for.
//!
//! The twin of this file is `engine.rs`, which goes piece by piece; the tests hold the two together.

use std::marker::PhantomData;

use super::blocks::{self, BLOCK, Block, WINDOW};
use super::cache::Cache;
use super::long;
use super::merge::Alone;
use super::scratch::{
    BATCH, LANE_BYTES, LONG, MIDDLE, NEW, Piece, SHORT, STRANGE, Scratch, Span, last_bytes,
    sixteen_of, window,
};
use super::split::piece_end;
use super::vocabulary::{First, KEY_BYTES, Key, Known};

/// How far from its base a batch may reach, so that places have 32 bits.
const REACH: usize = 1 << 23;

/// How many tokens a text has.
///
/// Time: linear in the text; see [`long::tokens`] for the one piece of which this is nearly so.
pub(super) fn count<V: Known>(text: &str) -> usize {
    if text.len() <= BLOCK {
        return count_block::<V>(text);
    }
    Cache::with(V::VOCABULARY.number, |cache, scratch| {
        count_blocks::<V>(cache, scratch, text)
    })
}

fn count_blocks<V: Known>(cache: &mut Cache, scratch: &mut Scratch, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut batch = Batch::<V> {
        vocabulary: PhantomData,
        cache,
        scratch,
        text: bytes,
        base: 0,
        total: 0,
    };
    batch.scratch.clear();
    let mut at = 0;
    let mut tail;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let window = match rest.first_chunk() {
            Some(window) => window,
            None => {
                tail = last_bytes(bytes, at);
                &tail
            }
        };
        let len = rest.len().min(BLOCK);
        let block = if V::PATTERN.has_blocks() {
            blocks::split::<V, 4>(window, len, rest.len() <= BLOCK)
        } else {
            Block::Long
        };
        let one_by_one = match block {
            Block::Pieces { starts, end } => {
                batch.add(at, starts);
                at += end;
                at
            }
            Block::Odd { end } => at + end,
            Block::Long => at + len,
        };
        while at < one_by_one {
            let end = piece_end(V::PATTERN, text, at);
            batch.add_one(at, end);
            at = end;
        }
        if batch.scratch.starts.len >= BATCH {
            batch.look_up(at);
        }
        // A long piece is counted at once and can leave the base far behind.
        if at - batch.base > REACH {
            batch.finish(at);
            batch.base = at;
        }
    }
    batch.finish(at);
    batch.total
}

/// As [`count`], of a text of at most one block: nothing is set up that so few pieces would not pay for.
fn count_block<V: Known>(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return 0;
    }
    let mut window = [0; WINDOW];
    window[..bytes.len()].copy_from_slice(bytes);
    let mut total = 0;
    let block = if !V::PATTERN.has_blocks() {
        Block::Long
    } else if bytes.len() <= 16 {
        blocks::split::<V, 1>(&window, bytes.len(), true)
    } else {
        blocks::split::<V, 4>(&window, bytes.len(), true)
    };
    if let Block::Pieces { starts, end } = block {
        for (start, len) in Pieces::new(starts, end) {
            let known =
                len <= KEY_BYTES && V::VOCABULARY.is_token(Key::new(sixteen(&window, start), len));
            total += if known {
                1
            } else {
                count_piece::<V>(&bytes[start..start + len])
            };
        }
        return total;
    }
    let mut at = 0;
    while at < bytes.len() {
        let end = piece_end(V::PATTERN, text, at);
        total += count_piece::<V>(&bytes[at..end]);
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
pub(super) fn key_of(piece: &[u8]) -> Key {
    let mut bytes = [0; 16];
    bytes[..piece.len()].copy_from_slice(piece);
    Key::new(bytes, piece.len())
}

/// How many tokens one piece has.
#[inline(never)]
fn count_piece<V: Known>(piece: &[u8]) -> usize {
    let key = (piece.len() <= KEY_BYTES).then(|| key_of(piece));
    if key.is_some_and(|key| V::VOCABULARY.is_token(key)) {
        return 1;
    }
    if piece.len() <= 3 {
        return count_tiny::<V>(piece);
    }
    Cache::with(V::VOCABULARY.number, |cache, _| {
        let Some(key) = key else {
            return count_long_piece::<V>(cache, piece);
        };
        let known = cache.get(key);
        if known > 0 {
            return known as usize;
        }
        let mut lane = Alone::<16>::EMPTY;
        lane.merge(V::VOCABULARY, piece);
        cache.put(key, lane.count());
        lane.count()
    })
}

/// How many tokens a piece of 2 or 3 bytes has that is no token: what two of its bytes merge into is all that can come of it.
#[inline(always)]
fn count_tiny<V: Known>(piece: &[u8]) -> usize {
    match *piece {
        [a, b, c] => {
            let merges = |left, right| V::VOCABULARY.first_merge(left, right).id() != First::NONE;
            3 - usize::from(merges(a, b) || merges(b, c))
        }
        _ => piece.len(),
    }
}

/// How many tokens a piece of more than 15 bytes has.
fn count_long_piece<V: Known>(cache: &mut Cache, piece: &[u8]) -> usize {
    let bytes: [u8; 128] = window(piece, 0);
    let known = cache.get_longer(&bytes, piece.len());
    if known > 0 {
        return known;
    }
    let mut count = 0;
    if V::VOCABULARY.long_token(piece).is_some() {
        count = 1;
    } else {
        long::tokens(V::VOCABULARY, piece, |_, tokens| count += tokens.len());
    }
    cache.put_longer(&bytes, piece.len(), count);
    count
}

/// Pieces on their way, and what has been counted.
struct Batch<'t, V> {
    vocabulary: PhantomData<V>,
    cache: &'t mut Cache,
    scratch: &'t mut Scratch,
    text: &'t [u8],
    /// Where spans count from.
    base: usize,
    total: usize,
}

impl<V: Known> Batch<'_, V> {
    /// The pieces of a block at `at`.
    #[inline(always)]
    fn add(&mut self, at: usize, starts: u64) {
        self.scratch.starts.add((at - self.base) as u32, starts);
    }

    /// One piece of any length.
    #[inline(never)]
    fn add_one(&mut self, start: usize, end: usize) {
        let long = end - start > LANE_BYTES;
        if long || self.scratch.starts.len >= BATCH {
            self.look_up(start);
        }
        if long {
            let piece = &self.text[start..end];
            self.total += count_long_piece::<V>(self.cache, piece);
        } else {
            self.add(start, 1);
        }
    }

    /// Counts the pieces that were met lately and sets the others aside. `end` is where the last of them ends.
    #[inline(never)]
    fn look_up(&mut self, end: usize) {
        let Scratch {
            starts,
            new,
            places,
            ..
        } = &mut *self.scratch;
        let len = std::mem::take(&mut starts.len);
        starts.starts[len] = (end - self.base) as u32;
        let text = &self.text[self.base..];
        let recent = self.cache.recent();
        let mut total = 0;
        let mut news = new.len;
        let mut start = starts.starts[0];
        let mut look_up = |end: u32| {
            let len = (end - start) as usize;
            let key = Key::new(sixteen_of(text, start as usize), len);
            let count = recent.get(key);
            total += count;
            new.set(news, key, Span { start, end });
            news += usize::from(count == 0);
            start = end;
        };
        // Two at a turn, as what a turn needs itself is a tenth of it.
        let (ends, last) = starts.starts[1..=len].as_chunks::<2>();
        for &[end, next] in ends {
            look_up(end);
            look_up(next);
        }
        for &end in last {
            look_up(end);
        }
        // Their places are asked for now, and looked at when there are more.
        let before = std::mem::replace(&mut new.len, news);
        for (place, piece) in places[before..].iter_mut().zip(&new.pieces[before..news]) {
            *place = V::VOCABULARY.place(piece.key) as u32;
            V::VOCABULARY.fetch(*place as usize);
        }
        self.total += total as usize;
        if news >= NEW {
            self.look_up_new();
        }
    }

    /// Counts the pieces that are a token and sets the others aside.
    #[inline(never)]
    fn look_up_new(&mut self) {
        let Scratch {
            new,
            places,
            strange,
            odd,
            ..
        } = &mut *self.scratch;
        let len = std::mem::take(&mut new.len);
        let mut recent = self.cache.recent();
        let (mut tokens, mut strangers, mut odds) = (0, strange.len, odd.len);
        for (&Piece { key, span }, &place) in new.pieces[..len].iter().zip(&*places) {
            let token = V::VOCABULARY.has(place as usize, key);
            recent.put(key, u64::from(token));
            tokens += usize::from(token);
            let mergeable = span.len().wrapping_sub(4) <= KEY_BYTES - 4;
            strange.set(strangers, key, span);
            strangers += usize::from(!token & mergeable);
            odd.set(odds, Key::NONE, span);
            odds += usize::from(!token & !mergeable);
        }
        self.total += tokens;
        odd.len = odds;
        let before = std::mem::replace(&mut strange.len, strangers);
        for piece in &strange.pieces[before..strangers] {
            self.cache.fetch(piece.key);
        }
        if strangers >= STRANGE {
            self.look_up_strange();
        }
        if odds >= STRANGE {
            self.look_up_odd();
        }
    }

    /// Counts what was merged before and sets the others aside.
    #[inline(never)]
    fn look_up_strange(&mut self) {
        let len = std::mem::take(&mut self.scratch.strange.len);
        for number in 0..len {
            let Scratch { strange, short, .. } = &mut *self.scratch;
            let Piece { key, span } = strange.pieces[number];
            let known = self.cache.get(key);
            self.cache.recent().put(key, known);
            self.total += known as usize;
            let queue = &mut short.queue;
            queue.set(queue.len, key, span);
            queue.len += usize::from(known == 0);
            if queue.len == SHORT {
                self.merge_short();
            }
        }
    }

    /// As [`look_up_strange`](Self::look_up_strange), for the shortest and for those that have no key.
    #[inline(never)]
    fn look_up_odd(&mut self) {
        let len = std::mem::take(&mut self.scratch.odd.len);
        for &Piece { span, .. } in &self.scratch.odd.pieces[..len] {
            if (KEY_BYTES + 1..=LANE_BYTES).contains(&span.len()) {
                let bytes = window(self.text, span.start(self.base));
                self.cache.fetch_longer(&bytes, span.len());
            }
        }
        for number in 0..len {
            let scratch = &mut *self.scratch;
            let span = scratch.odd.pieces[number].span;
            let piece = span.piece(self.text, self.base);
            if piece.len() <= 3 {
                self.total += count_tiny::<V>(piece);
                continue;
            }
            if piece.len() > LANE_BYTES {
                self.total += count_long_piece::<V>(self.cache, piece);
                continue;
            }
            let bytes: [u8; 64] = window(self.text, span.start(self.base));
            let known = self.cache.get_longer(&bytes, piece.len());
            if known > 0 {
                self.total += known;
            } else if V::VOCABULARY.long_token(piece).is_some() {
                self.total += 1;
                self.cache.put_longer(&bytes, piece.len(), 1);
            } else if piece.len() < 32 {
                scratch.middle.queue.add(Key::NONE, span);
                if scratch.middle.queue.len == MIDDLE {
                    self.merge_middle();
                }
            } else {
                scratch.long.queue.add(Key::NONE, span);
                if scratch.long.queue.len == LONG {
                    self.merge_long();
                }
            }
        }
    }

    fn merge_short(&mut self) {
        let Scratch { short, waiting, .. } = &mut *self.scratch;
        let place = (self.text, self.base);
        short.merge::<V>(waiting, place, |key, _, count| {
            self.total += count;
            self.cache.put(key, count);
        });
    }

    fn merge_middle(&mut self) {
        let Scratch {
            middle, waiting, ..
        } = &mut *self.scratch;
        let place = (self.text, self.base);
        middle.merge::<V>(waiting, place, |_, span, count| {
            self.total += count;
            let bytes: [u8; 64] = window(self.text, span.start(self.base));
            self.cache.put_longer(&bytes, span.len(), count);
        });
    }

    fn merge_long(&mut self) {
        let Scratch { long, waiting, .. } = &mut *self.scratch;
        let place = (self.text, self.base);
        long.merge::<V>(waiting, place, |_, span, count| {
            self.total += count;
            let bytes: [u8; 64] = window(self.text, span.start(self.base));
            self.cache.put_longer(&bytes, span.len(), count);
        });
    }

    /// Counts whatever waits.
    fn finish(&mut self, end: usize) {
        self.look_up(end);
        self.look_up_new();
        self.look_up_strange();
        self.look_up_odd();
        self.merge_short();
        self.merge_middle();
        self.merge_long();
    }
}
