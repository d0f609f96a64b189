//! Messages and parts that say nothing: left out where they are refused.

use super::super::Severity;
use super::super::history::{Emptiness, content_verdict, emptiness};
use super::super::server::Rules;
use super::plan::Plan;
use super::policy::RepairPolicy;
use super::receipt::RepairAction;
use crate::request::{PartKind, Request};

/// What is to be done about messages and parts that say nothing.
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
        match what {
            Emptiness::EmptyPart(_) => {
                for part in message.parts() {
                    let empty = part.kind() == PartKind::Text
                        && part.text_value().is_some_and(|text| text.is_empty());
                    if empty {
                        let block = part.block_index();
                        plan.messages[message.index()].gone.insert(block);
                        plan.note(
                            message.index(),
                            RepairAction::DroppedPart,
                            part.pointer(),
                            "",
                        );
                    }
                }
            }
            // A request without any message is refused too.
            _ if dropped + 1 < listed => {
                dropped += 1;
                plan.messages[message.index()].drop = true;
                plan.note(
                    message.index(),
                    RepairAction::DroppedMessage,
                    message.pointer(),
                    "",
                );
            }
            _ => {}
        }
    }
    plan.finish()
}
