//! The library by its public interface, each subject a module; cases are data in `tests/cases/`.
//!
//! One program for all of them: each test program links the whole crate, tables included.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
#[cfg(any(feature = "claude", feature = "gemma", feature = "kimi"))]
mod by_hand;
mod check;
mod check_form;
mod check_properties;
mod conversation;
mod documented;
mod encoding;
mod evidence;
mod examples;
mod fit_checks;
mod fit_properties;
mod fit_rules;
mod fit_summaries;
mod front_door;
mod groups;
mod language;
#[cfg(feature = "mistral")]
mod learn;
mod models;
mod openai_rules;
mod properties;
mod repairs;
mod resolve;
mod rules;
#[cfg(feature = "claude")]
mod rules_claude;
#[cfg(feature = "gemma")]
mod rules_gemini;
#[cfg(all(
    feature = "qwen2",
    feature = "qwen35",
    feature = "glm",
    feature = "kimi"
))]
mod rules_hosts;
mod structure;
#[cfg(feature = "templates")]
mod templates;
#[cfg(feature = "tokenizers")]
mod tokenizer_json;
mod translate;
mod vocabularies;
mod wire;
#[cfg(all(feature = "gemma", feature = "cl100k"))]
mod without_rules;
