//! Tokenizers and chat templates of the caller.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::running::{err, folder, lines, out, run};

const HELLO: &str =
    r#"{"model":"our-tune","messages":[{"role":"user","content":"Hello hello","name":"MARKER"}]}"#;

/// A tokenizer of words, a template with two marks, and a model that has them.
fn files(name: &str) -> (PathBuf, [String; 3]) {
    let folder = folder(name);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token = |id: u32, content: &str| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let tokenizer = json!({
        "version": "1.0", "added_tokens": [token(2, "<|a|>"), token(3, "<|b|>")], "normalizer": null,
        "post_processor": null, "decoder": null, "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"hello": 0, "[UNK]": 1}, "unk_token": "[UNK]"},
    });
    let files = [
        write("tokenizer.json", &tokenizer.to_string()),
        write(
            "chat_template.jinja",
            "{% for m in messages %}<|a|>{{ m.content }}{% endfor %}<|b|>",
        ),
        write(
            "models.json",
            r#"[{"id": "our-tune", "context_window": 500}]"#,
        ),
    ];
    (folder, files)
}

fn given(option: &str, path: &str) -> String {
    format!("--{option}=our-tune={path}")
}

#[test]
fn count_check_and_fit_use_them() {
    let (folder, [tokenizer, template, models]) = files("templates");
    let tokenizer = given("tokenizer", &tokenizer);
    let by_file = given("template", &template);
    let config = folder.join("tokenizer_config.json");
    let source = fs::read_to_string(&template).unwrap();
    fs::write(&config, json!({"chat_template": source}).to_string()).unwrap();
    let by_config = given("template", config.to_str().unwrap());
    for template in [&by_file, &by_config] {
        let args = ["count", "--json", "--models", &models, &tokenizer, template];
        let output = run(&args, HELLO);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let answer: Value = lines(&out(&output)).remove(0);
        assert_eq!(answer["tokens"], 4);
        assert_eq!(answer["accuracy"], "calibrated");
        assert_eq!(answer["rules"]["id"], "chat-template");
    }
    let args = [
        "count", "--text", "--model", "our-tune", "--models", &models, &tokenizer,
    ];
    let output = run(&args, "hello hello hello");
    assert!(out(&output).contains('3'), "{}", err(&output));

    let many: Vec<Value> = (0..400)
        .flat_map(|_| {
            [
                json!({"role": "user", "content": "hello"}),
                json!({"role": "assistant", "content": "hello"}),
            ]
        })
        .chain([json!({"role": "user", "content": "hello"})])
        .collect();
    let long = json!({"model": "our-tune", "messages": many}).to_string();
    let common = ["--models", &models, &tokenizer, &by_file, "--json"];
    let output = run(&[&["check"], &common[..]].concat(), &long);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert_eq!(lines(&out(&output))[0]["tokens"], 1_603);
    let output = run(&[&["fit"], &common[..]].concat(), &long);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let fitted = lines(&out(&output)).remove(0)["request"].to_string();
    let output = run(&[&["count"], &common[..]].concat(), &fitted);
    let tokens = lines(&out(&output))[0]["upper"].as_u64().unwrap();
    assert!((100..=500).contains(&tokens), "{tokens}");
}

/// Asserts that the command could not tell, and shows neither the file nor the request.
fn is_refused(args: &[&str], part: &str) {
    let output = run(args, HELLO);
    let shown = out(&output) + &err(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {shown}");
    assert!(shown.contains(part), "{args:?}: {shown}");
    assert!(!shown.contains("MARKER"), "{args:?}: {shown}");
}

#[test]
fn hostile_files_are_refused() {
    let (folder, [tokenizer, template, models]) = files("hostile_templates");
    let bad = folder.join("bad");
    let path = bad.to_str().unwrap();
    let file = |content: &[u8]| fs::write(&bad, content).unwrap();
    for (content, part) in [
        (&b"{{ MARKER"[..], "does not end"),
        (b"{% include 'MARKER' %}", "a tag"),
        (b"{% for MARKER in %}{% endfor %}", "not a Jinja template"),
        (
            b"{\"chat_template\": {\"MARKER\": 1}}",
            "not a `tokenizer_config.json`",
        ),
        (b"{\"MARKER\": 1}", "no `chat_template`"),
        (&[b'['; 300_000], "longer than 256 KiB"),
        (
            &b"{{ [[[[[[[[[[[[[[[[ MARKER ]]]]]]]]]]]]]]]] }}"[..],
            "nests too much",
        ),
    ] {
        file(content);
        for command in ["count", "check", "fit", "repair"] {
            is_refused(
                &[command, "--models", &models, &given("template", path)],
                part,
            );
        }
    }
    for content in [
        &b"MARKER"[..],
        b"{}",
        b"{\"model\": {\"MARKER\": 1}}",
        &[0xff; 64],
    ] {
        file(content);
        is_refused(
            &["count", "--models", &models, &given("tokenizer", path)],
            "not a `tokenizer.json`",
        );
    }
    // A template that refuses, fails or does not end counts as no template.
    for content in [
        "{{ raise_exception('MARKER') }}",
        "{{ messages.a.b.MARKER }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}MARKER{% endfor %}{% endfor %}",
        "{% set ns = namespace(x=1) %}{% set ns.x = [ns] %}{{ ns }}MARKER",
    ] {
        file(content.as_bytes());
        let output = run(
            &[
                "count",
                "--json",
                "--models",
                &models,
                &given("template", path),
            ],
            HELLO,
        );
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let shown = out(&output) + &err(&output);
        assert!(shown.contains("the chat template"), "{shown}");
        assert!(!shown.contains("MARKER"), "{shown}");
    }
    let missing = folder.join("missing");
    is_refused(
        &[
            "count",
            "--models",
            &models,
            &given("template", missing.to_str().unwrap()),
        ],
        "missing",
    );
    is_refused(
        &["count", "--template", "no-such-model=x"],
        "no model or encoding",
    );
    is_refused(&["count", "--tokenizer", &tokenizer], "NAME=FILE");
    // A file that is read is never overwritten.
    let before = fs::read_to_string(&template).unwrap();
    let (given, chat) = (given("template", &template), folder.join("chat.json"));
    fs::write(&chat, HELLO).unwrap();
    let args = [
        "fit",
        chat.to_str().unwrap(),
        "--models",
        &models,
        &given,
        "--receipt",
        &template,
    ];
    is_refused(&args, "would overwrite");
    assert_eq!(fs::read_to_string(Path::new(&template)).unwrap(), before);
}
