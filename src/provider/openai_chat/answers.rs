//! Answers of Chat Completions ↔ the form between formats.

use std::borrow::Cow;

use super::from_neutral::written_call;
use super::to_neutral::{call_of, refusal_of, text_of};
use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::provider::neutral::{Json, Notes, Reply, Stop, Unfit, What, inside, unfit};
use crate::reply::usage::{Class, Classes, Side};
use crate::request::json_string;

/// Reads an answer: its first choice. Linear.
pub(super) fn read<'r>(root: Value<'r>, notes: &mut Notes) -> Result<Reply<'r>, Unfit> {
    let [id, model, choices] = root.get_all(["id", "model", "choices"]);
    let mut choices = choices.into_iter().flat_map(Value::items);
    let Some(choice) = choices.next() else {
        return Err(unfit(
            "no_answer",
            "the answer has no choice",
            "send the request again",
            "/choices",
            root,
        ));
    };
    for (nth, other) in choices.enumerate() {
        notes.dropped(Action::DroppedField, format!("/choices/{}", nth + 1), other);
    }
    let at = "/choices/0/message";
    let mut pieces = Vec::new();
    let [message, reason] = choice.get_all(["message", "finish_reason"]);
    let mut calls = None;
    let mut declined = false;
    for (key, value) in message.into_iter().flat_map(Value::entries) {
        let name = key.as_str().unwrap_or_default();
        match &*name {
            _ if value.is_null() || value.is_empty() => {}
            "role" => {}
            "content" if value.kind() == Kind::String => {
                pieces.insert(0, text_of(value, format!("{at}/content")));
            }
            "refusal" if value.kind() == Kind::String => {
                declined = true;
                pieces.push(refusal_of(value, format!("{at}/refusal"), notes));
            }
            "tool_calls" => calls = Some(value),
            "reasoning" | "reasoning_content" | "reasoning_details" => {
                let at = format!("{at}/{name}");
                notes.dropped(Action::DroppedForeignReasoning, at, value);
            }
            _ => notes.field(at, &name, value),
        }
    }
    for (nth, call) in calls.into_iter().flat_map(Value::items).enumerate() {
        pieces.push(call_of(call, format!("{at}/tool_calls/{nth}"), notes)?);
    }
    let reason = reason.and_then(|reason| reason.as_str());
    Ok(Reply {
        id: id.and_then(|id| id.as_str()),
        model: model.and_then(|model| model.as_str()),
        pieces,
        stop: match reason.as_deref() {
            Some("tool_calls" | "function_call") => Stop::Calls,
            Some("length" | "model_length") => Stop::Length,
            Some("content_filter") => Stop::Filter,
            _ if declined => Stop::Filter,
            _ => Stop::End,
        },
    })
}

/// Writes an answer. Linear.
pub(super) fn write(reply: &Reply<'_>, used: &Classes) -> String {
    let mut text = String::from("\"");
    let mut calls = Json::open('[');
    for piece in &reply.pieces {
        match &piece.what {
            What::Text(spelled) => text.push_str(inside(spelled)),
            What::Call(call) => calls.item(&written_call(call)),
            _ => {}
        }
    }
    text.push('"');
    let has_calls = !calls.is_empty();
    let mut message = Json::open('{');
    message.field("role", r#""assistant""#);
    match text.len() == 2 && has_calls {
        true => message.field("content", "null"),
        false => message.field("content", &text),
    };
    message.field("refusal", "null");
    if has_calls {
        message.field("tool_calls", &calls.close(']'));
    }
    let stop = match reply.stop {
        Stop::End => r#""stop""#,
        Stop::Length => r#""length""#,
        Stop::Calls => r#""tool_calls""#,
        Stop::Filter => r#""content_filter""#,
    };
    let mut choice = Json::open('{');
    choice
        .field("index", "0")
        .field("message", &message.close('}'))
        .field("logprobs", "null")
        .field("finish_reason", stop);
    let (input, output) = (used.total(Side::Input), used.total(Side::Output));
    let usage = format!(
        r#"{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":{}}},"completion_tokens_details":{{"reasoning_tokens":{}}}}}"#,
        input.saturating_add(output),
        used.get(Class::CacheRead),
        used.get(Class::Reasoning),
    );
    let string = |text: &Option<Cow<'_, str>>| json_string(text.as_deref().unwrap_or_default());
    let mut root = Json::open('{');
    root.field("id", &string(&reply.id))
        .field("object", r#""chat.completion""#)
        // The other formats do not say when.
        .field("created", "0")
        .field("model", &string(&reply.model))
        .field("choices", &format!("[{}]", choice.close('}')))
        .field("usage", &usage);
    root.close('}')
}
