//! Columns for the tokens of images.

use super::words::Word;
use super::{Column, Json, Refused, refused};

words! {
    /// Formula that turns an image into tokens.
    pub enum ImageScheme {
        /// A base plus a price per tile, after scaling down.
        Tiles = "tiles",
        /// A price per patch, after scaling down to a maximum number of patches.
        Patches = "patches",
        /// Nearly constant for any size.
        Flat = "flat",
    }
}

words! {
    /// Rounding of the product of patches and factor.
    pub enum Rounding {
        /// Up.
        Up = "up",
        /// Down.
        Down = "down",
    }
}

words! {
    /// Detail that `auto` selects.
    pub enum ImageDetail {
        /// Scaled down to a maximum.
        High = "high",
        /// Unchanged, up to a larger maximum.
        Original = "original",
    }
}

columns! {
    /// Limits to which an image is scaled down.
    pub struct ImageCap {
        /// Longest side, in pixels.
        longest: u32,
        /// Number of patches.
        patches: u32,
    }
}

columns! {
    /// Limits at each `detail`, if they differ.
    pub struct ImageCaps {
        /// Detail selected by `auto`, or without a detail.
        auto: ImageDetail,
        /// At detail `low`.
        low: ImageCap,
        /// At detail `high`.
        high: ImageCap,
        /// At detail `original`.
        original: ImageCap,
    }
}

columns! {
    /// Tokens of an image at each `mediaResolution`.
    pub struct MediaResolution {
        /// Low.
        low: u32,
        /// Medium.
        medium: u32,
        /// High.
        high: u32,
        /// Ultra high.
        ultra_high: u32,
    }
}

columns! {
    /// Rule documented by the vendor, if recorded requests differ from it.
    pub struct DocumentedImages {
        /// Maximum side in pixels of an image that counts as one tile.
        small_side: u32,
        /// Side of a tile, in pixels.
        tile_side: u32,
        /// Tokens of a tile.
        tile: u32,
        /// Tokens by resolution.
        media_resolution: MediaResolution,
    }
}

columns! {
    /// Token cost of an image. The scheme determines which fields are present.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::model::ImageScheme;
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-4o")?;
    /// let images = model.image_tokens().expect("gpt-4o sees");
    /// assert_eq!(images.scheme, Some(ImageScheme::Tiles));
    /// assert_eq!((images.base, images.tile), (Some(85), Some(170)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub struct ImageTokens {
        /// Scheme of the formula.
        scheme: ImageScheme,
        /// Tiles: tokens of every image.
        base: u32,
        /// Tiles: tokens of a tile.
        tile: u32,
        /// Tiles: side of a tile, in pixels.
        tile_side: u32,
        /// Tiles: shorter side after scaling, in pixels.
        shortest: u32,
        /// Tiles: tokens of an image at detail `low`.
        low: u32,
        /// Tiles and patches: longest side after scaling, in pixels.
        longest: u32,
        /// Patches: side of a patch, in pixels.
        side: u32,
        /// Patches: tokens of a patch.
        factor: f64,
        /// Patches: rounding of the product.
        round: Rounding,
        /// Patches: additional tokens of every image.
        more: u32,
        /// Patches: maximum number of patches.
        patch_cap: u32,
        /// Patches: maximum number of tokens.
        token_cap: u32,
        /// Flat: tokens of an image.
        tokens: u32,
        /// Flat: minimum seen.
        lower: u32,
        /// Flat: maximum seen.
        upper: u32,
        /// Whether recorded requests to this model confirm the count.
        seen: bool,
        /// Additional tokens of an image in a message after a tool call.
        after_call: u32,
        /// Limits at each detail, from a public table; not measured.
        by_detail: ImageCaps,
        /// Rule documented by the vendor.
        documented: DocumentedImages,
    }
}
