//! Rules of a fitter, each on a small history: what is removed, kept and left unchanged.

use serde_json::{Value, json};
use tokenfit::fit::{
    DropOldest, DropReasoning, DropRounds, Fitter, KeepLast, Level, MessageCounter, Preset, Unit,
};
use tokenfit::model::PriceQuery;
use tokenfit::request::PartKind;
use tokenfit::{Budget, ErrorKind, Models, Request};

fn fitter(limit: u64) -> Fitter {
    let budget = Budget::at_most(limit);
    Fitter::new(budget)
        .counting_with(Unit::Messages)
        .low_water(1.0)
}

/// The rest of a history, by the first words of its messages.
fn left(fitter: &Fitter, messages: &Value) -> Vec<String> {
    let request = Request::from_serialize(&json!({"messages": messages})).unwrap();
    let fitted = fitter.fit(&request).unwrap();
    fitted
        .request()
        .messages()
        .map(|message| match message.tool_calls().next() {
            Some(call) => format!("call {}", call.id().unwrap()),
            None => message.text().into_owned(),
        })
        .collect()
}

fn call(id: &str, tool: &str) -> Value {
    let function = json!({"name": tool, "arguments": "{}"});
    json!({"role": "assistant", "content": null,
        "tool_calls": [{"id": id, "type": "function", "function": function}]})
}

fn says(role: &str, text: &str) -> Value {
    json!({"role": role, "content": text})
}

fn result(id: &str, text: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": text})
}

/// A garden's history: two questions, three rounds, and a question at its end.
fn garden() -> Value {
    json!([
        says("system", "You water plants."),
        says("user", "Bed one?"),
        call("a", "soil"),
        result("a", "wet"),
        says("assistant", "Wet."),
        says("user", "Beds two and three?"),
        call("b", "rain"),
        result("b", "none"),
        call("c", "soil"),
        result("c", "dry"),
        says("assistant", "Dry."),
        says("user", "Water them."),
    ])
}

#[test]
fn nothing_to_take_out_is_unchanged() {
    // Above the mark and within the limit, but everything is protected.
    let budget = Budget::at_most(10);
    let fitter = Fitter::new(budget)
        .counting_with(Unit::Words)
        .high_water(Level::Tokens(3))
        .then(DropOldest::new());
    let request = Request::parse(r#"[{"role": "user", "content": "Is bed four dry?"}]"#).unwrap();
    assert!(fitter.fit(&request).unwrap().is_unchanged());
    assert!(fitter.plan(&request).unwrap().is_empty());
}

#[test]
fn groups_go_one_by_one() {
    let fitter = |limit| fitter(limit).then(DropOldest::groups());
    let all = left(&fitter(12), &garden());
    assert_eq!(all.len(), 12);
    // The question alone, then its whole round.
    assert_eq!(left(&fitter(11), &garden())[1], "call a");
    assert_eq!(left(&fitter(10), &garden())[1], "Wet.");
    assert_eq!(left(&fitter(9), &garden())[1], "Wet.");
    // Protected groups are skipped.
    let pinned = fitter(5).also_keep(|keep| keep.first_user(true));
    assert_eq!(
        left(&pinned, &garden()),
        ["You water plants.", "Bed one?", "Dry.", "Water them."]
    );
    // Unprotected instructions are the oldest.
    let bare = fitter(11).also_keep(|keep| keep.instructions(false));
    assert_eq!(left(&bare, &garden())[0], "Bed one?");
}

#[test]
fn rounds_go_and_what_was_said_stays() {
    let said = [
        "You water plants.",
        "Bed one?",
        "Wet.",
        "Beds two and three?",
        "Dry.",
        "Water them.",
    ];
    assert_eq!(
        left(&fitter(6).then(DropRounds::keep_last(0)), &garden()),
        said
    );
    // As many as necessary.
    let one = left(&fitter(10).then(DropRounds::keep_last(0)), &garden());
    assert!(!one.contains(&"call a".to_owned()) && one.contains(&"call b".to_owned()));
    // The last ones stay, and those of an excluded tool: then the request cannot be made to fit.
    let request = Request::from_serialize(&json!({"messages": garden()})).unwrap();
    let floor = |rounds: DropRounds| {
        let error = fitter(5).then(rounds).fit(&request).unwrap_err();
        error.cannot_fit().unwrap().floor
    };
    assert_eq!(floor(DropRounds::keep_last(0)), 6);
    assert_eq!(floor(DropRounds::keep_last(1)), 8);
    assert_eq!(floor(DropRounds::keep_last(9)), 12);
    assert_eq!(floor(DropRounds::keep_last(0).except(["soil"])), 10);
    // A round that the model has not answered yet is protected.
    let mut open = garden();
    open.as_array_mut()
        .unwrap()
        .extend([call("d", "valve"), result("d", "open")]);
    let rest = left(&fitter(8).then(DropRounds::keep_last(0)), &open);
    assert_eq!(rest.last().unwrap(), "open");
}

#[test]
fn a_window_begins_with_the_user() {
    let window = |messages| KeepLast::messages(messages);
    let rest = |keep: KeepLast| left(&fitter(11).then(keep), &garden());
    assert_eq!(
        rest(window(2)),
        ["You water plants.", "Dry.", "Water them."]
    );
    assert_eq!(
        rest(window(2).starting_with_user()),
        ["You water plants.", "Water them."]
    );
    // The window of eight begins with the answer of the previous turn.
    assert_eq!(rest(window(8))[1], "Wet.");
    assert_eq!(
        rest(window(8).starting_with_user())[1],
        "Beds two and three?"
    );
    // Protected messages before it stay.
    let kept = fitter(11)
        .also_keep(|keep| keep.first_user(true))
        .then(window(8).starting_with_user());
    assert_eq!(
        left(&kept, &garden())[..3],
        ["You water plants.", "Bed one?", "Beds two and three?"]
    );
    // Without a user message in the window nothing more is dropped.
    let talk = json!([
        says("user", "Sing."),
        says("assistant", "La."),
        says("assistant", "Lo.")
    ]);
    let none = fitter(2)
        .also_keep(|keep| keep.last_user(false))
        .then(window(2).starting_with_user());
    assert_eq!(left(&none, &talk), ["La.", "Lo."]);
}

#[test]
fn something_is_left_to_send() {
    // Nothing is protected, and nothing fits: the last question remains, and the error states the
    // required size.
    let talk = json!([
        says("assistant", "Hello, what shall I do?"),
        says("user", "Is bed four dry enough to be watered today?"),
        says("assistant", "It is."),
    ]);
    let request = Request::from_serialize(&json!({"messages": talk})).unwrap();
    let budget = |limit| Budget::at_most(limit);
    let words = |limit| {
        Fitter::new(budget(limit))
            .counting_with(Unit::Words)
            .also_keep(|keep| keep.last_user(false))
            .then(DropOldest::new())
    };
    let floor = words(1)
        .fit(&request)
        .unwrap_err()
        .cannot_fit()
        .unwrap()
        .floor;
    assert_eq!(floor, 9);
    assert_eq!(
        left(&words(9), &talk),
        ["Is bed four dry enough to be watered today?"]
    );
    // A single answer, which no rule protects.
    let alone = json!([says("assistant", "Bed four is dry.")]);
    let request = Request::from_serialize(&json!({"messages": alone})).unwrap();
    let error = words(1).fit(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotFit);
    // Instructions in a separate field are not a message.
    let body = json!({"system": "Be brief.", "max_tokens": 9, "messages": [says("user", "Is bed four dry?")]});
    let request = Request::from_serialize(&body).unwrap();
    let error = words(2).fit(&request).unwrap_err();
    assert_eq!(error.cannot_fit().unwrap().floor, 6);
}

/// Thinking of the newest Claude models is bound to everything before it: it is removed with the
/// first edit before it, unless the request allows the server to drop it.
#[test]
fn bound_thinking_goes_with_what_it_is_bound_to() {
    let models = Models::builtin();
    let said = |nth: usize| format!("Remark {nth}: the valve of bed {nth} sticks again.");
    let mut messages: Vec<Value> = Vec::new();
    for nth in 0..6 {
        messages.push(json!({"role": "user", "content": said(nth)}));
        messages.push(json!({"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm, it does.", "signature": "c2ln"}, {"type": "text", "text": said(nth)}]}));
    }
    messages.push(json!({"role": "user", "content": "Well?"}));
    let thoughts = |model: &str, drops: bool| {
        let mut body = json!({"model": model, "max_tokens": 4096, "messages": messages});
        if drops {
            body["thinking"] = json!({"type": "adaptive",
                "block_binding": {"prefix_mismatch_behavior": "drop_block"}});
        }
        let request = Request::from_serialize(&body).unwrap();
        let model = models.get(model).unwrap();
        let size = model.count_messages(&request).size();
        let budget = Budget::new(&model)
            .reserve_output(0)
            .limit_input(size * 3 / 4);
        let fitted = Preset::SlidingWindow
            .fitter(budget)
            .repairing(None)
            .fit(&request);
        let fitted = fitted.unwrap();
        let sent = fitted.request();
        assert!(sent.messages().len() > 3, "only the oldest goes");
        let parts = sent.messages().flat_map(|message| message.parts());
        parts
            .filter(|part| part.kind() == PartKind::Reasoning)
            .count()
    };
    assert_eq!(thoughts("claude-opus-5-5", false), 0);
    assert!(thoughts("claude-sonnet-4-5", false) > 1);
    assert!(thoughts("claude-opus-5-5", true) > 1);
}

/// A question next to results is the user's last question, too.
#[test]
fn a_question_beside_results_is_kept() {
    let models = Models::builtin();
    let long = "dry ".repeat(80);
    let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [
        {"role": "user", "content": long},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "soil", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "9 %"}, {"type": "text", "text": "And bed 4?"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "b", "name": "soil", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "b", "content": "4 %"}]}]});
    let request = Request::from_serialize(&body).unwrap();
    let model = models.get("claude-sonnet-4-5").unwrap();
    let size = model.count_messages(&request).size();
    let budget = Budget::new(&model).reserve_output(0).limit_input(size - 1);
    // With it everything stays: it answers a call, which answers the first question.
    let fitter = Fitter::new(budget).then(DropOldest::new());
    assert_eq!(
        fitter.fit(&request).unwrap_err().kind(),
        ErrorKind::CannotFit
    );
    // If only the end is protected, the earlier round is dropped; the first question has the last
    // round with it.
    let fitter = fitter.also_keep(|keep| keep.last_user(false));
    let fitted = fitter.fit(&request).unwrap();
    assert_eq!(fitted.request().messages().len(), 3);
}

/// Above a prompt size everything costs more, including a cut and its saving; a cache write has its
/// price, too.
#[test]
fn a_plan_is_priced_by_the_size_of_the_prompt() {
    let cost = |prices: Value| {
        let models = json!([{"id": "acme-9", "context_window": 100_000, "encoding": "o200k_base",
            "billing": "openai-chat", "prices": [{"standard": prices}]}]);
        let registry = Models::builtin().overrides(models.to_string()).unwrap();
        let models = registry;
        let budget = Budget::new(&models.get("acme-9").unwrap()).limit_input(150);
        let text: String = "The beds along the wall are dry again. ".repeat(8);
        let messages: Vec<Value> = (0..8)
            .map(|nth| says(if nth % 2 == 0 { "user" } else { "assistant" }, &text))
            .chain([says("user", "And now?")])
            .collect();
        let body = json!({"model": "acme-9", "messages": messages}).to_string();
        let request = Request::parse(&body).unwrap();
        let fitter = Preset::SlidingWindow.fitter(budget);
        let plan = fitter.plan(&request).unwrap();
        let cache = plan.cache.unwrap();
        (
            cache.cost_usd.unwrap(),
            cache.saving_usd_per_turn.unwrap(),
            cache,
        )
    };
    let base = json!({"input": 1.0, "cached_input": 0.1, "output": 4.0});
    let (cost_of_base, saving_of_base, cache) = cost(base.clone());
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(near(cost_of_base, cache.rewritten_tokens as f64 * 0.9e-6));
    assert!(near(saving_of_base, cache.saved_tokens as f64 * 0.1e-6));
    // Twice the price above ten tokens: before and after the cut.
    let mut tiers = base.clone();
    tiers["tiers"] = json!([{"above_input_tokens": 10, "whole_request": true, "input": 2.0, "cached_input": 0.2}]);
    let (cost_above, saving_above, _) = cost(tiers);
    assert!(near(cost_above, 2.0 * cost_of_base) && near(saving_above, 2.0 * saving_of_base));
    // Twice the price only before the cut: the rest is cheaper as well.
    let mut tiers = base.clone();
    tiers["tiers"] = json!([{"above_input_tokens": 200, "whole_request": true, "input": 2.0, "cached_input": 0.2}]);
    let (cost_below, saving_below, _) = cost(tiers);
    assert!(near(cost_below, cost_of_base) && saving_below > 2.0 * saving_of_base);
    // Written to the cache again at a separate price.
    let mut writes = base;
    writes["cache_write"] = json!({"5m": 1.25, "1h": 2.0});
    let (cost_of_writes, ..) = cost(writes);
    assert!(near(
        cost_of_writes,
        cache.rewritten_tokens as f64 * 1.15e-6
    ));
}

/// Perplexity refuses two user messages in a row: the answer between two kept questions stays.
#[test]
fn turns_alternate_where_the_host_requires_it() {
    let turn = |n: usize| {
        [
            json!({"role": "user", "content": format!("Is gate {n} shut, and the shed behind it too?")}),
            json!({"role": "assistant", "content": format!("Gate {n} is shut.")}),
        ]
    };
    let mut messages: Vec<Value> = (0..6).flat_map(turn).collect();
    messages.push(json!({"role": "user", "content": "And the last?"}));
    let body = json!({"model": "sonar", "messages": messages}).to_string();
    let request = Request::parse(&body).unwrap();
    let model = Models::builtin().get("sonar").unwrap();
    let size = model.count_messages(&request).size();
    for percent in [90, 60, 40, 20, 1] {
        let budget = Budget::new(&model).reserve_output(0);
        let limited = budget.clone().limit_input(size * percent / 100);
        let floor = match Preset::Agent.fitter(limited).fit(&request) {
            Ok(fitted) => {
                assert!(budget.check(fitted.request()).is_ok(), "{percent} %");
                continue;
            }
            Err(error) => error.cannot_fit().unwrap().floor,
        };
        let fitted = Preset::Agent
            .fitter(budget.limit_input(floor))
            .fit(&request)
            .unwrap();
        assert_eq!(fitted.request().messages().len(), 3, "{percent} %");
    }
}

/// One huge result is cut to the room there is, and its call stays.
#[test]
fn a_huge_result_is_cut_and_its_call_stays() {
    let body = json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": "Read the log of gate 3."},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "log", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "shut at noon\n".repeat(6_000)}]})
    .to_string();
    let request = Request::parse(&body).unwrap();
    let budget = Budget::new(&Models::builtin().get("gpt-4o").unwrap()).limit_input(3_000);
    let fitted = Preset::TruncateToLimit
        .fitter(budget)
        .fit(&request)
        .unwrap();
    let left = fitted.request();
    assert_eq!(
        left.messages()
            .map(|message| message.tool_calls().len())
            .sum::<usize>(),
        1
    );
    assert!(fitted.receipt().tokens_after > Some(2_500));
}

/// Items of the Responses API lose their ids with the reasoning that led to them.
#[test]
fn ids_leave_with_their_reasoning() {
    let mut input = vec![json!({"role": "user", "content": "Which gates are shut?"})];
    for n in 0..6 {
        input.push(json!({"type": "reasoning", "id": format!("rs_{n}"), "summary": [], "encrypted_content": "gAAA".repeat(50)}));
        input.push(json!({"type": "function_call", "id": format!("fc_{n}"), "call_id": format!("c{n}"), "name": "gate", "arguments": "{}"}));
        input.push(
            json!({"type": "function_call_output", "call_id": format!("c{n}"), "output": "shut"}),
        );
    }
    let body = json!({"model": "gpt-5.2", "store": false, "input": input}).to_string();
    let request = Request::parse(&body).unwrap();
    let model = Models::builtin().get("gpt-5.2").unwrap();
    let limit = model.count_messages(&request).size() * 8 / 10;
    let budget = Budget::new(&model).reserve_output(0).limit_input(limit);
    let fitter = Fitter::new(budget)
        .then(DropReasoning::keep_last_turns(0))
        .then(DropOldest::new());
    let fitted = fitter.fit(&request).unwrap();
    let after: Value = serde_json::from_slice(fitted.as_bytes()).unwrap();
    let items = after["input"].as_array().unwrap();
    let mut dropped = 0;
    for (nth, item) in items
        .iter()
        .enumerate()
        .filter(|(_, item)| item["type"] == "function_call")
    {
        let led = nth > 0 && items[nth - 1]["type"] == "reasoning";
        assert_eq!(item.get("id").is_some(), led, "{item}");
        dropped += usize::from(!led);
    }
    assert!(dropped > 0);
}

/// Above 200,000 tokens Gemini 2.5 Pro bills every token more: a cut below that saves on what
/// stays.
#[test]
fn a_saving_knows_the_prices_of_long_prompts() {
    let long = "The gate is shut. ".repeat(3_000);
    let turn = |n: usize| {
        [
            json!({"role": "user", "parts": [{"text": format!("{n} {long}")}]}),
            json!({"role": "model", "parts": [{"text": "Yes."}]}),
        ]
    };
    let mut contents: Vec<Value> = (0..20).flat_map(turn).collect();
    contents.push(json!({"role": "user", "parts": [{"text": "And now?"}]}));
    let body = json!({"contents": contents}).to_string();
    let request = Request::parse(&body).unwrap();
    let model = Models::builtin().get("gemini-2.5-pro").unwrap();
    let budget = Budget::new(&model).limit_input(120_000);
    let plan = Fitter::new(budget)
        .then(DropOldest::new())
        .plan(&request)
        .unwrap();
    let cache = plan.cache.unwrap();
    assert!(plan.tokens_before > 200_000 && plan.tokens_after <= 120_000);
    let price = |tokens| {
        model
            .price_for(&PriceQuery::new().input_tokens(tokens))
            .cached_input
            .unwrap()
    };
    let (long, short) = (price(plan.tokens_before), price(plan.tokens_after));
    assert!(long > short);
    let expected = (plan.tokens_before as f64 * long - plan.tokens_after as f64 * short) / 1e6;
    let saving = cache.saving_usd_per_turn.unwrap();
    assert!(
        (saving / expected - 1.0).abs() < 0.01,
        "{saving} and {expected}"
    );
}
