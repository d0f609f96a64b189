//! Calls and results in the history.

use std::borrow::Cow;

use super::Gemini;
use crate::count::TokenCount;
use crate::count::render::gemini::{Content, Pieces, plain, written};
use crate::count::rules::{GeminiForm, GeminiRules};
use crate::count::vendor::counter::Counter;
use crate::json::{Document, Kind};
use crate::request::{CallKind, Message, PartKind, ToolCall, ToolResult};

impl<'c> Gemini<'c> {
    /// Counts the calls of a message.
    pub(super) fn calls(&mut self, counter: &mut Counter<'c>, message: &Message<'c>) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        for call in message.tool_calls() {
            if call.kind() == CallKind::Hosted {
                tokens += counter.text(&call.arguments().unwrap_or_default());
                continue;
            }
            let name = call.name().unwrap_or_default();
            if let Some(id) = call.id() {
                self.called.insert(id, name.clone());
            }
            self.open.push_back(name);
            self.linked += 1;
            tokens += self.call(counter, &call);
        }
        tokens
    }

    fn call(&self, counter: &Counter<'c>, call: &ToolCall<'c>) -> TokenCount {
        let name = call.name().unwrap_or_default();
        if let Some(value) = call.arguments_value() {
            return self.entry(counter, "call", &name, &Content::Value(value));
        }
        let text = call.arguments().unwrap_or_default();
        if text.trim().is_empty() {
            return self.entry(counter, "call", &name, &Content::Nothing);
        }
        // Errors of this document are not shown.
        match Document::parse(Cow::Borrowed(&*text), |_| false) {
            Ok(document) => self.entry(counter, "call", &name, &Content::Value(document.root())),
            Err(_) => counter.text(&name) + counter.text(&text),
        }
    }

    /// Counts the results of a message.
    pub(super) fn results(
        &mut self,
        counter: &mut Counter<'c>,
        message: &Message<'c>,
    ) -> TokenCount {
        let mut tokens = TokenCount::ZERO;
        for result in message.tool_results() {
            let next = self.open.pop_front();
            let called = || self.called.get(&result.call_id()?).cloned();
            let name = result.name().or_else(called).or(next).unwrap_or_default();
            self.linked += 1;
            tokens += self.answer(counter, &result, &name);
            for part in result.parts() {
                if !matches!(part.kind(), PartKind::Json | PartKind::Text) {
                    tokens += self.part(counter, &part);
                }
            }
        }
        tokens
    }

    fn answer(&self, counter: &Counter<'c>, result: &ToolResult<'c>, name: &str) -> TokenCount {
        let json = result.parts().find(|part| part.kind() == PartKind::Json);
        if let Some(part) = json {
            return self.entry(counter, "response", name, &Content::Value(part.value()));
        }
        let text = result.text();
        if self.names_answers {
            let fields = vec![("name", Cow::Borrowed(name)), ("content", text)];
            return self.entry(counter, "response", name, &Content::Strings(fields));
        }
        // Errors of this document are not shown.
        let document = Document::parse(Cow::Borrowed(&*text), |_| false);
        match &document {
            Ok(document) if document.root().kind() == Kind::Object => {
                let content = Content::Value(document.root());
                self.entry(counter, "response", name, &content)
            }
            _ => {
                let content = Content::Strings(vec![("result", Cow::Borrowed(&*text))]);
                self.entry(counter, "response", name, &content)
            }
        }
    }

    fn entry(
        &self,
        counter: &Counter<'c>,
        what: &str,
        name: &str,
        content: &Content<'_>,
    ) -> TokenCount {
        self.by_both(|rules| self.pieces(counter, &rendered(rules, what, name, content)))
    }
}

fn rendered<'p>(
    rules: &GeminiRules,
    what: &str,
    name: &'p str,
    content: &Content<'p>,
) -> Pieces<'p> {
    match rules.form {
        GeminiForm::Plain => plain::linked(name.into(), content.clone()),
        GeminiForm::Listed | GeminiForm::Written => written::linked(what, name, content.clone()),
    }
}
