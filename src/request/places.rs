//! Places in a request's JSON: values for code that checks and edits it.

use std::borrow::Cow;

use super::{Format, Message, Part, Request, Tool, ToolCall, ToolResult};
use crate::json::Value;
use crate::provider::{continues_state, has_effects, has_remote_tools};

impl<'a> Request<'a> {
    /// Returns the text of the request.
    pub(crate) fn text(&self) -> &str {
        self.document.text()
    }

    /// Returns the value that begins at a byte.
    pub(crate) fn value_at(&self, offset: usize) -> Option<Value<'_>> {
        self.document.value_at(offset)
    }

    /// Returns line and column of a byte, both from 1, the column in bytes. Linear in the text
    /// before it.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let place = self.document.place(String::new(), offset);
        (place.line, place.column)
    }

    /// Returns the object with the request's fields: the whole document, except for a wrapped
    /// request. A bare list is returned itself.
    pub(crate) fn fields(&self) -> Value<'_> {
        let root = self.document.root();
        match self.layout.root.strip_prefix('/') {
            Some(field) => root.get(field).unwrap_or(root),
            None => root,
        }
    }

    /// Returns a pointer to an existing value and its byte; the whole document if the value does
    /// not exist.
    pub(crate) fn place_of(&self, pointer: &str) -> (String, usize) {
        let found = pointer
            .split('/')
            .skip(1)
            .try_fold(self.document.root(), |value, step| {
                match step.parse::<usize>() {
                    Ok(nth) => value.items().nth(nth),
                    Err(_) => value.get(&step.replace("~1", "/").replace("~0", "~")),
                }
            });
        match found {
            Some(value) => (pointer.to_owned(), value.span().start),
            None => (String::new(), self.document.root().span().start),
        }
    }

    /// Returns a field of the request.
    pub(crate) fn root_field(&self, name: &str) -> Option<Value<'_>> {
        self.fields().get_some(name)
    }

    /// Returns the list of messages, or the value in its place; the whole request if it has none.
    pub(crate) fn list_value(&self) -> Value<'_> {
        match self.layout.list {
            "" => self.document.root(),
            list => self.fields().get(list).unwrap_or(self.document.root()),
        }
    }

    /// Returns the pointer of the list of messages.
    pub(crate) fn list_pointer(&self) -> String {
        let slash = if self.layout.list.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.layout.root, self.layout.list)
    }

    /// Returns the field that names the model, and its byte; the whole request if it names none.
    pub(crate) fn model_pointer(&self) -> (String, usize) {
        match self.layout.model {
            Some(node) => (
                format!("{}/{}", self.layout.root, self.layout.model_field),
                self.value(node).span().start,
            ),
            None => (self.layout.root.to_owned(), self.fields().span().start),
        }
    }

    /// Returns the value that names the model.
    pub(crate) fn model_value(&self) -> Option<Value<'_>> {
        Some(self.value(self.layout.model?))
    }

    /// Returns the output limit that the request asks for, with its place.
    pub(crate) fn output_limit_value(&self) -> Option<(Value<'_>, String)> {
        let root = self.fields();
        self.format().wire().output_limits.iter().find_map(|path| {
            let pointer = format!("{}/{}", self.layout.root, path.join("/"));
            Some((root.get_path(path)?, pointer))
        })
    }

    /// Returns whether the answer is asked for as a stream, as far as the body tells.
    pub(crate) fn streams(&self) -> bool {
        let stream = self.root_field("stream");
        stream.and_then(|stream| stream.as_bool()) == Some(true)
    }

    /// Returns whether the request continues state on the server.
    pub(crate) fn continues_state(&self) -> bool {
        continues_state(self.fields())
    }

    /// Returns whether the request lets tools with effects run on the server.
    pub(crate) fn runs_server_tools(&self) -> bool {
        let tools = self.tools().map(|tool| self.value(tool.entry.node));
        has_remote_tools(self.fields()) || tools.into_iter().any(has_effects)
    }

    /// Returns the field that limits the output, and its byte; the whole request if it has none.
    pub(crate) fn output_limit_place(&self) -> (String, usize) {
        let paths = self.format().wire().output_limits;
        let root = self.fields();
        for path in paths {
            if let Some(value) = root.get_path(path) {
                let pointer = format!("{}/{}", self.layout.root, path.join("/"));
                return (pointer, value.span().start);
            }
        }
        (self.layout.root.to_owned(), root.span().start)
    }
}

impl<'r> Message<'r> {
    pub(crate) fn format(&self) -> Format {
        self.request.format()
    }

    /// Returns the value of its content: a string, a list of parts, or null.
    pub(crate) fn content_value(&self) -> Option<Value<'r>> {
        self.value().get(self.request.format().wire().content)
    }

    /// Returns the request field of a message outside of the list.
    pub(crate) fn field_name(&self) -> Option<&'static str> {
        match self.entry.at {
            super::MessageLocation::Field(field) => Some(field),
            super::MessageLocation::Item(_) => None,
        }
    }

    /// Returns whether a chat message contains an empty list of calls or parts.
    pub(crate) fn has_empty_list(&self) -> bool {
        self.entry.empty_list
    }

    /// Returns whether it is an item with only reasoning.
    pub(crate) fn is_reasoning_item(&self) -> bool {
        let kind = self.format().wire().reasoning_item;
        !kind.is_empty()
            && self
                .value()
                .get("type")
                .is_some_and(|value| value.is_str(kind))
    }

    /// Returns whether the request spells its role: an item other than a message has none.
    pub(crate) fn spells_role(&self) -> bool {
        self.entry.role_node.is_some()
    }
}

impl<'r> Part<'r> {
    /// Returns the format of the request.
    pub(crate) fn format(&self) -> Format {
        self.message.request.format()
    }

    /// Returns whether it is in a list, of the message's content or of a result's.
    pub(crate) fn is_in_list(&self) -> bool {
        let at = self.entry.at;
        if at.inner.is_empty() {
            at.nth.is_some()
        } else {
            at.inner_nth.is_some()
        }
    }

    /// Returns the string with its text.
    pub(crate) fn text_value(&self) -> Option<Value<'r>> {
        self.entry.text.map(|node| self.message.request.value(node))
    }

    /// Returns the pointer of its text: of the part itself, or of the field with the text.
    pub(crate) fn text_pointer(&self) -> String {
        let text = self.text_value().map(|text| text.id());
        let field = self
            .value()
            .entries()
            .find(|(_, value)| Some(value.id()) == text)
            .and_then(|(key, _)| key.as_str());
        match field {
            Some(field) => format!("{}/{field}", self.pointer()),
            None => self.pointer(),
        }
    }

    /// Returns the position in the list of the message's content; 0 for content that is a single
    /// part without a list.
    pub(crate) fn block_index(&self) -> usize {
        self.entry.at.nth.unwrap_or_default() as usize
    }
}

impl<'r> ToolCall<'r> {
    /// Returns the call's own value.
    pub(crate) fn value(&self) -> Value<'r> {
        self.message.request.value(self.entry.node)
    }

    /// Returns the position in its list, of calls or of the message's content. 0 if there is no
    /// list.
    pub(crate) fn position(&self) -> usize {
        let at = self.entry.at;
        at.nth.or(at.inner_nth).unwrap_or_default() as usize
    }

    /// Returns the length of its name as spelled, in bytes.
    pub(crate) fn name_bytes(&self) -> usize {
        self.entry
            .name
            .map_or(0, |name| self.message.request.value(name).span().len())
    }

    /// Returns the value of its id, and the pointer of that.
    pub(crate) fn id_place(&self) -> Option<(Value<'r>, String)> {
        let field = self.message.request.format().wire().call_id;
        let value = self.message.request.value(self.entry.id?);
        Some((value, format!("{}/{field}", self.pointer())))
    }

    /// Returns the value of its arguments.
    pub(crate) fn arguments_node(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.arguments?))
    }

    /// Returns the pointer of its arguments, in the formats that store them as a string.
    pub(crate) fn arguments_pointer(&self) -> String {
        let field = self.message.request.format().wire().arguments;
        format!("{}/{field}", self.pointer())
    }

    /// Returns the `type` of the item that the call is.
    pub(crate) fn item_type(&self) -> Option<Cow<'r, str>> {
        self.message
            .request
            .value(self.entry.node)
            .get("type")?
            .as_str()
    }
}

impl<'r> ToolResult<'r> {
    pub(crate) fn format(&self) -> Format {
        self.message.request.format()
    }

    /// Returns the result's own value.
    pub(crate) fn value(&self) -> Value<'r> {
        self.message.request.value(self.entry.node)
    }

    /// Returns the id of its call, as a value.
    pub(crate) fn id_value(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.call_id?))
    }

    /// Returns the position in the list of the message's content; 0 for content that is a single
    /// part without a list.
    pub(crate) fn block_index(&self) -> usize {
        self.entry.at.nth.unwrap_or_default() as usize
    }

    /// Returns whether the whole message is the result, so that its parts are the message's.
    pub(crate) fn is_whole_message(&self) -> bool {
        matches!(self.entry.parts, super::ResultParts::OfMessage)
    }
}

impl Tool<'_> {
    /// Returns whether name and parameters are in an object inside the tool.
    pub(crate) fn has_inner_function(&self) -> bool {
        self.entry.function != self.entry.node
    }
}
