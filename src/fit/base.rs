//! Request that is fitted: the original, or the repaired one.

use crate::check::RepairedRequest;
use crate::request::Request;

/// Request that is fitted.
pub(super) enum Base<'r> {
    Original(&'r Request<'r>),
    Repaired(Box<RepairedRequest>),
}

impl<'r> Base<'r> {
    pub(super) fn request(&self) -> &Request<'_> {
        match self {
            Base::Original(request) => request,
            Base::Repaired(repaired) => &repaired.request,
        }
    }

    pub(super) fn is_repaired(&self) -> bool {
        matches!(self, Base::Repaired(..))
    }
}
