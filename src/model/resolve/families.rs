//! What a name says where there is no registry to ask, or no row for it: the format of a request is found before its model
//! is looked up, and the newest model is the one that no table has.

use crate::model::{ModelKind, Models};

/// Beginnings of the names of models that write answers.
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

/// Whether a model of this name is one of Anthropic's, by its vendor's own spelling: a gateway's names have its prefix.
pub(crate) fn is_claude(name: &str) -> bool {
    name.starts_with("claude")
}

/// Whether a model of this name is one of Google's, behind whatever hosts and vendors its path names.
pub(crate) fn is_google(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    name.starts_with("gemini") || name.starts_with("gemma")
}

/// Whether a model of this name writes answers, and does not embed texts, as far as the registry or the name tells.
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
