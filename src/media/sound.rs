//! Duration of audio files.
//!
//! - WAV: bytes of the data chunk over the byte rate of the format chunk
//!   (<https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html>).
//! - MP3: frames are walked by their headers, and each has its own length, so constant and variable
//!   bit rates need no further rule. The first frame of a file with a variable rate contains a
//!   table (`Xing`, `Info`, `VBRI`) and no audio. Source of the tables:
//!   <http://www.mp3-tech.org/programmer/frame_header.html>.
//! - FLAC: samples and rate in the first block
//!   (<https://www.rfc-editor.org/rfc/rfc9639#section-8.2>).

use super::{Base64, MediaKind};

/// Duration in milliseconds: the likely value, and its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SoundLength {
    pub(crate) milliseconds: u64,
    pub(crate) lower: u64,
    pub(crate) upper: u64,
}

impl SoundLength {
    fn exact(milliseconds: u64) -> SoundLength {
        SoundLength {
            milliseconds,
            lower: milliseconds,
            upper: milliseconds,
        }
    }

    /// Whether the file states it exactly.
    pub(crate) fn is_exact(self) -> bool {
        self.lower == self.upper
    }
}

/// Returns the duration of a file of a kind. Linear for MP3, without decoding the bytes between
/// headers; otherwise only the head is read.
pub(super) fn length(file: &Base64<'_>, kind: MediaKind) -> Option<SoundLength> {
    match kind {
        MediaKind::Wav => wav(file).map(SoundLength::exact),
        MediaKind::Flac => flac(file).map(SoundLength::exact),
        MediaKind::Mp3 => Some(mp3(file)),
        _ => None,
    }
}

fn wav(file: &Base64<'_>) -> Option<u64> {
    let number = |at| Some(u64::from(u32::from_le_bytes(file.array(at)?)));
    let mut rate = None;
    let mut at = 12;
    loop {
        let name: [u8; 4] = file.array(at)?;
        let size = number(at + 4)?;
        match &name {
            b"fmt " => rate = number(at + 16).filter(|rate| *rate > 0),
            b"data" => {
                // The header of a streamed file does not know the length: then the present bytes
                // count.
                let there = file.len_bytes().saturating_sub(at + 8);
                let size = if size == 0 { there } else { size.min(there) };
                return Some(size.saturating_mul(1_000) / rate?);
            }
            _ => {}
        }
        // Chunks begin at even offsets.
        at += 8 + size + size % 2;
    }
}

fn flac(file: &Base64<'_>) -> Option<u64> {
    // The stream info block comes first: type 0.
    if file.byte(4)? & 0x7f != 0 {
        return None;
    }
    // 20 bits of rate, 3 of channels, 5 of depth, 36 of samples.
    let bits = u64::from_be_bytes(file.array(18)?);
    let (rate, samples) = (bits >> 44, bits & 0xf_ffff_ffff);
    (rate > 0 && samples > 0).then(|| samples * 1_000 / rate)
}

/// A frame of an MP3 file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Length in bytes, including its header.
    len: u64,
    samples: u64,
    rate: u64,
    pub(super) is_layer_3: bool,
    /// Offset of the table of a variable rate, from the header on.
    table: u64,
}

/// Kilobits per second by version and layer, for the indices 1 to 14.
const V1_L1: [u16; 14] = [
    32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
];
const V1_L2: [u16; 14] = [
    32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
];
const V1_L3: [u16; 14] = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
];
const V2_L1: [u16; 14] = [
    32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
];
const V2_L2: [u16; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

impl Frame {
    /// Returns the frame whose header a slice begins with.
    pub(super) fn read(header: &[u8]) -> Option<Frame> {
        let &[sync, kind, rates, channels, ..] = header else {
            return None;
        };
        if sync != 0xff || kind & 0xe0 != 0xe0 {
            return None;
        }
        let (version, layer) = (kind >> 3 & 3, kind >> 1 & 3);
        // Version 1 and layer 0 are reserved, as are the last bit rate and the last sampling rate;
        // a free bit rate has no known length.
        if version == 1 || layer == 0 {
            return None;
        }
        let first = version == 3;
        let table = match (first, layer) {
            (true, 3) => &V1_L1,
            (true, 2) => &V1_L2,
            (true, _) => &V1_L3,
            (false, 3) => &V2_L1,
            (false, _) => &V2_L2,
        };
        let kilobits = *table.get(usize::from(rates >> 4).checked_sub(1)?)?;
        let rate = *[44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))?;
        let rate: u64 = match version {
            3 => rate,
            2 => rate / 2,
            _ => rate / 4,
        };
        let (samples, slot) = match (layer, first) {
            (3, _) => (384, 4),
            (1, false) => (576, 1),
            _ => (1_152, 1),
        };
        let padding = u64::from(rates >> 1 & 1);
        let bits = u64::from(kilobits) * 1_000;
        let mono = channels >> 6 == 3;
        Some(Frame {
            len: (samples / 8 * bits / rate / slot + padding) * slot,
            samples,
            rate,
            is_layer_3: layer == 1,
            table: match (first, mono) {
                (true, false) => 36,
                (true, true) | (false, false) => 21,
                (false, true) => 13,
            },
        })
    }
}

/// Bytes per second at the lowest bit rate.
const LEAST_BYTES: u64 = 1_000;
const MOST_BYTES: u64 = 56_000;
/// Bytes per second of a usual recording: 128 kilobits.
const USUAL_BYTES: u64 = 16_000;
/// A longer run of other bytes before the first frame is not skipped; tags may be longer.
const FIRST_FRAME_WITHIN: u64 = 64 << 10;

fn mp3(file: &Base64<'_>) -> SoundLength {
    let len = file.len_bytes();
    // A leading tag: its length has seven bits per byte.
    let mut at = match file.array::<10>(0) {
        Some([b'I', b'D', b'3', _, _, _, a, b, c, d]) => [a, b, c, d]
            .iter()
            .fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
            .saturating_add(10),
        _ => 0,
    };
    let frame = |at| file.array::<4>(at).and_then(|head| Frame::read(&head));
    // The first frame must be followed by another.
    let until = at.saturating_add(FIRST_FRAME_WITHIN).min(len);
    while at < until {
        if let Some(first) = frame(at)
            && (at + first.len >= len || frame(at + first.len).is_some())
        {
            break;
        }
        at += 1;
    }
    let mut microseconds = 0;
    let mut nth = 0;
    while let Some(frame) = frame(at) {
        let table = file.array::<4>(at + frame.table);
        let holds_table = nth == 0
            && (matches!(table.as_ref(), Some(b"Xing" | b"Info"))
                || file.array(at + 36).as_ref() == Some(b"VBRI"));
        if !holds_table {
            microseconds += frame.samples * 1_000_000 / frame.rate;
        }
        nth += 1;
        at += frame.len.max(4);
    }
    // A tag at the end has 128 bytes or slightly more. Other data was not understood.
    if nth > 0 && len.saturating_sub(at) <= 4_096 {
        return SoundLength::exact(microseconds / 1_000);
    }
    let rest = if nth == 0 {
        len
    } else {
        len.saturating_sub(at)
    };
    let known = microseconds / 1_000;
    let of = |bytes_a_second: u64| known.saturating_add(rest * 1_000 / bytes_a_second);
    SoundLength {
        milliseconds: of(USUAL_BYTES),
        lower: of(MOST_BYTES),
        upper: of(LEAST_BYTES),
    }
}
