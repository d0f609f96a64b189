//! From a piece that is no token to its tokens: byte pair merging, on numbers.
//!
//! The rule: of all neighbours that merge into a token, those whose token has the lowest id merge first, the leftmost of
//! several; until none is left. Each token of these vocabularies is made by one merge only, so neighbours are looked up by
//! their ids and not by their bytes.
//!
//! A merge waits for what the one before it came to, so one piece alone keeps the processor waiting. [`count`] merges
//! several pieces in turns, each in a [`Lane`] of its own.

use wide::f32x4;

use super::vocabulary::{First, Vocabulary};

/// More than any [`candidate`].
const NOTHING: f32 = f32::MAX;
/// The id of what lies before the first and behind the last token; it merges with nothing.
const OUTSIDE: u32 = First::NONE;

/// What merges next if nothing with a lower id does: the id of the token that the one at `at` and the next merge into,
/// and below it the place. As a number that all processors can compare four of at once: for positive floats the order of
/// their bits is their own. The highest bit set makes it a normal one.
#[inline(always)]
fn candidate(id: u32, at: usize) -> f32 {
    // Without a branch, which could not be foreseen.
    let none = u32::from(id < First::NONE).wrapping_sub(1);
    let bits = (1 << 24 | id << 6 | at as u32) & !none | NOTHING.to_bits() & none;
    f32::from_bits(bits)
}

/// A piece of up to `N - 1` bytes being merged, `N` a power of two from 4 to 64.
///
/// Behind the last byte stands a token that merges with nothing, so that the last byte is no special case; the last place
/// of all is never a byte's, and stands in for what is before the first.
#[derive(Clone, Copy)]
pub(super) struct Lane<const N: usize> {
    /// For each place where a token begins that could merge with the next: the [`candidate`].
    merges: [f32; N],
    /// For each place where a token begins: its id.
    ids: [u32; N],
    /// A bit for each place where a token begins, the one behind the last included.
    starts: u64,
}

impl<const N: usize> Lane<N> {
    pub(super) const EMPTY: Lane<N> = Lane {
        merges: [NOTHING; N],
        ids: [OUTSIDE; N],
        starts: 0,
    };

    /// Begins with a piece of 1 to `N - 1` bytes.
    ///
    /// Two bytes merge at once where no merge with a lower id can take either away, whatever becomes of their neighbours;
    /// so a good part of the merges need not wait for each other.
    #[inline(always)]
    pub(super) fn load(&mut self, vocabulary: &Vocabulary, piece: &[u8]) {
        let len = piece.len().min(N - 1);
        *self = Lane::EMPTY;
        self.starts = !0 >> (63 - len);
        let Some((&last, _)) = piece[..len].split_last() else {
            return;
        };
        // A bit for each place whose byte merges with the next for sure.
        let mut sure = 0u64;
        let (mut before, mut here, mut from_left) = (First::NONE, First::NONE, First::NONE);
        for (at, pair) in piece[..len].windows(2).enumerate() {
            let first = vocabulary.first_merge(pair[0], pair[1]);
            self.ids[at] = vocabulary.single(pair[0]);
            self.merges[at] = candidate(first.id(), at);
            // `here` is the merge one place back, `before` what could take its left byte.
            sure |= u64::from(here < before.min(first.with_right())) << at;
            before = from_left;
            here = first.id();
            from_left = first.with_left();
        }
        sure |= u64::from(here < before) << (len - 1);
        sure >>= 1;
        self.ids[len - 1] = vocabulary.single(last);
        self.starts &= !(sure << 1);
        let mut rest = sure;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize & (N - 1);
            self.ids[at] = (self.merges[at].to_bits() & 0xff_ffff) >> 6;
            self.merges[(at + 1) & (N - 1)] = NOTHING;
            rest &= rest - 1;
        }
        // What the new tokens merge into, with what follows and what precedes each.
        let mut rest = sure;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize & (N - 1);
            let id = self.ids[at];
            let after = (at + 2) & (N - 1);
            self.merges[at] = candidate(vocabulary.merge(id, self.ids[after]), at);
            let before = self.starts & ((1 << at) - 1);
            let before = 63usize.wrapping_sub(before.leading_zeros() as usize) & (N - 1);
            self.merges[before] = candidate(vocabulary.merge(self.ids[before], id), before);
            rest &= rest - 1;
        }
    }

    /// One merge; false when there is none left.
    #[inline(always)]
    pub(super) fn step(&mut self, vocabulary: &Vocabulary) -> bool {
        let lowest = self.lowest();
        if lowest == NOTHING.to_bits() {
            return false;
        }
        let last = N - 1;
        let at = lowest as usize & last;
        let id = (lowest & 0xff_ffff) >> 6;
        let behind = self.starts & (!1 << at);
        let next = behind.trailing_zeros() as usize & last;
        let after = (behind & behind.wrapping_sub(1)).trailing_zeros() as usize & last;
        // Where there is none, this comes to the last place.
        let before = self.starts & ((1 << at) - 1);
        let before = 63usize.wrapping_sub(before.leading_zeros() as usize) & last;
        // The next token disappears into this one.
        self.starts &= !(1 << next);
        self.merges[next] = NOTHING;
        self.ids[at] = id;
        self.merges[at] = candidate(vocabulary.merge(id, self.ids[after]), at);
        self.merges[before] = candidate(vocabulary.merge(self.ids[before], id), before);
        true
    }

    #[inline(always)]
    fn lowest(&self) -> u32 {
        let (fours, _) = self.merges.as_chunks::<4>();
        let mut least = f32x4::from(fours[0]);
        for four in &fours[1..] {
            least = least.fast_min(f32x4::from(*four));
        }
        let [a, b, c, d] = least.to_array();
        let min = |a: f32, b: f32| if a < b { a } else { b };
        min(min(a, b), min(c, d)).to_bits()
    }

    /// How many tokens there are.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.starts.count_ones() as usize - 1
    }

    /// Where each token begins in the piece, and its id.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut rest = self.starts;
        std::iter::from_fn(move || {
            let at = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (rest != 0).then(|| (at, self.ids[at & (N - 1)]))
        })
    }
}

/// How many pieces are merged in turns.
const LANES: usize = 4;

/// Counts the tokens of pieces of 1 to `N - 1` bytes, and hands each count over with the number of its piece.
#[inline(never)]
pub(super) fn count<'t, const N: usize>(
    vocabulary: &Vocabulary,
    mut pieces: impl Iterator<Item = (usize, &'t [u8])>,
    mut done: impl FnMut(usize, usize),
) {
    let mut lanes = [Lane::<N>::EMPTY; LANES];
    let mut numbers = [usize::MAX; LANES];
    let mut busy = 0;
    for (lane, number) in lanes.iter_mut().zip(&mut numbers) {
        if let Some((n, piece)) = pieces.next() {
            lane.load(vocabulary, piece);
            *number = n;
            busy += 1;
        }
    }
    while busy > 0 {
        for (lane, number) in lanes.iter_mut().zip(&mut numbers) {
            if lane.step(vocabulary) || *number == usize::MAX {
                continue;
            }
            done(*number, lane.count());
            match pieces.next() {
                Some((n, piece)) => {
                    lane.load(vocabulary, piece);
                    *number = n;
                }
                None => {
                    *number = usize::MAX;
                    busy -= 1;
                }
            }
        }
    }
}
