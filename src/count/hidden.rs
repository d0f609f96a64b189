//! Upper bounds of hidden reasoning.
//!
//! For encrypted or signed reasoning the request contains the text, unreadable: base64 of at least
//! its bytes, and no token has less than one byte (docs/evidence/billing.md, section 2.3: encrypted
//! items are billed by their hidden length). For reasoning stored by the server it only contains an
//! id: then the bound is the model's output limit.

use crate::count::TokenCount;
use crate::model::Model;
use crate::request::{Message, PartKind};

/// Shorter runs are ids and words.
const LEAST_RUN: usize = 64;

/// Returns the maximum number of hidden tokens of a message.
pub(super) fn most(model: &Model, message: &Message<'_>) -> u64 {
    if message.is_reference() {
        return TokenCount::UNBOUNDED;
    }
    match opaque_bytes(message) {
        0 if keeps_items(message) => model.max_output_tokens().unwrap_or(TokenCount::UNBOUNDED),
        bytes => bytes,
    }
}

/// Whether the server may have the content of an item that the request names by id.
fn keeps_items(message: &Message<'_>) -> bool {
    !message.format().wire().item_id.is_empty()
}

/// Whether only the server has the hidden content of a message.
pub(crate) fn is_kept_elsewhere(message: &Message<'_>) -> bool {
    message.has_hidden()
        && (message.is_reference() || (keeps_items(message) && opaque_bytes(message) == 0))
}

/// Returns the encrypted bytes of a message's parts, except images and files. Linear in them.
fn opaque_bytes(message: &Message<'_>) -> u64 {
    let media = |kind| {
        matches!(
            kind,
            PartKind::Image | PartKind::Audio | PartKind::Video | PartKind::File
        )
    };
    let mut encoded = 0;
    let mut parts = 0;
    for part in message.parts() {
        parts += 1;
        if !media(part.kind()) {
            encoded += runs(part.raw_json());
        }
    }
    if parts == 0 {
        encoded = runs(message.raw_json());
    }
    encoded * 3 / 4
}

/// Returns the total length of base64 runs in a string.
fn runs(text: &str) -> u64 {
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    text.as_bytes()
        .split(|&b| !is_sign(b))
        .filter(|run| run.len() >= LEAST_RUN)
        .map(|run| run.len() as u64)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Models, Request};

    #[test]
    fn what_is_hidden_has_a_bound() {
        let model = Models::builtin().get("gpt-5").expect("it is listed");
        let blob = "aB3+".repeat(100);
        for (item, most_tokens, elsewhere) in [
            (
                r#"{"type": "reasoning", "id": "rs_1", "summary": []}"#.to_owned(),
                128_000,
                true,
            ),
            (
                format!(r#"{{"type": "reasoning", "summary": [], "encrypted_content": "{blob}"}}"#),
                300,
                false,
            ),
            (
                r#"{"type": "item_reference", "id": "msg_1"}"#.to_owned(),
                TokenCount::UNBOUNDED,
                true,
            ),
        ] {
            let body = format!(r#"{{"model": "gpt-5", "input": [{item}]}}"#);
            let request = Request::parse(body.as_str()).expect("a request");
            let message = request.messages().next().expect("a message");
            assert_eq!(most(&model, &message), most_tokens, "{item}");
            assert_eq!(is_kept_elsewhere(&message), elsewhere, "{item}");
        }
    }
}
