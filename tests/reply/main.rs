//! Everything after a call, one module per subject; the cases are data in `tests/cases/`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod errors;
mod headers;
mod join;
mod kinds_in_cases;
mod price;
mod rate_properties;
mod rate_simulation;
mod retry_properties;
mod seed_tables;
#[cfg(feature = "stats")]
mod stats;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod telemetry;
mod usage;
