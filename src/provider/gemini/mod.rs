//! Wire format of Google's generateContent, on the Gemini API and Vertex.

mod answers;
pub(crate) mod fields;
mod from_neutral;
pub(crate) mod messages;
mod reader;

use super::Format;
use super::choice::choice_by_word;
use super::wire::{self, Calls, Counting, Vendor, Wire};
use crate::json::Value;
use crate::request::{ToolCall, json_string};

pub(super) const WIRE: Wire = Wire {
    format: Format::Gemini,
    name: "gemini",
    vendor: Vendor::Google,
    urls: &[":generateContent", ":streamGenerateContent", ":countTokens"],
    read: reader::layout,
    counting: Counting::Estimate,
    has_history: true,
    list: "contents",
    content: "parts",
    roles: "user and model",
    tells_blank_blocks: false,
    fields: fields::TABLE,
    around: (r#"{"contents":["#, "]}"),
    // Clients write every field in either of two spellings.
    output_limits: &[
        &["generationConfig", "maxOutputTokens"],
        &["generation_config", "max_output_tokens"],
        &["generationConfig", "max_output_tokens"],
        &["generation_config", "maxOutputTokens"],
    ],
    model_is_in_url: true,
    requires_output_limit: false,
    answer_form: "",
    answer_schema: &["schema"],
    choice: choice_by_word,
    calls: Calls::Blocks,
    calls_follow_user: true,
    begins_with_user: false,
    list_of_calls: "",
    cache_mark: "",
    reasoning_item: "",
    item_id: "",
    call_id: "id",
    arguments: "arguments",
    schemas: &[
        &["parameters"],
        &["parametersJsonSchema"],
        &["parameters_json_schema"],
    ],
    results_have_names: true,
    instructions_are_messages: false,
    repair_joins: false,
    only_media_beside_answers: true,
    signatures: &["thoughtSignature", "thought_signature"],
    answer: |result| function_response(result)?.get("response"),
    answer_is_free: wire::any_answer,
    beside_answer,
    text_part: wire::bare_text,
    text_answer: |text| format!(r#"{{"result": {text}}}"#),
    message: |_, text| format!(r#"{{"role": "user", "parts": [{{"text": {text}}}]}}"#),
    lost_result,
    translation: wire::Translation {
        read: None,
        write: Some(from_neutral::write),
        read_answer: Some(answers::read),
        write_answer: None,
    },
};

fn function_response(part: Value<'_>) -> Option<Value<'_>> {
    part.get_some("functionResponse")
        .or(part.get_some("function_response"))
}

/// Returns whether a function has its parameters as a JSON schema, not as Google's own type.
pub(crate) fn has_json_schema(function: Value<'_>) -> bool {
    function.get_some("parameters").is_none()
}

/// Returns the schema of a function's result.
pub(crate) fn response_schema(function: Value<'_>) -> Option<Value<'_>> {
    ["response", "responseJsonSchema", "response_json_schema"]
        .iter()
        .find_map(|name| function.get_some(name))
}

/// Returns the resolution of media, of a part or the settings.
pub(crate) fn media_resolution(of: Value<'_>) -> Option<Value<'_>> {
    of.get_some("mediaResolution")
        .or(of.get_some("media_resolution"))
}

/// Returns the images next to the object that a function answered.
fn beside_answer(result: Value<'_>) -> Option<wire::Beside<'_>> {
    let response = function_response(result)?;
    response.get("parts")?;
    Some((response, &["parts"]))
}

fn lost_result(call: &ToolCall<'_>, text: &str) -> Option<String> {
    let field = match call.value().get("function_call") {
        Some(_) => "function_response",
        None => "functionResponse",
    };
    let name = json_string(&call.name()?);
    let id = call
        .id()
        .map(|id| format!(r#""id": {}, "#, json_string(&id)));
    let id = id.unwrap_or_default();
    Some(format!(
        r#"{{"{field}": {{{id}"name": {name}, "response": {{"error": {text}}}}}}}"#
    ))
}
