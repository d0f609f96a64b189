//! The built command: input, output, exit codes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const HELLO: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#;
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support_agent.json");

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenfit"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(args: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = command(args).spawn().unwrap();
    // A command that refuses its arguments stops reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    out(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn counts_a_document() {
    let output = run(&["count", "--json"], HELLO);
    assert_eq!(output.status.code(), Some(0));
    let answer = &lines(&output)[0];
    assert_eq!(answer["tokens"], 8);
    assert_eq!((&answer["lower"], &answer["upper"]), (&json!(8), &json!(8)));
    assert_eq!(answer["accuracy"], "exact");
    assert_eq!(
        (&answer["model"], &answer["format"]),
        (&json!("gpt-4o"), &json!("openai-chat"))
    );
    assert_eq!(
        (&answer["context_window"], &answer["remaining"]),
        (&json!(128_000), &json!(127_992))
    );
    assert_eq!(
        answer["parts"],
        json!({"messages": [5], "tools": 0, "schema": 0, "images": 0, "framing": 3})
    );
    assert_eq!(answer["data_version"], tokenfit::data_version());
    assert!(answer.get("id").is_none());

    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(HELLO).unwrap()).unwrap();
    assert_eq!(out(&run(&["count", "--json", "-"], &pretty)), out(&output));
    assert_eq!(
        out(&run(&["count", "--json"], pretty.replace('\n', "\r\n"))),
        out(&output)
    );
}

#[test]
fn the_shipped_example_is_counted_for_people() {
    let output = run(&["count", EXAMPLE], "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let shown = out(&output);
    for part in [
        "gpt-4o-mini:",
        "of the context window of 128,000",
        "left",
        "instructions",
        "user × 4",
        "tool definitions",
        "█",
    ] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
}

#[test]
fn answers_every_line_in_its_place() {
    let input = [
        HELLO.to_owned(),
        json!({"id": "b", "model": "gpt-5", "host": "openai", "request": {"messages": [{"role": "user", "content": "Hello"}]}}).to_string(),
        String::new(),
        json!({"custom_id": "c", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-4", "messages": []}}).to_string(),
        "{\"model\":\"gpt-4o\",\"messages\":5}".to_owned(),
        "{\"id\":\"e\",\"request\":{\"model\":\"gpt-4p\",\"messages\":[]}}".to_owned(),
        "{not json".to_owned(),
        "[]".to_owned(),
    ]
    .join("\r\n");
    let output = run(&["count", "--json"], &input);
    assert_eq!(output.status.code(), Some(2));
    let answers = lines(&output);
    assert_eq!(answers.len(), 7);
    assert_eq!(answers[0]["tokens"], 8);
    assert_eq!(
        (&answers[1]["id"], &answers[1]["tokens"]),
        (&json!("b"), &json!(7))
    );
    assert_eq!(
        (&answers[2]["id"], &answers[2]["tokens"]),
        (&json!("c"), &json!(3))
    );
    assert_eq!(answers[3]["error"]["kind"], "invalid_request");
    assert_eq!(
        (
            &answers[3]["error"]["pointer"],
            &answers[3]["error"]["line"]
        ),
        (&json!("/messages"), &json!(5))
    );
    assert_eq!(
        (&answers[4]["id"], &answers[4]["error"]["kind"]),
        (&json!("e"), &json!("unknown_model"))
    );
    assert_eq!(answers[4]["error"]["line"], 6);
    assert_eq!(answers[5]["error"]["kind"], "invalid_json");
    assert_eq!(
        (&answers[6]["error"]["kind"], &answers[6]["error"]["line"]),
        (&json!("missing_model"), &json!(8))
    );

    let people = run(&["count"], &input);
    assert_eq!(people.status.code(), Some(2));
    // Four lines without an answer, one of them with an excerpt, and the sum.
    assert_eq!(err(&people).lines().count(), 7);
    assert!(err(&people).contains("tokenfit: total: 3 requests, 18 tokens; input $"));
    assert!(
        err(&people)
            .lines()
            .filter(|line| !line.starts_with("  | "))
            .take(4)
            .all(|line| line.starts_with("tokenfit: standard input:")),
        "{}",
        err(&people)
    );
    assert!(out(&people).contains("standard input:2 (b)"));
}

#[test]
fn a_line_is_answered_before_the_next_is_read() {
    let mut child = command(&["count", "--json", "--lines"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(stdin, "{HELLO}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["tokens"], 8);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_first_line_that_is_json_but_no_request_is_a_line() {
    let input = format!("{{\"id\":[1],\"request\":{{}}}}\n{{\"a\":\"\\ud800\"}}\n{HELLO}\n");
    let answers = lines(&run(&["count", "--json"], &input));
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["error"]["pointer"], "/id");
    assert_eq!(answers[2]["tokens"], 8);
    // The message names the same line as `line`.
    assert_eq!(answers[1]["error"]["line"], 2);
    assert!(
        answers[1]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("line 2, column"),
        "{}",
        answers[1]
    );
}

#[test]
fn ids_are_echoed_as_they_came() {
    let input = ["7", "\"7\"", "\"a\\u00e9\\n\"", "1.50"]
        .map(|id| format!("{{\"id\":{id},\"request\":{HELLO}}}"))
        .join("\n");
    let output = out(&run(&["count", "--json"], &input));
    let ids: Vec<&str> = output
        .lines()
        .map(|line| line[..line.find(",\"line\"").unwrap()].trim_start_matches("{\"id\":"))
        .collect();
    assert_eq!(ids, ["7", "\"7\"", "\"a\\u00e9\\n\"", "1.50"]);
}

#[test]
fn the_envelopes_host_is_heeded() {
    let at = |host: &str| {
        let line = json!({"host": host, "model": "gpt-5", "request": serde_json::from_str::<Value>(HELLO).unwrap()}).to_string();
        lines(&run(&["count", "--json"], &line))[0]["accuracy"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(at("openai"), "exact");
    assert_eq!(at("azure"), "exact");
    // A gateway with recorded bills is calibrated; an unknown host is not.
    assert_eq!(at("vercel"), "calibrated");
    assert_eq!(at("some-new-host"), "estimated");
}

#[test]
fn lines_are_forced_when_the_first_is_broken() {
    let input = format!("oops\n{HELLO}\n");
    let forced = lines(&run(&["count", "--json", "--lines"], &input));
    assert_eq!((forced.len(), &forced[1]["tokens"]), (2, &json!(8)));
    let document = lines(&run(&["count", "--json"], &input));
    assert_eq!(document.len(), 1);
    assert_eq!(document[0]["error"]["line"], 1);
}

#[test]
fn the_model_can_be_replaced() {
    let answer = &lines(&run(&["count", "--json", "--model", "gpt-5-mini"], HELLO))[0];
    assert_eq!(
        (&answer["model"], &answer["tokens"]),
        (&json!("gpt-5-mini"), &json!(7))
    );
    let bare = r#"[{"role":"user","content":"Hello"}]"#;
    assert_eq!(
        lines(&run(&["count", "--json", "--model", "gpt-4o"], bare))[0]["tokens"],
        8
    );
    let unknown = run(&["count", "--model", "gpt-4p"], HELLO);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        err(&unknown).contains("unknown model `gpt-4p`; did you mean"),
        "{}",
        err(&unknown)
    );
}

#[test]
fn places_of_documents_and_envelopes_are_the_inputs_own() {
    let document = "{\n\"model\": \"gpt-4o\",\n\"messages\": [\n{\"role\": 5}]}";
    assert_eq!(
        lines(&run(&["count", "--json"], document))[0]["error"]["line"],
        4
    );
    let envelope = format!("{{\"id\": \"x\",\n\"request\":\n{document}}}");
    assert_eq!(
        lines(&run(&["count", "--json"], &envelope))[0]["error"]["line"],
        6
    );
    let blank = lines(&run(&["count", "--json"], "\n \n"));
    assert_eq!(blank[0]["error"]["kind"], "invalid_json");
}

#[test]
fn several_files_and_a_missing_one() {
    let output = run(
        &["count", "--json", EXAMPLE, "/no/such/file.json", "-"],
        HELLO,
    );
    assert_eq!(output.status.code(), Some(2));
    let answers = lines(&output);
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["model"], "gpt-4o-mini");
    assert_eq!(answers[1]["error"]["kind"], "io");
    assert_eq!(answers[1]["file"], "/no/such/file.json");
    assert_eq!(answers[0]["file"], EXAMPLE);
    assert!(answers[2].get("file").is_none());
    assert_eq!(answers[2]["tokens"], 8);
}

#[test]
fn counts_text() {
    for (args, tokens, encoding) in [
        (&["count", "--text", "--json"][..], 3, "o200k_base"),
        (
            &["count", "--text", "--json", "--model", "gpt-4"],
            3,
            "cl100k_base",
        ),
        (
            &["count", "--text", "--json", "--encoding", "gpt2"],
            3,
            "r50k_base",
        ),
    ] {
        let answer = &lines(&run(args, "Hello, world"))[0];
        assert_eq!(
            (&answer["tokens"], &answer["encoding"], &answer["bytes"]),
            (&json!(tokens), &json!(encoding), &json!(12))
        );
        assert_eq!(answer["accuracy"], "exact");
    }
    assert_eq!(
        lines(&run(&["count", "--text", "--json"], ""))[0]["tokens"],
        0
    );
    let estimated = &lines(&run(
        &["count", "--text", "--json", "--model", "grok-4"],
        "Hello, world",
    ))[0];
    assert_eq!(estimated["accuracy"], "estimated");
    assert_eq!(
        out(&run(&["count", "--text"], "Hello, world")),
        "3 tokens (o200k_base), 12 bytes\n"
    );
    let broken = run(&["count", "--text", "--json"], b"ab\n\xff");
    assert_eq!(
        (broken.status.code(), &lines(&broken)[0]["error"]["line"]),
        (Some(2), &json!(2))
    );
}

#[test]
fn counts_each_line_as_a_text() {
    let texts = [
        r#""Hello, world""#,
        r#""""#,
        r#"{"a": 1}"#,
        r#""two\nlines""#,
    ]
    .join("\n");
    let output = run(
        &[
            "count",
            "--text",
            "--lines",
            "--json",
            "--encoding",
            "cl100k_base",
        ],
        &texts,
    );
    assert_eq!(output.status.code(), Some(2));
    let answers = lines(&output);
    let tokens: Vec<_> = answers
        .iter()
        .map(|answer| answer["tokens"].as_u64())
        .collect();
    assert_eq!(tokens, [Some(3), Some(0), None, Some(3)]);
    assert_eq!(answers[2]["error"]["kind"], "invalid_text");
    assert_eq!(answers[3]["line"], 4);
}

#[test]
fn claude_encodings_count_the_only_message_of_a_request() {
    for (name, frame) in [("claude_v3", 7), ("claude_v47", 11), ("claude_v48", 6)] {
        let output = run(&["count", "--text", "--json", "--encoding", name], "");
        assert_eq!(lines(&output)[0]["tokens"], frame, "{name}");
    }
}

#[test]
fn shows_models() {
    let one = run(&["models", "gpt-4o-2024-08-06", "--json"], "");
    assert_eq!(one.status.code(), Some(0));
    let model = &lines(&one)[0];
    assert_eq!(
        (&model["id"], &model["context_window"], &model["encoding"]),
        (&json!("gpt-4o"), &json!(128_000), &json!("o200k_base"))
    );
    assert!(!model["sources"].as_array().unwrap().is_empty());
    assert!(out(&run(&["models", "gpt-4o"], "")).contains("context window     128,000"));
    assert!(lines(&run(&["models", "--json"], "")).len() > 500);
    assert!(out(&run(&["models"], "")).contains("text-embedding-3-small"));
    let unknown = run(&["models", "gpt-4p", "--json"], "");
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(lines(&unknown)[0]["error"]["kind"], "unknown_model");
}

#[test]
fn usage() {
    assert_eq!(
        run(&["count", "--no-such-option"], "").status.code(),
        Some(2)
    );
    assert_eq!(run(&[], "").status.code(), Some(2));
    assert_eq!(
        run(&["count", "--format", "klingon"], HELLO).status.code(),
        Some(2)
    );
    assert_eq!(
        run(&["count", "--format", "openai-chat", "--json"], HELLO)
            .status
            .code(),
        Some(0)
    );
    let version = run(&["--version"], "");
    assert_eq!(
        out(&version).trim(),
        format!(
            "tokenfit {} (data {})",
            env!("CARGO_PKG_VERSION"),
            tokenfit::data_version()
        )
    );
}

#[test]
fn a_closed_pipe_is_quiet() {
    let mut child = command(&["models", "--json"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
}

/// A file for one test, removed at its end.
struct TempFile(std::path::PathBuf);

impl TempFile {
    fn new(name: &str, text: &str) -> TempFile {
        let path = std::env::temp_dir().join(format!("tokenfit-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        TempFile(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn models_can_be_overridden() {
    let file = TempFile::new(
        "models.json",
        r#"[{"id": "gpt-4o", "context_window": 1000}, {"id": "acme-7", "context_window": 500, "encoding": "o200k_base"}]"#,
    );
    let answer = &lines(&run(&["count", "--json", "--models", file.path()], HELLO))[0];
    assert_eq!(
        (&answer["context_window"], &answer["tokens"]),
        (&json!(1000), &json!(8))
    );
    let shown = run(&["models", "acme-7", "--json", "--models", file.path()], "");
    assert_eq!(lines(&shown)[0]["context_window"], 500);
    let listed = run(&["models", "--json", "--models", file.path()], "");
    assert_eq!(lines(&listed).last().unwrap()["id"], "acme-7");
    // From the environment, unless an option overrides it.
    let other = TempFile::new("other.json", r#"{"id": "gpt-4o", "context_window": 2000}"#);
    for (args, window) in [
        (&["models", "gpt-4o", "--json"][..], 2000),
        (
            &["models", "gpt-4o", "--json", "--models", file.path()],
            1000,
        ),
        (
            &[
                "models",
                "gpt-4o",
                "--json",
                "--models",
                file.path(),
                "--models",
                other.path(),
            ],
            2000,
        ),
    ] {
        let output = command(args)
            .env("TOKENFIT_MODELS", other.path())
            .output()
            .unwrap();
        assert_eq!(lines(&output)[0]["context_window"], window, "{args:?}");
    }
    let empty = command(&["models", "gpt-4o", "--json"])
        .env("TOKENFIT_MODELS", "")
        .output()
        .unwrap();
    assert_eq!(lines(&empty)[0]["context_window"], 128_000);
}

#[test]
fn wrong_files_of_models_are_refused() {
    let file = TempFile::new(
        "wrong.json",
        "[{\"id\": \"gpt-4o\",\n\"context_window\": \"1k\"}]",
    );
    for subcommand in ["count", "models"] {
        let json = run(&[subcommand, "--json", "--models", file.path()], HELLO);
        assert_eq!(json.status.code(), Some(2));
        let answers = lines(&json);
        assert_eq!(answers.len(), 1);
        let error = &answers[0]["error"];
        assert_eq!(
            (&error["kind"], &error["pointer"], &error["line"]),
            (
                &json!("invalid_registry"),
                &json!("/0/context_window"),
                &json!(2)
            )
        );
        let people = run(&[subcommand, "--models", file.path()], HELLO);
        assert_eq!((people.status.code(), out(&people).as_str()), (Some(2), ""));
        assert!(
            err(&people).starts_with("tokenfit: ") && err(&people).contains("wrong.json: expected"),
            "{}",
            err(&people)
        );
        let missing = run(
            &[subcommand, "--json", "--models", "/no/such/file.json"],
            HELLO,
        );
        assert_eq!(missing.status.code(), Some(2));
        assert_eq!(lines(&missing)[0]["error"]["kind"], "io");
    }
}

#[test]
fn a_host_can_have_another_window() {
    let request = r#"{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}"#;
    let window = |args: &[&str], input: &str| {
        let output = run(args, input);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        lines(&output)[0]["context_window"].clone()
    };
    let count = &["count", "--json"][..];
    let at_azure = &["count", "--json", "--host", "azure"][..];
    assert_eq!(window(count, request), json!(1_047_576));
    assert_eq!(window(at_azure, request), json!(300_000));
    let envelope = |host: &str| format!(r#"{{"id": "a", "host": "{host}", "request": {request}}}"#);
    assert_eq!(window(count, &envelope("azure")), json!(300_000));
    assert_eq!(window(count, &envelope("ollama")), json!(null));
    // The option overrides the envelope; an unknown host changes nothing.
    assert_eq!(window(at_azure, &envelope("ollama")), json!(300_000));
    assert_eq!(window(count, &envelope("acme-cloud")), json!(1_047_576));
    let wrong = run(&["count", "--host", "azrue"], request);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("unknown host `azrue`"));

    let shown = out(&run(&["models", "azure/gpt-4.1"], ""));
    for part in [
        "requested          azure/gpt-4.1",
        "matched by         host_name",
        "host               azure",
        "context window     300,000",
        "standard deployments",
    ] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
    assert!(
        out(&run(&["models", "gpt-4.1", "--host", "azure"], "")).contains("window     300,000")
    );
    assert!(
        out(&run(&["models", "gpt-4o-2031-01-01"], "")).contains("snapshot, may not be this model")
    );
}

#[test]
fn reads_every_format() {
    let input = [
        r#"{"model":"gpt-4o","input":"Hello","instructions":"Be brief."}"#,
        r#"{"model":"claude-opus-4-5","max_tokens":9,"system":"Be brief.","messages":[{"role":"user","content":"Hello"}]}"#,
        r#"{"model":"gemini-2.5-flash","contents":[{"parts":[{"text":"Hello"}]}]}"#,
        r#"{"modelId":"anthropic.claude-3-haiku-20240307-v1:0","messages":[{"role":"user","content":[{"text":"Hello"}]}]}"#,
        r#"{"model":"text-embedding-3-small","input":["Hello","you"]}"#,
        r#"{"model":"gpt-3.5-turbo-instruct","prompt":"Hello"}"#,
        // The line of the batch file adds what its body lacks.
        r#"{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"text-embedding-3-small","input":"Hello"}}"#,
        r#"{"custom_id":"b","params":{"model":"claude-opus-4-5","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}}"#,
    ]
    .join("\n");
    let output = run(&["count", "--json"], &input);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let formats: Vec<Value> = lines(&output)
        .iter_mut()
        .map(|answer| answer["format"].take())
        .collect();
    assert_eq!(
        json!(formats),
        json!([
            "openai-responses",
            "anthropic",
            "gemini",
            "bedrock-converse",
            "embeddings",
            "completions",
            "openai-responses",
            "anthropic"
        ])
    );
    for answer in lines(&output) {
        // OpenAI's own models, its embeddings, Claude and Gemini are counted by rule.
        let model = answer["model"].as_str().unwrap();
        let exact = answer["accuracy"] == "exact";
        let by_rule = model == "gpt-4o" || answer["format"] == "embeddings";
        assert!(exact || !by_rule, "{model}");
        assert!(
            !exact || by_rule || model.contains("claude") || model.contains("gemini"),
            "{model}"
        );
        assert!(answer["lower"].as_u64() <= answer["tokens"].as_u64());
    }
    // The caller decides where the shape is ambiguous.
    let body = r#"{"model":"gpt-4o","input":"Hello"}"#;
    for format in ["openai-responses", "embeddings"] {
        let output = run(&["count", "--json", "--format", format], body);
        assert_eq!(lines(&output)[0]["format"], format);
    }
    let output = run(&["count", "--json", "--format", "gemini"], body);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines(&output)[0]["error"]["kind"], "invalid_request");
}

#[test]
fn counts_a_compaction_by_its_url_or_its_format() {
    let body = r#"{"model":"gpt-4o-mini","input":"Hello"}"#;
    let line = format!(r#"{{"custom_id":"a","url":"/v1/responses/compact","body":{body}}}"#);
    for (args, input) in [
        (&["count", "--json"][..], line.as_str()),
        (&["count", "--json", "--format", "openai-compaction"], body),
    ] {
        let answer = &lines(&run(args, input))[0];
        assert_eq!(answer["tokens"], 8 + 93, "{args:?}");
        assert_eq!(answer["format"], "openai-compaction");
        assert_eq!(answer["accuracy"], "exact");
    }
}

#[test]
fn takes_the_size_of_images_by_url() {
    let body = r#"{"model":"gpt-4o","messages":[{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"https://x.test/a?b=1"}}]}]}"#;
    let images = |args: &[&str]| {
        let args = [&["count", "--json"], args].concat();
        lines(&run(&args, body))[0]["parts"]["images"].clone()
    };
    assert_eq!(images(&["--image-size", "640x480"]), 425);
    assert_eq!(
        images(&[
            "--image-size",
            "64x64",
            "--image-size",
            "https://x.test/a?b=1=640x480"
        ]),
        425
    );
    for wrong in ["640", "0x10", "a=640x", "x"] {
        let output = run(&["count", "--image-size", wrong], body);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(err(&output).contains("WIDTHxHEIGHT"), "{}", err(&output));
    }
}

#[test]
fn counts_by_the_rules_of_the_day() {
    let body = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],
        "prediction":{"type":"content","content":"Hi"}}"#;
    let tokens = |args: &[&str]| {
        let args = [&["count", "--json"], args].concat();
        let answer = &lines(&run(&args, body))[0];
        (answer["tokens"].clone(), answer["day"].clone())
    };
    assert_eq!(tokens(&[]), (json!(8), Value::Null));
    assert_eq!(
        tokens(&["--at", "2024-11-05"]),
        (json!(20), json!("2024-11-05"))
    );
    assert_eq!(
        tokens(&["--at", "2026-11-28"]),
        (json!(8), json!("2026-11-28"))
    );
}

#[test]
fn an_envelope_names_the_host_by_its_url() {
    let line = r#"{"url":"https://openrouter.ai/api/v1/chat/completions","request":{"model":"gpt-4o",
        "messages":[{"role":"user","content":"Hello"}],"max_tokens":-1}}"#;
    let answer = &lines(&run(&["count", "--json"], line))[0];
    assert_eq!(
        (&answer["tokens"], &answer["accuracy"]),
        (&json!(8), &json!("calibrated"))
    );
}
