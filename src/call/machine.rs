//! The machine: preparation, admission, waits, and the steps along the chain.

use std::fmt;

use super::admission::{Answer, Ticket, Turn};
use super::caller::Caller;
use super::history::{GiveUpReason, Then, Try};
use super::moment::Moment;
use super::prepare::{Limits, Prepared, prepare};
use super::streaming::Streaming;
use super::target::Target;
use crate::edit::Receipt;
use crate::error::{Error, ErrorKind};
use crate::model::{Host, Model};
use crate::reply::rate::{Ask, Never};
use crate::reply::retry::{Pass, Replay, StopReason};
#[cfg(feature = "stats")]
use crate::reply::stats::{Called, Sent};
use crate::reply::{ApiError, Usage};
use crate::request::{Format, Request};

/// Next step of a [`Call`]. `Debug` prints the length of a body, not its bytes.
#[non_exhaustive]
pub enum Step<'c> {
    /// Send this body, then report the result: [`Call::answered`], [`Call::not_answered`], or
    /// [`Call::started`] for a stream.
    Send {
        /// The body.
        body: &'c [u8],
        /// Format of the body: the endpoint.
        format: Format,
        /// Model, if the registry knows it.
        model: Option<&'c Model>,
        /// Host that serves it.
        host: Host,
        /// Position of the target in the chain.
        target: usize,
    },
    /// Call [`Call::next`] again at `until_ms`.
    Wait {
        /// Time in milliseconds since 1970.
        until_ms: u64,
        /// Duration from now in milliseconds.
        wait_ms: u64,
    },
    /// A result is expected first.
    Pending,
    /// The answer is there; see [`Call::problem`] for a truncated or blocked one.
    Done,
    /// The call failed; [`Call::tries`] has the history.
    GiveUp {
        /// Reason to stop.
        reason: GiveUpReason,
    },
}

impl fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Send {
                body,
                format,
                model,
                host,
                target,
            } => f
                .debug_struct("Send")
                .field("bytes", &body.len())
                .field("format", format)
                .field("model", &model.map(Model::name))
                .field("host", host)
                .field("target", target)
                .finish_non_exhaustive(),
            Step::Wait { until_ms, wait_ms } => f
                .debug_struct("Wait")
                .field("until_ms", until_ms)
                .field("wait_ms", wait_ms)
                .finish(),
            Step::Pending => f.write_str("Pending"),
            Step::Done => f.write_str("Done"),
            Step::GiveUp { reason } => f.debug_struct("GiveUp").field("reason", reason).finish(),
        }
    }
}

/// One call: from the request to the answer, over every repair, fit, wait, retry and fallback.
///
/// A cycle is [`next`](Call::next) until it says [`Step::Send`], then a report of what the host
/// answered. It sends at most [`max_sends`](Call::max_sends) times, and nothing after the first
/// part of an answer was shown. Dropping it cancels: a rate budget keeps what a send in flight
/// reserved.
///
/// [The module](crate::call) has an example.
pub struct Call {
    pub(super) caller: Caller,
    pub(super) chain: Vec<Target>,
    pub(super) request: Request<'static>,
    /// Receipt of a repair that made the body readable.
    read: Option<Receipt>,
    pub(super) replay: Replay,
    pub(super) at: usize,
    pub(super) here: Here,
    pub(super) state: State,
    pub(super) began_ms: Option<u64>,
    pub(super) waited_ms: u64,
    pub(super) sends: u32,
    pub(super) tries: Vec<Try>,
    /// Targets that were skipped because they were blocked, and the end of the block.
    blocked: Vec<(usize, u64)>,
    waited_for_block: bool,
    /// Hosts that refused the key or the account during this call: waiting does not help.
    pub(super) refused_by: Vec<Host>,
    pub(super) error: Option<ApiError>,
    pub(super) unsendable: Option<Error>,
    pub(super) problem: Option<ApiError>,
    pub(super) usage: Option<Usage>,
    pub(super) tallied: Option<u64>,
}

/// State at the current target.
#[derive(Default)]
pub(super) struct Here {
    pub(super) sends: u32,
    refits: u32,
    limits: Limits,
    pub(super) prepared: Option<Prepared>,
    turn: Option<Turn>,
}

pub(super) enum State {
    Ready,
    Waiting { since_ms: u64, until_ms: u64 },
    Sending(InFlight),
    Streaming(InFlight, Box<Streaming>),
    Done,
    GaveUp(GiveUpReason),
}

/// A send whose result is unknown.
pub(super) struct InFlight {
    pub(super) began_ms: u64,
    pub(super) ticket: Option<Ticket>,
}

impl Call {
    pub(super) fn new(caller: Caller, chain: Vec<Target>, request: Request<'static>) -> Call {
        Call {
            replay: request.replay(),
            caller,
            chain,
            request,
            read: None,
            at: 0,
            here: Here::default(),
            state: State::Ready,
            began_ms: None,
            waited_ms: 0,
            sends: 0,
            tries: Vec::new(),
            blocked: Vec::new(),
            waited_for_block: false,
            refused_by: Vec::new(),
            error: None,
            unsendable: None,
            problem: None,
            usage: None,
            tallied: None,
        }
    }

    /// Notes what made the body readable: part of the receipts.
    pub(super) fn after_reading(mut self, receipt: Option<Receipt>) -> Call {
        self.read = receipt;
        self
    }

    /// Returns the next step. Linear in the request when it must be prepared, otherwise constant
    /// time.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// let Step::Send { body, .. } = call.next(at) else { panic!("it is good") };
    /// assert_eq!(body, br#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#);
    /// assert!(matches!(call.next(at), Step::Pending));    // its result is expected first
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn next(&mut self, at: Moment) -> Step<'_> {
        self.began_ms.get_or_insert(at.now_ms);
        loop {
            match self.state {
                State::Waiting { since_ms, until_ms } if at.now_ms >= until_ms => {
                    self.waited_ms += at.now_ms.saturating_sub(since_ms);
                    self.state = State::Ready;
                }
                State::Ready => self.ready(at),
                _ => break,
            }
            if matches!(self.state, State::Sending(_)) {
                return self.send();
            }
        }
        match self.state {
            State::Waiting { until_ms, .. } => Step::Wait {
                until_ms,
                wait_ms: until_ms - at.now_ms,
            },
            State::Done => Step::Done,
            State::GaveUp(reason) => Step::GiveUp { reason },
            _ => Step::Pending,
        }
    }

    /// Sets which effects a repeat could duplicate, in addition to those that the request shows.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Target}};
    /// let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// let call = Caller::new().call(&[target], body)?.replay(|replay| replay.idempotent = true);
    /// # let _ = call;
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn replay(mut self, change: impl FnOnce(&mut Replay)) -> Call {
        change(&mut self.replay);
        self
    }

    /// Cancels the call. The reservation of a send in flight stays charged.
    ///
    /// ```
    /// # use tokenfit::{Models, call::{Caller, Moment, Step, Target}};
    /// # use tokenfit::reply::error::NO_HEADERS;
    /// # let target = Target::new(&Models::builtin().get("gpt-4o")?);
    /// # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    /// # let at = Moment::new(1_764_300_000_000, 0.5);
    /// let mut call = Caller::new().call(&[target], body)?;
    /// call.cancel(at);
    /// assert!(call.is_over() && matches!(call.next(at), Step::GiveUp { .. }));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn cancel(&mut self, at: Moment) {
        if let State::Sending(flight) | State::Streaming(flight, _) =
            std::mem::replace(&mut self.state, State::Ready)
        {
            drop(flight.ticket);
            self.vote_neutral(at);
        }
        if !self.is_over() {
            self.give_up(at, GiveUpReason::Cancelled);
        }
    }

    /// Prepares, admits and begins a send, or changes the state to a wait, the next target or an
    /// end.
    fn ready(&mut self, at: Moment) {
        let now = at.now_ms;
        let Some(target) = self.chain.get(self.at) else {
            return self.give_up(at, GiveUpReason::NotSendable);
        };
        if self.sends >= self.max_sends() {
            return self.give_up(at, GiveUpReason::Stopped(StopReason::SendsSpent));
        }
        if self.here.prepared.is_none() {
            let learned = self
                .caller
                .learned
                .get(now, target.host(), target.model_id());
            let limits = self.here.limits;
            match prepare(&self.caller, &self.request, target, limits, learned) {
                Ok(mut made) => {
                    if let Some(receipt) = &self.read {
                        made.receipts.insert(0, receipt.clone());
                    }
                    self.here.prepared = Some(made);
                }
                Err(error) => return self.not_sendable(at, error),
            }
        }
        let Some(ticket) = self.admit(at) else {
            return;
        };
        let target = &self.chain[self.at];
        match self.caller.guard.before(now, target.host(), target.name()) {
            Pass::Blocked { until_ms, .. } => {
                if let Some(ticket) = ticket {
                    ticket.unused(now);
                }
                self.blocked.push((self.at, until_ms));
                self.pass_over(at, GiveUpReason::Stopped(StopReason::Blocked), None);
            }
            _ => self.begin(at, ticket),
        }
    }

    /// Asks the target's rate budget. `None` if the send does not begin now.
    fn admit(&mut self, at: Moment) -> Option<Option<Ticket>> {
        let now = at.now_ms;
        let target = &self.chain[self.at];
        let Some(rate) = target.rate_budget() else {
            return Some(None);
        };
        let made = self.here.prepared.as_mut()?;
        let admission = match self.here.turn.take() {
            Some(turn) => turn.admit(now, at.random),
            None => rate.admit(now, &ask(made, target), at.random),
        };
        match admission {
            Answer::Admitted(ticket) => Some(Some(ticket)),
            Answer::Later(until, turn) => {
                let until = until.max(now + 1);
                match self.too_late(now, until) {
                    Some(reason) => {
                        if let Some(turn) = turn {
                            turn.leave(now);
                        }
                        self.pass_over(at, GiveUpReason::Stopped(reason), None);
                    }
                    None => {
                        self.here.turn = turn;
                        self.wait(now, until);
                    }
                }
                None
            }
            Answer::Never(never) => {
                self.never(at, never);
                None
            }
        }
    }

    /// A request that a rate limit never admits is made smaller, or goes to another target.
    fn never(&mut self, at: Moment, never: Never) {
        use crate::reply::rate::RateClass as C;
        let of_tokens = matches!(never.class, C::Input | C::Tokens);
        if of_tokens && never.limit > 0 && never.needed > 0 && self.may_refit() {
            let size = self.size().unwrap_or(0);
            let share = never.limit as f64 / never.needed as f64;
            let limit = (size as f64 * share * 0.97) as u64;
            if limit > 0 {
                self.limit_input(limit);
                return;
            }
        }
        self.pass_over(at, GiveUpReason::Stopped(StopReason::NotRetryable), None);
    }

    /// Returns why a wait until then is too long.
    fn too_late(&self, now: u64, until: u64) -> Option<StopReason> {
        let policy = &self.caller.retry;
        let began = self.began_ms.unwrap_or(now);
        if until.saturating_sub(now) > policy.longest_wait_ms() {
            Some(StopReason::WaitTooLong)
        } else if until.saturating_sub(began) >= policy.last_send_begins_by_ms() {
            Some(StopReason::Deadline)
        } else {
            None
        }
    }

    fn begin(&mut self, at: Moment, ticket: Option<Ticket>) {
        self.sends += 1;
        self.here.sends += 1;
        let (bytes, edits) = self
            .here
            .prepared
            .as_ref()
            .map_or((0, 0), |made| (made.request.as_bytes().len(), made.edits()));
        let record = self.record(at, bytes, edits, true);
        self.tries.push(record);
        self.state = State::Sending(InFlight {
            began_ms: at.now_ms,
            ticket,
        });
    }

    fn send(&self) -> Step<'_> {
        let (Some(target), Some(made)) = (self.chain.get(self.at), &self.here.prepared) else {
            return Step::Pending;
        };
        Step::Send {
            body: made.request.as_bytes(),
            format: made.request.format(),
            model: target.model(),
            host: target.host(),
            target: self.at,
        }
    }

    fn record(&self, at: Moment, bytes: usize, edits: usize, sent: bool) -> Try {
        let target = &self.chain[self.at];
        Try {
            target: self.at,
            name: target.name().to_owned(),
            host: target.host(),
            sent,
            bytes,
            edits,
            began_ms: at.now_ms,
            ended_ms: at.now_ms,
            status: None,
            error: None,
            unsendable: None,
            then: Then::Pending,
        }
    }

    /// Records what followed the last try.
    pub(super) fn then(&mut self, then: Then) {
        if let Some(last) = self.tries.last_mut()
            && last.then == Then::Pending
        {
            last.then = then;
        }
    }

    pub(super) fn wait(&mut self, now: u64, until_ms: u64) {
        self.state = State::Waiting {
            since_ms: now,
            until_ms,
        };
    }

    fn not_sendable(&mut self, at: Moment, error: Error) {
        let kind = error.kind();
        self.unsendable = Some(error);
        self.pass_over(at, GiveUpReason::NotSendable, Some(kind));
    }

    /// Records a target that gets nothing, and goes to the next one.
    fn pass_over(&mut self, at: Moment, reason: GiveUpReason, kind: Option<ErrorKind>) {
        let mut record = self.record(at, 0, 0, false);
        record.unsendable = kind.map(ErrorKind::as_str);
        self.tries.push(record);
        self.next_target(at, reason);
    }

    pub(super) fn has_next(&self) -> bool {
        self.at + 1 < self.chain.len()
    }

    /// Goes to the next target; at the end of the chain, waits once for a blocked one or gives up.
    pub(super) fn next_target(&mut self, at: Moment, reason: GiveUpReason) {
        if self.has_next() && !self.waited_for_block {
            self.then(Then::NextTarget { reason });
            self.at += 1;
            self.here = Here::default();
            self.state = State::Ready;
            return;
        }
        let may_recover =
            |&&(nth, _): &&(usize, u64)| !self.refused_by.contains(&self.chain[nth].host());
        let soonest = self.blocked.iter().filter(may_recover);
        let soonest = soonest.min_by_key(|(_, until)| *until).copied();
        if let Some((target, until)) = soonest.filter(|_| !self.waited_for_block)
            && self.too_late(at.now_ms, until).is_none()
        {
            self.then(Then::NextTarget { reason });
            self.waited_for_block = true;
            self.at = target;
            self.here = Here::default();
            return self.wait(at.now_ms, until);
        }
        self.give_up(at, reason);
    }

    pub(super) fn give_up(&mut self, at: Moment, reason: GiveUpReason) {
        self.then(Then::GiveUp { reason });
        self.state = State::GaveUp(reason);
        self.called(at, |_called| {
            #[cfg(feature = "stats")]
            if reason.is_exhausted() {
                return _called.exhausted();
            }
            _called
        });
    }

    /// Ends the call with a usable answer.
    pub(super) fn done(&mut self, at: Moment) {
        self.then(Then::Done);
        self.state = State::Done;
        self.called(at, |called| {
            #[cfg(feature = "stats")]
            return called.ok();
            #[cfg(not(feature = "stats"))]
            called
        });
    }

    // Input of `heal`.

    pub(super) fn may_refit(&self) -> bool {
        self.caller.fit.is_some()
            && self.here.refits < self.caller.refits
            && self.target().is_some_and(|target| target.model().is_some())
            && self.request.format().wire().has_history
    }

    pub(super) fn size(&mut self) -> Option<u64> {
        let target = self.chain.get(self.at)?;
        Some(self.here.prepared.as_mut()?.size(target))
    }

    pub(super) fn asked_output(&self) -> Option<u64> {
        self.prepared()?.max_output_tokens()
    }

    pub(super) fn limit_input(&mut self, limit: u64) {
        self.here.limits.max_input = Some(limit);
        self.here.refits += 1;
        self.here.prepared = None;
    }

    pub(super) fn limit_output(&mut self, limit: u64) {
        self.here.limits.max_output = Some(limit);
        self.here.prepared = None;
    }

    /// Records a send.
    #[cfg(feature = "stats")]
    pub(super) fn sent(&self, at: Moment, began_ms: u64, fill: impl FnOnce(Sent<'_>) -> Sent<'_>) {
        if let (Some(stats), Some(target)) = (&self.caller.stats, self.target()) {
            let took = at.now_ms.saturating_sub(began_ms);
            let sent = Sent::new(target.host(), target.name()).duration_ms(took);
            stats.send(at.now_ms, &fill(sent));
        }
    }

    #[cfg(feature = "stats")]
    fn called(&self, at: Moment, fill: impl FnOnce(Called<'_>) -> Called<'_>) {
        if let (Some(stats), Some(target)) = (&self.caller.stats, self.target()) {
            let took = at.now_ms.saturating_sub(self.began_ms.unwrap_or(at.now_ms));
            let called = Called::new(target.host(), target.name(), self.sends)
                .duration_ms(took)
                .waited_ms(self.waited_ms);
            stats.call(at.now_ms, &fill(called));
        }
    }

    #[cfg(not(feature = "stats"))]
    fn called(&self, _at: Moment, _fill: impl FnOnce(()) -> ()) {}
}

/// Returns what a send takes of a rate budget.
fn ask(made: &mut Prepared, target: &Target) -> Ask {
    let size = made.size(target);
    let mut ask = Ask::new(size);
    if let Some(output) = made.request.max_output_tokens() {
        ask = ask.max_output_tokens(output);
    }
    if let Some(output) = target.model().and_then(|model| model.max_output_tokens()) {
        ask = ask.model_max_output_tokens(output);
    }
    ask
}

/// Numbers and words only.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("target", &self.at)
            .field("sends", &self.sends)
            .field("over", &self.is_over())
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Models;

    #[test]
    fn debug_of_a_step_has_no_bytes_of_the_body() {
        let target = Target::new(&Models::builtin().get("gpt-4o").unwrap());
        let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "zebra"}]}"#;
        let mut call = Caller::new().call(&[target], body).unwrap();
        let step = call.next(Moment::new(1_764_300_000_000, 0.5));
        let shown = format!("{step:?}");
        // Neither as text nor as a list of numbers.
        let listed = format!("{:?}", b"zebra");
        assert!(!shown.contains("zebra") && !shown.contains(listed.trim_matches(['[', ']'])));
        assert!(shown.contains(&format!("bytes: {}", body.len())), "{shown}");
    }
}
