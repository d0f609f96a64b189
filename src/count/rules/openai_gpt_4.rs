//! gpt-4 of 2023 (gpt-4-0613): messages as `openai-chat`, functions written as in 2023, calls 3 less.
//!
//! Evidence: a call costs 2 (2 recordings of 2 applications); one recording with two tools of 2025-08 that have titles,
//! which the writing of 2023 does not show; three more with tools, which both writings fit.

use super::{CallRules, ChatRules, Rendering, ToolRules, openai_chat};

/// The registry's entries that this snapshot stands behind.
pub(super) const MODELS: &[&str] = &["gpt-4"];

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-gpt-4",
    tools: Some(ToolRules {
        rendering: Rendering::Of2023,
        seen_on: MODELS,
        ..openai_chat::TOOLS
    }),
    calls: Some(CallRules {
        call: 2,
        seen_on: MODELS,
        parallel_seen_on: &[],
        legacy_seen_on: &[],
        ..openai_chat::CALLS
    }),
    ..openai_chat::RULES
};
