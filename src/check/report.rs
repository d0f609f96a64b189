//! Result of a check.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::fault::Site;
use super::faults::fields::UNREADABLE;
use super::{Finding, Severity};
use crate::budget::{Budget, Fits};
use crate::count::TokenCount;
use crate::error::Error;
use crate::model::{Day, data_version};
use crate::request::{Format, Request};

/// Findings of a check, with the size of the request and its limit.
///
/// Plain data without text of the request. Serialized, it is the object that the command prints.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
/// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
/// assert!(report.is_ok() && report.findings().is_empty());
/// assert_eq!(report.tokens().unwrap().tokens(), 8);
/// assert_eq!(report.budget(), Some(128_000));
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    findings: Vec<Finding>,
    tokens: Option<TokenCount>,
    budget: Option<u64>,
    fits: Fits,
    model: Option<String>,
    format: Option<Format>,
    day: Option<Day>,
}

/// Size of a request, as exact as the check needed it.
pub(super) struct Measured {
    pub(super) tokens: Option<TokenCount>,
    pub(super) budget: Option<u64>,
    pub(super) fits: Fits,
}

impl Measured {
    /// Size of a request that could not be parsed.
    pub(super) const NOTHING: Measured = Measured {
        tokens: None,
        budget: None,
        fits: Fits::Unsure,
    };
}

impl CheckReport {
    pub(super) fn new(
        budget: &Budget,
        request: &Request<'_>,
        measured: Measured,
        findings: Vec<Finding>,
    ) -> CheckReport {
        CheckReport {
            findings,
            tokens: measured.tokens,
            budget: measured.budget,
            fits: measured.fits,
            model: budget.model().map(|model| model.name().to_owned()),
            format: Some(request.format()),
            day: budget.day(),
        }
    }

    /// Returns the report of bytes that are not JSON.
    pub(crate) fn unreadable(error: &Error) -> CheckReport {
        let (what, remedy) = error.what_and_remedy();
        let site = Site::at_offset(0, String::new())
            .text("what", what)
            .text("remedy", remedy);
        CheckReport {
            findings: vec![UNREADABLE.finding(Severity::Refused, None, site)],
            tokens: None,
            budget: None,
            fits: Fits::Unsure,
            model: None,
            format: None,
            day: None,
        }
    }

    /// Adds a finding after those of the same severity.
    pub(super) fn push(&mut self, finding: Finding) {
        let behind = self
            .findings
            .partition_point(|other| other.severity <= finding.severity);
        self.findings.insert(behind, finding);
    }

    /// Returns whether no finding is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// assert!(tokenfit::check(body).is_ok());
    /// assert!(!tokenfit::check(r#"{"model": "gpt-4o", "messages": []}"#).is_ok());
    /// ```
    pub fn is_ok(&self) -> bool {
        self.count_of(Severity::Refused) == 0
    }

    /// Returns the findings, refused ones first, in the order in which the provider checks a
    /// request.
    ///
    /// # Examples
    ///
    /// ```
    /// let report = tokenfit::check(r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hello"}]}"#);
    /// let finding = &report.findings()[0];
    /// assert_eq!(finding.to_string(), "refused[out_of_range] at /temperature: `temperature` is 3, the maximum is 2; lower it to 2, or remove it");
    /// ```
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the number of findings of a severity.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::check::Severity;
    ///
    /// let report = tokenfit::check(r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hello"}]}"#);
    /// assert_eq!(report.count_of(Severity::Refused), 1);
    /// ```
    pub fn count_of(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// Returns the size of the request: a count, or its [bounds](crate::Model::bounds) if those
    /// were enough. `None` if the model is unknown.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
    /// assert_eq!(report.tokens().unwrap().tokens(), 8);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tokens(&self) -> Option<TokenCount> {
        self.tokens
    }

    /// Returns the limit of the input in tokens. `None` if no limit is known, or the budget leaves
    /// nothing for the input.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
    /// assert_eq!(report.budget(), Some(128_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn budget(&self) -> Option<u64> {
        self.budget
    }

    /// Returns whether the request fits the budget, by its size alone.
    ///
    /// ```
    /// # use tokenfit::budget::Fits;
    /// # use tokenfit::{Budget, Models, Request};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
    /// assert_eq!(report.fits(), Fits::Yes);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn fits(&self) -> Fits {
        self.fits
    }

    /// Returns the name of the model, if known.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
    /// assert_eq!(report.model(), Some("gpt-4o"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the day that the request was checked for, if one was given.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request};
    /// # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let report = Budget::lenient(&Models::builtin()).always_count().check(&request);
    /// assert_eq!(report.day(), None);    // checked without a day
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// Returns the format of the request. `None` for bytes that are not JSON.
    ///
    /// ```
    /// assert_eq!(tokenfit::check("{").format(), None);
    /// assert_eq!(tokenfit::check(r#"{"contents": []}"#).format(), Some(tokenfit::Format::Gemini));
    /// ```
    pub fn format(&self) -> Option<Format> {
        self.format
    }
}

impl CheckReport {
    /// Serializes the report, with findings that may have additional fields.
    pub(crate) fn serialize_with<S: Serializer>(
        &self,
        serializer: S,
        findings: &impl Serialize,
    ) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CheckReport", 12)?;
        object.serialize_field("ok", &self.is_ok())?;
        object.serialize_field("findings", findings)?;
        object.serialize_field("model", &self.model)?;
        object.serialize_field("format", &self.format.map(Format::as_str))?;
        object.serialize_field("tokens", &self.tokens.map(|tokens| tokens.tokens()))?;
        object.serialize_field("lower", &self.tokens.map(|tokens| tokens.lower()))?;
        object.serialize_field("upper", &self.tokens.and_then(|tokens| tokens.upper()))?;
        object.serialize_field("accuracy", &self.tokens.map(|tokens| tokens.accuracy()))?;
        object.serialize_field("budget", &self.budget)?;
        object.serialize_field("fits", &self.fits)?;
        object.serialize_field("day", &self.day)?;
        object.serialize_field("data_version", data_version())?;
        object.end()
    }
}

/// Serializes as the object that the command prints, without positions in a file.
impl Serialize for CheckReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize_with(serializer, &self.findings)
    }
}
