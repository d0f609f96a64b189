//! Per-thread cache of piece → token count: recently seen pieces, and merged pieces, so that a rare
//! word is merged once and not at every turn of a conversation.
//!
//! It is bounded: less than 1 MiB for the thread's vocabulary, touched page by page as it fills;
//! half of that for each of two vocabularies, and a third replaces the one that was used less
//! recently. When it is full, a new piece replaces an older one. It contains no text: a piece is
//! stored as a number that is a bijection of it, but scrambled, with its count.

use std::cell::RefCell;
use std::hint::select_unpredictable;

use prefetch_index::prefetch_index;

use super::hash;
use super::scratch::Scratch;
use super::vocabulary::Key;

/// 8-byte words in a cache line of a processor.
const LINE: usize = 8;
/// Log2 of the slots for recently seen pieces of up to 15 bytes, two words each.
const RECENT_BITS: u32 = 13;
const RECENT: usize = 1 << RECENT_BITS;

/// Log2 of a new table's lines: few, so that a short text does not touch many pages, and entries
/// stay close together.
const FIRST_BITS: u32 = 6;

/// Table of merged pieces and longer ones: a line of `L` words for each hash.
#[derive(Clone, Copy)]
struct Table<const L: usize> {
    /// Lines in use, and available lines, as powers of two.
    bits: u32,
    most_bits: u32,
    /// Offset of its first word.
    start: usize,
    /// Number of insertions, including replaced entries.
    put: usize,
}

/// Tables of a vocabulary, and their sizes.
struct Plan {
    short: Table<LINE>,
    middle: Table<LINE>,
    large: Table<LINE>,
    huge: Table<{ 2 * LINE }>,
    words: usize,
}

impl Plan {
    const fn new([short, middle, large, huge]: [u32; 4]) -> Plan {
        let short = Table::new(2 * RECENT, short);
        let middle = Table::new(short.end(), middle);
        let large = Table::new(middle.end(), large);
        let huge = Table::new(large.end(), huge);
        Plan {
            short,
            middle,
            large,
            huge,
            words: huge.end(),
        }
    }
}

impl<const L: usize> Table<L> {
    const fn new(start: usize, most_bits: u32) -> Table<L> {
        Table {
            bits: FIRST_BITS,
            most_bits,
            start,
            put: 0,
        }
    }

    const fn end(self) -> usize {
        self.start + (L << self.most_bits)
    }

    /// Returns the offset of a hash's line.
    #[inline(always)]
    fn place(&self, hash: u64) -> usize {
        self.start + (hash >> (64 - self.bits)) as usize * L
    }

    /// Returns the line of a hash.
    #[inline(always)]
    fn line<'w>(&self, words: &'w mut [u64], hash: u64) -> &'w mut [u64; L] {
        words[self.place(hash)..]
            .first_chunk_mut()
            .expect("the tables have whole lines")
    }

    /// Inserts an entry of `N` words, the last of which is its hash, at the front of its line; the
    /// last entry is dropped.
    fn put<const N: usize>(&mut self, words: &mut [u64], entry: [u64; N]) {
        let hash = entry[N - 1];
        let (entries, _) = self.line(words, hash).as_chunks_mut::<N>();
        if entries.contains(&entry) {
            return;
        }
        entries.rotate_right(1);
        entries[0] = entry;
        self.put += 1;
        let half = (L / N) << (self.bits - 1);
        if self.put > half && self.bits < self.most_bits {
            self.grow::<N>(words);
        }
    }

    /// Clears the lines in use.
    fn clear(&self, words: &mut [u64]) {
        words[self.start..][..L << self.bits].fill(0);
    }

    /// Splits each line into two.
    #[cold]
    fn grow<const N: usize>(&mut self, words: &mut [u64]) {
        let lines = 1 << self.bits;
        self.bits += 1;
        let shift = 64 - self.bits;
        let (table, _) = words[self.start..].as_chunks_mut::<L>();
        // From the last line on, because its two halves are written after all unprocessed lines.
        for number in (0..lines).rev() {
            let line = table[number];
            table[2 * number..][..2].fill([0; L]);
            for entry in line.as_chunks::<N>().0 {
                if *entry == [0; N] {
                    continue;
                }
                let (entries, _) = table[(entry[N - 1] >> shift) as usize].as_chunks_mut::<N>();
                let free = entries.iter_mut().find(|free| **free == [0; N]);
                *free.expect("a line has room for what was one") = *entry;
            }
        }
    }
}

/// Maximum number of tokens of a piece of up to 15 bytes.
const MOST: u64 = 15;
/// A longer piece with more tokens is not cached.
const MOST_OF_LONGER: u64 = 255;

/// Cache of one vocabulary.
pub(super) struct Cache {
    vocabulary: usize,
    words: Vec<u64>,
    /// Offset of the first whole line.
    start: usize,
    short: Table<LINE>,
    middle: Table<LINE>,
    large: Table<LINE>,
    huge: Table<{ 2 * LINE }>,
}

/// For a single vocabulary: a line has four pieces of up to 15 bytes, two of up to 30, or one of up
/// to 62, or of up to 126 if it is twice as long.
const ALONE: Plan = Plan::new([13, 11, 11, 9]);
/// For each of two vocabularies.
const SHARED: Plan = Plan::new([11, 11, 9, 8]);

struct Thread {
    /// The most recently used one is first.
    caches: [Cache; 2],
    scratch: Option<Box<Scratch>>,
}

thread_local! {
    static THREAD: RefCell<Thread> = const {
        RefCell::new(Thread {
            caches: [Cache::EMPTY; 2],
            scratch: None,
        })
    };
}

/// Returns the count of an entry if its key matches, else 0.
#[inline(always)]
fn count_in(entry: [u64; 2], key: Key) -> u64 {
    // If the other bits are equal, only the count is left.
    let rest = entry[1] ^ key.0[1];
    let same = (entry[0] ^ key.0[0]) | (rest >> 4) == 0;
    select_unpredictable(same, rest, 0)
}

/// Combines a piece with its count, in the bits that a [`Key`] leaves free; 0 is an empty entry.
#[inline(always)]
fn entry(key: Key, count: u64) -> [u64; 2] {
    [key.0[0], key.0[1] | count]
}

/// Masks of the first bytes of a word, by their number.
static MASKS: [u64; 9] = {
    let mut masks = [!0; 9];
    let mut bytes = 0;
    while bytes < 8 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// Scrambles a piece of up to `8 * N - 2` bytes with its length; only the first `len` bytes are
/// read. The lowest eight bits of the last word are free.
#[inline(always)]
fn words_of<const N: usize>(bytes: &[u8], len: usize) -> [u64; N] {
    let mut words = [0; N];
    let mut before = 0u64;
    let (eights, _) = bytes[..8 * N].as_chunks::<8>();
    for n in 0..N {
        let mask = MASKS[len.saturating_sub(8 * n).min(8)];
        let mut word = u64::from_le_bytes(eights[n]) & mask;
        if n == N - 1 {
            word = word << 8 | (len as u64) << 56;
            before <<= 8;
        }
        words[n] = hash::scrambled_word(word ^ before);
        before = words[n].rotate_left(32);
    }
    words
}

/// Returns the count of an entry if its piece has these [`words_of`], else 0.
fn count_of_longer<const N: usize>(entry: &[u64], words: [u64; N]) -> u64 {
    let rest = entry[N - 1] ^ words[N - 1];
    if entry[..N - 1] == words[..N - 1] && rest <= MOST_OF_LONGER {
        rest
    } else {
        0
    }
}

impl Cache {
    const EMPTY: Cache = Cache {
        vocabulary: usize::MAX,
        words: Vec::new(),
        start: 0,
        short: ALONE.short,
        middle: ALONE.middle,
        large: ALONE.large,
        huge: ALONE.huge,
    };

    /// Calls `run` with the thread's cache for a vocabulary and its scratch memory; both are new
    /// while the thread is ending.
    pub(super) fn with<T>(vocabulary: usize, run: impl FnOnce(&mut Cache, &mut Scratch) -> T) -> T {
        let mut run = Some(run);
        let found = THREAD.try_with(|thread| {
            let mut thread = thread.try_borrow_mut().ok()?;
            let Thread { caches, scratch } = &mut *thread;
            if caches[0].vocabulary != vocabulary {
                Cache::turn_to(caches, vocabulary);
            }
            let scratch = scratch.get_or_insert_with(|| Box::new(Scratch::EMPTY));
            run.take().map(|run| run(&mut caches[0], scratch))
        });
        match (found.ok().flatten(), run) {
            (Some(result), _) => result,
            (None, Some(run)) => {
                let mut cache = Cache::EMPTY;
                cache.renew(SHARED);
                run(&mut cache, &mut Box::new(Scratch::EMPTY))
            }
            (None, None) => unreachable!("what was run has given a result"),
        }
    }

    /// Moves a vocabulary's cache to the front.
    #[cold]
    fn turn_to(caches: &mut [Cache; 2], vocabulary: usize) {
        caches.swap(0, 1);
        let [cache, other] = caches;
        if cache.vocabulary == vocabulary {
            return;
        }
        let shared = other.vocabulary != usize::MAX;
        if shared && other.words.len() > SHARED.words + LINE {
            other.renew(SHARED);
        }
        cache.vocabulary = vocabulary;
        cache.renew(if shared { SHARED } else { ALONE });
    }

    /// Clears the tables and sets their sizes. The system provides zeroed memory page by page when
    /// it is touched; memory of the right size is kept, and only what was used of it is cleared, so
    /// that a thread can alternate between many vocabularies.
    fn renew(&mut self, plan: Plan) {
        let len = plan.words + LINE - 1;
        if self.words.len() == len {
            let words = &mut self.words[self.start..];
            words[..2 * RECENT].fill(0);
            self.short.clear(words);
            self.middle.clear(words);
            self.large.clear(words);
            self.huge.clear(words);
        } else {
            self.words = Vec::new();
            self.words = vec![0; len];
            let start = self.words.as_ptr().align_offset(LINE * size_of::<u64>());
            self.start = start.min(LINE - 1);
        }
        Plan {
            short: self.short,
            middle: self.middle,
            large: self.large,
            huge: self.huge,
            ..
        } = plan;
    }

    /// Returns the slots of recently seen pieces.
    #[inline(always)]
    pub(super) fn recent(&mut self) -> Recent<'_> {
        let (places, _) = self.words[self.start..].as_chunks_mut();
        Recent(places.first_chunk_mut().expect("the places come first"))
    }

    /// Prefetches the line that [`get`](Self::get) reads.
    #[inline(always)]
    pub(super) fn prefetch(&self, key: Key) {
        prefetch_index(&self.words, self.start + self.short.place(key.hash()));
    }

    /// Returns the count of a merged piece of up to 15 bytes; 0 if it is not cached.
    #[inline(always)]
    pub(super) fn get(&mut self, key: Key) -> u64 {
        let line = self.short.line(&mut self.words[self.start..], key.hash());
        // At most one of the entries matches.
        let (entries, _) = line.as_chunks();
        entries
            .iter()
            .fold(0, |count, &entry| count | count_in(entry, key))
    }

    /// Stores the count of a merged piece of up to 15 bytes.
    #[inline]
    pub(super) fn put(&mut self, key: Key, count: usize) {
        debug_assert!((1..=MOST).contains(&(count as u64)));
        let words = &mut self.words[self.start..];
        self.short.put(words, entry(key, count as u64));
    }

    /// Prefetches the line for a longer piece: the first `len` of these bytes, up to 62.
    pub(super) fn prefetch_longer(&self, bytes: &[u8; 64], len: usize) {
        let place = if len <= 30 {
            self.middle.place(words_of::<4>(bytes, len)[3])
        } else {
            self.large.place(words_of::<8>(bytes, len)[7])
        };
        prefetch_index(&self.words, self.start + place);
    }

    /// Returns the count of a longer piece: the first `len` of these bytes, 64, or 128 if there are
    /// more than 62.
    pub(super) fn get_longer<const B: usize>(&mut self, bytes: &[u8; B], len: usize) -> usize {
        let words = &mut self.words[self.start..];
        let count = if len <= 30 {
            let piece = words_of::<4>(bytes, len);
            let line = self.middle.line(words, piece[3]);
            count_of_longer(&line[..4], piece) | count_of_longer(&line[4..], piece)
        } else if len <= 62 {
            let piece = words_of::<8>(bytes, len);
            count_of_longer(self.large.line(words, piece[7]), piece)
        } else if len <= 126 && B >= 128 {
            let piece = words_of::<16>(bytes, len);
            count_of_longer(self.huge.line(words, piece[15]), piece)
        } else {
            0
        };
        count as usize
    }

    /// Stores the count of a longer piece; one that is too long, or has too many tokens, is not
    /// stored.
    pub(super) fn put_longer<const B: usize>(&mut self, bytes: &[u8; B], len: usize, count: usize) {
        let count = count as u64;
        if count > MOST_OF_LONGER {
            return;
        }
        let words = &mut self.words[self.start..];
        if len <= 30 {
            let mut piece = words_of::<4>(bytes, len);
            piece[3] |= count;
            self.middle.put(words, piece);
        } else if len <= 62 {
            let mut piece = words_of::<8>(bytes, len);
            piece[7] |= count;
            self.large.put(words, piece);
        } else if len <= 126 && B >= 128 {
            let mut piece = words_of::<16>(bytes, len);
            piece[15] |= count;
            self.huge.put(words, piece);
        }
    }
}

/// Recently seen pieces, tokens included: few enough to stay in the processor's cache, unlike the
/// vocabulary.
pub(super) struct Recent<'c>(&'c mut [[u64; 2]; RECENT]);

impl Recent<'_> {
    #[inline(always)]
    fn place(key: Key) -> usize {
        (key.hash() >> (64 - RECENT_BITS)) as usize
    }

    /// Returns the count of a piece of up to 15 bytes; 0 if it is not cached.
    #[inline(always)]
    pub(super) fn get(&self, key: Key) -> u64 {
        count_in(self.0[Recent::place(key)], key)
    }

    /// Stores the count of a piece of up to 15 bytes; 0 clears the slot.
    #[inline(always)]
    pub(super) fn put(&mut self, key: Key, count: u64) {
        self.0[Recent::place(key)] = entry(key, count);
    }
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::count::key_of;
    use super::*;

    fn with<T>(vocabulary: usize, run: impl FnOnce(&mut Cache) -> T) -> T {
        Cache::with(vocabulary, |cache, _| run(cache))
    }

    fn bytes(piece: &[u8]) -> [u8; 128] {
        let mut bytes = [b'#'; 128];
        let len = piece.len().min(128);
        bytes[..len].copy_from_slice(&piece[..len]);
        bytes
    }

    fn get(cache: &mut Cache, piece: &[u8]) -> usize {
        cache.get_longer(&bytes(piece), piece.len())
    }

    fn put(cache: &mut Cache, piece: &[u8], count: usize) {
        cache.put_longer(&bytes(piece), piece.len(), count);
    }

    /// Calls `run` in a new thread, whose tables are empty.
    fn anew(run: impl FnOnce() + Send + 'static) {
        std::thread::spawn(run).join().unwrap();
    }

    #[test]
    fn keeps_what_it_was_given_and_no_more_than_its_size() {
        anew(|| {
            for (vocabulary, places) in [(0, 4 << 13), (1, 4 << 11)] {
                with(vocabulary, |cache| {
                    let mut found = 0;
                    for n in 0..100_000u32 {
                        let key = key_of(&n.to_le_bytes());
                        assert_eq!(cache.get(key), 0);
                        cache.put(key, 1 + n as usize % 15);
                        assert_eq!(cache.get(key), 1 + u64::from(n) % 15);
                    }
                    for n in 0..100_000u32 {
                        let count = cache.get(key_of(&n.to_le_bytes()));
                        assert!(count == 0 || count == 1 + u64::from(n) % 15);
                        found += usize::from(count > 0);
                    }
                    assert!(found > places / 2 && found <= places, "{found}");
                });
            }
            THREAD.with_borrow(|thread| {
                let tables: usize = thread.caches.iter().map(|c| c.words.capacity() * 8).sum();
                assert!(tables > 512 << 10);
                assert!(tables + size_of::<Scratch>() + size_of::<Thread>() <= 1 << 20);
            });
        });
    }

    #[test]
    fn tables_do_not_overlap() {
        for others in [false, true] {
            anew(move || {
                if others {
                    with(1, |_| ());
                }
                with(0, |cache| {
                    cache.recent().0.fill([u64::MAX; 2]);
                    let words = &mut cache.words[cache.start..];
                    fn fill<const L: usize>(mut table: Table<L>, words: &mut [u64]) {
                        table.bits = table.most_bits;
                        for hash in [0, u64::MAX] {
                            let line = table.line(words, hash);
                            assert_eq!(line.as_ptr() as usize % 64, 0);
                            assert_eq!(*line, [0; L]);
                            *line = [7; L];
                        }
                    }
                    fill(cache.short, words);
                    fill(cache.middle, words);
                    fill(cache.large, words);
                    fill(cache.huge, words);
                    assert!(cache.huge.end() <= words.len());
                    assert!(words[..2 * RECENT].iter().all(|&w| w == u64::MAX));
                    assert_eq!(cache.words.iter().filter(|&&w| w == 7).count(), 10 * LINE);
                });
            });
        }
    }

    #[test]
    fn holds_no_text() {
        with(1, |cache| {
            cache.put(key_of(b"SECRETMARKER..."), 5);
            cache.recent().put(key_of(b"SECRETMARKER..."), 5);
            put(cache, b"SECRETMARKER SECRETMARKER", 5);
            put(cache, b"SECRETMARKER SECRETMARKER SECRETMARKER", 5);
            let bytes: Vec<u8> = cache
                .words
                .iter()
                .flat_map(|word| word.to_le_bytes())
                .collect();
            assert!(bytes.iter().filter(|&&byte| byte != 0).count() > 60);
            assert!(
                !bytes
                    .windows(4)
                    .any(|w| b"SECRETMARKER".windows(4).any(|s| s == w))
            );
        });
    }

    #[test]
    fn pieces_met_last() {
        with(3, |cache| {
            let mut recent = cache.recent();
            let (one, other) = (key_of(b"one"), key_of(b"one\0"));
            assert_eq!([recent.get(one), recent.get(other)], [0, 0]);
            recent.put(one, 1);
            assert_eq!([recent.get(one), recent.get(other)], [1, 0]);
            recent.put(one, 0);
            assert_eq!(recent.get(one), 0);
        });
    }

    #[test]
    fn longer_pieces() {
        with(2, |cache| {
            let text: String = (0..300)
                .map(|n| char::from(b'a' + (n % 26) as u8))
                .collect();
            let text = text.as_bytes();
            for len in 16..140 {
                let piece = &text[..len];
                assert_eq!(get(cache, piece), 0, "{len}");
                put(cache, piece, 1 + len % 15);
                assert_eq!(get(cache, piece), if len <= 126 { 1 + len % 15 } else { 0 });
                // Another byte at the end, another byte anywhere, another count.
                assert_eq!(get(cache, &[piece, b"\0"].concat()), 0);
                for at in 0..len {
                    let mut other = piece.to_vec();
                    other[at] ^= 0x80;
                    assert_eq!(get(cache, &other), 0, "{len} {at}");
                }
                put(cache, &text[1..len + 1], 256);
                assert_eq!(get(cache, &text[1..len + 1]), 0);
            }
        });
    }

    /// A growing table loses no entry that fits.
    #[test]
    fn grows() {
        anew(|| {
            with(0, |cache| {
                let piece = |n: u32, len: usize| format!("{n:0len$}").into_bytes();
                for n in 0..1_000 {
                    cache.put(key_of(&piece(n, 9)), 3);
                    put(cache, &piece(n, 20), 4);
                    put(cache, &piece(n, 40), 5);
                }
                let (mut short, mut middle, mut large) = (0, 0, 0);
                for n in 0..1_000 {
                    short += cache.get(key_of(&piece(n, 9))) / 3;
                    middle += get(cache, &piece(n, 20)) / 4;
                    large += get(cache, &piece(n, 40)) / 5;
                }
                assert!(
                    short > 850 && middle > 800 && large > 500,
                    "{short} {middle} {large}"
                );
                let bits = [cache.short.bits, cache.middle.bits, cache.large.bits];
                assert!(bits.iter().all(|&bits| bits > FIRST_BITS), "{bits:?}");
                assert!(cache.short.bits < cache.short.most_bits);
            });
        });
    }

    /// Only two vocabularies have a table at a time.
    #[test]
    fn the_third_takes_a_place() {
        anew(|| {
            let piece = key_of(b"piece");
            let kept = |vocabulary| with(vocabulary, |cache| cache.get(piece));
            with(0, |_| ());
            with(1, |cache| cache.put(piece, 4));
            with(0, |cache| cache.put(piece, 3));
            assert_eq!([kept(0), kept(1), kept(0)], [3, 4, 3]);
            with(2, |cache| cache.put(piece, 5));
            assert_eq!([kept(0), kept(2)], [3, 5]);
            assert_eq!(kept(1), 0);
        });
    }
}
