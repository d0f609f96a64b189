//! Prepares a request for one target: repair, port or translation, lower output limit, fit, check.

use super::caller::{Caller, Fit};
use super::learned::Learned;
use super::target::Target;
use crate::budget::{Budget, Fits, shares_window};
use crate::check::{CheckReport, Severity};
use crate::edit::{Action, Edit, Receipt};
use crate::error::{Error, ErrorKind, Inner};
use crate::fit::Fitter;
use crate::model::HostKind;
use crate::request::{Edits, Request};
use crate::translate::untranslated_stream;

/// Reason of an edit that lowers the output limit.
const LOWER_OUTPUT: &str = "lower_output";

/// Minimum output limit.
const LEAST_OUTPUT: u64 = 16;

/// Limits that this call encountered at this target.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    /// Maximum input, as counted here.
    pub(super) max_input: Option<u64>,
    pub(super) max_output: Option<u64>,
}

/// A request that is ready to be sent.
pub(super) struct Prepared {
    pub(super) request: Request<'static>,
    pub(super) receipts: Vec<Receipt>,
    size: Option<u64>,
}

impl Prepared {
    pub(super) fn edits(&self) -> usize {
        self.receipts.iter().map(|one| one.edits.len()).sum()
    }

    /// Returns the size of the input in tokens, as a fit measures it: the upper bound of a count.
    /// For an unknown model it is a guess from the bytes. Counted once.
    pub(super) fn size(&mut self, target: &Target) -> u64 {
        let request = &self.request;
        *self.size.get_or_insert_with(|| match target.model() {
            Some(model) => {
                let total = model.count(request).total();
                total.upper().unwrap_or(total.tokens())
            }
            None => request.as_bytes().len() as u64 / 4,
        })
    }
}

/// Prepares a request for a target.
pub(super) fn prepare(
    caller: &Caller,
    request: &Request<'_>,
    target: &Target,
    limits: Limits,
    learned: Option<Learned>,
) -> Result<Prepared, Error> {
    let mut made = Prepared {
        request: request.clone().into_owned(),
        receipts: Vec::new(),
        size: None,
    };
    let budget = target.own_budget().clone();
    let format = target.format_for(request);
    if format != request.format() {
        if request.streams() {
            return Err(untranslated_stream());
        }
        let translated = budget.translate(request, Some(format), &caller.port)?;
        made.receipts
            .extend(translated.receipts().map(Clone::clone));
        made.receipts.retain(|receipt| !receipt.is_empty());
        made.request = translated.into_request();
    } else if names(request, target) {
        if let Some(policy) = &caller.repairs {
            let repaired = budget.repair(request, policy)?;
            if repaired.is_changed() {
                made.receipts.push(repaired.receipt().clone());
                made.request = repaired.into_request();
            }
        }
    } else {
        let ported = budget.port(request, &caller.port)?;
        if ported.is_changed() {
            made.receipts.push(ported.receipt().clone());
            made.request = ported.into_request();
        }
    }

    let max_output = [
        limits.max_output,
        learned.and_then(|learned| learned.max_output_tokens),
        learned.and_then(|learned| {
            // A window that turned out to be small: the rest after the input, or half of it, so
            // that the input has room.
            let window = learned.context_window?;
            let input = learned.there(made.size(target));
            Some(window.saturating_sub(input).max(window / 2))
        }),
    ];
    if let Some(most) = max_output.into_iter().flatten().min()
        && let Some((lowered, receipt)) = lower_output(&made.request, most)?
    {
        made.request = lowered;
        made.receipts.push(receipt);
    }
    made.size = None;

    let budget = within(budget, target, &made.request, limits, learned);
    if let Some(fitter) = fitter(caller, &budget)
        && budget.max_input(&made.request)?.is_some()
        && made.request.format().wire().has_history
    {
        let fitted = match fitter.fit(&made.request) {
            Ok(fitted) if fitted.is_unchanged() => None,
            Ok(fitted) => Some((fitted.receipt().clone(), fitted.into_request())),
            // Only its upper bound is over the limit: its provider may accept it as it is.
            Err(error)
                if error.kind() == ErrorKind::CannotFit
                    && budget.fits(&made.request) != Fits::No =>
            {
                None
            }
            Err(error) => return Err(error),
        };
        if let Some((receipt, request)) = fitted {
            made.receipts.push(receipt);
            made.request = request;
        }
    }
    if !caller.sends_refused {
        accepted(&budget.check(&made.request), target)?;
    }
    Ok(made)
}

/// Returns whether a request names the target's model, or no model.
fn names(request: &Request<'_>, target: &Target) -> bool {
    let (Some(named), Some(model)) = (request.model(), target.model()) else {
        return true;
    };
    if *named == *model.name() {
        return true;
    }
    let found = model.models().get(&named);
    found.is_ok_and(|found| found.id() == model.id() && found.host() == model.host())
}

/// Returns the budget with all limits that are known for this send.
fn within(
    mut budget: Budget,
    target: &Target,
    request: &Request<'_>,
    limits: Limits,
    learned: Option<Learned>,
) -> Budget {
    if let Some(learned) = learned {
        let output = budget.reserve_for(request);
        // A window is shared with the output unless the model is known to have separate limits.
        let shared = target.model().is_none_or(shares_window);
        let of_window = learned.context_window.map(|window| match shared {
            true => window.saturating_sub(output),
            false => window,
        });
        for limit in [of_window, learned.max_request_tokens]
            .into_iter()
            .flatten()
        {
            budget = budget.at_most_input(learned.here(limit));
        }
    }
    match limits.max_input {
        Some(limit) => budget.at_most_input(limit),
        None => budget,
    }
}

fn fitter(caller: &Caller, budget: &Budget) -> Option<Fitter> {
    let fitter = match caller.fit.as_ref()? {
        Fit::Preset(preset) => preset.fitter(budget.clone()),
        Fit::Fitter(fitter) => fitter.for_budget(budget.clone()),
    };
    // A requested limit was applied before, and the caller decides on what is refused.
    let fitter = fitter.send_refused(true);
    Some(match &caller.repairs {
        Some(policy) => fitter.repairing(Some(policy.clone())),
        None => fitter.repairing(None),
    })
}

/// Returns an error for a request that the provider would refuse. A field that the provider does
/// not have, and a model that is named elsewhere, may be meant for a gateway or a local server.
fn accepted(report: &CheckReport, target: &Target) -> Result<(), Error> {
    let own_rules = !matches!(target.host().kind(), HostKind::Vendor);
    let refused: Vec<(&'static str, String)> = report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Refused)
        .filter(|finding| !(own_rules && finding.is_callers_own))
        .map(|finding| (finding.code, finding.pointer.clone()))
        .collect();
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Inner::Refused { findings: refused }.into()),
    }
}

/// Lowers the output limit of a request to at most `most`; `None` if it is not higher.
fn lower_output(
    request: &Request<'_>,
    most: u64,
) -> Result<Option<(Request<'static>, Receipt)>, Error> {
    let most = most.max(LEAST_OUTPUT);
    let Some((value, pointer)) = request.output_limit_value() else {
        return Ok(None);
    };
    if request
        .max_output_tokens()
        .is_none_or(|asked| asked <= most)
    {
        return Ok(None);
    }
    let number = most.to_string();
    let sizes = (value.raw().len(), number.len());
    let edit = Edit::at(Action::ClampedSetting, pointer, LOWER_OUTPUT, sizes);
    let mut json = Edits::default();
    json.replace(value, number);
    let lowered = request.edited(json.apply(request.text()))?;
    let receipt = Receipt {
        edits: vec![edit],
        messages_before: request.messages().len(),
        messages_after: lowered.messages().len(),
        bytes_before: request.as_bytes().len(),
        bytes_after: lowered.as_bytes().len(),
        ..Receipt::default()
    };
    Ok(Some((lowered, receipt)))
}
