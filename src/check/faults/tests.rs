//! Tests of the catalog: its messages, and that a case reports each row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::super::codes;
use super::super::fault::{Answer, Fault};
use super::{
    anthropic, anthropic_tools, calls, contents, converse, fields, gemini, hosts, items, media,
    settings, sizes, tools,
};
use crate::budget::Budget;
use crate::model::Models;

#[path = "../../../tests/common/whole.rs"]
mod whole;

use whole::whole;

fn rows() -> impl Iterator<Item = &'static Fault> {
    [
        fields::ALL,
        settings::ALL,
        anthropic::ALL,
        anthropic_tools::ALL,
        gemini::ALL,
        hosts::ALL,
        items::ALL,
        media::ALL,
        tools::ALL,
        contents::ALL,
        converse::ALL,
        calls::ALL,
        sizes::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Rows that no case reports, with the reason.
const WITHOUT_CASE: &[(&str, &str)] = &[
    (
        "DUPLICATE_KEY",
        "cases are read here as values, which have each key once: `field-set-twice`",
    ),
    (
        "SCREENED",
        "reported by the caller's own screening: the example of `Screen`",
    ),
];

fn placeholders(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').unwrap().0)
        .collect()
}

#[test]
fn rows_are_named_coded_and_spelled() {
    let mut names = BTreeSet::new();
    for row in rows() {
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(codes::ALL.contains(&row.code), "{}", row.name);
        assert!(
            !row.message.is_empty() && !row.remedy.is_empty(),
            "{}",
            row.name
        );
        for template in [row.message, row.remedy].into_iter().chain(
            row.answers
                .iter()
                .flat_map(|a| [a.code, a.param, a.message]),
        ) {
            for slot in placeholders(template) {
                assert!(
                    slot.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                    "{template}"
                );
            }
        }
        for answer in row.answers {
            assert!(
                !answer.dialects.is_empty() && !answer.message.is_empty(),
                "{}",
                row.name
            );
        }
    }
    let coded: BTreeSet<_> = rows().map(|row| row.code).collect();
    assert_eq!(coded.len(), codes::ALL.len(), "a code has no row");
}

/// Each sentence of a provider appears at one place in the source.
#[test]
fn no_sentence_of_a_provider_is_written_twice() {
    let mut source = String::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check")) {
        source.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let sentences: BTreeSet<&str> = rows()
        .flat_map(|row| row.answers)
        .map(|answer: &Answer| answer.message)
        .collect();
    assert!(sentences.len() > 60);
    for sentence in sentences {
        let literal = format!(
            "\"{}\"",
            sentence.replace('\\', "\\\\").replace('"', "\\\"")
        );
        assert_eq!(source.matches(&literal).count(), 1, "{sentence}");
    }
}

fn sources(dir: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path),
                false => vec![path],
            }
        })
        .collect()
}

/// Names of the rows that the cases of `tests/cases/` report, with the number of cases.
fn reported() -> BTreeMap<&'static str, usize> {
    let mut seen = BTreeMap::new();
    let models = Models::builtin();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for file in ["form.jsonl", "check.jsonl"] {
        for line in std::fs::read_to_string(dir.join(file)).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = whole(&case["body"]).to_string();
            let word = |name: &str| case.get(name).and_then(Value::as_str);
            let number = |name: &str| case.get(name).and_then(Value::as_u64);
            let mut budget = match word("model") {
                Some(model) => Budget::lenient_for(&models, model),
                None => Budget::lenient(&models),
            };
            if let Some(host) = word("host") {
                budget = budget.at_host(host.parse().unwrap());
            }
            if let Some(day) = word("day") {
                budget = budget.at(day).unwrap();
            }
            if let Some(tokens) = number("reserve") {
                budget = budget.reserve_output(tokens);
            }
            if let Some(tokens) = number("max_input") {
                budget = budget.limit_input(tokens);
            }
            let budget = budget.margin(number("margin").unwrap_or_default());
            let report = match word("format") {
                Some(format) => budget.check_bytes_as(format.parse().unwrap(), &text),
                None => budget.check_bytes(&text),
            };
            for finding in report.findings() {
                *seen.entry(finding.fault).or_default() += 1;
            }
        }
    }
    seen
}

/// Every row is reported by a case; an unreported row is not known to work.
#[test]
#[cfg_attr(not(every_vocabulary), ignore = "needs every vocabulary")]
fn every_row_has_a_case() {
    let seen = reported();
    let without: BTreeSet<&str> = rows()
        .map(|row| row.name)
        .filter(|name| !seen.contains_key(name))
        .collect();
    let listed: BTreeSet<&str> = WITHOUT_CASE.iter().map(|(name, _)| *name).collect();
    println!("{} rows, {} without a case", rows().count(), without.len());
    assert_eq!(without, listed);
}
