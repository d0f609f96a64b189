//! What a fitter gives back.

use std::fmt;

use crate::check::CheckReport;
use crate::edit::{Receipt, Undo};
use crate::request::Request;

/// A request that fits.
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
/// assert!(fitted.is_unchanged());
/// assert_eq!(fitted.as_bytes(), body.as_bytes());
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Debug)]
pub enum Fitted<'r> {
    /// It fits as it came: send its bytes as they are.
    Unchanged(&'r Request<'r>),
    /// It was edited.
    Edited(Box<Edited<'r>>),
}

impl<'r> Fitted<'r> {
    /// Whether nothing was done.
    pub fn is_unchanged(&self) -> bool {
        matches!(self, Fitted::Unchanged(_))
    }

    /// The edited request, if anything was done.
    pub fn edited(&self) -> Option<&Edited<'r>> {
        match self {
            Fitted::Unchanged(_) => None,
            Fitted::Edited(edited) => Some(edited),
        }
    }

    /// The edits, if anything was done.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.edited().map(Edited::receipt)
    }

    /// What leads back to the request as it came, if anything was done. Linear in both texts.
    pub fn undo(&self) -> Option<Undo> {
        self.edited().map(Edited::undo)
    }

    /// The request to send: the edited one, or the one that came.
    pub fn request(&self) -> &Request<'_> {
        match self {
            Fitted::Unchanged(request) => request,
            Fitted::Edited(edited) => edited.request(),
        }
    }

    /// The bytes to send. What was not edited is as it came.
    pub fn as_bytes(&self) -> &[u8] {
        self.request().as_bytes()
    }

    /// The bytes to send, owned: copied when nothing was done.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Fitted::Unchanged(request) => request.to_bytes(),
            Fitted::Edited(edited) => edited.into_request().to_bytes(),
        }
    }
}

/// An edited request: what to send, what was done, and what came in.
pub struct Edited<'r> {
    pub(super) original: &'r Request<'r>,
    pub(super) request: Request<'static>,
    pub(super) receipt: Receipt,
    pub(super) report: CheckReport,
    /// Of each item of the list: the one that it is or was. None of a summary; nothing when the history was mended.
    pub(super) items_from: Vec<Option<usize>>,
}

impl<'r> Edited<'r> {
    /// The request to send.
    pub fn request(&self) -> &Request<'static> {
        &self.request
    }

    /// The same without the rest.
    pub fn into_request(self) -> Request<'static> {
        self.request
    }

    /// The bytes to send. What was not edited is as it came.
    pub fn as_bytes(&self) -> &[u8] {
        self.request.as_bytes()
    }

    /// The bytes to send, copied.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.request.to_bytes()
    }

    /// What was done.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The check of the request to send: nothing in it is refused, but for fields of the caller's own that the provider does not
    /// have, and a model that is not named in it.
    pub fn report(&self) -> &CheckReport {
        &self.report
    }

    pub(super) fn items_from(&self) -> &[Option<usize>] {
        &self.items_from
    }

    /// The request as it came.
    pub fn original(&self) -> &'r Request<'r> {
        self.original
    }

    /// What leads back to the request as it came, for when only the edited one is kept. Linear in both.
    pub fn undo(&self) -> Undo {
        Undo::new(self.original.text(), self.request.text())
    }
}

/// Numbers only.
impl fmt::Debug for Edited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edited")
            .field("request", &self.request)
            .field("edits", &self.receipt.edits.len())
            .field("tokens_before", &self.receipt.tokens_before)
            .field("tokens_after", &self.receipt.tokens_after)
            .finish_non_exhaustive()
    }
}
