//! Ids of the items of a Responses request, and the items that an item requires.
//!
//! Other hosts of the format have ids of their own. Only the server knows that the reasoning for a
//! message is missing: recorded messages with ids but without reasoning were accepted.
//!
//! Source: docs/evidence/validation_other_providers.md, section E.

use std::borrow::Cow;

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::items as faults;
use super::super::path::Path;
use super::super::server::{REFUSED, RISKY};
use crate::json::{Kind, Value};
use crate::model::Host;

/// Prefix of an item's id, by type.
const PREFIXES: &[(&str, &str)] = &[
    ("reasoning", "rs"),
    ("message", "msg"),
    ("function_call", "fc"),
    ("custom_tool_call", "ctc"),
    ("web_search_call", "ws"),
];

/// An id with its item and the item's position.
type Identified<'c> = (Cow<'c, str>, (Value<'c>, usize));

impl<'c> Context<'c> {
    /// Linear, except for sorting the ids.
    pub(super) fn item_ids(&self, out: &mut Sink<'_>, list: Value<'c>, path: &Path<'_>) {
        // GitHub Copilot has its own ids.
        if !self.is_openai() || self.budget.host() == Some(Host::GithubCopilot) {
            return;
        }
        let kept = self
            .request
            .root_field("store")
            .and_then(|store| store.as_bool())
            != Some(false);
        let last = list.items().count().wrapping_sub(1);
        let mut ids: Vec<Identified<'c>> = Vec::new();
        for (nth, item) in list.items().enumerate() {
            self.one_item(out, item, nth, path, &mut ids, kept);
            if nth != last
                && item
                    .get("type")
                    .is_some_and(|kind| kind.is_str("compaction_trigger"))
            {
                let item_path = path.item(nth);
                out.report(&faults::COMPACTION_NOT_LAST, self.site(item, &item_path));
            }
        }
        // Equal ids keep the order of the list: the first one stays.
        ids.sort_by(|(one, _), (other, _)| one.cmp(other));
        for pair in ids.windows(2) {
            let [(first, above), (second, nth)] = pair else {
                continue;
            };
            if first == second {
                let (item, nth) = nth;
                let item_path = path.item(*nth);
                let site = self.site(*item, &item_path).name("id", second.clone());
                out.report(
                    &faults::ITEM_TWICE,
                    site.related(path.item(above.1).pointer()),
                );
            }
        }
    }

    fn one_item(
        &self,
        out: &mut Sink<'_>,
        item: Value<'c>,
        nth: usize,
        path: &Path<'_>,
        ids: &mut Vec<Identified<'c>>,
        kept: bool,
    ) {
        if item.kind() != Kind::Object {
            return;
        }
        let [kind, role, id, summary, encrypted] =
            item.get_all(["type", "role", "id", "summary", "encrypted_content"]);
        let kind = kind.and_then(|kind| kind.as_str());
        let kind = match kind.as_deref() {
            Some(kind) => kind,
            None if role.is_some() => "message",
            None => "item_reference",
        };
        let item_path = path.item(nth);
        let is_reasoning = kind == "reasoning";
        if is_reasoning && summary.is_none() {
            let there = item_path.field("summary");
            let site = self.lacking(item, &there);
            out.report(&faults::ITEM_WITHOUT_SUMMARY, site);
        }
        let Some(value) = id else {
            return;
        };
        let Some(id) = value.as_str() else {
            return;
        };
        let is_reference = kind == "item_reference";
        let lost = is_reference || (is_reasoning && encrypted.is_none());
        if lost && !kept {
            let site = self.site(item, &item_path).name("id", id.clone());
            out.report(&faults::ITEM_NOT_STORED, site.verdict(RISKY));
        }
        if is_reference {
            return;
        }
        let prefix = PREFIXES
            .iter()
            .find(|(name, _)| *name == kind)
            .map(|(_, prefix)| *prefix);
        if let Some(prefix) = prefix.filter(|prefix| !id.is_empty() && !id.starts_with(prefix)) {
            let there = item_path.field("id");
            let site = self
                .site(value, &there)
                .name("id", id.clone())
                .text("prefix", prefix);
            out.report(&faults::ITEM_ID, site.verdict(REFUSED));
        }
        if !id.is_empty() {
            ids.push((id, (item, nth)));
        }
    }
}
