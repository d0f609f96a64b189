//! Rendering of a request by the chat templates of Qwen 3, Qwen 3.5 and Qwen 3 coder.
//!
//! ```text
//! <|im_start|>system
//! … # Tools … <|im_end|>
//! <|im_start|>user
//! …<|im_end|>
//! <|im_start|>assistant
//! <tool_call>
//! {"name": "find", "arguments": {"city": "Kiel"}}
//! </tool_call><|im_end|>
//! <|im_start|>assistant
//! ```
//!
//! Qwen 3.5 and coder write a call as `<function=find>` with a tag for each argument. Qwen 3.5 has
//! the tools before the instructions, trims every text, and begins the answer with `<think>`.
//! Reasoning before the last question is omitted, results are a message of the user's.
//!
//! Evidence: docs/evidence/billing_hosts.md, section 6.

use super::python_json::{self, SPACED, unique_entries};
use super::script::{
    Owner, Script, Speaker, Turn, all_but_strict, with_arguments, write_arguments, write_wrapped,
};
use crate::count::rules::QwenTemplate as Generation;
use crate::json::{Kind, Value};
use crate::request::{Tool, ToolCall};

const MARKS: &[&str] = &[
    "<|im_start|>",
    "<|im_end|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
];

const HEADING_3: &str = "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function \
signatures within <tools></tools> XML tags:\n<tools>";

const FOOTING_3: &str = "\n</tools>\n\nFor each function call, return a json object with function name and arguments within \
<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>";

const HEADING_3_5: &str = "# Tools\n\nYou have access to the following functions:\n\n<tools>";

const FOOTING_3_5: &str = "\n</tools>\n\nIf you choose to call a function ONLY reply in the following format with NO suffix:\n\n<tool_call>\n\
<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n<parameter=example_parameter_2>\nThis is the \
value for the second parameter\nthat can span\nmultiple lines\n</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function \
calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML \
tags\n- Required parameters MUST be specified\n- You may provide optional reasoning for your function call in natural language BEFORE the \
function call, but NOT after\n- If there is no function call available, answer the question like normal with your current knowledge and \
do not tell the user about function calls\n</IMPORTANT>";

const HEADING_CODER: &str = "\n\n# Tools\n\nYou have access to the following tools:\n\n<tools>";

const FOOTING_CODER: &str = "\n</tools>\n\nIf you choose to call a tool ONLY reply in the following format with NO suffix:\n\n<tool_call>\n\
<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n<parameter=example_parameter_2>\nvalue_2\n\
</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: the tool calling \
block MUST begin with an opening <tool_call> tag and end with a closing </tool_call> tag.\n- Required parameters MUST be specified\n- You \
may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after\n- If there is no \
function call available, answer the question like normal with your current knowledge and do not tell the user about function \
calls\n</IMPORTANT>";

/// Instructions of the coder's server beside tools.
const IDENTITY_CODER: &str =
    "You are Qwen, a helpful AI assistant that can interact with a computer to solve tasks.";

/// Writes the prompt. `thinks` is `Some(false)` if thinking is disabled.
pub(in crate::count) fn write(
    script: &mut Script,
    turns: &[Turn<'_>],
    tools: &[Tool<'_>],
    generation: Generation,
    thinks: Option<bool>,
) {
    let mut prompt = Prompt {
        script,
        generation,
        after: turns
            .iter()
            .rposition(is_question)
            .unwrap_or(turns.len().saturating_sub(1)),
    };
    let first = turns.first().filter(|turn| turn.speaker == Speaker::System);
    prompt.instructions(first, tools);
    let rest = usize::from(first.is_some());
    for (nth, turn) in turns.iter().enumerate().skip(rest) {
        let before = nth.checked_sub(1).map(|nth| turns[nth].speaker);
        let next = turns.get(nth + 1).map(|turn| turn.speaker);
        prompt.turn(nth, turn, before, next);
    }
    let script = script.of(Owner::Framing);
    script.template("<|im_start|>assistant\n", MARKS);
    match (generation, thinks) {
        (Generation::Coder, _) => {}
        (_, Some(false)) => {
            script.template("<think>\n\n</think>\n\n", MARKS);
        }
        (Generation::Three, _) => {}
        (Generation::ThreeFive, _) => {
            script.template("<think>\n", MARKS);
        }
    }
}

/// Returns whether a turn is a message of the user's, not a result in its tags.
fn is_question(turn: &Turn<'_>) -> bool {
    let text = turn.text.trim();
    turn.speaker == Speaker::User
        && !(text.starts_with("<tool_response>") && text.ends_with("</tool_response>"))
}

struct Prompt<'s> {
    script: &'s mut Script,
    generation: Generation,
    /// Index of the last question; reasoning is kept after it.
    after: usize,
}

impl Prompt<'_> {
    fn instructions(&mut self, first: Option<&Turn<'_>>, tools: &[Tool<'_>]) {
        let owner = first.map_or(Owner::Tools, Turn::owner);
        let text = first.map(|turn| turn.text.as_ref()).unwrap_or_default();
        let text = match self.generation {
            Generation::ThreeFive => text.trim(),
            _ => text,
        };
        if first.is_none() && tools.is_empty() {
            return;
        }
        let script = self.script.of(owner);
        script.template("<|im_start|>system\n", MARKS);
        match self.generation {
            Generation::Three => {
                script.template(text, MARKS);
                if first.is_some() && !tools.is_empty() {
                    script.text("\n\n");
                }
                listed(script, tools, HEADING_3, FOOTING_3);
            }
            Generation::ThreeFive => {
                listed(script, tools, HEADING_3_5, FOOTING_3_5);
                script.of(owner);
                if !tools.is_empty() && !text.is_empty() {
                    script.text("\n\n");
                }
                script.template(text, MARKS);
            }
            Generation::Coder => {
                script.template(
                    if first.is_some() {
                        text
                    } else {
                        IDENTITY_CODER
                    },
                    MARKS,
                );
                if !tools.is_empty() {
                    script.of(Owner::Tools).template(HEADING_CODER, MARKS);
                    for tool in tools {
                        script.template(&coder_definition(tool), MARKS);
                    }
                    script.template(FOOTING_CODER, MARKS);
                }
            }
        }
        script.of(owner).template("<|im_end|>\n", MARKS);
    }

    fn turn(
        &mut self,
        nth: usize,
        turn: &Turn<'_>,
        before: Option<Speaker>,
        next: Option<Speaker>,
    ) {
        let generation = self.generation;
        let text = match generation {
            Generation::ThreeFive => turn.text.trim(),
            _ => &turn.text,
        };
        let script = self.script.of(turn.owner());
        match turn.speaker {
            Speaker::User | Speaker::System => {
                let role = if turn.speaker == Speaker::User {
                    "user"
                } else {
                    "system"
                };
                script.template(&format!("<|im_start|>{role}\n"), MARKS);
                script.template(text, MARKS).template("<|im_end|>\n", MARKS);
            }
            Speaker::Assistant => {
                self.answer(nth, turn, text, next.is_none());
            }
            Speaker::Tool => {
                if before.is_none_or(|before| before != Speaker::Tool) {
                    let line = if generation == Generation::Coder {
                        "\n"
                    } else {
                        ""
                    };
                    script.template("<|im_start|>user", MARKS).text(line);
                }
                let (begin, end) = match generation {
                    Generation::Coder => ("<tool_response>\n", "\n</tool_response>\n"),
                    _ => ("\n<tool_response>\n", "\n</tool_response>"),
                };
                script.template(begin, MARKS).template(text, MARKS);
                script.template(end, MARKS);
                if next != Some(Speaker::Tool) {
                    script.template("<|im_end|>\n", MARKS);
                }
            }
        }
    }

    fn answer(&mut self, nth: usize, turn: &Turn<'_>, text: &str, is_last: bool) {
        let generation = self.generation;
        let script = &mut *self.script;
        if generation == Generation::Coder {
            return coder_answer(script, turn, text);
        }
        let (reasoning, content) = match (&turn.reasoning, text.rsplit_once("</think>")) {
            (Some(reasoning), _) => (reasoning.as_ref(), text),
            (None, Some((before, content))) => {
                let before = before.split("</think>").next().unwrap_or_default();
                let reasoning = before
                    .trim_end_matches('\n')
                    .rsplit("<think>")
                    .next()
                    .unwrap_or_default();
                (
                    reasoning.trim_start_matches('\n'),
                    content.trim_start_matches('\n'),
                )
            }
            (None, None) => ("", text),
        };
        script.template("<|im_start|>assistant\n", MARKS);
        let shows = match generation {
            Generation::Three => is_last || !reasoning.is_empty(),
            _ => true,
        };
        if nth > self.after && shows {
            let reasoning = match generation {
                Generation::Three => reasoning.trim_matches('\n'),
                _ => reasoning.trim(),
            };
            script
                .template("<think>\n", MARKS)
                .template(reasoning, MARKS);
            script.template("\n</think>\n\n", MARKS);
            script.template(
                match generation {
                    Generation::Three => content.trim_start_matches('\n'),
                    _ => content,
                },
                MARKS,
            );
        } else {
            script.template(content, MARKS);
        }
        for (place, call) in turn.calls.iter().enumerate() {
            if generation == Generation::Three {
                if place > 0 || !content.is_empty() {
                    script.text("\n");
                }
                script.template(&json_call(call), MARKS);
            } else {
                if place > 0 {
                    script.text("\n");
                } else if !content.trim().is_empty() {
                    script.text("\n\n");
                }
                script.template(&tagged_call(call), MARKS);
            }
        }
        script.template("<|im_end|>\n", MARKS);
    }
}

fn coder_answer(script: &mut Script, turn: &Turn<'_>, text: &str) {
    if turn.calls.is_empty() {
        script.template("<|im_start|>assistant\n", MARKS);
        script.template(text, MARKS);
    } else {
        script.template("<|im_start|>assistant", MARKS);
        let text = text.trim();
        if !text.is_empty() {
            script.text("\n").template(text, MARKS).text("\n");
        }
        for call in &turn.calls {
            script.text("\n").template(&tagged_call(call), MARKS);
        }
    }
    script.template("<|im_end|>\n", MARKS);
}

/// Writes the list of tools, one line of JSON each.
fn listed(script: &mut Script, tools: &[Tool<'_>], heading: &str, footing: &str) {
    if tools.is_empty() {
        return;
    }
    script.of(Owner::Tools).template(heading, MARKS);
    for tool in tools {
        let mut line = String::from("\n");
        write_wrapped(&mut line, tool, all_but_strict, SPACED);
        script.template(&line, MARKS);
    }
    script.template(footing, MARKS);
}

fn json_call(call: &ToolCall<'_>) -> String {
    let mut out = String::from("<tool_call>\n{\"name\": \"");
    out.push_str(&call.name().unwrap_or_default());
    out.push_str("\", \"arguments\": ");
    with_arguments(call, |value| match value {
        Some(_) => write_arguments(&mut out, call, SPACED),
        None => out.push_str(&call.arguments().unwrap_or_default()),
    });
    out.push_str("}\n</tool_call>");
    out
}

fn tagged_call(call: &ToolCall<'_>) -> String {
    let name = call.name().unwrap_or_default();
    let mut out = format!("<tool_call>\n<function={name}>\n");
    with_arguments(call, |value| {
        for (key, value) in value.map(unique_entries).unwrap_or_default() {
            out.push_str(&format!("<parameter={key}>\n"));
            plain(&mut out, value);
            out.push_str("\n</parameter>\n");
        }
    });
    out.push_str("</function>\n</tool_call>");
    out
}

/// Writes a value as a template does with the filter `string`; lists and objects as JSON.
fn plain(out: &mut String, value: Value<'_>) {
    match value.kind() {
        Kind::String => out.push_str(&value.as_str().unwrap_or_default()),
        Kind::True => out.push_str("True"),
        Kind::False => out.push_str("False"),
        Kind::Null => out.push_str("None"),
        _ => python_json::write(out, value, SPACED),
    }
}

fn coder_definition(tool: &Tool<'_>) -> String {
    let mut out = String::from("\n<function>\n<name>");
    out.push_str(&tool.name().unwrap_or_default());
    out.push_str("</name>");
    if let Some(description) = tool.description() {
        out.push_str(&format!(
            "\n<description>{}</description>",
            description.trim()
        ));
    }
    out.push_str("\n<parameters>");
    let schema = tool.schema().filter(|schema| schema.kind() == Kind::Object);
    let properties = schema.and_then(|schema| schema.get_some("properties"));
    for (name, fields) in properties.map(unique_entries).unwrap_or_default() {
        out.push_str(&format!("\n<parameter>\n<name>{name}</name>"));
        if let Some(kind) = fields.get_some("type") {
            out.push_str("\n<type>");
            plain(&mut out, kind);
            out.push_str("</type>");
        }
        if let Some(text) = fields
            .get_some("description")
            .and_then(|text| text.as_str())
        {
            out.push_str(&format!("\n<description>{}</description>", text.trim()));
        }
        extra(&mut out, fields, &["name", "type", "description"]);
        out.push_str("\n</parameter>");
    }
    if let Some(schema) = schema {
        extra(&mut out, schema, &["type", "properties"]);
    }
    out.push_str("\n</parameters>\n</function>");
    out
}

/// Writes the other keys of a schema, a tag each.
fn extra(out: &mut String, object: Value<'_>, handled: &[&str]) {
    if object.kind() != Kind::Object {
        return;
    }
    for (key, value) in unique_entries(object) {
        if handled.contains(&&*key) {
            continue;
        }
        out.push_str(&format!("\n<{key}>"));
        plain(out, value);
        out.push_str(&format!("</{key}>"));
    }
}
