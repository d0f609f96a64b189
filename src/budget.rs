//! Budget of a request: the model's window minus the reserve for the answer, minus a margin.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::count::TokenCount;
use crate::error::{Error, Inner};
use crate::model::{Day, Host, Match, Model, ModelKind, Models, OverWindow};
use crate::request::Request;
use crate::words::{counted, grouped};

/// Whether a request fits a budget.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::budget::Fits;
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4")?).reserve_output(1_000);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// assert_eq!(budget.fits(&request), Fits::Yes);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fits {
    /// The request fits, for every count within its bounds.
    Yes,
    /// The request does not fit, for any count within its bounds.
    No,
    /// Undecided: the limit is between the bounds of the count, or is unknown.
    Unsure,
}

/// A model's limits minus reserve and margin: the budget of a request.
///
/// The limit of the input is the smallest of
///
/// - the window minus the reserve for the answer (if input and output share it; Google's models
///   count them separately, and the newer Claude models shorten an answer that has no room),
/// - the model's separate limit for input, if it has one,
/// - the caller's own limit ([`limit_input`](Budget::limit_input)),
///
/// minus a margin. The reserve is set by [`reserve_output`](Budget::reserve_output), else by the
/// request's output limit (such as `max_completion_tokens`), else 0.
///
/// Cheap to clone; shared between threads.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).reserve_output(8_000).margin(500);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// assert_eq!(budget.max_input(&request)?, Some(128_000 - 8_000 - 500));
/// assert!(budget.check(&request).is_ok());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Budget {
    models: Models,
    subject: Subject,
    reserve: Option<u64>,
    margin: u64,
    input: Option<u64>,
    day: Option<Day>,
    closed_registry: bool,
    always_count: bool,
    /// Host that the caller named: a model's own host is its vendor, which nobody may have said.
    named_host: Option<Host>,
    /// Whether requests are sent to the endpoint that only counts.
    only_counts: bool,
}

/// Subject of a budget.
#[derive(Clone)]
enum Subject {
    Model(Model),
    /// A model that the registry does not know, or no model.
    Unknown {
        named: bool,
        host: Option<Host>,
        /// Known names that are similar to the unknown one.
        nearest: Vec<String>,
    },
    /// The model that each request names.
    OfRequest {
        host: Option<Host>,
    },
}

impl Subject {
    /// Looks up a model by name, at a host if one is given.
    fn named(models: &Models, name: &str, host: Option<Host>) -> Subject {
        match (models.get(name), host) {
            (Ok(model), None) => Subject::Model(model),
            (Ok(model), Some(host)) => Subject::Model(model.at_host(host)),
            (Err(error), host) => Subject::Unknown {
                named: true,
                host,
                nearest: error.nearest_models().to_vec(),
            },
        }
    }
}

/// Reason of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The window, which the answer does not share.
    Window,
    /// The window minus the reserve.
    WindowLessReserve,
    /// The model's separate limit for input.
    Input,
    /// The caller's own limit.
    Caller,
}

/// Limit of the input, and its reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) tokens: u64,
    pub(crate) limit: Limit,
    pub(crate) reserve: u64,
}

impl Budget {
    /// Creates the budget of a model: its whole window, with no reserve.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(budget.max_input(&request)?, Some(128_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(model: &Model) -> Budget {
        Budget::with(model.models(), Subject::Model(model.clone()))
    }

    /// Creates a budget that checks requests to any model: the model is the one each request names,
    /// if any.
    ///
    /// An unknown or missing model is not an error here. Its limits are unknown, as
    /// [`fits`](Budget::fits) and [`max_input`](Budget::max_input) report; the rest is still
    /// checked, and an unknown model is a finding. A [`Fitter`](crate::Fitter) needs a limit, and
    /// returns an error without one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::budget::Fits;
    ///
    /// let budget = Budget::lenient(&Models::builtin());
    /// let known = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// assert_eq!(budget.fits(&known), Fits::Yes);
    /// let unknown = Request::parse(r#"{"model": "our-own-model", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let report = budget.check(&unknown);
    /// assert_eq!(report.findings()[0].code, "unknown_model");
    /// assert!(report.is_ok());   // risky, not refused
    /// assert_eq!(budget.fits(&unknown), Fits::Unsure);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn lenient(models: &Models) -> Budget {
        Budget::with(models, Subject::OfRequest { host: None })
    }

    /// Creates a budget that checks requests to a model named elsewhere: in the URL, as Google and
    /// Bedrock do.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    ///
    /// let models = Models::builtin();
    /// assert!(Budget::lenient_for(&models, "gemini-2.5-flash").model().is_some());
    /// assert!(Budget::lenient_for(&models, "our-own-model").model().is_none());
    /// ```
    pub fn lenient_for(models: &Models, name: &str) -> Budget {
        Budget::with(models, Subject::named(models, name, None))
    }

    /// Creates a budget of `max_input` for any model; for the caller's counters it is in their
    /// unit.
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::new());
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
    /// assert!(fitter.fit(&request)?.request().messages().len() <= 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn at_most(max_input_tokens: u64) -> Budget {
        let subject = Subject::Unknown {
            named: false,
            host: None,
            nearest: Vec::new(),
        };
        Budget::with(&Models::builtin(), subject).limit_input(max_input_tokens)
    }

    fn with(models: &Models, subject: Subject) -> Budget {
        Budget {
            models: models.clone(),
            subject,
            reserve: None,
            margin: 0,
            input: None,
            day: None,
            closed_registry: false,
            always_count: false,
            named_host: None,
            only_counts: false,
        }
    }

    /// Reserves `tokens` of the window for the answer, whatever the request's output limit. A
    /// reserve that leaves nothing is an error of [`max_input`](Budget::max_input) and a finding of
    /// [`check`](Budget::check).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).reserve_output(8_000);
    /// let request = Request::parse(r#"{"max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(budget.max_input(&request)?, Some(120_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn reserve_output(mut self, tokens: u64) -> Budget {
        self.reserve = Some(tokens);
        self
    }

    /// Keeps `tokens` free in addition, as a margin for unknown additions. 0 by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).margin(500);
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(budget.max_input(&request)?, Some(127_500));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn margin(mut self, tokens: u64) -> Budget {
        self.margin = tokens;
        self
    }

    /// Limits the input to `tokens`, whatever the size of the window.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, budget::Fits};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(7);
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(budget.fits(&request), Fits::No);                    // it has 8 tokens
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn limit_input(mut self, tokens: u64) -> Budget {
        self.input = Some(tokens);
        self
    }

    /// Lowers the input limit to at most `tokens`.
    pub(crate) fn at_most_input(mut self, tokens: u64) -> Budget {
        self.input = Some(self.input.map_or(tokens, |limit| limit.min(tokens)));
        self
    }

    /// Sets the host that serves the model, which determines limits and rules.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, model::Host};
    ///
    /// let model = Models::builtin().get("gpt-4o")?;
    /// let budget = Budget::new(&model).at_host(Host::Azure);    // its rules, where they differ
    /// assert!(budget.check_bytes(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#).is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at_host(mut self, host: Host) -> Budget {
        self.named_host = Some(host);
        match &mut self.subject {
            Subject::Model(model) => *model = model.at_host(host),
            Subject::Unknown { host: at, .. } | Subject::OfRequest { host: at } => {
                *at = Some(host);
            }
        }
        self
    }

    /// Checks requests to an endpoint that only counts tokens
    /// ([`Address::counts`](crate::request::Address::counts)), which requires no output limit.
    ///
    /// ```
    /// use tokenfit::{Budget, Format, Models};
    ///
    /// let body = r#"{"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let budget = Budget::lenient(&Models::builtin());
    /// assert!(!budget.check_bytes_as(Format::Anthropic, body).is_ok());    // no `max_tokens`
    /// assert!(budget.only_counting().check_bytes_as(Format::Anthropic, body).is_ok());
    /// ```
    #[must_use]
    pub fn only_counting(mut self) -> Budget {
        self.only_counts = true;
        self
    }

    /// Sets the day on which the request is sent, `YYYY-MM-DD`: a model that is shut down by then
    /// is refused, and if the vendor answers with another model, the limits and counting rules of
    /// that one apply. Without a day a model that the registry lists as shut down is risky; this
    /// crate reads no clock.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidDay`](crate::ErrorKind::InvalidDay) if `day` is not such a day.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o-2024-08-06")?);
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert!(budget.clone().at("2026-11-22")?.check(&request).is_ok());
    /// assert_eq!(budget.clone().at("2027-02-01")?.check(&request).findings()[0].code, "retired_model");
    /// assert!(budget.at("yesterday").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn at(mut self, day: &str) -> Result<Budget, Error> {
        let day: Day = day.parse()?;
        self.day = Some(day);
        if let Subject::Model(model) = &self.subject {
            self.subject = Subject::Model(self.models.answering(model, day));
        }
        Ok(self)
    }

    /// Treats unknown models as nonexistent: refused instead of risky.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let request = Request::parse(r#"{"model": "our-own", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let budget = Budget::lenient(&Models::builtin());
    /// assert!(budget.check(&request).is_ok());                        // risky, not refused
    /// assert!(!budget.closed_registry().check(&request).is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn closed_registry(mut self) -> Budget {
        self.closed_registry = true;
        self
    }

    /// Always counts requests, even those far below their limits, so that a report has an exact
    /// size. By default a request that fits by its [`bounds`](Model::bounds) is not tokenized.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Accuracy, Budget, Models, Request};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let bounds = budget.check(&request).tokens().unwrap();
    /// let count = budget.always_count().check(&request).tokens().unwrap();
    /// assert_eq!((count.tokens(), count.accuracy()), (8, Accuracy::Exact));
    /// assert!(bounds.lower() <= 8 && bounds.accuracy() == Accuracy::Estimated);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn always_count(mut self) -> Budget {
        self.always_count = true;
        self
    }

    /// Returns the model, if known.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    ///
    /// let models = Models::builtin();
    /// assert_eq!(Budget::new(&models.get("gpt-4o")?).model().unwrap().id(), "gpt-4o");
    /// assert!(Budget::lenient(&models).model().is_none());    // that of each request
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<&Model> {
        match &self.subject {
            Subject::Model(model) => Some(model),
            Subject::Unknown { .. } | Subject::OfRequest { .. } => None,
        }
    }

    /// Returns the budget for the model of one request, if the budget depends on the request.
    pub(crate) fn of_request(&self, request: &Request<'_>) -> Cow<'_, Budget> {
        let Subject::OfRequest { host } = self.subject else {
            return Cow::Borrowed(self);
        };
        let subject = match request.model() {
            None => Subject::Unknown {
                named: false,
                host,
                nearest: Vec::new(),
            },
            Some(name) => match (Subject::named(&self.models, &name, host), self.day) {
                (Subject::Model(model), Some(day)) => {
                    Subject::Model(self.models.answering(&model, day))
                }
                (subject, _) => subject,
            },
        };
        Cow::Owned(Budget {
            subject,
            ..self.clone()
        })
    }

    /// Returns the registry in which the budget's model was found.
    pub(crate) fn models(&self) -> &Models {
        &self.models
    }

    /// Returns the limit of the input in tokens; for inputs to embed and prompts, the limit of
    /// each. `None` if no limit is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBudget`](crate::ErrorKind::InvalidBudget) if reserve and margin leave
    /// nothing of the window.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let models = Models::builtin();
    /// let request = Request::parse(r#"{"max_tokens": 2000, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let budget = Budget::new(&models.get("gpt-4")?);
    /// assert_eq!(budget.max_input(&request)?, Some(8_192 - 2_000));
    /// assert!(budget.reserve_output(8_192).max_input(&request).is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_input(&self, request: &Request<'_>) -> Result<Option<u64>, Error> {
        let room = self.of_request(request).room(request)?;
        Ok(room.map(|room| room.tokens))
    }

    /// Returns the largest output limit (such as `max_tokens`) with which a request still fits: the
    /// rest of the window after the input and the margin, and at most the model's own output limit.
    /// 0 if the input leaves nothing; `None` if no limit is known. The reserve is ignored. Counts
    /// the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let budget = Budget::new(&Models::builtin().for_request(&request)?);
    /// assert_eq!(budget.max_output(&request), Some(8_192 - 8));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_output(&self, request: &Request<'_>) -> Option<u64> {
        let budget = self.of_request(request);
        let model = budget.model()?;
        let left = model
            .context_window()
            .filter(|_| shares_window(model))
            .map(|window| {
                let input = budget.measure(request, 0).map_or(0, |count| count.most());
                window.saturating_sub(input.saturating_add(self.margin))
            });
        match (left, model.max_output_tokens()) {
            (Some(left), Some(most)) => Some(left.min(most)),
            (left, most) => left.or(most),
        }
    }

    /// Returns whether a request fits. Does not tokenize if the request is far from the limit: see
    /// [`Model::bounds`]. No request fits a budget that leaves nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, budget::Fits};
    ///
    /// let budget = Budget::new(&Models::builtin().get("gpt-4o")?);
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(budget.fits(&request), Fits::Yes);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fits(&self, request: &Request<'_>) -> Fits {
        // Inputs without a history have individual limits, which the check knows.
        if !request.format().wire().has_history {
            return self.check(request).fits();
        }
        let budget = self.of_request(request);
        match budget.room(request) {
            Err(_) => Fits::No,
            Ok(None) => Fits::Unsure,
            Ok(Some(room)) => match budget.measure(request, room.tokens) {
                None => Fits::Unsure,
                Some(count) if count.most() <= room.tokens => Fits::Yes,
                Some(count) if count.lower() > room.tokens => Fits::No,
                Some(_) => Fits::Unsure,
            },
        }
    }

    /// Measures the request as exactly as a comparison with `limit` needs it.
    pub(crate) fn measure(&self, request: &Request<'_>, limit: u64) -> Option<TokenCount> {
        let model = self.model()?;
        let bounds = model.bounds(request);
        if bounds.most() <= limit && !self.always_count {
            return Some(bounds);
        }
        let count = model.count(request).total();
        // Both contain the true count; a count without an upper bound may have one from its bytes.
        if count.most() > bounds.most() {
            return Some(TokenCount::between(
                count.tokens().min(bounds.most()),
                count.lower(),
                bounds.most(),
            ));
        }
        Some(count)
    }

    /// Returns the limit of the input, and its reason.
    pub(crate) fn room(&self, request: &Request<'_>) -> Result<Option<Room>, Error> {
        let reserve = self.reserve_in_window(request);
        let mut room: Option<(u64, Limit)> = None;
        let mut tighten = |tokens: u64, limit| {
            if room.is_none_or(|(least, _)| tokens < least) {
                room = Some((tokens, limit));
            }
        };
        if let Some(model) = self.model() {
            if let Some(window) = model.context_window() {
                if shares_window(model) {
                    let Some(left) = window.checked_sub(reserve).filter(|&left| left > 0) else {
                        return Err(nothing_left(
                            &format!("a reserve of {} for the answer", counted(reserve, "token")),
                            window,
                            match self.reserve {
                                Some(_) => "reserve less",
                                None => "lower the output limit of the request",
                            },
                        ));
                    };
                    let limit = if reserve > 0 {
                        Limit::WindowLessReserve
                    } else {
                        Limit::Window
                    };
                    tighten(left, limit);
                } else {
                    tighten(window, Limit::Window);
                }
            }
            if let Some(most) = model.max_input_tokens() {
                tighten(most, Limit::Input);
            }
        }
        if let Some(most) = self.input {
            tighten(most, Limit::Caller);
        }
        let Some((tokens, limit)) = room else {
            return Ok(None);
        };
        let Some(tokens) = tokens.checked_sub(self.margin).filter(|&left| left > 0) else {
            let (what, remedy) = match (self.margin, limit) {
                (0, _) => (
                    "the limit of the caller".to_owned(),
                    "allow at least 1 token",
                ),
                (margin, _) => (
                    format!("a margin of {}", counted(margin, "token")),
                    "lower the margin",
                ),
            };
            return Err(nothing_left(&what, tokens, remedy));
        };
        Ok(Some(Room {
            tokens,
            limit,
            reserve,
        }))
    }

    /// Returns the reserve for the answer.
    pub(crate) fn reserve_for(&self, request: &Request<'_>) -> u64 {
        self.reserve
            .or(request.max_output_tokens())
            .unwrap_or_default()
    }

    /// Returns the reserve in the window for the answer: 0 if the provider shortens an answer that
    /// has no room, unless the caller set a reserve.
    fn reserve_in_window(&self, request: &Request<'_>) -> u64 {
        let over_window = self.model().and_then(|model| model.abilities().over_window);
        match over_window {
            Some(OverWindow::Shortens | OverWindow::RefusesInputOnly) => {
                self.reserve.unwrap_or_default()
            }
            _ => self.reserve_for(request),
        }
    }

    /// Returns the caller's reserve, if set.
    pub(crate) fn own_reserve(&self) -> Option<u64> {
        self.reserve
    }

    /// Whether the reserve or a limit was set by the caller, not by the request or the model.
    pub(crate) fn is_callers(&self, limit: Limit) -> bool {
        self.margin > 0
            || match limit {
                Limit::Caller => true,
                Limit::WindowLessReserve => self.reserve.is_some(),
                Limit::Window | Limit::Input => false,
            }
    }

    pub(crate) fn margin_tokens(&self) -> u64 {
        self.margin
    }

    /// Returns the day of the budget, else that of its registry.
    pub(crate) fn day(&self) -> Option<Day> {
        self.day.or(self.models.day())
    }

    pub(crate) fn registry_is_closed(&self) -> bool {
        self.closed_registry
    }

    pub(crate) fn counts_always(&self) -> bool {
        self.always_count
    }

    /// Whether a model was named, known or unknown.
    pub(crate) fn names_model(&self) -> bool {
        match self.subject {
            Subject::Model(_) => true,
            Subject::Unknown { named, .. } => named,
            Subject::OfRequest { .. } => false,
        }
    }

    /// Returns known names that are similar to that of an unknown model.
    pub(crate) fn nearest_models(&self) -> &[String] {
        match &self.subject {
            Subject::Model(_) | Subject::OfRequest { .. } => &[],
            Subject::Unknown { nearest, .. } => nearest,
        }
    }

    /// Returns the same budget for another model.
    pub(crate) fn for_model(&self, model: &Model) -> Budget {
        Budget {
            subject: Subject::Model(model.clone()),
            ..self.clone()
        }
    }

    /// Whether the window minus the reserve limits the input.
    pub(crate) fn window_binds(&self, request: &Request<'_>) -> bool {
        matches!(
            self.room(request),
            Ok(Some(Room {
                limit: Limit::WindowLessReserve,
                ..
            }))
        )
    }

    /// Whether a limit of the model, not the caller's own, limits the input.
    pub(crate) fn model_binds(&self, request: &Request<'_>) -> bool {
        matches!(self.room(request), Ok(Some(room)) if room.limit != Limit::Caller)
    }

    /// Returns who serves the model, if not its own vendor.
    pub(crate) fn host(&self) -> Option<Host> {
        match &self.subject {
            Subject::Model(model) => model.host(),
            Subject::Unknown { host, .. } | Subject::OfRequest { host } => *host,
        }
    }

    /// Returns the host that the caller named.
    pub(crate) fn named_host(&self) -> Option<Host> {
        self.named_host
    }

    /// Whether requests are sent to the endpoint that only counts.
    pub(crate) fn only_counts(&self) -> bool {
        self.only_counts
    }

    /// Whether the model's limits are certain at its host: the name identifies the model, and it is
    /// not one whose window each host sets.
    pub(crate) fn sizes_are_certain(&self) -> bool {
        self.model().is_some_and(|model| {
            !matches!(
                model.matched(),
                Match::Snapshot
                    | Match::MovingName
                    | Match::UnknownHost
                    | Match::Guess
                    | Match::Assumed
            ) && model.kind() != ModelKind::OpenWeights
                && model.sizes_are_of_its_host()
        })
    }
}

/// Whether input and output share the window: for some models the registry's window is for the
/// input alone.
pub(crate) fn shares_window(model: &Model) -> bool {
    model
        .shares_window()
        .unwrap_or(model.kind() != ModelKind::Embedding)
}

fn nothing_left(what: &str, of: u64, remedy: &str) -> Error {
    Inner::Budget {
        what: format!("{what} leaves nothing of {}", grouped(of)),
        remedy: remedy.to_owned(),
    }
    .into()
}

/// Prints numbers and the model's id only.
impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("model", &self.model().map(Model::id))
            .field("reserve", &self.reserve)
            .field("margin", &self.margin)
            .field("input", &self.input)
            .field("day", &self.day)
            .finish_non_exhaustive()
    }
}
