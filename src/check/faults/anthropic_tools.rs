//! Faults of Anthropic's Messages about cache marks, tools and schemas.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault, Fix};
use super::super::finding::Repair;
use super::fields::EXTRA_FIELD;
use super::{ANTHROPIC, SETTINGS};

const NO_ADDITIONAL: Answer = Answer::anthropic(
    ANTHROPIC,
    "{schema}: For 'object' type, 'additionalProperties' must be explicitly set to false",
);

faults! {
    // --- cache marks
    CACHE_ON_EMPTY_TEXT = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "an empty text block is marked for the cache",
        remedy: "remove the block, or move its mark to another one",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}.text: cache_control cannot be set for empty text blocks",
        )],
        repair: Repair::CacheMark,
        ..FAULT
    };
    CACHE_ON_THINKING = Fault {
        code: codes::UNKNOWN_PARAMETER,
        message: "a thinking block cannot be marked for the cache",
        remedy: "move the mark to the block after it",
        answers: &[EXTRA_FIELD],
        fix: Fix::Field,
        repair: Repair::None,
        ..CACHE_ON_EMPTY_TEXT
    };
    CACHE_TYPE = Fault {
        message: "the type of a cache mark must be ephemeral",
        remedy: "set it to ephemeral",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be 'ephemeral'")],
        repair: Repair::None,
        ..CACHE_ON_EMPTY_TEXT
    };
    CACHE_TTL = Fault {
        message: "the ttl of a cache mark must be 5m or 1h",
        remedy: "use one of them, or remove it",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be '5m' or '1h'")],
        repair: Repair::None,
        ..CACHE_ON_EMPTY_TEXT
    };
    CACHE_TTL_ORDER = Fault {
        code: codes::PARAMETER_CONFLICT,
        message: "a cache mark of 1h follows one of 5m (the order is tools, system, messages)",
        remedy: "set earlier marks to 1h, or this one to 5m",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        )],
        repair: Repair::CacheMark,
        ..CACHE_ON_EMPTY_TEXT
    };
    /// Slots: `tool`.
    DEFERRED_WITH_CACHE = Fault {
        code: codes::PARAMETER_CONFLICT,
        message: "tool {tool} is deferred, and marked for the cache",
        remedy: "remove the mark",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "Tool '{tool}' cannot have both defer_loading=true and cache_control set. Tools with defer_loading cannot use prompt caching.",
        )],
        repair: Repair::CacheMark,
        ..CACHE_ON_EMPTY_TEXT
    };

    // --- tools and schemas
    ALL_DEFERRED = Fault {
        code: codes::PARAMETER_CONFLICT,
        severity: SETTINGS,
        message: "all tools are deferred",
        remedy: "set `defer_loading` of one tool to false, or add a tool search",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "At least one tool must have defer_loading=false. All tools cannot be deferred.",
        )],
        ..FAULT
    };
    /// Slots: `tool`.
    TOOL_NAME_TWICE = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "another tool has the name {tool}",
        remedy: "give each tool its own name",
        answers: &[Answer::anthropic(ANTHROPIC, "tools: Tool names must be unique.")],
        ..FAULT
    };
    SCHEMA_NOT_OBJECT = Fault {
        code: codes::INVALID_SCHEMA,
        severity: SETTINGS,
        message: "the input schema of a tool must have the type object",
        remedy: "set its `type` to object",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be 'object'")],
        repair: Repair::Schema,
        ..FAULT
    };
    /// Slots: `keyword`.
    SCHEMA_COMBINATOR = Fault {
        message: "the input schema of a tool has `{keyword}` at its root",
        remedy: "merge the branches into one list of properties",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: input_schema does not support oneOf, allOf, or anyOf at the top level",
        )],
        ..SCHEMA_NOT_OBJECT
    };
    /// Slots: `pattern`.
    SCHEMA_KEY = Fault {
        message: "a property of the input schema has a name that does not match `{pattern}`",
        remedy: "rename the property",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}.properties: Property keys should match pattern '{pattern}'",
        )],
        repair: Repair::None,
        ..SCHEMA_NOT_OBJECT
    };
    /// Slots: `keyword`.
    SCHEMA_DRAFT = Fault {
        message: "the input schema is not valid in draft 2020-12: its keyword `{keyword}` has an invalid value",
        remedy: "correct the keyword",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12).",
        )],
        repair: Repair::None,
        ..SCHEMA_NOT_OBJECT
    };
    /// Slots: `count`, `most`.
    MANY_STRICT_TOOLS = Fault {
        code: codes::TOO_MANY_ENTRIES,
        severity: SETTINGS,
        message: "{count} tools are strict, the maximum is {most}",
        remedy: "set `strict` of some tools to false",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "Too many strict tools ({count}). The maximum number of strict tools supported is {most}. Try reducing the number of tools marked as strict.",
        )],
        ..FAULT
    };
    MANY_OPTIONAL = Fault {
        code: codes::INVALID_SCHEMA,
        message: "the strict schemas have {count} optional properties, the maximum is {most}",
        remedy: "require some of them, or set `strict` of some tools to false",
        answers: &[],
        ..MANY_STRICT_TOOLS
    };
    MANY_UNIONS = Fault {
        message: "the strict schemas have {count} properties with several types, the maximum is {most}",
        remedy: "give some of them one type, or set `strict` of some tools to false",
        ..MANY_OPTIONAL
    };
    /// Slots of this and the next three: `schema`, the place in the API's spelling.
    STRICT_ADDITIONAL = Fault {
        message: "an object of a strict schema does not set `additionalProperties` to false",
        remedy: "set it to false in every object",
        answers: &[NO_ADDITIONAL],
        repair: Repair::Schema,
        ..SCHEMA_NOT_OBJECT
    };
    /// Slots: also `type`, `keyword`.
    FORMAT_KEYWORD = Fault {
        message: "the schema of the answer has `{keyword}`, which is not supported",
        remedy: "remove it, and describe it in `description`",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{schema}: For '{type}' type, property '{keyword}' is not supported",
        )],
        repair: Repair::None,
        ..SCHEMA_NOT_OBJECT
    };
    FORMAT_ONE_OF = Fault {
        remedy: "use anyOf",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{schema}: Schema type '{keyword}' is not supported",
        )],
        ..FORMAT_KEYWORD
    };
    FORMAT_RECURSION = Fault {
        message: "the schema of the answer refers to itself",
        remedy: "write out as many levels as the answer needs",
        answers: &[],
        repair: Repair::None,
        ..SCHEMA_NOT_OBJECT
    };
}
