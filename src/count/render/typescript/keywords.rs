//! Keywords of a schema that are written as comments: descriptions, examples, constraints.

use std::borrow::Cow;

use crate::count::render::python_json;
use crate::count::render::schema_view::{Keyword, Schema};
use crate::json::{Kind, Value};

/// Returns the items of an array if they are described.
pub(super) fn items<'r>(schema: &Schema<'r>) -> Option<Value<'r>> {
    schema
        .get_some(Keyword::Items)
        .filter(|items| match items.kind() {
            Kind::Object => items.entries().next().is_some(),
            Kind::Array => items.items().next().is_some(),
            kind => kind == Kind::True,
        })
}

/// Returns the examples of a schema, if there are any.
pub(super) fn examples<'r>(schema: &Schema<'r>) -> Option<Value<'r>> {
    schema
        .get(Keyword::Examples)
        .filter(|examples| examples.items().next().is_some())
}

/// Returns a non-empty description.
pub(super) fn described<'r>(schema: &Schema<'r>) -> Option<Cow<'r, str>> {
    schema
        .text(Keyword::Description)
        .filter(|text| !text.trim().is_empty())
}

/// Returns the description of an array's items, unless they are an object (which has its own place)
/// or a list of types.
pub(super) fn described_items<'r>(items: &Schema<'r>) -> Option<Cow<'r, str>> {
    described(items)
        .filter(|_| items.type_list().is_none() && items.type_name().as_deref() != Some("object"))
}

/// Constraints as they are written.
pub(super) struct Constraints {
    pub(super) bounds: Vec<String>,
    pub(super) format: Option<String>,
    /// The first that too few recordings show; it is written by analogy.
    pub(super) unmeasured: Option<&'static str>,
}

/// Returns the constraints of a number or a string, if there are any.
pub(super) fn constraints(schema: &Schema<'_>) -> Option<Constraints> {
    use Keyword::{ExclusiveMaximum, ExclusiveMinimum, MaxLength, Maximum, MinLength, Minimum};
    let kind = schema.type_name();
    let kind = kind.as_deref();
    let keywords: &[Keyword] = match kind {
        Some("number" | "integer") => &[Minimum, Maximum, ExclusiveMinimum, ExclusiveMaximum],
        Some("string") => &[MinLength, MaxLength],
        _ => return None,
    };
    let mut bounds = Vec::new();
    let mut unmeasured = None;
    for &keyword in keywords {
        let Some(value) = schema.get(keyword) else {
            continue;
        };
        // Draft 4 has booleans for exclusive bounds: they are not written.
        if kind != Some("string") && value.kind() != Kind::Number {
            continue;
        }
        let mut bound = format!("{}: ", keyword.word());
        match kind {
            Some("number") => python_json::write_as_float(&mut bound, value),
            _ => python_json::write(&mut bound, value, python_json::SPACED),
        }
        unmeasured = unmeasured.or(match keyword {
            MaxLength => Some("`maxLength` in a schema was not measured"),
            ExclusiveMinimum => Some("`exclusiveMinimum` in a schema was not measured"),
            ExclusiveMaximum => Some("`exclusiveMaximum` in a schema was not measured"),
            _ => None,
        });
        bounds.push(bound);
    }
    let format = schema
        .get_some(Keyword::Format)
        .filter(|_| kind == Some("string"))
        .map(|format| {
            let mut out = String::new();
            python_json::write(&mut out, format, python_json::SPACED);
            out
        });
    if format.is_some() {
        unmeasured = unmeasured.or(Some(
            "`format` in a schema was recorded on one set of tools",
        ));
    } else if bounds.len() > 1 {
        unmeasured = unmeasured.or(Some(
            "two bounds on one property were recorded only a few times",
        ));
    }
    (!bounds.is_empty() || format.is_some()).then_some(Constraints {
        bounds,
        format,
        unmeasured,
    })
}
