//! Request as data: the original bytes, and views of its messages, parts, calls and tools.
//!
//! [`Request`] borrows the text and keeps an index of spans over it. An unedited request is written
//! as the original bytes, with their order, number spelling, repeated keys and unknown fields.

mod calls;
mod edit;
mod given;
mod groups;
mod index;
mod layout;
mod links;
mod places;
mod view;

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::de::DeserializeOwned;
use serde::ser::{Error as _, Serialize, Serializer};

use crate::error::{Error, Inner};
use crate::json::{Document, NodeId, Value};
pub use crate::provider::{Address, Format};
pub use calls::{Tool, ToolCall, ToolResult};
pub(crate) use edit::{Edits, Slot, json_string};
pub(crate) use given::Given;
pub use groups::{Group, GroupKind, Groups};
pub use index::{GroupIndex, PartIndex};
pub(crate) use layout::{
    CallEntry, Layout, MessageEntry, MessageLocation, PartEntry, RelativePath, ResultEntry,
    ResultParts, ToolEntry, index_u32,
};
pub use layout::{CallKind, PartKind, Role, ToolKind};
pub use links::{CallLink, CallState, Links, ResultLink, ResultState};
pub use view::{Message, Part};

/// Maximum nesting of arrays and objects in a request's JSON. A deeper one is rejected with
/// [`ErrorKind::TooDeep`](crate::ErrorKind::TooDeep), because later readers of the values may
/// recurse.
pub const MAX_DEPTH: usize = crate::json::MAX_DEPTH;

/// Request to a language model: its JSON, unchanged, and views into it.
///
/// Parsing is one pass over the text; it allocates an index (16 bytes per JSON value) and copies no
/// text.
///
/// # Examples
///
/// ```
/// use tokenfit::Format;
/// use tokenfit::Request;
///
/// let body = br#"{"model":"gpt-4o", "messages":[{"role":"user","content":"Hello"}], "x_own": 1.50}"#;
/// let request = Request::parse(body)?;
/// assert_eq!(request.model().as_deref(), Some("gpt-4o"));
/// assert_eq!(request.messages().next().unwrap().text(), "Hello");
/// assert_eq!(request.as_bytes(), body);
///
/// let value: serde_json::Value = request.to_typed()?;
/// assert_eq!(value["x_own"], 1.5);
/// let mut out = Vec::new();
/// request.write_to(&mut out)?;
/// assert_eq!(out, request.to_bytes());
/// let owned: Request<'static> = request.into_owned();
/// assert_eq!((owned.format(), owned.format().as_str()), (Format::OpenAiChat, "openai-chat"));
/// assert_eq!((owned.max_output_tokens(), owned.tools().len()), (None, 0));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Request<'a> {
    document: Document<'a>,
    layout: Layout,
    /// Whether the caller or an address gave the format; otherwise the shape showed it.
    format_is_given: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn new(document: Document<'a>, layout: Layout) -> Request<'a> {
        Request {
            document,
            layout,
            format_is_given: false,
        }
    }

    /// Records whether the format was given, not detected.
    pub(crate) fn in_given_format(mut self, is_given: bool) -> Request<'a> {
        self.format_is_given = is_given;
        self
    }

    /// Whether the format was given, not detected.
    pub(crate) fn format_is_given(&self) -> bool {
        self.format_is_given
    }

    /// Converts to a request that owns its text. Copies the text if it was borrowed.
    ///
    /// ```
    /// use tokenfit::{Error, Request};
    ///
    /// fn read(body: String) -> Result<Request<'static>, Error> {
    ///     Ok(Request::parse(&body)?.into_owned())    // `body` is dropped here
    /// }
    /// let request = read(r#"{"messages": [{"role": "user", "content": "Hi"}]}"#.to_owned())?;
    /// assert_eq!(request.messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_owned(self) -> Request<'static> {
        Request {
            document: self.document.into_owned(),
            layout: self.layout,
            format_is_given: self.format_is_given,
        }
    }

    /// Returns the format that the request was parsed as.
    ///
    /// ```
    /// use tokenfit::{Format, Request};
    ///
    /// let request = Request::parse(r#"{"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}"#)?;
    /// assert_eq!(request.format(), Format::Gemini);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn format(&self) -> Format {
        self.layout.format
    }

    /// Returns the model that the request names.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"model": "gpt-4o", "messages": []}"#)?;
    /// assert_eq!(request.model().as_deref(), Some("gpt-4o"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<Cow<'_, str>> {
        self.string(self.layout.model)
    }

    /// Returns the output limit in tokens that the request sets (`max_completion_tokens`, or
    /// `max_tokens`, or the format's name for it).
    ///
    /// ```
    /// let request = tokenfit::Request::parse(
    ///     r#"{"contents": [], "generationConfig": {"maxOutputTokens": 500}}"#,
    /// )?;
    /// assert_eq!(request.max_output_tokens(), Some(500));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.layout.max_output_tokens
    }

    /// Iterates over the messages, in order.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(
    ///     r#"{"input": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}"#,
    /// )?;
    /// let texts: Vec<_> = request.messages().map(|message| message.text()).collect();
    /// assert_eq!(texts, ["Hi", "Hello!"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_>> + DoubleEndedIterator {
        (0..self.layout.messages.len()).map(|index| Message::new(self, index))
    }

    /// Iterates over the tools that the model may call, in order: `tools`, then the legacy
    /// `functions`. Each function in a group of declarations counts as one tool.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"contents": [], "tools": [{"functionDeclarations": [
    ///     {"name": "soil"}, {"name": "rain"}]}]}"#)?;
    /// let names: Vec<_> = request.tools().filter_map(|tool| tool.name()).collect();
    /// assert_eq!(names, ["soil", "rain"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tools(&self) -> impl ExactSizeIterator<Item = Tool<'_>> + DoubleEndedIterator {
        self.layout.tools.iter().map(|entry| Tool::new(self, entry))
    }

    /// Returns the bytes of the request.
    ///
    /// ```
    /// let body = r#"{"messages":[],   "temperature": 1.50}"#;    // spelling and spaces stay
    /// assert_eq!(tokenfit::Request::parse(body)?.as_bytes(), body.as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.document.text().as_bytes()
    }

    /// Returns a copy of the bytes of the request.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"messages": []}"#)?;
    /// let body: Vec<u8> = request.to_bytes();    // independent of the request, for a client that takes it
    /// assert_eq!(body.len(), 16);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    /// Writes the bytes of the request.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"messages": []}"#)?;
    /// let mut out = Vec::new();                  // or a file, a socket
    /// request.write_to(&mut out)?;
    /// assert_eq!(out, br#"{"messages": []}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the writer's error.
    pub fn write_to<W: io::Write>(&self, mut writer: W) -> Result<(), Error> {
        writer
            .write_all(self.as_bytes())
            .map_err(|error| Inner::Io(error).into())
    }

    /// Deserializes the request as a type, for instance a client crate's request type or
    /// `serde_json::Value`.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let request = tokenfit::Request::parse(r#"{"messages": [], "temperature": 1.5}"#)?;
    /// let fields: HashMap<String, serde_json::Value> = request.to_typed()?;
    /// assert_eq!(fields["temperature"], 1.5);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the request does not have the shape of the type. The error names line and column,
    /// but no content.
    pub fn to_typed<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.document.text()).map_err(|error| {
            Inner::Typed {
                category: category(&error),
                line: error.line(),
                column: error.column(),
            }
            .into()
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns a field of the request itself.
    pub(crate) fn field(&self, name: &str) -> Option<Value<'_>> {
        self.document.root().get(name)
    }

    pub(crate) fn value(&self, id: NodeId) -> Value<'_> {
        self.document.value(id)
    }

    pub(crate) fn string(&self, id: Option<NodeId>) -> Option<Cow<'_, str>> {
        id.and_then(|id| self.value(id).as_str())
    }

    /// Returns the place of the field `model`, for an error about it.
    pub(crate) fn model_place(&self) -> Option<crate::error::Place> {
        let node = self.layout.model?;
        let offset = self.value(node).span().start;
        let pointer = format!("{}/{}", self.layout.root, self.layout.model_field);
        Some(self.document.place(pointer, offset))
    }

    /// Returns the message at a position, which must exist.
    pub(crate) fn message(&self, index: usize) -> Message<'_> {
        Message::new(self, index)
    }
}

pub(crate) fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "input or output failed",
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Data => "another type or value was expected",
        serde_json::error::Category::Eof => "the input ends too early",
    }
}

/// Shows only length and numbers: no text of the request.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("format", &self.format())
            .field("bytes", &self.as_bytes().len())
            .field("messages", &self.layout.messages.len())
            .field("tools", &self.layout.tools.len())
            .finish_non_exhaustive()
    }
}

/// Writes the original JSON: `serde_json` (and clients built on it) keep the bytes. Other data
/// formats do not support raw JSON; convert with [`Request::to_typed`] first.
impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(self.document.text())
            .map_err(|_| S::Error::custom("the request's JSON could not be read again"))?;
        raw.serialize(serializer)
    }
}
