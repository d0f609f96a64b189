//! Readers from provider JSON to [`Request`], one folder per format. A format's reader locates the
//! messages, parts, calls and tools in its JSON and rejects anything that is not such a request; it
//! converts nothing.

mod address;
mod answers;
pub(crate) mod anthropic;
mod bedrock_converse;
mod choice;
mod detect;
mod effects;
mod envelope;
pub(crate) mod field;
mod format;
pub(crate) mod gemini;
mod hidden;
pub(crate) mod neutral;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;
mod reader;
mod served;
pub(crate) mod texts;
mod wire;

use std::borrow::Cow;

use serde::ser::Serialize;

use crate::error::{Error, Inner};
use crate::json::{Document, Kind};
use crate::model::Host;
use crate::request::{Layout, Request, category};
use crate::shown::is_api_field;
pub use address::Address;
#[cfg(feature = "tower")]
pub(crate) use address::usual_path;
pub(crate) use answers::{ErrorWords, count_body, error_body};
pub(crate) use choice::Choice;
pub(crate) use effects::{continues_state, has_effects, has_remote_tools};
pub use envelope::Envelope;
pub use format::Format;
pub(crate) use hidden::{encrypted_bytes, shown_reasoning};
pub(crate) use served::{host_serves, own_of_copy};
use wire::Wire;
pub(crate) use wire::{Calls, Counting, Vendor};

/// Returns whether a name is a field of the requests of a format.
pub(crate) fn is_request_field(name: &str) -> bool {
    WIRES
        .iter()
        .any(|wire| wire.fields.position(name).is_some())
}

impl<'a> Request<'a> {
    /// Parses a request and detects its format by its shape. A bare list of messages is read as a
    /// chat request. Linear. If the shape is ambiguous (a string to a model of unknown name),
    /// [`parse_as`](Self::parse_as) is more reliable.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Format, Request};
    ///
    /// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
    /// assert_eq!(Request::parse(body)?.format(), Format::Gemini);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the body is not UTF-8, not JSON, nested too deeply, or not a request; the error
    /// names the place.
    pub fn parse<B: AsRef<[u8]> + ?Sized>(body: &'a B) -> Result<Request<'a>, Error> {
        let document = Document::parse_bytes(body.as_ref(), is_api_field)?;
        let format = detect::detect(&document);
        read(document, format)
    }

    /// Parses a request of a known format. Linear.
    ///
    /// ```
    /// use tokenfit::{Format, Request};
    ///
    /// // Its shape is another provider's; the caller knows better.
    /// let body = r#"{"system": "own field", "messages": []}"#;
    /// assert_eq!(Request::parse(body)?.format(), Format::Anthropic);
    /// assert_eq!(Request::parse_as(Format::OpenAiChat, body)?.messages().len(), 0);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails like [`parse`](Self::parse).
    pub fn parse_as<B: AsRef<[u8]> + ?Sized>(
        format: Format,
        body: &'a B,
    ) -> Result<Request<'a>, Error> {
        let document = Document::parse_bytes(body.as_ref(), is_api_field)?;
        Ok(read(document, format)?.in_given_format(true))
    }

    /// Parses a request that is sent to a host. The format is detected by its shape, unless the
    /// host does not serve it: then it is the host's own. Linear.
    ///
    /// # Errors
    ///
    /// Fails like [`parse`](Self::parse).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Format, Request, model::Host};
    ///
    /// // Anthropic's field `system`, but OpenAI only serves its own formats.
    /// let body = r#"{"model": "gpt-4o", "max_tokens": 9, "system": "Be brief.", "messages": []}"#;
    /// assert_eq!(Request::parse(body)?.format(), Format::Anthropic);
    /// assert_eq!(Request::parse_at(Host::OpenAi, body)?.format(), Format::OpenAiChat);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn parse_at<B: AsRef<[u8]> + ?Sized>(
        host: Host,
        body: &'a B,
    ) -> Result<Request<'a>, Error> {
        let document = Document::parse_bytes(body.as_ref(), is_api_field)?;
        let format = served::at_host(detect::detect(&document), Some(host));
        read(document, format)
    }

    /// Parses a request of a known format from a string that it then owns.
    pub(crate) fn from_text(format: Format, text: String) -> Result<Request<'static>, Error> {
        read(Document::parse(Cow::Owned(text), is_api_field)?, format)
    }

    /// Parses the text of this request after an edit.
    pub(crate) fn edited(&self, text: String) -> Result<Request<'static>, Error> {
        let edited = Request::from_text(self.format(), text)?;
        Ok(edited.in_given_format(self.format_is_given()))
    }

    /// Parses the request that a value serializes to: a `serde_json::Value`, a client crate's
    /// request type, your own struct. The value is written as JSON once and read from there.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be written as JSON, or the JSON is not a request.
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
        // The cause is dropped, because it may quote the caller's text.
        let text = serde_json::to_string(value).map_err(|error| {
            Error::from(Inner::Serialize {
                category: category(&error),
            })
        })?;
        let document = Document::parse(Cow::Owned(text), is_api_field)?;
        let format = detect::detect(&document);
        read(document, format)
    }
}

fn read(document: Document<'_>, format: Format) -> Result<Request<'_>, Error> {
    let layout = (format.wire().read)(&document)?;
    Ok(Request::new(document, layout))
}

/// Parses a body as far as possible: one that is not a request of its format is returned with the
/// reason and its model only. Without a given format, the host decides like in
/// [`Request::parse_at`]. Errors are those of the JSON.
pub(crate) fn read_as_far_as_it_goes(
    body: &[u8],
    given: Option<Format>,
    host: Option<Host>,
) -> Result<(Request<'_>, Option<Error>), Error> {
    let document = Document::parse_bytes(body, is_api_field)?;
    let format = given.unwrap_or_else(|| served::at_host(detect::detect(&document), host));
    let is_given = given.is_some();
    match (format.wire().read)(&document) {
        Ok(layout) => {
            let request = Request::new(document, layout);
            Ok((request.in_given_format(is_given), None))
        }
        Err(error) => {
            let root = document.root();
            let list = match root.kind() {
                Kind::Object => format.wire().list,
                _ => "",
            };
            let mut layout = Layout::new(format, "", list);
            layout.model = root
                .get_some("model")
                .filter(|model| model.kind() == Kind::String)
                .map(|model| model.id());
            let request = Request::new(document, layout);
            Ok((request.in_given_format(is_given), Some(error)))
        }
    }
}

/// Wire formats, in the order of [`Format`]. To add one: a folder with its constant, a variant of
/// [`Format`], and a row here.
static WIRES: [Wire; 8] = [
    openai_chat::WIRE,
    openai_responses::WIRE,
    openai_responses::COMPACTION,
    anthropic::WIRE,
    gemini::WIRE,
    bedrock_converse::WIRE,
    texts::EMBEDDINGS,
    texts::COMPLETIONS,
];

impl Format {
    /// Returns the name that the command and its JSON use.
    ///
    /// ```
    /// assert_eq!(tokenfit::Format::BedrockConverse.as_str(), "bedrock-converse");
    /// ```
    pub fn as_str(self) -> &'static str {
        self.wire().name
    }

    /// Returns the format of requests posted to a URL or path, determined by its end, as in a line
    /// of a batch file.
    ///
    /// ```
    /// use tokenfit::Format;
    ///
    /// assert_eq!(Format::of_url("/v1/responses"), Some(Format::OpenAiResponses));
    /// assert_eq!(Format::of_url("https://example.com/v1/chat/completions?api-version=2024-06-01"), Some(Format::OpenAiChat));
    /// assert_eq!(Format::of_url("/v1/responses/compact"), Some(Format::OpenAiCompaction));
    /// assert_eq!(Format::of_url("/v1/audio/speech"), None);
    /// ```
    pub fn of_url(url: &str) -> Option<Format> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        // The longest match: `/chat/completions` ends in `/completions` too.
        let fitting = |wire: &'static Wire| {
            let ends = wire.urls.iter().filter(|end| path.ends_with(**end));
            ends.map(|end| end.len()).max()
        };
        Format::wires()
            .filter_map(|wire| Some((fitting(wire)?, wire.format)))
            .max_by_key(|(len, _)| *len)
            .map(|(_, format)| format)
    }

    /// Returns the description of the wire format.
    pub(crate) fn wire(self) -> &'static Wire {
        &WIRES[self as usize]
    }

    /// Iterates over the descriptions of all wire formats.
    pub(crate) fn wires() -> impl Iterator<Item = &'static Wire> {
        WIRES.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_own_row() {
        assert_eq!(WIRES.len(), Format::ALL.len());
        for format in Format::ALL {
            assert_eq!(format.wire().format, format);
        }
    }
}
