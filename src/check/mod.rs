//! Finds what a provider would refuse, before sending: invalid fields, a request that is too long,
//! a history that is out of order.
//!
//! ```
//! use tokenfit::{Budget, Models, Request};
//!
//! let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
//!     {"role": "tool", "tool_call_id": "call_3", "content": "12 left"},
//!     {"role": "user", "content": "And the blue ones?"}
//! ]}"#)?;
//! let report = Budget::lenient(&Models::builtin()).check(&request);
//! for finding in report.findings() {
//!     println!("{finding}");
//! }
//! assert!(!report.is_ok());
//! assert_eq!(report.findings()[0].pointer, "/messages/0");
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! `faults/` is the catalog: code, message, remedy, the providers' answers and the fix of each
//! fault; `fault.rs` reports a row of it. Rules are functions of a `Context` and a `Sink`: `form/`
//! checks fields, types and ranges; `size.rs`, `texts.rs` and `limits.rs` the limits of model and
//! server; `history/` the order of messages, calls and results. `rulebook.rs` lists the rules of
//! each format, `rules.rs` and `server.rs` the verdict of each
//! server on each fault. [`Budget::check_bytes`] also
//! checks bodies that cannot be parsed as a request; a [`Screen`] adds the verdict of the caller's
//! own policy; [`key`] checks keys and URLs.

mod body;
mod characters;
pub mod codes;
mod context;
mod fault;
mod faults;
mod finding;
mod form;
mod history;
mod hosts;
pub mod key;
mod limits;
mod model;
mod path;
mod repair;
mod report;
mod rulebook;
mod rules;
mod screen;
mod server;
mod size;
mod texts;

pub use finding::{ApiAnswer, Finding, Severity};
pub use repair::{
    Displaced, Missing, OutOfRange, PLACEHOLDER, RefusedMedia, RepairPolicy, Repaired,
};
pub(crate) use repair::{RepairedRequest, is_served, own_format};
pub use report::CheckReport;
pub use screen::{PolicyVerdict, Screen};

use context::Context;
use fault::Sink;
use report::Measured;

use crate::budget::Budget;
use crate::count::TokenCount;
use crate::error::Error;
use crate::request::Request;

impl Budget {
    /// Checks a request: its form, its size against the budget and the provider's limits, and its
    /// history against the provider's rules.
    ///
    /// Findings follow the provider's order of checks, refused ones first, so the first finding
    /// predicts the provider's answer. A request whose [bounds](crate::Model::bounds) fit is not
    /// tokenized: then the check is linear in the number of messages, parts, calls and tools, and
    /// allocates little more than its findings.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    ///
    /// let models = Models::builtin();
    /// let budget = Budget::new(&models.get("gpt-4o")?);
    /// let request = Request::parse(r#"{"max_tokens": 200000, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let codes: Vec<_> = budget.check(&request).findings().iter().map(|finding| finding.code).collect();
    /// assert_eq!(codes, ["output_limit_exceeded", "reserve_exceeds_window"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn check(&self, request: &Request<'_>) -> CheckReport {
        self.check_read(request, None)
    }

    /// Checks a request whose count is known.
    pub(crate) fn check_knowing(&self, request: &Request<'_>, count: TokenCount) -> CheckReport {
        self.of_request(request)
            .check_all(request, Some(count), None)
    }

    /// Checks a request; `unread` is the parser's error if it could not be parsed.
    pub(crate) fn check_read(&self, request: &Request<'_>, unread: Option<&Error>) -> CheckReport {
        self.of_request(request).check_all(request, None, unread)
    }

    /// Whether the form of a request is refused, without its size and its history.
    fn refuses_form(&self, request: &Request<'_>, unread: Option<&Error>) -> bool {
        let profile = rulebook::profile(self, request.format());
        let context = Context::new(self, request, None, unread, profile);
        let mut out = Sink::new(&context);
        (rulebook::rulebook(request.format()).form)(&context, &mut out);
        context.unreadable(&mut out);
        if unread.is_none() && request.format().wire().has_history {
            context.history(&mut out);
        }
        out.has_refused()
    }

    fn check_all(
        &self,
        request: &Request<'_>,
        count: Option<TokenCount>,
        unread: Option<&Error>,
    ) -> CheckReport {
        let wire = request.format().wire();
        let rulebook = rulebook::rulebook(request.format());
        let profile = rulebook::profile(self, request.format());
        let context = Context::new(self, request, count, unread, profile);
        let mut out = Sink::new(&context);
        context.model(&mut out);
        context.assumed_format(&mut out);
        context.duplicate_keys(&mut out);
        (rulebook.form)(&context, &mut out);
        context.unreadable(&mut out);
        let mut measured = Measured::NOTHING;
        if unread.is_none() {
            context.output_limit(&mut out);
            context.tools(&mut out);
            context.texts_and_images(&mut out);
            measured = (rulebook.tokens)(&context, &mut out);
            if wire.has_history {
                context.history(&mut out);
                (rulebook.thinking)(&context, &mut out);
            }
        }
        let mut findings = out.into_findings();
        findings.sort_by_cached_key(|finding| {
            let (phase, offset) = finding.order;
            let field = finding.pointer.split('/').nth(1).unwrap_or_default();
            (finding.severity, phase, wire.fields.rank(field), offset)
        });
        CheckReport::new(self, request, measured, findings)
    }
}
