//! Envelope of a request in a file: none, an object with an id, or a line of a batch file.

use std::borrow::Cow;

use super::{Address, Format};
use crate::error::{Error, Inner, Place};
use crate::json::{Document, Kind, Value};
use crate::model::Host;
use crate::shown::is_api_field;

/// Request in a file or a stream, with its envelope.
///
/// Parsed from a bare request, a bare list of messages, an envelope `{"id", "model", "host", "url",
/// "request"}`, or a batch-file line: `{"custom_id", "method", "url", "body"}` of OpenAI,
/// `{"custom_id", "params"}` of Anthropic.
///
/// # Examples
///
/// ```
/// use tokenfit::Envelope;
///
/// let line = br#"{"id": "a7", "model": "gpt-4o", "request": {"messages": []}}"#;
/// let envelope = Envelope::parse(line)?;
/// assert_eq!(envelope.id(), Some("a7"));
/// assert_eq!(envelope.model(), Some("gpt-4o"));
/// assert_eq!(envelope.request(), br#"{"messages": []}"#);
/// assert_eq!((envelope.id_json(), envelope.host()), (Some(r#""a7""#), None));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone)]
pub struct Envelope<'a> {
    /// All of it.
    text: &'a str,
    request: &'a str,
    /// Where the request begins in it.
    at: usize,
    /// Number of lines before the request's first byte.
    lines_before: usize,
    /// Column of that byte, from 1.
    column: usize,
    id: Option<Cow<'a, str>>,
    /// Id as spelled: a quoted string, or a number.
    id_json: Option<&'a str>,
    model: Option<Cow<'a, str>>,
    host: Option<Cow<'a, str>>,
    format: Option<Format>,
    counts: bool,
    is_batch: bool,
}

impl<'a> Envelope<'a> {
    /// Parses the envelope; the request itself is not interpreted. Linear in the input.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let envelope = Envelope::parse(br#"{"messages": []}"#)?;    // bare: no id, no model
    /// assert_eq!((envelope.id(), envelope.request()), (None, &br#"{"messages": []}"#[..]));
    /// assert!(Envelope::parse(b"{").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the input is not JSON, or a field of the envelope has the wrong type.
    pub fn parse(text: &'a [u8]) -> Result<Envelope<'a>, Error> {
        let document = Document::parse_bytes(text, is_api_field)?;
        let text = std::str::from_utf8(text).unwrap_or_default(); // parse_bytes rejected anything else
        let root = document.root();
        let bare = Envelope {
            text,
            request: text,
            at: 0,
            lines_before: 0,
            column: 1,
            id: None,
            id_json: None,
            model: None,
            host: None,
            format: None,
            counts: false,
            is_batch: false,
        };
        if root.kind() != Kind::Object {
            return Ok(bare);
        }
        let has = |name| root.get(name).is_some();
        let batch = || has("custom_id") || has("url");
        // A request with its own messages is bare, whatever other fields it has.
        let inner = if has("messages") || has("contents") || has("input") {
            None
        } else if let Some(request) = root.get("request") {
            Some(("request", request))
        } else if let Some(body) = root.get("body").filter(|_| batch()) {
            Some(("body", body))
        } else {
            let params = root.get("params").filter(|_| has("custom_id"));
            params.map(|params| ("params", params))
        };
        let Some((field, request)) = inner else {
            return Ok(bare);
        };
        if !matches!(request.kind(), Kind::Object | Kind::Array) {
            return Err(wrong_type(
                &document,
                request,
                field,
                "a request (an object)",
            ));
        }
        let string = |name: &'static str| match root.get_some(name) {
            Some(value) if value.kind() != Kind::String => {
                Err(wrong_type(&document, value, name, "a string"))
            }
            // The document borrows the text, but its views cannot outlive the document: copy a few
            // bytes.
            Some(value) => Ok(value.as_str().map(|text| Cow::Owned(text.into_owned()))),
            None => Ok(None),
        };
        let id = match string("id") {
            Ok(Some(id)) => Some(id),
            Ok(None) => string("custom_id")?,
            // Ids can be numbers too; they are echoed as spelled.
            Err(_) if root.get("id").is_some_and(|id| id.kind() == Kind::Number) => {
                root.get("id").map(|id| Cow::Owned(id.raw().to_owned()))
            }
            Err(error) => return Err(error),
        };
        let id_span = ["id", "custom_id"]
            .iter()
            .find_map(|name| root.get_some(name))
            .map(|id| id.span());
        let url = root.get_some("url").and_then(|url| url.as_str());
        let url = url.as_deref();
        let host = url
            .and_then(Host::of_url)
            .map(|host| Cow::Borrowed(host.as_str()));
        let span = request.span();
        Ok(Envelope {
            text,
            at: span.start,
            lines_before: memchr::memchr_iter(b'\n', &text.as_bytes()[..span.start]).count(),
            column: span.start - text[..span.start].rfind('\n').map_or(0, |at| at + 1) + 1,
            request: &text[span],
            id,
            id_json: id_span.map(|span| &text[span]),
            model: string("model")?,
            host: string("host")?.or(host),
            is_batch: field != "request",
            counts: url
                .and_then(Address::of_url)
                .is_some_and(|address| address.counts),
            format: match field {
                "params" => Some(Format::Anthropic),
                _ => url.and_then(Format::of_url),
            },
        })
    }

    /// Returns the request's own bytes, unchanged.
    ///
    /// ```
    /// # let line = br#"{"custom_id": "7", "method": "POST", "url": "/v1/embeddings", "body": {"input": "Hi"}}"#;
    /// let envelope = tokenfit::Envelope::parse(line)?;    // a line of a batch file
    /// assert_eq!(envelope.request(), br#"{"input": "Hi"}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &'a [u8] {
        self.request.as_bytes()
    }

    /// Returns the text with another request in the place of its own; everything around it stays
    /// byte for byte.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let line = br#"{"custom_id": "7", "method": "POST", "url": "/v1/embeddings", "body": {"input": "Hi"}}"#;
    /// let other = Envelope::parse(line)?.with_request(br#"{"input": "Ho"}"#);
    /// assert_eq!(other, br#"{"custom_id": "7", "method": "POST", "url": "/v1/embeddings", "body": {"input": "Ho"}}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn with_request(&self, request: &[u8]) -> Vec<u8> {
        let (before, after) = (
            &self.text[..self.at],
            &self.text[self.at + self.request.len()..],
        );
        [before.as_bytes(), request, after.as_bytes()].concat()
    }

    /// Returns the number of lines before the request, to be added to the lines in errors.
    ///
    /// ```
    /// let envelope = tokenfit::Envelope::parse(b"{\n  \"id\": 7,\n  \"request\": {\"messages\": []}}")?;
    /// assert_eq!(envelope.lines_before(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn lines_before(&self) -> usize {
        self.lines_before
    }

    /// Returns the column (in bytes, from 1) of the request's first byte in its line.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let envelope = Envelope::parse(b"{\n  \"request\": {\"messages\": []}}")?;
    /// assert_eq!((envelope.lines_before(), envelope.column()), (1, 14));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns the `id` (or `custom_id`) of the envelope.
    ///
    /// ```
    /// # let line = br#"{"custom_id": "7", "method": "POST", "url": "/v1/embeddings", "body": {"input": "Hi"}}"#;
    /// let envelope = tokenfit::Envelope::parse(line)?;    // a line of a batch file
    /// assert_eq!(envelope.id(), Some("7"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the id as JSON, to be echoed: a quoted string, or a number.
    ///
    /// ```
    /// let envelope = tokenfit::Envelope::parse(br#"{"id": 7, "request": {"messages": []}}"#)?;
    /// assert_eq!((envelope.id(), envelope.id_json()), (Some("7"), Some("7")));    // a number stays one
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn id_json(&self) -> Option<&'a str> {
        self.id_json
    }

    /// Returns the `model` of the envelope, which has precedence over the request's own.
    ///
    /// ```
    /// let line = br#"{"model": "gpt-4o", "request": {"model": "prod-chat", "messages": []}}"#;
    /// assert_eq!(tokenfit::Envelope::parse(line)?.model(), Some("gpt-4o"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the format that the envelope implies: by its `url`, or as a batch line of
    /// Anthropic's.
    ///
    /// ```
    /// use tokenfit::{Envelope, Format};
    ///
    /// let line = br#"{"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {"model": "own", "input": "Hi"}}"#;
    /// assert_eq!(Envelope::parse(line)?.format(), Some(Format::Embeddings));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Returns whether its `url` is of an endpoint that only counts tokens.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let line = br#"{"url": "/v1/messages/count_tokens", "request": {"messages": []}}"#;
    /// assert!(Envelope::parse(line)?.counts());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// Returns whether it is a line of a batch file of OpenAI or Anthropic, which is answered
    /// within a day at another price.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let line = br#"{"custom_id": "1", "params": {"model": "claude-opus-5-5", "max_tokens": 9, "messages": []}}"#;
    /// assert!(Envelope::parse(line)?.is_batch());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_batch(&self) -> bool {
        self.is_batch
    }

    /// Returns who serves the model: the `host` of the envelope, or else the host of its `url`.
    ///
    /// ```
    /// use tokenfit::Envelope;
    ///
    /// let line = br#"{"url": "https://openrouter.ai/api/v1/chat/completions", "request": {"messages": []}}"#;
    /// assert_eq!(Envelope::parse(line)?.host(), Some("openrouter"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }
}

fn wrong_type(document: &Document<'_>, value: Value<'_>, field: &str, wanted: &str) -> Error {
    let place: Place = document.place(format!("/{field}"), value.span().start);
    Inner::Request {
        what: format!("expected {wanted}, found {}", value.kind_name()),
        remedy: "correct its type",
        place,
    }
    .into()
}

/// Shows only lengths, because an id can contain anything.
impl std::fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope")
            .field("id_bytes", &self.id.as_deref().map(str::len))
            .field("request_bytes", &self.request.len())
            .finish_non_exhaustive()
    }
}
