//! Names of OpenTelemetry's conventions for generative AI (semconv 0.66b2, schema 1.44).

use crate::model::Host;

/// Names of the attributes of spans and metrics.
pub mod attribute {
    /// `chat`, `embeddings` and similar.
    pub const OPERATION_NAME: &str = "gen_ai.operation.name";
    /// Provider that serves the model; formerly `gen_ai.system`.
    pub const PROVIDER_NAME: &str = "gen_ai.provider.name";
    /// Requested model.
    pub const REQUEST_MODEL: &str = "gen_ai.request.model";
    /// `input` or `output`.
    pub const TOKEN_TYPE: &str = "gen_ai.token.type";
    /// Input tokens, **cached ones included**.
    pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// Output tokens.
    pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// Input tokens from the prompt cache.
    pub const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
    /// Kind of error, of low cardinality.
    pub const ERROR_TYPE: &str = "error.type";
    /// HTTP status.
    pub const STATUS_CODE: &str = "http.response.status_code";
}

/// Names of metrics.
pub mod metric_name {
    /// Duration of an operation in seconds.
    pub const OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
    /// Tokens by `gen_ai.token.type`.
    pub const TOKEN_USAGE: &str = "gen_ai.client.token.usage";
    /// Seconds to the first chunk.
    pub const TIME_TO_FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
    /// Seconds per output token after the first chunk. A chunk often holds one token.
    pub const TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.operation.time_per_output_chunk";
    /// Number of sends of a call. Not part of the conventions.
    pub const SENDS: &str = "tokenfit.client.call.sends";
    /// Seconds that a call waited between sends. Not part of the conventions.
    pub const WAITED: &str = "tokenfit.client.call.waited";
}

/// Hosts whose name in the conventions differs from the crate's word.
const PROVIDERS: &[(Host, &str)] = &[
    (Host::Gemini, "gcp.gemini"),
    (Host::Vertex, "gcp.vertex_ai"),
    (Host::Bedrock, "aws.bedrock"),
    (Host::Azure, "azure.ai.openai"),
    (Host::Watsonx, "ibm.watsonx.ai"),
    (Host::Mistral, "mistral_ai"),
    (Host::Xai, "x_ai"),
    (Host::Moonshot, "moonshot_ai"),
];

/// Returns the value of `gen_ai.provider.name` for a host.
///
/// ```
/// use tokenfit::model::Host;
/// use tokenfit::reply::stats::provider_name;
///
/// assert_eq!(provider_name(Host::Bedrock), "aws.bedrock");
/// assert_eq!(provider_name(Host::OpenAi), "openai");
/// ```
pub fn provider_name(host: Host) -> &'static str {
    PROVIDERS
        .iter()
        .find(|(known, _)| *known == host)
        .map_or(host.as_str(), |(_, name)| *name)
}
