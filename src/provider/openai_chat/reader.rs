//! Reader for requests of OpenAI's Chat Completions API, including the legacy `functions` fields.
//!
//! It rejects only unreadable requests: a list of another type, a message without a role, content
//! of a type without text. A readable request that a provider would refuse (an unknown role, an
//! empty list, a call without its result) is read unchanged, and the check reports it. Source: the
//! API reference of Chat Completions, and the recorded requests that the rules were measured on.

use super::super::answers::is_answer;
use super::super::reader::{Reader, Want};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::request::{
    CallEntry, CallKind, Layout, MessageEntry, MessageLocation, PartEntry, PartKind, RelativePath,
    ResultEntry, ResultParts, Role, ToolEntry, ToolKind, index_u32,
};

/// Marker type of this format's reader.
enum Chat {}

pub(super) fn layout(document: &Document<'_>) -> Result<Layout, Error> {
    let reader = Reader::<Chat>::new(document);
    let root = document.root();
    let bare = root.kind() == Kind::Array;
    let list = if bare { "" } else { "messages" };
    let mut layout = Layout::new(Format::OpenAiChat, "", list);
    let (messages, base) = match root.kind() {
        Kind::Array => (root, ""),
        Kind::Object => {
            reader.settings(root, &mut layout)?;
            match root.get("messages") {
                Some(messages) => (messages, "/messages"),
                None => {
                    let (what, remedy) = match is_answer(root) {
                        false => ("missing `messages`", "set it to a list of messages"),
                        true => (
                            "missing `messages`: this looks like an answer, not a request",
                            "read its usage with `reply::usage`, or `tokenfit usage`",
                        ),
                    };
                    return Err(reader.refuse(root, String::new(), what, remedy));
                }
            }
        }
        _ => {
            return Err(reader.wrong_type(
                root,
                String::new(),
                "a request (an object) or a list of messages",
            ));
        }
    };
    if messages.kind() != Kind::Array {
        return Err(reader.wrong_type(messages, base.to_owned(), "a list of messages"));
    }
    for (index, message) in messages.items().enumerate() {
        reader.message(message, base, index, &mut layout)?;
    }
    Ok(layout)
}

/// Returns whether the additional fields of gateways enable or disable thinking.
fn thinks(root: Value<'_>) -> Option<bool> {
    let off = |effort: Value<'_>| effort.is_str("none");
    if let Some(reasoning) = root.get_some("reasoning") {
        let enabled = reasoning.get_some("enabled").and_then(|on| on.as_bool());
        let effort = reasoning.get_some("effort");
        return Some(enabled != Some(false) && !effort.is_some_and(off));
    }
    if let Some(thinking) = root.get_some("thinking") {
        let kind = thinking.get_some("type")?;
        return (!kind.is_str("adaptive")).then(|| kind.is_str("enabled"));
    }
    // Hosts of Qwen, and servers that pass settings on to the chat template.
    let switch = ["chat_template_kwargs", "chat_template_args"]
        .into_iter()
        .filter_map(|field| root.get_some(field))
        .chain([root])
        .find_map(|fields| fields.get_some("enable_thinking")?.as_bool());
    if switch.is_some() {
        return switch;
    }
    Some(!off(root.get_some("reasoning_effort")?))
}

impl Reader<'_, Chat> {
    fn settings(&self, root: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let top = String::new;
        layout.model = self
            .field(root, "model", Want::String, top)?
            .map(|v| v.id());
        for name in ["max_completion_tokens", "max_tokens"] {
            let tokens = self.tokens(root, name, top)?;
            layout.max_output_tokens = layout.max_output_tokens.or(tokens);
        }
        if let Some(tools) = self.field(root, "tools", Want::Array, top)? {
            for (index, tool) in tools.items().enumerate() {
                self.tool(tool, index, layout)?;
            }
        }
        if let Some(functions) = self.field(root, "functions", Want::Array, top)? {
            for (index, function) in functions.items().enumerate() {
                if function.kind() != Kind::Object {
                    return Err(self.wrong_type(
                        function,
                        format!("/functions/{index}"),
                        "a function (an object)",
                    ));
                }
                layout.tools.push(ToolEntry {
                    node: function.id(),
                    function: function.id(),
                    kind: ToolKind::LegacyFunction,
                    at: RelativePath::item("functions", index),
                });
            }
        }
        layout.parallel_tool_calls = root
            .get_some("parallel_tool_calls")
            .and_then(|parallel| parallel.as_bool());
        layout.thinks = thinks(root);
        layout.enables_thinking = root
            .get_some("thinking")
            .and_then(|thinking| thinking.get_some("type"))
            .is_some_and(|kind| kind.is_str("enabled"));
        layout.effort = root
            .get_some("reasoning_effort")
            .or_else(|| root.get_some("reasoning")?.get_some("effort"))
            .map(|effort| effort.id());
        for (name, slot) in [
            ("tool_choice", &mut layout.tool_choice),
            ("function_call", &mut layout.function_call),
        ] {
            *slot = self.string_or_object(root, name, top)?.map(|v| v.id());
        }
        for (name, slot) in [
            ("response_format", &mut layout.response_format),
            ("prediction", &mut layout.prediction),
            ("audio", &mut layout.audio),
            ("web_search_options", &mut layout.web_search_options),
        ] {
            *slot = self.field(root, name, Want::Object, top)?.map(|v| v.id());
        }
        // OpenRouter keeps instructions under this name.
        layout.kept_context = root.get_some("preset").map(|_| "preset");
        Ok(())
    }

    fn tool(&self, tool: Value<'_>, index: usize, layout: &mut Layout) -> Result<(), Error> {
        let here = || format!("/tools/{index}");
        if tool.kind() != Kind::Object {
            return Err(self.wrong_type(tool, here(), "a tool (an object)"));
        }
        let kind = self.field(tool, "type", Want::String, here)?;
        let function = self.field(tool, "function", Want::Object, here)?;
        let entry = match (kind, function) {
            (None, Some(function)) => (ToolKind::Function, function),
            (Some(kind), Some(function)) if kind.is_str("function") => {
                (ToolKind::Function, function)
            }
            (Some(kind), None) if kind.is_str("function") => {
                return Err(self.refuse(
                    tool,
                    here(),
                    "missing `function` of a tool of type `function`",
                    "set it to an object with `name` and `parameters`",
                ));
            }
            _ => (ToolKind::Other, tool),
        };
        layout.tools.push(ToolEntry {
            node: tool.id(),
            function: entry.1.id(),
            kind: entry.0,
            at: RelativePath::item("tools", index),
        });
        Ok(())
    }

    fn message(
        &self,
        message: Value<'_>,
        base: &str,
        index: usize,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        let here = || format!("{base}/{index}");
        if message.kind() != Kind::Object {
            return Err(self.wrong_type(message, here(), "a message (an object)"));
        }
        let [
            role,
            name,
            tool_call_id,
            content,
            refusal,
            calls,
            function_call,
            hidden @ ..,
        ] = message.get_all([
            "role",
            "name",
            "tool_call_id",
            "content",
            "refusal",
            "tool_calls",
            "function_call",
            "audio",
            "reasoning",
            "reasoning_content",
            "reasoning_details",
        ]);
        let Some(role_value) = role else {
            return Err(self.refuse(
                message,
                here(),
                "missing `role` of the message",
                "set it to system, developer, user, assistant or tool",
            ));
        };
        let Some(role) = role_value.as_str() else {
            return Err(self.wrong_type(role_value, format!("{}/role", here()), "a string"));
        };
        let name = self.checked(name, "name", Want::String, here)?;
        let tool_call_id = self.checked(tool_call_id, "tool_call_id", Want::String, here)?;
        let parts_from = layout.parts.len();
        if let Some(content) = content {
            self.content(content, &here, layout)?;
        }
        if let Some(refusal) = self.checked(refusal, "refusal", Want::String, here)? {
            layout.parts.push(PartEntry {
                node: refusal.id(),
                kind: PartKind::Refusal,
                text: Some(refusal.id()),
                at: RelativePath::field("refusal"),
                nth: 0,
            });
        }
        let calls_from = layout.calls.len();
        if let Some(calls) = self.checked(calls, "tool_calls", Want::Array, here)? {
            for (nth, call) in calls.items().enumerate() {
                let there = || format!("{base}/{index}/tool_calls/{nth}");
                self.call(call, there, RelativePath::item("tool_calls", nth), layout)?;
            }
        }
        if let Some(call) = self.checked(function_call, "function_call", Want::Object, here)? {
            let there = || format!("{base}/{index}/function_call");
            layout.calls.push(CallEntry {
                node: call.id(),
                at: RelativePath::field("function_call"),
                kind: CallKind::LegacyFunction,
                id: None,
                name: self
                    .field(call, "name", Want::String, there)?
                    .map(|v| v.id()),
                arguments: self
                    .field(call, "arguments", Want::String, there)?
                    .map(|v| v.id()),
            });
        }
        let role = Role::from_name(&role);
        let results_from = layout.results.len();
        if matches!(role, Role::Tool | Role::Function) {
            layout.results.push(ResultEntry {
                node: message.id(),
                hosted: false,
                call_id: tool_call_id.map(|v| v.id()),
                name: name.map(|v| v.id()),
                is_error: false,
                parts: ResultParts::OfMessage,
                at: RelativePath::WHOLE,
            });
        }
        layout.messages.push(MessageEntry {
            node: message.id(),
            at: MessageLocation::Item(index_u32(index)),
            role,
            role_node: Some(role_value.id()),
            name: name.map(|v| v.id()),
            tool_call_id: tool_call_id.map(|v| v.id()),
            parts: parts_from..layout.parts.len(),
            calls: calls_from..layout.calls.len(),
            results: results_from..layout.results.len(),
            reference: false,
            hidden: hidden.iter().flatten().any(|value| !value.is_empty()),
            empty_list: [content, calls]
                .into_iter()
                .flatten()
                .any(|value| value.kind() == Kind::Array && value.is_empty()),
        });
        Ok(())
    }

    fn content(
        &self,
        content: Value<'_>,
        here: &impl Fn() -> String,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        match content.kind() {
            Kind::String => layout.parts.push(PartEntry {
                node: content.id(),
                kind: PartKind::Text,
                text: Some(content.id()),
                at: RelativePath::field("content"),
                nth: 0,
            }),
            Kind::Array => {
                for (nth, part) in content.items().enumerate() {
                    let there = || format!("{}/content/{nth}", here());
                    self.part(part, there, RelativePath::item("content", nth), layout)?;
                }
            }
            _ => {
                return Err(self.wrong_type(
                    content,
                    format!("{}/content", here()),
                    "a string, a list of parts or null",
                ));
            }
        }
        Ok(())
    }

    fn part(
        &self,
        part: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        if part.kind() != Kind::Object {
            return Err(self.wrong_type(part, here(), "a content part (an object)"));
        }
        let Some(kind) = self.field(part, "type", Want::String, &here)? else {
            return Err(self.refuse(
                part,
                here(),
                "missing `type` of the content part",
                "set it to text, image_url, input_audio, file or refusal",
            ));
        };
        let kind = match &*kind.as_str().unwrap_or_default() {
            "text" => PartKind::Text,
            "refusal" => PartKind::Refusal,
            "image_url" => PartKind::Image,
            "input_audio" => PartKind::Audio,
            "file" => PartKind::File,
            _ => PartKind::Other,
        };
        let text = match kind {
            PartKind::Text => self.field(part, "text", Want::String, &here)?,
            PartKind::Refusal => self.field(part, "refusal", Want::String, &here)?,
            _ => None,
        };
        if kind == PartKind::Text && text.is_none() {
            return Err(self.refuse(
                part,
                here(),
                "missing `text` of the text part",
                "set it; it may be empty",
            ));
        }
        layout.parts.push(PartEntry {
            node: part.id(),
            kind,
            text: text.map(|v| v.id()),
            at,
            nth: 0,
        });
        Ok(())
    }

    fn call(
        &self,
        call: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        if call.kind() != Kind::Object {
            return Err(self.wrong_type(call, here(), "a tool call (an object)"));
        }
        let id = self.field(call, "id", Want::String, &here)?;
        let function = self.field(call, "function", Want::Object, &here)?;
        let (kind, of, input) = match function {
            Some(function) => (CallKind::Function, function, "arguments"),
            None => match self.field(call, "custom", Want::Object, &here)? {
                Some(custom) => (CallKind::Other, custom, "input"),
                None => {
                    return Err(self.refuse(
                        call,
                        here(),
                        "missing `function` of the tool call",
                        "set it to an object with `name` and `arguments`",
                    ));
                }
            },
        };
        let there = || {
            format!(
                "{}/{}",
                here(),
                if kind == CallKind::Function {
                    "function"
                } else {
                    "custom"
                }
            )
        };
        layout.calls.push(CallEntry {
            node: call.id(),
            at,
            kind,
            id: id.map(|v| v.id()),
            name: self.field(of, "name", Want::String, there)?.map(|v| v.id()),
            arguments: self.field(of, input, Want::String, there)?.map(|v| v.id()),
        });
        Ok(())
    }
}
