//! Answers of generateContent → the form between formats.

use std::borrow::Cow;

use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::provider::neutral::{Call, Notes, Piece, Reply, Stop, Unfit, What, unfit};

/// Reads an answer: its first candidate. Linear.
pub(super) fn read<'r>(root: Value<'r>, notes: &mut Notes) -> Result<Reply<'r>, Unfit> {
    let [id, model, candidates] = root.get_all(["responseId", "modelVersion", "candidates"]);
    let mut candidates = candidates.into_iter().flat_map(Value::items);
    // A blocked prompt has no candidate.
    let candidate = candidates.next();
    for (nth, other) in candidates.enumerate() {
        let at = format!("/candidates/{}", nth + 1);
        notes.dropped(Action::DroppedField, at, other);
    }
    let parts = candidate.and_then(|candidate| candidate.get_path(&["content", "parts"]));
    let mut pieces = Vec::new();
    let mut calls = 0_u32;
    for (nth, part) in parts.into_iter().flat_map(Value::items).enumerate() {
        let at = format!("/candidates/0/content/parts/{nth}");
        let [text, call, thought, signature] =
            part.get_all(["text", "functionCall", "thought", "thoughtSignature"]);
        if let Some(signature) = signature {
            let at = format!("{at}/thoughtSignature");
            notes.dropped(Action::DroppedForeignReasoning, at, signature);
        }
        let what = match (text, call) {
            (Some(text), _) if thought.and_then(|thought| thought.as_bool()) == Some(true) => {
                notes.dropped(Action::DroppedForeignReasoning, at, text);
                continue;
            }
            (_, Some(call)) => {
                calls += 1;
                What::Call(call_of(call, calls))
            }
            (Some(text), None) if text.kind() == Kind::String => What::Text(text.raw()),
            (None, None) if signature.is_some() => continue,
            _ => {
                return Err(unfit(
                    "content",
                    "a part of the answer has no counterpart",
                    "read it in its own format",
                    at,
                    part,
                ));
            }
        };
        pieces.push(Piece {
            at,
            offset: part.span().start,
            what,
        });
    }
    let reason = candidate.and_then(|candidate| candidate.get_some("finishReason")?.as_str());
    Ok(Reply {
        id: id.and_then(|id| id.as_str()),
        model: model.and_then(|model| model.as_str()),
        pieces,
        stop: match reason.as_deref() {
            _ if calls > 0 => Stop::Calls,
            Some("MAX_TOKENS") => Stop::Length,
            Some("STOP") => Stop::End,
            _ => Stop::Filter,
        },
    })
}

/// Reads a call. Older models give it no id, and the other formats need one.
fn call_of(call: Value<'_>, nth: u32) -> Call<'_> {
    let of = |name: &str| call.get_some(name).and_then(|value| value.as_str());
    let arguments = call
        .get_some("args")
        .filter(|args| args.kind() == Kind::Object);
    Call {
        id: of("id").unwrap_or_else(|| Cow::Owned(format!("call_{nth}"))),
        name: of("name").unwrap_or_default(),
        arguments: Cow::Borrowed(arguments.map_or("{}", |args| args.raw())),
    }
}
