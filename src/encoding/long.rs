//! Merging a piece of any length, in time that grows with it and not with its square.
//!
//! Tokens side by side that are right in one text are right in any: a text's tokens are those, and only those, of which
//! each two neighbours would come out of merging their own bytes (the crate `bpe` by GitHub rests on this too). So a long
//! piece is merged window by window: of a window's tokens those near its end are uncertain, as what follows is missing. The
//! next window begins where a token some way before the end begins; if it begins with that same token, the tokens before
//! are settled, as each two neighbours stood side by side in one of the windows. If not, a wider window is tried: a doubt
//! reaches back as far as a chain of merges with ever lower ids, which a vocabulary has only so many of.
//!
//! Text that repeats itself repeats its windows, and these are not merged again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::merge::Alone;
use super::vocabulary::{self, First, Vocabulary, pair};

/// Bytes of the smallest window: what a lane holds.
const SMALLEST: usize = 63;

/// A token: where it begins in its window, and its id.
type Token = (usize, u32);

/// Hands over the tokens of a piece in order, some at a time, with where their window begins.
///
/// Time: O(n log w), where `w` is the widest window that was needed; 63 for ordinary text, some hundreds for a run of one
/// character. Memory: O(w).
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

/// The tokens of one window.
fn merged(vocabulary: &Vocabulary, window: &[u8], tokens: &mut Vec<Token>) {
    tokens.clear();
    if window.len() <= SMALLEST {
        let mut lane = Alone::<64>::EMPTY;
        lane.merge(vocabulary, window);
        tokens.extend(lane.tokens());
    } else {
        wide(vocabulary, window, tokens);
    }
}

/// The tokens of a window of any width: the next merge is taken from a heap. Time: O(n log n).
fn wide(vocabulary: &Vocabulary, window: &[u8], tokens: &mut Vec<Token>) {
    let len = window.len();
    // Where a token begins: its id, and where the next begins; where it begins: where the one before does.
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
    /// The id of a token that another one took in.
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
