//! Rate-limit headers, read as limits and waits.
//!
//! [`RateLimits::parse`] reads the headers of all known hosts: OpenAI and the many modeled on it,
//! Azure, Groq, Cerebras, Mistral, Anthropic (API and subscription), Codex, xAI, Together,
//! OpenRouter, Cohere, LiteLLM, GitHub and the IETF drafts. Names ignore case. A masked or
//! unreadable value yields no dimension, never 0. Time is an argument; a `Date` header has
//! precedence over it, because the provider's times follow the provider's clock.
//!
//! Rules and their sources: the providers' references and recorded headers of public test suites,
//! state 2026-11-28.

mod draft;
mod line;
mod name;
mod plan;
mod value;
mod wait;

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use self::name::{Dimension, Name, Statement};
use self::value::{Count, Reset};
pub(super) use self::wait::{CAP_SECONDS, Waits};
use crate::model::Host;

pub use self::line::{HeadersAnswer, answer};
pub use self::wait::{Wait, WaitSource};

/// One limit: its size, the remaining amount, the time of its reset.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Dim {
    /// Limit; `None` if it is not stated or does not exist.
    pub limit: Option<u64>,
    /// Remaining amount; may exceed the limit where bursts are allowed.
    pub remaining: Option<u64>,
    /// Seconds until the reset. At hosts that refill continuously (OpenAI, Azure, Groq) this is the
    /// time until the limit is full again, not until the next request is admitted.
    pub reset_s: Option<f64>,
    /// Whether the host states that there is no limit.
    #[serde(skip)]
    pub unlimited: bool,
    /// Length of the window in seconds, if stated.
    #[serde(skip)]
    pub window_s: Option<f64>,
}

/// Limits stated by the headers of one response.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::RateLimits;
///
/// let headers = [
///     ("x-ratelimit-limit-requests", "3500"),
///     ("x-ratelimit-remaining-requests", "3499"),
///     ("x-ratelimit-reset-requests", "17ms"),
/// ];
/// let limits = RateLimits::parse(headers, 200, None, Some(1_750_444_823.0));
/// let requests = limits.get("requests").expect("the headers state it");
/// assert_eq!(requests.limit, Some(3_500));
/// assert_eq!(requests.reset_s, Some(0.017));
/// assert_eq!(limits.wait(), None);
/// assert_eq!(limits.dims().count(), 1);
/// assert_eq!((limits.exhausted().count(), limits.utilization().count()), (0, 0));
/// assert_eq!(limits.query_cost("tokens"), None);
///
/// let refused = RateLimits::parse([("retry-after", "300")], 429, None, None);
/// assert!(refused.wait().is_some_and(|wait| wait.seconds == 300.0 && wait.is_over_cap()));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RateLimits {
    dims: BTreeMap<String, Dim>,
    wait: Option<Wait>,
    query_cost: BTreeMap<String, u64>,
    utilization: BTreeMap<String, f64>,
}

/// Raw values of one dimension, before interpretation.
#[derive(Debug, Default)]
struct Raw {
    limit: Option<Count>,
    remaining: Option<Count>,
    used: Option<Count>,
    reset: Option<Reset>,
    period: Option<f64>,
}

impl RateLimits {
    /// Parses rate-limit headers.
    ///
    /// `status` decides whether `retry-after` counts: several hosts send it with successes, where
    /// it is meaningless. `host` resolves ambiguous names (Groq's requests are per day). `now_unix`
    /// is the time of the response in seconds since 1970, used if there is no `Date` header. Linear
    /// in the size of the headers.
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    ///
    /// let headers = [("anthropic-ratelimit-input-tokens-limit", "50000"), ("anthropic-ratelimit-input-tokens-remaining", "49000")];
    /// let limits = RateLimits::parse(headers, 200, None, None);
    /// assert_eq!(limits.get("input_tokens").unwrap().remaining, Some(49_000));
    /// ```
    pub fn parse<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        status: u16,
        host: Option<Host>,
        now_unix: Option<f64>,
    ) -> RateLimits {
        // The gateway's own headers, and the provider's that it passes on.
        let mut own: BTreeMap<Dimension, Raw> = BTreeMap::new();
        let mut passed: BTreeMap<Dimension, Raw> = BTreeMap::new();
        let mut drafts = Vec::new();
        let mut policies = Vec::new();
        let mut plan = plan::Plan::default();
        let mut waits = Waits::default();
        let mut found = RateLimits::default();
        let mut now = now_unix;

        for (name, value) in headers {
            if name.len() > 128 || value.len() > 4_096 {
                continue;
            }
            let lower = name.trim().to_ascii_lowercase();
            let (lower, raws) = match lower.strip_prefix("llm_provider-") {
                Some(rest) => (rest, &mut passed),
                None => (&*lower, &mut own),
            };
            if lower == "date" {
                now = value::http_date(value).or(now);
            } else if waits.take(lower, value) || plan.take(lower, value) {
            } else {
                match name::read(lower) {
                    Some(Name::Draft) => drafts.extend(draft::read(value)),
                    Some(Name::Policy) => policies.extend(draft::read(value)),
                    Some(Name::Of(dimension, Statement::QueryCost)) => {
                        if let Some(Count::Of(cost)) = value::count(value) {
                            found.query_cost.insert(dimension.unit, cost);
                        }
                    }
                    Some(Name::Of(dimension, statement)) => {
                        raws.entry(dimension).or_default().take(statement, value);
                    }
                    None => {}
                }
            }
        }
        add_policy(&mut own, &mut policies, &drafts);
        let azure = host == Some(Host::Azure) || own.values().any(|raw| raw.period.is_some());
        for (dimension, raw) in &own {
            if let Some(dim) = raw.dim(now, azure) {
                found.dims.insert(key(dimension, &dim, host), dim);
            }
        }
        for (dimension, raw) in &passed {
            if let Some(dim) = raw.dim(now, azure) {
                found.pass_on(key(dimension, &dim, host), dim);
            }
        }
        found.join_windows();
        found.add_drafts(drafts, policies, now);
        plan.add_to(&mut found, now);
        found.wait = waits.wait(status, now).or_else(|| {
            (status == 429)
                .then(|| plan.wait(now).or_else(|| found.wait_for_reset(host)))
                .flatten()
        });
        found
    }

    /// Returns a limit by its key: the unit, and the window if known: `requests`, `tokens/minute`.
    ///
    /// ```
    /// # use tokenfit::reply::RateLimits;
    /// let headers = [("x-ratelimit-limit-requests", "3500"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "17ms")];
    /// let limits = RateLimits::parse(headers, 200, None, Some(1_750_444_823.0));
    /// assert_eq!(limits.get("requests").unwrap().limit, Some(3_500));
    /// assert!(limits.get("tokens").is_none());
    /// ```
    pub fn get(&self, key: &str) -> Option<&Dim> {
        self.dims.get(key)
    }

    /// Iterates over all limits by key.
    ///
    /// ```
    /// # use tokenfit::reply::RateLimits;
    /// let headers = [("x-ratelimit-limit-requests", "3500"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "17ms")];
    /// let limits = RateLimits::parse(headers, 200, None, Some(1_750_444_823.0));
    /// let keys: Vec<&str> = limits.dims().map(|(key, _)| key).collect();
    /// assert_eq!(keys, ["requests"]);
    /// ```
    pub fn dims(&self) -> impl Iterator<Item = (&str, &Dim)> {
        self.dims.iter().map(|(key, dim)| (key.as_str(), dim))
    }

    /// Returns the wait that the headers request. `None` on a success.
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    ///
    /// let limits = RateLimits::parse([("retry-after", "7")], 429, None, None);
    /// assert_eq!(limits.wait().unwrap().seconds, 7.0);
    /// ```
    pub fn wait(&self) -> Option<Wait> {
        self.wait
    }

    /// Returns the cost of the request in a unit, as Mistral states it.
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    ///
    /// let limits = RateLimits::parse([("x-ratelimit-tokens-query-cost", "32")], 200, None, None);
    /// assert_eq!(limits.query_cost("tokens"), Some(32));
    /// ```
    pub fn query_cost(&self, unit: &str) -> Option<u64> {
        self.query_cost.get(unit).copied()
    }

    /// Iterates over the used shares of a plan's windows, 0 to 1, by window: `five_hour`,
    /// `seven_day`.
    ///
    /// ```
    /// use tokenfit::reply::RateLimits;
    ///
    /// let headers = [("anthropic-ratelimit-unified-5h-utilization", "0.25")];
    /// let limits = RateLimits::parse(headers, 200, None, None);
    /// assert_eq!(limits.utilization().next(), Some(("five_hour", 0.25)));
    /// ```
    pub fn utilization(&self) -> impl Iterator<Item = (&str, f64)> {
        self.utilization
            .iter()
            .map(|(key, &share)| (key.as_str(), share))
    }

    /// Iterates over the keys of exhausted limits.
    ///
    /// ```
    /// # use tokenfit::reply::RateLimits;
    /// let headers = [("x-ratelimit-limit-requests", "3500"), ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "17ms")];
    /// let limits = RateLimits::parse(headers, 200, None, Some(1_750_444_823.0));
    /// assert_eq!(limits.exhausted().collect::<Vec<_>>(), ["requests"]);
    /// ```
    pub fn exhausted(&self) -> impl Iterator<Item = &str> {
        self.dims()
            .filter(|(_, dim)| dim.remaining == Some(0))
            .map(|(key, _)| key)
    }

    /// Returns the key of the exhausted limit that takes longest to reset.
    fn binding(&self) -> Option<&str> {
        self.dims()
            .filter(|(_, dim)| dim.remaining == Some(0))
            .max_by(|(_, a), (_, b)| {
                a.reset_s
                    .unwrap_or(0.0)
                    .total_cmp(&b.reset_s.unwrap_or(0.0))
            })
            .map(|(key, _)| key)
    }

    /// Merges a limit stated twice, with and without its window (OVH, Mistral 2024): only one of
    /// the two has a reset.
    fn join_windows(&mut self) {
        let bare: Vec<String> = self
            .dims
            .keys()
            .filter(|key| !key.contains('/'))
            .cloned()
            .collect();
        for unit in bare {
            let Some(dim) = self.dims.get(&unit).cloned() else {
                continue;
            };
            if dim.limit.is_none() || dim.remaining.is_none() {
                continue;
            }
            let windows = format!("{unit}/");
            let same = self
                .dims
                .range_mut(windows.clone()..)
                .take_while(|(key, _)| key.starts_with(&windows))
                .find(|(_, other)| (other.limit, other.remaining) == (dim.limit, dim.remaining));
            if let Some((_, windowed)) = same {
                windowed.reset_s = windowed.reset_s.or(dim.reset_s);
                self.dims.remove(&unit);
            }
        }
    }

    /// Adds a limit that a gateway passes on, unless it contradicts the gateway's own.
    fn pass_on(&mut self, key: String, dim: Dim) {
        let own = self.dims.entry(key).or_default();
        let same = |a: Option<u64>, b: Option<u64>| a.is_none() || b.is_none() || a == b;
        if same(own.limit, dim.limit) {
            own.limit = own.limit.or(dim.limit);
            own.remaining = own.remaining.or(dim.remaining);
            own.reset_s = own.reset_s.or(dim.reset_s);
        }
    }

    fn add_drafts(
        &mut self,
        drafts: Vec<draft::Stated>,
        policies: Vec<draft::Stated>,
        now: Option<f64>,
    ) {
        // The first policy of a name is used.
        let by_name: BTreeMap<Option<&str>, &draft::Stated> = policies
            .iter()
            .rev()
            .map(|policy| (policy.name.as_deref(), policy))
            .collect();
        for stated in drafts {
            let policy = by_name.get(&stated.name.as_deref()).copied();
            let text = |own: &Option<String>, other: fn(&draft::Stated) -> &Option<String>| {
                own.clone().or_else(|| other(policy?).clone())
            };
            let mut raw = Raw::default();
            for (statement, value) in [
                (
                    Statement::Limit,
                    text(&stated.limit, |policy| &policy.limit),
                ),
                (Statement::Remaining, stated.remaining.clone()),
                (Statement::Reset, stated.reset.clone()),
                (
                    Statement::Period,
                    text(&stated.window, |policy| &policy.window),
                ),
            ] {
                if let Some(value) = value {
                    raw.take(statement, &value);
                }
            }
            if let Some(dim) = raw.dim(now, false) {
                let name = stated.name.unwrap_or_else(|| "requests".to_owned());
                self.dims.insert(name, dim);
            }
        }
    }

    /// Derives the wait until a limit admits again from the limits themselves.
    ///
    /// Where a limit refills continuously, its reset is the time until it is full; one request is
    /// admitted after one share of that. The headers do not state how much of a token limit a
    /// refused request needs, so no wait follows there.
    fn wait_for_reset(&self, host: Option<Host>) -> Option<Wait> {
        let refills = matches!(host, Some(Host::OpenAi | Host::Azure | Host::Groq));
        self.dims
            .iter()
            .filter(|(_, dim)| dim.remaining == Some(0))
            .filter_map(|(key, dim)| {
                let reset = dim.reset_s?;
                match (refills, key.contains("requests"), dim.limit) {
                    (false, ..) => Some(reset),
                    (true, true, Some(limit)) if limit > 0 => Some(reset / limit as f64),
                    _ => None,
                }
            })
            .max_by(f64::total_cmp)
            .map(|seconds| Wait {
                seconds,
                source: WaitSource::Reset,
            })
    }
}

impl Raw {
    fn take(&mut self, statement: Statement, value: &str) {
        match statement {
            Statement::Limit => self.limit = value::count(value).or(self.limit),
            Statement::Remaining => self.remaining = value::count(value).or(self.remaining),
            Statement::Used => self.used = value::count(value).or(self.used),
            Statement::Reset => self.reset = value::reset(value).or(self.reset),
            Statement::Period => self.period = value::decimal(value).or(self.period),
            Statement::QueryCost => {}
        }
    }

    /// Returns the limit, if anything but a reset was understood.
    fn dim(&self, now: Option<f64>, azure: bool) -> Option<Dim> {
        if self.limit.is_none() && self.remaining.is_none() {
            return None;
        }
        let known = |count: Option<Count>| match count {
            Some(Count::Of(count)) => Some(count),
            _ => None,
        };
        let limit = known(self.limit);
        let stated = match self.remaining {
            Some(Count::Of(count) | Count::Unlimited(count)) => Some(count),
            None => None,
        };
        let remaining = stated.or_else(|| Some(limit?.saturating_sub(known(self.used)?)));
        let reset_s = self.reset.and_then(|reset| match reset {
            Reset::In(seconds) => Some(seconds),
            Reset::Bare(number) if azure => Some(azure_reset(
                number,
                limit,
                remaining,
                self.period.unwrap_or(60.0),
            )),
            Reset::Bare(seconds) => Some(seconds),
            // A reset before the time of the answer has passed.
            Reset::At(time) => Some((time - now?).max(0.0)),
        });
        Some(Dim {
            limit,
            remaining,
            reset_s,
            unlimited: [self.limit, self.remaining]
                .iter()
                .any(|count| matches!(count, Some(Count::Unlimited(_)))),
            window_s: self.period,
        })
    }
}

/// Interprets Azure's number without a unit: milliseconds on one host, whole seconds on another.
/// The reading nearer to `used / limit × period` is used (recorded: 500 at 1 of 120 a minute is 0.5
/// s, 1 at 1 of 50 is 1 s). Without these values it is read as seconds, the longer wait, unless
/// that exceeds the period.
fn azure_reset(number: f64, limit: Option<u64>, remaining: Option<u64>, period: f64) -> f64 {
    let (seconds, millis) = (number, number / 1_000.0);
    let expected = match (limit, remaining) {
        (Some(limit), Some(remaining)) if limit > remaining => {
            (limit - remaining) as f64 / limit as f64 * period
        }
        _ => return if seconds > period { millis } else { seconds },
    };
    if number == 0.0 {
        return 0.0;
    }
    let distance = |reading: f64| (reading / expected).ln().abs();
    if distance(millis) < distance(seconds) {
        millis
    } else {
        seconds
    }
}

/// Reads the older draft: `ratelimit-limit` and `ratelimit-remaining` with a policy `2000;w=1`,
/// which may be the only statement of the limit.
fn add_policy(
    own: &mut BTreeMap<Dimension, Raw>,
    policies: &mut Vec<draft::Stated>,
    drafts: &[draft::Stated],
) {
    if !drafts.is_empty() || policies.len() != 1 {
        return;
    }
    let requests = Dimension {
        unit: "requests".to_owned(),
        window: None,
    };
    if let (Some(raw), Some(policy)) = (own.get_mut(&requests), policies.pop()) {
        raw.limit = raw
            .limit
            .or_else(|| policy.limit.as_deref().and_then(value::count));
    }
}

/// Returns the key of a limit. Some hosts imply a window that the name does not contain.
fn key(dimension: &Dimension, dim: &Dim, host: Option<Host>) -> String {
    let unit = dimension.unit.as_str();
    let window = match (&dimension.window, host, unit) {
        (Some(window), ..) => Some(window.as_str()),
        // Groq documentation: requests per day, tokens per minute.
        (None, Some(Host::Groq), "requests") => Some("day"),
        (None, Some(Host::Groq), "tokens") => Some("minute"),
        // Free models: 20 per minute, 50 or 1,000 per day. The header does not name the window; the
        // remaining time does.
        (None, Some(Host::OpenRouter), "requests") => match dim.reset_s {
            Some(reset) if reset > 60.0 => Some("day"),
            Some(_) if dim.limit.is_some_and(|limit| limit <= 20) => Some("minute"),
            _ => None,
        },
        _ => None,
    };
    match window {
        Some(window) => format!("{unit}/{window}"),
        None => unit.to_owned(),
    }
}

impl RateLimits {
    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("dims", &self.dims)?;
        map.serialize_entry("retry_after_s", &self.wait.map(|wait| wait.seconds))?;
        if !self.query_cost.is_empty() {
            map.serialize_entry("query_cost", &self.query_cost)?;
        }
        if !self.utilization.is_empty() {
            map.serialize_entry("utilization", &self.utilization)?;
        }
        if self.wait.is_some_and(|wait| wait.is_over_cap()) {
            map.serialize_entry("over_cap", &true)?;
        }
        if let Some(key) = self.binding() {
            map.serialize_entry("exhausted", key)?;
        }
        if self.dims.values().any(|dim| dim.unlimited) {
            map.serialize_entry("no_limit", &true)?;
        }
        Ok(())
    }
}

impl Serialize for RateLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

/// One line: each limit, the remaining amount, its reset, and the wait.
///
/// ```
/// use tokenfit::reply::RateLimits;
///
/// let headers = [("x-ratelimit-limit-requests", "50"), ("x-ratelimit-remaining-requests", "49")];
/// let limits = RateLimits::parse(headers, 200, None, None);
/// assert_eq!(limits.to_string(), "requests: 49 of 50 left");
/// ```
impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        for (key, dim) in self.dims() {
            write!(f, "{before}{key}: ")?;
            match (self.utilization.get(key), dim.remaining, dim.limit) {
                (Some(share), ..) => write!(f, "{:.0} % used", share * 100.0)?,
                (_, Some(left), Some(limit)) => write!(f, "{left} of {limit} left")?,
                (_, Some(left), None) => write!(f, "{left} left")?,
                (_, None, Some(limit)) => write!(f, "limit {limit}")?,
                (_, None, None) => f.write_str("no limit")?,
            }
            if let Some(reset) = dim.reset_s {
                write!(f, ", resets in {reset} s")?;
            }
            before = "; ";
        }
        if let Some(wait) = self.wait {
            write!(f, "{before}wait {} s", wait.seconds)?;
        } else if self.dims.is_empty() {
            f.write_str("no rate-limit headers")?;
        }
        Ok(())
    }
}
