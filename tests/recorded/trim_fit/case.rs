//! A case of the file, with its short forms expanded to a request.

use serde_json::{Map, Value, json};
use tokenfit::Format;

pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) peer: String,
    pub(crate) kind: String,
    pub(crate) op: String,
    pub(crate) rule: Value,
    pub(crate) all: Map<String, Value>,
    /// The messages as they are sent.
    pub(crate) messages: Vec<Value>,
    pub(crate) pinned: Vec<usize>,
    pub(crate) format: Format,
}

impl Case {
    pub(crate) fn read(line: &str) -> Case {
        let all: Map<String, Value> = serde_json::from_str(line).unwrap();
        let text = |name: &str| {
            all.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let raw = list(all.get("messages"));
        let rule = all.get("strategy").cloned().unwrap_or_default();
        // Several results in one message, and signed thinking: only one of the formats has them.
        let anthropic = text("message_format") == "anthropic_messages";
        let as_anthropic = rule["provider"] == "anthropic"
            || raw.iter().any(|message| message.get("results").is_some());
        let parts = text("message_format") == "ai_sdk_model_message";
        let messages: Vec<Value> = match (anthropic, as_anthropic) {
            _ if parts => raw.iter().map(of_parts).collect(),
            (false, true) => raw.iter().map(anthropic_form).collect(),
            _ => raw.iter().map(expanded).collect(),
        };
        Case {
            id: text("id"),
            peer: text("peer"),
            kind: text("kind"),
            op: rule["op"].as_str().unwrap_or_default().to_owned(),
            pinned: (0..raw.len())
                .filter(|&index| raw[index]["meta"]["pinned"] == true)
                .collect(),
            rule,
            all,
            messages,
            format: if anthropic || as_anthropic || parts {
                Format::Anthropic
            } else {
                Format::OpenAiChat
            },
        }
    }

    /// The request to fit.
    pub(crate) fn body(&self) -> String {
        self.body_of(&self.messages)
    }

    pub(crate) fn body_of(&self, messages: &[Value]) -> String {
        let mut body = json!({});
        let mut list = messages.to_vec();
        if self.format == Format::Anthropic {
            body["max_tokens"] = json!(64);
            if list.first().is_some_and(|first| first["role"] == "system") {
                body["system"] = list.remove(0)["content"].clone();
            }
        }
        for field in ["tools", "tool_choice"] {
            if let Some(value) = self.all.get(field) {
                body[field] = value.clone();
            }
        }
        if let Some(most) = self.rule.get("requested_output") {
            body["max_tokens"] = most.clone();
        }
        body["messages"] = json!(list);
        body.to_string()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.rule[name].as_u64()
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.rule[name] == true
    }

    /// A setting that is one word or several.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        match &self.rule[name] {
            Value::String(word) => vec![word.clone()],
            words => list(Some(words))
                .iter()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
        }
    }

    pub(crate) fn invariants(&self) -> Vec<Value> {
        list(self.all.get("invariants"))
    }
}

pub(crate) fn list(value: Option<&Value>) -> Vec<Value> {
    value.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The messages of a body, after instructions in a separate field.
pub(crate) fn messages_of(body: &Value) -> Vec<Value> {
    let mut messages = list(body.get("messages"));
    if let Some(system) = body.get("system") {
        messages.insert(0, json!({"role": "system", "content": system}));
    }
    messages
}

/// A message with its short forms expanded, without fields that are not part of a request.
pub(crate) fn expanded(message: &Value) -> Value {
    let mut message = message.as_object().unwrap().clone();
    if let Some(repeat) = message.remove("content_repeat") {
        message.insert("content".to_owned(), json!(repeated(&repeat)));
    }
    for field in ["meta", "usage", "reasoning_details_repeat"] {
        message.remove(field);
    }
    Value::Object(message)
}

fn repeated(repeat: &Value) -> String {
    repeat[0]
        .as_str()
        .unwrap()
        .repeat(repeat[1].as_u64().unwrap() as usize)
}

/// The message in Anthropic's format.
fn anthropic_form(message: &Value) -> Value {
    let message = expanded(message);
    let text = |message: &Value| message["content"].as_str().map(str::to_owned);
    let result = |id: &Value, content: &Value| json!({"type": "tool_result", "tool_use_id": id, "content": content});
    if let Some(results) = message.get("results").and_then(Value::as_array) {
        let blocks: Vec<Value> = results
            .iter()
            .map(|entry| result(&entry["tool_call_id"], &entry["content"]))
            .collect();
        return json!({"role": "user", "content": blocks});
    }
    if message["role"] == "tool" {
        return json!({"role": "user", "content": [result(&message["tool_call_id"], &message["content"])]});
    }
    let Some(calls) = message.get("tool_calls").and_then(Value::as_array) else {
        return message;
    };
    let mut blocks = Vec::new();
    if let Some(thinking) = message.get("thinking") {
        blocks.push(json!({"type": "thinking", "thinking": thinking, "signature": message["thinking_signature"]}));
    }
    if let Some(text) = text(&message).filter(|text| !text.is_empty()) {
        blocks.push(json!({"type": "text", "text": text}));
    }
    for call in calls {
        let arguments = call["function"]["arguments"].as_str().unwrap_or("{}");
        let input: Value = serde_json::from_str(arguments).unwrap();
        blocks.push(json!({"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": input}));
    }
    json!({"role": "assistant", "content": blocks})
}

/// A message of the AI SDK in Anthropic's format. Approvals have no place there.
pub(crate) fn of_parts(message: &Value) -> Value {
    let blocks: Vec<Value> = list(message.get("content"))
        .iter()
        .filter_map(|part| {
            Some(match part["type"].as_str()? {
                "text" => part.clone(),
                "reasoning" => json!({"type": "thinking", "thinking": part["text"], "signature": "signed"}),
                "tool-call" => {
                    let input = match &part["input"] {
                        Value::String(json) => serde_json::from_str(json).unwrap(),
                        input => input.clone(),
                    };
                    json!({"type": "tool_use", "id": part["toolCallId"], "name": part["toolName"], "input": input})
                }
                "tool-result" => json!({"type": "tool_result", "tool_use_id": part["toolCallId"],
                    "content": part["output"]["value"]}),
                _ => return None,
            })
        })
        .collect();
    let role = match message["role"].as_str() {
        Some("assistant") => "assistant",
        _ => "user",
    };
    json!({"role": role, "content": blocks})
}
