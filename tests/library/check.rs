//! Checks and repairs of our own cases (`cases/check.jsonl`), and properties of every request.
//!
//! A case: a body, the findings in any order as code, severity and pointer, and optionally the
//! repaired body, with the policy and the actions in order.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenfit::budget::Fits;
use tokenfit::check::{Displaced, Missing, RepairPolicy, Severity, codes};
use tokenfit::{Budget, ErrorKind, Models, Request};

#[derive(Deserialize)]
struct Case {
    id: String,
    body: Box<RawValue>,
    findings: BTreeSet<(String, String, String)>,
    format: Option<String>,
    model: Option<String>,
    host: Option<String>,
    repaired: Option<Value>,
    actions: Option<Vec<String>>,
    policy: Option<Policy>,
    day: Option<String>,
    #[serde(default)]
    closed: bool,
    reserve: Option<u64>,
    margin: Option<u64>,
    max_input: Option<u64>,
}

#[derive(Deserialize)]
struct Policy {
    answer: Option<String>,
    missing: Option<String>,
    displaced: Option<String>,
    #[serde(default)]
    none: bool,
}

impl Case {
    fn request(&self) -> Request<'_> {
        match &self.format {
            Some(format) => Request::parse_as(format.parse().unwrap(), self.body.get()).unwrap(),
            None => Request::parse(self.body.get()).unwrap(),
        }
    }

    fn budget(&self) -> Budget {
        let models = Models::builtin();
        let mut budget = match &self.model {
            Some(model) => Budget::new(&models.get(model).unwrap()),
            None => Budget::lenient(&models),
        };
        if let Some(host) = &self.host {
            budget = budget.at_host(host.parse().unwrap());
        }
        if let Some(day) = &self.day {
            budget = budget.at(day).unwrap();
        }
        if self.closed {
            budget = budget.closed_registry();
        }
        if let Some(tokens) = self.reserve {
            budget = budget.reserve_output(tokens);
        }
        if let Some(tokens) = self.max_input {
            budget = budget.limit_input(tokens);
        }
        budget.margin(self.margin.unwrap_or(0))
    }

    fn policy(&self) -> RepairPolicy {
        let Some(asked) = &self.policy else {
            return RepairPolicy::default();
        };
        let mut policy = if asked.none {
            RepairPolicy::none()
        } else {
            RepairPolicy::default()
        };
        if let Some(text) = &asked.answer {
            policy = policy.on_missing(Missing::Answer(text.clone()));
        }
        if asked.missing.as_deref() == Some("drop") {
            policy = policy.on_missing(Missing::Drop);
        }
        if asked.displaced.as_deref() == Some("drop") {
            policy = policy.on_displaced(Displaced::Drop);
        }
        policy
    }
}

fn cases() -> Vec<Case> {
    include_str!("../cases/check.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn cases_are_found_as_they_say() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for case in cases() {
        let request = case.request();
        let report = case.budget().check(&request);
        let found: BTreeSet<(String, String, String)> = report
            .findings()
            .iter()
            .map(|finding| {
                (
                    finding.code.to_owned(),
                    finding.severity.to_string(),
                    finding.pointer.clone(),
                )
            })
            .collect();
        seen.extend(report.findings().iter().map(|finding| finding.code));
        if found != case.findings {
            wrong.push(format!("{}: {found:?}", case.id));
        }
        // Each place is the start of a value.
        for finding in report.findings() {
            assert!(codes::ALL.contains(&finding.code), "{}", finding.code);
            let whole: Value = serde_json::from_str(case.body.get()).unwrap();
            let value = whole
                .pointer(&finding.pointer)
                .unwrap_or_else(|| panic!("{}: {}", case.id, finding.pointer));
            let text = &case.body.get()[finding.offset()..];
            let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
            assert_eq!(stream.next().unwrap().unwrap(), *value, "{}", case.id);
        }
        let severities: Vec<Severity> = report.findings().iter().map(|f| f.severity).collect();
        assert!(severities.is_sorted(), "{}", case.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The cases of the form are in a separate file; a policy is the caller's.
    let form = include_str!("../cases/form.jsonl");
    let unseen: Vec<_> = codes::ALL
        .iter()
        .filter(|code| !seen.contains(*code) && !form.contains(&format!("\"{code}\"")))
        .collect();
    assert_eq!(unseen, [&codes::CONTENT_POLICY]);
}

/// The list of messages of a body, whatever its format calls it.
fn list(body: &Value) -> &Value {
    ["messages", "contents", "input"]
        .into_iter()
        .find_map(|field| body.get(field))
        .unwrap_or(body)
}

#[test]
fn cases_are_repaired_as_they_say() {
    let mut wrong = Vec::new();
    for case in cases() {
        let request = case.request();
        let budget = case.budget();
        let repaired = budget.repair(&request, &case.policy()).unwrap();
        let bytes = repaired.request().as_bytes();
        let body: Value = serde_json::from_slice(bytes).unwrap();
        if let Some(expected) = &case.repaired
            && list(&body) != expected
        {
            wrong.push(format!("{}: {}", case.id, list(&body)));
        }
        let actions: Vec<&str> = repaired
            .receipt()
            .edits
            .iter()
            .map(|edit| edit.action.as_str())
            .collect();
        if let Some(expected) = &case.actions
            && actions != *expected
        {
            wrong.push(format!("{}: {actions:?}", case.id));
        }
        assert_eq!(repaired.is_changed(), !actions.is_empty(), "{}", case.id);
        if !repaired.is_changed() {
            assert_eq!(bytes, case.body.get().as_bytes());
        }
        // A second repair changes nothing, and the receipt's places exist in the original.
        let again = Request::parse_as(request.format(), bytes).unwrap();
        let twice = budget.repair(&again, &case.policy()).unwrap();
        assert!(!twice.is_changed(), "{}: {:?}", case.id, twice.receipt());
        let came: Value = serde_json::from_str(case.body.get()).unwrap();
        for edit in &repaired.receipt().edits {
            assert!(
                came.pointer(edit.pointer()).is_some(),
                "{}: {edit:?}",
                case.id
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn chat(model: &str, messages: &str) -> String {
    format!(r#"{{"model": "{model}", "messages": [{messages}]}}"#)
}

fn said(text: &str) -> String {
    format!(r#"{{"role": "user", "content": "{text}"}}"#)
}

#[test]
fn what_is_over_the_window_is_refused_in_the_providers_words() {
    let body = chat("gpt-4", &said(&"word ".repeat(9_000)));
    let request = Request::parse(&body).unwrap();
    let budget = Budget::lenient(&Models::builtin());
    let report = budget.check(&request);
    let finding = &report.findings()[0];
    assert_eq!(
        (finding.code, finding.pointer.as_str()),
        (codes::CONTEXT_EXCEEDED, "/messages")
    );
    let tokens = report.tokens().unwrap().tokens();
    let api = finding.api.as_ref().unwrap();
    assert_eq!(api.code.as_deref(), Some("context_length_exceeded"));
    assert!(
        api.message.contains("8192 tokens") && api.message.contains(&format!("{tokens} tokens"))
    );
    assert_eq!(budget.fits(&request), Fits::No);
    assert_eq!(report.fits(), Fits::No);
}

#[test]
fn an_estimate_on_both_sides_of_a_limit_is_risky_with_its_numbers() {
    // About 230,000 tokens of a vendor whose encoding is not public, out of 256,000.
    let body = chat("grok-4", &said(&"word ".repeat(230_000)));
    let request = Request::parse(&body).unwrap();
    let budget = Budget::lenient(&Models::builtin());
    let report = budget.check(&request);
    let finding = report
        .findings()
        .iter()
        .find(|finding| finding.code == codes::CONTEXT_EXCEEDED)
        .unwrap();
    assert_eq!(finding.severity, Severity::Risky);
    assert!(
        finding.message.contains("about 230,"),
        "{}",
        finding.message
    );
    assert!(finding.api.is_none());
    assert_eq!(budget.fits(&request), Fits::Unsure);
}

#[test]
fn a_text_is_measured_in_characters_and_not_in_bytes() {
    let of = |text: &str| {
        let body = chat("gpt-4.1", &said(text));
        let request = Request::parse(&body).unwrap();
        let report = Budget::lenient(&Models::builtin()).check(&request);
        report
            .findings()
            .iter()
            .find(|finding| finding.code == codes::STRING_TOO_LONG)
            .map(|finding| (finding.pointer.clone(), finding.message.clone()))
    };
    let most = 1_048_576;
    assert_eq!(of(&"é".repeat(most)), None);
    let (pointer, message) = of(&"é".repeat(most + 1)).unwrap();
    assert_eq!(pointer, "/messages/0/content");
    assert!(message.contains("1,048,577"), "{message}");
}

#[test]
fn a_file_in_a_text_is_wasteful() {
    let data = format!(
        "<img src=\\\"data:image/png;base64,{}\\\">",
        "iVBORw0K\\/Gg".repeat(300)
    );
    for message in [
        format!(r#"{{"role": "user", "content": "{data}"}}"#),
        format!(r#"{{"role": "user", "content": [{{"type": "text", "text": "{data}"}}]}}"#),
    ] {
        let body = chat("gpt-4.1", &message);
        let request = Request::parse(&body).unwrap();
        let report = Budget::lenient(&Models::builtin()).check(&request);
        let finding = &report.findings()[0];
        assert_eq!(
            (finding.code, finding.severity),
            (codes::DATA_AS_TEXT, Severity::Wasteful)
        );
        let value: Value = serde_json::from_str(&body).unwrap();
        assert!(value.pointer(&finding.pointer).unwrap().is_string());
        assert!(report.is_ok());
    }
}

#[test]
fn lists_are_counted() {
    let calls: Vec<String> = (0..129)
        .map(|n| format!(r#"{{"id": "c{n}", "type": "function", "function": {{"name": "f", "arguments": "{{}}"}}}}"#))
        .collect();
    let results: Vec<String> = (0..129)
        .map(|n| format!(r#"{{"role": "tool", "tool_call_id": "c{n}", "content": ""}}"#))
        .collect();
    let body = chat(
        "gpt-4o",
        &format!(
            r#"{}, {{"role": "assistant", "tool_calls": [{}]}}, {}"#,
            said("Hi"),
            calls.join(", "),
            results.join(", ")
        ),
    );
    let request = Request::parse(&body).unwrap();
    let report = Budget::lenient(&Models::builtin()).check(&request);
    let found: Vec<_> = report
        .findings()
        .iter()
        .map(|f| (f.code, f.pointer.as_str()))
        .collect();
    assert_eq!(found, [(codes::TOO_MANY_CALLS, "/messages/1/tool_calls")]);

    let image = r#"{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}"#;
    let images = vec![image; 501].join(", ");
    let body = chat(
        "gpt-4.1",
        &format!(r#"{{"role": "user", "content": [{images}]}}"#),
    );
    let request = Request::parse(&body).unwrap();
    let report = Budget::lenient(&Models::builtin()).check(&request);
    assert!(
        report
            .findings()
            .iter()
            .any(|f| f.code == codes::TOO_MANY_IMAGES && f.severity == Severity::Risky)
    );
}

#[test]
fn a_reserve_that_leaves_nothing_is_an_error_of_its_own() {
    let body = chat("gpt-4", &said("Hi"));
    let request = Request::parse(&body).unwrap();
    let models = Models::builtin();
    let budget = Budget::lenient(&models);
    assert_eq!(budget.max_input(&request).unwrap(), Some(8_192));
    for full in [
        budget.clone().reserve_output(8_192),
        budget.clone().reserve_output(u64::MAX),
        budget.clone().reserve_output(8_000).margin(192),
        budget.clone().limit_input(0),
    ] {
        let error = full.max_input(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidBudget);
        assert_eq!(full.fits(&request), Fits::No);
        let report = full.check(&request);
        assert_eq!(report.findings()[0].code, codes::RESERVE_EXCEEDS_WINDOW);
    }
    // Google's windows are for the input alone.
    let model = models.get("gemini-2.5-flash").unwrap();
    let budget = Budget::new(&model).reserve_output(60_000);
    assert_eq!(budget.max_input(&request).unwrap(), model.context_window());
}

#[test]
fn a_request_far_below_its_limit_is_not_counted() {
    let body = chat("gpt-4o", &said("Hello"));
    let request = Request::parse(&body).unwrap();
    let budget = Budget::lenient(&Models::builtin());
    let tokens = budget.check(&request).tokens().unwrap();
    assert!(tokens.lower() == 0 && tokens.upper().unwrap_or(u64::MAX) < 1_000);
    let counted = budget.always_count().check(&request).tokens().unwrap();
    assert_eq!((counted.lower(), counted.upper()), (8, Some(8)));
}

#[test]
fn edits_keep_the_bytes_around_them() {
    let body = "{ \"model\": \"gpt-4o\",\n  \"x_own\": 1.50, \"messages\": [\n    {\"role\": \"user\",  \"content\": \"\\u00e9\", \"own\": 1e2},\n    {\"role\": \"tool\", \"tool_call_id\": \"z\", \"content\": \"\"},\n    {\"role\":\"user\",\"content\":\"b\"}\n  ] }\n";
    let request = Request::parse(body).unwrap();
    let repaired = Budget::lenient(&Models::builtin())
        .repair(&request, &RepairPolicy::default())
        .unwrap();
    let gone = "    {\"role\": \"tool\", \"tool_call_id\": \"z\", \"content\": \"\"},\n";
    assert_eq!(
        std::str::from_utf8(repaired.request().as_bytes()).unwrap(),
        body.replace(gone, "")
    );
}
