//! `repair --for` and `repair --fix`: a request made ready for another model or host, or fixed kind
//! by kind.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::running::{err, out, run};

/// One answer in JSON.
fn answer(args: &[&str], input: &str) -> Value {
    let output = run(args, input);
    let line = out(&output).lines().next().unwrap_or_default().to_owned();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("{args:?}: {}", err(&output)))
}

fn actions(answer: &Value) -> Vec<&str> {
    let edits = answer["receipt"]["edits"].as_array().unwrap();
    let mut words: Vec<&str> = edits
        .iter()
        .map(|edit| edit["action"].as_str().unwrap())
        .collect();
    words.dedup();
    words
}

/// Makes a request ready: it checks clean for the model, and a second time changes nothing.
fn ready(target: &[&str], body: &Value, expected: &[&str]) -> Value {
    let body = body.to_string();
    let args = [&["repair", "--for"][..], target].concat();
    let made = answer(&[&args[..], &["--json"]].concat(), &body);
    assert_eq!(actions(&made), expected, "{made}");
    assert_eq!(
        made["remaining"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["severity"] == "refused")
            .count(),
        0
    );
    let output = run(&args, &body);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let checked = run(&[&["check", "--model"][..], target].concat(), &text);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
    let again = run(&args, &text);
    assert_eq!((out(&again), err(&again)), (text.clone(), String::new()));
    serde_json::from_str(&text).unwrap()
}

fn agent_of_claude() -> Value {
    json!({"model": "claude-sonnet-4-5", "max_tokens": 4_000, "temperature": 0.5,
        "tools": [{"name": "soil", "description": "d", "input_schema": {"type": "object", "properties": {"bed": {"type": "integer"}}}}],
        "messages": [
            {"role": "user", "content": "How dry is bed 3?"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "functions.soil:0", "name": "soil", "input": {"bed": 3}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "functions.soil:0", "content": "9 %"}]}]})
}

#[test]
fn a_history_of_claude_goes_to_a_newer_one_and_to_bedrock() {
    let body = agent_of_claude();
    let after = ready(
        &["claude-opus-4-7"],
        &body,
        &["renamed_model", "dropped_setting", "renamed_id"],
    );
    assert_eq!(after["model"], "claude-opus-4-7");
    assert_eq!(after.get("temperature"), None);
    assert_eq!(
        after["messages"][1]["content"][1]["id"],
        after["messages"][2]["content"][0]["tool_use_id"]
    );
    // Unaffected parts are unchanged.
    assert_eq!(after["messages"][0], body["messages"][0]);
    assert_eq!(after["tools"], body["tools"]);
    ready(
        &["claude-haiku-4-5", "--host", "bedrock"],
        &body,
        &["renamed_model", "renamed_id"],
    );
}

#[test]
fn a_chat_goes_to_other_hosts() {
    let body = json!({"model": "gpt-5.4", "max_completion_tokens": 4_000, "seed": 7,
        "tools": [{"type": "function", "function": {"name": "soil", "description": "d", "parameters": {"type": "object", "properties": {}}}}],
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "How dry?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_abcdefghijk", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_abcdefghijk", "content": "9 %"}]});
    let mistral = ready(
        &["voxtral-small-latest", "--host", "mistral"],
        &body,
        &[
            "renamed_model",
            "renamed_role",
            "renamed_setting",
            "renamed_id",
        ],
    );
    assert_eq!(mistral["messages"][0]["role"], "system");
    assert_eq!(
        (&mistral["max_tokens"], &mistral["random_seed"]),
        (&json!(4_000), &json!(7))
    );
    let id = mistral["messages"][3]["tool_call_id"].as_str().unwrap();
    assert!(
        id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{id}"
    );
}

#[test]
fn another_format_is_a_typed_error() {
    let body = agent_of_claude().to_string();
    let failed = answer(&["repair", "--for", "gemini-2.5-flash", "--json"], &body);
    assert_eq!(failed["error"]["kind"], "other_format");
    assert_eq!(
        run(&["repair", "--for", "gemini-2.5-flash"], &body)
            .status
            .code(),
        Some(2)
    );
}

/// Faults that only the caller can decide about are left and listed, and the answer is no.
#[test]
fn what_cannot_be_made_ready_is_listed() {
    let mut body = agent_of_claude();
    body["messages"] = json!([{"role": "user", "content": "Name a plant."}, {"role": "assistant", "content": "In short:"}]);
    let made = answer(
        &["repair", "--for", "claude-opus-5", "--json"],
        &body.to_string(),
    );
    let left: Vec<&str> = made["remaining"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "refused")
        .map(|finding| finding["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["/messages/1/role"]);
    let output = run(&["repair", "--for", "claude-opus-5"], body.to_string());
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("left: refused["), "{}", err(&output));
}

/// Each kind by its word: it fixes its fault, and nothing without it does.
#[test]
fn faults_are_repaired_by_kind() {
    let claude = |messages: Value| json!({"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": messages});
    let blocks: Vec<Value> = (0..5)
        .map(|n| json!({"type": "text", "text": format!("part {n}"), "cache_control": {"type": "ephemeral"}}))
        .collect();
    let gif = "R0lGODlhAwADAAAAAAAAAAAAAAAA";
    let history = |tools: Value| {
        json!({"modelId": "us.amazon.nova-lite-v1:0", "toolConfig": tools, "messages": [
            {"role": "user", "content": [{"text": "How dry?"}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "soil", "input": {}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "3 %"}]}}, {"text": "Sum up."}]}]})
    };
    for (kind, action, body) in [
        ("ids", "renamed_id", agent_of_claude()),
        (
            "media",
            "renamed_media_type",
            claude(json!([{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": gif}}, {"type": "text", "text": "Ripe?"}]}])),
        ),
        (
            "cache-marks",
            "dropped_cache_mark",
            claude(json!([{"role": "user", "content": blocks}])),
        ),
        ("tools-as-text", "wrote_tools_as_text", history(Value::Null)),
        (
            "schemas",
            "added_field",
            json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "tools": [{"type": "function", "function":
                {"name": "soil", "parameters": {"type": "object", "properties": {"beds": {"type": "array"}}}}}]}),
        ),
        (
            "items",
            "added_field",
            json!({"model": "gpt-5.4", "store": false, "input": [{"role": "user", "content": "Hi"},
                {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA"},
                {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Ho"}]},
                {"role": "user", "content": "Go on"}]}),
        ),
        (
            "thinking",
            "changed_thinking",
            json!({"model": "claude-opus-4-7", "max_tokens": 20_000, "thinking": {"type": "enabled", "budget_tokens": 5_000},
                "messages": [{"role": "user", "content": "Hi"}]}),
        ),
    ] {
        let body = body.to_string();
        let without = run(&["repair"], &body);
        assert_eq!(without.status.code(), Some(1), "{kind}: {}", err(&without));
        assert!(
            err(&without).contains(&format!("--fix {kind} fixes it")),
            "{kind}: {}",
            err(&without)
        );
        let with = answer(&["repair", "--fix", kind, "--json"], &body);
        assert_eq!(actions(&with)[0], action, "{kind}: {with}");
        let output = run(&["repair", "--fix", kind], &body);
        assert_eq!(output.status.code(), Some(0), "{kind}: {}", err(&output));
        let again = run(&["repair", "--fix", kind], out(&output));
        assert_eq!(
            (out(&again), err(&again)),
            (out(&output), String::new()),
            "{kind}"
        );
    }
    // Several at once.
    let mut both = agent_of_claude();
    both["messages"][0]["content"] = json!(blocks);
    let output = run(&["repair", "--fix", "ids,cache-marks"], both.to_string());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}

#[derive(Debug, Clone)]
enum Step {
    Say(String),
    Call { id: String, answered: bool },
    Mark,
    Blank,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        "[a-z ]{1,12}".prop_map(Step::Say),
        (
            select(vec![
                "toolu_1",
                "call.2",
                "functions.soil:0",
                "a|b",
                "toolu_9"
            ]),
            any::<bool>()
        )
            .prop_map(|(id, answered)| Step::Call {
                id: id.to_owned(),
                answered
            }),
        Just(Step::Mark),
        Just(Step::Blank),
    ]
}

/// A history of Claude's with faults of all kinds.
fn history(steps: &[Step]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "How dry?"})];
    for (nth, step) in steps.iter().enumerate() {
        match step {
            Step::Say(text) => {
                messages.push(json!({"role": "assistant", "content": text}));
                messages.push(json!({"role": "user", "content": format!("{text}, and {nth}?")}));
            }
            Step::Call { id, answered } => {
                messages.push(json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "soil", "input": {"bed": nth}}]}));
                if *answered {
                    messages.push(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": format!("{nth} %")}]}));
                } else {
                    messages.push(json!({"role": "user", "content": "Well?"}));
                }
            }
            Step::Mark => messages.push(json!({"role": "user", "content": [
                {"type": "text", "text": format!("part {nth}"), "cache_control": {"type": "ephemeral", "ttl": if nth.is_multiple_of(2) { "5m" } else { "1h" }}}]})),
            Step::Blank => messages.push(json!({"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": format!("{nth}")}]})),
        }
    }
    messages.push(json!({"role": "user", "content": "Go on."}));
    json!({"model": "claude-sonnet-4-5", "max_tokens": 4_000, "temperature": 0.5, "top_p": 0.9, "messages": messages,
        "tools": [{"name": "soil", "description": "d", "input_schema": {"type": "object", "properties": {"bed": {"type": "integer"}}}}]})
}

proptest! {
    // Each case runs the command several times.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_ready_is_clean_stable_and_otherwise_as_it_was(
        histories in prop::collection::vec(prop::collection::vec(step(), 0..8), 8),
        target in select(vec![
            &["claude-sonnet-4-5"][..], &["claude-opus-5-5"], &["claude-haiku-4-5", "--host", "bedrock"], &["claude-sonnet-4-6", "--host", "vertex"],
        ]),
    ) {
        let bodies: Vec<Value> = histories.iter().map(|steps| history(steps)).collect();
        let input: String = bodies.iter().map(|body| format!("{body}\n")).collect();
        let args = [&["repair", "--lines", "--for"][..], target].concat();
        let made = run(&[&args[..], &["--json"]].concat(), &input);
        let answers = crate::running::lines(&out(&made));
        prop_assert_eq!(answers.len(), bodies.len());
        for (body, answer) in bodies.iter().zip(&answers) {
            let refused = |findings: &Value| findings.as_array().unwrap().iter().filter(|f| f["severity"] == "refused").count();
            prop_assert_eq!(refused(&answer["remaining"]), 0, "{}", answer["remaining"]);
            // A message that no edit names is unchanged.
            let edits = answer["receipt"]["edits"].as_array().unwrap();
            let places: Vec<&str> = edits
                .iter()
                .flat_map(|edit| edit["pointers"].as_array().unwrap())
                .map(|pointer| pointer.as_str().unwrap())
                .collect();
            let left = answer["request"]["messages"].as_array().unwrap();
            for (nth, message) in body["messages"].as_array().unwrap().iter().enumerate() {
                let own = format!("/messages/{nth}");
                // An answer that was missing is put into the message after its call.
                let before = format!("/messages/{}/", nth.wrapping_sub(1));
                let answers = edits.iter().any(|edit| edit["action"] == "added_placeholder"
                    && edit["pointers"][0].as_str().unwrap().starts_with(&before));
                let named = answers || places.iter().any(|place| *place == own || place.starts_with(&format!("{own}/")));
                let renamed = message.to_string().contains("tool_use");
                prop_assert!(named || renamed || left.contains(message), "{} is another: {}", own, answer["receipt"]);
            }
        }
        let requests: String = out(&run(&args, &input));
        let checked = run(&[&["check", "--lines", "--model"][..], target].concat(), &requests);
        prop_assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
        let again = run(&args, &requests);
        prop_assert_eq!(out(&again), requests);
    }
}
