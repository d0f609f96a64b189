//! Provider JSON → [`Request`]: one file a format. A format's file knows where in its JSON the messages, parts, calls and
//! tools stand, and refuses what is not a request of it; it converts nothing.

mod envelope;
mod fields;
mod openai_chat;

use std::borrow::Cow;

use serde::ser::Serialize;

use crate::error::{Error, Inner};
use crate::json::{Document, Kind, Value};
use crate::request::{Format, Layout, Request, category};
pub use envelope::Envelope;
pub(crate) use fields::is_api_field;

impl<'a> Request<'a> {
    /// Reads a request, its format found by its shape. A bare list of messages is read as a chat request.
    ///
    /// # Errors
    ///
    /// Not UTF-8, not JSON, nested too deep, not a request, or a request of a format that this version does not read:
    /// the error names the place.
    pub fn parse<B: AsRef<[u8]> + ?Sized>(body: &'a B) -> Result<Request<'a>, Error> {
        let document = Document::parse_bytes(body.as_ref(), is_api_field)?;
        let format = detect(&document)?;
        read(document, format)
    }

    /// Reads a request of a known format.
    ///
    /// ```
    /// use tokenfit::{Format, Request};
    ///
    /// // Its shape is another provider's; the caller knows better.
    /// let body = r#"{"system": "own field", "messages": []}"#;
    /// assert!(Request::parse(body).is_err());
    /// assert!(Request::parse_as(Format::OpenAiChat, body).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_as<B: AsRef<[u8]> + ?Sized>(
        format: Format,
        body: &'a B,
    ) -> Result<Request<'a>, Error> {
        read(Document::parse_bytes(body.as_ref(), is_api_field)?, format)
    }

    /// The request that a value serialises to: a `serde_json::Value`, a client crate's request type, an own struct.
    /// The value is written as JSON once and read from there.
    ///
    /// # Errors
    ///
    /// The value cannot be written as JSON, or what it writes is no request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let value = serde_json::json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]});
    /// assert_eq!(Request::from_serialize(&value)?.messages().count(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Request<'static>, Error> {
        // The cause is not kept: it may quote the caller's text.
        let text = serde_json::to_string(value).map_err(|error| {
            Error::from(Inner::Serialize {
                category: category(&error),
            })
        })?;
        let document = Document::parse(Cow::Owned(text), is_api_field)?;
        let format = detect(&document)?;
        read(document, format)
    }
}

fn read(document: Document<'_>, format: Format) -> Result<Request<'_>, Error> {
    let layout = layout(format, &document)?;
    Ok(Request::new(document, layout))
}

/// Finds the messages, parts, calls and tools in a document.
fn layout(format: Format, document: &Document<'_>) -> Result<Layout, Error> {
    match format {
        Format::OpenAiChat => openai_chat::layout(document),
    }
}

/// Finds the format by the shape of the JSON.
///
/// # Errors
///
/// [`ErrorKind::UnsupportedFormat`](crate::ErrorKind::UnsupportedFormat) when it is the shape of another
/// provider's request, [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) when it is none.
fn detect(document: &Document<'_>) -> Result<Format, Error> {
    let root = document.root();
    if root.kind() == Kind::Array {
        return Ok(Format::OpenAiChat);
    }
    let has = |name: &str| root.get(name).is_some();
    let looks_like = if has("contents") {
        "gemini"
    } else if has("messages") {
        match other_message_format(root) {
            Some(other) => other,
            None => return Ok(Format::OpenAiChat),
        }
    } else if has("input") {
        // Embeddings take `input` too; a Responses request has at least one of these beside it or is a list of items.
        let items = root.get("input").is_some_and(|input| {
            input
                .items()
                .next()
                .is_some_and(|item| item.kind() == Kind::Object)
        });
        if items || has("instructions") || has("max_output_tokens") || has("tools") || has("text") {
            "openai-responses"
        } else {
            "embeddings"
        }
    } else if has("prompt") {
        "completions"
    } else {
        return Ok(Format::OpenAiChat); // its reader says what is missing
    };
    Err(Inner::UnsupportedFormat { looks_like }.into())
}

/// The formats that also call their list `messages`, told apart by what only they have.
fn other_message_format(root: Value<'_>) -> Option<&'static str> {
    let messages = root.get("messages")?;
    // Converse: `{"content":[{"text":…}]}`, blocks without a `type`, and camelCase settings.
    if root.get("inferenceConfig").is_some() || root.get("toolConfig").is_some() {
        return Some("bedrock-converse");
    }
    let anthropic_block = |block: Value<'_>| {
        block
            .get("type")
            .and_then(|kind| kind.as_str())
            .is_some_and(|kind| {
                matches!(
                    &*kind,
                    "tool_use" | "tool_result" | "thinking" | "redacted_thinking"
                )
            })
    };
    let anthropic = root.get("system").is_some()
        || root.get("anthropic_version").is_some()
        || root
            .get("tools")
            .is_some_and(|tools| tools.items().any(|tool| tool.get("input_schema").is_some()))
        || messages
            .items()
            .filter_map(|message| message.get("content"))
            .any(|content| content.items().any(anthropic_block));
    anthropic.then_some("anthropic")
}
