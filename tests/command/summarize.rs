//! The command `fit` with summaries: whatever the program does, the request fits, and it ends.
//!
//! Programs that exist on every machine are this command itself: `count --text` reads all of its
//! input and writes a line. Other programs are tested where there is a POSIX shell.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tokenfit::fit::SUMMARY_HEADING;
use tokenfit::{Models, Request};

const LIMIT: u64 = 400;

/// A conversation of `turns` turns with a last question.
fn chat(turns: usize) -> String {
    let said = (0..turns).flat_map(|nth| {
        [
            json!({"role": "user", "content": format!("Question {nth}: is bed {nth} dry, and does its valve still stick?")}),
            json!({"role": "assistant", "content": format!("Answer {nth}: it is, and it does; the part is ordered.")}),
        ]
    });
    let mut messages = vec![json!({"role": "system", "content": "You look after the beds."})];
    messages.extend(said);
    messages.push(json!({"role": "user", "content": "What is open?"}));
    json!({"model": "gpt-4o", "messages": messages}).to_string()
}

/// This command as a program for summaries, with arguments.
fn own(args: &str) -> String {
    format!("'{}' {args}", env!("CARGO_BIN_EXE_tokenfit"))
}

fn run(args: &[&str], input: &str) -> Output {
    let limit = LIMIT.to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tokenfit"))
        .args(["fit", "--max-input", &limit])
        .args(args)
        .env_remove("TOKENFIT_MODELS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments stops reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The content of each message of the single fitted request.
fn texts(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{}", err(output));
    let request = Request::parse(&output.stdout).unwrap();
    let models = Models::builtin();
    let model = models.get("gpt-4o").unwrap();
    assert!(model.count(&request).tokens() <= LIMIT);
    let texts = request
        .messages()
        .map(|message| message.text().into_owned());
    texts.collect()
}

fn summaries(texts: &[String]) -> Vec<&str> {
    texts
        .iter()
        .filter_map(|text| text.strip_prefix(SUMMARY_HEADING))
        .collect()
}

#[test]
fn a_program_writes_the_summary() {
    let output = run(
        &["--verbose", "--summarize-with", &own("count --text")],
        &chat(20),
    );
    let texts = texts(&output);
    assert_eq!(texts[0], "You look after the beds.");
    // The preset keeps the first question.
    assert!(texts[1].starts_with("Question 0"));
    let summaries = summaries(&texts);
    assert!(
        summaries.len() == 1 && summaries[0].contains("tokens"),
        "{texts:?}"
    );
    assert_eq!(texts.last().unwrap(), "What is open?");
    let shown = err(&output);
    assert!(
        shown.contains("\n  summarized: ") && shown.contains(" tokens (summarize)\n"),
        "{shown}"
    );
    assert!(!shown.contains("valve"), "{shown}");
}

#[test]
fn every_preset_and_strategy_has_a_place_for_it() {
    let with = own("count --text");
    for args in [
        &["--preset", "agent"][..],
        &["--preset", "cache-friendly"],
        &["--preset", "sliding_window"],
        &["--preset", "summarize_conversation"],
        &["--strategy", "clear_tool_results:3,summarize,drop_oldest"],
        &["--strategy", "summarize:30,drop_oldest"],
        // By default, before the first strategy that drops.
        &["--strategy", "clear_tool_results:3,drop_oldest,shorten:30"],
        &["--strategy", "shorten:30:keep_last=1"],
    ] {
        let output = run(&[args, &["--summarize-with", &with]].concat(), &chat(20));
        assert_eq!(
            summaries(&texts(&output)).len(),
            1,
            "{args:?}: {}",
            err(&output)
        );
    }
    // An explicit place is respected: here everything is dropped before a summary is considered.
    let dropped = run(
        &[
            "--strategy",
            "drop_oldest,summarize",
            "--summarize-with",
            &with,
        ],
        &chat(20),
    );
    assert!(summaries(&texts(&dropped)).is_empty());
    let roles = run(
        &[
            "--summary-role",
            "system",
            "--summarize-with",
            &with,
            "--json",
        ],
        &chat(20),
    );
    let answer: Value = serde_json::from_slice(&roles.stdout).unwrap();
    let messages = answer["request"]["messages"].as_array().unwrap();
    let summary = messages.iter().find(|message| {
        message["content"]
            .as_str()
            .unwrap()
            .starts_with(SUMMARY_HEADING)
    });
    assert_eq!(summary.unwrap()["role"], "system");
    let edits = answer["receipt"]["edits"].as_array().unwrap();
    assert_eq!((edits.len(), &edits[0]["reason"]), (1, &json!("summarize")));
}

#[test]
fn a_program_that_fails_leaves_a_request_that_fits() {
    let output = run(&["--summarize-with", &own("no-such-command")], &chat(20));
    assert!(summaries(&texts(&output)).is_empty());
    let shown = err(&output);
    assert!(
        shown.contains("no summary at try 1: the program ended with exit"),
        "{shown}"
    );
    assert!(shown.contains("no summary at try 2"), "{shown}");
    assert!(shown.contains("fitted without a summary\n"), "{shown}");
}

#[test]
fn after_three_failures_in_a_row_the_program_is_not_run_again() {
    let lines = format!("{}\n", chat(20)).repeat(6);
    let output = run(
        &["--json", "--summarize-with", &own("no-such-command")],
        &lines,
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout.clone())
            .unwrap()
            .lines()
            .count(),
        6
    );
    let shown = err(&output);
    let of = |part: &str| shown.matches(part).count();
    assert_eq!(
        (of("at try 1"), of("at try 2"), of("not run again")),
        (3, 3, 1),
        "{shown}"
    );
    // A request that cannot be made to fit does not repeat the question either.
    let huge = json!({"model": "gpt-4o", "messages": (0..40).map(|nth| json!({
        "role": if nth == 39 { "user" } else { "assistant" },
        "content": if nth == 39 { "dry ".repeat(500) } else { format!("Bed {nth} is as dry as ever.") },
    })).collect::<Vec<_>>()});
    let output = run(
        &["--json", "--summarize-with", &own("no-such-command")],
        &format!("{huge}\n").repeat(6),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).matches("at try 1").count() <= 3);
}

#[test]
fn arguments_that_cannot_be() {
    let with = own("count --text");
    for (args, part) in [
        (
            &["--strategy", "summarize,drop_oldest"][..],
            "add --summarize-with",
        ),
        (&["--summary-tokens", "30"], "--summarize-with"),
        (&["--summarize-timeout", "30"], "--summarize-with"),
        (&["--summary-role", "user"], "--summarize-with"),
        (&["--summarize-with", "prog 'x"], "a quote is not closed"),
        (&["--summarize-with", " "], "no program is named"),
        (
            &["--summarize-with", "no-such-program-anywhere --fast"],
            "there is no program `no-such-program-anywhere` in PATH",
        ),
        (
            &["--summarize-with", "./no/such/program"],
            "there is no program `./no/such/program`;",
        ),
        (
            &["--preset", "summarize_conversation"],
            "add --summarize-with",
        ),
        (
            &["--summarize-with", &with, "--summarize-timeout", "0"],
            "0 is not in",
        ),
        (
            &["--summarize-with", &with, "--summary-tokens", "0"],
            "0 is not in",
        ),
        (
            &["--summarize-with", &with, "--summary-role", "tool"],
            "invalid value",
        ),
        (
            &[
                "--summarize-with",
                &with,
                "--strategy",
                "summarize,summarize:3",
            ],
            "only be used once",
        ),
        (
            &["--summarize-with", &with, "--preset", "truncate_to_limit"],
            "no place for summaries",
        ),
    ] {
        let output = run(args, &chat(20));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        assert!(err(&output).contains(part), "{args:?}: {}", err(&output));
    }
}

/// Programs of a POSIX system.
#[cfg(unix)]
mod unix {
    use std::fs;
    use std::path::PathBuf;

    use tokenfit::fit::SummaryJob;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_job_comes_as_one_json_object_and_what_is_said_aside_passes_through() {
        let folder = folder("summarize_job");
        let at = folder.join("job.json");
        let with = format!(
            r#"sh -c 'cat > "$0"; echo aside >&2; echo " All stick. "' '{}'"#,
            at.display()
        );
        let output = run(
            &["--summary-tokens", "45", "--summarize-with", &with],
            &chat(20),
        );
        assert_eq!(summaries(&texts(&output)), ["All stick."]);
        assert!(err(&output).starts_with("aside\n"));
        let text = fs::read_to_string(at).unwrap();
        let job: SummaryJob = serde_json::from_str(&text).unwrap();
        assert_eq!((job.max_tokens, job.attempt, &job.refused), (45, 1, &None));
        assert!(
            job.messages[0].role == "assistant" && job.messages[0].text.starts_with("Answer 0")
        );
        assert_eq!(job.messages.len(), job.covers.len());
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
    }

    #[test]
    fn no_shell_comes_between() {
        let with = r#"printf %s '$HOME `id`' "; | > it's""#;
        let output = run(&["--summarize-with", with], &chat(20));
        assert_eq!(summaries(&texts(&output)), ["$HOME `id`; | > it's"]);
    }

    #[test]
    fn the_second_try_is_told_why_the_first_was_refused() {
        let folder = folder("summarize_again");
        let with = format!(
            r#"sh -c 'job=$(cat); case $job in *\"attempt\":1*) yes stick | head -n 2000;; *) printf %s "$job" > "$0"; echo short;; esac' '{}'"#,
            folder.join("job.json").display()
        );
        let output = run(&["--summarize-with", &with], &chat(20));
        assert_eq!(summaries(&texts(&output)), ["short"]);
        assert!(
            err(&output).contains("no summary at try 1: it had "),
            "{}",
            err(&output)
        );
        let job: SummaryJob =
            serde_json::from_str(&fs::read_to_string(folder.join("job.json")).unwrap()).unwrap();
        assert!(job.attempt == 2 && job.refused.unwrap().contains("more than"));
    }

    #[test]
    fn whatever_a_program_does_the_request_fits() {
        // A job larger than any pipe buffer, so a program that does not read it blocks the writer.
        let mut body: Value = serde_json::from_str(&chat(20)).unwrap();
        body["messages"][3]["content"] = json!("valve ".repeat(40_000));
        let long = body.to_string();
        for (with, part) in [
            ("true", "it was empty"),
            ("false", "exit status: 1"),
            ("printf '\\377\\376'", "not UTF-8"),
            ("printf ' \\n '", "it was empty"),
            // Never reads.
            ("sh -c 'exec <&-; exit 3'", "exit status: 3"),
            // Writes before and while it reads.
            (
                "sh -c 'yes | head -c 300000; cat > /dev/null'",
                "tokens, more than",
            ),
            ("cat", "tokens, more than"),
            // Never stops writing: reading does.
            ("yes", "wrote more than 4194304 bytes"),
            ("sh -c 'kill -9 $$'", "signal: 9"),
            // Never ends; leaves a child that keeps its output open; closes its output and
            // continues.
            ("sleep 60", "took longer than 1 s"),
            (
                "sh -c 'echo well; sleep 20 2>&- & exit 0'",
                "took longer than 1 s",
            ),
            ("sh -c 'exec >&- 2>&-; sleep 20'", "took longer than 1 s"),
        ] {
            let args = [
                "--preset",
                "summarize_conversation",
                "--summarize-timeout",
                "1",
                "--summarize-with",
                with,
            ];
            let output = run(&args, &long);
            let shown = err(&output);
            assert!(summaries(&texts(&output)).is_empty(), "{with}: {shown}");
            assert!(shown.contains(part), "{with}: {shown}");
            assert!(!shown.contains("valve"), "{with}: {shown}");
        }
    }

    #[test]
    fn a_plan_runs_nothing() {
        let folder = folder("summarize_plan");
        let ran = folder.join("ran");
        let with = format!("sh -c 'touch \"$0\"; echo short' '{}'", ran.display());
        let output = run(&["--plan", "--summarize-with", &with], &chat(20));
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains("  dropped: "));
        assert!(!ran.exists());
        // Nor does a request that fits.
        let output = run(&["--summarize-with", &with], &chat(2));
        assert_eq!(texts(&output).len(), 6);
        assert!(!ran.exists());
    }
}
