//! Limits that providers stated in their errors.
//!
//! A registry is never complete: a gateway serves a model with a smaller window, a local server was
//! started with `--ctx-size 8192`. The first refused request states the limit, and later ones are
//! fitted to it before they are sent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::Host;
use crate::reply::ApiError;
use crate::reply::error::ApiErrorKind;

/// Time for which a limit is used after it was stated. Operators change limits; then the old one is
/// tried again.
const MAX_AGE_MS: u64 = 7 * 86_400_000;

/// Maximum number of remembered targets. Beyond it the oldest one is forgotten.
const MAX_TARGETS: usize = 1_024;

/// Plausible sizes measured here for each 1,000 tokens of the host: bounds of estimates reach 4
/// times the count. Beyond this range the host did not count this request.
const COMPARABLE: std::ops::RangeInclusive<u64> = 200..=5_000;

/// Limits that one host stated for one model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Learned {
    /// Maximum of input and output together, in tokens.
    pub context_window: Option<u64>,
    /// Maximum output in tokens.
    pub max_output_tokens: Option<u64>,
    /// Maximum tokens of one request under the account's rate limit.
    pub max_request_tokens: Option<u64>,
    /// Tokens as a fit measures the refused request, for each 1,000 that the host counted in it. A
    /// count without a vocabulary is an upper bound and may be well above.
    pub measured_permille: Option<u64>,
    /// Time at which the newest of them was stated, in milliseconds since 1970.
    pub at_ms: u64,
}

impl Learned {
    /// Converts tokens of the host to tokens as a fit measures them.
    pub(super) fn here(&self, tokens: u64) -> u64 {
        let scaled =
            u128::from(tokens) * u128::from(self.measured_permille.unwrap_or(1_000)) / 1_000;
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// Converts tokens as a fit measures them to tokens of the host.
    pub(super) fn there(&self, tokens: u64) -> u64 {
        let permille = self.measured_permille.unwrap_or(1_000).max(1);
        u64::try_from(u128::from(tokens) * 1_000 / u128::from(permille)).unwrap_or(u64::MAX)
    }
}

/// Learned limits by host and model, shared by calls and threads. The caller owns it, saves it
/// ([`rows`](LearnedLimits::rows)) and restores it ([`set`](LearnedLimits::set)).
///
/// Numbers only. A limit is used for 7 days after it was stated.
///
/// # Examples
///
/// ```
/// use tokenfit::call::LearnedLimits;
/// use tokenfit::model::Host;
/// use tokenfit::reply::{ApiError, error::NO_HEADERS};
///
/// let limits = LearnedLimits::new();
/// let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
/// let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
/// limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None);
/// let learned = limits.get(2_000, Host::Local, "llama-3.1-8b").expect("it was stated");
/// assert_eq!((learned.context_window, learned.at_ms), (Some(8_192), 1_000));
/// assert_eq!(limits.get(2_000, Host::Groq, "llama-3.1-8b"), None);
///
/// // After a restart.
/// let restored = LearnedLimits::new();
/// for (host, model, learned) in limits.rows() {
///     restored.set(host, &model, learned);
/// }
/// assert_eq!(restored.rows(), limits.rows());
/// limits.forget(Host::Local, "llama-3.1-8b");
/// assert!(limits.rows().is_empty());
/// ```
#[derive(Default)]
pub struct LearnedLimits {
    rows: Mutex<BTreeMap<(Host, Box<str>), Learned>>,
}

impl LearnedLimits {
    /// Creates an empty table.
    ///
    /// ```
    /// assert!(tokenfit::call::LearnedLimits::new().rows().is_empty());
    /// ```
    pub fn new() -> LearnedLimits {
        LearnedLimits::default()
    }

    /// Remembers the limit that an error states, if it states one. Returns whether it did.
    /// `measured` is the size of the refused request as a fit measures it, if it is known.
    ///
    /// ```
    /// # use tokenfit::{call::LearnedLimits, model::Host, reply::{ApiError, error::NO_HEADERS}};
    /// # let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    /// # let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// let limits = LearnedLimits::new();    // `error` states a window of 8,192
    /// assert!(limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None));
    /// ```
    pub fn note(
        &self,
        now_ms: u64,
        host: Host,
        model: &str,
        error: &ApiError,
        measured: Option<u64>,
    ) -> bool {
        let Some(limit) = error.limit().filter(|limit| *limit > 0) else {
            return false;
        };
        let mut rows = self.lock();
        let known = rows.get(&(host, model.into())).copied();
        let mut row = known.unwrap_or_default();
        match error.kind() {
            ApiErrorKind::ContextLengthExceeded => row.context_window = Some(limit),
            ApiErrorKind::MaxOutputExceeded => row.max_output_tokens = Some(limit),
            ApiErrorKind::RequestTooLargeForRateLimit => row.max_request_tokens = Some(limit),
            _ => return false,
        }
        if let (Some(measured), Some(counted)) = (measured, error.input())
            && counted > 0
            && !error.is_lower_bound()
        {
            let permille = measured.saturating_mul(1_000) / counted;
            row.measured_permille = Some(permille).filter(|share| COMPARABLE.contains(share));
        }
        row.at_ms = now_ms;
        if known.is_none() && rows.len() >= MAX_TARGETS {
            let oldest = rows.iter().min_by_key(|(_, row)| row.at_ms);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                rows.remove(&key);
            }
        }
        rows.insert((host, model.into()), row);
        true
    }

    /// Returns what a host stated for a model within the last 7 days.
    ///
    /// ```
    /// # use tokenfit::{call::LearnedLimits, model::Host, reply::{ApiError, error::NO_HEADERS}};
    /// # let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    /// # let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// let limits = LearnedLimits::new();    // `error` states a window of 8,192
    /// limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None);
    /// assert_eq!(limits.get(2_000, Host::Local, "llama-3.1-8b").unwrap().context_window, Some(8_192));
    /// assert!(limits.get(2_000, Host::Groq, "llama-3.1-8b").is_none());
    /// ```
    pub fn get(&self, now_ms: u64, host: Host, model: &str) -> Option<Learned> {
        let row = self.lock().get(&(host, model.into())).copied()?;
        (now_ms.saturating_sub(row.at_ms) <= MAX_AGE_MS).then_some(row)
    }

    /// Sets the limits of a model at a host.
    ///
    /// ```
    /// # use tokenfit::{call::LearnedLimits, model::Host, reply::{ApiError, error::NO_HEADERS}};
    /// # let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    /// # let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// let limits = LearnedLimits::new();    // `error` states a window of 8,192
    /// limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None);
    /// let restored = LearnedLimits::new();
    /// for (host, model, learned) in limits.rows() {
    ///     restored.set(host, &model, learned);
    /// }
    /// assert_eq!(restored.rows(), limits.rows());
    /// ```
    pub fn set(&self, host: Host, model: &str, learned: Learned) {
        self.lock().insert((host, model.into()), learned);
    }

    /// Forgets the limits of a model at a host.
    ///
    /// ```
    /// # use tokenfit::{call::LearnedLimits, model::Host, reply::{ApiError, error::NO_HEADERS}};
    /// # let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    /// # let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// let limits = LearnedLimits::new();    // `error` states a window of 8,192
    /// limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None);
    /// limits.forget(Host::Local, "llama-3.1-8b");
    /// assert!(limits.rows().is_empty());
    /// ```
    pub fn forget(&self, host: Host, model: &str) {
        self.lock().remove(&(host, model.into()));
    }

    /// Returns all rows: host, model, limits.
    ///
    /// ```
    /// # use tokenfit::{call::LearnedLimits, model::Host, reply::{ApiError, error::NO_HEADERS}};
    /// # let body = b"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    /// # let error = ApiError::parse(None, Some(400), NO_HEADERS, body, None);
    /// let limits = LearnedLimits::new();    // `error` states a window of 8,192
    /// limits.note(1_000, Host::Local, "llama-3.1-8b", &error, None);
    /// let (host, model, learned) = &limits.rows()[0];
    /// assert_eq!((*host, model.as_str(), learned.at_ms), (Host::Local, "llama-3.1-8b", 1_000));
    /// ```
    pub fn rows(&self) -> Vec<(Host, String, Learned)> {
        let of = |((host, model), learned): (&(Host, Box<str>), &Learned)| {
            (*host, model.to_string(), *learned)
        };
        self.lock().iter().map(of).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Host, Box<str>), Learned>> {
        // Every operation changes the map once, so a panic of another holder does not matter.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LearnedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.lock().iter()).finish()
    }
}
