//! Answers that say where the fault is and which option helps.

use std::fs;

use serde_json::{Value, json};

use crate::running::{err, folder, out, run};

fn answer(args: &[&str], input: &str) -> Value {
    let output = run(args, input);
    let line = out(&output).lines().next().unwrap_or_default().to_owned();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("{args:?}: {}", err(&output)))
}

fn chat(content: &str) -> String {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": content}]}).to_string()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().enumerate().fold(0, |bits, (nth, byte)| {
            bits | u32::from(*byte) << (16 - 8 * nth)
        });
        for nth in 0..=three.len() {
            out.push(char::from(SIGNS[(bits >> (18 - 6 * nth) & 63) as usize]));
        }
    }
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// The largest integer has no rounded digits, and one above it is reported.
#[test]
fn integers_are_compared_as_integers() {
    let body = |seed: &str| {
        chat("Hi").replace("{\"messages\"", &format!("{{\"seed\":{seed},\"messages\""))
    };
    assert!(body("1").contains("\"seed\":1"));
    for seed in ["9223372036854775807", "-9223372036854775808"] {
        assert_eq!(run(&["check"], body(seed)).status.code(), Some(0), "{seed}");
    }
    for seed in ["9223372036854775808", "92233720368547758080"] {
        let finding = &answer(&["check", "--json"], &body(seed))["findings"][0];
        assert_eq!(finding["code"], "out_of_range");
        assert_eq!(
            finding["api"]["message"],
            format!(
                "Invalid 'seed': integer above maximum value. Expected a value <= 9223372036854775807, but got {seed} instead."
            )
        );
    }
}

/// The length of a recording is in its head: 32 tokens a second.
#[test]
fn a_recording_has_a_length() {
    let (seconds, rate) = (10_u32, 8_000_u32);
    let bytes = seconds * rate;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00");
    wav.extend(rate.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend(b"\x01\x00\x08\x00data");
    wav.extend(bytes.to_le_bytes());
    wav.resize(44 + bytes as usize, 0x80);
    let body = json!({"contents": [{"role": "user", "parts": [
        {"inlineData": {"mimeType": "audio/wav", "data": base64(&wav)}}, {"text": "What is said?"}]}]})
    .to_string();
    let args = ["--json", "--model", "gemini-2.5-flash"];
    let count = answer(&[&["count"][..], &args].concat(), &body);
    let tokens = count["tokens"].as_u64().unwrap();
    assert!((320..=340).contains(&tokens), "{count}");
    assert!(count["upper"].as_u64().unwrap() < 2_000, "{count}");
    let check = answer(&[&["check"][..], &args].concat(), &body);
    assert_eq!(
        (&check["ok"], &check["findings"]),
        (&json!(true), &json!([]))
    );
}

/// A fault of several places points at them, and one of a missing field at what requires it.
#[test]
fn findings_point_at_what_they_are_about() {
    let block = |n: usize| json!({"type": "text", "text": format!("part {n}"), "cache_control": {"type": "ephemeral"}});
    let blocks: Vec<Value> = (0..6).map(block).collect();
    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": blocks}]});
    let finding = answer(&["check", "--json"], &body.to_string())["findings"][0].clone();
    assert_eq!(finding["code"], "too_many_entries");
    assert_eq!(finding["pointer"], "/messages/0/content/4/cache_control");
    assert_eq!(finding["related"].as_array().unwrap().len(), 4);
    let shown = out(&run(&["check"], body.to_string()));
    assert!(
        shown.contains("= at /messages/0/content/4/cache_control"),
        "{shown}"
    );
    assert!(
        shown.contains("= see /messages/0/content/0/cache_control"),
        "{shown}"
    );
    assert!(
        shown.contains(r#"1 | "cache_control": {"type": "…"}"#),
        "{shown}"
    );

    let body = json!({"modelId": "us.amazon.nova-lite-v1:0", "messages": [
        {"role": "user", "content": [{"text": "How dry?"}]},
        {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {"toolUseId": "t1", "name": "soil", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "3 %"}]}}]}]});
    let finding = &answer(&["check", "--json"], &body.to_string())["findings"][0];
    assert_eq!(finding["pointer"], "/messages/1/content/1");
    assert!(
        finding["message"]
            .as_str()
            .unwrap()
            .contains("`toolConfig`")
    );
}

/// A request that every provider refuses costs nothing.
#[test]
fn an_empty_list_is_not_billed() {
    for body in [
        "[]",
        r#"{"messages": []}"#,
        r#"{"messages": [], "tools": [{"type": "function", "function": {"name": "soil"}}]}"#,
    ] {
        let count = answer(&["count", "--json", "--model", "gpt-4o"], body);
        assert_eq!(
            (&count["lower"], &count["accuracy"]),
            (&json!(0), &json!("estimated"))
        );
        let reason = count["uncertain"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("bill nothing"), "{reason}");
        assert_eq!(
            run(&["check", "--model", "gpt-4o"], body).status.code(),
            Some(1)
        );
    }
    let shown = out(&run(&["count", "--model", "gpt-4o"], "[]"));
    assert!(
        shown.contains("not exact: the request: the list of messages is empty"),
        "{shown}"
    );
}

/// Blank content is cut like any other.
#[test]
fn blanks_are_cut() {
    let blanks = " ".repeat(200_000);
    for text in [blanks.clone(), format!("{blanks}end"), "\n".repeat(100_000)] {
        let args = [
            "fit",
            "--json",
            "--preset",
            "truncate_to_limit",
            "--max-input",
            "100",
        ];
        let fitted = answer(&args, &chat(&text));
        assert!(
            fitted["receipt"]["tokens_after"].as_u64().unwrap() <= 100,
            "{fitted}"
        );
        let left = fitted["request"]["messages"][0]["content"]
            .as_str()
            .unwrap();
        // Providers refuse a blank text: one that was not blank does not become so.
        assert_eq!(left.trim().is_empty(), text.trim().is_empty());
    }
}

#[test]
fn what_stays_names_the_rule_that_keeps_it() {
    let long = "word ".repeat(3_000);
    let body = json!({"model": "gpt-4o", "messages": [
        {"role": "system", "content": long}, {"role": "user", "content": long},
        {"role": "assistant", "content": long}, {"role": "user", "content": long}]})
    .to_string();
    let args = [
        "--max-input",
        "2000",
        "--strategy",
        "shorten:1000",
        "--keep",
        "message:1",
    ];
    let shown = err(&run(&[&["fit"][..], &args].concat(), &body));
    for part in [
        "/messages/0 (kept by instructions)",
        "/messages/1 (kept by message)",
        "/messages/3 (kept by last_user)",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let error = &answer(&[&["fit", "--json"][..], &args].concat(), &body)["error"];
    let kept: Vec<&Value> = error["largest"].as_array().unwrap().iter().collect();
    let by = |pointer: &str| {
        kept.iter().find(|held| held["pointer"] == pointer).unwrap()["kept_by"].clone()
    };
    assert_eq!(by("/messages/3"), "last_user");
    assert!(error["pinned"].as_u64().unwrap() > 2_000);
    let one = chat(&long);
    let shown = err(&run(
        &["fit", "--max-input", "2000", "--strategy", "shorten:1000"],
        &one,
    ));
    assert!(shown.contains("/messages/0 (kept by last_user)"), "{shown}");
    assert!(shown.contains("--keep no_last_user"), "{shown}");
    // With other rules.
    let args = [
        "fit",
        "--max-input",
        "2000",
        "--keep",
        "no_last_user,last_turns:1,first_user",
    ];
    let shown = err(&run(&args, &body));
    assert!(
        shown.contains("/messages/1 (kept by first_user)"),
        "{shown}"
    );
    assert!(
        shown.contains("/messages/3 (kept by last_turns)"),
        "{shown}"
    );
}

#[test]
fn a_typo_in_an_override_is_an_error() {
    let folder = folder("override_typos");
    let path = folder.join("models.json");
    let models = path.to_str().unwrap();
    let own = chat("Hello").replace("gpt-4o", "own");
    for (row, part) in [
        (
            json!({"context_windo": 500}),
            "unknown field `context_windo` at `/0/context_windo`",
        ),
        (
            json!({"context_windo": 500}),
            "did you mean `context_window`?",
        ),
        (
            json!({"contextWindow": 500}),
            "did you mean `context_window`?",
        ),
        (
            json!({"max-output-tokens": 500}),
            "did you mean `max_output_tokens`?",
        ),
        (json!({"supports": {"tool": true}}), "did you mean `tools`?"),
        (
            json!({"price_per_1m_usd": {"inputs": 1}}),
            "did you mean `input`?",
        ),
        (
            json!({"lifecycle": {"shutdown": "2027-01-01"}}),
            "did you mean `shutdown_date`?",
        ),
        (
            json!({"limits": {"shared_limi": true}}),
            "one of the fields",
        ),
        (
            json!({"billing": "openai-chatt"}),
            "use one of openai-chat-0301, openai-chat,",
        ),
        (json!({"kind": "chatty"}), "use one of chat, responses,"),
    ] {
        let mut row = row;
        row["id"] = "own".into();
        fs::write(&path, json!([row]).to_string()).unwrap();
        let output = run(&["count", "--models", models], &own);
        assert_eq!(output.status.code(), Some(2), "{row}");
        assert!(err(&output).contains(part), "{row}: {}", err(&output));
    }
    // Fields for people are ignored.
    let row = json!({"id": "own", "context_window": 500, "why": "measured", "note": "ours", "sources": ["us"], "color": "red"});
    fs::write(&path, json!([row]).to_string()).unwrap();
    assert_eq!(
        run(&["count", "--models", models], &own).status.code(),
        Some(0)
    );
    // A model as the command shows it can be changed and read again.
    let shown = out(&run(&["models", "--json", "gpt-4o"], ""));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(shown.is_object());
}

#[test]
fn a_repair_names_the_option_that_fixes_the_rest() {
    let body = r#"{"model":"gpt-5-mini","temperature":0.3,"max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}"#;
    let output = run(&["repair"], body);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("--drop-unsupported fixes it"),
        "{}",
        err(&output)
    );
    let left = answer(&["repair", "--json"], body);
    assert_eq!(
        left["options"],
        json!([{"option": "--drop-unsupported", "fixes": ["unsupported_parameter", "unsupported_value"]}])
    );
    assert_eq!(
        run(&["repair", "--drop-unsupported"], body).status.code(),
        Some(0)
    );

    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "tools": [{"name": "soil", "input_schema": {"type": "object"}}],
        "messages": [{"role": "user", "content": "How dry?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "functions.soil:0", "name": "soil", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "functions.soil:0", "content": "1"}]}]})
    .to_string();
    let shown = err(&run(&["repair"], &body));
    assert!(shown.contains("--fix ids fixes it"), "{shown}");
    assert_eq!(
        run(&["repair", "--fix", "ids"], &body).status.code(),
        Some(0)
    );

    let body = chat("Hi").replace("{\"messages\"", "{\"temperature\":3,\"messages\"");
    let shown = err(&run(&["repair"], &body));
    assert!(shown.contains("--out-of-range clamp fixes it"), "{shown}");
    // Where no option helps, none is named.
    let answer = answer(&["repair", "--json"], r#"{"model":"gpt-4o","messages":[]}"#);
    assert!(answer.get("options").is_none(), "{answer}");
}

#[test]
fn an_estimate_names_tool_and_keyword() {
    let tool = |name: &str, schema: Value| {
        json!({"type": "function", "function": {"name": name, "description": "d",
            "parameters": {"type": "object", "properties": {"bed": schema}}}})
    };
    let body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "tools": [
        tool("a", json!({"type": "integer", "minimum": 1})),
        tool("b", json!({"type": "string", "maxLength": 5})),
        tool("c", json!({"type": "string", "description": "d"})),
        tool("d", json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}))]});
    let count = answer(&["count", "--json"], &body.to_string());
    assert_eq!(
        count["uncertain"],
        json!([{"pointer": "/tools/1", "reason": "`maxLength` in a schema was not measured"},
            {"pointer": "/tools/3", "reason": "`oneOf` in a schema was not measured"}])
    );
    let shown = out(&run(&["count"], body.to_string()));
    assert!(
        shown.contains("not exact: /tools/1: `maxLength` in a schema was not measured"),
        "{shown}"
    );
}

/// Each input of an embeddings request has the window to itself.
#[test]
fn the_longest_of_several_inputs_is_compared_with_the_window() {
    let inputs: Vec<String> = (1..=40).map(|n| "word ".repeat(n * 50)).collect();
    let body = json!({"model": "text-embedding-3-small", "input": inputs}).to_string();
    let shown = out(&run(&["count"], &body));
    assert!(
        shown.contains("longest input: 24.4 % of the context window of 8,192, 6,19"),
        "{shown}"
    );
    let one = json!({"model": "text-embedding-3-small", "input": "Hello"}).to_string();
    let shown = out(&run(&["count"], &one));
    assert!(
        shown.contains("\n0.0 % of the context window of 8,192, 8,191 left"),
        "{shown}"
    );
}

/// A syntax error shows the structure around it, and no strings.
#[test]
fn a_syntax_error_has_an_excerpt_without_texts() {
    for (body, problem, excerpt) in [
        (
            r#"{"messages": [{"role": "user", "content": "secret words"},]}"#,
            "trailing comma at `/messages/1` (line 1, column 58)",
            "  | {\"messages\": [{\"role\": \"…\", \"content\": \"…\"},\n  |                                            ^",
        ),
        (
            "{\n  \"model\": \"secret\",\n  \"secret key\": 1,\n}",
            "trailing comma at line 3, column 18",
            "  | { \"model\": \"…\", \"…\": 1,\n",
        ),
        (
            r#"{"model": "gpt-4o" "messages": []}"#,
            "expected `,` or `}`",
            "  | {\"model\": \"…\" \"\n  |               ^",
        ),
        (
            r#"{"model": secret}"#,
            "expected a JSON value",
            "  | {\"model\": …\n  |           ^",
        ),
    ] {
        for command in ["count", "check", "fit"] {
            let output = run(&[command], body);
            assert_eq!(output.status.code(), Some(2), "{body}");
            let shown = err(&output);
            assert!(shown.contains(problem), "{body}\n{shown}");
            assert!(shown.contains(excerpt), "{body}\n{shown}");
            assert!(!shown.contains("secret"), "{body}\n{shown}");
        }
    }
}

/// Sentences end where the next one begins, and a remedy that does not help is not named.
#[test]
fn messages_are_sentences_with_a_remedy_that_helps() {
    let of_model = |model: &str| {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]});
        err(&run(&["count"], body.to_string()))
    };
    let typo = of_model("gpt-4p");
    assert!(
        typo.contains("`gpt-4o`") && typo.contains(". Or use --model NAME"),
        "{typo}"
    );
    let own = of_model("zzz-own-zzz");
    assert!(
        own.contains("no known name is similar (at `/model`"),
        "{own}"
    );
    assert!(own.contains(")). Use --model NAME"), "{own}");
    let nameless = of_model("");
    assert!(
        nameless.contains("names no model; use --model NAME"),
        "{nameless}"
    );

    let alias = err(&run(&["count", "--alias", "foo=zzz-own-zzz"], chat("Hi")));
    assert!(
        alias.contains("--alias: unknown model") && !alias.contains("use --model"),
        "{alias}"
    );

    let message = |input: &[u8]| err(&run(&["count"], input));
    let latin = message(b"{\"model\": \"gpt-4o\", \"messages\": [\"\xe9\"]}");
    assert!(
        latin.contains("not UTF-8 at line 1, column 35; send it as UTF-8"),
        "{latin}"
    );
    let plain = message(b"How dry is bed 3?");
    assert!(plain.contains("`tokenfit count --text`"), "{plain}");
    let reply = message(br#"{"model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 9}}"#);
    assert!(
        reply.contains("an answer, not a request") && reply.contains("`tokenfit usage`"),
        "{reply}"
    );

    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}).to_string();
    let finding = &answer(&["check", "--json"], &gemini)["findings"][0];
    assert_eq!(finding["code"], "unknown_model");
    let remedy = finding["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("--model NAME") && !remedy.contains("set `model`"),
        "{remedy}"
    );
}

/// Without `--format` the output names the format that the shape and the host show.
#[test]
fn an_assumed_format_is_named() {
    let body = r#"{"model": "gpt-4o", "max_tokens": 10, "system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}"#;
    let count = |args: &[&str]| out(&run(&[&["count"], args].concat(), body));
    assert!(count(&[]).contains("; read as anthropic\n"));
    assert!(count(&["--host", "openai"]).contains("exact; read as openai-chat\n"));
    assert!(!count(&["--format", "openai-chat"]).contains("read as"));

    let check = |args: &[&str]| run(&[&["check"], args].concat(), body);
    let shape = check(&[]);
    assert_eq!(shape.status.code(), Some(0));
    assert!(
        out(&shape).contains("standard input:1, read as anthropic: "),
        "{}",
        out(&shape)
    );
    let host = check(&["--host", "openai"]);
    assert_eq!(host.status.code(), Some(1));
    assert!(
        out(&host).contains("refused[unknown_parameter]"),
        "{}",
        out(&host)
    );
}

/// An endpoint that only counts tokens requires no output limit.
#[test]
fn an_envelope_names_an_endpoint_that_counts() {
    let line = |url: &str| {
        let request =
            json!({"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]});
        json!({"url": url, "request": request}).to_string()
    };
    let code = |url| run(&["check"], line(url)).status.code();
    assert_eq!(code("/v1/messages"), Some(1));
    assert_eq!(code("/v1/messages/count_tokens"), Some(0));
}
