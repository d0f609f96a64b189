//! Bounded estimates for everything without a rule.
//!
//! The factors come from 337 recorded requests with tools and 56 with a response schema, of all
//! OpenAI chat families (2026-11): cost compared with the tokens of the same definition as compact
//! JSON. The bounds are outside of all of them.

use std::borrow::Cow;

use super::rules::Framing;
use super::{Texts, TokenCount};
use crate::encoding::Encoding;
use crate::json::{Kind, Value, minified};
use crate::request::{Request, ToolCall, ToolKind};

/// Estimates the tokens of a string in an encoding that is not public, from those of o200k_base. In
/// 150 recorded requests to models of other vendors the ratio was 0.56 to 1.25 for strings of at
/// least 60 tokens; short strings vary more.
///
/// Without any vocabulary they are a quarter of the bytes. Then the bounds are those of bytes: a
/// token has at least one, and at most 128 in the known vocabularies.
pub(super) fn foreign_text(tokens: u64) -> TokenCount {
    if Encoding::ALL.is_empty() {
        return TokenCount::between(tokens, tokens / 32, tokens.saturating_mul(4));
    }
    TokenCount::between(
        tokens,
        tokens * 2 / 5,
        tokens.saturating_mul(2).saturating_add(10),
    )
}

/// Estimates what hosts of other vendors' models add around the messages: up to a thousand tokens
/// of their own system prompt.
pub(super) fn foreign_framing(tokens: u64) -> TokenCount {
    TokenCount::between(tokens, 0, tokens + 1_000)
}

/// Estimates tool definitions and tool choice. They are rendered as TypeScript, which has 0.15 to
/// 0.95 of the JSON's tokens, after a heading of 9 to 16 (reasoning models: 10 to 100).
pub(super) fn tools(request: &Request<'_>, texts: Texts, framing: Framing) -> TokenCount {
    let mut json = 0_u64;
    let mut expanded = 0_u64;
    for tool in request.tools() {
        let tokens = texts.len(&minified(tool.raw_json()));
        json += tokens;
        expanded = expanded.saturating_add(with_references(tool.function(), tokens));
    }
    let choice = [request.layout().tool_choice, request.layout().function_call]
        .into_iter()
        .flatten()
        .map(|choice| texts.len(request.value(choice).raw()))
        .sum::<u64>();
    let heading = if is_reasoning(framing) { 100 } else { 16 };
    // Tools of other types add text of their own, for example about their grammar.
    let other = 100
        * request
            .tools()
            .filter(|tool| tool.kind() == ToolKind::Other)
            .count() as u64;
    TokenCount::between(
        heading + json / 2,
        json / 8,
        expanded.saturating_add(heading + 16 + choice + other),
    )
}

/// Returns an upper bound for a definition with references: every reference is replaced by its
/// target, which may contain references too. Cyclic references have no bound.
fn with_references(function: Value<'_>, tokens: u64) -> u64 {
    let mut references = 0_u32;
    let mut definitions = 0_u32;
    let mut open = vec![function];
    while let Some(value) = open.pop() {
        match value.kind() {
            Kind::Array => open.extend(value.items()),
            Kind::Object => {
                for (key, value) in value.entries() {
                    references += u32::from(key.is_str("$ref"));
                    if key.is_str("$defs") || key.is_str("definitions") {
                        definitions += value.entries().count() as u32;
                    }
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    // Without a cycle a chain of references is at most as long as the number of definitions.
    tokens.saturating_mul(
        u64::from(references + 1).saturating_pow(definitions + u32::from(references > 0)),
    )
}

/// Estimates the schema of the answer: written as JSON with ASCII escapes and without some
/// keywords, 0.28 to 0.88 of the original JSON's tokens, with its name repeated before every
/// assistant message.
pub(super) fn schema(format: Value<'_>, texts: Texts, assistant_messages: u64) -> TokenCount {
    let json = minified(format.raw());
    let tokens = texts.len(&json);
    let name = format
        .get_some("json_schema")
        .and_then(|schema| schema.get_some("name"))
        .and_then(|name| name.as_str())
        .unwrap_or(Cow::Borrowed(""));
    let named = assistant_messages * (2 + texts.len(&name));
    TokenCount::between(
        16 + tokens * 2 / 3 + named,
        tokens / 5,
        30 + tokens + escapes(&json) + named,
    )
}

/// Estimates one call in the history: the recipient in the header, the arguments.
pub(super) fn call(call: &ToolCall<'_>, texts: Texts, framing: Framing) -> TokenCount {
    let name = call.name().unwrap_or_default();
    let arguments = call.arguments().unwrap_or_default();
    let recipient = texts.len(&format!(" to=functions.{name}"));
    let body = texts.len(&arguments);
    let header = if is_reasoning(framing) { 11 } else { 5 };
    // Arguments are rewritten without blanks, and with escapes if several calls are merged.
    TokenCount::between(
        recipient + body + header,
        body / 4,
        recipient + body + body / 4 + escapes(&arguments) + 40,
    )
}

/// Estimates the result of a call: as text, or, if it answers one of several calls, as an entry of
/// a list with escapes.
pub(super) fn result(text: &str, texts: Texts) -> TokenCount {
    let body = texts.len(text);
    TokenCount::between(body + 6, body / 4, body + body / 4 + escapes(text) + 60)
}

/// Returns the maximum of additional tokens if a string is written with JSON's ASCII escapes: six
/// characters for each UTF-16 unit beyond ASCII, one more for each escaped character.
fn escapes(text: &str) -> u64 {
    text.chars()
        .map(|c| match c {
            '"' | '\\' | '\n' | '\r' | '\t' => 1,
            ' '..='~' => 0,
            _ => 6 * c.len_utf16() as u64,
        })
        .sum()
}

/// Whether assistant messages of the model have a channel.
fn is_reasoning(framing: Framing) -> bool {
    matches!(
        framing,
        Framing::Messages {
            per_assistant: 1..,
            ..
        }
    )
}
