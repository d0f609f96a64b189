//! The rules of 2023, still in use: gpt-4 (-0613) and gpt-3.5-turbo-0613. Messages as
//! `openai-chat`; tools, calls and results in the form of that year, at any date.
//!
//! ```text
//! tools      the text of render/typescript_2023.rs, placed as in openai-chat
//! choice     none 1, required 2
//! call       7 + T(NAME) + T(arguments as they were sent)
//! result     3 + T(NAME) + T(text)
//! ```
//!
//! Evidence: gpt-4-0613 11 of 11 recorded requests with tools (6 applications, to 2026-04),
//! gpt-3.5-turbo-0613 2 of 2; `required` 7 of 7 and calls 4 of 4, with those of `openai-audio`; a
//! suite of 2023 that its author compared with the API, 36 of 36.
//!
//! By hand, for a call of `f` with `{}` and its result `ok`: 7 + 1 + 1, and 3 + 1 + 1.

use super::{CallRules, CallText, ChatRules, Rendering, ToolRules, openai_chat};

/// Registry entries on which it was confirmed.
const MODELS: &[&str] = &["gpt-3.5-turbo-0613", "gpt-4"];

/// Shared with the audio models.
pub(super) const TOOLS: ToolRules = ToolRules {
    rendering: Rendering::Of2023,
    required: 2,
    required_once: None,
    seen_on: MODELS,
    legacy_seen_on: MODELS,
    ..openai_chat::TOOLS
};

/// Shared with the audio models.
pub(super) const CALLS: CallRules = CallRules {
    text: CallText::Of2023,
    call: 7,
    result: 3,
    seen_on: &["gpt-4"],
    parallel_seen_on: &[],
    legacy_of_2023: MODELS,
    ..openai_chat::CALLS
};

pub(super) const RULES: ChatRules = ChatRules {
    id: "openai-2023",
    tools: Some(TOOLS),
    calls: Some(CALLS),
    ..openai_chat::RULES
};
