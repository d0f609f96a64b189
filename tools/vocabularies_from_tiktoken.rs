//! Generator of `data/vocabularies.json` and `data/vocabulary/*.pairs` from the vocabularies in
//! `tiktoken-rs`.
//!
//! Shared by the example `make_vocabularies`, which writes the files, and by a test that compares
//! the committed files with the linked `tiktoken-rs`. So a dependency update that changes a
//! vocabulary, and with it counts, fails a test; and regenerating the file changes the data
//! version.

#[path = "../build/fnv.rs"]
mod fnv;

use std::collections::{BTreeMap, HashMap};

use tiktoken_rs::CoreBPE;

/// Larger than the highest id of the six (201,087).
const IDS: u32 = 300_000;

/// Returns the text of `data/vocabularies.json` for the linked `tiktoken-rs`.
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
        // An id that is not in the vocabulary is an error here, but the ids have gaps.
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

/// Returns the vocabularies as pairs, by file name: see `layout.rs` for the format.
pub(crate) fn pairs() -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    [
        ("o200k_base", tiktoken_rs::o200k_base_singleton(), 199_998),
        ("cl100k_base", tiktoken_rs::cl100k_base_singleton(), 100_256),
        ("p50k_base", tiktoken_rs::p50k_base_singleton(), 50_281),
        ("r50k_base", tiktoken_rs::r50k_base_singleton(), 50_256),
    ]
    .into_iter()
    .map(|(name, bpe, end)| {
        Ok((
            name,
            pairs_of(bpe, end).map_err(|e| format!("{name}: {e}"))?,
        ))
    })
    .collect()
}

fn pairs_of(bpe: &CoreBPE, end: u32) -> Result<Vec<u8>, String> {
    let mut tokens = Vec::new();
    for id in 0..end {
        let bytes = bpe.decode_bytes(&[id]).map_err(|_| format!("no id {id}"))?;
        // p50k has a special token among the ordinary ones.
        let special = bytes.len() > 4 && bytes.starts_with(b"<|") && bytes.ends_with(b"|>");
        tokens.push((!special).then_some(bytes));
    }
    let ids: HashMap<&[u8], u32> = tokens
        .iter()
        .zip(0..)
        .filter_map(|(token, id)| Some((token.as_deref()?, id)))
        .collect();
    let mut out = Vec::new();
    for (token, id) in tokens.iter().zip(0u32..) {
        match token.as_deref() {
            Some(&[byte]) if id < 256 => out.push(byte),
            Some(bytes) if id >= 256 => {
                for half in halves(bytes, id, &ids)? {
                    out.extend(&half.to_le_bytes()[..3]);
                }
            }
            None if id >= 256 => out.extend([0xff; 6]),
            _ => {
                return Err(format!(
                    "the first 256 ids are single bytes, but {id} is not"
                ));
            }
        }
    }
    Ok(out)
}

/// Returns the two tokens that merge into this one: the result of merging its bytes with only lower
/// ids.
fn halves(token: &[u8], id: u32, ids: &HashMap<&[u8], u32>) -> Result<[u32; 2], String> {
    let mut cuts: Vec<usize> = (0..=token.len()).collect();
    while cuts.len() > 3 {
        let next = cuts
            .windows(3)
            .enumerate()
            .filter_map(|(at, ends)| Some((*ids.get(&token[ends[0]..ends[2]])?, at)))
            .min()
            .filter(|(merged, _)| *merged < id);
        let (_, at) = next.ok_or_else(|| format!("no merge leads to {id}"))?;
        cuts.remove(at + 1);
    }
    let half = |at: usize| ids.get(&token[cuts[at]..cuts[at + 1]]).copied();
    match (half(0), half(1)) {
        (Some(left), Some(right)) if left < id && right < id => Ok([left, right]),
        _ => Err(format!("{id} is not made of two tokens with lower ids")),
    }
}
