//! Decides what goes: a history is gone through as it grew, and fitted where it would have been.
//!
//! ```text
//! for each group, in order:
//!     it comes
//!     above the high water mark, and a request could have been sent here?
//!         strategies, in order, until down to the low water mark
//!         not that far?  take back what was done beyond the high water mark (beyond the limit)
//! ```
//!
//! Why go through the past, when only the whole is asked for: an application that fits its full history before every
//! request would otherwise cut at another place every turn, and the provider's prompt cache would never fit. Every step
//! looks only at what was there then, so a history and the same history with another turn behind it are cut at the same
//! places, until the new turn crosses the high water mark again. The steps are the same that one would have taken turn by
//! turn.
//!
//! Time: a step looks at the groups that are left, which are never more than the limit has room for, or kept; steps that come
//! down to the low mark are as many as the history is longer than what lies between the marks. With marks that lie near each
//! other there would be one for every turn: then only the end is fitted. Steps that do not come down to the low mark, or do
//! not help at all, are followed by one in the next turn, up to a number; from then on the history has to grow by a part of
//! what lies between the marks first, or by a quarter. So the whole is linear in the groups, times limit / (high - low).

use std::sync::Arc;

use super::draft::Draft;
use super::state::{History, State};
use super::strategy::Strategy;
use crate::request::GroupKind;

/// The sizes that a fitting works towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The most that can be.
    pub(super) limit: u64,
    /// Above it something is done.
    pub(super) high: u64,
    /// Down to it, as far as that goes.
    pub(super) low: u64,
}

impl Marks {
    /// The same for a request that turned out to be larger than planned.
    pub(super) fn less(self, tokens: u64) -> Marks {
        Marks {
            limit: self.limit.saturating_sub(tokens),
            high: self.high.saturating_sub(tokens),
            low: self.low.saturating_sub(tokens),
        }
    }
}

/// Gaps between the marks below this part of the high one are too narrow to go through the past for.
const NARROWEST: u64 = 20;

/// Steps that may follow each other turn by turn. More than any conversation needs whose keep rules leave room between the
/// marks.
const STEPS: usize = 512;
/// Steps without success that may follow each other so. Each of them is a request that could not be sent.
const FAILURES: usize = 64;

/// Fits a history: the state that it is in at its end.
pub(super) fn run(
    history: &History<'_>,
    strategies: &[Arc<dyn Strategy>],
    marks: Marks,
    steps: bool,
) -> State {
    let mut state = State::new(history);
    let last = history.groups.len();
    let gap = marks.high.saturating_sub(marks.low);
    let steps = steps && gap >= marks.high.div_ceil(NARROWEST);
    let mut next = 0;
    let (mut taken, mut failed) = (0, 0);
    for at in 0..last {
        state.push_group();
        let is_end = at + 1 == last;
        if state.total <= marks.high
            || !(is_end || (steps && state.total > next && could_send(history, at)))
        {
            continue;
        }
        let before = state.total;
        if step(history, strategies, marks, &mut state, is_end) {
            taken += 1;
            if taken > STEPS {
                next = state.total.saturating_add(gap / 8);
            }
        } else {
            failed += 1;
            if failed > FAILURES {
                next = before.saturating_add(before / 4);
            }
        }
        state.settle();
    }
    if last == 0 && state.total > marks.high {
        step(history, strategies, marks, &mut state, true);
    }
    state
}

/// Whether a request could end with this group: the model has the word next.
fn could_send(history: &History<'_>, group: usize) -> bool {
    history.groups.nth(group).is_some_and(|group| {
        matches!(
            group.kind(),
            GroupKind::User | GroupKind::Round | GroupKind::Orphan
        )
    })
}

/// Goes through the strategies once; whether the history fits then. What did not help is taken back, unless it is the end:
/// then the state says what the least is.
fn step(
    history: &History<'_>,
    strategies: &[Arc<dyn Strategy>],
    marks: Marks,
    state: &mut State,
    is_end: bool,
) -> bool {
    let made_before = state.made.len();
    apply(history, strategies, marks.low, 0, state);
    settle_at(history, marks, state, made_before, is_end)
}

/// Goes through strategies until the history is down to a size; `first` is the number of the first of them.
pub(super) fn apply(
    history: &History<'_>,
    strategies: &[Arc<dyn Strategy>],
    low: u64,
    first: usize,
    state: &mut State,
) {
    let mut draft = Draft::new(history, state, low);
    for (index, strategy) in strategies.iter().enumerate() {
        if draft.is_done() {
            break;
        }
        draft.strategy = Some(first + index);
        strategy.propose(&mut draft);
    }
}

/// After the strategies: takes back what went too far. When the low mark was out of reach no more goes than has to; when the
/// last edit went further below it than the history was above it, it was one too many.
pub(super) fn settle_at(
    history: &History<'_>,
    marks: Marks,
    state: &mut State,
    made_before: usize,
    is_end: bool,
) -> bool {
    let stops = stops(state, made_before);
    if state.total <= marks.low {
        if let [.., (made, size), _] = stops[..]
            && (marks.low + 1..=marks.high).contains(&size)
            && size - marks.low < marks.low - state.total
        {
            state.undo_to(made, history.groups);
        }
        return true;
    }
    let goal = match state.total {
        total if total <= marks.high => marks.high,
        total if total <= marks.limit => marks.limit,
        _ => {
            if !is_end {
                state.undo_to(made_before, history.groups);
            }
            return false;
        }
    };
    if let Some(&(made, _)) = stops.iter().find(|&&(_, size)| size <= goal) {
        state.undo_to(made, history.groups);
    }
    true
}

/// Where one could have stopped: how many edits were made, and the size of the whole then. Edits that belong together are
/// not parted.
fn stops(state: &State, from: usize) -> Vec<(usize, u64)> {
    let mut size = state.total;
    let mut made = state.made.len();
    let mut stops = vec![(made, size)];
    for unit in state.made[from..].chunk_by(|a, b| a.unit == b.unit).rev() {
        for edit in unit {
            size = size.saturating_add(edit.before - edit.after.min(edit.before));
        }
        made -= unit.len();
        stops.push((made, size));
    }
    stops.reverse();
    stops
}
