//! Checks small requests that providers other than OpenAI refused or accepted, each with its place.
//!
//! The file is not part of the crate.

use std::collections::BTreeMap;

use crate::common::shared;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokenfit::check::{Finding, Severity, codes};
use tokenfit::{Budget, Format, Models};

#[derive(Deserialize)]
struct Case {
    id: String,
    provider: String,
    host: String,
    model: String,
    request: Box<RawValue>,
    expect: String,
    pointer: Option<String>,
    rule: String,
}

/// Number of requests of a group, and of those answered like the provider.
#[derive(Default)]
struct Row {
    refused: usize,
    found: usize,
    placed: usize,
    ok: usize,
    false_alarms: usize,
    noisy: usize,
    risky: usize,
    risky_refused: usize,
}

/// Findings about the model itself and about size are not the subject of these cases.
fn counts(finding: &&Finding) -> bool {
    ![
        codes::RETIRED_MODEL,
        codes::UNKNOWN_MODEL,
        codes::NO_ROOM_FOR_OUTPUT,
    ]
    .contains(&finding.code)
}

/// At the place, or within it: the finding may be more precise, or about the object that lacks
/// something.
fn is_at(finding: &Finding, pointer: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(&finding.pointer, pointer) || within(pointer, &finding.pointer)
}

#[test]
#[ignore = "needs the recordings"]
fn requests_to_other_providers() {
    let path = shared("cases/validation_other.jsonl");
    let models = Models::builtin();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        // The sender knows the endpoint; a body alone can be for Messages or for Chat Completions.
        let mut budget = Budget::lenient_for(&models, &case.model);
        if let Ok(host) = case.host.parse() {
            budget = budget.at_host(host);
        }
        let text = case.request.get();
        let report = match case.host.as_str() {
            "anthropic" => budget.check_bytes_as(Format::Anthropic, text),
            _ => budget.check_bytes(text),
        };
        let findings: Vec<&Finding> = report.findings().iter().filter(counts).collect();
        let refused: Vec<&&Finding> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Refused)
            .collect();
        let row = rows.entry(case.provider.clone()).or_default();
        let pointer = case.pointer.as_deref().unwrap_or_default();
        let shown = || {
            let all: Vec<String> = findings
                .iter()
                .map(|f| format!("{} {} {}", f.severity, f.code, f.pointer))
                .collect();
            all.join("; ")
        };
        let mut miss = |what: &str| {
            wrong.push(format!(
                "  {} {} {} {} ({}) at {pointer}: {}",
                case.id,
                case.provider,
                case.rule,
                what,
                case.model,
                shown()
            ));
        };
        match case.expect.as_str() {
            "refused" => {
                row.refused += 1;
                row.found += usize::from(!refused.is_empty());
                let placed = refused.iter().any(|finding| is_at(finding, pointer));
                row.placed += usize::from(placed);
                if !placed {
                    miss("not found");
                }
            }
            "ok" => {
                row.ok += 1;
                row.noisy += usize::from(!findings.is_empty());
                row.false_alarms += usize::from(!refused.is_empty());
                if !findings.is_empty() {
                    miss("is accepted");
                }
            }
            _ => {
                row.risky += 1;
                row.risky_refused += usize::from(!refused.is_empty());
                if !refused.is_empty() {
                    miss("is risky");
                }
            }
        }
    }
    println!("{}", wrong.join("\n"));
    println!("provider       refused found placed |  ok false alarms any finding | risky refused");
    let mut all = Row::default();
    for (provider, row) in &rows {
        print_row(provider, row);
        all.refused += row.refused;
        all.found += row.found;
        all.placed += row.placed;
        all.ok += row.ok;
        all.false_alarms += row.false_alarms;
        all.noisy += row.noisy;
        all.risky += row.risky;
        all.risky_refused += row.risky_refused;
    }
    print_row("all", &all);
    assert!(all.refused > 300 && all.ok > 150, "the file is another one");
    assert_eq!(
        all.false_alarms, 0,
        "what a provider accepted is not refused"
    );
    assert_eq!(
        all.risky_refused, 0,
        "what sources disagree on is not refused"
    );
    assert!(100 * all.placed >= 98 * all.refused);
    assert!(100 * all.noisy <= 3 * all.ok);
}

fn print_row(name: &str, row: &Row) {
    println!(
        "{name:14} {:7} {:5} {:6} | {:3} {:12} {:11} | {:5} {:7}",
        row.refused,
        row.found,
        row.placed,
        row.ok,
        row.false_alarms,
        row.noisy,
        row.risky,
        row.risky_refused
    );
}

#[derive(Deserialize)]
struct Billed {
    id: String,
    provider: String,
    api: String,
    model: Option<String>,
    request: Box<RawValue>,
}

/// A provider that billed a request accepted it: without a day, only its size is refused.
#[test]
#[ignore = "needs the recordings"]
fn what_was_billed_was_accepted() {
    let mut all = 0;
    let mut refused = Vec::new();
    let models = Models::builtin();
    for set in ["counts", "counts_2"] {
        let folder = shared(&format!("cases/{set}"));
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines() {
                let case: Billed = serde_json::from_str(line).unwrap();
                let format = match case.api.as_str() {
                    "chat.completions" => Format::OpenAiChat,
                    "responses" => Format::OpenAiResponses,
                    api if api.starts_with("anthropic") => Format::Anthropic,
                    api if api.starts_with("gemini") => Format::Gemini,
                    "bedrock.converse" => Format::BedrockConverse,
                    _ => continue,
                };
                let mut budget = match case.model.as_deref().filter(|name| !name.is_empty()) {
                    Some(model) => Budget::lenient_for(&models, model),
                    None => Budget::lenient(&models),
                };
                let host = match case.provider.as_str() {
                    "copilot" => "github-copilot",
                    other => other,
                };
                if let Ok(host) = host.parse() {
                    budget = budget.at_host(host);
                }
                if case.api.ends_with("count_tokens") {
                    budget = budget.only_counting();
                }
                all += 1;
                let report = budget.check_bytes_as(format, case.request.get());
                for finding in report.findings() {
                    let size = [
                        codes::CONTEXT_EXCEEDED,
                        codes::INPUT_LIMIT_EXCEEDED,
                        codes::NO_ROOM_FOR_OUTPUT,
                        codes::RESERVE_EXCEEDS_WINDOW,
                        codes::OUTPUT_LIMIT_EXCEEDED,
                    ]
                    .contains(&finding.code);
                    if finding.severity == Severity::Refused && !size {
                        refused.push(format!(
                            "  {} {} {:?}: {finding}",
                            case.id, case.provider, case.model
                        ));
                    }
                }
            }
        }
    }
    println!(
        "{} of {all} billed requests are refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(all > 4_000, "the files are others");
    // A gateway accepted `max_tokens: -1`, which OpenAI and most hosts refuse, and which is read as
    // absent.
    let known = format!("{} at /max_tokens", codes::UNREADABLE_REQUEST);
    let unknown = refused
        .iter()
        .filter(|line| !line.replace("] at", " at").contains(&known));
    assert_eq!(unknown.count(), 0, "a billed request is called refused");
    assert!(refused.len() <= 1);
}
