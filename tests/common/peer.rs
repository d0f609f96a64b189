//! The crate `tokenizers` with the vocabularies of `data/vocabulary`.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "shared by tests and benchmarks, each of which uses a part"
)]

use tokenfit::Encoding;
use tokenfit::encoding::TokenizerJson;

use super::{llama3, twins};

/// Returns the tokenizer of an encoding that has merges of bytes.
pub(crate) fn of(encoding: Encoding) -> Option<TokenizerJson> {
    let name = encoding.name();
    let form = |whole_first, nfc| llama3::Form {
        patterns: twins::patterns(name),
        nfc,
        whole_first,
        // GLM 4's tokens are the first of GLM 5's.
        end: if name == "glm4" { 151_329 } else { usize::MAX },
    };
    let form = match name {
        "glm4" | "glm5" | "mistral_tekken" | "minimax_m2" | "kimi_k2" => form(true, false),
        "qwen35" => form(true, true),
        "qwen2" => form(false, true),
        "deepseek" => form(false, false),
        _ => return None,
    };
    let file = if name == "glm4" { "glm5" } else { name };
    let bytes = twins::file(&format!("{file}.bpe"));
    Some(llama3::tokenizer_of(&bytes, &form))
}
