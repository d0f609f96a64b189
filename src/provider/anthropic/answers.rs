//! Answers of Messages ↔ the form between formats.

use std::borrow::Cow;

use super::to_neutral::block_of;
use crate::json::Value;
use crate::provider::neutral::{Json, Notes, Piece, Reply, Stop, Unfit, What, list};
use crate::reply::usage::{Class, Classes, Side};
use crate::request::json_string;

/// Reads an answer. Linear.
pub(super) fn read<'r>(root: Value<'r>, notes: &mut Notes) -> Result<Reply<'r>, Unfit> {
    let [id, model, content, reason] = root.get_all(["id", "model", "content", "stop_reason"]);
    let mut pieces = Vec::new();
    for (nth, block) in content.into_iter().flat_map(Value::items).enumerate() {
        let at = format!("/content/{nth}");
        if let Some(what) = block_of(block, &at, notes)? {
            pieces.push(Piece {
                at,
                offset: block.span().start,
                what,
            });
        }
    }
    let reason = reason.and_then(|reason| reason.as_str());
    Ok(Reply {
        id: id.and_then(|id| id.as_str()),
        model: model.and_then(|model| model.as_str()),
        pieces,
        stop: match reason.as_deref() {
            Some("tool_use") => Stop::Calls,
            Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
            Some("refusal") => Stop::Filter,
            _ => Stop::End,
        },
    })
}

/// Writes an answer. Linear.
pub(super) fn write(reply: &Reply<'_>, used: &Classes) -> String {
    let blocks = reply.pieces.iter().filter_map(|piece| match &piece.what {
        What::Text(text) => Some(format!(r#"{{"type":"text","text":{text}}}"#)),
        What::Call(call) => {
            let mut block = Json::open('{');
            block
                .field("type", r#""tool_use""#)
                .field("id", &json_string(&call.id))
                .field("name", &json_string(&call.name))
                .field("input", &call.arguments);
            Some(block.close('}'))
        }
        _ => None,
    });
    let stop = match reply.stop {
        Stop::End => r#""end_turn""#,
        Stop::Length => r#""max_tokens""#,
        Stop::Calls => r#""tool_use""#,
        Stop::Filter => r#""refusal""#,
    };
    let string = |text: &Option<Cow<'_, str>>| json_string(text.as_deref().unwrap_or_default());
    let (read, written) = (used.get(Class::CacheRead), used.get(Class::CacheWrite));
    let usage = format!(
        r#"{{"input_tokens":{},"cache_creation_input_tokens":{written},"cache_read_input_tokens":{read},"output_tokens":{}}}"#,
        used.total(Side::Input).saturating_sub(read + written),
        used.total(Side::Output),
    );
    let mut root = Json::open('{');
    root.field("id", &string(&reply.id))
        .field("type", r#""message""#)
        .field("role", r#""assistant""#)
        .field("model", &string(&reply.model))
        .field("content", &list(blocks))
        .field("stop_reason", stop)
        .field("stop_sequence", "null")
        .field("usage", &usage);
    root.close('}')
}
