//! Lays out a vocabulary as the tables that counting reads in place. `sources.rs` reads its file.

// The arithmetic must be the same here and at run time.
#[path = "../src/encoding/hash.rs"]
mod hash;

use crate::sources::Source;

/// Maximum number of bytes of a piece with a key.
const KEY_BYTES: usize = 15;
/// Minimum number of keys of a bucket that is placed first.
const LARGE: usize = 6;
/// Marks an unused entry of `long_ids`.
const NONE: u32 = u32::MAX;
/// Marks a missing id in `first`; larger than any id.
const LEAST: u64 = 0x3_ffff;

/// A table with its name, as bytes; numbers are little endian. `src/encoding/vocabulary.rs` reads
/// it.
pub(crate) type Table = (&'static str, Vec<u8>);

/// A number with its name.
pub(crate) type Number = (&'static str, usize);

/// Returns the tables of a vocabulary, and its numbers.
///
/// If the vocabulary has no public ids, the ids of short tokens are omitted, and long tokens are
/// numbered separately.
pub(crate) fn tables(source: &Source) -> Result<(Vec<Table>, Vec<Number>), String> {
    let Source { tokens, merges, .. } = source;
    if tokens.len() as u64 >= LEAST {
        return Err("an id has 18 bits in the tables".to_owned());
    }
    let whole = || (0u32..).zip(tokens).filter(|(id, _)| source.is_whole(*id));

    // Pieces that are one token.
    let short: Vec<([u64; 2], u32)> = whole()
        .filter(|(_, token)| (1..=KEY_BYTES).contains(&token.len()))
        .map(|(id, token)| {
            let mut key = [0; 16];
            key[..token.len()].copy_from_slice(token);
            key[KEY_BYTES] = token.len() as u8;
            let [first, second] = [0, 8].map(|at| {
                let mut half = [0; 8];
                half.copy_from_slice(&key[at..at + 8]);
                u64::from_le_bytes(half)
            });
            (hash::scrambled([first, second]), id)
        })
        .collect();
    let hashes: Vec<u64> = short.iter().map(|&([_, hash], _)| hash).collect();
    let (piece_pilots, places, slots) = perfect(&hashes)?;
    let piece_slots = slots;
    let (mut pieces, mut piece_ids) = (vec![0xff; slots * 16], vec![0; slots * 4]);
    for (&(key, id), place) in short.iter().zip(places) {
        let [first, second] = key.map(u64::to_le_bytes);
        pieces[place * 16..][..8].copy_from_slice(&first);
        pieces[place * 16 + 8..][..8].copy_from_slice(&second);
        piece_ids[place * 4..][..4].copy_from_slice(&id.to_le_bytes());
    }

    // Longer tokens, by a hash of their bytes: open addressing, half full; with each id more bits
    // of the hash.
    let mut listed: Vec<&[u8]> = Vec::new();
    let mut long: Vec<(u32, &[u8])> = Vec::new();
    for (id, token) in whole().filter(|(_, token)| token.len() > KEY_BYTES) {
        if source.has_ids {
            long.push((id, token));
        } else {
            long.push((listed.len() as u32, token));
            listed.push(token);
        }
    }
    if source.has_ids {
        listed = tokens.iter().map(Vec::as_slice).collect();
    } else {
        piece_ids.clear();
    }
    let size = (long.len() * 2).next_power_of_two().max(2);
    let mut long_ids = vec![NONE; size];
    for (id, token) in long {
        let hash = hash::of_bytes(token);
        let mut at = hash as usize & (size - 1);
        while long_ids[at] != NONE {
            at = (at + 1) & (size - 1);
        }
        long_ids[at] = id | hash::check(hash);
    }

    // Merges. Those of two single bytes have their own table, because merging begins there. Each
    // pair of bytes also has the lowest ids of any merge between a token that ends in the first
    // byte and the second byte, and between the first byte and a token that begins with the second,
    // both rounded down: a lower id than these merges first, whatever surrounds it.
    let mut first = vec![[LEAST; 3]; 1 << 16];
    let mut entries = Vec::with_capacity(merges.len());
    for &[left, right, id] in merges {
        let id = u64::from(id);
        entries.push((u64::from(left) << 18 | u64::from(right), id));
        let (left, right) = (&tokens[left as usize], &tokens[right as usize]);
        if let (&[.., a], &[b, ..]) = (left.as_slice(), right.as_slice()) {
            let least = &mut first[usize::from(a) << 8 | usize::from(b)];
            if left.len() == 1 && right.len() == 1 {
                least[0] = id;
            }
            if right.len() == 1 {
                least[1] = least[1].min(id);
            }
            if left.len() == 1 {
                least[2] = least[2].min(id);
            }
        }
    }
    let first = first
        .iter()
        .flat_map(|&[id, left, right]| {
            let [left, right] = [left, right].map(|least| hash::step(least as u32).min(hash::LATE));
            (id as u32 | left << 18 | right << 25).to_le_bytes()
        })
        .collect();
    let late = |id: &u32| tokens[*id as usize].len() == 2 && hash::step(*id) < hash::LATE;
    if source.late().iter().any(late) {
        return Err("two bytes would merge before their turn".to_owned());
    }
    let hashes: Vec<u64> = entries.iter().map(|&(key, _)| hash::of_pair(key)).collect();
    let (pair_pilots, places, slots) = perfect(&hashes)?;
    let mut table = vec![0xff; slots * 8];
    for (&(key, id), place) in entries.iter().zip(places) {
        table[place * 8..][..8].copy_from_slice(&(key << 24 | id << 6).to_le_bytes());
    }

    // Bytes of the tokens, end to end, and the start of each.
    let mut starts = Vec::with_capacity(listed.len() + 1);
    let mut at = 0u32;
    for token in &listed {
        starts.push(at);
        at += token.len() as u32;
    }
    starts.push(at);

    let numbers = vec![
        ("LEN", source.len),
        ("LONGEST", tokens.iter().map(Vec::len).max().unwrap_or(0)),
        ("PIECE_SLOTS", piece_slots),
        ("PIECE_PILOT_BITS", piece_pilots.len().ilog2() as usize),
        ("MERGE_SLOTS", slots),
        ("MERGE_PILOT_BITS", pair_pilots.len().ilog2() as usize),
    ];
    let mut tables = chars(source)?;
    tables.extend([
        ("pieces", pieces),
        (
            "piece_pilots",
            piece_pilots.iter().map(|&pilot| pilot as u8).collect(),
        ),
        ("piece_ids", piece_ids),
        ("long_ids", words(&long_ids)),
        ("first", first),
        ("merges", table),
        ("merge_pilots", halves(&pair_pilots)),
        ("starts", words(&starts)),
        ("text", listed.concat()),
    ]);
    Ok((tables, numbers))
}

/// Returns the characters of three bytes that are one token: the place of each group of 64, their
/// ids, and for each group and each preceding byte the lowest id, as a step, that their first two
/// bytes merge into with anything ending in that byte.
///
/// The first 64 are empty. Omitted are characters whose last two bytes merge with following bytes
/// first, whose halves rank after them, or that rank after a token of which they are a half.
fn chars(source: &Source) -> Result<Vec<Table>, String> {
    let tokens = &source.tokens;
    let mut index = vec![0u16; 1024];
    let mut blocks = vec![NONE; 64];
    let place = |token: &[u8]| match *token {
        [first @ 0xe0..=0xef, second @ 0x80..=0xbf, ..] => {
            Some(usize::from(first & 15) << 6 | usize::from(second & 63))
        }
        _ => None,
    };
    // Merges of the last two bytes with anything that follows.
    let mut behind = std::collections::HashMap::new();
    let merges = || {
        let bytes = |id: u32| &tokens[id as usize];
        let merges = source.merges.iter();
        merges.map(move |&[left, right, id]| (bytes(left), bytes(right), id))
    };
    for (left, _, id) in merges().filter(|(left, ..)| left.len() == 2) {
        let least = behind.entry(left.as_slice()).or_insert(id);
        *least = id.min(*least);
    }
    let late = source.late();
    for (token, id) in tokens.iter().zip(0u32..) {
        if source.is_odd(id) || late.contains(&id) {
            continue;
        }
        let (Some(place), &[_, second, third @ 0x80..=0xbf]) = (place(token), token.as_slice())
        else {
            continue;
        };
        if behind
            .get([second, third].as_slice())
            .is_some_and(|&other| other < id)
        {
            continue;
        }
        let block = &mut index[place];
        if *block == 0 {
            *block = u16::try_from(blocks.len() / 64).map_err(|_| "too many blocks")?;
            blocks.extend([NONE; 64]);
        }
        blocks[usize::from(*block) << 6 | usize::from(third & 63)] = id;
    }
    let mut before = vec![hash::step(LEAST as u32) as u8; blocks.len() * 2];
    for (left, right, id) in merges() {
        let (Some(place), [.., last], 2) = (place(right), left.as_slice(), right.len()) else {
            continue;
        };
        let step = &mut before[usize::from(index[place]) << 7 | usize::from(last & 127)];
        *step = (*step).min(hash::step(id) as u8);
    }
    Ok(vec![
        ("char_index", halves(&index)),
        ("chars", words(&blocks)),
        ("before_chars", before),
    ])
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn halves(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// Finds pilots that give every hash its own slot; returns the pilots, the slots, and the number of
/// slots.
///
/// The hashes are in the order of the ids. The first are looked up most, so their slots are sought
/// in the first eighth of the table: the most used entries are then adjacent and stay in a
/// processor's cache. Buckets are placed in the order of their size, if large, and of the number of
/// such hashes, so that the hardest to place come first.
fn perfect(hashes: &[u64]) -> Result<(Vec<u16>, Vec<usize>, usize), String> {
    let bits = (hashes.len() / 3).next_power_of_two().ilog2();
    let slots = (hashes.len() * 4 / 3).max(8);
    let front = slots / 8;
    let frequent = front * 4 / 5;
    let mut buckets: Vec<Vec<u32>> = vec![Vec::new(); 1 << bits];
    for (hash, at) in hashes.iter().zip(0..) {
        buckets[hash::bucket(*hash, bits)].push(at);
    }
    let often = |bucket: &[u32]| {
        bucket
            .iter()
            .filter(|&&at| (at as usize) < frequent)
            .count()
    };
    let mut order: Vec<usize> = (0..buckets.len()).collect();
    order.sort_by_cached_key(|&b| {
        let bucket = &buckets[b];
        let hard = bucket.len().max(LARGE);
        (std::cmp::Reverse((hard, often(bucket), bucket.len())), b)
    });
    let mut used = vec![false; slots];
    let mut pilots = vec![0u16; buckets.len()];
    let mut places = vec![0; hashes.len()];
    for b in order {
        let bucket = &buckets[b];
        let mut taken: Vec<usize> = Vec::with_capacity(bucket.len());
        let mut search = |in_front: bool| {
            (0..=u8::MAX).find(|&pilot| {
                taken.clear();
                bucket.iter().all(|&at| {
                    let slot = hash::slot(hashes[at as usize], pilot, slots);
                    let wanted = !in_front || at as usize >= frequent || slot < front;
                    let free = wanted && !used[slot] && !taken.contains(&slot);
                    taken.push(slot);
                    free
                })
            })
        };
        let pilot = search(often(bucket) > 0)
            .or_else(|| search(false))
            .ok_or_else(|| format!("a bucket of {} found no pilot with {} of {slots} slots used; change a constant of the hash", bucket.len(), used.iter().filter(|u| **u).count()))?;
        pilots[b] = u16::from(pilot);
        for (&at, &slot) in bucket.iter().zip(&taken) {
            used[slot] = true;
            places[at as usize] = slot;
            pilots[b] = hash::marked(pilots[b], hashes[at as usize]);
        }
    }
    Ok((pilots, places, slots))
}
