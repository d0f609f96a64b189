//! View of a history for strategies, through which they request edits.

mod edits;

use super::kept::Protection;
use super::state::{History, State};
use crate::request::{Group, GroupIndex, GroupKind, Message, Request};

/// A history while a strategy works on it: the remaining groups, their sizes, and the excess to
/// remove.
///
/// Each request for an edit returns whether the edit was made. An edit that a keep rule forbids,
/// that saves nothing, or that was made before is refused.
pub struct Draft<'d> {
    pub(super) history: &'d History<'d>,
    pub(super) state: &'d mut State,
    pub(super) strategy: Option<usize>,
    /// Size to reach.
    pub(super) target: u64,
    /// First group that is protected as the end of the history.
    end_from: usize,
    last_user: Option<usize>,
    open_round: Option<usize>,
    /// User messages that the rounds at the protected end require before them, if a history must
    /// not begin with a call.
    openings: [Option<usize>; 2],
    /// Whether current edits belong to one unit.
    in_unit: bool,
}

impl<'d> Draft<'d> {
    pub(super) fn new(history: &'d History<'d>, state: &'d mut State, target: u64) -> Draft<'d> {
        let end = state.visible;
        let keep = history.keep;
        let end_from = keep.end_from(history.groups, end, state.group_sizes());
        let kind = |group: usize| history.groups.nth(group).map(|group| group.kind());
        let last_user = keep
            .last_user
            .then(|| {
                // Dropped groups are never the last of the user's, which is protected.
                let mut live = state.live.iter().rev().copied();
                live.find(|&group| history.asks[group])
            })
            .flatten();
        let open_round = end
            .checked_sub(1)
            .filter(|&last| keep.open_round && kind(last) == Some(GroupKind::Round));
        let opening = |round: usize| {
            let needed = history.request.format().wire().calls_follow_user
                && kind(round) == Some(GroupKind::Round);
            let turn = needed
                .then(|| history.groups.nth(round)?.turn())
                .flatten()?;
            let message = history.groups.turns().get(turn)?.start;
            Some(history.groups.of_message(message)?.nth())
        };
        let openings = [
            (end_from < end).then(|| opening(end_from)).flatten(),
            open_round.and_then(opening),
        ];
        Draft {
            openings,
            history,
            state,
            strategy: None,
            target,
            end_from,
            last_user,
            open_round,
            in_unit: false,
        }
    }

    /// Returns the original request.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert_eq!(draft.request().messages().len(), 6);
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &'d Request<'d> {
        self.history.request
    }

    /// Returns a message of the request by position.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert_eq!(draft.message(5).unwrap().text(), "Water it.");
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn message(&self, message: usize) -> Option<Message<'d>> {
        (message < self.request().messages().len()).then(|| self.request().message(message))
    }

    /// Returns the groups that have not been dropped, in order; during a replay, those that exist
    /// at this step.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     let sizes: Vec<usize> = draft.groups().iter().map(|group| group.messages().len()).collect();
    ///     assert_eq!(sizes, [1, 2, 1, 1, 1]);    // the second is a call with its result
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn groups(&self) -> Vec<Group<'d>> {
        self.state
            .live
            .iter()
            .filter(|&&group| !self.state.dropped[group])
            .filter_map(|&group| self.history.groups.nth(group))
            .collect()
    }

    /// Whether a rule protects an answer of the model in a turn.
    pub(super) fn keeps_an_answer(&self, turn: usize) -> bool {
        let answers = |kind| matches!(kind, GroupKind::Answer | GroupKind::Round);
        let groups = &self.history.groups;
        groups
            .of_turn(turn)
            .take_while(|group| group.nth() < self.state.visible)
            .any(|group| {
                answers(group.kind()) && !self.state.dropped[group.nth()] && self.keeps(group.nth())
            })
    }

    /// Last round of a turn at this step, dropped or not.
    pub(super) fn last_round(&self, turn: usize) -> Option<usize> {
        let rounds = self.history.groups.rounds(turn).map(|round| round.nth());
        rounds
            .take_while(|&round| round < self.state.visible)
            .last()
    }

    /// Returns the current size of the history in the fitter's unit.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     let before = draft.size();
    ///     draft.drop_group(0.into());
    ///     assert!(draft.size() < before);
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn size(&self) -> u64 {
        self.state.total
    }

    /// Returns the size that is still to be removed, in the fitter's unit.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     let before = draft.excess();
    ///     draft.drop_group(1.into());
    ///     assert!(draft.excess() < before);
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn excess(&self) -> u64 {
        self.size().saturating_sub(self.target)
    }

    /// Returns whether nothing more must be removed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     for group in draft.groups() {
    ///         if !draft.is_done() {
    ///             draft.drop_group(group.index());
    ///         }
    ///     }
    ///     assert!(draft.is_done());
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_done(&self) -> bool {
        self.excess() == 0
    }

    /// Returns the current size of a group in the fitter's unit.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert_eq!(draft.size_of(1.into()), draft.size_of_message(1) + draft.size_of_message(2));
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn size_of(&self, group: GroupIndex) -> u64 {
        self.state
            .group_sizes
            .get(group.get())
            .copied()
            .unwrap_or_default()
    }

    /// Returns the current size of a message in the fitter's unit.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert_eq!(draft.size_of_message(5), 7);    // "Water it."
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn size_of_message(&self, message: usize) -> u64 {
        self.state.sizes.get(message).copied().unwrap_or_default()
    }

    /// Returns whether a keep rule protects a group.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.is_kept(4.into()) && !draft.is_kept(0.into()));    // the last user message
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_kept(&self, group: GroupIndex) -> bool {
        self.keeps(group.get())
    }

    fn keeps(&self, group: usize) -> bool {
        self.protection(group) != Protection::None
    }

    pub(super) fn protection(&self, group: usize) -> Protection {
        if self.history.fixed.get(group).copied().unwrap_or(true) || self.last_user == Some(group) {
            Protection::Whole
        } else if group >= self.end_from
            || self.open_round == Some(group)
            || self.openings.contains(&Some(group))
        {
            Protection::End
        } else {
            Protection::None
        }
    }

    /// Counts a string as a part of a message.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert_eq!(draft.count_text("Water it."), 3);
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("gpt-4o")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"messages": [{"role": "user", "content": "How dry are the beds?"},
    /// #     {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3, \"unit\": \"percent\", \"depth_cm\": 20}"}}]},
    /// #     {"role": "tool", "tool_call_id": "a", "content": "humidity 41 %, ".repeat(30)},
    /// #     {"role": "user", "content": [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
    /// #     {"role": "assistant", "content": "It is dry."}, {"role": "user", "content": "Water it."}]}))?;
    /// # Fitter::new(budget).turn_by_turn(false).then(Own).then(DropOldest::new()).fit(&request)?;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn count_text(&self, text: &str) -> u64 {
        self.history.counter.count_text(text)
    }
}

/// Prints sizes only.
impl std::fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("size", &self.size())
            .field("target", &self.target)
            .field("groups", &self.state.visible)
            .field("edits", &self.state.made.len())
            .finish_non_exhaustive()
    }
}
