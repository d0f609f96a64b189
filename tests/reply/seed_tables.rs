//! Tables of two published guides to OpenAI's errors (2026-04 and older), verified, with their
//! errors and outdated rows (docs/evidence/after_call.md, section b.5).
//!
//! The numbers are included here; the guides themselves are not needed.

use tokenfit::model::Host;
use tokenfit::reply::rate::{RateClass, Tier};
use tokenfit::reply::retry::{Attempt, Decision, Failure, RetryPolicy, RetryPreset, RetryVerdict};

/// "Quick reference": statuses and whether they are retryable. Only the statuses; bodies can change
/// the verdict.
#[test]
fn which_statuses_are_retryable() {
    let guide = [
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        // Too coarse: never for an empty account, a spend limit, "Request too large" or a limit of
        // 0, which their kinds show.
        (429, true),
        (500, true),
        (502, true),
        (503, true),
    ];
    for (status, retryable) in guide {
        let verdict = Failure::of_status(status).verdict;
        assert_eq!(
            matches!(verdict, RetryVerdict::Retry { .. }),
            retryable,
            "{status}"
        );
    }
    // Missing in both guides, and retryable in the official clients.
    for status in [408, 409, 504, 529] {
        assert!(
            matches!(
                Failure::of_status(status).verdict,
                RetryVerdict::Retry { .. }
            ),
            "{status}"
        );
    }
    for kind in ["insufficient_quota", "request_too_large_for_rate_limit"] {
        assert!(
            !matches!(
                Failure::of_kind(kind).unwrap().verdict,
                RetryVerdict::Retry { .. }
            ),
            "{kind}"
        );
    }
}

fn waits(policy: RetryPolicy, status: u16, random: f64) -> Vec<u64> {
    let mut waits = Vec::new();
    let mut elapsed = 0;
    while let Decision::Retry { wait_ms } = policy.decide(
        &Attempt::new(waits.len() as u32 + 1, elapsed),
        &Failure::of_status(status),
        random,
    ) {
        waits.push(wait_ms);
        elapsed += wait_ms;
    }
    waits
}

/// "Exponential backoff: each retry waits longer (1s, 2s, 4s, 8s, 16s)"; max_retries 5 means 6
/// sends there.
#[test]
fn backoff_of_the_handler() {
    let handler = RetryPolicy::preset(RetryPreset::GuideHandler);
    assert_eq!(
        waits(handler, 500, 0.5),
        [1_000, 2_000, 4_000, 8_000, 16_000]
    );
    assert_eq!(waits(handler, 500, 0.0), [500, 1_000, 2_000, 4_000, 8_000]);
    // "Maximum delay cap: never wait more than 60 seconds": its own code waits up to 90, because it
    // caps before the jitter.
    let long = waits(handler.sends(9), 500, 0.999);
    assert_eq!(long[5..], [47_968, 60_000, 60_000]);
    // "Retry-After header: honors": its code reads an attribute that the client's errors never
    // have.
    let asked = Failure::of_status(429).wait(7_000);
    let Decision::Retry { wait_ms } = handler.decide(&Attempt::new(1, 0), &asked, 0.0) else {
        panic!()
    };
    assert_eq!(wait_ms, 7_000);
}

/// `wait_exponential(multiplier=1, min=4, max=60)` with 5 attempts.
#[test]
fn backoff_with_tenacity() {
    assert_eq!(
        waits(RetryPolicy::preset(RetryPreset::GuideTenacity), 429, 0.3),
        [4_000, 4_000, 4_000, 8_000]
    );
}

/// "503: start with 5-second delay, increase to 30-60 seconds"; "502: retry immediately".
#[test]
fn waits_by_status() {
    let policy = RetryPolicy::standard();
    assert_eq!(
        waits(policy, 503, 0.999_999),
        [4_999, 9_999, 19_999, 39_999]
    );
    assert_eq!(waits(policy, 503, 0.0), [2_500, 5_000, 10_000, 20_000]);
    // At once, on average after half a second: at once for everybody would be a second wave.
    assert_eq!(waits(policy, 502, 0.0)[0], 0);
}

/// "max_retries=3" in a client inside 5 attempts of tenacity: 20 sends. One layer retries here.
#[test]
fn nested_retries_multiply() {
    let inner = RetryPolicy::standard().sends(1 + 3);
    let outer = RetryPolicy::preset(RetryPreset::GuideTenacity);
    assert_eq!(inner.max_sends() * outer.max_sends(), 20);
    assert_eq!(
        RetryPolicy::standard().sends(1).max_sends() * outer.max_sends(),
        5
    );
}

/// "OpenAI rate limits by tier (April 2026)", GPT-4o. The dollars of tiers 3 and 5 are lost in its
/// text ("00+", ",000+").
#[test]
fn tiers_of_april_2026() {
    let guide = [
        ("free", 3, 40_000, None, 0),
        ("1", 500, 30_000, Some(5), 0),
        ("2", 5_000, 450_000, Some(50), 7),
        ("3", 5_000, 800_000, Some(100), 7),
        ("4", 10_000, 2_000_000, Some(250), 14),
        ("5", 10_000, 10_000_000, Some(1_000), 30),
    ];
    for (name, requests, tokens, paid, days) in guide {
        let tier = Tier::find(Host::OpenAi, "gpt-4o", name, "2026-04-10").unwrap();
        let amounts: Vec<(RateClass, u64, u64)> = tier
            .limits
            .iter()
            .map(|l| (l.class, l.amount, l.window_ms))
            .collect();
        assert_eq!(
            amounts,
            [
                (RateClass::Requests, requests, 60_000),
                (RateClass::Tokens, tokens, 60_000)
            ],
            "{name}"
        );
        assert_eq!((tier.paid_usd, tier.days), (paid, days), "{name}");
    }
    // Dated or wrong: recorded answers of tier 5 (2025-05 to 2025-10) show 30,000,000 tokens per
    // minute. Headers take precedence.
    let recorded = Tier::find(Host::OpenAi, "gpt-4o", "5", "2025-10-01").unwrap();
    assert_eq!(recorded.limits[1].amount, 30_000_000);
}
