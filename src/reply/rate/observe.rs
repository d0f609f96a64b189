//! The host's own numbers, from its headers, and the budget's numbers for gauges.

use serde::{Deserialize, Serialize};

use super::class::{Limit, MAX_LIMITS, RateClass, UNKNOWN_AMOUNT};
use super::state::State;

/// One limit as a host's headers show it. Whatever a header did not say is `None`.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::{RateClass, Dimension};
///
/// // x-ratelimit-limit-tokens: 30000, x-ratelimit-remaining-tokens: 29000, x-ratelimit-reset-tokens: 2s
/// let dimension = Dimension::new(RateClass::Tokens).limit(30_000).remaining(29_000).reset_ms(2_000);
/// assert_eq!(dimension.window_ms, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dimension {
    /// What is limited.
    pub class: RateClass,
    /// Length of the window in milliseconds; `None` matches the budget's shortest window of the class.
    pub window_ms: Option<u64>,
    /// The limit.
    pub limit: Option<u64>,
    /// What is left of it.
    pub remaining: Option<u64>,
    /// Milliseconds until it is full again. Sets the phase of calendar windows; others follow from `remaining`.
    pub reset_ms: Option<u64>,
}

impl Dimension {
    /// A dimension of which nothing is known yet.
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
    #[must_use]
    pub fn window_ms(mut self, window_ms: u64) -> Dimension {
        self.window_ms = Some(window_ms);
        self
    }

    /// Sets the limit.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Dimension {
        self.limit = Some(limit);
        self
    }

    /// Sets what is left.
    #[must_use]
    pub fn remaining(mut self, remaining: u64) -> Dimension {
        self.remaining = Some(remaining);
        self
    }

    /// Sets the milliseconds until the limit is full again.
    #[must_use]
    pub fn reset_ms(mut self, reset_ms: u64) -> Dimension {
        self.reset_ms = Some(reset_ms);
        self
    }

    /// Corrects the matching meter; makes one for a limit that was not known.
    pub(super) fn apply(&self, now: u64, since: u64, state: &mut State) {
        let matching = state
            .meters
            .iter()
            .enumerate()
            .filter(|(_, meter)| meter.class == self.class)
            .filter(|(_, meter)| self.window_ms.is_none_or(|window| window == meter.window))
            .min_by_key(|(_, meter)| meter.window)
            .map(|(index, _)| index);
        let index = match (matching, self.limit) {
            (Some(index), _) => index,
            (None, Some(amount)) => {
                let limit = Limit::per(self.class, amount, self.window_ms.unwrap_or(60_000));
                if state.meters.len() >= MAX_LIMITS || super::class::check(&[limit]).is_err() {
                    return;
                }
                state.meter(now, &limit)
            }
            (None, None) => return,
        };
        let meter = &mut state.meters[index];
        if let Some(limit) = self.limit.filter(|limit| *limit < UNKNOWN_AMOUNT) {
            meter.set_amount(limit);
        }
        if let Some(remaining) = self.remaining {
            // Some hosts show more than the limit (Together's burst).
            meter.set_remaining(remaining.min(meter.amount().unwrap_or(remaining)), since);
        }
        if let Some(reset) = self.reset_ms {
            meter.set_window_end(now, now.saturating_add(reset));
        }
    }
}

/// A limit and its level, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Level {
    /// What is limited.
    pub class: RateClass,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
    /// The limit; `None` while it is not known.
    pub limit: Option<u64>,
    /// What is admitted at once at present.
    pub available: u64,
    /// Share of the limit that is admitted, below 1 after refusals.
    pub rate: f64,
}
