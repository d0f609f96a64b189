//! Joins consecutive messages of one role, where the provider requires roles to alternate.

use super::super::server::Rules;
use crate::check::codes;
use crate::edit::{Action, Edit};
use crate::json::Kind;
use crate::request::{Edits, Format, Message, Request, Role, Slot};

/// Returns the edited text, the original item of each item, and the edits; `None` if there is
/// nothing to join.
pub(super) fn pass(
    request: &Request<'_>,
    rules: &Rules,
) -> Option<(String, Vec<Option<usize>>, Vec<Edit>)> {
    rules.same_role_twice?;
    let list = request.list_value();
    let mut edits = Edits::default();
    let mut done = Vec::new();
    let mut slots = Vec::new();
    let mut run: Vec<Message<'_>> = Vec::new();
    for message in request.messages() {
        let Some(item) = message.list_index() else {
            continue;
        };
        match run.last() {
            Some(before) if can_join(request.format(), before, &message) => {
                let bytes = message.raw_json().len();
                done.push(Edit::at(
                    Action::JoinedMessages,
                    message.pointer(),
                    codes::ROLES_NOT_ALTERNATING,
                    (bytes, bytes),
                ));
            }
            _ => {
                join(request.format(), &run, &mut edits);
                run.clear();
                slots.push(Slot::Keep(item));
            }
        }
        run.push(message);
    }
    join(request.format(), &run, &mut edits);
    if done.is_empty() {
        return None;
    }
    let origins = slots
        .iter()
        .map(|slot| match slot {
            Slot::Keep(item) => Some(*item),
            Slot::New(_) => None,
        })
        .collect();
    edits.arrange(list, slots);
    Some((edits.apply(request.text()), origins, done))
}

/// Whether two messages can be joined: those with text and similar parts; calls and results belong
/// to their message.
fn can_join(format: Format, before: &Message<'_>, message: &Message<'_>) -> bool {
    let plain = |message: &Message<'_>| {
        message.tool_calls().len() == 0
            && message.tool_results().len() == 0
            && !message.is_reference()
            && message.name().is_none()
            && message
                .content_value()
                .is_some_and(|content| matches!(content.kind(), Kind::String | Kind::Array))
            // A joined message cannot have two values of another field.
            && message.value().entries().count() == 2
    };
    format.wire().repair_joins
        && before.role() == message.role()
        && matches!(message.role(), Role::User | Role::Assistant)
        && plain(before)
        && plain(message)
}

/// Moves the contents of a run of messages to its first message.
fn join(format: Format, run: &[Message<'_>], edits: &mut Edits) {
    let [first, _, ..] = run else {
        return;
    };
    let mut blocks = Vec::new();
    for message in run {
        let Some(content) = message.content_value() else {
            continue;
        };
        match content.kind() {
            Kind::String => {
                blocks.push((format.wire().text_part)(message.role(), content.raw()));
            }
            _ => blocks.extend(content.items().map(|item| item.raw().to_owned())),
        }
    }
    if let Some(content) = first.content_value() {
        edits.replace(content, format!("[{}]", blocks.join(", ")));
    }
}
