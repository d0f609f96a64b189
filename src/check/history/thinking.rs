//! Thinking in the history, and whether it is still where the provider placed it.
//!
//! - *Anthropic*: thinking belongs to the assistant, is signed, does not end a message, and starts
//!   a turn that continues after the results of its calls while thinking is enabled. Thinking may
//!   be omitted from earlier turns, and from any turn if thinking is adaptive. Changes of signed
//!   thinking cannot be detected here.
//! - *Responses*: a reasoning item that the server stores must be followed by the item it led to.
//!   The server treats an item without an id as new. Items that are not stored (`store: false`), or
//!   without an id, are accepted.
//! - *Gemini 3*: the first call of a step has the signature of its thought.

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{anthropic as own, calls as faults};
use super::super::server::Server;
use crate::model::ThoughtSignatures;
use crate::request::{Message, Part, PartKind, Role};
use crate::shown::is_api_word;

impl Context<'_> {
    pub(in crate::check) fn anthropic_thinking(&self, out: &mut Sink<'_>) {
        if self.rules.thinking.is_none() {
            return;
        }
        let mut messages = self.request.messages().peekable();
        while let Some(message) = messages.next() {
            let mut last = None;
            for part in message.parts() {
                if part.kind() == PartKind::Reasoning {
                    self.thinking_block(out, &message, &part);
                }
                last = Some(part);
            }
            // Messages of one role are joined: only the end of the last one counts.
            let ends = messages
                .peek()
                .is_none_or(|next| next.role() != message.role());
            if let (Role::Assistant, true, Some(part)) = (message.role(), ends, last)
                && is_thinking(&part)
            {
                let at = message.list_index().unwrap_or_default();
                let site = Site::at(part.value(), part.pointer()).count("at", at);
                out.report(&faults::ENDS_WITH_THINKING, site);
            }
        }
        self.thinking_leads(out);
    }

    fn thinking_block(&self, out: &mut Sink<'_>, message: &Message<'_>, part: &Part<'_>) {
        let site = || Site::at(part.value(), part.pointer());
        if message.role() != Role::Assistant {
            out.report(&faults::THINKING_OF_OTHERS, site());
        }
        let signed = part
            .value()
            .get_some("signature")
            .is_some_and(|signature| !signature.is_empty());
        let empty = part
            .value()
            .get_some("thinking")
            .is_none_or(|text| text.is_empty());
        if !signed && empty {
            out.report(&own::EMPTY_THINKING, site());
        } else if !signed {
            out.report(&faults::UNSIGNED_THINKING, site());
        }
    }

    /// Checks that a turn whose calls are answered at the end of the history begins with thinking,
    /// while thinking is enabled.
    fn thinking_leads(&self, out: &mut Sink<'_>) {
        let enabled = self.request.layout().thinking.is_some_and(|setting| {
            self.request
                .value(setting)
                .get("type")
                .is_some_and(|kind| kind.is_str("enabled"))
        });
        if !enabled {
            return;
        }
        // The last turn of the user must contain results, else the assistant's turn is over.
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
        let value = part.value();
        let kind = value
            .get("type")
            .and_then(|kind| kind.as_str())
            .filter(|kind| is_api_word(kind))
            .unwrap_or("text".into())
            .into_owned();
        let site = Site::at(value, part.pointer());
        out.report(
            &faults::TURN_WITHOUT_THINKING,
            site.count("at", at).text("kind", kind),
        );
    }

    pub(in crate::check) fn reasoning_items(&self, out: &mut Sink<'_>) {
        let kept = self
            .request
            .root_field("store")
            .and_then(|store| store.as_bool())
            != Some(false);
        let mut messages = self.request.messages().peekable();
        while let Some(message) = messages.next() {
            if !message.is_reasoning_item() {
                continue;
            }
            let value = message.value();
            let Some(id) = value
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
            if !followed {
                let site = Site::at(value, message.pointer());
                out.report(&faults::REASONING_WITHOUT_ITEM, site.name("item", id));
            }
        }
    }

    pub(in crate::check) fn thought_signatures(&self, out: &mut Sink<'_>) {
        let wants = self
            .budget
            .model()
            .and_then(|model| model.abilities().thought_signatures)
            == Some(ThoughtSignatures::Required);
        if !wants || self.server != Server::Google {
            return;
        }
        // The current turn: everything after the last user message with content.
        let current = self
            .request
            .messages()
            .rev()
            .take_while(|message| message.role() != Role::User || message.tool_results().len() > 0)
            .count();
        let skip = self.request.layout().messages.len() - current;
        for message in self.request.messages().skip(skip) {
            let first = message
                .parts()
                .find(|part| part.kind() == PartKind::ToolCall);
            let Some(first) = first else {
                continue;
            };
            let signed = self
                .request
                .format()
                .wire()
                .signatures
                .iter()
                .any(|field| first.value().get_some(field).is_some());
            if !signed {
                let site = Site::at(first.value(), first.pointer());
                out.report(&faults::UNSIGNED_CALL, site.verdict(self.by_model()));
            }
        }
    }
}

fn is_thinking(part: &Part<'_>) -> bool {
    matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning)
}
