//! Rules of Chat Completions beyond types and ranges. The fields are in
//! `provider/openai_chat/fields.rs`.

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::{fields as faults, items, settings};
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY, TAKEN};
use super::fields::Found;
use super::misfit::misfit;
use super::reasoning::Family;
use super::schema::Owner;
use crate::json::{Kind, Value};
use crate::provider::Calls;
use crate::provider::field::{FieldType, LEAST};
use crate::provider::openai_chat::fields::{ANSWER_FORMS, FIELDS, NEWEST_DO_NOT_KNOW, RETENTIONS};
use crate::request::{PartKind, Role};
use crate::words::listed;

impl<'c> Context<'c> {
    pub(in crate::check) fn chat_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() == Kind::Array {
            if self.unread.is_some() {
                self.messages_shape(out, root, &Path::BARE_MESSAGES);
            }
            self.message_values(out);
            return;
        }
        self.model_is_named(out, root);
        if root.get("messages").is_none() {
            // No server answers a chat without messages.
            self.lacks_first(out, root, "messages");
        }
        let found = self.fields(out, root, &Path::ROOT, FIELDS);
        self.unknown_to_the_newest(out, &found);
        if let (Some(_), Some(list)) = (self.unread, found.raw("messages")) {
            self.messages_shape(out, list, &Path::MESSAGES);
        }
        self.message_values(out);
        self.audio_is_there(out, root);
        self.chat_tools(out, &found);
        self.response_format(out, &found);
        self.chat_settings(out, &found);
        self.chat_reasoning(out, &found);
        self.host_form(out, root, &found);
        self.wrong_endpoint(out);
    }

    /// Whether the form reports a missing model: on OpenAI's endpoints, which require it in the
    /// body.
    pub(in crate::check) fn form_names_model(&self) -> bool {
        self.is_openai_itself()
            && self.dialect.is_openai()
            && self.request.fields().kind() == Kind::Object
    }

    /// OpenAI's endpoints require the model in the body; Azure has it in the URL.
    pub(super) fn model_is_named(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let model = root.get_some("model");
        if !self.form_names_model() {
            return;
        }
        // A caller that names the model elsewhere adds it later.
        if self.budget.names_model() && model.is_none() {
            return;
        }
        let path = Path::ROOT.field("model");
        if let Some(model) = model
            && !(model.kind() == Kind::String && model.is_empty())
        {
            if let Some(misfit) = misfit(&FieldType::Str(0), model) {
                self.misfits_as(out, REFUSED, model, &path, misfit);
            }
            return;
        }
        let fault: &Fault = match root.get("model") {
            None => &faults::NO_MODEL,
            Some(model) if model.is_null() => &faults::MODEL_IS_NULL,
            Some(_) => &faults::MODEL_IS_EMPTY,
        };
        let site = self.lacking(root, &path);
        out.report(
            fault,
            site.text("expected", "a string").text("got", "an object"),
        );
    }

    /// Reports a missing field that the endpoint checks before all others.
    pub(super) fn lacks_first(&self, out: &mut Sink<'_>, root: Value<'c>, name: &str) {
        let path = Path::ROOT.field(name);
        out.report(&faults::MISSING_FIRST, self.lacking(root, &path));
    }

    /// Measured on gpt-5.6, which does not know fields of other models.
    fn unknown_to_the_newest(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        if self.family().is_none_or(|family| !family.is_measured()) || !self.is_openai_itself() {
            return;
        }
        for name in NEWEST_DO_NOT_KNOW {
            if let Some(value) = found.get(name) {
                self.is_unknown(out, REFUSED, value, &Path::ROOT.field(name), &[]);
            }
        }
    }

    fn chat_settings(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let family = self.family();
        let measured = family.as_ref().is_some_and(Family::is_measured);
        if let Some(n) = found.get("n").filter(|_| measured) {
            // Up to 128 by the API reference, 8 on gpt-5.6.
            if let Some(misfit) = misfit(&FieldType::Int(LEAST, 8), n)
                && n.as_u64().is_some_and(|n| n <= 128)
            {
                self.misfits(out, n, &Path::ROOT.field("n"), misfit);
            }
        }
        self.top_logprobs(out, found, measured);
        if let (Some(older), Some(_)) =
            (found.get("max_tokens"), found.get("max_completion_tokens"))
        {
            let path = Path::ROOT.field("max_tokens");
            out.report(&items::TWO_MAXIMA, self.site(older, &path));
        }
        if let Some(options) = found.object("stream_options") {
            let streams = found
                .get("stream")
                .is_some_and(|stream| stream.kind() != Kind::False);
            if !streams {
                self.needs(out, options, "stream_options", "stream");
            }
        }
        if let Some(moderation) = found.object("moderation")
            && moderation.get_some("model").is_none()
        {
            let path = Path::ROOT.field("moderation");
            self.lacks(out, moderation, &path.field("model"));
        }
        if let Some(retention) = found.get("prompt_cache_retention") {
            self.retention(out, retention, measured);
        }
        self.web_search(out, found, family.as_ref());
    }

    fn retention(&self, out: &mut Sink<'_>, retention: Value<'c>, measured: bool) {
        let Some(word) = retention.as_str() else {
            return;
        };
        let path = Path::ROOT.field("prompt_cache_retention");
        if !RETENTIONS.contains(&&*word) {
            let site = self.site(retention, &path);
            let choices = listed(RETENTIONS, "or");
            out.report(&settings::UNKNOWN_RETENTION, site.text("choices", choices));
        } else if measured && word == "in_memory" {
            out.report(&settings::ONLY_24_HOURS, self.site(retention, &path));
        }
    }

    fn top_logprobs(&self, out: &mut Sink<'_>, found: &Found<'c>, measured: bool) {
        let Some(top) = found.get("top_logprobs") else {
            return;
        };
        let Some(number) = top.as_u64() else {
            return;
        };
        let (fault, most): (&Fault, _) = match measured {
            true => (&faults::TOP_LOGPROBS_ABOVE_5, 5),
            false => (&faults::TOP_LOGPROBS_ABOVE, 20),
        };
        if number > most {
            let path = Path::ROOT.field("top_logprobs");
            let site = self.site(top, &path);
            out.report(fault, site.number("most", most).number("got", number));
        } else if found
            .get("logprobs")
            .is_none_or(|on| on.kind() == Kind::False)
        {
            self.needs(out, top, "top_logprobs", "logprobs");
        }
    }

    /// Reports a field that requires another one to be true.
    fn needs(&self, out: &mut Sink<'_>, value: Value<'c>, name: &str, other: &'static str) {
        let path = Path::ROOT.field(name);
        let site = self.site(value, &path);
        out.report(&settings::NEEDS_SETTING, site.text("other", other));
    }

    fn web_search(&self, out: &mut Sink<'_>, found: &Found<'c>, family: Option<&Family>) {
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
            Some(family) if family.is_measured() => TAKEN, // reported as an unknown field
            _ => RISKY,
        };
        let path = Path::ROOT.field("web_search_options");
        let site = self.site(options, &path);
        out.report(&settings::NO_WEB_SEARCH, site.verdict(verdict));
    }

    /// Checks `response_format`: docs/evidence/validation.md, section 6.
    fn response_format(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(format) = found.object("response_format") else {
            return;
        };
        let path = Path::ROOT.field("response_format");
        let Some(kind) = format.get_some("type") else {
            self.lacks(out, format, &path.field("type"));
            return;
        };
        if let Some(misfit) = misfit(&FieldType::Word(ANSWER_FORMS), kind) {
            // Other hosts have types of their own.
            let verdict = self.strictness.openai;
            self.misfits_as(out, verdict, kind, &path.field("type"), misfit);
            return;
        }
        if kind.is_str("json_object") {
            self.json_is_named(out, format, &path);
        }
        if !kind.is_str("json_schema") {
            return;
        }
        let inner = path.field("json_schema");
        let Some(spec) = format.get_some("json_schema") else {
            // Other hosts have forms of their own.
            if self.serves_openais() {
                self.lacks(out, format, &inner);
            }
            return;
        };
        if self.is_of_type(out, &FieldType::Obj, spec, &inner) {
            self.named_schema(out, spec, &inner, Owner::ResponseFormat);
            self.takes_schemas(out, format, &path);
        }
    }

    fn takes_schemas(&self, out: &mut Sink<'_>, format: Value<'c>, path: &Path<'_>) {
        let before = self.budget.model().is_some_and(|model| {
            model.provider() == "openai"
                && model.matched().is_certain()
                && model.abilities().json_schema == Some(false)
                // Catalogs claim this for models that were not seen to refuse it.
                && model.ability_is_seen("json_schema")
        });
        if before {
            out.report(&settings::NO_SCHEMAS, self.site(format, path));
        }
    }

    /// Checks that a message contains the word that JSON mode requires. Linear in the strings, up
    /// to the first that contains it.
    pub(super) fn json_is_named(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>) {
        // Instructions of a Responses request do not count.
        let items = self.request.format().wire().calls == Calls::Items;
        let named = self.unread.is_some()
            || self.request.layout().kept_context.is_some()
            || self.request.messages().any(|message| {
                let counts =
                    !items || message.list_index().is_some() || message.role() == Role::User;
                counts
                    && message.parts().any(|part| match part.kind() {
                        PartKind::Text => part.text().is_some_and(|text| says_json(&text)),
                        // The content of a file is unknown.
                        PartKind::File => true,
                        _ => false,
                    })
            });
        if !named {
            let site: Site<'_> = self.site(value, path);
            out.report(&settings::NO_JSON_WORD, site);
        }
    }
}

/// Whether a string contains "json", in any case.
fn says_json(text: &str) -> bool {
    text.as_bytes()
        .windows(4)
        .any(|four| four.eq_ignore_ascii_case(b"json"))
}
