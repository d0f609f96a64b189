//! What is fitted: the request as it came, or as it was repaired first.

use crate::check::RepairReceipt;
use crate::request::Request;

/// What is fitted.
pub(super) enum Base<'r> {
    AsItCame(&'r Request<'r>),
    Mended(Box<Request<'static>>, RepairReceipt),
}

impl<'r> Base<'r> {
    pub(super) fn request(&self) -> &Request<'_> {
        match self {
            Base::AsItCame(request) => request,
            Base::Mended(mended, _) => mended,
        }
    }

    pub(super) fn is_mended(&self) -> bool {
        matches!(self, Base::Mended(..))
    }
}
