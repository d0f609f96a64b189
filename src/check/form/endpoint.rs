//! Models that another endpoint serves.
//!
//! Source: docs/evidence/validation.md, section 3 (reports of 404 answers); many reports since 2023
//! that chat models neither complete prompts nor embed strings.

use super::super::context::Context;
use super::super::fault::{Fault, Sink};
use super::super::faults::settings;
use super::super::path::Path;
use super::super::server::Dialect;
use crate::model::{ModelKind, Quirk};

impl Context<'_> {
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
