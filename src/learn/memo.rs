//! Sizes of parts of requests that were measured before: the same tools come with every request,
//! and a conversation only grows.
//!
//! ```text
//! two generations: what is used is in the younger one; when that is full, it becomes the older one
//! ```
//!
//! Correctness containment: the key is a 128-bit digest of everything that a size depends on, the
//! value is only numbers, and a hit returns what measuring would return again. Nothing here is
//! compared, stored or shown.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

/// Maximum size of one generation, in bytes.
const MAX_BYTES: usize = 128 << 10;

/// Size of an entry beside its numbers, in bytes.
const ENTRY_BYTES: usize = size_of::<(Digest, Piece)>() + 16;

/// Digest of the bytes of a part of a request.
pub(super) type Digest = [u64; 2];

/// Sizes of a part of a request.
#[derive(Clone, Default)]
pub(super) struct Piece {
    /// Columns that it has, one bit each.
    pub(super) columns: u32,
    /// Vocabularies that were measured, one bit each.
    pub(super) vocabularies: u32,
    /// Values of the columns in each vocabulary.
    pub(super) numbers: Arc<[u32]>,
    /// Numbers in each rendering that was wanted; empty if there are none.
    pub(super) rendered: Arc<[u32]>,
}

impl Piece {
    fn bytes(&self) -> usize {
        ENTRY_BYTES + (self.numbers.len() + self.rendered.len()) * size_of::<u32>()
    }
}

/// Measured parts of requests.
#[derive(Clone, Default)]
pub(super) struct Memo {
    young: BTreeMap<Digest, Piece>,
    old: BTreeMap<Digest, Piece>,
    young_bytes: usize,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memo({})", self.young.len() + self.old.len())
    }
}

impl Memo {
    /// Returns the sizes of a part that was measured before.
    pub(super) fn get(&mut self, digest: Digest) -> Option<&Piece> {
        if !self.young.contains_key(&digest) {
            let piece = self.old.remove(&digest)?;
            self.put(digest, piece);
        }
        self.young.get(&digest)
    }

    /// Remembers a part.
    pub(super) fn put(&mut self, digest: Digest, piece: Piece) {
        if self.young_bytes + piece.bytes() > MAX_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += piece.bytes();
        self.young.insert(digest, piece);
    }
}

/// Writes a digest.
pub(super) struct Digester([DefaultHasher; 2]);

impl Digester {
    /// `what` distinguishes kinds of parts.
    pub(super) fn new(what: u8) -> Digester {
        let mut digester = Digester([DefaultHasher::new(), DefaultHasher::new()]);
        for (nth, hasher) in digester.0.iter_mut().enumerate() {
            hasher.write(&[what, nth as u8]);
        }
        digester
    }

    /// Adds bytes, with their number.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Digester {
        for hasher in &mut self.0 {
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
        self
    }

    /// Adds a small number.
    pub(super) fn number(&mut self, number: u8) -> &mut Digester {
        self.bytes(&[number])
    }

    pub(super) fn finish(&self) -> Digest {
        [self.0[0].finish(), self.0[1].finish()]
    }
}
