//! Decides on edits by replaying the history as it grew, and cutting it where it would have been
//! cut then.
//!
//! ```text
//! for each group, in order:
//!     it comes
//!     above the high water mark, and a request could have been sent here?
//!         strategies, in order, until down to the low water mark
//!         not that far?  take back what was done beyond the high water mark (beyond the limit)
//! ```
//!
//! Replay is needed because an application that fits its full history before every request would
//! otherwise cut at another place every turn, and the provider's prompt cache would never match.
//! Each step only considers what existed at that time, so a history and the same history with
//! another turn are cut at the same places, until the new turn crosses the high-water mark again.
//! The steps are those of fitting turn by turn.
//!
//! Time: a step looks at the remaining groups, which are limited by the budget or protected; the
//! number of steps that reach the low-water mark is the length of the history divided by the
//! distance of the marks. With marks that are too close there would be a step for every turn; then
//! only the end is fitted. A step that does not reach the low-water mark, or saves nothing, is
//! followed by one in the next turn, up to a limit; after that the history must first grow by a
//! part of the distance of the marks, or by a quarter. So the total is linear in the groups, times
//! limit / (high - low).

use std::sync::Arc;

use super::draft::Draft;
use super::state::{History, State};
use super::strategy::Strategy;
use crate::request::GroupKind;

/// Sizes that a fit works toward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Limit of the request.
    pub(super) limit: u64,
    /// Size above which requests are trimmed.
    pub(super) high: u64,
    /// Size down to which requests are trimmed.
    pub(super) low: u64,
}

impl Marks {
    /// Returns the marks for a request that turned out larger than planned.
    pub(super) fn less(self, tokens: u64) -> Marks {
        Marks {
            limit: self.limit.saturating_sub(tokens),
            high: self.high.saturating_sub(tokens),
            low: self.low.saturating_sub(tokens),
        }
    }
}

/// If the distance of the marks is below this fraction of the high one, history is not replayed.
const NARROWEST: u64 = 20;

/// Maximum number of steps in consecutive turns. More than any conversation needs whose keep rules
/// leave room between the marks.
const STEPS: usize = 512;
/// Maximum number of failed steps in consecutive turns. Each of them is a request that could not
/// have been sent.
const FAILURES: usize = 64;

/// Fits a history and returns its final state.
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

/// Whether a request could end with this group, so that the model speaks next.
fn could_send(history: &History<'_>, group: usize) -> bool {
    history.groups.nth(group).is_some_and(|group| {
        matches!(
            group.kind(),
            GroupKind::User | GroupKind::Round | GroupKind::Orphan
        )
    })
}

/// Runs the strategies once and returns whether the history then fits. Edits that did not help are
/// undone, except at the end, where the state shows the smallest reachable size.
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

/// Runs strategies until the history reaches a size; `first` is the number of the first strategy.
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

/// Undoes excessive edits after the strategies. If the low-water mark was out of reach, only the
/// necessary edits remain; if the last edit went further below the mark than the history was above
/// it, that edit is undone.
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

/// Possible stopping points: the number of edits and the total size after them. Edits of one unit
/// are not separated.
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
