//! Messages and parts without content: removed where they are refused.

use super::super::Severity;
use super::super::codes;
use super::super::history::{Emptiness, content_verdict, emptiness};
use super::super::server::Rules;
use super::plan::{Plan, dropped_message};
use super::policy::RepairPolicy;

use crate::edit::{Action, Edit};
use crate::request::{PartKind, Request};

/// Plans edits of messages and parts without content.
pub(super) fn plan(
    request: &Request<'_>,
    rules: &'static Rules,
    policy: &RepairPolicy,
) -> Option<Plan> {
    if !policy.empty {
        return None;
    }
    let mut plan = Plan::new(request);
    let listed = request
        .messages()
        .filter(|message| message.list_index().is_some())
        .count();
    let mut dropped = 0;
    for message in request.messages() {
        if message.list_index().is_none() {
            continue;
        }
        let last = message.index() + 1 == request.layout().messages.len();
        let what = emptiness(&message);
        let severity = content_verdict(rules, &message, what, last);
        if severity != Some(Severity::Refused) {
            continue;
        }
        let code = match what {
            Emptiness::Missing => codes::MISSING_CONTENT,
            _ => codes::EMPTY_CONTENT,
        };
        match what {
            Emptiness::EmptyPart(_) => {
                for part in message.parts() {
                    let empty = part.kind() == PartKind::Text
                        && part.text_value().is_some_and(|text| text.is_empty());
                    if empty {
                        let block = part.block_index();
                        plan.messages[message.index()].gone.insert(block);
                        let bytes = (part.value().raw().len(), 0);
                        let edit = Edit::at(Action::DroppedPart, part.pointer(), code, bytes);
                        plan.note(message.index(), edit);
                    }
                }
            }
            // A request without messages would be refused too.
            _ if dropped + 1 < listed => {
                dropped += 1;
                plan.messages[message.index()].drop = true;
                plan.note(message.index(), dropped_message(&message, code));
            }
            _ => {}
        }
    }
    plan.finish()
}
