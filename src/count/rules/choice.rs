//! Choice of the rule set that bills a request.

use super::chat::ChatRules;
use super::responses::ResponsesRules;
use super::{
    openai_2023, openai_audio, openai_chat, openai_chat_0301, openai_o_series, openai_o1_preview,
    openai_o3_mini, openai_reasoning, openai_responses, openai_search, unknown,
};
use crate::model::{BillingFamily, CountingGeneration, Host, Model};
use crate::provider::Counting;
use crate::request::Format;

/// API whose rules bill a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Api {
    Chat,
    Responses(&'static ResponsesRules),
}

/// Returns the API that bills a request: that of its format, unless a gateway forwards it to the
/// other one.
///
/// OpenRouter and Vercel forward chat requests for gpt-4.1 and the reasoning models to the
/// Responses API (71 of 71 and 8 of 8 recordings); OpenRouter bills the other models as Chat
/// Completions, also from its Responses endpoint (14 of 14 with tools, one application). The
/// backend of ChatGPT only has the Responses API. Azure, Copilot and the others bill the API that
/// was called (82 of 87 and 35 of 35).
pub(crate) fn api(model: &Model, format: Format) -> Api {
    let called = match format.wire().counting {
        Counting::Responses | Counting::Compaction => responses_rules(model),
        _ => None,
    };
    let sent = match model.host() {
        Some(Host::OpenRouter | Host::Vercel) => {
            let reasons = matches!(
                model.billing(),
                BillingFamily::OpenAiReasoning
                    | BillingFamily::OpenAiOSeries
                    | BillingFamily::OpenAiO3Mini
            );
            if reasons || model.counting_generation() == Some(CountingGeneration::OpenAiGpt41) {
                responses_rules(model)
            } else if model.host() == Some(Host::OpenRouter) {
                None
            } else {
                called
            }
        }
        // It has no other API.
        Some(Host::ChatGpt) => responses_rules(model),
        _ => called,
    };
    sent.map_or(Api::Chat, Api::Responses)
}

/// Whether there are rules for a model's requests to the Responses API.
pub(crate) fn knows_responses(model: &Model) -> bool {
    responses_rules(model).is_some()
}

/// Returns the rules for a model's requests to the Responses API.
fn responses_rules(model: &Model) -> Option<&'static ResponsesRules> {
    let generation = model.counting_generation();
    match model.billing() {
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiGpt4) => {
            Some(&openai_responses::OF_2023)
        }
        BillingFamily::OpenAiChat
        | BillingFamily::OpenAiChat0301
        | BillingFamily::OpenAiO1Preview
        | BillingFamily::OpenAiSearch => Some(&openai_responses::CHAT),
        BillingFamily::OpenAiReasoning
            if generation == Some(CountingGeneration::ResponsesStoredHeaderNewest) =>
        {
            Some(&openai_responses::NEWEST)
        }
        BillingFamily::OpenAiReasoning => Some(&openai_responses::REASONING),
        BillingFamily::OpenAiOSeries => Some(&openai_responses::O_SERIES),
        BillingFamily::OpenAiO3Mini => Some(&openai_responses::O3_MINI),
        _ => None,
    }
}

/// Returns the rules for a model's chat requests.
pub(crate) fn chat_rules(model: &Model) -> &'static ChatRules {
    let generation = model.counting_generation();
    match model.billing() {
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiGpt4) => {
            &openai_2023::RULES
        }
        BillingFamily::OpenAiChat if generation == Some(CountingGeneration::OpenAiAudio) => {
            &openai_audio::RULES
        }
        BillingFamily::OpenAiChat => &openai_chat::RULES,
        BillingFamily::OpenAiChat0301 => &openai_chat_0301::RULES,
        BillingFamily::OpenAiSearch => &openai_search::RULES,
        BillingFamily::OpenAiReasoning
            if generation == Some(CountingGeneration::ResponsesStoredHeaderNewest) =>
        {
            &openai_reasoning::NEWEST
        }
        BillingFamily::OpenAiReasoning => &openai_reasoning::RULES,
        BillingFamily::OpenAiOSeries => &openai_o_series::RULES,
        BillingFamily::OpenAiO3Mini => &openai_o3_mini::RULES,
        BillingFamily::OpenAiO1Preview => &openai_o1_preview::RULES,
        _ => &unknown::RULES,
    }
}
