//! Retry budget, breaker and cooldown for every host and model, shared by threads.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::breaker::{Breaker, BreakerGate, BreakerSettings, BreakerState, BreakerVote};
use super::budget::{RetryBudget, RetryBudgetSettings};
use super::cooldown::Cooldown;
use super::failure::{Failure, FailureClass, RetryVerdict, Scope};
use super::policy::{Attempt, Decision, RetryPolicy, StopReason};
use crate::model::Host;

/// Settings of a [`Guard`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GuardSettings {
    /// Settings of each target's breaker.
    pub breaker: BreakerSettings,
    /// Settings of each model's retry budget.
    pub budget: RetryBudgetSettings,
    /// Maximum number of remembered targets. Beyond it the least recently used one is forgotten.
    pub max_targets: usize,
}

impl Default for GuardSettings {
    fn default() -> GuardSettings {
        GuardSettings {
            breaker: BreakerSettings::default(),
            budget: RetryBudgetSettings::default(),
            max_targets: 1_024,
        }
    }
}

/// Reason why a target is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockedBy {
    /// The breaker of the target is open.
    Breaker,
    /// The target requested a pause.
    Cooldown,
}

/// Answer of a guard before a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pass {
    /// The send may begin.
    Go,
    /// The send may begin as the probe of a target that failed. Report its result with
    /// [`Guard::succeeded`] or [`Guard::failed`].
    Probe,
    /// The send may not begin before `until_ms`: try another model, or wait.
    Blocked {
        /// Time in milliseconds on the caller's clock.
        until_ms: u64,
        /// Reason of the block.
        by: BlockedBy,
        /// Whether the whole host or only this model is blocked.
        scope: Scope,
    },
}

/// State shared by all sends, per host and per model at a host.
///
/// Model names are ids that the caller chooses; include the key's id if one process uses several
/// keys of a host. Operations take constant time, except forgetting a target (linear in
/// `max_targets`, once for each new one beyond it).
///
/// # Examples
///
/// ```
/// use tokenfit::reply::retry::BreakerState;
/// use tokenfit::model::Host;
/// use tokenfit::reply::retry::{Attempt, Failure, Guard, Pass, RetryPolicy, Scope};
///
/// let guard = Guard::default();
/// assert_eq!(guard.before(0, Host::OpenAi, "gpt-4o"), Pass::Go);
/// // The key is wrong: no model of the host is tried for 30 s, then one probe is.
/// let failure = Failure::of_status(401);
/// let decision = guard.failed(200, Host::OpenAi, "gpt-4o", &RetryPolicy::standard(), &Attempt::new(1, 200), &failure, 0.3);
/// assert!(!decision.is_retry());
/// assert!(matches!(guard.before(300, Host::OpenAi, "gpt-4.1"), Pass::Blocked { scope: Scope::Host, .. }));
/// assert_eq!(guard.before(30_200, Host::OpenAi, "gpt-4.1"), Pass::Probe);
/// guard.succeeded(30_400, Host::OpenAi, "gpt-4.1");
/// assert_eq!(guard.breakers(Host::OpenAi, "gpt-4.1").0, BreakerState::Closed);
/// // After the key was replaced, nothing of the past blocks a send.
/// guard.forget(Host::OpenAi);
/// assert_eq!(guard.before(30_500, Host::OpenAi, "gpt-4o"), Pass::Go);
/// ```
pub struct Guard {
    settings: GuardSettings,
    targets: Mutex<Targets>,
}

#[derive(Default)]
struct Targets {
    hosts: HashMap<Host, Target>,
    models: HashMap<Host, HashMap<Box<str>, Target>>,
    count: usize,
}

struct Target {
    breaker: Breaker,
    budget: RetryBudget,
    cooldown: Cooldown,
    used_ms: u64,
}

impl Target {
    fn new(settings: &GuardSettings, now: u64) -> Target {
        Target {
            breaker: Breaker::new(settings.breaker),
            budget: RetryBudget::new(settings.budget),
            cooldown: Cooldown::default(),
            used_ms: now,
        }
    }

    fn blocked(&mut self, now: u64) -> Option<(u64, BlockedBy)> {
        let cooling = self
            .cooldown
            .until(now)
            .map(|until| (until, BlockedBy::Cooldown));
        let open = self
            .breaker
            .blocked_until(now)
            .map(|until| (until, BlockedBy::Breaker));
        cooling
            .into_iter()
            .chain(open)
            .max_by_key(|(until, _)| *until)
    }
}

impl Default for Guard {
    fn default() -> Guard {
        Guard::new(GuardSettings::default())
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets = self.lock();
        f.debug_struct("Guard")
            .field("settings", &self.settings)
            .field("hosts", &targets.hosts.len())
            .field("models", &targets.count)
            .finish()
    }
}

impl Guard {
    /// Creates a guard without recorded failures.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::retry::Pass};
    /// use tokenfit::reply::retry::{Guard, GuardSettings};
    ///
    /// let mut settings = GuardSettings::default();
    /// settings.breaker.failure_percent = 80;
    /// let guard = Guard::new(settings);
    /// assert_eq!(guard.before(0, Host::OpenAi, "gpt-4o"), Pass::Go);
    /// ```
    pub fn new(settings: GuardSettings) -> Guard {
        Guard {
            settings,
            targets: Mutex::new(Targets::default()),
        }
    }

    /// Asks whether a send may begin. Claims the probe of a breaker that has been open long enough.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::retry::{Attempt, BreakerState, Failure, Guard, Pass, RetryPolicy};
    /// # let policy = RetryPolicy::standard();
    /// # let guard = Guard::default();
    /// guard.failed(200, Host::OpenAi, "gpt-4o", &policy, &Attempt::new(1, 200), &Failure::of_status(401), 0.3);
    /// // The key is wrong, so other models of the host are blocked too.
    /// assert!(matches!(guard.before(300, Host::OpenAi, "gpt-4.1"), Pass::Blocked { until_ms: 30_200, .. }));
    /// ```
    pub fn before(&self, now: u64, host: Host, model: &str) -> Pass {
        let mut targets = self.lock();
        let (at_host, at_model) = targets.both(&self.settings, now, host, model);
        // Both are asked before either grants its probe, so that no probe is claimed for a send
        // that does not begin.
        for (target, scope) in [(&mut *at_host, Scope::Host), (&mut *at_model, Scope::Model)] {
            if let Some((until_ms, by)) = target.blocked(now) {
                return Pass::Blocked {
                    until_ms,
                    by,
                    scope,
                };
            }
        }
        let gates = [at_host.breaker.gate(now), at_model.breaker.gate(now)];
        if gates.contains(&BreakerGate::Probe) {
            Pass::Probe
        } else {
            Pass::Go
        }
    }

    /// Records a successful send.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::retry::{Attempt, BreakerState, Failure, Guard, Pass, RetryPolicy};
    /// # let policy = RetryPolicy::standard();
    /// # let guard = Guard::default();
    /// guard.succeeded(900, Host::OpenAi, "gpt-4o");
    /// assert_eq!(guard.breakers(Host::OpenAi, "gpt-4o").1, BreakerState::Closed);
    /// ```
    pub fn succeeded(&self, now: u64, host: Host, model: &str) {
        let mut targets = self.lock();
        let (at_host, at_model) = targets.both(&self.settings, now, host, model);
        at_host.breaker.vote(now, BreakerVote::Success);
        at_model.breaker.vote(now, BreakerVote::Success);
        at_model.budget.success();
    }

    /// Records a failed send and decides what follows: the policy's decision, unless the shared
    /// budget is exhausted or the target is blocked for longer than the policy would wait.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::retry::{Attempt, BreakerState, Failure, Guard, Pass, RetryPolicy};
    /// # let policy = RetryPolicy::standard();
    /// # let guard = Guard::default();
    /// let decision = guard.failed(200, Host::OpenAi, "gpt-4o", &policy, &Attempt::new(1, 200), &Failure::of_status(502), 0.25);
    /// assert!(decision.is_retry());
    /// ```
    #[expect(
        clippy::too_many_arguments,
        reason = "a pure function of all that is known about the send"
    )]
    pub fn failed(
        &self,
        now: u64,
        host: Host,
        model: &str,
        policy: &RetryPolicy,
        attempt: &Attempt,
        failure: &Failure,
        random: f64,
    ) -> Decision {
        let mut targets = self.lock();
        let (at_host, at_model) = targets.both(&self.settings, now, host, model);
        let vote = vote_of(failure);
        match failure.scope {
            Scope::Host => at_host.breaker.vote(now, vote),
            Scope::Model => {
                at_model.breaker.vote(now, vote);
                // The host answered; if this send was its probe, that is the result.
                at_host.breaker.vote(now, BreakerVote::Neutral);
            }
            _ => {
                at_host.breaker.vote(now, BreakerVote::Neutral);
                at_model.breaker.vote(now, BreakerVote::Neutral);
            }
        }
        if let RetryVerdict::Retry {
            wait_ms: Some(wait),
        } = failure.verdict
        {
            match failure.scope {
                Scope::Host => at_host.cooldown.cool(now, wait),
                Scope::Model => at_model.cooldown.cool(now, wait),
                _ => {}
            }
        }
        let decision = policy.decide(attempt, failure, random);
        let Decision::Retry { wait_ms } = decision else {
            return decision;
        };
        let ready = [&mut *at_host, &mut *at_model]
            .into_iter()
            .filter_map(|target| target.blocked(now))
            .map(|(until, _)| until)
            .max();
        if let Some(until) = ready.filter(|until| *until > now.saturating_add(wait_ms)) {
            return Decision::NextModel {
                reason: StopReason::Blocked,
                again_in_ms: Some(until - now),
            };
        }
        if !at_model.budget.take(failure.class) {
            return Decision::NextModel {
                reason: StopReason::BudgetSpent,
                again_in_ms: None,
            };
        }
        decision
    }

    /// Returns the breaker states of a host and of a model there.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::retry::{Attempt, BreakerState, Failure, Guard, Pass, RetryPolicy};
    /// # let policy = RetryPolicy::standard();
    /// # let guard = Guard::default();
    /// guard.failed(200, Host::OpenAi, "gpt-4o", &policy, &Attempt::new(1, 200), &Failure::of_status(401), 0.3);
    /// assert_eq!(guard.breakers(Host::OpenAi, "gpt-4o"), (BreakerState::Open, BreakerState::Closed));
    /// ```
    pub fn breakers(&self, host: Host, model: &str) -> (BreakerState, BreakerState) {
        let targets = self.lock();
        let state = |target: Option<&Target>| {
            target.map_or(BreakerState::Closed, |target| target.breaker.state())
        };
        (
            state(targets.hosts.get(&host)),
            state(
                targets
                    .models
                    .get(&host)
                    .and_then(|models| models.get(model)),
            ),
        )
    }

    /// Ends cooldowns and closes the breakers of a host and all its models, for instance after a
    /// new key or more credit.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::retry::{Attempt, BreakerState, Failure, Guard, Pass, RetryPolicy};
    /// # let policy = RetryPolicy::standard();
    /// # let guard = Guard::default();
    /// guard.failed(200, Host::OpenAi, "gpt-4o", &policy, &Attempt::new(1, 200), &Failure::of_status(401), 0.3);
    /// guard.forget(Host::OpenAi);    // the key was replaced
    /// assert_eq!(guard.before(300, Host::OpenAi, "gpt-4o"), Pass::Go);
    /// ```
    pub fn forget(&self, host: Host) {
        let mut targets = self.lock();
        targets.hosts.remove(&host);
        if let Some(models) = targets.models.remove(&host) {
            targets.count -= models.len();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Targets> {
        // Every operation leaves the maps consistent, so a panic of another holder does not matter.
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Targets {
    fn both(
        &mut self,
        settings: &GuardSettings,
        now: u64,
        host: Host,
        model: &str,
    ) -> (&mut Target, &mut Target) {
        let known = self
            .models
            .get(&host)
            .is_some_and(|models| models.contains_key(model));
        if !known {
            if self.count >= settings.max_targets.max(1) {
                self.forget_oldest();
            }
            self.count += 1;
            self.models
                .entry(host)
                .or_default()
                .insert(model.into(), Target::new(settings, now));
        }
        let at_model = self
            .models
            .get_mut(&host)
            .and_then(|models| models.get_mut(model))
            .expect("known, or inserted above");
        let at_host = self
            .hosts
            .entry(host)
            .or_insert_with(|| Target::new(settings, now));
        at_model.used_ms = now;
        at_host.used_ms = now;
        (at_host, at_model)
    }

    fn forget_oldest(&mut self) {
        let oldest = self
            .models
            .iter()
            .flat_map(|(host, models)| {
                models
                    .iter()
                    .map(move |(model, target)| (target.used_ms, *host, model))
            })
            .min_by_key(|(used, ..)| *used)
            .map(|(_, host, model)| (host, model.clone()));
        if let Some((host, model)) = oldest
            && let Some(models) = self.models.get_mut(&host)
        {
            models.remove(&model);
            self.count -= 1;
        }
    }
}

fn vote_of(failure: &Failure) -> BreakerVote {
    match failure.class {
        _ if failure.lasting => BreakerVote::Lasting,
        FailureClass::Transient | FailureClass::Overloaded => BreakerVote::Failure,
        FailureClass::Throttled | FailureClass::BadAnswer | FailureClass::Rejected => {
            BreakerVote::Neutral
        }
    }
}
