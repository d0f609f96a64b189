//! Names of the formats. The constant in each format's folder describes its spelling.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Inner};
use crate::shown::shown_name;

/// Request format of a provider.
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
    /// OpenAI's `POST /v1/chat/completions`, also accepted by many other hosts.
    OpenAiChat,
    /// OpenAI's `POST /v1/responses`.
    OpenAiResponses,
    /// OpenAI's `POST /v1/responses/compact`: a Responses request that is answered with a shorter
    /// history. It has the shape of [`OpenAiResponses`](Format::OpenAiResponses), so it is never
    /// detected; name it, or use its URL ([`Format::of_url`]).
    OpenAiCompaction,
    /// Anthropic's `POST /v1/messages`, and the same request to `count_tokens`, on Vertex and
    /// through Bedrock's InvokeModel.
    Anthropic,
    /// `generateContent` of Google's Gemini API and of Vertex, and their `countTokens`, wrapped or
    /// bare; in camelCase or snake_case.
    Gemini,
    /// Amazon Bedrock's `Converse`.
    BedrockConverse,
    /// OpenAI's `POST /v1/embeddings`, also accepted by many other hosts.
    Embeddings,
    /// OpenAI's `POST /v1/completions`: the legacy API of prompts.
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
