//! Applies keep rules to a history: the groups they protect, and the rule that protects a message.

use super::keep::Keep;
use super::state::History;
use crate::request::{GroupKind, Groups, Message, PartKind, Request, Role};

/// Protection of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// Not protected.
    None,
    /// At the end of the history: it is not removed, but a strategy may cut a long result in it.
    End,
    /// Not edited at all.
    Whole,
}

impl Keep {
    /// Whether a rule protects each group, for rules that do not depend on the end of the history.
    pub(super) fn fixed(
        &self,
        request: &Request<'_>,
        groups: &Groups,
        summaries: &[usize],
    ) -> Vec<bool> {
        let mut kept: Vec<bool> = groups
            .iter()
            .map(|group| {
                group.is_pinned() || (self.instructions && group.kind() == GroupKind::Instructions)
            })
            .collect();
        let mut keep = |message: usize| {
            if let Some(group) = groups.of_message(message) {
                kept[group.nth()] = true;
            }
        };
        if self.first_user {
            let first = groups
                .turns()
                .iter()
                .map(|turn| turn.start)
                .find(|&message| {
                    groups
                        .of_message(message)
                        .is_none_or(|group| !summaries.contains(&group.nth()))
                });
            first.into_iter().for_each(&mut keep);
        }
        // A summarized message has no other content; the next summary includes it.
        for &group in summaries {
            if let Some(&message) = groups.nth(group).and_then(|group| group.messages().first()) {
                keep(message);
            }
        }
        let prefix = self.first_messages.max(self.cached_messages(request));
        (0..prefix.min(request.messages().len())).for_each(&mut keep);
        for &message in &self.pins {
            keep(message);
        }
        for message in request.messages() {
            let developer = self.developer && message.role() == Role::Developer;
            let pinned = self
                .pinned_where
                .as_ref()
                .is_some_and(|pinned| pinned(&message));
            let named = !self.tools.is_empty()
                && message.tool_calls().any(|call| {
                    call.name()
                        .is_some_and(|name| self.tools.iter().any(|kept| *kept == name))
                });
            if developer || pinned || named {
                keep(message.index());
            }
        }
        if request.format().wire().calls_follow_user {
            // A protected call requires the user message that its turn begins with.
            let openings: Vec<usize> = groups
                .iter()
                .filter(|group| group.kind() == GroupKind::Round && kept[group.nth()])
                .filter_map(|group| Some(groups.turns().get(group.turn()?)?.start))
                .filter_map(|message| Some(groups.of_message(message)?.nth()))
                .collect();
            for group in openings {
                kept[group] = true;
            }
        }
        kept
    }

    /// Returns the groups that contain an earlier summary.
    pub(super) fn summaries(&self, request: &Request<'_>, groups: &Groups) -> Vec<usize> {
        let Some(known) = &self.summarized else {
            return Vec::new();
        };
        let messages = request
            .messages()
            .filter(|message| known.is_summary(message));
        messages
            .filter_map(|message| groups.of_message(message.index()))
            .map(|group| group.nth())
            .collect()
    }

    /// Whether the caller pinned a message.
    pub(super) fn pins_message(&self, message: &Message<'_>) -> bool {
        self.pins.contains(&message.index())
            || self
                .pinned_where
                .as_ref()
                .is_some_and(|pinned| pinned(message))
    }

    /// Number of messages up to the first cache mark. Marks in the last two turns move with the
    /// conversation and are ignored.
    fn cached_messages(&self, request: &Request<'_>) -> usize {
        if !self.cached_prefix {
            return 0;
        }
        let moving = request
            .messages()
            .rev()
            .filter(|message| message.role() == Role::User)
            .nth(1)
            .map_or(0, |message| message.index());
        request
            .messages()
            .take(moving)
            .find(|message| has_cache_mark(message))
            .map_or(0, |message| message.index() + 1)
    }

    /// Returns the first group of the protected end, for a history up to group `end`; `sizes` are
    /// the groups' sizes.
    pub(super) fn end_from(&self, groups: &Groups, end: usize, sizes: &[u64]) -> usize {
        let mut from = end.saturating_sub(self.last_groups);
        if self.last_messages > 0 || self.last_tokens > 0 {
            let (mut messages, mut tokens) = (0, 0_u64);
            let mut at = end;
            while at > 0 {
                tokens = tokens.saturating_add(sizes[at - 1]);
                let within = messages < self.last_messages || tokens <= self.last_tokens;
                if !within {
                    break;
                }
                at -= 1;
                messages += groups.nth(at).map_or(0, |group| group.messages().len());
            }
            from = from.min(at);
        }
        if self.last_turns > 0 {
            let mut turns = 0;
            let mut at = end;
            // Groups of a turn are adjacent: count where a new turn begins.
            let mut of = usize::MAX;
            while at > 0 {
                let turn = groups.nth(at - 1).and_then(|group| group.turn());
                match turn {
                    None => break,
                    Some(turn) if turn != of => {
                        turns += 1;
                        of = turn;
                    }
                    Some(_) => {}
                }
                if turns > self.last_turns {
                    break;
                }
                at -= 1;
            }
            from = from.min(at);
        }
        from
    }
}

/// Whether the request has a cache mark at this message.
fn has_cache_mark(message: &Message<'_>) -> bool {
    let field = message.format().wire().cache_mark;
    message.parts().any(|part| {
        part.kind() == PartKind::CacheMark
            || (!field.is_empty() && part.value().get_some(field).is_some())
    })
}

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

/// Returns the rule that keeps the end of a history.
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
