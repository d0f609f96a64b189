//! Groups of messages that must be kept or removed together.
//!
//! A provider refuses a call without its result, a result without its call, and reasoning without
//! the output that followed it. The messages of a request therefore form groups, and a history is
//! trimmed by whole groups.
//!
//! ```text
//! joined into one group:
//!   a call and its results (links.rs)
//!   consecutive calls of the model (one batch, although separate items in some formats)
//!   reasoning and the messages after it in the same run of the model: its signature covers them
//!   the instructions at the beginning
//! ```

use std::ops::Range;

use super::links::{CallState, Links, ResultState};
use super::{GroupIndex, PartKind, Request, Role};

/// Kind of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupKind {
    /// The application's instructions at the beginning of the request.
    Instructions,
    /// A user message.
    User,
    /// Output of the model without a call of the caller's tools.
    Answer,
    /// Calls of the model and their results: one round of a tool loop.
    Round,
    /// Results without their calls.
    Orphan,
    /// A message of another kind: later instructions, or an unknown role.
    Other,
}

/// Partition of a request's messages into groups that must be kept or removed together, in the
/// order of their first messages. Contains only positions, no text of the request.
///
/// Removing whole groups never separates a call from its result, in any format. To remove whole
/// turns, use [`turns`](Self::turns): a group belongs to the turn in which it begins, but a late
/// result can appear after the end of that turn.
///
/// # Examples
///
/// ```
/// use tokenfit::Request;
/// use tokenfit::request::GroupKind;
///
/// let request = Request::parse(r#"{"max_tokens": 9, "system": "You water plants.", "messages": [
///     {"role": "user", "content": "How dry are beds 3 and 4?"},
///     {"role": "assistant", "content": [
///         {"type": "tool_use", "id": "a", "name": "soil", "input": {"bed": 3}},
///         {"type": "tool_use", "id": "b", "name": "soil", "input": {"bed": 4}}]},
///     {"role": "user", "content": [
///         {"type": "tool_result", "tool_use_id": "b", "content": "9 %"},
///         {"type": "tool_result", "tool_use_id": "a", "content": "4 %"}]},
///     {"role": "assistant", "content": "Both are dry."}]}"#)?;
/// let groups = request.groups();
/// let kinds: Vec<GroupKind> = groups.iter().map(|group| group.kind()).collect();
/// assert_eq!(kinds, [GroupKind::Instructions, GroupKind::User, GroupKind::Round, GroupKind::Answer]);
/// assert_eq!(groups.get(2.into()).unwrap().messages(), [2, 3]);
/// assert_eq!(groups.turns(), [1..5]);
/// assert!(groups.iter().all(|group| group.is_whole()));
/// assert_eq!((groups.len(), groups.is_empty()), (4, false));
/// assert_eq!(groups.first_user_message(), Some(1));
/// assert_eq!(groups.links().calls().len(), 2);
/// let round = groups.of_message(3).unwrap();
/// assert_eq!((round.index().get(), round.turn(), round.round()), (2, Some(0), Some(0)));
/// assert_eq!((round.unanswered(), round.orphans(), round.duplicates()), (0, 0, 0));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    groups: Vec<Entry>,
    /// Messages of all groups, group by group.
    members: Vec<usize>,
    /// Group of each message.
    group_of: Vec<usize>,
    turns: Vec<Range<usize>>,
    links: Links,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: GroupKind,
    members: Range<usize>,
    turn: Option<usize>,
    round: Option<usize>,
    unanswered: usize,
    orphans: usize,
    duplicates: usize,
    pinned: bool,
}

impl Request<'_> {
    /// Returns the groups of messages that must be kept or removed together. See [`Groups`].
    ///
    /// Linear in the messages, calls and results (almost: a disjoint-set forest); no recursion.
    /// Also works for a history that a provider would refuse; the groups show its faults.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": "How dry is bed 3?"},
    ///     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
    ///     {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();
    /// assert_eq!(groups.of_message(1).unwrap().messages(), [1, 2]);    // a call and its result
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn groups(&self) -> Groups {
        let links = self.links();
        let sets = joined(self, &links);
        let turns = turns(self);
        partition(self, links, sets, turns)
    }
}

impl Groups {
    /// Returns the number of groups.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.len(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Returns whether there are no groups, because the request has no messages.
    ///
    /// ```
    /// assert!(tokenfit::Request::parse(r#"{"messages": []}"#)?.groups().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Iterates over the groups, in the order of their first messages.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// let sizes: Vec<usize> = groups.iter().map(|group| group.messages().len()).collect();
    /// assert_eq!(sizes, [1, 1, 2]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Group<'_>> + DoubleEndedIterator {
        (0..self.len()).map(|index| Group {
            groups: self,
            index,
        })
    }

    /// Returns the group at a position. Constant time.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.get(2.into()).unwrap().messages(), [2, 3]);
    /// assert!(groups.get(3.into()).is_none());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn get(&self, index: GroupIndex) -> Option<Group<'_>> {
        self.nth(index.get())
    }

    pub(crate) fn nth(&self, index: usize) -> Option<Group<'_>> {
        (index < self.len()).then_some(Group {
            groups: self,
            index,
        })
    }

    /// Returns the group of a message, by its position in [`Request::messages`]. Constant time.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.of_message(3).unwrap().index(), 2.into());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn of_message(&self, message: usize) -> Option<Group<'_>> {
        self.nth(*self.group_of.get(message)?)
    }

    /// Returns the turns: each is a user message and everything until the next one. Messages before
    /// the first belong to no turn. A message that only contains results does not begin a turn,
    /// even in formats that give it the user's role.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.turns(), [1..4]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn turns(&self) -> &[Range<usize>] {
        &self.turns
    }

    /// Returns the position of the first user message, often the task of the whole history.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.first_user_message(), Some(1));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn first_user_message(&self) -> Option<usize> {
        self.turns.first().map(|turn| turn.start)
    }

    /// Iterates over the rounds of a turn, in order: the model's calls with their results.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"contents": [
    ///     {"role": "user", "parts": [{"text": "Sum up the beds."}]},
    ///     {"role": "model", "parts": [{"functionCall": {"name": "soil", "args": {"bed": 3}}}]},
    ///     {"role": "user", "parts": [{"functionResponse": {"name": "soil", "response": {"dry": true}}}]},
    ///     {"role": "model", "parts": [{"functionCall": {"name": "soil", "args": {"bed": 4}}}]},
    ///     {"role": "user", "parts": [{"functionResponse": {"name": "soil", "response": {"dry": false}}}]}]}"#)?;
    /// let groups = request.groups();
    /// let rounds: Vec<&[usize]> = groups.rounds(0).map(|round| round.messages()).collect();
    /// assert_eq!(rounds, [[1, 2], [3, 4]]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn rounds(&self, turn: usize) -> impl Iterator<Item = Group<'_>> {
        self.of_turn(turn)
            .filter(|group| group.kind() == GroupKind::Round)
    }

    /// Iterates over the groups that begin in a turn, in order.
    pub(crate) fn of_turn(&self, turn: usize) -> impl Iterator<Item = Group<'_>> {
        // Groups are in the order of their first messages, so those of a turn are adjacent.
        let first = self
            .groups
            .partition_point(|group| group.turn.is_none_or(|of| of < turn));
        (first..self.len())
            .map(|index| Group {
                groups: self,
                index,
            })
            .take_while(move |group| group.turn() == Some(turn))
    }

    /// Returns the links between calls and results.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.links().calls()[0].message, 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Pins the groups of the given messages, so that they are not removed. Positions without a
    /// message are ignored.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"[{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]"#)?;
    /// let groups = request.groups().pins([1, 99]);
    /// let pinned: Vec<bool> = groups.iter().map(|group| group.is_pinned()).collect();
    /// assert_eq!(pinned, [false, true]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn pins(mut self, messages: impl IntoIterator<Item = usize>) -> Groups {
        for message in messages {
            if let Some(&group) = self.group_of.get(message) {
                self.groups[group].pinned = true;
            }
        }
        self
    }
}

/// Group of messages that must be kept or removed together.
#[derive(Debug, Clone, Copy)]
pub struct Group<'g> {
    groups: &'g Groups,
    index: usize,
}

impl<'g> Group<'g> {
    fn entry(&self) -> &'g Entry {
        &self.groups.groups[self.index]
    }

    /// Returns the position among the groups.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.iter().last().unwrap().index().get(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn index(&self) -> GroupIndex {
        self.index.into()
    }

    pub(crate) fn nth(&self) -> usize {
        self.index
    }

    /// Returns the kind of the group.
    ///
    /// ```
    /// # use tokenfit::request::GroupKind;
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.iter().last().unwrap().kind(), GroupKind::Round);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> GroupKind {
        self.entry().kind
    }

    /// Returns the positions of its messages, ascending. Messages of other groups can be between
    /// them.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// assert_eq!(groups.iter().last().unwrap().messages(), [2, 3]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn messages(&self) -> &'g [usize] {
        &self.groups.members[self.entry().members.clone()]
    }

    /// Returns the turn in which the group begins, as a position in [`Groups::turns`]. `None`
    /// before the first turn.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// let turns: Vec<Option<usize>> = groups.iter().map(|group| group.turn()).collect();
    /// assert_eq!(turns, [None, Some(0), Some(0)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn turn(&self) -> Option<usize> {
        self.entry().turn
    }

    /// Returns the position of a round among the rounds of its turn; `None` for other groups.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// let rounds: Vec<Option<usize>> = groups.iter().map(|group| group.round()).collect();
    /// assert_eq!(rounds, [None, None, Some(0)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn round(&self) -> Option<usize> {
        self.entry().round
    }

    /// Returns whether one of its messages is pinned.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "system", "content": "You water plants."}, {"role": "user", "content": "How dry is bed 3?"}, {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "4 %"}]"#)?;
    /// let groups = request.groups();    // instructions, a question, a call with its result
    /// let groups = groups.pins([3]);
    /// assert!(groups.of_message(2).unwrap().is_pinned());    // the same group
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_pinned(&self) -> bool {
        self.entry().pinned
    }

    /// Returns the number of its calls without a result, including calls still waiting for one.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "tool", "tool_call_id": "a", "content": "4 %"}, {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]"#)?;
    /// let groups = request.groups();    // a result without a call, a call without a result, a question
    /// assert_eq!(groups.of_message(1).unwrap().unanswered(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn unanswered(&self) -> usize {
        self.entry().unanswered
    }

    /// Returns the number of its results without a call.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "tool", "tool_call_id": "a", "content": "4 %"}, {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]"#)?;
    /// let groups = request.groups();    // a result without a call, a call without a result, a question
    /// assert_eq!(groups.of_message(0).unwrap().orphans(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn orphans(&self) -> usize {
        self.entry().orphans
    }

    /// Returns the number of its results whose call was already answered.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"input": [
    ///     {"type": "function_call", "call_id": "a", "name": "soil", "arguments": "{}"},
    ///     {"type": "function_call_output", "call_id": "a", "output": "4 %"},
    ///     {"type": "function_call_output", "call_id": "a", "output": "5 %"}]}"#)?;
    /// assert_eq!(request.groups().of_message(2).unwrap().duplicates(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn duplicates(&self) -> usize {
        self.entry().duplicates
    }

    /// Returns whether every call has one result and every result its call.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"[{"role": "tool", "tool_call_id": "a", "content": "4 %"}, {"role": "assistant", "tool_calls": [{"id": "b", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]"#)?;
    /// let groups = request.groups();    // a result without a call, a call without a result, a question
    /// assert!(groups.iter().all(|group| !group.is_whole() || group.messages() == [2]));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_whole(&self) -> bool {
        self.unanswered() + self.orphans() + self.duplicates() == 0
    }
}

/// Disjoint-set forest over the messages. The root of a set is its first message.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn root(&mut self, mut message: usize) -> usize {
        while self.parent[message] != message {
            // Halving the path keeps later searches short.
            self.parent[message] = self.parent[self.parent[message]];
            message = self.parent[message];
        }
        message
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }
}

fn joined(request: &Request<'_>, links: &Links) -> Sets {
    let layout = request.layout();
    let messages = &layout.messages;
    let mut sets = Sets {
        parent: (0..messages.len()).collect(),
    };
    // Whether the current run of the model's messages contains anything that binds its successors.
    let mut binds = false;
    for (index, entry) in messages.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &messages[before]);
        if entry.role != Role::Assistant {
            binds = false;
            let leads = |role: Role| role.is_instructions();
            if leads(entry.role) && before.is_some_and(|before| leads(before.role)) {
                // Only at the beginning: the previous message is in the first set.
                if sets.root(index - 1) == 0 {
                    sets.join(0, index);
                }
            }
            continue;
        }
        if let Some(before) = before.filter(|before| before.role == Role::Assistant) {
            let batch = !before.calls.is_empty() && !entry.calls.is_empty();
            if binds || batch {
                sets.join(index - 1, index);
            }
        }
        binds |= entry.reference
            || layout.parts[entry.parts.clone()]
                .iter()
                .any(|part| matches!(part.kind, PartKind::Reasoning | PartKind::HiddenReasoning))
            || layout.calls[entry.calls.clone()]
                .iter()
                .any(|call| call.kind == super::CallKind::Hosted);
    }
    for result in links.results() {
        if let Some(call) = result.call {
            sets.join(links.calls()[call].message, result.message);
        }
    }
    for &(message, reference) in &links.references {
        sets.join(reference, message);
    }
    sets
}

fn turns(request: &Request<'_>) -> Vec<Range<usize>> {
    let messages = &request.layout().messages;
    let mut turns: Vec<Range<usize>> = Vec::new();
    for (index, entry) in messages.iter().enumerate() {
        if entry.role == Role::User && entry.results.is_empty() {
            if let Some(last) = turns.last_mut() {
                last.end = index;
            }
            turns.push(index..messages.len());
        }
    }
    turns
}

fn partition(
    request: &Request<'_>,
    links: Links,
    mut sets: Sets,
    turns: Vec<Range<usize>>,
) -> Groups {
    let messages = &request.layout().messages;
    let mut group_of = vec![0; messages.len()];
    let mut groups: Vec<Entry> = Vec::new();
    let mut turn = None;
    let mut next_turn = 0;
    for index in 0..messages.len() {
        if turns.get(next_turn).is_some_and(|turn| turn.start == index) {
            turn = Some(next_turn);
            next_turn += 1;
        }
        let root = sets.root(index);
        if root == index {
            group_of[index] = groups.len();
            groups.push(Entry {
                kind: kind_of(messages[index].role, index),
                members: 0..0,
                turn,
                round: None,
                unanswered: 0,
                orphans: 0,
                duplicates: 0,
                pinned: false,
            });
        } else {
            group_of[index] = group_of[root];
        }
        groups[group_of[index]].members.end += 1;
    }
    // First the place of each group in the list of members, then the members in order.
    let mut at = 0;
    for group in &mut groups {
        let length = group.members.end;
        group.members = at..at;
        at += length;
    }
    let mut members = vec![0; messages.len()];
    for (index, &group) in group_of.iter().enumerate() {
        let group = &mut groups[group].members;
        members[group.end] = index;
        group.end += 1;
    }
    for call in links.calls() {
        let group = &mut groups[group_of[call.message]];
        if call.state != CallState::Hosted {
            group.kind = GroupKind::Round;
        }
        if matches!(call.state, CallState::Unanswered | CallState::Pending) {
            group.unanswered += 1;
        }
    }
    for result in links.results() {
        let group = &mut groups[group_of[result.message]];
        match result.state {
            ResultState::Orphan => {
                group.orphans += 1;
                if group.kind != GroupKind::Round {
                    group.kind = GroupKind::Orphan;
                }
            }
            ResultState::Duplicate => group.duplicates += 1,
            // Its call exists, although it is not visible.
            ResultState::Kept => group.kind = GroupKind::Round,
            ResultState::Answers => {}
        }
    }
    let mut rounds = 0;
    let mut of_turn = None;
    for group in &mut groups {
        if group.turn != of_turn {
            (rounds, of_turn) = (0, group.turn);
        }
        if group.kind == GroupKind::Round {
            group.round = Some(rounds);
            rounds += 1;
        }
    }
    Groups {
        groups,
        members,
        group_of,
        turns,
        links,
    }
}

/// Determines the kind of a group by its first message; calls and results are considered later.
fn kind_of(role: Role, index: usize) -> GroupKind {
    match role {
        Role::System | Role::Developer if index == 0 => GroupKind::Instructions,
        Role::User => GroupKind::User,
        Role::Assistant => GroupKind::Answer,
        _ => GroupKind::Other,
    }
}
