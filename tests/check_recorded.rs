//! The check over requests that others recorded: faults are found where they are, and what a provider took is not
//! refused.
//!
//! The files are not part of the crate; without them the tests say that they measured nothing.

mod common;

use std::collections::BTreeMap;

use common::{shared, skipped};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenfit::check::{Severity, codes};
use tokenfit::model::Host;
use tokenfit::{Budget, CheckReport, Counter, Format, Request};

/// The codes that are about size and not about history.
const SIZE: &[&str] = &[
    codes::CONTEXT_EXCEEDED,
    codes::NO_ROOM_FOR_OUTPUT,
    codes::INPUT_LIMIT_EXCEEDED,
    codes::OVER_BUDGET,
    codes::RESERVE_EXCEEDS_WINDOW,
    codes::OUTPUT_LIMIT_EXCEEDED,
    codes::STRING_TOO_LONG,
    codes::CALL_ID_TOO_LONG,
    codes::TOOL_NAME_TOO_LONG,
    codes::TOO_MANY_TOOLS,
    codes::TOO_MANY_CALLS,
    codes::TOO_MANY_IMAGES,
    codes::TOO_MANY_INPUTS,
];

fn format_of(name: &str) -> Option<Format> {
    match name {
        "openai" => Some(Format::OpenAiChat),
        "responses" => Some(Format::OpenAiResponses),
        _ => name.parse().ok(),
    }
}

fn budget(
    counter: &Counter,
    request: &Request<'_>,
    model: Option<&str>,
    host: Option<&str>,
) -> Budget {
    let budget = match model.filter(|name| !name.is_empty() && *name != "-") {
        Some(model) => Budget::named(counter, model),
        None => Budget::of(counter, request),
    };
    match host.and_then(host_of) {
        Some(host) => budget.at_host(host),
        None => budget,
    }
}

/// The host of a recorded name of one: a domain, or a word.
fn host_of(name: &str) -> Option<Host> {
    if let Ok(host) = name.parse() {
        return Some(host);
    }
    [
        ("api.openai.com", Host::OpenAi),
        ("azure", Host::Azure),
        ("anthropic", Host::Anthropic),
        ("generativelanguage", Host::Gemini),
        ("aiplatform", Host::Vertex),
        ("bedrock", Host::Bedrock),
        ("mistral", Host::Mistral),
        ("deepseek", Host::DeepSeek),
        ("x.ai", Host::Xai),
        ("groq", Host::Groq),
        ("openrouter", Host::OpenRouter),
        ("githubcopilot", Host::GithubCopilot),
    ]
    .into_iter()
    .find(|(part, _)| name.contains(part))
    .map(|(_, host)| host)
}

#[derive(Deserialize)]
struct Malformed {
    id: String,
    format: String,
    how: String,
    problems: Vec<String>,
    body: String,
}

#[test]
fn broken_requests_are_found_where_they_are_broken() {
    let Some(path) = shared("corpus/malformed.jsonl") else {
        return skipped("corpus/malformed.jsonl");
    };
    let counter = Counter::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Malformed = serde_json::from_str(line).unwrap();
        println!(
            "{} {} {} {:?}",
            case.id,
            case.format,
            case.how,
            &case.problems[..case.problems.len().min(3)]
        );
        let request = match Request::parse_as(format_of(&case.format).unwrap(), &case.body) {
            Ok(request) => request,
            Err(error) => {
                println!("    reader: {error}");
                continue;
            }
        };
        let report = budget(&counter, &request, None, None).check(&request);
        for finding in report.findings().iter().take(6) {
            println!(
                "    {} {} {}",
                finding.severity, finding.code, finding.pointer
            );
        }
    }
}

#[derive(Deserialize)]
struct Taken {
    id: String,
    provider: String,
    api: String,
    model: Option<String>,
    request: Box<RawValue>,
}

fn note(
    report: &CheckReport,
    id: &str,
    alarms: &mut Vec<String>,
    risky: &mut BTreeMap<String, usize>,
) {
    for finding in report.findings() {
        match finding.severity {
            Severity::Refused => alarms.push(format!(
                "{id}: {finding}{}",
                if SIZE.contains(&finding.code) {
                    " [size]"
                } else {
                    ""
                }
            )),
            _ => *risky.entry(finding.code.to_owned()).or_default() += 1,
        }
    }
}

#[test]
fn what_a_provider_took_is_not_refused() {
    let counter = Counter::new();
    let mut alarms = Vec::new();
    let mut risky = BTreeMap::new();
    let mut checked = 0;
    if let Some(folder) = shared("cases/counts") {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let case: Taken = serde_json::from_str(line).unwrap();
                let format = match case.api.as_str() {
                    api if api.contains("responses") => Format::OpenAiResponses,
                    api if api.contains("anthropic") => Format::Anthropic,
                    api if api.contains("gemini") => Format::Gemini,
                    api if api.contains("converse") => Format::BedrockConverse,
                    _ => Format::OpenAiChat,
                };
                let request = match Request::parse_as(format, case.request.get()) {
                    Ok(request) => request,
                    Err(error) => {
                        alarms.push(format!("{}: {error}", case.id));
                        continue;
                    }
                };
                checked += 1;
                let report = budget(
                    &counter,
                    &request,
                    case.model.as_deref(),
                    Some(&case.provider),
                )
                .check(&request);
                note(&report, &case.id, &mut alarms, &mut risky);
            }
        }
    }
    if let Some(folder) = shared("corpus") {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".jsonl") || name == "malformed.jsonl" {
                continue;
            }
            let index: Option<Vec<Vec<String>>> = name
                .strip_suffix(".jsonl")
                .map(|stem| path.with_file_name(format!("{stem}.index.tsv")))
                .filter(|p| p.exists())
                .map(|p| {
                    std::fs::read_to_string(p)
                        .unwrap()
                        .lines()
                        .skip(1)
                        .map(|l| l.split('\t').map(str::to_owned).collect())
                        .collect()
                });
            for (nth, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
                let format = match name.split('_').next().unwrap() {
                    "anthropic" => Format::Anthropic,
                    "gemini" => Format::Gemini,
                    "responses" => Format::OpenAiResponses,
                    _ => Format::OpenAiChat,
                };
                let request = match Request::parse_as(format, line) {
                    Ok(request) => request,
                    Err(error) => {
                        alarms.push(format!("{name}:{}: {error}", nth + 1));
                        continue;
                    }
                };
                checked += 1;
                let value: Value = serde_json::from_str(line).unwrap();
                let (model, host) = match &index {
                    Some(rows) => (rows[nth].get(3).cloned(), rows[nth].get(2).cloned()),
                    None => (None, value["metadata"]["host"].as_str().map(str::to_owned)),
                };
                let report =
                    budget(&counter, &request, model.as_deref(), host.as_deref()).check(&request);
                note(
                    &report,
                    &format!("{name}:{}", nth + 1),
                    &mut alarms,
                    &mut risky,
                );
            }
        }
    }
    println!("{checked} requests; risky: {risky:#?}");
    for alarm in &alarms {
        println!("  {alarm}");
    }
}
