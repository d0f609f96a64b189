//! Waiting line: first come, first served.
//!
//! A request that must wait gets a place. It is admitted once the limits can hold all requests
//! before it *and* itself, so no request waits for a predecessor to wake up, and no small request
//! overtakes a large one. A place whose caller does not return in time is removed.

use std::collections::VecDeque;

use super::class::{Charges, RateClass};

/// Time in milliseconds that a place is kept after its caller was due back.
const GRACE_MS: u64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Line {
    places: VecDeque<Place>,
    next_id: u64,
    /// Time of the next check for abandoned places.
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

    /// Adds a place at the end.
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

    /// Notes that the caller of a place is due back at `until`.
    pub(super) fn expect(&mut self, id: u64, until: u64) {
        if let Ok(index) = self.find(id) {
            self.places[index].expected_by = until.saturating_add(GRACE_MS);
        }
    }

    /// Returns the position of a place, and the consumption of those before it; `None` if it was
    /// removed. Linear in the position.
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

    /// Removes places whose callers did not return. Linear, at most once a second.
    pub(super) fn sweep(&mut self, now: u64) {
        if now >= self.swept_at {
            self.places.retain(|place| place.expected_by >= now);
            self.swept_at = now.saturating_add(1_000);
        }
    }

    fn find(&self, id: u64) -> Result<usize, usize> {
        // Ids increase along the line.
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
