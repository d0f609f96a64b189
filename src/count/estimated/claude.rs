//! Claude, on Anthropic's API, Bedrock and Vertex, in whatever format.
//!
//! Source: docs/evidence/billing_other_providers.md, section 1.
//!
//! ```text
//! text       frame, the texts, a step for each further message
//! tools      a constant by generation and choice (the frame is in it), <function>{…}</function> for each definition
//! calls      <invoke name="…"><parameter name="…">…</parameter></invoke>, a few tokens an argument
//! results    <function_results>…</function_results>
//! ```
//!
//! The texts are counted by a proxy, and that is most of the range.

use std::borrow::Cow;

use super::claude_generations::{Generation, generation};
use super::estimator::Estimator;
use crate::count::TokenCount;
use crate::count::render::python_json::{self, SPACED};
use crate::json::Value;
use crate::request::{CallKind, Message, PartKind, Role, Tool, ToolCall, ToolKind, ToolResult};

/// Instructions that Claude Code sends and nobody is billed for.
const UNBILLED: &str = "x-anthropic-billing-header";

pub(super) fn count(estimator: &mut Estimator<'_>) {
    let generation = &generation(estimator.model);
    let request = estimator.request;
    let has_tools = request
        .tools()
        .any(|tool| tool.kind() == ToolKind::Function);
    let last = request.messages().len().saturating_sub(1);
    estimator.messages(|estimator, message| message_tokens(estimator, message, generation, last));
    let instructed = request
        .messages()
        .next()
        .is_some_and(|message| message.role() == Role::System);
    let mut around = 0;
    if has_tools {
        tools(estimator, generation, instructed);
    } else {
        around += generation.frame + if instructed { generation.system } else { 0 };
    }
    estimator.hosted_tools();
    let (mut below, mut above) = (5, 12);
    let layout = request.layout();
    if let Some(thinking) = layout.thinking {
        let thinking = request.value(thinking);
        if thinking
            .get_some("type")
            .is_some_and(|kind| kind.is_str("enabled"))
        {
            around += generation.thinking;
            below += 4;
        } else {
            above += 20;
        }
    }
    schema(estimator, generation);
    if layout.effort {
        // An effort was seen to cost nothing or 35.
        above += 40;
    }
    estimator.around(
        around,
        below,
        above,
        "the vocabulary of Claude models is not in this version",
    );
}

fn message_tokens<'c>(
    estimator: &mut Estimator<'c>,
    message: &Message<'c>,
    generation: &Generation,
    last: usize,
) -> TokenCount {
    let mut tokens = TokenCount::ZERO;
    for part in message.parts() {
        let unbilled = message.role() == Role::System
            && part.text().is_some_and(|text| text.starts_with(UNBILLED));
        if !unbilled {
            tokens += estimator.part(&part);
        }
    }
    let calls = message
        .tool_calls()
        .filter(|call| call.kind() == CallKind::Function);
    let mut called = String::new();
    let mut arguments = 0;
    for call in calls {
        arguments += write_call(&mut called, &call);
    }
    if !called.is_empty() {
        let text = estimator.text(&format!("<function_calls>\n{called}</function_calls>"));
        let per = generation.argument * arguments;
        tokens += text + TokenCount::between(per, per / 2, per + 8);
    }
    let answers: Vec<ToolResult<'c>> = message
        .tool_results()
        .filter(|result| !result.is_hosted())
        .collect();
    if !answers.is_empty() {
        tokens += results(estimator, &answers, generation);
    }
    for hosted in message.tool_results().filter(|result| result.is_hosted()) {
        let text = estimator.proxy.len(hosted.raw_json());
        tokens += TokenCount::between(text / 2, 0, TokenCount::UNBOUNDED);
        estimator.parts.doubt(
            hosted.pointer(),
            "how a result of the provider's own tool is billed is not known",
        );
    }
    tokens + steps(estimator, message, generation, last)
}

/// What a message costs for being one more.
fn steps(
    estimator: &Estimator<'_>,
    message: &Message<'_>,
    generation: &Generation,
    last: usize,
) -> TokenCount {
    let Some(place) = message.list_index() else {
        return TokenCount::ZERO;
    };
    let mut tokens = 0;
    if message.tool_calls().len() + message.tool_results().len() > 0 {
        // The rendering of calls and results has their headers.
    } else if place > 0 {
        let before = estimator.request.message(message.index() - 1);
        tokens += match () {
            () if before.role() != message.role() => generation.step,
            () if before.tool_results().len() > 0 => 5,
            () => 1,
        };
    } else if message.role() == Role::Assistant {
        tokens += 12;
    }
    if message.index() == last && place > 0 && message.role() == Role::Assistant {
        // The answer is begun already.
        tokens = tokens.saturating_sub(generation.step);
    }
    TokenCount::between(tokens, tokens.saturating_sub(1), tokens + 1)
}

/// Writes a call as the server does, and says how many arguments it has.
fn write_call(out: &mut String, call: &ToolCall<'_>) -> u64 {
    out.push_str(&format!(
        "<invoke name=\"{}\">\n",
        call.name().unwrap_or_default()
    ));
    let mut arguments = 0;
    if let Some(value) = call.arguments_value() {
        for (key, value) in value.entries() {
            arguments += 1;
            let key = key.as_str().unwrap_or_default();
            out.push_str(&format!(
                "<parameter name=\"{key}\">{}</parameter>\n",
                spelled(value)
            ));
        }
    } else {
        out.push_str(&call.arguments().unwrap_or_default());
    }
    out.push_str("</invoke>\n");
    arguments
}

/// A string as it is, another value as JSON with blanks.
fn spelled(value: Value<'_>) -> Cow<'_, str> {
    value.as_str().unwrap_or_else(|| {
        let mut out = String::new();
        python_json::write(&mut out, value, SPACED);
        Cow::Owned(out)
    })
}

fn results<'c>(
    estimator: &mut Estimator<'c>,
    answers: &[ToolResult<'c>],
    generation: &Generation,
) -> TokenCount {
    let mut text = String::new();
    let mut other = TokenCount::ZERO;
    for answer in answers {
        let mut inner = String::new();
        for part in answer.parts() {
            match part.kind() {
                PartKind::Text => inner.push_str(&part.text().unwrap_or_default()),
                PartKind::Json => {
                    let value = part.value();
                    inner.push_str(&spelled(value.get_some("json").unwrap_or(value)));
                }
                _ => other += estimator.part(&part),
            }
        }
        if answers.len() == 1 {
            text = inner;
        } else {
            text.push_str("<result>\n<tool_name>tool</tool_name>\n<stdout>");
            text.push_str(&inner);
            text.push_str("</stdout>\n</result>\n");
        }
    }
    let tokens = estimator.text(&format!("<function_results>{text}</function_results>")) + other;
    let around = match answers.len() as i64 {
        1 => generation.result,
        many if generation.new_vocabulary => 12.min(many),
        many => 9 + 2 * many,
    };
    let around = tokens.tokens().saturating_add_signed(around);
    TokenCount::between(
        around,
        tokens.lower().saturating_sub(6),
        tokens
            .most()
            .saturating_add(14 + 6 * answers.len() as u64)
            .max(around),
    )
}

fn tools(estimator: &mut Estimator<'_>, generation: &Generation, instructed: bool) {
    let request = estimator.request;
    let mut definitions = String::new();
    let mut deferred = TokenCount::ZERO;
    for tool in request.tools() {
        if tool.kind() != ToolKind::Function {
            continue;
        }
        let later = tool
            .function()
            .get_some("defer_loading")
            .and_then(|value| value.as_bool());
        if later == Some(true) {
            // Not written, or a line of a listing of unknown form.
            let text = estimator.text(&definition(&tool));
            deferred += TokenCount::between(0, 0, text.most() + 80);
        } else {
            definitions += &definition(&tool);
        }
    }
    let choice = request.layout().tool_choice.map(|id| request.value(id));
    let (kind, name) = choice.map_or((0, None), |choice| {
        let field = |of: Value<'_>, name: &str| of.get_some(name).is_some();
        let name = choice.get_path(request.format().wire().chosen_tool);
        let name = name.and_then(|name| name.as_str());
        let any = field(choice, "any")
            || choice
                .get_some("type")
                .is_some_and(|kind| kind.is_str("any"));
        match (any, name) {
            (true, _) => (1, None),
            (_, Some(name)) => (2, Some(name)),
            _ => (0, None),
        }
    });
    let mut constant = generation.tools[kind] + u64::from(instructed);
    let mut below = 5;
    if let Some(choice) = choice
        && choice
            .get_some("disable_parallel_tool_use")
            .and_then(|value| value.as_bool())
            == Some(true)
    {
        // Another, shorter text of the server's.
        if kind == 0 && generation.tools[0] == 504 {
            constant -= 208;
        } else {
            below += 210;
        }
    }
    if generation.tools[0] == 504 {
        // Until November 2025 these models had a shorter text.
        below += 275;
    }
    let text = estimator.text(&definitions);
    let name = estimator.text(&name.unwrap_or_default());
    estimator.parts.tools += text
        + name
        + deferred
        + TokenCount::between(constant, constant.saturating_sub(below), constant + 35);
}

/// A definition as the server writes it. It sorts the keys too, which moves no more than a token.
fn definition(tool: &Tool<'_>) -> String {
    let mut out = String::from("<function>{");
    let description = tool.description().unwrap_or_default();
    if !description.is_empty() {
        out.push_str("\"description\": ");
        python_json::write_string(&mut out, &description, SPACED);
        out.push_str(", ");
    }
    out.push_str("\"name\": ");
    python_json::write_string(&mut out, &tool.name().unwrap_or_default(), SPACED);
    out.push_str(", \"parameters\": ");
    match tool.schema() {
        Some(schema) => python_json::write(&mut out, schema, SPACED),
        None => out.push_str("{}"),
    }
    out.push_str("}</function>\n");
    out
}

/// The schema that the answer has to follow, indented in the prompt of models that know the setting.
fn schema(estimator: &mut Estimator<'_>, generation: &Generation) {
    let request = estimator.request;
    let Some(format) = request.layout().response_format else {
        return;
    };
    let path = request.format().wire().answer_schema;
    let Some(schema) = request.value(format).get_path(path) else {
        return;
    };
    let mut text = String::new();
    match schema.as_str() {
        // Converse has it as a text.
        Some(schema) => text.push_str(&schema),
        None => python_json::write(&mut text, schema, SPACED),
    }
    let flat = estimator.text(&text);
    // Indented it takes about a third more, most of it line breaks.
    let tokens = TokenCount::between(
        flat.tokens() + flat.tokens() / 3,
        flat.lower(),
        flat.most().saturating_mul(2),
    );
    estimator.parts.schema += match generation.schema {
        Some(around) => tokens + TokenCount::between(around, around - 5, around + 8),
        // Ignored, or made into a tool by the gateway.
        None => TokenCount::between(0, 0, tokens.most() + 350),
    };
}
