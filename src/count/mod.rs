//! Request + model → the tokens it will be billed for, by parts, with their accuracy.
//!
//! [`Model::count`] is the entry point. The rules are data in `rules/`, one file per rule set;
//! `chat/` applies them to requests of Chat Completions and Responses, `vendor/` counts requests to
//! other vendors' models; `render/` writes the server's text for tools, calls and schemas;
//! `media.rs` prices images; `estimate.rs` has bounded estimates for everything without a rule;
//! `bounds.rs` computes upper bounds without counting.

mod bounds;
mod chat;
mod encrypted;
mod estimate;
mod files;
pub(crate) mod hidden;
pub(crate) mod media;
pub(crate) mod render;
mod request_count;
mod rules;
#[cfg(feature = "templates")]
mod template;
mod token_count;
mod vendor;

use crate::encoding::{Encoding, Tokenizer};
use crate::error::{Error, Inner};
use crate::model::{Match, Model, Models};
use crate::provider::Counting;
use crate::request::Request;
pub use request_count::{MessageCount, RequestCount, RuleSet, Uncertainty};
pub use rules::RULES_DATE;
pub use token_count::{Accuracy, TokenCount};

impl Models {
    /// Returns the model that a request names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingModel`](crate::ErrorKind::MissingModel) if it names none,
    /// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel) if the name is unknown. The
    /// error has the place of the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Models, Request};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let model = Models::builtin().for_request(&request)?;
    /// assert_eq!(model.count(&request).tokens(), 8);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn for_request(&self, request: &Request<'_>) -> Result<Model, Error> {
        match request.model() {
            // An empty name names nothing.
            Some(name) if !name.is_empty() => {
                self.get(&name)
                    .map_err(|error| match request.model_place() {
                        Some(place) => error.at(place),
                        None => error,
                    })
            }
            _ => Err(Inner::MissingModel.into()),
        }
    }
}

impl Model {
    /// Counts a request as the model's provider will bill it. Linear in the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Accuracy, Models, Request};
    ///
    /// let model = Models::builtin().get("gpt-4o-mini")?;
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let count = model.count(&request);
    /// // 3 around the message, 1 for its role, 1 for its text, 3 for the start of the answer.
    /// assert_eq!(count.tokens(), 8);
    /// assert_eq!(count.accuracy(), Accuracy::Exact);
    /// assert_eq!(count.remaining(), Some(128_000 - 8));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count(&self, request: &Request<'_>) -> RequestCount {
        self.count_knowing(request, &[])
    }

    /// Counts a request with known counts of some messages; a format that cannot use them counts
    /// everything again.
    pub(crate) fn count_knowing(
        &self,
        request: &Request<'_>,
        known: &[Option<TokenCount>],
    ) -> RequestCount {
        let counting = request.format().wire().counting;
        let mut count = match counting {
            Counting::Chat if !vendor::has_own_rules(self) => chat::count(self, request, known),
            Counting::Responses | Counting::Compaction if rules::knows_responses(self) => {
                chat::count(self, request, known)
            }
            _ => vendor::count(self, request),
        };
        #[cfg(feature = "templates")]
        if let Some(template) = self.chat_template()
            && request.format().wire().has_history
            && counting != Counting::Compaction
        {
            count = template::count(self, template, request, count);
        }
        if counting == Counting::Compaction {
            let tokens = rules::compaction(self);
            let doubt = (tokens.accuracy() != Accuracy::Exact).then(|| Uncertainty {
                pointer: "/model".to_owned(),
                reason: "compaction was not measured on this model",
            });
            count.add_framing(tokens, doubt);
        }
        if let Some(reason) = assumed(self.matched())
            && count.accuracy() != Accuracy::Exact
        {
            let pointer = "/model".to_owned();
            count.add_framing(TokenCount::ZERO, Some(Uncertainty { pointer, reason }));
        }
        // The Responses API accepts an empty list beside a prompt or an earlier answer.
        let lists_messages = request.format().wire().has_history
            && !matches!(counting, Counting::Responses | Counting::Compaction);
        if lists_messages && request.list_value().is_empty() && count.total().most() > 0 {
            count.doubt_empty(request.list_pointer());
        }
        count
    }

    /// Counts a string in the model's encoding, without framing: exact if the encoding is public,
    /// else an estimate.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tokenfit::{Accuracy, Models};
    /// let models = Models::builtin();
    /// assert_eq!(models.get("gpt-4o")?.count_text("Hello, world").tokens(), 3);
    /// let grok = models.get("grok-4")?;
    /// assert_eq!(grok.count_text("Hello").accuracy(), Accuracy::Estimated);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count_text(&self, text: &str) -> TokenCount {
        let count = Texts::of(self).count(text);
        match self.matched() {
            // Another model's encoding replaces the unknown one.
            Match::Guess | Match::Assumed => count.at_most(Accuracy::Estimated, 50),
            _ => count,
        }
    }
}

/// Returns what is assumed of a model whose name is not listed.
fn assumed(matched: Match) -> Option<&'static str> {
    match matched {
        Match::Guess => Some("the name is not listed: counted as the model that it begins with"),
        Match::Assumed => Some(
            "the name is not listed: limits are assumed, text is counted in another vocabulary",
        ),
        _ => None,
    }
}

/// Counts strings in a model's encoding, or in a substitute if that is not public.
#[derive(Clone, Copy)]
struct Texts<'m> {
    tokens: &'m dyn Tokenizer,
    /// The encoding, unless the caller's tokenizer counts.
    encoding: Option<&'m Encoding>,
    public: bool,
}

/// Counts for unknown encodings in a program without a vocabulary: four bytes per token, with
/// bounds from [`estimate::foreign_text`]. Otherwise the first vocabulary counts, which has a
/// similar size.
struct StandIn;

impl Tokenizer for StandIn {
    fn count(&self, text: &str) -> usize {
        text.len().div_ceil(4)
    }
}

impl<'m> Texts<'m> {
    fn of(model: &'m Model) -> Texts<'m> {
        if let Some(tokens) = model.tokenizer() {
            return Texts {
                tokens,
                encoding: None,
                public: true,
            };
        }
        let known = model.encoding_ref();
        let encoding = known.or(Encoding::ALL.first());
        Texts {
            tokens: encoding.map_or(&StandIn as &dyn Tokenizer, |encoding| encoding),
            encoding,
            public: known.is_some(),
        }
    }

    /// Counts with an encoding that is near the model's own; `None` if it is not compiled in.
    fn near(name: &str) -> Option<Texts<'static>> {
        let encoding = Encoding::ALL
            .iter()
            .find(|encoding| encoding.name() == name)?;
        Some(Texts {
            tokens: encoding,
            encoding: Some(encoding),
            public: false,
        })
    }

    fn len(self, text: &str) -> u64 {
        self.tokens.count(text) as u64
    }

    /// Returns the tokens that `appended` adds to a string of `tokens`.
    fn len_appended(self, text: &str, tokens: u64, appended: &str) -> i64 {
        match self.encoding {
            Some(encoding) => encoding.count_appended(text, appended) as i64,
            // It may split differently, so the whole string is counted.
            None => self.len(&format!("{text}{appended}")) as i64 - tokens as i64,
        }
    }

    fn count(self, text: &str) -> TokenCount {
        self.counted(self.len(text))
    }

    /// Returns the claim of a number of tokens in this encoding.
    fn counted(self, tokens: u64) -> TokenCount {
        if self.public {
            TokenCount::exact(tokens)
        } else {
            estimate::foreign_text(tokens)
        }
    }
}
