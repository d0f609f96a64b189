//! What the server writes into the prompt in the place of the request's JSON: one file a rendering.
//!
//! Renderings are text; they are counted with the text that they join. All of them are linear in what they write.

pub(super) mod calls;
pub(super) mod claude;
pub(super) mod deepseek;
pub(super) mod harmony;
pub(super) mod kimi;
pub(super) mod mistral;
pub(super) mod python_json;
pub(super) mod qwen;
pub(super) mod response_format;
mod schema_view;
pub(super) mod script;
pub(super) mod typescript;
pub(super) mod typescript_2023;

use std::borrow::Cow;

use crate::json::Value;

/// A field's text, when it is one and not empty.
fn text<'r>(of: Value<'r>, field: &str) -> Option<Cow<'r, str>> {
    of.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// References in a schema are written out until the text is this much longer than the request's: a request of 2 KB can
/// expand to 2^60 characters.
pub(super) const MAX_EXPANSION_BYTES: usize = 1 << 20;

/// Objects, arrays and unions of a tool's schema are followed this deep, references included.
pub(super) const MAX_RENDERED_DEPTH: usize = 100;

/// A rendered text, and whether it is the whole.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) text: String,
    /// Why the text is not the whole: what the server does with such a schema is not known.
    pub(super) stop: Option<Stop>,
    /// Something is written by analogy, or as it was seen too rarely to be a rule.
    pub(super) inferred: bool,
}

/// Why a rendering was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A schema refers to itself.
    Circle,
    /// Nested deeper than [`MAX_RENDERED_DEPTH`].
    Depth,
    /// Grown by more than [`MAX_EXPANSION_BYTES`].
    Size,
}

impl Stop {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Stop::Circle => "a schema of the tools refers to itself: an estimate",
            Stop::Depth => "a schema of the tools is nested more than 100 deep: an estimate",
            Stop::Size => "the schemas of the tools expand by more than 1 MiB: an estimate",
        }
    }
}
