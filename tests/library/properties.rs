//! Properties of every request: no panic, parts that add up, unchanged bytes, and no text of the
//! caller's anywhere.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokenfit::check::RepairPolicy;
use tokenfit::report::{CheckText, CountReport};
use tokenfit::{Budget, Envelope, Format, Model, Models, Request, TokenCount};

const MODELS: &[&str] = &[
    "gpt-4o",
    "gpt-4",
    "gpt-5",
    "o3-mini",
    "o1-mini",
    "gpt-3.5-turbo-0301",
    "gpt-4o-search-preview",
    "gpt-oss-20b",
    "claude-opus-4-5",
    "text-embedding-3-small",
    "gpt-6-sol",
    "claude-opus-4-8",
    "claude-3-haiku-20240307",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-3-pro-preview",
    "grok-4",
    "gpt-3.5-turbo-instruct",
];

/// Counts for every kind of model and asserts the properties of a count.
fn check(body: &[u8]) {
    let _ = Envelope::parse(body);
    let models = Models::builtin();
    if let Ok(request) = Request::parse(body) {
        let all: Vec<Model> = MODELS
            .iter()
            .map(|name| models.get(name).unwrap())
            .collect();
        check_request(body, &request, &all);
    }
    // As every format that can read it, whatever its shape.
    let few = ["gpt-5", "claude-opus-4-5", "gemini-2.5-flash"];
    let few = few.map(|name| models.get(name).unwrap());
    for format in Format::ALL {
        if let Ok(request) = Request::parse_as(format, body) {
            assert_eq!(request.format(), format);
            check_request(body, &request, &few);
        }
    }
}

fn check_request(body: &[u8], request: &Request<'_>, models: &[Model]) {
    assert_eq!(request.as_bytes(), body);
    assert_eq!(request.to_bytes(), body);
    assert_eq!(
        serde_json::to_string(request).unwrap().as_bytes(),
        body.trim_ascii()
    );
    let mut written = Vec::new();
    request.write_to(&mut written).unwrap();
    assert_eq!(written, body);
    assert_eq!(request.clone().into_owned().as_bytes(), body);
    let groups = request.groups();
    let grouped: usize = groups.iter().map(|group| group.messages().len()).sum();
    assert_eq!(grouped, request.messages().len());
    for model in models {
        let name = model.id();
        let count = model.count(request);
        let messages: TokenCount = count.messages().iter().map(|m| m.tokens).sum();
        assert_eq!(
            messages + count.tools() + count.schema() + count.images() + count.framing(),
            count.total(),
            "{name}"
        );
        let total = count.total();
        let bounds = model.bounds(request);
        // A range for other vendors' scripts can be wider than the bytes allow.
        let most = match model.provider() {
            "openai" if request.format() == Format::OpenAiChat => total.upper().unwrap_or(u64::MAX),
            _ => total.lower(),
        };
        assert!(
            most == u64::MAX || bounds.upper().unwrap_or(u64::MAX) >= most,
            "{name}: {} < {most}",
            bounds.upper().unwrap_or(u64::MAX)
        );
        let budget = Budget::new(model).reserve_output(8);
        let report = budget.check(request);
        let repaired = budget.repair(request, &RepairPolicy::default()).unwrap();
        assert!(!CheckText::new(&report, request).to_string().is_empty());
        if !repaired.is_changed() {
            assert_eq!(repaired.request().as_bytes(), body);
        }
        let again = Request::parse_as(request.format(), repaired.request().as_bytes()).unwrap();
        let twice = budget.repair(&again, &RepairPolicy::default()).unwrap();
        assert!(!twice.is_changed(), "{:?}", twice.receipt());
        assert!(
            total.lower() <= total.tokens() && total.tokens() <= total.upper().unwrap_or(u64::MAX)
        );
        assert_eq!(count.messages().len(), request.messages().len());
        // An exact count has no uncertain places, and any other count has some.
        assert_eq!(
            count.uncertain().is_empty(),
            total.accuracy() == tokenfit::Accuracy::Exact,
            "{name}: {:?}",
            count.uncertain()
        );
        for place in count.uncertain() {
            let value: Value = serde_json::from_slice(body).unwrap();
            assert!(
                place.pointer == "/model" || value.pointer(&place.pointer).is_some(),
                "{}",
                place.pointer
            );
        }
        assert!(!CountReport::new(&count).to_string().is_empty());
    }
}

/// JSON that sometimes is nearly a request: field names of the API, values of any kind.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "messages", "role", "content", "name", "tool_calls", "tool_call_id", "function", "arguments", "id", "type",
            "text", "image_url", "url", "detail", "tools", "functions", "parameters", "properties", "$ref", "$defs",
            "tool_choice", "response_format", "json_schema", "schema", "prediction", "audio", "max_tokens", "model",
            "input_audio", "data", "file", "file_data", "refusal", "function_call", "custom", "input", "request",
            "system", "instructions", "contents", "parts", "functionCall", "functionResponse", "args", "response",
            "systemInstruction", "source", "tool_use_id", "toolUse", "toolResult", "toolUseId", "toolSpec", "inputSchema",
            "json", "thinking", "call_id", "output", "summary", "prompt", "generationConfig", "responseSchema",
            "functionDeclarations", "input_schema", "output_config", "format", "inlineData", "mimeType", "items", "enum",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => prop::sample::select(vec![
            "user", "system", "assistant", "tool", "function", "text", "image_url", "json_schema", "low", "file",
            "input_audio", "refusal", "auto", "gpt-4o", "#/$defs/a", "tool_use", "tool_result", "thinking", "model",
            "function_call", "function_call_output", "reasoning", "item_reference", "input_text", "input_image",
            "server_tool_use", "web_search_tool_result", "image/png", "document", "image",
        ]).prop_map(|s| json!(s)),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(|n| json!(n)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 80, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((field(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A request that is well formed in outline, with anything in the places that may contain anything.
fn request() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![any::<String>().prop_map(Value::from), Just(Value::Null)];
    let part = prop_oneof![
        3 => any::<String>().prop_map(|text| json!({"type": "text", "text": text})),
        1 => any_json().prop_map(|any| json!({"type": "image_url", "image_url": any})),
        1 => any_json().prop_map(|any| json!({"type": "input_audio", "input_audio": any})),
        1 => any_json().prop_map(|any| json!({"type": "file", "file": any})),
        1 => any_json().prop_map(|any| json!({"type": "unheard_of", "x": any})),
        1 => any::<String>().prop_map(|text| json!({"type": "refusal", "refusal": text})),
    ];
    let content =
        prop_oneof![3 => text(), 1 => prop::collection::vec(part, 0..4).prop_map(Value::from)];
    let call = (any::<String>(), any::<String>(), any::<String>())
        .prop_map(|(id, name, arguments)| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}));
    let role = prop_oneof![
        5 => prop::sample::select(vec!["system", "developer", "user", "assistant", "tool", "function"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let message = (
        role,
        content,
        prop::option::of(any::<String>()),
        prop::collection::vec(call, 0..3),
    )
        .prop_map(|(role, content, name, calls)| {
            let mut message = json!({"role": role, "content": content});
            if let Some(name) = name {
                message["name"] = name.into();
            }
            if !calls.is_empty() {
                message["tool_calls"] = calls.into();
            }
            message
        });
    let tool = (any::<String>(), any_json())
        .prop_map(|(name, any)| json!({"type": "function", "function": {"name": name, "description": "d", "parameters": any}}));
    (
        prop::collection::vec(message, 0..6),
        prop::collection::vec(tool, 0..3),
        any_json(),
        any::<String>(),
    )
        .prop_map(|(messages, tools, any, key)| {
            let mut request = json!({"model": "gpt-4o", "messages": messages, "tools": tools});
            if any.is_object() {
                request["response_format"] = json!({"type": "json_schema", "json_schema": any});
            } else {
                request[key] = any;
            }
            request
        })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_json_text(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        check(text.unwrap().as_bytes());
    }

    #[test]
    fn any_request(value in request(), blanks in "[ \n]{0,3}") {
        let text = format!("{blanks}{value}{blanks}");
        prop_assert!(Request::parse(&text).is_ok());
        check(text.as_bytes());
    }
}

/// The requests of the cases of every format.
fn bodies() -> Vec<Value> {
    include_str!("../cases/wire.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].take())
        .collect()
}

/// The `nth` value of a document, counted from its root; `None` if there are fewer.
fn nth_value<'v>(value: &'v mut Value, nth: &mut usize) -> Option<&'v mut Value> {
    if *nth == 0 {
        return Some(value);
    }
    *nth -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth_value(item, nth)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth_value(field, nth)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 300, ..ProptestConfig::default() })]

    /// A valid request of any format, with some values replaced by anything.
    #[test]
    fn any_damaged_request(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec((0..120_usize, any_json()), 0..3))
    {
        let bodies = bodies();
        let mut body = which.get(&bodies).clone();
        for (mut nth, anything) in damages {
            if let Some(value) = nth_value(&mut body, &mut nth) {
                *value = anything;
            }
        }
        check(body.to_string().as_bytes());
    }
}

/// Planted everywhere, and must not be shown.
const MARKER: &str = "Zq7MARKERx9";

/// Everything that the crate says about a request: errors, `Debug`, reports, serialized counts.
fn said(body: &str) -> String {
    let mut said = String::new();
    let models = Models::builtin();
    match Envelope::parse(body.as_bytes()) {
        Ok(envelope) => said += &format!("{envelope:?}"),
        Err(error) => said += &format!("{error} {error:?} {:?}", error.pointer()),
    }
    match Request::parse(body) {
        Err(error) => {
            said += &format!("{error} {error:?} {error:#?} {:?}", error.pointer());
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                said += &format!("{cause} {cause:?}");
                source = cause.source();
            }
        }
        Ok(request) => {
            said += &format!("{request:?} {request:#?}");
            for message in request.messages() {
                said += &format!(
                    "{message:?} {:?} {:?} {:?}",
                    message.parts().collect::<Vec<_>>(),
                    message.tool_calls().collect::<Vec<_>>(),
                    message.tool_results().collect::<Vec<_>>()
                );
                for result in message.tool_results() {
                    said += &format!("{:?}", result.parts().collect::<Vec<_>>());
                }
            }
            said += &format!("{:?}", request.groups());
            said += &format!("{:?}", request.tools().collect::<Vec<_>>());
            for name in MODELS {
                let count = models.get(name).unwrap().count(&request);
                said += &format!(
                    "{count} {count:?} {} {}",
                    CountReport::new(&count),
                    serde_json::to_string(&count).unwrap()
                );
            }
            if let Err(error) = request.to_typed::<Vec<u32>>() {
                said += &format!("{error} {error:?} {error:#?}");
            }
            if let Err(error) = models.for_request(&request) {
                said += &format!("{error} {error:?}");
            }
        }
    }
    said
}

/// A request with the marker in every place that contains the caller's text, and in the caller's
/// own names.
fn marked() -> Value {
    let m = MARKER;
    json!({
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": m, "name": m},
            {"role": "user", "content": [
                {"type": "text", "text": m},
                {"type": "image_url", "image_url": {"url": m, "detail": m}},
                {"type": "input_audio", "input_audio": {"data": m, "format": m}},
                {"type": "file", "file": {"file_data": m, "filename": m, "file_id": m}},
                {"type": m, m: m},
                {"type": "refusal", "refusal": m},
            ]},
            {"role": "assistant", "content": m, "refusal": m, "reasoning_content": m, "audio": {"id": m},
             "tool_calls": [{"id": m, "type": m, "function": {"name": m, "arguments": m}},
                            {"id": m, "type": "custom", "custom": {"name": m, "input": m}}],
             "function_call": {"name": m, "arguments": m}},
            {"role": "tool", "tool_call_id": m, "content": m},
            {"role": "function", "name": m, "content": m},
            {"role": m, "content": m, m: m},
        ],
        "tools": [{"type": "function", "function": {"name": m, "description": m, "parameters":
            {"type": "object", "title": m, "properties": {m: {"type": m, "description": m, "enum": [m], "$ref": m}}, "$defs": {m: {}}}}},
            {"type": m, m: m}],
        "functions": [{"name": m, "description": m, "parameters": {m: m}}],
        "tool_choice": {"type": "function", "function": {"name": m}},
        "function_call": {"name": m},
        "response_format": {"type": "json_schema", "json_schema": {"name": m, "description": m, "schema": {"title": m}}},
        "prediction": {"type": "content", "content": m},
        "audio": {"voice": m, "format": m},
        "metadata": {m: m},
        "user": m,
        "stop": [m],
        m: {m: [m]},
    })
}

/// Requests of the other formats with the marker.
fn marked_in_other_formats() -> Vec<(Format, Value)> {
    let m = MARKER;
    let schema = || json!({"type": "object", "title": m, "properties": {m: {"type": m, "description": m, "enum": [m]}}, "required": [m]});
    vec![
        (
            Format::Anthropic,
            json!({
            "model": "claude-opus-4-5", "max_tokens": 9,
            "system": [{"type": "text", "text": m, m: m}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": m}, {"type": "image", "source": {"type": "base64", "data": m, "media_type": m}},
                    {"type": "document", "source": {"type": "text", "data": m}, "title": m}, {"type": m, m: m}]},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": m, "signature": m}, {"type": "redacted_thinking", "data": m},
                    {"type": "tool_use", "id": m, "name": m, "input": {m: m}}, {"type": "server_tool_use", "id": m, "name": m, "input": {m: m}},
                    {"type": "web_search_tool_result", "tool_use_id": m, "content": [{m: m}]}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": m, "content": [{"type": "text", "text": m}, {"type": "image", "source": {"type": "url", "url": m}}]}]},
                {"role": m, "content": m}],
            "tools": [{"name": m, "description": m, "input_schema": schema()}, {"type": m, "name": m}],
            "tool_choice": {"type": "tool", "name": m}, "metadata": {"user_id": m}, "stop_sequences": [m],
            "output_config": {"format": {"type": "json_schema", "schema": schema()}},
            "mcp_servers": [{"url": m, "name": m}], m: {m: m}}),
        ),
        (
            Format::BedrockConverse,
            json!({
            "modelId": "anthropic.claude-opus-4-5", "inferenceConfig": {"maxTokens": 9},
            "system": [{"text": m}],
            "messages": [
                {"role": "user", "content": [{"text": m}, {"image": {"format": m, "source": {"bytes": m}}}, {"document": {"name": m, "source": {"bytes": m}}},
                    {"guardContent": {"text": {"text": m}}}, {m: m}]},
                {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": m, "signature": m}}}, {"toolUse": {"toolUseId": m, "name": m, "input": {m: m}}}]},
                {"role": "user", "content": [{"toolResult": {"toolUseId": m, "content": [{"text": m}, {"json": {m: m}}], "status": m}}]},
                {"role": m, "content": [{"text": m}]}],
            "toolConfig": {"tools": [{"toolSpec": {"name": m, "description": m, "inputSchema": {"json": schema()}}}, {"systemTool": {"name": m}}],
                "toolChoice": {"tool": {"name": m}}},
            "outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": m}}}}, "additionalModelRequestFields": {m: m}}),
        ),
        (
            Format::Gemini,
            json!({
            "model": "gemini-2.5-flash", "systemInstruction": {"role": m, "parts": [{"text": m}]},
            "contents": [
                {"role": "user", "parts": [{"text": m}, {"inlineData": {"mimeType": m, "data": m}}, {"file_data": {"mime_type": m, "file_uri": m}}, {m: m}]},
                {"role": "model", "parts": [{"text": m, "thought": true}, {"functionCall": {"id": m, "name": m, "args": {m: m}}, "thoughtSignature": m}, {"executableCode": {"code": m}}]},
                {"role": "user", "parts": [{"functionResponse": {"id": m, "name": m, "response": {m: m}, "parts": [{"inlineData": {"mimeType": m, "data": m}}]}}]},
                {"role": m, "parts": [{"text": m}]}],
            "tools": [{"functionDeclarations": [{"name": m, "description": m, "parameters": schema()}]}, {m: {m: m}}],
            "toolConfig": {"functionCallingConfig": {"allowedFunctionNames": [m]}},
            "generationConfig": {"responseSchema": schema(), "stopSequences": [m]}, "cachedContent": m, "labels": {m: m}}),
        ),
        (
            Format::OpenAiResponses,
            json!({
            "model": "gpt-5", "instructions": m,
            "input": [{"role": "user", "content": [{"type": "input_text", "text": m}, {"type": "input_image", "image_url": m, "detail": m},
                    {"type": "input_file", "file_data": m, "filename": m}, {"type": m, m: m}]},
                {"type": "reasoning", "id": m, "summary": [{"type": "summary_text", "text": m}], "encrypted_content": m},
                {"type": "function_call", "call_id": m, "id": m, "status": m, "name": m, "arguments": m},
                {"type": "function_call_output", "call_id": m, "output": m},
                {"type": "custom_tool_call", "call_id": m, "name": m, "input": m},
                {"type": "custom_tool_call_output", "call_id": m, "output": [{"type": "input_text", "text": m}]},
                {"type": "item_reference", "id": m}, {"type": m, m: m}, {"role": m, "content": m}, m],
            "tools": [{"type": "function", "name": m, "description": m, "parameters": schema()}, {"type": m, m: m}],
            "tool_choice": {"type": "function", "name": m}, "previous_response_id": m,
            "text": {"format": {"type": "json_schema", "name": m, "description": m, "schema": schema()}}, "metadata": {m: m}}),
        ),
        (
            Format::Embeddings,
            json!({"model": "text-embedding-3-small", "input": [m, m], "user": m, m: m}),
        ),
        (
            Format::Completions,
            json!({"model": "gpt-3.5-turbo-instruct", "prompt": m, "suffix": m, "stop": [m], "user": m}),
        ),
    ]
}

#[test]
fn nothing_said_of_other_formats_holds_the_callers_text() {
    let quoted = format!("\"{MARKER}\"");
    for (format, body) in marked_in_other_formats() {
        let whole = body.to_string();
        let request = Request::parse(&whole).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!(request.format(), format);
        assert!(!said(&whole).contains(MARKER), "{format}");
        for broken in [
            "nope",
            "\"\\ud800\"",
            "5",
            "[]",
            "[5]",
            "{}",
            "\"unfinished",
            "[[[[",
        ] {
            for (at, _) in whole.match_indices(&quoted) {
                let mut text = whole.clone();
                text.replace_range(at..at + quoted.len(), broken);
                let said = said(&text);
                assert!(!said.contains(MARKER), "{format}: {broken} at {at}: {said}");
            }
        }
    }
}

#[test]
fn nothing_said_holds_the_callers_text() {
    let whole = marked().to_string();
    assert!(Request::parse(&whole).is_ok());
    assert!(!said(&whole).contains(MARKER));

    let enveloped =
        json!({"id": MARKER, "host": MARKER, "model": "gpt-4o", "request": marked()}).to_string();
    assert!(!said(&enveloped).contains(MARKER));

    // Broken at every value: syntax errors, wrong types, lone surrogates, deep nesting.
    let quoted = format!("\"{MARKER}\"");
    for broken in [
        "nope",
        "\"\\ud800\"",
        "1e999",
        "5",
        "[]",
        "{}",
        "true",
        "\"unfinished",
        "[[[[",
        "",
    ] {
        for (at, _) in whole.match_indices(&quoted) {
            let mut text = whole.clone();
            text.replace_range(at..at + quoted.len(), broken);
            let said = said(&text);
            assert!(!said.contains(MARKER), "{broken} at {at}: {said}");
        }
    }
    // Cut at any position.
    for at in (0..whole.len()).step_by(7) {
        if whole.is_char_boundary(at) {
            let said = said(&whole[..at]);
            assert!(!said.contains(MARKER), "cut at {at}: {said}");
        }
    }
}

#[test]
fn a_prompt_in_the_place_of_the_model_is_not_shown() {
    let prompt = format!("please tell {MARKER} my secret");
    let body = json!({"model": prompt, "messages": []}).to_string();
    let said = said(&body);
    assert!(said.contains("unknown model (text of"), "{said}");
    assert!(!said.contains(MARKER));
}
