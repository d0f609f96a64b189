//! Decides on the edits, until the result is as small as planned.

use std::collections::HashMap;

use super::outcome::{Outcome, made};
use super::replay::{self, Marks};
use super::state::{History, Made, State, Target};
use super::work::{Summary, Work};
use super::{Fitter, opening, thinking, write};
use crate::edit::{Action, CacheCost, Edit};
use crate::error::{Error, Inner};
use crate::model::PriceQuery;
use crate::request::GroupIndex;

/// Maximum number of attempts for a request that turns out larger than planned; each round adds the
/// error of the last one.
const ROUNDS: usize = 4;

impl Fitter {
    /// Decides on edits until the result is as small as planned.
    pub(super) fn decide(
        &self,
        history: &History<'_>,
        work: &Work<'_>,
        summary: Option<&Summary>,
    ) -> Result<(Vec<Edit>, Outcome), Error> {
        let marks = work.marks;
        let repaired = work.base.is_repaired();
        let bound = thinking::is_bound(self.budget.model(), history.request);
        let (mut off_by, mut round) = (0_u64, 0);
        loop {
            let mut state = self.state(history, marks.less(off_by), summary);
            opening::begin_with_user(history, &mut state);
            if self.budget.turns_alternate(history.request.format()) {
                opening::take_turns(history, &mut state);
            }
            if bound {
                thinking::unbind(history, &mut state, repaired);
            }
            let edits = self.planned(history, &state);
            let plain: Vec<&Action> = edits.iter().map(|planned| &planned.action).collect();
            let text = summary.map(|summary| summary.message.as_str());
            let written = write::write(history.request, history.groups, &plain, None, text);
            let made = made(written, history.request, history.counter, &work.counts)?;
            let after = made.counts.size();
            if after <= marks.limit {
                return Ok((edits, made));
            }
            // Nothing more can be removed, or there were enough attempts: the next round asks for
            // everything.
            if off_by >= marks.limit {
                return Err(Inner::CannotFit(Box::new(self.cannot_fit(
                    history,
                    &made,
                    marks.limit,
                    &work.passed_over,
                )))
                .into());
            }
            let exhausted = state.total > marks.less(off_by).limit;
            round += 1;
            off_by = if exhausted || round >= ROUNDS {
                marks.limit
            } else {
                off_by.saturating_add(after - marks.limit)
            };
        }
    }

    /// Returns the final state of the history.
    fn state(&self, history: &History<'_>, marks: Marks, summary: Option<&Summary>) -> State {
        let Some(summary) = summary else {
            return replay::run(history, &self.strategies, marks, self.steps);
        };
        // The place of a summary is fixed, so no history is replayed.
        let mut state = State::whole(history);
        let (before, behind) = self.strategies.split_at(summary.at);
        replay::apply(history, before, marks.low, 0, &mut state);
        let mut groups: Vec<GroupIndex> = summary
            .covers
            .iter()
            .filter_map(|&message| history.groups.of_message(message))
            .map(|group| group.index())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let (replaces, bytes) = (summary.replaces.clone(), summary.message.len());
        state.summarize(history, groups, replaces, summary.tokens, bytes, summary.at);
        let made = state.made.len();
        replay::apply(history, behind, marks.low, summary.at, &mut state);
        replay::settle_at(history, marks, &mut state, made, true);
        state
    }

    /// Returns the edits of a state for a plan: in the order of the history, one for each target.
    pub(super) fn planned(&self, history: &History<'_>, state: &State) -> Vec<Edit> {
        let mut last: HashMap<Target, usize> = HashMap::new();
        for (nth, made) in state.made.iter().enumerate() {
            if let Some(target) = made.target {
                last.insert(target, nth);
            }
        }
        let group_of = |message: usize| history.groups.of_message(message).map(|group| group.nth());
        let mut edits: Vec<(usize, Edit)> = Vec::new();
        for (nth, made) in state.made.iter().enumerate() {
            let superseded = made
                .target
                .is_some_and(|target| last.get(&target) != Some(&nth));
            let gone = made
                .action
                .message()
                .and_then(group_of)
                .is_some_and(|group| state.is_dropped(group));
            if superseded || gone {
                continue;
            }
            edits.push(self.with_place(history, made));
        }
        edits.sort_by_key(|(message, _)| *message);
        edits.into_iter().map(|(_, edit)| edit).collect()
    }

    /// Returns an edit with its place and reason, and the message it belongs to.
    fn with_place(&self, history: &History<'_>, made: &Made) -> (usize, Edit) {
        let request = history.request;
        let of_messages = |messages: &[usize], bytes_after: usize| {
            let of = messages.iter().map(|&message| request.message(message));
            let bytes: usize = of.clone().map(|message| message.raw_json().len()).sum();
            let sizes = messages.iter().map(|&message| history.counted[message]);
            let pointers: Vec<String> = of.map(|message| message.pointer()).collect();
            (pointers, sizes.sum(), (bytes as u64, bytes_after as u64))
        };
        let (at, (pointers, before, bytes)) = match &made.action {
            Action::Summarized {
                groups,
                replaces,
                message,
                bytes,
            } => {
                let of = groups.iter().filter_map(|&group| history.groups.get(group));
                let mut messages: Vec<usize> =
                    of.flat_map(|group| group.messages()).copied().collect();
                messages.extend(replaces);
                messages.sort_unstable();
                messages.dedup();
                (*message, of_messages(&messages, *bytes))
            }
            Action::DroppedGroup { group } => {
                let group = history.groups.get(*group);
                let messages = group.map_or(&[][..], |group| group.messages());
                let first = messages.first().copied().unwrap_or_default();
                (first, of_messages(messages, 0))
            }
            action => {
                let (pointer, bytes) = write::place_of(request, action);
                let at = action.message().unwrap_or_default();
                (at, (vec![pointer], made.before, bytes))
            }
        };
        let strategy = made.strategy.and_then(|index| self.strategies.get(index));
        let reason = match (&made.action, strategy) {
            (Action::Summarized { .. }, _) => "summarize".to_owned(),
            (_, Some(strategy)) => strategy.name().to_owned(),
            (_, None) => "bound_thinking".to_owned(),
        };
        let edit = Edit {
            action: made.action.clone(),
            pointers,
            id: None,
            call_pointer: None,
            reason,
            tokens_before: Some(before),
            tokens_after: Some(made.after),
            bytes_before: Some(bytes.0),
            bytes_after: Some(bytes.1),
        };
        (at, edit)
    }

    pub(super) fn cache_cost(
        &self,
        history: &History<'_>,
        edits: &[Edit],
        made: &Outcome,
    ) -> Option<CacheCost> {
        let first = edits
            .iter()
            .filter_map(|planned| match &planned.action {
                Action::DroppedGroup { group } => {
                    history.groups.get(*group)?.messages().first().copied()
                }
                Action::Summarized { message, .. } => Some(*message),
                action => action.message(),
            })
            .min()?;
        let prefix = history.counted[..first]
            .iter()
            .fold(history.around, |sum, &size| sum.saturating_add(size));
        let after = made.counts.size();
        let before = history
            .counted
            .iter()
            .fold(history.around, |sum, &size| sum.saturating_add(size));
        let rewritten = after.saturating_sub(prefix);
        let saved = before.saturating_sub(after);
        let price = |tokens: u64| {
            let query = PriceQuery::new().input_tokens(tokens);
            self.budget.model().map(|model| model.price_for(&query))
        };
        let (long, short) = (price(before), price(after));
        let dollars = |tokens: u64, per_million: f64| tokens as f64 * per_million / 1_000_000.0;
        // Tokens that are read again are written to the cache again, which some vendors charge for.
        let cost = short.and_then(|price| {
            let write = price.cache_write.shortest().or(price.input)?;
            Some(dollars(rewritten, write - price.cached_input?))
        });
        // A prompt above some size costs more per token, so a cut below it also saves on the rest.
        let saving = long.zip(short).and_then(|(long, short)| {
            Some(dollars(before, long.cached_input?) - dollars(after, short.cached_input?))
        });
        let turns = cost.zip(saving).filter(|&(_, saving)| saving > 0.0);
        Some(CacheCost {
            prefix_tokens: prefix,
            rewritten_tokens: rewritten,
            saved_tokens: saved,
            cost_usd: cost,
            saving_usd_per_turn: saving,
            break_even_turns: turns.map(|(cost, saving)| (cost / saving).ceil() as u64),
        })
    }
}
