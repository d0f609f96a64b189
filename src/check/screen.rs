//! Content policy: the caller's own screening, whose verdict becomes a finding.

use super::fault::Site;
use super::faults::fields::SCREENED;
use super::{CheckReport, Severity};
use crate::request::Request;

/// What a screening says about a request.
///
/// # Examples
///
/// ```
/// use tokenfit::check::{Screened, Severity};
///
/// let verdict = Screened::refused("violence").at("/messages/3");
/// assert_eq!(verdict.severity, Severity::Refused);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Screened {
    /// How bad it is.
    pub severity: Severity,
    /// The name of the category, as a word: what does not look like a name is not shown.
    pub category: String,
    /// The place in the request, a JSON pointer; empty for the whole.
    pub pointer: String,
}

impl Screened {
    /// It would be refused, for this category.
    pub fn refused(category: impl Into<String>) -> Screened {
        Screened {
            severity: Severity::Refused,
            category: category.into(),
            pointer: String::new(),
        }
    }

    /// It may be refused, for this category.
    pub fn risky(category: impl Into<String>) -> Screened {
        Screened {
            severity: Severity::Risky,
            ..Screened::refused(category)
        }
    }

    /// The place that it is about, a JSON pointer of the request.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Screened {
        self.pointer = pointer.into();
        self
    }
}

/// A screening of content: a list of words, a classifier, what a moderation endpoint answered before.
///
/// The crate has none of its own and sends nothing: the caller screens, and the verdicts become findings of the report
/// ([`CheckReport::screened`]). A call that waits for a network is better made beside the check, its answer handed in as
/// [`Screened`]s ([`CheckReport::with_screened`]).
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::{Screen, Screened};
///
/// struct NoCards;
///
/// impl Screen for NoCards {
///     fn screen(&self, request: &Request<'_>) -> Vec<Screened> {
///         let has_card = |text: &str| text.split_whitespace().any(|word| word.len() == 16 && word.bytes().all(|b| b.is_ascii_digit()));
///         request
///             .messages()
///             .filter(|message| has_card(&message.text()))
///             .map(|message| Screened::refused("card_number").at(message.pointer()))
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
    /// What there is to say about a request; nothing when it may pass.
    fn screen(&self, request: &Request<'_>) -> Vec<Screened>;
}

impl<S: Screen + ?Sized> Screen for &S {
    fn screen(&self, request: &Request<'_>) -> Vec<Screened> {
        (**self).screen(request)
    }
}

impl<S: Screen + ?Sized> Screen for Box<S> {
    fn screen(&self, request: &Request<'_>) -> Vec<Screened> {
        (**self).screen(request)
    }
}

impl<S: Screen + ?Sized> Screen for std::sync::Arc<S> {
    fn screen(&self, request: &Request<'_>) -> Vec<Screened> {
        (**self).screen(request)
    }
}

impl CheckReport {
    /// The report with what a screening says about the request that was checked. The provider screens last, so that these
    /// findings stand behind the others of their severity.
    #[must_use]
    pub fn screened(self, screen: &dyn Screen, request: &Request<'_>) -> CheckReport {
        self.with_screened(request, screen.screen(request))
    }

    /// The report with verdicts that were come by elsewhere. A pointer that leads nowhere in the request is that of the
    /// whole.
    #[must_use]
    pub fn with_screened(
        mut self,
        request: &Request<'_>,
        verdicts: impl IntoIterator<Item = Screened>,
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
