//! gpt-4o-2024-08-06: as `openai-chat`, but the list of results of several calls is not escaped.
//!
//! Evidence: recorded requests with several calls whose results are not ASCII. The bare name `gpt-4o` is answered by
//! this snapshot (173 of 186 recordings; the others name theirs).

use super::{CallRules, ChatRules, openai_chat};

/// The names that this snapshot answers to.
pub(super) const NAMES: &[&str] = &["gpt-4o", "gpt-4o-2024-08-06"];

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-gpt-4o-2024-08",
    calls: Some(CallRules {
        results_escaped: false,
        ..openai_chat::CALLS
    }),
    ..openai_chat::RULES
};
