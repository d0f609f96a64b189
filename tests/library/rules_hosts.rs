//! Counting rules of models with public chat templates on small requests with a count by hand
//! (`cases/rules_hosts.jsonl`), and invariants of all of them.

use super::by_hand::{self, Case};
use tokenfit::{Accuracy, Models, Request};

fn cases() -> Vec<Case> {
    by_hand::cases(include_str!("../cases/rules_hosts.jsonl"))
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
    by_hand::bounds_hold_the_count(&cases(), &[]);
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
