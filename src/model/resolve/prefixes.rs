//! The words that stand before a slash or a dot in front of a model's name.

use crate::model::Host;

/// Segments in front of a `/` (rule 3), and the host they name. A vendor's own prefix names none: the same segment stands in
/// the names of OpenRouter, Vercel, Groq and Hugging Face.
///
/// Longer ones before those they begin with.
pub(super) const SEGMENTS: &[(&str, Option<Host>)] = &[
    ("accounts/fireworks/models/", Some(Host::Fireworks)),
    ("openai/", None),
    ("anthropic/", None),
    ("google/", None),
    ("gemini/", None),
    ("mistralai/", None),
    ("mistral/", None),
    ("deepseek/", None),
    ("deepseek-ai/", None),
    ("qwen/", None),
    ("alibaba/", None),
    ("dashscope/", None),
    ("meta-llama/", None),
    ("meta/", None),
    ("x-ai/", None),
    ("xai/", None),
    ("cohere/", None),
    ("cohere_chat/", None),
    ("moonshotai/", None),
    ("moonshot/", None),
    ("z-ai/", None),
    ("zai/", None),
    ("zai-org/", None),
    ("minimax/", None),
    ("minimaxai/", None),
    ("azure/", Some(Host::Azure)),
    ("azure_ai/", Some(Host::Azure)),
    ("vertex_ai/", Some(Host::Vertex)),
    ("openrouter/", Some(Host::OpenRouter)),
    ("groq/", Some(Host::Groq)),
    ("together_ai/", Some(Host::Together)),
    ("fireworks_ai/", Some(Host::Fireworks)),
    ("bedrock/", Some(Host::Bedrock)),
    ("bedrock_converse/", Some(Host::Bedrock)),
    ("bedrock_mantle/", Some(Host::Bedrock)),
    ("databricks/", Some(Host::Databricks)),
    ("databricks-", Some(Host::Databricks)),
    ("github_copilot/", Some(Host::GithubCopilot)),
    ("github/", Some(Host::GithubModels)),
    ("vercel_ai_gateway/", Some(Host::Vercel)),
    ("perplexity/", Some(Host::Perplexity)),
    ("ollama/", Some(Host::Ollama)),
    ("ollama_chat/", Some(Host::Ollama)),
    ("deepinfra/", Some(Host::DeepInfra)),
    ("replicate/", Some(Host::Replicate)),
    ("watsonx/", Some(Host::Watsonx)),
    ("oci/", Some(Host::Oci)),
    ("cerebras/", Some(Host::Cerebras)),
    ("huggingface/", Some(Host::HuggingFace)),
    ("snowflake/", Some(Host::Snowflake)),
    ("sambanova/", Some(Host::SambaNova)),
    ("nvidia_nim/", Some(Host::Nvidia)),
    ("hosted_vllm/", Some(Host::Local)),
    ("lm_studio/", Some(Host::Local)),
];

/// Vendors in front of a `.`, and whose spelling that is: Bedrock's (rule 7), Oracle's for xAI (`oci/xai.grok-4`).
pub(super) const DOTTED: &[(&str, Host)] = &[
    ("ai21", Host::Bedrock),
    ("amazon", Host::Bedrock),
    ("anthropic", Host::Bedrock),
    ("cohere", Host::Bedrock),
    ("deepseek", Host::Bedrock),
    ("google", Host::Bedrock),
    ("meta", Host::Bedrock),
    ("minimax", Host::Bedrock),
    ("mistral", Host::Bedrock),
    ("moonshot", Host::Bedrock),
    ("moonshotai", Host::Bedrock),
    ("nvidia", Host::Bedrock),
    ("openai", Host::Bedrock),
    ("qwen", Host::Bedrock),
    ("writer", Host::Bedrock),
    ("xai", Host::Oci),
    ("zai", Host::Bedrock),
];

/// Where a cross-region profile of Bedrock routes to.
pub(super) const BEDROCK_REGIONS: &[&str] =
    &["us", "us-gov", "eu", "apac", "au", "jp", "ca", "global"];

/// Data zones and deployment types between `azure/` and the name.
pub(super) const AZURE_ZONES: &[&str] = &[
    "eu/",
    "us/",
    "apac/",
    "global/",
    "global-standard/",
    "us-gov/",
    "responses/",
];
