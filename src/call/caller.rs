//! Settings and state that all calls share.

use std::fmt;
use std::sync::Arc;

use super::learned::LearnedLimits;
use crate::check::RepairPolicy;
use crate::fit::{Fitter, Preset};
use crate::reply::retry::{Guard, RetryPolicy};
#[cfg(feature = "stats")]
use crate::reply::stats::Stats;

/// How to fit a request.
#[derive(Clone)]
pub(super) enum Fit {
    Preset(Preset),
    /// Fitter of the caller, whose budget is replaced by the target's.
    Fitter(Box<Fitter>),
}

/// Settings of calls, and the state that they share: guard, learned limits, statistics. Build one
/// and share it: it is `Send + Sync`, and a clone is cheap.
///
/// | setting | default |
/// |---|---|
/// | [`repair`](Caller::repair) | off: a request that its provider would refuse is not sent |
/// | [`fit`](Caller::fit) | off: a request that is too long is not sent |
/// | [`retry`](Caller::retry) | [`RetryPolicy::standard`]: 5 sends to each target |
/// | [`limit_sends`](Caller::limit_sends) | those of all targets of the chain together |
/// | [`limit_refits`](Caller::limit_refits) | 2 for each target |
///
/// # Examples
///
/// ```
/// use tokenfit::Models;
/// use tokenfit::call::{Caller, Target};
/// use tokenfit::check::RepairPolicy;
/// use tokenfit::fit::Preset;
/// use tokenfit::reply::retry::RetryPolicy;
///
/// let models = Models::builtin();
/// let chain = [Target::new(&models.get("gpt-4o")?), Target::new(&models.get("gpt-4.1")?)];
/// let caller = Caller::new()
///     .repair(RepairPolicy::default())
///     .fit(Preset::Agent)
///     .retry(RetryPolicy::interactive())
///     .limit_sends(4);
/// let call = caller.call(&chain, r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
/// assert_eq!(call.sends(), 0);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Caller {
    pub(super) repairs: Option<RepairPolicy>,
    pub(super) port: RepairPolicy,
    pub(super) fit: Option<Fit>,
    pub(super) retry: RetryPolicy,
    pub(super) sends: Option<u32>,
    pub(super) refits: u32,
    pub(super) sends_refused: bool,
    pub(super) refusals_fall_back: bool,
    pub(super) guard: Arc<Guard>,
    pub(super) learned: Arc<LearnedLimits>,
    #[cfg(feature = "stats")]
    pub(super) stats: Option<Arc<Stats>>,
}

impl Default for Caller {
    fn default() -> Caller {
        Caller::new()
    }
}

impl Caller {
    /// Creates the default settings, with a separate guard and separate learned limits.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.max_sends(), 5);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> Caller {
        Caller {
            repairs: None,
            port: RepairPolicy::port(),
            fit: None,
            retry: RetryPolicy::standard(),
            sends: None,
            refits: 2,
            sends_refused: false,
            refusals_fall_back: false,
            guard: Arc::default(),
            learned: Arc::default(),
            #[cfg(feature = "stats")]
            stats: None,
        }
    }

    /// Sets the repair of a request that its provider would refuse.
    ///
    /// ```
    /// # use tokenfit::check::RepairPolicy;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().repair(RepairPolicy::default()).call(&[target], body)?;
    /// assert!(matches!(call.next(at), Step::Send { .. }));    // without the result that has no call
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn repair(mut self, policy: RepairPolicy) -> Caller {
        self.repairs = Some(policy);
        self
    }

    /// Sets how a request is adapted to a model other than the one it names. [`RepairPolicy::port`]
    /// by default.
    ///
    /// ```
    /// # use tokenfit::check::RepairPolicy;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let body = r#"{"model": "gpt-5", "max_completion_tokens": 900, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().port(RepairPolicy::port().drop_cache_marks(false)).call(&[target], body)?;
    /// let Step::Send { body, .. } = call.next(at) else { panic!("it can be sent") };
    /// assert!(body.starts_with(br#"{"model": "gpt-4o""#));    // the model of the target
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn port(mut self, policy: RepairPolicy) -> Caller {
        self.port = policy;
        self
    }

    /// Sets the preset that fits a request that is too long, before it is sent and after its host
    /// stated a smaller limit.
    ///
    /// ```
    /// # use tokenfit::fit::Preset;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let turn = r#"{"role": "user", "content": "Is bed 1 dry?"}, {"role": "assistant", "content": "Yes."}, "#;
    /// # let body = format!(r#"{{"model": "gpt-4o", "messages": [{} {{"role": "user", "content": "And bed 2?"}}]}}"#, turn.repeat(50));
    /// let target = target.budget(|budget| budget.limit_input(300));
    /// let mut call = Caller::new().fit(Preset::Agent).call(&[target], &body)?;
    /// let Step::Send { body: smaller, .. } = call.next(at) else { panic!("it is fitted") };
    /// assert!(smaller.len() < body.len());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn fit(mut self, preset: Preset) -> Caller {
        self.fit = Some(Fit::Preset(preset));
        self
    }

    /// Sets a fitter of the caller. The target's budget replaces its budget.
    ///
    /// ```
    /// use tokenfit::{Budget, Fitter, Models, call::Caller, fit::DropOldest};
    ///
    /// let fitter = Fitter::new(Budget::lenient(&Models::builtin())).then(DropOldest::new());
    /// let caller = Caller::new().fitter(fitter);
    /// # let _ = caller;
    /// ```
    #[must_use]
    pub fn fitter(mut self, fitter: Fitter) -> Caller {
        self.fit = Some(Fit::Fitter(Box::new(fitter)));
        self
    }

    /// Sets the retry policy of each target.
    ///
    /// ```
    /// # use tokenfit::reply::retry::RetryPolicy;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let call = Caller::new().retry(RetryPolicy::interactive()).call(&[target], body)?;
    /// assert_eq!(call.max_sends(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Caller {
        self.retry = policy;
        self
    }

    /// Sets the maximum number of sends of a call over all targets.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let call = Caller::new().limit_sends(2).call(&[target], body)?;
    /// assert_eq!(call.max_sends(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn limit_sends(mut self, sends: u32) -> Caller {
        self.sends = Some(sends);
        self
    }

    /// Sets how often a target gets a smaller request after it refused one as too large.
    ///
    /// ```
    /// # use tokenfit::fit::Preset;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let turn = r#"{"role": "user", "content": "Is bed 1 dry?"}, {"role": "assistant", "content": "Yes."}, "#;
    /// # let body = format!(r#"{{"model": "gpt-4o", "messages": [{} {{"role": "user", "content": "And bed 2?"}}]}}"#, turn.repeat(50));
    /// let mut call = Caller::new().fit(Preset::Agent).limit_refits(0).call(&[target], &body)?;
    /// assert!(matches!(call.next(at), Step::Send { .. }));
    /// let overflow = b"This model's maximum context length is 500 tokens. However, your messages resulted in 900 tokens.";
    /// call.answered(at, 400, NO_HEADERS, overflow);
    /// assert!(matches!(call.next(at), Step::GiveUp { .. }));    // not sent again, smaller
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn limit_refits(mut self, refits: u32) -> Caller {
        self.refits = refits;
        self
    }

    /// Sets whether requests that the check would refuse are sent, for hosts whose rules differ
    /// from the known ones.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let body = r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().send_refused(true).call(&[target], body)?;
    /// assert!(matches!(call.next(at), Step::Send { .. }));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn send_refused(mut self, send: bool) -> Caller {
        self.sends_refused = send;
        self
    }

    /// Tries the next target when a model refuses to answer.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let chain = [target, Target::new(&Models::builtin().get("gpt-4.1")?)];
    /// let mut call = Caller::new().refusals_fall_back(true).call(&chain, body)?;
    /// assert!(matches!(call.next(at), Step::Send { target: 0, .. }));
    /// call.answered(at, 200, NO_HEADERS, br#"{"choices": [{"message": {"content": null, "refusal": "I cannot."}, "finish_reason": "stop"}]}"#);
    /// assert!(matches!(call.next(at), Step::Send { target: 1, .. }));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn refusals_fall_back(mut self, fall_back: bool) -> Caller {
        self.refusals_fall_back = fall_back;
        self
    }

    /// Sets a shared guard: retry budgets, breakers and cooldowns.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tokenfit::{call::Caller, reply::retry::Guard};
    ///
    /// let guard = Arc::new(Guard::default());
    /// let (chat, search) = (Caller::new().guard(guard.clone()), Caller::new().guard(guard));
    /// assert!(Arc::ptr_eq(chat.shared_guard(), search.shared_guard()));
    /// ```
    #[must_use]
    pub fn guard(mut self, guard: Arc<Guard>) -> Caller {
        self.guard = guard;
        self
    }

    /// Sets shared learned limits.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tokenfit::call::{Caller, LearnedLimits};
    ///
    /// let limits = Arc::new(LearnedLimits::new());    // restored from a file, for instance
    /// let caller = Caller::new().learned(limits.clone());
    /// assert!(Arc::ptr_eq(caller.learned_limits(), &limits));
    /// ```
    #[must_use]
    pub fn learned(mut self, learned: Arc<LearnedLimits>) -> Caller {
        self.learned = learned;
        self
    }

    /// Sets the statistics that record sends and calls.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tokenfit::reply::stats::Stats;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// let stats = Arc::new(Stats::default());
    /// let mut call = Caller::new().stats(stats.clone()).call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// assert_eq!(stats.snapshot(at.now_ms).total.sends, 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(mut self, stats: Arc<Stats>) -> Caller {
        self.stats = Some(stats);
        self
    }

    /// Returns the guard.
    ///
    /// ```
    /// # use tokenfit::call::Caller;
    /// use tokenfit::{model::Host, reply::retry::Pass};
    ///
    /// let caller = Caller::new();
    /// assert_eq!(caller.shared_guard().before(0, Host::OpenAi, "gpt-4o"), Pass::Go);
    /// ```
    pub fn shared_guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Returns the learned limits.
    ///
    /// ```
    /// # use tokenfit::call::Caller;
    /// assert!(Caller::new().learned_limits().rows().is_empty());
    /// ```
    pub fn learned_limits(&self) -> &Arc<LearnedLimits> {
        &self.learned
    }

    /// Returns the maximum number of sends over a chain of `targets` targets.
    pub(super) fn max_sends(&self, targets: usize) -> u32 {
        let each = self.retry.max_sends();
        let all = each.saturating_mul(u32::try_from(targets).unwrap_or(u32::MAX));
        self.sends.unwrap_or(all)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("repairs", &self.repairs.is_some())
            .field("fits", &self.fit.is_some())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
