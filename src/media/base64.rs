//! Base64 with random access: any byte can be read without decoding those before it.

use std::borrow::Cow;

use ::base64::Engine as _;
use ::base64::alphabet::{STANDARD, URL_SAFE};
use ::base64::engine::DecodePaddingMode;
use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Base64 occurs with and without padding, and truncated.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const URL_ENGINE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// A file in base64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base64<'t> {
    /// Without padding.
    text: &'t [u8],
}

/// Removes line breaks and blanks, which some writers add to base64.
pub(super) fn without_breaks(text: &str) -> Cow<'_, str> {
    // Lines of base64 have 64 or 76 characters.
    let near = &text.as_bytes()[..text.len().min(128)];
    let end = &text.as_bytes()[text.len() - text.len().min(4)..];
    if near.iter().chain(end).any(u8::is_ascii_whitespace) {
        let kept = text.chars().filter(|c| !c.is_ascii_whitespace());
        return Cow::Owned(kept.collect());
    }
    Cow::Borrowed(text)
}

impl<'t> Base64<'t> {
    pub(super) fn new(text: &'t str) -> Base64<'t> {
        let text = text.as_bytes();
        let padding = text
            .iter()
            .rev()
            .take(2)
            .take_while(|b| **b == b'=')
            .count();
        Base64 {
            text: &text[..text.len() - padding],
        }
    }

    /// Returns the decoded length in bytes.
    pub(super) fn len_bytes(&self) -> u64 {
        let whole = self.text.len() / 4 * 3;
        let rest = [0, 0, 1, 2][self.text.len() % 4];
        (whole + rest) as u64
    }

    /// Whether the first and last characters are base64, and the length is possible.
    pub(super) fn looks_right(&self) -> bool {
        let near = self.text.len().min(64);
        let (head, tail) = (&self.text[..near], &self.text[self.text.len() - near..]);
        let mut ends = head.iter().chain(tail);
        self.text.len() % 4 != 1 && ends.all(|character| digit(*character).is_some())
    }

    /// Returns the byte at an offset. `None` after the end, or if the text is not base64 there.
    pub(super) fn byte(&self, at: u64) -> Option<u8> {
        let mut byte = [0];
        self.read(at, &mut byte)?;
        Some(byte[0])
    }

    /// Fills the buffer from an offset on. `None` if there are fewer bytes.
    pub(super) fn read(&self, at: u64, out: &mut [u8]) -> Option<()> {
        (self.read_up_to(at, out)? == out.len()).then_some(())
    }

    /// Reads up to the length of the buffer, and returns the number of bytes read. `None` if the
    /// text is not base64 there.
    pub(super) fn read_up_to(&self, at: u64, out: &mut [u8]) -> Option<usize> {
        let left = self.len_bytes().saturating_sub(at);
        let there = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let at = usize::try_from(at).ok()?;
        for (nth, byte) in out[..there].iter_mut().enumerate() {
            // Each byte is encoded in two characters.
            let place = at.checked_add(nth)?;
            let first = place / 3 * 4 + place % 3;
            let high = digit(*self.text.get(first)?)?;
            let low = digit(*self.text.get(first + 1)?)?;
            *byte = match place % 3 {
                0 => high << 2 | low >> 4,
                1 => high << 4 | low >> 2,
                _ => high << 6 | low,
            };
        }
        Some(there)
    }

    pub(super) fn array<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let mut out = [0; N];
        self.read(at, &mut out)?;
        Some(out)
    }

    /// Decodes the whole file. Linear.
    pub(super) fn decode(&self) -> Option<Vec<u8>> {
        let decoded = ENGINE.decode(self.text);
        decoded.or_else(|_| URL_ENGINE.decode(self.text)).ok()
    }
}

/// Returns the six bits of a character, of either alphabet.
fn digit(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
