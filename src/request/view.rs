//! Light views of one message, part, call or tool. `Copy`-cheap; they borrow the request.

use std::borrow::Cow;
use std::fmt;

use super::{
    CallEntry, CallKind, MessageEntry, PartEntry, PartKind, Request, Role, ToolEntry, ToolKind,
};
use crate::json::Value;

/// One message of a request.
///
/// # Examples
///
/// ```
/// use tokenfit::{Request, request::Role};
///
/// let request = Request::parse(
///     r#"{"messages":[{"role":"user","name":"ann","content":[{"type":"text","text":"Hi "},{"type":"text","text":"you"}]}]}"#,
/// )?;
/// let message = request.messages().next().unwrap();
/// assert_eq!(message.role(), Role::User);
/// assert_eq!(message.name().as_deref(), Some("ann"));
/// assert_eq!(message.text(), "Hi you");
/// assert_eq!(message.pointer(), "/messages/0");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Message<'r> {
    request: &'r Request<'r>,
    entry: &'r MessageEntry,
    index: usize,
}

impl<'r> Message<'r> {
    pub(super) fn new(request: &'r Request<'_>, index: usize) -> Message<'r> {
        Message {
            entry: &request.layout.messages[index],
            request,
            index,
        }
    }

    /// The position among the request's messages, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The JSON pointer of the message in the request.
    pub fn pointer(&self) -> String {
        format!("{}/{}", self.request.messages_pointer(), self.index)
    }

    /// Who speaks.
    pub fn role(&self) -> Role {
        self.entry.role
    }

    /// The role as it is spelled in the request.
    pub fn role_name(&self) -> Cow<'r, str> {
        self.request
            .string(Some(self.entry.role_node))
            .unwrap_or_default()
    }

    /// The participant's name.
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.name)
    }

    /// In a tool's message: the id of the call that it answers.
    pub fn tool_call_id(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.tool_call_id)
    }

    /// The parts of the content, in order; a content that is a string is one text part, a refusal stands behind.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part<'r>> + use<'r> {
        let request = self.request;
        request.layout.parts[self.entry.parts.clone()]
            .iter()
            .map(move |entry| Part { request, entry })
    }

    /// The text parts, joined without anything between them, as OpenAI joins them before it counts
    /// (measured; billing notes, section 2). Borrowed when there is one part without JSON escapes.
    pub fn text(&self) -> Cow<'r, str> {
        let mut joined = Cow::Borrowed("");
        for part in self.parts().filter(|part| part.kind() == PartKind::Text) {
            let text = part.text().unwrap_or_default();
            if joined.is_empty() {
                joined = text;
            } else {
                joined.to_mut().push_str(&text);
            }
        }
        joined
    }

    /// The calls that the message makes, in order; the legacy `function_call` stands behind.
    pub fn tool_calls(&self) -> impl ExactSizeIterator<Item = ToolCall<'r>> + use<'r> {
        let request = self.request;
        request.layout.calls[self.entry.calls.clone()]
            .iter()
            .map(move |entry| ToolCall { request, entry })
    }

    /// The message's own JSON, as it came.
    pub fn raw_json(&self) -> &'r str {
        self.request.value(self.entry.node).raw()
    }

    /// Something in the message is billed by what the server keeps (audio by id, encrypted reasoning).
    pub(crate) fn has_hidden(&self) -> bool {
        self.entry.hidden
    }
}

/// Role, lengths and numbers only: no text of the message.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("index", &self.index)
            .field("role", &self.role())
            .field("bytes", &self.raw_json().len())
            .field("parts", &self.entry.parts.len())
            .field("tool_calls", &self.entry.calls.len())
            .finish_non_exhaustive()
    }
}

/// One part of a message's content.
///
/// ```
/// use tokenfit::{Request, request::PartKind};
///
/// let request = Request::parse(r#"[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"file","file":{}}]}]"#)?;
/// let kinds: Vec<PartKind> = request.messages().flat_map(|message| message.parts()).map(|part| part.kind()).collect();
/// assert_eq!(kinds, [PartKind::Text, PartKind::File]);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Part<'r> {
    request: &'r Request<'r>,
    entry: &'r PartEntry,
}

impl<'r> Part<'r> {
    /// What the part is.
    pub fn kind(&self) -> PartKind {
        self.entry.kind
    }

    /// The text of a text part or a refusal.
    pub fn text(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.text)
    }

    /// The part's own JSON, as it came.
    pub fn raw_json(&self) -> &'r str {
        self.value().raw()
    }

    pub(crate) fn value(&self) -> Value<'r> {
        self.request.value(self.entry.node)
    }
}

/// Kind and length only: no text of the part.
impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("kind", &self.kind())
            .field("bytes", &self.raw_json().len())
            .finish_non_exhaustive()
    }
}

/// One call of a tool in the history.
///
/// ```
/// use tokenfit::Request;
///
/// let request = Request::parse(
///     r#"[{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"find","arguments":"{}"}}]}]"#,
/// )?;
/// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
/// assert_eq!((call.id().as_deref(), call.name().as_deref()), (Some("c1"), Some("find")));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ToolCall<'r> {
    request: &'r Request<'r>,
    entry: &'r CallEntry,
}

impl<'r> ToolCall<'r> {
    /// What the call is.
    pub fn kind(&self) -> CallKind {
        self.entry.kind
    }

    /// The id that the result has to name.
    pub fn id(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.id)
    }

    /// The name of the function.
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.name)
    }

    /// The arguments, a JSON text as the model wrote it (which need not be valid JSON).
    pub fn arguments(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.arguments)
    }
}

/// Kind and lengths only: no name, id or arguments.
impl fmt::Debug for ToolCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall")
            .field("kind", &self.kind())
            .field(
                "arguments_bytes",
                &self.arguments().map_or(0, |text| text.len()),
            )
            .finish_non_exhaustive()
    }
}

/// One tool that the model may call.
///
/// ```
/// use tokenfit::{Request, request::ToolKind};
///
/// let request = Request::parse(r#"{"messages":[],"tools":[{"type":"function","function":{"name":"find"}}]}"#)?;
/// let tool = request.tools().next().unwrap();
/// assert_eq!((tool.kind(), tool.name().as_deref()), (ToolKind::Function, Some("find")));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Tool<'r> {
    request: &'r Request<'r>,
    entry: &'r ToolEntry,
}

impl<'r> Tool<'r> {
    pub(super) fn new(request: &'r Request<'_>, entry: &'r ToolEntry) -> Tool<'r> {
        Tool { request, entry }
    }

    /// What the tool is.
    pub fn kind(&self) -> ToolKind {
        self.entry.kind
    }

    /// The function's name.
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.function()
            .get_some("name")
            .and_then(|name| name.as_str())
    }

    /// The tool's own JSON, as it came.
    pub fn raw_json(&self) -> &'r str {
        self.request.value(self.entry.node).raw()
    }

    pub(crate) fn function(&self) -> Value<'r> {
        self.request.value(self.entry.function)
    }
}

/// Kind and length only: no name or description.
impl fmt::Debug for Tool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("kind", &self.kind())
            .field("bytes", &self.raw_json().len())
            .finish_non_exhaustive()
    }
}
