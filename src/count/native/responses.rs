//! The Responses API on OpenAI's models: the framing of chat requests, and the same rendering of tools, with other constants
//! around them (billing notes, section 2).
//!
//! ```text
//! messages   as in chat requests; instructions are one in front
//! tools      T(TypeScript) + 3, reasoning models + 9, the o-series + 6
//! call       4 + T(" to=functions.NAME") + T(arguments as they are) - 1, reasoning models + 5
//! result     4 + T("functions.NAME") + T(output)
//! schema     7 + T(" NAME") + T(schema), reasoning models 6
//! ```
//!
//! What moves a count and is not in the request is in the bounds: the header that the server stored with an item (0 to 5 a
//! call), several calls of one answer (10 to 13 each).

use super::{Native, at_least_zero};
use crate::count::render::{calls, response_format, typescript};
use crate::count::rules::{Framing, chat_rules};
use crate::count::{Accuracy, TokenCount};
use crate::json::{Kind, Value};
use crate::model::{BillingFamily, CountingGeneration};
use crate::request::{CallKind, Message, PartKind, Role, ToolKind};

pub(super) fn count(native: &mut Native<'_>) {
    let (per_message, per_assistant, reply) = match chat_rules(native.model).framing {
        Framing::Messages {
            per_message,
            per_assistant,
            reply,
            ..
        } => (per_message, per_assistant, reply),
        Framing::Bare => (0, 0, 0),
    };
    let reasons = per_assistant > 0;
    let request = native.request;
    let links = request.links();
    let names: Vec<String> = request
        .messages()
        .flat_map(|message| message.tool_calls())
        .map(|call| call.name().unwrap_or_default().into_owned())
        .collect();
    let mut results = links.results().iter();
    native.messages(|native, message| {
        let mut tokens = TokenCount::ZERO;
        for call in message.tool_calls() {
            if call.kind() == CallKind::Hosted {
                continue;
            }
            let around = if reasons { 9 } else { 3 } + stored_header(native, message, reasons);
            let recipient = calls::recipient(&call.name().unwrap_or_default());
            tokens += native.text(&recipient);
            tokens += native.text(&call.arguments().unwrap_or_default());
            tokens += TokenCount::estimated(around, around - 3, around + 6);
        }
        for result in message.tool_results() {
            let link = results.next();
            let name = link
                .and_then(|link| names.get(link.call?))
                .map_or("", String::as_str);
            tokens += native.text(&format!("functions.{name}"));
            tokens += result.parts().map(|part| native.part(&part)).sum();
            tokens += TokenCount::estimated(4, 4, 6);
        }
        if message.tool_calls().len() + message.tool_results().len() == 0 {
            tokens += plain(native, message, per_message, per_assistant);
        }
        tokens
    });
    tools(native, reasons);
    native.hosted_tools();
    let professional = request.layout().thinking.is_some_and(|thinking| {
        request
            .value(thinking)
            .get_some("mode")
            .is_some_and(|mode| mode.is_str("pro"))
    });
    if professional {
        // About 1,500 more in six recordings.
        native.parts.framing += TokenCount::estimated(1_500, 1_000, 4_000);
    }
    schema(native, reasons);
    native.around(
        reply,
        1,
        3,
        "the rules of the Responses API are estimates in this version",
    );
}

/// What the header of a call costs more than one without it: the server writes the one that the model wrote, for an item
/// that it knows, or whatever the item on the newest models. Seen to be 3 for most (158 of 178 single calls).
fn stored_header(native: &Native<'_>, message: &Message<'_>, reasons: bool) -> u64 {
    let calls = |index: Option<usize>| {
        index
            .filter(|&index| index < native.request.messages().len())
            .is_some_and(|index| native.request.message(index).tool_calls().len() > 0)
    };
    let first = !calls(message.index().checked_sub(1));
    let single = first && !calls(Some(message.index() + 1));
    let newest =
        native.model.counting_generation() == Some(CountingGeneration::ResponsesStoredHeaderNewest);
    let item = message.value();
    let known = |field: &str| item.get_some(field).is_some();
    match () {
        () if newest && !first => 13,
        () if newest => 3,
        () if reasons && known("id") => 3,
        () if single && known("id") && known("status") => 3,
        () => 0,
    }
}

/// A message of text: its parts are joined before they are counted.
fn plain<'c>(
    native: &mut Native<'c>,
    message: &Message<'c>,
    per_message: u64,
    per_assistant: u64,
) -> TokenCount {
    let mut tokens = native.text(&message.text());
    for part in message.parts() {
        match part.kind() {
            PartKind::Text => {}
            // An item by itself, without a header of its own.
            PartKind::Reasoning | PartKind::HiddenReasoning => return TokenCount::ZERO,
            _ => tokens += native.part(&part),
        }
    }
    let role = match message.role_name() {
        name if per_message > 0 => native.text(&name).tokens(),
        _ => 0,
    };
    let channel = match message.role() {
        Role::Assistant => per_assistant,
        _ => 0,
    };
    tokens + TokenCount::exact(per_message + role + channel)
}

fn tools(native: &mut Native<'_>, reasons: bool) {
    let request = native.request;
    let functions: Vec<Value<'_>> = request
        .tools()
        .filter(|tool| tool.kind() == ToolKind::Function)
        .map(|tool| tool.function())
        .collect();
    if functions.is_empty() {
        return;
    }
    let rendered = typescript::render(functions.iter().copied());
    let around = match native.model.billing() {
        BillingFamily::OpenAiOSeries => 6,
        _ if reasons => 9,
        _ => 3,
    };
    let tokens = native.text(&rendered.text).tokens() + around;
    let upper = match rendered.stop {
        Some(_) => TokenCount::UNBOUNDED,
        None => tokens + tokens / 50 + 6,
    };
    let mut count = TokenCount::estimated(tokens, tokens - tokens / 50 - 3, upper);
    if let Some(choice) = request.layout().tool_choice {
        let choice = request.value(choice);
        // Non-reasoning models are told of the choice; `required` with one function is the same as naming it.
        let name = match choice.kind() {
            Kind::Object => choice.get_some("name").and_then(|name| name.as_str()),
            _ if choice.is_str("required") && functions.len() == 1 => {
                functions[0].get_some("name").and_then(|name| name.as_str())
            }
            _ => None,
        };
        match name {
            Some(name) if !reasons => {
                let header = 4 + native.text(&calls::recipient(&name)).tokens();
                count += TokenCount::estimated(header, 0, header + 3);
            }
            _ if choice.is_str("none") && !reasons => count += TokenCount::estimated(1, 0, 1),
            _ => {}
        }
    }
    if request.layout().parallel_tool_calls == Some(false) && reasons {
        count += TokenCount::estimated(0, 0, 78);
    }
    native.parts.tools += count;
}

fn schema(native: &mut Native<'_>, reasons: bool) {
    let request = native.request;
    let Some(format) = request.layout().response_format else {
        return;
    };
    let format = request.value(format);
    if !format
        .get_some("type")
        .is_some_and(|kind| kind.is_str("json_schema"))
    {
        return;
    }
    let field = |name: &str| {
        format
            .get_some(name)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    };
    let text = response_format::schema(format.get_some("schema"));
    let description = field("description");
    let mut tokens = 7 - i64::from(reasons)
        + native.text(&format!(" {}", field("name"))).tokens() as i64
        + native.text(&text).tokens() as i64;
    if !description.is_empty() {
        tokens += native.text(&format!("// {description}\n")).tokens() as i64;
    }
    let count = TokenCount::exact(at_least_zero(tokens)).at_most(Accuracy::Estimated, 2);
    native.parts.schema += count + TokenCount::estimated(0, 0, 3);
}
