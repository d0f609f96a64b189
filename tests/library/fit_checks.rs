//! Requests that fit are checked: what would be refused is repaired or is an error.

use tokenfit::check::codes;
use tokenfit::fit::{Conversation, Fitter, Preset};
use tokenfit::{Budget, ErrorKind, Models, Request};

/// Requests that fit and that OpenAI refuses, with the code of the finding.
const REFUSED: &[(&str, &str)] = &[
    (
        r#"{"model": "gpt-4o", "max_tokens": -5, "messages": [{"role": "user", "content": "Hello"}]}"#,
        codes::OUT_OF_RANGE,
    ),
    (
        r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": null}]}"#,
        codes::MISSING_CONTENT,
    ),
    (
        r#"{"model": "gpt-4o", "messages": [{"role": "wizard", "content": "Hello"}]}"#,
        codes::UNKNOWN_ROLE,
    ),
    (
        r#"{"model": "gpt-4o", "messages": []}"#,
        codes::EMPTY_MESSAGES,
    ),
    (
        r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,####"}}]}]}"#,
        codes::INVALID_IMAGE,
    ),
];

fn fitter() -> Fitter {
    Preset::Agent.fitter(Budget::new(&Models::builtin().get("gpt-4o").unwrap()))
}

#[test]
fn a_request_that_fits_and_would_be_refused_is_an_error() {
    for (body, code) in REFUSED {
        let error = tokenfit::fit(body, 8_000).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{body}");
        assert_eq!(error.refused_for()[0].0, *code, "{body}");
        assert!(
            tokenfit::check(body)
                .findings()
                .iter()
                .any(|finding| finding.code == *code)
        );
        // Its count decides, not its bounds.
        let exactly = tokenfit::count(body).unwrap().upper().unwrap();
        let error = tokenfit::fit(body, exactly).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{body}");
        let request = Request::parse(body).unwrap();
        assert_eq!(
            fitter().plan(&request).unwrap_err().kind(),
            ErrorKind::Refused
        );
    }
}

#[test]
fn a_refused_request_is_returned_on_request_with_its_report() {
    let fitter = fitter().send_refused(true);
    for (body, code) in REFUSED {
        let request = Request::parse(body).unwrap();
        let fitted = fitter.fit(&request).unwrap();
        assert!(fitted.is_unchanged());
        assert_eq!(fitted.as_bytes(), body.as_bytes());
        assert_eq!(fitted.report().findings()[0].code, *code);
    }
}

#[test]
fn a_short_history_is_repaired_like_a_long_one() {
    let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Well?"},
        {"role": "tool", "tool_call_id": "lost", "content": "4 %"}, {"role": "user", "content": "Hm."}]}"#;
    let request = Request::parse(body).unwrap();
    let fitted = fitter().fit(&request).unwrap();
    assert!(fitted.receipt().has_repairs() && fitted.report().is_ok());
    assert_eq!(fitted.receipt().into_iter().count(), 1);
    assert_eq!(
        (
            fitted.receipt().messages_before,
            fitted.receipt().messages_after
        ),
        (3, 2)
    );
    let undone = fitted.undo().unwrap().apply(fitted.as_bytes()).unwrap();
    assert_eq!(undone, body.as_bytes());
    let plan = fitter().plan(&request).unwrap();
    assert_eq!(
        fitter().apply(&request, &plan).unwrap().as_bytes(),
        fitted.as_bytes()
    );
    assert!(fitter().fit(fitted.request()).unwrap().is_unchanged());
    let error = fitter().repairing(None).fit(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
}

#[test]
fn the_receipt_of_an_unchanged_request_is_true() {
    let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    let request = Request::parse(body).unwrap();
    let fitted = fitter().fit(&request).unwrap();
    let receipt = fitted.receipt();
    assert!(receipt.is_empty() && receipt.into_iter().next().is_none());
    assert_eq!(
        (receipt.messages_before, receipt.bytes_before),
        (1, body.len())
    );
    assert_eq!(
        (receipt.limit, receipt.tokens_before),
        (Some(128_000), None)
    );
    let counted = fitter().receipt(&request, &fitted).unwrap();
    assert_eq!(
        (counted.tokens_before, counted.tokens_after),
        (Some(8), Some(8))
    );
    assert_eq!(
        (counted.messages_after, counted.bytes_after),
        (1, body.len())
    );
}

#[test]
fn a_plan_without_edits_is_counted_too() {
    let long = "Water the beds. ".repeat(40);
    let body = serde_json::json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": long}, {"role": "assistant", "content": long},
        {"role": "user", "content": "And bed 3?"}]});
    let request = Request::from_serialize(&body).unwrap();
    let budget = Budget::new(&Models::builtin().get("gpt-4o").unwrap());
    let fitter = Preset::SlidingWindow.fitter(budget.limit_input(200));
    let mut plan = fitter.plan(&request).unwrap();
    assert!(!plan.is_empty());
    plan.edits.clear();
    let error = fitter.apply(&request, &plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    // The plan of a request that fits has no edits either.
    let small =
        Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}"#)
            .unwrap();
    let plan = fitter.plan(&small).unwrap();
    assert!(plan.is_empty() && fitter.apply(&small, &plan).unwrap().is_unchanged());
}

#[test]
fn a_conversation_accepts_messages_of_its_format_only() {
    let of = |start: &str, model: &str| {
        let budget = Budget::new(&Models::builtin().get(model).unwrap());
        Conversation::new(
            Preset::Agent.fitter(budget),
            &Request::parse(start).unwrap(),
        )
        .unwrap()
    };
    let chat = of(r#"{"model": "gpt-4o", "messages": []}"#, "gpt-4o");
    let claude = of(
        r#"{"model": "claude-sonnet-4-5", "max_tokens": 90, "messages": []}"#,
        "claude-sonnet-4-5",
    );
    let gemini = of(r#"{"contents": []}"#, "gemini-2.5-flash");
    let in_chat = r#"{"role": "user", "content": "Hello"}"#;
    let in_gemini = r#"{"role": "user", "parts": [{"text": "Hello"}]}"#;
    for (conversation, good, bad) in [
        (&chat, in_chat, in_gemini),
        (&claude, in_chat, in_gemini),
        (&gemini, in_gemini, in_chat),
        (&chat, in_chat, r#"{"role": "wizard", "content": "Hello"}"#),
        (
            &claude,
            in_chat,
            r#"{"role": "wizard", "content": "Hello"}"#,
        ),
        (
            &gemini,
            in_gemini,
            r#"{"role": "wizard", "parts": [{"text": "Hello"}]}"#,
        ),
        (&chat, in_chat, r#"{"role": "user"}"#),
    ] {
        let mut conversation = conversation.clone();
        conversation.push(good).unwrap();
        let before = conversation.to_json();
        let error = conversation.push(bad).expect_err(bad);
        assert_eq!(error.kind(), ErrorKind::Refused, "{bad}: {error}");
        assert!(!error.refused_for()[0].1.contains("messages"), "{error}");
        assert_eq!(conversation.to_json(), before);
    }
    // Whether a result has a call is a matter of the whole history.
    let mut conversation = chat.clone();
    for good in [
        r#"{"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "log", "arguments": "{}"}}]}"#,
        r#"{"role": "tool", "tool_call_id": "a", "content": "4 %"}"#,
    ] {
        conversation.push(good).unwrap();
    }
}
