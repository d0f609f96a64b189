//! Counts for models without rules: unknown names, and families of which recordings show what the
//! server adds.

use tokenfit::model::{Day, Host, Limits, UnknownModels};
use tokenfit::{Accuracy, Models, Request, RequestCount};

const CHAT: &str = r#"{"model": "acme-chat-7", "messages": [{"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How far is the moon from the earth?"}]}"#;
const FORMATS: [&str; 4] = [
    CHAT,
    r#"{"model": "acme-chat-7", "max_tokens": 9, "system": "Be brief.", "messages": [{"role": "user", "content": "Why?"}]}"#,
    r#"{"model": "acme-chat-7", "contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}"#,
    r#"{"model": "acme-chat-7", "input": [{"role": "user", "content": "Why?"}]}"#,
];

fn count(models: &Models, body: &str) -> RequestCount {
    let request = Request::parse(body).unwrap();
    models.for_request(&request).unwrap().count(&request)
}

/// A count with a substitute never fails, and says what is assumed.
#[test]
fn unknown_names_are_counted_and_the_answer_says_so() {
    let of = |unknown: UnknownModels| Models::builtin().unknown_models(unknown).unwrap();
    for models in [
        of(UnknownModels::Assume(Limits::window(32_000))),
        of(UnknownModels::assume("gpt-4o")),
        of(UnknownModels::assume("claude-sonnet-4-5")),
    ] {
        for body in FORMATS {
            let count = count(&models, body);
            assert_eq!(count.accuracy(), Accuracy::Estimated, "{body}");
            assert!(count.total().upper().unwrap() < 2_000, "{}", count.total());
            assert!(
                count
                    .uncertain()
                    .iter()
                    .any(|place| place.pointer == "/model" && place.reason.contains("not listed")),
                "{:?}",
                count.uncertain()
            );
            assert_eq!(count.model(), "acme-chat-7");
        }
    }
    let models = of(UnknownModels::Guess);
    let body = CHAT.replace("acme-chat-7", "gpt-4o-of-acme");
    let count = count(&models, &body);
    assert!(
        count
            .uncertain()
            .iter()
            .any(|place| place.reason.contains("not listed")),
        "{:?}",
        count.uncertain()
    );
}

#[test]
fn families_have_the_tokens_that_servers_add() {
    let models = Models::builtin();
    let request = Request::parse(CHAT).unwrap();
    for (name, host, likely) in [
        // 3 and 9 tokens of text, as in every one of these vocabularies.
        ("nova-lite", Host::Bedrock, 12),
        ("nova-2-lite", Host::Bedrock, 12 + 45),
        ("sonar-pro", Host::Perplexity, 12),
        ("grok-4-fast", Host::Xai, 12 + 156),
        ("grok-code-fast-1", Host::Xai, 12 + 204),
        ("mimo-v2.6-pro", Host::Xiaomi, 12 + 244 + 8),
    ] {
        let count = models.get(name).unwrap().at_host(host).count(&request);
        let total = count.total();
        assert_eq!(total.tokens(), likely, "{name}: {total}");
        assert!(total.upper().unwrap() < likely + 40, "{name}: {total}");
        assert_eq!(total.accuracy(), Accuracy::Estimated);
    }
}

#[test]
fn a_prompt_of_the_server_is_dated() {
    let request = Request::parse(CHAT).unwrap();
    let on = |day: &str| {
        let models = Models::builtin().on(day.parse::<Day>().unwrap());
        models.get("grok-4").unwrap().count(&request).total()
    };
    assert!(on("2025-08-01").upper().unwrap() < 60);
    assert!(on("2026-01-01").upper().unwrap() > 690);
}

#[test]
fn a_system_that_searches_has_no_upper_bound() {
    let request = Request::parse(CHAT).unwrap();
    let model = Models::builtin().get("compound").unwrap();
    assert_eq!(model.count(&request).total().upper(), None);
}

#[test]
fn instructions_that_a_gateway_keeps_have_no_upper_bound() {
    let body = r#"{"preset": "garden", "messages": [{"role": "user", "content": "Is it dry?"}]}"#;
    let request = Request::parse(body).unwrap();
    let model = Models::builtin().get("openrouter/openai/gpt-4o").unwrap();
    assert_eq!(model.count(&request).total().upper(), None);
    assert_eq!(model.bounds(&request).upper(), None);
}

/// docs/evidence/billing_other_providers.md, section 10.
#[test]
fn images_of_any_size_have_the_bound_of_their_vendor() {
    let body = r#"{"messages": [{"role": "user", "content": [{"type": "text", "text": "Is it dry?"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]}"#;
    let request = Request::parse(body).unwrap();
    for (name, most) in [
        ("mistral-medium-2508", 4_200),
        ("groq/meta-llama/llama-4-scout-17b-16e-instruct", 2_600),
        ("qwen3-vl-plus", 16_400),
        ("grok-4.3", 1_800),
    ] {
        let model = Models::builtin().get(name).unwrap();
        let upper = model.count(&request).total().upper().unwrap();
        assert!((most..most + 1_000).contains(&upper), "{name}: {upper}");
        let bounds = model.bounds(&request).upper().unwrap();
        assert!(
            bounds >= upper && bounds < 3 * most + 5_000,
            "{name}: {bounds}"
        );
    }
}

#[test]
fn definitions_that_may_not_be_called_may_be_left_out() {
    let tools = r#"[{"type": "function", "function": {"name": "find", "description": "Finds a parcel.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]"#;
    let of = |choice: &str| {
        let body = format!(
            r#"{{"messages": [{{"role": "user", "content": "Hello"}}], "tools": {tools}, "tool_choice": "{choice}"}}"#
        );
        let request = Request::parse(&body).unwrap();
        let model = Models::builtin()
            .get("llama-4-scout-17b-16e-instruct")
            .unwrap();
        model.at_host(Host::Groq).count(&request).tools()
    };
    assert!(of("auto").lower() > 500);
    assert_eq!(of("none").lower(), 0);
    assert_eq!(of("none").upper(), of("auto").upper());
}
