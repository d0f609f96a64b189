//! Benchmarks of parsing and counting whole requests of 10, 100 and 1,000 messages. Names:
//! `operation/corpus/implementation`.
//!
//! The text is generated from a fixed list of words, so the input is the same everywhere.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use tokenfit::{Accuracy, Envelope, Models, Request};

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

/// Makes text of about `len` bytes, different for each `seed`.
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

/// Makes a chat of `messages` messages of about 300 bytes.
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

/// Makes `count` tools, each with described, nested and enumerated properties.
fn tools(count: usize) -> Vec<Value> {
    (0..count as u64)
        .map(|nth| {
            json!({"type": "function", "function": {"name": format!("tool_{nth}"), "description": text(nth + 7, 120),
                "parameters": {"type": "object", "properties": {
                    "query": {"type": "string", "description": text(nth + 8, 60)},
                    "limit": {"type": "integer", "default": 10},
                    "order": {"type": "string", "enum": ["newest", "oldest", "best"]},
                    "filters": {"type": "array", "items": {"type": "object", "properties": {
                        "field": {"type": "string"}, "value": {"type": ["string", "null"]}}, "required": ["field"]}}},
                    "required": ["query"]}}})
        })
        .collect()
}

/// Makes an agent's history of `messages` messages: every fifth round has two calls, the others
/// one.
fn agent(messages: usize) -> String {
    let mut history = vec![
        json!({"role": "system", "content": text(1, 2_000)}),
        json!({"role": "user", "content": text(2, 300)}),
    ];
    let mut round = 0;
    while history.len() < messages {
        round += 1;
        let calls: Vec<Value> = (0..if round % 5 == 0 { 2 } else { 1 })
            .map(|nth| {
                json!({"id": format!("call_{round}_{nth}"), "type": "function", "function": {"name": "tool_1",
                    "arguments": json!({"query": text(round, 40), "limit": round}).to_string()}})
            })
            .collect();
        let results: Vec<Value> = calls
            .iter()
            .map(|call| json!({"role": "tool", "tool_call_id": call["id"], "content": json!({"found": text(round + 9, 400)}).to_string()}))
            .collect();
        history.push(json!({"role": "assistant", "content": null, "tool_calls": calls}));
        history.extend(results);
        if round % 10 == 0 {
            history.push(json!({"role": "assistant", "content": text(round, 200)}));
            history.push(json!({"role": "user", "content": text(round + 1, 100)}));
        }
    }
    json!({"model": "gpt-4o", "messages": history, "tools": tools(5)}).to_string()
}

/// Makes a history of `count` items on the Responses API: a question, then alternating calls and
/// results.
fn items(count: usize) -> String {
    let mut items = vec![json!({"role": "user", "content": text(2, 300)})];
    let mut round = 0;
    while items.len() + 1 < count {
        round += 1;
        let id = format!("call_{round}");
        items.push(
            json!({"type": "function_call", "call_id": id, "name": "tool_1",
            "arguments": json!({"query": text(round, 40), "limit": round}).to_string()}),
        );
        items.push(
            json!({"type": "function_call_output", "call_id": id, "output": text(round + 9, 400)}),
        );
    }
    let tools: Vec<Value> = tools(5)
        .into_iter()
        .map(|mut tool| {
            let mut function = tool["function"].take();
            function["type"] = json!("function");
            function
        })
        .collect();
    json!({"model": "gpt-4o", "instructions": text(1, 2_000), "input": items, "tools": tools})
        .to_string()
}

/// Makes `count` inline images of 100 kB, each with the header of a PNG of one pixel.
fn images(count: usize) -> String {
    const HEAD: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
    let image = json!({"type": "image_url", "image_url": {"url": format!("{HEAD}{}", "A".repeat(100_000))}});
    let parts = vec![image; count];
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": parts}]}).to_string()
}

/// Measures requests with tools, calls and images.
fn tool_requests(criterion: &mut Criterion) {
    let models = Models::builtin();
    let model = models.get("gpt-4o").expect("a known model");
    let with_tools = |count| {
        json!({"messages": [{"role": "user", "content": "Hello"}], "tools": tools(count)})
            .to_string()
    };
    for (corpus, body) in [
        ("tools_1", with_tools(1)),
        ("tools_20", with_tools(20)),
        ("tools_120", with_tools(120)),
        ("agent_20", agent(20)),
        ("agent_500", agent(500)),
        ("responses_100", items(100)),
        ("images_20", images(20)),
    ] {
        let request = Request::parse(&body).expect("a request");
        assert_eq!(model.count(&request).accuracy(), Accuracy::Exact);
        let mut group = criterion.benchmark_group(format!("count_request/{corpus}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("tokenfit", |bench| {
            bench.iter(|| black_box(&model).count(black_box(&request)));
        });
        group.finish();
    }
}

/// Measures the grouping of a history, and of the same request in another format.
fn groups(criterion: &mut Criterion) {
    for messages in [100, 1_000] {
        let body = agent(messages);
        let request = Request::parse(&body).expect("a request");
        let whole = |request: &Request<'_>| request.groups().iter().all(|group| group.is_whole());
        assert!(whole(&request));
        let mut group = criterion.benchmark_group(format!("groups/agent_{messages}"));
        group.throughput(Throughput::Elements(request.messages().len() as u64));
        group.bench_function("tokenfit", |bench| {
            bench.iter(|| black_box(&request).groups());
        });
        group.finish();
    }
    for (corpus, body) in [("agent_100", agent(100)), ("anthropic_100", blocks(100))] {
        let mut group = criterion.benchmark_group(format!("parse/{corpus}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("tokenfit", |bench| {
            bench.iter(|| Request::parse(black_box(&body)).expect("a request"));
        });
        group.finish();
    }
    // Counted by rule with the feature `claude`, otherwise by a proxy with a range.
    let body = blocks(100);
    let request = Request::parse(&body).expect("a request");
    let models = Models::builtin();
    let model = models.get("claude-sonnet-4-5").expect("a known model");
    assert_eq!(request.tools().len(), 10);
    let mut group = criterion.benchmark_group("count_request/anthropic_100");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("tokenfit", |bench| {
        bench.iter(|| black_box(&model).count(black_box(&request)));
    });
    group.finish();
}

/// Makes an agent's history of `messages` messages in Anthropic's format.
fn blocks(messages: usize) -> String {
    let mut history = vec![json!({"role": "user", "content": text(2, 300)})];
    for round in 0..messages / 2 {
        let id = format!("toolu_{round}");
        history.push(json!({"role": "assistant", "content": [{"type": "text", "text": text(round as u64, 60)},
            {"type": "tool_use", "id": id, "name": "tool_1", "input": {"query": text(round as u64, 40), "limit": round}}]}));
        history.push(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": text(round as u64 + 9, 400)}]}));
    }
    json!({"model": "claude-opus-4-5", "max_tokens": 1024, "system": text(1, 2_000), "messages": history,
        "tools": tools(10).iter().map(|tool| json!({"name": tool["function"]["name"], "description": tool["function"]["description"],
            "input_schema": tool["function"]["parameters"]})).collect::<Vec<Value>>()}).to_string()
}

fn requests(criterion: &mut Criterion) {
    let models = Models::builtin();
    let model = models.get("gpt-4o").expect("a known model");
    for messages in [10, 100, 1_000] {
        let body = chat(messages);
        let request = Request::parse(&body).expect("a request");
        let count = model.count(&request);
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
            bench.iter(|| black_box(&model).count(black_box(&request)));
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
            models
                .get(black_box("gpt-4o-2024-08-06"))
                .expect("a known model")
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(500)).measurement_time(std::time::Duration::from_secs(3));
    targets = requests, tool_requests, groups
}
criterion_main!(benches);
