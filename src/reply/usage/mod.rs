//! Usage of an answer: what was billed, by disjoint classes, and how large the context is now.
//!
//! | file | idea |
//! |---|---|
//! | `class.rs` | the classes of tokens |
//! | `record.rs` | [`Usage`], the result |
//! | `tables.rs`, `table.rs`, `walk.rs`, `entries.rs`, `words.rs`, `facts.rs` | JSON to numbers: keys as data tables, one visitor, one flat record |
//! | `chat.rs`, `responses.rs`, `anthropic.rs`, `gemini.rs`, `converse.rs`, `cohere.rs`, `plain.rs`, `invoke.rs` | one wire format each: which number contains which |
//! | `origin.rs` | who answered, and how hosts depart from the format they are modelled on |
//! | `split.rs` | totals into classes, never below zero |
//! | `read.rs` | which format it is, context and provider's cost |
//! | `stream.rs` | [`UsageStream`]: events one by one |
//! | `line.rs` | the input lines and answers of the command `usage` |
//! | `shown.rs` | usage for people |
//! | `money.rs` | reported dollars as pico-dollars |
//!
//! Rules and their sources: the providers' references and recorded answers of public test suites, state 2026-11-28.

mod anthropic;
mod chat;
mod class;
mod cohere;
mod converse;
mod entries;
mod facts;
mod gemini;
mod invoke;
mod line;
pub(crate) mod money;
mod origin;
mod plain;
mod read;
mod record;
mod responses;
mod shown;
mod split;
mod stream;
mod table;
mod tables;
mod tier;
mod walk;
mod words;

pub use class::{Class, Classes, Side};
pub use line::{CostSource, UsageAnswer, answer, answer_with};
pub use origin::{Api, Origin};
pub use record::{Call, Flag, OtherModel, ProviderCost, Usage};
pub use stream::UsageStream;
pub use tier::ServedTier;
