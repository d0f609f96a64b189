//! Requests that change something on the server.
//!
//! Source: `openai-agents` 0.24 vetoes repeats of stateful requests and of tools with effects; the
//! names are those of the providers' documents, state 2026-11-28.

use crate::json::Value;

/// Fields that continue a conversation stored by the server.
const STATE: &[&str] = &["previous_response_id", "conversation"];

/// Types of tools that run on the server and may change something outside of the answer. A version
/// can follow: `code_execution_20260120`. Searches only read.
const EFFECTS: &[&str] = &["mcp", "code_interpreter", "code_execution", "shell"];

/// Field that lists remote tools next to `tools` (Anthropic).
const REMOTE_TOOLS: &str = "mcp_servers";

/// Returns whether a request continues state on the server, or runs there in the background.
pub(crate) fn continues_state(root: Value<'_>) -> bool {
    let in_background = root
        .get_some("background")
        .is_some_and(|flag| flag.as_bool() == Some(true));
    in_background || STATE.iter().any(|name| root.get_some(name).is_some())
}

/// Returns whether a request lists remote tools.
pub(crate) fn has_remote_tools(root: Value<'_>) -> bool {
    root.get_some(REMOTE_TOOLS)
        .is_some_and(|servers| servers.items().next().is_some())
}

/// Returns whether a tool runs on the server and may have effects.
pub(crate) fn has_effects(tool: Value<'_>) -> bool {
    let kind = tool.get_some("type").and_then(|kind| kind.as_str());
    kind.is_some_and(|kind| {
        let is = |name: &&&str| {
            let rest = kind.strip_prefix(**name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        EFFECTS.iter().any(|name| is(&name))
    })
}
