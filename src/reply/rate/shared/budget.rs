//! Budget shared by many machines.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::ask::{Ask, RateUsage};
use super::super::budget::{Admission, Never, RateBudget, Ticket};
use super::super::class::{Charges, Limit, RateClass, Refill, UNKNOWN_AMOUNT, check};
use super::super::meter::HEADROOM_PERCENT;
use super::super::observe::Dimension;
use super::super::rule::HostRule;
use super::client::{Lost, Server, SharedError, SharedSettings, Unreachable};

/// Maximum spread in milliseconds of the times at which waiting machines ask again.
const SPREAD_MS: f64 = 250.0;

/// Decision whether a request may be sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SharedAdmission {
    /// The request may be sent now.
    Admit(SharedTicket),
    /// The request must wait.
    WaitUntil(SharedTurn),
    /// The request can never be sent: it exceeds a limit.
    Never(Never),
    /// The server does not answer, and the policy is [`Lost::Closed`].
    Lost {
        /// Time of the next attempt, in milliseconds on the caller's clock.
        again_ms: u64,
    },
}

/// Rate budget shared by all machines that use one name on one Redis server.
///
/// Calls block for one round trip, at most for four timeouts; async programs call it on a thread
/// for blocking work. `now` is the caller's clock: it only times the pauses while the server is
/// lost, and the returned times. The windows follow the server's clock.
///
/// Fairness: one waiter at a time has a claim, and the capacity it needs stays reserved until it
/// returns. So large requests do not starve; among the others the first to ask is admitted.
///
/// # Examples
///
/// ```no_run
/// use tokenfit::model::Host;
/// use tokenfit::reply::rate::{
///     Ask, RateClass, HostRule, Limit, Lost, SharedAdmission, SharedBudget, SharedSettings, RateUsage,
/// };
///
/// let budget = SharedBudget::new(
///     "redis://127.0.0.1:6379",
///     SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45)),
///     HostRule::of(Host::OpenAi),
///     &[Limit::per_minute(RateClass::Requests, 500), Limit::per_minute(RateClass::Tokens, 30_000)],
/// )?;
/// match budget.admit(0, &Ask::new(1_200), 0.5) {
///     SharedAdmission::Admit(ticket) => ticket.settle(900, &RateUsage::new(1_200, 80)),
///     SharedAdmission::WaitUntil(turn) => println!("ask again at {}", turn.until_ms()),
///     other => println!("{other:?}"),
/// }
/// # Ok::<(), tokenfit::reply::rate::SharedError>(())
/// ```
#[derive(Clone)]
pub struct SharedBudget {
    inner: Arc<Inner>,
}

struct Inner {
    server: Server,
    settings: SharedSettings,
    rule: HostRule,
    limits: Vec<Limit>,
    /// Limits as arguments of the script.
    configuration: Vec<String>,
    local: Option<RateBudget>,
    /// The server is not contacted before this time.
    lost_until: AtomicU64,
}

impl fmt::Debug for SharedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBudget")
            .field("settings", &self.inner.settings)
            .field("rule", &self.inner.rule)
            .field("limits", &self.inner.limits.len())
            .finish_non_exhaustive()
    }
}

/// Converts an amount to the server's unit: spend in nano-dollars, because the server computes in
/// double precision.
fn server_amount(class: RateClass, amount: u64) -> u64 {
    match class {
        RateClass::Spend => amount.div_ceil(1_000),
        _ => amount,
    }
    .min(1 << 53)
}

fn argument(limit: &Limit, default: Refill) -> [String; 6] {
    let (kind, offset) = match limit.refill.unwrap_or(default) {
        _ if limit.class == RateClass::Concurrency => ("o", 0),
        Refill::Continuous => ("b", 0),
        Refill::Sliding => ("s", 0),
        Refill::Calendar { offset_ms } => ("c", offset_ms % limit.window_ms),
    };
    let headroom = if limit.class == RateClass::Concurrency {
        0
    } else {
        HEADROOM_PERCENT
    };
    [
        format!("{}:{}:{kind}", limit.class.as_str(), limit.window_ms),
        kind.to_owned(),
        server_amount(limit.class, limit.amount).to_string(),
        limit.window_ms.to_string(),
        offset.to_string(),
        headroom.to_string(),
    ]
}

impl SharedBudget {
    /// Creates a budget at a server (`redis://host:port`). Connects at the first request.
    ///
    /// ```
    /// use tokenfit::model::Host;
    /// use tokenfit::reply::rate::{HostRule, Limit, RateClass, SharedBudget, SharedSettings};
    ///
    /// let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// let settings = SharedSettings::new("openai:gpt-4o");
    /// let budget = SharedBudget::new("redis://127.0.0.1:6379", settings.clone(), HostRule::of(Host::OpenAi), &limits);
    /// assert!(budget.is_ok());    // not connected yet
    /// assert!(SharedBudget::new("localhost", settings, HostRule::of(Host::OpenAi), &limits).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for invalid limits as in [`RateBudget::new`], limits of unknown amount, a
    /// name with characters other than `A-Za-z0-9-_.:/`, or an address that is not a Redis URL.
    pub fn new(
        address: &str,
        settings: SharedSettings,
        rule: HostRule,
        limits: &[Limit],
    ) -> Result<SharedBudget, SharedError> {
        check(limits)?;
        if let Some(index) = limits
            .iter()
            .position(|limit| limit.amount == UNKNOWN_AMOUNT)
        {
            return Err(SharedError::UnknownAmount { index });
        }
        let local = match settings.lost {
            Lost::Local(percent) => Some(RateBudget::new(rule, limits)?.share_percent(percent)),
            Lost::Closed | Lost::Open => None,
        };
        let mut configuration = vec![limits.len().to_string()];
        configuration.extend(limits.iter().flat_map(|limit| argument(limit, rule.refill)));
        Ok(SharedBudget {
            inner: Arc::new(Inner {
                server: Server::new(address, &settings)?,
                settings,
                rule,
                limits: limits.to_vec(),
                configuration,
                local,
                lost_until: AtomicU64::new(0),
            }),
        })
    }

    /// Admits a request, or returns when to ask again. `random` is evenly distributed in `[0, 1)`:
    /// it spreads the times at which waiting machines ask again.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// // No server answers there: `Lost::Local(45)` admits up to 45 % of each limit.
    /// let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// assert!(matches!(budget.admit(0, &Ask::new(1_200), 0.5), SharedAdmission::Admit(_)));
    /// assert!(matches!(budget.admit(0, &Ask::new(31_000), 0.5), SharedAdmission::Never(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn admit(&self, now: u64, ask: &Ask, random: f64) -> SharedAdmission {
        self.ask(now, ask, 0, random)
    }

    fn ask(&self, now: u64, ask: &Ask, waiter: u64, random: f64) -> SharedAdmission {
        let inner = &self.inner;
        let charges = inner.rule.reservation(ask);
        let mut args = vec![inner.settings.lease_ms.to_string(), waiter.to_string()];
        args.extend(inner.charges(&charges));
        match inner.call(now, "admit", args).as_deref() {
            Ok(&[1, at, id]) => SharedAdmission::Admit(SharedTicket {
                budget: self.clone(),
                charges,
                reservation: Reservation::Server {
                    at: unsigned(at),
                    id: unsigned(id),
                },
            }),
            Ok(&[0, wait, waiter]) => {
                let spread = if random.is_finite() {
                    random.clamp(0.0, 1.0) * SPREAD_MS
                } else {
                    0.0
                };
                SharedAdmission::WaitUntil(SharedTurn {
                    budget: self.clone(),
                    ask: *ask,
                    waiter: unsigned(waiter),
                    until: now
                        .saturating_add(unsigned(wait))
                        .saturating_add(spread as u64),
                })
            }
            Ok(&[-1, number, limit]) => {
                let configured = usize::try_from(number - 1)
                    .ok()
                    .and_then(|index| inner.limits.get(index));
                let class = configured.map_or(RateClass::Requests, |limit| limit.class);
                SharedAdmission::Never(Never {
                    class,
                    needed: charges[class as usize],
                    limit: match class {
                        RateClass::Spend => unsigned(limit).saturating_mul(1_000),
                        _ => unsigned(limit),
                    },
                    window_ms: configured.map_or(0, |limit| limit.window_ms),
                })
            }
            _ => self.ask_without_server(now, ask, charges),
        }
    }

    fn ask_without_server(&self, now: u64, ask: &Ask, charges: Charges) -> SharedAdmission {
        let ticket = |reservation| {
            SharedAdmission::Admit(SharedTicket {
                budget: self.clone(),
                charges,
                reservation,
            })
        };
        match (&self.inner.local, self.inner.settings.lost) {
            (Some(local), _) => match local.admit(now, ask) {
                Admission::Admit(admitted) => ticket(Reservation::Local(admitted)),
                Admission::Never(never) => SharedAdmission::Never(never),
                // The place is dropped: the server may be back before its time.
                Admission::WaitUntil(turn) => SharedAdmission::WaitUntil(SharedTurn {
                    budget: self.clone(),
                    ask: *ask,
                    waiter: 0,
                    until: turn.until_ms(),
                }),
            },
            (None, Lost::Open) => ticket(Reservation::Nowhere),
            (None, _) => SharedAdmission::Lost {
                again_ms: self.inner.lost_until.load(Ordering::Relaxed).max(now + 1),
            },
        }
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Inner {
    /// Runs an operation, unless the server was lost a moment ago.
    fn call(
        &self,
        now: u64,
        operation: &str,
        arguments: Vec<String>,
    ) -> Result<Vec<i64>, Unreachable> {
        // A pause longer than its configured length stems from a clock that was set back.
        let until = self
            .lost_until
            .load(Ordering::Relaxed)
            .min(now.saturating_add(self.settings.pause_ms));
        if now < until {
            return Err(Unreachable);
        }
        let mut args = Vec::with_capacity(1 + self.configuration.len() + arguments.len());
        args.push(operation.to_owned());
        args.extend(self.configuration.iter().cloned());
        args.extend(arguments);
        let reply = self.server.call(&args);
        let until = match reply {
            Ok(_) => 0,
            Err(Unreachable) => now.saturating_add(self.settings.pause_ms),
        };
        self.lost_until.store(until, Ordering::Relaxed);
        reply
    }

    fn charges<'a>(&'a self, charges: &'a Charges) -> impl Iterator<Item = String> + 'a {
        self.limits
            .iter()
            .map(|limit| server_amount(limit.class, charges[limit.class as usize]).to_string())
    }

    fn settle(&self, now: u64, at: u64, id: u64, reserved: &Charges, kept: &Charges) {
        let mut args = vec![id.to_string(), at.to_string()];
        for (reserved, kept) in self.charges(reserved).zip(self.charges(kept)) {
            args.push(reserved);
            args.push(kept);
        }
        // If a settlement is lost, the reservation stays until the lease expires: the limit is
        // never exceeded.
        let _ = self.call(now, "settle", args);
    }
}

/// Admitted request. Dropping it keeps its reservation, and its concurrency slot until the lease
/// ends.
pub struct SharedTicket {
    budget: SharedBudget,
    charges: Charges,
    reservation: Reservation,
}

enum Reservation {
    Server { at: u64, id: u64 },
    Local(Ticket),
    Nowhere,
}

impl fmt::Debug for SharedTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedTicket")
            .field("counted", &self.is_counted())
            .finish_non_exhaustive()
    }
}

impl SharedTicket {
    /// Returns whether the server counts this request. `false` while it is lost.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// assert!(!ticket.is_counted());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_counted(&self) -> bool {
        matches!(self.reservation, Reservation::Server { .. })
    }

    /// Returns the time of admission in milliseconds on the server's clock; `None` while the server
    /// is lost.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// assert_eq!(ticket.admitted_at_ms(), None);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn admitted_at_ms(&self) -> Option<u64> {
        match self.reservation {
            Reservation::Server { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Ends the request with its usage.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// ticket.settle(900, &RateUsage::new(1_200, 80));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn settle(self, now: u64, usage: &RateUsage) {
        match self.reservation {
            Reservation::Server { at, id } => {
                let inner = &self.budget.inner;
                let kept = inner.rule.settlement(&self.charges, usage);
                inner.settle(now, at, id, &self.charges, &kept);
            }
            Reservation::Local(ticket) => ticket.settle(now, usage),
            Reservation::Nowhere => {}
        }
    }

    /// Ends a request that never reached the host; releases its whole reservation.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// ticket.unused(10);    // no connection
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn unused(self, now: u64) {
        match self.reservation {
            Reservation::Server { at, id } => {
                self.budget
                    .inner
                    .settle(now, at, id, &self.charges, &[0; RateClass::ALL.len()]);
            }
            Reservation::Local(ticket) => ticket.unused(now),
            Reservation::Nowhere => {}
        }
    }

    /// Ends a request that the host refused with a rate limit (429); see [`Ticket::refused`].
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// ticket.refused(300, Some(RateClass::Tokens), Some(2_000));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn refused(self, now: u64, class: Option<RateClass>, wait_ms: Option<u64>) {
        match self.reservation {
            Reservation::Server { at, id } => {
                let inner = &self.budget.inner;
                let mut kept = [0; RateClass::ALL.len()];
                kept[RateClass::Requests as usize] = 1;
                inner.settle(now, at, id, &self.charges, &kept);
                let concerns = |limit: &&Limit| match class {
                    Some(class) => limit.class == class,
                    None => !matches!(limit.class, RateClass::Concurrency | RateClass::Spend),
                };
                let shortest = inner
                    .limits
                    .iter()
                    .filter(concerns)
                    .map(|limit| limit.window_ms)
                    .min();
                let mut args = vec![
                    wait_ms.unwrap_or(0).min(1 << 50).to_string(),
                    at.to_string(),
                ];
                args.extend(inner.limits.iter().map(|limit| {
                    u8::from(concerns(&limit) && Some(limit.window_ms) == shortest).to_string()
                }));
                let _ = inner.call(now, "refused", args);
            }
            Reservation::Local(ticket) => ticket.refused(now, class, wait_ms),
            Reservation::Nowhere => {}
        }
    }

    /// Applies the limits and remaining amounts from the headers of the answer. Only lowers the
    /// available amounts, because the requests in flight on other machines are unknown.
    ///
    /// ```
    /// # use tokenfit::reply::rate::Dimension;
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// // No server answers there: `Lost::Local` admits.
    /// let SharedAdmission::Admit(ticket) = budget.admit(0, &Ask::new(1_200), 0.5) else { panic!("no limit binds") };
    /// # let mut ticket = ticket;
    /// ticket.observe(300, &[Dimension::new(RateClass::Tokens).limit(30_000).remaining(5_000)]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn observe(&mut self, now: u64, dimensions: &[Dimension]) {
        if let Reservation::Local(ticket) = &mut self.reservation {
            ticket.observe(now, dimensions);
            return;
        }
        let inner = &self.budget.inner;
        let mut args = Vec::with_capacity(2 * inner.limits.len());
        let mut any = false;
        for limit in &inner.limits {
            let shortest = |class| {
                inner
                    .limits
                    .iter()
                    .filter(|l| l.class == class)
                    .map(|l| l.window_ms)
                    .min()
            };
            let dimension = dimensions.iter().find(|dimension| {
                let window = dimension.window_ms.or_else(|| shortest(dimension.class));
                dimension.class == limit.class && window == Some(limit.window_ms)
            });
            any |= dimension.is_some();
            let number = |amount: Option<u64>| {
                amount.map_or_else(
                    || "-1".to_owned(),
                    |amount| server_amount(limit.class, amount).to_string(),
                )
            };
            args.push(number(dimension.and_then(|dimension| dimension.limit)));
            args.push(number(dimension.and_then(|dimension| dimension.remaining)));
        }
        if any && self.is_counted() {
            let _ = inner.call(now, "observe", args);
        }
    }
}

/// Request that waits for a shared budget.
pub struct SharedTurn {
    budget: SharedBudget,
    ask: Ask,
    waiter: u64,
    until: u64,
}

impl fmt::Debug for SharedTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedTurn")
            .field("until_ms", &self.until)
            .finish_non_exhaustive()
    }
}

impl SharedTurn {
    /// Returns when to ask again, in milliseconds on the caller's clock; at most about a second
    /// ahead.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// # let _first = budget.admit(0, &Ask::new(9_000), 0.5);
    /// let SharedAdmission::WaitUntil(turn) = budget.admit(0, &Ask::new(9_000), 0.5) else { panic!("4,230 are left") };
    /// assert!(turn.until_ms() > 0);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn until_ms(&self) -> u64 {
        self.until
    }

    /// Stops waiting and frees the claim, if the request has one. Dropping the turn instead keeps
    /// the claim for about a second longer than its time.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// # let _first = budget.admit(0, &Ask::new(9_000), 0.5);
    /// let SharedAdmission::WaitUntil(turn) = budget.admit(0, &Ask::new(9_000), 0.5) else { panic!("4,230 are left") };
    /// turn.leave(10);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn leave(self, now: u64) {
        if self.waiter != 0 {
            let _ = self
                .budget
                .inner
                .call(now, "leave", vec![self.waiter.to_string()]);
        }
    }

    /// Asks again for admission, and keeps the claim if the request has one.
    ///
    /// ```
    /// # use tokenfit::{model::Host, reply::ApiError};
    /// # use tokenfit::reply::rate::{Ask, HostRule, Limit, Lost, RateClass, RateUsage, SharedAdmission, SharedBudget, SharedSettings};
    /// # let settings = SharedSettings::new("openai:gpt-4o").lost(Lost::Local(45));
    /// # let limits = [Limit::per_minute(RateClass::Tokens, 30_000)];
    /// # let budget = SharedBudget::new("redis://127.0.0.1:1", settings, HostRule::of(Host::OpenAi), &limits)?;
    /// # let _first = budget.admit(0, &Ask::new(9_000), 0.5);
    /// let SharedAdmission::WaitUntil(turn) = budget.admit(0, &Ask::new(9_000), 0.5) else { panic!("4,230 are left") };
    /// let later = turn.until_ms();
    /// assert!(!matches!(turn.admit(later, 0.5), SharedAdmission::Never(_)));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn admit(self, now: u64, random: f64) -> SharedAdmission {
        self.budget.ask(now, &self.ask, self.waiter, random)
    }
}
