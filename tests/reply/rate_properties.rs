//! Properties of the rate budget: never over the limit, no starvation, no loss.

use proptest::prelude::*;
use tokenfit::model::Host;
use tokenfit::reply::rate::{
    Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateError, RateUsage,
    Refill, Ticket, Turn,
};

fn one(rule: HostRule, limit: Limit) -> RateBudget {
    RateBudget::new(rule, &[limit]).unwrap()
}

fn openai(refill: Refill) -> HostRule {
    HostRule::of(Host::OpenAi).refill(refill)
}

/// Waiting callers are served in order of arrival, also by a limit smaller than their total.
#[test]
fn first_come_first_served() {
    let wait = |admission| match admission {
        Admission::WaitUntil(turn) => turn,
        other => panic!("{other:?}"),
    };
    let budget = one(openai(Refill::Sliding), Limit::concurrent(1));
    let Admission::Admit(running) = budget.admit(1_000, &Ask::new(1)) else {
        panic!()
    };
    let first = wait(budget.admit(1_001, &Ask::new(1)));
    let second = wait(budget.admit(1_002, &Ask::new(1)));
    running.settle(1_100, &RateUsage::new(1, 1));
    let second = wait(second.admit(1_101));
    let Admission::Admit(running) = first.admit(1_102) else {
        panic!()
    };
    let second = wait(second.admit(1_103));
    running.settle(1_200, &RateUsage::new(1, 1));
    assert!(matches!(second.admit(1_201), Admission::Admit(_)));
}

/// Admitted amounts over time, for callers that arrive at given distances and wait as told.
fn admissions(budget: &RateBudget, asks: &[(u64, u64)], give_back: bool) -> Vec<(u64, u64)> {
    let mut admitted = Vec::new();
    let mut turns: Vec<(Turn, u64)> = Vec::new();
    let mut now = 1_000_000;
    let mut tickets: Vec<(Ticket, u64)> = Vec::new();
    for &(distance, size) in asks {
        now += distance;
        let mut waiting = Vec::new();
        for (turn, size) in turns.drain(..) {
            if turn.until_ms() > now {
                waiting.push((turn, size));
                continue;
            }
            match turn.admit(now) {
                Admission::Admit(ticket) => {
                    admitted.push((now, size));
                    tickets.push((ticket, size));
                }
                Admission::WaitUntil(turn) => waiting.push((turn, size)),
                other => panic!("{other:?}"),
            }
        }
        turns = waiting;
        match budget.admit(now, &Ask::new(size)) {
            Admission::Admit(ticket) => {
                admitted.push((now, size));
                tickets.push((ticket, size));
            }
            Admission::WaitUntil(turn) => turns.push((turn, size)),
            Admission::Never(never) => assert!(never.needed > never.limit),
            other => panic!("{other:?}"),
        }
        if give_back && tickets.len() > 3 {
            let (ticket, size) = tickets.remove(0);
            ticket.settle(now, &RateUsage::new(size, 0));
        }
    }
    admitted
}

/// The largest sum in any window of a length.
fn largest(admitted: &[(u64, u64)], window: u64) -> u64 {
    (0..admitted.len())
        .map(|last| {
            let end = admitted[last].0;
            admitted[..=last]
                .iter()
                .rev()
                .take_while(|(at, _)| at + window > end)
                .map(|(_, size)| size)
                .sum()
        })
        .max()
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sliding: no window exceeds the limit.
    #[test]
    fn sliding_never_exceeds_any_window(
        limit in 1u64..5_000,
        window in 1u64..100_000,
        asks in prop::collection::vec((0u64..3_000, 0u64..3_000), 1..200),
        settles: bool,
    ) {
        let budget = one(openai(Refill::Sliding), Limit::per(RateClass::Tokens, limit, window));
        let admitted = admissions(&budget, &asks, settles);
        prop_assert!(largest(&admitted, window) <= limit);
    }

    /// Continuous: no span exceeds the limit plus the refill; a single large request may borrow the
    /// headroom.
    #[test]
    fn continuous_never_exceeds_limit_plus_refill(
        limit in 1u64..5_000,
        window in 1u64..100_000,
        span in 1u64..200_000,
        asks in prop::collection::vec((0u64..3_000, 0u64..3_000), 1..200),
    ) {
        let budget = one(openai(Refill::Continuous), Limit::per(RateClass::Tokens, limit, window));
        let admitted = admissions(&budget, &asks, false);
        let flow = u128::from(limit) * u128::from(span) / u128::from(window);
        prop_assert!(u128::from(largest(&admitted, span)) <= u128::from(limit) + flow + 1);
    }

    /// Calendar: no period exceeds the limit.
    #[test]
    fn calendar_never_exceeds_a_period(
        limit in 1u64..5_000,
        window in 1u64..100_000,
        offset in 0u64..200_000,
        asks in prop::collection::vec((0u64..3_000, 0u64..3_000), 1..200),
    ) {
        let refill = Refill::Calendar { offset_ms: offset };
        let budget = one(openai(refill), Limit::per(RateClass::Tokens, limit, window));
        let mut sums = std::collections::HashMap::new();
        for (at, size) in admissions(&budget, &asks, false) {
            *sums.entry((at + window - offset % window) / window).or_insert(0) += size;
        }
        prop_assert!(sums.values().all(|sum| *sum <= limit));
    }

    /// Everyone who waits and returns is admitted, each at most two windows after the previous one.
    #[test]
    fn nobody_starves(
        limit in 10u64..5_000,
        percents in prop::collection::vec(1u64..=100, 1..40),
        sliding: bool,
    ) {
        let refill = if sliding { Refill::Sliding } else { Refill::Continuous };
        let budget = one(openai(refill), Limit::per_minute(RateClass::Tokens, limit));
        let mut now = 5_000_000;
        let mut waiting: Vec<(usize, Turn)> = Vec::new();
        let mut order = Vec::new();
        for (id, percent) in percents.iter().enumerate() {
            match budget.admit(now, &Ask::new((limit * percent / 100).max(1))) {
                Admission::Admit(_) => order.push(id),
                Admission::WaitUntil(turn) => waiting.push((id, turn)),
                other => panic!("{other:?}"),
            }
        }
        let mut steps = 0;
        while !waiting.is_empty() {
            steps += 1;
            prop_assert!(steps < 1_000_000, "starved");
            let next = waiting.iter().enumerate().min_by_key(|(_, (id, turn))| (turn.until_ms(), *id)).unwrap().0;
            let (id, turn) = waiting.remove(next);
            now = now.max(turn.until_ms());
            match turn.admit(now) {
                Admission::Admit(_) => order.push(id),
                Admission::WaitUntil(turn) => waiting.insert(next, (id, turn)),
                other => panic!("{other:?}"),
            }
        }
        prop_assert_eq!(order.len(), percents.len());
        prop_assert!(now <= 5_000_000 + 125_000 * percents.len() as u64);
        prop_assert_eq!(budget.waiting(), 0);
    }

    /// No numbers, however extreme, panic or overflow.
    #[test]
    fn no_input_panics(
        limits in prop::collection::vec((0usize..7, any::<u64>(), any::<u64>(), 0usize..4, any::<u64>()), 0..8),
        steps in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>(), 0usize..7), 0..40),
    ) {
        let limits: Vec<Limit> = limits.into_iter().map(|(class, amount, window, refill, offset)| {
            let limit = Limit::per(RateClass::ALL[class], amount >> (amount % 64), window >> (window % 64));
            match refill {
                0 => limit.refill(Refill::Continuous),
                1 => limit.refill(Refill::Sliding),
                2 => limit.refill(Refill::Calendar { offset_ms: offset }),
                _ => limit,
            }
        }).collect();
        let Ok(budget) = RateBudget::new(HostRule::of(Host::Bedrock).output_weight(5), &limits) else { return Ok(()) };
        for (now, input, output, cached, class) in steps {
            let now = now >> (now % 64);
            let ask = Ask::new(input >> (input % 64)).max_output_tokens(output).cached_tokens(cached).spend_pico(output);
            let dimension = Dimension::new(RateClass::ALL[class]).limit(input).remaining(output).reset_ms(cached).window_ms(now);
            budget.observe(now, &[dimension, Dimension::new(RateClass::ALL[class]).remaining(cached)]);
            match budget.admit(now, &ask) {
                Admission::Admit(mut ticket) => {
                    ticket.observe(input, &[dimension]);
                    match class {
                        0 => ticket.refused(output, None, Some(cached)),
                        1 => ticket.unused(cached),
                        2 => drop(ticket),
                        _ => ticket.settle(cached, &RateUsage::new(output, input).cached_tokens(now)),
                    }
                }
                Admission::WaitUntil(turn) => drop(turn.admit(output)),
                _ => {}
            }
            budget.levels(input);
        }
    }
}

#[test]
fn one_step_for_all_limits_or_none() {
    let budget = RateBudget::new(
        HostRule::of(Host::Anthropic),
        &[
            Limit::per_minute(RateClass::Requests, 10),
            Limit::per_minute(RateClass::Output, 1_000),
        ],
    )
    .unwrap();
    let ask = Ask::new(5).max_output_tokens(980);
    let Admission::Admit(first) = budget.admit(0, &ask) else {
        panic!()
    };
    let before = budget.levels(0);
    let Admission::WaitUntil(turn) = budget.admit(0, &ask) else {
        panic!()
    };
    assert_eq!(
        budget.levels(0),
        before,
        "a request that waits takes nothing"
    );
    // The answer was short: the host corrects the output, so the next one passes.
    first.settle(1_000, &RateUsage::new(5, 10));
    assert!(matches!(turn.admit(1_001), Admission::Admit(_)));
}

#[test]
fn a_small_request_does_not_overtake_a_large_one_that_waits() {
    let budget = one(
        openai(Refill::Continuous),
        Limit::per_minute(RateClass::Tokens, 60_000),
    );
    assert!(matches!(
        budget.admit(0, &Ask::new(58_000)),
        Admission::Admit(_)
    ));
    let Admission::WaitUntil(large) = budget.admit(0, &Ask::new(50_000)) else {
        panic!()
    };
    // 800 are free, but the large request is first.
    let Admission::WaitUntil(small) = budget.admit(0, &Ask::new(100)) else {
        panic!("overtook")
    };
    drop(large);
    // It left the queue.
    assert!(matches!(small.admit(10), Admission::Admit(_)));
}

#[test]
fn a_lost_waiter_blocks_nobody_for_long() {
    let budget = one(
        openai(Refill::Continuous),
        Limit::per_minute(RateClass::Tokens, 60_000),
    );
    assert!(matches!(
        budget.admit(0, &Ask::new(58_800)),
        Admission::Admit(_)
    ));
    let Admission::WaitUntil(lost) = budget.admit(0, &Ask::new(50_000)) else {
        panic!()
    };
    std::mem::forget(lost);
    let Admission::WaitUntil(mut turn) = budget.admit(0, &Ask::new(100)) else {
        panic!()
    };
    for _ in 0..20 {
        let now = turn.until_ms();
        match turn.admit(now) {
            Admission::Admit(_) => {
                assert!(now <= 5_000, "{now}");
                return;
            }
            Admission::WaitUntil(next) => turn = next,
            other => panic!("{other:?}"),
        }
    }
    panic!("still waits");
}

#[test]
fn a_dropped_ticket_frees_its_slot_and_keeps_its_tokens() {
    let budget = RateBudget::new(
        HostRule::of(Host::Moonshot),
        &[
            Limit::concurrent(1),
            Limit::per_minute(RateClass::Tokens, 1_000),
        ],
    )
    .unwrap();
    let ask = Ask::new(400).max_output_tokens(100);
    let Admission::Admit(ticket) = budget.admit(0, &ask) else {
        panic!()
    };
    assert!(matches!(budget.admit(0, &ask), Admission::WaitUntil(_)));
    drop(ticket);
    let levels = budget.levels(0);
    assert_eq!((levels[0].available, levels[1].available), (1, 480));
}

#[test]
fn requests_over_a_limit_are_told_what_to_do() {
    let budget = one(
        HostRule::of(Host::Groq),
        Limit::per_minute(RateClass::Tokens, 6_000),
    );
    let Admission::Never(never) = budget.admit(0, &Ask::new(2_000).max_output_tokens(4_096)) else {
        panic!()
    };
    assert_eq!(
        never.to_string(),
        "the request takes 6096 of `tokens`, maximum is 6000 per 60000 ms; shrink the input or lower the limit for the answer"
    );
    // A limit of 0 is no quota: no wait helps.
    let budget = one(
        HostRule::of(Host::Gemini),
        Limit::per_day(RateClass::Requests, 0),
    );
    let Admission::Never(never) = budget.admit(0, &Ask::new(1)) else {
        panic!()
    };
    assert!(never.to_string().contains("no quota"));
    // The whole limit passes if nothing else is counted, headroom or not.
    let budget = one(
        openai(Refill::Continuous),
        Limit::per_minute(RateClass::Tokens, 6_000),
    );
    assert!(matches!(
        budget.admit(0, &Ask::new(6_000)),
        Admission::Admit(_)
    ));
}

#[test]
fn a_clock_that_is_set_back_does_not_stop_the_budget() {
    for refill in [Refill::Continuous, Refill::Sliding] {
        let budget = one(openai(refill), Limit::per_minute(RateClass::Requests, 1));
        let year = 31_536_000_000;
        assert!(matches!(
            budget.admit(50 * year, &Ask::new(1)),
            Admission::Admit(_)
        ));
        let Admission::WaitUntil(turn) = budget.admit(49 * year, &Ask::new(1)) else {
            panic!()
        };
        drop(turn);
        let at = 49 * year + 62_000;
        assert!(
            matches!(budget.admit(at, &Ask::new(1)), Admission::Admit(_)),
            "{refill:?}"
        );
    }
}

#[test]
fn threads_share_one_limit() {
    let budget = one(
        openai(Refill::Sliding),
        Limit::per_minute(RateClass::Requests, 1_000),
    );
    let admitted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let budget = budget.clone();
                scope.spawn(move || {
                    (0..500)
                        .filter(|_| matches!(budget.admit(7, &Ask::new(1)), Admission::Admit(_)))
                        .count()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(admitted, 980);
}

#[test]
fn wrong_limits_are_errors_with_a_remedy() {
    let rule = HostRule::of(Host::OpenAi);
    let error = |limits: &[Limit]| RateBudget::new(rule, limits).unwrap_err();
    let twice = [
        Limit::per_minute(RateClass::Tokens, 1),
        Limit::per_minute(RateClass::Tokens, 2),
    ];
    assert_eq!(
        error(&twice),
        RateError::Twice {
            first: 0,
            second: 1
        }
    );
    assert!(
        error(&[Limit::per(RateClass::Tokens, 1, 0)])
            .to_string()
            .contains("limit 0 has a window of 0 ms")
    );
    assert!(matches!(
        error(&[Limit::per_minute(RateClass::Tokens, u64::MAX)]),
        RateError::Amount { index: 0, .. }
    ));
}
