//! Reading and counting whole requests of 10, 100 and 1,000 messages. Names: `operation/corpus/implementation`.
//!
//! The texts are made up from a fixed list of words, so that the benchmark is the same everywhere.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use tokenfit::{Accuracy, Counter, Envelope, Request};

const WORDS: &[&str] = &[
    "the",
    "order",
    "parcel",
    "was",
    "delivered",
    "to",
    "a",
    "pick-up",
    "point",
    "near",
    "station;",
    "please",
    "send",
    "me",
    "invoice",
    "for",
    "42.50 EUR",
    "before",
    "Friday,",
    "because",
    "accounting",
    "closes",
    "its",
    "books.",
    "Überweisung",
    "refund",
    "(see §4)",
    "tracking",
    "number",
    "K-20931",
];

/// Text of about `len` bytes, another one for each `seed`.
fn text(seed: u64, len: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::with_capacity(len + 16);
    while text.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(WORDS[(state % WORDS.len() as u64) as usize]);
        text.push(' ');
    }
    text
}

/// A chat of so many messages of about 300 bytes.
fn chat(messages: usize) -> String {
    let messages: Vec<Value> = (0..messages)
        .map(|nth| {
            let role = match nth {
                0 => "system",
                _ if nth % 2 == 1 => "user",
                _ => "assistant",
            };
            json!({"role": role, "content": text(nth as u64 + 1, 300)})
        })
        .collect();
    json!({"model": "gpt-4o", "temperature": 0.2, "messages": messages}).to_string()
}

fn requests(criterion: &mut Criterion) {
    let counter = Counter::new();
    let model = counter.model("gpt-4o").expect("a known model");
    for messages in [10, 100, 1_000] {
        let body = chat(messages);
        let request = Request::parse(&body).expect("a request");
        let count = counter.count(&model, &request);
        assert_eq!(count.accuracy(), Accuracy::Exact);
        assert_eq!(count.messages().len(), messages);
        let corpus = format!("chat_{messages}");

        let mut group = criterion.benchmark_group(format!("parse/{corpus}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("tokenfit", |bench| {
            bench.iter(|| Request::parse(black_box(&body)).expect("a request"));
        });
        group.bench_function("serde_json_value", |bench| {
            bench.iter(|| serde_json::from_str::<Value>(black_box(&body)).expect("a value"));
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("count_request/{corpus}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("tokenfit", |bench| {
            bench.iter(|| counter.count(black_box(&model), black_box(&request)));
        });
        group.finish();
    }

    let body = chat(100);
    let line = format!(r#"{{"id":"1","model":"gpt-4o","request":{body}}}"#);
    let mut group = criterion.benchmark_group("envelope/chat_100");
    group.throughput(Throughput::Bytes(line.len() as u64));
    group.bench_function("tokenfit", |bench| {
        bench.iter_batched(
            || &line,
            |line| Envelope::parse(line.as_bytes()).expect("an envelope"),
            BatchSize::SmallInput,
        );
    });
    group.finish();

    let mut group = criterion.benchmark_group("resolve_model/alias");
    group.bench_function("tokenfit", |bench| {
        bench.iter(|| {
            counter
                .model(black_box("gpt-4o-2024-08-06"))
                .expect("a known model")
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(500)).measurement_time(std::time::Duration::from_secs(3));
    targets = requests
}
criterion_main!(benches);
