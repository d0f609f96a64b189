//! Summaries: whatever a summarizer does, the request fits or there is a typed error, only what the
//! receipt lists is removed, and it terminates.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokenfit::edit::Action;
use tokenfit::fit::{
    DropOldest, FitStep, Fitted, Fitter, MessageCounter, Preset, SUMMARY_HEADING, SummaryHealth,
    SummaryJob, SummaryPolicy,
};
use tokenfit::request::Role;
use tokenfit::{Budget, ErrorKind, Format, Models, Request};

const LIMIT: u64 = 400;

fn budget(limit: u64) -> Budget {
    let models = Models::builtin();
    Budget::new(&models.get("gpt-4o").unwrap())
        .reserve_output(0)
        .limit_input(limit)
}

fn fitter(summaries: SummaryPolicy) -> Fitter {
    Fitter::new(budget(LIMIT))
        .then_summarize(summaries)
        .then(DropOldest::new())
}

fn size(request: &Request<'_>) -> u64 {
    let models = Models::builtin();
    models.get("gpt-4o").unwrap().count_messages(request).size()
}

/// Turns from `from` to `to`, each with a number that a summary can name.
fn turns(from: usize, to: usize) -> Vec<Value> {
    (from..to)
        .flat_map(|nth| {
            [
                json!({"role": "user", "content": format!("Question {nth}: is bed {nth} dry, and does its valve still stick?")}),
                json!({"role": "assistant", "content": format!("Answer {nth}: it is, and it does; the part is ordered.")}),
            ]
        })
        .collect()
}

fn chat(turns: Vec<Value>) -> Request<'static> {
    let mut messages = vec![json!({"role": "system", "content": "You look after the beds."})];
    messages.extend(turns);
    messages.push(json!({"role": "user", "content": "What is open?"}));
    Request::from_serialize(&json!({"model": "gpt-4o", "messages": messages})).unwrap()
}

fn asked(progress: FitStep<'_>) -> SummaryJob {
    match progress {
        FitStep::NeedSummary(job) => *job,
        FitStep::Done(..) => panic!("no summary was asked for"),
    }
}

fn done(progress: FitStep<'_>) -> (Fitted<'_>, SummaryHealth) {
    match progress {
        FitStep::Done(fitted, health) => (fitted, health),
        FitStep::NeedSummary(job) => panic!("a summary is asked for: {job:?}"),
    }
}

fn is_summary(text: &str) -> bool {
    text.starts_with(SUMMARY_HEADING)
}

fn summaries_in(request: &Request<'_>) -> Vec<String> {
    request
        .messages()
        .map(|message| message.text().into_owned())
        .filter(|text| is_summary(text))
        .collect()
}

#[test]
fn a_good_summary_stands_where_the_messages_stood() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(60));
    let job = asked(fitter.start(&request).unwrap());
    // The oldest, without a gap, and not the last question.
    assert_eq!(job.covers, (1..=job.covers.len()).collect::<Vec<_>>());
    assert!(job.covers.len() < 40);
    assert_eq!(job.messages.len(), job.covers.len());
    assert!(job.messages[0].text.starts_with("Question 0") && job.previous_summary.is_none());
    assert!(job.prompt.contains("60 tokens"));
    let body: Value = serde_json::from_str(&job.to_chat("gpt-4o-mini")).unwrap();
    assert_eq!(body["max_tokens"], 60);

    let (fitted, health) = done(
        fitter
            .supply(&request, &job, " All valves stick.\n")
            .unwrap(),
    );
    assert_eq!(health.failures, 0);
    let texts: Vec<String> = fitted
        .request()
        .messages()
        .map(|message| message.text().into_owned())
        .collect();
    assert_eq!(texts[0], "You look after the beds.");
    assert_eq!(texts[1], format!("{SUMMARY_HEADING}All valves stick."));
    assert!(texts[2].starts_with(&format!("Question {}", job.covers.len() / 2)));
    let receipt = fitted.receipt();
    assert_eq!(receipt.edits.len(), 1);
    assert!(matches!(
        &receipt.edits[0].action,
        Action::Summarized { message: 1, .. }
    ));
    assert_eq!(receipt.edits[0].reason, "summarize");
    assert_eq!(receipt.tokens_after, Some(size(fitted.request())));
    assert_eq!(
        receipt.tokens_before.unwrap() - receipt.tokens_after.unwrap(),
        receipt.edits[0].tokens_before.unwrap() - receipt.edits[0].tokens_after.unwrap()
    );
    assert_eq!(
        fitted.undo().unwrap().apply(fitted.as_bytes()).unwrap(),
        request.as_bytes()
    );
    // No text in anything that can be stored or printed.
    for shown in [
        serde_json::to_string(receipt).unwrap(),
        format!("{job:?} {fitted:?}"),
    ] {
        assert!(
            !shown.contains("valve") && !shown.contains("Question"),
            "{shown}"
        );
    }
}

#[test]
fn what_a_summary_may_not_be_is_refused_and_asked_for_again() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(60).tries(2));
    let long = "valve ".repeat(100);
    let huge = "字👩‍👩‍👧 ".repeat(100_000);
    for bad in ["", " \n\u{a0}", long.as_str(), huge.as_str()] {
        let job = asked(fitter.start(&request).unwrap());
        let second = asked(fitter.supply(&request, &job, bad).unwrap());
        assert_eq!((second.attempt, &second.covers), (2, &job.covers));
        assert!(second.refused.is_some());
        // No third try: the next strategy continues, and the failure is reported.
        let (fitted, health) = done(fitter.supply(&request, &second, bad).unwrap());
        assert_eq!(health.failures, 1);
        let fitted = fitted.request();
        assert!(size(fitted) <= LIMIT && summaries_in(fitted).is_empty());
        // An accepted second try counts as a success.
        let (fitted, health) = done(fitter.supply(&request, &second, "All stick.").unwrap());
        assert_eq!(
            (health.failures, summaries_in(fitted.request()).len()),
            (0, 1)
        );
    }
}

#[test]
fn one_that_is_no_shorter_than_what_it_replaces_is_refused() {
    // Only the first turn must be removed, and it has little more than a summary may have.
    let request = chat(turns(0, 3));
    let fitter = Fitter::new(budget(100))
        .low_water(1.0)
        .then_summarize(SummaryPolicy::new(25).tries(1))
        .then(DropOldest::new());
    if let FitStep::NeedSummary(job) = fitter.start(&request).unwrap() {
        let models = Models::builtin();
        let by_model = models.get("gpt-4o").unwrap();
        let text = "dry ".repeat(25);
        assert!(by_model.count_text(text.trim()).tokens() <= job.max_tokens);
        let (fitted, health) = done(fitter.supply(&request, &job, &text).unwrap());
        let kept = summaries_in(fitted.request()).len();
        assert_eq!(health.failures as usize + kept, 1);
    }
}

#[test]
fn too_long_ones_are_cut_where_that_was_asked_for() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(30).cut_too_long(true));
    let job = asked(fitter.start(&request).unwrap());
    let (fitted, _) = done(
        fitter
            .supply(&request, &job, &"sticky ".repeat(500))
            .unwrap(),
    );
    let summaries = summaries_in(fitted.request());
    assert!(summaries[0].ends_with('…') && summaries[0].len() < 400);
}

#[test]
fn the_next_summary_takes_the_last_one_in() {
    for role in [Role::User, Role::System, Role::Developer] {
        let fitter =
            fitter(SummaryPolicy::new(60).role(role)).also_keep(|keep| keep.first_user(true));
        let mut history = turns(0, 20);
        let mut covered = 0;
        for round in 0..4 {
            let request = chat(history.clone());
            let job = asked(fitter.start(&request).unwrap());
            assert_eq!(job.previous_summary.is_some(), round > 0, "{role:?}");
            // No message between two summaries is missing from both.
            let next = job
                .messages
                .iter()
                .find(|message| message.text.starts_with("Question"))
                .unwrap();
            if round > 0 {
                assert!(
                    next.text.starts_with(&format!("Question {covered}:")),
                    "{role:?}: {}",
                    next.text
                );
                assert!(job.previous_summary.as_deref().unwrap().contains("stick"));
            }
            let mut questions = job
                .messages
                .iter()
                .filter(|message| message.text.starts_with("Question"));
            let last = questions.next_back().unwrap();
            covered = last.text["Question ".len()..]
                .split(':')
                .next()
                .unwrap()
                .parse::<usize>()
                .unwrap()
                + 1;
            let (fitted, _) = done(
                fitter
                    .supply(&request, &job, &format!("Beds up to {covered} stick."))
                    .unwrap(),
            );
            let fitted = fitted.request();
            assert_eq!(summaries_in(fitted).len(), 1, "{role:?}");
            assert!(
                fitted
                    .messages()
                    .any(|message| message.text().starts_with("Question 0")),
                "the task stays"
            );
            // The fitted history replaces the original, and continues.
            history = fitted
                .messages()
                .filter(|message| message.index() > 0)
                .map(|message| serde_json::from_str(message.raw_json()).unwrap())
                .collect();
            history.pop();
            history.extend(turns(20 + round * 12, 32 + round * 12));
        }
    }
}

#[test]
fn messages_that_come_while_a_model_is_asked_stand_behind() {
    let fitter = fitter(SummaryPolicy::new(60));
    let request = chat(turns(0, 20));
    let job = asked(fitter.start(&request).unwrap());
    let kept = serde_json::to_string(&job).unwrap();
    let job: SummaryJob = serde_json::from_str(&kept).unwrap();

    let mut grown: Vec<Value> =
        serde_json::from_slice::<Value>(request.as_bytes()).unwrap()["messages"]
            .as_array()
            .unwrap()
            .clone();
    grown.push(json!({"role": "assistant", "content": "Bed 19."}));
    grown.push(json!({"role": "user", "content": "Only that?"}));
    let grown = Request::from_serialize(&json!({"model": "gpt-4o", "messages": grown})).unwrap();
    let (fitted, _) = done(fitter.supply(&grown, &job, "All stick.").unwrap());
    let texts: Vec<String> = fitted
        .request()
        .messages()
        .map(|message| message.text().into_owned())
        .collect();
    assert!(is_summary(&texts[1]));
    assert_eq!(
        &texts[texts.len() - 3..],
        ["What is open?", "Bed 19.", "Only that?"]
    );

    // The answer does not fit another conversation.
    let other = chat(turns(7, 40));
    assert_eq!(
        fitter
            .supply(&other, &job, "All stick.")
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidPlan
    );
    assert_eq!(
        Preset::Agent
            .fitter(budget(LIMIT))
            .supply(&request, &job, "?")
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidPlan
    );
}

#[test]
fn after_repeated_failures_none_is_asked_for() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(60).tries(1).stop_after(2));
    let mut health = SummaryHealth::default();
    for failures in 1..=2 {
        let job = asked(fitter.start_in(&request, health).unwrap());
        health = done(fitter.fail(&request, &job).unwrap()).1;
        assert_eq!(health.failures, failures);
    }
    let (fitted, same) = done(fitter.start_in(&request, health).unwrap());
    assert_eq!(same, health);
    assert!(size(fitted.request()) <= LIMIT);
    // The caller resets it.
    let job = asked(fitter.start_in(&request, SummaryHealth::default()).unwrap());
    assert_eq!(
        done(fitter.supply(&request, &job, "All stick.").unwrap()).1,
        SummaryHealth::default()
    );
}

#[test]
fn a_closure_that_panics_loses_nothing() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(60));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fitter
            .fit_with(&request, |_| -> Result<String, ()> {
                panic!("the model is gone")
            })
            .map(|_| ())
    }));
    assert!(panicked.is_err());
    let fitted = fitter
        .fit_with(&request, |_| Ok::<_, ()>("All stick.".to_owned()))
        .unwrap();
    assert_eq!(summaries_in(fitted.request()).len(), 1);
}

#[test]
fn a_job_is_fitted_for_the_summarizing_model() {
    let mut history = turns(0, 30);
    history[4]["content"] = json!("log line\n".repeat(3_000));
    let request = chat(history);
    let models = Models::builtin();
    let by_model = models.get("gpt-4o").unwrap();
    for limit in [2_000, 600, 200] {
        let fitter = fitter(SummaryPolicy::new(60).limit_input(limit));
        let job = asked(fitter.start(&request).unwrap());
        let size = by_model.count_text(&job.prompt) + by_model.count_text(&job.conversation());
        assert!(size.tokens() <= limit + 20, "{size} over {limit}");
        assert!(!job.messages.is_empty());
    }
}

#[test]
fn the_seeds_preset_keeps_the_system_a_summary_and_the_last_five() {
    let request = chat(turns(0, 40));
    let fitter = Preset::SummarizeConversation.fitter(budget(1_000));
    let fitted = fitter
        .fit_with(&request, |_| Ok::<_, ()>("All stick.".to_owned()))
        .unwrap();
    let texts: Vec<String> = fitted
        .request()
        .messages()
        .map(|message| message.text().into_owned())
        .collect();
    assert_eq!(texts.len(), 7);
    assert!(texts[0] == "You look after the beds." && is_summary(&texts[1]));
    assert_eq!(texts[6], "What is open?");
}

/// A runtime for one future.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

#[test]
fn an_async_closure_serves_too() {
    let request = chat(turns(0, 20));
    let fitter = fitter(SummaryPolicy::new(60));
    let waited = Cell::new(0);
    let fitted = block_on(fitter.fit_with_async(&request, async |job| {
        let mut polled = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut polled, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        waited.set(waited.get() + 1);
        Ok::<_, ()>(format!("{} messages.", job.covers.len()))
    }))
    .unwrap();
    assert_eq!((waited.get(), summaries_in(fitted.request()).len()), (1, 1));
}

#[test]
fn every_format_takes_a_summary() {
    let said = |nth: usize| {
        format!(
            "Remark {nth}: the valve of bed {nth} sticks again, and the part for it is ordered."
        )
    };
    let role = |nth: usize, model: &'static str| if nth.is_multiple_of(2) { "user" } else { model };
    let messages = |of: &dyn Fn(usize) -> Value| (0..31).map(of).collect::<Vec<_>>();
    let bodies = [
        (
            Format::OpenAiResponses,
            "gpt-5",
            json!({"instructions": "Help.", "input": messages(&|nth| json!({"role": role(nth, "assistant"), "content": said(nth)}))}),
        ),
        (
            Format::Anthropic,
            "claude-sonnet-4-5",
            json!({"max_tokens": 9, "system": "Help.", "messages": messages(&|nth| json!({"role": role(nth, "assistant"), "content": said(nth)}))}),
        ),
        (
            Format::Gemini,
            "gemini-2.5-flash",
            json!({"systemInstruction": {"parts": [{"text": "Help."}]}, "contents": messages(&|nth| json!({"role": role(nth, "model"), "parts": [{"text": said(nth)}]}))}),
        ),
        (
            Format::BedrockConverse,
            "claude-sonnet-4-5",
            json!({"system": [{"text": "Help."}], "messages": messages(&|nth| json!({"role": role(nth, "assistant"), "content": [{"text": said(nth)}]}))}),
        ),
    ];
    let models = Models::builtin();
    for (format, model, body) in bodies {
        let request = body.to_string();
        let request = Request::parse_as(format, &request).unwrap();
        for first_user in [false, true] {
            let budget = Budget::new(&models.get(model).unwrap())
                .reserve_output(0)
                .limit_input(700);
            let fitter = Fitter::new(budget)
                .also_keep(|keep| keep.first_user(first_user))
                .then_summarize(SummaryPolicy::new(60))
                .then(DropOldest::new());
            let fitted = fitter
                .fit_with(&request, |_| Ok::<_, ()>("All stick.".to_owned()))
                .unwrap();
            assert_eq!(summaries_in(fitted.request()).len(), 1, "{format}");
            assert!(fitted.report().is_ok());
        }
    }
}

#[derive(Debug, Clone)]
enum Behavior {
    Good,
    Empty,
    Long,
    Fails,
    Odd,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_summarizer_does_it_ends_and_fits(
        number in 1..40_usize,
        limit in 40..700_u64,
        most in 5..200_u64,
        tries in 1..4_u32,
        first_user in any::<bool>(),
        cut in any::<bool>(),
        behavior in prop::collection::vec(
            prop::sample::select(vec![Behavior::Good, Behavior::Empty, Behavior::Long, Behavior::Fails, Behavior::Odd]),
            4,
        ),
    ) {
        let request = chat(turns(0, number));
        let fitter = Fitter::new(budget(limit))
            .also_keep(|keep| keep.first_user(first_user))
            .then_summarize(SummaryPolicy::new(most).tries(tries).cut_too_long(cut))
            .then(DropOldest::new());
        // With a restart at every step, and without: the same result.
        let mut ends = Vec::new();
        for restarts in [false, true] {
            let mut calls = 0;
            let mut progress = fitter.start(&request);
            let end = loop {
                let job = match progress {
                    Ok(FitStep::Done(fitted, _)) => break Ok(fitted.request().to_bytes()),
                    Err(error) => break Err(error.kind()),
                    Ok(FitStep::NeedSummary(job)) => job,
                };
                let job: SummaryJob = if restarts {
                    serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap()
                } else {
                    *job
                };
                let text = match &behavior[calls] {
                    Behavior::Good => "It sticks.".to_owned(),
                    Behavior::Empty => "\n".to_owned(),
                    Behavior::Long => job.conversation().repeat(2),
                    Behavior::Odd => "👩‍👩‍👧\u{202e}\u{0}字".repeat(job.max_tokens as usize / 12 + 1),
                    Behavior::Fails => String::new(),
                };
                calls += 1;
                prop_assert!(calls <= tries as usize);
                progress = match behavior[calls - 1] {
                    Behavior::Fails => fitter.fail(&request, &job),
                    _ => fitter.supply(&request, &job, &text),
                };
            };
            ends.push(end);
        }
        prop_assert_eq!(&ends[0], &ends[1]);
        match &ends[0] {
            Ok(bytes) => {
                let fitted = Request::parse(bytes).unwrap();
                prop_assert!(size(&fitted) <= limit);
                prop_assert_eq!(fitted.messages().last().unwrap().text(), "What is open?");
                prop_assert!(budget(limit).check(&fitted).is_ok());
            }
            Err(kind) => prop_assert_eq!(*kind, ErrorKind::CannotFit),
        }
    }
}
