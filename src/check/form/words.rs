//! The words of the providers' answers, and ours for the same faults.
//!
//! Sources: for OpenAI the validation notes, sections 1 to 6, whose sentences were measured on the API in 2026-08 and -09;
//! for Anthropic and Google answers that were reported. Nothing of the request is in them but names of fields, words of
//! enums, numbers and lengths.

use std::borrow::Cow;

use super::super::codes;
use super::super::finding::{ApiAnswer, Phase};
use super::path::{Path, shown};
use crate::json::{Kind, Value};
use crate::shown::bare_name;
use crate::words::grouped;

/// What is wrong with a value, before it is said.
#[derive(Debug, Clone)]
pub(super) enum Wrong<'w> {
    /// A field that has to be there is not; the path is the field's.
    Missing,
    Unknown {
        near: Vec<&'static str>,
    },
    Type {
        expected: Cow<'static, str>,
        got: &'static str,
    },
    Above {
        most: String,
        got: String,
        whole: bool,
    },
    Below {
        least: String,
        got: String,
        whole: bool,
    },
    NotOneOf {
        got: String,
        words: &'static [&'static str],
    },
    LongString {
        most: usize,
        length: usize,
    },
    EmptyString,
    LongList {
        most: usize,
        length: usize,
    },
    ManyProperties {
        most: usize,
        count: usize,
    },
    LongPropertyName {
        most: usize,
        length: usize,
        ends: Option<(&'w str, &'w str)>,
    },
    Pattern(&'static str),
}

impl Wrong<'_> {
    pub(super) fn mistyped(expected: impl Into<Cow<'static, str>>, value: Value<'_>) -> Self {
        Wrong::Type {
            expected: expected.into(),
            got: kind_name(value),
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Wrong::Missing => codes::MISSING_PARAMETER,
            Wrong::Unknown { .. } => codes::UNKNOWN_PARAMETER,
            Wrong::Type { .. } => codes::INVALID_TYPE,
            Wrong::Above { .. } | Wrong::Below { .. } => codes::OUT_OF_RANGE,
            Wrong::NotOneOf { .. } | Wrong::Pattern(_) => codes::INVALID_VALUE,
            Wrong::EmptyString => codes::INVALID_VALUE,
            Wrong::LongString { .. } | Wrong::LongPropertyName { .. } => codes::STRING_TOO_LONG,
            Wrong::LongList { .. } | Wrong::ManyProperties { .. } => codes::TOO_MANY_ENTRIES,
        }
    }

    pub(super) fn phase(&self, path: &Path<'_>) -> Phase {
        match self {
            // Of members that are not known the object's own place in the order counts.
            Wrong::Unknown { .. } if !path.param().contains('.') => Phase::Unknown,
            _ => Phase::Form,
        }
    }

    /// Our own words: what is wrong, and what to do.
    pub(super) fn said(&self, path: &Path<'_>) -> (String, Cow<'static, str>) {
        let name = format!("`{}`", path.param());
        match self {
            Wrong::Missing => (format!("{name} is missing"), Cow::Borrowed("give it")),
            Wrong::Unknown { near } => (
                format!("the endpoint knows no field {name}"),
                match near.as_slice() {
                    [] => Cow::Borrowed("leave it out"),
                    near => Cow::Owned(format!("write {}, or leave it out", ticked(near))),
                },
            ),
            Wrong::Type { expected, got } => (
                format!("{name} has to be {expected}, and is {got}"),
                Cow::Borrowed("give it that type"),
            ),
            Wrong::Above { most, got, .. } => (
                format!("{name} is {got}; {most} is the most"),
                Cow::Owned(format!("give {most} or less, or leave it out")),
            ),
            Wrong::Below { least, got, .. } => (
                format!("{name} is {got}; {least} is the least"),
                Cow::Owned(format!("give {least} or more, or leave it out")),
            ),
            Wrong::NotOneOf { words, .. } => (
                format!("{name} has a value that the endpoint does not know"),
                Cow::Owned(format!("give one of {}", listed(words, "or"))),
            ),
            Wrong::LongString { most, length } => (
                format!(
                    "{name} has {} characters; {} are the most",
                    grouped(*length as u64),
                    grouped(*most as u64)
                ),
                Cow::Borrowed("shorten it"),
            ),
            Wrong::EmptyString => (
                format!("{name} is an empty string"),
                Cow::Borrowed("give it a text"),
            ),
            Wrong::LongList { most, length } => (
                format!(
                    "{name} has {}; {most} are the most",
                    counted_entries(*length)
                ),
                Cow::Borrowed("leave some out"),
            ),
            Wrong::ManyProperties { most, count } => (
                format!(
                    "{name} has {}; {most} are the most",
                    counted_entries(*count)
                ),
                Cow::Borrowed("leave some out"),
            ),
            Wrong::LongPropertyName { most, length, .. } => (
                format!("a name in {name} has {length} characters; {most} are the most"),
                Cow::Borrowed("shorten it"),
            ),
            Wrong::Pattern(pattern) => (
                format!("{name} has to match `{pattern}`"),
                Cow::Borrowed("give it a name of such characters"),
            ),
        }
    }

    /// OpenAI's answer.
    pub(super) fn openai(&self, path: &Path<'_>) -> ApiAnswer {
        let param = path.param();
        let (code, message) = match self {
            Wrong::Missing => (
                "missing_required_parameter",
                format!("Missing required parameter: '{param}'."),
            ),
            Wrong::Unknown { near } => (
                "unknown_parameter",
                match near.as_slice() {
                    [] => format!("Unknown parameter: '{param}'."),
                    near => format!(
                        "Unknown parameter: '{param}'. Did you mean {}?",
                        listed(near, "or")
                    ),
                },
            ),
            Wrong::Type { expected, got } => (
                "invalid_type",
                format!("Invalid type for '{param}': expected {expected}, but got {got} instead."),
            ),
            Wrong::Above { most, got, whole } => (
                if *whole {
                    "integer_above_max_value"
                } else {
                    "decimal_above_max_value"
                },
                format!(
                    "Invalid '{param}': {} above maximum value. Expected a value <= {most}, but got {got} instead.",
                    number(*whole)
                ),
            ),
            Wrong::Below { least, got, whole } => (
                if *whole {
                    "integer_below_min_value"
                } else {
                    "decimal_below_min_value"
                },
                format!(
                    "Invalid '{param}': {} below minimum value. Expected a value >= {least}, but got {got} instead.",
                    number(*whole)
                ),
            ),
            Wrong::NotOneOf { got, words } => (
                "invalid_value",
                format!(
                    "Invalid value: '{got}'. Supported values are: {}.",
                    listed(words, "and")
                ),
            ),
            Wrong::LongString { most, length } => (
                "string_above_max_length",
                format!(
                    "Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."
                ),
            ),
            Wrong::EmptyString => (
                "empty_string",
                format!(
                    "Invalid '{param}': empty string. Expected a string with minimum length 1, but got an empty string instead."
                ),
            ),
            Wrong::LongList { most, length } => (
                "array_above_max_length",
                format!(
                    "Invalid '{param}': array too long. Expected an array with maximum length {most}, but got an array with length {length} instead."
                ),
            ),
            Wrong::ManyProperties { most, count } => (
                "object_above_max_properties",
                format!(
                    "Invalid '{param}': too many properties. Expected an object with at most {most} properties, but got an object with {count} properties instead."
                ),
            ),
            Wrong::LongPropertyName { most, length, ends } => {
                let name = match ends {
                    Some((first, last)) => format!("{first}...{last}"),
                    None => format!("(a text of {length} characters)"),
                };
                return ApiAnswer::openai(
                    Some("property_name_above_max_length"),
                    // The whole name is its own param; ours would be cut.
                    Some(param.clone()),
                    format!(
                        "Invalid property name in '{param}': '{name}' is too long. Expected a string with maximum length {most}, but got a string with length {length} instead."
                    ),
                );
            }
            Wrong::Pattern(pattern) => (
                "invalid_value",
                format!(
                    "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
                ),
            ),
        };
        ApiAnswer::openai(Some(code), Some(param), message)
    }

    /// Anthropic's answer, where one was reported.
    pub(super) fn anthropic(&self, path: &Path<'_>) -> Option<ApiAnswer> {
        let place = path.dotted();
        let message = match self {
            Wrong::Missing => format!("{place}: Field required"),
            Wrong::Unknown { .. } => format!("{place}: Extra inputs are not permitted"),
            Wrong::Type { expected, .. } => {
                let wanted = match &**expected {
                    "a boolean" => "boolean",
                    "a string" => "string",
                    "an integer" => "integer",
                    "a decimal" => "number",
                    _ => return None,
                };
                format!("{place}: Input should be a valid {wanted}")
            }
            Wrong::Above { .. } if place == "temperature" => "temperature: range: 0..1".to_owned(),
            Wrong::Above { most, .. } => {
                format!("{place}: Input should be less than or equal to {most}")
            }
            Wrong::Below { least, .. } => {
                format!("{place}: Input should be greater than or equal to {least}")
            }
            Wrong::Pattern(pattern) => format!("{place}: String should match pattern '{pattern}'"),
            _ => return None,
        };
        Some(ApiAnswer::anthropic(message))
    }

    /// Google's answer, where one was reported.
    pub(super) fn google(&self, path: &Path<'_>) -> Option<ApiAnswer> {
        let Wrong::Unknown { .. } = self else {
            return None;
        };
        let mut answer = ApiAnswer::google("");
        answer.message = format!(
            "Invalid JSON payload received. Unknown name \"{}\": Cannot find field.",
            shown(path.name())
        );
        Some(answer)
    }
}

fn number(whole: bool) -> &'static str {
    if whole { "integer" } else { "decimal" }
}

fn counted_entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        _ => format!("{} entries", grouped(count as u64)),
    }
}

/// What a value is, as OpenAI's sentences have it.
pub(super) fn kind_name(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Number if value.raw().bytes().any(|b| b".eE".contains(&b)) => "a decimal number",
        Kind::Number => "an integer",
        _ => value.kind_name(),
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
pub(super) fn listed(words: &[&str], and: &str) -> String {
    match words {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [one, two] => format!("'{one}' {and} '{two}'"),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|word| format!("'{word}'")).collect();
            format!("{}, {and} '{last}'", rest.join(", "))
        }
    }
}

fn ticked(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(" or ")
}

/// A number as it is spelled, cut where nobody would read it.
pub(super) fn spelled_number(value: Value<'_>) -> String {
    bare_name(value.raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_as_the_provider_does() {
        assert_eq!(
            listed(&["auto", "disabled"], "and"),
            "'auto' and 'disabled'"
        );
        assert_eq!(
            listed(&["low", "medium", "high"], "or"),
            "'low', 'medium', or 'high'"
        );
        assert_eq!(listed(&["one"], "or"), "'one'");
    }
}
