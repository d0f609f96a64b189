//! The names of the formats. How each is spelled is in the constant of its folder.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Inner};
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
/// assert_eq!(Format::ALL.len(), 8);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `POST /v1/chat/completions` of OpenAI, and of the many hosts that take the same.
    OpenAiChat,
    /// `POST /v1/responses` of OpenAI.
    OpenAiResponses,
    /// `POST /v1/responses/compact` of OpenAI: a request of the Responses API that is answered with a shorter history. Its
    /// shape is that of [`OpenAiResponses`](Format::OpenAiResponses), so it is never detected; name it, or read it by its URL
    /// ([`Format::of_url`]).
    OpenAiCompaction,
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
    pub const ALL: [Format; 8] = [
        Format::OpenAiChat,
        Format::OpenAiResponses,
        Format::OpenAiCompaction,
        Format::Anthropic,
        Format::Gemini,
        Format::BedrockConverse,
        Format::Embeddings,
        Format::Completions,
    ];
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
