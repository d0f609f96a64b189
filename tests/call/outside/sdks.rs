//! The official Python SDKs, unchanged, against the count endpoints and the proxy.

use std::process::Command;

use serde_json::Value;

use crate::fake::{Fake, Received, Reply};
use crate::serve::Server;

/// A provider of both formats that fails once in a while.
fn provider() -> Fake {
    let overloaded = std::sync::atomic::AtomicBool::new(true);
    Fake::new(move |received: &Received| {
        let body: Value = serde_json::from_slice(&received.body).unwrap();
        let text = body["messages"][0]["content"].as_str().unwrap_or_default();
        let is_anthropic = received.path.ends_with("/messages");
        let streams = body["stream"] == true;
        match text {
            "overloaded" if overloaded.swap(false, std::sync::atomic::Ordering::Relaxed) => {
                Reply::Whole(
                    503,
                    vec![("retry-after", "0".to_owned())],
                    r#"{"error": {"message": "Overloaded"}}"#.to_owned(),
                )
            }
            "key" => Reply::error(
                401,
                r#"{"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}}"#,
            ),
            _ if is_anthropic && streams => Reply::events(&[
                "event: message_start\ndata: {\"type\": \"message_start\", \"message\": {\"id\": \"msg_1\", \"type\": \"message\", \"role\": \"assistant\", \"model\": \"claude-sonnet-4-5\", \"content\": [], \"stop_reason\": null, \"stop_sequence\": null, \"usage\": {\"input_tokens\": 9, \"output_tokens\": 1}}}\n\n",
                "event: content_block_start\ndata: {\"type\": \"content_block_start\", \"index\": 0, \"content_block\": {\"type\": \"text\", \"text\": \"\"}}\n\n",
                "event: content_block_delta\ndata: {\"type\": \"content_block_delta\", \"index\": 0, \"delta\": {\"type\": \"text_delta\", \"text\": \"Bed 1\"}}\n\n",
                "event: content_block_delta\ndata: {\"type\": \"content_block_delta\", \"index\": 0, \"delta\": {\"type\": \"text_delta\", \"text\": \" is dry.\"}}\n\n",
                "event: content_block_stop\ndata: {\"type\": \"content_block_stop\", \"index\": 0}\n\n",
                "event: message_delta\ndata: {\"type\": \"message_delta\", \"delta\": {\"stop_reason\": \"end_turn\", \"stop_sequence\": null}, \"usage\": {\"output_tokens\": 6}}\n\n",
                "event: message_stop\ndata: {\"type\": \"message_stop\"}\n\n",
            ]),
            _ if is_anthropic => Reply::ok(
                r#"{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "Bed 1 is dry."}], "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 6}}"#,
            ),
            _ if streams => Reply::events(&[
                "data: {\"id\": \"c1\", \"object\": \"chat.completion.chunk\", \"created\": 1, \"model\": \"gpt-4o\", \"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\", \"content\": \"Bed 1\"}, \"finish_reason\": null}]}\n\n",
                "data: {\"id\": \"c1\", \"object\": \"chat.completion.chunk\", \"created\": 1, \"model\": \"gpt-4o\", \"choices\": [{\"index\": 0, \"delta\": {\"content\": \" is dry.\"}, \"finish_reason\": null}]}\n\n",
                "data: {\"id\": \"c1\", \"object\": \"chat.completion.chunk\", \"created\": 1, \"model\": \"gpt-4o\", \"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n",
                "data: [DONE]\n\n",
            ]),
            _ => Reply::ok(
                r#"{"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Bed 1 is dry."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}}"#,
            ),
        }
    })
}

/// `TOKENFIT_PYTHON` names the interpreter of an environment with both packages.
#[test]
#[ignore = "needs the Python SDKs"]
fn the_python_sdks_work_unchanged() {
    let fake = provider();
    let server = Server::before(&fake, &[]);
    let python = std::env::var("TOKENFIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/call/outside/sdks.py"
        ))
        .arg(format!("http://{}", server.addr))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Counts that the script printed are those of this crate.
    let claude = r#"{"model": "claude-sonnet-4-5", "system": "Be brief.", "messages": [{"role": "user", "content": "Is bed 1 dry?"}]}"#;
    let openai = r#"{"model": "gpt-5", "input": "Is bed 1 dry?"}"#;
    for (name, body) in [("anthropic", claude), ("openai", openai)] {
        let line = format!("{name} counts {}", tokenfit::count(body).unwrap().tokens());
        assert!(said.contains(&line), "{line} in {said}");
    }
    println!("{said}");
    // A refused request was never sent, and a final answer was not asked for again.
    let seen = fake.seen();
    let sent = |text: &str| {
        let is_it = |one: &&Received| String::from_utf8_lossy(&one.body).contains(text);
        seen.iter().filter(is_it).count()
    };
    assert_eq!(
        (sent("refused"), sent(r#""key""#), sent("overloaded")),
        (0, 1, 2)
    );
    assert!(seen.iter().all(|one| one.header("user-agent").is_some()));
}
