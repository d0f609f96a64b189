//! Properties of every history, however broken: a check reports only places that exist, a repair
//! fixes what it sees completely, and leaves the rest unchanged.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tokenfit::check::{Displaced, Missing, RepairPolicy, Severity, codes};
use tokenfit::edit::{Action, Receipt};
use tokenfit::model::Host;
use tokenfit::report::CheckText;
use tokenfit::request::Role;
use tokenfit::{Budget, Format, Models, Request};

/// One step of a history, expressible in every format.
#[derive(Debug, Clone)]
enum Step {
    User(&'static str),
    Assistant(&'static str),
    System,
    /// Calls by id, with text or thinking before them.
    Calls(Vec<&'static str>, u8),
    /// Results by id; in formats of blocks all in one message, with text before or after them.
    Results(Vec<&'static str>, u8),
    Empty,
}

const IDS: &[&str] = &["a", "b", "c", "", "größe"];

fn step() -> impl Strategy<Value = Step> {
    let ids = || prop::collection::vec(select(IDS), 1..4);
    prop_oneof![
        3 => select(&["Dry?", "", " "][..]).prop_map(Step::User),
        2 => select(&["Yes.", ""][..]).prop_map(Step::Assistant),
        1 => Just(Step::System),
        4 => (ids(), 0..3_u8).prop_map(|(ids, with)| Step::Calls(ids, with)),
        6 => (ids(), 0..3_u8).prop_map(|(ids, with)| Step::Results(ids, with)),
        1 => Just(Step::Empty),
    ]
}

fn chat(steps: &[Step]) -> Value {
    let mut messages = Vec::new();
    for step in steps {
        match step {
            Step::User(text) => messages.push(json!({"role": "user", "content": text})),
            Step::Assistant(text) => messages.push(json!({"role": "assistant", "content": text})),
            Step::System => messages.push(json!({"role": "system", "content": "Be brief."})),
            Step::Calls(ids, with) => {
                let calls: Vec<Value> = ids
                    .iter()
                    .map(|id| json!({"id": id, "type": "function", "function": {"name": "soil", "arguments": "{}"}}))
                    .collect();
                let text = [json!(null), json!("Let me see."), json!([])][*with as usize].clone();
                messages.push(json!({"role": "assistant", "content": text, "tool_calls": calls}));
            }
            Step::Results(ids, _) => messages.extend(
                ids.iter()
                    .map(|id| json!({"role": "tool", "tool_call_id": id, "content": "9 %"})),
            ),
            Step::Empty => messages.push(json!({"role": "assistant", "content": null})),
        }
    }
    json!({"model": "gpt-4o", "messages": messages})
}

fn blocks(
    steps: &[Step],
    assistant: &str,
    field: &str,
    [text, call, result]: [fn(&str) -> Value; 3],
    thinking: Option<Value>,
) -> Vec<Value> {
    let message = |role: &str, blocks: Vec<Value>| json!({"role": role, field: blocks});
    steps
        .iter()
        .map(|step| match step {
            Step::User(said) => message("user", vec![text(said)]),
            Step::Assistant(said) => message(assistant, vec![text(said)]),
            Step::System => message("system", vec![text("Be brief.")]),
            Step::Calls(ids, with) => {
                let mut all: Vec<Value> = ids.iter().map(|id| call(id)).collect();
                match (with, &thinking) {
                    (1, _) => all.insert(0, text("Let me see.")),
                    (2, Some(thinking)) => all.insert(0, thinking.clone()),
                    _ => {}
                }
                message(assistant, all)
            }
            Step::Results(ids, with) => {
                let mut all: Vec<Value> = ids.iter().map(|id| result(id)).collect();
                match with {
                    1 => all.insert(0, text("Here:")),
                    2 => all.push(text("Well?")),
                    _ => {}
                }
                message("user", all)
            }
            Step::Empty => message(assistant, vec![]),
        })
        .collect()
}

fn anthropic(steps: &[Step]) -> Value {
    let messages = blocks(
        steps,
        "assistant",
        "content",
        [
            |text| json!({"type": "text", "text": text}),
            |id| json!({"type": "tool_use", "id": id, "name": "soil", "input": {}}),
            |id| json!({"type": "tool_result", "tool_use_id": id, "content": "9 %"}),
        ],
        Some(json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})),
    );
    json!({"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": messages})
}

fn gemini(steps: &[Step]) -> Value {
    let contents = blocks(
        steps,
        "model",
        "parts",
        [
            |text| json!({"text": text}),
            |id| json!({"functionCall": {"name": id, "args": {}}}),
            |id| json!({"functionResponse": {"name": id, "response": {"dry": true}}}),
        ],
        None,
    );
    json!({"contents": contents})
}

fn converse(steps: &[Step]) -> Value {
    let messages = blocks(
        steps,
        "assistant",
        "content",
        [
            |text| json!({"text": text}),
            |id| json!({"toolUse": {"toolUseId": id, "name": "soil", "input": {}}}),
            |id| json!({"toolResult": {"toolUseId": id, "content": [{"text": "9 %"}]}}),
        ],
        None,
    );
    json!({"messages": messages, "inferenceConfig": {"maxTokens": 64}})
}

fn responses(steps: &[Step]) -> Value {
    let mut items = Vec::new();
    for step in steps {
        match step {
            Step::User(text) => items.push(json!({"role": "user", "content": text})),
            Step::Assistant(text) => items.push(json!({"role": "assistant", "content": text})),
            Step::System => items.push(json!({"role": "system", "content": "Be brief."})),
            Step::Calls(ids, with) => {
                if *with == 2 {
                    items.push(
                        json!({"type": "reasoning", "summary": [], "encrypted_content": "Z0FB"}),
                    );
                }
                items.extend(ids.iter().map(|id| {
                    json!({"type": "function_call", "call_id": id, "name": "soil", "arguments": "{}"})
                }));
            }
            Step::Results(ids, _) => {
                items.extend(ids.iter().map(
                    |id| json!({"type": "function_call_output", "call_id": id, "output": "9 %"}),
                ))
            }
            Step::Empty => items.push(json!({"role": "assistant", "content": []})),
        }
    }
    json!({"model": "gpt-5", "store": false, "input": items})
}

type Write = fn(&[Step]) -> Value;

const FORMATS: &[(Format, Write)] = &[
    (Format::OpenAiChat, chat),
    (Format::OpenAiResponses, responses),
    (Format::Anthropic, anthropic),
    (Format::Gemini, gemini),
    (Format::BedrockConverse, converse),
];

fn policies() -> Vec<RepairPolicy> {
    let all = RepairPolicy::default;
    vec![
        all(),
        all().on_missing(Missing::Drop),
        all()
            .on_missing(Missing::Drop)
            .on_displaced(Displaced::Drop),
        all().on_displaced(Displaced::Keep),
        all().drop_duplicates(false).drop_orphans(false),
        all().drop_empty(false).join_roles(false),
        RepairPolicy::none(),
    ]
}

/// Codes that a repair with the default policy always fixes, if the call has an id.
const REPAIRED: &[&str] = &[
    codes::UNANSWERED_TOOL_CALL,
    codes::ORPHAN_TOOL_RESULT,
    codes::MISPLACED_TOOL_RESULT,
    codes::DUPLICATE_TOOL_RESULT,
    codes::DUPLICATE_TOOL_CALL_ID,
];

fn holds(format: Format, body: &str, budget: &Budget) {
    let request = Request::parse_as(format, body).unwrap();
    let report = budget.check(&request);
    let mut said = format!("{report:?} {}", serde_json::to_string(&report).unwrap());
    said += &CheckText::new(&report, &request).to_string();
    for finding in report.findings() {
        said += &finding.to_string();
        let whole: Value = serde_json::from_str(body).unwrap();
        assert!(whole.pointer(&finding.pointer).is_some(), "{finding}");
        assert!(finding.related.iter().all(|at| whole.pointer(at).is_some()));
    }
    assert!(!said.contains("9 %"), "{said}");

    for (nth, policy) in policies().iter().enumerate() {
        let repaired = budget.repair(&request, policy).unwrap();
        let bytes = repaired.request().as_bytes();
        let text = std::str::from_utf8(bytes).unwrap();
        let again = Request::parse_as(format, bytes).unwrap();
        let twice = budget.repair(&again, policy).unwrap();
        assert!(
            !twice.is_changed(),
            "{nth}: {:?}\n{body}\n{text}\n{}",
            twice.receipt(),
            std::str::from_utf8(twice.request().as_bytes()).unwrap()
        );
        assert_eq!(repaired.is_changed(), bytes != body.as_bytes());
        assert_eq!(repaired.is_changed(), !repaired.receipt().edits.is_empty());
        if nth == 0 {
            for finding in repaired.remaining() {
                // A call without an id cannot be answered.
                let nameless = text_at(text, &finding.pointer).contains(r#"":"""#);
                assert!(
                    !REPAIRED.contains(&finding.code) || nameless,
                    "{finding}\n{body}\n{text}"
                );
            }
        }
        if *policy == RepairPolicy::none() {
            assert!(!repaired.is_changed());
        }
        untouched(&request, repaired.request(), repaired.receipt());
        match repaired.undo() {
            Some(undo) => assert_eq!(undo.apply(bytes).unwrap(), body.as_bytes()),
            None => assert!(!repaired.is_changed()),
        }
    }
}

fn text_at(text: &str, pointer: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap();
    value.pointer(pointer).unwrap().to_string()
}

/// A message that no edit names is still there, byte for byte, unless its neighbor's edit includes
/// it: results move to the message after their calls, and a joined message to the previous one.
fn untouched(before: &Request<'_>, after: &Request<'_>, receipt: &Receipt) {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for message in after.messages() {
        *there.entry(message.raw_json()).or_default() += 1;
    }
    let named = |pointer: &str, at: &str| {
        at.strip_prefix(pointer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let messages: Vec<_> = before.messages().collect();
    let touched: Vec<bool> = messages
        .iter()
        .map(|message| {
            let pointer = message.pointer();
            receipt.edits.iter().any(|edit| {
                named(&pointer, edit.pointer())
                    || edit
                        .call_pointer
                        .as_ref()
                        .is_some_and(|call| named(&pointer, call))
            })
        })
        .collect();
    let joined = |nth: usize| {
        messages.get(nth).is_some_and(|message| {
            receipt.edits.iter().any(|edit| {
                edit.action == Action::JoinedMessages && edit.pointer() == message.pointer()
            })
        })
    };
    for (nth, message) in messages.iter().enumerate() {
        // Removed messages may have been between the two.
        let next = (nth + 1..messages.len()).find(|&at| joined(at) || !touched[at]);
        // Consecutive messages of the model are one turn, and its results follow the last of them.
        let turn = (0..nth)
            .rev()
            .take_while(|&at| at + 1 == nth || messages[at + 1].role() == Role::Assistant);
        if touched[nth] || turn.into_iter().any(|at| touched[at]) || next.is_some_and(joined) {
            continue;
        }
        let count = there.get_mut(message.raw_json());
        let left = count.filter(|left| **left > 0);
        *left.unwrap_or_else(|| panic!("gone: {}", message.raw_json())) -= 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn histories(steps in prop::collection::vec(step(), 0..8), pretty in any::<bool>(), host in select(Host::ALL)) {
        for (format, write) in FORMATS {
            let value = write(&steps);
            let body = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let body = body.unwrap();
            let models = Models::builtin();
            let request = Request::parse_as(*format, &body).unwrap();
            holds(*format, &body, &Budget::lenient(&models));
            let elsewhere = Budget::lenient(&models).at_host(host);
            let report = elsewhere.check(&request);
            prop_assert!(report.findings().iter().all(|f| f.severity == Severity::Refused || f.api.is_none()));
            elsewhere.repair(&request, &RepairPolicy::default()).unwrap();
        }
    }
}

/// Thousands of calls in one turn, with one id or many, take linear time.
#[test]
fn large_turns() {
    for ids in [1, 7, 5_000] {
        let id = |n: usize| ["x".to_owned(), (n % ids).to_string()].concat();
        let calls: Vec<Value> = (0..5_000)
            .map(|n| json!({"id": id(n), "type": "function", "function": {"name": "f", "arguments": "{}"}}))
            .collect();
        let results =
            (0..5_000).map(|n| json!({"role": "tool", "tool_call_id": id(n), "content": ""}));
        let mut messages = vec![json!({"role": "assistant", "tool_calls": calls})];
        messages.extend(results);
        let body = json!({"model": "our-own", "messages": messages}).to_string();
        let request = Request::parse(&body).unwrap();
        let budget = Budget::lenient(&Models::builtin());
        let repaired = budget.repair(&request, &RepairPolicy::default()).unwrap();
        let left = repaired
            .remaining()
            .iter()
            .filter(|f| REPAIRED.contains(&f.code))
            .count();
        assert_eq!(left, 0);
        assert_eq!(repaired.request().messages().count(), 1 + ids.min(5_000));
    }
}

/// Planted everywhere except in ids and names, and must not be shown.
const MARKER: &str = "Zq7MARKERx9";

#[test]
fn nothing_found_or_done_holds_the_callers_text() {
    // An id with a blank is not shown, and neither is an account's key.
    for odd in [
        format!("{MARKER} and more"),
        format!("sk-ant-{MARKER}"),
        format!("call_sk-{MARKER}"),
    ] {
        nothing_found_or_done_holds(&odd);
    }
}

fn nothing_found_or_done_holds(odd: &str) {
    let m = MARKER;
    let bodies = [
        (
            Format::OpenAiChat,
            json!({"model": "gpt-4o", "max_tokens": 99_999, "tools": [], "messages": [
                {"role": "tool", "tool_call_id": odd, "content": m},
                {"role": m, "content": m, m: m},
                {"role": "assistant", "content": null, m: m},
                {"role": "user", "content": [{"type": m, m: m, "text": m}], "type": m},
                {"role": "assistant", "content": m, "tool_calls": [
                    {"id": odd, "type": m, "function": {"name": odd, "arguments": m}},
                    {"id": odd, "type": m, "function": {"name": odd, "arguments": m}}]},
                {"role": "user", "content": m},
                {"role": "tool", "tool_call_id": odd, "content": m},
                {"role": "tool", "tool_call_id": odd, "content": m},
            ]}),
        ),
        (
            Format::Anthropic,
            json!({"model": "claude-sonnet-4-5", "max_tokens": 999_999, "thinking": {"type": "enabled"}, "messages": [
                {"role": "system", "content": m},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": odd, "content": m}, {"type": "thinking", "thinking": m}]},
                {"role": "assistant", "content": [{"type": m, m: m}, {"type": "tool_use", "id": odd, "name": odd, "input": {m: m}}, {"type": "text", "text": ""}]},
                {"role": "user", "content": [{"type": "text", "text": m}, {"type": "tool_result", "tool_use_id": odd, "content": m}]},
            ]}),
        ),
        (
            Format::Gemini,
            json!({"contents": [
                {"role": m, "parts": [{"functionResponse": {"name": odd, "response": {m: m}}}]},
                {"role": "model", "parts": [{"functionCall": {"name": odd, "args": {m: m}}}, {m: m}]},
            ]}),
        ),
        (
            Format::OpenAiResponses,
            json!({"model": "gpt-5", "input": [
                {"type": "reasoning", "id": odd, "summary": [{"text": m}]},
                {"type": "function_call_output", "call_id": odd, "output": m},
                {"type": "function_call", "call_id": odd, "name": odd, "arguments": m},
            ]}),
        ),
        (Format::Embeddings, json!({"model": m, "input": [m, ""]})),
    ];
    for (format, body) in bodies {
        let body = body.to_string();
        let request = Request::parse_as(format, &body).unwrap();
        let budget = Budget::lenient(&Models::builtin());
        let report = budget.check(&request);
        assert!(!report.findings().is_empty());
        let repaired = budget.repair(&request, &RepairPolicy::default()).unwrap();
        let said = format!(
            "{budget:?} {report:?} {report:#?} {} {} {repaired:?} {:?} {} {} {:?}",
            serde_json::to_string(&report).unwrap(),
            CheckText::new(&report, &request),
            repaired.receipt(),
            repaired.receipt(),
            serde_json::to_string(repaired.receipt()).unwrap(),
            repaired.remaining(),
        );
        assert!(!said.contains(m), "{said}");
    }
}
