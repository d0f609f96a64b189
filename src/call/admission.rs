//! Admission of sends: a rate budget of this process, or one that machines share over Redis.

use crate::reply::ApiError;
use crate::reply::rate::{self, Admission, Ask, Dimension, Never, RateBudget, RateUsage};
#[cfg(feature = "redis")]
use crate::reply::rate::{SharedAdmission, SharedBudget, SharedTicket, SharedTurn};

/// Rate budget of a target.
#[derive(Clone)]
pub(super) enum Rate {
    Own(RateBudget),
    #[cfg(feature = "redis")]
    Shared(SharedBudget),
}

/// Answer of a budget.
pub(super) enum Answer {
    Admitted(Ticket),
    /// Ask again at this time, with the turn if there is one.
    Later(u64, Option<Turn>),
    Never(Never),
}

/// An admitted send.
pub(super) enum Ticket {
    Own(rate::Ticket),
    #[cfg(feature = "redis")]
    Shared(SharedTicket),
}

/// A place in the line.
pub(super) enum Turn {
    Own(rate::Turn),
    #[cfg(feature = "redis")]
    Shared(SharedTurn),
}

impl Rate {
    /// Asks for a send. A shared budget blocks for a round trip.
    pub(super) fn admit(&self, now: u64, ask: &Ask, random: f64) -> Answer {
        let _ = random;
        match self {
            Rate::Own(budget) => budget.admit(now, ask).into(),
            #[cfg(feature = "redis")]
            Rate::Shared(budget) => budget.admit(now, ask, random).into(),
        }
    }

    /// Returns whether its calls wait for a server.
    #[cfg(feature = "tower")]
    pub(super) fn blocks(&self) -> bool {
        match self {
            Rate::Own(_) => false,
            #[cfg(feature = "redis")]
            Rate::Shared(_) => true,
        }
    }
}

impl From<Admission> for Answer {
    fn from(admission: Admission) -> Answer {
        match admission {
            Admission::Admit(ticket) => Answer::Admitted(Ticket::Own(ticket)),
            Admission::WaitUntil(turn) => Answer::Later(turn.until_ms(), Some(Turn::Own(turn))),
            Admission::Never(never) => Answer::Never(never),
        }
    }
}

#[cfg(feature = "redis")]
impl From<SharedAdmission> for Answer {
    fn from(admission: SharedAdmission) -> Answer {
        match admission {
            SharedAdmission::Admit(ticket) => Answer::Admitted(Ticket::Shared(ticket)),
            SharedAdmission::WaitUntil(turn) => {
                Answer::Later(turn.until_ms(), Some(Turn::Shared(turn)))
            }
            SharedAdmission::Never(never) => Answer::Never(never),
            // The server may be back then.
            SharedAdmission::Lost { again_ms } => Answer::Later(again_ms, None),
        }
    }
}

impl Turn {
    pub(super) fn admit(self, now: u64, random: f64) -> Answer {
        let _ = random;
        match self {
            Turn::Own(turn) => turn.admit(now).into(),
            #[cfg(feature = "redis")]
            Turn::Shared(turn) => turn.admit(now, random).into(),
        }
    }

    /// Stops waiting.
    pub(super) fn leave(self, now: u64) {
        let _ = now;
        match self {
            Turn::Own(turn) => drop(turn),
            #[cfg(feature = "redis")]
            Turn::Shared(turn) => turn.leave(now),
        }
    }
}

impl Ticket {
    pub(super) fn settle(self, now: u64, usage: &RateUsage) {
        match self {
            Ticket::Own(ticket) => ticket.settle(now, usage),
            #[cfg(feature = "redis")]
            Ticket::Shared(ticket) => ticket.settle(now, usage),
        }
    }

    pub(super) fn unused(self, now: u64) {
        match self {
            Ticket::Own(ticket) => ticket.unused(now),
            #[cfg(feature = "redis")]
            Ticket::Shared(ticket) => ticket.unused(now),
        }
    }

    pub(super) fn failed(self, now: u64, error: &ApiError) {
        match self {
            Ticket::Own(ticket) => ticket.failed(now, error),
            #[cfg(feature = "redis")]
            Ticket::Shared(ticket) => ticket.failed(now, error),
        }
    }

    pub(super) fn observe(&mut self, now: u64, dimensions: &[Dimension]) {
        match self {
            Ticket::Own(ticket) => ticket.observe(now, dimensions),
            #[cfg(feature = "redis")]
            Ticket::Shared(ticket) => ticket.observe(now, dimensions),
        }
    }
}
