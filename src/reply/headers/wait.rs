//! Headers that ask for a wait, and how far they are trusted.

use super::value;

/// Longest wait that OpenAI's client honours, in seconds; a longer one is for the caller to decide.
/// Source: openai-python 3.57.
pub(in crate::reply) const CAP_SECONDS: u32 = 120;

/// How a wait was found, most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitSource {
    /// `retry-after-ms` or another header in milliseconds.
    Milliseconds,
    /// `retry-after`, in seconds or as a date.
    RetryAfter,
    /// The reset of a limit of which nothing is left.
    Reset,
}

/// A wait that the headers ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Wait {
    /// Seconds from the response on.
    pub seconds: f64,
    /// How it was found.
    pub source: WaitSource,
}

impl Wait {
    /// Whether the wait is longer than clients honour (120 s): rather use another model, or give up.
    pub fn is_over_cap(&self) -> bool {
        self.seconds > f64::from(CAP_SECONDS)
    }
}

/// Headers that ask for a wait.
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
    /// Reads a header; says whether it is one of these.
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

    /// Milliseconds go before seconds, unless they are 0 (Azure sends 0 beside 1 second). Nothing on a success.
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
