//! Models whose template does not fit or is not public: constants around each string.

use std::borrow::Cow;

use super::Open;
use crate::count::render::python_json::{COMPACT, SPACED};
use crate::count::render::script::{
    Owner, Script, Speaker, Turn, three_fields, write_function, write_wrapped,
};
use crate::count::rules::{Definition, Frame};

impl Open<'_> {
    pub(super) fn frame(&mut self, frame: &Frame, script: &mut Script) {
        self.choose();
        self.only_named();
        let day = self.model.day();
        let base = match frame.base_before {
            Some((from, before)) if !from.holds_on(day).0 => before,
            _ => frame.base,
        };
        script.of(Owner::Framing).marks(base);
        if self.request.layout().thinks == Some(false) {
            script.marks(frame.no_thought);
        }
        let instructed = |turn: &Turn<'_>| turn.speaker == Speaker::System;
        if frame.default_prompt > 0 && self.turns.iter().any(instructed) {
            let reason = "the instructions may replace those of the server";
            self.doubt(reason, frame.default_prompt, 0);
        }
        for turn in &self.turns {
            let (around, text) = match turn.speaker {
                Speaker::System => (frame.system, Cow::Borrowed(&*turn.text)),
                Speaker::User => (frame.user, Cow::Borrowed(&*turn.text)),
                Speaker::Tool => (frame.result, Cow::Borrowed(&*turn.text)),
                Speaker::Assistant => (
                    frame.assistant,
                    match turn.text.rsplit_once("</think>") {
                        Some((_, said)) if frame.omits_thought => {
                            Cow::Borrowed(said.trim_start_matches('\n'))
                        }
                        _ => Cow::Borrowed(&*turn.text),
                    },
                ),
            };
            let text = if frame.trims { text.trim() } else { &*text };
            script.of(turn.owner()).marks(around).text(text);
            for (nth, call) in turn.calls.iter().enumerate() {
                let around = if nth == 0 {
                    frame.call
                } else {
                    frame.further_call
                };
                script.cut().text(&call.name().unwrap_or_default());
                script
                    .marks(around)
                    .text(&call.arguments().unwrap_or_default());
            }
            script.cut();
        }
        if self.functions.is_empty() {
            return;
        }
        script.of(Owner::Tools);
        for tool in &self.functions {
            let mut json = String::new();
            match frame.definition {
                Definition::Bare => write_function(&mut json, tool, three_fields, SPACED),
                Definition::Wrapped => write_wrapped(&mut json, tool, three_fields, SPACED),
                Definition::WrappedCompact => {
                    write_wrapped(&mut json, tool, three_fields, COMPACT);
                }
            }
            script.cut().text(&json);
        }
        script.cut();
        let functions = i64::try_from(self.functions.len()).unwrap_or(i64::MAX);
        let each = functions.saturating_mul(frame.per_two_tools) / 2;
        self.tools_on_top = self.tools_on_top.saturating_add(frame.tools + each);
    }
}
