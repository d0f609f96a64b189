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

use std::collections::HashMap;
use std::sync::Arc;

use super::cannot::{CannotFit, Held, Suggestion};
use super::counter::{MessageCounter, MessageCounts, size_of};
use super::draft::{History, Made, Place, State};
use super::keep::Keep;
use super::plan::{CacheCost, Edit, Plan, PlannedEdit, Shape};
use super::receipt::Receipt;
use super::replay::{self, Marks};
use super::strategies::Shorten;
use super::strategy::Strategy;
use super::write::{self, Written};
use super::{Cut, Edited, Fitted, Summaries, thinking};
use crate::budget::Budget;
use crate::check::{CheckReport, RepairPolicy, RepairReceipt, Severity};
use crate::count::TokenCount;
use crate::error::{Error, Inner};
use crate::model::Model;
use crate::request::{Format, Groups, Message, Request};

/// Decisions are made again for a request that came out larger than planned, at most so often; each round plans with what
/// the last one was off by.
const ROUNDS: usize = 4;

/// How many of the largest messages an error names.
const LARGEST: usize = 5;

/// A water mark.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    Fraction(f64),
    Tokens(u64),
}

impl Level {
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
/// use tokenfit::{Budget, Counter, Request};
/// use tokenfit::fit::{DropOldest, Fitted, Fitter};
///
/// let counter = Counter::new();
/// let budget = Budget::new(&counter, &counter.model("gpt-4o")?).limit_input(40);
/// let fitter = Fitter::new(budget).keep_first_user(true).then(DropOldest::new());
/// let request = Request::parse(r#"{"messages": [
///     {"role": "system", "content": "You water plants."},
///     {"role": "user", "content": "Look after beds 1 to 3."},
///     {"role": "assistant", "content": "Bed 1 is dry, I have watered it."},
///     {"role": "assistant", "content": "Bed 2 is wet enough for today."},
///     {"role": "user", "content": "And bed 3?"}]}"#)?;
/// let fitted = fitter.fit(&request)?;
/// let Fitted::Edited(edited) = &fitted else { panic!("it is over 40") };
/// assert_eq!(edited.request().messages().len(), 3);
/// assert_eq!(edited.receipt().tokens_after, 33);
/// assert!(edited.report().is_ok());
/// // Fitting it again changes nothing.
/// assert!(fitter.fit(edited.request())?.is_unchanged());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Fitter {
    budget: Budget,
    counter: Option<Arc<dyn MessageCounter>>,
    keep: Keep,
    high: Level,
    low: Level,
    strategies: Arc<Vec<Arc<dyn Strategy>>>,
    fallbacks: Vec<Model>,
    repairs: Option<RepairPolicy>,
    steps: bool,
    /// Summaries, and the number of strategies that come before them.
    summaries: Option<(usize, Arc<Summaries>)>,
}

/// What a request needs: nothing more, or to be made smaller.
pub(super) enum Opened<'r> {
    Done(Fitted<'r>),
    Work(Work<'r>),
}

/// A request that is too large, counted.
pub(super) struct Work<'r> {
    pub(super) base: Base<'r>,
    pub(super) counter: Arc<dyn MessageCounter>,
    counts: MessageCounts,
    pub(super) marks: Marks,
    /// The size of the request as it came.
    before: u64,
}

impl Work<'_> {
    /// What each message costs.
    pub(super) fn sizes(&self) -> Vec<u64> {
        self.counts
            .messages
            .iter()
            .map(|&count| size_of(count))
            .collect()
    }
}

/// A summary that was handed in, and found good.
pub(super) struct Summary {
    pub(super) covers: Vec<usize>,
    pub(super) replaces: Vec<usize>,
    /// Its message, as JSON of the request's format.
    pub(super) message: String,
    pub(super) tokens: u64,
    /// The number of strategies that come before it.
    pub(super) at: usize,
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

    /// The mark above which something is done, as a fraction of the budget. 1 by default.
    #[must_use]
    pub fn high_water(mut self, fraction: f64) -> Fitter {
        self.high = Level::Fraction(fraction);
        self
    }

    /// The same in tokens.
    #[must_use]
    pub fn high_water_tokens(mut self, tokens: u64) -> Fitter {
        self.high = Level::Tokens(tokens);
        self
    }

    /// The mark down to which it is done, as a fraction of the budget. 0.8 by default. A low mark cuts rarely and far, and
    /// leaves the prompt cache alone in between; one at the high mark cuts as little as it takes, every turn.
    #[must_use]
    pub fn low_water(mut self, fraction: f64) -> Fitter {
        self.low = Level::Fraction(fraction);
        self
    }

    /// The same in tokens.
    #[must_use]
    pub fn low_water_tokens(mut self, tokens: u64) -> Fitter {
        self.low = Level::Tokens(tokens);
        self
    }

    /// Keeps the instructions that a request begins with. So by default.
    #[must_use]
    pub fn keep_instructions(mut self, keep: bool) -> Fitter {
        self.keep.instructions = keep;
        self
    }

    /// Keeps messages of a developer, wherever they stand. So by default.
    #[must_use]
    pub fn keep_developer(mut self, keep: bool) -> Fitter {
        self.keep.developer = keep;
        self
    }

    /// Keeps the first message of the user: often the task that all later ones serve. Not so by default.
    #[must_use]
    pub fn keep_first_user(mut self, keep: bool) -> Fitter {
        self.keep.first_user = keep;
        self
    }

    /// Keeps the last message of the user. So by default.
    #[must_use]
    pub fn keep_last_user(mut self, keep: bool) -> Fitter {
        self.keep.last_user = keep;
        self
    }

    /// Keeps the calls and results that a history ends with, which the model has not answered yet. So by default.
    #[must_use]
    pub fn keep_open_round(mut self, keep: bool) -> Fitter {
        self.keep.open_round = keep;
        self
    }

    /// Keeps the last turns: a message of the user with all that follows it.
    #[must_use]
    pub fn keep_last_turns(mut self, turns: usize) -> Fitter {
        self.keep.last_turns = turns;
        self
    }

    /// Keeps the last groups: see [`Groups`].
    #[must_use]
    pub fn keep_last_groups(mut self, groups: usize) -> Fitter {
        self.keep.last_groups = groups;
        self
    }

    /// Keeps the last messages, and what belongs to them.
    #[must_use]
    pub fn keep_last_messages(mut self, messages: usize) -> Fitter {
        self.keep.last_messages = messages;
        self
    }

    /// Keeps as many groups at the end as have so many tokens together.
    #[must_use]
    pub fn keep_last_tokens(mut self, tokens: u64) -> Fitter {
        self.keep.last_tokens = tokens;
        self
    }

    /// Keeps the first messages.
    #[must_use]
    pub fn keep_first_messages(mut self, messages: usize) -> Fitter {
        self.keep.first_messages = messages;
        self
    }

    /// Keeps what the provider was told to cache: all up to the first cache mark (`cache_control`, a cache point). Marks in
    /// the last two turns move on with the conversation, and keep nothing. Not so by default.
    #[must_use]
    pub fn keep_cached_prefix(mut self, keep: bool) -> Fitter {
        self.keep.cached_prefix = keep;
        self
    }

    /// Keeps calls of these tools, with their results.
    #[must_use]
    pub fn keep_tools<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Fitter {
        self.keep.tools.extend(names.into_iter().map(Into::into));
        self
    }

    /// Keeps messages by their positions in [`Request::messages`], with what belongs to them. For one request: pin on a
    /// clone.
    #[must_use]
    pub fn pin(mut self, messages: impl IntoIterator<Item = usize>) -> Fitter {
        self.keep.pins.extend(messages);
        self
    }

    /// Keeps the messages that the caller's rule names, with what belongs to them.
    ///
    /// ```
    /// use tokenfit::{Budget, Counter};
    /// use tokenfit::fit::Fitter;
    ///
    /// let budget = Budget::without_model(&Counter::new()).limit_input(9_000);
    /// let fitter = Fitter::sliding_window(budget).pin_where(|message| message.text().contains("[keep]"));
    /// # let _ = fitter;
    /// ```
    #[must_use]
    pub fn pin_where(
        mut self,
        pinned: impl Fn(&Message<'_>) -> bool + Send + Sync + 'static,
    ) -> Fitter {
        self.keep.pinned_where = Some(Arc::new(pinned));
        self
    }

    /// Cuts every text that is longer, whenever something has to be done at all: what tools answered wherever it stands,
    /// other messages where they are not kept. Comes before the strategies.
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
    /// - [`ErrorKind::InvalidBudget`](crate::ErrorKind::InvalidBudget): nothing is left for the input, or no limit is known.
    /// - [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel): the model is not known, and no counter was given.
    /// - [`ErrorKind::NoHistory`](crate::ErrorKind::NoHistory): texts to embed or to complete are no conversation.
    ///
    /// # Examples
    ///
    /// See [`Fitter`].
    pub fn fit<'r>(&self, request: &'r Request<'r>) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, None)
    }

    /// The same for a request that was counted before.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    pub fn fit_knowing<'r>(
        &self,
        request: &'r Request<'r>,
        counts: &MessageCounts,
    ) -> Result<Fitted<'r>, Error> {
        self.fit_counted(request, Some(counts))
    }

    /// What would be done, without doing it. The plan is tried out: what it leaves fits, and is taken.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    ///
    /// # Examples
    ///
    /// See [`Plan`].
    pub fn plan(&self, request: &Request<'_>) -> Result<Plan, Error> {
        match self.fit(request)? {
            Fitted::Edited(edited) => {
                let receipt = edited.receipt;
                Ok(Plan {
                    edits: receipt.edits,
                    model: receipt.model,
                    repairs: receipt.repaired.is_some(),
                    limit: receipt.limit,
                    high_water: receipt.high_water,
                    low_water: receipt.low_water,
                    tokens_before: receipt.tokens_before,
                    tokens_after: receipt.tokens_after,
                    cache: receipt.cache,
                    shape: Shape::of(request),
                })
            }
            Fitted::Unchanged => {
                let marks = self.marks(request)?;
                let tokens = self.counter_for(request)?.count_messages(request).size();
                Ok(Plan {
                    edits: Vec::new(),
                    model: None,
                    repairs: false,
                    limit: marks.limit,
                    high_water: marks.high,
                    low_water: marks.low,
                    tokens_before: tokens,
                    tokens_after: tokens,
                    cache: None,
                    shape: Shape::of(request),
                })
            }
        }
    }

    /// The receipt of a fitting, of one that left the request as it came too: that one is counted for it.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit); none for a request that this fitter has fitted.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Counter, Request};
    /// use tokenfit::fit::Fitter;
    ///
    /// let counter = Counter::new();
    /// let fitter = Fitter::agent(Budget::new(&counter, &counter.model("gpt-4o")?));
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let fitted = fitter.fit(&request)?;
    /// let receipt = fitter.receipt(&request, &fitted)?;
    /// assert!(fitted.is_unchanged() && receipt.edits.is_empty());
    /// assert_eq!((receipt.tokens_before, receipt.tokens_after, receipt.limit), (8, 8, 128_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipt(&self, request: &Request<'_>, fitted: &Fitted<'_>) -> Result<Receipt, Error> {
        if let Fitted::Edited(edited) = fitted {
            return Ok(edited.receipt().clone());
        }
        let marks = self.marks(request)?;
        let tokens = self.counter_for(request)?.count_messages(request).size();
        let (messages, bytes) = (request.messages().len(), request.as_bytes().len());
        Ok(Receipt {
            tokens_before: tokens,
            tokens_after: tokens,
            limit: marks.limit,
            high_water: marks.high,
            low_water: marks.low,
            messages_before: messages,
            messages_after: messages,
            bytes_before: bytes,
            bytes_after: bytes,
            model: None,
            edits: Vec::new(),
            repaired: None,
            cache: None,
        })
    }

    /// Does what a plan says, and counts and checks what comes out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidPlan`](crate::ErrorKind::InvalidPlan) when the plan is for another request, or asks for what
    /// cannot be done; else as [`fit`](Self::fit).
    pub fn apply<'r>(&self, request: &'r Request<'r>, plan: &Plan) -> Result<Fitted<'r>, Error> {
        if plan.shape != Shape::of(request) {
            return Err(Inner::Plan {
                what: "the plan is for another request".to_owned(),
            }
            .into());
        }
        if plan.is_empty() {
            return Ok(Fitted::Unchanged);
        }
        let base = self.base(request, plan.repairs)?;
        let groups = base.request().groups();
        valid(base.request(), &groups, plan)?;
        let counter = self.counter_of_plan(request, plan)?;
        let counts = counter.count_messages(base.request());
        let budget = self.budget_of_plan(plan)?;
        let edits: Vec<&Edit> = plan.edits.iter().map(|planned| &planned.edit).collect();
        let written = write::write(base.request(), &groups, &edits, plan.model.as_deref(), None);
        let made = made(written, base.request(), &*counter, &counts)?;
        if made.counts.size() > plan.limit {
            return Err(Inner::Plan {
                what: format!(
                    "what the plan leaves has {} tokens, more than its limit of {}",
                    made.counts.size(),
                    plan.limit
                ),
            }
            .into());
        }
        let report = checked(&budget, &made)?;
        let decision = Decision {
            edits: plan.edits.clone(),
            model: plan.model.clone(),
            cache: plan.cache.clone(),
            marks: Marks {
                limit: plan.limit,
                high: plan.high_water,
                low: plan.low_water,
            },
            before: counter.count_messages(request).size(),
        };
        Ok(edited(request, base, decision, made, report))
    }

    fn fit_counted<'r>(
        &self,
        request: &'r Request<'r>,
        counts: Option<&MessageCounts>,
    ) -> Result<Fitted<'r>, Error> {
        match self.open(request, counts)? {
            Opened::Done(fitted) => Ok(fitted),
            Opened::Work(work) => self.finish(request, work, None),
        }
    }

    /// Looks whether anything has to be done at all.
    pub(super) fn open<'r>(
        &self,
        request: &'r Request<'r>,
        counts: Option<&MessageCounts>,
    ) -> Result<Opened<'r>, Error> {
        if matches!(request.format(), Format::Embeddings | Format::Completions) {
            return Err(Inner::NoHistory {
                format: request.format().as_str(),
            }
            .into());
        }
        // First: that the model is not known says more than that it has no limit.
        let counter = self.counter_for(request)?;
        let marks = self.marks(request)?;
        if let (None, None, Some(model)) = (counts, &self.counter, self.budget.model())
            && self.budget.counter().bounds(model, request).upper() <= marks.high
        {
            return Ok(Opened::Done(Fitted::Unchanged));
        }
        let counts = match counts {
            Some(counts) => counts.clone(),
            None => counter.count_messages(request),
        };
        let before = counts.size();
        if before <= marks.high {
            return Ok(Opened::Done(Fitted::Unchanged));
        }
        if let Some(fitted) = self.fall_back(request, before)? {
            return Ok(Opened::Done(fitted));
        }
        let base = self.base(request, true)?;
        let counts = match &base {
            Base::Mended(mended, _) => counter.count_messages(mended),
            Base::AsItCame(_) => counts,
        };
        Ok(Opened::Work(Work {
            base,
            counter,
            counts,
            marks,
            before,
        }))
    }

    /// Makes the request smaller, with a summary or without.
    pub(super) fn finish<'r>(
        &self,
        request: &'r Request<'r>,
        work: Work<'r>,
        summary: Option<Summary>,
    ) -> Result<Fitted<'r>, Error> {
        let groups = work.base.request().groups();
        let history = self.history(&work, &groups);
        let (edits, made) = self.decide(&history, &work, summary.as_ref())?;
        let report = checked(&self.budget, &made)?;
        // Above the high water mark and within the limit, but all of it is kept.
        if edits.is_empty() && !work.base.is_mended() {
            return Ok(Fitted::Unchanged);
        }
        let decision = Decision {
            cache: self.cache_cost(&history, &edits, &made),
            edits,
            model: None,
            marks: work.marks,
            before: work.before,
        };
        drop(history);
        Ok(edited(request, work.base, decision, made, report))
    }

    /// The history of a request that is fitted.
    pub(super) fn history<'d>(&'d self, work: &'d Work<'_>, groups: &'d Groups) -> History<'d> {
        let request = work.base.request();
        History::new(request, groups, &*work.counter, &self.keep, &work.counts)
    }

    /// What becomes of the history.
    fn state(&self, history: &History<'_>, marks: Marks, summary: Option<&Summary>) -> State {
        let Some(summary) = summary else {
            return replay::run(history, &self.strategies, marks, self.steps);
        };
        // What a summary stands for is known: there is no past to go through.
        let mut state = State::whole(history);
        let (before, behind) = self.strategies.split_at(summary.at);
        replay::apply(history, before, marks.low, 0, &mut state);
        let mut groups: Vec<usize> = summary
            .covers
            .iter()
            .filter_map(|&message| history.groups.of_message(message))
            .map(|group| group.index())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let (replaces, bytes) = (summary.replaces.clone(), summary.message.len());
        state.summarize(history, groups, replaces, summary.tokens, bytes, summary.at);
        let made = state.made.len();
        replay::apply(history, behind, marks.low, summary.at, &mut state);
        replay::settle_at(history, marks, &mut state, made, true);
        state
    }

    /// Decides until what comes out is as small as planned.
    fn decide(
        &self,
        history: &History<'_>,
        work: &Work<'_>,
        summary: Option<&Summary>,
    ) -> Result<(Vec<PlannedEdit>, Outcome), Error> {
        let marks = work.marks;
        let mended = work.base.is_mended();
        let bound = thinking::is_bound(self.budget.model(), history.request);
        let mut off_by = 0_u64;
        for round in 0.. {
            let mut state = self.state(history, marks.less(off_by), summary);
            if bound {
                thinking::unbind(history, &mut state, mended);
            }
            let edits = self.planned(history, &state);
            let plain: Vec<&Edit> = edits.iter().map(|planned| &planned.edit).collect();
            let text = summary.map(|summary| summary.message.as_str());
            let written = write::write(history.request, history.groups, &plain, None, text);
            let made = made(written, history.request, history.counter, &work.counts)?;
            let after = made.counts.size();
            if after <= marks.limit {
                return Ok((edits, made));
            }
            // Nothing more can go, or it was tried often enough: the next round asks for everything.
            if off_by >= marks.limit {
                return Err(Inner::CannotFit(Box::new(self.cannot_fit(
                    history,
                    &made,
                    marks.limit,
                )))
                .into());
            }
            let exhausted = state.total > marks.less(off_by).limit;
            off_by = if exhausted || round + 1 >= ROUNDS {
                marks.limit
            } else {
                off_by.saturating_add(after - marks.limit)
            };
        }
        unreachable!("the last round asks for everything, and returns")
    }

    /// The edits of a state as a plan has them: in the order of the history, each place once.
    fn planned(&self, history: &History<'_>, state: &State) -> Vec<PlannedEdit> {
        let mut last: HashMap<Place, usize> = HashMap::new();
        for (nth, made) in state.made.iter().enumerate() {
            if let Some(place) = made.place {
                last.insert(place, nth);
            }
        }
        let group_of = |message: usize| {
            history
                .groups
                .of_message(message)
                .map(|group| group.index())
        };
        let mut edits: Vec<(usize, PlannedEdit)> = Vec::new();
        for (nth, made) in state.made.iter().enumerate() {
            let superseded = made
                .place
                .is_some_and(|place| last.get(&place) != Some(&nth));
            let gone = made
                .edit
                .message()
                .and_then(group_of)
                .is_some_and(|group| state.is_dropped(group));
            if superseded || gone {
                continue;
            }
            edits.push(self.with_place(history, made));
        }
        edits.sort_by_key(|(message, _)| *message);
        edits.into_iter().map(|(_, edit)| edit).collect()
    }

    /// An edit with its place and its reason, and the message that it stands at.
    fn with_place(&self, history: &History<'_>, made: &Made) -> (usize, PlannedEdit) {
        let request = history.request;
        let (at, pointers, before) = match &made.edit {
            Edit::Summarize {
                groups,
                replaces,
                message,
                ..
            } => {
                let of = groups.iter().filter_map(|&group| history.groups.get(group));
                let mut messages: Vec<usize> =
                    of.flat_map(|group| group.messages()).copied().collect();
                messages.extend(replaces);
                messages.sort_unstable();
                messages.dedup();
                let pointers = messages
                    .iter()
                    .map(|&message| request.message(message).pointer());
                let sizes = messages.iter().map(|&message| history.counted[message]);
                (*message, pointers.collect(), sizes.sum())
            }
            Edit::DropGroup { group } => {
                let messages = history
                    .groups
                    .get(*group)
                    .map_or(&[][..], |group| group.messages());
                (
                    messages.first().copied().unwrap_or_default(),
                    messages
                        .iter()
                        .map(|&message| request.message(message).pointer())
                        .collect(),
                    messages
                        .iter()
                        .map(|&message| history.counted[message])
                        .sum(),
                )
            }
            edit => {
                let message = edit.message().unwrap_or_default();
                (message, vec![pointer_of(request, edit)], made.before)
            }
        };
        let strategy = made.strategy.and_then(|index| self.strategies.get(index));
        let reason = match (&made.edit, strategy) {
            (Edit::Summarize { .. }, _) => "summarize".to_owned(),
            (_, Some(strategy)) => strategy.name().to_owned(),
            (_, None) => "bound_thinking".to_owned(),
        };
        let edit = PlannedEdit {
            edit: made.edit.clone(),
            pointers,
            reason,
            tokens_before: before,
            tokens_after: made.after,
        };
        (at, edit)
    }

    fn cache_cost(
        &self,
        history: &History<'_>,
        edits: &[PlannedEdit],
        made: &Outcome,
    ) -> Option<CacheCost> {
        let first = edits
            .iter()
            .filter_map(|planned| match &planned.edit {
                Edit::DropGroup { group } => {
                    history.groups.get(*group)?.messages().first().copied()
                }
                Edit::Summarize { message, .. } => Some(*message),
                edit => edit.message(),
            })
            .min()?;
        let prefix = history.counted[..first]
            .iter()
            .fold(history.around, |sum, &size| sum.saturating_add(size));
        let after = made.counts.size();
        let before = history
            .counted
            .iter()
            .fold(history.around, |sum, &size| sum.saturating_add(size));
        let rewritten = after.saturating_sub(prefix);
        let saved = before.saturating_sub(after);
        let price = self.budget.model().map(Model::price);
        let per_token = |price: f64| price / 1_000_000.0;
        let prices = price.and_then(|price| Some((price.input?, price.cached_input?)));
        let cost = prices.map(|(input, cached)| rewritten as f64 * per_token(input - cached));
        let saving = prices.map(|(_, cached)| saved as f64 * per_token(cached));
        let turns = cost.zip(saving).filter(|&(_, saving)| saving > 0.0);
        Some(CacheCost {
            prefix_tokens: prefix,
            rewritten_tokens: rewritten,
            saved_tokens: saved,
            cost_usd: cost,
            saving_usd_per_turn: saving,
            break_even_turns: turns.map(|(cost, saving)| (cost / saving).ceil() as u64),
        })
    }

    fn cannot_fit(&self, history: &History<'_>, made: &Outcome, limit: u64) -> CannotFit {
        let floor = made.counts.size();
        let mut largest: Vec<(Held, bool)> = made
            .origins
            .iter()
            .zip(&made.counts.messages)
            .map(|(&(message, _), &count)| {
                let message = history.request.message(message);
                let held = Held {
                    pointer: message.pointer(),
                    kind: message.role().as_str(),
                    tokens: size_of(count),
                };
                (held, self.keep.pins_message(&message))
            })
            .collect();
        let pinned = largest
            .iter()
            .filter(|(_, pinned)| *pinned)
            .map(|(held, _)| held.tokens)
            .sum();
        let around = size_of(made.counts.around);
        largest.push((
            Held {
                pointer: String::new(),
                kind: "around",
                tokens: around,
            },
            false,
        ));
        let mut largest: Vec<Held> = largest.into_iter().map(|(held, _)| held).collect();
        largest.sort_by_key(|held| std::cmp::Reverse(held.tokens));
        largest.truncate(LARGEST);
        let over = floor.saturating_sub(limit);
        let mut suggestions = Vec::new();
        if self.counter.is_none() {
            suggestions.extend(self.larger_models(history.request, floor));
        }
        let reserve = self.budget.reserve_for(history.request);
        if reserve >= over && self.budget.window_binds(history.request) {
            suggestions.push(Suggestion::ReserveLess { tokens: over });
        }
        if around >= over && history.request.tools().len() > 0 {
            suggestions.push(Suggestion::ShrinkTools { tokens: around });
        }
        if pinned > 0 {
            suggestions.push(Suggestion::KeepLess { tokens: pinned });
        }
        if let Some(held) = largest
            .iter()
            .find(|held| !held.pointer.is_empty() && held.tokens > over)
        {
            suggestions.push(Suggestion::ShortenMessage {
                pointer: held.pointer.clone(),
                tokens: over,
            });
        }
        CannotFit {
            floor,
            budget: limit,
            largest,
            pinned,
            suggestions,
        }
    }

    /// Models of the same provider that would take so many tokens, where it is the model that binds.
    fn larger_models(&self, request: &Request<'_>, floor: u64) -> Option<Suggestion> {
        let own = self
            .budget
            .model()
            .filter(|_| self.budget.model_binds(request))?;
        let counter = self.budget.counter();
        let mut larger: Vec<(u64, String)> = counter
            .registry()
            .models()
            .filter(|model| {
                model.provider() == own.provider()
                    && model.kind() == own.kind()
                    && model.shutdown_date().is_none()
                    && model.id() != own.id()
            })
            .filter_map(|model| {
                let room = self.budget.for_model(&model).max_input(request).ok()??;
                (room >= floor).then(|| (room, model.id().to_owned()))
            })
            .collect();
        larger.sort();
        larger.truncate(3);
        (!larger.is_empty()).then(|| Suggestion::LargerModel {
            models: larger.into_iter().map(|(_, id)| id).collect(),
        })
    }

    /// The first of the fallbacks that takes the request as it is.
    fn fall_back<'r>(
        &self,
        request: &'r Request<'r>,
        before: u64,
    ) -> Result<Option<Fitted<'r>>, Error> {
        for model in &self.fallbacks {
            let budget = self.budget.for_model(model);
            let Ok(Some(limit)) = budget.max_input(request) else {
                continue;
            };
            let marks = self.marks_of(limit);
            let counter = self.counter_of(model);
            let groups = request.groups();
            let counts = counter.count_messages(request);
            let history = History::new(request, &groups, &*counter, &self.keep, &counts);
            let mut state = State::new(&history);
            for _ in 0..groups.len() {
                state.push_group();
            }
            if thinking::is_bound(Some(model), request) {
                thinking::unbind(&history, &mut state, true);
            }
            if state.total > marks.high {
                continue;
            }
            let edits = self.planned(&history, &state);
            let plain: Vec<&Edit> = edits.iter().map(|planned| &planned.edit).collect();
            let written = write::write(request, &groups, &plain, Some(model.name()), None);
            let made = made(written, request, &*counter, &counts)?;
            let Ok(report) = checked(&budget, &made) else {
                continue;
            };
            let decision = Decision {
                edits,
                model: Some(model.name().to_owned()),
                cache: None,
                marks,
                before,
            };
            let base = Base::AsItCame(request);
            return Ok(Some(edited(request, base, decision, made, report)));
        }
        Ok(None)
    }

    /// The request that is fitted: mended, when its provider would refuse it.
    fn base<'r>(&self, request: &'r Request<'r>, mends: bool) -> Result<Base<'r>, Error> {
        let Some(policy) = self.repairs.as_ref().filter(|_| mends) else {
            return Ok(Base::AsItCame(request));
        };
        let (mended, receipt) = self.budget.mend(request, policy)?;
        Ok(match mended {
            Some(mended) => Base::Mended(Box::new(mended), receipt),
            None => Base::AsItCame(request),
        })
    }

    fn marks(&self, request: &Request<'_>) -> Result<Marks, Error> {
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

    fn marks_of(&self, limit: u64) -> Marks {
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
            None => match self.budget.counter().model_of(request) {
                Err(error) => Err(error),
                Ok(model) => Ok(self.counter_of(&model)),
            },
        }
    }

    fn counter_of(&self, model: &Model) -> Arc<dyn MessageCounter> {
        match &self.counter {
            Some(counter) => Arc::clone(counter),
            None => Arc::new(self.budget.counter().for_model(model)),
        }
    }

    fn counter_of_plan(
        &self,
        request: &Request<'_>,
        plan: &Plan,
    ) -> Result<Arc<dyn MessageCounter>, Error> {
        match self.fallback_of(plan)? {
            Some(model) => Ok(self.counter_of(model)),
            None => self.counter_for(request),
        }
    }

    fn budget_of_plan(&self, plan: &Plan) -> Result<Budget, Error> {
        Ok(match self.fallback_of(plan)? {
            Some(model) => self.budget.for_model(model),
            None => self.budget.clone(),
        })
    }

    fn fallback_of(&self, plan: &Plan) -> Result<Option<&Model>, Error> {
        let Some(name) = &plan.model else {
            return Ok(None);
        };
        match self.fallbacks.iter().find(|model| model.name() == name) {
            Some(model) => Ok(Some(model)),
            None => Err(Inner::Plan {
                what: "the plan is for a model that the fitter does not fall back to".to_owned(),
            }
            .into()),
        }
    }
}

/// What was decided about a request.
struct Decision {
    edits: Vec<PlannedEdit>,
    model: Option<String>,
    cache: Option<CacheCost>,
    marks: Marks,
    /// The size of the request as it came.
    before: u64,
}

/// Writes the receipt.
fn edited<'r>(
    original: &'r Request<'r>,
    base: Base<'r>,
    mut decision: Decision,
    made: Outcome,
    report: CheckReport,
) -> Fitted<'r> {
    // What is left of a message was counted anew; of several edits in a message the last one says what came out.
    let mut told = None;
    for planned in decision.edits.iter_mut().rev() {
        let message = match planned.edit {
            Edit::Summarize { message, .. } => Some(message),
            ref edit => edit.message(),
        };
        let Some(message) = message.filter(|&message| told != Some(message)) else {
            continue;
        };
        told = Some(message);
        // In order: a message that went as a whole is not among them.
        let origin = made
            .origins
            .binary_search_by_key(&message, |&(origin, _)| origin);
        let count = origin.ok().and_then(|nth| made.counts.messages.get(nth));
        planned.tokens_after = count.map_or(0, |&count| size_of(count));
    }
    let summary_at = decision
        .edits
        .iter()
        .find_map(|planned| match planned.edit {
            Edit::Summarize { message, .. } => Some(message),
            _ => None,
        });
    let items_from = match &base {
        Base::Mended(..) => Vec::new(),
        Base::AsItCame(request) => made
            .origins
            .iter()
            .filter(|&&(message, _)| request.message(message).list_index().is_some())
            .map(|&(message, _)| {
                request
                    .message(message)
                    .list_index()
                    .filter(|_| summary_at != Some(message))
            })
            .collect(),
    };
    let receipt = receipt_of(original, base, decision, &made);
    Fitted::Edited(Box::new(Edited {
        items_from,
        original,
        request: made.request,
        receipt,
        report,
    }))
}

/// What is fitted.
pub(super) enum Base<'r> {
    AsItCame(&'r Request<'r>),
    Mended(Box<Request<'static>>, RepairReceipt),
}

impl<'r> Base<'r> {
    pub(super) fn request(&self) -> &Request<'_> {
        match self {
            Base::AsItCame(request) => request,
            Base::Mended(mended, _) => mended,
        }
    }

    fn is_mended(&self) -> bool {
        matches!(self, Base::Mended(..))
    }
}

/// A request that was written, read and counted.
struct Outcome {
    request: Request<'static>,
    counts: MessageCounts,
    origins: Vec<(usize, bool)>,
}

fn receipt_of(
    original: &Request<'_>,
    base: Base<'_>,
    decision: Decision,
    made: &Outcome,
) -> Receipt {
    Receipt {
        tokens_before: decision.before,
        tokens_after: made.counts.size(),
        limit: decision.marks.limit,
        high_water: decision.marks.high,
        low_water: decision.marks.low,
        messages_before: original.messages().len(),
        messages_after: made.request.messages().len(),
        bytes_before: original.as_bytes().len(),
        bytes_after: made.request.as_bytes().len(),
        model: decision.model,
        edits: decision.edits,
        repaired: match base {
            Base::Mended(_, receipt) => Some(receipt),
            Base::AsItCame(_) => None,
        },
        cache: decision.cache,
    }
}

/// Reads what was written, and counts it: what was not touched is known.
fn made(
    written: Written,
    request: &Request<'_>,
    counter: &dyn MessageCounter,
    counts: &MessageCounts,
) -> Result<Outcome, Error> {
    let edited = Request::from_text(request.format(), written.text)?;
    // A field that is a message by itself may be none any more when it was emptied: then nothing is known.
    let known: Vec<Option<TokenCount>> = if edited.messages().len() == written.origins.len() {
        let of = |&(message, untouched): &(usize, bool)| {
            counts.messages.get(message).copied().filter(|_| untouched)
        };
        written.origins.iter().map(of).collect()
    } else {
        Vec::new()
    };
    let counts = counter.recount(&edited, &known);
    Ok(Outcome {
        request: edited,
        counts,
        origins: written.origins,
    })
}

/// The check of what comes out; an error when it is refused.
fn checked(budget: &Budget, made: &Outcome) -> Result<CheckReport, Error> {
    let report = budget.check_knowing(&made.request, made.counts.total());
    let refused: Vec<(&'static str, String)> = report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Refused)
        .map(|finding| (finding.code, finding.pointer.clone()))
        .collect();
    if refused.is_empty() {
        Ok(report)
    } else {
        Err(Inner::Refused { findings: refused }.into())
    }
}

/// Whether a plan asks only for what is there.
fn valid(request: &Request<'_>, groups: &Groups, plan: &Plan) -> Result<(), Error> {
    for (nth, planned) in plan.edits.iter().enumerate() {
        let there = match &planned.edit {
            Edit::DropGroup { group } => *group < groups.len(),
            edit => edit
                .message()
                .filter(|&message| message < request.messages().len())
                .is_some_and(|message| write::is_possible(&request.message(message), edit)),
        };
        if !there {
            return Err(Inner::Plan {
                what: format!("the plan's edit {nth} has no place in the request"),
            }
            .into());
        }
    }
    Ok(())
}

/// The place of an edit inside of a message.
fn pointer_of(request: &Request<'_>, edit: &Edit) -> String {
    let Some(message) = edit.message().map(|message| request.message(message)) else {
        return String::new();
    };
    let found = match edit {
        Edit::Summarize { .. } | Edit::DropGroup { .. } => None,
        Edit::ClearResult { result, .. } => message
            .tool_results()
            .nth(*result)
            .map(|result| result.pointer()),
        Edit::ClearArguments { call, .. } => {
            message.tool_calls().nth(*call).map(|call| call.pointer())
        }
        Edit::DropMedia { result, part, .. } | Edit::Shorten { result, part, .. } => {
            write::part_at(&message, *result, *part).map(|part| part.pointer())
        }
        Edit::DropReasoning { part, .. } => message.parts().nth(*part).map(|part| part.pointer()),
    };
    found.unwrap_or_else(|| message.pointer())
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
