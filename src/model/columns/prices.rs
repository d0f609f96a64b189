//! Vocabulary of the price tables.

use super::words::Word;
use super::{Column, Json, Refused, refused};

words! {
    /// Service tier that a provider sells.
    pub enum ServiceTier {
        /// Default tier of a request.
        Standard = "standard",
        /// Answered within a day.
        Batch = "batch",
        /// Cheaper and slower.
        Flex = "flex",
        /// Faster.
        Priority = "priority",
        /// A faster mode of the same model.
        Fast = "fast",
        /// A mode faster than [`Fast`](Self::Fast).
        Ultrafast = "ultrafast",
        /// Between standard and priority.
        Balanced = "balanced",
        /// Short decisions without a worded answer.
        Decisions = "decisions",
        /// Standard tier at the hours listed with the price.
        OffPeak = "off_peak",
    }
}

words! {
    /// Item that a price applies to.
    pub enum Rate {
        /// Uncached input.
        Input = "input",
        /// Input served by an implicit (or the only) prompt cache.
        CachedInput = "cached_input",
        /// Input served by an explicit prompt cache.
        ExplicitCachedInput = "explicit_cached_input",
        /// Output; includes reasoning unless that has its own price.
        Output = "output",
        /// Reasoning output.
        ReasoningOutput = "reasoning_output",
        /// Audio input.
        AudioInput = "audio_input",
        /// Audio input served by the prompt cache.
        AudioCachedInput = "audio_cached_input",
        /// Audio output.
        AudioOutput = "audio_output",
        /// Image input.
        ImageInput = "image_input",
        /// Image input served by the prompt cache.
        ImageCachedInput = "image_cached_input",
        /// Image output.
        ImageOutput = "image_output",
        /// Video input.
        VideoInput = "video_input",
        /// Write to the prompt cache for five minutes.
        CacheWrite5m = "5m",
        /// Write to the prompt cache for thirty minutes.
        CacheWrite30m = "30m",
        /// Write to the prompt cache for one hour.
        CacheWrite1h = "1h",
        /// Write to the prompt cache for twelve hours.
        CacheWrite12h = "12h",
        /// Write to the prompt cache, if no source states the lifetime.
        CacheWriteAny = "any",
    }
}

impl Rate {
    /// Prices that a table lists under `cache_write`.
    pub(crate) const CACHE_WRITES: &'static [Rate] = &[
        Rate::CacheWrite5m,
        Rate::CacheWrite30m,
        Rate::CacheWrite1h,
        Rate::CacheWrite12h,
        Rate::CacheWriteAny,
    ];
}

columns! {
    /// Factors on all prices of a request served in a region.
    pub struct RegionalFactors {
        /// At an endpoint of the European Union.
        eu: f64,
        /// At an endpoint of the United States.
        us: f64,
        /// At a FedRAMP endpoint.
        fedramp: f64,
        /// At any regional endpoint of a cloud.
        regional_endpoint: f64,
    }
}
