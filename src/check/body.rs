//! A body as it would be posted, whether or not it can be read as a request.

use std::borrow::Cow;
use std::fmt;

use super::CheckReport;
use crate::budget::Budget;
use crate::error::Error;
use crate::model::Models;
use crate::provider::read_as_far_as_it_goes;
use crate::request::{Format, Request};

/// A body as it would be posted: what a provider would say about it can be asked for even when it is no request that could
/// be read (`messages` is a text, a message has no role).
///
/// Reading is one pass over the text, as [`Request::parse`] is.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models};
/// use tokenfit::check::Body;
///
/// let body = Body::parse(r#"{"model": "gpt-4o", "messages": "Hello"}"#)?;
/// assert!(body.request().is_err());
///
/// let report = Budget::of_body(&Models::builtin(), &body).check_body(&body);
/// let answer = report.findings()[0].api.as_ref().unwrap();
/// assert_eq!(answer.message, "Invalid type for 'messages': expected an array of objects, but got a string instead.");
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct Body<'a> {
    /// Where `unread` says why, it has its JSON and its model alone, and is not given away.
    request: Request<'a>,
    unread: Option<Error>,
}

impl<'a> Body<'a> {
    /// Reads a body, its format found by its shape.
    ///
    /// # Errors
    ///
    /// Not UTF-8, not JSON, or nested too deep: no provider reads it either.
    pub fn parse<B: AsRef<[u8]> + ?Sized>(body: &'a B) -> Result<Body<'a>, Error> {
        Body::read(body.as_ref(), None)
    }

    /// Reads a body of a known format.
    ///
    /// ```
    /// use tokenfit::Format;
    /// use tokenfit::check::Body;
    ///
    /// let body = Body::parse_as(Format::Anthropic, r#"{"model": "claude-sonnet-4-5"}"#)?;
    /// assert_eq!(body.model().as_deref(), Some("claude-sonnet-4-5"));
    /// assert!(body.request().is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_as<B: AsRef<[u8]> + ?Sized>(
        format: Format,
        body: &'a B,
    ) -> Result<Body<'a>, Error> {
        Body::read(body.as_ref(), Some(format))
    }

    fn read(body: &'a [u8], format: Option<Format>) -> Result<Body<'a>, Error> {
        let (request, unread) = read_as_far_as_it_goes(body, format)?;
        Ok(Body { request, unread })
    }

    /// The request.
    ///
    /// # Errors
    ///
    /// Why the body could not be read as one: the error of [`Request::parse_as`].
    pub fn request(&self) -> Result<&Request<'a>, &Error> {
        match &self.unread {
            None => Ok(&self.request),
            Some(error) => Err(error),
        }
    }

    /// The request, or why there is none.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn into_request(self) -> Result<Request<'a>, Error> {
        match self.unread {
            None => Ok(self.request),
            Some(error) => Err(error),
        }
    }

    /// The format that the body was read as, or looks like.
    pub fn format(&self) -> Format {
        self.request.format()
    }

    /// The model that it names.
    pub fn model(&self) -> Option<Cow<'_, str>> {
        self.request.model()
    }

    pub(crate) fn as_read(&self) -> &Request<'a> {
        &self.request
    }
}

/// Length and numbers only.
impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("format", &self.format())
            .field("bytes", &self.request.as_bytes().len())
            .field("unread", &self.unread)
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// The budget of the model that a body names: see [`Budget::of`].
    pub fn of_body(models: &Models, body: &Body<'_>) -> Budget {
        Budget::of(models, body.as_read())
    }

    /// Checks a body. One that was read as a request is checked as [`check`](Budget::check) does; of another the form is,
    /// and at least one finding says why it is refused.
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::check::Body;
    ///
    /// let body = Body::parse(r#"{"model": "gpt-4o", "messages": [{"content": "Hello"}]}"#)?;
    /// let report = Budget::of_body(&Models::builtin(), &body).check_body(&body);
    /// let finding = &report.findings()[0];
    /// assert_eq!((finding.code, finding.pointer.as_str()), ("missing_parameter", "/messages/0"));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn check_body(&self, body: &Body<'_>) -> CheckReport {
        self.check_read(&body.request, body.unread.as_ref())
    }
}
