//! The crate's one error type.
//!
//! It is opaque, so details can be added; programs match on [`Error::kind`]. A message names the
//! place (a JSON pointer, or line and column) and the remedy. It never contains text of the
//! caller's request, only field names of the provider's API, positions, lengths, and names of
//! models and encodings.

use std::fmt;

mod cannot_fit;

pub use cannot_fit::{CannotFit, PassedOver, RequiredPart, Suggestion};

/// Kind of an [`Error`], for programs to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is not JSON, or contains something that no provider accepts: a lone surrogate, a
    /// number out of range.
    InvalidJson,
    /// The JSON nests deeper than [`MAX_DEPTH`](crate::request::MAX_DEPTH).
    TooDeep,
    /// The input is longer than 4 GiB, the largest offset a span can address.
    TooLarge,
    /// The JSON is not a request of the format: a field is missing or has the wrong type.
    InvalidRequest,
    /// The name is not a request format that this version reads.
    UnsupportedFormat,
    /// No model was named, neither in the request nor by the caller.
    MissingModel,
    /// The registry does not know the model.
    UnknownModel,
    /// No encoding has this name.
    UnknownEncoding,
    /// The vocabulary of this encoding was left out of the program.
    MissingVocabulary,
    /// No host has this name.
    UnknownHost,
    /// A file of model overrides is JSON but does not follow the format of such files.
    InvalidRegistry,
    /// The string is not a calendar day `YYYY-MM-DD`.
    InvalidDay,
    /// A budget leaves nothing for the input.
    InvalidBudget,
    /// The protected parts of a request exceed the budget; see [`Error::cannot_fit`].
    CannotFit,
    /// A request fits its budget, but its provider would still refuse it.
    Refused,
    /// A plan was made for another request, or contains an edit that is not possible.
    InvalidPlan,
    /// The model is not served in the request's format.
    OtherFormat,
    /// Part of a request or an answer has no counterpart in the other format; see
    /// [`Error::untranslatable`].
    Untranslatable,
    /// The request has no conversation to trim: it holds strings to embed or to complete.
    NoHistory,
    /// No preset has this name.
    UnknownPreset,
    /// Token ids are not in the encoding, or do not decode to UTF-8.
    InvalidTokens,
    /// The content of a `tokenizer.json` is not one.
    InvalidTokenizer,
    /// A chat template is not one, or does not render a request.
    InvalidTemplate,
    /// The encoding only counts: the ids of its tokens are not known.
    NoTokenIds,
    /// A value could not be written as JSON, or the request does not have the shape of the
    /// requested type.
    Serialize,
    /// A reply, its headers or a price row has a form that this version does not read.
    InvalidReply,
    /// The limits of a rate budget contradict each other or are out of range.
    InvalidRateLimit,
    /// A rate budget over Redis cannot be created: its limits, address or name are invalid.
    InvalidSharedBudget,
    /// Writing the request out failed.
    Io,
}

impl ErrorKind {
    /// Returns the kind as a stable snake_case word, as the command prints it.
    ///
    /// ```
    /// assert_eq!(tokenfit::ErrorKind::UnknownModel.as_str(), "unknown_model");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::InvalidJson => "invalid_json",
            ErrorKind::TooDeep => "too_deep",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::InvalidRequest => "invalid_request",
            ErrorKind::UnsupportedFormat => "unsupported_format",
            ErrorKind::MissingModel => "missing_model",
            ErrorKind::UnknownModel => "unknown_model",
            ErrorKind::UnknownEncoding => "unknown_encoding",
            ErrorKind::MissingVocabulary => "missing_vocabulary",
            ErrorKind::UnknownHost => "unknown_host",
            ErrorKind::InvalidRegistry => "invalid_registry",
            ErrorKind::InvalidDay => "invalid_day",
            ErrorKind::InvalidBudget => "invalid_budget",
            ErrorKind::CannotFit => "cannot_fit",
            ErrorKind::Refused => "refused",
            ErrorKind::InvalidPlan => "invalid_plan",
            ErrorKind::OtherFormat => "other_format",
            ErrorKind::Untranslatable => "untranslatable",
            ErrorKind::NoHistory => "no_history",
            ErrorKind::UnknownPreset => "unknown_preset",
            ErrorKind::InvalidTokens => "invalid_tokens",
            ErrorKind::InvalidTokenizer => "invalid_tokenizer",
            ErrorKind::InvalidTemplate => "invalid_template",
            ErrorKind::NoTokenIds => "no_token_ids",
            ErrorKind::Serialize => "serialize",
            ErrorKind::InvalidReply => "invalid_reply",
            ErrorKind::InvalidRateLimit => "invalid_rate_limit",
            ErrorKind::InvalidSharedBudget => "invalid_shared_budget",
            ErrorKind::Io => "io",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Place in a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// JSON pointer (RFC 6901). Contains only indices and field names of the provider's API; it
    /// stops above the first name that the caller chose. In a file of overrides, whose keys are
    /// model names, it stops above the first key that does not look like a name.
    pub(crate) pointer: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in bytes, from 1.
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "line {}, column {}", self.line, self.column)
        } else {
            write!(
                f,
                "`{}` (line {}, column {})",
                self.pointer, self.line, self.column
            )
        }
    }
}

/// Error of this crate: a [`kind`](Error::kind), and a message with the place and the remedy. It
/// never contains message text.
///
/// # Examples
///
/// ```
/// use tokenfit::Request;
/// use tokenfit::{Models, ErrorKind};
///
/// let error = Models::builtin().get("gpt-4p").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnknownModel);
/// assert!(error.to_string().contains("did you mean"));
/// assert!(error.nearest_models().iter().any(|name| name == "gpt-4o"));
///
/// let error = Request::parse(r#"{"messages": [{"role": 5}]}"#).unwrap_err();
/// assert_eq!(error.pointer(), Some("/messages/0/role"));
/// assert_eq!((error.line(), error.column()), (Some(1), Some(24)));
/// assert!(error.cannot_fit().is_none() && error.refused_for().is_empty());
/// ```
pub struct Error {
    inner: Box<Inner>,
    /// Place in the request, for errors that can also occur outside of one.
    place: Option<Box<Place>>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Inner {
    #[error("{}", placed(problem, place))]
    Json {
        kind: ErrorKind,
        problem: &'static str,
        /// Structure around the place, without the caller's strings.
        excerpt: Option<String>,
        place: Place,
    },
    #[error("{what} at {place}; {remedy}")]
    Request {
        what: String,
        remedy: &'static str,
        place: Place,
    },
    #[error("unknown format {name}; known formats: {known}, and `auto` on the command line")]
    UnknownFormat { name: String, known: String },
    #[error("the request names no model; name one, or set `model` if its format has the field")]
    MissingModel,
    #[error("unknown model {name}; {}", did_you_mean(nearest))]
    UnknownModel { name: String, nearest: Vec<String> },
    #[error("unknown encoding {name}; known encodings: {known}")]
    UnknownEncoding { name: String, known: String },
    #[error("the encoding of {model} is not public; count text with `Model::count_text`")]
    NoPublicEncoding { model: String },
    #[error(
        "the vocabulary of {name} is not part of this program; enable the feature `{feature}` of tokenfit"
    )]
    MissingVocabulary {
        name: &'static str,
        feature: &'static str,
    },
    #[error("unknown host {name}; nearest names: `{near}`")]
    UnknownHost { name: String, near: String },
    #[error("not a day ({bytes} bytes); write YYYY-MM-DD")]
    InvalidDay { bytes: usize },
    #[error("{what} at {place}; {remedy}")]
    Overrides {
        what: String,
        remedy: String,
        place: Place,
    },
    #[error("{what}; {remedy}")]
    Budget { what: String, remedy: String },
    #[error("{0}")]
    CannotFit(Box<CannotFit>),
    #[error(
        "the request fits but would still be refused: {}; run the check and fix these findings",
        refusals(findings)
    )]
    Refused {
        findings: Vec<(&'static str, String)>,
    },
    #[error("{what}; make a new plan for this request")]
    Plan { what: String },
    #[error(
        "`{model}` is not served in the format `{format}`; choose a model that is, or translate the request with `Budget::translate`"
    )]
    OtherFormat { model: String, format: &'static str },
    #[error("{what} at {place}; {remedy}")]
    Untranslatable {
        code: &'static str,
        what: String,
        remedy: &'static str,
        place: Place,
    },
    #[error(
        "a request of the format `{format}` has no conversation to fit; shorten its strings with `Encoding::keep_first`"
    )]
    NoHistory { format: &'static str },
    #[error("unknown preset {name}; known presets: {known}")]
    UnknownPreset { name: String, known: String },
    #[error("{name} cannot be an alias of a model; {remedy}")]
    InvalidAlias { name: String, remedy: &'static str },
    #[error("token id {id} at index {index} is not in the encoding `{encoding}`")]
    UnknownToken {
        id: u32,
        index: usize,
        encoding: &'static str,
    },
    #[error(
        "the {tokens} token ids do not decode to valid UTF-8, as after a cut inside a character; decode to bytes instead"
    )]
    NotUtf8 { tokens: usize },
    #[cfg(feature = "tokenizers")]
    #[error("{what}; give the content of the `tokenizer.json` that the model is published with")]
    Tokenizer { what: &'static str },
    #[cfg(feature = "templates")]
    #[error("{what}; use the chat template that the model is published with")]
    Template { what: &'static str },
    #[error("the encoding `{encoding}` only counts: the ids of its tokens are not known")]
    NoTokenIds { encoding: &'static str },
    #[error("the value cannot be written as JSON ({category})")]
    Serialize { category: &'static str },
    #[error(
        "the request does not have the shape of the requested type, at line {line}, column {column} of its JSON ({category})"
    )]
    Typed {
        category: &'static str,
        line: usize,
        column: usize,
    },
    #[error("{what}; {remedy}")]
    Reply { what: String, remedy: &'static str },
    #[error("{0}")]
    RateLimit(crate::reply::rate::RateError),
    #[cfg(feature = "redis")]
    #[error("{0}")]
    SharedBudget(crate::reply::rate::SharedError),
    #[error("writing the request failed")]
    Io(#[source] std::io::Error),
}

/// Lists the findings of a refused request with their places, at most three.
fn refusals(findings: &[(&'static str, String)]) -> String {
    let mut shown: Vec<String> = findings
        .iter()
        .take(3)
        .map(|(code, pointer)| format!("`{code}` at `{pointer}`"))
        .collect();
    if findings.len() > shown.len() {
        shown.push(format!("{} more", findings.len() - shown.len()));
    }
    shown.join(", ")
}

/// Inserts the place after the problem and before its remedy, if it has one.
fn placed(problem: &str, place: &Place) -> String {
    match problem.split_once("; ") {
        Some((problem, remedy)) => format!("{problem} at {place}; {remedy}"),
        None => format!("{problem} at {place}"),
    }
}

fn did_you_mean(nearest: &[String]) -> String {
    match nearest {
        [] => "no known name is similar".to_owned(),
        [one] => format!("did you mean `{one}`?"),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|n| format!("`{n}`")).collect();
            format!("did you mean {} or `{last}`?", rest.join(", "))
        }
    }
}

impl Error {
    /// Returns the kind of the error, for programs to match on.
    ///
    /// ```
    /// use tokenfit::{ErrorKind, Models};
    ///
    /// let error = Models::builtin().get("gpt-4p").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::UnknownModel);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match &*self.inner {
            Inner::Json { kind, .. } => *kind,
            Inner::Request { .. } => ErrorKind::InvalidRequest,
            Inner::UnknownFormat { .. } => ErrorKind::UnsupportedFormat,
            Inner::MissingModel => ErrorKind::MissingModel,
            Inner::UnknownModel { .. } => ErrorKind::UnknownModel,
            Inner::UnknownEncoding { .. } | Inner::NoPublicEncoding { .. } => {
                ErrorKind::UnknownEncoding
            }
            Inner::MissingVocabulary { .. } => ErrorKind::MissingVocabulary,
            Inner::UnknownHost { .. } => ErrorKind::UnknownHost,
            Inner::InvalidDay { .. } => ErrorKind::InvalidDay,
            Inner::Overrides { .. } | Inner::InvalidAlias { .. } => ErrorKind::InvalidRegistry,
            Inner::Budget { .. } => ErrorKind::InvalidBudget,
            Inner::CannotFit(_) => ErrorKind::CannotFit,
            Inner::Refused { .. } => ErrorKind::Refused,
            Inner::Plan { .. } => ErrorKind::InvalidPlan,
            Inner::OtherFormat { .. } => ErrorKind::OtherFormat,
            Inner::Untranslatable { .. } => ErrorKind::Untranslatable,
            Inner::NoHistory { .. } => ErrorKind::NoHistory,
            Inner::UnknownPreset { .. } => ErrorKind::UnknownPreset,
            Inner::UnknownToken { .. } | Inner::NotUtf8 { .. } => ErrorKind::InvalidTokens,
            #[cfg(feature = "tokenizers")]
            Inner::Tokenizer { .. } => ErrorKind::InvalidTokenizer,
            #[cfg(feature = "templates")]
            Inner::Template { .. } => ErrorKind::InvalidTemplate,
            Inner::NoTokenIds { .. } => ErrorKind::NoTokenIds,
            Inner::Serialize { .. } | Inner::Typed { .. } => ErrorKind::Serialize,
            Inner::Reply { .. } => ErrorKind::InvalidReply,
            Inner::RateLimit(_) => ErrorKind::InvalidRateLimit,
            #[cfg(feature = "redis")]
            Inner::SharedBudget(_) => ErrorKind::InvalidSharedBudget,
            Inner::Io(_) => ErrorKind::Io,
        }
    }

    /// Describes the problem, without the remedy.
    pub(crate) fn what(&self) -> String {
        match &*self.inner {
            Inner::Request { what, .. } | Inner::Budget { what, .. } => what.clone(),
            _ => self.to_string(),
        }
    }

    /// Returns the remedy alone.
    pub(crate) fn remedy(&self) -> String {
        match &*self.inner {
            Inner::Request { remedy, .. } => (*remedy).to_owned(),
            Inner::Budget { remedy, .. } => remedy.clone(),
            _ => "fix it".to_owned(),
        }
    }

    /// Describes the problem of a request, and the remedy, without the place.
    pub(crate) fn what_and_remedy(&self) -> (String, &'static str) {
        match &*self.inner {
            Inner::Request { what, remedy, .. } => (what.clone(), remedy),
            _ => (self.to_string(), "fix it"),
        }
    }

    fn place(&self) -> Option<&Place> {
        match &*self.inner {
            Inner::Json { place, .. }
            | Inner::Request { place, .. }
            | Inner::Untranslatable { place, .. }
            | Inner::Overrides { place, .. } => Some(place),
            _ => self.place.as_deref(),
        }
    }

    /// Shifts line numbers by `lines`, for input embedded in a larger file.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let error = Request::parse("{").unwrap_err().below(41);
    /// assert_eq!(error.line(), Some(42));
    /// assert!(error.to_string().contains("line 42"));
    /// ```
    #[must_use]
    pub fn below(mut self, lines: usize) -> Error {
        match &mut *self.inner {
            Inner::Json { place, .. }
            | Inner::Request { place, .. }
            | Inner::Untranslatable { place, .. } => place.line += lines,
            _ => {
                if let Some(place) = &mut self.place {
                    place.line += lines;
                }
            }
        }
        self
    }

    /// Sets the place in the request where the error was found.
    pub(crate) fn at(mut self, place: Place) -> Error {
        self.place = Some(Box::new(place));
        self
    }

    /// Returns the place in the request as a JSON pointer (RFC 6901), if the error has one. The
    /// pointer is empty for the whole document and stops above the first field name that is not
    /// part of the provider's API.
    ///
    /// ```
    /// let error = tokenfit::Request::parse("{\"messages\": [\n {\"role\": 5}]}").unwrap_err();
    /// assert_eq!(error.pointer(), Some("/messages/0/role"));
    /// ```
    pub fn pointer(&self) -> Option<&str> {
        self.place().map(|p| p.pointer.as_str())
    }

    /// Returns what has no counterpart in the other format, as a stable word: `audio`, `file_id`,
    /// `server_tool`, `stored_state` and others ([`translate`](crate::translate) has the list).
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "n": 2, "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let budget = Budget::new(&Models::builtin().get("claude-sonnet-5")?);
    /// let error = budget.translate(&request, None, &RepairPolicy::port()).unwrap_err();
    /// assert_eq!((error.untranslatable(), error.pointer()), (Some("several_answers"), Some("/n")));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn untranslatable(&self) -> Option<&'static str> {
        match &*self.inner {
            Inner::Untranslatable { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Returns the line of the JSON text, from 1, if the error has a place.
    ///
    /// ```
    /// let error = tokenfit::Request::parse("{\"messages\": [\n {\"role\": 5}]}").unwrap_err();
    /// assert_eq!(error.line(), Some(2));
    /// ```
    pub fn line(&self) -> Option<usize> {
        self.place().map(|p| p.line)
    }

    /// Returns the column in that line, in bytes from 1, if the error has a place.
    ///
    /// ```
    /// let error = tokenfit::Request::parse("{\"messages\": [\n {\"role\": 5}]}").unwrap_err();
    /// assert_eq!(error.column(), Some(11));
    /// ```
    pub fn column(&self) -> Option<usize> {
        self.place().map(|p| p.column)
    }

    /// Returns the JSON around a syntax error without its strings, and a second line that marks the
    /// place.
    ///
    /// ```
    /// use tokenfit::Request;
    ///
    /// let error = Request::parse(r#"{"messages": ["Hello",]}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "trailing comma at `/messages/1` (line 1, column 22)");
    /// assert_eq!(error.excerpt(), Some("{\"messages\": [\"…\",\n                 ^"));
    /// ```
    pub fn excerpt(&self) -> Option<&str> {
        match &*self.inner {
            Inner::Json { excerpt, .. } => excerpt.as_deref(),
            _ => None,
        }
    }

    /// Returns the details of [`ErrorKind::CannotFit`]: the smallest reachable size, the largest
    /// required parts, and suggestions.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}"#;
    /// let error = tokenfit::fit(body, 5).unwrap_err();
    /// assert_eq!(error.cannot_fit().unwrap().floor, 13);
    /// ```
    pub fn cannot_fit(&self) -> Option<&CannotFit> {
        match &*self.inner {
            Inner::CannotFit(cannot_fit) => Some(cannot_fit),
            _ => None,
        }
    }

    /// Returns the codes and places of the findings of [`ErrorKind::Refused`], in the order of
    /// the check.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"},
    ///     {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let error = tokenfit::fit(body, 15).unwrap_err();    // trimmed, but still refused
    /// assert_eq!(error.refused_for(), [("out_of_range", "/temperature".to_owned())]);
    /// ```
    pub fn refused_for(&self) -> &[(&'static str, String)] {
        match &*self.inner {
            Inner::Refused { findings } => findings,
            _ => &[],
        }
    }

    /// Returns the similar known names of [`ErrorKind::UnknownModel`], most similar first.
    ///
    /// ```
    /// let error = tokenfit::Models::builtin().get("gpt-4p").unwrap_err();
    /// assert_eq!(error.nearest_models()[..2], ["gpt-4", "gpt-4o"]);
    /// ```
    pub fn nearest_models(&self) -> &[String] {
        match &*self.inner {
            Inner::UnknownModel { nearest, .. } => nearest,
            _ => &[],
        }
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Error {
            inner: Box::new(inner),
            place: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)?;
        match &self.place {
            Some(place) => write!(f, " (at {place})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("message", &self.to_string())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.inner)
    }
}
