//! What pieces came to that had to be merged: a small table for each thread and vocabulary, so that a rare word is merged
//! once and not at every turn of a conversation.
//!
//! It is bounded: 256 KiB for each of the four vocabularies that the thread counts with, from the first piece on that is no
//! token. A new piece takes the place of an older one. It holds no text: a piece of up to 15 bytes stands in it as a number
//! that is one to one with it, but scrambled, and its count.

use std::cell::RefCell;

use super::hash;

/// Places where a piece may stand, by its hash; two pieces each.
const SETS: usize = 1 << 13;
const WAYS: usize = 2;
/// Below the count: the piece.
const PIECE_BITS: u32 = 124;
/// One for each vocabulary.
pub(super) const TABLES: usize = 4;

/// The table of one vocabulary.
pub(super) struct Cache(Vec<[u128; WAYS]>);

thread_local! {
    static CACHES: RefCell<[Cache; TABLES]> =
        const { RefCell::new([const { Cache(Vec::new()) }; TABLES]) };
}

/// A piece as it stands in the table. An odd factor makes no two numbers of these bits one.
fn scrambled(key: u128) -> u128 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) & ((1 << PIECE_BITS) - 1)
}

impl Cache {
    /// Runs with the thread's table for a vocabulary; without it when the thread is ending.
    pub(super) fn with<T>(vocabulary: usize, run: impl FnOnce(Option<&mut Cache>) -> T) -> T {
        let mut run = Some(run);
        let found = CACHES.try_with(|caches| {
            let mut caches = caches.try_borrow_mut().ok()?;
            let cache = caches.get_mut(vocabulary)?;
            if cache.0.is_empty() {
                cache.0.resize(SETS, [0; WAYS]);
            }
            run.take().map(|run| run(Some(cache)))
        });
        match (found.ok().flatten(), run) {
            (Some(result), _) => result,
            (None, Some(run)) => run(None),
            (None, None) => unreachable!("what was run has given a result"),
        }
    }

    fn set(key: u128) -> usize {
        hash::of_piece(key) as usize & (SETS - 1)
    }

    /// The count of a piece; 0 when it is not there.
    #[inline]
    pub(super) fn get(&self, key: u128) -> usize {
        let piece = scrambled(key);
        self.0[Cache::set(key)]
            .iter()
            .find(|entry| **entry & ((1 << PIECE_BITS) - 1) == piece)
            .map_or(0, |entry| (entry >> PIECE_BITS) as usize)
    }

    /// Keeps the count of a piece that was not there: at most 15, as a piece has at most 15 bytes.
    #[inline]
    pub(super) fn put(&mut self, key: u128, count: usize) {
        debug_assert!((1..16).contains(&count));
        let entry = scrambled(key) | (count as u128) << PIECE_BITS;
        let set = &mut self.0[Cache::set(key)];
        if set[0] != entry {
            set[1] = set[0];
            set[0] = entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::key;
    use super::*;

    #[test]
    fn keeps_what_it_was_given_and_no_more_than_its_size() {
        Cache::with(0, |cache| {
            let cache = cache.unwrap();
            let mut found = 0;
            for n in 0..100_000u32 {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&n.to_le_bytes());
                let key = key(bytes, 4);
                assert_eq!(cache.get(key), 0);
                cache.put(key, 1 + n as usize % 15);
                assert_eq!(cache.get(key), 1 + n as usize % 15);
            }
            for n in 0..100_000u32 {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&n.to_le_bytes());
                let count = cache.get(key(bytes, 4));
                assert!(count == 0 || count == 1 + n as usize % 15);
                found += usize::from(count > 0);
            }
            assert!(found > SETS && found <= SETS * WAYS, "{found}");
            assert_eq!(cache.0.len() * size_of::<[u128; WAYS]>(), 256 << 10);
        });
    }

    #[test]
    fn holds_no_text() {
        Cache::with(1, |cache| {
            let cache = cache.unwrap();
            cache.put(key(*b"SECRETMARKER...\0", 15), 5);
            let bytes: Vec<u8> = cache
                .0
                .iter()
                .flatten()
                .flat_map(|e| e.to_le_bytes())
                .collect();
            assert!(
                !bytes
                    .windows(4)
                    .any(|w| b"SECRETMARKER".windows(4).any(|s| s == w))
            );
        });
    }
}
