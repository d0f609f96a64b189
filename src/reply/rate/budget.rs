//! The budget as callers see it: admission, tickets, places in the line.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::ask::{Ask, RateUsage};
use super::class::{Charges, Limit, RateClass, RateError, check};
use super::observe::{Dimension, Level};
use super::rule::HostRule;
use super::state::{Outcome, State, Taken};

/// Whether a request may be sent.
#[derive(Debug)]
#[must_use = "a ticket that is dropped keeps its reservation"]
#[non_exhaustive]
pub enum Admission {
    /// It may be sent now. The reservation is made.
    Admit(Ticket),
    /// It may not be sent yet. The turn keeps its place in the line.
    WaitUntil(Turn),
    /// It may never be sent: it is larger than a limit.
    Never(Never),
}

/// Why a request can never be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the request takes {needed} of `{}`, maximum is {limit} per {window_ms} ms; {}", class.as_str(), remedy(*class, *limit))]
#[non_exhaustive]
pub struct Never {
    /// The limit that is too small.
    pub class: RateClass,
    /// What the request takes from it.
    pub needed: u64,
    /// The limit.
    pub limit: u64,
    /// Its window in milliseconds.
    pub window_ms: u64,
}

fn remedy(class: RateClass, limit: u64) -> &'static str {
    match class {
        _ if limit == 0 => "the account has no quota for it: use another model or plan",
        RateClass::Output => "lower the limit for the answer",
        RateClass::Tokens => "shrink the input or lower the limit for the answer",
        RateClass::Input | RateClass::Cached => "shrink the input",
        RateClass::Requests | RateClass::Spend | RateClass::Concurrency => {
            "use another model or plan"
        }
    }
}

/// A budget of several limits that a request is admitted to in one step: all of them, or none.
///
/// Cheap to clone; clones share the budget. Thread-safe. First come, first served: see [`Turn`]. Admission takes constant
/// time while nobody waits, else linear in the requests that wait.
///
/// A time that is up to 10 s behind the latest one counts as the latest: callers' clocks may differ. One further behind
/// means that the clock was set back; the budget goes on from there.
///
/// 2 % of every limit stay free, because requests do not reach the host in the order and at the distance in which they
/// were admitted. A single request may take the whole limit when nothing else is counted.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::rate::{Admission, Ask, RateClass, HostRule, Limit, RateBudget};
///
/// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
/// let first = budget.admit(0, &Ask::new(20_000));
/// assert!(matches!(first, Admission::Admit(_)));
/// // Of 29,400 that are used, 9,400 are left, and 490 flow in every second.
/// let Admission::WaitUntil(turn) = budget.admit(0, &Ask::new(9_645)) else { panic!("the limit would be exceeded") };
/// assert_eq!(turn.until_ms(), 500);
/// assert!(matches!(turn.admit(500), Admission::Admit(_)));
/// assert!(matches!(budget.admit(900, &Ask::new(30_001)), Admission::Never(_)));
/// # Ok::<(), tokenfit::reply::rate::RateError>(())
/// ```
#[derive(Clone)]
pub struct RateBudget {
    shared: Arc<Mutex<State>>,
    rule: HostRule,
}

impl fmt::Debug for RateBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("RateBudget")
            .field("rule", &self.rule)
            .field("limits", &state.meters.len())
            .field("waiting", &state.waiting())
            .finish()
    }
}

impl RateBudget {
    /// A budget that is full.
    ///
    /// # Errors
    ///
    /// A window of 0 or more than a year, an amount above 2^62, more than 12 limits, or two of one class and window.
    pub fn new(rule: HostRule, limits: &[Limit]) -> Result<RateBudget, RateError> {
        check(limits)?;
        Ok(RateBudget {
            shared: Arc::new(Mutex::new(State::new(rule, limits))),
            rule,
        })
    }

    /// Takes a share of every limit, in percent, of those that headers teach too: 100 by default. For one key on `n`
    /// machines that share no state, take `90 / n`.
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::rate::{RateClass, HostRule, Limit, RateBudget};
    ///
    /// let limits = [Limit::per_minute(RateClass::Requests, 1_000)];
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &limits)?.share_percent(45);
    /// assert_eq!(budget.levels(0)[0].available, 441);   // 2 % stay free
    /// # Ok::<(), tokenfit::reply::rate::RateError>(())
    /// ```
    #[must_use]
    pub fn share_percent(self, percent: u64) -> RateBudget {
        self.lock().set_share(percent);
        self
    }

    /// Admits a request, or says when to ask again.
    pub fn admit(&self, now: u64, ask: &Ask) -> Admission {
        let charges = self.rule.reservation(ask);
        let mut state = self.lock();
        let outcome = state.admit(now, charges);
        self.admission(now, &state, outcome, charges)
    }

    /// Corrects the limits from headers that belong to no ticket. Lowers only what is available; a ticket's
    /// [`observe`](Ticket::observe) can also raise it.
    pub fn observe(&self, now: u64, dimensions: &[Dimension]) {
        self.lock().observe(now, dimensions, None);
    }

    /// The limits and their levels.
    pub fn levels(&self, now: u64) -> Vec<Level> {
        let mut state = self.lock();
        let now = state.time(now);
        state.advance(now);
        let level = |meter: &super::meter::Meter| Level {
            class: meter.class,
            window_ms: meter.window,
            limit: meter.amount(),
            available: meter.available(),
            rate: meter.rate(),
        };
        state.meters.iter().map(level).collect()
    }

    /// Number of requests that wait.
    pub fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    fn admission(&self, now: u64, state: &State, outcome: Outcome, charges: Charges) -> Admission {
        match outcome {
            Outcome::Taken(taken) => Admission::Admit(Ticket {
                budget: self.clone(),
                taken,
                open: true,
            }),
            Outcome::Wait { id, wait } => Admission::WaitUntil(Turn {
                budget: self.clone(),
                id,
                // On the caller's own clock, which may differ from the others'.
                until: now.saturating_add(wait),
                charges,
                waiting: true,
            }),
            Outcome::Never(index, needed) => {
                let meter = &state.meters[index];
                Admission::Never(Never {
                    class: meter.class,
                    needed,
                    limit: meter.amount().unwrap_or(u64::MAX),
                    window_ms: meter.window,
                })
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete or does not begin, so a panic in another holder left it whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that was admitted: end it with [`settle`](Ticket::settle), [`unused`](Ticket::unused) or
/// [`refused`](Ticket::refused).
///
/// Dropping it means that the usage is not known (the stream broke, the caller was cancelled): the reservation stays
/// charged, and only the concurrency slot becomes free.
pub struct Ticket {
    budget: RateBudget,
    taken: Taken,
    open: bool,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("at", &self.taken.at)
            .finish_non_exhaustive()
    }
}

impl Ticket {
    /// Ends the request with its usage. What the host charges at the end replaces the reservation.
    pub fn settle(mut self, now: u64, usage: &RateUsage) {
        let kept = self.budget.rule.settlement(&self.taken.charges, usage);
        self.end(|state, taken| state.settle(now, taken, &kept));
    }

    /// Ends a request that never reached the host: all of its reservation is given back.
    pub fn unused(mut self, now: u64) {
        self.end(|state, taken| state.settle(now, taken, &[0; RateClass::ALL.len()]));
    }

    /// Ends a request that the host refused with a rate limit (429).
    ///
    /// The request itself stays counted, as hosts count refused requests too; its tokens and spend are given back. The
    /// shortest limit of `class`, or those of requests and tokens if the host named none, are cut and grow back; nothing is
    /// admitted for `wait_ms`.
    pub fn refused(mut self, now: u64, class: Option<RateClass>, wait_ms: Option<u64>) {
        let mut kept = [0; RateClass::ALL.len()];
        kept[RateClass::Requests as usize] = self.taken.charges[RateClass::Requests as usize];
        self.end(|state, taken| {
            state.settle(now, taken, &kept);
            state.refused(now, class, wait_ms, taken.at);
        });
    }

    /// Takes the limits and remaining amounts over from the headers of the answer. Call it as soon as the headers are
    /// there: requests that are on their way are taken into account. Remaining amounts lower what is available; they raise
    /// it for limits that refill continuously or by the calendar.
    pub fn observe(&mut self, now: u64, dimensions: &[Dimension]) {
        let mut state = self.budget.lock();
        state.confirm(&mut self.taken);
        state.observe(now, dimensions, Some(&self.taken));
    }

    /// What the ticket reserved of a class.
    pub fn reserved(&self, class: RateClass) -> u64 {
        self.taken.charges[class as usize]
    }

    fn end(&mut self, how: impl FnOnce(&mut State, &Taken)) {
        self.open = false;
        let mut state = self.budget.lock();
        state.confirm(&mut self.taken);
        how(&mut state, &self.taken);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.open {
            self.end(State::close);
        }
    }
}

/// A place in the line of a budget.
///
/// Wait until [`until_ms`](Turn::until_ms), then ask with [`admit`](Turn::admit). Asking with
/// [`RateBudget::admit`] instead starts again at the end of the line. Dropping the turn leaves the line; one that is not
/// asked for within 2 s of its time loses its place.
pub struct Turn {
    budget: RateBudget,
    id: u64,
    until: u64,
    charges: Charges,
    waiting: bool,
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("until_ms", &self.until)
            .finish_non_exhaustive()
    }
}

impl Turn {
    /// When to ask again, in milliseconds on the caller's clock. At most about a second ahead: requests that end early can
    /// free room.
    pub fn until_ms(&self) -> u64 {
        self.until
    }

    /// Asks again.
    pub fn admit(mut self, now: u64) -> Admission {
        // The place lives on in the admission.
        self.waiting = false;
        let mut state = self.budget.lock();
        let outcome = state.admit_waiting(now, self.id, self.charges);
        self.budget.admission(now, &state, outcome, self.charges)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.waiting {
            self.budget.lock().leave(self.id);
        }
    }
}
