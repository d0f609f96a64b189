//! Counting rules of a vendor on small requests with a count by hand, and invariants of them all.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokenfit::model::{Day, Host};
use tokenfit::{Accuracy, Model, Models, Request, TokenCount};

/// A line of `cases/rules_VENDOR.jsonl`.
#[derive(Deserialize)]
pub(super) struct Case {
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

impl Case {
    fn model(&self) -> Model {
        let registry = Models::builtin();
        let models = match &self.day {
            Some(day) => registry.on(day.parse::<Day>().unwrap()),
            None => registry,
        };
        let model = models.get(&self.model).unwrap();
        match &self.host {
            Some(host) => model.at_host(host.parse::<Host>().unwrap()),
            None => model,
        }
    }

    fn request(&self) -> Request<'_> {
        Request::parse(self.request.get()).unwrap()
    }
}

pub(super) fn cases(lines: &str) -> Vec<Case> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Compares the counts, and their accuracy, with those by hand.
pub(super) fn counts_are_those_by_hand(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
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
        let count = case.model().count(&case.request());
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
    assert!(
        !cases.is_empty() && wrong.is_empty(),
        "\n{}",
        wrong.join("\n")
    );
}

pub(super) fn parts_add_up_and_doubts_are_named(cases: &[Case]) {
    for case in cases {
        let count = case.model().count(&case.request());
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

/// A count has an upper bound, and bounds without counting are never below a count, at the host of
/// the case or at each of `hosts`.
pub(super) fn bounds_hold_the_count(cases: &[Case], hosts: &[Host]) {
    let most = |count: TokenCount| count.upper().unwrap_or(u64::MAX);
    for case in cases {
        let model = case.model();
        let own = model.count(&case.request()).total();
        assert!(own.upper().is_some(), "{}", case.rule);
        let elsewhere = hosts.iter().map(|host| model.at_host(*host));
        for model in elsewhere.chain([model.clone()]) {
            let request = case.request();
            assert!(
                most(model.count(&request).total()) <= most(model.bounds(&request)),
                "{} at {:?}",
                case.rule,
                model.host()
            );
        }
    }
}
