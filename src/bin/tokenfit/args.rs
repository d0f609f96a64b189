//! What can be typed behind `tokenfit`.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Parser, Subcommand, ValueEnum};
use tokenfit::fit::Preset;
use tokenfit::model::{Day, Host, ImageSizes};
use tokenfit::{Encoding, Format, Models};

use crate::strategies::{self, KeepArg, LevelArg, RoleArg, StrategyArg};
use crate::summarizer::ProgramArg;

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
    /// Find what a provider would refuse: form, size and history, with the place, the remedy and its answer
    Check(CheckArgs),
    /// Mend a history that a provider would refuse: the repaired request goes to standard output
    Repair(RepairArgs),
    /// Make each request fit its model or a budget: the fitted request goes to standard output
    Fit(Box<FitArgs>),
    /// Say what an error answer means, and what to do: its kind, numbers, wait and next action
    Error(ErrorArgs),
    /// Say what an answer or a stream was billed for: classes of tokens, context and cost
    Usage(UsageArgs),
    /// Say which rate limits the headers of a response state, and how long to wait
    Headers(HeadersArgs),
    /// Say whether an API key looks like one; it is never shown
    Key(KeyArgs),
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
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long, conflicts_with = "text")]
    pub(crate) lines: bool,
    /// Count each input as one plain text, nothing around it
    #[arg(long)]
    pub(crate) text: bool,
    /// With --text: the encoding to count in [default: the model's, else o200k_base]
    #[arg(long, value_name = "NAME", requires = "text", conflicts_with = "model", value_parser = parse_encoding)]
    pub(crate) encoding: Option<Encoding>,
    /// At the end, say on standard error what all requests cost together
    #[arg(long, conflicts_with = "text")]
    pub(crate) total: bool,
    /// Answer each request with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which requests to read, and whom they are for.
#[derive(Debug, clap::Args)]
pub(crate) struct Requests {
    /// Files of requests: one JSON document each, or JSON Lines; of a folder all `.json` and `.jsonl` below it. None or `-`
    /// is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Take the requests as sent to this model instead of the one they name
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Who serves the model, where that is not its vendor: azure, openrouter, bedrock, ... Goes before the host that the
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
    /// The format of the requests: `auto` finds it by their shape
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub(crate) format: FormatArg,
    /// Read every line as a request, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
    /// Keep so many tokens of the window for the answer [default: what the request asks for]
    #[arg(long, value_name = "N")]
    pub(crate) reserve_output: Option<u64>,
    /// Keep so many tokens free on top
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) margin: u64,
    /// Let the input have at most so many tokens, however large the window is
    #[arg(long, value_name = "N")]
    pub(crate) max_input: Option<u64>,
    /// Refuse a model that the registry does not know
    #[arg(long)]
    pub(crate) closed_registry: bool,
    /// Answer each request with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Exit: 0 nothing is refused, 1 something is, 2 could not tell (usage, input or output, bad input).
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
}

/// Exit: 0 nothing is refused any more, 1 something is left, 2 could not tell (usage, input or output, bad input).
#[derive(Debug, clap::Args)]
pub(crate) struct RepairArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
    /// Calls without a result: answer them with a placeholder, drop them, or keep them
    #[arg(long, value_name = "WHAT", default_value = "answer")]
    pub(crate) missing: MissingArg,
    /// The text of the placeholder
    #[arg(long, value_name = "TEXT", default_value = tokenfit::check::PLACEHOLDER)]
    pub(crate) placeholder: String,
    /// Results that do not stand right behind their call: move, drop or keep them
    #[arg(long, value_name = "WHAT", default_value = "move")]
    pub(crate) displaced: DisplacedArg,
    /// Keep results without a call
    #[arg(long)]
    pub(crate) keep_orphans: bool,
    /// Keep second results of a call and second calls of an id
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// Keep messages that say nothing
    #[arg(long)]
    pub(crate) keep_empty: bool,
    /// Do not join messages of one role
    #[arg(long)]
    pub(crate) keep_roles: bool,
    /// Numbers that are out of their range: keep them, set them to their bound, or leave them out
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub(crate) out_of_range: OutOfRangeArg,
    /// Leave out settings that the endpoint or the model does not take
    #[arg(long)]
    pub(crate) drop_unsupported: bool,
    /// Make the request ready for this model, in the format it has: its name, ids, schemas, thinking, settings, limits
    #[arg(long = "for", value_name = "MODEL")]
    pub(crate) target: Option<String>,
    /// What else to mend where it is refused; several with commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) mend: Vec<MendArg>,
    /// Write what was done to this file, a line of JSON for each request [default: standard error, in words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write what takes it back to this file, a line of JSON for each request, null for an unchanged one. It holds the text
    /// that was taken out, and is for the bytes of the repaired request as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
}

/// Exit: 0 all fit, 1 one cannot be made to fit or would be refused all the same, 2 could not tell (usage, input or output,
/// bad input).
#[derive(Debug, clap::Args)]
#[command(after_help = strategies::EXIT_HELP)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    pub(crate) requests: Requests,
    /// Ready-made strategies and keep rules: agent, cache_friendly, sliding_window, truncate_to_limit,
    /// summarize_conversation
    #[arg(long, value_name = "NAME", default_value = "agent", value_parser = parse_preset, long_help = strategies::PRESET_HELP)]
    pub(crate) preset: Preset,
    /// What may go, first things first, instead of a preset: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', conflicts_with = "preset", long_help = strategies::STRATEGY_HELP)]
    pub(crate) strategy: Vec<StrategyArg>,
    /// What must stay, on top of the preset's rules: see --help for the names
    #[arg(long, value_name = "NAME[:N],...", value_delimiter = ',', long_help = strategies::KEEP_HELP)]
    pub(crate) keep: Vec<KeepArg>,
    /// Do something above this mark: a fraction of the budget (0.9, 90%) or tokens (9000) [default: the whole budget]
    #[arg(long, value_name = "MARK")]
    pub(crate) high_water: Option<LevelArg>,
    /// And bring it down to this mark, if that can be done [default: 0.8, or the preset's]
    #[arg(long, value_name = "MARK")]
    pub(crate) low_water: Option<LevelArg>,
    /// With --strategy: what stands in the place of cleared results and dropped media
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) placeholder: Option<String>,
    /// With --strategy: what stands where a text was cut
    #[arg(long, value_name = "TEXT", requires = "strategy")]
    pub(crate) marker: Option<String>,
    /// Before anything is taken out: models to send it to instead, the first that takes the request as it is
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
    /// Show what would be done, and do not do it; no summary is asked for then
    #[arg(long, conflicts_with_all = ["receipt", "undo"])]
    pub(crate) plan: bool,
    /// Write what was done to this file, a line of JSON for each request [default: standard error, in words]
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Write what takes it back to this file, a line of JSON for each request, null for an unchanged one. It holds the text
    /// that was taken out, and is for the bytes of the fitted request as they are written without --json
    #[arg(long, value_name = "FILE")]
    pub(crate) undo: Option<PathBuf>,
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
    /// Leave out images, files and sounds
    Media,
    /// Items of a Responses request that the server keeps
    Items,
    /// Clean schemas of tools
    Schemas,
    /// Write calls and results as text where no tools are offered
    ToolsAsText,
    /// Leave out marks for the prompt cache
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

/// Which replies to read.
#[derive(Debug, clap::Args)]
pub(crate) struct Replies {
    /// Files of replies: one document each, or JSON Lines; of a folder all `.json` and `.jsonl` below it. None or `-` is
    /// standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Read every line as a reply, even when the first is not a whole JSON value
    #[arg(long)]
    pub(crate) lines: bool,
    /// Answer each reply with one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A reply is a body, or a line `{"status", "headers", "body", "provider", "now_unix"}`. Exit: 0 answered, 2 not understood (usage,
/// input or output, bad input, an error that no rule knows).
#[derive(Debug, clap::Args)]
pub(crate) struct ErrorArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
    /// The HTTP status, where a line has none
    #[arg(long, value_name = "N")]
    pub(crate) status: Option<u16>,
    /// A header of the response; can be given more than once, those of a line go before
    #[arg(long, value_name = "NAME: VALUE", value_parser = parse_header)]
    pub(crate) header: Vec<(String, String)>,
    /// Who answered: openai, anthropic, zai, ...; decides whose numeric codes are meant
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// When it was answered, in seconds since 1970: turns dates into waits [default: the header `date`]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) now: Option<u64>,
}

/// A reply is an answer, a stream of events, or a line `{"provider", "api", "model"?, "body" | "events" | "responses",
/// "price_pico_per_token"?}`. Exit: 0 answered, 2 not understood (usage, input or output, bad input, no usage in it).
#[derive(Debug, clap::Args)]
pub(crate) struct UsageArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
    /// Take the prices of this model instead of the one that the answer names
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Who served the model, where that is not its vendor
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// The day of the answer, YYYY-MM-DD, for its prices [default: the day of the registry]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// A reply is a line `{"provider", "status", "headers", "now_unix"}`. Exit: 0 answered, 2 not understood (usage, input or output, bad
/// input).
#[derive(Debug, clap::Args)]
pub(crate) struct HeadersArgs {
    #[command(flatten)]
    pub(crate) replies: Replies,
}

/// Reads the provider's environment variable, or standard input where that is not set or `-` is given. Exit: 0 it looks like a
/// key, 1 something is wrong with it, 2 could not tell (usage, input or output).
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    /// `-` reads standard input, whatever the environment says
    // Whatever stands here can be the key: a parser's own message would show it.
    #[arg(value_name = "-")]
    pub(crate) source: Option<std::ffi::OsString>,
    /// Whose key it is meant to be
    #[arg(long, value_name = "HOST", default_value = "openai", value_parser = parse_host)]
    pub(crate) provider: Host,
    /// Read this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    pub(crate) env: Option<std::ffi::OsString>,
    /// Answer with one line of JSON
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
    /// later ones go before earlier ones [default: the file that TOKENFIT_MODELS names]
    #[arg(long = "models", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
}

/// Sizes of images that are not in the requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Images {
    /// The pixels of images by URL: WxH for all of them, or URL=WxH for one (or the id of a file). Can be given more than once
    #[arg(long, value_name = "[URL=]WxH", value_parser = parse_image_size)]
    pub(crate) image_size: Vec<ImageSizeArg>,
}

impl Images {
    /// The models, with the sizes.
    pub(crate) fn told(&self, models: Models) -> Models {
        let sizes = &self.image_size;
        match sizes.is_empty() {
            true => models,
            false => {
                models.image_sizes(sizes.iter().fold(
                    ImageSizes::new(),
                    |sizes, arg| match &arg.name {
                        Some(name) => sizes.named(name, arg.width, arg.height),
                        None => sizes.others(arg.width, arg.height),
                    },
                ))
            }
        }
    }
}

/// The size of one image, or of all that are not named.
#[derive(Debug, Clone)]
pub(crate) struct ImageSizeArg {
    name: Option<String>,
    width: u32,
    height: u32,
}

fn parse_image_size(text: &str) -> Result<ImageSizeArg, &'static str> {
    const FORM: &str = "write it as WIDTHxHEIGHT in pixels, or as URL=WIDTHxHEIGHT";
    // A URL can hold the sign; a size cannot.
    let (name, size) = match text.rsplit_once('=') {
        Some((name, size)) => (Some(name.to_owned()), size),
        None => (None, text),
    };
    let side = |text: &str| text.parse().ok().filter(|side| *side > 0).ok_or(FORM);
    let (width, height) = size.split_once(['x', 'X']).ok_or(FORM)?;
    Ok(ImageSizeArg {
        name,
        width: side(width)?,
        height: side(height)?,
    })
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

fn parse_header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("write it as `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn parse_preset(name: &str) -> Result<Preset, tokenfit::Error> {
    name.parse()
}

fn parse_encoding(name: &str) -> Result<Encoding, tokenfit::Error> {
    Encoding::from_name(name)
}

fn parse_day(text: &str) -> Result<Day, tokenfit::Error> {
    text.parse()
}

fn parse_host(name: &str) -> Result<Host, tokenfit::Error> {
    name.parse()
}
