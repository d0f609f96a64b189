//! Handle of a looked-up model: its entry, name, certainty and host.

use std::fmt;
use std::sync::Arc;

use super::columns::abilities::Abilities;
use super::columns::generation::CountingGeneration;
use super::columns::images::ImageTokens;
use super::registry::Models;
use super::table::{Entry, Facts};
use super::{BillingFamily, Day, Host, Match, ModelKind, Source, Traits};
use crate::encoding::{Encoding, Tokenizer};
#[cfg(feature = "templates")]
use crate::template::ChatTemplate;

/// Model of the registry, with the name it was looked up by.
///
/// Cheap to clone. `Debug` prints the id; the JSON form (`Serialize`) is an object of all values
/// below.
///
/// # Examples
///
/// ```
/// use tokenfit::Encoding;
///
/// let model = tokenfit::Models::builtin().get("gpt-4o-mini")?;
/// assert_eq!(model.context_window(), Some(128_000));
/// assert_eq!(model.max_output_tokens(), Some(16_384));
/// assert_eq!(model.encoding(), Some(Encoding::O200K_BASE));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Model {
    pub(super) facts: Facts,
    /// Index of the entry's name that led here, as in `Entry::spelling`.
    pub(super) which: u16,
    /// Name it was looked up by, if different.
    pub(super) as_given: Option<Arc<str>>,
    pub(super) matched: Match,
    pub(super) host: Option<Host>,
    /// `free` for a name that ends in `:free`; hosts give such names separate windows.
    pub(super) variant: &'static str,
    pub(super) window: Window,
    /// Whether the facts were given at run time for the model at its host, so that rows of hosts do
    /// not apply.
    pub(super) own_limits: bool,
    /// Day that answers are for.
    pub(super) day: Option<Day>,
    /// Day on which the name was seen to lead here, if it moves.
    pub(super) as_of: Option<Day>,
    /// Requested model, if another one answers.
    pub(super) asked: Option<Facts>,
    /// The caller's tokenizer, if any.
    pub(super) tokenizer: Option<Arc<dyn Tokenizer>>,
    /// The caller's chat template, if any.
    #[cfg(feature = "templates")]
    pub(super) template: Option<ChatTemplate>,
    /// Models it was looked up in.
    pub(super) models: Models,
}

/// Limit of the input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// Sizes of the entry and of its host.
    Listed,
    /// Size in the name: `:48k`.
    Named(u64),
    /// Size set when the model is loaded.
    AtLoad,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.id()).finish()
    }
}

impl Model {
    /// Creates a model as found by a look-up, before its host is known.
    pub(super) fn found(facts: Facts, which: u16, matched: Match) -> Model {
        Model {
            facts,
            which,
            as_given: None,
            matched,
            host: None,
            variant: "",
            window: Window::Listed,
            own_limits: false,
            day: None,
            as_of: None,
            asked: None,
            tokenizer: None,
            #[cfg(feature = "templates")]
            template: None,
            models: Models::default(),
        }
    }

    pub(super) fn entry(&self) -> &Entry {
        &self.facts
    }

    pub(super) fn variant(&self) -> &'static str {
        self.variant
    }

    /// Returns whether the facts were given at run time for the model at its host.
    pub(super) fn has_own_facts(&self) -> bool {
        self.own_limits
    }

    /// Returns the models it was found in, with their overrides, aliases, tokenizers and day.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin().alias("prod-chat", "gpt-4o")?;
    /// let model = models.get("prod-chat")?;
    /// assert!(model.models().get("prod-chat").is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Returns the [`encoding`](Model::encoding) by reference.
    pub(crate) fn encoding_ref(&self) -> Option<&Encoding> {
        self.facts.encoding.as_ref()
    }

    /// Returns the caller's tokenizer, if any.
    pub(crate) fn tokenizer(&self) -> Option<&dyn Tokenizer> {
        self.tokenizer.as_deref()
    }

    /// Returns the caller's chat template, if any.
    #[cfg(feature = "templates")]
    pub(crate) fn chat_template(&self) -> Option<&ChatTemplate> {
        self.template.as_ref()
    }

    /// Returns whether requests are counted by a chat template of the caller.
    pub(crate) fn has_template(&self) -> bool {
        #[cfg(feature = "templates")]
        return self.template.is_some();
        #[cfg(not(feature = "templates"))]
        false
    }

    /// Returns the id in the registry, to which all other spellings of the name lead.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-5.6")?.id(), "gpt-5.6-sol");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id(&self) -> &str {
        &self.facts.id
    }

    /// Returns the name it was looked up by: in the registry's spelling if listed, otherwise as
    /// given.
    ///
    /// It can differ from the [`id`](Model::id), and some facts depend on it, such as a snapshot's
    /// shutdown date.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("GPT-35-Turbo")?.name(), "gpt-35-turbo");
    /// assert_eq!(models.get("GPT-35-Turbo")?.id(), "gpt-3.5-turbo");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        match &self.as_given {
            Some(name) => name,
            None => self.listed_name(),
        }
    }

    /// Returns the listed name it was found under: [`name`](Model::name) without prefixes, dates
    /// and suffixes, in the registry's spelling.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("azure/GPT-35-Turbo")?;
    /// assert_eq!(model.name(), "azure/GPT-35-Turbo");
    /// assert_eq!(model.listed_name(), "gpt-35-turbo");
    /// assert_eq!(model.id(), "gpt-3.5-turbo");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn listed_name(&self) -> &str {
        self.facts.spelling(self.which)
    }

    /// Returns how the name led here, which determines how certain the facts are.
    ///
    /// ```
    /// use tokenfit::model::Match;
    ///
    /// assert_eq!(tokenfit::Models::builtin().get("o3-2026-01-31")?.matched(), Match::Snapshot);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn matched(&self) -> Match {
        self.matched
    }

    /// Returns the host that serves the model, if it is not the vendor: the host in the name, or
    /// the one given to [`at_host`](Model::at_host).
    ///
    /// ```
    /// use tokenfit::model::Host;
    ///
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("azure/gpt-4o")?.host(), Some(Host::Azure));
    /// assert_eq!(models.get("openai/gpt-4o")?.host(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host(&self) -> Option<Host> {
        self.host
    }

    /// Returns the model as served by `host`. Limits, price and shutdown date are the host's if the
    /// registry knows them; the window is unknown if it is set when the model is loaded; everything
    /// else is the vendor's.
    ///
    /// ```
    /// use tokenfit::model::Host;
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-4.1")?;
    /// assert_eq!(model.context_window(), Some(1_047_576));
    /// assert_eq!(model.at_host(Host::Azure).context_window(), Some(300_000));
    /// assert_eq!(model.at_host(Host::Ollama).context_window(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn at_host(&self, host: Host) -> Model {
        let mut model = self.clone();
        model.set_host(host);
        model
    }

    pub(super) fn set_host(&mut self, host: Host) {
        self.host = Some(host).filter(|host| host.vendor() != Some(&self.facts.provider));
        if let Window::Named(_) = self.window {
            return;
        }
        self.window = match self.host {
            Some(host) if host.sets_window_at_load() && !self.own_limits => Window::AtLoad,
            _ => Window::Listed,
        };
    }

    /// Returns the vendor of the model: `openai`, `anthropic`, `google`, `mistral`, ...
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("claude-opus-5")?.provider(), "anthropic");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn provider(&self) -> &str {
        &self.facts.provider
    }

    /// Returns the purpose of the model.
    ///
    /// ```
    /// use tokenfit::model::ModelKind;
    ///
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-5-pro")?.kind(), ModelKind::Responses);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> ModelKind {
        self.facts.kind
    }

    /// Returns the model's other names: dated snapshots with the same limits, spellings of Azure
    /// and of hubs.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-4")?;
    /// assert!(model.aliases().eq(["gpt-4-0314", "gpt-4-0613"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn aliases(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.aliases.iter().map(|name| &**name)
    }

    /// Returns the encoding, if it is public and available in this crate. `None` for most other
    /// vendors' models and for OpenAI's newest: see [`encoding_note`](Model::encoding_note).
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-4")?.encoding(), Some(Encoding::CL100K_BASE));
    /// assert_eq!(models.get("claude-opus-5")?.encoding(), Some(Encoding::CLAUDE_V48));
    /// assert_eq!(models.get("grok-4")?.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "tokenizer")]
    pub fn encoding(&self) -> Option<Encoding> {
        self.facts.encoding
    }

    /// Returns the encoding's name in the registry, even if this crate does not provide it.
    ///
    /// ```
    /// // Compiled in with the feature `qwen2` only; the name is known without it.
    /// let model = tokenfit::Models::builtin().get("qwen2-5-7b-instruct")?;
    /// assert_eq!(model.encoding_name(), Some("qwen2"));
    /// assert_eq!(model.encoding().is_some(), cfg!(feature = "qwen2"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_name(&self) -> Option<&str> {
        self.facts.encoding_name.some()
    }

    /// Returns a remark on the encoding: why there is none, or how certain it is.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-6-sol")?;
    /// assert!(model.encoding_note().is_some_and(|note| note.contains("no public mapping")));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_note(&self) -> Option<&str> {
        self.facts.encoding_note.some()
    }

    /// Returns the counting rules it is billed by.
    ///
    /// ```
    /// use tokenfit::model::BillingFamily;
    ///
    /// assert_eq!(tokenfit::Models::builtin().get("o3-mini")?.billing(), BillingFamily::OpenAiO3Mini);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn billing(&self) -> BillingFamily {
        self.facts.billing
    }

    /// Returns the basic abilities and modalities.
    ///
    /// ```
    /// let traits = tokenfit::Models::builtin().get("gpt-5")?.supports();
    /// assert_eq!((traits.tools, traits.reasoning), (Some(true), Some(true)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn supports(&self) -> Traits {
        let entry = &*self.facts;
        Traits {
            tools: entry.tools,
            vision: entry.vision,
            json_schema: entry.json_schema,
            reasoning: entry.reasoning,
            inputs: entry.inputs,
            outputs: entry.outputs,
        }
    }

    /// Returns the abilities, column by column.
    ///
    /// ```
    /// use tokenfit::model::Effort;
    ///
    /// let model = tokenfit::Models::builtin().get("gpt-5-pro")?;
    /// let efforts = model.abilities().efforts.expect("known");
    /// assert_eq!(efforts.iter().collect::<Vec<_>>(), [Effort::High]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn abilities(&self) -> &Abilities {
        &self.facts.abilities
    }

    /// Returns whether a column of the abilities rests on an answer of the API, the vendor's own
    /// statement, or the caller's; otherwise it comes from catalogs.
    pub(crate) fn ability_is_seen(&self, column: &str) -> bool {
        let at = Abilities::COLUMNS.iter().position(|known| *known == column);
        debug_assert!(at.is_some(), "{column} is not a column");
        at.is_some_and(|at| self.facts.seen >> at & 1 == 1)
    }

    /// Returns the token cost of an image, if a rule is known.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert!(models.get("gpt-5.4")?.image_tokens().is_some());
    /// assert!(models.get("gpt-3.5-turbo")?.image_tokens().is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn image_tokens(&self) -> Option<&ImageTokens> {
        self.facts.images.as_ref()
    }

    /// Returns the generation of counting constants within its billing family, if generations
    /// differ.
    ///
    /// ```
    /// use tokenfit::model::CountingGeneration;
    ///
    /// let model = tokenfit::Models::builtin().get("claude-opus-4-8")?;
    /// assert_eq!(model.counting_generation(), Some(CountingGeneration::Claude48));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn counting_generation(&self) -> Option<CountingGeneration> {
        self.facts.generation
    }

    /// Returns the generation of the requested name, where the vendor routes it to another model on
    /// the [day](Model::day); otherwise that of the model.
    pub(crate) fn asked_generation(&self) -> Option<CountingGeneration> {
        let asked = self.asked.as_ref();
        asked.map_or_else(|| self.counting_generation(), |asked| asked.generation)
    }

    /// Returns whether its weights are published, even if its vendor also serves it. `None` if
    /// unknown.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-oss-20b")?.open_weights(), Some(true));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn open_weights(&self) -> Option<bool> {
        self.facts.open_weights
    }

    /// Returns `deprecated` or `removed`, if a source states it. `None` is no guarantee of support.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("claude-3-opus-20240229")?;
    /// assert_eq!(model.status(), Some("removed"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn status(&self) -> Option<&str> {
        self.facts.status.some()
    }

    /// Returns Azure's names for it, if different. The [`aliases`](Model::aliases) include them.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-5-chat-latest")?;
    /// assert!(model.azure_names().eq(["gpt-5-chat"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn azure_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.azure_names.iter().map(|name| &**name)
    }

    /// Returns the sources of the facts, with dates. Never empty.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("text-embedding-3-small")?;
    /// assert!(model.sources().any(|source| source.name == "litellm@1.109.1" && source.date == "2026-11"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        let host = self.host.filter(|_| !self.own_limits);
        let rows = host.into_iter().flat_map(|host| {
            let rows = self.facts.at_host(host, self.variant);
            rows.flat_map(|row| row.sources.iter())
        });
        let rows = rows.map(|source| Source {
            note: Some("the host"),
            ..source.source()
        });
        self.facts.sources().chain(rows)
    }

    /// Returns whether an override given at run time changed its counting: encoding, billing family
    /// or generation. Measurements of the registry's model do not apply to it then.
    ///
    /// ```
    /// use tokenfit::Models;
    ///
    /// let models = Models::builtin().overrides(r#"[{"id": "gpt-4o", "encoding": "cl100k_base"}]"#)?;
    /// assert!(models.get("gpt-4o")?.counting_is_overridden());
    /// assert!(!models.get("gpt-4")?.counting_is_overridden());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn counting_is_overridden(&self) -> bool {
        self.facts.counting_changed
    }
}
