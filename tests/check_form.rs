//! The form of a request against the API's own answers: cases of our own (`cases/form.jsonl`), each with the source of its
//! answer.
//!
//! A case: a body, the first finding as code, severity and pointer (none: nothing is found), and the answer that the API
//! gives. `source` is a section of the validation notes with its tag there (M, D, B: measured on the API; I: reported with
//! the answer; G: reported; S: the specification), or says where else it is from. A case with a `gap` differs from the API,
//! and says why. In a body `"@x*600"` stands for 600 times `x`, and `{"@repeat": n, "of": …}` for n entries, `#` in them for
//! their number.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tokenfit::check::{Body, Finding, codes};
use tokenfit::report::CheckText;
use tokenfit::{Budget, CheckReport, Counter};

#[derive(Deserialize)]
struct Case {
    id: String,
    source: String,
    body: Value,
    finding: Option<(String, String, String)>,
    api: Option<Value>,
    gap: Option<String>,
    format: Option<String>,
    model: Option<String>,
    host: Option<String>,
    day: Option<String>,
    #[serde(default)]
    closed: bool,
}

fn cases() -> Vec<Case> {
    include_str!("cases/form.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes out what a case abbreviates.
fn whole(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@').and_then(|text| text.split_once('*')) {
            Some((text, times)) => text.repeat(times.parse().unwrap()).into(),
            None => value.clone(),
        },
        Value::Array(items) => items
            .iter()
            .flat_map(|item| match item.get("@repeat") {
                Some(times) => {
                    let of = item["of"].to_string();
                    (0..times.as_u64().unwrap())
                        .map(|nth| serde_json::from_str(&of.replace('#', &nth.to_string())).unwrap())
                        .collect()
                }
                None => vec![whole(item)],
            })
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), whole(value)))
            .collect(),
        other => other.clone(),
    }
}

fn report(case: &Case, text: &str) -> CheckReport {
    let counter = Counter::new();
    let body = match &case.format {
        Some(format) => Body::parse_as(format.parse().unwrap(), text).unwrap(),
        None => Body::parse(text).unwrap(),
    };
    let mut budget = match &case.model {
        Some(model) => Budget::named(&counter, model),
        None => Budget::of_body(&counter, &body),
    };
    if let Some(host) = &case.host {
        budget = budget.at_host(host.parse().unwrap());
    }
    if let Some(day) = &case.day {
        budget = budget.at(day).unwrap();
    }
    if case.closed {
        budget = budget.with_closed_registry();
    }
    let report = budget.check_body(&body);
    assert_eq!(
        body.request().is_err() && report.is_ok(),
        false,
        "{}: what cannot be read is refused",
        case.id
    );
    // Nothing of it panics, and the place is one.
    let shown = CheckText::of_body(&report, &body).to_string();
    assert!(!shown.is_empty());
    let value: Value = serde_json::from_str(text).unwrap();
    for finding in report.findings() {
        let found = value.pointer(&finding.pointer);
        assert!(found.is_some(), "{}: {finding}", case.id);
        assert!(codes::ALL.contains(&finding.code));
        let rest = &text[finding.offset()..];
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let at: Value = stream.next().unwrap().unwrap();
        assert_eq!(Some(&at), found, "{}: {finding}", case.id);
    }
    report
}

/// What the first finding of a case differs in.
fn difference(case: &Case, finding: Option<&Finding>) -> Option<String> {
    let Some((code, severity, pointer)) = &case.finding else {
        return finding.map(|finding| format!("found {finding}"));
    };
    let Some(finding) = finding else {
        return Some("nothing was found".to_owned());
    };
    let found = (finding.code, finding.severity.as_str(), finding.pointer.as_str());
    if found != (code, severity, pointer) {
        return Some(format!("found {finding}"));
    }
    let expected = case.api.as_ref()?;
    let Some(api) = &finding.api else {
        return Some("no answer is foretold".to_owned());
    };
    let answer = serde_json::to_value(api).unwrap();
    ["status", "type", "code", "param", "message"]
        .into_iter()
        .find_map(|field| {
            let default = match field {
                "status" => Value::from(400),
                "type" => Value::from("invalid_request_error"),
                _ => Value::Null,
            };
            let expected = expected.get(field).unwrap_or(&default);
            (answer[field] != *expected).then(|| format!("{field} is {}, not {expected}", answer[field]))
        })
}

/// What retires a model by the registry's own date is risky, and beside the point here.
fn first<'r>(case: &Case, report: &'r CheckReport) -> Option<&'r Finding> {
    report.findings().iter().find(|finding| {
        let aside = [codes::RETIRED_MODEL, codes::UNKNOWN_MODEL].contains(&finding.code);
        !aside || case.finding.as_ref().is_some_and(|(code, ..)| code == finding.code)
    })
}

#[test]
fn the_first_finding_is_the_apis_answer() {
    let mut wrong = Vec::new();
    let mut gaps = Vec::new();
    let mut by_source: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut table = Vec::new();
    for case in cases() {
        let text = whole(&case.body).to_string();
        let report = report(&case, &text);
        let difference = difference(&case, first(&case, &report));
        let entry = by_source.entry(case.source.clone()).or_default();
        entry.1 += 1;
        match (&difference, &case.gap) {
            (None, None) => entry.0 += 1,
            (Some(difference), Some(gap)) => gaps.push(format!("{}: {difference} ({gap})", case.id)),
            (Some(difference), None) => wrong.push(format!("{}: {difference}", case.id)),
            (None, Some(_)) => wrong.push(format!("{}: the gap is closed", case.id)),
        }
        let verdict = if difference.is_none() { "equal" } else { "NOT equal" };
        table.push(format!("  {:10} {:14} {}", verdict, case.source, case.id));
    }
    println!("first finding against the API's answer:");
    table.iter().for_each(|line| println!("{line}"));
    println!("by source:");
    for (source, (equal, all)) in &by_source {
        println!("  {source}: {equal} of {all}");
    }
    println!("known gaps: {}", gaps.len());
    gaps.iter().for_each(|gap| println!("  {gap}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(gaps.len() <= 2, "{gaps:?}");
}
