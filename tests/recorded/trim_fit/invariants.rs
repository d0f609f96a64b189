//! Invariants of every trimming. Each is checked on the result independently of the crate.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tokenfit::fit::{
    ClearToolResults, Cut, DropOldest, KeepStart, MessageCounter, Preset, Shorten,
};
use tokenfit::{Budget, Encoding, Error, ErrorKind, Format, Models, Request};
use unicode_segmentation::UnicodeSegmentation;

use super::case::Case;
use super::counters::{self, text};
use super::peers;
use super::rules::{role_of, rule};
use super::run::{Done, Policy};

/// A case that was fitted.
pub(crate) struct Tried<'c> {
    case: &'c Case,
    body: String,
    request: Request<'static>,
    policy: Policy,
    made: Result<Done, Error>,
}

/// Fits a case as closely to its rule as the crate can.
pub(crate) fn tried(case: &Case) -> Tried<'_> {
    let body = case.body();
    let mut request = Request::parse_as(case.format, &body).unwrap().into_owned();
    let mut policy = peers::policy(case, &request)
        .filter(|_| case.kind != "fit" && case.peer != "haystack")
        .unwrap_or_else(|| near(case, &request));
    // Like the crate's default, whatever a library leaves unchanged.
    let fitter = policy.fitter;
    policy.fitter = Box::new(move |budget| fitter(budget).repairing(Some(Default::default())));
    if case.is("repair") {
        let repaired = policy.budget.repair(&request, &Default::default()).unwrap();
        request = repaired.into_request();
    }
    let made = policy.run(&request);
    Tried {
        case,
        body,
        request,
        policy,
        made,
    }
}

/// The library's own defaults, and the additional settings of the case.
fn near(case: &Case, request: &Request<'_>) -> Policy {
    let number = |name: &str| case.number(name);
    let mut limit = number("max_messages").or(number("max_tokens"));
    if number("max_messages").is_some() && case.all["counter"]["kind"] != "messages" {
        // Counted in another unit, so the limit forces a cut.
        limit = Some(counters::of_case(case).count_messages(request).size() - 1);
    }
    let rule_of = case.rule.clone();
    let (tools, roles, pinned) = (
        case.words("keep_tools"),
        case.words("keep_roles"),
        case.pinned.clone(),
    );
    let few = case.messages.len() <= 2;
    let must_fit = case
        .invariants()
        .iter()
        .any(|invariant| invariant["name"] == "fits");
    let left = case.messages.len() as u64 - u64::from(!roles.is_empty());
    let mut policy = Policy::new(case, limit.unwrap_or(left.max(1)), move |strict| {
        // The crate's default, not what a strict reading protects.
        let number = |name: &str| rule_of[name].as_u64();
        let mut fitter = strict
            .also_keep(|keep| {
                keep.instructions(true)
                    .developer(true)
                    .last_user(true)
                    .open_round(true)
            })
            .turn_by_turn(true)
            .also_keep(|keep| keep.messages(pinned.clone()).tools(tools.clone()));
        if let Some(fraction) = rule_of["trigger_fraction"].as_f64() {
            fitter = fitter.high_water(fraction);
        }
        if let Some(most) = number("max_tokens_per_message") {
            fitter = fitter.limit_messages(Cut::ends(most));
        }
        if let Some(keep) = rule_of["clear_tool_results"]["keep"].as_u64() {
            fitter = fitter.then(ClearToolResults::keep_last(keep as usize));
        }
        if !roles.is_empty() {
            let roles = roles.clone();
            fitter = fitter.then(rule(move |draft| {
                for group in draft.groups() {
                    let other = |&index: &usize| !roles.contains(&role_of(draft, index));
                    if group.messages().iter().any(other) {
                        draft.drop_group(group.index());
                    }
                }
            }));
        }
        if few && must_fit {
            // A single string that is too long is cut, whatever its role.
            return fitter
                .also_keep(|keep| keep.last_user(false))
                .then(KeepStart::new());
        }
        let quarter = number("max_tokens").unwrap_or_default() / 4;
        match rule_of["truncate"].as_str() {
            Some("middle") => fitter = fitter.then(Shorten::new(Cut::ends(quarter))),
            Some("tail") => fitter = fitter.then(Shorten::new(Cut::first(quarter))),
            Some("tool_args") => {
                fitter = fitter.then(ClearToolResults::keep_last(0).arguments());
            }
            _ => {}
        }
        fitter.then(DropOldest::new())
    });
    if let Some(window) = number("context_window") {
        let mut row = json!({"id": "case-model", "context_window": window});
        if let Some(most) = number("max_output_in_registry") {
            row["max_output_tokens"] = json!(most);
        }
        let registry = Models::builtin()
            .overrides(json!([row]).to_string())
            .unwrap();
        let counter = registry;
        policy.budget = Budget::new(&counter.get("case-model").unwrap());
        policy.limit = window;
    }
    if let Some(reserve) = number("reserve_output") {
        policy.budget = policy.budget.reserve_output(reserve);
        if number("context_window").is_none() {
            policy.limit -= reserve;
        }
    }
    policy
}

/// Whether an invariant holds; `None` if there is no check of this name.
pub(crate) fn holds(tried: &Tried<'_>, invariant: &Value) -> Option<Result<(), String>> {
    let name = invariant.as_str().or(invariant["name"].as_str()).unwrap();
    let number = |field: &str| invariant[field].as_u64();
    let case = tried.case;
    let said = |holds: bool| {
        if holds {
            Ok(())
        } else {
            Err(format!("{invariant} does not hold"))
        }
    };
    // Invariants of the count or of an error alone.
    let counter = counters::of_case(case);
    let count = |request: &Request<'_>| counter.count_messages(request).total().tokens();
    let about_counts = match name {
        "input_not_mutated" => Some(tried.request.as_bytes() == tried.body.as_bytes()),
        // It returned. Its duration is for benchmarks: no test has a clock.
        "terminates" | "terminates_fast" => Some(true),
        "count_does_not_fail" | "counts_in_linear_time" => Some(count(&tried.request) > 0),
        "count_greater_than" => Some(count(&tried.request) > number("n").unwrap()),
        "count_equals_count_of_same_text_not_of_unicode_escapes" => {
            let escaped = escaped(&tried.body);
            let same = Request::parse_as(case.format, &escaped).unwrap();
            Some(escaped != tried.body && count(&same) == count(&tried.request))
        }
        "special_text_counted_as_plain_text" => {
            let text = case.messages[0]["content"].as_str().unwrap();
            let (first, last) = (text.find('<').unwrap(), text.rfind('>').unwrap());
            let rest = counter.count_text(&text[..first]) + counter.count_text(&text[last + 1..]);
            // As one token each there would be fewer.
            let specials = text.matches("<|").count() as u64;
            Some(counter.count_text(text) > rest + 2 * specials)
        }
        "estimate_within" => Some(estimate(tried, invariant["fraction"].as_f64().unwrap())),
        "typed_error" => Some(
            matches!(&tried.made, Err(error) if error.kind() == ErrorKind::InvalidBudget)
                && invariant["error"] == "invalid_config",
        ),
        "fits_or_error" => {
            let max = number("max").or(case.number("max_tokens")).unwrap();
            Some(match &tried.made {
                Ok(done) => tried.recount(done) <= max,
                Err(error) => error.kind() == ErrorKind::CannotFit,
            })
        }
        "not_rejected" => Some(tried.made.is_ok()),
        "rejected_or_output_clamped" => {
            let refused = !tried.policy.budget.check(&tried.request).is_ok();
            Some(refused || tried.made.is_err())
        }
        "input_unchanged" if case.all.contains_key("expected_error") => Some(tried.made.is_err()),
        _ => None,
    };
    if let Some(holds) = about_counts {
        return Some(said(holds));
    }
    let done = match &tried.made {
        Ok(done) => done,
        // An error with its reason, where the limit cannot be met, violates nothing.
        Err(error) if error.kind() == ErrorKind::CannotFit && may_fail(case) => {
            return Some(Ok(()));
        }
        Err(error) => return Some(Err(format!("{name}: {error}"))),
    };
    let (before, after) = (&case.messages, &done.messages);
    let at = |field: &str| invariant[field].as_u64().map(|index| index as usize);
    let indices = |field: &str| -> Vec<usize> {
        invariant[field]
            .as_array()
            .into_iter()
            .flatten()
            .map(|index| index.as_u64().unwrap() as usize)
            .collect()
    };
    let stays = |index: usize| after.contains(&before[index]);
    Some(said(match name {
        "tool_pairs_intact" => pairs_are_whole(after),
        "order_preserved" => in_order(before, after, false),
        "subset_of_input" => in_order(before, after, true),
        "system_kept" | "system_first" => {
            before[0]["role"] == "system" && after.first() == before.first()
        }
        "first_is" => after.first() == Some(&before[at("index").unwrap()]),
        "last_message_kept" => after.last() == before.last(),
        "kept_indices_include" => indices("indices").into_iter().all(stays),
        "kept_indices_exclude" => !indices("indices").into_iter().any(stays),
        "input_unchanged" => !done.changed && done.bytes == tried.body.as_bytes(),
        "changed" => invariant["value"] == done.changed,
        "fits" => tried.recount(done) <= number("max").unwrap(),
        "idempotent" => {
            let again = Request::parse_as(case.format, &done.bytes).unwrap();
            done.changed && !tried.policy.run(&again).unwrap().changed
        }
        "no_duplicate_results" => {
            let ids: Vec<Value> = results(after).into_iter().map(|(_, id)| id).collect();
            let different: BTreeSet<String> = ids.iter().map(Value::to_string).collect();
            ids.len() == different.len() && results(before).len() > ids.len()
        }
        "anthropic_results_in_next_user_message" => {
            case.format == Format::Anthropic && results_follow(after)
        }
        "roles_alternate_after_merge" => {
            let mut roles: Vec<&Value> = after.iter().map(|message| &message["role"]).collect();
            roles.dedup();
            roles[0] == "system" && roles.get(1) == Some(&&json!("user"))
        }
        "valid_utf8" => std::str::from_utf8(&done.bytes).is_ok(),
        "cut_on_grapheme_boundary" => {
            let (whole, left) = (text(&before[0]), text(&after[0]));
            let clusters: Vec<&str> = whole.graphemes(true).collect();
            let kept: Vec<&str> = left.graphemes(true).collect();
            !kept.is_empty() && kept.len() < clusters.len() && clusters.starts_with(&kept)
        }
        "tool_arguments_valid_json" => calls_of(after).iter().all(|call| {
            let arguments = call["function"]["arguments"].as_str().unwrap();
            serde_json::from_str::<Value>(arguments).is_ok_and(|value| value.is_object())
        }),
        "receipt_before_and_after_count_the_whole_request" => {
            // The receipt is asserted to agree where it is made.
            done.before == counter.count_messages(&tried.request).size() && done.after < done.before
        }
        "receipt_after_equals_recount_of_output" => done.after == tried.recount(done),
        "same_message_same_bytes_across_turns" => {
            same_bytes(tried, number("append_one_turn_times").unwrap())
        }
        "warns" => {
            let report = tried.policy.budget.check(&tried.request);
            report.findings().iter().any(|finding| {
                finding.severity == tokenfit::check::Severity::Risky
                    && finding.code.contains("output")
            })
        }
        "text_shorter_than" => {
            let left = text(&after[at("index").unwrap()]);
            (left.chars().count() as u64) < number("chars").unwrap()
        }
        "has_truncation_marker" => {
            text(&after[at("index").unwrap()]).contains(tokenfit::fit::CUT_MARKER)
        }
        "others_unchanged" => {
            let except = indices("except");
            before.len() == after.len()
                && (0..before.len()).all(|index| except.contains(&index) != stays(index))
        }
        _ => return None,
    }))
}

/// Faults of a preset's result for a case at a percentage of its size. They must be absent for
/// every case.
pub(crate) fn faults(case: &Case, preset: Preset, percent: u64) -> Result<&'static str, String> {
    let body = case.body();
    let Ok(request) = Request::parse_as(case.format, &body) else {
        return Ok("no request");
    };
    let counter: Arc<dyn MessageCounter> = Arc::from(counters::of_case(case));
    let limit = counter.count_messages(&request).size() * percent / 100;
    let policy = Policy::preset(preset, &counter, limit.max(1));
    let done = match policy.run(&request) {
        Ok(done) => done,
        Err(error) if error.kind() == ErrorKind::CannotFit => {
            let floor = error.cannot_fit().unwrap().floor;
            if floor <= policy.limit {
                return Err(format!("a floor of {floor} would fit {}", policy.limit));
            }
            // The floor is right if the request fits a budget of that size.
            let at_floor = Policy::preset(preset, &counter, floor).run(&request);
            return match at_floor {
                Ok(_) => Ok("cannot fit"),
                Err(error) if refused(&policy, &request) && error.kind() == ErrorKind::Refused => {
                    Ok("refused")
                }
                Err(error) => Err(format!("at its floor of {floor}: {error}")),
            };
        }
        Err(error) if refused(&policy, &request) && error.kind() == ErrorKind::Refused => {
            return Ok("refused");
        }
        Err(error) => return Err(error.to_string()),
    };
    let after = Request::parse_as(case.format, &done.bytes).unwrap();
    if counter.count_messages(&after).size() > policy.limit {
        return Err("it is over its limit".to_owned());
    }
    if !done.changed {
        return Ok("unchanged");
    }
    if !pairs_are_whole(&done.messages) {
        return Err("a pair is broken".to_owned());
    }
    if !done.repaired && !in_order(&case.messages, &done.messages, false) {
        return Err("something is new, or stands elsewhere".to_owned());
    }
    if request.as_bytes() != body.as_bytes() {
        return Err("the input changed".to_owned());
    }
    match policy.run(&after) {
        Ok(again) if !again.changed => Ok("edited"),
        _ => Err("fitting it again changes it".to_owned()),
    }
}

/// Whether the provider would refuse the original request.
fn refused(policy: &Policy, request: &Request<'_>) -> bool {
    !policy.budget.check(request).is_ok()
}

/// Whether a case allows that nothing fits.
fn may_fail(case: &Case) -> bool {
    case.invariants()
        .iter()
        .any(|invariant| invariant == "fits_or_error" || invariant["name"] == "fits_or_error")
}

impl Tried<'_> {
    fn recount(&self, done: &Done) -> u64 {
        let after = Request::parse_as(self.case.format, &done.bytes).unwrap();
        self.policy.counter.count_messages(&after).size()
    }
}

/// Calls of a message, in either format.
fn ids_of_calls(message: &Value) -> Vec<Value> {
    let blocks = message["content"].as_array().into_iter().flatten();
    let blocks = blocks.filter(|block| block["type"] == "tool_use");
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    calls.chain(blocks).map(|call| call["id"].clone()).collect()
}

fn calls_of(messages: &[Value]) -> Vec<&Value> {
    messages
        .iter()
        .flat_map(|message| message["tool_calls"].as_array().into_iter().flatten())
        .collect()
}

/// Results with the message that contains them, in either format.
fn results(messages: &[Value]) -> Vec<(usize, Value)> {
    let mut found = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        if message["role"] == "tool" {
            found.push((index, message["tool_call_id"].clone()));
        }
        for block in message["content"].as_array().into_iter().flatten() {
            if block["type"] == "tool_result" {
                found.push((index, block["tool_use_id"].clone()));
            }
        }
    }
    found
}

/// Every result has an earlier call, and every call that is followed by something else has its
/// result.
fn pairs_are_whole(messages: &[Value]) -> bool {
    let results = results(messages);
    let called_before = results.iter().all(|(at, id)| {
        messages[..*at]
            .iter()
            .any(|message| ids_of_calls(message).contains(id))
    });
    let answered = messages.iter().enumerate().all(|(at, message)| {
        let goes_on = (at + 1..messages.len())
            .any(|later| !results.iter().any(|(result, _)| *result == later));
        !goes_on
            || ids_of_calls(message)
                .iter()
                .all(|id| results.iter().any(|(result, of)| *result > at && of == id))
    });
    called_before && answered
}

/// All results of a message's calls are in the next user turn.
fn results_follow(messages: &[Value]) -> bool {
    messages.iter().enumerate().all(|(at, message)| {
        let turn: Vec<Value> = messages[at + 1..]
            .iter()
            .take_while(|next| next["role"] == "user")
            .cloned()
            .collect();
        let answered: Vec<Value> = results(&turn).into_iter().map(|(_, id)| id).collect();
        ids_of_calls(message).iter().all(|id| answered.contains(id))
    })
}

/// Whether the remaining messages appear in this order in the original: unchanged, or cut.
fn in_order(before: &[Value], after: &[Value], as_it_is: bool) -> bool {
    let mut rest = before.iter();
    after
        .iter()
        .all(|left| rest.any(|message| message == left || (!as_it_is && is_left_of(left, message))))
}

/// Whether a message is an edited form of another: cut, or a placeholder in place of a tool result.
fn is_left_of(left: &Value, message: &Value) -> bool {
    let beginning = |message: &Value| text(message).chars().take(5).collect::<String>();
    let of = |message: &Value| results(std::slice::from_ref(message));
    left["role"] == message["role"]
        && of(left) == of(message)
        && ids_of_calls(left) == ids_of_calls(message)
        && (text(left).is_empty()
            || beginning(message).starts_with(beginning(left).trim_end())
            || !of(left).is_empty())
}

/// JSON with its non-ASCII letters escaped.
fn escaped(json: &str) -> String {
    let mut escaped = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("\\u{unit:04x}")),
        }
    }
    escaped
}

/// Whether a count is close to the true one: of the public vocabulary, or a quarter of the compact
/// JSON.
fn estimate(tried: &Tried<'_>, within: f64) -> bool {
    let counter = Models::builtin();
    let (name, truth) = match tried.case.all["counter"]["model"].as_str() {
        Some(name) => {
            let exact = Encoding::O200K_BASE.count(&text(&tried.case.messages[0]));
            (name, exact as u64)
        }
        None => {
            let compact = tried.case.messages[0].to_string();
            ("claude-sonnet-4-5", compact.len() as u64 / 4)
        }
    };
    let body = json!({"max_tokens": 64, "messages": tried.case.messages}).to_string();
    let request = Request::parse(&body).unwrap();
    let model = counter.get(name).unwrap();
    let estimate = model.count(&request).total().tokens();
    (estimate as f64 - truth as f64).abs() <= truth as f64 * within
}

/// In a growing history the rest of a message never changes.
fn same_bytes(tried: &Tried<'_>, turns: u64) -> bool {
    let mut messages = tried.case.messages.clone();
    let mut seen: Vec<Option<Value>> = Vec::new();
    for turn in 0..=turns {
        let body = tried.case.body_of(&messages);
        let request = Request::parse_as(tried.case.format, &body).unwrap();
        let done = tried.policy.run(&request).unwrap();
        let result = done
            .messages
            .iter()
            .find(|message| message["role"] == "tool");
        seen.push(result.cloned());
        messages.push(json!({"role": "assistant", "content": format!("answer {turn}")}));
        messages.push(json!({"role": "user", "content": format!("question {turn}")}));
    }
    seen[0].is_some() && seen.iter().all(|result| *result == seen[0])
}
