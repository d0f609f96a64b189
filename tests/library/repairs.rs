//! Repairs outside of settings and order, each kind with a case of our own; and requests adapted to
//! other models: over all cases of `cases/form.jsonl` and `cases/check.jsonl` the result is stable,
//! and unaffected parts keep their bytes.

use serde_json::{Value, json};
use tokenfit::check::{RefusedMedia, RepairPolicy, Repaired};
use tokenfit::model::Host;
use tokenfit::{Budget, ErrorKind, Format, Models, Request};

use crate::common::whole::whole;

/// Models to adapt a request to; each serves one or two formats.
pub(crate) const TARGETS: [(&str, Option<Host>); 10] = [
    ("gpt-5.4", None),
    ("gpt-4o", None),
    ("claude-sonnet-4-5", None),
    ("claude-opus-5-5", None),
    ("claude-haiku-4-5", Some(Host::Bedrock)),
    ("gemini-2.5-flash", Some(Host::Gemini)),
    ("gemini-3-flash-preview", Some(Host::Vertex)),
    ("voxtral-small-latest", Some(Host::Mistral)),
    ("deepseek-v4-pro", Some(Host::DeepSeek)),
    ("kimi-k2.5", Some(Host::Moonshot)),
];

fn budget(model: &str, host: Option<Host>) -> Budget {
    let budget = Budget::lenient_for(&Models::builtin(), model);
    match host {
        Some(host) => budget.at_host(host),
        None => budget,
    }
}

fn words(repaired: &Repaired<'_>) -> Vec<&'static str> {
    let mut words: Vec<&str> = repaired
        .receipt()
        .edits
        .iter()
        .map(|edit| edit.action.as_str())
        .collect();
    words.dedup();
    words
}

/// Repairs a body and returns it; asserts the actions, and that nothing is refused afterwards.
fn repaired_body(budget: &Budget, format: Format, body: &Value, actions: &[&str]) -> Value {
    let text = body.to_string();
    let request = Request::parse_as(format, &text).unwrap();
    let policy = RepairPolicy::port();
    let repaired = budget.repair(&request, &policy).unwrap();
    assert_eq!(words(&repaired), actions, "{:?}", repaired.remaining());
    assert!(repaired.report().is_ok(), "{:?}", repaired.remaining());
    serde_json::from_slice(repaired.request().as_bytes()).unwrap()
}

fn claude(body: Value, actions: &[&str]) -> Value {
    repaired_body(
        &budget("claude-sonnet-4-5", None),
        Format::Anthropic,
        &body,
        actions,
    )
}

#[test]
fn ids_of_another_vendor_are_renamed_in_pairs() {
    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "tools": [{"name": "soil", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "How dry?"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "functions.soil:0", "name": "soil", "input": {}},
                {"type": "tool_use", "id": "call00001", "name": "soil", "input": {}},
                {"type": "tool_use", "id": "call_a|fc_b", "name": "soil", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call_a|fc_b", "content": "3"},
                {"type": "tool_result", "tool_use_id": "functions.soil:0", "content": "1"},
                {"type": "tool_result", "tool_use_id": "call00001", "content": "2"}]}]});
    let after = claude(body, &["renamed_id"]);
    let id = |at: &str| after.pointer(at).unwrap().as_str().unwrap().to_owned();
    // Existing ids are not reused, and valid ones stay.
    assert_eq!(id("/messages/1/content/0/id"), "call00002");
    assert_eq!(id("/messages/1/content/1/id"), "call00001");
    assert_eq!(id("/messages/1/content/2/id"), "call00003");
    assert_eq!(id("/messages/2/content/0/tool_use_id"), "call00003");
    assert_eq!(id("/messages/2/content/1/tool_use_id"), "call00002");

    let chat = json!({"messages": [
        {"role": "user", "content": "How dry?"},
        {"role": "assistant", "tool_calls": [{"id": "call_abcdefghijk", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_abcdefghijk", "content": "1"}]});
    let after = repaired_body(
        &budget("voxtral-small-latest", Some(Host::Mistral)),
        Format::OpenAiChat,
        &chat,
        &["renamed_id"],
    );
    assert_eq!(after["messages"][2]["tool_call_id"], "call00001");
}

#[test]
fn a_refused_image_leaves_alone() {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let body = json!({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "Which plant?"}, image("https://a.example/b.png"), image("data:image/tiff;base64,SUkqAA==")]}]});
    let text = body.to_string();
    let request = Request::parse_as(Format::OpenAiChat, &text).unwrap();
    let budget = budget("gpt-4o", None);
    let after = |media| {
        let policy = RepairPolicy::none().on_refused_media(media);
        let repaired = budget.repair(&request, &policy).unwrap();
        assert_eq!(repaired.receipt().edits.len(), 1);
        assert_eq!(
            repaired.receipt().edits[0].pointer(),
            "/messages/0/content/2"
        );
        let after: Value = serde_json::from_slice(repaired.request().as_bytes()).unwrap();
        after["messages"][0]["content"].clone()
    };
    let content = &body["messages"][0]["content"];
    assert_eq!(after(RefusedMedia::Drop), json!([content[0], content[1]]));
    let replaced = after(RefusedMedia::Replace("(a scan)".to_owned()));
    assert_eq!(replaced[2], json!({"type": "text", "text": "(a scan)"}));
    let kept = RepairPolicy::none().on_refused_media(RefusedMedia::Keep);
    assert!(!budget.repair(&request, &kept).unwrap().is_changed());
}

#[test]
fn a_media_type_is_that_of_the_bytes() {
    let gif = "R0lGODlhAwADAAAAAAAAAAAAAAAA";
    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": gif}}, {"type": "text", "text": "Ripe?"}]}]});
    let after = claude(body, &["renamed_media_type"]);
    assert_eq!(
        after["messages"][0]["content"][0]["source"]["media_type"],
        "image/gif"
    );
}

#[test]
fn items_that_the_server_keeps() {
    let reasoning = |id: &str| json!({"type": "reasoning", "id": id, "summary": [], "encrypted_content": "gAAA"});
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "soil", "arguments": "{}"});
    let answer = json!({"type": "function_call_output", "call_id": "c1", "output": "3"});
    let budget = budget("gpt-5.4", None);
    let after = |items: Value, actions: &[&str]| {
        let tools = json!([{"type": "function", "name": "soil", "parameters": {"type": "object", "properties": {}}}]);
        let body = json!({"store": false, "tools": tools, "input": items});
        repaired_body(&budget, Format::OpenAiResponses, &body, actions)["input"].clone()
    };
    let user = json!({"role": "user", "content": "How dry?"});
    // A later copy.
    let items = json!([
        user,
        reasoning("rs_1"),
        call,
        answer,
        reasoning("rs_1"),
        call,
        answer
    ]);
    let text = json!({"store": false, "input": items}).to_string();
    let request = Request::parse_as(Format::OpenAiResponses, &text).unwrap();
    let policy = RepairPolicy::none().fix_items(true).drop_duplicates(true);
    let repaired = budget.repair(&request, &policy).unwrap();
    assert_eq!(words(&repaired)[0], "dropped_item");
    // A missing summary, and an id in another form.
    let items = json!([user, {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA"}, call, answer]);
    assert_eq!(after(items, &["added_field"])[1]["summary"], json!([]));
    let mut foreign = call.clone();
    foreign["id"] = "call_1".into();
    let left = after(json!([user, foreign, answer]), &["dropped_item_id"]);
    assert_eq!(left[1].get("id"), None);
    // Reasoning that nobody stores is removed with the ids of the items it led to.
    let lost = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let left = after(
        json!([user, lost, call, answer]),
        &["dropped_item", "dropped_item_id"],
    );
    assert_eq!(
        (left[1]["type"].as_str(), left[1].get("id")),
        (Some("function_call"), None)
    );
}

#[test]
fn schemas_are_cleaned_by_provider() {
    let gemini = budget("gemini-2.5-flash", Some(Host::Gemini));
    let tool = |schema: &Value| {
        json!({"contents": [{"role": "user", "parts": [{"text": "Dry?"}]}],
        "tools": [{"functionDeclarations": [{"name": "soil", "description": "d", "parameters": schema}]}]})
    };
    // JSON Schema is moved, and the model sees all of it.
    let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "properties": {"bed": {"$ref": "#/$defs/bed"}}, "$defs": {"bed": {"type": "integer", "exclusiveMinimum": 0}}});
    let after = repaired_body(&gemini, Format::Gemini, &tool(&schema), &["moved_schema"]);
    let function = &after["tools"][0]["functionDeclarations"][0];
    assert_eq!(function["parametersJsonSchema"], schema);
    assert_eq!(function.get("parameters"), None);
    // A schema of the subset cannot be moved: it is cleaned.
    let schema = json!({"type": "OBJECT", "required": ["bed", "gone"], "properties": {
        "bed": {"$ref": "#/$defs/bed"},
        "unit": {"const": "percent", "examples": ["percent"]},
        "depth": {"type": ["INTEGER", "null"]},
        "level": {"type": "INTEGER", "enum": [1, 2]},
        "kind": {"type": "STRING", "enum": ["", "clay"]},
        "list": {"type": "ARRAY"}},
        "$defs": {"bed": {"type": "INTEGER", "exclusiveMinimum": 0}}});
    let body = tool(&schema).to_string();
    let request = Request::parse_as(Format::Gemini, &body).unwrap();
    let policy = RepairPolicy::none().clean_schemas(true);
    let repaired = gemini.repair(&request, &policy).unwrap();
    assert!(repaired.report().is_ok(), "{:?}", repaired.remaining());
    let after: Value = serde_json::from_slice(repaired.request().as_bytes()).unwrap();
    assert_eq!(
        after["tools"][0]["functionDeclarations"][0]["parameters"],
        json!({"type": "OBJECT", "required": ["bed"], "properties": {
            "bed": {"type": "INTEGER", "minimum": 0},
            "unit": {"enum": ["percent"]},
            "depth": {"nullable": true, "type": "INTEGER"},
            "level": {"type": "string", "enum": ["1", "2"]},
            "kind": {"type": "STRING", "enum": ["clay"]},
            "list": {"type": "ARRAY", "items": {"type": "string"}}}})
    );
    // The receipt lists what the model no longer sees.
    let dropped: Vec<&str> = repaired
        .receipt()
        .edits
        .iter()
        .filter(|edit| edit.action.as_str() == "dropped_keyword")
        .map(|edit| edit.pointer())
        .collect();
    assert_eq!(
        dropped,
        ["/tools/0/functionDeclarations/0/parameters/properties/unit/examples"]
    );

    let after = claude(
        json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": "Dry?"}],
            "tools": [{"name": "soil", "input_schema": {"type": "object", "properties": {"bed": {"type": "integer"}},
                "anyOf": [{"properties": {"row": {"type": "integer"}}}, {"required": ["bed"]}]}}]}),
        &["dropped_keyword"],
    );
    assert_eq!(
        after["tools"][0]["input_schema"],
        json!({"type": "object", "properties": {"bed": {"type": "integer"}, "row": {"type": "integer"}}})
    );

    let openai = budget("gpt-4o", None);
    let body = json!({"messages": [{"role": "user", "content": "Dry?"}], "tools": [{"type": "function", "function":
        {"name": "soil", "parameters": {"type": "object", "properties": {"beds": {"type": "array"}}}}}]});
    let after = repaired_body(&openai, Format::OpenAiChat, &body, &["added_field"]);
    assert_eq!(
        after["tools"][0]["function"]["parameters"]["properties"]["beds"],
        json!({"type": "array", "items": {}})
    );
}

/// Two schemas that refer to each other, and one that doubles at each step, terminate.
#[test]
fn references_without_an_end() {
    let mut defs = serde_json::Map::new();
    defs.insert(
        "a".to_owned(),
        json!({"type": "OBJECT", "properties": {"b": {"$ref": "#/$defs/b"}}}),
    );
    defs.insert(
        "b".to_owned(),
        json!({"type": "OBJECT", "properties": {"a": {"$ref": "#/$defs/a"}}}),
    );
    for n in 0..40 {
        let next = format!("#/$defs/d{}", n + 1);
        defs.insert(
            format!("d{n}"),
            json!({"type": "OBJECT", "properties": {"l": {"$ref": next}, "r": {"$ref": next}}}),
        );
    }
    let schema = json!({"type": "OBJECT", "properties": {"a": {"$ref": "#/$defs/a"}, "d": {"$ref": "#/$defs/d0"}}, "$defs": defs});
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "Dry?"}]}],
        "tools": [{"functionDeclarations": [{"name": "soil", "parameters": schema}]}]})
    .to_string();
    let request = Request::parse_as(Format::Gemini, &body).unwrap();
    let policy = RepairPolicy::none().clean_schemas(true);
    let budget = budget("gemini-2.5-flash", Some(Host::Gemini));
    let repaired = budget.repair(&request, &policy).unwrap();
    assert!(repaired.request().as_bytes().len() < 40_000_000);
}

#[test]
fn tools_become_text_where_none_are_offered() {
    let body = json!({"messages": [
        {"role": "user", "content": [{"text": "How dry?"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "soil", "input": {"bed": 3}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "3 %"}]}}, {"text": "Sum up."}]}]});
    let after = repaired_body(
        &budget(
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some(Host::Bedrock),
        ),
        Format::BedrockConverse,
        &body,
        &["wrote_tools_as_text"],
    );
    assert_eq!(
        after["messages"][1]["content"],
        json!([{"text": "[call of soil: {\"bed\":3}]"}])
    );
    assert_eq!(
        after["messages"][2]["content"][0],
        json!({"text": "[result: 3 %]"})
    );
}

#[test]
fn marks_and_thinking() {
    let marked = |n: usize| json!({"type": "text", "text": format!("part {n}"), "cache_control": {"type": "ephemeral"}});
    let parts: Vec<Value> = (0..6).map(marked).collect();
    let after = claude(
        json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": parts}]}),
        &["dropped_cache_mark"],
    );
    let left: Vec<bool> = after["messages"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.get("cache_control").is_some())
        .collect();
    assert_eq!(left, [false, false, true, true, true, true]);

    let newest = budget("claude-opus-5-5", None);
    let body = json!({"model": "claude-opus-5-5", "max_tokens": 20_000, "messages": [{"role": "user", "content": "Hi"}],
        "thinking": {"type": "enabled", "budget_tokens": 5_000}});
    let after = repaired_body(
        &newest,
        Format::Anthropic,
        &body,
        &["changed_thinking", "added_field"],
    );
    assert_eq!(after["thinking"], json!({"type": "adaptive"}));
    assert_eq!(after["output_config"], json!({"effort": "medium"}));
    let after = claude(
        json!({"model": "claude-sonnet-4-5", "max_tokens": 20_000, "messages": [{"role": "user", "content": "Hi"}],
            "thinking": {"type": "adaptive"}, "temperature": 1, "top_p": 0.97}),
        &["changed_thinking", "dropped_setting"],
    );
    assert_eq!(
        after["thinking"],
        json!({"type": "enabled", "budget_tokens": 10_000})
    );
    assert_eq!(
        (after.get("temperature"), after.get("top_p")),
        (Some(&json!(1)), None)
    );

    let call = json!({"role": "assistant", "content": "", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "soil", "arguments": "{}"}}]});
    let body = json!({"messages": [{"role": "user", "content": "Dry?"}, call, {"role": "tool", "tool_call_id": "a", "content": "3"}]});
    let deepseek = budget("deepseek-v4-pro", Some(Host::DeepSeek));
    let after = repaired_body(&deepseek, Format::OpenAiChat, &body, &["added_field"]);
    assert_eq!(after["messages"][1]["reasoning_content"], "");
}

#[test]
fn another_model_is_named_and_another_format_is_an_error() {
    let text = r#"{"model": "gpt-5.4", "messages": [ {"role": "developer", "content": "Be brief."},  {"role": "user", "content": "Hi"} ]}"#;
    let request = Request::parse(text).unwrap();
    let policy = RepairPolicy::port();
    let models = Models::builtin();
    let budget = Budget::new(&models.get("deepseek-chat").unwrap()).at_host(Host::DeepSeek);
    let ready = budget.port(&request, &policy).unwrap();
    assert_eq!(
        std::str::from_utf8(ready.request().as_bytes()).unwrap(),
        r#"{"model": "deepseek-chat", "messages": [ {"role": "system", "content": "Be brief."},  {"role": "user", "content": "Hi"} ]}"#
    );
    for (model, host) in [
        ("claude-sonnet-4-5", Some(Host::Bedrock)),
        ("gemini-2.5-flash", Some(Host::Gemini)),
    ] {
        let converse = r#"{"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}"#;
        let request = Request::parse_as(Format::Gemini, r#"{"contents": []}"#).unwrap();
        let other = Request::parse_as(Format::BedrockConverse, converse).unwrap();
        let budget = self::budget(model, host);
        let wrong = if host == Some(Host::Bedrock) {
            &request
        } else {
            &other
        };
        let error = budget.port(wrong, &policy).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OtherFormat);
        assert_eq!(error.kind().as_str(), "other_format");
    }
}

#[test]
fn mistral_continues_an_answer_that_is_marked() {
    let body = json!({"messages": [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "One, two"}]});
    let text = body.to_string();
    let request = Request::parse_as(Format::OpenAiChat, &text).unwrap();
    let mistral = budget("mistral-large-latest", Some(Host::Mistral));
    let ready = mistral.port(&request, &RepairPolicy::port()).unwrap();
    assert!(ready.report().is_ok(), "{:?}", ready.remaining());
    let after: Value = serde_json::from_slice(ready.request().as_bytes()).unwrap();
    assert_eq!(after["messages"][1]["prefix"], true);
}

/// Adapts a request to a target, twice; returns whether it is served, and the number of remaining
/// findings.
pub(crate) fn ready_for(request: &Request<'_>, target: &Budget) -> Option<usize> {
    let policy = RepairPolicy::port();
    let ready = match target.port(request, &policy) {
        Ok(ready) => ready,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::OtherFormat, "{error}");
            return None;
        }
    };
    let receipt = ready.receipt();
    assert_eq!(ready.is_changed(), !receipt.edits.is_empty());
    if !ready.is_changed() {
        assert_eq!(ready.request().as_bytes(), request.as_bytes());
    }
    // A message without an edit keeps its bytes; moved results and joined messages are added to
    // others.
    let comes = ["joined_messages", "moved_result", "added_placeholder"];
    let still = receipt
        .edits
        .iter()
        .all(|edit| !comes.contains(&edit.action.as_str()));
    let list = request
        .messages()
        .filter(|message| message.list_index().is_some());
    let kept: Vec<&str> = ready
        .request()
        .messages()
        .map(|message| message.raw_json())
        .collect();
    for message in list {
        let pointer = message.pointer();
        let touched = receipt.edits.iter().any(|edit| {
            edit.pointers.iter().any(|place| {
                place == &pointer
                    || place.starts_with(&format!("{pointer}/"))
                    || pointer.starts_with(place.as_str())
            })
        });
        assert!(
            !still || touched || kept.contains(&message.raw_json()),
            "{pointer}: {:?}",
            receipt.edits
        );
    }
    // A second time changes nothing.
    let again = target.port(ready.request(), &policy).unwrap();
    assert!(
        !again.is_changed(),
        "{:?}\n{:?}",
        receipt.edits,
        again.receipt().edits
    );
    let refused = ready
        .remaining()
        .iter()
        .filter(|finding| finding.severity == tokenfit::check::Severity::Refused);
    Some(refused.count())
}

#[test]
fn cases_of_our_own_made_ready_for_other_models() {
    let targets: Vec<Budget> = TARGETS
        .iter()
        .map(|(model, host)| budget(model, *host))
        .collect();
    let cases = concat!(
        include_str!("../cases/form.jsonl"),
        include_str!("../cases/check.jsonl")
    );
    let (mut ready, mut clean, mut other) = (0, 0, 0);
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = whole(&case["body"]).to_string();
        // Files of megabytes are slow and add nothing.
        if text.len() > 200_000 {
            continue;
        }
        let format = case.get("format").and_then(Value::as_str);
        let request = match format {
            Some(format) => Request::parse_as(format.parse().unwrap(), &text),
            None => Request::parse(&text),
        };
        let Ok(request) = request else {
            continue;
        };
        for target in &targets {
            match ready_for(&request, target) {
                None => other += 1,
                Some(left) => {
                    ready += 1;
                    clean += usize::from(left == 0);
                }
            }
        }
    }
    println!("{clean} of {ready} are not refused; {other} are in another format");
    assert!(ready > 1_000 && other > 1_000);
}
