//! Summaries as a contract.
//!
//! ```text
//! start ─▶ NeedSummary(job) ─▶ the caller asks a model ─▶ supply(job, text) or fail(job) ─▶ Done
//!                 ▲                                              │
//!                 └────────── refused, and tries are left ───────┘
//! ```
//!
//! The library calls nobody. A job is plain data: it says which messages it is about, what they say, how long the summary
//! may be and what to ask for; it can be written down, and answered after a restart, when the conversation has grown. What
//! comes back is measured: a summary that is empty, longer than it may be, or no shorter than what it replaces is not
//! taken. After so many tries the fitter goes on with the strategies behind it.
//!
//! `policy.rs` is what is asked for, `job.rs` the question, `run.rs` the way from a request to an answer.

mod health;
mod job;
mod policy;
mod run;

pub use health::SummaryHealth;
pub use job::{SummaryJob, SummaryMessage};
pub use policy::{SUMMARY_HEADING, SUMMARY_PROMPT, Summaries};
pub use run::Progress;
