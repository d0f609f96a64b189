//! The fields of embeddings and of the legacy completions.
//!
//! Source: validation notes, sections 7 and 8.

use super::super::finding::Phase;
use super::super::server::{REFUSED, Server};
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Field, Found, Is, LEAST, MOST, field};
use super::path::Path;
use super::words::spelled_number;
use crate::json::Kind;

pub(super) const EMBEDDINGS: &[Field] = &[
    field("model", Is::Any),
    field("input", Is::Any),
    field("encoding_format", Is::Word(&["float", "base64"])),
    field("dimensions", Is::Int(1, MOST)),
    field("user", Is::Str(0)),
];

pub(super) const COMPLETIONS: &[Field] = &[
    field("model", Is::Any),
    field("prompt", Is::Any),
    field("best_of", Is::Int(0, 20)),
    field("echo", Is::Bool),
    field("frequency_penalty", Is::Dec(-2.0, 2.0)),
    field("logit_bias", Is::LogitBias),
    field("logprobs", Is::Int(0, 5)),
    field("max_tokens", Is::Int(0, MOST)),
    field("n", Is::Int(1, 128)),
    field("presence_penalty", Is::Dec(-2.0, 2.0)),
    field("seed", Is::Int(LEAST, MOST)),
    field("stop", Is::Stop(4)),
    field("stream", Is::Bool),
    field(
        "stream_options",
        Is::Members(&[
            field("include_usage", Is::Bool),
            field("include_obfuscation", Is::Bool),
        ]),
    ),
    field("suffix", Is::Str(0)),
    field("temperature", Is::Dec(0.0, 2.0)),
    field("top_p", Is::Dec(0.0, 1.0)),
    field("user", Is::Str(0)),
];

const INVALID_INPUT: &str = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.";

impl<'c> Check<'c> {
    pub(super) fn embeddings_form(&mut self) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(root);
        let manner = self.openai_manner();
        let found = self.fields(root, &Path::ROOT, EMBEDDINGS, manner);
        let input = found.get("input");
        if input.is_none() || self.unread.is_some() {
            let path = Path::ROOT.field("input");
            let (value, path) = match input {
                Some(input) => (input, path),
                None => (root, Path::ROOT),
            };
            let api = (self.server == Server::OpenAi)
                .then(|| ApiAnswer::openai(None, None, INVALID_INPUT.to_owned()));
            let fault = (REFUSED, Phase::Form, codes::EMPTY_INPUT);
            if input.is_none_or(|input| !matches!(input.kind(), Kind::String)) {
                self.odd(
                    fault.0,
                    (value, &path),
                    fault.1,
                    fault.2,
                    "the request has no input that can be embedded",
                    "give it a text, or a list of texts or of token ids",
                    api,
                );
            }
        }
        self.dimensions(&found);
        self.wrong_endpoint();
    }

    /// How long a vector may be asked to be.
    fn dimensions(&mut self, found: &Found<'c>) {
        let Some(value) = found.get("dimensions") else {
            return;
        };
        let Some(model) = self.budget.model().filter(|_| self.is_openai()) else {
            return;
        };
        let Some(asked) = value.as_u64() else {
            return;
        };
        let most = match model.id() {
            "text-embedding-3-small" => 1_536,
            "text-embedding-3-large" => 3_072,
            "text-embedding-ada-002" => 0,
            _ => return,
        };
        if asked <= most {
            return;
        }
        let got = spelled_number(value);
        let (message, remedy, api) = if most == 0 {
            (
                "the model's vectors have one length".to_owned(),
                "leave `dimensions` out, or take a newer model".to_owned(),
                "This model does not support specifying dimensions.".to_owned(),
            )
        } else {
            (
                format!("`dimensions` is {got}; the model's vectors have {most} at most"),
                format!("give {most} or less, or leave it out"),
                format!(
                    "Invalid value for 'dimensions' = {got}. Must be less than or equal to {most}"
                ),
            )
        };
        let verdict = self.refused_by_openai();
        self.odd(
            verdict,
            (value, &Path::ROOT.field("dimensions")),
            Phase::Value,
            codes::OUT_OF_RANGE,
            message,
            remedy,
            Some(ApiAnswer::openai(None, None, api)),
        );
    }

    pub(super) fn completions_form(&mut self) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(root);
        if root.get("prompt").is_none() {
            self.missing_first(root, &Path::ROOT.field("prompt"));
        }
        let manner = self.openai_manner();
        let found = self.fields(root, &Path::ROOT, COMPLETIONS, manner);
        self.best_of(&found);
        self.wrong_endpoint();
    }

    fn best_of(&mut self, found: &Found<'c>) {
        let number = |name: &str| found.get(name).and_then(|value| value.as_u64());
        let (Some(best), Some(n)) = (number("best_of"), number("n").or(Some(1))) else {
            return;
        };
        let Some(value) = found.get("best_of").filter(|_| best < n) else {
            return;
        };
        let verdict = self.openai_manner().settings;
        self.odd(
            verdict,
            (value, &Path::ROOT.field("best_of")),
            Phase::Value,
            codes::PARAMETER_CONFLICT,
            format!("`best_of` is {best}, and `n` is {n}: there are not so many to choose from"),
            "give `best_of` as many as `n`, or leave it out",
            None,
        );
    }
}
