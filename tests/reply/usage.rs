//! Usage and cost compared with recorded answers.
//!
//! Our own cases are in `tests/cases/usage.jsonl`; the recorded ones are read from
//! `../shared/cases`.

use std::collections::BTreeMap;

use crate::common::shared_lines;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokenfit::reply::Rates;
use tokenfit::reply::usage::{Class, Origin, Side, Usage, UsageStream, answer_with};

/// Recorded cases that are not met, with the reason.
const KNOWN_MISSES: &[(&str, &str)] = &[(
    "u-anthropic-012",
    "the case leaves 28 thinking tokens of the top level in `text`; we report them as reasoning",
)];

/// Compares an answer with what a case expects; returns the fields that differ, by group.
fn differences(case: &Value) -> Vec<(&'static str, String)> {
    // Prices of a second model in the answer: the registry's in general, here the case's.
    let rates = |model: &str, _: &_| {
        let others = case["expected"]["other_models"].as_array()?;
        let other = others.iter().find(|other| other["model"] == model)?;
        serde_json::from_value(other["price_pico_per_token"].clone()).ok()
    };
    let got = match answer_with(&case.to_string(), &rates) {
        Ok(answer) => serde_json::to_value(&answer).expect("an answer is JSON"),
        Err(error) => return vec![("classes", error.to_string())],
    };
    let expected = &case["expected"];
    let mut found = Vec::new();
    let mut compare = |group: &'static str, field: &str, expected: &Value| {
        let got = &got[field];
        if got != expected {
            found.push((group, format!("{field}: {got} instead of {expected}")));
        }
    };
    for field in ["input", "output", "billed_input", "billed_output"] {
        compare("classes", field, &expected[field]);
    }
    for field in ["context_tokens", "context_upper_bound"] {
        compare("context", field, &expected[field]);
    }
    compare("cost", "cost_pico_usd", &expected["cost_pico_usd"]);
    let flags = expected.get("flags").cloned().unwrap_or(json!([]));
    compare("rest", "flags", &flags);
    for field in [
        "calls",
        "free_calls",
        "top_level",
        "image_tokens",
        "pdf_tokens",
        "video_tokens",
        "accepted_prediction",
        "rejected_prediction",
        "provider_cost_usd",
        "upstream_cost_usd",
        "gateway_cost_usd",
    ] {
        if let Some(expected) = expected.get(field) {
            compare("rest", field, expected);
        }
    }
    if let Some(others) = expected["other_models"].as_array() {
        let classes: Vec<Value> = others
            .iter()
            .map(|other| json!({"model": other["model"], "input": other["input"], "output": other["output"]}))
            .collect();
        compare("classes", "other_models", &Value::Array(classes));
    }
    found
}

struct Score {
    right: BTreeMap<&'static str, usize>,
    by_provider: BTreeMap<String, (usize, usize)>,
    misses: Vec<String>,
    cases: usize,
}

const GROUPS: &[&str] = &["classes", "context", "cost", "rest"];

fn measure<'a>(cases: impl IntoIterator<Item = &'a Value>) -> Score {
    let mut score = Score {
        right: GROUPS.iter().map(|&group| (group, 0)).collect(),
        by_provider: BTreeMap::new(),
        misses: Vec::new(),
        cases: 0,
    };
    for case in cases {
        let id = case["id"].as_str().expect("a case has an id");
        let provider = case["provider"].as_str().unwrap_or("none");
        let differences = differences(case);
        score.cases += 1;
        for group in GROUPS {
            if !differences.iter().any(|(at, _)| at == group) {
                *score.right.get_mut(group).expect("all groups are there") += 1;
            }
        }
        let row = score.by_provider.entry(provider.to_owned()).or_default();
        row.1 += 1;
        if differences.is_empty() {
            row.0 += 1;
        } else {
            let reason = KNOWN_MISSES
                .iter()
                .find(|(known, _)| *known == id)
                .map_or("unexpected", |(_, reason)| reason);
            score
                .misses
                .push(format!("{id} ({reason}): {differences:?}"));
        }
    }
    score
}

fn print(name: &str, score: &Score) {
    println!("{name}: {} cases", score.cases);
    for (group, right) in &score.right {
        println!("  {group}: {right} of {}", score.cases);
    }
    for (provider, (right, of)) in &score.by_provider {
        println!("  {provider}: {right} of {of}");
    }
    println!("  misses: {}", score.misses.len());
    for miss in &score.misses {
        println!("    {miss}");
    }
}

fn own() -> Vec<Value> {
    include_str!("../cases/usage.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case is JSON"))
        .collect()
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_answers() {
    let cases = shared_lines("cases/usage.jsonl");
    let score = measure(&cases);
    print("recorded", &score);
    for group in ["classes", "context", "cost"] {
        assert!(
            score.right[group] * 100 >= score.cases * 98,
            "{group}: {} of {}",
            score.right[group],
            score.cases
        );
    }
}

#[test]
fn own_cases() {
    let cases = own();
    assert!(cases.len() >= 50);
    let score = measure(&cases);
    print("own", &score);
    assert!(score.misses.is_empty());
}

/// Must not appear in anything that is stored or shown.
const MARKER: &str = "sk-SECRET marker";

#[test]
fn no_text_of_an_answer_is_kept() {
    let body = json!({
        "model": MARKER, "id": MARKER, "service_tier": MARKER, "type": MARKER,
        "choices": [{"message": {"content": MARKER}, "finish_reason": MARKER}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "cost": MARKER, MARKER: 1, "speed": MARKER},
    });
    let origin = Origin::new().model(MARKER);
    let mut stream = UsageStream::new(origin.clone());
    stream.push_bytes(format!("data: {body}\n\ndata: {{\"unfinished\": \"{MARKER}").as_bytes());
    let mut shown = format!("{stream:?} {:?}", stream.clone().finish());
    let usage = Usage::parse(body.to_string().as_bytes(), &origin).unwrap();
    assert_eq!(usage.billed_input(), 3);
    shown += &format!("{usage:?} {}", serde_json::to_string(&usage).unwrap());
    for broken in [
        MARKER.to_owned(),
        format!("{{\"{MARKER}\": {MARKER}"),
        format!("data: {MARKER}\n\n"),
    ] {
        let error = Usage::parse(broken.as_bytes(), &origin).unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    let line = json!({"body": body, "price_pico_per_token": {"input": MARKER}}).to_string();
    let error = tokenfit::reply::usage::answer(&line).unwrap_err();
    shown += &format!("{error} {error:?}");
    assert!(!shown.contains("SECRET"), "{shown}");
}

#[test]
fn what_is_no_answer_is_an_error() {
    for text in [
        "",
        "   ",
        "hello",
        "{",
        "{\"usage\":",
        "<html></html>",
        "event: x\n\n",
        "data: nope\n\n",
        "[1,",
    ] {
        let error = Usage::parse(text.as_bytes(), &Origin::new());
        assert!(error.is_err(), "{text:?} gave {error:?}");
    }
}

/// Our own answers as the text of a stream, with their meaning.
fn streams() -> Vec<String> {
    let cases = own();
    let mut texts = Vec::new();
    for case in cases {
        if let Some(events) = case["events"].as_array() {
            texts.push(
                events
                    .iter()
                    .map(|event| format!("data: {event}\r\n\r\n"))
                    .collect(),
            );
            texts.push(events.iter().map(|event| format!("{event}\n")).collect());
        } else if let Some(text) = case["body"].as_str() {
            texts.push(text.to_owned());
        } else if !case["body"].is_null() {
            texts.push(serde_json::to_string_pretty(&case["body"]).expect("a value is JSON"));
        }
    }
    texts
}

fn read_in_chunks(text: &[u8], chunk: usize) -> Usage {
    let mut stream = UsageStream::new(Origin::new());
    for bytes in text.chunks(chunk.max(1)) {
        stream.push_bytes(bytes);
    }
    stream.finish()
}

#[test]
fn chunks_may_end_anywhere() {
    for text in streams() {
        let whole = read_in_chunks(text.as_bytes(), usize::MAX);
        for at in 0..text.len() {
            let mut stream = UsageStream::new(Origin::new());
            stream.push_bytes(&text.as_bytes()[..at]);
            stream.push_bytes(&text.as_bytes()[at..]);
            assert_eq!(stream.finish(), whole, "split at {at}");
        }
        assert_eq!(read_in_chunks(text.as_bytes(), 1), whole);
    }
}

#[test]
fn parsed_events_and_their_text_mean_the_same() {
    let cases = own();
    let mut compared = 0;
    for case in &cases {
        let Some(events) = case["events"].as_array() else {
            continue;
        };
        let mut parsed = UsageStream::new(Origin::new());
        let mut texts = UsageStream::new(Origin::new());
        for event in events {
            parsed.push_value(event);
            texts.push_event(&event.to_string());
        }
        assert_eq!(parsed.finish(), texts.finish(), "{}", case["id"]);
        compared += 1;
    }
    assert!(compared >= 8);
}

/// Classes are disjoint: they add up to the billed tokens, by their own definition and in the
/// answer's JSON.
fn adds_up(usage: &Usage) {
    let side = |side| {
        usage
            .classes()
            .iter()
            .filter(|(class, _)| class.side() == side)
            .map(|(_, n)| n)
            .sum::<u64>()
    };
    assert_eq!(side(Side::Input), usage.billed_input());
    assert_eq!(side(Side::Output), usage.billed_output());
    let json = serde_json::to_value(usage).expect("usage is JSON of this form");
    let sum = |key: &str| {
        json[key]
            .as_object()
            .expect("usage is JSON of this form")
            .values()
            .map(|n| n.as_u64().expect("usage is JSON of this form"))
            .sum::<u64>()
    };
    assert_eq!(sum("input"), usage.billed_input());
    assert_eq!(sum("output"), usage.billed_output());
    assert!(usage.context_tokens().is_none() || usage.context_upper_bound().is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), chunk in 1usize..50) {
        let _ = Usage::parse(&bytes, &Origin::new());
        adds_up(&read_in_chunks(&bytes, chunk));
        let _ = tokenfit::reply::usage::answer(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mutations_are_read_without_a_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..12),
        chunk in 1usize..300,
    ) {
        let texts = streams();
        let mut bytes = which.get(&texts).clone().into_bytes();
        for (at, byte, how) in edits {
            if bytes.is_empty() { break; }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        let usage = read_in_chunks(&bytes, chunk);
        adds_up(&usage);
        prop_assert_eq!(&usage, &read_in_chunks(&bytes, usize::MAX));
        let _ = Usage::parse(&bytes, &Origin::new());
    }

    /// Whatever numbers a format reports: no panic, no overflow, classes add up to the stated
    /// totals.
    #[test]
    fn totals_are_kept(
        prompt in 0u64..1 << 40, completion in 0u64..1 << 40, cached in 0u64..1 << 40, written in 0u64..1 << 40,
        reasoning in 0u64..1 << 40, audio in 0u64..1 << 40,
    ) {
        let total = prompt + completion;
        let chat = json!({"usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written, "audio_tokens": audio},
            "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": audio}}});
        let usage = Usage::parse(chat.to_string().as_bytes(), &Origin::new()).unwrap();
        adds_up(&usage);
        prop_assert_eq!((usage.billed_input(), usage.billed_output()), (prompt, completion));

        let anthropic = json!({"usage": {"input_tokens": prompt, "output_tokens": completion,
            "cache_read_input_tokens": cached, "cache_creation_input_tokens": written,
            "output_tokens_details": {"thinking_tokens": reasoning}}});
        let usage = Usage::parse(anthropic.to_string().as_bytes(), &Origin::new()).unwrap();
        adds_up(&usage);
        prop_assert_eq!(usage.billed_input(), prompt + cached + written);
        prop_assert_eq!(usage.billed_output(), completion);

        let gemini = json!({"usageMetadata": {"promptTokenCount": prompt, "candidatesTokenCount": completion,
            "thoughtsTokenCount": reasoning, "cachedContentTokenCount": cached, "toolUsePromptTokenCount": written,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": audio}]}});
        let usage = Usage::parse(gemini.to_string().as_bytes(), &Origin::new()).unwrap();
        adds_up(&usage);
        prop_assert_eq!(usage.billed_input(), prompt + written);
        prop_assert_eq!(usage.billed_output(), completion + reasoning);
    }

    /// The cost of a loop is the sum of its answers' costs, to the pico-dollar before rounding; and
    /// a marginal row with a single price costs the same as a flat one.
    #[test]
    fn costs_add_up(a in 0u64..1 << 30, b in 0u64..1 << 30, input in 0u64..1 << 30, output in 0u64..1 << 30, tier in 0u64..1 << 30) {
        let usage = |n: u64| {
            let body = json!({"usage": {"prompt_tokens": n, "completion_tokens": n / 3,
                "prompt_tokens_details": {"cached_tokens": n / 2}}});
            Usage::parse(body.to_string().as_bytes(), &Origin::new()).unwrap()
        };
        let rates = Rates::new(input, output).tier_above(tier).tier_price(Class::Uncached, input * 2);
        let parts = rates.cost(&usage(a)) + rates.cost(&usage(b));
        prop_assert_eq!(rates.cost(&Usage::total([usage(a), usage(b)])), parts);
        let flat = Rates::new(input, output);
        let marginal = flat.clone().tier_above(tier).marginal();
        prop_assert_eq!(marginal.cost(&usage(a)), flat.cost(&usage(a)));
    }
}
