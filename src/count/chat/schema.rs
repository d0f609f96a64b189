//! Schema of the answer.

use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::{calls, response_format};
use crate::count::request_count::Parts;
use crate::count::{Accuracy, TokenCount, estimate};
use crate::json::Value;
use crate::request::{Message, Request, Role};

impl Chat<'_> {
    /// Returns the answer format if it is a schema: only that is written into the prompt.
    /// `json_object` and `text` cost nothing (measured).
    pub(super) fn answer_schema<'r>(request: &'r Request<'_>) -> Option<Value<'r>> {
        let format = request.value(request.layout().response_format?);
        let is_schema = format.get_some("type")?.is_str("json_schema");
        is_schema.then_some(format)
    }

    pub(super) fn schema(&self, parts: &mut Parts) {
        let Some(format) = Self::answer_schema(self.request) else {
            return;
        };
        let pointer = self.request.format().wire().answer_form;
        let mut assistant = 0;
        let mut calling = 0;
        for message in self
            .request
            .messages()
            .filter(|message| message.role() == Role::Assistant)
        {
            if message.tool_calls().len() > 0 {
                calling += 1
            } else {
                assistant += 1
            }
        }
        let Some(rules) = self.rules.schema else {
            parts.schema = self.judged(estimate::schema(format, self.texts, assistant + calling));
            return parts.doubt(
                pointer,
                "the billing of a schema was not measured on this model",
            );
        };
        let described = format.get_some("json_schema").unwrap_or(format);
        let field = |name| {
            described
                .get_some(name)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        let name = field("name");
        let description = field("description");
        let around = match self.responses {
            None => rules.around,
            Some(responses) => responses.schema,
        };
        let mut tokens = around
            + self.texts.len(&format!(" {name}"))
            + self
                .texts
                .len(&response_format::schema(described.get_some("schema")));
        if !description.is_empty() {
            tokens += self.texts.len(&format!("// {description}\n"));
        }
        let name = self.texts.len(&name);
        // On Chat Completions every assistant message with only text names the format in its
        // header.
        if self.responses.is_none() {
            tokens += assistant * (2 + name);
        }
        if self.responses.is_none()
            && rules.reply_names_format
            && self.request.layout().tools.is_empty()
        {
            tokens += 5 + name;
            // In a system message the format joins the text there, instead of having a message of
            // its own.
            if let Some(joined) = self.joined_to_instructions("") {
                tokens = tokens.saturating_add_signed(joined - 4);
            }
        }
        let mut count = TokenCount::exact(tokens);
        if name == 0 {
            parts.doubt(pointer, "a response schema without a name is refused");
            count = count.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
        }
        parts.schema = self.by_rule(
            count,
            self.responses
                .map_or(rules.seen_on, |responses| responses.schema_seen_on),
            || pointer.to_owned(),
            parts,
        );
    }

    /// Counts text of the assistant. On Chat Completions, if the answer has a schema, JSON is
    /// written compactly, like arguments (one request).
    pub(super) fn answer(&self, message: &Message<'_>, parts: &mut Parts) -> TokenCount {
        let whole = self.plain(message);
        if !self.compacts_answers || message.role() != Role::Assistant {
            return whole;
        }
        let text = message.text();
        if !text.trim_start().starts_with(['{', '[']) {
            return whole;
        }
        let compact = calls::arguments(&text);
        if compact.len() >= text.len() {
            return whole;
        }
        parts.doubt(
            message.pointer(),
            "answers in JSON were seen to be written compactly, once",
        );
        let less = self
            .texts
            .len(&text)
            .saturating_sub(self.texts.len(&compact));
        let likely = whole.tokens().saturating_sub(less);
        TokenCount::calibrated(likely, likely, whole.most()).at_most(whole.accuracy(), 0)
    }
}
