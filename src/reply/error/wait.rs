//! Durations and dates in headers, fields and sentences.

use std::time::Duration;

/// Longest plausible wait: 100 days. A larger one is a date or an id read as a duration.
const MAX_WAIT: Duration = Duration::from_secs(8_640_000);

/// Reads the duration at the beginning of a string: `644ms`, `1m47.5854s`, `9 seconds`, `58 hours`,
/// `2 days, 3 hours`, `48.93s`. A number without a unit is a duration only if `bare_seconds` says
/// that the field counts seconds.
pub(super) fn duration(text: &str, bare_seconds: bool) -> Option<Duration> {
    let bytes = text.as_bytes();
    let mut total: Option<u128> = None;
    let mut at = 0;
    loop {
        // Separators between two parts of one duration.
        let mut gap = at;
        while let Some(b' ' | b',' | b'~') = bytes.get(gap) {
            gap += 1;
        }
        if total.is_some() && text[gap..].starts_with("and ") {
            gap += 4;
        }
        let figures = bytes[gap..]
            .iter()
            .position(|b| !b.is_ascii_digit() && *b != b'.')
            .unwrap_or(bytes.len() - gap);
        let number = text[gap..gap + figures].trim_end_matches('.');
        if number.is_empty() || !number.as_bytes()[0].is_ascii_digit() {
            break;
        }
        let mut unit_at = gap + figures;
        if bytes.get(unit_at) == Some(&b' ') {
            unit_at += 1;
        }
        let letters = bytes[unit_at..]
            .iter()
            .position(|b| !b.is_ascii_alphabetic())
            .unwrap_or(bytes.len() - unit_at);
        let unit = unit(&text[unit_at..unit_at + letters]);
        let nanos = match unit {
            Some(unit) => nanos(number, unit)?,
            None if bare_seconds && total.is_none() => {
                return checked(nanos(number, 1_000_000_000)?);
            }
            None => break,
        };
        total = Some(total.unwrap_or(0).saturating_add(nanos));
        at = unit_at + letters;
    }
    checked(total?)
}

fn checked(nanos: u128) -> Option<Duration> {
    let wait = Duration::from_nanos(u64::try_from(nanos).ok()?);
    (wait <= MAX_WAIT).then_some(wait)
}

/// Returns a wait in seconds if it is short enough to be plausible.
pub(super) fn believed(seconds: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds).ok()?;
    (wait <= MAX_WAIT).then_some(wait)
}

/// Returns the nanoseconds of a unit.
fn unit(word: &str) -> Option<u128> {
    const UNITS: &[(u128, &[&str])] = &[
        (
            1_000_000,
            &["ms", "msec", "msecs", "millisecond", "milliseconds"],
        ),
        (1_000, &["us"]),
        (1_000_000_000, &["s", "sec", "secs", "second", "seconds"]),
        (60_000_000_000, &["m", "min", "mins", "minute", "minutes"]),
        (3_600_000_000_000, &["h", "hr", "hrs", "hour", "hours"]),
        (86_400_000_000_000, &["d", "day", "days"]),
        (604_800_000_000_000, &["w", "week", "weeks"]),
    ];
    UNITS
        .iter()
        .find(|(_, words)| words.iter().any(|w| word.eq_ignore_ascii_case(w)))
        .map(|(nanos, _)| *nanos)
}

/// Multiplies a decimal number by a unit, exactly; digits past the nanosecond are dropped.
fn nanos(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u128 = whole.parse::<u64>().ok()?.into();
    let fraction = &fraction[..fraction.len().min(15)];
    let part = match fraction {
        "" => 0,
        digits => u128::from(digits.parse::<u64>().ok()?) * unit / 10_u128.pow(digits.len() as u32),
    };
    Some(whole.checked_mul(unit)? + part)
}

/// Reads seconds written as a decimal number.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    text.bytes()
        .all(|b| b.is_ascii_digit() || b == b'.')
        .then(|| nanos(text, 1_000_000_000))
        .flatten()
        .and_then(checked)
}

/// Reads a header's date (the three forms of HTTP) as seconds since 1970.
pub(super) fn http_date(text: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs())
}

/// Reads the date at the beginning of a string as seconds since 1970, if it names its zone:
/// `2026-04-01T00:00:00Z`, `2026-04-01 at 00:00 UTC`. A date without a zone is not a point in time.
pub(super) fn date(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let number = |from: usize, len: usize| -> Option<u64> {
        let digits = text.get(from..from + len)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    if bytes[4] != b'-'
        || bytes[7] != b'-'
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    let rest = &text[10..];
    let rest = rest
        .strip_prefix(" at ")
        .or_else(|| rest.strip_prefix([' ', 'T', 't']))?;
    let rest_at = text.len() - rest.len();
    let (hour, minute) = (number(rest_at, 2)?, number(rest_at + 3, 2)?);
    if bytes.get(rest_at + 2) != Some(&b':') || hour > 23 || minute > 59 {
        return None;
    }
    let mut at = rest_at + 5;
    let mut second = 0;
    if bytes.get(at) == Some(&b':') {
        second = number(at + 1, 2).filter(|s| *s < 60)?;
        at += 3;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
        }
    }
    let zone = text.get(at..)?.trim_start();
    let offset = match zone.as_bytes() {
        [b'Z' | b'z', ..] => 0,
        [b'U', b'T', b'C', ..] | [b'G', b'M', b'T', ..] => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, minutes) = (
                zone.get(1..3)?.parse::<i64>().ok()?,
                zone.get(4..6)?.parse::<i64>().ok()?,
            );
            let offset = hours * 3_600 + minutes * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let days = days_since_1970(year, month, day)?;
    let seconds = (days * 86_400 + hour * 3_600 + minute * 60 + second) as i64 - offset;
    u64::try_from(seconds).ok()
}

/// Returns the days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let era_year = year % 400;
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = era_year * 365 + era_year / 4 - era_year / 100 + day_of_year;
    (year / 400 * 146_097 + day_of_era).checked_sub(719_468)
}

/// Reads a number that may count milliseconds (13 digits) as seconds since 1970. 0 and 1970 are
/// placeholders.
pub(super) fn unix(number: u64) -> Option<u64> {
    let seconds = if number >= 100_000_000_000 {
        number / 1_000
    } else {
        number
    };
    (seconds > 1_000_000_000).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_providers() {
        let ms = Duration::from_millis;
        for (text, wait) in [
            ("644ms.", ms(644)),
            ("9.816s. Visit", ms(9_816)),
            ("1m0.363s", ms(60_363)),
            ("9 seconds", ms(9_000)),
            ("58 hours", ms(58 * 3_600_000)),
            ("2 days, 3 hours and 1 minute", ms((51 * 60 + 1) * 60_000)),
            ("1m26.4s", ms(86_400)),
            ("6m0s", ms(360_000)),
            ("~3 hours", ms(3 * 3_600_000)),
        ] {
            assert_eq!(duration(text, false), Some(wait), "{text}");
        }
        for text in ["", "soon", "5", "3 requests", "99999999999 days", "1.2.3s"] {
            assert_eq!(duration(text, false), None, "{text}");
        }
        assert_eq!(
            duration("38.863719904s", false),
            Some(Duration::new(38, 863_719_904))
        );
        assert_eq!(duration("26", true), Some(Duration::from_secs(26)));
    }

    #[test]
    fn dates_with_a_zone() {
        assert_eq!(date("2026-04-01 at 00:00 UTC."), Some(1_775_001_600));
        assert_eq!(date("2025-06-02T15:15:48Z"), Some(1_748_877_348));
        assert_eq!(date("2025-06-02T17:15:48.5+02:00"), Some(1_748_877_348));
        assert_eq!(date("2026-04-01 00:00"), None);
        assert_eq!(date("2026-13-01T00:00:00Z"), None);
        assert_eq!(unix(1_777_420_800_000), Some(1_777_420_800));
        assert_eq!(unix(0), None);
    }
}
