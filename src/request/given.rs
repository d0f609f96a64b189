//! A caller's request, borrowed or owned.

use super::Request;

/// A caller's request: borrowed, or owned by the result that is made of it.
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
