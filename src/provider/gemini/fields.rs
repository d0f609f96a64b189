//! Fields of Google's generateContent, in both spellings. Source: the API reference (2026-11).

use crate::provider::field::{Field, FieldTable, FieldType, MOST, field};

pub(crate) const TABLE: FieldTable = FieldTable {
    fields: FIELDS,
    in_order: false,
};

pub(crate) const FIELDS: &[Field] = &[
    field("contents", FieldType::Any),
    field("model", FieldType::Str(0)),
    field("tools", FieldType::Any),
    field("toolConfig", FieldType::Obj),
    field("tool_config", FieldType::Obj),
    field("systemInstruction", FieldType::Any),
    field("system_instruction", FieldType::Any),
    field("generationConfig", FieldType::Obj),
    field("generation_config", FieldType::Obj),
    field("safetySettings", FieldType::List("a list of settings")),
    field("safety_settings", FieldType::List("a list of settings")),
    field("cachedContent", FieldType::Str(0)),
    field("cached_content", FieldType::Str(0)),
    field("labels", FieldType::Obj),
    field("store", FieldType::Bool),
    field("serviceTier", FieldType::Any),
    field("service_tier", FieldType::Any),
    field("modelArmorConfig", FieldType::Obj),
    field("model_armor_config", FieldType::Obj),
    field("continuationToken", FieldType::Any),
    field("continuation_token", FieldType::Any),
    field("outputConfig", FieldType::Any),
    field("output_config", FieldType::Any),
    field("generateContentRequest", FieldType::Obj),
    field("generate_content_request", FieldType::Obj),
];

/// Ranges of `generationConfig`, in both spellings.
pub(crate) const CONFIG: &[(&[&str], FieldType)] = &[
    (&["temperature"], FieldType::Dec(0.0, 2.0)),
    (&["topP", "top_p"], FieldType::Dec(0.0, 1.0)),
    (&["topK", "top_k"], FieldType::Dec(0.0, 1_000_000.0)),
    (&["candidateCount", "candidate_count"], FieldType::Int(1, 8)),
    (
        &["maxOutputTokens", "max_output_tokens"],
        FieldType::Int(1, MOST),
    ),
    (&["stopSequences", "stop_sequences"], FieldType::Stop(5)),
];
