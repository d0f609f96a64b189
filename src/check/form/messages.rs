//! Messages of Chat Completions.
//!
//! The parser verifies the types in a request, so for a parsed request only values are checked:
//! names, images, parts that a role does not support. For one that could not be parsed the shape of
//! every message is checked.
//!
//! Source: docs/evidence/validation.md, section 4.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::{contents, fields as faults};
use super::super::path::Path;
use super::super::server::REFUSED;
use super::media::Speaker;
use super::misfit::{Misfit, misfit};
use crate::json::{Kind, Value};
use crate::provider::field::FieldType;
use crate::provider::openai_chat::fields::{NAME_PATTERN, PARTS, ROLES};
use crate::request::{CallKind, PartKind, Role};

const CONTENT: &str = "one of a string or array of objects";
/// Maximum length of a participant's name in characters.
const LONGEST_NAME: usize = 64;

impl<'c> Context<'c> {
    /// Checks all types in a list of messages that could not be parsed, in order. Linear.
    pub(super) fn messages_shape(&self, out: &mut Sink<'_>, list: Value<'c>, path: &Path<'_>) {
        if list.kind() != Kind::Array {
            // Reported with the other fields, except for a bare value and for null.
            if list.is_null() {
                self.shape(
                    out,
                    list,
                    path,
                    Misfit::mistyped("an array of objects", list),
                );
            }
            return;
        }
        for (nth, message) in list.items().enumerate() {
            self.message_shape(out, message, &path.item(nth));
        }
    }

    fn message_shape(&self, out: &mut Sink<'_>, message: Value<'c>, path: &Path<'_>) {
        if message.kind() != Kind::Object {
            self.shape(out, message, path, Misfit::mistyped("an object", message));
            return;
        }
        let [role, content, name, tool_call_id, refusal, calls, call] = message.get_all([
            "role",
            "content",
            "name",
            "tool_call_id",
            "refusal",
            "tool_calls",
            "function_call",
        ]);
        match role {
            None => self.lacks_shape(out, message, &path.field("role")),
            Some(role) => {
                self.check_shape(out, role, &path.field("role"), &FieldType::Word(ROLES));
            }
        }
        if let Some(content) = content {
            self.content_shape(out, content, &path.field("content"));
        }
        for (field, value) in [
            ("name", name),
            ("tool_call_id", tool_call_id),
            ("refusal", refusal),
        ] {
            if let Some(value) = value {
                self.check_shape(out, value, &path.field(field), &FieldType::Str(0));
            }
        }
        if let Some(calls) = calls {
            let path = path.field("tool_calls");
            self.check_shape(out, calls, &path, &FieldType::List("an array of objects"));
            for (nth, call) in calls.items().enumerate() {
                self.call_shape(out, call, &path.item(nth));
            }
        }
        if let Some(call) = call {
            let path = path.field("function_call");
            self.check_shape(out, call, &path, &FieldType::Obj);
            self.called_shape(out, call, &path, "arguments");
        }
    }

    fn content_shape(&self, out: &mut Sink<'_>, content: Value<'c>, path: &Path<'_>) {
        match content.kind() {
            Kind::String => {}
            Kind::Array => {
                for (nth, part) in content.items().enumerate() {
                    self.part_shape(out, part, &path.item(nth));
                }
            }
            _ => self.shape(out, content, path, Misfit::mistyped(CONTENT, content)),
        }
    }

    fn part_shape(&self, out: &mut Sink<'_>, part: Value<'c>, path: &Path<'_>) {
        if part.kind() != Kind::Object {
            self.shape(out, part, path, Misfit::mistyped("an object", part));
            return;
        }
        let [kind, text, refusal] = part.get_all(["type", "text", "refusal"]);
        let Some(kind) = kind else {
            self.lacks_shape(out, part, &path.field("type"));
            return;
        };
        self.check_shape(out, kind, &path.field("type"), &FieldType::Str(0));
        let (field, value) = match kind.as_str().as_deref() {
            Some("text") => ("text", text),
            Some("refusal") => ("refusal", refusal),
            _ => return,
        };
        match value {
            None => self.lacks_shape(out, part, &path.field(field)),
            Some(value) => self.check_shape(out, value, &path.field(field), &FieldType::Str(0)),
        }
    }

    fn call_shape(&self, out: &mut Sink<'_>, call: Value<'c>, path: &Path<'_>) {
        if call.kind() != Kind::Object {
            self.shape(out, call, path, Misfit::mistyped("an object", call));
            return;
        }
        if let Some(id) = call.get("id") {
            self.check_shape(out, id, &path.field("id"), &FieldType::Str(0));
        }
        let [function, custom] = call.get_all(["function", "custom"]);
        match (function, custom) {
            (Some(function), _) => {
                let path = path.field("function");
                self.check_shape(out, function, &path, &FieldType::Obj);
                self.called_shape(out, function, &path, "arguments");
            }
            (None, Some(custom)) => {
                let path = path.field("custom");
                self.check_shape(out, custom, &path, &FieldType::Obj);
                self.called_shape(out, custom, &path, "input");
            }
            (None, None) => self.lacks_shape(out, call, &path.field("function")),
        }
    }

    fn called_shape(
        &self,
        out: &mut Sink<'_>,
        called: Value<'c>,
        path: &Path<'_>,
        input: &'static str,
    ) {
        for field in ["name", input] {
            if let Some(value) = called.get_some(field) {
                self.check_shape(out, value, &path.field(field), &FieldType::Str(0));
            }
        }
    }

    fn check_shape(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>, is: &FieldType) {
        if let Some(misfit) = misfit(is, value) {
            self.shape(out, value, path, misfit);
        }
    }

    /// Reports a fault that no server can read past.
    fn shape(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>, misfit: Misfit) {
        self.misfits_as(out, REFUSED, value, path, misfit);
    }

    fn lacks_shape(&self, out: &mut Sink<'_>, object: Value<'c>, path: &Path<'_>) {
        let site = self.lacking(object, path);
        out.report(&faults::MISSING, site.verdict(REFUSED));
    }

    /// Checks values in messages that were parsed.
    pub(super) fn message_values(&self, out: &mut Sink<'_>) {
        if self.unread.is_some() {
            return;
        }
        let request = self.request;
        for (nth, entry) in request.layout().messages.iter().enumerate() {
            match entry.name {
                Some(name) if entry.role != Role::Tool => {
                    self.message_name(out, nth, request.value(name));
                }
                None if entry.role == Role::Function => self.function_without_name(out, nth),
                _ => {}
            }
        }
        // Most parts are text, so their message is not needed.
        for (nth, entry) in request.layout().parts.iter().enumerate() {
            if !matches!(entry.kind, PartKind::Text) {
                self.odd_part(out, nth);
            }
        }
        for (nth, entry) in request.layout().calls.iter().enumerate() {
            if entry.name.is_none() || entry.arguments.is_none() {
                self.half_a_call(out, nth, entry.kind);
            }
        }
    }

    /// Checks the name of a participant. An older and a newer pattern are known: only names that
    /// the newer one refuses are reported.
    fn message_name(&self, out: &mut Sink<'_>, nth: usize, name: Value<'c>) {
        let text = name.as_str().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !text.is_empty() && text.chars().all(plain) && text.len() <= LONGEST_NAME {
            return;
        }
        let at = self.position(nth);
        let messages = self.messages_path();
        let item = messages.item(at);
        let path = item.field("name");
        let length = text.chars().count();
        let newer =
            !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "<|\\/>".contains(c));
        if text.is_empty() {
            let site = self.site(name, &path);
            out.report(&faults::EMPTY_STRING, site.verdict(self.strictness.typo));
        } else if length > LONGEST_NAME {
            self.misfits(out, name, &path, Misfit::long_string(LONGEST_NAME, length));
        } else if !newer {
            let misfit = Misfit::pattern(&faults::WRONG_PATTERN, NAME_PATTERN);
            self.misfits(out, name, &path, misfit);
        }
    }

    /// Reports a result of a legacy call that does not name its function.
    fn function_without_name(&self, out: &mut Sink<'_>, nth: usize) {
        let at = self.position(nth);
        let messages = self.messages_path();
        let path = messages.item(at);
        let site = self.site(self.request.message(nth).value(), &path);
        out.report(&contents::FUNCTION_WITHOUT_NAME, site.count("at", at));
    }

    fn position(&self, message: usize) -> usize {
        self.request
            .message(message)
            .list_index()
            .unwrap_or_default()
    }

    fn messages_path(&self) -> Path<'static> {
        if self.request.layout().list.is_empty() {
            Path::BARE_MESSAGES
        } else {
            Path::MESSAGES
        }
    }

    /// Checks a part that is not text: its content, and whether its message may contain it.
    fn odd_part(&self, out: &mut Sink<'_>, nth: usize) {
        let request = self.request;
        let entry = &request.layout().parts[nth];
        let of = request
            .layout()
            .messages
            .partition_point(|message| message.parts.end <= nth);
        let Some(message) = request.layout().messages.get(of) else {
            return;
        };
        let messages = self.messages_path();
        let item = messages.item(self.position(of));
        let content = item.field("content");
        let path = match entry.at.nth {
            Some(block) => content.item(block as usize),
            None => return,
        };
        // Hosts support different parts.
        if !self.is_openai() {
            return;
        }
        let value = request.value(entry.node);
        if entry.kind == PartKind::Other {
            if let Some(kind) = value.get_some("type")
                && let Some(misfit) = misfit(&FieldType::Word(PARTS), kind)
            {
                let there = path.field("type");
                // Seen for a user's message; other roles support fewer parts.
                if message.role == Role::User {
                    self.misfits_as(out, self.strictness.typo, kind, &there, misfit);
                } else {
                    self.misfits_unseen(out, kind, &there, misfit);
                }
            }
            return;
        }
        let of = Speaker {
            role: message.role,
            at: self.position(of),
            nth: entry.at.nth.unwrap_or_default() as usize,
        };
        self.chat_media(out, entry.kind, value, &path, of);
    }

    /// Reports a fault with the severity of a typo, in wording that was not seen.
    pub(super) fn misfits_unseen(
        &self,
        out: &mut Sink<'_>,
        value: Value<'c>,
        path: &Path<'_>,
        misfit: Misfit,
    ) {
        let site = self.site(value, path).slots(misfit.slots);
        out.report(
            misfit.fault,
            site.verdict(self.strictness.typo).unanswered(),
        );
    }

    /// Checks the members that a part requires.
    pub(super) fn part_members(
        &self,
        out: &mut Sink<'_>,
        part: Value<'c>,
        path: &Path<'_>,
        of: &'static str,
        members: &[&'static str],
    ) {
        let path = path.field(of);
        let Some(inner) = part.get_some(of) else {
            self.lacks(out, part, &path);
            return;
        };
        for member in members {
            if inner.get_some(member).is_none() {
                self.lacks(out, inner, &path.field(member));
            }
        }
    }

    /// Reports a call without a name or without arguments.
    fn half_a_call(&self, out: &mut Sink<'_>, nth: usize, kind: CallKind) {
        let request = self.request;
        let entry = &request.layout().calls[nth];
        let of = request
            .layout()
            .messages
            .partition_point(|message| message.calls.end <= nth);
        if of >= request.layout().messages.len() {
            return;
        }
        let messages = self.messages_path();
        let item = messages.item(self.position(of));
        let calls = item.field("tool_calls");
        let (inner, input) = match kind {
            CallKind::Function => ("function", "arguments"),
            CallKind::LegacyFunction => ("", "arguments"),
            _ => ("custom", "input"),
        };
        let call = match (inner, entry.at.nth) {
            ("", _) => item.field("function_call"),
            (_, Some(nth)) => calls.item(nth as usize),
            (_, None) => return,
        };
        let value = request.value(entry.node);
        let (value, path) = match inner {
            "" => (value, call),
            inner => (value.get_some(inner).unwrap_or(value), call.field(inner)),
        };
        for (field, there) in [("name", entry.name), (input, entry.arguments)] {
            if there.is_none() {
                let path = path.field(field);
                let site = self.lacking(value, &path);
                out.report(&faults::MISSING, site.verdict(self.strictness.typo));
            }
        }
    }
}
