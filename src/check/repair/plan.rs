//! Plans edits from the same reading of calls and results that the check uses.
//!
//! ```text
//! results:  a duplicate, an orphan      left out
//!           a displaced one             moved behind its calls, or left out
//! calls:    the second of an id         left out, with its result
//!           without a result            answered, or left out; with it the message that has nothing else
//! ```

use std::collections::BTreeSet;

use super::super::history::{Pairs, Place};
use super::super::server::{Pairing, Rules};
use super::policy::{Displaced, Missing, RepairPolicy};
use crate::check::codes;
use crate::edit::{Action, Edit};
use crate::provider::Calls;
use crate::request::{Format, Message, PartKind, Request, Role, json_string};

/// Edits of a message.
#[derive(Debug, Default, Clone)]
pub(super) struct MessagePlan {
    pub(super) drop: bool,
    /// Calls to remove, by position in the message's list of calls.
    pub(super) calls: BTreeSet<usize>,
    /// Blocks to remove, by position in the message's content.
    pub(super) gone: BTreeSet<usize>,
    /// Blocks to insert after the results at the start of the message's content.
    pub(super) blocks: Vec<String>,
    /// Messages to insert directly after this one.
    pub(super) after: Vec<Insert>,
}

/// A message to insert into the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Insert {
    /// A moved message, by its position among the request's messages.
    Moved(usize),
    New(String),
}

/// Edits of one pass over a request, by message.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) messages: Vec<MessagePlan>,
    /// In the order of the messages.
    pub(super) edits: Vec<(usize, Edit)>,
}

impl Plan {
    pub(super) fn new(request: &Request<'_>) -> Plan {
        Plan {
            messages: vec![MessagePlan::default(); request.layout().messages.len()],
            edits: Vec::new(),
        }
    }

    /// Records an edit of a message.
    pub(super) fn note(&mut self, message: usize, edit: Edit) {
        self.edits.push((message, edit));
    }

    pub(super) fn finish(mut self) -> Option<Plan> {
        self.edits.sort_by_key(|(message, _)| *message);
        (!self.edits.is_empty()).then_some(self)
    }
}

/// Plans edits of calls and results.
pub(super) fn of_pairs(
    request: &Request<'_>,
    rules: &'static Rules,
    policy: &RepairPolicy,
) -> Option<Plan> {
    let mut planner = Planner {
        pairs: Pairs::of(request, rules),
        plan: Plan::new(request),
        request,
        rules,
        policy,
        moved: Vec::new(),
        lost: Vec::new(),
        emptied: Vec::new(),
        run_ends: Vec::new(),
    };
    planner.moved = vec![None; planner.pairs.calls.len()];
    planner.lost = planner
        .pairs
        .calls
        .iter()
        .map(|call| call.is_unanswered())
        .collect();
    if rules.pairing == Pairing::Anywhere {
        planner.run_ends = planner.ends_of_runs();
    }
    planner.results();
    planner.repeated_calls();
    planner.turns();
    planner.emptied_messages();
    planner.plan.finish()
}

struct Planner<'p> {
    request: &'p Request<'p>,
    rules: &'static Rules,
    policy: &'p RepairPolicy,
    pairs: Pairs<'p>,
    plan: Plan,
    /// Result to move after each call.
    moved: Vec<Option<usize>>,
    /// Whether each call has no result.
    lost: Vec<bool>,
    /// Messages that lose something other than a duplicate.
    emptied: Vec<usize>,
    /// Last of the consecutive calls of each message, where results may appear anywhere.
    run_ends: Vec<usize>,
}

/// The edit of a removed message, for a finding of this code.
pub(super) fn dropped_message(message: &Message<'_>, code: &'static str) -> Edit {
    let bytes = (message.raw_json().len(), 0);
    Edit::at(Action::DroppedMessage, message.pointer(), code, bytes)
}

/// Writes a user message that contains only results.
fn message_of_results(format: Format, blocks: &[String]) -> String {
    let field = format.wire().content;
    format!(r#"{{"role": "user", "{field}": [{}]}}"#, blocks.join(", "))
}

impl Planner<'_> {
    /// Removes a result from its place.
    fn take(&mut self, result: usize) {
        let answer = &self.pairs.results[result];
        let message = answer.message;
        if !(self.request.format().wire().calls == Calls::Blocks) {
            self.plan.messages[message].drop = true;
            return;
        }
        let block = answer.view.block_index();
        self.plan.messages[message].gone.insert(block);
        self.emptied.push(message);
    }

    fn note_result(
        &mut self,
        result: usize,
        action: Action,
        code: &'static str,
        call: Option<usize>,
    ) {
        let answer = &self.pairs.results[result];
        let id = answer.view.call_id().unwrap_or_default();
        let call = call.map(|call| self.pairs.calls[call].view.pointer());
        let bytes = answer.view.raw_json().len();
        let left = if action == Action::MovedResult {
            bytes
        } else {
            0
        };
        let edit = Edit::at(action, answer.view.pointer(), code, (bytes, left)).of_call(&id, call);
        self.plan.note(answer.message, edit);
    }

    /// Whether a message is outside of the list (a request that is a single content), so that it is
    /// not edited.
    fn is_fixed(&self, message: usize) -> bool {
        self.request.message(message).list_index().is_none()
    }

    fn results(&mut self) {
        let anywhere_unseen = self.rules.pairing == Pairing::Anywhere && self.pairs.unseen;
        for result in 0..self.pairs.results.len() {
            if self.is_fixed(self.pairs.results[result].message) {
                continue;
            }
            match self.pairs.results[result].place {
                Place::Duplicate(call)
                    if self.policy.duplicates && self.rules.duplicate_result.is_some() =>
                {
                    self.take(result);
                    self.note_result(
                        result,
                        Action::DroppedDuplicateResult,
                        codes::DUPLICATE_TOOL_RESULT,
                        Some(call),
                    );
                }
                Place::Orphan { .. }
                    if self.policy.orphans && self.rules.orphan.is_some() && !anywhere_unseen =>
                {
                    self.take(result);
                    self.note_result(
                        result,
                        Action::DroppedOrphanResult,
                        codes::ORPHAN_TOOL_RESULT,
                        None,
                    );
                }
                Place::Misplaced(call) if self.rules.misplaced.is_some() => {
                    match self.policy.displaced {
                        Displaced::Move => {
                            self.moved[call] = Some(result);
                            self.take(result);
                            self.note_result(
                                result,
                                Action::MovedResult,
                                codes::MISPLACED_TOOL_RESULT,
                                Some(call),
                            );
                        }
                        Displaced::Drop => {
                            self.lost[call] = true;
                            self.take(result);
                            self.note_result(
                                result,
                                Action::DroppedDisplacedResult,
                                codes::MISPLACED_TOOL_RESULT,
                                Some(call),
                            );
                        }
                        Displaced::Keep => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn remove_call(&mut self, call: usize, action: Action, code: &'static str) {
        let call = &self.pairs.calls[call];
        let (message, position) = (call.message, call.view.position());
        let bytes = (call.view.raw_json().len(), 0);
        let edit = Edit::at(action, call.view.pointer(), code, bytes).of_call(&call.id, None);
        self.plan.note(message, edit);
        let plan = &mut self.plan.messages[message];
        if self.request.format().wire().calls == Calls::Blocks {
            plan.gone.insert(position);
        } else {
            plan.calls.insert(position);
        }
        self.emptied.push(message);
    }

    /// Removes the second call with an id, and its result.
    fn repeated_calls(&mut self) {
        if !self.policy.duplicates || self.rules.duplicate_call.is_none() {
            return;
        }
        for call in 0..self.pairs.calls.len() {
            let fixed = self.is_fixed(self.pairs.calls[call].message);
            if self.pairs.calls[call].repeats.is_none() || fixed {
                continue;
            }
            self.remove_call(
                call,
                Action::RemovedDuplicateCall,
                codes::DUPLICATE_TOOL_CALL_ID,
            );
            self.lost[call] = false;
            if let Some(result) = self.pairs.calls[call].result
                && self.moved[call].take().is_none()
                && !self.is_taken(result)
            {
                self.take(result);
                self.note_result(
                    result,
                    Action::DroppedDuplicateResult,
                    codes::DUPLICATE_TOOL_CALL_ID,
                    Some(call),
                );
            }
        }
    }

    fn is_taken(&self, result: usize) -> bool {
        matches!(self.pairs.results[result].place, Place::Misplaced(_))
            && self.policy.displaced == Displaced::Drop
    }

    fn is_removed(&self, call: usize) -> bool {
        let call = &self.pairs.calls[call];
        self.plan.messages[call.message]
            .gone
            .contains(&call.view.position())
    }

    /// Inserts moved results and placeholders after each turn.
    fn turns(&mut self) {
        for turn in 0..self.pairs.turns.len() {
            let calls = self.pairs.turns[turn].calls.clone();
            let mut comes: Vec<(usize, Option<usize>)> = Vec::new();
            for call in calls {
                if let Some(result) = self.moved[call] {
                    comes.push((call, Some(result)));
                } else if self.lost[call] {
                    if self.is_pardoned(call) || self.is_fixed(self.pairs.calls[call].message) {
                        continue;
                    }
                    match self.policy.missing {
                        Missing::Answer(_) => comes.push((call, None)),
                        Missing::Drop => {
                            self.remove_call(call, Action::RemovedCall, codes::UNANSWERED_TOOL_CALL)
                        }
                        Missing::Keep => {}
                    }
                }
            }
            if comes.is_empty() {
                continue;
            }
            if self.request.format().wire().calls == Calls::Blocks {
                self.bring_blocks(turn, comes);
            } else {
                self.bring_messages(turn, &comes);
            }
        }
    }

    /// Whether a call without a result is acceptable: the provider accepts it, or the server may
    /// have the result.
    fn is_pardoned(&self, call: usize) -> bool {
        let messages = self.request.layout().messages.len();
        let turn = &self.pairs.turns[self.pairs.calls[call].turn];
        let at_end = turn.last + 1 >= messages;
        let verdict = if at_end {
            self.rules.pending
        } else {
            self.rules.unanswered
        };
        verdict.is_none() || (self.rules.pairing == Pairing::Anywhere && self.pairs.unseen)
    }

    /// Returns the placeholder for a call, and records the edit.
    fn placeholder(&mut self, call: usize) -> Option<String> {
        let Missing::Answer(text) = &self.policy.missing else {
            return None;
        };
        let lost_result = self.request.format().wire().lost_result;
        let json = lost_result(&self.pairs.calls[call].view, &json_string(text))?;
        let call = &self.pairs.calls[call];
        let edit = Edit::at(
            Action::AddedPlaceholder,
            call.view.pointer(),
            codes::UNANSWERED_TOOL_CALL,
            (0, json.len()),
        );
        self.plan.note(call.message, edit.of_call(&call.id, None));
        Some(json)
    }

    fn bring_messages(&mut self, turn: usize, comes: &[(usize, Option<usize>)]) {
        let mut behind = self.last_result_of(turn);
        for &(call, result) in comes {
            if let Some(end) = self.run_ends.get(self.pairs.calls[call].message) {
                behind = *end;
            }
            let insert = match result {
                Some(result) => Some(Insert::Moved(self.pairs.results[result].message)),
                None => self.placeholder(call).map(Insert::New),
            };
            self.plan.messages[behind].after.extend(insert);
        }
    }

    /// Returns the last message of a turn: that of its last result at the right place, or of its
    /// last call.
    fn last_result_of(&self, turn: usize) -> usize {
        let turn = &self.pairs.turns[turn];
        self.pairs.calls[turn.calls.clone()]
            .iter()
            .filter_map(|call| call.result)
            .filter(|&result| matches!(self.pairs.results[result].place, Place::Right(_)))
            .map(|result| self.pairs.results[result].message)
            .fold(turn.last, usize::max)
    }

    /// Returns for each message the last call of its run of consecutive calls: they stay together,
    /// because the preceding reasoning led to all of them.
    fn ends_of_runs(&self) -> Vec<usize> {
        let messages = self.request.layout().messages.len();
        let mut ends: Vec<usize> = (0..messages).collect();
        for at in (0..messages.saturating_sub(1)).rev() {
            if self.request.message(at + 1).tool_calls().len() > 0 {
                ends[at] = ends[at + 1];
            }
        }
        ends
    }

    fn bring_blocks(&mut self, turn: usize, comes: Vec<(usize, Option<usize>)>) {
        let last = self.pairs.turns[turn].last;
        let target = (last + 1 < self.request.layout().messages.len())
            .then(|| self.request.message(last + 1))
            .filter(|message| matches!(message.role(), Role::User | Role::Tool | Role::Function))
            // Blocks without a content to join are inserted as a new message.
            .filter(|message| {
                message
                    .content_value()
                    .is_some_and(|content| !content.is_null())
            })
            .map(|message| message.index());
        // Results of the turn in a later message move as well, in the order of the calls: new
        // results must be in the first message, and all of them in one.
        let mut all: Vec<(usize, Option<usize>)> = comes;
        for call in self.pairs.turns[turn].calls.clone() {
            if let Some(result) = self.pairs.calls[call].result
                && matches!(self.pairs.results[result].place, Place::Right(_))
                && Some(self.pairs.results[result].message) != target
                && !self.is_removed(call)
            {
                self.take(result);
                self.note_result(
                    result,
                    Action::MovedResult,
                    codes::MISPLACED_TOOL_RESULT,
                    Some(call),
                );
                all.push((call, Some(result)));
            }
        }
        all.sort_unstable();
        let mut blocks = Vec::with_capacity(all.len());
        for (call, result) in all {
            match result {
                Some(result) => blocks.push(self.pairs.results[result].view.raw_json().to_owned()),
                None => blocks.extend(self.placeholder(call)),
            }
        }
        if blocks.is_empty() {
            return;
        }
        match target {
            Some(target) => self.plan.messages[target].blocks = blocks,
            None => {
                let message = message_of_results(self.request.format(), &blocks);
                self.plan.messages[last].after.push(Insert::New(message));
            }
        }
    }

    /// Removes messages without remaining content, with the reasoning that led to the removed
    /// calls.
    fn emptied_messages(&mut self) {
        let mut emptied = std::mem::take(&mut self.emptied);
        emptied.sort_unstable();
        emptied.dedup();
        for index in emptied {
            let message = self.request.message(index);
            if !self.plan.messages[index].drop && self.is_emptied(&message) {
                self.plan.messages[index].drop = true;
                // For an item that is a call, the edit is recorded already.
                if self.request.format().wire().calls != Calls::Items {
                    self.plan
                        .note(index, dropped_message(&message, codes::EMPTY_CONTENT));
                }
                self.drop_reasoning_before(index);
            }
        }
    }

    fn is_emptied(&self, message: &Message<'_>) -> bool {
        let plan = &self.plan.messages[message.index()];
        if !plan.blocks.is_empty() {
            return false;
        }
        match self.request.format().wire().calls {
            Calls::Beside => {
                plan.calls.len() == message.tool_calls().len()
                    && message.parts().all(|part| {
                        part.kind() == PartKind::Text
                            && part.text().is_none_or(|text| text.trim().is_empty())
                    })
                    && !message.has_hidden()
            }
            Calls::Items => plan.calls.len() == message.tool_calls().len(),
            Calls::Blocks => {
                let calls_go = message
                    .tool_calls()
                    .any(|call| plan.gone.contains(&call.position()));
                message.parts().all(|part| match part.kind() {
                    // Reasoning for the calls, and cache points.
                    PartKind::Reasoning | PartKind::HiddenReasoning => calls_go,
                    PartKind::CacheMark => true,
                    _ => plan.gone.contains(&part.block_index()),
                })
            }
        }
    }

    /// In a list of items reasoning precedes the item it led to, and is refused without it.
    fn drop_reasoning_before(&mut self, index: usize) {
        if self.request.format().wire().calls != Calls::Items {
            return;
        }
        let messages = self.request.layout().messages.len();
        // Another item that it led to remains.
        let next = (index + 1..messages).find(|&at| !self.plan.messages[at].drop);
        if next.is_some_and(|at| {
            let message = self.request.message(at);
            message.role() == Role::Assistant && !message.is_reasoning_item()
        }) {
            return;
        }
        let mut before = index;
        while before > 0 {
            before -= 1;
            let message = self.request.message(before);
            if self.plan.messages[before].drop || !message.is_reasoning_item() {
                break;
            }
            self.plan.messages[before].drop = true;
            self.plan
                .note(before, dropped_message(&message, codes::EMPTY_CONTENT));
        }
    }
}
