//! Fixes faults outside of settings and the order of the history: ids, media, items, schemas,
//! marks, thinking.
//!
//! A pass fixes one kind of fault at all its places, from the findings of a check; the next pass
//! checks again. So the kinds are independent, and each edit corresponds to a finding. The column
//! [`Mend`] of the catalog selects the fix; the functions are in `ids.rs`, `media.rs`,
//! `items.rs`, `schemas.rs`, `marks.rs` and `thinking.rs`.

use super::super::finding::{Finding, Mend, Severity};
use super::super::server::Profile;
use super::case::{Case, Mended};
use super::policy::{RefusedMedia, RepairPolicy};
use super::{ids, items, marks, media, schemas, thinking};
use crate::request::Request;

/// Fixes the first kind of fault that the policy asks for and that can be fixed here.
pub(super) fn pass(
    request: &Request<'_>,
    findings: &[Finding],
    policy: &RepairPolicy,
    profile: &Profile,
) -> Option<Mended> {
    let mut kinds: Vec<Mend> = findings
        .iter()
        .filter(|finding| is_asked(finding, policy))
        .map(|finding| finding.mend)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().find_map(|kind| {
        let case = Case {
            request,
            findings: findings
                .iter()
                .filter(|finding| finding.mend == kind && is_asked(finding, policy))
                .collect(),
            policy,
            dialect: profile.dialect,
        };
        let (text, done) = match kind {
            Mend::None => return None,
            Mend::CallId => ids::rename(&case),
            Mend::Media => media::take_out(&case),
            Mend::MediaKind => media::name_kind(&case),
            Mend::ItemTwice => items::drop_copies(&case),
            Mend::ItemId => items::drop_ids(&case),
            Mend::ItemLost => items::drop_lost(&case),
            Mend::ItemUnled => items::drop_unled(&case),
            Mend::Summary => items::add_summaries(&case),
            Mend::Schema => schemas::clean(&case),
            Mend::Strict => schemas::drop_strict(&case),
            Mend::ToolsAsText => items::tools_as_text(&case),
            Mend::CacheMark => marks::drop_marks(&case),
            Mend::ManyCacheMarks => marks::drop_earliest(&case),
            Mend::Thinking => thinking::change_type(&case),
            Mend::TopP => thinking::drop_top_p(&case),
            Mend::Reasoning => thinking::add_reasoning(&case),
            Mend::Prefix => items::mark_prefix(&case),
            Mend::Signature => thinking::sign(&case),
        }?;
        // A fix that changes nothing would be found again.
        (!done.is_empty() && text != request.text()).then_some((text, done))
    })
}

fn is_asked(finding: &Finding, policy: &RepairPolicy) -> bool {
    // Merely risky faults stay, except for items that nobody stores, and ids that another host may
    // refuse.
    let enough = match finding.mend {
        Mend::ItemLost | Mend::ItemUnled => finding.severity <= Severity::Risky,
        Mend::CallId => finding.severity == Severity::Refused || policy.ports,
        _ => finding.severity == Severity::Refused,
    };
    enough
        && match finding.mend {
            Mend::None => false,
            Mend::CallId => policy.rename_ids,
            Mend::Media => policy.media != RefusedMedia::Keep,
            Mend::MediaKind => policy.media != RefusedMedia::Keep,
            Mend::ItemTwice | Mend::ItemId | Mend::ItemLost | Mend::ItemUnled | Mend::Summary => {
                policy.items
            }
            Mend::Schema | Mend::Strict => policy.schemas,
            Mend::ToolsAsText => policy.tools_as_text,
            Mend::CacheMark | Mend::ManyCacheMarks => policy.marks,
            Mend::Prefix => policy.ports,
            Mend::Thinking | Mend::TopP | Mend::Reasoning | Mend::Signature => policy.thinking,
        }
}
