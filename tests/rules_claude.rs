//! Every counting rule of Claude, on small requests whose count follows from the rule by hand (`cases/rules_claude.jsonl`, each with its
//! reckoning), and what holds for all counts: the parts add up, and nothing uncertain is called exact.
#![cfg(feature = "claude")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

use serde::Deserialize;
use serde_json::value::RawValue;
use tokenfit::model::Day;
use tokenfit::{Accuracy, Models, Request, RequestCount, TokenCount};

#[derive(Deserialize)]
struct Case {
    rule: String,
    model: String,
    /// The sum as one would write it down.
    by_hand: String,
    tokens: u64,
    accuracy: String,
    /// The day it is counted for.
    day: Option<String>,
    request: Box<RawValue>,
}

fn cases() -> Vec<Case> {
    include_str!("cases/rules_claude.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn count(case: &Case) -> RequestCount {
    let registry = Models::builtin();
    let day = case.day.as_ref().map(|day| day.parse::<Day>().unwrap());
    let models = match day {
        Some(day) => registry.on(day),
        None => registry,
    };
    let request = Request::parse(case.request.get()).unwrap();
    models.get(&case.model).unwrap().count(&request)
}

#[test]
fn rules_by_hand() {
    let mut wrong = Vec::new();
    for case in cases() {
        let reckoned: i64 = case
            .by_hand
            .split_whitespace()
            .filter_map(|word| word.parse::<i64>().ok())
            .sum();
        assert_eq!(reckoned as u64, case.tokens, "the reckoning of: {}", case.rule);
        let count = count(&case);
        let counted = (count.tokens(), count.accuracy().as_str());
        if counted != (case.tokens, case.accuracy.as_str()) {
            wrong.push(format!(
                "{} on {}: {counted:?}, by hand {} = {}, {}; {:?}",
                case.rule,
                case.model,
                case.by_hand,
                case.tokens,
                case.accuracy,
                count.uncertain()
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn parts_add_up_and_doubts_are_named() {
    for case in cases() {
        let count = count(&case);
        let messages: TokenCount = count.messages().iter().map(|message| message.tokens).sum();
        let parts =
            messages + count.tools() + count.schema() + count.images() + count.framing();
        assert_eq!(parts, count.total(), "{}", case.rule);
        assert_eq!(
            count.accuracy() == Accuracy::Exact,
            count.uncertain().is_empty(),
            "{}: {:?}",
            case.rule,
            count.uncertain()
        );
        assert_eq!(
            count.accuracy() == Accuracy::Exact,
            count.total().lower() == count.total().upper()
                && count.accuracy() == Accuracy::Exact,
            "{}",
            case.rule
        );
    }
}

/// The bounds of a request are never below its count.
#[test]
fn bounds_hold_the_count() {
    for case in cases() {
        let request = Request::parse(case.request.get()).unwrap();
        let model = Models::builtin().get(&case.model).unwrap();
        assert!(
            model.count(&request).total().upper() <= model.bounds(&request).upper(),
            "{}",
            case.rule
        );
    }
}
