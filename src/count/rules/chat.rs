//! Form of a rule set for Chat Completions.

use super::dated::Dated;
use super::hosts::bills_like_openai;
use crate::count::RuleSet;
use crate::model::{Host, Model};

/// Costs of a request beyond its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChatRules {
    /// Name of the rule set: that of its file, with dashes.
    pub(crate) id: &'static str,
    /// Framing of the text.
    pub(crate) framing: Framing,
    /// Rules for tool definitions; without them these are estimates.
    pub(crate) tools: Option<ToolRules>,
    /// Rules for calls and results in the history; without them these are estimates.
    pub(crate) calls: Option<CallRules>,
    /// Rules for the answer's schema; without them it is an estimate.
    pub(crate) schema: Option<SchemaRules>,
    /// Models whose recorded text requests the rule set counts exactly; a snapshot counts as its
    /// model.
    pub(crate) seen_on: &'static [&'static str],
    /// Names that do not reveal the answering snapshot, which may be billed differently.
    pub(crate) hidden_by: &'static [&'static str],
    /// First and last month of those recordings.
    pub(crate) seen: Option<(&'static str, &'static str)>,
    /// Additional tokens that were billed in recordings without any visible difference in the
    /// request.
    pub(crate) spread: u64,
    /// Whether anything was measured; if not, every count is an estimate.
    pub(crate) measured: bool,
}

/// Framing of a request's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// No framing: only the text is billed.
    Bare,
    /// Every message is framed, and the start of a reply follows the last one.
    Messages {
        /// Tokens of each message besides its role, text and name.
        per_message: u64,
        /// Additional tokens of each assistant message (a channel header).
        per_assistant: u64,
        /// Cost of a name.
        name: NameCost,
        /// Tokens of the start of the reply.
        reply: u64,
        /// Tokens of a system message that the server adds.
        preamble: u64,
        /// Additional tokens if the first message is a system or developer message.
        instructions: u64,
    },
}

/// Cost of a participant's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameCost {
    /// The name follows the role, joined by a colon: the tokens of `:name`.
    ColonJoined,
    /// The name replaces the role: its tokens minus the role's one.
    InPlaceOfRole,
}

/// Billing of tool definitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolRules {
    /// Rendering of the functions in `tools`. The legacy field `functions` is always rendered as in
    /// 2023.
    pub(crate) rendering: Rendering,
    /// Place of the text.
    pub(crate) place: ToolPlace,
    /// Tokens saved if the first function has no description.
    pub(crate) first_undescribed: u64,
    /// Whether the tool choice is written into the prompt.
    pub(crate) choice_is_written: bool,
    /// Tokens of the choice `required` on Chat Completions.
    pub(crate) required: u64,
    /// Period in which that cost 2, as in the rules of 2023.
    pub(crate) required_once: Option<RequiredOnce>,
    /// Models on which the tool rules were confirmed.
    pub(crate) seen_on: &'static [&'static str],
    /// Models on which they were confirmed with the legacy field `functions`.
    pub(crate) legacy_seen_on: &'static [&'static str],
}

/// A period in which `required` cost 2 tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequiredOnce {
    pub(crate) days: Dated,
    /// Models on which it was seen to cost 2.
    pub(crate) seen_on: &'static [&'static str],
    /// Models on which it has been seen to cost nothing since.
    pub(crate) free_on: &'static [&'static str],
}

/// Rendering of function definitions as TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    /// The servers' rendering since 2024: `render/typescript.rs`.
    Current,
    /// The earlier one: `render/typescript_2023.rs`.
    Of2023,
}

/// Place of tool definitions in the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolPlace {
    /// Under a heading after the text of the first message, if that is a system or developer
    /// message, as one string with it; otherwise in a separate system message at the start.
    InSystemMessage {
        /// Heading of the definitions.
        heading: &'static str,
        /// Tokens saved by joining them, or by their separate message.
        saved: u64,
    },
    /// In a part of the prompt that the server adds.
    Hidden {
        /// Tokens besides the definitions.
        around: u64,
        /// Whether the blank line before the definitions is encoded with the first system message.
        joins_instructions: bool,
        /// Whether that message loses the blanks at its end.
        trims_instructions: bool,
    },
}

/// Heading of the definitions.
pub(crate) const TOOLS_HEADING: &str = "# Tools\n\n## functions\n\n";

/// Rendering of a call in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallText {
    /// ` to=functions.NAME`, then the arguments parsed as JSON and written compactly.
    Addressed,
    /// The name, and the arguments as they were sent.
    Of2023,
}

/// Billing of calls in the history and their results.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallRules {
    /// Rendering of a call.
    pub(crate) text: CallText,
    /// Tokens of one call besides its recipient and arguments.
    pub(crate) call: u64,
    /// Tokens of several calls of one message, besides the merged call and the list of results.
    pub(crate) parallel: u64,
    /// First day on which the list of results was written without ASCII escapes.
    pub(crate) results_raw_from: Dated,
    /// Tokens of one result besides the function's name and the text.
    pub(crate) result: u64,
    /// Host that bills a call lower, and by how many tokens.
    pub(crate) less_at: Option<(Host, u64)>,
    /// Models on which the rules for single calls were confirmed.
    pub(crate) seen_on: &'static [&'static str],
    /// Models on which the rules for several calls of one message were confirmed.
    pub(crate) parallel_seen_on: &'static [&'static str],
    /// Models whose legacy fields (`function_call`, the role `function`) are billed as in 2023; on
    /// the others they are billed like other calls and results (one recording, gpt-4o-mini,
    /// 2025-09).
    pub(crate) legacy_of_2023: &'static [&'static str],
}

/// Lists of results: escaped in 5 recordings from 2025-08-10 to 2026-02-11, raw in 7 from
/// 2026-03-12 on, on every model, of 6 applications. A public report saw them raw on 2026-03-11.
pub(crate) const RESULTS_RAW: Dated = Dated {
    old_until: "2026-02-11",
    new_from: "2026-03-11",
};

/// First day on which a prediction costs nothing (5 of 5 recordings of 3 applications); before, one
/// cost [`PREDICTION`].
pub(crate) const PREDICTION_FREE: Dated = Dated {
    old_until: "2024-11-30",
    new_from: "2025-12-01",
};
pub(crate) const PREDICTION: u64 = 12;

/// Billing of the answer's schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaRules {
    /// Tokens besides the name, the description and the schema.
    pub(crate) around: u64,
    /// Whether the start of the reply names the format if there are no tools.
    pub(crate) reply_names_format: bool,
    /// Models on which the schema rules were confirmed.
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

    /// Whether the rules for messages were confirmed for the model.
    pub(crate) fn seen_for(&self, model: &Model) -> bool {
        self.seen_in(self.seen_on, model)
    }

    /// Whether a model is in a list of a rule set, and certainly is the one that answers.
    pub(crate) fn seen_in(&self, seen_on: &[&str], model: &Model) -> bool {
        seen_on.contains(&model.id())
            // An unlisted snapshot may be later than the measurements, and fine-tunes were not
            // measured.
            && model.matched().is_certain()
            && !model.counting_is_overridden()
            && !self.hidden_by.contains(&model.listed_name())
            && bills_like_openai(model.host())
    }
}
