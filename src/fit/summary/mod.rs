//! Summaries as a contract.
//!
//! ```text
//! start ─▶ NeedSummary(job) ─▶ the caller asks a model ─▶ supply(job, text) or fail(job) ─▶ Done
//!                 ▲                                              │
//!                 └────────── refused, and tries are left ───────┘
//! ```
//!
//! The library calls no model. A job is plain data: the messages to summarize, the maximum length
//! and the prompt; it can be saved, and answered after a restart, when the conversation has grown.
//! The answer is measured: a summary that is empty, too long, or no shorter than the messages it
//! replaces is refused. After a limited number of tries the fitter continues with the later
//! strategies.
//!
//! `policy.rs` states the requirements, `job.rs` is the request for a summary, `run.rs` the way
//! from a request to an answer.

mod health;
mod job;
mod policy;
mod run;

pub use health::SummaryHealth;
pub use job::{SummaryJob, SummaryMessage};
pub use policy::{SUMMARY_HEADING, SUMMARY_PROMPT, SummaryPolicy};
pub use run::FitStep;
