//! `tokenfit translate`.

use serde_json::{Value, json};

use crate::running::{err, folder, lines, out, run};

const CHAT: &str = r#"{"model": "gpt-4o", "seed": 7, "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}"#;

#[test]
fn a_chat_is_written_for_claude() {
    let output = run(&["translate", "--to", "claude-sonnet-4-5"], CHAT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let body: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(body["system"], "Be brief.");
    let said = err(&output);
    assert!(said.contains("dropped a setting: /seed"), "{said}");
    let checked = run(&["check"], out(&output));
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
    // A request in that format is only adapted.
    let again = run(&["translate", "--to", "claude-sonnet-4-5"], out(&output));
    assert_eq!((out(&again), err(&again)), (out(&output), String::new()));
}

#[test]
fn the_answer_in_json_has_both_receipts() {
    let chat = CHAT.replace("\"seed\": 7", "\"temperature\": 2");
    let output = run(&["translate", "--to", "claude-sonnet-4-5", "--json"], &chat);
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["format"], "anthropic");
    assert_eq!(answer["receipt"]["edits"][0]["action"], "changed_format");
    assert_eq!(answer["port"]["edits"][0]["action"], "clamped_setting");
    assert_eq!(answer["remaining"], json!([]));
    assert_eq!(answer["request"]["temperature"], 1.0);

    let place = folder("translate_receipt");
    let receipt = place.join("done.jsonl");
    let many = format!("{CHAT}\n{chat}\n");
    let output = run(
        &[
            "translate",
            "--to",
            "gemini-2.5-flash",
            "--receipt",
            receipt.to_str().unwrap(),
        ],
        &many,
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let requests = lines(&out(&output));
    assert_eq!(requests[0]["contents"][0]["parts"][0]["text"], "Hi");
    assert_eq!(requests.len(), 2);
    let receipts = lines(&std::fs::read_to_string(receipt).unwrap());
    assert_eq!(receipts[1]["line"], 2);
    assert_eq!(
        receipts[0]["receipt"]["edits"][0]["action"],
        "changed_format"
    );
}

#[test]
fn what_cannot_be_translated_is_a_no() {
    let several = CHAT.replace("\"seed\": 7", "\"n\": 2");
    let output = run(
        &["translate", "--to", "claude-sonnet-4-5", "--json"],
        &several,
    );
    assert_eq!(output.status.code(), Some(1));
    let error = &lines(&out(&output))[0]["error"];
    assert_eq!(error["kind"], "untranslatable");
    assert!(
        error["message"].as_str().unwrap().contains("set `n` to 1"),
        "{error}"
    );

    let responses = r#"{"model": "gpt-4o", "input": "Hi", "instructions": "Be brief."}"#;
    let output = run(&["translate", "--to", "claude-sonnet-4-5"], responses);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("no translation from openai-responses to anthropic"));

    let output = run(&["translate", "--to", "clod-9"], CHAT);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn repair_names_the_command() {
    let messages = r#"{"model": "claude-sonnet-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "system": "x"}"#;
    let output = run(&["repair", "--for", "gpt-4o"], messages);
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    assert!(
        said.contains("`tokenfit translate --to MODEL FILE`"),
        "{said}"
    );
}
