//! Benchmarks of handling answers: reading errors and usage, admitting a request, deciding on a
//! retry.
//!
//! Goals: 5 µs per error, 100 ns per `admit`, 1 µs per stream event. Each benchmark first asserts
//! its answer.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tokenfit::model::Host;
use tokenfit::reply::RateLimits;
use tokenfit::reply::error::{ApiError, ApiErrorKind, NO_HEADERS};
use tokenfit::reply::rate::{
    Admission, Ask, HostRule, Limit, RateBudget, RateClass, RateUsage, Refill, Ticket,
};
use tokenfit::reply::retry::{Attempt, Failure, RetryPolicy};
use tokenfit::reply::usage::{Origin, Usage, UsageStream};

const CASES: &[(&str, ApiErrorKind, &str)] = &[
    (
        "json_rate_limit",
        ApiErrorKind::RateLimitTokens,
        r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-a on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    ),
    (
        "json_context",
        ApiErrorKind::ContextLengthExceeded,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200001 tokens > 200000 maximum"},"request_id":"req_1"}"#,
    ),
    (
        "python_repr",
        ApiErrorKind::ContextLengthExceeded,
        r#"Error code: 400 - {'error': {'message': "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.", 'type': 'invalid_request_error', 'param': 'messages', 'code': 'context_length_exceeded'}}"#,
    ),
    (
        "json_in_string",
        ApiErrorKind::ContextLengthExceeded,
        r#"{"error":"{\"error\":{\"code\":400,\"message\":\"request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":5000,\"n_ctx\":4096}}"}"#,
    ),
    (
        "google_quota",
        ApiErrorKind::RateLimitTokens,
        r#"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_input_token_count, limit: 250000, model: gemini-2.5-pro\nPlease retry in 26.9s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count","quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaDimensions":{"model":"gemini-2.5-pro","location":"global"},"quotaValue":"250000"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26s"}]}}"#,
    ),
    (
        "plain",
        ApiErrorKind::InsufficientQuota,
        "402 Insufficient Balance",
    ),
    (
        "page",
        ApiErrorKind::ServerError,
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    ),
];

fn parse(body: &str) -> ApiError {
    ApiError::parse(None, Some(429), NO_HEADERS, body.as_bytes(), None)
}

fn errors(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse_error");
    for (name, kind, body) in CASES {
        assert_eq!(parse(body).kind(), *kind, "{name}");
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(*name, |b| b.iter(|| parse(black_box(body))));
    }
    // Worst case: a megabyte that looks like an error.
    let long = "{\"error\": \"rate limit 'of {x ".repeat(40_000);
    group.throughput(Throughput::Bytes(long.len() as u64));
    group.sample_size(10);
    group.bench_function("worst_1_mb", |b| b.iter(|| parse(black_box(&long))));
    group.finish();
}

/// Makes a chat stream of 999 deltas and a last chunk with the usage; `every` adds cumulative usage
/// to each delta.
fn chat(every: bool) -> String {
    let mut text = String::new();
    for nth in 1..1_000 {
        let usage = if every {
            format!(
                r#"{{"prompt_tokens":25,"completion_tokens":{nth},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":0}}}}"#,
                25 + nth
            )
        } else {
            "null".to_owned()
        };
        text += &format!(
            "data: {{\"id\":\"chatcmpl-B9\",\"object\":\"chat.completion.chunk\",\"created\":1795860000,\"model\":\"some-model-2026\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_5\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{nth}\"}},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":{usage}}}\n\n"
        );
    }
    text += "data: {\"id\":\"chatcmpl-B9\",\"choices\":[],\"usage\":{\"prompt_tokens\":25,\"completion_tokens\":999,\"total_tokens\":1024}}\n\ndata: [DONE]\n\n";
    text
}

fn anthropic() -> String {
    let mut text = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n".to_owned();
    for nth in 0..997 {
        text += &format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\" word{nth}\"}}}}\n\n"
        );
    }
    text += "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":999}}\n\n";
    text += "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    text
}

fn gemini() -> String {
    let mut text = String::new();
    for nth in 1..=1_000 {
        let finish = if nth == 1_000 {
            ",\"finishReason\":\"STOP\""
        } else {
            ""
        };
        text += &format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\" word{nth}\"}}],\"role\":\"model\"}}{finish}}}],\"usageMetadata\":{{\"promptTokenCount\":25,\"candidatesTokenCount\":{},\"totalTokenCount\":{},\"promptTokensDetails\":[{{\"modality\":\"TEXT\",\"tokenCount\":25}}]}},\"modelVersion\":\"gemini-3-pro\"}}\n\n",
            nth - 1,
            24 + nth
        );
    }
    text
}

fn streams(c: &mut Criterion) {
    let mut group = c.benchmark_group("usage/stream of 1000 events");
    group.throughput(Throughput::Elements(1_000));
    for (name, text) in [
        ("chat", chat(false)),
        ("chat, usage in every chunk", chat(true)),
        ("anthropic", anthropic()),
        ("gemini", gemini()),
    ] {
        let read = |chunk: usize| {
            let mut stream = UsageStream::new(Origin::new());
            for bytes in text.as_bytes().chunks(chunk) {
                stream.push_bytes(bytes);
            }
            stream.finish()
        };
        let usage = read(4_096);
        assert_eq!(
            (usage.billed_input(), usage.billed_output()),
            (25, 999),
            "{name}"
        );
        assert_eq!(usage.flags().count(), 0, "{name}");
        group.bench_function(name, |b| b.iter(|| read(black_box(4_096))));
    }
    group.finish();

    let events: Vec<serde_json::Value> = chat(true)
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect();
    c.bench_function("usage/1000 parsed events", |b| {
        b.iter(|| {
            let mut stream = UsageStream::new(Origin::new());
            for event in &events {
                stream.push_value(event);
            }
            stream.finish()
        });
    });
}

fn single(c: &mut Criterion) {
    let body = br#"{"id":"a","model":"m","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":14660,"completion_tokens":72,"total_tokens":14732,"prompt_tokens_details":{"cached_tokens":8909},"completion_tokens_details":{"reasoning_tokens":0}}}"#;
    let origin = Origin::new();
    assert!(Usage::parse(body, &origin).is_ok_and(|usage| usage.billed_input() == 14_660));
    c.bench_function("usage/body", |b| {
        b.iter(|| Usage::parse(black_box(body), &origin))
    });
    let headers = [
        ("x-ratelimit-limit-requests", "3500"),
        ("x-ratelimit-remaining-requests", "3499"),
        ("x-ratelimit-reset-requests", "17ms"),
        ("x-ratelimit-limit-tokens", "90000"),
        ("x-ratelimit-remaining-tokens", "89985"),
        ("x-ratelimit-reset-tokens", "9ms"),
        ("content-type", "application/json"),
        ("date", "Fri, 20 Jun 2025 18:40:23 GMT"),
    ];
    assert_eq!(
        RateLimits::parse(headers, 200, None, None).dims().count(),
        2
    );
    c.bench_function("headers/openai", |b| {
        b.iter(|| RateLimits::parse(black_box(headers), 200, None, None));
    });
}

fn limits() -> [Limit; 4] {
    [
        Limit::per_minute(RateClass::Requests, 30_000),
        Limit::per_minute(RateClass::Tokens, 150_000_000),
        Limit::per_day(RateClass::Requests, 1_000_000_000),
        Limit::concurrent(1_000_000),
    ]
}

fn admitted(admission: Admission) -> Ticket {
    match admission {
        Admission::Admit(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn admit(c: &mut Criterion) {
    let ask = Ask::new(1_000).max_output_tokens(500);
    for (name, refill) in [
        ("continuous", Refill::Continuous),
        ("sliding", Refill::Sliding),
    ] {
        for count in [2, 4] {
            let budget = RateBudget::new(
                HostRule::of(Host::OpenAi).refill(refill),
                &limits()[..count],
            )
            .expect("valid");
            let mut now = 1_700_000_000_000;
            // The ticket is dropped outside of the measurement: `settle` is measured separately.
            c.bench_function(&format!("admit/{count}_limits/{name}"), |b| {
                b.iter_batched(
                    || {
                        now += 3;
                        now
                    },
                    |now| admitted(budget.admit(now, black_box(&ask))),
                    criterion::BatchSize::SmallInput,
                );
            });
            c.bench_function(&format!("admit_and_settle/{count}_limits/{name}"), |b| {
                b.iter(|| {
                    now += 3;
                    admitted(budget.admit(now, black_box(&ask)))
                        .settle(now, &RateUsage::new(1_000, 100));
                });
            });
        }
    }
}

fn decide(c: &mut Criterion) {
    let policy = RetryPolicy::standard();
    let failure = Failure::of_status(429).wait(20_000);
    let attempt = Attempt::new(2, 4_000);
    assert!(policy.decide(&attempt, &failure, 0.5).is_retry());
    c.bench_function("decide/429", |b| {
        b.iter(|| policy.decide(black_box(&attempt), black_box(&failure), 0.5));
    });
}

#[cfg(feature = "stats")]
fn record(c: &mut Criterion) {
    use tokenfit::reply::stats::{Sent, Stats};

    let stats = Stats::default();
    let mut now = 1_700_000_000_000;
    let sent = Sent::new(Host::OpenAi, "gpt-4o")
        .ok(200)
        .duration_ms(1_900)
        .first_chunk_ms(420)
        .tokens(1_200, 85);
    c.bench_function("record/send", |b| {
        b.iter(|| {
            now += 1;
            stats.send(now, black_box(&sent));
        });
    });
    assert!(stats.snapshot(now).total.sends > 0);
    c.bench_function("snapshot/1_series", |b| b.iter(|| stats.snapshot(now)));
}

#[cfg(not(feature = "stats"))]
fn record(_: &mut Criterion) {}

/// Makes 1,000 requests wait, to measure the cost of asking again at the end of the line.
fn wait(c: &mut Criterion) {
    let budget = RateBudget::new(HostRule::of(Host::OpenAi), &limits()[..2]).expect("valid");
    let big = Ask::new(140_000_000);
    let _first = admitted(budget.admit(0, &big));
    let mut turns: Vec<_> = (0..1_000)
        .map(|_| match budget.admit(0, &big) {
            Admission::WaitUntil(turn) => turn,
            other => panic!("{other:?}"),
        })
        .collect();
    let mut last = turns.pop();
    c.bench_function("wait/last_of_1_000", |b| {
        b.iter(|| {
            last = last.take().map(|turn| match turn.admit(1) {
                Admission::WaitUntil(turn) => turn,
                other => panic!("{other:?}"),
            });
        });
    });
}

criterion_group!(
    benches, errors, streams, single, admit, decide, record, wait
);
criterion_main!(benches);
