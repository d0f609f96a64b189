//! Views of one message and of one part. Cheap to copy; they borrow the request. Their calls and
//! results are in `calls.rs`.

use std::borrow::Cow;
use std::fmt;

use super::layout::MessageLocation;
use super::{MessageEntry, PartEntry, PartIndex, PartKind, Request, Role};
use crate::json::Value;

/// Message of a request, in any format.
///
/// Content outside of the list (`system`, `instructions`, `systemInstruction`) is a system message
/// before the others; each item of a Responses request is a message, of the assistant if the model
/// wrote it, of the tool if it is a result; each input of an embeddings request and each prompt of
/// a completions request is a user message.
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
///
/// let request = Request::parse(
///     r#"{"model": "claude-opus-4-5", "max_tokens": 9, "system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}"#,
/// )?;
/// let pointers: Vec<String> = request.messages().map(|message| message.pointer()).collect();
/// assert_eq!(pointers, ["/system", "/messages/0"]);
/// let system = request.messages().next().unwrap();
/// assert_eq!((system.index(), &*system.role_name(), system.raw_json()), (0, "system", r#""Be brief.""#));
/// assert!(system.tool_call_id().is_none() && !system.is_reference());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Message<'r> {
    pub(super) request: &'r Request<'r>,
    pub(super) entry: &'r MessageEntry,
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

    /// Returns the position among the request's messages, from 0. In a format with instructions
    /// outside of its list this differs from [`list_index`](Self::list_index).
    ///
    /// ```
    /// let request = tokenfit::Request::parse(
    ///     r#"{"instructions": "Be brief.", "input": [{"role": "user", "content": "Hi"}]}"#,
    /// )?;
    /// let user = request.messages().last().unwrap();
    /// assert_eq!((user.index(), user.list_index()), (1, Some(0)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the position in the request's own list (`messages`, `contents`, `input`), from 0.
    /// `None` for a message outside of the list, or if there is no list.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"instructions": "Be brief.", "input": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let places: Vec<Option<usize>> = request.messages().map(|message| message.list_index()).collect();
    /// assert_eq!(places, [None, Some(0)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn list_index(&self) -> Option<usize> {
        match self.entry.at {
            MessageLocation::Item(index) => Some(index as usize),
            MessageLocation::Field(_) => None,
        }
    }

    /// Returns the JSON pointer of the message in the request.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// assert_eq!(request.messages().next().unwrap().pointer(), "/messages/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> String {
        let layout = &self.request.layout;
        match self.entry.at {
            MessageLocation::Item(index) => {
                let slash = if layout.list.is_empty() { "" } else { "/" };
                format!("{}{slash}{}/{index}", layout.root, layout.list)
            }
            MessageLocation::Field(field) => format!("{}/{field}", layout.root),
        }
    }

    /// Returns the speaker.
    ///
    /// ```
    /// use tokenfit::{Request, request::Role};
    ///
    /// let request = Request::parse(r#"{"contents": [{"role": "model", "parts": [{"text": "Hi"}]}]}"#)?;
    /// assert_eq!(request.messages().next().unwrap().role(), Role::Assistant);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn role(&self) -> Role {
        self.entry.role
    }

    /// Returns the role as spelled in the request, or the usual word if the request spells none.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"contents": [{"role": "model", "parts": []}]}"#)?;
    /// assert_eq!(request.messages().next().unwrap().role_name(), "model");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn role_name(&self) -> Cow<'r, str> {
        self.request
            .string(self.entry.role_node)
            .unwrap_or(Cow::Borrowed(self.entry.role.as_str()))
    }

    /// Returns the participant's name.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "name": "ann", "content": "Hi"}]"#)?;
    /// assert_eq!(request.messages().next().unwrap().name().as_deref(), Some("ann"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn name(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.name)
    }

    /// Returns the id of the call that a tool message answers.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(
    ///     r#"[{"role": "tool", "tool_call_id": "call_7", "content": "4 %"}]"#,
    /// )?;
    /// assert_eq!(request.messages().next().unwrap().tool_call_id().as_deref(), Some("call_7"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tool_call_id(&self) -> Option<Cow<'r, str>> {
        self.request.string(self.entry.tool_call_id)
    }

    /// Iterates over the parts of the content, in order; a string is one text part, and a refusal
    /// is last. Includes calls and results if the format has them in the content.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": [
    ///     {"type": "text", "text": "What is this?"},
    ///     {"type": "image_url", "image_url": {"url": "https://example.com/bed.png"}}]}]"#)?;
    /// let pointers: Vec<_> = request.messages().flat_map(|m| m.parts()).map(|p| p.pointer()).collect();
    /// assert_eq!(pointers, ["/0/content/0", "/0/content/1"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Part<'r>> + use<'r> {
        let message = *self;
        self.request.layout.parts[self.entry.parts.clone()]
            .iter()
            .enumerate()
            .map(move |(nth, entry)| message.part(nth, entry))
    }

    /// Returns the text parts, joined without a separator, as OpenAI joins them before it counts
    /// (measured; docs/evidence/billing.md, section 2). Borrowed if there is a single part without
    /// JSON escapes.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": [
    ///     {"type": "text", "text": "Hi "}, {"type": "text", "text": "you"}]}]"#)?;
    /// assert_eq!(request.messages().next().unwrap().text(), "Hi you");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn text(&self) -> Cow<'r, str> {
        joined(self.parts())
    }

    /// Returns the message's own JSON, unchanged.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role":"user",  "content":"Hi"}]"#)?;
    /// let message = request.messages().next().unwrap();
    /// assert_eq!(message.raw_json(), r#"{"role":"user",  "content":"Hi"}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn raw_json(&self) -> &'r str {
        self.request.value(self.entry.node).raw()
    }

    /// Returns whether the message refers to an item stored by the server (`item_reference`), whose
    /// content is unknown.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(
    ///     r#"{"model": "gpt-4o", "input": [{"type": "item_reference", "id": "msg_1"}]}"#,
    /// )?;
    /// assert!(request.messages().next().unwrap().is_reference());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_reference(&self) -> bool {
        self.entry.reference
    }

    /// Returns whether part of the message is billed by content that the server stores (audio by
    /// id, encrypted reasoning).
    pub(crate) fn has_hidden(&self) -> bool {
        self.entry.hidden
    }

    pub(crate) fn value(&self) -> Value<'r> {
        self.request.value(self.entry.node)
    }

    pub(super) fn part(self, nth: usize, entry: &'r PartEntry) -> Part<'r> {
        Part {
            message: self,
            entry,
            nth,
        }
    }
}

/// Shows only role, lengths and numbers: no text of the message.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("index", &self.index)
            .field("role", &self.role())
            .field("bytes", &self.raw_json().len())
            .field("parts", &self.entry.parts.len())
            .field("tool_calls", &self.entry.calls.len())
            .field("tool_results", &self.entry.results.len())
            .finish_non_exhaustive()
    }
}

/// Joins the text of text parts.
pub(super) fn joined<'r>(parts: impl Iterator<Item = Part<'r>>) -> Cow<'r, str> {
    let mut joined = Cow::Borrowed("");
    for part in parts.filter(|part| part.kind() == PartKind::Text) {
        let text = part.text().unwrap_or_default();
        if joined.is_empty() {
            joined = text;
        } else {
            joined.to_mut().push_str(&text);
        }
    }
    joined
}

/// Part of a message's content, or of a result's.
///
/// ```
/// use tokenfit::{Request, request::PartKind};
///
/// let request = Request::parse(r#"[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"file","file":{}}]}]"#)?;
/// let kinds: Vec<PartKind> = request.messages().flat_map(|message| message.parts()).map(|part| part.kind()).collect();
/// assert_eq!(kinds, [PartKind::Text, PartKind::File]);
/// let part = request.messages().next().unwrap().parts().next().unwrap();
/// assert_eq!(part.raw_json(), r#"{"type":"text","text":"Hi"}"#);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Part<'r> {
    pub(super) message: Message<'r>,
    pub(super) entry: &'r PartEntry,
    nth: usize,
}

impl<'r> Part<'r> {
    /// Returns the position among the parts of the message, or of the result that contains it.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": [
    ///     {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]"#)?;
    /// let last = request.messages().next().unwrap().parts().last().unwrap();
    /// assert_eq!(last.index().get(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn index(&self) -> PartIndex {
        self.nth.into()
    }

    /// Returns the kind of the part.
    ///
    /// ```
    /// use tokenfit::{Request, request::PartKind};
    ///
    /// let request = Request::parse(r#"[{"role": "assistant", "refusal": "I cannot help with that."}]"#)?;
    /// let part = request.messages().next().unwrap().parts().next().unwrap();
    /// assert_eq!(part.kind(), PartKind::Refusal);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn kind(&self) -> PartKind {
        self.entry.kind
    }

    /// Returns the text of a string part, of a refusal, or of readable reasoning.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"{"messages": [{"role": "user", "content": [
    ///     {"type": "text", "text": "Water\nit?"}, {"type": "file", "file": {"file_id": "f1"}}]}]}"#)?;
    /// let texts: Vec<_> = request.messages().flat_map(|m| m.parts()).map(|p| p.text()).collect();
    /// assert_eq!(texts, [Some("Water\nit?".into()), None]);    // decoded
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn text(&self) -> Option<Cow<'r, str>> {
        self.message.request.string(self.entry.text)
    }

    /// Position of its message among the request's messages.
    pub(crate) fn message_index(&self) -> usize {
        self.message.index
    }

    /// Returns the part's own JSON, unchanged.
    ///
    /// ```
    /// let request = tokenfit::Request::parse(r#"[{"role": "user", "content": [{"type":"text","text":"Hi"}]}]"#)?;
    /// let part = request.messages().next().unwrap().parts().next().unwrap();
    /// assert_eq!(part.raw_json(), r#"{"type":"text","text":"Hi"}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn raw_json(&self) -> &'r str {
        self.value().raw()
    }

    /// Returns the JSON pointer of the part in the request.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}"#)?;
    /// let part = request.messages().next().unwrap().parts().next().unwrap();
    /// assert_eq!(part.pointer(), "/contents/0/parts/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn pointer(&self) -> String {
        let mut pointer = self.message.pointer();
        self.entry.at.write(&mut pointer);
        pointer
    }

    /// Returns the number of token ids in an input of [`PartKind::Tokens`]. Linear in them.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let request = Request::parse(r#"{"model": "text-embedding-3-small", "input": [[9906, 11], [1917]]}"#)?;
    /// let tokens: Vec<_> = request.messages().flat_map(|message| message.parts()).map(|part| part.len_tokens()).collect();
    /// assert_eq!(tokens, [Some(2), Some(1)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn len_tokens(&self) -> Option<u64> {
        (self.kind() == PartKind::Tokens).then(|| self.value().items().count() as u64)
    }

    pub(crate) fn value(&self) -> Value<'r> {
        self.message.request.value(self.entry.node)
    }
}

/// Shows only kind and length: no text of the part.
impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("kind", &self.kind())
            .field("bytes", &self.raw_json().len())
            .finish_non_exhaustive()
    }
}
