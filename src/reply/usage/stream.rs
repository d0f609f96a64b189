//! Usage of streams, event by event.
//!
//! [`UsageStream`] accepts bytes as they arrive (server-sent events, or JSON lines), the JSON text
//! of single events, or parsed events. It keeps only numbers; the text of an event is dropped as
//! soon as the event is complete. A later report of a field replaces the earlier one, so cumulative
//! usage in every chunk is never summed. Streams may follow one another: after the end of one, the
//! next report starts a new answer, and the answers are totalled.
//! after the end of one, the next report starts a new answer, and the answers are totalled.

use std::fmt;

use serde::de::DeserializeSeed;
use serde_json::Value;

use super::facts::{Facts, Sign};
use super::origin::Origin;
use super::read::read;
use super::record::{Flag, Usage};
use super::tables::ENVELOPE;
use super::walk::Walk;
use crate::error::{Error, Inner};

/// Maximum length of an event in bytes. A longer one is skipped and flagged.
const MAX_EVENT_BYTES: usize = 64 << 20;

const REMEDY: &str =
    "pass the whole JSON answer, or the stream as it arrived (server-sent events or JSON lines)";

/// Reader for the usage of a stream: push the data as it arrives, then
/// [`finish`](UsageStream::finish).
///
/// Each event costs time linear in its length; about a microsecond for the usual delta.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::usage::{Class, Origin, UsageStream};
///
/// let mut stream = UsageStream::new(Origin::new());
/// stream.push_bytes(b"data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n");
/// // Chunks may end anywhere.
/// stream.push_bytes(b"data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usa");
/// stream.push_bytes(b"ge\":{\"output_tokens\":15}}\n\n");
/// let usage = stream.finish();
/// assert_eq!(usage.tokens(Class::Uncached), 25);
/// assert_eq!(usage.tokens(Class::Text), 15);
///
/// // Single events, as text or parsed.
/// let mut stream = UsageStream::new(Origin::new());
/// stream.push_event(r#"{"choices": [{"finish_reason": "stop"}]}"#);
/// stream.push_value(&serde_json::json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}));
/// assert_eq!(stream.finish().billed_input(), 3);
/// ```
#[derive(Clone)]
pub struct UsageStream {
    origin: Origin,
    facts: Facts,
    done: Vec<Usage>,
    form: Form,
    /// Incomplete line.
    line: Vec<u8>,
    /// Data lines of the incomplete event, or the document.
    data: Vec<u8>,
    /// Whether the line is too long and is being skipped.
    skipping: bool,
    events: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Only white space so far.
    Start,
    /// Server-sent events or JSON lines.
    Lines,
    /// One JSON document, read at the end.
    Document,
}

impl UsageStream {
    /// Creates a reader that has no events yet.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Flag, Origin, UsageStream};
    /// assert!(UsageStream::new(Origin::new()).finish().has(Flag::NoUsage));
    /// ```
    pub fn new(origin: Origin) -> UsageStream {
        UsageStream {
            origin,
            facts: Facts::default(),
            done: Vec::new(),
            form: Form::Start,
            line: Vec::new(),
            data: Vec::new(),
            skipping: false,
            events: 0,
        }
    }

    /// Adds bytes of the response body, split anywhere. Linear in the bytes.
    ///
    /// Server-sent events and JSON lines are read as they arrive. A JSON document over several
    /// lines (a whole answer, or Gemini's list of chunks) is buffered until
    /// [`finish`](UsageStream::finish).
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, UsageStream};
    /// let mut stream = UsageStream::new(Origin::new());
    /// stream.push_bytes(b"data: {\"choices\": [], \"usage\": {\"prompt_tok");
    /// stream.push_bytes(b"ens\": 3, \"completion_tokens\": 2}}\n\ndata: [DONE]\n\n");
    /// assert_eq!(stream.finish().billed_input(), 3);
    /// ```
    pub fn push_bytes(&mut self, chunk: &[u8]) {
        let mut chunk = chunk;
        if self.form == Form::Start {
            // White space and a byte order mark.
            let skip = |b: &u8| b.is_ascii_whitespace() || [0xEF, 0xBB, 0xBF].contains(b);
            let Some(start) = chunk.iter().position(|b| !skip(b)) else {
                return;
            };
            chunk = &chunk[start..];
            self.form = match chunk[0] {
                b'[' => Form::Document,
                _ => Form::Lines,
            };
        }
        while self.form == Form::Lines {
            let Some(end) = memchr::memchr(b'\n', chunk) else {
                self.keep(chunk);
                return;
            };
            let (line, rest) = chunk.split_at(end);
            chunk = &rest[1..];
            if self.line.is_empty() && !self.skipping {
                self.take_line(line);
            } else {
                self.keep(line);
                self.end_line();
            }
        }
        if self.data.len().saturating_add(chunk.len()) > MAX_EVENT_BYTES {
            self.facts.mark(Sign::Unreadable);
        } else {
            self.data.extend_from_slice(chunk);
        }
    }

    /// Adds one event as JSON text (the part after `data:`). `[DONE]` is understood.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, UsageStream};
    /// let mut stream = UsageStream::new(Origin::new());
    /// stream.push_event(r#"{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}"#);
    /// stream.push_event("[DONE]");
    /// assert_eq!(stream.finish().billed_output(), 2);
    /// ```
    pub fn push_event(&mut self, event: &str) {
        self.take_event(event.as_bytes());
    }

    /// Adds one parsed event.
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Origin, UsageStream};
    /// let mut stream = UsageStream::new(Origin::new());
    /// stream.push_value(&serde_json::json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}));
    /// assert_eq!(stream.finish().billed_input(), 3);
    /// ```
    pub fn push_value(&mut self, event: &Value) {
        self.events += 1;
        self.with_facts(|facts| {
            Walk {
                table: ENVELOPE,
                facts,
            }
            .deserialize(event)
            .is_ok()
        });
    }

    /// Ends the stream and returns its usage. A stream without a proper end gets
    /// [`Flag::Incomplete`], one without usage [`Flag::NoUsage`].
    ///
    /// ```
    /// # use tokenfit::reply::usage::{Flag, Origin, UsageStream};
    /// let mut stream = UsageStream::new(Origin::new());
    /// stream.push_event(r#"{"choices": [{"delta": {"content": "Hel"}}]}"#);
    /// assert!(stream.finish().has(Flag::Incomplete));    // the connection broke
    /// ```
    pub fn finish(self) -> Usage {
        self.finish_with(true)
    }

    /// Returns the number of events seen.
    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn finish_with(mut self, may_be_cut: bool) -> Usage {
        self.flush();
        if !self.done.is_empty() && self.facts.is_blank() {
            return Usage::total(self.done);
        }
        let mut last = read(&self.facts, &self.origin);
        let whole = self.facts.sign(Sign::Finished)
            || self.facts.sign(Sign::Ended)
            || self.facts.sign(Sign::LastChunk)
            // These report usage only in their last event.
            || super::converse::is(&self.facts)
            || super::cohere::is(&self.facts);
        if may_be_cut && !whole {
            last.flag(Flag::Incomplete);
        }
        if self.done.is_empty() {
            return last;
        }
        self.done.push(last);
        Usage::total(self.done)
    }

    /// Reads the rest of the buffers.
    fn flush(&mut self) {
        if self.form == Form::Lines {
            self.end_line();
        }
        let data = std::mem::take(&mut self.data);
        if !data.is_empty() {
            self.take_event(&data);
        }
    }

    fn keep(&mut self, part: &[u8]) {
        if self.skipping || self.line.len().saturating_add(part.len()) > MAX_EVENT_BYTES {
            self.skipping = true;
            self.line.clear();
            self.facts.mark(Sign::Unreadable);
        } else {
            self.line.extend_from_slice(part);
        }
    }

    fn end_line(&mut self) {
        if self.skipping {
            self.skipping = false;
            return;
        }
        let mut line = std::mem::take(&mut self.line);
        self.take_line(&line);
        line.clear();
        if self.line.is_empty() {
            self.line = line;
        }
    }

    /// Reads one line, without its line feed.
    fn take_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(data) = line.strip_prefix(b"data:") {
            let data = data.strip_prefix(b" ").unwrap_or(data);
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            if self.data.len().saturating_add(data.len()) > MAX_EVENT_BYTES {
                self.facts.mark(Sign::Unreadable);
                self.data.clear();
            } else {
                self.data.extend_from_slice(data);
            }
        } else if line.is_empty() {
            let mut data = std::mem::take(&mut self.data);
            if !data.is_empty() {
                self.take_event(&data);
                data.clear();
                self.data = data;
            }
        } else if line.first() == Some(&b'{') {
            // A JSON line; or the first line of a document over several lines.
            if self.events == 0 && is_cut(line) {
                self.form = Form::Document;
                self.data.extend_from_slice(line);
                self.data.push(b'\n');
            } else {
                self.take_event(line);
            }
        }
        // `event:`, `id:`, `retry:` and comments add no information to the data.
    }

    fn take_event(&mut self, event: &[u8]) {
        self.events += 1;
        if event.trim_ascii() == b"[DONE]" {
            self.facts.mark(Sign::Ended);
            return;
        }
        self.with_facts(|facts| {
            let mut json = serde_json::Deserializer::from_slice(event);
            // Servers that omit the blank line put several values into one event.
            loop {
                let walk = Walk {
                    table: ENVELOPE,
                    facts,
                };
                if walk.deserialize(&mut json).is_err() {
                    return false;
                }
                if json.end().is_ok() {
                    return true;
                }
            }
        });
    }

    /// Reads an event into the facts of the answer that it belongs to.
    fn with_facts(&mut self, mut read_event: impl FnMut(&mut Facts) -> bool) {
        if self.facts.sign(Sign::Ended) {
            let mut next = Facts::default();
            let readable = read_event(&mut next);
            if !readable {
                next.mark(Sign::Unreadable);
            }
            // An event without counts after the end belongs to the ended answer.
            if next.has_counts() {
                let ended = std::mem::replace(&mut self.facts, next);
                self.done.push(read(&ended, &self.origin));
            }
            return;
        }
        self.facts.choices = None;
        if !read_event(&mut self.facts) {
            self.facts.mark(Sign::Unreadable);
        }
        if self.facts.choices == Some(0) && super::chat::is(&self.facts) {
            self.facts.mark(Sign::LastChunk);
        }
    }
}

/// Returns whether a string is the beginning of a JSON value.
fn is_cut(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

impl fmt::Debug for UsageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The buffers contain message text, so only their lengths are shown.
        f.debug_struct("UsageStream")
            .field("origin", &self.origin)
            .field("events", &self.events)
            .field("answers", &self.done.len())
            .field("buffered_bytes", &(self.line.len() + self.data.len()))
            .finish_non_exhaustive()
    }
}

impl Usage {
    /// Parses the usage of a response body: one JSON answer of any format, a list of stream chunks,
    /// or the text of a stream (server-sent events, JSON lines).
    ///
    /// Linear in the length of the body.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidReply`](crate::ErrorKind::InvalidReply) if the text is neither JSON nor
    /// a stream of events. An answer without usage is not an error: it has [`Flag::NoUsage`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::usage::{Class, Origin, Usage};
    ///
    /// let body = br#"{"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 8, "thoughtsTokenCount": 53}}"#;
    /// let usage = Usage::parse(body, &Origin::new())?;
    /// assert_eq!(usage.billed_output(), 61);
    /// assert_eq!(usage.tokens(Class::Reasoning), 53);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn parse(body: &[u8], origin: &Origin) -> Result<Usage, Error> {
        Usage::parse_with_headers(body, std::iter::empty(), origin)
    }

    /// Parses usage from a body and its response headers: Bedrock's InvokeModel reports counts, and
    /// the LiteLLM proxy the cost, only in headers. Counts of the body have precedence.
    ///
    /// # Errors
    ///
    /// Fails like [`Usage::parse`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::reply::usage::{Origin, Usage};
    ///
    /// let headers = [("x-amzn-bedrock-input-token-count", "25"), ("x-amzn-bedrock-output-token-count", "9")];
    /// let usage = Usage::parse_with_headers(br#"{"completion": "hi"}"#, headers, &Origin::new())?;
    /// assert_eq!(usage.context_tokens(), Some(34));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn parse_with_headers<'h>(
        body: &[u8],
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        origin: &Origin,
    ) -> Result<Usage, Error> {
        let body = body
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(body)
            .trim_ascii_start();
        if body.first() == Some(&b'{') {
            let mut facts = Facts::default();
            let mut json = serde_json::Deserializer::from_slice(body);
            let walk = Walk {
                table: ENVELOPE,
                facts: &mut facts,
            };
            match walk.deserialize(&mut json) {
                Ok(()) if json.end().is_ok() => {
                    super::invoke::add(headers, &mut facts);
                    return Ok(read(&facts, origin));
                }
                // More text follows: JSON lines.
                Ok(()) => {}
                Err(error) => {
                    return Err(Inner::Reply {
                        what: format!(
                            "the answer is not JSON (line {}, column {})",
                            error.line(),
                            error.column()
                        ),
                        remedy: REMEDY,
                    }
                    .into());
                }
            }
        }
        let mut stream = UsageStream::new(origin.clone());
        super::invoke::add(headers, &mut stream.facts);
        stream.push_bytes(body);
        stream.flush();
        if stream.events() == 0 || stream.facts.sign(Sign::Unreadable) && !readable_beside(&stream)
        {
            return Err(Inner::Reply {
                what: format!("no event found in {} bytes", body.len()),
                remedy: REMEDY,
            }
            .into());
        }
        Ok(stream.finish())
    }
}

/// Returns whether some events were understood although others were not.
fn readable_beside(stream: &UsageStream) -> bool {
    stream.events > 1 || stream.facts.has_counts() || !stream.done.is_empty()
}
