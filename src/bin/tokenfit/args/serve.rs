//! Arguments of `tokenfit serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use tokenfit::fit::Preset;
use tokenfit::model::{Day, Host};

use super::Overrides;
use super::values::{parse_day, parse_host, parse_some_tokens};

/// A model that gets a request after another one failed, and its base URL.
#[derive(Debug, Clone)]
pub(crate) struct FallbackArg {
    pub(crate) model: String,
    /// `None` for the upstream.
    pub(crate) url: Option<String>,
}

impl FromStr for FallbackArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<FallbackArg, &'static str> {
        // Names of models contain `@` too.
        let at = ["@https://", "@http://"]
            .iter()
            .find_map(|scheme| text.find(scheme));
        let (model, url) = match at {
            Some(at) => (&text[..at], Some(text[at + 1..].to_owned())),
            None => (text, None),
        };
        match model.is_empty() {
            true => Err("write MODEL or MODEL@URL, for example gpt-4.1@https://openrouter.ai/api"),
            false => Ok(FallbackArg {
                model: model.to_owned(),
                url,
            }),
        }
    }
}

/// The environment variable with the key for a base URL.
#[derive(Debug, Clone)]
pub(crate) struct KeyEnvArg {
    pub(crate) url: String,
    pub(crate) name: String,
}

impl FromStr for KeyEnvArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<KeyEnvArg, &'static str> {
        match text.rsplit_once('=') {
            Some((url, name)) if !url.is_empty() && !name.is_empty() => Ok(KeyEnvArg {
                url: url.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err("write URL=NAME, for example https://openrouter.ai/api=OPENROUTER_API_KEY"),
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("limits").args(["requests_per_minute", "tokens_per_minute"]).multiple(true))]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Pass requests on to this base URL, checked, repaired and fitted
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// Also trust the certificates in this PEM file, such as that of a private authority
    #[arg(long, value_name = "FILE", requires = "upstream")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Who answers at the upstream, if not the model's vendor: azure, openrouter, ...
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub(crate) host: Option<Host>,
    /// How requests that are too long are fitted [default: agent]
    #[arg(long, value_name = "PRESET")]
    pub(crate) fit: Option<Preset>,
    /// Do not fit: a request that is too long gets the provider's error
    #[arg(long, conflicts_with = "fit")]
    pub(crate) no_fit: bool,
    /// Do not repair: a request that would be refused gets the provider's error
    #[arg(long)]
    pub(crate) no_repair: bool,
    /// Model for a request that the one before it did not answer, or is too small for; at another
    /// base URL with MODEL@URL. Can be repeated
    #[arg(long, value_name = "MODEL[@URL]", requires = "upstream")]
    pub(crate) fallback: Vec<FallbackArg>,
    /// Environment variable with the key for fallbacks at this base URL, which never get the key of
    /// the client: https://openrouter.ai/api=OPENROUTER_API_KEY. Can be repeated
    #[arg(long, value_name = "URL=NAME", requires = "fallback")]
    pub(crate) key_env: Vec<KeyEnvArg>,
    /// Requests that each model may get in a minute; others wait
    #[arg(long, value_name = "N", requires = "upstream", value_parser = parse_some_tokens)]
    pub(crate) requests_per_minute: Option<u64>,
    /// Tokens that each model may get in a minute, counted as its host counts them: 30000, 30k
    #[arg(long, value_name = "N", requires = "upstream", value_parser = parse_some_tokens)]
    pub(crate) tokens_per_minute: Option<u64>,
    /// Share these limits with all processes that use the same Redis server and upstream
    #[cfg(feature = "redis")]
    #[arg(long, value_name = "URL", requires = "limits")]
    pub(crate) redis: Option<String>,
    /// Share of the limits that this process uses while Redis does not answer, in percent; for N
    /// processes 90 / N. 0 stops all requests meanwhile
    #[cfg(feature = "redis")]
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub(crate) redis_lost: u64,
    /// Largest number of sends for one request, over all models [default: 5 for each, 3 with
    /// --interactive]
    #[arg(long, value_name = "N", requires = "upstream", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_sends: Option<u32>,
    /// Retry less and wait less: for a user who waits
    #[arg(long)]
    pub(crate) interactive: bool,
    /// Largest body of a request or of a whole answer, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 20)]
    pub(crate) max_body: usize,
    /// Seconds until the upstream must begin to answer, and longest pause within its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) timeout: u64,
    /// Largest number of open connections
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    pub(crate) max_connections: usize,
    /// Allow an address that other machines can reach. There is no access control
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// The day the requests are sent, YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(crate) at: Option<Day>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}
