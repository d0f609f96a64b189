//! Cooldown of a host or model after it requested a pause.

/// Time before which a target is not tried. A later end extends it; a shorter wait never shortens
/// it, and a new failure during the cooldown keeps the later end (LiteLLM issue 40130 kept the
/// earlier).
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::Cooldown;
///
/// let mut cooldown = Cooldown::default();
/// cooldown.cool(1_000, 30_000);
/// cooldown.cool(2_000, 5_000);
/// assert_eq!(cooldown.until(10_000), Some(31_000));
/// assert_eq!(cooldown.until(31_000), None);
/// cooldown.cool(40_000, 5_000);
/// cooldown.clear();
/// assert_eq!(cooldown.until(40_000), None);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Cooldown {
    from_ms: u64,
    until_ms: u64,
}

impl Cooldown {
    /// Starts or extends the cooldown to `wait_ms` milliseconds after `now`.
    ///
    /// ```
    /// use tokenfit::reply::retry::Cooldown;
    ///
    /// let mut cooldown = Cooldown::default();
    /// cooldown.cool(1_000, 30_000);
    /// cooldown.cool(2_000, 5_000);    // ends earlier: ignored
    /// assert_eq!(cooldown.until(10_000), Some(31_000));
    /// ```
    pub fn cool(&mut self, now: u64, wait_ms: u64) {
        let until = now.saturating_add(wait_ms);
        if self.until(now).is_none_or(|current| until > current) {
            *self = Cooldown {
                from_ms: now,
                until_ms: until,
            };
        }
    }

    /// Ends the cooldown.
    ///
    /// ```
    /// let mut cooldown = tokenfit::reply::retry::Cooldown::default();
    /// cooldown.cool(1_000, 30_000);
    /// cooldown.clear();
    /// assert_eq!(cooldown.until(1_000), None);
    /// ```
    pub fn clear(&mut self) {
        *self = Cooldown::default();
    }

    /// Returns the end of the cooldown; `None` if the target may be tried now.
    ///
    /// ```
    /// let mut cooldown = tokenfit::reply::retry::Cooldown::default();
    /// cooldown.cool(1_000, 30_000);
    /// assert_eq!((cooldown.until(30_999), cooldown.until(31_000)), (Some(31_000), None));
    /// ```
    pub fn until(&mut self, now: u64) -> Option<u64> {
        // A clock that was set back must not lengthen the wait: count it from the new time.
        if now < self.from_ms {
            let length = self.until_ms - self.from_ms;
            self.from_ms = now;
            self.until_ms = now.saturating_add(length);
        }
        (self.until_ms > now).then_some(self.until_ms)
    }
}
