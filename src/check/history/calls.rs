//! Faults of calls and results.

use super::super::Severity;
use super::super::characters::characters;
use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::calls as faults;
use super::super::server::{Pairing, RISKY, Server, TAKEN};
use super::json::is_json;
use super::pairs::{Call, Pairs, Place, ResultOfCall, Turn};
use crate::json::Kind;
use crate::request::{CallKind, Message, Role};
use crate::shown::{bare_name, quoted_name};
use crate::words::counted;

/// Maximum number of ids listed in a provider's answer; a list of thousands helps nobody.
const LISTED_IDS: usize = 16;
/// DeepSeek compares ids after cutting them to this number of characters.
const DEEPSEEK_ID: usize = 40;

impl Context<'_> {
    pub(super) fn calls(&self, out: &mut Sink<'_>, pairs: &Pairs<'_>) {
        for turn in &pairs.turns {
            self.number_of_calls(out, turn, pairs);
        }
        for call in &pairs.calls {
            self.call_id(out, call, pairs);
            self.arguments(out, call);
            if call.is_unanswered() {
                self.unanswered(out, call, pairs);
            }
        }
        for result in &pairs.results {
            self.result(out, result, pairs);
        }
        for message in self.request.messages() {
            if message.has_empty_list() {
                self.empty_list(out, &message);
            }
        }
    }

    fn number_of_calls(&self, out: &mut Sink<'_>, turn: &Turn, pairs: &Pairs<'_>) {
        let Some((most, severity)) = self.sizes.calls else {
            return;
        };
        // Only where a message is a turn: the limit is on the list, not on the turn.
        let count = turn.calls.len();
        if count <= most {
            return;
        }
        let first = &pairs.calls[turn.calls.start];
        let message = self.request.message(first.message);
        let field = message.format().wire().list_of_calls;
        let list = message.value().get(field).unwrap_or(first.view.value());
        out.report(
            &faults::TOO_MANY_CALLS,
            Site::at(list, format!("{}/{field}", message.pointer()))
                .count("length", count)
                .count("most", most)
                .verdict(Some(severity)),
        );
    }

    fn call_id(&self, out: &mut Sink<'_>, call: &Call<'_>, pairs: &Pairs<'_>) {
        if call.id.is_empty() {
            self.call_without_id(out, call);
            return;
        }
        if let Some((most, severity)) = self.sizes.call_id
            && call.id.len() > most
        {
            self.long_id(out, call, most, severity);
        }
        if let Some(first) = call.repeats {
            out.report_if(&faults::DUPLICATE_CALL_ID, || {
                Site::at(call.view.value(), call.view.pointer())
                    .name("id", &*call.id)
                    .related(pairs.calls[first].view.pointer())
            });
        }
    }

    fn call_without_id(&self, out: &mut Sink<'_>, call: &Call<'_>) {
        if !call.owed || faults::CALL_WITHOUT_ID.verdict(self).is_none() {
            return;
        }
        let value = call.view.value();
        let fault: &Fault = match value.get("id") {
            None => &faults::CALL_WITHOUT_ID,
            Some(_) => &faults::CALL_ID_IS_NULL,
        };
        let site = Site::at(value, call.view.pointer());
        let param = format!("{}.id", site.param());
        out.report(
            fault,
            site.text("function", function_of(call))
                .text("param", param)
                .text("expected", "a string")
                .text("got", "null"),
        );
    }

    fn long_id(&self, out: &mut Sink<'_>, call: &Call<'_>, most: usize, severity: Severity) {
        let length = call.id.chars().count();
        let Some((value, pointer)) = call.view.id_place().filter(|_| length > most) else {
            return;
        };
        out.report(
            &faults::LONG_CALL_ID,
            Site::at(value, pointer)
                .name("id", &*call.id)
                .count("length", length)
                .count("most", most)
                .verdict(Some(severity)),
        );
    }

    fn arguments(&self, out: &mut Sink<'_>, call: &Call<'_>) {
        // The input of a custom tool is any string; a value in place of a string is JSON already.
        if faults::ARGUMENTS_NOT_JSON.verdict(self).is_none()
            || call.view.kind() != CallKind::Function
        {
            return;
        }
        let Some(text) = call.view.arguments_node() else {
            return;
        };
        if text.kind() != Kind::String || is_json(text) {
            return;
        }
        let length = characters(text) as u64;
        out.report(
            &faults::ARGUMENTS_NOT_JSON,
            Site::at(text, call.view.arguments_pointer())
                .name("id", &*call.id)
                .text("function", function_of(call))
                .text("characters", counted(length, "character")),
        );
    }

    fn unanswered(&self, out: &mut Sink<'_>, call: &Call<'_>, pairs: &Pairs<'_>) {
        let turn = &pairs.turns[call.turn];
        let messages = self.request.layout().messages.len();
        let at_end = turn.end >= messages && turn.last + 1 >= messages;
        let fault: &Fault = match at_end {
            true => &faults::PENDING_CALL,
            false => &faults::UNANSWERED_CALL,
        };
        let verdict = match fault.verdict(self) {
            // Content stored by the server may contain the result.
            Some(_) if !at_end && self.rules.pairing == Pairing::Anywhere && pairs.unseen => RISKY,
            verdict => verdict,
        };
        if verdict.is_none() {
            return;
        }
        // The message in place of the result.
        let place = match turn.end < messages {
            true => format!("messages.[{}].role", turn.end),
            false => String::new(),
        };
        let ids = unanswered_ids(out, call.turn, pairs);
        // Gemini and Converse name the message that should contain the result.
        let next = turn.last + 1;
        let next = (self.rules.pairing == Pairing::NextMessage && next < messages)
            .then(|| self.request.message(next))
            .or_else(|| self.partial_answer(turn));
        let site = match next {
            Some(next) => Site::at(next.value(), next.pointer()).related(call.view.pointer()),
            None => Site::at(call.view.value(), call.view.pointer()),
        };
        out.report(
            fault,
            site.name("id", &*call.id)
                .text("function", function_of(call))
                .text("ids", ids)
                .text("where", place)
                .count("at", self.list_index(call.message))
                .count("next", self.list_index(turn.last) + 1)
                .verdict(verdict),
        );
    }

    /// Returns the message that answers some calls of a turn, for providers that count results
    /// instead of comparing ids.
    fn partial_answer(&self, turn: &Turn) -> Option<Message<'_>> {
        let next = turn.last + 1;
        (self.rules.server == Server::Google && next < self.request.layout().messages.len())
            .then(|| self.request.message(next))
            .filter(|message| message.tool_results().len() > 0)
    }

    fn list_index(&self, message: usize) -> usize {
        self.request
            .message(message)
            .list_index()
            .unwrap_or_default()
    }

    fn result(&self, out: &mut Sink<'_>, result: &ResultOfCall<'_>, pairs: &Pairs<'_>) {
        if let Place::Right(call) = result.place {
            // Nearly all calls.
            if pairs.calls[call].id.is_empty() && !self.rules.by_name {
                self.without_id(out, result);
            }
            return;
        }
        let (fault, call): (&Fault, _) = match result.place {
            Place::Right(_) | Place::Nameless => return self.without_id(out, result),
            Place::Duplicate(call) => (&faults::DUPLICATE_RESULT, Some(call)),
            Place::Misplaced(call) => (&faults::MISPLACED_RESULT, Some(call)),
            Place::Orphan { behind_calls: true } => (&faults::ORPHAN_AMONG_RESULTS, None),
            Place::Orphan { .. } => (&faults::ORPHAN_RESULT, None),
        };
        let verdict = match result.place {
            // The call may be in content stored by the server.
            Place::Orphan { .. } if self.rules.pairing == Pairing::Anywhere && pairs.unseen => {
                TAKEN
            }
            _ => fault.verdict(self),
        };
        if verdict.is_none() {
            return;
        }
        let id = result.view.call_id().unwrap_or_default();
        let mut site = Site::at(result.view.value(), result.view.pointer())
            .text("cut_id", bare_name(id.get(..DEEPSEEK_ID).unwrap_or(&id)))
            .name("id", id)
            .count("at", self.list_index(result.message));
        if let Some(call) = call {
            site = site.related(pairs.calls[call].view.pointer());
        }
        out.report(fault, site.verdict(verdict));
    }

    fn without_id(&self, out: &mut Sink<'_>, result: &ResultOfCall<'_>) {
        let id = result.view.call_id().unwrap_or_default();
        if id.is_empty() {
            out.report_if(&faults::RESULT_WITHOUT_ID, || {
                let at = self.list_index(result.message);
                Site::at(result.view.value(), result.view.pointer()).count("at", at)
            });
        }
    }

    /// Reports an empty list of calls; the list may only be omitted.
    fn empty_list(&self, out: &mut Sink<'_>, message: &Message<'_>) {
        if message.role() != Role::Assistant || message.tool_calls().len() > 0 {
            return;
        }
        let field = message.format().wire().list_of_calls;
        let list = message
            .value()
            .get(field)
            .filter(|list| list.kind() == Kind::Array);
        if let Some(list) = list {
            let pointer = format!("{}/{field}", message.pointer());
            out.report(&faults::EMPTY_CALLS, Site::at(list, pointer));
        }
    }
}

/// Names the function of a call for a message.
fn function_of(call: &Call<'_>) -> String {
    match call.view.name() {
        Some(name) => quoted_name(&name),
        None => "no function".to_owned(),
    }
}

/// Returns the ids of a turn's calls without a result. Cached, because many findings of one turn
/// list the same ids.
fn unanswered_ids(out: &mut Sink<'_>, turn: usize, pairs: &Pairs<'_>) -> String {
    if let Some((of, ids)) = &out.ids
        && *of == turn
    {
        return ids.clone();
    }
    let mut unanswered = pairs.unanswered(turn);
    let mut ids: Vec<String> = unanswered
        .by_ref()
        .take(LISTED_IDS)
        .map(|call| bare_name(&call.id))
        .collect();
    if unanswered.next().is_some() {
        ids.push("…".to_owned());
    }
    let ids = ids.join(", ");
    out.ids = Some((turn, ids.clone()));
    ids
}
