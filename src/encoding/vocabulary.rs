//! Tables of a vocabulary: ready data in the program, written by `build/layout.rs`, read in place.
//!
//! Nothing is parsed or allocated at start, and a process touches only the pages it looks things up
//! in. `build/layout.rs` writes the tables; the two agree through `hash.rs`.

use std::hint::select_unpredictable;

use prefetch_index::prefetch_index;
use wide::{i32x4, u32x4};

use super::hash;
use super::split::Pattern;
use super::tables;

/// Maximum number of bytes of a piece that fits a key: the sixteenth byte is its length.
pub(super) const KEY_BYTES: usize = 15;
/// No token.
pub(super) const NONE: u32 = u32::MAX;

macro_rules! vocabulary {
    ($number:literal, $tables:ident) => {
        Vocabulary {
            number: $number,
            len: tables::$tables::LEN,
            longest: tables::$tables::LONGEST,
            piece_pilots: || tables::$tables::piece_pilots(),
            piece_pilot_bits: tables::$tables::PIECE_PILOT_BITS as u32,
            piece_slots: tables::$tables::PIECE_SLOTS,
            pieces: || tables::$tables::pieces().as_chunks().0,
            piece_ids: || tables::$tables::piece_ids().as_chunks().0,
            long_ids: || tables::$tables::long_ids().as_chunks().0,
            first: || tables::$tables::first().as_chunks().0,
            char_index: || tables::$tables::char_index().as_chunks().0,
            chars: || tables::$tables::chars().as_chunks().0,
            before_chars: || tables::$tables::before_chars(),
            merge_pilots: || tables::$tables::merge_pilots().as_chunks().0,
            merge_pilot_bits: tables::$tables::MERGE_PILOT_BITS as u32,
            merge_slots: tables::$tables::MERGE_SLOTS,
            merges: || tables::$tables::merges().as_chunks().0,
            starts: || tables::$tables::starts().as_chunks().0,
            text: || tables::$tables::text(),
        }
    };
}

/// A vocabulary known at compile time, with its pattern: the sizes of its tables are constants in
/// the generated code.
pub(super) trait StaticVocabulary {
    const VOCABULARY: &'static Vocabulary;
    const PATTERN: Pattern;
}

macro_rules! known {
    ($($feature:literal, $type:ident, $pattern:ident, $number:literal, $name:ident;)*) => {$(
        #[cfg(feature = $feature)]
        pub(super) enum $type {}

        #[cfg(feature = $feature)]
        impl StaticVocabulary for $type {
            const VOCABULARY: &'static Vocabulary = {
                static VOCABULARY: Vocabulary = vocabulary!($number, $name);
                &VOCABULARY
            };
            const PATTERN: Pattern = Pattern::$pattern;
        }
    )*};
}

known! {
    "o200k", O200kBase, O200k, 0, o200k_base;
    "cl100k", Cl100kBase, Cl100k, 1, cl100k_base;
    "p50k", P50kBase, R50k, 2, p50k_base;
    "r50k", R50kBase, R50k, 3, r50k_base;
    "gemma", Gemma, Gemma, 4, gemma;
    "deepseek", Deepseek, Deepseek, 5, deepseek;
    "qwen2", Qwen2, Qwen2, 6, qwen2;
    "qwen35", Qwen35, Qwen35, 7, qwen35;
    "mistral", MistralTekken, Tekken, 8, mistral_tekken;
    "kimi", KimiK2, Kimi, 9, kimi_k2;
    "glm", Glm4, Glm, 10, glm4;
    "glm", Glm5, Glm, 11, glm5;
    "minimax", MinimaxM2, O200k, 12, minimax_m2;
}

/// Ordinary tokens of an encoding, and their merges.
///
/// Each table is a function without arguments that returns a literal: see `build/main.rs`.
pub(super) struct Vocabulary {
    /// Number among all vocabularies.
    pub(super) number: usize,
    /// Number of ordinary tokens.
    pub(super) len: usize,
    /// Length of the longest token in bytes.
    pub(super) longest: usize,
    piece_pilots: fn() -> &'static [u8],
    piece_pilot_bits: u32,
    piece_slots: usize,
    /// Tokens of up to 15 bytes, as [`Key`]s; all ones where there is no token.
    pieces: fn() -> &'static [[u8; 16]],
    /// Ids of the tokens in `pieces`, in the same slots; empty if the vocabulary has no ids.
    piece_ids: fn() -> &'static [[u8; 4]],
    /// Ids of longer tokens, by the hash of their bytes, each with [`hash::check`]; half of the
    /// slots are free. Without ids they are numbered separately.
    long_ids: fn() -> &'static [[u8; 4]],
    /// Merges of two bytes.
    first: fn() -> &'static [[u8; 4]],
    /// Offset in `chars` of each group of 64 three-byte characters.
    char_index: fn() -> &'static [[u8; 2]],
    /// Ids of three-byte characters that are tokens.
    chars: fn() -> &'static [[u8; 4]],
    /// For each 64 of `chars` and each byte before them (its lower seven bits): a [`hash::step`]
    /// not above the lowest id that their first two bytes merge into with anything ending in that
    /// byte.
    before_chars: fn() -> &'static [u8],
    /// Merges of two tokens: left id, right id, merged id, 18 bits each, and six free bits.
    merges: fn() -> &'static [[u8; 8]],
    /// Pilot in the low byte; in the high byte a bit for each [`hash::mark`] in the bucket.
    merge_pilots: fn() -> &'static [[u8; 2]],
    merge_pilot_bits: u32,
    merge_slots: usize,
    /// Start in `text` of the bytes of each id, and the end; without ids, of each longer token.
    starts: fn() -> &'static [[u8; 4]],
    text: fn() -> &'static [u8],
}

/// Two adjacent bytes: their merge, and the merges that can precede it.
#[derive(Clone, Copy)]
pub(super) struct First(pub(super) u32);

/// Reinterprets the bits.
#[inline(always)]
fn signed(numbers: u32x4) -> i32x4 {
    i32x4::from(numbers.to_array().map(|n| n as i32))
}

impl First {
    /// No id.
    pub(super) const NONE: u32 = 0x3_ffff;
    /// Two bytes that do not merge, and that no merge separates.
    pub(super) const EMPTY: First = First(First::NONE | hash::LATE << 18 | hash::LATE << 25);

    /// Returns the id of the merge, or [`First::NONE`].
    #[inline(always)]
    pub(super) fn id(self) -> u32 {
        self.0 & First::NONE
    }

    /// Returns the ids of four.
    #[inline(always)]
    pub(super) fn ids(firsts: u32x4) -> u32x4 {
        firsts & u32x4::splat(First::NONE)
    }

    /// Subtracted from the exponent and three bits of a float.
    const STEPS_BEFORE: u32 = (127 << 3) + 16;

    /// Returns the [`hash::step`]s of the ids of four: the exponent and three more bits of a number
    /// as a float are such a step, except for an offset. No two bytes merge into an id below 16.
    #[inline(always)]
    pub(super) fn steps_of_ids(firsts: u32x4) -> i32x4 {
        let ids = First::ids(firsts).to_array().map(|id| id as i32 as f32);
        i32x4::from(ids.map(|id| (id.to_bits() >> 20) as i32))
            - i32x4::splat(First::STEPS_BEFORE as i32)
    }

    /// Returns the steps of the lowest merges that take the right byte, and the left byte.
    #[inline(always)]
    pub(super) fn steps(self) -> (u32, u32) {
        (self.0 >> 18 & 127, self.0 >> 25)
    }

    /// Returns a step not above the lowest merge of a token ending with the left byte with the
    /// right byte.
    #[inline(always)]
    pub(super) fn steps_with_left(firsts: u32x4) -> i32x4 {
        signed((firsts >> 18) & u32x4::splat(127))
    }

    /// Returns a step not above the lowest merge of the left byte with a token beginning with the
    /// right byte.
    #[inline(always)]
    pub(super) fn steps_with_right(firsts: u32x4) -> i32x4 {
        signed(firsts >> 25)
    }
}

/// For each length less than 128: the mask of a piece in 16 bytes, and the encoded length.
static SHAPES: [[u64; 3]; 128] = {
    let mut shapes = [[0; 3]; 128];
    let mut len = 1;
    while len <= KEY_BYTES {
        let mask: u128 = (1 << (8 * len)) - 1;
        shapes[len] = [mask as u64, (mask >> 64) as u64, (len as u64) << 56];
        len += 1;
    }
    shapes
};

/// A piece of up to 15 bytes, scrambled by [`hash::scrambled`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(pub(super) [u64; 2]);

impl Key {
    /// No piece: scrambling maps no piece to 0.
    pub(super) const NONE: Key = Key([0; 2]);

    /// Returns the key of the first `len` of 16 bytes, `len` less than 128; [`Key::NONE`] for more
    /// than 15 or 0 bytes.
    #[inline(always)]
    pub(super) fn new(bytes: [u8; 16], len: usize) -> Key {
        debug_assert!(len < 128);
        let [first, second, length] = SHAPES[len & 127];
        let bytes = u128::from_le_bytes(bytes);
        let first = bytes as u64 & first;
        let second = (bytes >> 64) as u64 & second | length;
        Key(hash::scrambled([first, second]))
    }

    #[inline(always)]
    pub(super) fn hash(self) -> u64 {
        self.0[1]
    }
}

/// Two adjacent tokens.
#[inline(always)]
pub(super) fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 18 | u64::from(right)
}

/// Returns the id of a rank. A rank is an id with six free bits below it for a position, ordered as
/// merges are done.
#[inline(always)]
pub(super) fn id_of(rank: u32) -> u32 {
    rank >> 6
}

impl Vocabulary {
    /// Returns the slot of a key, if there is such a token.
    #[inline(always)]
    pub(super) fn place(&self, key: Key) -> usize {
        let pilot = (self.piece_pilots)()[hash::bucket(key.hash(), self.piece_pilot_bits)];
        hash::slot(key.hash(), pilot, self.piece_slots)
    }

    /// Prefetches a [`place`](Self::place).
    #[inline(always)]
    pub(super) fn prefetch(&self, place: usize) {
        prefetch_index((self.pieces)(), place);
    }

    /// Whether the key is at its slot.
    #[inline(always)]
    pub(super) fn has(&self, place: usize, key: Key) -> bool {
        let entry = u128::from_le_bytes((self.pieces)()[place]);
        (entry as u64 == key.0[0]) & ((entry >> 64) as u64 == key.0[1])
    }

    /// Whether the piece of this key is one token.
    #[inline(always)]
    pub(super) fn is_token(&self, key: Key) -> bool {
        self.has(self.place(key), key)
    }

    /// Returns the token of a key, if the vocabulary has ids.
    pub(super) fn token(&self, key: Key) -> Option<u32> {
        let place = self.place(key);
        self.has(place, key)
            .then(|| u32::from_le_bytes((self.piece_ids)()[place]))
    }

    /// Returns the token of a piece of more than 15 bytes.
    pub(super) fn long_token(&self, piece: &[u8]) -> Option<u32> {
        let ids = (self.long_ids)();
        let mask = ids.len() - 1;
        let hash = hash::of_bytes(piece);
        let mut at = hash as usize & mask;
        loop {
            let entry = u32::from_le_bytes(ids[at]);
            if entry == NONE {
                return None;
            }
            let id = entry & First::NONE;
            if entry ^ id == hash::check(hash) && self.bytes(id) == Some(piece) {
                return Some(id);
            }
            at = (at + 1) & mask;
        }
    }

    /// Returns the token of a three-byte character, or [`NONE`], and a step: its id must be below
    /// the step so that no token ending with the previous byte takes its first two bytes.
    #[inline(always)]
    pub(super) fn char(&self, bytes: [u8; 3], before: u8) -> (u32, u32) {
        let [first, second, third] = bytes.map(usize::from);
        let block = (self.char_index)()[(first & 15) << 6 | second & 63];
        let block = usize::from(u16::from_le_bytes(block));
        let id = u32::from_le_bytes((self.chars)()[block << 6 | third & 63]);
        let step = (self.before_chars)()[block << 7 | usize::from(before & 127)];
        (id, u32::from(step))
    }

    /// Returns the merge of two bytes, and the merges that can precede it.
    #[inline(always)]
    pub(super) fn first_merge(&self, left: u8, right: u8) -> First {
        First(u32::from_le_bytes(
            (self.first)()[usize::from(left) << 8 | usize::from(right)],
        ))
    }

    /// Returns the rank of the merge of a [`pair`], or [`NONE`].
    #[inline(always)]
    pub(super) fn merge(&self, pair: u64) -> u32 {
        self.merge_at(self.merge_place(pair), pair)
    }

    /// Prefetches the pilot that [`merge_place`](Self::merge_place) reads.
    #[inline(always)]
    pub(super) fn prefetch_pilot(&self, pair: u64) {
        let bucket = hash::bucket(hash::of_pair(pair), self.merge_pilot_bits);
        prefetch_index((self.merge_pilots)(), bucket);
    }

    /// Prefetches a [`merge_place`](Self::merge_place).
    #[inline(always)]
    pub(super) fn prefetch_merge(&self, place: usize) {
        prefetch_index((self.merges)(), place);
    }

    /// Returns the slot of the merge of a [`pair`], if there is one.
    #[inline(always)]
    pub(super) fn merge_place(&self, pair: u64) -> usize {
        let hash = hash::of_pair(pair);
        let pilot = (self.merge_pilots)()[hash::bucket(hash, self.merge_pilot_bits)];
        let pilot = u16::from_le_bytes(pilot);
        // Most pairs have no merge, and most of those are sent to the first slot, so they fetch no
        // line of the table.
        let place = hash::slot(hash, pilot as u8, self.merge_slots);
        select_unpredictable(hash::is_marked(pilot, hash), place, 0)
    }

    /// Returns the rank of the merge of a [`pair`] at its slot, or [`NONE`].
    #[inline(always)]
    pub(super) fn merge_at(&self, place: usize, pair: u64) -> u32 {
        let entry = u64::from_le_bytes((self.merges)()[place]);
        select_unpredictable(entry >> 24 == pair, entry as u32 & 0xff_ffff, NONE)
    }

    /// Whether the ids are the vendor's.
    pub(super) fn has_ids(&self) -> bool {
        !(self.piece_ids)().is_empty()
    }

    /// Returns the bytes of an ordinary token; without ids, only of a longer one.
    pub(super) fn bytes(&self, id: u32) -> Option<&'static [u8]> {
        let starts = (self.starts)();
        let start = |id: usize| Some(u32::from_le_bytes(*starts.get(id)?) as usize);
        let id = id as usize;
        let bytes = (self.text)().get(start(id)?..start(id + 1)?)?;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Returns the id of a single byte.
    #[inline(always)]
    pub(super) fn single(&self, byte: u8) -> u32 {
        // All encodings number the bytes like GPT-2: printable ones first.
        u32::from(SINGLES[usize::from(byte)])
    }
}

/// Ids of the single bytes.
static SINGLES: [u8; 256] = {
    let mut ids = [0; 256];
    let mut next: u8 = 0;
    let mut byte = 0;
    // Printable Latin-1 first, then the others, each in order.
    while byte < 256 {
        if matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) {
            ids[byte] = next;
            next = next.wrapping_add(1);
        }
        byte += 1;
    }
    byte = 0;
    while byte < 256 {
        if !matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) {
            ids[byte] = next;
            next = next.wrapping_add(1);
        }
        byte += 1;
    }
    ids
};

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::*;

    /// The build computes steps from bits, counting from floats.
    #[test]
    fn steps_are_those_of_the_build() {
        for id in 16..First::NONE {
            let four = u32x4::splat(id | 5 << 18);
            assert_eq!(
                First::steps_of_ids(four).to_array(),
                [hash::step(id) as i32; 4]
            );
            assert!(hash::step(id) <= hash::step(id + 1));
        }
    }
}
