//! Rendering of tools, calls, results and a schema in the prompt of a Claude model.
//!
//! ```text
//! <function>{"description": "…", "name": "…", "parameters": {…}}</function>
//!
//! <ns:function_calls>
//! <ns:invoke name="find">
//! <ns:parameter name="city">Kiel</ns:parameter>
//! </ns:invoke>
//! </ns:function_calls>
//!
//! <function_results>4 °C</function_results>
//! ```
//!
//! A definition is JSON with blanks, ASCII escapes and keys sorted at every level, without an empty
//! description. Every tag of a call has a namespace of six characters. A value other than a string
//! is JSON with blanks. Several results of one message are entries with the names of their tools.
//!
//! Evidence: docs/evidence/billing_claude.md, section 3.

use std::borrow::Cow;

use super::python_json::{self, DEFAULT, SPACED, unique_entries, write_string};
use crate::json::{Document, Kind, Value};
use crate::request::{Tool, ToolCall};

/// Namespace of the tags of a call.
const NAMESPACE: &str = concat!("ant", "ml:");

/// Writes the definition of a tool, with its line break.
pub(in crate::count) fn definition(out: &mut String, tool: &Tool<'_>) {
    out.push_str("<function>{");
    let description = tool.description().unwrap_or_default();
    if !description.is_empty() {
        out.push_str("\"description\": ");
        write_string(out, &description, DEFAULT);
        out.push_str(", ");
    }
    out.push_str("\"name\": ");
    write_string(out, &tool.name().unwrap_or_default(), DEFAULT);
    out.push_str(", \"parameters\": ");
    match tool.schema() {
        Some(schema) => write_sorted(out, schema),
        None => out.push_str("{}"),
    }
    out.push_str("}</function>\n");
}

/// Writes JSON with sorted keys, blanks and ASCII escapes. Recursion is as deep as the JSON, which
/// is at most `MAX_DEPTH`.
fn write_sorted(out: &mut String, value: Value<'_>) {
    match value.kind() {
        Kind::Array => {
            out.push('[');
            for (nth, item) in value.items().enumerate() {
                out.push_str(if nth > 0 { ", " } else { "" });
                write_sorted(out, item);
            }
            out.push(']');
        }
        Kind::Object => {
            let mut entries = unique_entries(value);
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (nth, (key, value)) in entries.into_iter().enumerate() {
                out.push_str(if nth > 0 { ", " } else { "" });
                write_string(out, &key, DEFAULT);
                out.push_str(": ");
                write_sorted(out, value);
            }
            out.push('}');
        }
        _ => python_json::write(out, value, DEFAULT),
    }
}

/// Returns the rendering of the calls of one message.
pub(in crate::count) fn calls<'r>(calls: impl Iterator<Item = ToolCall<'r>>) -> String {
    let mut out = format!("<{NAMESPACE}function_calls>\n");
    for call in calls {
        out.push_str(&format!(
            "<{NAMESPACE}invoke name=\"{}\">\n",
            call.name().unwrap_or_default()
        ));
        match call.arguments_value() {
            Some(value) => parameters(&mut out, value),
            None => {
                let text = call.arguments().unwrap_or_default();
                // Errors of this document are not shown.
                match Document::parse(Cow::Borrowed(&*text), |_| false) {
                    Ok(document) => parameters(&mut out, document.root()),
                    Err(_) => out.push_str(&text),
                }
            }
        }
        out.push_str(&format!("</{NAMESPACE}invoke>\n"));
    }
    out.push_str(&format!("</{NAMESPACE}function_calls>"));
    out
}

fn parameters(out: &mut String, arguments: Value<'_>) {
    if arguments.kind() != Kind::Object {
        return plain(out, arguments);
    }
    for (key, value) in unique_entries(arguments) {
        out.push_str(&format!("<{NAMESPACE}parameter name=\"{key}\">"));
        plain(out, value);
        out.push_str(&format!("</{NAMESPACE}parameter>\n"));
    }
}

/// Writes a string unchanged, and any other value as JSON with blanks.
pub(in crate::count) fn plain(out: &mut String, value: Value<'_>) {
    match value.as_str() {
        Some(text) => out.push_str(&text),
        None => python_json::write(out, value, SPACED),
    }
}

/// Returns the rendering of the results of one turn.
pub(in crate::count) fn results(entries: &[Entry<'_>]) -> String {
    let mut out = String::from("<function_results>");
    if let [one] = entries {
        if one.failed {
            out.push_str(&format!("\n<error>{}</error>\n", one.text));
        } else {
            out.push_str(&one.text);
        }
    } else {
        out.push('\n');
        for entry in entries {
            out.push_str(&entry.among_others());
        }
    }
    out.push_str("</function_results>");
    out
}

/// Result of a call: the name of its tool, the answer, and whether the call failed.
#[derive(Debug)]
pub(in crate::count) struct Entry<'r> {
    pub(in crate::count) name: Cow<'r, str>,
    pub(in crate::count) text: String,
    pub(in crate::count) failed: bool,
}

impl Entry<'_> {
    /// Returns the rendering as one of several results.
    pub(in crate::count) fn among_others(&self) -> String {
        let tag = if self.failed { "error" } else { "output" };
        format!(
            "<result>\n<name>{}</name>\n<{tag}>{}</{tag}>\n</result>\n",
            self.name, self.text
        )
    }
}

/// Returns the schema of the answer as JSON with two blanks per level, keys in their order. `None`
/// if it grows by more than [`MAX_EXPANSION_BYTES`](super::MAX_EXPANSION_BYTES), because a deep
/// schema of many values is mostly blanks.
pub(in crate::count) fn schema(value: Value<'_>) -> Option<String> {
    let mut out = String::new();
    let most = value.raw().len() + super::MAX_EXPANSION_BYTES;
    write_indented(&mut out, value, 0, most);
    (out.len() <= most).then_some(out)
}

fn write_indented(out: &mut String, value: Value<'_>, level: usize, most: usize) {
    if out.len() > most {
        return;
    }
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    match value.kind() {
        Kind::Array if !value.is_empty() => {
            out.push('[');
            for (nth, item) in value.items().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                line(out, level + 1);
                write_indented(out, item, level + 1, most);
            }
            line(out, level);
            out.push(']');
        }
        Kind::Object if !value.is_empty() => {
            out.push('{');
            for (nth, (key, value)) in unique_entries(value).into_iter().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                line(out, level + 1);
                write_string(out, &key, SPACED);
                out.push_str(": ");
                write_indented(out, value, level + 1, most);
            }
            line(out, level);
            out.push('}');
        }
        _ => python_json::write(out, value, SPACED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    /// The strings are the output of Python 3.11 for `sort_keys=True` and `indent=2`.
    #[test]
    fn as_python_writes() {
        let json = r#"{"b": {"d": [1, {"z": "é", "y": 1.0}], "c": {}}, "a": [], "e": ["x"]}"#;
        let document = Document::parse(json.into(), |_| true).unwrap();
        let mut sorted = String::new();
        write_sorted(&mut sorted, document.root());
        assert_eq!(
            sorted,
            r#"{"a": [], "b": {"c": {}, "d": [1, {"y": 1.0, "z": "\u00e9"}]}, "e": ["x"]}"#
        );
        assert_eq!(
            schema(document.root()).unwrap(),
            "{\n  \"b\": {\n    \"d\": [\n      1,\n      {\n        \"z\": \"é\",\n        \"y\": 1.0\n      }\n    ],\n    \
             \"c\": {}\n  },\n  \"a\": [],\n  \"e\": [\n    \"x\"\n  ]\n}"
        );
    }

    /// Stops at a deep schema of many values.
    #[test]
    fn indentation_is_bounded() {
        let depth = 100;
        let values = "1,".repeat(20_000);
        let json = format!("{}{values}1{}", "[".repeat(depth), "]".repeat(depth));
        let document = Document::parse(json.into(), |_| true).unwrap();
        assert_eq!(schema(document.root()), None);
    }

    #[test]
    fn calls_in_both_spellings() {
        let native = Request::parse(
            r#"{"max_tokens": 1, "messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "find",
                "input": {"city": "Kiel", "days": [1, 2]}}]}]}"#,
        )
        .unwrap();
        let chat = Request::parse(
            r#"{"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function",
                "function": {"name": "find", "arguments": "{\"city\":\"Kiel\",\"days\":[1,2]}"}}]}]}"#,
        )
        .unwrap();
        let written = |request: &Request<'_>| calls(request.message(0).tool_calls());
        assert_eq!(
            written(&native).replace(NAMESPACE, ""),
            "<function_calls>\n<invoke name=\"find\">\n<parameter name=\"city\">Kiel</parameter>\n\
             <parameter name=\"days\">[1, 2]</parameter>\n</invoke>\n</function_calls>"
        );
        assert_eq!(written(&native), written(&chat));
    }
}
