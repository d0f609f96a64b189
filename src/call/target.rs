//! Target of a send: a model at a host.

use std::fmt;

use super::admission::Rate;
use crate::budget::Budget;
use crate::check::{is_served, own_format};
use crate::model::{Host, Model, Models};
use crate::reply::rate::RateBudget;
#[cfg(feature = "redis")]
use crate::reply::rate::SharedBudget;
use crate::request::{Format, Request};
use crate::shown::is_name;

/// Model at a host, as one link of a chain.
///
/// # Examples
///
/// ```
/// use tokenfit::call::Target;
/// use tokenfit::model::Host;
/// use tokenfit::Models;
///
/// let models = Models::builtin();
/// assert_eq!(Target::new(&models.get("gpt-4o")?).host(), Host::OpenAi);
/// let azure = Target::new(&models.get("gpt-4o")?).at_host(Host::Azure).named("gpt-4o, key 2");
/// assert_eq!((azure.host(), azure.name()), (Host::Azure, "gpt-4o, key 2"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Target {
    model: Option<Model>,
    budget: Budget,
    host: Host,
    name: String,
    rate: Option<Rate>,
    format: Option<Format>,
}

impl Target {
    /// Creates a target of a model at the host of its name, or at its vendor's own API.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// let target = Target::new(&model);
    /// assert_eq!((target.host(), target.name()), (Host::OpenAi, "gpt-4o"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(model: &Model) -> Target {
        let vendor = || {
            let own = |host: &&Host| host.vendor() == Some(model.provider());
            Host::ALL.iter().find(own).copied()
        };
        Target {
            host: model.host().or_else(vendor).unwrap_or(Host::Other),
            name: model.name().to_owned(),
            budget: Budget::new(model),
            model: Some(model.clone()),
            rate: None,
            format: None,
        }
    }

    /// Creates the target of the model that a request names. An unknown model is not an error: the
    /// request is checked by its format, and fitted only to limits that its host states.
    ///
    /// ```
    /// use tokenfit::{Models, Request, call::Target, model::Host};
    ///
    /// let models = Models::builtin();
    /// let request = Request::parse(r#"{"model": "our-own", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let target = Target::of_request(&models, &request);
    /// assert_eq!((target.model().is_none(), target.name(), target.host()), (true, "our-own", Host::Other));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of_request(models: &Models, request: &Request<'_>) -> Target {
        match models.for_request(request) {
            Ok(model) => Target::new(&model),
            Err(_) => Target::unknown(models, request.model().as_deref()),
        }
    }

    /// Creates the target of a model by its name, which some hosts have in the URL. An unknown name
    /// is not an error.
    ///
    /// ```
    /// use tokenfit::{Models, call::Target};
    ///
    /// assert!(Target::of_name(&Models::builtin(), "gemini-2.5-flash").model().is_some());
    /// ```
    pub fn of_name(models: &Models, name: &str) -> Target {
        match models.get(name) {
            Ok(model) => Target::new(&model),
            Err(_) => Target::unknown(models, Some(name)),
        }
    }

    fn unknown(models: &Models, name: Option<&str>) -> Target {
        Target {
            model: None,
            budget: match name {
                Some(name) => Budget::lenient_for(models, name),
                None => Budget::lenient(models),
            },
            host: Host::Other,
            name: name
                .filter(|name| is_name(name))
                .unwrap_or("unknown")
                .to_owned(),
            rate: None,
            format: None,
        }
    }

    /// Sets the host, whose limits and rules apply.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// assert_eq!(Target::new(&model).at_host(Host::Azure).host(), Host::Azure);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at_host(mut self, host: Host) -> Target {
        self.model = self.model.map(|model| model.at_host(host));
        self.budget = self.budget.at_host(host);
        self.host = host;
        self
    }

    /// Changes the budget: reserve, margin, limit, day.
    ///
    /// ```
    /// use tokenfit::{Models, call::Target};
    ///
    /// let target = Target::new(&Models::builtin().get("gpt-4o")?).budget(|budget| budget.reserve_output(4_096));
    /// # let _ = target;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn budget(mut self, change: impl FnOnce(Budget) -> Budget) -> Target {
        self.budget = change(self.budget);
        self
    }

    /// Sets the rate budget that admits every send.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// use tokenfit::reply::rate::{HostRule, Limit, RateBudget, RateClass};
    ///
    /// let rate = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// let target = Target::new(&model).rate(rate.clone());    // every target of the key shares it
    /// # let _ = target;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn rate(mut self, rate: RateBudget) -> Target {
        self.rate = Some(Rate::Own(rate));
        self
    }

    /// Sets a rate budget that machines share over Redis. [`Call::next`](super::Call::next) and the
    /// reports of answers then wait for its server: at most four timeouts of
    /// [`SharedSettings`](crate::reply::rate::SharedSettings), and not at all for a second after it
    /// did not answer. An asynchronous program runs them where it may block, as
    /// `CallLayer::run_long_work` does.
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::rate::{HostRule, Limit, Lost, RateClass, SharedBudget, SharedSettings};
    /// use tokenfit::{Models, call::Target};
    ///
    /// let budget = SharedBudget::new(
    ///     "redis://127.0.0.1:6379",
    ///     SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45)),
    ///     HostRule::of(Host::OpenAi),
    ///     &[Limit::per_minute(RateClass::Requests, 500)],
    /// )?;
    /// let target = Target::new(&Models::builtin().get("gpt-4o")?).shared_rate(budget);
    /// # let _ = target;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn shared_rate(mut self, rate: SharedBudget) -> Target {
        self.rate = Some(Rate::Shared(rate));
        self
    }

    /// Sets the format in which the host is asked. By default it is that of the request where the
    /// host serves the model in it, else that of the model's vendor. Anthropic and Google serve
    /// chat requests too, but without some fields: with this, a request is
    /// [translated](crate::translate).
    ///
    /// ```
    /// use tokenfit::{Format, Models, call::Target};
    ///
    /// let target = Target::new(&Models::builtin().get("claude-sonnet-5")?).in_format(Format::Anthropic);
    /// # let _ = target;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn in_format(mut self, format: Format) -> Target {
        self.format = Some(format);
        self
    }

    /// Sets the name under which breaker, cooldown, statistics and history know the target. Include
    /// the key if one program uses several keys of a host. The model's name by default.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// assert_eq!(Target::new(&model).named("gpt-4o, key 2").name(), "gpt-4o, key 2");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Target {
        self.name = name.into();
        self
    }

    /// Returns the model, if the registry knows it.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// assert_eq!(Target::new(&model).model().unwrap().id(), "gpt-4o");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    /// Returns the host.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// assert_eq!(Target::new(&model).host(), Host::OpenAi);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host(&self) -> Host {
        self.host
    }

    /// Returns the name.
    ///
    /// ```
    /// # use tokenfit::{Models, call::Target, model::Host};
    /// # let model = Models::builtin().get("gpt-4o")?;
    /// assert_eq!(Target::new(&model).name(), "gpt-4o");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name under which limits of the model are learned.
    pub(super) fn model_id(&self) -> &str {
        self.model.as_ref().map_or(&self.name, |model| model.id())
    }

    /// Whether [`in_format`](Target::in_format) was called.
    #[cfg(feature = "tower")]
    pub(super) fn has_format(&self) -> bool {
        self.format.is_some()
    }

    /// Returns the format in which a request is sent.
    pub(super) fn format_for(&self, request: &Request<'_>) -> Format {
        let asked = request.format();
        match self.format {
            Some(format) => format,
            None if self.model.is_none() || is_served(&self.budget, asked) => asked,
            None => own_format(&self.budget),
        }
    }

    pub(super) fn own_budget(&self) -> &Budget {
        &self.budget
    }

    /// Returns whether an admission waits for a server.
    #[cfg(feature = "tower")]
    pub(super) fn waits_for_server(&self) -> bool {
        self.rate.as_ref().is_some_and(Rate::blocks)
    }

    pub(super) fn rate_budget(&self) -> Option<&Rate> {
        self.rate.as_ref()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("model", &self.model_id())
            .field("host", &self.host)
            .field("rate", &self.rate.is_some())
            .finish_non_exhaustive()
    }
}
