//! Scanner from JSON text to a flat index, in one pass.
//!
//! ```text
//! loop:
//!   a value is expected:   scalar → push a node;  "{" or "[" → push a node, open it
//!   after a value:         "," → next key or value;  bracket → set the node's end, close it;  repeat
//!   nothing open:          only white space may follow
//! ```
//! Nodes are in document order; `next` is the node after a value and everything in it, so children
//! are found by `own + 1` and siblings by `next`. The open containers are a heap-allocated list:
//! depth costs no stack, and is limited to [`MAX_DEPTH`] because later readers of the values may
//! recurse.
//!
//! Two inputs are rejected beyond the grammar, because no provider accepts them: a `\u` escape of
//! half a surrogate pair, and a number that `f64` cannot hold (`1e999`).

use crate::error::ErrorKind;

/// Maximum nesting of arrays and objects. The same as in `serde_json`, so a request that was read
/// can be passed on to typed code.
pub(crate) const MAX_DEPTH: usize = 127;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

/// One value (or key) in 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
    pub(super) kind: Kind,
    /// Whether a string has at least one escape.
    pub(super) escaped: bool,
}

/// Step of the path to the position where the scan stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep {
    Index(usize),
    /// Span of the key in the text, quotes included.
    Key(std::ops::Range<usize>),
}

/// Reason and position of a stopped scan, and what was indexed before it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) problem: &'static str,
    pub(super) offset: usize,
    pub(super) path: Vec<PathStep>,
    pub(super) nodes: Vec<Node>,
}

/// Array or object being read.
struct OpenContainer {
    node: u32,
    /// In an object: node of the key whose value is being read.
    key: Option<u32>,
    /// In an array: number of items begun.
    items: usize,
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
    nodes: Vec<Node>,
    open: Vec<OpenContainer>,
}

pub(super) fn scan(text: &str) -> Result<Vec<Node>, Fault> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        pos: 0,
        nodes: Vec::new(),
        open: Vec::new(),
    };
    if u32::try_from(text.len()).is_err() {
        return Err(scanner.fault(ErrorKind::TooLarge, "input over 4 GiB", 0));
    }
    match scanner.document() {
        Ok(()) => Ok(scanner.nodes),
        Err(fault) => Err(Fault {
            nodes: scanner.nodes,
            ..fault
        }),
    }
}

impl Scanner<'_> {
    #[cold]
    fn fault(&self, kind: ErrorKind, problem: &'static str, offset: usize) -> Fault {
        let path = self
            .open
            .iter()
            .filter_map(|open| match open.key {
                Some(key) => {
                    let key = &self.nodes[key as usize];
                    Some(PathStep::Key(key.start as usize..key.end as usize))
                }
                None if self.nodes[open.node as usize].kind == Kind::Array => {
                    Some(PathStep::Index(open.items.saturating_sub(1)))
                }
                None => None,
            })
            .collect();
        Fault {
            kind,
            problem,
            offset,
            path,
            nodes: Vec::new(),
        }
    }

    #[cold]
    fn syntax(&self, problem: &'static str, offset: usize) -> Fault {
        self.fault(ErrorKind::InvalidJson, problem, offset)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    fn push(&mut self, kind: Kind, start: usize, escaped: bool) {
        // Positions fit in `u32`: the length was checked once, and a node takes at least one byte
        // of text.
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            start: start as u32,
            end: self.pos as u32,
            next,
            kind,
            escaped,
        });
    }

    fn document(&mut self) -> Result<(), Fault> {
        loop {
            self.value()?;
            // Continues after a value, once for each container that ends here.
            loop {
                self.skip_blanks();
                let Some(open) = self.open.last() else {
                    return match self.peek() {
                        None => Ok(()),
                        Some(_) => {
                            Err(self.syntax("unexpected text after the JSON value", self.pos))
                        }
                    };
                };
                let in_object = self.nodes[open.node as usize].kind == Kind::Object;
                match self.peek() {
                    Some(b',') => {
                        self.pos += 1;
                        self.next_entry(in_object)?;
                        break;
                    }
                    Some(b'}') if in_object => self.close(),
                    Some(b']') if !in_object => self.close(),
                    None => return Err(self.syntax("the JSON text ends too early", self.pos)),
                    Some(_) if in_object => {
                        return Err(self.syntax("expected `,` or `}`", self.pos));
                    }
                    Some(_) => return Err(self.syntax("expected `,` or `]`", self.pos)),
                }
            }
        }
    }

    /// Reads values until one is complete, or until a non-empty container is opened; then its first
    /// key has been read and its first value is next.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            self.skip_blanks();
            let start = self.pos;
            match self.peek() {
                Some(b'"') => return self.string(),
                Some(b'{' | b'[') => {
                    if self.open.len() == MAX_DEPTH {
                        return Err(self.fault(
                            ErrorKind::TooDeep,
                            "arrays and objects nest more than 127 deep; flatten the value",
                            start,
                        ));
                    }
                    let in_object = self.bytes[start] == b'{';
                    self.pos += 1;
                    let node = self.nodes.len() as u32;
                    self.push(
                        if in_object { Kind::Object } else { Kind::Array },
                        start,
                        false,
                    );
                    self.open.push(OpenContainer {
                        node,
                        key: None,
                        items: 0,
                    });
                    self.skip_blanks();
                    let end = if in_object { b'}' } else { b']' };
                    if self.peek() == Some(end) {
                        self.close();
                        return Ok(());
                    }
                    self.next_entry(in_object)?;
                }
                Some(b'-' | b'0'..=b'9') => return self.number(),
                Some(b't') => return self.word("true", Kind::True),
                Some(b'f') => return self.word("false", Kind::False),
                Some(b'n') => return self.word("null", Kind::Null),
                None if start == 0 => {
                    return Err(self.syntax("the input is empty; a JSON value is needed", 0));
                }
                None => return Err(self.syntax("the JSON text ends too early", start)),
                Some(0xEF) if start == 0 && self.text.starts_with('\u{feff}') => {
                    return Err(self.syntax("byte order mark before the JSON; remove it", start));
                }
                Some(b']' | b'}') if self.comma_before(start).is_some() => {
                    return Err(self.trailing_comma(start));
                }
                Some(_) => return Err(self.syntax("expected a JSON value", start)),
            }
        }
    }

    /// Returns the position of the comma that is the last thing before a position.
    #[cold]
    fn comma_before(&self, at: usize) -> Option<usize> {
        let before = self.text[..at].trim_end();
        before.ends_with(',').then(|| before.len() - 1)
    }

    #[cold]
    fn trailing_comma(&self, at: usize) -> Fault {
        self.syntax("trailing comma", self.comma_before(at).unwrap_or(at))
    }

    /// Called after `{`, `[` or `,`: reads the key with its colon, or steps to the next item.
    fn next_entry(&mut self, in_object: bool) -> Result<(), Fault> {
        if !in_object {
            if let Some(open) = self.open.last_mut() {
                open.items += 1;
            }
            return Ok(());
        }
        self.skip_blanks();
        if let Some(open) = self.open.last_mut() {
            open.key = None;
        }
        match self.peek() {
            Some(b'"') => {}
            None => return Err(self.syntax("the JSON text ends too early", self.pos)),
            Some(b'}') if self.comma_before(self.pos).is_some() => {
                return Err(self.trailing_comma(self.pos));
            }
            Some(_) => return Err(self.syntax("expected a key in double quotes", self.pos)),
        }
        let key = self.nodes.len() as u32;
        self.string()?;
        if let Some(open) = self.open.last_mut() {
            open.key = Some(key);
        }
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.syntax("expected `:` after the key", self.pos));
        }
        self.pos += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.pos += 1;
        if let Some(open) = self.open.pop() {
            let next = self.nodes.len() as u32;
            let node = &mut self.nodes[open.node as usize];
            node.end = self.pos as u32;
            node.next = next;
        }
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), Fault> {
        let start = self.pos;
        if !self.bytes[start..].starts_with(word.as_bytes()) {
            return Err(self.syntax("expected a JSON value", start));
        }
        self.pos += word.len();
        self.push(kind, start, false);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.pos;
        while let Some(b'0'..=b'9') = self.peek() {
            self.pos += 1;
        }
        self.pos - start
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.syntax("not a JSON number", start));
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            if self.digits() == 0 {
                return Err(self.syntax("not a JSON number", start));
            }
        }
        let mut large = whole > 300;
        if let Some(b'e' | b'E') = self.peek() {
            self.pos += 1;
            large = true;
            if let Some(b'+' | b'-') = self.peek() {
                self.pos += 1;
            }
            if self.digits() == 0 {
                return Err(self.syntax("not a JSON number", start));
            }
        }
        if large
            && !self.text[start..self.pos]
                .parse::<f64>()
                .is_ok_and(f64::is_finite)
        {
            return Err(self.syntax("number out of range; the maximum is about 1.8e308", start));
        }
        self.push(Kind::Number, start, false);
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        self.pos += 1;
        let mut escaped = false;
        loop {
            let rest = &self.bytes[self.pos..];
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.syntax("a string without its closing quote", start));
            };
            // A fold without early exit, so that it is vectorized: control characters are an error
            // and therefore rare.
            let clean = rest[..length].iter().fold(true, |ok, &b| ok & (b >= 0x20));
            if !clean {
                let at = rest.iter().position(|&b| b < 0x20).unwrap_or(0);
                return Err(self.syntax(
                    "a raw control character in a string; escape it (a line break is \\n)",
                    self.pos + at,
                ));
            }
            self.pos += length + 1;
            if rest[length] == b'"' {
                self.push(Kind::String, start, escaped);
                return Ok(());
            }
            escaped = true;
            self.escape()?;
        }
    }

    /// Reads the escape after a backslash.
    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.pos - 1;
        let byte = self.peek();
        self.pos += 1;
        match byte {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => match self.unit(start)? {
                0xD800..=0xDBFF => {
                    let low = if self.bytes[self.pos..].starts_with(b"\\u") {
                        self.pos += 2;
                        self.unit(start)?
                    } else {
                        0
                    };
                    if (0xDC00..=0xDFFF).contains(&low) {
                        Ok(())
                    } else {
                        Err(self.syntax(LONE_SURROGATE, start))
                    }
                }
                0xDC00..=0xDFFF => Err(self.syntax(LONE_SURROGATE, start)),
                _ => Ok(()),
            },
            _ => Err(self.syntax("an escape that JSON does not have", start)),
        }
    }

    /// Reads four hexadecimal digits.
    fn unit(&mut self, start: usize) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|b| char::from(b).to_digit(16)) else {
                return Err(self.syntax("a \\u escape needs four hexadecimal digits", start));
            };
            unit = unit * 16 + digit;
            self.pos += 1;
        }
        Ok(unit)
    }
}

const LONE_SURROGATE: &str =
    "a \\u escape of half a surrogate pair is not a character; cut strings between characters";
