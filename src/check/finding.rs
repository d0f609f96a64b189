//! What a check found: plain data, without any text of the request.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

/// How bad a finding is.
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
    /// Some hosts refuse it, or it is refused now and then, or it cannot be told.
    Risky,
    /// It is taken, and costs tokens for nothing.
    Wasteful,
}

impl Severity {
    /// The word that the command prints.
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

/// What the provider answers to such a request, where that is known.
///
/// The words are those that were seen; numbers, names and ids in them are the request's own.
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
    /// The HTTP status.
    pub status: u16,
    /// The error's `type` (Google: `status`).
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// The error's `code`.
    pub code: Option<Cow<'static, str>>,
    /// The error's `param`: the place as the provider spells it.
    pub param: Option<String>,
    /// The error's message.
    pub message: String,
}

/// One thing that is wrong with a request, or may be.
///
/// It holds places, kinds, lengths and numbers, and the ids and names of calls (cut at 64 characters); no other text of
/// the request.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::Severity;
///
/// // The user spoke before the tool had answered.
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
    /// What it is, as a stable snake_case word: see [`codes`](super::codes).
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The place in the request, a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub remedy: Cow<'static, str>,
    /// What the provider answers, where that is known.
    pub api: Option<ApiAnswer>,
    /// Other places that it has to do with: the call of a result, the first of two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Where in the provider's own order of checks this one comes, and the byte of the place: what findings are sorted by.
    #[serde(skip)]
    pub(super) order: (Phase, usize),
    /// The fix that a repair can make when asked to.
    #[serde(skip)]
    pub(super) fix: Option<SettingFix>,
    /// What a repair does about it beside that.
    #[serde(skip)]
    pub(super) mend: Mend,
    /// The caller may mean it: a field that the provider does not have, for a gateway that knows it, or a model that is
    /// named elsewhere.
    #[serde(skip)]
    pub(crate) is_callers_own: bool,
    /// The row of the catalogue.
    #[serde(skip)]
    pub(super) fault: &'static str,
}

/// The fix of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingFix {
    /// Set it to this number.
    Bound(String),
    /// Remove the field.
    Remove,
    /// Give the field this name.
    Rename(&'static str),
}

/// What a repair does about a fault that is not in a setting, where there is one right way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mend {
    None,
    /// Rename the id at the place, in the call and its results.
    CallId,
    /// Take the image, file or sound at the place out.
    Media,
    /// Name the kind that the bytes have.
    MediaKind,
    /// Leave the later of two items out.
    ItemTwice,
    /// Leave out the `id` of the item.
    ItemId,
    /// Leave out a reasoning item that nobody keeps, and the ids of what it led to.
    ItemLost,
    /// Leave out the ids of items whose reasoning is not in the request.
    ItemUnled,
    /// Give the item an empty `summary`.
    Summary,
    /// Clean the schema of the tool at the place.
    Schema,
    /// Leave out `strict` of all tools.
    Strict,
    /// Write calls and results as text.
    ToolsAsText,
    /// Leave out the mark for the cache at the place.
    CacheMark,
    /// Leave out marks for the cache until as many are left as the provider accepts.
    ManyCacheMarks,
    /// Let the model think as it can.
    Thinking,
    /// Leave out `top_p`.
    TopP,
    /// Give the message an empty `reasoning_content`.
    Reasoning,
    /// Mark the last message as the beginning of the answer.
    Prefix,
    /// Sign the call with the word that the provider accepts for that.
    Signature,
}

/// The order in which a provider looks at a request: it reports the first fault only, and so should ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// The model, before anything else is read.
    Model,
    /// What the endpoint cannot do without.
    Missing,
    /// Fields that it does not have.
    Unknown,
    /// Types, ranges and sizes, field by field.
    Form,
    /// An input that is there and says nothing.
    Input,
    /// Settings that the model does not take.
    Unsupported,
    /// Values that it does not take, and what does not go together.
    Value,
    /// Content that a message needs.
    Content,
    /// The order of calls and results.
    History,
    /// Tokens: the last thing that is looked at.
    Tokens,
}

impl Finding {
    /// The byte of the request's text at which the place begins.
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

/// One line: severity, code, place, message and remedy.
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
