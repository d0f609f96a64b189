//! How many tokens a request can be at most, without looking a single piece of text up.
//!
//! ```text
//! a text in a byte-level encoding:  tokens <= bytes
//! what the server writes again:     bytes <= factor × the bytes of its JSON as it came
//! images, audio, files:             as counted; that takes no text
//! ```
//!
//! The bound is taken over the JSON as it is spelled: a text's own bytes are never more, and the quotes, keys and braces
//! around it pay for most of the framing. It always holds what [`Counter::count`] gives as its upper bound (a property
//! over random and recorded requests), so a request that fits by the bound fits by the count.
//!
//! Factors, each above the worst case that can be written:
//!
//! - *results, calls*: read as JSON and written again with ASCII escapes, an estimate adds a quarter. In a text that is
//!   ASCII as it stands an escape was spelled with at least two bytes: 2.5. Past ASCII two bytes become six: 5.
//! - *tools*: as TypeScript a list of values grows most, `1,` to `1 | `: 2.5, past ASCII 5. Schemas that repeat what is
//!   below them (references, lists of types with an object) have no such factor: there the bound is none at all.
//! - *another host, an encoding that is not public*: the estimates double a count.

use super::{Counter, Texts, TokenCount, media, rules};
use crate::count::request_count::Parts;
use crate::json::{Kind, Value};
use crate::model::Model;
use crate::request::{Format, Message, PartKind, Request, Role};

/// Tokens for what belongs to no part: the begun reply, a system message of the server's, headings.
const AROUND: u64 = 512;
/// What hosts of other vendors' models put around the messages (`estimate::foreign_framing`), settings that were not
/// measured.
const AROUND_UNMEASURED: u64 = 4_096;
/// Tokens of a message beside its texts.
const PER_MESSAGE: u64 = 32;
/// Tokens of a call or a result beside its texts.
const PER_CALL: u64 = 96;
/// Tokens of a tool beside its definition.
const PER_TOOL: u64 = 128;

impl Counter {
    /// The bounds of a request's count, without tokenizing anything: from 0 to what it can be at most.
    ///
    /// Use this when the request is likely far below a limit: it takes microseconds, loads no vocabulary, and
    /// [`upper`](TokenCount::upper) is never below that of [`count`](Counter::count). The value between the bounds is a
    /// rough guess (a token for every four bytes). Linear in the number of messages, parts and calls, and in the tools'
    /// schemas; texts are looked at only for whether they are ASCII.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Counter, Request};
    ///
    /// let counter = Counter::new();
    /// let request = Request::parse(r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#)?;
    /// let model = counter.model_of(&request)?;
    /// let bounds = counter.bounds(&model, &request);
    /// assert!(counter.count(&model, &request).total().upper() <= bounds.upper());
    /// assert!(bounds.upper() < 1_000);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn bounds(&self, model: &Model, request: &Request<'_>) -> TokenCount {
        let upper = match request.format() {
            Format::OpenAiChat => chat(model, request),
            _ => TokenCount::UNBOUNDED,
        };
        let guess = request.as_bytes().len() as u64 / 4;
        TokenCount::estimated(guess.min(upper), 0, upper)
    }
}

fn chat(model: &Model, request: &Request<'_>) -> u64 {
    let layout = request.layout();
    let mut bound = Bound::default();
    let mut media = Parts::default();
    let mut assistants = 0_u64;
    for message in request.messages() {
        assistants += u64::from(message.role() == Role::Assistant);
        bound.message(&message, model, &mut media);
    }
    for tool in &layout.tools {
        bound.tool(request.value(tool.function), request.value(tool.node));
    }
    for setting in [layout.tool_choice, layout.function_call, layout.prediction] {
        bound.text(setting.map_or(0, |node| request.value(node).span().len()));
    }
    if let Some(format) = layout.response_format {
        let json = request.value(format).raw();
        bound.again(json);
        // The assistant's messages name the format.
        bound.add(assistants.saturating_mul(json.len() as u64 + 2));
    }
    bound.add(media.images.upper());
    let stretched = !Texts::of(model).public
        || !rules::chat_rules(model).measured
        || !rules::bills_like_openai(model.host());
    if stretched {
        bound
            .tokens
            .saturating_mul(2)
            .saturating_add(AROUND_UNMEASURED)
    } else {
        // Where a rule was not seen on the model, its count is given 5 % of room, a claim on top of it once more.
        let tokens = u128::from(bound.tokens) * 112 / 100;
        u64::try_from(tokens)
            .unwrap_or(u64::MAX)
            .saturating_add(
                AROUND_UNMEASURED
                    * u64::from(layout.audio.is_some() || layout.web_search_options.is_some()),
            )
            .saturating_add(AROUND)
    }
}

#[derive(Default)]
struct Bound {
    tokens: u64,
}

impl Bound {
    fn add(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// A text that is counted as it is.
    fn text(&mut self, bytes: usize) {
        self.add(bytes as u64);
    }

    /// A text that is written again before it is counted.
    fn again(&mut self, json: &str) {
        // A delete character is ASCII, and written as six.
        let plain = json.is_ascii() && memchr::memchr(0x7f, json.as_bytes()).is_none();
        let bytes = json.len() as u64;
        self.add(if plain { bytes * 5 / 2 } else { bytes * 5 });
    }

    fn message(&mut self, message: &Message<'_>, model: &Model, media: &mut Parts) {
        self.add(PER_MESSAGE);
        if message.has_hidden() {
            return self.add(TokenCount::UNBOUNDED);
        }
        let mut bytes = message.raw_json().len();
        for part in message.parts() {
            if !matches!(part.kind(), PartKind::Text | PartKind::Refusal) {
                bytes = bytes.saturating_sub(part.raw_json().len());
                let around = media::Around {
                    after_call: true,
                    in_result: true,
                };
                media::add(&part, String::new(), model, around, media);
            }
        }
        let calls = message.tool_calls().len();
        let result = matches!(message.role(), Role::Tool | Role::Function);
        if calls == 0 && !result {
            return self.text(bytes);
        }
        self.add(PER_CALL.saturating_mul(calls.max(1) as u64));
        if bytes == message.raw_json().len() {
            self.again(message.raw_json());
        } else {
            // With parts that are no text in it, whether the rest is ASCII is not worth a walk.
            self.add(bytes as u64 * 5);
        }
    }

    fn tool(&mut self, function: Value<'_>, whole: Value<'_>) {
        self.add(PER_TOOL);
        if repeats_itself(function) {
            self.add(TokenCount::UNBOUNDED);
        } else {
            self.again(whole.raw());
        }
    }
}

/// Whether a schema can be written out longer than any multiple of itself: a reference, or a list of types of which one
/// holds others.
fn repeats_itself(function: Value<'_>) -> bool {
    let mut open = vec![function];
    while let Some(value) = open.pop() {
        match value.kind() {
            Kind::Array => open.extend(value.items().filter(|item| holds_values(*item))),
            Kind::Object => {
                for (key, value) in value.entries() {
                    if key.is_str("$ref") {
                        return true;
                    }
                    if holds_values(value) {
                        let of_types = value.kind() == Kind::Array && key.is_str("type");
                        if of_types
                            && value
                                .items()
                                .any(|kind| kind.is_str("object") || kind.is_str("array"))
                        {
                            return true;
                        }
                        open.push(value);
                    }
                }
            }
            _ => {}
        }
    }
    false
}

fn holds_values(value: Value<'_>) -> bool {
    matches!(value.kind(), Kind::Array | Kind::Object)
}
