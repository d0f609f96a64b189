//! Adaptation of a limit that proves wrong: it halves after a refusal, then grows back.
//!
//! After a 429 the rate halves, or falls to the rate the last window accepted if that is known and
//! higher; refusals of requests admitted before the cut do not cut again. It then grows by 5 % of
//! the full rate a second up to 90 % of the refused rate, and by 0.1 % a second beyond (the idea of
//! CUBIC: fast up to the rate that worked, slowly past it). botocore's adaptive mode cuts to 70 %
//! instead.

const CUT: f64 = 0.5;
/// The host may count slightly more than was seen here.
const BELOW_SEEN: f64 = 0.97;
const FLOOR: f64 = 0.02;
const FAST_PER_MS: f64 = 0.05 / 1_000.0;
const SLOW_PER_MS: f64 = 0.001 / 1_000.0;
const KNEE: f64 = 0.9;
/// Growth is applied in steps, so that busy budgets do not compute it on every admission.
const STEP_MS: u64 = 250;

#[derive(Debug, Clone)]
pub(super) struct Adapt {
    rate: f64,
    refused: f64,
    cut_at: u64,
    grown_at: u64,
}

impl Default for Adapt {
    fn default() -> Adapt {
        Adapt {
            rate: 1.0,
            refused: 1.0,
            cut_at: 0,
            grown_at: 0,
        }
    }
}

impl Adapt {
    /// Returns the currently admitted share of the limit.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Cuts the rate after the refusal of a request admitted at `admitted`; returns `false` if that
    /// was before the last cut. `seen` is the share of the limit that the last window accepted, if
    /// known.
    pub(super) fn cut(&mut self, now: u64, admitted: u64, seen: Option<f64>) -> bool {
        if self.rate < 1.0 && admitted <= self.cut_at {
            return false;
        }
        self.refused = seen.unwrap_or(self.rate).min(self.rate);
        self.rate = (self.rate * CUT)
            .max(self.refused * BELOW_SEEN * f64::from(u8::from(seen.is_some())))
            .max(FLOOR);
        self.cut_at = now;
        self.grown_at = now;
        true
    }

    /// Grows the rate; returns whether it changed.
    pub(super) fn grow(&mut self, now: u64) -> bool {
        if self.rate >= 1.0 || now < self.grown_at.saturating_add(STEP_MS) {
            return false;
        }
        let mut left = (now - self.grown_at) as f64;
        let knee = self.refused * KNEE;
        if self.rate < knee {
            let fast = ((knee - self.rate) / FAST_PER_MS).min(left);
            self.rate += fast * FAST_PER_MS;
            left -= fast;
        }
        self.rate = (self.rate + left * SLOW_PER_MS).min(1.0);
        self.grown_at = now;
        true
    }

    pub(super) fn reset(&mut self) {
        *self = Adapt::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_once_per_refusal_and_comes_back() {
        let mut adapt = Adapt::default();
        assert!(adapt.cut(1_000, 900, None));
        // Sent before the cut: the same event.
        assert!(!adapt.cut(1_200, 950, None));
        assert_eq!(adapt.rate(), 0.5);
        assert!(adapt.grow(9_000));
        assert!((adapt.rate() - 0.9).abs() < 0.001);
        assert!(adapt.grow(200_000));
        assert_eq!(adapt.rate(), 1.0);
    }
}
