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
/// assert!(fitted.is_unchanged() && fitted.receipt().is_none());
/// assert_eq!(fitted.as_bytes(), body.as_bytes());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct Fitted<'a> {
    original: Given<'a>,
    edited: Option<Box<Edited>>,
}

/// Result of edits.
pub(super) struct Edited {
    pub(super) request: Request<'static>,
    pub(super) receipt: Receipt,
    pub(super) report: CheckReport,
    /// Original item of each item of the list; `None` for a summary. Empty if the history was
    /// repaired.
    pub(super) items_from: Vec<Option<usize>>,
}

impl<'a> Fitted<'a> {
    pub(super) fn unchanged(request: &'a Request<'_>) -> Fitted<'a> {
        Fitted {
            original: Given::Lent(request),
            edited: None,
        }
    }

    pub(super) fn edited(request: &'a Request<'_>, edited: Edited) -> Fitted<'a> {
        Fitted {
            original: Given::Lent(request),
            edited: Some(Box::new(edited)),
        }
    }

    /// Wraps a request that the result owns.
    pub(super) fn keeping(request: Request<'a>, edited: Option<Box<Edited>>) -> Fitted<'a> {
        Fitted {
            original: Given::Kept(Box::new(request)),
            edited,
        }
    }

    pub(super) fn edits(&self) -> Option<&Edited> {
        self.edited.as_deref()
    }

    pub(super) fn into_edits(self) -> Option<Box<Edited>> {
        self.edited
    }

    /// Returns whether the request is unchanged.
    ///
    /// ```
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    /// assert!(tokenfit::fit(body, 8_000)?.is_unchanged());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_unchanged(&self) -> bool {
        self.edited.is_none()
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
        match &self.edited {
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

    /// Returns the receipt of an edited request. [`Fitter::receipt`](super::Fitter::receipt) also
    /// works for an unchanged one.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert_eq!(fitted.receipt().unwrap().tokens_before, Some(20));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipt(&self) -> Option<&Receipt> {
        self.edited.as_ref().map(|edited| &edited.receipt)
    }

    /// Returns the check of an edited request: none of its findings is refused, except for the
    /// caller's own fields that the provider does not have, and a model that the request does not
    /// name.
    ///
    /// ```
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#;
    /// let fitted = tokenfit::fit(body, 15)?;    // 20 tokens: one of three messages is dropped
    /// assert!(fitted.report().unwrap().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn report(&self) -> Option<&CheckReport> {
        self.edited.as_ref().map(|edited| &edited.report)
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
        let edited = self.edited.as_ref()?;
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
        match self.edited {
            Some(edited) => edited.request,
            None => self.original().clone().into_owned(),
        }
    }
}

/// Prints numbers only.
impl fmt::Debug for Fitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = self.receipt();
        f.debug_struct("Fitted")
            .field("request", self.request())
            .field("edits", &receipt.map(|receipt| receipt.edits.len()))
            .field(
                "tokens_before",
                &receipt.map(|receipt| receipt.tokens_before),
            )
            .field("tokens_after", &receipt.map(|receipt| receipt.tokens_after))
            .finish_non_exhaustive()
    }
}
