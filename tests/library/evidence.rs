//! Citations of `docs/evidence` in comments and documents lead to a file, a section or a rule that
//! exists.
//!
//! A citation is `docs/evidence/FILE.md`, then `, section 4`, `, sections 2.3 and 2.4` or
//! `, rule A.prefill`. It may span lines of a comment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Folders whose Rust files are searched.
const FOLDERS: [&str; 6] = ["src", "tests", "benches", "build", "tools", "examples"];

const SECTION: &str = r"\b(?:\d+|[A-Za-z])(?:\.\d+)*\b";
const RULE: &str = r"\b[A-Z](?:\.[a-z0-9_]+)+";

static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    let list = |id: &str| format!(r"{id}(?:(?:, and |, | and | to ){id})*");
    let pattern = format!(
        r"docs/evidence/(\w+\.md)`?(?:, section ({SECTION})|, sections ({})|, rules? ({}))?",
        list(SECTION),
        list(RULE)
    );
    Regex::new(&pattern).unwrap()
});

static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("{RULE}|{SECTION}")).unwrap());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Sections and rules of one file.
#[derive(Default)]
struct Evidence {
    sections: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Evidence {
    /// Headings such as `## 4. Messages` and `### 2.3 Tool calls`; rows of tables whose first cell
    /// has ids of rules.
    fn of(text: &str) -> Evidence {
        let heading = Regex::new(&format!(r"^#{{2,4}} ({SECTION})\.? ")).unwrap();
        let rule = Regex::new(&format!("^{RULE}$")).unwrap();
        let mut evidence = Evidence::default();
        let mut in_code = false;
        for line in text.lines() {
            in_code ^= line.starts_with("```");
            if in_code {
                continue;
            }
            if let Some(found) = heading.captures(line) {
                let new = evidence.sections.insert(found[1].to_owned());
                assert!(new, "two sections have the number {}", &found[1]);
            }
            let first_cell = line
                .strip_prefix("| ")
                .and_then(|row| row.split(" | ").next());
            let ids = first_cell.into_iter().flat_map(|cell| cell.split(", "));
            evidence
                .rules
                .extend(ids.filter(|id| rule.is_match(id)).map(str::to_owned));
        }
        evidence
    }
}

/// The files of the folder by their names.
fn evidence() -> BTreeMap<String, Evidence> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("docs/evidence")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, Evidence::of(&std::fs::read_to_string(&path).unwrap()));
    }
    files
}

/// The Rust files of the crate except this one, and its documents.
fn cited_from() -> Vec<PathBuf> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|end| end == "rs") {
                out.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for folder in FOLDERS {
        walk(&root().join(folder), &mut files);
    }
    files.retain(|path| !path.ends_with("tests/library/evidence.rs"));
    for entry in std::fs::read_dir(root()).unwrap() {
        files.push(entry.unwrap().path());
    }
    files.push(root().join("data/README.md"));
    files.retain(|path| {
        path.extension()
            .is_some_and(|end| end == "rs" || end == "md")
    });
    files.sort();
    files
}

/// A citation with its position.
#[derive(Debug, PartialEq, Eq)]
struct Citation {
    line: usize,
    file: String,
    sections: Vec<String>,
    rules: Vec<String>,
}

fn citations(text: &str) -> Vec<Citation> {
    // One line without comment markers, and the offset of each original line.
    let mut joined = String::new();
    let mut starts = Vec::new();
    for line in text.lines() {
        starts.push(joined.len());
        let line = line.trim_start().trim_start_matches(['/', '!']).trim();
        joined.push_str(line);
        joined.push(' ');
    }
    CITATION
        .captures_iter(&joined)
        .map(|found| {
            let ids = |group: usize| -> Vec<String> {
                let list = found.get(group).map_or("", |list| list.as_str());
                ID.find_iter(list)
                    .map(|id| id.as_str().to_owned())
                    .collect()
            };
            Citation {
                line: starts.partition_point(|start| *start <= found.get(0).unwrap().start()),
                file: found[1].to_owned(),
                sections: [ids(2), ids(3)].concat(),
                rules: ids(4),
            }
        })
        .collect()
}

#[test]
fn citations_are_read_over_lines_and_in_lists() {
    let text = "//! Source: docs/evidence/billing.md, sections 2.3,\n//! 2.4 and 5, and\n//! docs/evidence/validation.md,\n//! section \
                4. A rule\n    // docs/evidence/after_call.md, section e\n/// `docs/evidence/caching.md` and \
                docs/evidence/validation_other_providers.md, rules A.prefill and D.kimi.schema_type.";
    let found: Vec<String> = citations(text)
        .iter()
        .map(|c| {
            format!(
                "{} {} [{}] [{}]",
                c.line,
                c.file,
                c.sections.join(" "),
                c.rules.join(" ")
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "1 billing.md [2.3 2.4 5] []",
            "3 validation.md [4] []",
            "5 after_call.md [e] []",
            "6 caching.md [] []",
            "6 validation_other_providers.md [] [A.prefill D.kimi.schema_type]",
        ]
    );
}

#[test]
fn every_citation_leads_somewhere() {
    let evidence = evidence();
    let mut wrong = Vec::new();
    let mut found = 0;
    for path in cited_from() {
        let text = std::fs::read_to_string(&path).unwrap();
        for citation in citations(&text) {
            found += 1;
            let place = format!(
                "{}:{}",
                path.strip_prefix(root()).unwrap().display(),
                citation.line
            );
            let Some(file) = evidence.get(&citation.file) else {
                wrong.push(format!("{place}: no file {}", citation.file));
                continue;
            };
            for section in citation
                .sections
                .iter()
                .filter(|s| !file.sections.contains(*s))
            {
                wrong.push(format!(
                    "{place}: no section {section} in {}",
                    citation.file
                ));
            }
            for rule in citation.rules.iter().filter(|r| !file.rules.contains(*r)) {
                wrong.push(format!("{place}: no rule {rule} in {}", citation.file));
            }
        }
    }
    assert!(found > 0, "nothing cites docs/evidence");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The `source` of a case of `cases/form.jsonl` is a section of `validation.md` with a letter of
/// its table, or a word of the table below; or a rule or a section of
/// `validation_other_providers.md`.
#[test]
fn sources_of_form_cases_are_explained() {
    let evidence = evidence();
    let text = std::fs::read_to_string(root().join("docs/evidence/validation.md")).unwrap();
    let mut wrong = BTreeSet::new();
    for line in include_str!("../cases/form.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let source = case["source"].as_str().unwrap();
        let (section, letter) = source.split_once(' ').unwrap_or((source, ""));
        let others = &evidence["validation_other_providers.md"];
        let explained = if others.rules.contains(source) || others.sections.contains(source) {
            true
        } else if section.bytes().all(|byte| byte.is_ascii_digit()) {
            evidence["validation.md"].sections.contains(section)
                && (letter.is_empty() || text.contains(&format!("\n| {letter} | ")))
        } else {
            text.contains(&format!("`{source}`"))
        };
        if !explained {
            wrong.insert(source.to_owned());
        }
    }
    assert!(wrong.is_empty(), "in neither file: {wrong:?}");
}
