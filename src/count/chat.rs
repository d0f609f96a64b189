//! Applies a rule set to a chat request. The numbers are the rules'; here is only the walk over the request.

use std::borrow::Cow;

use super::request_count::{MessageCount, Parts};
use super::rules::{ChatRules, Framing, NameCost, chat_rules};
use super::{Accuracy, RequestCount, Texts, TokenCount, estimate, media};
use crate::model::Model;
use crate::request::{Message, PartKind, Request, Role};

/// How far a rule may be off on a model that it was not seen on, in percent.
const UNSEEN_STRETCH: u64 = 5;

pub(super) fn count(model: &Model, request: &Request<'_>) -> RequestCount {
    let rules = chat_rules(model);
    let texts = Texts::of(model);
    let mut parts = Parts::default();
    if !texts.public {
        parts.doubt("/model", "the model's encoding is not public");
    } else if !rules.measured {
        parts.doubt("/model", "how this model is billed was not measured");
    } else if !rules.seen_for(model) {
        parts.doubt("/model", "the rules were not seen on this model");
    }

    for message in request.messages() {
        let tokens = count_message(&message, rules, texts, model, &mut parts);
        parts.messages.push(MessageCount {
            role: message.role(),
            tokens: judged(tokens, rules, model),
        });
    }
    parts.framing = judged(request_framing(request, rules, texts), rules, model);
    count_settings(request, rules, texts, &mut parts);
    parts.finish(model, request, rules.rule_set())
}

/// The count with the accuracy that the rule set's evidence allows for this model.
fn judged(tokens: TokenCount, rules: &ChatRules, model: &Model) -> TokenCount {
    if rules.seen_for(model) {
        tokens
    } else if rules.measured {
        tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH)
    } else {
        tokens.at_most(Accuracy::Estimated, UNSEEN_STRETCH)
    }
}

fn request_framing(request: &Request<'_>, rules: &ChatRules, texts: Texts) -> TokenCount {
    let Framing::Messages {
        reply,
        preamble,
        instructions,
        ..
    } = rules.framing
    else {
        return TokenCount::ZERO;
    };
    let instructed = request
        .messages()
        .next()
        .is_some_and(|first| matches!(first.role(), Role::System | Role::Developer));
    let tokens = reply + preamble + if instructed { instructions } else { 0 };
    if rules.measured && texts.public {
        match rules.spread {
            0 => TokenCount::exact(tokens),
            spread => TokenCount::calibrated(tokens, tokens, tokens + spread),
        }
    } else {
        estimate::foreign_framing(tokens)
    }
}

fn count_message(
    message: &Message<'_>,
    rules: &ChatRules,
    texts: Texts,
    model: &Model,
    parts: &mut Parts,
) -> TokenCount {
    let mut refusal = TokenCount::ZERO;
    for (nth, part) in message.parts().enumerate() {
        let pointer = || format!("{}/content/{nth}", message.pointer());
        match part.kind() {
            PartKind::Text => {}
            PartKind::Refusal => {
                let body = texts.len(&part.text().unwrap_or_default());
                refusal += TokenCount::estimated(body, 0, body + 10);
                parts.doubt(
                    message.pointer(),
                    "how a refusal in the history is billed was not measured",
                );
            }
            _ => media::add(&part, &pointer(), model, parts),
        }
    }
    let hidden = if message.has_hidden() {
        parts.doubt(
            message.pointer(),
            "billed by what the server keeps, not by what the request holds",
        );
        TokenCount::estimated(0, 0, TokenCount::UNBOUNDED)
    } else {
        TokenCount::ZERO
    };
    let text = message.text();
    let body = if message.tool_calls().len() > 0 {
        parts.doubt(message.pointer(), "tool calls are counted as an estimate");
        calls(message, &text, rules.framing, texts)
    } else if matches!(message.role(), Role::Tool | Role::Function) {
        parts.doubt(message.pointer(), "tool results are counted as an estimate");
        estimate::result(&text, texts)
    } else if message.role() == Role::Other {
        parts.doubt(message.pointer(), "the format has no such role");
        plain(message, &text, rules.framing, texts).at_most(Accuracy::Estimated, UNSEEN_STRETCH)
    } else {
        plain(message, &text, rules.framing, texts)
    };
    body + refusal + hidden
}

/// A message of text alone.
fn plain(message: &Message<'_>, text: &str, framing: Framing, texts: Texts) -> TokenCount {
    let body = texts.count(text);
    let Framing::Messages {
        per_message,
        per_assistant,
        name,
        ..
    } = framing
    else {
        return body;
    };
    let assistant = if message.role() == Role::Assistant {
        per_assistant
    } else {
        0
    };
    let mut tokens =
        TokenCount::exact(per_message + assistant) + texts.count(&message.role_name()) + body;
    if let Some(text) = message.name() {
        tokens += name_tokens(text, name, texts);
    }
    tokens
}

/// An empty name is none, as in the recorded requests.
fn name_tokens(text: Cow<'_, str>, cost: NameCost, texts: Texts) -> TokenCount {
    match cost {
        _ if text.is_empty() => TokenCount::ZERO,
        NameCost::ColonJoined => texts.count_joined(":", text),
        // A name is at least one token: with the role's one taken off nothing goes below zero.
        NameCost::InPlaceOfRole => TokenCount::exact(texts.len(&text).saturating_sub(1)),
    }
}

/// A message of the assistant with calls: each call is a message of its own, the text another.
fn calls(message: &Message<'_>, text: &str, framing: Framing, texts: Texts) -> TokenCount {
    let mut tokens: TokenCount = message
        .tool_calls()
        .map(|call| estimate::call(&call, texts, framing))
        .sum();
    if !text.is_empty() {
        tokens += plain(message, text, framing, texts);
    }
    tokens
}

/// What the request sets beside its messages.
fn count_settings(request: &Request<'_>, rules: &ChatRules, texts: Texts, parts: &mut Parts) {
    let layout = request.layout();
    let reasoning = matches!(rules.framing, Framing::Messages { reply: 2, .. });
    if !layout.tools.is_empty() {
        parts.tools = estimate::tools(request, texts, reasoning);
        let pointer = if request.value_of("tools").is_some() {
            "/tools"
        } else {
            "/functions"
        };
        parts.doubt(pointer, "tool definitions are counted as an estimate");
    }
    if let Some(format) = layout.response_format.map(|id| request.value(id)) {
        // Only a schema is written into the prompt: `json_object` and `text` cost nothing (measured).
        let kind = format.get_some("type");
        if kind.is_some_and(|kind| kind.is_str("json_schema")) {
            let assistant = request
                .messages()
                .filter(|message| message.role() == Role::Assistant)
                .count() as u64;
            parts.schema = estimate::schema(format, texts, assistant);
            parts.doubt(
                "/response_format",
                "response schemas are counted as an estimate",
            );
        }
    }
    if let Some(prediction) = layout.prediction {
        parts.framing += estimate::prediction(request.value(prediction), texts);
        parts.doubt("/prediction", "how a prediction is billed was not measured");
    }
    for (setting, pointer) in [
        (layout.audio, "/audio"),
        (layout.web_search_options, "/web_search_options"),
    ] {
        // The search models' rules were measured with their options set.
        if setting.is_some() && rules.framing != Framing::Bare {
            parts.framing += TokenCount::estimated(0, 0, 1_000);
            parts.doubt(pointer, "what this setting costs was not measured");
        }
    }
}
