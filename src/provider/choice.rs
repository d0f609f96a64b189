//! Choice of the tools that a model may or must call.

use std::borrow::Cow;

use crate::json::Value;

/// Tool choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice<'r> {
    /// Any or no tool, or an unknown choice.
    Auto,
    None,
    /// At least one tool.
    Any,
    /// This tool.
    Tool(Cow<'r, str>),
}

/// Reads a choice whose word is the `type` of an object (Anthropic) or a string (OpenAI).
pub(super) fn choice_by_word<'r>(choice: Value<'r>) -> Choice<'r> {
    let named = |path: &[&str]| choice.get_path(path).and_then(|name| name.as_str());
    let word = choice.as_str().or_else(|| named(&["type"]));
    match word.as_deref() {
        Some("any" | "required") => Choice::Any,
        Some("none") => Choice::None,
        Some("tool" | "function") => named(&["name"])
            .or_else(|| named(&["function", "name"]))
            .map_or(Choice::Auto, Choice::Tool),
        _ => Choice::Auto,
    }
}
