//! Models and formats without a measured rule: the text, and a range around it.
//!
//! `rules/foreign.rs` has the tokens that servers add, by family and host; a family that is not in
//! it is estimated as unknown.

use super::counter::Counter;
use crate::count::TokenCount;
use crate::count::rules::{ForeignRules, Span, foreign_prompt, foreign_rules};
use crate::json::minified;
use crate::provider::Choice;
use crate::request::{Message, Part, PartKind, Role, ToolKind};

pub(super) fn count(counter: &mut Counter<'_>) {
    let rules = foreign_rules(counter.model);
    let request = counter.request;
    let layout = request.layout();
    let [base, lower, upper] = rules.base;
    let upper = upper + foreign_prompt(counter.model.host());
    let (upper, reason) = match rules.searches {
        true => (
            TokenCount::UNBOUNDED,
            "the server searches before it answers, and bills what it finds",
        ),
        false => (
            upper,
            "the billing of this model in this format was not measured",
        ),
    };
    counter.parts.doubt("/model", reason);
    counter.parts.framing += TokenCount::between(base, lower, upper);
    counter.messages(|counter, message| message_tokens(counter, message, rules));
    let choice = layout.tool_choice.map_or(Choice::Auto, |choice| {
        (request.format().wire().choice)(request.value(choice))
    });
    definitions(counter, rules, choice == Choice::None);
    counter.hosted_tools();
    if let Some(format) = layout.response_format
        && rules.answer != [0; 3]
    {
        // Some vendors write the schema into the prompt, others guide the answer by it.
        let text = counter.proxy.count(&minified(request.value(format).raw()));
        counter.parts.schema +=
            TokenCount::between(text.tokens() / 2, 0, text.most()) + span(rules.answer);
    }
}

fn span([tokens, lower, upper]: Span) -> TokenCount {
    TokenCount::between(tokens, lower, upper)
}

/// Counts definitions of functions. Some hosts omit them if none may be called.
fn definitions(counter: &mut Counter<'_>, rules: &ForeignRules, omitted: bool) {
    let request = counter.request;
    let mut json = TokenCount::ZERO;
    let mut functions = 0;
    let mut takes_arguments = false;
    for tool in request.tools() {
        if matches!(tool.kind(), ToolKind::Function | ToolKind::LegacyFunction) {
            functions += 1;
            takes_arguments |= tool
                .schema()
                .and_then(|schema| schema.get_some("properties"))
                .is_some_and(|properties| !properties.is_empty());
            json += counter.proxy.count(&minified(tool.function().raw()));
        }
    }
    if functions == 0 {
        return;
    }
    let [likely, lower, upper] = rules.definitions;
    let share = |tokens: u64, percent: u64| {
        u64::try_from(u128::from(tokens) * u128::from(percent) / 100).unwrap_or(u64::MAX)
    };
    let tokens = TokenCount::between(
        share(json.tokens(), likely),
        share(json.lower(), lower),
        share(json.most(), upper).saturating_add(10),
    ) + span(rules.tools);
    counter.parts.tools += match (omitted, takes_arguments) {
        (true, _) => TokenCount::between(0, 0, tokens.most()),
        // The heading was missing once, on Nova 1.
        (false, false) => TokenCount::between(tokens.tokens(), json.lower() / 2, tokens.most()),
        (false, true) => tokens,
    };
}

fn message_tokens<'c>(
    counter: &mut Counter<'c>,
    message: &Message<'c>,
    rules: &ForeignRules,
) -> TokenCount {
    let mut tokens: TokenCount = message
        .parts()
        .map(|part| part_tokens(counter, &part, rules))
        .sum();
    for call in message.tool_calls() {
        tokens += counter.text(&call.name().unwrap_or_default());
        tokens += counter.text(&call.arguments().unwrap_or_default());
        tokens += span(rules.call);
    }
    // A message that is a result as a whole has its parts already.
    let among_parts = message
        .parts()
        .any(|part| part.kind() == PartKind::ToolResult);
    for result in message.tool_results() {
        if among_parts {
            tokens += result
                .parts()
                .map(|part| part_tokens(counter, &part, rules))
                .sum();
        }
        tokens += TokenCount::between(2, 0, 12);
    }
    tokens
        + span(match message.role() {
            Role::Assistant => rules.assistant,
            _ => rules.message,
        })
}

fn part_tokens<'c>(counter: &mut Counter<'c>, part: &Part<'c>, rules: &ForeignRules) -> TokenCount {
    if part.kind() != PartKind::Image || counter.model.image_tokens().is_some() {
        return counter.part(part);
    }
    counter.parts.doubt(
        part.pointer(),
        "the cost of an image was not measured on this model",
    );
    counter.parts.images += span(rules.image);
    TokenCount::ZERO
}
