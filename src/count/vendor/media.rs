//! Places of media in each format, and the price of an image by its size.

use std::borrow::Cow;

use crate::count::TokenCount;
use crate::media::Media;
use crate::model::{ImageScheme, ImageTokens, Model};
use crate::request::Part;

/// Place of a part's content.
pub(in crate::count) enum Source<'r> {
    Base64(Cow<'r, str>),
    Text(Cow<'r, str>),
    /// By URL, or by the id of a file.
    Elsewhere,
}

impl<'r> Source<'r> {
    pub(in crate::count) fn of(part: &Part<'r>) -> Source<'r> {
        let value = part.value();
        // Its blocks of text, with source and title.
        if value
            .get("type")
            .is_some_and(|kind| kind.is_str("search_result"))
        {
            return Source::Text(Cow::Borrowed(part.raw_json()));
        }
        let at = |path: &[&str]| value.get_path(path)?.as_str();
        let base64 = [
            &["source", "data"][..],          // Anthropic
            &["image", "source", "bytes"],    // Converse
            &["document", "source", "bytes"], //
            &["inlineData", "data"],          // Gemini
            &["inline_data", "data"],         //
            &["image_url", "url"],            // Chat
            &["image_url"],                   // Responses
            &["file_data"],                   //
            &["input_audio", "data"],         // Chat Completions
            &["input_audio"],                 // Mistral
        ];
        let text = match at(&["source", "type"]).as_deref() {
            Some("text") => at(&["source", "data"]),
            Some("content") => {
                return match value.get_path(&["source", "content"]) {
                    // A string, or blocks of text.
                    Some(content) => Source::Text(match content.as_str() {
                        Some(text) => text,
                        None => Cow::Borrowed(content.raw()),
                    }),
                    None => Source::Elsewhere,
                };
            }
            _ => at(&["document", "source", "text"]),
        };
        if let Some(text) = text {
            return Source::Text(text);
        }
        match base64.iter().find_map(|path| at(path)) {
            Some(url) if url.starts_with("http") => Source::Elsewhere,
            Some(data) => Source::Base64(data),
            None => Source::Elsewhere,
        }
    }
}

/// Returns the URL or the id of an image that is elsewhere.
pub(super) fn name_of<'r>(part: &Part<'r>) -> Option<Cow<'r, str>> {
    let value = part.value();
    let paths = [
        &["source", "url"][..],                    // Anthropic
        &["source", "file_id"],                    //
        &["image", "source", "s3Location", "uri"], // Converse
        &["fileData", "fileUri"],                  // Gemini
        &["file_data", "file_uri"],                //
        &["image_url"],                            // Responses
        &["image_url", "url"],                     // Chat
        &["file_id"],                              //
    ];
    paths.iter().find_map(|path| value.get_path(path)?.as_str())
}

/// Vendor's price of an image, if it has one.
#[derive(Debug, Clone, Copy)]
enum ImagePrice {
    /// One token per 28 × 28 pixels, after shrinking to a maximum side and a maximum number of
    /// tokens.
    Patches28 { longest: u64, most: u64, more: u64 },
    /// About the same for any size.
    Flat { tokens: u64, lower: u64, upper: u64 },
}

impl ImagePrice {
    /// Returns the price of a row of the registry; `None` if it has another scheme, or lacks a
    /// number.
    fn of(images: &ImageTokens) -> Option<ImagePrice> {
        let number = |n: Option<u32>| n.map(u64::from);
        match images.scheme? {
            ImageScheme::Patches if images.side == Some(28) => Some(ImagePrice::Patches28 {
                longest: number(images.longest)?,
                most: number(images.token_cap)?,
                more: number(images.more)?,
            }),
            ImageScheme::Flat => Some(ImagePrice::Flat {
                tokens: number(images.tokens)?,
                lower: number(images.lower)?,
                upper: number(images.upper)?,
            }),
            _ => None,
        }
    }
}

/// Returns the width and height of an image in pixels: of its file, or as the caller gives it.
pub(super) fn size(model: &Model, part: &Part<'_>) -> Option<(u64, u64)> {
    match Source::of(part) {
        Source::Base64(data) => Media::of(&data)
            .image_size()
            .map(|size| (size.width, size.height)),
        Source::Text(_) => None,
        Source::Elsewhere => model.models().image_size(name_of(part).as_deref()),
    }
}

/// Returns the tokens of an image, and the reason for the uncertainty. The upper bound is `above`
/// percent higher.
pub(super) fn image(model: &Model, part: &Part<'_>, above: u64) -> (TokenCount, &'static str) {
    const REASON: &str = "an image may cost a few tokens more or less";
    let Some(price) = model.image_tokens().and_then(ImagePrice::of) else {
        return (crate::count::media::of_any_size(model), REASON);
    };
    let size = size(model, part);
    let tokens = match (price, size) {
        (
            ImagePrice::Flat {
                tokens,
                lower,
                upper,
            },
            _,
        ) => TokenCount::between(tokens, lower, upper),
        (
            ImagePrice::Patches28 {
                longest,
                most,
                more,
            },
            Some((width, height)),
        ) => {
            let tokens = patches28(width, height, longest, most);
            // One of 40 images was 1 more; shrunk ones were 35 less and 28 more.
            let shrunk = width.max(height) > longest || tokens < patches(width, height);
            let room = if shrunk { 35 } else { 2 };
            let tokens = tokens + more;
            TokenCount::calibrated(
                tokens,
                tokens.saturating_sub(room),
                tokens + room + tokens * above / 100,
            )
        }
        (ImagePrice::Patches28 { most, more, .. }, None) => {
            TokenCount::between(most / 2, 1, most + more + 40)
        }
    };
    (tokens, REASON)
}

/// Returns the tokens of an image of this size without a shrink.
fn patches(width: u64, height: u64) -> u64 {
    width.div_ceil(28).saturating_mul(height.div_ceil(28))
}

/// Bytes per token of usual audio: 32 tokens and 8,000 bytes per second.
pub(super) const SOUND: u64 = 250;
/// Bytes per token of usual video: 300 tokens and 100,000 bytes per second.
pub(super) const VIDEO: u64 = 333;

/// Bounds a recording of unknown length by its bytes: at most a token each, which is 0.3 kbit/s for
/// audio and 2.4 for video; speech codecs begin at 4.75
/// (<https://www.rfc-editor.org/rfc/rfc4867#section-3>). A recording that is elsewhere has no upper
/// bound.
pub(super) fn by_bytes(source: &Source<'_>, bytes_per_token: u64) -> TokenCount {
    const AROUND: u64 = 300;
    let Source::Base64(data) = source else {
        return TokenCount::between(2_000, 0, TokenCount::UNBOUNDED);
    };
    let bytes = data.len() as u64 / 4 * 3;
    TokenCount::between(bytes / bytes_per_token, 0, bytes.saturating_add(AROUND))
}

/// Returns the tokens of audio, and the reason for the estimate. A second costs 25 or 32 on Gemini
/// (documented); for others nothing is known.
pub(super) fn sound(part: &Part<'_>) -> (TokenCount, &'static str) {
    let source = Source::of(part);
    let length = match &source {
        Source::Base64(data) => Media::of(data).sound_length(),
        _ => None,
    };
    let Some(length) = length else {
        let tokens = by_bytes(&source, SOUND);
        return (tokens, "the length of the audio is unknown");
    };
    let tokens = |milliseconds: u64, a_second: u64| milliseconds.saturating_mul(a_second) / 1_000;
    (
        TokenCount::between(
            tokens(length.milliseconds, 32),
            tokens(length.lower, 5),
            tokens(length.upper, 100) + 100,
        ),
        "the price of a second of audio is an estimate",
    )
}

/// Returns the tokens of an image at 28 × 28 pixels each, shrunk until the maximum side and number
/// of tokens are kept.
fn patches28(width: u64, height: u64, longest: u64, most: u64) -> u64 {
    let (width, height) = (width as f64, height as f64);
    let at = |scale: f64| {
        let across = |side: f64| ((side * scale).floor().max(1.0) / 28.0).ceil() as u64;
        across(width).saturating_mul(across(height))
    };
    let mut scale = (longest as f64 / width.max(height)).min(1.0);
    // Each step shrinks by the square root of the excess; a few steps are enough for any size.
    for _ in 0..64 {
        let tokens = at(scale);
        if tokens <= most {
            return tokens;
        }
        scale *= (most as f64 / tokens as f64).sqrt().min(0.999);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes in the recordings, without the few tokens around an image.
    #[test]
    fn recorded_sizes() {
        for (width, height, tokens) in [
            (1, 1, 1),
            (16, 16, 1),
            (100, 100, 16),
            (128, 128, 25),
            (405, 405, 225),
            (540, 360, 260),
            (800, 440, 464),
            (1001, 1001, 1296),
        ] {
            assert_eq!(
                patches28(width, height, 1568, 1568),
                tokens,
                "{width} x {height}"
            );
        }
        let large = patches28(1800, 1200, 1568, 1568);
        assert!((1500..=1568).contains(&large), "{large}");
        assert_eq!(patches28(u64::from(u32::MAX), 1, 1568, 1568), 56);
    }
}
