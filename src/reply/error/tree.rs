//! Lenient reader for JSON and for the notations that clients print instead.
//!
//! Error bodies arrive as JSON, as the `repr` of a Python dict, as the `inspect` of a JavaScript
//! object, with curly quotes, truncated, or with an unescaped quote inside a string. One reader
//! handles all of them: it never fails and returns whatever it could read. On valid JSON the result
//! equals that of a strict parser; a property test compares the two.
//!
//! Every byte is consumed once, so reading is linear. Nesting beyond [`MAX_DEPTH`] is read as null.

use std::borrow::Cow;

/// Maximum nesting. The deepest error object seen has 9 levels.
const MAX_DEPTH: usize = 40;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree<'a> {
    Null,
    Bool(bool),
    /// Number as written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// Returns the value of a key, if this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Tree<'a>> {
        match self {
            Tree::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Returns the value at a path of keys; `0` is the first element of a list.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Tree<'a>> {
        path.iter().try_fold(self, |tree, key| match tree {
            Tree::List(items) if *key == "0" => items.first(),
            tree => tree.get(key),
        })
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Tree::Null)
    }

    /// Returns a whole number, also if written as a string or with a fraction of zero.
    pub(super) fn whole(&self) -> Option<u64> {
        let text = match self {
            Tree::Number(text) => text,
            Tree::Text(text) => text.trim(),
            _ => return None,
        };
        text.strip_suffix(".0").unwrap_or(text).parse().ok()
    }

    /// Returns whether the value is null or an empty string, list or object.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Tree::Null => true,
            Tree::Text(text) => text.is_empty(),
            Tree::List(items) => items.is_empty(),
            Tree::Object(fields) => fields.is_empty(),
            Tree::Bool(_) | Tree::Number(_) => false,
        }
    }
}

/// Reads the value that begins at byte `start` (a `{` or `[`); returns it and the byte after it.
pub(super) fn read(text: &str, start: usize) -> (Tree<'_>, usize) {
    let mut reader = Reader { text, at: start };
    let tree = reader.value(0);
    (tree, reader.at.max(start + 1).min(text.len()))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves past the current character.
    fn step(&mut self) {
        self.at += 1;
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if byte == b'\\'
                && matches!(
                    self.text.as_bytes().get(self.at + 1),
                    Some(b'n' | b'r' | b't')
                )
            {
                // The line break of an escaped object in plain text.
                self.at += 2;
            } else {
                break;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Tree<'a> {
        self.skip_space();
        match self.peek() {
            None => Tree::Null,
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                self.at += 1;
                Tree::Null
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            // A literal of Python bytes: b'{…}'.
            Some(b'b' | b'u')
                if matches!(self.text.as_bytes().get(self.at + 1), Some(b'"' | b'\'')) =>
            {
                self.at += 1;
                self.quoted().map_or(Tree::Null, Tree::Text)
            }
            Some(_) => match self.quoted() {
                Some(text) => Tree::Text(text),
                None => self.bare(),
            },
        }
    }

    fn object(&mut self, depth: usize) -> Tree<'a> {
        self.at += 1;
        let mut fields = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(b']') => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let start = self.at;
            let key = match self.quoted() {
                Some(key) => Some(key),
                None => self.bare_key(),
            };
            self.skip_space();
            let separated = match self.peek() {
                Some(b':') => {
                    self.at += 1;
                    true
                }
                Some(b'=') => {
                    self.at += 1;
                    if self.peek() == Some(b'>') {
                        self.at += 1;
                    }
                    true
                }
                _ => false,
            };
            if let (Some(key), true) = (key, separated) {
                let value = self.value(depth + 1);
                fields.push((key, value));
            } else if self.at == start {
                self.step();
            }
        }
        Tree::Object(fields)
    }

    fn list(&mut self, depth: usize) -> Tree<'a> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(b'}') => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let start = self.at;
            let value = self.value(depth + 1);
            if self.at == start {
                self.step();
            } else {
                items.push(value);
            }
        }
        Tree::List(items)
    }

    /// Reads a name without quotes, as JavaScript prints it.
    fn bare_key(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'-' | b'.'))
        {
            self.at += 1;
        }
        (self.at > start).then(|| Cow::Borrowed(&self.text[start..self.at]))
    }

    /// Reads a value without quotes: a number, a literal, or words up to the next separator.
    fn bare(&mut self) -> Tree<'a> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let len = rest
            .iter()
            .position(|b| matches!(b, b',' | b'}' | b']' | b'{' | b'[' | b'\n'))
            .unwrap_or(rest.len());
        self.at = start + len;
        let word = self.text[start..self.at].trim_end();
        match word {
            "null" | "None" | "nil" | "undefined" | "" => Tree::Null,
            "true" | "True" => Tree::Bool(true),
            "false" | "False" => Tree::Bool(false),
            word if is_number(word) => Tree::Number(word),
            word => Tree::Text(Cow::Borrowed(word)),
        }
    }

    /// Reads a string in any of the known quotes and resolves its escapes.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        let rest = &self.text[self.at..];
        let (open, close) = match rest.as_bytes().first()? {
            b'"' => ("\"", "\""),
            b'\'' => ("'", "'"),
            b'\\' if rest.starts_with("\\\"") => ("\\\"", "\\\""),
            b'\\' if rest.starts_with("\\'") => ("\\'", "\\'"),
            0xE2 if rest.starts_with('“') || rest.starts_with('”') => ("“", "”"),
            _ => return None,
        };
        let start = self.at + open.len();
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut escaped = false;
        let end = loop {
            // Skip to the next byte that can matter.
            let found = match close.as_bytes()[0] {
                first @ (b'"' | b'\'') => memchr::memchr2(first, b'\\', &bytes[at..]),
                b'\\' => memchr::memchr(b'\\', &bytes[at..]),
                first => memchr::memchr2(first, b'\\', &bytes[at..]),
            };
            let Some(found) = found else {
                break bytes.len();
            };
            at += found;
            if self.text[at..].starts_with(close) && closes(bytes, at + close.len()) {
                break at;
            }
            if bytes[at] == b'\\' {
                escaped = true;
                at = (at + 2).min(bytes.len());
                while !self.text.is_char_boundary(at) {
                    at += 1;
                }
            } else {
                at += 1;
                while !self.text.is_char_boundary(at) {
                    at += 1;
                }
            }
        };
        let inner = &self.text[start..end];
        self.at = (end + close.len()).min(bytes.len());
        Some(if escaped {
            Cow::Owned(unescape(inner))
        } else {
            Cow::Borrowed(inner)
        })
    }
}

/// Returns whether a quote that ends before byte `at` closes its string: in JSON a separator
/// follows it. A quote before anything else was left unescaped.
fn closes(bytes: &[u8], at: usize) -> bool {
    let mut rest = bytes[at.min(bytes.len())..].iter();
    loop {
        match rest.next() {
            Some(b' ' | b'\n' | b'\r' | b'\t') => {}
            // The line break of an escaped object in plain text.
            Some(b'\\') => return matches!(rest.next(), Some(b'n' | b'r' | b't')),
            Some(b',' | b'}' | b']' | b':' | b'=' | b')') | None => return true,
            Some(_) => return false,
        }
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// Resolves the escapes of JSON and of Python's `repr`. An unknown escape loses only its backslash.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            break;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let (unit, after) = hex(rest, 4);
                rest = after;
                let mut code = unit;
                if let Some(high @ 0xD800..=0xDBFF) = unit {
                    code = None;
                    if let Some((Some(low @ 0xDC00..=0xDFFF), after)) =
                        rest.strip_prefix("\\u").map(|rest| hex(rest, 4))
                    {
                        code = Some(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
                        rest = after;
                    }
                }
                out.push(code.and_then(char::from_u32).unwrap_or('\u{FFFD}'));
            }
            'x' => {
                let (code, after) = hex(rest, 2);
                rest = after;
                out.push(
                    code.filter(|c| *c < 0x80)
                        .and_then(char::from_u32)
                        .unwrap_or('\u{FFFD}'),
                );
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}

fn hex(text: &str, len: usize) -> (Option<u32>, &str) {
    match text.get(..len) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            (u32::from_str_radix(digits, 16).ok(), &text[len..])
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(tree: &Tree<'_>, json: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (tree, json) {
            (Tree::Null, Value::Null) => true,
            (Tree::Bool(a), Value::Bool(b)) => a == b,
            (Tree::Number(a), Value::Number(b)) => *a == b.to_string(),
            (Tree::Text(a), Value::String(b)) => a == b,
            (Tree::List(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Tree::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
            }
            _ => false,
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[ -~éß\"\\\\\n\u{1F600}]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
                proptest::collection::btree_map("[a-z\"\\\\é]{0,6}", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// On valid JSON the reader and serde_json agree.
        #[test]
        fn agrees_with_a_strict_parser(json in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }?;
            prop_assume!(text.starts_with(['{', '[']));
            let (tree, end) = read(&text, 0);
            prop_assert_eq!(end, text.len());
            prop_assert!(same(&tree, &json), "{:?}", tree);
        }

        #[test]
        fn never_panics(text in "[{}\\[\\]\"'\\\\:,“”a1é ]{0,60}") {
            let (_, end) = read(&text, 0);
            prop_assert!(text.is_char_boundary(end));
        }
    }

    #[test]
    fn reads_what_clients_print() {
        let python = "{'error': {'message': \"it's 3\", 'code': None, 'ok': True}}";
        let (tree, _) = read(python, 0);
        assert_eq!(
            tree.at(&["error", "message"]).and_then(Tree::text),
            Some("it's 3")
        );
        assert_eq!(tree.at(&["error", "code"]), Some(&Tree::Null));

        let (tree, _) = read("{ error:\n { message: 'a', code: 'b' } }", 0);
        assert_eq!(tree.at(&["error", "code"]).and_then(Tree::text), Some("b"));

        let (tree, _) = read("{ “error”: { “type”: “x”, “code”: null }}", 0);
        assert_eq!(tree.at(&["error", "type"]).and_then(Tree::text), Some("x"));

        let (tree, _) = read(r#"{"a": "one "two" three", "b": 1}"#, 0);
        assert_eq!(
            tree.get("a").and_then(Tree::text),
            Some("one \"two\" three")
        );
        assert_eq!(tree.get("b").and_then(Tree::whole), Some(1));

        let (tree, _) = read(r#"{\"a\":\"b\",\n \"c\":1}"#, 0);
        assert_eq!(tree.get("a").and_then(Tree::text), Some("b"));
        assert_eq!(tree.get("c").and_then(Tree::whole), Some(1));

        let (tree, _) = read(r#"{"a": {"b": "cut of"#, 0);
        assert_eq!(tree.at(&["a", "b"]).and_then(Tree::text), Some("cut of"));
    }
}
