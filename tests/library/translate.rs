//! Translation between formats: cases of our own, properties of generated requests, round trips,
//! hostile input, and answers on their way back.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tokenfit::check::RepairPolicy;
use tokenfit::model::Host;
use tokenfit::reply::usage::Origin;
use tokenfit::translate::{self, Translated};
use tokenfit::{Budget, Error, ErrorKind, Format, Models, Request};

fn budget(model: &str) -> Budget {
    Budget::new(&Models::builtin().get(model).unwrap())
}

fn translated(from: Format, to: Format, model: &str, body: &Value) -> Result<Translated, Error> {
    let text = body.to_string();
    let request = Request::parse_as(from, &text)?;
    budget(model).translate(&request, Some(to), &RepairPolicy::port())
}

fn value(translated: &Translated) -> Value {
    serde_json::from_slice(translated.as_bytes()).unwrap()
}

/// Translates a body that is then accepted.
fn accepted(from: Format, to: Format, model: &str, body: &Value) -> Value {
    let translated = translated(from, to, model, body).unwrap();
    assert!(
        translated.report().is_ok(),
        "{:?} {}",
        translated.remaining(),
        value(&translated)
    );
    value(&translated)
}

/// Actions and places of the translation.
fn edits(translated: &Translated) -> Vec<(&str, &str)> {
    let [translation, _] = translated.receipts();
    let edits = translation.edits.iter();
    edits
        .map(|edit| (edit.action.as_str(), edit.pointer()))
        .collect()
}

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

fn soil() -> Value {
    json!({"type": "object", "properties": {"bed": {"type": "integer"}}, "required": ["bed"]})
}

fn history() -> Value {
    json!({
        "model": "gpt-4o", "max_completion_tokens": 700, "temperature": 1.5, "top_p": 0.9, "stop": "\n\n--", "seed": 4,
        "user": "u-7", "parallel_tool_calls": false, "tool_choice": "required", "x_own": {"a": 1},
        "tools": [{"type": "function", "function": {"name": "soil", "description": "Moisture of a bed.", "parameters": soil(), "strict": true}},
            {"type": "function", "function": {"name": "rain"}}],
        "messages": [
            {"role": "system", "content": "You tend a garden."},
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "name": "ann", "content": [{"type": "text", "text": "Which bed is dry?"},
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}"), "detail": "low"}}]},
            {"role": "assistant", "content": "Let me look.", "reasoning_content": "Hm.", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 1}"}},
                {"id": "call_2", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 2}"}}]},
            {"role": "tool", "tool_call_id": "call_2", "content": "9 %"},
            {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "41 %"}]},
            {"role": "user", "content": "So?"}]})
}

#[test]
fn a_chat_becomes_messages() {
    let made = translated(
        Format::OpenAiChat,
        Format::Anthropic,
        "claude-sonnet-4-5",
        &history(),
    )
    .unwrap();
    assert!(made.report().is_ok(), "{:?}", made.remaining());
    let body = value(&made);
    assert_eq!(body["max_tokens"], 700);
    // Out of range, and not beside the other.
    assert_eq!(body["temperature"], 1.0);
    assert_eq!(body["stop_sequences"], json!(["\n\n--"]));
    assert_eq!(body["metadata"], json!({"user_id": "u-7"}));
    assert_eq!(
        body["tool_choice"],
        json!({"type": "any", "disable_parallel_tool_use": true})
    );
    assert_eq!(body["tools"][0]["input_schema"], soil());
    let texts: Vec<&Value> = body["system"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["text"])
        .collect();
    assert_eq!(texts, ["You tend a garden.", "Be brief."]);
    let roles: Vec<&Value> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["role"])
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!(
        body["messages"][0]["content"][1]["source"],
        json!({"type": "base64", "media_type": "image/png", "data": PNG})
    );
    assert_eq!(
        body["messages"][1]["content"][2],
        json!({"type": "tool_use", "id": "call_2", "name": "soil", "input": {"bed": 2}})
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([
            {"type": "tool_result", "tool_use_id": "call_2", "content": "9 %"},
            {"type": "tool_result", "tool_use_id": "call_1", "content": "41 %"},
            {"type": "text", "text": "So?"}])
    );
    assert_eq!(
        edits(&made),
        [
            ("changed_format", ""),
            ("dropped_field", "/tools/0/function/strict"),
            ("dropped_setting", "/x_own"),
            ("dropped_field", "/messages/2/name"),
            ("dropped_field", "/messages/2/content/1/image_url/detail"),
            ("dropped_foreign_reasoning", "/messages/3/reasoning_content"),
            ("added_field", "/tools/1/function"),
            ("dropped_setting", "/seed"),
        ]
    );
}

#[test]
fn a_chat_becomes_contents() {
    for (model, host) in [
        ("gemini-2.5-flash", None),
        ("gemini-3-flash-preview", Some(Host::Vertex)),
    ] {
        let mut budget = budget(model);
        if let Some(host) = host {
            budget = budget.at_host(host);
        }
        let mut open = history();
        open["messages"].as_array_mut().unwrap().pop();
        let text = open.to_string();
        let request = Request::parse(&text).unwrap();
        let made = budget
            .translate(&request, None, &RepairPolicy::port())
            .unwrap();
        assert!(made.report().is_ok(), "{:?}", made.remaining());
        let body = value(&made);
        assert!(body.get("model").is_none());
        let roles: Vec<&Value> = body["contents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|content| &content["role"])
            .collect();
        assert_eq!(roles, ["user", "model", "user"]);
        let calls = &body["contents"][1]["parts"];
        assert_eq!(calls[1]["functionCall"]["args"], json!({"bed": 1}));
        // Only models that ask for signatures get the documented placeholder, on the first call.
        let signed = calls[1].get("thoughtSignature").is_some();
        assert_eq!(signed, model.starts_with("gemini-3"), "{calls}");
        assert!(calls[2].get("thoughtSignature").is_none());
        assert_eq!(
            body["contents"][2]["parts"][0],
            json!({"functionResponse": {"id": "call_2", "name": "soil", "response": {"result": "9 %"}}})
        );
        assert_eq!(
            body["generationConfig"],
            json!({"temperature": 1.5, "topP": 0.9, "seed": 4, "maxOutputTokens": 700, "stopSequences": ["\n\n--"]})
        );
        assert_eq!(
            body["toolConfig"]["functionCallingConfig"],
            json!({"mode": "ANY"})
        );
    }
}

#[test]
fn legacy_functions_get_ids() {
    let body = json!({"model": "gpt-4o", "functions": [{"name": "soil", "parameters": soil()}], "function_call": {"name": "soil"},
        "messages": [{"role": "user", "content": "Dry?"},
            {"role": "assistant", "content": null, "function_call": {"name": "soil", "arguments": ""}},
            {"role": "function", "name": "soil", "content": "9 %"}]});
    let made = accepted(
        Format::OpenAiChat,
        Format::Anthropic,
        "claude-sonnet-4-5",
        &body,
    );
    assert_eq!(made["tool_choice"], json!({"type": "tool", "name": "soil"}));
    assert_eq!(
        made["messages"][1]["content"],
        json!([{"type": "tool_use", "id": "call_1", "name": "soil", "input": {}}])
    );
    assert_eq!(made["messages"][2]["content"][0]["tool_use_id"], "call_1");
}

#[test]
fn instructions_alone_are_what_the_user_says() {
    let body =
        json!({"model": "gpt-4o", "messages": [{"role": "system", "content": "Name a herb."}]});
    let made = accepted(
        Format::OpenAiChat,
        Format::Anthropic,
        "claude-sonnet-5",
        &body,
    );
    assert_eq!(made["messages"][0]["role"], "user");
    assert!(made.get("system").is_none());
    let made = accepted(
        Format::OpenAiChat,
        Format::Gemini,
        "gemini-2.5-flash",
        &body,
    );
    assert_eq!(
        made["contents"],
        json!([{"role": "user", "parts": [{"text": "Name a herb."}]}])
    );
}

#[test]
fn messages_become_a_chat() {
    let body = json!({"model": "claude-sonnet-5", "max_tokens": 900, "top_k": 5, "stop_sequences": ["--"],
        "metadata": {"user_id": "u-7"}, "thinking": {"type": "adaptive"}, "output_config": {"effort": "low", "format":
            {"type": "json_schema", "schema": {"type": "object", "properties": {"dry": {"type": "boolean"}}, "required": ["dry"], "additionalProperties": false}}},
        "system": [{"type": "text", "text": "You tend a garden.", "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "soil", "input_schema": soil()}], "tool_choice": {"type": "tool", "name": "soil", "disable_parallel_tool_use": true},
        "messages": [
            {"role": "user", "content": "Dry?"},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                {"type": "tool_use", "id": "toolu_1", "name": "soil", "input": {"bed": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": "No sensor."},
                {"type": "document", "title": "Map", "source": {"type": "text", "media_type": "text/plain", "data": "Bed 1: roses"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/bed.png"}}]}]});
    let made = translated(Format::Anthropic, Format::OpenAiChat, "gpt-5.1", &body).unwrap();
    assert!(made.report().is_ok(), "{:?}", made.remaining());
    let chat = value(&made);
    assert_eq!(
        chat["messages"],
        json!([
            {"role": "system", "content": "You tend a garden."},
            {"role": "user", "content": "Dry?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "toolu_1", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\":1}"}}]},
            {"role": "tool", "tool_call_id": "toolu_1", "content": "No sensor."},
            {"role": "user", "content": [
                {"type": "text", "text": "Bed 1: roses"},
                {"type": "image_url", "image_url": {"url": "https://example.com/bed.png"}}]}])
    );
    assert_eq!(chat["max_completion_tokens"], 900);
    assert_eq!(chat["reasoning_effort"], "low");
    assert_eq!(chat["response_format"]["json_schema"]["strict"], true);
    assert_eq!(
        chat["tool_choice"],
        json!({"type": "function", "function": {"name": "soil"}})
    );
    assert_eq!(chat["parallel_tool_calls"], false);
    assert_eq!(
        edits(&made),
        [
            ("changed_format", ""),
            ("dropped_cache_mark", "/system/0/cache_control"),
            ("dropped_foreign_reasoning", "/messages/1/content/0"),
            ("dropped_field", "/messages/2/content/1/title"),
            ("wrote_as_text", "/messages/2/content/1"),
            ("dropped_field", "/messages/2/content/0/is_error"),
            ("dropped_setting", "/top_k"),
        ]
    );
}

/// Refused parts: format, body below a plain request, word, place.
#[test]
fn what_has_no_counterpart_is_a_typed_error() {
    let chat = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let messages = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
    let call = |call: Value| json!({"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "tool_calls": [call]}]});
    let content = "/messages/0/content/0";
    let cases = [
        (Format::OpenAiChat, json!({"n": 3}), "several_answers", "/n"),
        (
            Format::OpenAiChat,
            json!({"modalities": ["text", "audio"]}),
            "audio_output",
            "/modalities",
        ),
        (
            Format::OpenAiChat,
            json!({"web_search_options": {}}),
            "server_tool",
            "/web_search_options",
        ),
        (
            Format::OpenAiChat,
            json!({"tools": [{"type": "custom", "custom": {"name": "sh"}}]}),
            "custom_tool",
            "/tools/0",
        ),
        (
            Format::OpenAiChat,
            json!({"tools": [{"type": "web_search"}]}),
            "server_tool",
            "/tools/0",
        ),
        (
            Format::OpenAiChat,
            json!({"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}),
            "tool_choice",
            "/tool_choice",
        ),
        (
            Format::OpenAiChat,
            json!({"response_format": {"type": "grammar"}}),
            "answer_form",
            "/response_format",
        ),
        (
            Format::OpenAiChat,
            chat(json!({"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}})),
            "audio",
            content,
        ),
        (
            Format::OpenAiChat,
            chat(json!({"type": "file", "file": {"file_id": "file-1"}})),
            "file_id",
            "/messages/0/content/0/file",
        ),
        (
            Format::OpenAiChat,
            chat(json!({"type": "video_url", "video_url": {"url": "https://example.com/a"}})),
            "content",
            content,
        ),
        (
            Format::OpenAiChat,
            chat(json!({"type": "image_url", "image_url": {"url": "bed.png"}})),
            "media",
            "/messages/0/content/0/image_url",
        ),
        (
            Format::OpenAiChat,
            chat(
                json!({"type": "file", "file": {"filename": "a.csv", "file_data": "data:text/csv;base64,YQ=="}}),
            ),
            "media",
            content,
        ),
        (
            Format::OpenAiChat,
            call(
                json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "[1]"}}),
            ),
            "arguments",
            "/messages/1/tool_calls/0",
        ),
        (
            Format::OpenAiChat,
            call(json!({"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}})),
            "custom_tool",
            "/messages/1/tool_calls/0",
        ),
        (
            Format::OpenAiChat,
            json!({"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}),
            "stored_state",
            "/messages/0/audio",
        ),
        (
            Format::OpenAiChat,
            json!({"messages": [{"role": "ghost", "content": "?"}]}),
            "role",
            "/messages/0/role",
        ),
        (
            Format::Anthropic,
            json!({"container": "c1"}),
            "stored_state",
            "/container",
        ),
        (
            Format::Anthropic,
            json!({"mcp_servers": [{}]}),
            "server_tool",
            "/mcp_servers",
        ),
        (
            Format::Anthropic,
            json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
            "server_tool",
            "/tools/0",
        ),
        (
            Format::Anthropic,
            messages(json!({"type": "image", "source": {"type": "file", "file_id": "file_1"}})),
            "file_id",
            content,
        ),
        (
            Format::Anthropic,
            messages(
                json!({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}),
            ),
            "media_url",
            content,
        ),
        (
            Format::Anthropic,
            messages(json!({"type": "search_result", "source": "a", "title": "b", "content": []})),
            "content",
            content,
        ),
        (
            Format::Anthropic,
            json!({"messages": [{"role": "assistant", "content": [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}]}]}),
            "server_tool",
            content,
        ),
    ];
    for (from, fields, code, pointer) in cases {
        let mut body =
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
        for (field, value) in fields.as_object().unwrap() {
            body[field] = value.clone();
        }
        let (to, model) = match from {
            Format::Anthropic => (Format::OpenAiChat, "gpt-4o"),
            _ => (Format::Anthropic, "claude-sonnet-4-5"),
        };
        let error = translated(from, to, model, &body).expect_err(code);
        assert_eq!(error.kind(), ErrorKind::Untranslatable, "{error}");
        assert_eq!(
            (error.untranslatable(), error.pointer()),
            (Some(code), Some(pointer)),
            "{error}"
        );
        assert!(error.line().is_some());
    }
    let request = Request::parse(r#"{"contents": [{"parts": [{"text": "Hi"}]}]}"#).unwrap();
    let error = budget("gpt-4o")
        .translate(&request, None, &RepairPolicy::port())
        .unwrap_err();
    assert_eq!(error.untranslatable(), Some("direction"));
    let error = Budget::lenient(&Models::builtin())
        .translate(&request, None, &RepairPolicy::port())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingModel);
}

#[test]
fn receipts_and_errors_have_no_text() {
    const MARK: &str = "Sesame opens here";
    let body = json!({"model": "gpt-4o", "x y": MARK, MARK: 1, "user": MARK, "seed": 1, "stop": [MARK, " "],
        "tools": [{"type": "function", "function": {"name": "f", "description": MARK, "strict": true, MARK: 2, "parameters": {"type": "object", "properties": {MARK: {}}}}}],
        "messages": [{"role": "system", "content": MARK, MARK: 1}, {"role": "user", "content": [{"type": "text", "text": MARK, MARK: 2}]},
            {"role": "assistant", "refusal": MARK, "reasoning": MARK, "tool_calls": [{"id": MARK, "type": "function", MARK: 1, "function": {"name": "f", "arguments": json!({MARK: 1}).to_string()}}]},
            {"role": "tool", "tool_call_id": MARK, "content": MARK}]});
    for (to, model) in [
        (Format::Anthropic, "claude-sonnet-4-5"),
        (Format::Gemini, "gemini-3-flash-preview"),
    ] {
        let made = translated(Format::OpenAiChat, to, model, &body).unwrap();
        let [translation, port] = made.receipts();
        let shown = format!(
            "{made:?} {translation} {port} {} {} {:?}",
            serde_json::to_string(translation).unwrap(),
            serde_json::to_string(port).unwrap(),
            made.remaining(),
        );
        assert!(!shown.contains("Sesame"), "{shown}");
        assert!(String::from_utf8_lossy(made.as_bytes()).contains(MARK));
        let mut broken = body.clone();
        broken["messages"][2]["tool_calls"][0]["function"]["arguments"] = json!(MARK);
        let error = translated(Format::OpenAiChat, to, model, &broken).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("Sesame"),
            "{error:?}"
        );
    }
}

// Generated requests.

const TEXTS: &[&str] = &["Dry?", "Größe: 3 \"m\"\n\\ 日本 😀", "{\"a\": 1}", "x"];

#[derive(Debug, Clone)]
enum Step {
    User(Vec<Part>),
    Assistant(&'static str),
    /// Calls with their arguments, text before them, and the results' order.
    Calls(Vec<Value>, Option<&'static str>, bool),
}

#[derive(Debug, Clone)]
enum Part {
    Text(&'static str),
    Image(bool),
    Pdf,
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        4 => select(TEXTS).prop_map(Part::Text),
        1 => any::<bool>().prop_map(Part::Image),
        1 => Just(Part::Pdf),
    ]
}

fn arguments() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        (0..9_i64).prop_map(|bed| json!({"bed": bed})),
        select(TEXTS).prop_map(|text| json!({"bed": 1, "note": {"text": [text, null, 1.5]}})),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(part(), 1..4).prop_map(Step::User),
        2 => select(TEXTS).prop_map(Step::Assistant),
        3 => (prop::collection::vec(arguments(), 1..4), prop::option::of(select(TEXTS)), any::<bool>())
            .prop_map(|(calls, text, turned)| Step::Calls(calls, text, turned)),
    ]
}

const PDF: &str = "JVBERi0xLjQKMSAwIG9iago8PCAvVHlwZSAvQ2F0YWxvZyAvUGFnZXMgMiAwIFIgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL1R5cGUgL1BhZ2VzIC9Db3VudCAxIC9LaWRzIFszIDAgUl0gPj4KZW5kb2JqCjMgMCBvYmoKPDwgL1R5cGUgL1BhZ2UgL1BhcmVudCAyIDAgUiA+PgplbmRvYmoKdHJhaWxlciA8PCAvUm9vdCAxIDAgUiA+PgolJUVPRgo=";

fn chat(steps: &[Step], systems: usize, settings: &Value) -> Value {
    let mut messages: Vec<Value> = (0..systems)
        .map(|nth| json!({"role": if nth % 2 == 0 { "system" } else { "developer" }, "content": format!("Rule {nth}.")}))
        .collect();
    messages.push(json!({"role": "user", "content": "Begin."}));
    let mut next = 0;
    for step in steps {
        match step {
            Step::User(parts) => {
                let parts: Vec<Value> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => json!({"type": "text", "text": text}),
                        Part::Image(true) => json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG}")}}),
                        Part::Image(false) => json!({"type": "image_url", "image_url": {"url": "https://example.com/bed.png"}}),
                        Part::Pdf => json!({"type": "file", "file": {"filename": "map.pdf", "file_data": format!("data:application/pdf;base64,{PDF}")}}),
                    })
                    .collect();
                messages.push(json!({"role": "user", "content": parts}));
            }
            Step::Assistant(text) => messages.push(json!({"role": "assistant", "content": text})),
            Step::Calls(all, text, turned) => {
                let mut calls = Vec::new();
                let mut results = Vec::new();
                for arguments in all {
                    next += 1;
                    let id = format!("call_{next}");
                    calls.push(json!({"id": id, "type": "function", "function": {"name": "soil", "arguments": arguments.to_string()}}));
                    results.push(
                        json!({"role": "tool", "tool_call_id": id, "content": format!("{next} %")}),
                    );
                }
                messages.push(json!({"role": "assistant", "content": text, "tool_calls": calls}));
                if *turned {
                    results.reverse();
                }
                messages.extend(results);
            }
        }
    }
    messages.push(json!({"role": "user", "content": "And now?"}));
    let mut body = json!({"model": "gpt-4o", "messages": messages,
        "tools": [{"type": "function", "function": {"name": "soil", "description": "Moisture.", "parameters": {"type": "object", "properties": {"bed": {"type": "integer"}, "note": {"type": "object"}}}}}]});
    for (field, value) in settings.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

fn settings() -> impl Strategy<Value = Value> {
    let some = |name: &'static str, values: Vec<Value>| {
        prop::option::of(select(values)).prop_map(move |value| (name, value))
    };
    (
        some("temperature", vec![json!(0), json!(0.7), json!(2)]),
        some("top_p", vec![json!(0.5), json!(1)]),
        some("stop", vec![json!("--"), json!(["a", "\n"])]),
        some("max_tokens", vec![json!(1), json!(500), json!(16384)]),
        some(
            "tool_choice",
            vec![
                json!("auto"),
                json!("none"),
                json!("required"),
                json!({"type": "function", "function": {"name": "soil"}}),
            ],
        ),
        some("parallel_tool_calls", vec![json!(true), json!(false)]),
        some("user", vec![json!("u-1")]),
        some("seed", vec![json!(1)]),
    )
        .prop_map(|all| {
            let (a, b, c, d, e, f, g, h) = all;
            let set = [a, b, c, d, e, f, g, h];
            set.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect()
        })
}

/// Reads what must survive a round trip: text of instructions, then each turn's strings, calls with
/// parsed arguments, results and media, in order; and the tools.
fn essence(chat: &Value) -> (Vec<Value>, Vec<(String, Value)>, Value) {
    let texts = |content: &Value| match content {
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(parts) => parts.clone(),
        _ => Vec::new(),
    };
    let (mut instructions, mut turns) = (Vec::new(), Vec::new());
    for message in chat["messages"].as_array().unwrap() {
        let role = message["role"].as_str().unwrap();
        let parts = texts(&message["content"]);
        match role {
            "system" | "developer" => instructions.extend(parts),
            "tool" => turns.push(("tool".to_owned(), json!([message["tool_call_id"], parts]))),
            role => turns.extend(parts.into_iter().map(|part| (role.to_owned(), part))),
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let function = &call["function"];
            let arguments: Value =
                serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
            turns.push((
                "call".to_owned(),
                json!([call["id"], function["name"], arguments]),
            ));
        }
    }
    (instructions, turns, chat["tools"].clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn translated_requests_check_clean(
        steps in prop::collection::vec(step(), 0..6), systems in 0..4_usize, settings in settings(),
    ) {
        let body = chat(&steps, systems, &settings);
        for (to, model) in [
            (Format::Anthropic, "claude-sonnet-4-5"),
            (Format::Anthropic, "claude-opus-5"),
            (Format::Gemini, "gemini-2.5-flash"),
            (Format::Gemini, "gemini-3-flash-preview"),
        ] {
            let made = match translated(Format::OpenAiChat, to, model, &body) {
                Ok(made) => made,
                Err(error) => {
                    // Only Anthropic fetches images.
                    prop_assert_eq!((to, error.untranslatable()), (Format::Gemini, Some("media_url")));
                    continue;
                }
            };
            prop_assert!(made.report().is_ok(), "{model}: {:?} {}", made.remaining(), value(&made));
            // A second translation has nothing to translate.
            let text = String::from_utf8(made.as_bytes().to_vec()).unwrap();
            let again = Request::parse_as(to, &text).unwrap();
            let again = budget(model).translate(&again, Some(to), &RepairPolicy::port()).unwrap();
            prop_assert_eq!(again.as_bytes(), text.as_bytes());
        }
    }

    /// Chat → Messages → chat: strings, calls, arguments, results, media and tools are equal.
    #[test]
    fn a_round_trip_keeps_the_conversation(
        steps in prop::collection::vec(step(), 0..6), systems in 0..4_usize, settings in settings(),
    ) {
        let body = chat(&steps, systems, &settings);
        let there = translated(Format::OpenAiChat, Format::Anthropic, "claude-sonnet-4-5", &body).unwrap();
        let back = accepted(Format::Anthropic, Format::OpenAiChat, "gpt-4o", &value(&there));
        prop_assert_eq!(essence(&back), essence(&body));
        for field in ["top_p", "user", "tool_choice", "max_tokens"] {
            // Claude takes temperature or top_p.
            let is_kept = body.get(field).is_some() && !(field == "top_p" && body.get("temperature").is_some());
            if is_kept {
                prop_assert_eq!(back.get(field), body.get(field), "{}", field);
            }
        }
    }

    /// No body makes a translation panic; an error names a place of the body.
    #[test]
    fn hostile_bodies_are_errors_or_requests(
        path in select(&["/messages", "/messages/2/content", "/messages/3/tool_calls/0", "/messages/3/tool_calls/0/function/arguments",
            "/messages/4", "/messages/4/tool_call_id", "/tools", "/tools/0/function", "/tools/0/function/parameters", "/tool_choice", "/stop",
            "/response_format", "/n", "/stream", "/user", "/reasoning_effort", "/messages/2/content/1/image_url", "/temperature"][..]),
        with in select(vec![json!(null), json!(5), json!("x"), json!([]), json!({}), json!([[[{}]]]), json!({"type": "x"}), json!(-1.5e300),
            json!([1, "a", null]), json!({"type": "function"}), json!(true), json!("data:;base64,"), json!("data:,"), json!([{"type": "text"}])]),
    ) {
        let mut body = history();
        match body.pointer_mut(path) {
            Some(place) => *place = with,
            None => body[&path[1..]] = with,
        }
        for (to, model) in [(Format::Anthropic, "claude-opus-5-5"), (Format::Gemini, "gemini-2.5-flash")] {
            if let Err(error) = translated(Format::OpenAiChat, to, model, &body)
                && error.kind() == ErrorKind::Untranslatable
            {
                prop_assert!(body.pointer(error.pointer().unwrap()).is_some() || error.pointer().unwrap().ends_with("/role"), "{error}");
            }
        }
    }
}

#[test]
fn deep_arguments_are_an_error() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(400), "}".repeat(400));
    let body = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "?"},
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": deep}}]},
        {"role": "tool", "tool_call_id": "c", "content": "1"}]});
    let error = translated(
        Format::OpenAiChat,
        Format::Anthropic,
        "claude-sonnet-4-5",
        &body,
    )
    .unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::Untranslatable | ErrorKind::TooDeep
    ));
}

#[test]
fn answers_return_in_the_format_of_the_request() {
    let back = |from, to, body: &Value| {
        let made = translate::answer(from, to, body.to_string().as_bytes(), &Origin::new());
        serde_json::from_slice::<Value>(made.unwrap().as_bytes()).unwrap()
    };
    let claude = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5", "stop_reason": "tool_use",
        "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "Let me \"look\"."},
            {"type": "tool_use", "id": "toolu_1", "name": "soil", "input": {"bed": 1}}],
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 0, "output_tokens": 7}});
    let chat = back(Format::Anthropic, Format::OpenAiChat, &claude);
    let choice = &chat["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], "Let me \"look\".");
    assert_eq!(
        choice["message"]["tool_calls"][0]["function"],
        json!({"name": "soil", "arguments": "{\"bed\":1}"})
    );
    assert_eq!(
        (&chat["id"], &chat["model"]),
        (&json!("msg_1"), &json!("claude-sonnet-5"))
    );
    assert_eq!(chat["usage"]["prompt_tokens"], 100);
    assert_eq!(chat["usage"]["prompt_tokens_details"]["cached_tokens"], 90);
    assert_eq!(chat["usage"]["total_tokens"], 107);

    let again = back(Format::OpenAiChat, Format::Anthropic, &chat);
    assert_eq!(
        again["content"],
        json!([claude["content"][1], claude["content"][2]])
    );
    assert_eq!(again["stop_reason"], "tool_use");
    assert_eq!(again["usage"], claude["usage"]);

    let gemini = json!({"responseId": "r1", "modelVersion": "gemini-2.5-flash", "candidates": [{"finishReason": "STOP", "content": {"role": "model",
            "parts": [{"text": "Hm.", "thought": true}, {"functionCall": {"name": "soil", "args": {"bed": 1}}, "thoughtSignature": "c2ln"}]}}],
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 5, "thoughtsTokenCount": 20, "totalTokenCount": 37}});
    let chat = back(Format::Gemini, Format::OpenAiChat, &gemini);
    assert_eq!(chat["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(chat["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(
        chat["choices"][0]["message"]["tool_calls"][0]["id"],
        "call_1"
    );
    assert_eq!(chat["usage"]["completion_tokens"], 25);
    assert_eq!(
        chat["usage"]["completion_tokens_details"]["reasoning_tokens"],
        20
    );

    for (from, reason, expected) in [
        (Format::Anthropic, "max_tokens", "length"),
        (Format::Anthropic, "refusal", "content_filter"),
        (Format::Anthropic, "stop_sequence", "stop"),
        (Format::Gemini, "MAX_TOKENS", "length"),
        (Format::Gemini, "SAFETY", "content_filter"),
    ] {
        let body = match from {
            Format::Anthropic => {
                json!({"content": [{"type": "text", "text": "x"}], "stop_reason": reason})
            }
            _ => {
                json!({"candidates": [{"finishReason": reason, "content": {"parts": [{"text": "x"}]}}]})
            }
        };
        let chat = back(from, Format::OpenAiChat, &body);
        assert_eq!(chat["choices"][0]["finish_reason"], expected, "{reason}");
    }
    for body in ["", "data: {}", "{}", "[]", r#"{"choices": []}"#] {
        let made = translate::answer(
            Format::OpenAiChat,
            Format::Anthropic,
            body.as_bytes(),
            &Origin::new(),
        );
        assert!(made.is_err(), "{body}");
    }
    let made = translate::answer(Format::Gemini, Format::Anthropic, b"{}", &Origin::new());
    assert!(made.is_ok());
}
