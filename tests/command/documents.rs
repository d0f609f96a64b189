//! The command lines that the documents show run in a clone, and print what is shown.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::running::folder;

/// Documents with command lines, and the number of lines that are run.
const DOCUMENTS: &[(&str, usize)] = &[
    ("README.md", 4),
    ("docs/command.md", 9),
    ("docs/serve.md", 0),
    ("docs/call.md", 0),
    ("docs/calibration.md", 0),
    ("docs/translate.md", 1),
];

/// Programs of lines that are not run here: builds, the server and its clients.
const NOT_RUN: &[&str] = &["cargo", "curl", "export", "tokenfit serve", "bash"];

/// A command line of a document, and the lines that follow it.
struct Shown {
    place: String,
    line: String,
    output: Vec<String>,
}

/// Command lines in the `sh` and `text` blocks of a document. A line begins with `$ `, or with
/// `tokenfit` in a block without such lines, and continues after a backslash; what follows two
/// blanks and `#` is a remark.
fn shown(path: &str, text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let (mut fenced, mut follows, mut continues) = (false, false, false);
    for (nth, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced && (line == "```sh" || line == "```text");
            (follows, continues) = (false, false);
        } else if fenced && continues {
            let last = found.last_mut().unwrap();
            last.line.push_str(&format!(" {}", line.trim()));
            continues = last.line.ends_with('\\');
            last.line = last.line.trim_end_matches('\\').to_owned();
        } else if fenced && (line.starts_with("$ ") || line.starts_with("tokenfit ")) {
            let line = line.trim_start_matches("$ ");
            let line = line.split("  #").next().unwrap_or_default().trim();
            continues = line.ends_with('\\');
            found.push(Shown {
                place: format!("{path}:{}", nth + 1),
                line: line.trim_end_matches('\\').to_owned(),
                output: Vec::new(),
            });
            follows = true;
        } else if fenced && follows {
            let last = found.last_mut().unwrap();
            last.output.push(line.trim_end().to_owned());
        }
    }
    for one in &mut found {
        while one.output.last().is_some_and(|line| line.is_empty()) {
            one.output.pop();
        }
    }
    found
}

/// Whether a line is as shown; `…` matches any text.
fn is_line(shown: &str, printed: &str) -> bool {
    let mut rest = printed;
    let mut pieces = shown.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether an output is as shown; a line of `…` matches any lines.
fn is_output(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=printed.len()).any(|skipped| is_output(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, printed)| is_line(first, line) && is_output(rest, printed)),
    }
}

/// The lines run one after the other, with a shell, in a folder with the files that they name.
#[cfg(unix)]
#[test]
fn command_lines_in_the_documents_print_what_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = folder("documents");
    for file in ["examples/support_agent.json", "docs/ledger.jsonl"] {
        let to = scratch.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root.join(file), to).unwrap();
    }
    let program = Path::new(env!("CARGO_BIN_EXE_tokenfit"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut wrong = Vec::new();
    for (document, expected) in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let mut run = 0;
        for one in shown(document, &text) {
            if NOT_RUN.iter().any(|program| one.line.starts_with(program)) {
                continue;
            }
            run += 1;
            let output = Command::new("sh")
                .args(["-c", &format!("{{ {}\n}} 2>&1", one.line)])
                .current_dir(&scratch)
                .env("PATH", &path)
                .env_remove("TOKENFIT_MODELS")
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
            let could_tell = output.status.code().is_some_and(|code| code < 2);
            let is_shown = one.output.is_empty() || is_output(&one.output, &printed);
            if !(could_tell && is_shown) {
                wrong.push(format!(
                    "{}: `{}` printed\n{}",
                    one.place,
                    one.line,
                    printed.join("\n")
                ));
            }
        }
        assert_eq!(run, *expected, "number of command lines in {document}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn an_ellipsis_matches_any_text() {
    assert!(is_line("a … c", "a b b c") && is_line("a", "a") && is_line("a…", "a"));
    assert!(!is_line("a … c", "a b") && !is_line("a", "ab") && !is_line("… b", "a c"));
    let shown: Vec<String> = ["one", "…", "four"].map(str::to_owned).to_vec();
    assert!(is_output(&shown, &["one", "two", "three", "four"]));
    assert!(!is_output(&shown, &["one", "two"]));
}
