//! The shared budget on a real Redis server that the test starts on a free loopback port.
//!
//! Tests that start one are ignored by default, because they need `redis-server`.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]
#![cfg(feature = "redis")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokenfit::model::Host;
use tokenfit::reply::rate::{
    Ask, Dimension, HostRule, Limit, Lost, Never, RateClass, RateUsage, Refill, SharedAdmission,
    SharedBudget, SharedError, SharedSettings,
};

struct Server {
    child: Child,
    address: String,
    /// One server at a time: the machine may have few cores, and another process can take a free
    /// port.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

impl Server {
    /// Starts a server.
    fn start() -> Server {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let child = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ])
                .current_dir(std::env::temp_dir())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut child = child.unwrap_or_else(|error| panic!("redis-server: {error}"));
            let address = format!("redis://127.0.0.1:{port}");
            let client = redis::Client::open(address.as_str()).unwrap();
            for _ in 0..100 {
                std::thread::sleep(Duration::from_millis(50));
                // It exits at once if the port was taken meanwhile.
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                let connection = client.get_connection_with_timeout(Duration::from_secs(2));
                let answer = connection
                    .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
                if answer.is_ok_and(|answer| answer == "PONG") {
                    return Server {
                        child,
                        address,
                        _alone: alone,
                    };
                }
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("redis-server does not answer");
    }

    fn budget(&self, settings: SharedSettings, refill: Refill, limits: &[Limit]) -> SharedBudget {
        let rule = HostRule::of(Host::Anthropic).refill(refill);
        SharedBudget::new(&self.address, settings, rule, limits).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now() -> u64 {
    u64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis(),
    )
    .unwrap()
}

/// Generous: the machine may be busy.
fn settings(name: &str) -> SharedSettings {
    SharedSettings::new(name).timeout_ms(2_000)
}

const WINDOW: u64 = 2_000;
const REQUESTS: u64 = 400;
const TOKENS: u64 = 200_000;
const RUN: Duration = Duration::from_secs(8);

fn limits() -> [Limit; 2] {
    [
        Limit::per(RateClass::Requests, REQUESTS, WINDOW),
        Limit::per(RateClass::Input, TOKENS, WINDOW),
    ]
}

/// One of the 10 processes: sends as fast as possible, and prints the times of admission on the
/// server's clock.
#[test]
#[ignore = "runs as a process of `ten_processes_share_one_limit`"]
fn worker() {
    let address = std::env::var("TOKENFIT_TEST_REDIS").unwrap();
    let seed: u64 = std::env::var("TOKENFIT_TEST_SEED")
        .unwrap()
        .parse()
        .unwrap();
    let refill = match std::env::var("TOKENFIT_TEST_REFILL").unwrap().as_str() {
        "sliding" => Refill::Sliding,
        _ => Refill::Continuous,
    };
    let rule = HostRule::of(Host::Anthropic).refill(refill);
    let budget = SharedBudget::new(&address, settings("ten"), rule, &limits()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let budget = &budget;
            scope.spawn(move || {
                let mut random = (seed * 4 + thread + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let mut next = move || {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    (random >> 11) as f64 / (1u64 << 53) as f64
                };
                let end = Instant::now() + RUN;
                while Instant::now() < end {
                    let size = 100 + (next() * 1_000.0) as u64;
                    let mut admission = budget.admit(now(), &Ask::new(size), next());
                    loop {
                        match admission {
                            SharedAdmission::Admit(ticket) => {
                                println!(
                                    "ADMITTED {} {size}",
                                    ticket.admitted_at_ms().expect("counted")
                                );
                                ticket.settle(now(), &RateUsage::new(size, 10));
                                break;
                            }
                            SharedAdmission::WaitUntil(turn) if Instant::now() < end => {
                                let wait = turn.until_ms().saturating_sub(now()).max(1);
                                std::thread::sleep(Duration::from_millis(wait));
                                admission = turn.admit(now(), next());
                            }
                            SharedAdmission::WaitUntil(_) => break,
                            other => panic!("{other:?}"),
                        }
                    }
                }
            });
        }
    });
}

/// 10 processes with 4 threads each: no window exceeds the limit (sliding), or the limit plus the
/// refill (continuous). The slack is 0.
#[test]
#[ignore = "needs redis-server"]
fn ten_processes_share_one_limit() {
    for refill in ["sliding", "continuous"] {
        let server = Server::start();
        let workers: Vec<Child> = (0..10)
            .map(|seed| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["worker", "--exact", "--ignored", "--nocapture"])
                    .env("TOKENFIT_TEST_REDIS", &server.address)
                    .env("TOKENFIT_TEST_SEED", seed.to_string())
                    .env("TOKENFIT_TEST_REFILL", refill)
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut admitted: Vec<(u64, u64)> = Vec::new();
        let mut busy = 0;
        for worker in workers {
            let output = worker.wait_with_output().unwrap();
            assert!(output.status.success());
            let before = admitted.len();
            for line in String::from_utf8(output.stdout).unwrap().lines() {
                // The harness can print before the first line ends.
                if let Some((_, numbers)) = line.split_once("ADMITTED ") {
                    let (at, size) = numbers.split_once(' ').unwrap();
                    admitted.push((at.parse().unwrap(), size.parse().unwrap()));
                }
            }
            busy += usize::from(admitted.len() > before);
        }
        admitted.sort_unstable();
        let factor = if refill == "sliding" { 1 } else { 2 };
        let (mut requests, mut tokens) = (0, 0);
        for last in 0..admitted.len() {
            let end = admitted[last].0;
            let window = admitted[..=last]
                .iter()
                .rev()
                .take_while(|(at, _)| at + WINDOW > end);
            let (count, sum) =
                window.fold((0, 0), |(count, sum), (_, size)| (count + 1, sum + size));
            requests = requests.max(count);
            tokens = tokens.max(sum);
        }
        let first = admitted[0].0;
        let spent: u64 = admitted
            .iter()
            .filter(|(at, _)| (first + WINDOW..first + 3 * WINDOW).contains(at))
            .map(|(_, size)| size)
            .sum();
        let share = spent as f64 / (2 * TOKENS) as f64;
        println!(
            "{refill}: {busy} processes, {} admitted, most in a window: {requests} of {REQUESTS} requests, {tokens} of {TOKENS} tokens; {:.1} % of the capacity used",
            admitted.len(),
            share * 100.0
        );
        assert_eq!(busy, 10);
        assert!(requests <= factor * REQUESTS, "{requests}");
        assert!(tokens <= factor * TOKENS, "{tokens}");
        assert!(share >= 0.9, "{share}");
    }
}

fn admit(budget: &SharedBudget, size: u64) -> SharedAdmission {
    budget.admit(now(), &Ask::new(size).max_output_tokens(50), 0.0)
}

#[test]
#[ignore = "needs redis-server"]
fn all_limits_or_none_and_settlements() {
    let server = Server::start();
    for refill in [
        Refill::Sliding,
        Refill::Continuous,
        Refill::Calendar { offset_ms: 0 },
    ] {
        let name = format!("{refill:?}").split(' ').next().unwrap().to_owned();
        let budget = server.budget(
            settings(&name),
            refill,
            &[
                Limit::per_day(RateClass::Requests, 100),
                Limit::per_day(RateClass::Input, 1_000),
                Limit::per_day(RateClass::Output, 5_000),
            ],
        );
        let SharedAdmission::Admit(ticket) = admit(&budget, 900) else {
            panic!()
        };
        // Requests would fit, input does not: nothing is taken.
        let SharedAdmission::WaitUntil(turn) = admit(&budget, 200) else {
            panic!()
        };
        turn.leave(now());
        assert!(matches!(
            admit(&budget, 1_001),
            SharedAdmission::Never(Never {
                class: RateClass::Input,
                limit: 1_000,
                ..
            })
        ));
        // 800 of the input were cached: returned.
        ticket.settle(now(), &RateUsage::new(900, 20).cached_tokens(800));
        let SharedAdmission::Admit(ticket) = admit(&budget, 800) else {
            panic!("{name}")
        };
        ticket.unused(now());
        let SharedAdmission::Admit(mut ticket) = admit(&budget, 800) else {
            panic!("{name}")
        };
        // The host reports 30 remaining; 80 were assumed.
        ticket.observe(
            now(),
            &[Dimension::new(RateClass::Input).limit(1_000).remaining(30)],
        );
        assert!(
            matches!(admit(&budget, 60), SharedAdmission::WaitUntil(_)),
            "{name}"
        );
    }
}

#[test]
#[ignore = "needs redis-server"]
fn slots_are_freed_by_settling_and_by_the_lease() {
    let server = Server::start();
    let budget = server.budget(
        settings("slots").lease_ms(300),
        Refill::Sliding,
        &[Limit::concurrent(2)],
    );
    let SharedAdmission::Admit(first) = admit(&budget, 1) else {
        panic!()
    };
    let SharedAdmission::Admit(lost) = admit(&budget, 1) else {
        panic!()
    };
    let SharedAdmission::WaitUntil(turn) = admit(&budget, 1) else {
        panic!()
    };
    turn.leave(now());
    first.settle(now(), &RateUsage::new(1, 1));
    let SharedAdmission::Admit(_third) = admit(&budget, 1) else {
        panic!()
    };
    // Its machine disappeared.
    drop(lost);
    std::thread::sleep(Duration::from_millis(400));
    assert!(matches!(admit(&budget, 1), SharedAdmission::Admit(_)));
}

#[test]
#[ignore = "needs redis-server"]
fn a_large_request_does_not_starve() {
    let server = Server::start();
    let budget = server.budget(
        settings("fair"),
        Refill::Continuous,
        &[Limit::per(RateClass::Input, 10_000, 1_000)],
    );
    assert!(matches!(admit(&budget, 9_800), SharedAdmission::Admit(_)));
    let SharedAdmission::WaitUntil(mut large) = admit(&budget, 9_000) else {
        panic!()
    };
    let begin = Instant::now();
    loop {
        // A stream of small requests that would use up the refill.
        for _ in 0..10 {
            let _ = admit(&budget, 200);
        }
        std::thread::sleep(Duration::from_millis(20));
        if now() < large.until_ms() {
            continue;
        }
        match large.admit(now(), 0.0) {
            SharedAdmission::Admit(_) => break,
            SharedAdmission::WaitUntil(turn) => large = turn,
            other => panic!("{other:?}"),
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "starved");
    }
}

#[test]
#[ignore = "needs redis-server"]
fn refusals_halve_the_rate_for_all() {
    let server = Server::start();
    let limits = [Limit::per_minute(RateClass::Requests, 100)];
    let one = server.budget(settings("halved"), Refill::Sliding, &limits);
    let other = server.budget(settings("halved"), Refill::Sliding, &limits);
    let SharedAdmission::Admit(ticket) = admit(&one, 1) else {
        panic!()
    };
    ticket.refused(now(), None, Some(200));
    assert!(matches!(admit(&other, 1), SharedAdmission::WaitUntil(_)));
    std::thread::sleep(Duration::from_millis(250));
    let admitted = (0..100)
        .filter(|_| matches!(admit(&other, 1), SharedAdmission::Admit(_)))
        .count();
    // 49 of the 98, minus the refused one, plus the refill meanwhile.
    assert!((48..75).contains(&admitted), "{admitted}");
}

/// A host that lowers a limit reports the rest of the new one.
#[test]
#[ignore = "needs redis-server"]
fn what_remains_is_of_the_limit_beside_it() {
    let server = Server::start();
    for refill in [
        Refill::Sliding,
        Refill::Continuous,
        Refill::Calendar { offset_ms: 0 },
    ] {
        let name = format!("lowered-{}", format!("{refill:?}").len());
        let budget = server.budget(
            settings(&name),
            refill,
            &[Limit::per_day(RateClass::Input, 1_000)],
        );
        let SharedAdmission::Admit(mut ticket) = admit(&budget, 10) else {
            panic!()
        };
        let lowered = Dimension::new(RateClass::Input).limit(100).remaining(50);
        ticket.observe(now(), &[lowered]);
        assert!(
            matches!(admit(&budget, 40), SharedAdmission::Admit(_)),
            "{refill:?}"
        );
        assert!(
            matches!(admit(&budget, 40), SharedAdmission::WaitUntil(_)),
            "{refill:?}"
        );
    }
}

#[test]
#[ignore = "needs redis-server"]
fn keys_expire() {
    let server = Server::start();
    let budget = server.budget(
        settings("expiry"),
        Refill::Sliding,
        &[
            Limit::per_minute(RateClass::Requests, 100),
            Limit::concurrent(5),
        ],
    );
    assert!(matches!(admit(&budget, 1), SharedAdmission::Admit(_)));
    let mut connection = redis::Client::open(server.address.as_str())
        .unwrap()
        .get_connection()
        .unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let expires: i64 = redis::cmd("PTTL").arg(&key).query(&mut connection).unwrap();
        assert!(expires > 0 && expires <= 960_000, "{key} {expires}");
        assert!(key.starts_with("tokenfit:rate:1:{expiry}"));
    }
    // The levels stay as long as a host's requested wait.
    let SharedAdmission::Admit(ticket) = admit(&budget, 1) else {
        panic!()
    };
    ticket.refused(now(), None, Some(3_600_000));
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let longest = keys.iter().map(|key| {
        let expires: i64 = redis::cmd("PTTL").arg(key).query(&mut connection).unwrap();
        expires
    });
    assert!(longest.max().unwrap() > 3_600_000);
}

#[test]
#[ignore = "needs redis-server"]
fn a_lost_server_means_the_stated_policy() {
    let mut server = Server::start();
    let limits = [Limit::per_minute(RateClass::Requests, 10)];
    let budget = |lost| server.budget(settings("lost").lost(lost), Refill::Sliding, &limits);
    let (closed, open, local) = (
        budget(Lost::Closed),
        budget(Lost::Open),
        budget(Lost::Local(50)),
    );
    for budget in [&closed, &open, &local] {
        assert!(matches!(admit(budget, 1), SharedAdmission::Admit(ticket) if ticket.is_counted()));
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let begin = Instant::now();
    assert!(matches!(admit(&closed, 1), SharedAdmission::Lost { .. }));
    for _ in 0..100 {
        assert!(matches!(admit(&open, 1), SharedAdmission::Admit(ticket) if !ticket.is_counted()));
    }
    let admitted = (0..100)
        .filter(|_| matches!(admit(&local, 1), SharedAdmission::Admit(_)))
        .count();
    assert_eq!(admitted, 5, "half of 10");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// A server that accepts connections but never answers.
#[test]
fn a_silent_server_is_no_hang() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", listener.local_addr().unwrap());
    let settings = SharedSettings::new("silent")
        .timeout_ms(100)
        .pause_ms(60_000);
    let budget = SharedBudget::new(
        &address,
        settings,
        HostRule::of(Host::OpenAi),
        &[Limit::per_minute(RateClass::Requests, 1)],
    )
    .unwrap();
    let begin = Instant::now();
    let SharedAdmission::Lost { again_ms } = admit(&budget, 1) else {
        panic!()
    };
    let first = begin.elapsed();
    assert!(first < Duration::from_millis(400 + 200), "{first:?}");
    assert!(again_ms > now() + 50_000);
    // During the pause no call waits for it.
    let begin = Instant::now();
    for _ in 0..100 {
        assert!(matches!(admit(&budget, 1), SharedAdmission::Lost { .. }));
    }
    assert!(begin.elapsed() < Duration::from_millis(100));
}

#[test]
fn wrong_settings_show_no_secret() {
    let rule = HostRule::of(Host::OpenAi);
    let error = |address: &str, name: &str, limits: &[Limit]| {
        SharedBudget::new(address, SharedSettings::new(name), rule, limits).unwrap_err()
    };
    let address = error("http://user:MARKER@host", "a", &[]);
    assert_eq!(address, SharedError::Address);
    assert!(!address.to_string().contains("MARKER"));
    let name = error("redis://127.0.0.1", "sk MARKER", &[]);
    assert!(
        !name.to_string().contains("MARKER") && matches!(name, SharedError::Name { length: 9 })
    );
    let unknown = [Limit::learned(RateClass::Requests, 60_000)];
    assert_eq!(
        error("redis://127.0.0.1", "a", &unknown),
        SharedError::UnknownAmount { index: 0 }
    );
}
