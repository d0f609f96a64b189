//! Calendar window: full again at fixed times.

#[derive(Debug, Clone)]
pub(super) struct Calendar {
    offset: u64,
    period: u64,
    used: u64,
}

impl Calendar {
    pub(super) fn new(now: u64, window: u64, offset: u64) -> Calendar {
        let offset = offset % window;
        Calendar {
            offset,
            period: period(now, window, offset),
            used: 0,
        }
    }

    pub(super) fn advance(&mut self, now: u64, window: u64) {
        let period = period(now, window, self.offset);
        if period > self.period {
            self.period = period;
            self.used = 0;
        }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn fits(&self, amount: u64, limit: u64) -> bool {
        self.used.saturating_add(amount) <= limit
    }

    pub(super) fn take(&mut self, amount: u64) {
        self.used = self.used.saturating_add(amount);
    }

    pub(super) fn give_back(&mut self, amount: u64, at: u64, window: u64) {
        if period(at, window, self.offset) == self.period {
            self.used = self.used.saturating_sub(amount);
        }
    }

    pub(super) fn free_at(&self, now: u64, amount: u64, limit: u64, window: u64) -> u64 {
        if self.fits(amount, limit) {
            return now;
        }
        if limit == 0 {
            return u64::MAX;
        }
        let next = (self.period + 1)
            .saturating_mul(window)
            .saturating_add(self.offset);
        // Times are shifted by one window, see `period`.
        let next = next.saturating_sub(window);
        let left = self.used.saturating_add(amount).saturating_sub(limit);
        let windows = left.saturating_sub(self.used.min(limit)).div_ceil(limit);
        next.saturating_add(windows.saturating_mul(window))
    }

    pub(super) fn set_used(&mut self, used: u64) {
        self.used = used;
    }

    /// Aligns the phase with the end of the window that the host states.
    pub(super) fn align(&mut self, now: u64, ends: u64, window: u64) {
        if ends > now && ends - now <= window {
            self.offset = ends % window;
            self.period = period(now, window, self.offset);
        }
    }
}

/// Returns the number of the period. A window is added so that times before the first offset need
/// no special case.
fn period(now: u64, window: u64, offset: u64) -> u64 {
    now.saturating_add(window - offset) / window
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_at_pacific_midnight() {
        const DAY: u64 = 86_400_000;
        const PACIFIC: u64 = 28_800_000;
        let noon = 20_000 * DAY + DAY / 2;
        let mut calendar = Calendar::new(noon, DAY, PACIFIC);
        calendar.take(10);
        assert_eq!(calendar.free_at(noon, 1, 10, DAY), 20_001 * DAY + PACIFIC);
        calendar.advance(20_001 * DAY + PACIFIC - 1, DAY);
        assert!(!calendar.fits(1, 10));
        calendar.advance(20_001 * DAY + PACIFIC, DAY);
        assert!(calendar.fits(10, 10));
    }
}
