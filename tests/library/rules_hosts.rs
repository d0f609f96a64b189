//! Counting rules of models with public chat templates on small requests with a count by hand
//! (`cases/rules_hosts.jsonl`), and invariants of all of them.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokenfit::model::{Day, Host};
use tokenfit::{Accuracy, Model, Models, Request, TokenCount};

#[derive(Deserialize)]
struct Case {
    rule: String,
    model: String,
    /// Sum of the parts, with their names.
    by_hand: String,
    tokens: u64,
    accuracy: String,
    /// Day of the count.
    day: Option<String>,
    host: Option<String>,
    request: Box<RawValue>,
}

fn cases() -> Vec<Case> {
    include_str!("../cases/rules_hosts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn model(case: &Case) -> Model {
    let registry = Models::builtin();
    let models = match &case.day {
        Some(day) => registry.on(day.parse::<Day>().unwrap()),
        None => registry,
    };
    let model = models.get(&case.model).unwrap();
    match &case.host {
        Some(host) => model.at_host(host.parse::<Host>().unwrap()),
        None => model,
    }
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
        assert_eq!(
            reckoned as u64, case.tokens,
            "the reckoning of: {}",
            case.rule
        );
        let request = Request::parse(case.request.get()).unwrap();
        let count = model(&case).count(&request);
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
        let request = Request::parse(case.request.get()).unwrap();
        let count = model(&case).count(&request);
        let messages: TokenCount = count.messages().iter().map(|message| message.tokens).sum();
        let parts = messages + count.tools() + count.schema() + count.images() + count.framing();
        assert_eq!(parts, count.total(), "{}", case.rule);
        assert_eq!(
            count.accuracy() == Accuracy::Exact,
            count.uncertain().is_empty(),
            "{}: {:?}",
            case.rule,
            count.uncertain()
        );
    }
}

/// Bounds without counting are never below a count.
#[test]
fn bounds_hold_the_count() {
    for case in cases() {
        let request = Request::parse(case.request.get()).unwrap();
        let model = model(&case);
        assert!(
            model.count(&request).total().upper().unwrap()
                <= model.bounds(&request).upper().unwrap(),
            "{}",
            case.rule
        );
    }
}

/// A model whose vocabulary is not in the program has an estimate by the same rules, and its
/// bounds.
#[test]
fn without_the_vocabulary_it_is_an_estimate() {
    let model = Models::builtin().get("llama-3.3-70b-instruct").unwrap();
    let body = r#"{"messages": [{"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where is the parcel that I sent to Kiel last week?"}]}"#;
    let request = Request::parse(body).unwrap();
    let count = model.count(&request);
    assert_eq!(count.rules().id, "llama-3.1");
    assert_eq!(count.accuracy(), Accuracy::Estimated);
    // 30 and 5 around strings of 3 and 11 words.
    assert!((45..=60).contains(&count.tokens()), "{}", count.total());
}
