//! Result of a fitter.

use std::fmt;

use crate::check::CheckReport;
use crate::edit::{Receipt, Undo};
use crate::request::{Given, Request};

/// A request that fits: the original one, or an edited one with its receipt.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::fit::Preset;
///
/// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
/// let request = Request::parse(body)?;
/// let fitter = Preset::Agent.fitter(Budget::new(&Models::builtin().for_request(&request)?));
/// let fitted = fitter.fit(&request)?;
/// assert!(fitted.is_unchanged() && fitted.receipt().is_empty());
/// assert_eq!(fitted.as_bytes(), body.as_bytes());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct Fitted<'a> {
    original: Given<'a>,
    outcome: Box<Outcome>,
}

/// Outcome of a fit, without the original request.
pub(super) struct Outcome {
    /// `None` if the request is unchanged.
    pub(super) edited: Option<Edited>,
    pub(super) receipt: Receipt,
    pub(super) report: CheckReport,
}

/// Result of edits.
pub(super) struct Edited {
    pub(super) request: Request<'static>,
    /// Original item of each item of the list; `None` for a summary. Empty if the history was
    /// repaired.
    pub(super) items_from: Vec<Option<usize>>,
}

impl<'a> Fitted<'a> {
    pub(super) fn new(request: &'a Request<'_>, outcome: Outcome) -> Fitted<'a> {
        Fitted {
            original: Given::Lent(request),
            outcome: Box::new(outcome),
        }
    }

    /// Wraps a request that the result owns.
    pub(super) fn keeping(request: Request<'a>, outcome: Box<Outcome>) -> Fitted<'a> {
        Fitted {
            original: Given::Kept(Box::new(request)),
            outcome,
        }
    }

    pub(super) fn edited(&self) -> Option<&Edited> {
        self.outcome.edited.as_ref()
    }

    pub(super) fn into_outcome(self) -> Box<Outcome> {
        self.outcome
    }

    /// Returns whether the request is unchanged.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// assert!(tokenfit::fit(body, 8_000)?.is_unchanged());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_unchanged(&self) -> bool {
        self.outcome.edited.is_none()
    }

    /// Returns the request to send: the edited or the original one.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert_eq!(fitted.request().messages().len(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &Request<'_> {
        match &self.outcome.edited {
            Some(edited) => &edited.request,
            None => self.original(),
        }
    }

    /// Returns the original request.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert_eq!(fitted.original().messages().len(), 3);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn original(&self) -> &Request<'_> {
        self.original.request()
    }

    /// Returns the edits and the sizes. The sizes in tokens of an unchanged request are `None` if
    /// its bounds were enough to decide; [`Fitter::receipt`](super::Fitter::receipt) counts it.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert_eq!((fitted.receipt().tokens_before, fitted.receipt().limit), (Some(20), Some(15)));
    /// assert!(tokenfit::fit(body, 8_000)?.receipt().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipt(&self) -> &Receipt {
        &self.outcome.receipt
    }

    /// Returns the check of the request to send, edited or not. None of its findings is refused,
    /// except for the caller's own fields that the provider does not have, and a model that the
    /// request does not name; see also [`Fitter::send_refused`](super::Fitter::send_refused).
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert!(fitted.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn report(&self) -> &CheckReport {
        &self.outcome.report
    }

    /// Returns an undo that restores the original request; `None` if nothing was changed. Linear
    /// in the size of both requests.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// let original = fitted.undo().unwrap().apply(fitted.as_bytes()).unwrap();
    /// assert_eq!(original, body.as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn undo(&self) -> Option<Undo> {
        let edited = self.edited()?;
        Some(Undo::new(self.original().text(), edited.request.text()))
    }

    /// Returns the bytes to send. Unedited parts are byte for byte the original.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert!(fitted.as_bytes().starts_with(br#"{"model": "gpt-4o""#));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.request().as_bytes()
    }

    /// Returns a copy of the bytes to send.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// let send: Vec<u8> = fitted.into_bytes();
    /// assert!(send.len() < body.len());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_bytes(self) -> Vec<u8> {
        self.request().to_bytes()
    }

    /// Returns the request to send, owned; an unchanged original is copied.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// let request: tokenfit::Request<'static> = fitted.into_request();
    /// assert_eq!(request.messages().len(), 2);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_request(self) -> Request<'static> {
        match self.outcome.edited {
            Some(edited) => edited.request,
            None => self.original.request().clone().into_owned(),
        }
    }
}

/// Prints numbers only.
impl fmt::Debug for Fitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = self.receipt();
        f.debug_struct("Fitted")
            .field("request", self.request())
            .field("edits", &receipt.edits.len())
            .field("tokens_before", &receipt.tokens_before)
            .field("tokens_after", &receipt.tokens_after)
            .finish_non_exhaustive()
    }
}
