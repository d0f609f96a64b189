//! Circuit breaker: stops sending to a failing target, and probes it after a while.
//!
//! ```text
//!            >= 50 % of >= 20 votes failed in 60 s,
//!            or a lasting failure (key, account, model)
//!   Closed ────────────────────────────────────────────▶ Open (30 s)
//!     ▲                                                    │ first gate() after it
//!     │ probe succeeded                                    ▼
//!     └───────────────────────────────────────────────── Probing ──▶ Open again if the probe failed
//! ```
//!
//! A probe whose result never arrives is replaced after another open period, so a lost caller
//! cannot keep the breaker shut. Defaults follow tower-resilience 0.13 (50 % of 100, 30 s) and
//! LiteLLM (50 % of 5, 5 s).

use serde::Serialize;

/// Number of slots in the sliding window.
const SLOTS: usize = 6;

/// Settings of a [`Breaker`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BreakerSettings {
    /// Share of failed votes in the window that opens the breaker, in percent.
    pub failure_percent: u32,
    /// Minimum number of votes in the window for the share to count.
    pub min_votes: u32,
    /// Length of the window in milliseconds.
    pub window_ms: u64,
    /// Time the breaker stays open before a probe, in milliseconds.
    pub open_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> BreakerSettings {
        BreakerSettings {
            failure_percent: 50,
            min_votes: 20,
            window_ms: 60_000,
            open_ms: 30_000,
        }
    }
}

/// State of a breaker, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerState {
    /// All sends pass.
    Closed,
    /// No send passes.
    Open,
    /// One send tests whether the target has recovered.
    Probing,
}

/// Answer of a breaker before a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerGate {
    /// The send may pass.
    Pass,
    /// The send may pass as the only probe; report its result.
    Probe,
    /// The send may not pass before this time.
    Blocked {
        /// Time in milliseconds on the caller's clock.
        until_ms: u64,
    },
}

/// Result of a send, as evidence about its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerVote {
    /// The target works.
    Success,
    /// The target failed.
    Failure,
    /// The target refuses until something is fixed: opens the breaker at once.
    Lasting,
    /// No evidence: a rate limit, or a fault of the request. The target is able to answer.
    Neutral,
}

/// Circuit breaker of one target. All operations take constant time.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::BreakerState;
/// use tokenfit::reply::retry::{Breaker, BreakerGate, BreakerVote};
///
/// let mut breaker = Breaker::default();
/// for _ in 0..20 {
///     breaker.vote(1_000, BreakerVote::Failure);
/// }
/// assert_eq!(breaker.gate(1_500), BreakerGate::Blocked { until_ms: 31_000 });
/// assert_eq!(breaker.gate(31_000), BreakerGate::Probe);
/// breaker.vote(31_400, BreakerVote::Success);
/// assert_eq!(breaker.gate(31_500), BreakerGate::Pass);
/// assert_eq!((breaker.state(), breaker.blocked_until(31_500)), (BreakerState::Closed, None));
/// ```
#[derive(Debug, Clone)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
    slots: [Slot; SLOTS],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { since: u64 },
    Probing { since: u64 },
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    index: u64,
    failures: u32,
    votes: u32,
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker::new(BreakerSettings::default())
    }
}

impl Breaker {
    /// Creates a closed breaker.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Breaker, BreakerSettings, BreakerState};
    ///
    /// let mut settings = BreakerSettings::default();
    /// settings.min_votes = 5;
    /// assert_eq!(Breaker::new(settings).state(), BreakerState::Closed);
    /// ```
    pub fn new(settings: BreakerSettings) -> Breaker {
        Breaker {
            settings,
            state: State::Closed,
            slots: [Slot::default(); SLOTS],
        }
    }

    /// Asks whether a send may pass at `now`. [`BreakerGate::Probe`] is granted to one caller at a
    /// time.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Breaker, BreakerGate, BreakerState, BreakerVote};
    /// # let mut breaker = Breaker::default();
    /// # for _ in 0..20 {
    /// #     breaker.vote(1_000, BreakerVote::Failure);
    /// # }
    /// // 20 failures at 1,000 ms opened the breaker.
    /// assert_eq!(breaker.gate(1_500), BreakerGate::Blocked { until_ms: 31_000 });
    /// assert_eq!(breaker.gate(31_000), BreakerGate::Probe);
    /// ```
    pub fn gate(&mut self, now: u64) -> BreakerGate {
        if let Some(until_ms) = self.blocked_until(now) {
            return BreakerGate::Blocked { until_ms };
        }
        match self.state {
            State::Closed => BreakerGate::Pass,
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { since: now };
                BreakerGate::Probe
            }
        }
    }

    /// Returns the time before which no send may pass, without claiming the probe; `None` if one
    /// may pass now.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Breaker, BreakerGate, BreakerState, BreakerVote};
    /// # let mut breaker = Breaker::default();
    /// # for _ in 0..20 {
    /// #     breaker.vote(1_000, BreakerVote::Failure);
    /// # }
    /// // 20 failures at 1,000 ms opened the breaker.
    /// assert_eq!(breaker.blocked_until(1_500), Some(31_000));
    /// assert_eq!(breaker.blocked_until(31_000), None);
    /// ```
    pub fn blocked_until(&mut self, now: u64) -> Option<u64> {
        match &mut self.state {
            State::Closed => None,
            State::Open { since } | State::Probing { since } => {
                // If the clock was set back, the period starts again at its new time.
                *since = (*since).min(now);
                let until = since.saturating_add(self.settings.open_ms);
                (until > now).then_some(until)
            }
        }
    }

    /// Records the result of a send.
    ///
    /// ```
    /// use tokenfit::reply::retry::{Breaker, BreakerState, BreakerVote};
    ///
    /// let mut breaker = Breaker::default();
    /// breaker.vote(1_000, BreakerVote::Lasting);    // a wrong key
    /// assert_eq!(breaker.state(), BreakerState::Open);
    /// ```
    pub fn vote(&mut self, now: u64, vote: BreakerVote) {
        match (self.state, vote) {
            (_, BreakerVote::Lasting) => self.open(now),
            (State::Closed, BreakerVote::Success | BreakerVote::Failure) => {
                let slot = self.slot(now);
                slot.votes = slot.votes.saturating_add(1);
                if vote == BreakerVote::Failure {
                    slot.failures = slot.failures.saturating_add(1);
                    if self.should_open(now) {
                        self.open(now);
                    }
                }
            }
            (State::Closed, BreakerVote::Neutral) => {}
            // Any answer to the probe shows that the target is back.
            (State::Probing { .. }, BreakerVote::Success | BreakerVote::Neutral) => {
                self.state = State::Closed;
                self.slots = [Slot::default(); SLOTS];
            }
            (State::Probing { .. }, BreakerVote::Failure) => self.open(now),
            // Results of sends from before it opened.
            (State::Open { .. }, _) => {}
        }
    }

    /// Returns the state, for gauges.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Breaker, BreakerGate, BreakerState, BreakerVote};
    /// # let mut breaker = Breaker::default();
    /// # for _ in 0..20 {
    /// #     breaker.vote(1_000, BreakerVote::Failure);
    /// # }
    /// // 20 failures at 1,000 ms opened the breaker.
    /// assert_eq!(breaker.state(), BreakerState::Open);
    /// ```
    pub fn state(&self) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::Probing { .. } => BreakerState::Probing,
        }
    }

    fn open(&mut self, now: u64) {
        self.state = State::Open { since: now };
    }

    fn slot_index(&self, now: u64) -> u64 {
        now / (self.settings.window_ms / SLOTS as u64).max(1)
    }

    fn slot(&mut self, now: u64) -> &mut Slot {
        let index = self.slot_index(now);
        let slot = &mut self.slots[(index % SLOTS as u64) as usize];
        if slot.index != index {
            *slot = Slot {
                index,
                ..Slot::default()
            };
        }
        slot
    }

    fn should_open(&self, now: u64) -> bool {
        let newest = self.slot_index(now);
        let (failures, votes) = self
            .slots
            .iter()
            .filter(|slot| slot.index <= newest && newest - slot.index < SLOTS as u64)
            .fold((0u64, 0u64), |(failures, votes), slot| {
                (
                    failures + u64::from(slot.failures),
                    votes + u64::from(slot.votes),
                )
            });
        votes >= u64::from(self.settings.min_votes.max(1))
            && failures * 100 >= votes * u64::from(self.settings.failure_percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_enough_votes_and_forgets_old_ones() {
        let mut breaker = Breaker::default();
        for i in 0..19 {
            breaker.vote(i, BreakerVote::Failure);
        }
        assert_eq!(breaker.gate(100), BreakerGate::Pass);
        // A minute later the 19 no longer count.
        breaker.vote(61_000, BreakerVote::Failure);
        assert_eq!(breaker.gate(61_000), BreakerGate::Pass);
        for _ in 0..20 {
            breaker.vote(61_000, BreakerVote::Success);
        }
        for _ in 0..18 {
            breaker.vote(61_500, BreakerVote::Failure);
            assert_eq!(breaker.state(), BreakerState::Closed);
        }
        breaker.vote(61_500, BreakerVote::Failure);
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[test]
    fn rate_limits_do_not_open_it_and_a_wrong_key_does_at_once() {
        let mut breaker = Breaker::default();
        for _ in 0..1_000 {
            breaker.vote(0, BreakerVote::Neutral);
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.vote(0, BreakerVote::Lasting);
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[test]
    fn one_probe_at_a_time_and_a_lost_one_is_replaced() {
        let mut breaker = Breaker::default();
        breaker.vote(0, BreakerVote::Lasting);
        assert_eq!(breaker.gate(30_000), BreakerGate::Probe);
        assert_eq!(
            breaker.gate(30_001),
            BreakerGate::Blocked { until_ms: 60_000 }
        );
        // The probe's result never arrived.
        assert_eq!(breaker.gate(60_000), BreakerGate::Probe);
        breaker.vote(60_100, BreakerVote::Failure);
        assert_eq!(
            breaker.gate(60_200),
            BreakerGate::Blocked { until_ms: 90_100 }
        );
    }
}
