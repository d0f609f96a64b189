//! The command `fit`: input, output, exit codes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Output};

use crate::running::{self, err, folder, lines, one_line, out};
use serde_json::{Value, json};
use tokenfit::edit::Undo;
use tokenfit::fit::{Plan, Preset};
use tokenfit::{Models, Request};

const SHORT: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}"#;

/// A long result in the middle: 132 tokens, of which 93 are a call and its result.
const LONG: &str = r#"{
  "model": "gpt-4o",
  "messages": [
    {"role": "system", "content": "You water plants."},
    {"role": "user", "content": "How dry is bed 3 today?"},
    {"role": "assistant", "content": null, "tool_calls": [
      {"id": "call_1", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 3}"}}
    ]},
    {"role": "tool", "tool_call_id": "call_1", "content": "humidity 41 %, humidity 42 %, humidity 43 %, humidity 44 %, humidity 45 %, humidity 46 %, humidity 41 %, humidity 42 %, humidity 43 %, humidity 44 %, humidity 45 %, humidity 46 %, humidity 41 %, humidity 42 %, humidity 43 %, humidity 44 %, humidity 45 %, humidity 46 %"},
    {"role": "assistant", "content": "Rather dry."},
    {"role": "user", "content": "Water it, please."}
  ]
}
"#;

/// The command `fit`.
fn command(args: &[&str]) -> Command {
    running::command(&[&["fit"], args].concat())
}

fn run(args: &[&str], input: impl AsRef<[u8]>) -> Output {
    running::run(&[&["fit"], args].concat(), input)
}

/// The single answer to one request.
fn answer(args: &[&str], input: impl AsRef<[u8]>) -> (Option<i32>, Value) {
    let output = run(&[&["--json"], args].concat(), input);
    let mut answers = lines(&out(&output));
    assert_eq!(answers.len(), 1, "{}", err(&output));
    (output.status.code(), answers.remove(0))
}

fn tokens(body: &str) -> u64 {
    let models = Models::builtin();
    let request = Request::parse(body).unwrap();
    let model = models.get("gpt-4o").unwrap();
    model.count(&request).tokens()
}

fn roles(request: &Value) -> Vec<&str> {
    let messages = request["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect()
}

#[test]
fn a_refused_request_that_fits_is_not_written() {
    let refused = SHORT.replace("\"messages\"", "\"max_tokens\":-5,\"messages\"");
    for args in [&[][..], &["--plan"], &["--json"]] {
        let output = run(args, &refused);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(!out(&output).contains("\"role\""), "{}", out(&output));
    }
    let told = err(&run(&[], &refused));
    assert!(told.contains("`out_of_range` at `/max_tokens`"), "{told}");
    let output = run(&["--send-refused"], &refused);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output), refused);
}

#[test]
fn a_document_alone_gets_no_newline() {
    let folder = folder("no_newline");
    let (file, undo) = (folder.join("a.json"), folder.join("undo.jsonl"));
    let [file, undo] = [&file, &undo].map(|path| path.to_str().unwrap());
    for body in [SHORT, &format!("{SHORT}\n"), LONG.trim_end(), LONG] {
        fs::write(file, body).unwrap();
        assert_eq!(out(&run(&[file], "")), body);
        assert_eq!(out(&running::run(&["repair", file], "")), body);
        let fitted = out(&run(&["--max-input", "100", "--undo", undo, file], ""));
        assert_eq!(fitted.ends_with('\n'), body.ends_with('\n'));
        assert_eq!(out(&running::run(&["undo", undo], &fitted)), body);
    }
    // So do lines; of several files, each is a line.
    let two = format!("{SHORT}\n{SHORT}");
    assert_eq!(out(&run(&["--lines"], &two)), two);
    let output = run(&[file, file], "");
    assert_eq!(lines(&out(&output)).len(), 2);
}

#[test]
fn what_fits_leaves_byte_for_byte() {
    let strange = "{ \"model\":\"gpt-4o\" ,\r\n\t\"x\": 1e0, \"x\": 2,\r\n \"messages\":[ {\"content\":\"H\\u00e9\",\"role\":\"user\"} ] }\r\n";
    for body in [LONG, strange] {
        let output = run(&[], body);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(out(&output), body);
    }
    assert_eq!(
        err(&run(&[], LONG)),
        "tokenfit: standard input: unchanged; 132 tokens of 128,000\n"
    );
    // Unedited parts of an edited request are unchanged, too.
    let edited = LONG.replace(
        "\n  \"messages\"",
        "\r\n  \"x\": 1e0, \"x\": 2,\r\n  \"messages\"",
    );
    let output = run(&["--max-input", "100"], &edited);
    let start = edited
        .find("    {\"role\": \"assistant\", \"content\": null")
        .unwrap();
    let end = edited
        .find("    {\"role\": \"assistant\", \"content\": \"Rather")
        .unwrap();
    assert_eq!(out(&output), [&edited[..start], &edited[end..]].concat());
}

#[test]
fn what_is_too_long_is_made_to_fit() {
    let output = run(&["--max-input", "100"], LONG);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let fitted = out(&output);
    assert_eq!(tokens(&fitted), 39);
    assert_eq!(
        roles(&serde_json::from_str(&fitted).unwrap()),
        ["system", "user", "assistant", "user"]
    );
    assert_eq!(
        err(&output),
        "\
tokenfit: standard input: 132 → 39 tokens; the limit is 100
  before  ██████████████████████████████  132 tokens, 6 messages
  after   ████████▊                        39 tokens, 4 messages
  limit   ██████████████████████▋         100 tokens
  1 edit (drop_oldest: 93 tokens less)
  cache  23 tokens stay cached, 16 are read again, 93 saved each turn
         costs $0.0000200, saves $0.000116 per turn: pays off after 1 turn
"
    );
    let verbose = err(&run(&["--max-input", "100", "--verbose"], LONG));
    assert!(verbose.contains("\n  dropped: /messages/2 and 1 more, 93 → 0 tokens (drop_oldest)\n"));
    // Fitting the result again changes nothing.
    let again = run(&["--max-input", "100"], &fitted);
    assert_eq!(out(&again), fitted);
    assert!(err(&again).contains("unchanged; 39 tokens of 100"));
}

#[test]
fn the_answer_for_programs_is_one_shape() {
    let (code, answer_of_short) = answer(&[], SHORT);
    assert_eq!(code, Some(0));
    assert_eq!(
        answer_of_short,
        json!({
            "day": null, "line": 1, "column": 1,
            "request": serde_json::from_str::<Value>(SHORT).unwrap(),
            "receipt": {
                "edits": [], "tokens_before": 8, "tokens_after": 8, "limit": 128_000, "high_water": 128_000, "low_water": 102_400,
                "messages_before": 1, "messages_after": 1, "bytes_before": SHORT.len(), "bytes_after": SHORT.len(),
            },
        })
    );
    // A document of several lines is answered by one line, too.
    let (code, answer_of_long) = answer(&["--max-input", "100"], LONG);
    assert_eq!(code, Some(0));
    let receipt = &answer_of_long["receipt"];
    assert_eq!(
        (&receipt["tokens_before"], &receipt["tokens_after"]),
        (&json!(132), &json!(39))
    );
    assert_eq!(
        (&receipt["limit"], &receipt["low_water"]),
        (&json!(100), &json!(80))
    );
    assert_eq!(
        (&receipt["messages_before"], &receipt["messages_after"]),
        (&json!(6), &json!(4))
    );
    assert_eq!(
        receipt["edits"],
        json!([{
            "action": "dropped_group", "group": 2, "pointers": ["/messages/2", "/messages/3"], "reason": "drop_oldest",
            "tokens_before": 93, "tokens_after": 0, "bytes_before": 488, "bytes_after": 0,
        }])
    );
    assert_eq!(receipt["cache"]["prefix_tokens"], 23);
    assert_eq!(receipt["cache"]["break_even_turns"], 1);
    assert_eq!(tokens(&answer_of_long["request"].to_string()), 39);
    assert!(answer_of_long.get("id").is_none());
}

#[test]
fn what_cannot_fit_says_so_with_the_floor() {
    let (code, refused) = answer(&["--max-input", "30"], LONG);
    assert_eq!(code, Some(1));
    let error = &refused["error"];
    assert_eq!(error["kind"], "cannot_fit");
    assert_eq!(
        (&error["floor"], &error["budget"], &error["pinned"]),
        (&json!(32), &json!(30), &json!(0))
    );
    assert_eq!(
        error["largest"][0],
        json!({"pointer": "/messages/1", "kind": "user", "tokens": 12, "kept_by": "first_user"})
    );
    assert_eq!(error["suggestions"][0]["do"], "shorten_message");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("it needs at least 32 tokens, limit is 30")
    );
    assert_eq!(
        (&error["pointer"], &error["line"]),
        (&Value::Null, &Value::Null)
    );
    // The request fits a budget of the floor.
    let (code, fitted) = answer(&["--max-input", "32"], LONG);
    assert_eq!(
        (code, &fitted["receipt"]["tokens_after"]),
        (Some(0), &json!(32))
    );

    let output = run(&["--max-input", "30"], LONG);
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(1), String::new())
    );
    let shown = err(&output);
    for part in [
        "tokenfit: standard input: cannot be made to fit: needs at least 32 tokens, limit is 30\n",
        "  stays  ██████████████████████████████  32 tokens\n",
        "  user    12  /messages/1 (kept by first_user)\n",
        "  around   3  tools, schema, framing\n",
        "  help    shorten `/messages/1` by 2 tokens\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let (code, planned) = answer(&["--max-input", "30", "--plan"], LONG);
    assert_eq!((code, &planned["error"]["floor"]), (Some(1), &json!(32)));
}

#[test]
fn what_would_be_refused_all_the_same_is_a_no() {
    // It fits after the cut; the model was shut down.
    let body = LONG.replace("gpt-4o", "gpt-4o-2024-08-06");
    let (code, refused) = answer(&["--max-input", "100", "--at", "2027-02-01"], body);
    assert_eq!(code, Some(1));
    assert_eq!(refused["error"]["kind"], "refused");
    assert_eq!(refused["error"]["findings"][0]["code"], "retired_model");
    assert!(refused["error"]["findings"][0]["pointer"].is_string());
}

#[test]
fn a_plan_is_shown_and_not_done() {
    let output = run(&["--max-input", "100", "--plan"], LONG);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(err(&output), "");
    let shown = out(&output);
    assert!(
        shown.starts_with("standard input: 132 → 39 tokens; the limit is 100\n"),
        "{shown}"
    );
    assert!(shown.contains("  dropped: /messages/2 and 1 more, 93 → 0 tokens (drop_oldest)\n"));
    assert!(!shown.contains("Water it"));
    assert_eq!(
        out(&run(&["--plan"], SHORT)),
        "standard input:1: nothing to do; 8 tokens of 128,000\n"
    );

    let line = format!("{{\"id\": 7, \"request\": {}}}", one_line(LONG));
    let (code, planned) = answer(&["--max-input", "100", "--plan"], &line);
    assert_eq!((code, &planned["id"]), (Some(0), &json!(7)));
    assert!(planned.get("request").is_none());
    let plan: Plan = serde_json::from_value(planned["plan"].clone()).unwrap();
    assert_eq!(
        (plan.edits.len(), plan.tokens_after, plan.limit),
        (1, 39, 100)
    );

    // The library accepts the plan.
    let models = Models::builtin();
    let body = one_line(LONG);
    let request = Request::parse(body.as_str()).unwrap();
    let budget = tokenfit::Budget::lenient(&models).limit_input(100);
    let fitted = Preset::Agent.fitter(budget).apply(&request, &plan).unwrap();
    assert_eq!(fitted.request().messages().len(), 4);
}

#[test]
fn receipts_and_what_takes_it_back_go_to_files() {
    let folder = folder("fit_files");
    let (receipt, undo) = (folder.join("receipt.jsonl"), folder.join("undo.jsonl"));
    let long = one_line(LONG);
    let input = format!(
        "{SHORT}\r\n{{\"custom_id\":\"b\",\"url\":\"/v1/chat/completions\",\"body\":{long}}}\r\n"
    );
    let output = run(
        &[
            "--max-input",
            "100",
            "--receipt",
            receipt.to_str().unwrap(),
            "--undo",
            undo.to_str().unwrap(),
        ],
        &input,
    );
    assert_eq!(
        (output.status.code(), err(&output)),
        (Some(0), String::new())
    );
    let requests = out(&output);
    let fitted: Vec<&str> = requests.lines().collect();
    assert_eq!((fitted.len(), fitted[0]), (2, SHORT));

    let receipts = lines(&fs::read_to_string(&receipt).unwrap());
    assert_eq!(
        (&receipts[0]["edits"], &receipts[0]["tokens_after"]),
        (&json!([]), &json!(8))
    );
    assert_eq!(
        (&receipts[1]["id"], &receipts[1]["tokens_after"]),
        (&json!("b"), &json!(39))
    );
    // A line of a batch file stays one line.
    let line: Value = serde_json::from_str(fitted[1]).unwrap();
    assert_eq!(
        (&line["custom_id"], &line["url"]),
        (&json!("b"), &json!("/v1/chat/completions"))
    );
    let body = line["body"].to_string();
    assert_eq!(receipts[1]["tokens_after"], tokens(&body));

    let undos = lines(&fs::read_to_string(&undo).unwrap());
    assert_eq!(undos[0], json!({"line": 1, "column": 1, "undo": null}));
    assert_eq!(undos[1]["id"], "b");
    let undo: Undo = serde_json::from_value(undos[1]["undo"].clone()).unwrap();
    let body = &fitted[1][fitted[1].find("\"body\":").unwrap() + 7..fitted[1].len() - 1];
    assert_eq!(undo.apply(body.as_bytes()).unwrap(), long.as_bytes());

    let nowhere = folder.join("no/such/file");
    for option in ["--receipt", "--undo"] {
        let output = run(&[option, nowhere.to_str().unwrap()], SHORT);
        assert_eq!(
            (output.status.code(), out(&output)),
            (Some(2), String::new())
        );
        assert!(err(&output).contains("no/such/file"), "{}", err(&output));
    }
}

#[test]
fn lines_are_answered_one_by_one_and_the_worst_decides() {
    let mut child = command(&["--json", "--max-input", "100", "--lines"])
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |line: &str| -> Value {
        write!(input, "{line}\r\n").unwrap();
        input.flush().unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let long = one_line(LONG);
    assert_eq!(ask(SHORT)["receipt"]["tokens_after"], 8);
    let answered = ask(&format!(
        "{{\"id\": \"e\", \"model\": \"gpt-4o\", \"request\": {long}}}"
    ));
    assert_eq!(
        (&answered["id"], &answered["receipt"]["tokens_after"]),
        (&json!("e"), &json!(39))
    );
    let answered = ask(
        "{\"id\": 3, \"model\": \"gpt-4q\", \"request\": [{\"role\": \"user\", \"content\": \"Hi\"}]}",
    );
    assert_eq!(
        (&answered["id"], &answered["error"]["kind"]),
        (&json!(3), &json!("unknown_model"))
    );
    let answered = ask("nonsense");
    assert_eq!(
        (&answered["error"]["kind"], &answered["error"]["line"]),
        (&json!("invalid_json"), &json!(4))
    );
    assert_eq!(ask(SHORT)["receipt"]["tokens_after"], 8);
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(2));

    let both = format!("{SHORT}\n{long}\n");
    assert_eq!(run(&["--max-input", "30"], &both).status.code(), Some(1));
    assert_eq!(run(&["--max-input", "100"], &both).status.code(), Some(0));
}

#[test]
fn files_are_named() {
    let folder = folder("fit_inputs");
    let (long, short) = (folder.join("long.json"), folder.join("short.json"));
    fs::write(&long, LONG).unwrap();
    fs::write(&short, SHORT).unwrap();
    let output = run(
        &[
            "--max-input",
            "100",
            short.to_str().unwrap(),
            long.to_str().unwrap(),
            "/no/such.json",
        ],
        "",
    );
    assert_eq!(output.status.code(), Some(2));
    let shown = err(&output);
    assert!(
        shown.contains("short.json: unchanged; 8 tokens of 100"),
        "{shown}"
    );
    assert!(
        shown.contains("long.json: 132 → 39 tokens; the limit is 100"),
        "{shown}"
    );
    assert!(shown.contains("/no/such.json: "), "{shown}");
    assert!(out(&output).starts_with(SHORT));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let mut child = command(&["--json"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    // However soon the command notices the closed pipe, it does not complain.
    for _ in 0..100 {
        if writeln!(input, "{SHORT}").is_err() {
            break;
        }
    }
    drop(input);
    let mut complaint = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut complaint)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), complaint.as_str()),
        (Some(0), "")
    );
}

#[test]
fn bare_messages_need_a_model() {
    let bare = serde_json::from_str::<Value>(LONG).unwrap()["messages"].to_string();
    let (code, refused) = answer(&["--max-input", "100"], &bare);
    assert_eq!(
        (code, &refused["error"]["kind"]),
        (Some(2), &json!("missing_model"))
    );
    let (code, fitted) = answer(&["--max-input", "100", "--model", "gpt-4o"], &bare);
    assert_eq!(code, Some(0));
    assert_eq!(fitted["request"].as_array().unwrap().len(), 4);
    let (code, refused) = answer(&["--model", "gpt-4q"], &bare);
    assert_eq!(
        (code, &refused["error"]["kind"]),
        (Some(2), &json!("unknown_model"))
    );
    // Nothing is lost if the model is unknown: the limit alone does not count.
    let own = LONG.replace("gpt-4o", "our-own");
    for args in [&["--max-input", "100"][..], &[]] {
        let (code, refused) = answer(args, &own);
        assert_eq!(
            (code, &refused["error"]["kind"]),
            (Some(2), &json!("unknown_model"))
        );
    }
}

#[test]
fn budgets_without_room_and_texts_without_history() {
    let (code, refused) = answer(&["--reserve-output", "128000"], SHORT);
    assert_eq!(
        (code, &refused["error"]["kind"]),
        (Some(2), &json!("invalid_budget"))
    );
    let (code, refused) = answer(
        &[],
        r#"{"model":"text-embedding-3-small","input":["Hello"]}"#,
    );
    assert_eq!(
        (code, &refused["error"]["kind"]),
        (Some(2), &json!("no_history"))
    );
    let (code, fitted) = answer(&["--reserve-output", "127900"], LONG);
    assert_eq!((code, &fitted["receipt"]["limit"]), (Some(0), &json!(100)));
    let (code, fitted) = answer(&["--max-input", "120", "--margin", "20"], LONG);
    assert_eq!((code, &fitted["receipt"]["limit"]), (Some(0), &json!(100)));
}

#[test]
fn presets_keep_rules_and_marks() {
    let fit = |args: &[&str]| answer(&[&["--max-input", "100"], args].concat(), LONG);
    for preset in [
        "agent",
        "cache_friendly",
        "sliding-window",
        "truncate_to_limit",
    ] {
        let (code, fitted) = fit(&["--preset", preset]);
        assert_eq!(code, Some(0), "{preset}: {fitted}");
        assert!(
            fitted["receipt"]["tokens_after"].as_u64().unwrap() <= 100,
            "{preset}"
        );
    }
    assert_eq!(
        fit(&["--preset", "cache_friendly"]).1["receipt"]["low_water"],
        70
    );
    // The beginning stays if that is requested, and the end is dropped.
    let (_, fitted) = fit(&["--preset", "truncate_to_limit"]);
    assert_eq!(fitted["request"]["messages"][0]["role"], "system");
    // Keep rules are added to those of the preset, and some turn one off.
    let (code, fitted) = fit(&["--preset", "sliding_window"]);
    assert_eq!((code, roles(&fitted["request"]).len()), (Some(0), 4));
    for keep in [
        "tool:soil",
        "message:3",
        "last_messages:4",
        "last_groups:3",
        "last_turns:2",
        "last_tokens:120",
    ] {
        let (code, refused) = fit(&["--preset", "sliding_window", "--keep", keep]);
        assert_eq!(
            (code, &refused["error"]["kind"]),
            (Some(1), &json!("cannot_fit")),
            "{keep}"
        );
    }
    let (_, refused) = fit(&[
        "--preset",
        "sliding_window",
        "--keep",
        "message:3,first_user",
    ]);
    // The pinned result; its call stays with it without being pinned.
    assert_eq!(refused["error"]["pinned"], 78);
    let (code, refused) = answer(&["--max-input", "25"], LONG);
    assert_eq!((code, &refused["error"]["floor"]), (Some(1), &json!(32)));
    let (code, fitted) = answer(&["--max-input", "25", "--keep", "no_first_user"], LONG);
    assert_eq!(
        (code, roles(&fitted["request"])),
        (Some(0), vec!["system", "user"])
    );

    // Water marks: below the high one nothing is done; trimming goes down to the low one.
    assert_eq!(
        answer(&["--high-water", "140"], LONG).1["receipt"]["edits"],
        json!([])
    );
    let (_, fitted) = answer(&["--high-water", "130", "--low-water", "50"], LONG);
    let receipt = &fitted["receipt"];
    assert_eq!(
        (&receipt["high_water"], &receipt["low_water"]),
        (&json!(130), &json!(50))
    );
    assert_eq!(receipt["tokens_after"], 39);
    let (_, fitted) = answer(
        &[
            "--max-input",
            "200",
            "--high-water",
            "0.5",
            "--low-water",
            "25%",
        ],
        LONG,
    );
    let receipt = &fitted["receipt"];
    assert_eq!(
        (
            &receipt["limit"],
            &receipt["high_water"],
            &receipt["low_water"]
        ),
        (&json!(200), &json!(100), &json!(50))
    );
}

#[test]
fn strategies_are_spelled() {
    let fit = |strategy: &str, more: &[&str]| {
        let args = [&["--max-input", "100", "--strategy", strategy], more].concat();
        let (code, fitted) = answer(&args, LONG);
        assert_eq!(code, Some(0), "{strategy}: {fitted}");
        assert!(tokens(&fitted["request"].to_string()) <= 100, "{strategy}");
        fitted
    };
    let content = |fitted: &Value, message: usize| -> String {
        fitted["request"]["messages"][message]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        content(&fit("clear_tool_results:0", &[]), 3),
        "[result cleared]"
    );
    assert_eq!(
        content(
            &fit(
                "clear_tool_results:0:except=rain",
                &["--placeholder", "(gone)"]
            ),
            3
        ),
        "(gone)"
    );
    let cut = fit("shorten:20:first", &["--marker", " ~cut~"]);
    let text = content(&cut, 3);
    assert!(
        text.starts_with("humidity 41 %") && text.ends_with(" ~cut~"),
        "{text}"
    );
    assert!(content(&fit("limit:20:last", &[]), 3).ends_with("humidity 46 %"));
    assert_eq!(
        roles(&fit("drop_oldest:turns", &[])["request"]),
        ["system", "user"]
    );
    assert_eq!(
        roles(&fit("keep_last:1", &[])["request"]),
        ["system", "user"]
    );
    assert_eq!(
        roles(&fit("keep_last_messages:2", &[])["request"]),
        ["system", "assistant", "user"]
    );
    assert_eq!(
        roles(&fit("keep_last_groups:1", &[])["request"]),
        ["system", "user"]
    );
    let reason = |fitted: &Value| {
        fitted["receipt"]["edits"][0]["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(reason(&fit("drop_middle", &[])), "drop_middle");
    assert_eq!(reason(&fit("keep_start", &[])), "keep_start");
    // Several in their order, also from several options.
    let first = fit("clear_tool_results:0:at_least=10,drop_oldest", &[]);
    let second = fit(
        "clear_tool_results:0:at_least=10",
        &["--strategy", "drop_oldest"],
    );
    assert_eq!(first, second);
    assert_eq!(reason(&first), "clear_tool_results");
    // Small gains are not made, and nothing else may be removed.
    for strategy in [
        "clear_tool_results:0:at_least=90",
        "clear_tool_results:0:except=soil",
        "drop_media,drop_reasoning",
    ] {
        let (code, _) = answer(&["--max-input", "100", "--strategy", strategy], LONG);
        assert_eq!(code, Some(1), "{strategy}");
    }
}

#[test]
fn a_preset_is_what_it_spells() {
    let mut messages = vec![json!({"role": "user", "content": "Look after the beds."})];
    for round in 0..30 {
        let id = format!("c{round}");
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "soil", "arguments": "{}"}}]}));
        let size = 20 + 60 * (round % 5);
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": "dry, ".repeat(size)}));
        if round % 7 == 6 {
            messages.push(json!({"role": "user", "content": "Go on. ".repeat(round * 50)}));
        }
    }
    let body = json!({"model": "gpt-4o", "messages": messages}).to_string();
    for limit in ["9000", "5000", "2000", "900"] {
        for (preset, spelled) in [
            (
                "agent",
                &[
                    "--strategy",
                    "clear_tool_results:3:at_least=100,drop_media:1,shorten:1000:keep_last=1,drop_oldest,\
                     shorten:2000:results:open_round,shorten:500:results:open_round",
                    "--keep",
                    "first_user",
                ][..],
            ),
            (
                "sliding_window",
                &["--strategy", "drop_oldest", "--low-water", "1"],
            ),
            (
                "cache_friendly",
                &[
                    "--strategy",
                    "drop_oldest",
                    "--keep",
                    "first_user,cached_prefix",
                    "--low-water",
                    "70%",
                ],
            ),
            (
                "truncate_to_limit",
                &[
                    "--strategy",
                    "keep_start",
                    "--keep",
                    "no_instructions,no_developer,no_last_user,no_open_round",
                    "--low-water",
                    "1.0",
                ],
            ),
        ] {
            let by_name = answer(&["--max-input", limit, "--preset", preset], &body);
            let spelled = answer(&[&["--max-input", limit], spelled].concat(), &body);
            assert!(
                by_name.1["receipt"]["edits"]
                    .as_array()
                    .is_none_or(|edits| !edits.is_empty())
            );
            assert_eq!(by_name, spelled, "{preset} at {limit}");
        }
    }
}

#[test]
fn a_larger_model_comes_before_any_cut() {
    let body =
        json!({"model": "gpt-4", "messages": [{"role": "user", "content": "dry, ".repeat(5_000)}]})
            .to_string();
    let (code, refused) = answer(&[], &body);
    assert_eq!(
        (code, &refused["error"]["kind"]),
        (Some(1), &json!("cannot_fit"))
    );
    let (code, fitted) = answer(&["--fallback", "gpt-4-0613,gpt-4o"], &body);
    assert_eq!(code, Some(0), "{fitted}");
    assert_eq!(fitted["request"]["model"], "gpt-4o");
    assert_eq!(
        (&fitted["receipt"]["model"], &fitted["receipt"]["edits"]),
        (&json!("gpt-4o"), &json!([]))
    );
    let output = run(&["--fallback", "gpt-4o"], &body);
    assert_eq!(out(&output).trim_end(), body.replace("gpt-4", "gpt-4o"));
    assert!(
        err(&output).contains("\n  model  gpt-4o\n"),
        "{}",
        err(&output)
    );
    // Why a fallback was not used is said even if nothing helps.
    let long = format!(
        r#"{{"model": "gpt-4o", "max_tokens": 9, "messages": [{{"role": "user", "content": "{}"}}]}}"#,
        "word ".repeat(200_000)
    );
    let output = run(&["--fallback", "gpt-5.2,gpt-4o-mini"], &long);
    assert_eq!(output.status.code(), Some(1));
    let said = err(&output);
    assert!(said.contains("skipped"), "{said}");
    assert!(said.contains("gpt-5.2: unsupported_parameter"), "{said}");
    assert!(
        said.contains("gpt-4o-mini: the request is too large for it"),
        "{said}"
    );

    let output = run(&["--json", "--fallback", "gpt-4q"], &body);
    assert_eq!(
        (output.status.code(), out(&output)),
        (Some(2), String::new())
    );
    assert!(err(&output).contains("--fallback: unknown model `gpt-4q`; did you mean"));
}

#[test]
fn a_broken_history_is_repaired_first() {
    let body = LONG.replace(
        "\"role\": \"tool\", \"tool_call_id\": \"call_1\"",
        "\"role\": \"user\"",
    );
    let (code, fitted) = answer(&["--max-input", "120"], &body);
    assert_eq!(code, Some(0), "{fitted}");
    assert_eq!(fitted["receipt"]["edits"][0]["action"], "added_placeholder");
    let shown = err(&run(&["--max-input", "120"], &body));
    assert!(
        shown.contains("  1 edit (unanswered_tool_call)\n"),
        "{shown}"
    );
    let shown = err(&run(&["--max-input", "120", "--verbose"], &body));
    assert!(
        shown.contains(
            "  answered a call with a placeholder: /messages/2/tool_calls/0, id call_1, "
        ),
        "{shown}"
    );
    let shown = out(&run(&["--max-input", "120", "--plan"], &body));
    assert!(
        shown.contains("  answered a call with a placeholder: "),
        "{shown}"
    );
}

#[test]
fn what_is_typed_wrong_is_said_with_what_is_known() {
    for (args, part) in [
        (
            &["--preset", "magic"][..],
            "known presets: truncate_to_limit, sliding_window, agent, cache_friendly",
        ),
        (
            &["--strategy", "drop_oldest,magic"],
            "unknown strategy `magic`; known strategies: clear_tool_results",
        ),
        (
            &["--strategy", "shorten"],
            "`shorten` needs a number (tokens): shorten:N",
        ),
        (
            &["--strategy", "shorten:-3"],
            "`-3` is not a number for `shorten`",
        ),
        (
            &["--strategy", "shorten:9:middle"],
            "known options: first, last, ends",
        ),
        (
            &["--keep", "everything"],
            "unknown keep rule `everything`; known rules: instructions",
        ),
        (
            &["--keep", "last_turns:many"],
            "`last_turns` needs a number",
        ),
        (&["--high-water", "1.5"], "`1.5` is not a water mark"),
        (&["--low-water", "half"], "`half` is not a water mark"),
        (&["--max-input", "many"], "max-input"),
        (
            &["--preset", "agent", "--strategy", "drop_oldest"],
            "cannot be used with",
        ),
        (&["--placeholder", "x"], "--strategy"),
        (&["--plan", "--undo", "x"], "cannot be used with"),
    ] {
        let output = run(args, SHORT);
        assert_eq!(
            (output.status.code(), out(&output)),
            (Some(2), String::new()),
            "{args:?}"
        );
        assert!(err(&output).contains(part), "{args:?}\n{}", err(&output));
    }
}

#[test]
fn no_text_of_the_request_is_told() {
    let secret = "MARIGOLD";
    let long = format!("{secret} is dry, ").repeat(200);
    let chat = json!({"model": "gpt-4o", "user": secret, "messages": [
        {"role": "system", "content": format!("{secret} 1")},
        {"role": "user", "content": [{"type": "text", "text": long},
            {"type": "image_url", "image_url": {"url": format!("https://example.com/{secret}.png")}}]},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "soil", "arguments": format!("{{\"{secret}\": 3}}")}}]},
        {"role": "tool", "tool_call_id": "a", "content": long},
        {"role": "tool", "tool_call_id": format!("{secret} b"), "content": long},
        {"role": "assistant", "content": secret},
        {"role": "user", "content": format!("{secret} 2")}]});
    let claude = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "system": secret, "messages": [
        {"role": "user", "content": secret},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": long, "signature": secret},
            {"type": "tool_use", "id": "a", "name": "soil", "input": {secret: long}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": long}]},
        {"role": "assistant", "content": long},
        {"role": "user", "content": secret}]});
    let gemini = json!({"contents": [
        {"role": "user", "parts": [{"text": long}]},
        {"role": "model", "parts": [{"functionCall": {"name": "soil", "args": {secret: 3}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "soil", "response": {secret: long}}}]},
        {"role": "model", "parts": [{"text": long}]},
        {"role": "user", "parts": [{"text": secret}]}]});
    let folder = folder("fit_privacy");
    let receipt = folder.join("receipt.jsonl");
    let receipt = receipt.to_str().unwrap();
    let mut edits = 0;
    for (model, body) in [
        ("gpt-4o", chat),
        ("claude-sonnet-4-5", claude),
        ("gemini-2.5-pro", gemini),
    ] {
        let body = body.to_string();
        for strategy in [
            &["--preset", "agent"][..],
            &["--preset", "truncate_to_limit"],
            &[
                "--strategy",
                "clear_tool_results:0:arguments,drop_media:0,drop_reasoning:0,shorten:30,drop_middle",
            ],
        ] {
            for limit in ["1500", "600", "200", "3"] {
                let args = [&["--model", model, "--max-input", limit], strategy].concat();
                let told = [
                    err(&run(&args, &body)),
                    out(&run(&[&args[..], &["--plan"]].concat(), &body)),
                    out(&run(&[&args[..], &["--plan", "--json"]].concat(), &body)),
                ];
                run(&[&args[..], &["--receipt", receipt]].concat(), &body);
                let receipts = fs::read_to_string(receipt).unwrap();
                edits += receipts.matches("\"action\"").count();
                let (code, answered) = answer(&args, &body);
                let mut told: Vec<String> = told.into_iter().chain([receipts]).collect();
                match code {
                    Some(0) => told.push(answered["receipt"].to_string()),
                    _ => told.push(answered.to_string()),
                }
                for text in told {
                    assert!(!text.contains(secret), "{args:?}\n{text}");
                }
            }
        }
    }
    assert!(edits > 20, "only {edits} edits were looked at");
}
