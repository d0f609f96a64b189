//! Upstreams: TLS, fallbacks, keys, rate budgets.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{OK, Server, refused};
use crate::fake::{Fake, Received, Reply, ask, post};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#;

fn pem(name: &str) -> String {
    format!("{}/tests/call/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn https_upstreams_are_verified() {
    let fake = Fake::with_tls(|_| Reply::ok(OK));
    let (url, authority) = (fake.url(), pem("ca.pem"));
    let upstream = ["--upstream", url.as_str(), "--max-sends", "1"];
    // Roots of the system that do not include the authority.
    let other = pem("server.pem");
    let other = [("SSL_CERT_FILE", other.as_str())];

    let with_file = [&upstream[..], &["--ca-file", &authority]].concat();
    let server = Server::start_with(&with_file, &other);
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!((got.status, got.text().as_str()), (200, OK));
    let seen = fake.seen();
    assert_eq!(seen[0].body, BODY.as_bytes());
    assert_eq!(seen[0].header("host"), Some(fake.addr.to_string().as_str()));

    let system = [("SSL_CERT_FILE", authority.as_str())];
    let server = Server::start_with(&upstream, &system);
    assert_eq!(post(server.addr, "/v1/chat/completions", BODY).status, 200);

    let server = Server::start_with(&upstream, &other);
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!(got.status, 502);
    assert!(got.text().contains("certificate"), "{}", got.text());
    assert_eq!(fake.seen().len(), 2);
}

#[test]
fn wrong_options_are_explained() {
    for (args, words) in [
        (&["--upstream", "ftp://127.0.0.1"][..], "--upstream"),
        (&["--upstream", "http://key@127.0.0.1"], "--upstream"),
        (
            &[
                "--upstream",
                "http://127.0.0.1:9",
                "--ca-file",
                "no-such-file",
            ],
            "`no-such-file` cannot be read",
        ),
        (
            &[
                "--upstream",
                "http://127.0.0.1:9",
                "--ca-file",
                "Cargo.toml",
            ],
            "no certificate in PEM form",
        ),
        (
            &["--upstream", "http://127.0.0.1:9", "--fallback", "gpt-4p"],
            "did you mean",
        ),
        (
            &[
                "--upstream",
                "http://127.0.0.1:9",
                "--fallback",
                "gpt-4.1@http://127.0.0.1:8",
                "--key-env",
                "http://127.0.0.1:8=TOKENFIT_NO_SUCH_KEY",
            ],
            "`TOKENFIT_NO_SUCH_KEY` is not set",
        ),
        (
            &[
                "--upstream",
                "http://127.0.0.1:9",
                "--fallback",
                "gpt-4.1",
                "--key-env",
                "http://127.0.0.1:8=HOME",
            ],
            "no fallback has the URL",
        ),
        (&["--fallback", "gpt-4.1"], "--upstream"),
    ] {
        let error = String::from_utf8(refused(args).stderr).unwrap();
        assert!(error.contains(words), "{error}");
    }
}

/// Answers for one model, and refuses all others.
fn only(model: &'static str) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    move |received| {
        let body: Value = serde_json::from_slice(&received.body).unwrap();
        match body["model"] == model || received.path.contains(model) {
            true => Reply::ok(OK),
            false => Reply::error(
                404,
                r#"{"error": {"message": "The model does not exist", "code": "model_not_found"}}"#,
            ),
        }
    }
}

#[test]
fn the_next_model_answers_when_one_is_gone() {
    let fake = Fake::new(only("gpt-4.1-mini"));
    let fallbacks = ["--fallback", "gpt-4o", "--fallback", "gpt-4.1-mini"];
    let server = Server::before(&fake, &fallbacks);
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!(
        (got.status, got.header("x-tokenfit-sends")),
        (200, Some("2"))
    );
    // The fallback that the client named itself is not tried twice.
    let seen = fake.seen();
    assert_eq!(seen.len(), 2);
    let sent: Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(sent["model"], "gpt-4.1-mini");
    assert_eq!(
        seen[1].header("authorization"),
        Some("Bearer sk-marker-key")
    );
}

#[test]
fn a_url_that_names_the_model_changes_too() {
    let fake = Fake::new(only("gemini-2.5-flash"));
    let server = Server::before(&fake, &["--fallback", "gemini-2.5-flash"]);
    let body = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
    let path = "/v1beta/models/gemini-2.5-pro:generateContent?key=k";
    let got = post(server.addr, path, body);
    assert_eq!(got.status, 200, "{}", got.text());
    let paths: Vec<_> = fake.seen().into_iter().map(|one| one.path).collect();
    assert_eq!(
        paths[1],
        "/v1beta/models/gemini-2.5-flash:generateContent?key=k"
    );
}

#[test]
fn another_host_gets_its_own_key_only() {
    let first = Fake::new(only("none"));
    let second = Fake::with_tls(only("gpt-4.1"));
    let (fallback, key) = (
        format!("gpt-4.1@{}/api", second.url()),
        format!("{}/api=TOKENFIT_TEST_KEY", second.url()),
    );
    let (upstream, authority) = (first.url(), pem("ca.pem"));
    let args = [
        "--upstream",
        &upstream,
        "--ca-file",
        &authority,
        "--fallback",
        &fallback,
        "--key-env",
        &key,
    ];
    let server = Server::start_with(&args, &[("TOKENFIT_TEST_KEY", "own-key")]);
    let headers = [
        ("authorization", "Bearer sk-marker-key"),
        ("cookie", "marker"),
        ("openai-organization", "marker"),
        ("content-type", "application/json"),
    ];
    let path = "/v1/chat/completions?api_key=marker&v=2";
    let got = ask(server.addr, "POST", path, &headers, BODY.as_bytes());
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(first.seen()[0].header("cookie"), Some("marker"));
    let seen = second.seen();
    assert_eq!(seen[0].path, "/api/v1/chat/completions?v=2");
    assert_eq!(seen[0].header("authorization"), Some("Bearer own-key"));
    assert!(
        !format!("{:?}", seen[0]).contains("marker"),
        "{:?}",
        seen[0].headers
    );

    // Without a key of its own it gets none.
    let server = Server::start(&args[..6]);
    assert_eq!(post(server.addr, "/v1/chat/completions", BODY).status, 200);
    assert_eq!(second.seen()[1].header("authorization"), None);
}

#[test]
fn a_gone_upstream_falls_back_to_another() {
    let second = Fake::script(vec![Reply::ok(OK)]);
    let fallback = format!("gpt-4.1@{}", second.url());
    let server = Server::start(&[
        "--upstream",
        "http://127.0.0.1:9",
        "--fallback",
        &fallback,
        "--interactive",
    ]);
    let got = post(server.addr, "/v1/chat/completions", BODY);
    assert_eq!(got.status, 200);
    assert_eq!(second.seen().len(), 1);
}

#[test]
fn rate_limits_wait_in_the_proxy() {
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let server = Server::before(&fake, &["--tokens-per-minute", "6k", "--interactive"]);
    let body = |words: usize, model: &str| {
        let text = "word ".repeat(words);
        format!(r#"{{"model": "{model}", "messages": [{{"role": "user", "content": "{text}"}}]}}"#)
    };
    let began = Instant::now();
    let got = post(server.addr, "/v1/chat/completions", &body(4_000, "gpt-4o"));
    assert_eq!(got.status, 200);
    // Another model has a budget of its own.
    let got = post(server.addr, "/v1/chat/completions", &body(4_000, "gpt-4.1"));
    assert_eq!(got.status, 200);
    assert!(began.elapsed() < Duration::from_secs(2), "nothing waited");
    // 1,870 of 6,000 are left, and 98 flow in every second.
    let got = post(server.addr, "/v1/chat/completions", &body(2_100, "gpt-4o"));
    assert_eq!(got.status, 200);
    assert!(began.elapsed() > Duration::from_secs(1));
    let metrics = ask(server.addr, "GET", "/metrics", &[], b"").text();
    let waited = metrics
        .lines()
        .find_map(|line| line.strip_prefix("tokenfit_waited_ms_total "));
    assert!(waited.unwrap().parse::<u64>().unwrap() > 1_000);
    // It would never be admitted, and cannot be made smaller.
    let got = post(server.addr, "/v1/chat/completions", &body(8_000, "gpt-4o"));
    assert_eq!(got.status, 400, "{}", got.text());
    assert_eq!(fake.seen().len(), 3);
}
