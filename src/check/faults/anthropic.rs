//! Settings of Anthropic's Messages: answers that were recorded or reported.

use super::super::codes;
use super::super::fault::{Answer, FAULT, Fault, Fix};
use super::super::finding::Phase;
use super::{ANTHROPIC, SETTINGS};

faults! {
    /// Slots: `got`, `least`.
    SMALL_THINKING_BUDGET = Fault {
        code: codes::OUT_OF_RANGE,
        severity: SETTINGS,
        message: "`{param}` is {got}, the minimum is {least}",
        remedy: "raise it to {least}",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "thinking.enabled.budget_tokens: Input should be greater than or equal to {least}",
        )],
        ..FAULT
    };
    /// Slots: `got`.
    THINKING_OVER_MAX_TOKENS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "a thinking budget of {got} tokens leaves nothing of `max_tokens` for the answer",
        remedy: "raise `max_tokens`, or lower the budget",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
        )],
        ..FAULT
    };
    TEMPERATURE_WITH_THINKING = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`temperature` must be 1 while thinking is enabled",
        remedy: "remove it",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`temperature` may only be set to 1 when thinking is enabled or in interleaved thinking mode.",
        )],
        fix: Fix::Remove,
        ..FAULT
    };
    FORCED_CALL_WITH_THINKING = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`tool_choice` cannot force a call while thinking is enabled",
        remedy: "set the choice to auto, or disable thinking",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "Thinking may not be enabled when tool_choice forces tool use.",
        )],
        ..FAULT
    };
    /// Recorded of claude-opus-4-6 and reported of claude-sonnet-4-6 (2026). Slots: `value`, `efforts`, and `choices`, the
    /// same for us.
    EFFORT_LEVEL = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        message: "the model does not support this effort",
        remedy: "use one of {choices}",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "This model does not support effort level '{value}'. Supported levels: {efforts}.",
        )],
        ..FAULT
    };
    /// Slots: `count`, `most`.
    MANY_CACHE_MARKS = Fault {
        code: codes::TOO_MANY_ENTRIES,
        severity: SETTINGS,
        message: "{count} blocks are marked for the cache, the maximum is {most}",
        remedy: "mark only the last block of each part that stays the same",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "A maximum of {most} blocks with cache_control may be provided. Found {count}.",
        )],
        ..FAULT
    };
}
