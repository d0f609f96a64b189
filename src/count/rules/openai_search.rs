//! The `*-search-preview` models: only the text is billed, without framing.
//!
//! Evidence: 4 of 4 recorded requests, 2025-05 to 2026-08.

use super::{ChatRules, Framing};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-search",
    framing: Framing::Bare,
    tools: None,
    calls: None,
    schema: None,
    seen_on: &["gpt-4o-search-preview", "gpt-4o-mini-search-preview"],
    hidden_by: &[],
    seen: Some(("2025-05", "2026-08")),
    spread: 0,
    measured: true,
};
