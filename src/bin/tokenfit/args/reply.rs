//! Options of the commands that read replies.

use std::path::PathBuf;

use tokenfit::model::{Day, Host};

use super::Overrides;
use super::values::{FormatArg, parse_day, parse_format, parse_header, parse_host};

/// Which replies to read.
#[derive(Debug, clap::Args)]
pub(crate) struct Replies {
    /// Files of replies: one document each, or JSON Lines; for a folder, all `.json` and `.jsonl`
    /// files below it. Without one, or with `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Read every line as a reply, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
    /// Print one line of JSON for each reply
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ErrorArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
    /// The HTTP status, for lines without one
    #[arg(long, value_name = "N")]
    pub(crate) status: Option<u16>,
    /// A header of the response; can be repeated. Headers of a line take precedence
    #[arg(long, value_name = "NAME: VALUE", value_parser = parse_header)]
    pub(crate) header: Vec<(String, String)>,
    /// Who answered: openai, anthropic, zai, ...; determines the meaning of numeric codes
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Time of the answer, in seconds since 1970: turns dates into waits [default: the header
    /// `date`]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) now: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UsageArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
    /// Use the prices of this model instead of the one that the answer names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Who served the model, if not its vendor
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day of the answer, YYYY-MM-DD, for its prices [default: the day of the registry]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HeadersArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// `-` reads standard input, whatever the environment says
    // Any value here can be the key, and a parser's own message would show it.
    #[arg(value_name = "-")]
    pub(crate) source: Option<std::ffi::OsString>,
    /// Provider of the key
    #[arg(long, value_name = "HOST", default_value = "openai", value_parser = parse_host)]
    pub(crate) provider: Host,
    /// Read this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    pub(crate) env: Option<std::ffi::OsString>,
    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LearnArgs {
    /// Files of requests with their usage, one JSON object a line; for a folder, all `.json` and
    /// `.jsonl` files below it. Without one, or with `-`: standard input
    #[arg(value_name = "LEDGER")]
    pub(crate) files: Vec<PathBuf>,
    /// Start from a file that an earlier `learn` wrote. Can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) calibration: Vec<PathBuf>,
    /// Learn for this model instead of the one that each request names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Who served the model, if not its vendor
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The format of the requests: `auto` detects it by shape, except openai-compaction
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}
