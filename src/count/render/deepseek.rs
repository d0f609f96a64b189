//! Rendering of a request by DeepSeek's chat template since V3.1, and the tools of V4.
//!
//! ```text
//! <｜begin▁of▁sentence｜>instructions
//!
//! ## Tools … one line of JSON for each function …
//! <｜User｜>…<｜Assistant｜></think>…<｜end▁of▁sentence｜><｜User｜><tool_result>…</tool_result><｜Assistant｜><think>
//! ```
//!
//! All instructions are joined by blank lines, wherever they are; so are consecutive messages of
//! the user and results. A call is a block of tags with the word `｜DSML｜`, one token; a value that
//! is not a string keeps the client's blanks. In thinking mode, with tools or results, each answer
//! has its two tags.
//!
//! Evidence: docs/evidence/billing_hosts.md, section 3.

use super::python_json::{self, COMPACT, SPACED, unique_entries};
use super::script::{Owner, Script, Speaker, Turn, three_fields, with_arguments, write_function};
use crate::json::{Kind, Value};
use crate::request::{Tool, ToolCall};

const MARKS: &[&str] = &[
    "<think>",
    "</think>",
    "｜DSML｜",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<｜end▁of▁sentence｜>",
    "<｜begin▁of▁sentence｜>",
];

const HEADING: &str = "## Tools\n\nYou have access to a set of tools to help answer the user's question. You can invoke tools by \
writing a \"<｜DSML｜tool_calls>\" block like the following:\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"$TOOL_NAME\">\n\
<｜DSML｜parameter name=\"$PARAMETER_NAME\" string=\"true|false\">$PARAMETER_VALUE</｜DSML｜parameter>\n...\n</｜DSML｜invoke>\n\
<｜DSML｜invoke name=\"$TOOL_NAME2\">\n...\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>\n\nString parameters should be specified as is \
and set `string=\"true\"`. For all other types (numbers, booleans, arrays, objects), pass the value in JSON format and set \
`string=\"false\"`.\n\nIf thinking_mode is enabled (triggered by <think>), you MUST output your complete reasoning inside \
<think>...</think> BEFORE any tool calls or final response.\n\nOtherwise, output directly after </think> with tool calls or final \
response.\n\n### Available Tool Schemas\n\n";

const FOOTING: &str = "\nYou MUST strictly follow the above defined tool name and parameter schemas to invoke tool calls.\n";

/// Mode of the model.
#[derive(Debug, Clone, Copy)]
pub(in crate::count) struct Mode {
    /// Whether the model thinks before it answers.
    pub(in crate::count) thinks: bool,
    /// Whether reasoning that is sent back is written.
    pub(in crate::count) keeps_reasoning: bool,
}

pub(in crate::count) fn write(
    script: &mut Script,
    turns: &[Turn<'_>],
    tools: &[Tool<'_>],
    mode: Mode,
) {
    script.of(Owner::Framing).marks(1);
    instructions(script, turns, tools);
    let is_input = |turn: &Turn<'_>| matches!(turn.speaker, Speaker::User | Speaker::Tool);
    let last = turns.iter().rposition(is_input);
    let has_results = turns.iter().any(|turn| turn.speaker == Speaker::Tool);
    let mut in_user = false;
    for (nth, turn) in turns.iter().enumerate() {
        script.of(turn.owner());
        match turn.speaker {
            Speaker::System => {}
            Speaker::User | Speaker::Tool => {
                if in_user {
                    script.text("\n\n");
                } else {
                    script.marks(1);
                }
                in_user = true;
                if turn.speaker == Speaker::Tool {
                    script.text("<tool_result>");
                    script.template(&turn.text, MARKS);
                    script.text("</tool_result>");
                } else {
                    script.template(&turn.text, MARKS);
                }
            }
            Speaker::Assistant => {
                in_user = false;
                script.marks(1);
                let is_last = last.is_none_or(|last| nth > last);
                if mode.thinks && (!tools.is_empty() || has_results || is_last) {
                    script.marks(1);
                    if let Some(reasoning) = turn.reasoning.as_deref()
                        && mode.keeps_reasoning
                    {
                        script.template(reasoning, MARKS);
                    }
                }
                script.marks(1).template(&turn.text, MARKS);
                calls(script, &turn.calls);
                script.marks(1);
            }
        }
    }
    // The answer begins with a tag: of thinking, or of its end.
    script.of(Owner::Framing).marks(2);
}

fn instructions(script: &mut Script, turns: &[Turn<'_>], tools: &[Tool<'_>]) {
    let mut any = false;
    let mut blank = true;
    for turn in turns.iter().filter(|turn| turn.speaker == Speaker::System) {
        script.of(turn.owner());
        if any {
            script.text("\n\n");
            blank = false;
        }
        any = true;
        blank &= turn.text.is_empty();
        script.template(&turn.text, MARKS);
    }
    if tools.is_empty() {
        return;
    }
    script.of(Owner::Tools);
    if !blank {
        script.text("\n\n");
    }
    script.template(HEADING, MARKS);
    for tool in tools {
        let mut line = String::new();
        write_function(&mut line, tool, three_fields, SPACED);
        line.push('\n');
        script.template(&line, MARKS);
    }
    script.text(FOOTING);
}

fn calls(script: &mut Script, calls: &[ToolCall<'_>]) {
    if calls.is_empty() {
        return;
    }
    script.template("\n\n<｜DSML｜tool_calls>\n", MARKS);
    for call in calls {
        let name = call.name().unwrap_or_default();
        script.template(&format!("<｜DSML｜invoke name=\"{name}\">\n"), MARKS);
        let mut parameters = String::new();
        with_arguments(call, |value| match value {
            Some(value) if value.kind() == Kind::Object => {
                for (key, value) in unique_entries(value) {
                    parameter(&mut parameters, &key, value);
                }
                if value.is_empty() {
                    parameters.push('\n');
                }
            }
            // A list or a number has no parameters; what is not JSON was not recorded.
            Some(_) => {}
            None => parameters.push_str(&call.arguments().unwrap_or_default()),
        });
        script.template(&parameters, MARKS);
        script.template("</｜DSML｜invoke>\n", MARKS);
    }
    script.template("</｜DSML｜tool_calls>", MARKS);
}

fn parameter(out: &mut String, key: &str, value: Value<'_>) {
    let text = value.as_str();
    out.push_str("<｜DSML｜parameter name=\"");
    out.push_str(key);
    out.push_str(if text.is_some() {
        "\" string=\"true\">"
    } else {
        "\" string=\"false\">"
    });
    match text {
        Some(text) => out.push_str(&text),
        None => as_sent(out, value),
    }
    out.push_str("</｜DSML｜parameter>\n");
}

/// Writes a value with blanks if the client did, otherwise without.
fn as_sent(out: &mut String, value: Value<'_>) {
    let mut spaced = String::new();
    python_json::write(&mut spaced, value, SPACED);
    if spaced == value.raw() {
        out.push_str(&spaced);
    } else {
        python_json::write(out, value, COMPACT);
    }
}
