//! Public side of the budget: admission, tickets, turns.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::ask::{Ask, RateUsage};
use super::class::{Charges, Limit, RateClass, RateError, check};
use super::observe::{Dimension, Level};
use super::rule::HostRule;
use super::state::{Outcome, State, Taken};

/// Decision whether a request may be sent.
#[derive(Debug)]
#[must_use = "a ticket that is dropped keeps its reservation"]
#[non_exhaustive]
pub enum Admission {
    /// The request may be sent now; its consumption is reserved.
    Admit(Ticket),
    /// The request must wait. The turn holds its place in the line.
    WaitUntil(Turn),
    /// The request can never be sent: it exceeds a limit.
    Never(Never),
}

/// Reason why a request can never be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the request takes {needed} of `{}`, maximum is {limit} per {window_ms} ms; {}", class.as_str(), remedy(*class, *limit))]
#[non_exhaustive]
pub struct Never {
    /// Class of the limit that is too small.
    pub class: RateClass,
    /// Amount of that class the request needs.
    pub needed: u64,
    /// Amount of the limit.
    pub limit: u64,
    /// Window of the limit in milliseconds.
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

/// Budget of several limits that admits a request to all of them in one step, or to none.
///
/// Cheap to clone; clones share the budget. Thread-safe. First come, first served: see [`Turn`].
/// Admission takes constant time while the line is empty, otherwise time linear in the waiting
/// requests.
///
/// A time up to 10 s before the latest one counts as the latest, because callers' clocks may
/// differ. An earlier one means that the clock was set back; the budget continues from there.
///
/// 2 % of every limit stay unused, because requests reach the host in a different order and spacing
/// than they were admitted. A single request may use the whole limit if no other is counted.
///
/// # Examples
///
/// ```
/// use tokenfit::reply::rate::Dimension;
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
///
/// // The headers of another machine's answer show less than is known here.
/// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
/// budget.observe(0, &[Dimension::new(RateClass::Tokens).limit(30_000).remaining(5_000)]);
/// assert!(budget.levels(0)[0].available <= 5_000);
/// assert_eq!(budget.waiting(), 0);
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
    /// Creates a budget with all limits unused.
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::rate::{HostRule, Limit, RateBudget, RateClass};
    ///
    /// let per_minute = Limit::per_minute(RateClass::Tokens, 30_000);
    /// assert!(RateBudget::new(HostRule::of(Host::OpenAi), &[per_minute]).is_ok());
    /// assert!(RateBudget::new(HostRule::of(Host::OpenAi), &[per_minute, per_minute]).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for a window of 0 or more than a year, an amount above 2^62, more than 12
    /// limits, or two limits of one class and window.
    pub fn new(rule: HostRule, limits: &[Limit]) -> Result<RateBudget, RateError> {
        check(limits)?;
        Ok(RateBudget {
            shared: Arc::new(Mutex::new(State::new(rule, limits))),
            rule,
        })
    }

    /// Restricts the budget to a share of every limit in percent, including limits learned from
    /// headers. The default is 100. For one key on `n` machines without shared state, use `90 / n`.
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

    /// Admits a request, or returns when to ask again.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// assert!(matches!(budget.admit(0, &Ask::new(20_000)), Admission::Admit(_)));
    /// assert!(matches!(budget.admit(0, &Ask::new(20_000)), Admission::WaitUntil(_)));
    /// assert!(matches!(budget.admit(0, &Ask::new(40_000)), Admission::Never(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn admit(&self, now: u64, ask: &Ask) -> Admission {
        let charges = self.rule.reservation(ask);
        let mut state = self.lock();
        let outcome = state.admit(now, charges);
        self.admission(now, &state, outcome, charges)
    }

    /// Corrects the limits from headers without a ticket. Only lowers the available amounts; a
    /// ticket's [`observe`](Ticket::observe) can also raise them.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// budget.observe(0, &[Dimension::new(RateClass::Tokens).limit(30_000).remaining(5_000)]);
    /// assert!(budget.levels(0)[0].available <= 5_000);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn observe(&self, now: u64, dimensions: &[Dimension]) {
        self.lock().observe(now, dimensions, None);
    }

    /// Returns the limits and their levels. Linear in the limits.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// let level = &budget.levels(0)[0];
    /// assert_eq!((level.limit, level.available), (Some(30_000), 29_400));    // 2 % stay unused
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

    /// Returns the number of waiting requests.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// assert!(matches!(budget.admit(0, &Ask::new(20_000)), Admission::Admit(_)));
    /// let turn = budget.admit(0, &Ask::new(20_000));
    /// assert_eq!(budget.waiting(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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
        // Every change of the state is complete or does not begin, so a panic of another holder
        // left it consistent.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Admitted request. End it with [`settle`](Ticket::settle), [`unused`](Ticket::unused) or
/// [`refused`](Ticket::refused).
///
/// Dropping it means that the usage is unknown (the stream broke, the caller was cancelled): the
/// reservation stays charged, and only the concurrency slot is freed.
///
/// # Examples
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass};
///
/// let limits = [Limit::per_minute(RateClass::Tokens, 30_000), Limit::concurrent(2)];
/// let budget = RateBudget::new(HostRule::of(Host::OpenAi), &limits)?;
/// let Admission::Admit(ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("the budget is fresh") };
/// assert_eq!(ticket.reserved(RateClass::Tokens), 20_000);
/// // The connection failed before the request was sent.
/// ticket.unused(10);
///
/// let Admission::Admit(mut ticket) = budget.admit(20, &Ask::new(20_000)) else { panic!("it was released") };
/// ticket.observe(900, &[Dimension::new(RateClass::Tokens).limit(30_000).remaining(8_000)]);
/// // The host refused it and asks for two seconds.
/// ticket.refused(900, Some(RateClass::Tokens), Some(2_000));
/// assert!(!matches!(budget.admit(1_000, &Ask::new(10)), Admission::Admit(_)));
/// # Ok::<(), tokenfit::reply::rate::RateError>(())
/// ```
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
    /// Ends the request with its usage. The host's final charge replaces the reservation.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// # let budget = RateBudget::new(HostRule::of(Host::Mistral), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let Admission::Admit(mut ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("nothing is used") };
    /// // A ticket for 20,000 of 30,000 tokens per minute.
    /// assert_eq!(budget.levels(0)[0].available, 9_400);
    /// ticket.settle(0, &RateUsage::new(15_000, 1_000));
    /// assert_eq!(budget.levels(0)[0].available, 13_400);    // 16,000 were used
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn settle(mut self, now: u64, usage: &RateUsage) {
        let kept = self.budget.rule.settlement(&self.taken.charges, usage);
        self.end(|state, taken| state.settle(now, taken, &kept));
    }

    /// Ends a request that never reached the host; releases its whole reservation.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let Admission::Admit(mut ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("nothing is used") };
    /// // A ticket for 20,000 of 30,000 tokens per minute.
    /// ticket.unused(0);    // no connection
    /// assert_eq!(budget.levels(0)[0].available, 29_400);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn unused(mut self, now: u64) {
        self.end(|state, taken| state.settle(now, taken, &[0; RateClass::ALL.len()]));
    }

    /// Ends a request that the host refused with a rate limit (429).
    ///
    /// The request stays counted, because hosts count refused requests too; its tokens and spend
    /// are released. The shortest limit of `class`, or the shortest of requests and tokens if the
    /// host named none, is cut and grows back; no request is admitted for `wait_ms`.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let Admission::Admit(mut ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("nothing is used") };
    /// // A ticket for 20,000 of 30,000 tokens per minute.
    /// ticket.refused(0, Some(RateClass::Tokens), Some(2_000));
    /// assert!(matches!(budget.admit(1_000, &Ask::new(10)), Admission::WaitUntil(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn refused(mut self, now: u64, class: Option<RateClass>, wait_ms: Option<u64>) {
        let mut kept = [0; RateClass::ALL.len()];
        kept[RateClass::Requests as usize] = self.taken.charges[RateClass::Requests as usize];
        self.end(|state, taken| {
            state.settle(now, taken, &kept);
            state.refused(now, class, wait_ms, taken.at);
        });
    }

    /// Applies the limits and remaining amounts from the headers of the answer. Call it as soon as
    /// the headers arrive; requests in flight are taken into account. Remaining amounts lower the
    /// available amount; they raise it for limits that refill continuously or by the calendar.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let Admission::Admit(mut ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("nothing is used") };
    /// // A ticket for 20,000 of 30,000 tokens per minute.
    /// ticket.observe(0, &[Dimension::new(RateClass::Tokens).limit(30_000).remaining(2_000)]);
    /// assert!(budget.levels(0)[0].available <= 2_000);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn observe(&mut self, now: u64, dimensions: &[Dimension]) {
        let mut state = self.budget.lock();
        state.confirm(&mut self.taken);
        state.observe(now, dimensions, Some(&self.taken));
    }

    /// Returns the amount of a class that the ticket reserved.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let Admission::Admit(mut ticket) = budget.admit(0, &Ask::new(20_000)) else { panic!("nothing is used") };
    /// // A ticket for 20,000 of 30,000 tokens per minute.
    /// assert_eq!((ticket.reserved(RateClass::Tokens), ticket.reserved(RateClass::Spend)), (20_000, 0));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
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

/// Place in the line of a budget.
///
/// Wait until [`until_ms`](Turn::until_ms), then call [`admit`](Turn::admit). [`RateBudget::admit`]
/// would start again at the end of the line. Dropping the turn leaves the line; a turn that is not
/// used within 2 s of its time loses its place.
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
    /// Returns when to ask again, in milliseconds on the caller's clock. At most about a second
    /// ahead, because requests that end early can free capacity.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, HostRule, Limit, RateBudget, RateClass};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let _first = budget.admit(0, &Ask::new(20_000));
    /// let Admission::WaitUntil(turn) = budget.admit(0, &Ask::new(20_000)) else { panic!("9,400 are left") };
    /// assert_eq!(turn.until_ms(), 1_000);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn until_ms(&self) -> u64 {
        self.until
    }

    /// Asks again for admission, with the place in the line that the turn holds.
    ///
    /// ```
    /// # use tokenfit::model::Host;
    /// # use tokenfit::reply::rate::{Admission, Ask, HostRule, Limit, RateBudget, RateClass};
    /// # let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[Limit::per_minute(RateClass::Tokens, 30_000)])?;
    /// # let _first = budget.admit(0, &Ask::new(20_000));
    /// let Admission::WaitUntil(turn) = budget.admit(0, &Ask::new(20_000)) else { panic!("9,400 are left") };
    /// let Admission::WaitUntil(turn) = turn.admit(1_000) else { panic!("too early for 20,000 tokens") };
    /// assert_eq!(turn.until_ms(), 2_000);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn admit(mut self, now: u64) -> Admission {
        // The admission now owns the place.
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
