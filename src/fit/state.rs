//! A history while it is being fitted, as numbers: what it was, what has become of it, and what led there.
//!
//! Sizes are kept message by message; nothing is written. Every edit is logged with what it changed, so that what went too
//! far can be taken back.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::MessageCounts;
use super::counter::{MessageCounter, size_of};
use super::keep::Keep;
use crate::edit::Action;
use crate::request::{GroupIndex, GroupKind, Groups, PartKind, Request, Role};

/// A place that was edited: it is not edited again.
pub(super) type Place = (usize, Option<usize>, usize, bool);

/// What is known of the history: the same throughout a fitting.
pub(super) struct History<'d> {
    pub(super) request: &'d Request<'d>,
    pub(super) groups: &'d Groups,
    pub(super) counter: &'d dyn MessageCounter,
    pub(super) keep: &'d Keep,
    /// Of each group: whether it is kept wherever it stands.
    pub(super) fixed: Vec<bool>,
    /// Of each group: whether the user says something in it. Some formats have that beside the results of calls.
    pub(super) asks: Vec<bool>,
    /// What stands around the results of each tool.
    pub(super) framings: RefCell<HashMap<String, u64>>,
    /// Of each message, as it came.
    pub(super) counted: Vec<u64>,
    pub(super) around: u64,
}

impl<'d> History<'d> {
    pub(super) fn new(
        request: &'d Request<'d>,
        groups: &'d Groups,
        counter: &'d dyn MessageCounter,
        keep: &'d Keep,
        counts: &MessageCounts,
    ) -> History<'d> {
        let summaries = keep.summaries(request, groups);
        let says = |message: &usize| {
            let message = request.message(*message);
            message.role() == Role::User
                && message.parts().any(|part| part.kind() == PartKind::Text)
        };
        let mut asks: Vec<bool> = groups
            .iter()
            .map(|group| group.kind() == GroupKind::User || group.messages().iter().any(says))
            .collect();
        for &summary in &summaries {
            asks[summary] = false;
        }
        History {
            fixed: keep.fixed(request, groups, &summaries),
            asks,
            framings: RefCell::new(HashMap::new()),
            // A counter of the caller's may have counted too few.
            counted: (0..request.messages().len())
                .map(|index| {
                    counts
                        .messages
                        .get(index)
                        .map_or(0, |&count| size_of(count))
                })
                .collect(),
            around: size_of(counts.around),
            request,
            groups,
            counter,
            keep,
        }
    }
}

impl History<'_> {
    /// The size of each group, as it came.
    pub(super) fn group_sizes(&self) -> Vec<u64> {
        let size = |messages: &[usize]| {
            let sizes = messages.iter().map(|&message| self.counted[message]);
            sizes.fold(0, u64::saturating_add)
        };
        self.groups
            .iter()
            .map(|group| size(group.messages()))
            .collect()
    }
}

/// One edit that was made, and what takes it back.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) action: Action,
    /// Which strategy asked for it; `None` for what had to be.
    pub(super) strategy: Option<usize>,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) place: Option<Place>,
    /// What is left of the place: a text that was cut can be cut again.
    pub(super) left: u64,
    /// Edits of one unit are taken back together: a question and its answer.
    pub(super) unit: usize,
}

/// What has become of the history so far.
pub(super) struct State {
    /// Of each message: its size now.
    pub(super) sizes: Vec<u64>,
    pub(super) group_sizes: Vec<u64>,
    pub(super) dropped: Vec<bool>,
    /// The groups that are there and stay, in order.
    pub(super) live: Vec<usize>,
    /// Of each group: whether it is more than instructions that a field holds, which no request can be made of.
    pub(super) speaks: Vec<bool>,
    /// How many such groups are there and stay.
    pub(super) speaking: usize,
    /// How many groups are there; the rest comes later.
    pub(super) visible: usize,
    pub(super) total: u64,
    pub(super) made: Vec<Made>,
    /// How many units of edits were begun.
    pub(super) units: usize,
    pub(super) edited: HashSet<Place>,
}

impl State {
    pub(super) fn new(history: &History<'_>) -> State {
        let group_sizes = history.group_sizes();
        let speaks = |message: &usize| {
            let message = history.request.message(*message);
            message.list_index().is_some() || !message.role().is_instructions()
        };
        State {
            sizes: history.counted.clone(),
            speaks: history
                .groups
                .iter()
                .map(|group| group.messages().iter().any(speaks))
                .collect(),
            speaking: 0,
            dropped: vec![false; group_sizes.len()],
            group_sizes,
            live: Vec::new(),
            visible: 0,
            total: history.around,
            made: Vec::new(),
            units: 0,
            edited: HashSet::new(),
        }
    }

    /// With all groups there.
    pub(super) fn whole(history: &History<'_>) -> State {
        let mut state = State::new(history);
        for _ in 0..history.groups.len() {
            state.push_group();
        }
        state
    }

    /// Puts a summary in the place of groups and of earlier summaries.
    pub(super) fn summarize(
        &mut self,
        history: &History<'_>,
        groups: Vec<GroupIndex>,
        replaces: Vec<usize>,
        tokens: u64,
        bytes: usize,
        strategy: usize,
    ) {
        let mut before = 0_u64;
        let mut first = replaces.first().copied();
        for &group in groups.iter().filter(|&group| !self.dropped[group.get()]) {
            before = before.saturating_add(self.group_sizes[group.get()]);
            let message = history
                .groups
                .get(group)
                .and_then(|group| group.messages().first().copied());
            first = first.into_iter().chain(message).min();
        }
        for group in groups.iter().map(|group| group.get()) {
            if !std::mem::replace(&mut self.dropped[group], true) {
                self.speaking -= usize::from(self.speaks[group]);
            }
        }
        // The summary is a message, and stays.
        self.speaking += 1;
        for &message in &replaces {
            let size = std::mem::take(&mut self.sizes[message]);
            let group = history
                .groups
                .of_message(message)
                .map_or(0, |group| group.nth());
            if !self.dropped[group] {
                self.group_sizes[group] = self.group_sizes[group].saturating_sub(size);
                before = before.saturating_add(size);
            }
        }
        self.total = self.total.saturating_sub(before).saturating_add(tokens);
        self.made.push(Made {
            action: Action::Summarized {
                groups,
                replaces,
                message: first.unwrap_or_default(),
                bytes,
            },
            strategy: Some(strategy),
            before,
            after: tokens,
            place: None,
            left: tokens,
            unit: self.units,
        });
        self.settle();
    }

    /// The next group of the history comes.
    pub(super) fn push_group(&mut self) {
        self.live.push(self.visible);
        self.speaking += usize::from(self.speaks[self.visible]);
        self.total = self.total.saturating_add(self.group_sizes[self.visible]);
        self.visible += 1;
    }

    /// Forgets groups that were dropped for good.
    pub(super) fn settle(&mut self) {
        let dropped = &self.dropped;
        self.live.retain(|&group| !dropped[group]);
    }

    pub(super) fn group_sizes(&self) -> &[u64] {
        &self.group_sizes
    }

    pub(super) fn is_dropped(&self, group: usize) -> bool {
        self.dropped[group]
    }

    pub(super) fn make(&mut self, made: Made, groups: &Groups) {
        match made.action {
            Action::DroppedGroup { group } => {
                let group = group.get();
                self.dropped[group] = true;
                self.speaking -= usize::from(self.speaks[group]);
                self.total = self.total.saturating_sub(made.before);
            }
            _ => self.resize(&made, groups, made.before, made.after),
        }
        self.edited.extend(made.place);
        self.made.push(made);
    }

    /// Takes edits back until so many are left.
    pub(super) fn undo_to(&mut self, left: usize, groups: &Groups) {
        while self.made.len() > left {
            let Some(made) = self.made.pop() else { break };
            match made.action {
                Action::DroppedGroup { group } => {
                    let group = group.get();
                    self.dropped[group] = false;
                    self.speaking += usize::from(self.speaks[group]);
                    self.total = self.total.saturating_add(made.before);
                }
                // Made once, before what can be taken back.
                Action::Summarized { .. } => {}
                _ => self.resize(&made, groups, made.after, made.before),
            }
            if let Some(place) = made.place {
                self.edited.remove(&place);
            }
        }
    }

    /// Takes the dropping of one group back.
    pub(super) fn bring_back(&mut self, group: usize) {
        let dropped = |made: &Made| matches!(made.action, Action::DroppedGroup { group: of } if of.get() == group);
        if let Some(at) = self.made.iter().position(dropped) {
            let made = self.made.remove(at);
            self.dropped[group] = false;
            self.speaking += usize::from(self.speaks[group]);
            self.total = self.total.saturating_add(made.before);
        }
    }

    /// Whether without a group nothing would be left to send.
    pub(super) fn is_last(&self, group: usize) -> bool {
        self.speaks[group] && self.speaking == 1
    }

    pub(super) fn resize(&mut self, made: &Made, groups: &Groups, from: u64, to: u64) {
        let Some(message) = made.action.message() else {
            return;
        };
        let group = groups.of_message(message).map_or(0, |group| group.nth());
        for size in [
            &mut self.sizes[message],
            &mut self.group_sizes[group],
            &mut self.total,
        ] {
            *size = size.saturating_sub(from).saturating_add(to);
        }
    }
}
