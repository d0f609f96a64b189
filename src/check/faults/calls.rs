//! Calls, their results, and thinking.
//!
//! Source: docs/evidence/validation.md, section 4; recorded and reported answers of Anthropic,
//! Google and Bedrock.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault};
use super::super::finding::{Phase, Repair};
use super::fields::{
    EMPTY_LIST_ANSWER, LONG_LIST_ANSWER, MISSING_ANSWER, TOO_LONG_ANSWER, TYPE_ANSWER,
};
use super::{ANTHROPIC_FORMAT, CHAT, GEMINI, RESPONSES};
use crate::check::server::Dialect;

const COUNTS_DIFFER: Answer = Answer::google(
    GEMINI,
    "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
);
const TOO_MANY_RESULTS: Answer = Answer::converse(
    "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse blocks of previous turn.",
);
const NO_SUCH_CALL: Answer = Answer::anthropic(
    ANTHROPIC_FORMAT,
    "{dotted}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
);
const NOT_AFTER_CALLS: Answer = Answer::google(
    GEMINI,
    "Please ensure that function response turn comes immediately after a function call turn.",
);
const NO_CALL_BEFORE: Answer = Answer::new(
    CHAT,
    "",
    "messages.[{at}].role",
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
);
const TOOL_ID_NOT_FOUND: Answer = Answer {
    kind: "bad_request_error",
    ..Answer::new(
        &[Dialect::MiniMax],
        "",
        "",
        "invalid params, tool result's tool id({id}) not found (2013)",
    )
};
const CALL_NOT_FOUND: Answer = Answer::new(
    RESPONSES,
    "",
    "input",
    "No tool call found for function call output with call_id {id}.",
);

faults! {
    /// Slots: `length`, `most`.
    TOO_MANY_CALLS = Fault {
        code: codes::TOO_MANY_CALLS,
        message: "the message has {length} calls, the maximum is {most}",
        remedy: "spread the calls over several turns, each with its results",
        answers: &[LONG_LIST_ANSWER],
        ..FAULT
    };
    EMPTY_CALLS = Fault {
        code: codes::EMPTY_TOOL_CALLS,
        severity: By::History(|rules| rules.empty_calls),
        message: "the list of calls is empty",
        remedy: "remove the field",
        answers: &[EMPTY_LIST_ANSWER],
        ..FAULT
    };
    /// Slots: `function`; `param` is the id's.
    CALL_WITHOUT_ID = Fault {
        code: codes::MISSING_CALL_ID,
        severity: By::History(|rules| rules.missing_call_id),
        message: "the call of {function} has no id",
        remedy: "set an id, the same as in its result",
        answers: &[MISSING_ANSWER],
        ..FAULT
    };
    /// Slots: also `expected`, `got`.
    CALL_ID_IS_NULL = Fault {
        answers: &[TYPE_ANSWER],
        ..CALL_WITHOUT_ID
    };
    /// Slots: `id`, `length`, `most`.
    LONG_CALL_ID = Fault {
        code: codes::CALL_ID_TOO_LONG,
        message: "call id {id} has {length} characters, the maximum is {most}",
        remedy: "shorten it to {most} characters, in the call and in its result",
        answers: &[TOO_LONG_ANSWER],
        repair: Repair::CallId,
        ..FAULT
    };
    /// Slots: `id`.
    DUPLICATE_CALL_ID = Fault {
        code: codes::DUPLICATE_TOOL_CALL_ID,
        phase: Phase::History,
        severity: By::History(|rules| rules.duplicate_call),
        message: "another call of this turn has the id {id}",
        remedy: "give each call its own id, or remove the second call",
        answers: &[Answer::anthropic(
            &[Dialect::Anthropic],
            "{dotted}: `tool_use` ids must be unique",
        )],
        ..FAULT
    };
    /// Slots: `id`, `function`, `characters`.
    ARGUMENTS_NOT_JSON = Fault {
        code: codes::ARGUMENTS_NOT_JSON,
        severity: By::History(|rules| rules.arguments),
        message: "the arguments of call {id} of {function} are not JSON ({characters})",
        remedy: "write them as a JSON object, an empty one if there are none",
        ..FAULT
    };
    /// Slots: `id`, `function`; `ids`, all of the turn; `at`, the calling message; `next`, the
    /// position after the turn.
    UNANSWERED_CALL = Fault {
        code: codes::UNANSWERED_TOOL_CALL,
        phase: Phase::History,
        severity: By::History(|rules| rules.unanswered),
        message: "call {id} of {function} has no result",
        remedy: "add its result directly after the calls (a placeholder if it was lost), or remove the call",
        answers: &[
            // `where` names the message in the place of the result.
            Answer::new(
                CHAT,
                "",
                "{where}",
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {ids}",
            ),
            Answer::new(RESPONSES, "", "input", "No tool output found for function call {id}."),
            Answer::new(
                &[Dialect::DeepSeek],
                "",
                "",
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages following tool_calls message)",
            ),
            Answer::anthropic(
                ANTHROPIC_FORMAT,
                "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
            ),
            COUNTS_DIFFER,
            Answer::converse(
                "Expected toolResult blocks at messages.{next}.content for the following Ids: {ids}",
            ),
        ],
        ..FAULT
    };
    /// At the end of the history.
    PENDING_CALL = Fault {
        severity: By::History(|rules| rules.pending),
        remedy: "add its result after it, or remove the call",
        ..UNANSWERED_CALL
    };
    /// Slots: `at`.
    RESULT_WITHOUT_ID = Fault {
        code: codes::MISSING_RESULT_ID,
        severity: By::History(|rules| rules.missing_result_id),
        message: "the result does not name its call",
        remedy: "set the id of its call",
        answers: &[Answer::new(
            CHAT,
            "",
            "messages.[{at}].tool_call_id",
            "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
        )],
        ..FAULT
    };
    /// Slots of this and the next: `id`, `at`. DeepSeek compares ids after cutting them at 40
    /// characters: `cut_id`.
    DUPLICATE_RESULT = Fault {
        code: codes::DUPLICATE_TOOL_RESULT,
        phase: Phase::History,
        severity: By::History(|rules| rules.duplicate_result),
        message: "call {id} already has a result",
        remedy: "keep one result for each call",
        answers: &[
            Answer::new(
                &[Dialect::DeepSeek],
                "",
                "",
                "Duplicate value for 'tool_call_id' of {cut_id} in message[{at}]",
            ),
            Answer::anthropic(
                ANTHROPIC_FORMAT,
                "{dotted}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}",
            ),
            COUNTS_DIFFER,
            TOO_MANY_RESULTS,
        ],
        ..FAULT
    };
    MISPLACED_RESULT = Fault {
        code: codes::MISPLACED_TOOL_RESULT,
        phase: Phase::History,
        severity: By::History(|rules| rules.misplaced),
        message: "the result of call {id} is not directly after its call",
        remedy: "move it there, before what came between",
        answers: &[NO_CALL_BEFORE, NO_SUCH_CALL, NOT_AFTER_CALLS, TOO_MANY_RESULTS],
        ..FAULT
    };
    ORPHAN_RESULT = Fault {
        code: codes::ORPHAN_TOOL_RESULT,
        phase: Phase::History,
        severity: By::History(|rules| rules.orphan),
        message: "the result of {id} has no call",
        remedy: "remove it, or restore its call before it",
        answers: &[
            NO_CALL_BEFORE,
            CALL_NOT_FOUND,
            TOOL_ID_NOT_FOUND,
            NO_SUCH_CALL,
            NOT_AFTER_CALLS,
            TOO_MANY_RESULTS,
        ],
        ..FAULT
    };
    /// Among the results of calls with other ids.
    ORPHAN_AMONG_RESULTS = Fault {
        answers: &[
            Answer::new(
                CHAT,
                "",
                "messages.[{at}].tool_call_id",
                "Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message.",
            ),
            CALL_NOT_FOUND,
            TOOL_ID_NOT_FOUND,
            NO_SUCH_CALL,
            COUNTS_DIFFER,
            TOO_MANY_RESULTS,
        ],
        ..ORPHAN_RESULT
    };

    // --- thinking
    /// Slots: `at`.
    ENDS_WITH_THINKING = Fault {
        code: codes::MISPLACED_THINKING,
        phase: Phase::History,
        severity: By::History(|rules| rules.thinking),
        message: "an assistant message ends with a thinking block",
        remedy: "restore what followed it, or remove the message",
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "messages.{at}: The final block in an assistant message cannot be `thinking`.",
        )],
        ..FAULT
    };
    THINKING_OF_OTHERS = Fault {
        phase: Phase::Form,
        message: "a thinking block is in a message that is not the assistant's",
        remedy: "move it back to the start of the assistant's message, or remove it",
        answers: &[],
        ..ENDS_WITH_THINKING
    };
    /// Slots: `at`, `kind`.
    TURN_WITHOUT_THINKING = Fault {
        message: "thinking is enabled, but the assistant turn before these results does not begin with it",
        remedy: "restore the thinking block at its start, or disable thinking for this request",
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{kind}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).",
        )],
        ..ENDS_WITH_THINKING
    };
    UNSIGNED_THINKING = Fault {
        code: codes::UNSIGNED_THINKING,
        severity: By::History(|rules| rules.thinking),
        message: "a thinking block has no signature",
        remedy: "send it back as it was received, or remove it",
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "{dotted}.thinking.signature: Field required",
        )],
        ..FAULT
    };
    /// For calls of other vendors, a fixed string in place of the signature is accepted.
    UNSIGNED_CALL = Fault {
        phase: Phase::History,
        severity: By::Rule,
        message: "the first call of this step has no thought signature",
        remedy: "send the model's part back as it was received",
        answers: &[],
        repair: Repair::Signature,
        ..UNSIGNED_THINKING
    };
    /// Slots: `item`.
    REASONING_WITHOUT_ITEM = Fault {
        code: codes::REASONING_WITHOUT_ITEM,
        phase: Phase::History,
        severity: By::History(|rules| rules.thinking),
        message: "reasoning item {item} is not followed by the item it led to",
        remedy: "restore that item after it, with its id, or remove the reasoning",
        answers: &[Answer::new(
            RESPONSES,
            "",
            "input",
            "Item '{item}' of type 'reasoning' was provided without its required following item.",
        )],
        ..FAULT
    };
}
