//! Calls as a whole: the machine by scripts and simulation; cases are data in `tests/cases/`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod fake;
mod layer;
mod outside;
mod serve;
mod simulation;
