//! Index over a JSON text: the bytes stay as they arrived, values are spans over them.
//!
//! [`Document`] owns (or borrows) the text and a flat index that [`scan`] builds in one pass;
//! [`Value`] is a light view of one indexed value. Values are converted only on request: a string
//! without escapes is a slice of the text, a number keeps its spelling, a repeated key keeps all
//! its values (the last one counts, as in the servers' parsers).
//!
//! Why not `serde_json::Value`: it loses spelling, order of repeated keys and positions, and an
//! edit would rebuild bytes that nobody edited. Why not layers of `&RawValue`: each layer reads the
//! text below it again, a syntax error has no pointer, and keys have no position. Tests compare
//! this scanner with `serde_json`.

mod escape;
mod excerpt;
mod place;
pub(crate) mod python_json;
mod scan;

use std::borrow::Cow;
use std::ops::Range;

use crate::error::{Error, ErrorKind, Inner, Place};
use scan::{Fault, Node};
pub(crate) use scan::{Kind, MAX_DEPTH};

/// Position of a value in a [`Document`]'s index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// Distinguishes field names of a provider's API from names that the caller chose, which an error
/// must not show.
pub(crate) type IsApiField = fn(&str) -> bool;

/// JSON text with the index of its values.
#[derive(Clone)]
pub(crate) struct Document<'a> {
    text: Cow<'a, str>,
    nodes: Vec<Node>,
    is_api_field: IsApiField,
}

impl<'a> Document<'a> {
    /// Indexes `text` in one pass without recursion, using 16 bytes of index per value.
    pub(crate) fn parse(
        text: Cow<'a, str>,
        is_api_field: IsApiField,
    ) -> Result<Document<'a>, Error> {
        match scan::scan(&text) {
            Ok(nodes) => Ok(Document {
                text,
                nodes,
                is_api_field,
            }),
            Err(fault) => Err(fault_error(&text, fault, is_api_field)),
        }
    }

    /// Indexes bytes that may not be UTF-8; see [`parse`](Self::parse).
    pub(crate) fn parse_bytes(
        bytes: &'a [u8],
        is_api_field: IsApiField,
    ) -> Result<Document<'a>, Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(Cow::Borrowed(text), is_api_field),
            Err(error) => {
                let (line, column) = place::line_and_column(bytes, error.valid_up_to());
                Err(Inner::Json {
                    kind: ErrorKind::InvalidJson,
                    problem: "the input is not UTF-8; send it as UTF-8",
                    excerpt: None,
                    place: Place {
                        pointer: String::new(),
                        line,
                        column,
                    },
                }
                .into())
            }
        }
    }

    pub(crate) fn into_owned(self) -> Document<'static> {
        Document {
            text: Cow::Owned(self.text.into_owned()),
            nodes: self.nodes,
            is_api_field: self.is_api_field,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn root(&self) -> Value<'_> {
        self.value(NodeId(0))
    }

    pub(crate) fn value(&self, id: NodeId) -> Value<'_> {
        Value {
            text: &self.text,
            nodes: &self.nodes,
            id,
        }
    }

    /// Returns the value (or key) that begins at a byte offset.
    pub(crate) fn value_at(&self, offset: usize) -> Option<Value<'_>> {
        let index = self
            .nodes
            .partition_point(|node| (node.start as usize) < offset);
        let node = self.nodes.get(index)?;
        (node.start as usize == offset).then(|| self.value(NodeId(index as u32)))
    }

    /// Returns the place of a byte offset, with a pointer supplied by the caller.
    pub(crate) fn place(&self, pointer: String, offset: usize) -> Place {
        let (line, column) = place::line_and_column(self.text.as_bytes(), offset);
        Place {
            pointer,
            line,
            column,
        }
    }
}

fn fault_error(text: &str, fault: Fault, is_api_field: IsApiField) -> Error {
    let (line, column) = place::line_and_column(text.as_bytes(), fault.offset);
    let pointer = place::pointer(text, &fault.path, is_api_field);
    let excerpt = excerpt::before(text, &fault.nodes, fault.offset, is_api_field);
    Inner::Json {
        kind: fault.kind,
        problem: fault.problem,
        excerpt: Some(excerpt),
        place: Place {
            pointer,
            line,
            column,
        },
    }
    .into()
}

/// View of one value of a document. `Copy`; borrows the document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'r> {
    text: &'r str,
    nodes: &'r [Node],
    id: NodeId,
}

impl<'r> Value<'r> {
    fn node(&self) -> &'r Node {
        &self.nodes[self.id.0 as usize]
    }

    fn at(&self, index: u32) -> Value<'r> {
        Value {
            id: NodeId(index),
            ..*self
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.id
    }

    pub(crate) fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Names the kind of the value, for an error message.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind() {
            Kind::Null => "null",
            Kind::False | Kind::True => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Returns whether this is an empty string, array or object.
    pub(crate) fn is_empty(&self) -> bool {
        match self.kind() {
            Kind::String => self.span().len() == 2,
            Kind::Array | Kind::Object => self.node().next == self.id.0 + 1,
            _ => false,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Returns the value as spelled in the text.
    pub(crate) fn raw(&self) -> &'r str {
        &self.text[self.span()]
    }

    /// Returns the content of a string: a slice of the document if it has no escapes. `None` for
    /// other kinds.
    pub(crate) fn as_str(&self) -> Option<Cow<'r, str>> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        let raw = &self.text[node.start as usize + 1..node.end as usize - 1];
        Some(if node.escaped {
            let text = escape::unescaped(raw);
            Cow::Owned(text.expect("the scanner has read the escapes; tested as a property"))
        } else {
            Cow::Borrowed(raw)
        })
    }

    /// Returns whether this is the string `expected`.
    pub(crate) fn is_str(&self, expected: &str) -> bool {
        self.as_str().is_some_and(|text| text == expected)
    }

    /// Returns a non-negative integer. `None` for everything else, including fractions and numbers
    /// above `u64::MAX`.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        (self.kind() == Kind::Number)
            .then(|| self.raw().parse().ok())
            .flatten()
    }

    /// Returns whether the value is a whole number below zero.
    pub(crate) fn is_below_zero(&self) -> bool {
        self.kind() == Kind::Number
            && self.raw().strip_prefix('-').is_some_and(|digits| {
                digits.bytes().all(|digit| digit.is_ascii_digit())
                    && digits.bytes().any(|digit| digit != b'0')
            })
    }

    /// Iterates over the entries of an object, in order, repeated keys included. Empty for other
    /// kinds.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Value<'r>, Value<'r>)> {
        let mut children = self.children(Kind::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Iterates over the items of an array, in order. Empty for other kinds.
    pub(crate) fn items(self) -> impl Iterator<Item = Value<'r>> {
        self.children(Kind::Array)
    }

    fn children(self, kind: Kind) -> impl Iterator<Item = Value<'r>> {
        let own = self.id.0;
        let end = if self.kind() == kind {
            self.node().next
        } else {
            own + 1
        };
        let mut index = own + 1;
        std::iter::from_fn(move || {
            if index >= end {
                return None;
            }
            let child = self.at(index);
            index = child.node().next;
            Some(child)
        })
    }

    /// Returns the value of a field: the last one of that name, as in the servers' parsers. Linear
    /// in the fields.
    pub(crate) fn get(self, name: &str) -> Option<Value<'r>> {
        self.entries()
            .filter(|(key, _)| key.is_str(name))
            .map(|(_, value)| value)
            .last()
    }

    /// Returns the values of several fields in one pass, each the last of its name. A `null` counts
    /// as absent.
    pub(crate) fn get_all<const N: usize>(self, names: [&str; N]) -> [Option<Value<'r>>; N] {
        let mut found = [None; N];
        for (key, value) in self.entries() {
            if let Some(key) = key.as_str()
                && let Some(place) = names.iter().position(|name| *name == key)
            {
                found[place] = (!value.is_null()).then_some(value);
            }
        }
        found
    }

    /// Returns the value of a field like [`get`](Self::get), but `None` for `null`.
    pub(crate) fn get_some(self, name: &str) -> Option<Value<'r>> {
        self.get(name).filter(|value| !value.is_null())
    }

    /// Returns the value below a path of fields, if none of them is absent or `null`.
    pub(crate) fn get_path(self, path: &[&str]) -> Option<Value<'r>> {
        path.iter()
            .try_fold(self, |value, field| value.get_some(field))
    }
}

/// Removes the white space between the tokens of JSON text. Linear; the text must be valid JSON.
pub(crate) fn minified(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    // Only white space outside of strings is removed; strings are copied whole, escapes included.
    while let Some(at) = rest.find(['"', ' ', '\n', '\r', '\t']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('"') {
            let end = string_end(rest);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else {
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Returns the length of the string at the start of a string, quotes included.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2; // a backslash and the character it escapes
    }
    text.len()
}

#[cfg(test)]
mod tests;
