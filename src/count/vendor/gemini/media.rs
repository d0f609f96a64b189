//! Images, audio and files.
//!
//! Evidence: docs/evidence/billing_gemini.md, section 5.

use super::Gemini;
use crate::count::TokenCount;
use crate::count::rules::{GeminiImage, GeminiRules};
use crate::count::vendor::counter::Counter;
use crate::count::vendor::media::{SOUND, Source, VIDEO, by_bytes, name_of};
use crate::media::{Media, MediaKind};
use crate::request::{Part, PartKind};

/// Largest side of an image that is one tile, in pixels.
const ONE_TILE: u64 = 384;

impl<'c> Gemini<'c> {
    /// Counts an image, audio, video or file as media of the request; text in a file is returned.
    pub(super) fn media(&self, counter: &mut Counter<'c>, part: &Part<'c>) -> TokenCount {
        let source = Source::of(part);
        if let (PartKind::File, Source::Base64(data)) = (part.kind(), &source)
            && let media = Media::of(data)
            && media.kind().is_none()
            && let Some(text) = media.text()
        {
            counter
                .parts
                .doubt(part.pointer(), "a file of text was recorded five times");
            let tokens = counter.text(&text);
            return tokens.with_room(crate::count::Accuracy::Calibrated, 2, 4);
        }
        let scaled = sets_resolution(counter, part);
        let size = match &source {
            Source::Base64(data) => Media::of(data)
                .image_size()
                .map(|size| (size.width, size.height)),
            Source::Text(_) => None,
            Source::Elsewhere => counter.model.models().image_size(name_of(part).as_deref()),
        };
        let tokens = self.by_both(|rules| match part.kind() {
            PartKind::Image => image(rules.image, size),
            PartKind::Audio => sound(rules, &source),
            PartKind::Video => video(&source),
            _ => pages(rules, &source, self.answers),
        });
        let (tokens, reason) = match part.kind() {
            _ if scaled => (
                TokenCount::between(tokens.tokens(), 0, tokens.most().saturating_mul(2)),
                "another resolution of media was not recorded",
            ),
            PartKind::Image => (tokens, "an image may cost a few tokens more or less"),
            PartKind::Audio => (tokens, "audio may cost a few tokens more or less"),
            PartKind::Video => (tokens, "the length of a video is not in the request"),
            _ => (tokens, "the content of the file is not read"),
        };
        counter.parts.doubt(part.pointer(), reason);
        counter.parts.images += tokens;
        TokenCount::ZERO
    }
}

/// Returns whether the request, or the part, sets a resolution.
fn sets_resolution(counter: &Counter<'_>, part: &Part<'_>) -> bool {
    counter.request.layout().media_resolution.is_some()
        || crate::provider::gemini::media_resolution(part.value()).is_some()
}

/// Counts an image of a size in pixels.
fn image(rule: GeminiImage, size: Option<(u64, u64)>) -> TokenCount {
    let near = |tokens: u64, room: u64| {
        TokenCount::calibrated(tokens, tokens.saturating_sub(room), tokens + room)
    };
    match (rule, size) {
        (GeminiImage::Flat(tokens), _) => near(tokens, 0),
        (GeminiImage::Tiles(tile), Some((width, height))) => match tiles(width, height) {
            1 => near(tile, 0),
            count => near(tile * count, tile),
        },
        (GeminiImage::Tiles(tile), None) => TokenCount::between(tile, tile, tile * 10),
        (GeminiImage::Grid(most), Some((width, height))) => {
            near(grid(most, width as f64, height as f64), 2)
        }
        (GeminiImage::Grid(most), None) => TokenCount::calibrated(most - 35, most - 120, most),
    }
}

/// Returns the tiles of an image: one, or a thumbnail and crops.
fn tiles(width: u64, height: u64) -> u64 {
    if width.max(height) <= ONE_TILE {
        return 1;
    }
    let crop = (width.min(height).saturating_mul(2) / 3).clamp(256, 768);
    // The documentation names no maximum; a thousand tiles are more than any image of a request
    // has.
    (1 + width.div_ceil(crop).saturating_mul(height.div_ceil(crop))).min(1_000)
}

/// Returns the cells of the largest grid in the proportions of an image.
fn grid(most: u64, width: f64, height: f64) -> u64 {
    let side = |proportion: f64| (most as f64 * proportion).sqrt().floor().max(1.0) as u64;
    side(width / height)
        .saturating_mul(side(height / width))
        .min(most)
}

fn sound(rules: &GeminiRules, source: &Source<'_>) -> TokenCount {
    let length = match source {
        Source::Base64(data) => Media::of(data).sound_length(),
        _ => None,
    };
    let Some(length) = length else {
        return by_bytes(source, SOUND);
    };
    let tokens = |milliseconds: u64| milliseconds.saturating_mul(rules.sound).div_ceil(1_000);
    let likely = tokens(length.milliseconds);
    let (lower, upper) = (tokens(length.lower), tokens(length.upper));
    if length.is_exact() {
        TokenCount::calibrated(likely, lower.saturating_sub(1), upper + 2)
    } else {
        TokenCount::between(likely, lower / 2, upper.saturating_mul(2).saturating_add(3))
    }
}

/// Counts a video by its bytes: at least a second, as recorded four times.
fn video(source: &Source<'_>) -> TokenCount {
    const SECOND: u64 = 264;
    let tokens = by_bytes(source, VIDEO);
    match source {
        Source::Base64(_) => TokenCount::between(
            tokens.tokens().max(SECOND),
            tokens.lower(),
            tokens.most().max(SECOND),
        ),
        _ => TokenCount::between(SECOND, 0, TokenCount::UNBOUNDED),
    }
}

/// Counts a document by its pages.
fn pages(rules: &GeminiRules, source: &Source<'_>, answers: bool) -> TokenCount {
    let [page, lower, upper] = if answers {
        rules.page_of_answer
    } else {
        rules.page
    };
    if let Source::Base64(data) = source {
        let media = Media::of(data);
        if media.kind() == Some(MediaKind::Pdf)
            && let Some(pages) = media.pdf_pages().exact()
        {
            return TokenCount::calibrated(
                pages.saturating_mul(page),
                pages.saturating_mul(lower),
                pages.saturating_mul(upper),
            );
        }
    }
    TokenCount::between(page, 0, TokenCount::UNBOUNDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes in recordings (docs/evidence/billing_gemini.md, section 5).
    #[test]
    fn recorded_sizes() {
        for (width, height, tokens) in [
            (330, 291, 1085),
            (300, 346, 1085),
            (597, 566, 1088),
            (60, 30, 1081),
            (1, 1, 1089),
        ] {
            assert_eq!(
                grid(1120, width as f64, height as f64),
                tokens,
                "{width} x {height}"
            );
        }
        for (width, height, count) in [(283, 330, 1), (640, 480, 5), (1800, 1200, 7)] {
            assert_eq!(tiles(width, height), count, "{width} x {height}");
        }
        // A page of a letter has 520 tokens.
        assert_eq!(grid(560, 612.0, 792.0), 520);
    }
}
