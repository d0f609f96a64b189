//! Arguments of `tokenfit serve`.

use std::net::SocketAddr;

use tokenfit::fit::Preset;
use tokenfit::model::{Day, Host};

use super::Overrides;
use super::values::{parse_day, parse_host};

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on; port 0 chooses a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Pass requests on to this base URL, checked, repaired and fitted
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
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
    /// Retry less and wait less: for a user who waits
    #[arg(long)]
    pub(crate) interactive: bool,
    /// Largest body of a request or of a whole answer, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 20)]
    pub(crate) max_body: usize,
    /// Seconds until the upstream must have begun to answer
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
