//! 1,000 callers against a simulated provider: discrete events, virtual time, a seeded generator.
//!
//! The provider has its own clock and its own limiter, independent of the crate's: a continuous
//! bucket in floating point, or an exact log of a sliding window.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use tokenfit::model::Host;
use tokenfit::reply::rate::{
    Admission, Ask, Dimension, HostRule, Limit, RateBudget, RateClass, RateUsage, Refill, Ticket,
    Turn,
};

const CALLERS: usize = 1_000;
const MINUTE: u64 = 60_000;

/// xorshift64*: the same run on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + (self.next() * (high - low) as f64) as u64
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bucket,
    Window,
}

/// One limit of the provider.
struct Gauge {
    kind: Kind,
    limit: f64,
    level: f64,
    at: u64,
    log: VecDeque<(u64, f64)>,
    used: f64,
}

impl Gauge {
    fn new(kind: Kind, limit: u64) -> Gauge {
        Gauge {
            kind,
            limit: limit as f64,
            level: limit as f64,
            at: 0,
            log: VecDeque::new(),
            used: 0.0,
        }
    }

    fn advance(&mut self, now: u64) {
        self.level =
            (self.level + (now - self.at) as f64 * self.limit / MINUTE as f64).min(self.limit);
        self.at = now;
        while self.log.front().is_some_and(|(at, _)| at + MINUTE <= now) {
            self.used -= self.log.pop_front().unwrap().1;
        }
    }

    fn remaining(&self) -> f64 {
        match self.kind {
            Kind::Bucket => self.level,
            Kind::Window => (self.limit - self.used).max(0.0),
        }
    }

    fn take(&mut self, now: u64, amount: u64) {
        self.level -= amount as f64;
        self.used += amount as f64;
        self.log.push_back((now, amount as f64));
    }
}

#[derive(Clone, Copy)]
struct Setup {
    kind: Kind,
    requests: u64,
    tokens: u64,
    headers: bool,
    /// Time at which the provider's limits are halved.
    halved_at: Option<u64>,
    /// Maximum deviation of callers' clocks from the true time.
    clocks_off: u64,
    minutes: u64,
}

#[derive(Default, Debug)]
struct Result {
    sent: u64,
    accepted: u64,
    refused: Vec<u64>,
    /// Accepted tokens and requests by minute.
    tokens: Vec<u64>,
    requests: Vec<u64>,
    longest_wait: u64,
}

enum Event {
    Ask(usize),
    Arrive(usize),
    Headers(usize),
    Done(usize),
}

#[derive(Default)]
struct Caller {
    turn: Option<Turn>,
    ticket: Option<Ticket>,
    ask: Ask,
    since: u64,
    dimensions: Vec<Dimension>,
    refused: bool,
}

fn run(setup: Setup, budget: &RateBudget) -> Result {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let offsets: Vec<i64> = (0..CALLERS)
        .map(|_| (random.next() * 2.0 * setup.clocks_off as f64) as i64 - setup.clocks_off as i64)
        .collect();
    // An epoch, so that a clock that is late has no negative times.
    let epoch = 1_000_000_000_000u64;
    let local = |caller: usize, now: u64| (epoch + now).saturating_add_signed(offsets[caller]);
    let truly = |caller: usize, time: u64| {
        (time.saturating_add_signed(-offsets[caller])).saturating_sub(epoch)
    };

    let mut requests = Gauge::new(setup.kind, setup.requests);
    let mut tokens = Gauge::new(setup.kind, setup.tokens);
    let mut callers: Vec<Caller> = (0..CALLERS).map(|_| Caller::default()).collect();
    let mut events = BinaryHeap::new();
    let mut store: Vec<Event> = Vec::new();
    let push = |events: &mut BinaryHeap<_>, store: &mut Vec<Event>, at: u64, event: Event| {
        store.push(event);
        events.push(Reverse((at, store.len() - 1)));
    };
    for caller in 0..CALLERS {
        push(
            &mut events,
            &mut store,
            random.between(0, 1_000),
            Event::Ask(caller),
        );
    }
    let end = setup.minutes * MINUTE;
    let mut result = Result {
        tokens: vec![0; setup.minutes as usize],
        requests: vec![0; setup.minutes as usize],
        ..Result::default()
    };
    let mut halved = false;
    while let Some(Reverse((now, index))) = events.pop() {
        if now >= end {
            break;
        }
        if !halved && setup.halved_at.is_some_and(|at| now >= at) {
            halved = true;
            for gauge in [&mut requests, &mut tokens] {
                gauge.advance(now);
                gauge.limit /= 2.0;
                gauge.level = gauge.level.min(gauge.limit);
            }
        }
        match store[index] {
            Event::Ask(id) => {
                let caller = &mut callers[id];
                let clock = local(id, now);
                let admission = match caller.turn.take() {
                    Some(turn) => turn.admit(clock),
                    None => {
                        // Mostly small requests, some large ones.
                        let size = if random.next() < 0.1 {
                            random.between(4_000, 8_000)
                        } else {
                            random.between(200, 2_000)
                        };
                        caller.ask = Ask::new(size).max_output_tokens(500);
                        caller.since = now;
                        budget.admit(clock, &caller.ask)
                    }
                };
                match admission {
                    Admission::Admit(ticket) => {
                        result.sent += 1;
                        result.longest_wait = result.longest_wait.max(now - caller.since);
                        caller.ticket = Some(ticket);
                        // In transit for 20 to 300 ms.
                        push(
                            &mut events,
                            &mut store,
                            now + random.between(20, 300),
                            Event::Arrive(id),
                        );
                    }
                    Admission::WaitUntil(turn) => {
                        let at = truly(id, turn.until_ms()).max(now + 1);
                        caller.turn = Some(turn);
                        push(&mut events, &mut store, at, Event::Ask(id));
                    }
                    other => panic!("{other:?}"),
                }
            }
            Event::Arrive(id) => {
                let caller = &mut callers[id];
                requests.advance(now);
                tokens.advance(now);
                let size = caller.ask.input_tokens;
                caller.refused = requests.remaining() < 1.0 || tokens.remaining() < size as f64;
                if caller.refused {
                    result.refused.push(now);
                } else {
                    requests.take(now, 1);
                    tokens.take(now, size);
                    result.accepted += 1;
                    result.tokens[(now / MINUTE) as usize] += size;
                    result.requests[(now / MINUTE) as usize] += 1;
                }
                caller.dimensions.clear();
                if setup.headers {
                    for (class, gauge) in [
                        (RateClass::Requests, &requests),
                        (RateClass::Tokens, &tokens),
                    ] {
                        caller.dimensions.push(
                            Dimension::new(class)
                                .limit(gauge.limit as u64)
                                .remaining(gauge.remaining() as u64),
                        );
                    }
                }
                push(
                    &mut events,
                    &mut store,
                    now + random.between(20, 800),
                    Event::Headers(id),
                );
            }
            Event::Headers(id) => {
                let caller = &mut callers[id];
                let ticket = caller.ticket.as_mut().unwrap();
                if !caller.dimensions.is_empty() {
                    ticket.observe(local(id, now), &caller.dimensions);
                }
                if caller.refused {
                    caller
                        .ticket
                        .take()
                        .unwrap()
                        .refused(local(id, now), None, None);
                    push(
                        &mut events,
                        &mut store,
                        now + random.between(500, 1_500),
                        Event::Ask(id),
                    );
                } else {
                    push(
                        &mut events,
                        &mut store,
                        now + random.between(200, 5_000),
                        Event::Done(id),
                    );
                }
            }
            Event::Done(id) => {
                let caller = &mut callers[id];
                let usage = RateUsage::new(caller.ask.input_tokens, 120);
                caller.ticket.take().unwrap().settle(local(id, now), &usage);
                push(&mut events, &mut store, now + 1, Event::Ask(id));
            }
        }
    }
    result
}

/// Used share of the tightest limit in a range of minutes.
fn used(setup: &Setup, result: &Result, minutes: std::ops::Range<usize>, factor: f64) -> f64 {
    let share = |counts: &[u64], limit: u64| {
        let sum: u64 = counts[minutes.clone()].iter().sum();
        sum as f64 / (limit as f64 * factor * minutes.len() as f64)
    };
    share(&result.tokens, setup.tokens).max(share(&result.requests, setup.requests))
}

const SETUP: Setup = Setup {
    kind: Kind::Bucket,
    requests: 10_000,
    tokens: 10_000_000,
    headers: true,
    halved_at: None,
    clocks_off: 0,
    minutes: 10,
};

fn budget(setup: &Setup, refill: Refill) -> RateBudget {
    RateBudget::new(
        HostRule::of(Host::OpenAi).refill(refill),
        &[
            Limit::per_minute(RateClass::Requests, setup.requests),
            Limit::per_minute(RateClass::Tokens, setup.tokens),
        ],
    )
    .unwrap()
}

fn report(name: &str, setup: &Setup, result: &Result, share: f64) {
    println!(
        "{name}: {} sent, {} refused, {:.1} % of the capacity used, longest wait {} ms, {} kind",
        result.sent,
        result.refused.len(),
        share * 100.0,
        result.longest_wait,
        if setup.kind == Kind::Bucket {
            "bucket"
        } else {
            "window"
        },
    );
}

/// Known limits: nothing is refused, and at least 95 % of the capacity is used, whichever way the
/// provider counts.
#[test]
fn known_limits_are_used_and_never_exceeded() {
    for (kind, refill) in [
        (Kind::Bucket, Refill::Continuous),
        (Kind::Bucket, Refill::Sliding),
        (Kind::Window, Refill::Sliding),
    ] {
        for (requests, tokens) in [
            (10_000, 10_000_000),
            (30_000, 1_500_000),
            (1_200, 30_000_000),
        ] {
            for headers in [false, true] {
                let setup = Setup {
                    kind,
                    requests,
                    tokens,
                    headers,
                    ..SETUP
                };
                let result = run(setup, &budget(&setup, refill));
                let share = used(&setup, &result, 1..10, 1.0);
                report(
                    &format!("known limits, {refill:?}, headers {headers}"),
                    &setup,
                    &result,
                    share,
                );
                assert!(
                    result.refused.is_empty(),
                    "{} refused",
                    result.refused.len()
                );
                assert!(share >= 0.95, "{share}");
            }
        }
    }
}

/// Seconds after the halving until the last refusal, and the use of the new capacity in the minutes
/// after the next one.
fn recovery(setup: &Setup, result: &Result) -> (usize, f64, f64) {
    let at = setup.halved_at.unwrap();
    let after: Vec<u64> = result
        .refused
        .iter()
        .copied()
        .filter(|time| *time >= at)
        .collect();
    let last = after
        .last()
        .map_or(0.0, |last| (last - at) as f64 / 1_000.0);
    let minute = (at / MINUTE) as usize;
    (
        after.len(),
        last,
        used(setup, result, minute + 2..setup.minutes as usize, 0.5),
    )
}

/// Limits halved mid-run, with headers: refusals end within 2 s (requests in transit), and 95 % of
/// the new capacity is used.
#[test]
fn halved_limits_are_learned_from_headers() {
    for (kind, refill) in [
        (Kind::Bucket, Refill::Continuous),
        (Kind::Window, Refill::Sliding),
    ] {
        let setup = Setup {
            kind,
            halved_at: Some(4 * MINUTE + 20_000),
            ..SETUP
        };
        let result = run(setup, &budget(&setup, refill));
        let (refused, last, share) = recovery(&setup, &result);
        report("halved, headers", &setup, &result, share);
        println!("  {refused} refused after the halving, the last {last:.1} s after it");
        assert!(refused < CALLERS / 3 && last < 2.0);
        assert!(share >= 0.95, "{share}");
    }
}

/// Limits halved mid-run, no headers: refusals alone teach the rate. They continue, because only a
/// refusal shows the limit, but stay below 3 % of the requests, and at least 80 % of the new
/// capacity is used.
#[test]
fn halved_limits_are_learned_from_refusals() {
    for (kind, refill) in [
        (Kind::Bucket, Refill::Continuous),
        (Kind::Window, Refill::Sliding),
    ] {
        let setup = Setup {
            kind,
            headers: false,
            halved_at: Some(4 * MINUTE + 20_000),
            minutes: 30,
            ..SETUP
        };
        let result = run(setup, &budget(&setup, refill));
        let (refused, last, share) = recovery(&setup, &result);
        report("halved, no headers", &setup, &result, share);
        println!("  {refused} refused after the halving, the last {last:.1} s after it");
        let sent_after: u64 = result.requests[4..].iter().sum();
        assert!(
            (refused as f64) < 0.03 * sent_after as f64,
            "{refused} of {sent_after}"
        );
        assert!(share >= 0.80, "{share}");
    }
}

/// Clocks of the callers off by up to 2 s: nothing is refused.
#[test]
fn clocks_that_differ_do_no_harm() {
    for (kind, refill) in [
        (Kind::Bucket, Refill::Continuous),
        (Kind::Window, Refill::Sliding),
    ] {
        let setup = Setup {
            kind,
            clocks_off: 2_000,
            ..SETUP
        };
        let result = run(setup, &budget(&setup, refill));
        let share = used(&setup, &result, 1..10, 1.0);
        report("clocks off by 2 s", &setup, &result, share);
        assert!(result.refused.is_empty());
        assert!(share >= 0.95, "{share}");
    }
}

/// Unknown limits, no headers: learned from refusals.
#[test]
fn unknown_limits_are_learned_from_refusals() {
    let setup = Setup {
        kind: Kind::Window,
        headers: false,
        minutes: 30,
        ..SETUP
    };
    let limits = [
        Limit::learned(RateClass::Requests, MINUTE),
        Limit::learned(RateClass::Tokens, MINUTE),
    ];
    let budget =
        RateBudget::new(HostRule::of(Host::OpenAi).refill(Refill::Sliding), &limits).unwrap();
    let result = run(setup, &budget);
    let share = used(&setup, &result, 5..30, 1.0);
    report("unknown limits, no headers", &setup, &result, share);
    assert!((result.refused.len() as f64) < 0.01 * result.sent as f64);
    assert!(share >= 0.90, "{share}");
}

/// Unknown limits, with headers: learned from the first answers.
#[test]
fn unknown_limits_are_learned_from_headers() {
    let setup = Setup {
        kind: Kind::Bucket,
        ..SETUP
    };
    let budget = RateBudget::new(HostRule::of(Host::OpenAi), &[]).unwrap();
    let result = run(setup, &budget);
    let share = used(&setup, &result, 1..10, 1.0);
    report("unknown limits, headers", &setup, &result, share);
    assert!(result.refused.len() < CALLERS / 10);
    assert!(share >= 0.95, "{share}");
}
