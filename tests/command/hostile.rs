//! Hostile and inexperienced users: refused input, with messages that say what to type.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::running::{err, folder, out, run};

const HELLO: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#;

fn lines(output: &Output) -> Vec<Value> {
    crate::running::lines(&out(output))
}

/// A conversation of `turns` turns, 22 tokens each.
fn chat(turns: usize) -> String {
    let messages: Vec<Value> = (0..turns)
        .flat_map(|turn| {
            [
                json!({"role": "user", "content": format!("How dry is bed {turn} today?")}),
                json!({"role": "assistant", "content": format!("Bed {turn} is dry.")}),
            ]
        })
        .chain([json!({"role": "user", "content": "And now?"})])
        .collect();
    json!({"model": "gpt-4o", "messages": messages}).to_string()
}

/// Asserts a usage error: exit code 2, nothing on standard output, and `part` on standard error.
fn is_refused(args: &[&str], input: &str, part: &str) {
    let output = run(args, input);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
    assert_eq!(out(&output), "", "{args:?}");
    assert!(err(&output).contains(part), "{args:?}: {}", err(&output));
}

#[test]
fn no_output_is_an_input() {
    let folder = folder("outputs");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (chat_path, models) = (path("chat.json"), path("models.json"));
    let long = chat(40);
    fs::write(&chat_path, &long).unwrap();
    fs::write(&models, r#"[{"id": "own", "context_window": 500}]"#).unwrap();
    let linked = path("linked.json");
    fs::hard_link(&chat_path, &linked).unwrap();
    let around = path("./../outputs/chat.json");
    let whole = folder.to_str().unwrap();
    for args in [
        &["fit", &chat_path, "--receipt", &chat_path][..],
        &["fit", &chat_path, "--undo", &around],
        &["fit", &chat_path, "--receipt", &linked],
        &["fit", whole, "--receipt", &chat_path],
        &["fit", &chat_path, "--models", &models, "--receipt", &models],
        &["fit", &chat_path, "--out-dir", whole],
        &["repair", &chat_path, "--receipt", &linked],
    ] {
        is_refused(args, "", "would overwrite");
        assert_eq!(fs::read_to_string(&chat_path).unwrap(), long, "{args:?}");
    }
    let both = path("both.jsonl");
    is_refused(
        &["fit", &chat_path, "--receipt", &both, "--undo", &both],
        "",
        "would overwrite the file of --receipt",
    );
    assert!(!PathBuf::from(&both).exists());
    is_refused(&["fit", &chat_path, "--receipt", "-"], "", "./-");
    // Something that is not a file can be written twice.
    #[cfg(unix)]
    assert_eq!(
        run(
            &[
                "fit",
                &chat_path,
                "--receipt",
                "/dev/null",
                "--undo",
                "/dev/null"
            ],
            ""
        )
        .status
        .code(),
        Some(0)
    );
}

#[cfg(unix)]
#[test]
fn standard_output_is_not_an_input_either() {
    let path = folder("append").join("chat.json");
    fs::write(&path, HELLO).unwrap();
    let both = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tokenfit"))
        .args(["fit", path.to_str().unwrap()])
        .stdout(both)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--in-place"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&path).unwrap(), HELLO);
}

#[test]
fn lines_of_a_batch_file_stay_lines_of_one() {
    let line = |id: &str, body: &str| {
        format!(
            r#"{{"custom_id": "{id}", "method": "POST", "url": "/v1/chat/completions", "body": {body}}}"#
        )
    };
    let input = format!("{}\n{}\n", line("a", HELLO), line("b", &chat(40)));
    for command in ["fit", "repair"] {
        let limit: &[&str] = if command == "fit" {
            &["--max-input", "200"]
        } else {
            &[]
        };
        let output = run(&[&[command], limit].concat(), &input);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let written = out(&output);
        // Requests that need no change are byte for byte the input.
        assert_eq!(written.lines().next(), input.lines().next(), "{command}");
        let second = &lines(&output)[1];
        assert_eq!(
            (&second["custom_id"], &second["method"], &second["url"]),
            (&json!("b"), &json!("POST"), &json!("/v1/chat/completions"))
        );
        let messages = second["body"]["messages"].as_array().unwrap().len();
        assert_eq!(messages < 81, command == "fit");
    }
    let anthropic = format!(
        r#"{{"custom_id": "c", "params": {{"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": {}}}}}"#,
        r#"[{"role": "user", "content": "Hi"}]"#
    );
    assert_eq!(out(&run(&["fit"], &anthropic)).trim_end(), anthropic);
}

#[test]
fn a_pin_protects_something() {
    let long = chat(40);
    for (keep, part) in [
        (
            "message:9999",
            "message 9,999 does not exist: the request has 81 messages",
        ),
        ("tool:nosuch", "no tool `nosuch` is declared or called"),
    ] {
        let args = ["fit", "--max-input", "200", "--keep", keep];
        is_refused(&args, &long, part);
        is_refused(&args, &long, "--keep");
        let answer = &lines(&run(&[&args[..], &["--json"]].concat(), &long))[0];
        assert_eq!(answer["error"]["kind"], "unmatched_pin");
    }
    let output = run(&["fit", "--max-input", "200", "--keep", "message:3"], &long);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("Bed 1 is dry."));
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (args, part) in [
        (
            &["--keep", "last_user,no_last_user"][..],
            "contradicts an earlier rule",
        ),
        (
            &["--keep", "last_turns:2", "--keep", "last_turns:3"],
            "last_turns contradicts",
        ),
        (
            &["--low-water", "0.95", "--high-water", "0.9"],
            "--low-water is above --high-water",
        ),
        (
            &["--low-water", "9k", "--high-water", "8k"],
            "--low-water is above --high-water",
        ),
        (
            &["--low-water", "0.9", "--high-water", "100"],
            "--low-water is 115,200, above --high-water of 100",
        ),
        (&["--max-input", "0"], "0 leaves nothing for the input"),
        (&["--max-input", "-1"], "`-1` is not a number of tokens"),
        (
            &["--max-input", "5kb"],
            "write a whole number, such as 32000, 32_000 or 32k",
        ),
        (
            &["--margin", "200000"],
            "a margin of 200,000 tokens leaves nothing of 128,000; lower the margin",
        ),
        (
            &["--reserve-output", "128k"],
            "a reserve of 128,000 tokens for the answer leaves nothing of 128,000; reserve less",
        ),
    ] {
        is_refused(&[&["fit"], args].concat(), HELLO, part);
    }
    // Repeating a rule is not a contradiction.
    assert_eq!(
        run(&["fit", "--keep", "last_user,last_user"], HELLO)
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn numbers_are_spelled_as_people_do() {
    for limit in ["32k", "32_000", "32,000", "0.032M"] {
        let output = run(&["fit", "--json", "--max-input", limit], HELLO);
        assert_eq!(lines(&output)[0]["receipt"]["limit"], 32_000, "{limit}");
    }
}

#[test]
fn a_folder_without_requests_is_no_success() {
    let folder = folder("empty");
    fs::write(folder.join("notes.txt"), "nothing").unwrap();
    let path = folder.to_str().unwrap();
    for command in ["count", "check", "repair", "fit"] {
        is_refused(
            &[command, path],
            "",
            "no .json or .jsonl file is in this folder",
        );
        let answer = &lines(&run(&[command, "--json", path], ""))[0];
        assert_eq!(answer["file"], path);
        assert_eq!(answer["error"]["kind"], "io");
    }
}

#[test]
fn an_unknown_model_is_no_success() {
    let slip = HELLO.replace("gpt-4o", "gtp-4o-mni");
    let output = run(&["check"], &slip);
    assert_eq!(output.status.code(), Some(2));
    let shown = out(&output);
    for part in [
        "risky[unknown_model]: the model is not in the registry",
        "unknown model `gtp-4o-mni`",
        "did you mean `gpt-4o-mini`",
        "--model NAME",
        "--alias NAME=MODEL",
        "--models FILE",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    for command in ["count", "fit"] {
        let output = run(&[command], &slip);
        assert_eq!(output.status.code(), Some(2));
        for part in [
            "did you mean `gpt-4o-mini`",
            "--alias NAME=MODEL",
            "\"context_window\": 128000",
        ] {
            assert!(err(&output).contains(part), "{command}: {}", err(&output));
        }
    }
    // A fault that is refused for every model stays a no.
    let empty = r#"{"model": "gtp-4o-mni", "messages": []}"#;
    assert_eq!(run(&["check"], empty).status.code(), Some(1));
}

#[test]
fn a_model_is_named_where_the_request_has_none() {
    let gemini = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;
    let bare = HELLO.replace(r#""model":"gpt-4o","#, "");
    for command in ["count", "fit"] {
        is_refused(&[command], gemini, "--model NAME (--default-model NAME");
    }
    let output = run(&["check"], gemini);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        out(&output).contains("--model NAME (--default-model NAME"),
        "{}",
        out(&output)
    );
    let input = format!("{gemini}\n{bare}\n{HELLO}\n");
    let args = [
        "--default-model",
        "gemini=gemini-2.5-flash",
        "--default-model",
        "gpt-4.1",
    ];
    for command in ["count", "check"] {
        let output = run(&[&[command, "--json"], &args[..]].concat(), &input);
        assert_eq!(output.status.code(), Some(0), "{}", out(&output));
        let models: Vec<Value> = lines(&output)
            .iter()
            .map(|line| line["model"].clone())
            .collect();
        assert_eq!(
            models,
            ["gemini-2.5-flash", "gpt-4.1", "gpt-4o"],
            "{command}"
        );
    }
    let output = run(&[&["fit", "--json"], &args[..]].concat(), &input);
    assert_eq!(lines(&output)[1]["receipt"]["limit"], 1_047_576);
}

#[test]
fn a_deployment_has_another_name() {
    let own = HELLO.replace("gpt-4o", "our-chat");
    let output = run(&["count", "--json", "--alias", "our-chat=gpt-4o"], &own);
    assert_eq!(
        (output.status.code(), &lines(&output)[0]["tokens"]),
        (Some(0), &json!(8))
    );
    assert_eq!(
        run(&["check", "--alias", "our-chat=gpt-4o"], &own)
            .status
            .code(),
        Some(0)
    );
    is_refused(
        &["check", "--alias", "our-chat=gpt-4q"],
        &own,
        "--alias: unknown model `gpt-4q`",
    );
    is_refused(&["check", "--alias", "our-chat"], &own, "NAME=MODEL");
}

#[test]
fn names_that_are_not_listed_have_a_substitute() {
    let own = HELLO.replace("gpt-4o", "acme-chat-7");
    let output = run(&["count", "--json", "--assume", "gpt-4o"], &own);
    let count = &lines(&output)[0];
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(count["accuracy"], "estimated");
    assert_eq!(count["context_window"], 128_000);
    let uncertain = count["uncertain"].to_string();
    assert!(uncertain.contains("not listed"), "{uncertain}");
    is_refused(
        &["count", "--assume", "gpt-4q"],
        &own,
        "--assume: unknown model `gpt-4q`",
    );
}

#[test]
fn every_answer_has_its_place() {
    let folder = folder("places");
    let file = folder.join("a.jsonl");
    let wrong = r#"{"custom_id": "x", "url": "/v1/chat/completions", "body": {"model": "gpt-4o", "messages": []}}"#;
    fs::write(&file, format!("{HELLO}\n\n{wrong}\n{{nonsense\n")).unwrap();
    let document = folder.join("b.json");
    fs::write(&document, "{\n  \"model\": \"gpt-4o\",\n  \"messages\": [{\"role\": \"usr\", \"content\": \"Hi\"}]\n}\n").unwrap();
    for command in ["count", "check", "repair", "fit"] {
        let output = run(&[command, "--json", folder.to_str().unwrap()], "");
        let answers = lines(&output);
        assert_eq!(answers.len(), 4, "{command}");
        for (answer, (file, line, column)) in answers.iter().zip([
            (&file, 1, 1),
            (&file, 3, 59),
            (&file, 4, 1),
            (&document, 1, 1),
        ]) {
            assert_eq!(
                (&answer["file"], &answer["line"], &answer["column"]),
                (&json!(file.to_str().unwrap()), &json!(line), &json!(column)),
                "{command}"
            );
        }
        assert_eq!(answers[1]["id"], "x");
        assert_eq!(answers[2]["error"]["line"], 4);
        assert!(answers[2]["error"]["column"].as_u64().is_some());
    }
    let answers = lines(&run(&["check", "--json", folder.to_str().unwrap()], ""));
    for (answer, place) in [(1, (3, 91)), (3, (3, 25))] {
        let finding = &answers[answer]["findings"][0];
        assert_eq!(
            (&finding["line"], &finding["column"]),
            (&json!(place.0), &json!(place.1)),
            "{finding}"
        );
    }
    // For people: each line by its number and id, and the sum.
    let output = run(&["check", folder.to_str().unwrap()], "");
    assert!(
        out(&output).contains("a.jsonl:1, read as openai-chat: ok"),
        "{}",
        out(&output)
    );
    assert!(
        out(&output).contains("a.jsonl:3 (x): 1 refused"),
        "{}",
        out(&output)
    );
    assert!(
        err(&output).contains("4 requests: 1 ok, 2 refused, 1 unreadable"),
        "{}",
        err(&output)
    );
    // The file is named if there are several, for one line as for many.
    fs::remove_file(&file).unwrap();
    fs::write(&document, HELLO.replace(',', ",\n")).unwrap();
    fs::write(folder.join("c.json"), HELLO).unwrap();
    let shown = out(&run(&["count", folder.to_str().unwrap()], ""));
    assert!(
        shown.contains("b.json\n") && shown.contains("c.json\n"),
        "{shown}"
    );
    let shown = out(&run(
        &["count", folder.join("c.json").to_str().unwrap()],
        "",
    ));
    assert!(shown.starts_with("gpt-4o: 8 tokens"), "{shown}");
}

#[test]
fn files_of_another_kind_are_named_and_a_byte_order_mark_is_passed_over() {
    let marked = format!("\u{feff}{HELLO}");
    for command in ["count", "check", "fit"] {
        assert_eq!(run(&[command], &marked).status.code(), Some(0), "{command}");
    }
    assert_eq!(out(&run(&["fit"], &marked)).trim_end(), HELLO);
    let pretty = format!("\u{feff}{}", HELLO.replace(',', ",\r\n"));
    assert_eq!(run(&["check"], &pretty).status.code(), Some(0));
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(HELLO.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (input, part) in [
        (&utf16[..], "this looks like UTF-16"),
        (&utf16[2..], "this looks like UTF-16"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "this looks like gzip"),
        (b"PK\x03\x04....", "this looks like a zip archive"),
    ] {
        let output = run(&["count"], input);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(part), "{}", err(&output));
    }
}

#[test]
fn a_fit_can_be_taken_back() {
    let folder = folder("undo");
    let (undo, fitted) = (folder.join("undo.jsonl"), folder.join("fitted.jsonl"));
    let undo = undo.to_str().unwrap();
    let line = format!(
        r#"{{"custom_id": "b", "url": "/v1/chat/completions", "body": {}}}"#,
        chat(30)
    );
    for input in [
        format!("{}\n{HELLO}\n{line}\n", chat(40)),
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&chat(40)).unwrap()).unwrap()
            + "\n",
    ] {
        let output = run(&["fit", "--max-input", "200", "--undo", undo], &input);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert!(output.stdout.len() < input.len() / 2);
        fs::write(&fitted, &output.stdout).unwrap();
        let back = run(&["undo", undo, fitted.to_str().unwrap()], "");
        assert_eq!((back.status.code(), out(&back)), (Some(0), input.clone()));
        assert_eq!(out(&run(&["undo", undo], &output.stdout)), input);
    }
    // Another request is refused, and so is an additional one.
    is_refused(&["undo", undo], HELLO, "not the request that was edited");
    let more = format!("{}\n{}\n", HELLO, HELLO);
    let output = run(&["undo", undo], more);
    assert!(err(&output).contains("no line is left"), "{}", err(&output));
    is_refused(&["undo", "/no/such/file"], HELLO, "/no/such/file");
}

#[test]
fn a_plan_can_be_applied() {
    let folder = folder("plans");
    let plans = folder.join("plans.jsonl");
    let input = format!("{HELLO}\n{}\n", chat(40));
    let limit = ["fit", "--max-input", "200"];
    let planned = run(&[&limit[..], &["--plan", "--json"]].concat(), &input);
    fs::write(&plans, &planned.stdout).unwrap();
    let apply = ["--apply", plans.to_str().unwrap()];
    let applied = run(&[&limit[..], &apply].concat(), &input);
    assert_eq!(applied.status.code(), Some(0), "{}", err(&applied));
    assert_eq!(out(&applied), out(&run(&limit, &input)));
    let output = run(&[&limit[..], &apply].concat(), chat(39));
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("tokenfit fit --plan --json"),
        "{}",
        err(&output)
    );
    is_refused(&["fit", "--apply", "/no/such/file"], HELLO, "/no/such/file");
}

#[test]
fn results_are_written_to_files() {
    let folder = folder("in_place");
    let (long, short) = (
        folder.join("in/long.json"),
        folder.join("in/more/short.json"),
    );
    fs::create_dir_all(short.parent().unwrap()).unwrap();
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&chat(40)).unwrap()).unwrap();
    fs::write(&long, &pretty).unwrap();
    fs::write(&short, HELLO).unwrap();
    let (from, to) = (folder.join("in"), folder.join("out"));
    let (from, to) = (from.to_str().unwrap(), to.to_str().unwrap());
    let output = run(&["fit", "--max-input", "200", from, "--out-dir", to], "");
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(0), String::new()),
        "{}",
        err(&output)
    );
    assert_eq!(
        fs::read_to_string(folder.join("out/more/short.json"))
            .unwrap()
            .trim_end(),
        HELLO
    );
    assert_eq!(fs::read_to_string(&long).unwrap(), pretty);
    let fitted = fs::read_to_string(folder.join("out/long.json")).unwrap();
    assert!(fitted.lines().count() > 1 && fitted.len() < pretty.len());

    let output = run(&["fit", "--max-input", "200", "--in-place", from], "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(fs::read_to_string(&long).unwrap(), fitted);
    // A file is left unchanged if one of its lines has no result.
    let mixed = format!("{}\n{{\n", chat(40));
    fs::write(&long, &mixed).unwrap();
    let output = run(
        &[
            "fit",
            "--max-input",
            "200",
            "--in-place",
            "--lines",
            long.to_str().unwrap(),
        ],
        "",
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&long).unwrap(), mixed);
    is_refused(
        &["fit", "--in-place", "-"],
        HELLO,
        "standard input cannot be overwritten",
    );
    // Several documents are written as lines.
    fs::write(&long, &pretty).unwrap();
    let output = run(&["fit", "--max-input", "200", from], "");
    assert_eq!(lines(&output).len(), 2);
}

#[test]
fn a_single_trim_comes_down_to_the_mark() {
    let size = |args: &[&str]| {
        let output = run(
            &[&["fit", "--json", "--preset", "sliding_window"], args].concat(),
            chat(60),
        );
        lines(&output)[0]["receipt"]["tokens_after"]
            .as_u64()
            .unwrap()
    };
    let once = size(&["--max-input", "400", "--low-water", "0.3", "--fresh"]);
    assert!((100..=120).contains(&once), "{once}");
    let grown = size(&["--max-input", "400", "--low-water", "0.3"]);
    assert!(grown <= 400, "{grown}");
    let help = out(&run(&["fit", "--help"], ""));
    assert!(help.contains("--fresh"), "{help}");
}

#[test]
fn models_are_searched() {
    let listed = |args: &[&str]| out(&run(&[&["models"], args].concat(), ""));
    let shown = listed(&["sonnet"]);
    assert!(
        shown.contains("claude-sonnet-4-5") && !shown.contains("gpt-4o"),
        "{shown}"
    );
    let shown = listed(&["--provider", "Anthropic"]);
    assert!(
        shown
            .lines()
            .skip(1)
            .all(|line| line.starts_with("claude-")),
        "{shown}"
    );
    assert!(shown.contains("$/M in"));
    is_refused(&["models", "--provider", "nobody"], "", "known providers");
    is_refused(&["models", "gpt-4p"], "", "did you mean");
}

#[test]
fn help_has_examples_and_exit_codes() {
    for command in [
        "count",
        "check",
        "repair",
        "fit",
        "undo",
        "error",
        "usage",
        "headers",
        "key",
        "models",
        "completions",
        "man",
    ] {
        let help = out(&run(&["help", command], ""));
        assert!(help.contains("Examples:\n  tokenfit "), "{command}: {help}");
        assert!(help.contains("Exit codes: 0 "), "{command}: {help}");
    }
    assert!(out(&run(&["help", "count"], "")).contains("for a folder, all"));
}

#[test]
fn shells_and_man_know_the_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&run(&["completions", shell], ""));
        assert!(script.contains("clamp-output"), "{shell}");
    }
    assert!(out(&run(&["man"], "")).contains(".TH tokenfit 1"));
    let pages = folder("man");
    let output = run(&["man", "--out-dir", pages.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let fit = fs::read_to_string(pages.join("tokenfit-fit.1")).unwrap();
    assert!(fit.contains("low\\-water"), "{fit}");
}

#[test]
fn colors_and_progress_are_for_terminals() {
    let wrong = r#"{"model": "gpt-4o", "messages": []}"#;
    assert!(!out(&run(&["check"], wrong)).contains('\x1b'));
    let colored = out(&run(&["check", "--color", "always"], wrong));
    assert!(
        colored.contains("\x1b[1;31mrefused[empty_messages]:\x1b[0m"),
        "{colored}"
    );
    let output = run(
        &["fit", "--color", "always", "--max-input", "200"],
        chat(40),
    );
    assert!(err(&output).contains("\x1b[1m"));
    assert!(!out(&output).contains('\x1b'));
    // The progress line is shown, and removed again.
    let input = format!("{HELLO}\n").repeat(3);
    let output = run(&["check", "--json", "--progress", "always"], &input);
    assert!(
        err(&output).contains("\r\x1b[Ktokenfit: 1 requests, 0.0 MB"),
        "{:?}",
        err(&output)
    );
    assert!(err(&output).ends_with("\r\x1b[K"), "{:?}", err(&output));
    assert_eq!(lines(&output).len(), 3);
}
