//! Requests of every format as the same plain data: our own cases, and recorded requests if they
//! are present.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common;
use serde_json::{Value, json};
use tokenfit::request::{Message, Part};
use tokenfit::{Envelope, ErrorKind, Format, Request};

/// The views of a request as JSON, the form of the cases.
fn seen(request: &Request<'_>) -> Value {
    let tools: Vec<Value> = request
        .tools()
        .map(|tool| {
            json!({
                "at": tool.pointer(),
                "kind": format!("{:?}", tool.kind()),
                "name": tool.name(),
                "description": tool.description(),
                "schema": tool.schema_json(),
            })
        })
        .collect();
    without_nulls(json!({
        "format": request.format().as_str(),
        "model": request.model(),
        "max_output_tokens": request.max_output_tokens(),
        "messages": request.messages().map(|message| message_seen(&message)).collect::<Vec<_>>(),
        "tools": tools,
    }))
}

fn message_seen(message: &Message<'_>) -> Value {
    let calls: Vec<Value> = message
        .tool_calls()
        .map(|call| {
            json!({"at": call.pointer(), "kind": format!("{:?}", call.kind()), "id": call.id(), "name": call.name(),
                   "arguments": call.arguments()})
        })
        .collect();
    let results: Vec<Value> = message
        .tool_results()
        .map(|result| {
            json!({"at": result.pointer(), "id": result.call_id(), "name": result.name(), "failed": result.is_error().then_some(true),
                   "hosted": result.is_hosted().then_some(true), "parts": result.parts().map(|part| part_seen(&part)).collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "at": message.pointer(),
        "role": message.role().as_str(),
        "parts": message.parts().map(|part| part_seen(&part)).collect::<Vec<_>>(),
        "calls": calls,
        "results": results,
    })
}

fn part_seen(part: &Part<'_>) -> Value {
    json!({
        "at": part.pointer(),
        "kind": format!("{:?}", part.kind()),
        "text": part.text(),
        "call": part.tool_call().map(|call| call.pointer()),
        "result": part.tool_result().map(|result| result.pointer()),
        "tokens": part.len_tokens(),
    })
}

/// Cases omit what is null or empty.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| (key, without_nulls(value)))
                .filter(|(_, value)| !value.is_null() && *value != json!([]))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Every pointer of the views exists in the document.
fn check_pointers(request: &Request<'_>) {
    let document: Value = serde_json::from_slice(request.as_bytes()).unwrap();
    let check = |pointer: String, raw: &str| {
        let there = document
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("nothing at {pointer}"));
        let own: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(*there, own, "{pointer}");
    };
    for message in request.messages() {
        check(message.pointer(), message.raw_json());
        for part in message.parts() {
            check(part.pointer(), part.raw_json());
        }
        for call in message.tool_calls() {
            check(call.pointer(), call.raw_json());
        }
        for result in message.tool_results() {
            check(result.pointer(), result.raw_json());
            for part in result.parts() {
                check(part.pointer(), part.raw_json());
            }
        }
    }
    for tool in request.tools() {
        check(tool.pointer(), tool.raw_json());
    }
}

#[test]
fn cases() {
    for line in include_str!("../cases/wire.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = &case["id"];
        let body = case["body"].to_string();
        let request = match case["as"].as_str() {
            Some(format) => Request::parse_as(format.parse().unwrap(), &body),
            None => Request::parse(&body),
        };
        let request = request.unwrap_or_else(|error| panic!("{id}: {error}"));
        let seen = seen(&request);
        assert_eq!(
            seen, case["seen"],
            "{id}\nseen: {seen}\ncase: {}",
            case["seen"]
        );
        assert_eq!(request.as_bytes(), body.as_bytes(), "{id}");
        check_pointers(&request);
    }
}

/// Recorded requests of one file: the native ones of a corpus file, or those in recorded cases.
fn requests(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| {
            String::from_utf8(Envelope::parse(line.as_bytes()).unwrap().request().to_vec()).unwrap()
        })
        .collect()
}

#[test]
#[ignore = "needs the recordings"]
fn recorded_requests_are_found_and_read() {
    let corpus = common::shared("corpus");
    let mut files = Vec::new();
    for (file, format) in [
        ("agent_text", Format::OpenAiChat),
        ("agent_text_huge", Format::OpenAiChat),
        ("agent_tools", Format::OpenAiChat),
        ("agent_tools_reused_ids", Format::OpenAiChat),
        ("chat_coding", Format::OpenAiChat),
        ("chat_en", Format::OpenAiChat),
        ("chat_multilingual", Format::OpenAiChat),
        ("counted_openai", Format::OpenAiChat),
        ("counted_other", Format::OpenAiChat),
        ("legacy_functions", Format::OpenAiChat),
        ("multimodal", Format::OpenAiChat),
        ("structured", Format::OpenAiChat),
        ("tool_catalogs", Format::OpenAiChat),
        ("tools_short", Format::OpenAiChat),
        ("anthropic_native", Format::Anthropic),
        ("gemini_native", Format::Gemini),
        ("responses_native", Format::OpenAiResponses),
    ] {
        files.push((corpus.join(format!("{file}.jsonl")), format));
    }
    for entry in std::fs::read_dir(common::shared("cases/counts")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let format = match () {
            () if name.contains("gemini_g") || name.contains("countTokens") => Format::Gemini,
            () if name.ends_with("_gemini_generateContent") => Format::Gemini,
            () if name.contains("anthropic_messages") => Format::Anthropic,
            () if name.ends_with("converse") => Format::BedrockConverse,
            () if name.ends_with("_responses") => Format::OpenAiResponses,
            () => Format::OpenAiChat,
        };
        files.push((path, format));
    }
    let mut read: BTreeMap<&str, usize> = BTreeMap::new();
    let mut taken_for_another = Vec::new();
    for (path, format) in &files {
        for (nth, body) in requests(path).iter().enumerate() {
            let place = format!("{}:{}", path.display(), nth + 1);
            let request = Request::parse(body).unwrap_or_else(|error| panic!("{place}: {error}"));
            if request.format() != *format {
                taken_for_another.push(format!("{place}: {}, is {format}", request.format()));
            }
            let forced = Request::parse_as(*format, body).unwrap();
            assert_eq!(forced.as_bytes(), body.as_bytes(), "{place}");
            check_pointers(&request);
            assert!(request.messages().len() > 0, "{place}");
            *read.entry(format.as_str()).or_default() += 1;
        }
    }
    println!("read and found by their shape: {read:?}");
    assert!(
        taken_for_another.is_empty(),
        "{}",
        taken_for_another.join("\n")
    );
}

/// Damaged requests are still recognized, if they can be read at all.
#[test]
#[ignore = "needs the recordings"]
fn malformed_requests_are_found() {
    let path = common::shared("corpus/malformed.jsonl");
    let (mut read, mut refused) = (0, Vec::new());
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let format = match case["format"].as_str().unwrap() {
            "openai" => Format::OpenAiChat,
            "responses" => Format::OpenAiResponses,
            other => other.parse().unwrap(),
        };
        match Request::parse(case["body"].as_str().unwrap()) {
            Ok(request) => {
                assert_eq!(request.format(), format, "{id}");
                check_pointers(&request);
                read += 1;
            }
            Err(error) => refused.push(format!("{id}: {error}")),
        }
    }
    println!("read: {read}; refused: {refused:#?}");
    assert!(read > refused.len());
}

#[test]
fn wrong_types_name_their_place() {
    let cases = [
        (
            Format::Anthropic,
            json!({"messages": [], "system": 1}),
            "/system",
        ),
        (
            Format::Anthropic,
            json!({"messages": [{"content": "a"}]}),
            "/messages/0",
        ),
        (
            Format::Anthropic,
            json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
            "/messages/0/content/0",
        ),
        (
            Format::Anthropic,
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": [{}]}]}]}),
            "/messages/0/content/0/content/0",
        ),
        (
            Format::Anthropic,
            json!({"messages": [], "max_tokens": "9"}),
            "/max_tokens",
        ),
        (
            Format::BedrockConverse,
            json!({"messages": [{"role": "user", "content": "a"}]}),
            "/messages/0/content",
        ),
        (
            Format::BedrockConverse,
            json!({"messages": [{"role": "user", "content": [{"toolResult": {"content": [{"text": 1}]}}]}]}),
            "/messages/0/content/0/toolResult/content/0/text",
        ),
        (
            Format::BedrockConverse,
            json!({"messages": [], "toolConfig": {"tools": [{"toolSpec": []}]}}),
            "/toolConfig/tools/0/toolSpec",
        ),
        (
            Format::Gemini,
            json!({"contents": [{"parts": [{"text": 1}]}]}),
            "/contents/0/parts/0/text",
        ),
        (
            Format::Gemini,
            json!({"contents": [{"parts": [{"function_call": {"name": 1}}]}]}),
            "/contents/0/parts/0/function_call/name",
        ),
        (
            Format::Gemini,
            json!({"generateContentRequest": {"contents": [1]}}),
            "/generateContentRequest/contents/0",
        ),
        (
            Format::Gemini,
            json!({"contents": [], "generationConfig": {"maxOutputTokens": "x"}}),
            "/generationConfig/maxOutputTokens",
        ),
        (
            Format::Gemini,
            json!({"contents": [], "tools": [{"function_declarations": [1]}]}),
            "/tools/0/function_declarations/0",
        ),
        (Format::OpenAiResponses, json!({"input": 1}), "/input"),
        (
            Format::OpenAiResponses,
            json!({"input": [{"type": "message"}]}),
            "/input/0",
        ),
        (
            Format::OpenAiResponses,
            json!({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}),
            "/input/0/content/0",
        ),
        (
            Format::OpenAiResponses,
            json!({"input": [], "instructions": ["a"]}),
            "/instructions",
        ),
        (Format::OpenAiResponses, json!({"model": "gpt-4o"}), ""),
        (Format::Embeddings, json!({"input": 1}), "/input"),
        (
            Format::Embeddings,
            json!({"input": [[1, "a"]]}),
            "/input/0/1",
        ),
        (Format::Embeddings, json!({"input": [1, "a"]}), "/input/1"),
        (
            Format::Embeddings,
            json!({"input": ["a", null]}),
            "/input/1",
        ),
        (Format::Completions, json!({"model": "m"}), ""),
        (Format::Completions, json!({"prompt": {}}), "/prompt"),
    ];
    for (format, body, pointer) in cases {
        let body = body.to_string();
        let error = Request::parse_as(format, &body)
            .err()
            .unwrap_or_else(|| panic!("was read: {body}"));
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{body}");
        assert_eq!(error.pointer(), Some(pointer), "{body}: {error}");
        assert!(error.line().is_some(), "{body}");
    }
    for format in Format::ALL {
        for body in ["7", "\"a\"", "null", "true"] {
            let error = Request::parse_as(format, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{format} {body}");
        }
    }
}

#[test]
fn found_by_shape() {
    let cases = [
        (json!({"contents": []}), Format::Gemini),
        (json!({"contents": null}), Format::Gemini),
        (
            json!({"generateContentRequest": {"contents": []}}),
            Format::Gemini,
        ),
        (
            json!({"input": [{"role": "user", "content": "a"}]}),
            Format::OpenAiResponses,
        ),
        (
            json!({"input": "a", "instructions": "b"}),
            Format::OpenAiResponses,
        ),
        (
            json!({"input": "a", "model": "gpt-4o"}),
            Format::OpenAiResponses,
        ),
        (
            json!({"input": "a", "model": "openai/gpt-4o"}),
            Format::OpenAiResponses,
        ),
        (
            json!({"previous_response_id": "resp_1"}),
            Format::OpenAiResponses,
        ),
        (json!({"prompt": {"id": "pmpt_1"}}), Format::OpenAiResponses),
        (json!({"input": "a text"}), Format::Embeddings),
        (
            json!({"input": "a", "model": "text-embedding-3-small"}),
            Format::Embeddings,
        ),
        (
            json!({"input": "a", "model": "qwen3-embedding"}),
            Format::Embeddings,
        ),
        (
            json!({"input": ["a", "b"], "dimensions": 256}),
            Format::Embeddings,
        ),
        (json!({"input": [1, 2, 3]}), Format::Embeddings),
        (json!({"prompt": "a text"}), Format::Completions),
        (json!({"prompt": ["a", "b"]}), Format::Completions),
        (json!({"messages": [], "system": "x"}), Format::Anthropic),
        (
            json!({"messages": [], "anthropic_version": "bedrock-2023-05-31"}),
            Format::Anthropic,
        ),
        (
            json!({"model": "claude-opus-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}),
            Format::Anthropic,
        ),
        (
            json!({"model": "anthropic/claude-opus-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}),
            Format::OpenAiChat,
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}),
            Format::Anthropic,
        ),
        (
            json!({"messages": [], "inferenceConfig": {}}),
            Format::BedrockConverse,
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"text": "a"}]}]}),
            Format::BedrockConverse,
        ),
        (
            json!({"model": "gpt-4o", "messages": [{"role": "user", "content": [{"text": "a"}]}]}),
            Format::OpenAiChat,
        ),
        (
            json!({"messages": [], "system": [{"text": "a"}]}),
            Format::BedrockConverse,
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}),
            Format::OpenAiChat,
        ),
        (json!([]), Format::OpenAiChat),
    ];
    for (body, format) in cases {
        let found = Request::parse(&body.to_string()).map(|request| request.format());
        match found {
            Ok(found) => assert_eq!(found, format, "{body}"),
            // In the right format, but its reader refuses it.
            Err(error) => {
                let there = Request::parse_as(format, &body.to_string()).unwrap_err();
                assert_eq!(there.to_string(), error.to_string(), "{body}");
            }
        }
    }
}
