//! Tools, tool choice and schemas.
//!
//! Source: docs/evidence/validation.md, section 5, and docs/evidence/validation.md, section 6; the
//! API's answers of 2026-08-30 and 2026-09-04.

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault};
use super::super::finding::Phase;
use super::{CHAT, OPENAI, OPENAI_ALONE, RESPONSES, SETTINGS};

/// Answer about a schema. `subject` begins the sentence; `schema_code` and `schema_param` belong to
/// the schema's owner.
pub(super) const fn schema(message: &'static str) -> Answer {
    Answer::new(OPENAI, "{schema_code}", "{schema_param}", message)
}

const REQUIRED: Answer = schema(
    "{subject}: {context}'required' is required to be supplied and to be an array including every key in properties.{rest}",
);

faults! {
    /// Slots: `tool`.
    UNKNOWN_TOOL = Fault {
        code: codes::UNKNOWN_TOOL,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`tool_choice` names {tool}, which is not among the tools",
        remedy: "choose a tool from the list, or add it",
        answers: &[
            // Measured 2026-09-04: the answer uses the names of the deprecated fields.
            Answer::new(
                CHAT,
                "",
                "function_call",
                "Invalid value for 'function_call': no function named '{tool}' was specified in the 'functions' parameter.",
            ),
            Answer::new(
                RESPONSES,
                "",
                "tool_choice",
                "Tool choice '{tool}' not found in 'tools' parameter.",
            ),
        ],
        ..FAULT
    };
    /// Mistral accepts it.
    ONLY_WITH_TOOLS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: OPENAI_ALONE,
        message: "`{param}` requires tools",
        remedy: "remove `{param}`",
        answers: &[Answer::new(
            CHAT,
            "",
            "{param}",
            "Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.",
        )],
        ..FAULT
    };

    // --- schemas; slots: `subject`, `schema_code`, `schema_param`, `context`
    /// Slots: also `type`, if the API shows one.
    SCHEMA_ROOT = Fault {
        code: codes::INVALID_SCHEMA,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the root of the schema is not of type object",
        remedy: "add `\"type\": \"object\"` at its root",
        answers: &[schema(
            "{subject}: schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{type}\"'.",
        )],
        ..FAULT
    };
    SCHEMA_ROOT_CHOICE = Fault {
        message: "the root of the schema is an `anyOf`",
        remedy: "move the choice to a property of an object",
        answers: &[],
        ..SCHEMA_ROOT
    };
    SCHEMA_ADDITIONAL = Fault {
        message: "strict mode requires `additionalProperties: false` on every object",
        remedy: "add it to the object",
        answers: &[schema(
            "{subject}: {context}'additionalProperties' is required to be supplied and to be false.",
        )],
        ..SCHEMA_ROOT
    };
    /// Slots: `property`; `rest`.
    SCHEMA_REQUIRED = Fault {
        message: "strict mode requires every property in `required`; {property} is not",
        remedy: "add it to `required`; make an optional property nullable instead",
        answers: &[REQUIRED],
        ..SCHEMA_ROOT
    };
    SCHEMA_EXTRA = Fault {
        message: "{property} is in `required`, but is not a property",
        remedy: "remove it from `required`",
        ..SCHEMA_REQUIRED
    };
    /// Slots: `keyword`.
    SCHEMA_KEYWORD = Fault {
        message: "strict mode does not support `{keyword}`",
        remedy: "rewrite the schema without `{keyword}`, or disable strict mode",
        answers: &[schema("{subject}: {context}'{keyword}' is not permitted.")],
        ..SCHEMA_ROOT
    };
    /// Slots: `count`, `things`, `most`.
    SCHEMA_SIZE = Fault {
        message: "the schema has {count} {things}, the maximum of strict mode is {most}",
        remedy: "make the schema smaller, or disable strict mode",
        answers: &[],
        ..SCHEMA_ROOT
    };
}
