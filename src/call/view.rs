//! Parts of a call that its program can read.

use super::history::{GiveUpReason, Try};
use super::machine::{Call, State};
use super::target::Target;
use crate::edit::Receipt;
use crate::error::Error;
use crate::reply::{ApiError, Usage};
use crate::request::Request;

impl Call {
    /// Returns the original request.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.request().as_bytes(), body.as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &Request<'static> {
        &self.request
    }

    /// Returns the request as last prepared for the current target.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert!(call.prepared().is_none());
    /// call.next(at);
    /// assert_eq!(call.prepared().unwrap().as_bytes(), body.as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn prepared(&self) -> Option<&Request<'static>> {
        self.here.prepared.as_ref().map(|made| &made.request)
    }

    /// Returns the edits of the request for the current target: repair or port, output limit, fit.
    /// Places of a later receipt refer to the request after the earlier one.
    ///
    /// ```
    /// # use tokenfit::check::RepairPolicy;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().repair(RepairPolicy::default()).call(&[target], body)?;
    /// call.next(at);
    /// assert_eq!(call.receipts()[0].edits[0].action.as_str(), "dropped_orphan_result");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipts(&self) -> &[Receipt] {
        self.here
            .prepared
            .as_ref()
            .map_or(&[], |made| &made.receipts)
    }

    /// Returns the current target; `None` for an empty chain.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.target().unwrap().name(), "gpt-4o");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn target(&self) -> Option<&Target> {
        self.chain.get(self.at)
    }

    /// Returns every send and every skipped target, in order.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// assert_eq!((call.tries()[0].status, call.tries()[0].bytes), (Some(200), body.len()));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tries(&self) -> &[Try] {
        &self.tries
    }

    /// Returns the number of sends so far.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// assert_eq!(call.sends(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn sends(&self) -> u32 {
        self.sends
    }

    /// Returns the maximum number of sends.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.max_sends(), 5);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn max_sends(&self) -> u32 {
        self.caller.max_sends(self.chain.len())
    }

    /// Returns the milliseconds spent waiting so far.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 503, NO_HEADERS, b"");
    /// let Step::Wait { wait_ms, .. } = call.next(at) else { panic!("it is sent again") };
    /// call.next(Moment::new(at.now_ms + wait_ms, 0.5));
    /// assert_eq!(call.waited_ms(), wait_ms);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn waited_ms(&self) -> u64 {
        self.waited_ms
    }

    /// Returns the error of the last failed send.
    ///
    /// ```
    /// # use tokenfit::reply::error::ApiErrorKind;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 503, NO_HEADERS, b"");
    /// assert_eq!(call.api_error().unwrap().kind(), ApiErrorKind::Overloaded);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn api_error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// Returns why the last skipped target does not accept the request.
    ///
    /// ```
    /// # use tokenfit::ErrorKind;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let body = r#"{"model": "gpt-4o", "temperature": 3, "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert!(matches!(call.next(at), Step::GiveUp { .. }));
    /// assert_eq!(call.error().unwrap().kind(), ErrorKind::Refused);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn error(&self) -> Option<&Error> {
        self.unsendable.as_ref()
    }

    /// Returns the fault of a usable answer: truncated, blocked, refused, paused.
    ///
    /// ```
    /// # use tokenfit::reply::error::ApiErrorKind;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, br#"{"choices": [{"message": {"content": "Once"}, "finish_reason": "length"}]}"#);
    /// assert_eq!(call.problem().unwrap().kind(), ApiErrorKind::OutputTruncated);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn problem(&self) -> Option<&ApiError> {
        self.problem.as_ref()
    }

    /// Returns the usage of the answer, if it states any. For a broken stream it is a lower bound.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// assert_eq!(call.usage().unwrap().billed_input(), 8);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Returns the output tokens counted from the text of a stream that stated no usage.
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
    /// call.chunk(at, b"data: {\"choices\": [{\"delta\": {\"content\": \"Hello world\"}, \"finish_reason\": \"stop\"}]}\n\n");
    /// call.chunk(at, b"data: [DONE]\n\n");
    /// call.ended(at, true);
    /// assert_eq!(call.tallied_output(), Some(2));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn tallied_output(&self) -> Option<u64> {
        self.tallied
    }

    /// Returns why the call was given up; `None` while it runs and once it is done.
    ///
    /// ```
    /// # use tokenfit::call::GiveUpReason;
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// assert_eq!(call.give_up_reason(), None);
    /// call.cancel(at);
    /// assert_eq!(call.give_up_reason(), Some(GiveUpReason::Cancelled));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn give_up_reason(&self) -> Option<GiveUpReason> {
        match self.state {
            State::GaveUp(reason) => Some(reason),
            _ => None,
        }
    }

    /// Returns whether the call is over: done or given up.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// # let mut call = Caller::new().call(&[target], body)?;
    /// # let answer = br#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#;
    /// call.next(at);    // `Step::Send`
    /// call.answered(at, 200, NO_HEADERS, answer);
    /// call.next(at);    // `Step::Done`
    /// assert!(call.is_over());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::GaveUp(_))
    }
}
