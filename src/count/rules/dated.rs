//! Rules that hold from a day on.

use crate::model::Day;

/// A day on which a rule changed: the last that the old one was seen on, and the first of the new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) old_until: &'static str,
    pub(crate) new_from: &'static str,
}

impl Dated {
    /// Whether the new rule holds on a day, and whether that is known: between the two days it is not. Without a day it is
    /// the newest rule.
    pub(crate) fn holds_on(self, day: Option<Day>) -> (bool, bool) {
        let of = |text: &str| text.parse::<Day>().ok();
        match day {
            None => (true, true),
            Some(_) if of(self.new_from) <= day => (true, true),
            Some(_) => (false, day <= of(self.old_until)),
        }
    }
}
