//! Every counting rule of messages, on small requests whose count follows from the rule by hand,
//! and the bounds where there is no rule. The counts by hand are in `cases/rules.jsonl`, each with
//! its calculation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokenfit::model::Day;
use tokenfit::{Accuracy, Models, Request, RequestCount, TokenCount};

#[derive(Deserialize)]
struct Case {
    rule: String,
    model: String,
    /// The sum as written by hand.
    by_hand: String,
    tokens: u64,
    accuracy: String,
    /// The day of the count.
    day: Option<String>,
    request: Box<RawValue>,
}

fn count(model: &str, request: &str) -> RequestCount {
    count_on(None, model, request)
}

fn count_on(day: Option<Day>, model: &str, request: &str) -> RequestCount {
    let registry = Models::builtin();
    let models = match day {
        Some(day) => registry.on(day),
        None => registry,
    };
    let request = Request::parse(request).unwrap();
    models.get(model).unwrap().count(&request)
}

fn count_json(model: &str, request: &Value) -> RequestCount {
    count(model, &request.to_string())
}

/// Adds the numbers of a calculation: `3 + 1 + 1 + 3 reply` → 8. Everything else is ignored.
fn reckoned(by_hand: &str) -> u64 {
    by_hand
        .split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok())
        .sum()
}

#[test]
fn rules_by_hand() {
    let text = include_str!("../cases/rules.jsonl");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        assert_eq!(
            reckoned(&case.by_hand),
            case.tokens,
            "the reckoning of: {}",
            case.rule
        );
        let day = case.day.map(|day| day.parse().unwrap());
        let count = count_on(day, &case.model, case.request.get());
        let counted = (count.tokens(), count.accuracy().as_str());
        if counted != (case.tokens, case.accuracy.as_str()) {
            wrong.push(format!(
                "{} on {}: {counted:?}, by hand {} = {}, {}",
                case.rule, case.model, case.by_hand, case.tokens, case.accuracy
            ));
        }
        cases += 1;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases >= 110, "only {cases} cases were read");
}

/// A request whose count is published, or follows from the headline rule of its family.
#[derive(Deserialize)]
struct Billed {
    model: String,
    host: Option<String>,
    /// Tokens that the provider bills.
    billed: u64,
    /// `exact` and `calibrated` must be claimed and right; an estimate must contain the billed
    /// count.
    claim: String,
    /// Reason why it is not met yet.
    gap: Option<String>,
    /// The sum by hand, if the count is not published.
    by_hand: Option<String>,
    source: String,
    request: Box<RawValue>,
}

#[test]
fn headline_rules_of_each_family() {
    let models = Models::builtin();
    let mut wrong = Vec::new();
    let mut rows = BTreeMap::<(String, String), (usize, usize)>::new();
    for line in include_str!("../cases/billed.jsonl").lines() {
        let case: Billed = serde_json::from_str(line).unwrap();
        if let Some(by_hand) = &case.by_hand {
            assert_eq!(reckoned(by_hand), case.billed, "{by_hand}");
        }
        let mut model = models.get(&case.model).unwrap();
        if let Some(host) = &case.host {
            model = model.at_host(host.parse().unwrap());
        }
        let total = model
            .count(&Request::parse(case.request.get()).unwrap())
            .total();
        let right = total.tokens() == case.billed;
        let held = (total.lower()..=total.upper().unwrap_or(u64::MAX)).contains(&case.billed);
        let claim = total.accuracy().as_str();
        let row = rows
            .entry((model.provider().to_owned(), claim.to_owned()))
            .or_default();
        row.0 += 1;
        row.1 += usize::from(right);
        let as_claimed = case.claim == "estimated" || (case.claim == claim && right);
        let line = format!(
            "{}: billed {}, counted {} ({} to {}, {claim}): {}",
            case.model,
            case.billed,
            total.tokens(),
            total.lower(),
            total.upper().unwrap_or(u64::MAX),
            case.source
        );
        match (&case.gap, held && as_claimed) {
            (Some(gap), false) => println!("known gap: {line}: {gap}"),
            (Some(_), true) => wrong.push(format!("{line}: not a gap any more; remove it")),
            (None, false) => wrong.push(line),
            (None, true) => {}
        }
    }
    for ((provider, claim), (all, right)) in &rows {
        println!("{provider}, {claim}: {right} of {all} to the token");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn text_parts_are_joined_before_they_are_counted() {
    // "token" + "ization" are two tokens separately and one together; the sum over parts would be
    // off.
    let parts = |texts: &[&str]| {
        let parts: Vec<Value> = texts
            .iter()
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        count_json(
            "gpt-4o",
            &json!({"messages": [{"role": "user", "content": parts}]}),
        )
        .tokens()
    };
    assert_eq!(parts(&["Hel", "lo"]), parts(&["Hello"]));
    assert_eq!(parts(&[]), 3 + 1 + 3);
    assert_eq!(parts(&["", "Hello", ""]), parts(&["Hello"]));
}

#[test]
fn settings_that_write_nothing_cost_nothing() {
    let messages = json!([{"role": "user", "content": "Hello"}]);
    let plain = count_json("gpt-4o", &json!({"messages": messages}));
    let set = count_json(
        "gpt-4o",
        &json!({"messages": messages, "response_format": {"type": "json_object"}, "temperature": 0.5, "n": 4,
            "stream": true, "logprobs": true, "reasoning_effort": "low", "verbosity": "low", "seed": 7,
            "max_completion_tokens": 100, "metadata": {"a": "b"}, "tools": [], "tool_choice": null, "x_unknown": [1]}),
    );
    assert_eq!(set.total(), plain.total());
    assert!(set.uncertain().is_empty());
}

#[test]
fn what_is_not_covered_is_an_estimate_that_says_so() {
    let function = json!({"name": "find", "parameters": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}},
        "$defs": {"a": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}}}});
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}});
    let custom = json!({"id": "c2", "type": "custom", "custom": {"name": "find", "input": "x"}});
    let hello = json!({"role": "user", "content": "Hello"});
    for (request, pointer) in [
        // A schema that refers to itself, a tool of another type.
        (
            json!({"messages": [hello], "tools": [{"type": "function", "function": function}]}),
            "/tools",
        ),
        (
            json!({"messages": [hello], "tools": [{"type": "custom", "custom": {"name": "x"}}]}),
            "/tools",
        ),
        // Calls of another kind, a call without its result, results without their calls.
        (
            json!({"messages": [hello, {"role": "assistant", "tool_calls": [custom]}]}),
            "/messages/1",
        ),
        (
            json!({"messages": [hello, {"role": "assistant", "tool_calls": [call]}]}),
            "/messages/1",
        ),
        (
            json!({"messages": [hello, {"role": "assistant", "tool_calls": [call, call]}]}),
            "/messages/1",
        ),
        (
            json!({"messages": [hello, {"role": "tool", "tool_call_id": "c1", "content": "found"}]}),
            "/messages/1",
        ),
        (
            json!({"messages": [hello, {"role": "assistant", "audio": {"id": "a"}}]}),
            "/messages/1",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]}]}),
            "/messages/0/content/0",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}]}),
            "/messages/0/content/0",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}),
            "/messages/0/content/0",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}),
            "/messages/0/content/0",
        ),
    ] {
        let count = count_json("gpt-4o", &request);
        assert_eq!(count.accuracy(), Accuracy::Estimated, "{pointer}");
        assert!(
            count.total().lower() < count.total().upper().unwrap_or(u64::MAX),
            "{pointer}"
        );
        assert!(
            count
                .uncertain()
                .iter()
                .any(|place| place.pointer == pointer),
            "{pointer}: {:?}",
            count.uncertain()
        );
    }
}

#[test]
fn a_bare_list_of_messages_has_its_own_pointers() {
    let count = count(
        "gpt-4o",
        r#"[{"role":"user","content":"Hello"},{"role":"tool","content":"x"}]"#,
    );
    assert_eq!(count.messages()[0].tokens, TokenCount::exact(5));
    assert_eq!(count.uncertain()[0].pointer, "/1");
}

#[test]
fn references_in_a_schema_widen_the_upper_bound() {
    let tool = |schema: Value| {
        let request = json!({"messages": [], "tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]});
        count_json("gpt-4o", &request).tools()
    };
    // Each definition names the next twice: 2^20 copies of the last.
    let mut definitions = serde_json::Map::new();
    for nth in 0..20 {
        let next = json!({"$ref": format!("#/$defs/d{}", nth + 1)});
        definitions.insert(
            format!("d{nth}"),
            json!({"type": "object", "properties": {"a": next, "b": next}}),
        );
    }
    definitions.insert("d20".into(), json!({"type": "string"}));
    let bomb = tool(
        json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": definitions}),
    );
    assert!(bomb.upper().unwrap_or(u64::MAX) > 1 << 20);
    assert_eq!(bomb.accuracy(), Accuracy::Estimated);
}

#[test]
fn other_vendors_are_estimates_around_the_public_formula() {
    let request =
        json!({"messages": [{"role": "user", "content": "How far is the moon from the earth?"}]});
    for model in ["command-a-03-2025", "gemini-4-argon", "grok-4"] {
        let count = count_json(model, &request);
        assert_eq!(count.accuracy(), Accuracy::Estimated, "{model}");
        assert!(
            count.total().lower() >= 3 && count.total().upper().unwrap_or(u64::MAX) < 2_000,
            "{model}: {}",
            count.total()
        );
        assert_eq!(count.uncertain()[0].pointer, "/model");
    }
}

#[test]
fn an_unlisted_snapshot_is_calibrated() {
    let request = json!({"messages": [{"role": "user", "content": "Hello"}]});
    let count = count_json("gpt-4o-2031-01-31", &request);
    assert_eq!(
        (count.tokens(), count.accuracy()),
        (8, Accuracy::Calibrated)
    );
    assert!(count.total().upper().unwrap_or(u64::MAX) > 8);
}

#[test]
fn texts_alone_are_billed_for_embeddings() {
    let models = Models::builtin();
    let of = |body: &str| {
        let request = Request::parse(body).unwrap();
        let count = models.for_request(&request).unwrap().count(&request);
        let each: Vec<u64> = count.messages().iter().map(|m| m.tokens.tokens()).collect();
        (count.accuracy(), each, count.total())
    };
    let (accuracy, each, total) =
        of(r#"{"model":"text-embedding-3-small","input":["Hello, world","Hello",""]}"#);
    assert_eq!((accuracy, each), (Accuracy::Exact, vec![3, 1, 0]));
    assert_eq!(total, TokenCount::exact(4));
    let (_, each, _) = of(r#"{"model":"text-embedding-ada-002","input":[[1,2,3],[4]]}"#);
    assert_eq!(each, [3, 1]);
    let (accuracy, each, _) = of(r#"{"model":"gpt-3.5-turbo-instruct","prompt":"Hello, world"}"#);
    assert_eq!((accuracy, each), (Accuracy::Calibrated, vec![3]));
    let (accuracy, _, _) = of(r#"{"model":"mistral-embed","input":"Hello"}"#);
    assert_eq!(accuracy, Accuracy::Estimated);
}
