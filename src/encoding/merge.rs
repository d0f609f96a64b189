//! From a piece that is no token to its tokens: byte pair merging, on numbers.
//!
//! The rule: of all neighbours that merge into a token, those whose token has the lowest id merge first, the leftmost of
//! several; until none is left. Each token of these vocabularies is made by one merge only, so neighbours are looked up by
//! their ids and not by their bytes.
//!
//! A merge waits for what the one before it came to, and that for memory, so one piece alone keeps the processor waiting.
//! A [`Group`] merges many pieces side by side, each in a [`Lane`] of its own: one merge of each, then memory is asked for
//! all that is to be looked up for the next. While one half of the lanes waits for it, the other half has its turn.

use std::hint::select_unpredictable;
use std::ops::Range;

use wide::{f32x4, u8x16, u32x4};

use super::hash;
use super::vocabulary::{self, First, Known, Vocabulary};

/// More than any [`candidate`].
const NOTHING: f32 = f32::MAX;
/// Bits of a [`candidate`] that are set whatever it is of, so that it is a normal number.
const NORMAL: u32 = 1 << 24;

/// What merges next if nothing with a lower id does: the rank ([`vocabulary::id_of`]) of the token that the one at `at` and
/// the next merge into, and below it the place. As a number that all processors can compare four of at once: for positive
/// floats the order of their bits is their own.
#[inline(always)]
fn candidate(rank: u32, at: usize) -> f32 {
    let bits = NORMAL | rank | at as u32;
    let bits = select_unpredictable(rank == vocabulary::NONE, NOTHING.to_bits(), bits);
    f32::from_bits(bits)
}

/// The id in a [`candidate`].
#[inline(always)]
fn id_of(candidate: u32) -> u32 {
    vocabulary::id_of(candidate & (NORMAL - 1))
}

/// A bit for each byte that a character of three bytes begins with.
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

/// For each four bits, all bits of the numbers that they stand for.
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

/// The mask of the four places from `from` on.
#[inline(always)]
fn four(bits: u64, from: usize) -> u32x4 {
    u32x4::from(FOURS[(bits >> from & 15) as usize])
}

/// The highest bit of a number, as 0 for none.
#[inline(always)]
fn highest(bits: u64) -> usize {
    (bits | 1).ilog2() as usize
}

/// The token at a place and the one that follows it, if both are tokens of the piece.
struct Neighbours {
    at: usize,
    pair: u64,
    exist: bool,
}

/// Places of the longest lane.
const MOST: usize = 64;

/// A piece of up to `N - 1` bytes being merged, `N` a power of two from 16 to [`MOST`].
struct Lane<'l, const N: usize> {
    /// For each place where a token begins that could merge with the next: the [`candidate`].
    merges: &'l mut [f32; N],
    /// For each place where a token begins: its id.
    ids: &'l mut [u32; N],
    /// A bit for each place where a token begins, and one for the end.
    starts: &'l mut u64,
    /// A bit for each place where a character begins that is one token for sure.
    chars: &'l mut u64,
}

impl<const N: usize> Lane<'_, N> {
    /// Reads a piece, the first `len` of the bytes, from 1 to `N - 1`: what each is, and what each merges into with the next.
    /// What follows them is read too, so that there is nothing to foresee.
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

    /// Characters of three bytes that are a token come together at once where no merge with a lower id takes a part of them
    /// away, as in [`begin`](Self::begin): then nothing inside of them has to be looked up.
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
            // What is not there takes nothing away.
            let left = select_unpredictable(at == 0, u32::MAX, of_one.min(of_two));
            let right = select_unpredictable(at + 3 == len, u32::MAX, of_last);
            let sure = id != vocabulary::NONE && hash::step(id) < left.min(right);
            self.ids[at] = select_unpredictable(sure, id, self.ids[at]);
            *self.chars |= u64::from(sure) << at;
        }
    }

    /// Begins with what was read; gives a bit for each place of a token whose pair with the next is still to be looked up.
    ///
    /// Two bytes merge at once where no merge with a lower id can take either away, whatever becomes of their neighbours;
    /// so a good part of the merges need not wait for each other.
    #[inline(always)]
    fn begin(&mut self, firsts: &[First; N]) -> u64 {
        let starts = *self.starts;
        // What stands behind the last two bytes is of no piece.
        let mut pairs = [[First::EMPTY.0; 4]; MOST / 4];
        let (fours, _) = firsts.as_chunks::<4>();
        for n in 0..N / 4 {
            let first = u32x4::from(fours[n].map(|first| first.0));
            pairs[n] = (first | four(!(starts >> 2), n * 4)).to_array();
        }
        let pairs = pairs.as_flattened();
        // What stands `by` places before or behind.
        let moved = |from: usize, by: isize| {
            u32x4::from(std::array::from_fn(|n| {
                let at = (from + n).wrapping_add_signed(by);
                *pairs.get(at).unwrap_or(&First::EMPTY.0)
            }))
        };
        // A bit for each place whose byte merges with the next for sure.
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
        // The token before each of these: the byte before, or what that byte is the second or third of.
        let one = merged >> 1;
        let two = (one & !starts) >> 1;
        let three = (two & !starts) >> 1;
        let before = (one | two) & starts | three;
        // What is merged has no merge from before, nor has what its neighbour was part of.
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
        // The last token has none that follows.
        starts &= !(1 << highest(starts));
        (merged | before) & starts & !(1 << highest(starts))
    }

    /// Takes a merge. Gives the pairs that are new: the token with the next, and with the one before it.
    #[inline(always)]
    fn take(&mut self, lowest: u32) -> [Neighbours; 2] {
        let last = N - 1;
        let at = lowest as usize & last;
        let id = id_of(lowest);
        let behind = *self.starts & (!1 << at);
        // The next token disappears into this one.
        let others = behind & behind.wrapping_sub(1);
        *self.starts ^= behind ^ others;
        let next = behind.trailing_zeros() as usize & last;
        let after = others.trailing_zeros() as usize & last;
        let preceding = *self.starts & ((1 << at) - 1);
        // Where there is none, this is the place itself, the first.
        let before = highest(preceding) & last;
        for gone in [at, before, next] {
            self.merges[gone] = NOTHING;
        }
        self.ids[at] = id;
        [
            Neighbours {
                at,
                pair: vocabulary::pair(id, self.ids[after]),
                exist: others & others.wrapping_sub(1) != 0,
            },
            Neighbours {
                at: before,
                pair: vocabulary::pair(self.ids[before], id),
                exist: preceding != 0,
            },
        ]
    }
}

/// The bits of the lowest [`candidate`].
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

/// How many pairs may wait to be looked up.
const WAITING: usize = 256;

/// Pairs that wait to be looked up.
pub(super) struct Waiting {
    pairs: [u64; WAITING],
    places: [u32; WAITING],
    /// The number of the lane, and below it the place in it.
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
    fn add<V: Known, const N: usize>(
        &mut self,
        lane: usize,
        Neighbours { at, pair, exist }: Neighbours,
    ) {
        let next = self.len & (WAITING - 1);
        V::VOCABULARY.fetch_pilot(pair);
        self.pairs[next] = pair;
        self.targets[next] = (lane * N + at) as u16;
        self.len = next + usize::from(exist);
    }

    /// Asks memory for all that waits.
    #[inline(always)]
    fn fetch<V: Known>(&mut self) {
        let len = self.len.min(WAITING);
        for (place, &pair) in self.places[..len].iter_mut().zip(&self.pairs) {
            *place = V::VOCABULARY.merge_place(pair) as u32;
            V::VOCABULARY.fetch_merge(*place as usize);
        }
    }

    /// Looks up all that was [asked for](Self::fetch).
    #[inline(always)]
    fn answer<V: Known, const N: usize, const G: usize>(&mut self, merges: &mut [[f32; N]; G]) {
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

/// A half of the lanes of a group: while one waits for memory, the other has its turn.
struct Team<'w, const G: usize> {
    waiting: &'w mut Waiting,
    /// The numbers of those that may have a merge left, and how many they are.
    busy: [u8; G],
    left: usize,
}

/// Up to `G` pieces of up to `N - 1` bytes, merged side by side; both powers of two, `G` at most 64.
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

    /// Merges the first `len` pieces to the end; each is given as bytes of which the first so many, 1 to `N - 1`, are its own.
    #[inline(never)]
    pub(super) fn merge<V: Known>(
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

    /// Begins with some lanes.
    #[inline(always)]
    fn begin<'w, V: Known>(
        &mut self,
        waiting: &'w mut Waiting,
        lanes: Range<usize>,
    ) -> Team<'w, G> {
        // As many lanes as have bits in one number: how many pairs one has cannot be foreseen.
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
                waiting.add::<V, N>(from, Neighbours { at, pair, exist });
                open &= open - 1;
            }
            if waiting.len > WAITING - 64 {
                waiting.fetch::<V>();
                waiting.answer::<V, N, G>(&mut self.merges);
            }
        }
        waiting.fetch::<V>();
        Team {
            waiting,
            busy: std::array::from_fn(|number| (lanes.start + number) as u8),
            left: lanes.len(),
        }
    }

    /// One merge of each lane that has one left.
    #[inline(always)]
    fn turn<V: Known>(&mut self, team: &mut Team<'_, G>) {
        let Team {
            waiting,
            busy,
            left,
        } = team;
        waiting.answer::<V, N, G>(&mut self.merges);
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
            for neighbours in self.lane(number).0.take(lowest) {
                waiting.add::<V, N>(number, neighbours);
            }
        }
        waiting.fetch::<V>();
    }

    /// How many tokens a piece came to.
    #[inline(always)]
    pub(super) fn count(&self, number: usize) -> usize {
        self.starts[number].count_ones() as usize - 1
    }
}

/// One piece, merged alone.
pub(super) struct Alone<const N: usize>(Group<N, 1>);

impl<const N: usize> Alone<N> {
    pub(super) const EMPTY: Alone<N> = Alone(Group::EMPTY);

    /// Merges a piece of 1 to `N - 1` bytes to the end.
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
            for Neighbours { at, pair, exist } in lane.take(lowest) {
                if exist {
                    lane.merges[at] = candidate(vocabulary.merge(pair), at);
                }
            }
        }
    }

    /// How many tokens there are.
    pub(super) fn count(&self) -> usize {
        self.0.count(0)
    }

    /// Where each token begins in the piece, and its id.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (usize, u32)> {
        let mut rest = self.0.starts[0];
        std::iter::from_fn(move || {
            let at = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            (rest != 0).then(|| (at, self.0.ids[0][at & (N - 1)]))
        })
    }
}
