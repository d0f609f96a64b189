//! Settings that a model or an endpoint of OpenAI does not support, and settings that exclude each
//! other.
//!
//! Source: docs/evidence/validation.md, section 2, docs/evidence/validation.md, section 3, and
//! docs/evidence/validation.md, section 6.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault, Fix};
use super::super::finding::{Phase, Severity};
use super::{CHAT, OPENAI, OPENAI_ALONE, RESPONSES, SETTINGS};
use crate::check::server::Dialect;

const UNSUPPORTED: &str = "Unsupported parameter: '{param}' is not supported with this model.";
const ONLY_24H: &str = "This model is compatible only with 24h extended prompt caching";
const NO_SUCH_MODEL: Answer = Answer {
    status: 404,
    ..Answer::new(
        OPENAI,
        "model_not_found",
        "",
        "The model{model} does not exist or you do not have access to it.",
    )
};
const NOT_A_CHAT_MODEL: Answer = Answer {
    status: 404,
    ..Answer::new(
        CHAT,
        "",
        "model",
        "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
    )
};

faults! {
    // --- the model
    /// Slots: `remedy`; `model`, a space and the name in backticks, or empty.
    UNKNOWN_MODEL = Fault {
        code: codes::UNKNOWN_MODEL,
        phase: Phase::Model,
        message: "the model is not in the registry; token limits are not checked",
        remedy: "{remedy}",
        answers: &[NO_SUCH_MODEL],
        ..FAULT
    };
    UNNAMED_MODEL = Fault {
        message: "the request names no model; token limits are not checked",
        ..UNKNOWN_MODEL
    };
    /// Slots: `when`; also `model`.
    RETIRED_MODEL = Fault {
        code: codes::RETIRED_MODEL,
        message: "the model was shut down {when}",
        remedy: "use its successor",
        ..UNKNOWN_MODEL
    };
    RESPONSES_MODEL = Fault {
        code: codes::WRONG_ENDPOINT,
        phase: Phase::Model,
        severity: By::Always(Severity::Refused),
        message: "the model is not served at this endpoint",
        remedy: "send the request to the Responses API",
        answers: &[Answer {
            status: 404,
            ..Answer::new(
                CHAT,
                "",
                "model",
                "This model is only supported in v1/responses and not in v1/chat/completions.",
            )
        }],
        ..FAULT
    };
    /// Reported for two models, with the answer for models that never supported chat.
    RESPONSES_MODEL_NOT_CHAT = Fault {
        answers: &[NOT_A_CHAT_MODEL],
        ..RESPONSES_MODEL
    };
    NO_CHAT_MODEL = Fault {
        remedy: "use a chat model, or the model's own endpoint",
        answers: &[NOT_A_CHAT_MODEL],
        ..RESPONSES_MODEL
    };
    CHAT_MODEL = Fault {
        remedy: "send the request to Chat Completions",
        answers: &[Answer {
            status: 404,
            ..Answer::new(
                &[Dialect::OpenAiCompletions],
                "",
                "model",
                "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?",
            )
        }],
        ..RESPONSES_MODEL
    };
    NO_EMBEDDING_MODEL = Fault {
        remedy: "use an embedding model",
        answers: &[Answer {
            status: 403,
            ..Answer::new(
                &[Dialect::OpenAiEmbeddings],
                "",
                "",
                "You are not allowed to generate embeddings from this model",
            )
        }],
        ..RESPONSES_MODEL
    };

    // --- settings
    /// A setting that a model does not support.
    UNSUPPORTED_SETTING = Fault {
        code: codes::UNSUPPORTED_PARAMETER,
        phase: Phase::Unsupported,
        message: "reasoning models do not support `{param}`",
        remedy: "remove it",
        answers: &[
            Answer::new(CHAT, "unsupported_parameter", "{param}", UNSUPPORTED),
            Answer::new(RESPONSES, "", "{param}", UNSUPPORTED),
        ],
        fix: Fix::Remove,
        ..FAULT
    };
    /// Refused while the fields are checked.
    UNSUPPORTED_FIELD = Fault {
        phase: Phase::Form,
        ..UNSUPPORTED_SETTING
    };
    /// Measured before `store` and after `n`.
    MAX_TOKENS = Fault {
        phase: Phase::Form,
        remedy: "rename it to `max_completion_tokens`",
        answers: &[Answer::new(
            CHAT,
            "unsupported_parameter",
            "{param}",
            "Unsupported parameter: '{param}' is not supported with this model. Use 'max_completion_tokens' instead.",
        )],
        fix: Fix::Rename("max_completion_tokens"),
        ..UNSUPPORTED_SETTING
    };
    /// The first reasoning models.
    NO_TOOLS = Fault {
        message: "the model does not support tools",
        remedy: "remove them, or use another model",
        ..UNSUPPORTED_SETTING
    };
    NO_LOGPROBS = Fault {
        phase: Phase::Value,
        message: "reasoning models return no log probabilities",
        answers: &[Answer::new(
            RESPONSES,
            "unsupported_parameter",
            "{param}",
            "logprobs are not supported with reasoning models.",
        )],
        ..UNSUPPORTED_SETTING
    };
    /// An effort for a model that does not reason.
    NO_REASONING = Fault {
        severity: OPENAI_ALONE,
        message: "the model does not reason",
        answers: &[Answer::new(
            CHAT,
            "",
            "",
            "Unrecognized request argument supplied: {param}",
        )],
        ..UNSUPPORTED_SETTING
    };
    /// Recorded on gpt-4o, 2025.
    NO_WEB_SEARCH = Fault {
        message: "the model does not search the web on this endpoint",
        remedy: "remove `web_search_options`, or use a search model",
        answers: &[Answer::new(
            CHAT,
            "",
            "{param}",
            "Web search options not supported with this model.",
        )],
        ..UNSUPPORTED_SETTING
    };
    /// Models older than structured outputs: gpt-3.5, gpt-4, and the first gpt-4o.
    NO_SCHEMAS = Fault {
        severity: OPENAI_ALONE,
        message: "the model does not support JSON schemas for its answer",
        remedy: "use `json_object`, or a newer model",
        answers: &[Answer::new(
            CHAT,
            "",
            "",
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs",
        )],
        fix: Fix::None,
        ..UNSUPPORTED_SETTING
    };
    /// Slots: `got`.
    ONLY_TEMPERATURE_1 = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        message: "`temperature` is {got}, reasoning models only support 1",
        remedy: "remove it",
        answers: &[Answer::new(
            CHAT,
            "unsupported_value",
            "{param}",
            "Unsupported value: '{param}' does not support {got} with this model. Only the default (1) value is supported.",
        )],
        fix: Fix::Remove,
        ..FAULT
    };
    /// Slots: `got`; `efforts` as the API lists them, `choices` as our message does.
    EFFORT = Fault {
        message: "the model does not support this reasoning effort",
        remedy: "use one of {choices}",
        answers: &[
            Answer::new(
                CHAT,
                "unsupported_value",
                "{param}",
                "Unsupported value: '{param}' does not support {got} with this model. Supported values are: {efforts}.",
            ),
            Answer::new(
                RESPONSES,
                "unsupported_value",
                "{param}",
                "Unsupported value: {got} is not supported with the '{model}' model. Supported values are: {efforts}.",
            ),
        ],
        ..ONLY_TEMPERATURE_1
    };
    /// For a model whose answers list no efforts (gpt-6-astra).
    EFFORT_UNLISTED = Fault {
        answers: &[UNSUPPORTED_VALUE],
        ..EFFORT
    };
    /// o1-mini and o1-preview. Slots: `got`, the role in quotes.
    NO_INSTRUCTIONS = Fault {
        message: "the model does not support system or developer messages",
        remedy: "move the instructions to the first user message",
        answers: &[UNSUPPORTED_VALUE],
        ..ONLY_TEMPERATURE_1
    };
    /// From gpt-5.4 on. Slots: `model`; `alternative`, another remedy or empty.
    TOOLS_WITH_REASONING = Fault {
        code: codes::TOOLS_WITH_REASONING,
        phase: Phase::Value,
        message: "on this endpoint the model cannot both reason and call functions",
        remedy: "send the request to the Responses API{alternative}",
        answers: &[Answer::new(
            CHAT,
            "",
            "reasoning_effort",
            "Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        )],
        ..FAULT
    };
    /// gpt-6-astra.
    TOOLS_ONLY_ON_RESPONSES = Fault {
        answers: &[Answer::new(
            CHAT,
            "",
            "reasoning_effort",
            "Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. Please use /v1/responses instead.",
        )],
        ..TOOLS_WITH_REASONING
    };
    /// Chat Completions checks the value after the types. Slots: `choices`.
    UNKNOWN_RETENTION = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "`{param}` has an unknown value",
        remedy: "use one of {choices}",
        answers: &[Answer::new(CHAT, "", "{param}", "Invalid prompt_cache_retention argument")],
        ..FAULT
    };
    /// gpt-5.6 keeps its prompt cache for a day.
    ONLY_24_HOURS = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "the model only supports a prompt cache of 24 hours",
        remedy: "use '24h', or remove it",
        answers: &[
            Answer::new(CHAT, "", "{param}", ONLY_24H),
            Answer::new(RESPONSES, "invalid_parameter", "{param}", ONLY_24H),
        ],
        fix: Fix::Remove,
        ..FAULT
    };
    /// Slots: `other`.
    NEEDS_SETTING = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`{param}` requires `{other}`",
        remedy: "set `{other}` to true, or remove `{param}`",
        answers: &[Answer::new(
            CHAT,
            "",
            "{param}",
            "The '{param}' parameter is only allowed when '{other}' is enabled.",
        )],
        ..FAULT
    };
    /// Two sources of the earlier conversation.
    TWO_STATES = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Input,
        severity: OPENAI_ALONE,
        message: "both `conversation` and `previous_response_id` are set",
        remedy: "set only one of them",
        answers: &[Answer::new(
            RESPONSES,
            "mutually_exclusive_parameters",
            "",
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
        )],
        ..FAULT
    };
    /// JSON mode without the word in a message.
    NO_JSON_WORD = Fault {
        code: codes::MISSING_JSON_WORD,
        phase: Phase::Value,
        severity: By::Form(|strictness| strictness.json_word),
        message: "the answer format is JSON without a schema, and no message contains the word \"json\"",
        remedy: "ask for JSON in a message",
        answers: &[
            Answer::new(
                RESPONSES,
                "",
                "text.format",
                "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
            ),
            Answer::new(
                &[Dialect::OpenAiChat, Dialect::Alibaba],
                "",
                "messages",
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            ),
            Answer::new(
                &[Dialect::DeepSeek],
                "",
                "",
                "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'",
            ),
        ],
        ..FAULT
    };
    /// Slots: `best`, `n`.
    BEST_OF = Fault {
        code: codes::PARAMETER_CONFLICT,
        phase: Phase::Value,
        severity: SETTINGS,
        message: "`best_of` is {best}, less than `n`, which is {n}",
        remedy: "raise `best_of` to `n`, or remove it",
        ..FAULT
    };
    /// Slots: `most`, `got`.
    DIMENSIONS = Fault {
        code: codes::OUT_OF_RANGE,
        phase: Phase::Value,
        severity: OPENAI_ALONE,
        message: "`{param}` is {got}, the model's maximum is {most}",
        remedy: "lower it to {most}, or remove it",
        answers: &[Answer::new(
            OPENAI,
            "",
            "",
            "Invalid value for 'dimensions' = {got}. Must be less than or equal to {most}",
        )],
        ..FAULT
    };
    /// Models whose vectors have a fixed length.
    NO_DIMENSIONS = Fault {
        message: "the model's vectors have a fixed length",
        remedy: "remove `{param}`, or use a newer model",
        answers: &[Answer::new(
            OPENAI,
            "",
            "",
            "This model does not support specifying dimensions.",
        )],
        ..DIMENSIONS
    };
}

const UNSUPPORTED_VALUE: Answer = Answer::new(
    CHAT,
    "unsupported_value",
    "{param}",
    "Unsupported value: '{param}' does not support {got} with this model.",
);
