//! The request under check and what is known about its server: the rules read it, and report to a
//! `Sink`.

use super::path::Path;
use super::server::{self, Dialect, Profile, Rules, Server, Sizes, Strictness};
use crate::budget::Budget;
use crate::count::TokenCount;
use crate::error::Error;
use crate::json::Value;
use crate::request::Request;

/// Input of every rule.
pub(super) struct Context<'c> {
    pub(super) budget: &'c Budget,
    pub(super) request: &'c Request<'c>,
    /// Count of the request, if known.
    pub(super) count: Option<TokenCount>,
    /// Error of the parser, if the request could not be read; then only its JSON is available.
    pub(super) unread: Option<&'c Error>,
    pub(super) server: Server,
    pub(super) dialect: Dialect,
    pub(super) rules: &'static Rules,
    pub(super) sizes: Sizes,
    pub(super) strictness: Strictness,
}

impl<'c> Context<'c> {
    pub(super) fn new(
        budget: &'c Budget,
        request: &'c Request<'c>,
        count: Option<TokenCount>,
        unread: Option<&'c Error>,
        profile: Profile,
    ) -> Context<'c> {
        Context {
            budget,
            request,
            count,
            unread,
            server: profile.server,
            dialect: profile.dialect,
            rules: profile.rules,
            sizes: profile.sizes,
            strictness: profile.strictness,
        }
    }

    /// Whether OpenAI itself serves the request, not a cloud that hosts its models.
    pub(super) fn is_openai_itself(&self) -> bool {
        server::is_openai_itself(self.budget, self.server)
    }

    /// Whether the server is known to be OpenAI or a cloud with its models, by its host or by the
    /// model.
    pub(super) fn is_openai(&self) -> bool {
        server::is_openai(self.budget, self.server)
    }

    /// Byte offset of a place: of the value, or of its parent if the pointer ends above the value.
    pub(super) fn offset(&self, value: Value<'_>, path: &Path<'_>, pointer: &str) -> usize {
        if path.is_shown() {
            value.span().start
        } else {
            self.request.place_of(pointer).1
        }
    }
}
