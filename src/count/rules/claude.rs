//! Rule set for Claude, for requests in any format.
//!
//! ```text
//! prompt = frame + text + a step for each further message
//!        + with tools: a longer prompt of the server instead of the frame, and the definitions
//!        + calls, results, thinking, a schema, images
//! ```
//!
//! Source: docs/evidence/billing_other_providers.md, section 1, and
//! docs/evidence/billing_claude.md.

use super::dated::Dated;
use crate::count::RuleSet;

/// Costs of a request to a generation of Claude models beyond its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaudeRules {
    /// Name of the rule set.
    pub(crate) id: &'static str,
    /// Tokens around the first message.
    pub(crate) frame: u64,
    /// Tokens of a message whose role differs from that of the message before it.
    pub(crate) step: u64,
    /// Tokens of a message with the role of the message before it, and of one after results.
    pub(crate) same_role: u64,
    pub(crate) after_results: u64,
    /// Additional tokens of a history that begins with the assistant: with text, and with a call.
    pub(crate) assistant_first: [u64; 2],
    pub(crate) instructions: Instructions,
    pub(crate) tools: ToolPrompts,
    pub(crate) calls: ClaudeCalls,
    pub(crate) thinking: Thinking,
    /// Whether the server omits the thinking of earlier turns after a user message.
    pub(crate) drops_thinking: bool,
    /// Whether gateways enable thinking with a budget; newer models decide themselves.
    pub(crate) budgets_by_gateways: bool,
    /// Tokens around the schema of the answer; `None` if the setting does not exist.
    pub(crate) schema: Option<Beside>,
    /// Tokens of a budget for the task, which is included in the prompt.
    pub(crate) task_budget: u64,
    /// Maximum additional cost of an image, in percent of it.
    pub(crate) image_above: u64,
    /// Models with exact recordings, by the content of the request.
    pub(crate) seen_on: SeenOn,
    /// First and last month of those recordings.
    pub(crate) seen: (&'static str, &'static str),
    /// Maximum error on models without recordings, in percent.
    pub(crate) stretch: u64,
}

/// Models whose recordings were counted exactly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenOn {
    /// Text.
    pub(crate) text: &'static [&'static str],
    /// Tools, and any choice among them.
    pub(crate) tools: &'static [&'static str],
    /// Calls and results in the history.
    pub(crate) calls: &'static [&'static str],
    /// Thinking with a budget.
    pub(crate) thinking: &'static [&'static str],
}

/// Costs of instructions (`system`) besides their text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instructions {
    /// Without tools, and with tools.
    pub(crate) alone: u64,
    pub(crate) beside_tools: u64,
    /// Each further block.
    pub(crate) further_block: u64,
    /// Tokens saved if they end in a line break.
    pub(crate) final_line_break: u64,
}

/// Prompts of the server for tools, the frame included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolPrompts {
    pub(crate) now: ToolPrompt,
    /// Earlier prompt. Without a day a request is counted with the newer one, as calibrated.
    pub(crate) before: Option<(Dated, ToolPrompt)>,
    /// Change of the prompt if only one call at a time is allowed: for `auto`, `any` and a tool by
    /// name.
    pub(crate) one_at_a_time: [i64; 3],
    /// Maximum error of that: tokens below and above.
    pub(crate) one_at_a_time_room: [u64; 2],
    /// Whether a definition with `defer_loading` is omitted.
    pub(crate) deferred_are_free: bool,
    /// Maximum error of the prompt on models without recordings: tokens below and above.
    pub(crate) unseen_room: [u64; 2],
}

/// Tokens of a prompt by tool choice; the name of a forced tool is added, in quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToolPrompt {
    /// `auto` and `none`.
    pub(crate) auto: u64,
    pub(crate) any: u64,
    pub(crate) tool: u64,
}

/// Costs of calls in the history and of their results, which replace the steps of both messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaudeCalls {
    /// Tokens of a turn of calls and results besides the text of both.
    pub(crate) turn: i64,
    /// When a stretch of turns without a user message costs one more token.
    pub(crate) stretch: Stretch,
    /// Tokens saved, once, if text precedes calls.
    pub(crate) text_before: u64,
    /// Maximum error of calls on models without exact recordings, in thousandths of their tokens.
    pub(crate) room_thousandths: u64,
}

/// Condition of the additional token of a stretch of turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    Never,
    /// Unless the tool choice forces a call.
    UnlessForced,
    Always,
}

/// Tokens, and additional tokens with instructions or tools.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) alone: u64,
    pub(crate) more: u64,
}

/// Costs of thinking with a budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thinking {
    pub(crate) on: Beside,
    /// Maximum error: tokens below and above.
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
