//! The shape of a rule set for Claude, whatever the format of the request.
//!
//! ```text
//! prompt = frame + the texts + a step for each further message
//!        + with tools: another prompt of the server's instead of the frame, and the definitions
//!        + what calls, results, thinking, a schema and images add
//! ```
//!
//! Source: docs/evidence/billing_other_providers.md, section 1, and docs/evidence/billing_claude.md.

use super::dated::Dated;
use crate::count::RuleSet;

/// What a request to a generation of Claude models costs beyond its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaudeRules {
    /// The name of the rule set.
    pub(crate) id: &'static str,
    /// Tokens around the first message.
    pub(crate) frame: u64,
    /// Tokens of a message whose role is another than that of the message before.
    pub(crate) step: u64,
    /// Tokens of a message of the same role as the one before, and of one that follows results of the user's.
    pub(crate) same_role: u64,
    pub(crate) after_results: u64,
    /// Tokens more of a history that begins with the assistant: with a text, and with a call.
    pub(crate) assistant_first: [u64; 2],
    pub(crate) instructions: Instructions,
    pub(crate) tools: ToolPrompts,
    pub(crate) calls: ClaudeCalls,
    pub(crate) thinking: Thinking,
    /// Thinking of earlier turns is left out once the user spoke again.
    pub(crate) drops_thinking: bool,
    /// Gateways turn thinking on with a budget; newer models are asked to decide themselves.
    pub(crate) budgets_by_gateways: bool,
    /// Tokens around the schema of the answer; none where the setting does not exist.
    pub(crate) schema: Option<Beside>,
    /// Tokens of a budget that the model is told of.
    pub(crate) task_budget: u64,
    /// An image costs more by this share of it (in percent) at most.
    pub(crate) image_above: u64,
    /// Models that the rules gave the billed count for, by what is in the request.
    pub(crate) seen_on: SeenOn,
    /// First and last month of those recordings.
    pub(crate) seen: (&'static str, &'static str),
    /// How far a count may be off on models of which nothing was seen, in percent.
    pub(crate) stretch: u64,
}

/// Models that were recorded with an exact count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenOn {
    /// Texts and images.
    pub(crate) texts: &'static [&'static str],
    /// Tools, and any choice among them.
    pub(crate) tools: &'static [&'static str],
    /// Calls and results in the history.
    pub(crate) calls: &'static [&'static str],
    /// Thinking that is turned on.
    pub(crate) thinking: &'static [&'static str],
}

/// What instructions (`system`) cost beside their text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instructions {
    /// Without tools, and with tools.
    pub(crate) alone: u64,
    pub(crate) beside_tools: u64,
    /// Each further block of them.
    pub(crate) further_block: u64,
    /// Tokens less when they end in a line break.
    pub(crate) final_line_break: u64,
}

/// What the server writes when there are tools, the frame included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolPrompts {
    pub(crate) now: ToolPrompt,
    /// Another one until a day. Without a day a request is counted with the newer one, and not called exact.
    pub(crate) before: Option<(Dated, ToolPrompt)>,
    /// What is written beside, when only one call at a time is allowed: for `auto`, `any` and a tool by name.
    pub(crate) one_at_a_time: [i64; 3],
    /// How far that may be off: tokens less and more.
    pub(crate) one_at_a_time_room: [u64; 2],
    /// A definition with `defer_loading` is not written.
    pub(crate) deferred_are_free: bool,
    /// How far the prompt may be off on a model that it was not seen on.
    pub(crate) unseen_room: [u64; 2],
}

/// By the choice among the tools; the name of a chosen one is on top of it, in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolPrompt {
    /// `auto` and `none`.
    pub(crate) auto: u64,
    pub(crate) any: u64,
    pub(crate) tool: u64,
}

/// How calls in the history and their results are billed: in the place of the steps of both messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaudeCalls {
    /// Tokens of a turn of calls and results beside the texts of both.
    pub(crate) turn: i64,
    /// One token more in each stretch of turns that no text of the user's interrupts.
    pub(crate) stretch: Stretch,
    /// Tokens less, once, when a text precedes calls.
    pub(crate) text_before: u64,
    /// Tokens of a history with calls that are not explained, in thousandths of the messages' tokens.
    pub(crate) room_thousandths: u64,
}

/// When a stretch of turns costs its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    Never,
    /// Unless a tool must be called.
    UnlessForced,
    Always,
}

/// Tokens by themselves, and more of them beside instructions or tools.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) alone: u64,
    pub(crate) more: u64,
}

/// What thinking costs that is turned on with a budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thinking {
    pub(crate) on: Beside,
    /// How far that was off: tokens less and more.
    pub(crate) room: [u64; 2],
}

impl ClaudeRules {
    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: Some(self.seen.0),
            seen_to: Some(self.seen.1),
        }
    }
}
