//! The shape of a rule set for the Responses API, and the constants that all its models share.

use super::dated::Dated;
use super::hosts::bills_like_openai;
use crate::count::{RuleSet, TokenCount};
use crate::model::Model;

/// How the Responses API bills what it does not bill as Chat does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponsesRules {
    /// The name of the rule set.
    pub(crate) id: &'static str,
    /// Tokens beside the tool definitions.
    pub(crate) tools: u64,
    /// Tokens of one call beside its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of one result beside `functions.NAME` and the text.
    pub(crate) result: u64,
    /// Tokens of a response schema beside its name, description and text.
    pub(crate) schema: u64,
    /// The header of a call that the server has stored.
    pub(crate) stored: StoredHeader,
    /// Tokens less of any request.
    pub(crate) less: u64,
    /// What `parallel_tool_calls: false` costs with tools, and the models that it was seen on.
    pub(crate) one_at_a_time: (u64, &'static [&'static str]),
    /// Models that the rules for texts were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that those for tools were seen to hold for.
    pub(crate) tools_seen_on: &'static [&'static str],
    /// Models that those for calls were seen to hold for.
    pub(crate) calls_seen_on: &'static [&'static str],
    /// Models that those for a schema were seen to hold for.
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

/// Tokens that a request to `/v1/responses/compact` costs more than the same input to `/v1/responses` (6 of 6 recordings of
/// 3 applications, 2026).
const COMPACTION: u64 = 93;

/// Models that it was seen on.
const COMPACTION_SEEN_ON: &[&str] = &["gpt-4o-mini"];

/// What compaction costs on a model; calibrated where that was not seen.
pub(crate) fn compaction(model: &Model) -> TokenCount {
    if COMPACTION_SEEN_ON.contains(&model.id()) && bills_like_openai(model.host()) {
        TokenCount::exact(COMPACTION)
    } else {
        TokenCount::calibrated(COMPACTION, 0, 2 * COMPACTION)
    }
}

/// Until when the Responses API billed what it had in its first month.
pub(crate) const FIRST_MONTH: Dated = Dated {
    old_until: "2025-03-31",
    new_from: "2025-04-01",
};

/// Tokens more of any request in that month (16 of 16 recordings), and of one with function tools that can be called several
/// at once (7 of 8; with `parallel_tool_calls: false` it was the first, once).
pub(crate) const MORE_IN_FIRST_MONTH: (u64, u64) = (18, 216);

/// When the server writes the header that the model itself wrote, instead of a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredHeader {
    /// For a single call that carries the `id` and the `status` under which it is stored.
    ForKnown,
    /// For each call that carries an `id`.
    ForIds,
    /// For the first call of a group, and more for each further one.
    Always,
}
