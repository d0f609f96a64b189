//! The fitter: budget, keep rules and strategies, and the steps from a request to one that fits.
//!
//! ```text
//! request ─▶ far below the mark by its bounds, or by its count?  ─▶ unchanged, if it passes the check
//!            a larger model that takes it as it is?              ─▶ that model
//!            repair the history, if its provider would refuse it
//!            decide what goes (replay.rs), write it, count it anew
//!            larger than planned? decide again, for so much less
//!            check it                                            ─▶ edited, with its receipt
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use super::counter::{MessageCounter, MessageCounts};
use super::keep::Keep;
use super::replay::Marks;
use super::strategies::Shorten;
use super::strategy::Strategy;
use super::{Cut, Fitted, SummaryPolicy};
use crate::budget::Budget;
use crate::check::RepairPolicy;
use crate::error::{Error, Inner};
use crate::model::Model;
use crate::request::Request;

/// A water mark: a fraction of the [budget](Budget), or a number of tokens.
///
/// ```
/// use tokenfit::{Budget, Models};
/// use tokenfit::fit::{Level, Preset};
///
/// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
/// let fitter = Preset::Agent.fitter(budget).high_water(0.9).low_water(Level::Tokens(60_000));
/// # let _ = fitter;
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// A fraction of the budget, from 0 to 1.
    Fraction(f64),
    /// Tokens, or the unit of the budget.
    Tokens(u64),
}

impl From<f64> for Level {
    fn from(fraction: f64) -> Level {
        Level::Fraction(fraction)
    }
}

impl Level {
    /// Returns the smallest limit whose mark is at least `size`.
    pub(super) fn limit_for(self, size: u64) -> u64 {
        match self {
            Level::Fraction(fraction) if fraction > 0.0 && fraction < 1.0 => {
                let limit = (size as f64 / fraction).ceil() as u64;
                // Rounding of the fraction can be off by one.
                if self.of(limit) < size {
                    limit + 1
                } else {
                    limit
                }
            }
            Level::Fraction(_) | Level::Tokens(_) => size,
        }
    }

    fn of(self, limit: u64) -> u64 {
        match self {
            // A fraction of at most 1 of a number below 2^53 is exact enough, and never more than
            // the whole.
            Level::Fraction(fraction) => {
                ((limit as f64 * fraction.clamp(0.0, 1.0)) as u64).min(limit)
            }
            Level::Tokens(tokens) => tokens.min(limit),
        }
    }
}

/// Makes requests fit a budget. Build one and share it: it is `Send + Sync`, and a clone is cheap.
///
/// A request below the high-water mark that its provider accepts is returned unchanged. One above
/// it is trimmed to the low-water mark by the strategies in their order, as far as the keep rules
/// allow, then counted again. Both are checked: the result fits and passes the check, or there is a
/// typed error.
///
/// By default the initial instructions, developer messages, the last user message and the open
/// round of tool calls are protected; the high-water mark is the whole budget, the low-water mark
/// four fifths of it; a history that its provider would refuse is repaired first. A fitter for a
/// history that replaces the original, or is fitted only once, may keep more of it:
/// [`low_water(1.0)`](Fitter::low_water) and [`turn_by_turn(false)`](Fitter::turn_by_turn).
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropOldest, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(40);
/// let fitter = Fitter::new(budget).also_keep(|keep| keep.first_user(true)).then(DropOldest::new());
/// let request = Request::parse(r#"{"messages": [
///     {"role": "system", "content": "You water plants."},
///     {"role": "user", "content": "Look after beds 1 to 3."},
///     {"role": "assistant", "content": "Bed 1 is dry, I have watered it."},
///     {"role": "assistant", "content": "Bed 2 is wet enough for today."},
///     {"role": "user", "content": "And bed 3?"}]}"#)?;
/// let fitted = fitter.fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 3);
/// let receipt = fitted.receipt();
/// assert_eq!(receipt.tokens_after, Some(33));
/// // Fitting the result again changes nothing.
/// assert!(fitter.fit(fitted.request())?.is_unchanged());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Fitter {
    pub(super) budget: Budget,
    pub(super) counter: Option<Arc<dyn MessageCounter>>,
    pub(super) keep: Keep,
    pub(super) high: Level,
    pub(super) low: Level,
    pub(super) strategies: Arc<Vec<Arc<dyn Strategy>>>,
    pub(super) fallbacks: Vec<Model>,
    pub(super) repairs: Option<RepairPolicy>,
    pub(super) steps: bool,
    pub(super) sends_refused: bool,
    /// Minimum output limit; limits are lowered down to it before anything is removed.
    pub(super) least_output: Option<u64>,
    /// Summary policy, and the number of strategies before it.
    pub(super) summaries: Option<(usize, Arc<SummaryPolicy>)>,
}

impl Fitter {
    /// Creates a fitter without strategies: it reports whether a request fits, and removes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(1)).counting_with(Unit::Messages);
    /// let request = Request::parse(r#"[{"role": "user", "content": "Hello"}]"#)?;
    /// assert!(fitter.fit(&request)?.is_unchanged());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(budget: Budget) -> Fitter {
        Fitter {
            budget,
            counter: None,
            keep: Keep::default(),
            high: Level::Fraction(1.0),
            low: Level::Fraction(0.8),
            strategies: Arc::new(Vec::new()),
            fallbacks: Vec::new(),
            repairs: Some(RepairPolicy::default()),
            steps: true,
            sends_refused: false,
            least_output: None,
            summaries: None,
        }
    }

    pub(super) fn set_summaries(&mut self, summaries: SummaryPolicy) {
        let summaries = Arc::new(summaries);
        self.keep.summarized = Some(Arc::clone(&summaries));
        self.summaries = Some((self.strategies.len(), summaries));
    }

    pub(super) fn summaries(&self) -> Option<(usize, &SummaryPolicy)> {
        let (at, summaries) = self.summaries.as_ref()?;
        Some((*at, summaries))
    }

    pub(super) fn strategies(&self) -> &[Arc<dyn Strategy>] {
        &self.strategies
    }

    /// Adds a strategy after the existing ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::fit::{ClearToolResults, DropOldest, Fitter};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let fitter = Fitter::new(budget).then(ClearToolResults::keep_last(3)).then(DropOldest::new());
    /// # let _ = fitter;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn then(mut self, strategy: impl Strategy + 'static) -> Fitter {
        Arc::make_mut(&mut self.strategies).push(Arc::new(strategy));
        self
    }

    /// Sets a counter other than the budget's model, see [`MessageCounter`]. The budget's numbers
    /// are then in the counter's unit.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(4)).counting_with(Unit::Words).then(DropOldest::new());
    /// let request = Request::parse(r#"[{"role": "user", "content": "one two three"},
    ///     {"role": "assistant", "content": "four five"}, {"role": "user", "content": "six"}]"#)?;
    /// assert_eq!(fitter.fit(&request)?.request().messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn counting_with(mut self, counter: impl MessageCounter + 'static) -> Fitter {
        self.counter = Some(Arc::new(counter));
        self
    }

    /// Sets the mark above which requests are trimmed: a fraction of the budget, or a [`Level`] in
    /// tokens. The whole budget by default.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(4)).counting_with(Unit::Messages).then(DropOldest::new());
    /// assert!(fitter.fit(&request)?.is_unchanged());
    /// assert!(!fitter.high_water(0.5).fit(&request)?.is_unchanged());    // trimmed above 2 of 4
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn high_water(mut self, level: impl Into<Level>) -> Fitter {
        self.high = level.into();
        self
    }

    /// Sets the mark down to which requests are trimmed, 0.8 of the budget by default. A low mark
    /// cuts rarely but deeply and preserves the prompt cache in between; one at the high mark cuts
    /// as little as possible, every turn.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(8)).counting_with(Unit::Messages).low_water(0.5).then(DropOldest::new());
    /// let nine: Vec<_> = (0..9).map(|nth| serde_json::json!({"role": "user", "content": format!("note {nth}")})).collect();
    /// let request = Request::from_serialize(&nine)?;
    /// assert_eq!(fitter.fit(&request)?.request().messages().len(), 4);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn low_water(mut self, level: impl Into<Level>) -> Fitter {
        self.low = level.into();
        self
    }

    /// Replaces the keep rules. The example of [`Keep`] shows both ways.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// use tokenfit::fit::Keep;
    ///
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::groups());
    /// let fitted = fitter.keep(Keep::new().first_messages(1)).fit(&request)?;
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "Bed 1?");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Fitter {
        self.keep = Keep {
            summarized: self.keep.summarized.take(),
            ..keep
        };
        self
    }

    /// Changes the keep rules, for example those of a preset.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(2))
    ///     .counting_with(Unit::Messages)
    ///     .low_water(1.0)
    ///     .then(DropOldest::new())
    ///     .also_keep(|keep| keep.first_user(true));
    /// let request = Request::parse(r#"[{"role": "user", "content": "Plan."}, {"role": "user", "content": "Bed 1?"},
    ///     {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitted = fitter.fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["Plan.", "Bed 2?"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn also_keep(self, change: impl FnOnce(Keep) -> Keep) -> Fitter {
        let keep = change(self.keep.clone());
        self.keep(keep)
    }

    /// Cuts every oversized string before any strategy runs: all tool results, and other
    /// unprotected messages. Only applies if the request must be trimmed; also works with a preset.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::fit::{Cut, Preset};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let fitter = Preset::Agent.fitter(budget).limit_messages(Cut::ends(2_000));
    /// # let _ = fitter;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn limit_messages(mut self, cut: Cut) -> Fitter {
        let limit = Shorten::new(cut).in_open_round().every_one();
        Arc::make_mut(&mut self.strategies).insert(0, Arc::new(limit));
        if let Some((at, _)) = &mut self.summaries {
            *at += 1;
        }
        self
    }

    /// Sets models to fall back to, in order of preference, before anything is removed: the request
    /// goes to the first model whose budget accepts it unchanged (counted and checked for that
    /// model), and its model name is replaced.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Fitter;
    ///
    /// let models = Models::builtin();
    /// let fitter = Fitter::new(Budget::new(&models.get("gpt-4")?)).fallbacks(&[models.get("gpt-4o")?]);
    /// let long = "water the beds ".repeat(5_000);
    /// let request = Request::from_serialize(&serde_json::json!({"model": "gpt-4", "messages": [{"role": "user", "content": long}]}))?;
    /// let fitted = fitter.fit(&request)?;                     // gpt-4 has a window of 8,192
    /// assert_eq!(fitted.request().model().as_deref(), Some("gpt-4o"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn fallbacks(mut self, models: &[Model]) -> Fitter {
        self.fallbacks.extend_from_slice(models);
        self
    }

    /// Sets the repair of a history that its provider would refuse, made before fitting; `None`
    /// skips it, and a refused request is then an error. [`RepairPolicy::default`] by default.
    ///
    /// ```
    /// # use tokenfit::{Budget, ErrorKind, Models, Request, fit::{DropOldest, Fitter}};
    /// # let long = "dry ".repeat(50);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": long}, {"role": "assistant", "content": long},
    /// #     {"role": "user", "content": "Hm."}, {"role": "tool", "tool_call_id": "lost", "content": "4 %"}, {"role": "user", "content": "Well?"}]}))?;
    /// // A long history with a result whose call is missing.
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(100);
    /// let fitter = Fitter::new(budget).then(DropOldest::new()).also_keep(|keep| keep.last_groups(2));
    /// assert!(fitter.fit(&request)?.receipt().has_repairs());
    /// assert_eq!(fitter.repairing(None).fit(&request).unwrap_err().kind(), ErrorKind::Refused);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn repairing(mut self, policy: Option<RepairPolicy>) -> Fitter {
        self.repairs = policy;
        self
    }

    /// Returns a request that its provider would refuse, with its [report](Fitted::report), instead
    /// of an error; one that fits is then not repaired. For a server with rules of its own.
    ///
    /// ```
    /// use tokenfit::{Budget, ErrorKind, Models, Request, fit::Preset};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().for_request(&request)?));
    /// assert_eq!(fitter.fit(&request).unwrap_err().kind(), ErrorKind::Refused);
    ///
    /// let fitter = fitter.send_refused(true);
    /// let fitted = fitter.fit(&request)?;
    /// assert!(fitted.is_unchanged() && !fitted.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn send_refused(mut self, send: bool) -> Fitter {
        self.sends_refused = send;
        self
    }

    /// Sets whether history is replayed turn by turn, so that it is cut where it would have been
    /// cut as it grew. Then an application that fits its full history before each request sends the
    /// same prefix until the next cut. On by default; turn it off if the fitted history replaces
    /// the original, or is fitted only once.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).then(DropOldest::new());
    /// let fitted = fitter.turn_by_turn(false).fit(&request)?;    // its history replaces the original
    /// assert_eq!(fitted.request().messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn turn_by_turn(mut self, steps: bool) -> Fitter {
        self.steps = steps;
        self
    }

    /// Lowers the output limit of a request (such as `max_tokens`) to the rest of the window after
    /// the input, before anything is removed. If that would be less than `least`, the request is
    /// trimmed instead. Has no effect with a reserve of the [budget](Budget::reserve_output)
    /// itself. Off by default.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4", "max_tokens": 8190, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().for_request(&request)?)).clamp_output(1_000);
    /// let fitted = fitter.fit(&request)?;
    /// assert_eq!(fitted.request().max_output_tokens(), Some(8_192 - 8));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "max_tokens")]
    #[must_use]
    pub fn clamp_output(mut self, least: u64) -> Fitter {
        self.least_output = Some(least);
        self
    }

    /// Returns the keep rules that name a message or a tool that the request does not have:
    /// probably a mistake, unless the history is still to grow. Linear in the request.
    /// [`UnmatchedPin`](super::UnmatchedPin) has an example.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).also_keep(|keep| keep.tools(["plan"]));
    /// assert_eq!(fitter.unmatched_pins(&request).len(), 1);    // no call of `plan`
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn unmatched_pins(&self, request: &Request<'_>) -> Vec<super::UnmatchedPin> {
        self.keep.unmatched(request)
    }

    /// Returns a copy of the fitter with another budget.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, fit::Preset};
    ///
    /// let models = Models::builtin();
    /// let fitter = Preset::Agent.fitter(Budget::lenient(&models));
    /// let fitter = fitter.for_budget(Budget::new(&models.get("gpt-4o")?));
    /// assert!(fitter.budget().model().is_some());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn for_budget(&self, budget: Budget) -> Fitter {
        Fitter {
            budget,
            ..self.clone()
        }
    }

    /// Returns the budget that requests are fitted to.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, fit::Preset};
    /// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().get("gpt-4o")?));
    /// assert_eq!(fitter.budget().model().unwrap().id(), "gpt-4o");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Makes a request fit: returns it unchanged if it fits already, otherwise trimmed and checked.
    ///
    /// Linear in the request. If it fits by its bounds, it is only checked, and nothing is
    /// tokenized; otherwise it is counted, and the edited request is written, parsed, counted and
    /// checked.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::CannotFit`](crate::ErrorKind::CannotFit): the protected parts are too large;
    ///   [`Error::cannot_fit`] has the floor, the largest messages, and suggestions.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused): the request fits, but its provider
    ///   would refuse it for another reason. Fields that the provider does not have, and a model
    ///   that is named elsewhere, are only listed in the [report](super::Fitted::report).
    /// - [`ErrorKind::InvalidBudget`](crate::ErrorKind::InvalidBudget): nothing is left for the
    ///   input, or no limit is known.
    /// - [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel): the model is unknown, and the
    ///   budget has no models.
    /// - [`ErrorKind::NoHistory`](crate::ErrorKind::NoHistory): strings to embed or to complete are
    ///   not a conversation.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, ErrorKind, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let fitted = Preset::SlidingWindow.fitter(budget.clone().limit_input(15)).fit(&request)?;
    /// assert_eq!(fitted.request().messages().len(), 1);
    ///
    /// let error = Preset::SlidingWindow.fitter(budget.limit_input(5)).fit(&request).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::CannotFit);
    /// assert_eq!(error.cannot_fit().map(|report| report.floor), Some(9));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fit<'r>(&self, request: &'r Request<'_>) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, None)
    }

    /// Fits a request that the result owns.
    pub(crate) fn fit_owned<'a>(&self, request: Request<'a>) -> Result<Fitted<'a>, Error> {
        let outcome = self.fit(&request)?.into_outcome();
        Ok(Fitted::keeping(request, outcome))
    }

    /// Fits a request whose count is known, so that it is not counted again.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::Preset;
    ///
    /// let model = Models::builtin().get("gpt-4o")?;
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let counts = tokenfit::fit::MessageCounter::count_messages(&model, &request);
    /// let fitter = Preset::Agent.fitter(Budget::new(&model));
    /// assert!(fitter.fit_knowing(&request, &counts)?.is_unchanged());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fit_knowing<'r>(
        &self,
        request: &'r Request<'_>,
        counts: &MessageCounts,
    ) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, Some(counts))
    }

    /// Returns the fitter for one request; its budget may depend on the model that the request
    /// names.
    pub(super) fn for_request(&self, request: &Request<'_>) -> Cow<'_, Fitter> {
        match self.budget.of_request(request) {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(budget) => Cow::Owned(Fitter {
                budget,
                ..self.clone()
            }),
        }
    }

    pub(super) fn marks(&self, request: &Request<'_>) -> Result<Marks, Error> {
        let Some(limit) = self.budget.max_input(request)? else {
            return Err(Inner::Budget {
                what: "no limit is known for the model".to_owned(),
                remedy: "set one with `Budget::limit_input`".to_owned(),
            }
            .into());
        };
        Ok(self.marks_of(limit))
    }

    /// Returns the limit of the input of a request.
    pub(super) fn limit_of(&self, request: &Request<'_>) -> Result<u64, Error> {
        Ok(self.marks(request)?.limit)
    }

    /// Returns the high-water mark under a limit.
    pub(super) fn high_water_of(&self, limit: u64) -> u64 {
        self.high.of(limit)
    }

    /// Returns the fitter for a provider that counts `ratio` tokens for each one counted here,
    /// under a limit in the provider's counts.
    pub(super) fn measured_by(mut self, ratio: f64, limit: u64) -> Fitter {
        let here = |tokens: u64| (tokens as f64 / ratio) as u64;
        self.budget = self.budget.limit_input(here(limit));
        for level in [&mut self.high, &mut self.low] {
            if let Level::Tokens(tokens) = level {
                *tokens = here(*tokens);
            }
        }
        self
    }

    pub(super) fn marks_of(&self, limit: u64) -> Marks {
        let high = self.high.of(limit);
        Marks {
            limit,
            high,
            low: self.low.of(limit).min(high),
        }
    }

    pub(super) fn counter_for(
        &self,
        request: &Request<'_>,
    ) -> Result<Arc<dyn MessageCounter>, Error> {
        if let Some(counter) = &self.counter {
            return Ok(Arc::clone(counter));
        }
        match self.budget.model() {
            Some(model) => Ok(self.counter_of(model)),
            // This error lists similar names.
            None => match self.budget.models().for_request(request) {
                Err(error) => Err(error),
                Ok(model) => Ok(self.counter_of(&model)),
            },
        }
    }

    pub(super) fn counter_of(&self, model: &Model) -> Arc<dyn MessageCounter> {
        match &self.counter {
            Some(counter) => Arc::clone(counter),
            None => Arc::new(model.clone()),
        }
    }
}

/// Prints numbers and names of strategies only.
impl std::fmt::Debug for Fitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let strategies: Vec<&str> = self
            .strategies
            .iter()
            .map(|strategy| strategy.name())
            .collect();
        f.debug_struct("Fitter")
            .field("budget", &self.budget)
            .field("keep", &self.keep)
            .field("high_water", &self.high)
            .field("low_water", &self.low)
            .field("strategies", &strategies)
            .field("fallbacks", &self.fallbacks.len())
            .finish_non_exhaustive()
    }
}
