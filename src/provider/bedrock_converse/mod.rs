//! Wire format of Bedrock's Converse.

mod reader;

use super::Format;
use super::choice::Choice;
use super::field::FieldTable;
use super::wire::{self, Calls, Counting, Vendor, Wire};
pub(super) use reader::content_of;

use crate::json::Value;
use crate::request::{ToolCall, json_string};

pub(super) const WIRE: Wire = Wire {
    format: Format::BedrockConverse,
    name: "bedrock-converse",
    vendor: Vendor::Amazon,
    urls: &["/converse", "/converse-stream"],
    read: reader::layout,
    counting: Counting::Estimate,
    has_history: true,
    list: "messages",
    content: "content",
    roles: "user and assistant",
    tells_blank_blocks: false,
    // Its clients are generated from a model of the API and validate requests themselves.
    fields: FieldTable::NONE,
    around: (r#"{"messages":["#, "]}"),
    output_limits: &[&["inferenceConfig", "maxTokens"]],
    model_is_in_url: true,
    requires_output_limit: false,
    answer_form: "",
    answer_schema: &["structure", "jsonSchema", "schema"],
    choice: chosen,
    calls: Calls::Blocks,
    calls_follow_user: false,
    begins_with_user: true,
    list_of_calls: "",
    cache_mark: "",
    reasoning_item: "",
    item_id: "",
    call_id: "id",
    arguments: "arguments",
    schemas: &[&["inputSchema", "json"], &["inputSchema"]],
    results_have_names: false,
    instructions_are_messages: false,
    repair_joins: true,
    only_media_beside_answers: false,
    signatures: &[],
    answer: |result| result.get("toolResult")?.get("content"),
    answer_is_free: wire::any_answer,
    beside_answer: wire::nothing_beside,
    text_part: wire::bare_text,
    text_answer: |text| format!(r#"[{{"text": {text}}}]"#),
    message: |_, text| format!(r#"{{"role": "user", "content": [{{"text": {text}}}]}}"#),
    lost_result,
    translation: wire::Translation::NONE,
};

/// Reads `{"auto": {}}`, `{"any": {}}` or `{"tool": {"name": …}}`.
fn chosen<'r>(choice: Value<'r>) -> Choice<'r> {
    let name = choice
        .get_path(&["tool", "name"])
        .and_then(|name| name.as_str());
    match name {
        Some(name) => Choice::Tool(name),
        None if choice.get_some("any").is_some() => Choice::Any,
        None => Choice::Auto,
    }
}

fn lost_result(call: &ToolCall<'_>, text: &str) -> Option<String> {
    let id = json_string(&call.id()?);
    Some(format!(
        r#"{{"toolResult": {{"toolUseId": {id}, "content": [{{"text": {text}}}], "status": "error"}}}}"#
    ))
}
