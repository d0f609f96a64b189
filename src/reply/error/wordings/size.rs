//! Wordings for input, output and bodies that are too large.

use super::super::kind::ApiErrorKind::{
    ContextLengthExceeded, InvalidRequest, MaxOutputExceeded, RequestTooLarge,
    RequestTooLargeForRateLimit,
};
use super::super::kind::LimitScope::Minute;
use super::super::phrase::Group;

pub(super) static GROUPS: &[Group] = &[
    Group::over(
        RequestTooLargeForRateLimit,
        &[
            // OpenAI 429 and Groq 413, recorded: "Request too large for M … (TPM): Limit 30000,
            // Requested 30601".
            "request too large for (model) {any}",
            // OpenAI, same text.
            "input or output tokens must be reduced in order to run",
        ],
    )
    .scope(Minute),
    Group::over(
        RequestTooLargeForRateLimit,
        &[
            // Anthropic 429, reported: needs an input below 200k tokens or another plan; waiting
            // does not help.
            "extra usage is required for long context",
            "long context beta is not yet available for this subscription",
        ],
    ),
    Group::text(
        ContextLengthExceeded,
        // TGI, Together, Hugging Face: the sum; the next group has the output alone.
        &[
            "inputs tokens max_new_tokens must be {limit} given {input} inputs tokens and {output} max_new_tokens",
            // vLLM: the window minus the input is the space left for the output.
            "max_tokens|max_completion_tokens is too large {output} this model s maximum context length is {limit} tokens and your request has {input} input tokens",
        ],
    ),
    Group::text(
        MaxOutputExceeded,
        &[
            // OpenAI chat, recorded.
            "max_tokens|max_completion_tokens|max_output_tokens is too large {output}",
            "max_tokens|max_completion_tokens|max_output_tokens is too large",
            "supports at most {limit} completion|output tokens whereas you provided {output}",
            "supports at most {limit} completion|output tokens",
            "max_tokens|max_completion_tokens|max_output_tokens integer above maximum value expected a value {limit} but got {output}",
            // Volcengine, reported.
            "max_tokens|max_completion_tokens|max_output_tokens specified in the request are|is not valid integer above maximum value expected a value {limit} but got {output}",
            // Anthropic, recorded: "max_tokens: 8000 > 4096, which is the maximum allowed number of
            // output tokens".
            "{output} {limit} which is the maximum allowed number of output tokens",
            "maximum allowed number of output tokens",
            // Bedrock, both spellings.
            "maximum tokens you requested exceed|exceeds the model limit of {limit}",
            // vLLM: "max_tokens=38000cannot be greater than max_model_len=max_total_tokens=32768".
            "max_tokens|max_completion_tokens {output} cannot be greater than max_model_len (max_total_tokens) {limit}",
            // TGI and Hugging Face: "`max_new_tokens` must be <= 192. Given: 512".
            "max_new_tokens must be {limit} given {output}",
            "max_new_tokens must be {limit}",
            // DeepSeek: "the valid range of max_tokens is [1, 8192]"; DashScope: "Range of
            // max_tokens should be [1, 8192]".
            "range of max_tokens|max_completion_tokens|max_output_tokens is|should be {n} {limit}",
            "range of max_tokens|max_completion_tokens|max_output_tokens is {n} {limit}",
            // Gemini: "maxOutputTokens must be in the range …" names an exclusive bound, so no
            // number is read from it.
            "maxoutputtokens|max_output_tokens must|should be in|within the range",
            "max_output_tokens|maxoutputtokens * supported range",
            // Groq, Cohere, others.
            "max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens|maxtokens must be less than or equal to {limit}",
            "max tokens must be less than or equal to {limit}",
            "max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens must be at most {limit}",
            "max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens {output} exceed|exceeds|exceeded * {limit}",
            "max_tokens|max_completion_tokens|max_output_tokens|max_new_tokens cannot|can not exceed {limit}",
        ],
    ),
    Group::text(
        ContextLengthExceeded,
        &[
            // OpenAI and clones (DeepSeek, vLLM, Azure, OpenRouter), recorded.
            "maximum context length is (only) {limit}",
            "maximum context length of {limit}",
            "maximum context length {limit}",
            "messages resulted in {actual} tokens",
            "requested (about) {actual} tokens",
            "tokens {input} in the messages {n} in the functions and {output} in the completion",
            "tokens {input} in the messages {output} in the completion",
            "in your prompt {output} for the completion",
            "of text input * {output} in|of the output",
            "of text input * {output} in the output",
            "of tool input {output} in the output",
            // vLLM since 2025.
            "requested {output} output tokens and your prompt contains (at) (least) {input} (input) (tokens)",
            "total of (at) (least) {actual} (tokens)",
            "request has {input} input tokens plus {output} max_tokens",
            "request has {input} input tokens",
            // vLLM: "'max_tokens' is too large: 4096. This model's maximum context length is 4096
            // tokens and your request has 60 input tokens".
            "your request has {input} input tokens",
            "prompt contains (at) (least) {input} (input) (tokens)",
            "longer than the maximum model length of {limit}",
            "prompt total length {actual} is longer than the maximum model length of {limit}",
            "prompt length|contains * {actual} (tokens) * longer than the maximum model length",
            // Old vLLM: the default max_tokens was window minus prompt, so a negative one means
            // overflow. See `decide.rs`.
            "max_tokens|max_completion_tokens must be at least {n} got {excess}",
            // Anthropic, recorded.
            "prompt is too long {actual} tokens {limit} maximum",
            "input length and max_tokens exceed context limit {input} {output} {limit}",
            "prompt is too long",
            "input is too long for (the) (requested) (this) model",
            // Gemini and Vertex, recorded.
            "input token count {actual} exceeds the maximum number of tokens allowed {limit}",
            "input token count exceeds the maximum number of tokens allowed {limit}",
            "input request contains {actual} tokens which is more than the max tokens limit allowed {limit}",
            "input request contains {actual} tokens",
            "request contains {actual} tokens",
            "input token count is {actual} but model only supports up to {limit}",
            "unable to submit request because the input token count is {actual} but model only supports up to {limit}",
            // OpenAI Responses, recorded.
            "input exceeds the context window",
            "exceeds|exceed|exceeded the context window",
            "exceeded model token limit {limit} requested {actual}",
            // Moonshot.
            "exceeded model token limit {limit}",
            "exceeded model token limit",
            // xAI.
            "maximum prompt length is {limit} but the request contains {actual} tokens",
            "maximum prompt length is {limit}",
            // TGI, Together.
            "inputs must have less than {limit} tokens given {actual}",
            // llama.cpp, recorded.
            "request {actual} tokens exceeds the available context size {limit}",
            "exceeds|exceed the available context size",
            "available context size",
            "context size has been exceeded",
            "context size of {limit} tokens|exceeded",
            // llama-cpp-python.
            "requested tokens {actual} exceed|exceeds context window of {limit}",
            "exceed|exceeds|exceeded context window|length|limit|size",
            "context window exceeds|exceed|exceeded (limit)",
            "context length exceeded",
            "context_length_exceeded",
            "model_max_prompt_tokens_exceeded",
            // LM Studio.
            "keep the first {actual} tokens when context the overflows",
            "loaded with context length of only {limit} tokens",
            "context the overflows",
            "number of tokens to keep from the initial prompt is greater than the context length",
            "greater than the context length",
            // SGLang, Together.
            "input {actual} tokens is longer than the model s context length {limit}",
            "longer than the model s context length {limit}",
            "token count exceeds the model s maximum context length of {limit}",
            // Ollama cloud: the excess only.
            "exceeded max context length by {excess} tokens",
            "exceeded max context length",
            // DashScope; the range begins at 1.
            "range of input length should be {n} {limit}",
            "input length should be {n} {limit}",
            // Cohere: "too many tokens: size limit exceeded by 713295 tokens. … The limit for this
            // model is 288000 tokens."
            "size limit exceeded by {excess} tokens",
            "limit for this model is {limit} tokens",
            "too many tokens total tokens {actual} * {limit}",
            // Nova, Fireworks, Mistral, Poolside, Copilot, Cerebras, Perplexity, z.ai.
            "number of input tokens exceeds maximum length",
            "input tokens exceeded",
            "prompt is too long {actual} model maximum context length {limit}",
            "model maximum context length {limit}",
            "prompt {actual} {limit} maximum context length",
            "prompt contains {actual} tokens * too large for model with {limit} maximum context length",
            "too large for model with {limit} maximum context length",
            "prompt contains {actual} tokens",
            "input length {actual} exceeds the maximum allowed input length of {limit}",
            "input length {actual} exceeds * {limit}",
            "prompt token count of {actual} exceeds the limit of {limit}",
            "prompt token count * exceeds",
            "current length is {actual} while limit is {limit}",
            "total length of all messages is too long",
            "prompt exceeds max length",
            "prompt exceeds|exceeded the maximum|max *",
            "prompt|input|messages|conversation|context is too long",
            "prompt too long",
            "input token|tokens exceed|exceeds|exceeded",
            "too many input tokens",
            "too many prompt tokens",
            "reduce the length of the messages",
            "reduce the length of the input|prompt",
            "reduce your prompt",
        ],
    ),
    Group::text(
        RequestTooLarge,
        &[
            // Anthropic, recorded: the pair in bytes, not the rounded "5 MB" before it.
            "image exceeds {any} mb maximum {actual} bytes {limit} bytes",
            "image exceeds {any} maximum {actual} bytes {limit} bytes",
            "exceeds * maximum {actual} bytes {limit} bytes",
            "image dimensions exceed max allowed size * {limit} pixels",
            "image dimensions exceed max allowed size",
            "too many images and documents {actual} {n} {limit}",
            "too many images",
            "maximum of {limit} pdf pages",
            "request exceeds the maximum (allowed) (number) (of) (size) (bytes)",
            // Bedrock.
            "expected maxlength {limit} actual {actual}",
            "member must have length less than or equal to {limit}",
            // Jackson, used by DashScope.
            "string value length {actual} exceeds the maximum allowed {limit}",
            // Gemini: "Request payload size exceeds the limit: 20971520 bytes".
            "payload size exceeds the limit {limit} bytes",
            "payload size exceeds",
            // HTTP servers and proxies.
            "payload too large",
            "request entity too large",
            "content too large",
            "request body (is) too large",
            "body exceeded|exceeds * limit",
            "request_too_large",
            "request size exceeds|exceeded|limit",
            "file is|too too|large large|exceeds",
            // Embeddings: items of one call.
            "batch size is invalid it should not be larger than {limit}",
            "batch size {actual} * {limit}",
            "too many inputs",
            "maximum allowed batch size {limit} * {actual}",
            "batch size {actual} maximum allowed batch size {limit}",
            "at most {limit} inputs|texts|documents|images",
        ],
    ),
    Group::text(
        InvalidRequest,
        &[
            // OpenAI, recorded. `decide.rs` uses the size of the limit to decide whether such a
            // string is a name or the input.
            "string too long expected a string with maximum length {limit} but got a string with length {actual}",
            "array too long expected an array with maximum length {limit} but got an array with length {actual}",
            "integer above maximum value expected a value {limit} but got {actual}",
            "integer below minimum value expected a value {limit} but got {actual}",
            "decimal above maximum value",
            "must be less than or equal to {limit}",
        ],
    ),
];
