//! The form between formats → Chat Completions.

use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::model::{Effort, OutputLimitField};
use crate::provider::choice::Choice;
use crate::provider::neutral::{
    Answer, Call, Facts, Form, Json, Media, Neutral, Notes, Piece, Settings, Speaker, Thinking,
    Turn, Unfit, What, as_url, list, unfit,
};
use crate::request::json_string;

/// Maximum number of stop sequences (docs/evidence/validation.md, section 2).
const MOST_STOPS: usize = 4;

/// Maximum length of the field `user` in characters (docs/evidence/validation.md, section 2).
const MOST_USER: usize = 64;

/// Writes a request. Linear.
pub(super) fn write(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    notes: &mut Notes,
) -> Result<String, Unfit> {
    let mut root = Json::open('{');
    root.field("model", &json_string(facts.name));
    let mut messages = Json::open('[');
    let instructions: Vec<&Piece<'_>> = neutral
        .instructions
        .iter()
        .filter(|piece| !is_empty(piece))
        .collect();
    if !instructions.is_empty() {
        let content = content(&instructions, notes)?;
        messages.item(&message("system", &content));
    }
    for turn in &neutral.turns {
        match turn.speaker {
            Speaker::User => user(turn, &mut messages, notes)?,
            Speaker::Assistant => assistant(turn, &mut messages, notes)?,
        }
    }
    root.field("messages", &messages.close(']'));

    let settings = &neutral.settings;
    tools(neutral, &mut root, notes);
    if let Some(limit) = settings.max_output {
        let field = match facts.abilities.max_tokens_field {
            Some(OutputLimitField::MaxCompletionTokens) => "max_completion_tokens",
            _ => "max_tokens",
        };
        root.field(field, &limit.to_string());
    }
    sampling(settings, &mut root, notes);
    thinking(neutral, facts, &mut root, notes);
    if let Some((form, at)) = &settings.form {
        if let Form::Schema { schema, .. } = form
            && facts.abilities.json_schema == Some(false)
        {
            return Err(unfit(
                "answer_form",
                "the model does not follow a JSON schema",
                "describe the form in the instructions, or choose another model",
                at.clone(),
                *schema,
            ));
        }
        root.field("response_format", &response_format(form));
    }
    if settings.stream == Some(true) {
        // The other formats always state usage at the end of a stream.
        root.field("stream", "true")
            .field("stream_options", r#"{"include_usage":true}"#);
        notes.add(Action::AddedField, "", 0, r#"{"include_usage":true}"#.len());
    }
    Ok(root.close('}'))
}

fn is_empty(piece: &Piece<'_>) -> bool {
    matches!(piece.what, What::Text(r#""""#))
}

fn message(role: &str, content: &str) -> String {
    format!(r#"{{"role":"{role}","content":{content}}}"#)
}

/// Writes results as messages of their own, then everything else as a message of the user.
fn user(turn: &Turn<'_>, messages: &mut Json, notes: &mut Notes) -> Result<(), Unfit> {
    let mut others: Vec<&Piece<'_>> = Vec::new();
    let mut out_of_results = Vec::new();
    let mut before = false;
    for piece in &turn.pieces {
        let What::Result(result) = &piece.what else {
            before = true;
            others.push(piece);
            continue;
        };
        if before {
            notes.add(Action::MovedResult, piece.at.clone(), 0, 0);
        }
        messages.item(&tool_message(result, piece, &mut out_of_results, notes)?);
    }
    others.splice(0..0, out_of_results);
    if !others.is_empty() {
        messages.item(&message("user", &content(&others, notes)?));
    }
    Ok(())
}

/// Writes a result. Tools answer with text here: images and files follow in a message of the user.
fn tool_message<'n, 'r>(
    result: &'n Answer<'r>,
    piece: &Piece<'_>,
    out: &mut Vec<&'n Piece<'r>>,
    notes: &mut Notes,
) -> Result<String, Unfit> {
    if result.is_error {
        notes.add(Action::DroppedField, format!("{}/is_error", piece.at), 4, 0);
    }
    let mut texts = Vec::new();
    for inner in &result.pieces {
        match inner.what {
            What::Text(_) => texts.push(inner),
            _ => {
                notes.add(Action::MovedPart, inner.at.clone(), 0, 0);
                out.push(inner);
            }
        }
    }
    let mut message = Json::open('{');
    message
        .field("role", r#""tool""#)
        .field("tool_call_id", &json_string(&result.id))
        .field("content", &content(&texts, notes)?);
    Ok(message.close('}'))
}

/// Writes a call of an assistant's message.
pub(super) fn written_call(call: &Call<'_>) -> String {
    let function = format!(
        r#"{{"name":{},"arguments":{}}}"#,
        json_string(&call.name),
        json_string(&call.arguments)
    );
    let mut written = Json::open('{');
    written
        .field("id", &json_string(&call.id))
        .field("type", r#""function""#)
        .field("function", &function);
    written.close('}')
}

fn assistant(turn: &Turn<'_>, messages: &mut Json, notes: &mut Notes) -> Result<(), Unfit> {
    let mut texts = Vec::new();
    let mut calls = Json::open('[');
    for piece in &turn.pieces {
        match &piece.what {
            What::Text(_) => {
                if !calls.is_empty() {
                    notes.add(Action::MovedPart, piece.at.clone(), 0, 0);
                }
                texts.push(piece);
            }
            What::Call(call) => calls.item(&written_call(call)),
            _ => {
                return Err(piece.unfit(
                    "content",
                    "the assistant has only text and calls in the other format",
                    "move it into a message of the user",
                ));
            }
        }
    }
    let has_calls = !calls.is_empty();
    let mut message = Json::open('{');
    message.field("role", r#""assistant""#);
    match texts.is_empty() && has_calls {
        true => message.field("content", "null"),
        false => message.field("content", &content(&texts, notes)?),
    };
    if has_calls {
        message.field("tool_calls", &calls.close(']'));
    }
    messages.item(&message.close('}'));
    Ok(())
}

/// Writes content: a string if it is one text, else a list of parts.
fn content(pieces: &[&Piece<'_>], notes: &mut Notes) -> Result<String, Unfit> {
    match pieces {
        [] => return Ok(r#""""#.to_owned()),
        [
            Piece {
                what: What::Text(text),
                ..
            },
        ] => return Ok((*text).to_owned()),
        _ => {}
    }
    let mut parts = Json::open('[');
    for piece in pieces {
        parts.item(&part(piece, notes)?);
    }
    Ok(parts.close(']'))
}

fn part(piece: &Piece<'_>, notes: &mut Notes) -> Result<String, Unfit> {
    Ok(match &piece.what {
        What::Text(text) => format!(r#"{{"type":"text","text":{text}}}"#),
        What::Image(media) => {
            let url = as_url(media);
            format!(r#"{{"type":"image_url","image_url":{{"url":{url}}}}}"#)
        }
        What::File(media @ Media::Inline { .. }, name) => {
            let data = as_url(media);
            let name = name.as_deref().unwrap_or_else(|| {
                notes.add(Action::AddedField, piece.at.clone(), 0, FILE_NAME.len());
                FILE_NAME
            });
            format!(r#"{{"type":"file","file":{{"filename":{name},"file_data":{data}}}}}"#)
        }
        What::File(..) => {
            return Err(piece.unfit(
                "media_url",
                "the other format fetches no files",
                "send its content in base64",
            ));
        }
        _ => {
            return Err(piece.unfit(
                "content",
                "this has no counterpart at this place",
                "send it as text",
            ));
        }
    })
}

/// Name of a file without one: the name is required.
const FILE_NAME: &str = r#""document.pdf""#;

fn tools(neutral: &Neutral<'_>, root: &mut Json, notes: &mut Notes) {
    let settings = &neutral.settings;
    if neutral.tools.is_empty() {
        if let Some((_, at)) = &settings.choice {
            notes.add(Action::DroppedSetting, at.clone(), 0, 0);
        }
        return;
    }
    let tools = neutral.tools.iter().map(|tool| {
        let mut function = Json::open('{');
        function
            .field("name", tool.name.raw())
            .some("description", tool.description.map(|text| text.raw()))
            .some("parameters", tool.schema.map(|schema| schema.raw()));
        let function = function.close('}');
        format!(r#"{{"type":"function","function":{function}}}"#)
    });
    root.field("tools", &list(tools));
    if let Some((choice, _)) = &settings.choice {
        let choice = match choice {
            Choice::Auto => r#""auto""#.to_owned(),
            Choice::None => r#""none""#.to_owned(),
            Choice::Any => r#""required""#.to_owned(),
            Choice::Tool(name) => format!(
                r#"{{"type":"function","function":{{"name":{}}}}}"#,
                json_string(name)
            ),
        };
        root.field("tool_choice", &choice);
    }
    if let Some((false, _)) = settings.parallel {
        root.field("parallel_tool_calls", "false");
    }
}

fn sampling(settings: &Settings<'_>, root: &mut Json, notes: &mut Notes) {
    root.some("temperature", settings.temperature.map(|value| value.raw()))
        .some("top_p", settings.top_p.map(|value| value.raw()));
    for (name, value) in [
        ("seed", &settings.seed),
        ("presence_penalty", &settings.presence_penalty),
        ("frequency_penalty", &settings.frequency_penalty),
    ] {
        root.some(name, value.as_ref().map(|(value, _)| value.raw()));
    }
    if let Some((value, at)) = &settings.top_k {
        notes.dropped(Action::DroppedSetting, at.clone(), *value);
    }
    let mut stops = Json::open('[');
    for (nth, (stop, at)) in settings.stop.iter().enumerate() {
        match stop.kind() == Kind::String && nth < MOST_STOPS {
            true => stops.item(stop.raw()),
            false => notes.dropped(Action::DroppedSetting, at.clone(), *stop),
        }
    }
    if !stops.is_empty() {
        root.field("stop", &stops.close(']'));
    }
    if let Some((user, at)) = &settings.user {
        let is_short = |user: &str| user.chars().take(MOST_USER + 1).count() <= MOST_USER;
        match user.as_str().is_some_and(|user| is_short(&user)) {
            true => {
                root.field("user", user.raw());
            }
            false => notes.dropped(Action::DroppedSetting, at.clone(), *user),
        }
    }
}

fn thinking(neutral: &Neutral<'_>, facts: &Facts<'_>, root: &mut Json, notes: &mut Notes) {
    let asked = &neutral.settings.thinking;
    let at = || asked.as_ref().map_or(String::new(), |(_, at)| at.clone());
    // Some models take functions here only while they do not reason
    // (docs/evidence/validation.md, section 3).
    let without = !neutral.tools.is_empty()
        && facts.abilities.tools_with_reasoning_chat == Some(false)
        && facts.accepts(Effort::None);
    let effort = match asked {
        Some((Thinking::Off, _)) => Some(Effort::None),
        _ if without => {
            notes.add(Action::ChangedThinking, at(), 0, 0);
            Some(Effort::None)
        }
        Some((Thinking::On(Some(effort)), _)) => Some(*effort),
        Some((Thinking::On(None), _)) => {
            notes.add(Action::DroppedSetting, at(), 0, 0);
            None
        }
        None => None,
    };
    match effort {
        Some(effort) if facts.accepts(effort) => {
            root.field("reasoning_effort", &json_string(effort.as_str()));
        }
        Some(_) => notes.add(Action::DroppedSetting, at(), 0, 0),
        None => {}
    }
}

fn response_format(form: &Form<'_>) -> String {
    let Form::Schema {
        name,
        description,
        schema,
        strict,
    } = form
    else {
        return r#"{"type":"json_object"}"#.to_owned();
    };
    let strict = *strict == Some(true) && is_strict(*schema);
    let mut inner = Json::open('{');
    inner
        .field("name", name.map_or(r#""answer""#, |name| name.raw()))
        .some("description", description.map(|text| text.raw()))
        .field("schema", schema.raw());
    if strict {
        inner.field("strict", "true");
    }
    format!(
        r#"{{"type":"json_schema","json_schema":{}}}"#,
        inner.close('}')
    )
}

/// Whether every object of a schema is closed and requires all its properties, as strict schemas do
/// here (docs/evidence/validation.md, section 6). Linear.
fn is_strict(schema: Value<'_>) -> bool {
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        let [properties, required, closed] =
            value.get_all(["properties", "required", "additionalProperties"]);
        if let Some(properties) = properties.filter(|some| some.kind() == Kind::Object) {
            let all = properties.entries().count();
            let named = required.map_or(0, |names| names.items().count());
            if named != all || closed.and_then(|closed| closed.as_bool()) != Some(false) {
                return false;
            }
        }
        open.extend(value.entries().map(|(_, value)| value));
        open.extend(value.items());
    }
    true
}
