//! Reader for requests of Amazon Bedrock's Converse API.
//!
//! A content block is an object with a single field that names its kind. `system` becomes the first
//! message; cache marks among messages and tools are parts, but not tools. Source: the API
//! reference of Bedrock Runtime, and 135 recorded requests.

use super::super::reader::{FoundCall, FoundResult, MessageBuilder, Reader, Want, part, tool};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::provider::anthropic::thinks;
use crate::request::{
    CallKind, Layout, MessageLocation, PartEntry, PartKind, RelativePath, Role, ToolKind,
};

/// Marker type of this format's reader.
enum Converse {}

pub(super) fn layout(document: &Document<'_>) -> Result<Layout, Error> {
    let reader = Reader::<Converse>::new(document);
    let root = document.root();
    let mut layout = Layout::new(Format::BedrockConverse, "", "messages");
    let top = String::new;
    reader.object(root, top, "a request (an object)")?;
    reader.settings(root, &mut layout)?;
    if let Some(system) = reader.field(root, "system", Want::Array, top)?
        && !system.is_empty()
    {
        let open = MessageBuilder::new(
            system,
            MessageLocation::Field("system"),
            Role::System,
            &layout,
        );
        for (nth, block) in system.items().enumerate() {
            let entry = reader.plain(
                block,
                || format!("/system/{nth}"),
                RelativePath::item("", nth),
            )?;
            layout.parts.push(entry);
        }
        open.close(&mut layout);
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

/// Fields that name the kind of a block, in search order.
const BLOCKS: [&str; 13] = [
    "text",
    "toolUse",
    "toolResult",
    "image",
    "document",
    "video",
    "audio",
    "reasoningContent",
    "cachePoint",
    "guardContent",
    "json",
    "searchResult",
    "citationsContent",
];

/// Returns the field that names the kind of a block, and its value. `None` for an unknown kind.
pub(in crate::provider) fn content_of(block: Value<'_>) -> Option<(&'static str, Value<'_>)> {
    let found = block.get_all(BLOCKS);
    BLOCKS
        .into_iter()
        .zip(found)
        .find_map(|(name, value)| Some((name, value?)))
}

impl Reader<'_, Converse> {
    fn settings(&self, root: Value<'_>, layout: &mut Layout) -> Result<(), Error> {
        let top = String::new;
        // The id is in the URL; in a client's arguments it is next to the other fields.
        for name in ["modelId", "model"] {
            if let Some(model) = self.field(root, name, Want::String, top)? {
                (layout.model, layout.model_field) = (Some(model.id()), name);
                break;
            }
        }
        if let Some(config) = self.field(root, "inferenceConfig", Want::Object, top)? {
            let here = || "/inferenceConfig".to_owned();
            layout.max_output_tokens = self.tokens(config, "maxTokens", here)?;
        }
        if let Some(config) = self.field(root, "toolConfig", Want::Object, top)? {
            let here = || "/toolConfig".to_owned();
            if let Some(tools) = self.field(config, "tools", Want::Array, here)? {
                for (index, definition) in tools.items().enumerate() {
                    let here = || format!("/toolConfig/tools/{index}");
                    self.object(definition, here, "a tool (an object)")?;
                    let at = RelativePath::item("toolConfig/tools", index);
                    if let Some(spec) = self.field(definition, "toolSpec", Want::Object, here)? {
                        layout
                            .tools
                            .push(tool(definition, spec, ToolKind::Function, at));
                    } else if definition.get_some("cachePoint").is_none() {
                        layout
                            .tools
                            .push(tool(definition, definition, ToolKind::Other, at));
                    }
                }
            }
            layout.tool_choice = self
                .field(config, "toolChoice", Want::Object, here)?
                .map(|v| v.id());
        }
        if let Some(config) = self.field(root, "outputConfig", Want::Object, top)? {
            layout.response_format = config.get_some("textFormat").map(|v| v.id());
        }
        let more = self.field(root, "additionalModelRequestFields", Want::Object, top)?;
        let thinking = more.and_then(|fields| {
            ["thinking", "reasoning_config", "reasoningConfig"]
                .into_iter()
                .find_map(|name| fields.get_some(name))
        });
        layout.thinking = thinking.map(|v| v.id());
        layout.thinks = thinking.and_then(thinks);
        // Fields of the Messages API are passed on unchanged.
        layout.task_budget = more
            .and_then(|fields| fields.get_path(&["output_config", "task_budget"]))
            .is_some();
        Ok(())
    }

    fn message(&self, message: Value<'_>, index: usize, layout: &mut Layout) -> Result<(), Error> {
        let here = || format!("/messages/{index}");
        let (mut open, content) = self.open_message(message, index, here, layout)?;
        if let Some(blocks) = self.checked(content, "content", Want::Array, here)? {
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
        open.close(layout);
        Ok(())
    }

    /// Reads a block that is neither a call nor a result.
    fn plain(
        &self,
        block: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
    ) -> Result<PartEntry, Error> {
        self.object(block, &here, "a content block (an object)")?;
        let Some((name, content)) = content_of(block) else {
            return Ok(part(block, PartKind::Other, None, at));
        };
        let there = || format!("{}/{name}", here());
        Ok(match name {
            "text" => {
                if content.kind() != Kind::String {
                    return Err(self.wrong_type(content, there(), "a string"));
                }
                part(block, PartKind::Text, Some(content), at)
            }
            "image" => part(block, PartKind::Image, None, at),
            "document" => part(block, PartKind::File, None, at),
            "video" => part(block, PartKind::Video, None, at),
            "audio" => part(block, PartKind::Audio, None, at),
            "json" => part(block, PartKind::Json, None, at),
            "cachePoint" => part(block, PartKind::CacheMark, None, at),
            "reasoningContent" => {
                self.object(content, there, "an object")?;
                match self.field(content, "reasoningText", Want::Object, there)? {
                    Some(reasoning) => {
                        let below = || format!("{}/reasoningText", there());
                        let text = self.field(reasoning, "text", Want::String, below)?;
                        part(block, PartKind::Reasoning, text, at)
                    }
                    None => part(block, PartKind::HiddenReasoning, None, at),
                }
            }
            "guardContent" => {
                self.object(content, there, "an object")?;
                match self.field(content, "text", Want::Object, there)? {
                    Some(guarded) => {
                        let below = || format!("{}/text", there());
                        let text = self.field(guarded, "text", Want::String, below)?;
                        part(block, PartKind::Text, text, at)
                    }
                    None => part(block, PartKind::Image, None, at),
                }
            }
            _ => part(block, PartKind::Other, None, at),
        })
    }

    fn block(
        &self,
        block: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
        open: &mut MessageBuilder,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        self.object(block, &here, "a content block (an object)")?;
        match content_of(block) {
            Some(("toolUse", call)) => {
                let there = || format!("{}/toolUse", here());
                self.object(call, there, "an object")?;
                let [id, name, arguments] = call.get_all(["toolUseId", "name", "input"]);
                let call = FoundCall {
                    part: block,
                    kind: CallKind::Function,
                    id: self.checked(id, "toolUseId", Want::String, there)?,
                    name: self.checked(name, "name", Want::String, there)?,
                    arguments,
                };
                open.call(call, true, at, layout);
            }
            Some(("toolResult", result)) => {
                let there = || format!("{}/toolResult", here());
                self.object(result, there, "an object")?;
                let [call_id, content, status] = result.get_all(["toolUseId", "content", "status"]);
                let call_id = self.checked(call_id, "toolUseId", Want::String, there)?;
                let inner_from = layout.result_parts.len();
                if let Some(blocks) = self.checked(content, "content", Want::Array, there)? {
                    for (nth, inner) in blocks.items().enumerate() {
                        let there = || format!("{}/content/{nth}", there());
                        let at = at.inner_item("toolResult/content", nth);
                        let entry = self.plain(inner, there, at)?;
                        layout.result_parts.push(entry);
                    }
                }
                let result = FoundResult {
                    part: block,
                    hosted: false,
                    call_id,
                    name: None,
                    is_error: status.is_some_and(|status| status.is_str("error")),
                };
                open.result(result, inner_from, at, layout);
            }
            found => {
                if matches!(found, Some(("reasoningContent", _))) {
                    open.hide();
                }
                layout.parts.push(self.plain(block, here, at)?);
            }
        }
        Ok(())
    }
}
