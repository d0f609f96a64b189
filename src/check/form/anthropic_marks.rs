//! Cache marks in Anthropic's Messages API.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.3

use super::super::context::Context;
use super::super::fault::{Sink, Site};
use super::super::faults::{anthropic as faults, fields};
use super::super::path::Path;
use super::anthropic_blocks::dotted;
use super::fields::Found;
use super::misfit::Misfit;
use crate::json::{Kind, Value};
use crate::provider::anthropic::fields::MOST_CACHE_MARKS;

/// A cache mark and the block that has it.
struct Mark<'v> {
    block: Value<'v>,
    mark: Value<'v>,
    pointer: String,
}

impl<'c> Context<'c> {
    /// Checks cache marks: form, order, number, and blocks that cannot be marked. Only runs if the
    /// request contains the word.
    pub(super) fn cache_marks(&self, out: &mut Sink<'_>, found: &Found<'c>) {
        let text = self.request.text().as_bytes();
        if memchr::memmem::find(text, b"\"cache_control\"").is_none() {
            return;
        }
        let mut marks = Vec::new();
        add_marks(found.get("tools"), "/tools", &mut marks);
        add_marks(found.get("system"), "/system", &mut marks);
        for (nth, message) in found
            .get("messages")
            .into_iter()
            .flat_map(Value::items)
            .enumerate()
        {
            let content = message.get_some("content");
            add_marks(content, &format!("/messages/{nth}/content"), &mut marks);
        }
        let mut short = false;
        for mark in &marks {
            self.cache_mark(out, mark);
            let hour = mark
                .mark
                .get_some("ttl")
                .is_some_and(|ttl| ttl.is_str("1h"));
            if hour && short {
                let site = Site::at(mark.mark, format!("{}/cache_control", mark.pointer));
                out.report(&faults::CACHE_TTL_ORDER, site);
            }
            short |= !hour;
        }
        if let Some(mark) = found.get("cache_control") {
            self.mark_form(out, mark, "/cache_control", "cache_control".to_owned());
        }
        if let Some((one_more, accepted)) = marks
            .get(MOST_CACHE_MARKS)
            .zip(marks.get(..MOST_CACHE_MARKS))
        {
            let pointer = |mark: &Mark<'_>| format!("{}/cache_control", mark.pointer);
            let site = Site::at(one_more.mark, pointer(one_more));
            let site = accepted
                .iter()
                .fold(site, |site, mark| site.related(pointer(mark)));
            out.report(
                &faults::MANY_CACHE_MARKS,
                site.count("count", marks.len())
                    .count("most", MOST_CACHE_MARKS),
            );
        }
    }

    fn cache_mark(&self, out: &mut Sink<'_>, mark: &Mark<'c>) {
        let pointer = format!("{}/cache_control", mark.pointer);
        let [kind, text] = mark.block.get_all(["type", "text"]);
        let is = |word: &str| kind.is_some_and(|kind| kind.is_str(word));
        let thinking = ["thinking", "redacted_thinking"]
            .into_iter()
            .find(|word| is(word));
        if let Some(kind) = thinking {
            let spelled = format!("{}.{kind}.cache_control", dotted(&mark.pointer));
            let site = Site::at(mark.mark, pointer).text("dotted", spelled);
            out.report(&faults::CACHE_ON_THINKING, site);
            return;
        }
        if is("text") && text.is_some_and(|text| text.is_empty()) {
            let site = Site::at(mark.block, mark.pointer.clone());
            out.report(&faults::CACHE_ON_EMPTY_TEXT, site);
        }
        let spelled = dotted(&pointer);
        self.mark_form(out, mark.mark, &pointer, spelled);
    }

    fn mark_form(&self, out: &mut Sink<'_>, mark: Value<'c>, pointer: &str, spelled: String) {
        if mark.kind() != Kind::Object {
            let misfit = Misfit::mistyped("an object", mark);
            let site = Site::at(mark, pointer.to_owned()).slots(misfit.slots);
            out.report(misfit.fault, site);
            return;
        }
        let mut typed = false;
        for (key, value) in mark.entries() {
            let key = key.as_str().unwrap_or_default();
            match &*key {
                "type" => {
                    typed = true;
                    if !value.is_str("ephemeral") {
                        let site = Site::at(value, format!("{pointer}/type"));
                        out.report(&faults::CACHE_TYPE, site);
                    }
                }
                "ttl" if value.is_null() || value.is_str("5m") || value.is_str("1h") => {}
                "ttl" => {
                    let spelled = format!("{spelled}.ephemeral.ttl");
                    let site = Site::at(value, format!("{pointer}/ttl")).text("dotted", spelled);
                    out.report(&faults::CACHE_TTL, site);
                }
                _ => {
                    let root = Path::ROOT;
                    let shown = root.field(&key);
                    let mut there = format!("{pointer}{}", shown.pointer());
                    let mut at = value;
                    if !shown.is_shown() {
                        (there, at) = (pointer.to_owned(), mark);
                    }
                    let name = shown.dotted();
                    let site = Site::at(at, there)
                        .text("param", name.clone())
                        .text("field", name.clone())
                        .text("dotted", format!("{spelled}.ephemeral.{name}"));
                    let verdict = self.strictness.settings;
                    out.report(&fields::UNKNOWN_MEMBER, site.verdict(verdict));
                }
            }
        }
        if !typed {
            let site = Site::at(mark, pointer.to_owned())
                .text("param", "cache_control.type")
                .unanswered();
            out.report(&fields::MISSING, site);
        }
    }
}

/// Adds the marks of a list of blocks, inner blocks first.
fn add_marks<'v>(list: Option<Value<'v>>, pointer: &str, marks: &mut Vec<Mark<'v>>) {
    for (nth, block) in list.into_iter().flat_map(Value::items).enumerate() {
        let [mark, content] = block.get_all(["cache_control", "content"]);
        if content.is_some_and(|content| content.kind() == Kind::Array) {
            add_marks(content, &format!("{pointer}/{nth}/content"), marks);
        }
        if let Some(mark) = mark {
            marks.push(Mark {
                block,
                mark,
                pointer: format!("{pointer}/{nth}"),
            });
        }
    }
}
