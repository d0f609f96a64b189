//! Choice of the rule set for a Claude model.

use super::claude::ClaudeRules;
use super::{claude_3, claude_4, claude_4_5, claude_4_6, claude_4_7, claude_5};
use crate::model::{CountingGeneration, Model};

/// Returns whether a model has the vocabulary of Opus 4.7 and later.
pub(crate) fn is_new_claude(model: &Model) -> bool {
    matches!(claude_rules(model).id, "claude-4-7" | "claude-5")
}

/// Returns the rules of a Claude model; a model without a generation is treated as the newest.
pub(crate) fn claude_rules(model: &Model) -> &'static ClaudeRules {
    use CountingGeneration as Of;
    match model.counting_generation() {
        Some(Of::Claude2 | Of::Claude3Opus) => &claude_3::OPUS,
        Some(Of::Claude3Sonnet) => &claude_3::SONNET,
        Some(Of::Claude3Haiku) => &claude_3::HAIKU,
        Some(Of::Claude35Haiku) => &claude_3::HAIKU_3_5,
        Some(Of::Claude35Sonnet) => &claude_3::SONNET_3_5,
        Some(Of::Claude37) => &claude_4::SONNET_3_7,
        Some(Of::ClaudeOld) => &claude_4::RULES,
        Some(Of::ClaudeHaiku45) => &claude_4_5::HAIKU,
        Some(Of::Claude45) => &claude_4_5::RULES,
        Some(Of::Claude46) => &claude_4_6::RULES,
        Some(Of::Claude47) => &claude_4_7::RULES,
        Some(Of::Claude48) => &claude_5::OPUS_4_8,
        Some(Of::ClaudeSonnet5) => &claude_5::SONNET_5,
        Some(Of::ClaudeOpus5) => &claude_5::OPUS_5,
        _ => &claude_5::NEWEST,
    }
}
