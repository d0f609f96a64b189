//! Catalog of faults: every row that a rule can report, with the providers' answers.
//!
//! `fields.rs`: missing, unknown and mistyped fields, values out of range. `settings.rs`: settings
//! that a model or an endpoint of OpenAI does not support. `anthropic.rs`, `anthropic_tools.rs` and
//! `converse.rs`: faults specific to Anthropic's Messages and Bedrock's Converse. `gemini.rs`:
//! Google's generateContent. `hosts.rs`: hosts of the Chat Completions format. `items.rs`: items of
//! Responses. `media.rs`: images, files and audio. `tools.rs`: tools, choices, schemas.
//! `contents.rs`: messages and their contents. `calls.rs`: calls, results, thinking. `sizes.rs`:
//! limits. A code has several rows if providers answer its cases differently.
//!
//! Each sentence of a provider is written once; rows that share one share the constant.

/// Declares the rows of a file, each with its own name.
macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $fault:expr;)*) => {
        $(
            $(#[$doc])*
            pub(crate) const $name: Fault = Fault {
                name: stringify!($name),
                ..$fault
            };
        )*

        /// All rows of the file.
        #[cfg(test)]
        pub(crate) const ALL: &[&Fault] = &[$(&$name),*];
    };
}

pub(super) mod anthropic;
pub(super) mod anthropic_tools;
pub(super) mod calls;
pub(super) mod contents;
pub(super) mod converse;
pub(super) mod fields;
pub(super) mod gemini;
pub(super) mod hosts;
pub(super) mod items;
pub(super) mod media;
pub(super) mod settings;
pub(super) mod sizes;
pub(super) mod tools;

#[cfg(test)]
mod tests;

use super::fault::By;
use super::server::Dialect;

pub(super) const SETTINGS: By = By::Form(|strictness| strictness.settings);
pub(super) const WORDS: By = By::Form(|strictness| strictness.words);
pub(super) const NAMES: By = By::Form(|strictness| strictness.names);
pub(super) const TYPO: By = By::Form(|strictness| strictness.typo);
pub(super) const OPENAI_ALONE: By = By::Form(|strictness| strictness.openai);

pub(super) const CHAT: &[Dialect] = &[Dialect::OpenAiChat];
pub(super) const RESPONSES: &[Dialect] = &[Dialect::OpenAiResponses];
pub(super) const OPENAI: &[Dialect] = &[
    Dialect::OpenAiChat,
    Dialect::OpenAiResponses,
    Dialect::OpenAiEmbeddings,
    Dialect::OpenAiCompletions,
];
/// Anthropic's own models, wherever they are served.
pub(super) const ANTHROPIC: &[Dialect] = &[Dialect::Anthropic, Dialect::AnthropicHosted];
/// All dialects of Anthropic's format.
pub(super) const ANTHROPIC_FORMAT: &[Dialect] = &[
    Dialect::Anthropic,
    Dialect::AnthropicHosted,
    Dialect::AnthropicLike,
];
/// Anthropic's own API in any format.
pub(super) const ANTHROPIC_ITSELF: &[Dialect] = &[Dialect::Anthropic, Dialect::AnthropicOther];
/// Google's two clouds.
pub(super) const GEMINI: &[Dialect] = &[Dialect::Gemini, Dialect::Vertex];
pub(super) const GEMINI_API: &[Dialect] = &[Dialect::Gemini];
pub(super) const VERTEX: &[Dialect] = &[Dialect::Vertex];
