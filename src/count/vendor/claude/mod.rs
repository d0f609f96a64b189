//! Claude, on Anthropic's API, Bedrock, Vertex and through gateways, in any format.
//!
//! ```text
//! messages, instructions, settings    here
//! calls and results in the history    turns.rs
//! tools and the tool choice           tools.rs
//! ```
//!
//! `rules/claude*.rs` has the numbers, `render/claude.rs` the server's renderings. Words of the
//! vocabulary are independent, so each string is counted by itself and the counts are added.
//! Without the vocabulary `proxy.rs` estimates the strings, which is most of the range.

mod tools;
mod turns;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::counter::Counter;
use crate::count::render::claude as render;
use crate::count::rules::{self, ClaudeRules, bills_like_anthropic, passes_on_claude};
use crate::count::{Accuracy, RuleSet, TokenCount};
use crate::json::Document;
use crate::model::Host;
use crate::provider::{Calls, Choice};
use crate::request::{Message, PartKind, Request, Role, Tool, ToolKind};

/// Start of instructions that Claude Code sends and that are not billed.
const UNBILLED: &str = "x-anthropic-billing-header";

/// Maximum error at a host without recordings, in percent.
const FOREIGN_HOST_STRETCH: u64 = 5;

/// State of the count of one request.
struct Claude<'c> {
    rules: &'static ClaudeRules,
    request: &'c Request<'c>,
    choice: Choice<'c>,
    has_tools: bool,
    /// Number of blocks of instructions so far.
    blocks: u64,
    /// Whether the tokens saved by a final line break are already subtracted.
    break_paid: bool,
    /// Whether the host removes blanks at the end of a string.
    trims: bool,
    service: Service,
    previous: Option<Previous>,
    turns: Turns<'c>,
}

/// Calls and results that the walk has seen.
#[derive(Default)]
struct Turns<'c> {
    /// Names of the last calls, in order, and their indices by id.
    called: Vec<Cow<'c, str>>,
    places: HashMap<Cow<'c, str>, usize>,
    /// Costs of the next messages, which contain results of the current list.
    dealt: VecDeque<TokenCount>,
    /// Whether the current stretch of turns has its additional token.
    in_stretch: bool,
    /// Whether text before calls has already saved its token.
    spoken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Vendor,
    Gateway,
    Unknown,
}

/// Last message before the current one, instructions excluded.
#[derive(Debug, Clone, Copy)]
struct Previous {
    role: Role,
    has_results: bool,
}

pub(super) fn count(counter: &mut Counter<'_>) -> RuleSet {
    let rules = rules::claude_rules(counter.model);
    let mut claude = Claude::of(counter, rules);
    counter.image_above = rules.image_above;
    if rules.drops_thinking {
        counter.thinking_dropped_before = spoken_last(counter.request);
    }
    let public = counter.proxy.is_public();
    if !public {
        counter.parts.doubt(
            "/model",
            match counter.model.encoding_name() {
                Some(_) => {
                    "the vocabulary of Claude models is not in this program (feature `claude`)"
                }
                None => "the vocabulary of this model is not public",
            },
        );
    }
    counter.messages(|counter, message| {
        let tokens = claude.message(counter, message);
        claude.judged(counter, tokens)
    });
    claude.around(counter, public);
    let tools = claude.tools(counter);
    counter.parts.tools += claude.judged(counter, tools);
    counter.hosted_tools();
    let schema = claude.schema(counter);
    counter.parts.schema += claude.judged(counter, schema);
    rules.rule_set()
}

/// Returns whether a tool is loaded by a search only.
fn is_deferred(tool: &Tool<'_>) -> bool {
    tool.function()
        .get_some("defer_loading")
        .and_then(|value| value.as_bool())
        == Some(true)
}

/// Returns the index of the last user message without results.
fn spoken_last(request: &Request<'_>) -> usize {
    request
        .messages()
        .rev()
        .find(|message| message.role() == Role::User && message.tool_results().len() == 0)
        .map_or(0, |message| message.index())
}

impl<'c> Claude<'c> {
    fn of(counter: &Counter<'c>, rules: &'static ClaudeRules) -> Claude<'c> {
        let request = counter.request;
        let wire = request.format().wire();
        let host = counter.model.host();
        // Only gateways accept requests in OpenAI's formats.
        let native = wire.calls == Calls::Blocks;
        Claude {
            rules,
            request,
            choice: request
                .layout()
                .tool_choice
                .map_or(Choice::Auto, |choice| (wire.choice)(request.value(choice))),
            has_tools: request
                .tools()
                .any(|tool| tool.kind() != ToolKind::Other && !is_deferred(&tool)),
            blocks: 0,
            break_paid: false,
            trims: host == Some(Host::OpenRouter),
            service: match host {
                _ if native && bills_like_anthropic(host) => Service::Vendor,
                None => Service::Gateway,
                _ if bills_like_anthropic(host) || passes_on_claude(host) => Service::Gateway,
                _ => Service::Unknown,
            },
            previous: None,
            turns: Turns::default(),
        }
    }

    /// Returns whether the tool choice forces a call.
    fn is_forced(&self) -> bool {
        matches!(self.choice, Choice::Any | Choice::Tool(_))
    }

    /// Limits the claim of a count to the evidence for the model and the host.
    fn judged(&self, counter: &Counter<'_>, tokens: TokenCount) -> TokenCount {
        let model = counter.model;
        let tokens = match self.service {
            Service::Vendor => tokens,
            Service::Gateway => tokens.at_most(Accuracy::Calibrated, 0),
            Service::Unknown => tokens.at_most(Accuracy::Estimated, FOREIGN_HOST_STRETCH),
        };
        if !model.matched().is_certain() || model.counting_is_overridden() {
            tokens.at_most(Accuracy::Calibrated, self.rules.stretch.max(5))
        } else if self.rules.seen_on.text.contains(&model.id()) {
            tokens
        } else {
            tokens.at_most(Accuracy::Calibrated, self.rules.stretch)
        }
    }

    /// Returns whether a message is instructions: outside of the list, or anywhere in it through a
    /// gateway.
    fn is_instructions(&self, message: &Message<'_>) -> bool {
        message.role().is_instructions()
            && (message.list_index().is_none()
                || self.request.format().wire().calls != Calls::Blocks)
    }

    fn message(&mut self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        if self.is_instructions(message) {
            return self.instructions(counter, message);
        }
        let mut tokens = TokenCount::ZERO;
        let mut texts = 0;
        // The content of a tool's message is part of the list of results.
        let whole = message
            .tool_results()
            .any(|result| result.is_whole_message());
        for part in message.parts().filter(|_| !whole) {
            if part.kind() == PartKind::Text {
                let text = part.text().unwrap_or_default();
                tokens += self.text(counter, text, || part.pointer());
                texts += 1;
            } else {
                tokens += counter.part(&part);
            }
        }
        if texts > 1 {
            // 1 more in two of six requests.
            counter.parts.doubt(
                message.pointer(),
                "several text parts of one message may cost 1 more",
            );
            tokens = tokens.with_room(Accuracy::Calibrated, 0, 1);
        }
        tokens += self.calls(counter, message);
        tokens += self.results(counter, message);
        let role = match message.role() {
            Role::Tool | Role::Function => Role::User,
            role => role,
        };
        tokens = self.stepped(counter, message, role, tokens);
        self.previous = Some(Previous {
            role,
            has_results: message.tool_results().len() > 0,
        });
        tokens
    }

    /// Adds the cost of a further message.
    fn stepped(
        &self,
        counter: &mut Counter<'c>,
        message: &Message<'c>,
        role: Role,
        tokens: TokenCount,
    ) -> TokenCount {
        let rules = self.rules;
        let linked = message.tool_calls().len() + message.tool_results().len() > 0;
        let mut more = match self.previous {
            None if role == Role::Assistant => {
                counter.parts.doubt(
                    message.pointer(),
                    "a history that begins with the assistant was recorded twice",
                );
                let more = rules.assistant_first[usize::from(linked)];
                return tokens + TokenCount::calibrated(more, more - 9, more + 6);
            }
            None => 0,
            // The rendering of calls and results contains their headers.
            Some(_) if linked => 0,
            Some(previous) if previous.role != role => rules.step,
            Some(previous) if previous.has_results => rules.after_results,
            Some(_) => rules.same_role,
        };
        let last = message.index() + 1 == self.request.messages().len();
        if last && role == Role::Assistant && self.previous.is_some() {
            // The answer has begun, so its step is not added.
            more = more.saturating_sub(rules.step);
        }
        if role.is_instructions() {
            // 6 less on the one recorded model.
            counter.parts.doubt(
                message.pointer(),
                "instructions among the messages were recorded once",
            );
            return tokens + TokenCount::calibrated(more, 0, more + 2);
        }
        tokens + TokenCount::exact(more)
    }

    /// Counts a string. White space at its end joins the server's next characters.
    fn text(
        &self,
        counter: &mut Counter<'c>,
        text: Cow<'c, str>,
        pointer: impl FnOnce() -> String,
    ) -> TokenCount {
        let shown = if self.trims {
            text.trim_end_matches(' ')
        } else {
            &text
        };
        let tokens = counter.text(shown);
        if text.ends_with([' ', '\n', '\t', '\r']) {
            // 1 or 2 less in 7 of 42 requests, 1 more in 2.
            counter
                .parts
                .doubt(pointer(), "white space at the end of text may cost 1 less");
            return tokens.with_room(Accuracy::Calibrated, 2, 1);
        }
        tokens
    }

    fn instructions(&mut self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let rules = self.rules.instructions;
        let mut tokens = TokenCount::ZERO;
        for part in message.parts() {
            let Some(text) = part.text().filter(|_| part.kind() == PartKind::Text) else {
                tokens += counter.part(&part);
                continue;
            };
            if text.starts_with(UNBILLED) {
                continue;
            }
            if text.is_empty() {
                continue;
            }
            let ends_line = text.ends_with('\n');
            let mut block = self.text(counter, text, || part.pointer());
            if ends_line && rules.final_line_break > 0 && !self.break_paid {
                self.break_paid = true;
                let less = block.tokens().saturating_sub(rules.final_line_break);
                block = TokenCount::calibrated(less, block.lower(), block.most());
            }
            self.blocks += 1;
            if self.blocks > 1 {
                counter.parts.doubt(
                    part.pointer(),
                    "further blocks of instructions were recorded three times",
                );
                let more = rules.further_block;
                block += TokenCount::calibrated(more, 0, more + 1);
            }
            tokens += block;
        }
        tokens
    }

    /// Counts the frame and the settings.
    fn around(&self, counter: &mut Counter<'c>, public: bool) {
        let rules = self.rules;
        let layout = self.request.layout();
        let instructed = self.blocks > 0;
        let mut tokens = TokenCount::exact(
            rules.frame
                + match (instructed, self.has_tools) {
                    (false, _) => 0,
                    (true, false) => rules.instructions.alone,
                    (true, true) => rules.instructions.beside_tools,
                },
        );
        if !public {
            tokens = tokens.with_room(Accuracy::Estimated, 5, 12);
        }
        tokens += self.thinking(counter, instructed);
        if layout.task_budget {
            counter
                .parts
                .doubt("", "a budget for a task was recorded twice");
            let budget = rules.task_budget;
            tokens += TokenCount::calibrated(budget, 0, budget.max(35) + 10);
        }
        let unseen = !rules.seen_on.text.contains(&counter.model.id())
            || !counter.model.matched().is_certain()
            || counter.model.counting_is_overridden();
        if unseen && public {
            counter
                .parts
                .doubt("/model", "the rules were not seen on this model");
            tokens = tokens.with_room(Accuracy::Calibrated, 2, 3);
        }
        match self.service {
            Service::Vendor => {}
            Service::Gateway => {
                counter.parts.doubt(
                    "/model",
                    "the host is a gateway that follows the vendor's rules in recordings",
                );
                tokens = tokens.with_room(Accuracy::Calibrated, 2, 2);
            }
            Service::Unknown => {
                counter
                    .parts
                    .doubt("/model", "the billing of this host was not measured");
                tokens = tokens.with_room(Accuracy::Estimated, 7, 50);
            }
        }
        counter.parts.framing += self.judged(counter, tokens);
    }

    /// Counts thinking with a budget; adaptive thinking is free.
    fn thinking(&self, counter: &mut Counter<'c>, instructed: bool) -> TokenCount {
        let rules = self.rules.thinking;
        let layout = self.request.layout();
        if layout.thinks != Some(true) {
            return TokenCount::ZERO;
        }
        // On newer models gateways request adaptive thinking.
        if layout.thinking.is_none() && !self.rules.budgets_by_gateways {
            counter.parts.doubt(
                "",
                "thinking through a gateway was not recorded on this model",
            );
            return TokenCount::calibrated(0, 0, 30);
        }
        let beside = self.has_tools || instructed;
        let tokens = rules.on.alone + if beside { rules.on.more } else { 0 };
        if self.rules.seen_on.thinking.contains(&counter.model.id()) {
            return TokenCount::exact(tokens);
        }
        counter
            .parts
            .doubt("", "the cost of thinking varies on this model");
        TokenCount::exact(tokens).with_room(Accuracy::Calibrated, rules.room[0], rules.room[1])
    }

    /// Counts the schema of the answer.
    fn schema(&self, counter: &mut Counter<'c>) -> TokenCount {
        let request = self.request;
        let Some(format) = request.layout().response_format.map(|id| request.value(id)) else {
            return TokenCount::ZERO;
        };
        let Some(schema) = format.get_path(request.format().wire().answer_schema) else {
            return TokenCount::ZERO;
        };
        let text = schema.as_str();
        // Converse has it as a string. Errors of this document are not shown.
        let parsed = text
            .as_deref()
            .map(|text| Document::parse(Cow::Borrowed(text), |_| false));
        let written = match &parsed {
            None => render::schema(schema),
            Some(Ok(document)) => render::schema(document.root()),
            Some(Err(_)) => None,
        };
        counter
            .parts
            .doubt("", "a schema may cost 1 or 2 more or less");
        let Some(written) = written else {
            let tokens = counter.text(schema.raw());
            return TokenCount::between(tokens.tokens(), 0, TokenCount::UNBOUNDED);
        };
        let tokens = counter.text(&written);
        match self.rules.schema {
            Some(around) => {
                let beside =
                    self.has_tools || self.blocks > 0 || request.layout().thinks == Some(true);
                let around = around.alone + if beside { around.more } else { 0 };
                (tokens + TokenCount::exact(around)).with_room(Accuracy::Calibrated, 3, 3)
            }
            // Ignored, or converted to a tool by the gateway.
            None => TokenCount::between(0, 0, tokens.most().saturating_add(400)),
        }
    }
}
