//! Benchmarks of learning from usage.
//!
//! Goals: 20 µs to observe a request, 1 s to learn from 30 answers, 64 KiB per model. Each
//! benchmark first asserts its answer.
//!
//! `new` observes a request of which nothing was seen before, `again` the same tools with another
//! question, `grown` a conversation with one more call and its result, `learned` a count that a
//! learned rule gave.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tokenfit::learn::{Billed, Calibration};
use tokenfit::{Accuracy, Models, Request, RequestCount};

const TEXTS: [&str; 6] = [
    "Hello there, how are you today?",
    "Übergrößenträger und Donaudampfschifffahrt",
    "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
    "你好，世界。今天天气怎么样？",
    "SELECT name, COUNT(*) FROM users GROUP BY name HAVING COUNT(*) > 3;",
    "I'll be there in 5 minutes; don't wait. The quick brown fox jumps over the lazy dog.",
];

const TOOLS: &str = r#", "tools": [{"type": "function", "function": {"name": "find", "description": "Finds a place.", "parameters": {"type": "object",
    "properties": {"city": {"type": "string", "description": "Its city."}, "limit": {"type": "integer"}}, "required": ["city"]}}}]"#;
const CALLS: &str = r#", {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"city\": \"Kiel\"}"}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "4 °C"}"#;

/// The nth request: text, then with tools, then with calls.
fn body(model: &str, nth: usize) -> String {
    let text = TEXTS[nth % TEXTS.len()];
    let (calls, tools) = match nth % 3 {
        0 => ("", ""),
        1 => ("", TOOLS),
        _ => (CALLS, TOOLS),
    };
    let turns = format!(r#"{{"role": "user", "content": "{text} {nth}"}}"#);
    format!(r#"{{"model": "{model}", "messages": [{turns}{calls}]{tools}}}"#)
}

fn models() -> Models {
    Models::builtin()
        .overrides(r#"{"id": "house-model"}"#)
        .expect("an override")
}

fn counted(body: &str) -> (Request<'_>, RequestCount) {
    let request = Request::parse(body).expect("a request");
    let count = models()
        .for_request(&request)
        .expect("a model")
        .count(&request);
    (request, count)
}

/// As gpt-4o is billed, with 7 more for every request.
fn taught(answers: usize) -> Calibration {
    let mut calibration = Calibration::default();
    for nth in 0..answers {
        let known = body("gpt-4o", nth);
        let (_, known) = counted(&known);
        let body = body("house-model", nth);
        let (request, count) = counted(&body);
        let billed = Billed::new(known.tokens() + 7);
        calibration.observe("host", &request, &count, billed, nth as u64);
    }
    calibration
}

fn observe(c: &mut Criterion) {
    let mut group = c.benchmark_group("observe");
    let long = format!(
        r#"{{"model": "gpt-4o", "messages": [{{"role": "user", "content": "{}"}}]}}"#,
        "The quick brown fox jumps over the lazy dog. ".repeat(200)
    );
    for (name, body) in [
        ("exact_text", body("gpt-4o", 0)),
        ("exact_calls", body("gpt-4o", 2)),
        ("exact_9_kb", long),
        ("new_text", body("house-model", 0)),
        ("new_tools", body("house-model", 1)),
        ("new_calls", body("house-model", 2)),
    ] {
        let (request, count) = counted(&body);
        assert_eq!(
            count.accuracy() == Accuracy::Exact,
            name.starts_with("exact")
        );
        let billed = Billed::new(count.tokens());
        group.bench_function(name, |b| {
            b.iter_batched(
                Calibration::default,
                |mut calibration| {
                    calibration.observe("host", black_box(&request), &count, billed, 1);
                    calibration
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("{name}_count_alone"), |b| {
            let model = models().for_request(&request).expect("a model");
            b.iter(|| model.count(black_box(&request)));
        });
    }
    // Requests that have the same tools and another question, or one more call and its result.
    let grown = |more: &str| {
        let calls = CALLS.repeat(4) + more;
        let user = r#"{"role": "user", "content": "How warm is it?"}"#;
        format!(r#"{{"model": "house-model", "messages": [{user}{calls}]{TOOLS}}}"#)
    };
    for (name, before, body) in [
        (
            "again_tools",
            body("house-model", 1),
            body("house-model", 4),
        ),
        ("again_calls", grown(""), grown("")),
        (
            "grown_calls",
            grown(""),
            grown(&CALLS.replace("4 °C", "5 °C")),
        ),
    ] {
        let mut calibration = Calibration::default();
        let (request, count) = counted(&before);
        calibration.observe("host", &request, &count, Billed::new(100), 1);
        let (request, count) = counted(&body);
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || calibration.clone(),
                |calibration| {
                    calibration.observe("host", black_box(&request), &count, Billed::new(101), 2);
                },
                BatchSize::SmallInput,
            );
        });
    }
    let learned = taught(90).learn();
    for (name, nth) in [("learned_text", 0), ("learned_calls", 2)] {
        let body = body("house-model", nth);
        let (request, count) = counted(&body);
        let count = learned.apply("host", &request, count);
        assert_eq!(count.accuracy(), Accuracy::Exact);
        let billed = Billed::new(count.tokens());
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                Calibration::default,
                |calibration| {
                    calibration.observe("host", black_box(&request), &count, billed, 2);
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn learn(c: &mut Criterion) {
    let mut group = c.benchmark_group("learn");
    group.sample_size(10);
    for answers in [10, 30, 90] {
        let calibration = taught(answers);
        assert!(calibration.max_model_bytes() <= 64 << 10);
        let learned = calibration.learn();
        if answers >= 30 {
            let body = body("house-model", 1);
            let (request, count) = counted(&body);
            let count = learned.apply("host", &request, count);
            let known = self::body("gpt-4o", 1);
            assert_eq!(count.tokens(), counted(&known).1.tokens() + 7);
        }
        group.bench_function(format!("{answers}_answers"), |b| {
            b.iter(|| black_box(&calibration).learn());
        });
    }
    group.finish();
}

fn apply(c: &mut Criterion) {
    let learned = taught(30).learn();
    let mut group = c.benchmark_group("apply");
    for (name, nth) in [("text", 0), ("calls", 2)] {
        let body = body("house-model", nth);
        let (request, count) = counted(&body);
        assert_ne!(learned.apply("host", &request, count.clone()), count);
        group.bench_function(name, |b| {
            b.iter(|| learned.apply("host", black_box(&request), count.clone()));
        });
    }
    group.finish();
}

criterion_group!(benches, observe, learn, apply);
criterion_main!(benches);
