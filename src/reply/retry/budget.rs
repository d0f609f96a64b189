//! Retry budget shared by all calls: a bucket that retries empty and successes fill.
//!
//! When a host fails for everybody, each call alone would still multiply its sends. The bucket
//! bounds the sum. The numbers are those of botocore 1.44 (standard mode): capacity 500, a retry
//! costs 14, one after throttling 5, a success returns 1.

use serde::Serialize;

use super::failure::FailureClass;

/// Settings of a [`RetryBudget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RetryBudgetSettings {
    /// Size of the bucket, and its initial level.
    pub capacity: u32,
    /// Cost of a retry.
    pub retry_cost: u32,
    /// Cost of a retry after a rate limit.
    pub throttled_cost: u32,
    /// Amount that a success returns.
    pub success_gain: u32,
}

impl Default for RetryBudgetSettings {
    fn default() -> RetryBudgetSettings {
        RetryBudgetSettings {
            capacity: 500,
            retry_cost: 14,
            throttled_cost: 5,
            success_gain: 1,
        }
    }
}

/// Bucket of retries. Needs no time: it fills with successes only, so a failing host gets no more
/// retries.
///
/// With the defaults 35 retries may fail in a row; after that, at most one retry per 14 successes.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::{FailureClass, RetryBudget};
///
/// let mut budget = RetryBudget::default();
/// let granted = (0..100).filter(|_| budget.take(FailureClass::Transient)).count();
/// assert_eq!(granted, 35);
/// for _ in 0..14 {
///     budget.success();
/// }
/// assert!(budget.take(FailureClass::Transient));
/// assert!(budget.left() < 14);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RetryBudget {
    settings: RetryBudgetSettings,
    left: u32,
}

impl Default for RetryBudget {
    fn default() -> RetryBudget {
        RetryBudget::new(RetryBudgetSettings::default())
    }
}

impl RetryBudget {
    /// Creates a full bucket.
    ///
    /// ```
    /// use tokenfit::reply::retry::{RetryBudget, RetryBudgetSettings};
    ///
    /// let mut settings = RetryBudgetSettings::default();
    /// settings.capacity = 100;
    /// assert_eq!(RetryBudget::new(settings).left(), 100);
    /// ```
    pub fn new(settings: RetryBudgetSettings) -> RetryBudget {
        RetryBudget {
            settings,
            left: settings.capacity,
        }
    }

    /// Withdraws the cost of a retry; returns `false` and withdraws nothing if too little is left.
    ///
    /// ```
    /// use tokenfit::reply::retry::{FailureClass, RetryBudget};
    ///
    /// let mut budget = RetryBudget::default();
    /// assert!(budget.take(FailureClass::Transient));
    /// assert_eq!(budget.left(), 500 - 14);
    /// ```
    pub fn take(&mut self, class: FailureClass) -> bool {
        let cost = match class {
            FailureClass::Throttled => self.settings.throttled_cost,
            _ => self.settings.retry_cost,
        };
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Records a successful send.
    ///
    /// ```
    /// use tokenfit::reply::retry::{FailureClass, RetryBudget};
    ///
    /// let mut budget = RetryBudget::default();
    /// budget.take(FailureClass::Throttled);    // costs 5
    /// budget.success();
    /// assert_eq!(budget.left(), 496);
    /// ```
    pub fn success(&mut self) {
        self.left = self
            .left
            .saturating_add(self.settings.success_gain)
            .min(self.settings.capacity);
    }

    /// Returns the level of the bucket.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::retry::RetryBudget::default().left(), 500);
    /// ```
    pub fn left(&self) -> u32 {
        self.left
    }
}
