//! `tokenfit learn`, and `count --calibration`.

use std::fs;

use crate::running::{err, folder, lines, out, run};
use serde_json::{Value, json};
use tokenfit::Encoding;

const MARKER: &str = "zanzibar-4711";

const QUESTIONS: [&str; 10] = [
    "Hello there, how are you today?",
    "Übergrößenträger und Donaudampfschifffahrt",
    "def fibonacci(n): return n if n < 2 else 1",
    "你好，世界。今天天气怎么样？",
    "zanzibar-4711 jumps over the lazy dog 1234567890",
    "Привет, как дела?",
    "SELECT name, COUNT(*) FROM users GROUP BY name;",
    "naïve café, crème brûlée",
    "I'll be there in 5 minutes; don't wait.",
    "supercalifragilisticexpialidocious",
];

fn request(question: &str) -> Value {
    json!({"model": "house-model", "messages": [{"role": "user", "content": question}]})
}

/// A server that nobody measured: Tekken, 9 around a request with one message.
fn ledger() -> String {
    QUESTIONS
        .iter()
        .enumerate()
        .map(|(nth, question)| {
            let tokens = 9 + Encoding::MISTRAL_TEKKEN.count(question);
            let line = json!({
                "host": "tenant-a", "at": nth, "request": request(question),
                "usage": {"prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5}
            });
            format!("{line}\n")
        })
        .collect()
}

#[test]
fn what_is_learned_counts_exactly() {
    let folder = folder("learn");
    let output = run(&["learn"], ledger());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let written = &lines(&out(&output))[0];
    assert_eq!(
        written["models"],
        json!([{"id": "house-model", "encoding": "mistral_tekken", "why": "learned from usage"}])
    );
    assert_eq!(
        written["rules"][0]["claims"],
        json!({"text": {"claim": "exact", "of": 10}})
    );
    assert!(err(&output).contains("house-model at tenant-a: mistral_tekken"));
    assert!(!out(&output).contains(MARKER) && !err(&output).contains(MARKER));
    let path = folder.join("learned.json");
    fs::write(&path, out(&output)).unwrap();
    let path = path.to_str().unwrap();

    let question = "Wie spät ist es in Tōkyō?";
    let line = json!({"host": "tenant-a", "request": request(question)}).to_string();
    let output = run(&["count", "--json", "--calibration", path], &line);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let counted = &lines(&out(&output))[0];
    assert_eq!(
        counted["tokens"],
        json!(9 + Encoding::MISTRAL_TEKKEN.count(question))
    );
    assert_eq!(
        (&counted["accuracy"], &counted["rules"]["id"]),
        (&json!("exact"), &json!("learned"))
    );
    // With --models alone, the file gives the vocabulary, and counts are estimates.
    let output = run(&["count", "--json", "--models", path], &line);
    assert_eq!(lines(&out(&output))[0]["accuracy"], "estimated");
    // Another tenant's answers say nothing about this one.
    let line = json!({"host": "tenant-b", "request": request(question)}).to_string();
    let output = run(&["count", "--json", "--calibration", path], &line);
    assert_eq!(lines(&out(&output))[0]["accuracy"], "estimated");

    // Learning goes on where it stopped, and the same lines change nothing.
    let again = run(&["learn", "--calibration", path], ledger());
    assert_eq!(
        lines(&out(&again))[0]["calibration"],
        written["calibration"]
    );
}

#[test]
fn an_exact_rule_that_no_longer_holds_is_reported() {
    let ledger: String = [8, 8, 12, 12, 12]
        .iter()
        .enumerate()
        .map(|(nth, billed)| {
            let line = json!({
                "billed": billed, "at": (20_000 + nth as u64) * 86_400_000,
                "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
            });
            format!("{line}\n")
        })
        .collect();
    let output = run(&["learn"], ledger);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let drift = &lines(&out(&output))[0]["drifts"][0];
    assert_eq!(drift["differences"], json!([4, 4, 4]));
    assert_eq!(
        drift["case"],
        json!({"shape": {"u": 1}, "counted": 8, "billed": 12, "cached": 0})
    );
    assert!(err(&output).contains(
        "gpt-4o at vendor: every request is billed 4 tokens more than counted since 2024-10-06 (3 answers in a row)"
    ));
}

#[test]
fn lines_without_usage_and_files_that_are_none() {
    let line = json!({"request": request("Hello")}).to_string();
    let output = run(&["learn"], line);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        err(&output).contains("1 of 1 lines have no usage"),
        "{}",
        err(&output)
    );
    let path = folder("learn-bad").join("bad.json");
    fs::write(&path, r#"{"calibration": {"models": 3}}"#).unwrap();
    let output = run(&["count", "--calibration", path.to_str().unwrap()], "{}");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("not a calibration"),
        "{}",
        err(&output)
    );
}
