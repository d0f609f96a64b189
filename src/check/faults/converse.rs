//! Faults of Bedrock's Converse: reported answers, and constraints of its service model.
//!
//! Source: docs/evidence/validation_other_providers.md, section C. The client or the service finds
//! faults of shape; the answers here are the service's, except where the client does not send the
//! request (`ParamValidationError`).

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault, Fix};
use super::super::finding::{Phase, Repair};
use super::SETTINGS;

const BLANK_ANSWER: Answer = Answer::converse(
    "The text field in the ContentBlock object at {dotted} is blank. Add text to the text field, and try again.",
);
const PATTERN: Answer = Answer::converse(
    "1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}",
);
const ENUM: Answer = Answer::converse(
    "1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must satisfy enum value set: [{words}]",
);
const NOT_SUPPORTED: Answer =
    Answer::converse("This model doesn't support the {field} field. Remove {field} and try again.");

faults! {
    NO_TOOL_CONFIG = Fault {
        code: codes::MISSING_PARAMETER,
        severity: SETTINGS,
        message: "the history has tool calls or results, but `toolConfig` is missing",
        remedy: "set `toolConfig` with a tool for each name in the history",
        answers: &[Answer::converse(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        )],
        repair: Repair::ToolsAsText,
        ..FAULT
    };
    CONVERSE_BLANK_TEXT = Fault {
        code: codes::EMPTY_CONTENT,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "a text block is empty or blank",
        remedy: "remove the block, or add text",
        answers: &[BLANK_ANSWER],
        ..FAULT
    };
    CONVERSE_BLANK_SYSTEM = Fault {
        message: "a system text block is blank",
        answers: &[],
        ..CONVERSE_BLANK_TEXT
    };
    CONVERSE_EMPTY_MESSAGE = Fault {
        message: "the content of a message is an empty list",
        remedy: "remove the message, or add a block",
        answers: &[Answer::converse(
            "The content field in the Message object at {dotted} is empty. Add a ContentBlock object to the content field and try again.",
        )],
        ..CONVERSE_BLANK_TEXT
    };
    CONVERSE_NO_TOOL = Fault {
        code: codes::MISSING_PARAMETER,
        severity: SETTINGS,
        message: "`{param}` has neither `toolSpec`, `systemTool` nor `cachePoint`",
        remedy: "write the tool as `toolSpec`",
        ..FAULT
    };
    /// Slots: `tool`.
    CONVERSE_CHOSEN_TOOL = Fault {
        code: codes::UNKNOWN_TOOL,
        phase: Phase::Value,
        message: "`toolChoice` names {tool}, which is not among the tools",
        remedy: "name a tool of the request",
        ..FAULT
    };
    FIRST_ASSISTANT = Fault {
        code: codes::ROLES_NOT_ALTERNATING,
        phase: Phase::History,
        severity: SETTINGS,
        message: "the first message is the assistant's",
        remedy: "begin with a user message",
        answers: &[Answer::converse(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        )],
        ..FAULT
    };
    /// Slots of this and the next: `value`, `place`, `pattern`.
    CONVERSE_CALL_ID = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "the id {value} must match `{pattern}`",
        remedy: "rename it in the call and in its result",
        answers: &[PATTERN],
        repair: Repair::CallId,
        ..FAULT
    };
    CONVERSE_TOOL_NAME = Fault {
        message: "the tool name {value} must match `{pattern}`",
        remedy: "use only characters that the pattern allows",
        repair: Repair::None,
        ..CONVERSE_CALL_ID
    };
    /// Slots: `length`, `most`.
    CONVERSE_LONG_ID = Fault {
        code: codes::CALL_ID_TOO_LONG,
        message: "a call id has {length} characters, the maximum is {most}",
        remedy: "shorten it in the call and in its result",
        answers: &[],
        ..CONVERSE_CALL_ID
    };
    CONVERSE_LONG_NAME = Fault {
        code: codes::TOOL_NAME_TOO_LONG,
        message: "a tool name has {length} characters, the maximum is {most}",
        remedy: "shorten it",
        repair: Repair::None,
        ..CONVERSE_LONG_ID
    };
    /// An empty list or string.
    CONVERSE_EMPTY = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "`{param}` is empty",
        remedy: "remove it, or add to it",
        answers: &[Answer {
            kind: "ParamValidationError",
            ..Answer::converse("Invalid length for parameter {param}, value: 0, valid min length: 1")
        }],
        ..FAULT
    };
    CONVERSE_INPUT = Fault {
        code: codes::INVALID_TYPE,
        severity: SETTINGS,
        message: "the input of a call must be an object, but is {got}",
        remedy: "write an object, an empty one if there are no arguments",
        answers: &[Answer::converse(
            "The format of the value at {dotted} is invalid. Provide a json object for the field and try again.",
        )],
        ..FAULT
    };
    CONVERSE_ROLE = Fault {
        code: codes::UNKNOWN_ROLE,
        severity: SETTINGS,
        message: "unknown role; the format has user and assistant",
        remedy: "use one of them",
        answers: &[ENUM],
        ..FAULT
    };
    /// Slots: `value`, `place`; `words` as the API lists them, `choices` as our message does.
    CONVERSE_WORD = Fault {
        code: codes::INVALID_VALUE,
        message: "`{param}` has an unknown value",
        remedy: "use one of {choices}",
        ..CONVERSE_ROLE
    };
    /// Slots: `got`, `most`, `place`.
    CONVERSE_ABOVE = Fault {
        code: codes::OUT_OF_RANGE,
        severity: SETTINGS,
        message: "`{param}` is {got}, the maximum is {most}",
        remedy: "lower it to {most}, or remove it",
        answers: &[Answer::converse(
            "1 validation error detected: Value '{got}' at '{place}' failed to satisfy constraint: Member must have value less than or equal to {most}",
        )],
        fix: Fix::Bound("most"),
        ..FAULT
    };
    /// Slots: `got`, `least`, `place`.
    CONVERSE_BELOW = Fault {
        message: "`{param}` is {got}, the minimum is {least}",
        remedy: "raise it to {least}, or remove it",
        answers: &[Answer::converse(
            "1 validation error detected: Value '{got}' at '{place}' failed to satisfy constraint: Member must have value greater than or equal to {least}",
        )],
        fix: Fix::Bound("least"),
        ..CONVERSE_ABOVE
    };
    /// Slots: `count`, `most`.
    CONVERSE_MANY_STOPS = Fault {
        code: codes::TOO_MANY_ENTRIES,
        severity: SETTINGS,
        message: "{count} stop sequences, the maximum is {most}",
        remedy: "remove entries",
        ..FAULT
    };

    // --- documents and images
    DOCUMENT_WITHOUT_TEXT = Fault {
        code: codes::MISSING_CONTENT,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "a message has a document but no text",
        remedy: "add a text block to it",
        answers: &[Answer::converse(
            "A text block must be included when using documents",
        )],
        ..FAULT
    };
    DOCUMENT_NAME = Fault {
        code: codes::INVALID_VALUE,
        message: "the name of a document contains a forbidden character or consecutive white space",
        remedy: "use 1 to 200 letters, digits, hyphens, parentheses, brackets and single spaces",
        answers: &[Answer::converse(
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets.",
        )],
        ..DOCUMENT_WITHOUT_TEXT
    };
    DOCUMENT_NAME_TWICE = Fault {
        code: codes::INVALID_VALUE,
        message: "another document of the request has the same name",
        remedy: "give each document its own name",
        answers: &[Answer::converse("Messages can not contain duplicate document names.")],
        ..DOCUMENT_WITHOUT_TEXT
    };
    /// Slots: `count`, `most`.
    MANY_DOCUMENTS = Fault {
        code: codes::TOO_MANY_ENTRIES,
        message: "a message has {count} documents, the maximum is {most}",
        remedy: "remove documents",
        answers: &[],
        ..DOCUMENT_WITHOUT_TEXT
    };
    /// Slots: `got`, `most`.
    CONVERSE_LARGE_FILE = Fault {
        code: codes::TOO_LARGE,
        message: "an image or a document has {got} bytes, the maximum is {most}",
        remedy: "shrink it, or refer to it in S3",
        answers: &[],
        repair: Repair::Media,
        ..DOCUMENT_WITHOUT_TEXT
    };
    /// Anthropic's models answer as on Anthropic's API. Slots: `named`, `found`.
    CONVERSE_IMAGE_MISMATCH = Fault {
        code: codes::INVALID_IMAGE,
        message: "the image is declared as {named}, but its data is {found}",
        remedy: "set `format` to the format of the data",
        answers: &[],
        repair: Repair::MediaKind,
        ..DOCUMENT_WITHOUT_TEXT
    };
    /// Slots: `width`, `height`, `most`.
    CONVERSE_IMAGE_SIDE = Fault {
        code: codes::INVALID_IMAGE,
        message: "an image has {width} by {height} pixels, the maximum of a side is {most}",
        remedy: "shrink the image",
        answers: &[],
        repair: Repair::Media,
        ..DOCUMENT_WITHOUT_TEXT
    };

    // --- by model
    BESIDE_RESULTS = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::History,
        severity: SETTINGS,
        message: "a message has tool results together with other blocks, which the model does not support",
        remedy: "move the other blocks to the next user message",
        answers: &[Answer::converse(
            "User messages cannot contain both tool results and text",
        )],
        ..FAULT
    };
    /// Slots: `field`.
    CONVERSE_FIELD = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        severity: SETTINGS,
        message: "the model does not support `{field}`",
        remedy: "remove it",
        answers: &[NOT_SUPPORTED],
        fix: Fix::Field,
        ..FAULT
    };
    CACHE_POINT = Fault {
        message: "the model does not support cache points",
        answers: &[Answer::converse(
            "You invoked an unsupported model or your request did not allow prompt caching.",
        )],
        fix: Fix::None,
        repair: Repair::CacheMark,
        ..CONVERSE_FIELD
    };
    /// Slots: none. The point is first in its message, after another point, or after a document.
    CACHE_POINT_PLACE = Fault {
        code: codes::INVALID_VALUE,
        message: "a cache point is first in its message, or follows another one or a document",
        remedy: "move it after a text block, or remove it",
        answers: &[],
        repair: Repair::CacheMark,
        ..CACHE_POINT
    };
}
