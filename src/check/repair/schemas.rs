//! Cleans schemas of tools that a server refuses, keyword by keyword, with an edit for each keyword
//! that the model no longer sees.
//!
//! ```text
//! Gemini      moved to `parametersJsonSchema`, which takes JSON Schema as it is; a schema that is not JSON Schema (types in
//!             capitals) is cleaned: $ref inlined, const to enum, numbers in enum to strings, a list of types to one and
//!             nullable, exclusive bounds to inclusive ones, what the subset does not have left out
//! others      required keywords are added (type object, properties, items); a choice at the root is merged into it
//! ```
//!
//! The rewritings that libraries agree on: docs/evidence/validation_other_providers.md, section G.
//! A schema without a finding keeps its bytes, as does every part that needs no change.

use std::borrow::Cow;

use super::super::faults::{anthropic, gemini};
use super::super::server::Dialect;
use super::case::{Case, Rewritten};
use crate::edit::{Action, Edit};
use crate::json::{Kind, Value};
use crate::provider::gemini::messages::{KEYWORDS, TYPES, UNSURE_KEYWORDS, is_spelling};
use crate::request::{Edits, json_string};
use crate::shown::is_shown_field;

/// Maximum depth that is cleaned. No API accepts a schema this deep.
const DEEPEST: usize = 48;
/// Maximum size of a schema in bytes: each reference writes its target again.
const LARGEST: usize = 1 << 18;

/// Changes that a provider requires.
#[derive(Clone, Copy)]
struct Rules {
    /// Restrict to the subset of generateContent.
    subset: bool,
    /// Require the type object and properties at the root.
    object: bool,
    /// Keywords of choices that the root must not have; they are merged into it.
    no_choice: &'static [&'static str],
    /// Added to an array without items.
    items: Option<&'static str>,
    /// Require a type in every schema.
    types: bool,
    /// Require every object to be closed.
    closed: bool,
    /// Remove all formats of strings except two.
    formats: bool,
}

const NOTHING: Rules = Rules {
    subset: false,
    object: false,
    no_choice: &[],
    items: None,
    types: false,
    closed: false,
    formats: false,
};

fn rules(case: &Case<'_, '_>) -> Rules {
    match case.dialect {
        Dialect::Gemini | Dialect::Vertex => Rules {
            subset: true,
            items: Some(r#"{"type": "string"}"#),
            formats: case
                .findings
                .iter()
                .any(|f| f.fault == gemini::GEMINI_FORMAT.name),
            ..NOTHING
        },
        Dialect::Anthropic | Dialect::AnthropicHosted | Dialect::AnthropicLike => Rules {
            object: true,
            no_choice: &["anyOf", "oneOf", "allOf"],
            closed: case
                .findings
                .iter()
                .any(|f| f.fault == anthropic::STRICT_ADDITIONAL.name),
            ..NOTHING
        },
        Dialect::Moonshot => Rules {
            object: true,
            types: true,
            ..NOTHING
        },
        _ => Rules {
            object: true,
            no_choice: &["anyOf", "oneOf", "allOf", "enum", "not"],
            items: Some("{}"),
            ..NOTHING
        },
    }
}

/// Cleans the schemas of the tools that findings name. Linear in the schemas, except for
/// references, which are bounded.
pub(super) fn clean(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let rules = rules(case);
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for tool in request.tools() {
        let function = tool.function();
        let span = function.span();
        let Some(finding) = case
            .findings
            .iter()
            .find(|finding| span.contains(&finding.offset()))
        else {
            continue;
        };
        let pointer = tool.pointer();
        let Some((key, schema, path)) = schema_of(function) else {
            if let Some(entry) = missing_schema(case.dialect) {
                super::items::add_entry(&mut edits, function, entry);
                let size = (0, entry.len());
                done.push(Edit::at(Action::AddedField, pointer, finding.code, size));
            }
            continue;
        };
        if rules.subset && key.is_str("parameters") && is_json_schema(schema, 0) {
            edits.replace(key, r#""parametersJsonSchema""#.to_owned());
            let size = (schema.raw().len(), schema.raw().len());
            done.push(Edit::at(Action::MovedSchema, pointer, finding.code, size));
            continue;
        }
        let mut cleaner = Cleaner {
            rules,
            root: schema,
            code: finding.code,
            done: Vec::new(),
            open: Vec::new(),
            written: 0,
        };
        let place = format!("{pointer}/{path}");
        if let Some(json) = cleaner.schema(schema, &place, 0) {
            edits.replace(schema, json);
            done.append(&mut cleaner.done);
        }
    }
    Some((edits.apply(request.text()), done))
}

/// Returns the key of a function's schema, the schema, and its path.
fn schema_of<'r>(function: Value<'r>) -> Option<(Value<'r>, Value<'r>, &'static str)> {
    for (name, inner, path) in [
        ("input_schema", "", "input_schema"),
        ("parameters", "", "parameters"),
        ("inputSchema", "json", "inputSchema/json"),
    ] {
        let entry = function.entries().find(|(key, _)| key.is_str(name));
        if let Some((key, schema)) = entry {
            let schema = match inner {
                "" => schema,
                inner => schema.get_some(inner).unwrap_or(schema),
            };
            return (schema.kind() == Kind::Object).then_some((key, schema, path));
        }
    }
    None
}

/// Added to a function without a schema, for hosts that require one.
fn missing_schema(dialect: Dialect) -> Option<&'static str> {
    (dialect == Dialect::MiniMax).then_some(r#""parameters": {"type": "object", "properties": {}}"#)
}

/// Whether the types are spelled as in JSON Schema, so that the schema is valid there.
fn is_json_schema(schema: Value<'_>, depth: usize) -> bool {
    depth < DEEPEST
        && schema.entries().all(|(key, value)| {
            let key = key.as_str().unwrap_or_default();
            match &*key {
                "type" => {
                    let words: Vec<Value<'_>> = match value.kind() {
                        Kind::Array => value.items().collect(),
                        _ => vec![value],
                    };
                    words.iter().all(|word| {
                        word.as_str()
                            .is_some_and(|word| word.bytes().all(|b| b.is_ascii_lowercase()))
                    })
                }
                "nullable" => false,
                "properties" | "$defs" | "definitions" | "patternProperties" => value
                    .entries()
                    .all(|(_, schema)| is_json_schema(schema, depth + 1)),
                "anyOf" | "oneOf" | "allOf" | "prefixItems" => value
                    .items()
                    .all(|schema| is_json_schema(schema, depth + 1)),
                "items" | "additionalProperties" | "not" | "contains" => {
                    is_json_schema(value, depth + 1)
                }
                _ => true,
            }
        })
}

/// Removes `strict` from all tools.
pub(super) fn drop_strict(case: &Case<'_, '_>) -> Option<Rewritten> {
    let code = case.findings.first()?.code;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for tool in case.request.tools() {
        let function = tool.function();
        if let Some(strict) = function.get("strict") {
            edits.drop_entries(function, &["strict"]);
            let size = (strict.raw().len(), 0);
            done.push(Edit::at(Action::DroppedSetting, tool.pointer(), code, size));
        }
    }
    Some((edits.apply(case.request.text()), done))
}

struct Cleaner<'v> {
    rules: Rules,
    root: Value<'v>,
    code: &'static str,
    done: Vec<Edit>,
    /// Targets of references that are being written; one within itself would not end.
    open: Vec<usize>,
    written: usize,
}

/// Entries of a schema to be written; a borrowed value keeps its bytes.
type Entries<'v> = Vec<(Cow<'v, str>, Cow<'v, str>)>;

impl<'v> Cleaner<'v> {
    fn note(&mut self, action: Action, pointer: String, before: usize, after: usize) {
        self.done
            .push(Edit::at(action, pointer, self.code, (before, after)));
    }

    /// Returns the cleaned schema; `None` if it needs no change.
    fn schema(&mut self, schema: Value<'v>, pointer: &str, depth: usize) -> Option<String> {
        if schema.kind() != Kind::Object || depth > DEEPEST || self.written > LARGEST {
            return None;
        }
        let mut out: Entries<'v> = Vec::new();
        let mut changed = false;
        let merged = self.with_target(schema, pointer, &mut changed);
        let opened = merged.opened;
        for (key, value) in merged.entries {
            changed |= self.keyword(&key, value, pointer, depth, &mut out);
        }
        changed |= self.complete(schema, pointer, depth, &mut out);
        if opened {
            self.open.pop();
        }
        if !changed {
            return None;
        }
        let entries: Vec<String> = out
            .iter()
            .map(|(key, value)| format!("{}: {value}", json_string(key)))
            .collect();
        let json = format!("{{{}}}", entries.join(", "));
        self.written += json.len();
        Some(json)
    }

    /// Returns the entries of a schema, after those of the schema that it refers to.
    fn with_target(&mut self, schema: Value<'v>, pointer: &str, changed: &mut bool) -> Merged<'v> {
        let mut entries: Vec<(Cow<'v, str>, Value<'v>)> = schema
            .entries()
            .map(|(key, value)| (key.as_str().unwrap_or_default(), value))
            .collect();
        let mut opened = false;
        let reference = entries.iter().position(|(key, _)| key == "$ref");
        if let Some(nth) = reference.filter(|_| self.rules.subset) {
            *changed = true;
            let (_, reference) = entries.remove(nth);
            let target = reference
                .as_str()
                .and_then(|reference| self.target(&reference))
                .filter(|target| !self.open.contains(&target.span().start));
            match target {
                Some(target) => {
                    opened = true;
                    self.open.push(target.span().start);
                    let own = entries;
                    entries = target
                        .entries()
                        .map(|(key, value)| (key.as_str().unwrap_or_default(), value))
                        .filter(|(key, _)| own.iter().all(|(other, _)| other != key))
                        .collect();
                    entries.extend(own);
                    self.note(Action::RewroteKeyword, below(pointer, "$ref"), 0, 0);
                }
                None => {
                    let size = reference.raw().len();
                    self.note(Action::DroppedKeyword, below(pointer, "$ref"), size, 0);
                }
            }
        }
        Merged { entries, opened }
    }

    fn target(&self, reference: &str) -> Option<Value<'v>> {
        let path = reference.strip_prefix('#')?;
        path.split('/').skip(1).try_fold(self.root, |value, step| {
            value.get(&step.replace("~1", "/").replace("~0", "~"))
        })
    }

    /// Writes one keyword; returns whether it changed.
    fn keyword(
        &mut self,
        key: &str,
        value: Value<'v>,
        pointer: &str,
        depth: usize,
        out: &mut Entries<'v>,
    ) -> bool {
        let there = || below(pointer, key);
        let size = value.raw().len();
        if self.rules.subset {
            let known = KEYWORDS
                .iter()
                .chain(UNSURE_KEYWORDS)
                .any(|known| is_spelling(key, known));
            match key {
                "$defs" | "definitions" => return true,
                "const" => {
                    let word = as_word(value);
                    out.push(("enum".into(), format!("[{word}]").into()));
                    if value.kind() != Kind::String {
                        set(out, "type", r#""string""#);
                    }
                    self.note(Action::RewroteKeyword, there(), size, word.len());
                    return true;
                }
                "exclusiveMinimum" | "exclusiveMaximum" if value.kind() == Kind::Number => {
                    let bound = ["minimum", "maximum"][usize::from(key.ends_with("Maximum"))];
                    if out.iter().all(|(other, _)| other != bound) {
                        out.push((bound.into(), value.raw().into()));
                    }
                    self.note(Action::RewroteKeyword, there(), size, size);
                    return true;
                }
                "type" if value.kind() == Kind::Array => {
                    self.note(Action::RewroteKeyword, there(), size, size);
                    one_type(value, out);
                    return true;
                }
                "type" => {
                    // A word that no API knows has no meaning.
                    let word = value.as_str().unwrap_or_default().to_ascii_uppercase();
                    if value.kind() == Kind::String && !TYPES.contains(&word.as_str()) {
                        self.note(Action::DroppedKeyword, there(), size, 0);
                        return true;
                    }
                }
                "enum" => {
                    if let Some(words) = words(value) {
                        let of_strings = value.items().all(|word| word.kind() == Kind::String);
                        if !of_strings {
                            set(out, "type", r#""string""#);
                        }
                        self.note(Action::RewroteKeyword, there(), size, words.len());
                        out.push(("enum".into(), words.into()));
                        return true;
                    }
                }
                "format"
                    if self.rules.formats
                        && !["enum", "date-time"].iter().any(|word| value.is_str(word)) =>
                {
                    self.note(Action::DroppedKeyword, there(), size, 0);
                    return true;
                }
                _ if !known => {
                    self.note(Action::DroppedKeyword, there(), size, 0);
                    return true;
                }
                _ => {}
            }
        }
        let inner = self.inner(key, value, &below(pointer, key), depth);
        let changed = inner.is_some();
        // A value set for an earlier keyword stays.
        if self.rules.subset && key == "type" && out.iter().any(|(other, _)| other == "type") {
            return true;
        }
        let written = inner.map_or(Cow::Borrowed(value.raw()), Cow::Owned);
        out.push((Cow::Owned(key.to_owned()), written));
        changed
    }

    /// Cleans the schemas within a keyword.
    fn inner(
        &mut self,
        key: &str,
        value: Value<'v>,
        pointer: &str,
        depth: usize,
    ) -> Option<String> {
        match (key, value.kind()) {
            ("properties" | "$defs" | "definitions" | "patternProperties", Kind::Object) => {
                let mut changed = false;
                let mut parts = Vec::new();
                for (name, schema) in value.entries() {
                    let place = below(pointer, &name.as_str().unwrap_or_default());
                    let new = self.schema(schema, &place, depth + 1);
                    changed |= new.is_some();
                    let written = new.unwrap_or_else(|| schema.raw().to_owned());
                    parts.push(format!("{}: {written}", name.raw()));
                }
                changed.then(|| format!("{{{}}}", parts.join(", ")))
            }
            ("anyOf" | "any_of" | "oneOf" | "allOf" | "prefixItems", Kind::Array) => {
                let mut changed = false;
                let mut parts = Vec::new();
                for (nth, schema) in value.items().enumerate() {
                    let new = self.schema(schema, &format!("{pointer}/{nth}"), depth + 1);
                    changed |= new.is_some();
                    parts.push(new.unwrap_or_else(|| schema.raw().to_owned()));
                }
                changed.then(|| format!("[{}]", parts.join(", ")))
            }
            ("items" | "additionalProperties" | "not" | "contains", Kind::Object) => {
                self.schema(value, pointer, depth + 1)
            }
            _ => None,
        }
    }

    /// Adds required keywords and merges a choice at the root; returns whether anything changed.
    fn complete(
        &mut self,
        schema: Value<'v>,
        pointer: &str,
        depth: usize,
        out: &mut Entries<'v>,
    ) -> bool {
        let rules = self.rules;
        let mut changed = false;
        if depth == 0 {
            for choice in rules.no_choice {
                let Some(nth) = out.iter().position(|(key, _)| key == choice) else {
                    continue;
                };
                out.remove(nth);
                changed = true;
                let value = schema.get(choice).unwrap_or(schema);
                merge(value, out);
                let size = value.raw().len();
                self.note(Action::DroppedKeyword, below(pointer, choice), size, 0);
            }
        }
        let find = |out: &Entries<'v>, name: &str| -> Option<String> {
            let (_, value) = out.iter().find(|(key, _)| key == name)?;
            Some(value.to_string())
        };
        let kind = find(out, "type").map(|kind| kind.trim_matches('"').to_ascii_lowercase());
        let mut add = |out: &mut Entries<'v>, name: &'static str, json: &'static str| {
            set(out, name, json);
            changed = true;
            self.done.push(Edit::at(
                Action::AddedField,
                below(pointer, name),
                self.code,
                (0, json.len()),
            ));
        };
        if rules.object && depth == 0 {
            if kind.as_deref() != Some("object") {
                add(out, "type", r#""object""#);
            }
            if find(out, "properties").is_none() {
                add(out, "properties", "{}");
            }
        }
        if let Some(items) = rules.items
            && kind.as_deref() == Some("array")
            && find(out, "items").is_none()
            && find(out, "prefixItems").is_none()
        {
            add(out, "items", items);
        }
        let has_choice = ["anyOf", "oneOf", "allOf", "$ref", "enum", "const"]
            .iter()
            .any(|name| find(out, name).is_some());
        if rules.types && depth > 0 && kind.is_none() && !has_choice {
            let json = if find(out, "properties").is_some() {
                r#""object""#
            } else if find(out, "items").is_some() {
                r#""array""#
            } else {
                r#""string""#
            };
            add(out, "type", json);
        }
        if rules.closed && (kind.as_deref() == Some("object") || find(out, "properties").is_some())
        {
            let open = find(out, "additionalProperties").as_deref() != Some("false");
            if open {
                add(out, "additionalProperties", "false");
            }
        }
        if rules.subset || rules.types {
            changed |= self.required(pointer, out);
        }
        changed
    }

    /// Removes names from `required` that are not properties.
    fn required(&mut self, pointer: &str, out: &mut Entries<'v>) -> bool {
        let list = |name: &str| {
            let (_, json) = out.iter().find(|(key, _)| key == name)?;
            serde_json::from_str::<serde_json::Value>(json).ok()
        };
        let Some(serde_json::Value::Array(required)) = list("required") else {
            return false;
        };
        let properties = list("properties");
        let is_property = |name: &serde_json::Value| {
            let properties = properties.as_ref().and_then(serde_json::Value::as_object);
            name.as_str()
                .is_some_and(|name| properties.is_some_and(|all| all.contains_key(name)))
        };
        let kept: Vec<String> = required
            .iter()
            .filter(|name| is_property(name))
            .map(ToString::to_string)
            .collect();
        if kept.len() == required.len() {
            return false;
        }
        let json = format!("[{}]", kept.join(", "));
        let Some((_, value)) = out.iter_mut().find(|(key, _)| key == "required") else {
            return false;
        };
        let size = (value.len(), json.len());
        *value = Cow::Owned(json);
        self.note(
            Action::RewroteKeyword,
            below(pointer, "required"),
            size.0,
            size.1,
        );
        true
    }
}

struct Merged<'v> {
    entries: Vec<(Cow<'v, str>, Value<'v>)>,
    opened: bool,
}

/// Pointer to a keyword or a property; it ends above a name that looks like prose.
fn below(pointer: &str, name: &str) -> String {
    match is_shown_field(name) && !pointer.ends_with('…') {
        true => format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
        false => pointer.to_owned(),
    }
}

/// Sets an entry.
fn set<'v>(out: &mut Entries<'v>, name: &'static str, json: &'static str) {
    match out.iter_mut().find(|(key, _)| key == name) {
        Some((_, value)) => *value = json.into(),
        None => out.push((name.into(), json.into())),
    }
}

/// Writes a value of an enum as a string.
fn as_word(value: Value<'_>) -> String {
    match value.kind() {
        Kind::String => value.raw().to_owned(),
        _ => json_string(value.raw()),
    }
}

/// Returns the values of an enum as non-empty strings; `None` if they already are.
fn words(value: Value<'_>) -> Option<String> {
    let right = value
        .items()
        .all(|word| word.kind() == Kind::String && !word.is_empty());
    if right || value.kind() != Kind::Array {
        return None;
    }
    let words: Vec<String> = value
        .items()
        .filter(|word| !(word.is_null() || word.kind() == Kind::String && word.is_empty()))
        .map(as_word)
        .collect();
    Some(format!("[{}]", words.join(", ")))
}

/// Replaces a list of types by one type, nullable if null is in the list; several types become a
/// choice.
fn one_type(list: Value<'_>, out: &mut Entries<'_>) {
    let mut kinds: Vec<String> = list.items().map(|word| word.raw().to_owned()).collect();
    let count = kinds.len();
    kinds.retain(|kind| !kind.eq_ignore_ascii_case("\"null\""));
    if kinds.len() < count {
        set(out, "nullable", "true");
    }
    match kinds.as_slice() {
        [] => {}
        [one] => out.push(("type".into(), one.clone().into())),
        several => {
            let choice: Vec<String> = several
                .iter()
                .map(|kind| format!(r#"{{"type": {kind}}}"#))
                .collect();
            out.push(("anyOf".into(), format!("[{}]", choice.join(", ")).into()));
        }
    }
}

/// Merges the properties of the branches of a choice into the root.
fn merge<'v>(choice: Value<'v>, out: &mut Entries<'v>) {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, schema: &str| {
        if all.iter().all(|(other, _)| other != name) {
            all.push((name.to_owned(), schema.to_owned()));
        }
    };
    let of_root = out
        .iter()
        .find(|(key, _)| key == "properties")
        .and_then(|(_, json)| {
            serde_json::from_str::<
                std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>,
            >(json)
            .ok()
        });
    for (name, schema) in of_root.iter().flatten() {
        add(&json_string(name), schema.get());
    }
    let before = of_root.map_or(0, |all| all.len());
    for branch in choice.items() {
        let properties = branch.get_some("properties");
        for (name, schema) in properties.into_iter().flat_map(Value::entries) {
            add(name.raw(), schema.raw());
        }
    }
    if all.len() > before {
        let parts: Vec<String> = all
            .iter()
            .map(|(name, schema)| format!("{name}: {schema}"))
            .collect();
        let json = format!("{{{}}}", parts.join(", "));
        match out.iter_mut().find(|(key, _)| key == "properties") {
            Some((_, value)) => *value = json.into(),
            None => out.push(("properties".into(), json.into())),
        }
    }
}
