//! One rate budget for many machines, over Redis (feature `redis`).
//!
//! - `budget.lua`: the algorithm, as one atomic script with the server's time; keys expire two
//!   windows after the last use.
//! - `client`: connections with timeouts, and the policy while the server is lost.
//! - `budget`: admission, tickets and turns.
//!
//! How far a shared limit can be exceeded: not at all while one server answers; after a failover,
//! by what the replica had not yet received; while the server is lost, by what [`Lost`] admits. A
//! sliding window never admits more than the limit; a request can reach the provider later than
//! another, which the 2 % of headroom cover.
//!
//! Amounts are stored in double precision, exact up to 2^53, so spend is counted in nano-dollars
//! there.

mod budget;
mod client;

pub use budget::{SharedAdmission, SharedBudget, SharedTicket, SharedTurn};
pub use client::{Lost, SharedError, SharedSettings};
