//! The edited request: parsed, counted, checked, with its receipt.

use super::Fitted;
use super::base::Base;
use super::counter::{MessageCounter, MessageCounts, size_of};
use super::fitted::{self, Edited};
use super::replay::Marks;
use super::write::Written;
use crate::budget::Budget;
use crate::check::{CheckReport, Finding, Severity};
use crate::count::TokenCount;
use crate::edit::{Action, CacheCost, Edit, PassedOver, Receipt};
use crate::error::{Error, Inner};
use crate::request::Request;

/// A request that was written, parsed and counted.
pub(super) struct Outcome {
    pub(super) request: Request<'static>,
    pub(super) counts: MessageCounts,
    pub(super) origins: Vec<(usize, bool)>,
}

/// Decision on a request.
pub(super) struct Decision {
    pub(super) edits: Vec<Edit>,
    pub(super) model: Option<String>,
    pub(super) cache: Option<CacheCost>,
    pub(super) marks: Marks,
    /// Size of the original request.
    pub(super) before: u64,
    /// Likely size.
    pub(super) likely: u64,
    /// Fallback models that do not accept the request.
    pub(super) passed_over: Vec<PassedOver>,
}

/// Parses and counts the edited request; counts of unchanged messages are reused.
pub(super) fn made(
    written: Written,
    request: &Request<'_>,
    counter: &dyn MessageCounter,
    counts: &MessageCounts,
) -> Result<Outcome, Error> {
    let edited = request.edited(written.text)?;
    // A field that is a message by itself may no longer be one after it was emptied; then no counts
    // are reused.
    let known: Vec<Option<TokenCount>> = if edited.messages().len() == written.origins.len() {
        let of = |&(message, untouched): &(usize, bool)| {
            counts.messages.get(message).copied().filter(|_| untouched)
        };
        written.origins.iter().map(of).collect()
    } else {
        Vec::new()
    };
    let counts = counter.recount(&edited, &known);
    Ok(Outcome {
        request: edited,
        counts,
        origins: written.origins,
    })
}

/// Checks the result; an error if it is refused.
pub(super) fn checked(budget: &Budget, made: &Outcome) -> Result<CheckReport, Error> {
    let report = budget.check_knowing(&made.request, made.counts.total());
    let refused: Vec<(&'static str, String)> = report
        .findings()
        .iter()
        .filter(|finding| is_refused(finding))
        .map(|finding| (finding.code, finding.pointer.clone()))
        .collect();
    if refused.is_empty() {
        Ok(report)
    } else {
        Err(Inner::Refused { findings: refused }.into())
    }
}

/// Whether a finding keeps a request from being sent. Unknown fields, which may be meant for a
/// gateway, and a model that is named elsewhere do not.
pub(super) fn is_refused(finding: &Finding) -> bool {
    finding.severity == Severity::Refused && !finding.is_callers_own
}

/// Writes the receipt.
pub(super) fn edited<'r>(
    original: &'r Request<'_>,
    base: Base<'r>,
    mut decision: Decision,
    made: Outcome,
    report: CheckReport,
) -> Fitted<'r> {
    // An edited message was counted again; of several edits in one message the last one gets the
    // size after.
    let mut told = None;
    for planned in decision.edits.iter_mut().rev() {
        let message = match planned.action {
            Action::Summarized { message, .. } => Some(message),
            ref action => action.message(),
        };
        let Some(message) = message.filter(|&message| told != Some(message)) else {
            continue;
        };
        told = Some(message);
        // In order: a removed message is not among them.
        let origin = made
            .origins
            .binary_search_by_key(&message, |&(origin, _)| origin);
        let count = origin.ok().and_then(|nth| made.counts.messages.get(nth));
        planned.tokens_after = Some(count.map_or(0, |&count| size_of(count)));
    }
    let summary_at = decision
        .edits
        .iter()
        .find_map(|planned| match planned.action {
            Action::Summarized { message, .. } => Some(message),
            _ => None,
        });
    let items_from = match &base {
        Base::Repaired(_) => Vec::new(),
        Base::Original(request) => made
            .origins
            .iter()
            .filter(|&&(message, _)| request.message(message).list_index().is_some())
            .map(|&(message, _)| {
                request
                    .message(message)
                    .list_index()
                    .filter(|_| summary_at != Some(message))
            })
            .collect(),
    };
    let receipt = receipt_of(original, base, decision, &made);
    let edited = Edited {
        items_from,
        request: made.request,
    };
    let outcome = fitted::Outcome {
        edited: Some(edited),
        receipt,
        report,
    };
    Fitted::new(original, outcome)
}

/// Returns an unchanged request with its receipt, which has sizes if it was counted.
pub(super) fn unchanged<'r>(
    request: &'r Request<'_>,
    marks: Marks,
    counts: Option<&MessageCounts>,
    report: CheckReport,
) -> Fitted<'r> {
    let (messages, bytes) = (request.messages().len(), request.as_bytes().len());
    let size = counts.map(MessageCounts::size);
    let likely = counts
        .map(|counts| counts.total().tokens())
        .filter(|&likely| Some(likely) != size);
    let receipt = Receipt {
        tokens_before: size,
        tokens_after: size,
        likely_before: likely,
        likely_after: likely,
        unbounded: counts.map_or(0, MessageCounts::unbounded),
        limit: Some(marks.limit),
        high_water: Some(marks.high),
        low_water: Some(marks.low),
        messages_before: messages,
        messages_after: messages,
        bytes_before: bytes,
        bytes_after: bytes,
        ..Receipt::default()
    };
    let outcome = fitted::Outcome {
        edited: None,
        receipt,
        report,
    };
    Fitted::new(request, outcome)
}

fn receipt_of(
    original: &Request<'_>,
    base: Base<'_>,
    decision: Decision,
    made: &Outcome,
) -> Receipt {
    let edits = match base {
        Base::Repaired(repaired) => [repaired.edits, decision.edits].concat(),
        Base::Original(_) => decision.edits,
    };
    let (size, likely) = (made.counts.size(), made.counts.total().tokens());
    Receipt {
        edits,
        likely_before: (decision.likely != decision.before).then_some(decision.likely),
        likely_after: (likely != size).then_some(likely),
        unbounded: made.counts.unbounded(),
        passed_over: decision.passed_over,
        tokens_before: Some(decision.before),
        tokens_after: Some(made.counts.size()),
        limit: Some(decision.marks.limit),
        high_water: Some(decision.marks.high),
        low_water: Some(decision.marks.low),
        messages_before: original.messages().len(),
        messages_after: made.request.messages().len(),
        bytes_before: original.as_bytes().len(),
        bytes_after: made.request.as_bytes().len(),
        model: decision.model,
        cache: decision.cache,
    }
}
