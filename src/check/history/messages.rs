//! Faults of roles and of contents.

use super::super::context::Context;
use super::super::fault::{Fault, Sink, Site};
use super::super::faults::contents as faults;
use super::super::server::{Dialect, RISKY, Rules, Server, Verdict};
use crate::json::{Kind, Value};
use crate::model::Quirk;
use crate::provider::Calls;
use crate::provider::openai_chat::fields::ROLES;
use crate::request::{Message, PartKind, Role};
use crate::shown::shown_word;
use crate::words::listed;

/// How much content a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Emptiness {
    /// Content: text, a call, an image.
    Full,
    /// Content, and an empty text part at this position among the parts.
    EmptyPart(usize),
    /// Only empty or blank text, or an empty list.
    Blank,
    /// Calls or a result, with an empty list of parts.
    EmptyList,
    /// No content at all, or `null`.
    Missing,
}

/// Classifies the content of a message without decoding its strings.
pub(in crate::check) fn emptiness(message: &Message<'_>) -> Emptiness {
    let mut empty = None;
    let mut full = message.tool_calls().len() > 0 || message.has_hidden() || message.is_reference();
    let mut parts = 0;
    for (nth, part) in message.parts().enumerate() {
        parts += 1;
        match (part.kind(), part.text_value()) {
            (PartKind::Text, Some(text)) if text.is_empty() => empty = empty.or(Some(nth)),
            (PartKind::Text, Some(text)) if is_blank(text) => {}
            (PartKind::CacheMark, _) => {}
            _ => full = true,
        }
        if full && parts == 1 && empty.is_none() && message.parts().len() == 1 {
            return Emptiness::Full;
        }
    }
    // Content can be omitted next to a call, and a tool can return nothing; an empty list is not
    // omitted.
    if parts == 0
        && message.has_empty_list()
        && (message.tool_calls().len() > 0 || message.role() == Role::Tool)
        && message
            .content_value()
            .is_some_and(|content| content.kind() == Kind::Array)
    {
        return Emptiness::EmptyList;
    }
    match (full, empty) {
        (true, Some(nth)) => Emptiness::EmptyPart(nth),
        (true, None) => Emptiness::Full,
        (false, _) if parts > 0 => Emptiness::Blank,
        (false, _) => match message.content_value() {
            Some(content) if !content.is_null() => Emptiness::Blank,
            _ => Emptiness::Missing,
        },
    }
}

/// Whether a string contains only white space. Stops at the first other character.
fn is_blank(string: Value<'_>) -> bool {
    let raw = string.raw();
    let mut rest = &raw[1..raw.len() - 1];
    loop {
        rest = rest.trim_start();
        let Some(escaped) = rest.strip_prefix('\\') else {
            return rest.is_empty();
        };
        rest = match escaped.as_bytes().first() {
            Some(b'n' | b't' | b'r' | b'f') => &escaped[1..],
            // A space can be escaped by its number; this is rare, so the string is simply decoded.
            Some(b'u') => return string.as_str().is_some_and(|text| text.trim().is_empty()),
            _ => return false,
        };
    }
}

/// Whether the blank text is in blocks, if the format's server distinguishes that from missing
/// content.
fn has_blank_blocks(message: &Message<'_>) -> bool {
    message.format().wire().tells_blank_blocks
        && message.parts().len() > 0
        && message
            .content_value()
            .is_some_and(|content| content.kind() == Kind::Array)
}

/// Returns the verdict of a server on a message with little content.
pub(in crate::check) fn content_verdict(
    rules: &Rules,
    message: &Message<'_>,
    what: Emptiness,
    last: bool,
) -> Verdict {
    let assistant = message.role() == Role::Assistant;
    match what {
        Emptiness::Full => None,
        // Most clients write "no text" next to calls as an empty string.
        Emptiness::EmptyPart(_)
            if message
                .content_value()
                .is_none_or(|content| content.kind() == Kind::String) =>
        {
            None
        }
        Emptiness::EmptyPart(_) => rules.empty_part,
        Emptiness::EmptyList => rules.empty_list,
        // A tool may return nothing.
        Emptiness::Blank if matches!(message.role(), Role::Tool | Role::Function) => None,
        Emptiness::Blank if assistant && !has_blank_blocks(message) => {
            if last && rules.server == Server::Anthropic {
                None
            } else {
                rules.empty_assistant
            }
        }
        Emptiness::Blank => rules.empty_content,
        Emptiness::Missing => {
            // Other content can replace it: a legacy call, audio by id, an item stored by the
            // server.
            let elsewhere = !message.spells_role()
                || ["refusal", "audio", "function_call"]
                    .into_iter()
                    .any(|field| message.value().get_some(field).is_some());
            rules.missing_content.filter(|_| !elsewhere)
        }
    }
}

impl Context<'_> {
    /// Reports faults of roles and contents.
    pub(super) fn messages(&self, out: &mut Sink<'_>) {
        let mut before: Option<Role> = None;
        let mut listed = 0;
        let last = self.request.layout().messages.len().wrapping_sub(1);
        for message in self.request.messages() {
            if message.list_index().is_none() {
                continue; // instructions outside of the list
            }
            listed += 1;
            self.role(out, &message, before);
            self.content(out, &message, message.index() == last);
            before = Some(message.role());
        }
        if listed == 0 {
            self.no_messages(out);
        }
        if before == Some(Role::Assistant) {
            self.last_assistant(out);
        }
    }

    fn no_messages(&self, out: &mut Sink<'_>) {
        let list = self.request.list_value();
        // The input of a Responses request may be elsewhere, or be a string.
        if list.kind() == Kind::Array && self.request.layout().kept_context.is_none() {
            let site = Site::at(list, self.request.list_pointer());
            out.report(&faults::NO_MESSAGES, site.text("param", "messages"));
        }
    }

    fn role(&self, out: &mut Sink<'_>, message: &Message<'_>, before: Option<Role>) {
        let wire = self.request.format().wire();
        match message.role() {
            // The form of Converse reports it.
            Role::Other if self.dialect == Dialect::Converse => {}
            Role::Other if !message.is_reference() && message.spells_role() => {
                let site = at_field(message, "role")
                    .text("roles", wire.roles)
                    .text("value", shown_word(&message.role_name()))
                    .text("words", listed(ROLES, "and"));
                out.report(&faults::UNKNOWN_ROLE, site);
            }
            Role::System | Role::Developer if wire.calls != Calls::Items => {
                let fault: &Fault = match before {
                    None => &faults::SYSTEM_FIRST,
                    Some(role) if !role.is_instructions() => &faults::SYSTEM_LATE,
                    Some(_) => &faults::SYSTEM_AGAIN,
                };
                // After other instructions it has the same verdict as those.
                let again = self.rules.late_system.and(self.rules.first_system);
                let verdict = match before {
                    Some(role) if role.is_instructions() => {
                        again.and(RISKY).or(self.rules.second_system)
                    }
                    Some(Role::Tool | Role::Assistant)
                        if self.rules.system_after_answer.is_some() =>
                    {
                        self.rules.system_after_answer
                    }
                    // A chat template raises an error.
                    Some(before)
                        if self.rules.server == Server::Lenient
                            && self.template_refuses_instructions(before) =>
                    {
                        RISKY
                    }
                    Some(_) => self.late_instructions(),
                    None => fault.verdict(self),
                };
                if verdict.is_some() {
                    let mut site = at_field(message, "role").verdict(verdict);
                    if let Some(before) = before {
                        site = site.text("before", before.as_str());
                    }
                    out.report(fault, site);
                }
            }
            role @ (Role::User | Role::Assistant) if before == Some(role) => {
                let verdict = self.same_role(role);
                if verdict.is_some() {
                    let site = at_field(message, "role").verdict(verdict);
                    out.report(&faults::SAME_ROLE_TWICE, site);
                }
            }
            _ => {}
        }
    }

    /// Whether the model's chat template refuses instructions after a message of this role.
    fn template_refuses_instructions(&self, before: Role) -> bool {
        self.budget.model().is_some_and(|model| {
            model.abilities().has(Quirk::InstructionsOnlyFirst)
                || (model.provider() == "mistral" && matches!(before, Role::Tool | Role::Assistant))
        })
    }

    fn content(&self, out: &mut Sink<'_>, message: &Message<'_>, last: bool) {
        // Only the assistant's content can be replaced by calls, refusals and audio (measured
        // 2026-08-31).
        if message.role() != Role::Assistant
            && self.dialect == Dialect::OpenAiChat
            && message.parts().all(|part| part.kind() == PartKind::Refusal)
            && message.spells_role()
            && message
                .content_value()
                .is_none_or(|content| content.is_null())
        {
            return self.missing_content(out, message);
        }
        let what = emptiness(message);
        // The form of this format reports each blank text.
        let reported = self.dialect == Dialect::Converse && what != Emptiness::Missing;
        if what == Emptiness::Full || reported {
            return;
        }
        let verdict = content_verdict(self.rules, message, what, last);
        if verdict.is_none() {
            return;
        }
        let fault: &Fault = match what {
            Emptiness::EmptyPart(nth) => return self.empty_part(out, message, nth),
            Emptiness::Missing => return self.missing_content(out, message),
            Emptiness::EmptyList => &faults::EMPTY_LIST,
            _ if has_blank_blocks(message) => {
                let empty = message
                    .parts()
                    .any(|part| part.text_value().is_some_and(|text| text.is_empty()));
                if empty {
                    &faults::EMPTY_PART
                } else {
                    &faults::BLANK_BLOCK
                }
            }
            _ => &faults::BLANK,
        };
        let at = message.list_index().unwrap_or_default();
        let site = at_field(message, "content").count("at", at);
        out.report(fault, site.verdict(verdict));
    }

    fn missing_content(&self, out: &mut Sink<'_>, message: &Message<'_>) {
        let at = message.list_index().unwrap_or_default();
        let fault: &Fault = match (message.role(), message.value().get("content")) {
            (Role::Developer, None) => &faults::DEVELOPER_WITHOUT_CONTENT,
            (Role::Developer, Some(_)) => &faults::DEVELOPER_WITH_NULL,
            _ => &faults::NO_CONTENT,
        };
        out.report(
            fault,
            at_field(message, "content")
                .count("at", at)
                .text("param", format!("messages[{at}].content"))
                .text("expected", "one of a string or array of objects")
                .text("got", "null"),
        );
    }

    fn empty_part(&self, out: &mut Sink<'_>, message: &Message<'_>, nth: usize) {
        if let Some(part) = message.parts().nth(nth) {
            let site = Site::at(part.value(), part.pointer());
            out.report(&faults::EMPTY_PART, site);
        }
    }

    fn last_assistant(&self, out: &mut Sink<'_>) {
        let Some(message) = self.request.messages().next_back() else {
            return;
        };
        // An open call at the end has a finding of its own; a prefix is requested explicitly.
        let prefix = message
            .value()
            .get("prefix")
            .and_then(|prefix| prefix.as_bool())
            == Some(true);
        if message.tool_calls().len() == 0 && !prefix && !self.prefill(out) {
            out.report_if(&faults::WRONG_LAST_ROLE, || at_field(&message, "role"));
        }
    }
}

/// Makes a site of a message's field, or of the message if it lacks the field.
fn at_field<'s>(message: &Message<'_>, field: &str) -> Site<'s> {
    match message.value().get(field) {
        Some(inner) => Site::at(inner, format!("{}/{field}", message.pointer())),
        None => Site::at(message.value(), message.pointer()),
    }
}
