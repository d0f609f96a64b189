//! What images, audio and files may cost while nothing of them is looked at: ranges by model.
//!
//! Source of the ranges: the providers' documents and recorded requests. A tiled image costs a base and a price for
//! each of at most 8 tiles (2 × 4, after the shrink to 2048 × 768); an image in patches costs a factor for each of at
//! most 1,536 patches of 32 × 32. Without the image's size the count can only be a range.

use super::TokenCount;
use super::request_count::Parts;
use crate::model::Model;
use crate::request::{Part, PartKind};

/// Tokens of one image: at detail `low`, of a picture of 1024 × 1024, and at most.
struct Range {
    model: &'static str,
    low: u64,
    usual: u64,
    high: u64,
}

const fn tiles(model: &'static str, base: u64, tile: u64) -> Range {
    Range {
        model,
        low: base,
        usual: base + 4 * tile,
        high: base + 8 * tile,
    }
}

/// `factor` in hundredths of a token a patch.
const fn patches(model: &'static str, factor: u64, most: u64) -> Range {
    Range {
        model,
        low: 1,
        usual: (1024 * factor).div_ceil(100) + 1,
        high: (most * factor).div_ceil(100) + 2,
    }
}

/// The first entry whose name begins the model's id counts.
const RANGES: &[Range] = &[
    tiles("gpt-4o-mini", 2833, 5667),
    patches("gpt-4.1-mini", 162, 1536),
    patches("gpt-4.1-nano", 246, 1536),
    tiles("gpt-4", 85, 170),
    patches("o4-mini", 172, 1536),
    tiles("o", 75, 150),
    patches("gpt-5-mini", 120, 1536),
    patches("gpt-5-nano", 150, 1536),
    // Newer models take more patches at a higher detail; how many is not published for all of them.
    patches("gpt-5.", 120, 10_000),
    patches("gpt-6", 120, 10_000),
    tiles("gpt-5", 70, 140),
];

/// Any model without an entry: from next to nothing to the dearest image seen.
const UNKNOWN: Range = Range {
    model: "",
    low: 1,
    usual: 1000,
    high: 50_000,
};

/// Adds a part that is no text to the count, with the reason why it is an estimate.
pub(super) fn add(part: &Part<'_>, pointer: &str, model: &Model, parts: &mut Parts) {
    let (tokens, reason) = match part.kind() {
        PartKind::Image => (image(part, model), "the size of the image is not looked at"),
        PartKind::Audio => (
            audio(part),
            "the length of the audio is guessed from its bytes",
        ),
        PartKind::File => (file(part), "what a file holds is not looked at"),
        _ => (
            TokenCount::estimated(100, 0, TokenCount::UNBOUNDED),
            "a part of an unknown type",
        ),
    };
    parts.images += tokens;
    parts.doubt(pointer, reason);
}

fn image(part: &Part<'_>, model: &Model) -> TokenCount {
    let range = RANGES
        .iter()
        .find(|range| model.id().starts_with(range.model))
        .unwrap_or(&UNKNOWN);
    let detail = part
        .value()
        .get_some("image_url")
        .and_then(|image| image.get_some("detail"));
    if detail.is_some_and(|detail| detail.is_str("low")) {
        // Tiled models: the base alone. The others shrink to a size of their own; half of the most holds it.
        return TokenCount::estimated(range.low, 1, range.low.max(range.high / 2));
    }
    // A small image costs at least one tile or patch; 1 holds both.
    TokenCount::estimated(range.usual, range.low.min(85), range.high)
}

/// 10 tokens a second (documented). Seconds from bytes: 32,000 a second for a usual recording, 1,000 for the tightest
/// compression, 200,000 for the widest.
fn audio(part: &Part<'_>) -> TokenCount {
    let bytes = part
        .value()
        .get_some("input_audio")
        .and_then(|audio| audio.get_some("data"))
        .map_or(0, |data| data.raw().len() as u64 * 3 / 4);
    TokenCount::estimated(bytes / 3_200, bytes / 20_000, bytes / 100 + 10)
}

fn file(part: &Part<'_>) -> TokenCount {
    let bytes = part
        .value()
        .get_some("file")
        .and_then(|file| file.get_some("file_data"))
        .map_or(0, |data| data.raw().len() as u64 * 3 / 4);
    // Text and a picture of every page. A compressed file can hold any length.
    TokenCount::estimated(1_000 + bytes / 40, 0, TokenCount::UNBOUNDED)
}
