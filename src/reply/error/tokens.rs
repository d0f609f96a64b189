//! Tokenizer of messages into words and numbers, so that wordings are compared without case, quotes
//! and punctuation.
//!
//! A number is a token of its own only if it can be an amount: the digits of `gpt-4.1`,
//! `2026-04-01`, `org-8f3` and `1m47.5s` stay part of their name. `200,000` and `200000` are the
//! same number.

/// Maximum length in bytes of a string that is compared with wordings. Provider messages are
/// shorter; anything longer repeats the request or is a log.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// Word or number of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Hash of the word in lower case; 0 for a number.
    pub(super) hash: u32,
    /// The amount, for a number.
    pub(super) number: Option<i64>,
}

/// Hashes a word in lower case (FNV-1a); never 0.
pub(super) fn hash(word: &str) -> u32 {
    let mut hash = 0x811C_9DC5_u32;
    for byte in word.bytes() {
        hash = (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    }
    hash.max(1)
}

/// Splits at most [`MAX_TEXT`] bytes into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut limit = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let text = &text[..limit];
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(text.len() / 6 + 4);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\\' && matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't')) {
            // A line break left escaped.
            at += 2;
        } else if byte.is_ascii_alphanumeric() || byte == b'_' {
            let end = atom_end(bytes, at);
            push_atom(&mut out, text, at, end);
            at = end;
        } else if byte < 0x80 {
            at += 1;
        } else {
            // Scripts without spaces: each character is a word. Punctuation is not.
            let char = text[at..].chars().next().unwrap_or(' ');
            let end = at + char.len_utf8();
            if char.is_alphabetic() {
                push_word(&mut out, text, at, end);
            }
            at = end;
        }
    }
    out
}

/// Finds the end of the run of letters, digits and joiners that begins at `at`.
fn atom_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut digits = false;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        let joins = match byte {
            b'.' | b',' => at > start && bytes[at - 1].is_ascii_digit() && next.is_ascii_digit(),
            // A name such as `gpt-4` or `claude-3-haiku`, or a date.
            b'-' => next.is_ascii_digit() || (digits && next.is_ascii_alphanumeric()),
            _ => byte.is_ascii_alphanumeric() || byte == b'_',
        };
        if !joins {
            break;
        }
        digits |= byte.is_ascii_digit();
        at += 1;
    }
    at
}

fn push_word(out: &mut Vec<Token>, text: &str, start: usize, end: usize) {
    out.push(Token {
        start: start as u32,
        end: end as u32,
        hash: hash(&text[start..end]),
        number: None,
    });
}

fn push_number(out: &mut Vec<Token>, start: usize, end: usize, number: i64) {
    out.push(Token {
        start: start as u32,
        end: end as u32,
        hash: 0,
        number: Some(number),
    });
}

fn push_atom(out: &mut Vec<Token>, text: &str, start: usize, end: usize) {
    let atom = &text[start..end];
    if !atom.as_bytes()[0].is_ascii_digit() {
        return push_word(out, text, start, end);
    }
    let negative = start > 0 && text.as_bytes()[start - 1] == b'-';
    let sign = if negative { -1 } else { 1 };
    let figures = atom
        .bytes()
        .position(|b| !b.is_ascii_digit() && b != b',' && b != b'.')
        .unwrap_or(atom.len());
    let (number, rest) = atom.split_at(figures);
    // `38000cannot` is a number and a word; `20480k`, `5MB`, `4o` and `1m2s` are not numbers.
    let word_after = rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_alphabetic());
    if !rest.is_empty() && !word_after {
        return push_word(out, text, start, end);
    }
    match amount(number) {
        Some(value) => push_number(out, start, start + figures, sign * value),
        // `1,258048`: two numbers without a space.
        None if number.contains(',') && !number.contains('.') => {
            let mut from = start;
            for part in number.split(',') {
                if let Ok(value) = part.parse() {
                    push_number(out, from, from + part.len(), value);
                }
                from += part.len() + 1;
            }
        }
        None => push_word(out, text, start, start + figures),
    }
    if word_after {
        push_word(out, text, start + figures, end);
    }
}

/// Reads a whole amount: digits, with commas between thousands, or a fraction that is zero.
fn amount(text: &str) -> Option<i64> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        joined.push_str(group);
    }
    (first.len() <= 3).then(|| joined.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|t| match t.number {
                Some(n) => format!("#{n}"),
                None => text[t.start as usize..t.end as usize].to_lowercase(),
            })
            .collect()
    }

    #[test]
    fn names_keep_their_digits() {
        assert_eq!(
            shown("gpt-4.1-2025 Limit 30,000, used 5."),
            ["gpt-4.1-2025", "limit", "#30000", "used", "#5"]
        );
        assert_eq!(
            shown("max_tokens=38000cannot"),
            ["max_tokens", "#38000", "cannot"]
        );
        assert_eq!(
            shown("[1, 258048] (8,2045) got -186."),
            ["#1", "#258048", "#8", "#2045", "got", "#-186"]
        );
        assert_eq!(
            shown("5MB 644ms 1m47.5s 128k"),
            ["5mb", "644ms", "1m47.5s", "128k"]
        );
        assert_eq!(shown("a\\n* Quota: 余额"), ["a", "quota", "余", "额"]);
        assert_eq!(
            shown("free-models-per-day"),
            ["free", "models", "per", "day"]
        );
        assert_eq!(
            shown("exit 18446744072635812000"),
            ["exit", "18446744072635812000"]
        );
    }
}
