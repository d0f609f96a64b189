//! What can be typed behind `tokenfit`.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use tokenfit::model::Host;
use tokenfit::{Encoding, Format};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} (data {})",
        env!("CARGO_PKG_VERSION"),
        tokenfit::data_version()
    )
});

/// Counts the tokens that requests to language models will be billed for.
#[derive(Debug, Parser)]
#[command(name = "tokenfit", version = VERSION.as_str(), arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Count what each request will be billed for
    Count(CountArgs),
    /// Show a model's limits, encoding, prices and sources, or list all models
    Models(ModelsArgs),
}

/// Exit: 0 counted, 2 could not tell (usage, input or output, bad input).
#[derive(Debug, clap::Args)]
pub(crate) struct CountArgs {
    /// Files of requests: one JSON document each, or JSON Lines. None or `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Count for this model instead of the one the request names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Who serves the model, where that is not its vendor: azure, openrouter, bedrock, ... Goes before the host that the
    /// request or the model's name names
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// The format of the requests: `auto` finds it by their shape
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long, conflicts_with = "text")]
    pub(crate) lines: bool,
    /// Count each input as one plain text, nothing around it
    #[arg(long)]
    pub(crate) text: bool,
    /// With --text: the encoding to count in [default: the model's, else o200k_base]
    #[arg(long, value_name = "NAME", requires = "text", conflicts_with = "model", value_parser = parse_encoding)]
    pub(crate) encoding: Option<Encoding>,
    /// Answer each request with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    /// The model to show; without one, all are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Show it as this host serves it
    #[arg(long, value_name = "HOST", value_parser = parse_host, requires = "name")]
    pub(crate) host: Option<Host>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print JSON: one object, or one line for each model of the list
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Overrides {
    /// Add or correct models from this JSON file: our own format, LiteLLM's or models.dev's. Can be given more than once,
    /// later ones go before earlier ones [default: the file that TOKENFIT_MODELS names]
    #[arg(long = "models", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
}

/// A format, or none for `auto`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormatArg(pub(crate) Option<Format>);

fn parse_format(name: &str) -> Result<FormatArg, tokenfit::Error> {
    match name {
        "auto" => Ok(FormatArg(None)),
        _ => name.parse().map(|format| FormatArg(Some(format))),
    }
}

fn parse_encoding(name: &str) -> Result<Encoding, tokenfit::Error> {
    Encoding::from_name(name)
}

fn parse_host(name: &str) -> Result<Host, tokenfit::Error> {
    name.parse()
}
