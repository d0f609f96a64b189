//! Request that is fitted: the original, or the repaired one.

use crate::check::Mended;
use crate::request::Request;

/// Request that is fitted.
pub(super) enum Base<'r> {
    AsItCame(&'r Request<'r>),
    Mended(Box<Mended>),
}

impl<'r> Base<'r> {
    pub(super) fn request(&self) -> &Request<'_> {
        match self {
            Base::AsItCame(request) => request,
            Base::Mended(mended) => &mended.request,
        }
    }

    pub(super) fn is_mended(&self) -> bool {
        matches!(self, Base::Mended(..))
    }
}
