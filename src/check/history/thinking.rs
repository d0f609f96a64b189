//! What the model thought, and whether it still stands where its provider left it.
//!
//! - *Anthropic*: thinking is the assistant's, is signed, does not end a message, and leads a turn that goes on with the
//!   results of its calls while thinking is enabled. Leaving thinking out of earlier turns is taken; so is a turn without
//!   any where thinking is adaptive. That a text under a signature was changed cannot be seen from here.
//! - *Responses*: a reasoning item that the server keeps has to be followed by the very item it led to. An item without
//!   an id is a new one to the server. Items that are not kept (`store: false`), or without an id, are taken.
//! - *Gemini 3*: the first call of a step carries the signature of its thought.

use super::super::server::Server;
use super::super::{ApiAnswer, Check, Phase, Severity, codes};
use crate::model::ThoughtSignatures;
use crate::request::{Format, Message, Part, PartKind, Role};

impl Check<'_> {
    pub(super) fn thinking(&mut self) {
        match self.request.format() {
            Format::Anthropic => self.anthropic_thinking(),
            Format::OpenAiResponses => self.reasoning_items(),
            Format::Gemini => self.thought_signatures(),
            _ => {}
        }
    }

    fn anthropic_thinking(&mut self) {
        let Some(severity) = self.rules.thinking else {
            return;
        };
        let mut messages = self.request.messages().peekable();
        while let Some(message) = messages.next() {
            let mut last = None;
            for part in message.parts() {
                if part.kind() == PartKind::Reasoning {
                    self.thinking_block(&message, &part, severity);
                }
                last = Some(part);
            }
            // Messages of one role are one: only the end of the last of them is an end.
            let ends = messages
                .peek()
                .is_none_or(|next| next.role() != message.role());
            if let (Role::Assistant, true, Some(part)) = (message.role(), ends, last)
                && is_thinking(&part)
            {
                let at = message.list_index().unwrap_or_default();
                let finding = self
                    .at(
                        part.value(),
                        part.pointer(),
                        Phase::History,
                        severity,
                        codes::MISPLACED_THINKING,
                    )
                    .says(
                        "the message of the assistant ends with a thinking block".to_owned(),
                        "put back what followed it, or leave the message out",
                    )
                    .with_api(Some(ApiAnswer::anthropic(format!(
                        "messages.{at}: The final block in an assistant message cannot be `thinking`."
                    ))));
                self.findings.push(finding);
            }
        }
        self.thinking_leads(severity);
    }

    fn thinking_block(&mut self, message: &Message<'_>, part: &Part<'_>, severity: Severity) {
        if message.role() != Role::Assistant {
            let finding = self
                .at(
                    part.value(),
                    part.pointer(),
                    Phase::Form,
                    severity,
                    codes::MISPLACED_THINKING,
                )
                .says(
                    "a thinking block stands in a message that is not the assistant's".to_owned(),
                    "put it back to the start of the assistant's message, or leave it out",
                );
            self.findings.push(finding);
        }
        let signed = part
            .value()
            .get_some("signature")
            .is_some_and(|signature| !signature.is_empty());
        if !signed {
            let place = part.pointer().trim_start_matches('/').replace('/', ".");
            let finding = self
                .at(
                    part.value(),
                    part.pointer(),
                    Phase::Form,
                    severity,
                    codes::UNSIGNED_THINKING,
                )
                .says(
                    "a thinking block has no signature".to_owned(),
                    "send it back as it came, or leave it out",
                )
                .with_api(Some(ApiAnswer::anthropic(format!(
                    "{place}.thinking.signature: Field required"
                ))));
            self.findings.push(finding);
        }
    }

    /// While thinking is enabled, a turn whose calls are answered at the end of the history begins with thinking.
    fn thinking_leads(&mut self, severity: Severity) {
        let enabled = self.request.layout().thinking.is_some_and(|setting| {
            self.request
                .value(setting)
                .get("type")
                .is_some_and(|kind| kind.is_str("enabled"))
        });
        if !enabled {
            return;
        }
        // The last turn of the user has to be of results, else the turn of the assistant is over.
        let mut back = self.request.messages().rev().peekable();
        let mut results = false;
        while let Some(message) = back.next_if(|message| message.role() == Role::User) {
            results |= message.tool_results().len() > 0;
        }
        let mut first: Option<Message<'_>> = None;
        let mut calls = false;
        while let Some(message) = back.next_if(|message| message.role() == Role::Assistant) {
            calls |= message.tool_calls().len() > 0;
            first = Some(message);
        }
        let Some(message) = first.filter(|_| results && calls) else {
            return;
        };
        let Some(part) = message.parts().next().filter(|part| !is_thinking(part)) else {
            return;
        };
        let at = message.list_index().unwrap_or_default();
        let kind = part
            .value()
            .get("type")
            .and_then(|kind| kind.as_str())
            .filter(|kind| crate::shown::is_api_word(kind))
            .unwrap_or("text".into());
        let finding = self
            .at(
                part.value(),
                part.pointer(),
                Phase::History,
                severity,
                codes::MISPLACED_THINKING,
            )
            .says(
                "thinking is enabled, and the turn that goes on with these results does not begin with it".to_owned(),
                "put the thinking block back in front, or turn thinking off for this request",
            )
            .with_api(Some(ApiAnswer::anthropic(format!(
                "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{kind}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks)."
            ))));
        self.findings.push(finding);
    }

    fn reasoning_items(&mut self) {
        let Some(severity) = self.rules.thinking else {
            return;
        };
        let kept = self
            .request
            .root_field("store")
            .and_then(|store| store.as_bool())
            != Some(false);
        let mut messages = self.request.messages().peekable();
        while let Some(message) = messages.next() {
            if !is_reasoning_item(&message) {
                continue;
            }
            let Some(id) = message
                .value()
                .get_some("id")
                .and_then(|id| id.as_str())
                .filter(|_| kept)
            else {
                continue;
            };
            let followed = messages.peek().is_some_and(|next| {
                next.is_reference()
                    || (next.role() == Role::Assistant && next.value().get_some("id").is_some())
            });
            if followed {
                continue;
            }
            let finding = self
                .at(
                    message.value(),
                    message.pointer(),
                    Phase::History,
                    severity,
                    codes::REASONING_WITHOUT_ITEM,
                )
                .says(
                    format!(
                        "the reasoning item {} is not followed by the item that it led to",
                        crate::shown::quoted_name(&id)
                    ),
                    "put that item back behind it, with its id, or leave the reasoning out",
                )
                .with_api(Some(ApiAnswer::openai(
                    None,
                    Some("input".to_owned()),
                    format!(
                        "Item '{}' of type 'reasoning' was provided without its required following item.",
                        crate::shown::bare_name(&id)
                    ),
                )));
            self.findings.push(finding);
        }
    }

    /// Risky only: the model is named outside of the request, and signatures of other vendors' calls are waived by words
    /// that change.
    fn thought_signatures(&mut self) {
        let wants = self
            .budget
            .model()
            .and_then(|model| model.abilities().thought_signatures)
            == Some(ThoughtSignatures::Required);
        if !wants || self.server != Server::Google {
            return;
        }
        // The current turn: what stands behind the last message of the user that says something.
        let current = self
            .request
            .messages()
            .rev()
            .take_while(|message| message.role() != Role::User || message.tool_results().len() > 0)
            .count();
        let skip = self.request.layout().messages.len() - current;
        for message in self.request.messages().skip(skip) {
            let mut calls = message
                .parts()
                .filter(|part| part.kind() == PartKind::ToolCall);
            let Some(first) = calls.next() else {
                continue;
            };
            let signed = ["thoughtSignature", "thought_signature"]
                .into_iter()
                .any(|field| first.value().get_some(field).is_some());
            if signed {
                continue;
            }
            let finding = self
                .at(
                    first.value(),
                    first.pointer(),
                    Phase::History,
                    Severity::Risky,
                    codes::UNSIGNED_THINKING,
                )
                .says(
                    "the first call of this step has no thought signature".to_owned(),
                    "send the model's part back as it came",
                );
            self.findings.push(finding);
        }
    }
}

fn is_thinking(part: &Part<'_>) -> bool {
    matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning)
}

/// An item of a Responses request that is nothing but reasoning.
fn is_reasoning_item(message: &Message<'_>) -> bool {
    message
        .value()
        .get("type")
        .is_some_and(|kind| kind.is_str("reasoning"))
}
