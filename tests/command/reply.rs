//! The commands `error`, `usage`, `headers` and `key`, and the dollars of `count`.

use std::fs;
use std::io::{BufRead, BufReader, Write};

use crate::running::{command, err, folder, lines, out, run};
use serde_json::json;

const MARKER: &str = "zanzibar-4711";
const CONTEXT: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208656 tokens > 200000 maximum"}}"#;

#[test]
fn an_error_in_words() {
    let output = run(&["error", "--status", "400"], CONTEXT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(
        out(&output),
        "standard input:1: context_length_exceeded: 208656, limit is 200000\n  shrink the input to 200000 or less\n"
    );
}

#[test]
fn an_error_for_programs() {
    let output = run(
        &[
            "error",
            "--status",
            "429",
            "--header",
            "Retry-After: 12",
            "--json",
        ],
        "",
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["kind"], "rate_limit");
    assert_eq!(answer["retry_after_s"], 12.0);
    assert_eq!(answer["verdict"], "wait");
    assert_eq!(answer["action"], "wait");
    assert_eq!(answer["limit"], json!(null));
    // A page of several lines is one body.
    let page = "<html>\n<head><title>502 Bad Gateway</title></head>\n</html>\n";
    let output = run(&["error", "--json"], page);
    assert_eq!(lines(&out(&output))[0]["kind"], "server_error");
}

#[test]
fn lines_are_answered_one_by_one() {
    let mut child = command(&["error", "--json"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for (id, status, kind) in [("a", 401, "invalid_api_key"), ("b", 503, "overloaded")] {
        writeln!(
            input,
            "{}",
            json!({"id": id, "status": status, "headers": {}, "body": ""})
        )
        .unwrap();
        // The answer is written before the next line is read.
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let answer = &lines(&line)[0];
        assert_eq!(
            (answer["id"].as_str(), answer["kind"].as_str()),
            (Some(id), Some(kind))
        );
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_not_understood_ends_with_2_and_shows_no_text() {
    let odd = format!(
        "{{\"status\": \"{MARKER}\", \"headers\": {{}}, \"body\": \"{MARKER}\"}}\n{CONTEXT}\n"
    );
    let output = run(&["error", "--json"], &odd);
    assert_eq!(output.status.code(), Some(2));
    let answers = lines(&out(&output));
    assert_eq!(answers[0]["error"]["kind"], "invalid_reply");
    assert_eq!(answers[0]["error"]["line"], 1);
    assert_eq!(
        (answers[1]["kind"].as_str(), answers[1]["line"].as_u64()),
        (Some("context_length_exceeded"), Some(2))
    );
    assert!(!out(&output).contains(MARKER) && !err(&output).contains(MARKER));
    // No rule covers it.
    let output = run(&["error", "--status", "418"], MARKER);
    assert!(!out(&output).contains(MARKER) && !err(&output).contains(MARKER));
    for name in ["usage", "headers"] {
        let output = run(&[name, "--json"], MARKER);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(!out(&output).contains(MARKER), "{name}");
    }
}

#[test]
fn usage_has_classes_context_and_cost() {
    let body = r#"{"model": "gpt-5", "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "prompt_tokens_details": {"cached_tokens": 400}}}"#;
    let output = run(&["usage", "--json"], body);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["input"], json!({"uncached": 600, "cache_read": 400}));
    assert_eq!(answer["context_tokens"], 1_100);
    // 600 at $1.25, 400 at $0.125, 100 at $10 per million.
    assert_eq!(answer["cost_pico_usd"], 1_800_000_000);
    assert_eq!(answer["cost_source"], "registry");

    let output = run(&["usage"], body);
    assert_eq!(
        out(&output),
        "standard input:1: 1000 input (uncached 600, cache_read 400), 100 output; $0.0018\n  the context has 1100 tokens now\n"
    );
    // The caller's prices take precedence, then the provider's.
    let line = format!(
        r#"{{"id": 7, "provider": "openai", "api": "chat", "body": {body}, "price_pico_per_token": {{"input": 1, "output": 2}}}}"#
    );
    let answer = &lines(&out(&run(&["usage", "--json"], &line)))[0];
    assert_eq!(
        (answer["id"].as_u64(), answer["cost_pico_usd"].as_u64()),
        (Some(7), Some(1_200))
    );
    assert_eq!(answer["cost_source"], "row");
    let stated =
        r#"{"model": "gpt-5", "usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.5}}"#;
    let answer = &lines(&out(&run(&["usage", "--json"], stated)))[0];
    assert_eq!(answer["cost_source"], "provider");
    // An answer that names no model, and one without a price.
    let bare = r#"{"usage": {"prompt_tokens": 1000, "completion_tokens": 100}}"#;
    let answer = &lines(&out(&run(&["usage", "--json", "--model", "gpt-5"], bare)))[0];
    assert_eq!(answer["cost_pico_usd"], 2_250_000_000_u64);
    let answer = &lines(&out(&run(&["usage", "--json"], bare)))[0];
    assert_eq!(answer["cost_pico_usd"], json!(null));
}

#[test]
fn headers_have_limits_and_a_wait() {
    let line = r#"{"id": "h", "provider": "openai", "status": 429, "headers": {"x-ratelimit-limit-requests": "3500", "x-ratelimit-remaining-requests": "0", "retry-after": "3"}}"#;
    let output = run(&["headers", "--json"], line);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["id"], "h");
    assert_eq!(answer["dims"]["requests"]["limit"], 3_500);
    assert_eq!(answer["retry_after_s"], 3.0);
    let output = run(&["headers"], line);
    assert!(
        out(&output).ends_with("requests: 0 of 3500 left; wait 3 s\n  send again after 3 s\n"),
        "{}",
        out(&output)
    );
    // A plan states shares instead of numbers.
    let line = r#"{"provider": "anthropic", "status": 200, "headers": {"anthropic-ratelimit-unified-5h-utilization": "0.42"}}"#;
    let output = run(&["headers"], line);
    assert!(out(&output).contains("42 % used"), "{}", out(&output));
}

#[test]
fn files_are_named() {
    let folder = folder("cli_reply_files");
    let path = folder.join("errors.jsonl");
    fs::write(&path, format!("{CONTEXT}\n{CONTEXT}\n")).unwrap();
    let output = run(&["error", "--json", path.to_str().unwrap()], "");
    let answers = lines(&out(&output));
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[1]["line"], 2);
    assert_eq!(answers[1]["file"], path.to_str().unwrap());
}

#[test]
fn a_key_is_never_shown() {
    let key = format!("sk-proj-{}", "a1B2".repeat(12));
    let with = |args: &[&str], variable: Option<&str>, input: &str| {
        let mut command = command(args);
        command.env_remove("OPENAI_API_KEY");
        if let Some(value) = variable {
            command.env("OPENAI_API_KEY", value);
        }
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(!out(&output).contains("a1B2") && !err(&output).contains("a1B2"));
        (output.status.code(), out(&output))
    };
    let (code, shown) = with(&["key"], Some(&key), "");
    assert_eq!(code, Some(0));
    assert!(shown.starts_with("OPENAI_API_KEY: looks like a key"));
    assert_eq!(with(&["key", "-"], None, &format!("{key}\n")).0, Some(0));
    // As an argument, and as the name of a variable.
    assert_eq!(with(&["key", &key], None, "").0, Some(2));
    assert_eq!(with(&["key", "--env", &key], None, "").0, Some(1));
    let (code, shown) = with(
        &["key", "--json", "--provider", "anthropic", "-"],
        None,
        &key,
    );
    assert_eq!(code, Some(1));
    assert_eq!(lines(&shown)[0]["fault"], "other_provider");
    let (code, shown) = with(&["key", "--json"], None, "");
    assert_eq!(code, Some(1));
    assert_eq!(lines(&shown)[0]["fault"], "missing");
    let (_, shown) = with(&["key", "--json"], Some(&format!("{key} ")), "");
    assert_eq!(lines(&shown)[0]["fault"], "white_space");
}

#[test]
fn count_says_dollars_and_their_total() {
    let request =
        r#"{"model":"gpt-4o","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}"#;
    let output = run(&["count", "--json"], request);
    let answer = &lines(&out(&output))[0];
    // 8 tokens at $2.50 and 100 at $10 per million.
    assert_eq!(
        answer["cost_usd"],
        json!({
            "input": 0.00002, "input_lower": 0.00002, "input_upper": 0.00002, "output_up_to": 0.001,
            "max_output_tokens": 100, "basis": "vendor", "tier": "standard", "day": answer["cost_usd"]["day"],
        })
    );
    assert_eq!(err(&output), "");
    // A line of a batch file costs half of that.
    let batch = format!(
        r#"{{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{request}}}"#
    );
    let output = run(
        &["count", "--json", "--total"],
        format!("{batch}\n{request}\n"),
    );
    let answers = lines(&out(&output));
    assert_eq!(answers[0]["cost_usd"]["output_up_to"], 0.0005);
    assert_eq!(answers[0]["cost_usd"]["tier"], "batch");
    assert_eq!(
        err(&output),
        "tokenfit: total: 2 requests, 16 tokens; input $0.00003, with output up to $0.00153\n"
    );
    let output = run(&["count"], request);
    assert!(
        out(&output).contains(
            "cost: input $0.00002, output up to $0.001 (at most 100 tokens); standard prices of "
        ),
        "{}",
        out(&output)
    );
}
