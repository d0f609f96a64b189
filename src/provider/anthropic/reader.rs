//! Reader for requests of Anthropic's Messages API, as posted to Anthropic, to Vertex, through
//! Bedrock's InvokeModel, and to `count_tokens`.
//!
//! `system` becomes the first message. Calls and results are among the parts; those of tools that
//! the provider runs itself (`server_tool_use`, `web_search_tool_result` and others) are recognized
//! by the ending of their type, so that later tools are read too. Source: the API reference of the
//! Messages API, and 721 recorded requests.

use super::super::reader::{FoundCall, FoundResult, MessageBuilder, Reader, Want, part, tool};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::request::{
    CallKind, Layout, MessageLocation, PartEntry, PartKind, RelativePath, Role, ToolKind,
};

/// Marker type of this format's reader.
enum Messages {}

pub(super) fn layout(document: &Document<'_>) -> Result<Layout, Error> {
    let reader = Reader::<Messages>::new(document);
    let root = document.root();
    let mut layout = Layout::new(Format::Anthropic, "", "messages");
    let top = String::new;
    reader.object(root, top, "a request (an object)")?;
    reader.settings(root, &mut layout)?;
    if let Some(system) = root.get_some("system") {
        reader.system(system, &mut layout)?;
    }
    let messages = reader.list(
        root,
        "messages",
        top,
        "missing `messages`",
        "set it to a list of messages",
    )?;
    for (index, message) in messages.items().enumerate() {
        reader.message(message, index, &mut layout)?;
    }
    Ok(layout)
}

/// Kind of a content block, determined by its type.
enum Block {
    Part(PartKind),
    Call(CallKind),
    Result { hosted: bool },
}

fn block_of_type(kind: &str) -> Block {
    match kind {
        "text" => Block::Part(PartKind::Text),
        "image" => Block::Part(PartKind::Image),
        "document" | "container_upload" => Block::Part(PartKind::File),
        "thinking" => Block::Part(PartKind::Reasoning),
        "redacted_thinking" => Block::Part(PartKind::HiddenReasoning),
        "tool_use" => Block::Call(CallKind::Function),
        "tool_result" => Block::Result { hosted: false },
        _ if kind.ends_with("_tool_use") => Block::Call(CallKind::Hosted),
        _ if kind.ends_with("_tool_result") => Block::Result { hosted: true },
        _ => Block::Part(PartKind::Other),
    }
}

/// Returns whether a setting enables or disables thinking; `None` for `adaptive`.
pub(in crate::provider) fn thinks(setting: Value<'_>) -> Option<bool> {
    match setting.get_some("type")?.as_str()?.as_ref() {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    }
}

impl Reader<'_, Messages> {
    fn settings(&self, root: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let top = String::new;
        layout.model = self
            .field(root, "model", Want::String, top)?
            .map(|v| v.id());
        layout.max_output_tokens = self.tokens(root, "max_tokens", top)?;
        if let Some(tools) = self.field(root, "tools", Want::Array, top)? {
            for (index, definition) in tools.items().enumerate() {
                let here = || format!("/tools/{index}");
                self.object(definition, here, "a tool (an object)")?;
                let kind = self.field(definition, "type", Want::String, here)?;
                let kind = match kind.and_then(|kind| kind.as_str()).as_deref() {
                    None | Some("custom") => ToolKind::Function,
                    Some(_) => ToolKind::Other,
                };
                let at = RelativePath::item("tools", index);
                layout.tools.push(tool(definition, definition, kind, at));
            }
        }
        let choice = self.field(root, "tool_choice", Want::Object, top)?;
        layout.tool_choice = choice.map(|v| v.id());
        layout.parallel_tool_calls = choice
            .and_then(|choice| choice.get_some("disable_parallel_tool_use"))
            .and_then(|one| Some(!one.as_bool()?));
        let thinking = self.field(root, "thinking", Want::Object, top)?;
        layout.thinking = thinking.map(|v| v.id());
        layout.thinks = thinking.and_then(thinks);
        let format = self.field(root, "output_format", Want::Object, top)?;
        let config = self.field(root, "output_config", Want::Object, top)?;
        layout.servers = root.get_some("mcp_servers").map(|_| "mcp_servers");
        layout.server_edits = root
            .get_some("context_management")
            .map(|_| "context_management");
        let of_config = |name: &str| config.and_then(|config| config.get_some(name));
        layout.response_format = format.or(of_config("format")).map(|v| v.id());
        layout.task_budget = of_config("task_budget").is_some();
        Ok(())
    }

    fn system(&self, system: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let open = MessageBuilder::new(
            system,
            MessageLocation::Field("system"),
            Role::System,
            layout,
        );
        match system.kind() {
            Kind::String => open.part(
                system,
                PartKind::Text,
                Some(system),
                RelativePath::WHOLE,
                layout,
            ),
            Kind::Array if system.is_empty() => return Ok(()),
            Kind::Array => {
                for (nth, block) in system.items().enumerate() {
                    let at = RelativePath::item("", nth);
                    let entry = self.plain(block, || format!("/system/{nth}"), at)?;
                    layout.parts.push(entry);
                }
            }
            _ => {
                return Err(self.wrong_type(
                    system,
                    "/system".to_owned(),
                    "a string, a list of text blocks or null",
                ));
            }
        }
        open.close(layout);
        Ok(())
    }

    fn message(&self, message: Value<'_>, index: usize, layout: &mut Layout) -> Result<(), Error> {
        let here = || format!("/messages/{index}");
        let (mut open, content) = self.open_message(message, index, here, layout)?;
        match content {
            None => {}
            Some(text) if text.kind() == Kind::String => open.part(
                text,
                PartKind::Text,
                Some(text),
                RelativePath::field("content"),
                layout,
            ),
            Some(blocks) if blocks.kind() == Kind::Array => {
                for (nth, block) in blocks.items().enumerate() {
                    let there = || format!("{}/content/{nth}", here());
                    self.block(
                        block,
                        there,
                        RelativePath::item("content", nth),
                        &mut open,
                        layout,
                    )?;
                }
            }
            Some(other) => {
                return Err(self.wrong_type(
                    other,
                    format!("{}/content", here()),
                    "a string or a list of blocks",
                ));
            }
        }
        open.close(layout);
        Ok(())
    }

    fn type_of<'v>(
        &self,
        block: Value<'v>,
        here: impl Fn() -> String,
    ) -> Result<std::borrow::Cow<'v, str>, Error> {
        self.object(block, &here, "a content block (an object)")?;
        match self.field(block, "type", Want::String, &here)? {
            Some(kind) => Ok(kind.as_str().unwrap_or_default()),
            None => Err(self.refuse(
                block,
                here(),
                "missing `type` of the content block",
                "set it to text, image, document, tool_use or tool_result",
            )),
        }
    }

    /// Reads a block that is neither a call nor a result.
    fn plain(
        &self,
        block: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
    ) -> Result<PartEntry, Error> {
        let kind = match block_of_type(&self.type_of(block, &here)?) {
            Block::Part(kind) => kind,
            _ => PartKind::Other,
        };
        let text = match kind {
            PartKind::Text => {
                let text = self.field(block, "text", Want::String, &here)?;
                if text.is_none() {
                    return Err(self.refuse(
                        block,
                        here(),
                        "missing `text` of the text block",
                        "set it",
                    ));
                }
                text
            }
            PartKind::Reasoning => self.field(block, "thinking", Want::String, &here)?,
            _ => None,
        };
        Ok(part(block, kind, text, at))
    }

    fn block(
        &self,
        block: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
        open: &mut MessageBuilder,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        match block_of_type(&self.type_of(block, &here)?) {
            Block::Part(kind) => {
                // Thoughts are billed by their hidden length; so is a summary that the server
                // wrote.
                let compacted = || {
                    block
                        .get("type")
                        .is_some_and(|kind| kind.is_str("compaction"))
                };
                if matches!(kind, PartKind::Reasoning | PartKind::HiddenReasoning)
                    || (kind == PartKind::Other && compacted())
                {
                    open.hide();
                }
                layout.parts.push(self.plain(block, here, at)?);
            }
            Block::Call(kind) => {
                let [id, name, arguments] = block.get_all(["id", "name", "input"]);
                let call = FoundCall {
                    part: block,
                    kind,
                    id: self.checked(id, "id", Want::String, &here)?,
                    name: self.checked(name, "name", Want::String, &here)?,
                    arguments,
                };
                open.call(call, true, at, layout);
            }
            Block::Result { hosted } => {
                let [call_id, content, is_error] =
                    block.get_all(["tool_use_id", "content", "is_error"]);
                let call_id = self.checked(call_id, "tool_use_id", Want::String, &here)?;
                let inner_from = layout.result_parts.len();
                match content {
                    None => {}
                    Some(text) if text.kind() == Kind::String => layout.result_parts.push(part(
                        text,
                        PartKind::Text,
                        Some(text),
                        at.inner("content"),
                    )),
                    Some(blocks) if blocks.kind() == Kind::Array && !hosted => {
                        for (nth, inner) in blocks.items().enumerate() {
                            let there = || format!("{}/content/{nth}", here());
                            let at = at.inner_item("content", nth);
                            let entry = self.plain(inner, there, at)?;
                            layout.result_parts.push(entry);
                        }
                    }
                    Some(value) if hosted => layout.result_parts.push(part(
                        value,
                        PartKind::Json,
                        None,
                        at.inner("content"),
                    )),
                    Some(other) => {
                        return Err(self.wrong_type(
                            other,
                            format!("{}/content", here()),
                            "a string or a list of blocks",
                        ));
                    }
                }
                let result = FoundResult {
                    part: block,
                    hosted,
                    call_id,
                    name: None,
                    is_error: is_error.and_then(|value| value.as_bool()) == Some(true),
                };
                open.result(result, inner_from, at, layout);
            }
        }
        Ok(())
    }
}
