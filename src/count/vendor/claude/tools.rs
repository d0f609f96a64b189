//! Tools: a longer prompt of the server instead of the frame, and the definitions.

use super::{Claude, is_deferred};
use crate::count::render::claude as render;
use crate::count::rules::ToolPrompt;
use crate::count::vendor::counter::Counter;
use crate::count::{Accuracy, TokenCount};
use crate::provider::Choice;
use crate::request::ToolKind;

impl<'c> Claude<'c> {
    /// Counts the tools and the tool choice, beyond the frame.
    pub(super) fn tools(&self, counter: &mut Counter<'c>) -> TokenCount {
        let request = self.request;
        let deferred = self.deferred(counter);
        if !self.has_tools {
            return deferred;
        }
        let mut definitions = String::new();
        for tool in request.tools() {
            if tool.kind() != ToolKind::Other && !is_deferred(&tool) {
                render::definition(&mut definitions, &tool);
            }
        }
        let mut tokens = counter.text(&definitions) + deferred + self.prompt(counter);
        if let Choice::Tool(name) = &self.choice {
            tokens += counter.text(&format!("\"{name}\""));
            if !name.starts_with(char::is_alphanumeric) || !name.ends_with(char::is_alphanumeric) {
                counter.parts.doubt(
                    "",
                    "a name that begins or ends with a sign was recorded in two applications",
                );
                tokens = tokens.with_room(Accuracy::Calibrated, 1, 1);
            }
        }
        if !self.rules.seen_on.tools.contains(&counter.model.id()) {
            let [below, above] = self.rules.tools.unseen_room;
            counter.parts.doubt(
                self.first_tool(),
                "the rule for tools was not confirmed on this model",
            );
            tokens = tokens.with_room(Accuracy::Calibrated, below, above);
        }
        tokens
    }

    /// Returns the pointer of the first tool.
    fn first_tool(&self) -> String {
        self.request
            .tools()
            .next()
            .map_or_else(String::new, |tool| tool.pointer())
    }

    /// Counts the server's prompt around the definitions, less the frame.
    fn prompt(&self, counter: &mut Counter<'c>) -> TokenCount {
        let rules = self.rules.tools;
        let of = |prompt: ToolPrompt| match self.choice {
            Choice::Auto | Choice::None => prompt.auto,
            Choice::Any => prompt.any,
            Choice::Tool(_) => prompt.tool,
        } - self.rules.frame;
        let mut tokens = TokenCount::exact(of(rules.now));
        if let Some((dated, before)) = rules.before {
            let (now, sure) = dated.holds_on(counter.model.day());
            let before = of(before);
            if counter.model.day().is_none() {
                counter.parts.doubt(
                    self.first_tool(),
                    "the prompt for tools was shorter in the model's first months; set a day",
                );
                let value = of(rules.now);
                tokens = TokenCount::calibrated(value, before, before);
            }
            if !now {
                tokens = TokenCount::calibrated(before, before, before);
                counter.parts.doubt(
                    self.first_tool(),
                    "the prompt for tools of the model's first months was recorded only a few times",
                );
            }
            if !sure {
                let (less, more) = (before.min(of(rules.now)), before.max(of(rules.now)));
                tokens = TokenCount::calibrated(before, less, more);
            }
        }
        if self.request.layout().parallel_tool_calls == Some(false) {
            let nth = match self.choice {
                Choice::Auto | Choice::None => 0,
                Choice::Any => 1,
                Choice::Tool(_) => 2,
            };
            counter
                .parts
                .doubt("", "one call at a time was recorded only a few times");
            let moved = rules.one_at_a_time[nth];
            let value = tokens.tokens().saturating_add_signed(moved);
            let [below, above] = rules.one_at_a_time_room;
            tokens = TokenCount::calibrated(
                value,
                tokens.lower().saturating_add_signed(moved),
                tokens.most().saturating_add_signed(moved),
            )
            .with_room(Accuracy::Calibrated, below, above);
        }
        tokens
    }

    /// Bounds the tools that are loaded by a search: omitted, or a line of an unknown listing.
    fn deferred(&self, counter: &mut Counter<'c>) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        for tool in self.request.tools() {
            if tool.kind() == ToolKind::Other || !is_deferred(&tool) {
                continue;
            }
            counter.parts.doubt(
                tool.pointer(),
                "tools that are loaded later were recorded only a few times",
            );
            let mut definition = String::new();
            render::definition(&mut definition, &tool);
            let text = counter.text(&definition);
            let above = match self.rules.tools.deferred_are_free {
                true => 2,
                false => text.most().saturating_add(100),
            };
            tokens += TokenCount::between(0, 0, above);
        }
        tokens
    }
}
