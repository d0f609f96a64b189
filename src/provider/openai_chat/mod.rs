//! Wire format of OpenAI's Chat Completions, and of compatible hosts.

mod answers;
pub(crate) mod fields;
mod from_neutral;
mod reader;
mod to_neutral;

use super::Format;
use super::choice::choice_by_word;
use super::wire::{self, Calls, Counting, Vendor, Wire};
use crate::request::{ToolCall, json_string};

pub(super) const WIRE: Wire = Wire {
    format: Format::OpenAiChat,
    name: "openai-chat",
    vendor: Vendor::OpenAi,
    urls: &["/chat/completions"],
    read: reader::layout,
    counting: Counting::Chat,
    has_history: true,
    list: "messages",
    content: "content",
    roles: "system, developer, user, assistant, tool and function",
    tells_blank_blocks: false,
    fields: fields::TABLE,
    around: (r#"{"messages":["#, "]}"),
    output_limits: &[&["max_completion_tokens"], &["max_tokens"]],
    model_is_in_url: false,
    requires_output_limit: false,
    answer_form: "/response_format",
    answer_schema: &["json_schema", "schema"],
    choice: choice_by_word,
    calls: Calls::Beside,
    calls_follow_user: false,
    begins_with_user: false,
    list_of_calls: "tool_calls",
    cache_mark: "cache_control",
    reasoning_item: "",
    item_id: "",
    call_id: "id",
    arguments: "function/arguments",
    schemas: &[&["parameters"]],
    results_have_names: false,
    instructions_are_messages: true,
    repair_joins: true,
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
        r#"{{"role": "tool", "tool_call_id": {id}, "content": {text}}}"#
    ))
}
