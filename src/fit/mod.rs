//! Makes a request fit: strategies propose edits on groups of messages, a plan lists them with
//! reasons, and the edited request is written, counted and checked.
//!
//! ```
//! use tokenfit::{Budget, Models, Request};
//! use tokenfit::fit::{ClearToolResults, DropOldest, Fitter};
//!
//! let models = Models::builtin();                                    // once for the process
//! let budget = Budget::new(&models.get("gpt-4o-mini")?).reserve_output(4_096);
//! let fitter = Fitter::new(budget)
//!     .also_keep(|keep| keep.last_turns(2))
//!     .then(ClearToolResults::keep_last(3))
//!     .then(DropOldest::new());
//!
//! let body = r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}"#;
//! let request = Request::parse(body)?;                             // for each request
//! let fitted = fitter.fit(&request)?;
//! if !fitted.is_unchanged() {
//!     println!("{}", fitted.receipt());                            // totals, and a line for each edit
//! }
//! let send: &[u8] = fitted.as_bytes();                             // unchanged: the body as it is
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! The entry point is `fitter.rs`, with presets in `presets.rs`. The steps:
//!
//! ```text
//! work.rs      does anything have to be done, and on what?   models.rs   what is counted with
//! clamp.rs     or a smaller output limit
//! decide.rs    what goes                                     keep.rs      what must stay
//!   replay.rs    when                                        strategy.rs, strategies/   what may go
//!   state.rs     the history while it is decided on          cut.rs       where a text is cut
//!   draft.rs     what a strategy sees of it
//!   opening.rs   a history that begins with the user
//!   summary/     asks for summaries                          thinking.rs  what is bound to its prefix
//! write.rs     the JSON of it
//! outcome.rs   read, counted, checked                        fitted.rs, plan.rs, apply.rs   what comes out
//! floor.rs     or what has to stay                           cannot.rs
//! ```
//!
//! `conversation.rs` is a growing history.

mod apply;
mod base;
mod clamp;
mod conversation;
mod counter;
mod cut;
mod decide;
mod draft;
mod fitted;
mod fitter;
mod floor;
mod framing;
mod keep;
mod kept;
mod opening;
mod outcome;
mod pins;
mod plan;
mod presets;
mod replay;
mod state;
mod strategies;
mod strategy;
mod summary;
mod thinking;
mod work;
mod write;

pub use crate::error::{CannotFit, RequiredPart, Suggestion};
pub use conversation::{Conversation, ConversationState, StepOutcome};
pub use counter::{MessageCounter, MessageCounts, Unit};
pub use cut::{CUT_MARKER, Cut};
pub use draft::Draft;
pub use fitted::Fitted;
pub use fitter::{Fitter, Level};
pub use keep::Keep;
pub use pins::UnmatchedPin;
pub use plan::Plan;
pub use presets::Preset;
pub use strategies::{
    ClearToolResults, DropByScore, DropMedia, DropMiddle, DropOldest, DropReasoning, DropRounds,
    KeepLast, KeepStart, MEDIA_REMOVED, RESULT_CLEARED, Shorten,
};
pub use strategy::Strategy;
pub use summary::{
    FitStep, SUMMARY_HEADING, SUMMARY_PROMPT, SummaryHealth, SummaryJob, SummaryMessage,
    SummaryPolicy,
};
