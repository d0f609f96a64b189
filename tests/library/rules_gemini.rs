//! Counting rules of Gemini on small requests with a count by hand (`cases/rules_gemini.jsonl`),
//! and invariants of all of them.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokenfit::fit::{DropOldest, Fitter};
use tokenfit::model::{Day, Host};
use tokenfit::{Accuracy, Budget, Models, Request, RequestCount, TokenCount};

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
    request: Box<RawValue>,
}

fn cases() -> Vec<Case> {
    include_str!("../cases/rules_gemini.jsonl")
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
        let reckoned: u64 = case
            .by_hand
            .split_whitespace()
            .filter_map(|word| word.parse::<u64>().ok())
            .sum();
        assert_eq!(reckoned, case.tokens, "the reckoning of: {}", case.rule);
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
        let parts = messages + count.tools() + count.schema() + count.images() + count.framing();
        assert_eq!(parts, count.total(), "{}", case.rule);
        assert_eq!(
            count.accuracy() == Accuracy::Exact,
            count.uncertain().is_empty(),
            "{} on {}: {:?}",
            case.rule,
            case.model,
            count.uncertain()
        );
    }
}

/// Bounds without counting are never below a count, at any host.
#[test]
fn bounds_hold_the_count() {
    for case in cases() {
        let request = Request::parse(case.request.get()).unwrap();
        let model = Models::builtin().get(&case.model).unwrap();
        for host in [Host::Gemini, Host::Vertex, Host::OpenRouter, Host::Vercel] {
            let model = model.at_host(host);
            let most = |count: TokenCount| count.upper().unwrap_or(u64::MAX);
            assert!(
                most(model.count(&request).total()) <= most(model.bounds(&request)),
                "{} at {host}",
                case.rule
            );
        }
    }
}

/// A fitted request uses at least 90 % of the limit.
#[test]
fn fitting_uses_the_window() {
    let models = Models::builtin();
    for name in [
        "gemini-2.5-flash",
        "gemini-3.5-flash",
        "vertex_ai/gemini-2.5-pro",
    ] {
        let model = models.get(name).unwrap();
        let mut contents = Vec::new();
        for nth in 0..400 {
            let role = if nth % 2 == 0 { "user" } else { "model" };
            let text =
                format!("Parcel {nth} was delivered to the pick-up point near the station. ")
                    .repeat(20);
            contents.push(serde_json::json!({"role": role, "parts": [{"text": text}]}));
        }
        contents
            .push(serde_json::json!({"role": "user", "parts": [{"text": "Which are missing?"}]}));
        let body = serde_json::json!({
            "contents": contents,
            "tools": [{"functionDeclarations": [{"name": "find", "description": "Finds a parcel."}]}],
        })
        .to_string();
        let request = Request::parse(&body).unwrap();
        let budget = Budget::new(&model).limit_input(50_000);
        let most = budget.max_input(&request).unwrap().unwrap();
        assert!(model.count(&request).tokens() > 2 * most);
        let fitter = Fitter::new(budget).low_water(1.0).then(DropOldest::new());
        let fitted = fitter.fit(&request).unwrap();
        let used = model.count(fitted.request()).total();
        assert!(used.upper().unwrap() <= most);
        let percent = 100.0 * used.tokens() as f64 / most as f64;
        println!("{name}: {percent:.1} % of the window is used");
        assert!(percent >= 90.0, "{name}: {percent}");
    }
}
