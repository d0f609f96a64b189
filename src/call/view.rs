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
    pub fn request(&self) -> &Request<'static> {
        &self.request
    }

    /// Returns the request as last prepared for the current target.
    pub fn prepared(&self) -> Option<&Request<'static>> {
        self.here.prepared.as_ref().map(|made| &made.request)
    }

    /// Returns the edits of the request for the current target: repair or port, output limit, fit.
    /// Places of a later receipt refer to the request after the earlier one.
    pub fn receipts(&self) -> &[Receipt] {
        self.here
            .prepared
            .as_ref()
            .map_or(&[], |made| &made.receipts)
    }

    /// Returns the current target; `None` for an empty chain.
    pub fn target(&self) -> Option<&Target> {
        self.chain.get(self.at)
    }

    /// Returns every send and every skipped target, in order.
    pub fn tries(&self) -> &[Try] {
        &self.tries
    }

    /// Returns the number of sends so far.
    pub fn sends(&self) -> u32 {
        self.sends
    }

    /// Returns the maximum number of sends.
    pub fn max_sends(&self) -> u32 {
        self.caller.max_sends(self.chain.len())
    }

    /// Returns the milliseconds spent waiting so far.
    pub fn waited_ms(&self) -> u64 {
        self.waited_ms
    }

    /// Returns the error of the last failed send.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// Returns why the last skipped target does not accept the request.
    pub fn error(&self) -> Option<&Error> {
        self.unsendable.as_ref()
    }

    /// Returns the fault of a usable answer: truncated, blocked, refused, paused.
    pub fn problem(&self) -> Option<&ApiError> {
        self.problem.as_ref()
    }

    /// Returns the usage of the answer, if it states any. For a broken stream it is a lower bound.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// Returns the output tokens counted from the text of a stream that stated no usage.
    pub fn tallied_output(&self) -> Option<u64> {
        self.tallied
    }

    /// Returns why the call was given up; `None` while it runs and once it is done.
    pub fn give_up_reason(&self) -> Option<GiveUpReason> {
        match self.state {
            State::GaveUp(reason) => Some(reason),
            _ => None,
        }
    }

    /// Returns whether the call is over: done or given up.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::GaveUp(_))
    }
}
