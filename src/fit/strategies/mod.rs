//! Built-in strategies, one idea per file. Each walks through the history in order and requests
//! edits from the draft; the draft decides what is protected and when to stop.

mod clear;
mod drop;
mod media;
mod rounds;
mod shorten;
mod start;

pub use clear::{ClearToolResults, RESULT_CLEARED};
pub(in crate::fit) use drop::coverable;
pub use drop::{DropByScore, DropMiddle, DropOldest, KeepLast};
pub use media::{DropMedia, DropReasoning, MEDIA_REMOVED};
pub use rounds::DropRounds;
pub use shorten::Shorten;
pub use start::KeepStart;
