//! Input lines and answers of the command `headers`.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::RateLimits;
use crate::error::{Error, Inner};

/// Answer to one line of the command `headers`: `{"id", "dims": {…}, "retry_after_s", …}`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HeadersAnswer {
    /// Id of the line, echoed.
    pub id: Option<serde_json::Value>,
    /// Limits stated by the headers.
    pub limits: RateLimits,
}

impl Serialize for HeadersAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        self.limits.serialize_into(&mut map)?;
        map.end()
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    headers: Headers,
    #[serde(default)]
    now_unix: Option<f64>,
}

/// Object of headers, or list of pairs.
#[derive(Deserialize)]
#[serde(untagged)]
enum Headers {
    Object(serde_json::Map<String, serde_json::Value>),
    Pairs(Vec<(String, String)>),
}

/// Answers one line of the command `headers`: `{"id"?, "provider"?, "status"?, "headers",
/// "now_unix"?}`.
///
/// `headers` is an object (values are strings, numbers or lists of strings) or a list of pairs.
/// Without a status the response counts as a failure, so `retry-after` is used. Linear in the
/// length of the line.
///
/// # Errors
///
/// [`ErrorKind::InvalidReply`](crate::ErrorKind::InvalidReply) if the line does not have that form.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::headers::answer;
///
/// let answer = answer(r#"{"provider": "azure", "status": 429, "headers": {"Retry-After": "1", "retry-after-ms": "0"}}"#)?;
/// assert_eq!(answer.limits.wait().map(|wait| wait.seconds), Some(1.0));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn answer(text: &str) -> Result<HeadersAnswer, Error> {
    let line: Line = serde_json::from_str(text).map_err(|error| Inner::Reply {
        what: format!(
            "the line is not `{{\"provider\", \"status\", \"headers\", \"now_unix\"}}` (line {}, column {})",
            error.line(),
            error.column()
        ),
        remedy: "set `headers` to an object of names and values",
    })?;
    let host = line.provider.as_deref().and_then(|word| word.parse().ok());
    let pairs: Vec<(String, String)> = match line.headers {
        Headers::Pairs(pairs) => pairs,
        Headers::Object(object) => object.into_iter().flat_map(texts).collect(),
    };
    Ok(HeadersAnswer {
        id: line.id,
        limits: RateLimits::parse(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            line.status.unwrap_or(0),
            host,
            line.now_unix.filter(|now| now.is_finite()),
        ),
    })
}

/// Returns the strings of a header value.
fn texts((name, value): (String, serde_json::Value)) -> Vec<(String, String)> {
    use serde_json::Value;
    match value {
        Value::String(text) => vec![(name, text)],
        Value::Number(number) => vec![(name, number.to_string())],
        Value::Array(values) => values
            .into_iter()
            .filter_map(|value| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    }
}
