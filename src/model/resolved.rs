//! A model as it was looked up: the entry, the name, how sure it is, and who serves it.

use std::fmt;
use std::sync::Arc;

use super::table::{Facts, HostLimit, host_limit};
use super::{BillingFamily, Host, Match, ModelKind, Price, Source, Traits};
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
/// let model = tokenfit::Registry::builtin().model("gpt-4o-mini")?;
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
    /// The facts were given at run time for the model at its host: the table of host windows has no say.
    pub(super) own_limits: bool,
    /// What counts its texts, where the caller gave something.
    pub(super) tokenizer: Option<Arc<dyn Tokenizer>>,
}

/// What limits the input.
#[derive(Clone, Copy)]
pub(super) enum Window {
    /// The entry's sizes.
    Listed,
    /// The name's own: `:48k`.
    Named(u64),
    /// The host's.
    AtHost(&'static HostLimit),
    /// Set when the model is loaded.
    AtLoad,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.id()).finish()
    }
}

impl Model {
    /// The model, its texts counted by a tokenizer of the caller's.
    pub(crate) fn with_tokenizer(mut self, tokenizer: Arc<dyn Tokenizer>) -> Model {
        self.tokenizer = Some(tokenizer);
        self
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
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-5.6")?.id(), "gpt-5.6-sol");
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
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("GPT-35-Turbo")?.name(), "gpt-35-turbo");
    /// assert_eq!(registry.model("GPT-35-Turbo")?.id(), "gpt-3.5-turbo");
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
    /// let model = tokenfit::Registry::builtin().model("azure/GPT-35-Turbo")?;
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
    /// assert_eq!(tokenfit::Registry::builtin().model("o3-2026-01-31")?.matched(), Match::Snapshot);
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
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("azure/gpt-4o")?.host(), Some(Host::Azure));
    /// assert_eq!(registry.model("openai/gpt-4o")?.host(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host(&self) -> Option<Host> {
        self.host
    }

    /// The same model as this host serves it. Its window there is another where the registry knows one
    /// (`data/hosts.json`), and unknown where it is set when the model is loaded; else it is the vendor's.
    ///
    /// ```
    /// use tokenfit::model::Host;
    ///
    /// let model = tokenfit::Registry::builtin().model("gpt-4.1")?;
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
            // What the caller gave for the model at its host goes before what the crate carries.
            Some(_) if self.own_limits => Window::Listed,
            Some(host) if host.sets_window_at_load() => Window::AtLoad,
            Some(host) => host_limit(host, &self.facts.id, self.variant)
                .map_or(Window::Listed, Window::AtHost),
            None => Window::Listed,
        };
    }

    /// Who makes the model: `openai`, `anthropic`, `google`, `mistral`, ...
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("claude-opus-5")?.provider(), "anthropic");
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
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-5-pro")?.kind(), ModelKind::Responses);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> ModelKind {
        self.facts.kind
    }

    /// Its other names: dated snapshots with the same limits, Azure's and hubs' spellings.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-4")?;
    /// assert!(model.aliases().eq(["gpt-4-0314", "gpt-4-0613"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn aliases(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.aliases.iter().map(|name| name.as_ref())
    }

    /// The whole window in tokens: input and output together, where the vendor states one.
    ///
    /// For Google's models, whose input and output are limited apart, it is the input limit. At a [`host`](Model::host) it is
    /// the host's, where that is known to differ; `None` where it is set when the model is loaded (Ollama).
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-4")?.context_window(), Some(8192));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "context_length")]
    #[doc(alias = "max_context")]
    pub fn context_window(&self) -> Option<u64> {
        match self.window {
            Window::Listed => self.facts.context_window,
            Window::Named(window) => Some(window),
            Window::AtHost(limit) => Some(limit.context_window),
            Window::AtLoad => None,
        }
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
        match self.window {
            Window::Listed => self.facts.max_input_tokens,
            // In a smaller window it is the window that limits the input.
            Window::Named(_) | Window::AtHost(_) => self
                .facts
                .max_input_tokens
                .filter(|&most| self.context_window().is_some_and(|window| most <= window)),
            Window::AtLoad => None,
        }
    }

    /// The most output tokens, reasoning included.
    ///
    /// ```
    /// assert_eq!(tokenfit::Registry::builtin().model("gpt-4o")?.max_output_tokens(), Some(16_384));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "max_completion_tokens")]
    pub fn max_output_tokens(&self) -> Option<u64> {
        match self.window {
            Window::Listed => self.facts.max_output_tokens,
            Window::Named(window) => self.facts.max_output_tokens.map(|most| most.min(window)),
            Window::AtHost(limit) => self
                .facts
                .max_output_tokens
                .map(|most| most.min(limit.context_window)),
            Window::AtLoad => None,
        }
    }

    /// A remark on the three sizes.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gemini-2.5-pro")?;
    /// assert_eq!(model.limits_note(), Some("input and output limits are separate"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn limits_note(&self) -> Option<&str> {
        match self.window {
            Window::Listed | Window::Named(_) => self.facts.limits_note.as_deref(),
            Window::AtHost(limit) => limit.note.or(self.facts.limits_note.as_deref()),
            Window::AtLoad => Some("the window is set when the model is loaded (Ollama: num_ctx)"),
        }
    }

    /// For open weights: windows in tokens that hosts were seen to offer, and how many hosts, most first.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("llama-3.3-70b-instruct")?;
    /// assert_eq!(model.host_limits_seen()[0], (128_000, 26));
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
    /// let registry = tokenfit::Registry::builtin();
    /// assert_eq!(registry.model("gpt-4")?.encoding(), Some(Encoding::CL100K_BASE));
    /// assert_eq!(registry.model("claude-opus-5")?.encoding(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[doc(alias = "tokenizer")]
    pub fn encoding(&self) -> Option<Encoding> {
        self.facts.encoding
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
        self.facts.encoding_name.as_deref()
    }

    /// A remark on the encoding: why there is none, or how sure it is.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-6-sol")?;
    /// assert!(model.encoding_note().is_some_and(|note| note.contains("no public mapping")));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn encoding_note(&self) -> Option<&str> {
        self.facts.encoding_note.as_deref()
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
        self.facts.billing
    }

    /// What it can do, and what goes in and comes out.
    ///
    /// ```
    /// let traits = tokenfit::Registry::builtin().model("gpt-5")?.supports();
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

    /// Its list price in USD per 1,000,000 tokens.
    ///
    /// ```
    /// let price = tokenfit::Registry::builtin().model("gpt-5")?.price();
    /// assert_eq!((price.input, price.cached_input, price.output), (Some(1.25), Some(0.125), Some(10.0)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn price(&self) -> Price {
        let entry = &*self.facts;
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
        let entry = &*self.facts;
        let own = entry
            .snapshot_deprecations
            .iter()
            .find(|(snapshot, _)| *snapshot == self.listed_name());
        own.map(|(_, date)| date)
            .or(entry.deprecation_date.as_ref())
            .map(|date| date.as_ref())
    }

    /// `deprecated` or `removed`, where a source says so. That no source does is no promise.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("claude-3-opus-20240229")?;
    /// assert_eq!(model.status(), Some("removed"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn status(&self) -> Option<&str> {
        self.facts.status.as_deref()
    }

    /// The names that Azure has for it, where they differ. They are among the [`aliases`](Model::aliases) too.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("gpt-5-chat-latest")?;
    /// assert!(model.azure_names().eq(["gpt-5-chat"]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn azure_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.facts.azure_names.iter().map(|name| name.as_ref())
    }

    /// Where the facts come from, with dates. Never empty.
    ///
    /// ```
    /// let model = tokenfit::Registry::builtin().model("text-embedding-3-small")?;
    /// assert!(model.sources().any(|source| source.name == "litellm@1.109.1" && source.date == "2026-11"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        let host = match self.window {
            Window::AtHost(limit) => Some(limit.source()),
            _ => None,
        };
        self.facts.sources().chain(host)
    }

    /// Whether an override given at run time changed how it is counted: its encoding or its billing family. What was measured
    /// on the model of the registry says nothing about such a one.
    ///
    /// ```
    /// use tokenfit::Registry;
    ///
    /// let registry = Registry::builtin().with_overrides(r#"[{"id": "gpt-4o", "encoding": "cl100k_base"}]"#)?;
    /// assert!(registry.model("gpt-4o")?.counting_is_overridden());
    /// assert!(!registry.model("gpt-4")?.counting_is_overridden());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn counting_is_overridden(&self) -> bool {
        self.facts.counting_changed
    }
}
