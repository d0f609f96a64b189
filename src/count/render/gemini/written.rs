//! Text of definitions, calls and results, with marks of one token: S and Z begin and end an entry,
//! E encloses a string.
//!
//! ```text
//! S declaration:find{description:EFinds.E,parameters:{properties:{city:{type:ESTRINGE}},required:[EcityE],type:EOBJECTE}} Z
//! S call:find{city:EKielE} Z
//! S response:find{result:E4 °CE} Z
//! ```
//!
//! Keys are sorted at every level and not quoted, types are in upper case, and there is no white
//! space (added above for readability). A definition omits `additionalProperties`, `$schema`,
//! `default` and everything that is empty; a title is kept.
//!
//! Evidence: docs/evidence/billing_gemini.md, section 4.

use std::borrow::Cow;

use super::super::python_json::unique_entries;
use super::{Content, Function, Pieces};
use crate::json::{Kind, Value};

/// Text between marks, and their number.
#[derive(Default)]
struct Writer {
    out: Pieces<'static>,
    text: String,
}

impl Writer {
    fn mark(&mut self) {
        self.out.beside += 1;
        self.out.push(std::mem::take(&mut self.text));
    }

    fn quoted(&mut self, text: &str) {
        self.mark();
        self.text.push_str(text);
        self.mark();
    }

    fn finish(mut self) -> Pieces<'static> {
        self.mark();
        self.out
    }

    /// Writes a comma, except before the first entry.
    fn next(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.text.push(',');
        }
    }

    fn entry(what: &str, name: &str) -> Writer {
        let mut writer = Writer::default();
        writer.mark();
        writer.text = format!("{what}:{name}");
        writer
    }

    /// Writes a value other than a schema. Recursion is as deep as the JSON, which is at most
    /// `MAX_DEPTH`.
    fn value(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::Object => {
                let mut first = true;
                self.text.push('{');
                for (key, value) in sorted(value) {
                    self.next(&mut first);
                    self.text.push_str(&key);
                    self.text.push(':');
                    self.value(value);
                }
                self.text.push('}');
            }
            Kind::Array => {
                let mut first = true;
                self.text.push('[');
                for item in value.items() {
                    self.next(&mut first);
                    self.value(item);
                }
                self.text.push(']');
            }
            Kind::String => self.quoted(&value.as_str().unwrap_or_default()),
            _ => self.text.push_str(value.raw()),
        }
    }

    /// Writes a schema. Recursion is as deep as the JSON.
    fn schema(&mut self, schema: Value<'_>) {
        let mut first = true;
        self.text.push('{');
        for (key, value) in sorted(schema) {
            if is_omitted(&key, value) {
                continue;
            }
            self.next(&mut first);
            self.text.push_str(&key);
            self.text.push(':');
            match (&*key, value.kind()) {
                ("properties", Kind::Object) => self.properties(value),
                ("type", _) => self.types(value),
                (_, Kind::Object) => self.schema(value),
                (_, Kind::Array) => self.list(value),
                _ => self.value(value),
            }
        }
        self.text.push('}');
    }

    fn properties(&mut self, properties: Value<'_>) {
        let mut first = true;
        self.text.push('{');
        for (name, property) in sorted(properties) {
            self.next(&mut first);
            self.text.push_str(&name);
            self.text.push(':');
            match property.kind() {
                Kind::Object => self.schema(property),
                _ => self.text.push_str(property.raw()),
            }
        }
        self.text.push('}');
    }

    fn types(&mut self, types: Value<'_>) {
        match types.as_str() {
            Some(name) => self.quoted(&name.to_uppercase()),
            None => {
                let mut first = true;
                self.text.push('[');
                for name in types.items() {
                    self.next(&mut first);
                    self.quoted(&name.as_str().unwrap_or_default().to_uppercase());
                }
                self.text.push(']');
            }
        }
    }

    /// Writes a list of schemas, or of values, which are all strings here.
    fn list(&mut self, list: Value<'_>) {
        let mut first = true;
        self.text.push('[');
        for item in list.items() {
            self.next(&mut first);
            match item.kind() {
                Kind::Object => self.schema(item),
                Kind::String => self.value(item),
                _ => self.quoted(item.raw()),
            }
        }
        self.text.push(']');
    }
}

fn sorted(object: Value<'_>) -> Vec<(Cow<'_, str>, Value<'_>)> {
    let mut entries = unique_entries(object);
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries
}

fn is_omitted(key: &str, value: Value<'_>) -> bool {
    let is_free = matches!(
        key,
        "additionalProperties" | "additional_properties" | "$schema" | "default"
    );
    is_free
        || match value.kind() {
            Kind::Null => true,
            Kind::Object | Kind::Array => value.is_empty(),
            Kind::String => value.is_str(""),
            _ => false,
        }
}

/// Returns the pieces of a definition.
pub(in crate::count) fn declaration(function: Function<'_>) -> Pieces<'static> {
    let string = |name: &str| {
        let value = function.value.get_some(name);
        value.and_then(|value| value.as_str()).unwrap_or_default()
    };
    let mut writer = Writer::entry("declaration", &string("name"));
    let mut first = true;
    writer.text.push('{');
    let description = string("description");
    if !description.is_empty() {
        writer.next(&mut first);
        writer.text.push_str("description:");
        writer.quoted(&description);
    }
    let schemas = [
        ("parameters:", function.parameters),
        ("response:", function.response),
    ];
    for (field, schema) in schemas {
        let Some(schema) = schema.filter(|schema| !schema.is_empty()) else {
            continue;
        };
        writer.next(&mut first);
        writer.text.push_str(field);
        writer.schema(schema);
    }
    writer.text.push('}');
    writer.finish()
}

/// Returns the pieces of a call (`call`) or a result (`response`).
pub(in crate::count) fn linked(what: &str, name: &str, content: Content<'_>) -> Pieces<'static> {
    let mut writer = Writer::entry(what, name);
    match content {
        Content::Nothing => writer.text.push_str("{}"),
        Content::Value(value) => writer.value(value),
        Content::Strings(fields) => {
            let mut first = true;
            writer.text.push('{');
            for (key, text) in fields {
                writer.next(&mut first);
                writer.text.push_str(key);
                writer.text.push(':');
                writer.quoted(&text);
            }
            writer.text.push('}');
        }
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    /// Joins the pieces, with `|` for a mark.
    fn shown(pieces: &Pieces<'_>) -> String {
        pieces.strings.join("|")
    }

    #[test]
    fn definitions_are_sorted_and_bare() {
        let json = r#"{"name": "find", "description": "Finds.", "parameters": {"type": "object", "$schema": "x",
            "properties": {"unit": {"type": ["string", "null"], "default": "C", "enum": ["C", "F"], "description": ""},
            "city": {"type": "string", "title": "City", "minLength": 2}}, "required": ["city"], "additionalProperties": false}}"#;
        let document = Document::parse(json.into(), |_| true).unwrap();
        let function = Function {
            value: document.root(),
            parameters: document.root().get("parameters"),
            is_json_schema: false,
            response: None,
        };
        let pieces = declaration(function);
        assert_eq!(
            shown(&pieces),
            "declaration:find{description:|Finds.|,parameters:{properties:{city:{minLength:2,title:|City|,type:|STRING|},\
             unit:{enum:[|C|,|F|],type:[|STRING|,|NULL|]}},required:[|city|],type:|OBJECT|}}"
        );
        // Two around the whole, and two for each of nine strings.
        assert_eq!(pieces.beside, 20);
    }

    #[test]
    fn empty_parameters_are_written_without_properties() {
        let json = r#"{"name": "now", "parameters": {"type": "OBJECT", "properties": {}, "required": []}}"#;
        let document = Document::parse(json.into(), |_| true).unwrap();
        let function = Function {
            value: document.root(),
            parameters: document.root().get("parameters"),
            is_json_schema: false,
            response: None,
        };
        assert_eq!(
            shown(&declaration(function)),
            "declaration:now{parameters:{type:|OBJECT|}}"
        );
    }

    #[test]
    fn calls_and_results() {
        let document =
            Document::parse(r#"{"b": [1, "x"], "a": {"d": null}}"#.into(), |_| true).unwrap();
        let call = linked("call", "find", Content::Value(document.root()));
        assert_eq!(shown(&call), "call:find{a:{d:null},b:[1,|x|]}");
        assert_eq!(call.beside, 4);
        let result = linked(
            "response",
            "find",
            Content::Strings(vec![("result", "4 °C".into())]),
        );
        assert_eq!(shown(&result), "response:find{result:|4 °C|}");
        assert_eq!(
            shown(&linked("call", "now", Content::Nothing)),
            "call:now{}"
        );
    }
}
