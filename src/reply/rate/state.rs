//! State of a budget in one process: its meters and its waiting line, under one lock.

use super::class::{self, Charges, Limit, MAX_LIMITS, RateClass, UNKNOWN_AMOUNT};
use super::line::Line;
use super::meter::Meter;
use super::observe::Dimension;
use super::rule::HostRule;

/// Maximum interval in milliseconds after which a waiting caller asks again, because settlements
/// and headers can free capacity early.
const POLL_MS: u64 = 1_000;
/// Maximum lag of a clock behind the latest time seen before it counts as set back; callers' clocks
/// differ.
const MAX_BEHIND_MS: u64 = 10_000;
/// Maximum time, so that none overflows: 36 million years. Later times count as this one.
const MAX_TIME: u64 = 1 << 60;

#[derive(Debug)]
pub(super) struct State {
    pub(super) rule: HostRule,
    pub(super) meters: Vec<Meter>,
    line: Line,
    /// Share of every limit that belongs to this budget, in percent.
    share: u64,
    /// Total ever admitted, for comparison with the host's remaining amounts.
    pub(super) admitted: Charges,
    /// Part of `admitted` that is in flight: the host may not have counted it yet.
    unconfirmed: Charges,
    blocked_until: u64,
    /// Latest time; the meters never see an earlier one.
    latest: u64,
    /// Offset added to the callers' times after their clock was set back.
    shift: u64,
}

/// Reservation: its amounts, its time, and the total admitted by then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) charges: Charges,
    pub(super) at: u64,
    pub(super) admitted: Charges,
    /// Whether the host has answered.
    pub(super) confirmed: bool,
}

pub(super) enum Outcome {
    Taken(Taken),
    /// Ask again after this many milliseconds.
    Wait {
        id: u64,
        wait: u64,
    },
    Never(usize, u64),
}

impl State {
    pub(super) fn new(rule: HostRule, limits: &[Limit]) -> State {
        // Meters begin at time 0: a limit full then is full whenever the first request arrives.
        State {
            rule,
            meters: limits
                .iter()
                .map(|limit| Meter::new(0, limit, rule.refill))
                .collect(),
            line: Line::default(),
            share: 100,
            admitted: [0; RateClass::ALL.len()],
            unconfirmed: [0; RateClass::ALL.len()],
            blocked_until: 0,
            latest: 0,
            shift: 0,
        }
    }

    pub(super) fn set_share(&mut self, percent: u64) {
        self.share = percent;
        let meters = std::mem::take(&mut self.meters);
        self.meters = meters
            .into_iter()
            .map(|meter| meter.shared(percent))
            .collect();
    }

    /// Adds a meter for a limit that was unknown.
    pub(super) fn meter(&mut self, now: u64, limit: &Limit) -> usize {
        let meter = Meter::new(now, limit, self.rule.refill).shared(self.share);
        self.meters.push(meter);
        self.meters.len() - 1
    }

    /// Converts a caller's time to the budget's own clock, which never runs backwards.
    pub(super) fn time(&mut self, now: u64) -> u64 {
        let shifted = now.saturating_add(self.shift).min(MAX_TIME);
        if shifted >= self.latest {
            self.latest = shifted;
        } else if self.latest - shifted > MAX_BEHIND_MS {
            self.shift += self.latest - shifted;
        }
        self.latest
    }

    pub(super) fn advance(&mut self, now: u64) {
        for meter in &mut self.meters {
            meter.advance(now);
        }
    }

    /// Admits a new request, or gives it a place in the line.
    pub(super) fn admit(&mut self, now: u64, charges: Charges) -> Outcome {
        let now = self.time(now);
        self.advance(now);
        if let Some(outcome) = self.never(&charges) {
            return outcome;
        }
        if !self.line.is_empty() {
            self.line.sweep(now);
        }
        if self.line.is_empty()
            && now >= self.blocked_until
            && self.fits(&Charges::default(), &charges)
        {
            return Outcome::Taken(self.take(now, charges));
        }
        let ahead = self.line.everybody();
        let id = self.line.join(charges);
        self.wait(now, id, self.line.len() - 1, &ahead, &charges)
    }

    /// Admits a request that has a place in the line. If it lost the place, it counts as new.
    pub(super) fn admit_waiting(&mut self, now: u64, id: u64, charges: Charges) -> Outcome {
        let Some((number, ahead)) = self.line.before(id) else {
            return self.admit(now, charges);
        };
        let now = self.time(now);
        self.advance(now);
        if let Some(outcome) = self.never(&charges) {
            self.line.leave(id);
            return outcome;
        }
        if now >= self.blocked_until && self.fits(&ahead, &charges) {
            self.line.leave(id);
            return Outcome::Taken(self.take(now, charges));
        }
        // The asking caller is alive, so the sweep must not remove it.
        self.line.expect(id, u64::MAX - POLL_MS * 4);
        self.line.sweep(now);
        self.wait(now, id, number, &ahead, &charges)
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.line.leave(id);
    }

    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Ends a reservation: charges `kept` and releases the rest.
    pub(super) fn settle(&mut self, now: u64, taken: &Taken, kept: &Charges) {
        let now = self.time(now);
        self.advance(now);
        for meter in &mut self.meters {
            let index = meter.class as usize;
            let (reserved, kept) = match meter.class {
                // The slot is freed, whatever else stays charged.
                RateClass::Concurrency => (taken.charges[index], 0),
                _ => (taken.charges[index], kept[index]),
            };
            if kept < reserved {
                meter.give_back(reserved - kept, taken.at);
            } else if kept > reserved {
                meter.take(kept - reserved);
            }
        }
    }

    /// Frees the concurrency slot of a reservation and keeps the rest.
    pub(super) fn close(&mut self, taken: &Taken) {
        for meter in &mut self.meters {
            if meter.class == RateClass::Concurrency {
                meter.give_back(taken.charges[RateClass::Concurrency as usize], taken.at);
            }
        }
    }

    /// Marks a request as answered by the host, or as one that never will be.
    pub(super) fn confirm(&mut self, taken: &mut Taken) {
        if !std::mem::replace(&mut taken.confirmed, true) {
            for (sum, charge) in self.unconfirmed.iter_mut().zip(&taken.charges) {
                *sum = sum.wrapping_sub(*charge);
            }
        }
    }

    /// Applies the host's own numbers. `taken` is the request whose answer carried them.
    pub(super) fn observe(&mut self, now: u64, dimensions: &[Dimension], taken: Option<&Taken>) {
        let now = self.time(now);
        self.advance(now);
        for dimension in dimensions {
            let since = match taken {
                Some(taken) => {
                    let index = dimension.class as usize;
                    // Requests overtake each other in flight: the host may lack earlier ones as
                    // well as later ones.
                    self.admitted[index]
                        .wrapping_sub(taken.admitted[index])
                        .saturating_add(self.unconfirmed[index])
                }
                None => u64::MAX,
            };
            self.correct(now, since, dimension);
        }
    }

    /// Corrects the meter that a dimension matches; adds one for a limit that was unknown.
    fn correct(&mut self, now: u64, since: u64, seen: &Dimension) {
        let matching = self
            .meters
            .iter()
            .enumerate()
            .filter(|(_, meter)| meter.class == seen.class)
            .filter(|(_, meter)| seen.window_ms.is_none_or(|window| window == meter.window))
            .min_by_key(|(_, meter)| meter.window)
            .map(|(index, _)| index);
        let index = match (matching, seen.limit) {
            (Some(index), _) => index,
            (None, Some(amount)) => {
                let limit = Limit::per(seen.class, amount, seen.window_ms.unwrap_or(60_000));
                if self.meters.len() >= MAX_LIMITS || class::check(&[limit]).is_err() {
                    return;
                }
                self.meter(now, &limit)
            }
            (None, None) => return,
        };
        let meter = &mut self.meters[index];
        if let Some(limit) = seen.limit.filter(|limit| *limit < UNKNOWN_AMOUNT) {
            meter.set_amount(limit);
        }
        if let Some(remaining) = seen.remaining {
            // Some hosts show more than the limit (Together's burst).
            meter.set_remaining(remaining.min(meter.amount().unwrap_or(remaining)), since);
        }
        if let Some(reset) = seen.reset_ms {
            meter.set_window_end(now, now.saturating_add(reset));
        }
    }

    /// Records a refusal by the host: adapts the limits of that class, or of requests and tokens if
    /// it named none, and admits nothing for `wait`.
    pub(super) fn refused(
        &mut self,
        now: u64,
        class: Option<RateClass>,
        wait: Option<u64>,
        admitted: u64,
    ) {
        let now = self.time(now);
        self.advance(now);
        if let Some(wait) = wait {
            self.blocked_until = self.blocked_until.max(now.saturating_add(wait));
        }
        // A refusal names at most a class; the shortest window fills first. A refusal without a
        // class is unlikely to concern open requests or money.
        let concerns = |meter: &Meter| match class {
            Some(class) => meter.class == class,
            None => !matches!(meter.class, RateClass::Concurrency | RateClass::Spend),
        };
        let shortest = self
            .meters
            .iter()
            .filter(|meter| concerns(meter))
            .map(|meter| meter.window)
            .min();
        for meter in &mut self.meters {
            if concerns(meter) && Some(meter.window) == shortest {
                meter.refused(now, admitted);
            }
        }
    }

    fn never(&self, charges: &Charges) -> Option<Outcome> {
        self.meters.iter().enumerate().find_map(|(index, meter)| {
            let amount = charges[meter.class as usize];
            meter.never(amount).then_some(Outcome::Never(index, amount))
        })
    }

    fn fits(&self, ahead: &Charges, charges: &Charges) -> bool {
        self.meters.iter().all(|meter| {
            let index = meter.class as usize;
            meter.fits(ahead[index], charges[index])
        })
    }

    fn take(&mut self, now: u64, charges: Charges) -> Taken {
        for meter in &mut self.meters {
            meter.take(charges[meter.class as usize]);
        }
        for (index, charge) in charges.iter().enumerate() {
            self.admitted[index] = self.admitted[index].wrapping_add(*charge);
            self.unconfirmed[index] = self.unconfirmed[index].wrapping_add(*charge);
        }
        Taken {
            charges,
            at: now,
            admitted: self.admitted,
            confirmed: false,
        }
    }

    fn wait(
        &mut self,
        now: u64,
        id: u64,
        number: usize,
        ahead: &Charges,
        charges: &Charges,
    ) -> Outcome {
        let free = self
            .meters
            .iter()
            .map(|meter| {
                let index = meter.class as usize;
                meter.free_at(now, ahead[index], charges[index])
            })
            .max()
            .unwrap_or(now)
            .max(self.blocked_until);
        // Far back in the line, asking often is useless and costs time linear in the places before.
        let latest = now
            .saturating_add(POLL_MS)
            .saturating_add(2 * number as u64);
        let until = free.min(latest).max(now + 1);
        self.line.expect(id, until);
        Outcome::Wait {
            id,
            wait: until - now,
        }
    }
}
