//! Addresses of providers' endpoints: format, model and purpose by path.

use std::borrow::Cow;

use super::Format;

/// Endings of addresses that count tokens instead of generating.
const COUNTS: &[&str] = &[
    "/messages/count_tokens",
    "/responses/input_tokens",
    ":countTokens",
];

/// Segments that a model's name follows: Gemini and Vertex, Bedrock, Azure.
const BEFORE_MODEL: &[&str] = &["models", "model", "deployments"];

/// Endpoint that a URL or a path names.
///
/// # Examples
///
/// ```
/// use tokenfit::{Format, request::Address};
///
/// let address = Address::of_url("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse").expect("it is known");
/// assert_eq!((address.format, address.model.as_deref()), (Format::Gemini, Some("gemini-2.5-flash")));
/// assert!(!address.counts);
/// let address = Address::of_url("/v1/messages/count_tokens").expect("it is known");
/// assert!(address.counts && address.model.is_none());
/// assert_eq!(Address::of_url("/v1/models"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address<'u> {
    /// Format of the requests.
    pub format: Format,
    /// Model that the path names.
    pub model: Option<Cow<'u, str>>,
    /// Whether the endpoint only counts tokens.
    pub counts: bool,
}

impl<'u> Address<'u> {
    /// Reads a URL or a path; `None` if no format of this crate is posted there. Linear.
    ///
    /// ```
    /// use tokenfit::{Format, request::Address};
    ///
    /// let address = Address::of_url("https://example.com/openai/deployments/prod/chat/completions").unwrap();
    /// assert_eq!((address.format, address.model.as_deref()), (Format::OpenAiChat, Some("prod")));
    /// ```
    pub fn of_url(url: &'u str) -> Option<Address<'u>> {
        let format = Format::of_url(url)?;
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        let model = model_range(path).map(|range| &path[range]);
        Some(Address {
            format,
            model: model.map(decoded),
            counts: COUNTS.iter().any(|end| path.ends_with(end)),
        })
    }

    /// Returns a URL or a path with another model; `None` if it names no model. Linear.
    ///
    /// ```
    /// use tokenfit::request::Address;
    ///
    /// let url = "/v1beta/models/gemini-2.5-pro:generateContent?alt=sse";
    /// let other = Address::with_model(url, "gemini-2.5-flash");
    /// assert_eq!(other.as_deref(), Some("/v1beta/models/gemini-2.5-flash:generateContent?alt=sse"));
    /// assert_eq!(Address::with_model("/v1/messages", "claude-sonnet-4-5"), None);
    /// ```
    pub fn with_model(url: &str, model: &str) -> Option<String> {
        Format::of_url(url)?;
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let range = model_range(path.trim_end_matches('/'))?;
        let mut out = url[..range.start].to_owned();
        for byte in model.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                    out.push(char::from(byte));
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out.push_str(&url[range.end..]);
        Some(out)
    }
}

/// Returns where the path names a model.
fn model_range(path: &str) -> Option<std::ops::Range<usize>> {
    let mut found = None;
    let (mut start, mut is_next) = (0, false);
    for segment in path.split('/') {
        if is_next {
            found = Some(start..start + segment.len());
        }
        // A model may be called like such a segment.
        is_next = !is_next && BEFORE_MODEL.contains(&segment);
        start += segment.len() + 1;
    }
    let range = found?;
    // Google's method follows the name after a colon; Bedrock's versions contain one too.
    let end = match path[range.clone()].rsplit_once(':') {
        Some((name, method)) if method.ends_with("Content") || method == "countTokens" => {
            range.start + name.len()
        }
        _ => range.end,
    };
    Some(range.start..end).filter(|range| !range.is_empty())
}

/// Returns the path of a format's endpoint at its vendor, if it has one. Only a name without signs
/// of URLs becomes part of it.
#[cfg(feature = "tower")]
pub(crate) fn usual_path(format: Format, model: &str) -> Option<String> {
    Some(match format {
        Format::OpenAiChat => "/v1/chat/completions".to_owned(),
        Format::Anthropic => "/v1/messages".to_owned(),
        Format::Gemini => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
            let name = model.rsplit('/').next().unwrap_or_default();
            let is_plain = name.bytes().all(plain);
            is_plain.then(|| format!("/v1beta/models/{name}:generateContent"))?
        }
        _ => return None,
    })
}

/// Decodes `%3A` and the like.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let bytes = name.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex.filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_found_in_paths() {
        let of = |url: &'static str| Address::of_url(url).and_then(|one| one.model);
        assert_eq!(
            of("/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse").as_deref(),
            Some("anthropic.claude-sonnet-4-5-20250929-v1:0")
        );
        assert_eq!(
            of("/openai/deployments/prod/chat/completions?api-version=1").as_deref(),
            Some("prod")
        );
        assert_eq!(of("/v1/chat/completions"), None);
    }
}
