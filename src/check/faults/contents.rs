//! Messages: roles, contents, parts.
//!
//! Source: docs/evidence/validation.md, section 4.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault};
use super::super::finding::{Phase, Repair};
use super::fields::{EMPTY_LIST_ANSWER, MISSING_ANSWER, TYPE_ANSWER, UNKNOWN_WORD_ANSWER};
use super::gemini::{NO_CONTENTS, NO_CONTENTS_AT_VERTEX};
use super::{ANTHROPIC, ANTHROPIC_FORMAT, CHAT, GEMINI, OPENAI_ALONE, RESPONSES, SETTINGS, TYPO};
use crate::check::server::Dialect;

const VALID_ROLES: Answer = Answer::google(GEMINI, "Please use a valid role: user, model.");
const MUST_SAY_SOMETHING: Answer = Answer::new(
    &[Dialect::Moonshot],
    "",
    "",
    "Invalid request: the message at position {at} with role 'assistant' must not be empty",
);
const CONTENT_OR_CALLS: Answer = Answer {
    kind: "invalid_request_message_order",
    ..Answer::new(
        &[Dialect::Mistral],
        "3240",
        "",
        "Assistant message must have either content or tool_calls, but not none.",
    )
};

faults! {
    /// Slots: `at`.
    FUNCTION_WITHOUT_NAME = Fault {
        code: codes::MISSING_PARAMETER,
        severity: SETTINGS,
        message: "the result does not name its function",
        remedy: "set `name` to the function's name",
        answers: &[Answer::new(
            CHAT,
            "",
            "messages.[{at}].name",
            "Missing parameter 'name': messages with role 'function' must have a 'name'.",
        )],
        ..FAULT
    };
    /// The API reference allows only text; other hosts accept images from tools. Slots: `role`.
    MEDIA_NOT_ALLOWED = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::Value,
        severity: TYPO,
        message: "a message of role {role} only supports text",
        remedy: "move the part to a user message",
        repair: Repair::Media,
        ..FAULT
    };
    IMAGE_TYPE = Fault {
        code: codes::INVALID_IMAGE,
        phase: Phase::Content,
        severity: TYPO,
        message: "the provider does not support images of this type",
        remedy: "send a PNG, JPEG, GIF or WebP image",
        answers: &[Answer::new(
            CHAT,
            "invalid_image_format",
            "",
            "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
        )],
        repair: Repair::Media,
        ..FAULT
    };
    NO_MESSAGES = Fault {
        code: codes::EMPTY_MESSAGES,
        severity: By::History(|rules| rules.empty_messages),
        message: "there are no messages",
        remedy: "send at least one message",
        answers: &[
            Answer { dialects: CHAT, ..EMPTY_LIST_ANSWER },
            NO_CONTENTS,
            NO_CONTENTS_AT_VERTEX,
        ],
        ..FAULT
    };
    /// Checked after all fields, before what the model does not support.
    EMPTY_INPUT = Fault {
        code: codes::EMPTY_MESSAGES,
        phase: Phase::Input,
        severity: OPENAI_ALONE,
        message: "the input is empty",
        remedy: "add a message to it",
        answers: &[Answer::new(
            RESPONSES,
            "missing_required_parameter",
            "",
            "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
        )],
        ..FAULT
    };
    /// Slots: `roles`; `value` and `words` as OpenAI writes them.
    UNKNOWN_ROLE = Fault {
        code: codes::UNKNOWN_ROLE,
        severity: By::History(|rules| rules.unknown_role),
        message: "unknown role; the format has {roles}",
        remedy: "use one of them",
        answers: &[
            VALID_ROLES,
            Answer { dialects: CHAT, ..UNKNOWN_WORD_ANSWER },
        ],
        ..FAULT
    };
    SYSTEM_FIRST = Fault {
        code: codes::SYSTEM_IN_MESSAGES,
        severity: By::History(|rules| rules.first_system),
        message: "the list of messages begins with instructions",
        remedy: "move them to the request's field for instructions",
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
        ), VALID_ROLES],
        ..FAULT
    };
    SYSTEM_LATE = Fault {
        severity: By::History(|rules| rules.late_system),
        message: "instructions follow other messages",
        remedy: "move them to the front, or to the next user message",
        // `before`: the role of the previous message.
        answers: &[
            VALID_ROLES,
            Answer::anthropic(ANTHROPIC, "role 'system' is not supported on this model"),
            Answer {
                kind: "invalid_request_message_order",
                ..Answer::new(
                    &[Dialect::Mistral],
                    "3230",
                    "",
                    "Unexpected role 'system' after role '{before}'",
                )
            },
        ],
        ..SYSTEM_FIRST
    };
    /// After other instructions.
    SYSTEM_AGAIN = Fault {
        severity: By::Rule,
        remedy: SYSTEM_FIRST.remedy,
        ..SYSTEM_LATE
    };
    SAME_ROLE_TWICE = Fault {
        code: codes::ROLES_NOT_ALTERNATING,
        phase: Phase::History,
        severity: By::History(|rules| rules.same_role_twice),
        message: "two consecutive messages have the same role",
        remedy: "join them, or insert a message of the other role between them",
        ..FAULT
    };
    WRONG_LAST_ROLE = Fault {
        code: codes::WRONG_LAST_ROLE,
        phase: Phase::History,
        severity: By::History(|rules| rules.last_assistant),
        message: "the last message is the assistant's; not every model continues it",
        remedy: "end with a user message, or use a model that continues an answer",
        answers: &[
            Answer {
                kind: "invalid_request_message_order",
                ..Answer::new(
                    &[Dialect::Mistral],
                    "3230",
                    "",
                    "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
                )
            },
            Answer {
                kind: "invalid_message",
                ..Answer::new(
                    &[Dialect::Perplexity],
                    "",
                    "",
                    "Last message must have role `user` or `tool`",
                )
            },
        ],
        repair: Repair::Prefix,
        ..FAULT
    };
    /// Slots: `at`.
    NO_CONTENT = Fault {
        code: codes::MISSING_CONTENT,
        phase: Phase::Content,
        severity: By::History(|rules| rules.missing_content),
        message: "the message has no content",
        remedy: "add content, or remove the message",
        answers: &[Answer::new(
            CHAT,
            "",
            "messages.[{at}].content",
            "Invalid value for 'content': expected a string, got null.",
        ), CONTENT_OR_CALLS, MUST_SAY_SOMETHING],
        ..FAULT
    };
    /// The schema of a developer message requires it, among the types.
    DEVELOPER_WITHOUT_CONTENT = Fault {
        phase: Phase::Form,
        answers: &[Answer { dialects: CHAT, ..MISSING_ANSWER }],
        ..NO_CONTENT
    };
    DEVELOPER_WITH_NULL = Fault {
        answers: &[Answer { dialects: CHAT, ..TYPE_ANSWER }],
        ..DEVELOPER_WITHOUT_CONTENT
    };
    /// Slots: `at`.
    BLANK = Fault {
        code: codes::EMPTY_CONTENT,
        phase: Phase::Content,
        severity: By::Rule,
        message: "the text of the message is empty or blank",
        remedy: "remove the message, or add text",
        answers: &[
            Answer::anthropic(
                ANTHROPIC_FORMAT,
                "messages.{at}: all messages must have non-empty content except for the optional final assistant message",
            ),
            CONTENT_OR_CALLS,
            MUST_SAY_SOMETHING,
        ],
        ..FAULT
    };
    BLANK_BLOCK = Fault {
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "messages: text content blocks must contain non-whitespace text",
        )],
        ..BLANK
    };
    EMPTY_LIST = Fault {
        message: "the content is an empty list",
        ..BLANK
    };
    EMPTY_PART = Fault {
        severity: By::History(|rules| rules.empty_part),
        message: "a text part of the message is empty",
        remedy: "remove the part",
        answers: &[Answer::anthropic(
            ANTHROPIC_FORMAT,
            "messages: text content blocks must be non-empty",
        )],
        ..BLANK
    };
}
