//! Usage of an answer: billed tokens by disjoint classes, and the current size of the context.
//!
//! | file | content |
//! |---|---|
//! | `class.rs` | classes of tokens |
//! | `record.rs` | [`Usage`], the result |
//! | `tables.rs`, `table.rs`, `walk.rs`, `entries.rs`, `words.rs`, `facts.rs` | JSON to numbers: keys as data tables, one visitor, one flat record |
//! | `chat.rs`, `responses.rs`, `anthropic.rs`, `gemini.rs`, `converse.rs`, `cohere.rs`, `plain.rs`, `invoke.rs` | one wire format each: which number includes which |
//! | `origin.rs` | the host that answered, and how hosts deviate from the format they are modeled on |
//! | `split.rs` | totals into classes, never below zero |
//! | `read.rs` | detection of the format, context and provider's cost |
//! | `stream.rs` | [`UsageStream`]: events one by one |
//! | `line.rs` | input lines and answers of the command `usage` |
//! | `shown.rs` | usage for people |
//! | `money.rs` | reported dollars as pico-dollars |
//!
//! Rules and their sources: the providers' references and recorded answers of public test suites,
//! state 2026-11-28.

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
