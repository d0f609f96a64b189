//! Wordings for rate limits: windows, dimensions, numbers and waits.

use super::super::kind::ApiErrorKind::{Overloaded, RateLimit};
use super::super::kind::ImposedBy::{Gateway, Upstream};
use super::super::kind::LimitScope::{
    Concurrency, Day, Hour, Minute, Month, PlanWindow, Ramp, Week,
};
use super::super::phrase::{Dimension, Group};

pub(super) static GROUPS: &[Group] = &[
    // The client's own plans, in log lines around the provider's answer: the numbers are not the
    // provider's.
    Group::detail(&[
        "retrying in {wait} (seconds)",
        "retrying * in {n} seconds as it raised",
        "will|auto|to retry (again) in|after {wait}",
        "in {n} seconds as it raised",
        "total retry wait time {any}",
        "attempt {n} (of) {n}",
        "failed after {n} attempts",
    ])
    .client(),
    // Dimensions.
    Group::detail(&[
        // OpenAI, Groq, xAI, Bedrock, Azure, Gemini metrics.
        "tokens per minute|min|day|hour|second|month",
        "token|tokens rate limit",
        "tpm|tpd|itpm|otpm",
        "too many tokens",
        "input|output tokens per",
        "input_token_count|output_token_count",
        "generate_content_free_tier_input_token_count|generate_content_paid_tier_input_token_count|generate_content_paid_tier_2_input_token_count|generate_content_paid_tier_3_input_token_count",
        "online_prediction_input_tokens_per_minute_per_base_model|online_prediction_output_tokens_per_minute_per_base_model|online_prediction_tokens_per_minute_per_base_model",
        "tokens minute",
        "tokens actual limit",
        "token quota|quotas",
        "number of (request) (input) (output) tokens",
        "limit_burst_tokens|tokens_limit_reached",
        // DashScope's anchor in the address of its help page.
        "error code token limit",
    ])
    .dimension(Dimension::Tokens),
    Group::detail(&[
        "requests per minute|min|day|hour|second|month",
        "request|requests|call|calls rate limit|is|exceeded",
        "rpm|rpd|rps",
        "request rate",
        "calls minute|month|day|hour",
        "api calls",
        "free models per day|min|minute",
        "generate_content_free_tier_requests|generate_requests_per_model|generate_content_paid_tier_requests|generate_requests_per_model_per_day|generaterequestsperminute",
        "online_prediction_requests_per_base_model|online_prediction_requests_per_minute_per_base_model",
        "number of * requests you can make",
        "number of requests",
        // GitHub Models.
        "userbymodelbyday|userbymodelbyminute|userbyday|userbyminute",
        "{n} request|requests min|minute|day|hour",
        "requests minute|day|hour|second",
        "requests actual limit",
        "requests within",
        // Bedrock; the reason phrase of a 429 is not such a sign.
        "too many requests please wait",
        "sent too many requests",
    ])
    .dimension(Dimension::Requests),
    // Windows.
    Group::detail(&[
        "per minute|min",
        "tpm|rpm|itpm|otpm",
        "free models per min|minute",
        "tokens|requests|calls minute|min",
        "minute window",
        "userbymodelbyminute|userbyminute",
        // Bedrock counts tokens per minute unless it says otherwise.
        "too many tokens please wait",
        "online_prediction_input_tokens_per_minute_per_base_model|online_prediction_output_tokens_per_minute_per_base_model|online_prediction_requests_per_minute_per_base_model",
    ])
    .scope(Minute),
    Group::detail(&["per hour", "hourly", "requests|tokens|calls hour"]).scope(Hour),
    Group::detail(&[
        "per day",
        "tpd|rpd",
        "daily",
        "free models per day",
        "requests|tokens|calls day",
        "24-hour|24-hours|24h",
        "userbymodelbyday|userbyday",
        "24 hour|hours",
    ])
    .scope(Day),
    Group::detail(&["per week", "weekly", "user_weekly_rate_limited"]).scope(Week),
    Group::detail(&["per month", "monthly"]).scope(Month),
    Group::detail(&[
        // Codex, Claude and Copilot subscriptions.
        "usage limit has been reached",
        "hit your usage|session limit",
        "reached your usage|session limit",
        "session (usage) limit",
        "usage limit reached",
        "usage_limit_reached",
        "5 hour limit",
        "5-hour limit|window",
    ])
    .scope(PlanWindow),
    Group::detail(&[
        "concurrency",
        "concurrent requests|connections|sessions|calls",
        "too many concurrent",
        "parallel requests",
        "in flight",
    ])
    .scope(Concurrency),
    Group::detail(&[
        // Anthropic, OpenAI 2026.
        "growing too quickly",
        "ramp up",
        "acceleration limit|limits",
        "usage increase rate",
        "ramp_limit_exceeded",
        "slow_down",
        "slow down",
        // DashScope: "Request rate increased too quickly".
        "request rate increased too quickly",
        "traffic grew too",
    ])
    .scope(Ramp),
    Group::detail(&[
        // OpenRouter.
        "rate limited upstream",
        "upstream error",
        "upstream_provider_shared_pool",
        "upstream_error",
        "provider returned error",
        "upstream request failed",
        "upstream provider",
    ])
    .imposed_by(Upstream),
    Group::detail(&[
        "no deployments available",
        "crossed tpm|rpm|max",
        "gatewayratelimiterror",
        "virtual key",
    ])
    .imposed_by(Gateway),
    // Waits.
    Group::detail(&[
        "try again in|after (about) {wait}",
        "retry in|after (about) {wait}",
        "retry your request (again) in|after {wait}",
        "available again in {wait}",
        "wait (for) (about) (approximately) {wait}",
        "reset|resets|renews|refreshes in|after {wait}",
        "retry_after|retryafter|retrydelay|retry_after_seconds {wait}",
    ]),
    Group::detail(&[
        "regain access on {date}",
        "reset|resets|renew|renews (again) on|at {date}",
        "try again on|at|after {date}",
        "until {date}",
        "available again on|at {date}",
        // z.ai 1308: "Your limit will reset at 2026-02-01 12:00:00".
        "will|to reset (on) (at) {date}",
    ]),
    Group::text(
        Overloaded,
        &[
            // Messages under 429 that are not a limit of the account.
            "capacity exceeded for this model",
            "service tier capacity exceeded",
            "at capacity",
            "engine is (currently) overloaded",
            "model is not ready",
            "too many connections",
        ],
    ),
    Group::text(
        RateLimit,
        &[
            // OpenAI and Groq, recorded. "on : Limit 500000" has an empty name in one recording.
            "limit {limit} used {used} requested {requested}",
            "limit {limit} requested {requested}",
            "limit {limit} min|minute|day|hour",
            "limit {limit} current {used}",
            "current {used} limit {limit}",
            "max rpm|tpm|tpd|rpd|concurrency {limit}",
            // xAI: the actual number comes first.
            "minute|day|hour|second actual limit {actual} {limit}",
            "actual limit {actual} {limit}",
            // Anthropic, recorded.
            "rate limit * of {limit} input|output|tokens|requests",
            "rate limit of {limit} per",
            "exceeded the {limit} request|requests min|minute|day|hour",
            "of {limit} (input) (output) tokens|requests per minute|day|hour",
            // Gemini's metric lines.
            "quota exceeded for metric {any} * limit {limit} model",
            "quota exceeded for (quota) (metric) {quota}",
            "resource has been exhausted",
            "resource_exhausted|resourceexhausted",
            // Cohere.
            "limited to {limit} api calls minute",
            // Moonshot.
            "max organization|request|account|user concurrency|rpm|tpm|tpd|rpd {limit}",
            "max organization|request|account|user concurrency|rpm|tpm|tpd|rpd",
            "reached (your) (the) (organization) (account) (concurrency) (rate) limit",
            "allocated quota exceeded",
            "rate limit|limited|limits|limiting",
            "rate_limit_exceeded|rate_limit_error|rate_limited|ratelimiterror|ratelimitreached|rate_limit_reached_error",
            "ratelimited|ratelimit",
            "throttlingexception|throttled|throttling",
            "too many tokens please wait",
            "too many tokens per",
            "too many tokens for team",
            "too many requests",
            "request rate is too high",
            "requests rate limit",
            "exceeded (the) (token) (call) rate limit",
            "used all the included free usage",
            "free usage exhausted",
            "usage limit (has) (been) reached",
            "usage_limit_reached|usage_limit_exceeded",
            "hit your usage|session|weekly limit",
            "reached your usage|session|weekly|daily|hourly limit",
            "growing too quickly",
            "ramp_limit_exceeded",
            "slow_down",
            "too many concurrent requests",
            "quota exceeded",
            "quota (has) (been) (limit) exceeded|exhausted|reached",
            "exceeded your (current) (rate) limit|quota",
            "no deployments available for selected model",
            // LiteLLM.
            "crossed tpm|rpm|max",
            "user defined ratelimit",
            "usage increase rate",
            // z.ai, DashScope, gateways.
            "速 率 限 制",
            "请 求 过 于 频 繁",
            "并 发",
            "频 率",
        ],
    ),
];
