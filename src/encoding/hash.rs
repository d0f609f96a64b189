//! Where a piece, or a pair of tokens, stands in the tables: the same arithmetic when `build/layout.rs` lays them out and when
//! they are read.
//!
//! Each table is a perfect hash in the way of hash-and-displace (Belazzougui, Botelho and Dietzfelbinger, 2009): a hash
//! picks a bucket, the bucket's one-byte *pilot* changes the hash so that every key of the bucket falls into a slot of
//! its own. A look-up reads one pilot and one slot, whatever the key.

/// Odd constants with bits all over: the first digits of the fractions of e and the golden ratio.
const K1: u64 = 0xb7e1_5162_8aed_2a6b;
const K2: u64 = 0x9e37_79b9_7f4a_7c15;

/// Both halves of the product, folded.
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// A piece of up to 15 bytes with its length in the sixteenth, as it stands in tables: a number that is one to one with the
/// piece (multiplying with an odd factor is, and so is an exclusive or with what stays known), but scrambled, so that its
/// second half is a hash of all of it. Of the second half the four lowest bits are free. It is 0 for no piece.
#[inline(always)]
pub(crate) const fn scrambled([first, second]: [u64; 2]) -> [u64; 2] {
    let first = first.wrapping_mul(K1);
    // Not the highest bits of the first half on the length: a last letter more could undo a length more.
    let first_turned = first.rotate_left(32);
    [first, (second ^ first_turned).wrapping_mul(K2 << 4)]
}

/// A number that is one to one with another, its bits depending on those below them.
#[allow(dead_code, reason = "the crate alone needs it")]
#[inline(always)]
pub(crate) const fn scrambled_word(word: u64) -> u64 {
    word.wrapping_mul(K2)
}

/// The hash of two tokens side by side: its higher bits depend on all of them.
#[inline(always)]
pub(crate) const fn of_pair(key: u64) -> u64 {
    key.wrapping_mul(K1)
}

/// The hash of a text longer than a key: at least eight bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = K2 ^ bytes.len() as u64;
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word), K1);
    }
    // What is left of it are the last of the last eight bytes.
    let last = bytes
        .last_chunk()
        .map_or(0, |last| u64::from_le_bytes(*last));
    let last = last.unbounded_shr(64 - 8 * rest.len() as u32);
    fold(hash ^ last, K1)
}

/// Some bits of the hash of a text, above 18 for an id: most strangers have others.
pub(crate) const fn check(hash: u64) -> u32 {
    (hash >> 50 << 18) as u32
}

/// The bucket of a hash, of `1 << bits`.
#[inline(always)]
pub(crate) const fn bucket(hash: u64, bits: u32) -> usize {
    (hash >> (64 - bits)) as usize
}

/// Slot of a hash under a pilot, of `slots`.
#[inline(always)]
pub(crate) const fn slot(hash: u64, pilot: u8, slots: usize) -> usize {
    let moved = hash ^ (pilot as u64).wrapping_mul(K1);
    ((moved.wrapping_mul(K2) as u128 * slots as u128) >> 64) as usize
}

/// The bit of a hash among the eight above a pilot by which its bucket tells most strangers.
#[inline(always)]
const fn mark(hash: u64) -> u32 {
    (hash >> 40 & 7) as u32 + 8
}

/// A pilot with the marks of its bucket's keys.
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

/// Seven bits for a number of 18, in the same order: numbers share a step when their highest four bits are the same.
pub(crate) const fn step(number: u32) -> u32 {
    let bits = 32 - number.leading_zeros();
    if bits <= 4 {
        number
    } else {
        (bits - 4) * 8 + ((number >> (bits - 4)) - 8) + 8
    }
}

/// The lowest step of which two bytes do not merge before their turn: some such tokens of GLM's come after what they are a
/// half of. That of 131,072.
pub(crate) const LATE: u32 = step(1 << 17);
