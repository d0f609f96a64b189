//! Counts, checks and fits compared with recorded requests and answers, and with the cases of other
//! libraries.
//!
//! The recordings are not part of the crate; a checkout may have them next to it, in `../shared`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../tools/replay.rs"]
mod replay;
#[path = "../../tools/replay_svg.rs"]
mod replay_svg;

mod bug_reports;
mod calibration;
mod check_other_providers;
mod check_recorded;
#[cfg(feature = "claude")]
mod claude;
mod estimates;
mod first_set;
mod fit_recorded;
mod fit_replay;
mod fit_strategies;
#[cfg(feature = "gemma")]
mod gemini;
#[cfg(all(
    feature = "mistral",
    feature = "deepseek",
    feature = "qwen2",
    feature = "qwen35",
    feature = "glm",
    feature = "kimi",
    feature = "minimax"
))]
mod hosts;
mod openai;
#[cfg(feature = "gemma")]
mod others;
mod repairs;
#[cfg(any(feature = "claude", feature = "gemma", feature = "kimi"))]
mod score;
mod translate;
mod trim_cases;
mod trim_fit;
#[cfg(all(
    feature = "claude",
    feature = "gemma",
    feature = "mistral",
    feature = "deepseek",
    feature = "qwen2",
    feature = "qwen35",
    feature = "glm",
    feature = "kimi",
    feature = "minimax"
))]
mod widths;
