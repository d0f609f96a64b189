//! Conversion of [`Facts`] to [`Usage`]: detects the format, then applies the common rules.

use super::facts::{Facts, Field, Money, Sign};
use super::origin::{Api, Origin};
use super::record::{Call, Flag, ProviderCost, Usage};
use super::split::{add_calls, ran_tools};
use super::{anthropic, chat, cohere, converse, gemini, plain, responses};

/// Reads the facts of one answer.
pub(super) fn read(facts: &Facts, origin: &Origin) -> Usage {
    let mut usage = Usage::default();
    add_calls(facts, &mut usage);
    // Formats with unique field names come first. A host that reports two formats at once (LiteLLM,
    // vLLM) means the same numbers by both.
    if cohere::is(facts) {
        cohere::read(facts, &mut usage);
    } else if gemini::is(facts) {
        gemini::read(facts, &mut usage);
    } else if chat::is(facts) {
        chat::read(facts, origin, &mut usage);
    } else if anthropic::is(facts, origin) {
        anthropic::read(facts, &mut usage);
    } else if responses::is(facts) {
        responses::read(facts, origin, &mut usage);
    } else if converse::is(facts) {
        converse::read(facts, &mut usage);
    } else if plain::is(facts) {
        plain::read(facts, &mut usage);
    } else if plain::is_total_only(facts) {
        plain::read_total(facts, &mut usage);
    } else if !facts.has(Field::Seconds) {
        usage.flag(Flag::NoUsage);
    }

    let searches = &mut usage.calls[Call::WebSearch as usize];
    if *searches == 0 {
        *searches = u64::try_from(facts.searches).unwrap_or(0);
    }
    let own_context = facts
        .get(Field::ContextInput)
        .map(|input| input.saturating_add(facts.or_zero(Field::ContextOutput)));
    let billed = usage.billed_input().saturating_add(usage.billed_output());
    if origin.api == Some(Api::Embeddings) || facts.sign(Sign::Embeddings) {
        usage.context = None;
    } else if own_context.is_some() {
        usage.context = own_context;
    } else if usage.context.is_some()
        && (facts.steps.is_empty() && ran_tools(facts) || facts.or_zero(Field::Citation) > 0)
    {
        usage.context = None;
        usage.context_upper = Some(billed);
    }

    usage.cost = provider_cost(facts);
    usage.tier = facts.tier;
    usage.fast = facts.fast;
    usage.us_only = facts.us_only;
    usage.model.clone_from(&facts.model);
    if facts.sign(Sign::Unreadable) {
        usage.flag(Flag::UnreadableEvent);
    }
    usage
}

/// Returns the cost stated by the provider. The host's own charge has precedence over a gateway's
/// estimate.
fn provider_cost(facts: &Facts) -> ProviderCost {
    let parts = match (
        facts.money(Money::UpstreamInput),
        facts.money(Money::UpstreamOutput),
    ) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
    };
    ProviderCost {
        charged: [Money::Cost, Money::Estimate, Money::Market]
            .into_iter()
            .find_map(|money| facts.money(money)),
        upstream: facts.money(Money::Upstream).or(parts),
        own_key: facts.sign(Sign::OwnKey),
    }
}
