//! Costs from the registry's prices: of an answer, and of a request that is not sent yet.

use proptest::prelude::*;
use tokenfit::model::{Day, PriceQuery, Region, ServiceTier};
use tokenfit::reply::usage::{Class, Classes, Origin, Usage, answer_with};
use tokenfit::reply::{CostBefore, Rates};
use tokenfit::{Models, Request};

fn rates(model: &str, query: PriceQuery) -> Rates {
    Rates::of(&Models::builtin().get(model).unwrap(), &query).unwrap()
}

fn pico(rates: &Rates, tokens: &[(Class, u64)]) -> u64 {
    let mut classes = Classes::default();
    for (class, tokens) in tokens {
        classes.set(*class, *tokens);
    }
    rates.cost_of_tokens(&classes).pico()
}

/// Model, query, tokens by class, pico-dollars.
type Case<'a> = (&'a str, PriceQuery, &'a [(Class, u64)], u64);

/// Computed by hand from the prices of the registry.
#[test]
fn costs_by_hand() {
    use Class::{CacheRead, CacheWrite1h, CacheWrite5m, Text, Uncached};
    let query = PriceQuery::new;
    let cases: &[Case] = &[
        // $1.25, $0.125 and $10 per million.
        (
            "gpt-5",
            query(),
            &[(Uncached, 1_000), (CacheRead, 1_000), (Text, 100)],
            2_375_000_000,
        ),
        // $4, $0.20, $20, writes at $5 and $8.
        (
            "claude-opus-5-5",
            query(),
            &[
                (Uncached, 10),
                (CacheRead, 100),
                (CacheWrite5m, 1_000),
                (CacheWrite1h, 1_000),
                (Text, 10),
            ],
            40_000_000 + 20_000_000 + 5_000_000_000 + 8_000_000_000 + 200_000_000,
        ),
        // In the US: 1.1 times as much.
        (
            "claude-opus-5-5",
            query().region(Region::Us),
            &[(Uncached, 10), (Text, 10)],
            264_000_000,
        ),
        // Long prompts, strictly above the size, and half of it as a batch.
        (
            "gpt-5.6-sol",
            query(),
            &[(Uncached, 300_000)],
            300_000 * 8_000_000,
        ),
        (
            "gpt-5.6-sol",
            query().tier(ServiceTier::Batch),
            &[(Uncached, 300_000)],
            300_000 * 4_000_000,
        ),
        (
            "gpt-5.6-sol",
            query().region(Region::Eu),
            &[(Uncached, 1_000)],
            4_400_000_000,
        ),
        // xAI's steps include their size.
        (
            "grok-4.5",
            query(),
            &[(Uncached, 199_999)],
            199_999 * 2_000_000,
        ),
        (
            "grok-4.5",
            query(),
            &[(Uncached, 200_000)],
            200_000 * 4_000_000,
        ),
        // A price that begins in December.
        (
            "gemini-4-argon",
            query(),
            &[(Uncached, 1_000)],
            2_000_000_000,
        ),
        (
            "gemini-4-argon",
            query().at(Day::new(2026, 12, 1).unwrap()),
            &[(Uncached, 1_000)],
            4_000_000_000,
        ),
        (
            "gpt-4o",
            query().tier(ServiceTier::Priority),
            &[(Uncached, 1_000)],
            4_250_000_000,
        ),
        // An embedding has no output.
        (
            "text-embedding-3-small",
            query(),
            &[(Uncached, 1_000)],
            20_000_000,
        ),
    ];
    for (model, query, tokens, expected) in cases {
        assert_eq!(
            pico(&rates(model, *query), tokens),
            *expected,
            "{model} {query:?}"
        );
    }
}

#[test]
fn the_host_has_its_own_price() {
    let model = Models::builtin().get("bedrock/gpt-5.6-sol").unwrap();
    let rates = Rates::of(&model, &PriceQuery::new()).unwrap();
    assert_eq!(pico(&rates, &[(Class::Uncached, 1_000)]), 4_400_000_000);
    // The host's price is of the standard tier only.
    assert_eq!(
        Rates::of(&model, &PriceQuery::new().tier(ServiceTier::Batch)),
        None
    );
}

#[test]
fn the_answer_says_which_price() {
    let query = |body: &str| {
        Usage::parse(body.as_bytes(), &Origin::new())
            .unwrap()
            .price_query()
    };
    let usage = r#""usage": {"input_tokens": 1, "output_tokens": 1"#;
    assert_eq!(query(&format!("{{{usage}}}}}")), Some(PriceQuery::new()));
    assert_eq!(
        query(&format!("{{{usage}, \"service_tier\": \"batch\"}}}}")),
        Some(PriceQuery::new().tier(ServiceTier::Batch))
    );
    assert_eq!(
        query(&format!("{{{usage}, \"inference_geo\": \"us\"}}}}")),
        Some(PriceQuery::new().region(Region::Us))
    );
}

/// In whatever order an override lists the sizes.
#[test]
fn the_largest_size_that_holds_is_priced() {
    let registry = Models::builtin()
        .overrides(
            r#"[{"id": "acme-9", "prices": [{"standard": {"input": 1, "output": 1, "tiers": [
                {"above_input_tokens": 500000, "whole_request": true, "input": 8, "output": 8},
                {"above_input_tokens": 200000, "whole_request": true, "input": 4, "output": 4}]}}]}]"#,
        )
        .unwrap();
    let model = registry.get("acme-9").unwrap();
    let rates = Rates::of(&model, &PriceQuery::new()).unwrap();
    for (size, dollars) in [(200_000, 1), (200_001, 4), (500_000, 4), (500_001, 8)] {
        assert_eq!(
            pico(&rates, &[(Class::Uncached, size)]),
            size * dollars * 1_000_000,
            "{size}"
        );
    }
}

/// Answers of one loop from two tiers and two models: each has its own price, none has the price of
/// all.
#[test]
fn each_answer_has_its_own_price() {
    let registry = Models::builtin();
    let rates =
        |model: &str, usage: &Usage| Rates::of(&registry.get(model).ok()?, &usage.price_query()?);
    let usage = r#""usage": {"input_tokens": 1000000, "output_tokens": 2}"#;
    let answers = [
        format!("{{{usage}, \"model\": \"gpt-5\", \"service_tier\": \"flex\"}}"),
        format!("{{{usage}, \"model\": \"gpt-5\"}}"),
        format!("{{{usage}, \"model\": \"gpt-5-nano\"}}"),
    ];
    let alone: u64 = answers
        .iter()
        .map(|body| answer_with(body, &rates).unwrap().cost_pico_usd.unwrap())
        .sum();
    let line = format!("{{\"responses\": [{}]}}", answers.join(", "));
    let together = answer_with(&line, &rates).unwrap();
    assert_eq!(together.cost_pico_usd, Some(alone));
    assert_eq!(together.usage.billed_input(), 3_000_000);
    assert_eq!(together.usage.price_query(), None);
}

/// The size thresholds of a row give the same price as a query for the prompt's size, for every
/// model that has one.
#[test]
fn steps_are_what_the_registry_says_for_each_size() {
    let registry = Models::builtin();
    let mut sizes = vec![
        1, 127_999, 128_000, 128_001, 199_999, 200_000, 200_001, 256_000,
    ];
    sizes.extend([256_001, 271_999, 272_000, 272_001, 1_000_000]);
    let (mut priced, mut stepped) = (0, 0);
    for model in registry.iter() {
        let Some(rates) = Rates::of(&model, &PriceQuery::new()) else {
            continue;
        };
        priced += 1;
        for &size in &sizes {
            let price = model.price_for(&PriceQuery::new().input_tokens(size));
            stepped += usize::from(price.above_input_tokens.is_some());
            let expected = (price.input.unwrap() * 1e6).round() as u64 * size;
            assert_eq!(
                pico(&rates, &[(Class::Uncached, size)]),
                expected,
                "{} {size}",
                model.id()
            );
        }
    }
    println!("{priced} models with a price, {stepped} prices above a step");
    assert!(priced > 300 && stepped > 50, "{priced} {stepped}");
}

#[test]
fn before_the_call() {
    let models = Models::builtin();
    let cost = |body: &str| {
        let request = Request::parse(body).unwrap();
        let model = models.for_request(&request).unwrap();
        let count = model.count(&request);
        CostBefore::of(&model, &request, &count, &request.price_query())
    };
    let with = |fields: &str| {
        format!(
            r#"{{"model": "gpt-5", {fields} "messages": [{{"role": "user", "content": "Hello"}}]}}"#
        )
    };
    let plain = cost(&with(r#""max_completion_tokens": 1000,"#)).unwrap();
    assert_eq!(plain.output_up_to.unwrap().pico(), 10_000_000_000);
    assert_eq!(plain.max_output_tokens, Some(1_000));
    // Three answers.
    let three = cost(&with(r#""max_completion_tokens": 1000, "n": 3,"#)).unwrap();
    assert_eq!(three.output_up_to.unwrap().pico(), 30_000_000_000);
    // Flex is half of it.
    let flex = cost(&with(
        r#""max_completion_tokens": 1000, "service_tier": "flex","#,
    ))
    .unwrap();
    assert_eq!(flex.output_up_to.unwrap().pico(), 5_000_000_000);
    assert_eq!(flex.input.pico() * 2, plain.input.pico());
    // Without a limit in the request the model's applies.
    let open = cost(&with("")).unwrap();
    assert_eq!(open.max_output_tokens, Some(128_000));
    // No answer is longer than the model's limit.
    let most = cost(&with(r#""max_completion_tokens": 18446744073709551615,"#)).unwrap();
    assert_eq!(most.max_output_tokens, Some(128_000));
    assert_eq!(most.output_up_to, open.output_up_to);
    let embedding = cost(r#"{"model": "text-embedding-3-small", "input": "Hello"}"#).unwrap();
    assert_eq!(embedding.output_up_to.unwrap().pico(), 0);
}

proptest! {
    /// More tokens of a class never cost less, unless the prompt crosses a size threshold.
    #[test]
    fn cost_grows_with_output(output in 0u64..1_000_000, more in 0u64..1_000) {
        let rates = rates("claude-opus-5-5", PriceQuery::new());
        let cost = |output| pico(&rates, &[(Class::Uncached, 10), (Class::Text, output)]);
        prop_assert!(cost(output + more) >= cost(output));
        prop_assert_eq!(cost(output + more) - cost(output), more * 20_000_000);
    }
}
