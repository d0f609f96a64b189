//! Calls in the history and their results.
//!
//! A result belongs to the last earlier message with a call of its id, and there to the first such
//! call without a result, because ids are reused. The results of several calls of one message are
//! billed as one list; each message gets the cost of its entry, and the last one the rest, so that
//! the parts add up.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::calls;
use crate::count::request_count::Parts;
use crate::count::rules::{CallRules, CallText, Framing};
use crate::count::{Accuracy, TokenCount, estimate};
use crate::model::Host;
use crate::request::{CallKind, Message, Role};

/// The provider refuses such a history.
pub(super) const WITHOUT_RESULT: &str = "a call without its result is an estimate";

/// Calls with one id.
#[derive(Default)]
struct Calls<'c> {
    /// The calling message.
    caller: usize,
    /// Calls without a result, in order.
    open: VecDeque<Call<'c>>,
}

impl Calls<'_> {
    /// Returns the message of a single call that has no result.
    fn unanswered(&self) -> Option<usize> {
        self.open
            .front()
            .filter(|call| call.slot.is_none())
            .map(|_| self.caller)
    }
}

struct Call<'c> {
    name: Cow<'c, str>,
    /// For a batch: its index, and the index of the call in it.
    slot: Option<(usize, usize)>,
}

/// Several calls of one message, which are billed as one.
struct Batch {
    /// The calling message.
    caller: usize,
    /// For each call: the message of its result, and the entry in the list of results.
    results: Vec<Option<(usize, String)>>,
}

impl<'c> Chat<'c> {
    /// Adds the calls and results of the history to the messages' tokens.
    pub(super) fn history(&self, messages: &mut [TokenCount], parts: &mut Parts) {
        let mut called: HashMap<Cow<'c, str>, Calls<'c>> = HashMap::new();
        let mut batches: Vec<Batch> = Vec::new();
        let mut unanswered: Vec<usize> = Vec::new();
        for message in self.request.messages() {
            let index = message.index();
            let calls = message.tool_calls().len();
            if calls == 0 && !matches!(message.role(), Role::Tool | Role::Function) {
                continue;
            }
            let Some(rules) = self.rules.calls else {
                messages[index] += self.judged(self.estimated(&message));
                parts.doubt(
                    message.pointer(),
                    "the billing of calls was not measured on this model",
                );
                continue;
            };
            messages[index] += if calls > 0 {
                self.calls(
                    &message,
                    rules,
                    &mut called,
                    &mut batches,
                    &mut unanswered,
                    parts,
                )
            } else if message.role() == Role::Function {
                self.legacy_result(&message, rules, parts)
            } else {
                self.result(&message, rules, &mut called, &mut batches, parts)
            };
        }
        if let Some(rules) = self.rules.calls {
            // Single calls; batches are handled separately.
            unanswered.extend(called.values().filter_map(Calls::unanswered));
            unanswered.sort_unstable();
            for caller in unanswered {
                parts.doubt(self.pointer(caller), WITHOUT_RESULT);
                messages[caller] = messages[caller].at_most(Accuracy::Estimated, UNSEEN_STRETCH);
            }
            for batch in batches {
                self.batch(batch, rules, messages, parts);
            }
        }
    }

    fn pointer(&self, message: usize) -> String {
        self.request.message(message).pointer()
    }

    /// Estimates a message with calls, or a result, if there is no rule.
    fn estimated(&self, message: &Message<'_>) -> TokenCount {
        let text = message.text();
        if matches!(message.role(), Role::Tool | Role::Function) {
            return estimate::result(&text, self.texts);
        }
        let calls: TokenCount = message
            .tool_calls()
            .map(|call| estimate::call(&call, self.texts, self.rules.framing))
            .sum();
        if text.is_empty() {
            calls
        } else {
            calls + self.plain(message)
        }
    }

    /// Counts a calling message: its text is a message of its own, and so is each call, or the one
    /// that several are merged into.
    fn calls(
        &self,
        message: &Message<'c>,
        rules: CallRules,
        called: &mut HashMap<Cow<'c, str>, Calls<'c>>,
        batches: &mut Vec<Batch>,
        unanswered: &mut Vec<usize>,
        parts: &mut Parts,
    ) -> TokenCount {
        let count = message.tool_calls().len();
        let kinds = |kind| {
            message
                .tool_calls()
                .filter(|call| call.kind() == kind)
                .count()
        };
        let (functions, legacy) = (kinds(CallKind::Function), kinds(CallKind::LegacyFunction));
        let mixed = functions + legacy != count || (functions > 0 && legacy > 0) || legacy > 1;
        if mixed || message.role() != Role::Assistant {
            parts.doubt(
                message.pointer(),
                "calls of several kinds, or of a role that does not call, are an estimate",
            );
            return self.estimated(message);
        }
        let text = message.text();
        if legacy == 1 {
            return self.legacy_call(message, &text, rules, parts);
        }
        let spoken = self.spoken(message, &text, parts);
        let mut tokens = 0;
        let batch = (functions > 1).then_some(batches.len());
        for (nth, call) in message.tool_calls().enumerate() {
            let same_id = called.entry(call.id().unwrap_or_default()).or_default();
            // Calls of an earlier message with this id are closed.
            if same_id.caller != message.index() {
                unanswered.extend(same_id.unanswered());
                same_id.open.clear();
                same_id.caller = message.index();
            }
            same_id.open.push_back(Call {
                name: call.name().unwrap_or_default(),
                slot: batch.map(|batch| (batch, nth)),
            });
        }
        let mut below = 0;
        if batch.is_some() {
            batches.push(Batch {
                caller: message.index(),
                results: (0..functions).map(|_| None).collect(),
            });
            tokens += rules.parallel + self.texts.len(&calls::parallel(message.tool_calls()));
        } else if let Some(call) = message.tool_calls().next() {
            tokens += self.call(
                &call.name().unwrap_or_default(),
                &call.arguments().unwrap_or_default(),
                rules,
            );
            match rules.less_at {
                Some((host, less)) if self.model.host() == Some(host) => {
                    tokens = tokens.saturating_sub(less)
                }
                // The host is not given.
                Some((_, less)) if self.model.host().is_none() => below = less,
                _ => {}
            }
        }
        // One application's calls to gpt-4o-mini at OpenRouter were billed 8 more each (3
        // requests).
        let above = match self.model.host() {
            Some(Host::OpenRouter) => 8 * count as u64,
            _ => 0,
        };
        let counted = match (below, above) {
            (0, 0) => TokenCount::exact(tokens),
            _ => TokenCount::calibrated(tokens, tokens.saturating_sub(below), tokens + above),
        } + spoken;
        let seen_on = if batch.is_some() {
            rules.parallel_seen_on
        } else {
            rules.seen_on
        };
        let mut counted = self.by_rule(counted, seen_on, || message.pointer(), parts);
        if message
            .tool_calls()
            .any(|call| call.name().is_none_or(|name| name.is_empty()))
        {
            parts.doubt(message.pointer(), "a call without a name is refused");
            counted = counted.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
        }
        self.without_name(message, counted, parts)
    }

    /// The cost of a name on a calling message was not seen; it is counted as 0, with room for it.
    pub(super) fn without_name(
        &self,
        message: &Message<'_>,
        tokens: TokenCount,
        parts: &mut Parts,
    ) -> TokenCount {
        match message.name() {
            Some(name) if !name.is_empty() && message.role() == Role::Assistant => {
                parts.doubt(
                    message.pointer(),
                    "the cost of a name on a message with calls was not measured",
                );
                tokens + TokenCount::calibrated(0, 0, 1 + self.texts.len(&name))
            }
            _ => tokens,
        }
    }

    /// Counts the text of a calling message as a message of its own. On reasoning models it is a
    /// comment on the way, whose channel costs 1 more than the answer's (13 cases in 4 requests of
    /// one application; not in two requests of 2025-09).
    pub(super) fn spoken(
        &self,
        message: &Message<'_>,
        text: &str,
        parts: &mut Parts,
    ) -> TokenCount {
        if text.is_empty() {
            return TokenCount::ZERO;
        }
        let tokens = TokenCount::exact(4 + self.channel() + self.texts.len(text));
        if self.channel() == 0 {
            return tokens;
        }
        parts.doubt(
            message.pointer(),
            "text before a call on a reasoning model: 1 more, seen on one application",
        );
        tokens + TokenCount::calibrated(1, 0, 1)
    }

    /// Tokens of the channel in the header of an assistant message.
    pub(super) fn channel(&self) -> u64 {
        match self.rules.framing {
            Framing::Messages { per_assistant, .. } => per_assistant,
            Framing::Bare => 0,
        }
    }

    /// Counts one call.
    fn call(&self, name: &str, arguments: &str, rules: CallRules) -> u64 {
        let of = |text: &str| self.texts.len(text);
        rules.call
            + match rules.text {
                CallText::Addressed => {
                    of(&calls::recipient(name)) + of(&calls::arguments(arguments))
                }
                CallText::Of2023 => of(name) + of(arguments),
            }
    }

    /// Whether legacy fields are billed as in 2023: then a call is its name and arguments plus 7,
    /// and a result has the name in place of the role.
    fn legacy_of_2023(&self, rules: CallRules) -> bool {
        rules.legacy_of_2023.contains(&self.model.id()) || rules.text == CallText::Of2023
    }

    /// Counts the legacy field `function_call` as a call.
    fn legacy_call(
        &self,
        message: &Message<'c>,
        text: &str,
        rules: CallRules,
        parts: &mut Parts,
    ) -> TokenCount {
        let call = message.tool_calls().next();
        let name = call.and_then(|call| call.name()).unwrap_or_default();
        let arguments = call.and_then(|call| call.arguments()).unwrap_or_default();
        let tokens = if self.legacy_of_2023(rules) {
            let of = |text: &str| self.texts.len(text);
            // Public formula of 2023; one recorded request.
            TokenCount::exact(7 + of(&name) + of(&arguments) + of(text))
        } else {
            TokenCount::exact(self.call(&name, &arguments, rules))
                + self.spoken(message, text, parts)
        };
        let counted = tokens.at_most(Accuracy::Calibrated, UNSEEN_STRETCH);
        parts.doubt(
            message.pointer(),
            "the rule for the legacy `function_call` was seen only once",
        );
        let counted = self.by_rule(counted, rules.seen_on, || message.pointer(), parts);
        self.without_name(message, counted, parts)
    }

    /// Counts the legacy role `function`.
    fn legacy_result(
        &self,
        message: &Message<'c>,
        rules: CallRules,
        parts: &mut Parts,
    ) -> TokenCount {
        let of_2023 = self.legacy_of_2023(rules);
        let tokens = if of_2023 { 3 } else { rules.result }
            + self.texts.len(&message.name().unwrap_or_default())
            + self.texts.len(&message.text());
        let mut counted = TokenCount::exact(tokens);
        if !of_2023 {
            parts.doubt(
                message.pointer(),
                "the rule for the legacy role `function` was seen only once",
            );
            counted = TokenCount::calibrated(tokens, tokens - 2, tokens);
        }
        let seen_on = if of_2023 {
            rules.legacy_of_2023
        } else {
            rules.seen_on
        };
        self.by_rule(counted, seen_on, || message.pointer(), parts)
    }

    /// Counts a result; one of a batch is stored for its list.
    fn result(
        &self,
        message: &Message<'c>,
        rules: CallRules,
        called: &mut HashMap<Cow<'c, str>, Calls<'c>>,
        batches: &mut [Batch],
        parts: &mut Parts,
    ) -> TokenCount {
        let id = message
            .tool_call_id()
            .or_else(|| message.tool_results().next()?.call_id())
            .unwrap_or_default();
        let calls = called.get_mut(&id);
        let known = calls.is_some();
        let Some(call) = calls.and_then(|calls| calls.open.pop_front()) else {
            let reason = if known {
                "a second result of one call is an estimate"
            } else {
                "a result without its call is an estimate"
            };
            parts.doubt(message.pointer(), reason);
            return estimate::result(&message.text(), self.texts);
        };
        if let Some((batch, nth)) = call.slot {
            let (raw, _) = rules.results_raw_from.holds_on(self.model.day());
            let entry = calls::result(&message.text(), !raw);
            batches[batch].results[nth] = Some((message.index(), entry));
            return TokenCount::ZERO;
        }
        if let Some(known) = self.known(message) {
            return known;
        }
        let tokens = rules.result + self.texts.len(&call.name) + self.texts.len(&message.text());
        self.by_rule(
            TokenCount::exact(tokens),
            rules.seen_on,
            || message.pointer(),
            parts,
        )
    }

    /// Counts the list of results of several calls, distributed over the messages that contain
    /// them.
    fn batch(
        &self,
        batch: Batch,
        rules: CallRules,
        messages: &mut [TokenCount],
        parts: &mut Parts,
    ) {
        let missing = batch.results.iter().any(Option::is_none);
        // Between the last day of the old form and the first of the new one either may apply.
        let unsure = !rules.results_raw_from.holds_on(self.model.day()).1;
        let mut entries: Vec<String> = Vec::new();
        let mut owners: Vec<usize> = Vec::new();
        for result in batch.results.into_iter() {
            let (owner, entry) = result.unwrap_or((batch.caller, "\"\"".to_owned()));
            owners.push(owner);
            entries.push(entry);
        }
        let mut rest = self.texts.len(&calls::results(&entries));
        let last = entries.len() - 1;
        for (nth, (owner, entry)) in owners.into_iter().zip(&entries).enumerate() {
            let share = if nth == last {
                rest
            } else {
                self.texts.len(entry).min(rest)
            };
            rest -= share;
            let mut tokens = TokenCount::exact(share);
            if unsure && (!entry.is_ascii() || entry.contains("\\u")) {
                parts.doubt(
                    self.pointer(owner),
                    "the form of parallel results changed between two days",
                );
                tokens = TokenCount::calibrated(share, share / 10, share.saturating_mul(10));
            }
            if missing {
                // The provider refuses such a history; it is counted with an empty result.
                tokens = tokens.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
            }
            messages[owner] += self.by_rule(
                tokens,
                rules.parallel_seen_on,
                || self.pointer(owner),
                parts,
            );
        }
        if missing {
            parts.doubt(self.pointer(batch.caller), WITHOUT_RESULT);
        }
    }
}
