//! The formats that requests come in.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Inner};
use crate::provider::Wire;
use crate::shown::shown_name;

/// A provider's request format.
///
/// # Examples
///
/// ```
/// use tokenfit::Format;
///
/// let format: Format = "openai-chat".parse()?;
/// assert_eq!(format, Format::OpenAiChat);
/// assert_eq!(Format::ALL.len(), 7);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `POST /v1/chat/completions` of OpenAI, and of the many hosts that take the same.
    OpenAiChat,
    /// `POST /v1/responses` of OpenAI.
    OpenAiResponses,
    /// `POST /v1/messages` of Anthropic, and the same request to `count_tokens`, on Vertex and by Bedrock's InvokeModel.
    Anthropic,
    /// `generateContent` of Google's Gemini API and of Vertex, and their `countTokens`, wrapped or not; in camelCase or in
    /// snake_case.
    Gemini,
    /// `Converse` of Amazon Bedrock.
    BedrockConverse,
    /// `POST /v1/embeddings` of OpenAI, and of the many hosts that take the same.
    Embeddings,
    /// `POST /v1/completions` of OpenAI: the legacy API of prompts.
    Completions,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] = [
        Format::OpenAiChat,
        Format::OpenAiResponses,
        Format::Anthropic,
        Format::Gemini,
        Format::BedrockConverse,
        Format::Embeddings,
        Format::Completions,
    ];

    /// The name that the command and its JSON use.
    pub fn as_str(self) -> &'static str {
        self.wire().name
    }

    /// The format of the requests that are posted to a URL or path, where its end tells: what a line of a batch file names.
    ///
    /// ```
    /// use tokenfit::Format;
    ///
    /// assert_eq!(Format::of_url("/v1/responses"), Some(Format::OpenAiResponses));
    /// assert_eq!(Format::of_url("https://example.com/v1/chat/completions?api-version=2024-06-01"), Some(Format::OpenAiChat));
    /// assert_eq!(Format::of_url("/v1/audio/speech"), None);
    /// ```
    pub fn of_url(url: &str) -> Option<Format> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        // The longest that fits: `/chat/completions` ends in `/completions` too.
        let fitting = |wire: &'static Wire| {
            let ends = wire.urls.iter().filter(|end| path.ends_with(**end));
            ends.map(|end| end.len()).max()
        };
        Format::wires()
            .filter_map(|wire| Some((fitting(wire)?, wire.format)))
            .max_by_key(|(len, _)| *len)
            .map(|(_, format)| format)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Format, Error> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| {
                let known = Format::ALL.map(|format| format!("`{format}`"));
                Inner::UnknownFormat {
                    name: shown_name(name),
                    known: known.join(", "),
                }
                .into()
            })
    }
}
