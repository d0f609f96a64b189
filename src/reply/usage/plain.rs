//! Hosts that report little more than an input and an output number: Ollama, llama.cpp's own API,
//! Bedrock's invocation metrics and headers, Titan, Llama on Bedrock, Replicate, watsonx; and
//! answers that report only a total.

use super::class::Class;
use super::facts::{Facts, Field};
use super::origin::Relation;
use super::record::{Flag, Usage};
use super::split::{Input, Output, Writes, put};

/// Returns whether an answer has the fields of these formats.
pub(super) fn is(facts: &Facts) -> bool {
    facts.has_any(&[Field::PlainInput, Field::PlainOutput])
}

pub(super) fn read(facts: &Facts, usage: &mut Usage) {
    let input = facts.get(Field::PlainInput).filter(|&tokens| tokens > 0);
    let read = facts.or_zero(Field::PlainRead);
    Input {
        read,
        writes: Writes::of(facts, facts.get(Field::PlainWrite), Class::CacheWrite5m),
        cache: Relation::Outside,
        ..Input::new(input.unwrap_or(0))
    }
    .add_to(usage);
    Output::new(facts.or_zero(Field::PlainOutput)).add_to(usage);
    if input.is_none() && read == 0 {
        // Ollama omits the count, or reports 0, if the prompt was cached.
        usage.flag(Flag::InputUnknown);
    } else if facts.has(Field::PlainOutput) {
        usage.context = Some(usage.billed_input().saturating_add(usage.billed_output()));
    }
}

/// Returns whether an answer reports only a total (Voyage, Jina).
pub(super) fn is_total_only(facts: &Facts) -> bool {
    total(facts).is_some()
}

fn total(facts: &Facts) -> Option<u64> {
    facts.first(&[Field::Total, Field::TotalCount, Field::CamelTotal])
}

pub(super) fn read_total(facts: &Facts, usage: &mut Usage) {
    put(usage, Class::Uncached, total(facts).unwrap_or(0));
    usage.flag(Flag::TotalOnly);
}
