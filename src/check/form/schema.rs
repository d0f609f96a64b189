//! Subset of JSON Schema that strict mode accepts.
//!
//! ```text
//! every object        additionalProperties: false, all its properties in `required`
//! the root            an object, and no `anyOf`
//! nowhere             allOf, not, oneOf, dependentRequired, dependentSchemas, if, then, else
//! at most             10 levels, 5,000 properties, 1,000 words of enums, 120,000 characters of names and words,
//!                     15,000 of them in one enum of more than 250 words
//! ```
//!
//! References (`$ref`) are not followed, so a schema that refers to itself terminates. Each value
//! is visited once, with a work list instead of recursion: linear in the schema, whatever its
//! shape.
//!
//! Source: docs/evidence/validation.md, section 6 (the official guide, checked 2026-10-08; the
//! sentences were seen for `response_format`, and reported for functions).

use super::super::characters::characters;
use super::super::fault::{Fault, Site};
use super::super::faults::{items, tools as faults};
use super::super::path::Path;
use super::super::server::{RISKY, TAKEN, Verdict};
use crate::json::{Kind, Value};
use crate::shown::{bare_name, is_shown_field, shown_word};

const MOST_LEVELS: usize = 10;
const MOST_PROPERTIES: usize = 5_000;
const MOST_ENUM_WORDS: usize = 1_000;
const MOST_CHARACTERS: usize = 120_000;
const LARGE_ENUM: usize = 250;
const MOST_CHARACTERS_OF_LARGE_ENUM: usize = 15_000;

const NOT_TAKEN: &[&str] = &[
    "allOf",
    "oneOf",
    "not",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "then",
    "else",
];

/// Keywords that the root of a function's schema must not contain.
const NOT_AT_TOP: &[&str] = &["oneOf", "anyOf", "allOf", "enum", "not"];

/// Owner of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Function,
    ResponseFormat,
    /// `text.format` of the Responses API.
    TextFormat,
}

/// A step below the root of the schema.
#[derive(Debug, Clone)]
enum Step {
    Name(String),
    Nth(usize),
}

/// First fault of a schema.
#[derive(Debug)]
pub(super) struct SchemaFault {
    what: What,
    /// Path to the fault, from the root.
    steps: Vec<Step>,
    offset: usize,
}

#[derive(Debug)]
enum What {
    /// The root is not an object: its type as the API shows it.
    Root {
        shown: Option<String>,
        strict: bool,
        empty: bool,
    },
    RootAnyOf,
    AdditionalProperties,
    Required {
        missing: String,
    },
    Extra {
        name: String,
    },
    NotTaken(&'static str),
    /// An array without items.
    Items,
    NoProperties,
    /// A keyword at the root.
    Top(&'static str),
    Levels(usize),
    Properties(usize),
    EnumWords(usize),
    Characters(usize),
    LargeEnum(usize),
}

/// A schema that is still to be checked. Its place is the index of its parent; a path is only built
/// for a fault.
struct Pending<'v> {
    value: Value<'v>,
    up: usize,
    /// Keyword and the name or position under it: `properties` and a name, `anyOf` and a number.
    key: (&'static str, Option<Key<'v>>),
    level: usize,
}

#[derive(Clone, Copy)]
enum Key<'v> {
    Name(Value<'v>),
    Nth(usize),
}

const NO_PARENT: usize = usize::MAX;

/// Returns the first fault of a schema. Without `strict` only the root is checked.
///
/// With `loose`, a schema that is not strict belongs to an OpenAI function.
pub(super) fn fault(root: Value<'_>, strict: bool, loose: bool) -> Option<SchemaFault> {
    let whole = |what| SchemaFault {
        what,
        steps: Vec::new(),
        offset: root.span().start,
    };
    let kind = root.get_some("type");
    let is_object = kind.is_some_and(|kind| kind.is_str("object"));
    if !is_object {
        let shown = match kind {
            None => Some("None".to_owned()),
            Some(kind) => kind.as_str().map(|kind| shown_word(&kind)),
        };
        // A reference at the root leads to an object that is not checked here.
        if kind.is_none() && root.get_some("$ref").is_some() {
            return None;
        }
        return Some(whole(What::Root {
            shown,
            strict,
            empty: root.is_empty(),
        }));
    }
    if !strict {
        return if loose { loose_fault(root) } else { None };
    }
    if root.get_some("anyOf").is_some() {
        return Some(whole(What::RootAnyOf));
    }
    Walk::default().run(root)
}

/// Returns the fault of a function's schema that is not strict. Source:
/// docs/evidence/validation_other_providers.md, section E.
fn loose_fault(root: Value<'_>) -> Option<SchemaFault> {
    let whole = |what| {
        Some(SchemaFault {
            what,
            steps: Vec::new(),
            offset: root.span().start,
        })
    };
    for keyword in NOT_AT_TOP {
        if root.get_some(keyword).is_some() {
            return whole(What::Top(keyword));
        }
    }
    if root.get_some("properties").is_none() {
        return whole(What::NoProperties);
    }
    let walk = Walk {
        loose: true,
        ..Walk::default()
    };
    walk.run(root)
}

#[derive(Default)]
struct Walk<'v> {
    /// Only arrays are checked.
    loose: bool,
    open: Vec<Pending<'v>>,
    properties: usize,
    enum_words: usize,
    characters: usize,
    levels: usize,
}

impl<'v> Walk<'v> {
    fn run(mut self, root: Value<'v>) -> Option<SchemaFault> {
        self.open.push(Pending {
            value: root,
            up: NO_PARENT,
            key: ("", None),
            level: 1,
        });
        // Subschemas are checked before siblings.
        let mut next = vec![0];
        while let Some(at) = next.pop() {
            let before = self.open.len();
            if let Some(what) = self.one(at) {
                return Some(SchemaFault {
                    what,
                    steps: self.steps(at),
                    offset: self.open[at].value.span().start,
                });
            }
            next.extend((before..self.open.len()).rev());
        }
        let what = if self.levels > MOST_LEVELS {
            What::Levels(self.levels)
        } else if self.properties > MOST_PROPERTIES {
            What::Properties(self.properties)
        } else if self.enum_words > MOST_ENUM_WORDS {
            What::EnumWords(self.enum_words)
        } else if self.characters > MOST_CHARACTERS {
            What::Characters(self.characters)
        } else {
            return None;
        };
        Some(SchemaFault {
            what,
            steps: Vec::new(),
            offset: root.span().start,
        })
    }

    /// Returns the path to a schema, from the root.
    fn steps(&self, mut at: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while at != NO_PARENT {
            let open = &self.open[at];
            match open.key.1 {
                Some(Key::Nth(nth)) => steps.push(Step::Nth(nth)),
                Some(Key::Name(name)) => {
                    steps.push(Step::Name(name.as_str().unwrap_or_default().into_owned()));
                }
                None => {}
            }
            if !open.key.0.is_empty() {
                steps.push(Step::Name(open.key.0.to_owned()));
            }
            at = open.up;
        }
        steps.reverse();
        steps
    }

    fn push(
        &mut self,
        value: Value<'v>,
        up: usize,
        key: (&'static str, Option<Key<'v>>),
        deeper: bool,
    ) {
        // `true` and `false` are schemas without content.
        if value.kind() == Kind::Object {
            let level = self.open[up].level + usize::from(deeper);
            self.open.push(Pending {
                value,
                up,
                key,
                level,
            });
        }
    }

    /// Checks one schema, and queues its subschemas.
    fn one(&mut self, at: usize) -> Option<What> {
        let (schema, level) = (self.open[at].value, self.open[at].level);
        if self.loose {
            return self.one_loose(at, schema);
        }
        let [
            kind,
            properties,
            required,
            additional,
            items,
            any_of,
            definitions,
            defs,
            words,
            constant,
        ] = schema.get_all([
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "anyOf",
            "definitions",
            "$defs",
            "enum",
            "const",
        ]);
        // A schema that may be an object or null is not checked: recorded on gpt-4o-mini, 2025-12.
        if kind.is_some_and(|kind| kind.is_str("object")) {
            self.levels = self.levels.max(level);
            if additional.is_none_or(|value| value.kind() != Kind::False) {
                return Some(What::AdditionalProperties);
            }
            if let Some(what) = self.required(properties, required) {
                return Some(what);
            }
        }
        for name in NOT_TAKEN {
            if schema.get_some(name).is_some() {
                return Some(What::NotTaken(name));
            }
        }
        if let Some(what) = self.words(words, constant) {
            return Some(what);
        }
        for (keyword, map) in [
            ("properties", properties),
            ("definitions", definitions),
            ("$defs", defs),
        ] {
            for (name, value) in map.into_iter().flat_map(Value::entries) {
                self.characters += characters(name);
                self.properties += usize::from(keyword == "properties");
                self.push(
                    value,
                    at,
                    (keyword, Some(Key::Name(name))),
                    keyword == "properties",
                );
            }
        }
        if let Some(items) = items {
            self.push(items, at, ("items", None), true);
        }
        for (nth, value) in any_of.into_iter().flat_map(Value::items).enumerate() {
            self.push(value, at, ("anyOf", Some(Key::Nth(nth))), false);
        }
        None
    }

    /// Reports an array without items, at any depth.
    fn one_loose(&mut self, at: usize, schema: Value<'v>) -> Option<What> {
        let [kind, properties, items, prefix, any_of, one_of, all_of] = schema.get_all([
            "type",
            "properties",
            "items",
            "prefixItems",
            "anyOf",
            "oneOf",
            "allOf",
        ]);
        let is_array = kind.is_some_and(|kind| {
            kind.is_str("array") || kind.items().any(|word| word.is_str("array"))
        });
        // It is not known what a tuple requires besides its items.
        if is_array && items.is_none() && prefix.is_none() {
            return Some(What::Items);
        }
        for (name, value) in properties.into_iter().flat_map(Value::entries) {
            self.push(value, at, ("properties", Some(Key::Name(name))), true);
        }
        if let Some(items) = items {
            self.push(items, at, ("items", None), true);
        }
        for (keyword, list) in [("anyOf", any_of), ("oneOf", one_of), ("allOf", all_of)] {
            for (nth, value) in list.into_iter().flat_map(Value::items).enumerate() {
                self.push(value, at, (keyword, Some(Key::Nth(nth))), false);
            }
        }
        None
    }

    /// Checks that `required` lists every property and no other names. Linear, using sorted lists
    /// of names.
    fn required(&self, properties: Option<Value<'v>>, required: Option<Value<'v>>) -> Option<What> {
        let names = |value: Option<Value<'v>>| -> Vec<_> {
            value
                .into_iter()
                .flat_map(Value::entries)
                .filter_map(|(name, _)| name.as_str())
                .collect()
        };
        let properties: Vec<_> = names(properties);
        let mut listed: Vec<_> = required
            .into_iter()
            .flat_map(Value::items)
            .filter_map(|name| name.as_str())
            .collect();
        let in_order = listed.clone();
        listed.sort_unstable();
        if let Some(missing) = properties
            .iter()
            .find(|name| listed.binary_search(name).is_err())
        {
            return Some(What::Required {
                missing: missing.clone().into_owned(),
            });
        }
        let mut known = properties;
        known.sort_unstable();
        in_order
            .into_iter()
            .find(|name| known.binary_search(name).is_err())
            .map(|name| What::Extra {
                name: name.into_owned(),
            })
    }

    fn words(&mut self, words: Option<Value<'v>>, constant: Option<Value<'v>>) -> Option<What> {
        self.characters += constant.map_or(0, characters);
        let words = words.filter(|words| words.kind() == Kind::Array)?;
        let (mut count, mut length) = (0, 0);
        for word in words.items() {
            count += 1;
            length += characters(word);
        }
        self.enum_words += count;
        self.characters += length;
        (count > LARGE_ENUM && length > MOST_CHARACTERS_OF_LARGE_ENUM)
            .then_some(What::LargeEnum(length))
    }
}

impl SchemaFault {
    pub(super) fn verdict(&self, settings: Verdict) -> Verdict {
        match self.what {
            // Some clients write `{}` for "no parameters"; it was both refused and accepted. An
            // empty root of a schema that is not strict was seen to be refused.
            What::Root { empty: true, .. } => settings.and(RISKY),
            _ => settings,
        }
    }

    /// Returns the verdict of a host that adopted strict mode: it is not known.
    pub(super) fn elsewhere(&self) -> Verdict {
        match self.what {
            What::Root { strict: false, .. } => TAKEN,
            What::Root { .. } | What::AdditionalProperties | What::Required { .. } => RISKY,
            _ => TAKEN,
        }
    }

    /// Returns the faulty schema, and its pointer as far as names can be shown.
    fn place<'v>(&self, root: Value<'v>, path: &Path<'_>) -> (Value<'v>, String) {
        let mut pointer = path.pointer();
        let mut value = root;
        for step in &self.steps {
            let inner = match step {
                Step::Name(name) if is_shown_field(name) => value.get(name),
                Step::Name(_) => None,
                Step::Nth(nth) => value.items().nth(*nth),
            };
            let Some(inner) = inner else {
                break;
            };
            value = inner;
            match step {
                Step::Name(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Step::Nth(nth) => pointer.push_str(&format!("/{nth}")),
            }
        }
        debug_assert!(self.offset >= root.span().start);
        (value, pointer)
    }

    /// Returns the row of the catalog.
    pub(super) fn row(&self) -> &'static Fault {
        match &self.what {
            What::Root { .. } => &faults::SCHEMA_ROOT,
            What::RootAnyOf => &faults::SCHEMA_ROOT_CHOICE,
            What::AdditionalProperties => &faults::SCHEMA_ADDITIONAL,
            What::Required { .. } => &faults::SCHEMA_REQUIRED,
            What::Extra { .. } => &faults::SCHEMA_EXTRA,
            What::NotTaken(_) => &faults::SCHEMA_KEYWORD,
            What::Items => &items::LOOSE_ITEMS,
            What::NoProperties => &items::LOOSE_PROPERTIES,
            What::Top(_) => &items::LOOSE_TOP,
            What::Levels(_)
            | What::Properties(_)
            | What::EnumWords(_)
            | What::Characters(_)
            | What::LargeEnum(_) => &faults::SCHEMA_SIZE,
        }
    }

    /// Returns the place, and the values of the row's placeholders.
    pub(super) fn site<'s>(
        &self,
        root: Value<'_>,
        path: &Path<'_>,
        owner: Owner,
        name: &str,
    ) -> Site<'s> {
        let (value, pointer) = self.place(root, path);
        let name = bare_name(name);
        let (subject, code, param) = match owner {
            Owner::Function => ("function", "invalid_function_parameters", path.param()),
            Owner::ResponseFormat => ("response_format", "", "response_format".to_owned()),
            Owner::TextFormat => (
                "response_format",
                "invalid_json_schema",
                "text.format.schema".to_owned(),
            ),
        };
        let site = Site::at(value, pointer)
            .text("subject", format!("Invalid schema for {subject} '{name}'"))
            .text("schema_code", code)
            .text("schema_param", param)
            .text("context", self.context());
        let size = |site: Site<'s>, count: usize, most: usize, things: &'static str| {
            site.count("count", count)
                .count("most", most)
                .text("things", things)
        };
        match &self.what {
            What::Root { shown, .. } => match shown {
                Some(shown) => site.text("type", shown.clone()),
                None => site,
            },
            What::RootAnyOf | What::AdditionalProperties | What::Items | What::NoProperties => site,
            What::Required { missing: name } => site
                .text("rest", format!(" Missing '{}'.", bare_name(name)))
                .name("property", name.clone()),
            What::Extra { name } => site
                .text(
                    "rest",
                    format!(" Extra required key '{}' supplied.", bare_name(name)),
                )
                .name("property", name.clone()),
            What::NotTaken(keyword) | What::Top(keyword) => site.text("keyword", *keyword),
            What::Levels(count) => size(site, *count, MOST_LEVELS, "levels of objects"),
            What::Properties(count) => size(site, *count, MOST_PROPERTIES, "properties"),
            What::EnumWords(count) => size(site, *count, MOST_ENUM_WORDS, "enum values"),
            What::Characters(count) => size(
                site,
                *count,
                MOST_CHARACTERS,
                "characters of names and enum values",
            ),
            What::LargeEnum(length) => size(
                site,
                *length,
                MOST_CHARACTERS_OF_LARGE_ENUM,
                "characters in an enum of more than 250 values",
            ),
        }
    }

    /// Formats the path to the schema as the start of OpenAI's sentences.
    fn context(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| match step {
                Step::Name(name) => format!("'{}'", bare_name(name)),
                Step::Nth(nth) => format!("'{nth}'"),
            })
            .collect();
        match steps.as_slice() {
            [one] => format!("In context=({one},), "),
            steps => format!("In context=({}), ", steps.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::check::Severity;
    use crate::check::server::Dialect;
    use crate::json::Document;

    fn said(schema: &str) -> Option<String> {
        let document = Document::parse(Cow::Borrowed(schema), |_| true).unwrap();
        let fault = fault(document.root(), true, false)?;
        let site = fault.site(document.root(), &Path::ROOT, Owner::ResponseFormat, "x");
        let finding = fault
            .row()
            .finding(Severity::Refused, Some(Dialect::OpenAiChat), site);
        Some(finding.api.map_or(finding.message, |answer| answer.message))
    }

    #[test]
    fn the_first_fault_is_told_with_its_context() {
        let whole = r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#;
        assert_eq!(said(whole), None);
        for (schema, end) in [
            (
                whole.replace(r#","additionalProperties":false"#, ""),
                "In context=(), 'additionalProperties' is required to be supplied and to be false.",
            ),
            (
                whole.replace(r#"["a"]"#, "[]"),
                "including every key in properties. Missing 'a'.",
            ),
            (
                whole.replace(r#"["a"]"#, r#"["a","b"]"#),
                "Extra required key 'b' supplied.",
            ),
            (
                whole.replace(r#"{"type":"string"}"#, whole).replacen(
                    r#""additionalProperties":false}},"#,
                    r#""x":1}},"#,
                    1,
                ),
                "In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.",
            ),
            (
                whole.replace(r#"{"type":"string"}"#, r#"{"allOf":[]}"#),
                "In context=('properties', 'a'), 'allOf' is not permitted.",
            ),
            (
                whole.replace(r#""type":"object","#, ""),
                "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.",
            ),
        ] {
            let said = said(&schema).unwrap();
            assert!(said.ends_with(end), "{schema}: {said}");
        }
    }

    #[test]
    fn limits_are_those_of_the_guide() {
        let object = |inner: &str, names: &str| {
            format!(
                r#"{{"type":"object","properties":{{{inner}}},"required":[{names}],"additionalProperties":false}}"#
            )
        };
        let nested = |levels: usize| {
            (1..levels).fold(object("", ""), |inner, _| {
                object(&format!(r#""a":{inner}"#), r#""a""#)
            })
        };
        assert_eq!(said(&nested(10)), None);
        assert!(said(&nested(11)).unwrap().contains("11 levels"));

        let wide = |count: usize| {
            let inner: Vec<String> = (0..count).map(|n| format!(r#""p{n}":{{}}"#)).collect();
            let names: Vec<String> = (0..count).map(|n| format!(r#""p{n}""#)).collect();
            object(&inner.join(","), &names.join(","))
        };
        assert_eq!(said(&wide(5_000)), None);
        assert!(said(&wide(5_001)).unwrap().contains("5,001 properties"));

        let words = |count: usize, length: usize| {
            let words: Vec<String> = (0..count).map(|n| format!(r#""{n:0length$}""#)).collect();
            object(
                &format!(r#""a":{{"enum":[{}]}}"#, words.join(",")),
                r#""a""#,
            )
        };
        assert_eq!(said(&words(1_000, 4)), None);
        assert!(
            said(&words(1_001, 4))
                .unwrap()
                .contains("1,001 enum values")
        );
        assert_eq!(said(&words(250, 400)), None);
        assert!(
            said(&words(251, 400))
                .unwrap()
                .contains("100,400 characters in an enum")
        );
    }
}
