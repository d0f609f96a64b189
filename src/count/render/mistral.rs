//! Rendering of a request by Mistral's own library, `mistral-common` (1.13).
//!
//! ```text
//! <s>[MODEL_SETTINGS]{"reasoning_effort": "none"}[/MODEL_SETTINGS]
//! [SYSTEM_PROMPT]…[/SYSTEM_PROMPT][AVAILABLE_TOOLS][{"type": "function", "function": {…}}][/AVAILABLE_TOOLS]
//! [INST]…[/INST]…</s>
//! [TOOL_CALLS]find[ARGS]{"city": "Kiel"}</s>[TOOL_RESULTS]…[/TOOL_RESULTS]
//! ```
//!
//! Each word in brackets is one token, and no text becomes one. A definition has three fields in a
//! fixed order, an empty description if there is none, and no `strict`; its schema keeps the order
//! of its keys. The versions of the format differ in calls and results.
//!
//! Evidence: docs/evidence/billing_hosts.md, section 2.

use super::python_json::{self, SPACED, write_string};
use super::script::{Owner, Script, Speaker, Turn, write_arguments};
use crate::count::rules::Version;
use crate::request::{Tool, ToolCall};

/// Writes the prompt. `effort` is the value of the model's settings, if it has any; `forced` the
/// function that the answer has to call.
pub(in crate::count) fn write(
    script: &mut Script,
    turns: &[Turn<'_>],
    tools: &[Tool<'_>],
    version: Version,
    effort: Option<&str>,
    forced: Option<&str>,
) {
    script.of(Owner::Framing).marks(1);
    if let Some(effort) = effort {
        let mut settings = String::from("{\"reasoning_effort\": ");
        write_string(&mut settings, effort, SPACED);
        settings.push('}');
        script.marks(1).text(&settings).marks(1);
    }
    script.of(Owner::Tools);
    if !tools.is_empty() {
        script.marks(1).text(&definitions(tools)).marks(1);
    }
    if let Some(name) = forced {
        // At the end of the prompt; here a mark keeps it apart too.
        script.marks(1).text(name).marks(1);
    }
    for turn in turns {
        script.of(turn.owner());
        match turn.speaker {
            Speaker::System | Speaker::User => {
                script.marks(1).text(&turn.text).marks(1);
            }
            Speaker::Assistant => {
                script.text(&turn.text);
                calls(script, &turn.calls, version);
                script.marks(1);
            }
            Speaker::Tool => {
                script.marks(1);
                if version != Version::V13 {
                    script.text(turn.call_id.as_deref().unwrap_or_default());
                    script.marks(1);
                }
                script.text(&turn.text).marks(1);
            }
        }
    }
}

fn definitions(tools: &[Tool<'_>]) -> String {
    let mut out = String::from("[");
    for (nth, tool) in tools.iter().enumerate() {
        out.push_str(if nth > 0 { ", " } else { "" });
        out.push_str("{\"type\": \"function\", \"function\": {\"name\": ");
        write_string(&mut out, &tool.name().unwrap_or_default(), SPACED);
        out.push_str(", \"description\": ");
        write_string(&mut out, &tool.description().unwrap_or_default(), SPACED);
        out.push_str(", \"parameters\": ");
        match tool.schema() {
            Some(schema) if !schema.is_null() => python_json::write(&mut out, schema, SPACED),
            _ => out.push_str("{}"),
        }
        out.push_str("}}");
    }
    out.push(']');
    out
}

fn calls(script: &mut Script, calls: &[ToolCall<'_>], version: Version) {
    if calls.is_empty() {
        return;
    }
    if version == Version::V7 {
        let mut list = String::from("[");
        for (nth, call) in calls.iter().enumerate() {
            list.push_str(if nth > 0 {
                ", {\"name\": "
            } else {
                "{\"name\": "
            });
            write_string(&mut list, &call.name().unwrap_or_default(), SPACED);
            list.push_str(", \"arguments\": ");
            write_arguments(&mut list, call, SPACED);
            if let Some(id) = call.id().filter(|id| !id.is_empty()) {
                list.push_str(", \"id\": ");
                write_string(&mut list, &id, SPACED);
            }
            list.push('}');
        }
        list.push(']');
        script.marks(1).text(&list);
        return;
    }
    for call in calls {
        script.marks(1).text(&call.name().unwrap_or_default());
        if version == Version::V11 {
            script.marks(1).text(&call.id().unwrap_or_default());
        }
        let mut arguments = String::new();
        write_arguments(&mut arguments, call, SPACED);
        script.marks(1).text(&arguments);
    }
}
