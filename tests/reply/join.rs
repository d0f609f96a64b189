//! Combinations of the modules: errors with retry, budget and statistics, headers with the budget.

use crate::common::shared_lines;
use serde_json::Value;
use tokenfit::ErrorKind;
use tokenfit::model::Host;
use tokenfit::reply::error::NO_HEADERS;
use tokenfit::reply::rate::{
    Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage,
};
use tokenfit::reply::retry::{Attempt, Failure, RetryPolicy, RetryVerdict};
use tokenfit::reply::usage::{Origin, Usage};
use tokenfit::reply::{ApiError, RateLimits};

fn error(status: u16, body: &str) -> ApiError {
    ApiError::parse(
        Some("openai"),
        Some(status),
        NO_HEADERS,
        body.as_bytes(),
        None,
    )
}

#[test]
fn the_errors_own_verdict_goes_before_the_kind() {
    // A limit of 0: the kind is a rate limit, and no wait helps.
    let zero = error(
        429,
        "Rate limit reached for gpt-4o on requests per day (RPD): Limit 0, Used 0, Requested 1.",
    );
    assert!(Failure::of_kind(zero.kind().as_str()).is_some());
    let failure = Failure::from(&zero);
    assert!(
        !matches!(failure.verdict, RetryVerdict::Retry { .. }),
        "{failure:?}"
    );
    // Hours: too long for this call.
    let long = error(429, "Rate limit reached. Please try again in 51 hours.");
    assert_eq!(Failure::from(&long).verdict, RetryVerdict::NextModel);
    // A wait is rounded up to whole milliseconds.
    let short = ApiError::parse(None, Some(429), [("retry-after", "1.0001")], b"", None);
    assert_eq!(
        Failure::from(short).verdict,
        RetryVerdict::Retry {
            wait_ms: Some(1_001)
        }
    );
}

/// No error that cannot succeed is sent again by the standard policy, through the whole chain.
#[test]
fn what_cannot_succeed_is_never_sent_again() {
    let own = include_str!("../cases/errors.jsonl");
    let own: Vec<Value> = own
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    never_sent_again(&own);
}

#[test]
#[ignore = "needs the recordings"]
fn no_recorded_error_that_cannot_succeed_is_sent_again() {
    never_sent_again(&shared_lines("cases/errors.jsonl"));
    never_sent_again(&shared_lines("cases/errors2.jsonl"));
}

fn never_sent_again(cases: &[Value]) {
    let mut seen = (0, 0);
    let mut in_vain = Vec::new();
    for case in cases {
        let Some(retryable) = case["expected"]["retryable"].as_bool() else {
            continue;
        };
        let body = match &case["body"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let headers = case["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            });
        let parsed = ApiError::parse(
            case["provider"].as_str(),
            case["status"].as_u64().map(|status| status as u16),
            headers,
            body.as_bytes(),
            case["now_unix"].as_u64(),
        );
        let decision =
            RetryPolicy::standard().decide(&Attempt::new(1, 0), &Failure::from(&parsed), 0.5);
        seen.0 += 1;
        if !retryable {
            seen.1 += 1;
            if decision.is_retry() {
                in_vain.push(case["id"].to_string());
            }
        }
    }
    println!(
        "{} errors, {} of them not retryable, retried in vain: {}",
        seen.0,
        seen.1,
        in_vain.len()
    );
    assert!(seen.1 > 20);
    assert_eq!(in_vain, Vec::<String>::new());
}

#[test]
fn headers_are_dimensions_of_a_budget() {
    let headers = [
        ("anthropic-ratelimit-input-tokens-limit", "30000"),
        ("anthropic-ratelimit-input-tokens-remaining", "12000"),
        ("anthropic-ratelimit-requests-limit", "50"),
        ("anthropic-ratelimit-requests-remaining", "49"),
    ];
    let limits = RateLimits::parse(headers, 200, Some(Host::Anthropic), None);
    assert_eq!(
        limits.dimensions(),
        [
            Dimension::new(RateClass::Input)
                .limit(30_000)
                .remaining(12_000),
            Dimension::new(RateClass::Requests).limit(50).remaining(49),
        ]
    );
    let groq = [
        ("x-ratelimit-limit-requests", "14400"),
        ("x-ratelimit-remaining-requests", "14000"),
    ];
    let limits = RateLimits::parse(groq, 200, Some(Host::Groq), None);
    assert_eq!(limits.dimensions()[0].window_ms, Some(86_400_000));
}

#[test]
fn a_ticket_ends_by_its_error() {
    let budget = || {
        let limits = [Limit::per_minute(RateClass::Tokens, 100_000)];
        RateBudget::new(HostRule::of(Host::Anthropic), &limits).unwrap()
    };
    let available_after = |error: &ApiError| {
        let budget = budget();
        let Admission::Admit(ticket) = budget.admit(0, &Ask::new(50_000)) else {
            panic!("it is full")
        };
        ticket.failed(0, error);
        budget.levels(0)[0].available
    };
    // Refused before any work: returned. A timeout may have been billed: kept.
    assert_eq!(available_after(&error(401, "")), 98_000);
    assert!(available_after(&error(504, "")) <= 48_000);
}

#[test]
fn usage_settles_a_ticket() {
    let body =
        br#"{"usage": {"input_tokens": 6, "cache_read_input_tokens": 20, "output_tokens": 9}}"#;
    let usage = Usage::parse(body, &Origin::new()).unwrap();
    assert_eq!(
        RateUsage::from(&usage),
        RateUsage::new(26, 9).cached_tokens(20)
    );
}

#[test]
fn invalid_limits_are_an_error_of_the_crate() {
    let limits = [Limit::per(RateClass::Tokens, 1, 0)];
    let error = RateBudget::new(HostRule::of(Host::OpenAi), &limits).unwrap_err();
    let error = tokenfit::Error::from(error);
    assert_eq!(error.kind(), ErrorKind::InvalidRateLimit);
    assert!(error.to_string().contains("window of 0 ms"));
}
