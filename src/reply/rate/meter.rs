//! Meter of one limit: admission, the time of free capacity, and corrections from the host's
//! headers.

use super::adapt::Adapt;
use super::bucket::Bucket;
use super::calendar::Calendar;
use super::class::{Limit, RateClass, Refill, UNKNOWN_AMOUNT};
use super::sliding::Sliding;

/// Unused part of every limit, in percent. Requests reach the host faster or slower than one
/// another: of a limit per minute, 2 % are 1.2 s of difference. Simulated: without it, 0.06 % of
/// the requests are refused.
pub(super) const HEADROOM_PERCENT: u64 = 2;

/// Interval in milliseconds at which a request that waits for an open slot asks again.
const CONCURRENCY_POLL_MS: u64 = 50;

#[derive(Debug, Clone)]
pub(super) struct Meter {
    pub(super) class: RateClass,
    pub(super) window: u64,
    /// Amount of the limit, configured or learned.
    amount: u64,
    /// Share of the limit that belongs to this budget, in percent.
    share: u64,
    /// Amount that is currently admitted.
    effective: u64,
    adapt: Adapt,
    level: Level,
}

#[derive(Debug, Clone)]
enum Level {
    Continuous(Bucket),
    Sliding(Sliding),
    Calendar(Calendar),
    /// Open requests.
    Concurrency(u64),
}

impl Meter {
    pub(super) fn new(now: u64, limit: &Limit, default: Refill) -> Meter {
        let unknown = limit.amount == UNKNOWN_AMOUNT;
        let level = match limit.refill.unwrap_or(default) {
            _ if limit.class == RateClass::Concurrency => Level::Concurrency(0),
            _ if unknown => Level::Sliding(Sliding::new(now, limit.window_ms)),
            Refill::Continuous => {
                Level::Continuous(Bucket::full(now, limit.amount, limit.window_ms))
            }
            Refill::Sliding => Level::Sliding(Sliding::new(now, limit.window_ms)),
            Refill::Calendar { offset_ms } => {
                Level::Calendar(Calendar::new(now, limit.window_ms, offset_ms))
            }
        };
        Meter {
            class: limit.class,
            window: limit.window_ms,
            amount: limit.amount,
            share: 100,
            effective: limit.amount,
            adapt: Adapt::default(),
            level,
        }
        .shared(100)
    }

    /// Restricts the meter to a share of the limit, in percent.
    pub(super) fn shared(mut self, percent: u64) -> Meter {
        self.share = percent.clamp(1, 100);
        self.apply_rate();
        self
    }

    /// Returns the limit, configured or learned; `None` while it is unknown.
    pub(super) fn amount(&self) -> Option<u64> {
        (self.amount != UNKNOWN_AMOUNT).then_some(self.amount)
    }

    pub(super) fn rate(&self) -> f64 {
        self.adapt.rate()
    }

    pub(super) fn advance(&mut self, now: u64) {
        match &mut self.level {
            Level::Continuous(bucket) => bucket.advance(now, self.effective, self.window),
            Level::Sliding(sliding) => sliding.advance(now),
            Level::Calendar(calendar) => calendar.advance(now, self.window),
            Level::Concurrency(_) => {}
        }
        if self.adapt.grow(now) {
            self.apply_rate();
        }
    }

    /// Returns whether waiting cannot help, because `amount` exceeds the whole limit.
    pub(super) fn never(&self, amount: u64) -> bool {
        amount > self.amount
    }

    /// Returns whether a request fits after those waiting before it.
    pub(super) fn fits(&self, ahead: u64, own: u64) -> bool {
        // A request between the currently admitted amount and the whole limit passes if no other is
        // counted.
        let amount = own.min(self.effective).saturating_add(ahead);
        match &self.level {
            Level::Continuous(bucket) => bucket.fits(amount, self.window),
            Level::Sliding(sliding) => sliding.fits(amount, self.effective),
            Level::Calendar(calendar) => calendar.fits(amount, self.effective),
            Level::Concurrency(open) => open.saturating_add(amount) <= self.effective,
        }
    }

    pub(super) fn take(&mut self, amount: u64) {
        match &mut self.level {
            Level::Continuous(bucket) => bucket.take(amount, self.window),
            Level::Sliding(sliding) => sliding.take(amount),
            Level::Calendar(calendar) => calendar.take(amount),
            Level::Concurrency(open) => *open = open.saturating_add(amount),
        }
    }

    /// Releases an amount taken at `at`, as far as it still counts.
    pub(super) fn give_back(&mut self, amount: u64, at: u64) {
        match &mut self.level {
            Level::Continuous(bucket) => bucket.give_back(amount, self.effective, self.window),
            Level::Sliding(sliding) => sliding.give_back(amount, at),
            Level::Calendar(calendar) => calendar.give_back(amount, at, self.window),
            Level::Concurrency(open) => *open = open.saturating_sub(amount),
        }
    }

    /// Returns the time at which a request fits after those waiting before it, if no other is
    /// admitted. Returns the end of time if those before it alone exceed the limit.
    pub(super) fn free_at(&self, now: u64, ahead: u64, own: u64) -> u64 {
        let amount = own.min(self.effective).saturating_add(ahead);
        if amount > self.effective {
            return u64::MAX;
        }
        match &self.level {
            Level::Continuous(bucket) => bucket.free_at(amount, self.effective, self.window),
            Level::Sliding(sliding) => sliding.free_at(now, amount, self.effective),
            Level::Calendar(calendar) => calendar.free_at(now, amount, self.effective, self.window),
            Level::Concurrency(_) if self.fits(ahead, own) => now,
            Level::Concurrency(_) => now.saturating_add(CONCURRENCY_POLL_MS),
        }
    }

    pub(super) fn available(&self) -> u64 {
        match &self.level {
            Level::Continuous(bucket) => bucket.available(self.window),
            Level::Sliding(sliding) => self.effective.saturating_sub(sliding.used()),
            Level::Calendar(calendar) => self.effective.saturating_sub(calendar.used()),
            Level::Concurrency(open) => self.effective.saturating_sub(*open),
        }
    }

    /// Applies the host's own limit. If it differs from the assumed one, adaptation starts again.
    pub(super) fn set_amount(&mut self, amount: u64) {
        if amount != self.amount && amount < UNKNOWN_AMOUNT {
            self.amount = amount;
            self.adapt.reset();
            self.apply_rate();
        }
    }

    /// Applies the host's own remaining amount, from an answer to a request after which `since`
    /// more were admitted here. The host may have counted none of those, or all: the available
    /// amount is between `remaining - since` and `remaining`. A sliding window is only lowered, so
    /// that it holds in every window whatever the host states.
    pub(super) fn set_remaining(&mut self, remaining: u64, since: u64) {
        if self.class == RateClass::Concurrency || self.amount == UNKNOWN_AMOUNT {
            return;
        }
        let now = self.available();
        let share = |amount: u64, percent| (u128::from(amount) * u128::from(percent) / 100) as u64;
        let highest = share(remaining, self.share);
        let headroom = share(share(self.amount, self.share), HEADROOM_PERCENT);
        let lowest = match &self.level {
            // An amount raised here would be freed a second time when it leaves the window.
            Level::Sliding(_) => 0,
            _ => highest.saturating_sub(headroom).saturating_sub(since),
        };
        let corrected = now.clamp(lowest, highest);
        if corrected != now {
            self.set_available(corrected);
        }
    }

    /// Aligns a calendar window with the host's.
    pub(super) fn set_window_end(&mut self, now: u64, ends: u64) {
        if let Level::Calendar(calendar) = &mut self.level {
            calendar.align(now, ends, self.window);
        }
    }

    /// Records that the host refused a request admitted at `admitted` because of this limit.
    pub(super) fn refused(&mut self, now: u64, admitted: u64) {
        if self.amount == UNKNOWN_AMOUNT {
            // The first refusal teaches the limit: the amount that the window accepted. The host
            // may count slightly less.
            if let Level::Sliding(sliding) = &self.level {
                self.amount = sliding.used().max(1);
                self.apply_rate();
            }
            return;
        }
        let usable = self.usable();
        let seen = match &self.level {
            // The window holds the accepted amount, which is close to the host's limit.
            Level::Sliding(sliding) => Some(sliding.used() as f64 / usable.max(1) as f64),
            _ => None,
        };
        if self.adapt.cut(now, admitted, seen) {
            self.apply_rate();
        }
        if let Level::Continuous(_) = self.level {
            self.set_available(0);
        }
    }

    fn set_available(&mut self, available: u64) {
        let used = self.effective.saturating_sub(available);
        match &mut self.level {
            Level::Continuous(bucket) => {
                bucket.set_available(available, self.effective, self.window)
            }
            Level::Sliding(sliding) => sliding.set_used(used),
            Level::Calendar(calendar) => calendar.set_used(used),
            Level::Concurrency(_) => {}
        }
    }

    /// Returns the amount that is admitted if no request was refused.
    fn usable(&self) -> u64 {
        if self.amount == UNKNOWN_AMOUNT {
            return self.amount;
        }
        // Rounded up: a limit of 3 requests remains 3.
        let percent = match self.class {
            RateClass::Concurrency => 100,
            _ => 100 - HEADROOM_PERCENT,
        };
        let usable = (u128::from(self.amount) * u128::from(self.share * percent)).div_ceil(10_000);
        u64::try_from(usable).unwrap_or(u64::MAX).min(self.amount)
    }

    fn apply_rate(&mut self) {
        let old = self.effective;
        let usable = self.usable();
        self.effective = match self.adapt.rate() {
            rate if rate >= 1.0 => usable,
            // At least 1, so that a small limit still admits a probe.
            rate => ((usable as f64 * rate) as u64).max(1).min(usable),
        };
        if let Level::Continuous(bucket) = &mut self.level {
            bucket.resize(old, self.effective, self.window);
        }
    }
}
