//! Counts the tokens of a string without producing them.
//!
//! ```text
//! text ─▶ blocks of 64 bytes ─▶ pieces ─▶ keys ─▶ met lately ─▶ its count
//!                                                     └─▶ vocabulary ─▶ one token
//!                                                             └─▶ merged before ─▶ its count
//!                                                                     └─▶ merged, many side by side
//! ```
//!
//! Each stage queues pieces and runs once the queue is large enough to hide memory latency: a
//! single piece would wait for memory at every step, many pieces wait together. For the same reason
//! no branch depends on loaded values, because a mispredicted branch would stop the processor
//! before the other loads are issued. Each stage prefetches what the next one reads.
//!
//! The twin of this file is `engine.rs`, which works piece by piece; the tests compare the two.

use std::marker::PhantomData;

use super::blocks::{self, BLOCK, Block, WINDOW};
use super::cache::Cache;
use super::long;
use super::merge::SingleLane;
use super::scratch::{
    BATCH, LANE_BYTES, LONG, MIDDLE, Piece, SHORT, Scratch, Span, UNCACHED, UNMERGED, last_bytes,
    sixteen_of, window,
};
use super::split::piece_end;
use super::vocabulary::{First, KEY_BYTES, Key, StaticVocabulary};

/// Maximum distance of a batch from its base, so that positions fit 32 bits.
const REACH: usize = 1 << 23;

/// Counts the tokens of a string.
///
/// Time: linear in the text; [`long::tokens`] describes the exception.
pub(super) fn count<V: StaticVocabulary>(text: &str) -> usize {
    if text.len() <= BLOCK {
        return count_block::<V>(text);
    }
    Cache::with(V::VOCABULARY.number, |cache, scratch| {
        count_blocks::<V>(cache, scratch, text)
    })
}

fn count_blocks<V: StaticVocabulary>(
    cache: &mut Cache,
    scratch: &mut Scratch,
    text: &str,
) -> usize {
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
            Block::Irregular { end } => at + end,
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
        // A long piece is counted at once and can be far from the base.
        if at - batch.base > REACH {
            batch.finish(at);
            batch.base = at;
        }
    }
    batch.finish(at);
    batch.total
}

/// Counts a string of at most one block, without setting up queues that so few pieces would not pay
/// for.
fn count_block<V: StaticVocabulary>(text: &str) -> usize {
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

/// Pieces of a block: start and length, at least one byte.
struct Pieces {
    starts: u64,
    start: usize,
    end: usize,
}

impl Pieces {
    #[inline(always)]
    fn new(starts: u64, end: usize) -> Pieces {
        // The end closes the last piece; an end at 64 needs no bit.
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

/// Returns the key of a piece of at most 15 bytes.
pub(super) fn key_of(piece: &[u8]) -> Key {
    let mut bytes = [0; 16];
    bytes[..piece.len()].copy_from_slice(piece);
    Key::new(bytes, piece.len())
}

/// Counts the tokens of one piece.
#[inline(never)]
fn count_piece<V: StaticVocabulary>(piece: &[u8]) -> usize {
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
        let mut lane = SingleLane::<16>::EMPTY;
        lane.merge(V::VOCABULARY, piece);
        cache.put(key, lane.count());
        lane.count()
    })
}

/// Counts the tokens of a piece of 2 or 3 bytes that is not a token: at most one merge of two of
/// its bytes is possible.
#[inline(always)]
fn count_tiny<V: StaticVocabulary>(piece: &[u8]) -> usize {
    match *piece {
        [a, b, c] => {
            let merges = |left, right| V::VOCABULARY.first_merge(left, right).id() != First::NONE;
            3 - usize::from(merges(a, b) || merges(b, c))
        }
        _ => piece.len(),
    }
}

/// Counts the tokens of a piece of more than 15 bytes.
fn count_long_piece<V: StaticVocabulary>(cache: &mut Cache, piece: &[u8]) -> usize {
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

/// Queued pieces, and the count so far.
struct Batch<'t, V> {
    vocabulary: PhantomData<V>,
    cache: &'t mut Cache,
    scratch: &'t mut Scratch,
    text: &'t [u8],
    /// Offset that spans are relative to.
    base: usize,
    total: usize,
}

impl<V: StaticVocabulary> Batch<'_, V> {
    /// Adds the pieces of a block at `at`.
    #[inline(always)]
    fn add(&mut self, at: usize, starts: u64) {
        self.scratch.starts.add((at - self.base) as u32, starts);
    }

    /// Adds one piece of any length.
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

    /// Counts recently seen pieces and queues the others. `end` is the end of the last piece.
    #[inline(never)]
    fn look_up(&mut self, end: usize) {
        let Scratch {
            starts,
            uncached,
            places,
            ..
        } = &mut *self.scratch;
        let len = std::mem::take(&mut starts.len);
        starts.starts[len] = (end - self.base) as u32;
        let text = &self.text[self.base..];
        let recent = self.cache.recent();
        let mut total = 0;
        let mut uncached_len = uncached.len;
        let mut start = starts.starts[0];
        let mut look_up = |end: u32| {
            let len = (end - start) as usize;
            let key = Key::new(sixteen_of(text, start as usize), len);
            let count = recent.get(key);
            total += count;
            uncached.set(uncached_len, key, Span { start, end });
            uncached_len += usize::from(count == 0);
            start = end;
        };
        // Unrolled by two: loop overhead was about 10 %.
        let (ends, last) = starts.starts[1..=len].as_chunks::<2>();
        for &[end, next] in ends {
            look_up(end);
            look_up(next);
        }
        for &end in last {
            look_up(end);
        }
        // Their slots are prefetched now, and read once there are more.
        let before = std::mem::replace(&mut uncached.len, uncached_len);
        for (place, piece) in places[before..]
            .iter_mut()
            .zip(&uncached.pieces[before..uncached_len])
        {
            *place = V::VOCABULARY.place(piece.key) as u32;
            V::VOCABULARY.prefetch(*place as usize);
        }
        self.total += total as usize;
        if uncached_len >= UNCACHED {
            self.resolve_uncached();
        }
    }

    /// Counts the pieces that are tokens and queues the others.
    #[inline(never)]
    fn resolve_uncached(&mut self) {
        let Scratch {
            uncached,
            places,
            unmerged,
            keyless,
            ..
        } = &mut *self.scratch;
        let len = std::mem::take(&mut uncached.len);
        let mut recent = self.cache.recent();
        let (mut tokens, mut unmerged_len, mut keyless_len) = (0, unmerged.len, keyless.len);
        for (&Piece { key, span }, &place) in uncached.pieces[..len].iter().zip(&*places) {
            let token = V::VOCABULARY.has(place as usize, key);
            recent.put(key, u64::from(token));
            tokens += usize::from(token);
            let mergeable = span.len().wrapping_sub(4) <= KEY_BYTES - 4;
            unmerged.set(unmerged_len, key, span);
            unmerged_len += usize::from(!token & mergeable);
            keyless.set(keyless_len, Key::NONE, span);
            keyless_len += usize::from(!token & !mergeable);
        }
        self.total += tokens;
        keyless.len = keyless_len;
        let before = std::mem::replace(&mut unmerged.len, unmerged_len);
        for piece in &unmerged.pieces[before..unmerged_len] {
            self.cache.prefetch(piece.key);
        }
        if unmerged_len >= UNMERGED {
            self.resolve_unmerged();
        }
        if keyless_len >= UNMERGED {
            self.resolve_keyless();
        }
    }

    /// Counts cached merged pieces and queues the others.
    #[inline(never)]
    fn resolve_unmerged(&mut self) {
        let len = std::mem::take(&mut self.scratch.unmerged.len);
        for number in 0..len {
            let Scratch {
                unmerged, short, ..
            } = &mut *self.scratch;
            let Piece { key, span } = unmerged.pieces[number];
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

    /// Counts the shortest pieces and those without a key.
    #[inline(never)]
    fn resolve_keyless(&mut self) {
        let len = std::mem::take(&mut self.scratch.keyless.len);
        for &Piece { span, .. } in &self.scratch.keyless.pieces[..len] {
            if (KEY_BYTES + 1..=LANE_BYTES).contains(&span.len()) {
                let bytes = window(self.text, span.start(self.base));
                self.cache.prefetch_longer(&bytes, span.len());
            }
        }
        for number in 0..len {
            let scratch = &mut *self.scratch;
            let span = scratch.keyless.pieces[number].span;
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

    /// Counts all queued pieces.
    fn finish(&mut self, end: usize) {
        self.look_up(end);
        self.resolve_uncached();
        self.resolve_unmerged();
        self.resolve_keyless();
        self.merge_short();
        self.merge_middle();
        self.merge_long();
    }
}
