//! Applies a rule set to a request of the Chat Completions or the Responses API. The numbers are in
//! `rules/`, the text is written by `render/`; here is the walk over the request, and the accuracy
//! of each part.
//!
//! ```text
//! messages:  text alone: here; calls and their results: history.rs, on the Responses API items.rs
//! tools:     definitions and the choice among them: tools.rs
//! schema:    of the answer: schema.rs
//! images:    media.rs of the folder above
//! hidden:    reasoning, what the server keeps, tools that it runs: hidden.rs
//! framing:   the begun reply, and what the server writes itself: here
//! ```
//!
//! Tools and schema can be merged into the first system message. That message is counted alone, and
//! they get the difference.

mod hidden;
mod history;
mod items;
mod schema;
mod tools;

use std::borrow::Cow;

use super::request_count::{MessageCount, Parts};
use super::rules::{
    self, Api, ChatRules, Framing, NameCost, ResponsesRules, ToolPlace, ToolRules, chat_rules,
};
use super::{Accuracy, RequestCount, Texts, TokenCount, estimate, media};
use crate::model::Model;
use crate::provider::Calls;
use crate::request::{Message, PartKind, Request, Role};

/// Possible error of a rule on a model that it was not seen on, in percent.
const UNSEEN_STRETCH: u64 = 5;

/// Possible error of a rule on a host that does not bill like the vendor, in percent.
const FOREIGN_HOST_STRETCH: u64 = 100;

/// State of counting a request.
struct Chat<'c> {
    model: &'c Model,
    request: &'c Request<'c>,
    rules: &'static ChatRules,
    /// Rules of the Responses API, if it is the one that bills.
    responses: Option<&'static ResponsesRules>,
    /// Whether JSON written by the assistant is billed without its white space.
    compacts_answers: bool,
    texts: Texts<'c>,
    /// Text of the first message and its tokens, if it is a system or developer message: tools and
    /// schema can be merged into it, and it is often the longest text of a request.
    instructions: Option<(Cow<'c, str>, u64)>,
    /// First message with a tool call.
    first_call: Option<usize>,
    /// Last user message.
    last_user: Option<usize>,
    /// Known counts of messages.
    known: &'c [Option<TokenCount>],
}

/// Counts a request. `known` has earlier counts of messages; those that depend only on the message
/// are reused.
pub(super) fn count(
    model: &Model,
    request: &Request<'_>,
    known: &[Option<TokenCount>],
) -> RequestCount {
    let rules = chat_rules(model);
    let responses = match rules::api(model, request.format()) {
        Api::Chat => None,
        Api::Responses(responses) => Some(responses),
    };
    let texts = Texts::of(model);
    // After text that the server writes for the tools, some models drop the blanks at the end of
    // the first message.
    let trims = responses.is_none()
        && !request.layout().tools.is_empty()
        && matches!(
            rules.tools,
            Some(ToolRules {
                place: ToolPlace::Hidden {
                    trims_instructions: true,
                    ..
                },
                ..
            })
        );
    let mut trimmed = false;
    let chat = Chat {
        model,
        request,
        rules,
        responses,
        compacts_answers: responses.is_none()
            && rules.schema.is_some()
            && Chat::answer_schema(request).is_some(),
        texts,
        instructions: request
            .messages()
            .next()
            .filter(|first| matches!(first.role(), Role::System | Role::Developer))
            .map(|first| {
                let mut text = first.text();
                let kept = text.trim_end().len();
                if trims && kept < text.len() {
                    trimmed = true;
                    text = Cow::Owned(text[..kept].to_owned());
                }
                let tokens = texts.len(&text);
                (text, tokens)
            }),
        first_call: request
            .messages()
            .position(|message| message.tool_calls().len() > 0),
        last_user: request
            .messages()
            .rev()
            .find(|message| message.role() == Role::User)
            .map(|message| message.index()),
        known,
    };
    let mut parts = Parts::default();
    if !chat.texts.public {
        parts.doubt(
            "/model",
            match model.encoding_name() {
                Some(_) => "the vocabulary of the model's encoding is not in this program",
                None => "the model's encoding is not public",
            },
        );
    } else if !rules.measured {
        parts.doubt("/model", "the billing of this model was not measured");
    } else if rules::passes_on(model.host()) {
        parts.doubt(
            "/model",
            "the host is a gateway: seen to follow the vendor's rules",
        );
    } else if rules::likely_passes_on(model.host()) {
        parts.doubt(
            "/model",
            "the host serves the vendor's models; few of its bills were seen",
        );
    } else if !rules::bills_like_openai(model.host()) {
        parts.doubt("/model", "the billing of this host was not measured");
    } else if !chat.is_seen() {
        parts.doubt("/model", "the rules were not seen on this model");
    }
    if let (true, Some(first)) = (trimmed, request.messages().next()) {
        parts.doubt(
            first.pointer(),
            "blanks before tools are dropped: seen on one application",
        );
        parts.framing += TokenCount::ZERO.at_most(Accuracy::Calibrated, 0);
    }
    let mut media = Vec::with_capacity(request.messages().len());
    let mut messages: Vec<TokenCount> = request
        .messages()
        .map(|message| {
            let tokens = match chat.known(&message).filter(|_| stands_alone(&message)) {
                Some(tokens) => tokens,
                None => chat.message(&message, &mut parts),
            };
            let images = std::mem::take(&mut parts.images);
            media.push(if images == TokenCount::ZERO {
                images
            } else {
                chat.judged(images)
            });
            tokens
        })
        .collect();
    match responses {
        None => chat.history(&mut messages, &mut parts),
        Some(responses) => chat.items(responses, &mut messages, &mut parts),
    }
    if request.layout().server_edits.is_some() {
        for tokens in &mut messages {
            *tokens = TokenCount::between(tokens.tokens(), 0, tokens.most());
        }
    }
    parts.messages = request
        .messages()
        .zip(messages.into_iter().zip(media))
        .map(|(message, (tokens, media))| MessageCount {
            role: message.role(),
            tokens,
            media,
        })
        .collect();
    parts.images = parts.messages.iter().map(|message| message.media).sum();
    parts.framing += chat.framing();
    chat.first_month(&mut parts);
    chat.tools(&mut parts);
    chat.schema(&mut parts);
    chat.other_settings(&mut parts);
    chat.professional(&mut parts);
    let rule_set = responses.map_or(rules.rule_set(), ResponsesRules::rule_set);
    parts.finish(model, request, rule_set)
}

/// Whether a message costs the same at any place: text and only text, not first (tools can be
/// merged into that), no call and no result (those are rendered together), nothing stored by the
/// server.
fn stands_alone(message: &Message<'_>) -> bool {
    message.index() > 0
        && message.parts().len() > 0
        && !matches!(message.role(), Role::Tool | Role::Function | Role::Other)
        && message.tool_calls().len() == 0
        && message.tool_results().len() == 0
        && !message.has_hidden()
        && !message.is_reference()
}

impl Chat<'_> {
    /// Returns the known count of a message with only text.
    fn known(&self, message: &Message<'_>) -> Option<TokenCount> {
        let known = self.known.get(message.index()).copied().flatten()?;
        message
            .parts()
            .all(|part| part.kind() == PartKind::Text)
            .then_some(known)
    }

    /// Whether the request is a list of items, as in the Responses API.
    fn lists_items(&self) -> bool {
        self.request.format().wire().calls == Calls::Items
    }

    /// Whether the rules for messages were seen on the model.
    fn is_seen(&self) -> bool {
        match self.responses {
            None => self.rules.seen_for(self.model),
            Some(responses) => self.rules.seen_in(responses.seen_on, self.model),
        }
    }

    /// Returns a count with the accuracy that the evidence for messages allows for this model.
    fn judged(&self, tokens: TokenCount) -> TokenCount {
        if self.is_seen() {
            tokens
        } else {
            self.unseen(tokens)
        }
    }

    /// Returns a count by a rule that was seen on some models; for others it claims less, and the
    /// place is recorded.
    fn by_rule(
        &self,
        tokens: TokenCount,
        seen_on: &[&str],
        pointer: impl FnOnce() -> String,
        parts: &mut Parts,
    ) -> TokenCount {
        if self.rules.seen_in(seen_on, self.model) {
            return tokens;
        }
        parts.doubt(pointer(), "the rule was not confirmed on this model");
        self.unseen(tokens)
    }

    /// Returns the claim of a count whose rule was not seen on the model.
    fn unseen(&self, tokens: TokenCount) -> TokenCount {
        let host = self.model.host();
        let measured = self.rules.measured && self.texts.public;
        if measured && rules::passes_on(host) {
            // Seen to follow the rules; the room for deviations is in the framing, once.
            tokens.at_most(Accuracy::Calibrated, 0)
        } else if measured && rules::likely_passes_on(host) {
            tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH)
        } else if !rules::bills_like_openai(host) {
            // Other gateways convert some requests to another form, with other parts around them.
            tokens.at_most(Accuracy::Estimated, FOREIGN_HOST_STRETCH)
        } else if self.rules.measured {
            tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH)
        } else {
            tokens.at_most(Accuracy::Estimated, UNSEEN_STRETCH)
        }
    }

    /// Adds the surcharge of the Responses API in its first month.
    fn first_month(&self, parts: &mut Parts) {
        if self.responses.is_none() || rules::FIRST_MONTH.holds_on(self.model.day()).0 {
            return;
        }
        let (any, with_tools) = rules::MORE_IN_FIRST_MONTH;
        let one_at_a_time = self.request.layout().parallel_tool_calls == Some(false);
        let tokens = match self.functions().next() {
            Some(_) if !one_at_a_time => with_tools,
            _ => any,
        };
        parts.framing += TokenCount::calibrated(tokens, 0, tokens);
        parts.doubt("", "the Responses API billed more in its first month");
    }

    fn framing(&self) -> TokenCount {
        let Framing::Messages {
            reply,
            preamble,
            instructions,
            ..
        } = self.rules.framing
        else {
            return self.judged(TokenCount::ZERO);
        };
        let less = self.responses.map_or(0, |responses| responses.less);
        let tokens = reply.saturating_sub(less)
            + preamble
            + if self.instructions.is_some() {
                instructions
            } else {
                0
            };
        self.judged(match self.rules.spread {
            _ if !self.rules.measured || !self.texts.public => estimate::foreign_framing(tokens),
            0 if rules::passes_on(self.model.host()) => {
                TokenCount::calibrated(tokens, tokens.saturating_sub(2), tokens + 2)
            }
            0 if rules::likely_passes_on(self.model.host()) => {
                TokenCount::calibrated(tokens, tokens.saturating_sub(10), tokens + 10)
            }
            0 => TokenCount::exact(tokens),
            spread => TokenCount::calibrated(tokens, tokens, tokens + spread),
        })
    }

    /// Counts a message without its calls, or a result: those are counted in
    /// [`history`](Self::history).
    fn message(&self, message: &Message<'_>, parts: &mut Parts) -> TokenCount {
        if let Some(tokens) = self.other_item(message, parts) {
            return tokens;
        }
        let mut tokens = TokenCount::ZERO;
        for part in message.parts() {
            match part.kind() {
                PartKind::Text | PartKind::ToolCall | PartKind::ToolResult => {}
                PartKind::Refusal => {
                    let body = self.texts.len(&part.text().unwrap_or_default());
                    tokens += TokenCount::calibrated(body, 0, body);
                    parts.doubt(
                        message.pointer(),
                        "a refusal in the history was seen to count as text, once",
                    );
                }
                _ => {
                    let around = media::Around {
                        after_call: self.first_call.is_some_and(|first| first < message.index()),
                        in_result: matches!(message.role(), Role::Tool | Role::Function),
                        responses: self.responses.is_some(),
                        tokenizes: true,
                    };
                    media::add(&part, part.pointer(), self.model, around, parts);
                }
            }
        }
        if message.has_hidden() {
            tokens += if message.value().get_some("audio").is_some() || self.lists_items() {
                parts.doubt(
                    message.pointer(),
                    "billed by content stored by the server, which is not in the request",
                );
                TokenCount::between(0, 0, TokenCount::UNBOUNDED)
            } else {
                self.reasoning(message, parts)
            };
        }
        tokens += match message.role() {
            Role::Tool | Role::Function => TokenCount::ZERO,
            _ if message.tool_calls().len() > 0 => TokenCount::ZERO,
            _ if self.lacks_content(message) => {
                parts.doubt(message.pointer(), "a message without content is refused");
                self.plain(message)
                    .at_most(Accuracy::Estimated, UNSEEN_STRETCH)
            }
            Role::Other => {
                parts.doubt(message.pointer(), "the format has no such role");
                self.plain(message)
                    .at_most(Accuracy::Estimated, UNSEEN_STRETCH)
            }
            _ => self.answer(message, parts) + self.pieces(message, parts),
        };
        self.judged(tokens)
    }

    /// Whether a message says nothing at all: no content, and nothing in its place.
    fn lacks_content(&self, message: &Message<'_>) -> bool {
        let content = self.request.format().wire().content;
        message.parts().len() == 0
            && !message.has_hidden()
            && !self.lists_items()
            && message.value().get_some(content).is_none()
    }

    /// Counts what a cache mark inside of a message adds: the text after it is encoded separately
    /// (2 requests of one application; 4 with nothing after it). Only a message of several parts
    /// can have one.
    fn pieces(&self, message: &Message<'_>, parts: &mut Parts) -> TokenCount {
        if message.parts().len() < 2 {
            return TokenCount::ZERO;
        }
        let mut pieces = vec![String::new()];
        for part in message.parts().filter(|part| part.kind() == PartKind::Text) {
            if let Some(piece) = pieces.last_mut() {
                piece.push_str(&part.text().unwrap_or_default());
            }
            if part.value().get_some("prompt_cache_breakpoint").is_some() {
                pieces.push(String::new());
            }
        }
        if pieces.len() < 2 {
            return TokenCount::ZERO;
        }
        let apart: u64 = pieces.iter().map(|piece| self.texts.len(piece)).sum();
        let more = apart.saturating_sub(self.texts.len(&message.text()));
        if pieces.iter().filter(|piece| !piece.is_empty()).count() < 2 {
            return TokenCount::ZERO;
        }
        parts.doubt(
            message.pointer(),
            "a mark for the cache ends a piece of text: seen on one application",
        );
        TokenCount::calibrated(more, 0, more)
    }

    /// Counts a message with only text.
    fn plain(&self, message: &Message<'_>) -> TokenCount {
        let body = match &self.instructions {
            Some((_, tokens)) if message.index() == 0 => self.texts.counted(*tokens),
            _ => self.texts.count(&message.text()),
        };
        let Framing::Messages {
            per_message,
            per_assistant,
            name,
            ..
        } = self.rules.framing
        else {
            return body;
        };
        let assistant = if message.role() == Role::Assistant {
            per_assistant
        } else {
            0
        };
        let mut tokens = TokenCount::exact(per_message + assistant)
            + self.texts.count(&message.role_name())
            + body;
        if let Some(text) = message.name() {
            tokens += self.name(text, name);
        }
        tokens
    }

    /// An empty name counts as absent, as in the recorded requests.
    fn name(&self, text: Cow<'_, str>, cost: NameCost) -> TokenCount {
        match cost {
            _ if text.is_empty() => TokenCount::ZERO,
            NameCost::ColonJoined => self.texts.count(&format!(":{text}")),
            // A name has at least one token, so subtracting the role's token cannot go below zero.
            NameCost::InPlaceOfRole => TokenCount::exact(self.texts.len(&text).saturating_sub(1)),
        }
    }

    /// Returns the tokens that merging a string into the first system message adds to it; the two
    /// are encoded together.
    fn joined_to_instructions(&self, text: &str) -> Option<i64> {
        let (instructions, tokens) = self.instructions.as_ref()?;
        let appended = format!("\n\n{text}");
        Some(self.texts.len_appended(instructions, *tokens, &appended))
    }

    /// Counts settings other than tools and schema.
    fn other_settings(&self, parts: &mut Parts) {
        let layout = self.request.layout();
        if layout.prediction.is_some() {
            let (free, known) = rules::PREDICTION_FREE.holds_on(self.model.day());
            parts.framing += match (free, known) {
                (true, _) => TokenCount::calibrated(0, 0, 0),
                (false, true) => TokenCount::calibrated(rules::PREDICTION, 0, rules::PREDICTION),
                (false, false) => TokenCount::calibrated(0, 0, rules::PREDICTION),
            };
            parts.doubt(
                "/prediction",
                "a prediction costs nothing since 2025-12, and was seen to cost 12 before",
            );
        }
        if layout.audio.is_some() {
            // A spoken answer: 0 in 12 of 14 recordings, 1 less in two.
            parts.framing += TokenCount::calibrated(0, 0, 1);
            parts.doubt(
                "/audio",
                "a spoken answer was seen to cost nothing on gpt-audio",
            );
        }
        // The search models' rules were measured with their options set.
        if layout.web_search_options.is_some() && self.rules.framing != Framing::Bare {
            parts.framing += TokenCount::between(0, 0, 1_000);
            parts.doubt(
                "/web_search_options",
                "the cost of this setting was not measured",
            );
        }
        if self.lists_items() {
            self.kept(parts);
        }
        self.kept_context(parts);
    }
}
