//! Predicted against billed tokens: the error of the counts made before each call.
//!
//! A [`Ledger`] keeps a few sums for each model, host and kind of content. It holds no text and no
//! single request; it can be saved, loaded and merged with another machine's. Sums are integers, so
//! merging is exact in any order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::usage::Usage;
use crate::shown::is_name;

/// Kind of content of a request, because errors of a count differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentKind {
    /// Text messages only.
    Text,
    /// Tools, calls or results.
    Tools,
    /// A response schema.
    Schema,
    /// Images.
    Images,
    /// Audio.
    Audio,
    /// Files.
    Files,
}

/// Predicted input tokens of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prediction {
    /// Most likely number of input tokens.
    pub tokens: u64,
    /// Lower bound.
    pub lower: u64,
    /// Upper bound.
    pub upper: u64,
}

impl Prediction {
    /// Creates a prediction; bounds that exclude `tokens` are widened to include it.
    ///
    /// ```
    /// use tokenfit::reply::ledger::Prediction;
    ///
    /// assert_eq!(Prediction::new(100, 120, 110).lower, 100);
    /// ```
    pub fn new(tokens: u64, lower: u64, upper: u64) -> Prediction {
        Prediction {
            tokens,
            lower: lower.min(tokens),
            upper: upper.max(tokens),
        }
    }
}

/// Sums of one model, host and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Number of requests.
    pub count: u64,
    /// Number of requests predicted to the token.
    pub exact: u64,
    /// Number of requests billed within the predicted bounds.
    pub within_bounds: u64,
    /// Predicted tokens in total.
    pub predicted: u64,
    /// Billed tokens in total.
    pub billed: u64,
    /// Sum of billed − predicted, in parts per million of predicted.
    pub error_ppm: i64,
    /// Sum of |billed − predicted|, in parts per million of predicted.
    pub absolute_error_ppm: u64,
    /// Largest billed − predicted, in parts per million of predicted.
    pub max_over_ppm: i64,
    /// Smallest billed − predicted, in parts per million of predicted.
    pub max_under_ppm: i64,
}

/// Maximum error recorded for one request, in parts per million: a thousandfold bill.
const MAX_PPM: i64 = 1_000_000_000;

impl Entry {
    /// Returns billed over predicted tokens. `None` before the first request.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.rows().next().unwrap().entry.ratio(), Some(1.02));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn ratio(&self) -> Option<f64> {
        (self.predicted > 0).then(|| self.billed as f64 / self.predicted as f64)
    }

    /// Returns the mean relative error, positive if more was billed than predicted.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.rows().next().unwrap().entry.mean_error(), Some(0.02));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn mean_error(&self) -> Option<f64> {
        (self.count > 0).then(|| self.error_ppm as f64 / 1e6 / self.count as f64)
    }

    /// Returns the mean absolute relative error.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.rows().next().unwrap().entry.mean_absolute_error(), Some(0.02));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn mean_absolute_error(&self) -> Option<f64> {
        (self.count > 0).then(|| self.absolute_error_ppm as f64 / 1e6 / self.count as f64)
    }

    /// Returns the share of requests billed within the predicted bounds.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.rows().next().unwrap().entry.share_within_bounds(), Some(1.0));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn share_within_bounds(&self) -> Option<f64> {
        (self.count > 0).then(|| self.within_bounds as f64 / self.count as f64)
    }

    fn record(&mut self, predicted: Prediction, billed: u64) {
        let difference = i128::from(billed) - i128::from(predicted.tokens);
        let ppm = difference * 1_000_000 / i128::from(predicted.tokens.max(1));
        let ppm = i64::try_from(ppm)
            .unwrap_or(MAX_PPM)
            .clamp(-MAX_PPM, MAX_PPM);
        let within = (predicted.lower..=predicted.upper).contains(&billed);
        *self = self.merged(&Entry {
            count: 1,
            exact: u64::from(difference == 0),
            within_bounds: u64::from(within),
            predicted: predicted.tokens,
            billed,
            error_ppm: ppm,
            absolute_error_ppm: ppm.unsigned_abs(),
            max_over_ppm: ppm,
            max_under_ppm: ppm,
        });
    }

    fn merged(&self, other: &Entry) -> Entry {
        if self.count == 0 {
            return *other;
        }
        if other.count == 0 {
            return *self;
        }
        Entry {
            count: self.count.saturating_add(other.count),
            exact: self.exact.saturating_add(other.exact),
            within_bounds: self.within_bounds.saturating_add(other.within_bounds),
            predicted: self.predicted.saturating_add(other.predicted),
            billed: self.billed.saturating_add(other.billed),
            error_ppm: self.error_ppm.saturating_add(other.error_ppm),
            absolute_error_ppm: self
                .absolute_error_ppm
                .saturating_add(other.absolute_error_ppm),
            max_over_ppm: self.max_over_ppm.max(other.max_over_ppm),
            max_under_ppm: self.max_under_ppm.min(other.max_under_ppm),
        }
    }
}

/// Row of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// Model name, as given by the caller.
    pub model: String,
    /// Host name.
    pub host: String,
    /// Kind of content.
    pub kind: ContentKind,
    /// Sums of the row.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Predicted against billed tokens, by model, host and kind of content.
///
/// At most [`Ledger::MAX_ROWS`] rows are kept; further requests are counted in [`Ledger::skipped`].
/// A string that does not look like a model or host name (white space, or more than 120 bytes) is
/// skipped too, so that no text is stored.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::Ledger;
/// use tokenfit::reply::ledger::{ContentKind, Prediction};
/// use tokenfit::reply::usage::{Origin, Usage};
///
/// let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
/// let mut ledger = Ledger::default();
/// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);
///
/// let row = ledger.rows().next().expect("one was recorded");
/// assert_eq!(row.entry.within_bounds, 1);
/// assert_eq!(row.entry.mean_error(), Some(0.02));
/// assert_eq!(row.entry.mean_absolute_error(), Some(0.02));
/// assert_eq!((row.entry.ratio(), row.entry.share_within_bounds()), (Some(1.02), Some(1.0)));
/// assert_eq!(ledger.skipped(), 0);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    rows: BTreeMap<(String, String, ContentKind), Entry>,
    skipped: u64,
}

impl Ledger {
    /// Maximum number of rows.
    pub const MAX_ROWS: usize = 4_096;

    /// Records a prediction and the usage billed for it. A usage without an input count, or of a
    /// truncated stream, is not recorded, because its numbers are incomplete. Logarithmic in the
    /// number of rows.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.rows().next().unwrap().entry.billed, 102);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn record(
        &mut self,
        model: &str,
        host: &str,
        kind: ContentKind,
        predicted: Prediction,
        usage: &Usage,
    ) {
        use super::usage::Flag;
        let unusable = [Flag::NoUsage, Flag::InputUnknown, Flag::Incomplete];
        // A tool loop at the provider bills several inputs, but only one was predicted.
        if unusable.into_iter().any(|flag| usage.has(flag))
            || usage.answers().len() != 1
            || usage.context_upper_bound().is_some()
        {
            return;
        }
        self.add(model, host, kind, |entry| {
            entry.record(predicted, usage.billed_input())
        });
    }

    /// Iterates over the rows, sorted by model, host and kind.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// let row = ledger.rows().next().unwrap();
    /// assert_eq!((row.model.as_str(), row.host.as_str(), row.entry.count), ("gpt-4o", "openai", 1));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows.iter().map(|((model, host, kind), entry)| Row {
            model: model.clone(),
            host: host.clone(),
            kind: *kind,
            entry: *entry,
        })
    }

    /// Returns the number of requests not recorded, because the ledger was full or a name was
    /// unusable.
    ///
    /// ```
    /// # use tokenfit::reply::{Ledger, Usage, ledger::{ContentKind, Prediction}, usage::Origin};
    /// # let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 102, "completion_tokens": 7}}"#, &Origin::new())?;
    /// # let mut ledger = Ledger::default();
    /// ledger.record("gpt-4o", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);    // 102 billed
    /// assert_eq!(ledger.skipped(), 0);
    /// ledger.record("not a model name", "openai", ContentKind::Text, Prediction::new(100, 95, 105), &usage);
    /// assert_eq!(ledger.skipped(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Adds the rows of another ledger.
    ///
    /// ```
    /// use tokenfit::reply::Ledger;
    ///
    /// let mut ledger = Ledger::default();
    /// ledger.merge(&Ledger::default());
    /// assert_eq!(ledger.rows().count(), 0);
    /// ```
    pub fn merge(&mut self, other: &Ledger) {
        for ((model, host, kind), entry) in &other.rows {
            self.add(model, host, *kind, |mine| *mine = mine.merged(entry));
        }
        self.skipped = self.skipped.saturating_add(other.skipped);
    }

    fn add(&mut self, model: &str, host: &str, kind: ContentKind, change: impl FnOnce(&mut Entry)) {
        let key = (model.to_owned(), host.to_owned(), kind);
        let full = self.rows.len() >= Ledger::MAX_ROWS && !self.rows.contains_key(&key);
        if full || !is_name(model) || !is_name(host) {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        change(self.rows.entry(key).or_default());
    }
}

/// Serialized form.
#[derive(Serialize, Deserialize)]
struct Stored {
    rows: Vec<Row>,
    #[serde(default)]
    skipped: u64,
}

impl Serialize for Ledger {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            rows: self.rows().collect(),
            skipped: self.skipped,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Ledger, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut ledger = Ledger {
            rows: BTreeMap::new(),
            skipped: stored.skipped,
        };
        for row in stored.rows {
            ledger.add(&row.model, &row.host, row.kind, |entry| {
                *entry = entry.merged(&row.entry)
            });
        }
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_comes_back_and_merges() {
        let usage = |tokens: u64| {
            let body =
                format!(r#"{{"usage": {{"prompt_tokens": {tokens}, "completion_tokens": 1}}}}"#);
            Usage::parse(body.as_bytes(), &super::super::usage::Origin::new()).unwrap()
        };
        let mut one = Ledger::default();
        let mut other = Ledger::default();
        for (at, tokens) in [100, 90, 200, 0].into_iter().enumerate() {
            let ledger = if at % 2 == 0 { &mut one } else { &mut other };
            let predicted = Prediction::new(100, 95, 105);
            ledger.record("m", "openai", ContentKind::Text, predicted, &usage(tokens));
        }
        one.record(
            "a whole prompt",
            "openai",
            ContentKind::Text,
            Prediction::new(1, 1, 1),
            &usage(1),
        );
        assert_eq!(one.skipped(), 1);
        one.merge(&other);
        let text = serde_json::to_string(&one).unwrap();
        let back: Ledger = serde_json::from_str(&text).unwrap();
        assert_eq!(back, one);
        let entry = one.rows().next().unwrap().entry;
        assert_eq!((entry.count, entry.exact, entry.within_bounds), (4, 1, 1));
        assert_eq!(
            (entry.max_over_ppm, entry.max_under_ppm),
            (1_000_000, -1_000_000)
        );
    }
}
