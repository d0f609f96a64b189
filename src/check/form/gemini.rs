//! Rules of Google's generateContent: fields at every level, tools, and settings by model and by
//! cloud.
//!
//! `provider/gemini/` lists the fields: those of the root in `fields.rs`, all others in
//! `messages.rs`. `gemini_schema.rs` checks schemas, `gemini_contents.rs` contents and their parts.
//! Google's two clouds report ranges in different words, so no answer is predicted for them.
//!
//! Source: docs/evidence/validation_other_providers.md, section B.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::anthropic::LARGE_REQUEST;
use super::super::faults::gemini as faults;
use super::super::path::{Path, api_name};
use super::super::server::{RISKY, Server, Verdict};
use crate::json::{Kind, Value};
use crate::model::{BuiltInTools, Host, Quirk};
use crate::provider::gemini::fields::FIELDS;
use crate::provider::gemini::messages::{
    Clouds, FUNCTION, Named, SAFETY, SEARCHES, Shape, TOOL, TOOL_CONFIG, find, is_spelling,
};
use crate::shown::{bare_name, hidden_text, is_api_field};
use crate::words::listed;

/// Maximum number of function declarations in a request.
const MOST_FUNCTIONS: usize = 512;
/// Documented maximum number of bytes of a request: at the Gemini API since 2026, and on Vertex.
const BYTES: usize = 100 << 20;
const BYTES_AT_VERTEX: usize = 20 << 20;
/// Maximum length of a function's name, by the documentation and the newest answer.
const LONGEST_NAME: usize = 64;
const LONGEST_NAME_SEEN: usize = 128;

/// Returns a field of an object in either spelling, with the spelling found; `null` counts as
/// absent.
pub(super) fn spelled<'c>(
    object: Value<'c>,
    camel: &'static str,
    snake: &'static str,
) -> Option<(&'static str, Value<'c>)> {
    let [first, second] = object.get_all([camel, snake]);
    let there = |value: Option<Value<'c>>| value.filter(|value| !value.is_null());
    there(first)
        .map(|value| (camel, value))
        .or_else(|| there(second).map(|value| (snake, value)))
}

/// Functions and other tools that a request offers.
#[derive(Default)]
pub(super) struct Offered<'c> {
    pub(super) functions: usize,
    /// First search tool, with its spelling.
    pub(super) search: Option<&'static str>,
    pub(super) others: usize,
    pub(super) names: HashSet<Cow<'c, str>>,
}

impl<'c> Context<'c> {
    pub(in crate::check) fn gemini_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        // A request that is wrapped for the counting endpoint is not sent.
        if root.kind() != Kind::Object || !self.request.layout().root.is_empty() {
            return;
        }
        let counts = root.get_some("generateContentRequest").is_some()
            || root.get_some("generate_content_request").is_some();
        if root.get("contents").is_none() && !counts {
            self.lacks_first(out, root, "contents");
        }
        self.fields(out, root, &Path::ROOT, FIELDS);
        self.root_of_other_cloud(out, root);
        let offered = self.gemini_tools(out, root);
        if let Some((name, config)) = spelled(root, "toolConfig", "tool_config") {
            self.gemini_tool_config(out, config, &Path::ROOT.field(name), &offered);
        }
        self.built_in_with_functions(out, root, &offered);
        if let Some((name, config)) = spelled(root, "generationConfig", "generation_config") {
            self.gemini_config(out, config, &Path::ROOT.field(name), &offered);
        }
        if let Some((name, settings)) = spelled(root, "safetySettings", "safety_settings") {
            let path = Path::ROOT.field(name);
            for (nth, setting) in settings.items().enumerate() {
                self.gemini_fields(out, setting, &path.item(nth), SAFETY);
            }
        }
        if let Some((name, system)) = spelled(root, "systemInstruction", "system_instruction")
            && system.kind() == Kind::String
        {
            let path = Path::ROOT.field(name);
            out.report(
                &faults::GEMINI_INSTRUCTIONS_ARE_TEXT,
                self.site(system, &path),
            );
        }
        self.cached_content(out, root);
        if let Some(contents) = root.get_some("contents") {
            self.gemini_contents(out, contents);
        }
        let most = match self.budget.host() {
            Some(Host::Vertex) => BYTES_AT_VERTEX,
            _ => BYTES,
        };
        let bytes = self.request.text().len();
        if bytes > most {
            let site = self.site(root, &Path::ROOT).count("got", bytes);
            out.report(&LARGE_REQUEST, site.count("most", most).verdict(RISKY));
        }
    }

    /// Whether the Gemini API itself is known to serve the request.
    pub(super) fn is_gemini_api(&self) -> bool {
        self.server == Server::Google
            && match self.budget.host() {
                None => self.budget.model().is_some(),
                host => host == Some(Host::Gemini),
            }
    }

    /// Whether the request is known to go to the other cloud.
    fn lacks_fields_of(&self, at: Clouds) -> bool {
        match at {
            Clouds::Both => false,
            Clouds::GeminiApi => self.budget.host() == Some(Host::Vertex),
            Clouds::Vertex => self.is_gemini_api(),
        }
    }

    fn field_of_other_cloud(
        &self,
        out: &mut Sink<'_>,
        at: Clouds,
        value: Value<'_>,
        path: &Path<'_>,
    ) {
        if !self.lacks_fields_of(at) {
            return;
        }
        let other = match at {
            Clouds::Vertex => "Vertex",
            _ => "the Gemini API",
        };
        let site = self.google_site(value, path, true);
        out.report(
            &faults::GEMINI_FIELD_OF_OTHER_CLOUD,
            site.text("other", other),
        );
    }

    fn root_of_other_cloud(&self, out: &mut Sink<'_>, root: Value<'c>) {
        for (at, camel, snake) in [
            (Clouds::Vertex, "labels", "labels"),
            (Clouds::Vertex, "modelArmorConfig", "model_armor_config"),
            (Clouds::GeminiApi, "store", "store"),
            (Clouds::GeminiApi, "serviceTier", "service_tier"),
        ] {
            if self.lacks_fields_of(at)
                && let Some((name, value)) = spelled(root, camel, snake)
            {
                self.field_of_other_cloud(out, at, value, &Path::ROOT.field(name));
            }
        }
    }

    /// Makes the site of a field that an object does not have: `place` is the object's.
    pub(super) fn google_site<'s>(
        &self,
        value: Value<'_>,
        path: &'s Path<'s>,
        of_parent: bool,
    ) -> Site<'s> {
        let pointer = path.pointer();
        let above = match of_parent {
            true => path.parent_pointer(),
            false => pointer,
        };
        let site = self
            .site(value, path)
            .text("field", super::super::path::shown(path.name()));
        if !path.is_shown() {
            return site.unanswered();
        }
        let root = self.request.fields();
        match (
            google_place(root, &above, false),
            google_place(root, &above, true),
        ) {
            // The root has no place: its answers are those of the root's fields.
            (Some(place), _) if of_parent && place.is_empty() => site,
            (Some(place), Some(named)) => site.text("place", place).text("named", named),
            _ => site.unanswered(),
        }
    }

    /// Reports an unknown field of an object.
    pub(super) fn unknown_name(
        &self,
        out: &mut Sink<'_>,
        value: Value<'c>,
        key: &str,
        object: &Path<'_>,
    ) {
        let name = api_name(key);
        let path = object.field(name);
        let site = self.google_site(value, &path, true);
        let site = match name == key {
            true => site,
            false => site.text(
                "param",
                format!("{}.{}", object.param(), hidden_text(key.len())),
            ),
        };
        // A name that no API knows may be a newer field.
        let verdict = match is_api_field(key) {
            true => self.strictness.settings,
            false => self.strictness.unknown,
        };
        out.report(&faults::GEMINI_UNKNOWN, site.verdict(verdict));
    }

    /// Checks the fields of an object and of its inner objects. The tables are finite, so the
    /// recursion ends.
    pub(super) fn gemini_fields(
        &self,
        out: &mut Sink<'_>,
        object: Value<'c>,
        path: &Path<'_>,
        table: &'static [Named],
    ) {
        if object.kind() != Kind::Object {
            return;
        }
        for (key, value) in object.entries() {
            let key = key.as_str().unwrap_or_default();
            let Some(field) = find(table, &key) else {
                self.unknown_name(out, value, &key, path);
                continue;
            };
            let path = path.field(&key);
            self.field_of_other_cloud(out, field.at, value, &path);
            match field.is {
                Shape::Any => {}
                Shape::Object(inner) => self.gemini_fields(out, value, &path, inner),
                Shape::Struct => self.is_struct(out, value, &path),
                Shape::Word(words) => self.gemini_word(out, value, &path, words),
                Shape::Words(words) => {
                    for (nth, word) in value.items().enumerate() {
                        self.gemini_word(out, word, &path.item(nth), words);
                    }
                }
            }
        }
    }

    fn is_struct(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>) {
        if matches!(value.kind(), Kind::Object | Kind::Null) {
            return;
        }
        let site = self.google_site(value, path, false);
        let site = match value.kind() {
            Kind::Number => site.text("got", bare_name(value.raw())),
            Kind::True => site.text("got", "true"),
            Kind::False => site.text("got", "false"),
            // The answer quotes the text.
            _ => site.unanswered(),
        };
        out.report(&faults::GEMINI_NOT_AN_OBJECT, site);
    }

    /// Checks an enum value: a word in any case, or a number.
    pub(super) fn gemini_word(
        &self,
        out: &mut Sink<'_>,
        value: Value<'c>,
        path: &Path<'_>,
        words: &'static [&'static str],
    ) {
        let Some(word) = value.as_str() else {
            return;
        };
        if !words.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
            let site = self.site(value, path);
            out.report(
                &faults::GEMINI_WORD,
                site.text("choices", listed(&words[1..], "or")),
            );
        }
    }

    fn gemini_tools(&self, out: &mut Sink<'_>, root: Value<'c>) -> Offered<'c> {
        let mut offered = Offered::default();
        let Some(tools) = root.get_some("tools") else {
            return offered;
        };
        let path = Path::ROOT.field("tools");
        match tools.kind() {
            Kind::Array => {
                for (nth, group) in tools.items().enumerate() {
                    self.gemini_tool(out, group, &path.item(nth), &mut offered);
                }
            }
            _ => self.gemini_tool(out, tools, &path, &mut offered),
        }
        if offered.functions > MOST_FUNCTIONS {
            let site = self.site(tools, &path);
            out.report(
                &faults::GEMINI_MANY_FUNCTIONS,
                site.count("length", offered.functions)
                    .count("most", MOST_FUNCTIONS),
            );
        }
        offered
    }

    fn gemini_tool(
        &self,
        out: &mut Sink<'_>,
        group: Value<'c>,
        path: &Path<'_>,
        offered: &mut Offered<'c>,
    ) {
        if group.kind() != Kind::Object {
            return;
        }
        for (key, value) in group.entries() {
            if value.is_null() {
                continue;
            }
            let key = key.as_str().unwrap_or_default();
            let object = path;
            let path = path.field(&key);
            if is_spelling(&key, "functionDeclarations") {
                for (nth, function) in value.items().enumerate() {
                    offered.functions += 1;
                    self.gemini_function(out, function, &path.item(nth), offered);
                }
                continue;
            }
            match find(TOOL, &key) {
                Some(field) => self.field_of_other_cloud(out, field.at, value, &path),
                // A field of another API; any other name may be a new tool.
                None if is_api_field(&key) => self.unknown_name(out, value, &key, object),
                None => {}
            }
            match SEARCHES.iter().find(|camel| is_spelling(&key, camel)) {
                Some(camel) => offered.search = offered.search.or(Some(camel)),
                None => offered.others += 1,
            }
        }
    }

    fn gemini_function(
        &self,
        out: &mut Sink<'_>,
        function: Value<'c>,
        path: &Path<'_>,
        offered: &mut Offered<'c>,
    ) {
        if function.kind() != Kind::Object {
            return;
        }
        self.gemini_fields(out, function, path, FUNCTION);
        let there = path.field("name");
        let name = function.get_some("name").and_then(|name| name.as_str());
        match function.get_some("name") {
            None => self.lacks(out, function, &there),
            Some(value) => self.function_name(out, value, &there),
        }
        if let Some(name) = &name
            && !offered.names.insert(name.clone())
        {
            let site = self.site(function, path);
            out.report(
                &faults::GEMINI_FUNCTION_TWICE,
                site.name("function", name.clone()),
            );
        }
        let parameters = function.get_some("parameters");
        let json = spelled(function, "parametersJsonSchema", "parameters_json_schema");
        if let (Some(_), Some((second, _))) = (parameters, json) {
            let site = self.site(function, path);
            out.report(
                &faults::GEMINI_TWO_SCHEMAS,
                site.text("first", "parameters").text("second", second),
            );
        }
        for field in ["parameters", "response"] {
            if let Some(schema) = function.get_some(field) {
                self.gemini_schema(out, schema, &path.field(field), name.as_deref());
            }
        }
    }

    fn function_name(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>) {
        let Some(name) = value.as_str() else {
            return;
        };
        let mut bytes = name.bytes();
        let begins = bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let goes_on = bytes.all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b));
        let site = self.site(value, path);
        if !begins || !goes_on || name.len() > LONGEST_NAME_SEEN {
            out.report(&faults::GEMINI_FUNCTION_NAME, site);
        } else if name.len() > LONGEST_NAME {
            out.report(
                &faults::GEMINI_LONG_FUNCTION_NAME,
                site.count("length", name.len()).verdict(RISKY),
            );
        }
    }

    /// Returns the severity of a rule that relies on the registry's facts about the model.
    pub(in crate::check) fn by_model(&self) -> Verdict {
        match self.budget.model() {
            Some(model) if model.matched().is_certain() => self.strictness.settings,
            _ => self.strictness.settings.and(RISKY),
        }
    }

    pub(super) fn has_quirk(&self, quirk: Quirk) -> bool {
        self.budget
            .model()
            .is_some_and(|model| model.abilities().has(quirk))
    }

    fn built_in(&self) -> Option<BuiltInTools> {
        self.budget
            .model()
            .and_then(|model| model.abilities().built_in_tools_with_functions)
    }

    fn gemini_tool_config(
        &self,
        out: &mut Sink<'_>,
        config: Value<'c>,
        path: &Path<'_>,
        offered: &Offered<'_>,
    ) {
        self.gemini_fields(out, config, path, TOOL_CONFIG);
        if let Some((name, calling)) =
            spelled(config, "functionCallingConfig", "function_calling_config")
        {
            let there = path.field(name);
            // Accepted together with a search.
            if offered.functions == 0 && offered.search.is_none() && offered.others == 0 {
                let site = self.site(calling, &there);
                out.report(&faults::GEMINI_CALLING_CONFIG_ALONE, site.verdict(RISKY));
            }
            let mode = calling.get_some("mode").and_then(|mode| mode.as_str());
            let names = spelled(calling, "allowedFunctionNames", "allowed_function_names");
            if let Some((name, names)) = names.filter(|(_, names)| !names.is_empty())
                && !mode.is_some_and(|mode| {
                    ["ANY", "VALIDATED"]
                        .iter()
                        .any(|word| word.eq_ignore_ascii_case(&mode))
                })
            {
                let there = there.field(name);
                let site = self.site(names, &there);
                out.report(&faults::GEMINI_ALLOWED_NAMES, site.verdict(RISKY));
            }
        }
        if self.built_in() == Some(BuiltInTools::No)
            && let Some((name, flag)) = server_side(config)
        {
            let there = path.field(name);
            let site = self.site(flag, &there).text("model", self.google_model());
            out.report(
                &faults::GEMINI_NO_SERVER_SIDE,
                site.verdict(self.by_model()),
            );
        }
    }

    pub(super) fn google_model(&self) -> String {
        self.budget
            .model()
            .map(|model| model.name().to_owned())
            .unwrap_or_default()
    }

    fn built_in_with_functions(&self, out: &mut Sink<'_>, root: Value<'c>, offered: &Offered<'_>) {
        let (Some(tool), true) = (offered.search, offered.functions > 0) else {
            return;
        };
        let flag = spelled(root, "toolConfig", "tool_config")
            .and_then(|(_, config)| server_side(config))
            .is_some();
        let fault: &Fault = match self.built_in() {
            Some(BuiltInTools::No) => &faults::GEMINI_BUILT_IN_WITH_FUNCTIONS,
            // Seen on the Gemini API; Vertex accepts it without the flag.
            Some(BuiltInTools::WithFlag) if !flag && self.budget.host() != Some(Host::Vertex) => {
                &faults::GEMINI_BUILT_IN_NEEDS_FLAG
            }
            _ => return,
        };
        let Some(tools) = root.get_some("tools") else {
            return;
        };
        let path = Path::ROOT.field("tools");
        let site = self.site(tools, &path).text("tool", tool);
        let site = site.text("tools", format!("{{{}}}", snake(tool)));
        out.report(fault, site.verdict(self.by_model()));
    }

    fn cached_content(&self, out: &mut Sink<'_>, root: Value<'c>) {
        let Some((name, cached)) = spelled(root, "cachedContent", "cached_content") else {
            return;
        };
        let beside = [
            ("tools", "tools"),
            ("toolConfig", "tool_config"),
            ("systemInstruction", "system_instruction"),
        ]
        .into_iter()
        .any(|(camel, snake)| {
            spelled(root, camel, snake).is_some_and(|(_, value)| !value.is_empty())
        });
        if beside {
            let path = Path::ROOT.field(name);
            out.report(&faults::GEMINI_CACHED_CONTENT, self.site(cached, &path));
        }
    }
}

/// Returns the flag for calls of the provider's own tools, if it is on.
fn server_side(config: Value<'_>) -> Option<(&'static str, Value<'_>)> {
    spelled(
        config,
        "includeServerSideToolInvocations",
        "include_server_side_tool_invocations",
    )
    .filter(|(_, flag)| flag.kind() == Kind::True)
}

/// Converts a name to snake_case.
pub(super) fn snake(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Returns a place in Google's spelling:
/// `tools[0].function_declarations[1].parameters.properties[2].value`, or with the name of the
/// property in brackets. `None` if the pointer leads nowhere.
fn google_place(root: Value<'_>, pointer: &str, named: bool) -> Option<String> {
    let mut out = String::with_capacity(pointer.len() + 8);
    let mut at = root;
    let mut is_map = false;
    for step in pointer.split('/').skip(1) {
        if at.kind() == Kind::Array {
            out.push_str(&format!("[{step}]"));
            at = at.items().nth(step.parse().ok()?)?;
            continue;
        }
        let step = step.replace("~1", "/").replace("~0", "~");
        if is_map {
            is_map = false;
            let (nth, value) = at
                .entries()
                .enumerate()
                .find(|(_, (key, _))| key.is_str(&step))
                .map(|(nth, (_, value))| (nth, value))?;
            match named {
                true => out.push_str(&format!("[{step}]")),
                false => out.push_str(&format!("[{nth}].value")),
            }
            at = value;
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&snake(&step));
        at = at.get(&step)?;
        is_map = step == "properties";
    }
    Some(out)
}
