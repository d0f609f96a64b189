//! Escapes in JSON strings.

use wide::u8x16;

/// Decodes a JSON string given without its quotes. Returns `None` if it has an escape that JSON
/// does not define, or half of a surrogate pair.
///
/// Linear, with one allocation: a decoded string is never longer than its escaped spelling.
pub(super) fn unescaped(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (plain, escape) = rest.split_at(backslash(rest.as_bytes()));
        text.push_str(plain);
        if escape.is_empty() {
            return Some(text);
        }
        let (c, len) = match *escape.as_bytes().get(1)? {
            c @ (b'"' | b'\\' | b'/') => (char::from(c), 2),
            b'n' => ('\n', 2),
            b't' => ('\t', 2),
            b'r' => ('\r', 2),
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'u' => character(escape)?,
            _ => return None,
        };
        text.push(c);
        rest = &escape[len..];
    }
}

/// Returns the position of the first backslash, or the length.
///
/// Not `memchr`: escapes are often a few bytes apart (JSON within a string), where its set-up costs
/// more than the search.
fn backslash(bytes: &[u8]) -> usize {
    let (sixteens, tail) = bytes.as_chunks::<16>();
    for (nth, sixteen) in sixteens.iter().enumerate() {
        let found = u8x16::from(*sixteen).simd_eq(u8x16::splat(b'\\'));
        let found = found.to_bitmask();
        if found != 0 {
            return 16 * nth + found.trailing_zeros() as usize;
        }
    }
    let at = tail.iter().position(|&b| b == b'\\');
    bytes.len() - tail.len() + at.unwrap_or(tail.len())
}

/// Decodes a `\u` escape, or two that form a surrogate pair; returns the character and the bytes
/// read.
fn character(escape: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        let digits = escape.as_bytes().get(from..from + 4)?;
        digits.iter().try_fold(0, |unit, &digit| {
            Some(unit << 4 | char::from(digit).to_digit(16)?)
        })
    };
    let first = unit(2)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    let second = match escape.as_bytes().get(6..8)? {
        br"\u" => unit(8)?,
        _ => return None,
    };
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some((
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + low)?,
        12,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Generates a piece of a string as spelled: plain text, valid escapes, half pairs, broken
    /// escapes.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => r#"[^"\\\x00-\x1f]{0,20}"#,
            4 => r#"\\["\\/bfnrt]"#,
            2 => r"\\u[0-9a-fA-F]{4}",
            2 => r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}",
            1 => r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
            1 => r"\\[0-9a-zA-Zé]",
            1 => r"\\u[0-9a-g+]{0,3}",
        ]
    }

    proptest! {
        #[test]
        fn reads_strings_as_serde_json_does(pieces in prop::collection::vec(piece(), 0..12), end in r"\\?") {
            // A trailing backslash would escape the closing quote there; here it escapes nothing.
            let raw = pieces.concat() + &end;
            let theirs = serde_json::from_str::<String>(&format!("\"{raw}\"")).ok();
            prop_assert_eq!(unescaped(&raw), theirs, "{}", raw);
        }

        #[test]
        fn reads_what_serde_json_writes(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(unescaped(&json[1..json.len() - 1]), Some(text));
        }
    }

    #[test]
    fn a_backslash_is_found_at_every_place() {
        for len in 0..50 {
            for at in 0..len {
                let mut bytes = vec![b'a'; len];
                bytes[at] = b'\\';
                assert_eq!(backslash(&bytes), at);
            }
            assert_eq!(backslash(&vec![b'a'; len]), len);
        }
    }
}
