//! A number of tokens with its accuracy.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::Serialize;

/// Accuracy of a count.
///
/// # Examples
///
/// ```
/// use tokenfit::Accuracy;
///
/// // The sum of two counts has the worse accuracy.
/// assert_eq!(Accuracy::Exact.max(Accuracy::Estimated), Accuracy::Estimated);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Accuracy {
    /// From a rule that gave the provider's own number for this model and these features.
    Exact,
    /// From such a rule, but outside of its evidence: another model of the family, a similar host.
    Calibrated,
    /// Without a rule: a range, and its likely value.
    Estimated,
}

impl Accuracy {
    /// Returns the word that the command prints.
    ///
    /// ```
    /// assert_eq!(tokenfit::Accuracy::Calibrated.as_str(), "calibrated");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Accuracy::Exact => "exact",
            Accuracy::Calibrated => "calibrated",
            Accuracy::Estimated => "estimated",
        }
    }
}

impl fmt::Display for Accuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number of tokens with its bounds: `lower <= tokens <= upper`.
///
/// There is no upper bound if nothing in the request limits the count (a file by id); a sum with
/// such a part has none either.
///
/// # Examples
///
/// ```
/// use tokenfit::{Accuracy, TokenCount};
///
/// let sum = TokenCount::exact(10) + TokenCount::estimated(5, 3, Some(9));
/// assert_eq!((sum.tokens(), sum.lower(), sum.upper()), (15, 13, Some(19)));
/// assert_eq!(sum.accuracy(), Accuracy::Estimated);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct TokenCount {
    tokens: u64,
    lower: u64,
    /// `null` if nothing limits it.
    #[serde(serialize_with = "bound_or_null")]
    upper: u64,
    accuracy: Accuracy,
}

fn bound_or_null<S: serde::Serializer>(upper: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match *upper {
        TokenCount::UNBOUNDED => serializer.serialize_none(),
        upper => serializer.serialize_u64(upper),
    }
}

impl TokenCount {
    /// Upper bound, as a number, of an unbounded count: sums saturate at it.
    pub(crate) const UNBOUNDED: u64 = u64::MAX;

    /// Exactly 0 tokens.
    pub const ZERO: TokenCount = TokenCount::exact(0);

    /// Creates a count that is the provider's own number.
    ///
    /// ```
    /// let count = tokenfit::TokenCount::exact(10);
    /// assert_eq!((count.lower(), count.tokens(), count.upper()), (10, 10, Some(10)));
    /// ```
    pub const fn exact(tokens: u64) -> TokenCount {
        TokenCount {
            tokens,
            lower: tokens,
            upper: tokens,
            accuracy: Accuracy::Exact,
        }
    }

    /// Creates a count from a rule that is occasionally wrong, with the bounds that it was seen to
    /// stay in.
    pub(crate) const fn calibrated(tokens: u64, lower: u64, upper: u64) -> TokenCount {
        TokenCount {
            accuracy: Accuracy::Calibrated,
            ..TokenCount::between(tokens, lower, upper)
        }
    }

    /// Creates an estimate with its bounds; `None` if nothing limits it. Bounds that do not contain
    /// the value are widened.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::TokenCount;
    ///
    /// let count = TokenCount::estimated(90, 80, Some(100));
    /// assert_eq!(count.to_string(), "about 90 (80 to 100)");
    /// assert_eq!(TokenCount::estimated(90, 80, None).upper(), None);
    /// ```
    pub const fn estimated(tokens: u64, lower: u64, upper: Option<u64>) -> TokenCount {
        match upper {
            Some(upper) => TokenCount::between(tokens, lower, upper),
            None => TokenCount::between(tokens, lower, TokenCount::UNBOUNDED),
        }
    }

    /// Creates an estimate with an upper bound that may be [`UNBOUNDED`](Self::UNBOUNDED).
    pub(crate) const fn between(tokens: u64, lower: u64, upper: u64) -> TokenCount {
        TokenCount {
            tokens,
            lower: if lower < tokens { lower } else { tokens },
            upper: if upper > tokens { upper } else { tokens },
            accuracy: Accuracy::Estimated,
        }
    }

    /// Returns the count, or the likely value of an estimate.
    ///
    /// ```
    /// assert_eq!(tokenfit::TokenCount::estimated(90, 80, Some(100)).tokens(), 90);
    /// ```
    pub const fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Returns the lower bound: the bill has at least this many tokens.
    ///
    /// ```
    /// assert_eq!(tokenfit::TokenCount::estimated(90, 80, Some(100)).lower(), 80);
    /// ```
    pub const fn lower(&self) -> u64 {
        self.lower
    }

    /// Returns the upper bound as a number, [`UNBOUNDED`](Self::UNBOUNDED) if there is none, for
    /// comparisons with limits.
    pub(crate) const fn most(&self) -> u64 {
        self.upper
    }

    /// Returns the upper bound, which budgets compare. `None` if nothing in the request limits it.
    ///
    /// ```
    /// use tokenfit::TokenCount;
    ///
    /// assert_eq!(TokenCount::exact(10).upper(), Some(10));
    /// assert_eq!(TokenCount::estimated(5, 3, None).upper(), None);
    /// ```
    pub const fn upper(&self) -> Option<u64> {
        match self.upper {
            TokenCount::UNBOUNDED => None,
            upper => Some(upper),
        }
    }

    /// Returns the accuracy of the count.
    ///
    /// ```
    /// use tokenfit::{Accuracy, TokenCount};
    ///
    /// assert_eq!(TokenCount::exact(10).accuracy(), Accuracy::Exact);
    /// ```
    pub const fn accuracy(&self) -> Accuracy {
        self.accuracy
    }

    /// Returns the same value with at most this accuracy, and room for `below` tokens less and
    /// `above` more.
    pub(crate) const fn with_room(self, accuracy: Accuracy, below: u64, above: u64) -> TokenCount {
        TokenCount {
            tokens: self.tokens,
            lower: self.lower.saturating_sub(below),
            upper: self.upper.saturating_add(above),
            accuracy: match self.accuracy {
                Accuracy::Estimated => Accuracy::Estimated,
                Accuracy::Calibrated if matches!(accuracy, Accuracy::Exact) => Accuracy::Calibrated,
                _ => accuracy,
            },
        }
    }

    /// Returns a total less some of its parts, none of which is larger.
    pub(crate) const fn less(self, parts: TokenCount) -> TokenCount {
        let upper = match self.upper {
            TokenCount::UNBOUNDED => TokenCount::UNBOUNDED,
            upper => upper.saturating_sub(parts.upper),
        };
        TokenCount {
            tokens: self.tokens.saturating_sub(parts.tokens),
            lower: self.lower.saturating_sub(parts.lower),
            upper,
            accuracy: self.accuracy,
        }
    }

    /// Returns the same numbers with at most this accuracy; both bounds are stretched by a share of
    /// the count (in percent, rounded up).
    pub(crate) fn at_most(self, accuracy: Accuracy, stretch_percent: u64) -> TokenCount {
        let stretch = u128::from(self.tokens) * u128::from(stretch_percent);
        let stretch = u64::try_from(stretch.div_ceil(100)).unwrap_or(u64::MAX);
        TokenCount {
            tokens: self.tokens,
            lower: self.lower.min(self.tokens.saturating_sub(stretch)),
            upper: self.upper.max(self.tokens.saturating_add(stretch)),
            accuracy: self.accuracy.max(accuracy),
        }
    }
}

impl Default for TokenCount {
    fn default() -> Self {
        TokenCount::ZERO
    }
}

impl Add for TokenCount {
    type Output = TokenCount;

    fn add(self, other: TokenCount) -> TokenCount {
        TokenCount {
            tokens: self.tokens.saturating_add(other.tokens),
            lower: self.lower.saturating_add(other.lower),
            upper: self.upper.saturating_add(other.upper),
            accuracy: self.accuracy.max(other.accuracy),
        }
    }
}

impl AddAssign for TokenCount {
    fn add_assign(&mut self, other: TokenCount) {
        *self = *self + other;
    }
}

impl Sum for TokenCount {
    fn sum<I: Iterator<Item = TokenCount>>(counts: I) -> TokenCount {
        counts.fold(TokenCount::ZERO, Add::add)
    }
}

/// Formats `1234`, or `about 1234 (1100 to 1400)` for an estimate.
impl fmt::Display for TokenCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.accuracy {
            Accuracy::Exact => write!(f, "{}", self.tokens),
            _ if self.upper == TokenCount::UNBOUNDED => {
                write!(f, "about {} ({} or more)", self.tokens, self.lower)
            }
            _ if self.lower == self.upper => write!(f, "about {}", self.tokens),
            _ => write!(
                f,
                "about {} ({} to {})",
                self.tokens, self.lower, self.upper
            ),
        }
    }
}
