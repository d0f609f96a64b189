//! Tools, tool choice and named schemas of OpenAI's two endpoints.
//!
//! Source: docs/evidence/validation.md, section 5, and docs/evidence/validation.md, section 6; the
//! API's answers of 2026-08-30 and 2026-09-04.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::{fields as faults, tools};
use super::super::path::Path;
use super::super::server::{Server, TAKEN};
use super::fields::Found;
use super::misfit::{Misfit, misfit};
use super::schema::{self, Owner};
use crate::json::{Kind, Value};
use crate::provider::field::FieldType;
use crate::provider::openai_chat::fields::{CHOICES, NAME_PATTERN};

/// Longer descriptions are reported as a string that is too long.
const LONGEST_DESCRIPTION: usize = 1_048_576;
/// Maximum length of a schema's name in characters.
const LONGEST_SCHEMA_NAME: usize = 64;

impl<'c> Context<'c> {
    /// Checks tools and functions of Chat Completions.
    pub(super) fn chat_tools(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let tools = found.list("tools");
        let functions = found.list("functions");
        let path = Path::ROOT.field("tools");
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            self.chat_tool(out, tool, &path.item(nth));
        }
        let path = Path::ROOT.field("functions");
        for (nth, function) in functions.into_iter().flat_map(Value::items).enumerate() {
            let there = path.item(nth);
            if self.is_of_type(out, &FieldType::Obj, function, &there) {
                self.function(out, function, &there);
            }
        }
        if let Some(tools) = tools.filter(|tools| !tools.is_empty()) {
            self.takes_tools(out, tools);
        }
        self.chat_choice(out, found, tools);
        self.legacy_choice(out, found, functions);
    }

    fn chat_tool(&self, out: &mut Sink<'_>, tool: Value<'c>, path: &Path<'_>) {
        if !self.is_of_type(out, &FieldType::Obj, tool, path) {
            return;
        }
        let [kind, function, custom] = tool.get_all(["type", "function", "custom"]);
        let there = path.field("type");
        let Some(kind) = kind else {
            // Mistral's clients omit it.
            let site = self.lacking(tool, &there);
            out.report(&faults::MISSING, site.verdict(self.strictness.openai));
            return;
        };
        if !self.is_of_type(out, &FieldType::Str(0), kind, &there) {
            return;
        }
        if kind.is_str("function") {
            let there = path.field("function");
            match function {
                None => self.lacks(out, tool, &there),
                Some(function) => {
                    if self.is_of_type(out, &FieldType::Obj, function, &there) {
                        self.function(out, function, &there);
                    }
                }
            }
        } else if kind.is_str("custom")
            && let Some(custom) = custom
            && custom.get_some("name").is_none()
        {
            let there = path.field("custom");
            self.lacks(out, custom, &there.field("name"));
        }
    }

    /// Checks name, description and parameters of a function, which are members of one object.
    fn function(&self, out: &mut Sink<'_>, function: Value<'c>, path: &Path<'_>) {
        let [name, description, parameters, strict] =
            function.get_all(["name", "description", "parameters", "strict"]);
        let there = path.field("name");
        let Some(name) = name else {
            self.lacks(out, function, &there);
            return;
        };
        if !self.is_name(out, name, &there) {
            return;
        }
        if let Some(description) = description {
            let is = FieldType::Str(LONGEST_DESCRIPTION);
            self.is_of_type(out, &is, description, &path.field("description"));
        }
        if let Some(strict) = strict {
            self.is_of_type(out, &FieldType::Bool, strict, &path.field("strict"));
        }
        let Some(parameters) = parameters else {
            return;
        };
        let there = path.field("parameters");
        if self.is_of_type(out, &FieldType::Obj, parameters, &there) {
            let is_strict = strict.is_some_and(|strict| strict.kind() == Kind::True);
            let name = name.as_str().unwrap_or_default();
            self.schema(out, parameters, &there, Owner::Function, &name, is_strict);
        }
    }

    /// Reports a name with forbidden characters. Returns whether the name is valid.
    fn is_name(&self, out: &mut Sink<'_>, name: Value<'c>, path: &Path<'_>) -> bool {
        let Some(text) = name.as_str() else {
            self.misfits(out, name, path, Misfit::mistyped("a string", name));
            return false;
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if text.is_empty() {
            out.report(&faults::EMPTY_STRING, self.site(name, path));
        } else if !text.bytes().all(plain) {
            let misfit = Misfit::pattern(&faults::WRONG_NAME, NAME_PATTERN);
            self.misfits(out, name, path, misfit);
        } else {
            return true;
        }
        false
    }

    /// Checks a tool choice that is a word.
    fn choice_word(&self, out: &mut Sink<'_>, choice: Value<'c>, path: &Path<'_>) {
        if let Some(misfit) = misfit(&FieldType::Word(CHOICES), choice) {
            // Mistral also has `any`.
            self.misfits_as(out, self.strictness.openai, choice, path, misfit);
        }
    }

    fn chat_choice(&self, out: &mut Sink<'_>, found: &Found<'c>, tools: Option<Value<'c>>) {
        let there_are = tools.is_some_and(|tools| !tools.is_empty());
        for name in ["tool_choice", "parallel_tool_calls"] {
            if let Some(value) = found.get(name)
                && !there_are
                && found.get("functions").is_none()
                && self.unread.is_none()
            {
                let path = Path::ROOT.field(name);
                out.report(&tools::ONLY_WITH_TOOLS, self.site(value, &path));
            }
        }
        let Some(choice) = found.get("tool_choice") else {
            return;
        };
        let path = Path::ROOT.field("tool_choice");
        match choice.kind() {
            Kind::String => self.choice_word(out, choice, &path),
            Kind::Object
                if choice
                    .get("type")
                    .is_some_and(|kind| kind.is_str("allowed_tools") || kind.is_str("custom")) => {}
            Kind::Object => {
                let function = path.field("function");
                let Some(chosen) = choice.get_some("function") else {
                    self.lacks(out, choice, &function);
                    return;
                };
                let there = function.field("name");
                let Some(name) = chosen.get_some("name") else {
                    self.lacks(out, chosen, &there);
                    return;
                };
                self.chosen_is_there(out, name, &there, tools, |tool| {
                    tool.get_some("function")
                        .and_then(|function| function.get_some("name"))
                });
            }
            _ => {
                let misfit = Misfit::mistyped(
                    "one of one of 'none', 'auto', or 'required' or object",
                    choice,
                );
                self.misfits(out, choice, &path, misfit);
            }
        }
    }

    /// Checks that the chosen function is among those offered.
    fn chosen_is_there(
        &self,
        out: &mut Sink<'_>,
        name: Value<'c>,
        path: &Path<'_>,
        tools: Option<Value<'c>>,
        name_of: impl Fn(Value<'c>) -> Option<Value<'c>>,
    ) {
        let Some(text) = name.as_str() else {
            return;
        };
        let Some(tools) = tools.filter(|tools| !tools.is_empty()) else {
            return;
        };
        let is_offered = tools
            .items()
            .any(|tool| name_of(tool).is_some_and(|name| name.is_str(&text)));
        if !is_offered {
            let site = self.site(name, path);
            out.report(&tools::UNKNOWN_TOOL, site.name("tool", text));
        }
    }

    fn legacy_choice(&self, out: &mut Sink<'_>, found: &Found<'c>, functions: Option<Value<'c>>) {
        let Some(choice) = found.get("function_call") else {
            return;
        };
        let path = Path::ROOT.field("function_call");
        match choice.kind() {
            Kind::String => {}
            Kind::Object => {
                let there = path.field("name");
                match choice.get_some("name") {
                    None => self.lacks(out, choice, &there),
                    Some(name) => {
                        self.chosen_is_there(out, name, &there, functions, |function| {
                            function.get_some("name")
                        });
                    }
                }
            }
            _ => {
                // The API's wording for this was not seen.
                let misfit = Misfit::mistyped("one of one of 'none' or 'auto' or object", choice);
                let site = self.site(choice, &path).slots(misfit.slots);
                out.report(misfit.fault, site.unanswered());
            }
        }
    }

    /// Checks tools of the Responses API, where a function's name is a member of the tool itself.
    pub(super) fn responses_tools(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let tools = found.list("tools");
        let path = Path::ROOT.field("tools");
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            let item = path.item(nth);
            if !self.is_of_type(out, &FieldType::Obj, tool, &item) {
                continue;
            }
            let there = item.field("type");
            match tool.get_some("type") {
                None => self.lacks(out, tool, &there),
                Some(kind) if kind.is_str("function") => self.function(out, tool, &item),
                Some(kind) => {
                    self.is_of_type(out, &FieldType::Str(0), kind, &there);
                }
            }
        }
        self.responses_choice(out, found, tools);
    }

    fn responses_choice(&self, out: &mut Sink<'_>, found: &Found<'c>, tools: Option<Value<'c>>) {
        let Some(choice) = found.get("tool_choice") else {
            return;
        };
        let path = Path::ROOT.field("tool_choice");
        match choice.kind() {
            Kind::String => self.choice_word(out, choice, &path),
            Kind::Object => {
                let is_function = choice
                    .get("type")
                    .is_some_and(|kind| kind.is_str("function"));
                if !is_function {
                    return;
                }
                let there = path.field("name");
                let Some(name) = choice.get_some("name") else {
                    self.lacks(out, choice, &there);
                    return;
                };
                let Some(text) = name.as_str() else {
                    return;
                };
                let is_offered = tools.is_some_and(|tools| {
                    tools.items().any(|tool| {
                        tool.get_some("name").is_some_and(|name| name.is_str(&text))
                            // Tools that other servers define, or that are found by a search.
                            || !tool.get("type").is_some_and(|kind| kind.is_str("function"))
                    })
                });
                if !is_offered {
                    let site = self.site(name, &there);
                    out.report(&tools::UNKNOWN_TOOL, site.name("tool", text));
                }
            }
            _ => {
                let misfit =
                    Misfit::mistyped("one of an object or 'none', 'auto', or 'required'", choice);
                self.misfits(out, choice, &path, misfit);
            }
        }
    }

    /// Checks the schema of the answer, in the object that names it.
    pub(super) fn named_schema(
        &self,
        out: &mut Sink<'_>,
        spec: Value<'c>,
        path: &Path<'_>,
        owner: Owner,
    ) {
        let [name, schema, strict] = spec.get_all(["name", "schema", "strict"]);
        let there = path.field("name");
        // Other hosts have forms of their own.
        if name.is_none_or(|name| name.is_empty()) && !self.serves_openais() {
            return;
        }
        let Some(name) = name else {
            self.lacks(out, spec, &there);
            return;
        };
        if !self.is_name(out, name, &there) {
            return;
        }
        self.is_of_type(out, &FieldType::Str(LONGEST_SCHEMA_NAME), name, &there);
        let there = path.field("schema");
        let Some(schema) = schema else {
            self.lacks(out, spec, &there);
            return;
        };
        if self.is_of_type(out, &FieldType::Obj, schema, &there) {
            let is_strict = strict.is_some_and(|strict| strict.kind() == Kind::True);
            let name = name.as_str().unwrap_or_default();
            self.schema(out, schema, &there, owner, &name, is_strict);
        }
    }

    /// Whether OpenAI or a host of one of its models is known to serve the request, or an unknown
    /// model.
    pub(super) fn serves_openais(&self) -> bool {
        self.is_openai()
            || match self.budget.model() {
                Some(model) => model.provider() == "openai",
                None => self.server == Server::OpenAi,
            }
    }

    /// Checks a schema: its root, and in strict mode all of it.
    fn schema(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        owner: Owner,
        name: &str,
        strict: bool,
    ) {
        let loose = owner == Owner::Function && self.is_openai();
        let Some(fault) = schema::fault(schema, strict, loose) else {
            return;
        };
        // Hosts that adopted strict mode from OpenAI did not adopt its limits.
        let verdict = if self.is_openai() {
            fault.verdict(self.strictness.settings)
        } else if self.serves_openais() {
            fault.elsewhere()
        } else {
            TAKEN
        };
        out.report(
            fault.row(),
            fault.site(schema, path, owner, name).verdict(verdict),
        );
    }
}
