//! Time and randomness of a step.

/// Time and a random number, which every step of a call receives from its caller.
///
/// # Examples
///
/// ```
/// use tokenfit::call::Moment;
///
/// let at = Moment::new(1_764_300_000_000, 0.25);
/// assert_eq!(at.unix(), 1_764_300_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Moment {
    /// Milliseconds since 1970: dates in headers are compared with it, and learned limits are dated
    /// by it.
    pub now_ms: u64,
    /// Evenly distributed in `[0, 1)`: the jitter of waits. A new number for each step.
    pub random: f64,
}

impl Moment {
    /// Creates a moment from milliseconds since 1970 and a random number in `[0, 1)`.
    ///
    /// ```
    /// use std::time::{SystemTime, UNIX_EPOCH};
    /// use tokenfit::call::Moment;
    ///
    /// let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    /// let at = Moment::new(now.as_millis() as u64, 0.5);    // 0.5: of any random generator
    /// assert!(at.unix() > 1_764_300_000);
    /// ```
    pub fn new(now_ms: u64, random: f64) -> Moment {
        Moment { now_ms, random }
    }

    /// Returns whole seconds since 1970.
    ///
    /// ```
    /// assert_eq!(tokenfit::call::Moment::new(1_764_300_000_999, 0.5).unix(), 1_764_300_000);
    /// ```
    pub fn unix(self) -> u64 {
        self.now_ms / 1_000
    }
}
