//! Merges a piece of any length in linear, not quadratic, time.
//!
//! Adjacent tokens that are right in one text are right in any: the tokens of a string are exactly
//! those of which each two neighbors would result from merging their own bytes (the crate `bpe` by
//! GitHub relies on this too). So a long piece is merged window by window: the tokens near the end
//! of a window are uncertain, because the following bytes are missing. The next window begins where
//! a token some way before the end begins; if it starts with that same token, the earlier tokens
//! are settled, because each two neighbors were adjacent in one of the windows. If not, a wider
//! window is tried: a doubt reaches back only as far as a chain of merges with ever lower ids,
//! which is limited by the vocabulary.
//!
//! Repetitive text repeats its windows, and these are not merged again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::merge::SingleLane;
use super::vocabulary::{self, First, Vocabulary, pair};

/// Bytes of the smallest window: the capacity of a lane.
const SMALLEST: usize = 63;

/// A token: its start in the window, and its id.
type Token = (usize, u32);

/// Passes on the tokens of a piece in order, in batches, with the start of their window.
///
/// Time: O(n log w), where `w` is the widest window that was needed: 63 for ordinary text, some
/// hundreds for a run of one character. Memory: O(w).
pub(super) fn tokens(
    vocabulary: &Vocabulary,
    piece: &[u8],
    mut settled: impl FnMut(usize, &[Token]),
) {
    let mut rest = piece;
    let mut width = SMALLEST;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    merged(vocabulary, &rest[..width.min(rest.len())], &mut here);
    while rest.len() > width {
        // The first token that begins in the last quarter.
        let turn = here.partition_point(|&(start, _)| start < width - width / 4);
        let next = here.get(turn).filter(|_| turn > 0);
        if let Some(&(start, id)) = next {
            let following = &rest[start..];
            let following = &following[..width.min(following.len())];
            let same = following == &rest[..width];
            if same {
                there.clone_from(&here);
            } else {
                merged(vocabulary, following, &mut there);
            }
            if there[0].1 == id {
                settled(piece.len() - rest.len(), &here[..turn]);
                rest = &rest[start..];
                std::mem::swap(&mut here, &mut there);
                if !same && width > SMALLEST {
                    width = (width / 4).max(SMALLEST);
                    merged(vocabulary, &rest[..width.min(rest.len())], &mut here);
                }
                continue;
            }
        }
        width *= 4;
        merged(vocabulary, &rest[..width.min(rest.len())], &mut here);
    }
    settled(piece.len() - rest.len(), &here);
}

/// Returns the tokens of one window.
fn merged(vocabulary: &Vocabulary, window: &[u8], tokens: &mut Vec<Token>) {
    tokens.clear();
    if window.len() <= SMALLEST {
        let mut lane = SingleLane::<64>::EMPTY;
        lane.merge(vocabulary, window);
        tokens.extend(lane.tokens());
    } else {
        wide(vocabulary, window, tokens);
    }
}

/// Returns the tokens of a window of any width; a heap holds the next merges. Time: O(n log n).
fn wide(vocabulary: &Vocabulary, window: &[u8], tokens: &mut Vec<Token>) {
    let len = window.len();
    // For each start of a token: its id, the start of the next token, and the start of the previous
    // one.
    let mut ids: Vec<u32> = window.iter().map(|&byte| vocabulary.single(byte)).collect();
    let mut next: Vec<usize> = (1..=len).collect();
    let mut before: Vec<usize> = (0..len).map(|at| at.wrapping_sub(1)).collect();
    let mut heap: BinaryHeap<Reverse<(u32, usize, u32, u32)>> = BinaryHeap::with_capacity(len);
    for (at, two) in window.windows(2).enumerate() {
        let id = vocabulary.first_merge(two[0], two[1]).id();
        if id != First::NONE {
            heap.push(Reverse((id, at, ids[at], ids[at + 1])));
        }
    }
    /// Id of a token that was merged into another one.
    const GONE: u32 = u32::MAX;
    while let Some(Reverse((id, at, left, right))) = heap.pop() {
        let taken = next[at];
        if ids[at] != left || taken >= len || ids[taken] != right {
            continue; // one of the two has merged otherwise
        }
        ids[at] = id;
        ids[taken] = GONE;
        let after = next[taken];
        next[at] = after;
        if after < len {
            before[after] = at;
            let rank = vocabulary.merge(pair(id, ids[after]));
            if rank != vocabulary::NONE {
                heap.push(Reverse((vocabulary::id_of(rank), at, id, ids[after])));
            }
        }
        let previous = before[at];
        if let Some(&left) = ids.get(previous) {
            let rank = vocabulary.merge(pair(left, id));
            if rank != vocabulary::NONE {
                heap.push(Reverse((vocabulary::id_of(rank), previous, left, id)));
            }
        }
    }
    let mut at = 0;
    while at < len {
        tokens.push((at, ids[at]));
        at = next[at];
    }
}
