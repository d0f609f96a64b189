//! Numbers at one time, for dashboards and logs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::timing::Percentiles;

/// Counts and percentiles of one series over the window.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Called, Sent, Stats};
///
/// let stats = Stats::default();
/// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
/// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
/// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
/// let numbers = stats.snapshot(3_000).total;
/// assert_eq!(numbers.throttled_rate(), Some(0.5));
/// assert_eq!(numbers.server_error_rate(), Some(0.0));
/// assert_eq!(numbers.exhaustion_rate(), Some(0.0));
/// assert_eq!(numbers.cached_share(), Some(0.5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Numbers {
    /// HTTP exchanges.
    pub sends: u64,
    /// Failed sends, for any reason.
    pub send_errors: u64,
    /// Sends refused by a rate limit: status 429, or the same inside a 200.
    pub sends_throttled: u64,
    /// Sends failed by the server: status 5xx, or the same inside a 200.
    pub sends_server_error: u64,
    /// Calls of the application.
    pub calls: u64,
    /// Failed calls.
    pub calls_failed: u64,
    /// Calls that failed because their retries were exhausted.
    pub calls_exhausted: u64,
    /// Calls that took more than one send.
    pub calls_retried: u64,
    /// Milliseconds that calls spent waiting.
    pub waited_ms: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens from the prompt cache.
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Failed sends by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Sends by HTTP status; 0 for no answer.
    pub statuses: BTreeMap<u16, u64>,
    /// Milliseconds from sending to the end of a good answer.
    pub duration: Option<Percentiles>,
    /// Milliseconds of calls, waits included.
    pub call_duration: Option<Percentiles>,
    /// Milliseconds to the first chunk of a good stream.
    pub first_chunk: Option<Percentiles>,
    /// Milliseconds per output token after the first chunk.
    pub per_output_token: Option<Percentiles>,
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Numbers {
    /// Returns the share of sends that failed; `None` without sends.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.send_error_rate(), Some(0.5));
    /// ```
    pub fn send_error_rate(&self) -> Option<f64> {
        rate(self.send_errors, self.sends)
    }

    /// Returns the share of calls that failed; `None` without calls.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.call_error_rate(), Some(0.0));
    /// ```
    pub fn call_error_rate(&self) -> Option<f64> {
        rate(self.calls_failed, self.calls)
    }

    /// Returns the share of sends that a rate limit refused; `None` without sends.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.throttled_rate(), Some(0.5));
    /// ```
    pub fn throttled_rate(&self) -> Option<f64> {
        rate(self.sends_throttled, self.sends)
    }

    /// Returns the share of sends that the server failed; `None` without sends.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.server_error_rate(), Some(0.0));
    /// ```
    pub fn server_error_rate(&self) -> Option<f64> {
        rate(self.sends_server_error, self.sends)
    }

    /// Returns the share of calls whose retries were exhausted; `None` without calls.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.exhaustion_rate(), Some(0.0));
    /// ```
    pub fn exhaustion_rate(&self) -> Option<f64> {
        rate(self.calls_exhausted, self.calls)
    }

    /// Returns the share of input tokens from the prompt cache; `None` without input.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::stats::{Called, Sent, Stats};
    /// # let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// stats.send(2_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).tokens(100, 5).cached_tokens(50));
    /// stats.call(2_000, &Called::new(Host::OpenAi, "gpt-4o", 2).ok());
    /// assert_eq!(stats.snapshot(3_000).total.cached_share(), Some(0.5));
    /// ```
    pub fn cached_share(&self) -> Option<f64> {
        rate(self.cached_tokens, self.input_tokens)
    }

    /// Adds the counts; maps and percentiles come from the buckets.
    pub(super) fn add(&mut self, other: &Numbers) {
        for (sum, part) in [
            (&mut self.sends, other.sends),
            (&mut self.send_errors, other.send_errors),
            (&mut self.sends_throttled, other.sends_throttled),
            (&mut self.sends_server_error, other.sends_server_error),
            (&mut self.calls, other.calls),
            (&mut self.calls_failed, other.calls_failed),
            (&mut self.calls_exhausted, other.calls_exhausted),
            (&mut self.calls_retried, other.calls_retried),
            (&mut self.waited_ms, other.waited_ms),
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (&mut self.output_tokens, other.output_tokens),
        ] {
            *sum = sum.saturating_add(part);
        }
    }
}

/// Numbers of one model at one host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Series {
    /// Name of the host.
    pub host: String,
    /// Id of the model; `other` for models beyond the maximum number of series.
    pub model: String,
    /// Numbers of the series.
    pub numbers: Numbers,
}

/// All numbers over the window that ends at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// End of the window, in milliseconds on the caller's clock.
    pub at_ms: u64,
    /// Length of the window in milliseconds. Its last part is the current minute.
    pub window_ms: u64,
    /// Numbers of all series together; percentiles are computed from all values, not averaged.
    pub total: Numbers,
    /// Series by host and model, in alphabetical order.
    pub series: Vec<Series>,
}
