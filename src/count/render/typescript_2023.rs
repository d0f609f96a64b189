//! Function definitions as TypeScript the way the server wrote them in 2023, and still does for the field `functions`
//! and for the gpt-4 of that year.
//!
//! ```text
//! namespace functions {
//!
//! // Do a bing bong
//! type bing_bong = (_: {
//! foo?: {
//!   bar?: "a" | "b",
//!   baz?: boolean,
//! },
//! }) => any;
//!
//! } // namespace functions
//! ```
//!
//! Unlike [today's](super::typescript): an object is always written over several lines; what is below an object is
//! indented by two; titles, defaults, constraints and constants are not shown; a description stands above properties of
//! the function itself only.
//!
//! Evidence: 15 of 15 recorded requests with `functions` (2023-06 to 2025-08, gpt-3.5-turbo and gpt-4; 11 of one suite
//! that checks itself against the API), and the one request with `tools` to gpt-4-0613 that tells the renderings apart
//! (2025-08). Inferred: that it is the field that decides, not the date.

use std::borrow::Cow;
use std::collections::HashSet;

use super::python_json::{self, unique_entries, write_number};
use super::{MAX_RENDERED_DEPTH, Rendered, Stop};
use crate::json::{Kind, Value};

/// Renders functions (objects with `name`, `description`, `parameters`) in their order.
pub(in crate::count) fn render<'r>(functions: impl Iterator<Item = Value<'r>>) -> Rendered {
    let mut out = Rendered {
        text: String::from("namespace functions {\n\n"),
        stop: None,
    };
    for function in functions {
        if let Some(description) = text(function, "description") {
            comment(&mut out.text, "", description.trim());
        }
        out.text.push_str("type ");
        out.text
            .push_str(&text(function, "name").unwrap_or_default());
        match function.get_some("parameters").and_then(properties) {
            Some(parameters) => {
                out.text.push_str(" = (_: {\n");
                write_properties(&mut out, parameters, 0, 0);
                out.text.push_str("}) => any;\n\n");
            }
            None => out.text.push_str(" = () => any;\n\n"),
        }
    }
    out.text.push_str("} // namespace functions");
    out
}

fn text<'r>(of: Value<'r>, field: &str) -> Option<Cow<'r, str>> {
    of.get(field)?.as_str().filter(|text| !text.is_empty())
}

fn comment(out: &mut String, indent: &str, text: &str) {
    for line in text.split('\n') {
        out.push_str(indent);
        out.push_str("// ");
        out.push_str(line.trim());
        out.push('\n');
    }
}

/// The object itself, when it has properties.
fn properties(object: Value<'_>) -> Option<Value<'_>> {
    object.get("properties")?.entries().next().map(|_| object)
}

fn write_properties(out: &mut Rendered, object: Value<'_>, indent: usize, depth: usize) {
    let required: HashSet<Cow<'_, str>> = object
        .get("required")
        .map(|names| names.items().filter_map(|name| name.as_str()).collect())
        .unwrap_or_default();
    let blanks = " ".repeat(indent);
    for (name, value) in object
        .get("properties")
        .map(unique_entries)
        .unwrap_or_default()
    {
        if indent == 0
            && let Some(description) = text(value, "description")
        {
            comment(&mut out.text, &blanks, description.trim());
        }
        out.text.push_str(&blanks);
        out.text.push_str(&name);
        out.text.push_str(if required.contains(&name) {
            ": "
        } else {
            "?: "
        });
        write_type(out, value, None, indent, depth + 1);
        out.text.push_str(",\n");
    }
}

/// `only` is one of a list of types.
fn write_type(
    out: &mut Rendered,
    value: Value<'_>,
    only: Option<&str>,
    indent: usize,
    depth: usize,
) {
    if depth > MAX_RENDERED_DEPTH {
        out.stop = Some(Stop::Depth);
        return out.text.push_str("any");
    }
    if only.is_none() {
        if let Some(variants) = value
            .get("anyOf")
            .filter(|variants| variants.kind() == Kind::Array)
        {
            for (nth, variant) in variants.items().enumerate() {
                out.text.push_str(if nth > 0 { " | " } else { "" });
                write_type(out, variant, None, indent, depth + 1);
            }
            return;
        }
        if let Some(types) = value
            .get("type")
            .filter(|types| types.kind() == Kind::Array)
        {
            for (nth, kind) in types.items().enumerate() {
                out.text.push_str(if nth > 0 { " | " } else { "" });
                write_type(
                    out,
                    value,
                    Some(&kind.as_str().unwrap_or_default()),
                    indent,
                    depth + 1,
                );
            }
            return;
        }
    }
    let kind = match only {
        Some(kind) => Cow::Borrowed(kind),
        None => value
            .get("type")
            .and_then(|kind| kind.as_str())
            .unwrap_or_default(),
    };
    match &*kind {
        "string" | "number" | "integer" => {
            let mut any = false;
            for item in value
                .get("enum")
                .into_iter()
                .flat_map(|values| values.items())
            {
                out.text.push_str(if any { " | " } else { "" });
                any = true;
                match item.kind() {
                    Kind::Number => write_number(&mut out.text, item.raw()),
                    _ => python_json::write(&mut out.text, item, python_json::SPACED),
                }
            }
            if !any {
                out.text.push_str(if &*kind == "string" {
                    "string"
                } else {
                    "number"
                });
            }
        }
        "boolean" => out.text.push_str("boolean"),
        "null" => out.text.push_str("null"),
        "object" => {
            out.text.push_str("{\n");
            write_properties(out, value, indent + 2, depth);
            // One blank line where there are no properties, as the lines are joined.
            if properties(value).is_none() {
                out.text.push('\n');
            }
            out.text.push('}');
        }
        "array" => match value
            .get_some("items")
            .filter(|items| items.entries().next().is_some())
        {
            Some(items) => {
                write_type(out, items, None, indent, depth + 1);
                out.text.push_str("[]");
            }
            None => out.text.push_str("any[]"),
        },
        _ => out.text.push_str("any"),
    }
}
