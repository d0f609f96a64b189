//! Images, by their size.
//!
//! The price of an image depends on how the server divides it:
//!
//! - *tiles*: it is shrunk to fit 2048 × 2048, then until its shorter side is at most 768, and
//!   covered with tiles of 512 × 512: a base, and a price per tile. At detail `low` only the base.
//! - *patches*: it is covered with patches of 32 × 32, at most 1,536 of them after a proportional
//!   shrink; each costs a factor, and the image 1 or 2 more.
//!
//! Evidence: tiles 53 of 53 recorded requests; patches 41 of 57, the others within one per image
//! (three more on gpt-5.4-nano), of 9 applications, on Chat Completions and Responses alike; the
//! providers' documentation for the shrinking (docs/evidence/billing.md, section 2.5). Which images
//! are off by one is unknown, so patches are calibrated. An image by URL has the size that the
//! caller provides ([`ImageSizes`](crate::model::ImageSizes)); without one, a range.
//!
//! Audio and files: `files.rs`.

pub(super) use super::files::Around;
use super::request_count::Parts;
use super::{Accuracy, TokenCount, files};
use crate::media::Media;
use crate::model::{ImageScheme, ImageTokens, Model, Rounding};
use crate::request::{Part, PartKind};

/// Price of an image for one model, from the registry ([`ImageTokens`]).
#[derive(Debug, Clone, Copy)]
struct ImageRule {
    price: Price,
    /// Whether the rule gave the exact count of recorded requests.
    seen: bool,
    /// Additional tokens for an image after a tool call (5 of 5 recordings of one application;
    /// cause unknown).
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
    /// Returns the rule of a row; `None` if it has another scheme, or lacks a number.
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

/// Maximum number of patches per image; newer models accept more at a higher detail, but the number
/// is not published.
const MOST_PATCHES: u64 = 1536;
const MOST_PATCHES_BY_URL: u64 = 10_000;

/// For models without a rule: from almost nothing to the most expensive image seen.
const UNKNOWN: TokenCount = TokenCount::between(1_000, 1, 50_000);

/// Returns the range of an image's tokens, whatever its size: by the registry's row, if it has one.
pub(super) fn of_any_size(model: &Model) -> TokenCount {
    let row = model.image_tokens();
    let flat = row.and_then(|row| Some((row.tokens?, row.lower?, row.upper?)));
    match (flat, row.and_then(|row| row.token_cap)) {
        (Some((tokens, lower, upper)), _) => {
            TokenCount::between(tokens.into(), lower.into(), upper.into())
        }
        (None, Some(most)) => {
            // A tenth more for the frame, the rounding of a shrink and older models.
            let most = u64::from(most);
            TokenCount::between(most / 2, 1, most + most / 10)
        }
        (None, None) => UNKNOWN,
    }
}

/// Counts a part that is not text, and records the reason if the count is not exact.
pub(super) fn add(
    part: &Part<'_>,
    pointer: String,
    model: &Model,
    around: Around,
    parts: &mut Parts,
) {
    let (tokens, reason) = match part.kind() {
        PartKind::Image => image(part, model, around),
        PartKind::Audio => doubted(files::sound(part, model)),
        PartKind::File => doubted(files::file(part, model, around)),
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

fn doubted((tokens, reason): (TokenCount, &'static str)) -> (TokenCount, Option<&'static str>) {
    (tokens, Some(reason))
}

fn image(part: &Part<'_>, model: &Model, around: Around) -> (TokenCount, Option<&'static str>) {
    // An object in a chat request, a string next to the detail on Responses.
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
    let inline = url
        .as_deref()
        .and_then(|url| Media::of_url(url)?.image_size());
    let size = inline.map(|size| ((size.width, size.height), true));
    let size = size.or_else(|| {
        let named = || part.value().get_some("file_id")?.as_str();
        let size = match url.as_deref() {
            Some(url) => model.models().image_size(Some(url)),
            None => model.models().image_size(named().as_deref()),
        };
        Some((size?, false))
    });
    priced_image(model, size, &detail, around)
}

/// Prices an image; `size` is in pixels, with whether it is the image's own.
fn priced_image(
    model: &Model,
    size: Option<((u64, u64), bool)>,
    detail: &str,
    around: Around,
) -> (TokenCount, Option<&'static str>) {
    let rule = model.image_tokens().and_then(ImageRule::of);
    let Some(rule) = &rule else {
        return (
            of_any_size(model),
            Some("the price of an image was not measured on this model"),
        );
    };
    let tiled = matches!(rule.price, Price::Tiles { .. });
    if let (Price::Tiles { base, .. }, "low") = (rule.price, detail) {
        return judged(TokenCount::exact(base), None, rule, around);
    }
    let Some(((width, height), inline)) = size else {
        return (
            any_size(rule.price),
            Some("the size of the image is not in the request"),
        );
    };
    let tokens = priced(rule.price, width, height);
    let whole = TokenCount::exact(tokens);
    let most = any_size(rule.price).most();
    let large = !tiled && width.div_ceil(32).saturating_mul(height.div_ceil(32)) > MOST_PATCHES;
    let (tokens, reason) = match detail {
        // The saving is unknown, but it is never more expensive.
        "low" => (
            TokenCount::between(tokens, 1, tokens),
            Some("detail `low` was not measured on this model"),
        ),
        "" | "auto" | "high" if large && matches!(rule.price, Price::PatchesUp { .. }) => (
            whole.at_most(Accuracy::Calibrated, 10),
            Some("large images were reported to be shrunk differently"),
        ),
        "" | "auto" | "high" if large => (
            TokenCount::between(tokens, tokens, most),
            Some("the model's maximum number of patches is not published"),
        ),
        // Two of 12 sizes were billed one less.
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
    if inline {
        return judged(tokens, reason, rule, around);
    }
    judged(
        tokens.at_most(Accuracy::Calibrated, 0),
        reason.or(Some("the size of the image was provided by the caller")),
        rule,
        around,
    )
}

/// Returns the claim of a rule at the image's place.
fn judged(
    tokens: TokenCount,
    reason: Option<&'static str>,
    rule: &ImageRule,
    around: Around,
) -> (TokenCount, Option<&'static str>) {
    let mut tokens = tokens;
    let mut reason = reason;
    // Only on Chat Completions: Responses was not observed.
    if rule.after_call > 0 && around.after_call && !around.responses {
        tokens = (tokens + TokenCount::exact(rule.after_call)).at_most(Accuracy::Calibrated, 1);
        reason = reason.or(Some("an image after a tool call: seen on one application"));
    }
    if !rule.seen || around.in_result {
        tokens = tokens.at_most(Accuracy::Calibrated, 10);
        reason = reason.or(Some(
            "the rule for images was not confirmed on this model, or in a result",
        ));
    }
    (tokens, reason)
}

/// Returns the range for an image of unknown size, with 1024 × 1024 as the likely one.
fn any_size(price: Price) -> TokenCount {
    match price {
        // At most 2 × 4 tiles remain after shrinking.
        Price::Tiles { base, tile } => TokenCount::between(base + 4 * tile, base, base + 8 * tile),
        Price::PatchesUp { factor, .. } | Price::PatchesDown { factor, .. } => {
            let of = |patches: u64| (patches as f64 * factor).ceil() as u64 + 2;
            TokenCount::between(of(1024), 1, of(MOST_PATCHES_BY_URL))
        }
    }
}

/// Returns the tokens of an image of a given size.
fn priced(price: Price, width: u64, height: u64) -> u64 {
    match price {
        Price::Tiles { base, tile } => base + tile * tile_count(width, height),
        // The product is computed in binary: 300 × 1.62 is slightly over 486 and becomes 487.
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
    // Sides are whole pixels after each shrink: 2050 x 513 becomes 2048 x 512 with 4 tiles, 2049 x
    // 513 keeps a row of 513 and has 8 (both reported from the API).
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
    // Then slightly more, until one side is a whole number of patches; a side of less than one is
    // unchanged.
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
