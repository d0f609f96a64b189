//! Command-line arguments of `tokenfit`.

mod fit;
mod help;
mod images;
mod reply;
#[cfg(feature = "serve")]
mod serve;
mod values;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::{Parser, Subcommand, ValueEnum};
use tokenfit::Encoding;
use tokenfit::model::{Day, Host};

use crate::terminal::When;
use values::{parse_day, parse_encoding, parse_format, parse_host};

pub(crate) use fit::FitArgs;
use images::Images;
pub(crate) use reply::{ErrorArgs, HeadersArgs, KeyArgs, LearnArgs, Replies, UsageArgs};
#[cfg(feature = "serve")]
pub(crate) use serve::{FallbackArg, ServeArgs};
#[cfg(any(feature = "tokenizers", feature = "templates"))]
pub(crate) use values::FileArg;
pub(crate) use values::{AliasArg, DefaultModel, FormatArg, parse_some_tokens, parse_tokens};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} (data {})",
        env!("CARGO_PKG_VERSION"),
        tokenfit::data_version()
    )
});

/// Counts, checks and fits requests to language models.
///
/// Reads requests as JSON from files, folders or standard input. Results go to standard output,
/// messages to standard error.
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
    /// When to use color [NO_COLOR disables it too]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    /// When to show the progress through a long input on standard error
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
    /// Fix what a provider would refuse, where there is exactly one correct fix
    #[command(after_long_help = help::REPAIR)]
    Repair(RepairArgs),
    /// Write each request in the wire format of another model
    #[command(after_long_help = help::TRANSLATE)]
    Translate(TranslateArgs),
    /// Make each request fit its model or a budget
    #[command(after_long_help = help::FIT)]
    Fit(Box<FitArgs>),
    /// Undo a fit or a repair: restore the original request from the edited one
    #[command(after_long_help = help::UNDO)]
    Undo(UndoArgs),
    /// Explain an error answer: its kind, numbers, wait and next action
    #[command(after_long_help = help::ERROR)]
    Error(ErrorArgs),
    /// Report what an answer or a stream was billed for: token classes, context and cost
    #[command(after_long_help = help::USAGE)]
    Usage(UsageArgs),
    /// Report the rate limits that response headers state, and how long to wait
    #[command(after_long_help = help::HEADERS)]
    Headers(HeadersArgs),
    /// Learn from usage how models are billed, and find rules that no longer hold
    #[command(after_long_help = help::LEARN)]
    Learn(LearnArgs),
    /// Check whether an API key looks like one; it is never shown
    #[command(after_long_help = help::KEY)]
    Key(KeyArgs),
    /// Show a model's limits, encoding, prices and sources, or list models
    #[command(after_long_help = help::MODELS)]
    Models(ModelsArgs),
    /// Serve the count endpoints of Anthropic, OpenAI and Google, and a guarding proxy
    #[cfg(feature = "serve")]
    #[command(after_long_help = help::SERVE)]
    Serve(Box<ServeArgs>),
    /// Print a shell completion script for options and values
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all subcommands to a folder
    #[command(after_long_help = help::MAN)]
    Man {
        /// The folder; without it, the page of tokenfit itself goes to standard output
        #[arg(long, value_name = "DIR")]
        out_dir: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CountArgs {
    /// Files of requests: one JSON document each, or JSON Lines; for a folder, all `.json` and
    /// `.jsonl` files in it. Without one, or with `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Count for this model instead of the one the request names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Model for requests that name none, for all formats or for one: gemini=gemini-3-pro. Can be
    /// repeated
    #[arg(long, value_name = "[FORMAT=]NAME")]
    pub(crate) default_model: Vec<DefaultModel>,
    /// Who serves the model, if not its vendor: azure, openrouter, bedrock, ... Overrides the host
    /// named by the request or the model's name
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day the requests are sent, YYYY-MM-DD: where a vendor answers with another model by
    /// then, that model is used
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Count models without an exact rule by what `tokenfit learn` wrote to this file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) calibration: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The format of the requests: `auto` detects it by shape, except openai-compaction
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value; with --text, as
    /// a JSON string
    #[arg(long)]
    pub(crate) lines: bool,
    /// Count each input as one plain string, without framing
    #[arg(long)]
    pub(crate) text: bool,
    /// With --text: the encoding to count with [default: the model's, else o200k_base]. Those of
    /// Claude count the string as the only message of a request, like Anthropic's API
    #[arg(long, value_name = "NAME", requires = "text", conflicts_with = "model", value_parser = parse_encoding)]
    pub(crate) encoding: Option<Encoding>,
    /// At the end, print the total cost of all requests to standard error; printed for several
    /// requests anyway, unless --json is set
    #[arg(long, conflicts_with = "text")]
    pub(crate) total: bool,
    /// Print one line of JSON for each request
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which requests to read, and their model and host.
#[derive(Debug, clap::Args)]
pub(crate) struct Requests {
    /// Files of requests: one JSON document each, or JSON Lines; for a folder, all `.json` and
    /// `.jsonl` files in it. Without one, or with `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Process the requests for this model instead of the one they name
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Model for requests that name none, for all formats or for one: gemini=gemini-3-pro. Can be
    /// repeated
    #[arg(long, value_name = "[FORMAT=]NAME")]
    pub(crate) default_model: Vec<DefaultModel>,
    /// Who serves the model, if not its vendor: azure, openrouter, bedrock, ... Overrides the host
    /// named by the request or the model's name
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day the requests are sent, YYYY-MM-DD: a model that is shut down by then is refused, and
    /// prices and routes are those of the day [default: none; a model that is shut down is risky]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The format of the requests: `auto` detects it by shape, except openai-compaction
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
    /// Reserve N tokens of the window for the answer: 4096, 4k [default: the request's output
    /// limit]
    #[arg(long, value_name = "N", value_parser = parse_tokens, allow_hyphen_values = true)]
    pub(crate) reserve_output: Option<u64>,
    /// Keep N more tokens of the window free
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_tokens, allow_hyphen_values = true)]
    pub(crate) margin: u64,
    /// Limit the input to N tokens, whatever the size of the window
    #[arg(long, value_name = "N", value_parser = parse_some_tokens, allow_hyphen_values = true)]
    pub(crate) max_input: Option<u64>,
    /// Refuse a model that the registry does not know
    #[arg(long)]
    pub(crate) closed_registry: bool,
    /// Print one line of JSON for each request
    #[arg(long)]
    pub(crate) json: bool,
}

/// Destination of the requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Output {
    /// Write each result to the file it was read from; a file is left unchanged if one of its
    /// requests has no result
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
    /// Keep further results of one call and further calls with one id
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// Keep messages without content
    #[arg(long)]
    pub(crate) keep_empty: bool,
    /// Do not join consecutive messages of one role
    #[arg(long)]
    pub(crate) keep_roles: bool,
    /// Numbers out of their range: keep them, set them to the bound, or remove them
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub(crate) out_of_range: OutOfRangeArg,
    /// Remove settings that the endpoint or the model does not support
    #[arg(long)]
    pub(crate) drop_unsupported: bool,
    /// Adapt the request to this model, in its current format: model name, ids, schemas, thinking,
    /// settings, limits
    #[arg(long = "for", value_name = "MODEL")]
    pub(crate) target: Option<String>,
    /// Also fix this where it is refused; several separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fix: Vec<FixArg>,
    /// Write the edits to this file, one line of JSON per request [default: standard error, in
    /// words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write the input of `tokenfit undo` to this file, one line of JSON per request, null for an
    /// unchanged one. It contains the removed text, and applies to the bytes of the repaired
    /// request as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TranslateArgs {
    /// The model that the requests are written for
    #[arg(long, value_name = "MODEL")]
    pub(crate) to: String,
    /// The format to write: openai-chat, anthropic or gemini [default: that of the model's vendor,
    /// where the host serves it]
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) to_format: FormatArg,
    #[command(flatten)]
    pub(crate) requests: Requests,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Write the edits to this file, one line of JSON per request [default: standard error, in
    /// words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// File written by `tokenfit fit --undo UNDO` or `tokenfit repair --undo UNDO`
    #[arg(value_name = "UNDO")]
    pub(crate) undo: PathBuf,
    /// The edited requests, in the same order. Without one, or with `-`: standard input
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
pub(crate) enum FixArg {
    /// Rename ids of calls, in the call and in its results
    Ids,
    /// Remove images, files and audio
    Media,
    /// Remove references to items of a Responses request that only the server has
    Items,
    /// Clean schemas of tools
    Schemas,
    /// Write calls and results as text where no tools are offered
    ToolsAsText,
    /// Remove cache marks
    CacheMarks,
    /// Set thinking to a mode that the model supports
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
    /// The model to show; part of a name lists the models whose names contain it; without a name,
    /// all are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// List only models of this provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Show it as served by this host
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
    /// Add or correct models from this JSON file: our own format, LiteLLM's or models.dev's. Can be
    /// repeated; later files override earlier ones [default: the file that TOKENFIT_MODELS names]
    #[arg(long = "models", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
    /// Another name of a model, such as an Azure deployment: our-chat=gpt-4o. Can be repeated
    #[arg(long, value_name = "NAME=MODEL")]
    pub(crate) alias: Vec<AliasArg>,
    /// Count text of a model, or of all models with an encoding, by this tokenizer.json:
    /// llama3=tokenizer.json. Can be repeated
    #[cfg(feature = "tokenizers")]
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) tokenizer: Vec<FileArg>,
    /// Count requests to a model, or to all models with an encoding, by this chat template:
    /// llama3=chat_template.jinja, or its tokenizer_config.json. Can be repeated
    #[cfg(feature = "templates")]
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) template: Vec<FileArg>,
    /// Assume the limits of this model for names that are not listed; their counts are estimates
    #[arg(long, value_name = "MODEL")]
    pub(crate) assume: Option<String>,
}

impl Overrides {
    /// Returns the files that are read, each with its option.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        let models = self.models.iter().map(|path| ("--models", path.as_path()));
        #[cfg(feature = "tokenizers")]
        let models = models.chain(
            self.tokenizer
                .iter()
                .map(|file| ("--tokenizer", &*file.path)),
        );
        #[cfg(feature = "templates")]
        let models = models.chain(self.template.iter().map(|file| ("--template", &*file.path)));
        models
    }
}
