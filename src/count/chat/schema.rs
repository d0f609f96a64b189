//! The schema that the answer has to follow.

use super::{Chat, UNSEEN_STRETCH};
use crate::count::render::response_format;
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
        let mut tokens = rules.around
            + self.texts.len(&format!(" {name}"))
            + self
                .texts
                .len(&response_format::schema(described.get_some("schema")));
        if !description.is_empty() {
            tokens += self.texts.len(&format!("// {description}\n"));
        }
        let name = self.texts.len(&name);
        // Every message of text alone that the assistant wrote names the format in its header.
        tokens += assistant * (2 + name);
        if rules.reply_names_format && self.request.layout().tools.is_empty() {
            tokens += 5 + name;
            // In a system message the format joins the text there, instead of having a message of its own.
            if let Some(joined) = self.joined_to_instructions("") {
                tokens = tokens.saturating_add_signed(joined - 4);
            }
        }
        let mut count = TokenCount::exact(tokens);
        if name == 0 {
            parts.doubt(
                "/response_format",
                "a response schema without a name is refused",
            );
            count = count.at_most(Accuracy::Estimated, UNSEEN_STRETCH);
        }
        parts.schema = self.by_rule(
            count,
            rules.seen_on,
            || "/response_format".to_owned(),
            parts,
        );
    }
}
