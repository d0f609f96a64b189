//! Count the tokens an LLM request will be billed for, catch what the provider would reject, and
//! trim it to fit, before you send it.
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
//! assert_eq!((count.tokens(), count.accuracy()), (25, tokenfit::Accuracy::Exact));
//!
//! let report = tokenfit::check(body);             // findings, as the API would word them
//! assert!(report.is_ok());
//!
//! let fitted = tokenfit::fit(body, 8_000)?;       // at most 8,000 tokens of input
//! assert_eq!(fitted.as_bytes(), body.as_bytes()); // it fits, so not a byte changes
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! With your own settings:
//!
//! ```
//! use tokenfit::{Budget, Models, Request, fit::Preset};
//!
//! let body = r#"{"model": "prod-chat", "messages": [{"role": "user", "content": "Hello"}]}"#;
//! let models = Models::builtin().alias("prod-chat", "gpt-4o")?;   // overrides, aliases, tokenizers
//! let request = Request::parse(body)?;                            // borrows the body
//! let model = models.for_request(&request)?;                      // limits, encoding, billing rules
//! assert_eq!(model.count(&request).tokens(), 8);
//!
//! let budget = Budget::new(&model).reserve_output(4_096);
//! let fitter = Preset::Agent.fitter(budget).also_keep(|keep| keep.last_turns(2));
//! assert!(fitter.fit(&request)?.is_unchanged());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! # Main types
//!
//! | type | purpose |
//! |---|---|
//! | [`Request`] | Reads the provider's JSON and keeps its bytes. Eight [`Format`]s, recognized by shape, become the same messages, parts, calls, results and tools |
//! | [`Models`], [`Model`] | Finds a model by any of its names: limits, prices, billing rules, dates, with sources |
//! | [`RequestCount`], [`TokenCount`] | A count by parts: tokens, bounds, and their [`Accuracy`] |
//! | [`Budget`] | Room for the input. [`Budget::check`] finds faults, [`Budget::repair`] fixes them, [`Budget::fits`] decides without tokenizing where it can |
//! | [`Fitter`] | Shortens a request to its budget by strategies and keep rules, with a receipt, or returns the smallest reachable size ([`fit::CannotFit`]) |
//! | [`fit::Conversation`] | Keeps a growing history within its budget |
//! | [`Encoding`], [`Tally`] | Counts, encodes and cuts plain text; counts a stream |
//! | [`learn`] | Rules of unknown models from what they were billed, and exact rules that stop to hold |
//! | [`reply`] | Errors, usage, cost, rate limits, retry, statistics |
//! | [`call`] | One call over check, fit, waits, retries and fallbacks, as a machine without I/O |
//! | [`translate`] | Requests and answers in another wire format, for a fallback |
//! | [`report`] | Formats counts and findings for people |
//!
//! # What it does not do
//!
//! It sends nothing, and reads no clock, file or environment variable. It translates only between
//! the formats that [`translate`] lists. A count is not exact for files, audio, images by URL and
//! models whose rules are not public; [`RequestCount::uncertain`] lists such places, and
//! `docs/accuracy.md` has the tables by model and feature.
//!
//! # Cookbook
//!
//! **What does this request cost?** [`reply::CostBefore`] has the input within its bounds and the
//! output up to its limit.
//!
//! ```
//! use tokenfit::{Models, Request, reply::CostBefore};
//!
//! let request = Request::parse(r#"{"model": "gpt-5", "max_completion_tokens": 1000, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
//! let model = Models::builtin().for_request(&request)?;
//! let cost = CostBefore::of(&model, &request, &model.count(&request), &request.price_query());
//! assert_eq!(cost.and_then(|cost| cost.up_to()).map(|most| most.to_string()).as_deref(), Some("$0.01000875"));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **An Azure deployment, or a gateway's name for a model**: [`Models::alias`], or
//! [`Models::overrides`] for a model with facts of its own. The default for an unknown name is an
//! error with the nearest names; [`Models::unknown_models`] can substitute a known model.
//!
//! **How much of the window is lost to uncertainty?** The difference between [`TokenCount::tokens`]
//! and the upper bound. Name the exact snapshot and the host, give images inline rather than by
//! URL, and the bounds narrow.
//!
//! ```
//! # let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#;
//! let count = tokenfit::count(body)?;
//! for place in count.uncertain() {
//!     eprintln!("{}: {}", place.pointer, place.reason);
//! }
//! # assert_eq!(count.uncertain().len(), 1);
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **The largest `max_tokens` for this request**: [`Budget::max_output`].
//!
//! ```
//! # use tokenfit::{Budget, Models, Request};
//! # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
//! let budget = Budget::new(&Models::builtin().for_request(&request)?);
//! assert_eq!(budget.max_output(&request), Some(16_384));
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **Where does it go in reqwest, tower or axum?** Directly before the send, on the serialized
//! body: everything here is synchronous, takes microseconds to a few milliseconds, and needs no
//! runtime. Above about a megabyte of text, call it in `spawn_blocking`.
//!
//! **Log predicted against billed**: keep [`RequestCount::tokens`] and compare it with
//! [`reply::Usage`] of the answer. `reply::stats` (feature `stats`) keeps the distribution.
//!
//! ```
//! use tokenfit::reply::{Usage, usage::Origin};
//!
//! let predicted = tokenfit::count(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
//! let answer = br#"{"usage": {"prompt_tokens": 8, "completion_tokens": 9, "total_tokens": 17}}"#;
//! let billed = Usage::parse(answer, &Origin::new())?;
//! assert_eq!(billed.billed_input(), predicted.tokens());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **Repair before sending**, and list what is left:
//!
//! ```
//! # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
//! # let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
//! let request = Request::parse(body)?;
//! let budget = Budget::new(&Models::builtin().for_request(&request)?);
//! let repaired = budget.repair(&request, &RepairPolicy::default())?;
//! for finding in repaired.remaining() {
//!     eprintln!("{finding}");
//! }
//! let send: &[u8] = repaired.request().as_bytes();
//! # assert!(repaired.report().is_ok() && send.len() < body.len());
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **Undo all edits**: a repaired or fitted request has `undo()`, an [`edit::Undo`]. Only this
//! value contains removed text. **Leave one edit out**: remove it from the plan before it is
//! applied.
//!
//! ```
//! # use tokenfit::{Budget, Models, Request, fit::Preset};
//! # let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Sing."}]}"#)?;
//! # let model = Models::builtin().for_request(&request)?;
//! let plan = Preset::SlidingWindow.fitter(Budget::new(&model).limit_input(15)).plan(&request)?;
//! let mut fewer = plan.clone();
//! fewer.edits.remove(0);
//! // The limit of the fitter that applies it holds, so it must have room for what stays.
//! let roomy = Preset::SlidingWindow.fitter(Budget::new(&model).limit_input(100));
//! assert_eq!(roomy.apply(&request, &fewer)?.request().messages().len(), 2);
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! **Show a plan before applying it**: [`Fitter::plan`] returns data, [`Fitter::apply`] applies it.
//!
//! **Resume a conversation after a restart**: [`fit::Conversation::state`] is plain data;
//! [`fit::Conversation::resume`] continues it. Summaries work the same way: [`Fitter::start`] asks
//! for one as data, and [`Fitter::supply`] continues with the answer.
//!
//! **Types of a client crate, in and out**: [`Request::from_serialize`] and [`Request::to_typed`],
//! for example with async-openai.
//!
//! **Is a string short enough?** [`Encoding::count_up_to`] stops as soon as it is not;
//! [`Encoding::keep_first`] and [`Encoding::keep_ends`] cut it without splitting a character.
//!
//! ```
//! # use tokenfit::Encoding;
//! let text = "word ".repeat(100_000);
//! assert_eq!(Encoding::O200K_BASE.count_up_to(&text, 4_000), None);
//! let log = "GET /index.html 200\n".repeat(1_000);
//! let short = Encoding::O200K_BASE.keep_ends(&log, "\n[…]\n", 50);
//! assert!(Encoding::O200K_BASE.count(&short) <= 50);
//! ```
//!
//! # Features
//!
//! - `o200k`, `cl100k`, `p50k`, `r50k`: OpenAI's vocabularies, 10, 5, 3 and 3 MB in a program. On
//!   by default.
//! - `claude`, `gemma`, `deepseek`, `mistral` (on by default), `qwen2`, `glm`, `qwen35`, `kimi`,
//!   `minimax`: vocabularies of other vendors, 0.5 to 11 MB. They count, and do not encode. Without
//!   any vocabulary, requests are checked and repaired, and counts are estimates with wide bounds.
//! - `parallel`: `Encoding::count_all` on all cores (brings `rayon`).
//! - `tiktoken-rs`: a `CoreBPE` of that crate is a [`Tokenizer`].
//! - `tokenizers`: `encoding::TokenizerJson` reads the `tokenizer.json` of an open-weight model,
//!   such as Llama 3 (brings the crate of that name).
//! - `templates`: `template::ChatTemplate` renders the chat template of an open-weight model
//!   (brings `minijinja`).
//! - `stats`: `reply::stats`, sliding windows, percentiles and alerts (brings `sketches-ddsketch`).
//! - `redis`: `reply::rate::SharedBudget`, one rate budget for many machines (brings `redis`).
//! - `tracing`, `metrics`: sends and calls as events or measurements with the OpenTelemetry GenAI
//!   names (bring the crate of that name, and `stats`).
//! - `tower`: [`call`] as a layer around any HTTP service (brings `http`, `http-body`, `bytes` and
//!   the traits of `tower`).
//! - `cli`: the command `tokenfit`.
//! - `serve`: `tokenfit serve` (brings `hyper` and `tokio`).

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod budget;
pub mod call;
pub mod check;
pub mod count;
pub mod edit;
// Code that only left-out vocabularies use is dead.
#[cfg_attr(
    not(all(
        feature = "o200k",
        feature = "cl100k",
        feature = "p50k",
        feature = "r50k",
        feature = "claude",
        feature = "gemma",
        feature = "deepseek",
        feature = "mistral",
        feature = "qwen2",
        feature = "qwen35",
        feature = "kimi",
        feature = "glm",
        feature = "minimax"
    )),
    allow(
        dead_code,
        unused_imports,
        unused_mut,
        unused_variables,
        unreachable_patterns
    )
)]
pub mod encoding;
mod error;
pub mod fit;
mod front;
mod json;
pub mod learn;
mod media;
pub mod model;
mod provider;
pub mod reply;
pub mod report;
pub mod request;
mod shown;
#[cfg(feature = "templates")]
pub mod template;
pub mod translate;
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

/// The example of docs/call.md, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../docs/call.md")]
struct CallDocs;

/// The example of docs/translate.md, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../docs/translate.md")]
struct TranslateDocs;

/// Examples of the guide to learning, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/calibration.md")]
struct CalibrationGuide;
