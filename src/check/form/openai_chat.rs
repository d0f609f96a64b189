//! The fields of Chat Completions.
//!
//! The order of the table is that in which the API looks at them (measured 2026-08-30 with two faults in one request; where
//! two neighbours were not measured they stand as the API reference has them). After all of them it looks at what the model
//! does not take, then at contents.

use super::super::finding::Phase;
use super::super::server::{REFUSED, RISKY, Server, TAKEN};
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Field, Found, Is, LEAST, MOST, Tongue, field};
use super::path::Path;
use super::reasoning::Family;
use super::words::{Wrong, listed};
use crate::json::{Kind, Value};
use crate::request::{PartKind, Role};

pub(super) const TIERS: &[&str] = &["auto", "default", "fast", "flex", "priority"];
pub(super) const RETENTIONS: &[&str] = &["in_memory", "24h"];
pub(super) const VERBOSITIES: &[&str] = &["low", "medium", "high"];

/// Validation notes, sections 1 and 2.
pub(super) const FIELDS: &[Field] = &[
    field("messages", Is::List("an array of objects")),
    field("functions", Is::List("an array of function definitions")),
    field("function_call", Is::Any),
    field("tools", Is::List("an array of objects")),
    field("tool_choice", Is::Any),
    field("parallel_tool_calls", Is::Bool),
    field("max_completion_tokens", Is::Int(1, MOST)),
    field("max_tokens", Is::Int(1, MOST)),
    field("n", Is::Int(1, 128)),
    field("stop", Is::Stop(4)),
    field("temperature", Is::Dec(0.0, 2.0)),
    field("top_p", Is::Dec(0.0, 1.0)),
    field("presence_penalty", Is::Dec(-2.0, 2.0)),
    field("frequency_penalty", Is::Dec(-2.0, 2.0)),
    field("logit_bias", Is::LogitBias),
    field("logprobs", Is::Bool),
    // The most depends on the model.
    field("top_logprobs", Is::Int(0, MOST)),
    field("user", Is::Str(64)),
    field("response_format", Is::Obj),
    field("seed", Is::Int(LEAST, MOST)),
    field("safety_identifier", Is::Str(64)),
    field(
        "prompt_cache_options",
        Is::Members(&[field("mode", Is::Any), field("ttl", Is::Any)]),
    ),
    field("prompt_cache_key", Is::Str(64)),
    field("prompt_cache_retention", Is::WordOfType(RETENTIONS)),
    field("service_tier", Is::Word(TIERS)),
    field("stream", Is::Bool),
    field(
        "stream_options",
        Is::Members(&[
            field("include_usage", Is::Bool),
            field("include_obfuscation", Is::Bool),
        ]),
    ),
    field("store", Is::Bool),
    field("metadata", Is::Metadata),
    field("moderation", Is::Obj),
    field("modalities", Is::Any),
    field("audio", Is::Obj),
    field("web_search_options", Is::Obj),
    field("verbosity", Is::Word(VERBOSITIES)),
    field("prediction", Is::Obj),
    field("reasoning_effort", Is::Any),
    field("model", Is::Any),
];

/// What the same table is without the fields that gpt-5.6 does not know.
const NEWEST_DO_NOT_KNOW: &[&str] = &["audio", "modalities", "web_search_options"];

impl<'c> Check<'c> {
    pub(super) fn chat_form(&mut self) {
        let root = self.request.fields();
        if root.kind() == Kind::Array {
            if self.unread.is_some() {
                self.messages_shape(root, &Path::BARE_MESSAGES);
            }
            self.message_values();
            return;
        }
        self.model_is_named(root);
        if root.get("messages").is_none() {
            // Nobody answers a chat without messages.
            let path = Path::ROOT.field("messages");
            self.missing_first(root, &path);
        }
        let manner = self.openai_manner();
        let found = self.fields(root, &Path::ROOT, FIELDS, manner);
        self.unknown_to_the_newest(&found);
        if let (Some(_), Some(list)) = (self.unread, found.raw("messages")) {
            self.messages_shape(list, &Path::ROOT.field("messages"));
        }
        self.message_values();
        self.chat_tools(&found);
        self.response_format(&found);
        self.chat_settings(&found);
        self.chat_reasoning(&found);
        self.wrong_endpoint();
    }

    /// Whether the form says that no model is named: of OpenAI's endpoints, which want it in the body.
    pub(in crate::check) fn form_names_model(&self) -> bool {
        use crate::request::Format;
        self.is_openai_itself()
            && self.request.fields().kind() == Kind::Object
            && matches!(
                self.request.format(),
                Format::OpenAiChat
                    | Format::OpenAiResponses
                    | Format::Embeddings
                    | Format::Completions
            )
    }

    /// OpenAI's endpoints want the model in the body; Azure has it in the URL.
    pub(super) fn model_is_named(&mut self, root: Value<'c>) {
        let model = root.get_some("model");
        if !self.form_names_model() {
            return;
        }
        // A model that was named elsewhere is put there by whoever named it.
        if self.budget.names_model() && model.is_none() {
            return;
        }
        if let Some(model) = model
            && !(model.kind() == Kind::String && model.is_empty())
        {
            if let Some(wrong) = super::fields::fault_of(&Is::Str(0), model) {
                self.wrong(
                    REFUSED,
                    Tongue::OpenAi,
                    model,
                    &Path::ROOT.field("model"),
                    wrong,
                );
            }
            return;
        }
        let answer = self.no_model_answer(root);
        let finding = self.odd(
            REFUSED,
            (root, &Path::ROOT),
            Phase::Model,
            codes::MISSING_PARAMETER,
            "the request names no model",
            "name the model that it is sent to",
            Some(answer),
        );
        if let Some(finding) = finding {
            finding.model_is_elsewhere = true;
        }
    }

    fn no_model_answer(&self, root: Value<'c>) -> ApiAnswer {
        use crate::request::Format;
        if self.request.format() != Format::OpenAiResponses {
            return ApiAnswer::openai(None, None, "you must provide a model parameter".to_owned());
        }
        let path = Path::ROOT.field("model");
        match root.get("model") {
            None => Wrong::Missing.openai(&path),
            // Measured: a null is an object to it.
            Some(model) if model.is_null() => Wrong::Type {
                expected: "a string".into(),
                got: "an object",
            }
            .openai(&path),
            Some(_) => ApiAnswer::openai(
                Some("model_not_found"),
                Some("model".to_owned()),
                "The requested model '' does not exist.".to_owned(),
            ),
        }
    }

    /// What the endpoint cannot do without, and says so before it looks at anything else.
    pub(super) fn missing_first(&mut self, root: Value<'c>, path: &Path<'_>) {
        let name = path.param();
        let api = (self.openai_tongue() == Tongue::OpenAi).then(|| Wrong::Missing.openai(path));
        self.odd(
            REFUSED,
            (root, &Path::ROOT),
            Phase::Missing,
            codes::MISSING_PARAMETER,
            format!("the request has no `{name}`"),
            "give it what there is to answer",
            api,
        );
    }

    /// Measured on gpt-5.6: fields of other models are not known to it.
    fn unknown_to_the_newest(&mut self, found: &Found<'c>) {
        if self.family().is_none_or(|family| !family.is_measured()) || !self.is_openai_itself() {
            return;
        }
        for name in NEWEST_DO_NOT_KNOW {
            if let Some(value) = found.get(name) {
                let path = Path::ROOT.field(name);
                let wrong = Wrong::Unknown { near: Vec::new() };
                self.wrong(REFUSED, Tongue::OpenAi, value, &path, wrong);
            }
        }
    }

    /// Settings whose rules are no types and ranges.
    fn chat_settings(&mut self, found: &Found<'c>) {
        let manner = self.openai_manner();
        let family = self.family();
        let measured = family.as_ref().is_some_and(Family::is_measured);
        if let Some(n) = found.get("n").filter(|_| measured) {
            // Up to 128 by the API reference, 8 on gpt-5.6.
            if let Some(wrong) = super::fields::fault_of(&Is::Int(LEAST, 8), n)
                && n.as_u64().is_some_and(|n| n <= 128)
            {
                self.wrong(
                    manner.settings,
                    manner.tongue,
                    n,
                    &Path::ROOT.field("n"),
                    wrong,
                );
            }
        }
        self.top_logprobs(found, measured);
        if let Some(options) = found
            .get("stream_options")
            .filter(|v| v.kind() == Kind::Object)
        {
            let streams = found
                .get("stream")
                .is_some_and(|stream| stream.kind() != Kind::False);
            if !streams {
                self.only_with(options, "stream_options", "stream");
            }
        }
        if let Some(moderation) = found.get("moderation").filter(|v| v.kind() == Kind::Object)
            && moderation.get_some("model").is_none()
        {
            let path = Path::ROOT.field("moderation");
            self.wrong(
                manner.settings,
                manner.tongue,
                moderation,
                &path.field("model"),
                Wrong::Missing,
            );
        }
        if let Some(retention) = found.get("prompt_cache_retention") {
            self.retention(retention, measured);
        }
        self.web_search(found, family.as_ref());
    }

    fn retention(&mut self, retention: Value<'c>, measured: bool) {
        let Some(word) = retention.as_str() else {
            return;
        };
        let answer = |message: &str| {
            Some(ApiAnswer::openai(
                None,
                Some("prompt_cache_retention".to_owned()),
                message.to_owned(),
            ))
        };
        let path = Path::ROOT.field("prompt_cache_retention");
        let verdict = self.openai_manner().settings;
        if !RETENTIONS.contains(&&*word) {
            self.odd(
                verdict,
                (retention, &path),
                Phase::Form,
                codes::INVALID_VALUE,
                "`prompt_cache_retention` has a value that the endpoint does not know",
                format!("give one of {}", listed(RETENTIONS, "or")),
                answer("Invalid prompt_cache_retention argument"),
            );
        } else if measured && word == "in_memory" {
            self.odd(
                verdict,
                (retention, &path),
                Phase::Value,
                codes::UNSUPPORTED_VALUE,
                "the model keeps its prompt cache for 24 hours only",
                "write '24h', or leave it out",
                answer("This model is compatible only with 24h extended prompt caching"),
            );
        }
    }

    fn top_logprobs(&mut self, found: &Found<'c>, measured: bool) {
        let Some(top) = found.get("top_logprobs") else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("top_logprobs");
        let Some(number) = top.as_u64() else {
            return;
        };
        let most = if measured { 5 } else { 20 };
        if number > most {
            let api = if measured {
                ApiAnswer::openai(
                    None,
                    Some(path.param()),
                    "Invalid value for 'top_logprobs': must be less than or equal to 5.".to_owned(),
                )
            } else {
                Wrong::Above {
                    most: most.to_string(),
                    got: number.to_string(),
                    whole: true,
                }
                .openai(&path)
            };
            let finding = self.odd(
                manner.settings,
                (top, &path),
                Phase::Value,
                codes::OUT_OF_RANGE,
                format!("`top_logprobs` is {number}; {most} is the most"),
                format!("give {most} or less, or leave it out"),
                Some(api),
            );
            if let Some(finding) = finding {
                finding.mend = Some(super::super::finding::Mend::Bound(most.to_string()));
            }
        } else if found
            .get("logprobs")
            .is_none_or(|on| on.kind() == Kind::False)
        {
            self.only_with(top, "top_logprobs", "logprobs");
        }
    }

    /// A field that another one has to be switched on for.
    fn only_with(&mut self, value: Value<'c>, name: &'static str, other: &'static str) {
        let path = Path::ROOT.field(name);
        let verdict = self.openai_manner().settings;
        self.odd(
            verdict,
            (value, &path),
            Phase::Value,
            codes::PARAMETER_CONFLICT,
            format!("`{name}` is only taken when `{other}` is on"),
            format!("set `{other}` to true, or leave `{name}` out"),
            Some(ApiAnswer::openai(
                None,
                Some(name.to_owned()),
                format!("The '{name}' parameter is only allowed when '{other}' is enabled."),
            )),
        );
    }

    /// Recorded on gpt-4o, 2025.
    fn web_search(&mut self, found: &Found<'c>, family: Option<&Family>) {
        let Some(options) = found.get("web_search_options") else {
            return;
        };
        let Some(model) = self.budget.model().filter(|_| self.is_openai_itself()) else {
            return;
        };
        if model.abilities().web_search_options == Some(true) || !model.matched().is_certain() {
            return;
        }
        let verdict = match family {
            None if model.abilities().web_search_options == Some(false) => REFUSED,
            Some(family) if family.is_measured() => TAKEN, // told as a field that it does not know
            _ => RISKY,
        };
        self.odd(
            verdict,
            (options, &Path::ROOT.field("web_search_options")),
            Phase::Unsupported,
            codes::UNSUPPORTED_PARAMETER,
            "the model does not search the web on this endpoint",
            "leave `web_search_options` out, or take a search model",
            Some(ApiAnswer::openai(
                None,
                Some("web_search_options".to_owned()),
                "Web search options not supported with this model.".to_owned(),
            )),
        );
    }

    /// `response_format`: validation notes, section 6.
    fn response_format(&mut self, found: &Found<'c>) {
        const TYPES: &[&str] = &["json_object", "json_schema", "text"];
        let Some(format) = found
            .get("response_format")
            .filter(|v| v.kind() == Kind::Object)
        else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("response_format");
        let Some(kind) = format.get_some("type") else {
            self.wrong(
                manner.settings,
                manner.tongue,
                format,
                &path.field("type"),
                Wrong::Missing,
            );
            return;
        };
        if let Some(wrong) = super::fields::fault_of(&Is::Word(TYPES), kind) {
            // Other hosts have types of their own.
            let verdict = if self.is_openai() {
                manner.settings
            } else {
                TAKEN
            };
            self.wrong(verdict, manner.tongue, kind, &path.field("type"), wrong);
            return;
        }
        if kind.is_str("json_object") {
            self.json_is_named(format, &path);
        }
        if !kind.is_str("json_schema") {
            return;
        }
        let inner = path.field("json_schema");
        let Some(spec) = format.get_some("json_schema") else {
            self.wrong(
                manner.settings,
                manner.tongue,
                format,
                &inner,
                Wrong::Missing,
            );
            return;
        };
        if spec.kind() != Kind::Object {
            let wrong = Wrong::mistyped("an object", spec);
            self.wrong(manner.settings, manner.tongue, spec, &inner, wrong);
            return;
        }
        self.named_schema(spec, &inner, super::schema::Of::ResponseFormat);
        self.takes_schemas(format, &path);
    }

    /// Models before structured outputs: gpt-3.5, gpt-4, and the first gpt-4o.
    fn takes_schemas(&mut self, format: Value<'c>, path: &Path<'_>) {
        let before = self.budget.model().is_some_and(|model| {
            model.provider() == "openai"
                && model.matched().is_certain()
                && model.abilities().json_schema == Some(false)
                // Catalogues say so of models that were not seen to refuse it.
                && model.ability_is_seen("json_schema")
        });
        if !before {
            return;
        }
        self.odd(
            self.refused_by_openai(),
            (format, path),
            Phase::Unsupported,
            codes::UNSUPPORTED_PARAMETER,
            "the model does not keep to a JSON schema",
            "ask for a JSON object, or take a newer model",
            Some(ApiAnswer::openai(
                None,
                None,
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs".to_owned(),
            )),
        );
    }

    /// JSON without a schema has to be asked for in words too. Linear in the texts, up to the first that has the word.
    pub(super) fn json_is_named(&mut self, value: Value<'c>, path: &Path<'_>) {
        use crate::request::Format;
        let responses = self.request.format() == Format::OpenAiResponses;
        let named = self.unread.is_some()
            || self.request.messages().any(|message| {
                // Instructions of a Responses request do not count.
                let counts =
                    !responses || message.list_index().is_some() || message.role() == Role::User;
                counts
                    && message.parts().any(|part| match part.kind() {
                        PartKind::Text => part.text().is_some_and(|text| says_json(&text)),
                        // What is in a file is not known.
                        PartKind::File => true,
                        _ => false,
                    })
            })
            || self.request.layout().kept_context.is_some();
        if named {
            return;
        }
        let (verdict, api) = match self.server {
            Server::OpenAi if responses => (
                self.refused_by_openai(),
                Some(ApiAnswer::openai(
                    None,
                    Some("text.format".to_owned()),
                    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.".to_owned(),
                )),
            ),
            Server::OpenAi => (
                self.refused_by_openai(),
                Some(ApiAnswer::openai(
                    None,
                    Some("messages".to_owned()),
                    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.".to_owned(),
                )),
            ),
            Server::DeepSeek => (
                REFUSED,
                Some(ApiAnswer::openai(
                    None,
                    None,
                    "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'".to_owned(),
                )),
            ),
            _ => (RISKY, None),
        };
        self.odd(
            verdict,
            (value, path),
            Phase::Value,
            codes::MISSING_JSON_WORD,
            "JSON is asked for without a schema, and no message says the word",
            "say in a message that the answer is to be JSON",
            api,
        );
    }
}

/// Whether a text has the word "json" in it, in any letters.
fn says_json(text: &str) -> bool {
    text.as_bytes()
        .windows(4)
        .any(|four| four.eq_ignore_ascii_case(b"json"))
}
