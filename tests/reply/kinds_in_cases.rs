//! Compares the table of kinds with the kinds of recorded errors.

use std::collections::BTreeMap;

use crate::common::shared_lines;
use tokenfit::reply::retry::{Failure, RetryVerdict};

/// Cases whose kind is retryable, but whose body shows that no wait helps: a limit of 0, a balance.
/// The parsed error overrides the row there.
const OVERRIDDEN: &[&str] = &["rate_limit", "rate_limit_tokens", "rate_limit_requests"];

#[test]
#[ignore = "needs the recordings"]
fn every_kind_of_the_cases_has_a_row_and_its_verdict() {
    let mut tally: BTreeMap<(String, bool, bool), u32> = BTreeMap::new();
    for file in ["errors.jsonl", "errors2.jsonl"] {
        for case in shared_lines(&format!("cases/{file}")) {
            let kind = case["expected"]["kind"].as_str().unwrap().to_owned();
            if kind == "none" {
                continue;
            }
            let failure = Failure::of_kind(&kind).unwrap_or_else(|| panic!("no row for {kind}"));
            let ours = matches!(failure.verdict, RetryVerdict::Retry { .. });
            let expected = case["expected"]["retryable"].as_bool().unwrap();
            *tally.entry((kind, expected, ours)).or_default() += 1;
        }
    }
    let mut overridden = 0;
    for ((kind, expected, ours), count) in &tally {
        println!("{count:4} {kind}: retryable {expected}, row says {ours}");
        if expected != ours {
            assert!(
                *ours && OVERRIDDEN.contains(&kind.as_str()),
                "{kind}: {count}"
            );
            overridden += count;
        }
    }
    assert!(overridden <= 4, "{overridden}");
    assert!(tally.values().sum::<u32>() > 300);
}
