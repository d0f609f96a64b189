//! Rendering of a request by the chat template of gpt-oss.
//!
//! ```text
//! <|start|>system<|message|>You are ChatGPT, … # Valid channels: analysis, commentary, final. …<|end|>
//! <|start|>developer<|message|># Instructions
//!
//! …
//!
//! # Tools
//!
//! ## functions
//!
//! namespace functions {
//!
//! // Finds parcels.
//! type find = (_: {
//! // Parcel number.
//! number: string,
//! limit?: number, // default: 10,
//! }) => any;
//!
//! } // namespace functions<|end|>
//! <|start|>user<|message|>…<|end|><|start|>assistant to=functions.find<|channel|>commentary json<|message|>{…}<|call|>
//! <|start|>functions.find to=assistant<|channel|>commentary<|message|>"…"<|end|><|start|>assistant
//! ```
//!
//! (No line breaks between messages.) Types are written as the template does, which is not the
//! published library: nested objects have line breaks and blanks. Of several calls in one message
//! the first is written.
//!
//! Evidence: docs/evidence/billing_hosts.md, section 7.

use std::borrow::Cow;

use super::python_json::{self, SPACED, unique_entries, write_string};
use super::script::{Owner, Script, Speaker, Turn, write_arguments};
use super::{MAX_EXPANSION_BYTES, MAX_RENDERED_DEPTH};
use crate::count::rules::{ArgumentsForm, HarmonyCalls};
use crate::json::{Kind, Value};
use crate::request::{Tool, ToolCall};

const MARKS: &[&str] = &[
    "<|start|>",
    "<|message|>",
    "<|end|>",
    "<|channel|>",
    "<|constrain|>",
    "<|return|>",
    "<|call|>",
];

/// Any day has the same tokens.
const SYSTEM: &str = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\
Current date: 2025-08-06\n\nReasoning: ";

const CHANNELS: &str = "\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.";

const CHANNEL_OF_TOOLS: &str =
    "\nCalls to these tools must go to the commentary channel: 'functions'.";

/// Writes the prompt; `effort` is the word in the server's instructions.
pub(in crate::count) fn write(
    script: &mut Script,
    turns: &[Turn<'_>],
    tools: &[Tool<'_>],
    effort: &str,
    calls: HarmonyCalls,
) {
    script.of(Owner::Framing).marks(1).text("system").marks(1);
    script.text(SYSTEM).text(effort).text(CHANNELS);
    if !tools.is_empty() {
        script.of(Owner::Tools).text(CHANNEL_OF_TOOLS);
    }
    script.of(Owner::Framing).marks(1);
    let first = turns.first().filter(|turn| turn.speaker == Speaker::System);
    developer(script, first, tools);
    let spoken_last = turns
        .iter()
        .rposition(|turn| turn.speaker == Speaker::Assistant && turn.calls.is_empty());
    let mut called: Cow<'_, str> = Cow::Borrowed("");
    for (nth, turn) in turns.iter().enumerate().skip(usize::from(first.is_some())) {
        script.of(turn.owner());
        match turn.speaker {
            // The template has no place for further instructions.
            Speaker::System => {}
            Speaker::User => {
                script.template("<|start|>user<|message|>", MARKS);
                script.template(&turn.text, MARKS).marks(1);
            }
            Speaker::Tool => {
                script
                    .marks(1)
                    .template(&format!("functions.{called}"), MARKS);
                script.template(" to=assistant<|channel|>commentary<|message|>", MARKS);
                if calls.raw_results {
                    script.template(&turn.text, MARKS).marks(1);
                } else {
                    let mut json = String::new();
                    write_string(&mut json, &turn.text, SPACED);
                    script.template(&json, MARKS).marks(1);
                }
            }
            Speaker::Assistant => match turn.calls.first() {
                Some(call) => {
                    let is_kept = spoken_last.is_none_or(|last| last <= nth);
                    if !turn.text.is_empty() && is_kept && !calls.omits_text {
                        script.template("<|start|>assistant<|channel|>analysis<|message|>", MARKS);
                        script.template(&turn.text, MARKS).marks(1);
                    }
                    called = call.name().unwrap_or_default();
                    script.template("<|start|>assistant to=", MARKS);
                    script.template(&format!("functions.{called}"), MARKS);
                    script.template("<|channel|>commentary json<|message|>", MARKS);
                    script.template(&arguments(call, calls), MARKS).marks(1);
                }
                None => {
                    script.template("<|start|>assistant<|channel|>final<|message|>", MARKS);
                    script.template(&turn.text, MARKS).marks(1);
                }
            },
        }
    }
    script.of(Owner::Framing).marks(1).text("assistant");
}

fn arguments(call: &ToolCall<'_>, calls: HarmonyCalls) -> String {
    let raw = call.arguments().unwrap_or_default();
    let mut out = String::new();
    match calls.arguments {
        ArgumentsForm::Parsed => write_arguments(&mut out, call, SPACED),
        ArgumentsForm::String => write_string(&mut out, &raw, SPACED),
        ArgumentsForm::AsSent => out.push_str(&raw),
    }
    out
}

fn developer(script: &mut Script, first: Option<&Turn<'_>>, tools: &[Tool<'_>]) {
    let first = first.filter(|turn| !turn.text.is_empty());
    if first.is_none() && tools.is_empty() {
        return;
    }
    let owner = first.map_or(Owner::Tools, Turn::owner);
    script
        .of(owner)
        .template("<|start|>developer<|message|>", MARKS);
    if let Some(turn) = first {
        script
            .text("# Instructions\n\n")
            .template(&turn.text, MARKS);
        script.text("\n\n");
    }
    if !tools.is_empty() {
        script
            .of(Owner::Tools)
            .text("# Tools\n\n## functions\n\nnamespace functions {\n\n");
        let mut text = String::new();
        for tool in tools {
            definition(&mut text, tool);
        }
        script.template(&text, MARKS);
        script.text("} // namespace functions");
    }
    script.of(owner).marks(1);
}

fn definition(out: &mut String, tool: &Tool<'_>) {
    let name = tool.name().unwrap_or_default();
    let description = tool.description().unwrap_or_default();
    out.push_str(&format!("// {description}\ntype {name} = "));
    let schema = tool.schema();
    let properties = schema
        .and_then(|schema| schema.get_some("properties"))
        .filter(|properties| !properties.is_empty());
    let (Some(schema), Some(properties)) = (schema, properties) else {
        out.push_str("() => any;\n\n");
        return;
    };
    out.push_str("(_: {\n");
    let most = out.len() + MAX_EXPANSION_BYTES;
    for (name, fields) in unique_entries(properties) {
        if let Some(text) = text(fields, "description") {
            out.push_str(&format!("// {text}\n"));
        }
        out.push_str(&name);
        out.push_str(if is_required(schema, &name) {
            ": "
        } else {
            "?: "
        });
        write_type(out, fields, 0, most);
        default(out, fields);
        out.push_str(",\n");
    }
    out.push_str("}) => any;\n\n");
}

fn default(out: &mut String, fields: Value<'_>) {
    let Some(value) = fields.get("default") else {
        return;
    };
    let is_choice = fields.get_some("oneOf").is_some() && fields.get_some("enum").is_none();
    out.push_str(if is_choice {
        "// default: "
    } else {
        ", // default: "
    });
    match value.as_str() {
        Some(word) if fields.get_some("enum").is_some() || is_choice => out.push_str(&word),
        _ => python_json::write(out, value, SPACED),
    }
}

fn text<'r>(of: Value<'r>, field: &str) -> Option<Cow<'r, str>> {
    of.get_some(field)?.as_str().filter(|text| !text.is_empty())
}

fn is_required(schema: Value<'_>, name: &str) -> bool {
    schema
        .get_some("required")
        .is_some_and(|names| names.items().any(|required| required.is_str(name)))
}

/// Writes a type. The text is at most as long as the schema times its indents, as nothing is
/// referred to.
fn write_type(out: &mut String, of: Value<'_>, depth: usize, most: usize) {
    if depth > MAX_RENDERED_DEPTH || out.len() > most {
        return out.push_str("any");
    }
    let kind = of.get_some("type");
    let nullable = of.get_some("nullable").and_then(|null| null.as_bool()) == Some(true);
    let word = kind.and_then(|kind| kind.as_str());
    match word.as_deref() {
        Some("array") => {
            let items = of.get_some("items").filter(|items| !items.is_empty());
            match items {
                Some(items) => {
                    let mut inner = String::new();
                    write_items(&mut inner, items, depth, most);
                    out.push_str(&inner);
                }
                None => out.push_str("any[]"),
            }
            out.push_str(if nullable { " | null" } else { "" });
        }
        _ if kind.is_some_and(|kind| kind.kind() == Kind::Array && !kind.is_empty()) => {
            let words = kind.into_iter().flat_map(|kind| kind.items());
            for (nth, word) in words.enumerate() {
                out.push_str(if nth > 0 { " | " } else { "" });
                out.push_str(&word.as_str().unwrap_or_default());
            }
        }
        _ if of.get_some("oneOf").is_some_and(|all| !all.is_empty()) => {
            write_variants(out, of, depth, most);
        }
        Some("string") => match of.get_some("enum").filter(|all| !all.is_empty()) {
            Some(words) => {
                for (nth, word) in words.items().enumerate() {
                    out.push_str(if nth > 0 { " | \"" } else { "\"" });
                    match word.as_str() {
                        Some(word) => out.push_str(&word),
                        None => out.push_str(word.raw()),
                    }
                    out.push('"');
                }
            }
            None => {
                out.push_str("string");
                out.push_str(if nullable { " | null" } else { "" });
            }
        },
        Some("number" | "integer") => out.push_str("number"),
        Some("boolean") => out.push_str("boolean"),
        Some("object") => write_object(out, of, depth, most),
        _ => out.push_str("any"),
    }
}

fn write_items(out: &mut String, items: Value<'_>, depth: usize, most: usize) {
    let word = items.get_some("type").and_then(|kind| kind.as_str());
    match word.as_deref() {
        Some("string") => out.push_str("string[]"),
        Some("number" | "integer") => out.push_str("number[]"),
        Some("boolean") => out.push_str("boolean[]"),
        _ => {
            let from = out.len();
            write_type(out, items, depth + 1, most);
            let inner = &out[from..];
            if inner == "object | object" || inner.chars().count() > 50 {
                out.truncate(from);
                out.push_str("any");
            }
            out.push_str("[]");
        }
    }
}

fn write_variants(out: &mut String, of: Value<'_>, depth: usize, most: usize) {
    let Some(variants) = of.get_some("oneOf") else {
        return;
    };
    let count = variants.items().count();
    let is_object = |variant: Value<'_>| {
        variant
            .get_some("type")
            .is_some_and(|kind| kind.is_str("object"))
    };
    if count > 1 && variants.items().any(is_object) {
        return out.push_str("any");
    }
    for (nth, variant) in variants.items().enumerate() {
        write_type(out, variant, depth + 1, most);
        if let Some(text) = text(variant, "description") {
            out.push_str(&format!("// {text}"));
        }
        if let Some(value) = variant.get("default") {
            out.push_str("                    // default: ");
            python_json::write(out, value, SPACED);
        }
        if nth + 1 < count {
            out.push_str(" | \n");
        }
    }
}

fn write_object(out: &mut String, of: Value<'_>, depth: usize, most: usize) {
    let properties = of
        .get_some("properties")
        .filter(|properties| !properties.is_empty());
    let Some(properties) = properties else {
        return out.push_str("object");
    };
    out.push_str("{\n");
    for (nth, (name, fields)) in unique_entries(properties).into_iter().enumerate() {
        out.push_str(if nth > 0 { ", " } else { "" });
        out.push_str(&name);
        out.push_str(if is_required(of, &name) { ": " } else { "?: " });
        out.push_str("\n                ");
        write_type(out, fields, depth + 1, most);
    }
    out.push('}');
}
