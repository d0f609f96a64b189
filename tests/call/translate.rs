//! Calls that fall over to a target of another format, and the way back.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokenfit::call::{Call, CallLayer, Caller, GiveUpReason, Moment, Step, Target};
use tokenfit::fit::Preset;
use tokenfit::reply::error::NO_HEADERS;
use tokenfit::{Format, Models};
use tower_layer::Layer;
use tower_service::Service;

use crate::fake::{Fake, Reply};

const QUOTA: &str = r#"{"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}}"#;

fn at() -> Moment {
    Moment::new(1_764_300_000_000, 0.5)
}

fn target(name: &str) -> Target {
    Target::new(&Models::builtin().get(name).unwrap())
}

fn chat(fields: Value) -> String {
    let mut body = json!({"model": "gpt-4o", "max_tokens": 600, "seed": 3,
        "tools": [{"type": "function", "function": {"name": "soil", "parameters": {"type": "object", "properties": {"bed": {"type": "integer"}}}}}],
        "messages": [
            {"role": "system", "content": "You tend a garden."},
            {"role": "user", "content": "Is bed 1 dry?"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "soil", "arguments": "{\"bed\": 1}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "9 %"}]});
    for (field, value) in fields.as_object().unwrap() {
        body[field] = value.clone();
    }
    body.to_string()
}

/// Returns format, target and body of the next send.
fn sent(call: &mut Call) -> (Format, usize, Value) {
    match call.next(at()) {
        Step::Send {
            body,
            format,
            target,
            ..
        } => (format, target, serde_json::from_slice(body).unwrap()),
        step => panic!("{step:?}"),
    }
}

#[test]
fn a_chat_falls_over_to_messages_and_contents() {
    let chain = [
        target("gpt-4o"),
        target("claude-sonnet-4-5").in_format(Format::Anthropic),
        target("gemini-3-flash-preview").in_format(Format::Gemini),
    ];
    let caller = Caller::new().fit(Preset::Agent);
    let mut call = caller.call(&chain, &chat(json!({}))).unwrap();
    let (format, nth, _) = sent(&mut call);
    assert_eq!((format, nth), (Format::OpenAiChat, 0));
    call.answered(at(), 429, NO_HEADERS, QUOTA.as_bytes());

    let (format, nth, body) = sent(&mut call);
    assert_eq!((format, nth), (Format::Anthropic, 1));
    assert_eq!(body["system"], "You tend a garden.");
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], "call_1");
    let edits = call.receipts().iter().flat_map(|one| &one.edits);
    let places: Vec<&str> = edits.map(|edit| edit.pointer()).collect();
    assert!(places.contains(&"/seed"), "{places:?}");
    let refused = r#"{"type": "error", "error": {"type": "permission_error", "message": "Your key has no access."}}"#;
    call.answered(at(), 403, NO_HEADERS, refused.as_bytes());

    let (format, nth, body) = sent(&mut call);
    assert_eq!((format, nth), (Format::Gemini, 2));
    // Google asks for a signature of the thought that led to the open call.
    assert_eq!(
        body["contents"][1]["parts"][0]["thoughtSignature"],
        "skip_thought_signature_validator"
    );
    let answer = json!({"responseId": "r1", "modelVersion": "gemini-3-flash-preview",
        "candidates": [{"finishReason": "STOP", "content": {"role": "model", "parts": [{"text": "Yes, it is dry."}]}}],
        "usageMetadata": {"promptTokenCount": 60, "candidatesTokenCount": 6, "totalTokenCount": 66}})
    .to_string();
    call.answered(at(), 200, NO_HEADERS, answer.as_bytes());
    assert!(matches!(call.next(at()), Step::Done));
    assert_eq!(call.usage().map(|usage| usage.billed_input()), Some(60));
    let own = call.own_answer(answer.as_bytes()).unwrap();
    let own: Value = serde_json::from_slice(&own).unwrap();
    assert_eq!(
        own["choices"][0]["message"],
        json!({"role": "assistant", "content": "Yes, it is dry.", "refusal": null})
    );
    assert_eq!(own["usage"]["total_tokens"], 66);
}

#[test]
fn messages_fall_over_to_a_host_without_them() {
    let body = json!({"model": "claude-sonnet-5", "max_tokens": 400, "system": "Be brief.",
        "messages": [{"role": "user", "content": "Is bed 1 dry?"}]});
    let chain = [target("claude-sonnet-5"), target("gpt-4o")];
    let mut call = Caller::new().call(&chain, &body.to_string()).unwrap();
    assert_eq!(sent(&mut call).0, Format::Anthropic);
    let billing =
        r#"{"type": "error", "error": {"type": "billing_error", "message": "No credit."}}"#;
    call.answered(at(), 402, NO_HEADERS, billing.as_bytes());
    let (format, nth, chat) = sent(&mut call);
    assert_eq!((format, nth), (Format::OpenAiChat, 1));
    assert_eq!(chat["messages"][0]["content"], "Be brief.");
    let answer = r#"{"id": "c1", "model": "gpt-4o", "choices": [{"message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22}}"#;
    call.answered(at(), 200, NO_HEADERS, answer.as_bytes());
    assert!(matches!(call.next(at()), Step::Done));
    let own = call.own_answer(answer.as_bytes()).unwrap();
    let own: Value = serde_json::from_slice(&own).unwrap();
    assert_eq!(own["content"], json!([{"type": "text", "text": "Yes."}]));
    assert_eq!(
        (&own["type"], &own["stop_reason"]),
        (&json!("message"), &json!("end_turn"))
    );
}

#[test]
fn a_target_that_cannot_be_asked_is_skipped() {
    let chain = || {
        [
            target("claude-sonnet-4-5").in_format(Format::Anthropic),
            target("gpt-4.1"),
        ]
    };
    for (fields, word) in [
        (json!({"n": 2}), "several_answers"),
        (json!({"stream": true}), "stream"),
    ] {
        let mut call = Caller::new().call(&chain(), &chat(fields.clone())).unwrap();
        let (format, nth, _) = sent(&mut call);
        assert_eq!((format, nth), (Format::OpenAiChat, 1), "{word}");
        assert_eq!(call.tries()[0].unsendable, Some("untranslatable"));

        let [only, _] = chain();
        let mut call = Caller::new().call(&[only], &chat(fields)).unwrap();
        assert!(matches!(
            call.next(at()),
            Step::GiveUp {
                reason: GiveUpReason::NotSendable
            }
        ));
        let error = call.error().unwrap();
        assert_eq!(error.untranslatable(), Some(word));
        let answer = call.client_answer();
        assert_eq!(answer.status, 400);
        assert!(answer.body.starts_with(r#"{"error":"#), "{}", answer.body);
    }
}

/// Posts a chat through a layer whose only target is asked in another format.
fn post(fake: &Fake, to: &'static str, format: Format) -> (u16, Value) {
    let layer = CallLayer::new(Caller::new(), &Models::builtin(), tokio::time::sleep)
        .chain(move |_, _, _| vec![target(to).in_format(format)]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let url = format!("{}/v1/chat/completions", fake.url());
    runtime.block_on(async move {
        let client: Client<HttpConnector, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build_http();
        let mut service = layer.layer(client);
        let body = Full::new(Bytes::from(chat(json!({}))));
        let request = http::Request::post(url).body(body).unwrap();
        std::future::poll_fn(|cx| service.poll_ready(cx))
            .await
            .unwrap();
        let response = service.call(request).await.unwrap();
        let status = response.status().as_u16();
        let length = response.headers().get("content-length").cloned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        if let Some(length) = length {
            assert_eq!(length.to_str().unwrap(), body.len().to_string());
        }
        (status, serde_json::from_slice(&body).unwrap())
    })
}

#[test]
fn a_layer_answers_in_the_format_of_its_client() {
    let answer = r#"{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "Yes."}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 60, "output_tokens": 2}}"#;
    let fake = Fake::script(vec![Reply::ok(answer)]);
    let (status, body) = post(&fake, "claude-sonnet-4-5", Format::Anthropic);
    assert_eq!(
        (status, &body["choices"][0]["message"]["content"]),
        (200, &json!("Yes."))
    );
    let seen = fake.seen();
    assert_eq!(seen[0].path, "/v1/messages");
    let sent: Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(sent["system"], "You tend a garden.");

    let refused = r#"{"error": {"code": 400, "message": "This is not allowed.", "status": "INVALID_ARGUMENT"}}"#;
    let fake = Fake::script(vec![Reply::error(400, refused)]);
    let (status, body) = post(&fake, "gemini-2.5-flash", Format::Gemini);
    assert_eq!(
        (status, &body["error"]["message"], &body["error"]["type"]),
        (
            400,
            &json!("This is not allowed."),
            &json!("invalid_request_error")
        )
    );
    assert_eq!(
        fake.seen()[0].path,
        "/v1beta/models/gemini-2.5-flash:generateContent"
    );
}
