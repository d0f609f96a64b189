//! Calendar days.
//!
//! Shared with `build/main.rs`, which writes the dates of the registry.

use std::fmt;
use std::num::NonZeroU32;

/// Calendar day, written `YYYY-MM-DD`. Days are ordered by time.
///
/// The library reads no clock: pass today's date for answers about today.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Day;
///
/// let day: Day = "2026-12-01".parse()?;
/// assert_eq!(day.to_string(), "2026-12-01");
/// assert_eq!((day.year(), day.month(), day.day()), (2026, 12, 1));
/// assert!(day < Day::new(2027, 1, 1).expect("a day"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
// The digits as one number, 20261201: it sorts by time, and an `Option` takes no extra space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(NonZeroU32);

impl Day {
    /// Creates a day; `None` if the calendar does not have it or its year does not have four
    /// digits.
    ///
    /// ```
    /// use tokenfit::model::Day;
    ///
    /// assert!(Day::new(2028, 2, 29).is_some());
    /// assert!(Day::new(2026, 2, 29).is_none());
    /// ```
    pub const fn new(year: u32, month: u32, day: u32) -> Option<Day> {
        if year < 1 || year > 9_999 || month < 1 || month > 12 {
            return None;
        }
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < 1 || day > days {
            return None;
        }
        Day::from_digits(year * 10_000 + month * 100 + day)
    }

    /// Creates the day of a number such as 20261201, as in the registry's tables.
    pub(crate) const fn from_digits(digits: u32) -> Option<Day> {
        match NonZeroU32::new(digits) {
            Some(digits) => Some(Day(digits)),
            None => None,
        }
    }

    /// Returns the day as a number such as 20261201.
    pub(crate) const fn digits(self) -> u32 {
        self.0.get()
    }

    /// Parses `YYYY-MM-DD`.
    pub(crate) fn of(text: &str) -> Option<Day> {
        let number = |range: std::ops::Range<usize>| {
            text.get(range)
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|digits| digits.parse::<u32>().ok())
        };
        let bytes = text.as_bytes();
        (bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-').then_some(())?;
        Day::new(number(0..4)?, number(5..7)?, number(8..10)?)
    }

    /// Returns the day of a time in milliseconds since 1970. `None` after the year 9999.
    // The days of a year that begins in March:
    // <https://howardhinnant.github.io/date_algorithms.html>, `civil_from_days`.
    pub(crate) fn of_milliseconds(at: u64) -> Option<Day> {
        let days = at / 86_400_000 + 719_468;
        let era = days / 146_097;
        let of_era = days % 146_097;
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march + 2) / 5 + 1;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = u32::try_from(year + era * 400 + u64::from(month <= 2)).ok()?;
        Day::new(year, month as u32, day as u32)
    }

    /// Returns whether a string is a day, or a month `YYYY-MM`.
    pub(crate) fn or_month_is(text: &str) -> bool {
        Day::of(text).is_some() || text.len() == 7 && Day::of(&format!("{text}-01")).is_some()
    }

    /// Returns the year.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::Day::new(2026, 12, 1).map(|day| day.year()), Some(2026));
    /// ```
    pub const fn year(self) -> u32 {
        self.digits() / 10_000
    }

    /// Returns the month, from 1.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::Day::new(2026, 12, 1).map(|day| day.month()), Some(12));
    /// ```
    pub const fn month(self) -> u32 {
        self.digits() / 100 % 100
    }

    /// Returns the day of the month, from 1.
    ///
    /// ```
    /// assert_eq!(tokenfit::model::Day::new(2026, 12, 1).map(|day| day.day()), Some(1));
    /// ```
    pub const fn day(self) -> u32 {
        self.digits() % 100
    }

    /// Returns the day of the week: 1 is Monday, 7 is Sunday (ISO 8601).
    ///
    /// ```
    /// // A Saturday.
    /// assert_eq!(tokenfit::model::Day::new(2026, 11, 28).map(|day| day.weekday()), Some(6));
    /// ```
    pub const fn weekday(self) -> u32 {
        // Sakamoto's method, with Sunday as 0.
        const SHIFTS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = if self.month() < 3 {
            self.year() - 1
        } else {
            self.year()
        };
        let days = year + year / 4 - year / 100
            + year / 400
            + SHIFTS[self.month() as usize - 1]
            + self.day();
        match days % 7 {
            0 => 7,
            day => day,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_milliseconds() {
        let day = |days: u64| Day::of_milliseconds(days * 86_400_000 + 86_399_999);
        assert_eq!(day(0), Day::new(1970, 1, 1));
        assert_eq!(day(11_016), Day::new(2000, 2, 29));
        assert_eq!(day(20_786), Day::new(2026, 11, 29));
        assert_eq!(day(2_932_896), Day::new(9999, 12, 31));
        assert_eq!(day(2_932_897), None);
        assert_eq!(Day::of_milliseconds(u64::MAX), None);
    }

    #[test]
    fn days_are_days_of_the_calendar() {
        for (text, weekday) in [
            ("2026-11-22", 7),
            ("2024-02-29", 4),
            ("2000-02-29", 2),
            ("1999-12-31", 5),
            ("2027-01-01", 5),
        ] {
            let day = Day::of(text).expect(text);
            assert_eq!(day.to_string(), text);
            assert_eq!(day.weekday(), weekday, "{text}");
        }
        for text in [
            "",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-01",
            "2026-01-00",
            "22.11.2026",
            "2026-11-2x",
            "\u{e4}026-1-22",
            "0000-01-01",
        ] {
            assert_eq!(Day::of(text), None, "{text}");
        }
    }
}
