//! Limits: tokens, characters, entries.
//!
//! Source: docs/evidence/validation.md, section 4, docs/evidence/validation.md, section 5,
//! docs/evidence/validation.md, section 7, and docs/evidence/validation.md, section 8.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault, Fix};
use super::super::finding::{Phase, Severity};
use super::fields::{EMPTY_LIST_ANSWER, LONG_LIST_ANSWER, TOO_LONG_ANSWER};
use super::{ANTHROPIC_ITSELF, CHAT, OPENAI, VERTEX};
use crate::check::server::Dialect;

const TEXTS: &[Dialect] = &[Dialect::OpenAiEmbeddings, Dialect::OpenAiCompletions];
const OF_ONE_TEXT: Answer = Answer::new(
    TEXTS,
    "",
    "",
    "This model's maximum context length is {window} tokens, however you requested {total} tokens ({tokens} in your prompt; {reserve} for the completion). Please reduce your prompt; or completion length.",
);

faults! {
    /// Slots: `what`.
    RESERVE_EXCEEDS_WINDOW = Fault {
        code: codes::RESERVE_EXCEEDS_WINDOW,
        phase: Phase::Tokens,
        message: "{what}",
        remedy: "{remedy}, or use a model with a larger window",
        ..FAULT
    };
    /// Slots of this and the next four: `tokens`, `is` ("is" or "may be"), `remedy`; `window`,
    /// `limit`, `margin`, `reserve` as the message names them.
    CONTEXT_EXCEEDED = Fault {
        code: codes::CONTEXT_EXCEEDED,
        phase: Phase::Tokens,
        message: "the input of {tokens} tokens {is} over the context window of {window}",
        remedy: "{remedy}",
        answers: &[
            Answer::new(
                CHAT,
                "context_length_exceeded",
                "messages",
                "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages.",
            ),
            Answer::anthropic(
                ANTHROPIC_ITSELF,
                "prompt is too long: {tokens} tokens > {window} maximum",
            ),
        ],
        ..FAULT
    };
    OVER_LIMIT = Fault {
        code: codes::OVER_BUDGET,
        message: "the input of {tokens} tokens {is} over the configured limit of {limit}",
        answers: &[],
        ..CONTEXT_EXCEEDED
    };
    OVER_MARGIN = Fault {
        message: "the input of {tokens} tokens {is} over the {limit} that remain after a margin of {margin}",
        ..OVER_LIMIT
    };
    /// Slots: also `total`.
    NO_ROOM_FOR_OUTPUT = Fault {
        code: codes::NO_ROOM_FOR_OUTPUT,
        message: "the input of {tokens} tokens {is} over the {limit} that remain of a window of {window} with {reserve} for the answer",
        answers: &[Answer::new(
            &[Dialect::OpenAiChat, Dialect::DeepSeek],
            "context_length_exceeded",
            "messages",
            "This model's maximum context length is {window} tokens. However, you requested {total} tokens ({tokens} in the messages, {reserve} in the completion). Please reduce the length of the messages or completion.",
        ),
            Answer::anthropic(
                ANTHROPIC_ITSELF,
                "input length and `max_tokens` exceed context limit: {tokens} + {reserve} > {window}, decrease input length or `max_tokens` and try again",
            ),
        ],
        ..CONTEXT_EXCEEDED
    };
    INPUT_LIMIT_EXCEEDED = Fault {
        code: codes::INPUT_LIMIT_EXCEEDED,
        message: "the input of {tokens} tokens {is} over the model's input limit of {limit}",
        ..OVER_LIMIT
    };
    /// Slots: `asked`, `most`, `field`, `model`.
    OUTPUT_LIMIT_EXCEEDED = Fault {
        code: codes::OUTPUT_LIMIT_EXCEEDED,
        message: "the request allows {asked} output tokens, the model's maximum is {most}",
        remedy: "lower it to {most}",
        answers: &[
            Answer::new(
                OPENAI,
                "invalid_value",
                "{field}",
                "{field} is too large: {asked}. This model supports at most {most} completion tokens, whereas you provided {asked}.",
            ),
            Answer::anthropic(
                ANTHROPIC_ITSELF,
                "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {model}",
            ),
            Answer::converse(
                "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}.",
            ),
            Answer::google(
                VERTEX,
                "Unable to submit request because it has a maxOutputTokens value of {asked} but the supported range is from 1 (inclusive) to {above} (exclusive).",
            ),
            Answer::new(
                &[Dialect::Zai],
                "1210",
                "",
                "Invalid API parameter, please check the documentation.",
            ),
        ],
        fix: Fix::Bound("most"),
        ..FAULT
    };

    // --- tools
    EMPTY_TOOLS = Fault {
        code: codes::EMPTY_TOOLS,
        message: "the list of tools is empty",
        remedy: "remove the field",
        answers: &[EMPTY_LIST_ANSWER],
        ..FAULT
    };
    /// Slots: `length`, `most`.
    TOO_MANY_TOOLS = Fault {
        code: codes::TOO_MANY_TOOLS,
        message: "{length} tools, the maximum is {most}",
        remedy: "offer only the tools that this request needs",
        answers: &[LONG_LIST_ANSWER],
        ..FAULT
    };
    /// Slots: `name`, `length`, `most`, `documented`.
    LONG_TOOL_NAME = Fault {
        code: codes::TOOL_NAME_TOO_LONG,
        message: "the name {name} has {length} characters; the documented maximum is {documented}, {most} were accepted",
        remedy: "shorten it to {documented} characters",
        answers: &[TOO_LONG_ANSWER],
        ..FAULT
    };

    // --- strings and images
    /// Slots: `length`, `most`.
    LONG_TEXT = Fault {
        code: codes::STRING_TOO_LONG,
        severity: By::Always(Severity::Refused),
        message: "the text has {length} characters, the maximum of one string is {most}",
        remedy: "shorten it, or split it into parts",
        answers: &[TOO_LONG_ANSWER],
        ..FAULT
    };
    /// Slots: `length`.
    DATA_AS_TEXT = Fault {
        code: codes::DATA_AS_TEXT,
        phase: Phase::Tokens,
        severity: By::Always(Severity::Wasteful),
        message: "the text contains {length} characters of a base64 file, which are billed as text",
        remedy: "send the file as a part of its own, or remove it",
        ..FAULT
    };
    /// Slots: `count`, `most`.
    TOO_MANY_IMAGES = Fault {
        code: codes::TOO_MANY_IMAGES,
        message: "{count} images, the documented maximum is {most}",
        remedy: "remove images from earlier turns",
        ..FAULT
    };

    // --- inputs to embed, prompts to complete
    /// Slots: `count`, `most`.
    TOO_MANY_INPUTS = Fault {
        code: codes::TOO_MANY_INPUTS,
        severity: By::Always(Severity::Refused),
        message: "{count} inputs to embed, the maximum is {most}",
        remedy: "split them over several requests",
        ..FAULT
    };
    NOTHING_TO_EMBED = Fault {
        code: codes::EMPTY_INPUT,
        severity: By::Always(Severity::Refused),
        message: "there is nothing to embed",
        remedy: "set a non-empty string, or a list of strings or token ids",
        answers: &[Answer::new(
            &[Dialect::OpenAiEmbeddings],
            "",
            "",
            "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
        )],
        ..FAULT
    };
    /// Slots: `tokens`, `is`, `window`, `total`, `reserve`.
    LONG_INPUT = Fault {
        code: codes::INPUT_LIMIT_EXCEEDED,
        phase: Phase::Tokens,
        message: "an input of {tokens} tokens {is} over the model's limit of {window} per input",
        remedy: "split the input",
        answers: &[OF_ONE_TEXT],
        ..FAULT
    };
    /// Slots: `tokens`, `are`, `most`.
    MANY_INPUT_TOKENS = Fault {
        code: codes::REQUEST_TOKENS_EXCEEDED,
        phase: Phase::Tokens,
        message: "inputs of {tokens} tokens in total {are} over the limit of {most} per request",
        remedy: "split them over several requests",
        answers: &[Answer {
            kind: "max_tokens_per_request",
            ..Answer::new(
                &[Dialect::OpenAiEmbeddings],
                "max_tokens_per_request",
                "",
                "Requested {tokens} tokens, max {most} tokens per request",
            )
        }],
        ..FAULT
    };
    /// Slots: `tokens`, `are`, `window`, `total`, `reserve`.
    LONG_PROMPT = Fault {
        code: codes::CONTEXT_EXCEEDED,
        phase: Phase::Tokens,
        message: "a prompt of {tokens} tokens and an answer of {reserve} {are} over the window of {window}",
        remedy: "shorten the prompt, or ask for a shorter answer",
        answers: &[OF_ONE_TEXT],
        ..FAULT
    };
    PROMPT_LEAVES_NO_ROOM = Fault {
        code: codes::NO_ROOM_FOR_OUTPUT,
        ..LONG_PROMPT
    };
}
