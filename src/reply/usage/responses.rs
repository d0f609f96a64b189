//! OpenAI's Responses, and formats that share its names: realtime, transcription, image generation,
//! DashScope's own API.
//!
//! `input_tokens` and `output_tokens` include everything. Usage of a loop with hosted tools is a
//! sum over its steps.

use super::chat::default_write;
use super::facts::{Facts, Field, Sign};
use super::origin::{Api, Origin};
use super::record::Usage;
use super::split::{Input, Output, Writes};

/// Returns whether an answer has the fields of this format.
pub(super) fn is(facts: &Facts) -> bool {
    facts.has_any(&[Field::Input, Field::Output])
}

/// Returns whether an answer is of the image API: image tokens are priced separately there, and all
/// output is images unless the answer states otherwise.
fn is_image_answer(facts: &Facts, origin: &Origin) -> bool {
    match origin.api {
        Some(api) => api == Api::Images,
        None => {
            facts.sign(Sign::Images)
                || facts.has(Field::InText)
                    && facts.has(Field::InImage)
                    && !facts.has_any(&[Field::Cached, Field::Reasoning, Field::InAudio])
        }
    }
}

pub(super) fn read(facts: &Facts, origin: &Origin, usage: &mut Usage) {
    let images = is_image_answer(facts, origin);
    let realtime = origin.api == Some(Api::Realtime)
        || facts.has_any(&[Field::CachedText, Field::CachedAudio, Field::CachedImage]);
    let in_image = facts.first(&[Field::InImage, Field::ImageTop]).unwrap_or(0);
    Input {
        read: facts.first(&[Field::Cached, Field::CachedTop]).unwrap_or(0),
        read_audio: facts.or_zero(Field::CachedAudio),
        read_image: facts.or_zero(Field::CachedImage),
        writes: Writes::of(facts, facts.get(Field::WriteInside), default_write(facts)),
        audio: facts.or_zero(Field::InAudio),
        image: if images || realtime { in_image } else { 0 },
        ..Input::new(facts.or_zero(Field::Input))
    }
    .add_to(usage);
    let output = facts.or_zero(Field::Output);
    let image = match facts.get(Field::OutImage) {
        Some(image) => image,
        None if images => output.saturating_sub(facts.or_zero(Field::OutText)),
        None => 0,
    };
    Output {
        reasoning: facts
            .first(&[Field::Reasoning, Field::ReasoningTop])
            .unwrap_or(0),
        audio: facts.or_zero(Field::OutAudio),
        image,
        ..Output::new(output)
    }
    .add_to(usage);
    if !(images || realtime) {
        usage.notes.image = in_image;
    }
    usage.notes.video = facts.or_zero(Field::InVideo);
    usage.notes.accepted = facts.or_zero(Field::Accepted);
    usage.notes.rejected = facts.or_zero(Field::Rejected);
    let no_context = images || origin.api == Some(Api::Transcription) || !facts.has(Field::Output);
    usage.context =
        (!no_context).then(|| usage.billed_input().saturating_add(usage.billed_output()));
}
