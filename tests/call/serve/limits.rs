//! Limits: sizes, times, connections.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{OK, Server};
use crate::fake::{Fake, Reply, post};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;

#[test]
fn bodies_have_a_limit() {
    let fake = Fake::script(vec![Reply::ok(&"x".repeat(3_000)), Reply::ok(OK)]);
    let server = Server::before(&fake, &["--max-body", "2000", "--max-sends", "1"]);
    let got = post(server.addr, "/v1/messages", &"x".repeat(3_000));
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (413, Some("request_too_large"))
    );
    assert!(fake.seen().is_empty());
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!(got.status, 502, "the answer is too large");
}

#[test]
fn an_upstream_that_is_slow_is_given_up() {
    let pause = Duration::from_secs(20);
    for (reply, status) in [
        (Reply::Slow(pause, OK.to_owned()), 504),
        (Reply::Stalls(pause), 502),
    ] {
        let fake = Fake::script(vec![reply]);
        let server = Server::before(&fake, &["--timeout", "1", "--max-sends", "1"]);
        let began = Instant::now();
        let got = post(server.addr, "/v1/chat/completions", BODY);
        assert_eq!(got.status, status, "{}", got.text());
        assert_eq!(got.header("x-should-retry"), Some("false"));
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}

#[test]
fn a_slow_upstream_is_sent_the_request_again() {
    let fake = Fake::script(vec![
        Reply::Slow(Duration::from_secs(20), OK.to_owned()),
        Reply::Stalls(Duration::from_secs(20)),
        Reply::ok(OK),
    ]);
    let server = Server::before(&fake, &["--timeout", "1"]);
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!(
        (got.status, got.header("x-tokenfit-sends")),
        (200, Some("3"))
    );
}

#[test]
fn further_connections_wait_for_a_place() {
    let server = Server::start(&["--max-connections", "1"]);
    let first = TcpStream::connect(server.addr).unwrap();
    // The first one must be accepted before the second.
    std::thread::sleep(Duration::from_millis(300));
    let mut second = TcpStream::connect(server.addr).unwrap();
    write!(
        second,
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let short = Some(Duration::from_millis(500));
    second.set_read_timeout(short).unwrap();
    let mut answer = [0; 12];
    assert!(second.read_exact(&mut answer).is_err());
    drop(first);
    let long = Some(Duration::from_secs(20));
    second.set_read_timeout(long).unwrap();
    second.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[test]
#[ignore = "takes 30 seconds"]
fn slow_clients_are_closed() {
    let server = Server::start(&[]);
    let open = |text: &str| {
        let mut stream = TcpStream::connect(server.addr).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let began = Instant::now();
    let mut head = open("POST /v1/messages/count_tokens HTTP/1.1\r\nhost: local");
    let mut body = open(
        "POST /v1/messages/count_tokens HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
    );
    let mut answer = Vec::new();
    let _ = head.read_to_end(&mut answer);
    let of_head = began.elapsed().as_secs();
    assert!((9..20).contains(&of_head), "{of_head} s");
    let mut answer = [0; 12];
    body.read_exact(&mut answer).unwrap();
    let of_body = began.elapsed().as_secs();
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!((29..40).contains(&of_body), "{of_body} s");
}

#[test]
fn a_client_that_leaves_is_counted() {
    let fake = Fake::script(vec![Reply::Slow(Duration::from_secs(5), OK.to_owned())]);
    let server = Server::before(&fake, &[]);
    let mut stream = TcpStream::connect(server.addr).unwrap();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
    .unwrap();
    let wait = |what: &dyn Fn() -> bool| {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            what()
        })
    };
    assert!(wait(&|| !fake.seen().is_empty()));
    drop(stream);
    let cancelled = || {
        let metrics = crate::fake::ask(server.addr, "GET", "/metrics", &[], b"").text();
        metrics.contains(r#"tokenfit_calls_total{end="cancelled"} 1"#)
    };
    assert!(wait(&cancelled));
}
