//! Calls in the history and their results, which replace the steps of both messages.
//!
//! The results of one turn are one list, in one message or in several. Each message is assigned the
//! cost of its entries, and the last one the remainder.

use super::Claude;
use crate::count::render::claude::{self as render, Entry};
use crate::count::rules::Stretch;
use crate::count::vendor::counter::Counter;
use crate::count::{Accuracy, TokenCount};
use crate::request::{CallKind, Message, PartKind, Role, ToolResult};

/// Tokens that an image adds to a result with text, besides its own (2 of 2 requests of one
/// application).
const IMAGE_BESIDE_TEXT: u64 = 18;

impl<'c> Claude<'c> {
    /// Counts the calls of a message.
    pub(super) fn calls(&mut self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let functions = || {
            message.tool_calls().filter(|call| {
                call.kind() == CallKind::Function || call.kind() == CallKind::LegacyFunction
            })
        };
        if functions().next().is_none() {
            return TokenCount::ZERO;
        }
        self.turns.called = functions()
            .map(|call| call.name().unwrap_or_default())
            .collect();
        self.turns.places = functions()
            .enumerate()
            .filter_map(|(nth, call)| Some((call.id()?, nth)))
            .collect();
        let rules = self.rules.calls;
        let mut tokens = counter.text(&render::calls(functions()));
        let mut less = 0;
        let spoken = || {
            message.parts().any(|part| {
                part.kind() == PartKind::Text
                    && part.text().is_some_and(|text| !text.trim().is_empty())
            })
        };
        if rules.text_before > 0 && !self.turns.spoken && spoken() {
            self.turns.spoken = true;
            less += rules.text_before;
        }
        if self.is_answered(message) {
            less += rules.turn.min(0).unsigned_abs();
        } else {
            counter.parts.doubt(
                message.pointer(),
                "calls without their results are an estimate",
            );
            tokens = tokens.with_room(Accuracy::Estimated, 25, 10);
        }
        if less > 0 {
            let (value, lower) = (tokens.tokens(), tokens.lower());
            let taken = TokenCount::exact(value.saturating_sub(less));
            tokens = taken.with_room(
                tokens.accuracy(),
                value - lower,
                tokens.most().saturating_sub(value),
            );
        }
        self.of_turn(counter, message, tokens)
    }

    /// Returns whether the next message contains results.
    fn is_answered(&self, message: &Message<'c>) -> bool {
        let next = message.index() + 1;
        next < self.request.messages().len() && brings_results(&self.request.message(next))
    }

    /// Limits the claim of calls and results to the evidence for the model.
    fn of_turn(
        &self,
        counter: &mut Counter<'c>,
        message: &Message<'c>,
        tokens: TokenCount,
    ) -> TokenCount {
        let seen = self.rules.seen_on.calls.contains(&counter.model.id());
        if seen {
            return tokens;
        }
        counter.parts.doubt(
            message.pointer(),
            "calls and results may cost a few tokens more or less on this model",
        );
        let room = 1 + tokens.tokens() * self.rules.calls.room_thousandths / 1000;
        tokens.with_room(Accuracy::Calibrated, room, room)
    }

    /// Counts the results in a message.
    pub(super) fn results(
        &mut self,
        counter: &mut Counter<'c>,
        message: &Message<'c>,
    ) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        for hosted in message.tool_results().filter(|result| result.is_hosted()) {
            let text = counter.text(hosted.raw_json());
            tokens += TokenCount::between(text.tokens() / 2, 0, TokenCount::UNBOUNDED);
            counter.parts.doubt(
                hosted.pointer(),
                "the billing of results of the provider's own tools is unknown",
            );
        }
        if !brings_results(message) {
            if message.role() == Role::User {
                self.turns.in_stretch = false;
            }
            return tokens;
        }
        if self.turns.dealt.is_empty() {
            self.deal(counter, message);
        }
        tokens += self.turns.dealt.pop_front().unwrap_or_default();
        tokens += self.media(counter, message);
        tokens += self.beside(message);
        self.of_turn(counter, message, tokens)
    }

    /// Counts the step of content after results in the same message.
    fn beside(&self, message: &Message<'c>) -> TokenCount {
        let whole = message
            .tool_results()
            .any(|result| result.is_whole_message());
        let beside = !whole
            && message
                .parts()
                .any(|part| matches!(part.kind(), PartKind::Text | PartKind::Image));
        TokenCount::exact(if beside { self.rules.after_results } else { 0 })
    }

    /// Counts images and files in results.
    fn media(&self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        for result in message.tool_results().filter(|result| !result.is_hosted()) {
            let mut has_text = false;
            for part in result.parts() {
                match part.kind() {
                    PartKind::Text => has_text |= part.text().is_some_and(|text| !text.is_empty()),
                    PartKind::Json => has_text = true,
                    kind => {
                        tokens += counter.part(&part);
                        if kind == PartKind::Image {
                            let more = if has_text { IMAGE_BESIDE_TEXT } else { 4 };
                            tokens += TokenCount::calibrated(more, 0, more + 8);
                        }
                    }
                }
            }
        }
        tokens
    }

    /// Counts the list of results that begins with a message, and assigns it to the messages that
    /// contain it.
    fn deal(&mut self, counter: &mut Counter<'c>, first: &Message<'c>) {
        let request = self.request;
        let messages: Vec<Message<'c>> = (first.index()..request.messages().len())
            .map(|index| request.message(index))
            .take_while(brings_results)
            .collect();
        let mut entries: Vec<Vec<Entry<'c>>> = Vec::with_capacity(messages.len());
        let mut nth = 0;
        for message in &messages {
            let mut own = Vec::new();
            for result in message.tool_results().filter(|result| !result.is_hosted()) {
                own.push(self.entry(&result, nth));
                nth += 1;
            }
            entries.push(own);
        }
        let list: Vec<Entry<'c>> = entries.iter_mut().flat_map(std::mem::take).collect();
        let mut around = self.rules.calls.turn.max(0).unsigned_abs();
        let pays = match self.rules.calls.stretch {
            Stretch::Never => false,
            Stretch::UnlessForced => !self.is_forced(),
            Stretch::Always => true,
        };
        if pays && !self.turns.in_stretch {
            self.turns.in_stretch = true;
            around += 1;
        }
        let mut whole = counter.text(&render::results(&list)) + TokenCount::exact(around);
        if list.iter().any(|entry| entry.failed) {
            counter.parts.doubt(
                first.pointer(),
                "results of failed calls were recorded in only one application",
            );
            whole = whole.with_room(Accuracy::Calibrated, 9, 4);
        }
        if self.turns.called.is_empty() || list.len() > self.turns.called.len() {
            counter
                .parts
                .doubt(first.pointer(), "a result without its call is an estimate");
            whole = whole.with_room(Accuracy::Estimated, 5, 10);
        }
        if messages.len() == 1 {
            return self.turns.dealt.push_back(whole);
        }
        let mut of_message = list.iter();
        let (mut tokens, mut rest) = (Vec::new(), whole.tokens());
        for message in &messages {
            let results = message.tool_results().filter(|result| !result.is_hosted());
            let text: String = of_message
                .by_ref()
                .take(results.count())
                .map(Entry::among_others)
                .collect();
            let own = counter.text(&text).tokens().min(rest);
            rest -= own;
            tokens.push(own);
        }
        if let Some(last) = tokens.last_mut() {
            *last += rest;
        }
        let (below, above) = (
            whole.tokens() - whole.lower(),
            whole.most().saturating_sub(whole.tokens()),
        );
        let last = tokens.len() - 1;
        for (nth, own) in tokens.into_iter().enumerate() {
            let room = if nth == last { (below, above) } else { (0, 0) };
            let own = TokenCount::exact(own).with_room(whole.accuracy(), room.0, room.1);
            self.turns.dealt.push_back(own);
        }
    }

    fn entry(&self, result: &ToolResult<'c>, nth: usize) -> Entry<'c> {
        let place = result
            .call_id()
            .and_then(|id| self.turns.places.get(&id).copied())
            .unwrap_or(nth);
        let name = match self.turns.called.get(place) {
            Some(name) => name.clone(),
            None => result.name().unwrap_or_default(),
        };
        let mut text = String::new();
        for part in result.parts() {
            match part.kind() {
                PartKind::Text => text.push_str(&part.text().unwrap_or_default()),
                PartKind::Json => {
                    let value = part.value();
                    render::plain(&mut text, value.get_some("json").unwrap_or(value));
                }
                _ => {}
            }
        }
        Entry {
            name,
            text,
            failed: result.is_error(),
        }
    }
}

/// Returns whether a message contains results of tools that the caller runs.
fn brings_results(message: &Message<'_>) -> bool {
    message.tool_results().any(|result| !result.is_hosted())
}
