//! Order of turns after an edit: if the provider refuses a history that begins with the assistant,
//! the rest must begin with the user; if user and assistant must take turns, an answer between two
//! kept questions is restored.

use super::draft::Draft;
use super::state::{History, State};
use crate::edit::Action;
use crate::request::GroupKind;

/// Drops everything before the first user message, or restores the user message of a protected
/// group.
pub(super) fn begin_with_user(history: &History<'_>, state: &mut State) {
    if !history.request.format().wire().begins_with_user {
        return;
    }
    let summarized = |state: &State| {
        let mut made = state.made.iter();
        made.any(|made| matches!(made.action, Action::Summarized { .. }))
    };
    // A summary is a user message at the start.
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
        // It is protected, so its question is restored. If it never had one, the original history
        // began this way.
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

/// Restores an answer between two user messages that are left side by side. Linear, plus the
/// restored groups.
pub(super) fn take_turns(history: &History<'_>, state: &mut State) {
    let kind = |group: usize| history.groups.nth(group).map(|group| group.kind());
    let mut asked = None;
    let mut answers = Vec::new();
    for group in (0..state.visible).filter(|&group| !state.dropped[group]) {
        match kind(group) {
            Some(GroupKind::Instructions) => continue,
            Some(GroupKind::User) => {}
            _ => {
                asked = None;
                continue;
            }
        }
        let answer = asked.and_then(|asked: usize| {
            (asked + 1..group)
                .rev()
                .find(|&between| kind(between) == Some(GroupKind::Answer))
        });
        answers.extend(answer);
        asked = Some(group);
    }
    for answer in answers {
        state.bring_back(answer);
    }
}
