//! Prompt of a chat template: strings, and marks that are one token each.
//!
//! ```text
//! mark [INST]   text "Hello"   mark [/INST]       2 marks and T("Hello")
//! ```
//!
//! Text between two marks is tokenized as a whole, so a run of strings of several owners
//! (instructions and the tools after them) is counted once; each owner is assigned its own strings,
//! and the last one the remainder. Linear in the prompt.

use std::borrow::Cow;

use super::python_json::{self, Style, unique_entries, write_string};
use crate::count::TokenCount;
use crate::json::{Document, Value};
use crate::provider::shown_reasoning;
use crate::request::{CallKind, Message, Part, PartKind, Request, Role, Tool, ToolCall, ToolKind};

/// Part of a request that a string of the prompt is billed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::count) enum Owner {
    Framing,
    Tools,
    /// Index of the message.
    Message(usize),
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Marks(u64),
    /// Ends at this byte of the text.
    Text(usize),
}

/// Prompt under construction.
#[derive(Debug)]
pub(in crate::count) struct Script {
    text: String,
    pieces: Vec<(Owner, Piece)>,
    owner: Owner,
}

/// Tokens of a prompt by owner.
#[derive(Debug)]
pub(in crate::count) struct Written {
    pub(in crate::count) framing: TokenCount,
    pub(in crate::count) tools: TokenCount,
    pub(in crate::count) messages: Vec<TokenCount>,
}

impl Script {
    pub(in crate::count) fn new() -> Script {
        Script {
            text: String::new(),
            pieces: Vec::new(),
            owner: Owner::Framing,
        }
    }

    /// Sets the owner of what is written from here on.
    pub(in crate::count) fn of(&mut self, owner: Owner) -> &mut Script {
        self.owner = owner;
        self
    }

    /// Writes marks of one token each.
    pub(in crate::count) fn marks(&mut self, tokens: u64) -> &mut Script {
        if tokens > 0 {
            self.pieces.push((self.owner, Piece::Marks(tokens)));
        }
        self
    }

    /// Ends a string: what follows is tokenized by itself.
    pub(in crate::count) fn cut(&mut self) -> &mut Script {
        self.pieces.push((self.owner, Piece::Marks(0)));
        self
    }

    /// Writes text without marks.
    pub(in crate::count) fn text(&mut self, text: &str) -> &mut Script {
        if text.is_empty() {
            return self;
        }
        self.text.push_str(text);
        match self.pieces.last_mut() {
            Some((owner, Piece::Text(end))) if *owner == self.owner => *end = self.text.len(),
            _ => self.pieces.push((self.owner, Piece::Text(self.text.len()))),
        }
        self
    }

    /// Writes text in which each of `marks` is one token, wherever it appears.
    pub(in crate::count) fn template(&mut self, text: &str, marks: &[&str]) -> &mut Script {
        let mut rest = text;
        let mut from = 0;
        while let Some(at) = rest[from..].find(BEGINS_MARK).map(|at| from + at) {
            match marks.iter().find(|mark| rest[at..].starts_with(**mark)) {
                Some(mark) => {
                    self.text(&rest[..at]).marks(1);
                    rest = &rest[at + mark.len()..];
                    from = 0;
                }
                None => from = at + rest[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        self.text(rest)
    }

    /// Counts the prompt of a request with this number of messages.
    pub(in crate::count) fn count(
        &self,
        messages: usize,
        count: impl Fn(&str) -> TokenCount,
    ) -> Written {
        let mut written = Written {
            framing: TokenCount::ZERO,
            tools: TokenCount::ZERO,
            messages: vec![TokenCount::ZERO; messages],
        };
        let (mut from, mut nth) = (0, 0);
        while let Some(&(owner, piece)) = self.pieces.get(nth) {
            if let Piece::Marks(tokens) = piece {
                written.add(owner, TokenCount::exact(tokens));
                nth += 1;
                continue;
            }
            let run: Vec<(Owner, usize)> = self.pieces[nth..]
                .iter()
                .map_while(|&(owner, piece)| match piece {
                    Piece::Text(end) => Some((owner, end)),
                    Piece::Marks(_) => None,
                })
                .collect();
            nth += run.len();
            let end = run.last().map_or(from, |&(_, end)| end);
            let whole = count(&self.text[from..end]);
            let last = run.len() - 1;
            let mut rest = whole.tokens();
            for (place, (owner, end)) in run.into_iter().enumerate() {
                let tokens = if place == last {
                    TokenCount::exact(rest).with_room(
                        whole.accuracy(),
                        whole.tokens() - whole.lower(),
                        whole.most().saturating_sub(whole.tokens()),
                    )
                } else {
                    let own = count(&self.text[from..end]).tokens().min(rest);
                    rest -= own;
                    TokenCount::exact(own).at_most(whole.accuracy(), 0)
                };
                written.add(owner, tokens);
                from = end;
            }
        }
        written
    }
}

/// First characters of marks.
const BEGINS_MARK: [char; 2] = ['<', '｜'];

impl Written {
    fn add(&mut self, owner: Owner, tokens: TokenCount) {
        match owner {
            Owner::Framing => self.framing += tokens,
            Owner::Tools => self.tools += tokens,
            Owner::Message(index) => match self.messages.get_mut(index) {
                Some(message) => *message += tokens,
                None => self.framing += tokens,
            },
        }
    }
}

/// Speaker of a turn: templates know no developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::count) enum Speaker {
    System,
    User,
    Assistant,
    Tool,
}

/// Message as a template reads it: each result of a call is a turn of its own.
pub(in crate::count) struct Turn<'r> {
    /// Index of the message.
    pub(in crate::count) message: usize,
    pub(in crate::count) speaker: Speaker,
    pub(in crate::count) text: Cow<'r, str>,
    /// Reasoning that the request shows.
    pub(in crate::count) reasoning: Option<Cow<'r, str>>,
    pub(in crate::count) calls: Vec<ToolCall<'r>>,
    /// Id of the answered call, if the turn is a result.
    pub(in crate::count) call_id: Option<Cow<'r, str>>,
}

impl Turn<'_> {
    pub(in crate::count) fn owner(&self) -> Owner {
        Owner::Message(self.message)
    }
}

/// Returns the turns of a request, the text parts of each joined by `between`.
pub(in crate::count) fn turns<'r>(request: &'r Request<'_>, between: &str) -> Vec<Turn<'r>> {
    let mut turns = Vec::with_capacity(request.messages().len());
    for message in request.messages() {
        let whole = message
            .tool_results()
            .any(|result| result.is_whole_message());
        for result in message.tool_results() {
            turns.push(Turn {
                message: message.index(),
                speaker: Speaker::Tool,
                text: joined(result.parts(), between),
                reasoning: None,
                calls: Vec::new(),
                call_id: result.call_id(),
            });
        }
        let calls: Vec<ToolCall<'r>> = message
            .tool_calls()
            .filter(|call| matches!(call.kind(), CallKind::Function | CallKind::LegacyFunction))
            .collect();
        let text = joined(message.parts(), between);
        // The text beside results in one message is a turn of the user's.
        let beside = message.tool_results().len() > 0 && text.is_empty();
        if whole || beside {
            continue;
        }
        turns.push(Turn {
            message: message.index(),
            speaker: match message.role() {
                Role::System | Role::Developer => Speaker::System,
                Role::Assistant => Speaker::Assistant,
                Role::Tool | Role::Function => Speaker::Tool,
                Role::User | Role::Other => Speaker::User,
            },
            text,
            reasoning: reasoning(&message),
            calls,
            call_id: None,
        });
    }
    turns
}

fn reasoning<'r>(message: &Message<'r>) -> Option<Cow<'r, str>> {
    let shown = shown_reasoning(message.value()).filter(|text| !text.is_empty());
    shown.or_else(|| {
        message
            .parts()
            .find(|part| part.kind() == PartKind::Reasoning)?
            .text()
    })
}

/// Returns the strings of parts, joined; values are written as JSON with blanks.
fn joined<'r>(parts: impl Iterator<Item = Part<'r>>, between: &str) -> Cow<'r, str> {
    let mut whole: Cow<'r, str> = Cow::Borrowed("");
    let mut any = false;
    for part in parts {
        let text = match part.kind() {
            PartKind::Text | PartKind::Refusal => part.text().unwrap_or_default(),
            PartKind::Json => {
                let value = part.value();
                let mut json = String::new();
                let value = value.get_some("json").unwrap_or(value);
                python_json::write(&mut json, value, python_json::SPACED);
                Cow::Owned(json)
            }
            _ => continue,
        };
        if any {
            let whole = whole.to_mut();
            whole.push_str(between);
            whole.push_str(&text);
        } else {
            whole = text;
        }
        any = true;
    }
    whole
}

/// Reads the arguments of a call, and passes the value to `write`; a string that is not JSON is
/// `None`.
pub(in crate::count) fn with_arguments<T>(
    call: &ToolCall<'_>,
    write: impl FnOnce(Option<Value<'_>>) -> T,
) -> T {
    if let Some(value) = call.arguments_value() {
        return write(Some(value));
    }
    let text = call.arguments().unwrap_or_default();
    let json = if text.is_empty() { "{}" } else { &*text };
    // Errors of this document are not shown.
    match Document::parse(Cow::Borrowed(json), |_| false) {
        Ok(document) => write(Some(document.root())),
        Err(_) => write(None),
    }
}

/// Writes the arguments of a call as JSON; a string that is not JSON is a JSON string.
pub(in crate::count) fn write_arguments(out: &mut String, call: &ToolCall<'_>, style: Style) {
    with_arguments(call, |value| match value {
        Some(value) => python_json::write(out, value, style),
        None => write_string(out, &call.arguments().unwrap_or_default(), style),
    });
}

/// Writes a function as JSON under the names of the Chat API, fields in their order, without
/// `strict`.
pub(in crate::count) fn write_function(
    out: &mut String,
    tool: &Tool<'_>,
    keeps: fn(&str) -> bool,
    style: Style,
) {
    let (comma, colon) = if style.spaced {
        (", ", ": ")
    } else {
        (",", ":")
    };
    let schema = tool.schema();
    let holds_schema = |value: Value<'_>| {
        schema.is_some_and(|schema| {
            value.span().start <= schema.span().start && schema.span().end <= value.span().end
        })
    };
    out.push('{');
    let mut first = true;
    for (key, value) in unique_entries(tool.function()) {
        let (key, value) = match schema {
            Some(schema) if holds_schema(value) => (Cow::Borrowed("parameters"), schema),
            _ => (key, value),
        };
        if !keeps(&key) {
            continue;
        }
        out.push_str(if first { "" } else { comma });
        first = false;
        write_string(out, &key, style);
        out.push_str(colon);
        python_json::write(out, value, style);
    }
    out.push('}');
}

/// Writes a function in its wrapper: `{"type": "function", "function": …}`.
pub(in crate::count) fn write_wrapped(
    out: &mut String,
    tool: &Tool<'_>,
    keeps: fn(&str) -> bool,
    style: Style,
) {
    out.push_str(if style.spaced {
        "{\"type\": \"function\", \"function\": "
    } else {
        "{\"type\":\"function\",\"function\":"
    });
    write_function(out, tool, keeps, style);
    out.push('}');
}

/// Fields of a function that servers keep: all but `strict`.
pub(in crate::count) fn all_but_strict(key: &str) -> bool {
    key != "strict"
}

/// Fields of a function that servers keep which write a function again.
pub(in crate::count) fn three_fields(key: &str) -> bool {
    matches!(key, "name" | "description" | "parameters")
}

/// Returns the functions of a request.
pub(in crate::count) fn functions<'r>(request: &'r Request<'_>) -> Vec<Tool<'r>> {
    request
        .tools()
        .filter(|tool| tool.kind() != ToolKind::Other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token a byte.
    fn bytes(text: &str) -> TokenCount {
        TokenCount::exact(text.len() as u64)
    }

    #[test]
    fn marks_are_one_token_each() {
        let mut script = Script::new();
        script.template("<s>ab<x</s>｜<s>", &["<s>", "</s>"]);
        let written = script.count(0, bytes);
        assert_eq!(written.framing, TokenCount::exact(3 + 4 + 3));
    }

    /// Text of several owners is counted as a whole, and the parts add up to it.
    #[test]
    fn runs_are_counted_as_a_whole() {
        let mut script = Script::new();
        script.of(Owner::Message(0)).text("abc");
        script.of(Owner::Tools).text("de");
        script.of(Owner::Message(1)).marks(2).text("f");
        let pairs = |text: &str| TokenCount::exact((text.len() as u64).div_ceil(2));
        let written = script.count(2, pairs);
        assert_eq!(written.messages[0].tokens(), 2);
        assert_eq!(written.tools.tokens(), 1);
        assert_eq!(written.messages[1].tokens(), 3);
    }
}
