//! One call of an application, from the request to the answer, as a machine that does no I/O.
//!
//! [`Caller`] holds the settings and state that all calls share: repair, fit, retry policy, guard,
//! learned limits. [`Caller::call`] starts a [`Call`] with a chain of [`Target`]s; [`Call::next`]
//! returns the next [`Step`]: send this body, wait, or stop. The program sends with any HTTP client
//! and reports the result.
//!
//! ```text
//! check ─▶ repair ─▶ fit ─▶ admit ─▶ Send ─▶ answer ─▶ Done
//!   ▲                                          │
//!   └── next model ◀── refit, lower output ◀───┼─▶ Wait, and send again
//!                                              └─▶ GiveUp
//! ```
//!
//! | file | contents |
//! |---|---|
//! | `caller.rs`, `target.rs`, `start.rs` | settings and state shared by calls |
//! | `machine.rs` | the machine: preparation, admission, waits, chain |
//! | `admission.rs` | rate budgets of this process and shared ones |
//! | `failed.rs`, `heal.rs` | what follows a failed send: a smaller request, a wait, the next target |
//! | `view.rs` | what a program reads from a call |
//! | `answer.rs`, `stream.rs`, `streaming.rs` | answers: whole, and event by event |
//! | `client.rs` | answers in a provider's words for a call that was given up |
//! | `layer/` | calls as a `tower` layer (feature `tower`) |
//! | `prepare.rs` | a request made ready for one target |
//! | `learned.rs` | limits that providers stated, by model and host |
//! | `history.rs` | every try, as data |
//!
//! Time and randomness are arguments ([`Moment`]), so a call can be simulated.
//!
//! # Examples
//!
//! A server that refuses the first send for its rate limit:
//!
//! ```
//! use tokenfit::call::{Caller, Moment, Step, Target};
//! use tokenfit::fit::Preset;
//! use tokenfit::reply::error::NO_HEADERS;
//! use tokenfit::Models;
//!
//! let model = Models::builtin().get("gpt-4o")?;
//! let caller = Caller::new().fit(Preset::Agent);
//! let mut call = caller.call(&[Target::new(&model)], r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)?;
//!
//! let mut now_ms = 1_764_300_000_000;
//! let mut answers = vec![
//!     (429, r#"{"error": {"message": "Rate limit reached. Please try again in 2s.", "code": "rate_limit_exceeded"}}"#),
//!     (200, r#"{"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}],
//!         "usage": {"prompt_tokens": 8, "completion_tokens": 2}}"#),
//! ].into_iter();
//! loop {
//!     match call.next(Moment::new(now_ms, 0.5)) {
//!         Step::Send { body, .. } => {
//!             assert!(body.starts_with(b"{"));
//!             let (status, answer) = answers.next().expect("two sends at most");
//!             call.answered(Moment::new(now_ms, 0.5), status, NO_HEADERS, answer.as_bytes());
//!         }
//!         Step::Wait { wait_ms, .. } => now_ms += wait_ms,
//!         Step::Done => break,
//!         step => panic!("{step:?}"),
//!     }
//! }
//! assert_eq!((call.sends(), call.waited_ms()), (2, 2_500));
//! assert_eq!(call.usage().map(|usage| usage.billed_output()), Some(2));
//! # Ok::<(), tokenfit::Error>(())
//! ```

mod admission;
mod answer;
mod caller;
mod client;
mod events;
mod failed;
mod heal;
mod history;
#[cfg(feature = "tower")]
mod layer;
mod learned;
mod machine;
mod moment;
mod prepare;
mod start;
mod stream;
mod streaming;
mod target;
mod view;

pub use answer::NoAnswer;
pub use caller::Caller;
pub use client::ClientAnswer;
pub use history::{GiveUpReason, Then, Try};
#[cfg(feature = "tower")]
pub use layer::{CallBody, CallLayer, CallService};
pub use learned::{Learned, LearnedLimits};
pub use machine::{Call, Step};
pub use moment::Moment;
pub use stream::Flow;
pub use target::Target;
