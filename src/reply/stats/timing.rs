//! Percentiles of durations.

use serde::{Deserialize, Serialize};
use sketches_ddsketch::{Config, DDSketch};

/// Relative error of a percentile.
const ERROR: f64 = 0.01;
/// Maximum number of bins of a sketch: from 1 ms to more than a year at 1 %.
const MAX_BINS: u32 = 2_048;

/// Sketch that is allocated with its first value.
#[derive(Clone, Default)]
pub(super) struct Timing(Option<Box<DDSketch>>);

impl std::fmt::Debug for Timing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Timing").field(&self.percentiles()).finish()
    }
}

impl Timing {
    pub(super) fn record(&mut self, value: f64) {
        if value.is_finite() && value >= 0.0 {
            self.0
                .get_or_insert_with(|| {
                    Box::new(DDSketch::new(Config::new(ERROR, MAX_BINS, 1.0e-3)))
                })
                .add(value);
        }
    }

    pub(super) fn merge(&mut self, other: &Timing) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (None, Some(_)) => *self = other.clone(),
            // All sketches have one configuration, so merging cannot fail.
            (Some(sketch), Some(other)) => drop(sketch.merge(other)),
        }
    }

    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        self.0.as_ref()?.quantile(quantile).ok().flatten()
    }

    pub(super) fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |sketch| sketch.count() as u64)
    }

    pub(super) fn percentiles(&self) -> Option<Percentiles> {
        let sketch = self.0.as_ref()?;
        let count = self.count();
        // The sketch's own values at the ends are exact.
        let max = sketch.max()?;
        let at = |quantile| Some(self.quantile(quantile)?.min(max));
        Some(Percentiles {
            count,
            p50: at(0.5)?,
            p90: at(0.9)?,
            // With fewer than 100 values the 99th percentile is the largest.
            p99: if count < 100 { max } else { at(0.99)? },
            max,
            mean: sketch.sum()? / count as f64,
        })
    }
}

/// Percentiles of a duration in milliseconds, with a relative error of at most 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Percentiles {
    /// Number of values. Below 100, `p99` is the largest value.
    pub count: u64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Largest value; exact.
    pub max: f64,
    /// Mean; exact.
    pub mean: f64,
}
