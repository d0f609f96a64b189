//! Models that another endpoint serves, and requests that look like another endpoint's.
//!
//! Source: docs/evidence/validation.md, section 3 (reports of 404 answers); many reports since 2023
//! that chat models neither complete prompts nor embed strings.

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::{fields, settings};
use super::super::path::Path;
use super::super::server::Dialect;
use crate::model::{ModelKind, Quirk};
use crate::provider::{own_of_copy, read_as_far_as_it_goes};

impl Context<'_> {
    /// Reports a request whose detected format the host serves for other vendors' clients, if the
    /// host would refuse it in its own format: a mistake in a request can look like another
    /// format. Linear, and only for such requests.
    pub(in crate::check) fn assumed_format(&self, out: &mut Sink<'_>) {
        if self.request.format_is_given() {
            return;
        }
        let detected = self.request.format();
        let host = self.budget.named_host();
        let Some(own) = host.and_then(|host| own_of_copy(detected, host)) else {
            return;
        };
        let body = self.request.text().as_bytes();
        let Ok((request, unread)) = read_as_far_as_it_goes(body, Some(own), None) else {
            return;
        };
        if self.budget.refuses_form(&request, unread.as_ref()) {
            let site = Site::at_offset(0, String::new())
                .text("assumed", detected.as_str())
                .text("own", own.as_str());
            out.report(&fields::ASSUMED_FORMAT, site);
        }
    }

    /// Reports a model that OpenAI itself does not serve at this endpoint.
    pub(super) fn wrong_endpoint(&self, out: &mut Sink<'_>) {
        let Some(model) = self.budget.model() else {
            return;
        };
        if model.provider() != "openai"
            || !self.is_openai_itself()
            || !model.matched().is_certain()
            // Open weights can be served by anybody.
            || model.open_weights() == Some(true)
        {
            return;
        }
        let fault: &Fault = match (self.dialect, model.kind()) {
            (Dialect::OpenAiChat, ModelKind::Responses)
                if model.abilities().has(Quirk::Chat404SaysNotAChatModel) =>
            {
                &settings::RESPONSES_MODEL_NOT_CHAT
            }
            (Dialect::OpenAiChat, ModelKind::Responses) => &settings::RESPONSES_MODEL,
            (Dialect::OpenAiChat, ModelKind::Completion | ModelKind::Embedding) => {
                &settings::NO_CHAT_MODEL
            }
            (Dialect::OpenAiCompletions, ModelKind::Chat | ModelKind::Responses) => {
                &settings::CHAT_MODEL
            }
            (Dialect::OpenAiEmbeddings, ModelKind::Chat | ModelKind::Responses) => {
                &settings::NO_EMBEDDING_MODEL
            }
            _ => return,
        };
        let path = Path::ROOT.field("model");
        let site = match self.request.root_field("model") {
            Some(model) => self.site(model, &path),
            None => self.lacking(self.request.fields(), &path),
        };
        out.report(fault, site);
    }
}
