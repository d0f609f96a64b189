//! Numbers from the host's headers, and the budget's own numbers for gauges.

use serde::{Deserialize, Serialize};

use super::class::RateClass;

/// One limit as stated by a host's headers. Values not stated are `None`.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::{RateClass, Dimension};
///
/// // x-ratelimit-limit-tokens: 30000, x-ratelimit-remaining-tokens: 29000, x-ratelimit-reset-tokens: 2s
/// let dimension = Dimension::new(RateClass::Tokens).limit(30_000).remaining(29_000).reset_ms(2_000);
/// assert_eq!(dimension.window_ms, None);
/// assert_eq!(dimension.window_ms(60_000).window_ms, Some(60_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dimension {
    /// Class of the limit.
    pub class: RateClass,
    /// Length of the window in milliseconds; `None` matches the budget's shortest window of the
    /// class.
    pub window_ms: Option<u64>,
    /// Amount of the limit.
    pub limit: Option<u64>,
    /// Remaining amount.
    pub remaining: Option<u64>,
    /// Milliseconds until it is full again. Sets the phase of calendar windows; others follow from
    /// `remaining`.
    pub reset_ms: Option<u64>,
}

impl Dimension {
    /// Creates a dimension without any values.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Dimension, RateClass};
    /// let dimension = Dimension::new(RateClass::Tokens);
    /// assert_eq!((dimension.limit, dimension.remaining), (None, None));
    /// ```
    pub fn new(class: RateClass) -> Dimension {
        Dimension {
            class,
            window_ms: None,
            limit: None,
            remaining: None,
            reset_ms: None,
        }
    }

    /// Sets the length of the window in milliseconds.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Dimension, RateClass};
    /// assert_eq!(Dimension::new(RateClass::Tokens).window_ms(60_000).window_ms, Some(60_000));
    /// ```
    #[must_use]
    pub fn window_ms(mut self, window_ms: u64) -> Dimension {
        self.window_ms = Some(window_ms);
        self
    }

    /// Sets the limit: the amount per window.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Dimension, RateClass};
    /// assert_eq!(Dimension::new(RateClass::Tokens).limit(30_000).limit, Some(30_000));
    /// ```
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Dimension {
        self.limit = Some(limit);
        self
    }

    /// Sets the remaining amount.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Dimension, RateClass};
    /// assert_eq!(Dimension::new(RateClass::Tokens).remaining(29_000).remaining, Some(29_000));
    /// ```
    #[must_use]
    pub fn remaining(mut self, remaining: u64) -> Dimension {
        self.remaining = Some(remaining);
        self
    }

    /// Sets the milliseconds until the limit is full again.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Dimension, RateClass};
    /// assert_eq!(Dimension::new(RateClass::Tokens).reset_ms(2_000).reset_ms, Some(2_000));
    /// ```
    #[must_use]
    pub fn reset_ms(mut self, reset_ms: u64) -> Dimension {
        self.reset_ms = Some(reset_ms);
        self
    }
}

/// Limit and its level, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Level {
    /// Class of the limit.
    pub class: RateClass,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
    /// Amount of the limit; `None` while it is unknown.
    pub limit: Option<u64>,
    /// Amount that can be admitted now.
    pub available: u64,
    /// Share of the limit that is admitted, below 1 after refusals.
    pub rate: f64,
}
