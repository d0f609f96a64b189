//! Validates a schema against JSON Schema draft 2020-12: the types of its keywords' values.
//!
//! Source: the meta-schema of the draft, <https://json-schema.org/draft/2020-12/schema>, and
//! docs/evidence/validation_other_providers.md, section A.4 (the rule on the draft). Unknown
//! keywords are valid, and so is everything that only a full validator checks: formats, patterns,
//! targets of references.

use crate::json::{Kind, Value};

/// Types of JSON Schema.
const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// Keywords by the type of their value. A `match` finds a keyword faster than a search in a list.
macro_rules! keywords {
    ($($takes:ident: $($name:literal)+;)+) => {
        fn keyword(key: &str) -> Option<(&'static str, Takes)> {
            match key {
                $($($name => Some(($name, Takes::$takes)),)+)+
                _ => None,
            }
        }
    };
}

keywords! {
    Text: "$comment" "$id" "$ref" "$schema" "description" "format" "pattern" "title";
    Schemas: "$defs" "definitions" "dependentSchemas" "patternProperties" "properties";
    Schema: "additionalProperties" "contains" "else" "if" "items" "not" "propertyNames" "then"
        "unevaluatedItems" "unevaluatedProperties";
    Branches: "allOf" "anyOf" "oneOf" "prefixItems";
    Object: "dependentRequired";
    Bool: "deprecated" "readOnly" "uniqueItems" "writeOnly";
    List: "enum" "examples";
    Number: "exclusiveMaximum" "exclusiveMinimum" "maximum" "minimum" "multipleOf";
    Count: "maxContains" "maxItems" "maxLength" "maxProperties" "minContains" "minItems"
        "minLength" "minProperties";
    Names: "required";
    Type: "type";
}

#[derive(Clone, Copy)]
enum Takes {
    Text,
    Bool,
    Number,
    /// A non-negative integer.
    Count,
    List,
    Object,
    /// A list of unique strings.
    Names,
    /// A type, or a list of types.
    Type,
    Schema,
    /// An object of schemas.
    Schemas,
    /// A list of schemas, at least one.
    Branches,
}

/// Returns the first keyword with a value of the wrong type, in a schema or its subschemas. Linear.
pub(super) fn wrong_keyword(schema: Value<'_>) -> Option<&'static str> {
    for (key, value) in schema.entries() {
        // Nearly all keywords.
        match key.raw() {
            r#""type""# if is_type(value.raw()) => continue,
            r#""description""# | r#""title""# if value.kind() == Kind::String => continue,
            _ => {}
        }
        let Some(key) = key.as_str() else {
            continue;
        };
        let Some((name, takes)) = keyword(&key) else {
            continue;
        };
        let kind = value.kind();
        let right = match takes {
            Takes::Text => kind == Kind::String,
            Takes::Bool => value.as_bool().is_some(),
            Takes::Number => kind == Kind::Number,
            Takes::Count => {
                kind == Kind::Number
                    && value
                        .raw()
                        .parse::<f64>()
                        .is_ok_and(|n| n >= 0.0 && n.fract() == 0.0)
            }
            Takes::List => kind == Kind::Array,
            Takes::Object => kind == Kind::Object,
            Takes::Names => kind == Kind::Array && value.items().all(is_text),
            Takes::Type => {
                let known = |word: Value<'_>| word.as_str().is_some_and(|w| TYPES.contains(&&*w));
                known(value)
                    || (kind == Kind::Array && !value.is_empty() && value.items().all(known))
            }
            Takes::Schema => match inner(value) {
                Ok(found) => {
                    if found.is_some() {
                        return found;
                    }
                    true
                }
                Err(()) => false,
            },
            Takes::Schemas | Takes::Branches => {
                let of = match takes {
                    Takes::Schemas => Kind::Object,
                    _ => Kind::Array,
                };
                if kind != of || (of == Kind::Array && value.is_empty()) {
                    return Some(name);
                }
                let entries = value.entries().map(|(_, inner)| inner);
                for schema in entries.chain(value.items()) {
                    match inner(schema) {
                        Ok(None) => {}
                        Ok(found) => return found,
                        Err(()) => return Some(name),
                    }
                }
                true
            }
        };
        if !right {
            return Some(name);
        }
    }
    None
}

/// Whether the raw value is a type in its usual spelling.
fn is_type(raw: &str) -> bool {
    raw.strip_prefix('"')
        .and_then(|raw| raw.strip_suffix('"'))
        .is_some_and(|word| {
            matches!(
                word,
                "string" | "object" | "integer" | "number" | "boolean" | "array" | "null"
            )
        })
}

fn is_text(value: Value<'_>) -> bool {
    value.kind() == Kind::String
}

/// Returns the fault below a value that must be a schema: an object or a boolean.
fn inner(value: Value<'_>) -> Result<Option<&'static str>, ()> {
    match value.kind() {
        Kind::Object => Ok(wrong_keyword(value)),
        Kind::True | Kind::False => Ok(None),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::json::Document;

    #[test]
    fn the_first_wrong_keyword_is_named() {
        for (schema, wrong) in [
            (
                r#"{"type": ["string", "null"], "x-own": 3, "default": []}"#,
                None,
            ),
            (r#"{"properties": {"a": true, "b": {"items": {}}}}"#, None),
            (r#"{"type": "text"}"#, Some("type")),
            (r#"{"type": []}"#, Some("type")),
            (
                r#"{"properties": {"a": {"required": true}}}"#,
                Some("required"),
            ),
            (r#"{"properties": ["a"]}"#, Some("properties")),
            (r#"{"properties": {"a": "string"}}"#, Some("properties")),
            (r#"{"items": [{"type": "string"}]}"#, Some("items")),
            (
                r#"{"minimum": 1, "exclusiveMinimum": true}"#,
                Some("exclusiveMinimum"),
            ),
            (r#"{"minLength": -1}"#, Some("minLength")),
            (r#"{"anyOf": []}"#, Some("anyOf")),
            (r#"{"anyOf": [{"enum": "a"}]}"#, Some("enum")),
            (r#"{"not": 3}"#, Some("not")),
        ] {
            let document = Document::parse(Cow::Borrowed(schema), |_| true).unwrap();
            assert_eq!(wrong_keyword(document.root()), wrong, "{schema}");
        }
    }
}
