//! Strings of definitions, calls and results, without anything between them.
//!
//! A schema costs 1 for each node with a type, its strings (format, description, default, values of
//! an `enum`, required names, names of properties) and 1 if it may be null. Titles and other
//! keywords are free. A call or result costs its keys and strings, and 1 for any other value.
//!
//! Evidence: docs/evidence/billing_gemini.md, section 2.

use super::{Content, Function, Pieces};
use crate::json::{Kind, Value};

/// Returns the strings of a definition. Parameters as a JSON schema are free.
pub(in crate::count) fn declaration(function: Function<'_>) -> Pieces<'_> {
    let mut out = Pieces::default();
    out.field(function.value, "name");
    out.field(function.value, "description");
    if let Some(schema) = function.parameters
        && !function.is_json_schema
    {
        schema_strings(&mut out, schema);
    }
    out
}

/// Returns the strings of a schema.
pub(in crate::count) fn schema(schema: Value<'_>) -> Pieces<'_> {
    let mut out = Pieces::default();
    schema_strings(&mut out, schema);
    out
}

fn schema_strings<'r>(out: &mut Pieces<'r>, schema: Value<'r>) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        out.beside += u64::from(schema.get_some("type").is_some());
        out.beside +=
            u64::from(schema.get("nullable").and_then(|flag| flag.as_bool()) == Some(true));
        out.field(schema, "format");
        out.field(schema, "description");
        if let Some(default) = schema.get_some("default") {
            out.scalar(default);
        }
        for list in ["enum", "required"] {
            if let Some(list) = schema.get_some(list) {
                for item in list.items() {
                    out.scalar(item);
                }
            }
        }
        if let Some(properties) = schema.get_some("properties") {
            for (name, property) in properties.entries() {
                out.scalar(name);
                open.push(property);
            }
        }
        open.extend(schema.get_some("items"));
        if let Some(variants) = schema.get_some("anyOf") {
            open.extend(variants.items());
        }
    }
}

/// Returns the strings of a call or a result.
pub(in crate::count) fn linked<'r>(
    name: std::borrow::Cow<'r, str>,
    content: Content<'r>,
) -> Pieces<'r> {
    let mut out = Pieces::default();
    out.push(name);
    match content {
        Content::Nothing => {}
        Content::Value(value) => values(&mut out, value),
        Content::Strings(fields) => {
            for (key, text) in fields {
                out.push(key);
                out.push(text);
            }
        }
    }
    out
}

fn values<'r>(out: &mut Pieces<'r>, value: Value<'r>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value.kind() {
            Kind::Object => {
                for (key, value) in value.entries() {
                    out.scalar(key);
                    open.push(value);
                }
            }
            Kind::Array => open.extend(value.items()),
            _ => out.scalar(value),
        }
    }
}
