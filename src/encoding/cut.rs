//! Cuts a string to a number of tokens.
//!
//! ```text
//! keep_first(text, n):
//!     walk the text from seam to seam (see seams.rs), subtracting counts from n, until one does not fit
//!     walk that chunk again in small steps: a chunk of some hundred bytes is left, with room for k tokens
//!     encode it; the bytes of its first k tokens say where to cut
//!     loop: go back to a grapheme cluster boundary; re-count; done when it fits; else lower k by the excess
//! ```
//!
//! The result is counted again because the text after a cut takes part in the split: white space at
//! the end is no longer followed by a word, a contraction may lose its end, and a cluster boundary
//! may be inside of a token. This is cheap, because counts up to a seam are exact. After [`ROUNDS`]
//! tries k is halved instead, so the loop ends after `ROUNDS + log2(k)` tries.
//!
//! If tokens do not consist of the text's own bytes (normalized text, Claude's), bisection finds
//! the place of the cut.
//!
//! Time: O(bytes kept + one chunk), plus the tries on the small chunk. A text without seams (no
//! space, no punctuation after a letter) is one chunk; at most the bytes that `n + 1` tokens can
//! cover are read, so the time depends on `n` and not on the length of the text: O(n log n) per
//! try. `keep_last` is the mirror image.

use super::clusters::is_cluster_boundary;
use std::borrow::Cow;
use std::ops::Range;

use super::engine::Family;
use super::seams::{Seams, seam_at_or_after, seam_at_or_before};

/// Bytes of the first chunk of a walk; it doubles up to [`LARGEST_CHUNK`]. Small, to stop early if
/// the limit is small; growing, to have few calls otherwise. Guessed, not tuned.
const FIRST_CHUNK: usize = 2 << 10;
const LARGEST_CHUNK: usize = 16 << 10;
/// Bytes of the steps inside the chunk that contains the cut.
const SMALL_CHUNK: usize = 256;
/// Number of corrections of the cut by the excess before it is halved instead. Ordinary text needs
/// one.
const ROUNDS: usize = 8;

/// Where a walk ran out of room: this chunk has more tokens than `room`, and everything before it
/// was subtracted.
struct Spot {
    chunk: Range<usize>,
    room: usize,
}

/// Walks `within` from its start; returns the remaining room, or where it ran out. `within` must
/// start and end at seams or ends. If the room is known to run out, the last chunk (which may be
/// long) is not counted.
fn walk_forward(
    family: Family,
    text: &str,
    within: Range<usize>,
    mut room: usize,
    pace: Pace,
) -> Result<usize, Spot> {
    let mut start = within.start;
    let mut size = pace.first;
    while start < within.end {
        let end =
            seam_at_or_after(family.seams(), text, start.saturating_add(size)).min(within.end);
        if pace.runs_out && end == within.end {
            return Err(Spot {
                chunk: start..end,
                room,
            });
        }
        let tokens = family.count_between(text, start..end);
        if tokens > room {
            return Err(Spot {
                chunk: start..end,
                room,
            });
        }
        room -= tokens;
        start = end;
        size = (size * 2).min(pace.largest);
    }
    Ok(room)
}

/// Walks `within` from its end; see [`walk_forward`].
fn walk_backward(
    family: Family,
    text: &str,
    within: Range<usize>,
    mut room: usize,
    pace: Pace,
) -> Result<usize, Spot> {
    let mut end = within.end;
    let mut size = pace.first;
    while end > within.start {
        let start = seam_at_or_before(
            family.seams(),
            text,
            end.saturating_sub(size).max(within.start),
            within.start,
        );
        if pace.runs_out && start == within.start {
            return Err(Spot {
                chunk: start..end,
                room,
            });
        }
        let tokens = family.count_between(text, start..end);
        if tokens > room {
            return Err(Spot {
                chunk: start..end,
                room,
            });
        }
        room -= tokens;
        end = start;
        size = (size * 2).min(pace.largest);
    }
    Ok(room)
}

/// Parameters of a walk.
#[derive(Clone, Copy)]
struct Pace {
    /// Bytes of the first and the largest chunk, each up to the next seam.
    first: usize,
    largest: usize,
    /// Whether the room is known to run out.
    runs_out: bool,
}

const WIDE: Pace = Pace {
    first: FIRST_CHUNK,
    largest: LARGEST_CHUNK,
    runs_out: false,
};
/// For a chunk in which the room ran out: because counts add up, it does so again.
const SMALL: Pace = Pace {
    first: SMALL_CHUNK,
    largest: SMALL_CHUNK,
    runs_out: true,
};

/// See [`Encoding::count_up_to`](super::Encoding::count_up_to).
pub(super) fn count_up_to(family: Family, text: &str, limit: usize) -> Option<usize> {
    let least = family
        .longest_token_bytes()
        .map_or(0, |bytes| text.len().div_ceil(bytes));
    if least > limit {
        return None;
    }
    let left = walk_forward(family, text, 0..text.len(), limit, WIDE).ok()?;
    Some(limit - left)
}

/// See [`Encoding::keep_first`](super::Encoding::keep_first).
pub(super) fn keep_first(family: Family, text: &str, max_tokens: usize) -> &str {
    if family.most_tokens(text.len()) <= max_tokens {
        return text;
    }
    // Text beyond this certainly does not fit, and a string without seams would be read completely.
    let reach = &text[..char_at_or_before(text, reach(family, max_tokens))];
    let Err(spot) = walk_forward(family, reach, 0..reach.len(), max_tokens, WIDE) else {
        return text;
    };
    let small = walk_forward(family, reach, spot.chunk.clone(), spot.room, SMALL);
    let Spot { chunk, room } = small.err().unwrap_or(spot);

    let count = |part: Range<usize>| family.count_between(text, part);
    let starts = family.token_starts(&text[chunk.clone()]);
    let cut = shrink(room, room, |keep| {
        let cut = match &starts {
            Some(starts) => chunk.start + starts.get(keep).map_or(chunk.len(), |&start| start),
            None => halve(chunk.clone(), |cut| {
                let cut = char_at_or_before(text, cut);
                count(chunk.start..cut) <= keep
            }),
        };
        let cut = cluster_at_or_before(text, cut).max(chunk.start);
        (cut, count(chunk.start..cut))
    });
    &text[..cut.unwrap_or(chunk.start)]
}

/// See [`Encoding::keep_last`](super::Encoding::keep_last).
pub(super) fn keep_last(family: Family, text: &str, max_tokens: usize) -> &str {
    let mut room = max_tokens;
    loop {
        let kept = last_of(family, text, room);
        // Text after a seam can cost more at the start of a string (Claude's); retry with less
        // room.
        if family.seams() != Seams::Words || room == 0 {
            return kept;
        }
        let count = family.count(kept);
        if count <= max_tokens {
            return kept;
        }
        room = room.saturating_sub(count - max_tokens);
    }
}

/// Returns the end of the text that [`keep_last`] tries.
fn last_of(family: Family, text: &str, max_tokens: usize) -> &str {
    if family.most_tokens(text.len()) <= max_tokens {
        return text;
    }
    let from = char_at_or_before(text, text.len().saturating_sub(reach(family, max_tokens)));
    let Err(spot) = walk_backward(family, text, from..text.len(), max_tokens, WIDE) else {
        return text;
    };
    let small = walk_backward(family, text, spot.chunk.clone(), spot.room, SMALL);
    let Spot { chunk, room } = small.err().unwrap_or(spot);

    // The kept end becomes the start of a string, so it is counted as one.
    let starts = family.token_starts(&text[chunk.clone()]);
    let cut = shrink(room, room, |keep| {
        let cut = match &starts {
            Some(starts) => {
                let first = starts.len().saturating_sub(keep);
                chunk.start + starts.get(first).map_or(chunk.len(), |&start| start)
            }
            None => halve(chunk.clone(), |cut| {
                let cut = char_at_or_before(text, cut);
                family.count(&text[cut..chunk.end]) > keep
            }),
        };
        let cut = cluster_at_or_after(text, cut).min(chunk.end);
        (cut, family.count(&text[cut..chunk.end]))
    });
    &text[cut.unwrap_or(chunk.end)..]
}

/// See [`Encoding::keep_ends`](super::Encoding::keep_ends).
pub(super) fn keep_ends<'t>(
    family: Family,
    text: &'t str,
    marker: &str,
    max_tokens: usize,
) -> Cow<'t, str> {
    if family.most_tokens(text.len()) <= max_tokens
        || count_up_to(family, text, max_tokens).is_some()
    {
        return Cow::Borrowed(text);
    }
    let room = match count_up_to(family, marker, max_tokens) {
        Some(tokens) if tokens < max_tokens => max_tokens - tokens,
        _ => return Cow::Borrowed(keep_first(family, text, max_tokens)),
    };
    // The ends may merge with the marker into more tokens than separately, so retries are needed
    // here too.
    let joined = shrink(room, max_tokens, |keep| {
        let head = keep_first(family, text, keep.div_ceil(2));
        // Taken from the rest, so that the ends never overlap. The rest begins at a cluster
        // boundary, from which its clusters are those of the whole text. The tail may use what the
        // head left unused.
        let tail = keep_last(
            family,
            &text[head.len()..],
            keep.saturating_sub(family.count(head)),
        );
        let joined = [head, marker, tail].concat();
        let tokens = family.count(&joined);
        (joined, tokens)
    });
    Cow::Owned(joined.unwrap_or_else(|| marker.to_owned()))
}

/// Returns a number of bytes that certainly has more than `max_tokens` tokens, even after it is
/// shortened to whole characters.
fn reach(family: Family, max_tokens: usize) -> usize {
    let bytes = family.longest_token_bytes().unwrap_or(usize::MAX);
    max_tokens.saturating_add(1).saturating_mul(bytes)
}

/// Returns the last position of a range for which `yes` is true, if it is true up to some position
/// and then false; the start if it is never true.
fn halve(range: Range<usize>, mut yes: impl FnMut(usize) -> bool) -> usize {
    let Range { mut start, mut end } = range;
    while start < end {
        let middle = end - (end - start) / 2;
        if yes(middle) {
            start = middle;
        } else {
            end = middle - 1;
        }
    }
    start
}

/// Returns the first try with at most `limit` tokens: `attempt(keep)` aims at `keep` tokens and
/// returns its result with its count. `keep` falls from `room` by the excess, later by halves;
/// `None` when it reaches 0.
fn shrink<T>(room: usize, limit: usize, mut attempt: impl FnMut(usize) -> (T, usize)) -> Option<T> {
    let mut keep = room;
    let mut round = 0;
    while keep > 0 {
        let (made, tokens) = attempt(keep);
        if tokens <= limit {
            return Some(made);
        }
        round += 1;
        // Down to 1 before giving up: the excess is that of a longer text.
        keep = if round <= ROUNDS {
            keep - (tokens - limit).min(keep - 1).max(1)
        } else {
            keep / 2
        };
    }
    None
}

fn char_at_or_before(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns the last cluster boundary at or before `at`, which may be inside of a character.
fn cluster_at_or_before(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|&at| text.is_char_boundary(at) && is_cluster_boundary(text, at))
        .unwrap_or(0)
}

/// Returns the first cluster boundary at or after `at`, which may be inside of a character.
fn cluster_at_or_after(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|&at| text.is_char_boundary(at) && is_cluster_boundary(text, at))
        .unwrap_or(text.len())
}

#[cfg(every_vocabulary)]
#[cfg(test)]
mod tests {
    use super::super::traps;
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    proptest! {
        /// Compares the cursor's answer at one position with a walk over the whole text.
        #[test]
        fn cluster_boundaries_are_those_of_the_whole_text(text in traps::any_text()) {
            let mut walked: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            walked.push(text.len());
            walked.dedup();
            let asked: Vec<usize> = (0..=text.len())
                .filter(|&at| text.is_char_boundary(at) && is_cluster_boundary(&text, at))
                .collect();
            prop_assert_eq!(asked, walked);
        }

        #[test]
        fn the_nearest_cluster_boundary(text in traps::runs(5), at in 0..400usize) {
            let at = at.min(text.len());
            let walked: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            prop_assert_eq!(cluster_at_or_before(&text, at), walked.iter().copied().rfind(|&b| b <= at).unwrap());
            prop_assert_eq!(cluster_at_or_after(&text, at), walked.iter().copied().find(|&b| b >= at).unwrap());
        }

        /// Walks of any pace in either direction leave the same room.
        #[test]
        fn walks_add_up(text in traps::any_text(), first in 1..64usize) {
            let pace = Pace { first, largest: 4 * first, runs_out: false };
            for &family in Family::ALL {
                let tokens = family.count(&text);
                for room in [tokens, tokens + 7] {
                    let all = 0..text.len();
                    prop_assert_eq!(walk_forward(family, &text, all.clone(), room, pace).ok(), Some(room - tokens));
                    prop_assert_eq!(walk_backward(family, &text, all, room, pace).ok(), Some(room - tokens));
                }
                if tokens > 0 {
                    // Whether known in advance or found out, the spot is the same.
                    for room in [0, tokens / 2, tokens - 1] {
                        let known = Pace { runs_out: true, ..pace };
                        for walk in [walk_forward, walk_backward] {
                            let found = walk(family, &text, 0..text.len(), room, pace).err().unwrap();
                            let told = walk(family, &text, 0..text.len(), room, known).err().unwrap();
                            prop_assert_eq!((found.chunk, found.room), (told.chunk, told.room));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn shrinking_ends() {
        let mut tries = Vec::new();
        let never = shrink(1_000_000, 10, |keep| {
            tries.push(keep);
            ((), 11)
        });
        assert!(never.is_none());
        assert!(tries.len() <= ROUNDS + 20, "{tries:?}");
        assert_eq!(tries.last(), Some(&1));
        assert_eq!(shrink(5, 5, |keep| (keep, keep + 2)), Some(3));
        assert_eq!(shrink(2, 2, |keep| (keep, 2 * keep)), Some(1));
        assert_eq!(shrink(0, 0, |keep| (keep, keep)), None);
    }
}
