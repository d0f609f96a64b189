//! Values of rate-limit headers: counts, durations, points in time.
//!
//! A masked or unreadable value gives `None`, never 0. No value overflows.

use std::time::{Duration, UNIX_EPOCH};

/// Counts from here on mean "no limit" (Hugging Face sends 9223372036854767616).
const NO_LIMIT: f64 = (1u64 << 62) as f64;

/// Count in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Of(u64),
    /// Too large to be a limit. Keeps the number as stated.
    Unlimited(u64),
}

/// Reads a count: `4000`, `33333.333333333336`, `100, 100;w=60`. Negative numbers are placeholders.
pub(super) fn count(text: &str) -> Option<Count> {
    let first = text.split([',', ';']).next().unwrap_or("").trim();
    let number = decimal(first)?;
    if number >= NO_LIMIT {
        return Some(Count::Unlimited(number as u64));
    }
    Some(Count::Of(number as u64))
}

/// Reads a plain number without a sign, such as `86400` or `20458.83249258995`.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.len() <= 40
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

/// Units of Go durations, in seconds. Longer names first.
const UNITS: &[(&str, f64)] = &[
    ("ms", 1e-3),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ns", 1e-9),
    ("d", 86_400.0),
    ("h", 3_600.0),
    ("m", 60.0),
    ("s", 1.0),
];

/// Reads a Go duration: `17ms`, `6m0s`, `1m26.4s`.
pub(super) fn go_duration(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|&end| end > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, scale) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        // Divide by whole numbers, so that 110ms is the float nearest to 0.11.
        seconds += if *scale < 1.0 {
            number / (1.0 / scale).round()
        } else {
            number * scale
        };
    }
    Some(seconds)
}

/// Reads an HTTP date as seconds since 1970.
pub(super) fn http_date(text: &str) -> Option<f64> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let since: Duration = time.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs_f64())
}

/// Reads an RFC 3339 time as seconds since 1970.
pub(super) fn rfc3339(text: &str) -> Option<f64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if !text.is_ascii() || text.len() < 20 || text.len() > 40 {
        return None;
    }
    let separators = bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    if !separators {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = &text[from..to];
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten()
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 24
        || minute > 59
        || second > 60
    {
        return None;
    }
    let zone_at = text[19..].find(['Z', 'z', '+', '-'])? + 19;
    let fraction: f64 = match &text[19..zone_at] {
        "" => 0.0,
        fraction => format!("0{fraction}").parse().ok()?,
    };
    let zone = &text[zone_at..];
    let offset = match zone {
        "Z" | "z" => 0,
        _ if zone.len() == 6 && zone.as_bytes()[3] == b':' => {
            let minutes =
                number(zone_at + 1, zone_at + 3)? * 60 + number(zone_at + 4, zone_at + 6)?;
            if zone.starts_with('-') {
                -minutes
            } else {
                minutes
            }
        }
        _ => return None,
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset * 60;
    Some(seconds as f64 + fraction)
}

/// Returns the days since 1970-01-01 in the Gregorian calendar. Source: Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Reset as stated by the header.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reset {
    /// In this many seconds.
    In(f64),
    /// A number without a unit that may be seconds or, at Azure, milliseconds.
    Bare(f64),
    /// At this time, in seconds since 1970.
    At(f64),
}

/// Reads a reset. 10-digit numbers are seconds since 1970, 13-digit ones milliseconds; times in
/// 1970 are placeholders.
pub(super) fn reset(text: &str) -> Option<Reset> {
    let text = text.trim();
    let at = |seconds: f64| (seconds >= 365.0 * 86_400.0).then_some(Reset::At(seconds));
    if let Some(number) = decimal(text) {
        return if number >= 1e11 {
            at(number / 1_000.0)
        } else if number >= 1e9 {
            at(number)
        } else {
            Some(Reset::Bare(number))
        };
    }
    if let Some(seconds) = go_duration(text) {
        return Some(Reset::In(seconds));
    }
    at(rfc3339(text).or_else(|| http_date(text))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [
            ("17ms", 0.017),
            ("1.198s", 1.198),
            ("6m0s", 360.0),
            ("1m26.4s", 86.4),
            ("0s", 0.0),
            ("2m59.56s", 179.56),
            ("7d", 604_800.0),
        ] {
            assert_eq!(go_duration(text), Some(seconds), "{text}");
        }
        for text in ["", "s", "1", "1x", "1.2.3s", "-1s", "µs", "1m2"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }

    #[test]
    fn points_in_time_are_read() {
        assert_eq!(rfc3339("2025-01-14T22:01:32Z"), Some(1_736_892_092.0));
        assert_eq!(
            rfc3339("2025-01-14T22:01:32.5+01:00"),
            Some(1_736_888_492.5)
        );
        assert_eq!(
            http_date("Tue, 14 Jan 2025 22:01:32 GMT"),
            Some(1_736_892_092.0)
        );
        assert_eq!(reset("1970-01-01T00:00:00Z"), None);
        assert_eq!(reset("1777420800000"), Some(Reset::At(1_777_420_800.0)));
        for text in [
            "2025-13-01T00:00:00Z",
            "2025-01-14T22:01:32",
            "2025-01-14T22:01:32+1",
            "ä",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn counts_do_not_overflow() {
        assert_eq!(count("33333.333333333336"), Some(Count::Of(33_333)));
        assert_eq!(
            count("9223372036854767616"),
            Some(Count::Unlimited(9_223_372_036_854_767_616))
        );
        assert_eq!(count(&"9".repeat(40)), Some(Count::Unlimited(u64::MAX)));
        assert_eq!(count("-1"), None);
        assert_eq!(count("XXX"), None);
        assert_eq!(count("100, 100;w=60"), Some(Count::Of(100)));
    }
}
