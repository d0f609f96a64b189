//! Images, by their size; audio and files, by bounded guesses.
//!
//! An image costs by what the server makes of it:
//!
//! - *tiles*: it is shrunk into 2048 × 2048, then until its shorter side is at most 768, and covered with tiles of
//!   512 × 512: a base, and a price for each tile. At detail `low` the base alone.
//! - *patches*: it is covered with patches of 32 × 32, at most 1,536 of them after a shrink that keeps its proportions;
//!   each costs a factor, and the image 1 or 2 more.
//!
//! Evidence: tiles 53 of 53 recorded requests; patches 41 of 57, the others within one a picture (three more on
//! gpt-5.4-nano), of 9 applications, on Chat and Responses alike; the providers' documents for the shrinks
//! (docs/evidence/billing.md, section 2.5). Which pictures are off by one could not be told, so patches are calibrated. An image by URL has no size here: a
//! range.
//!
//! Sound costs 10 tokens a second (documented), its length read from the head of a WAV file. A PDF is billed by the text in
//! it and 213 to 219 more on Chat, 4 to 22 on Responses; no picture of its pages (49 requests, 11 applications).

use super::request_count::Parts;
use super::{Accuracy, TokenCount};
use crate::media::Media;
use crate::model::{ImageScheme, ImageTokens, Model, Rounding};
use crate::request::{Part, PartKind};

/// What one model charges for an image, as the registry has it ([`ImageTokens`]).
#[derive(Debug, Clone, Copy)]
struct ImageRule {
    price: Price,
    /// Whether recorded requests gave the exact count.
    seen: bool,
    /// Tokens more for an image behind a tool call (5 of 5 recordings of one application; cause open).
    after_call: u64,
}

#[derive(Debug, Clone, Copy)]
enum Price {
    Tiles {
        base: u64,
        tile: u64,
    },
    /// `ceil(patches × factor) + more`.
    PatchesUp {
        factor: f64,
        more: u64,
    },
    /// `floor(patches × factor) + more`.
    PatchesDown {
        factor: f64,
        more: u64,
    },
}

impl ImageRule {
    /// The rule of a row; none where it has another scheme, or lacks a number of its own.
    fn of(images: &ImageTokens) -> Option<ImageRule> {
        let number = |n: Option<u32>| n.map(u64::from);
        let price = match images.scheme? {
            ImageScheme::Tiles => Price::Tiles {
                base: number(images.base)?,
                tile: number(images.tile)?,
            },
            ImageScheme::Patches => {
                let factor = images.factor?;
                let more = number(images.more)?;
                match images.round? {
                    Rounding::Up => Price::PatchesUp { factor, more },
                    Rounding::Down => Price::PatchesDown { factor, more },
                }
            }
            ImageScheme::Flat => return None,
        };
        Some(ImageRule {
            price,
            seen: images.seen.unwrap_or(false),
            after_call: number(images.after_call).unwrap_or_default(),
        })
    }
}

/// An image costs at most so many patches; newer models take more at a higher detail, how many is not published.
const MOST_PATCHES: u64 = 1536;
const MOST_PATCHES_BY_URL: u64 = 10_000;

/// Any model without a rule: from next to nothing to the dearest image seen.
const UNKNOWN: TokenCount = TokenCount::between(1_000, 1, 50_000);

/// Where a part that is no text stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// Behind a message that calls a tool.
    pub(super) after_call: bool,
    /// In the message of a tool.
    pub(super) in_result: bool,
    /// In a request that the Responses API bills.
    pub(super) responses: bool,
}

/// Adds a part that is no text to the count, and the reason where it is not exact.
pub(super) fn add(
    part: &Part<'_>,
    pointer: String,
    model: &Model,
    around: Around,
    parts: &mut Parts,
) {
    let (tokens, reason) = match part.kind() {
        PartKind::Image => image(part, model, around),
        PartKind::Audio => audio(part),
        PartKind::File => (
            file(part, around),
            Some("what a file holds is not looked at"),
        ),
        _ => (
            TokenCount::between(100, 0, TokenCount::UNBOUNDED),
            Some("a part of an unknown type"),
        ),
    };
    parts.images += tokens;
    if let Some(reason) = reason {
        parts.doubt(pointer, reason);
    }
}

fn image(part: &Part<'_>, model: &Model, around: Around) -> (TokenCount, Option<&'static str>) {
    // An object in a chat request, a text beside the detail on Responses.
    let image = part.value().get_some("image_url");
    let object = image.filter(|image| image.as_str().is_none());
    let url = match object {
        Some(object) => object.get_some("url"),
        None => image,
    }
    .and_then(|url| url.as_str());
    let detail = object
        .unwrap_or(part.value())
        .get_some("detail")
        .and_then(|detail| detail.as_str())
        .unwrap_or_default();
    priced_image(model, url.as_deref(), &detail, around)
}

fn priced_image(
    model: &Model,
    url: Option<&str>,
    detail: &str,
    around: Around,
) -> (TokenCount, Option<&'static str>) {
    let rule = model.image_tokens().and_then(ImageRule::of);
    let Some(rule) = &rule else {
        return (
            UNKNOWN,
            Some("what this model charges for an image was not measured"),
        );
    };
    let tiled = matches!(rule.price, Price::Tiles { .. });
    if let (Price::Tiles { base, .. }, "low") = (rule.price, detail) {
        return judged(TokenCount::exact(base), None, rule, around);
    }
    let Some(size) = url.and_then(|url| Media::of_url(url)?.image_size()) else {
        return (
            any_size(rule.price),
            Some("the size of the image is not in the request"),
        );
    };
    let (width, height) = (size.width, size.height);
    let tokens = priced(rule.price, width, height);
    let whole = TokenCount::exact(tokens);
    let most = any_size(rule.price).most();
    let large = !tiled && width.div_ceil(32).saturating_mul(height.div_ceil(32)) > MOST_PATCHES;
    let (tokens, reason) = match detail {
        // What it saves is not known; it does not cost more.
        "low" => (
            TokenCount::between(tokens, 1, tokens),
            Some("detail `low` was not measured on this model"),
        ),
        "" | "auto" | "high" if large && matches!(rule.price, Price::PatchesUp { .. }) => (
            whole.at_most(Accuracy::Calibrated, 10),
            Some("the shrink of large images was reported to differ"),
        ),
        "" | "auto" | "high" if large => (
            TokenCount::between(tokens, tokens, most),
            Some("how many patches the model takes is not published"),
        ),
        // Of 12 sizes two were billed one less.
        "" | "auto" | "high" if !tiled => (
            whole.at_most(Accuracy::Calibrated, 1),
            Some("images in patches were seen to be off by one"),
        ),
        "" | "auto" | "high" => (whole, None),
        _ => (
            TokenCount::between(tokens, 1, most),
            Some("this detail was not measured"),
        ),
    };
    judged(tokens, reason, rule, around)
}

/// What a rule may claim where the image stands.
fn judged(
    tokens: TokenCount,
    reason: Option<&'static str>,
    rule: &ImageRule,
    around: Around,
) -> (TokenCount, Option<&'static str>) {
    let mut tokens = tokens;
    let mut reason = reason;
    // On Chat only: what Responses does was not seen.
    if rule.after_call > 0 && around.after_call && !around.responses {
        tokens = (tokens + TokenCount::exact(rule.after_call)).at_most(Accuracy::Calibrated, 1);
        reason = reason.or(Some("an image behind a tool call: seen on one application"));
    }
    if !rule.seen || around.in_result {
        tokens = tokens.at_most(Accuracy::Calibrated, 10);
        reason = reason.or(Some(
            "the rule for images was not seen on this model, or in a result",
        ));
    }
    (tokens, reason)
}

/// The range of what an image may cost: of any size, 1024 × 1024 in its middle.
fn any_size(price: Price) -> TokenCount {
    match price {
        // At most 2 × 4 tiles are left after the shrink.
        Price::Tiles { base, tile } => TokenCount::between(base + 4 * tile, base, base + 8 * tile),
        Price::PatchesUp { factor, .. } | Price::PatchesDown { factor, .. } => {
            let of = |patches: u64| (patches as f64 * factor).ceil() as u64 + 2;
            TokenCount::between(of(1024), 1, of(MOST_PATCHES_BY_URL))
        }
    }
}

/// The tokens of an image of so many pixels.
fn priced(price: Price, width: u64, height: u64) -> u64 {
    match price {
        Price::Tiles { base, tile } => base + tile * tile_count(width, height),
        // The product is a binary one: 300 × 1.62 is a little over 486 and makes 487.
        Price::PatchesUp { factor, more } => {
            (patch_count(width, height) as f64 * factor).ceil() as u64 + more
        }
        Price::PatchesDown { factor, more } => {
            (patch_count(width, height) as f64 * factor).floor() as u64 + more
        }
    }
}

fn tile_count(width: u64, height: u64) -> u64 {
    let (width, height) = (width as f64, height as f64);
    // Sides are whole pixels after each shrink: 2050 x 513 becomes 2048 x 512 and is 4 tiles, 2049 x 513 keeps a row of
    // 513 and is 8 (both reported from the API).
    let shrink = (2048.0 / width.max(height)).min(1.0);
    let (width, height) = ((width * shrink).round(), (height * shrink).round());
    let shrink = (768.0 / width.min(height)).min(1.0);
    let across = |side: f64| ((side * shrink).round() / 512.0).ceil().max(1.0) as u64;
    across(width) * across(height)
}

fn patch_count(width: u64, height: u64) -> u64 {
    let whole = width.div_ceil(32).saturating_mul(height.div_ceil(32));
    if whole <= MOST_PATCHES {
        return whole;
    }
    let (width, height) = (width as f64, height as f64);
    let shrink = (MOST_PATCHES as f64 * 1024.0 / (width * height))
        .sqrt()
        .min(1.0);
    // Then a little more, until one side is a whole number of patches; a side of less than one stays as it is.
    let across = |side: f64| side * shrink / 32.0;
    let more = |side: f64| {
        if across(side) < 1.0 {
            1.0
        } else {
            across(side).floor() / across(side)
        }
    };
    let more = more(width).min(more(height));
    let count = |side: f64| {
        ((across(side) * more * 10_000.0).round() / 10_000.0)
            .ceil()
            .max(1.0) as u64
    };
    (count(width) * count(height)).min(MOST_PATCHES)
}

/// 10 tokens a second (documented). Of a file whose head has no length, seconds from bytes: 32,000 a second for a usual
/// recording, 1,000 for the tightest compression, 200,000 for the widest.
fn audio(part: &Part<'_>) -> (TokenCount, Option<&'static str>) {
    let data = part
        .value()
        .get_some("input_audio")
        .and_then(|audio| audio.get_some("data")?.as_str());
    let media = data.as_deref().map(Media::of_base64);
    if let Some(length) = media.as_ref().and_then(Media::sound_length) {
        let tokens = |milliseconds: u64| milliseconds.div_ceil(100);
        return (
            TokenCount::between(
                tokens(length.milliseconds),
                tokens(length.lower) / 2,
                tokens(length.upper).saturating_mul(3) / 2 + 10,
            ),
            Some(if length.is_exact() {
                "10 tokens a second of sound are documented, not measured"
            } else {
                LENGTH_GUESSED
            }),
        );
    }
    let bytes = media.as_ref().map_or(0, Media::len_bytes);
    (
        TokenCount::between(bytes / 3_200, bytes / 20_000, bytes / 100 + 10),
        Some(LENGTH_GUESSED),
    )
}

const LENGTH_GUESSED: &str = "the length of the audio is guessed from its bytes";

/// The text in it and a frame. A compressed file can hold any length.
fn file(part: &Part<'_>, around: Around) -> TokenCount {
    let (frame, lower) = if around.responses { (8, 4) } else { (216, 213) };
    let bytes = match around.responses {
        true => part
            .value()
            .get_some("file_data")
            .map_or(0, |data| data.raw().len() as u64 * 3 / 4),
        false => inline_bytes(part, "file", "file_data"),
    };
    // By the id of a file, or by URL, nothing is known of it.
    let lower = if bytes == 0 { 0 } else { lower };
    TokenCount::between(frame + bytes / 40, lower, TokenCount::UNBOUNDED)
}

/// Bytes of what a field holds in base64.
fn inline_bytes(part: &Part<'_>, object: &str, field: &str) -> u64 {
    part.value()
        .get_some(object)
        .and_then(|object| object.get_some(field))
        .map_or(0, |data| data.raw().len() as u64 * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded counts of images by size (docs/evidence/billing.md, section 2.5).
    #[test]
    fn recorded_sizes() {
        let of = |model: &str, width, height| {
            let model = crate::Models::builtin().get(model).unwrap();
            let rule = ImageRule::of(model.image_tokens().unwrap()).unwrap();
            priced(rule.price, width, height)
        };
        for (model, width, height, tokens) in [
            ("gpt-4o", 1, 1, 255),
            ("gpt-4o", 100, 100, 255),
            ("gpt-4o", 640, 480, 425),
            ("gpt-4o", 2560, 1669, 1105),
            ("gpt-4o", 3008, 2000, 1105),
            ("gpt-4.1", 2049, 513, 1445),
            ("gpt-4.1", 2050, 513, 765),
            ("gpt-4o-mini", 1, 1, 8500),
            ("gpt-4o-mini", 640, 480, 14167),
            ("gpt-5", 1, 1, 210),
            ("gpt-5", 640, 480, 350),
            ("gpt-4.1-mini", 640, 480, 488),
            ("gpt-4.1-nano", 128, 128, 41),
            ("gpt-4.1-nano", 540, 360, 503),
            ("o4-mini", 640, 480, 517),
            ("gpt-5-mini", 640, 480, 361),
            ("gpt-5-nano", 640, 480, 451),
            ("gpt-5.4", 60, 30, 4),
            ("gpt-5.2", 512, 149, 97),
            ("gpt-5.4", 330, 291, 133),
        ] {
            assert_eq!(
                of(model, width, height),
                tokens,
                "{model} {width} x {height}"
            );
        }
    }

    #[test]
    fn any_size_has_a_price() {
        let registry = crate::Models::builtin();
        for model in registry.iter() {
            let Some(rule) = model.image_tokens().and_then(ImageRule::of) else {
                continue;
            };
            for (width, height) in [
                (1, 1),
                (1, 1_000_000),
                (65_535, 65_535),
                (u64::from(u32::MAX), 1),
                (100_000, 1),
            ] {
                assert!(
                    priced(rule.price, width, height) <= any_size(rule.price).most(),
                    "{} {width}",
                    model.id()
                );
            }
        }
    }
}
