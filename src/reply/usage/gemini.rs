//! Google's generateContent (Gemini API and Vertex) and Interactions.
//!
//! Thoughts and what tools brought in are beside the candidates and the prompt; cached content is inside the prompt.
//! Lists by modality may not add up, and the cache may name a modality otherwise than the prompt (IMAGE for DOCUMENT):
//! only audio, which has its own price, is taken from them.

use super::class::Class;
use super::facts::{Facts, Field, List, Modality};
use super::origin::Relation;
use super::record::Usage;
use super::split::{Input, Output, add_modality_notes, put};

/// The fields of one of the two APIs, which differ in names only.
struct Names {
    prompt: Field,
    cached: Field,
    tool: Field,
    answer: Field,
    thoughts: Field,
}

const GENERATE_CONTENT: Names = Names {
    prompt: Field::PromptCount,
    cached: Field::CachedCount,
    tool: Field::ToolPromptCount,
    answer: Field::CandidatesCount,
    thoughts: Field::ThoughtsCount,
};

const INTERACTIONS: Names = Names {
    prompt: Field::SumInput,
    cached: Field::SumCached,
    tool: Field::SumTool,
    answer: Field::SumOutput,
    thoughts: Field::SumThought,
};

fn names(facts: &Facts) -> Option<&'static Names> {
    [&GENERATE_CONTENT, &INTERACTIONS]
        .into_iter()
        .find(|names| facts.has_any(&[names.prompt, names.answer, names.thoughts]))
}

/// Whether an answer has the fields of these formats.
pub(super) fn is(facts: &Facts) -> bool {
    names(facts).is_some()
}

pub(super) fn read(facts: &Facts, usage: &mut Usage) {
    let names = names(facts).unwrap_or(&GENERATE_CONTENT);
    let of = |list, modality| facts.modality(list, modality).unwrap_or(0);
    Input {
        read: facts.or_zero(names.cached),
        read_audio: of(List::Cache, Modality::Audio),
        audio: of(List::Prompt, Modality::Audio),
        ..Input::new(facts.or_zero(names.prompt))
    }
    .add_to(usage);
    put(usage, Class::ToolUse, facts.or_zero(names.tool));
    let answer = facts.or_zero(names.answer);
    let audio = of(List::Candidates, Modality::Audio).min(answer);
    Output {
        reasoning: facts.or_zero(names.thoughts),
        reasoning_is: Relation::Outside,
        audio,
        image: of(List::Candidates, Modality::Image).min(answer - audio),
        ..Output::new(answer)
    }
    .add_to(usage);
    add_modality_notes(facts, usage);
    usage.context = Some(usage.billed_input().saturating_add(usage.billed_output()));
}
