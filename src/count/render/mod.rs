//! Text that the server writes into the prompt for parts of the request's JSON: one file per
//! rendering.
//!
//! Renderings are strings; they are counted together with the text they are merged into. All are
//! linear in their output.

pub(super) mod calls;
pub(super) mod claude;
pub(super) mod deepseek;
pub(super) mod gemini;
pub(super) mod harmony;
pub(super) mod kimi;
pub(super) mod mistral;
pub(crate) mod plain_json;
pub(super) mod qwen;
pub(super) mod response_format;
mod schema_view;
pub(super) mod script;
pub(super) mod typescript;
pub(super) mod typescript_2023;

use std::borrow::Cow;

use crate::json::Value;
pub(super) use crate::json::python_json;

/// Returns a field if it is a non-empty string.
fn text<'r>(of: Value<'r>, field: &str) -> Option<Cow<'r, str>> {
    of.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// References in a schema are expanded until the text is this much longer than the request: a
/// request of 2 KB can expand to 2^60 characters.
pub(super) const MAX_EXPANSION_BYTES: usize = 1 << 20;

/// Maximum depth to which objects, arrays and unions of a tool's schema are rendered, references
/// included.
pub(super) const MAX_RENDERED_DEPTH: usize = 100;

/// A rendered text, and whether it is complete.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) text: String,
    /// Why the text is incomplete: what the server does with such a schema is unknown.
    pub(super) stop: Option<Stop>,
    /// Functions in which something is written by analogy, or by too few observations for a rule:
    /// the position of each, and the first reason.
    pub(super) inferred: Vec<(usize, &'static str)>,
}

/// Reason for stopping.
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
