//! Counts, checks and fits the bytes of a request in one call, with built-in models and no
//! settings.

use crate::budget::Budget;
use crate::check::CheckReport;
use crate::count::RequestCount;
use crate::error::Error;
use crate::fit::{Fitted, Preset};
use crate::model::{Model, Models};
use crate::request::Request;

/// Counts the tokens that a request will be billed for. The body names the model. Linear in the
/// body.
///
/// # Errors
///
/// The body cannot be read as a request;
/// [`ErrorKind::MissingModel`](crate::ErrorKind::MissingModel) or
/// [`ErrorKind::UnknownModel`](crate::ErrorKind::UnknownModel): see [`count_for`].
///
/// # Examples
///
/// ```
/// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
/// assert_eq!(tokenfit::count(body)?.tokens(), 8);
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn count<B: AsRef<[u8]> + ?Sized>(body: &B) -> Result<RequestCount, Error> {
    let request = Request::parse(body)?;
    Ok(Models::builtin().for_request(&request)?.count(&request))
}

/// Counts the tokens of a request to a given model: Google and Bedrock name it in the URL, and
/// Azure's deployments can have any name.
///
/// # Errors
///
/// The body cannot be read as a request, or the model is unknown.
///
/// # Examples
///
/// ```
/// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
/// let count = tokenfit::count_for("gemini-2.5-flash", body)?;
/// assert!(count.total().lower() <= count.tokens() && count.total().upper().is_none_or(|upper| count.tokens() <= upper));
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn count_for<B: AsRef<[u8]> + ?Sized>(model: &str, body: &B) -> Result<RequestCount, Error> {
    Ok(Models::builtin().get(model)?.count(&Request::parse(body)?))
}

/// Checks a request body: what its provider would refuse, where, and in which words. An unreadable
/// body and an unknown model are findings too. Linear in the body.
///
/// # Examples
///
/// ```
/// let report = tokenfit::check(r#"{"model": "gpt-4o", "messages": []}"#);
/// assert!(!report.is_ok());
/// assert_eq!(report.findings()[0].code, "empty_messages");
/// assert_eq!(tokenfit::check("{").findings()[0].code, "unreadable_request");
/// ```
pub fn check<B: AsRef<[u8]> + ?Sized>(body: &B) -> CheckReport {
    Budget::lenient(&Models::builtin()).check_bytes(body)
}

/// Checks a request body that is sent to a given model.
///
/// # Examples
///
/// ```
/// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
/// assert!(tokenfit::check_for("gemini-2.5-flash", body).is_ok());
/// ```
pub fn check_for<B: AsRef<[u8]> + ?Sized>(model: &str, body: &B) -> CheckReport {
    Budget::lenient_for(&Models::builtin(), model).check_bytes(body)
}

/// Trims a request to `max_input_tokens`, or to its model's limit if that is lower: old tool
/// results are cleared first, then media of earlier turns, long strings, and the oldest rounds
/// ([`Preset::Agent`](crate::fit::Preset::Agent)). A request that fits, and that its provider
/// accepts, is returned byte for byte.
///
/// # Errors
///
/// The body cannot be read as a request; its model is missing or unknown;
/// [`ErrorKind::CannotFit`](crate::ErrorKind::CannotFit) if the protected parts are too large;
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if its provider would refuse it for another
/// reason, also if it fits.
///
/// # Examples
///
/// ```
/// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
/// let fitted = tokenfit::fit(body, 8_000)?;
/// assert_eq!(fitted.as_bytes(), body.as_bytes());
/// assert!(fitted.receipt().is_empty());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn fit<B: AsRef<[u8]> + ?Sized>(body: &B, max_input_tokens: u64) -> Result<Fitted<'_>, Error> {
    let request = Request::parse(body)?;
    let model = Models::builtin().for_request(&request)?;
    fit_with(request, &model, max_input_tokens)
}

/// Trims a request to a given model: see [`fit`].
///
/// # Errors
///
/// The errors of [`fit`].
///
/// # Examples
///
/// ```
/// let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
/// assert!(tokenfit::fit_for("gemini-2.5-flash", body, 8_000)?.is_unchanged());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub fn fit_for<'b, B: AsRef<[u8]> + ?Sized>(
    model: &str,
    body: &'b B,
    max_input_tokens: u64,
) -> Result<Fitted<'b>, Error> {
    let model = Models::builtin().get(model)?;
    fit_with(Request::parse(body)?, &model, max_input_tokens)
}

fn fit_with<'b>(
    request: Request<'b>,
    model: &Model,
    max_input_tokens: u64,
) -> Result<Fitted<'b>, Error> {
    let budget = Budget::new(model).limit_input(max_input_tokens);
    Preset::Agent.fitter(budget).fit_owned(request)
}
