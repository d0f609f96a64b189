//! Compares the form of a request with the API's own answers: our own cases (`cases/form.jsonl`),
//! each with the source of its answer.
//!
//! A case: a body, the first finding as code, severity and pointer (null if there is none), and the
//! API's answer. `source` is a section of docs/evidence/validation.md with the letter of its
//! evidence there (`4 M`: section 4, measured on the API), a word that the same file explains, or a
//! rule of docs/evidence/validation_other_providers.md. A case with a `gap` differs from the API,
//! and gives the reason. In a body `"@x*600"` means 600 times `x`, and `{"@repeat": n, "of": …}` n
//! entries, with `#` replaced by their number.

use std::collections::BTreeMap;

use crate::common::whole::whole;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;
use serde_json::{Value, json};
use tokenfit::check::{Finding, OutOfRange, RepairPolicy, Repaired, Severity, codes};
use tokenfit::model::Host;
use tokenfit::report::CheckText;
use tokenfit::{Budget, CheckReport, Error, Format, Models, Request};

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
    include_str!("../cases/form.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Case {
    fn format(&self) -> Option<Format> {
        self.format.as_ref().map(|format| format.parse().unwrap())
    }
}

/// Checks a body in a format, or in the format of its shape.
fn check(budget: &Budget, format: Option<Format>, text: &str) -> CheckReport {
    match format {
        Some(format) => budget.check_bytes_as(format, text),
        None => budget.check_bytes(text),
    }
}

fn repair<'b>(
    budget: &Budget,
    format: Option<Format>,
    text: &'b str,
    policy: &RepairPolicy,
) -> Result<Repaired<'b>, Error> {
    match format {
        Some(format) => budget.repair_bytes_as(format, text, policy),
        None => budget.repair_bytes(text, policy),
    }
}

fn budget(case: &Case) -> Budget {
    let models = Models::builtin();
    let mut budget = match &case.model {
        Some(model) => Budget::lenient_for(&models, model),
        None => Budget::lenient(&models),
    };
    if let Some(host) = &case.host {
        budget = budget.at_host(host.parse().unwrap());
    }
    if let Some(day) = &case.day {
        budget = budget.at(day).unwrap();
    }
    if case.closed {
        budget = budget.closed_registry();
    }
    budget
}

/// Asserts the properties of every report: its places exist, and an unreadable body is refused.
fn sound(report: &CheckReport, text: &str) {
    let read = Request::parse_as(report.format().unwrap(), text);
    assert!(read.is_ok() || !report.is_ok(), "{text}");
    let value: Value = serde_json::from_str(text).unwrap();
    for finding in report.findings() {
        let found = value.pointer(&finding.pointer);
        assert!(found.is_some(), "{finding}\n{text}");
        assert!(codes::ALL.contains(&finding.code));
        assert!(finding.api.is_none() || finding.severity == Severity::Refused);
        let rest = &text[finding.offset()..];
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let at: Value = stream.next().unwrap().unwrap();
        assert_eq!(Some(&at), found, "{finding}\n{text}");
    }
    let severities: Vec<Severity> = report.findings().iter().map(|f| f.severity).collect();
    assert!(severities.is_sorted());
}

/// Difference between the first finding and the case.
fn difference(case: &Case, finding: Option<&Finding>) -> Option<String> {
    let Some((code, severity, pointer)) = &case.finding else {
        return finding.map(|finding| format!("found {finding}"));
    };
    let Some(finding) = finding else {
        return Some("nothing was found".to_owned());
    };
    let found = (
        finding.code,
        finding.severity.as_str(),
        finding.pointer.as_str(),
    );
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
            (answer[field] != *expected)
                .then(|| format!("{field} is {}, not {expected}", answer[field]))
        })
}

/// First finding, except for a model that is retired on the registry's own date, which is risky and
/// irrelevant here.
fn first<'r>(case: &Case, report: &'r CheckReport) -> Option<&'r Finding> {
    report.findings().iter().find(|finding| {
        let aside = [codes::RETIRED_MODEL, codes::UNKNOWN_MODEL].contains(&finding.code);
        !aside
            || case
                .finding
                .as_ref()
                .is_some_and(|(code, ..)| code == finding.code)
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
        let report = check(&budget(&case), case.format(), &text);
        sound(&report, &text);
        let difference = difference(&case, first(&case, &report));
        let entry = by_source.entry(case.source.clone()).or_default();
        entry.1 += 1;
        match (&difference, &case.gap) {
            (None, None) => entry.0 += 1,
            (Some(difference), Some(gap)) => {
                gaps.push(format!("{}: {difference} ({gap})", case.id))
            }
            (Some(difference), None) => wrong.push(format!("{}: {difference}", case.id)),
            (None, Some(_)) => wrong.push(format!("{}: the gap is closed", case.id)),
        }
        let verdict = if difference.is_none() {
            "equal"
        } else {
            "NOT equal"
        };
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

/// Settings are fixed if the policy asks for it, completely, and are not changed otherwise.
#[test]
fn settings_are_repaired_where_it_is_asked_for() {
    let keep = RepairPolicy::none();
    let clamp = RepairPolicy::none()
        .on_out_of_range(OutOfRange::Clamp)
        .drop_unsupported(true);
    let drop = RepairPolicy::none()
        .on_out_of_range(OutOfRange::Drop)
        .drop_unsupported(true);
    let mut edited = 0;
    for case in cases() {
        let text = whole(&case.body).to_string();
        let budget = budget(&case);
        if let Ok(kept) = repair(&budget, case.format(), &text, &keep) {
            assert!(!kept.is_changed(), "{}", case.id);
        }
        for policy in [&clamp, &drop] {
            let Ok(repaired) = repair(&budget, case.format(), &text, policy) else {
                continue;
            };
            edited += usize::from(repaired.is_changed());
            for finding in repaired.remaining() {
                let nested = finding.pointer.matches('/').count() != 1;
                let more =
                    ["/tools", "/response_format", "/include"].contains(&finding.pointer.as_str());
                let left = match finding.code {
                    codes::OUT_OF_RANGE => nested || finding.pointer == "/dimensions",
                    codes::UNKNOWN_PARAMETER | codes::UNSUPPORTED_PARAMETER => {
                        finding.severity == Severity::Risky || nested || more
                    }
                    _ => true,
                };
                assert!(left, "{}: {finding}", case.id);
            }
            let bytes = repaired.request().as_bytes().to_vec();
            let again = Request::parse_as(repaired.request().format(), &bytes).unwrap();
            assert!(
                !budget.repair(&again, policy).unwrap().is_changed(),
                "{}",
                case.id
            );
        }
    }
    println!("{edited} repairs of settings");
    assert!(edited > 100);
}

/// The nearest allowed value of -5 would be an answer of one token; a required limit is the
/// caller's to choose.
#[test]
fn an_output_limit_of_nothing_is_removed() {
    let clamp = RepairPolicy::none().on_out_of_range(OutOfRange::Clamp);
    let budget = Budget::lenient(&Models::builtin());
    let body = |model: &str, limit: &str| {
        format!(
            r#"{{"model": "{model}", "max_tokens": {limit}, "messages": [{{"role": "user", "content": "Hi"}}]}}"#
        )
    };
    for limit in ["-5", "-1", "0"] {
        let chat = body("gpt-4o", limit);
        let repaired = repair(&budget, Some(Format::OpenAiChat), &chat, &clamp).unwrap();
        let left: Value = repaired.request().to_typed().unwrap();
        assert_eq!(left.get("max_tokens"), None, "{limit}");
        assert!(repaired.report().is_ok(), "{limit}");
        let claude = body("claude-sonnet-4-5", limit);
        let kept = repair(&budget, Some(Format::Anthropic), &claude, &clamp).unwrap();
        assert!(!kept.is_changed(), "{limit}");
        // Anthropic accepts 0.
        assert_eq!(kept.report().is_ok(), limit == "0", "{limit}");
    }
    let chat = body("gpt-4o", "99999999");
    let repaired = repair(&budget, Some(Format::OpenAiChat), &chat, &clamp).unwrap();
    assert!(repaired.is_changed() && repaired.request().max_output_tokens().is_some());
}

/// Bodies for every endpoint with nearly every field, as the start of damage.
fn full() -> Vec<(Format, Value)> {
    let schema = json!({"type": "object", "properties": {"bed": {"type": "integer"}, "unit": {"enum": ["percent", "bar"]}}, "required": ["bed", "unit"], "additionalProperties": false});
    vec![
        (
            Format::OpenAiChat,
            json!({"model": "gpt-4o", "temperature": 1, "top_p": 0.5, "n": 1, "stop": ["END"], "max_tokens": 64, "seed": 7,
                "presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {"50256": -100}, "logprobs": true, "top_logprobs": 2,
                "user": "u1", "metadata": {"run": "7"}, "stream": true, "stream_options": {"include_usage": true}, "store": false,
                "service_tier": "auto", "parallel_tool_calls": false, "tool_choice": {"type": "function", "function": {"name": "soil"}},
                "response_format": {"type": "json_schema", "json_schema": {"name": "bed", "strict": true, "schema": schema}},
                "tools": [{"type": "function", "function": {"name": "soil", "description": "Moisture.", "strict": true, "parameters": schema}}],
                "messages": [{"role": "system", "content": "Be brief."},
                    {"role": "user", "name": "ann", "content": [{"type": "text", "text": "Dry?"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}}]},
                    {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
                    {"role": "tool", "tool_call_id": "c1", "content": "9 %"}]}),
        ),
        (
            Format::OpenAiResponses,
            json!({"model": "gpt-5.6-terra", "instructions": "Be brief.", "max_output_tokens": 64, "reasoning": {"effort": "low", "summary": "auto"},
                "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "bed", "strict": true, "schema": schema}},
                "tools": [{"type": "function", "name": "soil", "parameters": schema, "strict": true}], "tool_choice": {"type": "function", "name": "soil"},
                "include": ["reasoning.encrypted_content"], "store": false, "metadata": {"run": "7"}, "truncation": "auto",
                "input": [{"role": "user", "content": [{"type": "input_text", "text": "Dry?"}]},
                    {"type": "function_call", "call_id": "c1", "name": "soil", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c1", "output": "9 %"}]}),
        ),
        (
            Format::Anthropic,
            json!({"model": "claude-sonnet-4-5", "max_tokens": 4096, "system": "Be brief.", "temperature": 1, "stop_sequences": ["END"],
                "thinking": {"type": "enabled", "budget_tokens": 1024}, "tool_choice": {"type": "auto"},
                "tools": [{"name": "soil", "input_schema": schema, "cache_control": {"type": "ephemeral"}}],
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Dry?"}]}]}),
        ),
        (
            Format::Gemini,
            json!({"generationConfig": {"temperature": 1, "topP": 0.5, "candidateCount": 1, "stopSequences": ["END"]},
                "contents": [{"role": "user", "parts": [{"text": "Dry?"}]}]}),
        ),
        (
            Format::Embeddings,
            json!({"model": "text-embedding-3-small", "input": ["Dry?"], "dimensions": 256, "encoding_format": "float"}),
        ),
        (
            Format::Completions,
            json!({"model": "gpt-3.5-turbo-instruct", "prompt": "The beds are", "n": 1, "best_of": 2, "logprobs": 1, "max_tokens": 9}),
        ),
    ]
}

/// A value that is unlikely at its place.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(7),
        json!(1e300),
        json!(2.5),
        json!(""),
        json!("bogus"),
        json!("Zq7 MARKERx9 text"),
        json!([]),
        json!([7]),
        json!([[]]),
        json!({}),
        json!({"type": "bogus"}),
        json!({"a": {"b": []}}),
    ])
}

#[derive(Debug, Clone)]
enum Damage {
    Replace(Value),
    Remove,
    Add(&'static str, Value),
    Twice,
}

fn damage() -> impl Strategy<Value = (prop::sample::Index, Damage)> {
    let what = prop_oneof![
        4 => odd().prop_map(Damage::Replace),
        2 => Just(Damage::Remove),
        2 => (select(&["temperatur", "zzz", "Zq7 MARKERx9", "role", "content", "type", "strict", "name", "input"][..]), odd())
            .prop_map(|(name, value)| Damage::Add(name, value)),
        1 => Just(Damage::Twice),
    ];
    (any::<prop::sample::Index>(), what)
}

/// The pointers of all values, the root first.
fn places(value: &Value, at: String, all: &mut Vec<String>) {
    all.push(at.clone());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(
                    value,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    all,
                );
            }
        }
        Value::Array(items) => {
            for (nth, value) in items.iter().enumerate() {
                places(value, format!("{at}/{nth}"), all);
            }
        }
        _ => {}
    }
}

fn hurt(value: &mut Value, damage: &(prop::sample::Index, Damage)) {
    let mut all = Vec::new();
    places(value, String::new(), &mut all);
    let at = all[damage.0.index(all.len())].clone();
    match &damage.1 {
        Damage::Replace(new) => *value.pointer_mut(&at).unwrap() = new.clone(),
        Damage::Add(name, new) => {
            if let Some(fields) = value.pointer_mut(&at).unwrap().as_object_mut() {
                fields.insert((*name).to_owned(), new.clone());
            }
        }
        Damage::Twice => {
            if let Some(items) = value.pointer_mut(&at).unwrap().as_array_mut() {
                items.extend(items.clone());
            }
        }
        Damage::Remove => {
            let Some((parent, name)) = at.rsplit_once('/') else {
                return;
            };
            match value.pointer_mut(parent).unwrap() {
                Value::Object(fields) => {
                    fields.remove(name);
                }
                Value::Array(items) => {
                    items.remove(name.parse().unwrap());
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// However a request is damaged: no panic, places exist, an unreadable body is refused, and no
    /// text is shown unless it is a name.
    #[test]
    fn damaged_requests(nth in 0..6_usize, damages in prop::collection::vec(damage(), 1..5), host in select(Host::ALL), model in select(&["gpt-5.6-terra", "gpt-4o", "o1-mini", "our-own"][..])) {
        let (format, mut value) = full().swap_remove(nth);
        damages.iter().for_each(|damage| hurt(&mut value, damage));
        let text = value.to_string();
        let models = Models::builtin();
        for budget in [Budget::lenient(&models), Budget::lenient(&models).at_host(host), Budget::lenient_for(&models, model)] {
            let report = budget.check_bytes_as(format, &text);
            prop_assert_eq!(report.format(), Some(format));
            sound(&report, &text);
            let said = format!("{report:?} {} {}", serde_json::to_string(&report).unwrap(), CheckText::of_bytes(&report, &text));
            prop_assert!(!said.contains("MARKER"), "{said}");
            let policy = RepairPolicy::default().on_out_of_range(OutOfRange::Clamp).drop_unsupported(true);
            if let Ok(repaired) = budget.repair_bytes_as(format, &text, &policy) {
                let did = format!("{:?}", repaired.receipt());
                prop_assert!(!did.contains("MARKER"), "{did}");
            }
        }
    }

    /// Undamaged requests are accepted for the model that they name.
    #[test]
    fn whole_requests_are_taken(nth in 0..6_usize) {
        let (format, value) = full().swap_remove(nth);
        let text = value.to_string();
        let report = Budget::lenient(&Models::builtin()).check_bytes_as(format, &text);
        // Histories and tool choices have their own tests.
        let form: Vec<_> = report.findings().iter().filter(|f| f.severity == Severity::Refused && f.code != codes::PARAMETER_CONFLICT).collect();
        prop_assert!(form.is_empty(), "{form:?}");
    }
}

/// Text and keys planted where words, names and ids are expected are not shown; words, names and
/// ids are.
#[test]
fn nothing_found_holds_the_callers_text() {
    // The first does not look like a name, the second looks exactly like one.
    for secret in [
        "Zq7 MARKERx9 is my secret",
        "sk-proj-MARKERx9abcdefghijklmnop",
    ] {
        nothing_found_holds(secret);
    }
}

fn nothing_found_holds(secret: &str) {
    for (format, body) in full() {
        let mut all = Vec::new();
        places(&body, String::new(), &mut all);
        for at in &all {
            let mut bodies = Vec::new();
            for planted in [
                json!(secret),
                json!({secret: secret}),
                json!([secret]),
                json!({"type": secret, "name": secret}),
            ] {
                let mut value = body.clone();
                *value.pointer_mut(at).unwrap() = planted;
                bodies.push(value);
            }
            let mut value = body.clone();
            if let Some(fields) = value.pointer_mut(at).unwrap().as_object_mut() {
                fields.insert(secret.to_owned(), json!(secret));
                bodies.push(value);
            }
            for value in bodies {
                let text = value.to_string();
                let budget = Budget::lenient(&Models::builtin()).closed_registry();
                let report = budget.check_bytes_as(format, &text);
                sound(&report, &text);
                let said = format!(
                    "{report:?} {} {}",
                    serde_json::to_string(&report).unwrap(),
                    CheckText::of_bytes(&report, &text)
                );
                assert!(!said.contains("MARKER"), "{at}: {said}");
            }
        }
    }
}

/// Extreme schemas are checked in one pass: at maximum depth, wide, with thousands of names and
/// words, referring to themselves.
#[test]
fn hostile_schemas_are_looked_at_once() {
    let wrap = |schema: String| {
        format!(
            r#"{{"model": "gpt-4o", "messages": [{{"role": "user", "content": "Hi"}}], "tools": [{{"type": "function", "function": {{"name": "f", "strict": true, "parameters": {schema}}}}}]}}"#
        )
    };
    let object = |inner: &str, names: &str| {
        format!(
            r#"{{"type":"object","additionalProperties":false,"required":[{names}],"properties":{{{inner}}}}}"#
        )
    };
    let deep = (0..50).fold(object("", ""), |inner, _| {
        object(&format!(r#""a":{inner}"#), r#""a""#)
    });
    let names: Vec<String> = (0..100_000).map(|n| format!(r#""p{n}""#)).collect();
    let wide = object(
        &names
            .iter()
            .map(|name| format!(r##"{name}:{{"$ref":"#"}}"##))
            .collect::<Vec<_>>()
            .join(","),
        &names.iter().rev().cloned().collect::<Vec<_>>().join(","),
    );
    let words = object(
        &format!(r#""a":{{"enum":[{}]}}"#, names.join(",")),
        r#""a""#,
    );
    let choices = object(
        &format!(
            r#""a":{{"anyOf":[{}]}}"#,
            vec![object("", ""); 20_000].join(",")
        ),
        r#""a""#,
    );
    for (schema, what) in [
        (deep, "levels"),
        (wide, "properties"),
        (words, "enum"),
        (choices, ""),
    ] {
        let text = wrap(schema);
        let report = Budget::lenient(&Models::builtin()).check_bytes(&text);
        let finding = report
            .findings()
            .iter()
            .find(|finding| finding.code == codes::INVALID_SCHEMA);
        match what {
            "" => assert!(finding.is_none(), "{finding:?}"),
            what => assert!(finding.unwrap().message.contains(what), "{finding:?}"),
        }
    }
    // Deeper than the parser accepts.
    let pit = wrap(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert_eq!(
        Budget::lenient(&Models::builtin())
            .check_bytes(&pit)
            .format(),
        None
    );
}
