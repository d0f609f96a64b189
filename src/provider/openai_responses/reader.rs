//! Reader for requests of OpenAI's Responses API, and of its `input_tokens` and `compact`.
//!
//! The input is a string or a list of items. Each item is read as a message: items that the model
//! wrote (messages, calls, reasoning) are the assistant's, results are the tool's. Calls and
//! results are recognized by the ending of their type (`…_call`, `…_call_output`), so that later
//! tools are read too. Source: the API reference of the Responses API, and 964 recorded requests.

use super::super::reader::{FoundCall, FoundResult, MessageBuilder, Reader, Want, part, tool};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::request::{
    CallKind, Layout, MessageLocation, PartEntry, PartKind, RelativePath, Role, ToolKind, index_u32,
};

/// Marker type of this format's reader.
enum Responses {}

pub(super) fn layout(document: &Document<'_>) -> Result<Layout, Error> {
    read(document, Format::OpenAiResponses)
}

/// A request to compact a history.
pub(super) fn compaction(document: &Document<'_>) -> Result<Layout, Error> {
    read(document, Format::OpenAiCompaction)
}

fn read(document: &Document<'_>, format: Format) -> Result<Layout, Error> {
    let reader = Reader::<Responses>::new(document);
    let root = document.root();
    let mut layout = Layout::new(format, "", "input");
    let top = String::new;
    reader.object(root, top, "a request (an object)")?;
    reader.settings(root, &mut layout)?;
    // Empty instructions are not billed as a message.
    let instructions = reader.field(root, "instructions", Want::String, top)?;
    if let Some(text) = instructions.filter(|text| !text.is_str("")) {
        let open = MessageBuilder::new(
            text,
            MessageLocation::Field("instructions"),
            Role::System,
            &layout,
        );
        open.part(
            text,
            PartKind::Text,
            Some(text),
            RelativePath::WHOLE,
            &mut layout,
        );
        open.close(&mut layout);
    }
    match root.get_some("input") {
        // A stored prompt or an earlier answer can be the only input.
        None if layout.kept_context.is_some() => {}
        None => {
            return Err(reader.refuse(
                root,
                String::new(),
                "missing `input`",
                "set it to a string or a list of items",
            ));
        }
        Some(text) if text.kind() == Kind::String => {
            let open =
                MessageBuilder::new(text, MessageLocation::Field("input"), Role::User, &layout);
            open.part(
                text,
                PartKind::Text,
                Some(text),
                RelativePath::WHOLE,
                &mut layout,
            );
            open.close(&mut layout);
        }
        Some(items) if items.kind() == Kind::Array => {
            for (index, item) in items.items().enumerate() {
                reader.item(item, index, &mut layout)?;
            }
        }
        Some(other) => {
            return Err(reader.wrong_type(
                other,
                "/input".to_owned(),
                "a string or a list of items",
            ));
        }
    }
    Ok(layout)
}

/// Kind of an item.
enum Item {
    Message,
    Call(CallKind),
    Result {
        hosted: bool,
    },
    Reasoning,
    Reference,
    /// The server's own, or of an unknown kind.
    Other,
}

/// Determines the kind by the type; a `call_id` tells who runs the tool.
fn item_of_type(kind: &str, has_call_id: bool) -> Item {
    match kind {
        "message" => Item::Message,
        "reasoning" => Item::Reasoning,
        "item_reference" => Item::Reference,
        "function_call" => Item::Call(CallKind::Function),
        "function_call_output" => Item::Result { hosted: false },
        // Both sides can be omitted: the provider fills them in.
        "tool_search_call" => Item::Call(CallKind::Hosted),
        "tool_search_output" => Item::Result { hosted: true },
        "mcp_approval_request" => Item::Call(CallKind::Other),
        "mcp_approval_response" => Item::Result { hosted: false },
        _ if kind.ends_with("_call_output") => Item::Result { hosted: false },
        // Custom tools, shells, computers and patches run on the caller's side and name the call.
        _ if kind.ends_with("_call") && has_call_id => Item::Call(CallKind::Other),
        _ if kind.ends_with("_call") => Item::Call(CallKind::Hosted),
        _ => Item::Other,
    }
}

impl Reader<'_, Responses> {
    fn settings(&self, root: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let top = String::new;
        layout.model = self
            .field(root, "model", Want::String, top)?
            .map(|v| v.id());
        layout.max_output_tokens = self.tokens(root, "max_output_tokens", top)?;
        if let Some(tools) = self.field(root, "tools", Want::Array, top)? {
            for (index, definition) in tools.items().enumerate() {
                let here = || format!("/tools/{index}");
                self.object(definition, here, "a tool (an object)")?;
                let kind = self.field(definition, "type", Want::String, here)?;
                let kind = match kind {
                    Some(kind) if !kind.is_str("function") => ToolKind::Other,
                    _ => ToolKind::Function,
                };
                let at = RelativePath::item("tools", index);
                layout.tools.push(tool(definition, definition, kind, at));
            }
        }
        layout.tool_choice = self
            .string_or_object(root, "tool_choice", top)?
            .map(|v| v.id());
        layout.parallel_tool_calls = root
            .get_some("parallel_tool_calls")
            .and_then(|parallel| parallel.as_bool());
        if let Some(text) = self.field(root, "text", Want::Object, top)? {
            let here = || "/text".to_owned();
            layout.response_format = self
                .field(text, "format", Want::Object, here)?
                .map(|v| v.id());
        }
        layout.thinking = root.get_some("reasoning").map(|v| v.id());
        layout.server_edits = root
            .get_some("truncation")
            .filter(|truncation| truncation.is_str("auto"))
            .map(|_| "truncation")
            .or(root
                .get_some("context_management")
                .map(|_| "context_management"));
        layout.kept_context = ["previous_response_id", "conversation", "prompt", "preset"]
            .into_iter()
            .find(|name| root.get_some(name).is_some());
        Ok(())
    }

    fn item(&self, item: Value<'_>, index: usize, layout: &mut Layout) -> Result<(), Error> {
        let here = || format!("/input/{index}");
        let at = MessageLocation::Item(index_u32(index));
        // Clients also send strings among the items.
        if item.kind() == Kind::String {
            let open = MessageBuilder::new(item, at, Role::User, layout);
            open.part(
                item,
                PartKind::Text,
                Some(item),
                RelativePath::WHOLE,
                layout,
            );
            open.close(layout);
            return Ok(());
        }
        self.object(item, here, "an item (an object)")?;
        let [kind, role, call_id] = item.get_all(["type", "role", "call_id"]);
        let kind = self.checked(kind, "type", Want::String, here)?;
        let role = self.checked(role, "role", Want::String, here)?;
        let call_id = self.checked(call_id, "call_id", Want::String, here)?;
        let kind = match kind {
            Some(kind) => item_of_type(&kind.as_str().unwrap_or_default(), call_id.is_some()),
            None if role.is_some() => Item::Message,
            None => Item::Reference,
        };
        let named_role = role.map(|role| Role::from_name(&role.as_str().unwrap_or_default()));
        let speaker = match kind {
            Item::Message => match named_role {
                Some(role) => role,
                None => {
                    return Err(self.refuse(
                        item,
                        here(),
                        "missing `role` of the message",
                        "set it to system, developer, user or assistant",
                    ));
                }
            },
            // A result found by the server is a part of its answer.
            Item::Result { hosted: true }
                if item
                    .get_some("execution")
                    .is_none_or(|execution| !execution.is_str("client")) =>
            {
                Role::Assistant
            }
            Item::Result { .. } => Role::Tool,
            Item::Other => named_role.unwrap_or(Role::Assistant),
            Item::Call(_) | Item::Reasoning | Item::Reference => Role::Assistant,
        };
        let mut open = MessageBuilder::new(item, at, speaker, layout).spelled(role);
        match kind {
            Item::Message => self.parts_of(item, "content", here, layout)?,
            Item::Call(kind) => {
                let [id, name, arguments, input, action] =
                    item.get_all(["id", "name", "arguments", "input", "action"]);
                let call = FoundCall {
                    part: item,
                    kind,
                    // An approval has no `call_id`; its answer names the item.
                    id: call_id.or(match kind {
                        CallKind::Other => self.checked(id, "id", Want::String, here)?,
                        _ => None,
                    }),
                    name: self.checked(name, "name", Want::String, here)?,
                    arguments: arguments.or(input).or(action),
                };
                open.call(call, false, RelativePath::WHOLE, layout);
                if kind == CallKind::Hosted {
                    open.hide();
                }
            }
            Item::Result { hosted } => {
                let request = match call_id {
                    None => self.field(item, "approval_request_id", Want::String, here)?,
                    found => found,
                };
                let result = FoundResult {
                    part: item,
                    hosted,
                    call_id: request,
                    name: None,
                    is_error: item
                        .get_some("status")
                        .is_some_and(|status| status.is_str("failed")),
                };
                open.is_result(result, layout);
                self.parts_of(item, "output", here, layout)?;
                if hosted {
                    open.hide();
                }
            }
            Item::Reasoning => {
                let encrypted = item.get_some("encrypted_content").is_some();
                let text = ["summary", "content"]
                    .into_iter()
                    .filter_map(|field| item.get_some(field)?.items().next()?.get_some("text"))
                    .find(|text| text.kind() == Kind::String);
                let kind = match text {
                    Some(_) if !encrypted => PartKind::Reasoning,
                    _ => PartKind::HiddenReasoning,
                };
                open.part(item, kind, text, RelativePath::WHOLE, layout);
                open.hide();
            }
            Item::Reference => {
                open.part(item, PartKind::Other, None, RelativePath::WHOLE, layout);
                open.is_reference();
            }
            Item::Other => {
                open.part(item, PartKind::Other, None, RelativePath::WHOLE, layout);
                open.hide();
            }
        }
        open.close(layout);
        Ok(())
    }

    /// Reads the content of a message, or the output of a result: a string or a list of parts;
    /// another value is one part.
    fn parts_of(
        &self,
        item: Value<'_>,
        field: &'static str,
        here: impl Fn() -> String,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        match item.get_some(field) {
            None => {}
            Some(text) if text.kind() == Kind::String => {
                let at = RelativePath::field(field);
                layout
                    .parts
                    .push(part(text, PartKind::Text, Some(text), at));
            }
            Some(parts) if parts.kind() == Kind::Array => {
                for (nth, part) in parts.items().enumerate() {
                    let there = || format!("{}/{field}/{nth}", here());
                    let entry = self.part(part, there, RelativePath::item(field, nth))?;
                    layout.parts.push(entry);
                }
            }
            // The results of computers and shells are objects.
            Some(other) if field == "output" => {
                let at = RelativePath::field(field);
                layout.parts.push(part(other, PartKind::Json, None, at));
            }
            Some(other) => {
                return Err(self.wrong_type(
                    other,
                    format!("{}/{field}", here()),
                    "a string or a list of parts",
                ));
            }
        }
        Ok(())
    }

    fn part(
        &self,
        value: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
    ) -> Result<PartEntry, Error> {
        self.object(value, &here, "a content part (an object)")?;
        let [kind, text, refusal] = value.get_all(["type", "text", "refusal"]);
        let Some(kind) = self.checked(kind, "type", Want::String, &here)? else {
            return Err(self.refuse(
                value,
                here(),
                "missing `type` of the content part",
                "set it to input_text, input_image, input_file, output_text or refusal",
            ));
        };
        let kind = match &*kind.as_str().unwrap_or_default() {
            "input_text" | "output_text" | "text" | "summary_text" => PartKind::Text,
            "reasoning_text" => PartKind::Reasoning,
            "refusal" => PartKind::Refusal,
            "input_image" | "computer_screenshot" => PartKind::Image,
            "input_audio" => PartKind::Audio,
            "input_file" => PartKind::File,
            _ => PartKind::Other,
        };
        let text = match kind {
            PartKind::Text | PartKind::Reasoning => {
                self.checked(text, "text", Want::String, &here)?
            }
            PartKind::Refusal => self.checked(refusal, "refusal", Want::String, &here)?,
            _ => None,
        };
        if kind == PartKind::Text && text.is_none() {
            return Err(self.refuse(
                value,
                here(),
                "missing `text` of the text part",
                "set it; it may be empty",
            ));
        }
        Ok(part(value, kind, text, at))
    }
}
