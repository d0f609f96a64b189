//! The count endpoints, checks and fits.

use std::process::Command;

use serde_json::json;

use super::Server;
use crate::fake::{ask, post};

#[test]
fn counts_are_answered_in_each_format() {
    let server = Server::start(&[]);
    let claude =
        r#"{"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hello"}]}"#;
    let got = post(server.addr, "/v1/messages/count_tokens", claude);
    let expected = tokenfit::count(claude).unwrap().tokens();
    assert_eq!(
        (got.status, got.json()),
        (200, json!({"input_tokens": expected}))
    );

    let openai = r#"{"model": "gpt-5", "input": "Hello"}"#;
    let got = post(server.addr, "/v1/responses/input_tokens", openai);
    let expected = tokenfit::count(openai).unwrap().tokens();
    assert_eq!(
        (got.status, got.json()),
        (
            200,
            json!({"object": "response.input_tokens", "input_tokens": expected})
        )
    );

    let google = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
    let got = post(
        server.addr,
        "/v1beta/models/gemini-2.5-flash:countTokens",
        google,
    );
    let expected = tokenfit::count_for("gemini-2.5-flash", google)
        .unwrap()
        .tokens();
    assert_eq!(
        (got.status, got.json()),
        (200, json!({"totalTokens": expected}))
    );
}

#[test]
fn errors_of_counts_have_each_format_s_own_form() {
    let server = Server::start(&["--max-body", "1000"]);
    let unknown =
        r#"{"model": "claude-nonsense-99", "messages": [{"role": "user", "content": "Hello"}]}"#;
    let got = post(server.addr, "/v1/messages/count_tokens", unknown);
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (404, Some("not_found_error"))
    );
    let got = post(server.addr, "/v1/messages/count_tokens", "{");
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (400, Some("invalid_request_error"))
    );
    let got = post(
        server.addr,
        "/v1beta/models/gemini-2.5-flash:countTokens",
        "[1",
    );
    assert_eq!(
        (got.status, got.json()["error"]["status"].as_str()),
        (400, Some("INVALID_ARGUMENT"))
    );
    let got = post(
        server.addr,
        "/v1/responses/input_tokens",
        r#"{"input": "Hello"}"#,
    );
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (400, Some("invalid_request_error"))
    );
    let got = post(server.addr, "/v1/messages/count_tokens", &"x".repeat(2_000));
    assert_eq!(
        (got.status, got.json()["error"]["type"].as_str()),
        (413, Some("request_too_large"))
    );
    let got = ask(server.addr, "GET", "/v1/responses/input_tokens", &[], b"");
    assert_eq!(got.status, 405);
    let got = post(server.addr, "/v1/chat/completions", "{}");
    assert_eq!(got.status, 404, "nothing is passed on without an upstream");
}

#[test]
fn health_metrics_checks_and_fits() {
    let server = Server::start(&[]);
    assert_eq!(ask(server.addr, "GET", "/healthz", &[], b"").text(), "ok\n");
    let broken = r#"{"model": "gpt-4o", "messages": []}"#;
    let got = post(server.addr, "/v1/check", broken);
    assert_eq!(
        (
            got.json()["ok"].as_bool(),
            got.json()["findings"][0]["code"].as_str()
        ),
        (Some(false), Some("empty_messages"))
    );
    let turn =
        r#"{"role": "user", "content": "Is it dry?"}, {"role": "assistant", "content": "Yes."}, "#
            .repeat(100);
    let long = format!(
        r#"{{"model": "gpt-4o", "messages": [{turn}{{"role": "user", "content": "And bed 2?"}}]}}"#
    );
    let got = post(server.addr, "/v1/fit?max_input_tokens=200", &long);
    let fitted = got.json();
    assert!(
        tokenfit::count(&fitted["request"].to_string())
            .unwrap()
            .tokens()
            <= 200
    );
    assert!(
        fitted["receipt"]["edits"]
            .as_array()
            .is_some_and(|edits| !edits.is_empty())
    );
    let got = post(
        server.addr,
        "/v1/fit?max_input_tokens=0.2k&model=gpt-4o",
        &long,
    );
    assert_eq!(got.json()["request"], fitted["request"]);
    for (query, said) in [
        ("/v1/fit?max_input_tokens=abc", "is not a number of tokens"),
        ("/v1/fit?max_input_tokens=-5", "is not a number of tokens"),
        ("/v1/fit?max_input_tokens=", "is empty"),
        ("/v1/fit?max_input_tokens=0", "leaves nothing"),
        ("/v1/fit?max_input_tokens=200&max_input_tokens=3", "twice"),
        ("/v1/fit?max_tokens=3", "unknown parameter"),
        ("/v1/fit?format=bogus", "`format`"),
        ("/v1/check?format=bogus", "`format`"),
        ("/v1/check?max_input_tokens=8", "unknown parameter"),
    ] {
        let got = post(server.addr, query, &long);
        let message = got.json()["error"]["message"].to_string();
        assert!(
            got.status == 400 && message.contains(said),
            "{query}: {message}"
        );
    }
    let metrics = ask(server.addr, "GET", "/metrics", &[], b"").text();
    assert!(
        metrics.contains(r#"tokenfit_requests_total{route="check",status="200"} 1"#),
        "{metrics}"
    );
    assert!(!metrics.contains("marker"));
}

#[test]
fn a_foreign_host_header_is_refused() {
    let server = Server::start(&[]);
    let got = ask(
        server.addr,
        "GET",
        "/healthz",
        &[("host", "evil.example")],
        b"",
    );
    assert_eq!(got.status, 403);
    let got = ask(
        server.addr,
        "GET",
        "/healthz",
        &[("host", "localhost:8787")],
        b"",
    );
    assert_eq!(got.status, 200);
    let refused = Command::new(env!("CARGO_BIN_EXE_tokenfit"))
        .args(["serve", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--allow-remote"));
}
