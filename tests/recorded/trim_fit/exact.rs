//! Compares the result with the expectation of a case.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokenfit::check::{Displaced, Missing, RepairPolicy};
use tokenfit::request::GroupKind;
use tokenfit::{Budget, Error, ErrorKind, Models, Request};

use super::case::{Case, expanded, list, messages_of, of_parts};
use super::peers;
use super::run::Done;

/// Whether a case is met, else the difference.
pub(crate) fn judge(case: &Case) -> Result<(), String> {
    let body = case.body();
    let request = Request::parse_as(case.format, &body).map_err(|error| error.to_string())?;
    match case.op.as_str() {
        "count" => return counts(case, &request),
        "group" => return groups(case, &request),
        "safe_cut" => return safe_cuts(case, &request),
        "legal_cuts" => return legal_cuts(case, &request),
        "enforce" => return enforced(case),
        _ => {}
    }
    let Some(policy) = peers::policy(case, &request) else {
        return Err("it cannot be stated".to_owned());
    };
    let made = policy.run(&request);
    if made.as_ref().is_ok_and(|done| done.is_refused) {
        println!(
            "fits and is refused, returned by `send_refused`: {}",
            case.id
        );
    }
    let mut wrong = Vec::new();
    for (field, wanted) in case
        .all
        .iter()
        .filter(|(field, _)| field.starts_with("expected_"))
    {
        if let Err(what) = compare(case, field, wanted, &made) {
            wrong.push(format!("{field}: {what}"));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

fn compare(
    case: &Case,
    field: &str,
    wanted: &Value,
    made: &Result<Done, Error>,
) -> Result<(), String> {
    let same = |found: Value| {
        if found == *wanted {
            Ok(())
        } else {
            Err(format!("wanted {wanted}, made {found}"))
        }
    };
    match field {
        "expected_error" => {
            let Err(error) = made else {
                return Err("there is no error".to_owned());
            };
            let kind = match wanted.as_str().unwrap() {
                "cannot_fit" | "cannot_reduce" => ErrorKind::CannotFit,
                "invalid_config" | "reserved_exceeds_limit" => ErrorKind::InvalidBudget,
                other => panic!("an error without a rule: {other}"),
            };
            return if error.kind() == kind {
                Ok(())
            } else {
                Err(format!("the error is {error}"))
            };
        }
        "expected_floor" => {
            let floor = made
                .as_ref()
                .err()
                .and_then(|error| error.cannot_fit())
                .map(|cannot| cannot.floor);
            return same(json!(floor));
        }
        // The expectation itself would be refused by a provider.
        "expected_has_broken_pairs" => return Ok(()),
        _ => {}
    }
    let done = made.as_ref().map_err(ToString::to_string)?;
    match field {
        "expected_messages" => {
            let form = if case.peer == "vercel-ai" {
                of_parts
            } else {
                expanded
            };
            let wanted: Vec<Value> = list(Some(wanted)).iter().map(form).collect();
            if done.messages == wanted {
                Ok(())
            } else {
                Err(format!(
                    "wanted {} messages, kept {:?}",
                    wanted.len(),
                    done.kept
                ))
            }
        }
        "expected_kept_indices" => same(json!(done.kept)),
        "expected_cut" => {
            let messages = case.messages.len();
            let cut = done.kept.first().copied().unwrap_or(messages);
            if done.kept != (cut..messages).collect::<Vec<_>>() {
                return Err(format!("no cut, but {:?}", done.kept));
            }
            same(if wanted.is_null() && !done.changed {
                Value::Null
            } else {
                json!(cut)
            })
        }
        "expected_dropped" => same(json!({
            "messages": case.messages.len() - done.kept.len(),
            "turns": done.dropped_turns,
            "thinking_removed_from": done.thinking_removed_from,
        })),
        "expected_tokens" => same(json!({"before": done.before, "after": done.after})),
        "expected_fits" => same(json!(done.fits)),
        "expected_changed" | "expected_triggered" => same(json!(done.changed)),
        other => panic!("an expectation without a rule: {other}"),
    }
}

fn counts(case: &Case, request: &Request<'_>) -> Result<(), String> {
    let counter = Models::builtin();
    let tolerance = list(case.all.get("tolerance"));
    let within = |at: usize| tolerance.get(at).and_then(Value::as_u64).unwrap_or(0);
    for (name, wanted) in case.all["expected_count"].as_object().unwrap() {
        let wanted = wanted.as_u64().unwrap();
        let found = counter.get(name).unwrap().count(request).total().tokens();
        if found + within(0) < wanted || found > wanted + within(1) {
            return Err(format!("{name}: wanted {wanted}, counted {found}"));
        }
    }
    Ok(())
}

fn groups(case: &Case, request: &Request<'_>) -> Result<(), String> {
    let groups = request.groups();
    let of = |indices: &Value| -> BTreeSet<usize> {
        list(Some(indices))
            .iter()
            .map(|index| {
                let message = index.as_u64().unwrap() as usize;
                groups.of_message(message).unwrap().index().get()
            })
            .collect()
    };
    for same in list(case.all.get("expected_same_group")) {
        if of(&same).len() != 1 {
            return Err(format!("{same} are not of one group"));
        }
    }
    for different in list(case.all.get("expected_different_group")) {
        if of(&different).len() != list(Some(&different)).len() {
            return Err(format!("{different} are of one group"));
        }
    }
    Ok(())
}

/// Valid places of a cut: not inside of a group.
fn legal_cuts(case: &Case, request: &Request<'_>) -> Result<(), String> {
    let groups = request.groups();
    for entry in list(case.all.get("expected_legal")) {
        let cut = entry["cut"].as_u64().unwrap() as usize;
        let legal = groups.iter().all(|group| {
            let messages = group.messages();
            messages[0] >= cut || *messages.last().unwrap() < cut
        });
        if entry["legal"] != legal {
            return Err(format!("{entry}"));
        }
    }
    Ok(())
}

/// Moves a requested cut to the start of a group; skips results without a call.
fn safe_cuts(case: &Case, request: &Request<'_>) -> Result<(), String> {
    let groups = request.groups();
    for entry in list(case.all.get("expected_cuts")) {
        let mut cut = entry["wanted"].as_u64().unwrap() as usize;
        while let Some(group) = groups.of_message(cut) {
            if group.kind() == GroupKind::Orphan {
                cut += 1;
            } else {
                cut = group.messages()[0];
                break;
            }
        }
        if entry["cut"] != cut {
            return Err(format!("{entry}, found {cut}"));
        }
    }
    Ok(())
}

/// Removes calls and results without their other half.
fn enforced(case: &Case) -> Result<(), String> {
    let kept: Vec<usize> = list(case.rule.get("kept_indices"))
        .iter()
        .map(|index| index.as_u64().unwrap() as usize)
        .collect();
    let messages: Vec<Value> = kept
        .iter()
        .map(|&index| case.messages[index].clone())
        .collect();
    let body = case.body_of(&messages);
    let request = Request::parse_as(case.format, &body).map_err(|error| error.to_string())?;
    let policy = RepairPolicy::default()
        .on_missing(Missing::Drop)
        .on_displaced(Displaced::Drop);
    let repaired = Budget::lenient(&Models::builtin())
        .repair(&request, &policy)
        .map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_slice(repaired.request().as_bytes()).unwrap();
    let left = messages_of(&value);
    let removed: Vec<usize> = kept
        .into_iter()
        .filter(|&index| !left.contains(&case.messages[index]))
        .collect();
    if case.all["expected_removed_indices"] == json!(removed) {
        Ok(())
    } else {
        Err(format!("removed {removed:?}"))
    }
}
