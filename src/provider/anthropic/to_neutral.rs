//! Messages → the form between formats.

use std::borrow::Cow;

use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::model::{Effort, Word};
use crate::provider::choice::{Choice, choice_by_word};
use crate::provider::neutral::{
    Answer, Call, Form, Function, Media, Neutral, Notes, Piece, Placed, Speaker, Thinking, Unfit,
    What, function_of, unfit,
};

/// Reads a request. Linear.
pub(super) fn read<'r>(root: Value<'r>, notes: &mut Notes) -> Result<Neutral<'r>, Unfit> {
    let mut neutral = Neutral::default();
    let mut messages = None;
    let [mut thinking, mut effort]: [Option<Placed<'r>>; 2] = [None, None];
    for (key, value) in root.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        let at = || format!("/{name}");
        let settings = &mut neutral.settings;
        match &*name {
            // The endpoint's own.
            "model" | "anthropic_version" | "anthropic_beta" | "betas" => {}
            "messages" => messages = Some(value),
            "system" => instructions(value, "/system", &mut neutral, notes)?,
            "max_tokens" => settings.max_output = value.as_u64(),
            "temperature" => settings.temperature = Some(value),
            "top_p" => settings.top_p = Some(value),
            "top_k" => settings.top_k = Some((value, at())),
            "stop_sequences" => {
                let stops = value.items().enumerate();
                let placed = |(nth, stop)| (stop, format!("/stop_sequences/{nth}"));
                settings.stop = stops.map(placed).collect();
            }
            "stream" => settings.stream = value.as_bool(),
            "metadata" => {
                for (key, value) in value.entries().filter(|(_, value)| !value.is_null()) {
                    match &*key.as_str().unwrap_or_default() {
                        "user_id" => settings.user = Some((value, "/metadata/user_id".to_owned())),
                        name => notes.field("/metadata", name, value),
                    }
                }
            }
            "thinking" => thinking = Some((value, at())),
            "tools" => {
                for (nth, tool) in value.items().enumerate() {
                    let function = tool_of(tool, format!("/tools/{nth}"), notes)?;
                    neutral.tools.push(function);
                }
            }
            "tool_choice" => choice(value, &mut neutral, notes),
            "output_config" => {
                for (key, value) in value.entries().filter(|(_, value)| !value.is_null()) {
                    let settings = &mut neutral.settings;
                    match &*key.as_str().unwrap_or_default() {
                        "effort" => effort = Some((value, "/output_config/effort".to_owned())),
                        "format" => {
                            settings.form = form(value).map(|form| (form, at() + "/format"));
                        }
                        name => notes.field("/output_config", name, value),
                    }
                }
            }
            "output_format" => settings.form = form(value).map(|form| (form, at())),
            "mcp_servers" => {
                return Err(unfit(
                    "server_tool",
                    "the provider calls tools of MCP servers itself",
                    "offer them as functions",
                    at(),
                    value,
                ));
            }
            "container" | "compaction" => {
                return Err(unfit(
                    "stored_state",
                    "the request continues state that its provider keeps",
                    "send the whole history without it",
                    at(),
                    value,
                ));
            }
            _ => notes.field("", &name, value),
        }
    }
    neutral.settings.thinking = reasoning(thinking, effort, notes);
    for (nth, message) in messages.into_iter().flat_map(Value::items).enumerate() {
        read_message(message, format!("/messages/{nth}"), &mut neutral, notes)?;
    }
    Ok(neutral)
}

fn form(value: Value<'_>) -> Option<Form<'_>> {
    Some(Form::Schema {
        name: None,
        description: None,
        schema: value.get_some("schema")?,
        strict: Some(true),
    })
}

/// Reads thinking and effort, which are two fields here.
fn reasoning(
    thinking: Option<Placed<'_>>,
    effort: Option<Placed<'_>>,
    notes: &mut Notes,
) -> Option<(Thinking, String)> {
    let level = effort
        .as_ref()
        .and_then(|(effort, _)| Effort::from_word(&effort.as_str()?));
    if let Some((effort, at)) = &effort
        && level.is_none()
    {
        notes.dropped(Action::DroppedSetting, at.clone(), *effort);
    }
    let Some((thinking, at)) = thinking else {
        // Without thinking, effort is about the length of the answer too; it is the nearest.
        return level.map(|level| {
            (
                Thinking::On(Some(level)),
                "/output_config/effort".to_owned(),
            )
        });
    };
    for (key, value) in thinking.entries().filter(|(key, _)| !key.is_str("type")) {
        notes.field(&at, &key.as_str().unwrap_or_default(), value);
    }
    match super::thinks(thinking) {
        Some(false) => {
            if let (Some((effort, at)), Some(_)) = (effort, level) {
                notes.dropped(Action::DroppedSetting, at, effort);
            }
            Some((Thinking::Off, at))
        }
        _ => Some((Thinking::On(level), at)),
    }
}

fn choice<'r>(value: Value<'r>, neutral: &mut Neutral<'r>, notes: &mut Notes) {
    let at = "/tool_choice";
    for (key, value) in value.entries().filter(|(_, value)| !value.is_null()) {
        match &*key.as_str().unwrap_or_default() {
            "type" | "name" => {}
            "disable_parallel_tool_use" => {
                let place = format!("{at}/disable_parallel_tool_use");
                let parallel = value.as_bool().map(|one| (!one, place));
                neutral.settings.parallel = parallel;
            }
            name => notes.field(at, name, value),
        }
    }
    let choice: Choice<'r> = choice_by_word(value);
    neutral.settings.choice = Some((choice, at.to_owned()));
}

fn tool_of<'r>(tool: Value<'r>, at: String, notes: &mut Notes) -> Result<Function<'r>, Unfit> {
    let kind = tool.get_some("type").and_then(|kind| kind.as_str());
    if !matches!(kind.as_deref(), None | Some("custom")) {
        return Err(unfit(
            "server_tool",
            "a tool has a form that only its provider knows",
            "remove it, or offer a function",
            at,
            tool,
        ));
    }
    function_of(tool, at, "input_schema", &["type"], notes)
}

fn instructions<'r>(
    value: Value<'r>,
    at: &str,
    neutral: &mut Neutral<'r>,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let pieces = content(value, at, notes)?;
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
    Ok(())
}

fn read_message<'r>(
    message: Value<'r>,
    at: String,
    neutral: &mut Neutral<'r>,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let [mut role, mut blocks] = [None; 2];
    for (key, value) in message.entries().filter(|(_, value)| !value.is_null()) {
        match &*key.as_str().unwrap_or_default() {
            "role" => role = Some(value),
            "content" => blocks = Some(value),
            name => notes.field(&at, name, value),
        }
    }
    let below = format!("{at}/content");
    let role = role.and_then(|role| role.as_str());
    let speaker = match role.as_deref() {
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        Some("system") => {
            if let Some(blocks) = blocks {
                if !neutral.turns.is_empty() {
                    notes.add(Action::MovedInstructions, at, 0, 0);
                }
                instructions(blocks, &below, neutral, notes)?;
            }
            return Ok(());
        }
        _ => {
            return Err(unfit(
                "role",
                "this role has no counterpart",
                "set it to user or assistant",
                format!("{at}/role"),
                message,
            ));
        }
    };
    let pieces = match blocks {
        Some(blocks) => content(blocks, &below, notes)?,
        None => Vec::new(),
    };
    neutral.say(speaker, pieces);
    Ok(())
}

/// Reads a string or a list of blocks.
fn content<'r>(value: Value<'r>, at: &str, notes: &mut Notes) -> Result<Vec<Piece<'r>>, Unfit> {
    if value.kind() == Kind::String {
        return Ok(vec![Piece {
            at: at.to_owned(),
            offset: value.span().start,
            what: What::Text(value.raw()),
        }]);
    }
    let mut pieces = Vec::new();
    for (nth, block) in value.items().enumerate() {
        let here = format!("{at}/{nth}");
        if let Some(what) = block_of(block, &here, notes)? {
            pieces.push(Piece {
                at: here,
                offset: block.span().start,
                what,
            });
        }
    }
    Ok(pieces)
}

/// Notes all fields but those that are carried over.
fn rest(block: Value<'_>, carried: &[&str], at: &str, notes: &mut Notes) {
    for (key, value) in block.entries().filter(|(_, value)| !value.is_null()) {
        let name = key.as_str().unwrap_or_default();
        if name != "type" && !carried.contains(&&*name) {
            notes.field(at, &name, value);
        }
    }
}

pub(super) fn block_of<'r>(
    block: Value<'r>,
    at: &str,
    notes: &mut Notes,
) -> Result<Option<What<'r>>, Unfit> {
    let kind = block.get_some("type").and_then(|kind| kind.as_str());
    let text = |name: &str| block.get_some(name).and_then(|value| value.as_str());
    Ok(Some(match kind.as_deref().unwrap_or_default() {
        "text" => {
            rest(block, &["text"], at, notes);
            let text = block
                .get_some("text")
                .filter(|text| text.kind() == Kind::String);
            What::Text(text.map_or(r#""""#, |text| text.raw()))
        }
        "thinking" | "redacted_thinking" => {
            notes.dropped(Action::DroppedForeignReasoning, at, block);
            return Ok(None);
        }
        "image" => {
            rest(block, &["source"], at, notes);
            What::Image(source(block, at)?)
        }
        "document" => document(block, at, notes)?,
        "tool_use" => {
            rest(block, &["id", "name", "input"], at, notes);
            let input = block.get_some("input");
            if input.is_some_and(|input| input.kind() != Kind::Object) {
                return Err(unfit(
                    "arguments",
                    "the input of a call is not an object",
                    "correct it, or remove the call and its result",
                    at,
                    block,
                ));
            }
            What::Call(Call {
                id: text("id").unwrap_or_default(),
                name: text("name").unwrap_or_default(),
                arguments: Cow::Borrowed(input.map_or("{}", |input| input.raw())),
            })
        }
        "tool_result" => {
            rest(block, &["tool_use_id", "content", "is_error"], at, notes);
            let pieces = match block.get_some("content") {
                Some(inner) => content(inner, &format!("{at}/content"), notes)?,
                None => Vec::new(),
            };
            What::Result(Answer {
                id: text("tool_use_id").unwrap_or_default(),
                name: Cow::Borrowed(""),
                pieces,
                is_error: block.get_some("is_error").and_then(|error| error.as_bool())
                    == Some(true),
            })
        }
        "container_upload" => return Err(stored(block, at)),
        "compaction" => {
            return Err(unfit(
                "stored_state",
                "a compaction is known to its provider only",
                "send the history that it replaces",
                at,
                block,
            ));
        }
        kind if kind.ends_with("_tool_use") || kind.ends_with("_tool_result") => {
            return Err(unfit(
                "server_tool",
                "the provider ran this tool itself",
                "remove the call and its result, or write them as text",
                at,
                block,
            ));
        }
        _ => {
            return Err(unfit(
                "content",
                "a block of this type has no counterpart",
                "send it as text, image or document",
                at,
                block,
            ));
        }
    }))
}

#[cold]
fn stored(block: Value<'_>, at: &str) -> Unfit {
    unfit(
        "file_id",
        "a file by its id is known to its provider only",
        "send its content",
        at,
        block,
    )
}

fn source<'r>(block: Value<'r>, at: &str) -> Result<Media<'r>, Unfit> {
    let of = |name: &str| {
        let value = block.get_path(&["source", name]);
        value.and_then(|value| value.as_str())
    };
    match (of("type").as_deref(), of("data"), of("url")) {
        (Some("base64"), Some(base64), _) => Ok(Media::Inline {
            mime: of("media_type").unwrap_or_default(),
            base64,
        }),
        (Some("url"), _, Some(url)) => Ok(Media::Url(url)),
        (Some("file"), ..) => Err(stored(block, at)),
        _ => Err(unfit(
            "media",
            "a source of this type has no counterpart",
            "send it in base64",
            format!("{at}/source"),
            block,
        )),
    }
}

fn document<'r>(block: Value<'r>, at: &str, notes: &mut Notes) -> Result<What<'r>, Unfit> {
    let source_of = |name: &str| block.get_path(&["source", name]);
    let title = block
        .get_some("title")
        .filter(|title| title.kind() == Kind::String);
    if source_of("type").is_some_and(|kind| kind.is_str("text"))
        && let Some(text) = source_of("data").filter(|text| text.kind() == Kind::String)
    {
        rest(block, &["source"], at, notes);
        let size = text.raw().len();
        notes.add(Action::WroteAsText, at, size, size);
        return Ok(What::Text(text.raw()));
    }
    rest(block, &["source", "title"], at, notes);
    let name = title.map(|title| Cow::Borrowed(title.raw()));
    Ok(What::File(source(block, at)?, name))
}
