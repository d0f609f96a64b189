//! Calls and results as the Responses API bills them, and its items that are not messages.
//!
//! Every call and every result is counted separately, whether it is an item or part of a chat
//! message from a gateway.

use super::history::WITHOUT_RESULT;
use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::calls;
use crate::count::request_count::Parts;
use crate::count::rules::{ResponsesRules, StoredHeader};
use crate::count::{Accuracy, TokenCount, estimate};
use crate::model::CountingGeneration;
use crate::request::{CallKind, CallState, Message, PartKind, ResultState, Role};

/// Observed deviations of a stored call header from its likely size: identical requests were billed
/// up to 3 less and 2 more, a call of a function that is not among the tools 3 more.
const STORED_BELOW: u64 = 3;
const STORED_ABOVE: u64 = 3;

impl<'c> Chat<'c> {
    /// Adds calls and results to the messages' tokens.
    pub(super) fn items(
        &self,
        rules: &ResponsesRules,
        messages: &mut [TokenCount],
        parts: &mut Parts,
    ) {
        self.comments(parts);
        if self.first_call.is_none()
            && !self
                .request
                .messages()
                .any(|message| message.tool_results().len() > 0)
        {
            return;
        }
        let links = self.request.links();
        let mut nth_call = 0;
        let mut nth_result = 0;
        let mut names = Vec::with_capacity(links.calls().len());
        // Whether the previous message, except reasoning, has calls too.
        let mut in_group = false;
        for message in self.request.messages() {
            let index = message.index();
            let count = message.tool_calls().len();
            if count > 0 {
                messages[index] += self.spoken(&message, &message.text(), parts);
            }
            for (nth, call) in message.tool_calls().enumerate() {
                let name = call.name().unwrap_or_default();
                let state = links.calls().get(nth_call).map(|link| link.state);
                nth_call += 1;
                if call.kind() == CallKind::Hosted {
                    // Hidden, so without an upper bound.
                    names.push(name);
                    continue;
                }
                let first = !in_group && nth == 0;
                let single = first && count == 1 && !self.calls_next(index);
                let tokens = rules.call
                    + self.texts.len(&calls::recipient(&name))
                    + self.texts.len(&call.arguments().unwrap_or_default());
                let mut tokens = TokenCount::exact(tokens)
                    + self.stored_header(rules, &message, first, single, parts);
                if call.kind() != CallKind::Function {
                    parts.doubt(message.pointer(), "calls of other kinds are an estimate");
                    tokens = tokens.at_most(Accuracy::Estimated, 20);
                }
                if name.is_empty() || matches!(state, Some(CallState::Unanswered)) {
                    let reason = if name.is_empty() {
                        "a call without a name is refused"
                    } else {
                        WITHOUT_RESULT
                    };
                    parts.doubt(message.pointer(), reason);
                    tokens = tokens.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
                }
                let tokens = self.by_rule(tokens, rules.calls_seen_on, || message.pointer(), parts);
                messages[index] += self.without_name(&message, tokens, parts);
                names.push(name);
            }
            if !is_reasoning(&message) {
                in_group = count > 0;
            }
            let mut many = 0;
            for result in message.tool_results() {
                let link = links.results().get(nth_result).copied();
                nth_result += 1;
                many += 1;
                if result.is_hosted() {
                    continue;
                }
                let answers = link.filter(|link| link.state == ResultState::Answers);
                let text = result.text();
                let Some(name) = answers
                    .and_then(|link| link.call)
                    .and_then(|call| names.get(call))
                else {
                    parts.doubt(
                        message.pointer(),
                        "a result without its call is an estimate",
                    );
                    messages[index] += estimate::result(&text, self.texts);
                    continue;
                };
                let tokens = TokenCount::exact(
                    rules.result
                        + self.texts.len(&format!("functions.{name}"))
                        + self.texts.len(&text),
                );
                messages[index] +=
                    self.by_rule(tokens, rules.calls_seen_on, || message.pointer(), parts);
            }
            if many > 1 {
                messages[index] = messages[index].at_most(Accuracy::Estimated, UNSEEN_STRETCH);
            }
        }
    }

    /// Whether the next message, except reasoning, has calls.
    fn calls_next(&self, index: usize) -> bool {
        (index + 1..self.request.messages().len())
            .map(|next| self.request.message(next))
            .find(|message| !is_reasoning(message))
            .is_some_and(|message| message.tool_calls().len() > 0)
    }

    /// Additional cost of a call's header compared with a short one.
    fn stored_header(
        &self,
        rules: &ResponsesRules,
        message: &Message<'_>,
        first: bool,
        single: bool,
        parts: &mut Parts,
    ) -> TokenCount {
        let item = self.lists_items().then(|| message.value());
        let known = |field: &str| item.is_some_and(|item| item.get_some(field).is_some());
        let (more, below, above) = match rules.stored {
            StoredHeader::Always if first => (3, 3, STORED_ABOVE),
            StoredHeader::Always => (13, 13, STORED_ABOVE),
            StoredHeader::ForIds if known("id") => (3, 3, STORED_ABOVE),
            StoredHeader::ForKnown if single && known("id") && known("status") => {
                (3, STORED_BELOW, STORED_ABOVE)
            }
            StoredHeader::ForKnown if single && known("id") => (0, 0, 3),
            _ => return TokenCount::ZERO,
        };
        parts.doubt(
            message.pointer(),
            "the header that the server stored with a call is not in the request",
        );
        TokenCount::calibrated(more, more - below, more + above)
    }

    /// Counts assistant text that does not end its turn, on models with channels: 1 more each (see
    /// [`spoken`](Self::spoken)). Before a call on every such model, before another text from
    /// gpt-5.4 on.
    fn comments(&self, parts: &mut Parts) {
        if self.channel() == 0 || !self.lists_items() {
            return;
        }
        let newest = self.model.counting_generation()
            == Some(CountingGeneration::ResponsesStoredHeaderNewest);
        let mut before: Option<Message<'_>> = None;
        for message in self.request.messages().filter(|m| !is_reasoning(m)) {
            let calls = message.tool_calls().len() > 0;
            if let Some(text) = before
                && message.role() == Role::Assistant
                && (calls || newest)
            {
                parts.doubt(
                    text.pointer(),
                    "text that does not end the turn: 1 more, seen on one application",
                );
                parts.framing += TokenCount::calibrated(1, 0, 1);
            }
            let spoken = message.role() == Role::Assistant && !calls && !message.text().is_empty();
            before = spoken.then_some(message);
        }
    }
}

/// Whether an item is reasoning.
pub(super) fn is_reasoning(message: &Message<'_>) -> bool {
    message.tool_calls().len() == 0
        && message.parts().next().is_some_and(|part| {
            matches!(part.kind(), PartKind::Reasoning | PartKind::HiddenReasoning)
        })
}
