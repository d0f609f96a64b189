//! Renderings of definitions, calls and results in the prompt of a Gemini model: one file per form.
//!
//! ```text
//! plain.rs     the strings alone (1.5, 2.0; Vertex)
//! listed.rs    strings with a price around each (definitions of 2.5)
//! written.rs   text with marks of one token (3.x; calls and results of 2.5)
//! ```
//!
//! Each form gives [`Pieces`]. Evidence: docs/evidence/billing_gemini.md, sections 2 to 4.

pub(in crate::count) mod listed;
pub(in crate::count) mod plain;
pub(in crate::count) mod written;

use std::borrow::Cow;

use crate::json::Value;

/// Rendering: strings that are counted separately, and additional tokens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::count) struct Pieces<'r> {
    pub(in crate::count) strings: Vec<Cow<'r, str>>,
    /// Marks, and what the server writes around a string.
    pub(in crate::count) beside: u64,
}

impl<'r> Pieces<'r> {
    fn push(&mut self, text: impl Into<Cow<'r, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.strings.push(text);
        }
    }

    /// Adds a string, or 1 for another scalar.
    fn scalar(&mut self, value: Value<'r>) {
        match value.as_str() {
            Some(text) => self.push(text),
            None => self.beside += 1,
        }
    }

    fn field(&mut self, of: Value<'r>, name: &str) {
        if let Some(text) = of.get_some(name).and_then(|value| value.as_str()) {
            self.push(text);
        }
    }
}

/// Definition of a function.
#[derive(Clone, Copy)]
pub(in crate::count) struct Function<'r> {
    /// Object with its name and description.
    pub(in crate::count) value: Value<'r>,
    pub(in crate::count) parameters: Option<Value<'r>>,
    /// Whether the parameters are in the field for a JSON schema.
    pub(in crate::count) is_json_schema: bool,
    pub(in crate::count) response: Option<Value<'r>>,
}

/// Arguments of a call, or an answer.
#[derive(Clone)]
pub(in crate::count) enum Content<'r> {
    Nothing,
    Value(Value<'r>),
    /// Object of strings, written by a gateway.
    Strings(Vec<(&'static str, Cow<'r, str>)>),
}
