//! Character classes that the patterns distinguish, from the tables of Unicode 16.0.

/// Punctuation, symbols, controls: everything not in another class.
pub(super) const OTHER: u8 = 0;
/// Upper and title case letters.
pub(super) const UPPER: u8 = 1;
/// Lower case letters.
pub(super) const LOWER: u8 = 2;
/// Letters without case, and modifier letters.
pub(super) const LETTER: u8 = 3;
/// Combining marks.
pub(super) const MARK: u8 = 4;
/// Digits and other numbers.
pub(super) const NUMBER: u8 = 5;
/// White space except newlines.
pub(super) const SPACE: u8 = 6;
/// Carriage return and line feed.
pub(super) const NEWLINE: u8 = 7;

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/class_index.bin"));
static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/class_blocks.bin"));

/// Returns the class of a code point. Two lookups.
#[inline(always)]
pub(super) fn of(code_point: u32) -> u8 {
    let block = usize::from(INDEX[(code_point >> 7) as usize]);
    BLOCKS[block << 7 | (code_point & 127) as usize]
}

#[cfg(any(feature = "deepseek", feature = "kimi"))]
static MORE_INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/more_class_index.bin"));
#[cfg(any(feature = "deepseek", feature = "kimi"))]
static MORE_BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/more_class_blocks.bin"));

/// Returns further classes of a code point: 1 for punctuation or a symbol, 2 for the script Han; 3
/// for both.
#[cfg(any(feature = "deepseek", feature = "kimi"))]
#[inline(always)]
fn more(code_point: u32) -> u8 {
    let block = usize::from(MORE_INDEX[(code_point >> 7) as usize]);
    MORE_BLOCKS[block << 7 | (code_point & 127) as usize]
}

/// Whether a code point is punctuation or a symbol: `[\p{P}\p{S}]`.
#[cfg(feature = "deepseek")]
#[inline(always)]
pub(super) fn is_punctuation(code_point: u32) -> bool {
    more(code_point) & 1 != 0
}

/// Whether a code point is of the script Han.
#[cfg(feature = "kimi")]
#[inline(always)]
pub(super) fn is_han(code_point: u32) -> bool {
    more(code_point) & 2 != 0
}

/// Whether a class is a letter class.
#[inline(always)]
pub(super) fn is_letter(class: u8) -> bool {
    matches!(class, UPPER | LOWER | LETTER)
}

/// Whether a class is a white-space class.
#[inline(always)]
pub(super) fn is_space(class: u8) -> bool {
    matches!(class, SPACE | NEWLINE)
}
