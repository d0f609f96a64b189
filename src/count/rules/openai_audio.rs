//! gpt-audio and the audio previews of gpt-4o, on Chat Completions: text as `openai-chat`, tools
//! and calls as `openai-2023`.
//!
//! Evidence: 12 of 14 recorded requests with only text, of 4 applications (the other two, without
//! `text_tokens` in their usage, were billed 1 less); 8 with tools or calls, of one application, to
//! 2026-05. So counts are calibrated, with a lower bound of 1 less. Audio is not part of these
//! rules: it is billed by its length, see `count/media.rs`.

use super::{CallRules, ChatRules, ToolRules, openai_2023, openai_chat};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-audio",
    tools: Some(ToolRules {
        seen_on: &[],
        legacy_seen_on: &[],
        ..openai_2023::TOOLS
    }),
    calls: Some(CallRules {
        seen_on: &[],
        legacy_of_2023: &[],
        ..openai_2023::CALLS
    }),
    seen_on: &[],
    seen: Some(("2024-10", "2026-05")),
    ..openai_chat::RULES
};
