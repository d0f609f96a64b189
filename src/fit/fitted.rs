//! What a fitter gives back.

use std::fmt;

use crate::check::CheckReport;
use crate::edit::{Receipt, Undo};
use crate::request::{Given, Request};

/// A request that fits: the one that came, or an edited one with its receipt.
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

/// What was done.
pub(super) struct Edited {
    pub(super) request: Request<'static>,
    pub(super) receipt: Receipt,
    pub(super) report: CheckReport,
    /// Of each item of the list: the one that it is or was. None of a summary; nothing when the history was mended.
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

    /// The same with a request of its own.
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

    /// Whether nothing was done.
    pub fn is_unchanged(&self) -> bool {
        self.edited.is_none()
    }

    /// The request to send: the edited one, or the one that came.
    pub fn request(&self) -> &Request<'_> {
        match &self.edited {
            Some(edited) => &edited.request,
            None => self.original(),
        }
    }

    /// The request as it came.
    pub fn original(&self) -> &Request<'_> {
        self.original.request()
    }

    /// The edits, if anything was done. [`Fitter::receipt`](super::Fitter::receipt) has one of an unchanged request too.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.edited.as_ref().map(|edited| &edited.receipt)
    }

    /// The check of an edited request: nothing in it is refused, but for fields of the caller's own that the provider does
    /// not have, and a model that is not named in it.
    pub fn report(&self) -> Option<&CheckReport> {
        self.edited.as_ref().map(|edited| &edited.report)
    }

    /// What leads back to the request as it came, if anything was done. Linear in both texts.
    pub fn undo(&self) -> Option<Undo> {
        let edited = self.edited.as_ref()?;
        Some(Undo::new(self.original().text(), edited.request.text()))
    }

    /// The bytes to send. What was not edited is as it came.
    pub fn as_bytes(&self) -> &[u8] {
        self.request().as_bytes()
    }

    /// The bytes to send, copied.
    pub fn into_bytes(self) -> Vec<u8> {
        self.request().to_bytes()
    }

    /// The request to send, owned; the one that came is copied when nothing was done.
    pub fn into_request(self) -> Request<'static> {
        match self.edited {
            Some(edited) => edited.request,
            None => self.original().clone().into_owned(),
        }
    }
}

/// Numbers only.
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
