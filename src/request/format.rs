//! The formats that requests come in.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Inner, shown_name};

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
