//! Claims of learned counts, with their evidence.

use std::fmt;

use serde::Serialize;

/// Accuracy of a learned count.
///
/// # Examples
///
/// ```
/// use tokenfit::learn::Claim;
///
/// assert_eq!(Claim::Exact { of: 12 }.to_string(), "exact, 12 of 12");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "claim")]
#[non_exhaustive]
pub enum Claim {
    /// The rule gave the billed number for the last `of` requests of this kind, and every other
    /// rule that does agrees with it.
    Exact {
        /// Number of requests in a row.
        of: u32,
    },
    /// The rule was wrong by at most this much.
    Calibrated {
        /// Number of requests.
        of: u32,
        /// Number of them for which the rule gave the billed number.
        exact: u32,
        /// Maximum number of tokens less than counted.
        below: u64,
        /// Maximum number of tokens more than counted.
        above: u64,
    },
    /// No rule fits: a factor, or too few requests.
    Estimated {
        /// Number of requests.
        of: u32,
    },
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Exact { of } => write!(f, "exact, {of} of {of}"),
            Claim::Calibrated {
                of,
                exact,
                below,
                above,
            } => write!(
                f,
                "calibrated, exact on {exact} of {of}, else -{below} to +{above}"
            ),
            Claim::Estimated { of } => write!(f, "estimated, {of} seen"),
        }
    }
}
