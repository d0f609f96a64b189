//! Provider JSON → [`Request`](crate::request::Request): one file a format. A format's file knows where in its JSON
//! the messages, parts, calls and tools stand, and refuses what is not a request of it; it converts nothing.

mod envelope;
mod fields;
mod openai_chat;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Inner, shown_name};
use crate::json::{Document, Kind, Value};
use crate::request::Layout;
pub use envelope::Envelope;
pub(crate) use fields::is_api_field;

/// A provider's request format.
///
/// # Examples
///
/// ```
/// use tokenfit::Format;
///
/// let format: Format = "openai-chat".parse()?;
/// assert_eq!(format, Format::OpenAiChat);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `POST /v1/chat/completions` of OpenAI, and of the many hosts that take the same.
    OpenAiChat,
}

impl Format {
    /// The name that the command and its JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::OpenAiChat => "openai-chat",
        }
    }

    /// Finds the format by the shape of the JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnsupportedFormat`](crate::ErrorKind::UnsupportedFormat) when it is the shape of another
    /// provider's request, [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) when it is none.
    pub(crate) fn detect(document: &Document<'_>) -> Result<Format, Error> {
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
            if items
                || has("instructions")
                || has("max_output_tokens")
                || has("tools")
                || has("text")
            {
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

    /// Finds the messages, parts, calls and tools in the document.
    pub(crate) fn layout(self, document: &Document<'_>) -> Result<Layout, Error> {
        match self {
            Format::OpenAiChat => openai_chat::layout(document),
        }
    }
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

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Format, Error> {
        match name {
            "openai-chat" => Ok(Format::OpenAiChat),
            _ => Err(Inner::UnknownFormat {
                name: shown_name(name),
            }
            .into()),
        }
    }
}
