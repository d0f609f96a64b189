//! The request that a caller gave, lent or to be kept.

use super::Request;

/// A request that was given: lent, or to be kept with what was made of it.
pub(crate) enum Given<'a> {
    Lent(&'a Request<'a>),
    Kept(Box<Request<'a>>),
}

impl Given<'_> {
    pub(crate) fn request(&self) -> &Request<'_> {
        match self {
            Given::Lent(request) => request,
            Given::Kept(request) => request,
        }
    }
}
