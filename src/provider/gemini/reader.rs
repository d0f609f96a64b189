//! Reader for requests of Google's `generateContent` on the Gemini API and on Vertex, and of
//! `countTokens`, bare or wrapped in `generateContentRequest`.
//!
//! The APIs accept every field in camelCase and in snake_case, and clients mix both within one
//! request. Calls have ids only on newer models, so a result is matched by name.
//! `systemInstruction` becomes the first message. Source: the API references of both, and 513
//! recorded requests.

use super::super::reader::{
    FoundCall, FoundResult, MessageBuilder, Reader, Want, kind_of_mime, part, tool,
};
use crate::error::Error;
use crate::json::{Document, Kind, Value};
use crate::provider::Format;
use crate::request::{
    CallKind, Layout, MessageLocation, PartKind, RelativePath, Role, ToolKind, index_u32,
};

/// Marker type of this format's reader.
enum GenerateContent {}

pub(super) fn layout(document: &Document<'_>) -> Result<Layout, Error> {
    let reader = Reader::<GenerateContent>::new(document);
    let top = document.root();
    reader.object(top, String::new, "a request (an object)")?;
    let wrapped = either(top, ["generateContentRequest", "generate_content_request"]);
    let (root, base) = match wrapped {
        Some((name, request)) => {
            reader.object(request, || format!("/{name}"), "a request (an object)")?;
            let base = match name {
                "generateContentRequest" => "/generateContentRequest",
                _ => "/generate_content_request",
            };
            (request, base)
        }
        None => (top, ""),
    };
    let here = || base.to_owned();
    let mut layout = Layout::new(Format::Gemini, base, "contents");
    reader.settings(root, here, &mut layout)?;
    let system = either(root, ["systemInstruction", "system_instruction"]);
    if let Some((name, system)) = system {
        let there = || format!("{base}/{name}");
        reader.content(
            system,
            there,
            MessageLocation::Field(name),
            Role::System,
            &mut layout,
        )?;
    }
    match root.get("contents") {
        None => {
            return Err(reader.refuse(
                root,
                here(),
                "missing `contents`",
                "set it to a list of contents",
            ));
        }
        Some(contents) if contents.kind() == Kind::Array => {
            for (index, content) in contents.items().enumerate() {
                let there = || format!("{base}/contents/{index}");
                let at = MessageLocation::Item(index_u32(index));
                reader.content(content, there, at, Role::User, &mut layout)?;
            }
        }
        // Clients also send a string or a single content instead of the list.
        Some(only) => {
            let there = || format!("{base}/contents");
            reader.content(
                only,
                there,
                MessageLocation::Field("contents"),
                Role::User,
                &mut layout,
            )?;
        }
    }
    Ok(layout)
}

/// Returns a field in either spelling, with the spelling found.
fn either<'v>(of: Value<'v>, names: [&'static str; 2]) -> Option<(&'static str, Value<'v>)> {
    let found = of.get_all(names);
    names
        .into_iter()
        .zip(found)
        .find_map(|(name, value)| Some((name, value?)))
}

/// Fields that name the kind of a part, in both spellings, in search order.
const PARTS: [&str; 14] = [
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "inlineData",
    "inline_data",
    "fileData",
    "file_data",
    "toolCall",
    "tool_call",
    "text",
    "thought",
    "thoughtSignature",
    "thought_signature",
];

impl Reader<'_, GenerateContent> {
    fn settings(
        &self,
        root: Value<'_>,
        here: impl Fn() -> String,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        layout.model = self
            .field(root, "model", Want::String, &here)?
            .map(|v| v.id());
        if let Some((name, config)) = either(root, ["generationConfig", "generation_config"]) {
            let there = || format!("{}/{name}", here());
            self.object(config, there, "an object")?;
            for name in ["maxOutputTokens", "max_output_tokens"] {
                let tokens = self.tokens(config, name, there)?;
                layout.max_output_tokens = layout.max_output_tokens.or(tokens);
            }
            layout.thinking = either(config, ["thinkingConfig", "thinking_config"])
                .map(|(_, thinking)| thinking.id());
            layout.media_resolution = super::media_resolution(config).map(|value| value.id());
            for names in [
                ["responseSchema", "response_schema"],
                ["responseJsonSchema", "response_json_schema"],
            ] {
                let schema = either(config, names).map(|(_, schema)| schema.id());
                layout.response_format = layout.response_format.or(schema);
            }
        }
        if let Some((_, config)) = either(root, ["toolConfig", "tool_config"]) {
            layout.tool_choice = Some(config.id());
        }
        if let Some((name, _)) = either(root, ["cachedContent", "cached_content"]) {
            layout.kept_context = Some(name);
        }
        let Some(tools) = root.get_some("tools") else {
            return Ok(());
        };
        match tools.kind() {
            Kind::Array => {
                for (index, group) in tools.items().enumerate() {
                    self.tools(group, RelativePath::item("tools", index), &here, layout)?;
                }
                Ok(())
            }
            // Clients also send a single group of declarations instead of the list.
            Kind::Object => self.tools(tools, RelativePath::field("tools"), &here, layout),
            _ => Err(self.wrong_type(tools, format!("{}/tools", here()), "an array")),
        }
    }

    /// Reads one entry of `tools`: function declarations, and provider-run tools, each in its own
    /// field.
    fn tools(
        &self,
        group: Value<'_>,
        at: RelativePath,
        here: impl Fn() -> String,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        let there = || {
            let mut pointer = here();
            at.write(&mut pointer);
            pointer
        };
        self.object(group, there, "an object with `functionDeclarations`")?;
        let names = ["functionDeclarations", "function_declarations"];
        if let Some((name, declarations)) = either(group, names) {
            if declarations.kind() != Kind::Array {
                let pointer = format!("{}/{name}", there());
                return Err(self.wrong_type(declarations, pointer, "an array"));
            }
            for (nth, function) in declarations.items().enumerate() {
                let below = || format!("{}/{name}/{nth}", there());
                self.object(function, below, "a declaration (an object)")?;
                let at = at.inner_item(name, nth);
                layout
                    .tools
                    .push(tool(function, function, ToolKind::Function, at));
            }
        }
        for (key, value) in group.entries() {
            let is_declarations = names.iter().any(|name| key.is_str(name));
            if !value.is_null() && !is_declarations {
                layout.tools.push(tool(group, value, ToolKind::Other, at));
            }
        }
        Ok(())
    }

    /// Reads a content: a role and parts. A string instead is one part.
    fn content(
        &self,
        content: Value<'_>,
        here: impl Fn() -> String,
        at: MessageLocation,
        unnamed: Role,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        if content.kind() == Kind::String {
            let open = MessageBuilder::new(content, at, unnamed, layout);
            open.part(
                content,
                PartKind::Text,
                Some(content),
                RelativePath::WHOLE,
                layout,
            );
            open.close(layout);
            return Ok(());
        }
        self.object(content, &here, "a content (an object)")?;
        let [role, parts] = content.get_all(["role", "parts"]);
        let role = self.checked(role, "role", Want::String, &here)?;
        let speaker = match role.and_then(|role| role.as_str()).as_deref() {
            // Clients give the instructions any role.
            _ if unnamed == Role::System => Role::System,
            None => unnamed,
            Some("user") => Role::User,
            Some("model") => Role::Assistant,
            Some("function") => Role::Tool,
            Some("system") => Role::System,
            Some(_) => Role::Other,
        };
        let mut open = MessageBuilder::new(content, at, speaker, layout).spelled(role);
        match parts {
            None => {}
            Some(parts) if parts.kind() == Kind::Array => {
                for (nth, part) in parts.items().enumerate() {
                    let there = || format!("{}/parts/{nth}", here());
                    self.part(
                        part,
                        there,
                        RelativePath::item("parts", nth),
                        &mut open,
                        layout,
                    )?;
                }
            }
            Some(only) => {
                let there = || format!("{}/parts", here());
                self.part(only, there, RelativePath::field("parts"), &mut open, layout)?;
            }
        }
        if speaker == Role::System && open.is_empty(layout) {
            return Ok(());
        }
        open.close(layout);
        Ok(())
    }

    fn part(
        &self,
        value: Value<'_>,
        here: impl Fn() -> String,
        at: RelativePath,
        open: &mut MessageBuilder,
        layout: &mut Layout,
    ) -> Result<(), Error> {
        self.object(value, &here, "a part (an object)")?;
        let [
            call,
            call_snake,
            response,
            response_snake,
            inline,
            inline_snake,
            file,
            file_snake,
            hosted,
            hosted_snake,
            text,
            thought,
            signature,
            signature_snake,
        ] = value.get_all(PARTS);
        if signature.or(signature_snake).is_some() {
            // With a signature the hidden thoughts are billed again.
            open.hide();
        }
        let named = |snake: Option<Value<'_>>, camel: &'static str, snake_name: &'static str| {
            if snake.is_some() { snake_name } else { camel }
        };
        if let Some(call) = call_snake.or(call) {
            let name = named(call_snake, "functionCall", "function_call");
            let there = || format!("{}/{name}", here());
            self.object(call, there, "an object")?;
            let [id, name, arguments] = call.get_all(["id", "name", "args"]);
            let call = FoundCall {
                part: value,
                kind: CallKind::Function,
                id: self.checked(id, "id", Want::String, there)?,
                name: self.checked(name, "name", Want::String, there)?,
                arguments,
            };
            open.call(call, true, at, layout);
        } else if let Some(response) = response_snake.or(response) {
            let field = named(response_snake, "functionResponse", "function_response");
            let there = || format!("{}/{field}", here());
            self.object(response, there, "an object")?;
            let [id, name, answer, parts] = response.get_all(["id", "name", "response", "parts"]);
            let result = FoundResult {
                part: value,
                hosted: false,
                call_id: self.checked(id, "id", Want::String, there)?,
                name: self.checked(name, "name", Want::String, there)?,
                is_error: false,
            };
            let inner_from = layout.result_parts.len();
            if let Some(answer) = answer {
                let (kind, text) = match answer.kind() {
                    Kind::String => (PartKind::Text, Some(answer)),
                    _ => (PartKind::Json, None),
                };
                let inner = match field {
                    "functionResponse" => "functionResponse/response",
                    _ => "function_response/response",
                };
                layout
                    .result_parts
                    .push(part(answer, kind, text, at.inner(inner)));
            }
            if let Some(parts) = self.checked(parts, "parts", Want::Array, there)? {
                let inner = match field {
                    "functionResponse" => "functionResponse/parts",
                    _ => "function_response/parts",
                };
                for (nth, inner_part) in parts.items().enumerate() {
                    let below = || format!("{}/parts/{nth}", there());
                    self.object(inner_part, below, "a part (an object)")?;
                    let kind = media_of(inner_part).unwrap_or(PartKind::Other);
                    let at = at.inner_item(inner, nth);
                    layout.result_parts.push(part(inner_part, kind, None, at));
                }
            }
            open.result(result, inner_from, at, layout);
        } else if inline.or(inline_snake).or(file).or(file_snake).is_some() {
            let kind = media_of(value).unwrap_or(PartKind::File);
            open.part(value, kind, None, at, layout);
        } else if let Some(call) = hosted.or(hosted_snake) {
            let call = FoundCall {
                part: value,
                kind: CallKind::Hosted,
                id: None,
                name: None,
                arguments: Some(call),
            };
            open.call(call, true, at, layout);
        } else {
            let thought = thought.and_then(|thought| thought.as_bool()) == Some(true);
            let text = self.checked(text, "text", Want::String, &here)?;
            let kind = match text {
                Some(_) if thought => PartKind::Reasoning,
                Some(_) => PartKind::Text,
                None if thought || signature.or(signature_snake).is_some() => {
                    PartKind::HiddenReasoning
                }
                None => PartKind::Other,
            };
            if thought {
                open.hide();
            }
            open.part(value, kind, text, at, layout);
        }
        Ok(())
    }
}

/// Returns the kind of a part's media, inline or by URI.
fn media_of(part: Value<'_>) -> Option<PartKind> {
    let [inline, inline_snake, file, file_snake] =
        part.get_all(["inlineData", "inline_data", "fileData", "file_data"]);
    let media = inline.or(inline_snake).or(file).or(file_snake)?;
    let mime = either(media, ["mimeType", "mime_type"]).and_then(|(_, mime)| mime.as_str());
    Some(kind_of_mime(mime.as_deref()))
}
