//! Properties for every history, policy and limit: the result fits, is accepted, keeps all
//! protected parts and adds nothing; or there is a floor, and it is right. No message text is
//! shown.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokenfit::check::{RepairPolicy, Severity, codes};
use tokenfit::edit::{Action, Receipt};
use tokenfit::fit::{
    ClearToolResults, Cut, DropByScore, DropMedia, DropMiddle, DropOldest, DropReasoning, Fitter,
    KeepLast, KeepStart, MessageCounter, Plan, Preset, Shorten, Unit,
};
use tokenfit::request::Role;
use tokenfit::{Budget, ErrorKind, Format, Models, Request};

/// In every text of every request here, and nowhere else.
const MARKER: &str = "quetzal";

/// One step of a conversation that a provider would accept.
#[derive(Debug, Clone)]
enum Step {
    User {
        words: usize,
        image: bool,
    },
    Answer {
        words: usize,
        thinks: bool,
    },
    Round {
        calls: usize,
        words: usize,
        thinks: bool,
    },
    Developer,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..60_usize, prop::bool::weighted(0.2)).prop_map(|(words, image)| Step::User { words, image }),
        3 => (1..60_usize, any::<bool>()).prop_map(|(words, thinks)| Step::Answer { words, thinks }),
        4 => (1..4_usize, 1..120_usize, any::<bool>())
            .prop_map(|(calls, words, thinks)| Step::Round { calls, words, thinks }),
        1 => Just(Step::Developer),
    ]
}

fn words(number: usize) -> String {
    let texts = ["dry", "bed", "größer", "水やり", "👩‍👩‍👧", "line\nend", "12,5"];
    let mut text = MARKER.to_owned();
    for nth in 0..number {
        text.push(' ');
        text.push_str(texts[(nth * 5 + number) % texts.len()]);
    }
    text
}

const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn chat(steps: &[Step]) -> Value {
    let mut messages = vec![json!({"role": "system", "content": words(5)})];
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::User { words: number, image: false } => {
                messages.push(json!({"role": "user", "content": words(*number)}));
            }
            Step::User { words: number, image: true } => messages.push(json!({"role": "user", "content": [
                {"type": "text", "text": words(*number)},
                {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PIXEL}"), "detail": "low"}}]})),
            Step::Answer { words: number, .. } => {
                messages.push(json!({"role": "assistant", "content": words(*number)}));
            }
            Step::Round { calls, words: number, .. } => {
                let id = |nth: usize| format!("call_{at}_{nth}");
                let made: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"id": id(nth), "type": "function", "function": {
                        "name": if nth == 0 { "soil" } else { "rain" }, "arguments": json!({"q": words(3)}).to_string()}}))
                    .collect();
                messages.push(json!({"role": "assistant", "content": null, "tool_calls": made}));
                messages.extend((0..*calls).map(|nth| {
                    json!({"role": "tool", "tool_call_id": id(nth), "content": words(number / (nth + 1))})
                }));
            }
            Step::Developer => messages.push(json!({"role": "developer", "content": words(2)})),
        }
    }
    json!({"model": "gpt-4o", "x_own": {"kept": 1.50}, "messages": messages})
}

fn anthropic(steps: &[Step]) -> Value {
    let mut messages: Vec<Value> = Vec::new();
    let thinking = || json!({"type": "thinking", "thinking": words(20), "signature": "c2ln"});
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::User {
                words: number,
                image,
            } => {
                let mut content = vec![json!({"type": "text", "text": words(*number)})];
                if *image {
                    content.push(json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}));
                }
                messages.push(json!({"role": "user", "content": content}));
            }
            Step::Answer {
                words: number,
                thinks,
            } => {
                let mut content = vec![json!({"type": "text", "text": words(*number)})];
                if *thinks {
                    content.insert(0, thinking());
                }
                messages.push(json!({"role": "assistant", "content": content}));
            }
            Step::Round {
                calls,
                words: number,
                thinks,
            } => {
                let id = |nth: usize| format!("toolu_{at}_{nth}");
                let mut content: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"type": "tool_use", "id": id(nth), "name": "soil", "input": {"q": words(3)}}))
                    .collect();
                if *thinks {
                    content.insert(0, thinking());
                }
                messages.push(json!({"role": "assistant", "content": content}));
                let results: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"type": "tool_result", "tool_use_id": id(nth), "content": words(*number)}))
                    .collect();
                messages.push(json!({"role": "user", "content": results}));
            }
            Step::Developer => {}
        }
    }
    json!({"model": "claude-sonnet-4-5", "max_tokens": 64, "system": words(5), "messages": messages})
}

/// The newest Claude, which binds thinking to everything before it.
fn bound(steps: &[Step]) -> Value {
    let mut body = anthropic(steps);
    body["model"] = json!("claude-opus-5-5");
    body
}

fn gemini(steps: &[Step]) -> Value {
    let mut contents: Vec<Value> = Vec::new();
    for step in steps {
        match step {
            Step::User {
                words: number,
                image,
            } => {
                let mut parts = vec![json!({"text": words(*number)})];
                if *image {
                    parts.push(json!({"inlineData": {"mimeType": "image/png", "data": PIXEL}}));
                }
                contents.push(json!({"role": "user", "parts": parts}));
            }
            Step::Answer {
                words: number,
                thinks,
            } => {
                let mut parts = vec![json!({"text": words(*number)})];
                if *thinks {
                    parts.insert(0, json!({"text": words(9), "thought": true}));
                }
                contents.push(json!({"role": "model", "parts": parts}));
            }
            Step::Round {
                calls,
                words: number,
                ..
            } => {
                let name = |nth: usize| format!("tool_{nth}");
                let made: Vec<Value> = (0..*calls)
                    .map(
                        |nth| json!({"functionCall": {"name": name(nth), "args": {"q": words(3)}}}),
                    )
                    .collect();
                contents.push(json!({"role": "model", "parts": made}));
                let results: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"functionResponse": {"name": name(nth), "response": {"answer": words(*number)}}}))
                    .collect();
                contents.push(json!({"role": "user", "parts": results}));
            }
            Step::Developer => {}
        }
    }
    json!({"contents": contents, "systemInstruction": {"parts": [{"text": words(5)}]}})
}

fn converse(steps: &[Step]) -> Value {
    let mut messages: Vec<Value> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::User {
                words: number,
                image,
            } => {
                let mut content = vec![json!({"text": words(*number)})];
                if *image {
                    content.push(json!({"image": {"format": "png", "source": {"bytes": PIXEL}}}));
                }
                messages.push(json!({"role": "user", "content": content}));
            }
            Step::Answer {
                words: number,
                thinks,
            } => {
                let mut content = vec![json!({"text": words(*number)})];
                if *thinks {
                    content.insert(0, json!({"reasoningContent": {"reasoningText": {"text": words(9), "signature": "c2ln"}}}));
                }
                messages.push(json!({"role": "assistant", "content": content}));
            }
            Step::Round {
                calls,
                words: number,
                ..
            } => {
                let id = |nth: usize| format!("use_{at}_{nth}");
                let made: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"toolUse": {"toolUseId": id(nth), "name": "soil", "input": {"q": words(3)}}}))
                    .collect();
                messages.push(json!({"role": "assistant", "content": made}));
                let results: Vec<Value> = (0..*calls)
                    .map(|nth| json!({"toolResult": {"toolUseId": id(nth), "content": [{"text": words(*number)}]}}))
                    .collect();
                messages.push(json!({"role": "user", "content": results}));
            }
            Step::Developer => {}
        }
    }
    json!({"messages": messages, "system": [{"text": words(5)}], "inferenceConfig": {"maxTokens": 64}})
}

fn responses(steps: &[Step]) -> Value {
    let mut items: Vec<Value> = Vec::new();
    let reasoning = || json!({"type": "reasoning", "summary": [], "encrypted_content": "Z0FBQUFB"});
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::User {
                words: number,
                image,
            } => {
                let mut content = vec![json!({"type": "input_text", "text": words(*number)})];
                if *image {
                    content.push(json!({"type": "input_image", "detail": "low", "image_url": format!("data:image/png;base64,{PIXEL}")}));
                }
                items.push(json!({"role": "user", "content": content}));
            }
            Step::Answer {
                words: number,
                thinks,
            } => {
                if *thinks {
                    items.push(reasoning());
                }
                items.push(json!({"role": "assistant", "content": [{"type": "output_text", "text": words(*number)}]}));
            }
            Step::Round {
                calls,
                words: number,
                thinks,
            } => {
                if *thinks {
                    items.push(reasoning());
                }
                let id = |nth: usize| format!("call_{at}_{nth}");
                items.extend((0..*calls).map(|nth| {
                    json!({"type": "function_call", "call_id": id(nth), "name": "soil", "arguments": json!({"q": words(3)}).to_string()})
                }));
                items.extend((0..*calls).map(|nth| {
                    json!({"type": "function_call_output", "call_id": id(nth), "output": words(*number)})
                }));
            }
            Step::Developer => items.push(json!({"role": "developer", "content": words(2)})),
        }
    }
    json!({"model": "gpt-5", "store": false, "instructions": words(5), "input": items})
}

type Write = fn(&[Step]) -> Value;

const FORMATS: &[(Format, &str, Write)] = &[
    (Format::OpenAiChat, "gpt-4o", chat),
    (Format::OpenAiResponses, "gpt-5", responses),
    (Format::Anthropic, "claude-sonnet-4-5", anthropic),
    (Format::Anthropic, "claude-opus-5-5", bound),
    (Format::Gemini, "gemini-2.5-flash", gemini),
    (Format::BedrockConverse, "claude-sonnet-4-5", converse),
];

/// Settings of a fitter, as numbers.
#[derive(Debug, Clone)]
struct Policy {
    strategies: Vec<u8>,
    first_user: bool,
    last_turns: usize,
    last_groups: usize,
    last_messages: usize,
    last_tokens: u64,
    pin: Option<usize>,
    tool: bool,
    low: f64,
    steps: bool,
    limits: bool,
}

fn policy() -> impl Strategy<Value = Policy> {
    (
        prop::collection::vec(0..12_u8, 1..5),
        (
            any::<bool>(),
            0..3_usize,
            0..4_usize,
            0..4_usize,
            select(&[0_u64, 0, 50, 300][..]),
        ),
        prop::option::weighted(0.3, 0..20_usize),
        prop::bool::weighted(0.2),
        select(&[1.0, 0.8, 0.5][..]),
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(
                strategies,
                (first_user, last_turns, last_groups, last_messages, last_tokens),
                pin,
                tool,
                low,
                steps,
                limits,
            )| Policy {
                strategies,
                first_user,
                last_turns,
                last_groups,
                last_messages,
                last_tokens,
                pin,
                tool,
                low,
                steps,
                limits,
            },
        )
}

impl Policy {
    fn fitter(&self, budget: Budget) -> Fitter {
        let mut fitter = Fitter::new(budget)
            .also_keep(|keep| {
                keep.first_user(self.first_user)
                    .last_turns(self.last_turns)
                    .last_groups(self.last_groups)
                    .last_messages(self.last_messages)
                    .last_tokens(self.last_tokens)
                    .messages(self.pin)
            })
            .low_water(self.low)
            .turn_by_turn(self.steps);
        if self.tool {
            fitter = fitter.also_keep(|keep| keep.tools(["rain"]));
        }
        if self.limits {
            fitter = fitter.limit_messages(Cut::ends(60));
        }
        for strategy in &self.strategies {
            fitter = match strategy {
                0 => fitter.then(ClearToolResults::keep_last(2)),
                1 => fitter.then(ClearToolResults::keep_last(0).arguments().except(["rain"])),
                2 => fitter.then(DropMedia::keep_last_turns(1)),
                3 => fitter.then(DropReasoning::keep_last_turns(1)),
                4 => fitter.then(Shorten::new(Cut::ends(40)).keep_last_turns(1)),
                5 => fitter.then(Shorten::new(Cut::last(30)).results_only().in_open_round()),
                6 => fitter.then(DropOldest::turns()),
                7 => fitter.then(DropMiddle::new()),
                8 => fitter.then(KeepLast::turns(3)),
                9 => fitter.then(KeepStart::new()),
                10 => fitter.then(DropByScore::new(|draft, group| {
                    -(draft.size_of(group.index()) as f64)
                })),
                _ => fitter.then(DropOldest::new()),
            };
        }
        fitter
    }
}

/// Everything that may be printed or stored contains no text.
fn shows_no_text(shown: impl IntoIterator<Item = String>) {
    for shown in shown {
        assert!(
            !shown.contains(MARKER) && !shown.contains("größer"),
            "{shown}"
        );
    }
}

fn budget(models: &Models, model: &str, limit: u64) -> Budget {
    Budget::new(&models.get(model).unwrap())
        .reserve_output(0)
        .limit_input(limit)
}

fn holds(format: Format, model: &str, body: &str, policy: &Policy, percent: u64, valid: bool) {
    let models = Models::builtin();
    let request = Request::parse_as(format, body).unwrap();
    let by_model = models.get(model).unwrap();
    let counts = by_model.count_messages(&request);
    let limit = (counts.size() * percent / 100).max(1);
    let fitter = policy.fitter(budget(&models, model, limit));
    shows_no_text([format!("{fitter:?}")]);
    let fitted = match fitter.fit(&request) {
        Ok(fitted) => fitted,
        Err(error) => {
            shows_no_text([error.to_string(), format!("{error:?}")]);
            match error.kind() {
                ErrorKind::CannotFit => {
                    let cannot_fit = error.cannot_fit().unwrap();
                    shows_no_text([
                        format!("{cannot_fit:?}"),
                        serde_json::to_string(cannot_fit).unwrap(),
                    ]);
                    assert!(cannot_fit.floor > limit);
                    let again = policy
                        .fitter(budget(&models, model, cannot_fit.floor))
                        .fit(&request);
                    // A budget of the floor fits; a broken history can still be refused for that.
                    match again {
                        Ok(_) => {}
                        Err(error) => {
                            assert!(!valid && error.kind() == ErrorKind::Refused, "{error}")
                        }
                    }
                }
                ErrorKind::Refused => assert!(!valid, "{error}"),
                kind => panic!("{kind}: {error}"),
            }
            return;
        }
    };
    shows_no_text([format!("{fitted:?}")]);
    let receipt = fitted.receipt();
    if fitted.is_unchanged() {
        assert!(counts.size() <= limit);
        return;
    }
    let plan = fitter.plan(&request).unwrap();
    let kept = serde_json::to_string(&plan).unwrap();
    shows_no_text([
        serde_json::to_string(receipt).unwrap(),
        kept.clone(),
        format!("{receipt} {receipt:?} {plan:?} {:?}", fitted.undo()),
    ]);

    let after = Request::parse_as(format, fitted.as_bytes()).unwrap();
    let fresh = by_model.count_messages(&after).size();
    assert!(
        fresh <= limit
            && Some(fresh) == receipt.tokens_after
            && Some(counts.size()) == receipt.tokens_before
    );
    // `x_own` is the caller's own field.
    let report = budget(&models, model, limit).check(&after);
    let mut refused = report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Refused);
    assert!(
        refused.all(|finding| finding.code == codes::UNKNOWN_PARAMETER),
        "{:?}",
        report.findings()
    );
    assert_eq!(
        fitted.undo().unwrap().apply(fitted.as_bytes()).unwrap(),
        request.as_bytes()
    );
    let again: Plan = serde_json::from_str(&kept).unwrap();
    let applied = fitter.apply(&request, &again).unwrap();
    assert_eq!(applied.request().as_bytes(), fitted.as_bytes());
    assert!(fitter.fit(&after).unwrap().is_unchanged());
    if receipt.has_repairs() {
        return;
    }
    bytes_are_those_of_the_places(receipt, request.as_bytes(), fitted.as_bytes());
    // Protected parts stay unchanged.
    let groups = request.groups();
    let gone: BTreeSet<usize> = receipt
        .edits
        .iter()
        .filter_map(|planned| match planned.action {
            Action::DroppedGroup { group } => Some(groups.get(group).unwrap().messages()),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    let left: BTreeSet<&str> = after.messages().map(|message| message.raw_json()).collect();
    let mut kept: Vec<usize> = Vec::new();
    let users = || {
        request
            .messages()
            .filter(|message| message.role() == Role::User && message.tool_results().len() == 0)
            .map(|message| message.index())
    };
    kept.extend(users().next_back());
    if policy.first_user {
        kept.extend(users().next());
    }
    kept.extend(policy.pin.filter(|&pin| pin < request.messages().len()));
    for message in request.messages() {
        let named = policy.tool
            && message
                .tool_calls()
                .any(|call| call.name().as_deref() == Some("rain"));
        if message.role().is_instructions()
            && (message.role() == Role::Developer || message.index() == 0)
            || named
        {
            kept.push(message.index());
        }
    }
    for message in kept {
        assert!(!gone.contains(&message), "{message} is gone");
        // Thinking that the newest models bind to its prefix is removed, protected or not.
        let thinks = model == "claude-opus-5-5";
        assert!(
            thinks || left.contains(request.messages().nth(message).unwrap().raw_json()),
            "{message} is another"
        );
    }
    let last = request.messages().len() - gone.len();
    assert!(after.messages().len() <= last);
    // The saving is that of the receipt, edit by edit, except for parts that are billed together.
    let saved: i64 = receipt
        .edits
        .iter()
        .map(|planned| planned.tokens_before.unwrap() as i64 - planned.tokens_after.unwrap() as i64)
        .sum();
    let difference = receipt.tokens_before.unwrap() as i64 - receipt.tokens_after.unwrap() as i64;
    assert!(saved > 0 && difference > 0);
}

/// Returns the JSON at a pointer as it is spelled.
fn raw_at(json: &str, pointer: &str) -> String {
    let mut raw = json.to_owned();
    for step in pointer.split('/').skip(1) {
        raw = match step.parse::<usize>() {
            Ok(nth) => serde_json::from_str::<Vec<Box<RawValue>>>(&raw).unwrap()[nth]
                .get()
                .to_owned(),
            Err(_) => {
                let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&raw).unwrap();
                fields[step].get().to_owned()
            }
        };
    }
    raw
}

/// The bytes of an edit are those of the JSON at its places, before and, where no message left,
/// after it.
fn bytes_are_those_of_the_places(receipt: &Receipt, before: &[u8], after: &[u8]) {
    let (before, after) = (
        str::from_utf8(before).unwrap(),
        str::from_utf8(after).unwrap(),
    );
    let leaves = |action: &Action| {
        matches!(
            action,
            Action::DroppedGroup { .. } | Action::DroppedReasoning { .. }
        )
    };
    let stays = !receipt.edits.iter().any(|edit| leaves(&edit.action));
    for edit in &receipt.edits {
        let bytes: usize = edit
            .pointers
            .iter()
            .map(|pointer| raw_at(before, pointer).len())
            .sum();
        assert_eq!(edit.bytes_before, Some(bytes as u64), "{edit}");
        let place = edit.pointer();
        let is_alone = receipt.edits.iter().filter(|other| {
            other.pointer().starts_with(place) || place.starts_with(other.pointer())
        });
        if leaves(&edit.action) {
            assert_eq!(edit.bytes_after, Some(0), "{edit}");
        } else if stays && is_alone.count() == 1 {
            let bytes = raw_at(after, place).len() as u64;
            assert_eq!(edit.bytes_after, Some(bytes), "{edit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_out_fits_and_keeps_what_it_must(
        steps in prop::collection::vec(step(), 1..25),
        policy in policy(),
        percent in 1..110_u64,
    ) {
        let mut steps = steps;
        steps.insert(0, Step::User { words: 4, image: false });
        steps.push(Step::User { words: 3, image: false });
        for &(format, model, write) in FORMATS {
            holds(format, model, &write(&steps).to_string(), &policy, percent, true);
        }
    }

    #[test]
    fn broken_histories_are_repaired_or_refused(
        steps in prop::collection::vec(step(), 1..12),
        policy in policy(),
        percent in 1..110_u64,
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        for &(format, model, write) in FORMATS {
            let mut body = write(&steps);
            let list = ["messages", "input", "contents"].into_iter().find(|&list| body[list].is_array()).unwrap();
            let messages = body[list].as_array_mut().unwrap();
            for lost in &lost {
                if messages.len() > 1 {
                    messages.remove(lost.index(messages.len()));
                }
            }
            if !messages.is_empty() {
                holds(format, model, &body.to_string(), &policy, percent, false);
            }
        }
    }

    /// The naive twin of reused counts: everything is counted again.
    #[test]
    fn other_units_fit_too(steps in prop::collection::vec(step(), 1..20), most in 1..400_u64) {
        let mut steps = steps;
        steps.push(Step::User { words: 3, image: false });
        let body = chat(&steps).to_string();
        let request = Request::parse(&body).unwrap();
        let fitters: [(&dyn MessageCounter, u64, Fitter); 3] = [
            (&Unit::Messages, most / 10 + 1, Preset::SlidingWindow.fitter(Budget::at_most(most / 10 + 1)).counting_with(Unit::Messages)),
            (&Unit::Words, most, Preset::Agent.fitter(Budget::at_most(most)).counting_with(Unit::Words)),
            (&Unit::Characters, most * 5, Preset::CacheFriendly.fitter(Budget::at_most(most * 5)).counting_with(Unit::Characters)),
        ];
        for (counter, limit, fitter) in fitters {
            match fitter.fit(&request) {
                Ok(fitted) => {
                    let size = counter.count_messages(fitted.request()).size();
                    prop_assert!(size <= limit, "{} over {}", size, limit);
                }
                Err(error) => {
                    let floor = error.cannot_fit().unwrap().floor;
                    prop_assert!(floor > limit);
                }
            }
        }
    }

    /// A conversation that grows by a turn is cut at the same places as before, until it is cut
    /// again. Without images: the cost of one depends on whether a call precedes it, so a cut can
    /// change it, and a result that is too large is decided again.
    #[test]
    fn what_was_dropped_stays_dropped(steps in prop::collection::vec(step(), 5..40), low in select(&[0.5, 0.8][..])) {
        let models = Models::builtin();
        let steps: Vec<Step> = steps
            .into_iter()
            .map(|step| match step {
                Step::User { words, .. } => Step::User { words, image: false },
                other => other,
            })
            .collect();
        let body = chat(&steps);
        let all = body["messages"].as_array().unwrap();
        let mut before: BTreeSet<String> = BTreeSet::new();
        for end in 1..=all.len() {
            let sends = |at: usize| all.get(at).map(|message| message["role"] == "user" || message["role"] == "tool");
            if sends(end - 1) != Some(true) || (all[end - 1]["role"] == "tool" && all.get(end).is_some_and(|next| next["role"] == "tool")) {
                continue;
            }
            let request = Request::from_serialize(&json!({"model": "gpt-4o", "messages": all[..end]})).unwrap();
            let fitter = Fitter::new(budget(&models, "gpt-4o", 900)).low_water(low).then(DropOldest::new());
            let Ok(fitted) = fitter.fit(&request) else {
                continue;
            };
            let dropped: BTreeSet<String> = fitted
                .receipt()
                .into_iter()
                .flat_map(|planned| planned.pointers.clone())
                .collect();
            prop_assert!(before.is_subset(&dropped), "{:?} came back", before.difference(&dropped).collect::<Vec<_>>());
            before = dropped;
        }
    }
}

#[test]
fn a_plan_is_for_its_request() {
    let models = Models::builtin();
    let steps = vec![
        Step::User {
            words: 50,
            image: false,
        },
        Step::Answer {
            words: 50,
            thinks: false,
        },
        Step::User {
            words: 9,
            image: false,
        },
    ];
    let body = chat(&steps).to_string();
    let request = Request::parse(&body).unwrap();
    let fitter = Preset::SlidingWindow.fitter(budget(&models, "gpt-4o", 100));
    let plan = fitter.plan(&request).unwrap();
    let other = chat(&steps[1..]).to_string();
    let other = Request::parse(&other).unwrap();
    assert_eq!(
        fitter.apply(&other, &plan).unwrap_err().kind(),
        ErrorKind::InvalidPlan
    );
    // An edit without a place.
    let mut value = serde_json::to_value(&plan).unwrap();
    value["edits"][0]["group"] = json!(99);
    let broken: Plan = serde_json::from_value(value).unwrap();
    assert_eq!(
        fitter.apply(&request, &broken).unwrap_err().kind(),
        ErrorKind::InvalidPlan
    );
    // One that leaves too much.
    let mut value = serde_json::to_value(&plan).unwrap();
    value["edits"].as_array_mut().unwrap().remove(0);
    // Whatever limit the plan states.
    value["limit"] = json!(1_000_000);
    let short: Plan = serde_json::from_value(value).unwrap();
    assert_eq!(
        fitter.apply(&request, &short).unwrap_err().kind(),
        ErrorKind::InvalidPlan
    );
}

#[test]
fn texts_to_embed_are_no_conversation() {
    let models = Models::builtin();
    let request =
        Request::parse(r#"{"model": "text-embedding-3-small", "input": "some text"}"#).unwrap();
    let error = Preset::Agent
        .fitter(Budget::lenient(&models))
        .fit(&request)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoHistory);
}

#[test]
fn without_repair_a_broken_history_is_refused() {
    let models = Models::builtin();
    let body = json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": words(50)}, {"role": "assistant", "content": words(50)},
        {"role": "user", "content": "Hm."}, {"role": "tool", "tool_call_id": "gone", "content": "?"},
        {"role": "user", "content": "Well?"}]});
    let request = Request::from_serialize(&body).unwrap();
    let fitter = Preset::SlidingWindow
        .fitter(budget(&models, "gpt-4o", 150))
        .also_keep(|keep| keep.last_groups(2));
    assert!(fitter.fit(&request).unwrap().receipt().has_repairs());
    let error = fitter.clone().repairing(None).fit(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.refused_for()[0].0, "orphan_tool_result");
    let kept = fitter
        .repairing(Some(RepairPolicy::none()))
        .fit(&request)
        .unwrap_err();
    assert_eq!(kept.kind(), ErrorKind::Refused);
}

#[test]
fn a_larger_model_goes_before_cutting() {
    let models = Models::builtin();
    let (small, large) = (models.get("gpt-4").unwrap(), models.get("gpt-4o").unwrap());
    let body = json!({"model": "gpt-4", "messages": [
        {"role": "user", "content": "water ".repeat(9_000)}, {"role": "user", "content": "Well?"}]})
    .to_string();
    let request = Request::parse(&body).unwrap();
    let fitter = Preset::SlidingWindow
        .fitter(Budget::new(&small))
        .fallbacks(&[small, large]);
    let fitted = fitter.fit(&request).unwrap();
    assert_eq!(fitted.request().model().as_deref(), Some("gpt-4o"));
    assert_eq!(fitted.receipt().model.as_deref(), Some("gpt-4o"));
    assert_eq!(
        fitted.as_bytes(),
        body.replace("gpt-4", "gpt-4o").as_bytes()
    );
    let plan = fitter.plan(&request).unwrap();
    assert_eq!(
        fitter.apply(&request, &plan).unwrap().request().as_bytes(),
        fitted.as_bytes()
    );
}
