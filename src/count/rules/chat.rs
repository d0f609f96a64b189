//! The shape of a rule set for Chat Completions.

use super::dated::Dated;
use super::hosts::bills_like_openai;
use crate::count::RuleSet;
use crate::model::{Host, Model};

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
    /// Tokens of the choice `required` on Chat.
    pub(crate) required: u64,
    /// Where that was 2 once, as it is in the way of 2023.
    pub(crate) required_once: Option<RequiredOnce>,
    /// Models that the tool rules were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that they were seen to hold for with the legacy field `functions`.
    pub(crate) legacy_seen_on: &'static [&'static str],
}

/// A time when `required` cost 2 tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequiredOnce {
    pub(crate) days: Dated,
    /// Models that it was seen to cost 2 on.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that it was seen to cost nothing on since.
    pub(crate) free_on: &'static [&'static str],
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
        /// Whether the blank line in front of the definitions is encoded with the first system message.
        joins_instructions: bool,
        /// Whether that message loses the blanks at its end.
        trims_instructions: bool,
    },
}

/// The heading above the definitions.
pub(crate) const TOOLS_HEADING: &str = "# Tools\n\n## functions\n\n";

/// How a call in the history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallText {
    /// To ` to=functions.NAME`, the arguments read as JSON and written compactly.
    Addressed,
    /// The name by itself, and the arguments as they were sent.
    Of2023,
}

/// How calls in the history and their results are billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallRules {
    /// How a call is written.
    pub(crate) text: CallText,
    /// Tokens of one call beside its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of several calls of one message, beside the call and the list of results that they become.
    pub(crate) parallel: u64,
    /// Before this day the list of results was written with ASCII escapes.
    pub(crate) results_raw_from: Dated,
    /// Tokens of one result beside the function's name and the text.
    pub(crate) result: u64,
    /// A host that bills a call by so many tokens less.
    pub(crate) less_at: Option<(Host, u64)>,
    /// Models that the rules for single calls were seen to hold for.
    pub(crate) seen_on: &'static [&'static str],
    /// Models that the rules for several calls of one message were seen to hold for.
    pub(crate) parallel_seen_on: &'static [&'static str],
    /// Models whose legacy fields (`function_call`, the role `function`) are billed as in 2023; on the others they are calls
    /// and results as all are (one recording, gpt-4o-mini, 2025-09).
    pub(crate) legacy_of_2023: &'static [&'static str],
}

/// The lists of results: escaped in 5 recordings from 2025-08-10 to 2026-02-11, raw in 7 from 2026-03-12 on, on every
/// model, of 6 applications. A public report saw them raw on 2026-03-11.
pub(crate) const RESULTS_RAW: Dated = Dated {
    old_until: "2026-02-11",
    new_from: "2026-03-11",
};

/// Since when a prediction costs nothing (5 of 5 recordings of 3 applications); before, one cost [`PREDICTION`].
pub(crate) const PREDICTION_FREE: Dated = Dated {
    old_until: "2024-11-30",
    new_from: "2025-12-01",
};
pub(crate) const PREDICTION: u64 = 12;

/// How the schema of the answer is billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaRules {
    /// Tokens beside the name, the description and the schema.
    pub(crate) around: u64,
    /// Whether the begun reply names the format, where no tools are given.
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

    /// Whether a model is in a list of a rule set, and is surely the one that answers, as it was measured.
    pub(crate) fn seen_in(&self, seen_on: &[&str], model: &Model) -> bool {
        seen_on.contains(&model.id())
            // A snapshot that is not listed may have come after the measurements; nobody measured a fine-tune.
            && model.matched().is_certain()
            && !model.counting_is_overridden()
            && !self.hidden_by.contains(&model.listed_name())
            && bills_like_openai(model.host())
    }
}
