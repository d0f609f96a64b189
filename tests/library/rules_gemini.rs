//! Counting rules of Gemini on small requests with a count by hand (`cases/rules_gemini.jsonl`),
//! and invariants of all of them.

use super::by_hand::{self, Case};
use tokenfit::fit::{DropOldest, Fitter};
use tokenfit::model::Host;
use tokenfit::{Budget, Models, Request};

fn cases() -> Vec<Case> {
    by_hand::cases(include_str!("../cases/rules_gemini.jsonl"))
}

#[test]
fn rules_by_hand() {
    by_hand::counts_are_those_by_hand(&cases());
}

#[test]
fn parts_add_up_and_doubts_are_named() {
    by_hand::parts_add_up_and_doubts_are_named(&cases());
}

#[test]
fn bounds_hold_the_count() {
    by_hand::bounds_hold_the_count(
        &cases(),
        &[Host::Gemini, Host::Vertex, Host::OpenRouter, Host::Vercel],
    );
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
