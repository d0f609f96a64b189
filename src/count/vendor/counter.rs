//! State of the count of one request: each part separately, and the room around the total.

use super::media::{self, Source};
use super::proxy::Proxy;
use crate::count::request_count::{MessageCount, Parts};
use crate::count::{Accuracy, TokenCount, hidden};
use crate::media::{Media, MediaKind};
use crate::model::Model;
use crate::request::{Message, Part, PartKind, Request, ToolKind};

/// Tokens of a full page of a PDF document: its text, documented as 1,500 to 3,000 for Claude, and
/// its image, at most 4,784.
const FULL_PAGE: u64 = 8_000;
/// More than the frame of any document.
const MOST_AROUND_FILE: u64 = 1_000;

/// Counter of the parts of one request; the vendor's rules combine them.
pub(super) struct Counter<'c> {
    pub(super) model: &'c Model,
    pub(super) request: &'c Request<'c>,
    pub(super) proxy: Proxy<'c>,
    pub(super) parts: Parts,
    /// Index of the first message whose thinking is billed; the server omits earlier thinking.
    pub(super) thinking_dropped_before: usize,
    /// Maximum additional cost of an image, in percent of it.
    pub(super) image_above: u64,
}

impl<'c> Counter<'c> {
    /// Counts each message by a formula.
    pub(super) fn messages(&mut self, mut of: impl FnMut(&mut Self, &Message<'c>) -> TokenCount) {
        let request = self.request;
        for message in request.messages() {
            let dropped = message.index() < self.thinking_dropped_before
                && message.parts().all(|part| part.kind() != PartKind::Other);
            let others = std::mem::take(&mut self.parts.images);
            let mut tokens = of(self, &message);
            let media = std::mem::replace(&mut self.parts.images, others);
            self.parts.images += media;
            if message.has_hidden() && dropped {
                // 1 less in one of 13 requests.
                self.parts.doubt(
                    message.pointer(),
                    "the server omits the thinking of an earlier turn",
                );
                tokens = tokens.with_room(Accuracy::Calibrated, 1, 1);
            } else if message.has_hidden() {
                self.parts.doubt(
                    message.pointer(),
                    "billed by content stored by the server, which is not in the request",
                );
                tokens += TokenCount::between(0, 0, hidden::most(self.model, &message));
            }
            if request.layout().server_edits.is_some() {
                tokens = TokenCount::between(tokens.tokens(), 0, tokens.most());
            }
            self.parts.messages.push(MessageCount {
                role: message.role(),
                tokens,
                media,
            });
        }
    }

    /// Counts a part of a message by itself; the vendor's rules count calls and results.
    pub(super) fn part(&mut self, part: &Part<'c>) -> TokenCount {
        match part.kind() {
            PartKind::Text | PartKind::Refusal => self.text(&part.text().unwrap_or_default()),
            // The billed reasoning may be longer than the visible one, so its message is unbounded.
            PartKind::Reasoning if part.message_index() >= self.thinking_dropped_before => {
                let tokens = self.text(&part.text().unwrap_or_default());
                TokenCount::between(tokens.tokens(), 0, tokens.most())
            }
            PartKind::Reasoning
            | PartKind::HiddenReasoning
            | PartKind::CacheMark
            | PartKind::ToolCall
            | PartKind::ToolResult => TokenCount::ZERO,
            PartKind::Json => self.text(part.raw_json()),
            PartKind::Tokens => TokenCount::exact(part.len_tokens().unwrap_or(0)),
            _ => {
                let (tokens, reason) = match part.kind() {
                    PartKind::Image => media::image(self.model, part, self.image_above),
                    PartKind::Audio => media::sound(part),
                    PartKind::Video => (
                        media::by_bytes(&Source::of(part), media::VIDEO),
                        "the length of a video is not in the request",
                    ),
                    PartKind::File => self.file(part),
                    _ => match Source::of(part) {
                        Source::Text(_) => self.file(part),
                        _ => (
                            TokenCount::between(100, 0, TokenCount::UNBOUNDED),
                            "a part of an unknown type",
                        ),
                    },
                };
                self.parts.doubt(part.pointer(), reason);
                self.parts.images += tokens;
                TokenCount::ZERO
            }
        }
    }

    pub(super) fn text(&self, text: &str) -> TokenCount {
        self.proxy.count(text)
    }

    /// Counts the text of a file, or bounds its pages. A compressed file can have content of any
    /// length.
    pub(super) fn file(&self, part: &Part<'_>) -> (TokenCount, &'static str) {
        let unread = |guess| {
            (
                TokenCount::between(guess, 0, TokenCount::UNBOUNDED),
                "the content of the file is not read",
            )
        };
        match Source::of(part) {
            Source::Text(text) => {
                let tokens = self.text(&text);
                let most = tokens
                    .most()
                    .saturating_mul(2)
                    .saturating_add(MOST_AROUND_FILE);
                (
                    TokenCount::between(tokens.tokens(), tokens.lower() / 2, most),
                    "a document of text: its tokens and a frame",
                )
            }
            Source::Base64(data) => {
                let file = Media::of(&data);
                let guess = 500 + data.len() as u64 / 40;
                match file
                    .pdf_pages()
                    .exact()
                    .filter(|_| file.kind() == Some(MediaKind::Pdf))
                {
                    Some(pages) => (
                        TokenCount::between(
                            guess.min(pages.saturating_mul(FULL_PAGE)),
                            0,
                            pages
                                .saturating_mul(FULL_PAGE)
                                .saturating_add(MOST_AROUND_FILE),
                        ),
                        "the text of the PDF is not read; the bound is by its pages",
                    ),
                    None => unread(guess),
                }
            }
            Source::Elsewhere => unread(2_000),
        }
    }

    /// Counts tools that the provider runs, which add their own definitions and their results.
    pub(super) fn hosted_tools(&mut self) {
        let request = self.request;
        for tool in request.tools() {
            if tool.kind() == ToolKind::Other {
                self.parts.doubt(
                    tool.pointer(),
                    "a tool of another type: the text it adds is not in the request",
                );
                self.parts.tools += TokenCount::between(300, 0, TokenCount::UNBOUNDED);
            }
        }
    }

    /// Adds the doubts that no part of the request shows.
    pub(super) fn settings(&mut self) {
        let layout = self.request.layout();
        if let Some(field) = layout.server_edits {
            let pointer = format!("{}/{field}", layout.root);
            self.parts
                .doubt(pointer, "the server may remove parts of the history");
        }
        for (field, reason) in [
            (
                layout.kept_context,
                "the server adds stored content, which is not in the request",
            ),
            (
                layout.servers,
                "the tools of other servers are not in the request",
            ),
        ] {
            if let Some(field) = field {
                self.parts.doubt(format!("{}/{field}", layout.root), reason);
                self.parts.framing += TokenCount::between(0, 0, TokenCount::UNBOUNDED);
            }
        }
    }
}
