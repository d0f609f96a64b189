//! Items of a list: items of a Responses request that the server stores, an answer to be continued,
//! and calls and results written as text.

use super::super::form::items_without_reasoning;
use super::super::server::Dialect;
use super::case::{Case, Rewritten};
use crate::edit::{Action, Edit};
use crate::json::Value;
use crate::request::{Edits, Request, Slot, json_string};

/// Returns the items of the list with their positions.
fn items<'r>(request: &'r Request<'_>) -> impl Iterator<Item = (usize, Value<'r>)> {
    request.list_value().items().enumerate()
}

/// Finds the item that contains a byte offset.
fn item_at<'r>(request: &'r Request<'_>, offset: usize) -> Option<(usize, Value<'r>)> {
    items(request).find(|(_, item)| item.span().contains(&offset))
}

fn pointer(request: &Request<'_>, nth: usize) -> String {
    format!("{}/{nth}", request.list_pointer())
}

/// Removes the later of two equal items; if two differ, the later one loses its id.
pub(super) fn drop_copies(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    let mut gone = Vec::new();
    for finding in &case.findings {
        let Some((nth, item)) = item_at(request, finding.offset()) else {
            continue;
        };
        let first = finding
            .related
            .first()
            .and_then(|pointer| pointer.rsplit('/').next()?.parse::<usize>().ok())
            .and_then(|nth| request.list_value().items().nth(nth));
        let place = pointer(request, nth);
        let size = item.raw().len();
        if first.is_some_and(|first| first.raw() == item.raw()) {
            gone.push(nth);
            done.push(Edit::at(
                Action::DroppedItem,
                place,
                finding.code,
                (size, 0),
            ));
        } else {
            edits.drop_entries(item, &["id"]);
            done.push(without_id(item, place, finding.code));
        }
    }
    leave_out(request, &gone, &mut edits);
    Some((edits.apply(request.text()), done))
}

fn without_id(item: Value<'_>, place: String, code: &'static str) -> Edit {
    let size = item.get("id").map_or(0, |id| id.raw().len());
    Edit::at(Action::DroppedItemId, place, code, (size, 0))
}

fn leave_out(request: &Request<'_>, gone: &[usize], edits: &mut Edits) {
    if !gone.is_empty() {
        let slots = items(request)
            .filter(|(nth, _)| !gone.contains(nth))
            .map(|(nth, _)| Slot::Keep(nth))
            .collect();
        edits.arrange(request.list_value(), slots);
    }
}

/// Removes ids in another host's form.
pub(super) fn drop_ids(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for finding in &case.findings {
        if let Some((nth, item)) = item_at(request, finding.offset()) {
            edits.drop_entries(item, &["id"]);
            done.push(without_id(item, pointer(request, nth), finding.code));
        }
    }
    Some((edits.apply(request.text()), done))
}

/// Removes reasoning that nobody stores, and the ids of the items it led to, because the server
/// would look for it.
pub(super) fn drop_lost(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    let mut gone = Vec::new();
    for finding in &case.findings {
        let Some((nth, item)) = item_at(request, finding.offset()) else {
            continue;
        };
        // The content of a referenced item is not in the request.
        gone.push(nth);
        let size = (item.raw().len(), 0);
        let place = pointer(request, nth);
        done.push(Edit::at(Action::DroppedItem, place, finding.code, size));
        for (later, item) in items(request).skip(nth + 1) {
            let is = |name: &str| item.get("type").is_some_and(|kind| kind.is_str(name));
            let of_model = is("function_call")
                || is("custom_tool_call")
                || item
                    .get("role")
                    .is_some_and(|role| role.is_str("assistant"));
            if !of_model {
                break;
            }
            if item.get("id").is_some() {
                edits.drop_entries(item, &["id"]);
                done.push(without_id(item, pointer(request, later), finding.code));
            }
        }
    }
    leave_out(request, &gone, &mut edits);
    Some((edits.apply(request.text()), done))
}

/// Removes the ids of items whose reasoning is not in the request: without an id, an item is new to
/// the server.
pub(super) fn drop_unled(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let code = case.findings.first()?.code;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for (nth, item) in items_without_reasoning(request.list_value()) {
        edits.drop_entries(item, &["id"]);
        done.push(without_id(item, pointer(request, nth), code));
    }
    Some((edits.apply(request.text()), done))
}

/// Adds an empty `summary` to reasoning items.
pub(super) fn add_summaries(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for finding in &case.findings {
        if let Some((nth, item)) = item_at(request, finding.offset()) {
            let entry = r#""summary": []"#;
            add_entry(&mut edits, item, entry);
            let place = pointer(request, nth);
            let size = (0, entry.len());
            done.push(Edit::at(Action::AddedField, place, finding.code, size));
        }
    }
    Some((edits.apply(request.text()), done))
}

/// Marks the last assistant message as the start of the answer, which Mistral then continues.
pub(super) fn mark_prefix(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let finding = case.findings.first()?;
    let (nth, message) = item_at(request, finding.offset())?;
    if case.dialect != Dialect::Mistral || message.get("prefix").is_some() {
        return None;
    }
    let entry = r#""prefix": true"#;
    let mut edits = Edits::default();
    add_entry(&mut edits, message, entry);
    let size = (0, entry.len());
    let edit = Edit::at(
        Action::AddedField,
        pointer(request, nth),
        finding.code,
        size,
    );
    Some((edits.apply(request.text()), vec![edit]))
}

/// Appends an entry to an object.
pub(super) fn add_entry(edits: &mut Edits, object: Value<'_>, entry: &str) {
    let mut slots: Vec<Slot> = (0..object.entries().count()).map(Slot::Keep).collect();
    slots.push(Slot::New(entry.to_owned()));
    edits.arrange(object, slots);
}

/// Writes calls and results as text, for a request without tools.
pub(super) fn tools_as_text(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let wire = request.format().wire();
    let code = case.findings.first()?.code;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for message in request.messages() {
        let calls = message.tool_calls().map(|call| {
            let name = call.name().unwrap_or_default();
            let input = call.arguments_node().map_or("{}", |input| input.raw());
            let text = format!("[call of {name}: {input}]");
            (call.value(), call.pointer(), text)
        });
        let results = message.tool_results().map(|result| {
            let text = result.text();
            let answer = (wire.answer)(result.value()).map_or("", |answer| answer.raw());
            let text = if text.is_empty() { answer } else { &text };
            let text = format!("[result: {text}]");
            (result.value(), result.pointer(), text)
        });
        let all: Vec<_> = calls.chain(results).collect();
        for (value, pointer, text) in all {
            let json = (wire.text_part)(message.role(), &json_string(&text));
            let size = (value.raw().len(), json.len());
            done.push(Edit::at(Action::WroteToolsAsText, pointer, code, size));
            edits.replace(value, json);
        }
    }
    Some((edits.apply(request.text()), done))
}
