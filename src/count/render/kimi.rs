//! Rendering of a request by the chat template of Kimi K2.
//!
//! ```text
//! <|im_system|>tool_declare<|im_middle|>[{"type": "function", …}]<|im_end|>
//! <|im_system|>system<|im_middle|>…<|im_end|><|im_user|>user<|im_middle|>…<|im_end|><|im_assistant|>assistant<|im_middle|>
//! ```
//!
//! (No line breaks between messages.) Without instructions the server writes `You are a helpful
//! assistant`. A call has the id `functions.NAME:0`; a result names the id that the request has.
//!
//! Evidence: docs/evidence/billing_hosts.md, section 5.

use super::python_json::SPACED;
use super::script::{Owner, Script, Speaker, Turn, all_but_strict, write_arguments, write_wrapped};
use crate::request::Tool;

const MARKS: &[&str] = &[
    "<|im_system|>",
    "<|im_middle|>",
    "<|im_end|>",
    "<|im_user|>",
    "<|im_assistant|>",
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<|tool_call_begin|>",
    "<|tool_call_end|>",
    "<|tool_call_argument_begin|>",
];

pub(in crate::count) fn write(script: &mut Script, turns: &[Turn<'_>], tools: &[Tool<'_>]) {
    if !tools.is_empty() {
        let mut list = String::from("[");
        for (nth, tool) in tools.iter().enumerate() {
            list.push_str(if nth > 0 { ", " } else { "" });
            write_wrapped(&mut list, tool, all_but_strict, SPACED);
        }
        list.push(']');
        script
            .of(Owner::Tools)
            .marks(1)
            .text("tool_declare")
            .marks(1);
        script.template(&list, MARKS).marks(1);
    }
    let instructed = turns
        .first()
        .is_some_and(|turn| turn.speaker == Speaker::System);
    script.of(Owner::Framing);
    if !instructed {
        script.marks(1).text("system").marks(1);
        script.text("You are a helpful assistant").marks(1);
    }
    for turn in turns {
        let role = match turn.speaker {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
            Speaker::Tool => "tool",
        };
        script.of(turn.owner()).marks(1).text(role).marks(1);
        if turn.speaker == Speaker::Tool {
            let id = turn.call_id.as_deref().unwrap_or_default();
            // The template has a backslash and an `n` here.
            script.template(&format!("## Return of {id}\\n"), MARKS);
        }
        script.template(&turn.text, MARKS);
        if !turn.calls.is_empty() {
            script.marks(1);
            for (nth, call) in turn.calls.iter().enumerate() {
                let name = call.name().unwrap_or_default();
                let mut arguments = String::new();
                write_arguments(&mut arguments, call, SPACED);
                script
                    .marks(1)
                    .template(&format!("functions.{name}:{nth}"), MARKS);
                script.marks(1).template(&arguments, MARKS).marks(1);
            }
            script.marks(1);
        }
        script.marks(1);
    }
    script
        .of(Owner::Framing)
        .marks(1)
        .text("assistant")
        .marks(1);
}
