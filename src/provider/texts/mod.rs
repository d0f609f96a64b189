//! Wire formats of OpenAI's embeddings and legacy completions, and of compatible hosts: one or
//! several inputs, without a history.

pub(crate) mod fields;
mod reader;

use super::Format;
use super::choice::choice_by_word;
use super::wire::{self, Calls, Counting, Vendor, Wire};

pub(super) const EMBEDDINGS: Wire = Wire {
    format: Format::Embeddings,
    name: "embeddings",
    vendor: Vendor::OpenAi,
    urls: &["/embeddings"],
    read: reader::embeddings,
    counting: Counting::Texts,
    has_history: false,
    list: "input",
    content: "content",
    roles: "system, developer, user and assistant",
    tells_blank_blocks: false,
    fields: fields::EMBEDDINGS,
    around: (r#"{"input":["#, "]}"),
    output_limits: &[&["max_tokens"]],
    model_is_in_url: false,
    requires_output_limit: false,
    answer_form: "",
    answer_schema: &["schema"],
    choice: choice_by_word,
    calls: Calls::Blocks,
    calls_follow_user: false,
    begins_with_user: false,
    list_of_calls: "",
    cache_mark: "",
    reasoning_item: "",
    item_id: "",
    call_id: "id",
    arguments: "arguments",
    schemas: &[&["parameters"]],
    results_have_names: false,
    instructions_are_messages: false,
    repair_joins: false,
    only_media_beside_answers: false,
    signatures: &[],
    answer: wire::no_answer,
    answer_is_free: wire::any_answer,
    beside_answer: wire::nothing_beside,
    text_part: wire::typed_text,
    text_answer: wire::plain_answer,
    message: wire::plain_message,
    lost_result: |_, _| None,
    translation: wire::Translation::NONE,
};

pub(super) const COMPLETIONS: Wire = Wire {
    format: Format::Completions,
    name: "completions",
    urls: &["/completions"],
    read: reader::completions,
    list: "prompt",
    fields: fields::COMPLETIONS,
    around: (r#"{"prompt":["#, "]}"),
    ..EMBEDDINGS
};
