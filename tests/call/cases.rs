//! Calls: every kind of answer from a script, with simulated time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokenfit::call::{Call, Caller, Flow, Moment, NoAnswer, Step, Target, Then};
use tokenfit::check::RepairPolicy;
use tokenfit::fit::Preset;

use tokenfit::{Models, Request};

const START_MS: u64 = 1_764_300_000_000;

/// A request of some 900 tokens, in the format of the first model of a chain.
fn body(first: &Target, turns: usize) -> String {
    let name = first.name();
    let questions = |answer: &str, write: fn(&str, &str) -> Value| {
        let mut list = Vec::new();
        for bed in 0..turns {
            list.push(write(
                "user",
                &format!("Is bed {bed} by the wall dry today?"),
            ));
            list.push(write(
                answer,
                &format!("Bed {bed} is dry, I watered it at nine."),
            ));
        }
        list.push(write("user", "Which beds are dry?"));
        list
    };
    let plain = |role: &str, text: &str| json!({"role": role, "content": text});
    let vendor = first.model().map_or("openai", |model| model.provider());
    match vendor {
        "anthropic" => json!({"model": name, "max_tokens": 4096, "messages": questions("assistant", plain)}),
        "google" => json!({
            "contents": questions("model", |role, text| json!({"role": role, "parts": [{"text": text}]})),
            "generationConfig": {"maxOutputTokens": 4096}}),
        "openai" if first.host().as_str() == "openai" => {
            json!({"model": name, "max_completion_tokens": 4096, "messages": questions("assistant", plain)})
        }
        _ => json!({"model": name, "max_tokens": 4096, "messages": questions("assistant", plain)}),
    }
    .to_string()
}

/// Record of a scripted call.
#[derive(Default)]
struct Seen {
    path: Vec<usize>,
    waits: Vec<u64>,
    sizes: Vec<usize>,
    last: Vec<u8>,
    shown: Vec<u8>,
    end: String,
}

/// Runs a call against a list of answers. The time is what the call waits.
fn run(call: &mut Call, answers: &[Value], random: f64) -> Seen {
    let mut seen = Seen::default();
    let mut now = START_MS;
    let mut answers = answers.iter();
    for _ in 0..1_000 {
        let at = Moment::new(now, random);
        match call.next(at) {
            Step::Send { body, target, .. } => {
                seen.path.push(target);
                seen.sizes.push(body.len());
                seen.last = body.to_vec();
                let answer = answers.next().expect("no more sends than answers");
                reply(call, at, answer, &mut seen.shown);
            }
            Step::Wait { wait_ms, until_ms } => {
                assert_eq!(until_ms, now + wait_ms);
                seen.waits.push(wait_ms);
                now = until_ms;
            }
            Step::Done => {
                seen.end = "done".to_owned();
                return seen;
            }
            Step::GiveUp { reason } => {
                seen.end = reason.as_str().to_owned();
                return seen;
            }
            step => panic!("{step:?}"),
        }
    }
    panic!("no end");
}

fn reply(call: &mut Call, at: Moment, answer: &Value, shown: &mut Vec<u8>) {
    if let Some(why) = answer["no_answer"].as_str() {
        let why = match why {
            "not_connected" => NoAnswer::NotConnected,
            "timed_out" => NoAnswer::TimedOut,
            _ => NoAnswer::Cut,
        };
        return call.not_answered(at, why);
    }
    let status = answer["status"].as_u64().unwrap() as u16;
    let headers: Vec<(String, String)> = answer["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let Some(events) = answer["events"].as_array() else {
        let body = match &answer["body"] {
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        return call.answered(at, status, headers, body.as_bytes());
    };
    call.started(at, status, headers);
    let mut held = Vec::new();
    for event in events {
        let event = event.as_str().unwrap().as_bytes();
        match call.chunk(at, event) {
            Flow::Hold => held.extend_from_slice(event),
            Flow::Show => {
                shown.append(&mut held);
                shown.extend_from_slice(event);
            }
            Flow::Stop => return,
        }
    }
    call.ended(at, answer["cut"] != true);
    if call.is_over() {
        shown.append(&mut held);
    }
}

fn chain(names: &[&str]) -> Vec<Target> {
    let models = Models::builtin();
    names
        .iter()
        .map(|name| Target::of_name(&models, name))
        .collect()
}

fn caller() -> Caller {
    Caller::new()
        .repair(RepairPolicy::default())
        .fit(Preset::Agent)
}

fn call_of(caller: &Caller, chain: &[Target], turns: usize) -> Call {
    let body = body(&chain[0], turns);
    let format = Request::parse(&body).unwrap().format();
    caller.call_as(format, chain, &body).unwrap()
}

#[test]
fn every_answer_has_its_way_on() {
    let text = std::fs::read_to_string("tests/cases/calls.jsonl").unwrap();
    let mut wrong = Vec::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let names: Vec<&str> = match case["chain"].as_array() {
            Some(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
            None => vec!["gpt-4o", "gpt-4.1"],
        };
        let chain = chain(&names);
        let caller = caller();
        let mut call = call_of(&caller, &chain, 30);
        let sent_first = call.request().as_bytes().to_vec();
        let answers = case["answers"].as_array().unwrap();
        let seen = run(&mut call, answers, 0.5);
        let expected = &case["expected"];
        let mut found = json!({"end": seen.end});
        for (field, value) in [
            ("sends", json!(seen.path.len())),
            ("waits", json!(seen.waits)),
            ("path", json!(seen.path)),
            (
                "shorter",
                json!(seen.last.len() * 100 < sent_first.len() * 98),
            ),
            (
                "problem",
                json!(call.problem().map(|problem| problem.kind().as_str())),
            ),
            ("shown", json!(call.was_shown())),
            (
                "output",
                json!(call.usage().map(|usage| usage.billed_output())),
            ),
            (
                "tallied",
                json!(call.tallied_output().is_some_and(|tokens| tokens > 0)),
            ),
            (
                "learned",
                json!(
                    caller
                        .learned_limits()
                        .rows()
                        .first()
                        .and_then(|(.., row)| row.context_window)
                ),
            ),
            (
                "lower",
                json!(
                    Request::parse_as(call.request().format(), &seen.last)
                        .unwrap()
                        .max_output_tokens()
                ),
            ),
        ] {
            if !expected[field].is_null() {
                found[field] = value;
            }
        }
        *kinds.entry(seen.end.clone()).or_default() += 1;
        if &found != expected {
            wrong.push(format!(
                "{}: expected {expected}, found {found}; {:?}",
                case["id"],
                call.tries()
            ));
        }
        // The history agrees with what was seen.
        let sent: Vec<usize> = call
            .tries()
            .iter()
            .filter(|one| one.sent)
            .map(|one| one.target)
            .collect();
        assert_eq!(sent, seen.path, "{}", case["id"]);
        assert!(
            call.tries().iter().all(|one| one.then != Then::Pending),
            "{}",
            case["id"]
        );
        assert_eq!(call.waited_ms(), seen.waits.iter().sum::<u64>());
        assert!(call.sends() <= call.max_sends());
    }
    println!("ends of {} calls: {kinds:?}", text.lines().count());
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
