//! What can be typed after `tokenfit`.

mod fit;
mod help;
mod images;
mod reply;
mod values;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Parser, Subcommand, ValueEnum};
use tokenfit::Encoding;
use tokenfit::model::{Day, Host};

use crate::terminal::When;
use values::{parse_day, parse_encoding, parse_format, parse_host, parse_some_tokens};

pub(crate) use fit::FitArgs;
use images::Images;
pub(crate) use reply::{ErrorArgs, HeadersArgs, KeyArgs, Replies, UsageArgs};
pub(crate) use values::{AliasArg, DefaultModel, FormatArg, parse_tokens};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} (data {})",
        env!("CARGO_PKG_VERSION"),
        tokenfit::data_version()
    )
});

/// Counts, checks and fits requests to language models.
///
/// Reads requests as JSON from files, folders or standard input. Results go to standard output, messages to standard error.
#[derive(Debug, Parser)]
#[command(
    name = "tokenfit",
    version = VERSION.as_str(),
    arg_required_else_help = true,
    after_long_help = help::TOP
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour what is for people [NO_COLOR turns it off too]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    /// When to show on standard error how far a long input is read
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) progress: When,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Count what each request will be billed for
    #[command(after_long_help = help::COUNT)]
    Count(CountArgs),
    /// Find what a provider would refuse, with the place, the remedy and the provider's answer
    #[command(after_long_help = help::CHECK)]
    Check(CheckArgs),
    /// Fix what a provider would refuse, where there is one right way
    #[command(after_long_help = help::REPAIR)]
    Repair(RepairArgs),
    /// Make each request fit its model or a budget
    #[command(after_long_help = help::FIT)]
    Fit(Box<FitArgs>),
    /// Take a fit or a repair back: the request as it came, from the edited one
    #[command(after_long_help = help::UNDO)]
    Undo(UndoArgs),
    /// Say what an error answer means, and what to do: its kind, numbers, wait and next action
    #[command(after_long_help = help::ERROR)]
    Error(ErrorArgs),
    /// Say what an answer or a stream was billed for: classes of tokens, context and cost
    #[command(after_long_help = help::USAGE)]
    Usage(UsageArgs),
    /// Say which rate limits the headers of a response state, and how long to wait
    #[command(after_long_help = help::HEADERS)]
    Headers(HeadersArgs),
    /// Say whether an API key looks like one; it is never shown
    #[command(after_long_help = help::KEY)]
    Key(KeyArgs),
    /// Show a model's limits, encoding, prices and sources, or list models
    #[command(after_long_help = help::MODELS)]
    Models(ModelsArgs),
    /// Write a script that completes options and values in a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual page, or those of all sub-commands into a folder
    #[command(after_long_help = help::MAN)]
    Man {
        /// The folder; without one, the page of tokenfit itself goes to standard output
        #[arg(long, value_name = "DIR")]
        out_dir: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CountArgs {
    /// Files of requests: one JSON document each, or JSON Lines; of a folder all `.json` and `.jsonl` files in it. None or
    /// `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Count for this model instead of the one the request names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// The model of requests that name none, of all formats or of one: gemini=gemini-3-pro. Can be given more than once
    #[arg(long, value_name = "[FORMAT=]NAME")]
    pub(crate) default_model: Vec<DefaultModel>,
    /// Who serves the model, where that is not its vendor: azure, openrouter, bedrock, ... Overrides the host that the
    /// request or the model's name names
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day the requests are sent, YYYY-MM-DD: where a vendor answers with another model by then, that one counts
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The format of the requests: `auto` finds it by their shape, except openai-compaction
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value; with --text, as a JSON string
    #[arg(long)]
    pub(crate) lines: bool,
    /// Count each input as one plain text, nothing around it
    #[arg(long)]
    pub(crate) text: bool,
    /// With --text: the encoding to count in [default: the model's, else o200k_base]. Those of Claude count the text as the
    /// only message of a request, as Anthropic's API does
    #[arg(long, value_name = "NAME", requires = "text", conflicts_with = "model", value_parser = parse_encoding)]
    pub(crate) encoding: Option<Encoding>,
    /// At the end, say on standard error what all requests cost together; several requests are summed up without it too,
    /// unless --json is given
    #[arg(long, conflicts_with = "text")]
    pub(crate) total: bool,
    /// Answer each request with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which requests to read, and whom they are for.
#[derive(Debug, clap::Args)]
pub(crate) struct Requests {
    /// Files of requests: one JSON document each, or JSON Lines; of a folder all `.json` and `.jsonl` files in it. None or
    /// `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Take the requests as sent to this model instead of the one they name
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// The model of requests that name none, of all formats or of one: gemini=gemini-3-pro. Can be given more than once
    #[arg(long, value_name = "[FORMAT=]NAME")]
    pub(crate) default_model: Vec<DefaultModel>,
    /// Who serves the model, where that is not its vendor: azure, openrouter, bedrock, ... Overrides the host that the
    /// request or the model's name names
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day the requests are sent, YYYY-MM-DD: a model that is shut down by then is refused, and prices and routes are
    /// those of the day [default: none; a model that is shut down is risky]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The format of the requests: `auto` finds it by their shape, except openai-compaction
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
    /// Keep N tokens of the window for the answer: 4096, 4k [default: what the request asks for]
    #[arg(long, value_name = "N", value_parser = parse_tokens, allow_hyphen_values = true)]
    pub(crate) reserve_output: Option<u64>,
    /// Keep N more tokens free
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_tokens, allow_hyphen_values = true)]
    pub(crate) margin: u64,
    /// Let the input have at most N tokens, however large the window is
    #[arg(long, value_name = "N", value_parser = parse_some_tokens, allow_hyphen_values = true)]
    pub(crate) max_input: Option<u64>,
    /// Refuse a model that the registry does not know
    #[arg(long)]
    pub(crate) closed_registry: bool,
    /// Answer each request with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where requests are written.
#[derive(Debug, clap::Args)]
pub(crate) struct Output {
    /// Write each result to the file that it is from; a file with a request that has no result stays as it is
    #[arg(long, conflicts_with_all = ["json", "out_dir"], requires = "files")]
    pub(crate) in_place: bool,
    /// Write each result to a file of the same name in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "json", requires = "files")]
    pub(crate) out_dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepairArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Calls without a result: answer them with a placeholder, drop them, or keep them
    #[arg(long, value_name = "WHAT", default_value = "answer")]
    pub(crate) missing: MissingArg,
    /// The text of the placeholder
    #[arg(long, value_name = "TEXT", default_value = tokenfit::check::PLACEHOLDER)]
    pub(crate) placeholder: String,
    /// Results that are not directly after their call: move, drop or keep them
    #[arg(long, value_name = "WHAT", default_value = "move")]
    pub(crate) displaced: DisplacedArg,
    /// Keep results without a call
    #[arg(long)]
    pub(crate) keep_orphans: bool,
    /// Keep second results of a call and second calls of an id
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// Keep messages without content
    #[arg(long)]
    pub(crate) keep_empty: bool,
    /// Do not join messages of one role
    #[arg(long)]
    pub(crate) keep_roles: bool,
    /// Numbers out of their range: keep them, set them to their bound, or remove them
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub(crate) out_of_range: OutOfRangeArg,
    /// Remove settings that the endpoint or the model does not take
    #[arg(long)]
    pub(crate) drop_unsupported: bool,
    /// Make the request ready for this model, in the format it has: its name, ids, schemas, thinking, settings, limits
    #[arg(long = "for", value_name = "MODEL")]
    pub(crate) target: Option<String>,
    /// Fix this too where it is refused; several with commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) mend: Vec<MendArg>,
    /// Write what was done to this file, a line of JSON for each request [default: standard error, in words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write what `tokenfit undo` needs to this file, a line of JSON for each request, null for an unchanged one. It holds
    /// the text that was removed, and is for the bytes of the repaired request as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// What `tokenfit fit --undo UNDO` or `tokenfit repair --undo UNDO` wrote
    #[arg(value_name = "UNDO")]
    pub(crate) undo: PathBuf,
    /// The edited requests, in the same order. None or `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MissingArg {
    Answer,
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DisplacedArg {
    Move,
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MendArg {
    /// Rename ids of calls, in the call and in its results
    Ids,
    /// Remove images, files and sounds
    Media,
    /// Items of a Responses request that the server keeps
    Items,
    /// Clean schemas of tools
    Schemas,
    /// Write calls and results as text where no tools are offered
    ToolsAsText,
    /// Remove marks for the prompt cache
    CacheMarks,
    /// Set thinking to what the model can do
    Thinking,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OutOfRangeArg {
    Keep,
    Clamp,
    Drop,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    /// The model to show; a part of names lists the models that have it; without one, all are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// List only models of this provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Show it as this host serves it
    #[arg(long, value_name = "HOST", value_parser = parse_host, requires = "name")]
    pub(crate) host: Option<Host>,
    /// Show it as of this day, YYYY-MM-DD: its prices, and the model that answers
    #[arg(long, value_name = "DATE", value_parser = parse_day, requires = "name")]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Print JSON: one object, or one line for each model of the list
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Overrides {
    /// Add or correct models from this JSON file: our own format, LiteLLM's or models.dev's. Can be given more than once,
    /// later ones override earlier ones [default: the file that TOKENFIT_MODELS names]
    #[arg(long = "models", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
    /// Another name of a model, an Azure deployment for instance: our-chat=gpt-4o. Can be given more than once
    #[arg(long, value_name = "NAME=MODEL")]
    pub(crate) alias: Vec<AliasArg>,
}
