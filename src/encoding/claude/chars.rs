//! Classes and flags of characters, from `data/vocabulary/claude_chars.tsv`.

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/claude_char_index.bin"));
static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/claude_char_blocks.bin"));

/// A class in the lowest three bits, and flags. `build/claude.rs` uses the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Info(pub(super) u16);

/// Every other character.
pub(super) const OTHER: u16 = 0;
pub(super) const WORD: u16 = 1;
pub(super) const PUNCTUATION: u16 = 2;
pub(super) const DIGIT: u16 = 3;
pub(super) const SPACE: u16 = 4;

/// A combining mark.
pub(super) const MARK: u16 = 1 << 3;
/// A variation selector.
pub(super) const SELECTOR: u16 = 1 << 4;
/// Treated like punctuation at the border of a run.
pub(super) const LIKE_PUNCTUATION: u16 = 1 << 5;
/// A decimal digit, and another number.
pub(super) const DECIMAL: u16 = 1 << 6;
pub(super) const NUMBER: u16 = 1 << 7;
/// A digit that is marked at the border of a run.
pub(super) const BORDER: u16 = 1 << 8;
pub(super) const UPPER: u16 = 1 << 9;
pub(super) const LOWER: u16 = 1 << 10;
/// A letter or a mark.
pub(super) const ALPHABETIC: u16 = 1 << 11;

impl Info {
    #[inline(always)]
    pub(super) fn of(c: char) -> Info {
        let c = c as usize;
        let block = usize::from(INDEX[c >> 7]);
        let (infos, _) = BLOCKS.as_chunks::<2>();
        Info(u16::from_le_bytes(infos[block << 7 | c & 127]))
    }

    #[inline(always)]
    pub(super) fn class(self) -> u16 {
        self.0 & 7
    }

    /// Whether the character has one of these flags.
    #[inline(always)]
    pub(super) fn has(self, flags: u16) -> bool {
        self.0 & flags != 0
    }
}

/// Returns the lower case of a character without context.
pub(super) fn lower(c: char) -> impl Iterator<Item = char> {
    // The tables are of Unicode 15, except for two pairs of Unicode 16, which every supported Rust
    // version has.
    let keep = (c == '\u{3f4}').then_some(c);
    let lower = keep.is_none().then(|| c.to_lowercase());
    keep.into_iter().chain(lower.into_iter().flatten())
}
