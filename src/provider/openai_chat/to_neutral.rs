//! Chat Completions → the form between formats.

use std::borrow::Cow;

use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::model::{Effort, Word};
use crate::provider::choice::{Choice, choice_by_word};
use crate::provider::neutral::{
    Answer, Call, Form, Function, Media, Neutral, Notes, Piece, Speaker, Thinking, Unfit, What,
    data_url, function_of, is_http, object_of_text, unfit,
};

const BY_ID: &str = "send its content";

/// Reads a request. Linear.
pub(super) fn read<'r>(root: Value<'r>, notes: &mut Notes) -> Result<Neutral<'r>, Unfit> {
    let mut neutral = Neutral::default();
    let mut messages = None;
    if root.kind() == Kind::Array {
        messages = Some((root, ""));
    }
    let mut limits = [None; 2];
    for (key, value) in root.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        let at = || format!("/{name}");
        let settings = &mut neutral.settings;
        match &*name {
            "model" => {}
            "messages" => messages = Some((value, "/messages")),
            "tools" => {
                for (nth, tool) in value.items().enumerate() {
                    let function = tool_of(tool, &format!("/tools/{nth}"), notes)?;
                    neutral.tools.push(function);
                }
            }
            "functions" => {
                for (nth, function) in value.items().enumerate() {
                    let function = function_of(
                        function,
                        format!("/functions/{nth}"),
                        "parameters",
                        &[],
                        notes,
                    )?;
                    neutral.tools.push(function);
                }
            }
            "tool_choice" | "function_call" => {
                settings.choice = Some((choice(value, &name)?, at()));
            }
            "parallel_tool_calls" => {
                settings.parallel = value.as_bool().map(|parallel| (parallel, at()));
            }
            "max_completion_tokens" => limits[0] = value.as_u64(),
            "max_tokens" => limits[1] = value.as_u64(),
            "temperature" => settings.temperature = Some(value),
            "top_p" => settings.top_p = Some(value),
            "seed" => settings.seed = Some((value, at())),
            "presence_penalty" => settings.presence_penalty = Some((value, at())),
            "frequency_penalty" => settings.frequency_penalty = Some((value, at())),
            "stop" => {
                settings.stop = match value.kind() {
                    Kind::Array => value
                        .items()
                        .enumerate()
                        .map(|(nth, stop)| (stop, format!("/stop/{nth}")))
                        .collect(),
                    _ => vec![(value, at())],
                };
            }
            "stream" => settings.stream = value.as_bool(),
            "stream_options" => notes.field("", &name, value),
            "user" => settings.user = Some((value, at())),
            "response_format" => {
                settings.form = form(value, notes)?.map(|form| (form, at()));
            }
            "reasoning_effort" => match thinking(value) {
                Some(thinking) => settings.thinking = Some((thinking, at())),
                None => notes.field("", &name, value),
            },
            "n" if value.as_u64() != Some(1) => {
                return Err(unfit(
                    "several_answers",
                    "more than one answer is requested",
                    "set `n` to 1",
                    at(),
                    value,
                ));
            }
            "n" => {}
            "audio" => return Err(audio_answer(value, at())),
            "modalities" if value.items().any(|one| !one.is_str("text")) => {
                return Err(audio_answer(value, at()));
            }
            "web_search_options" | "plugins" => {
                return Err(unfit(
                    "server_tool",
                    "the request uses a search of its provider",
                    "remove it, or offer a function that searches",
                    at(),
                    value,
                ));
            }
            _ => notes.field("", &name, value),
        }
    }
    neutral.settings.max_output = limits[0].or(limits[1]);
    let (messages, base) = messages.unwrap_or((root, ""));
    for (nth, message) in messages.items().enumerate() {
        read_message(message, format!("{base}/{nth}"), &mut neutral, notes)?;
    }
    Ok(neutral)
}

fn audio_answer(value: Value<'_>, at: String) -> Unfit {
    unfit(
        "audio_output",
        "an answer in audio is requested",
        "request text",
        at,
        value,
    )
}

fn thinking(effort: Value<'_>) -> Option<Thinking> {
    Some(match Effort::from_word(&effort.as_str()?)? {
        Effort::None => Thinking::Off,
        effort => Thinking::On(Some(effort)),
    })
}

fn choice<'r>(value: Value<'r>, field: &str) -> Result<Choice<'r>, Unfit> {
    // A legacy choice has no type.
    if value.kind() == Kind::Object
        && let Some(name) = value.get_some("name").and_then(|name| name.as_str())
    {
        return Ok(Choice::Tool(name));
    }
    match (choice_by_word(value), value.kind()) {
        (Choice::Auto, Kind::Object) => Err(unfit(
            "tool_choice",
            "this tool choice has no counterpart",
            "set it to auto, none, required or one function",
            format!("/{field}"),
            value,
        )),
        (choice, _) => Ok(choice),
    }
}

fn form<'r>(value: Value<'r>, notes: &mut Notes) -> Result<Option<Form<'r>>, Unfit> {
    let kind = value.get_some("type").and_then(|kind| kind.as_str());
    match kind.as_deref() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Form::Json)),
        Some("json_schema") => {
            let of = |name: &str| value.get_path(&["json_schema", name]);
            let Some(schema) = of("schema") else {
                notes.field("", "response_format", value);
                return Ok(Some(Form::Json));
            };
            Ok(Some(Form::Schema {
                name: of("name"),
                description: of("description"),
                schema,
                strict: of("strict").and_then(|strict| strict.as_bool()),
            }))
        }
        _ => Err(unfit(
            "answer_form",
            "this form of the answer has no counterpart",
            "set it to text, json_object or json_schema",
            "/response_format",
            value,
        )),
    }
}

fn tool_of<'r>(tool: Value<'r>, at: &str, notes: &mut Notes) -> Result<Function<'r>, Unfit> {
    let kind = tool.get_some("type").and_then(|kind| kind.as_str());
    let function = tool.get_some("function");
    match (kind.as_deref(), function) {
        (None | Some("function"), Some(function)) => {
            for (key, value) in tool.entries() {
                let name = key.as_str().unwrap_or_default();
                if !value.is_null() && !matches!(&*name, "type" | "function") {
                    notes.field(at, &name, value);
                }
            }
            function_of(function, format!("{at}/function"), "parameters", &[], notes)
        }
        (Some("custom"), _) => Err(unfit(
            "custom_tool",
            "a custom tool takes text, and the other format has functions only",
            "offer a function",
            at,
            tool,
        )),
        _ => Err(unfit(
            "server_tool",
            "a tool is run by its provider",
            "remove it, or offer a function",
            at,
            tool,
        )),
    }
}

fn read_message<'r>(
    message: Value<'r>,
    at: String,
    neutral: &mut Neutral<'r>,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let [mut role, mut call_id] = [None, None];
    let [
        mut content,
        mut refusal,
        mut calls,
        mut legacy_call,
        mut name,
    ] = [None; 5];
    for (key, value) in message.entries().filter(|(_, value)| !value.is_null()) {
        let field = key.as_str().unwrap_or_default();
        match &*field {
            "role" => role = value.as_str(),
            "content" => content = Some(value),
            "refusal" => refusal = Some(value),
            "tool_calls" => calls = Some(value),
            "function_call" => legacy_call = Some(value),
            "tool_call_id" => call_id = value.as_str(),
            "name" => name = Some(value),
            "reasoning" | "reasoning_content" | "reasoning_details" => {
                notes.dropped(
                    Action::DroppedForeignReasoning,
                    format!("{at}/{field}"),
                    value,
                );
            }
            "audio" => {
                return Err(unfit(
                    "stored_state",
                    "audio of an earlier answer is known to its provider only",
                    "send its transcript as text",
                    format!("{at}/audio"),
                    value,
                ));
            }
            // Only in answers: empty, or about text that is carried over.
            "annotations" if value.is_empty() => {}
            _ => notes.field(&at, &field, value),
        }
    }
    let is_result = matches!(role.as_deref(), Some("tool" | "function"));
    if let Some(name) = name.filter(|_| !is_result) {
        notes.field(&at, "name", name);
    }
    let mut pieces = Vec::new();
    if let Some(content) = content {
        read_content(content, &at, &mut pieces, notes)?;
    }
    if let Some(refusal) = refusal.filter(|text| text.kind() == Kind::String) {
        pieces.push(refusal_of(refusal, format!("{at}/refusal"), notes));
    }
    match role.as_deref() {
        Some("system" | "developer") => {
            if !neutral.turns.is_empty() {
                notes.add(Action::MovedInstructions, at.clone(), 0, 0);
            }
            if let Some(other) = pieces
                .iter()
                .find(|piece| !matches!(piece.what, What::Text(_)))
            {
                return Err(other.unfit(
                    "instructions",
                    "instructions are text in the other format",
                    "move it into a message of the user",
                ));
            }
            neutral.instructions.extend(pieces);
            return Ok(());
        }
        Some("user") => neutral.say(Speaker::User, pieces),
        Some("assistant") => {
            for (nth, call) in calls.into_iter().flat_map(Value::items).enumerate() {
                let here = format!("{at}/tool_calls/{nth}");
                pieces.push(call_of(call, here, notes)?);
            }
            if let Some(call) = legacy_call {
                let here = format!("{at}/function_call");
                pieces.push(function_call_of(call, None, here, call)?);
            }
            neutral.say(Speaker::Assistant, pieces);
        }
        Some("tool" | "function") => {
            let result = Piece {
                at: at.clone(),
                offset: message.span().start,
                what: What::Result(Answer {
                    id: call_id.unwrap_or_default(),
                    name: name.and_then(|name| name.as_str()).unwrap_or_default(),
                    pieces,
                    is_error: false,
                }),
            };
            neutral.say(Speaker::User, vec![result]);
        }
        _ => {
            return Err(unfit(
                "role",
                "this role has no counterpart",
                "set it to system, developer, user, assistant or tool",
                format!("{at}/role"),
                message,
            ));
        }
    }
    Ok(())
}

pub(super) fn refusal_of<'r>(text: Value<'r>, at: String, notes: &mut Notes) -> Piece<'r> {
    let size = text.raw().len();
    notes.add(Action::WroteAsText, at.clone(), size, size);
    text_of(text, at)
}

pub(super) fn text_of(text: Value<'_>, at: String) -> Piece<'_> {
    Piece {
        at,
        offset: text.span().start,
        what: What::Text(text.raw()),
    }
}

fn read_content<'r>(
    content: Value<'r>,
    at: &str,
    pieces: &mut Vec<Piece<'r>>,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    if content.kind() == Kind::String {
        pieces.push(text_of(content, format!("{at}/content")));
    }
    for (nth, part) in content.items().enumerate() {
        let here = format!("{at}/content/{nth}");
        pieces.extend(part_of(part, here, notes)?);
    }
    Ok(())
}

fn part_of<'r>(part: Value<'r>, at: String, notes: &mut Notes) -> Result<Option<Piece<'r>>, Unfit> {
    let kind = part.get_some("type").and_then(|kind| kind.as_str());
    let kind = kind.as_deref().unwrap_or_default();
    let of_kind = part.get_some(kind);
    for (key, value) in part.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        if name != "type" && name != kind {
            notes.field(&at, &name, value);
        }
    }
    let what = match (kind, of_kind) {
        ("text", Some(text)) if text.kind() == Kind::String => return Ok(Some(text_of(text, at))),
        ("refusal", Some(text)) if text.kind() == Kind::String => {
            return Ok(Some(refusal_of(text, at, notes)));
        }
        // Of another model: a list of parts.
        ("thinking" | "reasoning" | "redacted_thinking", _) => {
            notes.dropped(Action::DroppedForeignReasoning, at, part);
            return Ok(None);
        }
        ("image_url", Some(image)) => {
            let url = image.as_str().or_else(|| image.get_some("url")?.as_str());
            if let Some(detail) = image.get_some("detail").filter(|word| !word.is_str("auto")) {
                notes.field(&format!("{at}/image_url"), "detail", detail);
            }
            What::Image(media(url, "image_url", &at, part)?)
        }
        ("input_audio", Some(audio)) => {
            let of = |name: &str| audio.get_some(name).and_then(|value| value.as_str());
            let format = of("format").unwrap_or_default();
            What::Audio(Media::Inline {
                mime: Cow::Owned(format!("audio/{format}")),
                base64: of("data").unwrap_or_default(),
            })
        }
        ("file", Some(file)) => {
            let of = |name: &str| file.get_some(name).and_then(|value| value.as_str());
            if of("file_data").is_none() {
                return Err(unfit(
                    "file_id",
                    "a file by its id is known to its provider only",
                    BY_ID,
                    format!("{at}/file"),
                    part,
                ));
            }
            let name = file
                .get_some("filename")
                .map(|name| Cow::Borrowed(name.raw()));
            What::File(media(of("file_data"), "file", &at, part)?, name)
        }
        _ => {
            return Err(unfit(
                "content",
                "a part of this type has no counterpart",
                "send it as text, image or file",
                at,
                part,
            ));
        }
    };
    Ok(Some(Piece {
        at,
        offset: part.span().start,
        what,
    }))
}

fn media<'r>(
    url: Option<Cow<'r, str>>,
    field: &str,
    at: &str,
    part: Value<'_>,
) -> Result<Media<'r>, Unfit> {
    let url = url.unwrap_or_default();
    if let Some((mime, base64)) = data_url(&url) {
        return Ok(Media::Inline { mime, base64 });
    }
    match is_http(&url) {
        true => Ok(Media::Url(url)),
        false => Err(unfit(
            "media",
            "this is neither a base64 data URL nor an http URL",
            "send it as a data URL",
            format!("{at}/{field}"),
            part,
        )),
    }
}

pub(super) fn call_of<'r>(
    call: Value<'r>,
    at: String,
    notes: &mut Notes,
) -> Result<Piece<'r>, Unfit> {
    let [mut id, mut function] = [None; 2];
    for (key, value) in call.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        match &*name {
            "id" => id = Some(value),
            "function" => function = Some(value),
            "type" | "index" => {}
            "custom" => {
                return Err(unfit(
                    "custom_tool",
                    "the call of a custom tool has text, and the other format has objects only",
                    "remove the call and its result",
                    at,
                    call,
                ));
            }
            _ => notes.field(&at, &name, value),
        }
    }
    let function = function.unwrap_or(call);
    function_call_of(function, id, at, call)
}

fn function_call_of<'r>(
    function: Value<'r>,
    id: Option<Value<'r>>,
    at: String,
    call: Value<'r>,
) -> Result<Piece<'r>, Unfit> {
    let [name, arguments] = function.get_all(["name", "arguments"]);
    let arguments = match arguments {
        None => Some(Cow::Borrowed("{}")),
        Some(value) if value.kind() == Kind::Object => Some(Cow::Borrowed(value.raw())),
        Some(value) => value.as_str().and_then(object_of_text),
    };
    let Some(arguments) = arguments else {
        return Err(unfit(
            "arguments",
            "the arguments of a call are not the JSON of an object",
            "correct them, or remove the call and its result",
            at,
            call,
        ));
    };
    Ok(Piece {
        at,
        offset: call.span().start,
        what: What::Call(Call {
            id: id.and_then(|id| id.as_str()).unwrap_or_default(),
            name: name.and_then(|name| name.as_str()).unwrap_or_default(),
            arguments,
        }),
    })
}
