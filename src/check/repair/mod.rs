//! Fixes a history that its provider would refuse, where there is one right fix.
//!
//! A repair reads the history as the check does, plans, and splices: messages that it does not touch keep their bytes. It
//! works in passes, because one fix makes room for the next (a message without its orphan is empty, without it two of
//! one role meet); when a pass finds nothing to do it is done.
//!
//! `policy.rs` says what is asked for; `plan.rs` decides about calls and results, `contents.rs` about what says nothing;
//! `settings.rs` fixes settings, `mend.rs` what else the check finds: `ids.rs` ids, `media.rs` images and files, `items.rs`
//! items of Responses, `schemas.rs` schemas of tools, `marks.rs` cache marks, `thinking.rs` thinking. `target.rs` makes a
//! request ready for another model; `write.rs` makes edits of a plan, `join.rs` joins messages. What was done is a [`Receipt`](crate::edit::Receipt).

mod case;
mod contents;
mod ids;
mod items;
mod join;
mod marks;
mod media;
mod mend;
mod plan;
mod policy;
mod schemas;
mod settings;
mod target;
mod thinking;
mod write;

use std::fmt;

pub use policy::{Displaced, Missing, OutOfRange, PLACEHOLDER, RefusedMedia, RepairPolicy};

use super::rulebook;
use super::{CheckReport, Finding};
use crate::budget::Budget;
use crate::edit::{Edit, Receipt, Undo};
use crate::error::Error;
use crate::request::{Format, Given, Request};

/// At most so many passes. Each of them fixes all it sees, so three or four are many; the bound is against what nobody
/// thought of.
const PASSES: usize = 16;

/// At most so many passes over findings: one fixes one kind of fault at all its places, and there are fewer kinds.
const FINDING_PASSES: usize = 48;

/// A repaired request: what came out, what was done, and what is left.
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
    /// The request: the one that came when nothing was to be done.
    pub fn request(&self) -> &Request<'_> {
        self.edited
            .as_deref()
            .unwrap_or_else(|| self.original.request())
    }

    /// The bytes to send. What was not touched is as it came.
    pub fn as_bytes(&self) -> &[u8] {
        self.request().as_bytes()
    }

    /// Whether anything was done.
    pub fn is_changed(&self) -> bool {
        self.edited.is_some()
    }

    /// What was done.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What leads back to the request as it came, if anything was done. Linear in both texts.
    pub fn undo(&self) -> Option<Undo> {
        let edited = self.edited.as_ref()?;
        Some(Undo::new(self.original.request().text(), edited.text()))
    }

    /// The check of the repaired request.
    pub fn report(&self) -> &CheckReport {
        &self.report
    }

    /// What is still wrong with it: all findings that are left.
    pub fn remaining(&self) -> &[Finding] {
        self.report.findings()
    }

    /// The repaired request, owned; the one that came is copied when nothing was done.
    pub fn into_request(self) -> Request<'static> {
        match self.edited {
            None => self.original.request().clone().into_owned(),
            Some(request) => *request,
        }
    }
}

/// Numbers only.
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
    /// Fixes the history of a request, as far as the policy asks for it and the provider's rules want it.
    ///
    /// What is not touched keeps its bytes. Repairing a repaired request changes nothing. What cannot be fixed stays, and
    /// is listed by [`Repaired::remaining`]. Linear in the request for each pass; there are rarely more than three.
    ///
    /// # Errors
    ///
    /// The edited text could not be read again as a request. That would be a fault of this crate; the request that came
    /// is not lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::{Budget, Models, Request};
    /// use tokenfit::check::RepairPolicy;
    ///
    /// // The user spoke before the tool had answered.
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
        let mended = budget.mend(request, policy)?;
        Ok(budget.repaired(Given::Lent(request), mended))
    }

    /// Fixes what could not be read as a request for this reason, where that is given.
    pub(super) fn repair_read<'r>(
        &self,
        request: Request<'r>,
        unread: Option<&Error>,
        policy: &RepairPolicy,
    ) -> Result<Repaired<'r>, Error> {
        let budget = self.of_request(&request).into_owned();
        if unread.is_none() {
            let mended = budget.mend(&request, policy)?;
            return Ok(budget.repaired(Given::Kept(Box::new(request)), mended));
        }
        let report = budget.check_read(&request, unread);
        let pass = settings::pass(&request, report.findings(), policy);
        let text = pass.as_ref().map_or(request.text(), |(text, _)| text);
        let mut edited = Some(Request::parse_as(request.format(), text)?.into_owned());
        let mut edits = pass.map(|(_, edits)| edits).unwrap_or_default();
        budget.mend_settings(&request, policy, &mut edited, &mut edits)?;
        let mended = budget.mend_history(&request, policy, edited, edits)?;
        Ok(budget.repaired(Given::Kept(Box::new(request)), mended))
    }

    /// Makes a request ready for this budget's model and host, in the format it has: the name of the model and what
    /// [`RepairPolicy::port`] asks for. What stays is listed by [`Repaired::remaining`].
    ///
    /// Messages that need nothing keep their bytes. Doing it twice does nothing more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OtherFormat`](crate::ErrorKind::OtherFormat) when the model is not served in the request's format: this
    /// crate translates none. Else as [`repair`](Budget::repair).
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
        let mended = budget.make_ready(request, policy)?;
        Ok(budget.repaired(Given::Lent(request), mended))
    }

    /// Makes the bytes of a request ready, see [`port`](Budget::port). Its format is found by its shape unless it is given.
    ///
    /// # Errors
    ///
    /// As [`port`](Budget::port); and the error of reading the body.
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
        let budget = self.of_request(&request).into_owned();
        let mended = budget.make_ready(&request, policy)?;
        Ok(budget.repaired(Given::Kept(Box::new(request)), mended))
    }

    fn make_ready(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Option<Mended>, Error> {
        target::serves(self, request.format())?;
        let (mut edited, mut edits) = (None, Vec::new());
        if let Some((text, done)) = target::ready(self, request) {
            edits = done;
            edited = Some(Request::parse_as(request.format(), text.as_str())?.into_owned());
        }
        self.mend_settings(request, policy, &mut edited, &mut edits)?;
        let mut mended = self.mend_history(request, policy, edited, edits)?;
        // A mended history can show what it hid: an orphan that leaves makes another message the last.
        for _ in 0..PASSES {
            let Some(now) = &mended else {
                break;
            };
            let (mut edited, mut edits) = (None, Vec::new());
            self.mend_settings(&now.request, policy, &mut edited, &mut edits)?;
            let Some(edited) = edited else {
                break;
            };
            let mut all = now.edits.clone();
            all.extend(now.places_as_they_came(edits));
            mended = self.mend_history(&now.request, policy, Some(edited), all)?;
        }
        Ok(mended)
    }

    /// Fixes settings and what else the check finds outside of the order of the history, again while there is something to
    /// fix: what is in its range now may still not be taken.
    fn mend_settings(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
        edited: &mut Option<Request<'static>>,
        done: &mut Vec<Edit>,
    ) -> Result<(), Error> {
        if !policy.mends_findings() {
            return Ok(());
        }
        let profile = rulebook::profile(self, request.format());
        for _ in 0..FINDING_PASSES {
            let now: &Request<'_> = edited.as_ref().unwrap_or(request);
            let report = self.check(now);
            let findings = report.findings();
            let pass = settings::pass(now, findings, policy)
                .or_else(|| mend::pass(now, findings, policy, &profile));
            let Some((text, edits)) = pass else {
                break;
            };
            let text = Request::parse_as(request.format(), text.as_str())?.into_owned();
            done.extend(edits);
            *edited = Some(text);
        }
        Ok(())
    }

    fn repaired<'r>(&self, given: Given<'r>, mended: Option<Mended>) -> Repaired<'r> {
        let request = given.request();
        let (edited, edits) = match mended {
            Some(mended) => (Some(Box::new(mended.request)), mended.edits),
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

    /// The fix alone, without a check of what comes out; `None` when there was nothing to mend.
    pub(crate) fn mend(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
    ) -> Result<Option<Mended>, Error> {
        let (mut edited, mut edits) = (None, Vec::new());
        self.mend_settings(request, policy, &mut edited, &mut edits)?;
        self.mend_history(request, policy, edited, edits)
    }

    fn mend_history(
        &self,
        request: &Request<'_>,
        policy: &RepairPolicy,
        mut edited: Option<Request<'static>>,
        mut done: Vec<Edit>,
    ) -> Result<Option<Mended>, Error> {
        let rules = rulebook::profile(self, request.format()).rules;
        // For each item of the list, which one it was.
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
                Some(origins) => as_they_came(edits, &now.list_pointer(), origins),
                None => edits,
            });
            origins = Some(match origins {
                None => from,
                Some(before) => from
                    .into_iter()
                    .map(|item| item.and_then(|item| before.get(item).copied().flatten()))
                    .collect(),
            });
            edited = Some(Request::parse_as(request.format(), text.as_str())?.into_owned());
        }
        Ok(edited.map(|request| Mended {
            request,
            edits: done,
            origins,
        }))
    }
}

/// A request that was fixed, and how.
pub(crate) struct Mended {
    pub(crate) request: Request<'static>,
    pub(crate) edits: Vec<Edit>,
    /// Of each item of its list: the item that it was. `None` where the list is as it came.
    origins: Option<Vec<Option<usize>>>,
}

impl Mended {
    /// Edits of the fixed request, with their places in the request as it came.
    pub(crate) fn places_as_they_came(&self, edits: Vec<Edit>) -> Vec<Edit> {
        match &self.origins {
            Some(origins) => as_they_came(edits, &self.request.list_pointer(), origins),
            None => edits,
        }
    }
}

/// Places of a later pass are those of an edited request: they become the places of the messages as they came.
fn as_they_came(mut edits: Vec<Edit>, list: &str, origins: &[Option<usize>]) -> Vec<Edit> {
    let original = |pointer: &str| {
        let item = pointer
            .strip_prefix(list)?
            .split('/')
            .nth(1)?
            .parse::<usize>()
            .ok()?;
        match origins.get(item).copied().flatten() {
            Some(item) => Some(format!("{list}/{item}")),
            // The message is a new one: the place is the list.
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
