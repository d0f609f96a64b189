//! Rules of other libraries as separate strategies: each asks the draft for what that library would
//! remove.

use serde_json::Value;
use tokenfit::fit::{Cut, Draft, DropOldest, Strategy};
use tokenfit::request::{Group, GroupKind, Role};

pub(crate) struct Rule<F>(pub(crate) F);

impl<F: Fn(&mut Draft<'_>) + Send + Sync> Strategy for Rule<F> {
    fn propose(&self, draft: &mut Draft<'_>) {
        (self.0)(draft);
    }
}

pub(crate) fn rule<F: Fn(&mut Draft<'_>) + Send + Sync>(propose: F) -> Rule<F> {
    Rule(propose)
}

/// Whole turns, before them all instructions.
pub(crate) fn turns(draft: &mut Draft<'_>) {
    for group in draft.groups() {
        if group.kind() == GroupKind::Instructions && !draft.is_done() {
            draft.drop_group(group.index());
        }
    }
    DropOldest::turns().propose(draft);
}

/// Whole past turns, then the steps of the current one.
pub(crate) fn turns_then_steps(draft: &mut Draft<'_>) {
    let groups = draft.groups();
    let present = groups.iter().filter_map(Group::turn).max();
    let mut of = None;
    for group in groups {
        // The rest of a turn that was begun follows.
        let begun = group.turn().is_some() && group.turn() == of && group.turn() != present;
        if draft.is_done() && !begun {
            return;
        }
        of = group.turn();
        draft.drop_group(group.index());
    }
}

/// Everything before a message.
pub(crate) fn cut_at(draft: &mut Draft<'_>, message: usize) {
    for group in draft.groups() {
        if group.messages()[0] < message {
            draft.drop_group(group.index());
        }
    }
}

/// The side of a history that stays, the roles that it may begin and end with, and whether the
/// message at the cut is cut.
pub(crate) struct Trim {
    pub(crate) last: bool,
    pub(crate) start_on: Vec<String>,
    pub(crate) end_on: Vec<String>,
    pub(crate) partial: bool,
}

impl Trim {
    fn end(&self, draft: &mut Draft<'_>) {
        for group in draft.groups().iter().rev() {
            let last = role_of(draft, *group.messages().last().unwrap());
            if self.end_on.is_empty() || self.end_on.contains(&last) {
                return;
            }
            draft.drop_group(group.index());
        }
    }

    fn start(&self, draft: &mut Draft<'_>) {
        for group in draft.groups() {
            let first = role_of(draft, group.messages()[0]);
            if self.start_on.is_empty() || self.start_on.contains(&first) {
                return;
            }
            // Protected instructions precede its first message.
            draft.drop_group(group.index());
        }
    }

    fn shorten(&self, draft: &mut Draft<'_>, group: &Group<'_>) {
        let (index, excess) = (group.messages()[0], draft.excess());
        let message = draft.message(index).unwrap();
        let alone = group.messages().len() == 1 && message.parts().len() == 1;
        if self.partial && alone && draft.size_of(group.index()) > excess {
            let room = draft.count_text(&message.text()).saturating_sub(excess);
            let cut = if self.last {
                Cut::last(room)
            } else {
                Cut::first(room)
            };
            draft.shorten(index, None, 0.into(), &cut.marker("").at_lines(false));
        }
    }
}

impl Strategy for Trim {
    fn propose(&self, draft: &mut Draft<'_>) {
        if self.last {
            self.end(draft);
        }
        let mut groups = draft.groups();
        if !self.last {
            groups.reverse();
        }
        for group in groups {
            if draft.is_done() {
                break;
            }
            self.shorten(draft, &group);
            if !draft.is_done() {
                draft.drop_group(group.index());
            }
        }
        if self.last {
            self.start(draft);
        } else {
            self.end(draft);
        }
    }
}

/// The last `number` messages; the cut moves back over calls and results, and to a close user
/// message.
pub(crate) fn last_messages(draft: &mut Draft<'_>, number: usize, slack: usize, to_user: bool) {
    let request = draft.request();
    let groups = request.groups();
    let mut cut = request.messages().len().saturating_sub(number);
    while cut > 0 && groups.of_message(cut).unwrap().kind() == GroupKind::Round {
        cut -= 1;
    }
    let near = (cut.saturating_sub(slack)..=cut)
        .rev()
        .find(|&at| to_user && draft.message(at).unwrap().role() == Role::User);
    cut_at(draft, near.unwrap_or(cut));
}

/// About `number` messages, starting at a user message; nothing if there is none.
pub(crate) fn last_from_user(draft: &mut Draft<'_>, number: usize) {
    let request = draft.request();
    let from = request.messages().len().saturating_sub(number);
    let user = request
        .messages()
        .skip(from)
        .find(|message| message.role() == Role::User);
    if let Some(user) = user {
        cut_at(draft, user.index());
    }
}

/// A fraction of the messages after the first user message, without messages of the model at the
/// end.
pub(crate) fn ratio(draft: &mut Draft<'_>, fraction: f64, end_on: &[String]) {
    let groups = draft.groups();
    let rest: Vec<&Group<'_>> = groups
        .iter()
        .filter(|group| !draft.is_kept(group.index()))
        .collect();
    let messages: Vec<usize> = rest
        .iter()
        .flat_map(|group| group.messages())
        .copied()
        .collect();
    let first = (messages.len() as f64 * (1.0 - fraction)) as usize;
    let cut = messages.get(first).copied().unwrap_or(usize::MAX);
    cut_at(draft, cut);
    Trim {
        last: false,
        start_on: Vec::new(),
        end_on: end_on.to_vec(),
        partial: false,
    }
    .end(draft);
}

/// A fraction of the messages after the first, an even number.
pub(crate) fn even_fraction(draft: &mut Draft<'_>, fraction: f64) {
    let rest = draft.request().messages().len() - 1;
    let number = (rest as f64 * fraction) as usize / 2 * 2;
    cut_at(draft, 1 + number);
}

/// From the first user message that has a fraction of the history before it.
pub(crate) fn split(draft: &mut Draft<'_>, fraction: f64) {
    let request = draft.request();
    let goal = draft.size() as f64 * fraction;
    let (mut before, mut cut, mut found) = (0, 0, false);
    for message in request.messages() {
        if message.role() == Role::User && !found {
            cut = message.index();
            found = before as f64 >= goal;
        }
        before += draft.size_of_message(message.index());
    }
    let answered = request
        .messages()
        .last()
        .is_some_and(|last| last.role() == Role::Assistant && last.tool_calls().len() == 0);
    if !found && answered {
        cut = request.messages().len();
    }
    cut_at(draft, cut);
}

/// Replaces long results of old turns by their beginnings.
pub(crate) fn previews(
    draft: &mut Draft<'_>,
    recent: usize,
    most: u64,
    preview: u64,
    tools: &[String],
) {
    let turns = draft.request().groups().turns().len();
    let cut = Cut::first(preview);
    for group in draft.groups() {
        if group.turn().is_none_or(|turn| turn + recent >= turns) {
            continue;
        }
        let names: Vec<String> = group
            .messages()
            .iter()
            .flat_map(|&index| {
                draft
                    .message(index)
                    .unwrap()
                    .tool_calls()
                    .filter_map(|call| call.name().map(|name| name.into_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        if !tools.is_empty() && !names.iter().any(|name| tools.contains(name)) {
            continue;
        }
        for &index in group.messages() {
            let message = draft.message(index).unwrap();
            if message.role() == Role::Tool && draft.count_text(&message.text()) > most {
                draft.shorten(index, None, 0.into(), &cut);
            }
        }
    }
}

/// Reasoning and rounds of tool calls that are entirely before a message.
pub(crate) fn prune(draft: &mut Draft<'_>, reasoning_before: usize, rounds_before: usize) {
    for group in draft.groups() {
        let ends = *group.messages().last().unwrap();
        if group.kind() == GroupKind::Round && ends < rounds_before {
            draft.drop_group(group.index());
        }
        for &message in group
            .messages()
            .iter()
            .take_while(|&&at| at < reasoning_before)
        {
            for part in 0..draft.message(message).unwrap().parts().len() {
                draft.drop_reasoning(message, part.into());
            }
        }
    }
}

pub(crate) fn role_of(draft: &Draft<'_>, message: usize) -> String {
    draft.message(message).unwrap().role_name().into_owned()
}

/// A number that the application attached to a message.
pub(crate) fn priority(draft: &Draft<'_>, group: &Group<'_>) -> f64 {
    let message = draft.message(group.messages()[0]).unwrap();
    let value: Value = serde_json::from_str(message.raw_json()).unwrap();
    value["priority"].as_f64().unwrap_or(0.0)
}
