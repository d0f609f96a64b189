//! Start of a call.

use super::caller::Caller;
use super::machine::Call;
use super::target::Target;
use crate::error::Error;
use crate::request::{Format, Request};

impl Caller {
    /// Starts a call with the body of a request. The chain is tried in its order; with an empty
    /// one, the call gives up.
    ///
    /// # Errors
    ///
    /// The body cannot be read as a request.
    pub fn call<B: AsRef<[u8]> + ?Sized>(&self, chain: &[Target], body: &B) -> Result<Call, Error> {
        Ok(self.call_request(chain, Request::parse(body)?.into_owned()))
    }

    /// Starts a call with a body in a known format.
    ///
    /// ```
    /// use tokenfit::{Format, Models, call::{Caller, Target}};
    ///
    /// let target = Target::of_name(&Models::builtin(), "gemini-2.5-flash");
    /// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
    /// let call = Caller::new().call_as(Format::Gemini, &[target], body)?;
    /// assert_eq!(call.request().format(), Format::Gemini);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The body cannot be read as a request of the format.
    pub fn call_as<B: AsRef<[u8]> + ?Sized>(
        &self,
        format: Format,
        chain: &[Target],
        body: &B,
    ) -> Result<Call, Error> {
        let request = Request::parse_as(format, body)?.into_owned();
        Ok(self.call_request(chain, request))
    }

    /// Starts a call with a request.
    ///
    /// ```
    /// use tokenfit::{Models, Request, call::{Caller, Target}};
    ///
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let target = Target::of_request(&Models::builtin(), &request);
    /// let call = Caller::new().call_request(&[target], request.into_owned());
    /// assert!(call.tries().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn call_request(&self, chain: &[Target], request: Request<'static>) -> Call {
        Call::new(self.clone(), chain.to_vec(), request)
    }
}
