//! Content policy: verdicts of the caller's own screening become findings.

use super::fault::Site;
use super::faults::fields::SCREENED;
use super::{CheckReport, Severity};
use crate::request::Request;

/// Verdict of a screening on a request.
///
/// # Examples
///
/// ```
/// use tokenfit::check::{PolicyVerdict, Severity};
///
/// let verdict = PolicyVerdict::refused("violence").at("/messages/3");
/// assert_eq!(verdict.severity, Severity::Refused);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyVerdict {
    /// Severity.
    pub severity: Severity,
    /// Name of the category, as a word; anything that does not look like a name is not shown.
    pub category: String,
    /// Place in the request, a JSON pointer; empty for the whole request.
    pub pointer: String,
}

impl PolicyVerdict {
    /// Returns a verdict that the content would be refused, for this category.
    ///
    /// ```
    /// use tokenfit::check::{PolicyVerdict, Severity};
    ///
    /// assert_eq!(PolicyVerdict::refused("violence").severity, Severity::Refused);
    /// ```
    pub fn refused(category: impl Into<String>) -> PolicyVerdict {
        PolicyVerdict {
            severity: Severity::Refused,
            category: category.into(),
            pointer: String::new(),
        }
    }

    /// Returns a verdict that the content may be refused, for this category.
    ///
    /// ```
    /// use tokenfit::check::{PolicyVerdict, Severity};
    ///
    /// assert_eq!(PolicyVerdict::risky("medical").severity, Severity::Risky);
    /// ```
    pub fn risky(category: impl Into<String>) -> PolicyVerdict {
        PolicyVerdict {
            severity: Severity::Risky,
            ..PolicyVerdict::refused(category)
        }
    }

    /// Sets the place of the verdict, a JSON pointer in the request.
    ///
    /// ```
    /// # use tokenfit::check::PolicyVerdict;
    /// assert_eq!(PolicyVerdict::risky("medical").at("/messages/3").pointer, "/messages/3");
    /// ```
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> PolicyVerdict {
        self.pointer = pointer.into();
        self
    }
}

/// A content screening: a list of words, a classifier, an earlier answer of a moderation endpoint.
///
/// The crate has no screening of its own and sends nothing: the caller screens, and the verdicts
/// become findings of the report ([`CheckReport::screened`]). A screening over the network is
/// better done next to the check, with its answer passed as [`PolicyVerdict`]s
/// ([`CheckReport::with_screened`]).
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{Screen, PolicyVerdict};
///
/// struct NoCards;
///
/// impl Screen for NoCards {
///     fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict> {
///         let has_card = |text: &str| text.split_whitespace().any(|word| word.len() == 16 && word.bytes().all(|b| b.is_ascii_digit()));
///         request
///             .messages()
///             .filter(|message| has_card(&message.text()))
///             .map(|message| PolicyVerdict::refused("card_number").at(message.pointer()))
///             .collect()
///     }
/// }
///
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Pay with 4111111111111111"}]}"#)?;
/// let report = Budget::lenient(&Models::builtin()).check(&request).screened(&NoCards, &request);
/// let finding = &report.findings()[0];
/// assert_eq!((finding.code, finding.pointer.as_str()), ("content_policy", "/messages/0"));
/// assert!(!report.is_ok() && !finding.to_string().contains("4111"));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub trait Screen {
    /// Returns the verdicts on a request; none if it may pass.
    fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict>;
}

impl<S: Screen + ?Sized> Screen for &S {
    fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict> {
        (**self).screen(request)
    }
}

impl<S: Screen + ?Sized> Screen for Box<S> {
    fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict> {
        (**self).screen(request)
    }
}

impl<S: Screen + ?Sized> Screen for std::sync::Arc<S> {
    fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict> {
        (**self).screen(request)
    }
}

impl CheckReport {
    /// Adds the verdicts of a screening on the checked request to the report. The provider screens
    /// last, so these findings follow the others of their severity.
    ///
    /// ```
    /// use tokenfit::{Request, check::{PolicyVerdict, Screen}};
    ///
    /// struct NoSecrets;
    /// impl Screen for NoSecrets {
    ///     fn screen(&self, request: &Request<'_>) -> Vec<PolicyVerdict> {
    ///         let secret = |text: &str| text.contains("BEGIN PRIVATE KEY");
    ///         request.messages().filter(|m| secret(&m.text())).map(|m| PolicyVerdict::refused("secret").at(m.pointer())).collect()
    ///     }
    /// }
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "-----BEGIN PRIVATE KEY-----"}]}"#;
    /// let report = tokenfit::check(body).screened(&NoSecrets, &Request::parse(body)?);
    /// assert_eq!(report.findings()[0].pointer, "/messages/0");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn screened(self, screen: &dyn Screen, request: &Request<'_>) -> CheckReport {
        self.with_screened(request, screen.screen(request))
    }

    /// Adds verdicts obtained elsewhere to the report. A pointer that does not exist in the request
    /// refers to the whole request.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::check::PolicyVerdict;
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let verdict = PolicyVerdict::risky("medical").at("/messages/0");     // from a moderation endpoint
    /// let report = Budget::lenient(&Models::builtin()).check(&request).with_screened(&request, [verdict]);
    /// assert_eq!(report.findings()[0].code, "content_policy");
    /// assert!(report.is_ok());                                             // risky, not refused
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn with_screened(
        mut self,
        request: &Request<'_>,
        verdicts: impl IntoIterator<Item = PolicyVerdict>,
    ) -> CheckReport {
        for verdict in verdicts {
            let (pointer, offset) = request.place_of(&verdict.pointer);
            let site = Site::at_offset(offset, pointer).name("category", verdict.category);
            let finding = SCREENED.finding(verdict.severity, None, site);
            self.push(finding);
        }
        self
    }
}
