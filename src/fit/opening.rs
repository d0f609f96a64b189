//! The turn that a history opens with: where the provider refuses one that begins with the assistant, what is left begins
//! with the user.

use super::draft::Draft;
use super::state::{History, State};
use crate::edit::Action;
use crate::request::GroupKind;

/// Drops what is before the first message of the user, or brings the message back that what is kept there belongs to.
pub(super) fn begin_with_user(history: &History<'_>, state: &mut State) {
    if !history.request.format().wire().begins_with_user {
        return;
    }
    let summarized = |state: &State| {
        let mut made = state.made.iter();
        made.any(|made| matches!(made.action, Action::Summarized { .. }))
    };
    // A summary is a message of the user, and stands first.
    if summarized(state) {
        return;
    }
    while let Some(first) =
        (0..state.visible).find(|&group| !state.dropped[group] && state.speaks[group])
    {
        let group = history.groups.get(first.into());
        let is_users = group.is_some_and(|group| group.kind() == GroupKind::User);
        if is_users || history.asks[first] {
            return;
        }
        if Draft::new(history, state, 0).drop_group(first.into()) {
            continue;
        }
        // It is kept: its question comes back. Where it never had one, that is how the history came.
        let question = group
            .and_then(|group| history.groups.turns().get(group.turn()?))
            .and_then(|turn| history.groups.of_message(turn.start))
            .map(|group| group.index().get());
        if let Some(question) = question.filter(|&question| state.dropped[question]) {
            state.bring_back(question);
        }
        return;
    }
}
