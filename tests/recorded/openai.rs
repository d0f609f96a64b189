//! Recorded requests to OpenAI's models at all hosts, from both sets of recordings: Chat
//! Completions and Responses, by set, host, API and category, with every unexplained miss.

use std::collections::BTreeMap;

use crate::common::{self, Case};
use serde_json::Value;
use tokenfit::model::{BillingFamily, Host};
use tokenfit::{Accuracy, Format, Request, TokenCount};

/// Files of recordings, and their hosts.
const FILES: [(&str, Host); 12] = [
    ("openai_chat_completions", Host::OpenAi),
    ("openai_responses", Host::OpenAi),
    ("pub_openai_suites", Host::OpenAi),
    ("azure_chat_completions", Host::Azure),
    ("azure_responses", Host::Azure),
    ("copilot_chat_completions", Host::GithubCopilot),
    ("copilot_responses", Host::GithubCopilot),
    ("openrouter_chat_completions", Host::OpenRouter),
    ("openrouter_responses", Host::OpenRouter),
    ("vercel_chat_completions", Host::Vercel),
    ("bedrock_chat_completions", Host::Bedrock),
    ("bedrock_responses", Host::Bedrock),
];

struct Score {
    id: String,
    row: [String; 3],
    expected: u64,
    /// The count; zero for a request that cannot be read.
    total: TokenCount,
}

impl Score {
    fn right(&self) -> bool {
        self.total.tokens() == self.expected
    }
}

/// Whether the request alone determines its count: nothing that the server stores, runs or fetches,
/// no files and no audio.
fn is_determined(request: &Value) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let kept = ["previous_response_id", "conversation", "prompt"];
    if kept.iter().any(|field| !request[field].is_null()) {
        return false;
    }
    if list(&request["tools"])
        .iter()
        .any(|tool| !matches!(tool["type"].as_str(), None | Some("function")))
    {
        return false;
    }
    let messages = [list(&request["messages"]), list(&request["input"])].concat();
    messages.iter().all(|message| {
        let kind = message["type"].as_str().unwrap_or("message");
        let parts = [list(&message["content"]), list(&message["output"])].concat();
        matches!(kind, "message" | "function_call" | "function_call_output")
            && message["audio"].is_null()
            && list(&message["reasoning_details"]).is_empty()
            && parts.iter().all(|part| {
                let url = &part["image_url"];
                match part["type"].as_str().unwrap_or("text") {
                    "text" | "input_text" | "output_text" | "refusal" => true,
                    "image_url" | "input_image" => url
                        .as_str()
                        .or(url["url"].as_str())
                        .is_some_and(|url| url.starts_with("data:image")),
                    _ => false,
                }
            })
    })
}

/// The feature of a request that is hardest to count.
fn category(request: &Value) -> &'static str {
    let text = request.to_string();
    let messages = request["messages"]
        .as_array()
        .or(request["input"].as_array())
        .cloned()
        .unwrap_or_default();
    let calls = |m: &Value| m["tool_calls"].as_array().map_or(0, Vec::len);
    let has_calls = messages
        .iter()
        .any(|m| calls(m) > 0 || m["function_call"].is_object() || m["type"] == "function_call");
    let tools = ["tools", "functions"]
        .iter()
        .find_map(|f| request[f].as_array())
        .map_or(0, Vec::len);
    let schema = request["response_format"]["type"] == "json_schema"
        || request["text"]["format"]["type"] == "json_schema";
    match () {
        () if text.contains("\"data:image") => "image",
        () if schema && (tools > 0 || has_calls) => "json_schema with tools",
        () if schema => "json_schema",
        () if messages.iter().any(|m| calls(m) > 1) => "parallel calls in history",
        () if has_calls => "calls in history",
        () if tools > 1 => "several tools",
        () if tools == 1 => "one tool",
        () if messages.iter().any(|m| m["name"].is_string()) => "name",
        () if messages.iter().any(|m| m["role"] == "assistant") => "text, multi-turn",
        () => "text",
    }
}

fn score(case: &Case, set: &str, host: Host) -> Option<Score> {
    // By the rules of the day.
    let models = case.registry();
    let model = models.get(case.answered_by()).ok()?;
    if model.provider() != "openai"
        || matches!(
            model.billing(),
            BillingFamily::Harmony
                | BillingFamily::OpenAiSearch
                | BillingFamily::OpenAiUnlisted
                | BillingFamily::None
        )
    {
        return None;
    }
    let json: Value = serde_json::from_str(case.request.get()).unwrap();
    if !is_determined(&json) {
        return None;
    }
    let body = common::in_wire_order(case.request.get());
    let model = model.at_host(host);
    let compacts = case
        .url
        .as_deref()
        .is_some_and(|url| url.ends_with("/responses/compact"));
    let request = match compacts {
        true => Request::parse_as(Format::OpenAiCompaction, &body),
        false => Request::parse(&body),
    };
    let total = match request {
        Ok(request) => model.count(&request).total(),
        Err(_) => TokenCount::estimated(0, 0, Some(0)),
    };
    let (api, group) = (
        if json["input"].is_null() {
            "Chat"
        } else {
            "Responses"
        },
        match host {
            Host::OpenAi => "",
            Host::Azure | Host::GithubCopilot => "Azure, Copilot: ",
            Host::OpenRouter | Host::Vercel => "OpenRouter, Vercel: ",
            _ => "other hosts: ",
        },
    );
    Some(Score {
        id: case.id.clone(),
        row: [
            set.to_owned(),
            format!("{group}{api}"),
            category(&json).to_owned(),
        ],
        expected: case.expected_input_tokens,
        total,
    })
}

#[derive(Default, Clone, Copy)]
struct Row {
    cases: usize,
    right: usize,
    called: usize,
    called_right: usize,
    held: usize,
}

impl Row {
    fn of<'s>(scores: impl Iterator<Item = &'s Score>) -> Row {
        let mut row = Row::default();
        for score in scores {
            let called = score.total.accuracy() == Accuracy::Exact;
            row.cases += 1;
            row.right += usize::from(score.right());
            row.called += usize::from(called);
            row.called_right += usize::from(called && score.right());
            row.held += usize::from(
                (score.total.lower()..=score.total.upper().unwrap_or(u64::MAX))
                    .contains(&score.expected),
            );
        }
        row
    }

    fn print(&self, name: &str) {
        let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        println!(
            "{name:<66} {:>4}  exact {:>4} = {:>5.1} %  called exact {:>5.1} %, of these right {:>5.1} %  in bounds {:>5.1} %",
            self.cases,
            self.right,
            share(self.right, self.cases),
            share(self.called, self.cases),
            share(self.called_right, self.called),
            share(self.held, self.cases),
        );
    }
}

fn scores() -> Vec<Score> {
    let suspicious = common::suspicious();
    let mut scores = Vec::new();
    for (set, folder) in [("1", "counts"), ("2", "counts_2")] {
        for (file, host) in FILES {
            // Not every host is in the second set.
            if !common::shared(&format!("cases/{folder}"))
                .join(format!("{file}.jsonl"))
                .exists()
            {
                continue;
            }
            let cases = common::cases_of(folder, file);
            for case in &cases {
                if !case.not_in_the_request() && !suspicious.contains(&case.id) {
                    scores.extend(score(case, set, host));
                }
            }
        }
    }
    scores
}

/// Returns the bill and the count of each recorded request.
pub(crate) fn totals() -> Vec<(u64, TokenCount)> {
    let scores = scores();
    scores
        .iter()
        .map(|score| (score.expected, score.total))
        .collect()
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_to_openai_models() {
    let scores = scores();
    let mut keys: Vec<[String; 3]> = scores.iter().map(|score| score.row.clone()).collect();
    keys.sort();
    keys.dedup();
    for key in &keys {
        Row::of(scores.iter().filter(|score| score.row == *key)).print(&key.join(" | "));
    }
    println!();
    let mut wrong = Vec::new();
    let mut hosts: Vec<[String; 2]> = keys
        .iter()
        .map(|[set, host, _]| [set.clone(), host.clone()])
        .collect();
    hosts.dedup();
    for key in &hosts {
        let own = |score: &&Score| score.row[..2] == key[..];
        let row = Row::of(scores.iter().filter(own));
        row.print(&key.join(" | "));
    }
    let goals: [(&str, &str, f64); 6] = [
        ("1", "Chat", 98.5),
        ("2", "Chat", 94.0),
        ("1", "Responses", 95.0),
        ("2", "Responses", 97.0),
        ("", "OpenRouter, Vercel", 95.0),
        ("", "Azure, Copilot", 95.0),
    ];
    for (set, host, goal) in goals {
        let row = Row::of(scores.iter().filter(|score| {
            score.row[0].starts_with(set)
                && score.row[1].starts_with(host)
                && (set.is_empty() || score.row[2] != "image")
        }));
        let exact = 100.0 * row.right as f64 / row.cases.max(1) as f64;
        println!(
            "goal: set {set} {host}: {exact:.1} % of {} exact, {goal} %",
            row.cases
        );
        if exact < goal {
            wrong.push(format!("set {set}, {host}: {exact:.1} % exact"));
        }
    }
    let images = Row::of(scores.iter().filter(|score| score.row[2] == "image"));
    images.print("images");
    if images.right * 100 < images.cases * 90 {
        wrong.push(format!(
            "images: {} of {} exact",
            images.right, images.cases
        ));
    }
    for set in ["1", "2"] {
        let row = Row::of(scores.iter().filter(|score| score.row[0] == set));
        row.print(&format!("set {set}"));
        if row.called_right * 100 < row.called * 99 {
            wrong.push(format!(
                "set {set}: {} of {} called exact are right",
                row.called_right, row.called
            ));
        }
        if row.held * 100 < row.cases * 99 {
            wrong.push(format!(
                "set {set}: {} of {} in bounds",
                row.held, row.cases
            ));
        }
        let mut widths: Vec<f64> = scores
            .iter()
            .filter(|score| score.row[0] == set && score.total.accuracy() != Accuracy::Exact)
            .map(|score| {
                (score.total.upper().unwrap_or(u64::MAX) - score.total.lower()) as f64
                    / score.expected.max(1) as f64
            })
            .collect();
        widths.sort_by(f64::total_cmp);
        let middle = widths.get(widths.len() / 2).copied().unwrap_or(0.0);
        println!(
            "set {set}: median width where not exact {:.1} %",
            100.0 * middle
        );
        if middle > 0.1 {
            wrong.push(format!("set {set}: median width {middle}"));
        }
    }
    let reasons: BTreeMap<&str, &str> = include_str!("../cases/openai_misses.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    println!("\nmisses");
    let mut missed = 0;
    for score in scores.iter().filter(|score| !score.right()) {
        missed += 1;
        let reason = reasons.get(score.id.as_str()).copied();
        println!(
            "  {} {} billed {}, counted {} ({} to {}, {}): {}",
            score.id,
            score.row.join(" | "),
            score.expected,
            score.total.tokens(),
            score.total.lower(),
            score.total.upper().unwrap_or(u64::MAX),
            score.total.accuracy(),
            reason.unwrap_or("NO REASON")
        );
        if reason.is_none() {
            wrong.push(format!("{} is not among the misses", score.id));
        }
    }
    for id in reasons.keys() {
        if !scores.iter().any(|score| score.id == *id && !score.right()) {
            wrong.push(format!("{id} is no miss any more: take it off the list"));
        }
    }
    println!("{missed} misses of {}", scores.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
