//! Anthropic's Messages, also through Bedrock's InvokeModel, Vertex and clones.
//!
//! `input_tokens` excludes reads and writes of the cache. A loop on the server reports its steps in
//! `iterations[]`: the top level is the sum of some steps, the others are billed in addition.
//! Comparing the sums shows which.

use super::class::{Class, Classes, Side};
use super::facts::{Facts, Field, StepKind};
use super::origin::{Api, Origin, Relation};
use super::record::{OtherModel, Usage};
use super::split::{Input, Output, Writes, put};

/// Returns whether an answer has the fields of this format rather than those of Responses.
pub(super) fn is(facts: &Facts, origin: &Origin) -> bool {
    facts.has_any(&[Field::Input, Field::Output])
        && (facts.has_any(&[Field::ReadTop, Field::WriteTop])
            || !facts.steps.is_empty()
            || matches!(origin.api, Some(Api::Messages | Api::Invoke)))
}

fn add(facts: &Facts, usage: &mut Usage) {
    Input {
        read: facts.or_zero(Field::ReadTop),
        writes: Writes::of(facts, facts.get(Field::WriteTop), Class::CacheWrite5m),
        cache: Relation::Outside,
        ..Input::new(facts.or_zero(Field::Input))
    }
    .add_to(usage);
    Output {
        reasoning: facts.or_zero(Field::Reasoning),
        ..Output::new(facts.or_zero(Field::Output))
    }
    .add_to(usage);
}

/// Returns the classes of one step.
fn classes_of(facts: &Facts) -> Classes {
    let mut usage = Usage::default();
    add(facts, &mut usage);
    usage.classes
}

fn totals(classes: &Classes) -> (u64, u64) {
    (classes.total(Side::Input), classes.total(Side::Output))
}

/// Kinds of steps that the top level may include, most likely first. Recorded (2026): `message`
/// steps only; `compaction` and `advisor_message` are billed in addition.
const INSIDE: &[&[StepKind]] = &[
    &[StepKind::Message],
    &[StepKind::Message, StepKind::Other],
    &[StepKind::Message, StepKind::Other, StepKind::Compaction],
    &[
        StepKind::Message,
        StepKind::Other,
        StepKind::Compaction,
        StepKind::Advisor,
    ],
];

pub(super) fn read(facts: &Facts, usage: &mut Usage) {
    add(facts, usage);
    if facts.steps.is_empty() {
        usage.context = Some(usage.billed_input().saturating_add(usage.billed_output()));
        return;
    }
    let top = totals(&usage.classes);
    let steps: Vec<(StepKind, Classes)> = facts
        .steps
        .iter()
        .map(|step| (step.kind, classes_of(&step.facts)))
        .collect();
    let sum_of = |kinds: &[StepKind]| {
        let mut sum = Classes::default();
        for (kind, classes) in &steps {
            if kinds.contains(kind) {
                sum.add(classes);
            }
        }
        totals(&sum)
    };
    let inside = INSIDE
        .iter()
        .find(|kinds| sum_of(kinds) == top)
        // No sum matches: use the documented rule.
        .unwrap_or(&INSIDE[1]);
    for (step, (kind, classes)) in facts.steps.iter().zip(&steps) {
        if inside.contains(kind) || classes.is_empty() {
            continue;
        }
        let foreign = match (&step.model, &facts.model) {
            (Some(step), Some(main)) => step != main,
            (Some(_), None) => true,
            // An advisor is another model, named or not.
            (None, _) => *kind == StepKind::Advisor,
        };
        if foreign {
            usage.others.push(OtherModel {
                model: step.model.clone(),
                classes: *classes,
            });
        } else {
            for (class, tokens) in classes.iter() {
                put(usage, class, tokens);
            }
            usage.top_level = Some(top);
        }
    }
    // The context is the input and output of the last step of the main model.
    usage.context = steps
        .iter()
        .rev()
        .find(|(kind, _)| *kind == StepKind::Message)
        .or_else(|| {
            steps
                .iter()
                .rev()
                .find(|(kind, _)| *kind == StepKind::Other)
        })
        .map(|(_, classes)| {
            let (input, output) = totals(classes);
            input.saturating_add(output)
        });
}
