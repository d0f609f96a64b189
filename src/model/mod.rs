//! The models: their limits, encodings and prices, and how a name leads to one.
//!
//! [`Registry::builtin`] holds about 500 models of twelve providers, merged from public tables; each says
//! [where its facts come from](Model::sources) and how old they are. [`Registry::model`] looks a name up.
//!
//! Sizes are in tokens, prices in USD per 1,000,000 tokens. `None` always means "not known or not published".
//!
//! ```
//! let model = tokenfit::Registry::builtin().model("gpt-5")?;
//! assert_eq!(model.context_window(), Some(400_000));
//! assert_eq!(model.max_input_tokens(), Some(272_000));
//! assert_eq!(model.max_output_tokens(), Some(128_000));
//! # Ok::<(), tokenfit::Error>(())
//! ```

//!
//! # Names
//!
//! A name is looked up as people and programs write it: with a provider's prefix, as a fine-tune, in the spelling of Azure,
//! Bedrock, Vertex, OpenRouter or Ollama, dated, or with other separators. [`Model::matched`] says which it was and
//! [`Match::is_certain`] how sure that is; [`Model::host`] says who serves it. Nothing is guessed unless asked for
//! ([`Registry::guess`], [`UnknownModels`]).
//!
//! ```
//! use tokenfit::model::Host;
//!
//! let model = tokenfit::Registry::builtin().model("us.anthropic.claude-sonnet-4-5-20250929-v1:0")?;
//! assert_eq!(model.id(), "claude-sonnet-4-5");
//! assert_eq!(model.host(), Some(Host::Bedrock));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! # Models of your own
//!
//! [`Registry::with_overrides`] adds models and corrects facts from JSON; [`Registry::with_alias`] gives a model another name,
//! such as that of an Azure deployment.

mod billing;
mod facts;
mod host;
mod json;
mod overrides;
mod registry;
mod resolve;
mod resolved;
mod table;
mod unknown;

pub use billing::BillingFamily;
pub use facts::{Match, Modality, ModelKind, Price, Source, Traits};
pub use host::Host;
pub use registry::Registry;
pub use resolved::Model;
pub use unknown::{Limits, UnknownModels};

/// Which data this build counts by: the newest date of the model registry and the counting rules, and a short hash over
/// them and the vocabularies. Two builds with the same data version count alike and know the same models.
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
