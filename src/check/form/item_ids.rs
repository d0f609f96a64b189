//! Ids of the items of a Responses request, and the items that an item requires.
//!
//! Other hosts of the format have ids of their own. Only the server knows whether it reasoned
//! before an item: some requests with an id and no reasoning item were accepted, others refused.
//! The finding is risky, and there is one per request.
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
        if kept
            && self.may_have_reasoned()
            && let Some(&(nth, item)) = items_without_reasoning(list).first()
        {
            let item_path = path.item(nth);
            let id = item.get_some("id").and_then(|id| id.as_str());
            let site = self.site(item, &item_path);
            let site = site.name("id", id.unwrap_or_default());
            out.report(&faults::ITEM_WITHOUT_REASONING, site.verdict(RISKY));
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

    /// Whether the model may have reasoned for items of the request: it can, was not told not to,
    /// and no earlier part of the conversation is elsewhere.
    fn may_have_reasoned(&self) -> bool {
        let field = |name| {
            self.request
                .root_field(name)
                .filter(|value| !value.is_null())
        };
        let effort = field("reasoning").and_then(|reasoning| reasoning.get_some("effort"));
        self.family().is_some()
            && !effort.is_some_and(|effort| effort.is_str("none"))
            && field("previous_response_id").is_none()
            && field("conversation").is_none()
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

/// Messages and calls of the model that have an id, in a list that has no reasoning and refers to
/// none; by position. Linear.
pub(in crate::check) fn items_without_reasoning<'v>(list: Value<'v>) -> Vec<(usize, Value<'v>)> {
    let mut found = Vec::new();
    for (nth, item) in list.items().enumerate() {
        let [kind, role, id] = item.get_all(["type", "role", "id"]);
        let is = |word: &str| kind.is_some_and(|kind| kind.is_str(word));
        let refers = is("item_reference") || (kind.is_none() && role.is_none());
        if is("reasoning") || is("compaction") || refers {
            return Vec::new();
        }
        let speaks = role.is_some_and(|role| role.is_str("assistant"));
        let calls = is("function_call") || is("custom_tool_call");
        // The server's ids are long hexadecimal numbers: one without a digit is not the server's.
        let is_servers = id.is_some_and(|id| id.raw().bytes().any(|b| b.is_ascii_digit()));
        if (speaks || calls) && is_servers {
            found.push((nth, item));
        }
    }
    found
}
