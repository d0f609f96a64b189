//! Items of a Responses request: their types, and the content of messages.
//!
//! Source: the API's answers of 2026-08-31.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::fields as faults;
use super::super::path::Path;
use super::super::server::{REFUSED, Verdict};
use super::misfit::{Misfit, misfit, word_slots};
use crate::json::{Kind, Value};
use crate::provider::field::FieldType;
use crate::provider::openai_responses::fields::{
    ASSISTANT_BLOCKS, BLOCKS, ITEMS, OTHER_BLOCKS, PHASES, ROLES,
};

impl<'c> Context<'c> {
    /// Checks every item. Linear.
    pub(super) fn items(&self, out: &mut Sink<'_>, list: Value<'c>, path: &Path<'_>) {
        for (nth, item) in list.items().enumerate() {
            self.item(out, item, &path.item(nth));
        }
        self.item_ids(out, list, path);
    }

    /// OpenAI refuses an unknown word; a value of another type cannot be read anywhere.
    fn of_words(&self, value: Value<'_>) -> Verdict {
        match value.kind() {
            Kind::String => self.strictness.openai,
            _ => REFUSED,
        }
    }

    fn item(&self, out: &mut Sink<'_>, item: Value<'c>, path: &Path<'_>) {
        if item.kind() != Kind::Object {
            // Some hosts accept strings among the items, and so does the parser.
            let misfit = Misfit::mistyped("an input item", item);
            self.misfits_as(out, self.of_words(item), item, path, misfit);
            return;
        }
        let [kind, role, content] = item.get_all(["type", "role", "content"]);
        match kind {
            Some(kind) if kind.is_str("message") => {}
            Some(kind) => {
                let word = kind.as_str();
                if !word.as_deref().is_some_and(|word| ITEMS.contains(&word)) {
                    self.not_one_of(out, self.of_words(kind), kind, path, "type", ITEMS);
                }
                self.output_media(out, item, path);
                return;
            }
            // An id alone refers to an item that the server stores.
            None if role.is_none() && item.get_some("id").is_some() => return,
            None => {}
        }
        let word = role.and_then(|role| role.as_str());
        if !word.as_deref().is_some_and(|word| ROLES.contains(&word)) {
            let verdict = match role {
                Some(role) if role.kind() == Kind::String => self.strictness.openai,
                _ if self.unread.is_some() => REFUSED,
                _ => self.strictness.openai,
            };
            match role {
                Some(role) => self.not_one_of(out, verdict, role, path, "role", ROLES),
                None => self.not_one_of(out, verdict, item, path, "", ROLES),
            }
            return;
        }
        let assistant = word.as_deref() == Some("assistant");
        self.members_of_message(out, item, path, assistant);
        let there = path.field("content");
        match content {
            None => {
                let site = self.lacking(item, &there);
                out.report(&faults::MISSING, site.verdict(self.strictness.openai));
            }
            Some(content) if content.kind() == Kind::Array => {
                for (nth, block) in content.items().enumerate() {
                    let block_path = there.item(nth);
                    self.block(out, block, &block_path, assistant);
                    if !assistant {
                        self.responses_media(out, block, &block_path);
                    }
                }
            }
            Some(content) if content.kind() == Kind::String => {}
            Some(content) => {
                let misfit = Misfit::mistyped("one of a string or array of objects", content);
                self.misfits_as(out, REFUSED, content, &there, misfit);
            }
        }
    }

    /// Checks images and files in the result of a call.
    fn output_media(&self, out: &mut Sink<'_>, item: Value<'c>, path: &Path<'_>) {
        let there = path.field("output");
        let Some(output) = item
            .get_some("output")
            .filter(|output| output.kind() == Kind::Array)
        else {
            return;
        };
        for (nth, block) in output.items().enumerate() {
            self.responses_media(out, block, &there.item(nth));
        }
    }

    /// Reports fields that a message does not have.
    fn members_of_message(
        &self,
        out: &mut Sink<'_>,
        item: Value<'c>,
        path: &Path<'_>,
        assistant: bool,
    ) {
        if !self.is_openai_itself() || !self.is_openai() {
            return;
        }
        for (key, value) in item.entries() {
            let key = key.as_str().unwrap_or_default();
            match &*key {
                "type" | "role" | "content" | "status" | "id" => {}
                "phase" if assistant => {
                    if value.kind() == Kind::String
                        && let Some(misfit) = misfit(&FieldType::Word(PHASES), value)
                    {
                        self.misfits_as(out, REFUSED, value, &path.field("phase"), misfit);
                    }
                }
                _ => self.is_unknown(out, REFUSED, value, &path.field(&key), &[]),
            }
        }
    }

    fn block(&self, out: &mut Sink<'_>, block: Value<'c>, path: &Path<'_>, assistant: bool) {
        let lacks = |out: &mut Sink<'_>, path: &Path<'_>| {
            let site = self.lacking(block, path);
            out.report(&faults::MISSING, site.verdict(REFUSED));
        };
        if block.kind() != Kind::Object {
            let misfit = Misfit::mistyped("an object", block);
            self.misfits_as(out, REFUSED, block, path, misfit);
            return;
        }
        let [kind, text, refusal] = block.get_all(["type", "text", "refusal"]);
        let there = path.field("type");
        let Some(kind) = kind else {
            lacks(out, &there);
            return;
        };
        let Some(word) = kind.as_str() else {
            let misfit = Misfit::mistyped("a string", kind);
            self.misfits_as(out, REFUSED, kind, &there, misfit);
            return;
        };
        let verdict = self.strictness.openai;
        let fitting = if assistant {
            ASSISTANT_BLOCKS
        } else {
            OTHER_BLOCKS
        };
        if !BLOCKS.contains(&&*word) && !fitting.contains(&&*word) {
            let misfit = Misfit::unknown_word(&word, BLOCKS);
            self.misfits_as(out, verdict, kind, &there, misfit);
            return;
        }
        if !fitting.contains(&&*word) {
            self.not_one_of(out, verdict, kind, path, "type", fitting);
            return;
        }
        let (name, value) = match &*word {
            "input_text" | "output_text" => ("text", text),
            "refusal" => ("refusal", refusal),
            _ => return,
        };
        let there = path.field(name);
        match value {
            None => lacks(out, &there),
            Some(value) => {
                if let Some(misfit) = misfit(&FieldType::Str(0), value) {
                    self.misfits_as(out, REFUSED, value, &there, misfit);
                }
            }
        }
    }

    /// Reports an unknown type of an item: the answer names the item, not the type.
    fn not_one_of(
        &self,
        out: &mut Sink<'_>,
        verdict: Verdict,
        value: Value<'c>,
        item: &Path<'_>,
        member: &'static str,
        words: &'static [&'static str],
    ) {
        let member = match member {
            "" => *item,
            member => item.field(member),
        };
        // The type of the item, if it has one.
        let got = match value.kind() {
            Kind::String => value.as_str().unwrap_or_default(),
            _ => "".into(),
        };
        let site = self.site(value, &member).slots(word_slots(&got, words));
        out.report(
            &faults::UNKNOWN_KIND,
            site.text("item", item.param()).verdict(verdict),
        );
    }
}
