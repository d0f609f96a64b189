//! Finds before sending what a provider would refuse: a field that is wrong, a request that is too long, a history that is
//! out of order.
//!
//! ```
//! use tokenfit::{Budget, Counter, Request};
//!
//! let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
//!     {"role": "tool", "tool_call_id": "call_3", "content": "12 left"},
//!     {"role": "user", "content": "And the blue ones?"}
//! ]}"#)?;
//! let report = Budget::of(&Counter::new(), &request).check(&request);
//! for finding in report.findings() {
//!     println!("{finding}");
//! }
//! assert!(!report.is_ok());
//! assert_eq!(report.findings()[0].pointer, "/messages/0");
//! # Ok::<(), tokenfit::Error>(())
//! ```
//!
//! `form/` looks at fields, types and ranges, in the order and the words of the API; `size.rs`, `inputs.rs` and `lists.rs`
//! hold the request against the limits of model and server; `history/` reads messages, calls and results in order;
//! `server.rs` is data: which server does what about which fault. A [`Body`] is checked also when it is no request that
//! could be read; a [`Screen`] adds what the caller's own policy says; [`key`] looks at keys and addresses.

mod body;
mod characters;
pub mod codes;
mod finding;
mod form;
mod history;
mod inputs;
pub mod key;
mod lists;
mod model;
mod repair;
mod report;
mod screen;
mod server;
mod size;

pub use body::Body;
pub use finding::{ApiAnswer, Finding, Severity};
pub use repair::{
    Displaced, Missing, OutOfRange, PLACEHOLDER, RepairAction, RepairEdit, RepairPolicy,
    RepairReceipt, Repaired,
};
pub use report::CheckReport;
pub use screen::{Screen, Screened};

use std::cell::RefCell;

use finding::Phase;
use report::Measured;
use server::{Rules, Server, Sizes};

use crate::budget::Budget;
use crate::count::TokenCount;
use crate::error::Error;
use crate::json::Value;
use crate::request::Request;

impl Budget {
    /// Checks a request: its form, its size against the budget and the provider's limits, and its history against the
    /// provider's rules.
    ///
    /// Findings come in the order in which the provider looks at things, what is refused first: the first is what its
    /// answer would be about. A request that fits by its [bounds](crate::Counter::bounds) is not tokenized: checking is
    /// linear in the number of messages, parts, calls and tools, and allocates little more than what it finds.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Counter, Request};
    ///
    /// let counter = Counter::new();
    /// let budget = Budget::new(&counter, &counter.model("gpt-4o")?);
    /// let request = Request::parse(r#"{"max_tokens": 200000, "messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// let codes: Vec<_> = budget.check(&request).findings().iter().map(|finding| finding.code).collect();
    /// assert_eq!(codes, ["output_limit_exceeded", "reserve_exceeds_window"]);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn check(&self, request: &Request<'_>) -> CheckReport {
        self.check_all(request, None, None)
    }

    /// The same for a request whose count is known.
    pub(crate) fn check_knowing(&self, request: &Request<'_>, count: TokenCount) -> CheckReport {
        self.check_all(request, Some(count), None)
    }

    /// Checks what could not be read as a request for this reason.
    pub(crate) fn check_read(&self, request: &Request<'_>, unread: Option<&Error>) -> CheckReport {
        self.check_all(request, None, unread)
    }

    fn check_all(
        &self,
        request: &Request<'_>,
        count: Option<TokenCount>,
        unread: Option<&Error>,
    ) -> CheckReport {
        let server = server::server(self, request.format());
        let mut check = Check {
            budget: self,
            request,
            count,
            unread,
            server,
            rules: server::rules(self, server, request.format()),
            sizes: server::sizes(server, request.format()),
            findings: Vec::new(),
            ids: RefCell::new(None),
        };
        check.model();
        check.form();
        let measured = if unread.is_none() {
            let measured = check.size();
            check.history();
            measured
        } else {
            Measured::NOTHING
        };
        let mut findings = check.findings;
        let format = request.format();
        findings.sort_by_cached_key(|finding| {
            let (phase, offset) = finding.order;
            (
                finding.severity,
                phase,
                form::rank(format, &finding.pointer),
                offset,
            )
        });
        CheckReport::new(self, request, measured, findings)
    }
}

/// A check under way.
struct Check<'c> {
    budget: &'c Budget,
    request: &'c Request<'c>,
    /// How long the request is, when that is known.
    count: Option<TokenCount>,
    /// Why it could not be read: then only its JSON is there.
    unread: Option<&'c Error>,
    server: Server,
    rules: &'static Rules,
    sizes: Sizes,
    findings: Vec<Finding>,
    /// The turn whose ids were put together last, and they.
    ids: RefCell<Option<(usize, String)>>,
}

impl Check<'_> {
    /// The start of a finding at a value of the request.
    fn at(
        &self,
        value: Value<'_>,
        pointer: String,
        phase: Phase,
        severity: Severity,
        code: &'static str,
    ) -> Draft {
        Draft {
            code,
            severity,
            phase,
            offset: value.span().start,
            pointer,
        }
    }
}

/// A finding without its words.
struct Draft {
    code: &'static str,
    severity: Severity,
    phase: Phase,
    offset: usize,
    pointer: String,
}

impl Draft {
    fn says(self, message: String, remedy: impl Into<std::borrow::Cow<'static, str>>) -> Finding {
        Finding::new(
            self.code,
            self.severity,
            self.phase,
            self.offset,
            self.pointer,
            message,
            remedy,
        )
    }
}
