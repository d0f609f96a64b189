//! Reasoning that messages and items carry: encrypted, or as text.

use std::borrow::Cow;

use crate::json::Value;

/// Returns the reasoning that a chat message carries as plain text.
pub(crate) fn shown_reasoning(message: Value<'_>) -> Option<Cow<'_, str>> {
    ["reasoning_content", "reasoning"]
        .into_iter()
        .find_map(|field| message.get_some(field)?.as_str())
}

/// Returns the bytes that a message or an item holds encrypted, in base64: `encrypted_content` of
/// an item, the `reasoning_details` of a message that a gateway answered with.
pub(crate) fn encrypted_bytes(item: Value<'_>) -> u64 {
    let len = |text: Option<Value<'_>>| {
        text.and_then(|text| text.as_str())
            .map_or(0, |text| text.len() as u64)
    };
    let details: u64 = item.get_some("reasoning_details").map_or(0, |details| {
        details.items().map(|one| len(one.get_some("data"))).sum()
    });
    (len(item.get_some("encrypted_content")) + details) * 3 / 4
}
