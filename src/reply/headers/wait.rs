//! Headers that request a wait, and their precedence.

use super::value;

/// Longest wait that OpenAI's client honors, in seconds; the caller decides about longer ones.
/// Source: openai-python 3.57.
pub(in crate::reply) const CAP_SECONDS: u32 = 120;

/// Source of a wait, most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitSource {
    /// `retry-after-ms` or another header in milliseconds.
    Milliseconds,
    /// `retry-after`, in seconds or as a date.
    RetryAfter,
    /// Reset of an exhausted limit.
    Reset,
}

/// Wait requested by headers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Wait {
    /// Seconds after the response.
    pub seconds: f64,
    /// Source of the wait.
    pub source: WaitSource,
}

impl Wait {
    /// Returns whether the wait is longer than clients honor (120 s): use another model, or give
    /// up.
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    ///
    /// let limits = RateLimits::parse([("retry-after", "300")], 429, None, None);
    /// assert!(limits.wait().unwrap().is_over_cap());
    /// ```
    pub fn is_over_cap(&self) -> bool {
        self.seconds > f64::from(CAP_SECONDS)
    }
}

/// Collected headers that request a wait.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::reply) struct Waits {
    millis: Option<f64>,
    after: Option<After>,
}

#[derive(Debug, Clone, Copy)]
enum After {
    Seconds(f64),
    At(f64),
}

impl Waits {
    /// Reads a header; returns whether it is one of these.
    pub(in crate::reply) fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            // Source: OpenAI and Azure; botocore for Bedrock; Azure storage and API management.
            "retry-after-ms" | "x-amz-retry-after" | "x-ms-retry-after-ms" => {
                self.millis = value::decimal(value).or(self.millis);
                true
            }
            "retry-after" => {
                self.after = value::decimal(value)
                    .map(After::Seconds)
                    .or_else(|| value::go_duration(value).map(After::Seconds))
                    .or_else(|| {
                        value::http_date(value)
                            .or_else(|| value::rfc3339(value))
                            .map(After::At)
                    })
                    .or(self.after);
                true
            }
            _ => false,
        }
    }

    /// Returns the wait; milliseconds have precedence over seconds unless they are 0 (Azure sends 0
    /// with 1 second). `None` on a success.
    pub(in crate::reply) fn wait(&self, status: u16, now: Option<f64>) -> Option<Wait> {
        if (200..300).contains(&status) {
            return None;
        }
        if let Some(millis) = self.millis.filter(|&millis| millis > 0.0) {
            return Some(Wait {
                seconds: millis / 1_000.0,
                source: WaitSource::Milliseconds,
            });
        }
        let seconds = match self.after {
            Some(After::Seconds(seconds)) if seconds >= 1e9 => (seconds - now?).max(0.0),
            Some(After::Seconds(seconds)) => seconds,
            Some(After::At(time)) => (time - now?).max(0.0),
            None => {
                return self.millis.map(|_| Wait {
                    seconds: 0.0,
                    source: WaitSource::Milliseconds,
                });
            }
        };
        Some(Wait {
            seconds,
            source: WaitSource::RetryAfter,
        })
    }
}
