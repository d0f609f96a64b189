//! Audio and files in requests to OpenAI's APIs.
//!
//! Evidence (docs/evidence/billing.md, section 2.5): audio costs one token for each full tenth of a
//! second, plus 4, in 4 of 5 recordings of gpt-audio and the audio previews; the fifth, an MP3 file
//! converted from a WAV file, costs one less than its frames suggest. A file costs its text and a
//! frame: 213 to 219 on Chat Completions, 4 to 25 on Responses; no images of its pages.

use super::{Texts, TokenCount};
use crate::media::{Media, MediaKind};
use crate::model::{CountingGeneration, Model};
use crate::request::Part;

/// Surroundings of a part that is not text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// After a message that calls a tool.
    pub(super) after_call: bool,
    /// In the message of a tool.
    pub(super) in_result: bool,
    /// In a request that the Responses API bills.
    pub(super) responses: bool,
    /// Whether text may be tokenized; otherwise its bytes are the bound.
    pub(super) tokenizes: bool,
}

/// Tokens around audio.
const AROUND_SOUND: u64 = 4;
/// Tokens per page: recorded pages have 2 to 1,000, those of long documents 560 to 710. The bound
/// is three times the longest of them.
const LIKELY_PAGE: u64 = 400;
const FULL_PAGE: u64 = 3_000;
/// More than the frame of any file.
const MOST_AROUND_FILE: u64 = 1_000;

/// Counts audio.
pub(super) fn sound(part: &Part<'_>, model: &Model) -> (TokenCount, &'static str) {
    const GUESSED: &str = "the length of the audio is guessed from its bytes";
    let data = part
        .value()
        .get_some("input_audio")
        .and_then(|audio| audio.get_some("data")?.as_str());
    let media = data.as_deref().map(Media::of);
    let Some(length) = media.as_ref().and_then(Media::sound_length) else {
        // Bytes per second: 32,000 of a usual recording, 1,000 at the highest compression, 200,000
        // at the lowest.
        let bytes = media.as_ref().map_or(0, Media::len_bytes);
        let tokens = TokenCount::between(bytes / 3_200, bytes / 20_000, bytes / 100 + 10);
        return (tokens + TokenCount::exact(AROUND_SOUND), GUESSED);
    };
    let tokens = |milliseconds: u64| milliseconds / 100 + AROUND_SOUND;
    let likely = tokens(length.milliseconds);
    let measured = model.counting_generation() == Some(CountingGeneration::OpenAiAudio);
    if length.is_exact() && measured {
        return (
            TokenCount::calibrated(likely, likely.saturating_sub(2), likely + 1),
            "10 tokens per second of audio were seen on gpt-audio, up to one less for MP3",
        );
    }
    (
        TokenCount::between(
            likely,
            tokens(length.lower) / 2,
            tokens(length.upper).saturating_mul(3) / 2 + 10,
        ),
        match length.is_exact() {
            true => "10 tokens per second of audio were not seen on this model",
            false => GUESSED,
        },
    )
}

/// Counts a file.
pub(super) fn file(part: &Part<'_>, model: &Model, around: Around) -> (TokenCount, &'static str) {
    let (frame, lower) = if around.responses { (8, 4) } else { (216, 213) };
    let value = part.value();
    let holder = value.get_some("file").unwrap_or(value);
    let data = holder
        .get_some("file_data")
        .and_then(|data| data.as_str())
        .filter(|data| !data.is_empty());
    let Some(data) = data else {
        return (
            TokenCount::between(frame + LIKELY_PAGE, 0, TokenCount::UNBOUNDED),
            "the content of the file is not in the request",
        );
    };
    let media = Media::of(&data);
    let (tokens, reason) = match media.kind() {
        Some(MediaKind::Pdf) => match media.pdf_pages().exact() {
            Some(pages) => (
                TokenCount::between(
                    pages.saturating_mul(LIKELY_PAGE),
                    0,
                    pages
                        .saturating_mul(FULL_PAGE)
                        .saturating_add(MOST_AROUND_FILE),
                ),
                "the text of the PDF is not read; its pages bound the count",
            ),
            None => (
                TokenCount::between(media.len_bytes() / 40, 0, TokenCount::UNBOUNDED),
                "the number of pages of the PDF is unknown",
            ),
        },
        // A compressed file can have content of any length.
        Some(_) => (
            TokenCount::between(media.len_bytes() / 40, 0, TokenCount::UNBOUNDED),
            "the content of a compressed file is not read",
        ),
        None => match around.tokenizes.then(|| media.text()).flatten() {
            // Tables are written with additional text around their cells.
            Some(text) => {
                let tokens = Texts::of(model).count(&text);
                (
                    TokenCount::between(
                        tokens.tokens() + 10,
                        tokens.lower() / 2,
                        tokens.most().saturating_mul(2) + MOST_AROUND_FILE,
                    ),
                    "a file of text: its tokens and a frame",
                )
            }
            None => {
                let bytes = media.len_bytes();
                (
                    TokenCount::between(
                        bytes / 4,
                        0,
                        bytes.saturating_mul(4).saturating_add(MOST_AROUND_FILE),
                    ),
                    "the content of the file is not read",
                )
            }
        },
    };
    (tokens + TokenCount::between(frame, lower, frame), reason)
}
