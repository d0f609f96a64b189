//! The schema that the answer has to follow.

use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::{calls, response_format};
use crate::count::request_count::Parts;
use crate::count::{Accuracy, TokenCount, estimate};
use crate::request::Role;

impl Chat<'_> {
    pub(super) fn schema(&self, parts: &mut Parts) {
        let Some(format) = self
            .request
            .layout()
            .response_format
            .map(|id| self.request.value(id))
        else {
            return;
        };
        // Only a schema is written into the prompt: `json_object` and `text` cost nothing (measured).
        if !format
            .get_some("type")
            .is_some_and(|kind| kind.is_str("json_schema"))
        {
            return;
        }
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
                "/response_format",
                "how this model is billed for a schema was not measured",
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
        // On Chat every message of text alone that the assistant wrote names the format in its header.
        if self.responses.is_none() {
            tokens += assistant * (2 + name);
        }
        if self.responses.is_none()
            && rules.reply_names_format
            && self.request.layout().tools.is_empty()
        {
            tokens += 5 + name;
            // In a system message the format joins the text there, instead of having a message of its own.
            if let Some(joined) = self.joined_to_instructions("") {
                tokens = tokens.saturating_add_signed(joined - 4);
            }
        }
        let mut count = match self.responses {
            None => self.with_compact_answers(tokens, parts),
            Some(_) => TokenCount::exact(tokens),
        };
        if name == 0 {
            parts.doubt(
                "/response_format",
                "a response schema without a name is refused",
            );
            count = count.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
        }
        parts.schema = self.by_rule(
            count,
            self.responses
                .map_or(rules.seen_on, |responses| responses.schema_seen_on),
            || "/response_format".to_owned(),
            parts,
        );
    }
    /// Less what the assistant's answers in JSON cost less on Chat, where the format is a schema: they are written compactly,
    /// as arguments are (one request).
    fn with_compact_answers(&self, tokens: u64, parts: &mut Parts) -> TokenCount {
        let mut less = 0;
        for message in self.request.messages() {
            if message.role() != Role::Assistant || message.tool_calls().len() > 0 {
                continue;
            }
            let text = message.text();
            if !text.trim_start().starts_with(['{', '[']) {
                continue;
            }
            let compact = calls::arguments(&text);
            if compact.len() < text.len() {
                less += self
                    .texts
                    .len(&text)
                    .saturating_sub(self.texts.len(&compact));
            }
        }
        if less == 0 {
            return TokenCount::exact(tokens);
        }
        parts.doubt(
            "/response_format",
            "answers in JSON were seen to be written compactly, once",
        );
        let compact = tokens.saturating_sub(less);
        TokenCount::calibrated(compact, compact, tokens)
    }
}
