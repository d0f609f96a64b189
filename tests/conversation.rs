//! A conversation that grows keeps what fitting its whole history keeps, and costs the new message.
//!
//! The recorded histories are not part of the crate; without them one test says that it measured nothing.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod common;

use common::{full, shared, skipped};
use serde_json::{Value, json};
use tokenfit::fit::{
    Advance, ClearToolResults, Conversation, ConversationState, DropOldest, Fitter, MessageCounter,
    Preset, SUMMARY_HEADING, Summaries,
};
use tokenfit::{Budget, Counter, ErrorKind, Request};

fn budget(limit: u64) -> Budget {
    let counter = Counter::new();
    Budget::new(&counter, &counter.model("gpt-4o").unwrap())
        .reserve_output(0)
        .limit_input(limit)
}

fn size(request: &Request<'_>) -> u64 {
    let counter = Counter::new();
    counter
        .for_model(&counter.model("gpt-4o").unwrap())
        .count_messages(request)
        .size()
}

fn start() -> Request<'static> {
    Request::from_serialize(&json!({"model": "gpt-4o", "x_own": 1, "messages": [{"role": "system", "content": "Help."}],
        "tools": [{"type": "function", "function": {"name": "soil", "parameters": {"type": "object", "properties": {}}}}]}))
    .unwrap()
}

fn said(nth: usize) -> Value {
    json!({"role": if nth.is_multiple_of(2) { "user" } else { "assistant" },
        "content": format!("Remark {nth}: the valve of bed {nth} sticks again, and the part is ordered.")})
}

#[test]
fn it_keeps_what_fitting_the_whole_history_keeps() {
    let Some(path) = shared("corpus/agent_tools.jsonl") else {
        return skipped("corpus/agent_tools.jsonl");
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut history: Vec<Value> = Vec::new();
    for line in text.lines() {
        let request: Value = serde_json::from_str(line).unwrap();
        let messages = request["messages"].as_array().unwrap().iter();
        history.extend(
            messages
                .filter(|message| message["role"] != "system")
                .cloned(),
        );
        if history.len() >= if full() { 1_900 } else { 400 } {
            break;
        }
    }
    let limit = 16_000;
    let fitters = [
        ("cache_friendly", Fitter::cache_friendly(budget(limit))),
        (
            "sliding_window",
            Fitter::sliding_window(budget(limit)).low_water(0.6),
        ),
        (
            "clear and drop",
            Fitter::new(budget(limit))
                .then(ClearToolResults::keep_last(3))
                .then(DropOldest::new()),
        ),
    ];
    for (name, fitter) in fitters {
        let mut conversation = Conversation::new(fitter.clone(), &start()).unwrap();
        let mut all = vec![json!({"role": "system", "content": "Help."})];
        let (mut views, mut same, mut cuts) = (0, 0, 0);
        for (nth, message) in history.iter().enumerate() {
            conversation.push_value(message).unwrap();
            all.push(message.clone());
            let sends = message["role"] != "assistant"
                && history
                    .get(nth + 1)
                    .is_none_or(|next| next["role"] != "tool");
            if !sends {
                continue;
            }
            match conversation.advance() {
                Ok(Advance::Cut(_)) => cuts += 1,
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::CannotFit);
                    continue;
                }
            }
            let view = conversation.view().unwrap();
            assert!(size(&view) <= limit);
            assert_eq!(conversation.size(), size(&view), "{name}: {nth}");
            // From scratch, now and then: it takes the whole history.
            if nth % 37 == 0 || nth + 1 == history.len() {
                let mut body: Value = serde_json::from_slice(start().as_bytes()).unwrap();
                body["messages"] = json!(all);
                let whole = Request::from_serialize(&body).unwrap();
                let scratch = fitter.fit(&whole).unwrap();
                let of = |request: &Request<'_>| -> Vec<Value> {
                    let values = request
                        .messages()
                        .map(|message| serde_json::from_str(message.raw_json()).unwrap());
                    values.collect()
                };
                views += 1;
                same += usize::from(of(scratch.request(&whole)) == of(&view));
            }
        }
        println!(
            "{name}: {} messages, {cuts} cuts, {same} of {views} views as from scratch",
            history.len()
        );
        assert_eq!(same, views, "{name}");
        assert!(cuts > 1);
    }
}

#[test]
fn what_it_is_given_stays() {
    let mut conversation = Conversation::new(Fitter::agent(budget(300)), &start()).unwrap();
    for nth in 0..60 {
        conversation.push_value(&said(nth)).unwrap();
        if nth == 20 {
            conversation.pin(conversation.len() - 1);
        }
        if nth % 2 == 0 {
            let view = conversation.view().unwrap();
            assert!(size(&view) <= 300);
            let body: Value = serde_json::from_slice(view.as_bytes()).unwrap();
            assert_eq!(
                (&body["x_own"], &body["model"]),
                (&json!(1), &json!("gpt-4o"))
            );
            if nth >= 20 {
                assert!(
                    view.messages()
                        .any(|message| message.text().starts_with("Remark 20:")),
                    "{nth}"
                );
            }
            assert!(
                view.messages()
                    .any(|message| message.text().starts_with("Remark 0:"))
            );
        }
    }
    assert_eq!(conversation.len(), 61);
    assert!(conversation.view_len() < 20);
    assert!(conversation.message_json(5).unwrap().contains("Remark 4:"));
}

#[test]
fn branches_and_restarts_go_on_alike() {
    let fitter = Fitter::cache_friendly(budget(300));
    let mut conversation = Conversation::new(fitter.clone(), &start()).unwrap();
    for nth in 0..21 {
        conversation.push_value(&said(nth)).unwrap();
    }
    conversation.view().unwrap();
    let mut branch = conversation.clone();
    let kept = serde_json::to_string(conversation.state()).unwrap();
    let state: ConversationState = serde_json::from_str(&kept).unwrap();
    let mut resumed = Conversation::resume(fitter, state).unwrap();
    for nth in 21..60 {
        conversation.push_value(&said(nth)).unwrap();
        resumed.push_value(&said(nth)).unwrap();
        if nth % 2 == 0 {
            assert_eq!(
                conversation.view().unwrap().as_bytes(),
                resumed.view().unwrap().as_bytes()
            );
        }
    }
    branch
        .push_value(&json!({"role": "user", "content": "Another way."}))
        .unwrap();
    assert_eq!((branch.len(), conversation.len()), (23, 61));
    assert_eq!(
        branch.view().unwrap().messages().last().unwrap().text(),
        "Another way."
    );
}

#[test]
fn a_summary_is_waited_for_and_asked_for_once() {
    let fitter = Fitter::new(budget(500))
        .high_water(0.8)
        .low_water(0.5)
        .then_summarize(Summaries::of_at_most(60))
        .then(DropOldest::new());
    let mut conversation = Conversation::new(fitter, &start()).unwrap();
    let (mut asked, mut pending) = (0, 0);
    for nth in 0..120 {
        conversation.push_value(&said(nth)).unwrap();
        if nth % 2 == 1 {
            continue;
        }
        match conversation.advance().unwrap() {
            Advance::NeedSummary(job) => {
                asked += 1;
                assert_eq!(job.previous_summary.is_some(), asked > 1);
            }
            Advance::Pending => {
                // The answer comes a turn later; what was pushed in between stands behind it.
                pending += 1;
                let receipt = match conversation.supply(&format!("Summary {asked}.")).unwrap() {
                    Advance::Cut(receipt) => receipt,
                    other => panic!("{other:?}"),
                };
                assert_eq!(receipt.edits[0].reason, "summarize");
                assert_eq!(
                    conversation.supply("again").unwrap_err().kind(),
                    ErrorKind::InvalidPlan
                );
            }
            _ => {}
        }
        let view = conversation.view().unwrap();
        assert!(size(&view) <= 500);
        assert_eq!(
            view.messages().last().unwrap().text(),
            said(nth)["content"].as_str().unwrap()
        );
        let summaries: Vec<String> = view
            .messages()
            .map(|message| message.text().into_owned())
            .filter(|text| text.starts_with(SUMMARY_HEADING))
            .collect();
        assert!(summaries.len() <= 1);
    }
    assert!(asked > 3 && pending == asked, "{asked} {pending}");
    // Without an answer it still fits.
    let mut silent = conversation.clone();
    for nth in 120..160 {
        silent.push_value(&said(nth)).unwrap();
        let _ = silent.advance().unwrap();
        assert!(size(&silent.view().unwrap()) <= 500);
    }
}

#[test]
fn usage_sets_the_measure() {
    let mut conversation =
        Conversation::new(Fitter::sliding_window(budget(400)), &start()).unwrap();
    for nth in 0..9 {
        conversation.push_value(&said(nth)).unwrap();
    }
    let counted = conversation.size();
    let sent = conversation.view_len();
    // The provider counts half as much again.
    conversation.observe(counted * 3 / 2);
    assert!(conversation.size() >= counted * 3 / 2);
    for nth in 9..30 {
        conversation.push_value(&said(nth)).unwrap();
        if nth % 2 == 0 {
            let view = conversation.view().unwrap();
            assert!(size(&view) * 3 / 2 <= 402, "{} after {sent}", size(&view));
        }
    }
    // What cannot be is not believed.
    conversation.observe(u64::MAX);
    assert!(conversation.size() <= 2 * size(&Request::parse(&conversation.to_json()).unwrap()));
}

#[test]
fn what_is_no_message_is_refused_and_changes_nothing() {
    let mut conversation = Conversation::new(Preset::Agent.fitter(budget(300)), &start()).unwrap();
    conversation.push_value(&said(0)).unwrap();
    let before = conversation.to_json();
    for bad in [
        "",
        "{",
        "7",
        "{\"content\": \"no role\"}",
        "{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": \"b\"}",
        "]",
    ] {
        assert!(conversation.push(bad).is_err(), "{bad}");
    }
    assert_eq!(conversation.to_json(), before);
    let text = Request::parse(r#"{"model": "text-embedding-3-small", "input": "text"}"#).unwrap();
    assert_eq!(
        Conversation::new(Fitter::agent(budget(300)), &text)
            .unwrap_err()
            .kind(),
        ErrorKind::NoHistory
    );
    let shown = format!("{conversation:?}");
    assert!(!shown.contains("valve"), "{shown}");
}
