//! The commands `check` and `repair`: input, output, exit codes.

use std::fs;
use std::io::{BufRead, BufReader, Write};

use crate::running::{command, err, folder, lines, one_line, out, run};
use serde_json::{Value, json};
use tokenfit::edit::Undo;

const WHOLE: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#;
/// A call without its result, in a file with one line per message.
const BROKEN: &str = r#"{
  "model": "gpt-4o",
  "messages": [
    {"role": "user", "content": "How dry is bed 3?"},
    {"role": "assistant", "content": null, "tool_calls": [
      {"id": "call_1", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3}"}}
    ]},
    {"role": "user", "content": "Hello?"}
  ]
}
"#;

#[test]
fn a_whole_request_is_ok() {
    let output = run(&["check"], WHOLE);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        out(&output),
        "standard input:1, read as openai-chat: ok; 8 tokens of 128,000\n"
    );

    let output = run(&["check", "--json"], WHOLE);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        lines(&out(&output))[0],
        json!({
            "ok": true, "findings": [], "model": "gpt-4o", "format": "openai-chat",
            "tokens": 8, "lower": 8, "upper": 8, "accuracy": "exact", "budget": 128_000, "fits": "yes",
            "day": null, "data_version": tokenfit::data_version(), "line": 1, "column": 1,
        })
    );
}

#[test]
fn a_fault_is_shown_with_its_place_and_without_texts() {
    let output = run(&["check"], BROKEN);
    assert_eq!(output.status.code(), Some(1));
    let shown = out(&output);
    for part in [
        "refused[unanswered_tool_call]: call `call_1` of `soil` has no result\n",
        " --> standard input:6:7\n",
        "6 | {\"id\": \"…\", \"type\": \"function\", \"function\": {…}}\n",
        "  | ^^^^",
        "  = at /messages/1/tool_calls/0\n",
        "  = help: add its result",
        "  = api: 400 invalid_request_error: An assistant message with 'tool_calls'",
        "standard input, read as openai-chat: 1 refused; ",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    for text in ["How dry", "Hello?", "bed"] {
        assert!(!shown.contains(text), "{shown}");
    }
}

#[test]
fn the_answer_for_programs_is_the_contract() {
    let output = run(&["check", "--json"], BROKEN);
    assert_eq!(output.status.code(), Some(1));
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["ok"], false);
    let finding = &answer["findings"][0];
    assert_eq!(finding["code"], "unanswered_tool_call");
    assert_eq!(finding["severity"], "refused");
    assert_eq!(finding["pointer"], "/messages/1/tool_calls/0");
    assert!(finding["message"].is_string() && finding["remedy"].is_string());
    assert_eq!(
        finding["api"],
        json!({
            "status": 400, "type": "invalid_request_error", "code": null, "param": "messages.[2].role",
            "message": "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
        'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
        })
    );
    assert!(answer["tokens"].is_u64() && answer["budget"] == 128_000);
}

#[test]
fn the_worst_line_decides() {
    let input = format!(
        "{{\"id\": 1, \"request\": {WHOLE}}}\n{{\"id\": \"b\", \"request\": {}}}\n",
        one_line(BROKEN)
    );
    let output = run(&["check", "--json"], &input);
    assert_eq!(output.status.code(), Some(1));
    let answers = lines(&out(&output));
    assert_eq!(
        (&answers[0]["id"], &answers[0]["ok"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(
        (&answers[1]["id"], &answers[1]["ok"]),
        (&json!("b"), &json!(false))
    );

    let output = run(
        &["check", "--json", "--lines"],
        format!("{input}nonsense\n"),
    );
    assert_eq!(output.status.code(), Some(2));
    let answers = lines(&out(&output));
    assert_eq!(answers[2]["error"]["kind"], "invalid_json");
    assert_eq!(answers[2]["error"]["line"], 3);
}

#[test]
fn a_place_in_an_envelope_is_that_of_the_file() {
    let text = "{\"id\": \"a\",\n  \"request\": {\"model\": \"gpt-4o\", \"messages\": []}}";
    let shown = out(&run(&["check"], text));
    assert!(shown.contains("--> standard input:2:46\n"), "{shown}");
    let line = "{\"id\": \"a\", \"request\": {\"model\": \"gpt-4o\", \"messages\": []}}";
    let shown = out(&run(&["check"], format!("{WHOLE}\n{line}\n")));
    assert!(shown.contains("--> standard input:2:56\n"), "{shown}");
}

#[test]
fn a_folder_is_all_its_files() {
    let folder = folder("check_folder");
    fs::create_dir_all(folder.join("more")).unwrap();
    fs::write(folder.join("a.json"), WHOLE).unwrap();
    fs::write(folder.join("more/b.jsonl"), format!("{WHOLE}\n{WHOLE}\n")).unwrap();
    fs::write(folder.join("notes.txt"), "no request").unwrap();
    let path = folder.to_str().unwrap();
    let output = run(&["check", path], "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let shown = out(&output);
    assert_eq!(shown.lines().count(), 3, "{shown}");
    for name in ["a.json", "b.jsonl:2"] {
        assert!(
            shown.contains(&format!("{name}, read as openai-chat: ok")),
            "{shown}"
        );
    }

    fs::write(folder.join("c.json"), BROKEN).unwrap();
    let output = run(&["check", path], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("c.json:6:7"));
}

#[test]
fn lines_are_answered_one_by_one() {
    let mut child = command(&["check", "--json"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(input, "{WHOLE}").unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["ok"], true);
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn options_change_what_is_found() {
    let codes = |args: &[&str], input: &str| -> (Option<i32>, Vec<String>) {
        let output = run(&[&["check", "--json"], args].concat(), input);
        let answer = lines(&out(&output)).remove(0);
        let codes = answer["findings"].as_array().map(|found| {
            found
                .iter()
                .map(|f| f["code"].as_str().unwrap().to_owned())
                .collect()
        });
        (output.status.code(), codes.unwrap_or_default())
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(
        codes(&["--reserve-output", "127992"], WHOLE),
        (Some(0), none.clone())
    );
    assert_eq!(
        codes(&["--reserve-output", "127993"], WHOLE),
        (Some(1), vec!["no_room_for_output".to_owned()])
    );
    assert_eq!(
        codes(&["--max-input", "7"], WHOLE),
        (Some(1), vec!["over_budget".to_owned()])
    );
    assert_eq!(codes(&["--margin", "127993"], WHOLE).0, Some(1));
    let old = WHOLE.replace("gpt-4o", "gpt-4o-2024-08-06");
    assert_eq!(codes(&[], &old), (Some(0), none.clone()));
    assert_eq!(
        codes(&["--at", "2027-02-01"], &old),
        (Some(1), vec!["retired_model".to_owned()])
    );
    let own = WHOLE.replace("gpt-4o", "our-own");
    assert_eq!(
        codes(&[], &own),
        (Some(2), vec!["unknown_model".to_owned()])
    );
    assert_eq!(codes(&["--closed-registry"], &own).0, Some(1));
    assert_eq!(codes(&["--model", "gpt-4o"], &own), (Some(0), none));
    assert_eq!(
        codes(&["--host", "ollama"], &one_line(BROKEN)),
        (Some(0), vec!["unanswered_tool_call".to_owned()])
    );

    let output = run(&["check", "--at", "soon"], WHOLE);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("YYYY-MM-DD"), "{}", err(&output));
    let output = run(&["check", "--json", "--model", "gpt-4p"], WHOLE);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines(&out(&output))[0]["error"]["kind"], "unknown_model");
}

#[test]
fn repair_writes_the_request_and_says_what_it_did() {
    let output = run(&["repair", "--placeholder", "lost"], BROKEN);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = BROKEN.replace(
        "    ]},\n",
        "    ]},\n    {\"role\": \"tool\", \"tool_call_id\": \"call_1\", \"content\": \"lost\"},\n",
    );
    assert_eq!(out(&output), expected);
    assert_eq!(
        err(&output),
        "tokenfit: standard input: answered a call with a placeholder: /messages/1/tool_calls/0, id call_1, \
         0 → 61 bytes (unanswered_tool_call)\n"
    );
    // A second repair does not change the result.
    assert_eq!(run(&["check"], &expected).status.code(), Some(0));
    let again = run(&["repair"], &expected);
    assert_eq!((out(&again), err(&again)), (expected, String::new()));

    let file = folder("repair_undo").join("undo.jsonl");
    run(&["repair", "--undo", file.to_str().unwrap()], BROKEN);
    let line: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let undo: Undo = serde_json::from_value(line["undo"].clone()).unwrap();
    let repaired = out(&run(&["repair"], BROKEN));
    assert_eq!(
        undo.apply(repaired.as_bytes()).as_deref(),
        Some(BROKEN.as_bytes())
    );

    let output = run(&["repair", "--missing", "drop"], BROKEN);
    assert_eq!(
        serde_json::from_str::<Value>(&out(&output)).unwrap()["messages"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let output = run(&["repair", "--missing", "keep"], BROKEN);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output), BROKEN);
    assert!(err(&output).contains("left: refused[unanswered_tool_call]"));
}

#[test]
fn receipts_for_programs() {
    let folder = folder("repair_receipts");
    let receipt = folder.join("receipt.jsonl");
    let input = format!("{WHOLE}\n{}\n", one_line(BROKEN));
    let output = run(&["repair", "--receipt", receipt.to_str().unwrap()], &input);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(err(&output), "");
    let requests = out(&output);
    assert_eq!(requests.lines().next(), Some(WHOLE));
    assert_eq!(lines(&requests)[1]["messages"].as_array().unwrap().len(), 4);
    let receipts = lines(&fs::read_to_string(receipt).unwrap());
    assert_eq!(
        receipts[0],
        json!({
            "line": 1, "column": 1,
            "edits": [], "tokens_before": null, "tokens_after": null, "limit": null, "high_water": null,
            "low_water": null, "messages_before": 1, "messages_after": 1, "bytes_before": WHOLE.len(),
            "bytes_after": WHOLE.len(), "remaining": [],
        })
    );
    assert_eq!(
        receipts[1]["edits"],
        json!([{"action": "added_placeholder", "pointers": ["/messages/1/tool_calls/0"], "id": "call_1",
            "reason": "unanswered_tool_call", "bytes_before": 0, "bytes_after": 137}])
    );

    let line = format!("{{\"id\": \"x\", \"request\": {}}}", one_line(BROKEN));
    let output = run(&["repair", "--json"], line);
    let answer = &lines(&out(&output))[0];
    assert_eq!(answer["id"], "x");
    assert_eq!(answer["request"]["messages"].as_array().unwrap().len(), 4);
    assert_eq!(answer["receipt"]["edits"][0]["action"], "added_placeholder");
    assert_eq!(answer["remaining"], json!([]));

    // A document of several lines is answered by one line, too.
    let answers = lines(&out(&run(&["repair", "--json"], BROKEN)));
    assert_eq!(answers.len(), 1);
    assert_eq!(&answers[0]["request"], &answer["request"]);

    let output = run(&["repair", "--json"], "nonsense");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines(&out(&output))[0]["error"]["kind"], "invalid_json");
}

/// A body that cannot be read as a request is refused in the provider's own words, with exit code
/// 1.
#[test]
fn a_body_that_is_no_request_is_refused_and_not_an_error() {
    for (body, pointer, message) in [
        (
            r#"{"model":"gpt-4o","messages":"Hello"}"#,
            "/messages",
            "Invalid type for 'messages': expected an array of objects, but got a string instead.",
        ),
        (
            r#"{"model":"gpt-4o"}"#,
            "",
            "Missing required parameter: 'messages'.",
        ),
        (r#"{}"#, "", "you must provide a model parameter"),
        (
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],"temperature":3}"#,
            "/temperature",
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        ),
    ] {
        let output = run(&["check", "--json"], body);
        assert_eq!(output.status.code(), Some(1), "{body}: {}", err(&output));
        let answer = &lines(&out(&output))[0];
        assert_eq!(answer["ok"], false);
        let finding = &answer["findings"][0];
        assert_eq!(finding["pointer"], pointer, "{body}");
        assert_eq!(finding["api"]["message"], message);
        let output = run(&["check"], body);
        assert_eq!(output.status.code(), Some(1));
        assert!(out(&output).contains(message), "{}", out(&output));
    }
    // In a batch line its id is echoed, and the other lines are answered.
    let input = format!(
        "{{\"id\": 7, \"request\": {{\"model\": \"gpt-4o\", \"messages\": 3}}}}\n{WHOLE}\n"
    );
    let output = run(&["check", "--json"], input);
    assert_eq!(output.status.code(), Some(1));
    let answers = lines(&out(&output));
    assert_eq!(
        (&answers[0]["id"], &answers[1]["ok"]),
        (&json!(7), &json!(true))
    );
    // Counting it is still an error, and so is input that is not JSON.
    let output = run(&["count", "--json"], r#"{"model":"gpt-4o"}"#);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(run(&["check"], "nonsense").status.code(), Some(2));
}

#[test]
fn settings_are_repaired_by_asking_for_it() {
    let body = r#"{"model":"gpt-5-mini","temperature":3,"max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}"#;
    let output = run(&["repair"], body);
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(1), body.to_owned())
    );
    let output = run(
        &["repair", "--out-of-range", "clamp", "--drop-unsupported"],
        body,
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = r#"{"model":"gpt-5-mini","max_completion_tokens":9,"messages":[{"role":"user","content":"Hello"}]}"#;
    assert_eq!(out(&output), expected);
    assert!(
        err(&output).contains("renamed a setting: /max_tokens, "),
        "{}",
        err(&output)
    );

    // A limit below zero counts as absent.
    let body = WHOLE.replace("{\"model\"", "{\"max_tokens\":-1,\"model\"");
    assert_eq!(run(&["repair"], &body).status.code(), Some(1));
    let output = run(&["repair", "--out-of-range", "drop"], &body);
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(0), WHOLE.to_owned())
    );
}
