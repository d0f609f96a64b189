//! Hosts whose requests are billed by the vendor's rules.

use crate::model::Host;

/// Whether recorded requests at a host were billed like OpenAI's own (82 of 87 at Azure, the rest
/// by two models that can be distinguished; 35 of 35 at Copilot). Other hosts forward requests in
/// another form.
pub(crate) fn bills_like_openai(host: Option<Host>) -> bool {
    matches!(
        host,
        None | Some(Host::OpenAi | Host::Azure | Host::GithubCopilot)
    )
}

/// Whether recorded requests at a gateway follow the rules of the API that it forwards them to.
pub(crate) fn passes_on(host: Option<Host>) -> bool {
    matches!(host, Some(Host::OpenRouter | Host::Vercel))
}

/// Whether a host serves OpenAI's models by the vendor's contract, with few or no recorded bills:
/// Bedrock (5 recordings of one application), the backend of ChatGPT, GitHub Models.
pub(crate) fn likely_passes_on(host: Option<Host>) -> bool {
    matches!(
        host,
        Some(Host::Bedrock | Host::ChatGpt | Host::GithubModels)
    )
}

/// Extra tokens of a function without a description at a host (4 of 4 requests of one application,
/// two functions each).
pub(crate) fn more_undescribed(host: Option<Host>) -> u64 {
    match host {
        Some(Host::Bedrock) => 3,
        _ => 0,
    }
}

/// Returns whether recorded requests to Claude at a host are billed as at Anthropic: 56 of 66 at
/// Bedrock and Vertex are exact (docs/evidence/billing_claude.md, section 1).
pub(crate) fn bills_like_anthropic(host: Option<Host>) -> bool {
    matches!(
        host,
        None | Some(Host::Anthropic | Host::Bedrock | Host::Vertex)
    )
}

/// Returns whether a host is a gateway whose recorded requests to Claude follow Anthropic's rules
/// (71 of 76 are exact).
pub(crate) fn passes_on_claude(host: Option<Host>) -> bool {
    matches!(
        host,
        Some(Host::OpenRouter | Host::Vercel | Host::Databricks)
    )
}
