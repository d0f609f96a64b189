//! Bounded estimates for the formats whose billing has no rules here yet.

use super::request_count::{MessageCount, Parts};
use super::rules::chat_rules;
use super::{RequestCount, Texts, TokenCount, estimate};
use crate::model::Model;
use crate::request::Request;

pub(super) fn count(model: &Model, request: &Request<'_>) -> RequestCount {
    let texts = Texts::of(model);
    let mut parts = Parts::default();
    parts.doubt("/model", "how this format is billed is an estimate");
    for message in request.messages() {
        let tokens = estimate::foreign_text(texts.len(message.raw_json()));
        parts.messages.push(MessageCount {
            role: message.role(),
            tokens: TokenCount::estimated(tokens.tokens(), 0, TokenCount::UNBOUNDED),
        });
    }
    for tool in request.tools() {
        parts.tools += estimate::foreign_text(texts.len(tool.raw_json()));
    }
    parts.framing = estimate::foreign_framing(3);
    parts.finish(model, request, chat_rules(model).rule_set())
}
