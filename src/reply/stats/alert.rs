//! Alert rules: threshold, minimum count, hysteresis.
//!
//! A rule fires when **every** minute of the window that has records is above its threshold and the
//! window has enough records; it clears when every such minute is below 80 % of the threshold.
//! Between the two the state does not change. So one bad minute or three calls at night raise no
//! alert, and a rate near the threshold does not flap.

use serde::{Deserialize, Serialize};

use super::bucket::Bucket;

/// Below this share of the threshold an alert ends.
const CLEAR: f64 = 0.8;

/// Quantity that a rule compares with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// Share of **calls** that failed.
    CallErrors,
    /// Share of **sends** that failed.
    SendErrors,
    /// Share of sends that a rate limit refused.
    Throttled,
    /// Share of sends that the server failed.
    ServerErrors,
    /// 99th percentile of the duration of good sends, in milliseconds.
    DurationP99,
    /// 99th percentile of the time to the first chunk, in milliseconds.
    FirstChunkP99,
    /// Share of calls whose retries were spent.
    Exhausted,
}

impl Measure {
    /// Returns the measure as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::stats::Measure::CallErrors.as_str(), "call_errors");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::CallErrors => "call_errors",
            Measure::SendErrors => "send_errors",
            Measure::Throttled => "throttled",
            Measure::ServerErrors => "server_errors",
            Measure::DurationP99 => "duration_p99",
            Measure::FirstChunkP99 => "first_chunk_p99",
            Measure::Exhausted => "exhausted",
        }
    }

    /// Returns the value over a minute or a whole window, and the number of its records.
    fn of(self, bucket: &Bucket) -> (f64, u64) {
        let numbers = &bucket.numbers;
        let share = |part: u64, whole: u64| (part as f64 / whole.max(1) as f64, whole);
        match self {
            Measure::CallErrors => share(numbers.calls_failed, numbers.calls),
            Measure::SendErrors => share(numbers.send_errors, numbers.sends),
            Measure::Throttled => share(numbers.sends_throttled, numbers.sends),
            Measure::ServerErrors => share(numbers.sends_server_error, numbers.sends),
            Measure::Exhausted => share(numbers.calls_exhausted, numbers.calls),
            Measure::DurationP99 => p99(&bucket.duration),
            Measure::FirstChunkP99 => p99(&bucket.first_chunk),
        }
    }
}

fn p99(timing: &super::timing::Timing) -> (f64, u64) {
    timing
        .percentiles()
        .map_or((0.0, 0), |percentiles| (percentiles.p99, percentiles.count))
}

/// Threshold for every model at every host.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::stats::{AlertRule, Measure};
///
/// let rule = AlertRule::new(Measure::Throttled, 0.10).min_count(50);
/// assert_eq!((rule.measure.as_str(), rule.min_count), ("throttled", 50));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertRule {
    /// Quantity that is compared.
    pub measure: Measure,
    /// Share from 0 to 1, or milliseconds.
    pub threshold: f64,
    /// Minimum number of records in the window for the rule to apply.
    pub min_count: u64,
}

impl AlertRule {
    /// Thresholds of a guide of 2026-04, with a minimum count that it lacks: with 3 calls one
    /// failure is 33 %.
    ///
    /// | measure | threshold |
    /// |---|---|
    /// | errors, of calls | 5 % |
    /// | 429, of sends | 10 % |
    /// | 5xx, of sends | 2 % for 5 minutes |
    /// | 99th percentile of the duration | 30 s |
    /// | retries spent, of calls | 1 % |
    ///
    /// 30 s are normal for models that reason long: set another threshold for them, or use
    /// [`Measure::FirstChunkP99`].
    pub const DEFAULTS: &'static [AlertRule] = &[
        AlertRule::new(Measure::CallErrors, 0.05),
        AlertRule::new(Measure::Throttled, 0.10),
        AlertRule::new(Measure::ServerErrors, 0.02),
        AlertRule::new(Measure::DurationP99, 30_000.0),
        AlertRule::new(Measure::Exhausted, 0.01),
    ];

    /// Creates a rule with a minimum of 20 records.
    ///
    /// ```
    /// use tokenfit::reply::stats::{AlertRule, Measure};
    ///
    /// let rule = AlertRule::new(Measure::DurationP99, 60_000.0);    // ms
    /// assert_eq!(rule.min_count, 20);
    /// ```
    pub const fn new(measure: Measure, threshold: f64) -> AlertRule {
        AlertRule {
            measure,
            threshold,
            min_count: 20,
        }
    }

    /// Sets the minimum number of records in the window for the rule to apply.
    ///
    /// ```
    /// use tokenfit::reply::stats::{AlertRule, Measure};
    ///
    /// assert_eq!(AlertRule::new(Measure::SendErrors, 0.05).min_count(100).min_count, 100);
    /// ```
    #[must_use]
    pub const fn min_count(mut self, min_count: u64) -> AlertRule {
        self.min_count = min_count;
        self
    }
}

/// Beginning or end of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlertState {
    /// The alert began.
    Firing,
    /// The alert ended.
    Cleared,
}

/// Change of an alert of one model at one host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alert {
    /// Rule of the alert.
    pub rule: AlertRule,
    /// Whether the alert began or ended.
    pub state: AlertState,
    /// Name of the host.
    pub host: String,
    /// Id of the model.
    pub model: String,
    /// Value over the window.
    pub value: f64,
    /// Number of records that the value is based on.
    pub count: u64,
    /// Time of the evaluation in milliseconds on the caller's clock.
    pub at_ms: u64,
}

/// Whether one rule fires for one series.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Firing(bool);

impl Firing {
    /// Evaluates a rule; `ended` are the minutes of the window, `window` is their sum.
    pub(super) fn evaluate(
        &mut self,
        rule: &AlertRule,
        ended: &[Option<&Bucket>],
        window: &Bucket,
    ) -> Option<(AlertState, f64, u64)> {
        let (mut above, mut below) = (true, true);
        for bucket in ended.iter().flatten() {
            let (value, count) = rule.measure.of(bucket);
            if count > 0 {
                above &= value > rule.threshold;
                below &= value < rule.threshold * CLEAR;
            }
        }
        // The window must be full: an alert needs records in its first and last minute.
        let has_records = |bucket: Option<&Option<&Bucket>>| {
            bucket
                .and_then(|bucket| *bucket)
                .is_some_and(|bucket| rule.measure.of(bucket).1 > 0)
        };
        let full = has_records(ended.first()) && has_records(ended.last());
        let (value, count) = rule.measure.of(window);
        let state = if !self.0 && above && full && count >= rule.min_count {
            AlertState::Firing
        } else if self.0 && below {
            AlertState::Cleared
        } else {
            return None;
        };
        self.0 = state == AlertState::Firing;
        Some((state, value, count))
    }
}
