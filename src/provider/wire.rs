//! What a wire format looks like, as data and small writers: one constant a format, in its folder.
//!
//! Whoever counts, edits, repairs or sums up a request asks the constant, so that a format is spelled in its own folder alone.

use super::Format;
use super::field::FieldTable;
use crate::error::Error;
use crate::json::{Document, Value};
use crate::request::{Layout, Role, ToolCall};

/// Where calls and results are in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// Calls in a list beside the content, each result a message of its own.
    Beside,
    /// Each an item of the list.
    Items,
    /// Among the blocks of a message's content.
    Blocks,
}

/// Who defined a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Google,
    Amazon,
}

/// How a format's requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// By the measured rules of OpenAI's Chat API.
    Chat,
    /// By the measured rules of OpenAI's Responses API, for the models that these know.
    Responses,
    /// The same, and what its compaction adds.
    Compaction,
    /// As the sum of their texts, with nothing around them.
    Texts,
    /// By an estimate for the vendor of the model.
    Estimate,
}

/// An object, and fields of it.
pub(crate) type Beside<'r> = (Value<'r>, &'static [&'static str]);

/// A wire format.
pub(crate) struct Wire {
    pub(crate) format: Format,
    /// The format's stable name.
    pub(crate) name: &'static str,
    pub(crate) vendor: Vendor,
    /// How the paths of its endpoints end.
    pub(crate) urls: &'static [&'static str],
    pub(crate) read: fn(&Document<'_>) -> Result<Layout, Error>,
    pub(crate) counting: Counting,
    /// Whether it holds a conversation.
    pub(crate) has_history: bool,
    /// The field of the messages, items or inputs.
    pub(crate) list: &'static str,
    /// The field of a message's content.
    pub(crate) content: &'static str,
    /// The roles of its messages, in words.
    pub(crate) roles: &'static str,
    /// Blank text in a block of a message is reported otherwise than a message without content.
    pub(crate) tells_blank_blocks: bool,
    /// The fields of the request's own object.
    pub(crate) fields: FieldTable,
    /// What a request has around its messages at least.
    pub(crate) around: (&'static str, &'static str),
    /// Paths of the output limit, the first that is there counts.
    pub(crate) output_limits: &'static [&'static [&'static str]],
    /// Where the form of the answer stands, in the formats that are counted by rule; else the request's root.
    pub(crate) answer_form: &'static str,
    /// The path of the answer's schema below its form, in the formats that Claude is called by.
    pub(crate) answer_schema: &'static [&'static str],
    /// The path of the one tool that must be called, below the choice among the tools; in the same formats.
    pub(crate) chosen_tool: &'static [&'static str],
    pub(crate) calls: Calls,
    /// A history that begins with a call is refused.
    pub(crate) calls_follow_user: bool,
    /// The field of a message's own list of calls; empty where calls are elsewhere.
    pub(crate) list_of_calls: &'static str,
    /// The field that marks a part for the prompt cache; empty where marks are parts, or there are none.
    pub(crate) cache_mark: &'static str,
    /// The `type` of an item that is reasoning; empty where items have none.
    pub(crate) reasoning_item: &'static str,
    /// The path of a call's id, and of its arguments, below the call.
    pub(crate) call_id: &'static str,
    pub(crate) arguments: &'static str,
    /// Paths of a function's schema, the first that is there counts.
    pub(crate) schemas: &'static [&'static [&'static str]],
    /// A result names its function, and belongs to a call by that where ids are missing.
    pub(crate) results_have_names: bool,
    /// Messages of the list may have the role `system` or `developer`.
    pub(crate) instructions_are_messages: bool,
    /// Messages of one role are joined by a repair; the other providers join them themselves.
    pub(crate) repair_joins: bool,
    /// Only media may be beside what a tool answered.
    pub(crate) only_media_beside_answers: bool,
    /// Fields that sign a part; a signed part is not edited.
    pub(crate) signatures: &'static [&'static str],
    /// The value that holds what a tool answered, of a result.
    pub(crate) answer: for<'r> fn(Value<'r>) -> Option<Value<'r>>,
    /// Whether what a tool answered may be any text.
    pub(crate) answer_is_free: fn(Value<'_>) -> bool,
    /// Fields beside the answer that leave with it, and the object that holds them.
    pub(crate) beside_answer: for<'r> fn(Value<'r>) -> Option<Beside<'r>>,
    /// A JSON string as a part of a message's content.
    pub(crate) text_part: fn(Role, &str) -> String,
    /// A JSON string as what a tool answered.
    pub(crate) text_answer: fn(&str) -> String,
    /// A message of a role with a JSON string as its text.
    pub(crate) message: fn(&str, &str) -> String,
    /// What answers a call whose result is lost, with a JSON string as its text; none for calls that nothing general can
    /// answer.
    pub(crate) lost_result: fn(&ToolCall<'_>, &str) -> Option<String>,
}

/// No answer to speak of.
pub(super) fn no_answer(_: Value<'_>) -> Option<Value<'_>> {
    None
}

pub(super) fn any_answer(_: Value<'_>) -> bool {
    true
}

pub(super) fn nothing_beside(_: Value<'_>) -> Option<Beside<'_>> {
    None
}

/// `{"type": "text", "text": ...}`
pub(super) fn typed_text(_: Role, text: &str) -> String {
    format!(r#"{{"type": "text", "text": {text}}}"#)
}

/// `{"text": ...}`
pub(super) fn bare_text(_: Role, text: &str) -> String {
    format!(r#"{{"text": {text}}}"#)
}

/// The text itself.
pub(super) fn plain_answer(text: &str) -> String {
    text.to_owned()
}

/// `{"role": ..., "content": ...}`
pub(super) fn plain_message(role: &str, text: &str) -> String {
    format!(r#"{{"role": "{role}", "content": {text}}}"#)
}
