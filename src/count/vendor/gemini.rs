//! Google's Gemini models (docs/evidence/billing_other_providers.md, section 2).
//!
//! Two ways of counting were seen. *Plain*, on Vertex and for 1.5 and 2.0: texts alone, a walk over the schemas. *Rendered*,
//! for 2.5 and later on the Gemini API: one token a content, and definitions and calls as text with one-token marks.

use super::counter::Counter;
use super::proxy::Proxy;
use crate::count::TokenCount;
use crate::json::{Kind, Value};
use crate::model::{CountingGeneration, Host, Model};
use crate::request::{Message, ToolCall, ToolKind, ToolResult};

/// How a model counts what is no plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Rendered25,
    Rendered3,
}

/// Vertex counts plainly whatever the model: a rule of the host.
fn way_of(model: &Model) -> Way {
    match (model.host(), model.counting_generation()) {
        (Some(Host::Vertex), _) | (_, Some(CountingGeneration::GeminiPlain)) => Way::Plain,
        (_, Some(CountingGeneration::GeminiRendered25)) => Way::Rendered25,
        _ => Way::Rendered3,
    }
}

pub(super) fn count(counter: &mut Counter<'_>) {
    let way = way_of(counter.model);
    let request = counter.request;
    counter.messages(|counter, message| message_tokens(counter, message, way));
    let mut functions = 0;
    for tool in request.tools() {
        if tool.kind() != ToolKind::Function {
            continue;
        }
        functions += 1;
        let function = tool.function();
        let schema = tool.schema();
        let words = Words {
            proxy: counter.proxy,
        };
        let tokens = match way {
            Way::Plain => words.plain_declaration(function, schema),
            Way::Rendered25 => words.declaration_25(function, schema),
            Way::Rendered3 => words.declaration_3(function, schema),
        };
        // A caller on Vertex that does not say so is counted plainly; definitions are longer when rendered.
        let lower = match way {
            Way::Plain => tokens.lower(),
            _ => words
                .plain_declaration(function, schema)
                .lower()
                .min(tokens.lower()),
        };
        let room = tokens.tokens() / 5 + 8;
        counter.parts.tools += TokenCount::between(
            tokens.tokens(),
            lower.saturating_sub(tokens.tokens() / 10),
            tokens.most() + room,
        );
    }
    counter.hosted_tools();
    if let Some(format) = request.layout().response_format {
        let schema = counter.proxy.count(request.value(format).raw());
        counter.parts.schema += TokenCount::between(0, 0, schema.most() + 70);
    }
    let above = match (way, functions) {
        // Vertex began to write more around tools in 2026.
        (Way::Plain, 1..) => 70,
        _ => 12,
    };
    counter.around(
        0,
        0,
        above,
        "the vocabulary of Gemini models is not in this version",
    );
}

fn message_tokens<'c>(counter: &mut Counter<'c>, message: &Message<'c>, way: Way) -> TokenCount {
    let mut tokens: TokenCount = message.parts().map(|part| counter.part(&part)).sum();
    let words = Words {
        proxy: counter.proxy,
    };
    for call in message.tool_calls() {
        tokens += words.call(&call, way);
    }
    for result in message.tool_results() {
        tokens += words.result(&result, way);
        for part in result.parts() {
            // The answer itself is written with the name.
            if part.kind() != crate::request::PartKind::Json {
                tokens += counter.part(&part);
            }
        }
    }
    match way {
        Way::Plain => tokens,
        _ => tokens + TokenCount::between(1, 0, 1),
    }
}

/// Counts what the server writes for definitions, calls and answers.
struct Words<'m> {
    proxy: Proxy<'m>,
}

/// Stands for a mark that is one token. No encoding joins it with what is beside it.
const MARK: char = '\u{1}';

impl Words<'_> {
    fn text(&self, text: &str) -> TokenCount {
        self.proxy.count(text)
    }

    fn field(&self, of: Value<'_>, name: &str) -> TokenCount {
        let text = of.get_some(name).and_then(|value| value.as_str());
        text.map_or(TokenCount::ZERO, |text| self.text(&text))
    }

    fn plain_declaration(&self, function: Value<'_>, schema: Option<Value<'_>>) -> TokenCount {
        let mut tokens = self.field(function, "name") + self.field(function, "description");
        if let Some(schema) = schema
            && schema
                .get_some("properties")
                .is_some_and(|properties| !properties.is_empty())
        {
            let mut open = vec![schema];
            while let Some(schema) = open.pop() {
                if schema.get_some("type").is_some() {
                    tokens += TokenCount::exact(1);
                }
                tokens += self.field(schema, "format") + self.field(schema, "description");
                for list in ["enum", "required"] {
                    if let Some(list) = schema.get_some(list) {
                        tokens += list.items().map(|item| self.scalar(item)).sum();
                    }
                }
                if let Some(properties) = schema.get_some("properties") {
                    for (name, property) in properties.entries() {
                        tokens += self.scalar(name);
                        open.push(property);
                    }
                }
                open.extend(schema.get_some("items"));
            }
        }
        tokens
    }

    fn declaration_25(&self, function: Value<'_>, schema: Option<Value<'_>>) -> TokenCount {
        let mut tokens = TokenCount::exact(18)
            + self.field(function, "name")
            + self.field(function, "description");
        let mut open: Vec<Value<'_>> = schema.into_iter().collect();
        while let Some(schema) = open.pop() {
            let Some(properties) = schema.get_some("properties") else {
                continue;
            };
            for (name, property) in properties.entries() {
                let described = self.field(property, "description");
                tokens += TokenCount::exact(9) + self.scalar(name);
                tokens += match described.tokens() {
                    0 => TokenCount::exact(1),
                    _ => described,
                };
                if let Some(list) = property.get_some("enum") {
                    for item in list.items() {
                        tokens += self.scalar(item) + TokenCount::exact(3);
                    }
                }
                open.push(property);
                open.extend(property.get_some("items"));
            }
        }
        tokens
    }

    fn declaration_3(&self, function: Value<'_>, schema: Option<Value<'_>>) -> TokenCount {
        let mut text = format!("{MARK}declaration:{}{{", string(function, "name"));
        let description = string(function, "description");
        if !description.is_empty() {
            text += &format!("description:{MARK}{description}{MARK},");
        }
        if let Some(schema) = schema {
            text += "parameters:";
            write(&mut text, schema);
        }
        text.push('}');
        text.push(MARK);
        self.text(&text)
    }

    fn call(&self, call: &ToolCall<'_>, way: Way) -> TokenCount {
        let name = call.name().unwrap_or_default();
        let arguments = call.arguments_value();
        self.named("call", &name, arguments, way)
    }

    fn result(&self, result: &ToolResult<'_>, way: Way) -> TokenCount {
        let name = result.name().unwrap_or_default();
        let answer = result
            .parts()
            .find(|part| part.kind() == crate::request::PartKind::Json)
            .map(|part| part.value());
        self.named("response", &name, answer, way)
    }

    fn named(&self, what: &str, name: &str, value: Option<Value<'_>>, way: Way) -> TokenCount {
        let tokens = match way {
            Way::Plain => {
                let mut tokens = self.text(name);
                let mut open: Vec<Value<'_>> = value.into_iter().collect();
                while let Some(value) = open.pop() {
                    match value.kind() {
                        Kind::Object => {
                            for (key, value) in value.entries() {
                                tokens += self.scalar(key);
                                open.push(value);
                            }
                        }
                        Kind::Array => open.extend(value.items()),
                        _ => tokens += self.scalar(value),
                    }
                }
                tokens
            }
            _ => {
                let mut text = format!("{MARK}{what}:{name}");
                if let Some(value) = value {
                    write(&mut text, value);
                }
                text.push(MARK);
                self.text(&text)
            }
        };
        TokenCount::between(
            tokens.tokens(),
            tokens.lower().saturating_sub(6),
            tokens.most() + 12,
        )
    }

    fn scalar(&self, value: Value<'_>) -> TokenCount {
        match value.as_str() {
            Some(text) => self.text(&text),
            None => TokenCount::exact(1),
        }
    }
}

fn string<'v>(of: Value<'v>, name: &str) -> std::borrow::Cow<'v, str> {
    of.get_some(name)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

/// A value as the text of newer models has it: strings between marks, keys bare. Keywords that are not written are left
/// out. As deep as the JSON, which is at most `MAX_DEPTH`.
fn write(out: &mut String, value: Value<'_>) {
    match value.kind() {
        Kind::Object => {
            out.push('{');
            for (nth, (key, value)) in value.entries().enumerate() {
                let key = key.as_str().unwrap_or_default();
                if matches!(
                    &*key,
                    "additionalProperties" | "additional_properties" | "title" | "$schema"
                ) {
                    continue;
                }
                out.push_str(if nth > 0 { "," } else { "" });
                out.push_str(&key);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (nth, item) in value.items().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                write(out, item);
            }
            out.push(']');
        }
        Kind::String => {
            out.push(MARK);
            out.push_str(&value.as_str().unwrap_or_default());
            out.push(MARK);
        }
        _ => out.push_str(value.raw()),
    }
}
