//! Words of the price tables.

use super::words::Word;
use super::{Column, Json, Refused, refused};

words! {
    /// A service tier that a provider sells.
    pub enum ServiceTier {
        /// What a request gets that asks for nothing.
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
        /// Short decisions without an answer in words.
        Decisions = "decisions",
        /// The standard tier at hours that are listed with the price.
        OffPeak = "off_peak",
    }
}

words! {
    /// What a price is for.
    pub enum Rate {
        /// Input that is read for the first time.
        Input = "input",
        /// Input that an implicit (or the only) prompt cache serves.
        CachedInput = "cached_input",
        /// Input that an explicit prompt cache serves.
        ExplicitCachedInput = "explicit_cached_input",
        /// Output; reasoning too, unless it has a price of its own.
        Output = "output",
        /// Output of reasoning.
        ReasoningOutput = "reasoning_output",
        /// Audio input.
        AudioInput = "audio_input",
        /// Audio input that the prompt cache serves.
        AudioCachedInput = "audio_cached_input",
        /// Audio output.
        AudioOutput = "audio_output",
        /// Image input.
        ImageInput = "image_input",
        /// Image input that the prompt cache serves.
        ImageCachedInput = "image_cached_input",
        /// Image output.
        ImageOutput = "image_output",
        /// Video input.
        VideoInput = "video_input",
        /// Writing to the prompt cache, for five minutes.
        CacheWrite5m = "5m",
        /// Writing to the prompt cache, for thirty minutes.
        CacheWrite30m = "30m",
        /// Writing to the prompt cache, for one hour.
        CacheWrite1h = "1h",
        /// Writing to the prompt cache, for twelve hours.
        CacheWrite12h = "12h",
        /// Writing to the prompt cache, where no source says for how long.
        CacheWriteAny = "any",
    }
}

impl Rate {
    /// The prices that a table lists under `cache_write`.
    pub(crate) const CACHE_WRITES: &'static [Rate] = &[
        Rate::CacheWrite5m,
        Rate::CacheWrite30m,
        Rate::CacheWrite1h,
        Rate::CacheWrite12h,
        Rate::CacheWriteAny,
    ];
}

columns! {
    /// Factors on all prices of a request that a region serves.
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
