//! Look-up of models by name, and configuration of the registry.

use std::sync::Arc;

use super::found::Found;
use super::handle::Model;
use super::overrides;
use super::registry::{Models, Unknown};
use super::resolve::{self, is_usable};
use super::table::{self, Facts};
use super::unknown::{UnknownModels, entry_like, entry_of};
use super::{Day, ImageSizes, Match};
use crate::encoding::{Encoding, Tokenizer};
use crate::error::{Error, Inner};
use crate::shown::{is_name, shown_name};
#[cfg(feature = "templates")]
use crate::template::ChatTemplate;

impl Models {
    /// Returns the model of this name: an id, an alias, or one of these as written by people, hosts
    /// and gateways.
    ///
    /// Tried in this order: the names given by [`alias`](Self::alias); the ids and aliases of
    /// overrides and of the registry; then the same after provider prefixes, inside fine-tunes, in
    /// the forms of Azure, Bedrock, Vertex, OpenRouter and Ollama, in other spellings, with an
    /// effort or a speed tier, dated, or moving. [`Model::matched`] returns which.
    ///
    /// No name is matched by prefix: a limit of the wrong model is worse than an error that lists
    /// similar names. If you need an answer, call [`guess`](Self::guess) or set [`UnknownModels`].
    ///
    /// ASCII case does not matter. A hit on an id or alias is one binary search and allocates
    /// nothing (0.1 to 0.2 µs); a rewritten name costs a few of them, in at most 16 rounds, for at
    /// most 300 bytes (1 to 8 µs); a miss compares the name with the known ones of similar length,
    /// for the suggestions (5 to 300 µs; all measured 2026-11 in a release build, on names of 4 to
    /// 300 bytes).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with up to three similar names
    /// in [`Error::nearest_models`]. Names longer than 100 bytes get no suggestions.
    ///
    /// # Examples
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// let model = models.get("gpt-4o-2024-08-06")?;
    /// assert_eq!(model.id(), "gpt-4o");
    /// assert_eq!(model.name(), "gpt-4o-2024-08-06");
    ///
    /// assert_eq!(models.get("openrouter/anthropic/claude-opus-4.8")?.id(), "claude-opus-4-8");
    /// assert!(models.get("gpt-4.1-huge").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Result<Model, Error> {
        if let Some(model) = resolve::resolve(self, name) {
            return Ok(self.today(model));
        }
        let refuse = || resolve::unknown(self, name);
        match &self.unknown {
            Unknown::Refuse => Err(refuse()),
            Unknown::Guess => self.guess(name).ok_or_else(refuse),
            // A string that is not a name is the caller's mistake, not a model.
            Unknown::Assume(entry) if is_name(name) => {
                let mut model = Model {
                    as_given: Some(Arc::from(name)),
                    day: self.day,
                    models: self.clone(),
                    ..Model::found(Facts::Given(entry.clone()), 0, Match::Assumed)
                };
                self.equip(&mut model);
                Ok(model)
            }
            Unknown::Assume(_) => Err(refuse()),
        }
    }

    /// Returns the model of this name, or the one with the longest listed name that it begins with:
    /// [`Match::Guess`].
    ///
    /// The listed name must end at a separator that is not followed by more of a version: `gpt-4.7`
    /// does not match `gpt-4`, nor `gpt-4ox` `gpt-4o`. Use it for display when nothing better is
    /// known, not to decide whether a request fits.
    ///
    /// ```
    /// use tokenfit::model::Match;
    ///
    /// let models = tokenfit::Models::builtin();
    /// let model = models.guess("gpt-4.1-huge").expect("begins with gpt-4.1");
    /// assert_eq!((model.id(), model.matched()), ("gpt-4.1", Match::Guess));
    /// assert!(models.guess("gpt-4.7").is_none());
    /// ```
    pub fn guess(&self, name: &str) -> Option<Model> {
        resolve::resolve(self, name)
            .or_else(|| is_name(name).then(|| resolve::guess(self, name)).flatten())
            .map(|model| self.today(model))
    }

    /// Returns the registry as of a day: prices are those of the day, and if the vendor answers
    /// with another model from that day on, a look-up leads to that one ([`Model::routed_from`]).
    ///
    /// Without a day, prices are those of the [day of the registry](Models::date), and no route is
    /// followed.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin();
    /// assert_eq!(models.get("gemini-2.5-flash")?.id(), "gemini-2.5-flash");
    /// let december = models.on("2026-12-01".parse()?);
    /// let model = december.get("gemini-2.5-flash")?;
    /// assert_eq!((model.id(), model.routed_from()), ("gemini-3.5-flash-lite", Some("gemini-2.5-flash")));
    /// assert_eq!(december.get("gemini-4-argon")?.price().input, Some(4.0));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn on(self, day: Day) -> Models {
        Models {
            day: Some(day),
            ..self
        }
    }

    /// Returns the day set with [`on`](Models::on).
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().day(), None);
    /// ```
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// Returns a model as it answers on the day of the models, with the settings for all of them.
    fn today(&self, mut model: Model) -> Model {
        model.models = self.clone();
        if let Some(day) = self.day {
            model = self.answering(&model, day);
        }
        self.equip(&mut model);
        model
    }

    /// Sets the caller's tokenizer and chat template of a model.
    fn equip(&self, model: &mut Model) {
        model.tokenizer = given_for(model, self.tokenizers.as_deref());
        #[cfg(feature = "templates")]
        {
            model.template = given_for(model, self.templates.as_deref());
        }
    }

    /// Returns the model that answers requests for `model` on a day, following the vendor's routes.
    pub(crate) fn answering(&self, model: &Model, day: Day) -> Model {
        let mut answering = model.clone();
        answering.day = Some(day);
        // Chains of routes are short; the bound stops a cycle in an override.
        for _ in 0..4 {
            let Some(target) = answering.route_on(day).and_then(|id| self.find_listed(id)) else {
                break;
            };
            answering
                .asked
                .get_or_insert_with(|| answering.facts.clone());
            let name = answering.name().to_owned();
            answering.as_given = Some(Arc::from(name));
            answering.facts = target.facts;
            answering.which = target.which;
        }
        self.equip(&mut answering);
        answering
    }

    /// Adds a tokenizer for an encoding, identified by its name in the models
    /// ([`Model::encoding_name`]), or for one model, by its id or the name it is looked up by: text
    /// of those models is then counted instead of estimated. It also replaces a built-in encoding.
    /// If a name is given twice, the later tokenizer is used; that of a model has precedence over
    /// that of its encoding.
    ///
    /// How requests to these models are framed is not known from a tokenizer: their counts stay
    /// estimates, but better ones. With the feature `templates`, `Models::chat_template` adds the
    /// rest.
    ///
    /// # Examples
    ///
    /// See [`Tokenizer`].
    ///
    /// ```
    /// use tokenfit::{Models, Tokenizer};
    ///
    /// struct Bytes;
    /// impl Tokenizer for Bytes {
    ///     fn count(&self, text: &str) -> usize {
    ///         text.len()
    ///     }
    /// }
    /// let models = Models::builtin().tokenizer("llama3", Bytes);
    /// assert_eq!(models.get("llama-3.3-70b-instruct")?.count_text("abc").tokens(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn tokenizer(
        mut self,
        name: impl Into<String>,
        tokenizer: impl Tokenizer + 'static,
    ) -> Models {
        let tokenizers = self.tokenizers.get_or_insert_default();
        Arc::make_mut(tokenizers).push((name.into(), Arc::new(tokenizer)));
        self
    }

    /// Adds a chat template for the models of an encoding or for one model, named as in
    /// [`tokenizer`](Self::tokenizer). Requests to them are counted by rendering the template; see
    /// [`ChatTemplate`].
    ///
    /// Such a count is calibrated for a server of your own with a known vocabulary, and an estimate
    /// on other hosts, which can add to the template. Where requests to the model at its
    /// [host](Model::host) were recorded, the measured rules are used instead. Content that a
    /// template does not show (files, encrypted reasoning) is counted as without one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    /// use tokenfit::template::ChatTemplate;
    ///
    /// let template = ChatTemplate::parse("{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}")?;
    /// let models = Models::builtin().chat_template("llama3", template);
    /// let body = r#"{"model": "llama-3.3-70b-instruct", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let request = tokenfit::Request::parse(body)?;
    /// assert_eq!(models.for_request(&request)?.count(&request).rules().id, "chat-template");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[cfg(feature = "templates")]
    #[must_use]
    pub fn chat_template(mut self, name: impl Into<String>, template: ChatTemplate) -> Models {
        let templates = self.templates.get_or_insert_default();
        Arc::make_mut(templates).push((name.into(), template));
        self
    }

    /// Sets the sizes of images that requests name by URL or file id; see [`ImageSizes`].
    ///
    /// ```
    /// use tokenfit::{Models, Request, model::ImageSizes};
    ///
    /// let models = Models::builtin().image_sizes(ImageSizes::new().others(1024, 768));
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#)?;
    /// let count = models.for_request(&request)?.count(&request);    // an image by URL
    /// assert_eq!(count.images().tokens(), 765);    // four tiles of 170 and a base of 85
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn image_sizes(self, sizes: ImageSizes) -> Models {
        Models {
            image_sizes: Some(Arc::new(sizes)),
            ..self
        }
    }

    /// Returns the caller's size for an image that is not in the request.
    pub(crate) fn image_size(&self, name: Option<&str>) -> Option<(u64, u64)> {
        self.image_sizes.as_ref()?.of(name)
    }

    /// Sets the answer for unknown names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) if the model to imitate is
    /// itself unknown.
    ///
    /// ```
    /// use tokenfit::Models;
    /// use tokenfit::model::{Match, UnknownModels};
    ///
    /// let models = Models::builtin().unknown_models(UnknownModels::Guess)?;
    /// assert_eq!(models.get("gpt-4.1-huge")?.matched(), Match::Guess);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn unknown_models(self, policy: UnknownModels) -> Result<Models, Error> {
        let unknown = match policy {
            UnknownModels::Refuse => Unknown::Refuse,
            UnknownModels::Guess => Unknown::Guess,
            UnknownModels::Assume(limits) => Unknown::Assume(Arc::new(entry_of(limits))),
            UnknownModels::AssumeLike(name) => {
                let like =
                    resolve::resolve(&self, &name).ok_or_else(|| resolve::unknown(&self, &name))?;
                Unknown::Assume(Arc::new(entry_like(&like.facts)))
            }
        };
        Ok(Models { unknown, ..self })
    }

    /// Gives a model another name that has precedence over all others: the name of an Azure
    /// deployment, or one of your own.
    ///
    /// The name is also found after a provider prefix (`azure/my-deployment`). If a name is given
    /// twice, the later model is used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) if the registry does not know
    /// `model`; [`ErrorKind::InvalidRegistry`](crate::ErrorKind::InvalidRegistry) if `alias` is
    /// empty, longer than 300 bytes, or contains control characters.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin().alias("prod-chat", "azure/gpt-4o-2024-08-06")?;
    /// let model = models.get("prod-chat")?;
    /// assert_eq!((model.id(), model.name()), ("gpt-4o", "prod-chat"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "deployment")]
    pub fn alias(mut self, alias: &str, model: &str) -> Result<Models, Error> {
        if !is_usable(alias) {
            return Err(Inner::InvalidAlias {
                name: shown_name(alias),
                remedy: "use 1 to 300 bytes without control characters",
            }
            .into());
        }
        // An alias of an alias becomes one of the model, so no chain is ever followed.
        let target = match self.alias_target(model) {
            Some(target) => target.to_owned(),
            None => {
                resolve::resolve(&self, model).ok_or_else(|| resolve::unknown(&self, model))?;
                model.to_owned()
            }
        };
        let aliases = &mut Arc::make_mut(self.additions.get_or_insert_default()).aliases;
        let lower = alias.to_ascii_lowercase();
        match aliases.binary_search_by(|(known, _)| known.cmp(&lower)) {
            Ok(at) => aliases[at].1 = target,
            Err(at) => aliases.insert(at, (lower, target)),
        }
        Ok(self)
    }

    /// Adds models, or corrects facts of known ones, from JSON in one of three formats, recognized
    /// by shape:
    ///
    /// - *our own*: a list of objects, or `{"models": [...]}`, with the fields of
    ///   `data/models.json`. Only `id` is required: `{"id", "provider", "kind", "billing",
    ///   "aliases": [], "context_window", "max_input_tokens", "max_output_tokens", "limits_note",
    ///   "host_limits_seen": [[window, hosts]], "encoding", "encoding_note", "modalities":
    ///   {"input": [], "output": []}, "supports": {"tools", "vision", "json_schema", "reasoning"},
    ///   "price_per_1m_usd": {"input", "cached_input", "output"}, "status", "deprecation_date",
    ///   "snapshot_deprecations": {name: date}, "azure_names": []}`;
    /// - *LiteLLM's* `model_prices_and_context_window.json`: an object of names;
    /// - *models.dev's* `api.json`: an object of providers with `models`.
    ///
    /// An entry with a known name corrects that model field by field: absent and `null` fields are
    /// unchanged. For a snapshot or a name with a host (`azure/gpt-4.1`) the facts apply to that
    /// name only. An entry with an unknown name is a new model; absent fields, including the
    /// billing family, come from the model that its name leads to (a fine-tune's base), or are
    /// unknown. Unknown fields are ignored.
    ///
    /// LiteLLM writes the input limit in `max_input_tokens` and has no window: if the model is
    /// known to limit its input separately (gpt-5), the value sets that limit, otherwise the
    /// window. Sizes of 0 mean unknown there.
    ///
    /// Later overrides have precedence. Costs one pass over the JSON and a copy of earlier
    /// overrides.
    ///
    /// # Errors
    ///
    /// With the place as JSON pointer and line, and without any value of the input:
    ///
    /// - [`ErrorKind::InvalidJson`](crate::ErrorKind::InvalidJson): it is not JSON;
    /// - [`ErrorKind::InvalidRegistry`](crate::ErrorKind::InvalidRegistry): a field has the wrong
    ///   type; a size is negative, 0, fractional or above 1,000,000,000; a date, kind, encoding or
    ///   family is invalid; an entry is duplicated; or an alias belongs to another model.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin().overrides(
    ///     r#"{"models": [
    ///         {"id": "acme-chat-7", "context_window": 65536, "encoding": "o200k_base", "aliases": ["acme-latest"]},
    ///         {"id": "gpt-4o", "max_output_tokens": 8192}
    ///     ]}"#,
    /// )?;
    /// assert_eq!(models.get("acme-latest")?.context_window(), Some(65_536));
    /// assert_eq!(models.get("gpt-4o")?.max_output_tokens(), Some(8_192));
    /// assert_eq!(models.get("gpt-4o")?.context_window(), Some(128_000));
    ///
    /// let error = Models::builtin().overrides(r#"[{"id": "acme", "context_window": "64k"}]"#).unwrap_err();
    /// assert_eq!(error.pointer(), Some("/0/context_window"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn overrides(self, json: impl AsRef<[u8]>) -> Result<Models, Error> {
        let mut additions = overrides::additions(&self, json.as_ref())?;
        if let Some(before) = &self.additions {
            additions.aliases.clone_from(&before.aliases);
        }
        Ok(Models {
            additions: Some(Arc::new(additions)),
            ..self
        })
    }

    /// Iterates over all models by id, in the order of the registry: by provider, OpenAI first;
    /// then those that overrides added.
    ///
    /// ```
    /// use tokenfit::model::ModelKind;
    ///
    /// let models = tokenfit::Models::builtin();
    /// assert!(models.iter().any(|m| m.provider() == "mistral" && m.kind() == ModelKind::Embedding));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Model> {
        let added = self.additions.iter().flat_map(|additions| {
            let entries = additions.added.iter();
            entries.map(|&entry| Facts::Given(additions.entries[entry].clone()))
        });
        table::MODELS
            .iter()
            .map(|entry| self.facts(entry))
            .chain(added)
            .map(|facts| {
                let Found { matched, as_of, .. } = Found::listed(facts.clone(), 0);
                let mut model = Model {
                    day: self.day,
                    as_of,
                    models: self.clone(),
                    ..Model::found(facts, 0, matched)
                };
                self.equip(&mut model);
                model
            })
    }
}

/// Returns what the caller gave for a model: by its name or id, else by its encoding.
fn given_for<T: Clone>(model: &Model, given: Option<&Vec<(String, T)>>) -> Option<T> {
    let given = given?;
    let find = |is: &dyn Fn(&str) -> bool| {
        let found = given.iter().rfind(|(name, _)| is(name));
        found.map(|(_, value)| value.clone())
    };
    let is_model = |name: &str| {
        let names = [model.name(), model.listed_name(), model.id()];
        names.iter().any(|own| own.eq_ignore_ascii_case(name))
    };
    find(&is_model).or_else(|| {
        let encoding = model.encoding_name()?;
        find(&|name| name == encoding)
    })
}

impl Encoding {
    /// Returns the encoding of a built-in model. [`Model::encoding`] also covers the caller's
    /// models.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) if the name is unknown.
    /// [`ErrorKind::UnknownEncoding`](crate::ErrorKind::UnknownEncoding) if the model's encoding is
    /// not public or not provided here; [`Model::count_text`] estimates its text.
    /// [`ErrorKind::MissingVocabulary`](crate::ErrorKind::MissingVocabulary) if the vocabulary is
    /// not part of the program.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::for_model("gpt-4o")?.count("Hello, world"), 3);
    /// assert!(Encoding::for_model("grok-4").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn for_model(name: &str) -> Result<Encoding, Error> {
        let model = Models::builtin().get(name)?;
        match (model.encoding(), model.encoding_name()) {
            (Some(encoding), _) => Ok(encoding),
            (None, Some(name)) => Encoding::from_name(name),
            (None, None) => Err(Inner::NoPublicEncoding {
                model: shown_name(name),
            }
            .into()),
        }
    }
}
