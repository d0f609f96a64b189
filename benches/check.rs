//! Benchmarks of checking and repairing: `cargo bench --bench check`.
//!
//! They do not include requests near their limit, which are counted (see `--bench request`).
#![allow(clippy::unwrap_used, reason = "a failing benchmark panics")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use tokenfit::check::RepairPolicy;
use tokenfit::{Budget, Models, Request};

const SENTENCE: &str =
    "The beds along the south wall dry out first, so they are watered in the morning. ";

/// Makes a chat of `messages` messages without tools.
fn chat(messages: usize, sentences: usize) -> String {
    let messages: Vec<Value> = (0..messages)
        .map(|n| {
            let role = ["user", "assistant"][n % 2];
            json!({"role": role, "content": SENTENCE.repeat(sentences)})
        })
        .collect();
    json!({"model": "gpt-4o", "messages": messages}).to_string()
}

/// Makes an agent's history of `pairs` calls, each followed by its result.
fn agent(pairs: usize) -> String {
    let mut messages = vec![json!({"role": "user", "content": "Water what is dry."})];
    for n in 0..pairs {
        let arguments = json!({"bed": n, "unit": "percent", "since": "2026-11-01"}).to_string();
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": format!("call_{n}"), "type": "function", "function": {"name": "soil_moisture", "arguments": arguments}}
        ]}));
        messages.push(
            json!({"role": "tool", "tool_call_id": format!("call_{n}"), "content": SENTENCE}),
        );
    }
    json!({"model": "gpt-4o", "messages": messages}).to_string()
}

/// Makes a request to Anthropic's Messages of 101 messages with ten tools: a question, then rounds
/// of a call and its result.
fn anthropic() -> String {
    let tools: Vec<Value> = (0..10)
        .map(|n| {
            json!({"name": format!("soil_{n}"), "description": SENTENCE, "input_schema": {"type": "object",
                "properties": {"bed": {"type": "integer", "minimum": 0, "description": "Number of the bed"},
                    "unit": {"type": "string", "enum": ["percent", "litres"]},
                    "since": {"type": "string", "description": "A day"}},
                "required": ["bed"]}})
        })
        .collect();
    let mut messages = vec![json!({"role": "user", "content": SENTENCE})];
    for n in 0..49 {
        messages.push(json!({"role": "assistant", "content": [{"type": "text", "text": SENTENCE},
            {"type": "tool_use", "id": format!("toolu_{n}"), "name": format!("soil_{}", n % 10), "input": {"bed": n}}]}));
        messages.push(json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": format!("toolu_{n}"), "content": SENTENCE.repeat(4)}]}));
    }
    messages.push(json!({"role": "assistant", "content": SENTENCE}));
    messages.push(json!({"role": "user", "content": "And now?"}));
    json!({"model": "claude-sonnet-4-5", "max_tokens": 4_096, "tools": tools,
        "system": [{"type": "text", "text": SENTENCE, "cache_control": {"type": "ephemeral"}}],
        "messages": messages})
    .to_string()
}

/// Makes an agent's history with every tenth result after the next user message.
fn broken(pairs: usize) -> String {
    let mut body: Value = serde_json::from_str(&agent(pairs)).unwrap();
    let messages = body["messages"].as_array_mut().unwrap();
    for nth in (2..messages.len()).step_by(20).rev() {
        messages.insert(nth, json!({"role": "user", "content": "Well?"}));
    }
    body.to_string()
}

fn check(c: &mut Criterion) {
    let models = Models::builtin();
    let mut group = c.benchmark_group("check");

    let body = chat(100, 6);
    assert!((49_000..52_000).contains(&body.len()), "{}", body.len());
    let request = Request::parse(&body).unwrap();
    let budget = Budget::lenient(&models);
    assert!(budget.check(&request).findings().is_empty());
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse_and_check/50_kB", |b| {
        b.iter(|| {
            let request = Request::parse(black_box(&body)).unwrap();
            black_box(budget.check(&request))
        });
    });
    group.bench_function("parse/50_kB", |b| {
        b.iter(|| black_box(Request::parse(black_box(&body)).unwrap()));
    });
    let body = anthropic();
    let request = Request::parse(&body).unwrap();
    assert_eq!((request.messages().len(), request.tools().len()), (102, 10));
    assert!(budget.check(&request).findings().is_empty());
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("parse_and_check/anthropic_101_messages_10_tools", |b| {
        b.iter(|| {
            let request = Request::parse(black_box(&body)).unwrap();
            black_box(budget.check(&request))
        });
    });
    let body = agent(150);
    let request = Request::parse(&body).unwrap();
    group.throughput(Throughput::Bytes(body.len() as u64));
    assert!((49_000..55_000).contains(&body.len()), "{}", body.len());
    assert!(budget.check(&request).findings().is_empty());
    group.bench_function("parse_and_check/50_kB_of_calls", |b| {
        b.iter(|| {
            let request = Request::parse(black_box(&body)).unwrap();
            black_box(budget.check(&request))
        });
    });
    group.finish();

    let mut group = c.benchmark_group("check_parsed");
    for (name, body) in [
        ("100_messages", chat(100, 4)),
        ("100_messages_of_calls", agent(50)),
    ] {
        let request = Request::parse(&body).unwrap();
        assert!(budget.check(&request).findings().is_empty());
        group.bench_function(name, |b| {
            b.iter(|| black_box(budget.check(black_box(&request))))
        });
        group.bench_function(format!("{name}/fits"), |b| {
            b.iter(|| black_box(budget.fits(black_box(&request))));
        });
    }
    // Ten times the history must take ten times as long.
    for pairs in [50, 500, 5_000] {
        let body = agent(pairs);
        let request = Request::parse(&body).unwrap();
        // Without a model there is no limit that would require counting.
        let without = Budget::lenient(&models);
        group.throughput(Throughput::Elements(pairs as u64));
        group.bench_with_input(BenchmarkId::new("pairs", pairs), &request, |b, request| {
            b.iter(|| black_box(without.check(request)));
        });
    }
    group.finish();

    let mut group = c.benchmark_group("repair");
    for pairs in [50, 500, 5_000] {
        let body = broken(pairs);
        let request = Request::parse(&body).unwrap();
        let without = Budget::lenient(&models);
        let policy = RepairPolicy::default();
        assert!(without.repair(&request, &policy).unwrap().report().is_ok());
        group.throughput(Throughput::Elements(pairs as u64));
        group.bench_with_input(BenchmarkId::new("pairs", pairs), &request, |b, request| {
            b.iter(|| black_box(without.repair(request, &policy).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
