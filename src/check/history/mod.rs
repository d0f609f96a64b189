//! The history: who speaks when, what has to be said, which result belongs to which call.
//!
//! `pairs.rs` reads calls and results in order, and repair works by the same reading; `calls.rs` says what is wrong with
//! them, `messages.rs` what is wrong with roles and contents, `thinking.rs` with what the model thought; `json.rs`
//! tells whether arguments are JSON without taking them apart.

mod calls;
mod json;
mod messages;
mod pairs;
mod thinking;

pub(super) use messages::{Emptiness, content_verdict, emptiness};
pub(super) use pairs::{Pairs, Place};

use super::context::Context;
use super::fault::Sink;

impl Context<'_> {
    /// Findings about messages, calls and results.
    pub(super) fn history(&self, out: &mut Sink<'_>) {
        self.messages(out);
        let pairs = Pairs::of(self.request, self.rules);
        self.calls(out, &pairs);
    }
}
