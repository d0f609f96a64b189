//! A growing conversation keeps the same messages as fitting its whole history, at the cost of the
//! new message.

use crate::common::{full, shared};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokenfit::check::Severity;
use tokenfit::fit::{
    ClearToolResults, Conversation, ConversationState, DropOldest, Fitter, Level, MessageCounter,
    Preset, SUMMARY_HEADING, StepOutcome, SummaryJob, SummaryPolicy,
};
use tokenfit::{Budget, ErrorKind, Models, Request};

fn budget(limit: u64) -> Budget {
    let models = Models::builtin();
    Budget::new(&models.get("gpt-4o").unwrap())
        .reserve_output(0)
        .limit_input(limit)
}

fn size(request: &Request<'_>) -> u64 {
    let models = Models::builtin();
    models.get("gpt-4o").unwrap().count_messages(request).size()
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
#[ignore = "needs the recordings"]
fn it_keeps_what_fitting_the_whole_history_keeps() {
    let path = shared("corpus/agent_tools.jsonl");
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
        (
            "cache_friendly",
            Preset::CacheFriendly.fitter(budget(limit)),
        ),
        (
            "sliding_window",
            Preset::SlidingWindow.fitter(budget(limit)).low_water(0.6),
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
                Ok(StepOutcome::Cut(_)) => cuts += 1,
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::CannotFit);
                    continue;
                }
            }
            let view = conversation.view().unwrap();
            assert!(size(&view) <= limit);
            assert_eq!(conversation.size(), size(&view), "{name}: {nth}");
            // From scratch only occasionally, because it takes the whole history.
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
                same += usize::from(of(scratch.request()) == of(&view));
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
    let mut conversation = Conversation::new(Preset::Agent.fitter(budget(300)), &start()).unwrap();
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
    let fitter = Preset::CacheFriendly.fitter(budget(300));
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
        .then_summarize(SummaryPolicy::new(60))
        .then(DropOldest::new());
    let mut conversation = Conversation::new(fitter, &start()).unwrap();
    let (mut asked, mut pending) = (0, 0);
    for nth in 0..120 {
        conversation.push_value(&said(nth)).unwrap();
        if nth % 2 == 1 {
            continue;
        }
        match conversation.advance().unwrap() {
            StepOutcome::NeedSummary(job) => {
                asked += 1;
                assert_eq!(job.previous_summary.is_some(), asked > 1);
            }
            StepOutcome::Pending => {
                // The answer arrives a turn later; messages pushed in between follow it.
                pending += 1;
                let receipt = match conversation.supply(&format!("Summary {asked}.")).unwrap() {
                    StepOutcome::Cut(receipt) => receipt,
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
    // It also fits without an answer.
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
        Conversation::new(Preset::SlidingWindow.fitter(budget(400)), &start()).unwrap();
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
    // An impossible count is ignored.
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
        Conversation::new(Preset::Agent.fitter(budget(300)), &text)
            .unwrap_err()
            .kind(),
        ErrorKind::NoHistory
    );
    let shown = format!("{conversation:?}");
    assert!(!shown.contains("valve"), "{shown}");
}

#[test]
fn what_cannot_be_made_to_fit_does_not_ask_on_and_on() {
    let fitter = Fitter::new(budget(300))
        .then_summarize(SummaryPolicy::new(40).tries(1).stop_after(2))
        .then(DropOldest::new());
    let mut conversation = Conversation::new(fitter, &start()).unwrap();
    for nth in 0..12 {
        conversation.push_value(&said(nth)).unwrap();
    }
    conversation
        .push_value(&json!({"role": "user", "content": "dry ".repeat(400)}))
        .unwrap();
    let mut asked = 0;
    for _ in 0..20 {
        let end = match conversation.advance() {
            Ok(StepOutcome::NeedSummary(_)) => {
                asked += 1;
                conversation.fail()
            }
            end => end,
        };
        assert_eq!(end.unwrap_err().kind(), ErrorKind::CannotFit);
    }
    assert_eq!(asked, 2);
}

#[test]
fn water_marks_in_tokens_are_the_providers_too() {
    let fitter = Fitter::new(budget(2_000))
        .high_water(Level::Tokens(300))
        .low_water(Level::Tokens(200))
        .then(DropOldest::new());
    let mut conversation = Conversation::new(fitter, &start()).unwrap();
    conversation.observe(conversation.size() * 3 / 2);
    for nth in 0..61 {
        conversation.push_value(&said(nth)).unwrap();
        let cut = matches!(conversation.advance().unwrap(), StepOutcome::Cut(_));
        assert!(conversation.size() <= if cut { 200 } else { 300 });
    }
}

/// An event in a conversation.
#[derive(Debug, Clone)]
enum Event {
    /// Number of words of the user, or of the model.
    User(usize),
    Model(usize),
    /// Number of calls in a round, and number of words in each result.
    Round(usize, usize),
    /// The provider's count in percent of ours.
    Usage(u64),
    Pin(usize),
}

/// Answer to the request for a summary.
#[derive(Debug, Clone)]
enum Answer {
    Good,
    Empty,
    Long,
    Odd,
    Fails,
    /// Only after something more was pushed.
    Late,
}

#[derive(Debug, Clone)]
struct Policy {
    limit: u64,
    high: f64,
    low: f64,
    tokens: u64,
    tries: u32,
    stop_after: u32,
    clear: bool,
    first_user: bool,
    cut: bool,
}

impl Policy {
    fn fitter(&self) -> Fitter {
        let mut fitter = Fitter::new(budget(self.limit))
            .also_keep(|keep| keep.first_user(self.first_user))
            .high_water(self.high)
            .low_water(self.low);
        if self.clear {
            fitter = fitter.then(ClearToolResults::keep_last(1));
        }
        fitter
            .then_summarize(
                SummaryPolicy::new(self.tokens)
                    .tries(self.tries)
                    .stop_after(self.stop_after)
                    .cut_too_long(self.cut),
            )
            .then(DropOldest::new())
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (1..40_usize).prop_map(Event::User),
        5 => (1..40_usize).prop_map(Event::Model),
        4 => (1..4_usize, 1..60_usize).prop_map(|(calls, words)| Event::Round(calls, words)),
        1 => (30..250_u64).prop_map(Event::Usage),
        1 => (0..30_usize).prop_map(Event::Pin),
    ];
    prop::collection::vec(event, 1..40)
}

fn policy() -> impl Strategy<Value = Policy> {
    (
        150..900_u64,
        prop::sample::select(vec![1.0, 0.9, 0.7]),
        prop::sample::select(vec![1.0, 0.8, 0.5, 0.0]),
        5..120_u64,
        1..4_u32,
        1..4_u32,
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(limit, high, low, tokens, tries, stop_after, [clear, first_user, cut])| Policy {
                limit,
                high,
                low,
                tokens,
                tries,
                stop_after,
                clear,
                first_user,
                cut,
            },
        )
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    prop::collection::vec(
        prop::sample::select(vec![
            Answer::Good,
            Answer::Empty,
            Answer::Long,
            Answer::Odd,
            Answer::Fails,
            Answer::Late,
        ]),
        1..12,
    )
}

/// A conversation that is saved and restored at every step, or not.
struct Stepped {
    conversation: Conversation,
    fitter: Fitter,
    restarts: bool,
}

impl Stepped {
    fn now(&mut self) -> &mut Conversation {
        if self.restarts {
            let kept = serde_json::to_string(self.conversation.state()).unwrap();
            let state: ConversationState = serde_json::from_str(&kept).unwrap();
            self.conversation = Conversation::resume(self.fitter.clone(), state).unwrap();
        }
        &mut self.conversation
    }

    fn answer(
        &mut self,
        answer: &Answer,
        job: &SummaryJob,
    ) -> Result<StepOutcome, tokenfit::Error> {
        let text = match answer {
            Answer::Good | Answer::Late => "All valves stick.".to_owned(),
            Answer::Empty => " \n".to_owned(),
            Answer::Long => job.conversation().repeat(2),
            Answer::Odd => "👩‍👩‍👧\u{202e}\u{0}字".repeat(job.max_tokens as usize / 12 + 1),
            Answer::Fails => return self.now().fail(),
        };
        self.now().supply(&text)
    }
}

/// Everything observable of a conversation.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    views: Vec<Result<Vec<u8>, ErrorKind>>,
    asked: Vec<(usize, u32)>,
}

fn went(policy: &Policy, events: &[Event], answers: &[Answer], restarts: bool) -> Seen {
    let fitter = policy.fitter();
    let mut stepped = Stepped {
        conversation: Conversation::new(fitter.clone(), &start()).unwrap(),
        fitter,
        restarts,
    };
    let mut seen = Seen::default();
    let mut answers = answers.iter().cycle();
    let mut late: Option<SummaryJob> = None;
    for (nth, event) in events.iter().enumerate() {
        let words = |count: usize| format!("{nth}: {}", "bed dry valve ".repeat(count / 3 + 1));
        let mut pushed = Vec::new();
        match event {
            Event::User(count) => pushed.push(json!({"role": "user", "content": words(*count)})),
            Event::Model(count) => {
                pushed.push(json!({"role": "assistant", "content": words(*count)}));
            }
            Event::Round(calls, count) => {
                let id = |call: usize| format!("call_{nth}_{call}");
                let calls: Vec<usize> = (0..*calls).collect();
                pushed.push(json!({"role": "assistant", "content": null, "tool_calls": calls.iter().map(|&call| {
                    json!({"id": id(call), "type": "function", "function": {"name": "soil", "arguments": "{}"}})
                }).collect::<Vec<_>>()}));
                pushed.extend(calls.iter().map(|&call| {
                    json!({"role": "tool", "tool_call_id": id(call), "content": words(*count)})
                }));
            }
            Event::Usage(percent) => {
                let counted = size(&Request::parse(&stepped.now().to_json()).unwrap());
                stepped.now().observe(counted * percent / 100);
            }
            Event::Pin(message) => stepped.now().pin(*message),
        }
        let last = pushed.last().cloned();
        for message in &pushed {
            stepped.now().push_value(message).unwrap();
        }
        // A model answers after a user message and after results.
        if !matches!(event, Event::User(_) | Event::Round(..)) {
            continue;
        }
        if let Some(job) = late.take() {
            // The request may have been dropped in the meantime, if there was no room to wait.
            let pending = stepped.now().pending() == Some(&job);
            let end = stepped.now().supply_to(&job, "All valves stick.");
            match end.map_err(|error| error.kind()) {
                Ok(_) => assert!(pending),
                Err(kind) => assert_eq!(
                    kind,
                    if pending {
                        ErrorKind::CannotFit
                    } else {
                        ErrorKind::InvalidPlan
                    }
                ),
            }
        }
        let mut advance = stepped.now().advance();
        let mut tries = 0;
        while let Ok(StepOutcome::NeedSummary(job)) = advance {
            tries += 1;
            assert!(job.attempt == tries && tries <= policy.tries);
            assert!(job.max_tokens <= policy.tokens);
            seen.asked.push((job.covers.len(), job.attempt));
            let answer = answers.next().unwrap();
            if matches!(answer, Answer::Late) {
                late = Some(*job);
                break;
            }
            advance = stepped.answer(answer, &job);
        }
        let view = stepped.now().view();
        if let Ok(view) = &view {
            assert!(stepped.conversation.size() <= policy.limit);
            assert_eq!(
                stepped.conversation.to_json().as_bytes(),
                view.as_bytes(),
                "the view is what is kept"
            );
            let summaries = view
                .messages()
                .filter(|message| message.text().starts_with(SUMMARY_HEADING));
            assert!(summaries.count() <= 1, "two summaries at once");
            let text = last
                .as_ref()
                .and_then(|message| message["content"].as_str());
            // The last message is there; results may have been cleared.
            if matches!(event, Event::User(_)) {
                assert_eq!(Some(&*view.messages().last().unwrap().text()), text);
            }
            // By our count it may be twice the limit, if the provider counts half.
            let report = budget(2 * policy.limit).check(view);
            let refused: Vec<_> = report
                .findings()
                .iter()
                .filter(|finding| {
                    finding.severity == Severity::Refused && finding.pointer != "/x_own"
                })
                .map(|finding| (finding.code, &finding.pointer))
                .collect();
            assert!(refused.is_empty(), "{refused:?}");
        }
        seen.views.push(
            view.map(|view| view.to_bytes())
                .map_err(|error| error.kind()),
        );
        assert!(matches!(
            seen.views.last().unwrap(),
            Ok(_) | Err(ErrorKind::CannotFit)
        ));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if full() { 8_000 } else { 150 }, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_and_answered_a_restart_changes_nothing(
        policy in policy(),
        events in events(),
        answers in answers(),
    ) {
        let seen = went(&policy, &events, &answers, false);
        prop_assert_eq!(&seen, &went(&policy, &events, &answers, true));
    }
}

/// A message of a growing conversation.
#[derive(Debug, Clone)]
enum Next {
    User(usize),
    Answer(usize),
    /// Number of calls, each with a result.
    Round(usize),
}

fn nexts() -> impl Strategy<Value = Vec<Next>> {
    let next = prop_oneof![
        (1..30_usize).prop_map(Next::User),
        (1..30_usize).prop_map(Next::Answer),
        (1..5_usize).prop_map(Next::Round),
    ];
    prop::collection::vec(next, 1..14)
}

/// Messages of a step.
fn messages(next: &Next, nth: usize) -> Vec<Value> {
    match next {
        Next::User(words) => vec![json!({"role": "user", "content": "dry ".repeat(*words)})],
        Next::Answer(words) => vec![json!({"role": "assistant", "content": "wet ".repeat(*words)})],
        Next::Round(calls) => {
            let id = |call: usize| format!("call_{nth}_{call}");
            let calls_of: Vec<Value> = (0..*calls)
                .map(|call| {
                    json!({"id": id(call), "type": "function",
                        "function": {"name": "soil", "arguments": "{}"}})
                })
                .collect();
            let results = (0..*calls)
                .map(|call| json!({"role": "tool", "tool_call_id": id(call), "content": "9 %"}));
            let made = json!({"role": "assistant", "content": null, "tool_calls": calls_of});
            [made].into_iter().chain(results).collect()
        }
    }
}

fn state(conversation: &Conversation) -> String {
    serde_json::to_string(conversation.state()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// `pop` undoes `push`, message by message, whether or not something was cut before.
    #[test]
    fn what_is_popped_was_never_pushed(steps in nexts(), cuts in 0..14_usize, limit in 60..400_u64) {
        let fitter = Preset::SlidingWindow.fitter(budget(limit));
        let mut conversation = Conversation::new(fitter, &start()).unwrap();
        let all: Vec<Value> = steps
            .iter()
            .enumerate()
            .flat_map(|(nth, next)| messages(next, nth))
            .collect();
        let (before, after) = all.split_at(cuts.min(all.len()));
        for message in before {
            conversation.push_value(message).unwrap();
        }
        // The way back is the same for a cut view.
        let _ = conversation.advance();
        let mut states = vec![state(&conversation)];
        for message in after {
            conversation.push_value(message).unwrap();
            states.push(state(&conversation));
        }
        for (message, expected) in after.iter().rev().zip(states.iter().rev().skip(1)) {
            let popped: Value = serde_json::from_str(&conversation.pop().unwrap()).unwrap();
            prop_assert_eq!(&popped, message);
            prop_assert_eq!(&state(&conversation), expected);
        }
        // Popping further back than the cut: no more messages than there were, and a valid view.
        let left = conversation.len();
        for nth in 0..left {
            prop_assert_eq!(conversation.len(), left - nth);
            conversation.pop().unwrap();
            prop_assert!(conversation.view_len() <= left);
            Request::parse(&conversation.to_json()).unwrap();
        }
        prop_assert!(conversation.pop().is_none() && conversation.is_empty());
    }
}

#[test]
fn a_question_about_what_was_popped_is_dropped() {
    let fitter = Fitter::new(budget(300))
        .then_summarize(SummaryPolicy::new(40))
        .then(DropOldest::new());
    let mut conversation = Conversation::new(fitter, &start()).unwrap();
    let mut pushed = 0;
    loop {
        conversation.push_value(&said(pushed)).unwrap();
        pushed += 1;
        if let StepOutcome::NeedSummary(_) = conversation.advance().unwrap() {
            break;
        }
    }
    // A failed send removes its message, and the summary is still requested.
    conversation.pop().unwrap();
    assert!(conversation.pending().is_some());
    while conversation.len() > 3 {
        conversation.pop();
    }
    assert!(conversation.pending().is_none());
    assert!(size(&conversation.view().unwrap()) <= 300);
}
