//! Limits of subscriptions, stated as used shares of windows: Claude
//! (`anthropic-ratelimit-unified-*`) and Codex (`x-codex-*`).

use std::collections::BTreeMap;

use super::value::{Reset, decimal, reset};
use super::{Dim, RateLimits, Wait, WaitSource};

/// Window of a plan.
#[derive(Debug, Default)]
struct Window {
    share: Option<f64>,
    reset: Option<Reset>,
    minutes: Option<f64>,
    rejected: bool,
}

/// Headers of a plan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    claude: BTreeMap<String, Window>,
    codex: BTreeMap<String, Window>,
    /// Window that determines the overall status (Claude).
    claim: Option<String>,
    rejected: bool,
    reset: Option<Reset>,
}

/// Words of `representative-claim` for the windows. Source: recorded headers.
const CLAIMS: &[(&str, &str)] = &[("five_hour", "5h"), ("seven_day", "7d")];

impl Plan {
    /// Reads a header; returns whether it belongs to a plan.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        if let Some(rest) = name.strip_prefix("anthropic-ratelimit-unified-") {
            match rest {
                "status" => self.rejected = value.trim() == "rejected",
                "reset" => self.reset = reset(value),
                "representative-claim" => {
                    self.claim = CLAIMS
                        .iter()
                        .find(|(word, _)| *word == value.trim())
                        .map(|(_, window)| (*window).to_owned());
                }
                _ => {
                    if let Some((window, statement)) =
                        rest.split_once('-').filter(|(window, _)| is_window(window))
                    {
                        let window = self.claude.entry(window.to_owned()).or_default();
                        match statement {
                            "utilization" => window.share = decimal(value),
                            "reset" => window.reset = reset(value),
                            "status" => window.rejected = value.trim() == "rejected",
                            _ => {}
                        }
                    }
                }
            }
            return true;
        }
        let Some(rest) = name.strip_prefix("x-codex-") else {
            return false;
        };
        for which in ["primary", "secondary"] {
            let Some(statement) = rest
                .strip_prefix(which)
                .and_then(|rest| rest.strip_prefix('-'))
            else {
                continue;
            };
            let window = self.codex.entry(which.to_owned()).or_default();
            match statement {
                "used-percent" => window.share = decimal(value).map(|percent| percent / 100.0),
                "window-minutes" => window.minutes = decimal(value),
                "reset-after-seconds" => {
                    window.reset = decimal(value).map(Reset::In).or(window.reset)
                }
                "reset-at" => window.reset = window.reset.or_else(|| reset(value)),
                _ => {}
            }
        }
        true
    }

    /// Adds the windows to the limits.
    pub(super) fn add_to(&self, limits: &mut RateLimits, now: Option<f64>) {
        for (name, window) in &self.claude {
            let (length, suffix) = match name.split_once('_') {
                Some((length, suffix)) => (length, format!("_{suffix}")),
                None => (name.as_str(), String::new()),
            };
            let words = minutes(length).map_or_else(|| length.to_owned(), in_words);
            window.add_to(limits, words + &suffix, now);
        }
        for (name, window) in &self.codex {
            // The first window may be the week, so windows are named by length, not by position.
            let name = window
                .minutes
                .map_or_else(|| name.clone(), |minutes| in_words(minutes as u64));
            window.add_to(limits, name, now);
        }
    }

    /// Returns the wait of a refused request: until the window that refused it resets.
    pub(super) fn wait(&self, now: Option<f64>) -> Option<Wait> {
        let claimed = self
            .claim
            .as_ref()
            .and_then(|claim| self.claude.get(claim)?.reset);
        let claude = self.rejected.then(|| self.reset.or(claimed)).flatten();
        let full = self
            .claude
            .values()
            .chain(self.codex.values())
            .filter(|window| window.rejected || window.share.is_some_and(|share| share >= 1.0))
            .filter_map(|window| seconds(window.reset?, now))
            .max_by(f64::total_cmp);
        let seconds = claude.and_then(|reset| seconds(reset, now)).or(full)?;
        Some(Wait {
            seconds,
            source: WaitSource::Reset,
        })
    }
}

impl Window {
    fn add_to(&self, limits: &mut RateLimits, name: String, now: Option<f64>) {
        if self.share.is_none() && self.reset.is_none() {
            return;
        }
        if let Some(share) = self.share {
            limits.utilization.insert(name.clone(), share);
        }
        limits.dims.insert(
            name,
            Dim {
                reset_s: self.reset.and_then(|reset| seconds(reset, now)),
                window_s: self.minutes.map(|minutes| minutes * 60.0),
                ..Dim::default()
            },
        );
    }
}

fn seconds(reset: Reset, now: Option<f64>) -> Option<f64> {
    match reset {
        Reset::In(seconds) | Reset::Bare(seconds) => Some(seconds),
        Reset::At(time) => Some((time - now?).max(0.0)),
    }
}

/// Returns whether a string names a window, such as `5h`, `7d`, `7d_opus`: a number, a unit, an
/// optional subject.
fn is_window(text: &str) -> bool {
    let (length, suffix) = text.split_once('_').unwrap_or((text, ""));
    text.len() <= 24
        && minutes(length).is_some()
        && suffix
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Returns the length of `5h`, `7d`, `30m` in minutes.
fn minutes(text: &str) -> Option<u64> {
    const UNITS: &[(char, u64)] = &[('m', 1), ('h', 60), ('d', 1_440)];
    let (unit, scale) = UNITS.iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number = text.strip_suffix(*unit)?;
    let plain = (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    plain
        .then(|| number.parse::<u64>().ok())
        .flatten()
        .map(|number| number * scale)
}

/// Spells a window as Claude's `representative-claim` does: `five_hour`, `seven_day`.
fn in_words(minutes: u64) -> String {
    const NUMBERS: &[&str] = &["one", "two", "three", "four", "five", "six", "seven"];
    let (number, unit) = match minutes {
        _ if minutes > 0 && minutes.is_multiple_of(1_440) => (minutes / 1_440, "day"),
        _ if minutes > 0 && minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    match usize::try_from(number)
        .ok()
        .and_then(|number| NUMBERS.get(number.checked_sub(1)?))
    {
        Some(word) => format!("{word}_{unit}"),
        None => format!("{number}_{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_named_by_their_length() {
        assert_eq!(in_words(300), "five_hour");
        assert_eq!(in_words(10_080), "seven_day");
        assert_eq!(in_words(43_200), "30_day");
        assert!(is_window("7d_opus"));
        for text in ["status", "overage", "d", "5x", "99999d", "5h_OPUS"] {
            assert!(!is_window(text), "{text}");
        }
    }
}
