//! Builder of the tables that counting reads in place, from a vocabulary.
//!
//! The input is a file of `data/vocabulary/`: the bytes of the first 256 ids, then for every
//! further id the two ids that merge into it, three bytes each, little endian (all ones if an id is
//! not an ordinary token). Every token longer than a byte is made by exactly one merge, of tokens
//! with smaller ids; so the pairs are the whole vocabulary.

// The arithmetic must be the same here and at run time.
#[path = "../src/encoding/hash.rs"]
mod hash;

/// Maximum number of bytes of a piece with a key.
const KEY_BYTES: usize = 15;
/// Minimum number of keys of a bucket that is placed first.
const LARGE: usize = 6;
/// Marks an unused entry of `long_ids`.
const NONE: u32 = u32::MAX;
/// Marks a missing id in `first`: larger than any id.
const LEAST: u64 = 0x3_ffff;

/// Returns the bytes of every id; empty for an id that is not an ordinary token.
fn tokens(pairs: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let (single, merged) = pairs
        .split_at_checked(256)
        .ok_or("the file is shorter than the 256 single bytes")?;
    let (merged, rest) = merged.as_chunks::<6>();
    if !rest.is_empty() {
        return Err("the file ends within a pair".to_owned());
    }
    let mut tokens: Vec<Vec<u8>> = single.iter().map(|&byte| vec![byte]).collect();
    for pair in merged {
        tokens.push(match ids(pair) {
            None => Vec::new(),
            Some((left, right)) => {
                let part = |id: u32| {
                    tokens
                        .get(id as usize)
                        .filter(|token| !token.is_empty())
                        .ok_or_else(|| {
                            format!("id {} is made of {id}, which is none", tokens.len())
                        })
                };
                [part(left)?.as_slice(), part(right)?].concat()
            }
        });
    }
    Ok(tokens)
}

/// Returns the two ids of a merge.
fn ids(pair: &[u8; 6]) -> Option<(u32, u32)> {
    let &[a, b, c, d, e, f] = pair;
    let (left, right) = (
        u32::from_le_bytes([a, b, c, 0]),
        u32::from_le_bytes([d, e, f, 0]),
    );
    (left != 0xff_ffff).then_some((left, right))
}

/// Table with its name, as bytes; numbers are little endian. `src/encoding/vocabulary.rs` reads it.
pub(crate) type Table = (&'static str, Vec<u8>);

/// Returns the tables of a vocabulary.
pub(crate) fn tables(pairs: &[u8]) -> Result<Vec<Table>, String> {
    let tokens = tokens(pairs)?;
    if tokens.len() as u64 >= LEAST {
        return Err("an id has 18 bits in the tables".to_owned());
    }

    // Pieces that are one token.
    let short: Vec<([u64; 2], u32)> = (0u32..)
        .zip(&tokens)
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
    let (mut pieces, mut piece_ids) = (vec![0xff; slots * 16], vec![0; slots * 4]);
    for (&(key, id), place) in short.iter().zip(places) {
        let [first, second] = key.map(u64::to_le_bytes);
        pieces[place * 16..][..8].copy_from_slice(&first);
        pieces[place * 16 + 8..][..8].copy_from_slice(&second);
        piece_ids[place * 4..][..4].copy_from_slice(&id.to_le_bytes());
    }

    // Longer tokens, by a hash of their bytes: open addressing, half full; with each id more bits
    // of the hash.
    let long: Vec<u32> = (0u32..)
        .zip(&tokens)
        .filter(|(_, token)| token.len() > KEY_BYTES)
        .map(|(id, _)| id)
        .collect();
    let size = (long.len() * 2).next_power_of_two().max(2);
    let mut long_ids = vec![NONE; size];
    for id in long {
        let hash = hash::of_bytes(&tokens[id as usize]);
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
    let mut entries = Vec::with_capacity(tokens.len());
    for (pair, id) in pairs[256..].as_chunks::<6>().0.iter().zip(256u64..) {
        if let Some((left, right)) = ids(pair) {
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
    }
    let first = first
        .iter()
        .flat_map(|&[id, left, right]| {
            let [left, right] = [left, right].map(|least| hash::step(least as u32));
            (id as u32 | left << 18 | right << 25).to_le_bytes()
        })
        .collect();
    let hashes: Vec<u64> = entries.iter().map(|&(key, _)| hash::of_pair(key)).collect();
    let (pair_pilots, places, slots) = perfect(&hashes)?;
    let mut merges = vec![0xff; slots * 8];
    for (&(key, id), place) in entries.iter().zip(places) {
        merges[place * 8..][..8].copy_from_slice(&(key << 24 | id << 6).to_le_bytes());
    }

    // Bytes of every token, concatenated, and the start of each.
    let mut starts = Vec::with_capacity(tokens.len() + 1);
    let mut at = 0u32;
    for token in &tokens {
        starts.push(at);
        at += token.len() as u32;
    }
    starts.push(at);

    let mut tables = chars(pairs, &tokens)?;
    tables.extend([
        ("pieces", pieces),
        (
            "piece_pilots",
            piece_pilots.iter().map(|&pilot| pilot as u8).collect(),
        ),
        ("piece_ids", piece_ids),
        ("long_ids", words(&long_ids)),
        ("first", first),
        ("merges", merges),
        ("merge_pilots", halves(&pair_pilots)),
        ("starts", words(&starts)),
        ("text", tokens.concat()),
    ]);
    Ok(tables)
}

/// Returns the characters of three bytes that are one token: the place of each group of 64, their
/// ids, and for each group and each preceding byte the lowest id, as a step, that their first two
/// bytes merge into with anything ending in that byte.
///
/// The first group is empty. A character is omitted if its last two bytes merge with a following
/// byte before the character is complete.
fn chars(pairs: &[u8], tokens: &[Vec<u8>]) -> Result<Vec<Table>, String> {
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
        let merges = pairs[256..].as_chunks::<6>().0.iter().zip(256u32..);
        merges.filter_map(|(pair, id)| {
            let (left, right) = ids(pair)?;
            Some((&tokens[left as usize], &tokens[right as usize], id))
        })
    };
    for (left, _, id) in merges().filter(|(left, ..)| left.len() == 2) {
        behind.entry(left.as_slice()).or_insert(id);
    }
    for (token, id) in tokens.iter().zip(0u32..) {
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
    let slot_bits = (hashes.len() * 5 / 4).next_power_of_two().ilog2();
    let slots = 1 << slot_bits;
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
                    let slot = hash::slot(hashes[at as usize], pilot, slot_bits);
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
