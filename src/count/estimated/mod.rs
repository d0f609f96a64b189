//! Bounded estimates for the formats whose billing has no measured rules here yet: Anthropic, Gemini, Converse, embeddings,
//! completions, and Responses on other vendors' models.
//!
//! The formulas are the cheap part of what is known of each vendor (billing notes, and those of the other providers); texts
//! are counted with the model's encoding, or with a stated proxy and its range where that is not public (`proxy.rs`). A
//! range is proportional for texts; the slack of the formulas themselves stands in the framing, once a request.
//!
//! ```text
//! embeddings, completions:   texts.rs        the texts alone
//! Claude, in any format:     claude.rs
//! Gemini:                    gemini.rs
//! anything else:             generic.rs      texts, and a wide range for what stands around them
//! ```

mod claude;
mod gemini;
mod generic;
mod media;
mod proxy;
mod texts;

use super::request_count::{MessageCount, Parts};
use super::rules::chat_rules;
use super::{RequestCount, TokenCount};
use crate::model::{BillingFamily, Model};
use crate::provider::Counting;
use crate::request::{Message, Part, PartKind, Request, ToolKind};
use media::Source;
use proxy::Proxy;

pub(super) fn count(model: &Model, request: &Request<'_>) -> RequestCount {
    let mut estimator = Estimator {
        model,
        request,
        proxy: Proxy::of(model),
        parts: Parts::default(),
    };
    let is = |vendor: &str| model.provider() == vendor;
    match request.format().wire().counting {
        Counting::Texts => texts::count(&mut estimator),
        _ if is("anthropic") => claude::count(&mut estimator),
        _ if is("google") && model.billing() == BillingFamily::Other => {
            gemini::count(&mut estimator)
        }
        _ => generic::count(&mut estimator),
    }
    estimator.settings();
    estimator
        .parts
        .finish(model, request, chat_rules(model).rule_set())
}

/// Counts the parts of one request by estimates.
struct Estimator<'c> {
    model: &'c Model,
    request: &'c Request<'c>,
    proxy: Proxy<'c>,
    parts: Parts,
}

impl<'c> Estimator<'c> {
    /// Each message by a formula.
    fn messages(&mut self, mut of: impl FnMut(&mut Self, &Message<'c>) -> TokenCount) {
        let request = self.request;
        for message in request.messages() {
            let others = std::mem::take(&mut self.parts.images);
            let mut tokens = of(self, &message);
            let media = std::mem::replace(&mut self.parts.images, others);
            self.parts.images += media;
            if message.has_hidden() {
                self.parts.doubt(
                    message.pointer(),
                    "billed by what the server keeps, not by what the request holds",
                );
                tokens += TokenCount::estimated(0, 0, TokenCount::UNBOUNDED);
            }
            if request.layout().server_edits.is_some() {
                tokens = TokenCount::estimated(tokens.tokens(), 0, tokens.upper());
            }
            self.parts.messages.push(MessageCount {
                role: message.role(),
                tokens,
                media,
            });
        }
    }

    /// What a part of a message costs by itself; calls and results are the formulas' own.
    fn part(&mut self, part: &Part<'c>) -> TokenCount {
        match part.kind() {
            PartKind::Text | PartKind::Refusal => self.text(&part.text().unwrap_or_default()),
            // Dropped by most models once the user spoke again; the message is hidden anyway.
            PartKind::Reasoning => {
                let tokens = self.text(&part.text().unwrap_or_default());
                TokenCount::estimated(tokens.tokens(), 0, tokens.upper())
            }
            PartKind::HiddenReasoning
            | PartKind::CacheMark
            | PartKind::ToolCall
            | PartKind::ToolResult => TokenCount::ZERO,
            PartKind::Json => self.text(part.raw_json()),
            PartKind::Tokens => TokenCount::exact(part.len_tokens().unwrap_or(0)),
            _ => {
                let (tokens, reason) = match part.kind() {
                    PartKind::Image => self.image(part),
                    PartKind::Audio => (
                        TokenCount::estimated(500, 0, TokenCount::UNBOUNDED),
                        "the length of a sound is not in the request",
                    ),
                    PartKind::Video => (
                        TokenCount::estimated(2_000, 0, TokenCount::UNBOUNDED),
                        "the length of a video is not in the request",
                    ),
                    PartKind::File => self.file(part),
                    _ => (
                        TokenCount::estimated(100, 0, TokenCount::UNBOUNDED),
                        "a part of an unknown type",
                    ),
                };
                self.parts.doubt(part.pointer(), reason);
                self.parts.images += tokens;
                TokenCount::ZERO
            }
        }
    }

    fn text(&self, text: &str) -> TokenCount {
        self.proxy.count(text)
    }

    /// Text, and a picture of every page. A compressed file can hold any length.
    fn file(&self, part: &Part<'_>) -> (TokenCount, &'static str) {
        let guess = match Source::of(part) {
            Source::Text(text) => self.text(&text).tokens(),
            Source::Base64(data) => 500 + data.len() as u64 / 40,
            Source::Elsewhere => 2_000,
        };
        (
            TokenCount::estimated(guess, 0, TokenCount::UNBOUNDED),
            "what a file holds is not looked at",
        )
    }

    /// Tools that the provider runs bring their own definitions, and what they find.
    fn hosted_tools(&mut self) {
        let request = self.request;
        for tool in request.tools() {
            if tool.kind() == ToolKind::Other {
                self.parts.doubt(
                    tool.pointer(),
                    "a tool of another type: what it adds is not in the request",
                );
                self.parts.tools += TokenCount::estimated(300, 0, TokenCount::UNBOUNDED);
            }
        }
    }

    /// What no part of the request shows.
    fn settings(&mut self) {
        let layout = self.request.layout();
        if let Some(field) = layout.server_edits {
            let pointer = format!("{}/{field}", layout.root);
            self.parts
                .doubt(pointer, "the server may take parts of the history out");
        }
        for (field, reason) in [
            (
                layout.kept_context,
                "the server adds what it keeps, which is not in the request",
            ),
            (
                layout.servers,
                "the tools of other servers are not in the request",
            ),
        ] {
            if let Some(field) = field {
                self.parts.doubt(format!("{}/{field}", layout.root), reason);
                self.parts.framing += TokenCount::estimated(0, 0, TokenCount::UNBOUNDED);
            }
        }
    }

    /// Says why the whole is an estimate, and gives the room that the formulas need around it.
    fn around(&mut self, tokens: u64, below: u64, above: u64, reason: &'static str) {
        self.parts.doubt("/model", reason);
        self.parts.framing +=
            TokenCount::estimated(tokens, tokens.saturating_sub(below), tokens + above);
    }
}
