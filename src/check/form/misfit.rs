//! Compares a value with the type and range of a table, and returns the fault if it does not match.

use std::borrow::Cow;

use super::super::characters::characters;
use super::super::fault::{Fault, Slots};
use super::super::faults::fields as faults;
use crate::json::{Kind, Value};
use crate::provider::field::FieldType;
use crate::shown::{bare_name, shown_word};
use crate::words::listed;

/// Fault of a value, and the values of its placeholders.
pub(super) struct Misfit {
    pub(super) fault: &'static Fault,
    pub(super) slots: Slots<'static>,
}

impl Misfit {
    pub(super) fn new(fault: &'static Fault, slots: Slots<'static>) -> Misfit {
        Misfit { fault, slots }
    }

    /// A value of the wrong type.
    pub(super) fn mistyped(expected: impl Into<Cow<'static, str>>, value: Value<'_>) -> Misfit {
        Misfit::typed(expected, kind_name(value))
    }

    /// A value of the wrong type, with the type as the API reports it.
    pub(super) fn typed(expected: impl Into<Cow<'static, str>>, got: &'static str) -> Misfit {
        let expected = expected.into();
        // Types in Anthropic's words, if an answer was reported.
        let wanted = match &*expected {
            "a boolean" => Some("boolean"),
            "a string" => Some("string"),
            "an integer" => Some("integer"),
            "a decimal" => Some("number"),
            _ => None,
        };
        let mut slots = Slots::default().text("expected", expected).text("got", got);
        if let Some(wanted) = wanted {
            slots = slots.text("wanted", wanted);
        }
        Misfit::new(&faults::WRONG_TYPE, slots)
    }

    pub(super) fn unknown_word(value: &str, words: &[&str]) -> Misfit {
        Misfit::new(&faults::UNKNOWN_WORD, word_slots(value, words))
    }

    pub(super) fn long_string(most: usize, length: usize) -> Misfit {
        let slots = Slots::default().count("most", most).count("length", length);
        Misfit::new(&faults::LONG_STRING, slots)
    }

    pub(super) fn pattern(fault: &'static Fault, pattern: &'static str) -> Misfit {
        Misfit::new(fault, Slots::default().text("pattern", pattern))
    }
}

/// Placeholders for an unknown word.
pub(super) fn word_slots(value: &str, words: &[&str]) -> Slots<'static> {
    Slots::default()
        .text("value", shown_word(value))
        .text("words", listed(words, "and"))
        .text("choices", listed(words, "or"))
}

/// Returns the fault of a value's type or range.
pub(super) fn misfit(is: &FieldType, value: Value<'_>) -> Option<Misfit> {
    let kind = value.kind();
    let typed =
        |expected: &'static str, right: bool| (!right).then(|| Misfit::mistyped(expected, value));
    match *is {
        FieldType::Any => None,
        FieldType::Bool => typed("a boolean", matches!(kind, Kind::True | Kind::False)),
        FieldType::Str(most) => typed("a string", kind == Kind::String).or_else(|| {
            // A character has at least one byte.
            let long = most > 0 && value.span().len() - 2 > most;
            let length = if long { characters(value) } else { 0 };
            (length > most).then(|| Misfit::long_string(most, length))
        }),
        FieldType::Int(least, most) => {
            typed("an integer", kind == Kind::Number).or_else(|| integer_misfit(value, least, most))
        }
        FieldType::Dec(least, most) => {
            typed("a decimal", kind == Kind::Number).or_else(|| decimal_misfit(value, least, most))
        }
        FieldType::Word(words) => match value.as_str() {
            Some(word) if words.contains(&&*word) => None,
            Some(word) => Some(Misfit::unknown_word(&word, words)),
            None => Some(Misfit::mistyped(one_of(words), value)),
        },
        FieldType::WordOfType(words) => {
            (kind != Kind::String).then(|| Misfit::mistyped(one_of(words), value))
        }
        FieldType::Obj | FieldType::Members(_) | FieldType::LogitBias => {
            typed("an object", kind == Kind::Object)
        }
        FieldType::Metadata => typed("a metadata object", kind == Kind::Object),
        FieldType::List(of) => typed(of, kind == Kind::Array),
        FieldType::Stop(most) => match kind {
            Kind::String => None,
            Kind::Array => {
                let length = value.items().count();
                let slots = || Slots::default().count("most", most).count("length", length);
                (length > most).then(|| Misfit::new(&faults::LONG_LIST, slots()))
            }
            _ => Some(Misfit::mistyped(
                "one of a string or array of strings",
                value,
            )),
        },
    }
}

/// Returns the fault of a number that is not an integer, or out of range. Bounds and value are
/// compared as integers: a double cannot hold the largest, 2^63 − 1.
fn integer_misfit(value: Value<'_>, least: i64, most: i64) -> Option<Misfit> {
    // A parsed number always fits a double.
    let number: f64 = value.raw().parse().ok()?;
    // Some parsers accept `1.0` as an integer: nothing was observed, so nothing is reported.
    if number.fract() != 0.0 {
        return Some(Misfit::mistyped("an integer", value));
    }
    let (below, above) = match value.raw().parse::<i128>() {
        Ok(number) => (number < i128::from(least), number > i128::from(most)),
        Err(_) => (number < least as f64, number > most as f64),
    };
    if above {
        let bound = ("most", most.to_string());
        Some(out_of_range(&faults::INTEGER_ABOVE, bound, value))
    } else if below {
        let bound = ("least", least.to_string());
        Some(out_of_range(&faults::INTEGER_BELOW, bound, value))
    } else {
        None
    }
}

/// Returns the fault of a number that is out of range.
pub(super) fn decimal_misfit(value: Value<'_>, least: f64, most: f64) -> Option<Misfit> {
    let number: f64 = value.raw().parse().ok()?;
    if number > most {
        let bound = ("most", most.to_string());
        Some(out_of_range(&faults::DECIMAL_ABOVE, bound, value))
    } else if number < least {
        let bound = ("least", least.to_string());
        Some(out_of_range(&faults::DECIMAL_BELOW, bound, value))
    } else {
        None
    }
}

fn out_of_range(
    fault: &'static Fault,
    (slot, bound): (&'static str, String),
    value: Value<'_>,
) -> Misfit {
    let slots = Slots::default()
        .text(slot, bound)
        .text("got", spelled_number(value));
    Misfit::new(fault, slots)
}

/// Formats choices: `one of 'auto' or 'disabled'`.
fn one_of(words: &[&str]) -> String {
    format!("one of {}", listed(words, "or"))
}

/// Name of a value's type in OpenAI's sentences.
fn kind_name(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Number if value.raw().bytes().any(|b| b".eE".contains(&b)) => "a decimal number",
        Kind::Number => "an integer",
        _ => value.kind_name(),
    }
}

/// Returns a number in its original spelling, shortened if it is very long.
pub(super) fn spelled_number(value: Value<'_>) -> String {
    bare_name(value.raw())
}
