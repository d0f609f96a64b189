//! Streams: events are read as they pass, and held back until the first part of the answer.
//!
//! An error that arrives before that can be healed like any other; after it, nothing is sent again.

use super::answer::{observe, origin, pairs, server_error, started};
use super::events::Form;
use super::machine::{Call, InFlight, State};
use super::moment::Moment;
use super::streaming::Streaming;
use crate::reply::ApiError;
use crate::reply::error::ApiErrorKind;
use crate::reply::retry::Failure;

/// Treatment of a chunk of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Keep it: no part of the answer has arrived, and the request may be sent again.
    Hold,
    /// Pass on the kept chunks, then this one.
    Show,
    /// Discard the kept chunks and close the connection: the send failed. [`Call::next`] has the
    /// next step.
    Stop,
}

impl Call {
    /// Reports the head of an answer with a success status whose body is a stream. Then come
    /// [`chunk`](Call::chunk)s, then [`ended`](Call::ended). Ignored unless a send is in flight.
    ///
    /// # Examples
    ///
    /// An overflow that the host reports only inside the stream is healed before anything is shown:
    ///
    /// ```
    /// use tokenfit::call::{Caller, Flow, Moment, Step, Target};
    /// use tokenfit::fit::Preset;
    /// use tokenfit::reply::error::NO_HEADERS;
    /// use tokenfit::Models;
    ///
    /// let at = Moment::new(1_764_300_000_000, 0.5);
    /// let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// let turn = r#"{"role": "user", "content": "Is bed 1 dry?"}, {"role": "assistant", "content": "Yes."}, "#;
    /// let body = format!(r#"{{"model": "gpt-4o", "stream": true, "messages": [{} {{"role": "user", "content": "And bed 2?"}}]}}"#, turn.repeat(50));
    /// let mut call = Caller::new().fit(Preset::Agent).call(&[target], &body)?;
    /// assert!(matches!(call.next(at), Step::Send { .. }));
    /// call.started(at, 200, NO_HEADERS);
    /// let error = br#"data: {"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 500 tokens. However, your messages resulted in 700 tokens."}}
    ///
    /// "#;
    /// assert_eq!(call.chunk(at, error), Flow::Stop);
    /// let Step::Send { body: smaller, .. } = call.next(at) else { panic!("it is sent again") };
    /// assert!(smaller.len() < body.len());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn started<N: AsRef<str>, V: AsRef<[u8]>>(
        &mut self,
        at: Moment,
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
    ) {
        let Some(mut flight) = self.take_flight() else {
            return;
        };
        let headers = pairs(headers);
        let target = &self.chain[self.at];
        observe(&mut flight, at, target, status, &headers);
        let encoding = target.model().and_then(|model| model.encoding());
        let streaming = Streaming::new(status, target.host(), encoding, origin(target));
        self.state = State::Streaming(flight, Box::new(streaming));
    }

    /// Reports a chunk of the stream and returns what to do with it. Linear in the chunk.
    ///
    /// ```
    /// # use tokenfit::call::Flow;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.started(at, 200, NO_HEADERS);
    /// let head = b"data: {\"choices\": [{\"delta\": {\"role\": \"assistant\"}}]}\n\n";
    /// assert_eq!(call.chunk(at, head), Flow::Hold);    // nothing of the answer yet
    /// let text = b"data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}}]}\n\n";
    /// assert_eq!(call.chunk(at, text), Flow::Show);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn chunk(&mut self, at: Moment, bytes: &[u8]) -> Flow {
        let State::Streaming(flight, stream) = &mut self.state else {
            return Flow::Stop;
        };
        stream.bytes += bytes.len() as u64;
        stream
            .first_chunk_ms
            .get_or_insert(at.now_ms.saturating_sub(flight.began_ms));
        stream.push(bytes);
        if stream.shown {
            return Flow::Show;
        }
        if let Some(error) = stream.answer.error() {
            self.broke(at, error);
            return Flow::Stop;
        }
        if stream.answer.has_output() || stream.events.form() == Form::Opaque {
            stream.shown = true;
            self.replay.shown = true;
            return Flow::Show;
        }
        Flow::Hold
    }

    /// Reports the end of the stream: `clean` if the connection closed as it should. Chunks that
    /// are still kept are passed on if [`next`](Call::next) then returns
    /// [`Step::Done`](super::Step::Done), and discarded otherwise.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.started(at, 200, NO_HEADERS);
    /// call.chunk(at, b"data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n");
    /// call.ended(at, true);
    /// assert!(matches!(call.next(at), Step::Done));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn ended(&mut self, at: Moment, clean: bool) {
        let State::Streaming(_, stream) = &mut self.state else {
            return;
        };
        stream.finish();
        let nothing = stream.bytes == 0;
        let unknown = !stream.answer.is_known();
        let problem = match stream.answer.problem() {
            // It contained nothing known: only the connection shows whether it is complete.
            Some(_) if unknown && clean && !nothing => None,
            problem => problem,
        };
        use ApiErrorKind as K;
        match problem {
            None if !clean && unknown => self.broke(at, server_error()),
            None => self.whole(at, None),
            Some(problem) => match problem.kind() {
                K::OutputTruncated | K::ContentPolicy | K::Paused => self.whole(at, Some(problem)),
                K::Refusal if stream.shown || !self.caller.refusals_fall_back => {
                    self.whole(at, Some(problem));
                }
                _ => self.broke(at, problem),
            },
        }
    }

    /// Returns whether a part of the answer was passed on.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.started(at, 200, NO_HEADERS);
    /// assert!(!call.was_shown());
    /// call.chunk(at, b"data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}}]}\n\n");
    /// assert!(call.was_shown());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn was_shown(&self) -> bool {
        self.replay.shown
    }

    fn whole(&mut self, at: Moment, problem: Option<ApiError>) {
        let Some((flight, stream)) = self.take_stream() else {
            return;
        };
        let (usage, tallied) = stream.usage();
        self.replay.shown = true;
        self.settle(
            at,
            flight,
            stream.status,
            stream.first_chunk_ms,
            usage,
            tallied,
            problem,
        );
    }

    fn broke(&mut self, at: Moment, error: ApiError) {
        let Some((flight, stream)) = self.take_stream() else {
            return;
        };
        if stream.shown {
            // The tally is a lower bound.
            let (usage, tallied) = stream.usage();
            self.usage = usage;
            self.tallied = tallied;
        }
        let failure = Failure::from(&error).reached(started(&error));
        self.fail(at, flight, Some(stream.status), error, failure);
    }

    fn take_stream(&mut self) -> Option<(InFlight, Box<Streaming>)> {
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Streaming(flight, stream) => Some((flight, stream)),
            other => {
                self.state = other;
                None
            }
        }
    }
}
