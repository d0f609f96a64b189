//! A history during a fit, as numbers: its original sizes, the current sizes, and the edits.
//!
//! Sizes are stored per message; nothing is written. Every edit is logged with its effect, so that
//! it can be undone.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use super::MessageCounts;
use super::counter::{MessageCounter, size_of};
use super::keep::Keep;
use crate::edit::Action;
use crate::request::{GroupIndex, GroupKind, Groups, PartKind, Request, Role};

/// Target of an edit; no target is edited twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A part of a message, or of one of its results.
    Part {
        message: usize,
        result: Option<usize>,
        part: usize,
    },
    /// A whole result of a message.
    Result { message: usize, result: usize },
    /// The arguments of a call of a message.
    Arguments { message: usize, call: usize },
}

/// Fixed facts of the history during a fit.
pub(super) struct History<'d> {
    pub(super) request: &'d Request<'d>,
    pub(super) groups: &'d Groups,
    pub(super) counter: &'d dyn MessageCounter,
    pub(super) keep: &'d Keep,
    /// Whether each group is protected wherever it is.
    pub(super) fixed: Vec<bool>,
    /// Whether each group contains content of the user. In some formats it can be next to the
    /// results of calls.
    pub(super) asks: Vec<bool>,
    /// Size around the results of each tool.
    pub(super) framings: RefCell<HashMap<String, u64>>,
    /// Message and position of the first result of each tool.
    pub(super) firsts: OnceCell<HashMap<String, (usize, usize)>>,
    /// Original size of each message.
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
            firsts: OnceCell::new(),
            // The caller's counter may have returned too few.
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
    /// Returns the original size of each group.
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

/// An edit, and the data to undo it.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) action: Action,
    /// Strategy that requested it; `None` if it was unavoidable.
    pub(super) strategy: Option<usize>,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) target: Option<Target>,
    /// Remaining size of the target: a string that was cut can be cut again.
    pub(super) left: u64,
    /// Edits of one unit are undone together, such as those of a question and its answer.
    pub(super) unit: usize,
}

/// Current state of the history.
pub(super) struct State {
    /// Current size of each message.
    pub(super) sizes: Vec<u64>,
    pub(super) group_sizes: Vec<u64>,
    pub(super) dropped: Vec<bool>,
    /// Groups that exist and are not dropped, in order.
    pub(super) live: Vec<usize>,
    /// Whether each group is more than instructions in a field, from which alone no request can be
    /// made.
    pub(super) speaks: Vec<bool>,
    /// Number of such groups that exist and are not dropped.
    pub(super) speaking: usize,
    /// Number of groups that exist at this step; the rest follows later.
    pub(super) visible: usize,
    pub(super) total: u64,
    pub(super) made: Vec<Made>,
    /// Number of units that were begun.
    pub(super) units: usize,
    pub(super) edited: HashSet<Target>,
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

    /// Creates the state with all groups.
    pub(super) fn whole(history: &History<'_>) -> State {
        let mut state = State::new(history);
        for _ in 0..history.groups.len() {
            state.push_group();
        }
        state
    }

    /// Replaces groups and earlier summaries by a summary.
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
        // The summary is a message that stays.
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
            target: None,
            left: tokens,
            unit: self.units,
        });
        self.settle();
    }

    /// Adds the next group of the history.
    pub(super) fn push_group(&mut self) {
        self.live.push(self.visible);
        self.speaking += usize::from(self.speaks[self.visible]);
        self.total = self.total.saturating_add(self.group_sizes[self.visible]);
        self.visible += 1;
    }

    /// Removes groups that were dropped for good.
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
        self.edited.extend(made.target);
        self.made.push(made);
    }

    /// Undoes edits until `left` remain.
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
                // Made once, before any edit that can be undone.
                Action::Summarized { .. } => {}
                _ => self.resize(&made, groups, made.after, made.before),
            }
            if let Some(target) = made.target {
                self.edited.remove(&target);
            }
        }
    }

    /// Undoes the drop of one group.
    pub(super) fn bring_back(&mut self, group: usize) {
        let dropped = |made: &Made| matches!(made.action, Action::DroppedGroup { group: of } if of.get() == group);
        if let Some(at) = self.made.iter().position(dropped) {
            let made = self.made.remove(at);
            self.dropped[group] = false;
            self.speaking += usize::from(self.speaks[group]);
            self.total = self.total.saturating_add(made.before);
        }
    }

    /// Whether nothing would be left to send without a group.
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
