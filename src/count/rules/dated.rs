//! Rules that start on a day.

use crate::model::Day;

/// Change of a rule: the last day on which the old rule was seen, and the first of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) old_until: &'static str,
    pub(crate) new_from: &'static str,
}

impl Dated {
    /// Whether the new rule applies on a day, and whether that is certain: between the two days it
    /// is not. Without a day the newest rule applies.
    pub(crate) fn holds_on(self, day: Option<Day>) -> (bool, bool) {
        let of = |text: &str| text.parse::<Day>().ok();
        match day {
            None => (true, true),
            Some(_) if of(self.new_from) <= day => (true, true),
            Some(_) => (false, day <= of(self.old_until)),
        }
    }
}
