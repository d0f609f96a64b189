//! The options of `tokenfit fit`.

use std::path::PathBuf;

use tokenfit::fit::Preset;

use super::values::{parse_preset, parse_tokens};
use super::{Output, Requests};
use crate::strategies::{self, KeepArg, LevelArg, RoleArg, StrategyArg};
use crate::summarizer::ProgramArg;

#[derive(Debug, clap::Args)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Ready-made strategies and keep rules: agent, cache_friendly, sliding_window, truncate_to_limit,
    /// summarize_conversation
    #[arg(long, value_name = "NAME", default_value = "agent", value_parser = parse_preset, long_help = strategies::PRESET_HELP)]
    pub(crate) preset: Preset,
    /// What may be removed, in this order, instead of a preset: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', conflicts_with = "preset", long_help = strategies::STRATEGY_HELP)]
    pub(crate) strategy: Vec<StrategyArg>,
    /// What is protected, on top of the preset's rules: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', long_help = strategies::KEEP_HELP)]
    pub(crate) keep: Vec<KeepArg>,
    /// Trim requests above this mark: a fraction of the budget (0.9, 90%) or tokens (9000, 9k) [default: the whole budget]
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) high_water: Option<LevelArg>,
    /// Trim them down to this mark. A history is trimmed as it grew, so the last trim may be a few turns back, and what came
    /// since is on top; --fresh trims it once [default: 0.8, or the preset's]
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) low_water: Option<LevelArg>,
    /// Trim the history once, as if it had never been trimmed, instead of where it would have been trimmed as it grew. What
    /// comes out is nearest to the low mark; a prompt cache of earlier turns is of no use
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Lower the request's output limit (max_tokens and its like) to what its input leaves of the window, before anything is
    /// removed
    #[arg(long)]
    pub(crate) clamp_output: bool,
    /// With --clamp-output: the least output limit that is of use; below it the history is trimmed
    #[arg(long, value_name = "N", requires = "clamp_output", default_value = "1024", value_parser = parse_tokens)]
    pub(crate) min_output: u64,
    /// With --strategy: the text that replaces cleared results and dropped media
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) placeholder: Option<String>,
    /// With --strategy: the text at the place where a text was cut
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) marker: Option<String>,
    /// Before anything is removed: models to send it to instead, the first that takes the request as it is. Why one is passed
    /// over is said
    #[arg(long, value_name = "MODEL,...", value_delimiter = ',')]
    pub(crate) fallback: Vec<String>,
    /// Summarise the oldest before anything is dropped: a program that reads a job as JSON and writes the summary. Split into
    /// its arguments, no shell; not run with --plan
    #[arg(long, value_name = "PROGRAM ARG...", long_help = strategies::SUMMARIZE_HELP)]
    pub(crate) summarize_with: Option<ProgramArg>,
    /// How long that program may take each time
    #[arg(long, value_name = "SECONDS", requires = "summarize_with", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) summarize_timeout: u64,
    /// How many tokens a summary may have; never more than a quarter of the budget
    #[arg(long, value_name = "N", requires = "summarize_with", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) summary_tokens: u64,
    /// Who speaks in the message of a summary; the user where a format has no such messages
    #[arg(
        long,
        value_name = "ROLE",
        requires = "summarize_with",
        default_value = "user"
    )]
    pub(crate) summary_role: RoleArg,
    /// Show what would be done, without doing it; no summary is asked for then. With --json a plan that --apply takes
    #[arg(long, conflicts_with_all = ["receipt", "undo", "in_place", "out_dir"])]
    pub(crate) plan: bool,
    /// Do what the plans in this file say (one a line, as --plan --json wrote them, for the same requests in the same order)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "summarize_with"])]
    pub(crate) apply: Option<PathBuf>,
    /// Show every edit on standard error, not one line for each strategy
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Write what was done to this file, a line of JSON for each request [default: standard error, in words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write what `tokenfit undo` needs to this file, a line of JSON for each request, null for an unchanged one. It holds
    /// the text that was removed, and is for the bytes of the fitted request as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
}
