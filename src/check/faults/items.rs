//! Faults of OpenAI beyond fields: schemas that are not strict, items of Responses.
//!
//! Source: docs/evidence/validation_other_providers.md, section E.

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault, Fix};
use super::super::finding::{Phase, Repair};
use super::fields::MISSING_ANSWER;
use super::tools::{SCHEMA_ROOT, schema};
use super::{CHAT, OPENAI_ALONE, RESPONSES};

faults! {
    // --- schemas that are not strict; slots as in `tools.rs`
    LOOSE_ITEMS = Fault {
        severity: OPENAI_ALONE,
        message: "an array in the schema has no `items`",
        remedy: "add `items`, an empty object for any value",
        answers: &[schema("{subject}: {context}array schema missing items.")],
        repair: Repair::Schema,
        ..SCHEMA_ROOT
    };
    LOOSE_PROPERTIES = Fault {
        severity: OPENAI_ALONE,
        message: "the schema has no `properties`",
        remedy: "add `properties`, an empty object if there are none",
        answers: &[schema("{subject}: In context=(), object schema missing properties.")],
        repair: Repair::Schema,
        ..SCHEMA_ROOT
    };
    /// Slots: also `keyword`.
    LOOSE_TOP = Fault {
        severity: OPENAI_ALONE,
        message: "the root of the schema has `{keyword}`",
        remedy: "move it into a property, or merge its branches",
        answers: &[schema(
            "{subject}: schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.",
        )],
        repair: Repair::Schema,
        ..SCHEMA_ROOT
    };

    // --- settings of Chat Completions
    TWO_MAXIMA = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: OPENAI_ALONE,
        message: "`max_tokens` and `max_completion_tokens` cannot be combined",
        remedy: "remove `max_tokens`",
        answers: &[Answer::new(
            CHAT,
            "invalid_parameter_combination",
            "",
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        )],
        fix: Fix::None,
        ..FAULT
    };

    // --- items
    /// Slots: `id`, `prefix`.
    ITEM_ID = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::Value,
        severity: OPENAI_ALONE,
        message: "the id {id} of the item does not begin with `{prefix}`",
        remedy: "remove the id, or send the item as the API returned it",
        answers: &[Answer::new(
            RESPONSES,
            "invalid_value",
            "{param}",
            "Invalid '{param}': '{id}'. Expected an ID that begins with '{prefix}'.",
        )],
        repair: Repair::ItemId,
        ..FAULT
    };
    /// Slots: `id`.
    ITEM_TWICE = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::History,
        severity: OPENAI_ALONE,
        message: "another item has the id {id}",
        remedy: "remove the later copy",
        answers: &[Answer::new(
            RESPONSES,
            "",
            "input",
            "Duplicate item found with id {id}. Remove duplicate items from your input and try again.",
        )],
        repair: Repair::ItemTwice,
        ..FAULT
    };
    ITEM_WITHOUT_SUMMARY = Fault {
        code: codes::MISSING_PARAMETER,
        severity: OPENAI_ALONE,
        message: "the reasoning item has no `summary`",
        remedy: "set it to `[]`",
        answers: &[MISSING_ANSWER],
        repair: Repair::Summary,
        ..FAULT
    };
    /// Slots: `id`.
    ITEM_NOT_STORED = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::History,
        message: "item {id} is only stored by the server, but `store` is false",
        remedy: "send the item itself; send reasoning with `encrypted_content`",
        repair: Repair::ItemLost,
        ..FAULT
    };
    /// Slots: `id`.
    ITEM_WITHOUT_REASONING = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::History,
        message: "the item {id} has no reasoning item before it; if the model reasoned, the server requires that",
        remedy: "restore the reasoning item, or remove the `id` of the item",
        repair: Repair::ItemUnled,
        ..FAULT
    };
    COMPACTION_NOT_LAST = Fault {
        code: codes::INVALID_VALUE,
        phase: Phase::Value,
        severity: OPENAI_ALONE,
        message: "the `compaction_trigger` item is not the last one",
        remedy: "move it to the end of the input",
        answers: &[Answer::new(
            RESPONSES,
            "",
            "",
            "The 'compaction_trigger' item must be the final input item.",
        )],
        ..FAULT
    };
}
