//! History: order of roles, required content, pairing of calls and results.
//!
//! `pairs.rs` reads calls and results in order; the repair uses the same reading. `calls.rs`
//! reports faults of calls and results, `messages.rs` of roles and contents, `thinking.rs` of
//! thinking; `json.rs` decides whether arguments are JSON without decoding them.

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
    /// Reports faults of messages, calls and results.
    pub(super) fn history(&self, out: &mut Sink<'_>) {
        self.messages(out);
        let pairs = Pairs::of(self.request, self.rules);
        self.calls(out, &pairs);
    }
}
