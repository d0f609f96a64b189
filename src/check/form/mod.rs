//! Form of a request: fields that are missing, unknown, mistyped or out of range, and settings that
//! a model or an endpoint does not support.
//!
//! Most rules are data: the tables of fields in `provider/`, in the order in which the provider
//! checks them. `fields.rs` walks a table, `misfit.rs` compares a value with its type and range.
//! `openai_chat.rs`, `openai_responses.rs`, `texts.rs` (embeddings, completions), `anthropic*.rs`,
//! `converse.rs`, `gemini*.rs` and `hosts.rs` (hosts of Chat Completions) contain the rules beyond
//! the tables; `draft.rs` validates a schema against JSON Schema draft 2020-12. `messages.rs`,
//! `items.rs` and `item_ids.rs` check the members of messages, `tools.rs` tools and the choice
//! among them, `schema.rs` the subset of JSON Schema of strict mode, `media.rs` images, files and
//! audio, `reasoning.rs` settings that reasoning models refuse, `endpoint.rs` models that another
//! endpoint serves, `keys.rs` fields that are set twice.
//!
//! A body that cannot be parsed as a request is checked too (`Budget::check_bytes`): `messages.rs`
//! then checks the shape of every message, which the parser verifies otherwise.
//!
//! Source of the rules: docs/evidence/validation.md, and the API's own answers where a comment says
//! so.

mod anthropic;
mod anthropic_blocks;
mod anthropic_marks;
mod anthropic_members;
mod anthropic_tools;
mod converse;
mod converse_files;
mod converse_tools;
mod draft;
mod endpoint;
mod fields;
mod gemini;
mod gemini_config;
mod gemini_contents;
mod gemini_schema;
mod host_history;
mod host_images;
mod host_schemas;
mod hosts;
mod item_ids;
mod items;
mod keys;
mod media;
mod messages;
mod misfit;
mod openai_chat;
mod openai_responses;
mod reasoning;
mod schema;
mod texts;
mod tools;

use super::context::Context;
use super::fault::{Sink, Site};
use super::faults::fields as faults;
pub(super) use item_ids::items_without_reasoning;

impl Context<'_> {
    /// Falls back to the parser's error if no rule covers it.
    pub(super) fn unreadable(&self, out: &mut Sink<'_>) {
        let Some(error) = self.unread else {
            return;
        };
        if out.has_refused() {
            return;
        }
        let (pointer, offset) = self.request.place_of(error.pointer().unwrap_or_default());
        let (what, remedy) = error.what_and_remedy();
        let site = Site::at_offset(offset, pointer);
        out.report(
            &faults::UNREADABLE,
            site.text("what", what).text("remedy", remedy),
        );
    }
}
