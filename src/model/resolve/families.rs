//! Facts derived from a name alone, without a registry or a row for it: the format of a request is
//! detected before its model is looked up, and the newest model is not in any table.

use crate::model::{ModelKind, Models};

/// Prefixes of the names of models that generate answers.
const ANSWERING: &[&str] = &[
    "gpt-",
    "chatgpt-",
    "o1",
    "o3",
    "o4",
    "codex",
    "computer-use",
    "claude",
    "gemini",
    "grok",
    "deepseek",
    "llama",
    "mistral-small",
    "mistral-medium",
    "mistral-large",
    "qwen",
    "kimi",
    "glm",
];

/// Returns whether a name is one of Anthropic's, in its vendor's own spelling; a gateway's names
/// have its prefix.
pub(crate) fn is_claude(name: &str) -> bool {
    name.starts_with("claude")
}

/// Returns whether a name is one of Google's, after any hosts and vendors in its path.
pub(crate) fn is_google(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    name.starts_with("gemini") || name.starts_with("gemma")
}

/// Returns whether a model of this name generates answers rather than embeddings, according to the
/// registry or the name.
pub(crate) fn writes_answers(name: &str) -> bool {
    // The last part of a path of hosts and vendors.
    let name = name.rsplit(['/', ':']).next().unwrap_or_default();
    match Models::builtin().get(name).map(|model| model.kind()) {
        Ok(kind) => matches!(
            kind,
            ModelKind::Chat | ModelKind::Responses | ModelKind::OpenWeights
        ),
        Err(_) => ANSWERING.iter().any(|begin| name.starts_with(begin)) && !name.contains("embed"),
    }
}
