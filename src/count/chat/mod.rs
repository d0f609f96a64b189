//! Applies a rule set to a request of the Chat or the Responses API. The numbers are the rules' (`rules/`), the texts those of `render/`; here is
//! the walk over the request, and what each part may claim.
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
//! Tools and schema can join the first system message, as one text with it. The message is counted as if they did not,
//! and they are what the whole is more.

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

/// How far a rule may be off on a model that it was not seen on, in percent.
const UNSEEN_STRETCH: u64 = 5;

/// How far a rule may be off on a host that does not bill as the vendor does, in percent.
const FOREIGN_HOST_STRETCH: u64 = 100;

/// What the counting of a request works with.
struct Chat<'c> {
    model: &'c Model,
    request: &'c Request<'c>,
    rules: &'static ChatRules,
    /// What the Responses API bills otherwise, when it is the one that bills.
    responses: Option<&'static ResponsesRules>,
    /// JSON that the assistant wrote is billed without its white space.
    compacts_answers: bool,
    texts: Texts<'c>,
    /// The text of the first message and its tokens, when that is of the system or developer: tools and schema can join
    /// it, and it is often the longest text of a request.
    instructions: Option<(Cow<'c, str>, u64)>,
    /// The first message that calls a tool.
    first_call: Option<usize>,
    /// The last message of the user's.
    last_user: Option<usize>,
    /// What messages were counted before.
    known: &'c [Option<TokenCount>],
}

/// Counts a request. `known` has the counts of messages that were counted before; those that depend on nothing but
/// themselves are not counted again.
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
    // Behind a text that the server writes for the tools some models drop the blanks that the first message ends with.
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
        parts.doubt("/model", "how this model is billed was not measured");
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
        parts.doubt("/model", "how this host bills was not measured");
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

/// Whether a message costs the same wherever it stands: text alone, not in front (tools can join that), no call and no
/// result (those are rendered together), nothing that the server keeps.
fn stands_alone(message: &Message<'_>) -> bool {
    message.index() > 0
        && !matches!(message.role(), Role::Tool | Role::Function | Role::Other)
        && message.tool_calls().len() == 0
        && message.tool_results().len() == 0
        && !message.has_hidden()
        && !message.is_reference()
}

impl Chat<'_> {
    /// What a message of nothing but text was counted before.
    fn known(&self, message: &Message<'_>) -> Option<TokenCount> {
        let known = self.known.get(message.index()).copied().flatten()?;
        message
            .parts()
            .all(|part| part.kind() == PartKind::Text)
            .then_some(known)
    }

    /// Whether the request is a list of items, as those of the Responses API are.
    fn lists_items(&self) -> bool {
        self.request.format().wire().calls == Calls::Items
    }

    /// Whether the rules for messages were seen to hold for the model.
    fn is_seen(&self) -> bool {
        match self.responses {
            None => self.rules.seen_for(self.model),
            Some(responses) => self.rules.seen_in(responses.seen_on, self.model),
        }
    }

    /// A count with the accuracy that the rule set's evidence for messages allows for this model.
    fn judged(&self, tokens: TokenCount) -> TokenCount {
        if self.is_seen() {
            tokens
        } else {
            self.unseen(tokens)
        }
    }

    /// A count by a rule that was seen to hold for some models: for others it claims less, and the place is named.
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
        parts.doubt(pointer(), "the rule was not seen on this model");
        self.unseen(tokens)
    }

    /// What a count may claim where the rule was not seen to hold.
    fn unseen(&self, tokens: TokenCount) -> TokenCount {
        let host = self.model.host();
        let measured = self.rules.measured && self.texts.public;
        if measured && rules::passes_on(host) {
            // Seen to follow the rules; the room for what it may do otherwise stands in the framing, once.
            tokens.at_most(Accuracy::Calibrated, 0)
        } else if measured && rules::likely_passes_on(host) {
            tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH)
        } else if !rules::bills_like_openai(host) {
            // Other gateways send some requests on in another form, with other parts around them.
            tokens.at_most(Accuracy::Estimated, FOREIGN_HOST_STRETCH)
        } else if self.rules.measured {
            tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH)
        } else {
            tokens.at_most(Accuracy::Estimated, UNSEEN_STRETCH)
        }
    }

    /// What the Responses API added in its first month.
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

    /// A message but for its calls, or as a result: those are counted in [`history`](Self::history).
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
                    "billed by what the server keeps, not by what the request holds",
                );
                TokenCount::between(0, 0, TokenCount::UNBOUNDED)
            } else {
                self.reasoning(message, parts)
            };
        }
        tokens += match message.role() {
            Role::Tool | Role::Function => TokenCount::ZERO,
            _ if message.tool_calls().len() > 0 => TokenCount::ZERO,
            Role::Other => {
                parts.doubt(message.pointer(), "the format has no such role");
                self.plain(message)
                    .at_most(Accuracy::Estimated, UNSEEN_STRETCH)
            }
            _ => self.answer(message, parts) + self.pieces(message, parts),
        };
        self.judged(tokens)
    }

    /// What a mark for the prompt cache inside of a message adds: the text behind it is encoded by itself (2 requests of one
    /// application; 4 with nothing behind it). Only a message of several parts can have one.
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

    /// A message of text alone.
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

    /// An empty name is none, as in the recorded requests.
    fn name(&self, text: Cow<'_, str>, cost: NameCost) -> TokenCount {
        match cost {
            _ if text.is_empty() => TokenCount::ZERO,
            NameCost::ColonJoined => self.texts.count(&format!(":{text}")),
            // A name is at least one token: with the role's one taken off nothing goes below zero.
            NameCost::InPlaceOfRole => TokenCount::exact(self.texts.len(&text).saturating_sub(1)),
        }
    }

    /// What joining a text to the first system message adds to that message's tokens; the two are encoded as one.
    fn joined_to_instructions(&self, text: &str) -> Option<i64> {
        let (instructions, tokens) = self.instructions.as_ref()?;
        let appended = format!("\n\n{text}");
        Some(self.texts.len_appended(instructions, *tokens, &appended))
    }

    /// Settings beside tools and schema.
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
            // That the answer is spoken: nothing in 12 of 14 recordings, 1 less in two.
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
                "what this setting costs was not measured",
            );
        }
        if self.lists_items() {
            self.kept(parts);
        }
    }
}
