//! Fields of embeddings and of the legacy completions.
//!
//! Source: docs/evidence/validation.md, sections 7 and 8.

use crate::provider::field::{Field, FieldTable, FieldType, LEAST, MOST, field};

pub(crate) const EMBEDDINGS: FieldTable = FieldTable {
    fields: EMBEDDINGS_FIELDS,
    in_order: true,
};
pub(crate) const COMPLETIONS: FieldTable = FieldTable {
    fields: COMPLETIONS_FIELDS,
    in_order: true,
};

const EMBEDDINGS_FIELDS: &[Field] = &[
    field("model", FieldType::Any),
    field("input", FieldType::Any),
    field("encoding_format", FieldType::Word(&["float", "base64"])),
    field("dimensions", FieldType::Int(1, MOST)),
    field("user", FieldType::Str(0)),
];

const COMPLETIONS_FIELDS: &[Field] = &[
    field("model", FieldType::Any),
    field("prompt", FieldType::Any),
    field("best_of", FieldType::Int(0, 20)),
    field("echo", FieldType::Bool),
    field("frequency_penalty", FieldType::Dec(-2.0, 2.0)),
    field("logit_bias", FieldType::LogitBias),
    field("logprobs", FieldType::Int(0, 5)),
    field("max_tokens", FieldType::Int(0, MOST)),
    field("n", FieldType::Int(1, 128)),
    field("presence_penalty", FieldType::Dec(-2.0, 2.0)),
    field("seed", FieldType::Int(LEAST, MOST)),
    field("stop", FieldType::Stop(4)),
    field("stream", FieldType::Bool),
    field(
        "stream_options",
        FieldType::Members(&[
            field("include_usage", FieldType::Bool),
            field("include_obfuscation", FieldType::Bool),
        ]),
    ),
    field("suffix", FieldType::Str(0)),
    field("temperature", FieldType::Dec(0.0, 2.0)),
    field("top_p", FieldType::Dec(0.0, 1.0)),
    field("user", FieldType::Str(0)),
];
