//! The form between formats → Messages.

use std::borrow::Cow;

use super::answer_schema::in_subset;
use crate::edit::Action;
use crate::json::Kind;
use crate::model::{Effort, ForcedToolChoice, ThinkingType};
use crate::provider::choice::Choice;
use crate::provider::neutral::{
    Facts, Form, Function, Json, Media, Neutral, Notes, Piece, Settings, Speaker, Thinking, Unfit,
    What, forces_call, is_blank, list, unfit,
};
use crate::request::json_string;

/// Output limit of a model whose own is unknown, in tokens: the limit is required.
const OUTPUT_LIMIT: u64 = 4_096;

/// Schema of a function without parameters.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes a request. Linear.
pub(super) fn write(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    notes: &mut Notes,
) -> Result<String, Unfit> {
    let mut root = Json::open('{');
    root.field("model", &json_string(facts.name));
    let settings = &neutral.settings;
    let limit = settings.max_output.unwrap_or_else(|| {
        let limit = facts.max_output.unwrap_or(OUTPUT_LIMIT);
        notes.add(Action::AddedField, "", 0, limit.to_string().len());
        limit
    });
    root.field("max_tokens", &limit.to_string());

    let mut instructions: Vec<&Piece<'_>> = Vec::new();
    for piece in &neutral.instructions {
        match piece.is_blank() {
            true => drop_blank(piece, notes),
            false => instructions.push(piece),
        }
    }
    // A conversation has at least one message: instructions alone are what the user says.
    let alone = match neutral.turns.is_empty() {
        true => instructions.pop(),
        false => None,
    };
    let texts = instructions.iter().map(|piece| text_of(piece));
    match instructions.as_slice() {
        [] => {}
        [
            Piece {
                what: What::Text(text),
                ..
            },
        ] => {
            root.field("system", text);
        }
        _ => {
            root.field("system", &list(texts.map(text_block)));
        }
    }

    // Messages, each with its blocks.
    let mut messages: Vec<(Speaker, Vec<Cow<'_, str>>)> = Vec::new();
    if let Some(piece) = alone {
        notes.add(Action::RenamedRole, piece.at.clone(), 0, 0);
        let block = Cow::Owned(text_block(text_of(piece)));
        messages.push((Speaker::User, vec![block]));
    }
    for turn in &neutral.turns {
        let mut blocks = Vec::with_capacity(turn.pieces.len());
        let is_result = |piece: &&Piece<'_>| matches!(piece.what, What::Result(_));
        // Results come first in their message.
        let mut others = false;
        for piece in &turn.pieces {
            match piece.what {
                What::Result(_) if others => notes.add(Action::MovedResult, piece.at.clone(), 0, 0),
                What::Result(_) => {}
                _ => others = true,
            }
        }
        let results = turn.pieces.iter().filter(is_result);
        let others = turn.pieces.iter().filter(|piece| !is_result(piece));
        for piece in results.chain(others) {
            match piece.is_blank() {
                true => drop_blank(piece, notes),
                false => blocks.push(Cow::Owned(block(piece, notes)?)),
            }
        }
        match messages.last_mut() {
            _ if blocks.is_empty() => {}
            Some((speaker, before)) if *speaker == turn.speaker => before.append(&mut blocks),
            _ => messages.push((turn.speaker, blocks)),
        }
    }
    let messages = messages.iter().map(|(speaker, blocks)| {
        let role = match speaker {
            Speaker::User => r#""user""#,
            Speaker::Assistant => r#""assistant""#,
        };
        let mut message = Json::open('{');
        message.field("role", role).field("content", &list(blocks));
        message.close('}')
    });
    root.field("messages", &list(messages));
    if facts.abilities.prefill == Some(false)
        && let Some(last) = neutral.turns.last()
        && last.speaker == Speaker::Assistant
        && let Some(piece) = last.pieces.last()
        && matches!(piece.what, What::Text(_))
    {
        return Err(piece.unfit(
            "prefill",
            "the last message is the assistant's, and the model does not continue it",
            "end with a message of the user, or choose another model",
        ));
    }

    tools(neutral, facts, &mut root, notes)?;
    sampling(settings, &mut root, notes);
    output(settings, facts, &mut root, notes)?;
    Ok(root.close('}'))
}

fn drop_blank(piece: &Piece<'_>, notes: &mut Notes) {
    notes.add(
        Action::DroppedPart,
        piece.at.clone(),
        text_of(piece).len(),
        0,
    );
}

fn text_of<'r>(piece: &Piece<'r>) -> &'r str {
    match piece.what {
        What::Text(text) => text,
        _ => r#""""#,
    }
}

fn text_block(text: &str) -> String {
    format!(r#"{{"type":"text","text":{text}}}"#)
}

fn block(piece: &Piece<'_>, notes: &mut Notes) -> Result<String, Unfit> {
    Ok(match &piece.what {
        What::Text(text) => text_block(text),
        What::Image(media) => {
            format!(r#"{{"type":"image","source":{}}}"#, source(media))
        }
        What::File(media, title) => {
            if let Media::Inline { mime, .. } = media
                && !mime.eq_ignore_ascii_case("application/pdf")
            {
                return Err(piece.unfit(
                    "media",
                    "a file in base64 is a PDF in the other format",
                    "send its text",
                ));
            }
            let mut block = Json::open('{');
            block
                .field("type", r#""document""#)
                .field("source", &source(media))
                .some("title", title.as_deref());
            block.close('}')
        }
        What::Audio(_) => {
            return Err(piece.unfit(
                "audio",
                "the other format has no audio",
                "send a transcript as text",
            ));
        }
        What::Call(call) => {
            let mut block = Json::open('{');
            block
                .field("type", r#""tool_use""#)
                .field("id", &json_string(&call.id))
                .field("name", &json_string(&call.name))
                .field("input", &call.arguments);
            block.close('}')
        }
        What::Result(result) => {
            let mut inner = Vec::new();
            for piece in &result.pieces {
                match piece.is_blank() {
                    // An empty result is usual, and is no content here.
                    true if text_of(piece) == r#""""# => {}
                    true => drop_blank(piece, notes),
                    false => inner.push(piece),
                }
            }
            let content = match inner.as_slice() {
                [] => None,
                [
                    Piece {
                        what: What::Text(text),
                        ..
                    },
                ] => Some((*text).to_owned()),
                _ => {
                    let mut blocks = Vec::with_capacity(inner.len());
                    for piece in inner {
                        blocks.push(block(piece, notes)?);
                    }
                    Some(list(blocks))
                }
            };
            let mut block = Json::open('{');
            block
                .field("type", r#""tool_result""#)
                .field("tool_use_id", &json_string(&result.id))
                .some("content", content.as_deref());
            if result.is_error {
                block.field("is_error", "true");
            }
            block.close('}')
        }
    })
}

fn source(media: &Media<'_>) -> String {
    match media {
        Media::Url(url) => format!(r#"{{"type":"url","url":{}}}"#, json_string(url)),
        Media::Inline { mime, base64 } => {
            let mime = match mime.to_ascii_lowercase().as_str() {
                "image/jpg" => r#""image/jpeg""#.to_owned(),
                mime => json_string(mime),
            };
            let data = json_string(base64);
            format!(r#"{{"type":"base64","media_type":{mime},"data":{data}}}"#)
        }
    }
}

fn tools(
    neutral: &Neutral<'_>,
    facts: &Facts<'_>,
    root: &mut Json,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let settings = &neutral.settings;
    if neutral.tools.is_empty() {
        for at in [
            settings.choice.as_ref().map(|(_, at)| at),
            settings.parallel.as_ref().map(|(_, at)| at),
        ]
        .into_iter()
        .flatten()
        {
            notes.add(Action::DroppedSetting, at.clone(), 0, 0);
        }
        return Ok(());
    }
    let tools = neutral.tools.iter().map(|function| {
        let mut tool = Json::open('{');
        let description = function.description.filter(|text| !text.is_empty());
        tool.field("name", function.name.raw())
            .some("description", description.map(|text| text.raw()));
        tool.field("input_schema", &parameters(function, notes))
            .close('}')
    });
    root.field("tools", &list(tools));
    let one_call = matches!(settings.parallel, Some((false, _)));
    let choice = match &settings.choice {
        Some((choice, _)) => choice,
        None if one_call => &Choice::Auto,
        None => return Ok(()),
    };
    if forces_call(choice)
        && facts.abilities.forced_tool_choice == Some(ForcedToolChoice::No)
        && let Some((_, at)) = &settings.choice
    {
        return Err(Unfit {
            code: "tool_choice",
            what: "the model does not support a choice that forces a call".into(),
            remedy: "set the choice to auto, or choose another model",
            pointer: at.clone(),
            offset: neutral.tools[0].offset,
        });
    }
    let mut written = Json::open('{');
    match choice {
        Choice::Auto => written.field("type", r#""auto""#),
        Choice::None => written.field("type", r#""none""#),
        Choice::Any => written.field("type", r#""any""#),
        Choice::Tool(name) => written
            .field("type", r#""tool""#)
            .field("name", &json_string(name)),
    };
    match (&settings.parallel, choice) {
        // Without calls there are no parallel ones.
        (Some((false, _)), Choice::None) => {}
        (Some((false, _)), _) => {
            written.field("disable_parallel_tool_use", "true");
        }
        _ => {}
    }
    root.field("tool_choice", &written.close('}'));
    Ok(())
}

/// Returns the schema of a function's parameters: one of the type object.
fn parameters(function: &Function<'_>, notes: &mut Notes) -> String {
    let mut added = |size: usize| {
        notes.add(Action::AddedField, function.at.clone(), 0, size);
    };
    match function.schema {
        None => {
            added(NO_PARAMETERS.len());
            NO_PARAMETERS.to_owned()
        }
        Some(schema) if schema.get_some("type").is_none() => {
            let mut typed = Json::open('{');
            typed.field("type", r#""object""#);
            added(typed.text.len());
            for (key, value) in schema.entries().filter(|(key, _)| !key.is_str("type")) {
                typed.entry(key.raw(), value.raw());
            }
            typed.close('}')
        }
        Some(schema) => schema.raw().to_owned(),
    }
}

fn sampling(settings: &Settings<'_>, root: &mut Json, notes: &mut Notes) {
    root.some("temperature", settings.temperature.map(|value| value.raw()))
        .some("top_p", settings.top_p.map(|value| value.raw()))
        .some(
            "top_k",
            settings.top_k.as_ref().map(|(value, _)| value.raw()),
        );
    for (value, at) in [
        &settings.seed,
        &settings.presence_penalty,
        &settings.frequency_penalty,
    ]
    .into_iter()
    .flatten()
    {
        notes.dropped(Action::DroppedSetting, at.clone(), *value);
    }
    let mut stops = Json::open('[');
    for (stop, at) in &settings.stop {
        // A stop sequence of white space is refused.
        match stop.kind() == Kind::String && !is_blank(stop.raw()) {
            true => stops.item(stop.raw()),
            false => notes.dropped(Action::DroppedSetting, at.clone(), *stop),
        }
    }
    if !stops.is_empty() {
        root.field("stop_sequences", &stops.close(']'));
    }
    if settings.stream == Some(true) {
        root.field("stream", "true");
    }
    if let Some((user, at)) = &settings.user {
        match user.kind() {
            Kind::String => {
                root.field("metadata", &format!(r#"{{"user_id":{}}}"#, user.raw()));
            }
            _ => notes.dropped(Action::DroppedSetting, at.clone(), *user),
        }
    }
}

/// Writes thinking, effort and the form of the answer.
fn output(
    settings: &Settings<'_>,
    facts: &Facts<'_>,
    root: &mut Json,
    notes: &mut Notes,
) -> Result<(), Unfit> {
    let mut config = Json::open('{');
    let types = facts.abilities.thinking_types;
    let has = |kind| types.is_some_and(|types| types.contains(kind));
    match &settings.thinking {
        None => {}
        Some((Thinking::Off, _)) if has(ThinkingType::Disabled) => {
            root.field("thinking", r#"{"type":"disabled"}"#);
        }
        // It does not think unless asked to.
        Some((Thinking::Off, _)) if types.is_some_and(|types| types.is_empty()) => {}
        Some((Thinking::On(effort), _)) if has(ThinkingType::Adaptive) => {
            root.field("thinking", r#"{"type":"adaptive"}"#);
            let effort = effort.and_then(|effort| nearest(effort, facts));
            if let Some(effort) = effort {
                config.field("effort", &json_string(effort.as_str()));
            }
        }
        // Only with a budget in tokens, which an effort does not name.
        Some((_, at)) => notes.add(Action::DroppedSetting, at.clone(), 0, 0),
    }
    match &settings.form {
        None => {}
        Some((Form::Json, at)) => notes.add(Action::DroppedSetting, at.clone(), 0, 0),
        Some((
            Form::Schema {
                name,
                description,
                schema,
                ..
            },
            at,
        )) => {
            if facts.abilities.json_schema == Some(false) {
                return Err(unfit(
                    "answer_form",
                    "the model does not follow a JSON schema",
                    "describe the form in the instructions, or choose another model",
                    at.clone(),
                    *schema,
                ));
            }
            for (field, value) in [("name", name), ("description", description)] {
                if let Some(value) = value {
                    let at = format!("{at}/json_schema/{field}");
                    notes.dropped(Action::DroppedField, at, *value);
                }
            }
            let schema = in_subset(*schema, &format!("{at}/json_schema/schema"), notes);
            let form = format!(r#"{{"type":"json_schema","schema":{schema}}}"#);
            config.field("format", &form);
        }
    }
    if !config.is_empty() {
        root.field("output_config", &config.close('}'));
    }
    Ok(())
}

/// Returns an effort that the model accepts, the same or the next lower one.
fn nearest(effort: Effort, facts: &Facts<'_>) -> Option<Effort> {
    match effort {
        _ if facts.accepts(effort) => Some(effort),
        Effort::Max => nearest(Effort::Xhigh, facts),
        Effort::Xhigh => nearest(Effort::High, facts),
        // The lowest that exists.
        Effort::Minimal => nearest(Effort::Low, facts),
        _ => None,
    }
}
