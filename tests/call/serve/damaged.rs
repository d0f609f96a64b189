//! Damaged histories through the proxy, before a provider that refuses what the check refuses.

use serde_json::{Value, json};
use tokenfit::request::{Address, ResultState};
use tokenfit::{Budget, Format, Models, Request};

use super::{OK, Server};
use crate::common::{shared, shared_lines};
use crate::fake::{Fake, Received, Reply, post};

/// A provider that refuses what the check refuses.
fn strict() -> Fake {
    Fake::new(
        |received: &Received| match findings(&received.path, &received.body) {
            Some(code) => Reply::error(
                400,
                &json!({"error": {"message": code, "type": "invalid_request_error"}}).to_string(),
            ),
            None if received.path.contains("/messages") => Reply::ok(
                r#"{"type": "message", "content": [{"type": "text", "text": "Yes."}], "stop_reason": "end_turn", "usage": {"input_tokens": 9, "output_tokens": 2}}"#,
            ),
            None if received.path.contains("Content") => Reply::ok(
                r#"{"candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}]}"#,
            ),
            None if received.path.contains("/responses") => Reply::ok(
                r#"{"object": "response", "status": "completed", "output": [{"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}]}"#,
            ),
            None => Reply::ok(OK),
        },
    )
}

/// Code of the first refused finding.
fn findings(path: &str, body: &[u8]) -> Option<&'static str> {
    let models = Models::builtin();
    let address = Address::of_url(path).unwrap();
    let budget = match &address.model {
        Some(model) => Budget::lenient_for(&models, model),
        None => Budget::lenient(&models),
    };
    let report = budget.check_bytes_as(address.format, body);
    let refused = report
        .findings()
        .iter()
        .find(|finding| finding.severity == tokenfit::check::Severity::Refused);
    refused.map(|finding| finding.code)
}

fn path_of(format: Format, model: &str) -> String {
    match format {
        Format::Anthropic => "/v1/messages".to_owned(),
        Format::Gemini => format!("/v1beta/models/{model}:generateContent"),
        Format::OpenAiResponses => "/v1/responses".to_owned(),
        _ => "/v1/chat/completions".to_owned(),
    }
}

/// Sends bodies through the proxy to the strict provider; returns how many came through and how
/// many were answered by the proxy itself.
fn guard(
    server: &Server,
    fake: &Fake,
    bodies: impl Iterator<Item = (String, String)>,
) -> (usize, usize) {
    let (mut through, mut refused) = (0, 0);
    for (path, body) in bodies {
        let before = fake.seen().len();
        let got = post(server.addr, &path, &body);
        let seen = fake.seen();
        match seen.get(before) {
            None => {
                assert!(
                    (400..500).contains(&got.status),
                    "{}: {}",
                    got.status,
                    got.text()
                );
                refused += 1;
            }
            Some(received) => {
                assert_eq!(findings(&received.path, &received.body), None);
                let format = Address::of_url(&path).unwrap().format;
                let sent = Request::parse_as(format, &received.body).unwrap();
                let links = sent.links();
                for result in links.results() {
                    let message = sent.messages().nth(result.message).unwrap();
                    // Known gap: the check does not pair the results of tool searches.
                    let is_known = message.raw_json().contains("tool_search_output");
                    let is_orphan = result.state == ResultState::Orphan;
                    assert!(!is_orphan || is_known, "a result lost its call");
                }
                let edits: usize = got.header("x-tokenfit-edits").unwrap().parse().unwrap();
                assert_eq!(
                    edits == 0,
                    received.body == body.as_bytes(),
                    "nothing changes without a receipt"
                );
                through += 1;
            }
        }
    }
    (through, refused)
}

#[test]
#[ignore = "needs the recordings"]
fn dead_conversations_never_reach_the_provider() {
    let fake = strict();
    let server = Server::before(&fake, &[]);
    let folder = shared("cases/bug_reports");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let reports = files.into_iter().filter_map(|file| {
        let body = std::fs::read_to_string(file).unwrap();
        let request = Request::parse(&body).ok()?;
        let model = request.model().map_or_else(
            || "gemini-2.5-flash".to_owned(),
            std::borrow::Cow::into_owned,
        );
        let path = path_of(request.format(), &model);
        Some((path, body))
    });
    let (through, refused) = guard(&server, &fake, reports);
    println!("bug reports: {through} reached the provider, {refused} were answered by the proxy");
    let malformed = shared_lines("corpus/malformed.jsonl")
        .into_iter()
        .map(|line| {
            let format = match line["format"].as_str().unwrap() {
                "anthropic" => Format::Anthropic,
                "gemini" => Format::Gemini,
                "responses" => Format::OpenAiResponses,
                _ => Format::OpenAiChat,
            };
            (
                path_of(format, "gemini-2.5-flash"),
                line["body"].as_str().unwrap().to_owned(),
            )
        });
    let (through, refused) = guard(&server, &fake, malformed);
    println!(
        "malformed requests: {through} reached the provider, {refused} were answered by the proxy"
    );
}

/// Histories of the corpus, each damaged in one way: an item of the list is dropped, doubled or
/// moved, or its string is emptied.
#[test]
#[ignore = "needs the recordings"]
fn damaged_histories_arrive_whole_or_not_at_all() {
    let fake = strict();
    let server = Server::before(&fake, &[]);
    let full = crate::common::full();
    let mut random = 7u64;
    let mut next = move |end: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % end.max(1)
    };
    let mut bodies = Vec::new();
    for (file, list, model) in [
        ("agent_tools", "messages", "gpt-4o"),
        ("tools_short", "messages", "gpt-4o"),
        ("anthropic_native", "messages", ""),
        ("gemini_native", "contents", ""),
        ("responses_native", "input", ""),
    ] {
        let lines = shared_lines(&format!("corpus/{file}.jsonl"));
        for _ in 0..if full { 2_000 } else { 60 } {
            let mut body = lines[next(lines.len())].clone();
            if body.to_string().len() > 200_000 {
                continue;
            }
            if !model.is_empty() {
                body["model"] = json!(model);
                body.as_object_mut().unwrap().remove("metadata");
            }
            let Some(items) = body[list].as_array_mut().filter(|items| items.len() > 1) else {
                continue;
            };
            let at = next(items.len());
            match next(4) {
                0 => drop(items.remove(at)),
                1 => items.insert(at, items[at].clone()),
                2 => {
                    let to = next(items.len());
                    items.swap(at, to);
                }
                _ => {
                    for key in ["content", "parts", "output"] {
                        if items[at].get(key).is_some_and(Value::is_string) {
                            items[at][key] = json!("");
                        }
                    }
                }
            }
            let text = body.to_string();
            let Ok(request) = Request::parse(&text) else {
                continue;
            };
            let path = path_of(request.format(), "gemini-2.5-flash");
            bodies.push((path, text));
        }
    }
    let all = bodies.len();
    let (through, refused) = guard(&server, &fake, bodies.into_iter());
    println!(
        "{all} damaged histories: {through} reached the provider whole, {refused} were answered by the proxy"
    );
    assert!(through * 2 > all);
}
