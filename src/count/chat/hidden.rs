//! Parts that are billed but not shown in the request: reasoning, stored items, tools that the
//! server runs.

use super::Chat;
use crate::count::render::typescript;
use crate::count::request_count::Parts;
use crate::count::rules::{StoredHeader, hosted_tool};
use crate::count::{TokenCount, encrypted};
use crate::json::Value;
use crate::provider::{encrypted_bytes, shown_reasoning};
use crate::request::{Message, ToolKind};

impl Chat<'_> {
    /// Counts an item that is not a message, call or result, as far as the request shows it.
    pub(super) fn other_item(
        &self,
        message: &Message<'_>,
        parts: &mut Parts,
    ) -> Option<TokenCount> {
        if !self.lists_items()
            || message.tool_calls().len() + message.tool_results().len() > 0
            || !(message.has_hidden() || message.is_reference())
        {
            return None;
        }
        if super::items::is_reasoning(message) {
            return Some(self.reasoning(message, parts));
        }
        let item = message.value();
        if let Some(tools) = item.get_some("tools").filter(|_| !message.is_reference()) {
            parts.doubt(
                message.pointer(),
                "tools that are added among the items: seen on one application",
            );
            return Some(self.added_tools(tools));
        }
        let bytes = encrypted_bytes(item);
        if bytes >= encrypted::LEAST {
            parts.doubt(
                message.pointer(),
                "an encrypted item: at most a token for each of its bytes",
            );
            return Some(encrypted::tokens(bytes));
        }
        parts.doubt(
            message.pointer(),
            "billed by content stored by the server, which is not in the request",
        );
        Some(TokenCount::between(0, 0, TokenCount::UNBOUNDED))
    }

    /// Counts reasoning that is sent back, encrypted or by id.
    ///
    /// After the next user message it costs nothing on gpt-5 to 5.3 (18 of 18 recordings of
    /// Responses, Azure, Copilot; a gateway's o4-mini once), as OpenAI documents for reasoning
    /// models; on later models that was not seen. Before it, its cost is the original reasoning,
    /// which no request shows.
    pub(super) fn reasoning(&self, message: &Message<'_>, parts: &mut Parts) -> TokenCount {
        let newest = self
            .responses
            .is_none_or(|rules| rules.stored == StoredHeader::Always);
        if self.last_user > Some(message.index()) && !newest {
            parts.doubt(
                message.pointer(),
                "reasoning of an earlier turn was seen to cost nothing",
            );
            return TokenCount::calibrated(0, 0, 0);
        }
        let bytes = encrypted_bytes(message.value());
        if bytes >= encrypted::LEAST {
            parts.doubt(
                message.pointer(),
                "reasoning is encrypted: at most a token for each of its bytes",
            );
            let tokens = encrypted::tokens(bytes);
            return match self.last_user > Some(message.index()) {
                true => TokenCount::between(0, 0, tokens.most()),
                false => tokens,
            };
        }
        // OpenAI's models show only a summary of it.
        let shown = shown_reasoning(message.value()).filter(|_| self.model.provider() != "openai");
        if let Some(text) = shown {
            parts.doubt(
                message.pointer(),
                "reasoning that is sent back: most models drop that of earlier turns",
            );
            let tokens = self.texts.count(&text);
            return TokenCount::between(tokens.tokens(), 0, tokens.most());
        }
        parts.doubt(
            message.pointer(),
            "billed by content stored by the server, which is not in the request",
        );
        encrypted::KEPT
    }

    /// Counts functions that an item adds: their text, and 85 to 105 tokens around it (9 recordings
    /// of one application).
    fn added_tools(&self, tools: Value<'_>) -> TokenCount {
        let rendered = typescript::render(tools.items(), true);
        let tokens = self.texts.len(&rendered.text);
        if rendered.stop.is_some() {
            return TokenCount::between(tokens, 0, TokenCount::UNBOUNDED);
        }
        TokenCount::between(tokens + 90, tokens / 2, 2 * tokens + 200)
    }

    /// Adds server edits and tools of other types.
    pub(super) fn kept(&self, parts: &mut Parts) {
        let layout = self.request.layout();
        for tool in self.request.tools() {
            if tool.kind() == ToolKind::Other {
                let (tokens, reason) = self.hosted(tool.function());
                parts.doubt(tool.pointer(), reason);
                parts.tools += tokens;
            }
        }
        if let Some(field) = layout.server_edits {
            let pointer = format!("{}/{field}", layout.root);
            parts.doubt(pointer, "the server may remove parts of the history");
        }
    }

    /// Adds context that the server stores.
    pub(super) fn kept_context(&self, parts: &mut Parts) {
        let layout = self.request.layout();
        if let Some(field) = layout.kept_context {
            parts.doubt(
                format!("{}/{field}", layout.root),
                "the server adds stored content, which is not in the request",
            );
            parts.framing += TokenCount::between(0, 0, TokenCount::UNBOUNDED);
        }
    }

    /// Counts a tool of another type than a function.
    fn hosted(&self, tool: Value<'_>) -> (TokenCount, &'static str) {
        let kind = tool.get_some("type").and_then(|kind| kind.as_str());
        if kind.as_deref() == Some("custom") {
            return (
                self.custom_tool(tool),
                "custom tools were seen on one application",
            );
        }
        match kind.as_deref().and_then(hosted_tool) {
            Some(tool) if tool.runs_at_the_caller => (
                TokenCount::between(tool.likely, tool.lower, 2 * tool.likely),
                "what this tool adds was seen on one model",
            ),
            Some(tool) => (
                TokenCount::between(tool.likely, tool.lower, TokenCount::UNBOUNDED),
                "a tool that the server runs: its results are not in the request",
            ),
            None => (
                TokenCount::between(300, 0, TokenCount::UNBOUNDED),
                "a tool of another type: the text it adds is not in the request",
            ),
        }
    }

    /// Counts a custom tool: name, description and grammar, without the blanks around its lines,
    /// and about 70 tokens more (2 recordings of one tool, on Chat Completions and Responses, whose
    /// grammars differ only in their blanks).
    pub(super) fn custom_tool(&self, tool: Value<'_>) -> TokenCount {
        let mut text = String::new();
        let mut open = vec![tool];
        while let Some(value) = open.pop() {
            for (_, value) in value.entries() {
                match value.as_str() {
                    Some(words) => {
                        for line in words.trim().lines() {
                            text.push_str(line.trim());
                            text.push('\n');
                        }
                    }
                    None => open.push(value),
                }
            }
        }
        let tokens = self.texts.len(&text);
        TokenCount::between(tokens + 70, tokens / 2, tokens * 2 + 170)
    }

    /// Counts the mode `pro`, which bills several answers: 1,472 tokens and 4.5 times the request
    /// in six recordings of one application. The answers before the last one are input too, so
    /// there is no upper bound.
    pub(super) fn professional(&self, parts: &mut Parts) {
        let professional = self.request.layout().thinking.is_some_and(|thinking| {
            self.request
                .value(thinking)
                .get_some("mode")
                .is_some_and(|mode| mode.is_str("pro"))
        });
        if professional && self.lists_items() {
            let tokens = parts.total().tokens();
            let more = 1_472_u64.saturating_add(tokens.saturating_mul(7) / 2);
            parts.framing += TokenCount::between(more, tokens.min(1_000), TokenCount::UNBOUNDED);
            parts.doubt(
                "/reasoning",
                "the mode `pro` bills the request several times",
            );
        }
    }
}
