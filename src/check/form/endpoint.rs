//! Models that another endpoint serves.
//!
//! Source: validation notes, section 3 (reports of 404 answers); that a chat model completes no prompts and embeds no texts
//! was reported many times since 2023.

use super::super::finding::Phase;
use super::super::server::{REFUSED, Verdict};
use super::super::{ApiAnswer, Check, codes};
use super::path::Path;
use crate::model::{ModelKind, Quirk};
use crate::request::Format;

impl Check<'_> {
    /// Whether the model is served at this endpoint, by OpenAI itself.
    pub(super) fn wrong_endpoint(&mut self) {
        let Some(model) = self.budget.model() else {
            return;
        };
        if model.provider() != "openai"
            || !self.is_openai_itself()
            || !model.matched().is_certain()
            // Weights that are open are served by anybody.
            || model.open_weights() == Some(true)
        {
            return;
        }
        let kind = model.kind();
        let not_chat = "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?";
        let (status, message, remedy) = match (self.request.format(), kind) {
            // Told in the words of models that never chatted, reported of two models.
            (Format::OpenAiChat, ModelKind::Responses)
                if model.abilities().has(Quirk::Chat404SaysNotAChatModel) =>
            {
                (404, not_chat, "send it to the Responses API")
            }
            (Format::OpenAiChat, ModelKind::Responses) => (
                404,
                "This model is only supported in v1/responses and not in v1/chat/completions.",
                "send it to the Responses API",
            ),
            (Format::OpenAiChat, ModelKind::Completion | ModelKind::Embedding) => (
                404,
                not_chat,
                "take a chat model, or the model's own endpoint",
            ),
            (Format::Completions, ModelKind::Chat | ModelKind::Responses) => (
                404,
                "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?",
                "send it to Chat Completions",
            ),
            (Format::Embeddings, ModelKind::Chat | ModelKind::Responses) => (
                403,
                "You are not allowed to generate embeddings from this model",
                "take an embedding model",
            ),
            _ => return,
        };
        let verdict: Verdict = REFUSED;
        let root = self.request.fields();
        let path = Path::ROOT.field("model");
        let (value, path) = match self.request.root_field("model") {
            Some(model) => (model, path),
            None => (root, Path::ROOT),
        };
        self.odd(
            verdict,
            (value, &path),
            Phase::Model,
            codes::WRONG_ENDPOINT,
            "the model is not served at this endpoint",
            remedy,
            Some(ApiAnswer {
                status,
                ..ApiAnswer::openai(
                    None,
                    (status == 404).then(|| "model".to_owned()),
                    message.to_owned(),
                )
            }),
        );
    }
}
