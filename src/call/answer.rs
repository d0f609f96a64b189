//! Whole answers, and sends without an answer.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::failed::Failed;
use super::machine::{Call, InFlight, State};
use super::moment::Moment;
use super::target::Target;
use crate::error::Error;
use crate::reply::error::{ApiErrorKind, NO_HEADERS};
use crate::reply::rate::RateUsage;
use crate::reply::retry::{Failure, Reached};
use crate::reply::usage::{Flag, Origin};
use crate::reply::{ApiError, RateLimits, Usage};
use crate::translate;

/// A send without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoAnswer {
    /// No connection: nothing was sent.
    NotConnected,
    /// No answer in time.
    TimedOut,
    /// The connection broke before the whole answer arrived.
    Cut,
}

/// Errors in a chain of sources that are read.
const MAX_SOURCES: usize = 16;

impl NoAnswer {
    /// Returns how far a send got, by the first [`io::Error`](std::io::Error) of a known kind in
    /// the error and its sources; [`Cut`](NoAnswer::Cut) if there is none. Clients that have a test
    /// of their own, such as `is_connect`, know more.
    ///
    /// ```
    /// use std::io::{Error, ErrorKind};
    /// use tokenfit::call::NoAnswer;
    ///
    /// assert_eq!(NoAnswer::of_error(&Error::from(ErrorKind::ConnectionRefused)), NoAnswer::NotConnected);
    /// assert_eq!(NoAnswer::of_error(&Error::from(ErrorKind::TimedOut)), NoAnswer::TimedOut);
    /// assert_eq!(NoAnswer::of_error(&std::fmt::Error), NoAnswer::Cut);
    /// ```
    pub fn of_error(error: &(dyn std::error::Error + 'static)) -> NoAnswer {
        use std::io::ErrorKind as K;
        let mut next = Some(error);
        for _ in 0..MAX_SOURCES {
            let Some(error) = next else {
                break;
            };
            next = error.source();
            let Some(error) = error.downcast_ref::<std::io::Error>() else {
                continue;
            };
            match error.kind() {
                K::ConnectionRefused
                | K::HostUnreachable
                | K::NetworkUnreachable
                | K::AddrNotAvailable => return NoAnswer::NotConnected,
                K::TimedOut => return NoAnswer::TimedOut,
                _ => {}
            }
            // The source of an I/O error is that of the error inside it.
            if let Some(inner) = error.get_ref() {
                next = Some(inner);
            }
        }
        NoAnswer::Cut
    }
}

/// Headers of an answer, as pairs of strings.
pub(super) type Pairs = Vec<(String, String)>;

pub(super) fn pairs<N: AsRef<str>, V: AsRef<[u8]>>(
    headers: impl IntoIterator<Item = (N, V)>,
) -> Pairs {
    let pair = |(name, value): (N, V)| {
        let value = std::str::from_utf8(value.as_ref()).ok()?;
        Some((name.as_ref().to_owned(), value.to_owned()))
    };
    headers.into_iter().filter_map(pair).collect()
}

/// Returns headers as borrowed pairs.
pub(super) fn borrowed(headers: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

pub(super) fn origin(target: &Target) -> Origin {
    Origin::new().host(target.host()).model(target.model_id())
}

/// Judgement of an answer.
enum Judged {
    Good,
    /// Usable, although faulty.
    Usable(ApiError),
    Bad(ApiError),
}

impl Call {
    /// Reports a whole answer. Ignored unless a send is in flight.
    ///
    /// `headers` are pairs of name and value. A stream that was read to its end may be passed too.
    /// Linear in the body.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert!(matches!(call.next(at), Step::Send { .. }));
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// assert!(matches!(call.next(at), Step::Done));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn answered<N: AsRef<str>, V: AsRef<[u8]>>(
        &mut self,
        at: Moment,
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
    ) {
        let Some(mut flight) = self.take_flight() else {
            return;
        };
        let headers = pairs(headers);
        let target = &self.chain[self.at];
        observe(&mut flight, at, target, status, &headers);
        let host = target.host().as_str();
        let parsed = ApiError::parse(
            Some(host),
            Some(status),
            borrowed(&headers),
            body,
            Some(at.unix()),
        );
        match self.judge(status, parsed, body) {
            Judged::Bad(error) => {
                let mut failure = Failure::from(&error);
                if status < 400 {
                    failure = failure.reached(started(&error));
                }
                self.fail(at, flight, Some(status), error, failure);
            }
            Judged::Good => self.succeed(at, flight, status, &headers, body, None),
            Judged::Usable(problem) => {
                self.succeed(at, flight, status, &headers, body, Some(problem));
            }
        }
    }

    /// Reports a send that got no answer, or only a part of one that nobody has seen.
    ///
    /// ```
    /// use tokenfit::call::{Caller, Moment, NoAnswer, Step, Target};
    /// use tokenfit::Models;
    ///
    /// let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert!(matches!(call.next(Moment::new(0, 0.5)), Step::Send { .. }));
    /// call.not_answered(Moment::new(5_000, 0.5), NoAnswer::NotConnected);
    /// assert!(matches!(call.next(Moment::new(5_000, 0.5)), Step::Wait { wait_ms: 500, .. }));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn not_answered(&mut self, at: Moment, why: NoAnswer) {
        if matches!(self.state, State::Streaming(..)) {
            return self.ended(at, false);
        }
        let Some(flight) = self.take_flight() else {
            return;
        };
        let (error, failure) = missing(why);
        self.fail(at, flight, None, error, failure);
    }

    /// Returns a whole answer in the format of the original request: translated if the target was
    /// asked in another one, else unchanged.
    ///
    /// # Errors
    ///
    /// Those of [`translate::answer`](crate::translate::answer).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::call::{Caller, Moment, Step, Target};
    /// use tokenfit::reply::error::NO_HEADERS;
    /// use tokenfit::{Format, Models};
    ///
    /// let model = Models::builtin().get("claude-sonnet-5")?;
    /// let chain = [Target::new(&model).in_format(Format::Anthropic)];
    /// let mut call = Caller::new().call(&chain, r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let at = Moment::new(0, 0.5);
    /// assert!(matches!(call.next(at), Step::Send { format: Format::Anthropic, .. }));
    /// let body = br#"{"id": "msg_1", "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn"}"#;
    /// call.answered(at, 200, NO_HEADERS, body);
    /// assert!(matches!(call.next(at), Step::Done));
    /// let answer: serde_json::Value = serde_json::from_slice(&call.own_answer(body)?)?;
    /// assert_eq!(answer["choices"][0]["message"]["content"], "Hello.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn own_answer<'b>(&self, body: &'b [u8]) -> Result<Cow<'b, [u8]>, Error> {
        let own = self.request().format();
        match (self.prepared(), self.target()) {
            (Some(sent), Some(target)) if sent.format() != own => {
                let origin = origin(target);
                let answer = translate::answer(sent.format(), own, body, &origin)?;
                Ok(Cow::Owned(answer.into_bytes()))
            }
            _ => Ok(Cow::Borrowed(body)),
        }
    }

    fn judge(&self, status: u16, parsed: ApiError, body: &[u8]) -> Judged {
        use ApiErrorKind as K;
        if !(200..300).contains(&status) {
            // A redirect, or another status without information: it contains no answer.
            return match parsed.kind() {
                K::None => Judged::Bad(server_error()),
                _ => Judged::Bad(parsed),
            };
        }
        match parsed.kind() {
            K::None | K::Unknown if is_cut_off(body) => Judged::Bad(server_error()),
            // An answer of another form: embeddings, a list of models.
            K::None | K::Unknown => Judged::Good,
            K::OutputTruncated | K::ContentPolicy | K::Paused => Judged::Usable(parsed),
            K::Refusal if !(self.caller.refusals_fall_back && self.has_next()) => {
                Judged::Usable(parsed)
            }
            _ => Judged::Bad(parsed),
        }
    }

    /// Ends a send with a usable answer.
    fn succeed(
        &mut self,
        at: Moment,
        flight: InFlight,
        status: u16,
        headers: &Pairs,
        body: &[u8],
        problem: Option<ApiError>,
    ) {
        let origin = origin(&self.chain[self.at]);
        let usage = Usage::parse_with_headers(body, borrowed(headers), &origin).ok();
        let usage = usage.filter(|usage| !usage.has(Flag::NoUsage));
        self.settle(at, flight, status, None, usage, None, problem);
    }

    /// Settles a usable answer: rate budget, guard, statistics, end.
    #[expect(
        clippy::too_many_arguments,
        reason = "all that is known about the answer"
    )]
    pub(super) fn settle(
        &mut self,
        at: Moment,
        flight: InFlight,
        status: u16,
        first_chunk_ms: Option<u64>,
        usage: Option<Usage>,
        tallied: Option<u64>,
        problem: Option<ApiError>,
    ) {
        let now = at.now_ms;
        let consumed = match (&usage, tallied) {
            (Some(usage), _) => Some(RateUsage::from(usage)),
            (None, Some(output)) => Some(RateUsage::new(self.size().unwrap_or(0), output)),
            (None, None) => None,
        };
        match (flight.ticket, consumed) {
            (Some(ticket), Some(consumed)) => ticket.settle(now, &consumed),
            // Without usage the reservation stays charged.
            (ticket, _) => drop(ticket),
        }
        let target = &self.chain[self.at];
        self.caller
            .guard
            .succeeded(now, target.host(), target.name());
        #[cfg(feature = "stats")]
        self.sent(at, flight.began_ms, |sent| {
            let sent = sent.ok(status);
            let sent = match first_chunk_ms {
                Some(first) => sent.first_chunk_ms(first),
                None => sent,
            };
            match consumed {
                Some(used) => sent
                    .tokens(used.input_tokens, used.output_tokens)
                    .cached_tokens(used.cached_tokens),
                None => sent,
            }
        });
        #[cfg(not(feature = "stats"))]
        let _ = first_chunk_ms;
        if let Some(last) = self.tries.last_mut() {
            last.ended_ms = now;
            last.status = Some(status);
        }
        self.usage = usage;
        self.tallied = tallied;
        self.problem = problem;
        self.done(at);
    }

    /// Ends a send with a failure.
    pub(super) fn fail(
        &mut self,
        at: Moment,
        flight: InFlight,
        status: Option<u16>,
        error: ApiError,
        failure: Failure,
    ) {
        if let Some(ticket) = flight.ticket {
            match failure.reached {
                Reached::NotSent => ticket.unused(at.now_ms),
                _ => ticket.failed(at.now_ms, &error),
            }
        }
        #[cfg(feature = "stats")]
        self.sent(at, flight.began_ms, |sent| {
            sent.failed(status, error.kind().as_str())
        });
        self.failed(
            at,
            Failed {
                status,
                error,
                failure,
            },
        );
    }

    pub(super) fn take_flight(&mut self) -> Option<InFlight> {
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Sending(flight) => Some(flight),
            other => {
                self.state = other;
                None
            }
        }
    }
}

/// Applies the rate limits of an answer's headers.
pub(super) fn observe(
    flight: &mut InFlight,
    at: Moment,
    target: &Target,
    status: u16,
    headers: &Pairs,
) {
    if let Some(ticket) = &mut flight.ticket {
        let now = Some(at.unix() as f64);
        let limits = RateLimits::parse(borrowed(headers), status, Some(target.host()), now);
        ticket.observe(at.now_ms, &limits.dimensions());
    }
}

/// Returns how far a send got that was answered by an error under a success status.
pub(super) fn started(error: &ApiError) -> Reached {
    match error.kind() {
        // The host did no work for it.
        ApiErrorKind::ContextLengthExceeded | ApiErrorKind::RequestTooLarge => Reached::Refused,
        kind if kind.is_rate_limit() => Reached::Refused,
        _ => Reached::Started,
    }
}

fn missing(why: NoAnswer) -> (ApiError, Failure) {
    let timeout = ApiError::parse(None, Some(408), NO_HEADERS, b"", None);
    match why {
        NoAnswer::NotConnected => (server_error(), Failure::not_connected()),
        NoAnswer::TimedOut => (timeout, Failure::from(&timeout)),
        NoAnswer::Cut => {
            let error = server_error();
            (error, Failure::from(&error))
        }
    }
}

pub(super) fn server_error() -> ApiError {
    ApiError::parse(None, Some(500), NO_HEADERS, b"", None)
}

/// Returns whether a body that should hold an answer is neither JSON nor a stream: a proxy's page,
/// or an answer that was cut off.
fn is_cut_off(body: &[u8]) -> bool {
    let body = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii();
    match body.first() {
        Some(b'{' | b'[') => {
            let values = serde_json::Deserializer::from_slice(body).into_iter::<IgnoredAny>();
            values.into_iter().any(|value| value.is_err())
        }
        Some(b'<') | None => true,
        _ => false,
    }
}
