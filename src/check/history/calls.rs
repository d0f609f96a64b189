//! What is wrong with calls and results.

use super::super::characters::characters;
use super::super::server::{Pairing, Server, Verdict};
use super::super::size::spelled_param;
use super::super::{ApiAnswer, Check, Finding, Phase, Severity, codes};
use super::json::is_json;
use super::pairs::{Answer, Call, Pairs, Place, Turn};
use crate::json::Kind;
use crate::request::{CallKind, Format, Message, Role};
use crate::shown::{bare_name, quoted_name};
use crate::words::counted;

/// So many ids are written out in an answer of the provider's; a list of thousands helps nobody.
const NAMED_IDS: usize = 16;

impl Check<'_> {
    /// Findings about calls and results.
    pub(super) fn calls(&mut self, pairs: &Pairs<'_>) {
        for turn in &pairs.turns {
            self.number_of_calls(turn, pairs);
        }
        for call in &pairs.calls {
            self.call(call, pairs);
        }
        for result in &pairs.results {
            self.result(result, pairs);
        }
        for message in self.request.messages() {
            if message.has_empty_list() {
                self.empty_list(&message);
            }
        }
    }

    fn number_of_calls(&mut self, turn: &Turn, pairs: &Pairs<'_>) {
        let Some((most, severity)) = self.sizes.calls else {
            return;
        };
        // Only where a message is a turn: the list is limited, not the turn.
        let count = turn.calls.len();
        if count <= most {
            return;
        }
        let first = &pairs.calls[turn.calls.start];
        let message = self.request.message(first.message);
        let pointer = format!("{}/tool_calls", message.pointer());
        let param = spelled_param(&pointer);
        let list = message
            .value()
            .get("tool_calls")
            .unwrap_or(first.view.value());
        let finding = self
            .at(list, pointer, Phase::Form, severity, codes::TOO_MANY_CALLS)
            .says(
                format!(
                    "{} in one message; the provider takes {most}",
                    counted(count as u64, "call")
                ),
                "spread the calls over several turns, each with its results",
            )
            .with_api(Some(ApiAnswer::openai(
                Some("array_above_max_length"),
                Some(param.clone()),
                format!("Invalid '{param}': array too long. Expected an array with maximum length {most}, but got an array with length {count} instead."),
            )));
        self.findings.push(finding);
    }

    fn call(&mut self, call: &Call<'_>, pairs: &Pairs<'_>) {
        self.call_id(call, pairs);
        self.arguments(call);
        if call.is_unanswered() {
            self.unanswered(call, pairs);
        }
    }

    fn call_id(&mut self, call: &Call<'_>, pairs: &Pairs<'_>) {
        if call.id.is_empty() {
            let Some(severity) = self.rules.missing_call_id.filter(|_| call.owed) else {
                return;
            };
            let param = format!("{}.id", spelled_param(&call.view.pointer()));
            let finding = self
                .at(
                    call.view.value(),
                    call.view.pointer(),
                    Phase::Form,
                    severity,
                    codes::MISSING_CALL_ID,
                )
                .says(
                    format!("the call of {} has no id", self.name_of(call)),
                    "give it one, the same that its result names",
                )
                .with_api((self.server == Server::OpenAi).then(|| {
                    let (code, message) = match call.view.value().get("id") {
                        None => (
                            "missing_required_parameter",
                            format!("Missing required parameter: '{param}'."),
                        ),
                        Some(_) => (
                            "invalid_type",
                            format!(
                                "Invalid type for '{param}': expected a string, but got null instead."
                            ),
                        ),
                    };
                    ApiAnswer::openai(Some(code), Some(param.clone()), message)
                }));
            self.findings.push(finding);
            return;
        }
        if let Some((most, severity)) = self.sizes.call_id
            && call.id.len() > most
        {
            self.long_id(call, most, severity);
        }
        if let (Some(first), Some(severity)) = (call.repeats, self.rules.duplicate_call) {
            let api = match self.server {
                Server::Anthropic => Some(ApiAnswer::anthropic(format!(
                    "{}: `tool_use` ids must be unique",
                    anthropic_place(&call.view.pointer())
                ))),
                _ => None,
            };
            let finding = self
                .at(
                    call.view.value(),
                    call.view.pointer(),
                    Phase::History,
                    severity,
                    codes::DUPLICATE_TOOL_CALL_ID,
                )
                .says(
                    format!(
                        "the id {} is that of another call of this turn",
                        quoted_name(&call.id)
                    ),
                    "give each call an id of its own, or leave the second call out",
                )
                .with_api(api)
                .with_related(pairs.calls[first].view.pointer());
            self.findings.push(finding);
        }
    }

    fn long_id(&mut self, call: &Call<'_>, most: usize, severity: Severity) {
        let length = call.id.chars().count();
        let Some((value, pointer)) = call.view.id_place().filter(|_| length > most) else {
            return;
        };
        let param = spelled_param(&pointer);
        let finding = self
            .at(value, pointer, Phase::Form, severity, codes::CALL_ID_TOO_LONG)
            .says(
                format!(
                    "the id {} has {length} characters; the provider takes {most}",
                    quoted_name(&call.id)
                ),
                format!("shorten it to {most} characters, in the call and in its result"),
            )
            .with_api(Some(ApiAnswer::openai(
                Some("string_above_max_length"),
                Some(param.clone()),
                format!("Invalid '{param}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."),
            )));
        self.findings.push(finding);
    }

    /// The function that a call calls, as a sentence names it.
    fn name_of(&self, call: &Call<'_>) -> String {
        match call.view.name() {
            Some(name) => quoted_name(&name),
            None => "no function".to_owned(),
        }
    }

    fn arguments(&mut self, call: &Call<'_>) {
        let Some(severity) = self.rules.arguments else {
            return;
        };
        // The input of a custom tool is any text; where a format keeps a value it is JSON already.
        if call.view.kind() != CallKind::Function {
            return;
        }
        let Some(text) = call.view.arguments_node() else {
            return;
        };
        if text.kind() != Kind::String || is_json(text) {
            return;
        }
        let finding = self
            .at(
                text,
                call.view.arguments_pointer(),
                Phase::Form,
                severity,
                codes::ARGUMENTS_NOT_JSON,
            )
            .says(
                format!(
                    "the arguments of the call {} of {} are not JSON ({} characters)",
                    quoted_name(&call.id),
                    self.name_of(call),
                    characters(text)
                ),
                "write them as a JSON object, `{}` when nothing is known",
            );
        self.findings.push(finding);
    }

    fn unanswered(&mut self, call: &Call<'_>, pairs: &Pairs<'_>) {
        let turn = &pairs.turns[call.turn];
        let messages = self.request.layout().messages.len();
        let at_end = turn.end >= messages && turn.last + 1 >= messages;
        let verdict: Verdict = match self.rules.pairing {
            _ if at_end => self.rules.pending,
            // What the server keeps may hold the result.
            Pairing::Anywhere if pairs.unseen => self.rules.unanswered.map(|_| Severity::Risky),
            _ => self.rules.unanswered,
        };
        let Some(severity) = verdict else {
            return;
        };
        let remedy = if at_end {
            "add its result behind it, or leave the call out"
        } else {
            "add its result right behind the calls (a placeholder that says so, when it is lost), or leave the call out"
        };
        let finding = self
            .at(
                call.view.value(),
                call.view.pointer(),
                Phase::History,
                severity,
                codes::UNANSWERED_TOOL_CALL,
            )
            .says(
                format!(
                    "the call {} of {} has no result",
                    quoted_name(&call.id),
                    self.name_of(call)
                ),
                remedy,
            )
            .with_api(self.unanswered_answer(call, turn, pairs));
        self.findings.push(finding);
    }

    /// The ids of a turn's calls without a result. Many findings of one turn say the same, so it is put together once.
    fn unanswered_ids(&self, turn: usize, pairs: &Pairs<'_>) -> String {
        if let Some((of, ids)) = &*self.ids.borrow()
            && *of == turn
        {
            return ids.clone();
        }
        let mut unanswered = pairs.unanswered(turn);
        let mut ids: Vec<String> = unanswered
            .by_ref()
            .take(NAMED_IDS)
            .map(|call| bare_name(&call.id))
            .collect();
        if unanswered.next().is_some() {
            ids.push("…".to_owned());
        }
        let ids = ids.join(", ");
        *self.ids.borrow_mut() = Some((turn, ids.clone()));
        ids
    }

    fn unanswered_answer(
        &self,
        call: &Call<'_>,
        turn: &Turn,
        pairs: &Pairs<'_>,
    ) -> Option<ApiAnswer> {
        let ids = || self.unanswered_ids(call.turn, pairs);
        match (self.server, self.request.format()) {
            (Server::OpenAi, Format::OpenAiChat) => {
                let messages = self.request.layout().messages.len();
                Some(ApiAnswer::openai(
                    None,
                    // The message that stands where a result should.
                    (turn.end < messages).then(|| format!("messages.[{}].role", turn.end)),
                    format!(
                        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
                        ids()
                    ),
                ))
            }
            (Server::OpenAi, Format::OpenAiResponses) => Some(ApiAnswer::openai(
                None,
                Some("input".to_owned()),
                format!(
                    "No tool output found for function call {}.",
                    bare_name(&call.id)
                ),
            )),
            (_, Format::Anthropic) => Some(ApiAnswer::anthropic(format!(
                "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                self.list_index(call.message),
                ids()
            ))),
            (_, Format::Gemini) => Some(ApiAnswer::google(COUNTS_DIFFER)),
            (_, Format::BedrockConverse) => Some(ApiAnswer::bedrock(format!(
                "Expected toolResult blocks at messages.{}.content for the following Ids: {}",
                self.list_index(turn.last) + 1,
                ids()
            ))),
            _ => None,
        }
    }

    fn list_index(&self, message: usize) -> usize {
        self.request
            .message(message)
            .list_index()
            .unwrap_or_default()
    }

    fn result(&mut self, result: &Answer<'_>, pairs: &Pairs<'_>) {
        if let Place::Right(call) = result.place {
            // Nearly all of them.
            if pairs.calls[call].id.is_empty() && !self.rules.by_name {
                self.without_id(result);
            }
            return;
        }
        let id = result.view.call_id().unwrap_or_default();
        let shown = quoted_name(&id);
        let (code, verdict, message, remedy) = match result.place {
            Place::Right(_) | Place::Nameless => return self.without_id(result),
            Place::Duplicate(_) => (
                codes::DUPLICATE_TOOL_RESULT,
                self.rules.duplicate_result,
                format!("the call {shown} has a result already"),
                "keep one result for each call",
            ),
            Place::Misplaced(_) => (
                codes::MISPLACED_TOOL_RESULT,
                self.rules.misplaced,
                format!("the result of {shown} does not stand right behind its call"),
                "move it there, in front of what came between",
            ),
            Place::Orphan { .. } => (
                codes::ORPHAN_TOOL_RESULT,
                match self.rules.pairing {
                    // The call may be in what the server keeps.
                    Pairing::Anywhere if pairs.unseen => None,
                    _ => self.rules.orphan,
                },
                format!("the result of {shown} has no call"),
                "leave it out, or put its call back in front of it",
            ),
        };
        let Some(severity) = verdict else {
            return;
        };
        let finding = self
            .at(
                result.view.value(),
                result.view.pointer(),
                Phase::History,
                severity,
                code,
            )
            .says(message, remedy)
            .with_api(self.result_answer(result, &id));
        let finding = match result.place {
            Place::Duplicate(call) | Place::Misplaced(call) => {
                finding.with_related(pairs.calls[call].view.pointer())
            }
            _ => finding,
        };
        self.findings.push(finding);
    }

    fn result_answer(&self, result: &Answer<'_>, id: &str) -> Option<ApiAnswer> {
        let at = self.list_index(result.message);
        match (self.server, self.request.format(), result.place) {
            (Server::OpenAi, Format::OpenAiChat, Place::Orphan { behind_calls: true }) => {
                Some(ApiAnswer::openai(
                    None,
                    Some(format!("messages.[{at}].tool_call_id")),
                    format!(
                        "Invalid parameter: 'tool_call_id' of '{}' not found in 'tool_calls' of previous message.",
                        bare_name(id)
                    ),
                ))
            }
            (Server::OpenAi, Format::OpenAiChat, Place::Orphan { .. } | Place::Misplaced(_)) => {
                Some(ApiAnswer::openai(
                    None,
                    Some(format!("messages.[{at}].role")),
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.".to_owned(),
                ))
            }
            (Server::DeepSeek, Format::OpenAiChat, Place::Duplicate(_)) => Some(ApiAnswer::openai(
                None,
                None,
                format!(
                    "Duplicate value for 'tool_call_id' of {} in message[{at}]",
                    // It compares ids after cutting them at 40 characters.
                    bare_name(id.get(..40).unwrap_or(id))
                ),
            )),
            (Server::OpenAi, Format::OpenAiResponses, Place::Orphan { .. }) => Some(ApiAnswer::openai(
                None,
                Some("input".to_owned()),
                format!(
                    "No tool call found for function call output with call_id {}.",
                    bare_name(id)
                ),
            )),
            (_, Format::Anthropic, Place::Duplicate(_)) => Some(ApiAnswer::anthropic(format!(
                "{}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {}",
                anthropic_place(&result.view.pointer()),
                bare_name(id)
            ))),
            (_, Format::Anthropic, _) => Some(ApiAnswer::anthropic(format!(
                "{}: unexpected `tool_use_id` found in `tool_result` blocks: {}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
                anthropic_place(&result.view.pointer()),
                bare_name(id)
            ))),
            (_, Format::Gemini, Place::Duplicate(_) | Place::Orphan { behind_calls: true }) => {
                Some(ApiAnswer::google(COUNTS_DIFFER))
            }
            (_, Format::Gemini, _) => Some(ApiAnswer::google(
                "Please ensure that function response turn comes immediately after a function call turn.",
            )),
            (_, Format::BedrockConverse, _) => Some(ApiAnswer::bedrock(format!(
                "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse blocks of previous turn."
            ))),
            _ => None,
        }
    }

    fn without_id(&mut self, result: &Answer<'_>) {
        let id = result.view.call_id().unwrap_or_default();
        let Some(severity) = self.rules.missing_result_id.filter(|_| id.is_empty()) else {
            return;
        };
        let at = self.list_index(result.message);
        let finding = self
            .at(result.view.value(), result.view.pointer(), Phase::Form, severity, codes::MISSING_RESULT_ID)
            .says(
                "the result does not name the call that it answers".to_owned(),
                "give it the id of its call",
            )
            .with_api(
                ((self.server, self.request.format()) == (Server::OpenAi, Format::OpenAiChat)).then(|| {
                    ApiAnswer::openai(
                        None,
                        Some(format!("messages.[{at}].tool_call_id")),
                        "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.".to_owned(),
                    )
                }),
            );
        self.findings.push(finding);
    }

    /// `tool_calls: []`: the list may be left out, but not be empty.
    fn empty_list(&mut self, message: &Message<'_>) {
        let Some(severity) = self.rules.empty_calls else {
            return;
        };
        if message.role() != Role::Assistant || message.tool_calls().len() > 0 {
            return;
        }
        let Some(list) = message.value().get("tool_calls") else {
            return;
        };
        if list.kind() != Kind::Array {
            return;
        }
        let pointer = format!("{}/tool_calls", message.pointer());
        let param = spelled_param(&pointer);
        let finding: Finding = self
            .at(list, pointer, Phase::Form, severity, codes::EMPTY_TOOL_CALLS)
            .says(
                "the list of calls is empty".to_owned(),
                "leave the field out",
            )
            .with_api(Some(ApiAnswer::openai(
                Some("empty_array"),
                Some(param.clone()),
                format!("Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead."),
            )));
        self.findings.push(finding);
    }
}

const COUNTS_DIFFER: &str = "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";

/// A place as Anthropic spells it: `/messages/3/content/0` as `messages.3.content.0`.
fn anthropic_place(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
