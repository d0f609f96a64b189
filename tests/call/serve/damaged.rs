//! Damaged histories through the proxy, before a provider that refuses what the check refuses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokenfit::call::{Caller, Moment, Step, Target};
use tokenfit::check::RepairPolicy;
use tokenfit::fit::Preset;
use tokenfit::request::{Address, ResultState, Role};
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

/// Outcomes of requests.
#[derive(Default)]
struct Ends {
    unchanged: usize,
    changed: usize,
    edits: usize,
    refused: usize,
    /// Results of tools that the provider runs, without a call.
    hosted: usize,
    /// First finding of those that were refused.
    codes: BTreeMap<&'static str, usize>,
}

impl std::fmt::Display for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ends {
            unchanged,
            changed,
            edits,
            refused,
            hosted,
            codes,
        } = self;
        write!(
            f,
            "{unchanged} arrived unchanged, {changed} after {edits} edits; {refused} were answered by the proxy {codes:?}; {hosted} hosted results without a call"
        )
    }
}

/// Sends bodies through the proxy to the strict provider, which receives only what the check
/// accepts, with every result paired and nothing removed without a receipt.
fn guard(server: &Server, fake: &Fake, bodies: impl Iterator<Item = (String, String)>) -> Ends {
    let mut ends = Ends::default();
    for (path, body) in bodies {
        let got = post(server.addr, &path, &body);
        let seen = fake.take();
        let Some(received) = seen.first() else {
            assert!(
                (400..500).contains(&got.status),
                "{}: {}",
                got.status,
                got.text()
            );
            ends.refused += 1;
            let code = findings(&path, body.as_bytes());
            let code = code.unwrap_or_else(|| panic!("refused without a reason: {}", got.text()));
            *ends.codes.entry(code).or_default() += 1;
            continue;
        };
        assert_eq!(seen.len(), 1, "sent once");
        assert_eq!(got.status, 200, "{}", got.text());
        assert_eq!(findings(&received.path, &received.body), None);
        let format = Address::of_url(&path).unwrap().format;
        let sent = Request::parse_as(format, &received.body).unwrap();
        ends.hosted += assert_paired(&sent);
        let edits: usize = got.header("x-tokenfit-edits").unwrap().parse().unwrap();
        assert_eq!(
            edits == 0,
            received.body == body.as_bytes(),
            "nothing changes without a receipt"
        );
        if edits == 0 {
            ends.unchanged += 1;
        } else {
            ends.changed += 1;
            ends.edits += edits;
            assert_receipts(&path, &body, &sent, edits);
        }
    }
    ends
}

/// Returns how many results of tools that the provider runs have no call: a known gap of the check.
fn assert_paired(sent: &Request<'_>) -> usize {
    let mut hosted = 0;
    for result in sent.links().results() {
        let message = sent.messages().nth(result.message).unwrap();
        // The legacy role `function` needs no call, and Gemini pairs by place and number, not by
        // id.
        let is_free = sent.format() == Format::Gemini || message.role() == Role::Function;
        if result.state != ResultState::Orphan || is_free {
            continue;
        }
        let raw = message.raw_json();
        let is_hosted = message.role() == Role::Assistant || raw.contains("tool_search_output");
        assert!(is_hosted, "a result lost its call: {raw}");
        hosted += 1;
    }
    hosted
}

/// Makes the same call here, for its receipts: they belong to what was sent, and have a place for
/// every message that is not in it as it was.
fn assert_receipts(path: &str, body: &str, sent: &Request<'_>, edits: usize) {
    let models = Models::builtin();
    let address = Address::of_url(path).unwrap();
    let caller = Caller::new()
        .repair(RepairPolicy::default())
        .fit(Preset::Agent);
    let named = address.model.as_deref();
    let read = caller
        .read(&models, address.format, named, body.as_bytes())
        .unwrap();
    let target = match named {
        Some(model) => Target::of_name(&models, model),
        None => Target::of_request(&models, &read.0),
    };
    let mut call = caller.call_read(&[target], read);
    let Step::Send { body: made, .. } = call.next(Moment::new(1_764_300_000_000, 0.5)) else {
        panic!("it was sent");
    };
    assert_eq!(made, sent.as_bytes());
    let of_receipts = call.receipts().iter().flat_map(|receipt| &receipt.edits);
    assert_eq!(of_receipts.clone().count(), edits);
    // An edit that joins or moves has the place of one message and changes its neighbor too.
    let places: usize = of_receipts.map(|edit| edit.pointers.len() + 1).sum();
    let Ok(before) = Request::parse_as(address.format, body) else {
        // The body was not readable, and the receipt of that names the places.
        return;
    };
    let mut kept: Vec<String> = sent
        .messages()
        .map(|one| one.raw_json().to_string())
        .collect();
    let lost = before.messages().filter(|message| {
        let raw = message.raw_json().to_string();
        let found = kept.iter().position(|one| *one == raw);
        found.map(|at| kept.swap_remove(at)).is_none()
    });
    let lost = lost.count();
    assert!(lost <= places, "{lost} messages changed at {places} places");
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
    println!("bug reports: {}", guard(&server, &fake, reports));
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
    println!("malformed requests: {}", guard(&server, &fake, malformed));
}

/// Files of the corpus: list of messages, model if the request is sent for another one.
const HISTORIES: &[(&str, &str, &str)] = &[
    ("agent_tools", "messages", "gpt-4o"),
    ("agent_tools_reused_ids", "messages", "gpt-4.1"),
    ("tools_short", "messages", "gpt-4o"),
    ("legacy_functions", "messages", "gpt-3.5-turbo"),
    ("chat_coding", "messages", "gpt-4o-mini"),
    ("anthropic_native", "messages", ""),
    ("gemini_native", "contents", ""),
    ("responses_native", "input", ""),
];

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Visits the strings of some keys, at any depth.
fn strings<'v>(value: &'v mut Value, keys: &[&str], found: &mut Vec<&'v mut String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, keys, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                if value.is_string() && keys.contains(&key.as_str()) {
                    if let Value::String(text) = value {
                        found.push(text);
                    }
                } else {
                    strings(value, keys, found);
                }
            }
        }
        _ => {}
    }
}

/// Changes one of the strings of some keys.
fn change(item: &mut Value, keys: &[&str], random: &mut Random, change: impl Fn(&mut String)) {
    let mut found = Vec::new();
    strings(item, keys, &mut found);
    let nth = random.below(found.len());
    if let Some(text) = found.into_iter().nth(nth) {
        change(text);
    }
}

const IDS: &[&str] = &["id", "call_id", "tool_call_id", "tool_use_id"];

/// Damages a list of messages in one way, as applications, stores and crashes do.
fn damage(items: &mut Vec<Value>, random: &mut Random) {
    let at = random.below(items.len());
    match random.below(9) {
        0 if items.len() > 1 => drop(items.remove(at)),
        1 => items.insert(at, items[at].clone()),
        2 => {
            let to = random.below(items.len());
            items.swap(at, to);
        }
        3 => change(
            &mut items[at],
            &["content", "text", "output"],
            random,
            String::clear,
        ),
        4 => change(&mut items[at], IDS, random, |id| id.push_str(" ü")),
        5 => change(&mut items[at], &["role"], random, |role| {
            *role = ["user", "assistant", "model", "robot"][role.len() % 4].to_owned();
        }),
        6 => change(&mut items[at], &["arguments"], random, |arguments| {
            let half = arguments.chars().count() / 2;
            *arguments = arguments.chars().take(half).collect();
        }),
        // The tail is lost, as after a crash.
        7 => items.truncate(at.max(1)),
        _ => change(&mut items[at], &["name"], random, |name| name.push('!')),
    }
}

/// Histories of the corpus, each damaged in one to three ways, and one in 50 cut off.
#[test]
#[ignore = "needs the recordings"]
fn damaged_histories_arrive_whole_or_not_at_all() {
    let fake = strict();
    let server = Server::before(&fake, &[]);
    let each = if crate::common::full() {
        10_000 / HISTORIES.len()
    } else {
        250
    };
    let mut random = Random(7);
    let (mut all, mut arrived) = (0, 0);
    for (file, list, model) in HISTORIES {
        let lines = shared_lines(&format!("corpus/{file}.jsonl"));
        let bodies = std::iter::repeat_with(|| {
            let mut body = lines[random.below(lines.len())].clone();
            if !model.is_empty() {
                body["model"] = json!(model);
                body.as_object_mut().unwrap().remove("metadata");
            }
            let items = body[*list].as_array_mut().filter(|items| items.len() > 1)?;
            for _ in 0..=random.below(3) {
                damage(items, &mut random);
            }
            let format = match *list {
                "contents" => Format::Gemini,
                "input" => Format::OpenAiResponses,
                _ if model.is_empty() => Format::Anthropic,
                _ => Format::OpenAiChat,
            };
            let mut text = body.to_string();
            if random.below(50) == 0 {
                let at = text.len() / 2 + random.below(text.len() / 2);
                let at = (0..=at).rev().find(|at| text.is_char_boundary(*at));
                text.truncate(at.unwrap_or(0));
            }
            (text.len() < 200_000).then(|| (path_of(format, "gemini-2.5-flash"), text))
        });
        let ends = guard(&server, &fake, bodies.flatten().take(each));
        println!("{each} damaged histories of {file}: {ends}");
        all += each;
        arrived += ends.changed + ends.unchanged;
    }
    println!("{all} damaged histories: {arrived} reached the provider, each accepted by the check");
    assert!(arrived * 2 > all);
}
