//! Request + model → how many tokens it will be billed for, part by part, and how sure that is.
//!
//! [`Counter`] is the one handle. The rules are data in `rules/`, one file a rule set; `chat/` applies them to a request of
//! the Chat or the Responses API; `render/` writes what the server writes in the place of tools, calls and schemas; `media.rs` has images;
//! `estimate.rs` gives the bounded guesses for what no rule covers; `bounds.rs` says what a request is at most, without
//! counting it.

mod bounds;
mod chat;
mod estimate;
mod estimated;
pub(crate) mod media;
mod render;
mod request_count;
mod rules;
mod token_count;

use std::fmt;
use std::sync::Arc;

use crate::encoding::{Encoding, Tokenizer};
use crate::error::{Error, Inner};
use crate::model::{Match, Model, Registry};
use crate::provider::Counting;
use crate::request::Request;
pub use request_count::{MessageCount, RequestCount, RuleSet, Uncertainty};
pub use rules::RULES_DATE;
pub use token_count::{Accuracy, TokenCount};

/// Counts what requests will be billed for. Make one for the process and share it: it is `Send + Sync`, and a clone is
/// another handle of the same.
///
/// Making one costs nothing, and neither does the first count: vocabularies and registry are ready data in the program.
///
/// # Examples
///
/// ```
/// use tokenfit::{Accuracy, Counter, Request};
///
/// let counter = Counter::new();
/// let model = counter.model("gpt-4o-mini")?;
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// let count = counter.count(&model, &request);
/// // 3 around the message, 1 for its role, 1 for its text, 3 for the begun reply.
/// assert_eq!(count.tokens(), 8);
/// assert_eq!(count.accuracy(), Accuracy::Exact);
/// assert_eq!(count.remaining(), Some(128_000 - 8));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Counter {
    registry: Arc<Registry>,
    /// Tokenizers of the caller's, by the name of the encoding that they count for.
    tokenizers: Arc<Vec<(String, Arc<dyn Tokenizer>)>>,
}

impl Counter {
    /// A counter with the registry of models that the crate carries.
    pub fn new() -> Counter {
        Counter::default()
    }

    /// A counter with a registry of the caller's: with overrides, aliases, or a policy for unknown models.
    ///
    /// ```
    /// use tokenfit::{Counter, Registry};
    ///
    /// let counter = Counter::with_registry(Registry::builtin().with_alias("prod-chat", "gpt-4o-mini")?);
    /// assert_eq!(counter.model("prod-chat")?.id(), "gpt-4o-mini");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn with_registry(registry: Registry) -> Counter {
        Counter {
            registry: Arc::new(registry),
            ..Counter::default()
        }
    }

    /// The counter with a tokenizer of the caller's for an encoding, by the name that the registry has for it
    /// ([`Model::encoding_name`]): the texts of its models are then counted, no longer estimated. For one of our own
    /// encodings it takes the place of ours.
    ///
    /// What a provider adds around the texts is known for OpenAI's models only; a request to another vendor's model stays an
    /// estimate, on better grounds.
    ///
    /// # Examples
    ///
    /// See [`Tokenizer`].
    pub fn with_tokenizer(
        mut self,
        encoding_name: impl Into<String>,
        tokenizer: impl Tokenizer + 'static,
    ) -> Counter {
        Arc::make_mut(&mut self.tokenizers).push((encoding_name.into(), Arc::new(tokenizer)));
        self
    }

    /// The registry of models.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The model of a name: see [`Registry::model`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel), with the nearest known names.
    /// [`ErrorKind::MissingVocabulary`](crate::ErrorKind::MissingVocabulary) when the model's vocabulary was left out of the
    /// program, with the feature that it comes with.
    pub fn model(&self, name: &str) -> Result<Model, Error> {
        let model = self.registry.model(name)?;
        let Some(encoding) = model.encoding_name() else {
            return Ok(model);
        };
        // The one that was given last.
        let given = self.tokenizers.iter().rfind(|(name, _)| name == encoding);
        if let Some((_, tokenizer)) = given {
            let tokenizer = Arc::clone(tokenizer);
            return Ok(model.with_tokenizer(tokenizer));
        }
        if model.encoding().is_none() {
            crate::encoding::compiled_in(encoding)?;
        }
        Ok(model)
    }

    /// The model that a request names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingModel`](crate::ErrorKind::MissingModel) when it names none,
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) when the registry does not know it.
    pub fn model_of(&self, request: &Request<'_>) -> Result<Model, Error> {
        match request.model() {
            Some(name) => self
                .model(&name)
                .map_err(|error| match request.model_place() {
                    Some(place) => error.at(place),
                    None => error,
                }),
            None => Err(Inner::MissingModel.into()),
        }
    }

    /// Counts a request as the model's provider will bill it. Linear in the request.
    pub fn count(&self, model: &Model, request: &Request<'_>) -> RequestCount {
        self.count_knowing(model, request, &[])
    }

    /// Counts a request to `/v1/responses/compact`: as one to `/v1/responses` with the same input, and 93 more (6 of 6
    /// recordings of 3 applications, 2026). The body does not show to which of the two it goes. Calibrated on models that it
    /// was not seen on. Linear in the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Counter, Request};
    ///
    /// let counter = Counter::new();
    /// let request = Request::parse(r#"{"model":"gpt-4o-mini","input":"Hello"}"#)?;
    /// let model = counter.model_of(&request)?;
    /// assert_eq!(counter.count(&model, &request).tokens(), 8);
    /// assert_eq!(counter.count_compaction(&model, &request).tokens(), 8 + 93);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count_compaction(&self, model: &Model, request: &Request<'_>) -> RequestCount {
        let mut count = self.count(model, request);
        let seen = request.format().wire().counting == Counting::Responses
            && rules::COMPACTION_SEEN_ON.contains(&model.id());
        match seen {
            true => count.add_framing(TokenCount::exact(rules::COMPACTION), None),
            false => count.add_framing(
                TokenCount::calibrated(rules::COMPACTION, 0, 2 * rules::COMPACTION),
                Some(Uncertainty {
                    pointer: "/model".to_owned(),
                    reason: "what compaction costs was not seen on this model",
                }),
            ),
        }
        count
    }

    /// The same, with the counts of messages that were counted before; a format that cannot use them counts all again.
    pub(crate) fn count_knowing(
        &self,
        model: &Model,
        request: &Request<'_>,
        known: &[Option<TokenCount>],
    ) -> RequestCount {
        match request.format().wire().counting {
            Counting::Chat => chat::count(model, request, known),
            Counting::Responses if rules::knows_responses(model) => {
                chat::count(model, request, known)
            }
            _ => estimated::count(model, request),
        }
    }

    /// Counts a text in the model's encoding, nothing around it: exact where the encoding is public, else an estimate.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Accuracy, Counter};
    /// let counter = Counter::new();
    /// assert_eq!(counter.count_text(&counter.model("gpt-4o")?, "Hello, world").tokens(), 3);
    /// let claude = counter.model("claude-opus-4-5")?;
    /// assert_eq!(counter.count_text(&claude, "Hello").accuracy(), Accuracy::Estimated);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count_text(&self, model: &Model, text: &str) -> TokenCount {
        let count = Texts::of(model).count(text);
        match model.matched() {
            // Another model's encoding stands in.
            Match::Guess | Match::Assumed => count.at_most(Accuracy::Estimated, 50),
            _ => count,
        }
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").finish_non_exhaustive()
    }
}

/// Counts texts in a model's encoding, or in a stand-in where that is not public.
#[derive(Clone, Copy)]
struct Texts<'m> {
    tokens: &'m dyn Tokenizer,
    public: bool,
}

/// The encoding nearest to the unknown ones: of about the same size as the vocabularies of the others.
static STAND_IN: Encoding = Encoding::ALL[0];

impl<'m> Texts<'m> {
    fn of(model: &'m Model) -> Texts<'m> {
        let own = model.tokenizer();
        let known = own.or_else(|| {
            model
                .encoding_ref()
                .map(|encoding| encoding as &dyn Tokenizer)
        });
        Texts {
            tokens: known.unwrap_or(&STAND_IN),
            public: known.is_some(),
        }
    }

    fn len(self, text: &str) -> u64 {
        self.tokens.count(text) as u64
    }

    fn count(self, text: &str) -> TokenCount {
        self.counted(self.len(text))
    }

    /// What the tokens of a text in this encoding say.
    fn counted(self, tokens: u64) -> TokenCount {
        if self.public {
            TokenCount::exact(tokens)
        } else {
            estimate::foreign_text(tokens)
        }
    }
}
