//! From a piece that is no token to its tokens: byte pair merging, on numbers.
//!
//! The rule: of all neighbours that merge into a token, those whose token has the lowest id merge first, the leftmost of
//! several; until none is left. Each token of these vocabularies is made by one merge only, so neighbours are looked up by
//! their ids and not by their bytes.
//!
//! A merge waits for what the one before it came to, and that for memory, so one piece alone keeps the processor waiting.
//! [`count`] merges many pieces side by side, each in a [`Lane`] of its own: one merge of each, then all that is to be
//! looked up for the next, so that they wait together.

use std::hint::select_unpredictable;

use wide::f32x4;

use super::vocabulary::{self, First, Vocabulary};

/// More than any [`candidate`].
const NOTHING: f32 = f32::MAX;
/// The id of what lies before the first and behind the last token; it merges with nothing.
const OUTSIDE: u32 = First::NONE;

/// What merges next if nothing with a lower id does: the id of the token that the one at `at` and the next merge into,
/// and below it the place. As a number that all processors can compare four of at once: for positive floats the order of
/// their bits is their own. The highest bit set makes it a normal one.
#[inline(always)]
fn candidate(id: u32, at: usize) -> f32 {
    let bits = 1 << 24 | id << 6 | at as u32;
    f32::from_bits(select_unpredictable(
        id < First::NONE,
        bits,
        NOTHING.to_bits(),
    ))
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

    /// Begins with a piece of 1 to `N - 1` bytes, and merges it to the end.
    pub(super) fn merge(&mut self, vocabulary: &Vocabulary, piece: &[u8]) {
        let mut firsts = [First::EMPTY; N];
        firsts_of(vocabulary, piece, &mut firsts);
        let mut open = self.begin(vocabulary, piece, &firsts);
        while open != 0 {
            let at = open.trailing_zeros() as usize & (N - 1);
            let pair = self.pair(at);
            self.set(at, vocabulary.merge(pair));
            open &= open - 1;
        }
        loop {
            let lowest = self.lowest();
            if lowest == NOTHING.to_bits() {
                return;
            }
            for at in self.take(lowest) {
                let pair = self.pair(at);
                self.set(at, vocabulary.merge(pair));
            }
        }
    }

    /// Begins with a piece of 1 to `N - 1` bytes; gives a bit for each place of a token whose pair with the next is still to
    /// be looked up.
    ///
    /// Two bytes merge at once where no merge with a lower id can take either away, whatever becomes of their neighbours;
    /// so a good part of the merges need not wait for each other.
    #[inline(always)]
    fn begin(&mut self, vocabulary: &Vocabulary, piece: &[u8], firsts: &[First; N]) -> u64 {
        let len = piece.len().min(N - 1);
        *self = Lane::EMPTY;
        self.starts = !0 >> (63 - len);
        // A bit for each place whose byte merges with the next for sure.
        let mut sure = 0u64;
        let (mut before, mut here, mut from_left) = (First::NONE, First::NONE, First::NONE);
        for (at, (&byte, first)) in piece[..len].iter().zip(firsts).enumerate() {
            self.ids[at] = vocabulary.single(byte);
            self.merges[at] = candidate(first.id(), at);
            // `here` is the merge one place back, `before` what could take its left byte.
            sure |= u64::from(here < before.min(first.with_right())) << at;
            before = from_left;
            here = first.id();
            from_left = first.with_left();
        }
        sure >>= 1;
        self.starts &= !(sure << 1);
        let mut open = sure;
        let mut rest = sure;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize & (N - 1);
            self.ids[at] = (self.merges[at].to_bits() & 0xff_ffff) >> 6;
            self.merges[at] = NOTHING;
            self.merges[(at + 1) & (N - 1)] = NOTHING;
            // What it merges into, with what follows and what precedes.
            let before = (self.starts & ((1 << at) - 1) | u64::from(at == 0)).ilog2() as usize;
            open |= 1 << before;
            self.merges[before & (N - 1)] = NOTHING;
            rest &= rest - 1;
        }
        open
    }

    /// The token at a place and the next.
    #[inline(always)]
    fn pair(&self, at: usize) -> u64 {
        let next = (self.starts & (!1 << at)).trailing_zeros() as usize & (N - 1);
        vocabulary::pair(self.ids[at], self.ids[next])
    }

    /// Whether a [`pair`](Self::pair) is one of two tokens: of all that is looked up, a third is not.
    #[inline(always)]
    fn is_inside(pair: u64) -> bool {
        let [left, right] = vocabulary::tokens_of(pair);
        (left != OUTSIDE) & (right != OUTSIDE)
    }

    /// What the token at a place and the next merge into.
    #[inline(always)]
    fn set(&mut self, at: usize, id: u32) {
        self.merges[at] = candidate(id, at);
    }

    /// Takes a merge. Gives the places of the two tokens whose pairs with the next are new: where the token stands, and
    /// the one before it, or the last place when there is none.
    #[inline(always)]
    fn take(&mut self, lowest: u32) -> [usize; 2] {
        let last = N - 1;
        let at = lowest as usize & last;
        let next = (self.starts & (!1 << at)).trailing_zeros() as usize & last;
        // Where there is none, this comes to the last place.
        let before = self.starts & ((1 << at) - 1);
        let before = 63usize.wrapping_sub(before.leading_zeros() as usize) & last;
        // The next token disappears into this one.
        self.starts &= !(1 << next);
        for gone in [at, before, next] {
            self.merges[gone] = NOTHING;
        }
        self.ids[at] = (lowest & 0xff_ffff) >> 6;
        [at, before]
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

/// What each two bytes of a piece side by side merge into.
#[inline(always)]
fn firsts_of<const N: usize>(vocabulary: &Vocabulary, piece: &[u8], firsts: &mut [First; N]) {
    let len = piece.len().min(N - 1);
    for (first, two) in firsts.iter_mut().zip(piece[..len].windows(2)) {
        *first = vocabulary.first_merge(two[0], two[1]);
    }
    firsts[len.saturating_sub(1)] = First::EMPTY;
}

/// How many pairs may wait to be looked up.
const WAITING: usize = 256;

/// Pairs that wait to be looked up.
pub(super) struct Waiting {
    pairs: [u64; WAITING],
    places: [u32; WAITING],
    /// The lane, and the place in it in the low byte.
    targets: [u16; WAITING],
    len: usize,
}

impl Waiting {
    pub(super) const EMPTY: Waiting = Waiting {
        pairs: [0; WAITING],
        places: [0; WAITING],
        targets: [0; WAITING],
        len: 0,
    };

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline(always)]
    fn add<const N: usize>(&mut self, lane: usize, at: usize, pair: u64) {
        let next = self.len & (WAITING - 1);
        self.pairs[next] = pair;
        self.targets[next] = (lane << 8 | at) as u16;
        self.len = next + usize::from(Lane::<N>::is_inside(pair));
    }

    /// Looks all up, each step for all of them before the next, so that they wait for memory together.
    #[inline(always)]
    fn answer<const N: usize, const G: usize>(
        &mut self,
        vocabulary: &Vocabulary,
        lanes: &mut [Lane<N>; G],
    ) {
        let len = self.len.min(WAITING);
        let pairs = &self.pairs[..len];
        let places = &mut self.places[..len];
        for (place, &pair) in places.iter_mut().zip(pairs) {
            *place = vocabulary.merge_place(pair) as u32;
        }
        for ((&place, &pair), &target) in places.iter().zip(pairs).zip(&self.targets) {
            let id = vocabulary.merge_at(place as usize, pair);
            let (lane, at) = (usize::from(target >> 8), usize::from(target));
            lanes[lane & (G - 1)].set(at & (N - 1), id);
        }
        self.len = 0;
    }
}

/// Up to `G` pieces of up to `N - 1` bytes, merged side by side; both powers of two, `G` at most 64.
pub(super) struct Group<const N: usize, const G: usize> {
    lanes: [Lane<N>; G],
    firsts: [[First; N]; G],
}

impl<const N: usize, const G: usize> Group<N, G> {
    pub(super) const EMPTY: Group<N, G> = Group {
        lanes: [Lane::EMPTY; G],
        firsts: [[First::EMPTY; N]; G],
    };

    /// Merges the first `len` pieces to the end, each of 1 to `N - 1` bytes.
    #[inline(never)]
    pub(super) fn merge<'t>(
        &mut self,
        vocabulary: &Vocabulary,
        waiting: &mut Waiting,
        len: usize,
        piece: impl Fn(usize) -> &'t [u8],
    ) {
        let len = len.min(G);
        for (number, firsts) in self.firsts[..len].iter_mut().enumerate() {
            firsts_of(vocabulary, piece(number), firsts);
        }
        for number in 0..len {
            let lane = &mut self.lanes[number];
            let mut open = lane.begin(vocabulary, piece(number), &self.firsts[number]);
            while open != 0 {
                let at = open.trailing_zeros() as usize & (N - 1);
                waiting.add::<N>(number, at, lane.pair(at));
                open &= open - 1;
            }
            if waiting.len > WAITING - N {
                waiting.answer(vocabulary, &mut self.lanes);
            }
        }
        // The numbers of those that may have a merge left.
        let mut busy = [0u8; G];
        for (number, busy) in busy.iter_mut().enumerate() {
            *busy = number as u8;
        }
        let mut left = len;
        loop {
            waiting.answer(vocabulary, &mut self.lanes);
            let mut lowest = [0u32; G];
            let mut still = 0;
            for at in 0..left {
                let number = busy[at];
                let low = self.lanes[usize::from(number) & (G - 1)].lowest();
                busy[still] = number;
                lowest[still] = low;
                still += usize::from(low != NOTHING.to_bits());
            }
            left = still;
            if left == 0 {
                return;
            }
            for (&number, &lowest) in busy.iter().zip(&lowest).take(left) {
                let number = usize::from(number) & (G - 1);
                let lane = &mut self.lanes[number];
                for at in lane.take(lowest) {
                    waiting.add::<N>(number, at, lane.pair(at));
                }
            }
        }
    }

    /// How many tokens a piece came to.
    #[inline(always)]
    pub(super) fn count(&self, number: usize) -> usize {
        self.lanes[number].count()
    }
}
