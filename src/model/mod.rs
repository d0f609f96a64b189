//! Models: limits, encodings, prices, and look-up by name.
//!
//! [`Models::builtin`] contains 1,103 models of 83 vendors, merged from public tables; each states
//! [the sources of its facts](Model::sources) with their dates. [`Models::get`] looks up a name.
//!
//! Sizes are in tokens, prices in USD per 1,000,000 tokens. `None` always means "not known or not
//! published".
//!
//! ```
//! let model = tokenfit::Models::builtin().get("gpt-5")?;
//! assert_eq!(model.context_window(), Some(400_000));
//! assert_eq!(model.max_input_tokens(), Some(272_000));
//! assert_eq!(model.max_output_tokens(), Some(128_000));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! Abilities of a model are columns of its row: [`Model::abilities`], [`Model::request_limits`],
//! [`Model::image_tokens`], [`Model::counting_generation`]. Prices are queried with a
//! [`PriceQuery`]. [`Models::on`] returns the models of a day: its prices, and the model that
//! actually answers.
//!
//! # Names
//!
//! Names are looked up as people and programs write them: with a provider's prefix, as a fine-tune,
//! in the spelling of Azure, Bedrock, Vertex, OpenRouter or Ollama, dated, or with other
//! separators. [`Model::matched`] returns which form it was, [`Match::is_certain`] how certain that
//! is, and [`Model::host`] who serves it. No name is guessed unless requested ([`Models::guess`],
//! [`UnknownModels`]).
//!
//! ```
//! use tokenfit::model::Host;
//!
//! let model = tokenfit::Models::builtin().get("us.anthropic.claude-sonnet-4-5-20250929-v1:0")?;
//! assert_eq!(model.id(), "claude-sonnet-4-5");
//! assert_eq!(model.host(), Some(Host::Bedrock));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! # Models of your own
//!
//! [`Models::overrides`] adds models and corrects facts from JSON; [`Models::alias`] adds a name to
//! a model, such as that of an Azure deployment.

/// Called by `columns!` and `words!` for each type; the build script writes constants with it, here
/// it expands to nothing.
macro_rules! constant {
    ($($of:tt)*) => {};
}

mod billing;
#[macro_use]
pub(crate) mod columns;
mod day;
mod facts;
mod found;
mod handle;
mod host;
mod image_sizes;
mod json;
mod lifecycle;
mod limits;
mod lookup;
mod overrides;
mod price;
mod registry;
mod resolve;
mod table;
mod unknown;

use std::str::FromStr;

pub use billing::BillingFamily;
pub use columns::abilities::{
    Abilities, BuiltInTools, ContextEdit, ConverseField, ConverseTraits, Effort, Endpoint,
    ForcedToolChoice, OutputLimitField, OverWindow, ParallelParam, PromptCache, Quirk, Reasoning,
    Sampling, SystemRole, Takes, ThinkingBudget, ThinkingType, ThoughtSignatures, Ttl,
};
pub use columns::generation::CountingGeneration;
pub use columns::images::{
    DocumentedImages, ImageCap, ImageCaps, ImageDetail, ImageScheme, ImageTokens, MediaResolution,
    Rounding,
};
pub use columns::limits::{EmbeddingLimits, ImageLimits, RequestLimits};
pub use columns::prices::{Rate, RegionalFactors, ServiceTier};
pub use columns::words::Set;
pub(crate) use columns::words::Word;
pub use day::Day;
pub use facts::{Match, Modality, ModelKind, Source, Traits};
pub use handle::Model;
pub use host::{Host, HostKind};
pub use image_sizes::ImageSizes;
pub use lifecycle::{MovesTo, RoutedTo};
pub use price::{CacheWrite, Price, PriceBasis, PriceQuery, Region};
pub use registry::Models;
pub(crate) use resolve::families::{is_claude, is_google, writes_answers};
pub use unknown::{Limits, UnknownModels};

use crate::error::{Error, Inner};
use crate::shown::shown_name;

impl FromStr for Day {
    type Err = Error;

    fn from_str(text: &str) -> Result<Day, Error> {
        Day::of(text).ok_or_else(|| Inner::InvalidDay { bytes: text.len() }.into())
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(word: &str) -> Result<Host, Error> {
        Host::from_word(word).ok_or_else(|| {
            // The most similar words only; a list of a hundred would not help.
            let mut near: Vec<(f64, &str)> = Host::ALL
                .iter()
                .map(|host| host.as_str())
                .map(|known| (strsim::jaro_winkler(known, word), known))
                .collect();
            near.sort_by(|a, b| b.0.total_cmp(&a.0));
            let near: Vec<&str> = near.iter().take(3).map(|(_, known)| *known).collect();
            Inner::UnknownHost {
                name: shown_name(word),
                near: near.join("`, `"),
            }
            .into()
        })
    }
}

/// Returns the version of the data: the newest date of the model registry and the counting rules,
/// and a short hash over them and the vocabularies. Builds of the same data version count alike and
/// know the same models.
///
/// # Examples
///
/// ```
/// // YYYY-MM-DD-xxxxxxxx
/// assert_eq!(tokenfit::model::data_version().len(), 19);
/// ```
pub fn data_version() -> &'static str {
    table::DATA_VERSION
}
