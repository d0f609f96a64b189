//! Properties of the retry decision, and of breaker, budget and cooldown.

use proptest::prelude::*;
use tokenfit::model::Host;
use tokenfit::reply::retry::{
    Attempt, Breaker, BreakerGate, BreakerSettings, BreakerVote, Cooldown, Decision, Failure,
    FailureClass, Guard, Pass, Reached, Replay, ReplayRisk, RetryPolicy, RetryPreset, RetryVerdict,
    StopReason,
};

const PRESETS: [RetryPreset; 5] = [
    RetryPreset::Standard,
    RetryPreset::Interactive,
    RetryPreset::GuideHandler,
    RetryPreset::GuideTenacity,
    RetryPreset::OfficialClients,
];

fn failure() -> impl Strategy<Value = Failure> {
    let verdict = prop_oneof![
        1 => Just(RetryVerdict::No),
        1 => Just(RetryVerdict::NextModel),
        8 => prop::option::of(prop_oneof![0u64..200_000, any::<u64>()]).prop_map(|wait_ms| RetryVerdict::Retry { wait_ms }),
    ];
    let class = prop::sample::select(vec![
        FailureClass::Transient,
        FailureClass::Overloaded,
        FailureClass::Throttled,
        FailureClass::BadAnswer,
        FailureClass::Rejected,
    ]);
    (verdict, class, prop::option::of(any::<bool>())).prop_map(|(verdict, class, says)| {
        let failure = Failure::new(verdict, class);
        says.map_or(failure, |says| failure.server_says_retry(says))
    })
}

/// After a clock was set back, a wait is as long as before, however often it is asked for.
#[test]
fn a_clock_set_back_does_not_lengthen_a_wait() {
    let mut cooldown = Cooldown::default();
    cooldown.cool(1_000_000, 30_000);
    assert_eq!(cooldown.until(400_000), Some(430_000));
    assert_eq!(cooldown.until(410_000), Some(430_000));
    assert_eq!(cooldown.until(430_000), None);
    let mut breaker = Breaker::new(BreakerSettings::default());
    breaker.vote(1_000_000, BreakerVote::Lasting);
    let until = breaker.blocked_until(400_000).unwrap();
    assert_eq!(breaker.blocked_until(400_001), Some(until));
    assert_eq!(breaker.blocked_until(until), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any sequence of answers ends within the stated sends, and no send begins after the stated
    /// time.
    #[test]
    fn every_call_ends(
        preset in prop::sample::select(&PRESETS[..]),
        sends in 0u32..50,
        deadline in prop_oneof![0u64..1_000_000, any::<u64>()],
        answers in prop::collection::vec((failure(), any::<f64>(), 0u64..700_000), 60),
    ) {
        let policy = RetryPolicy::preset(preset).sends(sends).deadline(deadline);
        let (mut elapsed, mut sent) = (0u64, 0u32);
        for (failure, random, duration) in answers {
            // A send begins.
            sent += 1;
            prop_assert!(sent == 1 || elapsed < policy.last_send_begins_by_ms());
            elapsed = elapsed.saturating_add(duration);
            let decision = policy.decide(&Attempt::new(sent, elapsed), &failure, random);
            match decision {
                Decision::Retry { wait_ms } => {
                    let RetryVerdict::Retry { wait_ms: asked } = failure.verdict else { panic!("retried in vain") };
                    prop_assert!(failure.server_says_retry != Some(false));
                    prop_assert!(wait_ms >= asked.unwrap_or(0));
                    prop_assert!(asked.is_some() || wait_ms <= 60_000, "the cap holds after the jitter");
                    elapsed = elapsed.saturating_add(wait_ms);
                }
                _ => {
                    prop_assert!(sent <= policy.max_sends());
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "no end");
    }

    /// After its cooldown a breaker allows a probe, whatever happened before and whatever the clock
    /// did.
    #[test]
    fn a_breaker_always_allows_a_probe_after_its_cooldown(
        steps in prop::collection::vec((any::<u32>(), 0usize..5), 1..100),
        now in any::<u32>(),
    ) {
        let mut breaker = Breaker::default();
        let mut last = 0;
        for (at, step) in steps {
            last = u64::from(at);
            match step {
                0 => { breaker.gate(last); }
                1 => breaker.vote(last, BreakerVote::Success),
                2 => breaker.vote(last, BreakerVote::Failure),
                3 => breaker.vote(last, BreakerVote::Lasting),
                _ => breaker.vote(last, BreakerVote::Neutral),
            }
        }
        // From any time on, also an earlier one: within one open period a send passes.
        for from in [last, u64::from(now)] {
            let mut breaker = breaker.clone();
            match breaker.gate(from) {
                BreakerGate::Blocked { until_ms } => {
                    prop_assert!(until_ms <= from + BreakerSettings::default().open_ms);
                    prop_assert_eq!(breaker.gate(until_ms), BreakerGate::Probe);
                }
                BreakerGate::Pass | BreakerGate::Probe => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn never_what_cannot_succeed() {
    for kind in [
        "insufficient_quota",
        "invalid_api_key",
        "permission_denied",
        "model_not_found",
        "context_length_exceeded",
        "request_too_large",
        "request_too_large_for_rate_limit",
        "max_output_exceeded",
        "content_policy",
        "invalid_request",
        "refusal",
        "output_truncated",
        "paused",
    ] {
        let failure = Failure::of_kind(kind)
            .unwrap()
            .wait(1_000)
            .server_says_retry(true);
        for preset in PRESETS {
            let decision = RetryPolicy::preset(preset).decide(&Attempt::new(1, 0), &failure, 0.5);
            assert!(!decision.is_retry(), "{kind}");
        }
    }
    assert_eq!(Failure::of_kind("no_such_kind"), None);
}

/// Which requests may be sent twice after which failures.
#[test]
fn replay_safety() {
    let plain = Replay::default();
    let with = |change: fn(&mut Replay)| {
        let mut replay = plain;
        change(&mut replay);
        replay
    };
    let refused = Failure::of_status(429);
    let unclear = Failure::of_status(500);
    let cut = unclear.reached(Reached::Started);
    let offline = Failure::not_connected();
    let table: [(Replay, Failure, Option<ReplayRisk>); 16] = [
        (plain, refused, None),
        (plain, unclear, None),
        (plain, cut, None),
        (with(|r| r.shown = true), cut, Some(ReplayRisk::Shown)),
        (with(|r| r.stateful = true), refused, None),
        (with(|r| r.stateful = true), offline, None),
        (
            with(|r| r.stateful = true),
            unclear,
            Some(ReplayRisk::Stateful),
        ),
        (
            with(|r| r.stateful = true),
            unclear.server_says_retry(true),
            None,
        ),
        (
            with(|r| r.stateful = true),
            cut.server_says_retry(true),
            Some(ReplayRisk::Stateful),
        ),
        (
            with(|r| (r.stateful, r.idempotent) = (true, true)),
            unclear,
            None,
        ),
        (
            with(|r| r.server_tools = true),
            Failure::of_status(504),
            Some(ReplayRisk::ServerTools),
        ),
        (
            with(|r| r.creates = true),
            Failure::of_kind("timeout").unwrap(),
            Some(ReplayRisk::Creates),
        ),
        (
            with(|r| (r.creates, r.allowed) = (true, true)),
            unclear,
            None,
        ),
        (
            with(|r| r.local_effects = true),
            unclear,
            Some(ReplayRisk::LocalEffects),
        ),
        (
            with(|r| (r.body_consumed, r.allowed) = (true, true)),
            unclear,
            Some(ReplayRisk::BodyConsumed),
        ),
        (with(|r| r.body_consumed = true), offline, None),
    ];
    for (index, (replay, failure, expected)) in table.into_iter().enumerate() {
        assert_eq!(replay.risk(&failure), expected, "row {index}");
    }
}

/// If a host fails for everybody, the total of all calls' sends is bounded.
#[test]
fn an_outage_does_not_multiply_the_load() {
    let guard = Guard::default();
    let policy = RetryPolicy::standard();
    let mut sends = 0;
    let calls = 10_000;
    for call in 0..calls {
        let mut now = call * 10;
        let begin = now;
        let mut sent = 0;
        loop {
            if matches!(
                guard.before(now, Host::OpenAi, "gpt-4o"),
                Pass::Blocked { .. }
            ) {
                break;
            }
            sent += 1;
            sends += 1;
            now += 50;
            let attempt = Attempt::new(sent, now - begin);
            match guard.failed(
                now,
                Host::OpenAi,
                "gpt-4o",
                &policy,
                &attempt,
                &Failure::of_status(500),
                0.5,
            ) {
                Decision::Retry { wait_ms } => now += wait_ms,
                decision => {
                    assert!(decision.reason().is_some());
                    break;
                }
            }
        }
    }
    println!("{calls} calls in 100 s against a host that fails: {sends} sends");
    // Without breaker and budget: 50,000.
    assert!(sends < 100, "{sends}");
}

/// A host where every tenth send fails: nothing is blocked, and retries succeed.
#[test]
fn a_healthy_host_keeps_its_retries() {
    let guard = Guard::default();
    let policy = RetryPolicy::standard();
    let mut lost = 0;
    let mut number = 0u64;
    for call in 0..10_000u64 {
        let mut now = call * 100;
        for sent in 1.. {
            assert!(!matches!(
                guard.before(now, Host::Groq, "m"),
                Pass::Blocked { .. }
            ));
            number += 1;
            // 1 of 20: below what the budget refills, 14 successes for one retry.
            if !number.is_multiple_of(20) {
                guard.succeeded(now, Host::Groq, "m");
                break;
            }
            match guard.failed(
                now,
                Host::Groq,
                "m",
                &policy,
                &Attempt::new(sent, 0),
                &Failure::of_status(502),
                0.1,
            ) {
                Decision::Retry { wait_ms } => now += wait_ms,
                _ => {
                    lost += 1;
                    break;
                }
            }
        }
    }
    assert_eq!(lost, 0);
}

#[test]
fn a_long_wait_cools_the_model_and_leads_to_the_next() {
    let guard = Guard::default();
    let policy = RetryPolicy::standard();
    let week = 602_705_000;
    let failure = Failure::of_status(429).wait(week);
    let decision = guard.failed(
        0,
        Host::GithubCopilot,
        "gpt-5",
        &policy,
        &Attempt::new(1, 0),
        &failure,
        0.0,
    );
    assert_eq!(
        decision,
        Decision::NextModel {
            reason: StopReason::WaitTooLong,
            again_in_ms: Some(week)
        }
    );
    assert!(
        matches!(guard.before(week - 1, Host::GithubCopilot, "gpt-5"), Pass::Blocked { until_ms, .. } if until_ms == week)
    );
    assert_eq!(
        guard.before(1, Host::GithubCopilot, "claude-sonnet-4-5"),
        Pass::Go
    );
    assert_eq!(guard.before(week, Host::GithubCopilot, "gpt-5"), Pass::Go);
}

#[test]
fn a_guard_forgets_targets_beyond_its_size() {
    let mut settings = tokenfit::reply::retry::GuardSettings::default();
    settings.max_targets = 10;
    let guard = Guard::new(settings);
    for i in 0..1_000u64 {
        assert_eq!(
            guard.before(i, Host::OpenRouter, &format!("m{i}")),
            Pass::Go
        );
    }
    assert!(format!("{guard:?}").contains("models: 10"));
}
