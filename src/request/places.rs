//! Where things stand in a request's JSON: values for those who check and edit it.

use std::borrow::Cow;

use super::{Format, Message, Part, Request, Tool, ToolCall, ToolResult};
use crate::json::Value;

impl<'a> Request<'a> {
    /// The text of the request.
    pub(crate) fn text(&self) -> &str {
        self.document.text()
    }

    /// The value that begins at a byte.
    pub(crate) fn value_at(&self, offset: usize) -> Option<Value<'_>> {
        self.document.value_at(offset)
    }

    /// The line and the column of a byte, both from 1, the column in bytes. Linear in the text before it.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let place = self.document.place(String::new(), offset);
        (place.line, place.column)
    }

    /// The object that the fields of the request stand in: the whole, but for a wrapped request. A bare list is itself.
    pub(crate) fn fields(&self) -> Value<'_> {
        let root = self.document.root();
        match self.layout.root.strip_prefix('/') {
            Some(field) => root.get(field).unwrap_or(root),
            None => root,
        }
    }

    /// A pointer that leads somewhere, and its byte; that of the whole for one that does not.
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

    /// A field of the request.
    pub(crate) fn root_field(&self, name: &str) -> Option<Value<'_>> {
        self.fields().get_some(name)
    }

    /// The list of messages, or what stands in its place; the whole request when it has none.
    pub(crate) fn list_value(&self) -> Value<'_> {
        match self.layout.list {
            "" => self.document.root(),
            list => self.fields().get(list).unwrap_or(self.document.root()),
        }
    }

    /// The pointer of the list of messages.
    pub(crate) fn list_pointer(&self) -> String {
        let slash = if self.layout.list.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.layout.root, self.layout.list)
    }

    /// The field that names the model, and its byte; the whole request when it names none.
    pub(crate) fn model_pointer(&self) -> (String, usize) {
        match self.layout.model {
            Some(node) => (
                format!("{}/{}", self.layout.root, self.layout.model_field),
                self.value(node).span().start,
            ),
            None => (self.layout.root.to_owned(), self.fields().span().start),
        }
    }

    /// The value that names the model.
    pub(crate) fn model_value(&self) -> Option<Value<'_>> {
        Some(self.value(self.layout.model?))
    }

    /// The field that limits the answer, and its byte; the whole request when it has none.
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

    /// The value of its content: a text, a list of parts, or null.
    pub(crate) fn content_value(&self) -> Option<Value<'r>> {
        self.value().get(self.request.format().wire().content)
    }

    /// Of a message that stands outside of the list: the field of the request that it is.
    pub(crate) fn field_name(&self) -> Option<&'static str> {
        match self.entry.at {
            super::At::Field(field) => Some(field),
            super::At::Item(_) => None,
        }
    }

    /// Whether a list stands in it with nothing in it, of calls or of parts. Of chat requests only.
    pub(crate) fn has_empty_list(&self) -> bool {
        self.entry.empty_list
    }

    /// Whether it is an item that holds nothing but reasoning.
    pub(crate) fn is_reasoning_item(&self) -> bool {
        let kind = self.format().wire().reasoning_item;
        !kind.is_empty()
            && self
                .value()
                .get("type")
                .is_some_and(|value| value.is_str(kind))
    }

    /// Whether the request spells its role: an item of another kind than a message has none.
    pub(crate) fn spells_role(&self) -> bool {
        self.entry.role_node.is_some()
    }
}

impl<'r> Part<'r> {
    /// The format of the request.
    pub(crate) fn format(&self) -> Format {
        self.message.request.format()
    }

    /// Whether it stands in a list, of the message's content or of a result's.
    pub(crate) fn is_in_list(&self) -> bool {
        let at = self.entry.at;
        if at.inner.is_empty() {
            at.nth.is_some()
        } else {
            at.inner_nth.is_some()
        }
    }

    /// The string that is its text.
    pub(crate) fn text_value(&self) -> Option<Value<'r>> {
        self.entry.text.map(|node| self.message.request.value(node))
    }

    /// The pointer of its text: of the part itself, or of the field that holds it.
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

    /// Its position in the list of the message's content; 0 for content that is one part without a list.
    pub(crate) fn block_index(&self) -> usize {
        self.entry.at.nth.unwrap_or_default() as usize
    }
}

impl<'r> ToolCall<'r> {
    /// The call's own value.
    pub(crate) fn value(&self) -> Value<'r> {
        self.message.request.value(self.entry.node)
    }

    /// Its position in the list that it stands in: of calls, or of the message's content. 0 where there is no list.
    pub(crate) fn position(&self) -> usize {
        let at = self.entry.at;
        at.nth.or(at.inner_nth).unwrap_or_default() as usize
    }

    /// The bytes of its name as it is spelled.
    pub(crate) fn name_bytes(&self) -> usize {
        self.entry
            .name
            .map_or(0, |name| self.message.request.value(name).span().len())
    }

    /// The value of its id, and the pointer of that.
    pub(crate) fn id_place(&self) -> Option<(Value<'r>, String)> {
        let field = self.message.request.format().wire().call_id;
        let value = self.message.request.value(self.entry.id?);
        Some((value, format!("{}/{field}", self.pointer())))
    }

    /// The value of its arguments.
    pub(crate) fn arguments_node(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.arguments?))
    }

    /// The pointer of its arguments, in the formats that keep them as a text.
    pub(crate) fn arguments_pointer(&self) -> String {
        let field = self.message.request.format().wire().arguments;
        format!("{}/{field}", self.pointer())
    }

    /// The `type` of the item that the call is.
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

    /// The result's own value.
    pub(crate) fn value(&self) -> Value<'r> {
        self.message.request.value(self.entry.node)
    }

    /// The id of its call, as a value.
    pub(crate) fn id_value(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.call_id?))
    }

    /// Its position in the list of the message's content; 0 for content that is one part without a list.
    pub(crate) fn block_index(&self) -> usize {
        self.entry.at.nth.unwrap_or_default() as usize
    }

    /// Whether the whole message is the result: its parts are the message's.
    pub(crate) fn is_whole_message(&self) -> bool {
        matches!(self.entry.parts, super::ResultParts::OfMessage)
    }
}

impl Tool<'_> {
    /// Whether name and parameters stand in an object inside of the tool.
    pub(crate) fn has_inner_function(&self) -> bool {
        self.entry.function != self.entry.node
    }
}
