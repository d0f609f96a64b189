//! Decides whether the arguments of a call are JSON.
//!
//! They are JSON inside of a JSON string, so they are escaped in the request, and a history has
//! hundreds of them. [`is_json`] first tries [`plainly_json`], which reads the escaped bytes in
//! place, allocates nothing and jumps from quote to quote. Anything unusual (an escape in an
//! escape, an unusual number) is left to `serde_json` on the unescaped string. A property test
//! proves that it never accepts what `serde_json` refuses.

use serde::de::IgnoredAny;

use crate::json::Value;

/// Whether a string contains JSON. Linear.
pub(super) fn is_json(string: Value<'_>) -> bool {
    let raw = string.raw();
    let inner = &raw.as_bytes()[1..raw.len() - 1];
    plainly_json(inner)
        || string
            .as_str()
            .is_some_and(|text| serde_json::from_str::<IgnoredAny>(&text).is_ok())
}

/// At this depth `serde_json` decides, because it has a limit of its own.
const DEEP: usize = 64;

/// Whether the escaped bytes of a string are certainly JSON. `false` means undecided.
///
/// ```text
/// value:  { or [      open it;  \"…\"  leap to the end of the string
///         a digit or a letter: a whole number without a leading zero, or true, false, null
/// after:  } or ]      close it;  , then a value, or a key and a colon
/// ```
fn plainly_json(bytes: &[u8]) -> bool {
    let mut at = 0;
    // Stack of open containers, one bit each: 1 for an object.
    let mut open: u64 = 0;
    let mut depth = 0;
    loop {
        // A value, or the end of an empty container.
        skip_blanks(bytes, &mut at);
        match bytes.get(at) {
            Some(b'{') if depth < DEEP => {
                at += 1;
                open = open << 1 | 1;
                depth += 1;
                skip_blanks(bytes, &mut at);
                if bytes.get(at) != Some(&b'}') {
                    if !key(bytes, &mut at) {
                        return false;
                    }
                    continue;
                }
            }
            Some(b'[') if depth < DEEP => {
                at += 1;
                open <<= 1;
                depth += 1;
                skip_blanks(bytes, &mut at);
                if bytes.get(at) != Some(&b']') {
                    continue;
                }
            }
            Some(b'\\') => {
                if !string(bytes, &mut at) {
                    return false;
                }
            }
            _ => {
                if !word(bytes, &mut at) {
                    return false;
                }
            }
        }
        // The bytes after a value.
        loop {
            skip_blanks(bytes, &mut at);
            if depth == 0 {
                return at == bytes.len();
            }
            let object = open & 1 == 1;
            match bytes.get(at) {
                Some(b',') => {
                    at += 1;
                    if object {
                        skip_blanks(bytes, &mut at);
                        if !key(bytes, &mut at) {
                            return false;
                        }
                    }
                    break;
                }
                Some(b'}') if object => {}
                Some(b']') if !object => {}
                _ => return false,
            }
            at += 1;
            open >>= 1;
            depth -= 1;
        }
    }
}

/// Skips white space, both raw and escaped as `
/// ` and the like.
fn skip_blanks(bytes: &[u8], at: &mut usize) {
    loop {
        match bytes.get(*at) {
            Some(b' ') => *at += 1,
            Some(b'\\') if matches!(bytes.get(*at + 1), Some(b'n' | b't' | b'r')) => *at += 2,
            _ => return,
        }
    }
}

fn key(bytes: &[u8], at: &mut usize) -> bool {
    if !string(bytes, at) {
        return false;
    }
    skip_blanks(bytes, at);
    let colon = bytes.get(*at) == Some(&b':');
    *at += 1;
    colon
}

/// Skips a string, whose quotes are written `\"`. Its own escapes are two backslashes and a letter,
/// its quotes three and the quote.
fn string(bytes: &[u8], at: &mut usize) -> bool {
    if bytes.get(*at..*at + 2) != Some(b"\\\"") {
        return false;
    }
    let mut from = *at + 2;
    loop {
        let Some(step) = memchr::memchr(b'\\', bytes.get(from..).unwrap_or_default()) else {
            return false;
        };
        // A JSON string contains no raw control characters, so the skipped bytes are plain.
        from += step;
        match (
            bytes.get(from + 1),
            bytes.get(from + 2),
            bytes.get(from + 3),
        ) {
            (Some(b'"'), _, _) => {
                *at = from + 2;
                return true;
            }
            (Some(b'/'), _, _) => from += 2,
            (Some(b'\\'), Some(b'n' | b't' | b'r' | b'b' | b'f' | b'/'), _) => from += 3,
            (Some(b'\\'), Some(b'\\'), Some(b'"' | b'\\')) => from += 4,
            _ => return false,
        }
    }
}

fn word(bytes: &[u8], at: &mut usize) -> bool {
    let rest = &bytes[*at..];
    for word in [&b"true"[..], b"false", b"null"] {
        if rest.starts_with(word) {
            *at += word.len();
            return true;
        }
    }
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    // Signs, fractions and exponents are left to `serde_json`, as are numbers that may not fit an
    // `f64`.
    let plain = (1..=15).contains(&digits)
        && (digits == 1 || rest[0] != b'0')
        && !matches!(rest.get(digits), Some(b'.' | b'e' | b'E'));
    *at += digits;
    plain
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::json::Document;

    fn judged(text: &str) -> (bool, bool, bool) {
        let json = serde_json::to_string(text).unwrap();
        let document = Document::parse(Cow::Borrowed(&json), |_| true).unwrap();
        let truth = serde_json::from_str::<IgnoredAny>(text).is_ok();
        let plainly = plainly_json(&json.as_bytes()[1..json.len() - 1]);
        (plainly, is_json(document.root()), truth)
    }

    #[test]
    fn what_models_write_is_known_at_a_glance() {
        for text in [
            "{}",
            "[]",
            "{\"city\": \"Kiel\", \"days\": 3, \"now\": true}",
            "{\n  \"a\": [1, 2, {\"b\": null}],\n  \"c\": \"line\\nline \\\"quoted\\\" \\\\\"\n}",
            "{\"größe\": \"…\"}",
            "\"text\"",
            " 7 ",
        ] {
            assert_eq!(judged(text), (true, true, true), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_not_json() {
        for text in [
            "",
            "{",
            "{'city': 'Kiel'}",
            "{\"city\": \"Kiel\"",
            "{\"city\": \"Ki",
            "{\"a\" 1}",
            "{\"a\": 1,}",
            "[1 2]",
            "[1,]",
            "{]",
            "{} {}",
            "01",
            "tru",
            "{\"a\": \"line\nline\"}",
            "\"\\x\"",
            "nullnull",
        ] {
            assert_eq!(judged(text), (false, false, false), "{text:?}");
        }
    }

    #[test]
    fn the_rest_is_left_to_the_other_road() {
        for text in ["-1.5e3", "[0.5]", "\"\\u00e9\"", "12345678901234567890"] {
            assert_eq!(judged(text), (false, true, true), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(judged(&deep), (false, true, true));
    }

    proptest! {
        #[test]
        fn the_short_road_says_yes_only_where_the_long_one_does(
            text in "([\\[\\]{},: \n\"\\\\]|\"a\"|1|0|true|null|\\\\n|\\\\u00|é|\"k\":){0,12}",
        ) {
            let (plainly, judged, truth) = judged(&text);
            prop_assert_eq!(judged, truth, "{:?}", text);
            prop_assert!(!plainly || truth, "{:?}", text);
        }
    }
}
