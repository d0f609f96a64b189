//! Fixes a history that its provider would refuse, where there is exactly one correct fix.
//!
//! A repair reads the history like the check, plans edits, and splices: untouched messages keep
//! their bytes. It works in passes, because one fix can reveal another fault (a message without its
//! orphan is empty, and without that message two of one role are adjacent). The pass that finds
//! nothing is the last.
//!
//! `policy.rs` lists what can be requested; `plan.rs` handles calls and results, `contents.rs`
//! messages without content; `settings.rs` fixes settings, `by_finding.rs` the rest: `ids.rs`
//! ids, `media.rs` images and files, `items.rs` items of Responses, `schemas.rs` schemas of tools,
//! `marks.rs` cache marks, `thinking.rs` thinking. `target.rs` adapts a request to another model;
//! `write.rs` turns a plan into edits, `join.rs` joins messages. A
//! [`Receipt`](crate::edit::Receipt) lists the edits.

mod by_finding;
mod case;
mod contents;
mod ids;
mod items;
mod join;
mod marks;
mod media;
mod plan;
mod policy;
mod schemas;
mod settings;
mod target;
mod thinking;
mod write;

use std::fmt;

pub use policy::{Displaced, Missing, OutOfRange, PLACEHOLDER, RefusedMedia, RepairPolicy};
pub(crate) use target::{is_served, own_format};

use super::rulebook;
use super::{CheckReport, Finding};
use crate::budget::Budget;
use crate::edit::{Edit, Receipt, Undo};
use crate::error::Error;
use crate::request::{Format, Given, Request};

/// Maximum number of passes. Each one fixes every fault it sees, so three or four are usual; the
/// limit guards against unforeseen loops.
const PASSES: usize = 16;

/// Maximum number of passes over findings: a pass fixes one kind of fault at all its places, and
/// there are fewer kinds.
const FINDING_PASSES: usize = 48;

/// A repaired request with the edits and the remaining findings.
///
/// # Examples
///
/// ```
/// use tokenfit::{Budget, Models, Request};
/// use tokenfit::check::RepairPolicy;
///
/// let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
/// let request = Request::parse(body)?;
/// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;
/// assert!(!repaired.is_changed() && repaired.report().is_ok());
/// assert_eq!(repaired.request().as_bytes(), body.as_bytes());
/// # Ok::<(), tokenfit::Error>(())
/// ```
pub struct Repaired<'r> {
    original: Given<'r>,
    edited: Option<Box<Request<'static>>>,
    receipt: Receipt,
    report: CheckReport,
}

impl Repaired<'_> {
    /// Returns the repaired request, or the original one if nothing was changed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert_eq!(repaired.request().messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn request(&self) -> &Request<'_> {
        self.edited
            .as_deref()
            .unwrap_or_else(|| self.original.request())
    }

    /// Returns the bytes to send. Untouched parts are byte for byte the original.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert_eq!(repaired.as_bytes(), br#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        self.request().as_bytes()
    }

    /// Returns whether anything was changed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert!(repaired.is_changed());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn is_changed(&self) -> bool {
        self.edited.is_some()
    }

    /// Returns the receipt: each edit, and the sizes before and after.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert_eq!(repaired.receipt().edits[0].action.as_str(), "dropped_orphan_result");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Returns an undo that restores the original request; `None` if nothing was changed. Linear
    /// in the size of both requests.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert_eq!(repaired.undo().unwrap().apply(repaired.as_bytes()).unwrap(), body.as_bytes());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn undo(&self) -> Option<Undo> {
        let edited = self.edited.as_ref()?;
        Some(Undo::new(self.original.request().text(), edited.text()))
    }

    /// Returns the check of the repaired request.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert!(repaired.report().is_ok());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn report(&self) -> &CheckReport {
        &self.report
    }

    /// Returns the findings that remain.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// assert!(repaired.remaining().is_empty());
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn remaining(&self) -> &[Finding] {
        self.report.findings()
    }

    /// Returns the repaired request, owned; the original is copied if nothing was changed.
    ///
    /// ```
    /// # use tokenfit::{Budget, Models, Request, check::RepairPolicy};
    /// let body = r#"{"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "?"}, {"role": "user", "content": "Hi"}]}"#;
    /// # let request = Request::parse(body)?;
    /// let repaired = Budget::lenient(&Models::builtin()).repair(&request, &RepairPolicy::default())?;    // a result without a call
    /// let request: Request<'static> = repaired.into_request();
    /// assert_eq!(request.messages().len(), 1);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn into_request(self) -> Request<'static> {
        match self.edited {
            None => self.original.request().clone().into_owned(),
            Some(request) => *request,
        }
    }
}

/// Prints numbers only.
impl fmt::Debug for Repaired<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repaired")
            .field("changed", &self.is_changed())
            .field("edits", &self.receipt.edits.len())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// Fixes the history of a request, as far as the policy asks for it and the provider's rules
    /// require it.
    ///
    /// Untouched parts keep their bytes. Repairing a repaired request changes nothing. Faults that
    /// cannot be fixed stay, and are listed by [`Repaired::remaining`]. Linear in the request for
    /// each pass; there are rarely more than three.
    ///
    /// # Errors
    ///
    /// The edited text could not be parsed as a request. That would be a bug of this crate; the
    /// original request is not lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// // The user's message comes before the result of the tool.
    /// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [
    ///     {"role": "user", "content": "What is in stock?"},
    ///     {"role": "assistant", "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "stock", "arguments": "{}"}}]},
    ///     {"role": "user", "content": "Hello?"},
    ///     {"role": "tool", "tool_call_id": "c7", "content": "12"}
    /// ]}"#)?;
    /// let budget = Budget::lenient(&Models::builtin());
    /// let repaired = budget.repair(&request, &RepairPolicy::default())?;
    /// assert_eq!(repaired.receipt().edits[0].action.as_str(), "moved_result");
    /// assert!(repaired.report().is_ok());
    /// assert_eq!(repaired.request().messages().nth(2).unwrap().text(), "12");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn repair<'r>(
        &self,
        request: &'r Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'r>, Error> {
        let budget = self.of_request(request);
        let repaired = budget.repair_if_needed(request, policy)?;
        Ok(budget.repaired(Given::Lent(request), repaired))
    }

    /// Fixes a request; `unread` is the parser's error if it could not be parsed.
    pub(super) fn repair_read<'r>(
        &self,
        request: Request<'r>,
        unread: Option<&Error>,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'r>, Error> {
        let budget = self.of_request(&request).into_owned();
        if unread.is_none() {
            let repaired = budget.repair_if_needed(&request, policy)?;
            return Ok(budget.repaired(Given::Kept(Box::new(request)), repaired));
        }
        let report = budget.check_read(&request, unread);
        let pass = settings::pass(&request, report.findings(), policy);
        let text = pass.as_ref().map_or(request.text(), |(text, _)| text);
        let mut edited = Some(request.edited(text.to_owned())?);
        let mut edits = pass.map(|(_, edits)| edits).unwrap_or_default();
        budget.repair_settings(&request, policy, &mut edited, &mut edits)?;
        let repaired = budget.repair_history(&request, policy, edited, edits)?;
        Ok(budget.repaired(Given::Kept(Box::new(request)), repaired))
    }

    /// Adapts a request to this budget's model and host, in its current format: the model's name,
    /// and the fixes of [`RepairPolicy::port`]. Faults that cannot be fixed are listed by
    /// [`Repaired::remaining`].
    ///
    /// Untouched messages keep their bytes. A second call changes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OtherFormat`](crate::ErrorKind::OtherFormat) if the model is not served in the
    /// request's format; [`translate`](Budget::translate) it then. Otherwise the errors of
    /// [`repair`](Budget::repair).
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, ErrorKind, Models, Request};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// let request = Request::parse(r#"{"model": "claude-sonnet-4-5", "max_tokens": 900, "temperature": 0.2,
    ///     "messages": [{"role": "user", "content": "Hi"}]}"#)?;
    /// let models = Models::builtin();
    /// let ready = Budget::new(&models.get("claude-sonnet-5")?).port(&request, &RepairPolicy::port())?;
    /// assert!(ready.report().is_ok());
    /// assert_eq!(ready.request().as_bytes(), br#"{"model": "claude-sonnet-5", "max_tokens": 900,
    ///     "messages": [{"role": "user", "content": "Hi"}]}"#);
    ///
    /// let elsewhere = Budget::new(&models.get("gemini-3-flash-preview")?).port(&request, &RepairPolicy::port());
    /// assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::OtherFormat);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn port<'r>(
        &self,
        request: &'r Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'r>, Error> {
        let budget = self.of_request(request);
        let repaired = budget.make_ready(request, policy)?;
        Ok(budget.repaired(Given::Lent(request), repaired))
    }

    /// Adapts the bytes of a request, see [`port`](Budget::port). The format is detected by shape
    /// unless it is given.
    ///
    /// # Errors
    ///
    /// The errors of [`port`](Budget::port), and the parser's error of the body.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// let body = r#"{"model": "gpt-5.4", "messages": [{"role": "developer", "content": "Hi"}]}"#;
    /// let budget = Budget::new(&Models::builtin().get("deepseek-chat")?);
    /// let ready = budget.port_bytes(None, body, &RepairPolicy::port())?;
    /// assert_eq!(ready.as_bytes(), br#"{"model": "deepseek-chat", "messages": [{"role": "system", "content": "Hi"}]}"#);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn port_bytes<'b, B: AsRef<[u8]> + ?Sized>(
        &self,
        format: Option<Format>,
        body: &'b B,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'b>, Error> {
        let request = match format {
            Some(format) => Request::parse_as(format, body)?,
            None => Request::parse(body)?,
        };
        self.port_kept(request, policy)
    }

    /// Adapts a request, which the result keeps; see [`port`](Budget::port).
    pub(crate) fn port_kept<'r>(
        &self,
        request: Request<'r>,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'r>, Error> {
        let budget = self.of_request(&request).into_owned();
        let repaired = budget.make_ready(&request, policy)?;
        Ok(budget.repaired(Given::Kept(Box::new(request)), repaired))
    }

    fn make_ready(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Option<RepairedRequest>, Error> {
        target::serves(self, request.format())?;
        let (mut edited, mut edits) = (None, Vec::new());
        if let Some((text, done)) = target::ready(self, request) {
            edits = done;
            edited = Some(request.edited(text)?);
        }
        self.repair_settings(request, policy, &mut edited, &mut edits)?;
        let mut repaired = self.repair_history(request, policy, edited, edits)?;
        // A repaired history can reveal another fault: removing an orphan makes another message the
        // last.
        for _ in 0..PASSES {
            let Some(now) = &repaired else {
                break;
            };
            let (mut edited, mut edits) = (None, Vec::new());
            self.repair_settings(&now.request, policy, &mut edited, &mut edits)?;
            let Some(edited) = edited else {
                break;
            };
            let mut all = now.edits.clone();
            all.extend(now.original_places(edits));
            repaired = self.repair_history(&now.request, policy, Some(edited), all)?;
        }
        Ok(repaired)
    }

    /// Fixes settings and other findings outside of the history's order, repeatedly: a value that
    /// is now in its range may still be unsupported.
    fn repair_settings(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
        edited: &mut Option<Request<'static>>,
        done: &mut Vec<Edit>,
    ) -> Result<(), Error> {
        if !policy.fixes_findings() {
            return Ok(());
        }
        let profile = rulebook::profile(self, request.format());
        for _ in 0..FINDING_PASSES {
            let now: &Request<'_> = edited.as_ref().unwrap_or(request);
            let report = self.check(now);
            let findings = report.findings();
            let pass = settings::pass(now, findings, policy)
                .or_else(|| by_finding::pass(now, findings, policy, &profile));
            let Some((text, edits)) = pass else {
                break;
            };
            let text = request.edited(text)?;
            done.extend(edits);
            *edited = Some(text);
        }
        Ok(())
    }

    fn repaired<'r>(&self, given: Given<'r>, repaired: Option<RepairedRequest>) -> Repaired<'r> {
        let request = given.request();
        let (edited, edits) = match repaired {
            Some(repaired) => (Some(Box::new(repaired.request)), repaired.edits),
            None => (None, Vec::new()),
        };
        let left: &Request<'_> = edited.as_deref().unwrap_or(request);
        let receipt = Receipt {
            edits,
            messages_before: request.messages().len(),
            messages_after: left.messages().len(),
            bytes_before: request.as_bytes().len(),
            bytes_after: left.as_bytes().len(),
            ..Receipt::default()
        };
        Repaired {
            report: self.check(left),
            original: given,
            edited,
            receipt,
        }
    }

    /// Repairs without checking the result; `None` if there was nothing to fix.
    pub(crate) fn repair_if_needed(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Option<RepairedRequest>, Error> {
        let (mut edited, mut edits) = (None, Vec::new());
        self.repair_settings(request, policy, &mut edited, &mut edits)?;
        self.repair_history(request, policy, edited, edits)
    }

    fn repair_history(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
        mut edited: Option<Request<'static>>,
        mut done: Vec<Edit>,
    ) -> Result<Option<RepairedRequest>, Error> {
        let rules = rulebook::profile(self, request.format()).rules;
        // Original item of each item of the list.
        let mut origins: Option<Vec<Option<usize>>> = None;
        for _ in 0..PASSES {
            let now: &Request<'_> = edited.as_ref().unwrap_or(request);
            let pass = plan::of_pairs(now, rules, policy)
                .or_else(|| contents::plan(now, rules, policy))
                .map(|plan| {
                    let (text, from) = write::apply(now, &plan);
                    let edits = plan.edits.into_iter().map(|(_, edit)| edit).collect();
                    (text, from, edits)
                })
                .or_else(|| policy.joins().then(|| join::pass(now, rules)).flatten());
            let Some((text, from, edits)) = pass else {
                break;
            };
            done.extend(match &origins {
                Some(origins) => to_original_places(edits, &now.list_pointer(), origins),
                None => edits,
            });
            origins = Some(match origins {
                None => from,
                Some(before) => from
                    .into_iter()
                    .map(|item| item.and_then(|item| before.get(item).copied().flatten()))
                    .collect(),
            });
            edited = Some(request.edited(text)?);
        }
        Ok(edited.map(|request| RepairedRequest {
            request,
            edits: done,
            origins,
        }))
    }
}

/// A repaired request and the edits.
pub(crate) struct RepairedRequest {
    pub(crate) request: Request<'static>,
    pub(crate) edits: Vec<Edit>,
    /// Original item of each item of its list. `None` if the list is unchanged.
    origins: Option<Vec<Option<usize>>>,
}

impl RepairedRequest {
    /// Converts edits of the repaired request to places in the original request.
    pub(crate) fn original_places(&self, edits: Vec<Edit>) -> Vec<Edit> {
        match &self.origins {
            Some(origins) => to_original_places(edits, &self.request.list_pointer(), origins),
            None => edits,
        }
    }
}

/// Converts places of a later pass, which refer to an edited request, to places of the original
/// messages.
fn to_original_places(mut edits: Vec<Edit>, list: &str, origins: &[Option<usize>]) -> Vec<Edit> {
    let original = |pointer: &str| {
        let item = pointer
            .strip_prefix(list)?
            .split('/')
            .nth(1)?
            .parse::<usize>()
            .ok()?;
        match origins.get(item).copied().flatten() {
            Some(item) => Some(format!("{list}/{item}")),
            // The message is new, so the place is the list.
            None => Some(list.to_owned()),
        }
    };
    for edit in &mut edits {
        for pointer in &mut edit.pointers {
            if let Some(came) = original(pointer) {
                *pointer = came;
            }
        }
        edit.call_pointer = edit.call_pointer.as_deref().and_then(original);
    }
    edits
}
