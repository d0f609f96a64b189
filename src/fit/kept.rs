//! Names the rule that protects a message, for the report of a request that cannot be made to fit.

use super::keep::Keep;
use super::state::History;
use crate::request::{GroupKind, Role};

/// Returns the word of the first rule that protects a message, as the command spells it; `None` if
/// only the strategies leave it. Linear in the groups.
pub(super) fn rule(history: &History<'_>, message: usize) -> Option<&'static str> {
    let (keep, request, groups) = (history.keep, history.request, history.groups);
    let group = groups.of_message(message)?;
    let nth = group.nth();
    let view = request.message(message);
    let names_tool = || {
        view.tool_calls().any(|call| {
            call.name()
                .is_some_and(|name| keep.tools.iter().any(|kept| *kept == name))
        })
    };
    let asks_last = || (0..groups.len()).rev().find(|&group| history.asks[group]) == Some(nth);
    let is_open = || nth + 1 == groups.len() && group.kind() == GroupKind::Round;
    let fixed = history.fixed[nth];
    let rules: [(&'static str, bool); 9] = [
        ("message", keep.pins_message(&view)),
        (
            "instructions",
            keep.instructions && group.kind() == GroupKind::Instructions,
        ),
        (
            "developer",
            keep.developer && view.role() == Role::Developer,
        ),
        ("tool", !keep.tools.is_empty() && names_tool()),
        ("first_messages", message < keep.first_messages),
        ("first_user", fixed && keep.first_user && history.asks[nth]),
        ("cached_prefix", fixed && keep.cached_prefix),
        ("last_user", keep.last_user && asks_last()),
        ("open_round", keep.open_round && is_open()),
    ];
    let found = rules.into_iter().find(|(_, holds)| *holds);
    found.map(|(word, _)| word).or_else(|| {
        let sizes = history.group_sizes();
        let from = keep.end_from(groups, groups.len(), &sizes);
        (nth >= from).then(|| end_rule(keep)).flatten()
    })
}

/// Returns the word of the rule that protects the end of a history.
fn end_rule(keep: &Keep) -> Option<&'static str> {
    let rules = [
        ("last_turns", keep.last_turns > 0),
        ("last_groups", keep.last_groups > 0),
        ("last_messages", keep.last_messages > 0),
        ("last_tokens", keep.last_tokens > 0),
    ];
    rules
        .into_iter()
        .find(|(_, set)| *set)
        .map(|(word, _)| word)
}
