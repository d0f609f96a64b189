//! Special tokens: ids that ordinary text never yields, and which decode to a string such as
//! `<|endoftext|>`.

// SPECIAL: the encodings by name, each with its special tokens in the order of their ids; from
// data/vocabularies.json.
include!(concat!(env!("OUT_DIR"), "/special.rs"));

/// Returns the text of a special token of the encoding.
pub(super) fn text(encoding: &str, id: u32) -> Option<&'static str> {
    let (_, tokens) = SPECIAL.iter().find(|(name, _)| *name == encoding)?;
    let at = tokens.binary_search_by_key(&id, |&(id, _)| id).ok()?;
    Some(tokens[at].1)
}
