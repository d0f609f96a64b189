//! The page: its headers and its numbers.

use std::time::Duration;

use serde_json::{Value, json};
use tokenfit::Models;
use tokenfit::model::PriceQuery;
use tokenfit::reply::cost::Rates;
use tokenfit::reply::usage::{Origin, Usage};

use super::{OK, Server};
use crate::fake::{Fake, Reply, ask, post};

pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const PLAIN: &str = r#"{"model": "gpt-4o", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is the marker dry?"}]}"#;

/// A request of each kind: passed, repaired, fitted, refused, unreadable, failed.
pub(crate) fn traffic() -> (Fake, Server) {
    let failed = r#"{"error": {"message": "marker", "type": "invalid_request_error"}}"#;
    let limited = Reply::Whole(
        429,
        vec![("retry-after", "0".to_owned())],
        r#"{"error": {"message": "slow down", "code": "rate_limit_exceeded"}}"#.to_owned(),
    );
    let fake = Fake::script(vec![
        Reply::ok(OK),
        limited,
        Reply::ok(OK),
        Reply::ok(OK),
        Reply::error(400, failed),
    ]);
    let server = Server::before(&fake, &[]);
    assert_eq!(post(server.addr, CHAT, PLAIN).status, 200);
    let broken = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "In stock?"}, {"role": "assistant", "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "stock", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]}"#;
    assert_eq!(post(server.addr, CHAT, broken).status, 200);
    let turn = format!(
        r#"{{"role": "user", "content": "{}"}}, {{"role": "assistant", "content": "Yes."}}, "#,
        "Is the bed dry? ".repeat(40)
    );
    let long = format!(
        r#"{{"model": "gpt-4", "messages": [{}{{"role": "user", "content": "And bed 2?"}}]}}"#,
        turn.repeat(60)
    );
    assert_eq!(post(server.addr, CHAT, &long).status, 200);
    let hopeless = r#"{"model": "gpt-4o", "temperature": 9, "messages": [{"role": "user", "content": "marker"}]}"#;
    assert_eq!(post(server.addr, CHAT, hopeless).status, 400);
    assert_eq!(post(server.addr, CHAT, "marker").status, 400);
    assert_eq!(post(server.addr, CHAT, PLAIN).status, 400);
    (fake, server)
}

#[test]
fn the_page_shows_what_went_through() {
    let (_fake, server) = traffic();
    let numbers = || ask(server.addr, "GET", "/page.json", &[], b"");
    // The context map is counted after the call.
    let first = |page: &Value| page["recent"].as_array().unwrap().last().unwrap().clone();
    let mapped = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        !first(&numbers().json())["context"].is_null()
    });
    assert!(mapped);
    let got = numbers();
    assert_eq!(got.header("cache-control"), Some("no-store"));
    let page = got.json();
    assert_eq!(
        page["ends"],
        json!({"passed": 1, "repaired": 1, "fitted": 1, "refused": 2, "failed": 1})
    );
    assert_eq!(
        page["errors"],
        json!({"rate_limit": 1, "invalid_request": 1, "refused": 1, "unreadable": 1})
    );
    assert_eq!(page["data_version"], tokenfit::data_version());

    let usage = Usage::parse(OK.as_bytes(), &Origin::new()).unwrap();
    let cost = |model: &str| {
        let model = Models::builtin().get(model).unwrap();
        let rates = Rates::of(&model, &PriceQuery::new()).unwrap();
        rates.cost(&usage).pico() as f64 / 1e12
    };
    let rows = page["models"].as_array().unwrap();
    let of = |model: &str| rows.iter().find(|row| row["model"] == model).unwrap();
    for (model, requests, answered) in [("gpt-4o", 4, 2), ("gpt-4", 1, 1)] {
        let row = of(model);
        assert_eq!(row["requests"], requests);
        assert_eq!(row["input_tokens"], 9 * answered);
        assert_eq!(row["output_tokens"], 2 * answered);
        let expected = cost(model) * f64::from(answered);
        assert!((row["cost_usd"].as_f64().unwrap() - expected).abs() < 1e-12);
        assert_eq!(row["unpriced"], 0);
    }

    assert_eq!(page["recent"].as_array().unwrap().len(), 5);
    let first = first(&page);
    let counted = tokenfit::count(PLAIN).unwrap().tokens();
    assert_eq!(first["context"]["tokens"], counted);
    assert_eq!(first["context"]["window"], 128_000);
    let parts = first["context"]["parts"].as_array().unwrap();
    let sum: u64 = parts.iter().map(|part| part[1].as_u64().unwrap()).sum();
    assert_eq!(sum, counted);
    assert_eq!(
        (&parts[0][0], &parts[1][0]),
        (&json!("instructions"), &json!("user"))
    );
    assert_eq!(
        (&first["end"], &first["sends"], &first["edits"]),
        (&json!("passed"), &json!(1), &json!(0))
    );
    assert!(!got.text().contains("marker"), "no text and no key");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let server = Server::start(&[]);
    let got = ask(server.addr, "GET", "/page", &[], b"");
    assert_eq!(
        (got.status, got.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = got.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    assert!(got.text().contains("<title>tokenfit serve</title>"));
    let foreign = ask(
        server.addr,
        "GET",
        "/page.json",
        &[("host", "evil.example")],
        b"",
    );
    assert_eq!(foreign.status, 403);
}
