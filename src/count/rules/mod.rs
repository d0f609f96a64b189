//! How messages are billed, as data: one file a rule set, with the models and dates it was seen to hold for.
//!
//! The rules were measured on recorded requests together with the `usage.prompt_tokens` that the provider returned;
//! no provider publishes them. [`ChatRules`] says what is added to the text of a message; `count/chat.rs` is the one
//! place that applies it.

mod harmony;
mod openai_chat;
mod openai_chat_0301;
mod openai_o1_preview;
mod openai_o3_mini;
mod openai_o_series;
mod openai_reasoning;
mod openai_search;
mod unknown;

use super::RuleSet;
use crate::model::{BillingFamily, Match, Model};

/// The day the rules were last measured; part of the data version (`build.rs` reads it here).
pub const RULES_DATE: &str = "2026-11-22";

/// What a message costs beyond its text.
#[derive(Debug)]
pub(crate) struct ChatRules {
    /// The name of the rule set: that of its file, with dashes.
    pub(crate) id: &'static str,
    /// What stands around the texts.
    pub(crate) framing: Framing,
    /// Models whose recorded requests the rule set gave the exact count for; snapshots count as their model.
    pub(crate) seen_on: &'static [&'static str],
    /// Names that hide which snapshot answers: it may be one that is billed otherwise.
    pub(crate) hidden_by: &'static [&'static str],
    /// First and last month of those recordings.
    pub(crate) seen: Option<(&'static str, &'static str)>,
    /// How many tokens more than the rules give were billed in recordings that nothing in the request tells apart.
    pub(crate) spread: u64,
    /// Whether anything is known: without, every count is an estimate.
    pub(crate) measured: bool,
}

/// What stands around the texts of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing: the texts alone are billed.
    Bare,
    /// Every message is framed, and a reply begun behind the last.
    Messages {
        /// Tokens of each message beside its role word, text and name.
        per_message: u64,
        /// Tokens more for each message of the assistant (a channel header).
        per_assistant: u64,
        /// What a name costs.
        name: NameCost,
        /// Tokens of the begun reply.
        reply: u64,
        /// Tokens of a system message that the server writes itself.
        preamble: u64,
        /// Tokens more when the first message is of the system or developer.
        instructions: u64,
    },
}

/// What a participant's name costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameCost {
    /// The name is written behind the role, joined by a colon: the tokens of `:name` as one text.
    ColonJoined,
    /// The name stands in the place of the role: its tokens less the role's one.
    InPlaceOfRole,
}

impl ChatRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: self.seen.map(|seen| seen.0),
            seen_to: self.seen.map(|seen| seen.1),
        }
    }

    /// Whether the rules were seen to hold for the model.
    pub(crate) fn seen_for(&self, model: &Model) -> bool {
        // A snapshot that is not listed may have come after the measurements.
        model.matched() != Match::Snapshot
            && self.seen_on.contains(&model.id())
            && !self.hidden_by.contains(&model.name())
    }
}

/// The rules that a model's chat requests are billed by.
pub(crate) fn chat_rules(model: &Model) -> &'static ChatRules {
    match model.billing() {
        BillingFamily::OpenAiChat => &openai_chat::RULES,
        BillingFamily::OpenAiChat0301 => &openai_chat_0301::RULES,
        BillingFamily::OpenAiSearch => &openai_search::RULES,
        BillingFamily::OpenAiReasoning => &openai_reasoning::RULES,
        BillingFamily::OpenAiOSeries => &openai_o_series::RULES,
        BillingFamily::OpenAiO3Mini => &openai_o3_mini::RULES,
        BillingFamily::OpenAiO1Preview => &openai_o1_preview::RULES,
        BillingFamily::Harmony => &harmony::RULES,
        _ => &unknown::RULES,
    }
}
