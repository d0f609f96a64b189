//! Validate and repair cases of other libraries: the faults that each finds in a history, and its
//! repair.
//!
//! The file is not part of the crate. A case states one library's policy, so its strategy is
//! translated to ours first. Intended differences are a list with reasons.

use std::collections::BTreeSet;

use crate::common::shared;
use serde::Deserialize;
use serde_json::{Value, json};
use tokenfit::check::{Displaced, Missing, RepairPolicy, Severity};
use tokenfit::{Budget, Format, Models, Request};

/// Cases whose expectation we do not share, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "turnsafe-repair-anthropic-repeat-in-merged-turn-placeholder",
        "it leaves a message without content, which is refused: it is removed here",
    ),
    (
        "turnsafe-validate-openai-duplicate-result",
        "OpenAI was seen to take a second result: risky, not refused",
    ),
    (
        "turnsafe-validate-anthropic-repeat-in-merged-turn",
        "it points at the start of the turn, we at the message that repeats the id",
    ),
];

#[derive(Deserialize)]
struct Case {
    id: String,
    peer: String,
    kind: String,
    strategy: Value,
    messages: Value,
    #[serde(default)]
    message_format: String,
    expected_messages: Option<Value>,
    expected_diagnostics: Option<Vec<Value>>,
    expected_fixes: Option<Vec<Value>>,
    invariants: Option<Vec<Value>>,
}

impl Case {
    fn body(&self) -> (Format, String) {
        if self.message_format == "anthropic_messages" {
            let body =
                json!({"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": self.messages});
            (Format::Anthropic, body.to_string())
        } else {
            let body = json!({"model": "gpt-4o", "messages": self.messages});
            (Format::OpenAiChat, body.to_string())
        }
    }

    fn policy(&self) -> RepairPolicy {
        let policy = RepairPolicy::default();
        match self.strategy["on_missing"].as_str() {
            Some("placeholder") => policy.on_missing(Missing::Answer(
                self.strategy["placeholder"].as_str().unwrap().to_owned(),
            )),
            Some("strip") => policy.on_missing(Missing::Drop),
            // This library treats a message in between as the end of the calls.
            _ if self.peer == "inspect_ai" => policy
                .on_missing(Missing::Drop)
                .on_displaced(Displaced::Drop),
            _ => policy,
        }
    }
}

/// The position in the list of messages that a pointer contains.
fn message_of(pointer: &str) -> Option<u64> {
    pointer
        .strip_prefix("/messages/")?
        .split('/')
        .next()?
        .parse()
        .ok()
}

fn validate(case: &Case, expected: &[Value], wrong: &mut Vec<String>) {
    let (format, body) = case.body();
    let request = Request::parse_as(format, &body).unwrap();
    let report = Budget::lenient(&Models::builtin()).check(&request);
    let wanted = |severity: &str| -> BTreeSet<(String, u64)> {
        expected
            .iter()
            .filter(|entry| entry["severity"] == severity)
            .map(|entry| {
                (
                    entry["code"].as_str().unwrap().to_owned(),
                    entry["index"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    let found = |severity: Severity| -> BTreeSet<(String, u64)> {
        report
            .findings()
            .iter()
            .filter(|finding| finding.severity == severity)
            .filter_map(|finding| Some((finding.code.to_owned(), message_of(&finding.pointer)?)))
            .collect()
    };
    if found(Severity::Refused) != wanted("error")
        || !wanted("warning").is_subset(&found(Severity::Risky))
    {
        wrong.push(format!(
            "{}: wanted {:?} and {:?}, found {:?} and {:?}",
            case.id,
            wanted("error"),
            wanted("warning"),
            found(Severity::Refused),
            found(Severity::Risky)
        ));
    }
}

fn repair(case: &Case, wrong: &mut Vec<String>) {
    let (format, body) = case.body();
    let request = Request::parse_as(format, &body).unwrap();
    let budget = Budget::lenient(&Models::builtin());
    let repaired = budget.repair(&request, &case.policy()).unwrap();
    let text = std::str::from_utf8(repaired.request().as_bytes()).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let messages = &value["messages"];
    if let Some(expected) = &case.expected_messages
        && expected != messages
    {
        wrong.push(format!(
            "{}:\n  wanted {expected}\n  made   {messages}",
            case.id
        ));
    }
    let done: BTreeSet<&str> = repaired
        .receipt()
        .edits
        .iter()
        .map(|edit| edit.action.as_str())
        .collect();
    for fix in case.expected_fixes.iter().flatten() {
        let action = fix["action"].as_str().unwrap();
        if !done.contains(action) {
            wrong.push(format!("{}: wanted {action}, did {done:?}", case.id));
        }
    }
    if !repaired.report().is_ok() {
        // Faults that cannot be fixed are in the expectation too.
        let same = case.expected_messages.as_ref() == Some(messages);
        if !same {
            wrong.push(format!("{}: left {:?}", case.id, repaired.remaining()));
        }
    }
    let again = Request::parse_as(format, text).unwrap();
    if budget.repair(&again, &case.policy()).unwrap().is_changed() {
        wrong.push(format!("{}: repaired twice, changed twice", case.id));
    }
    for invariant in case.invariants.iter().flatten() {
        match invariant.as_str().or(invariant["name"].as_str()).unwrap() {
            // The check above is stricter.
            "tool_pairs_intact" => {}
            "kept_indices_exclude" => {
                for index in invariant["indices"].as_array().unwrap() {
                    let gone = &case.messages[index.as_u64().unwrap() as usize];
                    if messages.as_array().unwrap().contains(gone) {
                        wrong.push(format!("{}: message {index} is still there", case.id));
                    }
                }
            }
            other => wrong.push(format!("{}: an invariant without a test: {other}", case.id)),
        }
    }
}

#[test]
#[ignore = "needs the recordings"]
fn other_libraries_cases() {
    let path = shared("cases/trim.jsonl");
    let mut wrong = Vec::new();
    let (mut validated, mut repaired) = (0, 0);
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        if !["validate", "repair", "validate_repair"].contains(&value["kind"].as_str().unwrap()) {
            continue;
        }
        let case: Case = serde_json::from_value(value).unwrap();
        let before = wrong.len();
        if let Some(expected) = &case.expected_diagnostics {
            validated += 1;
            validate(&case, expected, &mut wrong);
        }
        if case.kind != "validate" {
            repaired += 1;
            repair(&case, &mut wrong);
        }
        if let Some((id, why)) = DIFFERENT.iter().find(|(id, _)| *id == case.id) {
            println!("different on purpose: {id}: {why}");
            wrong.truncate(before);
        }
    }
    println!(
        "{validated} validated, {repaired} repaired, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
