//! OpenAI's Chat Completions, and the many hosts modeled on it.
//!
//! `prompt_tokens` and `completion_tokens` include everything, unless the total or the host's habit
//! shows otherwise.

use super::class::Class;
use super::facts::{Facts, Field, Money, Sign};
use super::origin::{Habits, Origin, Relation, chat_habits};
use super::record::{Call, Usage};
use super::split::{Input, Output, Writes, put};
use crate::model::{Host, is_google};

/// Returns whether an answer has the fields of this format.
pub(super) fn is(facts: &Facts) -> bool {
    facts.has_any(&[Field::Prompt, Field::Completion])
}

/// Returns the class of cache writes reported without a lifetime: 12 hours if the answer states
/// that they were requested.
pub(super) fn default_write(facts: &Facts) -> Class {
    if facts.sign(Sign::Keeps12h) {
        Class::CacheWrite12h
    } else {
        Class::CacheWrite
    }
}

/// Returns the model named in the answer, or the requested one.
pub(super) fn model<'a>(facts: &'a Facts, origin: &'a Origin) -> Option<&'a str> {
    facts.model.as_deref().or(origin.model.as_deref())
}

pub(super) fn read(facts: &Facts, origin: &Origin, usage: &mut Usage) {
    // Only Vercel's gateway reports a market price.
    let host = match origin.host {
        None if facts.money(Money::Market).is_some() => Some(Host::Vercel),
        host => host,
    };
    let habits = chat_habits(host);
    let hit_and_miss = facts
        .or_zero(Field::CacheHit)
        .saturating_add(facts.or_zero(Field::CacheMiss));
    let prompt = facts.get(Field::Prompt).unwrap_or(hit_and_miss);
    let completion = facts.or_zero(Field::Completion);
    let total = facts.get(Field::Total);
    let is_total = |parts: &[u64]| {
        let sum = parts
            .iter()
            .fold(0u64, |sum, &part| sum.saturating_add(part));
        total == Some(sum)
    };

    let writes = Writes::of(
        facts,
        facts.first(&[Field::WriteInside, Field::WriteTop]),
        default_write(facts),
    );
    let read = facts
        .first(&[
            Field::Cached,
            Field::CacheHit,
            Field::CachedTop,
            Field::CachedNum,
            Field::ReadTop,
            Field::CamelCachedInside,
        ])
        .unwrap_or(0);
    let cached = read.saturating_add(writes.total());
    let named_apart = facts.has_any(&[Field::ReadTop, Field::WriteTop]);
    let cache = if cached > 0 && named_apart && is_total(&[prompt, cached, completion]) {
        Relation::Outside
    } else {
        Relation::Inside
    };
    let audio = facts.or_zero(Field::InAudio);
    let audio_is = if audio == 0 || is_total(&[prompt, completion]) {
        Relation::Inside
    } else if is_total(&[prompt, audio, completion]) {
        Relation::Outside
    } else {
        habits.audio
    };
    Input {
        read,
        read_audio: facts.or_zero(Field::CachedAudio),
        read_image: 0,
        writes,
        cache,
        audio,
        audio_is,
        ..Input::new(prompt)
    }
    .add_to(usage);
    put(usage, Class::ToolUse, facts.or_zero(Field::Citation));

    let (reasoning, usual) = match facts.first(&[Field::Reasoning, Field::CamelReasoning]) {
        Some(reasoning) if reasoning > 0 => {
            (reasoning, reasoning_habit(&habits, host, facts, origin))
        }
        _ => (facts.or_zero(Field::ReasoningTop), habits.top_reasoning),
    };
    let input = usage.billed_input();
    let reasoning_is = if reasoning == 0 {
        Relation::Inside
    } else if is_total(&[input, completion, reasoning]) {
        Relation::Outside
    } else if is_total(&[input, completion]) && !habits.total_is_silent {
        Relation::Inside
    } else {
        usual
    };
    Output {
        reasoning,
        reasoning_is,
        audio: facts.or_zero(Field::OutAudio),
        image: facts.or_zero(Field::OutImage),
        ..Output::new(completion)
    }
    .add_to(usage);

    usage.notes.image = facts.first(&[Field::InImage, Field::ImageTop]).unwrap_or(0);
    usage.notes.video = facts.or_zero(Field::InVideo);
    usage.notes.accepted = facts.or_zero(Field::Accepted);
    usage.notes.rejected = facts.or_zero(Field::Rejected);
    // A host that bills the request or its searches states that in its own cost.
    if facts.money(Money::Request).is_some_and(|fee| fee > 0) {
        usage.calls[Call::Request as usize] = 1;
    }
    if facts.money(Money::Searches).is_some_and(|fee| fee > 0) {
        usage.calls[Call::SearchQuery as usize] = facts.or_zero(Field::SearchQueries);
    }
    // Embeddings have no output and therefore no context.
    usage.context = facts
        .has(Field::Completion)
        .then(|| usage.billed_input().saturating_add(usage.billed_output()));
}

/// Applies Vercel's habit, seen on Google's models; a model of another known maker follows the
/// format.
fn reasoning_habit(
    habits: &Habits,
    host: Option<Host>,
    facts: &Facts,
    origin: &Origin,
) -> Relation {
    match model(facts, origin) {
        Some(name) if host == Some(Host::Vercel) && !is_google(name) => Relation::Inside,
        _ => habits.reasoning,
    }
}
