//! Sliding window: an admission counts until it leaves the window.
//!
//! 64 slots of a 63rd of the window each. An admission in slot `k` counts until slot `k + 64`
//! begins: between 63 and 64 slots later, so never shorter than the window. A log of all admissions
//! would be exact but unbounded.

const SLOTS: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Sliding {
    slots: Box<[u64; SLOTS]>,
    width: u64,
    /// Number of the newest slot since time 0, and the time of its end.
    head: u64,
    head_ends: u64,
    sum: u64,
}

impl Sliding {
    pub(super) fn new(now: u64, window: u64) -> Sliding {
        let width = window.div_ceil(SLOTS as u64 - 1);
        let head = now / width;
        Sliding {
            slots: Box::new([0; SLOTS]),
            width,
            head,
            head_ends: (head + 1).saturating_mul(width),
            sum: 0,
        }
    }

    pub(super) fn advance(&mut self, now: u64) {
        if now < self.head_ends {
            return;
        }
        let head = now / self.width;
        let steps = (head - self.head).min(SLOTS as u64);
        for step in 1..=steps {
            let slot = &mut self.slots[((self.head + step) % SLOTS as u64) as usize];
            self.sum -= *slot;
            *slot = 0;
        }
        self.head = head;
        self.head_ends = (head + 1).saturating_mul(self.width);
    }

    pub(super) fn used(&self) -> u64 {
        self.sum
    }

    pub(super) fn fits(&self, amount: u64, limit: u64) -> bool {
        self.sum.saturating_add(amount) <= limit
    }

    pub(super) fn take(&mut self, amount: u64) {
        // Bounded so that the sum of all slots cannot overflow, whatever usage a caller reports.
        let amount = amount.min((u64::MAX / 2).saturating_sub(self.sum));
        self.slots[(self.head % SLOTS as u64) as usize] += amount;
        self.sum += amount;
    }

    /// Releases an amount taken at `at`, if it still counts.
    pub(super) fn give_back(&mut self, amount: u64, at: u64) {
        let slot = at / self.width;
        if slot <= self.head && self.head - slot < SLOTS as u64 {
            let slot = &mut self.slots[(slot % SLOTS as u64) as usize];
            let amount = amount.min(*slot);
            *slot -= amount;
            self.sum -= amount;
        }
    }

    /// Returns the time at which `amount` fits if no other request is admitted. O(64).
    pub(super) fn free_at(&self, now: u64, amount: u64, limit: u64) -> u64 {
        let mut needed = self.sum.saturating_add(amount).saturating_sub(limit);
        if needed == 0 {
            return now;
        }
        if limit == 0 {
            return u64::MAX;
        }
        // More than a window can hold: skip whole windows first. Only for the estimate of a long
        // line.
        let window = self.width * (SLOTS as u64 - 1);
        let mut windows = 0;
        if needed > self.sum {
            windows = (needed - self.sum).div_ceil(limit);
            needed = self.sum;
        }
        let mut at = now;
        for age in (0..SLOTS as u64).rev() {
            let Some(number) = self.head.checked_sub(age) else {
                continue;
            };
            if needed == 0 {
                break;
            }
            let freed = self.slots[(number % SLOTS as u64) as usize];
            needed = needed.saturating_sub(freed);
            if freed > 0 {
                at = (number + SLOTS as u64).saturating_mul(self.width);
            }
        }
        at.saturating_add(windows.saturating_mul(window))
    }

    /// Sets the used amount: removes from the oldest slots, or adds to the newest.
    pub(super) fn set_used(&mut self, used: u64) {
        if used > self.sum {
            self.take(used - self.sum);
            return;
        }
        let mut surplus = self.sum - used;
        for age in (0..SLOTS as u64).rev() {
            let Some(number) = self.head.checked_sub(age) else {
                continue;
            };
            let slot = &mut self.slots[(number % SLOTS as u64) as usize];
            let removed = surplus.min(*slot);
            *slot -= removed;
            self.sum -= removed;
            surplus -= removed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_for_the_window_and_hardly_longer() {
        for window in [1, 63, 1_000, 60_000, 86_400_000] {
            let mut sliding = Sliding::new(1_000_000, window);
            sliding.take(10);
            let free = sliding.free_at(1_000_000, 1, 10);
            assert!(free >= 1_000_000 + window, "{window}");
            assert!(
                free <= 1_000_000 + window + window.div_ceil(63) + 64,
                "{window}"
            );
            sliding.advance(free - 1);
            assert!(!sliding.fits(1, 10));
            sliding.advance(free);
            assert!(sliding.fits(10, 10));
        }
    }
}
