//! A failed send: what follows it.

use super::history::{GiveUpReason, Then};
use super::machine::{Call, State};
use super::moment::Moment;
use crate::reply::ApiError;
use crate::reply::retry::{Attempt, Decision, Failure, Scope};

/// A failed send.
pub(super) struct Failed {
    pub(super) status: Option<u16>,
    pub(super) error: ApiError,
    pub(super) failure: Failure,
}

impl Call {
    /// Decides what follows a failed send.
    pub(super) fn failed(&mut self, at: Moment, failed: Failed) {
        let Failed {
            status,
            error,
            failure,
        } = failed;
        let now = at.now_ms;
        self.error = Some(error);
        if let Some(last) = self.tries.last_mut() {
            last.ended_ms = now;
            last.status = status;
            last.error = Some(error);
        }
        self.learn(at, &error);
        let is_safe = self.replay.risk(&failure).is_none();
        if is_safe
            && self.here.sends < self.caller.retry.max_sends()
            && let Some(then) = self.heal(&error)
        {
            self.vote_neutral(at);
            self.then(then);
            self.state = State::Ready;
            return;
        }
        let target = &self.chain[self.at];
        if failure.lasting && failure.scope == Scope::Host {
            self.refused_by.push(target.host());
        }
        let elapsed = now.saturating_sub(self.began_ms.unwrap_or(now));
        let attempt = Attempt::new(self.here.sends, elapsed).replay(self.replay);
        let decision = self.caller.guard.failed(
            now,
            target.host(),
            target.name(),
            &self.caller.retry,
            &attempt,
            &failure,
            at.random,
        );
        match decision {
            Decision::Retry { wait_ms } => {
                self.then(Then::Retry { wait_ms });
                match wait_ms {
                    0 => self.state = State::Ready,
                    _ => self.wait(now, now.saturating_add(wait_ms)),
                }
            }
            Decision::NextModel { reason, .. } => {
                self.next_target(at, GiveUpReason::Stopped(reason));
            }
            Decision::GiveUp { reason } => {
                let reason = GiveUpReason::Stopped(reason);
                match is_safe && self.next_is_larger(&error) {
                    true => self.next_target(at, reason),
                    false => self.give_up(at, reason),
                }
            }
        }
    }

    /// Remembers the limit that an error states.
    fn learn(&mut self, at: Moment, error: &ApiError) {
        let measured = match error.input() {
            Some(_) => self.size(),
            None => None,
        };
        let target = &self.chain[self.at];
        let learned = &self.caller.learned;
        learned.note(at.now_ms, target.host(), target.model_id(), error, measured);
    }

    /// Returns whether the request was too long for this window, and the next model's is larger.
    fn next_is_larger(&self, error: &ApiError) -> bool {
        use crate::reply::error::ApiErrorKind as K;
        let window = |nth: usize| self.chain.get(nth)?.model()?.context_window();
        match (error.kind(), error.limit().or(window(self.at))) {
            (K::ContextLengthExceeded, Some(limit)) => {
                window(self.at + 1).is_some_and(|next| next > limit)
            }
            // One request over a whole rate limit: another model has its own.
            (K::RequestTooLargeForRateLimit, _) => self.has_next(),
            _ => false,
        }
    }

    pub(super) fn vote_neutral(&self, at: Moment) {
        use crate::reply::retry::{FailureClass, RetryVerdict};
        let Some(target) = self.target() else {
            return;
        };
        let failure = Failure::new(RetryVerdict::No, FailureClass::Rejected);
        let _ = self.caller.guard.failed(
            at.now_ms,
            target.host(),
            target.name(),
            &self.caller.retry,
            &Attempt::new(1, 0),
            &failure,
            at.random,
        );
    }
}
