//! The proxy: streams, keys, errors.

use std::process::Command;
use std::time::Duration;

use super::{OK, Server};
use crate::fake::{Fake, Reply, ask, post};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;

#[test]
fn the_proxy_passes_streams_and_keys_and_heals_errors() {
    let events = [
        "data: {\"choices\": [{\"delta\": {\"content\": \"Yes\"}}]}\n\n",
        "data: {\"choices\": [{\"delta\": {\"content\": \".\"}}]}\n\n",
        "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    ];
    let overloaded = Reply::Whole(
        503,
        vec![("retry-after", "0".to_owned())],
        r#"{"error": {"message": "Overloaded"}}"#.to_owned(),
    );
    let fake = Fake::script(vec![overloaded, Reply::events(&events)]);
    let server = Server::before(&fake, &[]);
    let body =
        r#"{"model": "gpt-4o", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}"#;
    let got = post(server.addr, "/v1/chat/completions", body);
    assert_eq!(
        (got.status, got.text(), got.whole),
        (200, events.concat(), true)
    );
    assert_eq!(got.header("x-tokenfit-sends"), Some("2"));
    let seen = fake.seen();
    assert_eq!(seen[1].body, body.as_bytes());
    assert_eq!(
        seen[1].header("authorization"),
        Some("Bearer sk-marker-key")
    );
    assert_eq!(seen[1].path, "/v1/chat/completions");
    let metrics = ask(server.addr, "GET", "/metrics", &[], b"").text();
    for line in [
        r#"tokenfit_calls_total{end="done"} 1"#,
        r#"tokenfit_sends_total{status="503"} 1"#,
        "tokenfit_retries_total 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("marker"));
}

#[test]
fn what_cannot_fit_is_answered_in_the_provider_s_words() {
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let server = Server::before(&fake, &[]);
    let long = "word ".repeat(20_000);
    let body =
        format!(r#"{{"model": "gpt-4", "messages": [{{"role": "user", "content": "{long}"}}]}}"#);
    let got = post(server.addr, "/v1/chat/completions", &body);
    assert_eq!(
        (got.status, got.json()["error"]["code"].as_str()),
        (400, Some("context_length_exceeded"))
    );
    assert_eq!(got.header("x-should-retry"), Some("false"));
    let long = "word ".repeat(250_000);
    let body = format!(
        r#"{{"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [{{"role": "user", "content": "{long}"}}]}}"#
    );
    let got = post(server.addr, "/v1/messages", &body);
    let message = got.json()["error"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        got.status == 400 && message.starts_with("prompt is too long: "),
        "{message}"
    );
    assert!(fake.seen().is_empty());
}

#[test]
fn an_upstream_that_is_gone_is_a_502() {
    let server = Server::start(&["--upstream", "http://127.0.0.1:9", "--interactive"]);
    let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;
    let got = post(server.addr, "/v1/chat/completions", body);
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (502, Some("server_error"))
    );
}

#[cfg(unix)]
#[test]
fn a_stop_waits_for_open_requests() {
    let fake = Fake::script(vec![Reply::Slow(
        Duration::from_millis(1_500),
        OK.to_owned(),
    )]);
    let mut server = Server::before(&fake, &[]);
    let addr = server.addr;
    let open = std::thread::spawn(move || {
        post(
            addr,
            "/v1/chat/completions",
            r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#,
        )
    });
    while fake.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
        if open.is_finished() {
            break;
        }
    }
    let pid = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(open.join().unwrap().status, 200);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_killed_server_starts_again_on_its_port() {
    let fake = Fake::script(vec![
        Reply::Slow(Duration::from_secs(3), OK.to_owned()),
        Reply::ok(OK),
    ]);
    let mut server = Server::before(&fake, &[]);
    let addr = server.addr;
    let open = std::thread::spawn(move || {
        std::panic::catch_unwind(|| post(addr, "/v1/chat/completions", BODY).whole)
    });
    while fake.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    server.child.kill().unwrap();
    // The client sees a broken connection, and sends again itself.
    assert!(!open.join().unwrap().unwrap_or(false));
    let url = fake.url();
    let again = Server::start_at(&addr.to_string(), &["--upstream", &url], &[]);
    assert_eq!(post(again.addr, "/v1/chat/completions", BODY).status, 200);
    let metrics = ask(addr, "GET", "/metrics", &[], b"").text();
    assert!(
        metrics.contains(r#"tokenfit_calls_total{end="done"} 1"#),
        "counters begin anew"
    );
}
