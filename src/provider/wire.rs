//! Description of a wire format as data and small writers: one constant per format, in its folder.
//!
//! Counting, editing, repairing and summarizing code queries the constant, so that a format is
//! spelled in its own folder only.

use super::Format;
use super::choice::Choice;
use super::field::FieldTable;
use super::neutral::{Facts, Neutral, Notes, Reply, Unfit};
use crate::error::Error;
use crate::json::{Document, Value};
use crate::reply::usage::Classes;
use crate::request::{Layout, Role, ToolCall};

/// Place of calls and results in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// Calls in a list next to the content, each result in its own message.
    Beside,
    /// Each an item of the list.
    Items,
    /// Among the blocks of a message's content.
    Blocks,
}

/// Definer of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    OpenAi,
    Anthropic,
    Google,
    Amazon,
}

/// Counting method of a format's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// By the measured rules of OpenAI's Chat API.
    Chat,
    /// By the measured rules of OpenAI's Responses API, for the models covered by them.
    Responses,
    /// By the same rules, plus the cost of compaction.
    Compaction,
    /// As the sum of their strings, without framing.
    Texts,
    /// By an estimate for the vendor of the model.
    Estimate,
}

/// Object, and some of its fields.
pub(crate) type Beside<'r> = (Value<'r>, &'static [&'static str]);

/// Translation of a format's requests and answers, over the form between formats. `None` where it
/// is not built.
pub(crate) struct Translation {
    /// Reads the fields of a request.
    pub(crate) read: Option<Read>,
    pub(crate) write: Option<Write>,
    /// Reads an answer.
    pub(crate) read_answer: Option<ReadAnswer>,
    pub(crate) write_answer: Option<fn(&Reply<'_>, &Classes) -> String>,
}

type Read = for<'r> fn(Value<'r>, &mut Notes) -> Result<Neutral<'r>, Unfit>;
type Write = fn(&Neutral<'_>, &Facts<'_>, &mut Notes) -> Result<String, Unfit>;
type ReadAnswer = for<'r> fn(Value<'r>, &mut Notes) -> Result<Reply<'r>, Unfit>;

impl Translation {
    pub(crate) const NONE: Translation = Translation {
        read: None,
        write: None,
        read_answer: None,
        write_answer: None,
    };
}

/// Wire format.
pub(crate) struct Wire {
    pub(crate) format: Format,
    /// Stable name of the format.
    pub(crate) name: &'static str,
    pub(crate) vendor: Vendor,
    /// Endings of its endpoints' paths.
    pub(crate) urls: &'static [&'static str],
    pub(crate) read: fn(&Document<'_>) -> Result<Layout, Error>,
    pub(crate) counting: Counting,
    /// Whether a request contains a conversation.
    pub(crate) has_history: bool,
    /// Field of the messages, items or inputs.
    pub(crate) list: &'static str,
    /// Field of a message's content.
    pub(crate) content: &'static str,
    /// Roles of its messages, in words.
    pub(crate) roles: &'static str,
    /// Whether blank text in a block is reported differently from a message without content.
    pub(crate) tells_blank_blocks: bool,
    /// Fields of the request's root object.
    pub(crate) fields: FieldTable,
    /// Minimal request around an empty list of messages.
    pub(crate) around: (&'static str, &'static str),
    /// Paths of the output limit; the first one present is used.
    pub(crate) output_limits: &'static [&'static [&'static str]],
    /// Whether the URL names the model, not the request.
    pub(crate) model_is_in_url: bool,
    /// Whether a request must set an output limit.
    pub(crate) requires_output_limit: bool,
    /// Field with the form of the answer, in the formats counted by rule; otherwise the request's
    /// root.
    pub(crate) answer_form: &'static str,
    /// Path of the answer's schema below its form, in the formats used for Claude.
    pub(crate) answer_schema: &'static [&'static str],
    /// Reads which tools may be called, of the tool choice.
    pub(crate) choice: for<'r> fn(Value<'r>) -> Choice<'r>,
    pub(crate) calls: Calls,
    /// Whether a history that begins with a call is refused.
    pub(crate) calls_follow_user: bool,
    /// A history that begins with the assistant is refused.
    pub(crate) begins_with_user: bool,
    /// Field of a message's own list of calls; empty if calls are elsewhere.
    pub(crate) list_of_calls: &'static str,
    /// Field that marks a part for the prompt cache; empty if marks are parts or do not exist.
    pub(crate) cache_mark: &'static str,
    /// `type` of a reasoning item; empty if items have none.
    pub(crate) reasoning_item: &'static str,
    /// Field by which the server knows an item, and its reasoning; empty where there is none.
    pub(crate) item_id: &'static str,
    /// Paths of a call's id and of its arguments, below the call.
    pub(crate) call_id: &'static str,
    pub(crate) arguments: &'static str,
    /// Paths of a function's schema; the first one present is used.
    pub(crate) schemas: &'static [&'static [&'static str]],
    /// Whether a result names its function, and is matched by that name if ids are missing.
    pub(crate) results_have_names: bool,
    /// Whether messages of the list may have the role `system` or `developer`.
    pub(crate) instructions_are_messages: bool,
    /// Whether a repair joins messages of one role; other providers join them themselves.
    pub(crate) repair_joins: bool,
    /// Whether only media may accompany a tool's answer.
    pub(crate) only_media_beside_answers: bool,
    /// Fields that sign a part; a signed part is not edited.
    pub(crate) signatures: &'static [&'static str],
    /// Returns the value of a result that holds the tool's answer.
    pub(crate) answer: for<'r> fn(Value<'r>) -> Option<Value<'r>>,
    /// Returns whether a tool's answer may be any text.
    pub(crate) answer_is_free: fn(Value<'_>) -> bool,
    /// Returns fields that are removed together with the answer, and their object.
    pub(crate) beside_answer: for<'r> fn(Value<'r>) -> Option<Beside<'r>>,
    /// Writes a JSON string as a part of a message's content.
    pub(crate) text_part: fn(Role, &str) -> String,
    /// Writes a JSON string as a tool's answer.
    pub(crate) text_answer: fn(&str) -> String,
    /// Writes a message of a role with a JSON string as its text.
    pub(crate) message: fn(&str, &str) -> String,
    /// Writes a substitute for a lost result, with a JSON string as its text; `None` for calls
    /// without a generic answer.
    pub(crate) lost_result: fn(&ToolCall<'_>, &str) -> Option<String>,
    pub(crate) translation: Translation,
}

/// Returns no answer.
pub(super) fn no_answer(_: Value<'_>) -> Option<Value<'_>> {
    None
}

pub(super) fn any_answer(_: Value<'_>) -> bool {
    true
}

pub(super) fn nothing_beside(_: Value<'_>) -> Option<Beside<'_>> {
    None
}

/// Writes `{"type": "text", "text": ...}`.
pub(super) fn typed_text(_: Role, text: &str) -> String {
    format!(r#"{{"type": "text", "text": {text}}}"#)
}

/// Writes `{"text": ...}`.
pub(super) fn bare_text(_: Role, text: &str) -> String {
    format!(r#"{{"text": {text}}}"#)
}

/// Writes the text itself.
pub(super) fn plain_answer(text: &str) -> String {
    text.to_owned()
}

/// Writes `{"role": ..., "content": ...}`.
pub(super) fn plain_message(role: &str, text: &str) -> String {
    format!(r#"{{"role": "{role}", "content": {text}}}"#)
}
