//! Scratch memory for counting: queues of pieces, and groups of pieces that are merged side by
//! side.
//!
//! `count.rs` fills and drains it; `cache.rs` stores one per thread.

use super::blocks::BLOCK;
use super::merge::{Group, Waiting};
use super::vocabulary::{Key, StaticVocabulary};

/// Batch size. May overshoot by one block (64 pieces).
pub(super) const BATCH: usize = 96;
/// Number of uncached pieces after which they are looked up in the vocabulary; may overshoot by one
/// batch.
pub(super) const UNCACHED: usize = 64;
/// Number of pieces that are not tokens after which they are looked up in the cache; may overshoot
/// by one batch.
pub(super) const UNMERGED: usize = 32;
/// Capacity of a queue: a batch of only uncached pieces is added to the waiting ones.
pub(super) const QUEUE: usize = 256;
const _: () = assert!(UNMERGED + UNCACHED + BATCH + BLOCK <= QUEUE);
/// Pieces that are merged side by side, by length: up to 15, 31, 63 bytes.
pub(super) const SHORT: usize = 32;
pub(super) const MIDDLE: usize = 16;
pub(super) const LONG: usize = 8;
/// Maximum length of a queued piece; longer ones are counted at once.
pub(super) const LANE_BYTES: usize = 62;

/// Start and end of a piece, relative to the base.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    #[inline(always)]
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    #[inline(always)]
    pub(super) fn start(self, base: usize) -> usize {
        base + self.start as usize
    }

    pub(super) fn piece(self, text: &[u8], base: usize) -> &[u8] {
        &text[self.start(base)..base + self.end as usize]
    }
}

#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) key: Key,
    pub(super) span: Span,
}

/// Pieces that wait for the same stage; `N` is a power of two.
pub(super) struct Queue<const N: usize> {
    pub(super) pieces: [Piece; N],
    pub(super) len: usize,
}

impl<const N: usize> Queue<N> {
    pub(super) const EMPTY: Queue<N> = Queue {
        pieces: [Piece {
            key: Key::NONE,
            span: Span { start: 0, end: 0 },
        }; N],
        len: 0,
    };

    #[inline(always)]
    pub(super) fn set(&mut self, at: usize, key: Key, span: Span) {
        debug_assert!(at < N);
        self.pieces[at & (N - 1)] = Piece { key, span };
    }

    pub(super) fn add(&mut self, key: Key, span: Span) {
        self.set(self.len, key, span);
        self.len += 1;
    }
}

/// Starts of pieces, relative to the base; each piece ends where the next begins.
pub(super) struct Starts {
    pub(super) starts: [u32; BATCH + 2 * BLOCK],
    pub(super) len: usize,
}

impl Starts {
    pub(super) const EMPTY: Starts = Starts {
        starts: [0; BATCH + 2 * BLOCK],
        len: 0,
    };

    /// Adds a start for each bit. There is room: fewer than `BATCH` are queued.
    #[inline(always)]
    pub(super) fn add(&mut self, from: u32, mut bits: u64) {
        let places = self.starts[self.len..]
            .first_chunk_mut::<BLOCK>()
            .expect("a batch that is full is looked up before more comes");
        let count = bits.count_ones() as usize;
        self.len += count;
        // Eight at a time, so that few blocks need another iteration: their number is
        // unpredictable.
        for eight in places
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .take(count.div_ceil(8))
        {
            for place in eight {
                *place = from + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
        }
    }
}

/// Pieces that wait to be merged, with their spans.
pub(super) struct Merging<const N: usize, const G: usize> {
    pub(super) queue: Queue<G>,
    pub(super) group: Group<N, G>,
}

impl<const N: usize, const G: usize> Merging<N, G> {
    pub(super) const EMPTY: Merging<N, G> = Merging {
        queue: Queue::EMPTY,
        group: Group::EMPTY,
    };

    /// Merges all waiting pieces and passes on each with its count.
    #[inline(always)]
    pub(super) fn merge<V: StaticVocabulary>(
        &mut self,
        waiting: &mut [Waiting; 2],
        (text, base): (&[u8], usize),
        mut done: impl FnMut(Key, Span, usize),
    ) {
        let Merging { queue, group } = self;
        let len = std::mem::take(&mut queue.len);
        if len == 0 {
            return;
        }
        let bytes = |number: usize| {
            let span = queue.pieces[number & (G - 1)].span;
            (window(text, span.start(base)), span.len())
        };
        group.merge::<V>(waiting, len, bytes);
        for (number, &Piece { key, span }) in queue.pieces[..len].iter().enumerate() {
            done(key, span, group.count(number));
        }
    }
}

/// Scratch memory, kept per thread, so that a short text does not pay for clearing it.
pub(super) struct Scratch {
    pub(super) starts: Starts,
    /// Pieces that are not cached.
    pub(super) uncached: Queue<QUEUE>,
    /// Slots of the pieces in the vocabulary if they are tokens.
    pub(super) places: [u32; QUEUE],
    /// Pieces of 4 to 15 bytes that are not tokens.
    pub(super) unmerged: Queue<QUEUE>,
    /// Other pieces that are not tokens: shorter, longer, or without a key.
    pub(super) keyless: Queue<QUEUE>,
    /// Pieces to be merged, by length.
    pub(super) short: Merging<16, SHORT>,
    pub(super) middle: Merging<32, MIDDLE>,
    pub(super) long: Merging<64, LONG>,
    pub(super) waiting: [Waiting; 2],
}

impl Scratch {
    pub(super) const EMPTY: Scratch = Scratch {
        starts: Starts::EMPTY,
        uncached: Queue::EMPTY,
        places: [0; QUEUE],
        unmerged: Queue::EMPTY,
        keyless: Queue::EMPTY,
        short: Merging::EMPTY,
        middle: Merging::EMPTY,
        long: Merging::EMPTY,
        waiting: [Waiting::EMPTY, Waiting::EMPTY],
    };

    /// Clears what an interrupted call left behind.
    pub(super) fn clear(&mut self) {
        for len in [
            &mut self.starts.len,
            &mut self.uncached.len,
            &mut self.unmerged.len,
            &mut self.keyless.len,
            &mut self.short.queue.len,
            &mut self.middle.queue.len,
            &mut self.long.queue.len,
        ] {
            *len = 0;
        }
        for waiting in &mut self.waiting {
            waiting.clear();
        }
    }
}

/// Returns the bytes from `start` on, with zeros after the end of the text.
#[inline(always)]
pub(super) fn window<const N: usize>(text: &[u8], start: usize) -> [u8; N] {
    match text.get(start..start + N).and_then(<[u8]>::first_chunk) {
        Some(bytes) => *bytes,
        None => last_bytes(text, start),
    }
}

/// Returns sixteen bytes from `start` on, without the store that moving them would wait for.
#[inline(always)]
pub(super) fn sixteen_of(text: &[u8], start: usize) -> [u8; 16] {
    match text.get(start..start + 16).and_then(<[u8]>::first_chunk) {
        Some(bytes) => *bytes,
        None => match text.last_chunk() {
            Some(last) => {
                let gone = 16 + start.min(text.len()) - text.len();
                let bytes = u128::from_le_bytes(*last).unbounded_shr(8 * gone as u32);
                bytes.to_le_bytes()
            }
            None => last_bytes(text, start),
        },
    }
}

/// Returns the last bytes of the text, moved to the front; see [`window`].
#[inline(always)]
pub(super) fn last_bytes<const N: usize>(text: &[u8], start: usize) -> [u8; N] {
    let rest = text.len().saturating_sub(start);
    let mut twice = [[0; N]; 2];
    match text.last_chunk() {
        Some(last) => twice[0] = *last,
        None => twice[0][N - text.len()..].copy_from_slice(text),
    }
    let moved = twice.as_flattened()[N - rest.min(N)..].first_chunk();
    *moved.expect("the text has that many bytes")
}
