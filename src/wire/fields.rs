//! The field names of the providers' APIs. An error's pointer may show these; any other name in a request is the
//! caller's own (metadata keys, properties of a tool's schema) and may hold anything.

/// Sorted, for the binary search.
const API_FIELDS: &[&str] = &[
    "allowed_tools",
    "annotations",
    "anthropic_version",
    "arguments",
    "audio",
    "body",
    "content",
    "contents",
    "custom",
    "custom_id",
    "data",
    "description",
    "detail",
    "file",
    "file_data",
    "file_id",
    "filename",
    "format",
    "frequency_penalty",
    "function",
    "function_call",
    "functions",
    "host",
    "id",
    "image_url",
    "input",
    "input_audio",
    "input_schema",
    "instructions",
    "json_schema",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_output_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "method",
    "modalities",
    "model",
    "n",
    "name",
    "parallel_tool_calls",
    "parameters",
    "prediction",
    "presence_penalty",
    "prompt",
    "properties",
    "reasoning_effort",
    "refusal",
    "request",
    "required",
    "response_format",
    "role",
    "schema",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "strict",
    "system",
    "temperature",
    "text",
    "tool_call_id",
    "tool_calls",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "type",
    "url",
    "user",
    "verbosity",
    "voice",
    "web_search_options",
];

/// Whether a name is a field of a provider's API.
pub(crate) fn is_api_field(name: &str) -> bool {
    API_FIELDS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(API_FIELDS.is_sorted_by(|a, b| a < b));
        assert!(is_api_field("messages") && is_api_field("web_search_options"));
        assert!(!is_api_field("jane@example.com"));
    }
}
