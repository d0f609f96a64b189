//! Schemas of generateContent: a closed message, not JSON Schema.
//!
//! `parameters` and `responseSchema` have a few keywords, in camelCase or snake_case.
//! `parametersJsonSchema` and `responseJsonSchema` accept any JSON Schema and are not checked. Each
//! schema is visited once.
//!
//! Source: docs/evidence/validation_other_providers.md, section B.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::gemini as faults;
use super::super::path::Path;
use super::super::server::{RISKY, Verdict};
use super::gemini::snake;
use super::misfit::spelled_number;
use crate::json::{Kind, Value};
use crate::model::{Host, Quirk};
use crate::provider::gemini::messages::{KEYWORDS, TYPES, UNSURE_KEYWORDS, is_spelling};
use crate::shown::shown_word;

/// Maximum depth that is checked. No API accepts a schema this deep.
const DEEPEST: usize = 48;

/// Keywords of a schema that are checked.
#[derive(Default)]
struct Keywords<'v> {
    kind: Option<Value<'v>>,
    properties: Option<Value<'v>>,
    required: Option<Value<'v>>,
    items: Option<Value<'v>>,
    words: Option<Value<'v>>,
    format: Option<Value<'v>>,
    any_of: Option<(&'static str, Value<'v>)>,
    /// Whether there are keywords next to `anyOf`.
    beside: bool,
}

/// Owner of a schema.
struct Owner<'o> {
    function: Option<&'o str>,
    /// Number of enclosing schemas.
    depth: usize,
    json_field: &'static str,
}

impl<'c> Context<'c> {
    /// Checks a schema of a function or of the answer.
    pub(super) fn gemini_schema(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        function: Option<&str>,
    ) {
        let owner = Owner {
            function,
            depth: 0,
            json_field: match path.name() {
                "parameters" => "parametersJsonSchema",
                _ => "responseJsonSchema",
            },
        };
        self.schema_at(out, schema, path, &owner);
    }

    fn schema_at(&self, out: &mut Sink<'_>, schema: Value<'c>, path: &Path<'_>, owner: &Owner<'_>) {
        if schema.kind() != Kind::Object || owner.depth > DEEPEST {
            return;
        }
        let found = self.keywords(out, schema, path, owner);
        let kind = self.schema_type(out, found.kind, path);
        let is = |word: &str| kind.as_deref() == Some(word);
        if let Some(words) = found.words {
            self.schema_enum(out, words, &path.field("enum"));
        }
        if is("ARRAY") && found.items.is_none() {
            out.report(
                &faults::GEMINI_NO_ITEMS,
                self.google_site(schema, path, false),
            );
        }
        if let (true, Some(format)) = (is("STRING"), found.format) {
            self.schema_format(out, format, &path.field("format"));
        }
        if found.beside
            && let Some((name, _)) = found.any_of
        {
            self.beside_any_of(out, schema, path, name, owner);
        }
        let is_other = kind
            .as_deref()
            .is_some_and(|kind| !["OBJECT", "TYPE_UNSPECIFIED"].contains(&kind));
        for (name, value) in [
            ("properties", found.properties),
            ("required", found.required),
        ] {
            if let Some(value) = value.filter(|value| is_other && !value.is_empty()) {
                let there = path.field(name);
                out.report(
                    &faults::GEMINI_ONLY_FOR_OBJECT,
                    self.google_site(value, &there, false),
                );
            }
        }
        if let Some(properties) = found.properties
            && owner.depth > 0
            && is("OBJECT")
            && properties.kind() == Kind::Object
            && properties.is_empty()
        {
            let there = path.field("properties");
            let site = self.site(properties, &there);
            out.report(&faults::GEMINI_EMPTY_OBJECT, site.verdict(RISKY));
        }
        if !is_other && (is("OBJECT") || found.properties.is_some()) {
            self.schema_required(
                out,
                found.properties,
                found.required,
                &path.field("required"),
            );
        }
        let inner = Owner {
            depth: owner.depth + 1,
            ..*owner
        };
        if let Some(properties) = found.properties {
            let there = path.field("properties");
            for (name, value) in properties.entries() {
                let name = name.as_str().unwrap_or_default();
                self.schema_at(out, value, &there.field(&name), &inner);
            }
        }
        if let Some(items) = found.items {
            let there = path.field("items");
            match items.kind() {
                Kind::Array => out.report(
                    &faults::GEMINI_TYPE_LIST,
                    self.google_site(items, &there, true),
                ),
                _ => self.schema_at(out, items, &there, &inner),
            }
        }
        if let Some((name, branches)) = found.any_of {
            let there = path.field(name);
            for (nth, branch) in branches.items().enumerate() {
                self.schema_at(out, branch, &there.item(nth), &inner);
            }
        }
    }

    /// Collects the keywords, and reports those that are not in the subset.
    fn keywords(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        owner: &Owner<'_>,
    ) -> Keywords<'c> {
        let mut found = Keywords::default();
        for (key, value) in schema.entries() {
            let key = key.as_str().unwrap_or_default();
            let known = KEYWORDS.iter().find(|camel| is_spelling(&key, camel));
            let Some(known) = known else {
                let there = path.field(&key);
                let unsure = UNSURE_KEYWORDS.iter().any(|camel| is_spelling(&key, camel));
                let verdict: Verdict = match unsure {
                    true => RISKY,
                    false => self.strictness.settings,
                };
                let site = self.google_site(value, &there, true);
                out.report(
                    &faults::GEMINI_SCHEMA_KEYWORD,
                    site.text("json_field", owner.json_field).verdict(verdict),
                );
                continue;
            };
            if value.is_null() {
                continue;
            }
            match *known {
                "anyOf" => {
                    let name = if *key == **known { "anyOf" } else { "any_of" };
                    found.any_of = Some((name, value));
                    continue;
                }
                "type" => found.kind = Some(value),
                "properties" => found.properties = Some(value),
                "required" => found.required = Some(value),
                "items" => found.items = Some(value),
                "enum" => found.words = Some(value),
                "format" => found.format = Some(value),
                _ => {}
            }
            found.beside = true;
        }
        found
    }

    /// Returns the type in capitals, if it is a known word. Numbers are accepted.
    fn schema_type(
        &self,
        out: &mut Sink<'_>,
        kind: Option<Value<'c>>,
        path: &Path<'_>,
    ) -> Option<String> {
        let kind = kind?;
        let there = path.field("type");
        match kind.kind() {
            Kind::Number => {
                let nth: usize = kind.raw().parse().ok()?;
                return TYPES.get(nth).map(|word| (*word).to_owned());
            }
            Kind::Array => {
                let site = self.google_site(kind, &there, true);
                out.report(&faults::GEMINI_TYPE_LIST, site);
                return None;
            }
            _ => {}
        }
        let word = kind.as_str().unwrap_or_default().to_ascii_uppercase();
        if TYPES.contains(&word.as_str()) {
            return Some(word);
        }
        let site = self.google_site(kind, &there, false);
        let site = match kind.as_str() {
            Some(word) => site.text("value", shown_word(&word)),
            None => site.unanswered(),
        };
        out.report(&faults::GEMINI_TYPE_WORD, site);
        None
    }

    /// Reports the first value that is not a string, and the first that is empty.
    fn schema_enum(&self, out: &mut Sink<'_>, words: Value<'c>, path: &Path<'_>) {
        let (mut other, mut empty) = (false, false);
        for (nth, word) in words.items().enumerate() {
            let there = path.item(nth);
            match word.kind() {
                Kind::String if word.is_empty() && !empty => {
                    empty = true;
                    let site = self.google_site(word, &there, false);
                    out.report(&faults::GEMINI_ENUM_EMPTY, site);
                }
                Kind::Number | Kind::True | Kind::False | Kind::Object | Kind::Array if !other => {
                    other = true;
                    let site = self.google_site(word, &there, false);
                    let site = match word.kind() {
                        Kind::Number => site.text("got", spelled_number(word)),
                        Kind::True => site.text("got", "true"),
                        Kind::False => site.text("got", "false"),
                        _ => site.unanswered(),
                    };
                    out.report(&faults::GEMINI_ENUM_NUMBER, site);
                }
                _ => {}
            }
        }
    }

    /// Seen for 2.x models on the Gemini API.
    fn schema_format(&self, out: &mut Sink<'_>, format: Value<'c>, path: &Path<'_>) {
        let Some(word) = format.as_str() else {
            return;
        };
        if word.is_empty()
            || ["enum", "date-time"].contains(&&*word)
            || self.budget.host() == Some(Host::Vertex)
            || !self.has_quirk(Quirk::TwoStringFormats)
        {
            return;
        }
        let site = self.google_site(format, path, false);
        out.report(&faults::GEMINI_FORMAT, site.verdict(self.by_model()));
    }

    fn beside_any_of(
        &self,
        out: &mut Sink<'_>,
        schema: Value<'c>,
        path: &Path<'_>,
        name: &'static str,
        owner: &Owner<'_>,
    ) {
        let verdict = match self.budget.host() {
            Some(Host::Vertex) => self.strictness.settings,
            _ => RISKY,
        };
        let there = path.field(name);
        let site = self.site(schema.get(name).unwrap_or(schema), &there);
        // The API writes `parameters.x` for a function.
        let pointer = path.pointer();
        let below = pointer
            .split_once("/parameters")
            .map(|(_, below)| below.replace("/properties/", "."));
        let site = match (owner.function, below) {
            (Some(function), Some(below)) => site
                .name("function", function.to_owned())
                .text("schema", format!("parameters{}", snake(&below))),
            _ => site,
        };
        out.report(&faults::GEMINI_ANY_OF_BESIDE, site.verdict(verdict));
    }

    /// Linear, using a sorted list of names.
    fn schema_required(
        &self,
        out: &mut Sink<'_>,
        properties: Option<Value<'c>>,
        required: Option<Value<'c>>,
        path: &Path<'_>,
    ) {
        let Some(required) = required.filter(|required| required.kind() == Kind::Array) else {
            return;
        };
        let mut names: Vec<_> = properties
            .into_iter()
            .flat_map(Value::entries)
            .filter_map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        for (nth, name) in required.items().enumerate() {
            let Some(text) = name.as_str() else {
                continue;
            };
            if names.binary_search(&text).is_err() {
                let there = path.item(nth);
                let site = self.google_site(name, &there, false);
                out.report(&faults::GEMINI_REQUIRED, site.name("property", text));
            }
        }
    }
}
