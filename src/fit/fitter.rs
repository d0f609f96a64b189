//! The handle: what to fit to, what to keep, what may go; and the way from a request to one that fits.
//!
//! ```text
//! request ─▶ far below the mark by its bounds, or by its count?  ─▶ unchanged
//!            a larger model that takes it as it is?              ─▶ that model
//!            mend the history, if its provider would refuse it
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
use super::{Cut, Fitted, Summaries};
use crate::budget::Budget;
use crate::check::RepairPolicy;
use crate::error::{Error, Inner};
use crate::model::Model;
use crate::request::Request;

/// A water mark: of a [budget](Budget), from a fraction as it is, or in tokens.
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
    /// Tokens, or what the budget is in.
    Tokens(u64),
}

impl From<f64> for Level {
    fn from(fraction: f64) -> Level {
        Level::Fraction(fraction)
    }
}

impl Level {
    /// The smallest limit whose mark is at least `size`.
    pub(super) fn limit_for(self, size: u64) -> u64 {
        match self {
            Level::Fraction(fraction) if fraction > 0.0 && fraction < 1.0 => {
                let limit = (size as f64 / fraction).ceil() as u64;
                // Rounding of the fraction can be one off.
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
            // A fraction of at most 1 of a number below 2^53 is exact enough, and never more than the whole.
            Level::Fraction(fraction) => {
                ((limit as f64 * fraction.clamp(0.0, 1.0)) as u64).min(limit)
            }
            Level::Tokens(tokens) => tokens.min(limit),
        }
    }
}

/// Makes requests fit a budget. Build one and share it: it is `Send + Sync`, and a clone is cheap.
///
/// A request below the high water mark leaves as it came. One above it is brought down to the low water mark by the
/// strategies, in their order, as far as the keep rules let them; then it is counted anew and checked. What comes out fits
/// and is taken by its provider, or there is a typed error that says why not.
///
/// By default the instructions in front, messages of a developer, the last message of the user and the open round of tool
/// calls are kept; the high water mark is the whole budget, the low one four fifths of it; a history that its provider would
/// refuse is mended first.
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
/// let receipt = fitted.receipt().expect("it was over 40");
/// assert_eq!(receipt.tokens_after, Some(33));
/// // Fitting it again changes nothing.
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
    /// Output limits are lowered rather than anything removed, down to this.
    pub(super) least_output: Option<u64>,
    /// Summaries, and the number of strategies that come before them.
    pub(super) summaries: Option<(usize, Arc<Summaries>)>,
}

impl Fitter {
    /// A fitter for a budget, without any strategy yet: it says whether a request fits, and does nothing.
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
            least_output: None,
            summaries: None,
        }
    }

    pub(super) fn set_summaries(&mut self, summaries: Summaries) {
        let summaries = Arc::new(summaries);
        self.keep.summarized = Some(Arc::clone(&summaries));
        self.summaries = Some((self.strategies.len(), summaries));
    }

    pub(super) fn summaries(&self) -> Option<(usize, &Summaries)> {
        let (at, summaries) = self.summaries.as_ref()?;
        Some((*at, summaries))
    }

    pub(super) fn strategies(&self) -> &[Arc<dyn Strategy>] {
        &self.strategies
    }

    /// Adds a strategy behind those that it has.
    #[must_use]
    pub fn then(mut self, strategy: impl Strategy + 'static) -> Fitter {
        Arc::make_mut(&mut self.strategies).push(Arc::new(strategy));
        self
    }

    /// Counts with something else than the budget's model: see [`MessageCounter`]. The budget's numbers are in its unit
    /// then.
    #[must_use]
    pub fn counting_with(mut self, counter: impl MessageCounter + 'static) -> Fitter {
        self.counter = Some(Arc::new(counter));
        self
    }

    /// The mark above which something is done: a fraction of the budget, or a [`Level`] in tokens. The whole budget by
    /// default.
    #[must_use]
    pub fn high_water(mut self, level: impl Into<Level>) -> Fitter {
        self.high = level.into();
        self
    }

    /// The mark down to which it is done. 0.8 of the budget by default. A low mark cuts rarely and far, and leaves the prompt
    /// cache alone in between; one at the high mark cuts as little as it takes, every turn.
    #[must_use]
    pub fn low_water(mut self, level: impl Into<Level>) -> Fitter {
        self.low = level.into();
        self
    }

    /// Replaces the rules of what must stay. The example of [`Keep`] has both ways.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Fitter {
        self.keep = Keep {
            summarized: self.keep.summarized.take(),
            ..keep
        };
        self
    }

    /// Changes the rules of what must stay, those of a preset for instance.
    #[must_use]
    pub fn also_keep(self, change: impl FnOnce(Keep) -> Keep) -> Fitter {
        let keep = change(self.keep.clone());
        self.keep(keep)
    }

    /// Cuts every text that is longer, whenever something has to be done at all: what tools answered wherever it stands,
    /// other messages where they are not kept. Comes before the strategies, also those of a preset.
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

    /// Models to fall back to, in order of preference, before anything is taken out: the first one whose budget takes the
    /// request as it is (counted and checked for that model) gets it, its name in the place of the other.
    #[must_use]
    pub fn fallbacks(mut self, models: &[Model]) -> Fitter {
        self.fallbacks.extend_from_slice(models);
        self
    }

    /// How a history is mended that its provider would refuse, before it is fitted; `None` leaves it, and what is refused
    /// then is an error. [`RepairPolicy::default`] by default. A request below the high water mark is not looked at.
    #[must_use]
    pub fn repairing(mut self, policy: Option<RepairPolicy>) -> Fitter {
        self.repairs = policy;
        self
    }

    /// Whether a history is gone through turn by turn, so that it is cut where it would have been cut as it grew: then an
    /// application that fits its full history before every request sends the same prefix until the next cut. So by default;
    /// turn it off when what was fitted takes the place of the history, or when it is fitted once.
    #[must_use]
    pub fn turn_by_turn(mut self, steps: bool) -> Fitter {
        self.steps = steps;
        self
    }

    /// Lowers the output limit of a request (`max_tokens` and its like) to what its input leaves of the window, before
    /// anything is removed: `least` is the smallest limit that is of use. Where that would leave less, the request is
    /// trimmed. Does nothing with a reserve of the [budget](Budget::reserve_output)'s own. Off by default.
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

    /// The keep rules that name a message or a tool that a request does not have: a slip of who wrote them, unless the
    /// history is still to grow. Linear in the request. The example of [`UnmatchedPin`](super::UnmatchedPin) shows them.
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

    /// The budget.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Makes a request fit.
    ///
    /// Linear in the request when it fits by its bounds (no text is tokenized then); otherwise it is counted, and what is
    /// left is written, read, counted and checked.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::CannotFit`](crate::ErrorKind::CannotFit): what has to stay is too large;
    ///   [`Error::cannot_fit`] has the floor, the largest messages, and what would help.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused): it fits now, but its provider would refuse it for another reason.
    ///   Fields that the provider does not have, and a model that is named elsewhere, are left to the
    ///   [report](super::Fitted::report).
    /// - [`ErrorKind::InvalidBudget`](crate::ErrorKind::InvalidBudget): nothing is left for the input, or no limit is known.
    /// - [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel): the model is not known, and no models was given.
    /// - [`ErrorKind::NoHistory`](crate::ErrorKind::NoHistory): texts to embed or to complete are no conversation.
    ///
    /// # Examples
    ///
    /// See [`Fitter`].
    pub fn fit<'r>(&self, request: &'r Request<'_>) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, None)
    }

    /// The same for a request that the answer keeps.
    pub(crate) fn fit_owned<'a>(&self, request: Request<'a>) -> Result<Fitted<'a>, Error> {
        let edits = self.fit(&request)?.into_edits();
        Ok(Fitted::keeping(request, edits))
    }

    /// The same for a request that was counted before.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_knowing<'r>(
        &self,
        request: &'r Request<'_>,
        counts: &MessageCounts,
    ) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, Some(counts))
    }

    /// The fitter for one request, where its budget is that of the model which each names.
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
                remedy: "give the budget one of your own, with limit_input".to_owned(),
            }
            .into());
        };
        Ok(self.marks_of(limit))
    }

    /// What the input of a request may have.
    pub(super) fn limit_of(&self, request: &Request<'_>) -> Result<u64, Error> {
        Ok(self.marks(request)?.limit)
    }

    /// The high water mark under a limit.
    pub(super) fn high_water_of(&self, limit: u64) -> u64 {
        self.high.of(limit)
    }

    /// The same for a provider that counts `ratio` tokens for each one that is counted here, under a limit as the provider
    /// counts.
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
            // The error that says which names are near.
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

/// Numbers and names of strategies only.
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
