//! Form of a rule set for the Responses API, and the constants that all its models share.

use super::dated::Dated;
use super::hosts::bills_like_openai;
use crate::count::{RuleSet, TokenCount};
use crate::model::Model;

/// Differences between the billing of the Responses API and Chat Completions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponsesRules {
    /// Name of the rule set.
    pub(crate) id: &'static str,
    /// Tokens besides the tool definitions.
    pub(crate) tools: u64,
    /// Tokens of one call besides its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of one result besides `functions.NAME` and the text.
    pub(crate) result: u64,
    /// Tokens of a response schema besides its name, description and text.
    pub(crate) schema: u64,
    /// Header of a call that the server has stored.
    pub(crate) stored: StoredHeader,
    /// Tokens that every request costs less.
    pub(crate) less: u64,
    /// Cost of `parallel_tool_calls: false` with tools, and the models on which it was seen.
    pub(crate) one_at_a_time: (u64, &'static [&'static str]),
    /// Models on which the rules for text were confirmed.
    pub(crate) seen_on: &'static [&'static str],
    /// Models on which those for tools were confirmed.
    pub(crate) tools_seen_on: &'static [&'static str],
    /// Models on which those for calls were confirmed.
    pub(crate) calls_seen_on: &'static [&'static str],
    /// Models on which those for a schema were confirmed.
    pub(crate) schema_seen_on: &'static [&'static str],
    /// First and last month of those recordings.
    pub(crate) seen: (&'static str, &'static str),
}

impl ResponsesRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: Some(self.seen.0),
            seen_to: Some(self.seen.1),
        }
    }
}

/// Additional tokens of a request to `/v1/responses/compact` compared with the same input to
/// `/v1/responses` (6 of 6 recordings of 3 applications, 2026).
const COMPACTION: u64 = 93;

/// Models on which it was seen.
const COMPACTION_SEEN_ON: &[&str] = &["gpt-4o-mini"];

/// Returns the cost of compaction on a model; calibrated if it was not seen there.
pub(crate) fn compaction(model: &Model) -> TokenCount {
    if COMPACTION_SEEN_ON.contains(&model.id()) && bills_like_openai(model.host()) {
        TokenCount::exact(COMPACTION)
    } else {
        TokenCount::calibrated(COMPACTION, 0, 2 * COMPACTION)
    }
}

/// End of the period in which the Responses API billed the surcharge of its first month.
pub(crate) const FIRST_MONTH: Dated = Dated {
    old_until: "2025-03-31",
    new_from: "2025-04-01",
};

/// Additional tokens of every request in that month (16 of 16 recordings), and of one with function
/// tools that allow parallel calls (7 of 8; with `parallel_tool_calls: false` it was the first
/// number, once).
pub(crate) const MORE_IN_FIRST_MONTH: (u64, u64) = (18, 216);

/// When the server writes the model's own header instead of a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredHeader {
    /// For a single call with the `id` and the `status` under which it is stored.
    ForKnown,
    /// For each call with an `id`.
    ForIds,
    /// For the first call of a group, and more for each further one.
    Always,
}
