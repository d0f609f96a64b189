//! The waiting line: first come, first served.
//!
//! A request that must wait gets a place. It is admitted once the limits hold all that wait before it *and* itself, so
//! nobody waits for a predecessor to wake up, and no small request overtakes a large one that waits. A place that is not
//! asked for in time is removed: its caller is gone.

use std::collections::VecDeque;

use super::class::{Charges, RateClass};

/// A place is kept this long after the time its caller was told to come back, in milliseconds.
const GRACE_MS: u64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Line {
    places: VecDeque<Place>,
    next_id: u64,
    /// Time of the next look for places without callers.
    swept_at: u64,
}

#[derive(Debug)]
struct Place {
    id: u64,
    charges: Charges,
    expected_by: u64,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// A new place at the end.
    pub(super) fn join(&mut self, charges: Charges) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.places.push_back(Place {
            id,
            charges,
            expected_by: u64::MAX,
        });
        id
    }

    /// The caller of a place will come back at `until`.
    pub(super) fn expect(&mut self, id: u64, until: u64) {
        if let Ok(index) = self.find(id) {
            self.places[index].expected_by = until.saturating_add(GRACE_MS);
        }
    }

    /// Number of the place from the front, and what those before it take; `None` if it was removed. Linear in the number.
    pub(super) fn before(&self, id: u64) -> Option<(usize, Charges)> {
        let index = self.find(id).ok()?;
        Some((index, total(self.places.iter().take(index))))
    }

    pub(super) fn everybody(&self) -> Charges {
        total(self.places.iter())
    }

    pub(super) fn leave(&mut self, id: u64) {
        if let Ok(index) = self.find(id) {
            self.places.remove(index);
        }
    }

    /// Removes places whose callers did not come back. Linear, at most once a second.
    pub(super) fn sweep(&mut self, now: u64) {
        if now >= self.swept_at {
            self.places.retain(|place| place.expected_by >= now);
            self.swept_at = now.saturating_add(1_000);
        }
    }

    fn find(&self, id: u64) -> Result<usize, usize> {
        // Ids grow along the line.
        self.places.binary_search_by_key(&id, |place| place.id)
    }
}

fn total<'a>(places: impl Iterator<Item = &'a Place>) -> Charges {
    let mut sum = [0u64; RateClass::ALL.len()];
    for place in places {
        for (sum, charge) in sum.iter_mut().zip(&place.charges) {
            *sum = sum.saturating_add(*charge);
        }
    }
    sum
}
