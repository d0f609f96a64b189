//! Retry policy of one call: a pure function.

use serde::Serialize;

use super::failure::{Failure, FailureClass, RetryVerdict};
use super::presets::{Curve, Numbers, RetryPreset};
use super::replay::{Replay, ReplayRisk};

/// Minimum jitter in milliseconds on a wait that the server requested; otherwise a tenth of the
/// wait. Cohere's client adds 0 to 20 %.
const WAIT_SPREAD_MS: u64 = 1_000;

/// State of one call after a failed send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Number of sends, the failed one included; at least 1.
    pub sends: u32,
    /// Milliseconds since the first send began.
    pub elapsed_ms: u64,
    /// Effects that a repeat could duplicate.
    pub replay: Replay,
}

impl Attempt {
    /// Creates the state of a plain request after `sends` sends, `elapsed_ms` milliseconds after
    /// the first began.
    ///
    /// ```
    /// let attempt = tokenfit::reply::retry::Attempt::new(1, 300);
    /// assert_eq!((attempt.sends, attempt.elapsed_ms), (1, 300));
    /// ```
    pub fn new(sends: u32, elapsed_ms: u64) -> Attempt {
        Attempt {
            sends: sends.max(1),
            elapsed_ms,
            replay: Replay::default(),
        }
    }

    /// Sets the effects that a repeat could duplicate.
    ///
    /// ```
    /// # use tokenfit::Request;
    /// use tokenfit::reply::retry::Attempt;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-5", "previous_response_id": "resp_1", "input": "Hi"}"#)?;
    /// assert!(Attempt::new(1, 300).replay(request.replay()).replay.stateful);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn replay(mut self, replay: Replay) -> Attempt {
        self.replay = replay;
        self
    }
}

/// Reason why a call is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The same request fails again.
    NotRetryable,
    /// The server said `x-should-retry: false`.
    ServerSaysNo,
    /// All sends of the policy are used.
    SendsSpent,
    /// The wait would end after the deadline.
    Deadline,
    /// The server requests a longer wait than the policy honors.
    WaitTooLong,
    /// A repeat could duplicate an effect.
    Replay(ReplayRisk),
    /// The shared retry budget is exhausted.
    BudgetSpent,
    /// The breaker of the host or model is open, or it is cooling down.
    Blocked,
}

impl StopReason {
    /// Returns the reason as a stable snake_case word.
    ///
    /// ```
    /// assert_eq!(tokenfit::reply::retry::StopReason::SendsSpent.as_str(), "sends_spent");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            StopReason::NotRetryable => "not_retryable",
            StopReason::ServerSaysNo => "server_says_no",
            StopReason::SendsSpent => "sends_spent",
            StopReason::Deadline => "deadline",
            StopReason::WaitTooLong => "wait_too_long",
            StopReason::Replay(_) => "replay",
            StopReason::BudgetSpent => "budget_spent",
            StopReason::Blocked => "blocked",
        }
    }
}

/// Next step after a failed send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Send the same request again after `wait_ms` milliseconds.
    Retry {
        /// Wait in milliseconds, jitter included.
        wait_ms: u64,
    },
    /// Give up on this model; another model or host may serve the request.
    NextModel {
        /// Reason to give up on this model.
        reason: StopReason,
        /// Milliseconds until this model may be tried again, if the server stated it.
        again_in_ms: Option<u64>,
    },
    /// Give up: no model would succeed, or a repeat is not safe.
    GiveUp {
        /// Reason to give up.
        reason: StopReason,
    },
}

impl Decision {
    /// Returns whether the same request is sent again.
    ///
    /// ```
    /// use tokenfit::reply::retry::Decision;
    ///
    /// assert!(Decision::Retry { wait_ms: 250 }.is_retry());
    /// ```
    pub fn is_retry(&self) -> bool {
        matches!(self, Decision::Retry { .. })
    }

    /// Returns why the request is not sent again; `None` for a retry.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let decision = RetryPolicy::standard().decide(&Attempt::new(5, 9_000), &Failure::of_status(502), 0.5);
    /// assert_eq!(decision.reason(), Some(StopReason::SendsSpent));
    /// ```
    pub fn reason(&self) -> Option<StopReason> {
        match self {
            Decision::Retry { .. } => None,
            Decision::NextModel { reason, .. } | Decision::GiveUp { reason } => Some(*reason),
        }
    }
}

/// Rules for repeating a call. Counts **sends**, not retries: 5 sends are 4 retries.
///
/// | setting | standard | interactive |
/// |---|---|---|
/// | sends in all | 5 | 3 |
/// | base, factor, cap | 1 s, 2, 60 s (after jitter too) | same |
/// | overloaded (503, 529) | base 5 s | same |
/// | longest wait honored | 120 s | 20 s |
/// | deadline for all sends | 600 s | 60 s |
/// | malformed or empty answers | 2 retries, no wait | same |
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::{Replay, StopReason};
/// use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy};
///
/// let policy = RetryPolicy::standard().sends(2);
/// let failure = Failure::of_status(502);
/// assert_eq!(policy.decide(&Attempt::new(1, 300), &failure, 0.25), Decision::Retry { wait_ms: 250 });
/// assert!(!policy.decide(&Attempt::new(2, 900), &failure, 0.25).is_retry());
///
/// let policy = RetryPolicy::interactive().deadline(30_000).longest_wait(10_000).cap(8_000);
/// assert_eq!((policy.last_send_begins_by_ms(), policy.longest_wait_ms()), (30_000, 10_000));
/// let decision = policy.decide(&Attempt::new(1, 300), &Failure::of_status(429).wait(60_000), 0.5);
/// assert_eq!(decision.reason(), Some(StopReason::WaitTooLong));
/// // A repeat would show the beginning of the answer twice.
/// let mut shown = Replay::default();
/// shown.shown = true;
/// let decision = policy.decide(&Attempt::new(1, 300).replay(shown), &Failure::of_status(502), 0.5);
/// assert!(!decision.is_retry());
/// assert_eq!(StopReason::Deadline.as_str(), "deadline");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    numbers: Numbers,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy::standard()
    }
}

impl RetryPolicy {
    /// Creates the default policy: 5 sends within 600 s.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// assert_eq!(RetryPolicy::standard().max_sends(), 5);
    /// ```
    pub fn standard() -> RetryPolicy {
        RetryPolicy::preset(RetryPreset::Standard)
    }

    /// Creates a policy for a user who waits: 3 sends within 60 s.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// assert_eq!(RetryPolicy::interactive().longest_wait_ms(), 20_000);
    /// ```
    pub fn interactive() -> RetryPolicy {
        RetryPolicy::preset(RetryPreset::Interactive)
    }

    /// Creates the policy of a preset.
    ///
    /// ```
    /// use tokenfit::reply::retry::{RetryPolicy, RetryPreset};
    /// use tokenfit::fit::Preset;
    ///
    /// assert_eq!(RetryPolicy::preset(RetryPreset::GuideHandler).max_sends(), 6);
    /// ```
    pub fn preset(preset: RetryPreset) -> RetryPolicy {
        RetryPolicy {
            numbers: preset.numbers(),
        }
    }

    /// Sets the maximum number of sends, the first included. 0 counts as 1.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let policy = RetryPolicy::standard().sends(2);    // one retry
    /// assert!(!policy.decide(&Attempt::new(2, 900), &Failure::of_status(502), 0.25).is_retry());
    /// ```
    #[must_use]
    pub fn sends(mut self, sends: u32) -> RetryPolicy {
        self.numbers.sends = sends.max(1);
        self
    }

    /// Sets the deadline in milliseconds after the first send. A wait that would end after it does
    /// not begin; a send in progress is not cut, because that is the HTTP client's timeout.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let policy = RetryPolicy::standard().deadline(1_000);
    /// let decision = policy.decide(&Attempt::new(1, 900), &Failure::of_status(502), 0.25);
    /// assert_eq!(decision.reason(), Some(StopReason::Deadline));
    /// ```
    #[must_use]
    pub fn deadline(mut self, deadline_ms: u64) -> RetryPolicy {
        self.numbers.deadline_ms = deadline_ms;
        self
    }

    /// Sets the longest server-requested wait to honor, in milliseconds.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let policy = RetryPolicy::standard().longest_wait(10_000);
    /// let decision = policy.decide(&Attempt::new(1, 300), &Failure::of_status(429).wait(11_000), 0.5);
    /// assert_eq!(decision.reason(), Some(StopReason::WaitTooLong));
    /// ```
    #[must_use]
    pub fn longest_wait(mut self, longest_wait_ms: u64) -> RetryPolicy {
        self.numbers.longest_wait_ms = longest_wait_ms;
        self
    }

    /// Sets the maximum backoff in milliseconds when the server requests no wait.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let policy = RetryPolicy::standard().cap(2_000);
    /// let decision = policy.decide(&Attempt::new(4, 9_000), &Failure::of_status(503), 0.999);
    /// assert_eq!(decision, Decision::Retry { wait_ms: 1_999 });
    /// ```
    #[must_use]
    pub fn cap(mut self, cap_ms: u64) -> RetryPolicy {
        self.numbers.cap_ms = cap_ms;
        self
    }

    /// Returns the longest server-requested wait that is honored, in milliseconds.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// assert_eq!(RetryPolicy::standard().longest_wait_ms(), 120_000);
    /// ```
    pub fn longest_wait_ms(&self) -> u64 {
        self.numbers.longest_wait_ms
    }

    /// Returns the maximum number of sends, the first included.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// assert_eq!(RetryPolicy::interactive().max_sends(), 3);
    /// ```
    pub fn max_sends(&self) -> u32 {
        self.numbers.sends
    }

    /// Returns the milliseconds after the first send within which the last one begins: the
    /// deadline. One send may run past it.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// assert_eq!(RetryPolicy::interactive().last_send_begins_by_ms(), 60_000);
    /// ```
    pub fn last_send_begins_by_ms(&self) -> u64 {
        self.numbers.deadline_ms
    }

    /// Decides the next step after a failed send. `random` is evenly distributed in `[0, 1)`; other
    /// values are clamped.
    ///
    /// Whatever a server answers, a call ends after at most [`max_sends`](RetryPolicy::max_sends)
    /// sends, and no send begins later than
    /// [`last_send_begins_by_ms`](RetryPolicy::last_send_begins_by_ms). Constant time.
    ///
    /// ```
    /// # use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, StopReason};
    /// let policy = RetryPolicy::standard();
    /// assert_eq!(policy.decide(&Attempt::new(1, 300), &Failure::of_status(502), 0.25), Decision::Retry { wait_ms: 250 });
    /// assert!(!policy.decide(&Attempt::new(1, 300), &Failure::of_status(400), 0.25).is_retry());
    /// ```
    pub fn decide(&self, attempt: &Attempt, failure: &Failure, random: f64) -> Decision {
        let give_up = |reason| Decision::GiveUp { reason };
        let next_model = |reason, again_in_ms| Decision::NextModel {
            reason,
            again_in_ms,
        };
        let risk = attempt.replay.risk(failure);
        let asked_wait = match failure.verdict {
            RetryVerdict::No => return give_up(StopReason::NotRetryable),
            // Another model is a new send of the same content, so anything already shown or done
            // still counts.
            verdict => match (risk, verdict) {
                (Some(risk), _) if binds_other_models(risk) => {
                    return give_up(StopReason::Replay(risk));
                }
                (_, RetryVerdict::Retry { wait_ms }) => wait_ms,
                _ => return next_model(StopReason::NotRetryable, None),
            },
        };
        if let Some(risk) = risk {
            return give_up(StopReason::Replay(risk));
        }
        if failure.server_says_retry == Some(false) {
            return next_model(StopReason::ServerSaysNo, asked_wait);
        }
        if asked_wait.is_some_and(|wait| wait > self.numbers.longest_wait_ms) {
            return next_model(StopReason::WaitTooLong, asked_wait);
        }
        let sends = match failure.class {
            FailureClass::BadAnswer => self
                .numbers
                .sends
                .min(self.numbers.bad_answer_retries.saturating_add(1)),
            _ => self.numbers.sends,
        };
        if attempt.sends >= sends {
            return next_model(StopReason::SendsSpent, asked_wait);
        }
        let left = self.numbers.deadline_ms.saturating_sub(attempt.elapsed_ms);
        let wait_ms = self.wait(attempt.sends, failure.class, asked_wait, random, left);
        if wait_ms >= left {
            return next_model(StopReason::Deadline, asked_wait);
        }
        Decision::Retry { wait_ms }
    }

    /// Returns the wait after `sends` sends: the server's request plus jitter, or the backoff.
    fn wait(
        &self,
        sends: u32,
        class: FailureClass,
        asked: Option<u64>,
        random: f64,
        left: u64,
    ) -> u64 {
        let random = if random.is_finite() {
            random.clamp(0.0, 1.0)
        } else {
            0.5
        };
        if let Some(asked) = asked {
            // Never less than requested. The deadline shortens the jitter, never the wait itself.
            let spread = WAIT_SPREAD_MS.max(asked / 10);
            let room = left.saturating_sub(1).saturating_sub(asked);
            let spread = spread.min(room) as f64 * random;
            return asked.saturating_add(spread as u64);
        }
        let curve: Curve = match class {
            FailureClass::BadAnswer | FailureClass::Rejected => return 0,
            FailureClass::Transient => self.numbers.transient,
            FailureClass::Overloaded => self.numbers.overloaded,
            FailureClass::Throttled => self.numbers.throttled,
        };
        let cap = self.numbers.cap_ms as f64;
        let exponent = i32::try_from(sends.saturating_sub(1)).unwrap_or(i32::MAX);
        let delay = (curve.base_ms as f64 * self.numbers.factor.powi(exponent))
            .max(curve.min_ms as f64)
            .min(cap);
        curve.jitter.apply(delay, random).min(cap) as u64
    }
}

/// Returns whether a risk also forbids another model, because anything shown, done or created
/// remains so.
fn binds_other_models(risk: ReplayRisk) -> bool {
    !matches!(risk, ReplayRisk::Stateful)
}

#[cfg(test)]
mod tests {
    use super::super::failure::Reached;
    use super::*;

    fn waits(policy: RetryPolicy, failure: Failure, random: f64) -> Vec<u64> {
        let mut waits = Vec::new();
        let mut elapsed = 0;
        for sends in 1..100 {
            match policy.decide(&Attempt::new(sends, elapsed), &failure, random) {
                Decision::Retry { wait_ms } => {
                    waits.push(wait_ms);
                    elapsed += wait_ms;
                }
                _ => return waits,
            }
        }
        panic!("no end");
    }

    #[test]
    fn curves_of_the_classes() {
        let standard = RetryPolicy::standard();
        assert_eq!(
            waits(standard, Failure::of_status(500), 0.5),
            [500, 1_000, 2_000, 4_000]
        );
        // 5 s at first, doubling: with the guide's "increase to 30-60 s" after three waits.
        assert_eq!(
            waits(standard, Failure::of_status(503), 0.999_999),
            [4_999, 9_999, 19_999, 39_999]
        );
        assert_eq!(
            waits(standard, Failure::of_status(429), 0.0),
            [500, 1_000, 2_000, 4_000]
        );
        let empty = Failure::of_kind("output_empty").unwrap();
        assert_eq!(waits(standard, empty, 0.7), [0, 0]);
    }

    #[test]
    fn asked_waits_are_never_shortened_and_capped_by_refusal() {
        let policy = RetryPolicy::standard();
        for wait in [0, 1, 20_000, 119_999, 120_000] {
            for random in [0.0, 0.5, 0.999] {
                let failure = Failure::of_status(429).wait(wait);
                let Decision::Retry { wait_ms } =
                    policy.decide(&Attempt::new(1, 0), &failure, random)
                else {
                    panic!("{wait}");
                };
                assert!(wait_ms >= wait && wait_ms <= wait + 1_000.max(wait / 10));
            }
        }
        assert_eq!(
            policy.decide(
                &Attempt::new(1, 0),
                &Failure::of_status(429).wait(120_001),
                0.0
            ),
            Decision::NextModel {
                reason: StopReason::WaitTooLong,
                again_in_ms: Some(120_001)
            }
        );
        // 30 s are left: a wait of 30 s would end at the deadline.
        let late = Attempt::new(1, 570_000);
        let decision = policy.decide(&late, &Failure::of_status(429).wait(30_000), 0.9);
        assert_eq!(decision.reason(), Some(StopReason::Deadline));
        // A wait of 29 s fits, its spread is shortened.
        let decision = policy.decide(&late, &Failure::of_status(429).wait(29_000), 0.9);
        assert_eq!(decision, Decision::Retry { wait_ms: 29_899 });
    }

    #[test]
    fn the_servers_word_counts_only_where_a_retry_can_succeed() {
        let policy = RetryPolicy::standard();
        let first = Attempt::new(1, 0);
        let no = Failure::of_status(500).server_says_retry(false);
        assert_eq!(
            policy.decide(&first, &no, 0.0).reason(),
            Some(StopReason::ServerSaysNo)
        );
        for kind in [
            "insufficient_quota",
            "request_too_large_for_rate_limit",
            "context_length_exceeded",
        ] {
            let failure = Failure::of_kind(kind).unwrap().server_says_retry(true);
            assert!(!policy.decide(&first, &failure, 0.0).is_retry(), "{kind}");
        }
    }

    #[test]
    fn a_shown_stream_is_not_sent_again_anywhere() {
        let mut replay = Replay {
            shown: true,
            ..Replay::default()
        };
        let cut = Failure::of_kind("server_error")
            .unwrap()
            .reached(Reached::Started);
        let attempt = Attempt::new(1, 0).replay(replay);
        let policy = RetryPolicy::standard();
        assert_eq!(
            policy.decide(&attempt, &cut, 0.0),
            Decision::GiveUp {
                reason: StopReason::Replay(ReplayRisk::Shown)
            }
        );
        replay.allowed = true;
        assert!(policy.decide(&attempt.replay(replay), &cut, 0.0).is_retry());
    }
}
