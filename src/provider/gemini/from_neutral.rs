//! The form between formats → generateContent.

use crate::edit::Action;
use crate::json::{Kind, Value};
use crate::model::{Effort, Host, OutputLimitField};
use crate::provider::choice::Choice;
use crate::provider::neutral::{
    Answer, Facts, Form, Json, Media, Neutral, Notes, Piece, Speaker, Thinking, Turn, Unfit, What,
    inside, list, unfit,
};
use crate::request::{Role, json_string};

/// Maximum length of a function's name (docs/evidence/validation_other_providers.md, section B.2).
const MOST_NAME: usize = 64;

/// Writes a request: the model is named by the URL. Linear.
pub(super) fn write(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    notes: &mut Notes,
) -> Result<String, Unfit> {
    let mut root = Json::open('{');
    let mut instructions: Vec<&Piece<'_>> = neutral.instructions.iter().collect();
    // At least one content is required: instructions alone are what the user says.
    let alone = match neutral.turns.is_empty() {
        true => instructions.pop(),
        false => None,
    };
    let mut contents = Json::open('[');
    if let Some(piece) = alone {
        notes.add(Action::RenamedRole, piece.at.clone(), 0, 0);
        contents.item(&content("user", &[part(piece, facts, notes)?]));
    }
    if !instructions.is_empty() {
        let mut parts = Vec::with_capacity(instructions.len());
        for piece in instructions {
            parts.push(part(piece, facts, notes)?);
        }
        let parts = list(parts);
        root.field("systemInstruction", &format!(r#"{{"parts":{parts}}}"#));
    }
    for turn in &neutral.turns {
        match turn.speaker {
            Speaker::User => user(turn, facts, &mut contents, notes)?,
            Speaker::Assistant => {
                let mut parts = Vec::with_capacity(turn.pieces.len());
                for piece in &turn.pieces {
                    parts.push(part(piece, facts, notes)?);
                }
                contents.item(&content("model", &parts));
            }
        }
    }
    root.field("contents", &contents.close(']'));
    tools(neutral, facts, &mut root, notes)?;
    config(neutral, facts, &mut root, notes)?;
    Ok(root.close('}'))
}

fn content(role: &str, parts: &[String]) -> String {
    format!(r#"{{"role":"{role}","parts":{}}}"#, list(parts))
}

/// Writes responses as one content, directly after their calls, then everything else.
fn user(
    turn: &Turn<'_>,
    facts: &Facts<'_>,
    contents: &mut Json,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let (mut responses, mut others) = (Vec::new(), Vec::new());
    let mut before = false;
    for piece in &turn.pieces {
        match &piece.what {
            What::Result(result) => {
                if before {
                    notes.add(Action::MovedResult, piece.at.clone(), 0, 0);
                }
                responses.push(response(result, piece, notes));
                for inner in &result.pieces {
                    if !matches!(inner.what, What::Text(_)) {
                        others.push(part(inner, facts, notes)?);
                    }
                }
            }
            _ => {
                before = true;
                others.push(part(piece, facts, notes)?);
            }
        }
    }
    for parts in [responses, others] {
        if !parts.is_empty() {
            contents.item(&content("user", &parts));
        }
    }
    Ok(())
}

/// Writes a result. A response is an object: the text is its field.
fn response(result: &Answer<'_>, piece: &Piece<'_>, notes: &mut Notes) -> String {
    let mut text = String::from("\"");
    let mut parts = 0;
    for inner in &result.pieces {
        match inner.what {
            What::Text(spelled) => {
                parts += 1;
                text.push_str(inside(spelled));
            }
            // It follows as a part of its own.
            _ => notes.add(Action::MovedPart, inner.at.clone(), 0, 0),
        }
    }
    text.push('"');
    if parts > 1 {
        notes.add(Action::JoinedParts, piece.at.clone(), 0, 0);
    }
    let answer = match result.is_error {
        true => format!(r#"{{"error":{text}}}"#),
        false => (super::WIRE.text_answer)(&text),
    };
    let mut response = Json::open('{');
    response
        .field("id", &json_string(&result.id))
        .field("name", &json_string(&result.name))
        .field("response", &answer);
    format!(r#"{{"functionResponse":{}}}"#, response.close('}'))
}

fn part(piece: &Piece<'_>, facts: &Facts<'_>, notes: &mut Notes) -> Result<String, Unfit> {
    Ok(match &piece.what {
        What::Text(text) => (super::WIRE.text_part)(Role::User, text),
        What::Image(media) | What::Audio(media) => blob(media, piece, facts)?,
        What::File(media, name) => {
            if let Some(name) = name {
                let at = format!("{}/file/filename", piece.at);
                notes.add(Action::DroppedField, at, name.len(), 0);
            }
            blob(media, piece, facts)?
        }
        What::Call(call) => {
            let mut written = Json::open('{');
            written
                .field("id", &json_string(&call.id))
                .field("name", &json_string(&call.name))
                .field("args", &call.arguments);
            format!(r#"{{"functionCall":{}}}"#, written.close('}'))
        }
        What::Result(_) => {
            return Err(piece.unfit(
                "content",
                "a result is among the assistant's parts",
                "move it after the message with its call",
            ));
        }
    })
}

fn blob(media: &Media<'_>, piece: &Piece<'_>, facts: &Facts<'_>) -> Result<String, Unfit> {
    match media {
        Media::Inline { mime, base64 } => {
            let (mime, data) = (json_string(mime), json_string(base64));
            Ok(format!(
                r#"{{"inlineData":{{"mimeType":{mime},"data":{data}}}}}"#
            ))
        }
        Media::Url(url) => match mime_of(url).filter(|_| facts.host == Some(Host::Vertex)) {
            Some(mime) => {
                let url = json_string(url);
                Ok(format!(
                    r#"{{"fileData":{{"mimeType":"{mime}","fileUri":{url}}}}}"#
                ))
            }
            None => Err(piece.unfit(
                "media_url",
                "this host does not fetch it, or its type is not known",
                "send it inline, in base64",
            )),
        },
    }
}

/// Returns the MIME type that a URL's path ends with, which is required.
fn mime_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, end) = path.rsplit_once('/')?.1.rsplit_once('.')?;
    Some(match end.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "pdf" => "application/pdf",
        _ => return None,
    })
}

fn is_name(name: &str) -> bool {
    name.len() <= MOST_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
}

fn tools(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    root: &mut Json,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let settings = &neutral.settings;
    if let Some((false, at)) = &settings.parallel {
        notes.add(Action::DroppedSetting, at.clone(), 0, 0);
    }
    if neutral.tools.is_empty() {
        if let Some((_, at)) = &settings.choice {
            notes.add(Action::DroppedSetting, at.clone(), 0, 0);
        }
        return Ok(());
    }
    if let Some((_, at)) = &settings.form
        && facts.abilities.json_schema_with_tools == Some(false)
    {
        return Err(unfit(
            "answer_form",
            "the model has no functions beside a JSON answer",
            "remove the functions or the form, or choose another model",
            at.clone(),
            neutral.tools[0].name,
        ));
    }
    let mut declarations = Vec::with_capacity(neutral.tools.len());
    for tool in &neutral.tools {
        if !tool.name.as_str().is_some_and(|name| is_name(&name)) {
            return Err(Unfit {
                code: "tool_name",
                what: "this is not the name of a function in the other format".into(),
                remedy: "begin it with a letter or `_`, and use at most 64 letters, digits, `_`, `-`",
                pointer: tool.at.clone(),
                offset: tool.offset,
            });
        }
        let mut function = Json::open('{');
        // Other than `parameters`, this field accepts every keyword.
        function
            .field("name", tool.name.raw())
            .some("description", tool.description.map(|text| text.raw()))
            .some(
                "parametersJsonSchema",
                tool.schema.map(|schema| schema.raw()),
            );
        declarations.push(function.close('}'));
    }
    let declarations = list(declarations);
    root.field(
        "tools",
        &format!(r#"[{{"functionDeclarations":{declarations}}}]"#),
    );
    let Some((choice, _)) = &settings.choice else {
        return Ok(());
    };
    let mode = match choice {
        Choice::Auto => r#""mode":"AUTO""#.to_owned(),
        Choice::None => r#""mode":"NONE""#.to_owned(),
        Choice::Any => r#""mode":"ANY""#.to_owned(),
        Choice::Tool(name) => format!(
            r#""mode":"ANY","allowedFunctionNames":[{}]"#,
            json_string(name)
        ),
    };
    root.field(
        "toolConfig",
        &format!(r#"{{"functionCallingConfig":{{{mode}}}}}"#),
    );
    Ok(())
}

fn config(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    root: &mut Json,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let settings = &neutral.settings;
    let raw = |value: &Option<(Value<'_>, String)>| {
        value.as_ref().map(|(value, _)| value.raw().to_owned())
    };
    let mut config = Json::open('{');
    config
        .some("temperature", settings.temperature.map(|value| value.raw()))
        .some("topP", settings.top_p.map(|value| value.raw()))
        .some("topK", raw(&settings.top_k).as_deref())
        .some("seed", raw(&settings.seed).as_deref())
        .some(
            "presencePenalty",
            raw(&settings.presence_penalty).as_deref(),
        )
        .some(
            "frequencyPenalty",
            raw(&settings.frequency_penalty).as_deref(),
        );
    if let Some(limit) = settings.max_output {
        config.field(
            OutputLimitField::MaxOutputTokens.as_str(),
            &limit.to_string(),
        );
    }
    let mut stops = Json::open('[');
    for (stop, at) in &settings.stop {
        match stop.kind() {
            Kind::String => stops.item(stop.raw()),
            _ => notes.dropped(Action::DroppedSetting, at.clone(), *stop),
        }
    }
    if !stops.is_empty() {
        config.field("stopSequences", &stops.close(']'));
    }
    match &settings.form {
        None => {}
        Some((Form::Json, _)) => {
            config.field("responseMimeType", r#""application/json""#);
        }
        Some((
            Form::Schema {
                name,
                description,
                schema,
                ..
            },
            at,
        )) => {
            config
                .field("responseMimeType", r#""application/json""#)
                .field("responseJsonSchema", schema.raw());
            for (field, value) in [("name", name), ("description", description)] {
                if let Some(value) = value {
                    let at = format!("{at}/json_schema/{field}");
                    notes.dropped(Action::DroppedField, at, *value);
                }
            }
        }
    }
    match &settings.thinking {
        None => {}
        Some((thinking, at)) => match level(*thinking, facts) {
            Some(level) => {
                config.field("thinkingConfig", &level);
            }
            None => notes.add(Action::DroppedSetting, at.clone(), 0, 0),
        },
    }
    if !config.is_empty() {
        root.field("generationConfig", &config.close('}'));
    }
    if let Some((user, at)) = &settings.user {
        notes.dropped(Action::DroppedSetting, at.clone(), *user);
    }
    if settings.stream.is_some() {
        // The URL says it.
        notes.add(Action::DroppedSetting, "/stream", 0, 0);
    }
    Ok(())
}

/// Returns the setting of a model's thinking, where there is one right way.
fn level(thinking: Thinking, facts: &Facts<'_>) -> Option<String> {
    let effort = match thinking {
        Thinking::On(effort) => effort?,
        Thinking::Off => Effort::None,
    };
    if facts.accepts(effort) && effort != Effort::None {
        let level = effort.as_str().to_ascii_uppercase();
        return Some(format!(r#"{{"thinkingLevel":"{level}"}}"#));
    }
    let has_budget = facts.abilities.thinking_budget.is_some();
    let can_be_off = thinking == Thinking::Off && facts.abilities.reasoning_off == Some(true);
    (can_be_off && has_budget).then(|| r#"{"thinkingBudget":0}"#.to_owned())
}
