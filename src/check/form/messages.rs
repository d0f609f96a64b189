//! What messages of Chat Completions are made of.
//!
//! Reading a request makes sure of the types in it, so a request that was read is only looked at for values: names,
//! pictures, parts that a role does not have. Of one that could not be read the shape of every message is looked at.
//!
//! Source: validation notes, section 4.

use super::super::finding::Phase;
use super::super::server::REFUSED;
use super::super::{ApiAnswer, Check, codes};
use super::fields::{Is, Tongue, fault_of};
use super::path::Path;
use super::words::Wrong;
use crate::json::{Kind, Value};
use crate::request::{CallKind, PartKind, Role};

pub(super) const ROLES: &[&str] = &[
    "system",
    "assistant",
    "user",
    "function",
    "tool",
    "developer",
];

const CONTENT: &str = "one of a string or array of objects";

/// The types that the parts of a message have, in the API reference.
const PARTS: &[&str] = &["text", "image_url", "input_audio", "file", "refusal"];

const DETAILS: &[&str] = &["auto", "low", "high", "original"];

impl<'c> Check<'c> {
    /// Types of everything in a list of messages that could not be read, in order. Linear.
    pub(super) fn messages_shape(&mut self, list: Value<'c>, path: &Path<'_>) {
        if list.kind() != Kind::Array {
            // Told with the other fields, but for a bare value and for null.
            if list.is_null() {
                let wrong = Wrong::mistyped("an array of objects", list);
                self.shape(list, path, wrong);
            }
            return;
        }
        for (nth, message) in list.items().enumerate() {
            self.message_shape(message, &path.item(nth));
        }
    }

    fn message_shape(&mut self, message: Value<'c>, path: &Path<'_>) {
        if message.kind() != Kind::Object {
            self.shape(message, path, Wrong::mistyped("an object", message));
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
            None => self.shape(message, &path.field("role"), Wrong::Missing),
            Some(role) => self.check_shape(role, &path.field("role"), &Is::Word(ROLES)),
        }
        if let Some(content) = content {
            self.content_shape(content, &path.field("content"));
        }
        for (field, value) in [
            ("name", name),
            ("tool_call_id", tool_call_id),
            ("refusal", refusal),
        ] {
            if let Some(value) = value {
                self.check_shape(value, &path.field(field), &Is::Str(0));
            }
        }
        if let Some(calls) = calls {
            let path = path.field("tool_calls");
            self.check_shape(calls, &path, &Is::List("an array of objects"));
            for (nth, call) in calls.items().enumerate() {
                self.call_shape(call, &path.item(nth));
            }
        }
        if let Some(call) = call {
            let path = path.field("function_call");
            self.check_shape(call, &path, &Is::Obj);
            self.called_shape(call, &path, "arguments");
        }
    }

    fn content_shape(&mut self, content: Value<'c>, path: &Path<'_>) {
        match content.kind() {
            Kind::String => {}
            Kind::Array => {
                for (nth, part) in content.items().enumerate() {
                    self.part_shape(part, &path.item(nth));
                }
            }
            _ => self.shape(content, path, Wrong::mistyped(CONTENT, content)),
        }
    }

    fn part_shape(&mut self, part: Value<'c>, path: &Path<'_>) {
        if part.kind() != Kind::Object {
            self.shape(part, path, Wrong::mistyped("an object", part));
            return;
        }
        let [kind, text, refusal] = part.get_all(["type", "text", "refusal"]);
        let Some(kind) = kind else {
            self.shape(part, &path.field("type"), Wrong::Missing);
            return;
        };
        self.check_shape(kind, &path.field("type"), &Is::Str(0));
        let (field, value) = match kind.as_str().as_deref() {
            Some("text") => ("text", text),
            Some("refusal") => ("refusal", refusal),
            _ => return,
        };
        match value {
            None => self.shape(part, &path.field(field), Wrong::Missing),
            Some(value) => self.check_shape(value, &path.field(field), &Is::Str(0)),
        }
    }

    fn call_shape(&mut self, call: Value<'c>, path: &Path<'_>) {
        if call.kind() != Kind::Object {
            self.shape(call, path, Wrong::mistyped("an object", call));
            return;
        }
        if let Some(id) = call.get("id") {
            self.check_shape(id, &path.field("id"), &Is::Str(0));
        }
        let [function, custom] = call.get_all(["function", "custom"]);
        match (function, custom) {
            (Some(function), _) => {
                let path = path.field("function");
                self.check_shape(function, &path, &Is::Obj);
                self.called_shape(function, &path, "arguments");
            }
            (None, Some(custom)) => {
                let path = path.field("custom");
                self.check_shape(custom, &path, &Is::Obj);
                self.called_shape(custom, &path, "input");
            }
            (None, None) => self.shape(call, &path.field("function"), Wrong::Missing),
        }
    }

    fn called_shape(&mut self, called: Value<'c>, path: &Path<'_>, input: &'static str) {
        for field in ["name", input] {
            if let Some(value) = called.get_some(field) {
                self.check_shape(value, &path.field(field), &Is::Str(0));
            }
        }
    }

    fn check_shape(&mut self, value: Value<'c>, path: &Path<'_>, is: &Is) {
        if let Some(wrong) = fault_of(is, value) {
            self.shape(value, path, wrong);
        }
    }

    /// A fault that nobody can read past.
    fn shape(&mut self, value: Value<'c>, path: &Path<'_>, wrong: Wrong<'_>) {
        let tongue = self.openai_tongue();
        self.wrong(REFUSED, tongue, value, path, wrong);
    }

    /// Values in messages that were read.
    pub(super) fn message_values(&mut self) {
        if self.unread.is_some() {
            return;
        }
        let request = self.request;
        for (nth, entry) in request.layout().messages.iter().enumerate() {
            match entry.name {
                Some(name) if entry.role != Role::Tool => {
                    self.message_name(nth, request.value(name));
                }
                None if entry.role == Role::Function => self.function_without_name(nth),
                _ => {}
            }
        }
        // Most parts are texts, and need no look at their message.
        for (nth, entry) in request.layout().parts.iter().enumerate() {
            if !matches!(entry.kind, PartKind::Text) {
                self.odd_part(nth);
            }
        }
        for (nth, entry) in request.layout().calls.iter().enumerate() {
            if entry.name.is_none() || entry.arguments.is_none() {
                self.half_a_call(nth, entry.kind);
            }
        }
    }

    /// The name of who speaks. An older and a newer pattern are known: what the older takes is fine, what the newer does
    /// not take is not.
    fn message_name(&mut self, nth: usize, name: Value<'c>) {
        let text = name.as_str().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !text.is_empty() && text.chars().all(plain) && text.len() <= 64 {
            return;
        }
        let message = self.request.message(nth);
        let at = message.list_index().unwrap_or_default();
        let messages = self.messages_path();
        let item = messages.item(at);
        let path = item.field("name");
        let length = text.chars().count();
        let manner = self.openai_manner();
        let newer =
            !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "<|\\/>".contains(c));
        let (verdict, wrong) = if text.is_empty() {
            (manner.slip, Wrong::EmptyString)
        } else if length > 64 {
            (manner.settings, Wrong::LongString { most: 64, length })
        } else if newer {
            return;
        } else {
            (manner.settings, Wrong::Pattern("^[a-zA-Z0-9_-]+$"))
        };
        self.wrong(verdict, manner.tongue, name, &path, wrong);
    }

    /// The result of a legacy call names its function.
    fn function_without_name(&mut self, nth: usize) {
        let message = self.request.message(nth);
        let at = message.list_index().unwrap_or_default();
        let messages = self.messages_path();
        let verdict = self.openai_manner().settings;
        self.odd(
            verdict,
            (message.value(), &messages.item(at)),
            Phase::Form,
            codes::MISSING_PARAMETER,
            "the result does not name the function that it is of",
            "give it the name of the function",
            Some(ApiAnswer::openai(
                None,
                Some(format!("messages.[{at}].name")),
                "Missing parameter 'name': messages with role 'function' must have a 'name'."
                    .to_owned(),
            )),
        );
    }

    fn messages_path(&self) -> Path<'static> {
        if self.request.layout().list.is_empty() {
            Path::BARE_MESSAGES
        } else {
            Path::MESSAGES
        }
    }

    /// A part that is no text: what is in it, and whether its message may have it.
    fn odd_part(&mut self, nth: usize) {
        let request = self.request;
        let entry = &request.layout().parts[nth];
        let of = request
            .layout()
            .messages
            .partition_point(|message| message.parts.end <= nth);
        let Some(message) = request.layout().messages.get(of) else {
            return;
        };
        let at = request.message(of).list_index().unwrap_or_default();
        let messages = self.messages_path();
        let item = messages.item(at);
        let content = item.field("content");
        let path = match entry.at.nth {
            Some(block) => content.item(block as usize),
            None => return,
        };
        // Hosts differ in what a part may be.
        if !self.is_openai() {
            return;
        }
        let value = request.value(entry.node);
        let manner = self.openai_manner();
        match entry.kind {
            PartKind::Image => self.image(value, &path),
            PartKind::Audio => self.part_members(value, &path, "input_audio", &["data", "format"]),
            PartKind::Other => {
                let Some(kind) = value.get_some("type") else {
                    return;
                };
                if let Some(wrong) = fault_of(&Is::Word(PARTS), kind) {
                    // Types may have come since: the words of the answer are not known.
                    self.wrong(manner.slip, Tongue::None, kind, &path.field("type"), wrong);
                }
            }
            _ => {}
        }
        let alone = matches!(message.role, Role::System | Role::Developer | Role::Tool);
        if alone
            && matches!(
                entry.kind,
                PartKind::Image | PartKind::Audio | PartKind::File
            )
        {
            // The API reference allows texts alone; other hosts take pictures from tools.
            self.odd(
                manner.slip,
                (value, &path),
                Phase::Value,
                codes::INVALID_VALUE,
                format!("a message of the {} has texts alone", message.role.as_str()),
                "give it to a message of the user",
                None,
            );
        }
    }

    fn image(&mut self, part: Value<'c>, path: &Path<'_>) {
        let manner = self.openai_manner();
        let path = path.field("image_url");
        let Some(image) = part.get_some("image_url") else {
            self.wrong(manner.settings, manner.tongue, part, &path, Wrong::Missing);
            return;
        };
        if image.kind() != Kind::Object {
            self.wrong(
                manner.settings,
                manner.tongue,
                image,
                &path,
                Wrong::mistyped("an object", image),
            );
            return;
        }
        let Some(url) = image.get_some("url") else {
            self.wrong(
                manner.settings,
                manner.tongue,
                image,
                &path.field("url"),
                Wrong::Missing,
            );
            return;
        };
        let there = path.field("url");
        if url.kind() != Kind::String {
            self.wrong(
                manner.settings,
                manner.tongue,
                url,
                &there,
                Wrong::mistyped("a string", url),
            );
            return;
        }
        if let Some(detail) = image.get_some("detail")
            && let Some(wrong) = fault_of(&Is::Word(DETAILS), detail)
        {
            self.wrong(
                manner.slip,
                Tongue::None,
                detail,
                &path.field("detail"),
                wrong,
            );
        }
        // The address is told by its first letters; data is not looked at.
        let raw = &url.raw()[1..];
        let head = &raw.as_bytes()[..raw.len().min(40)];
        let head = String::from_utf8_lossy(head)
            .replace("\\/", "/")
            .to_ascii_lowercase();
        if let Some(kind) = head.strip_prefix("data:") {
            let taken = [
                "image/png",
                "image/jpeg",
                "image/jpg",
                "image/gif",
                "image/webp",
            ];
            if !taken.iter().any(|taken| kind.starts_with(taken)) {
                self.odd(
                    manner.slip,
                    (url, &there),
                    Phase::Content,
                    codes::INVALID_IMAGE,
                    "the picture is of a kind that the provider does not take",
                    "send a PNG, JPEG, GIF or WebP",
                    Some(ApiAnswer::openai(
                        Some("invalid_image_format"),
                        None,
                        "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].".to_owned(),
                    )),
                );
            }
        } else if !head.starts_with("http://") && !head.starts_with("https://") {
            self.odd(
                manner.slip,
                (url, &there),
                Phase::Content,
                codes::INVALID_IMAGE,
                "the address of the picture is neither http nor data",
                "give an https address, or the picture itself as `data:image/png;base64,…`",
                None,
            );
        }
    }

    /// Members that a part cannot be without.
    fn part_members(
        &mut self,
        part: Value<'c>,
        path: &Path<'_>,
        of: &'static str,
        members: &[&'static str],
    ) {
        let manner = self.openai_manner();
        let path = path.field(of);
        let Some(inner) = part.get_some(of) else {
            self.wrong(manner.settings, manner.tongue, part, &path, Wrong::Missing);
            return;
        };
        for member in members {
            if inner.get_some(member).is_none() {
                let there = path.field(member);
                self.wrong(
                    manner.settings,
                    manner.tongue,
                    inner,
                    &there,
                    Wrong::Missing,
                );
            }
        }
    }

    /// A call without its name, or without arguments.
    fn half_a_call(&mut self, nth: usize, kind: CallKind) {
        let request = self.request;
        let entry = &request.layout().calls[nth];
        let of = request
            .layout()
            .messages
            .partition_point(|message| message.calls.end <= nth);
        if of >= request.layout().messages.len() {
            return;
        }
        let at = request.message(of).list_index().unwrap_or_default();
        let messages = self.messages_path();
        let item = messages.item(at);
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
        let manner = self.openai_manner();
        for (field, there) in [("name", entry.name), (input, entry.arguments)] {
            if there.is_none() {
                let path = path.field(field);
                self.wrong(manner.slip, manner.tongue, value, &path, Wrong::Missing);
            }
        }
    }
}
