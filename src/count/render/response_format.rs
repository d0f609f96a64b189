//! The schema of the answer (`response_format` of type `json_schema`).
//!
//! ```text
//! {"type":"object","properties":{"city":{"type":"string","description":"Größe"}},"additionalProperties":false}
//! → {"type":"object","properties":{"city":{"type":"string","description":"Gr\u00f6\u00dfe"}}}
//! ```
//!
//! Compact JSON with ASCII escapes and the original order of keys, without the keywords that only
//! constrain ([`LEFT_OUT`]). Names of properties and definitions are not keywords, whatever they
//! are. References are unchanged.
//!
//! Evidence: 173 of 173 recorded chat requests (docs/evidence/billing.md, section 2.4).

use super::python_json::{self, COMPACT_ASCII, unique_entries, write_string};
use crate::json::{Kind, Value};

/// Keywords that are not written.
const LEFT_OUT: &[&str] = &[
    "$schema",
    "additionalProperties",
    "default",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
];

/// Returns the schema as it is written into the prompt.
pub(in crate::count) fn schema(schema: Option<Value<'_>>) -> String {
    let mut out = String::new();
    match schema {
        Some(schema) => write_schema(&mut out, schema, Keys::Keywords),
        None => out.push_str("{}"),
    }
    out
}

/// Meaning of an object's keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Keywords,
    Names,
}

// Recursion is as deep as the JSON, which is at most `MAX_DEPTH`.
fn write_schema(out: &mut String, value: Value<'_>, keys: Keys) {
    match value.kind() {
        Kind::Array => {
            out.push('[');
            for (nth, item) in value.items().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                write_schema(out, item, Keys::Keywords);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            let mut first = true;
            for (key, value) in unique_entries(value) {
                if keys == Keys::Keywords && LEFT_OUT.binary_search(&&*key).is_ok() {
                    continue;
                }
                out.push_str(if first { "" } else { "," });
                first = false;
                write_string(out, &key, COMPACT_ASCII);
                out.push(':');
                // A property may be called `properties`: the value of a name is a schema again.
                let named = keys == Keys::Keywords
                    && matches!(&*key, "properties" | "$defs" | "definitions");
                write_schema(out, value, if named { Keys::Names } else { Keys::Keywords });
            }
            out.push('}');
        }
        _ => python_json::write(out, value, COMPACT_ASCII),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    #[test]
    fn keywords_that_constrain_are_left_out_and_names_are_not() {
        for (json, written) in [
            (
                r#"{"type": "string", "format": "date", "minLength": 1}"#,
                r#"{"type":"string"}"#,
            ),
            (
                r#"{"properties": {"format": {"format": "x", "title": "F"}, "required": {}}, "required": ["format"]}"#,
                r#"{"properties":{"format":{"title":"F"},"required":{}}}"#,
            ),
            (
                r##"{"$defs": {"default": {"default": 1, "enum": ["é"]}}, "$ref": "#/$defs/default", "$schema": "x"}"##,
                r##"{"$defs":{"default":{"enum":["\u00e9"]}},"$ref":"#/$defs/default"}"##,
            ),
            (
                r#"{"properties": {"properties": {"type": "object", "pattern": "a"}}}"#,
                r#"{"properties":{"properties":{"type":"object"}}}"#,
            ),
            (
                r#"{"anyOf": [{"maximum": 2, "type": "integer"}, {"type": "null"}], "additionalProperties": false}"#,
                r#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#,
            ),
            ("true", "true"),
        ] {
            let document = Document::parse(json.into(), |_| true).unwrap();
            assert_eq!(schema(Some(document.root())), written, "{json}");
        }
        assert_eq!(schema(None), "{}");
        assert!(LEFT_OUT.is_sorted());
    }
}
