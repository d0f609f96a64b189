//! Fields of all wire formats: the [`Field`] of each key.
//!
//! The formats share one table for the usage object, because gateways mix them; `read.rs` and the
//! file of the format decide afterwards how the numbers relate. Sources: the API references of the
//! providers, and recorded answers of public test suites (state 2026-11-28).

use super::facts::{Field, List, Money, Sign};
use super::table::{Node, Table};
use super::words::Word;

/// `prompt_tokens_details`, `input_tokens_details`, `input_token_details`.
pub(super) static INPUT_DETAILS: &Table = &Table::of(&[
    ("audio_tokens", Node::Count(Field::InAudio)),
    ("cache_creation", Node::Object(LIFETIMES)),
    (
        "cache_creation_input_tokens",
        Node::Count(Field::WriteInside),
    ),
    ("cache_creation_tokens", Node::Count(Field::WriteInside)),
    ("cache_read_tokens", Node::Count(Field::Cached)),
    ("cache_write_tokens", Node::Count(Field::WriteInside)),
    ("cached_tokens", Node::Count(Field::Cached)),
    ("cached_tokens_details", Node::Object(CACHED_DETAILS)),
    ("image_tokens", Node::Count(Field::InImage)),
    ("text_tokens", Node::Count(Field::InText)),
    ("video_tokens", Node::Count(Field::InVideo)),
]);

/// `cached_tokens_details` of the realtime API.
pub(super) static CACHED_DETAILS: &Table = &Table::of(&[
    ("audio_tokens", Node::Count(Field::CachedAudio)),
    ("image_tokens", Node::Count(Field::CachedImage)),
    ("text_tokens", Node::Count(Field::CachedText)),
]);

/// `completion_tokens_details`, `output_tokens_details`, `output_token_details`.
pub(super) static OUTPUT_DETAILS: &Table = &Table::of(&[
    ("accepted_prediction_tokens", Node::Count(Field::Accepted)),
    ("audio_tokens", Node::Count(Field::OutAudio)),
    ("image_tokens", Node::Count(Field::OutImage)),
    ("reasoningTokens", Node::Count(Field::CamelReasoning)),
    ("reasoning_tokens", Node::Count(Field::Reasoning)),
    ("rejected_prediction_tokens", Node::Count(Field::Rejected)),
    ("text_tokens", Node::Count(Field::OutText)),
    ("thinking_tokens", Node::Count(Field::Reasoning)),
]);

/// `cache_creation`: cache writes by lifetime.
pub(super) static LIFETIMES: &Table = &Table::of(&[
    ("ephemeral_12h_input_tokens", Node::Count(Field::Write12h)),
    ("ephemeral_1h_input_tokens", Node::Count(Field::Write1h)),
    ("ephemeral_30m_input_tokens", Node::Count(Field::Write30m)),
    ("ephemeral_5m_input_tokens", Node::Count(Field::Write5m)),
]);

/// `server_tool_use` (Anthropic), `server_tool_use_details` (OpenRouter),
/// `server_side_tool_usage_details` (xAI).
pub(super) static HOSTED_CALLS: &Table = &Table::of(&[
    ("code_execution_requests", Node::Count(Field::CodeExecution)),
    (
        "code_interpreter_calls",
        Node::Count(Field::CodeInterpreter),
    ),
    ("document_search_calls", Node::Count(Field::DocumentSearch)),
    ("file_search_calls", Node::Count(Field::FileSearch)),
    (
        "image_generation_calls",
        Node::Count(Field::ImageGeneration),
    ),
    ("mcp_calls", Node::Count(Field::Mcp)),
    ("tool_calls_executed", Node::Count(Field::ServerTools)),
    ("web_fetch_requests", Node::Count(Field::WebFetch)),
    ("web_search_calls", Node::Count(Field::WebSearch)),
    ("web_search_requests", Node::Count(Field::WebSearch)),
    ("x_search_calls", Node::Count(Field::XSearch)),
]);

static BILLED_UNITS: &Table = &Table::of(&[
    ("input_tokens", Node::Count(Field::BilledInput)),
    ("output_tokens", Node::Count(Field::BilledOutput)),
    ("search_units", Node::Count(Field::SearchUnits)),
]);

static WINDOW_TOKENS: &Table = &Table::of(&[
    ("image_tokens", Node::Count(Field::WindowImage)),
    ("input_tokens", Node::Count(Field::WindowInput)),
    ("output_tokens", Node::Count(Field::WindowOutput)),
    ("reasoning_tokens", Node::Count(Field::WindowReasoning)),
]);

static CONTEXT_DETAILS: &Table = &Table::of(&[
    ("input_tokens", Node::Count(Field::ContextInput)),
    ("output_tokens", Node::Count(Field::ContextOutput)),
]);

/// Cost as an object (Perplexity).
pub(super) static COST: &Table = &Table::of(&[
    ("request_cost", Node::Dollars(Money::Request)),
    ("search_queries_cost", Node::Dollars(Money::Searches)),
    ("total_cost", Node::Dollars(Money::Cost)),
]);

/// `cost_details` (OpenRouter, Vercel).
static COST_DETAILS: &Table = &Table::of(&[
    (
        "upstream_inference_completions_cost",
        Node::Dollars(Money::UpstreamOutput),
    ),
    ("upstream_inference_cost", Node::Dollars(Money::Upstream)),
    (
        "upstream_inference_input_cost",
        Node::Dollars(Money::UpstreamInput),
    ),
    (
        "upstream_inference_output_cost",
        Node::Dollars(Money::UpstreamOutput),
    ),
    (
        "upstream_inference_prompt_cost",
        Node::Dollars(Money::UpstreamInput),
    ),
]);

static GATEWAY: &Table = &Table::of(&[("cost_estimate", Node::Dollars(Money::Estimate))]);

/// The usage object, under any key.
pub(super) static USAGE: &Table = &Table::of(&[
    ("billed_units", Node::Object(BILLED_UNITS)),
    ("cacheDetails", Node::Lifetimes),
    ("cacheReadInputTokenCount", Node::Count(Field::CamelRead)),
    ("cacheReadInputTokens", Node::Count(Field::CamelRead)),
    ("cacheTokensDetails", Node::Modalities(List::Cache)),
    ("cacheWriteInputTokenCount", Node::Count(Field::CamelWrite)),
    ("cacheWriteInputTokens", Node::Count(Field::CamelWrite)),
    ("cache_creation", Node::Object(LIFETIMES)),
    ("cache_creation_input_tokens", Node::Count(Field::WriteTop)),
    ("cache_read_input_tokens", Node::Count(Field::ReadTop)),
    ("cache_tokens_details", Node::Modalities(List::Cache)),
    ("cachedContentTokenCount", Node::Count(Field::CachedCount)),
    ("cachedInputTokens", Node::Count(Field::CamelCachedInside)),
    (
        "cached_content_token_count",
        Node::Count(Field::CachedCount),
    ),
    ("cached_tokens", Node::Count(Field::CachedTop)),
    ("cached_tokens_by_modality", Node::Modalities(List::Cache)),
    ("candidatesTokenCount", Node::Count(Field::CandidatesCount)),
    (
        "candidatesTokensDetails",
        Node::Modalities(List::Candidates),
    ),
    (
        "candidates_token_count",
        Node::Count(Field::CandidatesCount),
    ),
    (
        "candidates_tokens_details",
        Node::Modalities(List::Candidates),
    ),
    ("citation_tokens", Node::Count(Field::Citation)),
    ("completionTokens", Node::Count(Field::Completion)),
    ("completion_tokens", Node::Count(Field::Completion)),
    ("completion_tokens_details", Node::Object(OUTPUT_DETAILS)),
    ("context_details", Node::Object(CONTEXT_DETAILS)),
    ("cost", Node::Cost),
    ("cost_details", Node::Object(COST_DETAILS)),
    ("cost_in_usd_ticks", Node::Ticks(Money::Cost)),
    ("estimated_cost", Node::Dollars(Money::Estimate)),
    ("image_tokens", Node::Count(Field::ImageTop)),
    ("inference_geo", Node::Word(Word::Geo)),
    ("inputTokenCount", Node::Count(Field::PlainInput)),
    ("inputTokens", Node::Count(Field::CamelInput)),
    ("input_token_count", Node::Count(Field::PlainInput)),
    ("input_token_details", Node::Object(INPUT_DETAILS)),
    ("input_tokens", Node::Count(Field::Input)),
    ("input_tokens_by_modality", Node::Modalities(List::Prompt)),
    ("input_tokens_details", Node::Object(INPUT_DETAILS)),
    ("is_byok", Node::Mark(Sign::OwnKey)),
    ("iterations", Node::Steps),
    ("market_cost", Node::Dollars(Money::Market)),
    ("model", Node::Model),
    ("num_cached_tokens", Node::Count(Field::CachedNum)),
    ("num_search_queries", Node::Count(Field::SearchQueries)),
    (
        "num_server_side_tools_used",
        Node::Count(Field::ServerTools),
    ),
    ("outputTokenCount", Node::Count(Field::PlainOutput)),
    ("outputTokenDetails", Node::Object(OUTPUT_DETAILS)),
    ("outputTokens", Node::Count(Field::CamelOutput)),
    ("outputTokensDetails", Node::Object(OUTPUT_DETAILS)),
    ("output_token_count", Node::Count(Field::PlainOutput)),
    ("output_token_details", Node::Object(OUTPUT_DETAILS)),
    ("output_tokens", Node::Count(Field::Output)),
    (
        "output_tokens_by_modality",
        Node::Modalities(List::Candidates),
    ),
    ("output_tokens_details", Node::Object(OUTPUT_DETAILS)),
    ("promptTokenCount", Node::Count(Field::PromptCount)),
    ("promptTokens", Node::Count(Field::Prompt)),
    ("promptTokensDetails", Node::Modalities(List::Prompt)),
    ("prompt_cache_hit_tokens", Node::Count(Field::CacheHit)),
    ("prompt_cache_miss_tokens", Node::Count(Field::CacheMiss)),
    ("prompt_token_count", Node::Count(Field::PromptCount)),
    ("prompt_token_details", Node::Object(INPUT_DETAILS)),
    ("prompt_tokens", Node::Count(Field::Prompt)),
    ("prompt_tokens_details", Node::Object(INPUT_DETAILS)),
    ("pydantic_ai_gateway", Node::Object(GATEWAY)),
    ("reasoningTokens", Node::Count(Field::CamelReasoning)),
    ("reasoning_tokens", Node::Count(Field::ReasoningTop)),
    ("responseTokenCount", Node::Count(Field::CandidatesCount)),
    ("responseTokensDetails", Node::Modalities(List::Candidates)),
    ("seconds", Node::Count(Field::Seconds)),
    ("server_side_tool_usage_details", Node::Object(HOSTED_CALLS)),
    ("server_tool_use", Node::Object(HOSTED_CALLS)),
    ("server_tool_use_details", Node::Object(HOSTED_CALLS)),
    ("serviceTier", Node::Word(Word::Tier)),
    ("service_tier", Node::Word(Word::Tier)),
    ("speed", Node::Word(Word::Speed)),
    ("thoughtsTokenCount", Node::Count(Field::ThoughtsCount)),
    ("thoughts_token_count", Node::Count(Field::ThoughtsCount)),
    ("tokens", Node::Object(WINDOW_TOKENS)),
    (
        "toolUsePromptTokenCount",
        Node::Count(Field::ToolPromptCount),
    ),
    (
        "tool_use_prompt_token_count",
        Node::Count(Field::ToolPromptCount),
    ),
    ("totalTokenCount", Node::Count(Field::TotalCount)),
    ("totalTokens", Node::Count(Field::CamelTotal)),
    ("total_cached_tokens", Node::Count(Field::SumCached)),
    ("total_input_tokens", Node::Count(Field::SumInput)),
    ("total_output_tokens", Node::Count(Field::SumOutput)),
    ("total_reasoning_tokens", Node::Count(Field::SumThought)),
    ("total_thought_tokens", Node::Count(Field::SumThought)),
    ("total_token_count", Node::Count(Field::TotalCount)),
    ("total_tokens", Node::Count(Field::Total)),
    ("total_tool_use_tokens", Node::Count(Field::SumTool)),
    ("trafficType", Node::Word(Word::Tier)),
    ("traffic_type", Node::Word(Word::Tier)),
]);

/// Entry of `choices`. Moonshot reports the usage of a stream in it.
pub(super) static CHOICE: &Table = &Table::of(&[
    ("finish_reason", Node::Mark(Sign::Finished)),
    ("usage", Node::Object(USAGE)),
]);

static CANDIDATE: &Table = &Table::of(&[
    ("finishReason", Node::Mark(Sign::Finished)),
    ("finish_reason", Node::Mark(Sign::Finished)),
]);

/// `delta` of Anthropic's `message_delta` and Cohere's `message-end`.
static DELTA: &Table = &Table::of(&[
    ("finish_reason", Node::Mark(Sign::Finished)),
    ("stop_reason", Node::Mark(Sign::Finished)),
    ("usage", Node::Object(USAGE)),
]);

static ACTION: &Table = &Table::of(&[("type", Node::Word(Word::Action))]);

/// Entry of the list of output items of Responses.
pub(super) static ITEM: &Table = &Table::of(&[
    ("action", Node::Object(ACTION)),
    ("type", Node::Word(Word::Item)),
]);

/// Output item in an event of its own, which the list repeats; content block of Messages.
static BLOCK: &Table = &Table::of(&[("type", Node::Word(Word::Block))]);

/// Entry of `data` of an images or embeddings answer.
static DATUM: &Table = &Table::of(&[
    ("b64_json", Node::Mark(Sign::Images)),
    ("embedding", Node::Mark(Sign::Embeddings)),
]);

static WITH_USAGE: &Table = &Table::of(&[
    ("billed_units", Node::Object(BILLED_UNITS)),
    ("tokens", Node::Object(WINDOW_TOKENS)),
    ("usage", Node::Object(USAGE)),
]);

/// Results of watsonx (`results[]`).
static RESULT: &Table = &Table::of(&[
    ("generated_token_count", Node::Count(Field::PlainOutput)),
    ("input_token_count", Node::Count(Field::PlainInput)),
    ("output_token_count", Node::Count(Field::PlainOutput)),
    ("tokenCount", Node::Count(Field::PlainOutput)),
]);

/// `amazon-bedrock-invocationMetrics`: last chunk of a stream of InvokeModel.
static INVOCATION: &Table = &Table::of(&[
    ("cacheReadInputTokenCount", Node::Count(Field::PlainRead)),
    ("cacheWriteInputTokenCount", Node::Count(Field::PlainWrite)),
    ("inputTokenCount", Node::Count(Field::PlainInput)),
    ("outputTokenCount", Node::Count(Field::PlainOutput)),
]);

static WEB_SEARCH_USE: &Table = &Table::of(&[("num_requests", Node::Count(Field::WebSearch))]);
static TOOL_USAGE: &Table = &Table::of(&[("web_search", Node::Object(WEB_SEARCH_USE))]);

/// `response` of a Responses event, `message` of Anthropic's `message_start`, `interaction`,
/// `result`.
static INNER: &Table = &Table::of(&[
    ("content", Node::Each(BLOCK)),
    ("meta", Node::Object(WITH_USAGE)),
    ("model", Node::Model),
    ("output", Node::Items),
    ("prompt_cache_retention", Node::Word(Word::Retention)),
    ("service_tier", Node::Word(Word::Tier)),
    ("tool_usage", Node::Object(TOOL_USAGE)),
    ("usage", Node::Object(USAGE)),
]);

/// Answer, or one event of a stream.
pub(super) static ENVELOPE: &Table = &Table::of(&[
    ("amazon-bedrock-invocationMetrics", Node::Object(INVOCATION)),
    ("candidates", Node::Each(CANDIDATE)),
    ("choices", Node::Choices),
    ("content", Node::Each(BLOCK)),
    ("content_block", Node::Object(BLOCK)),
    ("data", Node::Each(DATUM)),
    ("delta", Node::Object(DELTA)),
    ("done", Node::Mark(Sign::Finished)),
    ("embedding", Node::Mark(Sign::Embeddings)),
    ("embeddings", Node::Mark(Sign::Embeddings)),
    ("eval_count", Node::Count(Field::PlainOutput)),
    ("event_type", Node::Word(Word::Event)),
    ("generation_token_count", Node::Count(Field::PlainOutput)),
    ("inputTextTokenCount", Node::Count(Field::PlainInput)),
    ("interaction", Node::Object(INNER)),
    ("item", Node::Object(BLOCK)),
    ("message", Node::Object(INNER)),
    ("messageStop", Node::Mark(Sign::Finished)),
    ("meta", Node::Object(WITH_USAGE)),
    ("metadata", Node::Object(WITH_USAGE)),
    ("metrics", Node::Object(RESULT)),
    ("model", Node::Model),
    ("modelVersion", Node::Model),
    ("output", Node::Items),
    ("promptFeedback", Node::Mark(Sign::Finished)),
    ("prompt_cache_retention", Node::Word(Word::Retention)),
    ("prompt_eval_count", Node::Count(Field::PlainInput)),
    ("prompt_token_count", Node::Count(Field::PlainInput)),
    ("response", Node::Object(INNER)),
    ("result", Node::Object(INNER)),
    ("results", Node::Each(RESULT)),
    ("service_tier", Node::Word(Word::Tier)),
    ("stop", Node::Mark(Sign::Finished)),
    ("stop_reason", Node::Mark(Sign::Finished)),
    ("tokens_evaluated", Node::Count(Field::PlainInput)),
    ("tokens_predicted", Node::Count(Field::PlainOutput)),
    ("tool_usage", Node::Object(TOOL_USAGE)),
    ("type", Node::Word(Word::Event)),
    ("usage", Node::Object(USAGE)),
    ("usageMetadata", Node::Object(USAGE)),
    ("usage_metadata", Node::Object(USAGE)),
    ("x_groq", Node::Object(WITH_USAGE)),
]);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &'static Table, seen: &mut Vec<*const Table>) {
        if seen.contains(&std::ptr::from_ref(table)) {
            return;
        }
        seen.push(table);
        for (key, node) in table.rows() {
            let same = table.rows().iter().filter(|(other, _)| other == key);
            assert_eq!(same.count(), 1, "{key} is there twice");
            assert!(table.look_up(key).is_some(), "{key} is not found");
            assert!(table.look_up(&format!("{key}_")).is_none());
            if let Node::Object(inner) | Node::Each(inner) = node {
                check(inner, seen);
            }
        }
        assert!(table.look_up("").is_none());
    }

    #[test]
    fn every_row_is_found() {
        let mut seen = Vec::new();
        check(ENVELOPE, &mut seen);
        check(CHOICE, &mut seen);
        check(ITEM, &mut seen);
        check(COST, &mut seen);
        assert!(seen.len() > 15);
    }
}
