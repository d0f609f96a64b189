//! Limits, and the classes they count.

use serde::{Deserialize, Serialize};

/// Maximum number of limits in one budget.
pub(super) const MAX_LIMITS: usize = 12;
/// Maximum window: a year. Longer ones are rejected, so that no product of amount and time
/// overflows.
const MAX_WINDOW_MS: u64 = 366 * 86_400_000;
/// Placeholder for an amount not yet known.
pub(super) const UNKNOWN_AMOUNT: u64 = u64::MAX / 4;

/// Class that a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateClass {
    /// Requests.
    Requests,
    /// Tokens, as the host counts them together (TPM).
    Tokens,
    /// Input tokens (ITPM).
    Input,
    /// Output tokens (OTPM).
    Output,
    /// Input tokens from the prompt cache.
    Cached,
    /// Money, in pico-dollars: $1 is 1,000,000,000,000.
    Spend,
    /// Simultaneously open requests. The window is ignored.
    Concurrency,
}

impl RateClass {
    /// All classes.
    pub const ALL: [RateClass; 7] = [
        RateClass::Requests,
        RateClass::Tokens,
        RateClass::Input,
        RateClass::Output,
        RateClass::Cached,
        RateClass::Spend,
        RateClass::Concurrency,
    ];

    /// Returns the class as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::rate::RateClass::Requests.as_str(), "requests");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            RateClass::Requests => "requests",
            RateClass::Tokens => "tokens",
            RateClass::Input => "input",
            RateClass::Output => "output",
            RateClass::Cached => "cached",
            RateClass::Spend => "spend",
            RateClass::Concurrency => "concurrency",
        }
    }
}

/// Consumption of one request by class, in the order of [`RateClass::ALL`].
pub(super) type Charges = [u64; RateClass::ALL.len()];

/// Refill rule of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refill {
    /// At a steady rate, up to the limit (a token bucket). A window can admit up to twice the
    /// limit: the full bucket plus the inflow.
    Continuous,
    /// When consumption leaves the window. No window admits more than the limit. Stored in 64
    /// slots: an admission counts for at most 1.6 % longer than the window, never shorter.
    Sliding,
    /// At fixed times: multiples of the window since 1970, plus the offset. Around such a time one
    /// window can admit up to twice the limit.
    Calendar {
        /// Offset of the day's start after midnight UTC in milliseconds; 28,800,000 for Pacific
        /// standard time.
        offset_ms: u64,
    },
}

/// One limit of an account: an amount of a class per window.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::{RateClass, Limit, Refill};
///
/// let limit = Limit::per_day(RateClass::Requests, 1_000).refill(Refill::Calendar { offset_ms: 28_800_000 });
/// assert_eq!(limit.window_ms, 86_400_000);
///
/// assert_eq!(Limit::per_second(RateClass::Requests, 5).window_ms, 1_000);
/// assert_eq!(Limit::per_ten_minutes(RateClass::Tokens, 5).window_ms, 600_000);
/// assert_eq!(Limit::per_month(RateClass::Spend, 5), Limit::per(RateClass::Spend, 5, 30 * 86_400_000));
/// assert_eq!(Limit::concurrent(8).class.as_str(), "concurrency");
/// // An unknown limit admits everything until the host refuses.
/// assert!(Limit::learned(RateClass::Requests, 60_000).amount > 1_000_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limit {
    /// Class that is counted.
    pub class: RateClass,
    /// Amount that a window admits. 0 admits nothing, ever: the account has no quota.
    pub amount: u64,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
    /// Refill rule of the limit; `None` uses the host's rule.
    pub refill: Option<Refill>,
}

impl Limit {
    /// Creates a limit per window of `window_ms` milliseconds.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// let limit = Limit::per(RateClass::Tokens, 5_000, 10_000);    // 5,000 tokens in 10 s
    /// assert_eq!((limit.amount, limit.window_ms), (5_000, 10_000));
    /// ```
    pub const fn per(class: RateClass, amount: u64, window_ms: u64) -> Limit {
        Limit {
            class,
            amount,
            window_ms,
            refill: None,
        }
    }

    /// Creates a limit per minute.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// assert_eq!(Limit::per_minute(RateClass::Tokens, 30_000).window_ms, 60_000);
    /// ```
    pub const fn per_minute(class: RateClass, amount: u64) -> Limit {
        Limit::per(class, amount, 60_000)
    }

    /// Creates a limit per second.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// assert_eq!(Limit::per_second(RateClass::Requests, 5).window_ms, 1_000);
    /// ```
    pub const fn per_second(class: RateClass, amount: u64) -> Limit {
        Limit::per(class, amount, 1_000)
    }

    /// Creates a limit per ten minutes.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// assert_eq!(Limit::per_ten_minutes(RateClass::Requests, 50).window_ms, 600_000);
    /// ```
    pub const fn per_ten_minutes(class: RateClass, amount: u64) -> Limit {
        Limit::per(class, amount, 600_000)
    }

    /// Creates a limit per 30 days.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// let limit = Limit::per_month(RateClass::Spend, 100_000_000_000_000);    // $100
    /// assert_eq!(limit.window_ms, 30 * 86_400_000);
    /// ```
    pub const fn per_month(class: RateClass, amount: u64) -> Limit {
        Limit::per(class, amount, 30 * 86_400_000)
    }

    /// Creates a limit per day.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// assert_eq!(Limit::per_day(RateClass::Requests, 1_000).window_ms, 86_400_000);
    /// ```
    pub const fn per_day(class: RateClass, amount: u64) -> Limit {
        Limit::per(class, amount, 86_400_000)
    }

    /// Creates a limit of `requests` simultaneously open requests.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass};
    /// let limit = Limit::concurrent(8);
    /// assert_eq!((limit.class, limit.amount), (RateClass::Concurrency, 8));
    /// ```
    pub const fn concurrent(requests: u64) -> Limit {
        Limit::per(RateClass::Concurrency, requests, 60_000)
    }

    /// Creates a limit of unknown amount: it admits everything until the host refuses, then the
    /// amount that the window before admitted, adapted from there.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{HostRule, Limit, RateBudget, RateClass};
    /// let limits = [Limit::learned(RateClass::Requests, 60_000)];
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &limits)?;
    /// assert_eq!(budget.levels(0)[0].limit, None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub const fn learned(class: RateClass, window_ms: u64) -> Limit {
        let mut limit = Limit::per(class, UNKNOWN_AMOUNT, window_ms);
        limit.refill = Some(Refill::Sliding);
        limit
    }

    /// Sets how the limit is refilled.
    ///
    /// ```
    /// # use tokenfit::reply::rate::{Limit, RateClass, Refill};
    /// // Begins at midnight, Pacific standard time.
    /// let limit = Limit::per_day(RateClass::Requests, 1_000).refill(Refill::Calendar { offset_ms: 28_800_000 });
    /// assert_eq!(limit.refill, Some(Refill::Calendar { offset_ms: 28_800_000 }));
    /// ```
    #[must_use]
    pub const fn refill(mut self, refill: Refill) -> Limit {
        self.refill = Some(refill);
        self
    }
}

/// Reason why a budget cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// A window is empty or longer than a year.
    #[error("limit {index} has a window of {window_ms} ms; set 1 to {MAX_WINDOW_MS}")]
    Window {
        /// Index of the limit, from 0.
        index: usize,
        /// Window of the limit in milliseconds.
        window_ms: u64,
    },
    /// An amount is too large for exact arithmetic.
    #[error(
        "limit {index} has the amount {amount}, maximum is {UNKNOWN_AMOUNT}; use `Limit::learned` if it is unknown"
    )]
    Amount {
        /// Index of the limit, from 0.
        index: usize,
        /// Amount of the limit.
        amount: u64,
    },
    /// There are more limits than a budget supports.
    #[error("{count} limits, maximum is {MAX_LIMITS}; remove those that can never bind")]
    TooMany {
        /// Number of limits.
        count: usize,
    },
    /// Two limits have the same class and window.
    #[error("limits {first} and {second} have the same class and window; remove the larger one")]
    Twice {
        /// Index of the first limit, from 0.
        first: usize,
        /// Index of the second limit.
        second: usize,
    },
}

pub(super) fn check(limits: &[Limit]) -> Result<(), RateError> {
    if limits.len() > MAX_LIMITS {
        return Err(RateError::TooMany {
            count: limits.len(),
        });
    }
    for (index, limit) in limits.iter().enumerate() {
        if limit.window_ms == 0 || limit.window_ms > MAX_WINDOW_MS {
            return Err(RateError::Window {
                index,
                window_ms: limit.window_ms,
            });
        }
        if limit.amount > UNKNOWN_AMOUNT {
            return Err(RateError::Amount {
                index,
                amount: limit.amount,
            });
        }
        let same = |other: &Limit| other.class == limit.class && other.window_ms == limit.window_ms;
        if let Some(first) = limits[..index].iter().position(same) {
            return Err(RateError::Twice {
                first,
                second: index,
            });
        }
    }
    Ok(())
}
