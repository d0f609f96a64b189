//! Sliding windows: a ring of minutes for every host and model.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::alert::{Alert, AlertRule, Firing};
use super::bucket::Bucket;
use super::record::{Called, Sent};
use super::snapshot::{Numbers, Series, Snapshot};
use crate::model::Host;

/// Name under which models beyond `max_series` are counted.
const OTHER: &str = "other";
/// Minutes behind the newest one after which the clock counts as set back.
const SET_BACK: u64 = 60;

/// Settings of [`Stats`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StatsSettings {
    /// Length of one part of the window in milliseconds.
    pub bucket_ms: u64,
    /// Number of parts of a window.
    pub buckets: usize,
    /// Maximum number of pairs of host and model; further models count as `other` of their host.
    pub max_series: usize,
    /// Alert rules.
    pub rules: Vec<AlertRule>,
}

impl Default for StatsSettings {
    fn default() -> StatsSettings {
        StatsSettings {
            bucket_ms: 60_000,
            buckets: 5,
            max_series: 256,
            rules: AlertRule::DEFAULTS.to_vec(),
        }
    }
}

/// Statistics of sends and calls over a sliding window, by host and model. Shared by threads.
///
/// Recording takes constant time, except the first record of a minute. Memory: about 2 KB per kind
/// of duration, minute and model, for at most `max_series` models and one more for each host.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::{Sent, Stats};
///
/// // Two threads with statistics of their own, merged for one snapshot.
/// let (stats, other) = (Stats::default(), Stats::default());
/// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200));
/// other.send(1_500, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(500), "server_error"));
/// stats.merge(&other);
/// assert_eq!(stats.snapshot(2_000).total.sends, 2);
/// assert!(stats.alerts(61_000).is_empty());
/// ```
pub struct Stats {
    settings: StatsSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By host and then model, so that a look-up allocates no string.
    series: BTreeMap<&'static str, BTreeMap<Box<str>, Ring>>,
    count: usize,
    newest: u64,
}

/// Last minutes of a series: the ended ones and the current one.
#[derive(Default)]
struct Ring {
    buckets: Vec<(u64, Bucket)>,
    firing: Vec<Firing>,
}

impl Default for Stats {
    fn default() -> Stats {
        Stats::new(StatsSettings::default())
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stats")
            .field("settings", &self.settings)
            .field("series", &self.lock().count)
            .finish()
    }
}

impl Stats {
    /// Creates statistics without records.
    ///
    /// ```
    /// # use tokenfit::reply::stats::{Stats, StatsSettings};
    /// let mut settings = StatsSettings::default();
    /// settings.max_series = 50;
    /// assert_eq!(Stats::new(settings).snapshot(0).total.sends, 0);
    /// ```
    pub fn new(settings: StatsSettings) -> Stats {
        let settings = StatsSettings {
            bucket_ms: settings.bucket_ms.max(1),
            buckets: settings.buckets.clamp(1, 1_440),
            ..settings
        };
        Stats {
            settings,
            state: Mutex::new(State::default()),
        }
    }

    /// Records a finished send. Constant time, except for the first record of a minute.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::{Sent, Stats}};
    /// let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200).duration_ms(800).tokens(900, 120));
    /// assert_eq!(stats.snapshot(2_000).total.input_tokens, 900);
    /// ```
    pub fn send(&self, now: u64, sent: &Sent<'_>) {
        self.bucket(now, sent.host, sent.model, |bucket| bucket.send(sent));
    }

    /// Records a finished call. Constant time, except for the first record of a minute.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::{Called, Stats}};
    /// let stats = Stats::default();
    /// stats.call(1_000, &Called::new(Host::OpenAi, "gpt-4o", 3).ok().waited_ms(1_500));
    /// let total = stats.snapshot(2_000).total;
    /// assert_eq!((total.calls, total.calls_retried, total.waited_ms), (1, 1, 1_500));
    /// ```
    pub fn call(&self, now: u64, called: &Called<'_>) {
        self.bucket(now, called.host, called.model, |bucket| bucket.call(called));
    }

    /// Returns the numbers of the window that ends at `now`. Linear in the series and minutes.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::{Sent, Stats}};
    /// let stats = Stats::default();
    /// stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").ok(200));
    /// let series = &stats.snapshot(2_000).series[0];
    /// assert_eq!((series.model.as_str(), series.numbers.sends), ("gpt-4o", 1));
    /// ```
    pub fn snapshot(&self, now: u64) -> Snapshot {
        let mut state = self.lock();
        let newest = state.advance(now, &self.settings);
        let mut total = Bucket::default();
        let mut series = Vec::new();
        for (host, models) in &state.series {
            for (model, ring) in models {
                let mut sum = Bucket::default();
                for bucket in ring.window(newest, self.settings.buckets) {
                    sum.merge(bucket);
                }
                if sum.numbers != Numbers::default() {
                    total.merge(&sum);
                    series.push(Series {
                        host: (*host).to_owned(),
                        model: model.to_string(),
                        numbers: sum.totals(),
                    });
                }
            }
        }
        Snapshot {
            at_ms: now,
            window_ms: self
                .settings
                .bucket_ms
                .saturating_mul(self.settings.buckets as u64),
            total: total.totals(),
            series,
        }
    }

    /// Evaluates the alert rules over the ended minutes and returns the changes: alerts that began
    /// and alerts that ended. Call it about once a minute; more often changes nothing.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::{Sent, Stats}};
    /// let stats = Stats::default();
    /// for _ in 0..20 {
    ///     stats.send(1_000, &Sent::new(Host::OpenAi, "gpt-4o").failed(Some(429), "rate_limit"));
    /// }
    /// assert!(!stats.alerts(61_000).is_empty());
    /// ```
    pub fn alerts(&self, now: u64) -> Vec<Alert> {
        let mut state = self.lock();
        let newest = state.advance(now, &self.settings);
        let mut changes = Vec::new();
        for (host, models) in &mut state.series {
            for (model, ring) in models {
                let mut firing = std::mem::take(&mut ring.firing);
                firing.resize(self.settings.rules.len(), Firing::default());
                let ended = ring.ended(newest, self.settings.buckets);
                let mut window = Bucket::default();
                for bucket in ended.iter().flatten() {
                    window.merge(bucket);
                }
                for (rule, firing) in self.settings.rules.iter().zip(&mut firing) {
                    let change = firing.evaluate(rule, &ended, &window);
                    changes.extend(change.map(|(state, value, count)| Alert {
                        rule: *rule,
                        state,
                        host: (*host).to_owned(),
                        model: model.to_string(),
                        value,
                        count,
                        at_ms: now,
                    }));
                }
                ring.firing = firing;
            }
        }
        changes
    }

    /// Adds the records of another process or thread, minute by minute. Both must have the same
    /// settings and clock.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::stats::{Sent, Stats}};
    /// let (stats, other) = (Stats::default(), Stats::default());
    /// other.send(1_500, &Sent::new(Host::OpenAi, "gpt-4o").ok(200));
    /// stats.merge(&other);
    /// assert_eq!(stats.snapshot(2_000).total.sends, 1);
    /// ```
    pub fn merge(&self, other: &Stats) {
        if std::ptr::eq(self, other) || self.settings.bucket_ms != other.settings.bucket_ms {
            return;
        }
        // Takes one lock at a time, so that two merges into each other cannot deadlock.
        let theirs: Vec<(&'static str, Box<str>, u64, Bucket)> = {
            let other = other.lock();
            let rings = other.series.iter().flat_map(|(host, models)| {
                models.iter().map(move |(model, ring)| (*host, model, ring))
            });
            rings
                .flat_map(|(host, model, ring)| {
                    ring.buckets
                        .iter()
                        .map(move |(number, bucket)| (host, model.clone(), *number, bucket.clone()))
                })
                .collect()
        };
        let mut state = self.lock();
        for (host, model, number, bucket) in theirs {
            state.newest = state.newest.max(number);
            let newest = state.newest;
            let ring = state.ring(host, &model, &self.settings);
            if let Some(mine) = ring.bucket(number, newest, self.settings.buckets) {
                mine.merge(&bucket);
            }
        }
    }

    fn bucket(&self, now: u64, host: Host, model: &str, record: impl FnOnce(&mut Bucket)) {
        let mut state = self.lock();
        let newest = state.advance(now, &self.settings);
        // Clocks of several threads differ slightly: a late time still belongs to its own minute.
        let number = (now / self.settings.bucket_ms).min(newest);
        let ring = state.ring(host.as_str(), model, &self.settings);
        if let Some(bucket) = ring.bucket(number, newest, self.settings.buckets) {
            record(bucket);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Advances to the newest minute. After a clock was set back, all records are dropped, because
    /// their times are meaningless.
    fn advance(&mut self, now: u64, settings: &StatsSettings) -> u64 {
        let number = now / settings.bucket_ms;
        if number.saturating_add(SET_BACK.max(settings.buckets as u64)) < self.newest {
            *self = State::default();
        }
        self.newest = self.newest.max(number);
        self.newest
    }

    fn ring(&mut self, host: &'static str, model: &str, settings: &StatsSettings) -> &mut Ring {
        let known = self
            .series
            .get(host)
            .is_some_and(|models| models.contains_key(model));
        let model = if known || self.count < settings.max_series {
            model
        } else {
            OTHER
        };
        let models = self.series.entry(host).or_default();
        if !models.contains_key(model) {
            models.insert(model.into(), Ring::default());
            self.count += 1;
        }
        models
            .get_mut(model)
            .expect("inserted above if it was missing")
    }
}

impl Ring {
    /// Returns the bucket of a minute; `None` if it has left the window.
    fn bucket(&mut self, number: u64, newest: u64, buckets: usize) -> Option<&mut Bucket> {
        let oldest = newest.saturating_sub(buckets as u64);
        if number < oldest {
            return None;
        }
        // The newest bucket is last, and is almost always the right one.
        let index = match self.buckets.iter().rposition(|(at, _)| *at <= number) {
            Some(index) if self.buckets[index].0 == number => index,
            place => {
                let index = place.map_or(0, |index| index + 1);
                self.buckets.insert(index, (number, Bucket::default()));
                let gone = self
                    .buckets
                    .iter()
                    .take_while(|(at, _)| *at < oldest)
                    .count();
                self.buckets.drain(..gone);
                index - gone
            }
        };
        Some(&mut self.buckets[index].1)
    }

    /// Iterates over the window that ends now: the current minute and those before it.
    fn window(&self, newest: u64, buckets: usize) -> impl Iterator<Item = &Bucket> {
        let oldest = newest.saturating_add(1).saturating_sub(buckets as u64);
        self.buckets
            .iter()
            .filter(move |(number, _)| *number >= oldest)
            .map(|(_, bucket)| bucket)
    }

    /// Returns the ended minutes, oldest first; `None` for a minute without records.
    fn ended(&self, newest: u64, buckets: usize) -> Vec<Option<&Bucket>> {
        (newest.saturating_sub(buckets as u64)..newest)
            .map(|number| {
                self.buckets
                    .iter()
                    .find(|(at, _)| *at == number)
                    .map(|(_, bucket)| bucket)
            })
            .collect()
    }
}
