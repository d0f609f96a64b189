//! Checks requests that others recorded: faults are found at their places, and accepted requests
//! are not refused.
//!
//! The files are not part of the crate.

use std::collections::BTreeMap;

use crate::common::shared;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenfit::check::{Severity, codes};
use tokenfit::model::Host;
use tokenfit::{Accuracy, Budget, CheckReport, ErrorKind, Format, Models, Request};

/// Codes about size, not about history.
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

fn budget(models: &Models, model: Option<&str>, host: Option<&str>) -> Budget {
    let budget = match model.filter(|name| !name.is_empty() && *name != "-") {
        Some(model) => Budget::lenient_for(models, model),
        None => Budget::lenient(models),
    };
    match host.and_then(host_of) {
        Some(host) => budget.at_host(host),
        None => budget,
    }
}

/// The host of a recorded name: a domain, or a word.
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
    provider_error: Option<String>,
    body: String,
}

/// Our codes for the file's names of faults, and whether OpenAI was seen to accept the request.
const KINDS: &[(&str, &[&str], bool)] = &[
    ("orphan", &[codes::ORPHAN_TOOL_RESULT], false),
    ("unanswered", &[codes::UNANSWERED_TOOL_CALL], false),
    ("ends_with_tool_call", &[codes::UNANSWERED_TOOL_CALL], false),
    ("partly_answered", &[codes::UNANSWERED_TOOL_CALL], false),
    ("without_result", &[codes::UNANSWERED_TOOL_CALL], false),
    ("message_between", &[codes::MISPLACED_TOOL_RESULT], false),
    (
        "duplicate_tool_result",
        &[codes::DUPLICATE_TOOL_RESULT],
        true,
    ),
    (
        "duplicate_tool_ids",
        &[codes::DUPLICATE_TOOL_CALL_ID],
        false,
    ),
    (
        "duplicate_tool_use",
        &[codes::DUPLICATE_TOOL_CALL_ID],
        false,
    ),
    ("tool_call without id", &[codes::MISSING_CALL_ID], false),
    (
        "tool without tool_call_id",
        &[codes::MISSING_RESULT_ID],
        false,
    ),
    ("broken_arguments", &[codes::ARGUMENTS_NOT_JSON], true),
    ("empty_messages", &[codes::EMPTY_MESSAGES], false),
    ("null_assistant_content", &[codes::MISSING_CONTENT], false),
    ("null_user_content", &[codes::MISSING_CONTENT], false),
    ("wrong_role", &[codes::UNKNOWN_ROLE], false),
    ("valid role", &[codes::UNKNOWN_ROLE], false),
    ("empty_text_block", &[codes::EMPTY_CONTENT], false),
    ("empty_text", &[codes::EMPTY_CONTENT], true),
    ("tool_id_too_long", &[codes::CALL_ID_TOO_LONG], false),
    // 128 characters were accepted; the documentation says 64.
    ("tool_name_too_long", &[codes::TOOL_NAME_TOO_LONG], true),
    ("too_many_tools", &[codes::TOO_MANY_TOOLS], false),
    (
        "starts_with_function_response",
        &[codes::ORPHAN_TOOL_RESULT],
        false,
    ),
    (
        "function_response_count",
        &[codes::DUPLICATE_TOOL_RESULT, codes::ORPHAN_TOOL_RESULT],
        false,
    ),
    ("support effort level", &[codes::UNSUPPORTED_VALUE], false),
    ("Web search options", &[codes::UNSUPPORTED_PARAMETER], false),
    (
        "required following item",
        &[codes::REASONING_WITHOUT_ITEM],
        false,
    ),
];

/// Faults outside of the request: text that a model wrote, or content of a URL. They cannot be
/// found before sending.
const OUTSIDE: &[&str] = &[
    "failed_generation",
    "Cannot fetch",
    "Error while downloading",
];

/// Faults that their own provider accepts, according to the file's notes.
const TAKEN: &[&str] = &["empty content list", "empty tool_calls"];

/// The messages where a case's own words locate its faults; results may be a message or two later.
fn places(case: &Malformed) -> Vec<usize> {
    case.problems
        .iter()
        .filter_map(|problem| problem.split(':').next()?.parse().ok())
        .collect()
}

/// The message that contains a pointer's value.
fn message_of(pointer: &str) -> Option<usize> {
    pointer.split('/').nth(2)?.parse().ok()
}

#[test]
#[ignore = "needs the recordings"]
fn broken_requests_are_found_where_they_are_broken() {
    let path = shared("corpus/malformed.jsonl");
    let models = Models::builtin();
    let mut by_kind: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut missed, mut other) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Malformed = serde_json::from_str(line).unwrap();
        let fault = case.provider_error.as_deref().unwrap_or(&case.problems[0]);
        let kind = KINDS.iter().find(|(word, _, _)| fault.contains(word));
        let format = format_of(&case.format).unwrap();
        let report = Budget::lenient(&models).check_bytes_as(format, &case.body);
        match Request::parse_as(format, &case.body) {
            Err(error) if report.format().is_none() => {
                // Input that no provider can read is an error with its place.
                let entry = by_kind
                    .entry(format!("{} {} not JSON", case.format, case.how))
                    .or_default();
                entry.1 += 1;
                if fault.contains("surrogate") && error.kind() == ErrorKind::InvalidJson {
                    entry.0 += 1;
                } else {
                    missed.push(format!("{}: {error}", case.id));
                }
                continue;
            }
            _ => {}
        }
        let Some((word, codes, may_be_risky)) = kind else {
            let codes: Vec<_> = report.findings().iter().map(|f| f.code).collect();
            let line = format!(
                "{} ({}): {:.60} {codes:?}",
                case.id,
                case.how,
                fault.replace('\n', " ")
            );
            if OUTSIDE.iter().chain(TAKEN).any(|word| fault.contains(word)) {
                other.push(line);
            } else {
                missed.push(line);
            }
            continue;
        };
        let places = places(&case);
        let found = report.findings().iter().any(|finding| {
            let in_place = match message_of(&finding.pointer) {
                // Their words name the message at which a missing result is noticed: the one after
                // the calls.
                Some(at) if !places.is_empty() && finding.code == codes::UNANSWERED_TOOL_CALL => {
                    places.iter().any(|&place| at < place && place <= at + 3)
                }
                Some(at) if !places.is_empty() => places.contains(&at),
                _ => true,
            };
            codes.contains(&finding.code)
                && in_place
                && (finding.severity == Severity::Refused || *may_be_risky)
        });
        let entry = by_kind
            .entry(format!("{} {} {word}", case.format, case.how))
            .or_default();
        entry.1 += 1;
        if found {
            entry.0 += 1;
        } else {
            missed.push(format!(
                "{}: {:?}: {:#?}",
                case.id,
                case.problems,
                report.findings()
            ));
        }
    }
    let found: usize = by_kind.values().map(|(found, _)| found).sum();
    let all: usize = by_kind.values().map(|(_, all)| all).sum();
    println!("faults found: {found} of {all}");
    for (kind, (found, all)) in &by_kind {
        println!("  {kind}: {found} of {all}");
    }
    println!("outside of the request, or taken by its own provider:");
    for line in &other {
        println!("  {line}");
    }
    for (kind, (found, all)) in &by_kind {
        assert!(found * 100 >= all * 95, "{kind}: {found} of {all}");
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[derive(Deserialize)]
struct Taken {
    id: String,
    provider: String,
    api: String,
    model: Option<String>,
    request: Box<RawValue>,
    expected_input_tokens: u64,
    #[serde(default)]
    features: Vec<String>,
}

impl Taken {
    fn format(&self) -> Format {
        match self.api.as_str() {
            api if api.contains("responses") => Format::OpenAiResponses,
            api if api.contains("anthropic") => Format::Anthropic,
            api if api.contains("gemini") => Format::Gemini,
            api if api.contains("converse") => Format::BedrockConverse,
            _ => Format::OpenAiChat,
        }
    }
}

/// Calls back with every recorded request that a provider answered.
fn each_counted(mut with: impl FnMut(&Taken, &Request<'_>)) {
    let folder = shared("cases/counts");
    for file in std::fs::read_dir(folder).unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path())
            .unwrap()
            .lines()
        {
            let case: Taken = serde_json::from_str(line).unwrap();
            let request = Request::parse_as(case.format(), case.request.get())
                .unwrap_or_else(|error| panic!("{}: {error}", case.id));
            with(&case, &request);
        }
    }
}

#[derive(Default)]
struct Alarms {
    checked: usize,
    refused: Vec<String>,
    size: Vec<String>,
    risky: BTreeMap<&'static str, usize>,
}

impl Alarms {
    fn note(&mut self, report: &CheckReport, id: &str, sent: bool) {
        self.checked += 1;
        for finding in report.findings() {
            match finding.severity {
                _ if !sent && finding.code == codes::WRONG_LAST_ROLE => {}
                Severity::Refused if SIZE.contains(&finding.code) => {
                    self.size.push(format!("{id}: {finding}"));
                }
                Severity::Refused => self.refused.push(format!("{id}: {finding}")),
                _ => *self.risky.entry(finding.code).or_default() += 1,
            }
        }
    }
}

#[test]
#[ignore = "needs the recordings"]
fn what_a_provider_took_is_not_refused() {
    let models = Models::builtin();
    let mut alarms = Alarms::default();
    each_counted(|case, request| {
        let mut budget = budget(&models, case.model.as_deref(), Some(&case.provider));
        if case.api.ends_with("count_tokens") {
            budget = budget.only_counting();
        }
        alarms.note(&budget.check(request), &case.id, true);
    });
    for file in std::fs::read_dir(shared("corpus")).unwrap() {
        well_formed(&file.unwrap().path(), &models, &mut alarms);
    }
    println!("{} requests that were taken", alarms.checked);
    println!("refused for their size: {:#?}", alarms.size);
    println!("risky: {:#?}", alarms.risky);
    assert!(alarms.refused.is_empty(), "{:#?}", alarms.refused);
}

fn well_formed(path: &std::path::Path, models: &Models, alarms: &mut Alarms) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let Some(stem) = name
        .strip_suffix(".jsonl")
        .filter(|stem| *stem != "malformed")
    else {
        return;
    };
    // The bodies alone do not show their destination; a table next to them does.
    let index: Option<Vec<Vec<String>>> =
        std::fs::read_to_string(path.with_file_name(format!("{stem}.index.tsv")))
            .ok()
            .map(|table| {
                let rows = table.lines().skip(1);
                rows.map(|row| row.split('\t').map(str::to_owned).collect())
                    .collect()
            });
    let format = match stem.split('_').next().unwrap() {
        "anthropic" => Format::Anthropic,
        "gemini" => Format::Gemini,
        "responses" => Format::OpenAiResponses,
        _ => Format::OpenAiChat,
    };
    for (nth, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        let request = Request::parse_as(format, line)
            .unwrap_or_else(|error| panic!("{name}:{}: {error}", nth + 1));
        let value: Value = serde_json::from_str(line).unwrap();
        let (model, host) = match &index {
            Some(rows) => (rows[nth].get(3).cloned(), rows[nth].get(2).cloned()),
            None => (None, value["metadata"]["host"].as_str().map(str::to_owned)),
        };
        let mut budget = budget(models, model.as_deref(), host.as_deref());
        let endpoint = index.as_ref().and_then(|rows| rows[nth].get(4));
        if endpoint.is_some_and(|endpoint| endpoint.ends_with("count_tokens")) {
            budget = budget.only_counting();
        }
        // A session without a status was not sent in this form: it ends with its own last answer.
        let sent = index
            .as_ref()
            .is_none_or(|rows| rows[nth].get(5).is_some_and(|status| status != "-"));
        alarms.note(
            &budget.check(&request),
            &format!("{name}:{}", nth + 1),
            sent,
        );
    }
}

/// The bound of a request covers its billed count, except for what the provider added: results of
/// its own tools, definitions that it fetched.
#[test]
#[ignore = "needs the recordings"]
fn bounds_hold_what_was_billed() {
    let models = Models::builtin();
    let (mut held, mut unbounded, mut over) = (0, 0, Vec::new());
    each_counted(|case, request| {
        let model = case.model.as_deref().unwrap_or_default();
        let Ok(model) = models.get(model) else {
            return;
        };
        let model = match host_of(&case.provider) {
            Some(host) => model.at_host(host),
            None => model,
        };
        let bounds = model.bounds(request);
        let counted = model.count(request).total();
        let by_rule =
            request.format() == Format::OpenAiChat && counted.accuracy() != Accuracy::Estimated;
        let least = if by_rule {
            counted.upper().unwrap_or(u64::MAX)
        } else {
            counted.lower()
        };
        assert!(
            bounds.upper().unwrap_or(u64::MAX) >= least,
            "{}: bound {} below the count's {least}",
            case.id,
            bounds.upper().unwrap_or(u64::MAX),
        );
        let fetched = case
            .features
            .iter()
            .any(|feature| feature == "hosted_tool" || feature == "p:mcp_servers");
        match bounds.upper() {
            None => unbounded += 1,
            Some(upper) if upper >= case.expected_input_tokens => held += 1,
            _ if fetched => {}
            Some(upper) => over.push(format!(
                "{}: billed {}, bound {upper}",
                case.id, case.expected_input_tokens
            )),
        }
    });
    println!("held {held}, without a bound {unbounded}, over: {over:#?}");
    // Three recordings are billed several times their bytes: their bodies are not the original
    // requests.
    assert!(over.len() * 500 < held, "{over:#?}");
}
