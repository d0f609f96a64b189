//! Fields of messages and content blocks that Anthropic's Messages API does not have.
//!
//! The API accepts no field beyond those of `provider/anthropic/blocks.rs`. Reported for fields of
//! messages and of calls; a name that no API has may be newer than the table.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.2.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::fields;
use super::super::path::{Path, shown};
use super::super::server::RISKY;
use crate::json::{Kind, Value};
use crate::provider::anthropic::blocks::{MESSAGE, fields_of};
use crate::shown::is_api_field;

impl<'c> Context<'c> {
    /// Checks the fields of all messages and of their blocks. Linear in the number of fields.
    pub(super) fn anthropic_members(&self, out: &mut Sink<'_>) {
        let messages = Path::MESSAGES;
        for (nth, message) in self.request.list_value().items().enumerate() {
            let path = messages.item(nth);
            let mut content = None;
            for (key, value) in message.entries() {
                match key {
                    _ if key.is_str("content") => content = Some(value),
                    _ if key.is_str("role") => {}
                    _ => self.extra_member(out, key, value, &path, MESSAGE, ""),
                }
            }
            if let Some(blocks) = content.filter(|content| content.kind() == Kind::Array) {
                self.block_members(out, blocks, &path.field("content"));
            }
        }
    }

    fn block_members(&self, out: &mut Sink<'_>, blocks: Value<'c>, path: &Path<'_>) {
        for (nth, block) in blocks.items().enumerate() {
            if block.kind() != Kind::Object {
                continue;
            }
            let Some(kind) = block.get("type").and_then(|kind| kind.as_str()) else {
                continue;
            };
            let Some(known) = fields_of(&kind) else {
                continue;
            };
            let path = path.item(nth);
            for (key, value) in block.entries() {
                if !known.iter().any(|known| key.is_str(known)) {
                    self.extra_member(out, key, value, &path, known, &kind);
                }
            }
            if kind == "tool_result"
                && let Some(inner) = block.get("content")
                && inner.kind() == Kind::Array
            {
                self.block_members(out, inner, &path.field("content"));
            }
        }
    }

    /// Reports a field that is not in a table. `kind` is the type of the block; empty for a
    /// message.
    fn extra_member(
        &self,
        out: &mut Sink<'_>,
        key: Value<'c>,
        value: Value<'c>,
        object: &Path<'_>,
        known: &[&str],
        kind: &str,
    ) {
        let key = key.as_str().unwrap_or_default();
        if known.contains(&&*key) {
            return;
        }
        let settings = self.strictness.settings;
        let verdict = match is_api_field(&key) {
            true => settings,
            false => settings.and(RISKY),
        };
        let path = object.field(&key);
        let field = shown(&key);
        let spelled = match kind {
            "" => format!("{}.{field}", object.dotted()),
            _ => format!("{}.{kind}.{field}", object.dotted()),
        };
        let site = self.site(value, &path).text("field", field);
        out.report(
            &fields::UNKNOWN_MEMBER,
            site.text("dotted", spelled).verdict(verdict),
        );
    }
}
