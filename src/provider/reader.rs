//! Shared parts of the readers: reading and rejecting fields, and recording messages.

use std::marker::PhantomData;

use crate::error::{Error, Inner};
use crate::json::{Document, Kind, Value};
use crate::request::{
    CallEntry, CallKind, Layout, MessageEntry, MessageLocation, PartEntry, PartKind, RelativePath,
    ResultEntry, ResultParts, Role, ToolEntry, ToolKind, index_u32,
};

/// Reader of a document's fields; its errors name the place. `F` is the format: each format's
/// module implements its own methods on its reader.
pub(super) struct Reader<'d, F> {
    document: &'d Document<'d>,
    format: PhantomData<F>,
}

/// Required type of a field.
#[derive(Clone, Copy)]
pub(super) enum Want {
    String,
    Object,
    Array,
}

impl Want {
    fn matches(self, value: Value<'_>) -> bool {
        match self {
            Want::String => value.kind() == Kind::String,
            Want::Object => value.kind() == Kind::Object,
            Want::Array => value.kind() == Kind::Array,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Want::String => "a string",
            Want::Object => "an object",
            Want::Array => "an array",
        }
    }
}

impl<'d, F> Reader<'d, F> {
    pub(super) fn new(document: &'d Document<'d>) -> Reader<'d, F> {
        Reader {
            document,
            format: PhantomData,
        }
    }

    #[cold]
    pub(super) fn refuse(
        &self,
        at: Value<'_>,
        pointer: String,
        what: impl Into<String>,
        remedy: &'static str,
    ) -> Error {
        Inner::Request {
            what: what.into(),
            remedy,
            place: self.document.place(pointer, at.span().start),
        }
        .into()
    }

    #[cold]
    pub(super) fn wrong_type(&self, at: Value<'_>, pointer: String, wanted: &str) -> Error {
        let what = format!("expected {wanted}, found {}", at.kind_name());
        self.refuse(at, pointer, what, "correct its type")
    }

    /// Requires the value to be an object.
    pub(super) fn object(
        &self,
        value: Value<'_>,
        pointer: impl Fn() -> String,
        wanted: &str,
    ) -> Result<(), Error> {
        match value.kind() {
            Kind::Object => Ok(()),
            _ => Err(self.wrong_type(value, pointer(), wanted)),
        }
    }

    /// Returns a field that may be absent or null; otherwise it must have the type.
    pub(super) fn field<'v>(
        &self,
        of: Value<'v>,
        name: &str,
        want: Want,
        pointer: impl Fn() -> String,
    ) -> Result<Option<Value<'v>>, Error> {
        self.checked(of.get_some(name), name, want, pointer)
    }

    /// Returns a field as found; it must have the type.
    pub(super) fn checked<'v>(
        &self,
        found: Option<Value<'v>>,
        name: &str,
        want: Want,
        pointer: impl Fn() -> String,
    ) -> Result<Option<Value<'v>>, Error> {
        match found {
            Some(value) if !want.matches(value) => {
                Err(self.wrong_type(value, format!("{}/{name}", pointer()), want.name()))
            }
            found => Ok(found),
        }
    }

    /// Returns a field that must be a string or an object, if present.
    pub(super) fn string_or_object<'v>(
        &self,
        of: Value<'v>,
        name: &str,
        pointer: impl Fn() -> String,
    ) -> Result<Option<Value<'v>>, Error> {
        match of.get_some(name) {
            Some(value) if !matches!(value.kind(), Kind::String | Kind::Object) => Err(self
                .wrong_type(
                    value,
                    format!("{}/{name}", pointer()),
                    "a string or an object",
                )),
            found => Ok(found),
        }
    }

    /// Reads a token limit that may be absent or null.
    pub(super) fn tokens(
        &self,
        of: Value<'_>,
        name: &str,
        pointer: impl Fn() -> String,
    ) -> Result<Option<u64>, Error> {
        let Some(limit) = of.get_some(name) else {
            return Ok(None);
        };
        match limit.as_u64() {
            Some(tokens) => Ok(Some(tokens)),
            // Below zero sets no limit: some servers take -1 for that, the others refuse it, which
            // the check reports.
            None if limit.is_below_zero() => Ok(None),
            None => Err(self.refuse(
                limit,
                format!("{}/{name}", pointer()),
                // A number is nobody's text.
                match limit.kind() {
                    Kind::Number => {
                        format!("expected a whole number of tokens, found {}", limit.raw())
                    }
                    _ => format!(
                        "expected a whole number of tokens, found {}",
                        limit.kind_name()
                    ),
                },
                "set an integer from 0",
            )),
        }
    }

    /// Begins a message with two possible speakers, as in Anthropic's and Converse's formats;
    /// returns it and its content.
    pub(super) fn open_message<'v>(
        &self,
        message: Value<'v>,
        index: usize,
        here: impl Fn() -> String,
        layout: &Layout,
    ) -> Result<(MessageBuilder, Option<Value<'v>>), Error> {
        self.object(message, &here, "a message (an object)")?;
        let [role, content] = message.get_all(["role", "content"]);
        let Some(role) = self.checked(role, "role", Want::String, &here)? else {
            return Err(self.refuse(
                message,
                here(),
                "missing `role` of the message",
                "set it to user or assistant",
            ));
        };
        let speaker = match &*role.as_str().unwrap_or_default() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            _ => Role::Other,
        };
        let open = MessageBuilder::new(
            message,
            MessageLocation::Item(index_u32(index)),
            speaker,
            layout,
        );
        Ok((open.spelled(Some(role)), content))
    }

    /// Returns a list that the request must have.
    pub(super) fn list<'v>(
        &self,
        of: Value<'v>,
        name: &str,
        pointer: impl Fn() -> String,
        missing: &'static str,
        remedy: &'static str,
    ) -> Result<Value<'v>, Error> {
        let Some(list) = of.get(name) else {
            return Err(self.refuse(of, pointer(), missing, remedy));
        };
        match list.kind() {
            Kind::Array => Ok(list),
            _ => Err(self.wrong_type(list, format!("{}/{name}", pointer()), "a list of messages")),
        }
    }
}

/// Message being read: its parts, calls and results are appended to the lists of the layout.
pub(super) struct MessageBuilder {
    entry: MessageEntry,
}

impl MessageBuilder {
    pub(super) fn new(
        node: Value<'_>,
        at: MessageLocation,
        role: Role,
        layout: &Layout,
    ) -> MessageBuilder {
        let (parts, calls, results) =
            (layout.parts.len(), layout.calls.len(), layout.results.len());
        MessageBuilder {
            entry: MessageEntry {
                node: node.id(),
                at,
                role,
                role_node: None,
                name: None,
                tool_call_id: None,
                parts: parts..parts,
                calls: calls..calls,
                results: results..results,
                hidden: false,
                empty_list: false,
                reference: false,
            },
        }
    }

    pub(super) fn spelled(mut self, role: Option<Value<'_>>) -> MessageBuilder {
        self.entry.role_node = role.map(|role| role.id());
        self
    }

    /// Returns whether nothing has been recorded yet.
    pub(super) fn is_empty(&self, layout: &Layout) -> bool {
        layout.parts.len() == self.entry.parts.start
    }

    /// Marks the message as billed by content that the server stores.
    pub(super) fn hide(&mut self) {
        self.entry.hidden = true;
    }

    pub(super) fn part(
        &self,
        node: Value<'_>,
        kind: PartKind,
        text: Option<Value<'_>>,
        at: RelativePath,
        layout: &mut Layout,
    ) {
        layout.parts.push(part(node, kind, text, at));
    }

    /// Records a call; one `among` the parts is a part too.
    pub(super) fn call(
        &self,
        call: FoundCall<'_>,
        among: bool,
        at: RelativePath,
        layout: &mut Layout,
    ) {
        if among {
            layout.parts.push(PartEntry {
                nth: index_u32(layout.calls.len() - self.entry.calls.start),
                ..part(call.part, PartKind::ToolCall, None, at)
            });
        }
        layout.calls.push(CallEntry {
            node: call.part.id(),
            kind: call.kind,
            id: call.id.map(|v| v.id()),
            name: call.name.map(|v| v.id()),
            arguments: call.arguments.map(|v| v.id()),
            at,
        });
    }

    /// Records the result of a call among the parts, whose own parts were recorded from
    /// `inner_from` on.
    pub(super) fn result(
        &self,
        result: FoundResult<'_>,
        inner_from: usize,
        at: RelativePath,
        layout: &mut Layout,
    ) {
        layout.parts.push(PartEntry {
            nth: index_u32(layout.results.len() - self.entry.results.start),
            ..part(result.part, PartKind::ToolResult, None, at)
        });
        let parts = ResultParts::Inner(inner_from..layout.result_parts.len());
        layout.results.push(result.entry(parts, at));
    }

    /// Records the whole message as the result of a call.
    pub(super) fn is_result(&mut self, result: FoundResult<'_>, layout: &mut Layout) {
        self.entry.tool_call_id = result.call_id.map(|v| v.id());
        layout
            .results
            .push(result.entry(ResultParts::OfMessage, RelativePath::WHOLE));
    }

    /// Marks the message as a reference to an item that the server stores.
    pub(super) fn is_reference(&mut self) {
        self.entry.reference = true;
        self.entry.hidden = true;
    }

    pub(super) fn close(mut self, layout: &mut Layout) {
        self.entry.parts.end = layout.parts.len();
        self.entry.calls.end = layout.calls.len();
        self.entry.results.end = layout.results.len();
        layout.messages.push(self.entry);
    }
}

/// Call as found.
pub(super) struct FoundCall<'v> {
    pub(super) part: Value<'v>,
    pub(super) kind: CallKind,
    pub(super) id: Option<Value<'v>>,
    pub(super) name: Option<Value<'v>>,
    pub(super) arguments: Option<Value<'v>>,
}

/// Result of a call, as found.
pub(super) struct FoundResult<'v> {
    pub(super) part: Value<'v>,
    pub(super) hosted: bool,
    pub(super) call_id: Option<Value<'v>>,
    pub(super) name: Option<Value<'v>>,
    pub(super) is_error: bool,
}

impl FoundResult<'_> {
    fn entry(&self, parts: ResultParts, at: RelativePath) -> ResultEntry {
        ResultEntry {
            node: self.part.id(),
            hosted: self.hosted,
            call_id: self.call_id.map(|v| v.id()),
            name: self.name.map(|v| v.id()),
            is_error: self.is_error,
            parts,
            at,
        }
    }
}

pub(super) fn part(
    node: Value<'_>,
    kind: PartKind,
    text: Option<Value<'_>>,
    at: RelativePath,
) -> PartEntry {
    PartEntry {
        node: node.id(),
        kind,
        text: text.map(|v| v.id()),
        at,
        nth: 0,
    }
}

pub(super) fn tool(
    node: Value<'_>,
    function: Value<'_>,
    kind: ToolKind,
    at: RelativePath,
) -> ToolEntry {
    ToolEntry {
        node: node.id(),
        function: function.id(),
        kind,
        at,
    }
}

/// Returns the kind of a file by its MIME type.
pub(super) fn kind_of_mime(mime: Option<&str>) -> PartKind {
    match mime.and_then(|mime| mime.split('/').next()) {
        Some("image") => PartKind::Image,
        Some("audio") => PartKind::Audio,
        Some("video") => PartKind::Video,
        _ => PartKind::File,
    }
}
