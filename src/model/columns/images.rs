//! How an image is turned into tokens.

use super::words::Word;
use super::{Column, Json, Refused, refused};

words! {
    /// A way to turn an image into tokens.
    pub enum ImageScheme {
        /// A base, and a price for each tile after a shrink.
        Tiles = "tiles",
        /// A price for each patch, after a shrink to a maximum number of them.
        Patches = "patches",
        /// About the same for any size.
        Flat = "flat",
    }
}

words! {
    /// How a product of patches and a factor is rounded.
    pub enum Rounding {
        /// Up.
        Up = "up",
        /// Down.
        Down = "down",
    }
}

words! {
    /// The detail that `auto` stands for.
    pub enum ImageDetail {
        /// Shrunk to a maximum.
        High = "high",
        /// As it is, up to a larger maximum.
        Original = "original",
    }
}

columns! {
    /// To what an image is shrunk.
    pub struct ImageCap {
        /// The longest side, in pixels.
        longest: u32,
        /// The number of patches.
        patches: u32,
    }
}

columns! {
    /// To what an image is shrunk at each `detail`, where that differs.
    pub struct ImageCaps {
        /// What `auto`, or no detail, stands for.
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
    /// The vendor's documented rule, where recorded requests differ from it.
    pub struct DocumentedImages {
        /// An image with both sides of at most so many pixels is one tile.
        small_side: u32,
        /// The side of a tile, in pixels.
        tile_side: u32,
        /// Tokens of a tile.
        tile: u32,
        /// Tokens by resolution.
        media_resolution: MediaResolution,
    }
}

columns! {
    /// What an image costs in tokens. Which fields are there follows from the scheme.
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
        /// The scheme.
        scheme: ImageScheme,
        /// Tiles: tokens of any image.
        base: u32,
        /// Tiles: tokens of a tile.
        tile: u32,
        /// Tiles: the side of a tile, in pixels.
        tile_side: u32,
        /// Tiles: the shorter side after the shrink, in pixels.
        shortest: u32,
        /// Tiles: tokens of an image at detail `low`.
        low: u32,
        /// Tiles and patches: the longest side after the shrink, in pixels.
        longest: u32,
        /// Patches: the side of a patch, in pixels.
        side: u32,
        /// Patches: tokens of a patch.
        factor: f64,
        /// Patches: how the product is rounded.
        round: Rounding,
        /// Patches: tokens more for any image.
        more: u32,
        /// Patches: the maximum number of patches.
        patch_cap: u32,
        /// Patches: the maximum number of tokens.
        token_cap: u32,
        /// Flat: tokens of an image.
        tokens: u32,
        /// Flat: the fewest that were seen.
        lower: u32,
        /// Flat: the most that were seen.
        upper: u32,
        /// Recorded requests to this model gave the count.
        seen: bool,
        /// Tokens more for an image in a message after a tool call.
        after_call: u32,
        /// The shrink at each detail, by a public table; not measured.
        by_detail: ImageCaps,
        /// The vendor's documented rule.
        documented: DocumentedImages,
    }
}
