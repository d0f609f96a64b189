//! Views of a tool, a call in the history, and its result.

use std::borrow::Cow;
use std::fmt;

use super::layout::{RelativePath, ResultParts};
use super::view::joined;
use super::{
    CallEntry, CallKind, Message, Part, PartKind, Request, ResultEntry, ToolEntry, ToolKind,
};
use crate::json::{Kind, Value};

/// Returns the pointer of a value below a message.
fn pointer_below(message: &Message<'_>, at: RelativePath) -> String {
    let mut pointer = message.pointer();
    at.write(&mut pointer);
    pointer
}

impl<'r> Message<'r> {
    /// Iterates over the calls that the message makes, in order, the legacy `function_call` last.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "assistant", "tool_calls": [
    ///     {"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}},
    ///     {"id": "b", "type": "function", "function": {"name": "rain", "arguments": "{}"}}]}]"#)?;
    /// let names: Vec<_> = request.messages().flat_map(|m| m.tool_calls()).filter_map(|c| c.name()).collect();
    /// assert_eq!(names, ["soil", "rain"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tool_calls(&self) -> impl ExactSizeIterator<Item = ToolCall<'r>> + use<'r> {
        let message = *self;
        self.request.layout.calls[self.entry.calls.clone()]
            .iter()
            .map(move |entry| ToolCall::new(message, entry))
    }

    /// Iterates over the results of calls in the message, in order. A tool message is one result as
    /// a whole.
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
    /// // Anthropic's format has the results among the parts too.
    /// let part = message.parts().next().unwrap();
    /// assert_eq!(part.tool_result().unwrap().call_id().as_deref(), Some("a"));
    /// assert!(part.tool_call().is_none());
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
    /// Returns the call in a part of [`PartKind::ToolCall`].
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"contents": [{"role": "model", "parts": [
    ///     {"text": "I look."}, {"functionCall": {"name": "soil", "args": {"bed": 3}}}]}]}"#)?;
    /// let part = request.messages().next().unwrap().parts().last().unwrap();
    /// assert_eq!(part.tool_call().unwrap().arguments().as_deref(), Some(r#"{"bed": 3}"#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tool_call(&self) -> Option<ToolCall<'r>> {
        let message = self.message;
        let calls = &message.request.layout.calls[message.entry.calls.clone()];
        let entry = (self.kind() == PartKind::ToolCall)
            .then(|| calls.get(self.entry.nth as usize))
            .flatten()?;
        Some(ToolCall::new(message, entry))
    }

    /// Returns the result in a part of [`PartKind::ToolResult`].
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [
    ///     {"type": "tool_result", "tool_use_id": "a", "content": "4 %"}]}]}"#)?;
    /// let part = request.messages().next().unwrap().parts().next().unwrap();
    /// assert_eq!(part.tool_result().unwrap().text(), "4 %");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tool_result(&self) -> Option<ToolResult<'r>> {
        let message = self.message;
        let results = &message.request.layout.results[message.entry.results.clone()];
        let entry = (self.kind() == PartKind::ToolResult)
            .then(|| results.get(self.entry.nth as usize))
            .flatten()?;
        Some(ToolResult::new(message, entry))
    }
}

/// Call of a tool in the history.
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
/// assert_eq!(call.arguments().as_deref(), Some("{}"));
/// assert!(call.raw_json().starts_with(r#"{"id":"c1""#));
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

    /// Returns the kind of the call.
    ///
    /// ```
    /// use tokenfit::{Request, request::CallKind};
    ///
    /// let request = Request::parse(
    ///     r#"{"model": "gpt-4o", "input": [{"type": "web_search_call", "id": "ws_1", "status": "completed"}]}"#,
    /// )?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.kind(), CallKind::Hosted);    // the provider ran it
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> CallKind {
        self.entry.kind
    }

    /// Returns the id that the result must name.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type":"tool_use","id":"call_7","name":"soil","input":{"bed": 3}}]}]}"#)?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.id().as_deref(), Some("call_7"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.id)
    }

    /// Returns the name of the function.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type":"tool_use","id":"call_7","name":"soil","input":{"bed": 3}}]}]}"#)?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.name().as_deref(), Some("soil"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.name)
    }

    /// Returns the arguments as JSON: the model's string if the format stores one (it may be
    /// invalid JSON), otherwise the value as spelled in the request.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type":"tool_use","id":"call_7","name":"soil","input":{"bed": 3}}]}]}"#)?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.arguments().as_deref(), Some(r#"{"bed": 3}"#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn arguments(&self) -> Option<Cow<'r, str>> {
        let value = self.message.request.value(self.entry.arguments?);
        Some(value.as_str().unwrap_or(Cow::Borrowed(value.raw())))
    }

    /// Returns the call's own JSON, unchanged.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type":"tool_use","id":"call_7","name":"soil","input":{"bed": 3}}]}]}"#)?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert!(call.raw_json().starts_with(r#"{"type":"tool_use","id":"call_7""#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn raw_json(&self) -> &'r str {
        self.message.request.value(self.entry.node).raw()
    }

    /// Returns the JSON pointer of the call in the request.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "assistant", "content": [{"type":"tool_use","id":"call_7","name":"soil","input":{"bed": 3}}]}]}"#)?;
    /// let call = request.messages().next().unwrap().tool_calls().next().unwrap();
    /// assert_eq!(call.pointer(), "/messages/0/content/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> String {
        pointer_below(&self.message, self.entry.at)
    }

    /// Returns the arguments if the format stores a value instead of a string.
    pub(crate) fn arguments_value(&self) -> Option<Value<'r>> {
        Some(self.message.request.value(self.entry.arguments?))
            .filter(|value| value.kind() != Kind::String)
    }
}

/// Shows only kind and lengths: no name, id or arguments.
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

/// Result of a call in the history: a tool message, or a part of a message.
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
/// assert!(!result.is_error() && !result.is_hosted());
/// assert_eq!((result.parts().len(), result.name()), (1, None));
/// assert!(result.raw_json().contains("function_call_output"));
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

    /// Returns the id of the answered call. `None` if the format has none or the request omits it;
    /// then the [name](Self::name) and the order identify the call.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert_eq!(result.call_id().as_deref(), Some("call_7"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn call_id(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.call_id)
    }

    /// Returns the name of the called function, if the format repeats it.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"contents": [{"role": "user", "parts": [
    ///     {"functionResponse": {"name": "soil", "response": {"dry": true}}}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert_eq!((result.name().as_deref(), result.call_id()), (Some("soil"), None));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.name)
    }

    /// Returns whether the request marks the call as failed.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert!(result.is_error());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_error(&self) -> bool {
        self.entry.is_error
    }

    /// Returns whether the provider itself ran the tool.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert!(!result.is_hosted());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_hosted(&self) -> bool {
        self.entry.hosted
    }

    /// Iterates over the parts of the result, in order.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert_eq!(result.parts().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part<'r>> + use<'r> {
        let message = self.message;
        let layout = &message.request.layout;
        let parts = match &self.entry.parts {
            ResultParts::OfMessage => &layout.parts[message.entry.parts.clone()],
            ResultParts::Inner(range) => &layout.result_parts[range.clone()],
        };
        parts
            .iter()
            .enumerate()
            .map(move |(nth, entry)| message.part(nth, entry))
    }

    /// Returns the text parts, joined. Empty for a result that is an object: see
    /// [`raw_json`](Self::raw_json).
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert_eq!(result.text(), "no sensor");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn text(&self) -> Cow<'r, str> {
        joined(self.parts())
    }

    /// Returns the result's own JSON, unchanged: the tool message, or the part.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert!(result.raw_json().ends_with(r#""content":"no sensor"}"#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn raw_json(&self) -> &'r str {
        self.message.request.value(self.entry.node).raw()
    }

    /// Returns the JSON pointer of the result in the request.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "messages": [{"role": "user", "content": [{"type":"tool_result","tool_use_id":"call_7","is_error":true,"content":"no sensor"}]}]}"#)?;
    /// let result = request.messages().next().unwrap().tool_results().next().unwrap();
    /// assert_eq!(result.pointer(), "/messages/0/content/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> String {
        pointer_below(&self.message, self.entry.at)
    }
}

/// Shows only lengths: no name, id or text.
impl fmt::Debug for ToolResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolResult")
            .field("bytes", &self.raw_json().len())
            .field("parts", &self.parts().len())
            .field("is_error", &self.is_error())
            .finish_non_exhaustive()
    }
}

/// Tool that the model may call.
///
/// ```
/// use tokenfit::{Request, request::ToolKind};
///
/// let request = Request::parse(r#"{"messages":[],"tools":[{"type":"function","function":{"name":"find"}}]}"#)?;
/// let tool = request.tools().next().unwrap();
/// assert_eq!((tool.kind(), tool.name().as_deref()), (ToolKind::Function, Some("find")));
/// assert_eq!(tool.pointer(), "/tools/0");
/// assert_eq!(tool.raw_json(), r#"{"type":"function","function":{"name":"find"}}"#);
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

    /// Returns the kind of the tool.
    ///
    /// ```
    /// use tokenfit::{Request, request::ToolKind};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "input": "Hi", "tools": [{"type": "web_search"}]}"#)?;
    /// assert_eq!(request.tools().next().unwrap().kind(), ToolKind::Other);    // the host runs it
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> ToolKind {
        self.entry.kind
    }

    /// Returns the function's name.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "system": "", "messages": [], "tools": [{"name":"soil","input_schema":{"type":"object"}}]}"#)?;
    /// let tool = request.tools().next().unwrap();
    /// assert_eq!(tool.name().as_deref(), Some("soil"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.field("name")
    }

    /// Returns the function's description for the model.
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

    /// Returns the schema of the parameters, unchanged.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "system": "", "messages": [], "tools": [{"name":"soil","input_schema":{"type":"object"}}]}"#)?;
    /// let tool = request.tools().next().unwrap();
    /// assert_eq!(tool.schema_json(), Some(r#"{"type":"object"}"#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn schema_json(&self) -> Option<&'r str> {
        self.schema().map(|schema| schema.raw())
    }

    /// Returns the tool's own JSON, unchanged.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "system": "", "messages": [], "tools": [{"name":"soil","input_schema":{"type":"object"}}]}"#)?;
    /// let tool = request.tools().next().unwrap();
    /// assert_eq!(tool.raw_json(), r#"{"name":"soil","input_schema":{"type":"object"}}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn raw_json(&self) -> &'r str {
        self.request.value(self.entry.node).raw()
    }

    /// Returns the JSON pointer of the tool in the request.
    ///
    /// ```
    /// # let request = tokenfit::Request::parse(r#"{"max_tokens": 9, "system": "", "messages": [], "tools": [{"name":"soil","input_schema":{"type":"object"}}]}"#)?;
    /// let tool = request.tools().next().unwrap();
    /// assert_eq!(tool.pointer(), "/tools/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> String {
        let mut pointer = self.request.layout.root.to_owned();
        self.entry.at.write(&mut pointer);
        pointer
    }

    pub(crate) fn function(&self) -> Value<'r> {
        self.request.value(self.entry.function)
    }

    /// Returns the schema of the parameters, under the format's name for it.
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

/// Shows only kind and length: no name or description.
impl fmt::Debug for Tool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("kind", &self.kind())
            .field("bytes", &self.raw_json().len())
            .finish_non_exhaustive()
    }
}
