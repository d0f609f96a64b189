//! Wire format of OpenAI's Responses: a list of items. Compaction has the same request at another
//! address.

pub(crate) mod fields;
mod reader;

use super::Format;
use super::choice::choice_by_word;
use super::wire::{self, Calls, Counting, Vendor, Wire};
use crate::json::Value;
use crate::request::{CallKind, Role, ToolCall, json_string};

pub(super) const WIRE: Wire = Wire {
    format: Format::OpenAiResponses,
    name: "openai-responses",
    vendor: Vendor::OpenAi,
    urls: &["/responses", "/responses/input_tokens"],
    read: reader::layout,
    counting: Counting::Responses,
    has_history: true,
    list: "input",
    content: "content",
    roles: "system, developer, user and assistant",
    tells_blank_blocks: false,
    fields: fields::TABLE,
    around: (r#"{"input":["#, "]}"),
    output_limits: &[&["max_output_tokens"]],
    model_is_in_url: false,
    requires_output_limit: false,
    answer_form: "/text/format",
    answer_schema: &["schema"],
    choice: choice_by_word,
    calls: Calls::Items,
    calls_follow_user: false,
    begins_with_user: false,
    list_of_calls: "",
    // Gateways accept it.
    cache_mark: "cache_control",
    reasoning_item: "reasoning",
    item_id: "id",
    call_id: "call_id",
    arguments: "arguments",
    schemas: &[&["parameters"]],
    results_have_names: false,
    instructions_are_messages: true,
    repair_joins: false,
    only_media_beside_answers: false,
    signatures: &[],
    answer: |result| result.get("output"),
    answer_is_free,
    beside_answer: wire::nothing_beside,
    text_part,
    text_answer: wire::plain_answer,
    message: wire::plain_message,
    lost_result,
    translation: wire::Translation::NONE,
};

/// Requests to `/responses/compact`.
pub(super) const COMPACTION: Wire = Wire {
    format: Format::OpenAiCompaction,
    name: "openai-compaction",
    urls: &["/responses/compact"],
    read: reader::compaction,
    counting: Counting::Compaction,
    ..WIRE
};

/// A screenshot or a list of patches is not text.
fn answer_is_free(result: Value<'_>) -> bool {
    let kind = result.get("type").and_then(|kind| kind.as_str());
    kind.is_some_and(|kind| matches!(&*kind, "function_call_output" | "custom_tool_call_output"))
}

fn text_part(role: Role, text: &str) -> String {
    let kind = match role {
        Role::Assistant => "output_text",
        _ => "input_text",
    };
    format!(r#"{{"type": "{kind}", "text": {text}}}"#)
}

fn lost_result(call: &ToolCall<'_>, text: &str) -> Option<String> {
    let kind = call.item_type()?;
    let id = json_string(&call.id()?);
    // Calls of computers and shells are answered with images and exit codes.
    let known = call.kind() == CallKind::Function || &*kind == "custom_tool_call";
    known.then(|| {
        let kind = json_string(&format!("{kind}_output"));
        format!(r#"{{"type": {kind}, "call_id": {id}, "output": {text}}}"#)
    })
}
