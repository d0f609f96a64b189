//! Writes JSON like Python's `json.dumps`, which the server uses for JSON that it has parsed.
//!
//! ```text
//! {"b":1.50,"a":"é"}   read and written:  {"b": 1.5, "a": "\u00e9"}
//! compact, not ASCII:                     {"b":1.5,"a":"é"}
//! ```
//!
//! Keys keep their order; a repeated key has its last value at its first place. Whole numbers keep
//! their digits, others are written like Python's `repr`: the shortest digits that parse to the
//! same number.
//!
//! Evidence: arguments and results of calls, and response schemas, in recorded requests
//! (docs/evidence/billing.md, sections 2.3 and 2.4).

use std::borrow::Cow;
use std::collections::HashMap;

use wide::u8x16;

use super::{Kind, Value};

/// Options of `json.dumps`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Escape everything beyond ASCII (`ensure_ascii`).
    pub(crate) ascii: bool,
    /// A blank after `,` and `:`.
    pub(crate) spaced: bool,
}

/// The defaults.
pub(crate) const DEFAULT: Style = Style {
    ascii: true,
    spaced: true,
};
/// Without blanks, escaped.
pub(crate) const COMPACT_ASCII: Style = Style {
    ascii: true,
    spaced: false,
};
/// Without blanks, not escaped.
pub(crate) const COMPACT: Style = Style {
    ascii: false,
    spaced: false,
};
/// With blanks, not escaped.
pub(crate) const SPACED: Style = Style {
    ascii: false,
    spaced: true,
};

/// Writes a value. Recursion is as deep as the JSON, which is at most `MAX_DEPTH`.
pub(crate) fn write(out: &mut String, value: Value<'_>, style: Style) {
    let (comma, colon) = if style.spaced {
        (", ", ": ")
    } else {
        (",", ":")
    };
    match value.kind() {
        Kind::Null | Kind::False | Kind::True => out.push_str(value.raw()),
        Kind::Number => write_number(out, value.raw()),
        Kind::String => write_string(out, &value.as_str().unwrap_or_default(), style),
        Kind::Array => {
            out.push('[');
            for (nth, item) in value.items().enumerate() {
                out.push_str(if nth > 0 { comma } else { "" });
                write(out, item, style);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (nth, (key, value)) in unique_entries(value).into_iter().enumerate() {
                out.push_str(if nth > 0 { comma } else { "" });
                write_string(out, &key, style);
                out.push_str(colon);
                write(out, value, style);
            }
            out.push('}');
        }
    }
}

/// Returns the entries of an object like a Python dict: a repeated key has its last value, at its
/// first place.
pub(crate) fn unique_entries(object: Value<'_>) -> Vec<(Cow<'_, str>, Value<'_>)> {
    let mut entries: Vec<(Cow<'_, str>, Value<'_>)> = Vec::new();
    // Most objects are small, and comparing with each entry is faster than hashing; large ones must
    // not be quadratic.
    const FEW: usize = 16;
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (key, value) in object.entries() {
        let key = key.as_str().unwrap_or_default();
        if entries.len() == FEW {
            places.extend(
                entries
                    .iter()
                    .enumerate()
                    .map(|(place, (key, _))| (key.clone(), place)),
            );
        }
        let place = if entries.len() < FEW {
            entries.iter().position(|(earlier, _)| *earlier == key)
        } else {
            places.get(&key).copied()
        };
        match place {
            Some(place) => entries[place].1 = value,
            None => {
                if entries.len() >= FEW {
                    places.insert(key.clone(), entries.len());
                }
                entries.push((key, value));
            }
        }
    }
    entries
}

/// Writes a string with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str, style: Style) {
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(plain_len(rest.as_bytes(), style.ascii));
        out.push_str(plain);
        let Some(c) = special.chars().next() else {
            break;
        };
        write_character(out, c, style);
        rest = &special[c.len_utf8()..];
    }
    out.push('"');
}

/// Writes one character of a string.
fn write_character(out: &mut String, c: char, style: Style) {
    use std::fmt::Write as _;
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        ' '..='~' => out.push(c),
        _ if style.ascii || c < ' ' => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        _ => out.push(c),
    }
}

/// Returns the number of bytes at the start of a string that are written unchanged, 16 at a time.
///
/// They end at a character boundary, because a byte beyond ASCII is special only if all of them
/// are.
fn plain_len(bytes: &[u8], ascii: bool) -> usize {
    let is_special = |b: u8| b < b' ' || b == b'"' || b == b'\\' || (ascii && b > b'~');
    let last_plain = if ascii { b'~' } else { u8::MAX };
    let (sixteens, tail) = bytes.as_chunks::<16>();
    for (nth, sixteen) in sixteens.iter().enumerate() {
        let sixteen = u8x16::from(*sixteen);
        let clamped = sixteen
            .max(u8x16::splat(b' '))
            .min(u8x16::splat(last_plain));
        let special = !sixteen.simd_eq(clamped)
            | sixteen.simd_eq(u8x16::splat(b'"'))
            | sixteen.simd_eq(u8x16::splat(b'\\'));
        let special = special.to_bitmask();
        if special != 0 {
            return 16 * nth + special.trailing_zeros() as usize;
        }
    }
    let at = tail.iter().position(|&b| is_special(b));
    bytes.len() - tail.len() + at.unwrap_or(tail.len())
}

/// Writes a number like Python's float: `0` is `0.0`.
pub(crate) fn write_as_float(out: &mut String, value: Value<'_>) {
    match value.raw().parse::<f64>() {
        Ok(number) => write_float(out, number),
        Err(_) => out.push_str(value.raw()),
    }
}

/// Writes a JSON number as Python would after parsing it: whole numbers by their digits, others by
/// `repr`.
fn write_number(out: &mut String, raw: &str) {
    if !raw.contains(['.', 'e', 'E']) {
        out.push_str(if raw == "-0" { "0" } else { raw });
        return;
    }
    match raw.parse::<f64>() {
        Ok(number) => write_float(out, number),
        Err(_) => out.push_str(raw),
    }
}

/// Python's `repr` of a float: positional for exponents from -4 to 15, else `1.5e+16`.
pub(crate) fn write_float(out: &mut String, number: f64) {
    let shortest = format!("{number:e}");
    let Some((digits, exponent)) = shortest.split_once('e') else {
        return out.push_str(&shortest);
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        out.push_str(&plain);
        if !plain.contains('.') {
            out.push_str(".0");
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{digits}e{sign}{:02}", exponent.abs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;
    use proptest::prelude::*;

    fn dumps(json: &str, style: Style) -> String {
        let document = Document::parse(json.into(), |_| true).unwrap();
        let mut out = String::new();
        write(&mut out, document.root(), style);
        out
    }

    /// Output of Python 3.11 for `json.dumps(json.loads(…))`.
    #[test]
    fn as_python_writes() {
        for (json, written) in [
            (r#"{"b":1.50,"a":"é"}"#, r#"{"b": 1.5, "a": "\u00e9"}"#),
            (
                "[1,2.0,-0,-0.0,1e5,1e16,1.5e16,1e-4,1e-5,123456789012345678901234567890]",
                "[1, 2.0, 0, -0.0, 100000.0, 1e+16, 1.5e+16, 0.0001, 1e-05, 123456789012345678901234567890]",
            ),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a": 3, "b": 2}"#),
            (
                r#""\u007f\u0001\b\f\n\r\t\"\\\/ 😀""#,
                r#""\u007f\u0001\b\f\n\r\t\"\\/ \ud83d\ude00""#,
            ),
            ("[ ]", "[]"),
            ("{ }", "{}"),
            ("[true,false,null]", "[true, false, null]"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740993.0", "9007199254740992.0"),
        ] {
            assert_eq!(dumps(json, DEFAULT), written);
        }
        assert_eq!(
            dumps(r#"{"a": [1, "é\u007f"]}"#, COMPACT),
            "{\"a\":[1,\"é\u{7f}\"]}"
        );
    }

    proptest! {
        /// Copying runs of plain characters gives the same result as writing them one by one.
        #[test]
        fn strings_are_written_character_by_character(
            text in prop_oneof![any::<String>(), "[ -~]{0,40}", r#"[a-z"\\\\\n\x7f\x01é漢😀]{0,60}"#],
            ascii in any::<bool>(),
        ) {
            let style = Style { ascii, spaced: true };
            let mut one_by_one = String::from("\"");
            text.chars().for_each(|c| write_character(&mut one_by_one, c, style));
            one_by_one.push('"');
            let mut written = String::new();
            write_string(&mut written, &text, style);
            prop_assert_eq!(&written, &one_by_one);
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
