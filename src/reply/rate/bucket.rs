//! Integer token bucket: exact, and without a division at admission.
//!
//! The level is stored as amount × window, so a millisecond adds exactly `limit`. Amounts stay
//! below 2^62 and windows below 2^35, so all products fit in 128 bits. The level can be negative: a
//! settlement may charge more than was left.

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    level: i128,
    at: u64,
}

fn scaled(amount: u64, window: u64) -> i128 {
    i128::from(amount) * i128::from(window)
}

impl Bucket {
    pub(super) fn full(now: u64, limit: u64, window: u64) -> Bucket {
        Bucket {
            level: scaled(limit, window),
            at: now,
        }
    }

    pub(super) fn advance(&mut self, now: u64, limit: u64, window: u64) {
        if now > self.at {
            let gained = i128::from(now - self.at) * i128::from(limit);
            self.level = (self.level + gained).min(scaled(limit, window));
            self.at = now;
        }
    }

    pub(super) fn fits(&self, amount: u64, window: u64) -> bool {
        scaled(amount, window) <= self.level
    }

    pub(super) fn take(&mut self, amount: u64, window: u64) {
        self.level = self.level.saturating_sub(scaled(amount, window));
    }

    pub(super) fn give_back(&mut self, amount: u64, limit: u64, window: u64) {
        self.level = self
            .level
            .saturating_add(scaled(amount, window))
            .min(scaled(limit, window));
    }

    pub(super) fn available(&self, window: u64) -> u64 {
        u64::try_from(self.level.max(0) / i128::from(window)).unwrap_or(u64::MAX)
    }

    /// Returns the time at which `amount` fits if no other request is admitted.
    pub(super) fn free_at(&self, amount: u64, limit: u64, window: u64) -> u64 {
        let missing = scaled(amount, window) - self.level;
        if missing <= 0 {
            return self.at;
        }
        if limit == 0 {
            return u64::MAX;
        }
        let wait = (missing + i128::from(limit) - 1) / i128::from(limit);
        self.at
            .saturating_add(u64::try_from(wait).unwrap_or(u64::MAX))
    }

    pub(super) fn set_available(&mut self, amount: u64, limit: u64, window: u64) {
        self.level = scaled(amount, window).min(scaled(limit, window));
    }

    /// Changes the limit and keeps the used amount.
    pub(super) fn resize(&mut self, old: u64, new: u64, window: u64) {
        self.level =
            (self.level + scaled(new, window) - scaled(old, window)).min(scaled(new, window));
    }
}
