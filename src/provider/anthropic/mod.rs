//! Wire format of Anthropic's Messages, on its own API, Bedrock and Vertex.

mod answer_schema;
mod answers;
pub(crate) mod blocks;
pub(crate) mod fields;
mod from_neutral;
mod reader;
mod to_neutral;

pub(super) use reader::thinks;

use super::Format;
use super::choice::choice_by_word;
use super::wire::{self, Calls, Counting, Vendor, Wire};
use crate::request::{ToolCall, json_string};

pub(super) const WIRE: Wire = Wire {
    format: Format::Anthropic,
    name: "anthropic",
    vendor: Vendor::Anthropic,
    urls: &["/messages", "/messages/count_tokens"],
    read: reader::layout,
    counting: Counting::Estimate,
    has_history: true,
    list: "messages",
    content: "content",
    roles: "user and assistant",
    tells_blank_blocks: true,
    fields: fields::TABLE,
    around: (r#"{"max_tokens":1,"messages":["#, "]}"),
    output_limits: &[&["max_tokens"]],
    model_is_in_url: false,
    requires_output_limit: true,
    answer_form: "",
    answer_schema: &["schema"],
    choice: choice_by_word,
    calls: Calls::Blocks,
    calls_follow_user: false,
    begins_with_user: false,
    list_of_calls: "",
    cache_mark: "cache_control",
    reasoning_item: "",
    item_id: "",
    call_id: "id",
    arguments: "arguments",
    schemas: &[&["input_schema"]],
    results_have_names: false,
    instructions_are_messages: false,
    repair_joins: false,
    only_media_beside_answers: false,
    signatures: &[],
    answer: |result| result.get("content"),
    answer_is_free: wire::any_answer,
    beside_answer: wire::nothing_beside,
    text_part: wire::typed_text,
    text_answer: wire::plain_answer,
    message: wire::plain_message,
    lost_result,
    translation: wire::Translation {
        read: Some(to_neutral::read),
        write: Some(from_neutral::write),
        read_answer: Some(answers::read),
        write_answer: Some(answers::write),
    },
};

fn lost_result(call: &ToolCall<'_>, text: &str) -> Option<String> {
    let id = json_string(&call.id()?);
    Some(format!(
        r#"{{"type": "tool_result", "tool_use_id": {id}, "content": {text}, "is_error": true}}"#
    ))
}
