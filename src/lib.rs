//! Count the tokens an LLM request will be billed for, catch what the provider would reject, and trim it to fit, before you
//! send it.
//!
//! ```
//! let body = r#"{
//!     "model": "gpt-4o-mini",
//!     "messages": [
//!         {"role": "system", "content": "You answer in one sentence."},
//!         {"role": "user", "name": "ann", "content": "Why is the sky blue?"}
//!     ]
//! }"#;
//!
//! let count = tokenfit::count(body)?;
//! assert_eq!(count.tokens(), 25);
//! assert_eq!(count.accuracy(), tokenfit::Accuracy::Exact);
//!
//! let report = tokenfit::check(body);             // findings, as the API would word them
//! assert!(report.is_ok());
//!
//! let fitted = tokenfit::fit(body, 8_000)?;       // at most 8,000 tokens of input
//! assert_eq!(fitted.as_bytes(), body.as_bytes()); // it fits: not a byte is changed
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! The same with handles, for settings of your own:
//!
//! ```
//! use tokenfit::{Budget, Models, Request};
//! use tokenfit::fit::Preset;
//!
//! let body = r#"{"model": "prod-chat", "messages": [{"role": "user", "content": "Hello"}]}"#;
//! let models = Models::builtin().alias("prod-chat", "gpt-4o")?;   // overrides, aliases, tokenizers
//! let request = Request::parse(body)?;                                 // borrows the body
//! let model = models.for_request(&request)?;                           // limits, encoding, billing rules
//! assert_eq!(model.count(&request).tokens(), 8);
//!
//! let budget = Budget::new(&model).reserve_output(4_096);
//! let fitter = Preset::Agent.fitter(budget).also_keep(|keep| keep.last_turns(2));
//! let fitted = fitter.fit(&request)?;
//! assert!(fitted.is_unchanged());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! # What there is
//!
//! - [`Request`] reads the provider's own JSON and keeps its bytes: what is not edited leaves as it came. It knows seven
//!   [`Format`]s (OpenAI's Chat Completions, Responses, embeddings and completions, Anthropic's Messages, Google's
//!   generateContent, Bedrock's Converse), finds them by their shape, and shows all as the same messages, parts, calls,
//!   results and tools.
//! - [`request::Groups`] says what of a history must stay or go together: calls with their results, reasoning with what it
//!   was signed for, turns, rounds.
//! - [`mod@count`], [`mod@check`] and [`mod@fit`] have a function of the same name each, for a body and the built-in models.
//! - [`Models`] finds a [`Model`] by its name: context window, input limit, output limit, encoding, billing rules, prices,
//!   dates, each with its source; with overrides, aliases and tokenizers of the caller's.
//! - [`Model::count`] returns a [`RequestCount`], whose parts add up to its total and each of which is a [`TokenCount`]: a
//!   number, its bounds, and how sure it is ([`Accuracy`]).
//! - [`Budget`] holds a request against its model: [`Budget::check`] finds what the provider would refuse ([`Finding`]s
//!   about size and history), [`Budget::repair`] mends a broken history, [`Budget::fits`] says whether it fits.
//! - [`Fitter`] brings a request under its budget by strategies that honour keep rules, with a receipt of every edit, or says
//!   what the floor is ([`fit::CannotFit`]); [`fit::Summaries`] asks for summaries as data, [`fit::Conversation`] keeps a
//!   growing history fitted.
//! - [`edit::Receipt`] says what a repair or a fit did, edit by edit, as text and as JSON; [`edit::Undo`] leads back.
//! - [`Encoding`] turns text into tokens exactly as OpenAI's tiktoken does: count, count up to a limit, encode, decode,
//!   and cut to so many tokens without breaking a character.
//! - [`Envelope`] reads what stands around requests in files of recorded requests and batches.
//! - [`reply`] reads what comes back: [`reply::ApiError`] makes numbers and a next action of an error, [`reply::Usage`] makes
//!   token classes and money of a usage; [`reply::retry`] and [`reply::rate`] say whether and when to send.
//! - [`report`] shows counts and findings to people.
//!
//! # How sure is a count?
//!
//! Exact means: by a rule that gave the provider's own `usage.prompt_tokens` on recorded requests to this very model.
//! Text messages, tools, calls, response schemas and inline images to OpenAI's models are, on Chat and Responses (98 % of
//! 705 recorded chat requests are counted to the token). Files, audio, images by URL, everything sent to models whose
//! encoding is not public, and the formats of other vendors are estimates with bounds; [`RequestCount::uncertain`] names the places. A budget
//! compares [`TokenCount::upper`].
//! `docs/accuracy.md` has the tables.
//!
//! # What it does not do
//!
//! It sends nothing and reads no clock, file or environment variable.
//!
//! # Recipes
//!
//! *Check before sending*, and mend what can be mended:
//!
//! ```
//! # use tokenfit::{Budget, Models, Request};
//! # use tokenfit::check::RepairPolicy;
//! # let models = Models::builtin();
//! # let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
//! let request = Request::parse(body)?;
//! let budget = Budget::new(&models.for_request(&request)?);
//! let repaired = budget.repair(&request, &RepairPolicy::default())?;
//! for finding in repaired.remaining() {
//!     eprintln!("{finding}");
//! }
//! let send: &[u8] = repaired.request().as_bytes();
//! # assert!(repaired.report().is_ok() && send.len() < body.len());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! *Make an agent's history fit*, and say what went:
//!
//! ```
//! # use tokenfit::{Budget, Models, Request};
//! # use tokenfit::fit::Preset;
//! # let models = Models::builtin();
//! # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
//! let request = Request::parse(body)?;
//! let fitter = Preset::Agent.fitter(Budget::new(&models.for_request(&request)?).reserve_output(4_096));
//! let fitted = fitter.fit(&request)?;
//! if let Some(receipt) = fitted.receipt() {
//!     eprintln!("{}", receipt);  // totals, and a line for each edit
//! }
//! let send: &[u8] = fitted.request().as_bytes();
//! # assert_eq!(send, body.as_bytes());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! *A typed request*, from a client crate or of your own:
//!
//! ```
//! # use tokenfit::{Models, Request};
//! #[derive(serde::Serialize)]
//! struct Chat<'a> { model: &'a str, messages: Vec<Turn<'a>> }
//! #[derive(serde::Serialize)]
//! struct Turn<'a> { role: &'a str, content: &'a str }
//!
//! let chat = Chat { model: "gpt-4o", messages: vec![Turn { role: "user", content: "Hello" }] };
//! let request = Request::from_serialize(&chat)?;
//! let models = Models::builtin();
//! assert_eq!(models.for_request(&request)?.count(&request).tokens(), 8);
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! *Is a text short enough?* Stops as soon as it is not:
//!
//! ```
//! # use tokenfit::Encoding;
//! let text = "word ".repeat(100_000);
//! assert_eq!(Encoding::O200K_BASE.count_up_to(&text, 4_000), None);
//! ```
//!
//! *Any provider's request*, as the same data:
//!
//! ```
//! # use tokenfit::{Format, Request};
//! let request = Request::parse(r#"{"system": "You water plants.", "max_tokens": 9, "messages": [
//!     {"role": "user", "content": "How dry is bed 3?"},
//!     {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "soil", "input": {"bed": 3}}]},
//!     {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "4 %"}]}]}"#)?;
//! assert_eq!(request.format(), Format::Anthropic);
//! let groups = request.groups();
//! let together: Vec<&[usize]> = groups.iter().map(|group| group.messages()).collect();
//! assert_eq!(together, [&[0][..], &[1], &[2, 3]]);
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! *Cut a tool's output* to its first and last tokens:
//!
//! ```
//! # use tokenfit::Encoding;
//! let log = "GET /index.html 200\n".repeat(1_000);
//! let short = Encoding::O200K_BASE.keep_ends(&log, "\n[…]\n", 50);
//! assert!(Encoding::O200K_BASE.count(&short) <= 50);
//! assert!(short.starts_with("GET") && short.ends_with("200\n"));
//! ```
//!
//! # Features
//!
//! - `o200k`, `cl100k`, `p50k`, `r50k`: the vocabularies, 10, 5, 3 and 3 MB in a program. All on by default. Without
//!   any, requests are checked and repaired as ever, and counts are estimates with wide bounds.
//! - `parallel`: [`Encoding::count_all`] on all cores (brings `rayon`).
//! - `tiktoken-rs`: a `CoreBPE` of that crate counts as a [`Tokenizer`].
//! - `stats`: `reply::stats`, sliding windows, percentiles and alerts (brings `sketches-ddsketch`).
//! - `redis`: `reply::rate::SharedBudget`, one rate budget for many machines (brings `redis`).
//! - `tracing`, `metrics`: sends and calls as events or measurements with the OpenTelemetry GenAI names (bring the crate of
//!   that name, and `stats`).
//! - `cli`: the command `tokenfit` (brings `clap` and `shlex`), with all vocabularies.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod budget;
pub mod check;
pub mod count;
pub mod edit;
pub mod encoding;
mod error;
pub mod fit;
mod front;
mod json;
mod media;
pub mod model;
mod provider;
pub mod reply;
pub mod report;
pub mod request;
mod shown;
mod words;

pub use budget::Budget;
pub use check::{CheckReport, Finding};
pub use count::{Accuracy, RequestCount, TokenCount};
pub use encoding::{Encoding, Tally, Tokenizer};
pub use error::{Error, ErrorKind};
pub use fit::{Fitted, Fitter};
pub use front::{check, check_for, count, count_for, fit, fit_for};
pub use model::{Model, Models, data_version};
pub use provider::Envelope;
pub use request::{Format, Request};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
