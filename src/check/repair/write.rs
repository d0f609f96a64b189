//! A plan → the edits of the request's JSON. `provider/` writes the placeholder of a lost result in
//! each format.

use super::plan::{Insert, MessagePlan, Plan};
use crate::json::Kind;
use crate::request::{Edits, Slot};
use crate::request::{Message, PartKind, Request};

/// Returns the text of the request after a plan, and the original item of each item of its list.
pub(super) fn apply(request: &Request<'_>, plan: &Plan) -> (String, Vec<Option<usize>>) {
    let mut edits = Edits::default();
    let list = request.list_value();
    let items = list.items().count();
    // Messages by their position in the list; those outside of it are not edited.
    let mut by_item: Vec<Option<(Message<'_>, &MessagePlan)>> = vec![None; items];
    for (message, plan) in request.messages().zip(&plan.messages) {
        if let Some(slot) = message
            .list_index()
            .and_then(|index| by_item.get_mut(index))
        {
            *slot = Some((message, plan));
        }
    }
    let mut slots = Vec::with_capacity(items);
    let mut moved = false;
    for (item, entry) in by_item.iter().enumerate() {
        let Some((message, plan)) = entry else {
            slots.push(Slot::Keep(item));
            continue;
        };
        if plan.drop {
            moved = true;
        } else {
            slots.push(Slot::Keep(item));
            within(message, plan, &mut edits);
        }
        for insert in &plan.after {
            moved = true;
            match insert {
                Insert::Moved(from) => {
                    slots.extend(request.message(*from).list_index().map(Slot::Keep));
                }
                Insert::New(json) => slots.push(Slot::New(json.clone())),
            }
        }
    }
    let origins = slots
        .iter()
        .map(|slot| match slot {
            Slot::Keep(item) => Some(*item),
            Slot::New(_) => None,
        })
        .collect();
    if moved {
        edits.arrange(list, slots);
    }
    (edits.apply(request.text()), origins)
}

/// Edits the inside of a message.
fn within(message: &Message<'_>, plan: &MessagePlan, edits: &mut Edits) {
    if plan.calls.is_empty() && plan.gone.is_empty() && plan.blocks.is_empty() {
        return;
    }
    let value = message.value();
    let field = message.format().wire().list_of_calls;
    if let Some(calls) = value.get(field).filter(|_| !plan.calls.is_empty()) {
        let count = calls.items().count();
        if plan.calls.len() >= count {
            edits.drop_entries(value, &[field]);
        } else {
            let slots = (0..count)
                .filter(|nth| !plan.calls.contains(nth))
                .map(Slot::Keep)
                .collect();
            edits.arrange(calls, slots);
        }
    }
    let blocks_change = !plan.gone.is_empty() || !plan.blocks.is_empty();
    let Some(content) = message.content_value().filter(|_| blocks_change) else {
        return;
    };
    if content.kind() == Kind::String {
        if !plan.blocks.is_empty() {
            let blocks = plan.blocks.join(", ");
            let text = (message.format().wire().text_part)(message.role(), content.raw());
            edits.replace(content, format!("[{blocks}, {text}]"));
        }
        return;
    }
    if content.kind() != Kind::Array {
        // A single part without an enclosing list.
        let mut blocks = plan.blocks.clone();
        if !plan.gone.contains(&0) {
            blocks.push(content.raw().to_owned());
        }
        edits.replace(content, format!("[{}]", blocks.join(", ")));
        return;
    }
    let results = last_result_block(message);
    let mut slots = Vec::new();
    let count = content.items().count();
    let behind = results.map_or(0, |block| block + 1);
    for block in 0..=count {
        if block == behind {
            slots.extend(plan.blocks.iter().cloned().map(Slot::New));
        }
        if block < count && !plan.gone.contains(&block) {
            slots.push(Slot::Keep(block));
        }
    }
    if slots.len() != count || !plan.blocks.is_empty() {
        edits.arrange(content, slots);
    }
}

/// Returns the last of the results at the start of a message's content.
fn last_result_block(message: &Message<'_>) -> Option<usize> {
    message
        .parts()
        .take_while(|part| matches!(part.kind(), PartKind::ToolResult | PartKind::CacheMark))
        .filter(|part| part.kind() == PartKind::ToolResult)
        .last()
        .map(|part| part.block_index())
}
