//! The strategies that come with the crate, one idea a file. Each goes through the history in order and asks the draft for
//! edits; what to keep, and when it is enough, is the draft's to say.

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
