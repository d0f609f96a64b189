//! Bedrock's Converse, and the camel-case records of SDKs.
//!
//! `inputTokens` excludes reads and writes of the cache; `totalTokens` includes them.

use super::class::Class;
use super::facts::{Facts, Field};
use super::origin::Relation;
use super::record::Usage;
use super::split::{Input, Output, Writes};

/// Returns whether an answer has the fields of this format.
pub(super) fn is(facts: &Facts) -> bool {
    facts.has_any(&[Field::CamelInput, Field::CamelOutput])
}

pub(super) fn read(facts: &Facts, usage: &mut Usage) {
    // `cachedInputTokens` is the AI SDK's, and is part of its `inputTokens`.
    let (read, cache) = match facts.get(Field::CamelCachedInside) {
        Some(read) if !facts.has(Field::CamelRead) => (read, Relation::Inside),
        _ => (facts.or_zero(Field::CamelRead), Relation::Outside),
    };
    Input {
        read,
        writes: Writes::of(facts, facts.get(Field::CamelWrite), Class::CacheWrite5m),
        cache,
        ..Input::new(facts.or_zero(Field::CamelInput))
    }
    .add_to(usage);
    Output {
        reasoning: facts
            .first(&[Field::CamelReasoning, Field::Reasoning])
            .unwrap_or(0),
        ..Output::new(facts.or_zero(Field::CamelOutput))
    }
    .add_to(usage);
    usage.context = facts
        .has(Field::CamelOutput)
        .then(|| usage.billed_input().saturating_add(usage.billed_output()));
}
