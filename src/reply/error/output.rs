//! Output text of answers and their events, in all formats: counted, not kept.

use std::fmt;

use super::tree::Tree;
use crate::encoding::{Encoding, Tally};

/// Bytes for each token where the vocabulary is unknown.
const BYTES_PER_TOKEN: u64 = 4;

/// Counter of the output of a stream.
#[derive(Clone, Default)]
pub(super) struct Output {
    tally: Option<Tally>,
    bytes: u64,
}

impl Output {
    pub(super) fn new(encoding: Option<Encoding>) -> Output {
        Output {
            tally: encoding.map(Tally::new),
            bytes: 0,
        }
    }

    /// Returns whether any text arrived.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    pub(super) fn tokens(&self) -> u64 {
        match &self.tally {
            Some(tally) => tally.tokens() as u64,
            None => self.bytes.div_ceil(BYTES_PER_TOKEN),
        }
    }

    /// Counts the output of one event, or of a whole answer.
    pub(super) fn add(&mut self, event: &Tree<'_>) {
        let mut push = |text: &str| {
            self.bytes += text.len() as u64;
            if let Some(tally) = &mut self.tally {
                tally.push(text);
            }
        };
        let kind = event.get("type").and_then(Tree::text).unwrap_or_default();
        if kind.ends_with(".delta") {
            // Responses: the delta is the text.
            strings(event.get("delta"), &mut push);
            return;
        }
        for choice in items(event.get("choices")) {
            strings(choice.get("text"), &mut push);
            for message in ["delta", "message"]
                .iter()
                .filter_map(|key| choice.get(key))
            {
                for key in ["content", "reasoning_content", "reasoning", "refusal"] {
                    strings(message.get(key), &mut push);
                }
                for call in items(message.get("tool_calls")) {
                    calls(call.get("function"), &mut push);
                }
                calls(message.get("function_call"), &mut push);
            }
        }
        for candidate in items(event.get("candidates")) {
            for part in items(candidate.at(&["content", "parts"])) {
                strings(part.get("text"), &mut push);
                calls(part.get("functionCall"), &mut push);
            }
        }
        // Anthropic, Bedrock Converse, Ollama.
        if let Some(delta) = event.get("delta") {
            for key in ["text", "thinking", "partial_json"] {
                strings(delta.get(key), &mut push);
            }
        }
        calls(event.get("content_block"), &mut push);
        if let Some(delta) = event.at(&["contentBlockDelta", "delta"]) {
            strings(delta.get("text"), &mut push);
            strings(delta.at(&["reasoningContent", "text"]), &mut push);
            strings(delta.at(&["toolUse", "input"]), &mut push);
        }
        for key in ["content", "thinking"] {
            if let Some(text @ Tree::Text(_)) = event.at(&["message", key]) {
                strings(Some(text), &mut push);
            }
        }
        strings(
            event.get("response").filter(|text| text.text().is_some()),
            &mut push,
        );
    }
}

fn items<'t>(list: Option<&'t Tree<'t>>) -> &'t [Tree<'t>] {
    match list {
        Some(Tree::List(items)) => items,
        _ => &[],
    }
}

/// Pushes a string, or the strings of a list.
fn strings(tree: Option<&Tree<'_>>, push: &mut impl FnMut(&str)) {
    match tree {
        Some(Tree::Text(text)) if !text.is_empty() => push(text),
        Some(Tree::List(items)) => {
            let texts = items.iter().map(|item| item.get("text").unwrap_or(item));
            for text in texts.filter_map(Tree::text) {
                push(text);
            }
        }
        _ => {}
    }
}

/// Pushes the name and the arguments of a call.
fn calls(call: Option<&Tree<'_>>, push: &mut impl FnMut(&str)) {
    let Some(call) = call else {
        return;
    };
    strings(call.get("name"), push);
    for key in ["arguments", "args"] {
        match call.get(key) {
            Some(Tree::Object(fields)) => {
                for (name, value) in fields {
                    push(name);
                    strings(Some(value), push);
                }
            }
            text => strings(text, push),
        }
    }
}

/// Prints numbers only.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("bytes", &self.bytes)
            .finish()
    }
}
