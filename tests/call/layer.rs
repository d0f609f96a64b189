//! The tower layer around a client, against a provider on a loopback port.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokenfit::call::{CallLayer, Caller};
use tokenfit::check::RepairPolicy;
use tokenfit::fit::Preset;
use tokenfit::{Models, Request};
use tower_layer::Layer;
use tower_service::Service;

use crate::fake::{Fake, Reply};

const OK: &str = r#"{"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}"#;

struct Outcome {
    status: u16,
    body: String,
    whole: bool,
    sends: Option<String>,
    waits: Vec<Duration>,
    calls: Vec<String>,
}

/// Posts a body through the layer.
fn post(fake: &Fake, path: &str, body: &str) -> Outcome {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let (of_sleep, of_calls) = (Arc::clone(&waits), Arc::clone(&calls));
    let caller = Caller::new()
        .repair(RepairPolicy::default())
        .fit(Preset::Agent);
    let layer = CallLayer::new(caller, &Models::builtin(), move |time| {
        of_sleep.lock().unwrap().push(time);
        tokio::time::sleep(time)
    })
    .observe(move |call| of_calls.lock().unwrap().push(format!("{call:?}")));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let url = format!("{}{path}", fake.url());
    let body = body.to_owned();
    let (status, sends, body, whole) = runtime.block_on(async move {
        let client: Client<HttpConnector, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build_http();
        let mut service = layer.layer(client);
        let request = http::Request::post(url)
            .header("authorization", "Bearer sk-marker-key")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        std::future::poll_fn(|cx| service.poll_ready(cx))
            .await
            .unwrap();
        let response = service.call(request).await.unwrap();
        let status = response.status().as_u16();
        let sends = response
            .headers()
            .get("x-tokenfit-sends")
            .map(|value| value.to_str().unwrap().to_owned());
        let mut body = response.into_body();
        let (mut all, mut whole) = (Vec::new(), true);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => all.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        (status, sends, String::from_utf8(all).unwrap(), whole)
    });
    let outcome = Outcome {
        status,
        body,
        whole,
        sends,
        waits: waits.lock().unwrap().clone(),
        calls: calls.lock().unwrap().clone(),
    };
    assert!(
        outcome.calls.iter().all(|call| !call.contains("marker")),
        "no key in what is observed"
    );
    outcome
}

fn chat(turns: usize) -> String {
    let turns: String = (0..turns).map(|bed| format!(r#"{{"role": "user", "content": "Is bed {bed} dry?"}}, {{"role": "assistant", "content": "Bed {bed} is dry."}}, "#)).collect();
    format!(
        r#"{{"model": "gpt-4o", "messages": [{turns}{{"role": "user", "content": "And bed 2?"}}]}}"#
    )
}

#[test]
fn a_good_answer_passes_with_the_same_bytes() {
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let body = chat(2);
    let outcome = post(&fake, "/v1/chat/completions", &body);
    assert_eq!(
        (
            outcome.status,
            outcome.body.as_str(),
            outcome.sends.as_deref()
        ),
        (200, OK, Some("1"))
    );
    let seen = fake.seen();
    assert_eq!(seen[0].body, body.as_bytes());
    assert_eq!(
        seen[0].header("authorization"),
        Some("Bearer sk-marker-key")
    );
    assert_eq!(outcome.calls.len(), 1);
}

#[test]
fn refused_sends_are_repeated_after_their_wait() {
    let limited = Reply::Whole(
        429,
        vec![("retry-after", "2".to_owned())],
        r#"{"error": {"message": "slow down"}}"#.to_owned(),
    );
    let fake = Fake::script(vec![limited, Reply::Close, Reply::CutBody, Reply::ok(OK)]);
    let outcome = post(&fake, "/v1/chat/completions", &chat(2));
    assert_eq!((outcome.status, outcome.sends.as_deref()), (200, Some("4")));
    assert!(outcome.waits[0] >= Duration::from_secs(2) && outcome.waits.len() <= 3);
}

#[test]
fn an_overflow_is_healed_within_the_call() {
    let overflow = r#"{"error": {"code": "context_length_exceeded", "message": "This model's maximum context length is 300 tokens. However, your messages resulted in 700 tokens."}}"#;
    let event = format!("data: {overflow}\n\n");
    let good = [
        "data: {\"choices\": [{\"delta\": {\"content\": \"Yes.\"}}]}\n\n",
        "data: {\"choices\": [{\"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    ];
    for first in [Reply::error(400, overflow), Reply::events(&[&event])] {
        let fake = Fake::script(vec![first, Reply::events(&good)]);
        let body = chat(60);
        let outcome = post(&fake, "/v1/chat/completions", &body);
        assert_eq!((outcome.status, outcome.body), (200, good.concat()));
        let seen = fake.seen();
        assert_eq!(seen.len(), 2);
        assert!(seen[1].body.len() * 2 < body.len());
        assert!(tokenfit::check(&seen[1].body).is_ok());
    }
}

#[test]
fn a_stream_that_was_shown_is_not_sent_again() {
    let part = "data: {\"choices\": [{\"delta\": {\"content\": \"Bed\"}}]}\n\n";
    let fake = Fake::script(vec![
        Reply::Events(vec![part.to_owned()], Duration::ZERO, true),
        Reply::ok(OK),
    ]);
    let outcome = post(&fake, "/v1/chat/completions", &chat(2));
    assert_eq!(
        (outcome.status, outcome.body.as_str(), outcome.whole),
        (200, part, false)
    );
    assert_eq!(fake.seen().len(), 1);
    assert_eq!(outcome.calls.len(), 1);
}

#[test]
fn a_broken_history_is_repaired_and_a_hopeless_one_refused() {
    let fake = Fake::script(vec![Reply::ok(OK)]);
    let broken = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "In stock?"}, {"role": "assistant", "tool_calls": [{"id": "c7", "type": "function", "function": {"name": "stock", "arguments": "{}"}}]}, {"role": "user", "content": "Hello?"}]}"#;
    let outcome = post(&fake, "/v1/chat/completions", broken);
    assert_eq!(outcome.status, 200);
    let sent = fake.seen()[0].body.clone();
    assert!(tokenfit::check(&sent).is_ok());
    assert_eq!(Request::parse(&sent).unwrap().messages().len(), 4);

    let hopeless =
        r#"{"model": "gpt-4o", "temperature": 9, "messages": [{"role": "user", "content": "Hi"}]}"#;
    let outcome = post(&fake, "/v1/chat/completions", hopeless);
    let answer: Value = serde_json::from_str(&outcome.body).unwrap();
    assert_eq!(
        (outcome.status, answer["error"]["param"].as_str()),
        (400, Some("temperature"))
    );
    assert_eq!(fake.seen().len(), 1, "nothing was sent");
}

#[test]
fn other_requests_pass_through() {
    let fake = Fake::script(vec![Reply::ok("{}")]);
    for path in ["/v1/files", "/v1/messages/count_tokens"] {
        let outcome = post(&fake, path, "not json");
        assert_eq!((outcome.status, outcome.sends), (200, None));
    }
    let seen = &fake.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.body.as_slice()),
        ("POST", b"not json".as_slice())
    );
}
