//! Learning from `usage`: how an unmeasured model is billed, and when a rule no longer holds.
//!
//! Every answer states the billed tokens of its request. A [`Calibration`] stores them with the
//! sizes of the request as numbers, for each model, host and kind of content.
//! [`Calibration::learn`] searches for a rule that explains them: the vocabulary among all that are
//! compiled in, integer constants per request, message, tool, call and result, and the rendering of
//! tools among the crate's. [`Learned::apply`] replaces counts that are not exact; an exact count
//! is never changed.
//!
//! | file | content |
//! |---|---|
//! | `shape.rs` | [`Shape`]: the structure of a request as numbers |
//! | `sizes.rs`, `column.rs` | its tokens in each vocabulary, and those of its tools, calls and schema in each rendering |
//! | `measure.rs`, `memo.rs` | how they are measured, part by part, and what was measured before |
//! | `sample.rs`, `history.rs` | one observation; the newest ones of a model, bounded |
//! | `robust.rs`, `text.rs`, `part.rs`, `parts.rs`, `rule.rs` | the search |
//! | `learned.rs`, `claim.rs` | the result, its evidence, and counts by it |
//! | `watch.rs` | exact counts that miss |
//!
//! Nothing here stores text, reads a clock or draws a random number. The result does not depend on
//! the order of observations, and merged calibrations give the same result as one that saw all
//! observations.
//!
//! ```
//! use tokenfit::learn::{Billed, Calibration};
//! use tokenfit::{Accuracy, Models, Request};
//!
//! // An unknown model: it is billed like gpt-4o, but the registry does not know that.
//! let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
//! let mut calibration = Calibration::default();
//! for (day, text) in ["Hello", "Why is the sky blue?", "naïve café", "1 + 1 = ?", "Übergrößenträger", "你好，世界",
//!                     "supercalifragilistic", "Find the nearest hospital", "x = [1, 2, 3]"].iter().enumerate() {
//!     let body = format!(r#"{{"model": "house-model", "messages": [{{"role": "user", "content": "{text}"}}]}}"#);
//!     let request = Request::parse(&body)?;
//!     let count = models.for_request(&request)?.count(&request);
//!     let billed = Billed::new(7 + tokenfit::Encoding::O200K_BASE.count(text) as u64);
//!     calibration.observe("gateway", &request, &count, billed, day as u64 * 86_400_000);
//! }
//!
//! let learned = calibration.learn();
//! let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Good morning"}]}"#)?;
//! let count = models.for_request(&request)?.count(&request);
//! assert_eq!(count.accuracy(), Accuracy::Estimated);
//! let count = learned.apply("gateway", &request, count);
//! assert_eq!((count.tokens(), count.accuracy()), (9, Accuracy::Exact));
//! # Ok::<(), tokenfit::Error>(())
//! ```

mod claim;
mod column;
mod history;
mod learned;
mod measure;
mod memo;
mod part;
mod parts;
mod robust;
mod rule;
mod sample;
mod shape;
mod sizes;
mod text;
mod watch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::count::RequestCount;
use crate::reply::Usage;
use crate::reply::usage::{Class, Flag};
use crate::request::Request;
use crate::shown::is_name;
pub use claim::Claim;
use history::History;
pub use learned::{Learned, LearnedPart, LearnedRule};
use memo::Memo;
use sample::Sample;
pub use shape::Shape;
pub use watch::{Drift, DriftCase};

/// Billed input tokens of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Billed {
    /// All billed tokens.
    pub tokens: u64,
    /// Billed tokens that a cache served.
    pub cached: u64,
}

impl Billed {
    /// Creates the bill of an answer without cached tokens.
    ///
    /// ```
    /// use tokenfit::learn::Billed;
    ///
    /// assert_eq!(Billed::new(8).cached(3), Billed::new(8).cached(3));
    /// ```
    pub fn new(tokens: u64) -> Billed {
        Billed { tokens, cached: 0 }
    }

    /// Sets the tokens that a cache served.
    ///
    /// ```
    /// # use tokenfit::learn::Billed;
    /// assert_eq!(Billed::new(1_200).cached(1_024).cached, 1_024);
    /// ```
    pub fn cached(self, cached: u64) -> Billed {
        Billed { cached, ..self }
    }

    /// Reads a usage. `None` if it does not state the input of one request: no usage, a truncated
    /// stream, or the sum of a tool loop that the provider ran.
    ///
    /// ```
    /// use tokenfit::learn::Billed;
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let usage = Usage::parse(br#"{"usage": {"prompt_tokens": 8, "completion_tokens": 9}}"#, &Origin::new())?;
    /// assert_eq!(Billed::of(&usage), Some(Billed::new(8)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of(usage: &Usage) -> Option<Billed> {
        let unusable = [Flag::NoUsage, Flag::InputUnknown, Flag::Incomplete];
        if unusable.into_iter().any(|flag| usage.has(flag))
            || usage.answers().len() != 1
            || usage.context_upper_bound().is_some()
        {
            return None;
        }
        Some(Billed {
            tokens: usage.billed_input(),
            cached: usage.tokens(Class::CacheRead),
        })
    }
}

/// Observations of billed requests, as numbers.
///
/// For each model and host it stores the newest samples of each kind of content: 32 of text, 20
/// with tools, 16 with calls, 8 with a schema, 6 with images or files. Together they take at most
/// 64 KiB per model, for at most [`MAX_MODELS`](Self::MAX_MODELS) models, and 256 KiB for sizes of
/// parts that were measured before, which are not saved. It can be saved, loaded and merged: see
/// `serde`.
///
/// See the [module](self) for an example.
#[derive(Debug, Clone, Default)]
pub struct Calibration {
    histories: BTreeMap<Key, History>,
    skipped: u64,
    memo: Memo,
}

/// Compares the observations.
impl PartialEq for Calibration {
    fn eq(&self, other: &Calibration) -> bool {
        (&self.histories, self.skipped) == (&other.histories, other.skipped)
    }
}

impl Eq for Calibration {}

/// A model at a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Key {
    model: String,
    host: String,
}

impl Key {
    fn new(model: &str, host: &str) -> Key {
        Key {
            model: model.to_owned(),
            host: host.to_owned(),
        }
    }
}

impl Calibration {
    /// Maximum number of models at hosts.
    pub const MAX_MODELS: usize = 256;

    /// Stores the billed tokens of a request. `count` is its count before it was sent, `host` names
    /// who served it (any name of yours: two tenants of one gateway can have two), `at` is in
    /// milliseconds since 1970.
    ///
    /// Ignored, and counted in [`skipped`](Self::skipped): a bill of 0 or of more than 2^32 tokens,
    /// a string that does not look like a name, a model beyond the maximum. A repeated observation
    /// changes nothing.
    ///
    /// A correct exact count is stored as a few numbers, a correct count by a learned rule with the
    /// sizes that it was counted from: about 1 µs. Any other request is measured in every
    /// vocabulary and rendering, except for parts that were measured before: linear in the request
    /// to hash, and in what is new to measure. For a request above 64 KiB only the totals are
    /// stored.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let count = models.for_request(&request)?.count(&request);
    /// let mut calibration = Calibration::default();
    /// calibration.observe("gateway", &request, &count, Billed::new(21), 1_764_288_000_000);
    /// assert_eq!(calibration.len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn observe(
        &mut self,
        host: &str,
        request: &Request<'_>,
        count: &RequestCount,
        billed: Billed,
        at: u64,
    ) {
        let key = Key::new(count.model(), host);
        let full = self.histories.len() >= Self::MAX_MODELS && !self.histories.contains_key(&key);
        let named = is_name(count.model()) && is_name(host);
        let sample = (named && !full)
            .then(|| {
                let memo = &mut self.memo;
                Sample::of(request, count, billed.tokens, billed.cached, at, memo)
            })
            .filter(Sample::is_sound);
        let Some(sample) = sample else {
            self.skipped = self.skipped.saturating_add(1);
            return;
        };
        self.histories.entry(key).or_default().add(sample);
    }

    /// Adds the observations of another calibration.
    ///
    /// ```
    /// use tokenfit::learn::Calibration;
    ///
    /// let mut calibration = Calibration::default();
    /// calibration.merge(&Calibration::default());
    /// assert_eq!((calibration.len(), calibration.skipped()), (0, 0));
    /// ```
    pub fn merge(&mut self, other: &Calibration) {
        for (key, history) in &other.histories {
            if self.histories.len() < Self::MAX_MODELS || self.histories.contains_key(key) {
                let mine = self.histories.entry(key.clone()).or_default();
                for sample in history.samples() {
                    mine.add(sample.clone());
                }
            } else {
                self.skipped = self.skipped.saturating_add(history.len() as u64);
            }
        }
        self.skipped = self.skipped.saturating_add(other.skipped);
    }

    /// Returns the number of stored samples.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// assert_eq!(calibration.len(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.histories.values().map(History::len).sum()
    }

    /// Returns whether there are no samples.
    ///
    /// ```
    /// assert!(tokenfit::learn::Calibration::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.histories.is_empty()
    }

    /// Returns the number of observations that were ignored.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let count = models.for_request(&request)?.count(&request);
    /// let mut calibration = Calibration::default();
    /// calibration.observe("gateway", &request, &count, Billed::new(0), 1_764_288_000_000);    // no bill
    /// assert_eq!(calibration.skipped(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Returns the size in memory of the largest model, in bytes.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// assert!(calibration.max_model_bytes() < 65_536);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_model_bytes(&self) -> usize {
        self.histories
            .values()
            .map(History::bytes)
            .max()
            .unwrap_or_default()
    }

    /// Searches the rule of every model. Takes some milliseconds per model, at most about a second.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// assert_eq!(calibration.learn().rules().count(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn learn(&self) -> Learned {
        Learned::new(
            self.histories
                .iter()
                .map(|(key, history)| (key.clone(), history)),
        )
    }

    /// Returns the exact counts that no longer hold: each of the last three answers to requests
    /// with a common trait was billed differently from its count. This changes nothing else: a rule
    /// that drifted still counts as before.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::learn::{Billed, Calibration};
    /// use tokenfit::Request;
    ///
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?; // 8, exact
    /// let mut calibration = Calibration::default();
    /// for (day, billed) in [8, 8, 12, 12, 12].into_iter().enumerate() {
    ///     let at = (20_000 + day as u64) * 86_400_000;
    ///     calibration.observe("openai", &Request::parse(body)?, &count, Billed::new(billed), at);
    /// }
    /// let drifts = calibration.drifts();
    /// assert_eq!(
    ///     drifts[0].to_string(),
    ///     "gpt-4o at openai: every request is billed 4 tokens more than counted since 2024-10-06 (3 answers in a row)"
    /// );
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn drifts(&self) -> Vec<Drift> {
        self.histories
            .iter()
            .flat_map(|(key, history)| watch::drifts(&key.model, &key.host, history))
            .collect()
    }

    /// Counts one request by the learned rule of its model: [`learn`](Self::learn) and
    /// [`Learned::apply`] together. To count many requests, learn once.
    ///
    /// ```
    /// # use tokenfit::{Models, Request, learn::{Billed, Calibration}};
    /// # let models = Models::builtin().overrides(r#"{"id": "house-model"}"#)?;
    /// # let request = Request::parse(r#"{"model": "house-model", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// # let count = models.for_request(&request)?.count(&request);
    /// # let mut calibration = Calibration::default();
    /// for day in 0..3 {    // "Hello", three times billed 21 tokens
    ///     calibration.observe("gateway", &request, &count, Billed::new(21), day * 86_400_000);
    /// }
    /// assert_eq!(calibration.count("gateway", &request, count).tokens(), 21);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count(&self, host: &str, request: &Request<'_>, count: RequestCount) -> RequestCount {
        let key = Key::new(count.model(), host);
        match self.histories.get(&key) {
            Some(history) => Learned::new([(key, history)]).apply(host, request, count),
            None => count,
        }
    }
}

/// Serialized form.
#[derive(Serialize, Deserialize)]
struct Stored {
    models: Vec<StoredModel>,
    #[serde(default)]
    skipped: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredModel {
    #[serde(flatten)]
    key: Key,
    samples: Vec<Sample>,
}

impl Serialize for Calibration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let models = self.histories.iter().map(|(key, history)| StoredModel {
            key: key.clone(),
            samples: history.samples().cloned().collect(),
        });
        Stored {
            models: models.collect(),
            skipped: self.skipped,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Calibration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Calibration, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut calibration = Calibration {
            histories: BTreeMap::new(),
            skipped: stored.skipped,
            memo: Memo::default(),
        };
        for model in stored.models {
            let full = calibration.histories.len() >= Calibration::MAX_MODELS
                && !calibration.histories.contains_key(&model.key);
            let named = is_name(&model.key.model) && is_name(&model.key.host);
            if full || !named {
                calibration.skipped = calibration.skipped.saturating_add(1);
                continue;
            }
            let history = calibration.histories.entry(model.key).or_default();
            for sample in model.samples.into_iter().filter(Sample::is_sound) {
                history.add(sample);
            }
        }
        Ok(calibration)
    }
}
