//! What pieces came to that had to be merged: a small table for each thread and vocabulary, so that a rare word is merged
//! once and not at every turn of a conversation.
//!
//! It is bounded: 512 KiB for each vocabulary that the thread counts with, from the first piece on that is no token, and
//! two vocabularies at a time: a third takes the place of the one that was used less recently. A new piece takes the place
//! of an older one. It holds no text: a piece stands in it as a number that is one to one with it, but scrambled, and its
//! count.

use std::cell::RefCell;

use super::hash;

/// Places where a piece of up to 15 bytes may stand, by its hash; two pieces each.
const SETS: usize = 1 << 13;
const WAYS: usize = 2;
/// Places for pieces of 16 to 31 bytes.
const LONG: usize = 1 << 13;
/// Below the count: the piece.
const PIECE_BITS: u32 = 124;
const PIECE: u128 = (1 << PIECE_BITS) - 1;
/// More tokens than this are not kept.
const MOST: usize = 15;

/// The table of one vocabulary.
pub(super) struct Cache {
    vocabulary: usize,
    short: Vec<[u128; WAYS]>,
    long: Vec<[u128; 2]>,
}

impl Cache {
    const EMPTY: Cache = Cache {
        vocabulary: usize::MAX,
        short: Vec::new(),
        long: Vec::new(),
    };
}

thread_local! {
    /// The one used last stands first.
    static CACHES: RefCell<[Cache; 2]> = const { RefCell::new([Cache::EMPTY; 2]) };
}

/// An odd factor makes no two numbers of so many bits one.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A piece of up to 15 bytes as it stands in the table.
fn scrambled(key: u128) -> u128 {
    key.wrapping_mul(FACTOR) & PIECE
}

/// A piece of 16 to 31 bytes: its first 16 bytes, and the others with the length.
fn long_key(piece: &[u8]) -> Option<[u128; 2]> {
    let (first, rest) = piece.split_first_chunk::<16>()?;
    let mut second = [0; 16];
    second.get_mut(..rest.len())?.copy_from_slice(rest);
    if rest.len() > 15 {
        return None;
    }
    second[15] = rest.len() as u8;
    Some([
        u128::from_le_bytes(*first).wrapping_mul(FACTOR),
        scrambled(u128::from_le_bytes(second)),
    ])
}

/// Where such a piece stands.
fn long_place(key: [u128; 2]) -> usize {
    let [first, second] = key.map(|half| (half >> 60) as u64);
    (hash::of_pair(first ^ second.rotate_left(32)) >> 32) as usize & (LONG - 1)
}

impl Cache {
    /// Runs with the thread's table for a vocabulary; without it when the thread is ending.
    pub(super) fn with<T>(vocabulary: usize, run: impl FnOnce(Option<&mut Cache>) -> T) -> T {
        let mut run = Some(run);
        let found = CACHES.try_with(|caches| {
            let mut caches = caches.try_borrow_mut().ok()?;
            if caches[0].vocabulary != vocabulary {
                caches.swap(0, 1);
            }
            let cache = &mut caches[0];
            if cache.vocabulary != vocabulary {
                cache.vocabulary = vocabulary;
                cache.short.clear();
                cache.short.resize(SETS, [0; WAYS]);
                cache.long.clear();
                cache.long.resize(LONG, [0; 2]);
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

    /// The count of a piece of up to 15 bytes; 0 when it is not there.
    #[inline]
    pub(super) fn get(&self, key: u128) -> usize {
        let piece = scrambled(key);
        self.short[Cache::set(key)]
            .iter()
            .find(|entry| **entry & PIECE == piece)
            .map_or(0, |entry| (entry >> PIECE_BITS) as usize)
    }

    /// Keeps the count of a piece that was not there: at most 15, as a piece has at most 15 bytes.
    #[inline]
    pub(super) fn put(&mut self, key: u128, count: usize) {
        debug_assert!((1..=MOST).contains(&count));
        let entry = scrambled(key) | (count as u128) << PIECE_BITS;
        let set = &mut self.short[Cache::set(key)];
        if set[0] != entry {
            set[1] = set[0];
            set[0] = entry;
        }
    }

    /// As [`get`](Self::get), for a piece of 16 to 31 bytes.
    #[inline]
    pub(super) fn get_long(&self, piece: &[u8]) -> usize {
        let Some(key) = long_key(piece) else {
            return 0;
        };
        let [first, second] = self.long[long_place(key)];
        if first == key[0] && second & PIECE == key[1] {
            (second >> PIECE_BITS) as usize
        } else {
            0
        }
    }

    /// As [`put`](Self::put), for a piece of 16 to 31 bytes; one of more than 15 tokens is not kept.
    #[inline]
    pub(super) fn put_long(&mut self, piece: &[u8], count: usize) {
        if let Some([first, second]) = long_key(piece).filter(|_| count <= MOST) {
            let entry = [first, second | (count as u128) << PIECE_BITS];
            self.long[long_place([first, second])] = entry;
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
            let bytes = cache.short.len() * size_of::<[u128; WAYS]>()
                + cache.long.len() * size_of::<[u128; 2]>();
            assert_eq!(bytes, 512 << 10);
        });
    }

    #[test]
    fn holds_no_text() {
        Cache::with(1, |cache| {
            let cache = cache.unwrap();
            cache.put(key(*b"SECRETMARKER...\0", 15), 5);
            cache.put_long(b"SECRETMARKER SECRETMARKER", 5);
            let bytes: Vec<u8> = cache
                .short
                .iter()
                .chain(&cache.long)
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

    #[test]
    fn long_pieces() {
        Cache::with(2, |cache| {
            let cache = cache.unwrap();
            let text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz".as_bytes();
            for len in 0..40 {
                let piece = &text[..len];
                assert_eq!(cache.get_long(piece), 0, "{len}");
                cache.put_long(piece, 1 + len % 15);
                let kept = (16..32).contains(&len);
                assert_eq!(cache.get_long(piece), if kept { 1 + len % 15 } else { 0 });
                cache.put_long(&text[1..len + 1], 16);
                assert_eq!(cache.get_long(&text[1..len + 1]), 0);
            }
        });
    }

    /// Two vocabularies have a table at a time.
    #[test]
    fn the_third_takes_a_place() {
        let piece = key(*b"piece\0\0\0\0\0\0\0\0\0\0\0", 5);
        let kept = |vocabulary| Cache::with(vocabulary, |cache| cache.unwrap().get(piece));
        Cache::with(0, |cache| cache.unwrap().put(piece, 3));
        Cache::with(1, |cache| cache.unwrap().put(piece, 4));
        assert_eq!([kept(0), kept(1), kept(0)], [3, 4, 3]);
        Cache::with(2, |cache| cache.unwrap().put(piece, 5));
        assert_eq!([kept(0), kept(2)], [3, 5]);
        assert_eq!(kept(1), 0);
    }
}
