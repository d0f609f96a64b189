//! Finds the minimum number of pieces that cover a part of the stream.
//!
//! `best[i]`, the minimum up to byte `i`, is final once every earlier position was processed: each
//! piece that begins at a position is followed through a trie, one step per byte. A position inside
//! of a character is never reached. A character without a piece costs the byte pieces of its UTF-8.
//!
//! The trie is a double array: the child of a node by a byte is at `base ^ byte` if the label there
//! is that byte, because no two nodes have the same base. Pieces have at most 128 bytes, so `best`
//! is a ring.

use super::generation::{CAPS, Generation};

/// Pieces of both generations, from `build/claude.rs`.
mod tables {
    include!(concat!(env!("OUT_DIR"), "/claude.rs"));
}

/// Number of pieces of a generation.
pub(in super::super) const fn pieces(generation: Generation) -> usize {
    match generation {
        Generation::V3 => tables::V3_PIECES,
        Generation::V47 | Generation::V48 => tables::V47_PIECES,
    }
}

/// Slots of the ring: more than the bytes of a piece.
const RING: usize = 256;
const _: () = assert!(tables::LONGEST < RING);
/// Not reached.
const FAR: u32 = u32::MAX;
/// First byte of a byte piece in the trie.
const BYTES: u8 = 5;

/// A node: its base above 10 bits, two bits for the generations of its piece, and its label.
#[derive(Clone, Copy)]
struct Node(u32);

impl Node {
    #[inline(always)]
    fn at(place: usize) -> Node {
        let (nodes, _) = tables::trie().as_chunks::<4>();
        Node(nodes.get(place).map_or(0, |&node| u32::from_le_bytes(node)))
    }

    /// Returns the child by a byte, which is not 0.
    #[inline(always)]
    fn child(self, byte: u8) -> Option<Node> {
        let child = Node::at((self.0 >> 10) as usize ^ usize::from(byte));
        (child.0 as u8 == byte).then_some(child)
    }

    #[inline(always)]
    fn is_piece(self, generation: Generation) -> bool {
        let bit = match generation {
            Generation::V3 => 1 << 8,
            Generation::V47 | Generation::V48 => 2 << 8,
        };
        self.0 & bit != 0
    }
}

/// Returns the minimum number of pieces for a part. Time: linear in it, times the length of the
/// longest pieces at each position (a few steps; in a run of one character up to 128).
pub(super) fn tiles(generation: Generation, part: &[u8]) -> usize {
    let root = Node::at(0);
    let mut best = [FAR; RING];
    best[0] = 0;
    let mut at = 0;
    while at < part.len() {
        let here = std::mem::replace(&mut best[at % RING], FAR);
        if here == FAR {
            at += 1;
            continue;
        }
        let char_end = at + char_len(part[at]);
        let mut node = root;
        let mut covers_char = false;
        for (end, &byte) in (at + 1..).zip(&part[at..]) {
            let Some(child) = node.child(byte) else {
                break;
            };
            node = child;
            if node.is_piece(generation) {
                covers_char |= end == char_end;
                let place = &mut best[end % RING];
                *place = (*place).min(here + 1);
            }
        }
        if !covers_char {
            let cost = match part[at] {
                ..=CAPS => 1,
                _ => bytes(generation, &part[at..char_end]),
            };
            let place = &mut best[char_end % RING];
            *place = (*place).min(here + cost);
        }
        if at == 0 && part.len() < RING && best[part.len()] == 1 {
            return 1;
        }
        at += 1;
    }
    best[part.len() % RING] as usize
}

/// Returns the length of the character that begins with a byte.
#[inline(always)]
fn char_len(byte: u8) -> usize {
    match byte {
        ..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

/// Returns the minimum number of byte pieces for a character.
#[inline(never)]
fn bytes(generation: Generation, char: &[u8]) -> u32 {
    let root = Node::at(0).child(BYTES);
    let mut best = [FAR; 5];
    best[0] = 0;
    for at in 0..char.len() {
        let here = best[at];
        best[at + 1] = best[at + 1].min(here + 1);
        let mut node = root;
        for (end, &byte) in (at + 1..).zip(&char[at..]) {
            node = node.and_then(|node| node.child(byte));
            if node.is_some_and(|node| node.is_piece(generation)) {
                best[end] = best[end].min(here + 1);
            }
        }
    }
    best[char.len()]
}
