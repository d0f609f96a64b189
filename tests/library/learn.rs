//! Learning from `usage`: properties that hold for any observations.

use proptest::prelude::*;
use tokenfit::learn::{Billed, Calibration, Claim};
use tokenfit::{Accuracy, Encoding, Models, Request, RequestCount};

fn models() -> Models {
    Models::builtin()
        .overrides(r#"{"id": "house-model"}"#)
        .unwrap()
}

fn body(text: &str, turns: usize) -> String {
    let text = serde_json::to_string(text).unwrap();
    let mut messages = Vec::new();
    for turn in 0..=turns {
        if turn > 0 {
            messages.push(r#"{"role": "assistant", "content": "Yes, of course."}"#.to_owned());
        }
        messages.push(format!(r#"{{"role": "user", "content": {text}}}"#));
    }
    format!(
        r#"{{"model": "house-model", "messages": [{}]}}"#,
        messages.join(", ")
    )
}

fn counted(body: &str) -> RequestCount {
    let request = Request::parse(body).unwrap();
    models().for_request(&request).unwrap().count(&request)
}

fn observe(calibration: &mut Calibration, body: &str, billed: u64, at: u64) {
    let request = Request::parse(body).unwrap();
    calibration.observe("host", &request, &counted(body), Billed::new(billed), at);
}

/// A server that nobody measured: Tekken, 5 per request, 2 per message.
fn bill(body: &str) -> u64 {
    let request = Request::parse(body).unwrap();
    let messages = request.messages();
    5 + messages
        .map(|message| 2 + Encoding::MISTRAL_TEKKEN.count(&message.text()) as u64)
        .sum::<u64>()
}

const TEXTS: [&str; 12] = [
    "Hello there, how are you today?",
    "Übergrößenträger und Donaudampfschifffahrt",
    "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
    "你好，世界。今天天气怎么样？",
    "The quick brown fox jumps over the lazy dog 1234567890",
    "Привет, как дела?",
    "SELECT name, COUNT(*) FROM users GROUP BY name HAVING COUNT(*) > 3;",
    "naïve café, crème brûlée",
    "{\"a\": [1, 2, 3], \"b\": null}",
    "I'll be there in 5 minutes; don't wait.",
    "कृपया मुझे बताइए",
    "supercalifragilisticexpialidocious",
];

fn taught(wrong: &[usize]) -> Calibration {
    let mut calibration = Calibration::default();
    for (nth, text) in TEXTS.iter().enumerate() {
        let body = body(text, nth % 3);
        let billed = bill(&body) + if wrong.contains(&nth) { 5_000 } else { 0 };
        observe(&mut calibration, &body, billed, nth as u64);
    }
    calibration
}

#[test]
fn an_unknown_server_is_learned() {
    let learned = taught(&[]).learn();
    let rule = learned.rules().next().unwrap();
    assert_eq!(
        (rule.encoding, rule.base, rule.user, rule.assistant),
        ("mistral_tekken", 5, 2, 2)
    );
    assert_eq!(rule.claims["text"], Claim::Exact { of: 12 });
    let body = body("Wie spät ist es in Tōkyō?", 2);
    let request = Request::parse(&body).unwrap();
    let before = counted(&body);
    assert_eq!(before.accuracy(), Accuracy::Estimated);
    let count = learned.apply("host", &request, before.clone());
    assert_eq!(
        (count.tokens(), count.accuracy()),
        (bill(&body), Accuracy::Exact)
    );
    assert!(count.uncertain().is_empty());
    let messages: tokenfit::TokenCount = count.messages().iter().map(|one| one.tokens).sum();
    let parts = messages + count.tools() + count.schema() + count.images() + count.framing();
    assert_eq!(parts, count.total());
    // Another tenant's host has rules of its own.
    assert_eq!(learned.apply("other", &request, before.clone()), before);
}

#[test]
fn an_exact_count_is_never_changed() {
    let text = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
    let request = Request::parse(text).unwrap();
    let count = tokenfit::count(text).unwrap();
    let mut calibration = Calibration::default();
    for at in 0..20 {
        calibration.observe("host", &request, &count, Billed::new(50), at);
    }
    assert_eq!(calibration.count("host", &request, count.clone()), count);
    assert_eq!(calibration.drifts().len(), 1);
}

#[test]
fn wrong_samples_do_not_move_a_count() {
    let body = body("Wie spät ist es in Tōkyō?", 1);
    let request = Request::parse(&body).unwrap();
    for wrong in [&[11][..], &[0, 5], &[3, 7, 10]] {
        let count = taught(wrong).count("host", &request, counted(&body));
        assert_eq!(count.tokens(), bill(&body), "{wrong:?}");
        // Observed counts stay within the bounds.
        if wrong.iter().any(|nth| *nth >= 4) {
            assert!(count.total().upper().unwrap() >= bill(&body) + 5_000);
        }
    }
}

#[test]
fn cached_tokens_beside_the_input_are_recognized() {
    let mut calibration = Calibration::default();
    for (nth, text) in TEXTS.iter().enumerate() {
        let body = body(text, nth % 3);
        let request = Request::parse(&body).unwrap();
        let cached = nth as u64 % 4;
        let billed = Billed::new(bill(&body) - cached).cached(cached);
        calibration.observe("host", &request, &counted(&body), billed, nth as u64);
    }
    assert_eq!(calibration.learn().rules().next().unwrap().cached, "beside");
    let body = body("How much is it?", 1);
    let request = Request::parse(&body).unwrap();
    let count = calibration.count("host", &request, counted(&body));
    assert_eq!(count.tokens(), bill(&body));
}

#[test]
fn a_constant_that_moved_is_followed_and_reported() {
    let learned = taught(&[]).learn();
    let mut calibration = taught(&[]);
    for (nth, text) in TEXTS.iter().enumerate().take(3) {
        let body = body(text, 1);
        let request = Request::parse(&body).unwrap();
        let count = learned.apply("host", &request, counted(&body));
        assert_eq!(count.accuracy(), Accuracy::Exact);
        let at = (20_000 + nth as u64) * 86_400_000;
        calibration.observe("host", &request, &count, Billed::new(bill(&body) + 7), at);
    }
    let drifts = calibration.drifts();
    assert_eq!(drifts.len(), 1);
    assert_eq!(drifts[0].differences, [7, 7, 7]);
    assert_eq!(drifts[0].since, 20_000 * 86_400_000);
    let body = body("And now?", 1);
    let request = Request::parse(&body).unwrap();
    let count = calibration.count("host", &request, counted(&body));
    assert_eq!(count.tokens(), bill(&body) + 7);
}

/// A correct count by a learned rule is stored with the sizes that it was counted from, which are
/// those of the rules that were still possible. Another vocabulary is found again.
#[test]
fn a_model_that_is_exchanged_is_learned_again() {
    let mut calibration = taught(&[]);
    let mut at = 100;
    let mut serve = |calibration: &mut Calibration, bill: &dyn Fn(&str) -> u64| {
        let learned = calibration.learn();
        let mut exact = 0;
        for (nth, text) in TEXTS.iter().enumerate() {
            at += 1;
            let body = body(&format!("{text} {at}"), nth % 3);
            let request = Request::parse(&body).unwrap();
            let count = learned.apply("host", &request, counted(&body));
            exact += usize::from(count.tokens() == bill(&body));
            calibration.observe("host", &request, &count, Billed::new(bill(&body)), at);
        }
        exact
    };
    for _ in 0..4 {
        assert_eq!(serve(&mut calibration, &bill), TEXTS.len());
    }
    let rule = calibration.learn().rules().next().unwrap();
    assert_eq!(rule.encoding, "mistral_tekken");
    let other = |body: &str| {
        let request = Request::parse(body).unwrap();
        let messages = request.messages();
        3 + messages
            .map(|message| 4 + Encoding::O200K_BASE.count(&message.text()) as u64)
            .sum::<u64>()
    };
    for _ in 0..3 {
        serve(&mut calibration, &other);
    }
    let rule = calibration.learn().rules().next().unwrap();
    assert_eq!((rule.encoding, rule.base, rule.user), ("o200k_base", 3, 4));
    assert_eq!(serve(&mut calibration, &other), TEXTS.len());
}

#[test]
fn nothing_keeps_text() {
    const MARKER: &str = "xyzzyplugh";
    let body = format!(
        r#"{{"model": "house-model", "messages": [{{"role": "system", "content": "{MARKER}"}}, {{"role": "user", "name": "{MARKER}", "content": "{MARKER}"}},
        {{"role": "assistant", "tool_calls": [{{"id": "{MARKER}", "type": "function", "function": {{"name": "{MARKER}", "arguments": "{{\"{MARKER}\": 1}}"}}}}]}},
        {{"role": "tool", "tool_call_id": "{MARKER}", "content": "{MARKER}"}}],
        "tools": [{{"type": "function", "function": {{"name": "{MARKER}", "description": "{MARKER}", "parameters": {{"type": "object", "properties": {{"{MARKER}": {{"type": "string"}}}}}}}}}}],
        "response_format": {{"type": "json_schema", "json_schema": {{"name": "{MARKER}", "schema": {{"type": "object", "title": "{MARKER}"}}}}}}}}"#
    );
    let mut calibration = Calibration::default();
    for at in 0..4 {
        observe(&mut calibration, &body, 100, at);
    }
    let learned = calibration.learn();
    let rules: Vec<_> = learned.rules().collect();
    let shown = format!(
        "{calibration:?} {learned:?} {rules:?} {} {} {:?}",
        serde_json::to_string(&calibration).unwrap(),
        serde_json::to_string(&rules).unwrap(),
        calibration.drifts(),
    );
    assert!(!shown.contains(MARKER));
}

#[test]
fn zero_and_names_that_are_none_are_ignored() {
    let body = body("Hello", 0);
    let request = Request::parse(&body).unwrap();
    let mut calibration = Calibration::default();
    calibration.observe("host", &request, &counted(&body), Billed::new(0), 1);
    calibration.observe(
        "a whole sentence",
        &request,
        &counted(&body),
        Billed::new(9),
        1,
    );
    assert_eq!((calibration.len(), calibration.skipped()), (0, 2));
}

#[test]
fn a_model_stays_below_64_kib() {
    let mut calibration = Calibration::default();
    let long = "a different word each time ".repeat(40);
    for at in 0..400_u64 {
        let tools = r#""tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]"#;
        let calls = r#"{"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "c", "content": " ok "}"#;
        let schema = r#""response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}"#;
        let user = format!(
            r#"{{"role": "user", "name": "ann", "content": [{{"type": "text", "text": " {long}"}}, {{"type": "text", "text": "{at} "}}]}}"#
        );
        for rest in [
            format!(r#""messages": [{user}]"#),
            format!(r#""messages": [{user}], {tools}"#),
            format!(r#""messages": [{user}, {calls}], {tools}"#),
            format!(r#""messages": [{user}, {calls}], {tools}, {schema}"#),
        ] {
            let body = format!(r#"{{"model": "house-model", {rest}}}"#);
            observe(&mut calibration, &body, 100 + at, at);
        }
        if at == 40 {
            break;
        }
    }
    assert!(
        calibration.max_model_bytes() <= 64 << 10,
        "{}",
        calibration.max_model_bytes()
    );
    let json = serde_json::to_string(&calibration).unwrap();
    assert!(json.len() <= 64 << 10, "{}", json.len());
}

/// Observations: an index of `TEXTS`, turns, a bill and a time.
fn observations() -> impl Strategy<Value = Vec<(usize, usize, u64, u64)>> {
    let bill = prop_oneof![0_u64..200, Just(u64::MAX), any::<u64>()];
    let time = prop_oneof![0_u64..20, any::<u64>()];
    prop::collection::vec((0..TEXTS.len(), 0_usize..3, bill, time), 0..50)
}

fn calibration_of(observations: &[(usize, usize, u64, u64)]) -> Calibration {
    let mut calibration = Calibration::default();
    for (text, turns, billed, at) in observations {
        observe(&mut calibration, &body(TEXTS[*text], *turns), *billed, *at);
    }
    calibration
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter_and_merge_equals_one_stream(
        all in observations(),
        split in any::<prop::sample::Index>(),
        shift in any::<prop::sample::Index>(),
    ) {
        let whole = calibration_of(&all);
        let mut turned = all.clone();
        if !turned.is_empty() {
            turned.rotate_left(shift.index(all.len()));
            turned.reverse();
        }
        let models = |calibration: &Calibration| {
            let json = serde_json::to_value(calibration).unwrap();
            json["models"].clone()
        };
        prop_assert_eq!(models(&calibration_of(&turned)), models(&whole));
        let at = if all.is_empty() { 0 } else { split.index(all.len()) };
        let mut merged = calibration_of(&all[..at]);
        merged.merge(&calibration_of(&all[at..]));
        prop_assert_eq!(&merged, &whole);
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Calibration>(&json).unwrap(), &whole);
    }

    #[test]
    fn no_bill_makes_it_explode(all in observations(), text in 0..TEXTS.len()) {
        let calibration = calibration_of(&all);
        let body = body(TEXTS[text], 1);
        let request = Request::parse(&body).unwrap();
        let total = calibration.count("host", &request, counted(&body)).total();
        prop_assert!(total.lower() <= total.tokens());
        prop_assert!(total.upper().is_none_or(|upper| total.tokens() <= upper));
        let _ = calibration.drifts();
    }
}
