//! Drops groups: the oldest, those in the middle, those with the lowest score, or all but the last.

use std::sync::Arc;

use crate::fit::state::{History, State};
use crate::fit::{Draft, Strategy};
use crate::request::{Group, GroupIndex, GroupKind};

/// Drops the oldest groups until the request is small enough.
///
/// A question is dropped with its answer. In a turn with rounds of tool calls the oldest rounds go
/// first; the question and the last answer stay until the end of that turn, so the rest always
/// begins with a user message.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropOldest, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(12);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"},
///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
/// let fitted = Fitter::new(budget).then(DropOldest::new()).fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 1);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct DropOldest {
    by: By,
}

/// Unit that is dropped at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum By {
    /// A turn; if it has rounds of tool calls, these go first, one by one.
    #[default]
    Rounds,
    Turns,
    Groups,
}

impl DropOldest {
    /// Drops turns, and within a turn first its rounds of tool calls one by one.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).then(DropOldest::new());
    /// assert_eq!(fitter.fit(&request)?.request().messages().len(), 1);    // a question goes with its answer
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> DropOldest {
        DropOldest::default()
    }

    /// Drops whole turns: a question with everything up to the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropOldest::turns());
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"}, {"role": "assistant", "content": "Dry."},
    ///     {"role": "user", "content": "Bed 2?"}, {"role": "assistant", "content": "Wet."}, {"role": "user", "content": "Bed 3?"}]"#)?;
    /// let fitted = fitter.fit(&request)?;
    /// assert_eq!(fitted.request().messages().next().unwrap().text(), "Bed 2?");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn turns() -> DropOldest {
        DropOldest { by: By::Turns }
    }

    /// Drops groups one by one, whatever their kind: a question goes before its answer, and
    /// unprotected instructions go first. Removes less than the other modes, but the rest may begin
    /// with an answer, which not every provider accepts.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{DropOldest, Fitter, Unit};
    ///
    /// let budget = Budget::at_most(2);
    /// let request = Request::parse(r#"[{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"},
    ///     {"role": "user", "content": "3"}]"#)?;
    /// let fitter = Fitter::new(budget).counting_with(Unit::Messages).low_water(1.0);
    /// let left = |fitter: Fitter| Ok::<_, tokenfit::Error>(fitter.fit(&request)?.request().messages().len());
    /// assert_eq!(left(fitter.clone().then(DropOldest::groups()))?, 2);
    /// assert_eq!(left(fitter.then(DropOldest::new()))?, 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn groups() -> DropOldest {
        DropOldest { by: By::Groups }
    }
}

impl Strategy for DropOldest {
    fn propose(&self, draft: &mut Draft<'_>) {
        if self.by == By::Groups {
            for group in draft.groups() {
                if draft.is_done() {
                    return;
                }
                draft.drop_group(group.index());
            }
            return;
        }
        let units = Units::of(draft, self.by == By::Turns);
        for unit in 0..units.len() {
            if draft.is_done() {
                return;
            }
            drop_unit(draft, units.get(unit));
        }
    }

    fn name(&self) -> &str {
        "drop_oldest"
    }
}

/// Drops groups from the middle of the history outwards: the task and the latest messages stay
/// longest.
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropMiddle, Fitter, Unit};
///
/// let budget = Budget::at_most(3);
/// let request = Request::parse(r#"[{"role": "user", "content": "1"}, {"role": "user", "content": "2"},
///     {"role": "user", "content": "3"}, {"role": "user", "content": "4"}, {"role": "user", "content": "5"}]"#)?;
/// let fitted = Fitter::new(budget).counting_with(Unit::Messages).low_water(1.0).then(DropMiddle::new()).fit(&request)?;
/// let left: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(left, ["1", "4", "5"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct DropMiddle {}

impl DropMiddle {
    /// Drops from the middle outwards.
    ///
    /// ```
    /// # use tokenfit::{Budget, Request, fit::{DropMiddle, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "1"}, {"role": "user", "content": "2"},
    ///     {"role": "user", "content": "3"}, {"role": "user", "content": "4"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).low_water(1.0).then(DropMiddle::new());
    /// let fitted = fitter.fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["1", "3", "4"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new() -> DropMiddle {
        DropMiddle::default()
    }
}

impl Strategy for DropMiddle {
    fn propose(&self, draft: &mut Draft<'_>) {
        let units = Units::of(draft, false);
        let (mut before, mut behind) = (units.len().div_ceil(2), units.len().div_ceil(2));
        // The middle first, then alternately one before and one after it; groups closer to the end
        // stay longer.
        while !draft.is_done() && (before > 0 || behind < units.len()) {
            if before > 0 && units.len() - behind <= before {
                before -= 1;
                drop_unit(draft, units.get(before));
            } else if behind < units.len() {
                drop_unit(draft, units.get(behind));
                behind += 1;
            } else {
                before -= 1;
                drop_unit(draft, units.get(before));
            }
        }
    }

    fn name(&self) -> &str {
        "drop_middle"
    }
}

/// Score of a group, computed by the caller; the lowest is dropped first.
type Score = Arc<dyn Fn(&Draft<'_>, &Group<'_>) -> f64 + Send + Sync>;

/// Drops the groups with the lowest score of the caller's; of equal scores the oldest first.
///
/// # Examples
///
/// Messages of a user named `log` first:
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{DropByScore, Fitter};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(18);
/// let fitter = Fitter::new(budget).low_water(1.0).then(DropByScore::new(|draft, group| {
///     let first = draft.message(group.messages()[0]);
///     if first.is_some_and(|message| message.name().as_deref() == Some("log")) { 0.0 } else { 1.0 }
/// }));
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Water bed 3."},
///     {"role": "user", "name": "log", "content": "valve 3 open"}, {"role": "user", "content": "Done?"}]}"#)?;
/// let fitted = fitter.fit(&request)?;
/// let left: Vec<String> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
/// assert_eq!(left, ["Water bed 3.", "Done?"]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct DropByScore {
    score: Score,
}

impl DropByScore {
    /// Drops groups by score. A score that is not a number counts as the lowest.
    ///
    /// ```
    /// # use tokenfit::{fit::DropByScore, request::GroupKind};
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let answers_first = DropByScore::new(|_, group| if group.kind() == GroupKind::Answer { 0.0 } else { 1.0 });
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).low_water(1.0).then(answers_first);
    /// let fitted = fitter.fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["Bed 1?", "Bed 2?"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn new(
        score: impl Fn(&Draft<'_>, &Group<'_>) -> f64 + Send + Sync + 'static,
    ) -> DropByScore {
        DropByScore {
            score: Arc::new(score),
        }
    }
}

impl Strategy for DropByScore {
    fn propose(&self, draft: &mut Draft<'_>) {
        let mut scored: Vec<(f64, GroupIndex)> = draft
            .groups()
            .iter()
            .map(|group| {
                let score = (self.score)(draft, group);
                (
                    if score.is_nan() {
                        f64::NEG_INFINITY
                    } else {
                        score
                    },
                    group.index(),
                )
            })
            .collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, group) in scored {
            if draft.is_done() {
                return;
            }
            draft.drop_group(group);
        }
    }

    fn name(&self) -> &str {
        "drop_by_score"
    }
}

impl std::fmt::Debug for DropByScore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DropByScore").finish_non_exhaustive()
    }
}

/// Drops all but the last turns, messages or groups: a sliding window by number, regardless of the
/// excess.
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::{Fitter, KeepLast};
///
/// let models = Models::builtin();
/// let budget = Budget::new(&models.get("gpt-4o")?).limit_input(20);
/// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"},
///     {"role": "user", "content": "3"}, {"role": "assistant", "content": "4"}, {"role": "user", "content": "5"}]}"#)?;
/// let fitted = Fitter::new(budget).then(KeepLast::turns(2)).fit(&request)?;
/// assert_eq!(fitted.request().messages().len(), 3);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct KeepLast {
    number: usize,
    of: Of,
    from_user: bool,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Turns,
    Messages,
    Groups,
}

impl KeepLast {
    /// Keeps the last `number` turns.
    ///
    /// ```
    /// # use tokenfit::fit::KeepLast;
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).then(KeepLast::turns(1));
    /// let fitted = fitter.fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["Bed 2?"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn turns(number: usize) -> KeepLast {
        KeepLast {
            number,
            of: Of::Turns,
            from_user: false,
        }
    }

    /// Keeps at most the last `number` messages. A call and its results are dropped together if
    /// they do not all fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Request};
    /// use tokenfit::fit::{Fitter, KeepLast, Unit};
    ///
    /// let fitter = Fitter::new(Budget::at_most(3)).counting_with(Unit::Messages).then(KeepLast::messages(2));
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"}, {"role": "assistant", "content": "Dry."},
    ///     {"role": "assistant", "content": "And warm."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitted = fitter.fit(&request)?;
    /// let left: Vec<_> = fitted.request().messages().map(|message| message.text().into_owned()).collect();
    /// assert_eq!(left, ["And warm.", "Bed 2?"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn messages(number: usize) -> KeepLast {
        KeepLast {
            number,
            of: Of::Messages,
            from_user: false,
        }
    }

    /// Keeps the last `number` groups.
    ///
    /// ```
    /// # use tokenfit::fit::KeepLast;
    /// # use tokenfit::{Budget, Request, fit::{DropOldest, Fitter, Unit}};
    /// let request = Request::parse(r#"[{"role": "user", "content": "Bed 1?"},
    ///     {"role": "assistant", "content": "Very dry."}, {"role": "user", "content": "Bed 2?"}]"#)?;
    /// let fitter = Fitter::new(Budget::at_most(2)).counting_with(Unit::Messages).then(KeepLast::groups(2));
    /// let fitted = fitter.fit(&request)?;
    /// let texts: Vec<_> = fitted.request().messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["Very dry.", "Bed 2?"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn groups(number: usize) -> KeepLast {
        KeepLast {
            number,
            of: Of::Groups,
            from_user: false,
        }
    }

    /// Makes the rest begin with a user message, as some providers require: everything before the
    /// first one is dropped too. Has no effect if there is none.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::fit::{Fitter, KeepLast, Unit};
    ///
    /// let budget = Budget::at_most(3);
    /// let request = Request::parse(r#"[{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"},
    ///     {"role": "user", "content": "3"}, {"role": "assistant", "content": "4"}]"#)?;
    /// let fitter = Fitter::new(budget).counting_with(Unit::Messages).then(KeepLast::messages(3).starting_with_user());
    /// assert_eq!(fitter.fit(&request)?.request().messages().len(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn starting_with_user(mut self) -> KeepLast {
        self.from_user = true;
        self
    }
}

impl Strategy for KeepLast {
    fn propose(&self, draft: &mut Draft<'_>) {
        let mut groups = draft.groups();
        groups.retain(|group| group.kind() != GroupKind::Instructions);
        let newest = groups.iter().filter_map(|group| group.turn()).max();
        let turns_from = newest.map_or(0, |newest| (newest + 1).saturating_sub(self.number));
        let mut room = self.number;
        let mut full = false;
        let mut stays = Vec::with_capacity(groups.len());
        for group in groups.iter().rev() {
            stays.push(match self.of {
                Of::Turns => group.turn().is_some_and(|turn| turn >= turns_from),
                Of::Groups => {
                    let stays = room > 0;
                    room = room.saturating_sub(1);
                    stays
                }
                Of::Messages => {
                    full |= group.messages().len() > room;
                    if !full {
                        room -= group.messages().len();
                    }
                    !full
                }
            });
        }
        stays.reverse();
        if self.from_user {
            let user = (0..groups.len())
                .find(|&at| stays[at] && groups[at].kind() == GroupKind::User)
                .unwrap_or(0);
            stays[..user].fill(false);
        }
        // The excess has no influence: the edits are one unit, so none is undone alone.
        draft.as_one(|draft| {
            for (group, stays) in groups.iter().zip(stays) {
                if !stays {
                    draft.drop_group(group.index());
                }
            }
        });
    }

    fn name(&self) -> &str {
        "keep_last"
    }
}

/// Drops the unprotected groups of a unit.
fn drop_unit(draft: &mut Draft<'_>, unit: &[Group<'_>]) {
    let mut going = droppable(draft, unit);
    // The question last: if one message must stay, it should not be an answer without its question.
    let kind = |group: GroupIndex| draft.history.groups.get(group).map(|group| group.kind());
    going.sort_by_key(|&group| kind(group) == Some(GroupKind::User));
    draft.as_one(|draft| {
        for group in going {
            draft.drop_group(group);
        }
    });
}

/// Returns the unprotected groups of a unit. If its question is protected, the rest is dropped
/// alone; if another group is, the question stays with it.
fn droppable(draft: &Draft<'_>, unit: &[Group<'_>]) -> Vec<GroupIndex> {
    let turn = unit
        .iter()
        .find(|group| group.kind() == GroupKind::User)
        .and_then(|group| group.turn());
    let holds = turn.is_some_and(|turn| draft.keeps_an_answer(turn));
    unit.iter()
        .filter(|group| !draft.is_kept(group.index()))
        .filter(|group| !(holds && group.kind() == GroupKind::User))
        .map(|group| group.index())
        .collect()
}

/// Units that are dropped together, oldest first: see [`DropOldest`].
struct Units<'d> {
    groups: Vec<Group<'d>>,
    /// End of each unit.
    ends: Vec<usize>,
}

impl<'d> Units<'d> {
    fn of(draft: &Draft<'d>, whole_turns: bool) -> Units<'d> {
        let all = draft.groups();
        let mut units = Units {
            groups: Vec::with_capacity(all.len()),
            ends: Vec::with_capacity(all.len()),
        };
        let history = all
            .iter()
            .position(|group| group.kind() != GroupKind::Instructions)
            .map_or(&[][..], |from| &all[from..]);
        for turn in history.chunk_by(|a, b| a.turn() == b.turn()) {
            // By the original turn, not by its rest: whether dropped at once or one by one, the
            // order is the same.
            let last_round = turn
                .first()
                .and_then(|group| group.turn())
                .filter(|_| !whole_turns)
                .and_then(|turn| draft.last_round(turn));
            units.add_turn(turn, last_round);
        }
        units
    }

    fn add(&mut self, unit: impl IntoIterator<Item = Group<'d>>) {
        self.groups.extend(unit);
        self.ends.push(self.groups.len());
    }

    fn add_turn(&mut self, turn: &[Group<'d>], last_round: Option<usize>) {
        if turn.first().is_some_and(|group| group.turn().is_none()) {
            // Groups before the first question belong to no turn.
            turn.iter().for_each(|&group| self.add([group]));
            return;
        }
        let by_itself = |group: &Group<'_>| {
            last_round.is_some_and(|last| group.nth() <= last) && group.kind() != GroupKind::User
        };
        for &group in turn.iter().filter(|group| by_itself(group)) {
            self.add([group]);
        }
        self.add(turn.iter().filter(|group| !by_itself(group)).copied());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, unit: usize) -> &[Group<'d>] {
        let start = unit.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.groups[start..self.ends[unit]]
    }
}

/// Returns the oldest unprotected groups that end before a message, up to a number of tokens, and
/// their size: what a summary can replace.
pub(in crate::fit) fn coverable(
    history: &History<'_>,
    state: &mut State,
    low: u64,
    excess: u64,
    before: usize,
) -> (Vec<GroupIndex>, u64) {
    let draft = Draft::new(history, state, low);
    let units = Units::of(&draft, false);
    let (mut groups, mut size) = (Vec::new(), 0_u64);
    for unit in 0..units.len() {
        if size >= excess {
            break;
        }
        for group in droppable(&draft, units.get(unit)) {
            let last = draft
                .history
                .groups
                .get(group)
                .and_then(|group| group.messages().last().copied());
            if last.is_some_and(|last| last >= before) {
                continue;
            }
            groups.push(group);
            size = size.saturating_add(draft.size_of(group));
        }
    }
    groups.sort_unstable();
    (groups, size)
}
