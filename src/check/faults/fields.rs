//! Fields: missing, unknown, of the wrong type, out of range, too long.
//!
//! Source: docs/evidence/validation.md, section 1, for OpenAI (measured on the API in 2026-08 and
//! 2026-09); reported answers of Anthropic and Google.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault, Fix};
use super::super::finding::{Phase, Severity};
use super::gemini::{NO_CONTENTS, NO_CONTENTS_AT_VERTEX};
use super::{ANTHROPIC, CHAT, GEMINI, NAMES, OPENAI, OPENAI_ALONE, RESPONSES, SETTINGS, WORDS};
use crate::check::server::Dialect;

pub(super) const MISSING_ANSWER: Answer = Answer::new(
    OPENAI,
    "missing_required_parameter",
    "{param}",
    "Missing required parameter: '{param}'.",
);
pub(super) const TYPE_ANSWER: Answer = Answer::new(
    OPENAI,
    "invalid_type",
    "{param}",
    "Invalid type for '{param}': expected {expected}, but got {got} instead.",
);
pub(super) const TOO_LONG_ANSWER: Answer = Answer::new(
    OPENAI,
    "string_above_max_length",
    "{param}",
    "Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead.",
);
pub(super) const LONG_LIST_ANSWER: Answer = Answer::new(
    OPENAI,
    "array_above_max_length",
    "{param}",
    "Invalid '{param}': array too long. Expected an array with maximum length {most}, but got an array with length {length} instead.",
);
pub(super) const EMPTY_LIST_ANSWER: Answer = Answer::new(
    OPENAI,
    "empty_array",
    "{param}",
    "Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
);
pub(super) const UNKNOWN_WORD_ANSWER: Answer = Answer::new(
    OPENAI,
    "invalid_value",
    "{param}",
    "Invalid value: '{value}'. Supported values are: {words}.",
);
const INTEGER_ABOVE_ANSWER: Answer = Answer::new(
    OPENAI,
    "integer_above_max_value",
    "{param}",
    "Invalid '{param}': integer above maximum value. Expected a value <= {most}, but got {got} instead.",
);
const NAME_A_MODEL: Answer = Answer::new(
    &[
        Dialect::OpenAiChat,
        Dialect::OpenAiEmbeddings,
        Dialect::OpenAiCompletions,
    ],
    "",
    "",
    "you must provide a model parameter",
);
const UNKNOWN_FIELD_ANSWERS: &[Answer] = &[
    Answer::new(
        OPENAI,
        "unknown_parameter",
        "{param}",
        "Unknown parameter: '{param}'.",
    ),
    EXTRA_FIELD,
    UNKNOWN_NAME,
];
const MISSPELLED_FIELD_ANSWERS: &[Answer] = &[
    Answer::new(
        OPENAI,
        "unknown_parameter",
        "{param}",
        "Unknown parameter: '{param}'. Did you mean {near}?",
    ),
    EXTRA_FIELD,
    UNKNOWN_NAME,
];
pub(super) const EXTRA_FIELD: Answer =
    Answer::anthropic(ANTHROPIC, "{dotted}: Extra inputs are not permitted");
const UNKNOWN_NAME: Answer = Answer::google(
    GEMINI,
    "Invalid JSON payload received. Unknown name \"{field}\": Cannot find field.",
);
pub(super) const PATTERN_ANSWER: Answer = Answer::anthropic(
    ANTHROPIC,
    "{dotted}: String should match pattern '{pattern}'",
);
const MAXIMUM_OF_TEMPERATURE: Answer = Answer {
    only_for: "temperature",
    ..Answer::anthropic(ANTHROPIC, "temperature: range: 0..1")
};
const MAXIMUM: Answer = Answer::anthropic(
    ANTHROPIC,
    "{dotted}: Input should be less than or equal to {most}",
);
const MINIMUM: Answer = Answer::anthropic(
    ANTHROPIC,
    "{dotted}: Input should be greater than or equal to {least}",
);

faults! {
    /// Slots: none.
    MISSING = Fault {
        code: codes::MISSING_PARAMETER,
        severity: SETTINGS,
        message: "missing `{param}`",
        remedy: "set it",
        answers: &[
            MISSING_ANSWER,
            Answer::anthropic(ANTHROPIC, "{dotted}: Field required"),
            Answer { only_for: "contents", ..NO_CONTENTS },
            Answer { only_for: "contents", ..NO_CONTENTS_AT_VERTEX },
        ],
        ..FAULT
    };
    /// The field that the endpoint checks before all others.
    MISSING_FIRST = Fault {
        phase: Phase::Missing,
        severity: By::Always(Severity::Refused),
        ..MISSING
    };
    NO_MODEL = Fault {
        code: codes::MISSING_PARAMETER,
        phase: Phase::Model,
        severity: By::Always(Severity::Refused),
        message: "the request names no model",
        remedy: "set `model`",
        answers: &[NAME_A_MODEL, MISSING_ANSWER],
        callers_own: true,
        ..FAULT
    };
    /// Measured: Responses treats null as an object.
    MODEL_IS_NULL = Fault {
        answers: &[NAME_A_MODEL, TYPE_ANSWER],
        ..NO_MODEL
    };
    MODEL_IS_EMPTY = Fault {
        answers: &[
            NAME_A_MODEL,
            Answer::new(
                RESPONSES,
                "model_not_found",
                "{param}",
                "The requested model '' does not exist.",
            ),
        ],
        ..NO_MODEL
    };
    /// A chat request that was sent to Responses.
    MOVED_MESSAGES = Fault {
        code: codes::MISSING_PARAMETER,
        phase: Phase::Missing,
        severity: By::Always(Severity::Refused),
        message: "the request has `messages` and no `input`",
        remedy: "send it to Chat Completions, or rename `messages` to `input`",
        answers: &[Answer::new(
            RESPONSES,
            "unsupported_parameter",
            "",
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
        )],
        ..FAULT
    };
    /// Slots: `field`, the name alone.
    UNKNOWN_FIELD = Fault {
        code: codes::UNKNOWN_PARAMETER,
        phase: Phase::Unknown,
        severity: By::Form(|strictness| strictness.unknown),
        message: "the endpoint has no field `{param}`",
        remedy: "remove it",
        answers: UNKNOWN_FIELD_ANSWERS,
        fix: Fix::Field,
        callers_own: true,
        ..FAULT
    };
    /// Slots: `near`, the names that may be meant, as the API lists them; `names`, as our message
    /// does.
    MISSPELLED_FIELD = Fault {
        severity: By::Form(|strictness| strictness.typo),
        remedy: "rename it to {names}, or remove it",
        answers: MISSPELLED_FIELD_ANSWERS,
        ..UNKNOWN_FIELD
    };
    /// Checked with the form of its object, not with the names of the top level.
    UNKNOWN_MEMBER = Fault {
        phase: Phase::Form,
        ..UNKNOWN_FIELD
    };
    MISSPELLED_MEMBER = Fault {
        phase: Phase::Form,
        ..MISSPELLED_FIELD
    };
    /// JSON parsers differ: most read the last value, some the first, and some refuse the request
    /// (RFC 8259, section 4).
    DUPLICATE_KEY = Fault {
        code: codes::DUPLICATE_KEY,
        severity: By::Always(Severity::Risky),
        message: "`{param}` is set more than once, with different values",
        remedy: "remove all but one; which of them is read depends on the server",
        ..FAULT
    };
    /// Slots: `assumed`, `own`: formats.
    ASSUMED_FORMAT = Fault {
        code: codes::ASSUMED_FORMAT,
        severity: By::Always(Severity::Risky),
        message: "read as `{assumed}`, which the host serves too; as `{own}`, its own format, it would be refused",
        remedy: "give the format of the endpoint that it is sent to: `--format {own}`, or `Budget::check_bytes_as`",
        ..FAULT
    };
    /// Slots: `expected`, `got`; `wanted`, the type in Anthropic's words, if known.
    WRONG_TYPE = Fault {
        code: codes::INVALID_TYPE,
        severity: SETTINGS,
        message: "`{param}` must be {expected}, but is {got}",
        remedy: "change its type",
        answers: &[
            TYPE_ANSWER,
            Answer::anthropic(ANTHROPIC, "{dotted}: Input should be a valid {wanted}"),
        ],
        ..FAULT
    };
    /// Slots: `most`, `got`.
    INTEGER_ABOVE = Fault {
        code: codes::OUT_OF_RANGE,
        severity: SETTINGS,
        message: "`{param}` is {got}, the maximum is {most}",
        remedy: "lower it to {most}, or remove it",
        answers: &[INTEGER_ABOVE_ANSWER, MAXIMUM_OF_TEMPERATURE, MAXIMUM],
        fix: Fix::Bound("most"),
        ..FAULT
    };
    DECIMAL_ABOVE = Fault {
        answers: &[
            Answer::new(
                OPENAI,
                "decimal_above_max_value",
                "{param}",
                "Invalid '{param}': decimal above maximum value. Expected a value <= {most}, but got {got} instead.",
            ),
            MAXIMUM_OF_TEMPERATURE,
            MAXIMUM,
        ],
        ..INTEGER_ABOVE
    };
    /// Slots: `least`, `got`.
    INTEGER_BELOW = Fault {
        code: codes::OUT_OF_RANGE,
        severity: SETTINGS,
        message: "`{param}` is {got}, the minimum is {least}",
        remedy: "raise it to {least}, or remove it",
        answers: &[
            Answer::new(
                OPENAI,
                "integer_below_min_value",
                "{param}",
                "Invalid '{param}': integer below minimum value. Expected a value >= {least}, but got {got} instead.",
            ),
            MINIMUM,
        ],
        fix: Fix::Bound("least"),
        ..FAULT
    };
    DECIMAL_BELOW = Fault {
        answers: &[
            Answer::new(
                OPENAI,
                "decimal_below_min_value",
                "{param}",
                "Invalid '{param}': decimal below minimum value. Expected a value >= {least}, but got {got} instead.",
            ),
            MINIMUM,
        ],
        ..INTEGER_BELOW
    };
    /// The limit depends on the model, so it is checked after the fields.
    TOP_LOGPROBS_ABOVE = Fault {
        phase: Phase::Value,
        answers: &[INTEGER_ABOVE_ANSWER],
        ..INTEGER_ABOVE
    };
    /// Measured on gpt-5.6.
    TOP_LOGPROBS_ABOVE_5 = Fault {
        answers: &[Answer::new(
            CHAT,
            "",
            "{param}",
            "Invalid value for '{param}': must be less than or equal to {most}.",
        )],
        ..TOP_LOGPROBS_ABOVE
    };
    /// Slots: `value`; `words` as the API lists them, `choices` as our message does.
    UNKNOWN_WORD = Fault {
        code: codes::INVALID_VALUE,
        severity: WORDS,
        message: "`{param}` has an unknown value",
        remedy: "use one of {choices}",
        answers: &[UNKNOWN_WORD_ANSWER],
        ..FAULT
    };
    /// An unknown type of an item: the answer names the item. Slots: also `item`.
    UNKNOWN_KIND = Fault {
        severity: OPENAI_ALONE,
        message: "the endpoint does not support items of this kind here",
        answers: &[Answer { param: "{item}", ..UNKNOWN_WORD_ANSWER }],
        ..UNKNOWN_WORD
    };
    /// Slots: `most`, `length`.
    LONG_STRING = Fault {
        code: codes::STRING_TOO_LONG,
        severity: SETTINGS,
        message: "`{param}` has {length} characters, the maximum is {most}",
        remedy: "shorten it",
        answers: &[TOO_LONG_ANSWER],
        ..FAULT
    };
    EMPTY_STRING = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "`{param}` is an empty string",
        remedy: "set it to a non-empty string, or remove it",
        answers: &[Answer::new(
            OPENAI,
            "empty_string",
            "{param}",
            "Invalid '{param}': empty string. Expected a string with minimum length 1, but got an empty string instead.",
        )],
        ..FAULT
    };
    /// Slots: `most`, `length`.
    LONG_LIST = Fault {
        code: codes::TOO_MANY_ENTRIES,
        severity: SETTINGS,
        message: "`{param}` has {length} entries, the maximum is {most}",
        remedy: "remove entries",
        answers: &[LONG_LIST_ANSWER],
        ..FAULT
    };
    /// Slots: `most`, `length`.
    MANY_PROPERTIES = Fault {
        answers: &[Answer::new(
            OPENAI,
            "object_above_max_properties",
            "{param}",
            "Invalid '{param}': too many properties. Expected an object with at most {most} properties, but got an object with {length} properties instead.",
        )],
        ..LONG_LIST
    };
    /// Slots: `most`, `length`, and `name`, as the API shortens it.
    LONG_PROPERTY_NAME = Fault {
        message: "a name in `{param}` has {length} characters, the maximum is {most}",
        answers: &[Answer::new(
            OPENAI,
            "property_name_above_max_length",
            "{param}",
            "Invalid property name in '{param}': '{name}' is too long. Expected a string with maximum length {most}, but got a string with length {length} instead.",
        )],
        ..LONG_STRING
    };
    /// Slots: `pattern`.
    WRONG_PATTERN = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "`{param}` must match `{pattern}`",
        remedy: "use only characters that the pattern allows",
        answers: &[
            Answer::new(
                OPENAI,
                "invalid_value",
                "{param}",
                "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
            ),
            PATTERN_ANSWER,
        ],
        ..FAULT
    };
    /// Name of a tool or a schema.
    WRONG_NAME = Fault {
        severity: NAMES,
        ..WRONG_PATTERN
    };
    /// Reports the parser's own error where no rule covers it. Slots: `what`, `remedy`.
    UNREADABLE = Fault {
        code: codes::UNREADABLE_REQUEST,
        severity: By::Always(Severity::Refused),
        message: "{what}",
        remedy: "{remedy}",
        ..FAULT
    };
    /// Slots: `category`.
    SCREENED = Fault {
        code: codes::CONTENT_POLICY,
        phase: Phase::Tokens,
        message: "the screening found content of category {category}",
        remedy: "remove it, or ask the owner of the policy",
        ..FAULT
    };
}
