//! Faults of Anthropic's Messages: recorded, measured or reported answers. Those of cache marks,
//! tools and schemas are in `anthropic_tools.rs`.
//!
//! Source: docs/evidence/validation_other_providers.md, section A.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault, Fix};
use super::super::finding::{Phase, Repair};
pub(crate) use super::anthropic_tools::*;
use super::fields::{MISSING, MISSING_ANSWER, PATTERN_ANSWER};
use super::{ANTHROPIC, SETTINGS};
use crate::check::server::Dialect;

const PREFILL_TEXT: &str = "This model does not support assistant message prefill. The conversation must end with a user message.";
const SAMPLING_TEXT: &str = "`{field}` is deprecated for this model.";
const BOTH_TEXT: &str =
    "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";

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
    NO_OUTPUT_LIMIT = Fault {
        severity: By::Rule,
        remedy: "set it; only the endpoint that counts tokens requires none",
        ..MISSING
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
    /// Recorded for claude-opus-4-6, reported for claude-sonnet-4-6 (2026). Slots: `value`;
    /// `efforts` as the API lists them, `choices` as our message does.
    EFFORT_LEVEL = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        message: "the model does not support this effort",
        remedy: "use one of {choices}",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "This model does not support effort level '{value}'. Supported levels: {efforts}.",
        )],
        fix: Fix::Field,
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
        repair: Repair::ManyCacheMarks,
        ..FAULT
    };

    // --- the model's settings
    /// Slots: `field`, the name in Anthropic's spelling.
    SAMPLING = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the model does not support `{param}`",
        remedy: "remove it",
        answers: &[
            Answer::anthropic(ANTHROPIC, SAMPLING_TEXT),
            Answer::converse(SAMPLING_TEXT),
        ],
        fix: Fix::Remove,
        ..FAULT
    };
    TEMPERATURE_AND_TOP_P = Fault {
        code: codes::PARAMETER_CONFLICT,
        message: "the model supports either temperature or top_p, not both",
        remedy: "remove one of them",
        answers: &[
            Answer::anthropic(ANTHROPIC, BOTH_TEXT),
            Answer::converse(BOTH_TEXT),
        ],
        fix: Fix::None,
        repair: Repair::TopP,
        ..SAMPLING
    };
    TOP_P_WITH_THINKING = Fault {
        code: codes::UNSUPPORTED_VALUE,
        message: "`top_p` must be at least 0.95 while thinking is enabled",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode",
        )],
        ..SAMPLING
    };
    TOP_K_WITH_THINKING = Fault {
        message: "`top_k` cannot be set while thinking is enabled",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`top_k` must be unset when thinking is enabled or in adaptive mode",
        )],
        ..SAMPLING
    };
    /// Slots: `type`.
    THINKING_TYPE = Fault {
        code: codes::UNSUPPORTED_VALUE,
        message: "the model does not support thinking of type {type}",
        remedy: "use adaptive thinking with `output_config.effort`",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "\"thinking.type.{type}\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
        )],
        fix: Fix::None,
        repair: Repair::Thinking,
        ..SAMPLING
    };
    ADAPTIVE_THINKING = Fault {
        remedy: "use thinking of type enabled with a budget below `max_tokens`",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "adaptive thinking is not supported on this model",
        )],
        ..THINKING_TYPE
    };
    /// Models without thinking. Slots: `type`.
    NO_THINKING = Fault {
        message: "the model does not support thinking",
        remedy: "remove the field",
        answers: &[],
        fix: Fix::Remove,
        repair: Repair::None,
        ..THINKING_TYPE
    };
    /// Slots: `effort`.
    THINKING_OFF_AT_EFFORT = Fault {
        code: codes::PARAMETER_CONFLICT,
        message: "the model cannot turn thinking off at effort {effort}",
        remedy: "use adaptive thinking, or a lower effort",
        answers: &[],
        repair: Repair::Thinking,
        ..THINKING_TYPE
    };
    DISPLAY_WITHOUT_THINKING = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Form,
        message: "`display` is set, but thinking is disabled",
        remedy: "remove `display`",
        answers: &[],
        fix: Fix::Field,
        repair: Repair::None,
        ..THINKING_TYPE
    };
    NO_FORCED_CALL = Fault {
        code: codes::UNSUPPORTED_VALUE,
        message: "the model does not support a `tool_choice` that forces a call",
        remedy: "set the choice to auto",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "tool_choice: type \"tool\" and \"any\" are not supported for this model.",
        )],
        fix: Fix::None,
        ..SAMPLING
    };
    /// Slots: `tool`.
    CHOSEN_TOOL_MISSING = Fault {
        code: codes::UNKNOWN_TOOL,
        message: "`tool_choice` names {tool}, which is not among the tools",
        remedy: "choose a tool from the list, or add it",
        answers: &[Answer::anthropic(ANTHROPIC, "Tool '{tool}' not found in provided tools")],
        fix: Fix::None,
        ..SAMPLING
    };
    NO_EFFORT = Fault {
        message: "the model does not support `{param}`",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "This model does not support the effort parameter.",
        )],
        fix: Fix::Field,
        ..SAMPLING
    };
    SPEED = Fault {
        code: codes::UNSUPPORTED_VALUE,
        message: "the model does not support `speed` fast",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`speed` value \"fast\" is not supported for this model",
        )],
        ..SAMPLING
    };
    TASK_BUDGET = Fault {
        message: "the model may not support `{param}`",
        answers: &[],
        fix: Fix::None,
        ..SAMPLING
    };
    CLEAR_WITHOUT_THINKING = Fault {
        code: codes::PARAMETER_CONFLICT,
        message: "the edit `clear_thinking_20251015` requires thinking, which is not enabled",
        remedy: "enable thinking, or remove the edit",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive",
        )],
        fix: Fix::None,
        ..SAMPLING
    };
    /// Slots: `other`.
    COMPACTION_WITH = Fault {
        message: "`compaction` cannot be combined with `{other}`",
        remedy: "remove one of them",
        answers: &[],
        ..CLEAR_WITHOUT_THINKING
    };
    CITATIONS_WITH_FORMAT = Fault {
        message: "citations of a document cannot be combined with a JSON schema for the answer",
        remedy: "disable the citations, or remove the schema",
        answers: &[],
        ..CLEAR_WITHOUT_THINKING
    };
    BLANK_STOP = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "a stop sequence is empty or blank",
        remedy: "remove it, or add a character that is not white space",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "stop_sequences: each stop sequence must contain non-whitespace",
        )],
        ..FAULT
    };
    /// Slots: `got`, `most`.
    LARGE_REQUEST = Fault {
        code: codes::TOO_LARGE,
        severity: SETTINGS,
        message: "the request has {got} bytes, the maximum is {most}",
        remedy: "remove images or documents, or refer to them by file id or URL",
        answers: &[Answer {
            status: 413,
            kind: "request_too_large",
            ..Answer::anthropic(ANTHROPIC, "Request exceeds the maximum size")
        }],
        ..FAULT
    };

    // --- the last message
    PREFILL = Fault {
        code: codes::WRONG_LAST_ROLE,
        phase: Phase::History,
        severity: SETTINGS,
        message: "the last message is the assistant's, and the model does not continue it",
        remedy: "end with a user message",
        answers: &[
            Answer::anthropic(ANTHROPIC, PREFILL_TEXT),
            Answer::converse(PREFILL_TEXT),
        ],
        ..FAULT
    };
    PREFILL_WHITESPACE = Fault {
        code: codes::WRONG_LAST_ROLE,
        phase: Phase::History,
        severity: SETTINGS,
        message: "the last assistant text ends with white space",
        remedy: "remove the white space at its end",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "messages: final assistant content cannot end with trailing whitespace",
        )],
        ..FAULT
    };

    // --- blocks
    /// Slots: `pattern`.
    CALL_ID = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "the id {id} must match `{pattern}`",
        remedy: "rename it in the call and in its result",
        answers: &[PATTERN_ANSWER],
        repair: Repair::CallId,
        ..FAULT
    };
    TOOL_INPUT = Fault {
        code: codes::INVALID_TYPE,
        severity: SETTINGS,
        message: "the input of a call must be an object, but is {got}",
        remedy: "write an object, an empty one if there are no arguments",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be a valid dictionary")],
        ..FAULT
    };
    NO_TOOL_INPUT = Fault {
        code: codes::MISSING_PARAMETER,
        severity: SETTINGS,
        message: "a call has no `input`",
        remedy: "set it to an object",
        answers: &[MISSING_ANSWER],
        ..FAULT
    };
    ERROR_WITH_MEDIA = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "a result with `is_error` contains a block other than text",
        remedy: "set `is_error` to false, or move the block to the next user message",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: all content must be type `text` if `is_error` is true",
        )],
        ..FAULT
    };
    /// Slots: `value`, `choices`; `tags`, the choices as the API lists them, if known.
    UNKNOWN_TAG = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "{value} is not supported here",
        remedy: "use one of {choices}",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: Input tag '{value}' found using 'type' does not match any of the expected tags: {tags}",
        )],
        ..FAULT
    };
    /// Reported for Anthropic's API. Slots: `value`.
    SYSTEM_NOT_TEXT = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "{value} is not supported in `system`",
        remedy: "move it to a message of the user",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be 'text'")],
        ..FAULT
    };
    /// Measured: `auto` and `none` are accepted without tools.
    FORCED_CALL_WITHOUT_TOOLS = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`tool_choice` forces a call, but there are no tools",
        remedy: "offer tools, or remove the choice",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "tool_choice.any may only be specified while providing tools",
        )],
        fix: Fix::Remove,
        ..FAULT
    };
    EMPTY_SYSTEM_TEXT = Fault {
        code: codes::EMPTY_CONTENT,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "a system text block is empty",
        remedy: "remove it",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "system: text content blocks must be non-empty",
        )],
        ..FAULT
    };
    BLANK_SYSTEM_TEXT = Fault {
        message: "a system text block is blank",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "system: text content blocks must contain non-whitespace text",
        )],
        ..EMPTY_SYSTEM_TEXT
    };
    EMPTY_RESULT_TEXT = Fault {
        message: "a text block of a result is empty",
        answers: &[],
        ..EMPTY_SYSTEM_TEXT
    };
    EMPTY_THINKING = Fault {
        code: codes::UNSIGNED_THINKING,
        severity: By::History(|rules| rules.thinking),
        message: "a thinking block has neither text nor signature",
        remedy: "send it back as it was received, or remove it",
        answers: &[Answer::anthropic(ANTHROPIC, "each thinking block must contain thinking")],
        ..FAULT
    };

    // --- images and documents
    IMAGE_MEDIA_TYPE = Fault {
        code: codes::INVALID_IMAGE,
        severity: SETTINGS,
        message: "the provider does not support images of this media type",
        remedy: "send a PNG, JPEG, GIF or WebP image, and name its type",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
        )],
        repair: Repair::Media,
        ..FAULT
    };
    /// Slots: `named`, `found`.
    IMAGE_MISMATCH = Fault {
        phase: Phase::Content,
        message: "the image is declared as {named}, but its data is {found}",
        remedy: "set `media_type` to {found}",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "{dotted}: The image was specified using the {named} media type, but the image appears to be a {found} image",
        )],
        repair: Repair::MediaKind,
        ..IMAGE_MEDIA_TYPE
    };
    IMAGE_EMPTY = Fault {
        message: "an image has no data",
        remedy: "remove it",
        answers: &[Answer::anthropic(ANTHROPIC, "image cannot be empty")],
        repair: Repair::Media,
        ..IMAGE_MISMATCH
    };
    /// Slots: `width`, `height`, `most`.
    IMAGE_SIDE = Fault {
        message: "an image has {width} by {height} pixels, the maximum of a side is {most}",
        remedy: "shrink the image",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "At least one of the image dimensions exceed max allowed size: {most} pixels",
        )],
        repair: Repair::Media,
        ..IMAGE_MISMATCH
    };
    IMAGE_SIDE_OF_MANY = Fault {
        message: "an image has {width} by {height} pixels, the maximum of a side is {most} in a request of more than 20 images",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "At least one of the image dimensions exceed max allowed size for many-image requests: {most} pixels",
        )],
        repair: Repair::Media,
        ..IMAGE_SIDE
    };
    /// Slots: `got`, `most`.
    IMAGE_BYTES = Fault {
        code: codes::TOO_LARGE,
        message: "an image has {got} bytes of base64, the maximum is {most}",
        remedy: "compress or shrink the image",
        answers: &[],
        repair: Repair::Media,
        ..IMAGE_MISMATCH
    };
    IMAGE_OVER_10_MB = Fault {
        answers: &[Answer::anthropic(
            &[Dialect::Anthropic],
            "{dotted}: image exceeds 10 MB maximum: {got} bytes > {most} bytes",
        )],
        ..IMAGE_BYTES
    };
    /// Slots: `got`, `most`.
    LONG_DATA = Fault {
        message: "a file has {got} characters of base64, the maximum is {most}",
        remedy: "refer to it by file id or URL",
        repair: Repair::None,
        ..IMAGE_BYTES
    };
    /// Slots: `count`, `most`, `images`, `documents`.
    MANY_IMAGES = Fault {
        code: codes::TOO_MANY_IMAGES,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "{count} images and documents, the maximum is {most}",
        remedy: "remove images from earlier turns",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "too many images and documents: {images} + {documents} > {most}",
        )],
        ..FAULT
    };
    /// Slots: `pages`, `most`.
    PDF_PAGES = Fault {
        code: codes::TOO_MANY_PAGES,
        phase: Phase::Content,
        severity: SETTINGS,
        message: "the PDF documents have {pages} pages, the maximum is {most}",
        remedy: "split the document, or send only the pages that are needed",
        answers: &[Answer::anthropic(
            ANTHROPIC,
            "A maximum of {most} PDF pages may be provided.",
        )],
        repair: Repair::Media,
        ..FAULT
    };
}
