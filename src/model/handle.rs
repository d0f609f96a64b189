//! A model as it was looked up: the entry, the name, how sure it is, and who serves it.

use std::fmt;
use std::sync::Arc;

use super::columns::abilities::Abilities;
use super::columns::generation::CountingGeneration;
use super::columns::images::ImageTokens;
use super::columns::limits::RequestLimits;
use super::registry::Models;
use super::table::{AtHost, Entry, Facts};
use super::{BillingFamily, Day, Host, Match, ModelKind, Source, Traits};
use crate::encoding::{Encoding, Tokenizer};

/// A model of the registry, with the name it was looked up by.
///
/// Cheap to clone. `Debug` prints the id; as JSON (`Serialize`) it is an object of everything below.
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
    /// Which of the entry's names led here: the numbering of `Entry::spelling`.
    pub(super) which: u16,
    /// The name it was looked up by, where it is not that one.
    pub(super) as_given: Option<Arc<str>>,
    pub(super) matched: Match,
    pub(super) host: Option<Host>,
    /// `free` for a name that ends in `:free`; hosts give such names windows of their own.
    pub(super) variant: &'static str,
    pub(super) window: Window,
    /// The facts were given at run time for the model at its host: the rows of hosts have no say.
    pub(super) own_limits: bool,
    /// The day that answers are for.
    pub(super) day: Option<Day>,
    /// The day on which the name was seen to lead here, where it moves.
    pub(super) as_of: Option<Day>,
    /// The model that was asked for, where another one answers.
    pub(super) asked: Option<Facts>,
    /// What counts its texts, where the caller gave something.
    pub(super) tokenizer: Option<Arc<dyn Tokenizer>>,
    /// Where it was looked up.
    pub(super) models: Models,
}

/// What limits the input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// The entry's sizes, and those of the host.
    Listed,
    /// The name's own: `:48k`.
    Named(u64),
    /// Set when the model is loaded.
    AtLoad,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.id()).finish()
    }
}

impl Model {
    /// A model as a look-up finds it, before anything is known of its host.
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
            models: Models::default(),
        }
    }

    pub(super) fn entry(&self) -> &Entry {
        &self.facts
    }

    pub(super) fn variant(&self) -> &'static str {
        self.variant
    }

    /// Whether the facts were given at run time for the model at its host.
    pub(super) fn has_own_facts(&self) -> bool {
        self.own_limits
    }

    /// What the rows of the host say about a size.
    fn at_its_host<T>(&self, size: impl Fn(&AtHost) -> Option<T>) -> Option<T> {
        // What the caller gave for the model at its host goes before what the crate carries.
        let host = self.host.filter(|_| !self.own_limits)?;
        self.facts.at_host(host, self.variant).find_map(size)
    }

    /// Whether the sizes are known to be those of who serves it. A catalogue's row for a host is no answer of the host.
    pub(crate) fn sizes_are_of_its_host(&self) -> bool {
        self.at_its_host(|row| {
            (row.context_window > 0 || row.max_output_tokens > 0).then_some(row.sure)
        })
        .unwrap_or(true)
    }

    /// The models among which it was found: with their overrides, aliases, tokenizers and day.
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

    /// As [`encoding`](Model::encoding), by reference.
    pub(crate) fn encoding_ref(&self) -> Option<&Encoding> {
        self.facts.encoding.as_ref()
    }

    /// The caller's tokenizer, if there is one.
    pub(crate) fn tokenizer(&self) -> Option<&dyn Tokenizer> {
        self.tokenizer.as_deref()
    }

    /// The canonical id.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-5.6")?.id(), "gpt-5.6-sol");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id(&self) -> &str {
        &self.facts.id
    }

    /// The name it was looked up by: in the registry's spelling where the registry has it, else as given.
    ///
    /// Not the [`id`](Model::id): some facts hang on the snapshot, such as its shutdown date.
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

    /// The name of the registry that it was found under: what is left of [`name`](Model::name) when prefixes, dates and the
    /// like are taken off, in the registry's spelling.
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

    /// How the name led here, and so how sure the facts are.
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

    /// Who serves the model, where that is not its own vendor: the host that the name names, or that
    /// [`at_host`](Model::at_host) was told.
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

    /// The same model as this host serves it. Its limits, price and shutdown date there are others where the registry knows
    /// them; the window is unknown where it is set when the model is loaded; the rest is the vendor's.
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

    /// Who makes the model: `openai`, `anthropic`, `google`, `mistral`, ...
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("claude-opus-5")?.provider(), "anthropic");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn provider(&self) -> &str {
        &self.facts.provider
    }

    /// What it is for.
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

    /// Its other names: dated snapshots with the same limits, Azure's and hubs' spellings.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-4")?;
    /// assert!(model.aliases().eq(["gpt-4-0314", "gpt-4-0613"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn aliases(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.aliases.iter().map(|name| &**name)
    }

    /// The whole window in tokens: input and output together, where the vendor states one.
    ///
    /// For Google's models, whose input and output are limited apart, it is the input limit. At a [`host`](Model::host) it is
    /// the host's, where that is known to differ; `None` where it is set when the model is loaded (Ollama).
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4")?.context_window(), Some(8192));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "context_length")]
    #[doc(alias = "max_context")]
    pub fn context_window(&self) -> Option<u64> {
        match self.window {
            Window::Listed => self
                .at_its_host(|row| Some(u64::from(row.context_window)).filter(|&size| size > 0))
                .or(self.facts.context_window),
            Window::Named(window) => Some(window),
            Window::AtLoad => None,
        }
    }

    /// The most input tokens, where the input is limited apart from the window; `None` where only the window limits it.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-5")?.max_input_tokens(), Some(272_000));
    /// assert_eq!(models.get("gpt-4o")?.max_input_tokens(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_input_tokens(&self) -> Option<u64> {
        // In a smaller window it is the window that limits the input.
        let window = self.context_window();
        let listed = self.facts.context_window;
        self.facts
            .max_input_tokens
            .filter(|_| self.window != Window::AtLoad)
            .filter(|&most| window == listed || window.is_some_and(|window| most <= window))
    }

    /// The most output tokens, reasoning included.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-4o")?.max_output_tokens(), Some(16_384));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "max_completion_tokens")]
    pub fn max_output_tokens(&self) -> Option<u64> {
        if self.window == Window::AtLoad {
            return None;
        }
        let most = self
            .at_its_host(|row| Some(u64::from(row.max_output_tokens)).filter(|&size| size > 0))
            .or(self.facts.max_output_tokens)?;
        // A smaller window at the host, or in the name, holds no longer answer.
        match self.context_window() {
            Some(window) if Some(window) != self.facts.context_window => Some(most.min(window)),
            _ => Some(most),
        }
    }

    /// A remark on the three sizes.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gemini-2.5-pro")?;
    /// assert_eq!(model.limits_note(), Some("input and output limits are separate"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn limits_note(&self) -> Option<&str> {
        if self.window == Window::AtLoad {
            return Some("the window is set when the model is loaded (Ollama: num_ctx)");
        }
        let at_host = self.host.filter(|_| !self.own_limits).and_then(|host| {
            let mut rows = self.facts.at_host(host, self.variant);
            rows.find_map(|row| row.note.some())
        });
        at_host.or(self.facts.limits_note.some())
    }

    /// For open weights: windows in tokens that hosts were seen to offer, and how many hosts, most first.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("llama-3.3-70b-instruct")?;
    /// assert_eq!(model.host_limits_seen()[0], (128_000, 23));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host_limits_seen(&self) -> &[(u64, u32)] {
        &self.facts.host_limits_seen
    }

    /// The encoding, where it is public and one of those this crate loads. `None` for most other vendors' models, and for
    /// the newest ones of OpenAI: see [`encoding_note`](Model::encoding_note).
    ///
    /// ```
    /// use tokenfit::Encoding;
    ///
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-4")?.encoding(), Some(Encoding::CL100K_BASE));
    /// assert_eq!(models.get("claude-opus-5")?.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "tokenizer")]
    pub fn encoding(&self) -> Option<Encoding> {
        self.facts.encoding
    }

    /// The encoding as the registry has it, also where this crate does not load it.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("qwen2-5-7b-instruct")?;
    /// assert_eq!(model.encoding_name(), Some("qwen2"));
    /// assert_eq!(model.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_name(&self) -> Option<&str> {
        self.facts.encoding_name.some()
    }

    /// A remark on the encoding: why there is none, or how sure it is.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-6-sol")?;
    /// assert!(model.encoding_note().is_some_and(|note| note.contains("no public mapping")));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_note(&self) -> Option<&str> {
        self.facts.encoding_note.some()
    }

    /// Which counting rules it is billed by.
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

    /// What it can do, and what goes in and comes out.
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

    /// What it can do, column by column.
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

    /// Whether a column of the abilities rests on an answer of the API, on the vendor's own words, or on the caller's; else it
    /// is what catalogues say.
    pub(crate) fn ability_is_seen(&self, column: &str) -> bool {
        let at = Abilities::COLUMNS.iter().position(|known| *known == column);
        debug_assert!(at.is_some(), "{column} is not a column");
        at.is_some_and(|at| self.facts.seen >> at & 1 == 1)
    }

    /// Its limits beside the window.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gemini-2.5-pro")?;
    /// assert_eq!(model.request_limits().shared_limit, Some(false));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request_limits(&self) -> &RequestLimits {
        &self.facts.limits
    }

    /// The shortest prefix in tokens that the prompt cache keeps: at its host, where that is known, else the vendor's.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gemini-4-argon")?.prompt_cache_min_tokens(), Some(4_096));
    /// assert_eq!(models.get("vertex_ai/gemini-4-argon")?.prompt_cache_min_tokens(), Some(6_144));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn prompt_cache_min_tokens(&self) -> Option<u64> {
        self.at_its_host(|row| Some(row.prompt_cache_min_tokens).filter(|&size| size > 0))
            .or(self.facts.limits.prompt_cache_min_tokens)
            .map(u64::from)
    }

    /// Whether input and output share the window. `None` where no source says.
    ///
    /// ```
    /// let models = tokenfit::Models::builtin();
    /// assert_eq!(models.get("gpt-4o")?.shares_window(), Some(true));
    /// assert_eq!(models.get("gemini-2.5-pro")?.shares_window(), Some(false));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn shares_window(&self) -> Option<bool> {
        self.facts.limits.shared_limit
    }

    /// What an image costs in tokens, where a rule is known.
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

    /// The generation within its billing family that its requests are counted with, where generations differ.
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

    /// Whether its weights are published, also where its vendor serves it. `None` where nobody looked.
    ///
    /// ```
    /// assert_eq!(tokenfit::Models::builtin().get("gpt-oss-20b")?.open_weights(), Some(true));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn open_weights(&self) -> Option<bool> {
        self.facts.open_weights
    }

    /// `deprecated` or `removed`, where a source says so. That no source does is no promise.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("claude-3-opus-20240229")?;
    /// assert_eq!(model.status(), Some("removed"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn status(&self) -> Option<&str> {
        self.facts.status.some()
    }

    /// The names that Azure has for it, where they differ. They are among the [`aliases`](Model::aliases) too.
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("gpt-5-chat-latest")?;
    /// assert!(model.azure_names().eq(["gpt-5-chat"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn azure_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.azure_names.iter().map(|name| &**name)
    }

    /// Where the facts come from, with dates. Never empty.
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

    /// Whether an override given at run time changed how it is counted: its encoding, its billing family or its generation. What was measured
    /// on the model of the registry says nothing about such a one.
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
