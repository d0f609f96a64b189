//! What a registry is asked: a model by its name, all models, and the registries that follow from it.

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

impl Models {
    /// The model of this name: an id, an alias, or one of these as people, hosts and gateways write it.
    ///
    /// Taken in this order: the names given by [`alias`](Self::alias), the ids and aliases of overrides and of the
    /// registry, then the same behind provider prefixes, inside fine-tunes, in the forms of Azure, Bedrock, Vertex, OpenRouter
    /// and Ollama, in other spellings, with an effort or a speed tier, dated, or moving. [`Model::matched`] says which.
    ///
    /// Nothing is matched by prefix: a limit taken from the wrong model is worse than an error that names the near ones. Ask for
    /// a [`guess`](Self::guess), or set [`UnknownModels`], where an answer is needed.
    ///
    /// ASCII case does not matter. A hit on an id or alias is one binary search and allocates nothing (0.1 to 0.2 µs); a
    /// rewritten name costs a few of them, in at most 16 rounds, for at most 300 bytes (1 to 8 µs); a miss compares the name
    /// with the known ones of about its length, for the suggestions (5 to 300 µs; all measured 2026-11 in a release build, on
    /// names of 4 to 300 bytes).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with up to three near names in
    /// [`Error::nearest_models`]. Names longer than 100 bytes get no suggestions.
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
            // What is no name is a slip of the caller's, not a model.
            Unknown::Assume(entry) if is_name(name) => {
                let mut model = Model {
                    as_given: Some(Arc::from(name)),
                    day: self.day,
                    models: self.clone(),
                    ..Model::found(Facts::Given(entry.clone()), 0, Match::Assumed)
                };
                model.tokenizer = self.tokenizer_of(&model);
                Ok(model)
            }
            Unknown::Assume(_) => Err(refuse()),
        }
    }

    /// The model of this name, or the one with the longest listed name that it begins with: [`Match::Guess`].
    ///
    /// The listed name has to end where a part of the name does, and no version may go on behind it: `gpt-4.7` is not guessed
    /// to be `gpt-4`, nor `gpt-4ox` to be `gpt-4o`. Use it to show something where there is nothing better, not to decide whether a
    /// request fits.
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

    /// The registry as of a day: prices are those of the day, and where the vendor answers with another model from that day
    /// on, a look-up leads to that one ([`Model::routed_from`]).
    ///
    /// Without a day, prices are those of the [day of the registry](Models::date), and no route is followed.
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

    /// The day that was given with [`on`](Models::on).
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().day(), None);
    /// ```
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// A model as it answers on the day of the models, with what was given for all of them.
    fn today(&self, mut model: Model) -> Model {
        model.models = self.clone();
        if let Some(day) = self.day {
            model = self.answering(&model, day);
        }
        model.tokenizer = self.tokenizer_of(&model);
        model
    }

    /// The tokenizer that was given last for a model's encoding.
    fn tokenizer_of(&self, model: &Model) -> Option<Arc<dyn Tokenizer>> {
        let tokenizers = self.tokenizers.as_ref()?;
        let encoding = model.encoding_name()?;
        tokenizers
            .iter()
            .rfind(|(name, _)| name == encoding)
            .map(|(_, tokenizer)| Arc::clone(tokenizer))
    }

    /// The model that answers requests for a model on a day: another one, where the vendor's routes say so.
    pub(crate) fn answering(&self, model: &Model, day: Day) -> Model {
        let mut answering = model.clone();
        answering.day = Some(day);
        // A chain of routes is short; a circle in an override ends here.
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
        answering.tokenizer = self.tokenizer_of(&answering);
        answering
    }

    /// The models with a tokenizer of the caller's for an encoding, by the name that the models have for it
    /// ([`Model::encoding_name`]): the texts of its models are then counted, no longer estimated. For one of our own
    /// encodings it takes the place of ours.
    ///
    /// What a provider adds around the texts is known for OpenAI's models only; a request to another vendor's model stays an
    /// estimate, on better grounds.
    ///
    /// # Examples
    ///
    /// See [`Tokenizer`].
    #[must_use]
    pub fn tokenizer(
        mut self,
        encoding_name: impl Into<String>,
        tokenizer: impl Tokenizer + 'static,
    ) -> Models {
        let tokenizers = self.tokenizers.get_or_insert_default();
        Arc::make_mut(tokenizers).push((encoding_name.into(), Arc::new(tokenizer)));
        self
    }

    /// The models with the sizes of images that requests name by URL or file id; see [`ImageSizes`].
    #[must_use]
    pub fn image_sizes(self, sizes: ImageSizes) -> Models {
        Models {
            image_sizes: Some(Arc::new(sizes)),
            ..self
        }
    }

    /// The size of an image that a request does not hold, where the caller gave it.
    pub(crate) fn image_size(&self, name: Option<&str>) -> Option<(u64, u64)> {
        self.image_sizes.as_ref()?.of(name)
    }

    /// What to answer for names that lead nowhere.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) when the model to liken them to is not known itself.
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

    /// Gives a model another name, which goes before all others: the name of an Azure deployment, or one of your own.
    ///
    /// The name is found behind a provider prefix too (`azure/my-deployment`). A name given twice stands for the later model.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) when the registry does not know `model`;
    /// [`ErrorKind::InvalidRegistry`](crate::ErrorKind::InvalidRegistry) when `alias` is empty, longer than 300 bytes, or holds
    /// control characters.
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
                remedy: "give 1 to 300 bytes without control characters",
            }
            .into());
        }
        // Another name of another name is one of the model; so no chain of them is ever walked.
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

    /// Adds models, or corrects facts of known ones, from JSON in one of three formats, found by its shape:
    ///
    /// - *our own*: a list of objects, or `{"models": [...]}`, with the fields of `data/models.json`. Only `id` is required:
    ///   `{"id", "provider", "kind", "billing", "aliases": [], "context_window", "max_input_tokens", "max_output_tokens",
    ///   "limits_note", "host_limits_seen": [[window, hosts]], "encoding", "encoding_note", "modalities": {"input": [], "output": []},
    ///   "supports": {"tools", "vision", "json_schema", "reasoning"}, "price_per_1m_usd": {"input", "cached_input", "output"},
    ///   "status", "deprecation_date", "snapshot_deprecations": {name: date}, "azure_names": []}`;
    /// - *LiteLLM's* `model_prices_and_context_window.json`: an object of names;
    /// - *models.dev's* `api.json`: an object of providers with `models`.
    ///
    /// An entry whose name is known corrects that model field by field: what it does not say, or says as `null`, stays. For a
    /// snapshot or a name with a host (`azure/gpt-4.1`) the facts are for that name alone. An entry whose name is not known is
    /// a new model; it takes what it does not say, its billing family included, from the model that its name leads to
    /// (a fine-tune from its base), or has it unknown. Unknown fields are passed over.
    ///
    /// LiteLLM writes the input limit in `max_input_tokens` and has no window: where the model is known to limit its
    /// input apart from its window (gpt-5), that is what it sets, else the window. Sizes of 0 are read as not known there.
    ///
    /// Later overrides go before earlier ones. Costs a pass over the JSON and a copy of what was added before.
    ///
    /// # Errors
    ///
    /// With the place as JSON pointer and line, and no value of the text:
    ///
    /// - [`ErrorKind::InvalidJson`](crate::ErrorKind::InvalidJson): it is not JSON;
    /// - [`ErrorKind::InvalidRegistry`](crate::ErrorKind::InvalidRegistry): a field has the wrong type, a size is negative, 0, not
    ///   whole or above 1,000,000,000, a date, kind, encoding or family is none, an entry is there twice, or an alias belongs to
    ///   another model.
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
        let additions = overrides::additions(&self, json.as_ref())?;
        Ok(Models {
            additions: Some(Arc::new(additions)),
            ..self
        })
    }

    /// All models, each by its id, in the order of the registry: by provider, OpenAI first; then those that overrides added.
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
                model.tokenizer = self.tokenizer_of(&model);
                model
            })
    }
}

impl Encoding {
    /// The encoding of a built-in model's texts. [`Model::encoding`] has it for models of the caller's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel).
    /// [`ErrorKind::UnknownEncoding`](crate::ErrorKind::UnknownEncoding) when the model's encoding is not public or not one of
    /// ours; [`Model::count_text`] estimates its texts.
    /// [`ErrorKind::MissingVocabulary`](crate::ErrorKind::MissingVocabulary) when the vocabulary was left out of the program.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// assert_eq!(Encoding::for_model("gpt-4o")?.count("Hello, world"), 3);
    /// assert!(Encoding::for_model("claude-opus-4-5").is_err());
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
