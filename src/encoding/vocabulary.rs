//! The tables of a vocabulary: ready data in the program, laid out by `build/layout.rs`, read in place.
//!
//! Nothing is parsed or allocated at start, and a process touches the pages that it looks things up in. `build/layout.rs`
//! makes the tables; the two agree through `hash.rs`.

use std::hint::select_unpredictable;

use prefetch_index::prefetch_index;
use wide::{i32x4, u32x4};

use super::hash;
use super::split::Pattern;
use super::tables;

/// Bytes of a piece that fit a key: the sixteenth is its length.
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

/// A vocabulary that code is compiled for, with its pattern: the sizes of its tables are numbers in that code.
pub(super) trait Known {
    const VOCABULARY: &'static Vocabulary;
    const PATTERN: Pattern;
}

macro_rules! known {
    ($($feature:literal, $type:ident, $pattern:ident, $number:literal, $name:ident;)*) => {$(
        #[cfg(feature = $feature)]
        pub(super) enum $type {}

        #[cfg(feature = $feature)]
        impl Known for $type {
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

/// The ordinary tokens of an encoding, and how they merge.
///
/// Each table is behind a function of no arguments that gives a literal: see `build/main.rs`.
pub(super) struct Vocabulary {
    /// Its own among all.
    pub(super) number: usize,
    /// How many ordinary tokens there are.
    pub(super) len: usize,
    /// Bytes of the longest.
    pub(super) longest: usize,
    piece_pilots: fn() -> &'static [u8],
    piece_pilot_bits: u32,
    piece_slots: usize,
    /// Tokens of up to 15 bytes, as [`Key`]s; all ones, which is none, where there is no token.
    pieces: fn() -> &'static [[u8; 16]],
    /// The ids of the tokens in `pieces`, in the same places; empty where ids are not kept.
    piece_ids: fn() -> &'static [[u8; 4]],
    /// The ids of longer tokens, by the hash of their bytes, each with [`hash::check`]; as many places again are free. Where
    /// ids are not kept they are numbered by themselves.
    long_ids: fn() -> &'static [[u8; 4]],
    /// What two bytes merge into.
    first: fn() -> &'static [[u8; 4]],
    /// Where in `chars` each 64 characters of three bytes stand.
    char_index: fn() -> &'static [[u8; 2]],
    /// The ids of characters of three bytes that are tokens.
    chars: fn() -> &'static [[u8; 4]],
    /// For each 64 of `chars` and each byte before them (its lower seven bits) the [`hash::step`] of at most the lowest id of
    /// what their first two bytes merge into with anything that ends in that byte.
    before_chars: fn() -> &'static [u8],
    /// What two tokens merge into: left id, right id, merged id, 18 bits each, and six free ones.
    merges: fn() -> &'static [[u8; 8]],
    /// The pilot in the low byte, in the high one a bit for each [`hash::mark`] in the bucket.
    merge_pilots: fn() -> &'static [[u8; 2]],
    merge_pilot_bits: u32,
    merge_slots: usize,
    /// Where the bytes of each id begin in `text`, and its end; where ids are not kept, of each longer token.
    starts: fn() -> &'static [[u8; 4]],
    text: fn() -> &'static [u8],
}

/// Two bytes side by side: what they merge into, and what can come before it.
#[derive(Clone, Copy)]
pub(super) struct First(pub(super) u32);

/// The same bits.
#[inline(always)]
fn signed(numbers: u32x4) -> i32x4 {
    i32x4::from(numbers.to_array().map(|n| n as i32))
}

impl First {
    /// No id.
    pub(super) const NONE: u32 = 0x3_ffff;
    /// Two bytes that do not merge, and that nothing takes away from each other.
    pub(super) const EMPTY: First = First(First::NONE | hash::LATE << 18 | hash::LATE << 25);

    /// What the two merge into, or [`First::NONE`].
    #[inline(always)]
    pub(super) fn id(self) -> u32 {
        self.0 & First::NONE
    }

    /// The ids of four.
    #[inline(always)]
    pub(super) fn ids(firsts: u32x4) -> u32x4 {
        firsts & u32x4::splat(First::NONE)
    }

    /// What is to be taken from the exponent and three bits of a float.
    const STEPS_BEFORE: u32 = (127 << 3) + 16;

    /// The [`hash::step`]s of the ids of four: the exponent and three more bits of a number as a float are such a step, but
    /// for what the exponents begin with. There is no id below 16 that two bytes merge into.
    #[inline(always)]
    pub(super) fn steps_of_ids(firsts: u32x4) -> i32x4 {
        let ids = First::ids(firsts).to_array().map(|id| id as i32 as f32);
        i32x4::from(ids.map(|id| (id.to_bits() >> 20) as i32))
            - i32x4::splat(First::STEPS_BEFORE as i32)
    }

    /// The step of the lowest id of what takes the right byte away, and of what takes the left one.
    #[inline(always)]
    pub(super) fn steps(self) -> (u32, u32) {
        (self.0 >> 18 & 127, self.0 >> 25)
    }

    /// The step of at most the lowest id of what any token that ends with the left byte merges into with the right one.
    #[inline(always)]
    pub(super) fn steps_with_left(firsts: u32x4) -> i32x4 {
        signed((firsts >> 18) & u32x4::splat(127))
    }

    /// The step of at most the lowest id of what the left byte merges into with any token that begins with the right one.
    #[inline(always)]
    pub(super) fn steps_with_right(firsts: u32x4) -> i32x4 {
        signed(firsts >> 25)
    }
}

/// For each length less than 128: which of 16 bytes are a piece's, and what stands for its length.
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

/// A piece of up to 15 bytes, as [`hash::scrambled`] has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(pub(super) [u64; 2]);

impl Key {
    /// No piece: 0 is the number of none.
    pub(super) const NONE: Key = Key([0; 2]);

    /// The key of the first `len` of 16 bytes, `len` less than 128; of more than 15, or of none, it is [`Key::NONE`].
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

/// Two tokens side by side.
#[inline(always)]
pub(super) fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 18 | u64::from(right)
}

/// The id in a rank, which is the id with six free bits below it for a place: a number in the order in which merges are done.
#[inline(always)]
pub(super) fn id_of(rank: u32) -> u32 {
    rank >> 6
}

impl Vocabulary {
    /// Where a token with this key stands, if there is one.
    #[inline(always)]
    pub(super) fn place(&self, key: Key) -> usize {
        let pilot = (self.piece_pilots)()[hash::bucket(key.hash(), self.piece_pilot_bits)];
        hash::slot(key.hash(), pilot, self.piece_slots)
    }

    /// Asks memory for a [`place`](Self::place).
    #[inline(always)]
    pub(super) fn fetch(&self, place: usize) {
        prefetch_index((self.pieces)(), place);
    }

    /// Whether the key stands at its place.
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

    /// The token that the piece of this key is, where ids are kept.
    pub(super) fn token(&self, key: Key) -> Option<u32> {
        let place = self.place(key);
        self.has(place, key)
            .then(|| u32::from_le_bytes((self.piece_ids)()[place]))
    }

    /// The token of more than 15 bytes that the piece is.
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

    /// The token that a character of three bytes is, or [`NONE`]; and the step that its id is to be below, so that no token that
    /// ends with the byte before it takes its first two away.
    #[inline(always)]
    pub(super) fn char(&self, bytes: [u8; 3], before: u8) -> (u32, u32) {
        let [first, second, third] = bytes.map(usize::from);
        let block = (self.char_index)()[(first & 15) << 6 | second & 63];
        let block = usize::from(u16::from_le_bytes(block));
        let id = u32::from_le_bytes((self.chars)()[block << 6 | third & 63]);
        let step = (self.before_chars)()[block << 7 | usize::from(before & 127)];
        (id, u32::from(step))
    }

    /// What two bytes merge into, and what stands against it.
    #[inline(always)]
    pub(super) fn first_merge(&self, left: u8, right: u8) -> First {
        First(u32::from_le_bytes(
            (self.first)()[usize::from(left) << 8 | usize::from(right)],
        ))
    }

    /// The rank of what a [`pair`] merges into, or [`NONE`].
    #[inline(always)]
    pub(super) fn merge(&self, pair: u64) -> u32 {
        self.merge_at(self.merge_place(pair), pair)
    }

    /// Asks memory for what [`merge_place`](Self::merge_place) needs.
    #[inline(always)]
    pub(super) fn fetch_pilot(&self, pair: u64) {
        let bucket = hash::bucket(hash::of_pair(pair), self.merge_pilot_bits);
        prefetch_index((self.merge_pilots)(), bucket);
    }

    /// Asks memory for a [`merge_place`](Self::merge_place).
    #[inline(always)]
    pub(super) fn fetch_merge(&self, place: usize) {
        prefetch_index((self.merges)(), place);
    }

    /// Where the merge of a [`pair`] stands, if there is one.
    #[inline(always)]
    pub(super) fn merge_place(&self, pair: u64) -> usize {
        let hash = hash::of_pair(pair);
        let pilot = (self.merge_pilots)()[hash::bucket(hash, self.merge_pilot_bits)];
        let pilot = u16::from_le_bytes(pilot);
        // Strangers, which most pairs are, are mostly sent to the first place: they do not fetch a line of the table.
        let place = hash::slot(hash, pilot as u8, self.merge_slots);
        select_unpredictable(hash::is_marked(pilot, hash), place, 0)
    }

    /// The rank of what a [`pair`] merges into whose place this is, or [`NONE`].
    #[inline(always)]
    pub(super) fn merge_at(&self, place: usize, pair: u64) -> u32 {
        let entry = u64::from_le_bytes((self.merges)()[place]);
        select_unpredictable(entry >> 24 == pair, entry as u32 & 0xff_ffff, NONE)
    }

    /// Whether the ids are the vendor's.
    pub(super) fn has_ids(&self) -> bool {
        !(self.piece_ids)().is_empty()
    }

    /// The bytes of an ordinary token where ids are kept, else of a longer one.
    pub(super) fn bytes(&self, id: u32) -> Option<&'static [u8]> {
        let starts = (self.starts)();
        let start = |id: usize| Some(u32::from_le_bytes(*starts.get(id)?) as usize);
        let id = id as usize;
        let bytes = (self.text)().get(start(id)?..start(id + 1)?)?;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The id of a single byte.
    #[inline(always)]
    pub(super) fn single(&self, byte: u8) -> u32 {
        // The order in which GPT-2 numbered the bytes, which all encodings kept: printable ones first.
        u32::from(SINGLES[usize::from(byte)])
    }
}

/// The ids of the single bytes.
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

    /// The build makes steps of numbers by their bits, counting by floats.
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
