//! One rate budget for many machines, over Redis (feature `redis`).
//!
//! - `budget.lua`: the algorithm, as one atomic script with the server's time; keys expire two windows after the last use.
//! - `client`: connections with timeouts, and what happens while the server is lost.
//! - `budget`: admission, tickets and turns.
//!
//! How far a shared limit can be exceeded: not at all while one server answers. After a failover to a replica, by what the
//! replica had not yet received. While the server is lost, by what [`Lost`] admits. A sliding window never sees more than
//! the limit; a request can reach the provider later than another, which the 2 % of headroom are for.
//!
//! Amounts are kept in double precision: exact up to 2^53. Spend is therefore counted in nano-dollars there.

mod budget;
mod client;

pub use budget::{SharedAdmission, SharedBudget, SharedTicket, SharedTurn};
pub use client::{Lost, SharedError, SharedSettings};
