//! Cache marks that a server refuses are removed. Only the price changes.

use super::case::{Case, Rewritten};
use crate::edit::{Action, Edit};
use crate::json::{Kind, Value};
use crate::provider::anthropic::fields::MOST_CACHE_MARKS;
use crate::request::{Edits, Request, Slot};

const MARK: &str = "cache_control";

/// Returns the blocks and tools with a mark, in the order of the text, with their pointers.
fn marked<'r>(request: &'r Request<'_>) -> Vec<(Value<'r>, String)> {
    fn walk<'r>(value: Value<'r>, pointer: &str, out: &mut Vec<(Value<'r>, String)>) {
        match value.kind() {
            Kind::Array => {
                for (nth, item) in value.items().enumerate() {
                    walk(item, &format!("{pointer}/{nth}"), out);
                }
            }
            Kind::Object => {
                if value.get_some(MARK).is_some() {
                    out.push((value, pointer.to_owned()));
                }
                if let Some(content) = value.get_some("content") {
                    walk(content, &format!("{pointer}/content"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    for field in ["tools", "system", "messages"] {
        if let Some(list) = request.root_field(field) {
            walk(list, &format!("/{field}"), &mut out);
        }
    }
    out
}

/// Removes the marks that findings name: a field of a block, or a block of its own.
pub(super) fn drop_marks(case: &Case<'_, '_>) -> Option<Rewritten> {
    let request = case.request;
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for (block, pointer) in marked(request) {
        let span = block.span();
        let Some(finding) = case
            .findings
            .iter()
            .find(|finding| span.contains(&finding.offset()))
        else {
            continue;
        };
        // An inner block has a mark of its own.
        let inner = block
            .get_some("content")
            .is_some_and(|content| content.span().contains(&finding.offset()));
        if inner {
            continue;
        }
        edits.drop_entries(block, &[MARK]);
        done.push(gone(block, pointer, finding.code));
    }
    for list in lists_of_points(request) {
        let mut kept = Vec::new();
        let mut dropped = false;
        for (nth, item) in list.items().enumerate() {
            let found = case.findings.iter().find(|finding| {
                item.get_some("cachePoint").is_some() && item.span().contains(&finding.offset())
            });
            match found {
                Some(finding) => {
                    dropped = true;
                    let size = (item.raw().len(), 0);
                    let place = finding.pointer.clone();
                    done.push(Edit::at(
                        Action::DroppedCacheMark,
                        place,
                        finding.code,
                        size,
                    ));
                }
                None => kept.push(Slot::Keep(nth)),
            }
        }
        if dropped {
            edits.arrange(list, kept);
        }
    }
    Some((edits.apply(request.text()), done))
}

/// Returns the lists of Converse that can contain cache points.
fn lists_of_points<'r>(request: &'r Request<'_>) -> Vec<Value<'r>> {
    let root = request.fields();
    let mut out: Vec<Value<'r>> = root.get_some("system").into_iter().collect();
    out.extend(root.get_path(&["toolConfig", "tools"]));
    for message in request.list_value().items() {
        out.extend(message.get_some("content"));
    }
    out.retain(|list| list.kind() == Kind::Array);
    out
}

fn gone(block: Value<'_>, pointer: String, code: &'static str) -> Edit {
    let size = block.get(MARK).map_or(0, |mark| mark.raw().len());
    Edit::at(Action::DroppedCacheMark, pointer, code, (size, 0))
}

/// Removes the earliest marks in messages, then in system text and tools, down to the accepted
/// number.
pub(super) fn drop_earliest(case: &Case<'_, '_>) -> Option<Rewritten> {
    let code = case.findings.first()?.code;
    let request = case.request;
    let marked = marked(request);
    let many = marked.len().checked_sub(MOST_CACHE_MARKS)?;
    let mut order: Vec<&(Value<'_>, String)> = marked.iter().collect();
    order.sort_by_key(|(_, pointer)| !pointer.starts_with("/messages"));
    let mut edits = Edits::default();
    let mut done = Vec::new();
    for (block, pointer) in order.into_iter().take(many) {
        edits.drop_entries(*block, &[MARK]);
        done.push(gone(*block, pointer.clone(), code));
    }
    Some((edits.apply(request.text()), done))
}
