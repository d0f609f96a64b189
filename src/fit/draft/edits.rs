//! Edits of a draft. Each returns whether it was made.

use super::Draft;
use crate::edit::Action;
use crate::fit::framing::is_alone;
use crate::fit::kept::Protection;
use crate::fit::state::{Made, Target};
use crate::fit::{Cut, write};
use crate::request::{GroupIndex, GroupKind, Message, PartIndex, PartKind};

/// Approximate tokens around the content of a message; the result of a plan is counted exactly.
const FRAMING: u64 = 4;

impl<'d> Draft<'d> {
    /// Drops a group: a user message, an answer, or calls with their results. The last remaining
    /// group stays, because no provider accepts a request without messages.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.drop_group(0.into()));
    ///     assert!(!draft.drop_group(4.into()));    // protected
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
    pub fn drop_group(&mut self, group: GroupIndex) -> bool {
        let group = group.get();
        let there = group < self.state.visible && !self.state.dropped[group];
        if !there || self.keeps(group) || self.state.is_last(group) {
            return false;
        }
        let rounds = self.rounds_opened_by(group);
        if rounds
            .iter()
            .any(|&round| self.keeps(round) || self.state.is_last(round))
        {
            return false;
        }
        for round in rounds {
            let before = self.state.group_sizes[round];
            self.make_dropped(round, before);
        }
        let before = self.state.group_sizes[group];
        self.make_dropped(group, before);
        true
    }

    fn make_dropped(&mut self, group: usize, before: u64) {
        let group = group.into();
        self.make(Action::DroppedGroup { group }, before, 0, None, 0);
    }

    /// Rounds that must be dropped with a user message, if a history must not begin with a call:
    /// those of its turn.
    fn rounds_opened_by(&self, group: usize) -> Vec<usize> {
        let groups = self.history.groups;
        let turn = groups
            .nth(group)
            .filter(|_| self.history.request.format().wire().calls_follow_user)
            .filter(|group| group.kind() == GroupKind::User)
            .and_then(|group| group.turn());
        let Some(turn) = turn else {
            return Vec::new();
        };
        (group + 1..self.state.visible)
            .take_while(|&next| {
                groups
                    .nth(next)
                    .is_some_and(|next| next.turn() == Some(turn))
            })
            .filter(|&next| {
                groups
                    .nth(next)
                    .is_some_and(|next| next.kind() == GroupKind::Round)
                    && !self.state.dropped[next]
            })
            .collect()
    }

    /// Replaces a tool result with a placeholder. The call stays, and so does the result itself, so
    /// the pair is complete.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.clear_result(2, 0, "[cleared]"));
    ///     assert!(!draft.clear_result(2, 0, "[cleared]"));    // cleared already
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
    pub fn clear_result(&mut self, message: usize, result: usize, placeholder: &str) -> bool {
        if self.open_to_edits(message, false).is_none() {
            return false;
        }
        let target = Target::Result { message, result };
        if self.state.edited.contains(&target) {
            return false;
        }
        let of = self.request().message(message);
        let Some(found) = of.tool_results().nth(result).filter(write::can_clear) else {
            return false;
        };
        let size = self.size_of_message(message);
        // If the message only consists of this result, its size is known except for framing;
        // otherwise the strings decide.
        let cost = if is_alone(&of, &found) {
            let framing = self.history.framing(message, result);
            size.saturating_sub(framing.unwrap_or(FRAMING))
        } else {
            let texts: u64 = found
                .parts()
                .map(|part| match part.kind() {
                    PartKind::Json => self.count_text(part.raw_json()),
                    _ => part.text().map_or(0, |text| self.count_text(&text)),
                })
                .sum();
            texts.saturating_add(
                found.parts().filter(write::is_media).count() as u64 * self.media_cost(&of),
            )
        };
        let action = Action::ClearedResult {
            message,
            result,
            placeholder: placeholder.to_owned(),
        };
        self.replace(action, target, size, cost, self.count_text(placeholder))
    }

    /// Replaces the arguments of a call with an empty object; the call stays.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.clear_arguments(1, 0));
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
    pub fn clear_arguments(&mut self, message: usize, call: usize) -> bool {
        if self.open_to_edits(message, false).is_none() {
            return false;
        }
        let of = self.request().message(message);
        let Some(arguments) = of
            .tool_calls()
            .nth(call)
            .filter(write::can_clear_arguments)
            .and_then(|call| call.arguments())
        else {
            return false;
        };
        let cost = self.count_text(&arguments);
        let size = self.size_of_message(message);
        let target = Target::Arguments { message, call };
        self.replace(
            Action::ClearedArguments { message, call },
            target,
            size,
            cost,
            1,
        )
    }

    /// Replaces an image, audio, video or file with a placeholder, in a message's part or in a
    /// result's.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.drop_media(3, None, 1.into(), "[image]"));
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
    pub fn drop_media(
        &mut self,
        message: usize,
        result: Option<usize>,
        part: PartIndex,
        placeholder: &str,
    ) -> bool {
        if self.open_to_edits(message, false).is_none() || self.result_is_cleared(message, result) {
            return false;
        }
        let of = self.request().message(message);
        let Some(found) = write::part_at(&of, result, part).filter(write::is_media) else {
            return false;
        };
        if !write::can_replace_media(&of, result, &found) {
            return false;
        }
        let cost = self.media_cost(&of);
        let size = self.size_of_message(message);
        let action = Action::DroppedMedia {
            message,
            result,
            part,
            placeholder: placeholder.to_owned(),
        };
        self.replace(
            action,
            Target::Part {
                message,
                result,
                part: part.get(),
            },
            size,
            cost,
            self.count_text(placeholder),
        )
    }

    /// Drops reasoning. For encrypted or redacted reasoning the request does not show the saving,
    /// so none is counted.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.drop_reasoning(1, 0.into()));
    /// }
    /// # fn name(&self) -> &str { "own" }
    /// # }
    /// # let budget = Budget::new(&Models::builtin().get("claude-opus-4-6")?).limit_input(60);
    /// # let request = Request::from_serialize(&serde_json::json!({"max_tokens": 900, "messages": [{"role": "user", "content": "7 times 8?"},
    /// #     {"role": "assistant", "content": [{"type": "thinking", "thinking": "Seven times eight is fifty-six. ".repeat(9), "signature": "c2ln"}, {"type": "text", "text": "56"}]},
    /// #     {"role": "user", "content": "Plus one?"}]}))?;
    /// # assert_eq!(Fitter::new(budget).turn_by_turn(false).then(Own).fit(&request)?.receipt().edits.len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn drop_reasoning(&mut self, message: usize, part: PartIndex) -> bool {
        self.open_to_edits(message, false).is_some() && self.take_reasoning(message, part)
    }

    /// Drops reasoning that must go, protected or not.
    pub(in crate::fit) fn take_reasoning(&mut self, message: usize, part: PartIndex) -> bool {
        let target = Target::Part {
            message,
            result: None,
            part: part.get(),
        };
        let of = self.request().message(message);
        let found = of
            .parts()
            .nth(part.get())
            .filter(|part| matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning));
        let Some(found) = found else {
            return false;
        };
        if self.state.edited.contains(&target) {
            return false;
        }
        let cost = found.text().map_or(0, |text| self.count_text(&text));
        let size = self.size_of_message(message);
        let after = size.saturating_sub(cost);
        self.make(
            Action::DroppedReasoning { message, part },
            size,
            after,
            Some(target),
            0,
        );
        true
    }

    /// Cuts a string to the tokens of `cut`, including its marker, in a message's part or in a
    /// result's. The place of the cut depends only on the string.
    ///
    /// ```
    /// # use tokenfit::fit::Cut;
    /// # use tokenfit::{Budget, Models, Request, fit::{Draft, DropOldest, Fitter, Strategy}};
    /// # struct Own;
    /// # impl Strategy for Own {
    /// fn propose(&self, draft: &mut Draft<'_>) {
    ///     assert!(draft.shorten(2, None, 0.into(), &Cut::ends(20)));
    ///     assert!(draft.size_of_message(2) < 40);
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
    pub fn shorten(
        &mut self,
        message: usize,
        result: Option<usize>,
        part: PartIndex,
        cut: &Cut,
    ) -> bool {
        self.shorten_in(message, result, part, cut, false)
    }

    /// Cuts a string; with `kept_end` also a result in the protected end of the history.
    pub(in crate::fit) fn shorten_in(
        &mut self,
        message: usize,
        result: Option<usize>,
        part: PartIndex,
        cut: &Cut,
        kept_end: bool,
    ) -> bool {
        if self.open_to_edits(message, kept_end).is_none()
            || self.result_is_cleared(message, result)
        {
            return false;
        }
        let target = Target::Part {
            message,
            result,
            part: part.get(),
        };
        // A string that was cut before may be cut further.
        let mut earlier = None;
        if self.state.edited.contains(&target) {
            let made = self.state.made.iter().rev();
            earlier = made
                .clone()
                .find(|made| made.target == Some(target))
                .map(|made| made.left);
            if earlier.is_none_or(|left| left <= cut.most()) {
                return false;
            }
        }
        let of = self.request().message(message);
        let Some(found) = write::part_at(&of, result, part).filter(write::can_shorten) else {
            return false;
        };
        let text = found.text().unwrap_or_default();
        // A token has at least one byte in every encoding, as has a word or a character.
        if text.len() as u64 <= cut.most() {
            return false;
        }
        let Some((cut, kept)) = cut.leaving_words(&text, self.history.counter) else {
            return false;
        };
        let size = self.size_of_message(message);
        let action = Action::ShortenedText {
            message,
            result,
            part,
            first_bytes: kept.first_bytes,
            last_bytes: kept.last_bytes,
            marker: cut.marker_text().to_owned(),
        };
        let cost = earlier.unwrap_or(kept.tokens_before);
        self.put(action, target, size, cost, kept.tokens_after)
    }

    /// Whether a string of a message may be cut.
    pub(in crate::fit) fn can_shorten(&self, message: usize, kept_end: bool) -> bool {
        self.open_to_edits(message, kept_end).is_some()
    }

    /// Returns the group of a message whose content may be edited.
    fn open_to_edits(&self, message: usize, kept_end: bool) -> Option<usize> {
        let group = self.history.groups.of_message(message)?.nth();
        let there = group < self.state.visible && !self.state.dropped[group];
        let open = match self.protection(group) {
            Protection::None => true,
            Protection::End => kept_end,
            Protection::Whole => false,
        };
        (there && open).then_some(group)
    }

    /// Whether the place belongs to a result that was already cleared.
    fn result_is_cleared(&self, message: usize, result: Option<usize>) -> bool {
        let of = self.request().message(message);
        let result = result.or_else(|| {
            // Parts of a message that consists of one result.
            of.tool_results()
                .position(|result| result.is_whole_message())
        });
        result.is_some_and(|result| {
            self.state
                .edited
                .contains(&Target::Result { message, result })
        })
    }

    /// Size of one image, audio or file of a message: the part of the message's size that its text
    /// does not explain, in equal shares.
    fn media_cost(&self, message: &Message<'_>) -> u64 {
        let inner = message
            .tool_results()
            .filter(|result| !result.is_whole_message())
            .flat_map(|result| result.parts());
        let (mut media, mut texts) = (0_u64, 0_u64);
        for part in message.parts().chain(inner) {
            if write::is_media(&part) {
                media += 1;
            } else if let Some(text) = part.text() {
                texts = texts.saturating_add(self.count_text(&text));
            }
        }
        let size = self.history.counted[message.index()];
        size.saturating_sub(texts.saturating_add(FRAMING)) / media.max(1)
    }

    /// Makes an edit that replaces content with something smaller.
    fn replace(
        &mut self,
        action: Action,
        target: Target,
        size: u64,
        cost: u64,
        instead: u64,
    ) -> bool {
        !self.state.edited.contains(&target) && self.put(action, target, size, cost, instead)
    }

    fn put(&mut self, action: Action, target: Target, size: u64, cost: u64, instead: u64) -> bool {
        let after = size.saturating_sub(cost).saturating_add(instead);
        if instead >= cost || after >= size {
            return false;
        }
        self.make(action, size, after, Some(target), instead);
        true
    }

    fn make(&mut self, action: Action, before: u64, after: u64, target: Option<Target>, left: u64) {
        if !self.in_unit {
            self.state.units += 1;
        }
        let made = Made {
            action,
            strategy: self.strategy,
            before,
            after,
            target,
            left,
            unit: self.state.units,
        };
        self.state.make(made, self.history.groups);
    }

    /// Makes edits as one unit, which is undone as a whole.
    pub(in crate::fit) fn as_one(&mut self, edits: impl FnOnce(&mut Draft<'d>)) {
        self.state.units += 1;
        let outer = std::mem::replace(&mut self.in_unit, true);
        edits(self);
        self.in_unit = outer;
    }
}
