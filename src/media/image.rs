//! Width and height of an image.
//!
//! - PNG: in the first chunk (<https://www.w3.org/TR/png-3/#11IHDR>).
//! - GIF: the logical screen (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>, section 18).
//! - JPEG: in the first frame header, after segments that are skipped by their lengths (ITU-T T.81,
//!   B.2.2).
//! - WebP: in the first chunk, of one of three kinds
//!   (<https://developers.google.com/speed/webp/docs/riff_container>).

use super::{Base64, MediaKind};

/// Width and height in pixels, both nonzero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImageSize {
    pub(crate) width: u64,
    pub(crate) height: u64,
}

impl ImageSize {
    fn new(width: u64, height: u64) -> Option<ImageSize> {
        // A side of zero pixels has no price.
        (width > 0 && height > 0).then_some(ImageSize { width, height })
    }

    pub(crate) fn longest_side(self) -> u64 {
        self.width.max(self.height)
    }
}

/// Returns the size of an image of a kind. Linear for a JPEG with many segments, otherwise
/// constant.
pub(super) fn size(file: &Base64<'_>, kind: MediaKind) -> Option<ImageSize> {
    match kind {
        MediaKind::Png => {
            if file.array(12)? != *b"IHDR" {
                return None;
            }
            let big = |at| Some(u64::from(u32::from_be_bytes(file.array(at)?)));
            ImageSize::new(big(16)?, big(20)?)
        }
        MediaKind::Gif => {
            let little = |at| Some(u64::from(u16::from_le_bytes(file.array(at)?)));
            ImageSize::new(little(6)?, little(8)?)
        }
        MediaKind::Jpeg => jpeg(file),
        MediaKind::WebP => webp(file),
        _ => None,
    }
}

fn jpeg(file: &Base64<'_>) -> Option<ImageSize> {
    let short = |at| Some(u64::from(u16::from_be_bytes(file.array(at)?)));
    let mut at = 2;
    loop {
        if file.byte(at)? != 0xff {
            return None;
        }
        match file.byte(at + 1)? {
            // Fill bytes, and markers without a segment.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            // The image data begins, or the file ends, without a frame.
            0xd9 | 0xda => return None,
            // Frame headers; three markers of this range are tables.
            marker @ 0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return ImageSize::new(short(at + 7)?, short(at + 5)?);
            }
            _ => {
                // The length includes its own two bytes.
                let length = short(at + 2)?;
                if length < 2 {
                    return None;
                }
                at += 2 + length;
            }
        }
    }
}

fn webp(file: &Base64<'_>) -> Option<ImageSize> {
    match &file.array::<4>(12)? {
        // Lossy: 14 bits each, after a start code.
        b"VP8 " => {
            if file.array(23)? != [0x9d, 0x01, 0x2a] {
                return None;
            }
            let side = |at| Some(u64::from(u16::from_le_bytes(file.array(at)?) & 0x3fff));
            ImageSize::new(side(26)?, side(28)?)
        }
        // Lossless: 14 bits each, minus one, after a signature.
        b"VP8L" => {
            if file.byte(20)? != 0x2f {
                return None;
            }
            let bits = u64::from(u32::from_le_bytes(file.array(21)?));
            ImageSize::new((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
        }
        // Extended: the canvas, 24 bits each, minus one.
        b"VP8X" => {
            let side = |at| {
                let [low, middle, high] = file.array(at)?;
                Some(u64::from(u32::from_le_bytes([low, middle, high, 0])) + 1)
            };
            ImageSize::new(side(24)?, side(27)?)
        }
        _ => None,
    }
}
