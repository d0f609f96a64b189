//! Pieces of Gemma's input. Its merges work on characters, in SentencePiece's way, without a
//! pattern.
//!
//! ```text
//! U+2581 and the space are one symbol (the build has all tokens with the space)
//! user-defined symbols, the longest first: cut out, one token each, merge with nothing
//! a character without a symbol: its UTF-8 bytes are its tokens
//! all else: merged; it may be cut where no token has the two characters side by side
//! ```
//!
//! User-defined symbols are runs of up to 31 newlines, of up to 31 tabs, of 2 to 31 spaces, and
//! HTML tags. Cutting makes this linear and lets pieces be looked up: most cuts are before a space,
//! because only one token has a space inside (`> </`). Every merge makes a token in which the two
//! characters at the junction are adjacent, so where no token has them adjacent, nothing merges
//! across.

use std::borrow::Cow;

use super::tables::gemma as tables;

/// Replaces U+2581 by a space, which is the same symbol there. Linear; most input is borrowed.
pub(super) fn spaced(text: &str) -> Cow<'_, str> {
    match memchr::memmem::find(text.as_bytes(), "\u{2581}".as_bytes()) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.replace('\u{2581}', " ")),
    }
}

/// Maximum run that is one symbol.
const RUN: usize = 31;

/// Whether a token has a character ending with byte `left` directly before one beginning with byte
/// `right`.
#[inline(always)]
fn joins(left: u8, right: u8) -> bool {
    let pair = usize::from(left) << 8 | usize::from(right);
    tables::joins()[pair / 8] >> (pair % 8) & 1 == 1
}

/// Whether a character above ASCII is a symbol.
fn is_symbol(c: u32) -> bool {
    let (index, _) = tables::symbol_index().as_chunks::<2>();
    let (blocks, _) = tables::symbols().as_chunks::<8>();
    let block = u16::from_le_bytes(index[(c / 64) as usize]);
    u64::from_le_bytes(blocks[usize::from(block)]) >> (c % 64) & 1 == 1
}

/// Returns the length of the character at `at`; `None` if it is above ASCII and not a symbol, or if
/// `at` is inside of a character.
#[inline(always)]
fn symbol_at(text: &str, at: usize) -> Option<usize> {
    if text.as_bytes()[at] < 0x80 {
        return Some(1);
    }
    let c = text.get(at..)?.chars().next()?;
    is_symbol(c as u32).then_some(c.len_utf8())
}

/// Returns the length of the run of one byte that begins at `at`, up to the maximum of one symbol.
fn run(bytes: &[u8], at: usize) -> usize {
    let byte = bytes[at];
    let rest = &bytes[at..bytes.len().min(at + RUN)];
    rest.iter().take_while(|&&other| other == byte).count()
}

/// Returns the length of the user-defined symbol at `at`.
#[inline(always)]
fn user_defined(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes[at] {
        b'\n' | b'\t' => Some(run(bytes, at)),
        b' ' => Some(run(bytes, at)).filter(|&len| len > 1),
        b'<' => {
            let rest = &bytes[at..];
            let tag = tables::TAGS
                .iter()
                .find(|tag| rest.starts_with(tag.as_bytes()));
            tag.map(|tag| tag.len())
        }
        _ => None,
    }
}

/// Returns the end of the piece that begins at `start`. It may be one byte of a character without a
/// symbol; `start` may be inside of such a character.
pub(super) fn piece_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    if let Some(len) = user_defined(bytes, start) {
        return start + len;
    }
    let Some(len) = symbol_at(text, start) else {
        return start + 1;
    };
    let mut at = start + len;
    while at < bytes.len() && joins(bytes[at - 1], bytes[at]) {
        let Some(len) = symbol_at(text, at) else {
            break;
        };
        if user_defined(bytes, at).is_some() {
            break;
        }
        at += len;
    }
    at
}
