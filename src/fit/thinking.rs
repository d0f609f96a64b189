//! Thinking that is bound to the messages before it.
//!
//! The newest Claude models verify a returned thinking block against the instructions, the tools,
//! all messages before it, and the model that wrote it. After an edit all later thinking must be
//! removed, unless the request allows the server to drop it
//! (`thinking.block_binding.prefix_mismatch_behavior: "drop_block"`).
//!
//! The registry lists these models (`thinking_bound_to_prefix`). Source: Anthropic's documentation
//! on preserved thinking (2026), which names Fable 5.1 and 5.2, Opus 5.5, Sonnet 5.5 and Haiku 5.5;
//! it also applies on Bedrock, Google and Foundry.

use super::draft::Draft;
use super::state::{History, State};
use crate::edit::Action;
use crate::model::Model;
use crate::request::{PartKind, Request};

/// Whether a model refuses thinking whose prefix was edited, in this request.
pub(super) fn is_bound(model: Option<&Model>, request: &Request<'_>) -> bool {
    let binds = model.and_then(|model| model.abilities().thinking_bound_to_prefix) == Some(true);
    let server_drops = request
        .root_field("thinking")
        .and_then(|thinking| thinking.get_some("block_binding"))
        .and_then(|binding| binding.get_some("prefix_mismatch_behavior"))
        .is_some_and(|behavior| behavior.is_str("drop_block"));
    binds && !server_drops
}

/// Drops all thinking after the first edit; all of it if the whole request changed.
pub(super) fn unbind(history: &History<'_>, state: &mut State, whole: bool) {
    let first = if whole {
        Some(0)
    } else {
        state
            .made
            .iter()
            .filter_map(|made| match made.action {
                Action::DroppedGroup { group } => {
                    history.groups.get(group)?.messages().first().copied()
                }
                Action::Summarized { message, .. } => Some(message),
                _ => made.action.message(),
            })
            .min()
    };
    let Some(first) = first else {
        return;
    };
    let mut draft = Draft::new(history, state, 0);
    for message in history.request.messages().skip(first) {
        let group = history.groups.of_message(message.index());
        if group.is_none_or(|group| draft.state.is_dropped(group.nth())) {
            continue;
        }
        for part in message.parts() {
            if matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning) {
                draft.take_reasoning(message.index(), part.index());
            }
        }
    }
}
