//! Gate against wordings that readers stumble over, in documents, comments and messages, and
//! against comments that are wider than the code. CONTRIBUTING.md describes the style.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Wordings of the first sentence of an item's documentation, and their replacement.
const SUMMARIES: &[(&str, &str)] = &[
    (
        r"^(What|Whose|Of (each|every|all|what|a|the))\b",
        "begin with a verb or a noun phrase",
    ),
    (
        r"^(The same( (as|for|with|without|by|of)\b|[,:])|As \[)",
        "write a full summary",
    ),
    (
        r"^((Whether|Returns|Sets|Marks|Counts|Adds|Removes|Reads) (it|its|they|them)|Its|Their|It|They)\b",
        "name the thing instead of a pronoun",
    ),
];

/// Wordings of any sentence, and their replacement.
const SENTENCES: &[(&str, &str)] = &[
    (
        r"\bstands? (in|at|for|behind|before|between|beside|with|there|alone|side)\b",
        "is, appears, means",
    ),
    (
        r"\b(right|directly|what (is|comes|hangs)) behind\b|\bbehind (it|them|each other)\b",
        "after",
    ),
    (r"\bin front\b", "before"),
    (
        r"\ba text\b( (part|block|file|message|completion|model|field|answer)\b)?|\btexts\b",
        "text, string",
    ),
    (r"\b(a picture|pictures|a sound)\b", "image, audio"),
    (
        r"\bso (many|much)\b( that\b)?",
        "name the number: at most `limit`",
    ),
    (r"\bis the (most|least)\b", "maximum, minimum"),
    (r"\b(has|have|had) to (be|stay|have|go|come)\b", "must"),
    (
        r"\b(held|hold) against\b|\btold (apart|of|by)\b|\b(is|are) looked at\b|\bgoes by\b",
        "compared with, distinguished, reported, determined by",
    ),
    (r"\b\w+ (is|are) none\b|\bnothing but\b", "is not, only"),
    (
        r"\b(mends?|mended|comes? to be|(is|are|was|were) gone through)\b",
        "fixes, becomes, is replayed",
    ),
    (
        r"\banew\b|\bas (it|they) came\b",
        "again; original, unchanged",
    ),
    (
        r"\bgive it (a|an|one|that|so)\b|\bleave (it|them) out\b|\bsay (it|so)\b|\btake a model\b",
        "set, omit, write, use",
    ),
];

/// Continuations that make a match of [`SENTENCES`] correct English.
const FINE: &[&str] = &[
    " part",
    " block",
    " file",
    " message",
    " completion",
    " model",
    " field",
    " answer",
    " that",
    "there is none",
    "there are none",
];

/// A text for readers: its first line in the file, and its lines.
struct Passage {
    line: usize,
    lines: Vec<String>,
    is_docs: bool,
}

/// Comments of a Rust file, and its string literals unless `comments_only`. Tests of a module are
/// code for developers, so their literals are skipped.
fn passages_of_rust(text: &str, comments_only: bool) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let bytes = text.as_bytes();
    let tests = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let (mut at, mut line) = (0, 1);
    let mut last_comment = (0, "");
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            let mark = match () {
                () if rest.starts_with("//!") => "//!",
                () if rest.starts_with("///") => "///",
                () => "//",
            };
            let content = rest[mark.len()..end].trim().to_owned();
            if last_comment == (line - 1, mark) {
                passages.last_mut().unwrap().lines.push(content);
            } else {
                passages.push(Passage {
                    line,
                    lines: vec![content],
                    is_docs: mark != "//",
                });
            }
            last_comment = (line, mark);
            at += end;
        } else if bytes[at] == b'"' {
            let raw = text[..at].ends_with("r#") || text[..at].ends_with('r');
            let close = if text[..at].ends_with('#') {
                "\"#"
            } else {
                "\""
            };
            let mut end = at + 1;
            while end < bytes.len() && !text[end..].starts_with(close) {
                end += if bytes[end] == b'\\' && !raw { 2 } else { 1 };
                while !text.is_char_boundary(end) {
                    end += 1;
                }
            }
            let literal = &text[at + 1..end.min(text.len())];
            if !comments_only && at < tests && literal.contains(' ') {
                passages.push(Passage {
                    line,
                    lines: literal
                        .lines()
                        .map(|l| l.trim().trim_end_matches('\\').to_owned())
                        .collect(),
                    is_docs: false,
                });
            }
            line += literal.matches('\n').count();
            at = end + close.len();
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\''") {
            at += rest[1..].find('\'').unwrap() + 2;
        } else {
            line += usize::from(bytes[at] == b'\n');
            at += 1;
            while at < bytes.len() && !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    passages
}

/// Paragraphs of a Markdown file.
fn passages_of_markdown(text: &str) -> Vec<Passage> {
    vec![Passage {
        line: 1,
        lines: text.lines().map(|line| line.trim().to_owned()).collect(),
        is_docs: false,
    }]
}

/// Code, quotations and addresses, which are not prose.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"`[^`]*`|"[^"]*"|\]\([^)]*\)"#).unwrap());

/// A passage as one string without code and quotations, and the line of each of its bytes.
fn prose(passage: &Passage) -> (String, Vec<usize>) {
    let (mut out, mut lines) = (String::new(), Vec::new());
    let mut fenced = false;
    for (nth, line) in passage.lines.iter().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        let line = QUOTED.replace_all(line, "`…`");
        out.push_str(&line);
        // An empty line ends a paragraph.
        out.push_str(if line.is_empty() { "\n" } else { " " });
        lines.resize(out.len(), passage.line + nth);
    }
    (out, lines)
}

/// Files below a folder.
fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// Sources and documents of the crate, with their paths from its root.
fn all_files() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for dir in [
        "src", "build", "benches", "tools", "examples", "tests", "docs", "data",
    ] {
        files(&root.join(dir), &mut all);
    }
    for entry in std::fs::read_dir(root).unwrap() {
        all.push(entry.unwrap().path());
    }
    all.sort();
    let relative = |file: &PathBuf| {
        file.strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    all.into_iter()
        .filter(|file| !file.components().any(|step| step.as_os_str() == "target"))
        .map(|file| (relative(&file), file))
        .collect()
}

#[test]
fn texts_are_plain_english() {
    let compiled = |rows: &[(&str, &'static str)]| -> Vec<(Regex, &'static str)> {
        rows.iter()
            .map(|(pattern, instead)| (Regex::new(pattern).unwrap(), *instead))
            .collect()
    };
    let (summaries, sentences) = (compiled(SUMMARIES), compiled(SENTENCES));
    let mut found: Vec<String> = Vec::new();
    let mut seen = 0;
    for (path, file) in &all_files() {
        let passages = match file.extension().and_then(|end| end.to_str()) {
            // Providers' own words are data.
            Some("rs") if path.starts_with("src/reply/error/wordings/") => {
                passages_of_rust(&std::fs::read_to_string(file).unwrap(), true)
            }
            Some("rs") => {
                let text = std::fs::read_to_string(file).unwrap();
                passages_of_rust(&text, !path.starts_with("src/"))
            }
            Some("md") => passages_of_markdown(&std::fs::read_to_string(file).unwrap()),
            _ => continue,
        };
        for passage in &passages {
            seen += 1;
            let (text, lines) = prose(passage);
            let rows = match passage.is_docs {
                true => &summaries[..],
                false => &[],
            };
            for (pattern, instead) in rows.iter().chain(&sentences) {
                for hit in pattern.find_iter(&text) {
                    if FINE.iter().any(|end| hit.as_str().ends_with(end)) {
                        continue;
                    }
                    found.push(format!(
                        "{path}:{}: `{}`; better: {instead}",
                        lines[hit.start()],
                        hit.as_str()
                    ));
                }
            }
        }
    }
    assert!(seen > 3_000, "{seen} passages");
    assert!(
        found.is_empty(),
        "{} places\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Comments are at most 100 columns wide, like the code; examples, tables and long words are not
/// wrapped.
#[test]
fn comments_are_as_wide_as_the_code() {
    let mut found = Vec::new();
    for (path, file) in all_files() {
        if !path.ends_with(".rs") {
            continue;
        }
        let mut fenced = false;
        for (nth, line) in std::fs::read_to_string(file).unwrap().lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                fenced = false;
                continue;
            };
            let text = comment.trim_start_matches(['/', '!']).trim();
            fenced ^= text.starts_with("```");
            // A line of a string literal can begin like a comment.
            let is_literal = text.ends_with('\\');
            let is_prose = !fenced && !is_literal && !text.starts_with('|') && text.contains(' ');
            if is_prose && line.chars().count() > 100 {
                found.push(format!("{path}:{}", nth + 1));
            }
        }
    }
    assert!(
        found.is_empty(),
        "wrap these comments:\n{}",
        found.join("\n")
    );
}
