//! Detection of a request's format by its shape.
//!
//! The name of the list distinguishes most formats. A request with `messages` is Converse if a
//! content block has no `type` and a field that only Converse has, Anthropic's if it contains
//! anything that only Anthropic has, otherwise a chat request. A request with `input` is a
//! Responses request unless it is no more than an embeddings request can be. If two formats write
//! the same request (a string to a model, with a limit), the model's name decides.

use std::borrow::Cow;

use super::Format;
use super::bedrock_converse;
use crate::json::{Document, Kind, Value};
use crate::model::{is_claude, writes_answers};

/// Returns the most likely format; its reader reports anything missing. At most one pass over the
/// messages.
pub(super) fn detect(document: &Document<'_>) -> Format {
    let root = document.root();
    if root.kind() != Kind::Object {
        return Format::OpenAiChat;
    }
    let [
        messages,
        contents,
        wrapped,
        wrapped_snake,
        input,
        prompt,
        earlier,
        conversation,
    ] = root.get_all([
        "messages",
        "contents",
        "generateContentRequest",
        "generate_content_request",
        "input",
        "prompt",
        "previous_response_id",
        "conversation",
    ]);
    if let Some(messages) = messages {
        of_messages(root, messages)
    } else if contents.or(wrapped).or(wrapped_snake).is_some() {
        Format::Gemini
    } else if let Some(input) = input {
        of_input(root, input)
    } else if earlier.or(conversation).is_some() {
        Format::OpenAiResponses
    } else {
        match prompt.map(|prompt| prompt.kind()) {
            // A stored prompt, by its id.
            Some(Kind::Object) => Format::OpenAiResponses,
            Some(_) => Format::Completions,
            // A null field still names the list.
            None if root.get("contents").is_some() => Format::Gemini,
            None => Format::OpenAiChat,
        }
    }
}

fn of_messages(root: Value<'_>, messages: Value<'_>) -> Format {
    let mut anthropic = false;
    let mut openai = false;
    // Anthropic requires a limit, except for counting tokens; its clients write text as lists of
    // blocks, chat clients as strings.
    let mut usual_for_anthropic = false;
    let mut model = None;
    for (key, value) in root.entries().filter(|(_, value)| !value.is_null()) {
        match &*key.as_str().unwrap_or_default() {
            "inferenceConfig"
            | "toolConfig"
            | "guardrailConfig"
            | "performanceConfig"
            | "additionalModelRequestFields"
            | "additionalModelResponseFieldPaths" => return Format::BedrockConverse,
            "anthropic_version" | "anthropic_beta" | "mcp_servers" | "output_config"
            | "output_format" | "stop_sequences" | "context_management" => anthropic = true,
            "system" => match value.items().next() {
                // Converse's blocks have no type.
                Some(block) if block.get("type").is_none() => return Format::BedrockConverse,
                _ => anthropic = true,
            },
            "tools" => match value.items().next() {
                Some(tool) if tool.get("function").is_some() => openai = true,
                Some(tool)
                    if tool.get("input_schema").is_some()
                        || (tool.get("name").is_some() && tool.get("type").is_some()) =>
                {
                    anthropic = true;
                }
                _ => {}
            },
            "tool_choice" => match value.get("type").and_then(|kind| kind.as_str()).as_deref() {
                Some("auto" | "any" | "tool" | "none") => anthropic = true,
                _ => openai = true,
            },
            "functions"
            | "response_format"
            | "n"
            | "max_completion_tokens"
            | "stop"
            | "frequency_penalty"
            | "presence_penalty"
            | "seed"
            | "logprobs"
            | "stream_options"
            | "logit_bias"
            | "reasoning_effort"
            | "parallel_tool_calls" => openai = true,
            "max_tokens" => usual_for_anthropic = true,
            "model" => model = value.as_str(),
            _ => {}
        }
    }
    for (index, message) in messages.items().enumerate() {
        let [role, content, calls] = message.get_all(["role", "content", "tool_calls"]);
        if calls.is_some()
            || role
                .and_then(|role| role.as_str())
                .is_some_and(|role| match &*role {
                    "tool" | "function" | "developer" => true,
                    "system" => index == 0,
                    _ => false,
                })
        {
            return Format::OpenAiChat;
        }
        let Some(content) = content else { continue };
        for block in content.items() {
            usual_for_anthropic = true;
            match of_block(block) {
                // Converse has the model in its URL: with a field `model` it is a chat request with
                // a part that lacks its type.
                Some(Format::BedrockConverse) if model.is_some() => return Format::OpenAiChat,
                Some(format) => return format,
                None => {}
            }
        }
    }
    let claude = || {
        // A gateway's names have its own prefix, and its requests are chat requests.
        let name: Cow<'_, str> = model.unwrap_or_default();
        usual_for_anthropic && is_claude(&name)
    };
    match (anthropic, openai) {
        (true, false) => Format::Anthropic,
        // Fields of both: hosts of chat requests accept some of Anthropic's.
        (true, true) if root.get_some("system").is_some() => Format::Anthropic,
        (_, true) => Format::OpenAiChat,
        (false, false) if claude() => Format::Anthropic,
        _ => Format::OpenAiChat,
    }
}

/// Returns the format that a content block reveals, if any.
fn of_block(block: Value<'_>) -> Option<Format> {
    if block.kind() != Kind::Object {
        return None;
    }
    let Some(kind) = block.get_some("type") else {
        return bedrock_converse::content_of(block).map(|_| Format::BedrockConverse);
    };
    match &*kind.as_str().unwrap_or_default() {
        "image_url" | "input_audio" | "file" | "refusal" => Some(Format::OpenAiChat),
        // Mistral's chat requests have a list of parts here.
        "thinking" => Some(match block.get("thinking").map(|text| text.kind()) {
            Some(Kind::Array) => Format::OpenAiChat,
            _ => Format::Anthropic,
        }),
        "image" | "document" | "redacted_thinking" | "container_upload" | "search_result"
        | "compaction" => Some(Format::Anthropic),
        kind if kind.ends_with("tool_use") || kind.ends_with("tool_result") => {
            Some(Format::Anthropic)
        }
        _ => None,
    }
}

fn of_input(root: Value<'_>, input: Value<'_>) -> Format {
    let mut model = None;
    for (key, value) in root.entries().filter(|(_, value)| !value.is_null()) {
        match &*key.as_str().unwrap_or_default() {
            "model" => model = value.as_str(),
            // Fields of an embeddings request, at OpenAI and other hosts.
            "input" | "encoding_format" | "dimensions" | "user" | "input_type" | "truncate"
            | "truncation" | "task" | "metadata" | "output_dtype" | "output_dimension" => {}
            "instructions"
            | "max_output_tokens"
            | "tools"
            | "text"
            | "reasoning"
            | "include"
            | "store"
            | "previous_response_id"
            | "conversation"
            | "tool_choice"
            | "stream"
            | "temperature"
            | "top_p"
            | "background"
            | "parallel_tool_calls"
            | "service_tier"
            | "prompt"
            | "prompt_cache_key"
            | "max_tool_calls" => return Format::OpenAiResponses,
            _ => {}
        }
    }
    match input.kind() {
        Kind::Array => match input.items().next().map(|first| first.kind()) {
            Some(Kind::Object) => Format::OpenAiResponses,
            _ => Format::Embeddings,
        },
        _ if model.is_some_and(|name| writes_answers(&name)) => Format::OpenAiResponses,
        _ => Format::Embeddings,
    }
}
