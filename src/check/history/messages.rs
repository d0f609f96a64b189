//! What is wrong with roles, and with what messages hold.

use super::super::server::{Rules, Server, Verdict};
use super::super::size::spelled_param;
use super::super::{ApiAnswer, Check, Phase, Severity, codes};
use crate::json::{Kind, Value};
use crate::request::{Format, Message, PartKind, Role};

/// How much a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Emptiness {
    /// Something: a text, a call, an image.
    Full,
    /// Something, and beside it a text part (of this position among its parts) that is empty.
    EmptyPart(usize),
    /// Nothing but empty or blank text, or an empty list.
    Blank,
    /// Calls, or the result of one, with an empty list of parts.
    EmptyList,
    /// No content at all, or `null`.
    Missing,
}

/// What a message says, without taking its texts apart.
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
    // Anything may be left out beside a call, and a tool may have nothing to say; an empty list is not left out.
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

/// Whether a string holds nothing but white space. Stops at the first character that is none.
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
            // A space can be spelled by its number; this is rare enough to read the text for it.
            Some(b'u') => return string.as_str().is_some_and(|text| text.trim().is_empty()),
            _ => return false,
        };
    }
}

/// A block of blank text, which Anthropic tells from an empty message.
fn says_blank_text(message: &Message<'_>) -> bool {
    message.format() == Format::Anthropic
        && message.parts().len() > 0
        && message
            .content_value()
            .is_some_and(|content| content.kind() == Kind::Array)
}

/// What a server does about a message that says little: the code of the finding, and how bad it is.
pub(in crate::check) fn content_verdict(
    rules: &Rules,
    message: &Message<'_>,
    what: Emptiness,
    last: bool,
) -> (&'static str, Verdict) {
    let assistant = message.role() == Role::Assistant;
    let verdict = match what {
        Emptiness::Full => None,
        // A string of no length beside calls is how most clients write "no text".
        Emptiness::EmptyPart(_)
            if message
                .content_value()
                .is_none_or(|content| content.kind() == Kind::String) =>
        {
            None
        }
        Emptiness::EmptyPart(_) => rules.empty_part,
        Emptiness::EmptyList => rules.empty_list,
        // A tool may have nothing to say.
        Emptiness::Blank if matches!(message.role(), Role::Tool | Role::Function) => None,
        Emptiness::Blank if assistant && !says_blank_text(message) => {
            if last && rules.server == Server::Anthropic {
                None
            } else {
                rules.empty_assistant
            }
        }
        Emptiness::Blank => rules.empty_content,
        Emptiness::Missing => {
            // A message can stand for something else: a call of the legacy kind, audio by its id, an item of the server's.
            let elsewhere = !message.spells_role()
                || ["refusal", "audio", "function_call"]
                    .into_iter()
                    .any(|field| message.value().get_some(field).is_some());
            if elsewhere {
                None
            } else {
                return (codes::MISSING_CONTENT, rules.missing_content);
            }
        }
    };
    (codes::EMPTY_CONTENT, verdict)
}

/// What is wrong with a message.
struct Fault {
    field: &'static str,
    verdict: Verdict,
    phase: Phase,
    code: &'static str,
    what: String,
    remedy: &'static str,
}

impl Check<'_> {
    /// Findings about roles and contents.
    pub(super) fn messages(&mut self) {
        let mut before: Option<Role> = None;
        let mut listed = 0;
        let last = self.request.layout().messages.len().wrapping_sub(1);
        for message in self.request.messages() {
            if message.list_index().is_none() {
                continue; // instructions outside of the list
            }
            listed += 1;
            self.role(&message, before);
            self.content(&message, message.index() == last);
            before = Some(message.role());
        }
        if listed == 0 {
            self.no_messages();
        }
        if let (Some(Role::Assistant), Some(severity)) = (before, self.rules.last_assistant) {
            self.last_assistant(severity);
        }
    }

    fn no_messages(&mut self) {
        let Some(severity) = self.rules.empty_messages else {
            return;
        };
        let list = self.request.list_value();
        // A Responses request may have its input elsewhere, or be a text.
        if list.kind() != Kind::Array || self.request.layout().kept_context.is_some() {
            return;
        }
        let api = (self.request.format() == Format::OpenAiChat && self.server == Server::OpenAi).then(|| {
            ApiAnswer::openai(
                Some("empty_array"),
                Some("messages".to_owned()),
                "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.".to_owned(),
            )
        });
        let finding = self
            .at(
                list,
                self.request.list_pointer(),
                Phase::Form,
                severity,
                codes::EMPTY_MESSAGES,
            )
            .says(
                "there are no messages".to_owned(),
                "send one message at least",
            )
            .with_api(api);
        self.findings.push(finding);
    }

    /// A finding at a field of a message, or at the message when it has no such field.
    fn found(&mut self, message: &Message<'_>, fault: Fault, api: Option<ApiAnswer>) {
        let Some(severity) = fault.verdict else {
            return;
        };
        let value = message.value();
        let (value, pointer) = match value.get(fault.field) {
            Some(inner) => (inner, format!("{}/{}", message.pointer(), fault.field)),
            None => (value, message.pointer()),
        };
        let finding = self
            .at(value, pointer, fault.phase, severity, fault.code)
            .says(fault.what, fault.remedy)
            .with_api(api);
        self.findings.push(finding);
    }

    fn role(&mut self, message: &Message<'_>, before: Option<Role>) {
        let rules = self.rules;
        let format = self.request.format();
        match message.role() {
            Role::Other if !message.is_reference() && message.spells_role() => {
                let (names, api) = self.known_roles(message);
                self.found(
                    message,
                    Fault {
                        field: "role",
                        verdict: rules.unknown_role,
                        phase: Phase::Form,
                        code: codes::UNKNOWN_ROLE,
                        what: format!("the format has no such role; it has {names}"),
                        remedy: "give it one of those",
                    },
                    api,
                );
            }
            Role::System | Role::Developer if format != Format::OpenAiResponses => {
                let first = before.is_none();
                let late = !first && !before.is_some_and(Role::is_instructions);
                let (verdict, remedy) = match (first, late) {
                    (true, _) => (
                        rules.first_system,
                        "put it into the request's own field for instructions",
                    ),
                    (false, true) => (
                        rules.late_system,
                        "put it in front, or give it to the user's next message",
                    ),
                    _ => (
                        // Behind others of its kind it is as good as they are.
                        rules
                            .late_system
                            .and(rules.first_system)
                            .map(|_| Severity::Risky),
                        "put it into the request's own field for instructions",
                    ),
                };
                let api = (first && format == Format::Anthropic).then(|| {
                    ApiAnswer::anthropic("messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.".to_owned())
                });
                let what = if first {
                    "instructions stand in the list of messages"
                } else {
                    "instructions stand behind other messages"
                };
                self.found(
                    message,
                    Fault {
                        field: "role",
                        verdict,
                        phase: Phase::Form,
                        code: codes::SYSTEM_IN_MESSAGES,
                        what: what.to_owned(),
                        remedy,
                    },
                    api,
                );
            }
            role @ (Role::User | Role::Assistant) => {
                let twice = before == Some(role);
                let after_tool = role == Role::User && before == Some(Role::Tool);
                let verdict = match (twice, after_tool) {
                    (true, _) => rules.same_role_twice,
                    (_, true) => rules.user_after_tool,
                    _ => None,
                };
                let what = if after_tool {
                    "the user speaks right behind a tool, before the assistant has"
                } else {
                    "two messages of one role follow each other"
                };
                let api = (after_tool && self.server == Server::Mistral).then(|| ApiAnswer {
                    kind: "invalid_request_message_order".into(),
                    code: Some("3230".into()),
                    ..ApiAnswer::openai(
                        None,
                        None,
                        "Unexpected role 'user' after role 'tool'".to_owned(),
                    )
                });
                if twice || after_tool {
                    self.found(
                        message,
                        Fault {
                            field: "role",
                            verdict,
                            phase: Phase::History,
                            code: codes::ROLES_NOT_ALTERNATING,
                            what: what.to_owned(),
                            remedy: "join them, or put the answer of the other between them",
                        },
                        api,
                    );
                }
            }
            _ => {}
        }
    }

    fn known_roles(&self, message: &Message<'_>) -> (&'static str, Option<ApiAnswer>) {
        let name = message.role_name();
        let param = format!("{}.role", spelled_param(&message.pointer()));
        match self.request.format() {
            Format::Gemini => (
                "user and model",
                Some(ApiAnswer::google("Please use a valid role: user, model.")),
            ),
            Format::Anthropic | Format::BedrockConverse => ("user and assistant", None),
            Format::OpenAiChat => (
                "system, developer, user, assistant, tool and function",
                (self.server == Server::OpenAi).then(|| {
                    ApiAnswer::openai(
                        Some("invalid_value"),
                        Some(param),
                        format!(
                            "Invalid value: '{}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
                            // A word is shown, another text is not.
                            crate::shown::shown_word(&name)
                        ),
                    )
                }),
            ),
            _ => ("system, developer, user and assistant", None),
        }
    }

    fn content(&mut self, message: &Message<'_>, last: bool) {
        let mut what = emptiness(message);
        // Calls, refusals and audio stand for the content of the assistant alone (measured 2026-08-31).
        if message.role() != Role::Assistant
            && message.parts().all(|part| part.kind() == PartKind::Refusal)
            && (self.server, self.request.format()) == (Server::OpenAi, Format::OpenAiChat)
            && message
                .content_value()
                .is_none_or(|content| content.is_null())
        {
            what = Emptiness::Missing;
            if message.spells_role() {
                return self.missing_content(message);
            }
        }
        if what == Emptiness::Full {
            return;
        }
        let (code, verdict) = content_verdict(self.rules, message, what, last);
        if verdict.is_none() {
            return;
        }
        match what {
            Emptiness::EmptyPart(nth) => self.empty_part(message, nth),
            Emptiness::Missing => self.missing_content(message),
            _ => {
                let what = match what {
                    Emptiness::EmptyList => "the content is an empty list",
                    _ => "the message says nothing: its text is empty or blank",
                };
                let api = (self.request.format() == Format::Anthropic).then(|| {
                    ApiAnswer::anthropic(if says_blank_text(message) {
                        "messages: text content blocks must contain non-whitespace text".to_owned()
                    } else {
                        format!(
                            "messages.{}: all messages must have non-empty content except for the optional final assistant message",
                            message.list_index().unwrap_or_default()
                        )
                    })
                });
                self.found(
                    message,
                    Fault {
                        field: "content",
                        verdict,
                        phase: Phase::Content,
                        code,
                        what: what.to_owned(),
                        remedy: "leave it out, or say something in it",
                    },
                    api,
                );
            }
        }
    }

    fn missing_content(&mut self, message: &Message<'_>) {
        let at = message.list_index().unwrap_or_default();
        let developer = message.role() == Role::Developer;
        let api = ((self.server, self.request.format()) == (Server::OpenAi, Format::OpenAiChat))
            .then(|| {
                let param = format!("messages[{at}].content");
                if developer && message.value().get("content").is_none() {
                    ApiAnswer::openai(
                        Some("missing_required_parameter"),
                        Some(param.clone()),
                        format!("Missing required parameter: '{param}'."),
                    )
                } else if developer {
                    ApiAnswer::openai(
                        Some("invalid_type"),
                        Some(param.clone()),
                        format!("Invalid type for '{param}': expected one of a string or array of objects, but got null instead."),
                    )
                } else {
                    ApiAnswer::openai(
                        None,
                        Some(format!("messages.[{at}].content")),
                        "Invalid value for 'content': expected a string, got null.".to_owned(),
                    )
                }
            });
        self.found(
            message,
            Fault {
                field: "content",
                verdict: self.rules.missing_content,
                // The schema of a developer's message wants it with the types.
                phase: if developer {
                    Phase::Form
                } else {
                    Phase::Content
                },
                code: codes::MISSING_CONTENT,
                what: "the message has no content".to_owned(),
                remedy: "give it some, or leave the message out",
            },
            api,
        );
    }

    fn empty_part(&mut self, message: &Message<'_>, nth: usize) {
        let Some(severity) = self.rules.empty_part else {
            return;
        };
        let Some(part) = message.parts().nth(nth) else {
            return;
        };
        let api = (self.request.format() == Format::Anthropic).then(|| {
            ApiAnswer::anthropic("messages: text content blocks must be non-empty".to_owned())
        });
        let finding = self
            .at(
                part.value(),
                part.pointer(),
                Phase::Content,
                severity,
                codes::EMPTY_CONTENT,
            )
            .says(
                "a text part of the message is empty".to_owned(),
                "leave the part out",
            )
            .with_api(api);
        self.findings.push(finding);
    }

    fn last_assistant(&mut self, severity: Severity) {
        let Some(message) = self.request.messages().next_back() else {
            return;
        };
        // An open call at the end is told by its own finding; a prefix is asked for by name.
        let prefix = message
            .value()
            .get("prefix")
            .and_then(|prefix| prefix.as_bool())
            == Some(true);
        if message.tool_calls().len() > 0 || prefix {
            return;
        }
        self.found(
            &message,
            Fault {
                field: "role",
                verdict: Some(severity),
                phase: Phase::History,
                code: codes::WRONG_LAST_ROLE,
                what: "the last message is the assistant's; not every model goes on from there"
                    .to_owned(),
                remedy: "end with a message of the user, or take a model that continues an answer",
            },
            None,
        );
    }
}
