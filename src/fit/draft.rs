//! What strategies see of a history, and what they ask for.

use std::borrow::Cow;

use super::keep::Protection;
use super::state::{History, Made, Place, State};
use super::write;
use crate::edit::Action;
use crate::request::{Group, GroupIndex, GroupKind, Message, PartIndex, PartKind, Request};

/// A history while a strategy looks at it: the groups that are there, what each costs, and how much is to go.
///
/// Edits are asked for; the answer is whether they were made. None is made that a keep rule forbids, that saves nothing, or
/// that was made before.
pub struct Draft<'d> {
    pub(super) history: &'d History<'d>,
    pub(super) state: &'d mut State,
    pub(super) strategy: Option<usize>,
    /// The size to come down to.
    pub(super) target: u64,
    /// Groups from here on are kept as the end of the history.
    end_from: usize,
    last_user: Option<usize>,
    open_round: Option<usize>,
    /// The messages of the user that the rounds at the kept end need before them, where a history cannot begin with a call.
    openings: [Option<usize>; 2],
    /// Whether what is made now belongs together.
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
                // Dropped ones are never the last of the user's: it is kept.
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

    /// The request, as it came.
    pub fn request(&self) -> &'d Request<'d> {
        self.history.request
    }

    /// A message of the request, by its position.
    pub fn message(&self, message: usize) -> Option<Message<'d>> {
        (message < self.request().messages().len()).then(|| self.request().message(message))
    }

    /// The groups that have not been dropped, in order; of a conversation that is gone through turn by turn, those that are
    /// there by now.
    pub fn groups(&self) -> Vec<Group<'d>> {
        self.state
            .live
            .iter()
            .filter(|&&group| !self.state.dropped[group])
            .filter_map(|&group| self.history.groups.nth(group))
            .collect()
    }

    /// Whether a rule keeps something that the model said in a turn.
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

    /// The last round of a turn by now, dropped or not.
    pub(super) fn last_round(&self, turn: usize) -> Option<usize> {
        let rounds = self.history.groups.rounds(turn).map(|round| round.nth());
        rounds
            .take_while(|&round| round < self.state.visible)
            .last()
    }

    /// What the history has now, in the fitter's unit.
    pub fn size(&self) -> u64 {
        self.state.total
    }

    /// How much of it is still to go.
    pub fn excess(&self) -> u64 {
        self.size().saturating_sub(self.target)
    }

    /// Whether nothing more has to go.
    pub fn is_done(&self) -> bool {
        self.excess() == 0
    }

    /// What a group costs now.
    pub fn size_of(&self, group: GroupIndex) -> u64 {
        self.state
            .group_sizes
            .get(group.get())
            .copied()
            .unwrap_or_default()
    }

    /// What a message costs now.
    pub fn size_of_message(&self, message: usize) -> u64 {
        self.state.sizes.get(message).copied().unwrap_or_default()
    }

    /// Whether a keep rule holds a group.
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

    /// What a text costs, as a part of a message.
    pub fn count_text(&self, text: &str) -> u64 {
        self.history.counter.count_text(text)
    }

    /// Drops a group: a message of the user, an answer, or calls with their results. The last one of all stays: no provider
    /// takes a request without messages.
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

    /// The rounds that go with a message of the user, where a history cannot begin with a call: those of its turn.
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

    /// Puts a placeholder in the place of a tool's result. The call stays, and so does the result as such: the pair is whole.
    pub fn clear_result(&mut self, message: usize, result: usize, placeholder: &str) -> bool {
        if self.open_to_edits(message, false).is_none() {
            return false;
        }
        let place = (message, Some(result), usize::MAX, false);
        if self.state.edited.contains(&place) {
            return false;
        }
        let of = self.request().message(message);
        let Some(found) = of.tool_results().nth(result).filter(write::can_clear) else {
            return false;
        };
        let size = self.size_of_message(message);
        // What the whole message is for is what it costs, but for its framing; else the texts tell.
        let alone =
            of.tool_results().len() == 1 && (found.is_whole_message() || of.parts().len() == 1);
        let cost = if alone {
            size.saturating_sub(self.framing(message, result, size))
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
        self.replace(action, place, size, cost, self.count_text(placeholder))
    }

    /// Makes the arguments of a call an empty object: what was asked of the tool goes, the call stays.
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
        let place = (message, None, call, true);
        self.replace(
            Action::ClearedArguments { message, call },
            place,
            size,
            cost,
            1,
        )
    }

    /// Puts a placeholder in the place of an image, a sound, a video or a file: of a message's part, or of a result's.
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
            (message, result, part.get(), false),
            size,
            cost,
            self.count_text(placeholder),
        )
    }

    /// Drops what the model thought. What is encrypted or redacted saves what the provider knows and the request does not
    /// show: it goes without a saving.
    pub fn drop_reasoning(&mut self, message: usize, part: PartIndex) -> bool {
        self.open_to_edits(message, false).is_some() && self.take_reasoning(message, part)
    }

    /// The same where it has to be, kept or not.
    pub(super) fn take_reasoning(&mut self, message: usize, part: PartIndex) -> bool {
        let place = (message, None, part.get(), false);
        let of = self.request().message(message);
        let found = of
            .parts()
            .nth(part.get())
            .filter(|part| matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning));
        let Some(found) = found else {
            return false;
        };
        if self.state.edited.contains(&place) {
            return false;
        }
        let cost = found.text().map_or(0, |text| self.count_text(&text));
        let size = self.size_of_message(message);
        let after = size.saturating_sub(cost);
        self.make(
            Action::DroppedReasoning { message, part },
            size,
            after,
            Some(place),
            0,
        );
        true
    }

    /// Cuts a text to so many tokens, its marker included: of a message's part, or of a result's. Where the cut falls
    /// depends on the text alone.
    pub fn shorten(
        &mut self,
        message: usize,
        result: Option<usize>,
        part: PartIndex,
        cut: &super::Cut,
    ) -> bool {
        self.shorten_in(message, result, part, cut, false)
    }

    /// The same; in the end of the history too when `kept_end`, where it is of a result.
    pub(super) fn shorten_in(
        &mut self,
        message: usize,
        result: Option<usize>,
        part: PartIndex,
        cut: &super::Cut,
        kept_end: bool,
    ) -> bool {
        if self.open_to_edits(message, kept_end).is_none()
            || self.result_is_cleared(message, result)
        {
            return false;
        }
        let place = (message, result, part.get(), false);
        // What was cut before may be cut to less.
        let mut earlier = None;
        if self.state.edited.contains(&place) {
            let made = self.state.made.iter().rev();
            earlier = made
                .clone()
                .find(|made| made.place == Some(place))
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
        // A token has at least a byte in every encoding, and a word or a character of one too.
        if text.len() as u64 <= cut.most() {
            return false;
        }
        let Some((cut, kept)) = self.cut_to_words(&text, cut) else {
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
        self.put(action, place, size, cost, kept.tokens_after)
    }

    /// A cut of a text, and what it keeps. What would be left blank gets a marker, as providers refuse a blank text; one that
    /// is blank as a whole stays so.
    fn cut_to_words<'c>(
        &self,
        text: &str,
        cut: &'c super::Cut,
    ) -> Option<(Cow<'c, super::Cut>, super::cut::Kept)> {
        let cut = Cow::Borrowed(cut);
        let kept = cut.of(text, self.history.counter)?;
        let (first, last) = (kept.first_bytes, kept.last_bytes);
        let left = super::cut::joined(text, first, last, cut.marker_text());
        if !left.trim().is_empty() || text.trim().is_empty() {
            return Some((cut, kept));
        }
        let marked = cut.into_owned().marker(super::CUT_MARKER);
        let kept = marked.of(text, self.history.counter)?;
        Some((Cow::Owned(marked), kept))
    }

    /// What stands around the text of a result that is a message, of a call that was made alone: the same for all results of
    /// a tool, so that one text has to be counted for it.
    fn framing(&self, message: usize, result: usize, size: u64) -> u64 {
        let (request, links) = (self.request(), self.history.groups.links());
        let results = links.results();
        let at = results.partition_point(|link| (link.message, link.nth) < (message, result));
        let call = results
            .get(at)
            .filter(|link| link.message == message && link.nth == result)
            .and_then(|link| links.calls().get(link.call?))
            .filter(|call| request.message(call.message).tool_calls().len() == 1);
        let name = call.and_then(|call| {
            request
                .message(call.message)
                .tool_calls()
                .nth(call.nth)?
                .name()
        });
        let Some(name) = name else {
            return FRAMING;
        };
        let mut framings = self.history.framings.borrow_mut();
        if let Some(&framing) = framings.get(&*name) {
            return framing;
        }
        let texts = request.message(message).tool_results().nth(result);
        let text = texts.map_or(0, |result| self.count_text(&result.text()));
        let framing = size.saturating_sub(text);
        framings.insert(name.into_owned(), framing);
        framing
    }

    /// Whether a text of a message may be cut.
    pub(super) fn can_shorten(&self, message: usize, kept_end: bool) -> bool {
        self.open_to_edits(message, kept_end).is_some()
    }

    /// The group of a message whose content may be edited.
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

    /// Whether what is asked for stands in a result that has given way.
    fn result_is_cleared(&self, message: usize, result: Option<usize>) -> bool {
        let of = self.request().message(message);
        let result = result.or_else(|| {
            // The parts of a message that is a result as a whole.
            of.tool_results()
                .position(|result| result.is_whole_message())
        });
        result.is_some_and(|result| {
            self.state
                .edited
                .contains(&(message, Some(result), usize::MAX, false))
        })
    }

    /// What one image, sound or file of a message costs: what its texts do not account for, in equal shares.
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

    /// An edit that puts something cheaper in the place of something dear.
    fn replace(
        &mut self,
        action: Action,
        place: Place,
        size: u64,
        cost: u64,
        instead: u64,
    ) -> bool {
        !self.state.edited.contains(&place) && self.put(action, place, size, cost, instead)
    }

    fn put(&mut self, action: Action, place: Place, size: u64, cost: u64, instead: u64) -> bool {
        let after = size.saturating_sub(cost).saturating_add(instead);
        if instead >= cost || after >= size {
            return false;
        }
        self.make(action, size, after, Some(place), instead);
        true
    }

    fn make(&mut self, action: Action, before: u64, after: u64, place: Option<Place>, left: u64) {
        if !self.in_unit {
            self.state.units += 1;
        }
        let made = Made {
            action,
            strategy: self.strategy,
            before,
            after,
            place,
            left,
            unit: self.state.units,
        };
        self.state.make(made, self.history.groups);
    }

    /// Makes edits that belong together: they are taken back together, when that is what it comes to.
    pub(super) fn as_one(&mut self, edits: impl FnOnce(&mut Draft<'d>)) {
        self.state.units += 1;
        let outer = std::mem::replace(&mut self.in_unit, true);
        edits(self);
        self.in_unit = outer;
    }
}

/// Tokens around the content of a message, about: what is planned is counted again when it is done.
const FRAMING: u64 = 4;

/// Sizes only.
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
