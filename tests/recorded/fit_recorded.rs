//! Every preset on real conversations, at budgets down to a fiftieth of their size: the result fits
//! by a separate count, passes the check, keeps all protected parts, and adds nothing; or there is
//! a correct floor.
//!
//! The conversations are not part of the crate. A sample runs by default; `TOKENFIT_FULL=1` runs
//! all.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{full, shared};
use tokenfit::check::{Severity, codes};
use tokenfit::edit::Action;
use tokenfit::fit::{CUT_MARKER, Fitted, MEDIA_REMOVED, MessageCounter, Preset, RESULT_CLEARED};
use tokenfit::model::ModelKind;
use tokenfit::request::{PartKind, Role};
use tokenfit::{Budget, ErrorKind, Format, Model, Models, Request};

/// The files, with the format, and the model for requests that name no known one.
pub(crate) const FILES: &[(&str, Format, &str)] = &[
    ("agent_text", Format::OpenAiChat, "gpt-4o"),
    ("agent_text_huge", Format::OpenAiChat, "gpt-4o"),
    ("agent_tools", Format::OpenAiChat, "gpt-4o"),
    ("agent_tools_reused_ids", Format::OpenAiChat, "gpt-4o"),
    ("anthropic_native", Format::Anthropic, "claude-sonnet-4-5"),
    ("chat_coding", Format::OpenAiChat, "gpt-4o"),
    ("chat_en", Format::OpenAiChat, "gpt-4o"),
    ("chat_multilingual", Format::OpenAiChat, "gpt-4o"),
    ("counted_openai", Format::OpenAiChat, "gpt-4o"),
    ("counted_other", Format::OpenAiChat, "gpt-4o"),
    ("gemini_native", Format::Gemini, "gemini-2.5-flash"),
    ("legacy_functions", Format::OpenAiChat, "gpt-4o"),
    ("multimodal", Format::OpenAiChat, "gpt-4o"),
    ("responses_native", Format::OpenAiResponses, "gpt-4o"),
    ("structured", Format::OpenAiChat, "gpt-4o"),
    ("tool_catalogs", Format::OpenAiChat, "gpt-4o"),
    ("tools_short", Format::OpenAiChat, "gpt-4o"),
];

pub(crate) const PERCENT: &[u64] = &[75, 50, 25, 10, 2];

pub(crate) fn model_of(models: &Models, request: &Request<'_>, default: &str) -> Model {
    models
        .for_request(request)
        .ok()
        .filter(|model| matches!(model.kind(), ModelKind::Chat | ModelKind::Responses))
        .unwrap_or_else(|| models.get(default).unwrap())
}

/// All readable content of a request, calls and results included.
fn texts(request: &Request<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for message in request.messages() {
        let inner = message
            .tool_results()
            .filter(|result| !result.is_hosted())
            .flat_map(|result| result.parts());
        for part in message.parts().chain(inner) {
            if part.kind() == PartKind::Text {
                texts.extend(part.text().map(|text| text.into_owned()));
            }
        }
    }
    texts
}

/// Faults of the result, if any.
fn faults(
    preset: Preset,
    model: &Model,
    budget: &Budget,
    limit: u64,
    before: &Request<'_>,
    fitted: &Fitted<'_>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let receipt = fitted.receipt();
    if fitted.is_unchanged() {
        faults.push("it is unchanged".to_owned());
        return faults;
    }
    let bytes = fitted.request().to_bytes();
    let after = Request::parse_as(before.format(), &bytes).unwrap();
    let fresh = model.count_messages(&after);
    if fresh.size() > limit {
        faults.push(format!("{} tokens are over {limit}", fresh.size()));
    }
    if Some(fresh.size()) != receipt.tokens_after {
        faults.push(format!(
            "the receipt says {:?}, a count {}",
            receipt.tokens_after,
            fresh.size()
        ));
    }
    let report = budget.check(&after);
    for finding in report.findings() {
        // Some went to other hosts, with their own fields.
        if finding.severity == Severity::Refused && finding.code != codes::UNKNOWN_PARAMETER {
            faults.push(format!("refused: {finding}"));
        }
    }
    if fitted.undo().unwrap().apply(&bytes).as_deref() != Some(before.as_bytes()) {
        faults.push("it cannot be undone".to_owned());
    }
    if receipt.has_repairs() {
        // Repaired first: the comparisons below would use content that was never there.
        return faults;
    }
    // In order, and nothing new: each message is an original one, unchanged or edited as recorded.
    let touched: BTreeSet<usize> = receipt
        .edits
        .iter()
        .filter_map(|planned| planned.action.message())
        .collect();
    let gone: BTreeSet<usize> = {
        let groups = before.groups();
        receipt
            .edits
            .iter()
            .filter_map(|planned| match planned.action {
                Action::DroppedGroup { group } => {
                    Some(groups.get(group).unwrap().messages().to_vec())
                }
                _ => None,
            })
            .flatten()
            .collect()
    };
    let mut left = before
        .messages()
        .filter(|message| !gone.contains(&message.index()));
    for message in after.messages() {
        let found = left.find(|old| {
            old.role() == message.role()
                && (old.raw_json() == message.raw_json() || touched.contains(&old.index()))
        });
        if found.is_none() {
            faults.push(format!("{} was not there", message.pointer()));
        }
    }
    let were: BTreeSet<String> = texts(before).into_iter().collect();
    for text in texts(&after) {
        let known = were.contains(&text)
            || text == RESULT_CLEARED
            || text == MEDIA_REMOVED
            || (text.contains(CUT_MARKER.trim())
                && text.split_once(CUT_MARKER).is_some_and(|(first, last)| {
                    were.iter()
                        .any(|was| was.starts_with(first) && was.ends_with(last))
                }))
            || (preset == Preset::TruncateToLimit && were.iter().any(|was| was.starts_with(&text)));
        if !known {
            faults.push(format!("a text of {} bytes was invented", text.len()));
        }
    }
    // Whole groups stay whole.
    let broken = |request: &Request<'_>| {
        request
            .groups()
            .iter()
            .filter(|group| !group.is_whole())
            .count()
    };
    if broken(&after) > broken(before) {
        faults.push("calls lost their results".to_owned());
    }
    if preset != Preset::TruncateToLimit {
        let role = |request: &Request<'_>, wanted: Role, last: bool| {
            let mut texts = request
                .messages()
                .filter(|message| message.role() == wanted && message.tool_results().len() == 0)
                .map(|message| message.raw_json().to_owned())
                .collect::<Vec<_>>();
            if last {
                texts.pop()
            } else {
                texts.into_iter().next()
            }
        };
        let leads = |request: &Request<'_>| {
            request
                .messages()
                .take_while(|message| message.role().is_instructions())
                .map(|message| message.raw_json().to_owned())
                .collect::<Vec<_>>()
        };
        // If all earlier ones were dropped, a later one can lead as well.
        if !leads(&after).starts_with(&leads(before)) {
            faults.push("the instructions are others".to_owned());
        }
        if role(before, Role::User, true) != role(&after, Role::User, true) {
            faults.push("the last message of the user is gone".to_owned());
        }
        if matches!(preset, Preset::Agent | Preset::CacheFriendly)
            && role(before, Role::User, false) != role(&after, Role::User, false)
        {
            faults.push("the first message of the user is gone".to_owned());
        }
        let last = |request: &Request<'_>| request.messages().last().map(|message| message.role());
        if last(before) == Some(Role::Tool) && last(&after) != last(before) {
            faults.push("the open round is gone".to_owned());
        }
    }
    let fitter = preset.fitter(budget.clone());
    match fitter.fit(&after) {
        Ok(again) if again.is_unchanged() => {}
        Ok(_) => faults.push("fitting it again changes it".to_owned()),
        Err(error) => faults.push(format!("fitting it again fails: {error}")),
    }
    faults
}

/// Whether there is more than the last question, so that something can be dropped.
fn is_conversation(request: &Request<'_>) -> bool {
    let questions = request
        .messages()
        .filter(|message| message.role() == Role::User && message.tool_results().len() == 0);
    questions.count() > 1
}

#[derive(Default)]
struct Tally {
    tried: usize,
    cannot: usize,
    /// Requests with more than one user message.
    conversations: usize,
    conversations_cannot: usize,
    refused: BTreeMap<String, usize>,
    used: Vec<f64>,
}

#[test]
#[ignore = "needs the recordings"]
fn every_preset_on_real_conversations() {
    let models = Models::builtin();
    let mut tallies: BTreeMap<(&str, u64), Tally> = BTreeMap::new();
    let mut cannot_by_file: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    let every = if full() { 1 } else { 17 };
    for &(file, format, default) in FILES {
        let path = shared(&format!("corpus/{file}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        for (nth, line) in text.lines().enumerate().filter(|(nth, _)| nth % every == 0) {
            let request = Request::parse_as(format, line).unwrap();
            let model = model_of(&models, &request, default);
            let size = model.count_messages(&request).size();
            for &preset in Preset::ALL {
                for &percent in PERCENT {
                    let limit = (size * percent / 100).max(1);
                    let budget = Budget::new(&model).reserve_output(0).limit_input(limit);
                    let tally = tallies.entry((preset.as_str(), percent)).or_default();
                    let per_file = cannot_by_file.entry((preset.as_str(), file)).or_default();
                    tally.tried += 1;
                    let conversation = is_conversation(&request);
                    tally.conversations += usize::from(conversation);
                    if percent == 75 {
                        per_file.1 += 1;
                    }
                    let place = format!("{file}:{} {preset} {percent} %", nth + 1);
                    // A request that was refused before may be refused after; others may not,
                    // unless a string was cut that must not be empty.
                    let may_be_refused = |error: &tokenfit::Error| {
                        let cut_out =
                            |(code, _): &(&str, String)| *code == codes::MISSING_JSON_WORD;
                        error.refused_for().iter().all(cut_out)
                            || !Budget::new(&model)
                                .reserve_output(0)
                                .check(&request)
                                .is_ok()
                    };
                    match preset.fitter(budget.clone()).fit(&request) {
                        Ok(fitted) => {
                            let of = faults(preset, &model, &budget, limit, &request, &fitted);
                            wrong.extend(of.into_iter().map(|fault| format!("{place}: {fault}")));
                            if !fitted.is_unchanged() {
                                let after = fitted.receipt().tokens_after.unwrap();
                                tally.used.push(after as f64 / limit as f64);
                            }
                        }
                        Err(error) => match error.kind() {
                            ErrorKind::CannotFit => {
                                tally.cannot += 1;
                                tally.conversations_cannot += usize::from(conversation);
                                if percent == 75 {
                                    per_file.0 += 1;
                                }
                                let floor = error.cannot_fit().unwrap().floor;
                                let budget =
                                    Budget::new(&model).reserve_output(0).limit_input(floor);
                                if let Err(error) = preset.fitter(budget).fit(&request)
                                    && !(error.kind() == ErrorKind::Refused
                                        && may_be_refused(&error))
                                {
                                    wrong.push(format!(
                                        "{place}: the floor {floor} does not hold: {error}"
                                    ));
                                }
                                if floor <= limit {
                                    wrong.push(format!(
                                        "{place}: the floor {floor} is not over {limit}"
                                    ));
                                }
                            }
                            ErrorKind::Refused => {
                                let codes: Vec<&str> =
                                    error.refused_for().iter().map(|(code, _)| *code).collect();
                                *tally.refused.entry(codes.join(" ")).or_default() += 1;
                                if !may_be_refused(&error) {
                                    wrong.push(format!("{place}: {error}"));
                                }
                            }
                            _ => wrong.push(format!("{place}: {error}")),
                        },
                    }
                }
            }
        }
    }
    for ((preset, percent), tally) in &mut tallies {
        tally.used.sort_by(f64::total_cmp);
        let median = tally.used.get(tally.used.len() / 2).copied().unwrap_or(0.0);
        println!(
            "{preset:18} {percent:3} %: {:5} tried, {:5.1} % cannot fit ({:5.1} % of {} with two questions or more), refused {:?}, median use {:.2}",
            tally.tried,
            100.0 * tally.cannot as f64 / tally.tried as f64,
            100.0 * tally.conversations_cannot as f64 / tally.conversations.max(1) as f64,
            tally.conversations,
            tally.refused,
            median
        );
    }
    println!("at 75 %, by file:");
    for ((preset, file), (cannot, of)) in
        cannot_by_file.iter().filter(|(_, (cannot, _))| *cannot > 0)
    {
        println!("  {preset:18} {file:24} {cannot:4} of {of:4} cannot fit");
    }
    wrong.sort();
    let shown: Vec<&str> = wrong.iter().take(200).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} faults:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    for ((preset, percent), tally) in &tallies {
        if *percent == 75 {
            assert!(
                tally.conversations_cannot * 5 <= tally.conversations,
                "{preset}: {} of {} cannot fit",
                tally.conversations_cannot,
                tally.conversations
            );
        }
        // Too few for a statement.
        if tally.used.len() >= 30 {
            let median = tally.used[tally.used.len() / 2];
            assert!(median >= 0.5, "{preset} at {percent} %: {median}");
        }
    }
}

/// Broken requests are repaired or refused with a typed error: never a panic, never a separated
/// pair.
#[test]
#[ignore = "needs the recordings"]
fn broken_requests_are_repaired_or_refused() {
    #[derive(serde::Deserialize)]
    struct Malformed {
        id: String,
        format: String,
        body: String,
    }
    let path = shared("corpus/malformed.jsonl");
    let models = Models::builtin();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Malformed = serde_json::from_str(line).unwrap();
        let (format, default) = match case.format.as_str() {
            "openai" => (Format::OpenAiChat, "gpt-4o"),
            "responses" => (Format::OpenAiResponses, "gpt-4o"),
            "anthropic" => (Format::Anthropic, "claude-sonnet-4-5"),
            "gemini" => (Format::Gemini, "gemini-2.5-flash"),
            other => panic!("a format without a model: {other}"),
        };
        let request = match Request::parse_as(format, &case.body) {
            Ok(request) => request,
            Err(error) => {
                *outcomes
                    .entry(format!("not read: {}", error.kind()))
                    .or_default() += 1;
                continue;
            }
        };
        let model = model_of(&models, &request, default);
        let size = model.count_messages(&request).size();
        for &preset in Preset::ALL {
            for &percent in PERCENT {
                let limit = (size * percent / 100).max(1);
                let budget = Budget::new(&model).reserve_output(0).limit_input(limit);
                let outcome = match preset.fitter(budget.clone()).fit(&request) {
                    Ok(fitted) => {
                        let fitted = fitted.request();
                        let fresh = model.count_messages(fitted).size();
                        assert!(fresh <= limit, "{}: {fresh} over {limit}", case.id);
                        let report = budget.check(fitted);
                        let refused = report
                            .findings()
                            .iter()
                            .filter(|finding| finding.severity == Severity::Refused)
                            .find(|finding| finding.code != codes::UNKNOWN_PARAMETER);
                        assert!(refused.is_none(), "{}: {refused:?}", case.id);
                        "fitted".to_owned()
                    }
                    Err(error) => match error.kind() {
                        kind @ (ErrorKind::CannotFit | ErrorKind::Refused) => kind.to_string(),
                        _ => panic!("{}: {error}", case.id),
                    },
                };
                *outcomes.entry(outcome).or_default() += 1;
            }
        }
    }
    println!("{outcomes:?}");
}
