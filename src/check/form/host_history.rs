//! Rules of individual hosts of the Chat Completions format about messages: their fields, calls,
//! order and contents.
//!
//! Source: docs/evidence/validation_other_providers.md, section D.

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::hosts as faults;
use super::super::hosts::{CallIds, ChatHost};
use super::super::path::{Path, api_name, shown};
use super::super::server::{REFUSED, RISKY, Server};
use crate::json::{Kind, Value};
use crate::model::Quirk;
use crate::request::{CallKind, Role};
use crate::shown::{hidden_text, shown_word};

impl<'c> Context<'c> {
    /// Checks the fields of messages.
    pub(super) fn host_messages(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        let Some(known) = host.message else {
            return;
        };
        let Some(messages) = root.get_some("messages") else {
            return;
        };
        for (at, message) in messages.items().enumerate() {
            let item = Path::MESSAGES.item(at);
            let role = message.get("role").and_then(|role| role.as_str());
            let is_tool = role.as_deref() == Some("tool");
            for (key, value) in message.entries() {
                let key = key.as_str().unwrap_or_default();
                let takes =
                    known.contains(&&*key) && !(is_tool && &*key == "name" && host.no_name_of_tool);
                if takes {
                    continue;
                }
                let verdict = match host.unsure_in_message.contains(&&*key) {
                    true => RISKY,
                    false => REFUSED,
                };
                let name = api_name(&key);
                let path = item.field(name);
                let site = match name == key {
                    true => self.site(value, &path),
                    false => self
                        .site(value, &path)
                        .text(
                            "param",
                            format!("{}.{}", item.param(), hidden_text(key.len())),
                        )
                        .unanswered(),
                };
                let site = site
                    .count("at", at)
                    .text("field", shown(&key))
                    .text("role", shown_word(role.as_deref().unwrap_or_default()))
                    .verdict(verdict);
                out.report(&faults::HOST_MESSAGE_FIELD, site);
            }
        }
    }

    pub(super) fn host_history(&self, out: &mut Sink<'_>, host: &ChatHost, root: Value<'c>) {
        if host.reasoning_comes_back
            && self.has_quirk(Quirk::ReasoningContentHasToComeBack)
            && self.host_thinks(host, root)
            // A dated name of a model accepts it.
            && self.budget.model().is_some_and(|model| model.listed_name() == model.id())
        {
            for message in self.request.messages() {
                if message.tool_calls().len() > 0
                    && message.value().get_some("reasoning_content").is_none()
                {
                    let at = message.list_index().unwrap_or_default();
                    let site = Site::at(message.value(), message.pointer()).count("at", at);
                    out.report(&faults::HOST_REASONING_LOST, site);
                }
            }
        }
        if host.call_type {
            self.call_types(out);
        }
        self.call_ids(out, host.call_ids);
        if host.needs_user
            && !self.request.layout().messages.is_empty()
            && !self
                .request
                .messages()
                .any(|message| matches!(message.role(), Role::User | Role::Tool))
        {
            let site = Site::at(self.request.list_value(), self.request.list_pointer());
            out.report(&faults::HOST_NO_USER, site);
        }
        if host.alternates {
            self.alternation(out);
        }
        if host.needs_content {
            self.contents_are_there(out);
        }
        self.images_of_host(out, host);
        if self.server == Server::Bedrock
            && let Some(model) = self.budget.model()
            && model.provider() == "openai"
        {
            let path = Path::ROOT.field("logit_bias");
            if let Some((_, site)) = self.setting(root, &path) {
                out.report(&faults::HOST_FIELD, site.verdict(REFUSED));
            }
        }
        if self.server == Server::OvhCloud {
            let path = Path::ROOT.field("parallel_tool_calls");
            if let Some((value, site)) = self.setting(root, &path)
                && value.kind() == Kind::False
            {
                out.report(&faults::HOST_FIELD, site.verdict(REFUSED));
            }
        }
    }

    fn call_types(&self, out: &mut Sink<'_>) {
        for message in self.request.messages() {
            for call in message.tool_calls() {
                if call.kind() != CallKind::LegacyFunction
                    && call.value().get_some("type").is_none()
                {
                    let pointer = call.pointer();
                    let place = pointer.trim_start_matches('/').replace('/', ".");
                    let site = Site::at(call.value(), pointer);
                    out.report(&faults::HOST_CALL_TYPE, site.text("place", place));
                }
            }
        }
    }

    fn call_ids(&self, out: &mut Sink<'_>, ids: CallIds) {
        let verdict = match ids {
            CallIds::Any => return,
            CallIds::NineOfMistral => REFUSED,
            CallIds::NineOfSome if self.has_quirk(Quirk::CallIdsOfNine) => REFUSED,
            CallIds::NineOfSome if self.has_quirk(Quirk::CallIdsOfAnyForm) => return,
            // Refused in 2025; other models have accepted it since.
            CallIds::NineOfSome => RISKY,
        };
        for message in self.request.messages() {
            for call in message.tool_calls() {
                let Some(id) = call.id().filter(|id| !id.is_empty()) else {
                    continue;
                };
                if id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    continue;
                }
                if let Some((value, pointer)) = call.id_place() {
                    let site = Site::at(value, pointer).name("id", id.into_owned());
                    out.report(&faults::HOST_CALL_ID, site.verdict(verdict));
                }
            }
        }
    }

    /// Reports the first message out of turn.
    fn alternation(&self, out: &mut Sink<'_>) {
        let mut before: Option<(bool, bool)> = None;
        for message in self.request.messages() {
            let is_assistant = match message.role() {
                Role::Assistant => true,
                Role::User | Role::Tool => false,
                _ => continue,
            };
            let is_tool = message.role() == Role::Tool;
            let wrong = match before {
                None => is_assistant,
                // It is not known whether several results count as one.
                Some((assistant, tool)) => assistant == is_assistant && !is_tool && !tool,
            };
            if wrong {
                let site = Site::at(message.value(), message.pointer());
                out.report(&faults::HOST_ALTERNATION, site);
                return;
            }
            before = Some((is_assistant, is_tool));
        }
    }

    fn contents_are_there(&self, out: &mut Sink<'_>) {
        for message in self.request.messages() {
            let content = message.content_value().filter(|content| !content.is_null());
            if content.is_some_and(|content| !content.is_empty()) {
                continue;
            }
            let verdict = match content {
                _ if message.tool_calls().len() > 0 => continue,
                // An empty string may count as an element.
                Some(content) if content.kind() == Kind::String => RISKY,
                _ => REFUSED,
            };
            let site = Site::at(message.value(), message.pointer());
            out.report(&faults::HOST_NO_CONTENT, site.verdict(verdict));
        }
    }
}
