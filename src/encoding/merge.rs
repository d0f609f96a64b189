//! Merges a piece that is not a token into its tokens: byte pair merging on ids.
//!
//! The rule: of all adjacent pairs that merge into a token, the one with the lowest id merges
//! first, the leftmost if there are several; until none is left. Each token of these vocabularies
//! is made by a single merge, so pairs are looked up by ids instead of bytes.
//!
//! Each merge depends on the previous one, which depends on a load, so a single piece keeps the
//! processor waiting. A [`Group`] merges many pieces side by side, each in a [`Lane`]: one merge of
//! each, then the table lines for the next merges are prefetched. The lanes are split into two
//! halves that alternate: one merges while the other's loads complete.

use std::hint::select_unpredictable;
use std::ops::Range;

use wide::{f32x4, u8x16, u32x4};

use super::hash;
use super::vocabulary::{self, First, StaticVocabulary, Vocabulary};

/// Greater than any [`candidate`].
const NOTHING: f32 = f32::MAX;
/// Bits that are set in every [`candidate`], so that it is a normal number.
const NORMAL: u32 = 1 << 24;

/// Sort key of a merge candidate: the rank ([`vocabulary::id_of`]) of the token that the one at
/// `at` and the next merge into, then the position. A float, because all processors can compare
/// four of them at once: positive floats are ordered like their bits.
#[inline(always)]
fn candidate(rank: u32, at: usize) -> f32 {
    let bits = NORMAL | rank | at as u32;
    let bits = select_unpredictable(rank == vocabulary::NONE, NOTHING.to_bits(), bits);
    f32::from_bits(bits)
}

/// Returns the id of a [`candidate`].
#[inline(always)]
fn id_of(candidate: u32) -> u32 {
    vocabulary::id_of(candidate & (NORMAL - 1))
}

/// Returns a bit for each byte that begins a three-byte character.
#[inline(always)]
fn leads<const N: usize>(bytes: &[u8; N]) -> u64 {
    let (sixteens, _) = bytes.as_chunks::<16>();
    let mut leads = 0;
    for (number, &sixteen) in sixteens.iter().enumerate() {
        let high = u8x16::from(sixteen) & u8x16::splat(0xf0);
        leads |= u64::from(high.simd_eq(u8x16::splat(0xe0)).to_bitmask()) << (16 * number);
    }
    leads
}

/// Masks of four numbers for each value of four bits.
static FOURS: [[u32; 4]; 16] = {
    let mut fours = [[0; 4]; 16];
    let mut bits = 0;
    while bits < 64 {
        if (bits / 4) >> (bits % 4) & 1 == 1 {
            fours[bits / 4][bits % 4] = !0;
        }
        bits += 1;
    }
    fours
};

/// Returns the mask of the four positions starting at `from`.
#[inline(always)]
fn four(bits: u64, from: usize) -> u32x4 {
    u32x4::from(FOURS[(bits >> from & 15) as usize])
}

/// Returns the highest set bit; 0 if there is none.
#[inline(always)]
fn highest(bits: u64) -> usize {
    (bits | 1).ilog2() as usize
}

/// The token at a position and the next one, if both belong to the piece.
struct Neighbors {
    at: usize,
    pair: u64,
    exist: bool,
}

/// Positions of the longest lane.
const MOST: usize = 64;

/// A piece of up to `N - 1` bytes being merged, `N` a power of two from 16 to [`MOST`].
struct Lane<'l, const N: usize> {
    /// The [`candidate`] of each token start that could merge with the next.
    merges: &'l mut [f32; N],
    /// The id of each token start.
    ids: &'l mut [u32; N],
    /// A bit for each token start, and one for the end.
    starts: &'l mut u64,
    /// A bit for each start of a character that is certainly one token.
    chars: &'l mut u64,
}

impl<const N: usize> Lane<'_, N> {
    /// Reads the first `len` of the bytes, from 1 to `N - 1`: their ids, and the merge of each with
    /// the next. The bytes after them are read too, so that no branch depends on the length.
    #[inline(always)]
    fn read(
        &mut self,
        vocabulary: &Vocabulary,
        bytes: &[u8; N],
        len: usize,
        firsts: &mut [First; N],
    ) {
        debug_assert!((1..N).contains(&len));
        *self.starts = !0 >> (63 - len);
        for at in 0..N - 1 {
            self.ids[at] = vocabulary.single(bytes[at]);
            firsts[at] = vocabulary.first_merge(bytes[at], bytes[at + 1]);
        }
        *self.chars = 0;
        let leads = leads(bytes) & (1u64 << len >> 2).saturating_sub(1);
        if leads != 0 {
            self.read_chars(vocabulary, bytes, len, firsts, leads);
        }
    }

    /// Merges three-byte characters that are tokens at once if no merge with a lower id takes a
    /// part of them, as in [`begin`](Self::begin): then nothing inside of them needs a lookup.
    #[inline(never)]
    fn read_chars(
        &mut self,
        vocabulary: &Vocabulary,
        bytes: &[u8; N],
        len: usize,
        firsts: &[First; N],
        mut leads: u64,
    ) {
        let last = N - 1;
        while leads != 0 {
            let at = leads.trailing_zeros() as usize & last;
            leads &= leads - 1;
            let before = at.wrapping_sub(1) & last;
            let behind = (at + 2) & last;
            let char = [at, at + 1, at + 2].map(|at| bytes[at & last]);
            let (id, of_two) = vocabulary.char(char, bytes[before]);
            let (of_one, _) = firsts[before].steps();
            let (_, of_last) = firsts[behind].steps();
            // Absent pairs take nothing away.
            let left = select_unpredictable(at == 0, u32::MAX, of_one.min(of_two));
            let right = select_unpredictable(at + 3 == len, u32::MAX, of_last);
            let sure = id != vocabulary::NONE && hash::step(id) < left.min(right);
            self.ids[at] = select_unpredictable(sure, id, self.ids[at]);
            *self.chars |= u64::from(sure) << at;
        }
    }

    /// Starts with the bytes that were read; returns a bit for each token whose pair with the next
    /// must still be looked up.
    ///
    /// Two bytes merge at once if no merge with a lower id can take either of them, whatever
    /// becomes of their neighbors; therefore many merges are independent of each other.
    #[inline(always)]
    fn begin(&mut self, firsts: &[First; N]) -> u64 {
        let starts = *self.starts;
        // Pairs after the last two bytes belong to no piece.
        let mut pairs = [[First::EMPTY.0; 4]; MOST / 4];
        let (fours, _) = firsts.as_chunks::<4>();
        for n in 0..N / 4 {
            let first = u32x4::from(fours[n].map(|first| first.0));
            pairs[n] = (first | four(!(starts >> 2), n * 4)).to_array();
        }
        let pairs = pairs.as_flattened();
        // Values `by` positions before or after.
        let moved = |from: usize, by: isize| {
            u32x4::from(std::array::from_fn(|n| {
                let at = (from + n).wrapping_add_signed(by);
                *pairs.get(at).unwrap_or(&First::EMPTY.0)
            }))
        };
        // A bit for each position whose byte certainly merges with the next.
        let mut sure = 0u64;
        for from in (0..N).step_by(4) {
            let here = First::steps_of_ids(moved(from, 0));
            let left = First::steps_with_left(moved(from, -1));
            let right = First::steps_with_right(moved(from, 1));
            let less = here.simd_lt(left) & here.simd_lt(right);
            sure |= u64::from(less.to_bitmask()) << from;
        }
        let chars = *self.chars;
        sure &= !(chars | chars << 1);
        let merged = sure | chars;
        let inner = merged << 1 | chars << 2;
        let mut starts = starts & !inner;
        *self.starts = starts;
        // The token before each of these: the previous byte, or the character that it ends.
        let one = merged >> 1;
        let two = (one & !starts) >> 1;
        let three = (two & !starts) >> 1;
        let before = (one | two) & starts | three;
        // Merged bytes have no merge with the previous one, nor have those whose neighbor was
        // merged.
        let gone = merged | inner | before;
        let (merges, _) = self.merges.as_chunks_mut::<4>();
        let (ids, _) = self.ids.as_chunks_mut::<4>();
        for n in 0..N / 4 {
            let from = n * 4;
            let first = First::ids(moved(from, 0));
            let places = u32x4::from([0, 1, 2, 3].map(|n| NORMAL | (from as u32 + n)));
            let candidates = first << 6 | places;
            let none = first.simd_eq(u32x4::splat(First::NONE)) | four(gone, from);
            let nothing = u32x4::splat(NOTHING.to_bits());
            let chosen = none.bitselect(nothing, candidates).to_array();
            merges[n] = chosen.map(f32::from_bits);
            ids[n] = four(sure, from)
                .bitselect(first, u32x4::from(ids[n]))
                .to_array();
        }
        // The last token has no next one.
        starts &= !(1 << highest(starts));
        (merged | before) & starts & !(1 << highest(starts))
    }

    /// Applies a merge. Returns the new pairs: the token with the next, and with the previous one.
    #[inline(always)]
    fn take(&mut self, lowest: u32) -> [Neighbors; 2] {
        let last = N - 1;
        let at = lowest as usize & last;
        let id = id_of(lowest);
        let behind = *self.starts & (!1 << at);
        // The next token becomes part of this one.
        let others = behind & behind.wrapping_sub(1);
        *self.starts ^= behind ^ others;
        let next = behind.trailing_zeros() as usize & last;
        let after = others.trailing_zeros() as usize & last;
        let preceding = *self.starts & ((1 << at) - 1);
        // If there is none, this is the first position itself.
        let before = highest(preceding) & last;
        for gone in [at, before, next] {
            self.merges[gone] = NOTHING;
        }
        self.ids[at] = id;
        [
            Neighbors {
                at,
                pair: vocabulary::pair(id, self.ids[after]),
                exist: others & others.wrapping_sub(1) != 0,
            },
            Neighbors {
                at: before,
                pair: vocabulary::pair(self.ids[before], id),
                exist: preceding != 0,
            },
        ]
    }
}

/// Returns the bits of the lowest [`candidate`].
#[inline(always)]
fn lowest<const N: usize>(merges: &[f32; N]) -> u32 {
    let (fours, _) = merges.as_chunks::<4>();
    let mut least = f32x4::from(fours[0]);
    for four in &fours[1..] {
        least = least.fast_min(f32x4::from(*four));
    }
    let [a, b, c, d] = least.to_array();
    let min = |a: f32, b: f32| if a < b { a } else { b };
    min(min(a, b), min(c, d)).to_bits()
}

/// Maximum number of pairs that wait for their lookup.
const WAITING: usize = 256;

/// Pairs that wait for their lookup.
pub(super) struct Waiting {
    pairs: [u64; WAITING],
    places: [u32; WAITING],
    /// Number of the lane, and below it the position in it.
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

    /// Clears the queue.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline(always)]
    fn add<V: StaticVocabulary, const N: usize>(
        &mut self,
        lane: usize,
        Neighbors { at, pair, exist }: Neighbors,
    ) {
        let next = self.len & (WAITING - 1);
        V::VOCABULARY.prefetch_pilot(pair);
        self.pairs[next] = pair;
        self.targets[next] = (lane * N + at) as u16;
        self.len = next + usize::from(exist);
    }

    /// Prefetches the table lines of all waiting pairs.
    #[inline(always)]
    fn prefetch<V: StaticVocabulary>(&mut self) {
        let len = self.len.min(WAITING);
        for (place, &pair) in self.places[..len].iter_mut().zip(&self.pairs) {
            *place = V::VOCABULARY.merge_place(pair) as u32;
            V::VOCABULARY.prefetch_merge(*place as usize);
        }
    }

    /// Looks up all pairs that were [prefetched](Self::prefetch).
    #[inline(always)]
    fn resolve<V: StaticVocabulary, const N: usize, const G: usize>(
        &mut self,
        merges: &mut [[f32; N]; G],
    ) {
        let len = self.len.min(WAITING);
        let merges = merges.as_flattened_mut();
        let waiting = self.places.iter().zip(&self.pairs).zip(&self.targets);
        for ((&place, &pair), &target) in waiting.take(len) {
            let rank = V::VOCABULARY.merge_at(place as usize, pair);
            let target = usize::from(target);
            merges[target & (N * G - 1)] = candidate(rank, target & (N - 1));
        }
        self.len = 0;
    }
}

/// Half of the lanes of a group: while one waits for memory, the other merges.
struct HalfGroup<'w, const G: usize> {
    waiting: &'w mut Waiting,
    /// Numbers of the lanes that may have a merge left, and how many there are.
    busy: [u8; G],
    left: usize,
}

/// Up to `G` pieces of up to `N - 1` bytes, merged side by side; both are powers of two, `G` at
/// most 64.
pub(super) struct Group<const N: usize, const G: usize> {
    merges: [[f32; N]; G],
    ids: [[u32; N]; G],
    starts: [u64; G],
    chars: [u64; G],
    firsts: [[First; N]; G],
}

impl<const N: usize, const G: usize> Group<N, G> {
    pub(super) const EMPTY: Group<N, G> = Group {
        merges: [[NOTHING; N]; G],
        ids: [[0; N]; G],
        starts: [0; G],
        chars: [0; G],
        firsts: [[First::EMPTY; N]; G],
    };

    #[inline(always)]
    fn lane(&mut self, number: usize) -> (Lane<'_, N>, &mut [First; N]) {
        let number = number & (G - 1);
        let lane = Lane {
            merges: &mut self.merges[number],
            ids: &mut self.ids[number],
            starts: &mut self.starts[number],
            chars: &mut self.chars[number],
        };
        (lane, &mut self.firsts[number])
    }

    /// Merges the first `len` pieces completely; each is given as bytes with the length of the
    /// piece, 1 to `N - 1`.
    #[inline(never)]
    pub(super) fn merge<V: StaticVocabulary>(
        &mut self,
        waiting: &mut [Waiting; 2],
        len: usize,
        piece: impl Fn(usize) -> ([u8; N], usize),
    ) {
        let len = len.min(G);
        for number in 0..len {
            let (mut lane, firsts) = self.lane(number);
            let (bytes, len) = piece(number);
            lane.read(V::VOCABULARY, &bytes, len, firsts);
        }
        let half = if len > 8 {
            (len / 2).next_multiple_of(64 / N)
        } else {
            len
        };
        let [one, other] = waiting;
        let mut teams = [
            self.begin::<V>(one, 0..half),
            self.begin::<V>(other, half..len),
        ];
        while teams.iter().any(|team| team.left > 0) {
            for team in &mut teams {
                self.turn::<V>(team);
            }
        }
    }

    /// Starts some lanes.
    #[inline(always)]
    fn begin<'w, V: StaticVocabulary>(
        &mut self,
        waiting: &'w mut Waiting,
        lanes: Range<usize>,
    ) -> HalfGroup<'w, G> {
        // As many lanes as fit the bits of one number, because the number of pairs per lane is
        // unpredictable.
        for from in lanes.clone().step_by(64 / N) {
            let (mut open, mut starts) = (0, 0);
            for number in from..lanes.end.min(from + 64 / N) {
                let (mut lane, firsts) = self.lane(number);
                let shift = (number - from) * N;
                open |= lane.begin(firsts) << shift;
                starts |= *lane.starts << shift;
            }
            let ids = self.ids.as_flattened();
            while open != 0 {
                let at = open.trailing_zeros() as usize;
                let next = (starts & (!1 << at)).trailing_zeros() as usize;
                let [id, next] = [at, next].map(|at| ids[(from * N + at) & (N * G - 1)]);
                let pair = vocabulary::pair(id, next);
                let exist = true;
                waiting.add::<V, N>(from, Neighbors { at, pair, exist });
                open &= open - 1;
            }
            if waiting.len > WAITING - 64 {
                waiting.prefetch::<V>();
                waiting.resolve::<V, N, G>(&mut self.merges);
            }
        }
        waiting.prefetch::<V>();
        HalfGroup {
            waiting,
            busy: std::array::from_fn(|number| (lanes.start + number) as u8),
            left: lanes.len(),
        }
    }

    /// Applies one merge in each lane that has one left.
    #[inline(always)]
    fn turn<V: StaticVocabulary>(&mut self, team: &mut HalfGroup<'_, G>) {
        let HalfGroup {
            waiting,
            busy,
            left,
        } = team;
        waiting.resolve::<V, N, G>(&mut self.merges);
        let mut taken = [0u32; G];
        let mut still = 0;
        for at in 0..*left {
            let number = busy[at & (G - 1)];
            let lowest = lowest(&self.merges[usize::from(number) & (G - 1)]);
            busy[still & (G - 1)] = number;
            taken[still & (G - 1)] = lowest;
            still += usize::from(lowest != NOTHING.to_bits());
        }
        *left = still;
        for (&number, &lowest) in busy.iter().zip(&taken).take(still) {
            let number = usize::from(number);
            for neighbors in self.lane(number).0.take(lowest) {
                waiting.add::<V, N>(number, neighbors);
            }
        }
        waiting.prefetch::<V>();
    }

    /// Returns the number of tokens of a piece.
    #[inline(always)]
    pub(super) fn count(&self, number: usize) -> usize {
        self.starts[number].count_ones() as usize - 1
    }
}

/// Merges a single piece.
pub(super) struct SingleLane<const N: usize>(Group<N, 1>);

impl<const N: usize> SingleLane<N> {
    pub(super) const EMPTY: SingleLane<N> = SingleLane(Group::EMPTY);

    /// Merges a piece of 1 to `N - 1` bytes completely.
    pub(super) fn merge(&mut self, vocabulary: &Vocabulary, piece: &[u8]) {
        let (mut lane, firsts) = self.0.lane(0);
        let mut bytes = [0; N];
        bytes[..piece.len()].copy_from_slice(piece);
        lane.read(vocabulary, &bytes, piece.len(), firsts);
        let mut open = lane.begin(firsts);
        while open != 0 {
            let at = open.trailing_zeros() as usize;
            let next = (*lane.starts & (!1 << at)).trailing_zeros() as usize;
            let [id, next] = [at, next].map(|at| lane.ids[at & (N - 1)]);
            let rank = vocabulary.merge(vocabulary::pair(id, next));
            lane.merges[at & (N - 1)] = candidate(rank, at);
            open &= open - 1;
        }
        loop {
            let lowest = lowest(lane.merges);
            if lowest == NOTHING.to_bits() {
                return;
            }
            for Neighbors { at, pair, exist } in lane.take(lowest) {
                if exist {
                    lane.merges[at] = candidate(vocabulary.merge(pair), at);
                }
            }
        }
    }

    /// Returns the number of tokens.
    pub(super) fn count(&self) -> usize {
        self.0.count(0)
    }

    /// Returns the start of each token in the piece, and its id.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut rest = self.0.starts[0];
        std::iter::from_fn(move || {
            let at = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (rest != 0).then(|| (at, self.0.ids[0][at & (N - 1)]))
        })
    }
}
