//! Count of a request, by parts.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Accuracy, TokenCount};
use crate::model::{Day, Model, data_version};
use crate::request::{Format, Request, Role};

/// Count of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageCount {
    /// Role of the message.
    pub role: Role,
    /// Tokens of the message, including its framing and calls, without its images, audio and files.
    pub tokens: TokenCount,
    /// Tokens of its images, audio and files: its share of [`RequestCount::images`].
    pub media: TokenCount,
}

/// Rule set of a count, and when it was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RuleSet {
    /// Name of the rule set.
    pub id: &'static str,
    /// First month (`YYYY-MM`) of the recorded requests whose billed count it gave; `None` without
    /// any.
    pub seen_from: Option<&'static str>,
    /// Last such month.
    pub seen_to: Option<&'static str>,
}

/// Name of the rules that [`Learned`](crate::learn::Learned) counts by.
const LEARNED: &str = "learned";

/// Place in the request whose count is not exact, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Uncertainty {
    /// JSON pointer of the place.
    pub pointer: String,
    /// Reason for the uncertainty, in a few words.
    pub reason: &'static str,
}

/// Tokens that a request will be billed for: the total and its parts, which add up to it.
///
/// # Examples
///
/// ```
/// use tokenfit::{Models, Request, TokenCount};
///
/// let models = Models::builtin();
/// let request = Request::parse(
///     r#"{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Why?"}]}"#,
/// )?;
/// let count = models.for_request(&request)?.count(&request);
/// let messages: TokenCount = count.messages().iter().map(|message| message.tokens).sum();
/// assert_eq!(messages + count.tools() + count.schema() + count.images() + count.framing(), count.total());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCount {
    model: String,
    format: Format,
    day: Option<Day>,
    rules: RuleSet,
    context_window: Option<u64>,
    total: TokenCount,
    messages: Vec<MessageCount>,
    tools: TokenCount,
    schema: TokenCount,
    images: TokenCount,
    framing: TokenCount,
    uncertain: Vec<Uncertainty>,
    /// Numbers that a learned rule counted from.
    learned_from: Option<Box<[u32]>>,
}

/// Parts of a count, filled by the rules.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) messages: Vec<MessageCount>,
    pub(super) tools: TokenCount,
    pub(super) schema: TokenCount,
    pub(super) images: TokenCount,
    pub(super) framing: TokenCount,
    pub(super) uncertain: Vec<Uncertainty>,
}

impl Parts {
    pub(super) fn doubt(&mut self, pointer: impl Into<String>, reason: &'static str) {
        self.uncertain.push(Uncertainty {
            pointer: pointer.into(),
            reason,
        });
    }

    /// Returns the sum of all parts.
    pub(super) fn total(&self) -> TokenCount {
        let messages: TokenCount = self.messages.iter().map(|message| message.tokens).sum();
        messages + self.tools + self.schema + self.images + self.framing
    }

    pub(super) fn finish(
        self,
        model: &Model,
        request: &Request<'_>,
        rules: RuleSet,
    ) -> RequestCount {
        RequestCount {
            model: model.name().to_owned(),
            format: request.format(),
            day: model.day(),
            rules,
            context_window: model.context_window(),
            total: self.total(),
            messages: self.messages,
            tools: self.tools,
            schema: self.schema,
            images: self.images,
            framing: self.framing,
            uncertain: self.uncertain,
            learned_from: None,
        }
    }
}

impl RequestCount {
    /// Adds text that the server writes in addition.
    pub(super) fn add_framing(&mut self, tokens: TokenCount, doubt: Option<Uncertainty>) {
        self.framing += tokens;
        self.total += tokens;
        self.uncertain.extend(doubt);
    }

    /// Records that the list of messages is empty: providers refuse such a request, and bill
    /// nothing.
    pub(super) fn doubt_empty(&mut self, pointer: String) {
        let parts = self.messages.iter_mut().map(|message| &mut message.tokens);
        let parts = parts.chain([&mut self.tools, &mut self.schema, &mut self.framing]);
        for part in parts.filter(|part| **part != TokenCount::ZERO) {
            *part = TokenCount::between(part.tokens(), 0, part.most());
        }
        let messages: TokenCount = self.messages.iter().map(|message| message.tokens).sum();
        self.total = messages + self.tools + self.schema + self.images + self.framing;
        self.uncertain.push(Uncertainty {
            pointer,
            reason: "the list of messages is empty: providers refuse that, and bill nothing",
        });
    }

    /// Returns the count with another total, which a learned rule gave from these numbers; each
    /// part gets its share of it.
    pub(crate) fn learned(mut self, total: TokenCount, from: Box<[u32]>) -> RequestCount {
        self.uncertain.clear();
        self.learned_from = Some(from);
        let reason = "counted by a rule that was learned from earlier answers";
        self.with_total(total, LEARNED, reason)
    }

    /// Returns the count with another total, by rules of this name; each part gets its share of it.
    /// The reason is listed if the total is not exact.
    pub(super) fn with_total(
        mut self,
        total: TokenCount,
        rules: &'static str,
        reason: &'static str,
    ) -> RequestCount {
        let old = u128::from(self.total.tokens().max(1));
        let share = |of: u64, part: TokenCount| {
            let share = u128::from(of) * u128::from(part.tokens()) / old;
            u64::try_from(share).unwrap_or(u64::MAX)
        };
        let share = |part: TokenCount| {
            let tokens = share(total.tokens(), part);
            let lower = share(total.lower(), part);
            let upper = match total.upper() {
                Some(upper) => share(upper, part),
                None => TokenCount::UNBOUNDED,
            };
            match total.accuracy() {
                Accuracy::Exact => TokenCount::exact(tokens),
                Accuracy::Calibrated => TokenCount::calibrated(tokens, lower, upper),
                Accuracy::Estimated => TokenCount::between(tokens, lower, upper),
            }
        };
        for message in &mut self.messages {
            message.tokens = share(message.tokens);
            message.media = share(message.media);
        }
        self.images = self.messages.iter().map(|message| message.media).sum();
        self.tools = share(self.tools);
        self.schema = share(self.schema);
        let messages: TokenCount = self.messages.iter().map(|message| message.tokens).sum();
        let parts = messages + self.tools + self.schema + self.images;
        self.framing = total.less(parts);
        self.total = total;
        self.rules = RuleSet {
            id: rules,
            seen_from: None,
            seen_to: None,
        };
        if total.accuracy() != Accuracy::Exact {
            self.uncertain.push(Uncertainty {
                pointer: "/model".to_owned(),
                reason,
            });
        }
        self
    }

    /// Records that a chat template was given and could not be used.
    #[cfg(feature = "templates")]
    pub(super) fn not_by_template(&mut self, reason: &'static str) {
        let nothing = TokenCount::ZERO.at_most(Accuracy::Estimated, 0);
        let pointer = "/model".to_owned();
        self.add_framing(nothing, Some(Uncertainty { pointer, reason }));
    }

    /// Returns the numbers that a learned rule counted from; `None` for a count by another rule.
    pub(crate) fn learned_from(&self) -> Option<&[u32]> {
        self.learned_from.as_deref()
    }

    /// Returns the name of the model, as the request or the caller wrote it.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o-2024-08-06", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// assert_eq!(tokenfit::count(body)?.model(), "gpt-4o-2024-08-06");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the format of the request.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert_eq!(count.format(), tokenfit::Format::OpenAiChat);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the rule set that was applied to the messages.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert_eq!(count.rules().id, "openai-chat");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn rules(&self) -> RuleSet {
        self.rules
    }

    /// Returns the total with its bounds.
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(count.total().to_string(), "8");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn total(&self) -> TokenCount {
        self.total
    }

    /// Returns the total as a number: exact, or the likely value (see
    /// [`accuracy`](Self::accuracy)).
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(count.tokens(), 8);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tokens(&self) -> u64 {
        self.total.tokens()
    }

    /// Returns the lower bound of the total.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert!(count.lower() < count.tokens());    // the size of the image is unknown
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn lower(&self) -> u64 {
        self.total.lower()
    }

    /// Returns the upper bound of the total; `None` if there is none: see [`TokenCount::upper`].
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// assert_eq!(tokenfit::count(body)?.upper(), Some(8));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn upper(&self) -> Option<u64> {
        self.total.upper()
    }

    /// Returns the accuracy of the total: that of its least accurate part.
    ///
    /// ```
    /// use tokenfit::Accuracy;
    ///
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(count.accuracy(), Accuracy::Exact);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn accuracy(&self) -> Accuracy {
        self.total.accuracy()
    }

    /// Returns the count of each message, in order.
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [
    ///     {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why is the sky blue?"}]}"#)?;
    /// let tokens: Vec<u64> = count.messages().iter().map(|message| message.tokens.tokens()).collect();
    /// assert_eq!(tokens, [7, 10]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn messages(&self) -> &[MessageCount] {
        &self.messages
    }

    /// Returns the tokens of tool definitions and tool choice.
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}],
    ///     "tools": [{"type": "function", "function": {"name": "soil", "description": "Reads a bed.", "parameters": {"type": "object", "properties": {}}}}]}"#)?;
    /// assert_eq!(count.tools().tokens(), 27);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tools(&self) -> TokenCount {
        self.tools
    }

    /// Returns the tokens of the answer's schema.
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}],
    ///     "response_format": {"type": "json_schema", "json_schema": {"name": "bed", "schema": {"type": "object", "properties": {"dry": {"type": "boolean"}}}}}}"#)?;
    /// assert_eq!(count.schema().tokens(), 28);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn schema(&self) -> TokenCount {
        self.schema
    }

    /// Returns the tokens of images, and of audio and files in messages.
    ///
    /// ```
    /// # let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#)?;
    /// // The size of an image by URL is unknown: a range.
    /// assert!(count.images().lower() < count.images().tokens());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn images(&self) -> TokenCount {
        self.images
    }

    /// Returns the tokens that belong to no message: the start of the reply, and text that the
    /// server adds.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert_eq!(count.framing().tokens(), 3);    // the start of the reply
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn framing(&self) -> TokenCount {
        self.framing
    }

    /// Returns the model's context window in tokens, if known.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert_eq!(count.context_window(), Some(128_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn context_window(&self) -> Option<u64> {
        self.context_window
    }

    /// Returns the rest of the context window after the request; negative if the request is larger.
    /// For inputs to embed and prompts to complete, which each have the whole window, the rest
    /// after the longest one.
    ///
    /// ```
    /// let body = r#"{"model": "text-embedding-3-small", "input": ["Hello", "Hello world"]}"#;
    /// assert_eq!(tokenfit::count(body)?.remaining(), Some(8_192 - 2));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn remaining(&self) -> Option<i64> {
        let window = i128::from(self.context_window?);
        let used = match self.format.wire().has_history {
            true => self.tokens(),
            false => self
                .messages
                .iter()
                .map(|message| message.tokens.tokens())
                .max()
                .unwrap_or_default(),
        };
        i64::try_from(window - i128::from(used)).ok()
    }

    /// Returns the day that the request was counted for, if one was given: see
    /// [`Models::on`](crate::Models::on).
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// let count = tokenfit::count(body)?;
    /// assert_eq!(count.day(), None);    // counted without a day
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// Returns the places whose count is not exact, with the reason. Empty if the whole count is
    /// exact.
    ///
    /// ```
    /// let count = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [
    ///     {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#)?;
    /// assert_eq!(count.uncertain()[0].pointer, "/messages/0/content/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn uncertain(&self) -> &[Uncertainty] {
        &self.uncertain
    }
}

/// Serializes as the object that the command prints.
impl Serialize for RequestCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct PartTokens {
            messages: Vec<u64>,
            tools: u64,
            schema: u64,
            images: u64,
            framing: u64,
        }
        let mut object = serializer.serialize_struct("RequestCount", 13)?;
        object.serialize_field("model", &self.model)?;
        object.serialize_field("format", self.format.as_str())?;
        object.serialize_field("tokens", &self.total.tokens())?;
        object.serialize_field("lower", &self.total.lower())?;
        object.serialize_field("upper", &self.total.upper())?;
        object.serialize_field("accuracy", &self.total.accuracy())?;
        object.serialize_field("context_window", &self.context_window)?;
        object.serialize_field("remaining", &self.remaining())?;
        object.serialize_field(
            "parts",
            &PartTokens {
                messages: self
                    .messages
                    .iter()
                    .map(|message| message.tokens.tokens())
                    .collect(),
                tools: self.tools.tokens(),
                schema: self.schema.tokens(),
                images: self.images.tokens(),
                framing: self.framing.tokens(),
            },
        )?;
        object.serialize_field("rules", &self.rules)?;
        object.serialize_field("uncertain", &self.uncertain)?;
        object.serialize_field("day", &self.day)?;
        object.serialize_field("data_version", data_version())?;
        object.end()
    }
}

/// Formats one line: the total, the model and the window.
impl fmt::Display for RequestCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens for {}", self.total, self.model)?;
        match self.context_window {
            Some(window) => write!(f, ", of a context window of {window}"),
            None => Ok(()),
        }
    }
}
