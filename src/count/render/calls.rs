//! Tool calls of the history and their results.
//!
//! A single call is a message of its own, addressed to the function: ` to=functions.NAME` and the
//! arguments, parsed as JSON and written compactly (`{"city": "Kiel"}` → `{"city":"Kiel"}`; text
//! that is not JSON is unchanged).
//!
//! Several calls of one message become one call of `multi_tool_use.parallel`, and their results one
//! list:
//!
//! ```text
//! {"tool_uses":[{"recipient_name":"functions.a","parameters":{"x":1}},{"recipient_name":"functions.b","parameters":{}}]}
//! ["sunny", {"temp": 21}]
//! ```
//!
//! Calls are written with ASCII escapes, so text in other scripts costs several times its own
//! tokens; results only until early 2026. The list has blanks, as Python's `json.dumps` writes
//! them; a result that is JSON is parsed.
//!
//! Evidence: 306 of 319 recorded requests with single calls, 105 of 105 with several
//! (docs/evidence/billing.md, section 2.3).

use std::borrow::Cow;

use super::python_json::{self, Style, write_string};
use crate::json::Document;
use crate::request::ToolCall;

/// Writes a string as JSON: parsed and written as by Python if it is JSON, else as a string or
/// unchanged.
fn write_json_text(out: &mut String, text: &str, style: Style, or_string: bool) {
    // Field names do not matter here: no error of this document is shown.
    match Document::parse(Cow::Borrowed(text), |_| false) {
        Ok(document) => python_json::write(out, document.root(), style),
        Err(_) if or_string => write_string(out, text, style),
        Err(_) => out.push_str(text),
    }
}

/// Returns the recipient in the header of a call.
pub(in crate::count) fn recipient(name: &str) -> String {
    format!(" to=functions.{name}")
}

/// Returns the arguments of a single call.
pub(in crate::count) fn arguments(arguments: &str) -> String {
    let mut out = String::with_capacity(arguments.len());
    write_json_text(&mut out, arguments, python_json::COMPACT, false);
    out
}

/// Returns several calls as the arguments of one.
pub(in crate::count) fn parallel<'r>(calls: impl Iterator<Item = ToolCall<'r>>) -> String {
    let mut out = String::from("{\"tool_uses\":[");
    for (nth, call) in calls.enumerate() {
        out.push_str(if nth > 0 {
            ",{\"recipient_name\":"
        } else {
            "{\"recipient_name\":"
        });
        let name = format!("functions.{}", call.name().unwrap_or_default());
        write_string(&mut out, &name, python_json::COMPACT_ASCII);
        out.push_str(",\"parameters\":");
        write_json_text(
            &mut out,
            &call.arguments().unwrap_or_default(),
            python_json::COMPACT_ASCII,
            true,
        );
        out.push('}');
    }
    out.push_str("]}");
    out
}

/// Returns one result as an entry of the list of results.
pub(in crate::count) fn result(text: &str, escaped: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let style = if escaped {
        python_json::DEFAULT
    } else {
        python_json::SPACED
    };
    write_json_text(&mut out, text, style, true);
    out
}

/// Returns the results of several calls as one list.
pub(in crate::count) fn results(entries: &[String]) -> String {
    format!("[{}]", entries.join(", "))
}
