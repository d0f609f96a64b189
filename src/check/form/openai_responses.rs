//! Rules of the Responses API beyond types and ranges. The fields are in
//! `provider/openai_responses/fields.rs`.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::{contents, fields as faults, settings};
use super::super::path::Path;
use super::super::server::REFUSED;
use super::fields::Found;
use super::misfit::{Misfit, misfit};
use super::schema::Owner;
use crate::json::{Kind, Value};
use crate::provider::field::FieldType;
use crate::provider::openai_chat::fields::EFFORTS;
use crate::provider::openai_responses::fields::{ANSWER_FORMS, FIELDS, INCLUDE, REASONING, TEXT};

impl<'c> Context<'c> {
    pub(in crate::check) fn responses_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        if root.kind() != Kind::Object {
            return;
        }
        self.model_is_named(out, root);
        let kept = self.request.layout().kept_context.is_some()
            || ["previous_response_id", "conversation", "prompt"]
                .into_iter()
                .any(|name| root.get_some(name).is_some());
        if root.get("input").is_none() && !kept {
            if root.get_some("messages").is_some() {
                out.report(&faults::MOVED_MESSAGES, self.site(root, &Path::ROOT));
            } else {
                self.lacks_first(out, root, "input");
            }
        }
        let found = self.fields(out, root, &Path::ROOT, FIELDS);
        self.input_form(out, &found, kept);
        self.responses_settings(out, &found);
        self.responses_tools(out, &found);
        self.text_format(out, &found);
        self.responses_reasoning(out, &found);
        self.wrong_endpoint(out);
    }

    fn input_form(&self, out: &mut Sink<'_>, found: &Found<'c>, kept: bool) {
        let Some(input) = found.raw("input") else {
            return;
        };
        let path = Path::ROOT.field("input");
        match input.kind() {
            Kind::Null if kept => {}
            Kind::Null => {
                // Measured: the API treats null as an object.
                let misfit = Misfit::typed("a string", "an object");
                self.misfits_as(out, REFUSED, input, &path, misfit);
            }
            Kind::String | Kind::Array if input.is_empty() && !kept => {
                out.report(&contents::EMPTY_INPUT, self.site(input, &path));
            }
            Kind::String => {}
            Kind::Array => self.items(out, input, &path),
            _ => {
                let misfit = Misfit::mistyped("one of a string or array of input items", input);
                self.misfits_as(out, REFUSED, input, &path, misfit);
            }
        }
    }

    fn responses_settings(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        if let Some(instructions) = found.get("instructions")
            // The documentation describes a list of items in what the API returns.
            && !matches!(instructions.kind(), Kind::String | Kind::Array)
        {
            let path = Path::ROOT.field("instructions");
            self.is_of_type(out, &FieldType::Str(0), instructions, &path);
        }
        let path = Path::ROOT.field("include");
        for (nth, item) in found
            .get("include")
            .into_iter()
            .flat_map(Value::items)
            .enumerate()
        {
            if let Some(misfit) = misfit(&FieldType::Word(INCLUDE), item) {
                // Other servers still accept older names.
                let verdict = match self.is_openai_itself() {
                    true => self.strictness.settings,
                    false => self.strictness.unknown,
                };
                self.misfits_as(out, verdict, item, &path.item(nth), misfit);
            }
        }
        self.reasoning_settings(out, found);
        if let (Some(_), Some(earlier)) =
            (found.get("conversation"), found.get("previous_response_id"))
        {
            let path = Path::ROOT.field("previous_response_id");
            out.report(&settings::TWO_STATES, self.site(earlier, &path));
        }
        let measured = self.family().is_some_and(|family| family.is_measured());
        if let Some(retention) = found.get("prompt_cache_retention").filter(|_| measured)
            && retention.is_str("in_memory")
        {
            let path = Path::ROOT.field("prompt_cache_retention");
            out.report(&settings::ONLY_24_HOURS, self.site(retention, &path));
        }
    }

    fn reasoning_settings(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(reasoning) = found.object("reasoning") else {
            return;
        };
        let path = Path::ROOT.field("reasoning");
        let members = self.fields(out, reasoning, &path, REASONING);
        let measured = self.family().is_some_and(|family| family.is_measured());
        if let Some(summary) = members.get("generate_summary").filter(|_| measured) {
            let there = path.field("generate_summary");
            self.is_unknown(out, self.strictness.settings, summary, &there, &[]);
        }
        let Some(effort) = members.get("effort") else {
            return;
        };
        let misfit = match effort.kind() {
            Kind::String => misfit(&FieldType::Word(EFFORTS), effort),
            Kind::Number => Some(Misfit::mistyped(
                "one of 'minimal', 'low', 'medium', or 'high'",
                effort,
            )),
            _ => Some(Misfit::mistyped(
                "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer",
                effort,
            )),
        };
        if let Some(misfit) = misfit {
            let verdict = self.strictness.settings;
            self.misfits_as(out, verdict, effort, &path.field("effort"), misfit);
        }
    }

    fn text_format(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let Some(text) = found.object("text") else {
            return;
        };
        let path = Path::ROOT.field("text");
        let members = self.fields(out, text, &path, TEXT);
        let Some(format) = members.object("format") else {
            return;
        };
        let there = path.field("format");
        let Some(kind) = format.get_some("type") else {
            self.lacks(out, format, &there.field("type"));
            return;
        };
        if let Some(misfit) = misfit(&FieldType::Word(ANSWER_FORMS), kind) {
            let verdict = self.strictness.settings;
            self.misfits_as(out, verdict, kind, &there.field("type"), misfit);
        } else if kind.is_str("json_object") {
            self.json_is_named(out, format, &there);
        } else if kind.is_str("json_schema") {
            self.named_schema(out, format, &there, Owner::TextFormat);
        }
    }
}
