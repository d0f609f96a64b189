//! Models with a public chat template, on their vendor's API and on hosts, in any format.
//!
//! ```text
//! turns of the request ─▶ template (render/) ─▶ tokens by owner ─▶ what the host adds, how sure it is
//! ```
//!
//! `rules/` has the templates of each family and what hosts add (`rules/open.rs`). Without the
//! vocabulary `proxy.rs` estimates the strings, and the marks are still exact.

mod deepseek;
mod frame;
mod mistral;

use std::borrow::Cow;

use super::counter::Counter;
use super::media;
use crate::count::render::script::{self, Script, Speaker, Turn};
use crate::count::render::{harmony, kimi, qwen};
use crate::count::request_count::MessageCount;
use crate::count::rules::{
    HostRoom, OpenHost, OpenRules, QwenTemplate, Service, Template, open_rules,
};
use crate::count::{Accuracy, RuleSet, TokenCount, hidden};
use crate::model::{Match, Model};
use crate::provider::{Calls, Choice, encrypted_bytes};
use crate::request::{Message, PartKind, Request, Tool};

/// Maximum error on models without recordings, in percent: of the same template, where no recorded
/// one was off by a share.
const UNSEEN_STRETCH: u64 = 1;

/// State of the count of one request.
struct Open<'c> {
    rules: &'static OpenRules,
    host: &'static OpenHost,
    model: &'c Model,
    request: &'c Request<'c>,
    choice: Choice<'c>,
    /// Functions that the server lists.
    functions: Vec<Tool<'c>>,
    turns: Vec<Turn<'c>>,
    /// Whether the history has calls or results.
    has_calls: bool,
    /// Tokens that the host adds to the tools, the form of the answer, and the rest.
    tools_on_top: i64,
    form_on_top: i64,
    on_top: i64,
    /// Maximum error beyond that of the host.
    room: HostRoom,
    doubts: Vec<&'static str>,
}

/// Returns whether a model's requests are counted here.
pub(super) fn knows(model: &Model) -> bool {
    open_rules(model).is_some()
}

pub(super) fn count(counter: &mut Counter<'_>) -> RuleSet {
    let Some(rules) = open_rules(counter.model) else {
        return RuleSet {
            id: "unknown",
            seen_from: None,
            seen_to: None,
        };
    };
    let mut open = Open::of(counter, rules);
    let mut script = Script::new();
    match rules.template {
        Template::Mistral(template) => open.mistral(template, &mut script),
        Template::DeepSeek(template) => open.deepseek(template, &mut script),
        Template::Frame(frame) => open.frame(frame, &mut script),
        Template::Kimi => {
            open.choose();
            if open.turns.first().map(|turn| turn.speaker) != Some(Speaker::System) {
                open.doubt("the template's own instructions were not recorded", 10, 6);
            }
            kimi::write(&mut script, &open.turns, &open.functions);
        }
        Template::Qwen(template) => {
            open.choose();
            let thinks = open.qwen_thinks(template);
            qwen::write(&mut script, &open.turns, &open.functions, template, thinks);
        }
        Template::Harmony => {
            open.choose();
            let effort = open.effort();
            let calls = open.host.on_top.harmony;
            harmony::write(&mut script, &open.turns, &open.functions, &effort, calls);
        }
    }
    open.add_on_top();
    let messages = counter.request.messages().len();
    let written = script.count(messages, |text| counter.text(text));
    for (message, tokens) in counter.request.messages().zip(written.messages) {
        open.message(counter, &message, tokens);
    }
    counter.parts.tools += moved(written.tools, open.tools_on_top);
    counter.hosted_tools();
    match u64::try_from(open.form_on_top) {
        Ok(more) => counter.parts.schema += TokenCount::exact(more),
        // The server omits something instead.
        Err(_) => open.on_top += open.form_on_top,
    }
    counter.parts.framing += moved(written.framing, open.on_top);
    open.finish(counter);
    rules.rule_set()
}

impl<'c> Open<'c> {
    fn of(counter: &Counter<'c>, rules: &'static OpenRules) -> Open<'c> {
        let request = counter.request;
        let wire = request.format().wire();
        let host = rules.host(counter.model.host());
        Open {
            rules,
            host,
            model: counter.model,
            request,
            choice: request
                .layout()
                .tool_choice
                .map_or(Choice::Auto, |choice| (wire.choice)(request.value(choice))),
            functions: script::functions(request),
            has_calls: request
                .messages()
                .any(|message| message.tool_calls().len() + message.tool_results().len() > 0),
            turns: script::turns(request, host.on_top.between),
            tools_on_top: 0,
            form_on_top: 0,
            on_top: 0,
            room: HostRoom::of(0, 0),
            doubts: Vec::new(),
        }
    }

    /// Gives the whole count more room, with a reason.
    fn doubt(&mut self, reason: &'static str, below: u64, above: u64) {
        self.room.below += below;
        self.room.above += above;
        self.doubts.push(reason);
    }

    /// Omits the functions if the choice forbids calls, as most servers do.
    fn choose(&mut self) {
        let listed = self.host.on_top.lists_forbidden && self.has_calls;
        if self.choice == Choice::None && !listed {
            self.functions.clear();
        }
    }

    /// Adds what the host adds to the template.
    fn add_on_top(&mut self) {
        let on_top = self.host.on_top;
        if on_top.only_thinking && self.request.layout().thinks == Some(false) {
            return;
        }
        let instructed = self
            .turns
            .first()
            .is_some_and(|turn| turn.speaker == Speaker::System);
        match (self.functions.is_empty(), instructed) {
            (true, _) if self.has_calls && on_top.calls_alone.is_some() => {
                self.on_top += on_top.calls_alone.unwrap_or_default();
            }
            (true, false) => self.on_top += on_top.text,
            (true, true) => self.on_top += on_top.instructed,
            (false, false) => self.tools_on_top += on_top.tools,
            (false, true) => self.tools_on_top += on_top.tools_instructed,
        }
        if self.answer_form() {
            self.form_on_top += on_top.form;
        }
        if matches!(self.choice, Choice::Any | Choice::Tool(_)) {
            self.tools_on_top += on_top.forced;
        }
        let further: usize = self
            .turns
            .iter()
            .map(|turn| turn.calls.len().saturating_sub(1))
            .sum();
        let further = i64::try_from(further).unwrap_or(i64::MAX);
        let each = i64::try_from(on_top.further_call).unwrap_or(0);
        self.on_top = self.on_top.saturating_add(further.saturating_mul(each));
    }

    /// Returns whether thinking is disabled, as the template reads it. Qwen 3 on Alibaba, where
    /// thinking is a field of the request, writes nothing for it (11 of 11); with an effort of
    /// `none` it does.
    fn qwen_thinks(&self, template: QwenTemplate) -> Option<bool> {
        let layout = self.request.layout();
        match template {
            QwenTemplate::Three if layout.effort.is_none() => None,
            _ => layout.thinks,
        }
    }

    /// Returns the word for the effort in the prompt of gpt-oss.
    fn effort(&self) -> Cow<'c, str> {
        let effort = self.request.layout().effort;
        effort
            .and_then(|effort| self.request.value(effort).as_str())
            .filter(|effort| matches!(&**effort, "low" | "medium" | "high"))
            .unwrap_or(Cow::Borrowed("medium"))
    }

    /// Lists only the function that the choice names, if there is one; returns its name.
    fn only_named(&mut self) -> Option<Cow<'c, str>> {
        let Choice::Tool(name) = &self.choice else {
            return None;
        };
        let is_named = |tool: &Tool<'_>| tool.name().as_deref() == Some(&**name);
        if self.functions.iter().any(is_named) {
            self.functions.retain(is_named);
        }
        Some(name.clone())
    }

    /// Returns the form of the answer, unless it is text.
    fn answer_form(&self) -> bool {
        let form = self.request.layout().response_format;
        form.is_some_and(|form| !self.is_text_form(self.request.value(form)))
    }

    /// Returns whether the form of the answer is given as text.
    fn text_form(&self) -> bool {
        let form = self.request.layout().response_format;
        form.is_some_and(|form| self.is_text_form(self.request.value(form)))
    }

    fn is_text_form(&self, form: crate::json::Value<'_>) -> bool {
        form.get_some("type")
            .is_some_and(|kind| kind.is_str("text"))
    }

    /// Adds a message: its share of the prompt, its media, and what it hides.
    fn message(&mut self, counter: &mut Counter<'c>, message: &Message<'c>, tokens: TokenCount) {
        let mut tokens = tokens;
        let mut images = TokenCount::ZERO;
        std::mem::swap(&mut counter.parts.images, &mut images);
        for part in message.parts() {
            match part.kind() {
                PartKind::Text
                | PartKind::Refusal
                | PartKind::Json
                | PartKind::ToolCall
                | PartKind::ToolResult
                | PartKind::Reasoning => {}
                PartKind::Image => self.image(counter, &part),
                PartKind::Audio if matches!(self.rules.template, Template::Mistral(_)) => {
                    self.sound(counter, &part);
                }
                _ => tokens += counter.part(&part),
            }
        }
        std::mem::swap(&mut counter.parts.images, &mut images);
        counter.parts.images += images;
        let counted = matches!(self.rules.template, Template::DeepSeek(_))
            && encrypted_bytes(message.value()) == 0;
        if counted {
            tokens += self.kept_reasoning(counter, message);
        } else if message.has_hidden() || message.parts().any(|part| is_reasoning(part.kind())) {
            tokens += self.hidden(counter, message);
        }
        if self.request.layout().server_edits.is_some() {
            tokens = TokenCount::between(tokens.tokens(), 0, tokens.most());
        }
        counter.parts.messages.push(MessageCount {
            role: message.role(),
            tokens,
            media: images,
        });
    }

    /// Adds an image.
    fn image(&self, counter: &mut Counter<'c>, part: &crate::request::Part<'c>) {
        let (tokens, reason) = match (self.rules.template, media::size(self.model, part)) {
            (Template::Mistral(_), Some(size)) => {
                (mistral::image(size), "an image was recorded 43 more once")
            }
            _ => media::image(self.model, part, counter.image_above),
        };
        counter.parts.doubt(part.pointer(), reason);
        counter.parts.images += tokens;
    }

    /// Adds audio, which Mistral bills in seconds (6 of 6 requests).
    fn sound(&self, counter: &mut Counter<'c>, part: &crate::request::Part<'c>) {
        let (tokens, _) = media::sound(part);
        counter
            .parts
            .doubt(part.pointer(), "audio was seen to cost no tokens");
        counter.parts.images += TokenCount::between(0, 0, tokens.most());
    }

    /// Bounds the reasoning of a message: templates omit it, or write some of it.
    fn hidden(&self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let shown = self
            .turns
            .iter()
            .find(|turn| turn.message == message.index())
            .and_then(|turn| turn.reasoning.as_deref());
        counter.parts.doubt(
            message.pointer(),
            "reasoning that is sent back may be billed or omitted",
        );
        let shown = shown.map_or(0, |text| counter.text(text).most().saturating_add(10));
        let most = shown.saturating_add(hidden::most(self.model, message));
        TokenCount::between(0, 0, most)
    }

    /// Returns how sure the rules are for this content, and their maximum error.
    fn evidence(&self) -> (&'static [&'static str], HostRoom) {
        let seen = self.rules.seen_on;
        if self.has_calls {
            (seen.calls, self.host.calls)
        } else if !self.functions.is_empty() {
            (seen.tools, self.host.tools)
        } else {
            (seen.text, self.host.text)
        }
    }

    /// Limits the claim of the count to the evidence.
    fn finish(&mut self, counter: &mut Counter<'c>) {
        let (seen_on, room) = self.evidence();
        let whole = counter.parts.total().tokens();
        let mut accuracy = Accuracy::Exact;
        let mut reasons = std::mem::take(&mut self.doubts);
        // Names that move (`-latest`) were recorded as such.
        let matched = self.model.matched();
        let certain = (matched.is_certain() || matched == Match::MovingName)
            && !self.model.counting_is_overridden();
        let is_chat = self.request.format().wire().calls == Calls::Beside;
        match self.host.service {
            Service::Exact if !is_chat => {
                accuracy = Accuracy::Calibrated;
                reasons.push(
                    "the vendor bills chat requests this way; other formats were not measured",
                );
                self.room.below += 4;
                self.room.above += 100;
            }
            Service::Exact if certain && seen_on.contains(&self.model.id()) => {}
            Service::Exact => {
                accuracy = Accuracy::Calibrated;
                reasons.push("the rules were not seen on this model");
                self.room.below += whole * UNSEEN_STRETCH / 100;
                self.room.above += whole * UNSEEN_STRETCH / 100;
            }
            Service::Seen => {
                accuracy = Accuracy::Calibrated;
                reasons.push("the host usually follows the model's template in recordings");
            }
            Service::Unknown => {
                accuracy = Accuracy::Estimated;
                reasons.push("the rendering of this host was not measured");
            }
        }
        if !counter.proxy.is_public() {
            accuracy = Accuracy::Estimated;
            reasons.push(match self.model.encoding_name() {
                Some(_) => "the vocabulary of this model is not in this program",
                None => "the vocabulary of this model is not public",
            });
        }
        if reasons.is_empty() {
            return;
        }
        accuracy = accuracy.max(Accuracy::Calibrated);
        for reason in reasons {
            counter.parts.doubt("/model", reason);
        }
        let form = if self.answer_form() {
            self.host.schema_above
        } else {
            0
        };
        let below = self.room.below + room.below + whole * room.below_thousandths / 1000;
        let above = self.room.above + room.above + whole * room.above_thousandths / 1000 + form;
        let parts = &mut counter.parts;
        parts.framing = parts.framing.with_room(accuracy, 0, above);
        // A part cannot be less than nothing, so what is left is taken off the next one.
        let mut rest = below;
        let messages = parts.messages.iter_mut().map(|message| &mut message.tokens);
        for part in [&mut parts.framing, &mut parts.tools, &mut parts.schema]
            .into_iter()
            .chain(messages)
        {
            let less = rest.min(part.lower());
            rest -= less;
            if less > 0 {
                *part = part.with_room(accuracy, less, 0);
            }
        }
    }
}

fn is_reasoning(kind: PartKind) -> bool {
    matches!(kind, PartKind::Reasoning | PartKind::HiddenReasoning)
}

/// Adds or subtracts tokens.
fn moved(tokens: TokenCount, by: i64) -> TokenCount {
    let value = tokens.tokens().saturating_add_signed(by);
    TokenCount::exact(value).with_room(
        tokens.accuracy(),
        tokens.tokens() - tokens.lower(),
        tokens.most().saturating_sub(tokens.tokens()),
    )
}
