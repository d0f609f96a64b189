//! The models: their limits, encodings and prices, and how a name leads to one.
//!
//! [`Registry::builtin`] holds about 500 models of twelve providers, merged from public tables; each says
//! [where its facts come from](Model::sources) and how old they are. [`Registry::model`] looks a name up.
//!
//! Sizes are in tokens, prices in USD per 1,000,000 tokens. `None` always means "not known or not published".
//!
//! ```
//! let model = tokenfit::Registry::builtin().model("gpt-5")?;
//! assert_eq!(model.context_window(), Some(400_000));
//! assert_eq!(model.max_input_tokens(), Some(272_000));
//! assert_eq!(model.max_output_tokens(), Some(128_000));
//! # Ok::<(), tokenfit::Error>(())
//! ```

mod billing;
mod facts;
mod json;
mod resolve;
mod table;

use std::fmt;
use std::sync::Arc;

pub use billing::BillingFamily;
pub use facts::{Match, Modality, ModelKind, Price, Source, Traits};

use crate::encoding::Encoding;
use crate::error::Error;

/// Which data this build counts by: the newest date of the model registry and the counting rules, and a short hash over
/// them and the vocabularies. Two builds with the same data version count alike and know the same models.
///
/// # Examples
///
/// ```
/// // YYYY-MM-DD-xxxxxxxx
/// assert_eq!(tokenfit::model::data_version().len(), 19);
/// ```
pub fn data_version() -> &'static str {
    table::DATA_VERSION
}

/// The models that can be looked up by name.
///
/// Costs nothing to make or clone: the data is compiled in.
///
/// # Examples
///
/// ```
/// use tokenfit::{ErrorKind, Registry};
///
/// let registry = Registry::builtin();
/// assert_eq!(registry.model("GPT-4o")?.id(), "gpt-4o");
///
/// let error = registry.model("gpt-4p").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnknownModel);
/// assert_eq!(error.nearest_models()[..2], ["gpt-4", "gpt-4o"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    // Keeps the struct from being made by its literal, so that overrides given at run time can be added to it.
    _builtin: (),
}

impl Registry {
    /// The models compiled into the crate, the same as the default.
    ///
    /// ```
    /// assert!(tokenfit::Registry::builtin().models().count() > 500);
    /// ```
    pub fn builtin() -> Registry {
        Registry::default()
    }

    /// The model with this name: its id, an alias, or an unlisted snapshot of a listed model ([`Match::Snapshot`]).
    ///
    /// ASCII case does not matter. Nothing is matched by prefix. A hit on an id or alias is one binary search and allocates
    /// nothing (90 ns); a miss compares the name with the known ones of about its length, for the suggestions (20 to 700 µs;
    /// both measured 2026-11 in a release build, on names of 6 to 42 bytes).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with up to three near names in
    /// [`Error::nearest_models`]. Names longer than 100 bytes get no suggestions.
    ///
    /// # Examples
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-4o-2024-08-06")?;
    /// assert_eq!(model.id(), "gpt-4o");
    /// assert_eq!(model.name(), "gpt-4o-2024-08-06");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self, name: &str) -> Result<Model, Error> {
        resolve::resolve(name)
    }

    /// All models, each by its id, in the order of the registry: by provider, OpenAI first.
    ///
    /// ```
    /// use tokenfit::model::ModelKind;
    ///
    /// let registry = tokenfit::Registry::builtin();
    /// assert!(registry.models().any(|m| m.provider() == "mistral" && m.kind() == ModelKind::Embedding));
    /// ```
    pub fn models(&self) -> impl Iterator<Item = Model> {
        table::MODELS.iter().map(|entry| Model {
            entry,
            name: Name::Listed(entry.id),
            matched: Match::Id,
        })
    }

    /// The day the facts were collected, `YYYY-MM-DD`. Single sources can be older: see [`Model::sources`].
    ///
    /// ```
    /// assert!(tokenfit::Registry::builtin().date() >= "2026-11-22");
    /// ```
    pub fn date(&self) -> &'static str {
        table::REGISTRY_DATE
    }
}

/// A model of the registry, with the name it was looked up by.
///
/// Cheap to clone. `Debug` prints the id; as JSON (`Serialize`) it is an object of everything below.
///
/// # Examples
///
/// ```
/// use tokenfit::Encoding;
///
/// let model = tokenfit::Registry::builtin().model("gpt-4o-mini")?;
/// assert_eq!(model.context_window(), Some(128_000));
/// assert_eq!(model.max_output_tokens(), Some(16_384));
/// assert_eq!(model.encoding(), Some(Encoding::O200K_BASE));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Model {
    entry: &'static table::Entry,
    name: Name,
    matched: Match,
}

#[derive(Clone)]
enum Name {
    Listed(&'static str),
    AsGiven(Arc<str>),
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.id()).finish()
    }
}

impl Model {
    /// The canonical id.
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-5.6")?.id(), "gpt-5.6-sol");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id(&self) -> &str {
        self.entry.id
    }

    /// The name it was looked up by: in the registry's spelling where the registry has it, else as given.
    ///
    /// Not the [`id`](Model::id): some facts hang on the snapshot, such as its shutdown date.
    ///
    /// ```
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("GPT-35-Turbo")?.name(), "gpt-35-turbo");
    /// assert_eq!(registry.model("GPT-35-Turbo")?.id(), "gpt-3.5-turbo");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        match &self.name {
            Name::Listed(name) => name,
            Name::AsGiven(name) => name,
        }
    }

    /// How the name led here, and so how sure the facts are.
    ///
    /// ```
    /// use tokenfit::model::Match;
    ///
    /// assert_eq!(tokenfit::Registry::builtin().model("o3-2026-01-31")?.matched(), Match::Snapshot);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn matched(&self) -> Match {
        self.matched
    }

    /// Who makes the model: `openai`, `anthropic`, `google`, `mistral`, ...
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("claude-opus-5")?.provider(), "anthropic");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn provider(&self) -> &str {
        self.entry.provider
    }

    /// What it is for.
    ///
    /// ```
    /// use tokenfit::model::ModelKind;
    ///
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-5-pro")?.kind(), ModelKind::Responses);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> ModelKind {
        self.entry.kind
    }

    /// Its other names: dated snapshots with the same limits, Azure's and hubs' spellings.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-4")?;
    /// assert_eq!(model.aliases(), ["gpt-4-0314", "gpt-4-0613"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn aliases(&self) -> &[&str] {
        self.entry.aliases
    }

    /// The whole window in tokens: input and output together, where the vendor states one.
    ///
    /// For Google's models, whose input and output are limited apart, it is the input limit.
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-4")?.context_window(), Some(8192));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "context_length")]
    #[doc(alias = "max_context")]
    pub fn context_window(&self) -> Option<u64> {
        self.entry.context_window
    }

    /// The most input tokens, where the input is limited apart from the window; `None` where only the window limits it.
    ///
    /// ```
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("gpt-5")?.max_input_tokens(), Some(272_000));
    /// assert_eq!(registry.model("gpt-4o")?.max_input_tokens(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_input_tokens(&self) -> Option<u64> {
        self.entry.max_input_tokens
    }

    /// The most output tokens, reasoning included.
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-4o")?.max_output_tokens(), Some(16_384));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "max_completion_tokens")]
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.entry.max_output_tokens
    }

    /// A remark on the three sizes.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gemini-2.5-pro")?;
    /// assert_eq!(model.limits_note(), Some("input and output limits are separate"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn limits_note(&self) -> Option<&str> {
        self.entry.limits_note
    }

    /// For open weights: windows in tokens that hosts were seen to offer, and how many hosts, most first.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("llama-3.3-70b-instruct")?;
    /// assert_eq!(model.host_limits_seen()[0], (128_000, 26));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host_limits_seen(&self) -> &[(u64, u32)] {
        self.entry.host_limits_seen
    }

    /// The encoding, where it is public and one of those this crate loads. `None` for most other vendors' models, and for
    /// the newest ones of OpenAI: see [`encoding_note`](Model::encoding_note).
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("gpt-4")?.encoding(), Some(Encoding::CL100K_BASE));
    /// assert_eq!(registry.model("claude-opus-5")?.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "tokenizer")]
    pub fn encoding(&self) -> Option<Encoding> {
        self.entry.encoding
    }

    /// The encoding as the registry has it, also where this crate does not load it.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("qwen2-5-7b-instruct")?;
    /// assert_eq!(model.encoding_name(), Some("qwen2"));
    /// assert_eq!(model.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_name(&self) -> Option<&str> {
        self.entry.encoding_name
    }

    /// A remark on the encoding: why there is none, or how sure it is.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-6-sol")?;
    /// assert!(model.encoding_note().is_some_and(|note| note.contains("no public mapping")));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_note(&self) -> Option<&str> {
        self.entry.encoding_note
    }

    /// Which counting rules it is billed by.
    ///
    /// ```
    /// use tokenfit::model::BillingFamily;
    ///
    /// assert_eq!(tokenfit::Registry::builtin().model("o3-mini")?.billing(), BillingFamily::OpenAiO3Mini);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn billing(&self) -> BillingFamily {
        self.entry.billing
    }

    /// What it can do, and what goes in and comes out.
    ///
    /// ```
    /// let traits = tokenfit::Registry::builtin().model("gpt-5")?.supports();
    /// assert_eq!((traits.tools, traits.reasoning), (Some(true), Some(true)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn supports(&self) -> Traits {
        let &table::Entry {
            tools,
            vision,
            json_schema,
            reasoning,
            inputs,
            outputs,
            ..
        } = self.entry;
        Traits {
            tools,
            vision,
            json_schema,
            reasoning,
            inputs,
            outputs,
        }
    }

    /// Its list price in USD per 1,000,000 tokens.
    ///
    /// ```
    /// let price = tokenfit::Registry::builtin().model("gpt-5")?.price();
    /// assert_eq!((price.input, price.cached_input, price.output), (Some(1.25), Some(0.125), Some(10.0)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price(&self) -> Price {
        let entry = self.entry;
        Price {
            input: entry.price_input,
            cached_input: entry.price_cached_input,
            output: entry.price_output,
        }
    }

    /// The day it is shut down, `YYYY-MM-DD`, also where that day has passed: of the snapshot, where the name is one with a
    /// date of its own, else of the model. This crate reads no clock; compare it with the day you have.
    ///
    /// ```
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("gpt-4o-2024-08-06")?.shutdown_date(), Some("2027-01-14"));
    /// assert_eq!(registry.model("gpt-4o")?.shutdown_date(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "deprecation_date")]
    pub fn shutdown_date(&self) -> Option<&str> {
        let own = self
            .entry
            .snapshot_deprecations
            .iter()
            .find(|(snapshot, _)| *snapshot == self.name());
        own.map(|(_, date)| *date).or(self.entry.deprecation_date)
    }

    /// `deprecated` or `removed`, where a source says so. That no source does is no promise.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("claude-3-opus-20240229")?;
    /// assert_eq!(model.status(), Some("removed"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn status(&self) -> Option<&str> {
        self.entry.status
    }

    /// The names that Azure has for it, where they differ. They are among the [`aliases`](Model::aliases) too.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-5-chat-latest")?;
    /// assert_eq!(model.azure_names(), ["gpt-5-chat"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn azure_names(&self) -> &[&str] {
        self.entry.azure_names
    }

    /// Where the facts come from, with dates. Never empty.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("text-embedding-3-small")?;
    /// assert!(model.sources().any(|source| source.name == "litellm@1.109.1" && source.date == "2026-11"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        self.entry.sources()
    }
}
