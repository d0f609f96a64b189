//! Counters of the cases: the units of their budgets.

use serde_json::Value;
use tokenfit::fit::{MessageCounter, MessageCounts};
use tokenfit::request::GroupKind;
use tokenfit::{Models, Request, TokenCount};

use super::case::Case;

/// The counter that a case names; otherwise one that suits its limit.
pub(crate) fn of_case(case: &Case) -> Box<dyn MessageCounter> {
    let counter = case.all.get("counter").cloned().unwrap_or_default();
    let number = |name: &str| counter[name].as_u64().unwrap_or_default();
    match counter["kind"].as_str() {
        None | Some("messages") => Box::new(tokenfit::fit::Unit::Messages),
        Some("words") => by(|message| words(&text(message)), words),
        Some("words_split_whitespace") => by(
            |message| 1 + text(message).split_whitespace().count() as u64,
            |text| text.split_whitespace().count() as u64,
        ),
        Some("chars") => Box::new(tokenfit::fit::Unit::Characters),
        Some("per_message") => {
            let (base, part) = (number("base"), number("per_part"));
            by(
                move |message| {
                    let parts = message["content"].as_array().map_or(1, Vec::len);
                    base + part * parts as u64
                },
                |_| 0,
            )
        }
        Some("const_per_message") => {
            let tokens = number("tokens");
            by(move |_| tokens, |_| 0)
        }
        Some("approx_chars_4") => by(
            |message| (text(message).chars().count() as u64).div_ceil(4),
            |text| (text.chars().count() as u64).div_ceil(4),
        ),
        Some("json_chars") => {
            let by_so_many = number("divide_by").max(1);
            by(
                move |message| (message.to_string().chars().count() as u64).div_ceil(by_so_many),
                move |text| (text.chars().count() as u64).div_ceil(by_so_many),
            )
        }
        Some("tokenizer") => {
            let name = counter["model"].as_str().unwrap_or("gpt-4o");
            let counter = Models::builtin();
            Box::new(counter.get(name).unwrap())
        }
        Some(other) => panic!("a counter without a rule: {other}"),
    }
}

/// Words separated by single blanks.
fn words(text: &str) -> u64 {
    if text.is_empty() {
        0
    } else {
        text.split(' ').count() as u64
    }
}

/// All text of a message: its content, and the arguments of its calls.
pub(crate) fn text(message: &Value) -> String {
    let mut all = match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    };
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        all.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
    }
    all
}

type OfMessage = Box<dyn Fn(&Value) -> u64 + Send + Sync>;
type OfText = Box<dyn Fn(&str) -> u64 + Send + Sync>;

struct By {
    message: OfMessage,
    text: OfText,
}

fn by(
    message: impl Fn(&Value) -> u64 + Send + Sync + 'static,
    text: impl Fn(&str) -> u64 + Send + Sync + 'static,
) -> Box<dyn MessageCounter> {
    Box::new(By {
        message: Box::new(message),
        text: Box::new(text),
    })
}

impl MessageCounter for By {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        MessageCounts {
            messages: request
                .messages()
                .map(|message| {
                    let value: Value = serde_json::from_str(message.raw_json()).unwrap();
                    TokenCount::exact((self.message)(&value))
                })
                .collect(),
            around: TokenCount::ZERO,
        }
    }

    fn count_text(&self, text: &str) -> u64 {
        (self.text)(text)
    }
}

/// A budget of groups: each counted group costs one. The frame costs one, so that a budget of no
/// groups can be given.
pub(crate) struct GroupsOf(pub(crate) fn(GroupKind) -> bool);

impl MessageCounter for GroupsOf {
    fn count_messages(&self, request: &Request<'_>) -> MessageCounts {
        let mut messages = vec![TokenCount::ZERO; request.messages().len()];
        for group in request
            .groups()
            .iter()
            .filter(|group| (self.0)(group.kind()))
        {
            messages[group.messages()[0]] = TokenCount::exact(1);
        }
        MessageCounts {
            messages,
            around: TokenCount::exact(1),
        }
    }

    fn count_text(&self, _: &str) -> u64 {
        0
    }
}
