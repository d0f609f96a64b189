//! Definitions of Gemini 2.5: strings with a price around each. The rendering itself is not known.
//!
//! ```text
//! 18 + name + description
//! per property       9 + name + description, 1 without a description, 4 if it is optional
//! per enum value     3 + value
//! response schema    30 + its properties + required names
//! ```
//!
//! Evidence: docs/evidence/billing_gemini.md, section 3.

use super::{Function, Pieces};
use crate::json::Value;

const DEFINITION: u64 = 18;
const PROPERTY: u64 = 9;
const OPTIONAL: u64 = 4;
const ENUM_VALUE: u64 = 3;
const RESPONSE: u64 = 30;

/// Returns the pieces of a definition.
pub(in crate::count) fn declaration(function: Function<'_>) -> Pieces<'_> {
    let mut out = Pieces {
        beside: DEFINITION,
        ..Pieces::default()
    };
    out.field(function.value, "name");
    out.field(function.value, "description");
    if let Some(schema) = function.parameters {
        properties(&mut out, schema, OPTIONAL);
    }
    if let Some(schema) = function.response
        && schema
            .get_some("properties")
            .is_some_and(|properties| !properties.is_empty())
    {
        out.beside += RESPONSE;
        properties(&mut out, schema, 0);
        for name in required(schema) {
            out.scalar(name);
        }
    }
    out
}

fn required<'r>(schema: Value<'r>) -> impl Iterator<Item = Value<'r>> {
    schema
        .get_some("required")
        .into_iter()
        .flat_map(|list| list.items())
}

fn properties<'r>(out: &mut Pieces<'r>, schema: Value<'r>, optional: u64) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        let Some(properties) = schema.get_some("properties") else {
            continue;
        };
        let needed: std::collections::HashSet<_> =
            required(schema).filter_map(|name| name.as_str()).collect();
        for (name, property) in properties.entries() {
            out.beside += PROPERTY;
            if !name.as_str().is_some_and(|name| needed.contains(&name)) {
                out.beside += optional;
            }
            out.scalar(name);
            let strings = out.strings.len();
            out.field(property, "description");
            out.beside += u64::from(out.strings.len() == strings);
            if let Some(list) = property.get_some("enum") {
                for item in list.items() {
                    out.beside += ENUM_VALUE;
                    out.scalar(item);
                }
            }
            open.push(property);
            open.extend(property.get_some("items"));
        }
    }
}
