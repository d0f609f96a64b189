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
    /// Ready-made strategies and keep rules: agent, cache_friendly, sliding_window,
    /// truncate_to_limit, summarize_conversation
    #[arg(long, value_name = "NAME", default_value = "agent", value_parser = parse_preset, long_help = strategies::PRESET_HELP)]
    pub(crate) preset: Preset,
    /// Strategies that remove content, in this order, instead of a preset: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', conflicts_with = "preset", long_help = strategies::STRATEGY_HELP)]
    pub(crate) strategy: Vec<StrategyArg>,
    /// Keep rules: content to protect, in addition to the preset's rules: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', long_help = strategies::KEEP_HELP)]
    pub(crate) keep: Vec<KeepArg>,
    /// Trim requests above this mark: a fraction of the budget (0.9, 90%) or tokens (9000, 9k)
    /// [default: the whole budget]
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) high_water: Option<LevelArg>,
    /// Trim them down to this mark. A history is trimmed as it grew, so the last trim may be a few
    /// turns back, with the newer messages on top; --fresh trims it once [default: 0.8, or the
    /// preset's]
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) low_water: Option<LevelArg>,
    /// Trim the history once, as if it had never been trimmed before. The result is closest to the
    /// low mark, but a prompt cache of earlier turns is lost
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Lower the request's output limit (such as max_tokens) to the rest of the window after the
    /// input, before anything is removed
    #[arg(long)]
    pub(crate) clamp_output: bool,
    /// With --clamp-output: the smallest useful output limit; below it the history is trimmed
    #[arg(long, value_name = "N", requires = "clamp_output", default_value = "1024", value_parser = parse_tokens)]
    pub(crate) min_output: u64,
    /// With --strategy: the text that replaces cleared results and dropped media
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) placeholder: Option<String>,
    /// With --strategy: the marker inserted where a string is cut
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) marker: Option<String>,
    /// Before anything is removed, try these models; the first that accepts the request unchanged
    /// is used. The reason for skipping a model is reported
    #[arg(long, value_name = "MODEL,...", value_delimiter = ',')]
    pub(crate) fallback: Vec<String>,
    /// Summarize the oldest messages before anything is dropped: a program that reads a job as JSON
    /// and writes the summary. Run without a shell; not run with --plan
    #[arg(long, value_name = "PROGRAM ARG...", long_help = strategies::SUMMARIZE_HELP)]
    pub(crate) summarize_with: Option<ProgramArg>,
    /// Maximum time of that program for one summary, in seconds
    #[arg(long, value_name = "SECONDS", requires = "summarize_with", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) summarize_timeout: u64,
    /// Maximum length of a summary in tokens; never more than a quarter of the budget
    #[arg(long, value_name = "N", requires = "summarize_with", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) summary_tokens: u64,
    /// Role of the summary's message; user where the format has no such role
    #[arg(
        long,
        value_name = "ROLE",
        requires = "summarize_with",
        default_value = "user"
    )]
    pub(crate) summary_role: RoleArg,
    /// Also write a request that its provider would refuse, instead of the findings and exit code 1
    #[arg(long)]
    pub(crate) send_refused: bool,
    /// Show the edits without making them; no summary is requested. With --json, print a plan for
    /// --apply
    #[arg(long, conflicts_with_all = ["receipt", "undo", "in_place", "out_dir"])]
    pub(crate) plan: bool,
    /// Apply the plans in this file (one per line, as written by --plan --json, for the same
    /// requests in the same order)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "summarize_with"])]
    pub(crate) apply: Option<PathBuf>,
    /// Show every edit on standard error instead of one line per strategy
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Write the edits to this file, one line of JSON per request [default: standard error, in
    /// words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write the input of `tokenfit undo` to this file, one line of JSON per request, null for an
    /// unchanged one. It contains the removed text, and applies to the bytes of the fitted request
    /// as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
}
