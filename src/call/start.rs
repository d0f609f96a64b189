//! Start of a call.

use super::caller::Caller;
use super::client::ClientAnswer;
use super::machine::Call;
use super::target::Target;
use crate::edit::Receipt;
use crate::error::Error;
use crate::model::Models;
use crate::provider::read_as_far_as_it_goes;
use crate::request::{Format, Request};

impl Caller {
    /// Starts a call with the body of a request. The chain is tried in its order; with an empty
    /// one, the call gives up.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.request().messages().len(), 1);
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// assert!(Caller::new().call(&[target], "{").is_err());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

    /// Reads the body of a request, repaired where it cannot be read (`max_tokens: -1`) and repairs
    /// are asked for, with the receipt of that. `model` is the model that the URL names.
    ///
    /// ```
    /// use tokenfit::{Format, Models, call::Caller};
    ///
    /// let answer = Caller::new().read(&Models::builtin(), Format::OpenAiChat, None, br#"{"model": "gpt-4o"}"#);
    /// assert_eq!(answer.unwrap_err().status, 400);
    /// ```
    ///
    /// # Errors
    ///
    /// The answer for the client, in the words of the provider where they are known.
    pub fn read(
        &self,
        models: &Models,
        format: Format,
        model: Option<&str>,
        body: &[u8],
    ) -> Result<(Request<'static>, Option<Receipt>), ClientAnswer> {
        if let Ok(request) = Request::parse_as(format, body) {
            return Ok((request.into_owned(), None));
        }
        let target = match (model, read_as_far_as_it_goes(body, Some(format), None)) {
            (Some(model), _) => Target::of_name(models, model),
            (None, Ok((request, _))) => Target::of_request(models, &request),
            (None, Err(error)) => {
                return Err(ClientAnswer::error(format, 400, &error.to_string()));
            }
        };
        let budget = target.own_budget();
        if let Some(policy) = &self.repairs
            && let Ok(repaired) = budget.repair_bytes_as(format, body, policy)
        {
            let receipt = repaired.receipt().clone();
            return Ok((repaired.into_request(), Some(receipt)));
        }
        let report = budget.check_bytes_as(format, body);
        let unread =
            || ClientAnswer::error(format, 400, "the body is not a request of this format");
        Err(ClientAnswer::refused(format, &report).unwrap_or_else(unread))
    }

    /// Starts a call of a request that [`read`](Caller::read) returned.
    ///
    /// ```
    /// use tokenfit::{Format, Models, call::{Caller, Target}};
    ///
    /// let models = Models::builtin();
    /// let body = br#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let caller = Caller::new();
    /// let read = caller.read(&models, Format::OpenAiChat, None, body).expect("it is readable");
    /// let chain = [Target::of_request(&models, &read.0)];
    /// assert_eq!(caller.call_read(&chain, read).sends(), 0);
    /// ```
    pub fn call_read(
        &self,
        chain: &[Target],
        (request, receipt): (Request<'static>, Option<Receipt>),
    ) -> Call {
        self.call_request(chain, request).after_reading(receipt)
    }
}
