//! Tools, the choice among them, and named schemas, of OpenAI's two endpoints.
//!
//! Source: validation notes, sections 5 and 6; the API's answers of 2026-08-30 and 2026-09-04.

use super::super::finding::Phase;
use super::super::server::TAKEN;
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Found, Is, Tongue, fault_of};
use super::path::Path;
use super::schema::{self, Of};
use super::words::Wrong;
use crate::json::{Kind, Value};
use crate::shown::{bare_name, quoted_name};

const CHOICES: &[&str] = &["none", "auto", "required"];
pub(super) const NAME_PATTERN: &str = "^[a-zA-Z0-9_-]+$";
/// Longer descriptions are a string that is too long.
const MOST_DESCRIPTION: usize = 1_048_576;

impl<'c> Check<'c> {
    /// Tools and functions of Chat Completions.
    pub(super) fn chat_tools(&mut self, found: &Found<'c>) {
        let tools = found
            .get("tools")
            .filter(|tools| tools.kind() == Kind::Array);
        let functions = found
            .get("functions")
            .filter(|list| list.kind() == Kind::Array);
        let path = Path::ROOT.field("tools");
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            self.chat_tool(tool, &path.item(nth));
        }
        let path = Path::ROOT.field("functions");
        for (nth, function) in functions.into_iter().flat_map(Value::items).enumerate() {
            let there = path.item(nth);
            if function.kind() == Kind::Object {
                self.function(function, &there, &there, "parameters");
            } else {
                let manner = self.openai_manner();
                let wrong = Wrong::mistyped("an object", function);
                self.wrong(manner.settings, manner.tongue, function, &there, wrong);
            }
        }
        if let Some(tools) = tools.filter(|tools| !tools.is_empty()) {
            self.takes_tools(tools);
        }
        self.chat_choice(found, tools);
        self.legacy_choice(found, functions);
    }

    fn chat_tool(&mut self, tool: Value<'c>, path: &Path<'_>) {
        let manner = self.openai_manner();
        if tool.kind() != Kind::Object {
            let wrong = Wrong::mistyped("an object", tool);
            self.wrong(manner.settings, manner.tongue, tool, path, wrong);
            return;
        }
        let [kind, function, custom] = tool.get_all(["type", "function", "custom"]);
        let Some(kind) = kind else {
            // Mistral's clients leave it out.
            let verdict = if self.is_openai() {
                manner.settings
            } else {
                TAKEN
            };
            self.wrong(
                verdict,
                manner.tongue,
                tool,
                &path.field("type"),
                Wrong::Missing,
            );
            return;
        };
        if kind.kind() != Kind::String {
            let wrong = Wrong::mistyped("a string", kind);
            self.wrong(
                manner.settings,
                manner.tongue,
                kind,
                &path.field("type"),
                wrong,
            );
        } else if kind.is_str("function") {
            let there = path.field("function");
            match function {
                None => self.wrong(manner.settings, manner.tongue, tool, &there, Wrong::Missing),
                Some(function) if function.kind() != Kind::Object => {
                    let wrong = Wrong::mistyped("an object", function);
                    self.wrong(manner.settings, manner.tongue, function, &there, wrong);
                }
                Some(function) => self.function(function, &there, &there, "parameters"),
            }
        } else if kind.is_str("custom")
            && let Some(custom) = custom
        {
            let there = path.field("custom");
            if custom.get_some("name").is_none() {
                self.wrong(
                    manner.settings,
                    manner.tongue,
                    custom,
                    &there.field("name"),
                    Wrong::Missing,
                );
            }
        }
    }

    /// Name, description and parameters of a function, which stand in the same object.
    pub(super) fn function(
        &mut self,
        function: Value<'c>,
        path: &Path<'_>,
        named: &Path<'_>,
        schema: &'static str,
    ) {
        let manner = self.openai_manner();
        let [name, description, parameters, strict] =
            function.get_all(["name", "description", schema, "strict"]);
        let there = named.field("name");
        let Some(name) = name else {
            self.wrong(
                manner.settings,
                manner.tongue,
                function,
                &there,
                Wrong::Missing,
            );
            return;
        };
        if !self.name(name, &there) {
            return;
        }
        if let Some(description) = description {
            let there = path.field("description");
            if let Some(wrong) = fault_of(&Is::Str(MOST_DESCRIPTION), description) {
                self.wrong(manner.settings, manner.tongue, description, &there, wrong);
            }
        }
        if let Some(strict) = strict
            && let Some(wrong) = fault_of(&Is::Bool, strict)
        {
            self.wrong(
                manner.settings,
                manner.tongue,
                strict,
                &path.field("strict"),
                wrong,
            );
        }
        let Some(parameters) = parameters else {
            return;
        };
        let there = path.field(schema);
        if parameters.kind() != Kind::Object {
            let wrong = Wrong::mistyped("an object", parameters);
            self.wrong(manner.settings, manner.tongue, parameters, &there, wrong);
            return;
        }
        let is_strict = strict.is_some_and(|strict| strict.kind() == Kind::True);
        let name = name.as_str().unwrap_or_default();
        self.schema(parameters, &there, Of::Function, &name, is_strict);
    }

    /// Whether a name is one.
    fn name(&mut self, name: Value<'c>, path: &Path<'_>) -> bool {
        let manner = self.openai_manner();
        let wrong = match name.as_str() {
            None => Wrong::mistyped("a string", name),
            Some(text) if text.is_empty() => Wrong::EmptyString,
            Some(text)
                if !text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') =>
            {
                Wrong::Pattern(NAME_PATTERN)
            }
            Some(_) => return true,
        };
        // Other hosts take dots, colons and slashes.
        let verdict = match wrong {
            Wrong::Pattern(_) if !self.is_openai() => manner.slip,
            _ => manner.settings,
        };
        self.wrong(verdict, manner.tongue, name, path, wrong);
        false
    }

    /// A choice of tools that is a word.
    fn choice_word(&mut self, choice: Value<'c>, path: &Path<'_>) {
        let manner = self.openai_manner();
        if let Some(wrong) = fault_of(&Is::Word(CHOICES), choice) {
            // Mistral says `any`.
            let verdict = if self.is_openai() {
                manner.settings
            } else {
                TAKEN
            };
            self.wrong(verdict, manner.tongue, choice, path, wrong);
        }
    }

    fn chat_choice(&mut self, found: &Found<'c>, tools: Option<Value<'c>>) {
        let there_are = tools.is_some_and(|tools| !tools.is_empty());
        for name in ["tool_choice", "parallel_tool_calls"] {
            if let Some(value) = found.get(name)
                && !there_are
                && found.get("functions").is_none()
                && self.unread.is_none()
            {
                self.only_with_tools(value, name);
            }
        }
        let Some(choice) = found.get("tool_choice") else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("tool_choice");
        match choice.kind() {
            Kind::String => {
                self.choice_word(choice, &path);
            }
            Kind::Object
                if choice
                    .get("type")
                    .is_some_and(|kind| kind.is_str("allowed_tools") || kind.is_str("custom")) => {}
            Kind::Object => {
                let function = path.field("function");
                let Some(chosen) = choice.get_some("function") else {
                    self.wrong(
                        manner.settings,
                        manner.tongue,
                        choice,
                        &function,
                        Wrong::Missing,
                    );
                    return;
                };
                let Some(name) = chosen.get_some("name") else {
                    self.wrong(
                        manner.settings,
                        manner.tongue,
                        chosen,
                        &function.field("name"),
                        Wrong::Missing,
                    );
                    return;
                };
                self.chosen_is_there(name, &function.field("name"), tools, |tool| {
                    tool.get_some("function")
                        .and_then(|function| function.get_some("name"))
                });
            }
            _ => {
                let wrong = Wrong::mistyped(
                    "one of one of 'none', 'auto', or 'required' or object",
                    choice,
                );
                self.wrong(manner.settings, manner.tongue, choice, &path, wrong);
            }
        }
    }

    /// A function that is named has to be one of those that are offered.
    fn chosen_is_there(
        &mut self,
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
        if tools
            .items()
            .any(|tool| name_of(tool).is_some_and(|name| name.is_str(&text)))
        {
            return;
        }
        let manner = self.openai_manner();
        let shown = bare_name(&text);
        self.odd(
            manner.settings,
            (name, path),
            Phase::Value,
            codes::UNKNOWN_TOOL,
            format!("{} is chosen, and is none of the tools", quoted_name(&text)),
            "choose a tool that is offered, or offer it",
            // Measured 2026-09-04: told of the fields that this one took the place of.
            Some(ApiAnswer::openai(
                None,
                Some("function_call".to_owned()),
                format!("Invalid value for 'function_call': no function named '{shown}' was specified in the 'functions' parameter."),
            )),
        );
    }

    fn only_with_tools(&mut self, value: Value<'c>, name: &'static str) {
        // Taken by Mistral.
        let verdict = self.refused_by_openai();
        self.odd(
            verdict,
            (value, &Path::ROOT.field(name)),
            Phase::Value,
            codes::PARAMETER_CONFLICT,
            format!("`{name}` is only taken beside tools"),
            format!("leave `{name}` out"),
            Some(ApiAnswer::openai(
                None,
                Some(name.to_owned()),
                format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."),
            )),
        );
    }

    fn legacy_choice(&mut self, found: &Found<'c>, functions: Option<Value<'c>>) {
        let Some(choice) = found.get("function_call") else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("function_call");
        match choice.kind() {
            Kind::String => {}
            Kind::Object => match choice.get_some("name") {
                None => self.wrong(
                    manner.settings,
                    manner.tongue,
                    choice,
                    &path.field("name"),
                    Wrong::Missing,
                ),
                Some(name) => {
                    self.chosen_is_there(name, &path.field("name"), functions, |function| {
                        function.get_some("name")
                    });
                }
            },
            _ => {
                let wrong = Wrong::mistyped("one of one of 'none' or 'auto' or object", choice);
                self.wrong(manner.settings, Tongue::None, choice, &path, wrong);
            }
        }
    }

    /// Tools of the Responses API: a function's name stands in the tool itself.
    pub(super) fn responses_tools(&mut self, found: &Found<'c>) {
        let tools = found
            .get("tools")
            .filter(|tools| tools.kind() == Kind::Array);
        let manner = self.openai_manner();
        let path = Path::ROOT.field("tools");
        for (nth, tool) in tools.into_iter().flat_map(Value::items).enumerate() {
            let there = path.item(nth);
            if tool.kind() != Kind::Object {
                let wrong = Wrong::mistyped("an object", tool);
                self.wrong(manner.settings, manner.tongue, tool, &there, wrong);
                continue;
            }
            match tool.get_some("type") {
                None => self.wrong(
                    manner.settings,
                    manner.tongue,
                    tool,
                    &there.field("type"),
                    Wrong::Missing,
                ),
                Some(kind) if kind.is_str("function") => {
                    self.function(tool, &there, &there, "parameters")
                }
                Some(kind) if kind.kind() != Kind::String => {
                    let wrong = Wrong::mistyped("a string", kind);
                    self.wrong(
                        manner.settings,
                        manner.tongue,
                        kind,
                        &there.field("type"),
                        wrong,
                    );
                }
                Some(_) => {}
            }
        }
        self.responses_choice(found, tools);
    }

    fn responses_choice(&mut self, found: &Found<'c>, tools: Option<Value<'c>>) {
        let Some(choice) = found.get("tool_choice") else {
            return;
        };
        let manner = self.openai_manner();
        let path = Path::ROOT.field("tool_choice");
        match choice.kind() {
            Kind::String => {
                self.choice_word(choice, &path);
            }
            Kind::Object => {
                let is_function = choice
                    .get("type")
                    .is_some_and(|kind| kind.is_str("function"));
                let Some(name) = choice.get_some("name").filter(|_| is_function) else {
                    if is_function {
                        self.wrong(
                            manner.settings,
                            manner.tongue,
                            choice,
                            &path.field("name"),
                            Wrong::Missing,
                        );
                    }
                    return;
                };
                let Some(text) = name.as_str() else {
                    return;
                };
                let offered = tools.is_some_and(|tools| {
                    tools.items().any(|tool| {
                        tool.get_some("name").is_some_and(|name| name.is_str(&text))
                            // Tools that other servers define, or that are searched for.
                            || !tool.get("type").is_some_and(|kind| kind.is_str("function"))
                    })
                });
                if !offered {
                    let shown = bare_name(&text);
                    self.odd(
                        manner.settings,
                        (name, &path.field("name")),
                        Phase::Value,
                        codes::UNKNOWN_TOOL,
                        format!("{} is chosen, and is none of the tools", quoted_name(&text)),
                        "choose a tool that is offered, or offer it",
                        Some(ApiAnswer::openai(
                            None,
                            Some("tool_choice".to_owned()),
                            format!("Tool choice '{shown}' not found in 'tools' parameter."),
                        )),
                    );
                }
            }
            _ => {
                let wrong =
                    Wrong::mistyped("one of an object or 'none', 'auto', or 'required'", choice);
                self.wrong(manner.settings, manner.tongue, choice, &path, wrong);
            }
        }
    }

    /// A schema for the answer, in the object that names it.
    pub(super) fn named_schema(&mut self, spec: Value<'c>, path: &Path<'_>, of: Of) {
        let manner = self.openai_manner();
        let [name, schema, strict] = spec.get_all(["name", "schema", "strict"]);
        let there = path.field("name");
        let Some(name) = name else {
            self.wrong(manner.settings, manner.tongue, spec, &there, Wrong::Missing);
            return;
        };
        if !self.name(name, &there) {
            return;
        }
        if let Some(wrong) = fault_of(&Is::Str(64), name) {
            self.wrong(manner.settings, manner.tongue, name, &there, wrong);
        }
        let there = path.field("schema");
        let Some(schema) = schema else {
            self.wrong(manner.settings, manner.tongue, spec, &there, Wrong::Missing);
            return;
        };
        if schema.kind() != Kind::Object {
            let wrong = Wrong::mistyped("an object", schema);
            self.wrong(manner.settings, manner.tongue, schema, &there, wrong);
            return;
        }
        let is_strict = strict.is_some_and(|strict| strict.kind() == Kind::True);
        let name = name.as_str().unwrap_or_default();
        self.schema(schema, &there, of, &name, is_strict);
    }

    /// A schema: its root, and in strict mode all of it.
    fn schema(&mut self, schema: Value<'c>, path: &Path<'_>, of: Of, name: &str, strict: bool) {
        let Some(fault) = schema::fault(schema, strict) else {
            return;
        };
        let manner = self.openai_manner();
        // Who takes strict mode from OpenAI does not take its limits.
        let verdict = if self.is_openai() {
            fault.verdict(manner.settings)
        } else {
            fault.elsewhere()
        };
        let (place, pointer) = fault.place(schema, path);
        let api = fault.answer(of, name, path);
        let Some(severity) = verdict else {
            return;
        };
        let finding = super::Finding::new(
            codes::INVALID_SCHEMA,
            severity,
            Phase::Value,
            place.span().start,
            pointer,
            fault.said(),
            fault.remedy(),
        );
        self.findings
            .push(finding.with_api(api.filter(|_| manner.tongue == Tongue::OpenAi)));
    }
}
