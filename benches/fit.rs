//! Benchmarks of fitting a long chat whose messages were already counted: deciding, writing,
//! parsing the result, counting and checking it.
//!
//! `cargo bench --bench fit`. Messages have 100 tokens; the budget is half of them. Names:
//! `fit/MESSAGES/WHAT`.
//!
//! `conversation/`: a growing one. `push_and_advance` pushes a message of 50 tokens and checks
//! whether the view still fits, at a cost independent of the length; `branch_and_push` is the first
//! push of a branch, which copies the list of messages, not the messages; a cut (`cut`) and writing
//! the view (`view`) are linear in the view.
#![allow(clippy::unwrap_used, reason = "a failing benchmark panics")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokenfit::fit::{Conversation, MessageCounter, MessageCounts, Preset, StepOutcome};
use tokenfit::{Budget, Model, Models, Request};

/// Words of one token each, with their space.
const WORDS: &[&str] = &[
    "water", "garden", "table", "seven", "light", "paper", "stone", "river", "green", "market",
];

/// Makes a string of about `tokens` tokens, different for every seed.
fn text(seed: usize, tokens: usize) -> String {
    (0..tokens)
        .map(|nth| WORDS[(seed * 7 + nth * nth + nth) % WORDS.len()])
        .collect::<Vec<_>>()
        .join(" ")
}

fn chat(messages: usize) -> String {
    let turns = (0..messages).map(|nth| {
        let role = if nth.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        };
        serde_json::json!({"role": role, "content": text(nth, 95)})
    });
    let turns: Vec<_> = turns
        .chain([serde_json::json!({"role": "user", "content": "And now?"})])
        .collect();
    serde_json::json!({"model": "gpt-4.1", "messages": turns}).to_string()
}

/// Makes an agent's history of alternating calls and results.
fn agent(messages: usize) -> String {
    let mut history = vec![serde_json::json!({"role": "user", "content": text(0, 40)})];
    for nth in 0..messages / 2 {
        let id = format!("call_{nth}");
        history.push(serde_json::json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function",
            "function": {"name": "look_up", "arguments": format!("{{\"bed\": {nth}}}")}}]}));
        history.push(
            serde_json::json!({"role": "tool", "tool_call_id": id, "content": text(nth, 185)}),
        );
    }
    serde_json::json!({"model": "gpt-4.1", "messages": history}).to_string()
}

struct Case {
    model: Model,
    body: String,
}

impl Case {
    fn new(body: String) -> Case {
        let model = Models::builtin().get("gpt-4.1").unwrap();
        Case { model, body }
    }

    fn counts(&self, request: &Request<'_>) -> MessageCounts {
        self.model.count_messages(request)
    }
}

fn bench(c: &mut Criterion) {
    for (name, make) in [("chat", chat as fn(usize) -> String), ("agent", agent)] {
        let mut group = c.benchmark_group(format!("fit/{name}"));
        for messages in [100, 1_000, 10_000] {
            let case = Case::new(make(messages));
            let request = Request::parse(&case.body).unwrap();
            let counts = case.counts(&request);
            let budget = Budget::new(&case.model)
                .reserve_output(0)
                .limit_input(counts.size() / 2);
            group.throughput(Throughput::Elements(messages as u64));
            for preset in [Preset::SlidingWindow, Preset::Agent, Preset::CacheFriendly] {
                let fitter = preset.fitter(budget.clone());
                let fitted = fitter.fit_knowing(&request, &counts).unwrap();
                let fresh = case.counts(fitted.request());
                assert!(fresh.size() <= counts.size() / 2);
                assert_eq!(Some(fresh.size()), fitted.receipt().tokens_after);
                group.bench_function(BenchmarkId::new(preset.as_str(), messages), |b| {
                    b.iter(|| black_box(fitter.fit_knowing(black_box(&request), &counts).unwrap()));
                });
            }
        }
        group.finish();
    }
    // The cost of having nothing to do: far below the mark, and counted.
    let case = Case::new(chat(100));
    let request = Request::parse(&case.body).unwrap();
    let far = Preset::Agent.fitter(Budget::new(&case.model));
    let near = Preset::Agent.fitter(Budget::new(&case.model).limit_input(11_000));
    let mut group = c.benchmark_group("unchanged/100");
    assert!(
        far.fit(&request).unwrap().is_unchanged() && near.fit(&request).unwrap().is_unchanged()
    );
    group.bench_function("by_its_bounds", |b| {
        b.iter(|| far.fit(black_box(&request)).unwrap().is_unchanged())
    });
    group.bench_function("counted", |b| {
        b.iter(|| near.fit(black_box(&request)).unwrap().is_unchanged())
    });
    group.finish();
}

/// Number of pushes to one copy of a conversation, so that its size stays nearly constant.
const PUSHES: u64 = 256;

/// Makes a message of 50 tokens.
fn said(nth: usize) -> String {
    let role = ["user", "assistant"][nth % 2];
    serde_json::json!({"role": role, "content": text(nth, 46)}).to_string()
}

/// Makes a conversation of `messages` messages under a limit.
fn conversation(messages: usize, limit: u64) -> Conversation {
    let models = Models::builtin();
    let model = models.get("gpt-4.1").unwrap();
    let budget = Budget::new(&model).reserve_output(0).limit_input(limit);
    let start = Request::parse(r#"{"model": "gpt-4.1", "messages": []}"#).unwrap();
    let mut conversation = Conversation::new(Preset::CacheFriendly.fitter(budget), &start).unwrap();
    for nth in 0..messages {
        conversation.push(&said(nth)).unwrap();
    }
    assert_eq!(conversation.view_len(), messages);
    conversation
}

fn grows(c: &mut Criterion) {
    let mut group = c.benchmark_group("conversation");
    for messages in [100, 1_000, 10_000] {
        let far = conversation(messages, 1_000_000);
        let size = far.size();
        assert!(size < 800_000);
        let next = said(messages);
        group.bench_function(BenchmarkId::new("push_and_advance", messages), |b| {
            b.iter_custom(|times| {
                let mut time = Duration::ZERO;
                for from in (0..times).step_by(PUSHES as usize) {
                    let mut branch = far.clone();
                    // The first push copies the branch's list.
                    branch.push(&next).unwrap();
                    let begin = Instant::now();
                    for _ in from..times.min(from + PUSHES) {
                        branch.push(black_box(&next)).unwrap();
                        assert!(matches!(branch.advance().unwrap(), StepOutcome::Fits));
                    }
                    time += begin.elapsed();
                }
                time
            });
        });
        group.bench_function(BenchmarkId::new("branch_and_push", messages), |b| {
            b.iter_batched(
                || far.clone(),
                |mut branch| {
                    branch.push(black_box(&next)).unwrap();
                    branch
                },
                BatchSize::SmallInput,
            );
        });
        let mut seen = far.clone();
        group.bench_function(BenchmarkId::new("view", messages), |b| {
            b.iter(|| black_box(seen.view().unwrap()));
        });
        // The next message crosses the mark.
        let mut full = conversation(messages, size);
        full.push(&next).unwrap();
        group.bench_function(BenchmarkId::new("cut", messages), |b| {
            b.iter_batched(
                || full.clone(),
                |mut full| {
                    assert!(matches!(full.advance().unwrap(), StepOutcome::Cut(_)));
                    full
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = bench, grows
}
criterion_main!(benches);
