//! Tool definitions and tool choice.

use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::{Rendered, Stop, calls, typescript, typescript_2023};
use crate::count::request_count::Parts;
use crate::count::rules::{self, Rendering, ToolPlace, ToolRules};
use crate::count::{Accuracy, TokenCount, estimate};
use crate::json::{Kind, Value};
use crate::request::ToolKind;

impl Chat<'_> {
    pub(super) fn tools(&self, parts: &mut Parts) {
        let layout = self.request.layout();
        // Tools that the provider runs are counted elsewhere, and so are custom tools.
        let items = self.lists_items() || self.custom_tools(parts);
        let Some(first) = layout
            .tools
            .iter()
            .find(|tool| !(items && tool.kind == ToolKind::Other))
        else {
            return;
        };
        let legacy = first.kind == ToolKind::LegacyFunction;
        let pointer = if legacy { "/functions" } else { "/tools" };
        let rules = match self.rules.tools {
            Some(rules)
                if items
                    || layout.tools.iter().all(|tool| tool.kind == first.kind)
                        && first.kind != ToolKind::Other =>
            {
                rules
            }
            other => {
                parts.tools += self.judged(estimate::tools(
                    self.request,
                    self.texts,
                    self.rules.framing,
                ));
                let reason = match other {
                    Some(_) => "tools of other types, or of both fields, are an estimate",
                    None => "the billing of tools was not measured on this model",
                };
                return parts.doubt(pointer, reason);
            }
        };
        let rendered = match rules.rendering {
            Rendering::Current if !legacy => {
                typescript::render(self.functions(), self.responses.is_some())
            }
            _ => typescript_2023::render(self.functions()),
        };
        let place = match self.responses {
            None => rules.place,
            Some(responses) => ToolPlace::Hidden {
                around: responses.tools,
                joins_instructions: false,
                trims_instructions: false,
            },
        };
        let tokens =
            self.placed(&rendered.text, place, rules.first_undescribed) + self.choice(rules);
        let seen_on = if let Some(responses) = self.responses {
            responses.tools_seen_on
        } else if legacy {
            rules.legacy_seen_on
        } else {
            rules.seen_on
        };
        let tools = match rendered.stop {
            None => {
                let tokens = self.claimed(tokens, &rendered, rules, pointer, parts);
                self.by_rule(tokens, seen_on, || pointer.to_owned(), parts)
            }
            Some(stop) => {
                parts.doubt(pointer, stop.reason());
                unfinished(tokens, &rendered, stop)
            }
        };
        parts.tools += tools;
    }

    /// Counts custom tools of Chat Completions, if all tools other than functions are custom.
    fn custom_tools(&self, parts: &mut Parts) -> bool {
        let layout = self.request.layout();
        let others = || {
            layout
                .tools
                .iter()
                .filter(|tool| tool.kind == ToolKind::Other)
        };
        let is_custom = |tool: Value<'_>| {
            tool.get_some("type")
                .is_some_and(|kind| kind.is_str("custom"))
        };
        let all = others().all(|tool| is_custom(self.request.value(tool.node)));
        let place = self.rules.tools.map(|rules| rules.place);
        let (Some(ToolPlace::Hidden { around, .. }), true) = (place, all) else {
            return false;
        };
        if others().next().is_none() {
            return false;
        }
        parts.tools += others()
            .map(|tool| self.custom_tool(self.request.value(tool.node)))
            .sum();
        if others().count() == layout.tools.len() {
            parts.tools += TokenCount::between(around, around / 2, around + 20);
        }
        parts.doubt("/tools", "custom tools were seen on one application");
        true
    }

    /// Returns the claim of definitions that were rendered completely.
    fn claimed(
        &self,
        tokens: u64,
        rendered: &Rendered,
        rules: ToolRules,
        pointer: &str,
        parts: &mut Parts,
    ) -> TokenCount {
        let mut count = TokenCount::exact(tokens);
        let nameless = self.functions().any(|function| {
            function
                .get("name")
                .and_then(|name| name.as_str())
                .is_none_or(|name| name.is_empty())
        });
        if nameless {
            parts.doubt(pointer, "a function without a name is refused");
            count = count.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
        }
        let more = rules::more_undescribed(self.model.host());
        if more > 0 {
            let undescribed = self
                .functions()
                .filter(|function| !is_described(*function))
                .count() as u64;
            count += TokenCount::calibrated(more * undescribed, 0, more * undescribed);
        }
        let functions = self.request.tools();
        let functions = functions.filter(|tool| tool.kind() != ToolKind::Other);
        let mut inferred = rendered.inferred.iter().peekable();
        for (nth, function) in functions.enumerate() {
            if let Some((_, what)) = inferred.next_if(|(of, _)| *of == nth) {
                parts.doubt(function.pointer(), what);
                count = count.at_most(Accuracy::Calibrated, UNSEEN_STRETCH);
            }
        }
        let layout = self.request.layout();
        let required = layout
            .tool_choice
            .is_some_and(|choice| self.request.value(choice).is_str("required"));
        let (more, most) = self.required_once(rules);
        if required && most > 0 && self.responses.is_none() {
            parts.doubt(
                "/tool_choice",
                "the cost of `required` on this model and day was seen at most once",
            );
            let whole = count.tokens();
            count += TokenCount::calibrated(0, 0, most - more);
            count = TokenCount::calibrated(whole, whole - more, count.most())
                .at_most(count.accuracy(), 0);
        }
        if self.chooses_unseen() {
            parts.doubt("/tool_choice", "the cost of this choice was not seen");
            count = count.at_most(Accuracy::Calibrated, UNSEEN_STRETCH);
        }
        if let (Some(responses), Some(false)) = (self.responses, layout.parallel_tool_calls) {
            let (tokens, seen_on) = responses.one_at_a_time;
            if tokens > 0 {
                parts.doubt(
                    "/parallel_tool_calls",
                    "was seen to cost 78 tokens on one reasoning model",
                );
                let here = if seen_on.contains(&self.model.id()) {
                    tokens
                } else {
                    0
                };
                count += TokenCount::calibrated(here, 0, tokens);
            }
        }
        count
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = Value<'_>> {
        self.request
            .layout()
            .tools
            .iter()
            .filter(|tool| tool.kind != ToolKind::Other)
            .map(|tool| self.request.value(tool.function))
    }

    /// Counts the rendered definitions at their place.
    fn placed(&self, rendered: &str, place: ToolPlace, first_undescribed: u64) -> u64 {
        match place {
            ToolPlace::InSystemMessage { heading, saved } => {
                let text = format!("{heading}{rendered}");
                let tokens = self
                    .joined_to_instructions(&text)
                    .unwrap_or_else(|| self.texts.len(&text) as i64 + 4);
                u64::try_from(tokens).unwrap_or(0).saturating_sub(saved)
            }
            ToolPlace::Hidden {
                around,
                joins_instructions,
                ..
            } => {
                let described = self.functions().next().is_some_and(is_described);
                let undescribed = if described { 0 } else { first_undescribed };
                // The blank line before them is merged into the first system message; one token of
                // it is in `around`.
                let joined = joins_instructions
                    .then(|| self.joined_to_instructions(""))
                    .flatten()
                    .map_or(0, |joined| joined - 1);
                let tokens = (around + self.texts.len(rendered) - undescribed) as i64 + joined;
                u64::try_from(tokens).unwrap_or(0)
            }
        }
    }

    /// Returns the additional cost of the choice `required` on the given day, and its maximum.
    fn required_once(&self, rules: ToolRules) -> (u64, u64) {
        let Some(once) = rules.required_once else {
            return (0, 0);
        };
        let id = self.model.id();
        match once.days.holds_on(self.model.day()) {
            (true, _) if once.free_on.contains(&id) => (0, 0),
            (false, true) if once.seen_on.contains(&id) => (2, 2),
            _ => (0, 2),
        }
    }

    /// Whether the choice is among some of the tools, in a way that was not recorded: 8 requests to
    /// Responses were, each with two tools of which one was required.
    fn chooses_unseen(&self) -> bool {
        let layout = self.request.layout();
        let Some(choice) = layout.tool_choice.map(|choice| self.request.value(choice)) else {
            return false;
        };
        let of_some = choice
            .get_some("type")
            .is_some_and(|kind| kind.is_str("allowed_tools"));
        let required = choice
            .get_some("mode")
            .is_some_and(|mode| mode.is_str("required"));
        let several = choice
            .get_some("tools")
            .is_some_and(|tools| tools.items().nth(1).is_some());
        of_some && !(self.responses.is_some() && required && several)
    }

    /// `none` costs one token, a function by name a header addressed to it. On Responses `required`
    /// with a single function names it.
    fn choice(&self, rules: ToolRules) -> u64 {
        if !rules.choice_is_written {
            return 0;
        }
        let layout = self.request.layout();
        let named = |header: u64, of: Value<'_>| match of.get("name").and_then(|name| name.as_str())
        {
            Some(name) if !name.is_empty() => header + self.texts.len(&calls::recipient(&name)),
            _ => 0,
        };
        let value = |id| self.request.value(id);
        let choices = [layout.tool_choice, layout.function_call].map(|choice| choice.map(value));
        match choices {
            [_, Some(legacy)] if legacy.kind() == Kind::Object => named(1, legacy),
            [Some(choice), _] if choice.kind() == Kind::Object => {
                named(4, choice.get_some("function").unwrap_or(choice))
            }
            [Some(choice), _] if choice.is_str("required") && self.responses.is_some() => {
                match self.functions().next() {
                    Some(only) if layout.tools.len() == 1 => {
                        let one_at_a_time = layout.parallel_tool_calls == Some(false);
                        named(4, only) + if one_at_a_time { 3 } else { 0 }
                    }
                    _ => 0,
                }
            }
            [Some(choice), _] if choice.is_str("required") => {
                rules.required + self.required_once(rules).0
            }
            _ => u64::from(
                choices
                    .into_iter()
                    .flatten()
                    .any(|choice| choice.is_str("none")),
            ),
        }
    }
}

fn is_described(function: Value<'_>) -> bool {
    function
        .get("description")
        .and_then(|text| text.as_str())
        .is_some_and(|text| !text.is_empty())
}

/// Returns the claim of definitions that were not rendered completely.
fn unfinished(tokens: u64, rendered: &Rendered, stop: Stop) -> TokenCount {
    // Too large: the written part is a lower bound. In a cycle it is unknown what the server writes
    // where rendering stopped, or whether it accepts the request at all; names and text outside of
    // it remain.
    let lower = match stop {
        Stop::Size => tokens,
        Stop::Circle | Stop::Depth => (rendered.text.len() as u64 / 40).min(tokens),
    };
    TokenCount::between(tokens, lower, TokenCount::UNBOUNDED)
}
