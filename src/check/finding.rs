//! Findings of a check: plain data without text of the request.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// Severity of a finding.
///
/// # Examples
///
/// ```
/// use tokenfit::check::Severity;
///
/// assert!(Severity::Refused < Severity::Risky && Severity::Risky < Severity::Wasteful);
/// assert_eq!(Severity::Refused.as_str(), "refused");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// The provider answers with an error.
    Refused,
    /// Some hosts refuse it, or it is refused occasionally, or it cannot be determined.
    Risky,
    /// The provider accepts it, but it wastes tokens.
    Wasteful,
}

impl Severity {
    /// Returns the word that the command prints.
    ///
    /// ```
    /// assert_eq!(tokenfit::check::Severity::Wasteful.as_str(), "wasteful");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Refused => "refused",
            Severity::Risky => "risky",
            Severity::Wasteful => "wasteful",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Predicted answer of the provider to a request.
///
/// The wording was seen in recorded or reported answers; numbers, names and ids are the request's
/// own.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
///
/// let request = Request::parse(r#"{"model":"gpt-4o","messages":[]}"#)?;
/// let models = Models::builtin();
/// let report = Budget::lenient(&models).check(&request);
/// let answer = report.findings()[0].api.as_ref().unwrap();
/// assert_eq!((answer.status, answer.code.as_deref()), (400, Some("empty_array")));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ApiAnswer {
    /// HTTP status.
    pub status: u16,
    /// `type` of the error (Google: `status`).
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// `code` of the error.
    pub code: Option<Cow<'static, str>>,
    /// `param` of the error: the place in the provider's spelling.
    pub param: Option<String>,
    /// Message of the error.
    pub message: String,
}

/// A fault of a request, or a possible one.
///
/// Contains places, kinds, lengths and numbers, and the ids and names of calls (cut at 64
/// characters), but no other text of the request.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::Severity;
///
/// // The user's message comes before the result of the tool.
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
///     {"role": "user", "content": "What is in stock?"},
///     {"role": "assistant", "tool_calls": [{"id": "call_7", "type": "function", "function": {"name": "stock", "arguments": "{}"}}]},
///     {"role": "user", "content": "Hello?"}
/// ]}"#)?;
/// let models = Models::builtin();
/// let report = Budget::lenient(&models).check(&request);
/// let finding = &report.findings()[0];
/// assert_eq!(finding.code, "unanswered_tool_call");
/// assert_eq!(finding.severity, Severity::Refused);
/// assert_eq!(finding.pointer, "/messages/1/tool_calls/0");
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Kind of the fault as a stable snake_case word; see [`codes`](super::codes).
    pub code: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Place in the request, a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Description in one sentence.
    pub message: String,
    /// Suggested fix.
    pub remedy: Cow<'static, str>,
    /// Predicted answer of the provider, if known.
    pub api: Option<ApiAnswer>,
    /// Other places that are involved: the call of a result, the first of two duplicates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Sort key: the phase of the provider's checks that reports it, and the byte offset of the
    /// place.
    #[serde(skip)]
    pub(super) order: (Phase, usize),
    /// Fix of a setting, made if a repair is asked for it.
    #[serde(skip)]
    pub(super) fix: Option<SettingFix>,
    /// Fix outside of settings.
    #[serde(skip)]
    pub(super) repair: Repair,
    /// Whether the caller may intend it: a field for a gateway, or a model that is named elsewhere.
    #[serde(skip)]
    pub(crate) is_callers_own: bool,
    /// Name of the row in the catalog.
    #[serde(skip)]
    pub(super) fault: &'static str,
}

/// Fix of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingFix {
    /// Set the field to this number.
    Bound(String),
    /// Remove the field.
    Remove,
    /// Rename the field.
    Rename(&'static str),
}

/// Fix of a fault outside of settings, if there is exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Repair {
    None,
    /// Rename the id at the place, in the call and its results.
    CallId,
    /// Remove the image, file or audio at the place.
    Media,
    /// Set the media type to that of the data.
    MediaKind,
    /// Remove the later of two items.
    ItemTwice,
    /// Remove the `id` of the item.
    ItemId,
    /// Remove a reasoning item that nobody stores, and the ids of the items it led to.
    ItemLost,
    /// Remove the ids of items whose reasoning is not in the request.
    ItemUnled,
    /// Add an empty `summary` to the item.
    Summary,
    /// Clean the schema of the tool at the place.
    Schema,
    /// Remove `strict` from all tools.
    Strict,
    /// Write calls and results as text.
    ToolsAsText,
    /// Remove the cache mark at the place.
    CacheMark,
    /// Remove cache marks down to the number that the provider accepts.
    ManyCacheMarks,
    /// Set thinking to a mode that the model supports.
    Thinking,
    /// Remove `top_p`.
    TopP,
    /// Add an empty `reasoning_content` to the message.
    Reasoning,
    /// Mark the last message as the beginning of the answer.
    Prefix,
    /// Sign the call with the placeholder that the provider accepts.
    Signature,
}

/// Order in which a provider checks a request. It reports the first fault only, so findings follow
/// the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// The model, before everything else.
    Model,
    /// Required fields.
    Missing,
    /// Unknown fields.
    Unknown,
    /// Types, ranges and sizes, field by field.
    Form,
    /// An input that is present but empty.
    Input,
    /// Settings that the model does not support.
    Unsupported,
    /// Values that the model does not support, and settings that exclude each other.
    Value,
    /// Required content of a message.
    Content,
    /// The order of calls and results.
    History,
    /// Token limits, checked last.
    Tokens,
}

impl Finding {
    /// Returns the byte offset in the request at which the place begins.
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let body = r#"{"model":"gpt-4o","messages":[]}"#;
    /// let request = Request::parse(body)?;
    /// let report = Budget::lenient(&Models::builtin()).check(&request);
    /// assert!(body[report.findings()[0].offset()..].starts_with("[]"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn offset(&self) -> usize {
        self.order.1
    }
}

/// Formats as one line: severity, code, place, message and remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() {
            "the request"
        } else {
            &self.pointer
        };
        write!(
            f,
            "{}[{}] at {place}: {}; {}",
            self.severity, self.code, self.message, self.remedy
        )
    }
}
