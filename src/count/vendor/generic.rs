//! Models and formats without any rule: only their text is counted.

use super::counter::Counter;
use crate::count::TokenCount;
use crate::json::minified;
use crate::model::{CountingGeneration, Model};
use crate::request::{Message, PartKind, Role, ToolKind};

/// Amazon's Nova models, whose constants come from 47 recorded requests
/// (docs/evidence/billing_other_providers.md, section 3).
struct Constants {
    base: u64,
    assistant: u64,
    tools: u64,
    call: u64,
    above: u64,
}

/// 43 recorded requests (docs/evidence/billing_other_providers.md, section 4).
const GROK: Constants = Constants {
    base: 7,
    assistant: 4,
    tools: 120,
    call: 60,
    above: 1_000,
};

fn constants(model: &Model) -> Constants {
    use CountingGeneration as Of;
    match model.counting_generation() {
        Some(Of::Nova2) => Constants {
            base: 46,
            assistant: 3,
            tools: 800,
            call: 150,
            above: 300,
        },
        Some(Of::Nova1) => Constants {
            base: 0,
            assistant: 1,
            tools: 340,
            call: 28,
            above: 30,
        },
        // Text that the server adds at the start; on grok-4 since September 2025.
        Some(Of::Grok4Fast) => Constants { base: 150, ..GROK },
        Some(Of::GrokCode) => Constants { base: 200, ..GROK },
        Some(Of::Grok4) => Constants { base: 680, ..GROK },
        Some(Of::Grok) => GROK,
        // A message and its role are 2 to 5 tokens in most templates; a list of tools has a
        // heading.
        _ => Constants {
            base: 4,
            assistant: 4,
            tools: 100,
            call: 10,
            above: 1_000,
        },
    }
}

pub(super) fn count(counter: &mut Counter<'_>) {
    let constants = constants(counter.model);
    counter.messages(|counter, message| message_tokens(counter, message, &constants));
    let request = counter.request;
    let mut functions = 0;
    for tool in request.tools() {
        if tool.kind() == ToolKind::Function {
            functions += 1;
            counter.parts.tools += counter.proxy.rough(&minified(tool.raw_json()));
        }
    }
    if functions > 0 {
        counter.parts.tools += TokenCount::between(constants.tools, 0, constants.tools + 500);
    }
    counter.hosted_tools();
    if let Some(format) = request.layout().response_format {
        // Some vendors write the schema into the prompt, others constrain the answer by it.
        let text = counter.proxy.rough(&minified(request.value(format).raw()));
        counter.parts.schema += TokenCount::between(text.tokens() / 2, 0, text.most() + 150);
    }
    counter.around(
        constants.base,
        constants.base,
        constants.above,
        "the billing of this model in this format was not measured",
    );
}

fn message_tokens<'c>(
    counter: &mut Counter<'c>,
    message: &Message<'c>,
    constants: &Constants,
) -> TokenCount {
    let mut tokens: TokenCount = message.parts().map(|part| counter.part(&part)).sum();
    for call in message.tool_calls() {
        tokens += counter.proxy.rough(&call.name().unwrap_or_default());
        tokens += counter.proxy.rough(&call.arguments().unwrap_or_default());
        tokens += TokenCount::between(constants.call, 0, constants.call * 3 + 40);
    }
    // The parts of a message that is a result as a whole are counted already.
    let among_parts = message
        .parts()
        .any(|part| part.kind() == PartKind::ToolResult);
    for result in message.tool_results() {
        if among_parts {
            tokens += result.parts().map(|part| counter.part(&part)).sum();
        }
        tokens += TokenCount::between(2, 0, 40);
    }
    let spoken = match message.role() {
        Role::Assistant => constants.assistant,
        _ if constants.assistant == 4 => 4,
        _ => 0,
    };
    tokens + TokenCount::between(spoken, 0, spoken + 3)
}
