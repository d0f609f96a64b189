//! Headers of an error: waits, the exhausted limit, whether to retry.

use std::time::Duration;

use super::kind::LimitScope;
use super::phrase::Dimension;
use super::wait;
use crate::reply::headers::Waits;

/// Facts stated by headers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Headers {
    /// Whether any header was given.
    pub(super) any: bool,
    /// `content-length: 0`.
    pub(super) empty_body: bool,
    /// `retry-after` and its variants.
    waits: Waits,
    /// Time of the server's clock.
    pub(super) date: Option<u64>,
    /// `x-should-retry`.
    pub(super) should_retry: Option<bool>,
    /// Buckets of `x-ratelimit-*` and `anthropic-ratelimit-*`.
    buckets: [Bucket; 5],
    /// Windows of a Codex subscription, `x-codex-primary-*` and `x-codex-secondary-*`. Either may
    /// be the week.
    codex: [Codex; 2],
    /// `x-amzn-errortype`.
    pub(super) aws: Option<super::codes::Code>,
}

/// One limit stated by headers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket {
    pub(super) limit: Option<u64>,
    remaining: Option<u64>,
    reset: Reset,
}

/// One window of a subscription.
#[derive(Debug, Clone, Copy, Default)]
struct Codex {
    full: bool,
    minutes: Option<u64>,
    after: Option<Duration>,
    at: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Reset {
    #[default]
    Unknown,
    In(Duration),
    At(u64),
}

impl Headers {
    /// Adds one header. Names ignore case; unreadable values are ignored.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.any = true;
        if name.len() > 64 {
            return;
        }
        let name = name.to_ascii_lowercase();
        let value = value.trim();
        if self.waits.take(&name, value) {
            return;
        }
        match name.as_str() {
            "date" => self.date = wait::http_date(value),
            "x-should-retry" => {
                self.should_retry = match value {
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                };
            }
            "content-length" => self.empty_body = value == "0",
            "x-amzn-errortype" => self.aws = super::codes::word(value),
            name if name.starts_with("x-codex-") => {
                let (window, part) = match name.strip_prefix("x-codex-primary-") {
                    Some(part) => (0, part),
                    None => (
                        1,
                        name.strip_prefix("x-codex-secondary-").unwrap_or_default(),
                    ),
                };
                let window = &mut self.codex[window];
                match part {
                    "used-percent" => {
                        window.full = value.parse::<f64>().is_ok_and(|used| used >= 100.0)
                    }
                    "window-minutes" => window.minutes = value.parse().ok(),
                    "reset-after-seconds" => window.after = wait::seconds(value),
                    "reset-at" => window.at = value.parse().ok().and_then(wait::unix),
                    _ => {}
                }
            }
            name => {
                let Some((bucket, part)) = place(name) else {
                    return;
                };
                let bucket = &mut self.buckets[bucket];
                match part {
                    Part::Limit => bucket.limit = value.parse().ok(),
                    Part::Remaining => bucket.remaining = value.parse().ok(),
                    Part::Reset => bucket.reset = reset(value),
                }
            }
        }
    }

    /// Returns the wait requested by `retry-after` and its variants; a date is relative to the
    /// server's clock, if known.
    pub(super) fn wait(&self, now: Option<u64>) -> Option<Duration> {
        let now = self.date.or(now).map(|now| now as f64);
        wait::believed(self.waits.wait(0, now)?.seconds)
    }

    /// Returns the exhausted bucket: its unit and its limit.
    pub(super) fn exhausted(&self) -> Option<(Option<Dimension>, Bucket)> {
        self.buckets
            .iter()
            .enumerate()
            .find(|(_, bucket)| bucket.remaining == Some(0) && bucket.limit.is_some_and(|l| l > 0))
            .map(|(index, bucket)| (BUCKETS[index].1, *bucket))
    }

    /// Returns the exhausted window of a subscription.
    fn full_window(&self) -> Option<&Codex> {
        self.codex
            .iter()
            .filter(|window| window.full)
            .max_by_key(|window| window.minutes)
    }

    /// Returns the scope of that window: a week is a week, shorter ones are specific to the plan.
    pub(super) fn plan_window(&self) -> Option<LimitScope> {
        Some(match self.full_window()?.minutes {
            Some(40_000..) => LimitScope::Month,
            Some(10_000..) => LimitScope::Week,
            Some(1_440) => LimitScope::Day,
            _ => LimitScope::PlanWindow,
        })
    }

    /// Returns the time at which the exhausted bucket accepts requests again.
    pub(super) fn resets_at(&self) -> Option<u64> {
        if let Some(at) = self.full_window().and_then(|w| w.at) {
            return Some(at);
        }
        match self.exhausted()?.1.reset {
            Reset::At(at) => Some(at),
            _ => None,
        }
    }

    /// Returns the wait until the exhausted bucket accepts requests again.
    pub(super) fn reset(&self, now: Option<u64>) -> Option<Duration> {
        if let Some(wait) = self.full_window().and_then(|w| w.after) {
            return Some(wait);
        }
        match self.exhausted()?.1.reset {
            Reset::In(wait) => Some(wait),
            Reset::At(at) => {
                let now = now.or(self.date)?;
                Some(Duration::from_secs(at.saturating_sub(now)))
            }
            Reset::Unknown => None,
        }
    }
}

enum Part {
    Limit,
    Remaining,
    Reset,
}

/// Buckets by the last words of the header name, most specific first.
const BUCKETS: [(&str, Option<Dimension>); 5] = [
    ("input-tokens", Some(Dimension::Tokens)),
    ("output-tokens", Some(Dimension::Tokens)),
    ("tokens", Some(Dimension::Tokens)),
    ("requests", Some(Dimension::Requests)),
    ("", None),
];

/// Finds bucket and part of a header name: `anthropic-ratelimit-input-tokens-reset`,
/// `x-ratelimit-remaining-requests`, `x-ratelimit-reset`, `x-trial-endpoint-call-limit`.
fn place(name: &str) -> Option<(usize, Part)> {
    let rest = name
        .strip_prefix("anthropic-ratelimit-")
        .or_else(|| name.strip_prefix("x-ratelimit-"))
        .or_else(|| name.strip_prefix("ratelimit-"))?;
    let (part, subject) = ["limit", "remaining", "reset"]
        .iter()
        .enumerate()
        .find_map(|(i, part)| {
            let subject = rest
                .strip_prefix(part)
                .map(|s| s.strip_prefix('-').unwrap_or(s))
                .or_else(|| rest.strip_suffix(part).and_then(|s| s.strip_suffix('-')))?;
            Some((i, subject))
        })?;
    let bucket = BUCKETS.iter().position(|(word, _)| *word == subject)?;
    Some((
        bucket,
        [Part::Limit, Part::Remaining, Part::Reset]
            .into_iter()
            .nth(part)?,
    ))
}

/// Reads a reset: RFC 3339, seconds or milliseconds since 1970, or a duration. A number without a
/// unit is not used: one host means seconds, another milliseconds.
fn reset(value: &str) -> Reset {
    if let Some(at) = wait::date(value) {
        return Reset::At(at);
    }
    if let Ok(number) = value.parse::<u64>() {
        return wait::unix(number).map_or(Reset::Unknown, Reset::At);
    }
    wait::duration(value, false).map_or(Reset::Unknown, Reset::In)
}
