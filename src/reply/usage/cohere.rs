//! Cohere: `billed_units` are billed, `tokens` fill the window (they include the template).

use super::facts::{Facts, Field};
use super::record::Usage;
use super::split::{Input, Output};

/// Returns whether an answer has the fields of this format.
pub(super) fn is(facts: &Facts) -> bool {
    facts.has_any(&[
        Field::BilledInput,
        Field::BilledOutput,
        Field::WindowInput,
        Field::WindowOutput,
        Field::SearchUnits,
    ])
}

pub(super) fn read(facts: &Facts, usage: &mut Usage) {
    let either = |billed, window| facts.get(billed).or(facts.get(window)).unwrap_or(0);
    // `cached_tokens` counts tokens of the window, not billed units, so it does not affect the
    // bill.
    Input::new(either(Field::BilledInput, Field::WindowInput)).add_to(usage);
    let output = either(Field::BilledOutput, Field::WindowOutput);
    Output {
        // Part of the window's output; the template's share of it is not billed.
        reasoning: facts.or_zero(Field::WindowReasoning).min(output),
        ..Output::new(output)
    }
    .add_to(usage);
    usage.notes.image = facts.or_zero(Field::WindowImage);
    let window = facts
        .or_zero(Field::WindowInput)
        .saturating_add(facts.or_zero(Field::WindowImage))
        .saturating_add(facts.or_zero(Field::WindowOutput));
    usage.context =
        (facts.has(Field::WindowInput) && facts.has(Field::WindowOutput)).then_some(window);
}
