//! Google's generateContent (Gemini API and Vertex) and Interactions.
//!
//! The counts of candidates and prompt exclude thoughts and tool input; the prompt includes cached
//! content. Lists by modality may not add up, and the cache may use another modality than the
//! prompt (IMAGE for DOCUMENT): only audio, which has its own price, is read from them.

use super::class::Class;
use super::facts::{Facts, Field, List, Modality};
use super::origin::Relation;
use super::record::Usage;
use super::split::{Input, Output, add_modality_notes, put};

/// Field names of one of the two APIs, which otherwise agree.
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

/// Returns whether an answer has the fields of these formats.
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
