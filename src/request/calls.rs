//! Light views of a tool, a call in the history and its result.

use std::borrow::Cow;
use std::fmt;

use super::layout::{Below, ResultParts};
use super::view::joined;
use super::{
    CallEntry, CallKind, Message, Part, PartKind, Request, ResultEntry, ToolEntry, ToolKind,
};
use crate::json::{Kind, Value};

/// The pointer of something below a message.
fn pointer_below(message: &Message<'_>, at: Below) -> String {
    let mut pointer = message.pointer();
    at.write(&mut pointer);
    pointer
}

impl<'r> Message<'r> {
    /// The calls that the message makes, in order; the legacy `function_call` stands behind.
    pub fn tool_calls(&self) -> impl ExactSizeIterator<Item = ToolCall<'r>> + use<'r> {
        let message = *self;
        self.request.layout.calls[self.entry.calls.clone()]
            .iter()
            .map(move |entry| ToolCall::new(message, entry))
    }

    /// The results of calls that the message brings, in order. A message of a tool is one result as a whole.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [
    ///     {"type": "tool_result", "tool_use_id": "a", "content": "4 °C"},
    ///     {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "7 °C"}]}]}]}"#)?;
    /// let message = request.messages().next().unwrap();
    /// let texts: Vec<String> = message.tool_results().map(|result| result.text().into_owned()).collect();
    /// assert_eq!(texts, ["4 °C", "7 °C"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tool_results(&self) -> impl ExactSizeIterator<Item = ToolResult<'r>> + use<'r> {
        let message = *self;
        self.request.layout.results[self.entry.results.clone()]
            .iter()
            .map(move |entry| ToolResult::new(message, entry))
    }
}

impl<'r> Part<'r> {
    /// The call that the part is: of [`PartKind::ToolCall`].
    pub fn tool_call(&self) -> Option<ToolCall<'r>> {
        let message = self.message;
        let calls = &message.request.layout.calls[message.entry.calls.clone()];
        let entry = (self.kind() == PartKind::ToolCall)
            .then(|| calls.get(self.entry.nth as usize))
            .flatten()?;
        Some(ToolCall::new(message, entry))
    }

    /// The result that the part is: of [`PartKind::ToolResult`].
    pub fn tool_result(&self) -> Option<ToolResult<'r>> {
        let message = self.message;
        let results = &message.request.layout.results[message.entry.results.clone()];
        let entry = (self.kind() == PartKind::ToolResult)
            .then(|| results.get(self.entry.nth as usize))
            .flatten()?;
        Some(ToolResult::new(message, entry))
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
/// assert_eq!(call.pointer(), "/0/tool_calls/0");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ToolCall<'r> {
    pub(super) message: Message<'r>,
    pub(super) entry: &'r CallEntry,
}

impl<'r> ToolCall<'r> {
    pub(super) fn new(message: Message<'r>, entry: &'r CallEntry) -> ToolCall<'r> {
        ToolCall { message, entry }
    }

    /// What the call is.
    pub fn kind(&self) -> CallKind {
        self.entry.kind
    }

    /// The id that the result has to name.
    pub fn id(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.id)
    }

    /// The name of the function.
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.name)
    }

    /// The arguments as a JSON text: as the model wrote it where the format keeps a text (which need not be valid JSON), the
    /// value as it stands in the request where the format keeps an object.
    pub fn arguments(&self) -> Option<Cow<'r, str>> {
        let value = self.message.request.value(self.entry.arguments?);
        Some(value.as_str().unwrap_or(Cow::Borrowed(value.raw())))
    }

    /// The call's own JSON, as it came.
    pub fn raw_json(&self) -> &'r str {
        self.message.request.value(self.entry.node).raw()
    }

    /// The JSON pointer of the call in the request.
    pub fn pointer(&self) -> String {
        pointer_below(&self.message, self.entry.at)
    }

    /// The arguments where the format keeps a value instead of a text.
    pub(crate) fn arguments_value(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.arguments?))
            .filter(|value| value.kind() != Kind::String)
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

/// The result of a call in the history: a message of a tool, or a part of a message.
///
/// ```
/// use tokenfit::Request;
///
/// let request = Request::parse(
///     r#"{"input": [{"type": "function_call_output", "call_id": "c1", "output": "4 °C"}]}"#,
/// )?;
/// let result = request.messages().next().unwrap().tool_results().next().unwrap();
/// assert_eq!((result.call_id().as_deref(), &*result.text()), (Some("c1"), "4 °C"));
/// assert_eq!(result.pointer(), "/input/0");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ToolResult<'r> {
    pub(super) message: Message<'r>,
    pub(super) entry: &'r ResultEntry,
}

impl<'r> ToolResult<'r> {
    pub(super) fn new(message: Message<'r>, entry: &'r ResultEntry) -> ToolResult<'r> {
        ToolResult { message, entry }
    }

    /// The id of the call that it answers. `None` where the format has none, or the request leaves it out: then the
    /// [name](Self::name) and the order tell.
    pub fn call_id(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.call_id)
    }

    /// The name of the function that was called, where the format repeats it.
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.name)
    }

    /// Whether the request says that the call failed.
    pub fn is_error(&self) -> bool {
        self.entry.is_error
    }

    /// Whether the result is of a tool that the provider runs itself.
    pub fn is_hosted(&self) -> bool {
        self.entry.hosted
    }

    /// The parts of the result, in order.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part<'r>> + use<'r> {
        let message = self.message;
        let layout = &message.request.layout;
        let parts = match &self.entry.parts {
            ResultParts::OfMessage => &layout.parts[message.entry.parts.clone()],
            ResultParts::Inner(range) => &layout.result_parts[range.clone()],
        };
        parts.iter().map(move |entry| message.part(entry))
    }

    /// The text parts, joined. Empty for a result that is an object: see [`raw_json`](Self::raw_json).
    pub fn text(&self) -> Cow<'r, str> {
        joined(self.parts())
    }

    /// The result's own JSON, as it came: the message of a tool, or the part.
    pub fn raw_json(&self) -> &'r str {
        self.message.request.value(self.entry.node).raw()
    }

    /// The JSON pointer of the result in the request.
    pub fn pointer(&self) -> String {
        pointer_below(&self.message, self.entry.at)
    }
}

/// Lengths only: no name, id or text.
impl fmt::Debug for ToolResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolResult")
            .field("bytes", &self.raw_json().len())
            .field("parts", &self.parts().len())
            .field("is_error", &self.is_error())
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
/// assert_eq!(tool.pointer(), "/tools/0");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Tool<'r> {
    request: &'r Request<'r>,
    pub(super) entry: &'r ToolEntry,
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
        self.field("name")
    }

    /// What the function does, for the model.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"contents": [], "tools": [{"functionDeclarations": [
    ///     {"name": "find", "description": "Finds.", "parameters": {"type": "OBJECT"}}]}]}"#)?;
    /// let tool = request.tools().next().unwrap();
    /// assert_eq!(tool.description().as_deref(), Some("Finds."));
    /// assert_eq!(tool.schema_json(), Some(r#"{"type": "OBJECT"}"#));
    /// assert_eq!(tool.pointer(), "/tools/0/functionDeclarations/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn description(&self) -> Option<Cow<'r, str>> {
        self.field("description")
    }

    /// The schema of the parameters, as it came.
    pub fn schema_json(&self) -> Option<&'r str> {
        self.schema().map(|schema| schema.raw())
    }

    /// The tool's own JSON, as it came.
    pub fn raw_json(&self) -> &'r str {
        self.request.value(self.entry.node).raw()
    }

    /// The JSON pointer of the tool in the request.
    pub fn pointer(&self) -> String {
        let mut pointer = self.request.layout.root.to_owned();
        self.entry.at.write(&mut pointer);
        pointer
    }

    pub(crate) fn function(&self) -> Value<'r> {
        self.request.value(self.entry.function)
    }

    /// The schema of the parameters, under the name that the format has for it.
    pub(crate) fn schema(&self) -> Option<Value<'r>> {
        let function = self.function();
        let paths = self.request.format().wire().schemas;
        paths.iter().find_map(|path| function.get_path(path))
    }

    fn field(&self, name: &str) -> Option<Cow<'r, str>> {
        self.function()
            .get_some(name)
            .and_then(|value| value.as_str())
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
