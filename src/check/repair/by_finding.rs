//! Fixes faults outside of settings and the order of the history: ids, media, items, schemas,
//! marks, thinking.
//!
//! A pass fixes one kind of fault at all its places, from the findings of a check; the next pass
//! checks again. So the kinds are independent, and each edit corresponds to a finding. The column
//! [`Repair`] of the catalog selects the fix; the functions are in `ids.rs`, `media.rs`,
//! `items.rs`, `schemas.rs`, `marks.rs` and `thinking.rs`.

use super::super::finding::{Finding, Repair, Severity};
use super::super::server::Profile;
use super::case::{Case, Rewritten};
use super::policy::{RefusedMedia, RepairPolicy};
use super::{ids, items, marks, media, schemas, thinking};
use crate::request::Request;

/// Fixes the first kind of fault that the policy asks for and that can be fixed here.
pub(super) fn pass(
    request: &Request<'_>,
    findings: &[Finding],
    policy: &RepairPolicy,
    profile: &Profile,
) -> Option<Rewritten> {
    let mut kinds: Vec<Repair> = findings
        .iter()
        .filter(|finding| is_asked(finding, policy))
        .map(|finding| finding.repair)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().find_map(|kind| {
        let case = Case {
            request,
            findings: findings
                .iter()
                .filter(|finding| finding.repair == kind && is_asked(finding, policy))
                .collect(),
            policy,
            dialect: profile.dialect,
        };
        let (text, done) = match kind {
            Repair::None => return None,
            Repair::CallId => ids::rename(&case),
            Repair::Media => media::take_out(&case),
            Repair::MediaKind => media::name_kind(&case),
            Repair::ItemTwice => items::drop_copies(&case),
            Repair::ItemId => items::drop_ids(&case),
            Repair::ItemLost => items::drop_lost(&case),
            Repair::ItemUnled => items::drop_unled(&case),
            Repair::Summary => items::add_summaries(&case),
            Repair::Schema => schemas::clean(&case),
            Repair::Strict => schemas::drop_strict(&case),
            Repair::ToolsAsText => items::tools_as_text(&case),
            Repair::CacheMark => marks::drop_marks(&case),
            Repair::ManyCacheMarks => marks::drop_earliest(&case),
            Repair::Thinking => thinking::change_type(&case),
            Repair::TopP => thinking::drop_top_p(&case),
            Repair::Reasoning => thinking::add_reasoning(&case),
            Repair::Prefix => items::mark_prefix(&case),
            Repair::Signature => thinking::sign(&case),
        }?;
        // A fix that changes nothing would be found again.
        (!done.is_empty() && text != request.text()).then_some((text, done))
    })
}

fn is_asked(finding: &Finding, policy: &RepairPolicy) -> bool {
    // Merely risky faults stay, except for items that nobody stores, and ids that another host may
    // refuse.
    let enough = match finding.repair {
        Repair::ItemLost | Repair::ItemUnled => finding.severity <= Severity::Risky,
        Repair::CallId => finding.severity == Severity::Refused || policy.ports,
        _ => finding.severity == Severity::Refused,
    };
    enough
        && match finding.repair {
            Repair::None => false,
            Repair::CallId => policy.rename_ids,
            Repair::Media => policy.media != RefusedMedia::Keep,
            Repair::MediaKind => policy.media != RefusedMedia::Keep,
            Repair::ItemTwice
            | Repair::ItemId
            | Repair::ItemLost
            | Repair::ItemUnled
            | Repair::Summary => policy.items,
            Repair::Schema | Repair::Strict => policy.schemas,
            Repair::ToolsAsText => policy.tools_as_text,
            Repair::CacheMark | Repair::ManyCacheMarks => policy.marks,
            Repair::Prefix => policy.ports,
            Repair::Thinking | Repair::TopP | Repair::Reasoning | Repair::Signature => {
                policy.thinking
            }
        }
}
