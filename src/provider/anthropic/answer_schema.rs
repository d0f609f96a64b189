//! Schema of an answer, in the subset that `output_config.format` accepts.
//!
//! Objects are closed, and keywords outside of the subset are removed: the model no longer sees
//! them, which the receipt says. Source: docs/evidence/validation_other_providers.md, sections A.4
//! and F.

use super::fields::NOT_IN_ANSWER_SCHEMA;
use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::provider::neutral::{Json, Notes};
use crate::request::json_string;
use crate::shown::is_shown_field;

/// Keywords whose value is a schema, a list of schemas, or schemas by name.
const SCHEMAS: &[&str] = &["items", "not", "additionalProperties"];
const LISTS: &[&str] = &["anyOf", "allOf", "prefixItems"];
const BY_NAME: &[&str] = &["properties", "$defs", "definitions"];

/// Returns a schema in the subset. Linear; the depth is that of the request's JSON.
pub(super) fn in_subset(schema: Value<'_>, at: &str, notes: &mut Notes) -> String {
    if schema.kind() != Kind::Object {
        return schema.raw().to_owned();
    }
    let mut out = Json::open('{');
    let (mut is_object, mut is_closed) = (false, false);
    for (key, value) in schema.entries() {
        let Some(name) = key.as_str() else {
            continue;
        };
        let here = || format!("{at}/{name}");
        let name = &*name;
        match name {
            "type" => is_object = value.is_str("object"),
            "properties" => is_object = true,
            "additionalProperties" if value.as_bool() == Some(false) => is_closed = true,
            // Closed below.
            "additionalProperties" => continue,
            "oneOf" => {
                notes.add(Action::RewroteKeyword, here(), name.len(), "anyOf".len());
                out.field("anyOf", &each(value, &here(), notes));
                continue;
            }
            _ => {}
        }
        let is_out = NOT_IN_ANSWER_SCHEMA.contains(&name)
            || (name == "minItems" && value.as_u64().is_some_and(|least| least > 1));
        let written = match value.kind() {
            _ if is_out => {
                notes.dropped(Action::DroppedKeyword, here(), value);
                continue;
            }
            Kind::Array if LISTS.contains(&name) => each(value, &here(), notes),
            Kind::Object if SCHEMAS.contains(&name) => in_subset(value, &here(), notes),
            Kind::Object if BY_NAME.contains(&name) => by_name(value, &here(), notes),
            _ => value.raw().to_owned(),
        };
        out.entry(key.raw(), &written);
    }
    if is_object && !is_closed {
        notes.add(
            Action::AddedField,
            at,
            0,
            r#""additionalProperties":false"#.len(),
        );
        out.field("additionalProperties", "false");
    }
    out.close('}')
}

fn each(list: Value<'_>, at: &str, notes: &mut Notes) -> String {
    let mut out = Json::open('[');
    for (nth, schema) in list.items().enumerate() {
        out.item(&in_subset(schema, &format!("{at}/{nth}"), notes));
    }
    out.close(']')
}

fn by_name(schemas: Value<'_>, at: &str, notes: &mut Notes) -> String {
    let mut out = Json::open('{');
    for (key, schema) in schemas.entries() {
        let name = key.as_str().unwrap_or_default();
        // A name may be the caller's text.
        let here = match is_shown_field(&name) {
            true => format!("{at}/{name}"),
            false => at.to_owned(),
        };
        out.entry(&json_string(&name), &in_subset(schema, &here, notes));
    }
    out.close('}')
}
