//! LiteLLM's `model_prices_and_context_window.json`: an object by name, with prices per token.

use super::Row;
use super::cursor::{Cursor, read};
use super::patch::Patch;
use crate::error::Error;
use crate::model::ModelKind;

pub(super) fn rows(root: Cursor<'_>) -> Result<Vec<Row<'_>>, Error> {
    let mut rows = Vec::new();
    for (name, at) in root.entries() {
        // The first entry describes the fields, with strings instead of numbers; `$schema` and
        // similar keys are not models.
        if name == "sample_spec" || name.starts_with('$') {
            continue;
        }
        at.expect_object("a model (an object)")?;
        at.check_name(&name)?;
        rows.push(Row {
            patch: patch(&at)?,
            name,
            or_else: None,
            at,
        });
    }
    Ok(rows)
}

fn patch(at: &Cursor<'_>) -> Result<Patch, Error> {
    // Models that are not counted in tokens have 0 there.
    let size = |field| {
        let size = read(at, field, Cursor::size_or_zero)?;
        Ok::<_, Error>(size.filter(|&size| size > 0))
    };
    let per_token = |at: &Cursor<'_>| at.price(1.0);
    let whole = size("max_tokens")?;
    let input = size("max_input_tokens")?;
    let output = size("max_output_tokens")?;
    Ok(Patch {
        provider_if_new: read(at, "litellm_provider", Cursor::string)?,
        kind_if_new: read(at, "mode", Cursor::string)?
            .as_deref()
            .and_then(kind_of_mode),
        // `max_tokens` is the older field: the output limit if the input has its own, otherwise the
        // window.
        input_or_window: input.or(whole.filter(|_| output.is_none())),
        max_output_tokens: output.or(whole.filter(|_| input.is_some())),
        price_input: read(at, "input_cost_per_token", per_token)?,
        price_output: read(at, "output_cost_per_token", per_token)?,
        price_cached_input: read(at, "cache_read_input_token_cost", per_token)?,
        tools: read(at, "supports_function_calling", Cursor::a_bool)?,
        vision: read(at, "supports_vision", Cursor::a_bool)?,
        json_schema: read(at, "supports_response_schema", Cursor::a_bool)?,
        reasoning: read(at, "supports_reasoning", Cursor::a_bool)?,
        shutdown_date: read(at, "deprecation_date", Cursor::day)?,
        ..Patch::default()
    })
}

fn kind_of_mode(mode: &str) -> Option<ModelKind> {
    Some(match mode {
        "chat" => ModelKind::Chat,
        "responses" => ModelKind::Responses,
        "completion" => ModelKind::Completion,
        "embedding" => ModelKind::Embedding,
        "image_generation" | "image_edit" => ModelKind::Image,
        "video_generation" => ModelKind::Video,
        "audio_speech" => ModelKind::AudioSpeech,
        "audio_transcription" => ModelKind::AudioTranscription,
        "realtime" => ModelKind::Realtime,
        "moderation" | "moderations" => ModelKind::Moderation,
        _ => return None,
    })
}
