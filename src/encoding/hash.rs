//! Slots of pieces and token pairs in the tables: the same arithmetic when `build/layout.rs` writes
//! them and when they are read.
//!
//! Each table is a perfect hash by hash-and-displace (Belazzougui, Botelho and Dietzfelbinger,
//! 2009): a hash selects a bucket, and the bucket's one-byte *pilot* changes the hash so that every
//! key of the bucket has its own slot. A lookup reads one pilot and one slot, whatever the key.

/// Odd constants with well-spread bits: the first digits of the fractions of e and the golden
/// ratio.
const K1: u64 = 0xb7e1_5162_8aed_2a6b;
const K2: u64 = 0x9e37_79b9_7f4a_7c15;

/// Folds both halves of the product.
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Scrambles a piece of up to 15 bytes with its length in the sixteenth, as it is stored in tables:
/// a bijection (multiplication with an odd factor is one, and so is an exclusive or with a known
/// value), whose second half is a hash of the whole piece. The four lowest bits of the second half
/// are free. The result is 0 for no piece.
#[inline(always)]
pub(crate) const fn scrambled([first, second]: [u64; 2]) -> [u64; 2] {
    let first = first.wrapping_mul(K1);
    // The length must not meet the highest bits of the first half: one more last letter could
    // cancel one more in length.
    let first_turned = first.rotate_left(32);
    [first, (second ^ first_turned).wrapping_mul(K2 << 4)]
}

/// Maps a number to another one-to-one; each bit depends on the lower ones.
#[allow(dead_code, reason = "the crate alone needs it")]
#[inline(always)]
pub(crate) const fn scrambled_word(word: u64) -> u64 {
    word.wrapping_mul(K2)
}

/// Returns the hash of two adjacent tokens: its higher bits depend on all bits of both.
#[inline(always)]
pub(crate) const fn of_pair(key: u64) -> u64 {
    key.wrapping_mul(K1)
}

/// Returns the hash of a string longer than a key, at least eight bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = K2 ^ bytes.len() as u64;
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word), K1);
    }
    // The tail is taken from the final eight bytes.
    let last = bytes
        .last_chunk()
        .map_or(0, |last| u64::from_le_bytes(*last));
    let last = last.unbounded_shr(64 - 8 * rest.len() as u32);
    fold(hash ^ last, K1)
}

/// Returns some bits of a string's hash, above 18 for an id: most other strings have different
/// bits.
pub(crate) const fn check(hash: u64) -> u32 {
    (hash >> 50 << 18) as u32
}

/// Returns the bucket of a hash, out of `1 << bits`.
#[inline(always)]
pub(crate) const fn bucket(hash: u64, bits: u32) -> usize {
    (hash >> (64 - bits)) as usize
}

/// Returns the slot of a hash under a pilot, out of `slots`.
#[inline(always)]
pub(crate) const fn slot(hash: u64, pilot: u8, slots: usize) -> usize {
    let moved = hash ^ (pilot as u64).wrapping_mul(K1);
    ((moved.wrapping_mul(K2) as u128 * slots as u128) >> 64) as usize
}

/// Returns the bit of a hash among the eight above a pilot, by which a bucket rejects most absent
/// keys.
#[inline(always)]
const fn mark(hash: u64) -> u32 {
    (hash >> 40 & 7) as u32 + 8
}

/// Adds the marks of its bucket's keys to a pilot.
#[allow(dead_code, reason = "the build marks, the crate reads marks")]
pub(crate) const fn marked(pilot: u16, hash: u64) -> u16 {
    pilot | 1 << mark(hash)
}

/// Whether a pilot has the mark of a hash.
#[allow(dead_code, reason = "the build marks, the crate reads marks")]
#[inline(always)]
pub(crate) const fn is_marked(pilot: u16, hash: u64) -> bool {
    pilot >> mark(hash) & 1 == 1
}

/// Compresses a number of 18 bits to seven, preserving the order: numbers share a step if their
/// highest four bits are equal.
pub(crate) const fn step(number: u32) -> u32 {
    let bits = 32 - number.leading_zeros();
    if bits <= 4 {
        number
    } else {
        (bits - 4) * 8 + ((number >> (bits - 4)) - 8) + 8
    }
}

/// Lowest step whose bytes do not merge early: some such tokens of GLM's come after tokens that
/// they are a half of. The step of 131,072.
pub(crate) const LATE: u32 = step(1 << 17);
