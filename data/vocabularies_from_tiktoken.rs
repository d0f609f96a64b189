//! From the vocabularies in `tiktoken-rs` to `data/vocabularies.json`.
//!
//! Shared by the example `make_vocabularies`, which writes the file, and by a test, which holds the committed file equal to
//! what the linked version of `tiktoken-rs` has. So a dependency update that changes a vocabulary, and with it counts, fails a
//! test; and once the file is made anew the data version moves.

#[path = "fnv.rs"]
mod fnv;

use std::collections::BTreeMap;

use tiktoken_rs::CoreBPE;

/// Above the highest id of the six (201,087).
const IDS: u32 = 300_000;

/// The text of `data/vocabularies.json` for the linked `tiktoken-rs`.
pub(crate) fn vocabularies() -> Result<String, String> {
    let encodings: [(&str, &CoreBPE); 6] = [
        ("cl100k_base", tiktoken_rs::cl100k_base_singleton()),
        ("o200k_base", tiktoken_rs::o200k_base_singleton()),
        ("o200k_harmony", tiktoken_rs::o200k_harmony_singleton()),
        ("p50k_base", tiktoken_rs::p50k_base_singleton()),
        ("p50k_edit", tiktoken_rs::p50k_edit_singleton()),
        ("r50k_base", tiktoken_rs::r50k_base_singleton()),
    ];
    let mut out = String::from("{\n");
    out += "\"about\": \"Made by `cargo run --example make_vocabularies`; see data/README.md. ordinary_fnv1a64: over (length \
            as u32 little endian, bytes) of every ordinary token in the order of the ids.\",\n";
    out += "\"encodings\": [\n";
    for (i, (name, bpe)) in encodings.iter().enumerate() {
        let comma = if i + 1 < encodings.len() { "," } else { "" };
        out += &format!("{}{comma}\n", encoding(name, bpe)?);
    }
    out += "]\n}\n";
    Ok(out)
}

fn encoding(name: &str, bpe: &CoreBPE) -> Result<String, String> {
    let mut special: BTreeMap<u32, &str> = BTreeMap::new();
    for text in bpe.special_tokens() {
        match bpe.encode_with_special_tokens(text).as_slice() {
            [id] if *id < IDS => special.insert(*id, text),
            other => {
                return Err(format!(
                    "{name}: special token `{text}` encodes to {other:?}"
                ));
            }
        };
    }
    let mut ordinary = 0u32;
    let mut hash = fnv::Fnv::new();
    for id in (0..IDS).filter(|id| !special.contains_key(id)) {
        // An id that is not in the vocabulary is an error here, and no reason to stop: the ids have gaps.
        if let Ok(bytes) = bpe.decode_bytes(&[id]) {
            let len = u32::try_from(bytes.len())
                .map_err(|_| format!("{name}: token {id} is too long"))?;
            hash.write(&len.to_le_bytes());
            hash.write(&bytes);
            ordinary += 1;
        }
    }
    let special: Vec<String> = special
        .iter()
        .map(|(id, text)| serde_json::to_string(text).map(|text| format!("  {text}: {id}")))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    Ok(format!(
        "{{\"name\": \"{name}\", \"ordinary_tokens\": {ordinary}, \"ordinary_fnv1a64\": \"{:016x}\", \"special_tokens\": \
         {{\n{}\n}}}}",
        hash.finish(),
        special.join(",\n")
    ))
}
