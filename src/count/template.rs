//! Requests counted by a chat template of the caller.
//!
//! ```text
//! prompt = template(messages, tools, settings)      tokens = T(text between marks) + a token for each mark
//! ```
//!
//! A server can add to the template (another beginning of the text, its own prompt for tools), so
//! the count has the room of its host. Where requests to the model at its host were recorded, the
//! measured rules count: on the recorded requests to Llama 3 and its distilled models, a template
//! in the style of Llama 3.1's was exact in 40 % of 68, the rules in 79 % of 66. The parts of the
//! total are in proportion to those of the count without a template, because a template mixes them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::render::python_json::unique_entries;
use super::render::script::{self, Speaker, Turn};
use super::rules::{self, HostRoom, Service};
use super::{Accuracy, RequestCount, Texts, TokenCount, estimate};
use crate::Error;
use crate::json::{self, Document, Kind};
use crate::model::{Day, HostKind, Model};
use crate::provider::{Choice, Counting};
use crate::request::{Message, PartKind, Request, ToolKind};
use crate::template::{ChatTemplate, Marks, Refusal};

/// Name of the rules in a count.
const RULES: &str = "chat-template";
/// Field of a request with variables for its template, on servers that have it.
const VARIABLES: &str = "chat_template_kwargs";

/// A program on the user's own machine, or an own deployment: the tokens of the template, which may
/// begin with one more or less.
const OWN_SERVER: HostRoom = HostRoom::of(2, 8);

impl ChatTemplate {
    /// Renders a request as a server would on `day`; see [`template`](crate::template) for the
    /// limits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidTemplate`](crate::ErrorKind::InvalidTemplate) if the template refuses
    /// the request (`raise_exception`), fails, or takes too much work. The error shows nothing of
    /// the request or the template.
    ///
    /// # Examples
    ///
    /// ```
    /// use tokenfit::Request;
    /// use tokenfit::template::ChatTemplate;
    ///
    /// let template = ChatTemplate::parse("{{ strftime_now('%d %B') }}: {{ messages[0].content }}")?;
    /// let request = Request::parse(r#"{"messages": [{"role": "user", "content": "Hello"}]}"#)?;
    /// assert_eq!(template.render(&request, "2026-11-28".parse()?)?, "28 November: Hello");
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub fn render(&self, request: &Request<'_>, day: Day) -> Result<String, Error> {
        Ok(rendered(self, request, day)?)
    }
}

/// Returns the count of a request by its template; `base` is the one without it.
pub(super) fn count(
    model: &Model,
    template: &ChatTemplate,
    request: &Request<'_>,
    mut base: RequestCount,
) -> RequestCount {
    if was_recorded(model) {
        return base;
    }
    let day = model.day().unwrap_or(model.models().facts_day());
    let prompt = match hides(request) {
        Some(reason) => Err(reason),
        None => rendered(template, request, day).map_err(Refusal::reason),
    };
    let prompt = match prompt {
        Ok(prompt) => prompt,
        Err(reason) => {
            base.not_by_template(reason);
            return base;
        }
    };
    let of_tokenizer = model
        .tokenizer()
        .map(|tokenizer| Marks::listed(tokenizer.special_tokens()));
    let marks = match &of_tokenizer {
        Some(marks) if !template.marks().is_listed() && !marks.is_empty() => marks,
        _ => template.marks(),
    };
    let texts = Texts::of(model);
    let mut text = 0_u64;
    let tokens = marks.split(&prompt, |part| text += texts.len(part)) + text;
    let text = match texts.public {
        true => TokenCount::exact(tokens),
        false => estimate::foreign_text(tokens),
    };
    let (accuracy, room, form) = evidence(model, request);
    let form = match request.layout().response_format {
        Some(_) => form,
        None => 0,
    };
    let total = text.with_room(
        accuracy,
        room.below + tokens * room.below_thousandths / 1000,
        room.above + tokens * room.above_thousandths / 1000 + form + in_content(request, marks),
    );
    let total = total + base.images();
    let reason = match texts.public {
        true => "counted by the chat template that was given; a server can add to it",
        false => "counted by a chat template, in another vocabulary",
    };
    base.with_total(total, RULES, reason)
}

/// Returns whether requests to the model at its host were recorded: then the measured rules say how
/// this host differs from the template, and are better.
fn was_recorded(model: &Model) -> bool {
    let Some(rules) = rules::open_rules(model) else {
        return false;
    };
    model
        .host()
        .is_some_and(|host| rules.host(Some(host)).service != Service::Unknown)
}

/// Returns the claim and the room of a count at the model's host, and the maximum cost of a form of
/// the answer.
fn evidence(model: &Model, request: &Request<'_>) -> (Accuracy, HostRoom, u64) {
    let rules = rules::open_rules(model);
    let row = match model.host() {
        Some(host) if host.kind() != HostKind::Local => {
            rules.map_or(&rules::ANY_HOST, |rules| rules.host(Some(host)))
        }
        _ => return (Accuracy::Calibrated, OWN_SERVER, 0),
    };
    let has_calls = request
        .messages()
        .any(|message| message.tool_calls().len() + message.tool_results().len() > 0);
    let room = match (has_calls, request.tools().len() > 0) {
        (true, _) => row.calls,
        (false, true) => row.tools,
        (false, false) => row.text,
    };
    (Accuracy::Estimated, room, row.schema_above)
}

/// Returns why a template does not show what a request is billed for.
fn hides(request: &Request<'_>) -> Option<&'static str> {
    let layout = request.layout();
    let is_shown = |kind| {
        matches!(
            kind,
            PartKind::Text
                | PartKind::Refusal
                | PartKind::Json
                | PartKind::ToolCall
                | PartKind::ToolResult
                | PartKind::Reasoning
                | PartKind::Image
        )
    };
    let shown = request.messages().all(|message| {
        !message.has_hidden()
            && !message.is_reference()
            && message.parts().all(|part| is_shown(part.kind()))
    });
    let known = layout.kept_context.is_none()
        && layout.server_edits.is_none()
        && request.tools().all(|tool| tool.kind() != ToolKind::Other);
    (!shown || !known).then_some("a chat template does not show content that is billed")
}

/// Returns the bytes of special tokens in the caller's own content: servers count them as a token
/// or as text.
fn in_content(request: &Request<'_>, marks: &Marks) -> u64 {
    let mut bytes = 0;
    for message in request.messages() {
        let json = message.raw_json();
        let mut text = 0;
        marks.split(json, |part| text += part.len());
        bytes += json.len() - text;
    }
    bytes as u64
}

fn rendered(template: &ChatTemplate, request: &Request<'_>, day: Day) -> Result<String, Refusal> {
    let layout = request.layout();
    let mut variables: BTreeMap<String, Value> = BTreeMap::new();
    if let Some(given) = request.field(VARIABLES) {
        variables.extend(
            unique_entries(given)
                .into_iter()
                .map(|(name, value)| (name.into_owned(), converted(value))),
        );
    }
    if let Some(thinks) = layout.thinks {
        variables.insert("enable_thinking".to_owned(), thinks.into());
    }
    if let Some(effort) = layout
        .effort
        .and_then(|effort| request.value(effort).as_str())
    {
        variables.insert("reasoning_effort".to_owned(), effort.into());
    }
    let is_chat = request.format().wire().counting == Counting::Chat;
    let messages: Vec<Value> = match is_chat {
        true => request
            .messages()
            .map(|message| chat_message(&message, request, template))
            .collect(),
        false => script::turns(request, "").iter().map(turn).collect(),
    };
    let tools = tools(request, is_chat);
    let has_tools = !tools.is_empty();
    let tools = if has_tools {
        Value::from(tools)
    } else {
        Value::from(())
    };
    for (name, value) in [
        ("messages", Value::from(messages)),
        ("tools", tools),
        ("documents", Value::from(())),
        ("add_generation_prompt", true.into()),
    ] {
        variables.insert(name.to_owned(), value);
    }
    template.run(variables, has_tools, day, request.as_bytes().len())
}

/// Returns a chat message with all its fields; arguments of calls are objects.
fn chat_message(message: &Message<'_>, request: &Request<'_>, template: &ChatTemplate) -> Value {
    let wire = request.format().wire();
    let mut fields = Fields::default();
    for (key, value) in unique_entries(message.value()) {
        let value = match &*key {
            key if key == wire.content => match value.kind() {
                Kind::Array if template.reads_parts() => converted(value),
                _ => message.text().into(),
            },
            key if key == wire.list_of_calls => continue,
            "role" if message.role().is_instructions() && !template.knows_developer() => {
                SYSTEM.into()
            }
            _ => converted(value),
        };
        fields.push(&key, value);
    }
    let calls: Vec<Value> = message.tool_calls().map(|call| called(&call)).collect();
    if !calls.is_empty() {
        fields.push(wire.list_of_calls, Value::from(calls));
    }
    fields.finish()
}

const SYSTEM: &str = "system";

/// Returns a message of another format in the form of a chat message.
fn turn(turn: &Turn<'_>) -> Value {
    let mut fields = Fields::default();
    let role = match turn.speaker {
        Speaker::System => SYSTEM,
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
        Speaker::Tool => "tool",
    };
    fields.push("role", role.into());
    fields.push("content", turn.text.clone().into());
    if let Some(reasoning) = &turn.reasoning {
        fields.push("reasoning_content", reasoning.clone().into());
    }
    if let Some(id) = &turn.call_id {
        fields.push("tool_call_id", id.clone().into());
    }
    if !turn.calls.is_empty() {
        let calls: Vec<Value> = turn.calls.iter().map(called).collect();
        fields.push("tool_calls", Value::from(calls));
    }
    fields.finish()
}

fn called(call: &crate::request::ToolCall<'_>) -> Value {
    let mut function = Fields::default();
    function.push("name", call.name().unwrap_or_default().into());
    let arguments = script::with_arguments(call, |value| match value {
        Some(value) => converted(value),
        None => call.arguments().unwrap_or_default().into(),
    });
    function.push("arguments", arguments);
    let mut fields = Fields::default();
    if let Some(id) = call.id() {
        fields.push("id", id.into());
    }
    fields.push("type", "function".into());
    fields.push("function", function.finish());
    fields.finish()
}

/// Returns the tools that the server lists: as they are in a chat request, else in its form.
fn tools(request: &Request<'_>, is_chat: bool) -> Vec<Value> {
    let wire = request.format().wire();
    let choice = request.layout().tool_choice;
    if choice.is_some_and(|choice| (wire.choice)(request.value(choice)) == Choice::None) {
        return Vec::new();
    }
    let functions = script::functions(request);
    functions
        .iter()
        .filter_map(|tool| {
            let json = match is_chat && tool.kind() == ToolKind::Function {
                true => Cow::Borrowed(tool.raw_json()),
                false => {
                    let mut json = String::new();
                    let keeps = script::all_but_strict;
                    let style = super::render::python_json::SPACED;
                    script::write_wrapped(&mut json, tool, keeps, style);
                    Cow::Owned(json)
                }
            };
            // It was read before, so it is JSON.
            let document = Document::parse(json, |_| false).ok()?;
            Some(converted(document.root()))
        })
        .collect()
}

/// An object for templates, with its fields in order.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn push(&mut self, key: &str, value: Value) {
        self.0.push((key.to_owned(), value));
    }

    fn finish(self) -> Value {
        Value::from(Serde(self))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Converts JSON to a value of the engine. Recursion is as deep as the JSON.
fn converted(value: json::Value<'_>) -> Value {
    Value::from(Serde(Json(value)))
}

struct Json<'r>(json::Value<'r>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        match value.kind() {
            Kind::Null => serializer.serialize_none(),
            Kind::False | Kind::True => serializer.serialize_bool(value.kind() == Kind::True),
            Kind::String => serializer.serialize_str(&value.as_str().unwrap_or_default()),
            Kind::Number => {
                let raw = value.raw();
                if let Ok(number) = raw.parse::<i64>() {
                    serializer.serialize_i64(number)
                } else if let Ok(number) = raw.parse::<i128>() {
                    serializer.serialize_i128(number)
                } else {
                    serializer.serialize_f64(raw.parse().unwrap_or(f64::MAX))
                }
            }
            Kind::Array => {
                let mut list = serializer.serialize_seq(None)?;
                for item in value.items() {
                    list.serialize_element(&Json(item))?;
                }
                list.end()
            }
            Kind::Object => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in unique_entries(value) {
                    map.serialize_entry(&key, &Json(value))?;
                }
                map.end()
            }
        }
    }
}
