//! Load: 64 connections at once, and what the proxy adds to the time of a request.
//!
//! Client and upstream are threads of this process; the proxy is the built command, or the one
//! that `TOKENFIT_BIN` names. Each part takes 3 s; with `TOKENFIT_FULL=1` the first one takes 60 s.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::serve::{OK, Server};

const CONNECTIONS: usize = 64;

/// Requests a second of the paced part: a load that leaves the processors time.
const PACE: u32 = 128;

/// Answers every request on kept connections.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{OK}",
        OK.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut reader = BufReader::with_capacity(64 << 10, stream);
                while let Some((_, length)) = head(&mut reader) {
                    let mut body = vec![0; length];
                    if reader.read_exact(&mut body).is_err()
                        || reader.get_mut().write_all(answer.as_bytes()).is_err()
                    {
                        break;
                    }
                }
            });
        }
    });
    addr
}

/// Reads a head; returns its first line and the length of the body.
fn head(reader: &mut impl BufRead) -> Option<(String, usize)> {
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim().split_once(':') {
            None => return Some((first, length)),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?;
            }
            _ => {}
        }
    }
}

/// Bodies of 50 KB: conversations of different words.
fn bodies() -> Vec<String> {
    let words = [
        "soil",
        "Beet",
        "irrigation",
        "12.5",
        "moisture",
        "the",
        "of",
        "sensor_7",
        "Wetter",
        "and",
        "threshold",
        "is",
        "rain",
        "leaf",
        "naïve",
        "gateway",
        "nitrogen",
        "a",
        "valve",
        "at",
    ];
    let mut random = 11u64;
    let mut word = move || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        words[(random >> 33) as usize % words.len()]
    };
    (0..16)
        .map(|_| {
            let mut body = r#"{"model": "gpt-4o", "messages": ["#.to_owned();
            let mut role = "user";
            while body.len() < 50_000 {
                let text: Vec<&str> = (0..80).map(|_| word()).collect();
                body.push_str(&format!(
                    r#"{{"role": "{role}", "content": "{}"}}, "#,
                    text.join(" ")
                ));
                role = if role == "user" { "assistant" } else { "user" };
            }
            body + r#"{"role": "user", "content": "And bed 2?"}]}"#
        })
        .collect()
}

/// Sends on all connections, as fast as answers arrive or at a pace. Returns the times of all
/// requests in microseconds, sorted.
fn load(addr: SocketAddr, bodies: &[String], time: Duration, pace: Option<u32>) -> Vec<u32> {
    let end = Instant::now() + time;
    let mut all: Vec<u32> = std::thread::scope(|scope| {
        let connections: Vec<_> = (0..CONNECTIONS)
            .map(|nth| {
                scope.spawn(move || {
                    let stream = TcpStream::connect(addr).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut reader = BufReader::new(stream);
                    let mut times = Vec::new();
                    let step = pace.map(|pace| Duration::from_secs(1) * CONNECTIONS as u32 / pace);
                    let mut next = Instant::now() + step.unwrap_or_default() * nth as u32 / CONNECTIONS as u32;
                    for body in bodies.iter().cycle().skip(nth) {
                        std::thread::sleep(next.saturating_duration_since(Instant::now()));
                        next += step.unwrap_or_default();
                        if Instant::now() >= end {
                            break;
                        }
                        let request = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                        let began = Instant::now();
                        reader.get_mut().write_all(request.as_bytes()).unwrap();
                        let (first, length) = head(&mut reader).expect("an answer");
                        let mut answer = vec![0; length];
                        reader.read_exact(&mut answer).unwrap();
                        times.push(began.elapsed().as_micros() as u32);
                        assert!(first.contains(" 200 ") && answer == OK.as_bytes(), "{first}");
                    }
                    times
                })
            })
            .collect();
        connections
            .into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    all.sort_unstable();
    all
}

fn at(times: &[u32], share: f64) -> f64 {
    let index = (times.len() as f64 * share) as usize;
    f64::from(times[index.min(times.len() - 1)]) / 1_000.0
}

fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes 15 seconds of all processors"]
fn sixty_four_connections() {
    let short = Duration::from_secs(3);
    let long = if crate::common::full() {
        Duration::from_secs(60)
    } else {
        short
    };
    let bodies = bodies();
    let upstream = upstream();
    let server = Server::start(&["--upstream", &format!("http://{upstream}")]);
    load(server.addr, &bodies, Duration::from_secs(1), None);
    let warm = memory(&server);
    let times = load(server.addr, &bodies, long, None);
    let after = memory(&server);
    println!(
        "{CONNECTIONS} connections for {} s, bodies of 50 KB: {:.0} requests/s, p50 {:.1} ms, p99 {:.1} ms; memory {} MiB, then {} MiB",
        long.as_secs(),
        times.len() as f64 / long.as_secs_f64(),
        at(&times, 0.5),
        at(&times, 0.99),
        warm >> 10,
        after >> 10
    );
    assert!(
        after < warm + (64 << 10),
        "memory grows: {warm} KiB, then {after} KiB"
    );
    let direct = load(upstream, &bodies, short, Some(PACE));
    let guarded = load(server.addr, &bodies, short, Some(PACE));
    println!(
        "{PACE} requests/s over {CONNECTIONS} connections: direct p50 {:.2} ms, p99 {:.2} ms; guarded p50 {:.2} ms, p99 {:.2} ms; added {:.2} ms and {:.2} ms",
        at(&direct, 0.5),
        at(&direct, 0.99),
        at(&guarded, 0.5),
        at(&guarded, 0.99),
        at(&guarded, 0.5) - at(&direct, 0.5),
        at(&guarded, 0.99) - at(&direct, 0.99)
    );
    let metrics = crate::fake::ask(server.addr, "GET", "/metrics", &[], b"").text();
    let done = metrics
        .lines()
        .find_map(|line| line.strip_prefix(r#"tokenfit_calls_total{end="done"} "#));
    let done: usize = done.unwrap().parse().unwrap();
    assert!(
        done > times.len() + guarded.len(),
        "every call is counted: {done}"
    );
}
