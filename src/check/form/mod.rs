//! The form of a request: fields that are missing, unknown, mistyped or out of range, and what a model or an endpoint does
//! not take.
//!
//! Most rules are data: `openai_chat.rs`, `openai_responses.rs`, `inputs.rs` (embeddings, completions), `anthropic.rs` and
//! `gemini.rs` each have a table of fields in the order in which the provider looks at them, which `fields.rs` walks.
//! `messages.rs` and `items.rs` look at what a message holds, `tools.rs` at tools and the choice among them, `schema.rs` at
//! the subset of JSON Schema that strict mode takes, `reasoning.rs` at settings that reasoning models refuse,
//! `endpoint.rs` at models that another endpoint serves. `words.rs` says all this as the provider does; `path.rs` is where.
//!
//! What cannot be read as a request at all is looked at too ([`Body`](super::Body)): `messages.rs` then looks at the shape of
//! every message, which reading has made sure of otherwise.
//!
//! Source of the rules: validation notes (2026-11-22), and the API's own answers where a comment says so.

mod anthropic;
mod endpoint;
mod fields;
mod gemini;
mod inputs;
mod items;
mod messages;
mod openai_chat;
mod openai_responses;
mod path;
mod reasoning;
mod schema;
mod tools;
mod words;

use super::server::{REFUSED, RISKY, Server, TAKEN, Verdict};
use super::{Check, Finding, Phase, Severity, codes};
use crate::model::Host;
use crate::request::Format;
use fields::{Manner, Tongue};

impl<'c> Check<'c> {
    /// Checks the form.
    pub(super) fn form(&mut self) {
        match self.request.format() {
            Format::OpenAiChat => self.chat_form(),
            Format::OpenAiResponses => self.responses_form(),
            Format::Embeddings => self.embeddings_form(),
            Format::Completions => self.completions_form(),
            Format::Anthropic => self.anthropic_form(),
            Format::Gemini => self.gemini_form(),
            // Its clients are generated from a model of the API, and hold requests to it themselves.
            Format::BedrockConverse => {}
        }
        self.unreadable();
    }

    /// Whether OpenAI itself takes the request, and no cloud that serves its models.
    fn is_openai_itself(&self) -> bool {
        self.server == Server::OpenAi && matches!(self.budget.host(), None | Some(Host::OpenAi))
    }

    /// Whether it is known that the server is one of OpenAI's kind: by its host, or by a model of OpenAI's.
    fn is_openai(&self) -> bool {
        self.server == Server::OpenAi
            && (self.budget.model().is_some() || self.budget.host().is_some())
    }

    /// How the server takes faults in the fields of OpenAI's endpoints. Other hosts have fields of their own, and most take
    /// what they do not know.
    fn openai_manner(&self) -> Manner {
        let known = self.is_openai();
        let (settings, unknown, slip) = match self.server {
            Server::OpenAi if known && self.is_openai_itself() => (REFUSED, REFUSED, REFUSED),
            Server::OpenAi if known => (REFUSED, RISKY, RISKY),
            // A model that is not known may be served by anybody.
            Server::Lenient => (TAKEN, TAKEN, RISKY),
            _ => (RISKY, TAKEN, RISKY),
        };
        Manner {
            tongue: self.openai_tongue(),
            settings,
            unknown,
            slip,
        }
    }

    fn openai_tongue(&self) -> Tongue {
        match self.server {
            Server::OpenAi => Tongue::OpenAi,
            _ => Tongue::None,
        }
    }

    /// What OpenAI's own API refuses, and is risky at whoever serves the same models.
    fn refused_by_openai(&self) -> Verdict {
        match self.server {
            Server::OpenAi if self.is_openai() => REFUSED,
            _ => TAKEN,
        }
    }

    /// Reading found something that no rule here has: it is told as it was found.
    fn unreadable(&mut self) {
        let Some(error) = self.unread else {
            return;
        };
        if self
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Refused)
        {
            return;
        }
        let (pointer, offset) = self.request.place_of(error.pointer().unwrap_or_default());
        let (what, remedy) = error.what_and_remedy();
        let finding = Finding::new(
            codes::UNREADABLE_REQUEST,
            Severity::Refused,
            Phase::Form,
            offset,
            pointer,
            what,
            remedy,
        );
        self.findings.push(finding);
    }
}

/// Where a field comes in the provider's own order of checks; fields without a place come first, as messages do.
pub(super) fn rank(format: Format, pointer: &str) -> usize {
    let table = match format {
        Format::OpenAiChat => openai_chat::FIELDS,
        Format::OpenAiResponses => openai_responses::FIELDS,
        Format::Embeddings => inputs::EMBEDDINGS,
        Format::Completions => inputs::COMPLETIONS,
        Format::Anthropic | Format::Gemini | Format::BedrockConverse => return 0,
    };
    let name = pointer.split('/').nth(1).unwrap_or_default();
    table
        .iter()
        .position(|field| field.name == name)
        .unwrap_or_default()
}
