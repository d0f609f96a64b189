//! Upper bounds of a request's tokens, without tokenizing anything.
//!
//! ```text
//! a text in a byte-level encoding:  tokens <= bytes
//! what the server writes again:     bytes <= factor × the bytes of its JSON as it came
//! images, audio, files:             as counted; that takes no text
//! ```
//!
//! The bound is computed from the JSON as it is written: a string's own bytes are never more, and
//! the quotes, keys and braces around it cover most of the framing. If a count follows the rules of
//! OpenAI's chat API, this bound is never below the count's own (a property test over random and
//! recorded requests); the wide ranges for other vendors' scripts can exceed it, and then the bytes
//! are the better bound. Content that is not in the request is not in its bound: results of tools
//! that the provider runs, definitions that it fetches.
//!
//! Factors, each above the worst possible case:
//!
//! - *results, calls*: parsed as JSON and written again with blanks and ASCII escapes; an estimate
//!   adds a quarter and the escapes. An ASCII string has escapes of two or six bytes: 1.75, and the
//!   name of the call once more. Beyond ASCII two bytes become six: 5.
//! - *tools, schemas*: in TypeScript a list of values grows most, `1,` to `1 | `: 2.5, beyond ASCII
//!   5. Schemas that repeat their subschemas (references, lists of types with an object) have no
//!   such factor, so they are unbounded.
//! - *another host, an encoding that is not public*: the estimates double a count.

use super::{Texts, TokenCount, encrypted, files, media, rules, vendor};
use crate::count::request_count::Parts;
use crate::json::{Kind, Value};
use crate::model::Model;
use crate::provider::{Calls, Counting, encrypted_bytes};
use crate::request::{Message, Part, PartKind, Request, Role, ToolKind};

/// Tokens that belong to no part: the start of the reply, a system message of the server, headings.
const AROUND: u64 = 512;
/// Tokens that hosts of other vendors' models add around the messages
/// (`estimate::foreign_framing`), and settings that were not measured.
const AROUND_UNMEASURED: u64 = 4_096;
/// Tokens of a message besides its strings, more than its quotes, keys and braces cover.
const PER_MESSAGE: u64 = 4;
/// Tokens of a call or a result besides its strings.
const PER_CALL: u64 = 16;
/// Tokens of a tool besides its definition.
const PER_TOOL: u64 = 128;
/// Tokens that a tool run by the provider adds: its own instructions, not its results.
const HOSTED_TOOL: u64 = 8_192;
/// An image for a model of Anthropic (4,784 is the documented maximum) or of Google (about 4,200 in
/// tiles).
const CLAUDE_OR_GEMINI_IMAGE: u64 = 6_000;
/// Hidden reasoning with fewer bytes refers to reasoning instead of containing it.
const LEAST_INLINE: usize = 400;

impl Model {
    /// Returns the bounds of a request's count without tokenizing anything: from 0 to an upper
    /// bound.
    ///
    /// Use this if the request is probably far below a limit: it takes microseconds, loads no
    /// vocabulary, and its [`upper`](TokenCount::upper) bound covers what the request can be billed
    /// for, like that of [`count`](Model::count), usually by a wide margin. Results of tools that
    /// the provider runs are not in the request, and not in its bounds. There is no upper bound for
    /// a model with a chat template of the caller. The value between the
    /// bounds is a rough guess (one token per four bytes). Linear in the number of messages, parts
    /// and calls, and in the tools' schemas; strings are only checked for being ASCII.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Models, Request};
    ///
    /// let models = Models::builtin();
    /// let request = Request::parse(r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#)?;
    /// let model = models.for_request(&request)?;
    /// let bounds = model.bounds(&request);
    /// assert!(model.count(&request).total().upper() <= bounds.upper());
    /// assert!(bounds.upper().is_some_and(|upper| upper < 1_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn bounds(&self, request: &Request<'_>) -> TokenCount {
        let upper = match request.format().wire().counting {
            // A template can write anything.
            _ if self.has_template() => TokenCount::UNBOUNDED,
            Counting::Chat => chat(self, request),
            _ => estimated(self, request),
        };
        let guess = request.as_bytes().len() as u64 / 4;
        TokenCount::between(guess.min(upper), 0, upper)
    }
}

fn chat(model: &Model, request: &Request<'_>) -> u64 {
    let layout = request.layout();
    if layout.kept_context.is_some() {
        return TokenCount::UNBOUNDED;
    }
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
        // Assistant messages name the format.
        bound.add(assistants.saturating_mul(json.len() as u64 + 2));
    }
    bound.add(media.images.most());
    bound.total(
        model,
        layout.audio.is_some() || layout.web_search_options.is_some(),
    )
}

/// Bound for the other formats: strings as in a chat, media and content stored by the server by
/// their maximum.
fn estimated(model: &Model, request: &Request<'_>) -> u64 {
    let layout = request.layout();
    if layout.kept_context.is_some() {
        return TokenCount::UNBOUNDED;
    }
    // The most expensive images of both appeared in recorded requests.
    let image = match model.provider() {
        "anthropic" | "google" => CLAUDE_OR_GEMINI_IMAGE,
        _ => media::of_any_size(model).most(),
    };
    let items = request.format().wire().calls == Calls::Items;
    let mut bound = Bound::default();
    for message in request.messages() {
        bound.estimated_message(&message, model, image, items);
    }
    for tool in &layout.tools {
        bound.tool(request.value(tool.function), request.value(tool.node));
        if tool.kind == ToolKind::Other {
            bound.add(HOSTED_TOOL);
        }
    }
    for setting in [layout.tool_choice, layout.thinking] {
        bound.text(setting.map_or(0, |node| request.value(node).span().len()));
    }
    if let Some(format) = layout.response_format {
        bound.again(request.value(format).raw());
    }
    bound.total(model, true)
}

#[derive(Default)]
struct Bound {
    tokens: u64,
}

impl Bound {
    /// Returns the total, with the room that estimates need.
    fn total(&self, model: &Model, unmeasured_settings: bool) -> u64 {
        let stretched = !Texts::of(model).public
            || !rules::chat_rules(model).measured
            || !rules::bills_like_openai(model.host());
        if stretched {
            // Claude's vocabulary marks words and capitals: three bytes of rare letters are up to
            // eight tokens.
            let factor = if model.provider() == "anthropic" {
                3
            } else {
                2
            };
            return self
                .tokens
                .saturating_mul(factor)
                .saturating_add(AROUND_UNMEASURED);
        }
        // A rule that was not seen on the model gets 5 % of room for its count, and once more for a
        // claim on top of it.
        let tokens = u128::from(self.tokens) * 112 / 100;
        let settings = AROUND_UNMEASURED * u64::from(unmeasured_settings);
        u64::try_from(tokens)
            .unwrap_or(u64::MAX)
            .saturating_add(settings + AROUND)
    }

    fn add(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// Adds a string that is counted unchanged.
    fn text(&mut self, bytes: usize) {
        self.add(bytes as u64);
    }

    /// Adds a definition that is rewritten before it is counted.
    fn again(&mut self, json: &str) {
        let bytes = json.len() as u64;
        self.add(if is_plain(json) {
            bytes * 5 / 2
        } else {
            bytes * 5
        });
    }

    /// Adds calls and results: the names of the calls precede both.
    fn linked(&mut self, message: &Message<'_>, count: usize) {
        let json = message.raw_json();
        let bytes = json.len() as u64;
        self.add(PER_CALL.saturating_mul(count as u64));
        self.add(if is_plain(json) {
            bytes * 7 / 4
        } else {
            bytes * 5
        });
        for call in message.tool_calls() {
            self.add(call.name_bytes() as u64 * 2);
        }
    }

    fn message(&mut self, message: &Message<'_>, model: &Model, media: &mut Parts) {
        self.add(PER_MESSAGE);
        if message.has_hidden() {
            if message.value().get_some("audio").is_some() {
                return self.add(TokenCount::UNBOUNDED);
            }
            // Encrypted reasoning, or reasoning shown as text, is in the request with its full
            // length.
            if encrypted_bytes(message.value()) < encrypted::LEAST {
                self.add(encrypted::KEPT.most());
            }
        }
        let mut bytes = message.raw_json().len();
        for part in message.parts() {
            if !matches!(part.kind(), PartKind::Text | PartKind::Refusal) {
                bytes = bytes.saturating_sub(part.raw_json().len());
                let around = media::Around {
                    after_call: true,
                    in_result: true,
                    responses: false,
                    tokenizes: false,
                };
                media::add(&part, String::new(), model, around, media);
            }
        }
        let calls = message.tool_calls().len();
        let result = matches!(message.role(), Role::Tool | Role::Function);
        if calls == 0 && !result {
            return self.text(bytes);
        }
        if bytes == message.raw_json().len() {
            self.linked(message, calls.max(1));
        } else {
            self.add(PER_CALL.saturating_mul(calls.max(1) as u64));
            // If other parts are present, checking whether the rest is ASCII is not worth a pass.
            self.add(bytes as u64 * 5);
        }
    }

    fn estimated_message(&mut self, message: &Message<'_>, model: &Model, image: u64, items: bool) {
        self.add(PER_MESSAGE);
        if message.is_reference() {
            return self.add(TokenCount::UNBOUNDED);
        }
        let mut bytes = message.raw_json().len();
        let mut media = |part: Part<'_>| {
            let raw = part.raw_json().len();
            let inline = raw as u64;
            let tokens = match part.kind() {
                PartKind::Image => image,
                // Compressed text grows to four times its bytes, which four bytes per token offset;
                // pages are images too.
                PartKind::File if items => {
                    let around = media::Around {
                        after_call: false,
                        in_result: false,
                        responses: true,
                        tokenizes: false,
                    };
                    files::file(&part, model, around).0.most()
                }
                PartKind::Audio | PartKind::File | PartKind::Video | PartKind::Other => {
                    match vendor::Source::of(&part) {
                        vendor::Source::Text(_) => inline,
                        vendor::Source::Base64(_) if part.kind() != PartKind::Other => {
                            inline.saturating_mul(4)
                        }
                        _ => TokenCount::UNBOUNDED,
                    }
                }
                // Encrypted content is in the request with its full length; an id alone is not.
                PartKind::HiddenReasoning
                    if raw <= LEAST_INLINE
                        || items && encrypted_bytes(part.value()) < encrypted::LEAST =>
                {
                    TokenCount::UNBOUNDED
                }
                _ => return,
            };
            bytes = bytes.saturating_sub(raw);
            self.add(tokens);
        };
        message.parts().for_each(&mut media);
        for result in message.tool_results() {
            if !result.is_whole_message() {
                result.parts().for_each(&mut media);
            }
        }
        let linked = message.tool_calls().len() + message.tool_results().len();
        if linked == 0 {
            return self.text(bytes);
        }
        if bytes == message.raw_json().len() {
            self.linked(message, linked);
        } else {
            self.add(PER_CALL.saturating_mul(linked as u64));
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

/// Whether JSON is ASCII as written, without the one character (delete) that is escaped to six. A
/// single pass without branches: no byte of UTF-8 is 255, so adding one sets the high bit of 127
/// and more.
fn is_plain(json: &str) -> bool {
    json.bytes().fold(0_u8, |any, b| any | b.wrapping_add(1)) < 0x80
}

/// Whether a schema can expand beyond any multiple of itself: a reference, or a list of types of
/// which one contains others.
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

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn plain_is_ascii_without_delete() {
        for (text, plain) in [
            ("", true),
            ("{\"a\": 1}~", true),
            ("\u{7f}", false),
            ("é", false),
            ("\u{10ffff}", false),
        ] {
            assert_eq!(is_plain(text), plain, "{text:?}");
        }
    }
}
