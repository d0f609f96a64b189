//! Settings that a provider would refuse: numbers clamped, unsupported settings removed, renamed
//! ones renamed. Only where the policy requests it; the finding names the fix.

use super::super::finding::{Finding, SettingFix, Severity};
use super::policy::{OutOfRange, RepairPolicy};
use crate::edit::{Action, Edit};
use crate::json::{Kind, Value};
use crate::request::{Edits, Request, Slot};

/// Returns the text with the settings fixed, and the edits. Linear in the request and the objects
/// of its findings.
pub(super) fn pass(
    request: &Request<'_>,
    findings: &[Finding],
    policy: &RepairPolicy,
) -> Option<(String, Vec<Edit>)> {
    let mut edits = Edits::default();
    let mut done = Vec::new();
    // Objects that lose entries, by byte offset, and the positions of these entries.
    let mut losing: Vec<(Value<'_>, Vec<usize>)> = Vec::new();
    let mut repaired = Vec::new();
    for finding in findings {
        let Some(fix) = &finding.fix else {
            continue;
        };
        // A value with two faults is fixed once.
        if repaired.contains(&finding.offset()) {
            continue;
        }
        // A setting that is merely risky is not removed.
        let refused = finding.severity == Severity::Refused;
        if !refused && !matches!(fix, SettingFix::Bound(_)) {
            continue;
        }
        let Some(action) = asked(fix, policy) else {
            continue;
        };
        let Some((object, nth, key, value)) = place(request, finding) else {
            continue;
        };
        // The nearest allowed output limit would be an answer of one token; 0 and -1 mean no limit.
        let is_no_limit = action == Action::ClampedSetting
            && request
                .output_limit_value()
                .is_some_and(|(limit, _)| limit.id() == value.id())
            && is_not_positive(value);
        if is_no_limit && request.format().wire().requires_output_limit {
            continue;
        }
        let action = if is_no_limit {
            Action::DroppedSetting
        } else {
            action
        };
        let before = key.raw().len() + value.raw().len();
        let (action, after) = match (action, fix) {
            (action @ Action::ClampedSetting, SettingFix::Bound(bound)) => {
                edits.replace(value, bound.clone());
                (action, key.raw().len() + bound.len())
            }
            (action @ Action::RenamedSetting, SettingFix::Rename(name))
                if object.get_some(name).is_none() =>
            {
                edits.replace(key, format!("\"{name}\""));
                (action, name.len() + 2 + value.raw().len())
            }
            _ => {
                match losing
                    .iter_mut()
                    .find(|(other, _)| other.id() == object.id())
                {
                    Some((_, entries)) => entries.push(nth),
                    None => losing.push((object, vec![nth])),
                }
                (Action::DroppedSetting, 0)
            }
        };
        repaired.push(finding.offset());
        let pointer = finding.pointer.clone();
        done.push(Edit::at(action, pointer, finding.code, (before, after)));
    }
    for (object, gone) in losing {
        let slots = (0..object.entries().count())
            .filter(|nth| !gone.contains(nth))
            .map(Slot::Keep)
            .collect();
        edits.arrange(object, slots);
    }
    (!done.is_empty()).then(|| (edits.apply(request.text()), done))
}

/// Returns the action that the policy requests.
fn asked(fix: &SettingFix, policy: &RepairPolicy) -> Option<Action> {
    match (fix, policy.out_of_range) {
        (SettingFix::Bound(_), OutOfRange::Clamp) => Some(Action::ClampedSetting),
        (SettingFix::Bound(_), OutOfRange::Drop) => Some(Action::DroppedSetting),
        (SettingFix::Bound(_), OutOfRange::Keep) => None,
        (SettingFix::Remove, _) => policy.unsupported.then_some(Action::DroppedSetting),
        (SettingFix::Rename(_), _) => policy.unsupported.then_some(Action::RenamedSetting),
    }
}

/// Whether a number is at most 0.
fn is_not_positive(value: Value<'_>) -> bool {
    value.raw().parse::<f64>().is_ok_and(|number| number <= 0.0)
}

/// Finds the entry that a finding names: its object, position, key and value.
fn place<'r>(
    request: &'r Request<'_>,
    finding: &Finding,
) -> Option<(Value<'r>, usize, Value<'r>, Value<'r>)> {
    let (parent, _) = finding.pointer.rsplit_once('/')?;
    let (parent, offset) = request.place_of(parent);
    if !finding.pointer.starts_with(parent.as_str()) {
        return None;
    }
    let object = request.value_at(offset)?;
    if object.kind() != Kind::Object {
        return None;
    }
    object
        .entries()
        .enumerate()
        .find(|(_, (_, value))| value.span().start == finding.offset())
        .map(|(nth, (key, value))| (object, nth, key, value))
}
