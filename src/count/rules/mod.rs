//! How requests are billed, as data: one file a rule set, with the models and dates it was seen to hold for.
//!
//! The rules were measured on recorded requests together with the `usage.prompt_tokens` that the provider returned;
//! no provider publishes them. [`ChatRules`] says what is added to the texts of a request; `count/chat/` is the one
//! place that applies it, and `count/render/` writes what it asks for.

mod harmony;
mod openai_chat;
mod openai_chat_0301;
mod openai_gpt_4;
mod openai_gpt_4o_2024_08;
mod openai_o1_preview;
mod openai_o3_mini;
mod openai_o_series;
mod openai_reasoning;
mod openai_search;
mod unknown;

use super::RuleSet;
use crate::model::{BillingFamily, CountingGeneration, Host, Model};

/// The day the rules were last measured; part of the data version (`build/main.rs` reads it here).
pub const RULES_DATE: &str = "2026-11-22";

/// What a request costs beyond its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChatRules {
    /// The name of the rule set: that of its file, with dashes.
    pub(crate) id: &'static str,
    /// What stands around the texts.
    pub(crate) framing: Framing,
    /// Tool definitions; without rules they are estimates.
    pub(crate) tools: Option<ToolRules>,
    /// Calls and results in the history; without rules they are estimates.
    pub(crate) calls: Option<CallRules>,
    /// The schema of the answer; without rules it is an estimate.
    pub(crate) schema: Option<SchemaRules>,
    /// Models whose recorded text requests the rule set gave the exact count for; snapshots count as their model.
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

/// How tool definitions are billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolRules {
    /// How the functions of `tools` are written. The legacy field `functions` is always written as in 2023.
    pub(crate) rendering: Rendering,
    /// Where the text stands.
    pub(crate) place: ToolPlace,
    /// Tokens less when the first function has no description.
    pub(crate) first_undescribed: u64,
    /// Whether the choice among the tools is written into the prompt.
    pub(crate) choice_is_written: bool,
    /// Models that the tool rules were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that they were seen to hold for with the legacy field `functions`.
    pub(crate) legacy_seen_on: &'static [&'static str],
}

/// How function definitions are written as TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    /// As the servers do since 2024: `render/typescript.rs`.
    Current,
    /// As they did before: `render/typescript_2023.rs`.
    Of2023,
}

/// Where tool definitions stand in the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolPlace {
    /// Under a heading behind the text of the first message, when that is of the system or developer, joined to it as
    /// one text; else in a system message of their own, in front.
    InSystemMessage {
        /// What stands above the definitions.
        heading: &'static str,
        /// What joining them saves, or the message of their own.
        saved: u64,
    },
    /// In a part of the prompt that the server writes itself.
    Hidden {
        /// Tokens beside the definitions.
        around: u64,
        /// Whether the first system message loses the blanks at its end.
        trims_instructions: bool,
    },
}

/// The heading above the definitions.
pub(crate) const TOOLS_HEADING: &str = "# Tools\n\n## functions\n\n";

/// How calls in the history and their results are billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallRules {
    /// Tokens of one call beside its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of several calls of one message, beside the call and the list of results that they become.
    pub(crate) parallel: u64,
    /// Whether the list of results is written with ASCII escapes.
    pub(crate) results_escaped: bool,
    /// Tokens of one result beside the function's name and the text.
    pub(crate) result: u64,
    /// A host that bills a call by so many tokens less.
    pub(crate) less_at: Option<(Host, u64)>,
    /// Models that the rules for single calls were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that the rules for several calls of one message were seen to hold for.
    pub(crate) parallel_seen_on: &'static [&'static str],
    /// Models that the rule for the legacy role `function` was seen to hold for.
    pub(crate) legacy_seen_on: &'static [&'static str],
}

/// How the schema of the answer is billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaRules {
    /// Tokens beside the name, the description and the schema.
    pub(crate) around: u64,
    /// Whether the begun reply and the assistant's messages of the history name the format, where no tools are given.
    pub(crate) reply_names_format: bool,
    /// Models that the schema rules were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
}

impl ChatRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: self.seen.map(|seen| seen.0),
            seen_to: self.seen.map(|seen| seen.1),
        }
    }

    /// Whether the rules for messages were seen to hold for the model.
    pub(crate) fn seen_for(&self, model: &Model) -> bool {
        self.seen_in(self.seen_on, model)
    }

    /// Whether a model is in a list of this rule set, and is surely the one that answers, as it was measured.
    pub(crate) fn seen_in(&self, seen_on: &[&str], model: &Model) -> bool {
        seen_on.contains(&model.id())
            // A snapshot that is not listed may have come after the measurements; nobody measured a fine-tune.
            && model.matched().is_certain()
            && !model.counting_is_overridden()
            && !self.hidden_by.contains(&model.listed_name())
            && bills_like_openai(model.host())
    }
}

/// Hosts whose recorded requests were billed as OpenAI's own are (82 of 87 at Azure, the rest by two models that are
/// told apart; 35 of 35 at Copilot). Others send requests on in another form.
pub(crate) fn bills_like_openai(host: Option<Host>) -> bool {
    matches!(
        host,
        None | Some(Host::OpenAi | Host::Azure | Host::GithubCopilot)
    )
}

/// The rules that a model's chat requests are billed by.
pub(crate) fn chat_rules(model: &Model) -> &'static ChatRules {
    match model.billing() {
        BillingFamily::OpenAiChat
            if model.counting_generation() == Some(CountingGeneration::OpenAiGpt4) =>
        {
            &openai_gpt_4::RULES
        }
        BillingFamily::OpenAiChat
            if openai_gpt_4o_2024_08::NAMES.contains(&model.listed_name()) =>
        {
            &openai_gpt_4o_2024_08::RULES
        }
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
