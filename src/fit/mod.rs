//! Makes a request fit: strategies propose edits on groups of messages, a plan says what goes and why, applying writes it,
//! counts it anew and checks it.
//!
//! ```
//! use tokenfit::{Budget, Counter, Request};
//! use tokenfit::fit::{ClearToolResults, DropOldest, Fitted, Fitter};
//!
//! let counter = Counter::new();                                    // once for the process
//! let budget = Budget::new(&counter, &counter.model("gpt-4o-mini")?).reserve_output(4_096);
//! let fitter = Fitter::new(budget)
//!     .keep_last_turns(2)
//!     .then(ClearToolResults::keep_last(3))
//!     .then(DropOldest::new());
//!
//! let body = r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}"#;
//! let request = Request::parse(body)?;                             // for each request
//! match fitter.fit(&request)? {
//!     Fitted::Unchanged => { /* send the body as it is */ }
//!     Fitted::Edited(edited) => println!("{} tokens", edited.receipt().tokens_after),
//! }
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! `fitter.rs` is the handle, `presets.rs` its ready-made forms. `counter.rs` is what is counted with, `keep.rs` what must
//! stay, `strategy.rs` and `strategies/` what may go, `draft.rs` the history while it is decided on, `replay.rs` when what
//! is decided; `summary/` asks for summaries. `plan.rs`, `receipt.rs` and `cannot.rs` are what comes out, `write.rs` makes JSON of it; `cut.rs` cuts texts,
//! `thinking.rs` knows which models bind their reasoning to what stands before it.

mod cannot;
mod conversation;
mod counter;
mod cut;
mod draft;
mod fitted;
mod fitter;
mod keep;
mod plan;
mod presets;
mod receipt;
mod replay;
mod strategies;
mod strategy;
mod summary;
mod thinking;
mod write;

pub use cannot::{CannotFit, Held, Suggestion};
pub use conversation::{Advance, Conversation, ConversationState};
pub use counter::{Characters, MessageCounter, MessageCounts, Messages, ModelCounter, Words};
pub use cut::{CUT_MARKER, Cut};
pub use draft::Draft;
pub use fitted::{Edited, Fitted};
pub use fitter::Fitter;
pub use plan::{CacheCost, Edit, Plan, PlannedEdit};
pub use presets::Preset;
pub use receipt::{Receipt, Undo};
pub use strategies::{
    ClearToolResults, DropByScore, DropMedia, DropMiddle, DropOldest, DropReasoning, DropRounds,
    KeepLast, KeepStart, MEDIA_REMOVED, RESULT_CLEARED, Shorten,
};
pub use strategy::Strategy;
pub use summary::{
    Progress, SUMMARY_HEADING, SUMMARY_PROMPT, Summaries, SummaryHealth, SummaryJob,
    SummaryMessage, SummaryRole, TooLong,
};
